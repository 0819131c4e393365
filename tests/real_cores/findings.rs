//! What is wrong in the memory of a core: named, with where it shows.

use std::path::Path;

use fixtrail::Case;
use fixtrail::evidence::InterpreterFact as Fact;

use super::tools;
use crate::support::cores;

fn check(program: &Path, version: &str) {
    for (state, expected, words) in [
        ("null", Fact::NullPointer, "the address 0x0 was used"),
        (
            "freed",
            Fact::FreedMemory,
            "memory that was freed holds that",
        ),
        ("miscounted", Fact::ReferenceCount, "references"),
        ("deep", Fact::DeepRecursion, "stands on the stack"),
    ] {
        // The hooks of 2.7 take another build.
        if state == "freed" && version.starts_with("2.") {
            continue;
        }
        let Some(case) = died(program, state) else {
            return;
        };
        let findings = &case.diagnosis.findings;
        let found = findings.iter().find(|finding| finding.kind == expected);
        let found = found.unwrap_or_else(|| panic!("{state}: {findings:?}"));
        assert!(found.what.contains(words), "{state}: {found:?}");
        assert_eq!(found.tid, case.process.threads[0].tid, "{state}");
        assert!(!found.frames.is_empty(), "{state}: {found:?}");
        assert!(case.facts.interpreter.contains(&expected), "{state}");
        assert_eq!(case.diagnosis.verdict, None, "{state}");
    }
}

with_pythons!(check);

fn died(program: &Path, state: &str) -> Option<Case> {
    let folder = tempfile::tempdir().expect("a folder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/findings.py");
    let program = program.to_str().expect("a path");
    // The hooks that fill memory which is freed.
    let args = ["PYTHONMALLOC=debug", program, script, state];
    let core = cores::of_crash(folder.path(), Path::new("/usr/bin/env"), &args)?;
    Some(tools::ours(&core))
}
