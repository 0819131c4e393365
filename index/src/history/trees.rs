//! The files that a commit changes, found by walking two trees side by side.
//!
//! Raw tree objects are compared entry by entry and only differing subtrees are opened: on CPython this costs a tenth
//! of libgit2's own tree diff, which builds lists of every entry.

use std::cmp::Ordering;
use std::rc::Rc;

use git2::{ObjectType, Odb, Oid};
use rustc_hash::FxHashMap;

use super::clone::read_object;

/// One file that differs between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Path from the repository's root, `/` between its parts.
    pub path: Box<str>,
    /// The blob before; `None` for a new file.
    pub old: Option<Oid>,
    /// The blob after; `None` for a deleted file.
    pub new: Option<Oid>,
}

/// Trees kept by object name: the tree after one commit is the tree before the next.
const KEPT_TREES: usize = 8192;

/// Walks trees of one repository; keeps what it has read.
pub(crate) struct TreeWalker<'r> {
    odb: &'r Odb<'r>,
    trees: FxHashMap<Oid, Rc<[u8]>>,
}

/// A tree object that the clone lacks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MissingTree(pub(crate) Oid);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry<'t> {
    kind: EntryKind,
    name: &'t [u8],
    id: &'t [u8],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryKind {
    Tree,
    File,
    /// Submodules and symbolic links: no text of the project's.
    Other,
}

impl<'r> TreeWalker<'r> {
    pub(crate) fn new(odb: &'r Odb<'r>) -> Self {
        Self {
            odb,
            trees: FxHashMap::default(),
        }
    }

    /// The files that differ, by path; renames of unchanged files are left out. `None` is the empty tree.
    pub(crate) fn diff(
        &mut self,
        old: Option<Oid>,
        new: Option<Oid>,
    ) -> Result<Vec<FileChange>, MissingTree> {
        let mut changes = Vec::new();
        self.walk(old, new, &mut String::new(), &mut changes)?;
        Ok(without_renames(changes))
    }

    fn tree(&mut self, id: Option<Oid>) -> Result<Rc<[u8]>, MissingTree> {
        let Some(id) = id else {
            return Ok(Rc::from([]));
        };
        if let Some(tree) = self.trees.get(&id) {
            return Ok(Rc::clone(tree));
        }
        let tree: Rc<[u8]> = read_object(self.odb, id, ObjectType::Tree)
            .ok_or(MissingTree(id))?
            .into();
        if self.trees.len() >= KEPT_TREES {
            self.trees.clear();
        }
        self.trees.insert(id, Rc::clone(&tree));
        Ok(tree)
    }

    fn walk(
        &mut self,
        old: Option<Oid>,
        new: Option<Oid>,
        prefix: &mut String,
        changes: &mut Vec<FileChange>,
    ) -> Result<(), MissingTree> {
        let (old, new) = (self.tree(old)?, self.tree(new)?);
        let (mut old_rest, mut new_rest) = (&*old, &*new);
        loop {
            let (before, after) = (entry(old_rest), entry(new_rest));
            let order = match (&before, &after) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((a, _)), Some((b, _))) => a.order(b),
            };
            let before = before.filter(|_| order.is_le());
            let after = after.filter(|_| order.is_ge());
            if let Some((_, rest)) = before {
                old_rest = rest;
            }
            if let Some((_, rest)) = after {
                new_rest = rest;
            }
            let (before, after) = (
                before.map(|(entry, _)| entry),
                after.map(|(entry, _)| entry),
            );
            if before != after {
                self.entry(before, after, prefix, changes)?;
            }
        }
    }

    fn entry(
        &mut self,
        before: Option<Entry<'_>>,
        after: Option<Entry<'_>>,
        prefix: &mut String,
        changes: &mut Vec<FileChange>,
    ) -> Result<(), MissingTree> {
        let Some(name) = before.or(after).map(|entry| entry.name) else {
            return Ok(());
        };
        let id_of = |entry: Option<Entry<'_>>, kind| {
            entry
                .filter(|entry| entry.kind == kind)
                .and_then(|entry| Oid::from_bytes(entry.id).ok())
        };
        let length = prefix.len();
        prefix.push_str(&String::from_utf8_lossy(name));
        // A mode change alone changes no file.
        let (old, new) = (
            id_of(before, EntryKind::File),
            id_of(after, EntryKind::File),
        );
        if old != new {
            changes.push(FileChange {
                path: prefix.as_str().into(),
                old,
                new,
            });
        }
        let (old, new) = (
            id_of(before, EntryKind::Tree),
            id_of(after, EntryKind::Tree),
        );
        // Paths are bounded: a hostile tree that holds itself would otherwise be walked for ever.
        if old != new && prefix.len() < 4096 {
            prefix.push('/');
            self.walk(old, new, prefix, changes)?;
        }
        prefix.truncate(length);
        Ok(())
    }
}

