//! Edits that many transforms need, each spelled once.
//!
//! They continue the author's own layout and touch nothing but the place of the change.

use crate::effect::leftovers::Standing;
use crate::facts::{Facts, Run, RunScript};
use crate::shell::{Command, ConnectorKind, Statement, TerminatorKind, Word};
use crate::syntax::{Dockerfile, Instruction, Item, ItemKind};
use crate::text::{Edit, Span};

/// How an author breaks lines between commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub operator: OperatorPlace,
    /// The blanks before a continued line.
    pub indent: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorPlace {
    /// `\` at the end of a line, `&&` at the start of the next.
    Start,
    /// `&& \` at the end of a line.
    End,
}

impl Layout {
    /// The layout of `runs`, or of the rest of the file, or the usual one.
    pub fn of<'a>(facts: &'a Facts<'a>, runs: &[&'a Run<'a>]) -> Self {
        let source = facts.file.source;
        let own = runs.iter().find_map(|run| Self::of_script(source, run.script.as_ref()?));
        let anywhere =
            || facts.runs.iter().find_map(|run| Self::of_script(source, run.script.as_ref()?));
        let usual = || Self { operator: OperatorPlace::Start, indent: "    ".to_owned() };
        own.or_else(anywhere).unwrap_or_else(usual)
    }

    /// The text that adds a command on a line of its own.
    fn continued(&self, escape: char, newline: &str, command: &str) -> String {
        let (before, after) = match self.operator {
            OperatorPlace::Start => ("", "&& "),
            OperatorPlace::End => (" &&", ""),
        };
        format!("{before} {escape}{newline}{}{after}{command}", self.indent)
    }

    /// `None` if no `&&` of the script stands at a line break.
    fn of_script(source: &str, script: &RunScript) -> Option<Self> {
        script.parsed.body.statements.iter().find_map(|it| Self::of_statement(source, script, it))
    }

    fn of_statement(source: &str, script: &RunScript, statement: &Statement) -> Option<Self> {
        let mut before = statement.first.span.end;
        for (connector, pipeline) in &statement.rest {
            if connector.kind == ConnectorKind::And && before > 0 {
                let operator = script.source_span(connector.span);
                let left = script.source_span(Span::new(before - 1, before)).end;
                let right = script.source_span(pipeline.span).start;
                if let Some(indent) = indent_of(&source[left..operator.start]) {
                    return Some(Self { operator: OperatorPlace::Start, indent });
                }
                if let Some(indent) = indent_of(&source[operator.end..right]) {
                    return Some(Self { operator: OperatorPlace::End, indent });
                }
            }
            before = pipeline.span.end;
        }
        None
    }
}

/// The blanks after the last line break of `gap`.
fn indent_of(gap: &str) -> Option<String> {
    let (_, indent) = gap.rsplit_once('\n')?;
    indent.chars().all(|it| it == ' ' || it == '\t').then(|| indent.to_owned())
}

/// The line end in use at `offset`: the one of its line, or the first of the file.
pub fn line_end(source: &str, offset: usize) -> &'static str {
    let rest = &source[offset..];
    let at = rest.find('\n').map(|at| offset + at).or_else(|| source.find('\n'));
    match at {
        Some(at) if source[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// One of the `RUN`s that are joined.
#[derive(Debug, Clone, Copy)]
pub struct Fragment<'a> {
    pub run: &'a Run<'a>,
    pub script: &'a RunScript<'a>,
    pub standing: Standing,
}

impl<'a> Fragment<'a> {
    fn instruction(&self, file: &'a Dockerfile<'a>) -> &'a Instruction<'a> {
        &file.instructions[self.run.instruction]
    }

    /// From the first command to the end of the last; without a `;` at its end, unless that is `&`.
    fn span(&self) -> Option<Span> {
        let statements = &self.script.parsed.body.statements;
        let (first, last) = (statements.first()?, statements.last()?);
        let background = last.terminator.filter(|it| it.kind == TerminatorKind::Background);
        let end = background.map_or(last.span.end, |it| it.span.end);
        Some(self.script.source_span(Span::new(first.span.start, end)))
    }

    fn start_offset(&self) -> Option<usize> {
        Some(self.script.parsed.body.statements.first()?.span.start)
    }

    fn opening(&self) -> &'static str {
        match self.standing {
            Standing::Plain => "",
            Standing::Grouped => "{ ",
            // A second parenthesis at once would begin arithmetic.
            _ if self.opening_text().starts_with('(') => "( ",
            Standing::Isolated | Standing::TailIsolated(_) => "(",
        }
    }

    fn opening_text(&self) -> &str {
        let text = &self.script.parsed.text;
        &text[self.opening_offset().unwrap_or(0)..]
    }

    /// Where the braces or parentheses begin, in the script's text.
    fn opening_offset(&self) -> Option<usize> {
        let statement = self.script.parsed.body.statements.first()?;
        match self.standing {
            Standing::TailIsolated(from) => {
                Some(statement.rest.get(from.checked_sub(1)?)?.1.span.start)
            }
            _ => Some(statement.span.start),
        }
    }

    fn closing(&self) -> &'static str {
        let statements = &self.script.parsed.body.statements;
        let terminator = statements.last().and_then(|it| it.terminator);
        let background = terminator.is_some_and(|it| it.kind == TerminatorKind::Background);
        match self.standing {
            Standing::Plain => "",
            Standing::Isolated | Standing::TailIsolated(_) => ")",
            Standing::Grouped if background => " }",
            Standing::Grouped => "; }",
        }
    }
}

