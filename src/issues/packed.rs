//! Files as they are packed.

use std::io::{self, BufRead, BufReader};

use flate2::bufread::MultiGzDecoder;

/// Unpacks gzip and zstd, which are told by how they begin; everything else stays as it is.
///
/// # Errors
///
/// That of reading.
pub fn unpacked<'r>(mut from: impl BufRead + 'r) -> io::Result<Box<dyn BufRead + 'r>> {
    const LARGE: usize = 256 << 10;
    let start = from.fill_buf()?;
    if start.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(BufReader::with_capacity(
            LARGE,
            MultiGzDecoder::new(from),
        )));
    }
    if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let decoder = zstd::Decoder::with_buffer(from)?;
        return Ok(Box::new(BufReader::with_capacity(LARGE, decoder)));
    }
    Ok(Box::new(from))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    #[test]
    fn files_are_unpacked_whole() {
        let text = "[{\"number\": 1}]\n".repeat(1000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
        // Both formats may be several, one behind the other.
        for (packed, times) in [
            (text.clone().into_bytes(), 1),
            ([gzip.clone(), gzip].concat(), 2),
            ([zstd.clone(), zstd].concat(), 2),
        ] {
            let mut read = String::new();
            unpacked(&packed[..])
                .unwrap()
                .read_to_string(&mut read)
                .unwrap();
            assert_eq!(read, text.repeat(times));
        }
    }
}
