//! The commands of a script as calls of package managers and other programs.

use crate::effect::program;
use crate::facts::is_within;
use crate::packages::{self, Action, Cache, Cleanup, Installer, Kind, Place, Root};
use crate::shell::command::Invocation;
use crate::shell::visit::Context;
use crate::shell::{Command, Script, Simple};
use crate::text::Span;

/// A simple command, what it runs and where it stands.
#[derive(Debug)]
pub(super) struct Call<'a> {
    /// By which declared edits count it; `None` inside `$( … )`.
    pub(super) number: Option<usize>,
    pub(super) command: &'a Command,
    pub(super) simple: &'a Simple,
    pub(super) context: Context,
    /// `None` if it is not known what it runs.
    pub(super) invocation: Option<Invocation<'a>>,
    pub(super) action: Option<Action<'a>>,
    /// What it runs is a well-known script, piped into it: `curl … | bash`.
    pub(super) installer: Option<Installer>,
    /// An earlier command of the script made the build files that it may go by.
    pub(super) configured: bool,
}

pub(super) fn calls(script: &Script) -> Vec<Call<'_>> {
    let numbered = program::commands(script);
    let mut found: Vec<Call> = Vec::with_capacity(numbered.len());
    let mut numbered = numbered.into_iter().enumerate().peekable();
    let mut arguments = Vec::new();
    for (command, simple, context) in script.simple_commands() {
        let invocation = script.invocation(simple);
        let action = invocation.as_ref().and_then(|it| {
            arguments.clear();
            arguments.extend(it.literals());
            packages::read(it.program, &arguments)
        });
        let number =
            numbered.next_if(|(_, it)| std::ptr::eq(*it, command)).map(|(number, _)| number);
        let previous = found.last();
        let piped = || previous.and_then(|it| installer_of(script, it, command, &invocation));
        let installer = substituted(script, &invocation).or_else(piped);
        let configured = previous.is_some_and(|it| it.configured || it.configures());
        let call =
            Call { number, command, simple, context, invocation, action, installer, configured };
        found.push(call);
    }
    debug_assert!(numbered.next().is_none(), "both walks go in the order of the source");
    found
}

/// What an interpreter without a script of its own runs, if `download` is piped into it.
fn installer_of(
    script: &Script,
    download: &Call,
    command: &Command,
    invocation: &Option<Invocation>,
) -> Option<Installer> {
    const INTERPRETERS: &[&str] = &["bash", "sh", "php", "perl", "python", "python2", "python3"];
    let invocation = invocation.as_ref().filter(|it| INTERPRETERS.contains(&it.program))?;
    // `-`, `-s -- …`, `-x`, `-E`; a script of its own, or `-c`, is another matter.
    let mut words = invocation.literals();
    let reads_input = match words.next() {
        None | Some(Some("-" | "-s" | "--")) => true,
        Some(Some("-e" | "-x" | "-ex" | "-xe" | "-E")) => words.next().is_none(),
        _ => false,
    };
    let between = script.text.get(download.command.span.end..command.span.start)?;
    let piped = between.replace("\\\n", "");
    if !reads_input || piped.trim() != "|" {
        return None;
    }
    let source = download.invocation.as_ref().filter(|it| matches!(it.program, "curl" | "wget"))?;
    let mut addresses = source.arguments.iter().map(|word| word.span.of(&script.text));
    let address = addresses.find(|it| it.trim_start_matches(['"', '\'']).starts_with("http"));
    let bare = || source.literals().flatten().rfind(|it| !it.starts_with('-'));
    packages::installer(address.or_else(bare)?.trim_matches(['"', '\'']))
}

/// What `sh -c "$(curl …)"` runs.
fn substituted(script: &Script, invocation: &Option<Invocation>) -> Option<Installer> {
    let invocation = invocation.as_ref().filter(|it| matches!(it.program, "bash" | "sh"))?;
    let [option, code, ..] = invocation.arguments else { return None };
    let code = code.span.of(&script.text).trim_matches('"');
    let download = code.strip_prefix("$(")?.strip_suffix(')')?;
    let fetches = download.starts_with("curl ") || download.starts_with("wget ");
    let plain = !download.contains(['|', ';', '&', '$', '`', '(']);
    let address = download.split_whitespace().find(|it| it.starts_with("http"))?;
    (option.literal.as_deref() == Some("-c") && fetches && plain)
        .then(|| packages::installer(address))?
}

