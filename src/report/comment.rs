//! The comment that is left on a bug: short, made to be searched for, and the same whoever makes it.

use std::fmt::Write as _;

use fixtrail_index::issues::State;

use super::links;
use super::style::{date, printable};
use super::title::title;
use super::triage::fixed_text;
use crate::bugzilla::{Bug, Draft, Finding, LONGEST_COMMENT, Marker, Origin};
use crate::ranking::{Confidence, Verdict};
use crate::redact::redact;
use crate::triage::{KnownIssue, Triage};

/// So many fixes are named of one stack.
const VERDICTS: usize = 3;

/// So many reasons are given for a fix.
const REASONS: usize = 4;

/// The longest title and signature, in characters.
const LONGEST_LINE: usize = 400;

/// How a comment is to be.
#[derive(Debug, Clone, Copy)]
pub struct CommentOptions {
    /// Whether it is for a group only.
    pub is_private: bool,
    /// Whether the full report is attached to the bug, too.
    pub attached: bool,
    /// How many characters it may have.
    pub longest: usize,
}

impl Default for CommentOptions {
    fn default() -> Self {
        Self {
            is_private: false,
            attached: false,
            longest: LONGEST_COMMENT,
        }
    }
}

/// A comment, and how many private details have a word in their place.
#[derive(Debug, Clone)]
pub struct CommentText {
    /// What would be posted.
    pub draft: Draft,
    /// How many were taken out.
    pub redacted: usize,
}

/// The comment about findings, the most convincing first; `None` where none of them has anything convincing.
///
/// The findings are shown as they are: what is not for everybody has to be taken out before.
#[must_use]
pub fn comment(bug: &Bug, findings: &[Finding], options: CommentOptions) -> Option<CommentText> {
    let mut writer = Writer::default();
    let blocks: Vec<Block> = findings
        .iter()
        .filter_map(|finding| writer.finding(bug, finding))
        .collect();
    let best = findings
        .iter()
        .find(|finding| is_telling(&finding.triage))?;
    let lead = lead(best);
    let foot = |count: usize, left_out: usize| foot(best, options, count, left_out);
    // The marker has the same length whatever it says.
    let hash = &best.triage.signature.hash;
    let marker_length = Marker::new(hash, &[]).to_string().len();
    let fixed = marker_length + lead.len() + foot(usize::MAX, usize::MAX).len() + 8;
    let shown = fitting(&blocks, options.longest.saturating_sub(fixed));
    let statements: Vec<String> = blocks[..shown]
        .iter()
        .flat_map(|block| block.statements.clone())
        .collect();
    let marker = Marker::new(hash, &statements);
    let mut text = format!("{marker}\n\n{lead}\n");
    for block in &blocks[..shown] {
        let _ = write!(text, "\n{}", block.text);
    }
    let _ = write!(text, "\n{}", foot(writer.redacted, blocks.len() - shown));
    Some(CommentText {
        draft: Draft {
            marker,
            text: text.trim_end().to_owned(),
            statements,
            is_private: options.is_private,
        },
        redacted: writer.redacted,
    })
}

/// How many of the first have room for so many characters.
fn fitting(blocks: &[Block], mut room: usize) -> usize {
    let fits = blocks.iter().take_while(|block| {
        let length = block.text.chars().count() + 1;
        let fits = length <= room;
        room = room.saturating_sub(length);
        fits
    });
    fits.count()
}

/// What the comment says of one stack.
struct Block {
    text: String,
    statements: Vec<String>,
}

/// Takes out what is private, and counts it.
#[derive(Default)]
struct Writer {
    redacted: usize,
}

impl Writer {
    /// One line of what the evidence or the index says.
    fn line(&mut self, text: &str) -> String {
        let text: String = printable(text).chars().map(storable).collect();
        let redacted = redact(&text);
        self.redacted += redacted.count;
        short(&redacted.text, LONGEST_LINE)
    }

    fn finding(&mut self, bug: &Bug, finding: &Finding) -> Option<Block> {
        let triage = &finding.triage;
        if !is_telling(triage) {
            return None;
        }
        let mut block = Block {
            text: String::new(),
            statements: Vec::new(),
        };
        for verdict in convincing(triage) {
            self.verdict(verdict, &mut block);
        }
        for issue in same(triage).take(VERDICTS) {
            self.known(issue, &mut block);
        }
        let signature = format!("Signature: {}", self.line(&triage.signature.text));
        let _ = writeln!(block.text, "{signature}");
        block.statements.push(signature);
        for index in triage.indexes.iter().filter(|index| index.searched) {
            if let Some(running) = &index.running {
                let exact = if running.exact { "" } else { ".x" };
                let seen = self.line(&running.seen_in);
                let _ = writeln!(
                    block.text,
                    "Version: {} {}{exact} (by {seen})",
                    index.manifest.upstream, running.version
                );
            }
        }
        let origins: Vec<String> = finding
            .origins
            .iter()
            .map(|origin| origin_text(origin, bug))
            .collect();
        let _ = writeln!(block.text, "Seen in: {}", self.line(&origins.join(", ")));
        Some(block)
    }

