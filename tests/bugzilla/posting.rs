//! One comment, one attachment, whatever happens to requests and answers.

use std::time::Duration;

use fixtrail::bugzilla::{Attached, BugzillaError, Draft, Enclosure, How, Server};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use super::fake::{BOT, Fake, Fault, PLAIN, Takes};
use super::{draft, settings};

fn page(status: u16) -> Fault {
    let text = "<html><head><title>Down for maintenance</title></head><body>x</body></html>";
    Fault::Answer(
        status,
        vec![("Content-Type", "text/html".to_owned())],
        text.to_owned(),
    )
}

/// What may go wrong with a post, and be mended.
fn faults() -> Vec<Fault> {
    vec![
        page(500),
        page(503),
        Fault::Answer(502, vec![("Retry-After", "0".to_owned())], String::new()),
        Fault::Answer(201, Vec::new(), "{\"id\"".to_owned()),
        Fault::DoneAnswer(500, "<h1>Software error:</h1>".to_owned()),
        // The mail could not be written: 5.0.6 with a new Perl.
        Fault::DoneAnswer(
            201,
            json!({ "error": true, "code": 100_500, "message": "does not map to UTF-8" })
                .to_string(),
        ),
        Fault::DoneAnswer(201, "{}".to_owned()),
        Fault::Unread,
        Fault::Cut(0),
        Fault::Cut(4),
        Fault::Silence,
        Fault::Late(Duration::from_millis(60)),
    ]
}

#[test]
fn one_comment_whatever_happens() {
    for takes in [Takes::Body, Takes::Header, Takes::BodyByRestAlone] {
        for (number, fault) in faults().into_iter().enumerate() {
            let fake = Fake::new(takes);
            let bug = fake.file("x");
            let mut settings = settings(&fake, Some(BOT));
            // The first post of the last kind of server finds the form out.
            settings.form = None;
            let server = Server::new(&settings, &|_| {}).unwrap();
            server.log_in().unwrap();
            let first = usize::from(takes == Takes::BodyByRestAlone);
            fake.post_fault(first, fault.clone());
            let posted = server.post(bug, &draft(&["a"]), false);
            let posted = posted.unwrap_or_else(|error| panic!("{takes:?} {fault:?}: {error}"));
            assert_eq!(
                posted.how,
                How::New {
                    is_whole: Some(true)
                },
                "{takes:?} {number} {fault:?}"
            );
            assert_eq!(
                fake.own_comments(bug).len(),
                1,
                "{takes:?} {number} {fault:?}"
            );
        }
    }
}

#[test]
fn one_attachment_whatever_happens() {
    let file = Enclosure {
        file_name: "fixtrail-x-report.html".to_owned(),
        summary: "report".to_owned(),
        content_type: "text/html",
        bytes: b"<p>".to_vec(),
        is_private: false,
    };
    for fault in faults() {
        let fake = Fake::new(Takes::Body);
        let bug = fake.file("x");
        fake.post_fault(0, fault.clone());
        let settings = settings(&fake, Some(BOT));
        let server = Server::new(&settings, &|_| {}).unwrap();
        let attached = server.attach(bug, &file, false);
        assert_eq!(attached, Ok(Attached::New { attachment: 1 }), "{fault:?}");
        assert_eq!(
            fake.with(|bugs| bugs[&bug].attachments.len()),
            1,
            "{fault:?}"
        );
        assert_eq!(
            server.attach(bug, &file, false),
            Ok(Attached::Already { attachment: 1 })
        );
    }
}

/// Fifty posts, each with connections that end at random moments, some of which are given up and begun anew.
#[test]
fn fifty_posts_with_random_cuts() {
    let mut random = StdRng::seed_from_u64(40_696);
    let fake = Fake::new(Takes::Body);
    for number in 0..50 {
        let bug = fake.file("x");
        let settings = settings(&fake, Some(BOT));
        let mut posted = None;
        for _ in 0..20 {
            let server = Server::new(&settings, &|_| {}).unwrap();
            let at = fake.requests().len();
            for request in 0..12 {
                if random.random_range(0..3) == 0 {
                    let fault = match random.random_range(0..4) {
                        0 => Fault::Unread,
                        1 => Fault::Late(Duration::from_millis(random.random_range(0..80))),
                        _ => Fault::Cut(random.random_range(0..40)),
                    };
                    fake.fault(at + request, fault);
                }
            }
            posted = server.post(bug, &draft(&["a"]), false).ok();
            if posted.is_some() {
                break;
            }
            // One that was given up may still be under way.
            std::thread::sleep(Duration::from_millis(500));
        }
        assert!(posted.is_some(), "{number}");
        assert_eq!(fake.own_comments(bug).len(), 1, "{number}");
    }
}

/// A server that cannot be asked any more: nothing is sent again that may be there.
#[test]
fn doubt_is_said() {
    let fake = Fake::new(Takes::Header);
    let bug = fake.file("x");
    let settings = settings(&fake, Some(BOT));
    let server = Server::new(&settings, &|_| {}).unwrap();
    server.log_in().unwrap();
    let before = fake.requests().len();
    fake.post_fault(0, Fault::Silence);
    // All that is asked behind the post, which is the second request.
    for request in before + 2..before + 40 {
        fake.fault(request, page(503));
    }
    let doubt = server.post(bug, &draft(&["a"]), false).unwrap_err();
    assert!(matches!(doubt, BugzillaError::Doubtful { .. }), "{doubt}");
    assert_eq!(fake.own_comments(bug).len(), 1);
    // The next call finds it.
    let settings = super::settings(&fake, Some(BOT));
    let again = loop {
        let server = Server::new(&settings, &|_| {}).unwrap();
        if let Ok(posted) = server.post(bug, &draft(&["a"]), false) {
            break posted;
        }
    };
    assert_eq!(again.how, How::Already);
    assert_eq!(fake.own_comments(bug).len(), 1);
}

