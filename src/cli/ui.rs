//! All printing: answers on standard output, everything else on standard error.

use std::io::{self, BufWriter, Write as _};

use anstream::{AutoStream, ColorChoice, eprintln, stdout};
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use serde::Serialize;

use super::Global;
use super::failure::Failure;
use crate::report::printable;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The user's screen.
#[derive(Debug, Clone)]
pub(super) struct Ui {
    quiet: bool,
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

impl Ui {
    pub(super) fn new(global: &Global) -> Self {
        match global.color {
            Colour::Auto => ColorChoice::Auto,
            Colour::Always => ColorChoice::AlwaysAnsi,
            Colour::Never => ColorChoice::Never,
        }
        .write_global();
        Self {
            quiet: global.quiet,
        }
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Prints the answer, which may hold colours; they are taken out where nobody sees them.
    pub(super) fn answer(&self, text: &str) -> Result<(), Failure> {
        Ok(stdout().write_all(text.as_bytes())?)
    }

    /// Prints the answer as JSON.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        // A million frames have half a gigabyte of text: it is never there as a whole.
        let mut out = BufWriter::new(stdout().lock());
        serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
        Ok(out.flush()?)
    }

    /// Prints one of many answers as a line of JSON, for whoever reads them as they come.
    pub(super) fn json_line(&self, value: &impl Serialize) -> Result<(), Failure> {
        let mut out = stdout().lock();
        let mut line = serde_json::to_vec(value).map_err(io::Error::from)?;
        line.push(b'\n');
        out.write_all(&line)?;
        Ok(out.flush()?)
    }

    /// Says what is going on, unless told to be quiet.
    pub(super) fn status(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// Warns of something that is missing, unless told to be quiet.
    pub(super) fn note(&self, text: &str) {
        self.status(&format!("note: {}", printable(text)));
    }

    pub(super) fn failure(&self, failure: &Failure) {
        eprintln!("{ERROR}error:{ERROR:#} {}", printable(&failure.line()));
        for hint in failure.hints() {
            eprintln!("{HINT}hint:{HINT:#} {}", printable(hint));
        }
    }

    pub(super) fn flush(&self) -> Result<(), Failure> {
        Ok(AutoStream::auto(std::io::stdout()).flush()?)
    }
}
