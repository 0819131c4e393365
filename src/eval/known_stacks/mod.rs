//! What known stacks are worth: cases as the issues of a tracker, of which one post is asked for by another.
//!
//! Each text of a case is a post of the issue that the case is labelled with. An input is asked while of its own case only
//! one other post is there, so that the thread of a report is split: one stack is known, another is asked. The formulas of
//! peers (`peers`) are asked the same, over the same frames.

mod peers;

use std::collections::{BTreeMap, HashMap};

use fixtrail_index::history::IssueRef;
use fixtrail_index::issues::{Head, Issue, IssueKey, IssueSearcher, KnownStack, Piece, Post};
use fixtrail_index::{IndexError, Progress, Upstreams};
use peers::Formula;
use serde::Serialize;
use tempfile::TempDir;

use super::bootstrap::{Estimate, mean};
use super::cases::{InputFile, LabelledCase};
use super::label::Label;
use super::run::{ReadInput, each_input};
use crate::issues::stacks_of;
use crate::known::{ALIKE, known};

/// The shape that nobody pastes.
const CORE: &str = "core";

/// Cases as a tracker.
#[derive(Debug)]
pub struct Tracker {
    asked: Vec<Asked>,
    upstreams: Upstreams,
    _folder: TempDir,
}

/// An input, and its stacks.
#[derive(Debug)]
struct Asked {
    issue: IssueKey,
    case: String,
    fix: String,
    shape: String,
    post: String,
    stacks: Vec<KnownStack>,
}

/// How often the issue was found, of inputs of one shape by posts of another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pairing {
    /// The shape that was asked; empty for all.
    pub asked: String,
    /// The shape that was known; empty for all.
    pub known: String,
    /// How many inputs.
    pub inputs: usize,
    /// By formula, `fixtrail` first.
    pub formulas: Vec<Found>,
}

/// How often a stack was taken for one of another failure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Strangers {
    /// How many inputs were asked.
    pub inputs: usize,
    /// For so many an issue would be shown.
    pub alike: usize,
    /// For so many an issue would be said to have the same stack.
    pub same: usize,
}

/// What one formula found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Whose it is.
    pub formula: &'static str,
    /// The share of inputs whose issue was the most similar one.
    pub first: Estimate,
    /// The mean of 1 / rank.
    pub mrr: Estimate,
}

/// The fix of an input, and the rank of its issue by each formula.
type Ranks = (String, Vec<Option<usize>>);

/// How one post of a case is called among the posts of a [`Tracker`].
pub(super) fn post_id(label: &Label, input: &InputFile) -> String {
    format!("{}/{}", label.id, input.name)
}

impl Tracker {
    /// Makes a tracker of cases. Inputs that cannot be read are left out.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it cannot be written.
    pub fn of(
        cases: &[LabelledCase],
        read: &ReadInput<'_>,
        progress: &dyn Progress,
    ) -> Result<Self, IndexError> {
        let folder = tempfile::tempdir().map_err(|source| IndexError::Io {
            path: std::env::temp_dir(),
            source,
        })?;
        let asked = each_input(cases, progress, |label, input| asked(label, input, read));
        let asked: Vec<Asked> = asked.into_iter().flatten().collect();
        let upstreams = Upstreams::at(folder.path());
        let mut writer = upstreams
            .store(fixtrail_index::CPYTHON)?
            .issues()
            .writer()?;
        let names: HashMap<&str, Vec<IssueRef>> = cases
            .iter()
            .map(|case| (case.label.id.as_str(), case.label.issues.clone()))
            .collect();
        for asked in asked.iter().filter(|asked| asked.shape != CORE) {
            let mut piece = Piece::new(asked.issue.clone());
            piece.head = Some(Head {
                names: names.get(asked.case.as_str()).cloned().unwrap_or_default(),
                ..Head::default()
            });
            piece.posts = vec![Post {
                id: asked.post.clone(),
                updated: 0,
                digest: 0,
                author: String::new(),
                date: 0,
                url: None,
                stacks: asked.stacks.clone(),
                links: Vec::new(),
            }];
            writer.take(piece)?;
        }
        writer.finish()?;
        Ok(Self {
            asked,
            upstreams,
            _folder: folder,
        })
    }

    /// Opens it for searching.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when it cannot be read.
    pub fn issues(&self) -> Result<IssueSearcher, IndexError> {
        let store = self.upstreams.store(fixtrail_index::CPYTHON)?.issues();
        store.open()?.ok_or_else(|| IndexError::NoIndex {
            dir: store.dir().to_owned(),
        })
    }

