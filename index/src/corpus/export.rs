//! Writing corpora.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

use super::Header;
use super::container::{Tag, Writer};
use super::facts::{self, Reduced};
use super::limits;
use crate::IndexError;
use crate::fixes::Fix;
use crate::progress::Progress;
use crate::search::Searcher;
use crate::store::{FORMAT, Generation, Manifest, Origin, hex};

/// What a corpus is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// Fixes with their messages.
    Whole,
    /// Facts alone, of the fixes whose first commit is of this time (seconds since 1970) or later.
    Facts {
        /// The time.
        since: i64,
    },
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Exported {
    /// SHA-256 of all but the checksum itself, which the file ends with; hexadecimal digits.
    pub checksum: String,
    /// Length of the file.
    pub bytes: u64,
    /// Fixes of all members.
    pub fixes: u64,
}

/// Bytes of fixes in one section.
const SECTION: usize = 1 << 20;

/// Writes indexes to a file, which appears when it is complete.
///
/// # Errors
///
/// [`IndexError::Io`] when the file cannot be written; [`IndexError::Damaged`] and others when an index cannot be read.
pub fn export(
    generations: Vec<Generation>,
    contents: Contents,
    file: &Path,
    progress: &dyn Progress,
) -> Result<Exported, IndexError> {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    let part = Path::new(&name);
    let written = write(generations, contents, part, progress);
    let exported = written.inspect_err(|_| drop(fs::remove_file(part)))?;
    fs::rename(part, file).map_err(IndexError::io(file))?;
    Ok(exported)
}

fn write(
    generations: Vec<Generation>,
    contents: Contents,
    part: &Path,
    progress: &dyn Progress,
) -> Result<Exported, IndexError> {
    let io = |error| IndexError::io(part)(error);
    let level = match contents {
        Contents::Whole => 9,
        Contents::Facts { .. } => 21,
    };
    let out = BufWriter::new(File::create(part).map_err(io)?);
    let mut writer = Writer::new(out, level).map_err(io)?;
    let mut fixes = 0;
    for generation in generations {
        fixes += match contents {
            Contents::Whole => whole(&mut writer, generation, part, progress)?,
            Contents::Facts { since } => {
                only_facts(&mut writer, generation, since, part, progress)?
            }
        };
    }
    let (sum, out) = writer.finish().map_err(io)?;
    let out = out.into_inner().map_err(|error| io(error.into_error()))?;
    out.sync_all().map_err(io)?;
    Ok(Exported {
        checksum: hex(&sum),
        bytes: out.metadata().map_err(io)?.len(),
        fixes,
    })
}

type Out = Writer<BufWriter<File>>;

fn whole(
    writer: &mut Out,
    generation: Generation,
    part: &Path,
    progress: &dyn Progress,
) -> Result<u64, IndexError> {
    let fixes = generation.manifest().counts.fixes;
    progress.phase("writing fixes", Some(fixes));
    let manifest = Manifest {
        origin: Origin::Corpus,
        ..generation.manifest().clone()
    };
    let mut member = Member { writer, part };
    member.header(fixes, false, &manifest)?;
    member.postcard(Tag::History, &generation.history()?)?;
    member.postcard(Tag::Releases, &generation.releases()?)?;
    member.postcard(Tag::Code, &generation.code()?)?;
    let searcher = Searcher::open(generation)?;
    let (mut pending, mut size, mut written, mut failed) = (Vec::new(), 0, 0, None);
    searcher.each_fix(&mut |mut fix, _| {
        if failed.is_none() {
            progress.advance(1);
            limits::keep(&mut fix);
            size += size_of_record(&fix);
            pending.push(fix);
            written += 1;
            if size >= SECTION {
                failed = member.postcard(Tag::Fixes, &pending).err();
                pending.clear();
                size = 0;
            }
        }
    })?;
    if !pending.is_empty() && failed.is_none() {
        failed = member.postcard(Tag::Fixes, &pending).err();
    }
    match failed {
        Some(error) => Err(error),
        None if written == fixes => Ok(written),
        None => Err(IndexError::Damaged {
            path: searcher.dir().to_owned(),
            source: format!("it has {written} fixes, not {fixes}").into(),
        }),
    }
}

fn size_of_record(fix: &Fix) -> usize {
    postcard::experimental::serialized_size(fix).unwrap_or(SECTION)
}

fn only_facts(
    writer: &mut Out,
    generation: Generation,
    since: i64,
    part: &Path,
    progress: &dyn Progress,
) -> Result<u64, IndexError> {
    progress.phase("reading fixes", Some(generation.manifest().counts.fixes));
    let (code, releases) = (generation.code()?, generation.releases()?);
    let searcher = Searcher::open(generation)?;
    let mut kept: Vec<Reduced> = Vec::new();
    searcher.each_fix(&mut |fix, outline| {
        progress.advance(1);
        if fix.main().committed >= since {
            kept.extend(facts::reduce(fix, outline));
        }
    })?;
    kept.sort_by_key(|reduced| {
        let main = reduced.fix.main();
        (main.committed, main.id)
    });
    progress.phase("packing facts", None);
    facts::keep_names_of_code(&mut kept, &code);
    let ordinals: Vec<u32> = kept.iter().flat_map(|r| r.fix.ordinals()).collect();
    let mut manifest = searcher.manifest().clone();
    // Names of branches may be those of people.
    manifest.branches.clear();
    manifest.gaps.clear();
    manifest.origin = Origin::Corpus;
    manifest.counts.branches = 0;
    manifest.counts.commits = ordinals.len() as u64;
    manifest.counts.fixes = kept.len() as u64;
    let mut member = Member { writer, part };
    member.header(kept.len() as u64, true, &manifest)?;
    member.postcard(Tag::Releases, &releases.of(&ordinals))?;
    member.postcard(Tag::Code, &code)?;
    for column in facts::columns(&kept) {
        member.section(Tag::Column, &column)?;
    }
    Ok(kept.len() as u64)
}

/// Writes the sections of one member.
struct Member<'a> {
    writer: &'a mut Out,
    part: &'a Path,
}

impl Member<'_> {
    fn header(&mut self, fixes: u64, facts: bool, manifest: &Manifest) -> Result<(), IndexError> {
        let header = Header {
            format: FORMAT,
            fixes,
            facts,
            manifest: serde_json::to_value(manifest)
                .map_err(io::Error::from)
                .map_err(IndexError::io(self.part))?,
        };
        let text = serde_json::to_vec(&header).map_err(io::Error::from);
        self.section(Tag::Member, &text.map_err(IndexError::io(self.part))?)
    }

    fn postcard(&mut self, tag: Tag, value: &impl serde::Serialize) -> Result<(), IndexError> {
        let data = postcard::to_stdvec(value).map_err(IndexError::record)?;
        self.section(tag, &data)
    }

    fn section(&mut self, tag: Tag, data: &[u8]) -> Result<(), IndexError> {
        let written = self.writer.section(tag, data);
        written.map_err(IndexError::io(self.part))
    }
}
