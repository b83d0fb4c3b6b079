//! Reads any bytes as a saved image: no panic, no more memory than the limits allow, the same image each time; and
//! of an image the tree, what is there to attack, and what its programs need.
//!
//! `RUSTC_BOOTSTRAP=1 cargo fuzz run archive fuzz/corpus/archive fuzz/seeds/archive`

#![no_main]

use jettison::verify::archive::{Image, Limits, Reader, Wanted};
use jettison::verify::compare::{config, files};
use jettison::verify::tree::Tree;
use jettison::verify::{libraries, surface};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(image) = read(bytes) else { return };
    let again = read(bytes);
    assert!(again.as_ref() == Some(&image), "the same bytes are another image");
    let Ok(tree) = Tree::merge(&image.layers) else { return };
    let configuration = &image.configuration;
    assert!(files::compare(&tree, &tree).is_empty());
    assert!(config::compare(configuration, configuration).is_empty());
    let surface = surface::measure(&tree, configuration);
    assert!(surface.set_uid.len() <= surface.files);
    let started = libraries::of_start(&tree, configuration);
    let whole = libraries::of_image(&tree, configuration);
    assert!(libraries::newly_missing(&started, &started).is_empty());
    let shown = whole.missing.iter().chain(&started.missing).map(ToString::to_string);
    assert!(shown.into_iter().all(|it| !it.is_empty()));
});

fn read(bytes: &[u8]) -> Option<Image> {
    let mut reader = Reader::default();
    reader.limits = Limits {
        entries: 1000,
        names: 64 << 10,
        header: 4 << 10,
        file: 1 << 20,
        document: 64 << 10,
        documents: 256 << 10,
        text: 64 << 10,
        elf: 64 << 10,
    };
    reader.read(bytes, &Wanted::default()).ok()
}
