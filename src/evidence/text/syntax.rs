//! What the formats share: numbers, addresses, places in files, argument lists.

use std::str::FromStr;

use super::{Argument, PastedFrame};

/// The longest line that is shown to a regex; no tool prints a frame that long in the formats read that way.
pub(super) const LONGEST: usize = 4096;

/// Hexadecimal digits with or without `0x`; `None` for what does not fit an address.
pub(super) fn hex(text: &str) -> Option<u64> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    u64::from_str_radix(digits, 16).ok()
}

/// The number that begins a text, and what follows it.
pub(super) fn digits<T: FromStr>(text: &str) -> Option<(T, &str)> {
    let end = text
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// `#12  rest`, also `# 12 rest` as some trackers have it.
pub(super) fn frame_number(text: &str) -> Option<(u32, &str)> {
    let (number, rest) = digits(text.strip_prefix('#')?.trim_start())?;
    rest.starts_with(char::is_whitespace)
        .then(|| (number, rest.trim_start()))
}

/// `0x7f01  rest`: the address and what follows, which may be nothing.
pub(super) fn address(text: &str) -> Option<(u64, &str)> {
    let word = text.split_whitespace().next()?;
    let digits = word
        .strip_prefix("0x")
        .or_else(|| word.strip_prefix("0X"))?;
    let value = u64::from_str_radix(digits, 16).ok()?;
    text.trim_start()
        .get(word.len()..)
        .map(|rest| (value, rest.trim_start()))
}

/// The function of a frame; `None` for the signs that stand for an unknown one.
pub(super) fn function(text: &str) -> Option<String> {
    let text = text.trim();
    let unknown = [
        "",
        "??",
        "???",
        "n/a",
        "(unknown)",
        "<unknown>",
        "<null>",
        "[unknown]",
    ];
    (!unknown.contains(&text)).then(|| text.to_owned())
}

/// `file.c:44:76` or `file.c:44`, from the right, since a path may hold colons.
pub(super) fn place(text: &str) -> Option<(&str, u32, Option<u32>)> {
    let (front, last) = text.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    let (file, line, column) = match front.rsplit_once(':') {
        Some((file, line)) if !line.is_empty() => match line.parse() {
            Ok(line) => (file, line, Some(last)),
            Err(_) => (front, last, None),
        },
        _ => (front, last, None),
    };
    (!file.is_empty()).then_some((file, line, column))
}

impl PastedFrame {
    /// Takes over `file.c:44:76`, or a file without a line.
    pub(super) fn set_place(&mut self, text: &str) {
        let text = text.trim();
        match place(text) {
            Some((file, line, column)) => {
                self.file = Some(file.to_owned());
                // A compiler that knows no line says 0.
                self.line = Some(line).filter(|&line| line > 0);
                self.column = column.filter(|&column| column > 0);
            }
            None => self.file = Some(text.to_owned()).filter(|file| !file.is_empty()),
        }
    }

    /// Takes over `name+0x12`, `name + 12` or a bare name.
    pub(super) fn set_function(&mut self, text: &str) {
        let parts = text.rsplit_once('+').and_then(|(name, offset)| {
            let offset = offset.trim();
            let value = match offset.strip_prefix("0x") {
                Some(digits) => u64::from_str_radix(digits, 16),
                None => offset.parse(),
            };
            Some((name, value.ok()?))
        });
        (self.function, self.offset) = match parts {
            Some((name, offset)) => (function(name), Some(offset)),
            None => (function(text), None),
        };
    }

    /// Takes over `module+0x12` or `module + 0x12`, the module of which may be unknown.
    pub(super) fn set_module(&mut self, text: &str) {
        let parts = text
            .rsplit_once('+')
            .and_then(|(module, offset)| Some((module, hex(offset.trim())?)));
        let (module, offset) = match parts {
            Some((module, offset)) => (module, Some(offset)),
            None => (text, None),
        };
        self.module = function(module).filter(|module| module != "<unknown module>");
        self.module_offset = offset.filter(|_| self.module.is_some());
    }
}

/// Whether a text is one C identifier with the suffixes of compilers and linkers (`f.lto_priv.0`, `f@@GLIBC_2.4`), or
/// a C++ name without blanks.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_$.@:~".contains(&byte))
}

/// Follows brackets and quotes through a text that is given byte by byte.
#[derive(Debug, Default)]
pub(super) struct Brackets {
    depth: usize,
    angles: usize,
    quote: Option<u8>,
    escaped: bool,
    before: [u8; 2],
}

impl Brackets {
    /// Whether brackets or quotes are open.
    pub(super) fn open(&self) -> bool {
        self.depth > 0 || self.angles > 0 || self.quote.is_some()
    }

    /// Goes on by one byte.
    pub(super) fn step(&mut self, byte: u8) {
        match self.quote {
            Some(_) if self.escaped => self.escaped = false,
            Some(_) if byte == b'\\' => self.escaped = true,
            Some(quote) if byte == quote => self.quote = None,
            Some(_) => {}
            None => self.bracket(byte),
        }
        self.before = [self.before[1], byte];
    }

    fn bracket(&mut self, byte: u8) {
        match byte {
            b'"' => self.quote = Some(byte),
            b'\'' if self.may_quote() => self.quote = Some(byte),
            b'(' | b'[' | b'{' => self.depth += 1,
            b')' | b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            // `<optimized out>` and `<Foo at remote 0x1>` open after a sign, the arrow of `a->b` does not close them.
            b'<' if !self.before[1].is_ascii_alphanumeric() => self.angles += 1,
            b'>' if self.before[1] != b'-' => self.angles = self.angles.saturating_sub(1),
            _ => {}
        }
    }

