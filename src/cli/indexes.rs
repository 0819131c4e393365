//! The indexes that answer: those of the user, and the built-in facts where there are none about CPython.

use fixtrail_index::corpus::{Answering, Embedded};
use fixtrail_index::{Generation, Searcher};

use super::failure::{Failure, one_line};
use super::ui::Ui;
use super::{Global, paths};
use crate::report::date;

/// The index of `CPython`, opened for searching.
pub(super) fn cpython(global: &Global, ui: &Ui) -> Result<Searcher, Failure> {
    Ok(match answering(global, ui)? {
        Answering::Kept(generation) | Answering::Made(generation) => Searcher::open(generation)?,
        Answering::InMemory(searcher, _) => *searcher,
    })
}

/// The index of `CPython` on disk, for whoever wants it described.
pub(super) fn cpython_on_disk(global: &Global, ui: &Ui) -> Result<Generation, Failure> {
    match answering(global, ui)? {
        Answering::Kept(generation) | Answering::Made(generation) => Ok(generation),
        Answering::InMemory(_, why) => Err(why.into()),
    }
}

fn answering(global: &Global, ui: &Ui) -> Result<Answering, Failure> {
    let upstreams = paths::upstreams(global)?;
    if let Some(former) = upstreams.former() {
        ui.note(&format!(
            "the index of format {} in {} is not read any more: `fixtrail index update` builds the same anew from {}",
            former.format,
            former.dir.display(),
            former.recipe.clone.display()
        ));
    }
    let answering = Embedded::CPYTHON.answering(&upstreams)?;
    match &answering {
        Answering::Kept(_) => {}
        Answering::Made(generation) => {
            let manifest = generation.manifest();
            ui.status(&format!(
                "made an index of the built-in facts about {} up to {} in {}",
                manifest.upstream,
                date(manifest.newest_commit),
                upstreams.dir().display()
            ));
        }
        Answering::InMemory(_, why) => ui.note(&format!(
            "the built-in facts are read anew each time: {}",
            one_line(why)
        )),
    }
    Ok(answering)
}
