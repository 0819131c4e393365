//! Code objects, and exceptions that passed their frames.

use super::frames::LINE;
use super::image::Image;

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
