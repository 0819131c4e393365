//! A pasted text, from its bytes to the terms that are looked for.
#![no_main]

use fixtrail::{evidence, query, report, signature, stack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let evidence = evidence::text::read(bytes);
    for stack in &evidence.stacks {
        assert!(!stack.frames.is_empty() && stack.lines.start < stack.lines.end);
        assert!(stack.gaps.iter().all(|gap| gap.at <= stack.frames.len()));
    }
    let process = stack::from_text(&evidence);
    let signature = signature::signature(&process, &evidence.facts);
    assert!(
        signature
            .frames
            .iter()
            .all(|frame| frame.weight.is_finite())
    );
    let query = query::query(&signature, &evidence.facts);
    assert!(
        query
            .terms
            .iter()
            .all(|(clue, _)| *clue < query.clues.len())
    );
    drop(report::stack_text(&process, &evidence));
    drop(report::signature_text(
        &signature,
        &process,
        &evidence.facts,
    ));
});
