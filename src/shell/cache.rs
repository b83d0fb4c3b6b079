//! Scripts that this thread has parsed: many Dockerfiles hold the same ones.

use super::{Dialect, Script, parser};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::sync::Arc;

/// Longer texts are rarely the same.
const LONGEST: usize = 16 * 1024;
/// Bytes of text. A tree takes about ten times as much memory, and all of them have to fit into the cache
/// of a processor: with eight times as much everything takes a sixth longer.
const BUDGET: usize = 32 * 1024;

/// What an entry takes even if its text is short.
const ENTRY: usize = 64;

#[derive(Default)]
struct Cache {
    /// One map for each dialect, so that a text can be looked up without copying it.
    parsed: [FxHashMap<Box<str>, Option<Arc<Script>>>; 4],
    bytes: usize,
}

thread_local! {
    static CACHE: RefCell<Cache> = RefCell::default();
}

/// What [`parser::script`] returns, remembered.
pub(super) fn script(text: &str, dialect: Dialect) -> Option<Arc<Script>> {
    if text.len() > LONGEST {
        return parse(text, dialect);
    }
    CACHE.with_borrow_mut(|cache| {
        if let Some(known) = cache.parsed[dialect as usize].get(text) {
            return known.clone();
        }
        if cache.bytes + text.len() > BUDGET {
            cache.parsed.iter_mut().for_each(FxHashMap::clear);
            cache.bytes = 0;
        }
        let script = parse(text, dialect);
        cache.bytes += text.len() + ENTRY;
        cache.parsed[dialect as usize].insert(text.into(), script.clone());
        script
    })
}

fn parse(text: &str, dialect: Dialect) -> Option<Arc<Script>> {
    parser::script(text, dialect).map(Arc::new)
}
