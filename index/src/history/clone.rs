//! The repository: opening it and reading its objects.

use std::path::{Path, PathBuf};

use super::graph::MISSING_COMMITS;
use super::{CommitId, Gap, patchlevel};
use crate::store::CPYTHON;
use git2::{ErrorClass, ErrorCode, ObjectType, Odb, Oid, Repository, RepositoryOpenFlags};

/// A git repository on this machine.
///
/// Holds a path only, so that every thread can open it for itself: libgit2's handles are not shared.
#[derive(Debug, Clone)]
pub struct GitClone {
    path: PathBuf,
}

/// Why a clone cannot be read at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloneError {
    /// Nothing there, or nothing git knows.
    #[error("{} is not a git repository", path.display())]
    NotARepository {
        /// What was to be opened.
        path: PathBuf,
        /// libgit2's words.
        #[source]
        source: git2::Error,
    },
    /// A repository of another user, whose settings git does not run with.
    #[error("{} belongs to another user", path.display())]
    NotOwned {
        /// What was to be opened.
        path: PathBuf,
        /// libgit2's words.
        #[source]
        source: git2::Error,
    },
    /// A repository in a form that libgit2 does not read: SHA-256 object names, reftables.
    #[error("{} is a git repository of a form that cannot be read", path.display())]
    Unsupported {
        /// The repository.
        path: PathBuf,
        /// libgit2's words.
        #[source]
        source: git2::Error,
    },
    /// A repository whose references lead to no commit.
    #[error("{} has no commits", path.display())]
    NoCommits {
        /// The repository.
        path: PathBuf,
    },
    /// References or objects that cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The repository.
        path: PathBuf,
        /// libgit2's words.
        #[source]
        source: git2::Error,
    },
}

impl GitClone {
    /// Looks for a repository at `path` itself: a work tree or a bare repository.
    ///
    /// # Errors
    ///
    /// [`CloneError::NotARepository`], [`CloneError::Unsupported`].
    pub fn open(path: &Path) -> Result<Self, CloneError> {
        let found = open_at(path).map_err(|source| unopened(path.to_owned(), source))?;
        // Of a linked work tree the repository: it stays when the work tree goes.
        Ok(Self {
            path: found.commondir().to_owned(),
        })
    }

    /// The repository's git folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The project's name: `cpython` where the tree has its `patchlevel.h`, whatever the folder is called; else the last
    /// part of the origin's address, else of the folder.
    #[must_use]
    pub fn project(&self) -> String {
        if patchlevel::is_at_head(self) {
            return CPYTHON.to_owned();
        }
        let origin = self.repository().ok().and_then(|repository| {
            let remote = repository.find_remote("origin").ok()?;
            Some(remote.url().ok()?.to_owned())
        });
        let folder = || {
            let path = if self.path.ends_with(".git") {
                self.path.parent()
            } else {
                Some(&*self.path)
            };
            path.and_then(Path::file_name)
                .map(|name| name.to_string_lossy().into_owned())
        };
        let name = origin.or_else(folder).unwrap_or_default();
        let last = name
            .trim_end_matches('/')
            .rsplit(['/', ':'])
            .next()
            .unwrap_or_default();
        last.trim_end_matches(".git").to_owned()
    }

    /// Whether it has a commit.
    #[must_use]
    pub fn has(&self, commit: CommitId) -> bool {
        let repository = self.repository();
        repository.is_ok_and(|repository| repository.find_commit(commit.oid()).is_ok())
    }

    /// Whether a commit that was missing is there now: a shallow clone was deepened.
    pub(crate) fn is_deeper(&self, gaps: &[Gap]) -> Result<bool, CloneError> {
        let repository = self.repository()?;
        let mut missing = gaps.iter().filter(|gap| gap.what == MISSING_COMMITS);
        Ok(missing.any(|gap| {
            let id = Oid::from_str(&gap.example);
            id.is_ok_and(|id| repository.find_commit(id).is_ok())
        }))
    }

    pub(crate) fn repository(&self) -> Result<Repository, CloneError> {
        open_at(&self.path).map_err(|source| self.unreadable(source))
    }

    pub(crate) fn unreadable(&self, source: git2::Error) -> CloneError {
        CloneError::Unreadable {
            path: self.path.clone(),
            source,
        }
    }
}

