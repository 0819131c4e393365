//! Whole texts in, signatures out: the shapes of stacks in which the parts of the stage meet.

mod properties;

use std::fmt::Write;

use super::{FailureKind, Hang, Signature, signature};
use crate::evidence::core::Sender;
use crate::evidence::{Facts, Signal};
use crate::{evidence, stack};

fn of(text: &str) -> Signature {
    let evidence = evidence::text::read(text.as_bytes());
    signature(&stack::from_text(&evidence), &evidence.facts, None)
}

/// A gdb stack, numbered from a number on; a name that begins with `~` has no address: the one before is inlined in it.
fn gdb_from(first: usize, names: &[&str]) -> String {
    let frames = names.iter().enumerate().map(|(at, name)| {
        let number = first + at;
        match name.strip_prefix('~') {
            Some(name) => format!("#{number}  {name} (a=1) at Objects/sample.c:{}\n", at + 7),
            None => format!(
                "#{number}  0x00007f010203{at:04x} in {name} (a=1) at Objects/sample.c:{}\n",
                at + 7
            ),
        }
    });
    frames.collect()
}

fn gdb(names: &[&str]) -> String {
    gdb_from(0, names)
}

fn systemd(signal: &str, names: &[&str]) -> String {
    let mut text = format!(
        "           PID: 71 (python3)\n        Signal: {signal}\n\n                Stack trace of thread 71:\n"
    );
    for (at, name) in names.iter().enumerate() {
        let _ = writeln!(
            text,
            "                #{at:<2} 0x00007f010203{at:04x} {name} (libpython3.9.so.1.0 + 0x1{at:04x})"
        );
    }
    text
}

const SEGV: &str = "Program received signal SIGSEGV, Segmentation fault.\n";
const WAIT: [&str; 3] = [
    "__futex_abstimed_wait_common",
    "__new_sem_wait_slow64.constprop.0",
    "PyThread_acquire_lock_timed",
];

fn waiting(above: &[&str]) -> String {
    gdb(&[&WAIT, above].concat())
}

#[test]
fn kinds() {
    let abort = gdb(&[
        "__pthread_kill_implementation",
        "__GI_raise",
        "__GI_abort",
        "fatal_error_exit",
        "heap_sort",
    ]);
    let spin = gdb(&["heap_sift", "heap_sort", "_PyEval_EvalFrameDefault"]);
    let wait = waiting(&["new_heap"]);
    let handled = gdb(&["raise", "faulthandler_fatal_error"]) + "#2  <signal handler called>\n";
    let caught = handled.clone() + &gdb_from(3, &["heap_sift"]);
    let asleep = handled + &gdb_from(3, &WAIT);
    let with = |head: &str, stack: &str| format!("{head}{stack}");
    let signal = |name: &str| format!("Program received signal SIG{name}, Words.\n");
    for (text, kind) in [
        (with(SEGV, &spin), FailureKind::Crash),
        (with(&signal("BUS"), &spin), FailureKind::Crash),
        (with(&signal("ABRT"), &abort), FailureKind::Abort),
        (abort.clone(), FailureKind::Abort),
        // A hang that somebody ended from outside.
        (with(&signal("ABRT"), &spin), FailureKind::Spin),
        (with(&signal("TRAP"), &spin), FailureKind::Spin),
        (with(&signal("INT"), &wait), FailureKind::Wait),
        (with(&signal("ABRT"), &asleep), FailureKind::Wait),
        (caught, FailureKind::Crash),
        // The headline was not pasted.
        (spin.clone(), FailureKind::Unknown),
        (wait.clone(), FailureKind::Wait),
        (with("Attaching to process 71\n", &spin), FailureKind::Spin),
        (with("The worker gets stuck here:\n", &spin), FailureKind::Spin),
        (with("This is a deadlock.\n", &wait), FailureKind::Deadlock),
        (with("It does not hang.\n", &spin), FailureKind::Unknown),
        (with(&format!("It hangs, then:\n{SEGV}"), &spin), FailureKind::Crash),
        // Excerpts of sanitizer reports.
        ("SUMMARY: AddressSanitizer: heap-use-after-free /x/Objects/heap.c:4:5 in heap_sift\n".into(), FailureKind::Crash),
        ("    #3 0x7f01 in heap_sift /x/Objects/heap.c:4:5\n    #4 0x7f02 in heap_sort /x/Objects/heap.c:9:5\n".into(), FailureKind::Crash),
        ("==7==ERROR: AddressSanitizer: stack-overflow on address 0x7f\n    #0 0x7f01 in heap_sift /x/heap.c:4:5\n".into(), FailureKind::Overflow),
        // A list of calls written by hand.
        ("heapq:heap_sort()\nheapq:heap_sift()\nheapq:new_heap()\n  lock()  <-- DEADLOCK\n".into(), FailureKind::Deadlock),
        ("heap.c:9: heap_sift: Assertion `n > 0' failed.\n".into(), FailureKind::Abort),
        ("Fatal Python error: Cannot recover from stack overflow.\n".into(), FailureKind::Abort),
        ("Windows fatal exception: stack overflow\n".into(), FailureKind::Unknown),
    ] {
        assert_eq!(of(&text).kind, kind, "{text}");
    }
}

