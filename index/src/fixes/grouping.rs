//! Which commits are one fix: those that share a key.

use rustc_hash::FxHashMap;

use crate::history::{CommitId, Message};

/// What ties a commit to others of the same fix:
///
/// - its own name and those it says to be picked from (`cherry picked from commit ...`);
/// - each issue or pull request of its subject together with the bare subject (`[3.9]`, `(GH-123)` taken off), which
///   joins backports made by hand, and the transplants of CPython's Mercurial years, that name no commit.
pub(crate) fn keys(id: CommitId, message: &Message) -> Vec<String> {
    let mut keys = vec![id.to_string()];
    keys.extend(message.cherry_picked_from.iter().map(CommitId::to_string));
    let subject = message.bare_subject();
    // A bare subject of one word ("merge", "typo") says nothing, even with the issue.
    if subject.contains(' ') {
        let issues = message.subject_issues();
        keys.extend(issues.iter().map(|issue| format!("{issue}|{subject}")));
    }
    keys
}

/// Groups items that share a key, directly or through others; each group holds indexes, ascending.
pub(crate) fn group(keys: &[Vec<String>]) -> Vec<Vec<usize>> {
    let mut sets = DisjointSets::new(keys.len());
    let mut first: FxHashMap<&str, usize> = FxHashMap::default();
    for (item, keys) in keys.iter().enumerate() {
        for key in keys {
            let other = *first.entry(key).or_insert(item);
            sets.join(item, other);
        }
    }
    let mut groups: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for item in 0..keys.len() {
        groups.entry(sets.root(item)).or_default().push(item);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.sort_unstable();
    groups
}

#[derive(Debug)]
struct DisjointSets(Vec<usize>);

impl DisjointSets {
    fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    fn root(&mut self, mut item: usize) -> usize {
        while self.0[item] != item {
            self.0[item] = self.0[self.0[item]];
            item = self.0[item];
        }
        item
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_connected_by_keys() {
        let keys: Vec<Vec<String>> = [&["a"][..], &["b", "c"], &["d"], &["c", "a"], &[]]
            .iter()
            .map(|keys| keys.iter().map(ToString::to_string).collect())
            .collect();
        assert_eq!(group(&keys), [vec![0, 1, 3], vec![2], vec![4]]);
    }

    #[test]
    fn backports_share_a_key_and_follow_ups_do_not() {
        let keys_of = |text: &str| {
            let id = git2::Oid::hash_object(git2::ObjectType::Commit, text.as_bytes()).unwrap();
            keys(id.into(), &Message::parse(text, 1_590_000_000))
        };
        let main = keys_of("bpo-7: Fix the reversed iterator (GH-71)");
        let shares = |text: &str| keys_of(text).iter().any(|key| main.contains(key));
        assert!(shares(
            "[3.8] bpo-7: Fix the reversed iterator (GH-71) (GH-72)"
        ));
        assert!(shares("bpo-7: Fix the reversed iterator. (GH-99)"));
        assert!(!shares(
            "bpo-7: Add a test for the reversed iterator (GH-80)"
        ));
        assert!(!shares("bpo-8: Fix the reversed iterator (GH-81)"));
    }
}
