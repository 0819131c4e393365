//! Pieces of an issue, and how they come together.

use super::{Head, Issue, IssueKey, Link, Post};

/// What one record of a tracker says of an issue.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// The issue.
    pub key: IssueKey,
    /// What the record says of the issue itself, if it does.
    pub head: Option<Head>,
    /// Description and comments of the record.
    pub posts: Vec<Post>,
    /// Whether these are all comments that there are: others have been deleted.
    pub all_posts: bool,
    /// What events tie the issue to.
    pub links: Vec<Link>,
    /// Whether these are all events that there are.
    pub all_events: bool,
}

/// What a piece changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// An issue that was not known.
    New,
    /// A known issue says something else now.
    Changed,
    /// All of it was known, or is known newer.
    None,
}

impl Piece {
    /// One that says nothing yet.
    #[must_use]
    pub fn new(key: IssueKey) -> Self {
        Self {
            key,
            head: None,
            posts: Vec::new(),
            all_posts: false,
            links: Vec::new(),
            all_events: false,
        }
    }
}

impl Issue {
    /// Takes a piece in. The newer of two versions stays, of two equally old ones the later to come; whether anything is
    /// different.
    pub fn take(&mut self, piece: Piece) -> bool {
        let before = self.clone();
        let outdated = is_outdated(self.head.as_ref(), piece.head.as_ref());
        if piece.all_posts && !outdated {
            self.posts
                .retain(|old| piece.posts.iter().any(|new| new.id == old.id));
        }
        if let Some(head) = piece.head
            && !outdated
        {
            // What happened meanwhile may have tied it to a fix.
            let newer = self
                .head
                .as_ref()
                .is_none_or(|old| old.updated < head.updated);
            self.events_read &= !newer;
            self.head = Some(head);
        }
        for post in piece.posts {
            self.take_post(post);
        }
        if piece.all_events {
            self.links = Vec::new();
            self.events_read = true;
        }
        self.links.extend(piece.links);
        self.links.sort_unstable();
        self.links.dedup();
        *self != before
    }

    fn take_post(&mut self, post: Post) {
        match self.posts.binary_search_by(|old| order(&old.id, &post.id)) {
            Ok(at) if self.posts[at].updated > post.updated => {}
            Ok(at) => self.posts[at] = post,
            Err(at) => self.posts.insert(at, post),
        }
    }
}

fn is_outdated(old: Option<&Head>, new: Option<&Head>) -> bool {
    old.zip(new)
        .is_some_and(|(old, new)| old.updated > new.updated)
}

/// The description first, then comments by their numbers.
fn order(a: &str, b: &str) -> std::cmp::Ordering {
    let rank = |id: &str| (id != "description", id.parse::<u64>().unwrap_or(u64::MAX));
    rank(a).cmp(&rank(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Target;
    use super::*;
    use crate::history::IssueRef;

    fn key() -> IssueKey {
        IssueKey::new("github:a/b", 7)
    }

    fn post(id: &str, updated: i64, digest: u64) -> Post {
        Post {
            id: id.to_owned(),
            updated,
            digest,
            author: String::new(),
            date: 0,
            url: None,
            stacks: Vec::new(),
            links: Vec::new(),
        }
    }

    fn head(updated: i64) -> Head {
        Head {
            updated,
            title: format!("as of {updated}"),
            ..Head::default()
        }
    }

    fn with(change: impl FnOnce(&mut Piece)) -> Piece {
        let mut piece = Piece::new(key());
        change(&mut piece);
        piece
    }

    #[test]
    fn newer_pieces_replace_older_ones() {
        let mut issue = Issue::new(key());
        assert!(issue.take(with(|piece| piece.head = Some(head(5)))));
        assert!(!issue.take(with(|piece| piece.head = Some(head(4)))));
        assert!(!issue.take(with(|piece| piece.head = Some(head(5)))));
        assert!(issue.take(with(
            |piece| piece.posts = vec![post("12", 5, 1), post("description", 5, 1)]
        )));
        assert!(!issue.take(with(|piece| piece.posts = vec![post("12", 4, 2)])));
        assert!(issue.take(with(
            |piece| piece.posts = vec![post("12", 6, 3), post("9", 6, 3)]
        )));
        let ids: Vec<&str> = issue.posts.iter().map(|post| post.id.as_str()).collect();
        assert_eq!(ids, ["description", "9", "12"]);
    }

    #[test]
    fn deleted_comments_go() {
        let mut issue = Issue::new(key());
        issue.take(with(|piece| {
            piece.posts = vec![post("1", 1, 1), post("2", 1, 1)]
        }));
        let all = |updated| {
            with(|piece| {
                piece.head = Some(head(updated));
                piece.posts = vec![post("2", 1, 1)];
                piece.all_posts = true;
            })
        };
        issue.take(all(3));
        assert_eq!(issue.posts.len(), 1);
        issue.take(with(|piece| piece.posts = vec![post("3", 4, 1)]));
        issue.take(all(2));
        assert_eq!(issue.posts.len(), 2, "an old export takes nothing away");
    }

    #[test]
    fn events_are_wanted_again_after_a_change() {
        let mut issue = Issue::new(key());
        issue.take(with(|piece| piece.head = Some(head(1))));
        issue.take(with(|piece| {
            piece.links = vec![Link::PullRequest(Target::Name(IssueRef::Pr(3)))];
            piece.all_events = true;
        }));
        assert!(issue.events_read);
        issue.take(with(|piece| piece.head = Some(head(2))));
        assert!(!issue.events_read);
        assert_eq!(issue.links.len(), 1);
    }

    proptest! {
        #[test]
        fn order_and_repeats_do_not_matter(
            updates in prop::collection::vec((0..4_u64, 0..5_i64), 1..12),
            seed in any::<u64>(),
        ) {
            // The text of a post at one time is one text.
            let pieces: Vec<Piece> = updates
                .iter()
                .map(|&(id, at)| with(|piece| {
                    piece.head = Some(head(at));
                    piece.posts = vec![post(&id.to_string(), at, id * 10 + at.unsigned_abs())];
                }))
                .collect();
            let mut shuffled = pieces.clone();
            shuffled.rotate_left(usize::try_from(seed % pieces.len() as u64).unwrap());
            shuffled.reverse();
            shuffled.extend(pieces.clone());
            let (mut a, mut b) = (Issue::new(key()), Issue::new(key()));
            for piece in pieces { a.take(piece); }
            for piece in shuffled { b.take(piece); }
            prop_assert_eq!(a, b);
        }
    }
}
