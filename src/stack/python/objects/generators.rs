//! Generators and coroutines: what they run, and where they stand.

use std::cmp::Ordering;

use crate::stack::python::cpython::Cpython;
use crate::stack::python::frames;
use crate::stack::python::layout::Field;

/// What a generator or coroutine is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stack::python) enum GeneratorState {
    NotStarted,
    Suspended,
    Running,
    Finished,
}

impl Cpython<'_, '_> {
    /// The name of a generator or coroutine, qualified since 3.5; of 2.7 that of its code.
    pub(super) fn generator_name(&self, generator: u64) -> Option<String> {
        let named = [Field::GeneratorQualifiedName, Field::GeneratorName];
        let named = named.map(|field| self.pointer(generator, field));
        let name = named
            .into_iter()
            .flatten()
            .find_map(|name| self.string(name));
        name.or_else(|| {
            let code = self.pointer(generator, Field::GeneratorCode)?;
            Some(self.code(code)?.name.clone())
        })
    }

    /// Where it stands, in words: `suspended at file:line`, `not started`, `running`, `finished`.
    pub(super) fn generator_place(&self, generator: u64) -> Option<String> {
        let word = match self.generator_state(generator)? {
            GeneratorState::NotStarted => "not started",
            GeneratorState::Running => "running",
            GeneratorState::Finished => "finished",
            GeneratorState::Suspended => {
                let (code, line) = frames::place(self, frames::owned_by(self, generator)?)?;
                let file = code.file.as_deref().unwrap_or("?");
                return Some(match line {
                    Some(line) => format!("suspended at {file}:{line}"),
                    None => format!("suspended in {file}"),
                });
            }
        };
        Some(word.to_owned())
    }

    /// What it is about; `None` where that cannot be read.
    pub(in crate::stack::python) fn generator_state(
        &self,
        generator: u64,
    ) -> Option<GeneratorState> {
        if self.series >= (3, 11) {
            let state = self.byte(generator, Field::GeneratorState)?.cast_signed();
            return Some(match state.cmp(&self.executing()) {
                Ordering::Equal => GeneratorState::Running,
                Ordering::Greater => GeneratorState::Finished,
                Ordering::Less if state == self.created() => GeneratorState::NotStarted,
                Ordering::Less => GeneratorState::Suspended,
            });
        }
        let Some(frame) = frames::owned_by(self, generator) else {
            return Some(GeneratorState::Finished);
        };
        if self.is_running(generator, frame)? {
            return Some(GeneratorState::Running);
        }
        let begun = frames::last_instruction(self, frame)? >= 0;
        Some(if begun {
            GeneratorState::Suspended
        } else {
            GeneratorState::NotStarted
        })
    }

    /// A member of the generator says so; in 3.10 the state of its frame, where 0 is `FRAME_EXECUTING`
    /// (`Include/cpython/frameobject.h`).
    fn is_running(&self, generator: u64, frame: u64) -> Option<bool> {
        let running = self.byte(generator, Field::GeneratorRunning);
        let running = running.map(|running| running != 0);
        running.or_else(|| Some(self.byte(frame, Field::FrameState)? == 0))
    }

    /// `FRAME_CREATED`; those up to [`Self::executing`] are suspended (`Include/internal/pycore_frame.h` of v3.11.7,
    /// v3.12.1, v3.13.0 and v3.15.2).
    fn created(&self) -> i8 {
        match self.series {
            (3, ..=12) => -2,
            (3, 13..=14) => -3,
            _ => 0,
        }
    }

    /// `FRAME_EXECUTING`; those behind it are finished.
    fn executing(&self) -> i8 {
        if self.series < (3, 15) { 0 } else { 4 }
    }
}