#[test]
fn kinds_of_python_stacks() {
    let faulthandler = |error: &str, frame: &str| {
        format!(
            "Fatal Python error: {error}\n\nCurrent thread 0x00007f01 (most recent call first):\n{frame}  File \"/srv/a.py\", line 9 in <module>\n"
        )
    };
    let joins = "  File \"/usr/lib64/python3.9/threading.py\", line 1011 in join\n";
    let works = "  File \"/srv/a.py\", line 4 in work\n";
    let py_bt = |line: &str| {
        format!(
            "(gdb) py-bt\nTraceback (most recent call first):\n{line}  File \"/srv/a.py\", line 9, in work\n    go()\n"
        )
    };
    for (text, kind) in [
        (faulthandler("Segmentation fault", works), FailureKind::Crash),
        (faulthandler("Aborted", works), FailureKind::Abort),
        (faulthandler("Aborted", joins), FailureKind::Wait),
        (py_bt(""), FailureKind::Unknown),
        (py_bt("  Waiting for the GIL\n"), FailureKind::Wait),
        ("Traceback (most recent call last):\n  File \"/srv/a.py\", line 9, in work\n    go()\nValueError: no\n".into(), FailureKind::Exception),
    ] {
        assert_eq!(of(&text).kind, kind, "{text}");
    }
}

#[test]
fn overflows_though_the_tool_cut_the_stack() {
    let rounds = |count: usize| ["heap_walk", "heap_visit", "call_function"].repeat(count);
    let gdbs = gdb(&rounds(33)) + "...\n" + &gdb_from(90_000, &["heap_walk", "main"]);
    let deep = of(&format!("{SEGV}{gdbs}"));
    let shallow = of(&format!(
        "{SEGV}{}",
        gdb(&[&rounds(5)[..], &["main"]].concat())
    ));
    let dots = "... (170k identical frames removed)\n";
    let left_out = of(&format!("{SEGV}{}{dots}", gdb(&["heap_walk"; 3])));
    let capped = of(&systemd(
        "11 (SEGV)",
        &[&["tuple_new"], &rounds(21)[..]].concat(),
    ));
    // Elsewhere in the cycle, with other leaves.
    let turned = of(&systemd(
        "11 (SEGV)",
        &[&["list_new", "heap_visit"], &rounds(20)[..], &["heap_walk"]].concat(),
    ));
    let aborted = of(&systemd("6 (ABRT)", &rounds(21)));
    let nested = of(&systemd(
        "11 (SEGV)",
        &["call_function", "_PyEval_EvalFrameDefault"].repeat(32),
    ));
    for (name, signature, kind) in [
        ("deep", &deep, FailureKind::Overflow),
        ("left out", &left_out, FailureKind::Overflow),
        ("shallow", &shallow, FailureKind::Crash),
        ("capped", &capped, FailureKind::Overflow),
        ("turned", &turned, FailureKind::Overflow),
        ("aborted", &aborted, FailureKind::Spin),
        ("python calls python", &nested, FailureKind::Crash),
    ] {
        assert_eq!(signature.kind, kind, "{name}");
    }
    assert_eq!(deep.text, "heap_visit < heap_walk");
    assert_eq!([&capped.hash, &turned.hash], [&deep.hash, &deep.hash]);
}

