//! `index fetch`.

use clap::Args;
use fixtrail_index::IndexError;
use indicatif::HumanBytes;
use reqwest::Url;

use super::corpora;
use crate::cli::failure::Failure;
use crate::cli::progress::DownloadProgress;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, paths, proxies};
use crate::download::{self, Checksum, Settings};
use crate::http;

/// Fetch a file that `index export` wrote, and import it
///
/// What was cut off is gone on with by the next call. A file FILE.sha256 beside it, in the form of sha256sum, is what its
/// checksum is compared with.
#[derive(Debug, Args)]
pub(in crate::cli) struct Fetch {
    /// Its address: https://HOST/FILE
    url: String,
    /// The SHA-256 that it must have [default: what the server says in FILE.sha256]
    #[arg(long, value_name = "HEX")]
    sha256: Option<Checksum>,
}

pub(super) fn fetch(args: &Fetch, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let settings = Settings {
        sha256: args.sha256,
        proxies: proxies::from_environment(),
        ..Settings::default()
    };
    let progress = DownloadProgress::new(ui);
    // An address that is none is refused in a moment.
    let shown = Url::parse(&args.url).map_or_else(|_| String::new(), |url| http::shown(&url));
    let mut observer = |event: download::Progress<'_>| progress.download(&shown, event);
    let file = download::download(&args.url, &paths::fetched()?, &settings, &mut observer)?;
    if file.resumed > 0 {
        ui.status(&format!("went on after {}", HumanBytes(file.resumed)));
    }
    if file.checked.is_none() {
        ui.note("the server has no .sha256 of the file: only the checksum inside was compared");
    }
    let upstreams = paths::upstreams(global)?;
    let imported = corpora::import_from(&file.path, &upstreams, ui);
    // Kept for the next call, unless it is of no use for it either.
    let is_damaged = matches!(imported, Err(IndexError::Corpus { .. }));
    if imported.is_ok() || is_damaged {
        file.discard()?;
    }
    corpora::describe_all(&imported?, global, ui)?;
    Ok(exit::FOUND)
}
