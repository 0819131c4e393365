//! Indexes as text and JSON.

use fixtrail_index::verify::Verified;
use fixtrail_index::{Generation, Manifest, Origin};
use indicatif::{HumanBytes, HumanCount};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::style::{date, printable};
use super::table::table_text;

/// One index, a line for each thing to know of it.
#[must_use]
pub fn index_text(generation: &Generation) -> String {
    let manifest = generation.manifest();
    let counts = &manifest.counts;
    let head = manifest
        .head
        .map_or_else(|| "none".to_owned(), |head| head.short());
    let rows = [
        ("upstream", manifest.upstream.clone()),
        ("source", origin(manifest)),
        (
            "index",
            format!(
                "{} ({})",
                generation.folder().display(),
                HumanBytes(generation.size())
            ),
        ),
        (
            "format",
            format!(
                "{}, written by fixtrail {}",
                manifest.format, manifest.written_by
            ),
        ),
        ("commits", commits(manifest)),
        (
            "fixes",
            format!(
                "{} (changes with their backports)",
                HumanCount(counts.fixes)
            ),
        ),
        ("releases", HumanCount(counts.releases).to_string()),
        (
            "main branch",
            format!(
                "at {head}, newest commit of {}",
                date(manifest.newest_commit)
            ),
        ),
        (
            "age",
            format!(
                "built {}, updated {}",
                age(manifest.built),
                age(manifest.updated)
            ),
        ),
    ];
    rows.iter()
        .map(|(name, value)| format!("{name:12} {}\n", printable(value)))
        .collect()
}

fn commits(manifest: &Manifest) -> String {
    let counts = &manifest.counts;
    let commits = HumanCount(counts.commits);
    match counts.branches {
        // Facts name no branches.
        0 => commits.to_string(),
        branches => format!("{commits} on {} branches", HumanCount(branches)),
    }
}

fn origin(manifest: &Manifest) -> String {
    match &manifest.origin {
        Origin::Clone { path } => format!("the clone {}", path.display()),
        Origin::Corpus => "a corpus".to_owned(),
        Origin::Facts => "facts, without titles and messages".to_owned(),
        Origin::BuiltIn { .. } => "built-in facts, without titles and messages".to_owned(),
    }
}

/// One index as JSON.
#[must_use]
pub fn index_json(generation: &Generation) -> Value {
    json!({
        "dir": generation.folder(),
        "bytes": generation.size(),
        "manifest": generation.manifest(),
    })
}

/// Several indexes, a line for each.
#[must_use]
pub fn indexes_text(generations: &[Generation]) -> String {
    let heads = ["upstream", "fixes", "up to", "size", "source"];
    let rows = generations.iter().map(|generation| {
        let manifest = generation.manifest();
        [
            printable(&manifest.upstream),
            HumanCount(manifest.counts.fixes).to_string(),
            date(manifest.newest_commit),
            HumanBytes(generation.size()).to_string(),
            printable(&origin(manifest)),
        ]
    });
    table_text(heads, rows, &[1, 3])
}

/// Several indexes as JSON.
#[must_use]
pub fn indexes_json(generations: &[Generation]) -> Value {
    generations.iter().map(index_json).collect()
}

/// What was verified, where all was found whole.
#[must_use]
pub fn verified_text(verified: &Verified) -> String {
    let commits = match verified.commits {
        Some(commits) => format!(", {} commits in the clone", HumanCount(commits)),
        None => "; no clone to look for commits in".to_owned(),
    };
    let (files, fixes) = (HumanCount(verified.files), HumanCount(verified.fixes));
    format!("whole: {files} files, {fixes} fixes{commits}\n")
}

fn age(seconds: i64) -> String {
    let past = Timestamp::now().as_second().saturating_sub(seconds).max(0);
    match past {
        0..120 => "just now".to_owned(),
        120..7200 => format!("{} minutes ago", past / 60),
        7200..172_800 => format!("{} hours ago", past / 3600),
        _ => format!("{} days ago", past / 86400),
    }
}
