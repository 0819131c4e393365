//! Facts there and back, and columns that nobody wrote.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Facts, Reduced, columns, reduce};
use crate::fixes::{Fix, FixCommit, Outline};
use crate::history::{CommitChanges, CommitId, IssueRef, Message, News};

fn names(prefix: &'static str) -> impl Strategy<Value = Vec<String>> {
    let name = (0..40_u32).prop_map(move |number| format!("{prefix}{number}"));
    prop::collection::btree_set(name, 0..8).prop_map(|names| names.into_iter().collect())
}

/// One of a few, so that commits link to each other, and to some that are in no fix.
fn id() -> impl Strategy<Value = CommitId> {
    (0..60_u8).prop_map(|number| CommitId::from([number; 20]))
}

fn issue() -> impl Strategy<Value = IssueRef> {
    (0..3_u8, any::<u32>()).prop_map(|(tracker, number)| match tracker {
        0 => IssueRef::Bpo(number),
        1 => IssueRef::Gh(number),
        _ => IssueRef::Pr(number),
    })
}

prop_compose! {
    fn changes()(
        functions in names("f"), calls in names("f"), identifiers in names("n"), tested in names("t"),
        files in names("Lib/dir.py/"), added in any::<u32>(), removed in any::<u32>(), news in any::<bool>(),
    ) -> CommitChanges {
        let entry = News { section: "Core".to_owned(), text: "Fix a crash in some_call().".to_owned() };
        let news = if news { vec![entry] } else { Vec::new() };
        CommitChanges { files, functions, calls, identifiers, tested, added, removed, news }
    }
}

prop_compose! {
    fn commit()(
        id in id(), on_main in any::<bool>(), authored in any::<i32>(), committed in any::<i32>(),
        changes in changes(), issues in vec(issue(), 0..4), identifiers in names("m"),
        picked in vec(id(), 0..2), reverts in vec(id(), 0..2), hang in any::<bool>(),
    ) -> FixCommit {
        let text = if hang { "Fix a hang in x()" } else { "Add x" };
        let mut message = Message::parse(text, 0);
        message.issues_in_subject = u8::try_from(issues.len() / 2).unwrap();
        (message.issues, message.identifiers) = (issues, identifiers);
        (message.cherry_picked_from, message.reverts) = (picked, reverts);
        let (authored, committed) = (authored.into(), committed.into());
        FixCommit { id, ordinal: 0, on_main, authored, committed, text: text.to_owned(), message, changes }
    }
}

/// Facts of some fixes, with the ordinals that they have in a corpus.
fn facts() -> impl Strategy<Value = Vec<Reduced>> {
    let fix = (vec(commit(), 1..4), prop::option::of(id()));
    vec(fix, 0..6).prop_map(|fixes| {
        let mut ordinals = 0..;
        let mut all = Vec::new();
        for (commits, reverted_by) in fixes {
            let Some(mut fix) = Fix::new(commits) else {
                continue;
            };
            fix.reverted_by = reverted_by;
            let outline = Outline::of(&fix);
            let Some(mut reduced) = reduce(fix, outline) else {
                continue;
            };
            for commit in &mut reduced.fix.commits {
                commit.ordinal = ordinals.next().unwrap();
            }
            all.push(reduced);
        }
        all
    })
}

proptest! {
    #[test]
    fn facts_come_back(written in facts()) {
        let columns = columns(&written);
        let mut reader = Facts::new(&columns).unwrap();
        for reduced in &written {
            prop_assert_eq!(&reader.next().unwrap(), reduced);
        }
        prop_assert!(reader.end().is_ok());
    }

    /// Facts or an error, and no more of them than are asked for.
    #[test]
    fn damaged_columns_are_no_panic(
        written in facts(), column in 0..27_usize, at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut columns = columns(&written);
        let damaged = &mut columns[column];
        if !damaged.is_empty() {
            let at = at.index(damaged.len());
            damaged[at] = byte;
        }
        read(&columns);
        columns[column].pop();
        read(&columns);
    }

    #[test]
    fn random_columns_are_no_panic(columns in vec(vec(any::<u8>(), 0..64), 27)) {
        read(&columns);
    }

    #[test]
    fn no_words_are_left(written in facts()) {
        let text = postcard::to_stdvec(&written.iter().map(|r| &r.fix).collect::<Vec<_>>()).unwrap();
        for word in ["hang", "Fix a", "Core", "Add"] {
            prop_assert!(!String::from_utf8_lossy(&text).contains(word));
        }
    }
}

/// A column of numbers, so many times the next one.
pub(in crate::corpus) fn numbers(range: std::ops::Range<u64>, times: u64) -> Vec<u8> {
    let mut column = super::ints::Ints::default();
    range.for_each(|number| column.push(number * times));
    column.into_bytes()
}

fn read(columns: &[Vec<u8>]) {
    if let Ok(mut facts) = Facts::new(columns) {
        let mut left = 10;
        while left > 0 && facts.next().is_ok() {
            left -= 1;
        }
        let _ends = facts.end();
    }
}

#[test]
fn names_of_people_are_left_out() {
    let text = "Fix a crash in list.sort() and PyList_Sort(), found by AdaLovelace (ada.lovelace). See no_such_name";
    let changes = CommitChanges {
        files: vec!["Objects/list.c".to_owned()],
        functions: vec!["sort".to_owned()],
        ..CommitChanges::default()
    };
    let fix = crate::corpus::tests::fix(text, changes);
    let outline = Outline::of(&fix);
    let mut facts = vec![reduce(fix, outline).unwrap()];
    assert!(format!("{facts:?}").contains("AdaLovelace"));
    super::keep_names_of_code(&mut facts, &crate::code::CodeMap::default());
    let mentioned = &facts[0].fix.main().message.identifiers;
    assert_eq!(
        mentioned.join(" "),
        "PyList_Sort list list.sort no_such_name sort"
    );
}

#[test]
fn columns_are_as_many_as_there_are() {
    assert_eq!(super::Column::COUNT, 27);
    assert!(Facts::new(&[]).is_err());
}
