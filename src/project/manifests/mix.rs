//! `mix.exs`, as far as it is literal.

use super::code::{self, ELIXIR, Token};
use super::{Group, Holds, Manifest, Role};

/// Tokens of one dependency.
const LONGEST: usize = 64;

pub(super) fn read(text: &str, manifest: &mut Manifest) {
    let tokens = code::tokens(text, ELIXIR);
    manifest.fills(Holds::Build, "_build", None);
    manifest.fills(Holds::Dependencies, "deps", None);
    for at in 0..tokens.len() {
        if tokens[at].is('{') {
            dependency(&tokens[at + 1..], manifest);
            continue;
        }
        // `key: value`
        let [key, colon, value, ..] = &tokens[at..] else { continue };
        let (Some(word), true) = (key.word(), colon.is(':')) else { continue };
        match (word, value.text()) {
            ("app", _) => manifest.name = manifest.name.take().or(atom(&tokens[at + 2..])),
            ("version", Some(text)) => {
                manifest.version = manifest.version.take().or(Some(text.to_owned()))
            }
            ("elixir", Some(text)) => manifest.wants("elixir", text, value.line),
            ("path" | "apps_path", Some(path)) => manifest.names(Role::Package, path, value.line),
            ("deps_path", Some(path)) => {
                manifest.fills(Holds::Dependencies, path, Some(value.line))
            }
            ("build_path", Some(path)) => manifest.fills(Holds::Build, path, Some(value.line)),
            ("lockfile" | "config_path", Some(path)) => {
                manifest.names(Role::Content, path, value.line)
            }
            _ => {}
        }
    }
    code::literals(&tokens, manifest);
}

/// `:name`
fn atom(tokens: &[Token<'_>]) -> Option<String> {
    match tokens {
        [colon, name, ..] if colon.is(':') => name.word().map(str::to_owned),
        _ => None,
    }
}

/// `{:name, "~> 1.0", only: :test}`
fn dependency(tokens: &[Token<'_>], manifest: &mut Manifest) {
    let Some(name) = atom(tokens) else { return };
    let inside: Vec<_> = tokens.iter().take(LONGEST).take_while(|token| !token.is('}')).collect();
    let Some(after) = inside.get(3).filter(|_| inside.get(2).is_some_and(|it| it.is(','))) else {
        return;
    };
    let wanted = after.text();
    let words: Vec<&str> = inside.iter().filter_map(|it| it.word()).collect();
    // A pair of something else has neither a version nor a source.
    if wanted.is_none()
        && !words.iter().any(|it| matches!(*it, "path" | "git" | "github" | "in_umbrella"))
    {
        return;
    }
    let only = words.contains(&"only") && !words.contains(&"prod");
    let group = if only { Group::Development } else { Group::Normal };
    manifest.depends(group, &name, wanted, inside[1].line);
}
