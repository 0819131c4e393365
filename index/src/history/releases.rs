//! Which release first contains a commit, per series, by the tags of the clone.

use std::collections::BTreeMap;

use regex::Regex;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::message::regex;
use super::{CommitId, Graph, Reference};
use crate::Version;

/// How a project names its release tags.
#[derive(Debug, Clone)]
pub struct TagPattern(Regex);

impl TagPattern {
    /// A pattern for the tag's name (without `refs/tags/`) whose group `version`, or else its first group, is the version.
    ///
    /// # Errors
    ///
    /// A pattern that is no regular expression or has no group.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
        if regex.captures_len() < 2 {
            return Err(format!(
                "`{pattern}` has no group for the version, such as v(.*)"
            ));
        }
        Ok(Self(regex))
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn version(&self, tag: &str) -> Option<Version> {
        let hit = self.0.captures(tag)?;
        let text = hit.name("version").or_else(|| hit.get(1))?.as_str();
        // `release_1_2` and `OpenSSL_1_1_1`: the separator is not always a dot.
        text.parse()
            .or_else(|_| text.replace('_', ".").parse())
            .ok()
    }
}

impl Default for TagPattern {
    /// `v3.9.0b1`, `3.9`, `glibc-2.38`, `openssl-3.0.1`, `release_1_2`, `curl-8_4_0`.
    fn default() -> Self {
        let name = r"(?:[A-Za-z][A-Za-z+]*[-_/]?)*?v?";
        let stage = r"[-_.~]?(?:a|b|c|rc|alpha|beta|pre)[-_.]?\d*";
        Self(regex(&format!(
            r"^{name}(?P<version>\d+(?:[._]\d+)+(?:{stage})?)$"
        )))
    }
}

/// For every commit, the first release of each series that contains it.
///
/// Thousands of commits share one answer (all those between two tags of a branch), so that each commit holds a class
/// and each class a list of releases.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Releases {
    /// Every release, oldest first.
    tags: Vec<Version>,
    /// The commit of each.
    tagged: Vec<CommitId>,
    /// When each was committed, in seconds since 1970; 0 where that could not be read.
    dates: Vec<i64>,
    /// Per class, indexes into `tags`: one a series, oldest first.
    classes: Vec<Vec<u16>>,
    /// By commit ordinal, index into `classes`.
    commits: Vec<u32>,
}

/// Whether a release contains a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Containment {
    /// It does, first in this release of its series, or of an earlier one.
    Contained(Version),
    /// It does not: the clone has the release, or a later one of its series, without the change.
    NotContained,
    /// The clone has no tag that could tell.
    Unknown,
}

impl Releases {
    /// Finds the first release per series for every commit. A release that is announced counts where it has no tag.
    #[must_use]
    pub fn compute(
        graph: &Graph,
        references: &[Reference],
        announced: &[(Version, CommitId)],
        pattern: &TagPattern,
        date: impl Fn(CommitId) -> Option<i64>,
    ) -> Self {
        let mut tagged: Vec<(Version, u32)> = references
            .iter()
            .filter_map(|reference| {
                let version = pattern.version(reference.name.strip_prefix("refs/tags/")?)?;
                Some((version, graph.ordinal(reference.commit)?))
            })
            .collect();
        tagged.sort();
        let announced = announced
            .iter()
            .filter(|(version, _)| {
                tagged
                    .binary_search_by(|(tag, _)| tag.cmp(version))
                    .is_err()
            })
            .filter_map(|(version, commit)| Some((version.clone(), graph.ordinal(*commit)?)));
        let announced: Vec<_> = announced.collect();
        tagged.extend(announced);
        tagged.sort();
        tagged.dedup_by(|a, b| a.0 == b.0);
        // Two bytes a release; no project has made 65,536.
        tagged.truncate(usize::from(u16::MAX));
        let mut series: BTreeMap<(u32, u32), Vec<(u16, u32)>> = BTreeMap::new();
        for (index, (version, commit)) in (0..).zip(&tagged) {
            series
                .entry(version.series())
                .or_default()
                .push((index, *commit));
        }
        let mut classes = Classes::new(graph.len());
        for releases in series.values() {
            classes.refine(graph, releases);
        }
        // Every ordinal is of the graph: it was found by the commit's name.
        let commits: Vec<CommitId> = tagged.iter().filter_map(|&(_, at)| graph.id(at)).collect();
        Self {
            dates: commits
                .iter()
                .map(|&commit| date(commit).unwrap_or(0))
                .collect(),
            tagged: commits,
            tags: tagged.into_iter().map(|(version, _)| version).collect(),
            classes: classes.lists,
            commits: classes.commits,
        }
    }

    /// The same for some of the commits alone, which have new ordinals: their places in `ordinals`.
    pub(crate) fn of(&self, ordinals: &[u32]) -> Self {
        let class = |&ordinal: &u32| self.commits.get(ordinal as usize).copied().unwrap_or(0);
        Self {
            commits: ordinals.iter().map(class).collect(),
            ..self.clone()
        }
    }

    /// Whether every number stands for something: a damaged file may decode to others.
    pub(crate) fn is_sound(&self) -> bool {
        let tags = self.tags.len();
        let mut lists = self.classes.iter().flatten();
        self.tagged.len() == tags
            && self.dates.len() == tags
            && lists.all(|&tag| usize::from(tag) < tags)
    }

