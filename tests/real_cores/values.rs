//! Variables of a dead process: what is shown of each is what the process itself said before it died.

use std::collections::BTreeMap;
use std::path::Path;

use fixtrail::Case;
use fixtrail::stack::{Frame, PythonFrame};

use super::tools;
use crate::support::cores;

/// Variables that the script has beside those that it describes.
const OTHERS: [&str; 2] = ["instead", "variables"];

with_pythons!(check);

fn check(program: &Path, _: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/values.py");
    let Some(core) = cores::of_crash(folder.path(), program, &[script]) else {
        return;
    };
    let said = std::fs::read_to_string(folder.path().join("values.txt")).expect("what it said");
    let said = said.lines().filter_map(|line| line.split_once('\t'));
    let said: BTreeMap<&str, &str> = said.collect();
    assert!(said.len() > 50, "{said:?}");
    let ours = tools::with_variables(&core);
    let frame = frame_of(&ours, "body");
    let names = frame
        .arguments
        .iter()
        .map(|argument| argument.name.as_str());
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["first", "second", "args", "kwargs"]
    );
    let hidden_case = tools::ours(&core);
    let hidden = frame_of(&hidden_case, "body");
    assert!(
        hidden.arguments.is_empty() && hidden.locals.is_empty(),
        "{hidden:?}"
    );
    let shown = frame.arguments.iter().chain(&frame.locals);
    let shown = shown.map(|argument| (argument.name.as_str(), argument.value.as_str()));
    let shown: BTreeMap<&str, &str> = shown.filter(|(name, _)| !OTHERS.contains(name)).collect();
    assert_eq!(shown, said);
    assert!(
        shows_types(&hidden_case),
        "no native argument is told to be an object"
    );
}

/// Whether native arguments are told to be what every run of a script is called with.
fn shows_types(case: &Case) -> bool {
    let natives = frames(case).filter_map(Frame::native);
    let mut arguments = natives.flat_map(|native| &native.arguments);
    arguments.any(|argument| argument.value.starts_with("<code object at 0x"))
}

fn frames(case: &Case) -> impl Iterator<Item = &Frame> {
    let threads = case.process.threads.iter();
    threads.flat_map(|thread| &thread.frames)
}

/// The frame of a function.
fn frame_of<'c>(case: &'c Case, function: &str) -> &'c PythonFrame {
    let mut python = frames(case).filter_map(|frame| match frame {
        Frame::Python(python) => Some(python),
        Frame::Native(native) => native.python.as_ref(),
        _ => None,
    });
    let is_it = |frame: &&PythonFrame| frame.function.as_deref() == Some(function);
    python.find(is_it).expect("the frame")
}
