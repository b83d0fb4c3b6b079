//! Whether a file is a template that some other program turns into a Dockerfile.
//!
//! A template is where its marks stand outside shell strings: `docker inspect -f '{{.Id}}'`,
//! `ENV FORMAT="{{.Name}}"`, `sed s/{{version}}/1/` and a heredoc that holds a template are plain
//! Dockerfiles. A mark counts
//!
//! - at the start of a line: `{% if x %}`, `{{#x}}`, `{{- range .Stages }}`, `<% if x %>`;
//! - in an instruction that is no shell script: `FROM {{ image }}`, `FROM a:@TAG@`, and in quotes
//!   where it has blanks and names something: `LABEL version="{{ version }}"`;
//! - outside quotes in a shell script, where a shell would take it apart: `{{ packages }}` and
//!   `<%= packages %>`, but not `{{.Dir}}`, which a shell hands on as it is.

use crate::syntax::{self, Body, Command, Dockerfile, ItemKind};
use std::path::Path;

/// Endings of files that are templates whatever they contain.
const ENDINGS: &[&str] = &[
    "ejs",
    "em",
    "epp",
    "erb",
    "ftl",
    "gotmpl",
    "handlebars",
    "hbs",
    "in",
    "j2",
    "jinja",
    "jinja2",
    "jsonnet",
    "m4",
    "mako",
    "mustache",
    "njk",
    "template",
    "tera",
    "tmpl",
    "tpl",
    "twig",
];

/// By name alone: its ending, or a folder that a template names (`{{ cookiecutter.name }}/`).
pub(super) fn is_named_like_one(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
        || path.to_string_lossy().contains("{{")
        || path.to_string_lossy().contains("__cookiecutter")
}

/// By content.
pub(super) fn looks_like_one(source: &str) -> bool {
    let bytes = source.as_bytes();
    let mut marks = memchr::memchr3_iter(b'@', b'{', b'<', bytes);
    let may_be = |at| match (bytes[at], bytes.get(at + 1)) {
        (b'@', Some(next)) => next.is_ascii_uppercase(),
        (b'{', Some(b'{' | b'%')) | (b'<', Some(b'%')) => true,
        _ => false,
    };
    if !marks.any(may_be) {
        return false;
    }
    match syntax::parse(source) {
        Ok(file) => parsed(&file),
        Err(_) => {
            source.lines().any(|line| !line.trim_start().starts_with('#') && line_of_text(line))
        }
    }
}

/// Nothing says what a line of an unparsable text is: a mark outside quotes decides.
fn line_of_text(line: &str) -> bool {
    opens_line(line) || has_mark(line, Kind::Words)
}

fn parsed(file: &Dockerfile<'_>) -> bool {
    let between = file.items.iter().filter(|item| item.kind == ItemKind::Comment);
    if between.into_iter().any(|item| is_statement(item.span.of(file.source))) {
        return true;
    }
    file.instructions.iter().any(|instruction| {
        let kind = match &instruction.body {
            Body::Run(Command::Shell) | Body::Cmd(Command::Shell) => Kind::Script,
            Body::Entrypoint(Command::Shell) | Body::Healthcheck(_) => Kind::Script,
            Body::Onbuild(_) => Kind::Script,
            _ => Kind::Words,
        };
        has_mark(&instruction.arguments.text, kind)
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// BuildKit reads it.
    Words,
    /// A shell reads it.
    Script,
}

/// A statement of Jinja in a comment, which Jinja obeys all the same: `# {% set a = 1 %}`.
fn is_statement(comment: &str) -> bool {
    let text = comment.trim_start_matches(['#', ' ', '\t']);
    text.starts_with("{%") && text.contains("%}")
}

fn opens_line(line: &str) -> bool {
    let line = line.trim_start();
    ["{%", "{{", "{#", "<%"].iter().any(|mark| line.starts_with(mark))
}

/// Whether a mark stands outside quotes.
fn has_mark(text: &str, kind: Kind) -> bool {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = 0;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (None | Some(b'"'), b'\\') => at += 1,
            (None, byte @ (b'\'' | b'"')) => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'{' | b'<' | b'@') if is_mark(&text[at..], kind) => return true,
            (Some(_), b'{' | b'<') if kind == Kind::Words && is_expression(&text[at..]) => {
                return true;
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// `{{ name }}` and `<%= name %>`, which in quotes of `ENV` or `LABEL` are no format of Go.
fn is_expression(text: &str) -> bool {
    let is_name = |rest: &str| rest.starts_with(|it: char| it.is_ascii_alphabetic());
    text.strip_prefix("{{ ").is_some_and(|rest| is_name(rest) && rest.contains("}}"))
        || text.strip_prefix("<%= ").is_some_and(|rest| is_name(rest) && rest.contains("%>"))
}

fn is_mark(text: &str, kind: Kind) -> bool {
    if let Some(rest) = text.strip_prefix("{{") {
        let Some((inside, _)) = rest.split_once("}}") else { return false };
        return match kind {
            Kind::Words => !inside.contains('\n'),
            // `{{a,b}/c,d}` is a brace expansion, and without blanks a shell hands it on.
            Kind::Script => inside.starts_with([' ', '-', '#', '/', '%']) && inside.contains(' '),
        };
    }
    if let Some(rest) = text.strip_prefix("{%") {
        return rest.contains("%}");
    }
    if let Some(rest) = text.strip_prefix("<%") {
        return rest.contains("%>");
    }
    let Some((name, _)) = text.strip_prefix('@').and_then(|rest| rest.split_once('@')) else {
        return false;
    };
    let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    kind == Kind::Words
        && name.starts_with(|it: char| it.is_ascii_uppercase())
        && name.bytes().all(is_name)
}
