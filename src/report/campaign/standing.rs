//! How far a campaign is: done, open, waiting for agreement, declined, failed.

use super::body::{Waits, add_waiting, waiting};
use super::{File, Kind, Part};
use crate::report::markdown::{code, escape, inline};
use crate::report::text::{count, visible};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Failures that a report shows.
const SHOWN: usize = 500;

/// How far all of it is, gathered file by file.
#[derive(Debug, Default)]
pub struct Standing {
    pub title: String,
    pub parts: Vec<PartStanding>,
    pub examined: usize,
    pub left_alone: usize,
    pub failed: Vec<Failed>,
    pub problems: Vec<String>,
    waiting: Waits,
    /// By transform and code.
    declined: BTreeMap<(String, String), usize>,
}

#[derive(Debug, Default)]
pub struct PartStanding {
    pub part: Part,
    pub done: usize,
    pub open: usize,
    pub failed: usize,
}

/// A file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub path: String,
    /// `None` if it is in none.
    pub part: Option<u32>,
    pub message: String,
}

/// Where a file is in one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stands {
    Done,
    Open,
    Failed(String),
}

impl Standing {
    pub fn new(title: &str, parts: &[Part]) -> Self {
        let part = |part: &Part| PartStanding { part: part.clone(), ..PartStanding::default() };
        let parts = parts.iter().map(part).collect();
        Self { title: title.to_owned(), parts, ..Self::default() }
    }

    /// With what was gathered before the parts were known.
    #[must_use]
    pub fn with(self, rest: Self) -> Self {
        Self { title: self.title, parts: self.parts, ..rest }
    }

    /// Adds what a plan says of a file that is no matter of parts.
    pub fn add(&mut self, file: &File) {
        self.examined += 1;
        self.left_alone += usize::from(file.left_alone.is_some());
        add_waiting(&mut self.waiting, file);
        for declined in &file.declined {
            *self
                .declined
                .entry((declined.transform.clone(), declined.code.clone()))
                .or_default() += 1;
        }
        for error in &file.errors {
            let what = match error.kind {
                Kind::Read => "cannot be examined",
                Kind::Syntax => "is no valid Dockerfile",
                Kind::Bug => "met a bug of jettison",
            };
            let message = format!("{what}: {}", error.message);
            self.failed.push(Failed { path: file.path.clone(), part: None, message });
        }
    }

    /// Adds where a file is in a part.
    pub fn stands(&mut self, number: u32, path: &str, stands: Stands) {
        let Some(at) = self.parts.iter_mut().find(|it| it.part.number == number) else { return };
        match stands {
            Stands::Done => at.done += 1,
            Stands::Open => at.open += 1,
            Stands::Failed(message) => {
                at.failed += 1;
                self.failed.push(Failed { path: path.to_owned(), part: Some(number), message });
            }
        }
    }

