//! Which version of an upstream the process runs.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use fixtrail_index::CPYTHON;
use regex::Regex;

use crate::case::Case;
use crate::evidence::Sighting;
use crate::pattern::regex;
use crate::stack::names::module;

/// Until 2.33 glibc's files were named by their release: `libc-2.31.so`, to which `libc.so.6` was a link.
static GLIBC: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^(?:ld|libc|libm|libpthread|libdl|librt)-(2\.\d{1,3}(?:\.\d{1,3})?)\.so$")
});

/// What a case shows of the version of an upstream that runs, the surest first; empty where nothing does.
///
/// A distribution's glibc has fixes of later releases; the number is the least that it has.
pub(crate) fn sightings(upstream: &str, case: &Case) -> Vec<Sighting> {
    match upstream {
        CPYTHON => case.facts.pythons.clone(),
        "glibc" => modules(case)
            .into_iter()
            .find_map(glibc)
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn glibc(name: &str) -> Option<Sighting> {
    let hit = GLIBC.captures(name)?;
    Some(Sighting {
        version: hit[1].parse().ok()?,
        seen_in: name.to_owned(),
        exact: true,
    })
}

/// The names of all modules that the case shows.
fn modules(case: &Case) -> BTreeSet<&str> {
    let mapped = case.process.modules.iter().map(|info| module(&info.path));
    let frames = case
        .process
        .threads
        .iter()
        .flat_map(|thread| &thread.frames);
    let of_frames = frames.filter_map(|frame| frame.native()?.module.as_deref());
    mapped.chain(of_frames).collect()
}
