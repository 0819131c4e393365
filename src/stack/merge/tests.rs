mod words;

use proptest::prelude::*;
use words::{native, python, words};

use super::{Shown, merge};
use crate::stack::python::PythonStack;
use crate::stack::{Frame, NativeFrame};

/// Merges what a series has; the calls `beyond` are found by what a loop shows.
fn merged(series: (u32, u32), native_frames: &str, calls: &str, beyond: &str) -> String {
    let outer = |shown: Shown| {
        let mut stack = python(beyond);
        let at = stack.calls.iter().position(|call| {
            shown.frame.is_some_and(|frame| call.at.contains(&frame))
                || shown.within.is_some() && shown.within == call.within
        });
        match at {
            Some(at) => drop(stack.calls.drain(..at)),
            None => stack = PythonStack::default(),
        }
        stack
    };
    let merged = merge(native(native_frames), python(calls), series, outer);
    words(&merged)
}

/// What a row says of native frames, calls, what is found beyond them, and the stack that they give.
fn check(series: (u32, u32), table: &str) {
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, native, python, beyond @ .., expected] = &cells[..] else {
            panic!("{row}");
        };
        let beyond = beyond.first().unwrap_or(&"");
        assert_eq!(merged(series, native, python, beyond), *expected, "{row}");
    }
}

#[test]
fn known_pairs() {
    check(
        (3, 11),
        "\
nothing                          |                   |                  |
no interpreter                   | f g               |                  | f g
by addresses on the stack        | f L g L h         | a@2 b@4          | f L:a g L:b h
by arguments                     | f L=5 g L=6 h     | a=5 b=6          | f L:a g L:b h
by arguments of callers          | L ~W=5 f L W=6    | a=5 b=6          | L:a W f L:b W
not by those of others           | L g=6 L W=6       | a=5 b=6          | L:a g L:b W
by their number                  | f L g L h         | a b              | f L:a g L:b h
by their number between others   | L=1 L L=3 L       | a=1 b c=3 d      | L:a L:b L:c L:d
inlined functions around         | ~f L ~W g ~f L    | a b              | f L:a W g f L:b
a loop by another name           | f cold g          | a@2              | f cold:a g
several frames in a call         | f L g L           | a,b@2 c,d,e@4    | f .a L:b g .c .d L:e
several frames by number         | f L g L           | a,b c,d          | f .a L:b g .c L:d
a call that has only begun       | L g L             | @1 a@3           | L g L:a
without a loop                   | L throw L         | a -b c           | L:a throw .b L:c
without a loop, innermost        | f L               | -a b             | f .a L:b
without a loop, outermost        | f L g             | a -b             | f L:a g .b",
    );
}

#[test]
fn what_does_not_fit_is_marked() {
    check(
        (3, 11),
        "\
no Python frames                 | f L g             |                  | f L ?python g
no native frames                 |                   | a b              | ?native .a .b
only the loop lost               | f g               | a b              | f g ?native .a .b
# The innermost call has pushed no frame yet, or has popped it already.
a loop too many                  | L f L g L         | a b              | L ?python f L:a g L:b
a loop too many, interrupted     | f g S ~h L f L    | a                | f g S h L ?python f L:a
a loop too many, not yet begun   | f g C L f L       | a                | f g C L ?python f L:a
# But one that has called another runs a frame: it is the list of these that ends early.
frames that are not listed       | f L g L           | a                | f L:a g L ?python
more of them                     | L f L g L         | a                | L:a f L ?python g L ?python
a loop too many between others   | L=1 L L=2         | a=1 b=2          | L:a L ?python L:b
a native frame lost              | L f L             | a@1 b@9 c@3      | L:a f ?native .b L:c
several native frames lost       | L=1 f L=4         | a=1 b=2 c=3 d=4  | L:a f ?native .b .c L:d
a frame too many                 | L f L             | a b c            | ?native .a L:b f L:c",
    );
}

#[test]
fn stacks_that_are_cut_short() {
    check(
        (3, 11),
        "\
# The inner ends are the same, the outer ones are not.
native                     | L f L !         | a b c d  |           | L:a f L:b !native ?native .c .d
native, none left          | !               | a        |           | !native ?native .a
Python                     | L f L g L       | a !      |           | L:a f L ?python g L ?python !python
Python, after a generator  | L f L L         | a -b !   |           | L:a f .b L ?python L ?python !python
both                       | L f L !         | a !      |           | L:a f L ?python !native !python
# The outer loops show their frames.
found again                | L=1 f L=3 g L=4 | a=1 -b ! | c=3 d=4   | L:a f .b L:c g L:d
found again further on     | L=1 L L=4       | a=1 !    | d=4       | L:a L ?python L:d
found, and cut again       | L=1 L=2 L=3     | a=1 !    | b=2 !     | L:a L:b L ?python !python
found piece by piece       | L=1 L=2 L=3     | a=1 !    | b=2 ! c=3 | L:a L:b L:c !python
not found                  | L=1 L=2         | a=1 !    |           | L:a L ?python !python
all from native frames     | L=1 L=2         |          | a=1 b=2   | L:a L:b
",
    );
}

