//! Reads `where`.

use super::super::condition::{Condition, Conditions, Glob, Position, StageTest, Test as Check};
use super::super::pattern::Pattern;
use super::super::version::Compare;
use super::{Reader, expression, strings, text, texts, wrong};
use crate::yaml::{Error, Node};
use globset::{GlobBuilder, GlobSetBuilder};
use semver::VersionReq;

impl Reader {
    pub(super) fn glob(&self, node: &Node) -> Result<Glob, Error> {
        let written = text(node);
        let build = |glob: &str| GlobBuilder::new(glob).literal_separator(true).build();
        let set = build(written).and_then(|glob| GlobSetBuilder::new().add(glob).build());
        let set =
            set.map_err(|error| wrong(node, format!("glob `{written}`: {}", error.kind())))?;
        Ok(Glob(set))
    }

    pub(super) fn position(&self, node: &Node) -> Option<Position> {
        Some(match text(node.get("position")?) {
            "first" => Position::First,
            "last" => Position::Last,
            "first-in-file" => Position::FirstInFile,
            _ => Position::LastInFile,
        })
    }

    pub(super) fn conditions(&self, node: &Node, top: bool) -> Result<Conditions, Error> {
        let mut all = Vec::new();
        for (key, value) in node.entries() {
            let inner = |node: &Node| self.conditions(node, false);
            let several =
                || value.items().iter().map(|it| inner(it)).collect::<Result<Vec<_>, _>>();
            let pattern = || self.pattern(value).map(Box::new);
            let condition = match text(key) {
                "position" if top => continue,
                "position" => {
                    return Err(wrong(key, "`position` stands at the top of `where` only"));
                }
                "stage" => Condition::Stage(self.stage_tests(value)?),
                "context" => {
                    let globs = |key: &str| -> Result<Vec<Glob>, Error> {
                        let nodes = value.get(key).map_or(Vec::new(), |it| texts(it));
                        nodes.into_iter().map(|it| self.glob(it)).collect()
                    };
                    let (has, lacks) = (globs("has")?, globs("lacks")?);
                    if !lacks.is_empty() {
                        all.push(Condition::Lacks(lacks));
                    }
                    match has.is_empty() {
                        true => continue,
                        false => Condition::Has(has),
                    }
                }
                "path" => Condition::Path(self.glob(value)?),
                "before" => Condition::Before(pattern()?),
                "after" => Condition::After(pattern()?),
                "contains" => Condition::Contains(pattern()?),
                "not" => Condition::Not(inner(value)?),
                "any" => Condition::Any(several()?),
                "all" => Condition::All(several()?),
                name => Condition::Variable { name: name.to_owned(), tests: self.checks(value)? },
            };
            all.push(condition);
        }
        Ok(Conditions(all))
    }

    fn checks(&self, node: &Node) -> Result<Vec<Check>, Error> {
        let mut tests = Vec::new();
        for (key, value) in node.entries() {
            let written = text(value);
            tests.push(match text(key) {
                "regex" => Check::Regex(expression(value)?),
                "written" => Check::Written(expression(value)?),
                "glob" => Check::Glob(self.glob(value)?),
                "equals" => Check::Equals(written.to_owned()),
                "one-of" => Check::OneOf(strings(value)),
                "semver" => Check::Semver(VersionReq::parse(written).map_err(|error| {
                    wrong(
                        value,
                        format!("`{written}` is no range of versions such as `>=18, <20`: {error}"),
                    )
                })?),
                _ => Check::Compare(Compare::parse(written).ok_or_else(|| {
                    wrong(
                        value,
                        format!("`{written}` is no operator with a number, such as `< 3.9`"),
                    )
                })?),
            });
        }
        Ok(tests)
    }

    fn stage_tests(&self, node: &Node) -> Result<Vec<StageTest>, Error> {
        if let Some(name) = node.text() {
            return Ok(vec![match name {
                "shipped" => StageTest::Shipped(true),
                "build" => StageTest::Shipped(false),
                "first" => StageTest::First,
                _ => StageTest::Last,
            }]);
        }
        let mut tests = Vec::new();
        for (key, value) in node.entries() {
            let all = || strings(value);
            tests.push(match text(key) {
                "name" => StageTest::Name(self.glob(value)?),
                "shipped" => StageTest::Shipped(text(value) == "true"),
                "base" => {
                    let kind = self.image(value, false)?;
                    StageTest::Base(Box::new(Pattern { kind, flags: Vec::new() }))
                }
                "distribution" => StageTest::Distribution(all()),
                "release" => StageTest::Release(all()),
                "package-manager" => StageTest::PackageManager(all()),
                "shell" => StageTest::Shell(all()),
                "libc" => StageTest::Libc(all()),
                _ => StageTest::User(all()),
            });
        }
        Ok(tests)
    }
}
