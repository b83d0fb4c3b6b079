//! Which flags each instruction has, and which values BuildKit takes before it expands variables.

use super::parse::shortened;
use super::suggest::nearest;
use super::{ErrorKind, Flag, Keyword, SyntaxError, words};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Alone, or `=true` or `=false`.
    Boolean,
    Text,
    /// It may stand several times.
    Texts,
}

use Kind::{Boolean, Text, Texts};

fn rules(keyword: Keyword) -> &'static [(&'static str, Kind)] {
    match keyword {
        Keyword::From => &[("platform", Text)],
        Keyword::Run => {
            &[("mount", Texts), ("network", Text), ("security", Text), ("device", Texts)]
        }
        Keyword::Copy => &[
            ("from", Text),
            ("chown", Text),
            ("chmod", Text),
            ("link", Boolean),
            ("parents", Boolean),
            ("exclude", Texts),
        ],
        Keyword::Add => &[
            ("chown", Text),
            ("chmod", Text),
            ("link", Boolean),
            ("keep-git-dir", Boolean),
            ("checksum", Text),
            ("unpack", Boolean),
            ("exclude", Texts),
        ],
        Keyword::Healthcheck => &[
            ("interval", Text),
            ("timeout", Text),
            ("start-period", Text),
            ("start-interval", Text),
            ("retries", Text),
        ],
        _ => &[],
    }
}

/// Checks names, values and repetition.
pub(super) fn check(keyword: Keyword, flags: &[Flag]) -> Result<(), SyntaxError> {
    let rules = rules(keyword);
    for (index, flag) in flags.iter().enumerate() {
        let name = flag.name.text.as_ref();
        let Some((_, kind)) = rules.iter().find(|(known, _)| *known == name) else {
            return Err(unknown(keyword, flag, rules));
        };
        // Which flags there are is bounded, so only the first few can come before a repetition.
        if *kind != Texts && flags[..index].iter().any(|earlier| earlier.name.text == name) {
            return Err(error(flag, format!("flag `--{name}` stands twice"), "delete one"));
        }
        check_kind(flag, *kind)?;
        check_value(keyword, flag)?;
    }
    Ok(())
}

fn unknown(keyword: Keyword, flag: &Flag, rules: &[(&'static str, Kind)]) -> SyntaxError {
    let name = shortened(&flag.name.text);
    let names: Vec<&str> = rules.iter().map(|(name, _)| *name).collect();
    let help = match nearest(&name, &names) {
        Some(known) => format!("did you mean `--{known}`?"),
        None if names.is_empty() => format!("`{}` has no flags", keyword.name()),
        None => format!("`{}` has the flags --{}", keyword.name(), names.join(", --")),
    };
    error(flag, format!("`{}` has no flag `--{name}`", keyword.name()), &help)
}

fn check_kind(flag: &Flag, kind: Kind) -> Result<(), SyntaxError> {
    let name = &flag.name.text;
    match (&flag.value, kind) {
        (None, Boolean) => Ok(()),
        (None, _) => Err(error(flag, format!("flag `--{name}` has no value"), "write `=value`")),
        (Some(value), Boolean)
            if !["true", "false"].contains(&words::lower(&value.text).as_str()) =>
        {
            Err(error(flag, format!("flag `--{name}` is `true` or `false`"), "write one of them"))
        }
        (Some(_), _) => Ok(()),
    }
}

fn check_value(keyword: Keyword, flag: &Flag) -> Result<(), SyntaxError> {
    let Some(value) = &flag.value else { return Ok(()) };
    let value = value.text.as_ref();
    match (keyword, flag.name.text.as_ref()) {
        (Keyword::Run, "network") if !["default", "none", "host"].contains(&value) => {
            Err(refused(flag, "write `default`, `none` or `host`"))
        }
        (Keyword::Run, "security") if !["insecure", "sandbox"].contains(&value) => {
            Err(refused(flag, "write `insecure` or `sandbox`"))
        }
        (Keyword::Run, "mount") => check_mount(flag, value),
        (Keyword::Run, "device") => check_device(flag, value),
        (Keyword::Healthcheck, "retries") if !is_count(value) => {
            Err(refused(flag, "write a whole number"))
        }
        (Keyword::Healthcheck, "retries") => Ok(()),
        (Keyword::Healthcheck, _) if !is_interval(value) => {
            Err(refused(flag, "write a duration of at least 1ms, as `30s` or `1m30s`"))
        }
        _ => Ok(()),
    }
}

fn check_mount(flag: &Flag, value: &str) -> Result<(), SyntaxError> {
    let Some(fields) = fields(value) else { return Err(unquoted(flag)) };
    for field in fields {
        let Some((key, value)) = field.split_once('=') else { continue };
        let variable = value.find('$').is_some_and(|at| at + 1 != value.len());
        if words::same(key, "from") && variable {
            let help = "name a build stage after the variable, and mount from that";
            return Err(error(flag, "`from` takes no variable in a mount".to_owned(), help));
        }
    }
    Ok(())
}

fn check_device(flag: &Flag, value: &str) -> Result<(), SyntaxError> {
    let Some(fields) = fields(value) else { return Err(unquoted(flag)) };
    let mut named = false;
    for field in fields {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (field.as_str(), None),
        };
        match (words::lower(key).as_str(), value) {
            ("required", None) => {}
            ("required", Some(value)) if is_boolean(value) => {}
            ("required", Some(_)) => return Err(refused(flag, "`required` is true or false")),
            ("name", Some(_)) if named => return Err(refused(flag, "name one device")),
            ("name", Some(value)) => named = !value.is_empty(),
            _ if named => return Err(refused(flag, "write `name=…` and `required`")),
            _ => named = !field.is_empty(),
        }
    }
    Ok(())
}

fn is_boolean(value: &str) -> bool {
    let values = ["1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False"];
    values.contains(&value)
}

/// The fields of one line of comma-separated values. `None` for quotes out of place.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(inside) => quoted_field(inside)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let field = &rest[..end];
                if field.contains('"') {
                    return None;
                }
                (field.to_owned(), &rest[end..])
            }
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(after) => rest = after,
            None => return after.is_empty().then_some(fields),
        }
    }
}

