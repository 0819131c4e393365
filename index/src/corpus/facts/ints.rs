//! Columns of numbers: LEB128, small numbers in one byte; signed ones with the sign in the lowest bit.

use crate::corpus::CorpusError;

/// A column that is being written.
#[derive(Debug, Default)]
pub(super) struct Ints(Vec<u8>);

impl Ints {
    pub(super) fn push(&mut self, mut value: u64) {
        while value >= 0x80 {
            #[expect(clippy::cast_possible_truncation, reason = "seven bits and a flag")]
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        #[expect(clippy::cast_possible_truncation, reason = "below 0x80")]
        self.0.push(value as u8);
    }

    pub(super) fn push_len(&mut self, length: usize) {
        self.push(length as u64);
    }

    pub(super) fn push_signed(&mut self, value: i64) {
        self.push((value << 1 ^ value >> 63).cast_unsigned());
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// A column that is being read.
#[derive(Debug)]
pub(super) struct IntsReader<'a>(&'a [u8]);

const CUT: CorpusError = CorpusError::Malformed("a column that ends early");

impl<'a> IntsReader<'a> {
    pub(super) fn new(column: &'a [u8]) -> Self {
        Self(column)
    }

    pub(super) fn next(&mut self) -> Result<u64, CorpusError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(CUT)?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(CorpusError::Malformed("a number of more than 64 bits"))
    }

    pub(super) fn next_u32(&mut self) -> Result<u32, CorpusError> {
        u32::try_from(self.next()?).map_err(|_| CorpusError::TooLarge)
    }

    pub(super) fn next_signed(&mut self) -> Result<i64, CorpusError> {
        let value = self.next()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// A number of things of which there may be so many.
    pub(super) fn next_len(&mut self, most: usize) -> Result<usize, CorpusError> {
        let length = usize::try_from(self.next()?).unwrap_or(usize::MAX);
        if length > most {
            return Err(CorpusError::TooLarge);
        }
        Ok(length)
    }

    /// That nothing is left.
    pub(super) fn end(&self) -> Result<(), CorpusError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(CorpusError::Malformed("a column that is too long"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        let numbers = [0, 1, -1, 63, -64, 1_279_000_000, i64::MAX, i64::MIN];
        let mut column = Ints::default();
        for number in numbers {
            column.push_signed(number);
            column.push(number.cast_unsigned());
        }
        let bytes = column.into_bytes();
        let mut reader = IntsReader::new(&bytes);
        for number in numbers {
            assert_eq!(reader.next_signed().unwrap(), number);
            assert_eq!(reader.next().unwrap(), number.cast_unsigned());
        }
        assert!(reader.end().is_ok() && reader.next().is_err());
        assert!(IntsReader::new(&[0xff; 11]).next().is_err());
        assert!(IntsReader::new(&[0x80]).next().is_err());
        assert!(IntsReader::new(&[5]).next_len(4).is_err());
    }
}
