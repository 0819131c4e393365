//! `issues fetch`.

use clap::Args;
use fixtrail_index::CPYTHON;
use reqwest::Url;

use crate::cli::failure::Failure;
use crate::cli::progress::FetchProgress;
use crate::cli::ui::Ui;
use crate::cli::{Global, exit, github_token, paths, proxies};
use crate::issues::Place;
use crate::issues::github::{self, Settings};
use crate::report;

/// Fetch what has changed in the issues of a repository on GitHub since the last fetch
///
/// All of them the first time, which takes hours for a large project: GitHub answers 5,000 requests an hour with a token, 60
/// without. Interrupted, the same command goes on. The token is that of GH_TOKEN or GITHUB_TOKEN (of other hosts
/// GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN), else that of `gh`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Fetch {
    /// The repository: github:OWNER/NAME, or its address
    repository: Place,
    /// Address of the API [default: that of github.com, or of a repository elsewhere /api/v3/ of its host]
    #[arg(long, value_name = "URL")]
    api: Option<Url>,
    /// The upstream whose fixes the issues lead to [default: the one that is called as the repository, else cpython]
    #[arg(long, value_name = "NAME")]
    upstream: Option<String>,
}

pub(super) fn fetch(args: &Fetch, global: &Global, ui: &Ui) -> Result<u8, Failure> {
    let base = args
        .api
        .clone()
        .map_or_else(|| usual(&args.repository), Ok)?;
    let mut settings = Settings::new(folder(base), github_token::token(args.repository.host()));
    settings.proxies = proxies::from_environment();
    if settings.token.is_none() {
        ui.note(
            "without a token GitHub answers 60 requests an hour: `gh auth login`, or set GH_TOKEN",
        );
    }
    let mut writer = super::store(&upstream(args, global)?, global)?.writer()?;
    let progress = FetchProgress::new(ui);
    let fetched = github::fetch(&args.repository, &settings, &mut writer, &|event| {
        progress.show(event)
    });
    progress.finish();
    let fetched = fetched?;
    writer.finish()?;
    for why in &fetched.imported.reasons {
        ui.note(&format!("skipped {why}"));
    }
    if global.json {
        ui.json(&report::fetched_json(&fetched))?;
    } else {
        ui.answer(&report::fetched_text(&fetched))?;
    }
    Ok(exit::FOUND)
}

fn upstream(args: &Fetch, global: &Global) -> Result<String, Failure> {
    if let Some(name) = &args.upstream {
        return Ok(name.clone());
    }
    let called = args
        .repository
        .tracker
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let known = paths::upstreams(global)?.names()?;
    let known = known
        .into_iter()
        .find(|name| name.eq_ignore_ascii_case(called));
    Ok(known.unwrap_or_else(|| CPYTHON.to_owned()))
}

fn usual(place: &Place) -> Result<Url, Failure> {
    let address = match place.host() {
        "github.com" => "https://api.github.com/".to_owned(),
        host => format!("https://{host}/api/v3/"),
    };
    address.parse().map_err(Failure::new)
}

/// Paths are joined to the folder that an address is of.
fn folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}
