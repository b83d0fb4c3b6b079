//! Instructions that come to stand around what was found, where they are not there yet.

use super::super::draft::Draft;
use super::super::template::Template;
use super::{At, Rewrite, Work};
use crate::syntax::{Body, Keyword};
use crate::transform::Stop;

impl Work<'_> {
    /// Instructions that come, and are not there yet.
    pub(super) fn around(&self, rewrite: &Rewrite, draft: &mut Draft) -> Result<(), Stop> {
        let at = self.found.instruction;
        let stage = self.cx.facts.stage_of(at);
        let range = stage.map(|stage| self.cx.facts.stages[stage].instructions.clone());
        let fill = |template: &Template| template.fill(self.bindings).text.trim_end().to_owned();
        for template in &rewrite.declare {
            let (text, Some(range)) = (fill(template), &range) else { continue };
            if !self.declares(&text, range.clone()) {
                add(&mut draft.part(range.start).after, text);
            }
        }
        let new = |text: &String| match &range {
            Some(range) => !self.has(text, range.clone()),
            None => !self.has(text, 0..self.cx.file.instructions.len()),
        };
        for text in rewrite.before.iter().map(fill).filter(&new) {
            add(&mut draft.part(at).before, text);
        }
        for text in rewrite.after.iter().map(fill).filter(&new) {
            add(&mut draft.part(at).after, text);
        }
        for (place, template) in &rewrite.insert {
            let text = fill(template);
            if *place == At::StartOfFile {
                if !self.has(&text, 0..self.cx.file.instructions.len()) {
                    add(&mut draft.part(0).before, text);
                }
                continue;
            }
            let Some(range) = range.clone().filter(|_| new(&text)) else { continue };
            match place {
                At::AfterFrom | At::StartOfFile => add(&mut draft.part(range.start).after, text),
                At::EndOfStage => add(&mut draft.part(range.end - 1).after, text),
                At::BeforeCmd => {
                    let is_start = |at: &usize| {
                        let keyword = self.cx.file.instructions[*at].keyword;
                        matches!(keyword, Keyword::Cmd | Keyword::Entrypoint)
                    };
                    match range.clone().find(is_start) {
                        Some(start) => add(&mut draft.part(start).before, text),
                        None => add(&mut draft.part(range.end - 1).after, text),
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether an instruction with this text is among these.
    fn has(&self, text: &str, mut range: std::ops::Range<usize>) -> bool {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let wanted = plain(text);
        range.any(|at| {
            let own = &self.cx.file.instructions[at];
            let flags = own.flags.iter().map(|it| match &it.value {
                Some(value) => format!("--{}={} ", it.name.text, value.text),
                None => format!("--{} ", it.name.text),
            });
            let flags: String = flags.collect();
            let bodies = own
                .heredocs
                .iter()
                .map(|it| format!(" {} {}", it.body.of(self.cx.file.source), it.delimiter));
            let bodies: String = bodies.collect();
            let there = format!("{} {flags}{}{bodies}", own.keyword.name(), own.arguments.text);
            let there = plain(&there);
            let length = own.keyword.name().len();
            wanted.len() == there.len()
                && wanted.is_char_boundary(length)
                && wanted[..length].eq_ignore_ascii_case(&there[..length])
                && wanted[length..] == there[length..]
        })
    }

    /// Whether the stage has the names that an `ARG` or `ENV` declares.
    fn declares(&self, text: &str, mut range: std::ops::Range<usize>) -> bool {
        let Some((keyword, rest)) = text.split_once(char::is_whitespace) else { return false };
        let name = rest.trim().split(['=', ' ']).next().unwrap_or_default();
        let keyword = Keyword::of(keyword);
        range.any(|at| match &self.cx.file.instructions[at].body {
            Body::Env { pairs, .. } => pairs.iter().any(|it| it.name.text == name),
            Body::Arg(pairs) if keyword == Some(Keyword::Arg) => {
                pairs.iter().any(|it| it.name.text == name)
            }
            _ => false,
        })
    }
}

fn add(texts: &mut Vec<String>, text: String) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}
