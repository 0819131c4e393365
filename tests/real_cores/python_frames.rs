//! Python frames as pystack, py-spy and gdb's `py-bt` have them: function, file and line of every thread. Where they do not
//! agree, a rule here says who is wrong.

use std::collections::BTreeMap;
use std::path::Path;

use fixtrail::Case;
use fixtrail::stack::{Frame, Process, PythonFrame};

use tempfile::TempDir;

use super::tools;
use crate::support::cores;

/// Another reader of Python frames, and the version that it reads.
#[derive(Debug, Clone, Copy)]
struct Reader {
    tool: Tool,
    series: (u32, u32),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Tool {
    Pystack,
    PySpy,
    PyBt,
}

/// A Python frame.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    function: String,
    file: String,
    line: u32,
}

type Stacks = BTreeMap<u64, Vec<Line>>;

/// Generators and coroutines of the folder `calls` whose `throw` calls that of the one that they delegate to, with no call
/// of the interpreter loop (`Objects/genobject.c`, `_gen_throw`). Since 3.9 the interpreter lists their frames.
const PASS_ON: [&str; 3] = ["outer_of_throw", "middle_cancelled", "outer_cancelled"];

impl Line {
    fn passes_on(&self) -> bool {
        PASS_ON.contains(&self.function.as_str())
    }

    fn is_ascii(&self) -> bool {
        self.function.is_ascii() && self.file.is_ascii()
    }
}

impl Reader {
    fn same(self, ours: &Line, theirs: &Line) -> bool {
        let function = match self.tool {
            // It has `co_qualname`, as we do.
            Tool::PySpy => ours.function.as_str(),
            // They have `co_name`.
            Tool::Pystack | Tool::PyBt => ours.function.rsplit('.').next().unwrap_or_default(),
        };
        (function, &ours.file) == (theirs.function.as_str(), &theirs.file)
            && self.same_line(ours.line, theirs.line)
    }

    /// `Tools/gdb/libpython.py` of 3.8 takes steps back in a line table for steps forward: it reads their bytes as
    /// unsigned.
    fn same_line(self, ours: u32, theirs: u32) -> bool {
        let misread = self.tool == Tool::PyBt && self.series == (3, 8);
        ours == theirs || misread && theirs > ours && (theirs - ours).is_multiple_of(256)
    }

    /// Whether it does not show a frame: `inner` stands before it.
    fn leaves_out(self, frame: &Line, inner: Option<&Line>) -> bool {
        match (self.tool, self.series) {
            // It goes from native frame to native frame, and misses those that have none: the frame that pyexpat makes up,
            (Tool::PyBt, (2, _)) => frame.file.ends_with("pyexpat.c"),
            // and in 3.11 those outside of a frame that claims to be the outermost of a call of the loop.
            (Tool::PyBt, (3, 11)) => inner.is_some_and(Line::passes_on),
            (Tool::PyBt, _) => frame.passes_on(),
            // It takes each string for ASCII, whose characters stand elsewhere, and reads NUL bytes.
            (Tool::Pystack, _) if !frame.is_ascii() => true,
            // They follow the list of the interpreter, and in 3.9 it ends there.
            (_, (3, 9)) => inner.is_some_and(Line::passes_on),
            _ => false,
        }
    }

    /// Whether it shows what is no frame: the code that cleans up after an `__init__` since 3.13. Neither tracebacks nor
    /// `sys._getframe` show it.
    fn makes_up(self, frame: &Line) -> bool {
        let cleanup = Line {
            function: "__init__".to_owned(),
            file: "__init__".to_owned(),
            line: 0,
        };
        self.series >= (3, 13) && *frame == cleanup
    }

    fn agrees(self, ours: &[Line], theirs: &[Line]) -> Result<(), String> {
        let mut theirs = theirs
            .iter()
            .filter(|frame| !self.makes_up(frame))
            .peekable();
        let mut inner = None;
        // Frames outside of one that is left out may be, too.
        for frame in ours {
            if theirs.next_if(|theirs| self.same(frame, theirs)).is_some() {
                inner = Some(frame);
            } else if !self.leaves_out(frame, inner) {
                return Err(format!("ours is {frame:?}, theirs {:?}", theirs.peek()));
            }
        }
        match theirs.next() {
            Some(more) => Err(format!("{more:?} is missing")),
            None => Ok(()),
        }
    }
}

