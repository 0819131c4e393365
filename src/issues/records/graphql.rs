//! Records of GitHub's GraphQL API, as `gh issue list --json` and `gh api graphql` write them: members in camel case,
//! lists plain or as connections of nodes.

use fixtrail_index::issues::{Head, Link, State, Target};
use serde::Deserialize;
use serde_json::Value;

use super::github::{closing, complete};
use super::places::{Place, issue_at, repository};
use super::{Read, Record, Text, Unreadable, decode, of_value, times};
use crate::issues::wording;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issue {
    number: u64,
    title: String,
    url: Option<String>,
    #[serde(default)]
    state: String,
    state_reason: Option<String>,
    #[serde(default, deserialize_with = "times::optional")]
    created_at: Option<i64>,
    #[serde(default, deserialize_with = "times::optional")]
    updated_at: Option<i64>,
    #[serde(default, deserialize_with = "times::optional")]
    closed_at: Option<i64>,
    #[serde(default, deserialize_with = "times::optional")]
    merged_at: Option<i64>,
    body: Option<String>,
    author: Option<Author>,
    labels: Option<List<Label>>,
    comments: Option<List<Comment>>,
    closed_by_pull_requests_references: Option<List<Reference>>,
    timeline_items: Option<List<Item>>,
    merge_commit: Option<Commit>,
}

/// A list, with or without a connection around it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum List<T> {
    Plain(Vec<T>),
    #[serde(rename_all = "camelCase")]
    Connection {
        nodes: Vec<Option<T>>,
        page_info: Option<PageInfo>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    #[serde(default)]
    has_next_page: bool,
    #[serde(default)]
    has_previous_page: bool,
}

