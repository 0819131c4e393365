//! macOS `sample` and Activity Monitor's "Sample Process": a call tree with counts, outermost first.
//!
//! ```text
//!     2539 Thread_1234   DispatchQueue_1: com.apple.main-thread  (serial)
//!     + 2539 start  (in libdyld.dylib) + 1  [0x7fff01]
//!     +   2000 f  (in Python) + 123  [0x1001]  x.c:12
//!     +   539 g  (in Python) + 7  [0x1002]
//! ```
//!
//! Each leaf of the tree is a stack of its own.

use std::sync::LazyLock;

use regex::Regex;

use super::lines::Line;
use super::shape::{Item, Place, Taken};
use super::syntax::{LONGEST, function, hex};
use super::{PastedFrame, PastedStack, StackRole, ThreadLabel, Tool};
use crate::pattern::regex;

/// How many leaves of a thread become stacks. The tree of a busy thread has thousands, each seen in few samples.
const LEAVES: usize = 16;

static CALL: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"^(?P<tree>[ +!:|]*)(?P<count>\d+) (?P<name>\S.*?)  \(in (?P<module>[^()]+)\)",
        r"(?:  load address \S+)?(?: \+ (?P<offset>\d+|0x[0-9a-f]+)[\d,.]*)?(?:  \[(?P<address>0x[0-9a-f]+)[^\]]*\])?(?:  (?P<place>\S+:\d+))?$"
    ))
});

static THREAD: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^\s*\d+ Thread_(?P<tid>\d+)(?:: (?P<name>\S+))?"));

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let text = place.lines[0].text.as_ref();
    let label = if text.len() < LONGEST && text.contains(" Thread_") {
        let found = THREAD.captures(text)?;
        ThreadLabel {
            tid: found["tid"].parse().ok(),
            name: found.name("name").map(|name| name.as_str().to_owned()),
            ..ThreadLabel::default()
        }
    } else {
        call(&place.lines[0])?;
        ThreadLabel::default()
    };
    let header = usize::from(label.tid.is_some());
    let mut tree = Tree::default();
    for call in place.lines[header..].iter().map_while(call) {
        tree.add(call, &label);
    }
    let used = header + tree.calls;
    (tree.calls > 0).then(|| Taken {
        item: tree.finish(&label),
        lines: used,
    })
}

#[derive(Debug)]
struct Call {
    depth: usize,
    count: u64,
    frame: PastedFrame,
}

fn call(line: &Line<'_>) -> Option<Call> {
    let text = line.text.as_ref();
    if text.len() > LONGEST || !text.contains("  (in ") {
        return None;
    }
    let found = CALL.captures(text)?;
    let get = |name| found.name(name).map(|group| group.as_str());
    let mut frame = PastedFrame {
        address: get("address").and_then(hex),
        function: function(&found["name"]).filter(|name| name != "???"),
        module: function(&found["module"]),
        offset: get("offset").and_then(|text| match text.strip_prefix("0x") {
            Some(digits) => hex(digits),
            None => text.parse().ok(),
        }),
        at_line: line.number,
        ..PastedFrame::default()
    };
    if let Some(place) = get("place") {
        frame.set_place(place);
    }
    Some(Call {
        depth: found["tree"].len(),
        count: found["count"].parse().ok()?,
        frame,
    })
}

/// The tree of one thread, call by call.
#[derive(Debug, Default)]
struct Tree {
    calls: usize,
    /// The last call and those around it, outermost first.
    path: Vec<Call>,
    /// A stack for every call that calls nothing further.
    stacks: Vec<PastedStack>,
    left_out: usize,
}

impl Tree {
    fn add(&mut self, call: Call, label: &ThreadLabel) {
        self.calls += 1;
        let leaf = self.path.last();
        if leaf.is_some_and(|leaf| leaf.depth >= call.depth) {
            self.leaf(label);
        }
        self.path
            .truncate(self.path.partition_point(|above| above.depth < call.depth));
        self.path.push(call);
    }

    /// Makes a stack of the last call, which calls nothing further.
    fn leaf(&mut self, label: &ThreadLabel) {
        let Some(leaf) = self.path.last() else { return };
        if self.stacks.len() >= LEAVES {
            self.left_out += 1;
            return;
        }
        let thread = ThreadLabel {
            state: Some(format!("{} samples", leaf.count)),
            ..label.clone()
        };
        let frames = self.path.iter().rev().map(|call| call.frame.clone());
        self.stacks.push(PastedStack {
            tool: Tool::MacOs,
            thread,
            role: StackRole::Running,
            frames: frames.collect(),
            gaps: Vec::new(),
            lines: 0..0,
        });
    }

    fn finish(mut self, label: &ThreadLabel) -> Item {
        self.leaf(label);
        let left_out = (self.left_out > 0).then(|| {
            format!(
                "{} leaves of this call tree were left out: the first {LEAVES} are shown",
                self.left_out
            )
        });
        Item::Stacks(self.stacks, left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{labels, shown};

    #[test]
    fn every_leaf_is_a_stack() {
        let text = "Call graph:\n    2539 Thread_1234   DispatchQueue_1: com.apple.main-thread  (serial)\n\
            \x20   + 2539 start  (in libdyld.dylib) + 1  [0x7fff01]\n\
            \x20   +   2000 set_add  (in Python) + 123  [0x1001]  setobject.c:12\n\
            \x20   +   ! 2000 ???  (in Python)  load address 0x1000 + 0x12  [0x1002]\n\
            \x20   +   539 g  (in Python) + 7  [0x1003]\n\nTotal number in stack\n";
        assert_eq!(
            labels(text),
            [
                "tid 1234 2000 samples: ? set_add start",
                "tid 1234 539 samples: g start"
            ]
        );
        assert!(shown(text).contains("1001 set_add+0x7b setobject.c:12 [Python]"));
    }

    #[test]
    fn leaves_beyond_the_most_are_named() {
        let leaf = "    + 2 f  (in P) + 1  [0x1]\n";
        let text = format!("    40 Thread_1\n{}", leaf.repeat(super::LEAVES + 4));
        let evidence = super::super::read(text.as_bytes());
        assert_eq!(evidence.stacks.len(), super::LEAVES);
        assert!(
            evidence.problems[0].what.starts_with("4 leaves"),
            "{:?}",
            evidence.problems
        );
    }
}
