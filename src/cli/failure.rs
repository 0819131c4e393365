//! A failed command: what and why in one line, and what to do next.

use std::error::Error;
use std::fs;
use std::io;
use std::iter;

use fixtrail_index::history::CloneError;
use fixtrail_index::{CorpusError, IndexError, Recipe};

use crate::download::{self, DownloadError};
use crate::eval::CasesError;
use crate::evidence::core::storage::StorageError;
use crate::evidence::core::{ContainerError, CoreError};
#[cfg(target_os = "linux")]
use crate::evidence::live::{LiveError, Refusal, SaveError};
use crate::http::TransportError;
use crate::issues::github::FetchError;

/// Why a command failed.
#[derive(Debug)]
pub(super) struct Failure {
    error: Box<dyn Error>,
    hints: Vec<String>,
}

impl Failure {
    pub(super) fn new(error: impl Into<Box<dyn Error>>) -> Self {
        Self {
            error: error.into(),
            hints: Vec::new(),
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    fn hint_if(self, hint: Option<impl Into<String>>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    pub(super) fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The error with all its causes, in one line.
    pub(super) fn line(&self) -> String {
        one_line(&*self.error)
    }

    pub(super) fn is_broken_pipe(&self) -> bool {
        let error = self.error.downcast_ref::<io::Error>();
        error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// An error with all its causes, in one line.
pub(super) fn one_line(error: &(dyn Error + 'static)) -> String {
    let causes = iter::successors(Some(error), |&error| error.source());
    let mut words: Vec<String> = causes.map(ToString::to_string).collect();
    // Transparent wrappers repeat their cause.
    words.dedup();
    words.join(": ")
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(error)
    }
}

impl From<IndexError> for Failure {
    fn from(error: IndexError) -> Self {
        let hint = match &error {
            IndexError::NoIndex { .. } | IndexError::Damaged { .. } | IndexError::Record(_) => {
                Some("build one from a clone: fixtrail index build ~/src/cpython".to_owned())
            }
            IndexError::Search(_) => Some(
                "if the index is damaged, build it anew: fixtrail index build CLONE".to_owned(),
            ),
            IndexError::Format { recipe, .. } => Some(build_anew(recipe.as_ref())),
            IndexError::Busy { .. } => {
                Some("the old index still answers; try again when that build is done".to_owned())
            }
            IndexError::OtherHistory { .. } => Some(
                "give it an index of its own: fixtrail index build --upstream NAME CLONE".to_owned(),
            ),
            IndexError::UpstreamName { .. } => {
                Some("name the project: fixtrail index build --upstream NAME CLONE".to_owned())
            }
            IndexError::NoClone { facts: true, .. } => Some(
                "built-in facts come with the program; for titles and newer fixes: fixtrail index build CLONE"
                    .to_owned(),
            ),
            IndexError::NoClone { facts: false, .. } => {
                Some("name one of the same project: fixtrail index update CLONE".to_owned())
            }
            IndexError::Corpus { source, .. } => match source {
                CorpusError::Version { found, known } if found > known => {
                    Some("a newer fixtrail wrote it; install that".to_owned())
                }
                CorpusError::NoCorpus => {
                    Some("make one: fixtrail index export FILE".to_owned())
                }
                _ => Some("the index is as it was; copy or fetch the file again".to_owned()),
            },
            IndexError::Clone(CloneError::NotOwned { path, .. }) => Some(format!(
                "if you trust it: git config --global --add safe.directory {}",
                path.display()
            )),
            IndexError::Clone(CloneError::NotARepository { .. }) => Some(
                "give the folder of a clone: git clone https://github.com/python/cpython".to_owned(),
            ),
            IndexError::Clone(CloneError::Unsupported { .. }) => Some(
                "give a clone in git's usual form, with SHA-1 object names and references as files"
                    .to_owned(),
            ),
            IndexError::Clone(CloneError::NoCommits { .. }) => {
                Some("fetch some first: git fetch --all --tags".to_owned())
            }
            _ => None,
        };
        Self::new(error).hint_if(hint)
    }
}

fn build_anew(recipe: Option<&Recipe>) -> String {
    let clone = recipe.map_or_else(|| "CLONE".into(), |recipe| recipe.clone.to_string_lossy());
    format!("build it anew: fixtrail index build {clone}")
}

impl From<CasesError> for Failure {
    fn from(error: CasesError) -> Self {
        Self::new(error).hint("name a folder of cases, each a folder with a case.json")
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        const AGAIN: &str = "give the same command again: it goes on from what is here";
        let hint = match &error {
            FetchError::NotGithub { .. } => {
                Some("name one: fixtrail issues fetch github:OWNER/NAME")
            }
            FetchError::Unprotected { .. } => {
                Some("give its https address: --api https://HOST/api/v3/")
            }
            FetchError::Token => {
                Some("make another at https://github.com/settings/tokens, or log in: gh auth login")
            }
            FetchError::NoRepository { .. } => {
                Some("see whether its name is right, and whether the token may read it")
            }
            FetchError::Limited { .. } => {
                Some("give the same command again after that time: it goes on from what is here")
            }
            FetchError::Import(_) => Some("what had come before is kept"),
            FetchError::Client(_) => Some("see http_proxy and https_proxy"),
            _ => Some(AGAIN),
        };
        Self::new(error).hint_if(hint)
    }
}

impl From<DownloadError> for Failure {
    fn from(error: DownloadError) -> Self {
        use download::Failure as Cause;
        const ADDRESS: &str = "see whether the address is still right";
        const AGAIN: &str = "give the same command again: it goes on from what is here";
        let hint = match &error {
            DownloadError::Address { .. } => Some("give the address of a file: https://HOST/FILE"),
            DownloadError::Busy { .. } => Some("try again when that one is done"),
            DownloadError::Full { .. } => Some("make room, and give the same command again"),
            DownloadError::Checksum { .. } => Some(
                "the file is damaged or another one; ask for its sum where you have the address from",
            ),
            DownloadError::Server { failure, .. } => match failure {
                Cause::Page => Some("open the address in a browser: it may want a login"),
                Cause::NoChecksum { .. } => Some("give the sum yourself: --sha256 HEX"),
                Cause::TooLarge { .. } | Cause::Encoding(_) => None,
                Cause::Transport(TransportError::Redirect(_)) => Some(ADDRESS),
                Cause::Status { status, .. } if (400..429).contains(status) => Some(ADDRESS),
                _ => Some(AGAIN),
            },
            _ => None,
        };
        Self::new(error).hint_if(hint)
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        let mut hints = Vec::new();
        match &error {
            StorageError::Folder { .. } => {
                hints.push("name the folder that holds the cores: --dir DIR".to_owned());
                hints.extend(core_pattern());
            }
            StorageError::NoMatch { problems, .. } => {
                hints.extend(problems.iter().map(|problem| problem.what.clone()));
                hints.push("see what there is: fixtrail cores".to_owned());
            }
            StorageError::Unreadable { .. } => hints.push(
                "name another by its process number (fixtrail cores), or run as the user whose process it was"
                    .to_owned(),
            ),
            StorageError::Journal { .. } => hints.push(
                "ask by process number, executable or name; to read the journal, be in the group systemd-journal"
                    .to_owned(),
            ),
        }
        hints.into_iter().fold(Self::new(error), Self::hint)
    }
}

/// Where the kernel sends cores, if not to systemd-coredump.
pub(super) fn core_pattern() -> Option<String> {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").ok()?;
    let pattern = pattern.trim_end();
    (!pattern.contains("systemd-coredump")).then(|| {
        format!(
            "the kernel does not send cores to systemd-coredump: its core_pattern is `{pattern}`"
        )
    })
}

impl From<ContainerError> for Failure {
    fn from(error: ContainerError) -> Self {
        let hint = match &error {
            ContainerError::Temporary { .. } => {
                Some("name another folder for temporary files: TMPDIR=DIR")
            }
            ContainerError::Read { source, .. }
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                Some("cores belong to the user whose process died; root can read all of them")
            }
            _ => None,
        };
        Self::new(error).hint_if(hint)
    }
}

impl From<CoreError> for Failure {
    fn from(error: CoreError) -> Self {
        let hint = match &error {
            CoreError::Container(_) => None,
            CoreError::Unsupported { reader, .. } => Some(*reader),
            CoreError::NotACore { .. } => Some(
                "give the core that the program left: fixtrail cores lists those that systemd-coredump keeps",
            ),
            _ => Some("take a whole core: see the limits of core(5) and of coredump.conf(5)"),
        };
        let failure = match error {
            CoreError::Container(error) => return error.into(),
            other => Self::new(other),
        };
        failure.hint_if(hint)
    }
}

#[cfg(target_os = "linux")]
impl From<LiveError> for Failure {
    fn from(error: LiveError) -> Self {
        let hint = match &error {
            LiveError::NoProcess { .. } => Some("see which there are: ps -e".to_owned()),
            LiveError::Traced { tracer, .. } => Some(format!(
                "end that first: process {tracer}; or read the process as it runs: --no-stop"
            )),
            LiveError::Refused { why, .. } => Some(permit(why)),
            LiveError::Save(error) => save_hint(error),
            LiveError::Replaced { .. } => Some("give the same command again".to_owned()),
            _ => None,
        };
        Self::new(error).hint_if(hint)
    }
}

#[cfg(target_os = "linux")]
impl From<SaveError> for Failure {
    fn from(error: SaveError) -> Self {
        LiveError::from(error).into()
    }
}

#[cfg(target_os = "linux")]
fn save_hint(error: &SaveError) -> Option<String> {
    let words = match error {
        SaveError::Exists { .. } => "name another file, or remove that one",
        SaveError::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
            "make room, or name a file on another disk"
        }
        _ => return None,
    };
    Some(words.to_owned())
}

#[cfg(target_os = "linux")]
fn permit(why: &Refusal) -> String {
    let words = match why {
        Refusal::OtherUser { .. } => "run as that user, or as root",
        Refusal::PtraceScope(3) => "only a restart takes that back; take a core instead",
        Refusal::PtraceScope(_) => "run as root, or allow it: sysctl kernel.yama.ptrace_scope=0",
        Refusal::Capability => {
            "start the container with --cap-add SYS_PTRACE, or run outside of it"
        }
        _ => "run as root",
    };
    words.to_owned()
}
