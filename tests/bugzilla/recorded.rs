//! What real servers answered (5.0.6 and 5.3.3, `recorded/`), and what is made of it.

use std::fmt::Write as _;
use std::time::Duration;

use fixtrail::bugzilla::{AuthForm, Bug, Key, Server, Settings};
use serde::Deserialize;

use crate::support::server;

#[derive(Debug, Deserialize)]
struct Recording {
    name: String,
    method: String,
    status: u16,
    content_type: String,
    body: String,
}

const RECORDED: [(&str, &str); 2] = [
    ("5.0.6", include_str!("recorded/5.0.6.jsonl")),
    ("5.3.3", include_str!("recorded/5.3.3.jsonl")),
];

fn recordings(text: &str) -> Vec<Recording> {
    let lines = text.lines().map(serde_json::from_str);
    lines.map(|line| line.expect("a recording")).collect()
}

fn with<T>(recording: &Recording, look: impl FnOnce(&Server<'_>) -> T) -> T {
    let head = format!(
        "HTTP/1.1 {} Whatever\nContent-Type: {}\nConnection: close\nContent-Length: {}",
        recording.status,
        recording.content_type,
        recording.body.len()
    );
    let replay = server::Server::raw(&head, recording.body.clone());
    let settings = Settings {
        form: Some(AuthForm::Header),
        retries: 0,
        settling: vec![Duration::ZERO],
        ..Settings::new(replay.url().parse().unwrap(), Key::new("SomeKey"))
    };
    look(&Server::new(&settings, &|_| {}).unwrap())
}

fn named<'r>(recordings: &'r [Recording], name: &str) -> &'r Recording {
    let found = recordings.iter().find(|recording| recording.name == name);
    found.unwrap_or_else(|| panic!("{name} is not recorded"))
}

/// Every refusal and every page, in the words that users get.
#[test]
fn refusals_and_pages() {
    let mut text = String::new();
    for (version, recorded) in RECORDED {
        for recording in recordings(recorded) {
            let is_page = !recording.body.trim_start().starts_with('{');
            if recording.status < 400 && !is_page {
                continue;
            }
            let words = with(&recording, |server| {
                if recording.method == "GET" {
                    let bug = server.bug(&7.into());
                    bug.map(|_| ()).map_err(|error| error.to_string())
                } else {
                    let bug = Bug {
                        id: 7,
                        ..Bug::default()
                    };
                    let marked = server.mark(&bug, "fixtrail:0");
                    marked.map(|_| ()).map_err(|error| error.to_string())
                }
            });
            let words = words.expect_err(&recording.name);
            let _ = writeln!(
                text,
                "{version} {:28} {} {words}",
                recording.name, recording.status
            );
        }
    }
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
        filters => vec![(r"127\.0\.0\.1:\d+", "HOST")],
    }, {
        insta::assert_snapshot!("bugzilla-refusals", text);
    });
}

#[test]
fn bugs_comments_and_attachments() {
    for (version, recorded) in RECORDED {
        let recorded = recordings(recorded);
        let bug = with(named(&recorded, "get-bug"), |server| server.bug(&1.into())).unwrap();
        assert_eq!(
            bug.component.iter().collect::<Vec<_>>(),
            ["gnome-shell"],
            "{version}"
        );
        assert_eq!(bug.version.iter().collect::<Vec<_>>(), ["rawhide"]);
        assert!(bug.summary.starts_with("[abrt] gnome-shell") && bug.status == "CONFIRMED");
        let comments = with(named(&recorded, "comments-by-bot"), |server| {
            server.comments(1)
        })
        .unwrap();
        assert_eq!(comments[0].count, Some(0));
        assert!(comments.iter().any(|comment| comment.is_private));
        assert!(comments.iter().all(|comment| !comment.text.contains('\r')));
        let attachments = with(named(&recorded, "attachments-nodata"), |server| {
            server.attachments(1)
        })
        .unwrap();
        // Flags are 0 and 1 in one version, booleans in the other.
        assert_eq!(
            attachments
                .iter()
                .filter(|attachment| attachment.is_private)
                .count(),
            1,
            "{version}"
        );
        assert!(attachments.iter().all(|attachment| !attachment.is_obsolete));
        let binary = with(named(&recorded, "attachment-binary-back"), |server| {
            server.attached(2)
        })
        .unwrap();
        let size = attachments
            .iter()
            .find(|attachment| attachment.id == 2)
            .unwrap()
            .size;
        assert_eq!(binary.unwrap().len() as u64, size);
        assert_eq!(
            with(named(&recorded, "attachment-unknown"), |server| server
                .attached(2)),
            Ok(None)
        );
        let none = with(named(&recorded, "comments-new_since"), |server| {
            server.comments(1)
        })
        .unwrap();
        assert!(none.is_empty());
    }
}

/// Whether a key was understood is told by what `parameters` shows.
#[test]
fn logins() {
    for (version, recorded) in RECORDED {
        let recorded = recordings(recorded);
        let login = |name: &str| {
            let recording = named(&recorded, name);
            let body = recording.body.clone();
            let head = format!(
                "HTTP/1.1 200 OK\nConnection: close\nContent-Length: {}",
                body.len()
            );
            let replay = server::Server::raw(&head, body);
            let settings = Settings {
                retries: 0,
                ..Settings::new(replay.url().parse().unwrap(), Key::new("SomeKey"))
            };
            let server = Server::new(&settings, &|_| {}).unwrap();
            server.log_in()
        };
        assert_eq!(login("parameters-auth"), Ok(AuthForm::Header), "{version}");
        assert!(login("parameters-anon").is_err(), "{version}");
    }
}
