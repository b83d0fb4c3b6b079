//! At which lines of the Dockerfile a build failed, by what its engine has printed.
//!
//! It says nothing where the log leaves a doubt.

use crate::syntax::{self, Dockerfile, Instruction, Keyword};
use crate::text::LineIndex;
use std::ops::RangeInclusive;

/// Where a build failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// As the engine names it: `[build 3/7] RUN make`, `RUN make`.
    pub(super) step: Option<String>,
    /// Counted from 1.
    pub(super) lines: Option<RangeInclusive<usize>>,
}

/// Reads the last lines of a log and the text that was built.
pub(super) fn place(tail: &str, last_step: Option<&str>, dockerfile: &str) -> Place {
    let lines: Vec<&str> = tail.lines().collect();
    if let Some(step) = buildah_step(&lines, last_step) {
        let lines = parsed(dockerfile, |file| find(file, &step, last_step));
        return Place { step: Some(step), lines };
    }
    let step = buildkit_step(&lines);
    let lines = excerpt(&lines).or_else(|| parse_error(&lines)).or_else(|| {
        let words = step.as_deref()?.split_once("] ")?.1;
        parsed(dockerfile, |file| find(file, words, None))
    });
    Place { step, lines }
}

/// BuildKit's excerpt of the Dockerfile, the last one: `Dockerfile:6`, a rule, and `   6 | >>> RUN …`.
fn excerpt(lines: &[&str]) -> Option<RangeInclusive<usize>> {
    let is_rule = |line: &str| line.len() >= 20 && line.bytes().all(|it| it == b'-');
    let title = (1..lines.len()).rev().find(|at| {
        let number = lines[at - 1].rsplit_once(':').map(|(_, number)| number.parse::<usize>());
        is_rule(lines[*at]) && matches!(number, Some(Ok(_)))
    })?;
    let rows = lines[title + 1..].iter().take_while(|line| !is_rule(line));
    let mut marked = rows.filter_map(|line| {
        let (number, row) = line.split_once('|')?;
        row.trim_start().starts_with(">>>").then(|| number.trim().parse::<usize>().ok())?
    });
    let first = marked.next()?;
    Some(first..=marked.last().unwrap_or(first))
}

/// `dockerfile parse error on line 2: …`
fn parse_error(lines: &[&str]) -> Option<RangeInclusive<usize>> {
    let text = lines
        .iter()
        .rev()
        .find_map(|line| line.split_once("parse error on line "))
        .map(|it| it.1)?;
    let digits = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let line = text[..digits].parse().ok()?;
    Some(line..=line)
}

/// The step over the output that BuildKit repeats at the end: ` > [build 3/7] RUN make:`.
fn buildkit_step(lines: &[&str]) -> Option<String> {
    let after_rule = (1..lines.len()).rev().filter(|at| lines[at - 1] == "------");
    let step = after_rule.filter_map(|at| lines[at].strip_prefix(" > ["));
    let step = step.filter_map(|rest| rest.strip_suffix(':')).next()?;
    Some(format!("[{step}"))
}

/// `Error: building at STEP "RUN make": while running runtime: exit status 1`
fn buildah_step(lines: &[&str], last_step: Option<&str>) -> Option<String> {
    let error = lines.iter().rev().find(|line| line.starts_with("Error: "))?;
    let step = error.split_once("building at STEP \"")?.1;
    // Both a step and an error may hold what looks like the end of the step.
    let announced =
        last_step.and_then(|last| Some(last.split_once("STEP ")?.1.split_once(": ")?.1));
    let is_announced =
        |it: &&str| step.strip_prefix(it).is_some_and(|rest| rest.starts_with("\": "));
    let first = || step.split_once("\": ").map(|(step, _)| step);
    Some(announced.filter(is_announced).or_else(first)?.to_owned())
}

