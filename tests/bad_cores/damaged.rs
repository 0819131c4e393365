//! A real core, cut off, changed and shuffled.

use super::{Want, look};
use crate::support::crasher::crashed;

const NT_FILE: u32 = 0x4649_4c45;

#[test]
fn whole() {
    let Some((_, core)) = crashed() else { return };
    look(
        "whole",
        core,
        Want::Frames(&["sink", "take_water", "main", "watch", "crasher"]),
    );
}

#[test]
fn cut_off() {
    let Some((_, core)) = crashed() else { return };
    for (name, len) in [("half", core.len() / 2), ("a tenth", core.len() / 10)] {
        look(
            name,
            &core[..len],
            Want::Frames(&["note: the core is cut off"]),
        );
    }
    for len in [4096, 1024, 100, 64, 63, 20, 16, 6, 5, 4] {
        look(&format!("{len} bytes"), &core[..len], Want::Answer);
    }
}

/// The list of files names more than there are: what stands there still counts.
#[test]
fn lying_list_of_files() {
    let Some((_, core)) = crashed() else { return };
    for count in [1 << 40, 1 << 62, u64::MAX] {
        let mut core = core.clone();
        let at = note(&core, NT_FILE);
        core[at..at + 8].copy_from_slice(&count.to_le_bytes());
        let words = [
            &format!("the list of mapped files names {count}")[..],
            "sink",
            "take_water",
        ];
        look("count", &core, Want::Frames(&words));
    }
    let mut core = core.clone();
    let at = note(&core, NT_FILE);
    core[at + 8..at + 16].copy_from_slice(&u64::MAX.to_le_bytes());
    look("page size", &core, Want::Frames(&[]));
}

#[test]
fn segments_elsewhere() {
    let Some((_, core)) = crashed() else { return };
    // Field of the program header; value.
    for (field, value) in [
        (8, 1_u64 << 60),
        (8, u64::MAX),
        (16, u64::MAX - 4095),
        (32, 1 << 62),
        (32, 0),
        (40, 1 << 63),
        (40, u64::MAX),
    ] {
        let mut core = core.clone();
        for at in (64..64 + 56 * 200).step_by(56) {
            if core[at..at + 4] == [1, 0, 0, 0] {
                core[at + field..at + field + 8].copy_from_slice(&value.to_le_bytes());
            }
        }
        look(&format!("{field}: {value:#x}"), &core, Want::Answer);
    }
}

#[test]
fn flipped_bits() {
    let Some((_, core)) = crashed() else { return };
    for seed in 1..=4 {
        let mut core = core.clone();
        let mut random = Random(seed);
        // Everywhere, then where the headers and notes are.
        for within in [core.len(), 8192] {
            for _ in 0..(if within == 8192 { 200 } else { 20_000 }) {
                let at = 64 + random.below(within - 64);
                core[at] ^= 1 << random.below(8);
            }
            look(&format!("seed {seed}, {within}"), &core, Want::Answer);
        }
    }
}

/// xorshift64: the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 8).expect("64 bits") % end
    }
}

/// Where the content of a note begins.
fn note(core: &[u8], kind: u32) -> usize {
    let head = [&kind.to_le_bytes()[..], b"CORE\0\0\0\0"].concat();
    let at = core.windows(head.len()).position(|window| window == head);
    at.expect("the note") + head.len()
}
