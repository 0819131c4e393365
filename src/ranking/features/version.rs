//! What a fix's releases say beside the running version.

use fixtrail_index::fixes::{Fix, Trait};
use fixtrail_index::history::Purpose;
use fixtrail_index::{Candidate, Version};

use super::{Amount, Basis, Context, Feature};

const fn feature(name: &'static str, what: &'static str) -> Feature {
    Feature {
        name,
        basis: Basis::Fix,
        what,
    }
}

pub(super) const FEATURES: [Feature; 6] = [
    feature(
        "later-series",
        "series between the running one and the first with the fix, on a logarithmic scale",
    ),
    feature(
        "years-later",
        "years between the running release and the fix, on a logarithmic scale",
    ),
    feature(
        "fixed-in-series",
        "a later release of the running series has it",
    ),
    feature(
        "age",
        "years before the newest fix, where the running version is not known, on a logarithmic scale",
    ),
    feature(
        "dead-branch",
        "on a branch that ended before the running series, and not on the main branch",
    ),
    feature(
        "not-there-yet",
        "share of the functions it changes that the running series lacks",
    ),
];

/// Of a change to hundreds of functions as many tell enough.
const MOST_FUNCTIONS: usize = 30;

/// Further series say nothing more.
const MOST_SERIES: u32 = 6;

/// In seconds.
const YEAR: f32 = 365.25 * 86400.0;

pub(super) fn amounts(candidate: &Candidate, context: &Context<'_>) -> Vec<Amount> {
    let committed = candidate.outline.committed;
    let Some(running) = context.running else {
        let age = context.newest - committed;
        let what = || format!("{:.0} years before the newest", years(age));
        return vec![Amount::new(
            "age",
            (years(age) / 3.0).ln_1p(),
            context,
            what,
        )];
    };
    let releases = &candidate.first_releases;
    let last = releases.last().map(Version::series);
    let left_behind = last.is_some_and(|last| last < running.series());
    let dead = left_behind && !candidate.outline.is(Trait::OnMain);
    let in_series = releases
        .iter()
        .find(|version| version.series() == running.series());
    #[expect(clippy::cast_precision_loss, reason = "counts of series")]
    let distance = (distance(releases, running) as f32).ln_1p();
    let later = context.released.map_or(0, |released| committed - released);
    let first = || text(releases.first());
    let flag = |name, set: bool, version: Option<&Version>| {
        Amount::new(name, f32::from(u8::from(set)), context, || text(version))
    };
    vec![
        Amount::new("later-series", distance, context, first),
        Amount::new("years-later", years(later).ln_1p(), context, || {
            format!("{:.1} years", years(later))
        }),
        flag("fixed-in-series", in_series.is_some(), in_series),
        flag("dead-branch", dead, releases.last()),
    ]
}

fn text(version: Option<&Version>) -> String {
    version.map(ToString::to_string).unwrap_or_default()
}

/// Seconds as years, none before.
fn years(seconds: i64) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "years are enough")]
    let seconds = seconds.max(0) as f32;
    seconds / YEAR
}

/// How many series later the fix first came; a change without a release comes after all.
fn distance(releases: &[Version], running: &Version) -> u32 {
    let first = releases
        .iter()
        .map(Version::series)
        .find(|series| *series >= running.series());
    first.map_or(MOST_SERIES, |(major, minor)| {
        let series = if major > running.major() {
            MOST_SERIES
        } else {
            minor - running.minor()
        };
        series.min(MOST_SERIES)
    })
}

/// The share of the functions that it changes in code that the running series lacks.
pub(super) fn not_there_yet(fix: &Fix, context: &Context<'_>) -> Amount {
    let changes = &fix.main().changes;
    let in_code = changes
        .files
        .iter()
        .any(|path| Purpose::of(path) == Purpose::Code);
    let series = context.running.filter(|_| in_code).map(Version::series);
    // A function that no tree defines may be a test's, or was gone again: it says nothing.
    let known = |function: &&String| context.code.files(function).next().is_some();
    let functions = changes.functions.iter().filter(known).take(MOST_FUNCTIONS);
    let functions: Vec<&String> = functions.collect();
    let lacks = |function: &&&String| {
        series.is_some_and(|series| context.code.defines(series, function) == Some(false))
    };
    let (lacking, of) = (functions.iter().filter(lacks).count(), functions.len());
    #[expect(clippy::cast_precision_loss, reason = "at most thirty")]
    let share = lacking as f32 / of.max(1) as f32;
    Amount::new("not-there-yet", share, context, || {
        format!("{lacking} of {of} functions")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_between() {
        let version = |text: &str| -> Version { text.parse().unwrap() };
        for (releases, running, expected) in [
            (&["3.9.0b2", "3.10.0a1"][..], "3.9.0b1", 0),
            (&["3.8.2", "3.10.0a1"], "3.9.0", 1),
            (&["3.13.0a1"], "2.7.18", 6),
            (&[], "3.9.0", 6),
        ] {
            let releases: Vec<Version> = releases.iter().map(|text| version(text)).collect();
            assert_eq!(
                distance(&releases, &version(running)),
                expected,
                "{releases:?}"
            );
        }
    }
}