/// Joins consecutive `RUN`s with `&&`. Comments between them become comment lines of the
/// continuation; blank lines between them go, or become empty comments where they part two of these.
pub fn join_runs(file: &Dockerfile, fragments: &[Fragment], layout: &Layout) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    let (first, last) = (fragments.first()?, fragments.last()?);
    for fragment in fragments.iter().filter(|it| !it.opening().is_empty()) {
        let at = fragment.opening_offset()?;
        // At the start of a joined script the edit that joins it writes them.
        if fragment.run.instruction == first.run.instruction || at > fragment.start_offset()? {
            edits.push(Edit::insert(fragment.script.joined.source_offset(at), fragment.opening()));
        }
    }
    for pair in fragments.windows(2) {
        edits.extend(join(file, &pair[0], &pair[1], layout)?);
    }
    if !last.closing().is_empty() {
        edits.push(Edit::replace(ending(last)?, last.closing()));
    }
    Some(edits)
}

/// What stands between the last command of a fragment and the end of its script.
fn ending(fragment: &Fragment) -> Option<Span> {
    let script = &fragment.script.joined;
    let end = script.source_span(Span::new(0, script.text.len())).end;
    Some(Span::new(fragment.span()?.end, end))
}

fn join(file: &Dockerfile, one: &Fragment, next: &Fragment, layout: &Layout) -> Option<Vec<Edit>> {
    let source = file.source;
    let (upper, lower) = (one.instruction(file), next.instruction(file));
    let newline = line_end(source, upper.span.end);
    let (before, after) = match layout.operator {
        OperatorPlace::Start => ("", "&& "),
        OperatorPlace::End => (" &&", ""),
    };

    let end = Span::new(one.span()?.end, upper.span.end);
    let mut text = format!("{}{before} {}", one.closing(), file.escape);
    for line in comment_lines(source, upper, end) {
        text.push_str(newline);
        text.push_str(line);
    }
    let mut edits = vec![Edit::replace(end, text)];

    let between = file.items.partition_point(|item| item.span.start < upper.span.end);
    let items = file.items[between..].iter().take_while(|item| item.span.end <= lower.span.start);
    let items: Vec<&Item> = items.collect();
    edits.extend(blank_lines(source, &items));

    // Its lines may start above its keyword, with nothing but continuations.
    let own = file.items.get(between + items.len())?;
    let start = Span::new(own.span.start, next.span()?.start);
    let mut text = String::new();
    for line in comment_lines(source, lower, start) {
        text.push_str(line);
        text.push_str(newline);
    }
    let opening = if next.opening_offset() == next.start_offset() { next.opening() } else { "" };
    text.push_str(&format!("{}{after}{opening}", layout.indent));
    edits.push(Edit::replace(start, text));
    Some(edits)
}

