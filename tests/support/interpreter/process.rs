//! A process that runs a synthetic interpreter, as a core.

use super::super::core::{CoreBuilder, X86_64, registers};
use super::super::program::CODE;
use super::image::{BASE, Image};
use super::library;
use super::states::{self, Symbols};

/// Where the library of the interpreter is, and the stack of its thread.
pub(super) const LIBRARY: u64 = 0x5555_0000_0000;
const STACK: u64 = 0x7fff_0000_0000;

/// The numbers of the one thread that the system has.
const TID: u32 = 41;
const PTHREAD: u64 = 0x7ff0_0000_0700;

/// The place of `fs_base` among the registers of x86-64.
const FS_BASE: usize = 21;

/// The file that all code was compiled from.
pub(crate) const FILE: &str = "/nowhere/ship.py";

/// A process with two interpreters: the newer has a thread that the system does not have, the main one that and another.
#[derive(Debug, Clone)]
pub(crate) struct Interpreter {
    pub(crate) image: Image,
    /// The name of the library: `libpython3.12.so.1.0`.
    pub(crate) library: String,
    /// What its symbol table has.
    pub(crate) symbols: Symbols,
    /// Whether the innermost native function waits for a lock.
    waits: bool,
    /// The stack of its thread, without a caller at first.
    stack: Vec<u64>,
    /// What its data holds.
    pub(crate) data: Vec<u64>,
    /// `_PyRuntime`; up to 3.6 the variable `interp_head`.
    pub(crate) runtime: u64,
    /// The newer, then the main one.
    pub(crate) interpreters: [u64; 2],
    /// Both of the main interpreter: the one that the system has stands first.
    pub(crate) threads: [u64; 2],
    /// `steer`, `sail`, `main`: those of the first thread, innermost first.
    pub(crate) frames: [u64; 3],
    /// The code of `steer`.
    pub(crate) code: u64,
    /// What the first thread raises.
    pub(crate) exception: u64,
    /// The context of it; 2.7 has none.
    pub(crate) context: u64,
    /// The second variable of `steer`.
    pub(crate) list: u64,
}

impl Interpreter {
    /// A healthy one of a series, `3.12`.
    pub(crate) fn new(series: &str) -> Self {
        let mut image = Image::new(series);
        let course = image.int(270);
        let name = image.string("north");
        let list = image.list(&[course, name]);
        let code = image.code("steer", FILE, 10, (1, &["course", "marks", "log"]));
        let all = image.one_of_each();
        let log = image.tuple(&all);
        let (frames, first) = frames(&mut image, code, &[course, list, log]);
        let [exception, context] = exceptions(&mut image, frames[0]);
        let threads = [PTHREAD, PTHREAD + 0x1000].map(|ident| states::thread(&mut image, ident));
        states::enter(&mut image, threads[0], first);
        let alone = image.code("watch", FILE, 30, (0, &[]));
        let alone = image.frame(alone, &[], 0);
        states::enter(&mut image, threads[1], alone);
        states::raise(&mut image, threads[0], exception, context);
        let modules = states::modules(&mut image, PTHREAD, course);
        let main = states::interpreter(&mut image, 0, 0, &threads);
        image.set(main, "_is.imports.modules | _is.modules", modules);
        let newer = states::thread(&mut image, PTHREAD + 0x2000);
        let newer = states::interpreter(&mut image, 1, main, &[newer]);
        let (runtime, symbols) = states::runtime(&mut image, [newer, main], threads[0]);
        Self {
            library: format!("libpython{series}.so.1.0"),
            symbols,
            waits: false,
            stack: vec![0; 32],
            data: vec![0; 8],
            runtime,
            interpreters: [newer, main],
            threads,
            frames,
            code,
            exception,
            context,
            list,
            image,
        }
    }

    /// One of 3.13 or 3.14 that tells its own layout.
    pub(crate) fn telling(series: &str) -> Self {
        let mut process = Self::new(series);
        process.image.tell_offsets(process.runtime);
        process
    }

    /// One whose thread waits for a lock, called by `steer`.
    pub(crate) fn waiting(series: &str) -> Self {
        let mut process = Self::new(series);
        process.waits = true;
        process.call_loop(1);
        let image = &mut process.image;
        let lock = image.object("_thread.lock", 48);
        let locals = "_PyInterpreterFrame.localsplus | _frame.f_localsplus";
        // Behind its three variables.
        let values = image.at(process.frames[0], locals) + 3 * 8;
        image.put_words(values, &[lock]);
        process
    }

    /// The process as a core.
    pub(crate) fn core(&self) -> CoreBuilder {
        self.core_of_threads(1)
    }

    /// Frames of the interpreter loop that are found by frame pointer: each that calls the one before, in as many words.
    pub(crate) fn call_loop(&mut self, count: u64) {
        let caller = LIBRARY + CODE + library::LOOP + 8;
        let frame = |at| [STACK + (at + 1) * 16, caller];
        self.stack = (0..count).flat_map(frame).chain([0, caller]).collect();
    }

    /// A core of several threads that all have the same thread state.
    pub(crate) fn core_of_threads(&self, count: u32) -> CoreBuilder {
        let name = if self.image.series.0 < 3 {
            "PyEval_EvalFrameEx"
        } else {
            "_PyEval_EvalFrameDefault"
        };
        let program = library::with_symbols(&self.symbols, self.waits.then_some(name));
        let end = LIBRARY + (program.len() as u64).next_multiple_of(4096);
        let path = format!("/nowhere/{}", self.library);
        let mut registers = registers(X86_64, LIBRARY + CODE + 8, STACK, STACK);
        registers[FS_BASE] = PTHREAD;
        let mut core = CoreBuilder::new(X86_64);
        for tid in TID..TID + count {
            core = core.thread(tid, 11, &registers);
        }
        core.files(&[(LIBRARY, end, 0, &path)])
            .memory(LIBRARY, &program)
            .words(end, &self.data)
            .memory(BASE, &self.image.bytes)
            .words(STACK, &self.stack)
    }
}

/// `main` calls `sail`, a C function between them; that calls `steer`. Gives them innermost first, and where the list of
/// the thread begins.
fn frames(image: &mut Image, steer: u64, variables: &[u64]) -> ([u64; 3], u64) {
    let code = image.code("main", FILE, 1, (0, &[]));
    let shim = image.shim(0);
    let outer = image.frame(code, &[], shim);
    let code = image.code("sail", FILE, 20, (0, &[]));
    let shim = image.shim(outer);
    let middle = image.frame(code, &[], shim);
    let inner = image.frame(steer, variables, middle);
    ([inner, middle, outer], inner)
}

/// What a frame raises while another exception is handled.
fn exceptions(image: &mut Image, frame: u64) -> [u64; 2] {
    let context = image.exception("KeyError", "compass", 0);
    let exception = image.exception("ValueError", "off the map", context);
    let traceback = image.traceback(frame, 11);
    image.set_any(exception, "PyBaseExceptionObject.traceback", traceback);
    [exception, context]
}
