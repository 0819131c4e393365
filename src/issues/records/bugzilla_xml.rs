//! Bugzilla's `show_bug.cgi?ctype=xml`. Layout: `bugzilla.dtd` of Bugzilla 5.0.6.

use std::io::{self, Read as _};

use serde::Deserialize;

use super::bugzilla::{Bug, OneOrMany, attached, of_bug, text};
use super::places::Place;
use super::{Read, Text, Unreadable, times};

/// The largest file that is read: one answer of a server, which makes it in memory, too.
const LONGEST: u64 = 1 << 30;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct XmlBug {
    #[serde(rename = "@error")]
    error: Option<String>,
    bug_id: Option<u64>,
    creation_ts: String,
    delta_ts: String,
    short_desc: String,
    product: String,
    component: String,
    version: String,
    resolution: String,
    dup_id: Option<u64>,
    keywords: String,
    bug_file_loc: Option<String>,
    see_also: Vec<String>,
    long_desc: Vec<LongDesc>,
    attachment: Vec<Attachment>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LongDesc {
    #[serde(rename = "@isprivate")]
    private: u8,
    commentid: u64,
    comment_count: Option<u64>,
    who: Who,
    bug_when: String,
    thetext: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Who {
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "$text")]
    login: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Attachment {
    #[serde(rename = "@isprivate")]
    private: u8,
    #[serde(rename = "@isobsolete")]
    obsolete: u8,
    attachid: u64,
    date: String,
    delta_ts: Option<String>,
    r#type: String,
    attacher: Who,
    data: String,
}

/// Gives the bugs of a file.
pub(super) fn read(
    from: impl io::Read,
    each: &mut dyn FnMut(Read) -> io::Result<()>,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    from.take(LONGEST).read_to_end(&mut bytes)?;
    let file = String::from_utf8_lossy(&bytes);
    let base = attribute(&file, "urlbase");
    let place = base.and_then(Place::bugzilla);
    let Some(place) = place.filter(|_| file.contains("<bugzilla")) else {
        return each(Err(Unreadable::of(
            "an XML file",
            "it is not Bugzilla's, or does not say of which",
        )));
    };
    let mut rest = &*file;
    // Markup in texts is escaped, so that these are the bugs' own tags.
    while let Some(start) = ["<bug>", "<bug "]
        .iter()
        .filter_map(|tag| rest.find(tag))
        .min()
    {
        let end = rest[start..]
            .find("</bug>")
            .map(|end| start + end + "</bug>".len());
        let bug = &rest[start..end.unwrap_or(rest.len())];
        each(of_xml(bug, &place))?;
        rest = &rest[end.unwrap_or(rest.len())..];
    }
    Ok(())
}

/// An attribute of the first element.
fn attribute<'f>(file: &'f str, name: &str) -> Option<&'f str> {
    let (_, rest) = file.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn of_xml(bug: &str, place: &Place) -> Read {
    let parsed: Result<XmlBug, _> = quick_xml::de::from_str(bug);
    let number = || {
        bug.split_once("<bug_id>")?
            .1
            .split_once('<')
            .map(|(number, _)| number.trim())
    };
    let what = || number().map_or_else(|| "a bug".to_owned(), |number| format!("bug {number}"));
    let bug = parsed.map_err(|error| Unreadable::of(what(), error.to_string()))?;
    if let Some(error) = bug.error {
        return Err(Unreadable::of(what(), format!("the server says {error}")));
    }
    let id = bug
        .bug_id
        .ok_or_else(|| Unreadable::of("a bug", "it has no number"))?;
    let one = |name: String| OneOrMany::Many(vec![name]);
    let mut record = of_bug(
        Bug {
            id,
            summary: bug.short_desc,
            resolution: bug.resolution,
            product: bug.product,
            component: one(bug.component),
            version: one(bug.version),
            keywords: OneOrMany::Many(bug.keywords.split(", ").map(str::to_owned).collect()),
            creation_time: times::seconds(&bug.creation_ts),
            last_change_time: times::seconds(&bug.delta_ts),
            dupe_of: bug.dup_id,
            see_also: bug.see_also,
            elsewhere: bug.bug_file_loc,
            is_open: None,
        },
        place,
    )?;
    let comments = bug
        .long_desc
        .into_iter()
        .filter(|comment| comment.private == 0);
    record
        .texts
        .extend(comments.map(|comment| of_comment(comment, id, place)));
    for attachment in bug.attachment {
        record.texts.extend(of_attachment(attachment, place)?);
    }
    record.all_texts = true;
    Ok(record)
}

fn of_comment(comment: LongDesc, bug: u64, place: &Place) -> Text {
    let date = times::seconds(&comment.bug_when).unwrap_or(0);
    text(
        place,
        bug,
        comment.comment_count,
        Text {
            id: comment.commentid.to_string(),
            updated: date,
            author: author(comment.who),
            date,
            url: None,
            body: comment.thetext,
        },
    )
}

fn of_attachment(attachment: Attachment, place: &Place) -> Result<Option<Text>, Unreadable> {
    let wanted = attachment.private == 0
        && attachment.obsolete == 0
        && attachment.r#type.starts_with("text/");
    if !wanted || attachment.data.is_empty() {
        return Ok(None);
    }
    let date = times::seconds(&attachment.date).unwrap_or(0);
    let changed = attachment.delta_ts.as_deref().and_then(times::seconds);
    attached(
        place,
        attachment.attachid,
        &attachment.data,
        Text {
            updated: changed.unwrap_or(date),
            author: author(attachment.attacher),
            date,
            ..Text::default()
        },
    )
    .map(Some)
}

fn author(who: Who) -> String {
    if who.name.is_empty() {
        who.login
    } else {
        who.name
    }
}
