//! The command `jettison`.
fn main() {}
