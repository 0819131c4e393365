//! Every commit reachable from a set of references, with its message and parents.

use git2::{ObjectType, Odb, Oid};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::clone::read_object;
use super::{CloneError, CommitId, Gap, Gaps, GitClone, Reference};

/// The commits of a history by ordinal, in the order in which they became known.
///
/// Ordinals are stable: an update appends.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Graph {
    nodes: Vec<Node>,
    #[serde(skip)]
    ordinals: FxHashMap<CommitId, u32>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Node {
    id: CommitId,
    /// Ordinals; [`MISSING`] for a parent that the clone lacks.
    parents: Vec<u32>,
}

const MISSING: u32 = u32::MAX;

/// The gap of commits that a shallow clone lacks.
pub(crate) const MISSING_COMMITS: &str = "commit objects (shallow or partial clone)";

/// A commit object as read.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Object name.
    pub id: CommitId,
    pub(crate) tree: Oid,
    pub(crate) parents: Vec<CommitId>,
    /// When the author wrote it, in seconds since 1970.
    pub authored: i64,
    /// When it was committed, in seconds since 1970.
    pub committed: i64,
    /// The message as written, decoded.
    pub message: String,
}

impl Graph {
    /// How many commits it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The ordinal of a commit.
    #[must_use]
    pub fn ordinal(&self, id: CommitId) -> Option<u32> {
        self.ordinals.get(&id).copied()
    }

    /// The name of a commit.
    #[must_use]
    pub fn id(&self, ordinal: u32) -> Option<CommitId> {
        self.nodes.get(ordinal as usize).map(|node| node.id)
    }

    /// The names of all commits, by ordinal.
    pub fn ids(&self) -> impl Iterator<Item = CommitId> + '_ {
        self.nodes.iter().map(|node| node.id)
    }

    /// The known parents of a commit, as ordinals.
    pub fn parents(&self, ordinal: u32) -> impl Iterator<Item = u32> + '_ {
        self.nodes[ordinal as usize]
            .parents
            .iter()
            .copied()
            .filter(|&parent| parent != MISSING)
    }

    /// Whether every parent is a commit of the graph: a damaged file may decode to ordinals that are none.
    pub(crate) fn is_sound(&self) -> bool {
        let known = |&parent: &u32| parent == MISSING || (parent as usize) < self.nodes.len();
        self.nodes.iter().all(|node| node.parents.iter().all(known))
    }

    /// Which commits the references reach, by ordinal.
    #[must_use]
    pub fn reachable(&self, references: &[Reference]) -> Vec<bool> {
        let mut seen = vec![false; self.nodes.len()];
        let mut todo: Vec<u32> = references
            .iter()
            .filter_map(|r| self.ordinal(r.commit))
            .collect();
        while let Some(at) = todo.pop() {
            if !std::mem::replace(&mut seen[at as usize], true) {
                todo.extend(self.parents(at));
            }
        }
        seen
    }

    /// Restores the look-up by name after deserialising, which leaves it out.
    #[must_use]
    pub fn indexed(mut self) -> Self {
        self.ordinals = self
            .nodes
            .iter()
            .zip(0..)
            .map(|(node, ordinal)| (node.id, ordinal))
            .collect();
        self
    }

    /// Reads the commits that the references reach and the graph does not have yet, and adds them.
    ///
    /// Gives them newest first, which is the order of their ordinals: neighbours then share most of their trees, and a
    /// file's versions come in the order in which packs store them. A parent that the clone lacks (shallow or partial)
    /// is a gap.
    ///
    /// # Errors
    ///
    /// [`CloneError::Unreadable`] when the object database cannot be opened.
    pub fn extend(
        &mut self,
        clone: &GitClone,
        references: &[Reference],
        mut each: impl FnMut(usize),
    ) -> Result<(Vec<Commit>, Vec<Gap>), CloneError> {
        let repository = clone.repository()?;
        let odb = repository
            .odb()
            .map_err(|source| clone.unreadable(source))?;
        let mut gaps = Gaps::default();
        let mut seen: FxHashSet<CommitId> = FxHashSet::default();
        let mut found: Vec<Commit> = Vec::new();
        let mut todo: Vec<CommitId> = references
            .iter()
            .map(|reference| reference.commit)
            .collect();
        while let Some(id) = todo.pop() {
            if self.ordinals.contains_key(&id) || !seen.insert(id) {
                continue;
            }
            match read_commit(&odb, id) {
                Some(commit) => {
                    todo.extend(&commit.parents);
                    found.push(commit);
                    each(1);
                }
                None => gaps.add(MISSING_COMMITS, id),
            }
        }
        found.sort_by(|a, b| b.committed.cmp(&a.committed).then(a.id.cmp(&b.id)));
        self.append(&found);
        Ok((found, gaps.into_vec()))
    }

    fn append(&mut self, commits: &[Commit]) {
        let first = self.nodes.len();
        for (ordinal, commit) in (first..).zip(commits) {
            // No history comes near four thousand million commits.
            self.ordinals
                .insert(commit.id, u32::try_from(ordinal).unwrap_or(MISSING));
        }
        for commit in commits {
            let parents = commit
                .parents
                .iter()
                .map(|&id| self.ordinal(id).unwrap_or(MISSING))
                .collect();
            self.nodes.push(Node {
                id: commit.id,
                parents,
            });
        }
    }
}

