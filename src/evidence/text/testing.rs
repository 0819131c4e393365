//! How the tests of the shapes show what was read, one short line for a stack.

use super::{FrameKind, PastedFrame, PastedStack, Tool, read};

/// Every stack: frames and gaps; stacks are parted by ` | `.
pub(super) fn shown(text: &str) -> String {
    let stacks = read(text.as_bytes()).stacks;
    let stacks: Vec<String> = stacks.iter().map(stack).collect();
    stacks.join(" | ")
}

/// Every frame.
pub(super) fn frames(text: &str) -> Vec<String> {
    let stacks = read(text.as_bytes()).stacks;
    stacks
        .iter()
        .flat_map(|stack| stack.frames.iter().map(|it| frame(stack.tool, it)))
        .collect()
}

/// The label of every stack, and its functions.
pub(super) fn labels(text: &str) -> Vec<String> {
    read(text.as_bytes()).stacks.iter().map(label).collect()
}

fn stack(stack: &PastedStack) -> String {
    let frames = stack.frames.iter().map(|it| frame(stack.tool, it));
    let gaps = stack.gaps.iter().map(|gap| match gap.count {
        Some(count) => format!("gap {} {} ({count})", gap.at, gap.why),
        None => format!("gap {} {}", gap.at, gap.why),
    });
    frames.chain(gaps).collect::<Vec<_>>().join("; ")
}

fn frame(tool: Tool, frame: &PastedFrame) -> String {
    let mut parts = Vec::new();
    parts.extend(frame.number.map(|number| number.to_string()));
    parts.extend(frame.address.map(|address| format!("{address:x}")));
    let mut name = frame.function.clone().unwrap_or_else(|| "?".to_owned());
    let list: Vec<String> = frame
        .arguments
        .iter()
        .map(|argument| match argument.name.as_str() {
            "" => argument.value.clone(),
            name => format!("{name}={}", argument.value),
        })
        .collect();
    let prints_lists = matches!(tool, Tool::Gdb) && frame.kind == FrameKind::Native;
    if prints_lists || !list.is_empty() {
        name.push_str(&format!("({})", list.join(", ")));
    }
    if let Some(offset) = frame.offset {
        name.push_str(&format!("+{offset:#x}"));
    }
    parts.push(name);
    parts.extend(place(frame));
    parts.extend(
        frame
            .module
            .as_ref()
            .map(|module| match frame.module_offset {
                Some(offset) => format!("[{module}+{offset:#x}]"),
                None => format!("[{module}]"),
            }),
    );
    if frame.kind == FrameKind::Signal {
        parts.push("signal".to_owned());
    }
    if frame.inlined {
        parts.push("inlined".to_owned());
    }
    parts.join(" ")
}

fn place(frame: &PastedFrame) -> Option<String> {
    let mut place = frame.file.clone()?;
    for number in [frame.line, frame.column].into_iter().flatten() {
        place.push_str(&format!(":{number}"));
    }
    Some(place)
}

fn label(stack: &PastedStack) -> String {
    let thread = &stack.thread;
    let mut parts = Vec::new();
    parts.extend(thread.number.map(|number| number.to_string()));
    parts.extend(thread.tid.map(|tid| format!("tid {tid}")));
    parts.extend(thread.pthread.map(|pthread| format!("pthread {pthread:x}")));
    parts.extend(thread.name.clone());
    if thread.current {
        parts.push("current".to_owned());
    }
    parts.extend(thread.state.clone());
    let functions: Vec<&str> = stack
        .frames
        .iter()
        .map(|frame| frame.function.as_deref().unwrap_or("?"))
        .collect();
    format!("{}: {}", parts.join(" "), functions.join(" "))
}
