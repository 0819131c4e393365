//! The object name of a commit.

use std::fmt;
use std::str::FromStr;

use git2::Oid;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A commit's object name (SHA-1, 20 bytes); text as 40 hexadecimal digits, in compact formats as bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId([u8; 20]);

impl CommitId {
    /// The raw bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The first 12 digits, as `git log --abbrev=12` prints.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }

    pub(crate) fn oid(self) -> Oid {
        #[expect(clippy::expect_used, reason = "20 bytes are an object name")]
        Oid::from_bytes(&self.0).expect("20 bytes")
    }
}

impl From<[u8; 20]> for CommitId {
    fn from(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }
}

impl From<Oid> for CommitId {
    fn from(oid: Oid) -> Self {
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&oid.as_bytes()[..20]);
        Self(bytes)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CommitId {
    type Err = git2::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Oid::from_str(text).map(Self::from)
    }
}

impl Serialize for CommitId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for CommitId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?
                .parse()
                .map_err(serde::de::Error::custom)
        } else {
            <[u8; 20]>::deserialize(deserializer).map(Self)
        }
    }
}
