//! Git repositories from a script: commits, backports, merges, reverts and tags in a few lines of text.
//!
//! `history/commits.txt` is one and explains the commands. Names and dates are fixed, and so are all hashes. Used by the
//! tests; a script that does not fit the repository panics with the line that is wrong.

use std::path::Path;

use git2::build::TreeUpdateBuilder;
use git2::{BranchType, Commit, FileMode, Index, Oid, Repository, RepositoryInitOptions};
use git2::{Signature, Time, Tree};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The history of the samples.
pub(crate) const COMMITS: &str = include_str!("history/commits.txt");

/// Makes a repository without commits, on the branch `main`.
pub(crate) fn init(path: &Path, bare: bool) -> Repository {
    let mut options = RepositoryInitOptions::new();
    options
        .bare(bare)
        .external_template(false)
        .initial_head("main");
    Repository::init_opts(path, &options).expect("an empty folder")
}

/// Plays a script into a repository, after what it holds already.
pub(crate) fn play(repository: &Repository, script: &str) {
    let mut lines = script
        .lines()
        .filter(|line| !line.starts_with('#'))
        .peekable();
    while let Some(line) = lines.next() {
        let mut body = Vec::new();
        while let Some(line) = lines.next_if(|line| !is_command(line)) {
            body.push(line);
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let step = Step {
            repository,
            branch: words.get(1).copied().unwrap_or_default(),
        };
        match words[..] {
            [] => {}
            ["commit", _, date] => step.commit(date, &body),
            ["pick", _, date, pr, new] => step.pick(date, pr, new),
            ["revert", _, date, pr, new] => step.revert(date, pr, new),
            ["merge", _, date, other] => step.merge(date, other),
            ["branch", _, from] => step.set_branch(step.tip(from).id()),
            ["delete", _] => step.delete(),
            ["tag", name, from] => drop(
                repository
                    .reference(
                        &format!("refs/tags/{name}"),
                        step.tip(from).id(),
                        true,
                        "tag",
                    )
                    .expect(line),
            ),
            _ => panic!("no command: {line}"),
        }
    }
}

fn is_command(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_lowercase()) && !line.starts_with("file ")
}

/// One command on one branch.
struct Step<'r> {
    repository: &'r Repository,
    branch: &'r str,
}

impl<'r> Step<'r> {
    fn commit(&self, date: &str, body: &[&str]) {
        let start = body.iter().position(|line| line.starts_with("file "));
        let (message, changes) = body.split_at(start.unwrap_or(body.len()));
        let message: Vec<&str> = message
            .iter()
            .map(|line| line.strip_prefix("    ").unwrap_or(line))
            .collect();
        let parent = self.find(self.branch);
        let mut tree = parent
            .as_ref()
            .map(|commit| commit.tree().expect("a tree of ours"));
        for change in changes.chunk_by(|_, next| !next.starts_with("file ")) {
            tree = Some(self.changed(tree.as_ref(), &change[0]["file ".len()..], &change[1..]));
        }
        let tree = tree.expect("a first commit with files");
        let parents: Vec<&Commit<'_>> = parent.iter().collect();
        self.write(date, message.join("\n").trim_end(), &tree, &parents);
    }

    /// A tree with one file changed.
    fn changed(&self, tree: Option<&Tree<'_>>, path: &str, lines: &[&str]) -> Tree<'r> {
        let entry = tree.and_then(|tree| tree.get_path(Path::new(path)).ok());
        let old = entry.map_or_else(String::new, |entry| {
            let blob = self.repository.find_blob(entry.id()).expect("a blob");
            String::from_utf8_lossy(blob.content()).into_owned()
        });
        let new = edited(&old, lines, path);
        let blob = self.repository.blob(new.as_bytes()).expect("a blob");
        let empty = Oid::hash_object(git2::ObjectType::Tree, b"").expect("a hash");
        let base = tree.map_or_else(|| self.empty_tree(empty), Clone::clone);
        let id = TreeUpdateBuilder::new()
            .upsert(path, blob, FileMode::Blob)
            .create_updated(self.repository, &base)
            .expect(path);
        self.repository.find_tree(id).expect("the tree just made")
    }

    fn empty_tree(&self, id: Oid) -> Tree<'r> {
        let builder = self.repository.treebuilder(None);
        let written = builder.and_then(|builder| builder.write());
        assert_eq!(written.expect("a tree"), id);
        self.repository.find_tree(id).expect("the tree just made")
    }

