//! Branches and tags: which commits a history is read from.

use git2::{Oid, Repository};
use serde::{Deserialize, Serialize};

use super::{CloneError, CommitId, Gap, Gaps, GitClone};

/// A branch, remote branch or tag with the commit it leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    /// Full name: `refs/heads/main`, `refs/tags/v3.9.0`.
    pub name: String,
    /// The commit, annotated tags peeled.
    pub commit: CommitId,
}

/// What the references of a repository lead to.
#[derive(Debug)]
pub struct References {
    /// Those that lead to commits, by name.
    pub found: Vec<Reference>,
    /// The tip of the main branch.
    pub head: Option<CommitId>,
    /// Those whose objects the clone lacks.
    pub gaps: Vec<Gap>,
}

/// The gap of references that lead nowhere.
pub(crate) const DEAD_REFERENCES: &str = "targets of branches and tags";

impl GitClone {
    /// Branches, remote branches and tags that lead to commits, by name; and the tip of the main branch.
    ///
    /// # Errors
    ///
    /// [`CloneError::NoCommits`], [`CloneError::Unreadable`].
    pub fn references(&self) -> Result<References, CloneError> {
        let repository = self.repository()?;
        let mut found = Vec::new();
        let mut gaps = Gaps::default();
        for pattern in ["refs/heads/*", "refs/remotes/*", "refs/tags/*"] {
            let references = repository
                .references_glob(pattern)
                .map_err(|source| self.unreadable(source))?;
            for reference in references.flatten() {
                let Ok(name) = reference.name() else {
                    continue;
                };
                let Ok(commit) = reference.peel_to_commit() else {
                    if leads_nowhere(&repository, &reference) {
                        gaps.add(DEAD_REFERENCES, name);
                    }
                    continue;
                };
                if !name.ends_with("/HEAD") {
                    found.push(Reference {
                        name: name.to_owned(),
                        commit: commit.id().into(),
                    });
                }
            }
        }
        let head = main_branch(&repository);
        if let (true, Some(commit)) = (found.is_empty(), head) {
            found.push(Reference {
                name: "HEAD".to_owned(),
                commit,
            });
        }
        if found.is_empty() {
            return Err(CloneError::NoCommits {
                path: self.path().to_owned(),
            });
        }
        found.sort();
        found.dedup();
        Ok(References {
            found,
            head,
            gaps: gaps.into_vec(),
        })
    }
}

/// Remotes that may be the project's own: a fork's clone names the project `upstream`.
const REMOTES: [&str; 2] = ["upstream", "origin"];

/// The tip of the project's main branch: that of a remote, which `git fetch` moves, unless what is checked out goes on
/// from it without following it, as in a mirror. `HEAD` alone may be behind, or be a branch of the user's.
fn main_branch(repository: &Repository) -> Option<CommitId> {
    let head = repository.head().ok();
    let own = head.as_ref().and_then(|head| head.peel_to_commit().ok());
    let remote = REMOTES
        .iter()
        .find_map(|remote| of_remote(repository, remote));
    let (Some(own), Some(remote)) = (own.as_ref().map(git2::Commit::id), remote) else {
        return own.map(|own| own.id()).or(remote).map(CommitId::from);
    };
    let is_ahead = repository.graph_descendant_of(own, remote).unwrap_or(false);
    if is_ahead && !head.is_some_and(|head| follows_a_remote(repository, &head)) {
        return Some(own.into());
    }
    Some(remote.into())
}

/// The tip of a remote's main branch: the one that it checks out, but `main` where that is `master` and both are there,
/// since clones keep a `master` that was renamed.
fn of_remote(repository: &Repository, remote: &str) -> Option<Oid> {
    let prefix = format!("refs/remotes/{remote}/");
    let tip = |name: &str| {
        let found = repository.find_reference(&format!("{prefix}{name}")).ok()?;
        Some(found.peel_to_commit().ok()?.id())
    };
    let head = repository.find_reference(&format!("{prefix}HEAD")).ok();
    let target = head
        .as_ref()
        .and_then(|head| head.symbolic_target().ok().flatten());
    let checked_out = target.and_then(|target| target.strip_prefix(&prefix));
    let other = checked_out.filter(|name| *name != "master").and_then(tip);
    other.or_else(|| tip("main")).or_else(|| tip("master"))
}

/// Whether a branch is set to follow one of a remote.
fn follows_a_remote(repository: &Repository, branch: &git2::Reference<'_>) -> bool {
    let name = branch.name();
    name.is_ok_and(|name| repository.branch_upstream_name(name).is_ok())
}

