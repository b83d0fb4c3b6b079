//! Standard output and standard error: colours, the progress bar, and a reader that went away.

use crate::report::Colour;
use crate::report::text::visible;
use anstream::{AutoStream, ColorChoice};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::time::{Duration, Instant};

/// A run that takes longer than this shows its progress on a terminal.
const PATIENCE: Duration = Duration::from_millis(500);

/// Where results and problems go. After the reader of standard output went away (`| head`),
/// results are dropped and the run goes on.
pub(super) struct Output<'w> {
    out: &'w mut dyn Write,
    err: &'w mut dyn Write,
    failure: Option<io::Error>,
    progress: Option<Progress>,
}

struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl<'w> Output<'w> {
    pub(super) fn new(out: &'w mut dyn Write, err: &'w mut dyn Write) -> Self {
        Self { out, err, failure: None, progress: None }
    }

    pub(super) fn show(&mut self, bytes: &[u8]) {
        if bytes.is_empty() || self.failure.is_some() {
            return;
        }
        let out = &mut self.out;
        let mut write = || out.write_all(bytes);
        let written = match &self.progress {
            Some(progress) => progress.bar.suspend(write),
            None => write(),
        };
        self.failure = written.err();
    }

    /// Shows bytes to somebody who may be waiting for them.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.show(bytes);
        if self.failure.is_none() {
            self.failure = self.out.flush().err();
        }
    }

    /// Nothing that is shown arrives anywhere.
    pub(super) fn is_closed(&self) -> bool {
        self.failure.is_some()
    }

    pub(super) fn error(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let err = &mut self.err;
        // Nobody is left to be told if standard error fails.
        let mut write = || drop(err.write_all(text.as_bytes()));
        match &self.progress {
            Some(progress) => progress.bar.suspend(write),
            None => write(),
        }
    }

    /// Starts counting up to `files`, visibly only when it takes long and a person watches.
    pub(super) fn start_progress(&mut self, files: usize) {
        if !io::stderr().is_terminal() {
            return;
        }
        let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("[{bar:40}] {pos}/{len} Dockerfiles") {
            bar.set_style(style.progress_chars("=> "));
        }
        self.progress = Some(Progress { bar, started: Instant::now() });
    }

    pub(super) fn advance(&mut self, files: usize) {
        let Some(progress) = &self.progress else { return };
        if progress.bar.is_hidden() && progress.started.elapsed() > PATIENCE {
            progress.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        progress.bar.inc(files as u64);
    }

    /// Starts saying what is being done, if a person watches.
    pub(super) fn start_telling(&mut self) {
        if io::stderr().is_terminal() {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{elapsed_precise} {wide_msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(PATIENCE);
            self.progress = Some(Progress { bar, started: Instant::now() });
        }
    }

    pub(super) fn tell(&self, text: &str) {
        if let Some(progress) = &self.progress {
            progress.bar.set_message(visible(text).into_owned());
        }
    }

    pub(super) fn end_progress(&mut self) {
        if let Some(progress) = self.progress.take() {
            progress.bar.finish_and_clear();
        }
    }

    /// Whether the help or a mistake in the arguments, which come before `--color` is known, may
    /// be coloured.
    pub(super) fn colour_for_usage(&self, to_error: bool) -> bool {
        let choice = match to_error {
            true => AutoStream::choice(&io::stderr()),
            false => AutoStream::choice(&io::stdout()),
        };
        choice != ColorChoice::Never
    }

    /// Flushes; an error unless everything was written or the reader simply went away.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        let failure = self.failure.take().map_or(flushed, Err);
        match failure {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                self.error(&format!("error: cannot write to standard output: {error}\n"));
                Err(error)
            }
            _ => Ok(()),
        }
    }
}

/// What `--color`, `NO_COLOR` and the terminal together mean for standard output.
pub(super) fn colour(choice: clap::ColorChoice) -> Colour {
    let coloured = match choice {
        clap::ColorChoice::Always => true,
        clap::ColorChoice::Never => false,
        clap::ColorChoice::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
    };
    if coloured { Colour::Coloured } else { Colour::Plain }
}