fn read_commit(odb: &Odb<'_>, id: CommitId) -> Option<Commit> {
    parse_commit(id, &read_object(odb, id.oid(), ObjectType::Commit)?)
}

/// A commit object: `tree`, `parent`, `author`, `committer`, `encoding` lines, a blank line, the message.
fn parse_commit(id: CommitId, data: &[u8]) -> Option<Commit> {
    let header_end = memchr::memmem::find(data, b"\n\n").unwrap_or(data.len());
    let message = data.get(header_end + 2..).unwrap_or_default();
    let mut commit = Commit {
        id,
        tree: Oid::ZERO_SHA1,
        parents: Vec::new(),
        authored: 0,
        committed: 0,
        message: decode(message),
    };
    for line in data[..header_end].split(|&byte| byte == b'\n') {
        let Some(space) = memchr::memchr(b' ', line) else {
            continue;
        };
        let value = std::str::from_utf8(&line[space + 1..]);
        match &line[..space] {
            b"tree" => commit.tree = Oid::from_str(value.ok()?).ok()?,
            b"parent" => commit.parents.push(value.ok()?.parse().ok()?),
            b"author" => commit.authored = seconds(line),
            b"committer" => commit.committed = seconds(line),
            _ => {}
        }
    }
    (commit.tree != Oid::ZERO_SHA1).then_some(commit)
}

/// The time of `author Name <mail> 1590183322 -0700`; 0 where there is none.
fn seconds(line: &[u8]) -> i64 {
    let mut words = line.rsplit(|&byte| byte == b' ');
    words
        .nth(1)
        .and_then(|word| std::str::from_utf8(word).ok()?.parse().ok())
        .unwrap_or(0)
}

/// UTF-8, else Latin-1: old converters wrote it without an `encoding` header.
fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_are_commits_of_the_graph() {
        let sound = |parent| {
            let node = Node {
                id: CommitId::from(Oid::ZERO_SHA1),
                parents: vec![parent],
            };
            let graph = Graph {
                nodes: vec![node],
                ..Graph::default()
            };
            graph.is_sound()
        };
        assert!(sound(0) && sound(MISSING) && !sound(1));
    }

    #[test]
    fn commit_objects() {
        let id = CommitId::from(Oid::ZERO_SHA1);
        let tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let text = format!(
            "tree {tree}\nauthor A <a@b> 12 +0100\ncommitter B C <b> 34 +0000\nencoding x\n\nfix\u{e9}\n\nbody\n"
        );
        let commit = parse_commit(id, text.as_bytes()).unwrap();
        assert_eq!((commit.authored, commit.committed), (12, 34));
        assert_eq!(commit.message, "fix\u{e9}\n\nbody\n");
        let latin = [format!("tree {tree}\n\n").as_bytes(), b"caf\xe9"].concat();
        assert_eq!(parse_commit(id, &latin).unwrap().message, "caf\u{e9}");
        for broken in ["", "tree x\n\n", "parent 1\n\nm", "tree", "\n\n"] {
            assert!(parse_commit(id, broken.as_bytes()).is_none(), "{broken:?}");
        }
    }
}
