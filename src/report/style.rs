//! Colours of the text reports; [`cli`](crate::cli) takes them out where nobody sees them.

use anstream::adapter::strip_str;
use anstyle::{AnsiColor, Style};

use jiff::Timestamp;

use crate::ranking::Confidence;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

pub(super) fn confidence(confidence: Confidence) -> Style {
    match confidence {
        Confidence::Likely => AnsiColor::Green.on_default().bold(),
        Confidence::Possible => AnsiColor::Yellow.on_default().bold(),
        Confidence::Weak => DIM,
    }
}

/// Text of the evidence for a terminal: control characters, which could steer it, become visible.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// A text of ours without colours, for whoever is no terminal.
pub(crate) fn plain(text: &str) -> String {
    strip_str(text).to_string()
}

/// The day of a time in seconds since 1970, in UTC.
pub(crate) fn date(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(
        |_| "?".to_owned(),
        |time| time.strftime("%Y-%m-%d").to_string(),
    )
}
