//! Sets of characters and escapes, as Go's `regexp/syntax` reads them. It knows no pattern.

use std::sync::LazyLock;

use regex::Regex;

/// Why Go's `regexp` refuses an expression.
pub(super) type Refusal = &'static str;

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    negated: bool,
    /// Sorted, not touching.
    ranges: Vec<(u32, u32)>,
    /// Indexes into `CATEGORIES`, and whether all other characters are meant.
    categories: Vec<(usize, bool)>,
}

/// The names of Unicode's general categories. Go reads them without regard to case since 1.25.
const CATEGORIES: [&str; 37] = [
    "C", "Cc", "Cf", "Cn", "Co", "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn",
    "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm",
    "So", "Z", "Zl", "Zp", "Zs",
];

const LAST: u32 = char::MAX as u32;
const DIGIT: &[(u32, u32)] = &[(0x30, 0x39)];
const PERL_SPACE: &[(u32, u32)] = &[(0x09, 0x0a), (0x0c, 0x0d), (0x20, 0x20)];
const WORD: &[(u32, u32)] = &[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)];

impl Class {
    fn new() -> Self {
        Self { negated: false, ranges: Vec::new(), categories: Vec::new() }
    }

    pub(super) fn contains(&self, character: char) -> bool {
        let code = u32::from(character);
        let after = self.ranges.partition_point(|(low, _)| *low <= code);
        let found = after > 0 && code <= self.ranges[after - 1].1
            || self.categories.iter().any(|(at, negated)| in_category(*at, character) != *negated);
        found != self.negated
    }

    fn add(&mut self, ranges: &[(u32, u32)], negated: bool) {
        if !negated {
            self.ranges.extend(ranges);
            return;
        }
        let mut from = 0;
        for (low, high) in ranges {
            if from < *low {
                self.ranges.push((from, low - 1));
            }
            from = high + 1;
        }
        self.ranges.push((from, LAST));
    }

    fn sorted(mut self) -> Self {
        self.ranges.sort_unstable();
        self.ranges.dedup_by(|next, kept| {
            let touches = next.0 <= kept.1.saturating_add(1);
            if touches {
                kept.1 = kept.1.max(next.1);
            }
            touches
        });
        self.categories.sort_unstable();
        self.categories.dedup();
        self
    }
}

/// Reads `[…]` from behind the `[`.
pub(super) fn brackets(rest: &mut &str) -> Result<Class, Refusal> {
    let mut class = Class::new();
    if let Some(after) = rest.strip_prefix('^') {
        *rest = after;
        class.negated = true;
    }
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        if !named(&mut class, rest)? && !escaped_class(&mut class, rest)? {
            range(&mut class, rest)?;
        }
    }
    *rest = &rest[1..];
    Ok(class.sorted())
}

/// A class that is written as an escape outside of brackets, such as `\d` and `\pL`.
pub(super) fn escape_outside(rest: &mut &str) -> Result<Option<Class>, Refusal> {
    let mut class = Class::new();
    Ok(escaped_class(&mut class, rest)?.then(|| class.sorted()))
}

fn range(class: &mut Class, rest: &mut &str) -> Result<(), Refusal> {
    let low = class_character(rest)?;
    let mut high = low;
    if let Some(after) = rest.strip_prefix('-')
        && !after.is_empty()
        && !after.starts_with(']')
    {
        *rest = after;
        high = class_character(rest)?;
    }
    if high < low {
        return Err("a range in `[…]` runs backwards");
    }
    class.ranges.push((u32::from(low), u32::from(high)));
    Ok(())
}

fn class_character(rest: &mut &str) -> Result<char, Refusal> {
    if rest.starts_with('\\') {
        return escape(rest);
    }
    next(rest).ok_or("`[` is never closed")
}

/// Reads `[:name:]` or `[:^name:]`. The end is searched for in all of the text.
fn named(class: &mut Class, rest: &mut &str) -> Result<bool, Refusal> {
    let Some(inside) = rest.strip_prefix("[:") else { return Ok(false) };
    let Some((name, after)) = inside.split_once(":]") else { return Ok(false) };
    let (negated, name) = match name.strip_prefix('^') {
        Some(name) => (true, name),
        None => (false, name),
    };
    let ranges: &[(u32, u32)] = match name {
        "alnum" => &[(0x30, 0x39), (0x41, 0x5a), (0x61, 0x7a)],
        "alpha" => &[(0x41, 0x5a), (0x61, 0x7a)],
        "ascii" => &[(0x00, 0x7f)],
        "blank" => &[(0x09, 0x09), (0x20, 0x20)],
        "cntrl" => &[(0x00, 0x1f), (0x7f, 0x7f)],
        "digit" => DIGIT,
        "graph" => &[(0x21, 0x7e)],
        "lower" => &[(0x61, 0x7a)],
        "print" => &[(0x20, 0x7e)],
        "punct" => &[(0x21, 0x2f), (0x3a, 0x40), (0x5b, 0x60), (0x7b, 0x7e)],
        "space" => &[(0x09, 0x0d), (0x20, 0x20)],
        "upper" => &[(0x41, 0x5a)],
        "word" => WORD,
        "xdigit" => &[(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)],
        _ => return Err("there is no class of this name between `[:` and `:]`"),
    };
    class.add(ranges, negated);
    *rest = after;
    Ok(true)
}

