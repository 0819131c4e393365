//! The index's fields, and a fix as a document.

use serde::{Deserialize, Serialize};
use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field as TantivyField, INDEXED, IndexRecordOption, STORED, Schema, TextFieldIndexing,
    TextOptions,
};
use tantivy::tokenizer::{
    LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer, TokenizerManager,
};

use crate::IndexError;
use crate::fixes::{self, Fix, FixCommit, Outline};
use crate::history::Purpose;
use crate::parts::parts;

/// What a term can be looked for in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Functions whose text the fix changes. Python methods also without their class.
    Function,
    /// Identifiers that its messages and NEWS name.
    Mentioned,
    /// Functions called on its changed lines.
    Call,
    /// Other identifiers on its changed lines.
    Identifier,
    /// Files: the path, each shorter path that ends it, and a Python module's dotted name.
    File,
    /// Words of messages and NEWS, in small letters.
    Word,
    /// Kinds of failure named ([`Kind::word`](crate::history::Kind::word)).
    Kind,
    /// Issues and pull requests (`bpo-40696`, `GH-20287`).
    Issue,
    /// Identifiers on changed lines of tests.
    Tested,
    /// Words that the names of changed functions and files and of mentioned identifiers are made of ([`parts`]).
    Part,
    /// Commits of the fix, by their whole names, and those that they were picked from.
    Commit,
}

impl Field {
    /// Those that a document has terms in; [`Field::Commit`] is read from its keys.
    pub(crate) const ALL: [Self; 10] = [
        Self::Function,
        Self::Mentioned,
        Self::Call,
        Self::Identifier,
        Self::File,
        Self::Word,
        Self::Kind,
        Self::Issue,
        Self::Tested,
        Self::Part,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Mentioned => "mentioned",
            Self::Call => "call",
            Self::Identifier => "identifier",
            Self::File => "file",
            Self::Word => "word",
            Self::Kind => "kind",
            Self::Issue => "issue",
            Self::Tested => "tested",
            Self::Part => "part",
            Self::Commit => KEY,
        }
    }
}

/// Name of the field of keys.
const KEY: &str = "key";

const WORDS: &str = "words";

/// Names of the fields that are read by document, without its record.
pub(crate) const COMMIT: &str = "commit";
pub(crate) const OUTLINE: &str = "outline";
pub(crate) const COMMITTED: &str = "committed";

/// The schema, with every field at hand.
#[derive(Debug, Clone)]
pub(crate) struct FixSchema {
    pub(crate) schema: Schema,
    searched: [TantivyField; Field::ALL.len()],
    /// What ties commits to the fix; an update finds by it the fix that a new commit belongs to.
    pub(crate) key: TantivyField,
    /// Ordinals of the commits, so that releases can be told without loading the document.
    pub(crate) commit: TantivyField,
    /// Its outline, packed.
    pub(crate) outline: TantivyField,
    /// When its first commit was committed.
    pub(crate) committed: TantivyField,
    /// The fix itself, in postcard form.
    pub(crate) record: TantivyField,
}

impl FixSchema {
    pub(crate) fn new() -> Self {
        let text = |tokenizer: &str| {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(tokenizer)
                .set_fieldnorms(false)
                .set_index_option(IndexRecordOption::Basic);
            TextOptions::default().set_indexing_options(indexing)
        };
        let mut schema = Schema::builder();
        let searched = Field::ALL.map(|field| {
            schema.add_text_field(
                field.name(),
                text(if field == Field::Word { WORDS } else { "raw" }),
            )
        });
        let key = schema.add_text_field(KEY, text("raw"));
        let commit = schema.add_u64_field(COMMIT, INDEXED | FAST);
        let outline = schema.add_u64_field(OUTLINE, FAST);
        let committed = schema.add_i64_field(COMMITTED, FAST);
        let record = schema.add_bytes_field("record", STORED);
        Self {
            schema: schema.build(),
            searched,
            key,
            commit,
            outline,
            committed,
            record,
        }
    }

    pub(crate) fn field(&self, field: Field) -> TantivyField {
        match field {
            Field::Commit => self.key,
            field => self.searched[field as usize],
        }
    }

    /// A fix as a document, and the length of its record.
    pub(crate) fn document(
        &self,
        fix: &Fix,
        outline: Outline,
    ) -> Result<(TantivyDocument, usize), IndexError> {
        let mut document = TantivyDocument::new();
        for (field, terms) in terms(fix) {
            for term in terms {
                document.add_text(self.field(field), term);
            }
        }
        for commit in &fix.commits {
            document.add_u64(self.commit, commit.ordinal.into());
            for key in fixes::keys(commit.id, &commit.message) {
                document.add_text(self.key, key);
            }
        }
        let (outline, committed) = outline.pack();
        document.add_u64(self.outline, outline);
        document.add_i64(self.committed, committed);
        let record = postcard::to_stdvec(fix).map_err(IndexError::record)?;
        document.add_bytes(self.record, &record);
        Ok((document, record.len()))
    }
}

