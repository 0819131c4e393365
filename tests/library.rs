//! Searching the sample history term by term.

use fixtrail_index::fixes::Fix;
use fixtrail_index::history::Containment;
use fixtrail_index::{Candidate, Candidates, Field, Limits, QueryTerm, Version};

use crate::support::sample_searcher;

const LIMITS: Limits = Limits {
    open: 100,
    contained: 100,
};

fn search(field: Field, text: &str, running: Option<&str>) -> Candidates {
    let term = QueryTerm {
        field,
        text: text.to_owned(),
        weight: 1.0,
    };
    let running: Option<Version> = running.map(|version| version.parse().expect("a version"));
    let found = sample_searcher().search(&[term], running.as_ref(), LIMITS);
    found.expect("a sound index")
}

fn fix(candidate: &Candidate) -> Fix {
    sample_searcher().fix(candidate).expect("a sound record")
}

/// The number at the end of a subject, which every fix of the sample history has.
fn pull_request(candidate: &Candidate) -> String {
    let fix = fix(candidate);
    let subject = &fix.main().message.subject;
    let number = subject.rsplit_once("(GH-").map(|(_, number)| number);
    number.unwrap_or(subject).trim_end_matches(')').to_owned()
}

fn found(field: Field, text: &str) -> Vec<String> {
    let found = search(field, text, None).open;
    let mut numbers: Vec<String> = found.iter().map(pull_request).collect();
    numbers.sort();
    numbers
}

#[test]
fn terms_of_every_field() {
    let cases: [(Field, &str, &[&str]); 19] = [
        (Field::Function, "chain_splice", &["70102", "70124"]),
        (
            Field::Function,
            "chain_seek",
            &["70102", "70124", "70130", "70131"],
        ),
        (Field::Function, "Playlist.shuffle", &["70104", "70135"]),
        (Field::Function, "shuffle", &["70104", "70135"]),
        (Field::Function, "chain_append", &["70102", "70110"]),
        (Field::Function, "no_such_function", &[]),
        (Field::Mentioned, "chain_splice", &["70124"]),
        (Field::Mentioned, "playlist.Playlist.skip", &["70124"]),
        (Field::Mentioned, "tasklet_wake", &["70118"]),
        (Field::Call, "chain_double", &["70124"]),
        (Field::Call, "PyMem_Free", &["70102", "70133"]),
        (Field::Identifier, "PY_SSIZE_T_MAX", &["70142"]),
        (
            Field::File,
            "Modules/_gauge.c",
            &["70106", "70108", "70150"],
        ),
        (Field::File, "_gauge.c", &["70106", "70108", "70150"]),
        (
            Field::File,
            "mailroom",
            &["70114", "70140", "Begin the interpreter"],
        ),
        (Field::Word, "opposite", &["70118"]),
        (Field::Kind, "deadlock", &["70118"]),
        (Field::Kind, "use-after-free", &["70133"]),
        (Field::Issue, "bpo-70126", &["70127"]),
    ];
    for (field, text, expected) in cases {
        assert_eq!(found(field, text), expected, "{field:?} {text}");
    }
}

#[test]
fn backports_are_one_fix() {
    let found = search(Field::Issue, "bpo-70141", None).open;
    let [candidate] = &found[..] else {
        panic!("one fix: {found:?}");
    };
    let fix = fix(candidate);
    let subjects = fix.commits.iter().map(|c| &*c.message.subject);
    assert_eq!(
        subjects.collect::<Vec<_>>(),
        [
            "bpo-70141: Fix an integer overflow in text_repeat() (GH-70142)",
            "[3.10] bpo-70141: Fix an integer overflow in text_repeat() (GH-70142) (GH-70143)",
            "[3.9] bpo-70141: Fix an integer overflow in text_repeat() (GH-70142) (GH-70144)",
        ]
    );
    assert!(fix.main().on_main);
    assert!(fix.backports().iter().all(|commit| !commit.on_main));
    let issues: Vec<_> = fix.issues().iter().map(ToString::to_string).collect();
    assert_eq!(issues, ["bpo-70141", "GH-70142", "GH-70143", "GH-70144"]);
}

#[test]
fn first_releases_by_series() {
    for (issue, expected) in [
        ("bpo-70101", &["3.9.0a1", "3.10.0a1"][..]),
        ("bpo-70123", &["3.9.0b2", "3.10.0a1"]),
        ("bpo-70132", &["3.10.0a1"]),
        ("bpo-70134", &["3.9.1", "3.10.0b1"]),
        ("bpo-70141", &["3.9.2", "3.10.0"]),
        ("bpo-70149", &["3.9.2"]),
        ("bpo-70145", &[]),
    ] {
        let found = search(Field::Issue, issue, None).open;
        let releases = found[0].first_releases.iter().map(ToString::to_string);
        assert_eq!(releases.collect::<Vec<_>>(), expected, "{issue}");
    }
}

#[test]
fn what_a_version_contains() {
    for (issue, running, expected) in [
        ("bpo-70123", "3.9.0b1", None),
        ("bpo-70123", "3.9.0b2", Some("3.9.0b2")),
        ("bpo-70123", "3.9.1", Some("3.9.0b2")),
        ("bpo-70123", "3.10.0b1", Some("3.10.0a1")),
        ("bpo-70132", "3.9.1", None),
        ("bpo-70132", "3.10.0", Some("3.10.0a1")),
        // No tag of 3.11, but main had it when 3.10 began.
        ("bpo-70132", "3.11.0", Some("3.10.0a1")),
        // A fix of one series says nothing of the later ones.
        ("bpo-70149", "3.9.2", Some("3.9.2")),
        ("bpo-70149", "3.10.0", None),
        ("bpo-70149", "3.11.0", None),
    ] {
        let found = search(Field::Issue, issue, Some(running));
        let candidates = found.open.iter().chain(&found.contained);
        let since: Vec<_> = candidates
            .map(|candidate| match &candidate.containment {
                Containment::Contained(version) => Some(version.to_string()),
                _ => None,
            })
            .collect();
        assert_eq!(since, [expected.map(str::to_owned)], "{issue} in {running}");
        assert_eq!(found.contained.len(), usize::from(expected.is_some()));
    }
}

#[test]
fn news_and_reverts_are_kept() {
    let drop = fix(&search(Field::Issue, "bpo-70132", None).open[0]);
    let news = &drop.main().changes.news[0];
    assert_eq!(news.section, "Core and Builtins");
    assert!(
        news.text
            .contains("the key was read after its link was freed")
    );
    let reverts = search(Field::Word, "reverts", None).open;
    let reverted = search(Field::Issue, "bpo-70129", None).open;
    let named = fix(&reverts[0]).main().message.reverts[0];
    let reverted = reverted.iter().map(fix).find(|fix| fix.main().id == named);
    let reverted = reverted.expect("what was taken back");
    assert_eq!(reverted.reverted_by, Some(fix(&reverts[0]).main().id));
}