/// Blank lines may not stand inside an instruction. The first between two comments becomes a comment
/// of its own, so that what belonged to the one does not seem to belong to the other.
fn blank_lines(source: &str, items: &[&Item]) -> Vec<Edit> {
    let is_comment = |item: &&&Item| item.kind == ItemKind::Comment;
    let last = items.iter().rposition(|item| is_comment(&item)).unwrap_or_default();
    let mut edits = Vec::new();
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.kind == ItemKind::Blank) {
        let above = at.checked_sub(1).and_then(|above| items.get(above)).filter(is_comment);
        let Some(above) = above.filter(|_| at < last) else {
            edits.push(Edit::delete(item.span));
            continue;
        };
        let text = above.span.of(source);
        let indent = &text[..text.len() - text.trim_start().len()];
        let line = item.span.of(source);
        let blank =
            Span::new(item.span.start, item.span.start + line.trim_end_matches(['\r', '\n']).len());
        edits.push(Edit::replace(blank, format!("{indent}#")));
    }
    edits
}

/// The whole lines of an instruction's comments within `span`, without their line ends.
fn comment_lines<'s>(source: &'s str, instruction: &Instruction, span: Span) -> Vec<&'s str> {
    let inside = instruction.comments.iter().filter(|comment| span.contains(**comment));
    let whole = inside.map(|comment| {
        let start = source[..comment.start].rfind('\n').map_or(0, |at| at + 1);
        source[start..comment.end].trim_end_matches('\r')
    });
    whole.collect()
}

/// Adds commands with `&&` after the last statement of a script, in the layout of the author.
pub fn append_commands<'a>(
    facts: &'a Facts<'a>,
    run: &Run,
    script: &RunScript,
    commands: &[String],
) -> Option<Edit> {
    let file = facts.file;
    let end = end_of(script)?;
    let instruction = &file.instructions[run.instruction];
    let source = file.source;
    let several_lines =
        instruction.heredocs.is_empty() && source[instruction.span.start..end].contains('\n');
    let mut text = String::new();
    if several_lines {
        let layout = layout_at(facts, instruction, script, end);
        let newline = line_end(source, instruction.span.start);
        for command in commands {
            text.push_str(&layout.continued(file.escape, newline, command));
        }
    } else {
        for command in commands {
            text.push_str(&format!(" && {command}"));
        }
    }
    Some(Edit::insert(end, text))
}

/// Adds a long command with `&&` after the last statement of a script: each of its `lines` on one of its own.
pub fn append_long_command<'a>(
    facts: &'a Facts<'a>,
    run: &Run,
    script: &RunScript,
    lines: &[String],
) -> Option<Edit> {
    let file = facts.file;
    let instruction = &file.instructions[run.instruction];
    let (first, rest) = lines.split_first()?;
    // There the lines are those of the shell.
    if !instruction.heredocs.is_empty() {
        return append_commands(facts, run, script, &[lines.join(" ")]);
    }
    let end = end_of(script)?;
    let layout = layout_at(facts, instruction, script, end);
    let newline = line_end(file.source, instruction.span.start);
    let mut text = layout.continued(file.escape, newline, first);
    let deeper = if layout.indent.contains('\t') { "\t" } else { "    " };
    for line in rest {
        text.push_str(&format!(" {}{newline}{}{deeper}{line}", file.escape, layout.indent));
    }
    Some(Edit::insert(end, text))
}

/// Adds a command with `&&` before the first statement of a script, in the layout of the author.
pub fn prepend_command<'a>(
    facts: &'a Facts<'a>,
    instruction: usize,
    script: &RunScript,
    command: &str,
) -> Option<Edit> {
    let file = facts.file;
    let own = file.instructions.get(instruction)?;
    let start = script.joined.source_offset(script.parsed.body.statements.first()?.span.start);
    let newline = line_end(file.source, own.span.start);
    let text = match Layout::of_script(file.source, script) {
        Some(Layout { operator: OperatorPlace::Start, indent }) => {
            format!("{command} {}{newline}{indent}&& ", file.escape)
        }
        Some(Layout { operator: OperatorPlace::End, indent }) => {
            format!("{command} && {}{newline}{indent}", file.escape)
        }
        None => format!("{command} && "),
    };
    Some(Edit::insert(start, text))
}

/// Where the last statement ends, in the source.
fn end_of(script: &RunScript) -> Option<usize> {
    let last = script.parsed.body.statements.last()?.span;
    Some(script.source_span(Span::new(last.end.checked_sub(1)?, last.end)).end)
}

/// The layout in which a script goes on that ends at `end`.
fn layout_at<'a>(
    facts: &'a Facts<'a>,
    instruction: &Instruction,
    script: &RunScript,
    end: usize,
) -> Layout {
    let source = facts.file.source;
    let own = || last_indent(&source[instruction.span.start..end]);
    Layout::of_script(source, script).unwrap_or_else(|| match own() {
        Some(indent) => Layout { operator: OperatorPlace::Start, indent },
        None => Layout::of(facts, &[]),
    })
}

