//! The regular expressions that patternmatcher makes, matched as Go's `regexp` does: in a time that
//! grows with pattern times path, whatever they hold. It knows no pattern.

use memchr::memmem::Finder;

use super::class::{self, Class, Refusal};

/// A regular expression: it matches where one of its alternatives does.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    alternatives: Vec<Alternative>,
}

#[derive(Debug, Clone)]
struct Alternative {
    steps: Vec<Step>,
    /// It need not start where the path does.
    anywhere: bool,
    /// The text that every match starts with. Its steps are not in `steps`.
    head: String,
    /// The text that every match ends with. Its steps are not in `steps`.
    tail: String,
    shape: Shape,
    /// The text behind a `**/` that the expression starts with.
    start: String,
    /// Finds a text that stands in every match between head and tail: most paths are told apart by it.
    needle: Finder<'static>,
    /// No match has fewer characters between head and tail.
    shortest: usize,
}

/// What stands between head and tail, if that is one of the common cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `*`: all but `/`.
    Name,
    /// `**/*`: no line end before the last `/`.
    Names,
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    One(Set),
    Many(Set),
    /// Goes on with the next step, or so many further.
    Maybe(usize),
    /// The inside of `(.*/)?`: goes on after each `/`.
    Folders,
    Begin,
    End,
    WordEdge,
    NoWordEdge,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Set {
    Char(char),
    NotSlash,
    /// `.`
    NotLineEnd,
    Class(Class),
}

impl Set {
    fn contains(&self, character: char) -> bool {
        match self {
            Self::Char(expected) => *expected == character,
            Self::NotSlash => character != '/',
            Self::NotLineEnd => character != '\n',
            Self::Class(class) => class.contains(character),
        }
    }
}

/// How `**` at the start or in the middle is written.
pub(super) const FOLDERS: &str = "(.*/)?";

impl Expression {
    /// Reads an expression. Only what patternmatcher can make is known: `(.*/)?`, `.*`, `[…]` and that
    /// with `*`, `^`, `$`, escapes, `{n,m}`, `|`, characters.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut reader = Reader::default();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            reader.read(first, &mut rest)?;
        }
        reader.alternatives.push(Alternative::new(reader.steps));
        Ok(Self { alternatives: reader.alternatives })
    }

    /// A text that every path ends with that it matches.
    pub(super) fn tail(&self) -> &str {
        if let [only] = self.alternatives.as_slice() { &only.tail } else { "" }
    }

    /// The text behind `**/` at the start. Where it is not empty, each path that matches has it at the
    /// start or behind a slash.
    pub(super) fn start(&self) -> &str {
        if let [only] = self.alternatives.as_slice() { &only.start } else { "" }
    }

    pub(super) fn is_match(&self, path: &str) -> bool {
        self.alternatives.iter().any(|alternative| alternative.is_match(path))
    }
}

impl Alternative {
    fn new(mut steps: Vec<Step>) -> Self {
        let anywhere = steps.first() != Some(&Step::Begin);
        let mut head = String::new();
        let mut tail = String::new();
        if !anywhere {
            steps.remove(0);
            (head, tail) = cut_literals(&mut steps);
        }
        let shape = match steps.as_slice() {
            [Step::Many(Set::NotSlash), Step::End] => Shape::Name,
            [Step::Maybe(_), Step::Folders, Step::Many(Set::NotSlash), Step::End] => Shape::Names,
            _ => Shape::Other,
        };
        let shape = if anywhere { Shape::Other } else { shape };
        let start = match steps.as_slice() {
            [Step::Maybe(_), Step::Folders, rest @ ..]
                if !anywhere && head.is_empty() && !has_repetitions(rest) =>
            {
                rest.iter().map_while(literal).collect()
            }
            _ => String::new(),
        };
        let needle = Finder::new(&longest_literal(&steps)).into_owned();
        let mut shortest = 0;
        let mut at = 0;
        while let Some(step) = steps.get(at) {
            shortest += usize::from(matches!(step, Step::One(_)));
            at += if let Step::Maybe(ahead) = step { *ahead } else { 1 };
        }
        Self { steps, anywhere, head, tail, shape, start, needle, shortest }
    }