/// So often at most a process dies until py-spy takes it for what it is.
const MOST_CRASHES: usize = 6;

with_pythons!(check, and of Debian);

fn check(program: &Path, version: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/calls/run.py");
    let crash = |folder: &TempDir| {
        // py-spy reads one interpreter only, the newest, and pystack several since 3.11.
        cores::of_crash(folder.path(), program, &[script, "plain"])
    };
    let mut folder = tempfile::tempdir().expect("a folder");
    let Some(mut core) = crash(&folder) else {
        return;
    };
    for _ in 1..MOST_CRASHES {
        if !tools::py_spy_misjudges(&core) {
            break;
        }
        // Another process has other addresses.
        folder = tempfile::tempdir().expect("a folder");
        core = crash(&folder).expect("a core, as before");
    }
    let mut numbers = version
        .split('.')
        .map(|number| number.parse().expect("a number"));
    let mut number = || numbers.next().expect("a number");
    let series = (number(), number());
    let ours = tools::ours(&core);
    let others = [
        (
            Tool::Pystack,
            tools::pystack_python(program, &core).map(|case| stacks(&case.process)),
        ),
        (
            Tool::PyBt,
            tools::py_bt(program, &core).map(|case| stacks(&case.process)),
        ),
        (Tool::PySpy, py_spy(&core, &ours)),
    ];
    let ours = stacks(&ours.process);
    for (tool, theirs) in others {
        let Some(theirs) = theirs else { continue };
        compare(Reader { tool, series }, &ours, &theirs);
    }
}

fn compare(reader: Reader, ours: &Stacks, theirs: &Stacks) {
    let tids = |stacks: &Stacks| stacks.keys().copied().collect::<Vec<_>>();
    assert_eq!(tids(ours), tids(theirs), "{reader:?}");
    let differences = ours.iter().filter_map(|(tid, frames)| {
        let why = reader.agrees(frames, &theirs[tid]).err()?;
        Some(format!("thread {tid}: {why}"))
    });
    let differences: Vec<_> = differences.collect();
    assert!(differences.is_empty(), "{reader:?}: {differences:#?}");
    let count = |stacks: &Stacks| stacks.values().map(Vec::len).sum::<usize>();
    // As many as the shortest way has.
    assert!(count(theirs) >= 5 * theirs.len(), "{reader:?}: {theirs:?}");
    #[expect(clippy::print_stderr, reason = "shown by the test runner")]
    {
        eprintln!(
            "{reader:?}: {} threads, {} Python frames of it, {} of ours",
            ours.len(),
            count(theirs),
            count(ours)
        );
    }
}

/// The Python frames of the threads that have any.
fn stacks(process: &Process) -> Stacks {
    let mut stacks = Stacks::new();
    for thread in &process.threads {
        let frames = thread.frames.iter().filter_map(|frame| match frame {
            Frame::Native(native) => native.python.as_ref(),
            Frame::Python(python) => Some(python),
            _ => None,
        });
        let lines: Vec<_> = frames.map(line).collect();
        if let Some(tid) = thread.tid.filter(|_| !lines.is_empty()) {
            assert!(stacks.insert(tid, lines).is_none(), "thread {tid} twice");
        }
    }
    stacks
}

fn line(frame: &PythonFrame) -> Line {
    Line {
        function: frame.function.clone().unwrap_or_default(),
        file: frame.file.clone().unwrap_or_default(),
        line: frame.line.unwrap_or_default(),
    }
}

/// What py-spy has. It knows threads by their `pthread_t`.
fn py_spy(core: &Path, ours: &Case) -> Option<Stacks> {
    let threads = ours.process.threads.iter();
    let tids: BTreeMap<_, _> = threads.map(|thread| (thread.pthread, thread.tid)).collect();
    let json = tools::py_spy(core)?;
    let threads = json.as_array().expect("a list").iter().map(|thread| {
        let pthread = thread["thread_id"].as_u64();
        let frames = thread["frames"].as_array().expect("a list").iter();
        let lines = frames.map(|frame| Line {
            function: frame["name"].as_str().expect("a name").to_owned(),
            file: frame["filename"].as_str().expect("a name").to_owned(),
            line: frame["line"]
                .as_u64()
                .and_then(|line| line.try_into().ok())
                .expect("a line"),
        });
        (tids[&pthread].expect("a number"), lines.collect())
    });
    Some(threads.collect())
}