/// The blanks before the last continued line.
fn last_indent(text: &str) -> Option<String> {
    let line = text.rsplit_once('\n')?.1;
    let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    (!indent.is_empty()).then(|| indent.to_owned())
}

/// Adds a word after the word at `span` of a script.
pub fn add_word_after(script: &RunScript, span: Span, word: &str) -> Option<Edit> {
    let end = script.source_span(Span::new(span.end.checked_sub(1)?, span.end)).end;
    Some(Edit::insert(end, format!(" {word}")))
}

/// Adds a flag to an instruction, behind those that it has.
pub fn add_flag(instruction: &Instruction, flag: &str) -> Edit {
    let last = instruction.flags.last().map_or(instruction.keyword_span, |flag| flag.span);
    Edit::insert(last.end, format!(" {flag}"))
}

/// Deletes word number `at` of a command, and the blanks behind it.
pub fn remove_word(
    file: &Dockerfile,
    script: &RunScript,
    words: &[Word],
    at: usize,
) -> Option<Edit> {
    let word = script.source_span(words.get(at)?.span);
    let next = script.source_span(words.get(at + 1)?.span);
    let blank = Span::new(word.end, next.start).of(file.source).trim().is_empty();
    let one_line = !Span::new(word.end, next.start).of(file.source).contains('\n');
    let end = if blank && one_line { next.start } else { word.end };
    Some(Edit::delete(Span::new(word.start, end)))
}

/// Removes commands that are operands of one `&&` list, each with one operator. `None` if one is none, or
/// all are named.
pub fn remove_operands(script: &RunScript, commands: &[&Command]) -> Option<Vec<Edit>> {
    let [statement] = script.parsed.body.statements.as_slice() else { return None };
    let operands: Vec<_> =
        std::iter::once(&statement.first).chain(statement.rest.iter().map(|it| &it.1)).collect();
    let gone = |at: usize| {
        let one = operands.get(at).and_then(|it| it.commands.first());
        one.is_some_and(|it| commands.iter().any(|command| std::ptr::eq(it, *command)))
    };
    let mut edits = Vec::new();
    let mut at = 0;
    while at < operands.len() {
        let end = (at..operands.len()).find(|end| !gone(*end)).unwrap_or(operands.len());
        if end > at {
            let place = |at: usize| script.source_span(operands[at].span);
            edits.push(Edit::delete(match end < operands.len() {
                true => Span::new(place(at).start, place(end).start),
                false => Span::new(place(at.checked_sub(1)?).end, place(end - 1).end),
            }));
        }
        at = end + 1;
    }
    Some(edits)
}

/// The lines of an instruction, if nothing else would go with them: no comment in it, none for a linter
/// above it, and a line end behind it.
pub fn whole_lines(facts: &Facts, instruction: usize) -> Option<Span> {
    let file = facts.file;
    let own = &file.instructions[instruction];
    let at = file.items.partition_point(|item| item.span.end <= own.span.start);
    let item = file.items.get(at)?;
    let plain = item.kind == ItemKind::Instruction(instruction) && own.comments.is_empty();
    let ends = file.source[..item.span.end].ends_with('\n');
    (plain && ends && !facts.pragma_on(instruction)).then_some(item.span)
}

/// Removes a command that is an operand of `&&` with the operator behind it. `None` if it is none.
pub fn remove_operand(script: &RunScript, command: &Command) -> Option<Edit> {
    for statement in &script.parsed.body.statements {
        let rest = statement.rest.iter().map(|(connector, pipeline)| (connector.kind, pipeline));
        let operands: Vec<_> =
            std::iter::once((ConnectorKind::And, &statement.first)).chain(rest).collect();
        for pair in operands.windows(2) {
            let [(before, pipeline), (after, next)] = pair else { continue };
            let only = matches!(pipeline.commands.as_slice(), [it] if std::ptr::eq(it, command));
            if only
                && *before == ConnectorKind::And
                && *after == ConnectorKind::And
                && !pipeline.negated
            {
                let start = script.source_span(pipeline.span).start;
                let end = script.source_span(next.span).start;
                return Some(Edit::delete(Span::new(start, end)));
            }
        }
    }
    None
}
