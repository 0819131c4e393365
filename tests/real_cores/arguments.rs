//! Arguments of functions, as gdb has them. Only values that are certain are shown.

use std::process::Command;

use super::compiled::{Compiled, frame};
use super::tools;
use crate::support::tools::tool;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/arguments.c");

/// gdb's words for the values that we write in another way.
fn as_ours(value: &str) -> String {
    // `200 '\310'`, `(int *) 0x0`, `0x5581 "text"`.
    let value = value.split_once(" '").map_or(value, |(number, _)| number);
    let value = value
        .rsplit_once(") ")
        .map_or(value, |(_, pointer)| pointer);
    match value {
        "GREEN" => "7".to_owned(),
        value => value.to_owned(),
    }
}

/// The value of an expression in the innermost frame.
fn printed(program: &Compiled, core: &std::path::Path, name: &str) -> Option<String> {
    let output = Command::new(tool("gdb")?)
        .args(["-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex"])
        .arg(format!("print {name}"))
        .args([&program.program, core])
        .output();
    let said = String::from_utf8(output.expect("gdb").stdout).expect("text");
    let (_, value) = said.lines().last()?.split_once(" = ")?;
    (value != "<optimized out>").then(|| as_ours(value))
}

#[test]
fn as_gdb_has_them() {
    for optimisation in ["-O0", "-O1", "-O2", "-Og"] {
        let Some(program) = Compiled::new("cc", SOURCE, &[optimisation]) else {
            return;
        };
        let Some(core) = program.crash(&[]) else {
            return;
        };
        let case = tools::ours(&core);
        let arguments = &frame(&case, "takes").arguments;
        for name in [
            "number", "small", "text", "yes", "colour", "pointer", "wide",
        ] {
            let ours = arguments.iter().find(|argument| argument.name == name);
            let Some(theirs) = printed(&program, &core, name) else {
                // What gdb takes from the caller's frame (`DW_OP_entry_value`) it marks; without a mark it knows nothing.
                assert_eq!(ours, None, "{optimisation}");
                continue;
            };
            if let Some(ours) = ours {
                assert_eq!(ours.value, theirs, "{optimisation} {name}");
            } else {
                assert_ne!(optimisation, "-O0", "{name} is {theirs}");
            }
        }
        let shown = |name: &str| arguments.iter().any(|argument| argument.name == name);
        // Structures and floating-point numbers are not shown.
        assert!(!shown("real") && !shown("pair"), "{optimisation}");
        assert!(
            optimisation != "-O0" || arguments.len() == 7,
            "{arguments:?}"
        );
    }
}
