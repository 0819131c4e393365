//! Usage: cargo bench --bench query -- INDEX TEXT...
//!
//! Times the way from a read text to its ranked fixes in one process, the index warm: signature, query, search, ranking,
//! lines of the clone included. Prints the median and the largest over the texts, each the median of five.
#![expect(clippy::print_stdout, reason = "a benchmark's answer")]

use std::time::{Duration, Instant};

use fixtrail::routing::Routes;
use fixtrail::{Asked, Case, evidence, triage};
use fixtrail_index::{CPYTHON, Searcher, Upstreams};

const RUNS: usize = 5;

fn main() {
    // `cargo bench` adds a flag of its own.
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let Some((index, texts)) = args.split_first().filter(|(_, texts)| !texts.is_empty()) else {
        return println!("usage: cargo bench --bench query -- INDEX TEXT...");
    };
    let store = Upstreams::at(index.as_ref()).store(CPYTHON);
    let generation = store.and_then(|store| store.current()).expect("an index");
    let searcher = Searcher::open(generation).expect("a sound index");
    let mut medians: Vec<Duration> = texts.iter().map(|text| median(text, &searcher)).collect();
    medians.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        "query of {} texts: median {:.1} ms, largest {:.1} ms",
        medians.len(),
        milliseconds(medians[medians.len() / 2]),
        milliseconds(medians[medians.len() - 1])
    );
}

fn median(path: &str, searcher: &Searcher) -> Duration {
    let text = std::fs::read(path).expect(path);
    let case = Case::from_text(evidence::text::read(&text));
    let searchers = std::slice::from_ref(searcher);
    let ask = || {
        let case = case.clone();
        let begin = Instant::now();
        triage(case, searchers, Routes::built_in(), Asked::new(None, 5)).expect("a sound index");
        begin.elapsed()
    };
    let mut times: Vec<Duration> = (0..=RUNS).map(|_| ask()).skip(1).collect();
    times.sort_unstable();
    times[RUNS / 2]
}
