//! Comments that are read by programs: this one, BuildKit, hadolint, ShellCheck, tally.
//! It does not know which rules exist.

use crate::text::Span;

/// A comment that a program reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pragma<'src> {
    /// The comment, from `#`.
    pub span: Span,
    pub kind: PragmaKind,
    /// The rules that it names, in order; for `check` those that are skipped.
    pub codes: Vec<Code<'src>>,
    /// What is written after the codes to say why; for the others the whole value.
    pub rest: Option<Code<'src>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code<'src> {
    pub span: Span,
    pub text: &'src str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PragmaKind {
    /// `# hadolint ignore=DL3008,SC2086`: for the next instruction.
    HadolintIgnore,
    HadolintGlobalIgnore,
    /// `# hadolint shell=…` and whatever else it may know.
    HadolintOther,
    /// `# check=skip=…`
    Check,
    Syntax,
    Escape,
    TallyIgnore,
    TallyGlobalIgnore,
    TallyOther,
    /// `# shellcheck disable=SC2086`
    ShellcheckDisable,
    ShellcheckOther,
    /// `# jettison ignore=ID[,ID]: reason`: for the next instruction.
    JettisonIgnore,
    /// `# jettison ignore-stage=ID[,ID]: reason`: for the build stage of the next instruction.
    JettisonIgnoreStage,
    /// `# jettison ignore-file: reason`; with `=ID[,ID]` for these alone.
    JettisonIgnoreFile,
    /// It starts with our name and says nothing that we know.
    JettisonOther,
    /// A scanner or an updater reads it, for the line that follows.
    OtherTool,
}

const OTHER_TOOLS: &[&str] =
    &["checkov:", "kics-scan", "nosec", "nosemgrep", "renovate:", "snyk:", "terrascan:", "trivy:"];

/// What a comment begins with in any case.
const WORDS: &[&str] =
    &["check", "escape", "hadolint", "jettison", "shellcheck", "syntax", "tally"];

/// Reads the comment at `span` of `source`, which starts with `#`.
pub fn pragma(source: &str, span: Span) -> Option<Pragma<'_>> {
    let reader = Reader { source, end: span.end };
    let text = span.of(source).strip_prefix('#')?.trim();
    if OTHER_TOOLS.iter().any(|tool| text.starts_with(tool)) {
        return Some(Pragma { span, kind: PragmaKind::OtherTool, codes: Vec::new(), rest: None });
    }
    let (word, rest) = split_word(text);
    let word = WORDS.iter().find(|known| known.eq_ignore_ascii_case(word))?;
    let (kind, value) = match *word {
        "hadolint" => hadolint(rest),
        "tally" => tally(rest),
        "shellcheck" => match after(rest, "disable") {
            Some(value) => (PragmaKind::ShellcheckDisable, value),
            None => (PragmaKind::ShellcheckOther, rest),
        },
        "jettison" => jettison(rest),
        "check" => (PragmaKind::Check, rest.strip_prefix('=')?.trim_start()),
        "syntax" => (PragmaKind::Syntax, rest.strip_prefix('=')?.trim_start()),
        "escape" => (PragmaKind::Escape, rest.strip_prefix('=')?.trim_start()),
        _ => return None,
    };
    let (codes, rest) = reader.codes(kind, value);
    Some(Pragma { span, kind, codes, rest })
}

fn hadolint(rest: &str) -> (PragmaKind, &str) {
    if let Some(value) = after(rest, "ignore") {
        return (PragmaKind::HadolintIgnore, value);
    }
    match rest.strip_prefix("global").and_then(|rest| after(rest.trim_start(), "ignore")) {
        Some(value) => (PragmaKind::HadolintGlobalIgnore, value),
        None => (PragmaKind::HadolintOther, rest),
    }
}

fn tally(rest: &str) -> (PragmaKind, &str) {
    if let Some(value) = after(rest, "ignore") {
        return (PragmaKind::TallyIgnore, value);
    }
    match rest.strip_prefix("global").and_then(|rest| after(rest.trim_start(), "ignore")) {
        Some(value) => (PragmaKind::TallyGlobalIgnore, value),
        None => (PragmaKind::TallyOther, rest),
    }
}

