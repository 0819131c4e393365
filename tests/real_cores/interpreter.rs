//! What the interpreter of a core knows: locks, exceptions, garbage collection, recursion, imports, shutdown.

use std::path::Path;

use fixtrail::Case;
use fixtrail::evidence::InterpreterFact;
use fixtrail::stack::Thread;
use fixtrail::stack::python::{ExceptionChain, ExceptionLink, GilRole, PythonThread, WaitKind};

use super::tools;
use crate::support::cores;

/// Its name, whether this Python can have it, and what must be seen.
type State = (&'static str, bool, fn(&Case, bool));

/// Runs the script of each state with a Python, and looks.
fn check(program: &Path, version: &str) {
    let series = version
        .rsplit_once('.')
        .map_or(version, |(series, _)| series);
    let three = !series.starts_with('2');
    let states: [State; 9] = [
        ("locks", true, locks),
        ("collects", true, collects),
        ("handles", true, handles),
        ("causes", three, causes),
        ("circles", three, circles),
        ("recurses", true, recurses),
        ("imports", three, imports),
        ("import_locks", three, import_locks),
        ("finalizes", three, finalizes),
    ];
    for (state, there, look) in states {
        if !there {
            continue;
        }
        let Some(case) = died(program, state) else {
            return;
        };
        let python = case.process.python.as_ref().expect(state);
        assert_eq!(python.series, series, "{state}");
        // 3.6 makes the lock with the second thread.
        let locked = series != "3.6" || state.ends_with("locks");
        assert_eq!(main(&case).gil, locked.then_some(GilRole::Holds), "{state}");
        look(&case, three);
    }
}

with_pythons!(check);

fn died(program: &Path, state: &str) -> Option<Case> {
    let folder = tempfile::tempdir().expect("a folder");
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/real_cores/interpreter.py"
    );
    let core = cores::of_crash(folder.path(), program, &[script, state])?;
    Some(tools::ours(&core))
}

fn main(case: &Case) -> &PythonThread {
    case.process.threads[0]
        .python
        .as_ref()
        .expect("a thread state")
}

fn named<'c>(case: &'c Case, name: &str) -> &'c Thread {
    let mut threads = case.process.threads.iter();
    let is_it = |thread: &&Thread| {
        let python = thread.python.as_ref();
        python.is_some_and(|python| python.name.as_deref() == Some(name))
    };
    threads
        .find(is_it)
        .unwrap_or_else(|| panic!("a thread {name}"))
}

fn locks(case: &Case, _: bool) {
    let wait = |name| {
        let python = named(case, name).python.as_ref();
        python
            .and_then(|python| python.waits_for.clone())
            .expect(name)
    };
    let (one, two) = (wait("one"), wait("two"));
    assert_eq!(
        (one.kind, two.kind),
        (WaitKind::ReentrantLock, WaitKind::ReentrantLock)
    );
    assert_eq!(one.holder_tid, named(case, "two").tid);
    assert_eq!(two.holder_tid, named(case, "one").tid);
    let joins = wait("joins");
    assert_eq!(
        (joins.kind, joins.name.as_deref()),
        (WaitKind::Thread, Some("one"))
    );
    assert_eq!(joins.holder_tid, named(case, "one").tid);
    assert_eq!(wait("waits").kind, WaitKind::Condition);
    let locks = wait("locks");
    assert_eq!((locks.kind, locks.holder), (WaitKind::Lock, None));
    assert!(locks.address.is_some());
    assert_eq!(main(case).waits_for, None);
    let deadlocked = case.facts.interpreter.contains(&InterpreterFact::Deadlock);
    assert!(deadlocked, "{:?}", case.facts.interpreter);
}

fn collects(case: &Case, _: bool) {
    let python = case.process.python.as_ref().expect("an interpreter");
    assert_eq!(python.interpreters[0].collecting, Some(true));
    assert_eq!(case.facts.interpreter, [InterpreterFact::CollectingGarbage]);
}

/// Types, messages and links of a chain.
fn shown(chain: &ExceptionChain) -> Vec<(&str, Option<&str>, ExceptionLink)> {
    let exceptions = chain.exceptions.iter();
    exceptions
        .map(|each| (each.type_name.as_str(), each.message.as_deref(), each.link))
        .collect()
}

fn handles(case: &Case, three: bool) {
    let handled = &main(case).handled;
    let value = ("ValueError", Some("a value"), ExceptionLink::First);
    let key = ("KeyError", Some("'key'"), ExceptionLink::Context);
    let expected = if three { vec![value, key] } else { vec![value] };
    assert_eq!(shown(&handled[0]), expected);
    let mut lines = include_str!("interpreter.py").lines();
    let line = lines.position(|line| line.contains("raise ValueError(\"a value\")"));
    let line = u32::try_from(line.expect("a line") + 1).expect("a number");
    let entry = &handled[0].exceptions[0].traceback[0];
    assert_eq!(
        (entry.function.as_deref(), entry.line),
        (Some("handles"), Some(line))
    );
    assert_eq!(main(case).raised, None);
    let first = &case.facts.exceptions[0];
    assert_eq!(
        (first.type_name.as_str(), first.in_flight),
        ("ValueError", true)
    );
}

fn causes(case: &Case, _: bool) {
    let handled = &main(case).handled;
    let expected = [
        ("RuntimeError", Some("caused"), ExceptionLink::First),
        (
            "FileNotFoundError",
            Some("[Errno 2] gone"),
            ExceptionLink::Cause,
        ),
    ];
    assert_eq!(shown(&handled[0]), expected);
    assert_eq!(handled[0].cycle, None);
}

fn circles(case: &Case, _: bool) {
    let chain = &main(case).handled[0];
    let expected = [
        ("RuntimeError", Some("first"), ExceptionLink::First),
        ("ValueError", Some("outer"), ExceptionLink::Context),
        ("KeyError", Some("'inner'"), ExceptionLink::Context),
    ];
    assert_eq!(shown(chain), expected);
    assert_eq!(chain.cycle.map(|cycle| cycle.back_to), Some(1));
    assert_eq!(case.facts.interpreter, [InterpreterFact::ExceptionCycle]);
}

fn recurses(case: &Case, _: bool) {
    let recursion = main(case).recursion.expect("a depth");
    assert_eq!(recursion.limit, 190);
    assert!((180..=190).contains(&recursion.depth), "{recursion:?}");
    assert_eq!(
        case.facts.interpreter,
        [
            InterpreterFact::RecursionLimit,
            InterpreterFact::DeepRecursion
        ]
    );
}

fn imports(case: &Case, _: bool) {
    assert_eq!(main(case).importing, ["crashes_at_import"]);
    assert_eq!(case.facts.interpreter, [InterpreterFact::Importing]);
}

fn import_locks(case: &Case, _: bool) {
    let (first, second) = (named(case, "first"), named(case, "second"));
    let imports = &first.python.as_ref().expect("a thread state").importing;
    assert_eq!(imports, &["sleeps_at_import"]);
    let waits = second
        .python
        .as_ref()
        .and_then(|python| python.waits_for.as_ref());
    let waits = waits.expect("a lock");
    assert_eq!(
        (waits.kind, waits.name.as_deref()),
        (WaitKind::ImportLock, Some("sleeps_at_import"))
    );
    assert_eq!(waits.holder_tid, first.tid);
}

fn finalizes(case: &Case, _: bool) {
    let python = case.process.python.as_ref().expect("an interpreter");
    assert_eq!(python.finalizing, Some(true));
    assert!(
        case.facts
            .interpreter
            .contains(&InterpreterFact::Finalizing)
    );
}