    fn is_match(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix(self.head.as_str()) else { return false };
        let Some(path) = path.strip_suffix(self.tail.as_str()) else { return false };
        match self.shape {
            Shape::Name => !path.contains('/'),
            Shape::Names => path.rfind('/').is_none_or(|slash| !path[..slash].contains('\n')),
            Shape::Other if path.len() < self.shortest => false,
            Shape::Other => {
                self.needle.find(path.as_bytes()).is_some() && Run::new(self).find(path)
            }
        }
    }
}

/// The longest text that every match of the steps holds.
fn longest_literal(steps: &[Step]) -> String {
    if has_repetitions(steps) {
        return String::new();
    }
    let runs = steps.split(|step| literal(step).is_none());
    let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
    longest.iter().filter_map(literal).collect()
}

/// Whether there are steps that may be missing in a match, other than those of `(.*/)?`.
fn has_repetitions(steps: &[Step]) -> bool {
    let repeats = |pair: &[Step]| matches!(pair, [Step::Maybe(_), next] if *next != Step::Folders);
    steps.windows(2).any(repeats)
}

fn literal(step: &Step) -> Option<char> {
    if let Step::One(Set::Char(character)) = step { Some(*character) } else { None }
}

/// Takes the literal characters at both ends out of the steps, if no step looks around itself.
fn cut_literals(steps: &mut Vec<Step>) -> (String, String) {
    let looks_around =
        |step: &Step| matches!(step, Step::Begin | Step::End | Step::WordEdge | Step::NoWordEdge);
    let Some((Step::End, inner)) = steps.split_last() else { return Default::default() };
    if inner.iter().any(looks_around) {
        return Default::default();
    }
    steps.pop();
    let head: String = steps.iter().map_while(literal).collect();
    steps.drain(..head.chars().count());
    if has_repetitions(steps) {
        steps.push(Step::End);
        return (head, String::new());
    }
    let last = steps.iter().rposition(|step| literal(step).is_none()).map_or(0, |at| at + 1);
    let tail = steps.drain(last..).filter_map(|step| literal(&step)).collect();
    steps.push(Step::End);
    (head, tail)
}

/// What `{n,m}` would repeat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Nothing,
    Character,
    Edge,
    Repeated,
}

#[derive(Debug, Default)]
struct Reader {
    alternatives: Vec<Alternative>,
    steps: Vec<Step>,
    last: Last,
    /// The last thing that was read is a repetition, which Go does not repeat again.
    repeated: bool,
}

/// As in Go.
const MOST_REPEATS: usize = 1000;
/// Steps of one pattern, so that hostile ones cannot fill the memory: more than the longest line makes without repetitions.
const MOST_STEPS: usize = 100_000;

impl Reader {
    fn read(&mut self, first: char, rest: &mut &str) -> Result<(), Refusal> {
        if let Some(after) = rest.strip_prefix(FOLDERS) {
            *rest = after;
            self.push_repeated(&[Step::Maybe(2), Step::Folders]);
            return Ok(());
        }
        if let Some(after) = rest.strip_prefix(".*") {
            *rest = after;
            self.push_repeated(&[Step::Many(Set::NotLineEnd)]);
            return Ok(());
        }
        if first == '{'
            && let Some((low, high, after)) = repetition(rest)
        {
            *rest = after;
            return self.repeat(low, high);
        }
        if first == '\\' {
            return self.escape(rest);
        }
        *rest = &rest[first.len_utf8()..];
        match first {
            '[' => self.brackets(rest)?,
            '^' => self.push(Step::Begin, Last::Edge),
            '$' => self.push(Step::End, Last::Edge),
            '|' => {
                let steps = std::mem::take(&mut self.steps);
                self.alternatives.push(Alternative::new(steps));
                (self.last, self.repeated) = (Last::Nothing, false);
            }
            '*' | '?' | '+' | '(' | ')' | '.' => return Err("nothing like this is ever made"),
            other => self.push(Step::One(Set::Char(other)), Last::Character),
        }
        Ok(())
    }

