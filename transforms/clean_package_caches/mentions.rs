//! Commands that name the place of a cache: they may fail, or do something else, where nothing is there.
//!
//! It only compares words; whether a command runs after the cache is gone is not decided here.

use super::calls::Call;
use crate::packages::{Cache, Cleanup, Kind, Place, Root};
use crate::shell::Script;

/// Whether `call` does to what is at `places` something that needs it to be there.
pub(super) fn uses(call: &Call, script: &Script, cache: &Cache, places: &[String]) -> bool {
    if let Some(action) = &call.action {
        // Releases of pip fail where there is nothing to purge.
        let own = action.manager.caches.iter().any(|it| it.places == cache.places);
        return own && action.manager.name == "pip" && action.kind == Kind::Clean;
    }
    let words = call.simple.words.iter();
    let targets = call.command.redirects.iter().map(|it| &it.target);
    let mut texts = words.chain(targets).map(|word| word.span.of(&script.text));
    let below_home = |text: &str| is_named(text, cache, places, Below::Home);
    let has = |flag: &dyn Fn(&str) -> bool| {
        call.simple.words.iter().filter_map(|word| word.literal.as_deref()).any(flag)
    };
    match call.program() {
        Some("echo" | "printf" | "export") => false,
        Some("mkdir") if has(&|word| word == "-p" || word == "--parents") => false,
        Some("rm") if has(&is_force) => false,
        // A directory of the distribution is there in any case; `find` fails without one.
        Some("find") if has(&|word| word == "-delete") => {
            texts.skip(1).take_while(|text| !text.starts_with('-')).any(below_home)
        }
        _ => texts.any(|text| is_named_in(text, cache, places)),
    }
}

fn is_force(word: &str) -> bool {
    word == "--force" || (word.starts_with('-') && !word.starts_with("--") && word.contains('f'))
}

/// Whether a text of one or more words names one of `places`, what is in it, or a directory that is
/// there only because of it.
pub(super) fn is_named_in(text: &str, cache: &Cache, places: &[String]) -> bool {
    let separators = |it: char| it.is_whitespace() || "\"';&|()=,:<>".contains(it);
    text.split(separators).any(|word| is_named(word, cache, places, Below::Any))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    Home,
    Any,
}

fn is_named(word: &str, cache: &Cache, places: &[String], below: Below) -> bool {
    let word = word.replace(['"', '\'', '\\'], "");
    let roots = || cache.places.iter().flat_map(|Place(roots)| roots.iter());
    let fixed = |place: &str| roots().any(|(root, path)| *root == Root::Absolute && *path == place);
    // What is beside them in the same directory stays, and so does the directory.
    let parts = match cache.cleanup {
        Cleanup::Remove(parts) => parts,
        _ => &[""],
    };
    parts.iter().map(|part| part.trim_end_matches("*.gem").trim_end_matches('*')).any(|part| {
        let mut homes = roots().filter(|(root, below)| *root == Root::Home && !below.is_empty());
        let mut absolute = places.iter().filter(|place| place.starts_with('/'));
        homes.any(|(_, home)| names_below_home(&word, &join(home, part), !part.is_empty()))
            || (below == Below::Any
                && absolute.any(|place| {
                    names(&word, &join(place, part), fixed(place) || !part.is_empty())
                }))
    })
}

fn join(place: &str, part: &str) -> String {
    format!("{place}/{part}").trim_end_matches('/').to_owned()
}

/// Whose home directory it is does not matter: `/root/.cache`, `~/.cache`, `$HOME/.cache`, `.cache`.
fn names_below_home(word: &str, below: &str, stays: bool) -> bool {
    let word = format!("/{}", word.trim_start_matches("./"));
    let place = format!("/{below}");
    let first = place[1..].split('/').next().unwrap_or_default();
    let mut starts = word.match_indices('/').map(|(at, _)| &word[at..]);
    // `~/.*`
    starts.any(|rest| match rest.split_once(['*', '?', '[', '{']) {
        Some((before, _)) if before.len() > 1 => {
            place.starts_with(before) || lies_in(before, &place)
        }
        _ => {
            let rest = rest.split('$').next().unwrap_or_default();
            lies_in(rest, &format!("/{first}"))
                && (lies_in(rest, &place) || (!stays && lies_in(&place, rest)))
        }
    })
}

/// The directory itself stays if it is one of the distribution, and so do those above it.
fn names(word: &str, place: &str, stays: bool) -> bool {
    match word.split_once(['*', '?', '[', '{']) {
        Some((before, _)) => {
            before.len() > 1 && (place.starts_with(before) || lies_in(before, place))
        }
        None => {
            let word = word.split('$').next().unwrap_or_default();
            let above = !stays && word.trim_matches('/').contains('/') && lies_in(place, word);
            lies_in(word, place) || above
        }
    }
}

fn lies_in(inner: &str, outer: &str) -> bool {
    let outer = outer.trim_end_matches('/');
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
