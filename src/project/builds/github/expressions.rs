//! Expressions of workflows, as far as what they name is known.
//!
//! Semantics: GitHub's reference on expressions. Functions are not known.

use super::Scope;

/// Operators inside of others.
const DEEPEST: usize = 16;

impl Scope<'_> {
    /// What stands between `${{` and `}}`.
    pub(super) fn expression(&self, expression: &str) -> Option<String> {
        self.operation(expression, 0)
    }

    fn operation(&self, expression: &str, depth: usize) -> Option<String> {
        let expression = expression.trim();
        let value = |text: &str| self.operation(text, depth + 1);
        if depth > DEEPEST || expression.contains(['(', '"', '[']) {
            return None;
        }
        if let Some((left, right)) = split(expression, "||") {
            let left = value(left)?;
            return if is_true(&left) { Some(left) } else { value(right) };
        }
        if let Some((left, right)) = split(expression, "&&") {
            let left = value(left)?;
            return if is_true(&left) { value(right) } else { Some(left) };
        }
        for operator in ["==", "!="] {
            if let Some((left, right)) = split(expression, operator) {
                let same = value(left)?.eq_ignore_ascii_case(&value(right)?);
                return Some((same == (operator == "==")).to_string());
            }
        }
        if matches!(expression, "true" | "false") {
            return Some(expression.to_owned());
        }
        self.operand(expression)
    }

    fn operand(&self, expression: &str) -> Option<String> {
        if expression == "github.workspace" {
            return Some(self.workspace.display().to_string());
        }
        if let Some(quoted) = expression.strip_prefix('\'').and_then(|it| it.strip_suffix('\'')) {
            return (!quoted.contains('\'')).then(|| quoted.to_owned());
        }
        let mut names = expression.split('.');
        let plain =
            |name: &str| name.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it));
        if !expression.split('.').all(plain) {
            return None;
        }
        match names.next()? {
            "inputs" => self.inputs.get(names.next()?).cloned()?.filter(|_| names.next().is_none()),
            "env" => {
                self.environment.get(names.next()?).cloned()?.filter(|_| names.next().is_none())
            }
            "matrix" => {
                let nothing = || self.complete.then(String::new);
                let Some(mut node) = self.matrix.get(names.next()?) else { return nothing() };
                for name in names {
                    let Some(below) = node.get(name) else { return nothing() };
                    node = below;
                }
                match node.is_null() {
                    true => Some(String::new()),
                    false => node.text().filter(|text| !text.contains("${{")).map(str::to_owned),
                }
            }
            _ => None,
        }
    }
}

/// The parts before and after the last `operator` outside of texts.
fn split<'e>(expression: &'e str, operator: &str) -> Option<(&'e str, &'e str)> {
    let outside = |at: &usize| expression[..*at].matches('\'').count().is_multiple_of(2);
    let found = expression.match_indices(operator).map(|(at, _)| at).filter(outside).last()?;
    Some((&expression[..found], &expression[found + operator.len()..]))
}

fn is_true(value: &str) -> bool {
    !matches!(value, "" | "false" | "0")
}
