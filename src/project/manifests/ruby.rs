//! `Gemfile` and `*.gemspec`, as far as they are literal.

use super::code::{self, RUBY, Token, Value};
use super::{Group, Kind, Manifest, Role};

pub(super) fn read(text: &str, manifest: &mut Manifest) {
    let tokens = code::tokens(text, RUBY);
    let mut groups: Vec<(usize, Group)> = Vec::new();
    let lines: Vec<&[Token<'_>]> = tokens.split(|token| token.value == Value::End).collect();
    for line in lines {
        let Some(first) = line.first() else { continue };
        let opens = line.iter().any(|token| token.word() == Some("do"));
        match first.word() {
            Some("group") if opens => groups.push((1, group_of(line))),
            Some("end") => {
                if let Some((depth, _)) = groups.last_mut() {
                    *depth -= 1;
                }
                groups.retain(|(depth, _)| *depth > 0);
            }
            Some("path") if opens => manifest_path(line, manifest),
            Some(word) => {
                let group = groups.last().map_or(Group::Normal, |(_, group)| *group);
                statement(word, line, group, manifest);
            }
            None => {}
        }
        if opens && first.word() != Some("group") {
            groups.last_mut().into_iter().for_each(|(depth, _)| *depth += 1);
        }
    }
    code::literals(&tokens, manifest);
}

/// A group that is only for developing and testing.
fn group_of(line: &[Token<'_>]) -> Group {
    let names = line.iter().filter_map(|token| token.word().or(token.text()));
    let mut names = names.filter(|name| !matches!(*name, "group" | "do" | "optional" | "true"));
    match names.all(|name| matches!(name, "development" | "test" | "ci" | "lint" | "rubocop")) {
        true => Group::Development,
        false => Group::Normal,
    }
}

fn manifest_path(line: &[Token<'_>], manifest: &mut Manifest) {
    for token in line {
        token.text().into_iter().for_each(|path| manifest.names(Role::Package, path, token.line));
    }
}

fn statement(word: &str, line: &[Token<'_>], group: Group, manifest: &mut Manifest) {
    let at = line[0].line;
    let mut texts = line.iter().filter_map(Token::text);
    let first = texts.next();
    // `spec.name`, `s.add_dependency`
    let method = word.rsplit('.').next().unwrap_or(word);
    let spec = manifest.kind == Kind::Gemspec;
    match (method, first) {
        ("gem", Some(name)) if !spec => {
            let versions = line.iter().skip(1).take_while(|token| token.word().is_none());
            let versions: Vec<&str> = versions.filter_map(Token::text).skip(1).collect();
            manifest.depends(group, name, Some(&versions.join(", ")), at);
            keyword("path", line)
                .into_iter()
                .for_each(|path| manifest.names(Role::Package, path, at));
        }
        ("ruby", Some(said)) if !spec => match keyword("file", line) {
            Some(file) => manifest.names(Role::Manifest, file, at),
            None => manifest.wants("ruby", said, at),
        },
        ("eval_gemfile", Some(path)) => manifest.names(Role::Manifest, path, at),
        ("eval_gemfile" | "instance_eval", None) => {
            manifest.unclear(at, "another Gemfile is read, and which is not known");
        }
        ("gemspec", _) if !spec => {
            let folder = keyword("path", line).unwrap_or(".");
            manifest.names(Role::Manifest, &format!("{folder}/*.gemspec"), at);
        }
        ("name", Some(name)) if spec => manifest.name = Some(name.to_owned()),
        ("version", Some(version)) if spec => manifest.version = Some(version.to_owned()),
        ("required_ruby_version", Some(version)) if spec => manifest.wants("ruby", version, at),
        ("add_dependency" | "add_runtime_dependency", Some(name)) => {
            manifest.depends(Group::Normal, name, texts.next(), at);
        }
        ("add_development_dependency", Some(name)) => {
            manifest.depends(Group::Development, name, texts.next(), at);
        }
        ("require_relative", Some(path)) => {
            manifest.names(Role::Content, &format!("{path}.rb"), at)
        }
        ("files" | "require_paths" | "executables" | "extensions", _) if spec => {
            texts.chain(first).for_each(|path| manifest.may_name(Role::Content, path, at));
        }
        _ => {}
    }
}

/// The text after `key:` or `:key =>`.
fn keyword<'a>(key: &str, line: &'a [Token<'_>]) -> Option<&'a str> {
    let at = line.iter().position(|token| token.word() == Some(key))?;
    line[at + 1..].iter().find_map(Token::text)
}
