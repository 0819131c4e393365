//! One input as far as the stages before the signature take it.

use std::collections::HashMap;
use std::time::Duration;
#[cfg(target_os = "linux")]
use std::{thread, time::Instant};

use crate::diagnosis::{Diagnosis, Look, Sampling, diagnose};
use crate::evidence::core::Core;
#[cfg(target_os = "linux")]
use crate::evidence::live::{Live, LiveError};
use crate::evidence::{Evidence, Facts, Problem, Tool};
use crate::signature::{Signature, signature};
use crate::stack::{
    self, DebugFiles, Files, Frame, Interpreters, Modules, Process, PythonFrame, Thread, Variables,
    from_core, from_text,
};

/// The stacks of one input, with what it says beside them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Case {
    /// A list of frames per thread.
    pub process: Process,
    /// What the input says beside its stacks.
    pub facts: Facts,
    /// What the process does, and what its memory shows; nothing of a text.
    pub diagnosis: Diagnosis,
    /// What could not be read, and why.
    pub problems: Vec<Problem>,
}

impl Case {
    /// What a text shows.
    #[must_use]
    pub fn from_text(evidence: Evidence) -> Self {
        Self {
            process: from_text(&evidence),
            facts: evidence.facts,
            diagnosis: Diagnosis::default(),
            problems: evidence.problems,
        }
    }

    /// What a core shows, with what is found of its programs and their debug information; the variables of its Python frames
    /// only if asked for.
    #[must_use]
    pub fn from_core(core: &Core, debug_files: &DebugFiles, variables: Variables) -> Self {
        let files = Files::default();
        let programs = Programs::of(core, &files, debug_files, variables);
        let (process, problems) = programs.stacks();
        let mut sampling = Sampling::default();
        let look = Look::new(&process, Vec::new());
        sampling.add(core, &process, look, Duration::ZERO, &HashMap::new());
        programs.case(process, problems, &sampling)
    }

    /// What a process that runs shows, as [`Case::from_core`], and what it does over some time: it is looked at every now and
    /// then until `sample` has passed. It runs on in between, and stands still only as long as reading what is looked at
    /// takes. The stacks are those of the last look.
    ///
    /// # Errors
    ///
    /// [`LiveError`] when it ends, or may not be stopped any more.
    #[cfg(target_os = "linux")]
    pub fn from_live(
        live: &Live,
        debug_files: &DebugFiles,
        variables: Variables,
        sample: Duration,
    ) -> Result<Self, LiveError> {
        let files = Files::default();
        let programs = Programs::of(live.core(), &files, debug_files, variables);
        live.forget_pages();
        // The first look tells what there is to be read.
        drop(programs.stacks());
        let mut sampling = Sampling::default();
        let began = Instant::now();
        let pause = (sample / MOST_LOOKS).max(SHORTEST_PAUSE);
        let least = if sample.is_zero() { 1 } else { LEAST_LOOKS };
        let mut count = 0;
        loop {
            count += 1;
            let (tasks, at) = (live.tasks(), began.elapsed());
            let (process, problems) = frozen(live, &programs)?;
            let look = Look::new(&process, tasks);
            sampling.add(live.core(), &process, look, at, &outside(live));
            let left = sample.saturating_sub(began.elapsed());
            let enough = left.is_zero() && count >= least;
            // A core that is wanted is of the last look, which is one more.
            if enough && !live.saves_next() {
                return Ok(programs.case(process, problems, &sampling));
            }
            thread::sleep(left.min(pause));
        }
    }

    /// Leaves out what values the process had: arguments and local variables of frames, its command line, what coroutines
    /// await, and exceptions in arguments; and the source lines of its programs.
    pub fn forget_values(&mut self) {
        self.process.threads.iter_mut().for_each(forget_of_thread);
        let python = self.process.python.iter_mut();
        let tasks = python
            .flat_map(|python| &mut python.interpreters)
            .flat_map(|interpreter| &mut interpreter.tasks);
        for task in tasks {
            task.awaits = None;
            task.frames.iter_mut().for_each(forget_of_python);
        }
        self.facts.command_line = None;
        self.facts
            .exceptions
            .retain(|exception| !exception.in_arguments);
    }

    /// What is looked for.
    #[must_use]
    pub fn signature(&self) -> Signature {
        signature(&self.process, &self.facts, self.diagnosis.hang().as_ref())
    }
}

