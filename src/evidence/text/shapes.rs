//! Every shape, in the order in which they are asked.

use super::Tool;
use super::shape::Shape;
use super::{
    apport, backtrace_symbols, call_list, coredumpctl, dashboard, dots, eustack, faulthandler, gdb,
    gdb_heads, lldb, macos, pybt, pyspy, pystack, sample, sanitizer, traceback, valgrind, windows,
};

/// Every shape, the most particular first: the first that takes a place has it.
pub(super) const SHAPES: &[Shape] = &[
    (Tool::Pystack, pystack::take),
    (Tool::PySpy, pyspy::take),
    (Tool::Faulthandler, faulthandler::take),
    (Tool::PyBt, pybt::take),
    (Tool::Traceback, traceback::take),
    (Tool::GdbDashboard, dashboard::take),
    (Tool::Gdb, gdb_heads::take),
    (Tool::Coredumpctl, coredumpctl::take),
    (Tool::Sanitizer, sanitizer::take),
    (Tool::Lldb, lldb::take),
    (Tool::Valgrind, valgrind::take),
    (Tool::BacktraceSymbols, backtrace_symbols::take),
    (Tool::EuStack, eustack::take),
    (Tool::MacOs, macos::take),
    (Tool::MacOs, sample::take),
    (Tool::Windows, windows::take),
    (Tool::Gdb, apport::take),
    (Tool::Gdb, gdb::take),
    (Tool::CallList, call_list::take),
    (Tool::Gdb, dots::take),
];