    fn push(&mut self, step: Step, last: Last) {
        self.steps.push(step);
        (self.last, self.repeated) = (last, false);
    }

    /// Steps that match no more twice than once are kept once, so that the number of steps cannot grow
    /// much beyond the length of the paths that match.
    fn push_repeated(&mut self, group: &[Step]) {
        if !self.steps.ends_with(group) {
            self.steps.extend_from_slice(group);
        }
        (self.last, self.repeated) = (Last::Repeated, true);
    }

    fn brackets(&mut self, rest: &mut &str) -> Result<(), Refusal> {
        let set = if let Some(after) = rest.strip_prefix("^/]") {
            *rest = after;
            Set::NotSlash
        } else {
            Set::Class(class::brackets(rest)?)
        };
        if let Some(after) = rest.strip_prefix('*') {
            *rest = after;
            self.push_repeated(&[Step::Many(set)]);
        } else {
            self.push(Step::One(set), Last::Character);
        }
        Ok(())
    }

    fn escape(&mut self, rest: &mut &str) -> Result<(), Refusal> {
        let mut after = rest.chars();
        after.next();
        let edge = match after.next() {
            Some('A') => Step::Begin,
            Some('z') => Step::End,
            Some('b') => Step::WordEdge,
            Some('B') => Step::NoWordEdge,
            Some('Q') => {
                let quoted = after.as_str();
                let (text, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
                self.repeated = false;
                for character in text.chars() {
                    self.push(Step::One(Set::Char(character)), Last::Character);
                }
                *rest = after;
                return Ok(());
            }
            _ => {
                let set = match class::escape_outside(rest)? {
                    Some(class) => Set::Class(class),
                    None => Set::Char(class::escape(rest)?),
                };
                self.push(Step::One(set), Last::Character);
                return Ok(());
            }
        };
        self.push(edge, Last::Edge);
        *rest = after.as_str();
        Ok(())
    }

    fn repeat(&mut self, low: usize, high: Option<usize>) -> Result<(), Refusal> {
        if low.max(high.unwrap_or(0)) > MOST_REPEATS || high.is_some_and(|high| low > high) {
            return Err("the numbers in `{…}` are too large, or in the wrong order");
        }
        if self.repeated {
            return Err("`{…}` repeats a repetition");
        }
        if self.steps.len() + 2 * low.max(high.unwrap_or(0)) > MOST_STEPS {
            return Err("its repetitions are too many");
        }
        match self.last {
            Last::Nothing => return Err("`{…}` has nothing to repeat"),
            Last::Repeated => return Err("jettison does not match repetitions of repetitions"),
            Last::Edge if low > 0 => {}
            Last::Edge => {
                self.steps.pop();
            }
            Last::Character => {
                let Some(Step::One(set)) = self.steps.pop() else { return Ok(()) };
                self.steps.extend(std::iter::repeat_n(Step::One(set.clone()), low));
                match high {
                    None => self.steps.push(Step::Many(set)),
                    Some(high) => {
                        for left in (1..=high - low).rev() {
                            self.steps.extend([Step::Maybe(2 * left), Step::One(set.clone())]);
                        }
                    }
                }
            }
        }
        (self.last, self.repeated) = (Last::Repeated, true);
        Ok(())
    }
}

/// Reads `{n}`, `{n,}` or `{n,m}`; in any other form the brace is a character.
fn repetition(text: &str) -> Option<(usize, Option<usize>, &str)> {
    let mut rest = text.strip_prefix('{')?;
    let low = number(&mut rest)?;
    let Some(after) = rest.strip_prefix(',') else {
        return Some((low, Some(low), rest.strip_prefix('}')?));
    };
    if let Some(after) = after.strip_prefix('}') {
        return Some((low, None, after));
    }
    rest = after;
    let high = number(&mut rest)?;
    Some((low, Some(high), rest.strip_prefix('}')?))
}

/// A number without leading zeros. Those that are too large for us are for Go, too.
fn number(rest: &mut &str) -> Option<usize> {
    let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    *rest = after;
    Some(digits.parse().unwrap_or(usize::MAX / 4))
}

/// All ways through the steps at once, one character after the other.
struct Run<'e> {
    alternative: &'e Alternative,
    /// The steps that wait for the character at hand.
    waiting: Vec<usize>,
    next: Vec<usize>,
    /// Steps that are yet to be considered for the character after it.
    pending: Vec<usize>,
    /// For each step, the position for which it was last considered, counted from 1.
    seen: Vec<usize>,
    position: usize,
}

