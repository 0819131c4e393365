//! What is right for a case.

use std::fmt;

use fixtrail_index::Version;
use fixtrail_index::fixes::Fix;
use fixtrail_index::history::IssueRef;
use serde::{Deserialize, Serialize};

/// The label of a case, as its `case.json` gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Its name in reports; unique among the cases of one evaluation.
    pub id: String,
    /// What the process ran, as written.
    pub python: Option<String>,
    /// The kind of failure, in words of the labeller.
    pub kind: String,
    /// Object names of the fix and its backports, lower case, maybe abbreviated.
    pub commits: Vec<String>,
    /// Issues that the fix closes.
    pub issues: Vec<IssueRef>,
    /// Whether it can be answered at all.
    pub difficulty: Difficulty,
    /// The name that cases of the same fix share, to be resampled together.
    pub fix: String,
    link: Option<String>,
}

/// Whether a case can be answered from its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difficulty {
    /// As far as the labeller knows.
    Plain,
    /// Memory was damaged before: the stack shows a victim, not the culprit.
    VictimStack,
    /// The input does not hold enough: it should not be answered with confidence.
    Hard,
    /// The history has no fix for it: a bug of somebody else's, a plain wait. Every confident answer is a false alarm.
    NoFix,
}

impl fmt::Display for Difficulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::VictimStack => "victim-stack",
            Self::Hard => "hard",
            Self::NoFix => "no-fix",
        })
    }
}

/// The fields of `case.json` that are used.
#[derive(Debug, Deserialize)]
struct Fields {
    id: String,
    python: Option<String>,
    kind: Option<String>,
    #[serde(default)]
    issue: Vec<String>,
    #[serde(default)]
    fix: Vec<String>,
    #[serde(default)]
    backports: Vec<String>,
    hard: Option<bool>,
    link: Option<String>,
    victim_stack: Option<bool>,
    no_fix: Option<bool>,
}

impl Label {
    /// Reads a `case.json`; fields that are not known are ignored.
    ///
    /// # Errors
    ///
    /// In words, for JSON of another form, an `id` that is empty, a commit or issue that is none, or a label with
    /// neither.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let fields: Fields = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if fields.id.is_empty() {
            return Err("its `id` is empty".to_owned());
        }
        let fixes = commits(&fields.fix)?;
        let issues = fields.issue.iter().map(|issue| issue.parse::<IssueRef>());
        let issues: Vec<IssueRef> = issues
            .collect::<Result<_, _>>()
            .map_err(|text| format!("`{text}` is no issue such as gh-112388 or bpo-40696"))?;
        let first_issue = issues.iter().min().map(ToString::to_string);
        let named = fixes.iter().min().cloned().or(first_issue);
        let no_fix = fields.no_fix == Some(true);
        let fix = match named {
            Some(_) if no_fix => return Err("it has a fix and `no_fix`".to_owned()),
            Some(fix) => fix,
            None if no_fix => fields.id.clone(),
            None => return Err("it names neither `fix` nor `issue`, nor is it `no_fix`".to_owned()),
        };
        let difficulty = match (fields.hard, fields.victim_stack) {
            _ if no_fix => Difficulty::NoFix,
            (Some(true), _) => Difficulty::Hard,
            (_, Some(true)) => Difficulty::VictimStack,
            _ => Difficulty::Plain,
        };
        Ok(Self {
            id: fields.id,
            python: fields.python,
            kind: fields.kind.unwrap_or_else(|| UNKNOWN.to_owned()),
            commits: [fixes, commits(&fields.backports)?].concat(),
            issues,
            difficulty,
            fix,
            link: fields.link,
        })
    }

    /// Whether the labeller is not sure of the fix, so that nothing can be learnt from the case.
    #[must_use]
    pub fn doubtful(&self) -> bool {
        self.link.as_deref() == Some("doubtful")
    }

    /// The version to tell triage; `None` where the label is not exactly one version.
    #[must_use]
    pub fn version(&self) -> Option<Version> {
        self.python.as_ref()?.parse().ok()
    }

    /// The release series that the label begins with: `3.12` of `3.12 alpha`.
    #[must_use]
    pub fn series(&self) -> String {
        let text = self.python.as_deref().unwrap_or_default();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
        let numbers = text[..end.unwrap_or(text.len())].parse::<Version>();
        numbers.map_or_else(
            |_| UNKNOWN.to_owned(),
            |version| format!("{}.{}", version.major(), version.minor()),
        )
    }

    /// Whether a fix is right: one of its commits is named, or an issue that its subjects name.
    #[must_use]
    pub fn accepts(&self, fix: &Fix) -> bool {
        let named = |id: &str| self.commits.iter().any(|commit| id.starts_with(commit));
        fix.commits
            .iter()
            .any(|commit| named(&commit.id.to_string()))
            || fix.issues().iter().any(|issue| self.issues.contains(issue))
    }
}

