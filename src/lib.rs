//! *Evidence of a crash or hang goes in, the upstream commits that likely fix it come out, with reasons.*
//!
//! ```text
//! process ─────┐
//! core file ───┤
//! pasted text ─┼─▶ evidence ─▶ stack ─▶ diagnosis ─▶ signature ─▶ routing ─▶ query ─▶ ranking ─▶ report ─▶ terminal, JSON,
//! bug ─────────┘                                                             ▲                              HTML, comment
//!                                                                              ▲
//! git clone ─▶ history ─▶ fixes ─▶ tantivy index ──────────────────────────────┤  (crate fixtrail_index; one for each upstream)
//!           └▶ code ──────────────▶ code map ──────────────────────────────────┤
//! trackers ──▶ issues ─▶ issue index ─▶ known stacks ──────────────────────────┘
//! ```
//!
//! Left to right only: a stage knows the types of those before it and nothing of those behind it. Types live with the
//! stage that makes them.
//!
//! | stage | gives | refuses to do |
//! |---|---|---|
//! | [`http`] | the answer of a server, unread | know what it is asked for |
//! | [`download`] | one large file, checked, whatever happened on the way | look into it |
//! | [`evidence`] | every stack in a text, or memory and registers of a core or a running process, with the facts beside them; the cores that systemd keeps | symbolise, judge |
//! | [`stack`] | one list of frames per thread, innermost first, native and Python; what the interpreter of a core knows | drop frames |
//! | [`diagnosis`] | what each thread does over several looks, a verdict with its evidence, findings in memory; in the signature's terms of frames and failures | name fixes |
//! | [`signature`] | the thread that matters, the kind of failure, classes and weights, a stable hash | talk to the index |
//! | [`redact`] | a text without what is private | drop a frame |
//! | [`issues`] | issues of trackers' exports with the stacks in their texts, as terms | keep the texts |
//! | [`known`] | reports with a stack like this one, how alike, and what leads to their fixes | name fixes |
//! | [`routing`] | for each upstream that has an index the frames that it owns, by module, else by source file | search |
//! | [`query`] | terms, each tied to the clue it comes from, and the lines of frames | search |
//! | [`ranking`] | ordered, explained verdicts with a confidence | print |
//! | [`eval`] | how good the answers are on cases whose fix is known | let triage see more of a label than the version |
//! | [`training`] | the table of weights that ranking reads | run when triage does |
//! | [`bugzilla`] | the distinct stacks of a bug with their answers; whether a comment is there, by this call or an earlier one | make up its words |
//! | [`report`] | text, JSON, HTML, comments | compute |
//! | [`cli`] | exit codes | anything a library should do |
//!
//! What holds everywhere: missing evidence is no error but a named [`Problem`](evidence::Problem) or
//! [`Gap`](evidence::Gap); only `report` formats, only `bugzilla` posts and only `cli` prints; the library reads no environment variable and no
//! home folder; nothing panics on input, however damaged.
//!
//! Where the code departs from the obvious:
//!
//! - Text is cut into cleaned lines once, and each place is shown to every shape in turn, instead of one parser a
//!   document: reports mix tools, and a shape that took a whole text would hide the stacks of the others.
//! - A pasted stack is not merged into one per thread. The same thread shown by two tools stays two stacks (they may be
//!   of two runs, as in many blog posts); the signature picks one and takes what the others add at half weight.
//! - Cores are unwound by rules of our own over gimli, not by framehop, which restores three registers: arguments and
//!   rules that need another are lost with it (`stack::unwind` says more). Of DWARF, only the units that a stack meets
//!   are read (`stack::symbols::dwarf`).
//! - Python frames are read by readers of our own (`stack::python`). Where members stand is one question to three sources
//!   (`stack::python::layout`), so that a beta is read by its debug information and a stripped release by a table, with the
//!   same code.
//! - Native and Python frames are paired by what both sides show of one call of the interpreter loop, not by counting
//!   (`stack::merge`): a damaged stack keeps what fits.
//! - A running process is a core whose memory is read later (`evidence::live`): it is looked at once as it runs, which tells
//!   the pages, and once more with these pages of one moment, so that no stage but the first knows of it.
//! - A core's memory is read with `pread`, programs and debug files are mapped: the first come from anywhere and may be
//!   damaged or shrink, of the second a few pages of many are needed.
//! - The index is searched term by term, not through a query language: the ranking needs to know which term met which
//!   field of which fix, and postings say just that.
//! - Each upstream's index is searched and calibrated by itself, and only the verdicts are merged: scores are sums of
//!   rarities in one history, and say nothing beside those of another.
//! - The issues of a tracker are an index of their own, which tantivy's own commits keep whole, not a generation that is
//!   built anew: they come a few at a time, and each replaces itself. A known issue reaches the ranking as a clue like any
//!   other: its number and commits are terms of the query, so that what it leads to is ranked, explained and versioned as all is.
//! - Candidates are found by hand-set weights that know one term at a time, and put in order by learned weights of whole
//!   features (`ranking::features`): a search by the learned ones missed fixes whose only link a feature counts little.
//! - A comment carries a marker and is looked for before it is sent, and again after a request without an answer, when the server
//!   has had time to store it (`bugzilla::post`): Bugzilla has no notion of the same request twice.
//! - Servers that take a key in bodies alone are read by JSON-RPC, not REST (`bugzilla::call`): of a GET only the address is
//!   left, which servers log.
//! - Releases are not stored with the fixes but in a table beside them, by commit: a new tag changes thousands of
//!   fixes, and an update must not rewrite them.
//!
//! # Example
//!
//! ```
//! use fixtrail::{Case, evidence};
//!
//! let text = b"#0  0x00007f01 in list_sort_impl (self=0x1) at Objects/listobject.c:2231\n\
//!              #1  0x00007f02 in method_vectorcall (f=0x2) at Objects/descrobject.c:364\n";
//! let evidence = evidence::text::read(text);
//! let case = Case::from_text(evidence);
//! assert_eq!(case.signature().text, "list_sort_impl");
//! ```
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod bugzilla;
mod case;
pub mod cli;
pub mod diagnosis;
pub mod download;
pub mod eval;
pub mod evidence;
pub mod http;
pub mod issues;
pub mod known;
mod pattern;
pub mod query;
mod random;
pub mod ranking;
pub mod redact;
pub mod report;
pub mod routing;
pub mod signature;
pub mod stack;
#[cfg(test)]
mod synthetic;
pub mod training;
mod triage;

pub use case::Case;
pub use triage::{Asked, IndexUse, KnownFix, KnownIssue, Triage, triage};
