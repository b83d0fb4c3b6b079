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
    is_named(text, cache, places, Below::Any)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    Home,
    Any,
}

fn is_named(text: &str, cache: &Cache, places: &[String], below: Below) -> bool {
    let roots = || cache.places.iter().flat_map(|Place(roots)| roots.iter());
    let fixed = |place: &str| roots().any(|(root, path)| *root == Root::Absolute && *path == place);
    let homes = || roots().filter(|(root, below)| *root == Root::Home && !below.is_empty());
    let in_home = |place: &str| homes().any(|(_, home)| place.ends_with(&format!("/{home}")));
    // What is beside them in the same directory stays, and so does the directory.
    let (parts, stay) = match cache.cleanup {
        Cleanup::Remove(parts) => (parts, false),
        Cleanup::Command(_) => (&[""][..], true),
        _ => (&[""][..], false),
    };
    let quoted = text.contains(['"', '\'']);
    let separators = |it: char| it.is_whitespace() || "\"';&|()=,:<>".contains(it);
    text.split(separators).filter(|word| !word.is_empty()).any(|word| {
        let word = Name::new(word, quoted);
        parts.iter().map(|part| part.trim_end_matches("*.gem").trim_end_matches('*')).any(|part| {
            let stays = stay || !part.is_empty();
            let absolute = || places.iter().filter(|it| it.starts_with('/') && !in_home(it));
            homes().any(|(_, home)| word.is_below_home(&join(home, part), stays))
                || (below == Below::Any
                    && absolute().any(|it| word.is_at(&join(it, part), stays || fixed(it))))
        })
    })
}

fn join(place: &str, part: &str) -> String {
    format!("{place}/{part}").trim_end_matches('/').to_owned()
}

/// A word that may be a path.
struct Name {
    /// Up to what expands.
    fixed: String,
    /// A pattern goes on behind it.
    open: bool,
}

impl Name {
    fn new(word: &str, quoted: bool) -> Self {
        let word = word.replace("${HOME}", "~").replace("$HOME", "~");
        // Whose home directory it is does not matter: `/home/$user/.cache`.
        let hidden = word.find("/.").filter(|_| !word.starts_with('-')).unwrap_or_default();
        let before = &word[..hidden];
        let from = if before.contains('$') { hidden } else { 0 };
        let word = &word[from..];
        let end = word.find(['*', '?', '[', '{', '$', '\\']).unwrap_or(word.len());
        let pattern = word[end..].starts_with(['*', '?', '[', '{']);
        Self { fixed: word[..end].to_owned(), open: pattern && !quoted }
    }

    /// `/root/.cache`, `~/.cache`, `.cache`.
    fn is_below_home(&self, below: &str, stays: bool) -> bool {
        let word = format!("/{}", self.fixed.trim_start_matches("./"));
        let place = format!("/{below}");
        let first = place[1..].split('/').next().unwrap_or_default();
        let mut starts = word.match_indices('/').map(|(at, _)| &word[at..]);
        starts.any(|rest| {
            let whole = rest.trim_end_matches('/');
            let named = lies_in(whole, &format!("/{first}"))
                && (lies_in(whole, &place) || (!stays && lies_in(&place, whole)));
            named || (self.open && rest.len() > 1 && place.starts_with(rest))
        })
    }

    /// The directory itself stays if it is one of the distribution, and so do those above it.
    fn is_at(&self, place: &str, stays: bool) -> bool {
        let whole = self.fixed.trim_end_matches('/');
        let above = !stays && whole.len() > 1 && lies_in(place, whole);
        let open = self.open && self.fixed.len() > 1 && place.starts_with(&self.fixed);
        lies_in(whole, place) || above || open
    }
}

fn lies_in(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
