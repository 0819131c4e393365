//! How like two stacks are.
//!
//! The frames of both are put beside each other in their order, so that what the matched ones are worth is as much as can
//! be. A frame is worth more the rarer it is over all known stacks, the nearer to the failure, and by its class; a match of
//! frames at different depths is worth less. What a tool cannot show (inlined functions, what is cut off) is missing
//! without much harm.
//!
//! Against the formulas of CASR (libcasr 2.13.1, `stacktrace.rs`) and TraceSim (Vasiliev et al., 2020) it is measured by
//! `fixtrail eval --known-stacks`.

use fixtrail_index::issues::KnownStack;

/// How fast worth falls with each frame that is further out.
const DECAY: f32 = 0.87;

/// No frame falls below this share.
const FLOOR: f32 = 0.08;

/// How much a match falls with each frame that two depths differ by.
const SHIFT: f32 = 0.06;

/// What a frame costs that the other stack's tool may not have shown.
const UNSHOWN: f32 = 0.2;

/// What two stacks must share to be told alike at all, in rarity times worth: a third of what one frame is worth that one in
/// a thousand issues has. Two that are nothing but trampolines are equal by chance.
const LEAST: f32 = 2.0;

/// A stack whose frames are weighed.
#[derive(Debug, Clone)]
pub struct Weighed<'s> {
    /// Innermost first.
    pub frames: Vec<WeighedFrame<'s>>,
    /// Whether it has frames of machine code, and of Python code.
    languages: [bool; 2],
    cut_before: bool,
    cut_behind: bool,
}

/// A frame with its weights.
#[derive(Debug, Clone, Copy)]
pub struct WeighedFrame<'s> {
    /// The frame as a term.
    pub term: &'s str,
    /// What it is worth by class and depth.
    pub share: f32,
    /// The same times rarity.
    pub weight: f32,
    depth: f32,
    inlined: bool,
    python: bool,
}

impl<'s> Weighed<'s> {
    /// Weighs a stack by the rarities of its frames.
    #[must_use]
    pub fn new(stack: &'s KnownStack, rarities: &[f32]) -> Self {
        let mut depth = 0.0;
        let frames = stack.frames.iter().zip(rarities).map(|(frame, rarity)| {
            let share = f32::from(frame.worth) / 100.0 * DECAY.powf(depth).max(FLOOR);
            let weighed = WeighedFrame {
                term: &frame.term,
                share,
                weight: share * rarity,
                depth,
                inlined: frame.inlined,
                python: frame.python,
            };
            // Trampolines and inlined frames come and go with versions and tools.
            if frame.worth >= 20 && !frame.inlined {
                depth += 1.0;
            }
            weighed
        });
        let has = |python| stack.frames.iter().any(|frame| frame.python == python);
        Self {
            frames: frames.collect(),
            languages: [has(false), has(true)],
            cut_before: stack.cut_before,
            cut_behind: stack.cut_behind,
        }
    }

    /// What its frames are worth, those that `matched` leaves out counted as far as the other stack would show them.
    fn mass(&self, matched: &[usize], other: &Weighed<'_>) -> f32 {
        let (first, last) = (matched.first().copied(), matched.last().copied());
        let frames = self.frames.iter().enumerate();
        frames
            .map(|(at, frame)| {
                let before = other.cut_before && first.is_some_and(|first| at < first);
                let behind = other.cut_behind && last.is_some_and(|last| at > last);
                // coredumpctl shows no Python frames, py-bt none of machine code.
                let strange = !other.languages[usize::from(frame.python)];
                let hidden = before || behind || strange || frame.inlined;
                let shown = matched.binary_search(&at).is_ok() || !hidden;
                frame.weight * if shown { 1.0 } else { UNSHOWN }
            })
            .sum()
    }
}

/// Two stacks beside each other.
#[derive(Debug, Clone, Default)]
pub struct Alignment {
    /// Frames that match, by their numbers in both.
    pub pairs: Vec<(usize, usize)>,
    matched: f32,
    masses: f32,
}

impl Alignment {
    /// From 0 for nothing in common to 1 for equal stacks.
    #[must_use]
    pub fn similarity(&self) -> f32 {
        if self.masses <= 0.0 {
            return 0.0;
        }
        let share = 2.0 * self.matched / self.masses;
        let enough = (self.matched / LEAST).min(1.0);
        (share * enough).clamp(0.0, 1.0)
    }
}

/// Lays two stacks beside each other.
#[must_use]
pub fn align(a: &Weighed<'_>, b: &Weighed<'_>) -> Alignment {
    let pairs = pairs(a, b);
    let of_a: Vec<usize> = pairs.iter().map(|pair| pair.0).collect();
    let of_b: Vec<usize> = pairs.iter().map(|pair| pair.1).collect();
    let matched = pairs
        .iter()
        .map(|&(i, j)| worth(&a.frames[i], &b.frames[j]))
        .sum();
    Alignment {
        matched,
        masses: a.mass(&of_a, b) + b.mass(&of_b, a),
        pairs,
    }
}

