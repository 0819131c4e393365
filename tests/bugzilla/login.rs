//! How keys are given to servers, and what is said of those that are refused.

use fixtrail::bugzilla::{AuthForm, BugzillaError, Server};

use super::fake::{BOT, Fake, REVOKED, Takes};
use super::{draft, settings};

const SERVERS: [(Takes, AuthForm); 4] = [
    (Takes::Body, AuthForm::Body),
    (Takes::BodyByRestAlone, AuthForm::Body),
    (Takes::Header, AuthForm::Header),
    (Takes::Bearer, AuthForm::Bearer),
];

#[test]
fn every_form_is_found_out_and_used() {
    for (takes, form) in SERVERS {
        let fake = Fake::new(takes);
        let bug = fake.file("x");
        let settings = settings(&fake, Some(BOT));
        let server = Server::new(&settings, &|_| {}).unwrap();
        assert_eq!(server.log_in(), Ok(form), "{takes:?}");
        let asked = fake.requests().len();
        // Known from now on.
        assert_eq!(server.log_in(), Ok(form));
        assert_eq!(fake.requests().len(), asked);
        assert!(
            server.post(bug, &draft(&["a"]), false).unwrap().is_new(),
            "{takes:?}"
        );
        assert_eq!(fake.own_comments(bug).len(), 1);
    }
}

/// What only insiders see is seen, by servers whose reading knows keys.
#[test]
fn private_things_are_read_with_a_key() {
    for (takes, _) in SERVERS
        .into_iter()
        .filter(|(takes, _)| *takes != Takes::BodyByRestAlone)
    {
        let fake = Fake::new(takes);
        let bug = fake.file("x");
        fake.comment(bug, "for few", true);
        fake.with(|bugs| bugs.get_mut(&bug).unwrap().secret = true);
        let settings = settings(&fake, Some(BOT));
        let server = Server::new(&settings, &|_| {}).unwrap();
        assert_eq!(server.comments(bug).unwrap().len(), 2, "{takes:?}");
    }
}

#[test]
fn a_remembered_form_may_be_wrong() {
    for (takes, form) in SERVERS {
        for remembered in [AuthForm::Header, AuthForm::Bearer, AuthForm::Body] {
            let fake = Fake::new(takes);
            let bug = fake.file("x");
            let mut settings = settings(&fake, Some(BOT));
            settings.form = Some(remembered);
            let server = Server::new(&settings, &|_| {}).unwrap();
            let posted = server.post(bug, &draft(&["a"]), false);
            assert!(
                posted.is_ok_and(|posted| posted.is_new()),
                "{takes:?} {remembered}"
            );
            assert_eq!(server.form(), Some(form));
            assert_eq!(fake.own_comments(bug).len(), 1);
        }
    }
}

#[test]
fn refused_keys_are_said_with_the_page_for_new_ones() {
    for (takes, _) in SERVERS {
        for key in [REVOKED, "NoSuchKeyNoSuchKey"] {
            let fake = Fake::new(takes);
            let settings = settings(&fake, Some(key));
            let server = Server::new(&settings, &|_| {}).unwrap();
            let Err(BugzillaError::KeyRefused { message, page, .. }) = server.log_in() else {
                panic!("{takes:?}");
            };
            // The server's words have the key.
            assert!(!message.contains(key) && !message.is_empty(), "{message}");
            assert!(page.ends_with("/userprefs.cgi?tab=apikey"));
        }
    }
}

#[test]
fn without_a_key_only_reading_is_possible() {
    let fake = Fake::new(Takes::Header);
    let bug = fake.file("x");
    fake.comment(bug, "for few", true);
    let settings = settings(&fake, None);
    let server = Server::new(&settings, &|_| {}).unwrap();
    assert_eq!(server.comments(bug).unwrap().len(), 1);
    let refused = server.post(bug, &draft(&["a"]), false);
    assert!(matches!(
        refused,
        Err(BugzillaError::LoginNeeded {
            with_key: false,
            ..
        })
    ));
    assert!(fake.own_comments(bug).is_empty());
}

#[test]
fn keys_stay_off_unprotected_ways() {
    let fake = Fake::new(Takes::Header);
    let mut settings = settings(&fake, Some(BOT));
    settings.base = "http://bugzilla.example/".parse().unwrap();
    let refused = Server::new(&settings, &|_| {});
    assert!(matches!(refused, Err(BugzillaError::Unprotected { .. })));
    settings.key = None;
    assert!(Server::new(&settings, &|_| {}).is_ok());
}
