//! Examples that the history itself gives: fixes of crashes and hangs that bring a regression test, with a stack that such
//! a crash could have left.
//!
//! Of a fix the functions that it changes and the names on its tests' lines are used, and never a word of its message. The
//! stack is a walk through the call graph: up from a changed function through its callers to the interpreter loop, and in
//! some also down into what it calls, as crashes go. Under the loop stands the line of a test. Everything is chosen by the
//! fix's own hash, so that the same index gives the same stacks.

use std::slice;

use fixtrail_index::code::CodeMap;
use fixtrail_index::fixes::Fix;
use fixtrail_index::history::Purpose;
use fixtrail_index::{IndexError, Searcher, Version};

use super::examples::{Example, Origin, numbers, rows};
use crate::Asked;
use crate::case::Case;
use crate::eval::Difficulty;
use crate::evidence::{Facts, Signal, Tool};
use crate::random::SplitMix64;
use crate::routing::Routes;
use crate::stack::{Frame, NativeFrame, Process, PythonFrame, Thread};
use fixtrail_index::Progress;

/// A fix that changes more says little of where its crash was.
const MOST_FUNCTIONS: usize = 8;

/// How many callers a stack shows above the changed function.
const UP: usize = 6;

/// Examples of at most so many fixes, spread over the whole history.
///
/// # Errors
///
/// [`IndexError`] when the index is damaged.
pub fn of_history(
    searcher: &Searcher,
    most: usize,
    progress: &dyn Progress,
) -> Result<Vec<Example>, IndexError> {
    let mut chosen: Vec<(u64, Fix)> = Vec::new();
    searcher.each_fix(&mut |fix, _| {
        if is_telling(&fix) {
            chosen.push((seed(&fix), fix));
        }
    })?;
    chosen.sort_by_key(|(seed, _)| *seed);
    chosen.truncate(most);
    progress.phase("asking of the history", Some(chosen.len() as u64));
    let searchers = slice::from_ref(searcher);
    let numbers = numbers();
    let mut examples = Vec::new();
    for (seed, fix) in chosen {
        progress.advance(1);
        let mut random = SplitMix64::new(seed);
        let Some(case) = case_of(&fix, searcher.code(), &mut random) else {
            continue;
        };
        let version = before(&fix, searcher);
        let triage = crate::triage(
            case,
            searchers,
            Routes::built_in(),
            Asked::new(version.as_ref(), usize::MAX),
        )?;
        let id = fix.main().id;
        let right = |verdict: &crate::ranking::Verdict| verdict.fix.main().id == id;
        examples.push(Example {
            fix: id.to_string().chars().take(10).collect(),
            shape: "history".to_owned(),
            origin: Origin::History,
            difficulty: Difficulty::Plain,
            candidates: rows(&triage.ranking.verdicts, &numbers, right),
        });
    }
    Ok(examples)
}

/// Whether it is the fix of a crash or hang in C, with a test.
fn is_telling(fix: &Fix) -> bool {
    let changes = &fix.main().changes;
    let purposes = || changes.files.iter().map(|path| (path, Purpose::of(path)));
    let in_c = purposes().any(|(path, purpose)| purpose == Purpose::Code && path.ends_with(".c"));
    in_c && fix.main().on_main
        && !fix.kinds().is_empty()
        && !changes.tested.is_empty()
        && purposes().any(|(_, purpose)| purpose == Purpose::Test)
        && (1..=MOST_FUNCTIONS).contains(&changes.functions.len())
}

fn seed(fix: &Fix) -> u64 {
    u64::from_str_radix(&fix.main().id.to_string()[..16], 16).unwrap_or(0)
}

/// The newest release without the fix of the series that first had it.
fn before(fix: &Fix, searcher: &Searcher) -> Option<Version> {
    let first = searcher.first_releases(fix).into_iter().next()?;
    let older = searcher
        .releases()
        .iter()
        .filter(|version| **version < first);
    older.max().cloned()
}

fn case_of(fix: &Fix, code: &CodeMap, random: &mut SplitMix64) -> Option<Case> {
    let changes = &fix.main().changes;
    let known = |name: &&String| code.callers(name).next().is_some();
    let functions: Vec<&String> = changes.functions.iter().filter(known).collect();
    let start = functions.get(random.below(functions.len().max(1)))?;
    let mut names: Vec<String> = Vec::new();
    // Four in ten crash in what the changed function calls, one in ten where only its neighbour can be seen.
    let below: Vec<&str> = code.callees(start).collect();
    if !below.is_empty() && random.below(10) < 4 {
        names.push(below[random.below(below.len())].to_owned());
    }
    if names.is_empty() || random.below(10) < 8 {
        names.push((*start).clone());
    }
    let mut top = (*start).clone();
    for _ in 0..UP {
        let callers: Vec<&str> = code
            .callers(&top)
            .filter(|name| !names.iter().any(|known| known == name))
            .collect();
        if callers.is_empty() {
            break;
        }
        top = callers[random.below(callers.len())].to_owned();
        names.push(top.clone());
    }
    names.push("_PyEval_EvalFrameDefault".to_owned());
    let files = random.below(10) < 6;
    let native = |name: String| {
        let file = files
            .then(|| code.files(&name).next().map(str::to_owned))
            .flatten();
        Frame::Native(NativeFrame {
            function: Some(name),
            file,
            ..NativeFrame::default()
        })
    };
    let mut frames: Vec<Frame> = match random.below(4) {
        0 => Vec::new(),
        _ => names.into_iter().map(native).collect(),
    };
    frames.push(test_frame(fix, random));
    Some(Case {
        process: Process {
            threads: vec![thread(frames)],
            ..Process::default()
        },
        facts: Facts {
            signal: Some(Signal {
                number: Some(11),
                name: "SEGV".to_owned(),
                ..Signal::default()
            }),
            ..Facts::default()
        },
        ..Case::default()
    })
}

/// A line of a test: two or three of the names on the test's lines.
fn test_frame(fix: &Fix, random: &mut SplitMix64) -> Frame {
    let tested = &fix.main().changes.tested;
    let words: Vec<&str> = (0..2 + random.below(2))
        .map(|_| tested[random.below(tested.len())].as_str())
        .collect();
    Frame::Python(PythonFrame {
        function: Some("test_it".to_owned()),
        file: Some("/srv/test_it.py".to_owned()),
        line: Some(1),
        source: Some(words.join(" ")),
        ..PythonFrame::default()
    })
}

fn thread(frames: Vec<Frame>) -> Thread {
    Thread {
        number: Some(1),
        current: true,
        ..Thread::new(Tool::Gdb, frames)
    }
}
