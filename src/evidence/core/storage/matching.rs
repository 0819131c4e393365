//! Which cores are meant: `coredumpctl`'s words for them.

use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{Journal, Listing, Presence, StorageError, StoredCore, list};

/// What cores are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Match {
    /// Digits: a process number.
    Pid(u32),
    /// With a slash: the path of the executable, or a link to it.
    Executable(PathBuf),
    /// With the ending of a unit (`.service`, `.scope`): a unit of the system or of a user.
    Unit(String),
    /// Anything else: the kernel's name of the process.
    Name(String),
}

/// Endings of the units that processes run in.
const UNITS: [&str; 7] = [
    ".service",
    ".scope",
    ".slice",
    ".socket",
    ".mount",
    ".automount",
    ".swap",
];

impl FromStr for Match {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        Ok(if let (true, Ok(pid)) = (digits, text.parse()) {
            Self::Pid(pid)
        } else if text.contains('/') {
            let path = std::path::absolute(text);
            Self::Executable(path.unwrap_or_else(|_| PathBuf::from(text)))
        } else if UNITS.iter().any(|ending| text.ends_with(ending)) {
            Self::Unit(text.to_owned())
        } else {
            Self::Name(text.to_owned())
        })
    }
}

impl fmt::Display for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pid(pid) => write!(f, "process {pid}"),
            Self::Executable(path) => write!(f, "executable {}", path.display()),
            Self::Unit(unit) => write!(f, "unit {unit}"),
            Self::Name(name) => write!(f, "a process named {name}"),
        }
    }
}

/// The cores that are meant; the problems are those of the choice alone.
///
/// # Errors
///
/// When a unit is asked for and the journal does not answer.
pub fn matching(
    cores: &[StoredCore],
    wanted: &Match,
    journal: &Journal,
) -> Result<Listing, StorageError> {
    let only = |keep: &dyn Fn(&StoredCore) -> bool| Listing {
        cores: cores.iter().filter(|core| keep(core)).cloned().collect(),
        problems: Vec::new(),
    };
    Ok(match wanted {
        Match::Pid(pid) => only(&|core| core.pid == *pid),
        Match::Name(name) => only(&|core| core.name == *name),
        Match::Executable(path) => {
            let target = path.canonicalize().ok();
            let mut listing = only(&|core| is_executable(core, path, target.as_deref()));
            let silent = cores
                .iter()
                .filter(|core| core.executable.is_none())
                .count();
            if silent > 0 {
                listing.problem(format!(
                    "cores that do not say their executable, to be asked for by name or process: {silent}"
                ));
            }
            listing
        }
        Match::Unit(unit) => of_unit(cores, unit, journal)?,
    })
}

fn is_executable(core: &StoredCore, path: &Path, target: Option<&Path>) -> bool {
    core.executable.as_deref().is_some_and(|executable| {
        // The kernel's words for a file that an update has replaced.
        let executable = Path::new(executable.trim_end_matches(" (deleted)"));
        executable == path || Some(executable) == target
    })
}

fn of_unit(cores: &[StoredCore], unit: &str, journal: &Journal) -> Result<Listing, StorageError> {
    let entries = journal.entries(unit)?;
    let mut listing = Listing::default();
    for core in cores {
        if let Some(entry) = entries.iter().find(|entry| entry.is_of(core)) {
            let mut core = core.clone();
            if entry.truncated() {
                core.truncated = Some(true);
            }
            listing.cores.push(core);
        }
    }
    let gone = entries
        .iter()
        .filter(|entry| !cores.iter().any(|core| entry.is_of(core)));
    match gone.count() {
        0 => {}
        count => listing.problem(format!(
            "crashes of {unit} in the journal whose cores are not in the folder: {count}"
        )),
    }
    Ok(listing)
}

/// The newest core that is meant.
///
/// # Errors
///
/// When there is none, or when it cannot be read: an older one would be of another crash.
pub fn newest(dir: &Path, wanted: &Match, journal: &Journal) -> Result<StoredCore, StorageError> {
    let Listing {
        mut cores,
        problems,
    } = matching(&list(dir)?.cores, wanted, journal)?;
    let Some(core) = cores.pop() else {
        return Err(StorageError::NoMatch {
            dir: dir.to_owned(),
            wanted: wanted.clone(),
            problems,
        });
    };
    let why = match core.presence {
        Presence::Present => return Ok(core),
        Presence::Inaccessible => "cannot be read",
        Presence::Empty => "is empty",
    };
    Err(StorageError::Unreadable {
        wanted: wanted.clone(),
        path: core.path,
        why,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_cores() {
        for (text, words) in [
            ("4711", "process 4711"),
            ("+5", "a process named +5"),
            ("99999999999", "a process named 99999999999"),
            ("/usr/bin/./python3", "executable /usr/bin/python3"),
            ("my.service", "unit my.service"),
            ("run-u3.scope", "unit run-u3.scope"),
            ("python3.9", "a process named python3.9"),
            ("", "a process named "),
        ] {
            let Ok(wanted) = text.parse::<Match>();
            assert_eq!(wanted.to_string(), words);
        }
        let Ok(relative) = "bin/python3".parse::<Match>();
        assert!(matches!(relative, Match::Executable(path) if path.is_absolute()));
    }
}
