//! SHA-256 sums, and the lists of them that stand beside files.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// A SHA-256, as text 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum([u8; 32]);

/// A text is no SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 has 64 hexadecimal digits")]
pub struct ChecksumError;

impl Checksum {
    /// The sum of bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The sum of all there is to read.
    pub(super) fn of_all(mut from: impl Read) -> io::Result<Self> {
        let mut sum = Sha256::new();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match from.read(&mut chunk) {
                Ok(0) => return Ok(Self(sum.finalize().into())),
                Ok(read) => sum.update(&chunk[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The sum of a file, by a list in the format of sha256sum(1), or by a sum that stands alone.
    pub(super) fn in_list(list: &str, name: &str) -> Option<Self> {
        let mut lines = list.lines().filter(|line| !line.trim().is_empty());
        if let Ok(alone) = list.trim().parse() {
            return Some(alone);
        }
        lines.find_map(|line| {
            let (sum, path) = line.trim_end().split_once(' ')?;
            // A blank or, for what was read as binary, an asterisk.
            let path = path.strip_prefix([' ', '*'])?;
            let last = path.rsplit('/').next()?;
            (last == name).then(|| sum.parse().ok())?
        })
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Checksum {
    type Err = ChecksumError;

    fn from_str(text: &str) -> Result<Self, ChecksumError> {
        let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
        let digits = digits
            .filter(|digits| digits.len() == 64)
            .ok_or(ChecksumError)?;
        let mut sum = [0; 32];
        for (byte, pair) in sum.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::try_from(pair[0] << 4 | pair[1]).map_err(|_| ChecksumError)?;
        }
        Ok(Self(sum))
    }
}

#[cfg(test)]
mod tests {
    use super::{Checksum, ChecksumError};

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_sum_is_its_digits() {
        let empty: Checksum = EMPTY.parse().expect("a sum");
        assert_eq!(empty, Checksum::of(b""));
        assert_eq!(empty.to_string(), EMPTY);
        assert_eq!(EMPTY.to_uppercase().parse(), Ok(empty));
        assert_eq!(
            Checksum::of_all(&b"abc"[..]).expect("bytes"),
            Checksum::of(b"abc")
        );
        for wrong in [
            "",
            "e3",
            &EMPTY[1..],
            &EMPTY.replace('e', "g"),
            &EMPTY.replace("e3", "é"),
        ] {
            assert_eq!(wrong.parse::<Checksum>(), Err(ChecksumError), "{wrong}");
        }
    }

    #[test]
    fn a_list_names_files() {
        let [a, b] = [Checksum::of(b"a"), Checksum::of(b"b")];
        let list = format!("# sums\n\n{b}  other.corpus\n{a} *out/py.corpus\r\n{b}\n");
        assert_eq!(Checksum::in_list(&list, "py.corpus"), Some(a));
        assert_eq!(Checksum::in_list(&list, "other.corpus"), Some(b));
        assert_eq!(Checksum::in_list(&list, "third.corpus"), None);
        assert_eq!(Checksum::in_list(&format!("\n{a}\r\n"), "any"), Some(a));
        for none in ["", "<html>", "\u{e9}  py.corpus", "abc  py.corpus"] {
            assert_eq!(Checksum::in_list(none, "py.corpus"), None, "{none}");
        }
    }
}
