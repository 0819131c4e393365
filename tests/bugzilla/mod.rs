//! Bugzilla: bugs are read, comments posted once, whatever happens on the way.

mod command;
mod comment;
mod fake;
mod login;
mod posting;
mod reading;
mod recorded;
mod scan;

use std::time::Duration;

use fake::Fake;
use fixtrail::bugzilla::{Draft, Key, Marker, Settings};

/// Settings of one who has little time.
fn settings(fake: &Fake, key: Option<&str>) -> Settings {
    Settings {
        timeout: Duration::from_secs(2),
        retries: 3,
        pause: Duration::from_millis(2),
        // On a busy machine a thread may sleep for long.
        settling: [20, 80, 300, 600].map(Duration::from_millis).to_vec(),
        ..Settings::new(fake.url(), key.and_then(Key::new))
    }
}

fn draft(statements: &[&str]) -> Draft {
    let statements: Vec<String> = statements.iter().map(|&text| text.to_owned()).collect();
    let marker = Marker::new("0123456789abcdef", &statements);
    Draft {
        text: format!("{marker}\n\n{}", statements.join("\n")),
        marker,
        statements,
        is_private: false,
    }
}
