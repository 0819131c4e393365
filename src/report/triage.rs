//! The answer as text.

use std::fmt::Write as _;

use fixtrail_index::history::Containment;
use fixtrail_index::{Manifest, Origin, Version};

use super::known::known_text;
use super::running::versions_text;
use super::signature::headline;
use super::style::{BOLD, DIM, confidence, date, printable};
use super::title::title;
use crate::ranking::{Confidence, Ranking, Verdict};
use crate::triage::Triage;

/// How the text is to be.
#[derive(Debug, Clone, Copy)]
pub struct TextOptions {
    /// How many fixes to show.
    pub top: usize,
    /// Show fixes even if none convinces.
    pub weak: bool,
    /// Show what each score is made of.
    pub explain: bool,
}

/// How many fixes to show that the running version has already.
const CONTAINED: usize = 3;

/// How many releases to name of one fix: the next series follow by themselves.
const RELEASES: usize = 4;

/// The answer: what happened, then the fixes, best first.
#[must_use]
pub fn triage_text(triage: &Triage, options: TextOptions) -> String {
    let ranking = &triage.ranking;
    let several = triage.indexes.len() > 1;
    let mut text = headline(&triage.signature, &triage.case);
    text.push_str(&versions_text(triage));
    text.push('\n');
    text.push_str(&known_text(&triage.known));
    if !ranking.convincing {
        text.push_str(&nothing_text(triage));
        text.push_str(&what_next(ranking, options));
    }
    if ranking.convincing || options.weak {
        let shown = ranking.verdicts.iter().take(options.top);
        for (rank, verdict) in shown
            .filter(|v| options.weak || v.confidence != Confidence::Weak)
            .enumerate()
        {
            text.push_str(&verdict_text(rank + 1, verdict, several, options));
        }
    }
    text.push_str(&contained_text(ranking, several, options));
    let searched = triage.indexes.iter().filter(|index| index.searched);
    text.extend(searched.map(|index| facts_text(&index.manifest)));
    text
}

/// What an answer from facts alone lacks.
fn facts_text(index: &Manifest) -> String {
    let what = match index.origin {
        Origin::BuiltIn { .. } => "built-in facts",
        Origin::Facts => "facts",
        Origin::Corpus | Origin::Clone { .. } => return String::new(),
    };
    format!(
        "{DIM}From {what} up to {}; `fixtrail index build CLONE` adds titles and newer fixes.{DIM:#}\n",
        date(index.newest_commit)
    )
}

fn nothing_text(triage: &Triage) -> String {
    let searched = triage.indexes.iter().filter(|index| index.searched);
    let fixes: Vec<u64> = searched.map(|index| index.manifest.counts.fixes).collect();
    if fixes.is_empty() {
        return "Nothing was searched: no index is of a project that the stack tells of.\n"
            .to_owned();
    }
    let fixes: u64 = fixes.iter().sum();
    format!("Nothing convincing was found among {fixes} fixes.\n")
}

fn what_next(ranking: &Ranking, options: TextOptions) -> String {
    if options.weak || ranking.verdicts.is_empty() {
        return String::new();
    }
    format!(
        "The best of them are weak; --top {} lists them all the same.\n",
        options.top
    )
}

/// A verdict, with its upstream where there are several.
fn verdict_text(rank: usize, verdict: &Verdict, several: bool, options: TextOptions) -> String {
    let fix = &verdict.fix;
    let main = fix.main();
    let style = confidence(verdict.confidence);
    let issues: Vec<String> = fix.issues().iter().map(ToString::to_string).collect();
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{BOLD}{rank}.{BOLD:#} {style}{}{style:#}  {}",
        verdict.confidence,
        title(fix)
    );
    let branch = if main.on_main {
        " on the main branch"
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "   {}{} of {}{branch}  {}",
        upstream_text(verdict, several),
        main.id.short(),
        date(main.committed),
        issues.join(" ")
    );
    if !fix.backports().is_empty() {
        let backports: Vec<String> = fix
            .backports()
            .iter()
            .map(|commit| commit.id.short())
            .collect();
        let _ = writeln!(text, "   backports: {}", backports.join(" "));
    }
    let _ = writeln!(text, "   {BOLD}{}{BOLD:#}", releases_text(verdict));
    if let Some(basis) = rests_on(verdict) {
        let _ = writeln!(text, "   {basis}");
    }
    for reason in &verdict.reasons {
        let _ = writeln!(text, "   - {}", printable(reason));
    }
    if options.explain {
        let _ = writeln!(text, "   {DIM}score {:.2}{DIM:#}", verdict.score);
        for part in verdict
            .parts
            .iter()
            .filter(|part| part.value.abs() >= 0.005)
        {
            let _ = writeln!(
                text,
                "   {DIM}{:>8.2}  {:22} {}{DIM:#}",
                part.value,
                part.name,
                printable(&part.what)
            );
        }
    }
    text.push('\n');
    text
}