fn worth(a: &WeighedFrame<'_>, b: &WeighedFrame<'_>) -> f32 {
    let mean = f32::midpoint(a.weight, b.weight);
    mean * (-SHIFT * (a.depth - b.depth).abs()).exp()
}

/// The heaviest common subsequence.
fn pairs(a: &Weighed<'_>, b: &Weighed<'_>) -> Vec<(usize, usize)> {
    let (n, m) = (a.frames.len(), b.frames.len());
    let row = m + 1;
    let mut best = vec![0.0_f32; (n + 1) * row];
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            let without = best[(i + 1) * row + j].max(best[i * row + j + 1]);
            let (x, y) = (&a.frames[i], &b.frames[j]);
            let with = if x.term == y.term {
                best[(i + 1) * row + j + 1] + worth(x, y)
            } else {
                0.0
            };
            best[i * row + j] = without.max(with);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < n && j < m {
        let here = best[i * row + j];
        if here <= best[(i + 1) * row + j] {
            i += 1;
        } else if here <= best[i * row + j + 1] {
            j += 1;
        } else {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use fixtrail_index::issues::KnownFrame;
    use proptest::prelude::*;

    use super::*;

    fn stack(names: &str) -> KnownStack {
        let frames = names
            .split(' ')
            .filter(|name| !name.is_empty())
            .map(|name| KnownFrame {
                term: name.trim_start_matches('~').to_owned(),
                worth: if name.starts_with("tramp") { 5 } else { 100 },
                inlined: name.starts_with('~'),
                python: name.starts_with("py"),
            });
        KnownStack {
            frames: frames.collect(),
            ..KnownStack::default()
        }
    }

    fn similarity_of(a: &KnownStack, b: &KnownStack) -> f32 {
        let weigh = |stack| Weighed::new(stack, &vec![6.0; 200]);
        let (a, b) = (weigh(a), weigh(b));
        align(&a, &b).similarity()
    }

    fn similarity(a: &str, b: &str) -> f32 {
        similarity_of(&stack(a), &stack(b))
    }

    #[test]
    fn equal_stacks_are_the_same() {
        assert!(similarity("a b c tramp", "a b c tramp") > 0.999);
        assert!(similarity("a b c", "d e f") < 0.001);
        assert!(similarity("", "") < 0.001);
    }

    #[test]
    fn what_is_near_the_failure_counts_most() {
        let (inner, outer) = (
            similarity("a b c d e f", "a b c x y z"),
            similarity("a b c d e f", "x y z d e f"),
        );
        assert!(inner > outer, "{inner} {outer}");
        let (near, far) = (
            similarity("a b c d", "x a b c d"),
            similarity("a b c d", "x y z w v u a b c d"),
        );
        assert!(near > far, "{near} {far}");
    }

    #[test]
    fn trampolines_alone_are_like_nothing() {
        assert!(similarity("tramp1 tramp2", "tramp1 tramp2") < 0.4);
        assert!(similarity("a tramp1", "b tramp1") < 0.1);
    }

    #[test]
    fn what_a_tool_does_not_show_may_be_missing() {
        assert!(similarity("a ~b c ~d e", "a c e") > 0.85);
        assert!(similarity("a b c d e", "a c e") < similarity("a ~b c ~d e", "a c e"));
        assert!(similarity("a py1 b py2", "py1 py2") > 0.7);
        assert!(similarity("a py1 b py2", "py1 py2 z") < similarity("a py1 b py2", "py1 py2"));
        let cut = KnownStack {
            cut_behind: true,
            ..stack("a b")
        };
        let whole = stack("a b c d e");
        assert!(similarity_of(&cut, &whole) > similarity_of(&stack("a b"), &whole));
        assert!(similarity_of(&cut, &whole) > 0.8);
    }

    proptest! {
        #[test]
        fn it_is_a_share_whoever_asks(
            a in prop::collection::vec("~?[abcd]", 0..12),
            b in prop::collection::vec("~?[abcd]", 0..12),
        ) {
            let (a, b) = (stack(&a.join(" ")), stack(&b.join(" ")));
            prop_assert!((0.0..=1.0).contains(&similarity_of(&a, &b)));
            let rarities = [6.0; 12];
            let (a, b) = (Weighed::new(&a, &rarities), Weighed::new(&b, &rarities));
            // Which of two equally good frames is matched may differ, what the matches are worth does not.
            let (there, back) = (align(&a, &b), align(&b, &a));
            prop_assert!((there.matched - back.matched).abs() < 0.001);
            prop_assert!(there.pairs.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
            let whole: f32 = a.frames.iter().map(|frame| frame.weight).sum();
            prop_assert!((align(&a, &a).matched - whole).abs() < 0.001);
        }
    }
}
