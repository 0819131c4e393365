//! Chains of exceptions as text.

use std::fmt::Write as _;
use std::iter::repeat_n;

use super::style::{BOLD, DIM, printable};
use crate::stack::python::exceptions::{ExceptionChain, ExceptionInfo, ExceptionLink};

/// A chain under a title of a word (`raised`, `handled`): one exception a line, from the newest to the first cause, each
/// with the frame that raised it. Where the chain is a circle an arrow leads back.
///
/// ```text
/// raised   ┌▶ ValueError: x                           at file.py:12 in f
///          │  while handling (__context__) KeyError: 'k'   at file.py:9 in f
///          └─ its __context__ leads back to ValueError: x: a cycle of 2
/// ```
pub(super) fn exception_text(title: &str, chain: &ExceptionChain) -> String {
    let mut text = String::new();
    let margin: String = repeat_n(' ', title.chars().count()).collect();
    let rails = Rails::of(chain);
    for (place, exception) in chain.exceptions.iter().enumerate() {
        let margin = if place == 0 { title } else { &margin };
        let hidden = place > 0 && chain.exceptions[place - 1].suppressed_context;
        let words = printable(&link(exception, hidden));
        let headline = printable(&headline(exception));
        let raised = printable(&raised_at(exception));
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{BOLD}{margin}{BOLD:#}  {}{words}{BOLD}{headline}{BOLD:#}{DIM}{raised}{DIM:#}",
            rails.at(place)
        );
    }
    for words in endings(chain) {
        let _ = writeln!(text, "{margin}  {}{}", rails.end(), printable(&words));
    }
    text
}

/// The line from the end of a circle to the exception that it leads back to.
struct Rails(Option<usize>);

impl Rails {
    fn of(chain: &ExceptionChain) -> Self {
        Self(chain.cycle.map(|cycle| cycle.back_to))
    }

    fn at(&self, place: usize) -> &'static str {
        match self.0 {
            None => "",
            Some(back_to) if place < back_to => "   ",
            Some(back_to) if place == back_to => "┌▶ ",
            Some(_) => "│  ",
        }
    }

    fn end(&self) -> &'static str {
        if self.0.is_some() { "└─ " } else { "" }
    }
}

/// How an exception hangs on the one above it.
fn link(exception: &ExceptionInfo, hidden: bool) -> String {
    let attribute = exception.link.attribute();
    match exception.link {
        ExceptionLink::First => String::new(),
        ExceptionLink::Cause => format!("caused by ({attribute}) "),
        ExceptionLink::Context if hidden => format!("while handling ({attribute}, suppressed) "),
        ExceptionLink::Context => format!("while handling ({attribute}) "),
    }
}

/// `module.Type: message`.
fn headline(exception: &ExceptionInfo) -> String {
    match &exception.message {
        Some(message) => format!("{}: {message}", exception.type_name),
        None => exception.type_name.clone(),
    }
}

fn raised_at(exception: &ExceptionInfo) -> String {
    let Some(innermost) = exception.traceback.first() else {
        return String::new();
    };
    let mut text = String::from("   at ");
    text.push_str(innermost.file.as_deref().unwrap_or("?"));
    if let Some(line) = innermost.line {
        let _ = write!(text, ":{line}");
    }
    if let Some(function) = &innermost.function {
        let _ = write!(text, " in {function}");
    }
    text
}

/// What is to be said of the end of a chain.
fn endings(chain: &ExceptionChain) -> Vec<String> {
    let mut endings = Vec::new();
    if let Some(cycle) = chain.cycle {
        let attribute = cycle.link.attribute();
        let length = chain.exceptions.len().saturating_sub(cycle.back_to);
        endings.push(match (chain.exceptions.get(cycle.back_to), length) {
            (_, 1) | (None, _) => format!("its {attribute} is itself: a cycle of 1"),
            (Some(back_to), _) => {
                let back_to = headline(back_to);
                format!("its {attribute} leads back to {back_to}: a cycle of {length}")
            }
        });
    }
    if chain.cut {
        endings.push("... and so on: only the first are shown".to_owned());
    }
    endings.extend(chain.broken.clone());
    endings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::python::exceptions::{ExceptionCycle, TracebackEntry};

    fn exception(type_name: &str, message: &str, link: ExceptionLink) -> ExceptionInfo {
        ExceptionInfo {
            address: 0x1000,
            type_name: type_name.to_owned(),
            message: Some(message.to_owned()).filter(|message| !message.is_empty()),
            link,
            traceback: vec![TracebackEntry {
                function: Some("f".to_owned()),
                file: Some("file.py".to_owned()),
                line: Some(12),
            }],
            traceback_left_out: 0,
            suppressed_context: false,
        }
    }

    fn plain(chain: &ExceptionChain) -> String {
        anstream::adapter::strip_str(&exception_text("raised", chain)).to_string()
    }

    #[test]
    fn chains() {
        let mut chain = ExceptionChain {
            exceptions: vec![
                exception("a.Failed", "", ExceptionLink::First),
                exception("ValueError", "x", ExceptionLink::Cause),
                exception("KeyError", "'k'", ExceptionLink::Context),
            ],
            ..ExceptionChain::default()
        };
        chain.exceptions[1].suppressed_context = true;
        insta::assert_snapshot!(plain(&chain), @r"
        raised  a.Failed   at file.py:12 in f
                caused by (__cause__) ValueError: x   at file.py:12 in f
                while handling (__context__, suppressed) KeyError: 'k'   at file.py:12 in f
        ");
        chain.broken = Some("its __context__ leads to 0x10, where no exception is".to_owned());
        assert!(
            plain(&chain)
                .ends_with("\n        its __context__ leads to 0x10, where no exception is\n")
        );
    }

    #[test]
    fn cycles() {
        let mut chain = ExceptionChain {
            exceptions: vec![
                exception("ValueError", "x", ExceptionLink::First),
                exception("KeyError", "'k'\n", ExceptionLink::Context),
            ],
            cycle: Some(ExceptionCycle {
                back_to: 0,
                link: ExceptionLink::Context,
            }),
            ..ExceptionChain::default()
        };
        insta::assert_snapshot!(plain(&chain), @r"
        raised  ┌▶ ValueError: x   at file.py:12 in f
                │  while handling (__context__) KeyError: 'k'�   at file.py:12 in f
                └─ its __context__ leads back to ValueError: x: a cycle of 2
        ");
        chain.cycle = Some(ExceptionCycle {
            back_to: 1,
            link: ExceptionLink::Context,
        });
        insta::assert_snapshot!(plain(&chain), @r"
        raised     ValueError: x   at file.py:12 in f
                ┌▶ while handling (__context__) KeyError: 'k'�   at file.py:12 in f
                └─ its __context__ is itself: a cycle of 1
        ");
    }
}
