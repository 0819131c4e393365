//! Streams of plain bytes from each compression, with bounded memory, and the words for what breaks them.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use liblzma::stream::{Action, CONCATENATED, Status, Stream};
use lz4_flex::frame::FrameDecoder;
use zstd::zstd_safe::zstd_sys::ZSTD_ErrorCode;

use super::Compression;

/// Largest window of zstd, as a power of two: 128 MiB, what `zstd --long` uses at most without being told.
const WINDOW_LOG: u32 = 27;

/// Memory of xz: a dictionary of 128 MiB and what is around it. `xz -9` needs 65 MiB.
const XZ_MEMORY: u64 = 160 << 20;

/// Packed bytes read at once.
const INPUT: usize = 256 << 10;

/// The plain bytes of a packed file that is at its start. Streams that follow one another are one.
pub(in super::super) fn reader(
    file: File,
    compression: Compression,
) -> io::Result<Box<dyn Read + Send>> {
    let input = BufReader::with_capacity(INPUT, file);
    Ok(match compression {
        Compression::None => Box::new(input),
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            decoder.window_log_max(WINDOW_LOG)?;
            Box::new(decoder)
        }
        Compression::Lz4 => Box::new(Lz4Frames::new(input)),
        Compression::Xz => {
            let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?;
            Box::new(XzStream {
                input,
                stream,
                failed: None,
            })
        }
        Compression::Gzip => Box::new(MultiGzDecoder::new(input)),
    })
}

/// Why a stream ended, in words.
pub(super) fn why(error: &io::Error, compression: Compression) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return format!("the {compression} stream is cut off");
    }
    let inner = error.get_ref();
    let zstd = inner.and_then(|inner| inner.downcast_ref::<zstd::Error>());
    let xz = inner.and_then(|inner| inner.downcast_ref::<liblzma::stream::Error>());
    let window = ZSTD_ErrorCode::ZSTD_error_frameParameter_windowTooLarge;
    if zstd.is_some_and(|error| error.is(window)) || xz == Some(&liblzma::stream::Error::MemLimit) {
        return format!("the {compression} stream needs more than 128 MiB of memory to unpack");
    }
    let error: &dyn Display = error;
    format!("the {compression} stream is damaged ({error})")
}

/// An xz stream that gives what came out before an error; the crate's own reader gives the error alone.
struct XzStream {
    input: BufReader<File>,
    stream: Stream,
    failed: Option<liblzma::stream::Error>,
}

impl Read for XzStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty() {
            if let Some(error) = self.failed {
                return Err(error.into());
            }
            let input = self.input.fill_buf()?;
            let action = match input {
                [] => Action::Finish,
                _ => Action::Run,
            };
            let (taken, given) = (self.stream.total_in(), self.stream.total_out());
            let status = self.stream.process(input, buffer, action);
            let taken = bounded(self.stream.total_in() - taken, input.len());
            let given = bounded(self.stream.total_out() - given, buffer.len());
            self.input.consume(taken);
            let ended = matches!(status, Ok(Status::StreamEnd));
            self.failed = status.err();
            if given > 0 || ended {
                return Ok(given);
            }
            if self.failed.is_none() && matches!(action, Action::Finish) {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}

/// A count of bytes of one buffer, which cannot be longer than it.
fn bounded(count: u64, len: usize) -> usize {
    usize::try_from(count).map_or(len, |count| count.min(len))
}

/// LZ4 frames one after another.
///
/// The decoder takes an input that ends between two blocks for the end of the frame. Here the end of the input is an
/// error for it, which is none where a frame has just ended.
struct Lz4Frames {
    /// New for each frame: one that is used again asserts that all frames have blocks of one size.
    decoder: Option<FrameDecoder<Ending>>,
}

impl Lz4Frames {
    fn new(input: BufReader<File>) -> Self {
        let ending = Ending {
            input,
            since_frame: 0,
            ended: false,
        };
        Self {
            decoder: Some(FrameDecoder::new(ending)),
        }
    }
}

impl Read for Lz4Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(mut decoder) = self.decoder.take() {
            let read = decoder.read(buffer);
            let input = decoder.get_mut();
            match read {
                Ok(0) => {
                    input.since_frame = 0;
                    self.decoder = Some(FrameDecoder::new(decoder.into_inner()));
                }
                Err(_) if input.ended && input.since_frame == 0 => return Ok(0),
                Err(_) if input.ended => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => {
                    self.decoder = Some(decoder);
                    return read;
                }
            }
        }
        Ok(0)
    }
}

/// An input whose end is an error.
struct Ending {
    input: BufReader<File>,
    since_frame: u64,
    ended: bool,
}

impl Read for Ending {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.ended = self.input.fill_buf()?.is_empty();
        if self.ended {
            return Err(io::Error::other("the end of the input"));
        }
        let count = self.input.read(buffer)?;
        self.since_frame += count as u64;
        Ok(count)
    }
}
