//! `jettison verify` from end to end: images are built before and after, and each kind of damage is seen.
//!
//! No engine is needed: `engine/` answers as `docker` does. With `JETTISON_TEST_ENGINE=docker` some of it is done
//! again with a real one, which has to have `busybox`, or to be able to get it.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "everything here is a test")]

mod bench;
mod command;
mod damage;
mod elf;
mod fake;
mod faults;
mod interrupts;
#[path = "../cli/json_schema.rs"]
mod json_schema;
mod project;
mod real;
mod settling;
mod verdicts;
