//! Answers as text and JSON. Nothing is computed here: every figure and every word of judgement comes from a stage.

mod bug;
mod comment;
mod cores;
mod diagnosis;
mod eval;
mod exceptions;
mod explain;
mod html;
mod index;
mod issues;
mod json;
mod known;
mod links;
mod python;
mod running;
mod scan;
mod signature;
mod stack;
mod style;
mod table;
mod title;
mod triage;

pub use bug::{bug_json, bug_text, findings_json, outcome_json, outcome_text, stacks_text};
pub use comment::{CommentOptions, CommentText, comment};
pub use cores::{cores_json, cores_text};
pub use eval::{eval_json, eval_text};
pub use explain::{explain_json, explain_text};
pub use html::{HtmlReport, html_report};
pub use index::{index_json, index_text, indexes_json, indexes_text, verified_text};
pub use issues::{
    fetched_json, fetched_text, imported_json, imported_text, issues_json, issues_text,
    no_issues_json,
};
pub use json::{SCHEMA, signature_json, stack_json, triage_json};
pub use known::{similar_json, similar_text};
pub use links::upstream_issues;
pub use scan::{ScanFix, ScanLine, ScanStatus, scan_json, scan_text};
pub use signature::signature_text;
pub use stack::{Frames, stack_text};
pub(crate) use style::{date, printable};
pub use triage::{TextOptions, triage_text};
