//! Commands that name the place of a cache: they may fail, or do something else, where nothing is there.
//!
//! It only compares words; whether a command runs after the cache is gone is not decided here.

use super::calls::Call;
use crate::facts::is_within;
use crate::packages::{Cache, Cleanup, Kind, Place, Root};
use crate::shell::Script;

/// Where a cache is, as scripts may write it.
pub(super) struct Paths {
    cache: &'static Cache,
    /// With a slash at the start: `/.cache/pip`.
    below_home: Vec<Path>,
    absolute: Vec<Path>,
}

struct Path {
    text: String,
    /// The directory itself is there in any case.
    stays: bool,
}

impl Paths {
    pub(super) fn new(cache: &'static Cache, places: &[String]) -> Self {
        let roots = || cache.places.iter().flat_map(|Place(roots)| roots.iter());
        let fixed =
            |place: &str| roots().any(|(root, path)| *root == Root::Absolute && *path == place);
        let homes = || roots().filter(|(root, below)| *root == Root::Home && !below.is_empty());
        let in_home = |place: &str| homes().any(|(_, home)| place.ends_with(&format!("/{home}")));
        // What is beside them in the same directory stays, and so does the directory.
        let (parts, stay) = match cache.cleanup {
            Cleanup::Remove(parts) => (parts, false),
            Cleanup::Command(_) => (&[""][..], true),
            _ => (&[""][..], false),
        };
        let (mut below_home, mut absolute) = (Vec::new(), Vec::new());
        for part in parts.iter().map(|it| it.trim_end_matches("*.gem").trim_end_matches('*')) {
            let stays = stay || !part.is_empty();
            let path = |place: &str, stays| Path { text: join(place, part), stays };
            below_home.extend(homes().map(|(_, home)| path(&format!("/{home}"), stays)));
            let places = places.iter().filter(|it| it.starts_with('/') && !in_home(it));
            absolute.extend(places.map(|it| path(it, stays || fixed(it))));
        }
        Self { cache, below_home, absolute }
    }
}

/// Whether `call` does to what is at `paths` something that needs it to be there.
pub(super) fn uses(call: &Call, script: &Script, paths: &Paths) -> bool {
    let cache = paths.cache;
    if let Some(action) = &call.action {
        // Releases of pip fail where there is nothing to purge.
        let own = action.manager.caches.iter().any(|it| it.places == cache.places);
        return own && action.manager.name == "pip" && action.kind == Kind::Clean;
    }
    let words = call.simple.words.iter();
    let targets = call.command.redirects.iter().map(|it| &it.target);
    let mut texts = words.chain(targets).map(|word| word.span.of(&script.text));
    let below_home = |text: &str| is_named(text, paths, Below::Home);
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
        _ => texts.any(|text| is_named_in(text, paths)),
    }
}

fn is_force(word: &str) -> bool {
    word == "--force" || (word.starts_with('-') && !word.starts_with("--") && word.contains('f'))
}

/// Whether a text of one or more words names one of `paths`, what is in it, or a directory that is
/// there only because of it.
pub(super) fn is_named_in(text: &str, paths: &Paths) -> bool {
    is_named(text, paths, Below::Any)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    Home,
    Any,
}

fn is_named(text: &str, paths: &Paths, below: Below) -> bool {
    let quoted = text.contains(['"', '\'']);
    let separators = |it: char| {
        matches!(it, '"' | '\'' | ';' | '&' | '|' | '(' | ')' | '=' | ',' | ':' | '<' | '>')
            || it.is_whitespace()
    };
    text.split(separators).filter(|word| !word.is_empty()).any(|word| {
        let word = Name::new(word, quoted);
        paths.below_home.iter().any(|path| word.is_below_home(path))
            || (below == Below::Any && paths.absolute.iter().any(|path| word.is_at(path)))
    })
}

fn join(place: &str, part: &str) -> String {
    format!("{place}/{part}").trim_end_matches('/').to_owned()
}

/// A word that may be a path.
struct Name {
    /// Up to what expands, with a slash before it.
    slashed: String,
    /// A pattern goes on behind it.
    open: bool,
}

impl Name {
    fn new(word: &str, quoted: bool) -> Self {
        let replaced;
        let mut word = word;
        if word.contains('$') && word.contains("HOME") {
            replaced = word.replace("${HOME}", "~").replace("$HOME", "~");
            word = &replaced;
        }
        // Whose home directory it is does not matter: `/home/$user/.cache`.
        let hidden = word.find("/.").filter(|_| !word.starts_with('-')).unwrap_or_default();
        let before = &word[..hidden];
        let from = if before.contains('$') { hidden } else { 0 };
        let word = &word[from..];
        let end = word.find(['*', '?', '[', '{', '$', '\\']).unwrap_or(word.len());
        let pattern = word[end..].starts_with(['*', '?', '[', '{']);
        let fixed = &word[..end];
        let mut slashed = String::with_capacity(fixed.len() + 1);
        slashed.push('/');
        slashed.push_str(fixed);
        Self { slashed, open: pattern && !quoted }
    }

    fn fixed(&self) -> &str {
        &self.slashed[1..]
    }

    /// `/root/.cache`, `~/.cache`, `.cache`.
    fn is_below_home(&self, path: &Path) -> bool {
        // Of `./` the slash is left.
        let plain = self.fixed().trim_start_matches("./");
        let word = &self.slashed[self.slashed.len() - plain.len() - 1..];
        let place = &*path.text;
        let first = &place[..place[1..].find('/').map_or(place.len(), |at| at + 1)];
        let mut starts = word.match_indices('/').map(|(at, _)| &word[at..]);
        starts.any(|rest| {
            let whole = rest.trim_end_matches('/');
            let named = is_within(whole, first)
                && (is_within(whole, place) || (!path.stays && is_within(place, whole)));
            named || (self.open && rest.len() > 1 && place.starts_with(rest))
        })
    }

    /// The directory itself stays if it is one of the distribution, and so do those above it.
    fn is_at(&self, path: &Path) -> bool {
        let place = &*path.text;
        let whole = self.fixed().trim_end_matches('/');
        let above = !path.stays && whole.len() > 1 && is_within(place, whole);
        let open = self.open && self.fixed().len() > 1 && place.starts_with(self.fixed());
        is_within(whole, place) || above || open
    }
}
