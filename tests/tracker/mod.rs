//! Fetching from a made GitHub: lists that change as they are read, limits, faults, interruptions.

mod changes;
mod command;
mod fake;
mod faults;
mod limits;

use std::sync::Mutex;
use std::time::Duration;

use fake::GitHub;
use fixtrail::issues::Place;
use fixtrail::issues::github::{FetchError, Fetched, Progress, Settings, Token, fetch};
use fixtrail_index::issues::IssueStore;
use fixtrail_index::{CPYTHON, Upstreams};

fn store(folder: &std::path::Path) -> IssueStore {
    Upstreams::at(folder)
        .store(CPYTHON)
        .expect("a name")
        .issues()
}

fn settings(github: &GitHub) -> Settings {
    Settings {
        pause: Duration::from_millis(1),
        limited_pause: Duration::from_millis(20),
        timeout: Duration::from_millis(400),
        retries: 3,
        in_flight: 3,
        page: 4,
        ..Settings::new(github.url(), Token::new("secret-token"))
    }
}

/// What came of a fetch, and what was said on the way.
struct Run {
    result: Result<Fetched, FetchError>,
    said: Vec<String>,
}

fn run(github: &GitHub, store: &IssueStore, settings: &Settings) -> Run {
    let said = Mutex::new(Vec::new());
    let observer = |progress: Progress<'_>| {
        let words = match progress {
            Progress::Waiting { problem, .. } => format!("waiting: {problem}"),
            Progress::Limited { .. } => "limited".to_owned(),
            _ => return,
        };
        said.lock().expect("the words").push(words);
    };
    let place: Place = github.place();
    let mut writer = store.writer().expect("a folder");
    let result = fetch(&place, settings, &mut writer, &observer);
    writer.finish().expect("room");
    Run {
        result,
        said: said.into_inner().expect("the words"),
    }
}
