//! Names that were probably meant, and commands that can be copied.

use super::Refusal;
use super::arguments::Arguments;
use crate::report::summary::{Commands, Summary};
use crate::shell::quoted;
use crate::syntax::pragma::{PragmaKind, pragma};
use crate::syntax::{self, ItemKind};
use crate::text::{LineIndex, Span};
use crate::transform::Transform;
use clap::ValueEnum;

/// The transform with this id.
pub(super) fn transform(
    id: &str,
    transforms: &[&'static Transform],
) -> Result<&'static Transform, Refusal> {
    let found = transforms.iter().find(|transform| transform.id == id);
    found.copied().ok_or_else(|| {
        let ids: Vec<&str> = transforms.iter().map(|transform| &*transform.id).collect();
        format!("unknown transform `{id}`; {}", instead(id, &ids))
    })
}

/// The command that a path which does not exist was probably meant to be.
pub(super) fn subcommand(wrong: &str) -> Option<String> {
    let command = super::arguments::command();
    let near = |name: &&str| strsim::jaro_winkler(wrong, name) > 0.9;
    command.get_subcommands().map(clap::Command::get_name).find(near).map(str::to_owned)
}

/// `did you mean …?`, or all there are.
pub(super) fn instead(wrong: &str, known: &[&str]) -> String {
    let score = |name: &&&str| (strsim::jaro_winkler(wrong, name) * 1000.0) as u32;
    match known.iter().max_by_key(score) {
        Some(best) if score(&best) >= 700 => format!("did you mean `{best}`?"),
        _ => {
            let all: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("did you mean one of {}?", all.join(", "))
        }
    }
}

/// What is wrong with the comments of a file that are meant for us: each with its line.
pub(super) fn comments(source: &str, transforms: &[&'static Transform]) -> Vec<String> {
    let mut wrong = Vec::new();
    if !source.contains("jettison") {
        return wrong;
    }
    let Ok(file) = syntax::parse(source) else { return wrong };
    let lines = LineIndex::new(source);
    let ids: Vec<&str> = transforms.iter().map(|transform| &*transform.id).collect();
    for item in file.items.iter().filter(|item| item.kind == ItemKind::Comment) {
        let indent = item.span.of(source).len() - item.span.of(source).trim_start().len();
        let comment = Span::new(item.span.start + indent, item.span.end);
        let Some(found) = pragma(source, comment) else { continue };
        let line = lines.line(comment.start);
        match found.kind {
            PragmaKind::JettisonIgnore
            | PragmaKind::JettisonIgnoreStage
            | PragmaKind::JettisonIgnoreFile => {
                let unknown = found.codes.iter().filter(|code| !ids.contains(&code.text));
                wrong.extend(unknown.map(|code| {
                    let instead = instead(code.text, &ids);
                    format!("line {line}: unknown transform `{}`; {instead}", code.text)
                }));
            }
            PragmaKind::JettisonOther => {
                let text = comment.of(source).trim_end();
                let known = "write `jettison ignore=ID`, `ignore-stage=ID`, `ignore-file=ID` or `ignore-file`";
                wrong.push(format!("line {line}: `{text}` says nothing; {known}"));
            }
            _ => (),
        }
    }
    wrong
}

/// The commands that write what was shown, and that agree to what waits.
pub(super) fn commands(arguments: &Arguments, summary: &Summary) -> Commands {
    let ids = summary.waiting.keys();
    let allow = ids.map(|id| (id.clone(), command(arguments, arguments.fix, Some(id))));
    let verify = match summary.drafts.is_empty() {
        true => String::new(),
        false => command(arguments, false, None).replacen("jettison", "jettison verify", 1),
    };
    Commands { fix: command(arguments, true, None), allow: allow.collect(), verify }
}

/// The command line again, with `--fix` or without, and with one more transform agreed to.
fn command(arguments: &Arguments, fix: bool, allow: Option<&str>) -> String {
    let mut words = vec!["jettison".to_owned()];
    if fix {
        words.push("--fix".to_owned());
    }
    let allowed: Vec<&str> =
        arguments.selection.allow.iter().map(String::as_str).chain(allow).collect();
    let lists = [("--only", &arguments.selection.only), ("--skip", &arguments.selection.skip)];
    for (flag, ids) in lists.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        words.extend([flag.to_owned(), quoted(&ids.join(","))]);
    }
    if arguments.selection.all_unsafe {
        words.push("--unsafe".to_owned());
    }
    if !allowed.is_empty() {
        words.extend(["--allow".to_owned(), quoted(&allowed.join(","))]);
    }
    let codemods = arguments.selection.codemod.iter();
    words.extend(codemods.flat_map(|it| ["--codemod".to_owned(), quoted(&it.to_string_lossy())]));
    let repeated = [
        ("--set", &arguments.selection.set),
        ("--include", &arguments.selection.include),
        ("--exclude", &arguments.selection.exclude),
    ];
    for (flag, values) in repeated {
        words.extend(values.iter().flat_map(|value| [flag.to_owned(), quoted(value)]));
    }
    let runtime = arguments.selection.runtime.and_then(|it| it.to_possible_value());
    words.extend(runtime.iter().flat_map(|it| ["--runtime".to_owned(), quoted(it.get_name())]));
    let since = arguments
        .selection
        .changed_since
        .as_ref()
        .map(|revision| ("--changed-since", revision.clone()));
    let files = arguments.max_files.map(|number| ("--max-files", number.to_string()));
    let size = (arguments.selection.max_file_size != super::arguments::DEFAULT_SIZE)
        .then(|| ("--max-file-size", arguments.selection.max_file_size.to_string()));
    let shard = arguments.selection.shard.map(|shard| ("--shard", shard.to_string()));
    let context = arguments.selection.context.as_ref();
    let context = context.map(|folder| ("--context", folder.display().to_string()));
    for (flag, value) in since.into_iter().chain(files).chain(size).chain(shard).chain(context) {
        words.extend([flag.to_owned(), quoted(&value)]);
    }
    if arguments.selection.paths.iter().any(|path| path.to_string_lossy().starts_with('-')) {
        words.push("--".to_owned());
    }
    words.extend(arguments.selection.paths.iter().map(|path| quoted(&path.to_string_lossy())));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::instead;
    use crate::shell::quoted;

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(quoted("a/b"), "a/b");
        assert_eq!(quoted("my file"), "'my file'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }

    #[test]
    fn the_nearest_name_is_proposed() {
        let known = ["merge-runs", "clean-package-caches"];
        assert_eq!(instead("merge-run", &known), "did you mean `merge-runs`?");
        assert_eq!(instead("clean-caches", &known), "did you mean `clean-package-caches`?");
        assert_eq!(
            instead("zzz", &known),
            "did you mean one of `merge-runs`, `clean-package-caches`?"
        );
    }
}
