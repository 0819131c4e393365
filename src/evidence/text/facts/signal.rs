//! The signal that ended the process.

use std::sync::LazyLock;

use regex::Regex;

use crate::evidence::Signal;
use crate::pattern::regex;

/// Words for signals, in lower case.
const WORDS: [(&str, &str); 18] = [
    ("segmentation fault", "SEGV"),
    ("segfault", "SEGV"),
    ("exc_bad_access", "SEGV"),
    ("access violation", "SEGV"),
    ("exc_bad_instruction", "ILL"),
    ("exc_breakpoint", "TRAP"),
    ("exc_arithmetic", "FPE"),
    ("exc_crash", "ABRT"),
    ("abort trap", "ABRT"),
    ("aborted", "ABRT"),
    ("bus error", "BUS"),
    ("floating point exception", "FPE"),
    ("floating-point exception", "FPE"),
    ("illegal instruction", "ILL"),
    ("trace/breakpoint trap", "TRAP"),
    ("trace/bpt trap", "TRAP"),
    ("0xc0000005", "SEGV"),
    ("0xc00000fd", "SEGV"),
];

/// What debuggers, the system and sanitizers say: `Signal: 5 (TRAP)`, `received signal SIGSEGV`, `terminated with signal 6, Aborted`,
/// `stop reason = signal SIGABRT`, `EXC_BAD_ACCESS (SIGSEGV)`, `status=11/SEGV`, `default action of signal 11 (SIGSEGV)`.
static TOLD: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?-u:\b)Signal: (?:([0-9]{1,2})(?-u:\b)|SIG([A-Z]{2,5}))|(?:(?i:received|with|receiving|reason =|by|action of|caught|:) )signal:? (?:([0-9]{1,2})(?-u:\b)|SIG([A-Z]{2,5})(?-u:\b))|",
        r"(?-u:\b)EXC_[A-Z_]+ \(SIG([A-Z]{2,5})\)|(?-u:\b)status=([0-9]{1,2})/[A-Z]|<Signals\.SIG([A-Z]{2,5}): |Sanitizer: (SEGV|BUS|FPE|ILL|ABRT) on |",
        r"(?:^|\s)\(?SIG([A-Z]{2,5})\): |(?-u:\b)due to signal ([0-9]{1,2})(?-u:\b)"
    ))
});

/// Signals seen so far: how the text says it decides, the first of the surest stands.
#[derive(Debug, Default)]
pub(super) struct Signals {
    told: Option<Signal>,
    fatal: Option<Signal>,
    words: Option<Signal>,
    prose: Option<Signal>,
}

impl Signals {
    pub(super) fn look(&mut self, text: &str) {
        if self.told.is_none() {
            self.told = TOLD
                .captures(text)
                .and_then(|found| named(found.iter().skip(1).flatten().next()?.as_str()));
        }
        let lower = text.to_ascii_lowercase();
        let Some((at, word, name)) = WORDS
            .iter()
            .find_map(|(word, name)| Some((lower.find(word)?, word, name)))
        else {
            return;
        };
        let slot = if lower[..at].ends_with("fatal python error: ")
            || lower[..at].ends_with("windows fatal exception: ")
        {
            &mut self.fatal
        } else if at == 0
            || lower.contains("core dumped")
            || text.starts_with('[')
            || word.starts_with("exc_")
            || word.starts_with("0x")
        {
            // A shell's words stand at the beginning; zsh puts `[1]    38085` before.
            &mut self.words
        } else {
            &mut self.prose
        };
        // `aborted` in a sentence is said of much else.
        let sentence = *word == "aborted"
            && slot.is_none()
            && at > 0
            && !lower[..at].ends_with(": ")
            && !lower.contains("core dumped")
            && !text.starts_with('[');
        if !sentence && slot.is_none() {
            *slot = named(name);
        }
    }

    pub(super) fn surest(self) -> Option<Signal> {
        self.told.or(self.fatal).or(self.words).or(self.prose)
    }
}

/// A signal by number or by name without `SIG`.
fn named(text: &str) -> Option<Signal> {
    match text.parse() {
        Ok(number) => Some(Signal::of_number(number)),
        Err(_) => Signal::of_name(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(lines: &[&str]) -> Option<(Option<u32>, String)> {
        let mut signals = Signals::default();
        lines.iter().for_each(|line| signals.look(line));
        signals.surest().map(|signal| (signal.number, signal.name))
    }

    #[test]
    fn spellings() {
        for (text, number, name) in [
            ("        Signal: 5 (TRAP)", 5, "TRAP"),
            (
                "Program received signal SIGSEGV, Segmentation fault.",
                11,
                "SEGV",
            ),
            (
                "Thread 1 \"python\" received signal SIGABRT, Aborted.",
                6,
                "ABRT",
            ),
            ("Program terminated with signal 6, Aborted.", 6, "ABRT"),
            (
                "* thread #1, name = 'python', stop reason = signal SIGABRT",
                6,
                "ABRT",
            ),
            (
                "* thread #1, stop reason = EXC_BAD_ACCESS (code=1, address=0x0)",
                11,
                "SEGV",
            ),
            ("Exception Type:        EXC_BAD_ACCESS (SIGBUS)", 7, "BUS"),
            ("Exception Type:  EXC_CRASH (SIGABRT)", 6, "ABRT"),
            ("Fatal Python error: Bus error", 7, "BUS"),
            ("Fatal Python error: Floating point exception", 8, "FPE"),
            ("Fatal Python error: Illegal instruction", 4, "ILL"),
            ("Segmentation fault (core dumped)", 11, "SEGV"),
            ("[1]    38085 segmentation fault  python a.py", 11, "SEGV"),
            ("Trace/breakpoint trap", 5, "TRAP"),
            ("bash: line 1: 77 Aborted (core dumped) ./a", 6, "ABRT"),
            ("Windows fatal exception: access violation", 11, "SEGV"),
            (
                "Process finished with exit code -1073741819 (0xC0000005)",
                11,
                "SEGV",
            ),
            ("The process died due receiving signal SIGBUS", 7, "BUS"),
            (
                "==7==ERROR: AddressSanitizer: SEGV on unknown address 0x0",
                11,
                "SEGV",
            ),
            (
                "==7== Process terminating with default action of signal 11 (SIGSEGV)",
                11,
                "SEGV",
            ),
            (
                "a.service: Main process exited, code=dumped, status=11/SEGV",
                11,
                "SEGV",
            ),
        ] {
            assert_eq!(
                signal(&[text]),
                Some((Some(number), name.to_owned())),
                "{text}"
            );
        }
        for text in [
            "the transaction was aborted",
            "import signal",
            "Fatal Python error: out of memory",
        ] {
            assert_eq!(signal(&[text]), None, "{text}");
        }
    }

    #[test]
    fn the_debugger_is_believed_before_the_shell() {
        let lines = [
            "Aborted (core dumped)",
            "Program terminated with signal SIGSEGV, Segmentation fault.",
        ];
        assert_eq!(signal(&lines), Some((Some(11), "SEGV".to_owned())));
    }
}
