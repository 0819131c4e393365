//! What the memory of a core says beside its stacks: the Python version, the words of a failed assertion.

use object::ObjectSymbol as _;

use super::modules::Modules;
use super::symbols::symbol_table;
use super::{Frame, ModuleInfo, NativeFrame, Process, interpreter_facts};
use crate::evidence::{Assertion, Facts, text};

/// Adds them to what the notes say.
pub fn add_facts(modules: &Modules<'_>, process: &Process, facts: &mut Facts) {
    if let Some(message) = abort_message(modules) {
        let told = text::read(message.as_bytes()).facts;
        facts.assertions.extend(told.assertions);
        facts.fatal_errors.extend(told.fatal_errors);
    }
    interpreter_facts::add(process, facts);
    let died = process.threads.first();
    let frames = died.iter().flat_map(|thread| &thread.frames);
    let frames: Vec<_> = frames.filter_map(Frame::native).collect();
    facts.fatal_errors.extend(fatal_error(&frames));
    facts.assertions.extend(assertion(&frames));
}

/// What glibc was told before it aborted: `__abort_msg` points to a length and the text
/// (glibc, `sysdeps/posix/libc_fatal.c`, `struct abort_msg_s`). It holds failed assertions and heap corruption, also
/// where standard error is lost.
fn abort_message(modules: &Modules<'_>) -> Option<String> {
    let libc = modules.list().iter().find(|module| {
        let name = module.name();
        name.starts_with("libc.so") || name.starts_with("libc-2.")
    })?;
    let opened = modules.open(libc);
    let mut symbols = symbol_table::named(opened.image.as_ref()?);
    let (symbol, _) = symbols.find(|(_, name)| *name == "__abort_msg")?;
    let memory = &modules.core().memory;
    let pointer = memory.bytes(symbol.address().wrapping_add(opened.bias), 8)?;
    let pointer = u64::from_le_bytes(pointer.try_into().ok()?);
    memory.string(pointer.checked_add(4)?, 4096)
}

/// The message that a fatal error was raised with, as its frames have it (`Python/pylifecycle.c`: `fatal_error` and its
/// callers since 2.7).
fn fatal_error(frames: &[&NativeFrame]) -> Option<String> {
    const RAISE: [&str; 4] = [
        "fatal_error",
        "_Py_FatalErrorFunc",
        "_Py_FatalErrorFormat",
        "Py_FatalError",
    ];
    let raise = |name: &str| RAISE.contains(&name);
    let message = string_of(frames, raise, &["msg"])?;
    let function = string_of(frames, raise, &["func", "prefix"]);
    let prefix = function.map_or_else(String::new, |name| format!("{name}: "));
    Some(format!("{prefix}{message}"))
}

/// What an object's failed check was called with (`Objects/object.c`, `_PyObject_AssertFailed`, since 3.8).
fn assertion(frames: &[&NativeFrame]) -> Option<Assertion> {
    let check = |name: &str| name == "_PyObject_AssertFailed";
    let of = |argument| string_of(frames, check, &[argument]);
    let line = frames
        .iter()
        .filter(|frame| frame.function.as_deref().is_some_and(check))
        .find_map(|frame| value_of(frame, "line")?.parse().ok());
    Some(Assertion {
        expression: of("expr").or_else(|| of("msg"))?,
        function: of("function"),
        file: of("file"),
        line,
        message: of("msg"),
    })
}

/// The first string that frames of some functions have as one of some arguments.
fn string_of(
    frames: &[&NativeFrame],
    is_function: impl Fn(&str) -> bool,
    arguments: &[&str],
) -> Option<String> {
    let mut chosen = frames
        .iter()
        .filter(|frame| frame.function.as_deref().is_some_and(&is_function));
    chosen.find_map(|frame| {
        let mut values = arguments.iter().filter_map(|name| value_of(frame, name));
        // `0x7f9dd247f6c8 "Cannot recover from stack overflow."`
        values.find_map(|value| Some(value.split_once(" \"")?.1.strip_suffix('"')?.to_owned()))
    })
}

fn value_of<'f>(frame: &'f NativeFrame, name: &str) -> Option<&'f str> {
    let mut arguments = frame.arguments.iter();
    let argument = arguments.find(|argument| argument.name == name)?;
    Some(&argument.value)
}

/// The modules as a report lists them.
pub(super) fn module_list(modules: &Modules<'_>) -> Vec<ModuleInfo> {
    let list = modules.list().iter();
    let info = list.map(|module| ModuleInfo {
        path: module.path.clone(),
        start: module.range.start,
        end: module.range.end,
        build_id: module.build_id_text(),
        file: module
            .file()
            .map(|path| path.to_string_lossy().into_owned()),
    });
    info.collect()
}
