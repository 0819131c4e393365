//! Tasks of asyncio, and the coroutines that await one another in them.

use std::path::Path;

use fixtrail::stack::CodeKind;
use fixtrail::stack::python::AsyncTask;

use super::tools;
use crate::support::cores;

fn check(program: &Path, _: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/tasks.py");
    let Some(core) = cores::of_crash(folder.path(), program, &[script]) else {
        return;
    };
    let case = tools::ours(&core);
    let python = case.process.python.as_ref().expect("an interpreter");
    let tasks = &python.interpreters[0].tasks;
    assert_eq!(tasks.len(), 4, "{tasks:?}");
    let main = in_coroutine(tasks, "main");
    assert!(main.running && main.awaits.is_none(), "{main:?}");
    let outer = in_coroutine(tasks, "outer");
    assert_eq!(names(outer), ["inner", "outer"]);
    assert!(
        outer
            .awaits
            .as_ref()
            .is_some_and(|object| object.contains("Future"))
    );
    assert_eq!(outer.frames[0].line, Some(7));
    let iterates = in_coroutine(tasks, "iterates");
    assert_eq!(names(iterates), ["sleep", "values", "iterates"]);
    let kinds = [
        CodeKind::Coroutine,
        CodeKind::AsyncGenerator,
        CodeKind::Coroutine,
    ];
    let seen: Vec<_> = iterates
        .frames
        .iter()
        .filter_map(|frame| frame.runs)
        .collect();
    assert_eq!(seen, kinds);
    let joins = in_coroutine(tasks, "joins");
    // 3.7 has no names.
    let awaited = outer.name.as_ref().map(|name| format!("task {name}"));
    assert!(
        awaited.is_none_or(|awaited| joins.awaits == Some(awaited)),
        "{joins:?}"
    );
}

fn names(task: &AsyncTask) -> Vec<&str> {
    let frames = task.frames.iter();
    frames
        .filter_map(|frame| frame.function.as_deref())
        .collect()
}

/// The task whose outermost coroutine has a name.
fn in_coroutine<'t>(tasks: &'t [AsyncTask], name: &str) -> &'t AsyncTask {
    let mut tasks = tasks.iter();
    tasks
        .find(|task| names(task).last() == Some(&name))
        .expect(name)
}

with_pythons! {
    check;
    python_3_7: "3.7";
    python_3_8: "3.8";
    python_3_9: "3.9";
    python_3_10: "3.10";
    python_3_11: "3.11";
    python_3_12: "3.12";
    python_3_13: "3.13";
}
