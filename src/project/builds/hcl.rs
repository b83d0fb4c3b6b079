//! Values of HCL expressions, as far as they are known without a run of Bake.
//!
//! Semantics: HCL's specification, and the functions that buildx gives to Bake files, of which we know a
//! few. An expression with another function is not known.

use super::{Budget, Known, LONGEST, Unknown};
use crate::yaml::{Node, Style, Value as Yaml};
use hcl_edit::Ident;
use hcl_edit::expr::{
    BinaryOperator, Expression, FuncCall, ObjectKey, Traversal, TraversalOperator, UnaryOperator,
};
use hcl_edit::template::{Element, Template};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Calls and variables that may lead to others.
const DEEPEST: usize = 32;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// Numbers, too, as they are printed.
    Text(String),
    List(Vec<Known<Value>>),
    Map(BTreeMap<String, Known<Value>>),
}

/// An expression of a Bake file in HCL or JSON. Strings in JSON are templates, too.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'f> {
    Hcl(&'f Expression),
    Json(&'f Node),
}

/// `function "name" { params = […]  result = … }`
#[derive(Debug, Clone)]
pub(super) struct Function<'f> {
    pub(super) parameters: Vec<String>,
    pub(super) result: Source<'f>,
}

/// Names and what they stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope<'f> {
    /// `None` has no default.
    pub(super) variables: BTreeMap<String, Option<Source<'f>>>,
    pub(super) functions: BTreeMap<String, Function<'f>>,
    /// Values of a matrix, parameters of a function.
    pub(super) locals: BTreeMap<String, Known<Value>>,
    depth: usize,
    budget: Rc<Budget>,
    /// What a template has in place of what is not known.
    unknown: Option<&'static str>,
}

impl Value {
    /// As a template prints it.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Bool(bool) => Some(bool.to_string()),
            _ => None,
        }
    }

    /// The items of a list that are known texts.
    pub(super) fn texts(&self) -> Vec<String> {
        match self {
            Self::List(items) => items.iter().filter_map(|it| it.as_ref().ok()?.text()).collect(),
            _ => Vec::new(),
        }
    }
}

impl<'f> Scope<'f> {
    /// The same scope, in which templates have `*` for what is not known.
    pub(super) fn starred(&self) -> Self {
        Self { unknown: Some("*"), ..self.clone() }
    }

    pub(super) fn value(&self, source: Source<'f>) -> Known<Value> {
        self.step()?;
        match source {
            Source::Hcl(expression) => self.expression(expression),
            Source::Json(node) => self.json(node),
        }
    }

    /// Counts what is worked out, which may be named many times over.
    pub(super) fn step(&self) -> Known<()> {
        self.budget.step().then_some(()).ok_or_else(|| Unknown::on("more than we work out"))
    }

    fn json(&self, node: &'f Node) -> Known<Value> {
        match &node.value {
            Yaml::Null => Ok(Value::Null),
            Yaml::Scalar { text, style: Style::Plain } => Ok(match &**text {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                number => Value::Text(number.to_owned()),
            }),
            Yaml::Scalar { text, .. } if text.contains("${") || text.contains("%{") => {
                let unknown = || Unknown::on(format!("`{text}`"));
                let template = hcl_edit::parser::parse_template(text).map_err(|_| unknown())?;
                self.template(&template)
            }
            Yaml::Scalar { text, .. } => Ok(Value::Text(text.to_string())),
            Yaml::Sequence(items) => {
                Ok(Value::List(items.iter().map(|item| self.json(item)).collect()))
            }
            Yaml::Mapping(_) => Ok(Value::Map(
                node.named().map(|(key, value)| (key.to_owned(), self.json(value))).collect(),
            )),
        }
    }

