//! Branches and tags: which commits a history is read from.

use git2::Repository;
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
    /// The commit of `HEAD`.
    pub head: Option<CommitId>,
    /// Those whose objects the clone lacks.
    pub gaps: Vec<Gap>,
}

/// The gap of references that lead nowhere.
pub(crate) const DEAD_REFERENCES: &str = "targets of branches and tags";

impl GitClone {
    /// Branches, remote branches and tags that lead to commits, by name; and the commit of `HEAD`.
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
        let head = repository
            .head()
            .and_then(|head| head.peel_to_commit())
            .ok()
            .map(|c| c.id().into());
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
