//! The `fixtrail` command.

fn main() {}
