//! What a codemod looks for, and where a file has it.

use super::command::{CommandPattern, Hit};
use super::image::{ImagePattern, Written};
use super::site::Site;
use super::template::{Bindings, Bound, Template};
use super::words::WordsPattern;
use crate::syntax::Keyword;
use crate::text::Span;
use crate::transform::Context;
use std::ops::Range;

/// One pattern: a kind of instruction and its parts.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    pub(super) kind: Kind,
    pub(super) flags: Vec<(String, FlagPattern)>,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// An image in `FROM`, or `everywhere` where images are named.
    Image {
        image: ImagePattern,
        stage: Option<Template>,
        everywhere: bool,
    },
    Commands {
        keyword: Keyword,
        commands: Option<Commands>,
    },
    Copy {
        keyword: Keyword,
        arguments: Option<WordsPattern>,
    },
    Pair {
        keyword: Keyword,
        name: Option<Template>,
        value: Option<Template>,
    },
    /// Each word of `EXPOSE` and `VOLUME`.
    Word {
        keyword: Keyword,
        word: Template,
    },
    /// All of an argument.
    Argument {
        keyword: Keyword,
        argument: Template,
    },
    Shell(WordsPattern),
    NoHealthcheck,
    /// Any instruction, with its keyword.
    Any(WordsPattern),
    Stage(Template),
    File(Template),
}

#[derive(Debug, Clone)]
pub(super) struct Commands {
    pub(super) command: CommandPattern,
    pub(super) words: Option<WordsPattern>,
    pub(super) options: Vec<WordsPattern>,
    /// Exec form, or shell form.
    pub(super) exec: Option<bool>,
    /// Nothing else is in the instruction.
    pub(super) whole: bool,
}

#[derive(Debug, Clone)]
pub(super) enum FlagPattern {
    Absent,
    Present,
    Is(Template),
}

/// Something that fits.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) bindings: Bindings,
    pub(super) instruction: usize,
    pub(super) place: Place,
}

#[derive(Debug, Clone)]
pub(super) enum Place {
    /// The image at `span`, which is the argument of `FROM`, or stands in the flag with this number.
    Image {
        span: Span,
        written: Box<Written>,
        flag: Option<usize>,
    },
    /// The image of `# syntax=`.
    Frontend(Box<Written>),
    Commands(Hit),
    /// The words of an exec form.
    Exec(Span),
    Pair {
        span: Span,
        legacy: bool,
    },
    /// Words of the arguments.
    Text(Span),
    Instruction,
    Stage,
    File,
}

impl Found {
    /// Where it starts in its instruction: comparable among places of one kind.
    pub(super) fn start(&self) -> usize {
        match &self.place {
            Place::Commands(hit) => hit.words.start,
            Place::Pair { span, .. } | Place::Text(span) | Place::Image { span, .. } => span.start,
            Place::Frontend(_)
            | Place::Exec(_)
            | Place::Instruction
            | Place::Stage
            | Place::File => 0,
        }
    }

    /// Whether both are about the same place.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let same = match (&self.place, &other.place) {
            (Place::Commands(a), Place::Commands(b)) => a.words.overlaps(b.words),
            (
                Place::Pair { span: a, .. } | Place::Text(a) | Place::Image { span: a, .. },
                Place::Pair { span: b, .. } | Place::Text(b) | Place::Image { span: b, .. },
            ) => a == b || a.overlaps(*b),
            (Place::Frontend(_), Place::Frontend(_)) => true,
            (Place::Frontend(_), _) | (_, Place::Frontend(_)) => false,
            _ => true,
        };
        same && self.instruction == other.instruction
    }
}

/// An instruction that may fit, for all that is known.
#[derive(Debug, Clone)]
pub(super) struct Unknown {
    pub(super) instruction: usize,
    pub(super) reason: String,
}

#[derive(Debug, Default)]
pub(super) struct Search {
    pub(super) found: Vec<Found>,
    pub(super) unknown: Vec<Unknown>,
}

