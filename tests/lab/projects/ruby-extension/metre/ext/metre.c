#include <ruby.h>
#include <string.h>

static VALUE vowels(VALUE self, VALUE text) {
    long found = 0;
    for (const char *at = StringValueCStr(text); *at; at++)
        if (strchr("aeiouAEIOU", *at)) found++;
    return LONG2NUM(found);
}

void Init_metre(void) {
    rb_define_module_function(rb_define_module("Metre"), "vowels", vowels, 1);
}
