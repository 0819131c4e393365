//! One input as far as the stages before the signature take it.

use crate::evidence::core::Core;
use crate::evidence::{Evidence, Facts, Problem};
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
}
