//! One large file from a server, such as the corpus of a prebuilt index.
//!
//! In: an address, and a folder. Out: the file, checked by its SHA-256 where one is known. What has come of it stays in the
//! folder whatever happens, killed or cut off, and the next call for the same address asks only for the rest, if the server
//! can tell that the rest is of the same file.

mod checksum;
mod error;
mod expected;
mod lock;
mod page;
mod part;
mod resume;
mod server;
mod settings;
mod transfer;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use checksum::{Checksum, ChecksumError};
pub use error::{DownloadError, Failure};
use part::Part;
use reqwest::Url;
use server::Server;
pub use settings::Settings;
use transfer::Transfer;

use crate::http;

/// How a download goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// So much of the file is here, what an earlier call left included.
    Received {
        /// Bytes.
        done: u64,
        /// Of as many, if the server says so.
        total: Option<u64>,
    },
    /// The server failed in a way that may pass. It will be asked again.
    Waiting {
        /// What went wrong.
        failure: &'a Failure,
        /// In how long.
        pause: Duration,
    },
}

/// A file that is here. No other call fetches into its folder while this lives.
#[derive(Debug)]
pub struct Downloaded {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// How much of it an earlier call had left.
    pub resumed: u64,
    /// The sum that it was expected to have, and has. `None`: nobody knew one.
    pub checked: Option<Checksum>,
    part: Part,
}

impl Downloaded {
    /// Removes the file, once it has served or was found to be of no use. Without this it stays, and the next call finds it.
    ///
    /// # Errors
    ///
    /// [`DownloadError::File`] if it cannot be removed.
    pub fn discard(self) -> Result<(), DownloadError> {
        self.part.remove()
    }
}

/// Brings the file at an address into a folder, which is made where there is none. Only https is asked, and http on this
/// machine. `observer` is told how it goes.
///
/// # Errors
///
/// [`DownloadError::Address`] and [`DownloadError::Busy`] before anything is asked; the others whenever they happen. Where
/// the same call may succeed later, it goes on from what is here.
pub fn download(
    url: &str,
    folder: &Path,
    settings: &Settings,
    observer: &mut dyn FnMut(Progress<'_>),
) -> Result<Downloaded, DownloadError> {
    let url = address(url)?;
    let mut part = Part::open(folder, http::anonymous(&url).as_str())?;
    let mut server = Server::new(settings, observer)?;
    let expected = match settings.sha256 {
        Some(sum) => Some(sum),
        None => expected::expected(&mut server, &url)?,
    };
    server.persist(&url, |server| {
        let (url, part) = (&url, &mut part);
        Transfer { server, url, part }.run()
    })?;
    if let Some(expected) = expected {
        check(&mut part, &url, expected)?;
    }
    Ok(Downloaded {
        path: part.path().to_owned(),
        bytes: part.len(),
        resumed: part.kept(),
        checked: expected,
        part,
    })
}

fn address(text: &str) -> Result<Url, DownloadError> {
    let refused = |why: String| DownloadError::Address { why };
    let mut url = Url::parse(text).map_err(|error| refused(error.to_string()))?;
    url.set_fragment(None);
    match url.scheme() {
        "https" => Ok(url),
        "http" if http::is_loopback(&url) => Ok(url),
        "http" => Err(refused("http is not protected, https is".to_owned())),
        scheme => Err(refused(format!("it starts with {scheme}, not with https"))),
    }
}

/// Compares sums. A wrong file is of no use to the next call either.
fn check(part: &mut Part, url: &Url, expected: Checksum) -> Result<(), DownloadError> {
    let found = part.sum()?;
    if found == expected {
        return Ok(());
    }
    part.remove()?;
    Err(DownloadError::Checksum {
        url: http::shown(url),
        expected,
        found,
    })
}
