//! What is remembered of servers between calls: how they take the key.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use reqwest::Url;
use tempfile::NamedTempFile;

use crate::bugzilla::AuthForm;
use crate::cli::paths;

type Forms = BTreeMap<String, AuthForm>;

fn file() -> Option<PathBuf> {
    Some(paths::bugzilla().ok()?.join("forms.json"))
}

fn forms() -> Forms {
    let text = file().and_then(|path| fs::read(path).ok());
    // What cannot be read is found out again.
    text.and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default()
}

/// How a server took the key the last time.
pub(super) fn form(base: &Url) -> Option<AuthForm> {
    forms().get(base.as_str()).copied()
}

/// Keeps that for the next time; where nothing can be written, it is found out each time.
pub(super) fn remember(base: &Url, form: AuthForm) {
    let mut forms = forms();
    forms.insert(base.to_string(), form);
    let _kept = write(&forms);
}

fn write(forms: &Forms) -> Option<()> {
    let path = file()?;
    let folder = path.parent()?;
    fs::create_dir_all(folder).ok()?;
    let mut new = NamedTempFile::new_in(folder).ok()?;
    new.write_all(&serde_json::to_vec(forms).ok()?).ok()?;
    new.persist(path).ok()?;
    Some(())
}
