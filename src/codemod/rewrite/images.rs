//! Other images, and the build arguments that name them.

use super::super::draft::Draft;
use super::super::image::{ImageRewrite, Obstacle, Written, redirected};
use super::super::pattern::Place;
use super::super::template::{Filled, Template};
use super::Work;
use crate::syntax::{Body, Pair};
use crate::text::Span;
use crate::transform::Stop;
use std::collections::BTreeSet;

impl Work<'_> {
    pub(super) fn image(
        &self,
        rewrite: &ImageRewrite,
        stage: Option<&Template>,
        draft: &mut Draft,
    ) -> Result<(), Stop> {
        let at = self.found.instruction;
        if let Place::Frontend(written) = &self.found.place {
            let new = self.new_image(rewrite, written)?;
            draft.syntax = (new != written.text).then_some(new);
            return Ok(());
        }
        let Place::Image { span, written, flag } = &self.found.place else { return Ok(()) };
        if let (Some(stage), Body::From { name, .. }) = (stage, &self.cx.file.instructions[at].body)
        {
            let new = stage.fill(self.bindings).text;
            match name {
                Some(name) if *name.text != *new => {
                    draft.part(at).replaced.push((name.span, Filled::plain(new)));
                }
                Some(_) => (),
                None => {
                    let end = Span::new(span.end, span.end);
                    draft.part(at).replaced.push((end, Filled::plain(format!(" AS {new}"))));
                }
            }
        }
        let new = self.new_image(rewrite, written)?;
        let (text, defaults) = redirected(&written.text, &new, written.in_parts)
            .map_err(|name| self.in_use(&name, written))?;
        for (name, default) in defaults {
            self.default_of(&name, &default, written, draft)?;
        }
        if text != written.text {
            match flag {
                None => draft.part(at).replaced.push((*span, Filled::plain(text))),
                Some(number) => draft.part(at).flag_places.push((*number, *span, text)),
            }
        }
        Ok(())
    }

    fn new_image(&self, rewrite: &ImageRewrite, written: &Written) -> Result<String, Stop> {
        let new = rewrite.apply(written, self.bindings).map_err(|obstacle| match obstacle {
            Obstacle::NoReference(text) => {
                self.stop("no-image", format!("`{text}` is no image reference"))
            }
            Obstacle::Pinned => {
                let reason = format!(
                    "`{}` is pinned by its digest, which the codemod does not change",
                    written.text
                );
                self.stop("digest-pinned", reason)
            }
        })?;
        Ok(new.text)
    }

    fn in_use(&self, name: &str, written: &Written) -> Stop {
        let reason =
            format!("`{}` takes `{name}`, which cannot be changed for it alone", written.text);
        self.stop("variable-in-use", reason)
    }

    /// Gives the `ARG` before the first stage another default, if nothing else uses it.
    fn default_of(
        &self,
        name: &str,
        default: &str,
        written: &Written,
        draft: &mut Draft,
    ) -> Result<(), Stop> {
        let file = self.cx.file;
        let first = self.cx.facts.stages.first().map_or(0, |it| it.instructions.start);
        let mut declared = Vec::new();
        for (at, own) in file.instructions.iter().enumerate().take(first) {
            let Body::Arg(pairs) = &own.body else { continue };
            declared.extend(pairs.iter().filter(|it| it.name.text == name).map(|pair| (at, pair)));
        }
        let [(at, Pair { value: Some(value), .. })] = &declared[..] else {
            return Err(self.in_use(name, written));
        };
        if self.is_used_otherwise(name, &written.text) {
            return Err(self.in_use(name, written));
        }
        let quote = value.text.chars().next().filter(|it| matches!(it, '"' | '\''));
        let text =
            quote.map_or_else(|| default.to_owned(), |quote| format!("{quote}{default}{quote}"));
        let change = (value.span, Filled::plain(text));
        let part = draft.part(*at);
        match part.replaced.iter().find(|(span, _)| *span == value.span) {
            Some(known) if *known != change => return Err(self.in_use(name, written)),
            Some(_) => (),
            None => part.replaced.push(change),
        }
        draft.groups.push(BTreeSet::from([*at, self.found.instruction]));
        Ok(())
    }

    /// Whether anything but an image that is written in the same way takes the variable.
    fn is_used_otherwise(&self, name: &str, image: &str) -> bool {
        let uses =
            |text: &str| text.contains(&format!("${name}")) || text.contains(&format!("${{{name}"));
        self.cx.file.instructions.iter().any(|own| match &own.body {
            Body::From { image: other, .. } => uses(&other.text) && other.text != image,
            Body::Arg(pairs) => pairs.iter().any(|it| {
                let redeclared = it.name.text == name && it.value.is_none();
                redeclared || it.value.as_ref().is_some_and(|value| uses(&value.text))
            }),
            _ => own.flags.iter().filter_map(|it| it.value.as_ref()).any(|it| uses(&it.text)),
        })
    }
}
