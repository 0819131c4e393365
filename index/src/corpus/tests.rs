//! Corpora that nobody exported: sealed with the right checksum, and wrong inside.

use std::fs;

use serde_json::{Value, json};

use super::container::{BLOCK, Tag, Writer};
use super::facts::Column;
use super::import;
use crate::code::CodeMap;
use crate::fixes::{Fix, FixCommit};
use crate::history::{CommitChanges, CommitId, Message, Releases};
use crate::progress::Silent;
use crate::store::{FORMAT, History, Upstreams};

/// A corpus with whatever stands in it.
#[derive(Clone)]
struct Forged {
    header: Value,
    sections: Vec<(Tag, Vec<u8>)>,
}

fn postcard(value: &impl serde::Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).unwrap()
}

fn header(facts: bool, fixes: u64) -> Value {
    let counts = json!({ "commits": 0, "fixes": 0, "releases": 0, "branches": 0 });
    let manifest = json!({
        "format": FORMAT, "written_by": "0", "upstream": "moon", "origin": { "kind": "corpus" },
        "tag_pattern": null, "head": null, "branches": [], "built": 0, "updated": 0, "newest_commit": 0,
        "counts": counts, "gaps": [],
    });
    json!({ "format": FORMAT, "fixes": fixes, "facts": facts, "manifest": manifest })
}

/// A whole member without commits that says to have so many fixes.
fn whole(fixes: u64, records: Option<Vec<u8>>) -> Forged {
    let mut sections = vec![
        (Tag::History, postcard(&History::default())),
        (Tag::Releases, postcard(&Releases::default())),
        (Tag::Code, postcard(&CodeMap::default())),
    ];
    sections.extend(records.map(|records| (Tag::Fixes, records)));
    Forged {
        header: header(false, fixes),
        sections,
    }
}

/// Facts with empty columns but for one.
fn facts(fixes: u64, columns: &[(Column, &[u8])]) -> Forged {
    let mut sections = vec![
        (Tag::Releases, postcard(&Releases::default())),
        (Tag::Code, postcard(&CodeMap::default())),
    ];
    let mut all = vec![Vec::new(); Column::COUNT];
    for (column, bytes) in columns {
        all[*column as usize] = bytes.to_vec();
    }
    sections.extend(all.into_iter().map(|column| (Tag::Column, column)));
    Forged {
        header: header(true, fixes),
        sections,
    }
}

impl Forged {
    fn with(mut self, field: &str, value: Value) -> Self {
        self.header[field] = value;
        self
    }

    fn in_manifest(mut self, field: &str, value: Value) -> Self {
        self.header["manifest"][field] = value;
        self
    }

    fn section(mut self, at: usize, bytes: Vec<u8>) -> Self {
        self.sections[at].1 = bytes;
        self
    }
}

