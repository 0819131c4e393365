//! Bugzilla's REST records: bugs, comments, attachments. Layouts: Bugzilla 5.0.6 and 5.3.3, `Bugzilla::WebService::Bug`.

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine as _};
use fixtrail_index::history::IssueRef;
use fixtrail_index::issues::{Head, Link, State, Target};
use serde::Deserialize;
use serde_json::Value;

use super::places::{Place, issue_at};
use super::{Read, Record, Text, Unreadable, decode, times};
use crate::issues::wording;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Bug {
    pub(super) id: u64,
    pub(super) summary: String,
    pub(super) resolution: String,
    pub(super) is_open: Option<bool>,
    pub(super) product: String,
    pub(super) component: OneOrMany,
    pub(super) version: OneOrMany,
    pub(super) keywords: OneOrMany,
    #[serde(deserialize_with = "times::optional")]
    pub(super) creation_time: Option<i64>,
    #[serde(deserialize_with = "times::optional")]
    pub(super) last_change_time: Option<i64>,
    pub(super) dupe_of: Option<u64>,
    pub(super) see_also: Vec<String>,
    #[serde(rename = "url")]
    pub(super) elsewhere: Option<String>,
}

/// bugzilla.redhat.com has lists where stock servers have one name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// A stock server's.
    One(String),
    /// Red Hat's.
    Many(Vec<String>),
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl OneOrMany {
    /// Each name.
    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        let names = match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        };
        names.iter().map(String::as_str)
    }

    fn all(&self) -> Vec<String> {
        self.iter().map(str::to_owned).collect()
    }
}

impl From<&str> for OneOrMany {
    fn from(name: &str) -> Self {
        Self::One(name.to_owned())
    }
}

/// What is read of a server's answer: bugs, or comments or attachments by the number of their bug.
pub(super) fn container(value: Value, tracker: Option<&Place>) -> Vec<Read> {
    match value.get("bugs").cloned() {
        Some(Value::Array(bugs)) => bugs.into_iter().map(|value| bug(value, tracker)).collect(),
        Some(Value::Object(bugs)) => {
            let each = bugs.into_iter().flat_map(|(_, of_bug)| match of_bug {
                Value::Array(attachments) => attachments,
                Value::Object(mut members) => match members.remove("comments") {
                    Some(Value::Array(comments)) => comments,
                    _ => Vec::new(),
                },
                _ => Vec::new(),
            });
            each.filter_map(|value| {
                if value.get("file_name").is_some() {
                    attachment(value, tracker).transpose()
                } else {
                    Some(comment(value, tracker))
                }
            })
            .collect()
        }
        _ => vec![Err(Unreadable::of(
            "an answer",
            "its `bugs` are neither a list nor by number",
        ))],
    }
}

fn place(tracker: Option<&Place>, what: impl FnOnce() -> String) -> Result<&Place, Unreadable> {
    let why = "it does not say of which Bugzilla it is: name it with --tracker";
    let tracker = tracker.filter(|place| !place.is_github());
    tracker.ok_or_else(|| Unreadable::of(what(), why))
}

pub(super) fn bug(value: Value, tracker: Option<&Place>) -> Read {
    let bug: Bug = decode(value, "bug")?;
    let place = place(tracker, || format!("bug {}", bug.id))?;
    of_bug(bug, place)
}

/// A bug without its comments.
pub(super) fn of_bug(bug: Bug, place: &Place) -> Read {
    if bug.id == 0 {
        return Err(Unreadable::of("a bug", "it has no number"));
    }
    let mut record = Record::new(place.key(bug.id));
    let open = bug.is_open.unwrap_or(bug.resolution.is_empty());
    let updated = bug.last_change_time.or(bug.creation_time).unwrap_or(0);
    let duplicate = bug
        .dupe_of
        .map(|other| Link::DuplicateOf(Target::Issue(place.key(other))));
    let elsewhere = bug.see_also.iter().chain(&bug.elsewhere);
    let about = elsewhere
        .filter_map(|address| target(address))
        .map(Link::About);
    let mut labels = vec![bug.product];
    labels.extend(bug.component.all());
    labels.extend(bug.keywords.all());
    labels.retain(|label| !label.is_empty());
    record.head = Some(Head {
        updated,
        title: bug.summary,
        url: place.page(bug.id),
        state: if open { State::Open } else { State::Closed },
        created: bug.creation_time.unwrap_or(updated),
        closed: (!open).then_some(updated),
        labels,
        versions: bug.version.all(),
        resolution: Some(bug.resolution.to_lowercase()).filter(|word| !word.is_empty()),
        links: duplicate.into_iter().chain(about).collect(),
        ..Head::default()
    });
    Ok(record)
}

