//! Code objects, frames that run them, and exceptions that passed these.

use super::image::Image;

/// Bytes of the instructions of each line.
const LINE: u8 = 2;

/// The owner of a frame that stands for C code, since 3.12 (`Include/internal/pycore_frame.h`).
const OWNED_BY_C: u8 = 3;

impl Image {
    /// A code object whose lines have two bytes each, from its first line on; the first variables are its arguments.
    pub(crate) fn code(
        &mut self,
        name: &str,
        file: &str,
        first_line: i32,
        (arguments, variables): (i32, &[&str]),
    ) -> u64 {
        let code = self.object("code", 512);
        let lines = self.line_table();
        let names: Vec<u64> = variables.iter().map(|name| self.string(name)).collect();
        let names = self.tuple(&names);
        let (name, file) = (self.string(name), self.string(file));
        let instructions = self.byte_string(&[0; 6]);
        let kinds = self.byte_string(&vec![0x20; variables.len()]);
        let none = self.tuple(&[]);
        for (member, value) in [
            ("PyCodeObject.co_name", name),
            ("PyCodeObject.co_filename", file),
            ("PyCodeObject.co_linetable | PyCodeObject.co_lnotab", lines),
            (
                "PyCodeObject.co_localsplusnames | PyCodeObject.co_varnames",
                names,
            ),
        ] {
            self.set(code, member, value);
        }
        for (member, value) in [
            ("PyCodeObject.co_qualname", name),
            ("PyCodeObject.co_code", instructions),
            ("PyCodeObject.co_localspluskinds", kinds),
            ("PyCodeObject.co_cellvars", none),
            ("PyCodeObject.co_freevars", none),
        ] {
            self.set_any(code, member, value);
        }
        self.set_int(code, "PyCodeObject.co_argcount", arguments);
        self.set_int(code, "PyCodeObject.co_stacksize", 2);
        self.set_int(code, "PyCodeObject.co_firstlineno", first_line);
        code
    }

    /// Three lines of two bytes each.
    fn line_table(&mut self) -> u64 {
        let (no_columns, step) = (0x80 | 13 << 3, 1 << 1);
        match self.series {
            (2, _) | (3, ..=9) => self.byte_string(&[LINE, 1, LINE, 1]),
            (3, 10) => self.byte_string(&[LINE, 0, LINE, 1, LINE, 1]),
            _ => self.byte_string(&[no_columns, 0, no_columns, step, no_columns, step]),
        }
    }

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
        self.put_words(frame + locals, variables);
        frame
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

    /// An exception with one argument, and the one that was handled when it was raised.
    pub(crate) fn exception(&mut self, class: &'static str, message: &str, context: u64) -> u64 {
        let message = self.string(message);
        let arguments = self.tuple(&[message]);
        let exception = self.object(class, 128);
        self.set(exception, "PyBaseExceptionObject.args", arguments);
        self.set_any(exception, "PyBaseExceptionObject.context", context);
        exception
    }

    /// A traceback of one frame.
    pub(crate) fn traceback(&mut self, frame: u64, line: i32) -> u64 {
        let traceback = self.object("traceback", 64);
        let object = if self.series < (3, 11) {
            frame
        } else {
            let object = self.object("frame", 128);
            self.set(object, "_frame.f_frame", frame);
            object
        };
        self.set(traceback, "_traceback.tb_frame", object);
        self.set_int(traceback, "_traceback.tb_lineno", line);
        traceback
    }
}
