//! The records that `jettison stream` writes. `docs/stream.md` describes them.

use super::FileReport;
use super::json::document;
use serde_json::{Value, json};

/// What is answered to the record with this id, which is JSON itself.
pub fn answer(id: &str, file: &FileReport<'_>) -> Vec<u8> {
    let content = file.change().map(|(_, after)| after);
    let mut value = document(file);
    value["content"] = content.into();
    line(id, &value)
}

/// What is answered to a record that cannot be worked on.
pub fn refusal(id: &str, path: &str, message: &str, help: Option<&str>) -> Vec<u8> {
    let error = json!({ "kind": "record", "message": message, "help": help });
    let value = json!({
        "path": path,
        "status": "error",
        "new": false,
        "written": false,
        "content": null,
        "errors": [error],
        "warnings": [],
    });
    line(id, &value)
}

/// The id goes out as it came in, and first.
fn line(id: &str, value: &Value) -> Vec<u8> {
    let rest = value.to_string();
    format!("{{\"id\":{id},{}\n", rest.strip_prefix('{').unwrap_or(&rest)).into_bytes()
}
