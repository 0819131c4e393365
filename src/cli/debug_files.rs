//! Where a core's programs and debug files are looked for: flags, else what elfutils' and gdb's users have set.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use super::failure::Failure;
use super::paths;
use super::progress::DownloadProgress;
use super::proxies;
use super::ui::Ui;
use crate::stack::DebugFiles;
use crate::stack::debuginfod::{Client, Settings};

/// Options of commands that read a core.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Cores")]
pub(super) struct DebugFileOptions {
    /// The executable, where it is not where the process had it
    #[arg(long, value_name = "FILE")]
    exe: Option<PathBuf>,
    /// Root of the file system that the process saw: a container, another machine
    #[arg(long, value_name = "DIR")]
    sysroot: Option<PathBuf>,
    /// Another folder laid out like /usr/lib/debug; may be given again
    #[arg(long = "debug-dir", value_name = "DIR")]
    debug_dirs: Vec<PathBuf>,
    /// Servers to ask for missing debug files, separated by blanks; '' for none
    #[arg(
        long,
        value_name = "URLS",
        env = "DEBUGINFOD_URLS",
        hide_env_values = true
    )]
    debuginfod: Option<String>,
}

impl DebugFileOptions {
    pub(super) fn resolve(&self, ui: &Ui) -> Result<DebugFiles, Failure> {
        for (dir, flag) in [(&self.sysroot, "--sysroot"), (&self.exe, "--exe")] {
            if let Some(path) = dir
                && !path.exists()
            {
                let what = format!("there is no {}", path.display());
                return Err(Failure::new(what).hint(format!("give another with {flag}")));
            }
        }
        Ok(DebugFiles {
            sysroot: self.sysroot.clone(),
            executable: self.exe.clone(),
            debug_dirs: self.debug_dirs.clone(),
            debuginfod: self.client(ui)?,
        })
    }

    /// No client unless servers are named: nothing is fetched unasked.
    fn client(&self, ui: &Ui) -> Result<Option<Client>, Failure> {
        let urls = Settings::parse_urls(self.debuginfod.as_deref().unwrap_or_default());
        if urls.is_empty() {
            return Ok(None);
        }
        let mut settings = Settings::new(paths::debuginfod_cache()?);
        settings.urls = urls;
        let seconds =
            |name| limit(name).map(|limit| limit.map_or(Duration::MAX, Duration::from_secs));
        settings.timeout = seconds("DEBUGINFOD_TIMEOUT").unwrap_or(settings.timeout);
        settings.max_time = seconds("DEBUGINFOD_MAXTIME").unwrap_or(settings.max_time);
        let bytes = limit("DEBUGINFOD_MAXSIZE").map(|limit| limit.unwrap_or(u64::MAX));
        settings.max_bytes = bytes.unwrap_or(settings.max_bytes);
        settings.proxies = proxies::from_environment();
        let observer = Box::new(DownloadProgress::new(ui));
        Ok(Some(Client::new(settings, observer)))
    }
}

/// A limit that the C client knows, too; its 0 is no limit.
fn limit(name: &str) -> Option<Option<u64>> {
    let number = env::var(name).ok()?.trim().parse().ok()?;
    Some(Some(number).filter(|&number| number > 0))
}