    fn expression(&self, expression: &Expression) -> Known<Value> {
        self.step()?;
        match expression {
            Expression::Null(_) => Ok(Value::Null),
            Expression::Bool(bool) => Ok(Value::Bool(*bool.value())),
            Expression::Number(number) => Ok(Value::Text(number.value().to_string())),
            Expression::String(text) => Ok(Value::Text(text.value().clone())),
            Expression::Array(items) => {
                Ok(Value::List(items.iter().map(|item| self.expression(item)).collect()))
            }
            Expression::Object(object) => {
                let mut entries = BTreeMap::new();
                for (key, value) in object.iter() {
                    let name = match key {
                        ObjectKey::Ident(name) => name.to_string(),
                        ObjectKey::Expression(Expression::Variable(name)) => name.to_string(),
                        ObjectKey::Expression(key) => self.printed(key)?,
                    };
                    entries.insert(name, self.expression(value.expr()));
                }
                Ok(Value::Map(entries))
            }
            Expression::StringTemplate(template) => self.template(template),
            Expression::HeredocTemplate(heredoc) => self.template(&heredoc.template),
            Expression::Parenthesis(inner) => self.expression(inner.inner()),
            Expression::Variable(name) => self.variable(name),
            Expression::Conditional(it) => match self.expression(&it.cond_expr)? {
                Value::Bool(true) => self.expression(&it.true_expr),
                Value::Bool(false) => self.expression(&it.false_expr),
                _ => Err(Unknown::on("a condition")),
            },
            Expression::FuncCall(call) => self.call(call),
            Expression::Traversal(traversal) => self.traversal(traversal),
            Expression::UnaryOp(it) => match (it.operator.value(), self.expression(&it.expr)?) {
                (UnaryOperator::Not, Value::Bool(bool)) => Ok(Value::Bool(!bool)),
                (UnaryOperator::Neg, Value::Text(number)) => Ok(Value::Text(format!("-{number}"))),
                _ => Err(Unknown::on("an operation")),
            },
            Expression::BinaryOp(it) => {
                let left = self.expression(&it.lhs_expr)?;
                let right = self.expression(&it.rhs_expr)?;
                match (it.operator.value(), left, right) {
                    (BinaryOperator::Eq, left, right) => Ok(Value::Bool(left == right)),
                    (BinaryOperator::NotEq, left, right) => Ok(Value::Bool(left != right)),
                    (BinaryOperator::And, Value::Bool(a), Value::Bool(b)) => {
                        Ok(Value::Bool(a && b))
                    }
                    (BinaryOperator::Or, Value::Bool(a), Value::Bool(b)) => Ok(Value::Bool(a || b)),
                    _ => Err(Unknown::on("an operation")),
                }
            }
            Expression::ForExpr(_) => Err(Unknown::on("a `for` expression")),
        }
    }

    fn printed(&self, expression: &Expression) -> Known<String> {
        self.expression(expression)?.text().ok_or_else(|| Unknown::on("a value that is no text"))
    }

    fn template(&self, template: &Template) -> Known<Value> {
        let elements: Vec<&Element> = template.iter().collect();
        // A template that is one interpolation has its value, whatever that is.
        if let [Element::Interpolation(only)] = &*elements {
            return self.expression(&only.expr);
        }
        let mut text = String::new();
        for element in elements {
            if text.len() > LONGEST {
                return Err(Unknown::on("a value that is too long"));
            }
            match element {
                Element::Literal(literal) => text.push_str(literal),
                Element::Interpolation(it) => match (self.printed(&it.expr), self.unknown) {
                    (Ok(value), _) => text.push_str(&value),
                    (Err(_), Some(instead)) => text.push_str(instead),
                    (Err(unknown), None) => return Err(unknown),
                },
                Element::Directive(_) => return Err(Unknown::on("a template directive")),
            }
        }
        Ok(Value::Text(text))
    }

    fn variable(&self, name: &Ident) -> Known<Value> {
        if let Some(value) = self.locals.get(name.as_str()) {
            return value.clone();
        }
        let unknown = || Unknown::variable(name);
        let source = self.variables.get(name.as_str()).copied().flatten().ok_or_else(unknown)?;
        if self.depth > DEEPEST {
            return Err(unknown());
        }
        let inside = Scope { depth: self.depth + 1, locals: BTreeMap::new(), ..self.clone() };
        inside.value(source)
    }

