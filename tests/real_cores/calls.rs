//! Calls from Python through C to Python: the frames of both must stand in the order of the calls.

use std::collections::BTreeMap;
use std::path::Path;

use fixtrail::stack::{DebugFiles, Frame, PythonFrame, Thread};

use super::stripped::{copy_modules, stripped};
use super::tools;
use crate::support::cores;
use crate::support::tools::tool;

/// The order that is expected of each.
const WAYS: &str = include_str!("calls/ways.txt");

/// Ways of 3.9 whose callers only arguments lead to, which a stripped interpreter has none of.
const HIDE_CALLERS: [&str; 2] = ["delegates_throw", "cancels_task"];

with_pythons!(check, and of Debian);

fn check(program: &Path, version: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/calls/run.py");
    let Some(core) = cores::of_crash(folder.path(), program, &[script]) else {
        return;
    };
    let ours = tools::ours(&core);
    let ways = ways(version);
    compare(ours.process.threads.iter(), &ways, version);
    if tool("strip").is_none() {
        return;
    }
    // Without debug information no arguments show what a call of the loop runs, nor are C functions named.
    let sysroot = folder.path().join("stripped");
    copy_modules(&ours, &sysroot, stripped);
    let debug_files = DebugFiles {
        sysroot: Some(sysroot),
        ..DebugFiles::default()
    };
    let ours = tools::read(&core, &debug_files);
    let hidden = |name: &str| series(version) == [3, 9] && HIDE_CALLERS.contains(&name);
    let ways = ways.into_iter().filter(|(name, _)| !hidden(name));
    let ways = ways.map(|(name, way)| {
        let calls = way.split(' ').filter(|call| !call.ends_with("()"));
        (name, calls.collect::<Vec<_>>().join(" "))
    });
    let threads = ours.process.threads.iter();
    let threads = threads.filter(|thread| !thread.gaps.iter().any(|gap| gap.why.contains("throw")));
    compare(threads, &ways.collect(), &format!("{version}, stripped"));
}

fn compare<'t>(all: impl Iterator<Item = &'t Thread>, ways: &Ways, version: &str) {
    let mut threads = BTreeMap::new();
    for thread in all {
        let calls = calls(thread);
        let outermost = calls.iter().rfind(|call| call.own);
        let name = outermost.map_or("", |call| &call.name).to_owned();
        assert!(!threads.contains_key(&name), "{version}: {name} twice");
        threads.insert(name, calls);
    }
    let mut wrong = Vec::new();
    for (name, way) in ways {
        match threads.remove(*name) {
            Some(calls) => wrong.extend(differs(&calls, way).map(|why| format!("{name}: {why}"))),
            None => wrong.push(format!("{name} has no thread")),
        }
    }
    assert!(wrong.is_empty(), "{version}: {wrong:#?}");
    assert!(threads.is_empty(), "{version}: {threads:#?}");
}

/// Calls by their outermost Python functions.
type Ways = BTreeMap<&'static str, String>;

/// The ways that a version has, by their outermost Python functions.
fn ways(version: &str) -> BTreeMap<&'static str, String> {
    let mut ways = BTreeMap::new();
    for line in WAYS.lines().filter(|line| !line.starts_with('#')) {
        let (since, way) = line.split_once(' ').expect("a version and calls");
        if series(since) <= series(version) {
            let mut calls = way.split(' ').rev();
            let name = calls.find(|call| !call.ends_with("()"));
            ways.insert(name.expect("a Python function"), way.trim().to_owned());
        }
    }
    let again = " <lambda> listsort()|list_sort_impl() builtin_sorted() recursion";
    let way = format!("bottom recursion{} recurses", again.repeat(50));
    ways.insert("recurses", way);
    ways
}

fn series(version: &str) -> Vec<u32> {
    let numbers = version.split('.').take(2);
    numbers
        .map(|number| number.parse().expect("a number"))
        .collect()
}

/// A call as it stands in a stack.
#[derive(Debug)]
struct Call {
    /// Without what qualifies it; a C function has brackets.
    name: String,
    /// Whether it is one that no way may leave out.
    own: bool,
}

/// The calls of a thread. A mark between frames, or a stack that ends early, is none that any way has.
fn calls(thread: &Thread) -> Vec<Call> {
    let mut calls = Vec::new();
    for frame in &thread.frames {
        match frame {
            Frame::Native(native) => match &native.python {
                Some(python) => calls.push(python_call(python)),
                None => calls.push(Call {
                    name: format!("{}()", native.function.as_deref().unwrap_or_default()),
                    own: false,
                }),
            },
            Frame::Python(python) => calls.push(python_call(python)),
            Frame::Marker { text } => calls.push(Call {
                name: text.clone(),
                own: true,
            }),
            Frame::Signal => {}
        }
    }
    calls.extend(thread.gaps.iter().map(|gap| Call {
        name: gap.why.clone(),
        own: true,
    }));
    calls
}

fn python_call(frame: &PythonFrame) -> Call {
    let name = frame.function.as_deref().unwrap_or_default();
    let file = frame.file.as_deref().unwrap_or_default();
    Call {
        name: name.rsplit('.').next().unwrap_or(name).to_owned(),
        // All others are of the standard library.
        own: file.contains("real_cores/calls/")
            || !file.starts_with('/') && !file.starts_with("<frozen "),
    }
}

/// Where calls are not those of a way.
fn differs(calls: &[Call], way: &str) -> Option<String> {
    let mut rest = calls.iter();
    for step in way.split(' ') {
        let is_step = |call: &&Call| step.split('|').any(|name| name == call.name);
        match rest.find(|call| call.own || is_step(call)) {
            Some(call) if is_step(&call) => {}
            Some(call) => return Some(format!("{} stands before {step}", call.name)),
            None => return Some(format!("{step} is missing")),
        }
    }
    let more = rest.find(|call| call.own)?;
    Some(format!("{} stands outside of all", more.name))
}