/// C code that switches stacks begins a list for each.
#[test]
fn lists_of_greenlets() {
    check(
        (3, 11),
        "\
each by its frame          | L=1 f L=2 g L=4 | a=1      | b=2       | L:a f L:b g L ?python
several                    | L=1 f L=2 L=3   | a=1      | b=2 c=3   | L:a f L:b L:c
by the place on the stack  | L f L g L       | a@1      | b,c@3 d@5 | L:a f .b L:c g L:d
not there                  | L f L           | a@1      | b@4       | L:a f L ?python",
    );
    // The list has all frames of one that is suspended in one piece. Its loops show the frames that they have reached.
    check(
        (3, 12),
        "\
in one piece | L f L=9 L=7 L=5 | a@1 | b,c,d,e,g=5 | L:a f .b L:c .d L:e L:g",
    );
}

/// GCC's `PyEval_EvalFrameEx.part.0` is no call of its own.
#[test]
fn parts_of_the_loop() {
    let mut native = native("part f whole");
    for (frame, symbol) in
        native
            .frames
            .iter_mut()
            .zip([Some("PyEval_EvalFrameEx.part.0"), None, None])
    {
        if let Frame::Native(native) = frame {
            native.symbol = symbol.map(str::to_owned);
            native.function = Some("PyEval_EvalFrameEx".to_owned());
        }
    }
    let none = |_: Shown| PythonStack::default();
    let merged = merge(native, python("a b"), (2, 7), none);
    assert_eq!(
        words(&merged),
        "PyEval_EvalFrameEx:a PyEval_EvalFrameEx PyEval_EvalFrameEx:b"
    );
}

/// The name alone does not make a loop: up to 2.7 it is another function.
#[test]
fn the_loop_of_each_series() {
    let none = |_: Shown| PythonStack::default();
    let loops = |series| {
        words(&merge(
            native("L PyEval_EvalFrameEx"),
            python("a"),
            series,
            none,
        ))
    };
    assert_eq!(loops((2, 7)), "L PyEval_EvalFrameEx:a");
    assert_eq!(loops((3, 6)), "L:a PyEval_EvalFrameEx");
}

fn any_native() -> impl Strategy<Value = String> {
    let name = prop::sample::select(&["L", "L", "L", "W", "~W", "f", "~f"][..]);
    let argument = prop::option::of(0..6_u8);
    let frame = (name, argument).prop_map(|(name, argument)| {
        argument.map_or_else(|| name.to_owned(), |argument| format!("{name}={argument}"))
    });
    (prop::collection::vec(frame, 0..12), prop::bool::ANY)
        .prop_map(|(frames, cut)| frames.join(" ") + if cut { " !" } else { "" })
}

fn any_python() -> impl Strategy<Value = String> {
    let call = (
        0..3_usize,
        prop::option::of(0..12_u8),
        0..6_u8,
        prop::bool::weighted(0.2),
    );
    (prop::collection::vec(call, 0..8), prop::bool::ANY).prop_map(|(calls, cut)| {
        let mut text = String::new();
        for (at, (count, within, frame, without)) in calls.into_iter().enumerate() {
            let names: Vec<_> = (0..count).map(|part| format!("p{at}.{part}")).collect();
            let within = within.map_or_else(String::new, |within| format!("@{within}"));
            let dash = if without { "-" } else { "" };
            text += &format!("{dash}{}{within}={frame} ", names.join(","));
        }
        text + if cut { "!" } else { "" }
    })
}

proptest! {
    #[test]
    fn no_frame_is_lost_and_both_orders_stay(
        native_text in any_native(),
        python_text in any_python(),
        beyond in any_python(),
        series in prop::sample::select(&[(3, 6), (3, 11), (3, 12)][..]),
    ) {
        let natives = native(&native_text).frames;
        let calls = python(&python_text).calls;
        // Where the list goes on from a frame that is none of it.
        let outer = |shown: Shown| {
            let mut stack = python(&beyond);
            stack.calls.retain(|call| shown.frame.is_some_and(|frame| call.frame >= frame));
            stack
        };
        let merged = merge(native(&native_text), python(&python_text), series, outer);
        let mut native_frames = Vec::new();
        let mut python_frames = Vec::new();
        for frame in &merged.frames {
            match frame {
                Frame::Native(native) => {
                    python_frames.extend(native.python.clone());
                    native_frames.push(Frame::Native(NativeFrame { python: None, ..native.clone() }));
                }
                Frame::Python(python) => python_frames.push(python.clone()),
                _ => {}
            }
        }
        prop_assert_eq!(native_frames, natives);
        let expected: Vec<_> = calls.into_iter().flat_map(|call| call.frames).collect();
        // What was found beyond stands outside.
        prop_assert!(python_frames.starts_with(&expected), "{:?} {}", python_frames, words(&merged));
        prop_assert!(merged.gaps.iter().all(|gap| gap.at <= merged.frames.len()));
    }
}
