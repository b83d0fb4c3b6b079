//! `.env` files, and variables in Compose files.
//!
//! Semantics: the Compose specification on interpolation and `env_file`, and compose-go's `template` and
//! `dotenv`.

use super::{Known, LONGEST, Unknown};
use std::collections::BTreeMap;

/// `${a:-${b:-…}}`
const DEEPEST: usize = 16;

/// Values by name; `None` is set to something that we do not know.
pub(super) type Values = BTreeMap<String, Option<String>>;

/// The values that a `.env` file sets. What cannot be read sets nothing.
pub(super) fn values(text: &str) -> Values {
    let mut values = Values::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return values;
        }
        let line = rest.split('\n').next().unwrap_or(rest);
        let start = line.strip_prefix("export ").map_or(line, str::trim_start);
        let Some(equals) = start.find(['=', ':']).filter(|_| !line.starts_with('#')) else {
            rest = &rest[line.len()..];
            continue;
        };
        let name = start[..equals].trim().to_owned();
        rest = &rest[line.len() - start.len() + equals + 1..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        rest = &rest[blanks..];
        let (value, length) = value(rest, &values);
        values.insert(name, value);
        rest = &rest[length..];
    }
}

/// The value that `text` starts with, and its length.
fn value(text: &str, before: &Values) -> (Option<String>, usize) {
    let line = text.find('\n').unwrap_or(text.len());
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\''));
    let Some(quote) = quote else {
        let value = text[..line].split(" #").next().unwrap_or_default().trim_end();
        return (interpolate(value, before).ok(), line);
    };
    let mut chars = text[1..].char_indices();
    let mut value = String::new();
    while let Some((at, char)) = chars.next() {
        match char {
            '\\' => match (chars.next().map(|(_, next)| next), quote) {
                (Some('n'), '"') => value.push('\n'),
                (Some('t'), '"') => value.push('\t'),
                (Some('r'), '"') => value.push('\r'),
                (Some('$'), '"') => value.push_str("$$"),
                (Some(next), _) if next == quote || (next == '\\' && quote == '"') => {
                    value.push(next);
                }
                (Some(next), _) => value.extend(['\\', next]),
                (None, _) => {}
            },
            _ if char == quote && quote == '"' => {
                return (interpolate(&value, before).ok(), at + 2);
            }
            _ if char == quote => return (Some(value), at + 2),
            _ => value.push(char),
        }
    }
    (None, line)
}

/// Puts values for `$name`, `${name}` and `${name:-default}` (also `-`, `:?`, `?`, `:+`, `+`); `$$` is `$`.
///
/// A name that is not among `values` is taken as not set where the text says what then, and is unknown
/// elsewhere.
pub(super) fn interpolate(text: &str, values: &Values) -> Known<String> {
    nested(text, values, 0)
}

/// The same, with `*` for what is not known.
pub(super) fn pattern(text: &str, values: &Values) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$').filter(|_| result.len() <= LONGEST) {
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match rest[1..].strip_prefix('{') {
            Some(inside) => closing(inside).map_or(rest.len(), |length| length + 3),
            None if rest[1..].starts_with('$') => 2,
            None => 1 + name_length(&rest[1..]),
        };
        result.push_str(&interpolate(&rest[..length], values).unwrap_or("*".to_owned()));
        rest = &rest[length..];
    }
    result.push_str(rest);
    result
}

fn nested(text: &str, values: &Values, depth: usize) -> Known<String> {
    let short = || text.chars().take(40).collect::<String>();
    if depth > DEEPEST {
        return Err(Unknown::on(format!("`{}`", short())));
    }
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$').filter(|_| result.len() <= LONGEST) {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            result.push('$');
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('{') {
            let length = closing(inside).ok_or_else(|| Unknown::on(format!("`{}`", short())))?;
            result.push_str(&braced(&inside[..length], values, depth)?);
            rest = &inside[length + 1..];
        } else {
            let length = name_length(rest);
            if length == 0 {
                return Err(Unknown::on(format!("`{}`", short())));
            }
            result.push_str(&lookup(&rest[..length], values)?);
            rest = &rest[length..];
        }
    }
    result.push_str(rest);
    match result.len() > LONGEST {
        true => Err(Unknown::on("a value that is too long")),
        false => Ok(result),
    }
}

