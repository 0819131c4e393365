//! What a thread waits for, and who has it.

use serde::Serialize;

use super::cpython::Cpython;
use super::layout::Field;
use super::{PythonStack, frames};
use crate::stack::merge::is_loop;
use crate::stack::names::unqualified;
use crate::stack::{Frame, PythonFrame};

/// What a thread waits for, beside the GIL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// What it is.
    pub kind: WaitKind,
    /// The module that is imported, or the thread that is to end.
    pub name: Option<String>,
    /// The lock object.
    pub address: Option<u64>,
    /// `pthread_t` of the thread that has it, or that is to end; plain locks do not know theirs.
    pub holder: Option<u64>,
    /// The system's number of that thread.
    pub holder_tid: Option<u64>,
}

/// What can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitKind {
    /// `_thread.lock`.
    Lock,
    /// `_thread.RLock`, and the `threading._RLock` of 2.7.
    ReentrantLock,
    /// To be notified: `threading.Condition`, and what is built on it.
    Condition,
    /// The lock of a module that another thread imports.
    ImportLock,
    /// The end of a thread.
    Thread,
}

/// Native functions that wait for locks of Python code, in 2.7 to 3.15.
const LOCK: [&str; 5] = [
    "PyThread_acquire_lock",
    "PyThread_acquire_lock_timed",
    "PyThread_acquire_lock_timed_with_retries",
    "_PyMutex_LockTimed",
    "PyEvent_WaitTimed",
];

/// Values on the stack of a frame that are looked at; a call has fewer.
const MOST_VALUES: u64 = 64;

/// What a thread waits for: a lock, if the innermost native frames, up to the interpreter loop, wait for one.
/// `import_owner` is where the thread stands that has the lock of all imports, which Python 3 has not.
pub(super) fn of_thread(
    python: &Cpython<'_, '_>,
    native: &[Frame],
    stack: &PythonStack,
    import_owner: Option<u64>,
) -> Option<Wait> {
    let native = native
        .iter()
        .take_while(|frame| !is_loop(frame, python.series));
    let native: Vec<_> = native.collect();
    let names = || native.iter().filter_map(|frame| frame.function());
    if !names().any(|name| LOCK.contains(&name)) {
        return None;
    }
    if names().any(|name| name == "_PyImport_AcquireLock") {
        return Some(Wait {
            holder: import_owner.and_then(|at| python.memory.pointer(at)),
            ..plain(WaitKind::ImportLock)
        });
    }
    let lock = called_on(python, &native).or_else(|| on_stack(python, stack));
    let purpose = purpose(python, stack);
    let mut wait = purpose.or_else(|| Some(plain(lock_kind(python, lock?)?)))?;
    wait.address = lock;
    if wait.kind == WaitKind::ReentrantLock && wait.holder.is_none() {
        wait.holder = lock.and_then(|lock| python.pointer(lock, Field::RLockOwner));
    }
    Some(wait)
}

fn plain(kind: WaitKind) -> Wait {
    Wait {
        kind,
        name: None,
        address: None,
        holder: None,
        holder_tid: None,
    }
}

/// `tp_name` is `thread.lock` in 2.7.
fn lock_kind(python: &Cpython<'_, '_>, object: u64) -> Option<WaitKind> {
    match python.type_name(object)?.as_str() {
        "_thread.lock" | "thread.lock" => Some(WaitKind::Lock),
        "_thread.RLock" => Some(WaitKind::ReentrantLock),
        _ => None,
    }
}

/// The lock that a native method was called on, where debug information shows it: `self`, later `op`.
fn called_on(python: &Cpython<'_, '_>, frames: &[&Frame]) -> Option<u64> {
    let arguments = frames.iter().filter_map(|frame| frame.native());
    let arguments = arguments.flat_map(|native| &native.arguments);
    let mut own = arguments.filter(|argument| argument.name == "self" || argument.name == "op");
    own.find_map(|argument| {
        let object = argument.address()?;
        lock_kind(python, object).map(|_| object)
    })
}

/// The lock among the values that the innermost frame works with: a call keeps what it was made on there, `with` the
/// method that will release it.
fn on_stack(python: &Cpython<'_, '_>, stack: &PythonStack) -> Option<u64> {
    let (_, frame) = stack.frames().next()?;
    let own = |value| lock_kind(python, value).map(|_| value);
    let mut left = MOST_VALUES;
    values(python, frame, &mut left)
        .into_iter()
        .find_map(|value| own(value).or_else(|| bound_lock(python, value)))
}

