//! The version that the process runs.

use fixtrail_index::{Searcher, Version};
use serde::Serialize;

use crate::evidence::Sighting;

/// What the process runs, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Running {
    /// The version; its series alone where no more is known.
    pub version: Version,
    /// Whether it is the exact release, not the series alone.
    pub exact: bool,
    /// Whether the user gave it.
    #[serde(skip)]
    pub given: bool,
    /// What shows it: words of the evidence, or `--python`.
    pub seen_in: String,
    /// Whether the index has a tag at or after it in its series, so that what it contains is certain.
    pub tagged: bool,
}

impl Running {
    /// The version given by the user, else the best of the sightings; the surest of those is the first.
    #[must_use]
    pub fn told(
        sightings: &[Sighting],
        given: Option<&Version>,
        searcher: &Searcher,
    ) -> Option<Self> {
        let tagged = |version: &Version| {
            searcher
                .releases()
                .iter()
                .any(|tag| tag.series() == version.series() && tag >= version)
        };
        if let Some(version) = given {
            let exact = version.numbers().len() > 2 || version.pre().is_some();
            let seen_in = "--python".to_owned();
            return Some(Self {
                tagged: tagged(version),
                version: version.clone(),
                exact,
                given: true,
                seen_in,
            });
        }
        let best = sightings
            .iter()
            .find(|sighting| sighting.exact)
            .or(sightings.first())?;
        Some(Self {
            version: best.version.clone(),
            exact: best.exact,
            given: false,
            seen_in: best.seen_in.clone(),
            tagged: tagged(&best.version),
        })
    }

    /// The version to ask the index for. Of a series alone nothing later than its first release is certain.
    #[must_use]
    pub fn version_for_search(&self) -> Version {
        if self.exact {
            self.version.clone()
        } else {
            Version::new(&[self.version.major(), self.version.minor(), 0])
        }
    }
}
