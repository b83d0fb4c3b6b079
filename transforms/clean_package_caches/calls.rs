//! The commands of a script as calls of package managers and other programs.

use crate::effect::program;
use crate::packages::{self, Action, Cache, Cleanup, Kind};
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
}

pub(super) fn calls(script: &Script) -> Vec<Call<'_>> {
    let numbered = program::commands(script);
    let all = script.simple_commands().into_iter();
    let calls = all.map(|(command, simple, context)| {
        let invocation = script.invocation(simple);
        let action = invocation.as_ref().and_then(|it| {
            let arguments: Vec<Option<&str>> = it.literals().collect();
            packages::read(it.program, &arguments)
        });
        let number = numbered.iter().position(|it| std::ptr::eq(*it, command));
        Call { number, command, simple, context, invocation, action }
    });
    calls.collect()
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
        words
            .filter(|word| word.contains('/'))
            .any(|word| places.iter().any(|place| touches(word, place)))
    }

    /// In the text of the script.
    pub(super) fn span(&self) -> Span {
        self.command.span
    }
}

/// Whether removing `word` removes something of `place`. A word with braces counts by what is before them.
fn touches(word: &str, place: &str) -> bool {
    let word = word.replace(['"', '\''], "").replace("${HOME}/", "~/").replace("$HOME/", "~/");
    let fixed = word.split(['*', '{', '?', '[', '$']).next().unwrap_or_default();
    let fixed = fixed.trim_end_matches('/');
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let open = fixed.len() < word.trim_end_matches('/').len();
    !fixed.is_empty()
        && (within(place, fixed) || within(fixed, place) || (open && place.starts_with(fixed)))
}
