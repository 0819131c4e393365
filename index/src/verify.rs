//! Whether an index is what was written, and its clone still what it was written from.

use git2::ObjectType;
use serde::Serialize;

use crate::IndexError;
use crate::history::{GitClone, Graph};
use crate::progress::Progress;
use crate::schema::FixSchema;
use crate::search::Searcher;
use crate::store::Generation;

/// What was looked at, and what is wrong with it.
#[derive(Debug, Clone, Serialize)]
pub struct Verified {
    /// Files whose checksums were compared.
    pub files: u64,
    /// Fixes that were read.
    pub fixes: u64,
    /// Commits that the clone has still; `None` without a clone.
    pub commits: Option<u64>,
    /// What is wrong, each in one line; empty for a whole index.
    pub faults: Vec<String>,
}

/// Compares the checksum of every file, reads every fix, and looks for every commit in the clone.
///
/// # Errors
///
/// [`IndexError::Io`] when a file cannot be read at all; what is damaged or missing is a fault.
pub fn verify(generation: Generation, progress: &dyn Progress) -> Result<Verified, IndexError> {
    progress.phase("comparing checksums", None);
    let (files, faults) = generation.compare_sums(&mut || progress.advance(1))?;
    let mut verified = Verified {
        files,
        fixes: 0,
        commits: None,
        faults,
    };
    // Whatever else is wrong with damaged files follows from it.
    if !verified.faults.is_empty() {
        return Ok(verified);
    }
    if generation.tantivy()?.schema() != FixSchema::new().schema {
        verified
            .faults
            .push("its fields are those of another version".to_owned());
        return Ok(verified);
    }
    let graph = generation.history()?.graph;
    if let Some(path) = generation.manifest().clone_path() {
        match GitClone::open(path) {
            Ok(clone) => verified.commits(&clone, &graph, progress)?,
            Err(error) => verified.faults.push(error.to_string()),
        }
    }
    verified.fixes(Searcher::open(generation)?, progress)?;
    Ok(verified)
}

impl Verified {
    fn commits(
        &mut self,
        clone: &GitClone,
        graph: &Graph,
        progress: &dyn Progress,
    ) -> Result<(), IndexError> {
        progress.phase("looking for commits", Some(graph.len() as u64));
        let repository = clone.repository()?;
        let odb = repository
            .odb()
            .map_err(|source| clone.unreadable(source))?;
        let (mut found, mut missing) = (0, Vec::new());
        for id in graph.ids() {
            progress.advance(1);
            let header = odb.read_header(id.oid());
            if header.is_ok_and(|(_, kind)| kind == ObjectType::Commit) {
                found += 1;
            } else {
                missing.push(id);
            }
        }
        self.commits = Some(found);
        if let Some(example) = missing.first() {
            self.faults.push(format!(
                "{} commits are not in the clone {} any more, such as {example}",
                missing.len(),
                clone.path().display()
            ));
        }
        Ok(())
    }

    fn fixes(&mut self, searcher: Searcher, progress: &dyn Progress) -> Result<(), IndexError> {
        let stated = searcher.manifest().counts.fixes;
        progress.phase("reading fixes", Some(stated));
        let mut found = 0;
        searcher.each_fix(&mut |_, _| {
            progress.advance(1);
            found += 1;
        })?;
        self.fixes = found;
        if found != stated {
            self.faults
                .push(format!("it has {found} fixes, where it says {stated}"));
        }
        Ok(())
    }
}