/// What a label does not say.
const UNKNOWN: &str = "unknown";

/// Checks object names, which may be abbreviated to seven digits.
fn commits(texts: &[String]) -> Result<Vec<String>, String> {
    let checked = texts.iter().map(|text| {
        let name = (7..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
        name.then(|| text.to_ascii_lowercase())
            .ok_or_else(|| format!("`{text}` is no commit"))
    });
    checked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(fields: &str) -> Result<Label, String> {
        Label::parse(format!(r#"{{"id": "a", {fields}}}"#).as_bytes())
    }

    #[test]
    fn broken_labels_say_why() {
        for (fields, why) in [
            (r#""fix": []"#, "neither"),
            (r#""fix": ["54b89"]"#, "`54b89` is no commit"),
            (r#""fix": ["the third one"]"#, "no commit"),
            (r##""issue": ["#12"]"##, "`#12` is no issue"),
            (r#""fix": "54b89f8fdbe9""#, "expected a sequence"),
            (r#""id": "b", "issue": ["bpo-1"]"#, "duplicate field"),
        ] {
            let error = label(fields).unwrap_err();
            assert!(error.contains(why), "{fields}: {error}");
        }
        assert!(Label::parse(br#"{"id": "", "issue": ["bpo-1"]}"#).is_err());
    }

    #[test]
    fn versions_and_series() {
        for (python, version, series) in [
            (r#""3.9.0b1""#, Some("3.9.0b1"), "3.9"),
            (r#""3.13.0a1+""#, Some("3.13.0a1"), "3.13"),
            (r#""3.12 alpha""#, None, "3.12"),
            (r#""3.11.4, 3.12.0b3""#, None, "3.11"),
            (r#""main""#, None, "unknown"),
            ("null", None, "unknown"),
        ] {
            let label = label(&format!(r#""issue": ["gh-1"], "python": {python}"#)).unwrap();
            let version = version.map(|text| text.parse::<Version>().unwrap());
            assert_eq!(label.version(), version, "{python}");
            assert_eq!(label.series(), series, "{python}");
        }
    }

    #[test]
    fn cases_of_one_fix_share_its_name() {
        for (fields, fix) in [
            (
                r#""fix": ["bbbbbbbb", "AAAAAAAA"], "issue": ["gh-1"]"#,
                "aaaaaaaa",
            ),
            (r#""issue": ["gh-9", "bpo-7"]"#, "bpo-7"),
            (r#""backports": ["cccccccc"], "issue": ["gh-9"]"#, "gh-9"),
        ] {
            assert_eq!(label(fields).unwrap().fix, fix, "{fields}");
        }
    }

    #[test]
    fn difficulty_by_its_flags() {
        for (fields, difficulty) in [
            (r#""hard": null"#, Difficulty::Plain),
            (r#""hard": true, "victim_stack": true"#, Difficulty::Hard),
            (
                r#""hard": false, "victim_stack": true"#,
                Difficulty::VictimStack,
            ),
        ] {
            let label = label(&format!(r#""issue": ["gh-1"], {fields}"#)).unwrap();
            assert_eq!(label.difficulty, difficulty, "{fields}");
        }
    }
}
