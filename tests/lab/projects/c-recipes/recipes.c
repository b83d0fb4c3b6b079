/* Turns a recipe in JSON into YAML. */
#include <jansson.h>
#include <stdio.h>
#include <yaml.h>

static void scalar(yaml_emitter_t *emitter, const char *text) {
    yaml_event_t event;
    yaml_scalar_event_initialize(&event, NULL, NULL, (yaml_char_t *)text, -1, 1, 1,
                                 YAML_PLAIN_SCALAR_STYLE);
    yaml_emitter_emit(emitter, &event);
}

int main(int count, char **words) {
    json_error_t error;
    json_t *recipe = json_load_file(count > 1 ? words[1] : "soup.json", 0, &error);
    if (!recipe) return fprintf(stderr, "%s\n", error.text), 1;
    yaml_emitter_t emitter;
    yaml_event_t event;
    yaml_emitter_initialize(&emitter);
    yaml_emitter_set_output_file(&emitter, stdout);
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    yaml_emitter_emit(&emitter, &event);
    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1);
    yaml_emitter_emit(&emitter, &event);
    yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE);
    yaml_emitter_emit(&emitter, &event);
    const char *key;
    json_t *value;
    json_object_foreach(recipe, key, value) {
        scalar(&emitter, key);
        scalar(&emitter, json_string_value(value));
    }
    yaml_mapping_end_event_initialize(&event);
    yaml_emitter_emit(&emitter, &event);
    yaml_document_end_event_initialize(&event, 1);
    yaml_emitter_emit(&emitter, &event);
    yaml_stream_end_event_initialize(&event);
    yaml_emitter_emit(&emitter, &event);
    yaml_emitter_delete(&emitter);
    json_decref(recipe);
    return 0;
}
