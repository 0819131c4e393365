//! Names, sorted and front-coded: of each how many bytes it shares with the one before, and the rest of it.

use super::ints::{Ints, IntsReader};
use crate::corpus::CorpusError;

/// Bytes of memory that all names of a column may take: ten times what CPython's do.
const MOST: usize = 128 << 20;

/// The two columns of sorted names: shared lengths, and what follows them, each ended by a NUL.
pub(super) fn encode<'a>(names: impl Iterator<Item = &'a str>) -> [Vec<u8>; 2] {
    let (mut shared, mut rests) = (Ints::default(), Vec::new());
    let mut last: &[u8] = b"";
    for name in names {
        let name = name.as_bytes();
        let same = name.iter().zip(last).take_while(|(a, b)| a == b).count();
        shared.push_len(same);
        rests.extend_from_slice(&name[same..]);
        rests.push(0);
        last = name;
    }
    [shared.into_bytes(), rests]
}

/// The names of two columns, none longer than `longest` bytes.
pub(super) fn decode(
    shared: &[u8],
    rests: &[u8],
    longest: usize,
) -> Result<Vec<String>, CorpusError> {
    let mut shared = IntsReader::new(shared);
    let (mut names, mut total) = (Vec::new(), 0);
    let mut last: Vec<u8> = Vec::new();
    let mut rests = rests.split_inclusive(|&byte| byte == 0);
    for rest in &mut rests {
        let rest = rest
            .strip_suffix(&[0])
            .ok_or(CorpusError::Malformed("a name without an end"))?;
        let same = shared.next_len(last.len())?;
        last.truncate(same);
        last.extend_from_slice(rest);
        total += size_of::<String>() + last.len();
        if last.len() > longest || total > MOST {
            return Err(CorpusError::TooLarge);
        }
        let name = String::from_utf8(last.clone());
        names.push(name.map_err(|_| CorpusError::Malformed("a name that is not UTF-8"))?);
    }
    shared.end()?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        let names = [
            "PyDict_GetItem",
            "PyDict_SetItem",
            "caf\u{e8}",
            "caf\u{e9}",
            "z",
        ];
        let [shared, rests] = encode(names.into_iter());
        assert_eq!(decode(&shared, &rests, 40).unwrap(), names);
        assert!(decode(&shared, &rests, 5).is_err());
        assert!(decode(&shared[1..], &rests, 40).is_err());
        assert!(decode(&shared, &rests[..rests.len() - 1], 40).is_err());
        assert!(decode(&[9], b"x\0", 40).is_err());
    }

    /// Each name of one byte more than the one before: a few bytes that stand for very many.
    #[test]
    fn names_that_grow_are_bounded() {
        let mut shared = Ints::default();
        (0..20_000).for_each(|length| shared.push(length));
        let rests = b"a\0".repeat(20_000);
        let grown = decode(&shared.into_bytes(), &rests, usize::MAX);
        assert!(matches!(grown, Err(CorpusError::TooLarge)));
    }
}