    fn traversal(&self, traversal: &Traversal) -> Known<Value> {
        let unknown = || Unknown::on("an attribute");
        let mut value = self.expression(&traversal.expr)?;
        for operator in &traversal.operators {
            let index = match operator.value() {
                TraversalOperator::GetAttr(name) => name.to_string(),
                TraversalOperator::Index(index) => self.printed(index)?,
                TraversalOperator::LegacyIndex(number) => number.to_string(),
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    return Err(unknown());
                }
            };
            value = match value {
                Value::Map(mut entries) => entries.remove(&index).ok_or_else(unknown)??,
                Value::List(items) => {
                    let number: usize = index.parse().map_err(|_| unknown())?;
                    items.get(number).cloned().ok_or_else(unknown)??
                }
                _ => return Err(unknown()),
            };
        }
        Ok(value)
    }

    fn call(&self, call: &FuncCall) -> Known<Value> {
        let name = call.name.name.as_str();
        let unknown = || Unknown::on(format!("the function `{name}`"));
        let arguments = call.args.iter().map(|argument| self.expression(argument));
        if let Some(function) = self.functions.get(name) {
            if self.depth > DEEPEST {
                return Err(unknown());
            }
            let locals = function.parameters.iter().cloned().zip(arguments).collect();
            let inside = Scope { depth: self.depth + 1, locals, ..self.clone() };
            return inside.value(function.result);
        }
        let values: Vec<Value> = arguments.collect::<Known<_>>()?;
        built_in(name, &values).ok_or_else(unknown)
    }
}

/// The functions of buildx that are common in Bake files.
fn built_in(name: &str, values: &[Value]) -> Option<Value> {
    let text = |at: usize| values.get(at)?.text();
    Some(match (name, values) {
        ("equal", [left, right]) => Value::Bool(left == right),
        ("notequal", [left, right]) => Value::Bool(left != right),
        ("not", [Value::Bool(it)]) => Value::Bool(!it),
        ("and", [Value::Bool(left), Value::Bool(right)]) => Value::Bool(*left && *right),
        ("or", [Value::Bool(left), Value::Bool(right)]) => Value::Bool(*left || *right),
        ("lower", [_]) => Value::Text(text(0)?.to_lowercase()),
        ("upper", [_]) => Value::Text(text(0)?.to_uppercase()),
        ("trimspace", [_]) => Value::Text(text(0)?.trim().to_owned()),
        ("trimprefix", [..]) => {
            let (whole, prefix) = (text(0)?, text(1)?);
            Value::Text(whole.strip_prefix(&*prefix).unwrap_or(&whole).to_owned())
        }
        ("trimsuffix", [..]) => {
            let (whole, suffix) = (text(0)?, text(1)?);
            Value::Text(whole.strip_suffix(&*suffix).unwrap_or(&whole).to_owned())
        }
        ("replace", [_, _, _]) => Value::Text(text(0)?.replace(&text(1)?, &text(2)?)),
        ("join", [_, Value::List(items)]) => {
            let all: Option<Vec<_>> = items.iter().map(|item| item.as_ref().ok()?.text()).collect();
            Value::Text(all?.join(&text(0)?))
        }
        ("split", [_, _]) => {
            let (by, whole) = (text(0)?, text(1)?);
            Value::List(whole.split(&*by).map(|it| Ok(Value::Text(it.to_owned()))).collect())
        }
        ("concat", lists) => {
            let mut all = Vec::new();
            for list in lists {
                let Value::List(items) = list else { return None };
                all.extend(items.iter().cloned());
            }
            Value::List(all)
        }
        ("merge", maps) => {
            let mut all = BTreeMap::new();
            for map in maps {
                let Value::Map(entries) = map else { return None };
                all.extend(entries.clone());
            }
            Value::Map(all)
        }
        _ => return None,
    })
}
