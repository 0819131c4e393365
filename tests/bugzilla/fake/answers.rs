//! What it answers, and what it stores.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Answer, BOT, FakeBug, PLAIN, REVOKED, Request, State, Takes};

fn error(status: u16, code: i64, message: &str) -> Answer {
    (
        status,
        json!({ "error": true, "code": code, "message": message, "documentation": "https://docs.example/" }),
    )
}

/// Who asks, where the key stands where it is looked for.
fn user(request: &Request, takes: Takes) -> Result<Option<&'static str>, Answer> {
    let of_header = |name: &str| request.headers.get(name).cloned();
    let key = match takes {
        Takes::Header => of_header("x-bugzilla-api-key"),
        Takes::Bearer => of_header("authorization")
            .and_then(|text| Some(text.strip_prefix("Bearer ")?.to_owned())),
        Takes::Body | Takes::BodyByRestAlone => {
            let members = ["api_key", "Bugzilla_api_key"];
            members
                .iter()
                .find_map(|name| Some(request.body.get(name)?.as_str()?.to_owned()))
        }
    };
    match key.as_deref() {
        None | Some("") => Ok(None),
        Some(BOT) => Ok(Some("bot")),
        Some(PLAIN) => Ok(Some("plain")),
        Some(REVOKED) => Err(error(
            400,
            306,
            "The API key you specified has been revoked by the user that created it.",
        )),
        Some(other) => Err(error(400, 306, &format!("The API key {other} is invalid."))),
    }
}

pub(super) fn answer(state: &mut State, request: &Request, takes: Takes) -> Answer {
    let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
    if path == ["jsonrpc.cgi"] {
        return by_rpc(state, request, takes);
    }
    let ["rest", path @ ..] = &path[..] else {
        return error(404, 32614, "no such thing");
    };
    let user = match user(request, takes) {
        Ok(user) => user,
        Err(answer) => return answer,
    };
    let query = |name: &str| {
        request
            .query
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    match (request.method.as_str(), path) {
        ("GET", ["parameters"]) => parameters(user),
        ("GET", ["whoami"]) if takes == Takes::Header => match user {
            Some(name) => (200, json!({ "id": 2, "name": name })),
            None => error(
                401,
                410,
                "You must log in before using this part of Bugzilla.",
            ),
        },
        ("GET", ["bug"]) => search(state, &request.query),
        ("GET", ["bug", name]) => get(state, name, user),
        ("GET", ["bug", "comment", id]) => comment_of(state, id, user),
        ("GET", ["bug", "attachment", id]) => attachment(state, id, user),
        ("GET", ["bug", bug, "comment"]) => comments(state, bug, user),
        ("GET", ["bug", bug, "attachment"]) => {
            attachments(state, bug, user, query("exclude_fields") == Some("data"))
        }
        ("POST" | "PUT", _) if user.is_none() => error(
            401,
            410,
            "You must log in before using this part of Bugzilla.",
        ),
        ("POST", ["bug", bug, "comment"]) => post_comment(state, bug, &request.body, user),
        ("POST", ["bug", bug, "attachment"]) => post_attachment(state, bug, &request.body, user),
        ("PUT", ["bug", bug]) => update(state, bug, &request.body),
        _ => error(404, 32614, "A REST API resource was not found."),
    }
}

/// The same questions by JSON-RPC, whose parameters are turned to those of REST.
fn by_rpc(state: &mut State, request: &Request, takes: Takes) -> Answer {
    if takes != Takes::Body {
        return error(404, 32614, "no JSON-RPC");
    }
    let params = request.body["params"][0].clone();
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let path = match (request.body["method"].as_str().unwrap_or_default(), &params) {
        ("Bugzilla.parameters", _) => vec!["parameters".to_owned()],
        ("Bug.get", params) => vec!["bug".to_owned(), text(&params["ids"][0])],
        ("Bug.search", _) => vec!["bug".to_owned()],
        ("Bug.comments", params) if params.get("comment_ids").is_some() => {
            vec![
                "bug".to_owned(),
                "comment".to_owned(),
                text(&params["comment_ids"][0]),
            ]
        }
        ("Bug.comments", params) => vec![
            "bug".to_owned(),
            text(&params["ids"][0]),
            "comment".to_owned(),
        ],
        ("Bug.attachments", params) if params.get("attachment_ids").is_some() => {
            vec![
                "bug".to_owned(),
                "attachment".to_owned(),
                text(&params["attachment_ids"][0]),
            ]
        }
        ("Bug.attachments", params) => vec![
            "bug".to_owned(),
            text(&params["ids"][0]),
            "attachment".to_owned(),
        ],
        (other, _) => panic!("{other} is asked for"),
    };
    let members = params.as_object().expect("an object").iter();
    let query = members.flat_map(|(name, value)| match value {
        Value::Array(values) => values
            .iter()
            .map(|value| (name.clone(), text(value)))
            .collect::<Vec<_>>(),
        one => vec![(name.clone(), text(one))],
    });
    let same = Request {
        method: "GET".to_owned(),
        path: [vec!["rest".to_owned()], path].concat(),
        query: query
            .filter(|(name, _)| name != "Bugzilla_api_key" && !name.ends_with("ids"))
            .collect(),
        headers: BTreeMap::new(),
        body: params,
    };
    match answer(state, &same, takes) {
        (200, value) => (200, json!({ "error": null, "id": 1, "result": value })),
        (_, value) => (
            200,
            json!({ "error": { "code": value["code"], "message": value["message"] }, "id": 1, "result": null }),
        ),
    }
}

fn parameters(user: Option<&str>) -> Answer {
    let mut parameters = json!({ "requirelogin": "0", "maintainer": "admin@mail.example" });
    if user.is_some() {
        parameters["maxattachmentsize"] = "1000".into();
        parameters["maxlocalattachment"] = "0".into();
    }
    (200, json!({ "parameters": parameters }))
}

/// The bug, or why it is not shown.
fn seen<'s>(
    state: &'s State,
    name: &str,
    user: Option<&str>,
) -> Result<(u64, &'s FakeBug), Answer> {
    let number = name
        .parse()
        .map_err(|_| error(400, 100, "is not a valid bug number nor an alias to a bug."))?;
    let bug = state
        .bugs
        .get(&number)
        .ok_or_else(|| error(404, 101, "does not exist."))?;
    if bug.secret && user != Some("bot") {
        return Err(error(401, 102, "You are not authorized to access bug."));
    }
    Ok((number, bug))
}

