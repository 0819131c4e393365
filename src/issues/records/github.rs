//! GitHub's REST records: issues, pull requests, comments, events. Layouts: the REST API of version 2022-11-28.

use fixtrail_index::history::CommitId;
use fixtrail_index::issues::{Head, IssueKey, Link, State, Target};
use serde::Deserialize;
use serde_json::Value;

use super::places::{issue_at, repository};
use super::{Read, Record, Text, Unreadable, bpo, decode, times};
use crate::issues::wording::{self, Speaker};

#[derive(Debug, Deserialize)]
struct Issue {
    number: u64,
    title: String,
    html_url: String,
    state: String,
    state_reason: Option<String>,
    #[serde(deserialize_with = "times::required")]
    created_at: i64,
    #[serde(deserialize_with = "times::required")]
    updated_at: i64,
    #[serde(default, deserialize_with = "times::optional")]
    closed_at: Option<i64>,
    body: Option<String>,
    user: Option<User>,
    #[serde(default)]
    labels: Vec<Label>,
    /// In lists of issues, of those that are pull requests.
    pull_request: Option<Merged>,
    /// In records of pull requests. Of an open one it is a merge that was tried.
    merge_commit_sha: Option<String>,
    #[serde(default, deserialize_with = "times::optional")]
    merged_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Merged {
    #[serde(default, deserialize_with = "times::optional")]
    merged_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct User {
    login: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Label {
    Whole { name: String },
    Name(String),
}

/// An issue or a pull request.
pub(super) fn issue(value: Value) -> Read {
    let issue: Issue = decode(value, "issue")?;
    let what = || format!("issue {}", issue.number);
    let (place, _) = repository(&issue.html_url).ok_or_else(|| {
        Unreadable::of(what(), format!("`{}` is no issue's page", issue.html_url))
    })?;
    let pull_request = issue.pull_request.is_some() || issue.html_url.contains("/pull/");
    let merged = issue
        .merged_at
        .or_else(|| issue.pull_request.as_ref()?.merged_at);
    let mut record = Record::new(place.key(issue.number));
    let commit = issue.merge_commit_sha.filter(|_| merged.is_some());
    record.links.extend(commit.as_deref().and_then(closing));
    let labels = issue.labels.into_iter().map(|label| match label {
        Label::Whole { name } | Label::Name(name) => name,
    });
    let mut head = Head {
        updated: issue.updated_at,
        names: wording::names(&record.key, pull_request),
        title: issue.title,
        url: issue.html_url.clone(),
        pull_request,
        state: match () {
            () if merged.is_some() => State::Merged,
            () if issue.state == "closed" => State::Closed,
            () => State::Open,
        },
        created: issue.created_at,
        closed: issue.closed_at,
        labels: labels.collect(),
        resolution: issue.state_reason,
        ..Head::default()
    };
    let body = issue.body.unwrap_or_default();
    complete(&mut head, &record.key, &body);
    record.head = Some(head);
    record.texts.push(Text {
        id: "description".to_owned(),
        updated: issue.updated_at,
        author: login(issue.user),
        date: issue.created_at,
        url: Some(issue.html_url),
        body,
    });
    Ok(record)
}

/// What title, labels and description say of an issue.
pub(super) fn complete(head: &mut Head, key: &IssueKey, body: &str) {
    let versions = head
        .labels
        .iter()
        .filter_map(|label| label.split(' ').next());
    head.versions = versions
        .filter(|label| wording::is_version(label))
        .map(str::to_owned)
        .collect();
    let kind = head
        .labels
        .iter()
        .find_map(|label| label.strip_prefix("type-"));
    head.kind = kind.map(str::to_owned);
    if head.pull_request {
        head.links = wording::about(key, &head.title, body);
    } else {
        bpo::complete(head, key, body);
        head.links
            .extend(wording::linked(key, body, Speaker::Reporter));
    }
    head.links.sort_unstable();
    head.links.dedup();
}

#[derive(Debug, Deserialize)]
struct Comment {
    id: u64,
    #[serde(alias = "pull_request_url")]
    issue_url: String,
    html_url: Option<String>,
    #[serde(deserialize_with = "times::required")]
    created_at: i64,
    #[serde(deserialize_with = "times::required")]
    updated_at: i64,
    body: Option<String>,
    user: Option<User>,
}

/// A comment on an issue or pull request.
pub(super) fn comment(value: Value) -> Read {
    let comment: Comment = decode(value, "comment")?;
    let key = issue_at(&comment.issue_url).ok_or_else(|| {
        let what = format!("comment {}", comment.id);
        Unreadable::of(what, format!("`{}` is no issue", comment.issue_url))
    })?;
    let mut record = Record::new(key);
    record.texts.push(Text {
        id: comment.id.to_string(),
        updated: comment.updated_at,
        author: login(comment.user),
        date: comment.created_at,
        url: comment.html_url,
        body: comment.body.unwrap_or_default(),
    });
    Ok(record)
}

#[derive(Debug, Deserialize)]
struct Event {
    event: String,
    commit_id: Option<String>,
    /// In lists of a repository's events.
    issue: Option<Other>,
    source: Option<Source>,
    /// In timelines of pull requests.
    sha: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Source {
    issue: Option<Other>,
}

#[derive(Debug, Deserialize)]
struct Other {
    html_url: String,
    title: Option<String>,
    body: Option<String>,
    pull_request: Option<Value>,
}

/// An event that says of which issue it is.
pub(super) fn event(value: Value) -> Read {
    let event: Event = decode(value, "event")?;
    let key = event
        .issue
        .as_ref()
        .and_then(|issue| issue_at(&issue.html_url));
    let key = key.ok_or_else(|| {
        Unreadable::of(
            format!("a `{}` event", event.event),
            "it does not say of which issue it is",
        )
    })?;
    let mut record = Record::new(key);
    record.links.extend(link(&record.key, event));
    Ok(record)
}

/// What the events of one issue tie it to; all that say something else are left out.
pub(crate) fn timeline(key: IssueKey, events: Vec<Value>) -> Record {
    let mut record = Record::new(key);
    let events = events
        .into_iter()
        .filter_map(|event| serde_json::from_value::<Event>(event).ok());
    let links = events.filter_map(|event| link(&record.key, event));
    record.links = links.collect();
    record.all_events = true;
    record
}

fn link(key: &IssueKey, event: Event) -> Option<Link> {
    match event.event.as_str() {
        // Commits that only name the issue are found by their messages.
        "closed" | "merged" => closing(event.commit_id.as_deref().or(event.sha.as_deref())?),
        "cross-referenced" => {
            let other = event.source?.issue?;
            other.pull_request.as_ref()?;
            let pull = issue_at(&other.html_url)?;
            let title = other.title.unwrap_or_default();
            let about = wording::about(&pull, &title, &other.body.unwrap_or_default());
            let mine = Link::About(Target::Issue(key.clone()));
            about
                .contains(&mine)
                .then_some(Link::PullRequest(Target::Issue(pull)))
        }
        _ => None,
    }
}

/// The tie to a commit, by its whole name.
pub(super) fn closing(commit: &str) -> Option<Link> {
    let whole = commit.len() == 40;
    commit
        .parse::<CommitId>()
        .ok()
        .filter(|_| whole)
        .map(Link::Commit)
}

fn login(user: Option<User>) -> String {
    // Whoever left GitHub.
    user.map_or_else(|| "ghost".to_owned(), |user| user.login)
}
