//! Issues of trackers: imported, described, found by their stacks.

mod faults;
mod formats;
mod known;
mod private;

use std::path::Path;

use fixtrail::issues::{Import, Imported, Place};
use fixtrail_index::issues::{Issue, IssueKey, IssueStore};
use fixtrail_index::{CPYTHON, Upstreams};

/// The sample export.
const EXPORT: &str = "samples/issues/github.jsonl";

fn store(folder: &Path) -> IssueStore {
    Upstreams::at(folder)
        .store(CPYTHON)
        .expect("a name")
        .issues()
}

/// Takes texts in, one after the other, and says what came of each.
fn import(store: &IssueStore, texts: &[&str], tracker: Option<&str>) -> Vec<Imported> {
    let place: Option<Place> = tracker.map(|tracker| tracker.parse().expect("a tracker"));
    let mut writer = store.writer().expect("a folder");
    let imported = texts.iter().map(|text| {
        let mut import = Import::new(&mut writer);
        import
            .file(text.as_bytes(), place.as_ref())
            .expect("a text");
        import.finish().expect("room")
    });
    let imported = imported.collect();
    writer.finish().expect("room");
    imported
}

fn issue(store: &IssueStore, key: &str) -> Issue {
    let key: IssueKey = key.parse().expect("a key");
    let issues = store.open().expect("an index").expect("issues");
    issues
        .issue(&key)
        .expect("an index")
        .unwrap_or_else(|| panic!("{key} is not there"))
}