fn jettison(rest: &str) -> (PragmaKind, &str) {
    if let Some(reason) = rest.strip_prefix("ignore-file") {
        let reason = reason.trim_start();
        if reason.is_empty() || reason.starts_with(':') {
            return (PragmaKind::JettisonIgnoreFile, reason);
        }
    }
    let kinds = [
        ("ignore-file", PragmaKind::JettisonIgnoreFile),
        ("ignore-stage", PragmaKind::JettisonIgnoreStage),
        ("ignore", PragmaKind::JettisonIgnore),
    ];
    // `ignore-file=` that names nothing is not about everything.
    let found = kinds.iter().find_map(|(word, kind)| {
        let value = after(rest, word)?;
        value.starts_with(is_in_name).then_some((*kind, value))
    });
    found.unwrap_or((PragmaKind::JettisonOther, rest))
}

/// What follows `word =`.
fn after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    Some(text.strip_prefix(word)?.trim_start().strip_prefix('=')?.trim_start())
}

fn split_word(text: &str) -> (&str, &str) {
    let end = text.find(|next: char| !next.is_ascii_alphanumeric()).unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

struct Reader<'src> {
    source: &'src str,
    /// Of the comment.
    end: usize,
}

impl<'src> Reader<'src> {
    /// All texts here reach to the end of the comment, blanks at its end left out.
    fn at(&self, text: &str) -> usize {
        let comment = self.source[..self.end].trim_end();
        comment.len() - text.len()
    }

    fn codes(&self, kind: PragmaKind, value: &str) -> (Vec<Code<'src>>, Option<Code<'src>>) {
        let start = self.at(value);
        let list = match kind {
            PragmaKind::Check => return (self.skipped(start, value), self.code(start, value)),
            PragmaKind::JettisonIgnoreFile if value.is_empty() || value.starts_with(':') => {
                let reason = value.trim_start_matches(':').trim_start();
                return (Vec::new(), self.code(self.at(reason), reason));
            }
            PragmaKind::HadolintIgnore
            | PragmaKind::HadolintGlobalIgnore
            | PragmaKind::TallyIgnore
            | PragmaKind::TallyGlobalIgnore
            | PragmaKind::ShellcheckDisable
            | PragmaKind::JettisonIgnore
            | PragmaKind::JettisonIgnoreStage
            | PragmaKind::JettisonIgnoreFile => value.find(|next: char| !is_in_list(next)),
            _ => return (Vec::new(), self.code(start, value)),
        };
        // A blank ends the list unless a comma stands before or after it.
        let list_end = list.unwrap_or(value.len());
        let codes = self.list(start, &value[..list_end]);
        let end = codes.last().map_or(start, |code| code.span.end);
        let reason = value[end - start..].trim_start_matches([':', ';', ',', ' ', '\t']);
        (codes, self.code(self.at(reason), reason))
    }

    /// `skip=A,B;error=true`
    fn skipped(&self, start: usize, value: &str) -> Vec<Code<'src>> {
        let mut at = start;
        for setting in value.split(';') {
            let trimmed = setting.trim_start();
            if let Some(list) = after(trimmed, "skip") {
                let offset = setting.len() - list.len();
                return self.list(at + offset, list);
            }
            at += setting.len() + 1;
        }
        Vec::new()
    }

    /// Codes between commas, up to the first blank that is not beside a comma.
    fn list(&self, start: usize, list: &str) -> Vec<Code<'src>> {
        let mut codes = Vec::new();
        let mut at = start;
        for part in list.split(',') {
            let from = at + (part.len() - part.trim_start().len());
            let word = part.split_whitespace().next().unwrap_or_default();
            codes.extend(self.code(from, word));
            at += part.len() + 1;
            if part.split_whitespace().nth(1).is_some() {
                break;
            }
        }
        codes
    }

    fn code(&self, start: usize, text: &str) -> Option<Code<'src>> {
        let span = Span::new(start, start + text.len());
        (!text.is_empty()).then(|| Code { span, text: span.of(self.source) })
    }
}

