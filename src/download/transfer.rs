//! One request for a file or for the rest of it, and what its answer means for the part that is here.

use std::io::Read as _;

use reqwest::header::{
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue, IF_RANGE, RANGE,
};
use reqwest::{StatusCode, Url};

use super::Failure;
use super::error::Stop;
use super::page::{self, is_page};
use super::part::{Origin, Part};
use super::resume::{ContentRange, differs, validator};
use super::server::{Server, refused};
use crate::http::Answer;

/// How much is read at a time.
const CHUNK: usize = 64 * 1024;

/// A file that comes.
pub(super) struct Transfer<'t, 's> {
    pub(super) server: &'t mut Server<'s>,
    pub(super) url: &'t Url,
    pub(super) part: &'t mut Part,
}

impl Transfer<'_, '_> {
    /// Asks for what is missing. Afterwards the part is whole.
    pub(super) fn run(&mut self) -> Result<(), Stop> {
        let rest = rest_of(self.part);
        let is_rest = rest.is_some();
        let answer = self.server.get(self.url, rest.unwrap_or_default())?;
        match answer.status() {
            StatusCode::OK => return self.begin(answer),
            StatusCode::PARTIAL_CONTENT if is_rest => {
                if let Some(total) = self.fitting(&answer) {
                    self.check_total(Some(total))?;
                    return self.receive(answer, Some(total));
                }
            }
            StatusCode::RANGE_NOT_SATISFIABLE if is_rest => {
                let total = range_of(&answer).and_then(|range| range.total);
                // Some servers name no length here.
                let total = total.or(self.part.total());
                if total == Some(self.part.len()) {
                    return Ok(self.check_total(total)?);
                }
            }
            _ => return Err(refused(&answer).into()),
        }
        // What is here is of another file. An empty part asks for no rest, so this happens once.
        self.part.clear()?;
        self.run()
    }

    /// A file from its start. What is here is given up only for something that may be the file.
    fn begin(&mut self, mut answer: Answer) -> Result<(), Stop> {
        let total = answer.number(CONTENT_LENGTH.as_str());
        self.check_total(total)?;
        let mut head = Vec::new();
        let read = answer.by_ref().take(page::HEAD).read_to_end(&mut head);
        if is_page(answer.header(CONTENT_TYPE.as_str()), &head) {
            return Err(Failure::Page.into());
        }
        read.map_err(|error| Failure::reading(&answer, &error, 0, total))?;
        self.check_total(Some(head.len() as u64))?;
        self.part.begin(Origin {
            validator: validator(&answer),
            total,
        })?;
        self.part.append(&head)?;
        self.receive(answer, total)
    }

    /// The file's length, if an answer continues what is here.
    fn fitting(&self, answer: &Answer) -> Option<u64> {
        let range = range_of(answer)?;
        let (first, last) = range.span?;
        let total = range.total.or(self.part.total())?;
        let is_next = first == self.part.len() && first <= last && last < total;
        let is_same = self.part.total().is_none_or(|known| known == total);
        let is_other = differs(answer, self.part.validator()?);
        (is_next && is_same && !is_other).then_some(total)
    }

    fn receive(&mut self, mut answer: Answer, total: Option<u64>) -> Result<(), Stop> {
        let limit = total.unwrap_or(self.server.settings.limit);
        let mut chunk = vec![0; CHUNK];
        loop {
            self.server.reached(self.part.len(), total);
            let read = match answer.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => {
                    let done = self.part.len();
                    return Err(Failure::reading(&answer, &error, done, total).into());
                }
            };
            if self.part.len() + read as u64 > limit {
                self.part.remove()?;
                return Err(Failure::TooLarge { limit }.into());
            }
            self.part.append(&chunk[..read])?;
        }
        let done = self.part.len();
        if total.is_some_and(|total| done < total) {
            return Err(Failure::CutOff { done, total }.into());
        }
        Ok(())
    }

    fn check_total(&self, total: Option<u64>) -> Result<(), Failure> {
        let limit = self.server.settings.limit;
        if total.is_some_and(|total| total > limit) {
            return Err(Failure::TooLarge { limit });
        }
        Ok(())
    }
}

/// What to ask for, if it is only the rest.
fn rest_of(part: &Part) -> Option<HeaderMap> {
    let validator = HeaderValue::from_str(part.validator()?).ok()?;
    let range = HeaderValue::from_str(&format!("bytes={}-", part.len())).ok()?;
    Some(HeaderMap::from_iter([
        (IF_RANGE, validator),
        (RANGE, range),
    ]))
}

fn range_of(answer: &Answer) -> Option<ContentRange> {
    ContentRange::parse(answer.header(CONTENT_RANGE.as_str())?)
}
