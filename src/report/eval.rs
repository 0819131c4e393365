//! An evaluation as text and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::json::{envelope, index};
use super::style::{BOLD, printable};
use super::table::table_text;
use crate::eval::bootstrap::Estimate;
use crate::eval::compare::Comparison;
use crate::eval::figures::{Figures, Group};
use crate::eval::known_stacks::Pairing;
use crate::eval::{Cases, Difficulty, Evaluation, Outcome};

/// A line for each input, then the figures; shares in percent with their 95 % intervals.
#[must_use]
pub fn eval_text(evaluation: &Evaluation, cases: &Cases) -> String {
    let all = evaluation.outcomes.iter().chain(&evaluation.unanswerable);
    let mut text = inputs_text(all);
    if !cases.doubtful.is_empty() {
        let _ = writeln!(text, "\nnot scored, doubtful: {}", cases.doubtful.join(" "));
    }
    text.push_str("\nShare of inputs with a right fix among the first, in percent with 95 % intervals by fix:\n");
    text.push_str(&figures_text(evaluation));
    text.push_str("\nWhat was said of the first verdict, and how often it was right:\n");
    text.push_str(&reliability_text(evaluation));
    if let Some(comparison) = &evaluation.comparison {
        text.push_str(&comparison_text(comparison));
    }
    if !evaluation.known_stacks.is_empty() {
        text.push_str("\nThe issue by another of its stacks, first in percent with 95 % intervals by fix, and MRR:\n");
        text.push_str(&pairings_text(&evaluation.known_stacks));
        if let Some(strangers) = evaluation.strangers {
            let _ = writeln!(
                text,
                "\nOf {} inputs whose issue is not known, another is shown as alike for {}, as the same for {}.",
                strangers.inputs, strangers.alike, strangers.same
            );
        }
    }
    if !evaluation.ablation.is_empty() {
        text.push_str("\nAll inputs without a part of the score:\n");
        text.push_str(&ablation_text(evaluation));
    }
    text
}

fn inputs_text<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> String {
    let rows = outcomes.map(|outcome| {
        [
            printable(&outcome.case),
            printable(&outcome.file),
            outcome
                .running
                .as_ref()
                .map_or_else(none, ToString::to_string),
            rank_text(outcome.rank),
            outcome
                .confidence
                .map_or_else(none, |word| word.to_string()),
            note(outcome),
        ]
    });
    table_text(
        ["CASE", "INPUT", "PYTHON", "RANK", "SAID", "NOTE"],
        rows,
        &[3],
    )
}

fn pairings_text(pairings: &[Pairing]) -> String {
    let rows = pairings.iter().flat_map(|pairing| {
        let all = |shape: &str| {
            if shape.is_empty() {
                "all".to_owned()
            } else {
                printable(shape)
            }
        };
        pairing.formulas.iter().map(move |found| {
            [
                all(&pairing.asked),
                all(&pairing.known),
                pairing.inputs.to_string(),
                found.formula.to_owned(),
                estimate_text(found.first),
                format!("{:.2}", found.mrr.value),
            ]
        })
    });
    table_text(
        ["ASKED", "KNOWN", "INPUTS", "FORMULA", "FIRST", "MRR"],
        rows,
        &[2, 4, 5],
    )
}

fn none() -> String {
    "-".to_owned()
}

fn rank_text(rank: Option<usize>) -> String {
    rank.map_or_else(none, |rank| rank.to_string())
}

fn note(outcome: &Outcome) -> String {
    let mut notes = Vec::new();
    if outcome.difficulty != Difficulty::Plain {
        notes.push(outcome.difficulty.to_string());
    }
    if let Some(rank) = outcome.contained_rank {
        notes.push(format!("already in that version: {rank}"));
    }
    if let Some(error) = &outcome.error {
        // What was looked for is the same each time.
        let error = error.split(": ").next().unwrap_or(error);
        notes.push(printable(error));
    }
    notes.join("; ")
}

/// Heads of the rows of [`figures_row`].
const FIGURES: [&str; 8] = ["OF", "INPUTS", "FIXES", "1", "3", "5", "10", "MRR"];

