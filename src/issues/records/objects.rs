//! A stream of JSON objects, in lists or not, one behind the other or on lines of their own.

use std::io::{self, BufRead};

use serde_json::Value;

use super::Unreadable;

/// A record is at most as large; GitHub's texts have 64 KiB, its pages 100 records.
const LONGEST: usize = 256 << 20;

/// The objects of a stream, however many lists are around them, and however these are joined: `gh api --paginate` writes
/// `[...][...]`, with `--slurp` `[[...],[...]]`, others JSON Lines.
pub(crate) struct Objects<R> {
    from: R,
    /// What has been read of the next object, or is to be looked at once more.
    held: Vec<u8>,
    /// How many objects have been met.
    count: usize,
}

/// Where in an object the scan is.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scan {
    /// Whether a byte ends the object.
    fn ends(&mut self, byte: u8) -> bool {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' => self.depth += 1,
            b'}' => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

impl<R: BufRead> Objects<R> {
    pub(crate) fn new(from: R) -> Self {
        Self {
            from,
            held: Vec::new(),
            count: 0,
        }
    }

    /// The next object, or what is wrong with it; after a broken one the search goes on at the next line that begins with
    /// one.
    pub(crate) fn next(&mut self) -> io::Result<Option<Result<Value, Unreadable>>> {
        let held = std::mem::take(&mut self.held);
        let Some((object, rest)) = self.cut(held)? else {
            return Ok(None);
        };
        self.count += 1;
        Ok(Some(match serde_json::from_slice(&object) {
            Ok(value) => {
                self.held = rest;
                Ok(value)
            }
            Err(error) => {
                let next = memchr::memmem::find(&object[1..], b"\n{").map(|at| at + 2);
                self.held = next.map_or_else(Vec::new, |at| object[at..].to_vec());
                self.held.extend(rest);
                Err(Unreadable::of(
                    format!("object {}", self.count),
                    error.to_string(),
                ))
            }
        }))
    }

    /// The bytes of the next object, and those that were held behind it.
    fn cut(&mut self, held: Vec<u8>) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        let mut scan = Scan::default();
        let mut object: Vec<u8> = Vec::new();
        let mut take = |bytes: &[u8], object: &mut Vec<u8>| {
            // Between objects there are commas and brackets of lists, and blanks.
            let skipped = if object.is_empty() {
                memchr::memchr(b'{', bytes).unwrap_or(bytes.len())
            } else {
                0
            };
            let end = bytes[skipped..].iter().position(|&byte| scan.ends(byte));
            let upto = end.map_or(bytes.len(), |end| skipped + end + 1);
            object.extend_from_slice(&bytes[skipped..upto]);
            (upto, end.is_some())
        };
        let (used, whole) = take(&held, &mut object);
        if whole {
            return Ok(Some((object, held[used..].to_vec())));
        }
        loop {
            let bytes = self.from.fill_buf()?;
            if bytes.is_empty() || object.len() > LONGEST {
                // Cut off, or no JSON at all.
                return Ok((!object.is_empty()).then_some((object, Vec::new())));
            }
            let (used, whole) = take(bytes, &mut object);
            self.from.consume(used);
            if whole {
                return Ok(Some((object, Vec::new())));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn objects(text: &[u8], buffer: usize) -> Vec<Result<Value, Unreadable>> {
        let mut objects = Objects::new(BufReader::with_capacity(buffer, text));
        std::iter::from_fn(|| objects.next().unwrap()).collect()
    }

    fn numbers(text: &str) -> Vec<Option<u64>> {
        let found = objects(text.as_bytes(), 3);
        found
            .into_iter()
            .map(|object| object.ok()?.get("n")?.as_u64())
            .collect()
    }

    #[test]
    fn lists_of_every_kind() {
        for text in [
            r#"[{"n":1},{"n":2}]"#,
            r#"[{"n":1}][{"n":2}]"#,
            r#"[[{"n":1}],[],[{"n":2}]]"#,
            "{\"n\":1}\n{\"n\":2}\n",
            "{\"n\":1, \"s\":\"}{\\\"[\"}\r\n\r\n{\"n\":2}",
            "[\n  {\n    \"n\": 1, \"o\": {\"n\": 9}\n  },\n  {\"n\": 2}\n]\n",
        ] {
            assert_eq!(numbers(text), [Some(1), Some(2)], "{text}");
        }
        assert!(numbers("[]").is_empty() && numbers("").is_empty() && numbers("null 3").is_empty());
    }

    #[test]
    fn a_broken_object_takes_no_other_with_it() {
        let text = "{\"n\":1}\n{\"n\":2, \"s\":\"cut off\n{\"n\":3}\n{\"n\":4}\n";
        assert_eq!(numbers(text), [Some(1), None, Some(3), Some(4)]);
        assert_eq!(
            numbers("{\"n\":1}\n{\"n\":,}\n{\"n\":3}"),
            [Some(1), None, Some(3)]
        );
        assert_eq!(numbers("{\"n\":1} {\"n\":"), [Some(1), None]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_all_end(bytes in prop::collection::vec(prop::sample::select(&b"{}[]\",\\\nn:1 "[..]), 0..80), buffer in 1..9_usize) {
            let found = objects(&bytes, buffer);
            prop_assert!(found.len() <= bytes.len() + 1);
        }
    }
}
