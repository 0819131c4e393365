//! An issue as it is stored.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::IssueKey;
use crate::history::{CommitId, IssueRef};

/// An issue or pull request, as far as its pieces have come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Issue {
    /// Its name among all trackers.
    pub key: IssueKey,
    /// What the tracker says of it; `None` where only comments or events have come so far.
    pub head: Option<Head>,
    /// Its description and comments, by [`Post::id`].
    pub posts: Vec<Post>,
    /// What events tie it to, sorted.
    pub links: Vec<Link>,
    /// Whether its events have been read since it was last updated.
    pub events_read: bool,
}

/// What a tracker says of an issue beside its text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// When it was last changed, in seconds since 1970. A head that is older than the stored one is not taken.
    pub updated: i64,
    /// What commit messages call it, as far as they may: `gh-103656`, `bpo-40696`, `GH-20287`.
    pub names: Vec<IssueRef>,
    /// Without e-mail addresses and other private things, as every text here.
    pub title: String,
    /// The page of it.
    pub url: String,
    /// Whether it is a pull request.
    pub pull_request: bool,
    /// How it stands.
    pub state: State,
    /// When it was opened, in seconds since 1970.
    pub created: i64,
    /// When it was closed.
    pub closed: Option<i64>,
    /// Labels and keywords; for Bugzilla product and component, too.
    pub labels: Vec<String>,
    /// Versions of the project that it is filed for.
    pub versions: Vec<String>,
    /// What sort of issue: `crash`, `behavior`.
    pub kind: Option<String>,
    /// How it was resolved, in the tracker's word: `fixed`, `duplicate`, `completed`.
    pub resolution: Option<String>,
    /// What its fields tie it to.
    pub links: Vec<Link>,
}

/// How an issue stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody has closed it.
    #[default]
    Open,
    /// Closed, for whatever reason.
    Closed,
    /// A pull request that was merged.
    Merged,
}

/// What an issue is tied to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Link {
    /// It is a duplicate of that issue, or superseded by it.
    DuplicateOf(Target),
    /// That commit closed it, or is what a pull request became.
    Commit(CommitId),
    /// That pull request is linked to it.
    PullRequest(Target),
    /// It says of itself that it is about that issue: a pull request by its title or closing words, a Bugzilla bug by its
    /// `see_also`.
    About(Target),
}

/// An issue or pull request, as far as a link names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Target {
    /// By its tracker.
    Issue(IssueKey),
    /// By what commit messages call it.
    Name(IssueRef),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issue(key) => key.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// A description or a comment, of which only stacks and links are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// `description`, or the comment's number.
    pub id: String,
    /// When it was last changed, in seconds since 1970.
    pub updated: i64,
    /// Of its text: equal for equal ones.
    pub digest: u64,
    /// Who wrote it, by the name that the tracker shows to everybody.
    pub author: String,
    /// When, in seconds since 1970.
    pub date: i64,
    /// The page and place of it.
    pub url: Option<String>,
    /// The stacks in it.
    pub stacks: Vec<KnownStack>,
    /// What it says that the issue is tied to.
    pub links: Vec<Link>,
}

/// A stack that somebody pasted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KnownStack {
    /// The tool that printed it.
    pub tool: String,
    /// First line of it in its post, from 1.
    pub line: u32,
    /// Whether it is the one that shows the failure; the others are of other threads or other moments.
    pub main: bool,
    /// The functions that tell it from others, in words.
    pub text: String,
    /// Innermost first.
    pub frames: Vec<KnownFrame>,
    /// Whether frames are missing before the first.
    pub cut_before: bool,
    /// Whether frames are missing behind the last.
    pub cut_behind: bool,
}

/// A frame of a known stack, as a term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownFrame {
    /// The function as every build shows it, for Python with its file.
    pub term: String,
    /// What a match is worth before rarity and depth, in hundredths.
    pub worth: u8,
    /// Whether tools that show no inlined functions leave it out.
    pub inlined: bool,
    /// Whether it is Python code.
    pub python: bool,
}

impl Issue {
    /// One of which nothing is known yet.
    #[must_use]
    pub fn new(key: IssueKey) -> Self {
        Self {
            key,
            head: None,
            posts: Vec::new(),
            links: Vec::new(),
            events_read: false,
        }
    }

    /// The posts with a stack, and each of their stacks.
    pub fn stacks(&self) -> impl Iterator<Item = (&Post, &KnownStack)> {
        let posts = self.posts.iter();
        posts.flat_map(|post| post.stacks.iter().map(move |stack| (post, stack)))
    }

    /// Everything that it is tied to, by events, fields and words, each once.
    #[must_use]
    pub fn all_links(&self) -> Vec<&Link> {
        let head = self.head.iter().flat_map(|head| &head.links);
        let posts = self.posts.iter().flat_map(|post| &post.links);
        let mut links: Vec<&Link> = self.links.iter().chain(head).chain(posts).collect();
        links.sort_unstable();
        links.dedup();
        links
    }
}
