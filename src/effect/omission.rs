//! Which files of Node packages no program loads, and the one command that leaves them out.
//!
//! Node loads a file by its name, so what counts is that no name here can be that of a program or of its
//! data. Folders are not among them: `yaml` keeps code in `dist/doc`, `mathjs` in `lib/expression/docs`, and
//! tools that remove every `doc`, `test` or `assets` have broken both.
//! (<https://github.com/eemeli/yaml/issues/384>, <https://github.com/tj/node-prune/issues/61>)

use crate::facts::Facts;
use crate::project::ignore_file::{Reach, reach};
use crate::shell::command::base;

/// What a command leaves out of what a `RUN` has installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// The `RUN` that gets the command at its end.
    pub run: usize,
    /// The folder in which packages are, by its place in the image.
    pub folder: String,
    /// Source maps, too.
    pub maps: bool,
}

/// Texts for people beside a package, in any case. Licenses are not among them: they have to stay.
const TEXTS: &[&str] = &["readme*.md", "changelog*.md"];

/// What the compiler of TypeScript reads, and nothing that runs.
const DECLARATIONS: &[&str] = &["*.d.ts", "*.d.[cm]ts"];

/// What debuggers read.
const MAPS: &[&str] = &["*.[jt]s.map", "*.[cm][jt]s.map"];

/// The compiler itself may be called while a program runs.
const KEPT: &str = "*/typescript/*";

impl Omission {
    pub fn command(&self) -> String {
        self.lines().join(" ")
    }

    /// The command, with the patterns of one kind on a line.
    pub fn lines(&self) -> Vec<String> {
        let folder = base(&self.folder);
        let mut lines = vec![format!("find {folder} -type f \\(")];
        let groups = [("-iname", TEXTS), ("-name", DECLARATIONS), ("-name", MAPS)];
        for (option, names) in &groups[..if self.maps { 3 } else { 2 }] {
            let tests: Vec<String> = names.iter().map(|it| format!("{option} '{it}'")).collect();
            let or = if lines.len() > 1 { "-o " } else { "" };
            lines.push(format!("{or}{}", tests.join(" -o ")));
        }
        lines.push(format!("\\) ! -path '{KEPT}' -delete"));
        lines
    }

    /// Whether a file of the image is left out.
    pub fn leaves_out(&self, path: &str) -> bool {
        let inside = path.strip_prefix(&self.folder).is_some_and(|it| it.starts_with('/'));
        let name = base(path).to_lowercase();
        let is = |pattern: &str| reach(pattern, &name) == Reach::Itself;
        let maps = MAPS.iter().filter(|_| self.maps);
        inside
            && !path.contains("/typescript/")
            && TEXTS.iter().chain(DECLARATIONS).chain(maps).any(|it| is(it))
    }

    pub(super) fn describe(&self) -> Vec<String> {
        let maps = if self.maps { ", source maps" } else { "" };
        vec![format!("leaves type declarations{maps} and readme files out of `{}`", self.folder)]
    }

    /// Whether the command runs where its folder is, in a program that stays there.
    pub(super) fn check(&self, facts: &Facts) -> Result<(), String> {
        let run = facts.run(self.run).ok_or("no program runs there")?;
        let script = run.script.as_ref().ok_or("the program cannot be read")?;
        let workdir =
            facts.workdir_at(self.run).map(|it| it.path).ok_or("where it runs is not known")?;
        let moves = script.parsed.simple_commands().into_iter().any(|(_, simple, _)| {
            let program = script.parsed.invocation(simple).map(|it| it.program);
            matches!(program, Some("cd" | "pushd" | "popd" | "exec" | "exit"))
        });
        let is_there = self.folder == format!("{}/node_modules", workdir.trim_end_matches('/'));
        match is_there && !moves {
            true => Ok(()),
            false => Err("the command runs elsewhere".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Omission;

    #[test]
    fn only_names_that_no_program_loads_are_left_out() {
        let folder = "/app/node_modules".to_owned();
        let omission = Omission { run: 0, folder, maps: true };
        let out = |path: &str| omission.leaves_out(&format!("/app/node_modules/{path}"));
        assert!(
            out("a/README.md") && out("a/lib/x.d.ts") && out("@b/c/x.d.mts") && out("a/x.js.map")
        );
        assert!(out("a/changelog-2.md") && out("a/x.cjs.map"));
        assert!(
            !out("a/LICENSE.md") && !out("a/readme.js") && !out("a/x.ts") && !out("a/data.map")
        );
        assert!(!out("typescript/lib/lib.d.ts") && !out("a/docs/guide.md"));
        assert!(!omission.leaves_out("/app/README.md"));
        let maps = Omission { maps: false, ..omission.clone() };
        assert!(!maps.leaves_out("/app/node_modules/a/x.js.map"));
    }
}