/// A field up to its closing quote, and what follows. A doubled quote is one of the field.
fn quoted_field(inside: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = inside;
    loop {
        let quote = rest.find('"')?;
        field.push_str(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return Some((field, rest)),
        }
    }
}

/// Nothing, or a whole number that is not negative.
fn is_count(value: &str) -> bool {
    value.is_empty() || value.parse::<i32>().is_ok_and(|count| count >= 0)
}

/// Nothing, zero, or a duration of at least a millisecond.
fn is_interval(value: &str) -> bool {
    value.is_empty() || nanoseconds(value).is_some_and(|length| length == 0 || length >= 1_000_000)
}

/// A duration as Go writes it: `1h2.5m`, `-3ms`, `0`.
fn nanoseconds(value: &str) -> Option<i128> {
    let (sign, mut rest) = match value.as_bytes().first()? {
        b'-' => (-1, &value[1..]),
        b'+' => (1, &value[1..]),
        _ => (1, value),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let whole = digits(rest);
        rest = &rest[whole.len()..];
        let fraction = rest.strip_prefix('.').map(digits);
        rest = fraction.map_or(rest, |fraction| &rest[1 + fraction.len()..]);
        if whole.is_empty() && fraction.is_none_or(str::is_empty) {
            return None;
        }
        let end =
            rest.find(|next: char| next == '.' || next.is_ascii_digit()).unwrap_or(rest.len());
        let unit: i128 = match &rest[..end] {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        rest = &rest[end..];
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()?.into() };
        total += whole * unit + part_of(fraction.unwrap_or(""), unit);
        if total > i128::from(i64::MAX) {
            return None;
        }
    }
    Some(sign * total)
}

fn digits(text: &str) -> &str {
    &text[..text.len() - text.trim_start_matches(|next: char| next.is_ascii_digit()).len()]
}

/// `0.fraction` of `unit`.
fn part_of(fraction: &str, unit: i128) -> i128 {
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    fraction.parse::<i128>().map_or(0, |digits| digits * unit / scale)
}

fn refused(flag: &Flag, help: &str) -> SyntaxError {
    let value = flag.value.as_ref().map_or("", |value| value.text.as_ref());
    let message = format!("flag `--{}` cannot be `{}`", flag.name.text, shortened(value));
    error(flag, message, help)
}

fn unquoted(flag: &Flag) -> SyntaxError {
    let message = format!("flag `--{}` has a `\"` out of place", flag.name.text);
    error(flag, message, "put quotes around a whole field")
}

fn error(flag: &Flag, message: String, help: &str) -> SyntaxError {
    let help = Some(help.to_owned());
    SyntaxError { kind: ErrorKind::Instruction, span: flag.span, message, help }
}
