//! One input as far as the stages before the signature take it.

use crate::evidence::core::Core;
#[cfg(target_os = "linux")]
use crate::evidence::live::{Live, LiveError};
use crate::evidence::{Evidence, Facts, Problem, Tool};
use crate::stack::{
    self, DebugFiles, Files, Interpreters, Modules, Process, Variables, from_core, from_text,
};

/// The stacks of one input, with what it says beside them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Case {
    /// A list of frames per thread.
    pub process: Process,
    /// What the input says beside its stacks.
    pub facts: Facts,
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
            problems: evidence.problems,
        }
    }

    /// What a core shows, with what is found of its programs and their debug information; the variables of its Python frames
    /// only if asked for.
    #[must_use]
    pub fn from_core(core: &Core, debug_files: &DebugFiles, variables: Variables) -> Self {
        let files = Files::default();
        let modules = Modules::of_core(core, &files, debug_files);
        let mut facts = core.facts();
        facts.pythons = stack::sightings(&modules);
        let mut problems = core.problems.clone();
        let python =
            Interpreters::find(&modules, &facts.pythons, variables).unwrap_or_else(|why| {
                problems.push(Problem::of(format!("no Python frames: {why}")));
                None
            });
        let process = from_core(&modules, python.as_ref());
        let python = python.iter().flat_map(Interpreters::problems);
        problems.extend(python.map(Problem::of));
        stack::add_facts(&modules, &process, &mut facts);
        problems.extend(modules.problems().map(Problem::of));
        Self {
            process,
            facts,
            problems,
        }
    }

    /// What a process that runs shows, as [`Case::from_core`]. It runs on in between, and stands still only as long as reading
    /// what is looked at takes.
    ///
    /// # Errors
    ///
    /// [`LiveError`] when it ends, or may not be stopped any more.
    #[cfg(target_os = "linux")]
    pub fn from_live(
        live: &mut Live,
        debug_files: &DebugFiles,
        variables: Variables,
    ) -> Result<Self, LiveError> {
        // The first look tells what there is to be read.
        let mut case = Self::from_core(live.core(), debug_files, variables);
        for _ in 0..MOST_LOOKS {
            live.freeze()?;
            case = Self::from_core(live.core(), debug_files, variables);
            if live.late_pages() == 0 {
                break;
            }
        }
        let late = live.late_pages();
        if late > 0 {
            let what = format!("{late} pages of memory were read as the process ran on");
            case.problems.push(Problem::of(what));
        }
        for thread in &mut case.process.threads {
            thread.tool = Tool::Process;
        }
        Ok(case)
    }
}

/// A process that runs somewhere else each time is looked at so often; what is still missing then is read as it runs.
#[cfg(target_os = "linux")]
const MOST_LOOKS: usize = 4;
