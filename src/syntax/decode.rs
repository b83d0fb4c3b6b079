//! From the bytes of a file to its text. It reads no file.

use crate::text::{LineIndex, Position};

/// Where a file stops being UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotUtf8 {
    pub offset: usize,
    pub position: Position,
    /// Lower case, no full stop.
    pub message: String,
}

/// The text of a file. BuildKit would take any bytes; we take UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, NotUtf8> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let offset = error.valid_up_to();
    let valid = bytes.get(..offset).and_then(|valid| std::str::from_utf8(valid).ok());
    let valid = valid.unwrap_or_default();
    let byte = bytes.get(offset).copied().unwrap_or_default();
    let message = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "file is UTF-16, save it as UTF-8".to_owned(),
        _ => format!("file is not UTF-8: byte 0x{byte:02x}"),
    };
    Err(NotUtf8 { offset, position: LineIndex::new(valid).position(offset), message })
}
