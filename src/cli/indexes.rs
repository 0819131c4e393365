//! The indexes that answer: those of the user, and the built-in facts where there are none about CPython; and whose frames
//! go to which.

use std::borrow::Cow;
use std::fs;
use std::io;

use fixtrail_index::corpus::{Answering, Embedded};
use fixtrail_index::issues::IssueSearcher;
use fixtrail_index::{CPYTHON, Generation, Searcher, Upstreams};

use super::failure::{Failure, one_line};
use super::ui::Ui;
use super::{Global, paths};
use crate::report::date;
use crate::routing::Routes;

/// The index of `CPython`, opened for searching.
pub(super) fn cpython(global: &Global, ui: &Ui) -> Result<Searcher, Failure> {
    Ok(match answering(global, ui)? {
        Answering::Kept(generation) | Answering::Made(generation) => Searcher::open(generation)?,
        Answering::InMemory(searcher, _) => *searcher,
    })
}

/// Every index, that of `CPython` first. One that cannot be read is none of the others' business.
pub(super) fn all(global: &Global, ui: &Ui) -> Result<Vec<Searcher>, Failure> {
    let upstreams = paths::upstreams(global)?;
    let cpython = with_issues(cpython(global, ui)?, &upstreams, ui);
    let mut searchers = vec![cpython];
    for name in upstreams.names()?.iter().filter(|name| *name != CPYTHON) {
        let opened = upstreams.store(name).and_then(|store| store.current());
        match opened.and_then(Searcher::open) {
            Ok(searcher) => searchers.push(with_issues(searcher, &upstreams, ui)),
            Err(error) => ui.note(&format!("not searched: {}", one_line(&error))),
        }
    }
    Ok(searchers)
}

/// An index with the issues that are known beside it. Those that cannot be read are missed, and no more.
fn with_issues(searcher: Searcher, upstreams: &Upstreams, ui: &Ui) -> Searcher {
    let store = upstreams.store(&searcher.manifest().upstream);
    let issues = store.and_then(|store| store.issues().open());
    let issues = issues.unwrap_or_else(|error| {
        ui.note(&format!(
            "known issues are not searched: {}",
            one_line(&error)
        ));
        None
    });
    searcher.with_issues(issues)
}

/// The issues that are known of any upstream, whether or not it has an index.
pub(super) fn issues(global: &Global, ui: &Ui) -> Result<Vec<IssueSearcher>, Failure> {
    let upstreams = paths::upstreams(global)?;
    let mut found = Vec::new();
    for name in upstreams.with_issues()? {
        match upstreams.store(&name)?.issues().open() {
            Ok(issues) => found.extend(issues.filter(|issues| !issues.is_empty())),
            Err(error) => ui.note(&format!("not searched: {}", one_line(&error))),
        }
    }
    Ok(found)
}

/// The built-in routes, and those of `index.toml` beside the indexes if there is one.
pub(super) fn routes(global: &Global) -> Result<Cow<'static, Routes>, Failure> {
    let path = paths::upstreams(global)?.dir().join("index.toml");
    let failed = |what: String| Failure::new(format!("{}: {what}", path.display()));
    match fs::read_to_string(&path) {
        Ok(text) => Routes::with(&text)
            .map(Cow::Owned)
            .map_err(|error| failed(error.to_string())),
        Err(error) if is_missing(&error) => Ok(Cow::Borrowed(Routes::built_in())),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
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