/// Reads `\d`, `\pL` and their like, in and outside of brackets.
fn escaped_class(class: &mut Class, rest: &mut &str) -> Result<bool, Refusal> {
    let Some(mut after) = rest.strip_prefix('\\') else { return Ok(false) };
    let Some(letter) = next(&mut after) else { return Ok(false) };
    let ranges = match letter.to_ascii_lowercase() {
        'd' => DIGIT,
        's' => PERL_SPACE,
        'w' => WORD,
        'p' => {
            let (found, negated) = category(&mut after)?;
            class.categories.push((found, negated != (letter == 'P')));
            *rest = after;
            return Ok(true);
        }
        _ => return Ok(false),
    };
    class.add(ranges, letter.is_ascii_uppercase());
    *rest = after;
    Ok(true)
}

/// Reads what follows `\p`: a letter, or a name in braces that may start with `^`. Go knows scripts and
/// long names, too; they are refused here, so that a list with one is never said to be understood.
fn category(rest: &mut &str) -> Result<(usize, bool), Refusal> {
    const UNKNOWN: Refusal = "jettison knows no category of this name after `\\p`";
    let letter = next(rest).ok_or(UNKNOWN)?;
    let mut buffer = [0; 4];
    let name = if letter == '{' {
        let (name, after) = rest.split_once('}').ok_or(UNKNOWN)?;
        *rest = after;
        name
    } else {
        letter.encode_utf8(&mut buffer)
    };
    let (negated, name) = match name.strip_prefix('^') {
        Some(name) => (true, name),
        None => (false, name),
    };
    let found = CATEGORIES.iter().position(|known| known.eq_ignore_ascii_case(name));
    Ok((found.ok_or(UNKNOWN)?, negated))
}

/// Reads an escape that means one character, from its `\`.
pub(super) fn escape(rest: &mut &str) -> Result<char, Refusal> {
    const UNKNOWN: Refusal = "this escape has no meaning for Go's regexp";
    *rest = &rest[1..];
    let letter = next(rest).ok_or("nothing follows the `\\`")?;
    let code = match letter {
        '1'..='7' if !rest.starts_with(|next| matches!(next, '0'..='7')) => return Err(UNKNOWN),
        '0'..='7' => {
            let more = rest.chars().take(2).take_while(|next| matches!(next, '0'..='7')).count();
            let digits = [letter.to_string().as_str(), &rest[..more]].concat();
            *rest = &rest[more..];
            u32::from_str_radix(&digits, 8).ok()
        }
        'x' if rest.starts_with('{') => {
            let (digits, after) = rest[1..].split_once('}').ok_or(UNKNOWN)?;
            *rest = after;
            // Zeros in front do not count; a sign, which Rust would read, is not allowed.
            let code = digits.trim_start_matches('0');
            match code {
                "" if digits.is_empty() => None,
                "" => Some(0),
                _ if code.starts_with('+') => None,
                _ => u32::from_str_radix(code, 16).ok(),
            }
        }
        'x' => {
            let digits = [next(rest), next(rest)].map(|it| it.and_then(|it| it.to_digit(16)));
            let [Some(high), Some(low)] = digits else { return Err(UNKNOWN) };
            Some(high * 16 + low)
        }
        'a' => Some(0x07),
        'f' => Some(0x0c),
        'n' => Some(0x0a),
        'r' => Some(0x0d),
        't' => Some(0x09),
        'v' => Some(0x0b),
        other if other.is_ascii() && !other.is_ascii_alphanumeric() => return Ok(other),
        _ => None,
    };
    code.and_then(char::from_u32).ok_or(UNKNOWN)
}

fn next(rest: &mut &str) -> Option<char> {
    let mut characters = rest.chars();
    let found = characters.next()?;
    *rest = characters.as_str();
    Some(found)
}

/// The tables are those of the `regex` crate; Go's are of another Unicode version, which matters only
/// for characters that are new in one of them.
fn in_category(index: usize, character: char) -> bool {
    static TABLES: LazyLock<[Option<Regex>; CATEGORIES.len()]> =
        LazyLock::new(|| CATEGORIES.map(|name| Regex::new(&format!("^\\p{{{name}}}")).ok()));
    let mut buffer = [0; 4];
    let text = character.encode_utf8(&mut buffer);
    TABLES[index].as_ref().is_some_and(|table| table.is_match(text))
}
