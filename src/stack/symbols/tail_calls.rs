//! Functions that left no frame, since the last they did was a jump to the next.
//!
//! If the function that a call site names is not the one which the inner frame is in, tail calls lead from one to the
//! other. Where only one way leads there, its functions stood between. The rules are those of gdb
//! (`gdb/dwarf2/frame-tailcall.c`, `call_site_find_chain`): one target that is not known makes all ways uncertain, and of
//! several ways the ends that they share are kept.

use std::collections::HashSet;

use super::call_sites::{CallSites, Source, Target};

/// Longer chains, and more of them, are given up.
const LONGEST: usize = 32;
const MOST_VISITED: usize = 256;

/// Jumps that are followed in one search.
const MOST_JUMPS: usize = 4096;

impl<'f> CallSites<'f> {
    /// The addresses behind the jumps that led from a function to the one at an address, innermost first; none if they
    /// are the same. `None` if it is not known how one led to the other.
    pub(in crate::stack) fn jumps<'a>(
        &'a self,
        source: Source<'a, 'f>,
        first: u64,
        callee: u64,
    ) -> Option<Vec<u64>> {
        let goal = self.function(source, callee)?.entry;
        if first == goal {
            return Some(Vec::new());
        }
        let mut search = Search {
            sites: self,
            source,
            goal,
            visited: HashSet::new(),
            jumps_left: MOST_JUMPS,
            path: Vec::new(),
            found: None,
        };
        search.from(first)?;
        let mut chain = search.found?.kept();
        chain.reverse();
        Some(chain)
    }
}

struct Search<'a, 'f> {
    sites: &'a CallSites<'f>,
    source: Source<'a, 'f>,
    goal: u64,
    visited: HashSet<u64>,
    jumps_left: usize,
    path: Vec<u64>,
    found: Option<Ways>,
}

/// All ways found, by the ends that they share.
#[derive(Debug)]
struct Ways {
    /// The first way from the outermost jump on.
    way: Vec<u64>,
    /// How many at its beginning, and at its end, all ways have.
    begin: usize,
    end: usize,
}

impl Ways {
    fn of(way: Vec<u64>) -> Self {
        let len = way.len();
        Self {
            way,
            begin: len,
            end: len,
        }
    }

    fn add(&mut self, other: &[u64]) {
        let same = |pairs: &mut dyn Iterator<Item = (&u64, &u64)>| {
            pairs.take_while(|(a, b)| a == b).count()
        };
        self.begin = self.begin.min(same(&mut self.way.iter().zip(other)));
        self.end = self
            .end
            .min(same(&mut self.way.iter().rev().zip(other.iter().rev())));
    }

    fn kept(self) -> Vec<u64> {
        let len = self.way.len();
        if self.begin + self.end >= len {
            return self.way;
        }
        let (begin, end) = (&self.way[..self.begin], &self.way[len - self.end..]);
        [begin, end].concat()
    }
}

impl Search<'_, '_> {
    /// Follows all tail calls from a function; `None` as soon as one leads to where is not known.
    fn from(&mut self, function: u64) -> Option<()> {
        if !self.visited.insert(function) || self.path.len() == LONGEST {
            return Some(());
        }
        if self.visited.len() > MOST_VISITED {
            return None;
        }
        let here = self.sites.function(self.source, function)?;
        for site in here.sites.iter().filter(|site| site.tail) {
            self.jumps_left = self.jumps_left.checked_sub(1)?;
            let target = match &site.target {
                Target::At(address) => *address,
                Target::Named(name) => (self.source.symbols)().named(name)?,
                Target::Unknown => return None,
            };
            self.path.push(site.after);
            if target == self.goal {
                match &mut self.found {
                    Some(ways) => ways.add(&self.path),
                    None => self.found = Some(Ways::of(self.path.clone())),
                }
            } else {
                self.from(target)?;
            }
            self.path.pop();
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::Ways;

    #[test]
    fn of_several_ways_the_common_ends_are_kept() {
        for (ways, kept) in [
            (&[&[1_u64, 2, 3][..]][..], &[1_u64, 2, 3][..]),
            (&[&[1, 2, 3], &[1, 4, 3]], &[1, 3]),
            (&[&[1, 2, 3], &[1, 2, 4, 3]], &[1, 2, 3]),
            (&[&[1, 2], &[3, 4]], &[]),
            (&[&[1], &[1, 2]], &[1]),
        ] {
            let mut all = Ways::of(ways[0].to_vec());
            ways[1..].iter().for_each(|way| all.add(way));
            assert_eq!(all.kept(), kept, "{ways:?}");
        }
    }
}