/// Why a folder cannot be opened. libgit2 has no code of its own for the forms it does not know; where it finds no
/// repository at all, it says so.
fn unopened(path: PathBuf, source: git2::Error) -> CloneError {
    if source.code() == ErrorCode::Owner {
        CloneError::NotOwned { path, source }
    } else if source.class() == ErrorClass::Repository && source.code() != ErrorCode::NotFound {
        CloneError::Unsupported { path, source }
    } else {
        CloneError::NotARepository { path, source }
    }
}

fn open_at(path: &Path) -> Result<Repository, git2::Error> {
    // No search in parent folders: an index of the wrong repository would be worse than a clear word.
    Repository::open_ext(path, RepositoryOpenFlags::NO_SEARCH, &[] as &[&Path])
}

/// Reads an object of a given type.
pub(crate) fn read_object(odb: &Odb<'_>, id: Oid, kind: ObjectType) -> Option<Vec<u8>> {
    let object = odb.read(id).ok()?;
    (object.kind() == kind).then(|| object.data().to_vec())
}

/// Lets libgit2 read objects without hashing them again, for the whole process.
pub(crate) fn trust_objects() {
    git2::opts::strict_hash_verification(false);
}

/// Sets up libgit2 for reading a whole history, for the whole process; to be called before a repository is read.
///
/// Objects are not hashed again as they are read: `git fsck` is for that, and it would cost more than all the rest
/// of a build. A pack is mapped in windows, and each page touched counts as memory of the process: small windows and
/// a bound on their sum keep a build's peak near the size of what it holds itself.
pub(crate) fn tune_libgit2() {
    const WINDOW: usize = 32 << 20;
    const MAPPED: usize = 384 << 20;
    trust_objects();
    // SAFETY: the setters only write globals of libgit2; called before worker threads open repositories.
    let limits = unsafe {
        (
            git2::opts::set_mwindow_size(WINDOW),
            git2::opts::set_mwindow_mapped_limit(MAPPED),
        )
    };
    // A failure leaves the defaults, which are only larger.
    drop(limits);
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use super::*;

    pub(in crate::history) fn repository() -> (tempfile::TempDir, Oid) {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init_bare(folder.path()).unwrap();
        let tree = repository.treebuilder(None).unwrap().write().unwrap();
        let tree = repository.find_tree(tree).unwrap();
        let me = git2::Signature::new("A", "a@b", &git2::Time::new(0, 0)).unwrap();
        let commit = repository
            .commit(Some("refs/heads/main"), &me, &me, "m", &tree, &[])
            .unwrap();
        repository
            .reference("refs/tags/tree", tree.id(), false, "")
            .unwrap();
        (folder, commit)
    }

    #[test]
    fn deeper_clones_have_commits_that_were_missing() {
        let (folder, commit) = repository();
        let clone = GitClone::open(folder.path()).unwrap();
        for (id, deeper) in [(commit, true), (Oid::ZERO_SHA1, false)] {
            let gap = Gap {
                what: MISSING_COMMITS.to_owned(),
                count: 1,
                example: id.to_string(),
            };
            assert_eq!(clone.is_deeper(&[gap]).unwrap(), deeper, "{id}");
        }
    }

    #[test]
    fn unknown_forms_are_no_missing_repository() {
        let (folder, _) = repository();
        let config = folder.path().join("config");
        for extension in ["objectformat = sha256", "refstorage = reftable"] {
            let text = format!(
                "[core]\nrepositoryformatversion = 1\nbare = true\n[extensions]\n{extension}\n"
            );
            fs::write(&config, text).unwrap();
            let error = GitClone::open(folder.path()).unwrap_err();
            assert!(
                matches!(error, CloneError::Unsupported { .. }),
                "{extension}: {error:?}"
            );
        }
        let nowhere = GitClone::open(&folder.path().join("refs")).unwrap_err();
        assert!(
            matches!(nowhere, CloneError::NotARepository { .. }),
            "{nowhere:?}"
        );
        let owner = git2::Error::new(ErrorCode::Owner, ErrorClass::Config, "not owned");
        let other = unopened(PathBuf::new(), owner);
        assert!(matches!(other, CloneError::NotOwned { .. }), "{other:?}");
    }
}