/// The lock that a value is a built-in method of.
pub(super) fn bound_lock(python: &Cpython<'_, '_>, value: u64) -> Option<u64> {
    let bound = python.pointer(value, Field::BuiltinSelf)?;
    let is_method = python.type_name(value)? == "builtin_function_or_method";
    (is_method && lock_kind(python, bound).is_some()).then_some(bound)
}

/// The values on the stack of a frame, `left` of them at most, which is lowered.
pub(super) fn values(python: &Cpython<'_, '_>, frame: u64, left: &mut u64) -> Vec<u64> {
    let (first, count) = places(python, frame).unwrap_or_default();
    let count = count.min(MOST_VALUES).min(*left);
    *left -= count;
    let value = |at: u64| python.memory.word(first.checked_add(at * 8)?);
    let values = (0..count).map_while(value);
    values.map(|value| python.unmarked(value)).collect()
}

/// Where the values of a frame begin, and how many there may be.
fn places(python: &Cpython<'_, '_>, frame: u64) -> Option<(u64, u64)> {
    let objects = python.series < (3, 11);
    let code = frames::code(python, frame)?;
    let size = u64::try_from(python.int(code, Field::CodeStackSize)?).ok()?;
    if objects {
        return Some((python.pointer(frame, Field::FrameValueStack)?, size));
    }
    let names = python.pointer(code, Field::CodeVariables)?;
    let locals = python.word(names, Field::ObjectCount)?;
    let first = python.at(frame, Field::CodeFrameLocals)?;
    Some((first.checked_add(locals.checked_mul(8)?)?, size))
}

/// Python frames near a wait that name its purpose.
const NEAR: usize = 4;

fn purpose(python: &Cpython<'_, '_>, stack: &PythonStack) -> Option<Wait> {
    let near = stack.frames().take(NEAR);
    let purposes = near.filter_map(|(frame, at)| {
        let own = || first_local(python, at);
        let attribute = |name| python.attribute(own()?, name);
        let number = |name| python.int_value(attribute(name)?).map(i64::cast_unsigned);
        let text = |name| python.string(attribute(name)?);
        let wait = |kind, name, holder| {
            Some(Wait {
                name,
                holder,
                ..plain(kind)
            })
        };
        match (file_of(frame), bare(frame)) {
            ("<frozen importlib._bootstrap>", "acquire") => {
                wait(WaitKind::ImportLock, text("name"), number("owner"))
            }
            ("threading.py", "join" | "_wait_for_tstate_lock") => {
                let ident = number("_ident").or_else(|| number("_Thread__ident"));
                let name = text("_name").or_else(|| text("_Thread__name"));
                wait(WaitKind::Thread, name, ident)
            }
            ("threading.py", "wait") => wait(WaitKind::Condition, None, None),
            ("threading.py", "acquire") if python.series.0 < 3 => {
                wait(WaitKind::ReentrantLock, None, number("_RLock__owner"))
            }
            _ => None,
        }
    });
    // `Thread.join` of 2.7 is built on a condition.
    let rank = |wait: &Wait| wait.kind == WaitKind::Condition;
    purposes.min_by_key(rank)
}

/// The first local of a frame: its first argument, where it has any.
pub(super) fn first_local(python: &Cpython<'_, '_>, frame: u64) -> Option<u64> {
    let field = if python.series < (3, 11) {
        Field::FrameLocals
    } else {
        Field::CodeFrameLocals
    };
    python.reference(frame, field)
}

fn file_of(frame: &PythonFrame) -> &str {
    let file = frame.file.as_deref().unwrap_or_default();
    file.rsplit('/').next().unwrap_or_default()
}

fn bare(frame: &PythonFrame) -> &str {
    unqualified(frame.function.as_deref().unwrap_or_default())
}

/// Imports listed of one thread; they are as deep as modules import one another.
const MOST_IMPORTS: usize = 32;

/// The modules that a thread imports, innermost first.
pub(super) fn importing(python: &Cpython<'_, '_>, stack: &PythonStack) -> Vec<String> {
    let imports = stack.frames().filter(|(frame, _)| {
        file_of(frame) == "<frozen importlib._bootstrap>" && bare(frame) == "_find_and_load"
    });
    let names = imports.filter_map(|(_, at)| python.string(first_local(python, at)?));
    names.take(MOST_IMPORTS).collect()
}
