//! macOS 12 and later: `.ips` crash reports, a small JSON document on one line and then a big one.
//!
//! ```text
//! {"app_name":"Python","bug_type":"309"}
//! {"threads":[{"triggered":true,"id":812,"frames":[{"imageOffset":9,"symbol":"f","symbolLocation":4,"imageIndex":0,
//!   "sourceFile":"x.c","sourceLine":12}]}],"usedImages":[{"name":"Python","path":"/x/Python","base":4096}]}
//! ```

use serde::Deserialize;

use super::document::{Read, parse};
use super::{PastedFrame, PastedStack, StackRole, ThreadLabel, Tool};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    threads: Vec<Thread>,
    used_images: Vec<Image>,
}

#[derive(Debug, Deserialize)]
struct Thread {
    id: Option<u64>,
    name: Option<String>,
    queue: Option<String>,
    #[serde(default)]
    triggered: bool,
    #[serde(default)]
    frames: Vec<Frame>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    image_offset: Option<u64>,
    image_index: Option<usize>,
    symbol: Option<String>,
    symbol_location: Option<u64>,
    source_file: Option<String>,
    source_line: Option<u32>,
    #[serde(default)]
    inline: bool,
}

#[derive(Debug, Deserialize)]
struct Image {
    name: Option<String>,
    path: Option<String>,
    base: Option<u64>,
}

/// The stacks of the report that begins the text, and where it ends.
pub(super) fn read(text: &str) -> Read {
    let (report, end): (Report, usize) = parse(text)?;
    let images = &report.used_images;
    let stacks = report.threads.into_iter().enumerate();
    let stacks = stacks.map(|(i, thread)| stack(i, thread, images));
    Ok((
        stacks.filter(|stack| !stack.frames.is_empty()).collect(),
        end,
    ))
}

fn stack(index: usize, thread: Thread, images: &[Image]) -> PastedStack {
    let frames = thread.frames.into_iter().zip(0..);
    PastedStack {
        tool: Tool::MacOs,
        thread: ThreadLabel {
            number: u32::try_from(index).ok(),
            tid: thread.id,
            pthread: None,
            name: thread.name.or(thread.queue),
            current: thread.triggered,
            state: thread.triggered.then(|| "crashed".to_owned()),
        },
        role: StackRole::Running,
        frames: frames
            .map(|(it, number)| frame(it, number, images))
            .collect(),
        gaps: Vec::new(),
        lines: 0..0,
    }
}

fn frame(frame: Frame, number: u32, images: &[Image]) -> PastedFrame {
    let image = frame.image_index.and_then(|index| images.get(index));
    let base = image.and_then(|image| image.base);
    PastedFrame {
        number: Some(number),
        address: base
            .zip(frame.image_offset)
            .map(|(base, offset)| base.wrapping_add(offset)),
        offset: frame.symbol_location.filter(|_| frame.symbol.is_some()),
        function: frame.symbol,
        module: image.and_then(|image| image.name.clone().or_else(|| image.path.clone())),
        module_offset: frame.image_offset,
        file: frame.source_file,
        line: frame.source_line.filter(|&line| line > 0),
        inlined: frame.inline,
        ..PastedFrame::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{labels, shown};

    #[test]
    fn both_documents() {
        let text = r#"{"app_name":"Python","bug_type":"309"}
{
  "pid" : 9,
  "threads" : [{"id":7,"frames":[]},{"triggered":true,"id":812,"queue":"main","frames":[
    {"imageOffset":16,"symbol":"set_add","symbolLocation":4,"imageIndex":0,"sourceFile":"s.c","sourceLine":12},
    {"imageOffset":32,"imageIndex":9}]}],
  "usedImages" : [{"name":"Python","path":"/x/Python","base":4096}]
}
#0  0x1 in f ()
"#;
        assert_eq!(
            shown(text),
            "0 1010 set_add+0x4 s.c:12 [Python+0x10]; 1 ? | 0 1 f()"
        );
        assert_eq!(labels(text)[0], "1 tid 812 main current crashed: set_add ?");
    }
}
