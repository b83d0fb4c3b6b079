//! Versions in tags, and how they compare.

use semver::Version;
use std::cmp::Ordering;

/// The first and the last version that a tag stands for: `18-slim` is 18.0.0 to the last 18. `None` for what is no
/// version, or one before its release.
pub(super) fn semver_of(text: &str) -> Option<(Version, Version)> {
    let (parts, rest) = parts_of(text)?;
    let early = ["alpha", "beta", "rc", "pre", "dev", "nightly", "canary", "next", "a", "b"];
    let rest = rest.trim_start_matches(['-', '.', '_']).to_ascii_lowercase();
    let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
    if early.contains(&word.as_str()) || parts.len() > 3 {
        return None;
    }
    let at = |number: usize, open: u64| parts.get(number).copied().unwrap_or(open);
    let version = |open: u64| Version::new(at(0, open), at(1, open), at(2, open));
    Some((version(0), version(u64::MAX)))
}

/// The numbers at the start of a text, and what follows.
fn parts_of(text: &str) -> Option<(Vec<u64>, &str)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (numbers, rest) = text.split_at(length);
    let numbers = numbers.trim_end_matches('.');
    if numbers.is_empty() {
        return None;
    }
    let parts: Option<Vec<u64>> = numbers.split('.').map(|it| it.parse().ok()).collect();
    Some((parts?, rest))
}

/// `>= 3.9`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compare {
    operator: &'static str,
    parts: Vec<u64>,
}

impl Compare {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let operators = ["<=", ">=", "==", "!=", "<", ">"];
        let text = text.trim();
        let operator = operators.into_iter().find(|it| text.starts_with(it))?;
        let (parts, rest) = parts_of(text[operator.len()..].trim())?;
        rest.is_empty().then_some(Self { operator, parts })
    }

    /// Compares by the parts that it names: 18.2 is `<= 18`. `None` where the value has fewer and these are the same.
    pub(super) fn holds(&self, value: &str) -> Option<bool> {
        let (parts, _) = parts_of(value)?;
        let mut order = Ordering::Equal;
        for (number, wanted) in self.parts.iter().enumerate() {
            order = parts.get(number)?.cmp(wanted);
            if order != Ordering::Equal {
                break;
            }
        }
        Some(match self.operator {
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "==" => order.is_eq(),
            _ => order.is_ne(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_stands_for_all_versions_that_it_may_become() {
        let inside = |range: &str, tag: &str| {
            let range = semver::VersionReq::parse(range).unwrap();
            semver_of(tag).map(|(low, high)| (range.matches(&low), range.matches(&high)))
        };
        assert_eq!(inside("<20", "18-slim"), Some((true, true)));
        assert_eq!(inside(">=18.5", "18"), Some((false, true)));
        assert_eq!(inside("^3.11", "v3.12.1-bookworm"), Some((true, true)));
        assert_eq!(inside("<20", "18.0.0-rc.1"), None);
        assert_eq!(inside("<20", "lts"), None);
    }

    #[test]
    fn numbers_compare_by_the_parts_that_are_named() {
        let holds = |compare: &str, value: &str| Compare::parse(compare).unwrap().holds(value);
        assert_eq!(holds("<= 18", "18.2"), Some(true));
        assert_eq!(holds("< 9.4.49", "9.4.5"), Some(true));
        assert_eq!(holds("< 9.4.49", "9.4"), None);
        assert_eq!(holds("!= 3", "4-slim"), Some(true));
        assert_eq!(holds("> 3", "latest"), None);
        assert_eq!(Compare::parse("~ 3"), None);
    }
}
