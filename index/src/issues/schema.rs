//! The fields of the issue index, and an issue as a document.

use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions,
};

use super::{Issue, Link};
use crate::IndexError;

/// The schema, with every field at hand.
#[derive(Debug, Clone)]
pub(super) struct IssueSchema {
    pub(super) schema: Schema,
    /// The issue's key: updates replace by it.
    pub(super) key: Field,
    /// The issue's tracker.
    pub(super) tracker: Field,
    /// What commit messages call it.
    pub(super) name: Field,
    /// Keys and names of what it is tied to.
    pub(super) link: Field,
    /// Frames of all its stacks.
    pub(super) frame: Field,
    /// How many stacks it has.
    pub(super) stacks: Field,
    /// Whether its events are still to be read: one that has a stack and a newer head.
    pub(super) wants_events: Field,
    /// The issue itself, in postcard form.
    pub(super) record: Field,
}

impl IssueSchema {
    pub(super) fn new() -> Self {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic);
        let raw = || TextOptions::default().set_indexing_options(indexing.clone());
        let mut schema = Schema::builder();
        Self {
            key: schema.add_text_field("key", raw()),
            tracker: schema.add_text_field("tracker", raw()),
            name: schema.add_text_field("name", raw()),
            link: schema.add_text_field("link", raw()),
            frame: schema.add_text_field("frame", raw()),
            stacks: schema.add_u64_field("stacks", FAST),
            wants_events: schema.add_text_field("wants-events", raw()),
            record: schema.add_bytes_field("record", STORED),
            schema: schema.build(),
        }
    }

    pub(super) fn document(&self, issue: &Issue) -> Result<TantivyDocument, IndexError> {
        let mut document = TantivyDocument::new();
        document.add_text(self.key, issue.key.to_string());
        document.add_text(self.tracker, &issue.key.tracker);
        for name in issue.head.iter().flat_map(|head| &head.names) {
            document.add_text(self.name, name.to_string());
        }
        for target in issue.all_links().into_iter().filter_map(target) {
            document.add_text(self.link, target);
        }
        let frames = issue.stacks().flat_map(|(_, stack)| &stack.frames);
        let mut frames: Vec<&str> = frames.map(|frame| frame.term.as_str()).collect();
        frames.sort_unstable();
        frames.dedup();
        for frame in frames {
            document.add_text(self.frame, frame);
        }
        let stacks = issue.stacks().count();
        document.add_u64(self.stacks, stacks as u64);
        if stacks > 0 && !issue.events_read && issue.head.is_some() {
            document.add_text(self.wants_events, &issue.key.tracker);
        }
        let record = postcard::to_stdvec(issue).map_err(IndexError::record)?;
        document.add_bytes(self.record, &record);
        Ok(document)
    }
}

/// What leads from the other end of a link to this one.
fn target(link: &Link) -> Option<String> {
    match link {
        Link::DuplicateOf(target) | Link::PullRequest(target) | Link::About(target) => {
            Some(target.to_string())
        }
        Link::Commit(_) => None,
    }
}