#[test]
fn the_thread_that_matters() {
    let thread = |number: u32, frames: &str| {
        format!("Thread {number} (Thread 0x7f{number:02} (LWP {number})):\n{frames}\n")
    };
    let idle = gdb(&[
        "__poll",
        "select_poll_poll_impl",
        "_PyEval_EvalFrameDefault",
    ]);
    let joins = gdb(&[
        "__futex_abstimed_wait_common",
        "__pthread_clockjoin_ex",
        "heap_join",
    ]);
    let gil = gdb(&[
        "pthread_cond_timedwait@@GLIBC_2.3.2",
        "take_gil",
        "_PyEval_EvalFrameDefault",
    ]);
    let locks = waiting(&["lock_PyThread_acquire_lock", "_PyEval_EvalFrameDefault"]);
    let inside = waiting(&["new_heap", "heap_sort", "_PyEval_EvalFrameDefault"]);
    let runs = gdb(&["heap_sift", "heap_sort"]);
    let worker = waiting(&["_queue_SimpleQueue_get_impl", "_PyEval_EvalFrameDefault"]);
    let lines = |threads: &[&String]| -> String {
        let numbers = (1..=threads.len()).rev();
        let blocks =
            numbers.map(|number| thread(u32::try_from(number).unwrap(), threads[number - 1]));
        blocks.collect()
    };
    let abort = "Program terminated with signal SIGABRT, Aborted.\n";
    for (head, threads, number, reason) in [
        (SEGV, vec![&runs, &inside, &idle], 1, "gdb gives"),
        (SEGV, vec![&runs, &runs], 1, "gdb gives"),
        (abort, vec![&idle, &runs, &inside], 2, "does not wait"),
        (
            abort,
            vec![&joins, &inside, &idle],
            2,
            "in the middle of C code",
        ),
        (abort, vec![&idle, &locks, &worker], 2, "waits for a lock"),
        (abort, vec![&joins, &gil, &worker], 2, "for the GIL"),
        (abort, vec![&joins, &worker, &idle], 1, "another to end"),
        (
            "",
            vec![&gil, &worker, &inside],
            3,
            "in the middle of C code",
        ),
    ] {
        let current = format!(
            "[Current thread is 1 (Thread 0x7f01 (LWP 1))]\n{}",
            lines(&threads)
        );
        let text = format!("{head}{current}");
        let evidence = evidence::text::read(text.as_bytes());
        let process = stack::from_text(&evidence);
        let signature = signature(&process, &evidence.facts, None);
        let chosen = &process.threads[signature.thread.unwrap()];
        assert_eq!(chosen.number, Some(number), "{text}");
        assert!(
            signature.reason.contains(reason),
            "{}: {text}",
            signature.reason
        );
    }
}

#[test]
fn the_thread_that_waits_in_python() {
    let thread = |id: u32, word: &str, frames: &[(&str, &str)]| {
        let mut text = format!("{word} 0x0000{id} (most recent call first):\n");
        for (file, function) in frames {
            let _ = writeln!(
                text,
                "  File \"/usr/lib64/python3.9/{file}\", line 7 in {function}"
            );
        }
        text + "\n"
    };
    let feeder = [
        ("threading.py", "wait"),
        ("multiprocessing/queues.py", "_feed"),
    ];
    let walker = [("tokenize.py", "_walk"), ("tokenize.py", "tokenize")];
    let joiner = [("threading.py", "join"), ("sched.py", "run")];
    for (first, second) in [(&feeder, &walker), (&walker, &feeder)] {
        let text = format!(
            "Fatal Python error: Aborted\n\n{}{}{}",
            thread(1, "Thread", first),
            thread(2, "Thread", second),
            thread(3, "Current thread", &joiner)
        );
        let signature = of(&text);
        assert_eq!(
            (signature.text.as_str(), signature.kind),
            ("_walk < tokenize", FailureKind::Spin),
            "{text}"
        );
    }
    let idle = format!(
        "Fatal Python error: Aborted\n\n{}{}",
        thread(1, "Thread", &feeder),
        thread(3, "Current thread", &joiner)
    );
    assert_eq!(of(&idle).text, "run");
}

