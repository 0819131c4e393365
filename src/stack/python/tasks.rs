//! Tasks of asyncio, with the coroutines that each waits in.
//!
//! A suspended coroutine is on no thread's stack. The tasks are found where `asyncio.tasks` keeps them, a task's coroutine in
//! the task, and what a coroutine awaits on top of the values of its frame.

use serde::Serialize;

use super::Interpreters;
use super::chain::{collect, follow};
use super::cpython::Cpython;
use super::frames::{self, OwnedFrame};
use super::layout::Field;
use super::objects::repr::Limits;
use super::threads::InterpreterState;
use crate::stack::PythonFrame;

/// A task of asyncio that has not ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AsyncTask {
    /// Address of the object.
    pub address: u64,
    /// Name, since 3.8.
    pub name: Option<String>,
    /// Whether it ran: then its frames stand in the stack of a thread, too.
    pub running: bool,
    /// The coroutines that await one another, innermost first.
    pub frames: Vec<PythonFrame>,
    /// What the innermost awaits, as `repr` of it; `None` for what runs or cannot be read.
    pub awaits: Option<String>,
}

/// Tasks of an interpreter that are listed.
const MOST_TASKS: usize = 4096;

/// Entries of a set that are looked at.
const MOST_ENTRIES: u64 = 1 << 20;

/// Coroutines that await one another; the limit of recursion holds for them.
const MOST_AWAITED: usize = 1024;

/// Members of a task that are looked at.
const MOST_WORDS: u64 = 64;

/// `asyncio.tasks._all_tasks` of 3.7 to 3.11 (3.6 keeps it in the class, which is not looked at), `_scheduled_tasks` since
/// 3.12: `WeakSet`s.
const SETS: [&str; 2] = ["_all_tasks", "_scheduled_tasks"];

impl Interpreters<'_, '_> {
    /// The tasks of an interpreter, by address; none where asyncio was not imported.
    pub(super) fn tasks(&self, interpreter: &InterpreterState) -> Vec<AsyncTask> {
        let threads = interpreter.threads.iter();
        let linked = threads.flat_map(|thread| linked_tasks(&self.python, thread.address));
        let kept = kept_tasks(&self.python, interpreter.address);
        let mut addresses: Vec<_> = kept.into_iter().chain(linked).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let tasks = addresses.into_iter().filter_map(|task| self.task(task));
        tasks.take(MOST_TASKS).collect()
    }

    fn task(&self, task: u64) -> Option<AsyncTask> {
        let python = &self.python;
        let (coroutine, name) = coroutine(python, task)?;
        // Outermost first; one that has ended has none.
        let (owned, _) = collect(coroutine, MOST_AWAITED, |at| {
            let owned = frames::of_generator(python, at)?;
            let inner = owned.awaits.and_then(|object| generator_of(python, object));
            Some((owned, Some(inner.unwrap_or(0))))
        });
        let &OwnedFrame {
            running, awaits, ..
        } = owned.last()?;
        let mut frames: Vec<_> = owned.into_iter().rev().map(|owned| owned.frame).collect();
        for frame in &mut frames {
            self.add_source(frame);
        }
        let awaits = awaits.map(|object| awaited(python, object));
        let text = [&name, &awaits].into_iter().flatten().map(String::len);
        python.memory.budget.take_text(text.sum())?;
        Some(AsyncTask {
            address: task,
            name,
            running,
            frames,
            awaits,
        })
    }
}

/// The tasks in the sets that `asyncio.tasks` keeps.
fn kept_tasks(python: &Cpython<'_, '_>, interpreter: u64) -> Vec<u64> {
    let modules = python.pointer(interpreter, Field::InterpreterModules);
    let module = modules.and_then(|modules| python.dict_get(modules, "asyncio.tasks"));
    let Some(module) = module else {
        return Vec::new();
    };
    let sets = SETS
        .iter()
        .filter_map(|name| python.attribute(module, name));
    let references = sets.filter_map(|set| elements(python, python.attribute(set, "data")?));
    let tasks = references.flatten().filter_map(|reference| {
        let is_weak = python.type_name(reference)?.starts_with("weakref");
        python
            .pointer(reference, Field::WeakReferenceObject)
            .filter(|_| is_weak)
    });
    tasks.collect()
}