    fn pick(&self, date: &str, pr: &str, new: &str) {
        let picked = self.by_pull_request(pr);
        let tip = self.tip(self.branch);
        let index = self.repository.cherrypick_commit(&picked, &tip, 0, None);
        let message = format!(
            "[{}] {} (GH-{new})\n\n(cherry picked from commit {})",
            self.branch,
            subject(&picked),
            picked.id()
        );
        self.write_index(date, &message, index, &[&tip]);
    }

    fn revert(&self, date: &str, pr: &str, new: &str) {
        let reverted = self.by_pull_request(pr);
        let tip = self.tip(self.branch);
        let index = self.repository.revert_commit(&reverted, &tip, 0, None);
        let message = format!(
            "Revert \"{}\" (GH-{new})\n\nThis reverts commit {}.",
            subject(&reverted),
            reverted.id()
        );
        self.write_index(date, &message, index, &[&tip]);
    }

    fn merge(&self, date: &str, other: &str) {
        let (ours, theirs) = (self.tip(self.branch), self.tip(other));
        let index = self.repository.merge_commits(&ours, &theirs, None);
        let message = format!("Merge branch '{other}'");
        self.write_index(date, &message, index, &[&ours, &theirs]);
    }

    fn delete(&self) {
        let branch = self
            .repository
            .find_branch(self.branch, BranchType::Local)
            .and_then(|mut branch| branch.delete());
        branch.expect("a branch to delete");
    }

    fn write_index(
        &self,
        date: &str,
        message: &str,
        index: Result<Index, git2::Error>,
        parents: &[&Commit<'_>],
    ) {
        let mut index = index.expect(message);
        let id = index.write_tree_to(self.repository).expect(message);
        let tree = self.repository.find_tree(id).expect("the tree just made");
        self.write(date, message, &tree, parents);
    }

    fn write(&self, date: &str, message: &str, tree: &Tree<'_>, parents: &[&Commit<'_>]) {
        let noon = date.parse::<Date>().expect(date).at(12, 0, 0, 0);
        let noon = TimeZone::UTC.to_timestamp(noon).expect(date);
        let when = Time::new(noon.as_second(), 0);
        let author = Signature::new("Ada Orbit", "ada@example.org", &when).expect("a name");
        let id = self
            .repository
            .commit(None, &author, &author, message, tree, parents);
        self.set_branch(id.expect(message));
    }

    fn set_branch(&self, commit: Oid) {
        let name = format!("refs/heads/{}", self.branch);
        let set = self.repository.reference(&name, commit, true, "script");
        drop(set.expect("a branch's name"));
    }

    fn find(&self, branch: &str) -> Option<Commit<'r>> {
        let branch = self
            .repository
            .find_branch(branch, BranchType::Local)
            .ok()?;
        Some(branch.get().peel_to_commit().expect("a commit"))
    }

    fn tip(&self, branch: &str) -> Commit<'r> {
        self.find(branch)
            .unwrap_or_else(|| panic!("no branch {branch}"))
    }

    /// The commit whose subject ends in the number of a pull request.
    fn by_pull_request(&self, number: &str) -> Commit<'r> {
        let ending = format!("(GH-{number})");
        let mut walk = self.repository.revwalk().expect("a walk");
        walk.push_glob("refs/heads/*").expect("branches");
        walk.map(|id| self.repository.find_commit(id.expect("a commit")))
            .filter_map(Result::ok)
            .find(|commit| subject(commit).ends_with(&ending))
            .unwrap_or_else(|| panic!("no commit {ending}"))
    }
}

fn subject(commit: &Commit<'_>) -> String {
    let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
    message.lines().next().unwrap_or_default().to_owned()
}

/// The text with its changes: each place of marked lines is found by its old lines, which stand there once.
fn edited(old: &str, lines: &[&str], path: &str) -> String {
    let end = lines.iter().rposition(|line| !line.is_empty());
    let lines = &lines[..end.map_or(0, |end| end + 1)];
    let mut text = old.to_owned();
    for place in lines.split(|line| *line == "@@") {
        let marked = |other: char| {
            let kept = place.iter().filter(|line| !line.starts_with(other));
            kept.map(|line| format!("{}\n", line.get(1..).unwrap_or_default()))
                .collect::<String>()
        };
        let (before, after) = (marked('+'), marked('-'));
        if before.is_empty() {
            text.push_str(&after);
            continue;
        }
        assert_eq!(
            text.matches(&before).count(),
            1,
            "this stands once in {path}:\n{before}"
        );
        text = text.replacen(&before, &after, 1);
    }
    text
}
