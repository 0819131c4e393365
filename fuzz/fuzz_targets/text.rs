//! A pasted text, from its bytes to the terms that are looked for.
#![no_main]

use fixtrail::{Case, evidence, query, report};
use fixtrail_index::code::CodeMap;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let evidence = evidence::text::read(bytes);
    for stack in &evidence.stacks {
        assert!(!stack.frames.is_empty() && stack.lines.start < stack.lines.end);
        assert!(stack.gaps.iter().all(|gap| gap.at <= stack.frames.len()));
    }
    let case = Case::from_text(evidence);
    let signature = case.signature();
    assert!(
        signature
            .frames
            .iter()
            .all(|frame| frame.weight.is_finite())
    );
    let query = query::query(&signature, &case.facts, &CodeMap::default());
    assert!(
        query
            .terms
            .iter()
            .all(|(clue, _)| *clue < query.clues.len())
    );
    drop(report::stack_text(&case.process, report::Frames::All));
    drop(report::signature_text(&signature, &case));
});
