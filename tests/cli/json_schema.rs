//! Whether a JSON document is what a schema says.

use serde_json::Value;

/// The first place at which `value` is not what `schema` says. Only the words of JSON Schema that
/// our schema uses are known; another word is an error.
pub(crate) fn mismatch(value: &Value, schema: &Value, root: &Value, at: &str) -> Option<String> {
    for (word, argument) in schema.as_object().unwrap() {
        let found = match word.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => None,
            "$ref" => {
                let pointer = argument.as_str().unwrap().strip_prefix('#').unwrap();
                mismatch(value, root.pointer(pointer).unwrap(), root, at)
            }
            "type" => {
                (!is_of_type(value, argument)).then(|| format!("{at}: not {argument}: {value}"))
            }
            "const" => (value != argument).then(|| format!("{at}: not {argument}: {value}")),
            "enum" => {
                let known = argument.as_array().unwrap().contains(value);
                (!known).then(|| format!("{at}: {value} is not among {argument}"))
            }
            "required" => {
                let mut keys = argument.as_array().unwrap().iter().map(|key| key.as_str().unwrap());
                let missing = keys.find(|key| value.is_object() && value.get(key).is_none());
                missing.map(|key| format!("{at}: no `{key}`"))
            }
            "properties" => properties(value, schema, root, at),
            "propertyNames" => value.as_object().into_iter().flatten().find_map(|(key, _)| {
                mismatch(&Value::from(&**key), argument, root, &format!("{at}.{key}"))
            }),
            "anyOf" => {
                let mut all = argument.as_array().unwrap().iter();
                let fits = all.any(|it| mismatch(value, it, root, at).is_none());
                (!fits).then(|| format!("{at}: {value} is none of {argument}"))
            }
            "pattern" => {
                let pattern = regex::Regex::new(argument.as_str().unwrap()).unwrap();
                let fits = value.as_str().is_none_or(|text| pattern.is_match(text));
                (!fits).then(|| format!("{at}: {value} does not fit {argument}"))
            }
            "minimum" => {
                let is_less = value.as_f64().is_some_and(|it| it < argument.as_f64().unwrap());
                is_less.then(|| format!("{at}: {value} is less than {argument}"))
            }
            "additionalProperties" if argument == false => None,
            "additionalProperties" => {
                let known = schema.get("properties");
                let others = value.as_object().into_iter().flatten();
                let mut others = others
                    .filter(|(key, _)| known.is_none_or(|known| known.get(key.as_str()).is_none()));
                others.find_map(|(key, value)| {
                    mismatch(value, argument, root, &format!("{at}.{key}"))
                })
            }
            "items" => {
                value.as_array().into_iter().flatten().enumerate().find_map(|(index, value)| {
                    mismatch(value, argument, root, &format!("{at}[{index}]"))
                })
            }
            word => panic!("{at}: unknown word `{word}`"),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn properties(value: &Value, schema: &Value, root: &Value, at: &str) -> Option<String> {
    let known = schema["properties"].as_object().unwrap();
    let others = &schema["additionalProperties"];
    assert!(*others == false || others.is_object(), "{at}: the schema is open");
    value.as_object().into_iter().flatten().find_map(|(key, value)| match known.get(key) {
        Some(schema) => mismatch(value, schema, root, &format!("{at}.{key}")),
        None if *others == false => Some(format!("{at}: unknown key `{key}`")),
        None => None,
    })
}

fn is_of_type(value: &Value, types: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        name => panic!("unknown type `{name}`"),
    };
    match types {
        Value::Array(names) => names.iter().any(|name| is(name.as_str().unwrap())),
        name => is(name.as_str().unwrap()),
    }
}