/// What it rests on, where that is not the stack and the code alone.
fn rests_on(verdict: &Verdict) -> Option<&'static str> {
    match (verdict.rests_on.code, verdict.rests_on.issues) {
        (_, false) => None,
        (true, true) => Some("rests on the code and on known issues"),
        (false, true) => Some("rests on known issues alone: the stack shows nothing of this fix"),
    }
}

/// "fixed in 3.9.0b2, 3.10.0a1; you run 3.9.0b1", and what is not known.
fn releases_text(verdict: &Verdict) -> String {
    let running = verdict.running.as_ref();
    let you_run = running
        .map(|running| format!("; you run {}", running.version))
        .unwrap_or_default();
    let fixed = fixed_text(verdict);
    if verdict.first_releases.is_empty() {
        return format!("{fixed}{you_run}");
    }
    let series = series(verdict);
    let missing = match (&verdict.containment, running) {
        (Containment::Contained(version), _) => format!("; you have it since {version}"),
        (Containment::NotContained, Some(running))
            if releases(verdict).all(|v| v.series() != running.version.series()) =>
        {
            format!("; not backported to {}.{}", series.0, series.1)
        }
        (Containment::Unknown, Some(_)) => {
            "; whether your version has it cannot be told from the tags".to_owned()
        }
        _ => String::new(),
    };
    format!("{fixed}{you_run}{missing}")
}

/// The series that runs; before all where none is known.
fn series(verdict: &Verdict) -> (u32, u32) {
    let running = verdict.running.as_ref();
    running.map_or((0, 0), |running| running.version.series())
}

/// The first releases with a fix, from the series on that runs.
fn releases(verdict: &Verdict) -> impl Iterator<Item = &Version> {
    let series = series(verdict);
    let releases = verdict.first_releases.iter();
    releases.filter(move |version| version.series() >= series)
}

/// "fixed in 3.9.0b2, 3.10.0a1", whoever runs what.
pub(super) fn fixed_text(verdict: &Verdict) -> String {
    let Some(last) = verdict.first_releases.last() else {
        return "not in any release that the index knows".to_owned();
    };
    let names: Vec<String> = releases(verdict)
        .take(RELEASES)
        .map(ToString::to_string)
        .collect();
    let later = if releases(verdict).nth(RELEASES).is_some() {
        " and later series"
    } else {
        ""
    };
    if names.is_empty() {
        format!("only in older series, last in {last}")
    } else {
        format!("fixed in {}{later}", names.join(", "))
    }
}

fn upstream_text(verdict: &Verdict, several: bool) -> String {
    if several {
        format!("{} ", printable(&verdict.upstream))
    } else {
        String::new()
    }
}

fn contained_text(ranking: &Ranking, several: bool, options: TextOptions) -> String {
    let first = ranking.contained.first();
    let Some(running) = first.and_then(|verdict| verdict.running.as_ref()) else {
        return String::new();
    };
    let what = if several {
        "what runs".to_owned()
    } else {
        running.version.to_string()
    };
    let mut text = format!("Already in {what}, so either not the fix, or the bug came back:\n");
    for verdict in ranking.contained.iter().take(CONTAINED.min(options.top)) {
        let main = verdict.fix.main();
        let since = match &verdict.containment {
            Containment::Contained(version) => format!(" since {version}"),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "   {}{}  {}{since}",
            upstream_text(verdict, several),
            main.id.short(),
            title(&verdict.fix)
        );
    }
    text
}
