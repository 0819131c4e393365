//! Where the key of a server is: in the environment, in a file that nobody else reads, or with a command that asks the
//! desktop's keyring. There is no flag for it: flags are seen by every user of the machine.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use reqwest::Url;

use super::config::OfServer;
use crate::bugzilla::Key;
use crate::cli::failure::Failure;
use crate::cli::paths;
use crate::cli::ui::Ui;

/// The variable with the key of the server that is asked unless another is named.
const VARIABLE: &str = "FIXTRAIL_BUGZILLA_API_KEY";

/// The key of a server, if the user has one; `own`: whether the variable's is for it.
pub(super) fn key(
    base: &Url,
    of_server: Option<&OfServer>,
    own: bool,
    ui: &Ui,
) -> Result<Option<Key>, Failure> {
    let set = env::var(VARIABLE)
        .ok()
        .filter(|text| !text.trim().is_empty());
    if let Some(text) = &set {
        if own {
            return named(text, VARIABLE).map(Some);
        }
        let host = base.host_str().unwrap_or_default();
        ui.note(&format!(
            "{host} is asked without the key of {VARIABLE}, which is for another server; if it is for this one: --bugzilla {base}"
        ));
    }
    if let Some(file) = of_server.and_then(|server| server.key_file.as_deref()) {
        // As users write it: shells are not asked here.
        let file = paths::home()?.join(file.strip_prefix("~").unwrap_or(file));
        return of_file(&file)?
            .map(Some)
            .ok_or_else(|| Failure::new(format!("there is no {}", file.display())));
    }
    if let Some(command) = of_server.and_then(|server| server.key_command.as_deref()) {
        return of_command(command).map(Some);
    }
    let host = base.host_str().unwrap_or_default();
    let usual = paths::config()?.join(format!("{host}.key"));
    match of_file(&usual)? {
        Some(key) => Ok(Some(key)),
        None => Ok(of_keyring(host)),
    }
}

fn named(text: &str, whose: &str) -> Result<Key, Failure> {
    let failure = || Failure::new(format!("{whose} holds no API key: a key is one word"));
    Key::new(text).ok_or_else(failure)
}

fn of_file(path: &Path) -> Result<Option<Key>, Failure> {
    let failed =
        |error: &io::Error| Failure::new(format!("{} cannot be read: {error}", path.display()));
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error)),
    };
    let metadata = fs::metadata(path).map_err(|error| failed(&error))?;
    if is_open(&metadata) {
        let what = format!("others may read the API key in {}", path.display());
        let hint = format!("make a new key, and: chmod 600 {}", path.display());
        return Err(Failure::new(what).hint(hint));
    }
    named(&text, &path.display().to_string()).map(Some)
}

/// Whether anybody but the user may read or change a file.
#[cfg(unix)]
fn is_open(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_metadata: &fs::Metadata) -> bool {
    false
}

/// A command that the user has set for it: if it fails, that is said.
fn of_command(command: &[String]) -> Result<Key, Failure> {
    let [program, arguments @ ..] = command else {
        return Err(Failure::new("key-command names no program"));
    };
    let failed = |what: &str| Failure::new(format!("the key's command `{program}` {what}"));
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = command
        .output()
        .map_err(|error| failed(&format!("cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(failed("failed"));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    // Password managers print notes behind the first line.
    Key::new(text.lines().next().unwrap_or_default()).ok_or_else(|| failed("printed no key"))
}

/// What the desktop's keyring has, by the commands that come with it.
fn of_keyring(host: &str) -> Option<Key> {
    let mut command = if cfg!(target_os = "macos") {
        let mut security = Command::new("security");
        security.args(["find-generic-password", "-s", "fixtrail", "-a", host, "-w"]);
        security
    } else {
        let mut secret_tool = Command::new("secret-tool");
        secret_tool.args(["lookup", "service", "fixtrail", "server", host]);
        secret_tool
    };
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    Key::new(&String::from_utf8(output.stdout).ok()?)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn files_for_the_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(of_file(&path).unwrap().is_none());
        fs::write(&path, "abc\n").unwrap();
        for (mode, is_read) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o620, false),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(of_file(&path).is_ok(), is_read, "{mode:o}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "two words\n").unwrap();
        let failure = of_file(&path).unwrap_err();
        assert!(!failure.line().contains("words\n") && failure.line().contains("no API key"));
    }

    #[test]
    fn commands_print_the_key_first() {
        let command = |script: &str| ["sh", "-c", script].map(str::to_owned);
        assert_eq!(
            of_command(&command("echo abc; echo note")).unwrap(),
            Key::new("abc").unwrap()
        );
        for bad in ["exit 1", "echo", "echo a b"] {
            assert!(of_command(&command(bad)).is_err(), "{bad}");
        }
        assert!(of_command(&[]).is_err());
    }
}