    /// Asks for every input by every other post of its case.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index is damaged.
    pub fn pairings(&self) -> Result<Vec<Pairing>, IndexError> {
        let issues = self.issues()?;
        let peers = self.peers(&issues)?;
        let mut ranks: BTreeMap<(String, String), Vec<Ranks>> = BTreeMap::new();
        for asked in &self.asked {
            for other in self.others(asked) {
                let mut found = vec![own_rank(asked, other, &issues)?];
                found.extend(
                    peers
                        .iter()
                        .map(|peer| peer.rank(asked, other, &self.asked)),
                );
                for pair in [
                    (&asked.shape, &other.shape),
                    (&String::new(), &String::new()),
                ] {
                    let pair = (pair.0.clone(), pair.1.clone());
                    ranks
                        .entry(pair)
                        .or_default()
                        .push((asked.fix.clone(), found.clone()));
                }
            }
        }
        let names: Vec<&'static str> = std::iter::once("fixtrail")
            .chain(peers.iter().map(|peer| peer.name))
            .collect();
        Ok(ranks
            .into_iter()
            .map(|(pair, ranks)| pairing(pair, &ranks, &names))
            .collect())
    }

    /// Asks for every input while nothing of its issue is known: whatever is found then is another failure.
    ///
    /// # Errors
    ///
    /// [`IndexError`] when the index is damaged.
    pub fn strangers(&self) -> Result<Strangers, IndexError> {
        let issues = self.issues()?;
        let mut strangers = Strangers {
            inputs: self.asked.len(),
            ..Strangers::default()
        };
        for asked in &self.asked {
            let skip = |issue: &Issue, _: &Post| issue.key == asked.issue;
            let found = known(&asked.stacks, &issues, (1, ALIKE), &skip)?;
            strangers.alike += found.len();
            strangers.same += found.iter().filter(|known| known.is_same()).count();
        }
        Ok(strangers)
    }

    /// Posts of the same case.
    fn others<'t>(&'t self, asked: &'t Asked) -> impl Iterator<Item = &'t Asked> {
        let same = |other: &&Asked| other.case == asked.case && other.shape != CORE;
        self.asked
            .iter()
            .filter(same)
            .filter(|other| other.post != asked.post)
    }

    fn peers(&self, issues: &IssueSearcher) -> Result<Vec<Formula>, IndexError> {
        let mut rarities = HashMap::new();
        let stacks = self.asked.iter().flat_map(|asked| &asked.stacks);
        for frame in stacks.flat_map(|stack| &stack.frames) {
            if !rarities.contains_key(&frame.term) {
                rarities.insert(frame.term.clone(), issues.rarity(&frame.term)?);
            }
        }
        Ok(peers::all(&rarities))
    }
}

fn asked(label: &Label, input: &InputFile, read: &ReadInput<'_>) -> Option<Asked> {
    let case = read(&input.path).ok()?;
    let stacks = stacks_of(&case);
    // Cases of one issue are one issue; those without a number are issues of their own.
    let number = label
        .issues
        .iter()
        .min()
        .map_or_else(|| label.id.clone(), ToString::to_string);
    (!stacks.is_empty()).then(|| Asked {
        issue: IssueKey::new(&format!("case:{number}"), 1),
        case: label.id.clone(),
        fix: label.fix.clone(),
        shape: input.shape.clone(),
        post: post_id(label, input),
        stacks,
    })
}

/// Whether a post is there when an input is asked by another: of its case that one alone.
fn is_there(asked: &Asked, other: &Asked, post: &str) -> bool {
    let of_case = post
        .strip_prefix(asked.case.as_str())
        .is_some_and(|rest| rest.starts_with('/'));
    !of_case || post == other.post
}

fn own_rank(
    asked: &Asked,
    other: &Asked,
    issues: &IssueSearcher,
) -> Result<Option<usize>, IndexError> {
    let skip = |_: &Issue, post: &Post| !is_there(asked, other, &post.id);
    let found = known(
        &asked.stacks,
        issues,
        (usize::MAX, f32::MIN_POSITIVE),
        &skip,
    )?;
    let place = found
        .iter()
        .position(|known| known.issue.key == asked.issue);
    Ok(place.map(|at| at + 1))
}

fn pairing((asked, known): (String, String), ranks: &[Ranks], names: &[&'static str]) -> Pairing {
    let formulas = names.iter().enumerate().filter_map(|(at, &formula)| {
        let values = |value: fn(usize) -> f64| {
            let each = ranks
                .iter()
                .map(move |(fix, ranks)| (fix.as_str(), ranks[at].map_or(0.0, value)));
            mean(each)
        };
        #[expect(clippy::cast_precision_loss, reason = "ranks are small")]
        Some(Found {
            formula,
            first: values(|rank| f64::from(u8::from(rank == 1)))?,
            mrr: values(|rank| 1.0 / rank as f64)?,
        })
    });
    Pairing {
        asked,
        known,
        inputs: ranks.len(),
        formulas: formulas.collect(),
    }
}
