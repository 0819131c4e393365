//! Generators and coroutines: what they run, and where they stand.

use std::cmp::Ordering;

use crate::stack::python::code::Code;
use crate::stack::python::cpython::Cpython;
use crate::stack::python::layout::Field;

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
        if self.series >= (3, 11) {
            return self.new_place(generator);
        }
        // It owns a frame object up to its end.
        let Some(frame) = self.pointer(generator, Field::GeneratorFrame) else {
            return Some("finished".to_owned());
        };
        if self.is_running(generator, frame)? {
            return Some("running".to_owned());
        }
        let last = self.int(frame, Field::FrameLastInstruction)?;
        if last < 0 {
            return Some("not started".to_owned());
        }
        // 3.10 counts instructions, which have two bytes.
        let size = if self.series >= (3, 10) { 2 } else { 1 };
        let code = self.pointer(frame, Field::FrameCode)?;
        let code = self.code(code)?;
        Some(suspended(&code, i64::from(last) * size))
    }

    /// Whether it has ended.
    pub(in crate::stack::python) fn generator_has_ended(&self, generator: u64) -> Option<bool> {
        if self.series >= (3, 11) {
            let state = self.byte(generator, Field::GeneratorState)?.cast_signed();
            return Some(state > self.executing());
        }
        // It owns a frame object up to its end.
        Some(self.pointer(generator, Field::GeneratorFrame).is_none())
    }

    /// Whether it runs.
    pub(in crate::stack::python) fn generator_runs(&self, generator: u64) -> Option<bool> {
        if self.series >= (3, 11) {
            let state = self.byte(generator, Field::GeneratorState)?.cast_signed();
            return Some(state == self.executing());
        }
        self.is_running(generator, self.pointer(generator, Field::GeneratorFrame)?)
    }

    /// A member of the generator says so; in 3.10 the state of its frame, where 0 is `FRAME_EXECUTING`
    /// (`Include/cpython/frameobject.h`).
    fn is_running(&self, generator: u64, frame: u64) -> Option<bool> {
        let running = self.byte(generator, Field::GeneratorRunning);
        let running = running.map(|running| running != 0);
        running.or_else(|| Some(self.byte(frame, Field::FrameState)? == 0))
    }

    fn new_place(&self, generator: u64) -> Option<String> {
        let state = self.byte(generator, Field::GeneratorState)?.cast_signed();
        let word = match state.cmp(&self.executing()) {
            Ordering::Equal => Some("running"),
            Ordering::Greater => Some("finished"),
            Ordering::Less => (state == self.created()).then_some("not started"),
        };
        if let Some(word) = word {
            return Some(word.to_owned());
        }
        let frame = self.at(generator, Field::GeneratorFrame)?;
        let code = self.reference(frame, Field::CodeFrameCode)?;
        let code = self.code(code)?;
        let instruction = self.word(frame, Field::CodeFrameInstruction)?;
        let first = self.at(code.address, Field::CodeInstructions)?;
        Some(suspended(
            &code,
            instruction.wrapping_sub(first).cast_signed(),
        ))
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

fn suspended(code: &Code, offset: i64) -> String {
    let file = code.file.as_deref().unwrap_or("?");
    match code.line(offset) {
        Some(line) => format!("suspended at {file}:{line}"),
        None => format!("suspended in {file}"),
    }
}
