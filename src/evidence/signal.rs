//! Signals by number and name.

use serde::Serialize;

use super::core::Sender;

/// A signal by number and name (without `SIG`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Signal {
    /// Number on Linux.
    pub number: Option<u32>,
    /// `SEGV`, `ABRT`, `TRAP`; empty where the number has no name here.
    pub name: String,
    /// Why it was sent (`si_code`), where a core says so: above 0 by the kernel for what the thread did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The address whose access failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<u64>,
    /// The process that sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sender: Option<Sender>,
}

/// Linux numbers of the signals that end Python processes.
const NUMBERS: [(&str, u32); 16] = [
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ILL", 4),
    ("TRAP", 5),
    ("ABRT", 6),
    ("BUS", 7),
    ("FPE", 8),
    ("KILL", 9),
    ("SEGV", 11),
    ("PIPE", 13),
    ("ALRM", 14),
    ("TERM", 15),
    ("XCPU", 24),
    ("XFSZ", 25),
    ("SYS", 31),
];

impl Signal {
    /// The signal with this number.
    #[must_use]
    pub fn of_number(number: u32) -> Self {
        let known = NUMBERS.iter().find(|(_, n)| *n == number);
        Self {
            number: Some(number),
            name: known.map_or("", |(name, _)| name).to_owned(),
            ..Self::default()
        }
    }

    /// The signal with this name, without `SIG`.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let number = NUMBERS.iter().find(|(known, _)| *known == name)?.1;
        Some(Self {
            number: Some(number),
            name: name.to_owned(),
            ..Self::default()
        })
    }
}