impl Entry<'_> {
    /// Git's order: by bytes, a tree's name counting as if it ended in `/`.
    fn order(&self, other: &Self) -> Ordering {
        let common = self.name.len().min(other.name.len());
        let next = |entry: &Self| match entry.name.get(common) {
            Some(&byte) => byte,
            None if entry.kind == EntryKind::Tree => b'/',
            None => 0,
        };
        self.name[..common]
            .cmp(&other.name[..common])
            .then_with(|| next(self).cmp(&next(other)))
    }
}

/// The first entry of a raw tree (`MODE NAME\0` and 20 bytes of object name) and what follows it.
fn entry(tree: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let space = memchr::memchr(b' ', tree)?;
    let end = space + 1 + memchr::memchr(0, &tree[space + 1..])?;
    let id = tree.get(end + 1..end + 21)?;
    let kind = match &tree[..space] {
        b"40000" | b"040000" => EntryKind::Tree,
        mode if mode.starts_with(b"100") => EntryKind::File,
        _ => EntryKind::Other,
    };
    Some((
        Entry {
            kind,
            name: &tree[space + 1..end],
            id,
        },
        &tree[end + 21..],
    ))
}

/// Takes out pairs of a deleted and a new file with the same blob: the file moved, nothing in it changed.
fn without_renames(mut changes: Vec<FileChange>) -> Vec<FileChange> {
    let mut deleted: FxHashMap<Oid, u32> = FxHashMap::default();
    for change in &changes {
        if let (Some(old), None) = (change.old, change.new) {
            *deleted.entry(old).or_default() += 1;
        }
    }
    if deleted.is_empty() {
        return changes;
    }
    let mut moved: FxHashMap<Oid, u32> = FxHashMap::default();
    changes.retain(|change| match (change.old, change.new) {
        (None, Some(new)) => match deleted.get_mut(&new).filter(|left| **left > 0) {
            Some(left) => {
                *left -= 1;
                *moved.entry(new).or_default() += 1;
                false
            }
            None => true,
        },
        _ => true,
    });
    changes.retain(|change| match (change.old, change.new) {
        (Some(old), None) => match moved.get_mut(&old).filter(|left| **left > 0) {
            Some(left) => {
                *left -= 1;
                false
            }
            None => true,
        },
        _ => true,
    });
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(n: u8) -> Oid {
        Oid::from_bytes(&[n; 20]).unwrap()
    }

    #[test]
    fn renames_of_unchanged_files_are_no_change() {
        let change = |path: &str, old: Option<u8>, new: Option<u8>| FileChange {
            path: path.into(),
            old: old.map(oid),
            new: new.map(oid),
        };
        let kept = without_renames(vec![
            change("a", Some(1), None),
            change("b", None, Some(1)),
            change("c", Some(2), Some(3)),
            change("d", None, Some(1)),
            change("e", Some(4), None),
        ]);
        let paths: Vec<&str> = kept.iter().map(|change| &*change.path).collect();
        assert_eq!(paths, ["c", "d", "e"]);
    }

    #[test]
    fn entries_of_a_raw_tree() {
        let mut raw = b"100644 a\0".to_vec();
        raw.extend([7; 20]);
        raw.extend(b"40000 b\0");
        raw.extend([8; 20]);
        let (first, rest) = entry(&raw).unwrap();
        assert_eq!((first.kind, first.name), (EntryKind::File, b"a".as_slice()));
        let (second, rest) = entry(rest).unwrap();
        assert_eq!(
            (second.kind, second.name),
            (EntryKind::Tree, b"b".as_slice())
        );
        assert!(
            entry(rest).is_none()
                && entry(&raw[..raw.len() - 1]).is_some()
                && entry(b"100644 a").is_none()
        );
    }
}
