//! Where files arrive: what each `COPY` and `ADD` takes from where, and where it puts it.

use super::Facts;
use super::sources::meant;
use crate::syntax::{Body, Instruction, Keyword};
use std::borrow::Cow;

/// A `COPY` or `ADD` of a build stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival<'a> {
    /// By index in [`crate::syntax::Dockerfile::instructions`].
    pub instruction: usize,
    /// By index in [`Facts::stages`].
    pub stage: usize,
    pub origin: Origin,
    /// From the top of where they come from, without slashes at their ends; `None` where a build
    /// argument without a default stands in one. What is fetched and heredocs are not among them.
    pub paths: Vec<Option<Cow<'a, str>>>,
    /// Absolute; `None` if it is not known.
    pub to: Option<String>,
}

/// Where the files of a `COPY` come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Context,
    /// An earlier stage, by index.
    Stage(usize),
    /// An image, or a named context.
    Elsewhere,
}

impl<'a> Facts<'a> {
    /// What arrives in the stages of the file, in order.
    pub fn arrivals(&'a self) -> Vec<Arrival<'a>> {
        let instructions = self.file.instructions.iter().enumerate();
        instructions.filter_map(|(index, instruction)| self.arrival(index, instruction)).collect()
    }

    fn arrival(&'a self, index: usize, instruction: &'a Instruction<'a>) -> Option<Arrival<'a>> {
        let Body::Copy { sources, destination, .. } = &instruction.body else { return None };
        let stage = self.stage_of(index)?;
        let origin = match instruction.flag("from") {
            None => Origin::Context,
            Some(from) => from
                .and_then(|from| self.earlier_stage(&from.text, stage))
                .map_or(Origin::Elsewhere, Origin::Stage),
        };
        let is_add = instruction.keyword == Keyword::Add;
        let paths =
            sources.iter().filter(|source| super::sources::is_path(instruction, source, is_add));
        let paths = paths.map(|source| self.path(index, &source.text).map(meant)).collect();
        let to = self.place(index, &destination.text).map(|place| place.path);
        Some(Arrival { instruction: index, stage, origin, paths, to })
    }

    /// The stage that `--from=name` means in stage `own`: an earlier one of that name or number.
    fn earlier_stage(&self, name: &str, own: usize) -> Option<usize> {
        self.target(Some(name)).filter(|stage| *stage < own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    #[test]
    fn every_copy_has_an_origin_and_a_place() {
        let file = parse(
            "FROM a AS b\nCOPY x y/\nWORKDIR /w\nWORKDIR sub\nCOPY . .\nFROM scratch\n\
             COPY --from=b /w/out /app\nCOPY --from=other a b\nADD https://x.example/y z /\n",
        )
        .unwrap();
        let facts = Facts::new(&file);
        let found: Vec<_> = facts.arrivals().into_iter().map(|it| (it.origin, it.to)).collect();
        let to = |path: &str| Some(path.to_owned());
        let expected = [
            (Origin::Context, None),
            (Origin::Context, to("/w/sub")),
            (Origin::Stage(0), to("/app")),
            (Origin::Elsewhere, to("/b")),
            (Origin::Context, to("/")),
        ];
        assert_eq!(found, expected);
        assert_eq!(facts.arrivals()[4].paths, [Some(Cow::Borrowed("z"))]);
    }
}
