//! The text that the shell gets. It does not look into it.

use super::heredocs::opener;
use super::lines::Pieces;
use super::{Body, Command, Earlier, Instruction, Joined, words};

impl<'src> Instruction<'src> {
    /// The script that the shell gets, if this is `RUN`, `CMD`, `ENTRYPOINT` or `HEALTHCHECK CMD`
    /// in shell form. For `RUN <<EOF` alone it is the heredoc's body, tabs stripped for `<<-`; for
    /// `RUN command <<EOF` it is the line with its heredocs. `None` for exec form, for a body
    /// that starts with `#!`, and where it depends on the version of BuildKit which form it is.
    pub fn script(&self) -> Option<Joined<'src>> {
        if self.earlier != Earlier::Same {
            return None;
        }
        match &self.body {
            Body::Run(Command::Shell) if self.heredocs.is_empty() => Some(self.arguments.clone()),
            Body::Run(Command::Shell) => self.script_with_heredocs(),
            Body::Cmd(Command::Shell) | Body::Entrypoint(Command::Shell) => {
                Some(self.arguments.clone())
            }
            Body::Healthcheck(Some(Command::Shell)) => {
                let text = &self.arguments.text;
                let (_, rest) = words::first(text, 0..text.len());
                Some(self.arguments.slice(self.source, rest))
            }
            _ => None,
        }
    }

    /// Whether the whole argument is one heredoc, whose body BuildKit runs by itself.
    pub fn is_heredoc_alone(&self) -> bool {
        matches!(self.body, Body::Run(Command::Shell))
            && !self.heredocs.is_empty()
            && matches!(opener(&self.arguments.text), Ok(Some(_)))
    }

    fn script_with_heredocs(&self) -> Option<Joined<'src>> {
        if self.is_heredoc_alone() {
            let body = self.body_of_heredoc(0)?;
            return (!body.text.starts_with("#!")).then_some(body);
        }

        let mut pieces = Pieces::new(self.source, self.arguments.span.start);
        self.arguments.parts().for_each(|part| pieces.add(part.range()));
        for heredoc in &self.heredocs {
            // The LF before the body is the end of the line that opens it, or of the last terminator.
            pieces.add(heredoc.body.start - 1..heredoc.body.end);
            let end = heredoc.terminator.end;
            pieces.add(end - heredoc.delimiter.len()..end);
        }
        Some(pieces.join())
    }

    /// The text of the heredoc at `index`, leading tabs stripped for `<<-`.
    pub fn body_of_heredoc(&self, index: usize) -> Option<Joined<'src>> {
        let heredoc = self.heredocs.get(index)?;
        let mut pieces = Pieces::new(self.source, heredoc.body.start);
        if !heredoc.strip_tabs {
            pieces.add(heredoc.body.range());
            return Some(pieces.join());
        }
        let mut at = heredoc.body.start;
        for line in heredoc.body.of(self.source).split_inclusive('\n') {
            let stripped = line.trim_start_matches('\t');
            pieces.add(at + (line.len() - stripped.len())..at + line.len());
            at += line.len();
        }
        Some(pieces.join())
    }
}
