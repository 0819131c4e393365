//! ABRT's `core_backtrace` (Fedora, RHEL): JSON.
//!
//! ```text
//! {"signal": 11, "executable": "/usr/bin/python3", "stacktrace": [{"crash_thread": true, "frames": [
//!   {"address": 139, "build_id": "00ff", "build_id_offset": 9, "function_name": "f", "file_name": "/lib/x.so"}]}]}
//! ```
//!
//! ABRT's `backtrace` is gdb's text.

use serde::Deserialize;

use super::document::{Read, parse};
use super::syntax::function;
use super::{PastedFrame, PastedStack, StackRole, ThreadLabel, Tool};

#[derive(Debug, Deserialize)]
struct Report {
    stacktrace: Vec<Thread>,
}

#[derive(Debug, Deserialize)]
struct Thread {
    #[serde(default)]
    crash_thread: bool,
    tid: Option<u64>,
    #[serde(default)]
    frames: Vec<Frame>,
}

#[derive(Debug, Deserialize)]
struct Frame {
    address: Option<u64>,
    build_id_offset: Option<u64>,
    function_name: Option<String>,
    file_name: Option<String>,
    source_file: Option<String>,
    source_line: Option<u32>,
}

/// The stacks of the report that begins the text, and where it ends.
pub(super) fn read(text: &str) -> Read {
    let (report, end): (Report, usize) = parse(text)?;
    let stacks = report.stacktrace.into_iter().map(|thread| PastedStack {
        tool: Tool::Abrt,
        thread: ThreadLabel {
            tid: thread.tid,
            current: thread.crash_thread,
            ..ThreadLabel::default()
        },
        role: StackRole::Running,
        frames: thread.frames.into_iter().zip(0..).map(frame).collect(),
        gaps: Vec::new(),
        lines: 0..0,
    });
    Ok((
        stacks.filter(|stack| !stack.frames.is_empty()).collect(),
        end,
    ))
}

fn frame((frame, number): (Frame, u32)) -> PastedFrame {
    PastedFrame {
        number: Some(number),
        address: frame.address,
        function: frame.function_name.as_deref().and_then(function),
        module: frame.file_name,
        module_offset: frame.build_id_offset,
        file: frame.source_file,
        line: frame.source_line,
        ..PastedFrame::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::labels;
    use super::super::testing::shown;

    #[test]
    fn core_backtrace() {
        let text = r#"core_backtrace:
{   "signal": 11
,   "executable": "/usr/bin/python3"
,   "stacktrace":
      [ {   "crash_thread": true
        ,   "frames":
              [ {   "address": 256
                ,   "build_id": "00ff"
                ,   "build_id_offset": 16
                ,   "function_name": "set_add"
                ,   "file_name": "/usr/lib64/x.so"
                }
              , {   "address": 512 } ]
        } ]
}
"#;
        assert_eq!(shown(text), "0 100 set_add [/usr/lib64/x.so+0x10]; 1 200 ?");
        assert_eq!(labels(text), ["current: set_add ?"]);
    }

    #[test]
    fn broken_documents_are_passed_over() {
        assert_eq!(shown("{\"stacktrace\": [{\"frames\":"), "");
        assert_eq!(shown(&"{\"stacktrace\":[".repeat(1000)), "");
    }
}
