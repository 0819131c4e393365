//! The checksum that a server has beside a file.

use std::io::Read as _;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{StatusCode, Url};

use super::error::Stop;
use super::page::is_page;
use super::server::{Server, refused};
use super::{Checksum, DownloadError, Failure};

/// More than lists of a few files need.
const LIMIT: u64 = 64 * 1024;

/// Asks for the list of checksums beside a file. `None`: there is no list.
pub(super) fn expected(
    server: &mut Server<'_>,
    url: &Url,
) -> Result<Option<Checksum>, DownloadError> {
    let mut list = url.clone();
    list.set_path(&format!("{}.sha256", url.path()));
    let name = url.path().rsplit('/').next().unwrap_or_default();
    server.persist(&list, |server| ask(server, &list, name))
}

fn ask(server: &mut Server<'_>, list: &Url, name: &str) -> Result<Option<Checksum>, Stop> {
    let mut answer = server.get(list, HeaderMap::new())?;
    match answer.status() {
        StatusCode::OK => {}
        // Object stores that list nothing to strangers say of a missing file that it is forbidden.
        StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => return Ok(None),
        _ => return Err(refused(&answer).into()),
    }
    let mut text = Vec::new();
    let read = answer.by_ref().take(LIMIT).read_to_end(&mut text);
    read.map_err(|error| Failure::reading(&answer, &error, text.len() as u64, None))?;
    if is_page(answer.header(CONTENT_TYPE.as_str()), &text) {
        return Err(Failure::Page.into());
    }
    let sum = Checksum::in_list(&String::from_utf8_lossy(&text), name);
    let name = name.to_owned();
    Ok(Some(sum.ok_or(Failure::NoChecksum { name })?))
}
