//! `go.mod` and `go.work` (Go's reference on modules).

use super::{Group, Kind, Manifest, Role, Unclear};

pub(super) fn read(text: &str, manifest: &mut Manifest) -> Result<(), Unclear> {
    let mut block: Option<String> = None;
    let mut known = false;
    for (number, line) in text.lines().enumerate() {
        let line_number = number + 1;
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let words = words(code);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match (&words[..], &block) {
            ([], _) => {}
            ([")"], Some(_)) => block = None,
            (_, Some(verb)) => directive(verb, &words, comment, line_number, manifest),
            ([verb, "("], None) => block = Some((*verb).to_owned()),
            ([verb, rest @ ..], None) => directive(verb, rest, comment, line_number, manifest),
        }
        let verb = words.first().copied().unwrap_or_default();
        known |= matches!(verb, "module" | "go" | "use" | "require");
    }
    match (known, &block) {
        (true, None) => Ok(()),
        (_, Some(verb)) => Err(Unclear {
            line: text.lines().count().max(1),
            reason: format!("`{verb} (` is not closed"),
        }),
        (false, None) => Err(Unclear { line: 1, reason: "there is no directive".to_owned() }),
    }
}

fn directive(verb: &str, words: &[&str], comment: &str, line: usize, manifest: &mut Manifest) {
    match (verb, words) {
        ("module", [path, ..]) => manifest.name = Some((*path).to_owned()),
        ("go" | "toolchain", [version, ..]) => manifest.wants(verb, version, line),
        // What only dependencies need is nobody else's concern.
        ("require", [path, version, ..]) if !is_indirect(comment) => {
            manifest.depends(Group::Normal, path, Some(version), line);
        }
        ("tool", [path, ..]) => manifest.depends(Group::Build, path, None, line),
        ("replace", words) => {
            let target = words.iter().skip_while(|word| **word != "=>").nth(1);
            let path = target.filter(|path| path.starts_with("./") || path.starts_with("../"));
            path.into_iter().for_each(|path| manifest.names(Role::Package, path, line));
        }
        ("use", [path, ..]) if manifest.kind == Kind::GoWork => {
            manifest.names(Role::Package, path, line);
        }
        _ => {}
    }
}

/// `// indirect`, also before another comment.
fn is_indirect(comment: &str) -> bool {
    comment.split(';').next().is_some_and(|first| first.trim() == "indirect")
}

/// The words of a line; those in quotes are one.
fn words(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, length) = match first {
            '"' | '`' => {
                let inside = &rest[1..];
                let end = inside.find(first).unwrap_or(inside.len());
                (&inside[..end], (end + 2).min(rest.len()))
            }
            '(' | ')' => (&rest[..1], 1),
            _ => {
                let end = rest.find([' ', '\t', '(', ')', '\r']).unwrap_or(rest.len());
                (&rest[..end], end.max(1))
            }
        };
        found.push(word.to_owned());
        rest = rest[length..].trim_start();
    }
    found
}
