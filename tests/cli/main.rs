//! The command line, as a user meets it. One test for each behaviour.

#![expect(clippy::unwrap_used, reason = "everything here is a test")]

mod add_ignore;
mod agreement;
mod bad_input;
mod codemods;
mod configuration;
mod configuration_page;
mod context;
mod files;
mod formats;
mod git;
mod help;
mod ignore_files;
mod init;
mod json_schema;
mod preview;
mod schema;
mod shard;
mod standard_input;
mod stream;
mod support;
mod writing;
