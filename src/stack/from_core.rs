//! The threads of a core: unwound, named, with what of their arguments is certain.

use super::core_facts::module_list;
use super::merge::{Merged, NativeStack, Physical, merge, merge_native, merge_python};
use super::modules::Modules;
use super::python::{Interpreters, settle};
use super::symbols::Symbols;
use super::symbols::arguments::Scene;
use super::symbols::call_sites::Passed;
use super::unwind::{RawFrame, Stop, Unwinder};
use super::{Found, Frame, NativeFrame, Process, Thread, names};
use crate::evidence::core::{CoreThread, Registers};
use crate::evidence::{Gap, Tool};

/// A stack of 8 MiB has no more frames than this, nor has one that a limit of 64 MiB lets grow by real functions.
const MOST_FRAMES: usize = 256 << 10;

/// All threads together; a core of thousands of overflowing threads is cut.
const MOST_FRAMES_TOGETHER: usize = 1 << 20;

/// Bytes of the names and arguments of all frames together: a core of 10,000 threads has a tenth of it.
const MOST_TEXT: usize = 256 << 20;

/// Signal handlers may be interrupted by other signals; one that interrupted itself has no end.
const MOST_SIGNALS: usize = 64;

/// The threads of a core in its order; the one that died comes first. Those that only the interpreter knows follow.
#[must_use]
pub fn from_core(modules: &Modules<'_>, python: Option<&Interpreters<'_, '_>>) -> Process {
    let core = modules.core();
    let mut walk = Walk {
        modules,
        unwinder: Unwinder::new(modules),
        symbols: Symbols::new(modules),
        left: MOST_FRAMES_TOGETHER,
        text_left: MOST_TEXT,
    };
    let name = |thread: &CoreThread| {
        let info = core.info.as_ref()?;
        // A core names the main thread alone, as the process.
        let main = (info.pid == thread.tid).then_some(&info.name);
        thread.name.as_ref().or(main).cloned()
    };
    let died = core.signal.is_some_and(|signal| !signal.is_snapshot());
    let known = core.threads();
    let threads = known.iter().enumerate();
    let threads = threads.map(|(at, thread)| {
        let native = walk.frames(thread);
        let (mut state, Merged { mut frames, gaps }) = match python {
            Some(python) => {
                let stack = python.stack_of(thread);
                let state = python.thread(thread, &native.frames, &stack);
                let outer = |shown| python.stack_beyond(shown);
                (state, merge(native, stack, python.series(), outer))
            }
            None => (None, merge_native(native)),
        };
        // Merging and what threads wait for count on addresses.
        if let Some(python) = python {
            if let Some(state) = &mut state {
                state.odd_objects = python.odd_objects(&frames);
            }
            python.name_objects(&mut frames, &mut walk.text_left);
        }
        Thread {
            number: u32::try_from(at + 1).ok(),
            tid: Some(thread.tid.into()),
            pthread: thread.pthread.filter(|&pointer| pointer > 0),
            name: name(thread).filter(|name| !name.is_empty()),
            current: died && at == 0,
            gaps,
            python: state,
            ..Thread::new(Tool::Core, frames)
        }
    });
    let mut threads: Vec<_> = threads.collect();
    threads.extend(python.into_iter().flat_map(only_python));
    let python = python.map(|python| {
        let mut state = python.state();
        settle(&mut state, &mut threads);
        python.find_lock_holders(&mut threads);
        state
    });
    Process {
        threads,
        python,
        modules: module_list(modules),
    }
}

/// Threads that the process does not have, but its interpreter still knows.
fn only_python(python: &Interpreters<'_, '_>) -> Vec<Thread> {
    let stacks = python.stacks_without_thread();
    let threads = stacks.map(|(pthread, stack)| {
        let Merged { frames, gaps } = merge_python(stack);
        Thread {
            pthread,
            state: Some("known to the interpreter alone".to_owned()),
            gaps,
            ..Thread::new(Tool::Core, frames)
        }
    });
    threads.collect()
}

struct Walk<'m, 'f> {
    modules: &'m Modules<'f>,
    unwinder: Unwinder<'m, 'f>,
    symbols: Symbols<'m, 'f>,
    left: usize,
    text_left: usize,
}