fn is_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric()
}

fn is_in_list(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '-' | '_' | '/' | '.' | ',' | ' ' | '\t')
}

#[cfg(test)]
mod tests {
    use super::{PragmaKind, pragma};
    use crate::text::Span;

    #[test]
    fn kinds_codes_and_reasons() {
        let cases: [(&str, PragmaKind, &[&str], Option<&str>); 20] = [
            ("# hadolint ignore=DL3008", PragmaKind::HadolintIgnore, &["DL3008"], None),
            (
                "#hadolint  ignore = DL3008 , SC2086 ",
                PragmaKind::HadolintIgnore,
                &["DL3008", "SC2086"],
                None,
            ),
            (
                "# hadolint global ignore=DL3008",
                PragmaKind::HadolintGlobalIgnore,
                &["DL3008"],
                None,
            ),
            ("# hadolint shell=bash", PragmaKind::HadolintOther, &[], Some("shell=bash")),
            (
                "# check=skip=A,B;error=true",
                PragmaKind::Check,
                &["A", "B"],
                Some("skip=A,B;error=true"),
            ),
            (
                "# check=error=true;skip=all",
                PragmaKind::Check,
                &["all"],
                Some("error=true;skip=all"),
            ),
            ("# syntax=docker/dockerfile:1", PragmaKind::Syntax, &[], Some("docker/dockerfile:1")),
            ("# escape = `", PragmaKind::Escape, &[], Some("`")),
            (
                "# tally ignore=hadolint/DL3008,x;reason=y",
                PragmaKind::TallyIgnore,
                &["hadolint/DL3008", "x"],
                Some("reason=y"),
            ),
            ("# tally global ignore=x", PragmaKind::TallyGlobalIgnore, &["x"], None),
            (
                "# shellcheck disable=SC1091,SC2034 # why",
                PragmaKind::ShellcheckDisable,
                &["SC1091", "SC2034"],
                Some("# why"),
            ),
            (
                "# jettison ignore=merge-runs: slow to build",
                PragmaKind::JettisonIgnore,
                &["merge-runs"],
                Some("slow to build"),
            ),
            ("# jettison ignore=a, b", PragmaKind::JettisonIgnore, &["a", "b"], None),
            ("# jettison ignore", PragmaKind::JettisonOther, &[], Some("ignore")),
            (
                "# jettison ignore-file: generated",
                PragmaKind::JettisonIgnoreFile,
                &[],
                Some("generated"),
            ),
            ("# jettison ignore-file", PragmaKind::JettisonIgnoreFile, &[], None),
            (
                "# jettison ignore-file=a,b: why",
                PragmaKind::JettisonIgnoreFile,
                &["a", "b"],
                Some("why"),
            ),
            ("# jettison ignore-file=: a", PragmaKind::JettisonOther, &[], Some("ignore-file=: a")),
            (
                "# jettison ignore-stage = a: why",
                PragmaKind::JettisonIgnoreStage,
                &["a"],
                Some("why"),
            ),
            ("# jettison ignore-stage", PragmaKind::JettisonOther, &[], Some("ignore-stage")),
        ];
        for (comment, kind, codes, rest) in cases {
            let source = format!("FROM a\n{comment}\nRUN b\n");
            let span = Span::new(7, 7 + comment.len());
            let found = pragma(&source, span).unwrap();
            let texts: Vec<_> = found.codes.iter().map(|code| code.text).collect();
            assert_eq!((found.kind, texts.as_slice()), (kind, codes), "{comment}");
            assert_eq!(found.rest.map(|code| code.text), rest, "{comment}");
        }
    }

    #[test]
    fn other_comments() {
        for comment in
            ["# install the tools", "#", "# hadolinting is fun", "# syntax of it", "# checks"]
        {
            assert_eq!(pragma(comment, Span::new(0, comment.len())), None, "{comment}");
        }
    }
}