impl<T> List<T> {
    /// Whether nothing is missing.
    fn is_whole(&self) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Connection { page_info, .. } => page_info
                .as_ref()
                .is_some_and(|page| !page.has_next_page && !page.has_previous_page),
        }
    }

    fn items(self) -> Vec<T> {
        match self {
            Self::Plain(items) => items,
            // A node that nobody may see is null.
            Self::Connection { nodes, .. } => nodes.into_iter().flatten().collect(),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Author {
    login: String,
}

#[derive(Debug, Deserialize)]
struct Label {
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    url: Option<String>,
    database_id: Option<u64>,
    #[serde(default)]
    id: Value,
    #[serde(default, deserialize_with = "times::optional")]
    created_at: Option<i64>,
    #[serde(default, deserialize_with = "times::optional")]
    updated_at: Option<i64>,
    #[serde(default)]
    body: String,
    author: Option<Author>,
}

/// An issue, pull request or commit that another record names.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Reference {
    number: Option<u64>,
    url: Option<String>,
    oid: Option<String>,
    merge_commit: Option<Commit>,
}

#[derive(Debug, Deserialize)]
struct Commit {
    oid: String,
}

/// An item of a timeline: `ClosedEvent` has a closer, `ConnectedEvent` a subject, `MarkedAsDuplicateEvent` a canonical.
#[derive(Debug, Deserialize)]
struct Item {
    closer: Option<Reference>,
    subject: Option<Reference>,
    canonical: Option<Reference>,
    commit: Option<Commit>,
    #[serde(rename = "__typename", default)]
    kind: String,
}

/// An issue or a pull request.
pub(super) fn issue(value: Value, tracker: Option<&Place>) -> Read {
    let issue: Issue = decode(value, "issue")?;
    let place = issue
        .url
        .as_deref()
        .and_then(repository)
        .map(|(place, _)| place);
    let place = place.or_else(|| tracker.filter(|place| place.is_github()).cloned());
    let place = place.ok_or_else(|| {
        let why = "it does not say of which repository it is: add `url` to the fields, or name it with --tracker";
        Unreadable::of(format!("issue {}", issue.number), why)
    })?;
    let mut record = Record::new(place.key(issue.number));
    let url = issue
        .url
        .clone()
        .unwrap_or_else(|| place.page(issue.number));
    let pull_request =
        url.contains("/pull/") || issue.merge_commit.is_some() || issue.merged_at.is_some();
    let updated = issue
        .updated_at
        .or(issue.closed_at)
        .or(issue.created_at)
        .unwrap_or(0);
    let created = issue.created_at.unwrap_or(updated);
    record.links = links(
        &place,
        &issue.merge_commit,
        issue.closed_by_pull_requests_references,
        issue.timeline_items,
    );
    let labels = issue.labels.map(List::items).unwrap_or_default();
    let mut head = Head {
        updated,
        names: wording::names(&record.key, pull_request),
        title: issue.title,
        url: url.clone(),
        pull_request,
        state: match issue.state.to_lowercase().as_str() {
            "merged" => State::Merged,
            "closed" => State::Closed,
            _ if issue.closed_at.is_some() => State::Closed,
            _ => State::Open,
        },
        created,
        closed: issue.closed_at,
        labels: labels.into_iter().map(|label| label.name).collect(),
        resolution: issue
            .state_reason
            .map(|reason| reason.to_lowercase())
            .filter(|reason| !reason.is_empty()),
        ..Head::default()
    };
    complete(
        &mut head,
        &record.key,
        issue.body.as_deref().unwrap_or_default(),
    );
    record.head = Some(head);
    record.texts.extend(issue.body.map(|body| Text {
        id: "description".to_owned(),
        updated,
        author: login(issue.author),
        date: created,
        url: Some(url),
        body,
    }));
    if let Some(comments) = issue.comments {
        // Without the description there may be no more of it than that nobody asked for it.
        record.all_texts = comments.is_whole() && !record.texts.is_empty();
        record.texts.extend(
            comments
                .items()
                .into_iter()
                .map(|comment| text(comment, updated)),
        );
    }
    Ok(record)
}

/// A comment. The number in its address is the one that the REST API knows it by; `id` is another.
fn text(comment: Comment, updated: i64) -> Text {
    let of_url = || {
        comment
            .url
            .as_deref()?
            .rsplit_once("comment-")?
            .1
            .parse()
            .ok()
    };
    let number: Option<u64> = comment.database_id.or_else(of_url);
    let date = comment.created_at.unwrap_or(0);
    Text {
        id: number.map_or_else(|| comment.id.to_string(), |number| number.to_string()),
        // `gh` leaves out when a comment was changed: it was not after its issue.
        updated: comment.updated_at.unwrap_or(updated.max(date)),
        author: login(comment.author),
        date,
        url: comment.url,
        body: comment.body,
    }
}

fn links(
    place: &Place,
    merge: &Option<Commit>,
    closed_by: Option<List<Reference>>,
    timeline: Option<List<Item>>,
) -> Vec<Link> {
    let mut links: Vec<Link> = merge
        .iter()
        .filter_map(|commit| closing(&commit.oid))
        .collect();
    let target = |other: &Reference| {
        let by_url = other.url.as_deref().and_then(issue_at);
        let key = by_url.or_else(|| Some(place.key(other.number?)))?;
        Some(Target::Issue(key))
    };
    for pull in closed_by.map(List::items).unwrap_or_default() {
        links.extend(target(&pull).map(Link::PullRequest));
    }
    for item in timeline.map(List::items).unwrap_or_default() {
        if let Some(closer) = item.closer {
            links.extend(closer.oid.as_deref().and_then(closing));
            links.extend(
                closer
                    .merge_commit
                    .as_ref()
                    .and_then(|commit| closing(&commit.oid)),
            );
            links.extend(
                target(&closer)
                    .filter(|_| closer.number.is_some())
                    .map(Link::PullRequest),
            );
        }
        if item.kind == "MergedEvent" {
            links.extend(item.commit.and_then(|commit| closing(&commit.oid)));
        }
        links.extend(
            item.subject
                .as_ref()
                .and_then(target)
                .map(Link::PullRequest),
        );
        links.extend(
            item.canonical
                .as_ref()
                .and_then(target)
                .map(Link::DuplicateOf),
        );
    }
    links.sort_unstable();
    links.dedup();
    links
}

/// Every issue in an answer, however deep its query goes.
pub(super) fn nodes(value: Value, tracker: Option<&Place>) -> Vec<Read> {
    let mut found = Vec::new();
    walk(value, tracker, &mut found);
    if found.is_empty() {
        found.push(Err(Unreadable::of("an answer", "there is no issue in it")));
    }
    found
}

fn walk(value: Value, tracker: Option<&Place>, found: &mut Vec<Read>) {
    match value {
        Value::Object(members)
            if members.contains_key("number") && members.contains_key("title") =>
        {
            found.extend(of_value(Value::Object(members), tracker));
        }
        Value::Object(members) => {
            if let Some(message) = members
                .get("errors")
                .and_then(|errors| errors.get(0)?.get("message")?.as_str())
            {
                found.push(Err(Unreadable::of("an answer", message)));
            }
            members
                .into_iter()
                .for_each(|(_, value)| walk(value, tracker, found));
        }
        Value::Array(values) => values
            .into_iter()
            .for_each(|value| walk(value, tracker, found)),
        _ => {}
    }
}

fn login(author: Option<Author>) -> String {
    author
        .map(|author| author.login)
        .filter(|login| !login.is_empty())
        .unwrap_or_else(|| "ghost".to_owned())
}