    fn sums(&self) -> (usize, usize, usize) {
        let parts = self.parts.iter();
        parts.fold((0, 0, 0), |sum, it| (sum.0 + it.done, sum.1 + it.open, sum.2 + it.failed))
    }

    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        let (_, open, failed) = self.sums();
        open + failed == 0
    }

    /// A table for people.
    pub fn text(&self) -> String {
        let mut text = "part    done    open  failed\n".to_owned();
        for PartStanding { part, done, open, failed } in &self.parts {
            let after = part.after.map(|after| format!(", after {after}")).unwrap_or_default();
            let name = if part.name.is_empty() {
                String::new()
            } else {
                format!("{} ", visible(&part.name))
            };
            let _ = writeln!(
                text,
                "{:>4}  {done:>6}  {open:>6}  {failed:>6}  {name}({}{after})",
                part.number, part.branch
            );
        }
        let (done, open, failed) = self.sums();
        let all = done + open + failed;
        let _ = writeln!(text, "{done} of {all} done, counted by file and part");
        for failed in self.failed.iter().take(SHOWN) {
            let _ = writeln!(text, "{}: {}", visible(&failed.path), visible(&failed.message));
        }
        text
    }

    pub fn json(&self) -> String {
        let parts = self.parts.iter().map(|it| {
            let PartStanding { part, done, open, failed } = it;
            json!({
                "number": part.number, "name": part.name, "title": part.title, "branch": part.branch,
                "after": part.after, "done": done, "open": open, "failed": failed,
            })
        });
        let failed = self
            .failed
            .iter()
            .map(|it| json!({ "path": it.path, "part": it.part, "message": it.message }));
        let waiting = self.waiting.iter().map(|(id, (files, changes, reasons))| {
            json!({ "transform": id, "files": files, "changes": changes, "reasons": reasons })
        });
        let declined = self
            .declined
            .iter()
            .map(|((id, code), number)| json!({ "transform": id, "code": code, "count": number }));
        let document = json!({
            "version": super::VERSION,
            "title": self.title,
            "examined": self.examined,
            "done": self.is_done(),
            "parts": parts.collect::<Vec<Value>>(),
            "failed": failed.collect::<Vec<Value>>(),
            "waiting": waiting.collect::<Vec<Value>>(),
            "declined": declined.collect::<Vec<Value>>(),
            "problems": self.problems,
        });
        format!("{document}\n")
    }

    pub fn markdown(&self) -> String {
        let (done, open, failed) = self.sums();
        let mut text = format!("# {}\n\n", escape(&self.title));
        let files = count(self.examined, "file");
        let _ = writeln!(
            text,
            "{files} examined; of what is planned {done} done, {open} open, {failed} failed.\n"
        );
        if !self.parts.is_empty() {
            text.push_str(
                "| part | | branch | done | open | failed |\n|---:|---|---|---:|---:|---:|\n",
            );
        }
        for PartStanding { part, done, open, failed } in &self.parts {
            let name = inline(&part.name).replace('|', "\\|");
            let branch = code(&part.branch);
            let _ = writeln!(
                text,
                "| {} | {name} | {branch} | {done} | {open} | {failed} |",
                part.number
            );
        }
        if !self.waiting.is_empty() {
            let _ = write!(text, "\n## Waiting for agreement\n\n{}", waiting(&self.waiting));
        }
        if !self.declined.is_empty() {
            text.push_str("\n## Declined\n\n");
            for ((id, reason), number) in &self.declined {
                let _ = writeln!(text, "- `{id}`, {}: {number}", code(reason));
            }
        }
        if !self.failed.is_empty() || !self.problems.is_empty() {
            text.push_str("\n## Failed\n\n");
        }
        for Failed { path, part, message } in self.failed.iter().take(SHOWN) {
            let part = part.map(|part| format!(" (part {part})")).unwrap_or_default();
            let _ = writeln!(text, "- {}{part}: {}", code(path), inline(message));
        }
        for problem in &self.problems {
            let _ = writeln!(text, "- {}", inline(problem));
        }
        if self.failed.len() > SHOWN {
            let _ = writeln!(text, "- and {} more", self.failed.len() - SHOWN);
        }
        text
    }

    /// One page that needs nothing else.
    pub fn html(&self) -> String {
        let (done, open, failed) = self.sums();
        let title = html(&self.title);
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<style>{STYLE}</style>\n<h1>{title}</h1>\n\
             <p>{} examined; of what is planned <b class=\"done\">{done} done</b>, <b class=\"open\">{open} \
             open</b>, <b class=\"failed\">{failed} failed</b>.</p>\n",
            count(self.examined, "file")
        );
        let head = "<tr><th>part<th><th>branch<th>done<th>open<th>failed<th>\n";
        let rows = self.parts.iter().map(part_row).collect::<String>();
        let _ = write!(page, "<table>\n{head}{rows}</table>\n");
        let waiting = self.waiting.iter().map(|(id, (files, changes, reasons))| {
            let reasons: Vec<String> = reasons.iter().map(|it| html(it)).collect();
            format!("<tr><td>{}<td>{files}<td>{changes}<td>{}\n", html(id), reasons.join("; "))
        });
        let head = "<tr><th>transform<th>files<th>changes<th>why\n";
        page.push_str(&section("Waiting for agreement", head, waiting));
        let declined = self.declined.iter().map(|((id, code), number)| {
            format!("<tr><td>{}<td>{}<td>{number}\n", html(id), html(code))
        });
        page.push_str(&section("Declined", "<tr><th>transform<th>reason<th>changes\n", declined));
        let failed = self.failed.iter().take(SHOWN).map(|it| {
            let part = it.part.map(|part| part.to_string()).unwrap_or_default();
            format!("<tr><td>{}<td>{part}<td>{}\n", html(&it.path), html(&it.message))
        });
        let problems = self.problems.iter().map(|it| format!("<tr><td><td><td>{}\n", html(it)));
        let head = "<tr><th>file<th>part<th>what is wrong\n";
        page.push_str(&section("Failed", head, failed.chain(problems)));
        page.push_str("</html>\n");
        page
    }
}

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em}\
table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ddd;\
vertical-align:top;overflow-wrap:anywhere}.done{color:#1a7f37}.open{color:#9a6700}.failed{color:#cf222e}\
progress{width:8em}";

fn part_row(standing: &PartStanding) -> String {
    let PartStanding { part, done, open, failed } = standing;
    format!(
        "<tr><td>{}<td>{}<td><code>{}</code><td>{done}<td>{open}<td>{failed}<td><progress value=\"{done}\" \
         max=\"{}\"></progress>\n",
        part.number,
        html(&part.name),
        html(&part.branch),
        (done + open + failed).max(1)
    )
}

fn section(title: &str, head: &str, rows: impl Iterator<Item = String>) -> String {
    let rows: String = rows.collect();
    match rows.is_empty() {
        true => String::new(),
        false => format!("<h2>{title}</h2>\n<table>\n{head}{rows}</table>\n"),
    }
}

fn html(text: &str) -> String {
    escape(&visible(text)).replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::{Error, File, Kind, Part, Waiting};
    use super::{Standing, Stands};

    fn standing() -> Standing {
        let part = Part {
            number: 1,
            name: "@a|<b>".to_owned(),
            branch: "j/a".to_owned(),
            ..Part::default()
        };
        let mut standing = Standing::new("A <title>", &[part]);
        let error = Error { kind: Kind::Syntax, message: "no `FROM`".to_owned() };
        let waiting = Waiting {
            transform: "add-user".to_owned(),
            changes: 2,
            reasons: vec!["<why>".to_owned()],
        };
        let file = File {
            path: "x".to_owned(),
            errors: vec![error],
            waiting: vec![waiting],
            ..File::default()
        };
        standing.add(&file);
        standing.stands(1, "a", Stands::Done);
        standing.stands(1, "b", Stands::Open);
        standing.stands(1, "c", Stands::Failed("changed".to_owned()));
        standing
    }

    #[test]
    fn everything_is_told_in_each_format() {
        let standing = standing();
        assert!(!standing.is_done());
        let text = standing.text();
        assert!(text.contains("   1       1       1       1  @a|<b> (j/a)\n1 of 3 "), "{text}");
        let markdown = standing.markdown();
        assert!(markdown.contains("| 1 | @a\\|&lt;b&gt; | `j/a` | 1 | 1 | 1 |"), "{markdown}");
        assert!(
            markdown.contains("- `add-user`: 2 changes in 1 file: &lt;why&gt; ("),
            "{markdown}"
        );
        assert!(markdown.contains("- `x`: is no valid Dockerfile: no `FROM`"), "{markdown}");
        let html = standing.html();
        assert!(html.contains("<td>@a|&lt;b&gt;<td><code>j/a</code><td>1<td>1<td>1<td>"), "{html}");
        assert!(!html.contains("<why>") && html.contains("&lt;why&gt;"), "{html}");
        let json: serde_json::Value = serde_json::from_str(&standing.json()).unwrap();
        assert_eq!(json["parts"][0]["done"], 1);
        assert_eq!(json["failed"][1]["path"], "c");
    }
}
