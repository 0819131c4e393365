//! What the distinct stacks of a bug come to.

use std::sync::LazyLock;

use fixtrail_index::{IndexError, Searcher, Version};
use regex::Regex;

use super::{Bug, Origin, Source};
use crate::case::Case;
use crate::evidence::Sighting;
use crate::pattern::regex;
use crate::routing::Routes;
use crate::triage::{Asked, Triage, triage};

/// A stack, and what fixes it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Where it stands, the first place first; of a stack that everybody sees the places that everybody does.
    pub origins: Vec<Origin>,
    /// Whether it stands only where a group alone looks.
    pub is_private: bool,
    /// The answer.
    pub triage: Triage,
}

impl Finding {
    /// That of an input that is no bug's.
    #[must_use]
    pub fn of_input(triage: Triage) -> Self {
        Self {
            origins: vec![Origin::Input],
            is_private: false,
            triage,
        }
    }

    /// How likely its best fix is the right one.
    fn probability(&self) -> f64 {
        let first = self.triage.ranking.verdicts.first();
        first.map_or(0.0, |verdict| verdict.probability)
    }
}

/// Triages every distinct stack, the most convincing answer first; stacks of one signature are one. Where a text does not say
/// which Python runs, the others of the bug do, else its fields.
///
/// # Errors
///
/// [`IndexError`] when an index is damaged.
pub fn findings(
    bug: &Bug,
    mut sources: Vec<Source>,
    searchers: &[Searcher],
    routes: &Routes,
    asked: Asked<'_>,
) -> Result<Vec<Finding>, IndexError> {
    share_versions(bug, &mut sources);
    let mut distinct: Vec<Distinct> = Vec::new();
    for source in sources.into_iter().filter(Source::shows_failure) {
        let hash = source.case.signature().hash;
        // Failures without a stack have no hash to tell them apart by.
        let same = |known: &&mut Distinct| !hash.is_empty() && known.hash == hash;
        match distinct.iter_mut().find(same) {
            Some(known) => known.add(source),
            None => distinct.push(Distinct {
                hash,
                origins: vec![source.origin],
                is_private: source.is_private,
                case: source.case,
            }),
        }
    }
    let mut findings = Vec::new();
    for stack in distinct {
        findings.push(Finding {
            origins: stack.origins,
            is_private: stack.is_private,
            triage: triage(stack.case, searchers, routes, asked)?,
        });
    }
    findings.sort_by(|a, b| b.probability().total_cmp(&a.probability()));
    Ok(findings)
}

/// A stack, and where it stands.
struct Distinct {
    hash: String,
    origins: Vec<Origin>,
    is_private: bool,
    case: Case,
}

impl Distinct {
    /// Another place of the same stack; the one that shows most of it counts. Of what everybody sees, private places add
    /// nothing.
    fn add(&mut self, source: Source) {
        if source.is_private && !self.is_private {
            return;
        }
        let opens = self.is_private && !source.is_private;
        if opens {
            self.is_private = false;
            self.origins.clear();
        }
        self.origins.push(source.origin);
        if opens || frames(&source.case) > frames(&self.case) {
            self.case = source.case;
        }
    }
}

fn frames(case: &Case) -> usize {
    case.process
        .threads
        .iter()
        .map(|thread| thread.frames.len())
        .sum()
}

/// Adds to each case what the others show of the version, behind what it shows itself. Private places tell only one another.
fn share_versions(bug: &Bug, sources: &mut [Source]) {
    let shown = sources.iter().flat_map(|source| {
        let pythons = source.case.facts.pythons.iter();
        let exact = pythons.filter(|sighting| sighting.exact);
        exact.map(|sighting| {
            let seen_in = format!("{} in {}", sighting.seen_in, source.origin);
            let sighting = Sighting {
                seen_in,
                ..sighting.clone()
            };
            (source.is_private, sighting)
        })
    });
    let shown: Vec<(bool, Sighting)> = shown.collect();
    let of_fields = of_fields(bug);
    for source in sources {
        let pythons = &mut source.case.facts.pythons;
        if pythons.iter().any(|sighting| sighting.exact) {
            continue;
        }
        let seen = shown
            .iter()
            .filter(|(is_private, _)| source.is_private || !is_private);
        let more = seen.map(|(_, sighting)| sighting).chain(&of_fields);
        // A text that knows its series is not of another.
        let series = pythons.first().map(|own| own.version.series());
        let fits =
            |sighting: &&Sighting| series.is_none_or(|series| sighting.version.series() == series);
        let more: Vec<Sighting> = more.filter(fits).cloned().collect();
        pythons.extend(more);
    }
}

/// What the fields of a bug say: a version where the component is Python itself, else the series that is its name.
fn of_fields(bug: &Bug) -> Vec<Sighting> {
    static SERIES: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)(?:^|[^A-Za-z0-9])python-?([23])\.?([0-9]{1,2})(?:$|[^0-9.])")
    });
    let is_python = |name: &str| {
        name.to_lowercase()
            .trim_start_matches('c')
            .starts_with("python")
    };
    let named = bug.component.iter().chain([bug.product.as_str()]);
    let python = named.clone().any(is_python);
    let exact = bug.version.iter().filter(|_| python).filter_map(|version| {
        let version: Version = version.parse().ok()?;
        let known = [2, 3].contains(&version.major()) && version.numbers().len() > 1;
        known.then(|| Sighting {
            exact: version.numbers().len() > 2 || version.pre().is_some(),
            seen_in: format!("the bug's version {version}"),
            version,
        })
    });
    let series = named.chain([bug.summary.as_str()]).filter_map(|text| {
        let hit = SERIES.captures(text)?;
        Some(Sighting {
            version: Version::new(&[hit[1].parse().ok()?, hit[2].parse().ok()?]),
            seen_in: hit[0]
                .trim_matches(|c: char| !c.is_alphanumeric())
                .to_owned(),
            exact: false,
        })
    });
    exact.chain(series).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(component: &str, version: &str, summary: &str) -> Vec<(String, bool)> {
        let bug = Bug {
            component: component.into(),
            version: version.into(),
            summary: summary.to_owned(),
            ..Bug::default()
        };
        let found = of_fields(&bug);
        found
            .iter()
            .map(|seen| (seen.version.to_string(), seen.exact))
            .collect()
    }

    #[test]
    fn versions_of_fields() {
        let series = |name: &str| vec![(name.to_owned(), false)];
        assert_eq!(fields("python3.9", "32", ""), series("3.9"));
        assert_eq!(fields("python39", "rawhide", ""), series("3.9"));
        assert_eq!(
            fields("gnome-shell", "40", "[abrt] python3.10: crash"),
            series("3.10")
        );
        assert_eq!(fields("python", "3.8", ""), series("3.8"));
        assert_eq!(fields("cpython", "3.8.2", ""), [("3.8.2".to_owned(), true)]);
        assert_eq!(fields("gnome-shell", "3.8.2", ""), []);
        assert_eq!(fields("python3", "32", ""), []);
    }
}