/// Why a corpus of such members is refused, after which there is no index; nothing for one that is not.
fn refused(members: &[Forged]) -> Option<String> {
    let mut writer = Writer::new(Vec::new(), 1).unwrap();
    for member in members {
        let header = serde_json::to_vec(&member.header).unwrap();
        writer.section(Tag::Member, &header).unwrap();
        for (tag, data) in &member.sections {
            writer.section(*tag, data).unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("forged.corpus");
    fs::write(&file, writer.finish().unwrap().1).unwrap();
    let upstreams = Upstreams::at(&folder.path().join("indexes"));
    let error = import(&upstreams, &file, &Silent).err()?;
    assert!(upstreams.names().unwrap().is_empty());
    // Of what was begun nothing is left but the lock.
    let moon = fs::read_dir(folder.path().join("indexes/moon"));
    assert!(moon.into_iter().flatten().count() <= 1);
    let source = std::error::Error::source(&error).map(ToString::to_string);
    Some(source.unwrap_or_else(|| error.to_string()))
}

/// A fix of one commit.
pub(in crate::corpus) fn fix(text: &str, changes: CommitChanges) -> Fix {
    let commit = FixCommit {
        id: CommitId::from([1; 20]),
        ordinal: 0,
        on_main: true,
        authored: 0,
        committed: 0,
        text: text.to_owned(),
        message: Message::parse(text, 0),
        changes,
    };
    Fix::new(vec![commit]).unwrap()
}

/// A number of 2^60 as it stands in columns and records.
const HUGE: [u8; 9] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];

#[test]
fn sound_ones_are_imported() {
    assert_eq!(refused(&[whole(0, None)]), None);
    assert_eq!(refused(&[facts(0, &[])]), None);
    let other = whole(0, None).in_manifest("upstream", json!("sun"));
    assert_eq!(refused(&[whole(0, None), other]), None);
}

#[test]
fn members_that_are_none() {
    let twice = [whole(0, None), whole(0, None)];
    let cases: [(&[Forged], &str); 6] = [
        (&[], "it holds nothing"),
        (&twice, "an upstream twice"),
        (&[whole(0, None).with("format", json!(99))], "version 99"),
        (
            &[whole(0, None).with("manifest", json!({}))],
            "a header that",
        ),
        (
            &[whole(0, None).with("fixes", json!("all"))],
            "a header that",
        ),
        (
            &[whole(0, None).in_manifest("upstream", json!("../../etc"))],
            "is no name for an upstream",
        ),
    ];
    for (members, why) in cases {
        let found = refused(members).unwrap();
        assert!(found.contains(why), "{found}, not {why}");
    }
}

/// Lengths of 2^60 in every place that has one.
#[test]
fn lengths_that_nothing_has() {
    let huge = u64::MAX >> 4;
    for (what, forged) in [
        ("fixes", whole(huge, None)),
        ("fixes", whole(huge, Some(postcard(&Vec::<Fix>::new())))),
        ("records", whole(huge, Some(HUGE.to_vec()))),
        ("commits", whole(0, None).section(0, HUGE.to_vec())),
        ("releases", whole(0, None).section(1, HUGE.to_vec())),
        ("functions", whole(0, None).section(2, HUGE.to_vec())),
        ("facts", facts(huge, &[])),
        ("list", facts(1, &[(Column::ListLengths, &HUGE)])),
        (
            "shared",
            facts(
                0,
                &[(Column::NameShared, &HUGE), (Column::NameRest, b"a\0")],
            ),
        ),
        (
            "path",
            facts(
                0,
                &[(Column::PathShared, &HUGE), (Column::PathRest, b"a\0")],
            ),
        ),
    ] {
        assert!(refused(&[forged]).is_some(), "{what}");
    }
    // Lists and commits of one fix.
    let lengths = [0; 6];
    let commits: &[(Column, &[u8])] = &[
        (Column::ListLengths, &lengths),
        (Column::Kinds, &[0]),
        (Column::Traits, &[0]),
        (Column::OwnFunctions, &[0]),
        (Column::Added, &[0]),
        (Column::Removed, &[0]),
    ];
    for counts in [&HUGE[..], &[0], &[1]] {
        let with = [
            commits,
            &[(Column::CommitCounts, counts), (Column::Links, &[0])],
        ]
        .concat();
        assert!(refused(&[facts(1, &with)]).is_some(), "{counts:?}");
    }
}

#[test]
fn numbers_that_stand_for_nothing() {
    // A commit of no place in the graph, and a fix without one.
    assert!(
        refused(&[whole(
            1,
            Some(postcard(&vec![fix("", CommitChanges::default())]))
        )])
        .is_some()
    );
    assert!(refused(&[whole(1, Some(vec![1, 0, 0]))]).is_some());
    // More than the records, and less.
    assert!(refused(&[whole(0, Some(postcard(&Vec::<Fix>::new())))]).is_some());
    // A class that names a release that is none: no tags, no commits, no dates, one class of one tag.
    let releases = vec![0, 0, 0, 1, 1, 5, 0];
    let found = refused(&[whole(0, None).section(1, releases)]).unwrap();
    assert!(found.contains("stands for nothing"), "{found}");
}

/// Most memory that this process has had since it was asked last.
#[cfg(target_os = "linux")]
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
    fs::write("/proc/self/clear_refs", "5").unwrap();
    kilobytes.parse::<usize>().unwrap() << 10
}

/// A few bytes that stand for gigabytes cost no more memory than the limits allow.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded() {
    let _since = peak();
    let before = peak();
    // Names that grow to 16 million bytes each.
    let rests = b"aaaaaaaaaaaaaaa\0".repeat(1 << 20);
    let mut shared = super::facts::tests::numbers(0..1 << 20, 15);
    let grown: &[(Column, &[u8])] = &[(Column::NameShared, &shared), (Column::NameRest, &rests)];
    assert!(refused(&[facts(0, grown)]).is_some());
    // Many empty ones.
    shared = vec![0; 30 << 20];
    let empty: &[(Column, &[u8])] = &[(Column::NameShared, &shared), (Column::NameRest, &shared)];
    assert!(refused(&[facts(0, empty)]).is_some());
    // A record of many lists, each of nothing.
    let lists = [&[0x80, 0x80, 0x80, 0x06][..], &vec![0; 3 * BLOCK]].concat();
    assert!(refused(&[whole(0, None).section(1, [&[0, 0, 0][..], &lists].concat())]).is_some());
    // Paths of which each ending is a term.
    let slashes = vec!["/a".repeat(2000); 1000];
    let changes = CommitChanges {
        files: slashes,
        ..CommitChanges::default()
    };
    let mut deep = whole(1, Some(postcard(&vec![fix("", changes)])));
    deep = deep.section(0, history_of(CommitId::from([1; 20])));
    assert_eq!(refused(&[deep]), None);
    let used = peak().saturating_sub(before);
    assert!(used < 1 << 30, "{} MiB", used >> 20);
}

/// A history of one commit.
fn history_of(id: CommitId) -> Vec<u8> {
    // One node: its name, no parents; no references; nothing announced.
    [&[1][..], id.bytes(), &[0, 0, 0]].concat()
}
