//! The lines of a sanitizer's report that say what the next stack shows, and those that name one frame themselves.

use super::{SUMMARY, StackRole, Tool};
use crate::evidence::text::shape::{Place, Taken};
use crate::evidence::text::syntax::{digits, place as file_place};
use crate::evidence::text::{PastedFrame, ThreadLabel};

/// Words of heads and the role of the stack that follows. The first that fits counts.
const ROLES: [(&str, StackRole); 12] = [
    ("freed by thread ", StackRole::Freed),
    ("previously allocated by ", StackRole::Allocated),
    ("allocated by ", StackRole::Allocated),
    ("leak of ", StackRole::Allocated),
    ("allocated from:", StackRole::Allocated),
    (" created by ", StackRole::Created),
    ("Uninitialized value was ", StackRole::Created),
    ("Memory was marked as uninitialized", StackRole::Created),
    ("Previous ", StackRole::Created),
    ("READ of size ", StackRole::Running),
    ("WRITE of size ", StackRole::Running),
    (" of size ", StackRole::Running),
];

pub(super) fn take(place: Place<'_>, text: &str) -> Option<Taken> {
    let line = &place.lines[0];
    if let Some((front, error)) = text.split_once("Sanitizer: ") {
        let bare = front.starts_with("SUMMARY: ") || !front.contains([' ', '=']);
        return if bare {
            summary(error, line.number)
        } else {
            Some(error_head(error))
        };
    }
    if let Some((at, error)) = text.split_once(": runtime error: ") {
        return undefined(place, at, error);
    }
    if text.contains("ERROR: libFuzzer: ") {
        return Some(error_head(text.split_once("libFuzzer: ")?.1));
    }
    text.contains(ROLE_WORDS).then(|| role(place, text))?
}

/// Letters that every head holds, for a cheap first look.
const ROLE_WORDS: [char; 2] = ['y', 'e'];

fn role(place: Place<'_>, text: &str) -> Option<Taken> {
    // A sentence that holds such words is no head: a frame must follow.
    let frame_follows = |count: usize| {
        let mut next = place.lines.iter().skip(1).take(count);
        next.any(|line| line.trimmed().starts_with("#0 ") || line.trimmed().starts_with("# 0 "))
    };
    let (_, role) = ROLES.iter().find(|(words, _)| text.contains(words))?;
    let head = text.ends_with(':') || text.contains(" thread T") || frame_follows(1);
    (head && text.len() < 400 && frame_follows(3)).then(|| {
        let current = place.open == Some(Tool::Sanitizer) && *role == StackRole::Running;
        Taken::head(label(text, current, None), *role)
    })
}

/// The label with the number of `thread T3`, `Thread T3 created` or `T3)`.
fn label(text: &str, current: bool, state: Option<String>) -> ThreadLabel {
    let after = |words| Some(text.split_once(words)?.1);
    let number = after("hread T").or_else(|| {
        text.rsplit_once(" T")
            .map(|(_, rest)| rest)
            .filter(|rest| rest.ends_with(')'))
    });
    ThreadLabel {
        number: number.and_then(|rest| Some(digits(rest)?.0)),
        current,
        state,
        ..ThreadLabel::default()
    }
}

fn error_head(error: &str) -> Taken {
    let words = error
        .split(" on ")
        .next()
        .and_then(|text| text.split(" (pid").next())
        .unwrap_or(error);
    Taken::head(
        label(error, true, Some(words.to_owned())),
        StackRole::Running,
    )
}

/// `heap-use-after-free /x/y.c:854:5 in f`.
fn summary(text: &str, at_line: usize) -> Option<Taken> {
    let (error, rest) = text.split_once(' ')?;
    let (file, name) = rest.rsplit_once(" in ")?;
    // Some errors have more than one word.
    let file = file.rsplit_once(' ').map_or(file, |(_, file)| file);
    let known = file_place(file).is_some() || file.contains("+0x");
    if error.is_empty() || !known {
        return None;
    }
    let mut frame = PastedFrame {
        at_line,
        ..PastedFrame::default()
    };
    frame.set_function(name);
    if file_place(file).is_some() {
        frame.set_place(file);
    } else {
        frame.set_module(file.trim_matches(['(', ')']));
    }
    let label = ThreadLabel {
        state: Some(SUMMARY.to_owned()),
        ..ThreadLabel::default()
    };
    Some(Taken::row(Tool::Sanitizer, label, frame, 1))
}

/// `x.c:12:3: runtime error: ...` heads a stack where UBSan is told to print one, else it is all there is.
fn undefined(place: Place<'_>, at: &str, error: &str) -> Option<Taken> {
    let at = at.rsplit_once(' ').map_or(at, |(_, at)| at);
    file_place(at)?;
    let label = ThreadLabel {
        state: Some(error.to_owned()),
        ..ThreadLabel::default()
    };
    let follows = place.lines.iter().skip(1).take(3);
    if follows
        .map(|line| line.trimmed())
        .any(|line| line.starts_with("#0 "))
    {
        return Some(Taken::head(label, StackRole::Running));
    }
    let mut frame = PastedFrame {
        at_line: place.lines[0].number,
        ..PastedFrame::default()
    };
    frame.set_place(at);
    Some(Taken::row(Tool::Sanitizer, label, frame, 1))
}
