//! Programs of the system that some tests need.

use std::env;
use std::path::PathBuf;

/// Where a program is. Without it a test is skipped, but not where the project's checks run, which must not pass by
/// skipping.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        assert!(
            env::var_os("CI").is_none_or(|value| value != "true"),
            "there is no {name}"
        );
        #[expect(clippy::print_stderr, reason = "shown by the test runner")]
        {
            eprintln!("skipped: there is no {name}");
        }
    }
    found
}