/// The tasks that a thread state lists since 3.14 (`Include/internal/pycore_tstate.h`, `asyncio_tasks_head`). Where in a task
/// its link stands is told by no interpreter: the task is the nearest object of that type before it.
fn linked_tasks(python: &Cpython<'_, '_>, thread: u64) -> Vec<u64> {
    let Some(head) = python.at(thread, Field::ThreadTasks) else {
        return Vec::new();
    };
    let next = |at| {
        python
            .memory
            .word(at)
            .map(|next| if next == head { 0 } else { next })
    };
    let (nodes, _) = follow(next(head).unwrap_or(0), MOST_TASKS, next);
    let task = |node: u64| {
        let mut starts = (2..MOST_WORDS).filter_map(|words| node.checked_sub(words * 8));
        starts.find(|&start| is_task(python, start))
    };
    nodes.into_iter().filter_map(task).collect()
}

/// The objects in a set (`Include/setobject.h`: entries of a key and its hash).
fn elements(python: &Cpython<'_, '_>, set: u64) -> Option<Vec<u64>> {
    if python.type_name(set)? != "set" {
        return None;
    }
    let table = python.pointer(set, Field::SetTable)?;
    let entries = python
        .word(set, Field::SetMask)?
        .checked_add(1)?
        .min(MOST_ENTRIES);
    let keys = (0..entries).map_while(move |at| python.memory.word(table.checked_add(at * 16)?));
    Some(keys.filter(|&key| key != 0).collect())
}

/// The coroutine of a task, and the task's name. Of the task of `_asyncio`, whose layout no interpreter tells, the member
/// that is a coroutine is taken; the name follows it, as a number until it is asked for (`Modules/_asynciomodule.c`,
/// `TaskObj`, of v3.8.18 to v3.13.0).
fn coroutine(python: &Cpython<'_, '_>, task: u64) -> Option<(u64, Option<String>)> {
    if let Some(coroutine) = python.attribute(task, "_coro") {
        let name = python
            .attribute(task, "_name")
            .and_then(|name| python.string(name));
        return Some((coroutine, name));
    }
    let size = python.word(python.type_of(task)?, Field::TypeBasicSize)?;
    let places = (2..(size / 8).min(MOST_WORDS)).filter_map(|word| task.checked_add(word * 8));
    let mut members = places.filter_map(|place| Some((place, python.memory.pointer(place)?)));
    let (place, coroutine) = members.find(|&(_, member)| is_generator(python, member))?;
    let name = python.memory.pointer(place.checked_add(8)?);
    let name = name.and_then(|name| {
        let number = || {
            python
                .int_value(name)
                .map(|number| format!("Task-{number}"))
        };
        python.string(name).or_else(number)
    });
    Some((coroutine, name))
}

fn is_generator(python: &Cpython<'_, '_>, object: u64) -> bool {
    let name = python.type_name(object);
    matches!(
        name.as_deref(),
        Some("coroutine" | "generator" | "async_generator")
    )
}

/// The coroutine or generator behind what is awaited: itself, or the one that an iterator over it holds as its first member
/// (`Objects/genobject.c`: `cw_coroutine`, `ags_gen`, `agt_gen`).
fn generator_of(python: &Cpython<'_, '_>, object: u64) -> Option<u64> {
    if is_generator(python, object) {
        return Some(object);
    }
    let name = python.type_name(object)?;
    let holds = matches!(
        name.as_str(),
        "coroutine_wrapper" | "async_generator_asend" | "async_generator_athrow"
    );
    let first = first_member(python, object).filter(|_| holds)?;
    is_generator(python, first).then_some(first)
}

/// The member behind an object's head.
fn first_member(python: &Cpython<'_, '_>, object: u64) -> Option<u64> {
    python
        .memory
        .pointer(python.at(object, Field::ObjectType)?.checked_add(8)?)
}

/// `FutureIter` stands for the future that it holds.
fn awaited(python: &Cpython<'_, '_>, object: u64) -> String {
    let is_iterator = python
        .type_name(object)
        .is_some_and(|name| name.ends_with("FutureIter"));
    let future = first_member(python, object).filter(|_| is_iterator);
    let future = future.unwrap_or(object);
    match coroutine(python, future) {
        Some((_, Some(name))) if is_task(python, future) => format!("task {name}"),
        _ => python.repr(future, Limits::VARIABLE),
    }
}

fn is_task(python: &Cpython<'_, '_>, object: u64) -> bool {
    python
        .type_name(object)
        .is_some_and(|name| name.ends_with("Task"))
}