impl Walk<'_, '_> {
    fn frames(&mut self, thread: &CoreThread) -> NativeStack {
        // A thread that was seen as it ran.
        if thread.registers.sp().is_none() {
            return NativeStack::without_registers();
        }
        let mut frames = Vec::new();
        let mut physical = Vec::new();
        // What is left of the last frames goes to the first of each thread.
        let most = MOST_FRAMES.min(self.left).max(1);
        let mut raw = RawFrame::innermost(thread.registers.clone());
        let mut signals = 0;
        let stop = loop {
            // Inlined functions and those that jumped count as well.
            if frames.len() >= most {
                break Stop::TooMany(frames.len());
            }
            if self.text_left == 0 {
                break Stop::Text(MOST_TEXT);
            }
            if signals > MOST_SIGNALS {
                break Stop::Signals(MOST_SIGNALS);
            }
            // The CFA is known once the caller was looked for, and arguments count on it.
            let caller = self.unwinder.caller(&mut raw);
            signals += usize::from(raw.signal);
            match caller {
                Ok(caller) => {
                    physical.push(self.called(&raw, &caller, &mut frames));
                    raw = caller;
                }
                Err(stop) => {
                    physical.push(self.name(&raw, None, &mut frames));
                    break stop;
                }
            }
        };
        self.left = self.left.saturating_sub(frames.len());
        let gap = (stop != Stop::Base).then(|| Gap {
            at: frames.len(),
            count: None,
            why: stop.to_string(),
        });
        NativeStack {
            frames,
            physical,
            gap,
        }
    }

    /// Adds a frame whose caller is known, and the functions between them that ended in jumps.
    fn called(&mut self, inner: &RawFrame, outer: &RawFrame, frames: &mut Vec<Frame>) -> Physical {
        if inner.signal || outer.found != Found::Cfi {
            return self.name(inner, None, frames);
        }
        let (caller, callee) = (&outer.registers, inner.lookup());
        let link = self.symbols.link(caller.pc, callee);
        let passed = link.passed.as_ref();
        let passed = passed.map(|(passed, bias)| (passed, caller, *bias));
        let physical = self.name(inner, passed, frames);
        for &after in &link.jumps {
            let raw = RawFrame {
                interrupted: false,
                found: Found::TailCall,
                ..RawFrame::innermost(Registers::new(caller.machine(), after))
            };
            self.name(&raw, None, frames);
        }
        physical
    }

    fn name(
        &mut self,
        raw: &RawFrame,
        passed: Option<(&Passed<'_>, &Registers, u64)>,
        frames: &mut Vec<Frame>,
    ) -> Physical {
        let start = raw.registers.sp().unwrap_or_default();
        let span = start..raw.cfa.unwrap_or(start);
        if raw.signal {
            frames.push(Frame::Signal);
            let at = frames.len() - 1;
            return Physical { at, span };
        }
        let module = self.modules.at(raw.lookup());
        let scene = Scene {
            frame: raw,
            bias: module.map_or(0, |module| self.modules.open(module).bias),
            passed,
            memory: self.unwinder.memory(),
            modules: self.modules,
        };
        let module = module.map(|module| names::module(&module.path).to_owned());
        for function in self.symbols.at(raw.lookup()).iter() {
            let frame = NativeFrame {
                function: function.name.clone(),
                symbol: function.symbol.clone(),
                module: module.clone(),
                module_path: None,
                file: function.file.clone(),
                line: function.line,
                address: Some(raw.registers.pc),
                arguments: function.parameters.values(&scene),
                inlined: function.inlined,
                python: None,
                found: if function.inlined {
                    Found::Inlined
                } else {
                    raw.found
                },
            };
            self.text_left = self.text_left.saturating_sub(text_of(&frame));
            frames.push(Frame::Native(frame));
        }
        // At least one function was found, and the last is the one that has the frame.
        let at = frames.len() - 1;
        Physical { at, span }
    }
}

/// Bytes of its names and arguments.
fn text_of(frame: &NativeFrame) -> usize {
    let names = [&frame.function, &frame.symbol, &frame.module, &frame.file];
    let names = names.into_iter().flatten().map(String::len);
    let arguments = frame.arguments.iter();
    let arguments = arguments
        .map(|argument| argument.name.len() + argument.value.len() + size_of_val(argument));
    names.chain(arguments).sum()
}
