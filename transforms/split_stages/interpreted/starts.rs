//! What a container starts, through scripts, is in the run-time image.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::Work;
use super::super::needs;
use super::super::plan::Plan;
use super::super::program::Program;
use super::super::scripts::{self, Does, EVERYWHERE};
use super::Language;
use crate::facts::{SEARCH_PATH, is_within, resolve};
use crate::images::Family;
use crate::shell::command::{base, is_shell};
use crate::text::Span;

/// What the container starts is there.
pub(super) fn starts(
    case: &Case,
    program: &Program,
    language: &Language,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    if let (Some(_), Some(script)) = (&program.shell, program.words.get(2)) {
        return Script { case, language, at, depth: 0 }.read(script, plan);
    }
    let script = Script { case, language, at, depth: 0 };
    let words: Vec<&str> = program.words.iter().map(String::as_str).collect();
    script.command(&words, &program.words.join(" "), plan)
}

struct Script<'s, 'c, 'a> {
    case: &'s Case<'c, 'a>,
    language: &'s Language,
    at: Span,
    depth: u32,
}

impl Script<'_, '_, '_> {
    fn read(&self, text: &str, plan: &mut Plan) -> Result<(), Stop> {
        if self.depth == 4 {
            let reason = "its scripts start each other".to_owned();
            return Err(Stop { code: "script", at: self.at, reason });
        }
        scripts::each(text, self.at, &mut |text, does, _| {
            let Does::Starts(call) = does else { return Ok(()) };
            let rest = call.literals().map(|it| it.unwrap_or("$"));
            let words: Vec<&str> = std::iter::once(call.given).chain(rest).collect();
            self.command(&words, text, plan)
        })
    }

    /// One command, `text`.
    fn command(&self, words: &[&str], text: &str, plan: &mut Plan) -> Result<(), Stop> {
        let Some((word, rest)) = words.split_first() else { return Ok(()) };
        let name = base(word);
        let stop = |reason: String| Err(Stop { code: "script", at: self.at, reason });
        if is_shell(name) || matches!(*word, "." | "source") {
            return match rest.iter().find(|it| !it.starts_with('-')) {
                Some(file) => self.file(file, text, plan),
                None => stop(format!("what `{text}` starts is not known")),
            };
        }
        if EVERYWHERE.contains(word) || self.language.programs.contains(&name) {
            return Ok(());
        }
        let installed = self.case.steps().iter().any(
            |step| matches!(&step.work, Work::Packages(names) if names.iter().any(|it| it == name)),
        );
        if let Some(package) = needs::package_of(name) {
            needs::add(self.case, package, format!("`{text}` starts `{name}`"), plan);
            let starts = matches!(name, "dumb-init" | "tini");
            let next: Vec<&str> =
                rest.iter().copied().skip_while(|it| it.starts_with('-')).collect();
            return if starts { self.command(&next, text, plan) } else { Ok(()) };
        }
        if installed {
            needs::add(self.case, name, format!("`{text}` starts `{name}`"), plan);
            return Ok(());
        }
        if word.contains('/') {
            return self.file(word, text, plan);
        }
        const FOREIGN: &[&str] = &[
            "bun", "deno", "java", "make", "nginx", "node", "npm", "npx", "pnpm", "python",
            "python3", "yarn",
        ];
        match self.language.brings_programs && !FOREIGN.contains(&name) {
            true => Ok(()),
            false => self.on_path(word, text, plan),
        }
    }

    /// A program that a `COPY` puts where programs are looked for.
    fn on_path(&self, name: &str, text: &str, plan: &mut Plan) -> Result<(), Stop> {
        for folder in SEARCH_PATH {
            let place = format!("{folder}/{name}");
            if self.case.source(&place)?.is_some() {
                return self.file(&place, text, plan);
            }
        }
        let reason = format!("`{name}`, which `{text}` starts, may not be in the run-time image");
        Err(Stop { code: "script", at: self.at, reason })
    }

    /// A file that is run, which may be a script.
    fn file(&self, path: &str, text: &str, plan: &mut Plan) -> Result<(), Stop> {
        let place = resolve(self.case.stage().workdir(), path);
        let is_there = place
            .as_deref()
            .is_some_and(|place| plan.copies.iter().any(|it| is_within(place, &it.to)));
        let known = place.as_deref().is_some_and(|it| self.language.programs.contains(&base(it)));
        if !is_there && !known {
            let reason =
                format!("`{path}`, which `{text}` starts, may not be in the run-time image");
            return Err(Stop { code: "script", at: self.at, reason });
        }
        let source = match &place {
            Some(place) => self.case.source(place)?,
            None => None,
        };
        let Some(body) = source.and_then(|it| self.case.text(&it)) else { return Ok(()) };
        let first = body.lines().next().unwrap_or_default();
        let is_script = first.starts_with("#!")
            && is_shell(base(first.rsplit([' ', '/']).next().unwrap_or_default()))
            || !first.starts_with("#!") && path.ends_with(".sh");
        if !is_script {
            return Ok(());
        }
        if first.contains("bash") && self.is_alpine() {
            needs::add(self.case, "bash", format!("`{path}` is a script of bash"), plan);
        }
        Script { depth: self.depth + 1, ..*self }.read(&body, plan)
    }

    fn is_alpine(&self) -> bool {
        let distribution = self.case.image().and_then(|it| it.distribution.as_ref());
        distribution.is_some_and(|it| it.family == Family::Alpine)
    }
}