impl Pattern {
    pub(super) fn keyword(&self) -> Option<Keyword> {
        match &self.kind {
            Kind::Image { everywhere: false, .. } => Some(Keyword::From),
            Kind::Commands { keyword, .. }
            | Kind::Copy { keyword, .. }
            | Kind::Pair { keyword, .. }
            | Kind::Word { keyword, .. }
            | Kind::Argument { keyword, .. } => Some(*keyword),
            Kind::Shell(_) => Some(Keyword::Shell),
            Kind::NoHealthcheck => Some(Keyword::Healthcheck),
            Kind::Image { .. } | Kind::Any(_) | Kind::Stage(_) | Kind::File(_) => None,
        }
    }

    pub(super) fn names(&self) -> Vec<&str> {
        let flags = self.flags.iter().filter_map(|(_, it)| match it {
            FlagPattern::Is(template) => Some(template),
            FlagPattern::Absent | FlagPattern::Present => None,
        });
        let mut names: Vec<&str> = flags.flat_map(Template::names).collect();
        match &self.kind {
            Kind::Image { image, stage, .. } => {
                names.extend(image.names());
                names.extend(stage.iter().flat_map(Template::names));
            }
            Kind::Commands { commands: Some(commands), .. } => {
                names.extend(commands.command.names());
                names.extend(commands.options.iter().flat_map(WordsPattern::names));
            }
            Kind::Copy { arguments: Some(words), .. } | Kind::Shell(words) | Kind::Any(words) => {
                names.extend(words.names());
            }
            Kind::Pair { name, value, .. } => {
                names.extend(name.iter().chain(value).flat_map(Template::names));
            }
            Kind::Word { word: template, .. }
            | Kind::Argument { argument: template, .. }
            | Kind::Stage(template)
            | Kind::File(template) => names.extend(template.names()),
            Kind::Commands { commands: None, .. }
            | Kind::Copy { arguments: None, .. }
            | Kind::NoHealthcheck => (),
        }
        names
    }

    /// Everything among the instructions in `range` that fits with `bindings`.
    pub(super) fn search(&self, cx: &Context, range: Range<usize>, bindings: &Bindings) -> Search {
        let mut search = Search::default();
        match &self.kind {
            Kind::File(path) => {
                let bound = Bound::plain(cx.path().unwrap_or_default());
                let found = path.matches(&bound, &|text| Some(text.to_owned()), bindings);
                if let Some(bindings) = found.filter(|_| range.start == 0 && !range.is_empty()) {
                    search.found.push(Found { bindings, instruction: 0, place: Place::File });
                }
            }
            Kind::Stage(name) => {
                for stage in
                    cx.facts.stages.iter().filter(|it| range.contains(&it.instructions.start))
                {
                    let bound = Bound::plain(stage.name.as_deref().unwrap_or_default());
                    let found = name.matches(&bound, &|text| Some(text.to_owned()), bindings);
                    let instruction = stage.instructions.start;
                    search.found.extend(found.map(|bindings| Found {
                        bindings,
                        instruction,
                        place: Place::Stage,
                    }));
                }
            }
            _ => {
                self.frontend(cx, &range, bindings, &mut search);
                for at in range {
                    let own = cx.file.instructions.get(at);
                    let wanted = self.keyword();
                    if let Some(own) =
                        own.filter(|it| wanted.is_none_or(|keyword| it.keyword == keyword))
                    {
                        Site { cx, at, own }.search(self, bindings, &mut search);
                    }
                }
            }
        }
        search
    }
}

impl Pattern {
    /// The image of `# syntax=` is one wherever images are looked for.
    fn frontend(
        &self,
        cx: &Context,
        range: &Range<usize>,
        bindings: &Bindings,
        search: &mut Search,
    ) {
        let Kind::Image { image, everywhere: true, .. } = &self.kind else { return };
        let directive = cx.file.directives.iter().find(|it| it.name == "syntax");
        let Some(directive) = directive.filter(|_| range.start == 0 && self.flags.is_empty())
        else {
            return;
        };
        let itself = |text: &str| Some(text.to_owned());
        let Some(written) = Written::new(directive.value, &itself) else { return };
        if let Some(bindings) = image.matches(&written, &itself, bindings) {
            let place = Place::Frontend(Box::new(written));
            search.found.push(Found { bindings, instruction: 0, place });
        }
    }
}
