//! Streams a packed file into a temporary one, as far as the limits allow.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::time::Instant;

use super::sparse::{PAGE, Sparse};
use super::{Compression, ContainerError, Limits, Opened, decode};

/// Plain bytes taken at once.
const CHUNK: usize = 64 * PAGE;

/// Unpacks a file that is at its start.
pub(super) fn unpack(
    file: File,
    compression: Compression,
    path: &Path,
    limits: &Limits,
) -> Result<Opened, ContainerError> {
    let unread = |source| ContainerError::Read {
        path: path.to_owned(),
        source,
    };
    let unwritten = |source| ContainerError::Temporary {
        dir: limits.dir.clone(),
        source,
    };
    // Shares its position with the one that is read.
    let mut position = file.try_clone().map_err(unread)?;
    let mut reader = decode::reader(file, compression).map_err(unread)?;
    let temporary = tempfile::tempfile_in(&limits.dir).map_err(unwritten)?;
    let mut sparse = Sparse::new(temporary);
    let problem = stream(&mut *reader, &mut sparse, limits, &mut || {
        position.stream_position().unwrap_or(u64::MAX)
    })
    .map_err(unwritten)?
    .map(|stop| stop.words(compression, sparse.len()));
    if sparse.len() == 0 {
        let path = path.to_owned();
        return Err(match problem {
            Some(why) => ContainerError::Damaged { path, why },
            None => ContainerError::Empty { path },
        });
    }
    Ok(Opened {
        len: sparse.len(),
        file: sparse.finish().map_err(unwritten)?,
        compression,
        problem,
    })
}

/// Why a stream was left before its end.
enum Stop {
    Broken(io::Error),
    Length,
    Written,
    Ratio(u64),
    Zeros,
}

impl Stop {
    fn words(&self, compression: Compression, at: u64) -> String {
        let why = match self {
            Self::Broken(error) => decode::why(error, compression),
            Self::Length => "that is as far as a core is unpacked".to_owned(),
            Self::Written => "that takes as much of the disk as a core may".to_owned(),
            Self::Ratio(ratio) => format!(
                "more than {ratio} bytes come out of each byte of the {compression} stream, as of no real core"
            ),
            Self::Zeros => format!("nothing but zeros comes out of the {compression} stream"),
        };
        match at {
            0 => why,
            _ => format!("only the first {at} bytes were unpacked: {why}"),
        }
    }
}

/// Moves bytes until the stream ends or must be left. An error is one of writing.
fn stream(
    reader: &mut dyn Read,
    sparse: &mut Sparse,
    limits: &Limits,
    packed: &mut dyn FnMut() -> u64,
) -> io::Result<Option<Stop>> {
    let mut buffer = vec![0; CHUNK];
    let mut last_data = Instant::now();
    loop {
        let (count, end) = fill(reader, &mut buffer);
        let left = limits.max_bytes - sparse.len();
        let fits = usize::try_from(left).map_or(count, |left| left.min(count));
        let before = sparse.written();
        sparse.push(&buffer[..fits])?;
        if fits < count {
            return Ok(Some(Stop::Length));
        }
        match end {
            Some(Ok(())) => return Ok(None),
            Some(Err(error)) => return Ok(Some(Stop::Broken(error))),
            None => {}
        }
        if sparse.written() > limits.max_written {
            return Ok(Some(Stop::Written));
        }
        let ratio = limits.max_ratio;
        if sparse.len() > Limits::RATIO_FROM && sparse.len() / ratio > packed() {
            return Ok(Some(Stop::Ratio(ratio)));
        }
        if sparse.written() > before {
            last_data = Instant::now();
        } else if last_data.elapsed() > limits.max_zero_time {
            return Ok(Some(Stop::Zeros));
        }
    }
}

/// Fills the buffer, so that pages stay aligned; says how the stream ended if it did.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> (usize, Option<io::Result<()>>) {
    let mut count = 0;
    while count < buffer.len() {
        match reader.read(&mut buffer[count..]) {
            Ok(0) => return (count, Some(Ok(()))),
            Ok(read) => count += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (count, Some(Err(error))),
        }
    }
    (count, None)
}
