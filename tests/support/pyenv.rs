//! The Pythons that pyenv built on this machine. Shared with unit tests, as `core.rs` is.

use std::env;
use std::path::{Path, PathBuf};

/// The folder of the newest version of a series, and the version. Without any pyenv a test is skipped; one that lacks a
/// series is a fault of the machine that the project's checks run on.
pub(crate) fn newest(series: &str) -> Option<(PathBuf, String)> {
    let root = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let root = root.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".pyenv")))?;
    let Ok(versions) = root.join("versions").read_dir() else {
        skip("pyenv");
        return None;
    };
    let names = versions.flatten().map(|entry| entry.file_name());
    let names = names.filter_map(|name| name.into_string().ok());
    let prefix = format!("{series}.");
    let Some(version) = names.filter(|name| name.starts_with(&prefix)).max() else {
        assert!(env::var_os("CI").is_none(), "pyenv has no Python {series}");
        skip(&format!("Python {series}"));
        return None;
    };
    Some((root.join("versions").join(&version), version))
}

/// Says that a test is skipped.
#[expect(clippy::print_stderr, reason = "shown by the test runner")]
pub(crate) fn skip(what: &str) {
    eprintln!("skipped: there is no {what}");
}