fn forget_of_thread(thread: &mut Thread) {
    for frame in &mut thread.frames {
        match frame {
            Frame::Native(native) => {
                native.arguments.clear();
                native.python.iter_mut().for_each(forget_of_python);
            }
            Frame::Python(python) => forget_of_python(python),
            Frame::Signal | Frame::Marker { .. } => {}
        }
    }
}

fn forget_of_python(frame: &mut PythonFrame) {
    frame.arguments.clear();
    frame.locals.clear();
    frame.source = None;
}

/// The programs of a process, kept over the looks at it: reading their debug information takes longest.
struct Programs<'f> {
    core: &'f Core,
    modules: Modules<'f>,
    facts: Facts,
    variables: Variables,
}

impl<'f> Programs<'f> {
    fn of(
        core: &'f Core,
        files: &'f Files,
        debug_files: &'f DebugFiles,
        variables: Variables,
    ) -> Self {
        let modules = Modules::of_core(core, files, debug_files);
        let mut facts = core.facts();
        facts.pythons = stack::sightings(&modules);
        Self {
            core,
            modules,
            facts,
            variables,
        }
    }

    /// The stacks as they are now, and what could not be read of the Python ones.
    fn stacks(&self) -> (Process, Vec<Problem>) {
        let mut problems = self.core.problems.clone();
        let python = Interpreters::find(&self.modules, &self.facts.pythons, self.variables);
        let python = python.unwrap_or_else(|why| {
            problems.push(Problem::of(format!("no Python frames: {why}")));
            None
        });
        let process = from_core(&self.modules, python.as_ref());
        let python = python.iter().flat_map(Interpreters::problems);
        problems.extend(python.map(Problem::of));
        (process, problems)
    }

    /// What all looks came to.
    fn case(self, process: Process, mut problems: Vec<Problem>, sampling: &Sampling) -> Case {
        let mut facts = self.facts;
        stack::add_facts(&self.modules, &process, &mut facts);
        problems.extend(self.modules.problems().map(Problem::of));
        let diagnosis = diagnose(self.core, &process, sampling);
        for fact in diagnosis.facts() {
            if !facts.interpreter.contains(&fact) {
                facts.interpreter.push(fact);
            }
        }
        Case {
            process,
            facts,
            diagnosis,
            problems,
        }
    }
}

/// The stacks of a process at one moment.
#[cfg(target_os = "linux")]
fn frozen(live: &Live, programs: &Programs<'_>) -> Result<(Process, Vec<Problem>), LiveError> {
    let mut shown = (Process::default(), Vec::new());
    for _ in 0..MOST_FREEZES {
        live.freeze()?;
        shown = programs.stacks();
        if live.late_pages() == 0 {
            break;
        }
    }
    let (mut process, mut problems) = shown;
    problems.extend(live.problems());
    let late = live.late_pages();
    if late > 0 {
        let what = format!("{late} pages of memory were read as the process ran on");
        problems.push(Problem::of(what));
    }
    for thread in &mut process.threads {
        thread.tool = Tool::Process;
        let tid = thread.tid.and_then(|tid| tid.try_into().ok());
        thread.torn = tid.is_some_and(|tid| live.is_torn(tid));
    }
    Ok((process, problems))
}

/// What the threads of a process wait at in system calls, by the system's number.
#[cfg(target_os = "linux")]
fn outside(live: &Live) -> HashMap<u64, String> {
    let threads = live.core().threads();
    let threads = threads.iter();
    let named = threads.filter_map(|thread| {
        let blocks = thread.system_call?.blocks()?;
        Some((thread.tid.into(), live.waits_at(blocks)?))
    });
    named.collect()
}

/// Looks at a process that is watched for long are spread over that time.
#[cfg(target_os = "linux")]
const MOST_LOOKS: u32 = 100;

/// Fewer looks do not tell what comes back to the same place from what never left it; on a busy machine they take longer.
#[cfg(target_os = "linux")]
const LEAST_LOOKS: u32 = 5;

/// What the process has between looks at least: they cost it a millisecond or two each.
#[cfg(target_os = "linux")]
const SHORTEST_PAUSE: Duration = Duration::from_millis(25);

/// A process that runs somewhere else each time is frozen so often for a look; what is still missing then is read as it
/// runs.
#[cfg(target_os = "linux")]
const MOST_FREEZES: usize = 4;