    fn verdict(&mut self, verdict: &Verdict, block: &mut Block) {
        let fix = &verdict.fix;
        let main = fix.main();
        let title = self.line(&title(fix));
        let upstream = &verdict.upstream;
        let _ = writeln!(
            block.text,
            "{} fix: {title}",
            capital(&verdict.confidence.to_string())
        );
        let named = format!("{upstream} {}:", main.id.short());
        let statement = format!("{named} {}", fixed_text(verdict));
        let _ = writeln!(block.text, "  {statement}");
        // That an index knows no release says nothing of the fix.
        let unreleased = verdict.first_releases.is_empty();
        block
            .statements
            .push(if unreleased { named } else { statement });
        let links = links::commit(upstream, main.id)
            .into_iter()
            .chain(links::upstream_issues(verdict));
        for link in links {
            let _ = writeln!(block.text, "  {link}");
        }
        let reasons: Vec<String> = verdict
            .reasons
            .iter()
            .take(REASONS)
            .map(|reason| self.line(reason))
            .collect();
        if !reasons.is_empty() {
            let _ = writeln!(block.text, "  Why: {}", reasons.join("; "));
        }
        block.text.push('\n');
    }

    fn known(&mut self, issue: &KnownIssue, block: &mut Block) {
        let head = issue.known.issue.head.as_ref();
        let title = head
            .map(|head| format!(" \"{}\"", self.line(&head.title)))
            .unwrap_or_default();
        let open = head.is_some_and(|head| head.state == State::Open) && issue.fixes.is_empty();
        let state = if open { ", open: not fixed yet" } else { "" };
        let statement = format!("Same stack as {}{state}", self.line(&issue.known.name()));
        let _ = writeln!(block.text, "{statement}{title}");
        block.statements.push(statement);
        if let Some(head) = head {
            let _ = writeln!(block.text, "  {}", self.line(&head.url));
        }
        block.text.push('\n');
    }
}

fn origin_text(origin: &Origin, bug: &Bug) -> String {
    match origin {
        Origin::Input => format!("a file that is not in bug {}", bug.id),
        // Bugzilla makes links of these words.
        other => other.to_string(),
    }
}

fn convincing(triage: &Triage) -> impl Iterator<Item = &Verdict> {
    let verdicts = triage.ranking.verdicts.iter();
    verdicts
        .filter(|verdict| verdict.confidence != Confidence::Weak)
        .take(VERDICTS)
}

fn same(triage: &Triage) -> impl Iterator<Item = &KnownIssue> {
    triage.known.iter().filter(|issue| issue.known.is_same())
}

/// Whether there is something to be said of a finding.
fn is_telling(triage: &Triage) -> bool {
    convincing(triage).next().is_some() || same(triage).next().is_some()
}

/// What a reader has to know first.
fn lead(best: &Finding) -> &'static str {
    match convincing(&best.triage)
        .next()
        .map(|verdict| verdict.confidence)
    {
        Some(Confidence::Likely) => "This looks like a bug that is fixed upstream.",
        Some(_) => "This may be a bug that is fixed upstream.",
        None => "This looks like a bug that is known upstream.",
    }
}

/// How the answer was found, and what it is worth.
fn foot(best: &Finding, options: CommentOptions, redacted: usize, left_out: usize) -> String {
    let searched = best.triage.indexes.iter().filter(|index| index.searched);
    let histories: Vec<String> = searched
        .map(|index| {
            format!(
                "{}'s history up to {}",
                index.manifest.upstream,
                date(index.manifest.newest_commit)
            )
        })
        .collect();
    let mut text = format!(
        "Found by fixtrail {} from the stack, in {}. It is no proof: read the fix before you rely on it.\n",
        env!("CARGO_PKG_VERSION"),
        histories.join(" and ")
    );
    if left_out > 0 {
        let _ = writeln!(
            text,
            "{left_out} more stacks have a fix, too, for which this comment has no room."
        );
    }
    if options.attached {
        text.push_str("The full report is attached.\n");
    }
    if redacted > 0 {
        let _ = writeln!(
            text,
            "{redacted} private details have a word in angle brackets in their place."
        );
    }
    text
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// A character that every server stores as it is: what is no character breaks 5.0.6's mails, and with them each later change of
/// the bug; its MySQL has no place for what is beyond the first 65,536.
fn storable(c: char) -> char {
    let is_noncharacter = matches!(c, '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}');
    if is_noncharacter || c > '\u{ffff}' {
        char::REPLACEMENT_CHARACTER
    } else {
        c
    }
}

/// A line cut between words.
fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most).collect();
    let end = cut
        .rfind(' ')
        .filter(|end| *end > most / 2)
        .unwrap_or(cut.len());
    format!("{} ...", cut[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_between_words() {
        assert_eq!(short("one two three", 20), "one two three");
        assert_eq!(short("one two three", 9), "one two ...");
        assert_eq!(
            short("\u{e9}\u{e9}\u{e9}\u{e9}", 3),
            "\u{e9}\u{e9}\u{e9} ..."
        );
        assert_eq!(capital("likely"), "Likely");
    }
}