#[test]
fn texts() {
    for (names, text) in [
        (
            &["heap_sift", "_PyEval_EvalFrameDefault", "main"][..],
            "heap_sift",
        ),
        (
            &["visit_decref", "heap_traverse", "gc_collect_main"],
            "visit_decref < heap_traverse",
        ),
        (
            &["visit_decref", "heap_traverse", "collect", "heap_new"],
            "heap_traverse < heap_new",
        ),
        (
            &["_dl_runtime_resolve_xsavec", "heap_sift", "heap_sort"],
            "heap_sift < heap_sort",
        ),
        (
            &["__lll_lock_wake", "___pthread_mutex_unlock", "heap_sift"],
            "heap_sift",
        ),
        (
            &["raise", "abort", "_Py_CheckFunctionResult", "slot_tp_call"],
            "_Py_CheckFunctionResult < slot_tp_call",
        ),
        (
            &[
                "__futex_abstimed_wait_common64",
                "__new_sem_wait@GLIBC_2.34",
                "PyThread_acquire_lock",
            ],
            "PyThread_acquire_lock",
        ),
        (
            &["main", "__libc_start_main_impl"],
            "main < __libc_start_main_impl",
        ),
        (
            &["f1", "f2", "f3", "f4", "f5", "f6", "f7"],
            "f1 < f2 < f3 < f4 < f5",
        ),
        // Rounds of a recursion.
        (
            &["leaf", "walk", "visit", "walk", "visit", "walk", "outer"],
            "leaf < walk < visit",
        ),
        (
            &["leaf", "walk", "visit", "walk", "visit", "walk", "visit"],
            "leaf < walk < visit",
        ),
        // GCC inlines a part of a function into its rest; others are inlined wholly.
        (
            &["heap_sift", "~heap_sift", "heap_sort"],
            "heap_sift < heap_sort",
        ),
        (
            &["heap_swap", "~heap_sift", "heap_sort"],
            "heap_sift < heap_sort",
        ),
    ] {
        assert_eq!(of(&gdb(names)).text, text, "{names:?}");
    }
}

#[test]
fn python_frames_stay_behind_native_subjects() {
    let eval = |function: &str| {
        format!(
            "0x7f01 in _PyEval_EvalFrameDefault (f=Frame 0x7f02, for file /srv/a.py, line 3, in {function} (n=1)) at Python/ceval.c:1\n"
        )
    };
    let crash = format!(
        "{SEGV}#0  0x7f00 in heap_sift () at Modules/heap.c:4\n#1  {}#2  {}",
        eval("inner"),
        eval("outer")
    );
    assert_eq!(of(&crash).text, "heap_sift");
    let hang = format!(
        "It hangs.\n#0  0x7f00 in _Py_Dealloc () at Objects/object.c:4\n#1  {}#2  {}",
        eval("inner"),
        eval("outer")
    );
    assert_eq!(of(&hang).text, "inner < outer");
}

#[test]
fn two_tools_agree() {
    let gdbs = gdb(&[
        "heap_swap",
        "~heap_sift.isra.0",
        "heap_sort.lto_priv.3",
        "_PyEval_EvalFrameDefault.cold",
    ]);
    let systemds = systemd(
        "11 (SEGV)",
        &["heap_sift.isra.0", "heap_sort", "_PyEval_EvalFrameDefault"],
    );
    assert_eq!(of(&format!("{SEGV}{gdbs}")).hash, of(&systemds).hash);
}

