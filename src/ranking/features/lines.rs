//! Whether a fix changed the very lines that the frames were on.

use fixtrail_index::ReleaseLines;
use fixtrail_index::fixes::Fix;

use super::{Amount, Basis, Context, Feature};
use crate::query::FrameLine;

pub(super) const FEATURES: [Feature; 2] = [
    Feature {
        name: "line-changed",
        basis: Basis::Evidence,
        what: "it changes a line that a frame was on",
    },
    Feature {
        name: "line-near",
        basis: Basis::Evidence,
        what: "it changes lines near those that frames were on",
    },
];

/// Lines further away are another matter.
const NEAR: u32 = 40;

/// Half the worth of being near is gone after so many lines.
const HALF: f32 = 6.0;

/// The amounts of a fix; the best frame counts.
pub(super) fn amounts(fix: &Fix, release: &mut ReleaseLines, context: &Context<'_>) -> [Amount; 2] {
    let (mut changed, mut near): (Best<'_>, Best<'_>) = (None, None);
    for frame in &context.query.lines {
        let distance = release.distance(fix, &frame.file, frame.line);
        let Some(distance) = distance.filter(|&distance| distance <= NEAR) else {
            continue;
        };
        #[expect(clippy::cast_precision_loss, reason = "at most forty")]
        let worth = frame.weight * HALF / (HALF + distance as f32);
        if distance == 0 {
            keep(&mut changed, (frame.weight, frame, distance));
        }
        keep(&mut near, (worth, frame, distance));
    }
    [("line-changed", changed), ("line-near", near)].map(|(name, best)| {
        let worth = best.map_or(0.0, |(worth, ..)| worth);
        Amount::new(name, worth, context, || {
            best.map_or_else(String::new, |(_, frame, distance)| {
                format!("{}:{}, {distance} lines off", frame.file, frame.line)
            })
        })
    })
}

/// What a frame is worth, the frame, and how many lines it is off.
type Best<'q> = Option<(f32, &'q FrameLine, u32)>;

fn keep<'q>(best: &mut Best<'q>, found: (f32, &'q FrameLine, u32)) {
    if best.is_none_or(|(worth, ..)| found.0 > worth) {
        *best = Some(found);
    }
}
