//! What is remembered of servers between calls: how they take the key; and which of their bugs are being written to.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;

use reqwest::Url;
use tempfile::NamedTempFile;

use crate::bugzilla::AuthForm;
use crate::cli::failure::Failure;
use crate::cli::paths;
use crate::cli::ui::Ui;
use crate::signature::short_hash;

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

/// Keeps other calls of this machine from writing to a bug, until it is dropped. Two that look at the same time whether a
/// comment is there would both post it.
pub(in crate::cli) fn lock(base: &Url, bug: u64, ui: &Ui) -> Result<Option<File>, Failure> {
    let server = short_hash(base.as_str());
    let folder = paths::bugzilla()?.join("locks");
    let opened = fs::create_dir_all(&folder)
        .and_then(|()| File::create(folder.join(format!("{server}-{bug}"))));
    match opened {
        Ok(file) => {
            file.lock()?;
            Ok(Some(file))
        }
        Err(error) => {
            ui.note(&format!(
                "another fixtrail on this machine would not be noticed: {error}"
            ));
            Ok(None)
        }
    }
}