impl Call<'_> {
    /// It may not run, or at another time.
    pub(super) fn is_conditional(&self) -> bool {
        let context = self.context;
        context.condition
            || context.branch
            || context.function
            || context.after_or
            || context.repeated
    }

    pub(super) fn program(&self) -> Option<&str> {
        self.invocation.as_ref().map(|it| it.program)
    }

    /// It is known that the program installs nothing and starts nothing else.
    pub(super) fn is_inert(&self) -> bool {
        match &self.invocation {
            Some(it) => packages::inert(it.program, &it.literals().collect::<Vec<_>>()).is_some(),
            // Assignments and redirects alone.
            None => self.simple.words.is_empty(),
        }
    }

    /// It is known that the program does not read the package lists of the distribution.
    pub(super) fn leaves_lists_alone(&self, script: &Script) -> bool {
        let Some(it) = &self.invocation else { return self.is_inert() };
        let mut arguments: Vec<Option<&str>> = it.literals().collect();
        // Where a file is does not matter: `. "$NVM_DIR/nvm.sh"`, `bash ~/miniconda.sh`.
        if matches!(it.program, "." | "source" | "bash" | "sh")
            && let [first, ..] = it.arguments
        {
            arguments[0] = Some(first.span.of(&script.text).trim_matches('"'));
        }
        self.installer == Some(Installer::LeavesAlone)
            || packages::leaves_lists_alone(it.given, &arguments, self.configured)
    }

    fn configures(&self) -> bool {
        let Some(it) = &self.invocation else { return false };
        packages::configures(it.given, &it.literals().collect::<Vec<_>>())
    }

    /// Whether it empties `cache`, which is at `places`.
    pub(super) fn cleans(&self, script: &Script, cache: &Cache, places: &[String]) -> bool {
        if let Some(action) = &self.action {
            let alike = action.manager.caches.iter().any(|it| it.what == cache.what);
            let lists =
                matches!(action.manager.name, "apt" | "aptitude") && !action.is("distclean");
            return action.kind == Kind::Clean && alike && !lists;
        }
        if !matches!(self.program(), Some("rm" | "find")) {
            return false;
        }
        if let Cleanup::Command(command) = cache.cleanup
            && self.span().of(&script.text) == command
        {
            return true;
        }
        let words = self.simple.words.iter().map(|word| word.span.of(&script.text));
        let by_variable = |word: &str| {
            let mut roots = cache.places.iter().flat_map(|Place(roots)| roots.iter());
            roots.any(|root| is_below_variable(word, root))
        };
        words
            .filter(|word| word.contains('/'))
            .any(|word| by_variable(word) || places.iter().any(|place| touches(word, place)))
    }

    /// In the text of the script.
    pub(super) fn span(&self) -> Span {
        self.command.span
    }
}

/// Whether `word` is what a root names by its variable, or in it: `"$CARGO_HOME/registry"`. The variable may
/// well have another value than is known.
fn is_below_variable(word: &str, (root, below): &(Root, &str)) -> bool {
    let Root::Variable(name) = root else { return false };
    let word = word.replace(['"', '{', '}'], "");
    let Some(rest) = word.strip_prefix('$').and_then(|it| it.strip_prefix(name)) else {
        return false;
    };
    let rest = rest.strip_prefix('/').unwrap_or(rest).trim_end_matches('*').trim_end_matches('/');
    rest.strip_prefix(below)
        .is_some_and(|rest| rest.is_empty() || below.is_empty() || rest.starts_with('/'))
}

/// Whether removing `word` removes something of `place`. A word with braces counts by what is before them.
fn touches(word: &str, place: &str) -> bool {
    let word = word.replace(['"', '\''], "").replace("${HOME}/", "~/").replace("$HOME/", "~/");
    let fixed = word.split(['*', '{', '?', '[', '$']).next().unwrap_or_default();
    let fixed = fixed.trim_end_matches('/');
    let open = fixed.len() < word.trim_end_matches('/').len();
    !fixed.is_empty()
        && (is_within(place, fixed)
            || is_within(fixed, place)
            || (open && place.starts_with(fixed)))
}