fn parsed<T>(source: &str, find: impl FnOnce(&Dockerfile<'_>) -> Option<T>) -> Option<T> {
    find(&syntax::parse(source).ok()?)
}

/// The only instruction that reads like a step; else the one that stands where the engine was.
fn find(file: &Dockerfile<'_>, step: &str, last: Option<&str>) -> Option<RangeInclusive<usize>> {
    let wanted = words(step);
    let mut alike = file.instructions.iter().filter(|it| reads(it) == wanted);
    let found = match (alike.next(), alike.next()) {
        (Some(only), None) => only,
        _ => counted(file, last?).filter(|it| {
            step.split_whitespace().next().and_then(Keyword::of) == Some(it.keyword)
        })?,
    };
    let index = LineIndex::new(file.source);
    Some(index.line(found.span.start)..=index.line(found.span.end.max(found.span.start + 1) - 1))
}

/// The instruction that `[1/2] STEP 3/5: …` counts.
fn counted<'f, 's>(file: &'f Dockerfile<'s>, step: &str) -> Option<&'f Instruction<'s>> {
    let numbers = |text: &str| -> Option<(usize, usize)> {
        let (number, of) = text.split_once('/')?;
        Some((number.parse().ok()?, of.parse().ok()?))
    };
    let (stage, rest) = match step.strip_prefix('[') {
        Some(rest) => rest.split_once("] ")?,
        None => ("1/1", step),
    };
    let (stage, stages) = numbers(stage)?;
    let (number, _) = numbers(rest.strip_prefix("STEP ")?.split_once(": ")?.0)?;
    let is_from = |it: &Instruction<'_>| it.keyword == Keyword::From;
    let starts: Vec<usize> =
        (0..file.instructions.len()).filter(|at| is_from(&file.instructions[*at])).collect();
    // Triggers of a base image and stages that are left out shift the numbers.
    let has_all = starts.len() == stages && number >= 1;
    let from = *starts.get(stage.checked_sub(1)?).filter(|_| has_all)?;
    let until = starts.get(stage).copied().unwrap_or(file.instructions.len());
    file.instructions[from..until].get(number - 1)
}

fn reads(instruction: &Instruction<'_>) -> String {
    let flags = instruction.flags.iter().map(|flag| flag.span.of(instruction.source));
    let parts = std::iter::once(instruction.keyword.name()).chain(flags);
    let text: Vec<&str> = parts.chain([&*instruction.arguments.text]).collect();
    words(&text.join(" "))
}

/// With one blank between words, and the keyword in capital letters.
fn words(text: &str) -> String {
    let (keyword, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{} {rest}", keyword.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::{Place, place};

    const DOCKERFILE: &str = "FROM busybox AS build\nRUN echo one \\\n && echo two\nFROM busybox\n\
                              COPY --from=build . /x\nRUN <<EOF\nexit 3\nEOF\nRUN true\nRUN true\n";

    fn at(tail: &str, step: Option<&str>) -> (Option<String>, Option<(usize, usize)>) {
        let Place { step, lines } = place(tail, step, DOCKERFILE);
        (step, lines.map(|it| (*it.start(), *it.end())))
    }

    #[test]
    fn buildkit_shows_the_lines_at_the_end() {
        let tail = "#6 0.2 Dockerfile:1\n#6 0.2 --------------------\n#6 ERROR: process \"/bin/sh\"\n------\n > \
                    [stage-1 3/3] RUN ls:\n0.258 .\n------\nDockerfile:6\n--------------------\n   5 |     COPY . /x\n   \
                    6 | >>> RUN <<EOF\n   7 | >>> exit 3\n   8 | >>> EOF\n   9 |     RUN true\n\
                    --------------------\nERROR: failed to solve: process did not complete: exit code: 3\n";
        assert_eq!(at(tail, None), (Some("[stage-1 3/3] RUN ls".to_owned()), Some((6, 8))));
        let syntax =
            "ERROR: failed to solve: dockerfile parse error on line 2: unknown instruction: RUNX";
        assert_eq!(at(syntax, None), (None, Some((2, 2))));
    }

    #[test]
    fn what_a_program_prints_is_no_excerpt() {
        let tail = "#6 0.2 Dockerfile:1\n#6 0.2 --------------------\n#6 0.2    1 | >>> FROM x\n";
        assert_eq!(at(tail, None), (None, None));
    }

    #[test]
    fn an_older_buildkit_names_only_the_step() {
        let tail =
            "------\n > [build 2/2] RUN echo one  && echo two:\n------\nexecutor failed running\n";
        assert_eq!(at(tail, None).1, Some((2, 3)));
        let twice = "------\n > [stage-1 4/5] RUN true:\n------\nexecutor failed running\n";
        assert_eq!(at(twice, None), (Some("[stage-1 4/5] RUN true".to_owned()), None));
    }

    #[test]
    fn buildah_quotes_the_step() {
        let error = "Error: building at STEP \"RUN echo one  && echo two\": while running runtime: exit status 1\n";
        assert_eq!(at(error, Some("[1/2] STEP 2/2: RUN x")).1, Some((2, 3)));
        let older = "Error: error building at STEP \"COPY --from=build . /x\": copier: get: \"/y\": no such\n";
        assert_eq!(at(older, None).1, Some((5, 5)));
        let quotes =
            "Error: building at STEP \"RUN echo \"a\": b\": while running runtime: exit status 1\n";
        assert_eq!(
            at(quotes, Some("STEP 2/2: RUN echo \"a\": b")).0.as_deref(),
            Some("RUN echo \"a\": b")
        );
        // Of two that read alike it is the one that was counted.
        let twice = "Error: building at STEP \"RUN true\": while running runtime: exit status 1\n";
        assert_eq!(at(twice, Some("[2/2] STEP 5/6: RUN true")).1, Some((10, 10)));
        assert_eq!(at(twice, Some("[2/3] STEP 5/6: RUN true")).1, None);
        assert_eq!(at(twice, Some("[2/2] STEP 2/6: RUN true")).1, None);
    }
}
