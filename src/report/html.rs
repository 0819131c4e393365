//! The full report as one page, without scripts and without anything that is fetched from elsewhere.

use std::cell::Cell;

use fixtrail_index::fixes::FixCommit;
use maud::{DOCTYPE, Markup, html};

use super::links;
use super::stack::{self, Frames};
use super::style::{date, plain};
use super::title::title;
use super::triage::{TextOptions, fixed_text, triage_text};
use crate::bugzilla::Finding;
use crate::ranking::{Confidence, Verdict};
use crate::redact::redact;
use crate::triage::{KnownIssue, Triage};

const STYLE: &str = "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}\
pre,code{font:13px/1.4 monospace}pre{background:#f5f5f5;padding:.8em;overflow:auto}\
h2{border-bottom:1px solid #ccc;margin-top:2em}dt{font-weight:bold}dd{margin:0 0 .3em 1em}\
.likely{color:#176117}.possible{color:#8a5a00}.weak{color:#777}";

/// A page, and how many private details have a word in their place.
#[derive(Debug, Clone)]
pub struct HtmlReport {
    /// The page.
    pub html: String,
    /// How many were taken out.
    pub redacted: usize,
}

/// The answers to one or more stacks, each with where it stands, its fixes, known issues and the stack itself.
///
/// They are shown as they are, aside from what [`redact`] takes out.
#[must_use]
pub fn html_report(heading: &str, findings: &[Finding], top: usize) -> HtmlReport {
    let page = Page {
        redacted: Cell::new(0),
    };
    let title = page.text(heading);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (title) }
                style { (STYLE) }
            }
            body {
                h1 { (title) }
                @for (number, finding) in findings.iter().enumerate() {
                    (page.finding(number + 1, finding, top))
                }
                p { "Made by fixtrail " (env!("CARGO_PKG_VERSION")) ". A fix that is named is no proof: read it before you rely on it." }
            }
        }
    };
    HtmlReport {
        html: markup.into_string(),
        redacted: page.redacted.get(),
    }
}

struct Page {
    redacted: Cell<usize>,
}

impl Page {
    fn text(&self, text: &str) -> String {
        let redacted = redact(text);
        self.redacted.set(self.redacted.get() + redacted.count);
        redacted.text
    }

    fn finding(&self, number: usize, finding: &Finding, top: usize) -> Markup {
        let triage = &finding.triage;
        let origins: Vec<String> = finding.origins.iter().map(ToString::to_string).collect();
        html! {
            h2 { "Stack " (number) ": " code { (self.text(&triage.signature.text)) } }
            dl {
                dt { "From" } dd { (self.text(&origins.join(", "))) }
                dt { "Kind" } dd { (triage.signature.kind) }
                dt { "Thread" } dd { (self.text(&triage.signature.reason)) }
                dt { "Signature" } dd { code { (triage.signature.hash) } }
                (self.versions(triage))
            }
            @for known in &triage.known { (self.known(known)) }
            @if triage.ranking.verdicts.is_empty() { p { "No fix was found." } }
            @for (rank, verdict) in triage.ranking.verdicts.iter().take(top).enumerate() {
                (self.verdict(rank + 1, verdict))
            }
            @if !triage.ranking.contained.is_empty() {
                h3 { "Fixes that it has already" }
                ul { @for verdict in triage.ranking.contained.iter().take(top) {
                    li { code { (verdict.fix.main().id.short()) } " " (title(&verdict.fix)) }
                } }
            }
            details { summary { "Answer as text" } pre { (self.text(&plain(&triage_text(triage, EVERYTHING)))) } }
            h3 { "Threads" }
            pre { (self.text(&plain(&stack::stack_text(&triage.case.process, Frames::All)))) }
        }
    }

    fn versions(&self, triage: &Triage) -> Markup {
        html! {
            @for index in &triage.indexes {
                dt { (index.manifest.upstream) }
                dd {
                    @if let Some(running) = &index.running {
                        (running.version) ", by " (self.text(&running.seen_in)) "; "
                    }
                    @if index.searched {
                        (index.manifest.counts.fixes) " fixes up to " (date(index.manifest.newest_commit))
                    } @else { "not searched" }
                }
            }
        }
    }

    fn known(&self, known: &KnownIssue) -> Markup {
        let head = known.known.issue.head.as_ref();
        let like = if known.known.is_same() {
            "Same stack as "
        } else {
            "A stack like that of "
        };
        html! {
            p {
                b { (like) }
                @if let Some(head) = head.filter(|head| head.url.starts_with("https://")) {
                    a href=(head.url) { (self.text(&known.known.name())) } " " (self.text(&head.title))
                } @else { (self.text(&known.known.name())) }
                " (" (format!("{:.0}", known.known.similarity * 100.0)) " % alike)"
            }
        }
    }

    fn verdict(&self, rank: usize, verdict: &Verdict) -> Markup {
        let class = match verdict.confidence {
            Confidence::Likely => "likely",
            Confidence::Possible => "possible",
            Confidence::Weak => "weak",
        };
        html! {
            h3 { (rank) ". " span class=(class) { (verdict.confidence) } " " (self.text(&title(&verdict.fix))) }
            p {
                @for commit in &verdict.fix.commits { (commit_link(&verdict.upstream, commit)) " " }
                @for issue in verdict.fix.issues() {
                    @match links::issue(&verdict.upstream, issue) {
                        Some(link) => a href=(link) { (issue) },
                        None => (issue),
                    }
                    " "
                }
            }
            p { b { (fixed_text(verdict)) } }
            ul { @for reason in &verdict.reasons { li { (self.text(reason)) } } }
        }
    }
}

fn commit_link(upstream: &str, commit: &FixCommit) -> Markup {
    let short = commit.id.short();
    html! {
        @match links::commit(upstream, commit.id) {
            Some(link) => a href=(link) { code { (short) } },
            None => code { (short) },
        }
    }
}

const EVERYTHING: TextOptions = TextOptions {
    top: 10,
    weak: true,
    explain: true,
};