#[test]
fn a_row_of_threads_gives_way_to_the_python_frames_of_its_thread() {
    let text = "(gdb) info threads\n  Id   Target Id                                 Frame \n* 1    Thread 0x7f01 (LWP 51) \"py\" \
                futex_wait (private=0) at ../sysdeps/nptl/futex-internal.h:9\n  2    Thread 0x7f02 (LWP 52) \"py\" \
                0x00000000005 in _Py_DECREF (op=1) at ../Include/object.h:4\n\n(gdb) thread 2\n[Switching to thread 2 (Thread \
                0x7f02 (LWP 52))]\n(gdb) py-bt\nTraceback (most recent call first):\n  File \"<frozen \
                importlib._bootstrap>\", line 75, in has_cycle\n  File \"/srv/a.py\", line 9, in work\n    go()\n";
    let signature = of(text);
    assert_eq!(
        (signature.text.as_str(), signature.kind),
        ("has_cycle < work", FailureKind::Spin)
    );
    assert!(signature.frames.iter().all(|frame| frame.python));
}

#[test]
fn weights_start_where_waits_and_detectors_end() {
    let abort = [
        "raise",
        "abort",
        "fatal_error_exit",
        "heap_sift",
        "heap_sort",
    ];
    let wait = [&WAIT[..], &["heap_sift", "heap_sort"]].concat();
    for names in [&abort[..], &wait, &["heap_sift", "heap_sort"]] {
        let signature = of(&gdb(names));
        let weight = |name: &str| {
            let mut frames = signature.frames.iter();
            frames.find(|frame| frame.function == name).unwrap().weight
        };
        assert!(
            (weight("heap_sift") - 1.0).abs() < f32::EPSILON,
            "{names:?}"
        );
        assert!(
            weight("heap_sort") < 1.0 && weight("heap_sort") > 0.5,
            "{names:?}"
        );
        let others = signature
            .frames
            .iter()
            .filter(|frame| !frame.function.starts_with("heap"));
        assert!(
            others.into_iter().all(|frame| frame.weight < 0.3),
            "{names:?}"
        );
    }
}

/// A core says who sent the signal.
#[test]
fn who_sent_the_signal_decides() {
    let evidence = evidence::text::read(gdb(&["heap_sift", "heap_sort"]).as_bytes());
    let process = stack::from_text(&evidence);
    for (sender, kind) in [
        (None, FailureKind::Crash),
        (Some(12), FailureKind::Crash),
        (Some(77), FailureKind::Spin),
    ] {
        let sender = sender.map(|pid| Sender { pid, uid: 0 });
        let facts = Facts {
            pid: Some(12),
            signal: Some(Signal {
                sender,
                ..Signal::of_number(11)
            }),
            ..Facts::default()
        };
        assert_eq!(signature(&process, &facts, None).kind, kind, "{sender:?}");
    }
}

/// What several looks told goes before what one stack tells.
#[test]
fn a_loop_that_was_watched() {
    let evidence = evidence::text::read(
        b"#0  0x01 in add_small () at Objects/longobject.c:3\n\
          #1  0x02 in walk_contexts () at Python/errors.c:7\n\
          #2  0x03 in gen_throw () at Objects/genobject.c:9\n",
    );
    let process = stack::from_text(&evidence);
    let hang = Hang {
        kind: FailureKind::Spin,
        thread: 0,
        frame: Some(1),
        under: vec![
            ("sub_small".to_owned(), false),
            ("add_small".to_owned(), false),
        ],
    };
    let signature = signature(&process, &evidence.facts, Some(&hang));
    assert_eq!(signature.kind, FailureKind::Spin);
    assert_eq!(signature.text, "walk_contexts < gen_throw");
    let weights: Vec<f32> = signature.frames.iter().map(|frame| frame.weight).collect();
    assert!(
        weights[1] > weights[0] && weights[1] > weights[2],
        "{weights:?}"
    );
    assert!((weights[1] - 1.0).abs() < 1e-6, "{weights:?}");
    let seen: Vec<&str> = signature
        .companion_frames
        .iter()
        .map(|frame| &*frame.function)
        .collect();
    assert_eq!(seen, ["sub_small"]);
}