fn get(state: &State, name: &str, user: Option<&str>) -> Answer {
    match seen(state, name, user) {
        Ok((_, bug)) => (200, json!({ "bugs": [bug.fields], "faults": [] })),
        Err(answer) => answer,
    }
}

fn is_seen(part: &Value, user: Option<&str>) -> bool {
    let private = &part["is_private"];
    !(private == &json!(true) || private == &json!(1)) || user == Some("bot")
}

fn comments(state: &State, name: &str, user: Option<&str>) -> Answer {
    match seen(state, name, user) {
        Ok((number, bug)) => {
            let comments: Vec<&Value> = bug
                .comments
                .iter()
                .filter(|comment| is_seen(comment, user))
                .collect();
            (
                200,
                json!({ "bugs": { number.to_string(): { "comments": comments } }, "comments": {} }),
            )
        }
        Err(answer) => answer,
    }
}

fn comment_of(state: &State, id: &str, user: Option<&str>) -> Answer {
    let mut all = state.bugs.values().flat_map(|bug| &bug.comments);
    match all.find(|comment| comment["id"].as_u64() == id.parse().ok()) {
        None => error(400, 111, "is not a valid comment id."),
        Some(comment) if !is_seen(comment, user) => error(401, 110, "is private."),
        Some(comment) => (200, json!({ "bugs": {}, "comments": { id: comment } })),
    }
}

fn attachments(state: &State, name: &str, user: Option<&str>, without_data: bool) -> Answer {
    match seen(state, name, user) {
        Ok((number, bug)) => {
            let seen = bug
                .attachments
                .iter()
                .filter(|attachment| is_seen(attachment, user));
            let shown: Vec<Value> = seen
                .map(|attachment| {
                    let mut attachment = attachment.clone();
                    if without_data {
                        attachment
                            .as_object_mut()
                            .expect("an object")
                            .remove("data");
                    }
                    attachment
                })
                .collect();
            (
                200,
                json!({ "bugs": { number.to_string(): shown }, "attachments": {} }),
            )
        }
        Err(answer) => answer,
    }
}

fn attachment(state: &State, id: &str, user: Option<&str>) -> Answer {
    let mut all = state.bugs.values().flat_map(|bug| &bug.attachments);
    let found = all.find(|attachment| {
        attachment["id"].as_u64() == id.parse().ok() && is_seen(attachment, user)
    });
    let attachments = found.map_or(json!({}), |attachment| json!({ id: attachment }));
    (200, json!({ "bugs": {}, "attachments": attachments }))
}

