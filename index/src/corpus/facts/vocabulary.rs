//! Names and their numbers: the commonest first, so that most numbers are small.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::ints::{Ints, IntsReader};
use super::names;
use crate::corpus::CorpusError;

/// The names of some lists, by number.
#[derive(Debug)]
pub(super) struct Vocabulary(Vec<String>);

impl Vocabulary {
    /// The numbers of all names, and the three columns that tell them: shared lengths, rests, uses.
    pub(super) fn encode<'a>(
        lists: impl Iterator<Item = &'a Vec<String>>,
    ) -> (FxHashMap<&'a str, u64>, [Vec<u8>; 3]) {
        let mut uses: BTreeMap<&str, u64> = BTreeMap::new();
        for name in lists.flatten() {
            *uses.entry(name).or_default() += 1;
        }
        let [shared, rests] = names::encode(uses.keys().copied());
        let mut counts = Ints::default();
        uses.values().for_each(|&count| counts.push(count));
        let mut ranked: Vec<(&str, u64)> = uses.into_iter().collect();
        ranked.sort_by_key(|&(_, count)| Reverse(count));
        let names = ranked.into_iter().map(|(name, _)| name);
        (
            names.zip(0..).collect(),
            [shared, rests, counts.into_bytes()],
        )
    }

    pub(super) fn decode(columns: [&[u8]; 3], longest: usize) -> Result<Self, CorpusError> {
        let [shared, rests, uses] = columns;
        let names = names::decode(shared, rests, longest)?;
        let mut uses = IntsReader::new(uses);
        let mut ranked = Vec::with_capacity(names.len());
        for name in names {
            ranked.push((uses.next()?, name));
        }
        uses.end()?;
        ranked.sort_by_key(|&(count, _)| Reverse(count));
        Ok(Self(ranked.into_iter().map(|(_, name)| name).collect()))
    }

    /// Reads a list of so many names; gives them sorted by spelling.
    pub(super) fn list(
        &self,
        column: &mut IntsReader<'_>,
        length: usize,
    ) -> Result<Vec<String>, CorpusError> {
        let (mut names, mut number) = (Vec::with_capacity(length), 0_u64);
        for _ in 0..length {
            number = number.saturating_add(column.next()?);
            let name = usize::try_from(number).ok().and_then(|at| self.0.get(at));
            let name = name.ok_or(CorpusError::Malformed("a name without a number"))?;
            names.push(name.clone());
            number += 1;
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// Writes a list by the numbers of its names, ascending: each as the difference from what the last could be followed by.
pub(super) fn write_list(column: &mut Ints, numbers: &FxHashMap<&str, u64>, names: &[String]) {
    let mut sorted: Vec<u64> = names
        .iter()
        .filter_map(|name| numbers.get(&**name).copied())
        .collect();
    sorted.sort_unstable();
    let mut next = 0;
    for number in sorted {
        column.push(number - next);
        next = number + 1;
    }
}
