//! What to do when a Bugzilla says no, or nothing.

use super::config_file;
use crate::bugzilla::BugzillaError;
use crate::cli::failure::Failure;

impl From<BugzillaError> for Failure {
    fn from(error: BugzillaError) -> Self {
        const KEY: &str =
            "set FIXTRAIL_BUGZILLA_API_KEY, or put it into a file: see the README, Bugzilla";
        let hints = match &error {
            BugzillaError::KeyRefused { page, .. } => vec![
                format!("it may have expired, or been revoked; make a new one at {page}"),
                KEY.to_owned(),
            ],
            BugzillaError::LoginNeeded { page, .. }
            | BugzillaError::Hidden {
                with_key: false,
                page,
                ..
            } => {
                vec![format!("make an API key at {page}"), KEY.to_owned()]
            }
            BugzillaError::KeyUnheard { .. } => vec![format!(
                "if you know how, say it in {}: auth = \"header\", \"bearer\" or \"body\"",
                config_file()
            )],
            BugzillaError::Hidden { with_key: true, .. } => {
                vec!["ask for access to it, or use the key of somebody who has".to_owned()]
            }
            BugzillaError::NoBug { .. } => {
                vec!["see whether its number and --bugzilla are right".to_owned()]
            }
            BugzillaError::NotPrivate { .. } | BugzillaError::Unseen { .. } => {
                vec!["leave out --private".to_owned()]
            }
            BugzillaError::Unprotected { .. } => {
                vec!["give its https address: --bugzilla https://HOST/".to_owned()]
            }
            BugzillaError::Moved { to, .. } => vec![format!("if that is right: --bugzilla {to}")],
            BugzillaError::Client(_) => vec!["see http_proxy, https_proxy and --ca".to_owned()],
            BugzillaError::Doubtful { .. } => {
                vec!["give the same command again: it looks before it posts".to_owned()]
            }
            BugzillaError::Server { problem, .. } if problem.is_of_certificates() => {
                vec![
                    "if it has an authority of its own, name its certificate: --ca FILE".to_owned(),
                ]
            }
            BugzillaError::Server { .. } => {
                vec!["try again later; nothing is posted twice".to_owned()]
            }
            _ => Vec::new(),
        };
        hints.into_iter().fold(Self::new(error), Self::hint)
    }
}
