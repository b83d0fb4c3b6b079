//! The command line: arguments, files, configuration, git, the terminal and exit codes.
//!
//! It alone writes files and meets the terminal; only it and `project` read. It decides nothing about
//! Dockerfiles.

mod add_ignore;
mod arguments;
mod batch;
mod changed;
mod codemod;
mod codemods;
mod configuration;
mod effective;
mod context;
mod discover;
mod git;
mod ignore_files;
mod init;
mod migrate;
mod output;
mod read;
mod repositories;
mod settings;
mod shard;
mod single;
mod stream;
mod subcommands;
mod suggest;
mod template;
mod verify;
mod write;

use crate::transform::Transform;
use arguments::{Arguments, Subcommand};
use clap::{CommandFactory, FromArgMatches};
use output::Output;
use std::ffi::OsString;
use std::io::Write;
use subcommands::SchemaOf;

/// A request that cannot be carried out: what is wrong and what to do.
type Refusal = String;

/// Usage or input and output, as the table of exit codes says.
const FAILED: u8 = 2;

/// Runs one command line (the program's name first) over `transforms` and returns its exit code.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    transforms: &'static [&'static Transform],
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let mut output = Output::new(out, err);
    let parsed = arguments::command().try_get_matches_from(arguments).and_then(|matches| {
        let mut arguments = Arguments::from_arg_matches(&matches)?;
        if let Some(Subcommand::Migrate(wanted)) = &mut arguments.subcommand {
            wanted.keep_selection(&matches);
        }
        Ok(arguments)
    });
    let code = match parsed {
        Ok(arguments) => match dispatch(&arguments, transforms, &mut output) {
            Ok(code) => code,
            Err(refusal) => {
                output.error(&format!("error: {refusal}\n"));
                FAILED
            }
        },
        Err(error) => usage(&error, &mut output),
    };
    match output.finish() {
        Ok(()) => code,
        Err(_) => FAILED,
    }
}

fn dispatch(
    arguments: &Arguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    match &arguments.subcommand {
        Some(Subcommand::Explain { id, own }) => {
            let Some(known) = codemod::known(own, transforms, output)? else { return Ok(FAILED) };
            let transform = suggest::transform(id, &known)?;
            output.show(transform.guide.as_bytes());
        }
        Some(Subcommand::List(own)) => {
            let Some(transforms) = codemod::known(own, transforms, output)? else {
                return Ok(FAILED);
            };
            let width = transforms.iter().map(|it| it.id.len()).max().unwrap_or(0);
            for transform in transforms {
                output.show(format!("{:width$}  {}\n", transform.id, transform.summary).as_bytes());
            }
        }
        Some(Subcommand::Codemod(wanted)) => return codemod::run(wanted, transforms, output),
        Some(Subcommand::Config(wanted)) => return effective::run(wanted, transforms, output),
        Some(Subcommand::Init { folder }) => {
            return init::run(folder.as_deref(), transforms, output);
        }
        Some(Subcommand::Schema { of }) => {
            let schema = match of {
                SchemaOf::Configuration => configuration::form::schema(transforms),
                SchemaOf::Codemod => codemod::schema(),
            };
            output.show(schema.as_bytes());
        }
        Some(Subcommand::Context(wanted)) => return context::run(wanted, transforms, output),
        Some(Subcommand::Stream(wanted)) => return stream::run(wanted, transforms, output),
        Some(Subcommand::Verify(wanted)) => return verify::run(wanted, transforms, output),
        Some(Subcommand::Migrate(wanted)) => return migrate::run(wanted, transforms, output),
        Some(Subcommand::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "jettison", &mut script);
            output.show(&script);
        }
        Some(Subcommand::Man) => {
            let page = man().map_err(|error| format!("cannot make the man page: {error}"))?;
            output.show(&page);
        }
        None if arguments.stdin_filename.is_some() => {
            return single::run(arguments, transforms, output);
        }
        None => match arguments.verifying() {
            Some(wanted) => return verify::run(&wanted, transforms, output),
            None => return batch::run(arguments, transforms, output),
        },
    }
    Ok(0)
}

/// The examples and tables of the help keep their lines.
fn man() -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(arguments::command().after_help(None)).render(&mut page)?;
    let text = arguments::EXAMPLES.replace('\\', "\\\\").replace('-', "\\-");
    write!(page, ".SH EXAMPLES AND EXIT CODES\n.nf\n{text}\n.fi\n")?;
    Ok(page)
}

/// Help and version go to standard output, mistakes to standard error.
fn usage(error: &clap::Error, output: &mut Output<'_>) -> u8 {
    let coloured = output.colour_for_usage(error.use_stderr());
    let text = error.render();
    let text = if coloured { text.ansi().to_string() } else { text.to_string() };
    match error.use_stderr() {
        true => output.error(&text),
        false => output.show(text.as_bytes()),
    }
    u8::try_from(error.exit_code()).unwrap_or(FAILED)
}
