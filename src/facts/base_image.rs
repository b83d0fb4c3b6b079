//! What is known of the image that a `FROM` names.

use super::State;
use crate::images::{self, Image};
use crate::syntax::image_reference::ImageReference;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::Arc;

/// So many images are remembered: few files name others.
const REMEMBERED: usize = 1024;

type Known = (Option<Arc<Image>>, Arc<State<'static>>);

thread_local! {
    static KNOWN: RefCell<FxHashMap<Box<str>, Known>> = RefCell::default();
}

/// The image that `reference` names, and the state in which it begins.
pub(super) fn known_image<'a>(reference: &str) -> (Option<Arc<Image>>, Arc<State<'a>>) {
    KNOWN.with_borrow_mut(|known| {
        if let Some(found) = known.get(reference) {
            return found.clone();
        }
        if known.len() == REMEMBERED {
            known.clear();
        }
        let found = identified(reference);
        known.insert(reference.into(), found.clone());
        found
    })
}

fn identified(reference: &str) -> Known {
    let image = ImageReference::parse(reference).and_then(|it| {
        let tag = it.tag.map(|tag| tag.text);
        images::identify(&it.full_name()?, tag, it.digest.map(|digest| digest.text))
    });
    let mut state = State::of(image.as_ref());
    if image.is_none() && names_windows(reference) {
        state.shell.dialect = None;
    }
    (image.map(Arc::new), Arc::new(state))
}

/// Whether an image of which nothing else is known is one for Windows.
fn names_windows(reference: &str) -> bool {
    const WORDS: &[&str] = &[
        "windows",
        "nanoserver",
        "servercore",
        "dotnet-framework",
        "microsoft/aspnet",
        "microsoft/iis",
    ];
    let reference = reference.to_ascii_lowercase();
    WORDS.iter().any(|word| reference.contains(word))
}