fn figures_text(evaluation: &Evaluation) -> String {
    let groups = [
        ("shape", &evaluation.by_shape),
        ("kind", &evaluation.by_kind),
        ("python", &evaluation.by_series),
        ("labelled", &evaluation.by_difficulty),
    ];
    let mut rows: Vec<[String; 8]> = Vec::new();
    for (what, groups) in groups {
        rows.extend(groups.iter().map(|group| group_row(what, group)));
    }
    rows.extend(
        evaluation
            .overall
            .iter()
            .map(|all| figures_row("all inputs".to_owned(), all)),
    );
    table_text(FIGURES, rows, &[1, 2])
}

fn group_row(what: &str, group: &Group) -> [String; 8] {
    figures_row(format!("{what} {}", printable(&group.name)), &group.figures)
}

fn figures_row(name: String, figures: &Figures) -> [String; 8] {
    let mut row = [const { String::new() }; 8];
    row[0] = name;
    row[1] = figures.inputs.to_string();
    row[2] = figures.fixes.to_string();
    let shares = figures.recall.iter().map(|recall| recall.share);
    for (cell, share) in row[3..].iter_mut().zip(shares.chain([figures.mrr])) {
        *cell = estimate_text(share);
    }
    row
}

/// `43.5 (29 to 58)`, in percent.
fn estimate_text(estimate: Estimate) -> String {
    let value = format!("{:.1}", estimate.value * 100.0);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{value} ({:.0} to {:.0})", low * 100.0, high * 100.0),
        _ => value,
    }
}

fn reliability_text(evaluation: &Evaluation) -> String {
    let rows = evaluation.reliability.iter().map(|row| {
        let word = row.confidence.map(|word| word.to_string());
        [
            word.unwrap_or_else(|| "no verdict".to_owned()),
            row.said.to_string(),
            row.without_fix.to_string(),
            row.right.to_string(),
            row.share.map_or_else(none, estimate_text),
        ]
    });
    table_text(
        ["SAID", "OFTEN", "OF NO FIX", "RIGHT", "PERCENT"],
        rows,
        &[1, 2, 3],
    )
}

fn comparison_text(comparison: &Comparison) -> String {
    let mut text = format!("\n{BOLD}Since the earlier evaluation{BOLD:#}\n");
    let _ = writeln!(
        text,
        "ranks moved: {}; inputs new: {}, gone: {}",
        comparison.moved.len(),
        comparison.added.len(),
        comparison.gone.len()
    );
    if !comparison.moved.is_empty() {
        let rows = comparison.moved.iter().map(|moved| {
            [
                printable(&moved.input.case),
                printable(&moved.input.file),
                rank_text(moved.before),
                rank_text(moved.after),
            ]
        });
        text.push_str(&table_text(
            ["CASE", "INPUT", "BEFORE", "AFTER"],
            rows,
            &[2, 3],
        ));
    }
    text.push_str("\nDifferences over the inputs of both, in percentage points:\n");
    let rows = comparison
        .by_shape
        .iter()
        .map(|group| group_row("shape", group));
    text + &table_text(FIGURES, rows, &[1, 2])
}

fn ablation_text(evaluation: &Evaluation) -> String {
    let all = evaluation
        .overall
        .iter()
        .map(|all| ("nothing", evaluation.outcomes.len(), all));
    let parts = evaluation.ablation.iter();
    let parts = parts.map(|ablation| (ablation.part, ablation.occurs_in, &ablation.overall));
    let rows = all.chain(parts).map(|(name, occurs_in, figures)| {
        let mut row = figures_row(name.to_owned(), figures);
        row[1] = occurs_in.to_string();
        let [name, occurs_in, _, one, three, five, ten, mrr] = row;
        [name, occurs_in, one, three, five, ten, mrr]
    });
    let heads = ["WITHOUT", "OCCURS", "1", "3", "5", "10", "MRR"];
    table_text(heads, rows, &[1])
}

/// An evaluation as JSON.
#[must_use]
pub fn eval_json(evaluation: &Evaluation, cases: &Cases) -> Value {
    envelope(json!({
        "inputs": evaluation.outcomes,
        "unanswerable": evaluation.unanswerable,
        "doubtful": cases.doubtful,
        "figures": {
            "overall": evaluation.overall,
            "by_shape": evaluation.by_shape,
            "by_kind": evaluation.by_kind,
            "by_series": evaluation.by_series,
            "by_difficulty": evaluation.by_difficulty,
        },
        "reliability": evaluation.reliability,
        "comparison": evaluation.comparison,
        "ablation": evaluation.ablation,
        "known_stacks": evaluation.known_stacks,
        "strangers": evaluation.strangers,
        "index": index(&evaluation.index),
        "problems": cases.problems,
    }))
}
