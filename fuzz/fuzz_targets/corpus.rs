//! Corpora: facts and whole fixes, from a file to an index in memory.
#![no_main]

use fixtrail_index::corpus::Embedded;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let corpus = Embedded::new("moon", bytes);
    corpus.manifest();
    corpus.in_memory();
});
