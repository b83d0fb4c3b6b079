//! The command `jettison`.

use jettison::{cli, transforms::PIPELINE};
use std::process::ExitCode;

/// A quarter of the time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr());
    ExitCode::from(cli::run(std::env::args_os(), PIPELINE, &mut out, &mut err))
}
