//! Frames that run code, and generators that own one.

use super::image::Image;

/// Bytes of the instructions of each line.
pub(super) const LINE: u8 = 2;

/// The owner of a frame that stands for C code, since 3.12 (`Include/internal/pycore_frame.h`).
const OWNED_BY_C: u8 = 3;

impl Image {
    /// A frame on the second line of some code, with the values of its variables, called by another frame or by none.
    pub(crate) fn frame(&mut self, code: u64, variables: &[u64], back: u64) -> u64 {
        if self.series >= (3, 11) {
            return self.code_frame(code, variables, back);
        }
        let locals = self.at(0, "_frame.f_localsplus");
        let values = locals + variables.len() as u64 * 8;
        let frame = self.object("frame", values + 64);
        self.set(frame, "_frame.f_back", back);
        self.set(frame, "_frame.f_code", code);
        self.set(frame, "_frame.f_valuestack", frame + values);
        // 3.10 counts instructions, which have two bytes.
        let last = if self.series == (3, 10) { 1 } else { 2 };
        self.set_int(frame, "_frame.f_lasti", last);
        self.put_words(frame + locals, variables);
        frame
    }

    /// A `_PyInterpreterFrame`.
    fn code_frame(&mut self, code: u64, variables: &[u64], back: u64) -> u64 {
        let locals = self.at(0, "_PyInterpreterFrame.localsplus");
        let frame = self.room(locals + variables.len() as u64 * 8 + 64);
        self.begin(frame, code, variables, back);
        frame
    }

    /// Makes a `_PyInterpreterFrame` of room that there is.
    fn begin(&mut self, frame: u64, code: u64, variables: &[u64], back: u64) {
        let instruction = self.at(code, "PyCodeObject.co_code_adaptive") + u64::from(LINE);
        for (member, value) in [
            ("_PyInterpreterFrame.previous", back),
            (
                "_PyInterpreterFrame.f_executable | _PyInterpreterFrame.f_code",
                code,
            ),
            (
                "_PyInterpreterFrame.instr_ptr | _PyInterpreterFrame.prev_instr",
                instruction,
            ),
        ] {
            self.set(frame, member, value);
        }
        // 3.11: each was called by C code.
        if self.find("_PyInterpreterFrame.is_entry").is_some() {
            self.set_byte(frame, "_PyInterpreterFrame.is_entry", 1);
        }
        let locals = self.at(frame, "_PyInterpreterFrame.localsplus");
        self.put_words(locals, variables);
    }

    /// What stands since 3.12 between the frames of a call of the interpreter loop and the C code that called it; before,
    /// the frame itself.
    pub(crate) fn shim(&mut self, back: u64) -> u64 {
        if self.series < (3, 12) {
            return back;
        }
        let frame = self.structure("_PyInterpreterFrame");
        self.set(frame, "_PyInterpreterFrame.previous", back);
        self.set_byte(frame, "_PyInterpreterFrame.owner", OWNED_BY_C);
        frame
    }

    /// A generator or coroutine of some code, suspended where it awaits an object.
    pub(crate) fn generator(&mut self, class: &'static str, name: &str, awaits: u64) -> u64 {
        let code = self.code(name, "/nowhere/crew.py", 50, (0, &[]));
        let generator = if self.series < (3, 11) {
            let generator = self.object(class, 128);
            let frame = self.frame(code, &[awaits], 0);
            self.set(generator, "PyGenObject.gi_frame", frame);
            self.suspend(frame, "_frame.f_localsplus");
            generator
        } else {
            let frame = self.at(0, "PyGenObject.gi_iframe");
            let generator = self.object(class, frame + 256);
            self.begin(generator + frame, code, &[awaits], 0);
            self.set_byte(generator, "PyGenObject.gi_frame_state", 0xff);
            self.suspend(generator + frame, "_PyInterpreterFrame.localsplus");
            generator
        };
        let name = self.string(name);
        self.set_any(generator, "PyGenObject.gi_code", code);
        self.set_any(generator, "PyGenObject.gi_name", name);
        self.set_any(generator, "PyGenObject.gi_qualname", name);
        generator
    }

    /// Says that the one value of a frame is on top of its stack.
    fn suspend(&mut self, frame: u64, values: &str) {
        let values = self.at(frame, values);
        self.set_any(frame, "_frame.f_valuestack", values);
        self.set_any(frame, "_frame.f_stacktop", values + 8);
        self.set_any(frame, "_PyInterpreterFrame.stackpointer", values + 8);
        for count in ["_frame.f_stackdepth", "_PyInterpreterFrame.stacktop"] {
            if self.find(count).is_some() {
                self.set_int(frame, count, 1);
            }
        }
        if self.find("_frame.f_state").is_some() && self.series < (3, 11) {
            self.set_byte(frame, "_frame.f_state", 0xff);
        }
    }
}