/// The offset of the `}` that closes a brace which is open before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'$' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn name_length(text: &str) -> usize {
    let digit_first = text.starts_with(|first: char| first.is_ascii_digit());
    let end = text.find(|char: char| !char.is_ascii_alphanumeric() && char != '_');
    if digit_first { 0 } else { end.unwrap_or(text.len()) }
}

fn braced(inside: &str, values: &Values, depth: usize) -> Known<String> {
    let (name, operator) = inside.split_at(name_length(inside));
    let value = values.get(name);
    let unknown = || Unknown::variable(name);
    if name.is_empty() {
        return Err(Unknown::on(format!("`${{{inside}}}`")));
    }
    if value == Some(&None) {
        return Err(unknown());
    }
    let set = value.and_then(Option::as_deref);
    let filled = set.filter(|value| !value.is_empty());
    let (kind, word) = operator.split_at(match operator.starts_with(':') {
        true => operator.len().min(2),
        false => operator.len().min(1),
    });
    match (kind, set, filled) {
        ("" | "-" | "?", Some(value), _) | (":-" | ":?", _, Some(value)) => Ok(value.to_owned()),
        ("-", None, _) | (":-", _, None) => nested(word, values, depth + 1),
        ("+", Some(_), _) | (":+", _, Some(_)) => nested(word, values, depth + 1),
        ("+", None, _) | (":+", _, None) => Ok(String::new()),
        ("", None, _) | ("?", None, _) | (":?", _, None) => Err(unknown()),
        _ => Err(Unknown::on(format!("`${{{inside}}}`"))),
    }
}

fn lookup(name: &str, values: &Values) -> Known<String> {
    values.get(name).cloned().flatten().ok_or_else(|| Unknown::variable(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_file() {
        let text = "# a\nA=1\nexport B = two words # no\nC='$A #'\nD=\"${A}-\\n\\$\"\nE=${A:-x}$B\nF=\nG=$NOBODY\nH: y\n";
        let found = values(text);
        let get = |name: &str| found[name].as_deref();
        assert_eq!((get("A"), get("B"), get("C")), (Some("1"), Some("two words"), Some("$A #")));
        assert_eq!((get("D"), get("E")), (Some("1-\n$"), Some("1two words")));
        assert_eq!((get("F"), get("G"), get("H")), (Some(""), None, Some("y")));
    }

    #[test]
    fn every_form_of_a_variable() {
        let known = values("A=a\nE=\n");
        let cases = [
            ("$A/${A}", "a/a"),
            ("${X:-d} ${X-d} ${E:-d} ${E-d} ${A:-d}", "d d d  a"),
            ("${A:+y} ${E:+y} ${E+y} ${X+y}", "y  y "),
            ("${A:?m} ${E?m}", "a "),
            ("${X:-${A}-${Y:-z}}", "a-z"),
            ("$$A", "$A"),
        ];
        for (text, expected) in cases {
            assert_eq!(interpolate(text, &known), Ok(expected.to_owned()), "{text}");
        }
        for (text, name) in [("$X", "X"), ("${X}", "X"), ("${X:?m}", "X"), ("${E:?m}", "E")] {
            assert_eq!(interpolate(text, &known), Err(Unknown::variable(name)), "{text}");
        }
        let deep = format!("{}x{}", "${X:-".repeat(20_000), "}".repeat(20_000));
        assert!(interpolate(&deep, &known).is_err());
        let mut doubled = "A0=xx\n".to_owned();
        (1..60).for_each(|it| doubled.push_str(&format!("A{it}=$A{0}$A{0}\n", it - 1)));
        assert_eq!(values(&doubled)["A59"], None);
        for text in ["${", "${A", "$", "${}", "${A/b/c}", "$1"] {
            assert!(interpolate(text, &known).is_err(), "{text}");
        }
    }
}