    /// Every release the clone has a tag or an announcement for, oldest first.
    #[must_use]
    pub fn tags(&self) -> &[Version] {
        &self.tags
    }

    /// When a release was committed, or where the clone does not know it the newest older one of its series.
    #[must_use]
    pub fn date(&self, version: &Version) -> Option<i64> {
        let dated = self.tags.iter().zip(&self.dates).rev();
        let mut older =
            dated.filter(|(tag, _)| tag.series() == version.series() && *tag <= version);
        older
            .next()
            .map(|(_, &date)| date)
            .filter(|&date| date != 0)
    }

    /// The commit of a release, or of the newest older one of its series where the clone does not know it.
    #[must_use]
    pub fn commit(&self, version: &Version) -> Option<CommitId> {
        let tagged = self.tags.iter().zip(&self.tagged).rev();
        let mut older =
            tagged.filter(|(tag, _)| tag.series() == version.series() && *tag <= version);
        older.next().map(|(_, &commit)| commit)
    }

    /// The commit of the newest release of each series.
    #[must_use]
    pub(crate) fn newest(&self) -> BTreeMap<(u32, u32), CommitId> {
        let tags = self.tags.iter().zip(&self.tagged);
        tags.map(|(version, &commit)| (version.series(), commit))
            .collect()
    }

    /// The first release of each series that contains one of the commits, oldest series first.
    #[must_use]
    pub fn first(&self, commits: &[u32]) -> Vec<&Version> {
        let mut first: BTreeMap<(u32, u32), &Version> = BTreeMap::new();
        for &commit in commits {
            for &tag in self.list(commit) {
                let version = &self.tags[usize::from(tag)];
                let entry = first.entry(version.series()).or_insert(version);
                *entry = (*entry).min(version);
            }
        }
        first.into_values().collect()
    }

    /// Whether `running` contains a change that consists of the commits.
    ///
    /// Where the clone has no tag at or after `running` in its series, a change that an earlier series had by its
    /// `.0` release counts as contained: series start from the main branch.
    #[must_use]
    pub fn containment(&self, commits: &[u32], running: &Version) -> Containment {
        let first = self.first(commits);
        if let Some(version) = first
            .iter()
            .find(|version| version.series() == running.series())
        {
            if *version <= running {
                return Containment::Contained((*version).clone());
            }
            return Containment::NotContained;
        }
        let from_main = |version: &&&Version| {
            version.series() < running.series()
                && version.numbers().get(2).is_none_or(|&patch| patch == 0)
        };
        let known = self
            .tags
            .iter()
            .any(|tag| tag.series() == running.series() && tag >= running);
        match first.iter().find(from_main) {
            Some(version) if !known => Containment::Contained((**version).clone()),
            _ if known => Containment::NotContained,
            _ => Containment::Unknown,
        }
    }

    fn list(&self, commit: u32) -> &[u16] {
        let class = self.commits.get(commit as usize).copied().unwrap_or(0);
        self.classes.get(class as usize).map_or(&[], Vec::as_slice)
    }
}

/// Classes of commits, refined series by series.
struct Classes {
    lists: Vec<Vec<u16>>,
    commits: Vec<u32>,
}

impl Classes {
    fn new(commits: usize) -> Self {
        Self {
            lists: vec![Vec::new()],
            commits: vec![0; commits],
        }
    }

    /// Walks back from each release of one series, oldest first; a commit belongs to the first that meets it.
    fn refine(&mut self, graph: &Graph, releases: &[(u16, u32)]) {
        let mut seen = vec![false; self.commits.len()];
        let mut refined: FxHashMap<(u32, u16), u32> = FxHashMap::default();
        let mut todo = Vec::new();
        for &(release, commit) in releases {
            todo.push(commit);
            while let Some(at) = todo.pop() {
                if std::mem::replace(&mut seen[at as usize], true) {
                    continue;
                }
                todo.extend(graph.parents(at).filter(|&parent| !seen[parent as usize]));
                let class = &mut self.commits[at as usize];
                *class = *refined.entry((*class, release)).or_insert_with(|| {
                    let mut list = self.lists[*class as usize].clone();
                    list.push(release);
                    self.lists.push(list);
                    u32::try_from(self.lists.len() - 1).unwrap_or(0)
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_many_projects() {
        let pattern = TagPattern::default();
        for (tag, version) in [
            ("v3.9.0b1", Some("3.9.0b1")),
            ("glibc-2.38", Some("2.38")),
            ("openssl-3.0.1", Some("3.0.1")),
            ("curl-8_4_0", Some("8.4.0")),
            ("release_1_2", Some("1.2")),
            ("3.46.0", Some("3.46.0")),
            ("nightly", None),
            ("v3", None),
            ("last-merged-rev1.2.x", None),
        ] {
            assert_eq!(
                pattern.version(tag),
                version.map(|v| v.parse().unwrap()),
                "{tag}"
            );
        }
        assert!(TagPattern::new("x").is_err() && TagPattern::new("x(").is_err());
        assert_eq!(
            TagPattern::new(r"^rel-(\d+\.\d+)$")
                .unwrap()
                .version("rel-1.5"),
            Some("1.5".parse().unwrap())
        );
    }
}
