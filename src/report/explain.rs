//! Why a commit is where it is, as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::{envelope, verdict};
use super::style::{BOLD, printable};
use super::table::table_text;
use super::title::title;
use crate::ranking::explain::{Explanation, Stage, candidates};
use crate::ranking::{Part, Verdict};
use crate::triage::Triage;

/// Where it came, and a row for each feature that it or the best fix has.
#[must_use]
pub fn explain_text(explanation: &Explanation, triage: &Triage) -> String {
    let found = &explanation.verdict;
    let best = triage
        .ranking
        .verdicts
        .first()
        .filter(|best| best.fix.main().id != found.fix.main().id);
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{BOLD}{}{BOLD:#} {}",
        found.fix.main().id.short(),
        title(&found.fix)
    );
    let _ = writeln!(text, "{}", stage_text(explanation));
    if let Some(best) = best {
        let _ = writeln!(
            text,
            "beside the first, {} {}",
            best.fix.main().id.short(),
            title(&best.fix)
        );
    }
    text.push('\n');
    text.push_str(&parts_text(found, best));
    text
}

fn stage_text(explanation: &Explanation) -> String {
    let place = explanation.search_place;
    let score = explanation.verdict.score;
    match explanation.stage {
        Stage::NoMatch => "lost in the search: it shares no term with the query".to_owned(),
        Stage::Reverted(by) => format!("not offered: {} took it back", by.short()),
        Stage::Contained => "set apart: the running version has it".to_owned(),
        Stage::NotCandidate => format!(
            "lost in the search: place {place} of those that share terms, and {} are judged; it would score {score:.2}",
            candidates()
        ),
        Stage::Ranked(rank) => {
            format!(
                "rank {rank}, {}; score {score:.2}; place {place} in the search",
                explanation.verdict.confidence
            )
        }
    }
}

fn parts_text(found: &Verdict, best: Option<&Verdict>) -> String {
    let named = |parts: &[Part], name: &str| parts.iter().find(|part| part.name == name).cloned();
    let parts = found
        .parts
        .iter()
        .chain(best.into_iter().flat_map(|best| &best.parts));
    let mut names: Vec<&str> = Vec::new();
    for part in parts {
        if !names.contains(&part.name) {
            names.push(part.name);
        }
    }
    let number = |part: Option<&Part>, value: fn(&Part) -> f32| {
        part.map_or_else(|| "-".to_owned(), |part| format!("{:.2}", value(part)))
    };
    let rows = names.into_iter().map(|name| {
        let own = named(&found.parts, name);
        let others = best.and_then(|best| named(&best.parts, name));
        let shown = own
            .as_ref()
            .or(others.as_ref())
            .filter(|part| part.amount != 0.0);
        let weight = shown.map_or(0.0, |part| part.value / part.amount);
        [
            name.to_owned(),
            number(own.as_ref(), |part| part.amount),
            format!("{weight:.2}"),
            number(own.as_ref(), |part| part.value),
            number(others.as_ref(), |part| part.value),
            own.map(|part| printable(&part.what)).unwrap_or_default(),
        ]
    });
    table_text(
        ["FEATURE", "AMOUNT", "WEIGHT", "ADDS", "FIRST", "WHAT"],
        rows,
        &[1, 2, 3, 4],
    )
}

/// The same as JSON: a list, since the name of a commit may be that of several.
#[must_use]
pub fn explain_json(explanations: &[Explanation], triage: &Triage) -> Value {
    let one = |explanation: &Explanation| {
        let (stage, rank) = match explanation.stage {
            Stage::NoMatch => ("no-match", None),
            Stage::Reverted(_) => ("reverted", None),
            Stage::Contained => ("contained", None),
            Stage::NotCandidate => ("not-candidate", None),
            Stage::Ranked(rank) => ("ranked", Some(rank)),
        };
        json!({
            "stage": stage,
            "rank": rank,
            "reverted_by": explanation.verdict.fix.reverted_by,
            "search_place": explanation.search_place,
            "verdict": verdict(&explanation.verdict),
        })
    };
    envelope(json!({
        "explanations": explanations.iter().map(one).collect::<Vec<_>>(),
        "first": triage.ranking.verdicts.first().map(verdict),
        "problems": triage.case.problems,
    }))
}
