//! Reading INPUT: a file or standard input, bounded, and a clear word for what is no text.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use super::failure::Failure;
use super::ui::Ui;
use crate::evidence::{Evidence, Problem, text};

/// The longest text that is read. A report of this size holds thousands of stacks.
const LONGEST: u64 = 64 << 20;

/// Reads the evidence in `path`; `-` is standard input.
pub(super) fn read(path: &Path) -> Result<Evidence, Failure> {
    let (bytes, cut) = bytes(path)?;
    refuse_binary(path, &bytes)?;
    let mut evidence = text::read(&bytes);
    if cut {
        let what = format!("only the first {} MiB were read", LONGEST >> 20);
        evidence.problems.push(Problem { line: None, what });
    }
    if evidence.stacks.is_empty() && !evidence.facts.has_failure() {
        let failure = nothing_found(path);
        return Err(lines(&evidence).fold(failure, Failure::hint));
    }
    Ok(evidence)
}

fn bytes(path: &Path) -> Result<(Vec<u8>, bool), Failure> {
    let failed = |error| Failure::new(format!("{} cannot be read: {error}", path.display()));
    if path.is_dir() {
        return Err(
            Failure::new(format!("{} is a folder, not a report", path.display())).hint(
                "give one file, or a text on standard input: coredumpctl info | fixtrail triage -",
            ),
        );
    }
    let mut bytes = Vec::new();
    let count = if path.as_os_str() == "-" {
        stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
    }
    .map_err(failed)?;
    let cut = count as u64 > LONGEST;
    bytes.truncate(usize::try_from(LONGEST).unwrap_or(usize::MAX));
    Ok((bytes, cut))
}

/// Formats that are no text, by their first bytes.
const BINARY: [(&[u8], &str); 6] = [
    (b"\x7fELF", "an ELF file"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"\x04\x22\x4d\x18", "compressed with lz4"),
    (b"\xfd7zXZ\0", "compressed with xz"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"MDMP", "a minidump"),
];

fn refuse_binary(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let known = BINARY
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, what)| *what);
    let sample = &bytes[..bytes.len().min(64 << 10)];
    let utf16 = sample.starts_with(b"\xff\xfe") || sample.starts_with(b"\xfe\xff");
    let control = sample
        .iter()
        .filter(|&&byte| byte < 9 || (14..27).contains(&byte))
        .count();
    let what = match known {
        Some(what) => what,
        // Of random bytes, one in twelve.
        None if !utf16 && control * 20 > sample.len() => "binary",
        None => return Ok(()),
    };
    Err(Failure::new(format!("{} is {what}, not the text of a stack", path.display())).hint(
        "print its stack first: coredumpctl info PID, or gdb -batch -ex 'thread apply all bt' EXE CORE",
    ))
}

fn nothing_found(path: &Path) -> Failure {
    let what = "stacks of gdb, coredumpctl, eu-stack, lldb, sanitizers, valgrind, faulthandler, py-bt, pystack and \
                py-spy, Python tracebacks, and assertion or fatal error lines were looked for";
    Failure::new(format!("there is no stack in {}: {what}", path.display()))
        .hint("make one: coredumpctl info PID, gdb -p PID -batch -ex 'thread apply all bt', or py-spy dump --native -p PID")
}

/// Says what of the input could not be read.
pub(super) fn notes(evidence: &Evidence, ui: &Ui) {
    lines(evidence).for_each(|line| ui.note(&line));
}

fn lines(evidence: &Evidence) -> impl Iterator<Item = String> {
    evidence.problems.iter().map(|problem| match problem.line {
        Some(line) => format!("line {line}: {}", problem.what),
        None => problem.what.clone(),
    })
}
