//! Where the ranking's weights come from.
//!
//! In: labelled cases and the index, whose own history gives more of them ([`history`]). Out: a table of weights for
//! [`ranking`](crate::ranking), with the figures that it reached on cases whose fix it was not trained on. All steps are
//! deterministic: the same cases and index give the same table.
//!
//! 1. [`examples`]: each input is asked with the weights that there are, which gives candidates with their amounts of each
//!    feature;
//! 2. [`mod@fit`]: weights under which the right fix is the most likely of its candidates (softmax), drawn towards 0, and
//!    never below it for what stack and fix have in common;
//! 3. [`validation`]: the same with each fifth of the fixes held out in its turn.
//!
//! 4. [`calibration`]: what a score says of the chance to be right, by what was held out and by inputs without a fix.
//!
//! **Harvest.** Labelled crashes are found by words and tests of their fixes, so that a model trained on them learns those.
//! Weights of [`Basis::Harvest`](crate::ranking::Basis) are therefore learned from reports first of all, which users wrote
//! without knowing of a fix, and figures without all of them stand beside those with them.
//!
//! What was tried and did not help held-out fixes: boosted trees (LambdaMART), which were worse on reports; the innermost
//! frame's function and file as features of their own; the share of the stack that is in files of the fix; words of names,
//! of failed checks and of a report's text in messages; extension modules that were loaded; whether NEWS speaks of the part
//! that the stack is in; the share of changed functions that are one call away; fixes' own traits in the search for
//! candidates (72 % of reports had theirs among them instead of 60 %, no more of them among the first ten).

pub mod calibration;
pub mod examples;
pub mod fit;
pub mod history;
pub mod table;
pub mod validation;

pub use examples::{Example, Origin};
pub use fit::{Weights, fit};