/// Whether the object behind a reference is missing; tags of files and trees lead to no commit either.
fn leads_nowhere(repository: &Repository, reference: &git2::Reference<'_>) -> bool {
    reference
        .target()
        .is_some_and(|id| repository.find_object(id, None).is_err())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::clone::tests::repository;
    use super::*;

    /// The commit that counts as the main branch's, for references that each lead to a commit: 0, 1 and 2 are a line, and
    /// 3 leaves it after 1.
    fn main_of(references: &[(&str, usize)], links: &[(&str, &str)], config: &str) -> usize {
        let (folder, first) = repository();
        let repository = Repository::open(folder.path()).unwrap();
        let me = git2::Signature::new("A", "a@b", &git2::Time::new(0, 0)).unwrap();
        let commit = |message: &str, parent: Oid| {
            let parent = repository.find_commit(parent).unwrap();
            let tree = parent.tree().unwrap();
            let parents = [&parent];
            let id = repository.commit(None, &me, &me, message, &tree, &parents);
            id.unwrap()
        };
        let second = commit("2", first);
        let commits = [first, second, commit("3", second), commit("fork", second)];
        for (name, at) in references {
            let name = format!("refs/{name}");
            drop(repository.reference(&name, commits[*at], true, "").unwrap());
        }
        for (name, target) in links.iter().chain([&("HEAD", "refs/heads/main")]) {
            fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            fs::write(folder.path().join(name), format!("ref: {target}\n")).unwrap();
        }
        let known = fs::read_to_string(folder.path().join("config")).unwrap();
        fs::write(folder.path().join("config"), known + config).unwrap();
        let clone = GitClone::open(folder.path()).unwrap();
        let head = clone.references().unwrap().head.unwrap();
        commits.iter().position(|&id| head == id.into()).unwrap()
    }

    #[test]
    fn the_main_branch_is_that_of_the_project() {
        const ORIGIN: (&str, &str) = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main");
        const OLD: (&str, &str) = ("refs/remotes/origin/HEAD", "refs/remotes/origin/master");
        const FOLLOWS: &str = "[remote \"origin\"]\nurl = x\nfetch = +refs/heads/*:refs/remotes/origin/*\n\
            [branch \"main\"]\nremote = origin\nmerge = refs/heads/main\n";
        // No remote: what is checked out.
        assert_eq!(main_of(&[("heads/main", 2)], &[], ""), 2);
        // Fetched, and not merged.
        let behind = [("heads/main", 0), ("remotes/origin/main", 2)];
        assert_eq!(main_of(&behind, &[ORIGIN], FOLLOWS), 2);
        assert_eq!(main_of(&behind, &[], ""), 2);
        // The user's own commits on top, or beside.
        let on_top = [("heads/main", 2), ("remotes/origin/main", 1)];
        assert_eq!(main_of(&on_top, &[ORIGIN], FOLLOWS), 1);
        let beside = [("heads/main", 3), ("remotes/origin/main", 2)];
        assert_eq!(main_of(&beside, &[ORIGIN], ""), 2);
        // A mirror, whose remote was looked at long ago.
        assert_eq!(main_of(&on_top, &[ORIGIN], ""), 2);
        // `master` that was renamed, and one that was not.
        let renamed = [("remotes/origin/master", 1), ("remotes/origin/main", 2)];
        assert_eq!(main_of(&renamed, &[OLD], ""), 2);
        assert_eq!(main_of(&renamed[..1], &[OLD], ""), 1);
        // A fork, with the project beside it.
        let fork = [("remotes/origin/main", 1), ("remotes/upstream/main", 2)];
        assert_eq!(main_of(&fork, &[ORIGIN], ""), 2);
    }

    #[test]
    fn references_that_lead_nowhere_are_gaps() {
        let (folder, commit) = repository();
        let refs = folder.path().join("refs/heads");
        fs::write(refs.join("dead"), format!("{:040}\n", 1)).unwrap();
        fs::write(refs.join("unborn"), "ref: refs/heads/nothing\n").unwrap();
        let references = GitClone::open(folder.path()).unwrap().references().unwrap();
        assert_eq!(references.found.len(), 1);
        assert_eq!(references.found[0].commit, commit.into());
        let [gap] = references.gaps.as_slice() else {
            panic!("{:?}", references.gaps)
        };
        assert_eq!(
            (gap.what.as_str(), gap.example.as_str()),
            (DEAD_REFERENCES, "refs/heads/dead")
        );
    }
}
