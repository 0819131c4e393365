//! Weighs candidates, ever more closely: all by what the index says of each at a glance, the best by their records and the
//! lines of the clone, and those that are shown in words.

use fixtrail_index::fixes::{Fix, Trait};
use fixtrail_index::{Candidate, IndexError, ReleaseLines, Searcher};

use super::features::{Context, amounts, late_amounts};
use super::{Confidence, Part, RestsOn, Running, Verdict, model, reasons};

/// So many of the best are looked at more closely: each takes its record, and texts from the clone.
const CLOSELY: usize = 20;

/// Weighs the candidates of one query.
pub(super) struct Judge<'a> {
    searcher: &'a Searcher,
    context: Context<'a>,
    /// The same, for amounts that are shown.
    in_words: Context<'a>,
    running: Option<&'a Running>,
    release: Option<ReleaseLines>,
}

/// A candidate with its score.
pub(super) struct Judged {
    candidate: Candidate,
    pub(super) score: f32,
    /// The fix, and the parts of the score that it took to know it.
    close: Option<(Fix, Vec<Part>)>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        searcher: &'a Searcher,
        context: Context<'a>,
        running: Option<&'a Running>,
    ) -> Self {
        let lines = !context.query.lines.is_empty();
        let version = context.running.filter(|_| lines);
        Self {
            searcher,
            in_words: context.in_words(),
            release: version.and_then(|version| searcher.release_lines(version)),
            context,
            running,
        }
    }

    /// The candidates, best first. What was taken back is no fix; what came in its place has the same words.
    pub(super) fn at_a_glance(&self, candidates: Vec<Candidate>) -> Vec<Judged> {
        let kept = candidates
            .into_iter()
            .filter(|candidate| !candidate.outline.is(Trait::Reverted));
        let judged = kept.map(|candidate| Judged {
            score: sum(&model::parts(amounts(&candidate, &self.context))),
            candidate,
            close: None,
        });
        let mut judged: Vec<Judged> = judged.collect();
        sort(&mut judged);
        judged
    }

    /// Looks at the best of them more closely, and sorts them anew.
    pub(super) fn closely(&mut self, judged: &mut [Judged]) -> Result<(), IndexError> {
        for one in judged.iter_mut().take(CLOSELY) {
            let fix = self.searcher.fix(&one.candidate)?;
            let late = late_amounts(&fix, self.release.as_mut(), &self.in_words);
            let late = model::parts(late);
            one.score += sum(&late);
            one.close = Some((fix, late));
        }
        sort(judged);
        Ok(())
    }

    /// A candidate as a verdict, in words.
    pub(super) fn verdict(&self, judged: Judged) -> Result<Verdict, IndexError> {
        let candidate = judged.candidate;
        let (fix, late) = match judged.close {
            Some(known) => known,
            None => (self.searcher.fix(&candidate)?, Vec::new()),
        };
        let mut parts = model::parts(amounts(&candidate, &self.in_words));
        parts.extend(late);
        model::sort(&mut parts);
        Ok(Verdict {
            upstream: self.searcher.manifest().upstream.clone(),
            running: self.running.cloned(),
            score: sum(&parts),
            reasons: reasons::reasons(&candidate, self.context.query, self.context.rarity),
            parts,
            probability: 0.0,
            confidence: Confidence::Weak,
            rests_on: RestsOn::default(),
            containment: candidate.containment,
            first_releases: candidate.first_releases,
            fix,
        })
    }

    /// One candidate by itself, as closely as the best are looked at.
    pub(super) fn alone(&mut self, candidate: Candidate) -> Result<Verdict, IndexError> {
        let score = sum(&model::parts(amounts(&candidate, &self.context)));
        let mut judged = [Judged {
            candidate,
            score,
            close: None,
        }];
        self.closely(&mut judged)?;
        let [judged] = judged;
        self.verdict(judged)
    }
}

/// Best first. Equal scores: the newer fix, which is the one that a later version keeps.
fn sort(judged: &mut [Judged]) {
    judged.sort_by(|a, b| {
        let newer = b
            .candidate
            .outline
            .committed
            .cmp(&a.candidate.outline.committed);
        b.score.total_cmp(&a.score).then(newer)
    });
}

fn sum(parts: &[Part]) -> f32 {
    parts.iter().map(|part| part.value).sum()
}