#[test]
fn a_second_user_and_a_second_time_add_nothing() {
    let fake = Fake::new(Takes::Body);
    let bug = fake.file("x");
    let post = |key: &str, draft: &Draft| {
        let settings = settings(&fake, Some(key));
        let server = Server::new(&settings, &|_| {}).unwrap();
        server.post(bug, draft, false).unwrap().how
    };
    let whole = How::New {
        is_whole: Some(true),
    };
    assert_eq!(post(BOT, &draft(&["abc fixed in 3.9.0"])), whole);
    assert_eq!(post(PLAIN, &draft(&["abc fixed in 3.9.0"])), How::Already);
    let more = draft(&["abc fixed in 3.9.0", "def fixed in 3.8.4"]);
    assert_eq!(post(PLAIN, &more), whole);
    assert_eq!(post(BOT, &draft(&["def fixed in 3.8.4"])), How::NothingNew);
    assert_eq!(fake.own_comments(bug).len(), 2);
}

#[test]
fn private_comments_are_for_insiders() {
    let fake = Fake::new(Takes::Body);
    let bug = fake.file("x");
    let private = Draft {
        is_private: true,
        ..draft(&["a"])
    };
    let plain = settings(&fake, Some(PLAIN));
    let server = Server::new(&plain, &|_| {}).unwrap();
    assert!(matches!(
        server.post(bug, &private, false),
        Err(BugzillaError::NotPrivate { .. })
    ));
    let bot = settings(&fake, Some(BOT));
    let server = Server::new(&bot, &|_| {}).unwrap();
    assert!(server.post(bug, &private, false).unwrap().is_new());
    assert_eq!(fake.own_comments(bug)[0]["is_private"], true);
    assert_eq!(server.post(bug, &private, false).unwrap().how, How::Already);
    // Everybody else has not read it.
    assert!(server.post(bug, &draft(&["a"]), false).unwrap().is_new());
}

/// Limits are of characters in comments, of bytes in attachments.
#[test]
fn limits() {
    let fake = Fake::new(Takes::Body);
    let bug = fake.file("x");
    let settings = settings(&fake, Some(BOT));
    let server = Server::new(&settings, &|_| {}).unwrap();
    let filled = |length: usize, with: &str| {
        let mut draft = draft(&["a"]);
        draft.text.push('\n');
        let missing = length - draft.text.chars().count();
        draft.text.push_str(&with.repeat(missing));
        draft
    };
    let refused = server.post(bug, &filled(65_536, "x"), false).unwrap_err();
    assert!(
        matches!(refused, BugzillaError::Refused { code: 114, .. }),
        "{refused}"
    );
    let posted = server.post(bug, &filled(65_535, "\u{e9}"), false).unwrap();
    assert_eq!(
        posted.how,
        How::New {
            is_whole: Some(true)
        }
    );
    let mut random = StdRng::seed_from_u64(1);
    for (length, packs, attached) in [
        (1_024_000, false, true),
        (1_024_001, true, true),
        (1_024_001, false, false),
    ] {
        let bytes: Vec<u8> = (0..length)
            .map(|_| if packs { b' ' } else { random.random() })
            .collect();
        let file = Enclosure {
            file_name: format!("fixtrail-{length}-{packs}"),
            summary: "x".to_owned(),
            content_type: "text/plain",
            bytes,
            is_private: false,
        };
        match server.attach(bug, &file, false).unwrap() {
            Attached::New { .. } => assert!(attached),
            other => assert_eq!(
                (other, attached),
                (Attached::TooLarge { limit: 1_024_000 }, false)
            ),
        }
    }
}

#[test]
fn fields_are_set_once_and_keep_what_they_have() {
    let fake = Fake::new(Takes::Body);
    let bug = fake.file("x");
    fake.with(|bugs| bugs.get_mut(&bug).unwrap().fields["whiteboard"] = "abrt_hash:1".into());
    let settings = settings(&fake, Some(BOT));
    let server = Server::new(&settings, &|_| {}).unwrap();
    let read = || server.bug(&bug.into()).unwrap();
    assert_eq!(server.mark(&read(), "fixtrail:2"), Ok(true));
    assert_eq!(server.mark(&read(), "fixtrail:2"), Ok(false));
    assert_eq!(read().whiteboard, "abrt_hash:1 fixtrail:2");
    let address = "https://github.com/python/cpython/issues/1";
    assert!(matches!(
        server.point(&read(), "https://bugs.python.org/issue1"),
        Err(BugzillaError::Refused { code: 112, .. })
    ));
    assert_eq!(server.point(&read(), address), Ok(true));
    assert_eq!(server.point(&read(), address), Ok(false));
    assert_eq!(read().see_also, [address]);
}

/// A post is not sent on to wherever a server says.
#[test]
fn nothing_is_sent_to_another_address() {
    let (fake, other) = (Fake::new(Takes::Header), Fake::new(Takes::Header));
    let bug = fake.file("x");
    other.file("x");
    let settings = settings(&fake, Some(BOT));
    let server = Server::new(&settings, &|_| {}).unwrap();
    server.log_in().unwrap();
    for status in [301, 302, 307, 308] {
        let to = vec![("Location", format!("{}rest/bug/1/comment", other.url()))];
        fake.post_fault(
            fake.requests()
                .iter()
                .filter(|head| head.starts_with("POST"))
                .count(),
            Fault::Answer(status, to, String::new()),
        );
        let moved = server.post(bug, &draft(&["a"]), false).unwrap_err();
        assert!(
            matches!(moved, BugzillaError::Moved { .. }),
            "{status}: {moved}"
        );
    }
    assert!(other.requests().is_empty());
}
