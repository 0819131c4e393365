//! eu-stack of elfutils, and the pstack that elfutils ships since 0.192.
//!
//! ```text
//! PID 812 - process
//! TID 812:
//! #0  0x00007f1e0dd70dd0 pause
//! #1  0x000055ee56ffc141 - 1 inner - /tmp/s         with -v; "- 1": a return address
//!     /tmp/s.c:3:64                                 with -s
//!     [12de7f5e]@0x55ee56ffb000+0x1140              with -b
//! ```

use super::shape::{Item, Place, Taken};
use super::syntax::{address, digits, frame_number, function, hex, place as file_place};
use super::{PastedFrame, StackRole, ThreadLabel, Tool};

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let line = &place.lines[0];
    let text = line.trimmed();
    match text.as_bytes().first()? {
        b'T' => {
            let (tid, rest) = digits(text.strip_prefix("TID ")?)?;
            let label = ThreadLabel {
                tid: Some(tid),
                ..ThreadLabel::default()
            };
            rest.starts_with(':')
                .then(|| Taken::head(label, StackRole::Running))
        }
        b'#' => frame(place, text),
        b'e' if place.open == Some(Tool::EuStack) => text
            .strip_prefix("eu-stack: ")
            .map(|why| Taken::gap(why, None)),
        b'$' if place.open == Some(Tool::EuStack) => Some(Taken::one(Item::End)),
        _ => None,
    }
}

fn frame(place: Place<'_>, text: &str) -> Option<Taken> {
    let (number, rest) = frame_number(text)?;
    let (address, rest) = address(rest)?;
    let rest = rest.strip_prefix("- 1").map_or(rest, str::trim_start);
    let (name, module) = match rest.split_once(" - ") {
        Some((name, module)) => (name, Some(module)),
        None => (rest, None),
    };
    // gdb has "in" here, systemd and sanitizers a bracket behind.
    let other = name.starts_with("in ") || name.contains([' ', '(']) && !name.contains("::");
    if other || (name.is_empty() && place.open != Some(Tool::EuStack)) {
        return None;
    }
    let mut frame = PastedFrame {
        number: Some(number),
        address: Some(address),
        function: function(name),
        module: module.map(str::to_owned),
        at_line: place.lines[0].number,
        ..PastedFrame::default()
    };
    let below = place.lines.iter().skip(1).take(2);
    let known = below.take_while(|line| line.indent() > 0 && set(&mut frame, line.trimmed()));
    let lines = 1 + known.count();
    Some(Taken::frame(frame, lines))
}

/// A line below a frame: its place, or its module by build id.
fn set(frame: &mut PastedFrame, text: &str) -> bool {
    if let Some((build_id, offset)) = text.split_once("]@0x") {
        frame.module_offset = offset.rsplit_once("+").and_then(|(_, offset)| hex(offset));
        return build_id.starts_with('[');
    }
    let text = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let is_place = frame.file.is_none() && !text.contains(['#', ' ']) && file_place(text).is_some();
    if is_place {
        frame.set_place(text);
    }
    is_place
}

#[cfg(test)]
mod tests {
    use super::super::testing::{labels, shown};

    #[test]
    fn plain_and_verbose() {
        let text = "PID 81 - core\nTID 82:\n#0  0x0000000000007f01 pause\n#1  0x0000000000007f02 - 1 mid - /tmp/s\n    /tmp/s.c:4:50\n\
            #2  0x0000000000007f03 - 1 main\n    [12de]@0x5000+0x54\n#3  0x0000000000007f04\n    [s.c:12]\nTID 83:\n#0  0x1 __select\n";
        assert_eq!(
            shown(text),
            "0 7f01 pause; 1 7f02 mid /tmp/s.c:4:50 [/tmp/s]; 2 7f03 main; 3 7f04 ? s.c:12 | 0 1 __select"
        );
        assert_eq!(
            labels(text),
            ["tid 82: pause mid main ?", "tid 83: __select"]
        );
    }

    #[test]
    fn inlined_frames_share_an_address() {
        let text = "TID 8:\n#0  0x0000000000007f01 inner - /s\n    s.c:3:6\n#1  0x0000000000007f01 mid - /s\n    s.c:4:5\n";
        assert_eq!(
            shown(text),
            "0 7f01 inner s.c:3:6 [/s] inlined; 1 7f01 mid s.c:4:5 [/s]"
        );
    }
}