/// Tokenizers that the schema names; to be set on each opened index.
pub(crate) fn tokenizers(manager: &TokenizerManager) {
    let words = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(60))
        .filter(LowerCaser)
        .build();
    manager.register(WORDS, words);
}

/// Every term of a fix, by field, sorted and without repeats.
fn terms(fix: &Fix) -> Vec<(Field, Vec<String>)> {
    let mut terms: Vec<(Field, Vec<String>)> = Field::ALL.map(|field| (field, Vec::new())).into();
    for commit in &fix.commits {
        for (field, into) in &mut terms {
            match field {
                Field::Function => commit
                    .changes
                    .functions
                    .iter()
                    .for_each(|name| into.extend(function_terms(name))),
                Field::Mentioned => {
                    into.extend(commit.message.identifiers.iter().cloned());
                    let news = commit.changes.news.iter();
                    into.extend(
                        news.flat_map(|news| crate::history::message::identifiers(&news.text)),
                    );
                }
                Field::Call => into.extend(commit.changes.calls.iter().cloned()),
                Field::Identifier => into.extend(commit.changes.identifiers.iter().cloned()),
                Field::File => commit
                    .changes
                    .files
                    .iter()
                    .for_each(|path| into.extend(file_terms(path))),
                Field::Word => {
                    into.push(commit.text.clone());
                    into.extend(commit.changes.news.iter().map(|news| news.text.clone()));
                }
                Field::Kind => into.extend(
                    commit
                        .message
                        .kinds
                        .iter()
                        .map(|kind| kind.word().to_owned()),
                ),
                Field::Issue => into.extend(commit.message.issues.iter().map(ToString::to_string)),
                Field::Tested => into.extend(commit.changes.tested.iter().cloned()),
                Field::Part => part_terms(commit).for_each(|parts| into.extend(parts)),
                Field::Commit => {}
            }
        }
    }
    for (_, into) in &mut terms {
        into.sort_unstable();
        into.dedup();
    }
    terms
}

/// A function's name, and for a Python method the name without its class, which is all that older tracebacks print.
fn function_terms(name: &str) -> impl Iterator<Item = String> {
    let bare = name.rsplit_once('.').map(|(_, bare)| bare.to_owned());
    std::iter::once(name.to_owned()).chain(bare)
}

fn part_terms(commit: &FixCommit) -> impl Iterator<Item = Vec<String>> {
    let files = commit.changes.files.iter();
    let stems = files
        .filter(|path| Purpose::of(path) == Purpose::Code)
        .filter_map(|path| path.rsplit('/').next()?.split('.').next());
    let functions = commit.changes.functions.iter();
    let mentioned = commit.message.identifiers.iter();
    stems
        .chain(functions.chain(mentioned).map(String::as_str))
        .map(parts)
}

/// Endings of a path that are terms.
const MOST_ENDINGS: usize = 16;

/// `Lib/json/decoder.py` as itself, `json/decoder.py`, `decoder.py` and `json.decoder`.
///
/// Stacks show paths of installations (`/usr/lib/python3.9/json/decoder.py`) and names alone; the shorter the path,
/// the less rare the term, which the ranking sees by itself.
fn file_terms(path: &str) -> Vec<String> {
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    // No project nests so deep; a hostile corpus may, and every ending of a long path is as long as the square of it.
    let depth = starts.clone().count();
    let starts = starts
        .enumerate()
        .filter(|(at, _)| *at == 0 || at + MOST_ENDINGS > depth);
    let mut found: Vec<String> = starts.map(|(_, at)| path[at..].to_owned()).collect();
    if let Some(module) = path.strip_suffix(".py") {
        let module = module
            .strip_prefix("Lib/")
            .or_else(|| module.strip_prefix("src/"))
            .unwrap_or(module);
        found.push(module.trim_end_matches("/__init__").replace('/', "."));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_by_every_ending() {
        assert_eq!(
            file_terms("Lib/json/decoder.py"),
            [
                "Lib/json/decoder.py",
                "json/decoder.py",
                "decoder.py",
                "json.decoder"
            ]
        );
        assert_eq!(file_terms("Lib/json/__init__.py").last().unwrap(), "json");
        assert_eq!(file_terms("configure"), ["configure"]);
    }
}
