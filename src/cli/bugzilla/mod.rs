//! Which Bugzilla is asked, and as whom.

mod config;
mod hints;
mod journal;
mod keys;
mod lock;
mod memory;
mod reading;

use std::fs;
use std::path::PathBuf;

use clap::Args;
pub(super) use journal::Journal;
pub(super) use lock::BugLock;
pub(super) use reading::{ReadError, Reading};
use reqwest::Url;

use super::failure::Failure;
use super::ui::Ui;
use super::{paths, proxies};
use crate::bugzilla::{BugPlace, Observer, Progress, Server, Settings};
use config::Config;

/// Options of commands that ask a Bugzilla.
#[derive(Debug, Args)]
#[command(next_help_heading = "Bugzilla")]
pub(super) struct BugzillaOptions {
    /// Address of the Bugzilla [default: that of bugzilla.toml, else bugzilla.redhat.com]. The key of
    /// FIXTRAIL_BUGZILLA_API_KEY is for this one alone
    #[arg(
        long,
        value_name = "URL",
        env = "FIXTRAIL_BUGZILLA_URL",
        hide_env_values = true
    )]
    bugzilla: Option<Url>,
    /// Certificates (PEM) of authorities that are trusted for it, beside the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// Where bugs are of whom nobody says where they are.
const USUAL: &str = "https://bugzilla.redhat.com/";

/// The server of a bug, or the one that is asked unless another is named.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) settings: Settings,
}

impl BugzillaOptions {
    /// How the server of a bug is asked; with the user's key where the command `posts`, or where it is the user's own server.
    pub(super) fn choose(
        &self,
        place: Option<&BugPlace>,
        posts: bool,
        ui: &Ui,
    ) -> Result<Chosen, Failure> {
        let config = Config::read()?;
        let own = self.bugzilla.clone().or_else(|| config.default.clone());
        let own = own.map_or_else(|| USUAL.parse().map_err(Failure::new), Ok)?;
        let own = Settings::new(own, None).base;
        let base = place
            .and_then(|place| place.base.clone())
            .unwrap_or_else(|| own.clone());
        let mut settings = Settings::new(base, None);
        let of_server = config.server(&settings.base);
        settings.key = keys::key(&settings.base, of_server, settings.base == own || posts, ui)?;
        settings.form = match of_server.and_then(|server| server.auth) {
            Some(form) => Some(form),
            None => memory::form(&settings.base),
        };
        settings.proxies = proxies::from_environment();
        let authorities = self
            .ca
            .as_ref()
            .or(of_server.and_then(|server| server.ca.as_ref()));
        settings.authorities = authorities.map(certificates).transpose()?;
        Ok(Chosen { settings })
    }
}

fn certificates(path: &PathBuf) -> Result<Vec<u8>, Failure> {
    fs::read(path)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", path.display())))
}

impl Chosen {
    pub(super) fn server<'a>(&'a self, observer: &'a Observer<'a>) -> Result<Server<'a>, Failure> {
        Ok(Server::new(&self.settings, observer)?)
    }

    /// Keeps what was found out of the server for the next time.
    pub(super) fn remember(&self, server: &Server<'_>) {
        if let Some(form) = server
            .form()
            .filter(|form| self.settings.form != Some(*form))
        {
            memory::remember(&self.settings.base, form);
        }
    }
}

/// Says what goes on while a server is asked.
pub(super) fn say(ui: &Ui, progress: &Progress<'_>) {
    match progress {
        Progress::Waiting { problem, pause } => ui.note(&format!(
            "{problem}; asking again in {} s",
            pause.as_secs_f32().ceil()
        )),
        Progress::Settling { problem } => ui.note(&format!(
            "{problem}; looking whether it was stored before it is sent again"
        )),
    }
}

/// The folder of the configuration, for hints.
fn config_file() -> String {
    paths::config().map_or_else(
        |_| "fixtrail/bugzilla.toml".to_owned(),
        |folder| folder.join(config::FILE).display().to_string(),
    )
}