fn search(state: &State, query: &[(String, String)]) -> Answer {
    let number = |name: &str| {
        query
            .iter()
            .find(|(known, _)| known == name)
            .map_or(usize::MAX, |(_, value)| value.parse().expect("a number"))
    };
    let asked = query.iter().filter(|(name, _)| {
        !["limit", "offset", "order", "include_fields"].contains(&name.as_str())
    });
    let asked: Vec<&(String, String)> = asked.collect();
    let fits = |bug: &&FakeBug| {
        asked
            .iter()
            .all(|(name, value)| bug.fields[name] == json!(value))
    };
    let found = state.bugs.values().filter(|bug| !bug.secret).filter(fits);
    let offset = Some(number("offset"))
        .filter(|&offset| offset != usize::MAX)
        .unwrap_or(0);
    // Less than asked for, as some servers do.
    let page: Vec<&Value> = found
        .map(|bug| &bug.fields)
        .skip(offset)
        .take(number("limit").min(7))
        .collect();
    (200, json!({ "bugs": page }))
}

fn post_comment(state: &mut State, name: &str, body: &Value, user: Option<&str>) -> Answer {
    let number = match seen(state, name, user) {
        Ok((number, _)) => number,
        Err(answer) => return answer,
    };
    let text = body["comment"].as_str().unwrap_or_default().trim_end();
    if text.is_empty() {
        return error(
            400,
            50,
            "The function requires a comment argument, and that argument was not set.",
        );
    }
    if text.chars().count() > 65_535 {
        return error(400, 114, "Comments cannot be longer than 65535 characters.");
    }
    let is_private = body["is_private"] == json!(true);
    if is_private && user != Some("bot") {
        return error(
            401,
            113,
            "Sorry, but you are not allowed to (un)mark comments or attachments as private.",
        );
    }
    (
        201,
        json!({ "id": add_comment(state, number, text, is_private, None) }),
    )
}

pub(super) fn add_comment(
    state: &mut State,
    bug: u64,
    text: &str,
    is_private: bool,
    attachment: Option<u64>,
) -> u64 {
    state.next += 1;
    let id = state.next;
    let bug_of = state.bugs.get_mut(&bug).expect("the bug");
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let comment = json!({ "id": id, "bug_id": bug, "count": bug_of.comments.len(), "text": text.trim_end(), "creator": "bot",
        "is_private": is_private, "attachment_id": attachment });
    bug_of.comments.push(comment);
    bug_of.fields["last_change_time"] = format!("2020-06-10T10:00:{:02}Z", id % 60).into();
    id
}

fn post_attachment(state: &mut State, name: &str, body: &Value, user: Option<&str>) -> Answer {
    let number = match seen(state, name, user) {
        Ok((number, _)) => number,
        Err(answer) => return answer,
    };
    let data = STANDARD
        .decode(body["data"].as_str().unwrap_or_default())
        .unwrap_or_default();
    if data.len() > 1000 * 1024 {
        return error(400, 600, "Attachments cannot be more than 1000 KB.");
    }
    let file_name = body["file_name"].as_str().unwrap_or_default().to_owned();
    let id = add_attachment(state, number, &file_name, &data, body);
    (201, json!({ "ids": [id] }))
}

pub(super) fn add_attachment(
    state: &mut State,
    bug: u64,
    name: &str,
    data: &[u8],
    more: &Value,
) -> u64 {
    let is_private = more["is_private"] == json!(true);
    let number = state
        .bugs
        .values()
        .map(|bug| bug.attachments.len() as u64)
        .sum::<u64>()
        + 1;
    let comment = format!("Created attachment {number}\n{name}");
    add_comment(state, bug, &comment, is_private, Some(number));
    let attachment = json!({ "id": number, "bug_id": bug, "file_name": name, "summary": name, "size": data.len(),
        "content_type": more.get("content_type").unwrap_or(&json!("text/plain")), "data": STANDARD.encode(data), "creator": "bot",
        "is_private": u8::from(is_private), "is_obsolete": more.get("is_obsolete").unwrap_or(&json!(0)), "is_patch": 0 });
    state
        .bugs
        .get_mut(&bug)
        .expect("the bug")
        .attachments
        .push(attachment);
    number
}

fn update(state: &mut State, name: &str, body: &Value) -> Answer {
    let number: u64 = name.parse().expect("a number");
    let fields = &mut state.bugs.get_mut(&number).expect("the bug").fields;
    if let Some(whiteboard) = body.get("whiteboard") {
        fields["whiteboard"] = whiteboard.clone();
    }
    for address in body["see_also"]["add"].as_array().into_iter().flatten() {
        // Other trackers are not known to it.
        if !address
            .as_str()
            .is_some_and(|address| address.contains("github.com"))
        {
            return error(400, 112, "is not a valid URL to a bug.");
        }
        fields["see_also"]
            .as_array_mut()
            .expect("a list")
            .push(address.clone());
    }
    (200, json!({ "bugs": [{ "id": number, "changes": {} }] }))
}
