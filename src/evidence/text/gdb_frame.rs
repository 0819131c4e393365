//! What stands within one frame of gdb, once its lines are put together.
//!
//! ```text
//! 0x00007f01 in f (a=a@entry=1, b=<optimized out>) at Objects/x.c:12
//! ?? () from /lib/x.so
//! <signal handler called>
//! ```

use super::syntax::{address, arguments, closing, function, is_name, place as file_place};
use super::{FrameKind, PastedFrame};

/// A frame without its number: `0x7f01 in f (a=1) at x.c:12`, `f () from /lib/x.so`.
pub(super) fn body(text: &str, number: Option<u32>, at_line: usize) -> Option<PastedFrame> {
    let mut frame = PastedFrame {
        number,
        at_line,
        ..PastedFrame::default()
    };
    if let Some(marker) = text.strip_prefix('<') {
        let (marker, _) = marker.split_once('>')?;
        frame.kind = FrameKind::Signal;
        frame.function = Some(marker.to_owned());
        return marker.contains(" called").then_some(frame);
    }
    let mut rest = text;
    if let Some((address, behind)) = address(text) {
        frame.address = Some(address);
        rest = behind.strip_prefix("in ")?;
    }
    let Some((name, list)) = split_name(rest) else {
        // Cut off behind the name.
        frame.function = function(rest);
        return (frame.address.is_some() && !rest.contains(' ')).then_some(frame);
    };
    let strict = frame.address.is_none();
    if strict && !(is_name(name) || is_unusual_name(name)) {
        return None;
    }
    frame.function = function(name);
    let tail = set_list(&mut frame, list);
    // `#3 fix (see below)` is a sentence.
    let sentence = strict
        && frame.file.is_none()
        && frame.module.is_none()
        && frame
            .arguments
            .iter()
            .any(|argument| argument.name.is_empty())
        || (strict && !tail);
    (!sentence).then_some(frame)
}

/// The name and the list from its `(` on. `operator() (x=1)` and `(anonymous namespace)::f (x=1)` have more brackets.
fn split_name(text: &str) -> Option<(&str, &str)> {
    text.match_indices(" (")
        .take(8)
        .find(|&(i, _)| !text[i..].starts_with(" (anonymous"))
        .map(|(i, _)| (&text[..i], &text[i + 1..]))
        // `f(int) ()` of old gdb, `__kernel_vsyscall ()`.
        .filter(|(name, _)| name.len() < 4096)
}

/// C++ and Rust names, `??`.
fn is_unusual_name(text: &str) -> bool {
    text == "??" || text.contains("::") || text.contains('<') || text.starts_with("operator")
}

/// Takes over arguments and place; false where something else than a place follows the list.
fn set_list(frame: &mut PastedFrame, list: &str) -> bool {
    let end = closing(list).filter(|&end| {
        let tail = list[end + 1..].trim_start();
        tail.is_empty() || tail.starts_with("at ") || tail.starts_with("from ")
    });
    // In a damaged list the last place is the frame's.
    let damaged = || list.rfind(") at ").or_else(|| list.rfind(") from "));
    let (inside, tail) = match end.or_else(damaged) {
        Some(end) => (&list[1..end], list[end + 1..].trim_start()),
        None => match list.rsplit_once(" at ") {
            Some((inside, file)) if file_place(file).is_some() => {
                frame.set_place(file);
                (&inside[1..], "")
            }
            _ => (&list[1..], ""),
        },
    };
    frame.arguments = arguments(inside);
    if let Some(file) = tail.strip_prefix("at ") {
        frame.set_place(file);
    } else if let Some(module) = tail.strip_prefix("from ") {
        frame.module = Some(module.trim().to_owned());
    }
    end.is_some() || frame.file.is_some() || frame.module.is_some() || inside.contains('=')
}
