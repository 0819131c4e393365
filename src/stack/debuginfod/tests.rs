//! The rules of the cache, by its files alone.

#[path = "../../../tests/support/elf.rs"]
mod elf;

use std::fs::{self, File, FileTimes};
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::cache::{Cache, Cached};
use super::request::{Server, Wanted};
use super::{Client, Error, Kind, Settings, Silent, control};

const ID: &[u8] = b"\xab\xcd\xef";
const DAY: u64 = 24 * 3600;

struct Folder {
    root: TempDir,
    cache: Cache,
    wanted: Wanted,
    now: SystemTime,
}

impl Folder {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        Self {
            cache: Cache::new(root.path().to_owned()),
            root,
            wanted: Wanted::new(ID, Kind::Debuginfo).expect("a build ID"),
            now: SystemTime::now(),
        }
    }

    fn put(&self, name: &str, content: &[u8], age: u64) {
        let path = self.root.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        self.set_age(name, age);
    }

    fn set_age(&self, name: &str, age: u64) {
        let then = self.now - Duration::from_secs(age);
        let times = FileTimes::new().set_accessed(then).set_modified(then);
        let file = File::open(self.root.path().join(name)).expect("a file");
        file.set_times(times).expect("a time");
    }

    fn has(&self, name: &str) -> bool {
        self.root.path().join(name).exists()
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.root.path().join(name)).expect("a file")
    }

    fn look_up(&self) -> Cached {
        self.cache.look_up(&self.wanted, self.now)
    }
}

#[test]
fn a_file_is_found_under_its_build_id() {
    let folder = Folder::new();
    assert_eq!(folder.look_up(), Cached::Unknown);
    let name = "abcdef/debuginfo";
    folder.put(name, &elf::with_build_id(ID, 10), 3 * DAY);
    assert_eq!(
        folder.look_up(),
        Cached::File(folder.root.path().join(name))
    );
    let found = fs::metadata(folder.root.path().join(name)).expect("a file");
    let accessed = found.accessed().expect("a time");
    assert!(accessed > folder.now - Duration::from_secs(DAY));
}

#[test]
fn what_another_client_stored_unchecked_is_checked() {
    let folder = Folder::new();
    folder.put("abcdef/debuginfo", b"<html>", 0);
    assert_eq!(folder.look_up(), Cached::Unknown);
    folder.put("abcdef/debuginfo", &elf::with_build_id(b"other", 10), 0);
    assert_eq!(folder.look_up(), Cached::Unknown);
    assert!(folder.has("abcdef/debuginfo"), "not ours to remove");
}

#[test]
fn a_miss_counts_for_ten_minutes() {
    let folder = Folder::new();
    folder.put("abcdef/debuginfo", b"", 599);
    assert_eq!(folder.look_up(), Cached::Missing);
    assert_eq!(folder.text("cache_miss_s"), "600");
    folder.set_age("abcdef/debuginfo", 600);
    assert_eq!(folder.look_up(), Cached::Unknown);
    assert!(!folder.has("abcdef/debuginfo"));
}

#[test]
fn a_miss_counts_for_as_long_as_its_file_says() {
    let folder = Folder::new();
    folder.put("cache_miss_s", b"30\n", 0);
    folder.put("abcdef/debuginfo", b"", 29);
    assert_eq!(folder.look_up(), Cached::Missing);
    folder.set_age("abcdef/debuginfo", 31);
    assert_eq!(folder.look_up(), Cached::Unknown);
    folder.put("cache_miss_s", b"0", 0);
    folder.put("abcdef/debuginfo", b"", 0);
    assert_eq!(folder.look_up(), Cached::Unknown, "forget at once");
    folder.put("cache_miss_s", b"soon", 0);
    folder.put("abcdef/debuginfo", b"", 500);
    assert_eq!(folder.look_up(), Cached::Missing, "no number: the default");
}

#[cfg(unix)]
#[test]
fn a_miss_of_an_old_client_counts() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.put("abcdef/debuginfo", b"", 0);
    let path = folder.root.path().join("abcdef/debuginfo");
    fs::set_permissions(path, fs::Permissions::from_mode(0o000)).expect("a mode");
    assert_eq!(folder.look_up(), Cached::Missing);
}

#[test]
fn a_miss_is_noted_by_an_empty_file() {
    let folder = Folder::new();
    folder.cache.note_missing(&folder.wanted);
    assert_eq!(folder.text("abcdef/debuginfo"), "");
    folder.put("abcdef/debuginfo", b"something", 0);
    folder.cache.note_missing(&folder.wanted);
    assert_eq!(folder.text("abcdef/debuginfo"), "something");
}

#[test]
fn cleaning_removes_what_nobody_read() {
    let folder = Folder::new();
    folder.put("cache_clean_interval_s", b"86400", DAY);
    folder.put("ab/debuginfo", b"old", 8 * DAY);
    folder.put("cd/debuginfo", b"old", 8 * DAY);
    folder.put("cd/executable", b"read lately", 6 * DAY);
    folder.put("ef/debuginfo", b"", 700);
    folder.put("ef/executable.a1B2c3", b"interrupted", 8 * DAY);
    for foreign in ["ab12/notes", "photos/debuginfo", "debuginfo"] {
        folder.put(foreign, b"mine", 99 * DAY);
    }
    control::clean_if_due(folder.root.path(), folder.now);
    assert!(!folder.has("ab") && !folder.has("ef"));
    assert!(!folder.has("cd/debuginfo") && folder.has("cd/executable"));
    for foreign in ["ab12/notes", "photos/debuginfo", "debuginfo"] {
        assert!(folder.has(foreign), "{foreign}");
    }
    assert_eq!(folder.text("max_unused_age_s"), "604800");
    folder.put("ab/debuginfo", b"old", 8 * DAY);
    control::clean_if_due(folder.root.path(), folder.now);
    assert!(folder.has("ab/debuginfo"), "not again before a day is over");
}

#[test]
fn a_new_cache_is_not_cleaned() {
    let folder = Folder::new();
    folder.put("ab/debuginfo", b"old", 8 * DAY);
    control::clean_if_due(folder.root.path(), folder.now);
    assert_eq!(folder.text("cache_clean_interval_s"), "86400");
    assert!(folder.has("ab/debuginfo"));
}

#[test]
fn only_build_ids_are_looked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let client = Client::new(Settings::new(folder.path()), Box::new(Silent));
    for len in [0, 65] {
        let error = client.find(&vec![1; len], Kind::Executable);
        assert!(matches!(error, Err(Error::BuildId { len: named }) if named == len));
    }
}

#[test]
fn without_servers_nothing_is_noted() {
    let folder = tempfile::tempdir().expect("a folder");
    let client = Client::new(Settings::new(folder.path()), Box::new(Silent));
    let found = client.find(ID, Kind::Debuginfo).expect("an answer");
    assert_eq!(found, None);
    assert!(!Path::exists(&folder.path().join("abcdef")));
}

#[test]
fn an_address_is_shown_without_its_password() {
    let server = Server::new("https://me:secret@one.example/path/");
    assert_eq!(server.shown, "https://one.example/path");
    let wanted = Wanted::new(ID, Kind::Executable).expect("a build ID");
    let url = server.url(&wanted).expect("an address").to_string();
    let expected = "https://me:secret@one.example/path/buildid/abcdef/executable";
    assert_eq!(url, expected);
    for bad in ["file:///srv", "one.example", "ftp://one.example", ""] {
        assert!(Server::new(bad).url(&wanted).is_none(), "{bad}");
    }
}
