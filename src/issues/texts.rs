//! Records as pieces of issues: stacks and links are taken from their texts, and the texts are left behind.

use std::num::NonZero;
use std::thread;

use fixtrail_index::issues::{Issue, Piece, Post};
use sha2::{Digest as _, Sha256};

use super::records::{Record, Text};
use super::stacks_of;
use super::wording::{self, Speaker};
use crate::case::Case;
use crate::evidence::text;
use crate::redact::redact;

/// Raised whenever stacks are found in texts otherwise than before, so that known texts are read anew.
const READER: u32 = 1;

/// A record, and what is known of its issue.
pub(super) type Known = (Record, Option<Issue>);

/// Turns records to pieces, on all processors: most of the time goes into looking for stacks.
pub(super) fn pieces(records: Vec<Known>) -> Vec<Piece> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let share = records.len().div_ceil(threads).max(1);
    let mut rest = records.into_iter();
    let shares: Vec<Vec<Known>> = (0..threads)
        .map(|_| rest.by_ref().take(share).collect())
        .collect();
    thread::scope(|scope| {
        let started: Vec<_> = shares
            .into_iter()
            .filter(|share| !share.is_empty())
            .map(|share| scope.spawn(|| share.into_iter().map(piece).collect::<Vec<_>>()))
            .collect();
        let done = started.into_iter().map(|thread| thread.join());
        done.flat_map(|pieces| pieces.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

fn piece((record, known): Known) -> Piece {
    let posts = record.texts.into_iter().map(|text| {
        let digest = digest(&text);
        let posts = known.iter().flat_map(|issue| &issue.posts);
        let same = posts
            .filter(|post| post.id == text.id)
            .find(|post| post.digest == digest);
        match same {
            Some(post) => Post {
                updated: text.updated,
                ..post.clone()
            },
            None => post(&record.key, text, digest),
        }
    });
    let mut piece = Piece::new(record.key.clone());
    piece.posts = posts.collect();
    piece.head = record.head.map(|mut head| {
        head.title = redact(&head.title).text;
        head
    });
    piece.all_posts = record.all_texts;
    piece.links = record.links;
    piece.all_events = record.all_events;
    piece
}

fn post(key: &fixtrail_index::issues::IssueKey, text: Text, digest: u64) -> Post {
    let speaker = if text.id == "description" {
        Speaker::Reporter
    } else {
        Speaker::Commenter
    };
    // Links of a description are its issue's, which read the fields beside it.
    let links = match speaker {
        Speaker::Commenter => wording::linked(key, &text.body, speaker),
        Speaker::Reporter => Vec::new(),
    };
    let case = Case::from_text(text::read(text.body.as_bytes()));
    Post {
        id: text.id,
        updated: text.updated,
        digest,
        author: redact(&text.author).text,
        date: text.date,
        url: text.url,
        stacks: stacks_of(&case),
        links,
    }
}

/// The first eight bytes of the SHA-256 of a text, and of what else a post is made from.
fn digest(text: &Text) -> u64 {
    let mut sum = Sha256::new();
    sum.update(READER.to_le_bytes());
    for part in [
        text.body.as_str(),
        text.author.as_str(),
        text.url.as_deref().unwrap_or_default(),
    ] {
        sum.update((part.len() as u64).to_le_bytes());
        sum.update(part);
    }
    let sum = sum.finalize();
    sum.iter()
        .take(8)
        .fold(0, |digest, byte| digest << 8 | u64::from(*byte))
}