/// What an address outside of the Bugzilla is of.
fn target(address: &str) -> Option<Target> {
    let bpo = address
        .split_once("bugs.python.org/issue")
        .map(|(_, number)| number);
    let bpo = bpo
        .and_then(|number| number.parse().ok())
        .map(IssueRef::Bpo);
    bpo.map(Target::Name)
        .or_else(|| issue_at(address).map(Target::Issue))
}

#[derive(Debug, Deserialize)]
struct Comment {
    id: u64,
    bug_id: u64,
    text: String,
    #[serde(default)]
    creator: String,
    #[serde(alias = "time", deserialize_with = "times::required")]
    creation_time: i64,
    count: Option<u64>,
    #[serde(default)]
    is_private: bool,
}

pub(super) fn comment(mut value: Value, tracker: Option<&Place>) -> Read {
    // Both are there, of the same time.
    if let Some(members) = value
        .as_object_mut()
        .filter(|members| members.contains_key("creation_time"))
    {
        members.remove("time");
    }
    let comment: Comment = decode(value, "comment")?;
    let place = place(tracker, || format!("comment {}", comment.id))?;
    let mut record = Record::new(place.key(comment.bug_id));
    if !comment.is_private {
        record.texts.push(text(
            place,
            comment.bug_id,
            comment.count,
            Text {
                id: comment.id.to_string(),
                updated: comment.creation_time,
                author: comment.creator,
                date: comment.creation_time,
                url: None,
                body: comment.text,
            },
        ));
    }
    Ok(record)
}

/// A comment in its place; the first is the description.
pub(super) fn text(place: &Place, bug: u64, count: Option<u64>, text: Text) -> Text {
    Text {
        id: if count == Some(0) {
            "description".to_owned()
        } else {
            text.id
        },
        author: wording::without_domain(&text.author),
        url: count.map(|count| format!("{}#c{count}", place.page(bug))),
        ..text
    }
}

#[derive(Debug, Deserialize)]
struct Attachment {
    id: u64,
    bug_id: u64,
    #[serde(default)]
    content_type: String,
    data: Option<String>,
    #[serde(default)]
    creator: String,
    #[serde(deserialize_with = "times::required")]
    creation_time: i64,
    #[serde(default, deserialize_with = "times::optional")]
    last_change_time: Option<i64>,
    #[serde(default)]
    is_private: Value,
    #[serde(default)]
    is_obsolete: Value,
}

/// An attachment that is a text; `None` for others, and those that say nothing any more.
fn attachment(value: Value, tracker: Option<&Place>) -> Result<Option<Record>, Unreadable> {
    let attachment: Attachment = decode(value, "attachment")?;
    let place = place(tracker, || format!("attachment {}", attachment.id))?;
    let is_text = attachment.content_type.starts_with("text/");
    let Some(data) = attachment.data.filter(|_| is_text) else {
        return Ok(None);
    };
    if is_set(&attachment.is_private) || is_set(&attachment.is_obsolete) {
        return Ok(None);
    }
    let mut record = Record::new(place.key(attachment.bug_id));
    record.texts.push(attached(
        place,
        attachment.id,
        &data,
        Text {
            updated: attachment
                .last_change_time
                .unwrap_or(attachment.creation_time),
            author: attachment.creator,
            date: attachment.creation_time,
            ..Text::default()
        },
    )?);
    Ok(Some(record))
}

/// Flags are 0 and 1 in 5.0, `false` and `true` in 5.3.
pub(crate) fn is_set(flag: &Value) -> bool {
    flag.as_bool()
        .unwrap_or(flag.as_i64().is_some_and(|flag| flag != 0))
}

/// The bytes of an attachment, from base64; Perl's encoder breaks lines.
pub(crate) fn bytes(data: &str) -> Result<Vec<u8>, DecodeError> {
    let data: String = data.split_ascii_whitespace().collect();
    STANDARD.decode(data)
}

/// The text of an attachment, from base64.
pub(super) fn attached(place: &Place, id: u64, data: &str, text: Text) -> Result<Text, Unreadable> {
    let bytes = bytes(data)
        .map_err(|error| Unreadable::of(format!("attachment {id}"), error.to_string()))?;
    Ok(Text {
        id: format!("attachment-{id}"),
        author: wording::without_domain(&text.author),
        url: Some(format!("{}/attachment.cgi?id={id}", place.base)),
        body: crate::evidence::text::decode(&bytes).text,
        ..text
    })
}
