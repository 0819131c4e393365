//! What an exception says.

use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;
use crate::stack::python::objects::repr::Limits;

/// The message of an exception as `str()` gives it for builtin types (`Objects/exceptions.c`). A class of Python code
/// may write another; `None` where there are no arguments.
pub(super) fn of(python: &Cpython<'_, '_>, exception: u64) -> Option<String> {
    let class = python.type_of(exception)?;
    let arguments = python.pointer(exception, Field::ExceptionArguments)?;
    let file = || os_error_file(python, exception);
    of_arguments(python, class, arguments, file)
}

/// The message that an exception of some type has with these arguments, a tuple.
pub(super) fn of_arguments(
    python: &Cpython<'_, '_>,
    class: u64,
    arguments: u64,
    file: impl FnOnce() -> Option<String>,
) -> Option<String> {
    let count = python.word(arguments, Field::ObjectCount)?;
    let argument = |place: u64| {
        let first = python.at(arguments, Field::TupleItems)?;
        python.memory.pointer(first.checked_add(place * 8)?)
    };
    let is = |builtin| python.is_kind_of(class, builtin);
    match count {
        0 => None,
        1 if is("KeyError") => Some(python.repr(argument(0)?, Limits::MESSAGE)),
        1 => text(python, argument(0)?),
        // (message, (file, line, column, source))
        2 if is("SyntaxError") => text(python, argument(0)?),
        // (number, message), with the file if it is not made yet
        2 | 3 if is("OSError") || is("EnvironmentError") => {
            let number = python.repr(argument(0)?, Limits::MESSAGE);
            let third = (count == 3).then(|| argument(2)).flatten();
            let third = third.map(|third| python.repr(third, Limits::MESSAGE));
            let file = file().or(third);
            let file = file.map_or_else(String::new, |file| format!(": {file}"));
            Some(format!(
                "[Errno {number}] {}{file}",
                text(python, argument(1)?)?
            ))
        }
        _ => Some(python.repr(arguments, Limits::MESSAGE)),
    }
}

/// An object as `str()` gives it: a string is itself.
pub(super) fn text(python: &Cpython<'_, '_>, object: u64) -> Option<String> {
    if !python.is_string(object) {
        return Some(python.repr(object, Limits::MESSAGE));
    }
    let text = python.text(object, Limits::MESSAGE.text)?;
    let more = if text.cut { "..." } else { "" };
    Some(text.text + more)
}

/// The file that an `OSError` is about.
fn os_error_file(python: &Cpython<'_, '_>, exception: u64) -> Option<String> {
    let file = python.pointer(exception, Field::OsErrorFile)?;
    let none = python
        .type_name(file)
        .is_some_and(|name| name == "NoneType");
    (!none).then(|| python.repr(file, Limits::MESSAGE))
}
