//! Answers as JSON, the stable interface. `schema.md` beside this file describes it.
#![doc = include_str!("schema.md")]

use fixtrail_index::fixes::FixCommit;
use fixtrail_index::history::Containment;
use fixtrail_index::{Manifest, Version};
use serde_json::{Value, json};

use super::known::known_issue;
use crate::case::Case;
use crate::ranking::Verdict;
use crate::signature::Signature;
use crate::triage::{IndexUse, Triage};

/// Version of the schema: raised when a field changes its meaning or goes away.
pub const SCHEMA: u32 = 2;

/// The stacks of an input.
#[must_use]
pub fn stack_json(case: &Case) -> Value {
    envelope(json!({
        "threads": case.process.threads,
        "python": case.process.python,
        "diagnosis": case.diagnosis,
        "modules": case.process.modules,
        "facts": case.facts,
        "problems": case.problems,
    }))
}

/// The signature of an input.
#[must_use]
pub fn signature_json(signature: &Signature, case: &Case) -> Value {
    envelope(json!({
        "signature": signature,
        "diagnosis": case.diagnosis,
        "facts": case.facts,
        "problems": case.problems,
    }))
}

/// The answer to an input, with at most `top` verdicts.
#[must_use]
pub fn triage_json(triage: &Triage, top: usize) -> Value {
    envelope(triage_fields(triage, top))
}

/// The same without what every answer has.
pub(super) fn triage_fields(triage: &Triage, top: usize) -> Value {
    let ranking = &triage.ranking;
    let verdicts = |list: &[Verdict]| list.iter().take(top).map(verdict).collect::<Vec<_>>();
    json!({
        "convincing": ranking.convincing,
        "verdicts": verdicts(&ranking.verdicts),
        "contained": verdicts(&ranking.contained),
        "known": triage.known.iter().map(known_issue).collect::<Vec<_>>(),
        "signature": triage.signature,
        "diagnosis": triage.case.diagnosis,
        "facts": triage.case.facts,
        "problems": triage.case.problems,
        "indexes": triage.indexes.iter().map(index_use).collect::<Vec<_>>(),
    })
}

fn index_use(used: &IndexUse) -> Value {
    let mut facts = index(&used.manifest);
    if let Some(fields) = facts.as_object_mut() {
        fields.insert("searched".to_owned(), used.searched.into());
        fields.insert("frames".to_owned(), used.frames.into());
        fields.insert("running".to_owned(), json!(used.running));
    }
    facts
}

pub(super) fn index(manifest: &Manifest) -> Value {
    json!({
        "upstream": manifest.upstream,
        "head": manifest.head,
        "newest_commit": manifest.newest_commit,
        "fixes": manifest.counts.fixes,
        "facts": manifest.is_facts(),
    })
}

pub(super) fn envelope(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.insert("schema".to_owned(), SCHEMA.into());
        fields.insert("fixtrail".to_owned(), env!("CARGO_PKG_VERSION").into());
    }
    body
}

pub(super) fn verdict(verdict: &Verdict) -> Value {
    let fix = &verdict.fix;
    let issues: Vec<String> = fix.issues().iter().map(ToString::to_string).collect();
    let (status, since) = match &verdict.containment {
        Containment::Contained(version) => ("contained", Some(version)),
        Containment::NotContained => ("not-contained", None),
        Containment::Unknown => ("unknown", None),
    };
    let fixed_in: Vec<Value> = verdict.first_releases.iter().map(release).collect();
    let version = verdict.running.as_ref().map(|running| &running.version);
    json!({
        "upstream": verdict.upstream,
        "confidence": verdict.confidence,
        "probability": verdict.probability,
        "score": verdict.score,
        "commit": commit(fix.main()),
        "backports": fix.backports().iter().map(commit).collect::<Vec<_>>(),
        "issues": issues,
        "fixed_in": fixed_in,
        "running_version": { "version": version, "status": status, "since": since },
        "rests_on": { "code": verdict.rests_on.code, "issues": verdict.rests_on.issues },
        "reasons": verdict.reasons,
        "parts": verdict.parts,
    })
}

pub(super) fn commit(commit: &FixCommit) -> Value {
    json!({
        "hash": commit.id,
        "subject": Some(&commit.message.subject).filter(|subject| !subject.is_empty()),
        "committed": commit.committed,
        "on_main": commit.on_main,
        "files": commit.changes.files,
        "functions": commit.changes.functions,
    })
}

pub(super) fn release(version: &Version) -> Value {
    let (major, minor) = version.series();
    json!({ "series": format!("{major}.{minor}"), "release": version })
}
