//! Parses any text, and joins what came out.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run parse fuzz/corpus/parse fuzz/seeds`

#![no_main]

use jettison::syntax::image_reference::ImageReference;
use jettison::syntax::pragma::pragma;
use jettison::syntax::{Dockerfile, decode, expand, frontend, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = decode(bytes) else { return };
    let _ = frontend(source);
    let _ = ImageReference::parse(source);
    let _ = expand::variables(source, '\\');
    let _ = expand::expand(source, '`', |_| expand::Value::Set("a/b.c".into()));
    match parse(source) {
        Ok(file) => check(&file),
        Err(errors) => {
            for error in errors {
                assert!(source.get(error.span.range()).is_some());
            }
        }
    }
});

fn check(file: &Dockerfile) {
    let source = file.source;
    let joined: String = file.items.iter().map(|item| item.span.of(source)).collect();
    assert_eq!(joined, source);
    for comment in file.comments() {
        let _ = pragma(source, comment);
    }
    for instruction in &file.instructions {
        for piece in instruction.expanded() {
            assert!(instruction.span.contains(piece.span));
        }
        let Some(script) = instruction.script() else { continue };
        for (at, byte) in script.text.bytes().enumerate() {
            assert_eq!(source.as_bytes()[script.source_offset(at)], byte);
        }
    }
}
