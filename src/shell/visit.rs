//! Walks over all commands of a script, those in substitutions and here-documents included.

use super::{
    Command, CommandKind, Connector, ConnectorKind, List, Part, Pipeline, Script, Simple,
    TerminatorKind, Word,
};

/// Where a command stands. All that is around it counts, not only the nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Context {
    /// In `$(…)`, backticks, `<(…)`.
    pub substitution: bool,
    /// In `( … )`.
    pub subshell: bool,
    /// In the body of a function: it runs where that is called.
    pub function: bool,
    /// In the condition of `if`, `elif`, `while` or `until`.
    pub condition: bool,
    /// In a branch of `if` or `case`: it may not run.
    pub branch: bool,
    /// In a loop: it may run any number of times.
    pub repeated: bool,
    /// In a statement that ends with `&`.
    pub background: bool,
    /// One of several commands joined by `|`.
    pub piped: bool,
    /// After `!`.
    pub negated: bool,
    /// After `&&`: it runs only if something succeeds.
    pub after_and: bool,
    /// After `||`, anywhere in the same statement: it may not run.
    pub after_or: bool,
    /// In a statement that may fail and the script still succeeds.
    pub expendable: bool,
    /// After `&&` in such a statement, behind what may fail: it may not run.
    pub skipped: bool,
}

impl Context {
    /// Whether it runs, and ends, whenever the script succeeds, unless that ends itself before.
    pub fn always_runs(self) -> bool {
        let depends = self.condition || self.branch || self.repeated || self.function;
        let aside = self.substitution || self.background || self.negated;
        !(depends || aside || self.after_or || self.skipped)
    }
}

impl Script {
    /// Calls `see` for every command in the order of the source, compound commands before what is
    /// in them.
    pub fn visit<'script>(&'script self, see: &mut dyn FnMut(&'script Command, Context)) {
        list(&self.body, Context::default(), see);
    }

    /// Every simple command in the order of the source, with the command that holds its redirects.
    pub fn simple_commands(&self) -> Vec<(&Command, &Simple, Context)> {
        let mut found = Vec::with_capacity(8);
        self.visit(&mut |command, context| {
            if let CommandKind::Simple(simple) = &command.kind {
                found.push((command, simple, context));
            }
        });
        found
    }

    /// The pipelines, if the whole script is one statement of them joined by `&&` only.
    pub fn and_list(&self) -> Option<Vec<&Pipeline>> {
        let [statement] = &*self.body.statements else { return None };
        let background = statement
            .terminator
            .is_some_and(|terminator| terminator.kind == TerminatorKind::Background);
        let joined = statement.rest.iter().all(|(with, _)| with.kind == ConnectorKind::And);
        let rest = statement.rest.iter().map(|(_, pipeline)| pipeline);
        (joined && !background).then(|| std::iter::once(&statement.first).chain(rest).collect())
    }
}

type See<'see, 'tree> = &'see mut dyn FnMut(&'tree Command, Context);

fn list<'tree>(list: &'tree List, context: Context, see: See<'_, 'tree>) {
    let last = list.statements.len().saturating_sub(1);
    for (at, statement) in list.statements.iter().enumerate() {
        let mut context = context;
        let terminator = statement.terminator.map(|terminator| terminator.kind);
        context.background |= terminator == Some(TerminatorKind::Background);
        let alternative = |(it, _): &(Connector, _)| it.kind == ConnectorKind::Or;
        context.expendable |= at < last || statement.rest.iter().any(alternative);
        pipeline(&statement.first, context, see);
        let mut before = &statement.first;
        for (connector, next) in &statement.rest {
            match connector.kind {
                ConnectorKind::And => context.after_and = true,
                ConnectorKind::Or => context.after_or = true,
            }
            context.skipped |= context.expendable && !prepares(before);
            pipeline(next, context, see);
            before = next;
        }
    }
}

/// Whether a pipeline only makes ready for the next, and nothing is meant to depend on it.
fn prepares(pipeline: &Pipeline) -> bool {
    let [Command { kind: CommandKind::Simple(simple), .. }] = &*pipeline.commands else {
        return false;
    };
    let program = simple.words.first().and_then(|word| word.literal.as_deref());
    !pipeline.negated && matches!(program, Some("cd" | "export" | "mkdir" | "set"))
}

fn pipeline<'tree>(pipeline: &'tree Pipeline, mut context: Context, see: See<'_, 'tree>) {
    context.negated |= pipeline.negated;
    context.piped |= pipeline.commands.len() > 1;
    for next in &pipeline.commands {
        command(next, context, see);
    }
}

fn command<'tree>(command: &'tree Command, context: Context, see: See<'_, 'tree>) {
    see(command, context);
    let branch = Context { branch: true, ..context };
    let condition = Context { condition: true, ..context };
    let repeated = Context { repeated: true, ..context };
    match &command.kind {
        CommandKind::Simple(simple) => return operands(command, simple, context, see),
        CommandKind::Group(body) => list(body, context, see),
        CommandKind::Subshell(body) => list(body, Context { subshell: true, ..context }, see),
        CommandKind::If { arms, otherwise } => {
            for (test, body) in arms {
                list(test, condition, see);
                list(body, branch, see);
            }
            otherwise.iter().for_each(|body| list(body, branch, see));
        }
        CommandKind::Loop { condition: test, body, .. } => {
            list(test, Context { condition: true, ..repeated }, see);
            list(body, repeated, see);
        }
        CommandKind::For { words: items, body, .. } => {
            words(items.iter().flatten(), context, see);
            list(body, repeated, see);
        }
        CommandKind::Case { subject, arms } => {
            words([subject], context, see);
            for arm in arms {
                words(&arm.patterns, context, see);
                list(&arm.body, branch, see);
            }
        }
        CommandKind::Function { body, .. } => {
            self::command(body, Context { function: true, ..context }, see);
        }
        CommandKind::Bash { words: items, bodies } => {
            words(items, context, see);
            bodies.iter().for_each(|body| list(body, repeated, see));
        }
    }
    for redirect in &command.redirects {
        words([&redirect.target].into_iter().chain(&redirect.content), context, see);
    }
}

fn operands<'tree>(
    command: &'tree Command,
    simple: &'tree Simple,
    context: Context,
    see: See<'_, 'tree>,
) {
    let assigned = simple
        .assignments
        .iter()
        .flat_map(|assignment| assignment.value.iter().chain(&assignment.elements));
    let redirected = command
        .redirects
        .iter()
        .flat_map(|redirect| std::iter::once(&redirect.target).chain(&redirect.content));
    let all = assigned.chain(&simple.words).chain(redirected);
    let mut expanding: Vec<_> = all.filter(|word| !word.parts.is_empty()).collect();
    expanding.sort_by_key(|word| word.span.start);
    words(expanding, context, see);
}

fn words<'tree>(
    words: impl IntoIterator<Item = &'tree Word>,
    context: Context,
    see: See<'_, 'tree>,
) {
    for part in words.into_iter().flat_map(|word| &word.parts) {
        match part {
            Part::Parameter { words, .. } | Part::Arithmetic { words, .. } => {
                self::words_boxed(words, context, see);
            }
            Part::Substitution { body, .. } => {
                list(body, Context { substitution: true, ..context }, see);
            }
            Part::Pattern(_) | Part::Brace(_) | Part::Tilde(_) => {}
        }
    }
}

/// Keeps the recursion of `words` to one type.
fn words_boxed<'tree>(nested: &'tree [Word], context: Context, see: See<'_, 'tree>) {
    words(nested, context, see);
}
