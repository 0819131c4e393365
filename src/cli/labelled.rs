//! Reading labelled cases, for the commands that measure and train.

use std::path::{Path, PathBuf};

use super::debug_files::DebugFileOptions;
use super::failure::Failure;
use super::input;
use super::ui::Ui;
use crate::case::Case;
use crate::eval::Cases;
use crate::stack::Variables;

/// Reads the cases of some folders; those that are broken are named.
pub(super) fn cases(folders: &[PathBuf], ui: &Ui) -> Result<Cases, Failure> {
    let cases = Cases::read(folders)?;
    for problem in &cases.problems {
        ui.note(&problem.what);
    }
    Ok(cases)
}

/// Reads one input of a case, or says in a line why it cannot be read.
pub(super) fn reader<'a>(
    debug_files: &'a DebugFileOptions,
    ui: &'a Ui,
) -> impl Fn(&Path) -> Result<Case, String> + Sync + 'a {
    |path| {
        input::read_at(path.to_owned(), debug_files, Variables::Hidden, ui)
            .map_err(|failure| failure.line())
    }
}

/// Says that there is nothing to work on.
pub(super) fn say_none(ui: &Ui) {
    ui.status("no case: a folder with a case.json and an input beside it");
}
