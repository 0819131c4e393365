//! What a comment says, and how much of it.

use fixtrail::bugzilla::{Bug, Finding, LONGEST_COMMENT};
use fixtrail::report::{CommentOptions, comment};
use fixtrail::routing::Routes;
use fixtrail::{Asked, Case, evidence, triage};

use crate::support::{HANG, sample_searcher};

/// The finding of a hang whose fix is known, under another name each time.
fn findings(count: usize, name: impl Fn(usize) -> String) -> Vec<Finding> {
    let text = std::fs::read(HANG).unwrap();
    let case = Case::from_text(evidence::text::read(&text));
    let searchers = [sample_searcher()];
    let answer = triage(case, &searchers, Routes::built_in(), Asked::new(None, 5)).unwrap();
    let named = |number| {
        let mut finding = Finding::of_input(answer.clone());
        finding.triage.signature.text = name(number);
        finding
    };
    (0..count).map(named).collect()
}

fn bug() -> Bug {
    Bug {
        id: 7,
        ..Bug::default()
    }
}

#[test]
fn stacks_that_have_no_room_are_counted() {
    let findings = findings(300, |number| format!("caller_{number} < chain_seek"));
    for longest in [2_000, 5_000, LONGEST_COMMENT] {
        let options = CommentOptions {
            longest,
            ..CommentOptions::default()
        };
        let draft = comment(&bug(), &findings, options).unwrap().draft;
        let length = draft.text.chars().count();
        assert!(length <= longest && length > longest * 2 / 5, "{length}");
        let shown = draft.text.matches("Signature: ").count();
        assert!(
            draft
                .text
                .contains(&format!("\n{} more stacks have a fix, too", 300 - shown))
        );
        // What is there is whole.
        assert!(
            draft
                .statements
                .iter()
                .all(|statement| draft.text.contains(statement))
        );
        assert!(draft.text.starts_with(&format!("{}\n", draft.marker)));
        assert_eq!(draft.text, draft.text.trim_end());
    }
}

#[test]
fn one_line_is_not_all_there_is() {
    let findings = findings(1, |_| "a_very_long_name < ".repeat(10_000));
    let draft = comment(&bug(), &findings, CommentOptions::default())
        .unwrap()
        .draft;
    assert!(draft.text.chars().count() < 3_000);
    assert!(draft.text.contains("a_very_long_name < ...\n"));
}

/// Servers store such characters otherwise, or break on them.
#[test]
fn characters_that_servers_do_not_keep() {
    let findings = findings(1, |_| {
        "a\u{fffe}b\u{1f980}c\u{fdd0}d\re\u{0}f\u{e9}".to_owned()
    });
    let draft = comment(&bug(), &findings, CommentOptions::default())
        .unwrap()
        .draft;
    assert!(
        draft
            .text
            .contains("Signature: a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f\u{e9}\n")
    );
}

/// The marker is of what is said, not of the program or the day.
#[test]
fn the_marker_is_of_the_answer() {
    let of = |findings: &[Finding]| {
        comment(&bug(), findings, CommentOptions::default())
            .unwrap()
            .draft
            .marker
    };
    let first = findings(1, |_| "one".to_owned());
    let mut second = first.clone();
    second[0].triage.indexes[0].manifest.newest_commit += 90_000;
    second[0].triage.ranking.verdicts[0].reasons.clear();
    assert_eq!(of(&first), of(&second));
    second[0].triage.ranking.verdicts[0].first_releases.clear();
    assert_ne!(of(&first), of(&second));
}
