//! A tracker's export, from its bytes to records; those that are read keep their promises.
#![no_main]

use fixtrail::issues::{Place, read_records};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let place: Place = "https://bugzilla.example/".parse().expect("a tracker");
    let mut count = 0;
    let read = read_records(bytes, Some(&place), &mut |record| {
        count += 1;
        if let Ok(record) = record {
            assert!(!record.key.tracker.is_empty());
            assert_eq!(record.key.to_string().parse(), Ok(record.key.clone()));
        }
        Ok(())
    });
    // Bytes in memory can be read.
    read.expect("no error");
    assert!(count <= bytes.len() + 1);
});