    /// An apostrophe within a word (`can't`) opens no string, the one of `b'x'` does.
    fn may_quote(&self) -> bool {
        let [earlier, last] = self.before;
        !last.is_ascii_alphanumeric()
            || (b"bBuUrR".contains(&last) && !earlier.is_ascii_alphanumeric())
    }
}

/// Where the list that begins with `(` ends: the index of its closing bracket.
pub(super) fn closing(text: &str) -> Option<usize> {
    let mut brackets = Brackets::default();
    for (i, byte) in text.bytes().enumerate() {
        brackets.step(byte);
        // `<` that nothing closes must not hide the end of a list.
        if brackets.depth == 0 && brackets.quote.is_none() {
            return Some(i);
        }
    }
    None
}

/// How many arguments of one frame are told apart; the last holds what follows. C calls have fewer by far, damaged text
/// may have millions.
pub(super) const MOST_ARGUMENTS: usize = 1000;

/// Splits what stands between the brackets of an argument list.
pub(super) fn arguments(text: &str) -> Vec<Argument> {
    let (mut starts, whole) = commas(text);
    if !whole {
        starts = damaged_commas(text);
    } else if begins_argument(text) {
        // A list of names has names throughout: `f=Frame 0x7f01, for file x.py, line 9, in go (...)` is one value.
        starts.retain(|&start| start == 0 || begins_argument(&text[start..]));
    }
    starts.truncate(MOST_ARGUMENTS);
    let ends = starts.iter().skip(1).map(|&start| start - 1);
    let ends = ends.chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .filter_map(|(&start, end)| argument(text.get(start..end)?.trim()))
        .collect()
}

/// Where the arguments begin, and whether all brackets and quotes were closed.
fn commas(text: &str) -> (Vec<usize>, bool) {
    let mut brackets = Brackets::default();
    let mut starts = vec![0];
    for (i, byte) in text.bytes().enumerate() {
        // Some of them may begin no argument, so that more are kept than are told apart.
        if byte == b',' && !brackets.open() && starts.len() < 100 * MOST_ARGUMENTS {
            starts.push(i + 1);
        }
        brackets.step(byte);
    }
    (starts, !brackets.open())
}

/// The same for a list with unbalanced brackets (gdb cuts values off): every comma before `name=` counts.
fn damaged_commas(text: &str) -> Vec<usize> {
    let commas = text.match_indices(',').map(|(i, _)| i + 1);
    [0].into_iter()
        .chain(commas.filter(|&start| begins_argument(&text[start..])))
        .collect()
}

/// Whether `name=` stands here.
pub(super) fn begins_argument(text: &str) -> bool {
    let text = text.trim_start();
    let end = text.bytes().take(80).position(|byte| !is_name_byte(byte));
    end.is_some_and(|end| end > 0 && text.as_bytes()[end] == b'=')
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.@:$".contains(&byte)
}

fn argument(text: &str) -> Option<Argument> {
    // A list that was cut off.
    let text = text.trim_end_matches(',');
    let (name, value) = match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && name.bytes().all(is_name_byte) => (name, value),
        _ => ("", text),
    };
    // gdb prints `x=x@entry=1` where the value has not changed since the call.
    let value = value
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix("@entry="))
        .filter(|_| !name.is_empty())
        .unwrap_or(value);
    (!text.is_empty()).then(|| Argument {
        name: name.to_owned(),
        value: value.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argument_lists_are_split_at_their_own_commas() {
        let split = |text| -> Vec<String> {
            arguments(text)
                .iter()
                .map(|argument| format!("{}|{}", argument.name, argument.value))
                .collect()
        };
        for (text, parts) in [
            ("", vec![]),
            ("a=1, b=<optimized out>", vec!["a|1", "b|<optimized out>"]),
            (
                "d={'x': (1, 2), 'y)': b'q,'}, n=0x0",
                vec!["d|{'x': (1, 2), 'y)': b'q,'}", "n|0x0"],
            ),
            (
                "f=Frame 0x7f01, for file /t/w.py, line 9, in go (self=<W(n=1) at remote 0x7f02>), t=0",
                vec![
                    "f|Frame 0x7f01, for file /t/w.py, line 9, in go (self=<W(n=1) at remote 0x7f02>)",
                    "t|0",
                ],
            ),
            (
                "op=op@entry=0x1, op@entry=0x2",
                vec!["op|0x1", "op@entry|0x2"],
            ),
            (
                "s='cut off...(truncated), flags=3",
                vec!["s|'cut off...(truncated)", "flags|3"],
            ),
            (
                "m=0x1 \"can't, won't\", c=39 '\\'', p=q->r",
                vec!["m|0x1 \"can't, won't\"", "c|39 '\\''", "p|q->r"],
            ),
        ] {
            assert_eq!(split(text), parts, "{text}");
        }
    }

    #[test]
    fn places() {
        assert_eq!(place("a.c:4:7"), Some(("a.c", 4, Some(7))));
        assert_eq!(place(r"C:\a.c:4"), Some((r"C:\a.c", 4, None)));
        assert_eq!(place("a.c"), None);
        assert_eq!(place(":4"), None);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert_eq!(hex("0xffffffffffffffff"), Some(u64::MAX));
        assert_eq!(hex("0x1ffffffffffffffff"), None);
        assert_eq!(frame_number("#99999999999 f"), None);
        assert_eq!(frame_number("# 7 f"), Some((7, "f")));
        assert_eq!(address("0x7f  in f"), Some((0x7f, "in f")));
    }
}