type Around = (Option<char>, Option<char>);

impl<'e> Run<'e> {
    fn new(alternative: &'e Alternative) -> Self {
        let seen = vec![0; alternative.steps.len()];
        let (waiting, next, pending) = (Vec::new(), Vec::new(), Vec::new());
        Self { alternative, waiting, next, pending, seen, position: 1 }
    }

    fn find(mut self, path: &str) -> bool {
        let mut characters = path.chars().peekable();
        if self.reach(0, (None, characters.peek().copied())) {
            return true;
        }
        while let Some(character) = characters.next() {
            std::mem::swap(&mut self.waiting, &mut self.next);
            self.next.clear();
            if self.waiting.is_empty() && !self.alternative.anywhere {
                return false;
            }
            self.position += 1;
            let around = (Some(character), characters.peek().copied());
            for at in 0..self.waiting.len() {
                if self.advance(self.waiting[at], character, around) {
                    return true;
                }
            }
            if self.alternative.anywhere && self.reach(0, around) {
                return true;
            }
        }
        false
    }

    /// Lets one step read a character; whether that completes a match.
    fn advance(&mut self, at: usize, character: char, around: Around) -> bool {
        match &self.alternative.steps[at] {
            Step::One(set) => set.contains(character) && self.reach(at + 1, around),
            Step::Many(set) => set.contains(character) && self.reach(at, around),
            Step::Folders if character != '\n' => {
                self.wait(at);
                character == '/' && self.reach(at + 1, around)
            }
            _ => false,
        }
    }

    /// Considers a step and all that can be reached from it without a character; whether the end is.
    fn reach(&mut self, at: usize, (before, after): Around) -> bool {
        self.pending.push(at);
        while let Some(at) = self.pending.pop() {
            let Some(step) = self.alternative.steps.get(at) else { return true };
            if self.seen[at] == self.position {
                continue;
            }
            self.seen[at] = self.position;
            let goes_on = match step {
                Step::One(_) | Step::Folders => {
                    self.next.push(at);
                    false
                }
                Step::Many(_) => {
                    self.next.push(at);
                    true
                }
                Step::Maybe(ahead) => {
                    self.pending.push(at + ahead);
                    true
                }
                Step::Begin => before.is_none(),
                Step::End => after.is_none(),
                Step::WordEdge => is_word(before) != is_word(after),
                Step::NoWordEdge => is_word(before) == is_word(after),
            };
            if goes_on {
                self.pending.push(at + 1);
            }
        }
        false
    }

    fn wait(&mut self, at: usize) {
        if self.seen[at] != self.position {
            self.seen[at] = self.position;
            self.next.push(at);
        }
    }
}

fn is_word(character: Option<char>) -> bool {
    character.is_some_and(|it| it.is_ascii_alphanumeric() || it == '_')
}
