//! A bug as a server shows it: fields, comments, attachments. Layouts: Bugzilla 5.0.6 and 5.3.3, `Bugzilla::WebService::Bug`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use super::{BugName, BugzillaError, Problem, Server};
use crate::issues::{OneOrMany, bytes, is_set};

/// A bug's fields.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Bug {
    /// Number.
    pub id: u64,
    /// Title.
    pub summary: String,
    /// Such as `NEW`.
    pub status: String,
    /// Empty while it is open.
    pub resolution: String,
    /// Product.
    pub product: String,
    /// Components: one, of bugzilla.redhat.com a list.
    pub component: OneOrMany,
    /// Versions of the product, such as `32`.
    pub version: OneOrMany,
    /// Free words that scripts leave there.
    pub whiteboard: String,
    /// Bugs elsewhere.
    pub see_also: Vec<String>,
    /// When it was changed last, as the server writes it.
    pub last_change_time: String,
}

/// A description or comment.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Comment {
    /// Its number on the server.
    pub id: u64,
    /// Its number in the bug; 0 is the description. Private ones leave gaps.
    pub count: Option<u64>,
    /// What it says.
    pub text: String,
    /// Who wrote it; without a login what stands before the `@`.
    pub creator: String,
    /// Whether it is for a group only.
    pub is_private: bool,
}

/// An attachment without its data.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Attachment {
    /// Its number on the server.
    pub id: u64,
    /// Name of the file.
    pub file_name: String,
    /// What its author says of it.
    pub summary: String,
    /// Media type.
    pub content_type: String,
    /// Length in bytes.
    pub size: u64,
    /// Who attached it.
    pub creator: String,
    /// Whether it is for a group only.
    #[serde(deserialize_with = "flag")]
    pub is_private: bool,
    /// Whether another has taken its place.
    #[serde(deserialize_with = "flag")]
    pub is_obsolete: bool,
    /// Whether it is a change of source code.
    #[serde(deserialize_with = "flag")]
    pub is_patch: bool,
}

fn flag<'de, D: serde::Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Value::deserialize(from).map(|value| is_set(&value))
}

/// The fields that are asked for: others may be thousands, of everybody who is told of the bug.
pub(super) const FIELDS: &str =
    "id,summary,status,resolution,product,component,version,whiteboard,see_also,last_change_time";

impl Server<'_> {
    /// A bug by its number or alias.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`], also where it is not there or not to be seen.
    pub fn bug(&self, name: &BugName) -> Result<Bug, BugzillaError> {
        let name = name.as_str();
        let call = Call::read(format!("bug/{name}"), "Bug.get")
            .implied("ids", json!([name]))
            .with("include_fields", FIELDS)
            .about(name);
        let value = self.repeat(&call)?;
        let bugs: Vec<Bug> = self.decoded(value.get("bugs"), "bugs")?;
        let missing = || BugzillaError::NoBug {
            host: self.host(),
            bug: name.to_owned(),
        };
        bugs.into_iter().next().ok_or_else(missing)
    }

    /// The description and all comments that may be seen, the oldest first.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`].
    pub fn comments(&self, bug: u64) -> Result<Vec<Comment>, BugzillaError> {
        let call = Call::read(format!("bug/{bug}/comment"), "Bug.comments")
            .implied("ids", json!([bug]))
            .with("include_fields", "id,count,text,creator,is_private")
            .about(bug);
        let value = self.repeat(&call)?;
        let comments = value.pointer(&format!("/bugs/{bug}/comments"));
        self.decoded(comments, "comments")
    }

    /// One comment.
    pub(super) fn comment(&self, id: u64) -> Result<Comment, BugzillaError> {
        let call = Call::read(format!("bug/comment/{id}"), "Bug.comments")
            .implied("comment_ids", json!([id]))
            .with("include_fields", "id,count,text,creator,is_private");
        let value = self.repeat(&call)?;
        self.decoded(value.pointer(&format!("/comments/{id}")), "comments")
    }

    /// The attachments that may be seen, without their data.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`].
    pub fn attachments(&self, bug: u64) -> Result<Vec<Attachment>, BugzillaError> {
        let call = Call::read(format!("bug/{bug}/attachment"), "Bug.attachments")
            .implied("ids", json!([bug]))
            .with("exclude_fields", "data")
            .about(bug);
        let value = self.repeat(&call)?;
        let attachments = value.pointer(&format!("/bugs/{bug}"));
        self.decoded(attachments, "attachments")
    }

    /// The bytes of an attachment; `None` of one that is not there, or not to be seen.
    ///
    /// # Errors
    ///
    /// [`BugzillaError`].
    pub fn attached(&self, id: u64) -> Result<Option<Vec<u8>>, BugzillaError> {
        let call = Call::read(format!("bug/attachment/{id}"), "Bug.attachments")
            .implied("attachment_ids", json!([id]))
            .with("include_fields", "id,data");
        let value = self.repeat(&call)?;
        let data = value.pointer(&format!("/attachments/{id}/data"));
        let Some(data) = data.and_then(Value::as_str) else {
            return Ok(None);
        };
        let bytes = bytes(data).map_err(|error| self.strange(error.to_string()));
        bytes.map(Some)
    }

    /// A part of an answer, which must be there.
    pub(super) fn decoded<T: serde::de::DeserializeOwned>(
        &self,
        part: Option<&Value>,
        what: &str,
    ) -> Result<T, BugzillaError> {
        let part = part.ok_or_else(|| self.strange(format!("without `{what}`")))?;
        T::deserialize(without_nulls(part.clone()))
            .map_err(|error| self.strange(format!("{what}: {error}")))
    }

    pub(super) fn strange(&self, why: String) -> BugzillaError {
        BugzillaError::Server {
            host: self.host(),
            problem: Problem::Strange(why),
        }
    }
}

/// What is `null` is as good as not there: which fields can be differs from server to server.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_server() {
        let bug = json!({ "id": 7, "summary": null, "component": ["python3.9", "python3"], "version": "32", "see_also": null,
            "whiteboard": null, "cf_other": { "x": null } });
        let bug: Bug = serde_json::from_value(without_nulls(bug)).unwrap();
        assert_eq!((bug.id, bug.summary.as_str()), (7, ""));
        assert_eq!(
            bug.component.iter().collect::<Vec<_>>(),
            ["python3.9", "python3"]
        );
        let flags = |value: Value| {
            let attachment: Attachment = serde_json::from_value(value).unwrap();
            (
                attachment.is_private,
                attachment.is_obsolete,
                attachment.is_patch,
            )
        };
        let of_5_0 = json!({ "id": 1, "is_private": 1, "is_obsolete": 0, "is_patch": 1 });
        let of_5_3 = json!({ "id": 1, "is_private": true, "is_obsolete": false, "is_patch": true });
        assert_eq!(flags(of_5_0), (true, false, true));
        assert_eq!(flags(of_5_3), (true, false, true));
    }
}
