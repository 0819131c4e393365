//! File names: `core.COMM.UID.BOOT.PID.TIME`, with an ending where the file is packed.

use crate::evidence::core::container::Compression;

/// What a file name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) comm: String,
    pub(super) uid: u32,
    pub(super) boot_id: String,
    pub(super) pid: u32,
    pub(super) time: i64,
    pub(super) compression: Compression,
}

/// Reads a file name; nothing if systemd-coredump does not make such names.
pub(super) fn parse(file_name: &str) -> Option<Name> {
    let mut parts = file_name.split('.');
    // COMM's own dots are escaped.
    let (core, comm, uid) = (parts.next()?, parts.next()?, parts.next()?);
    let (boot_id, pid, time) = (parts.next()?, parts.next()?, parts.next()?);
    let compression = match parts.next() {
        None => Compression::None,
        Some("zst") => Compression::Zstd,
        Some("lz4") => Compression::Lz4,
        Some("xz") => Compression::Xz,
        Some("gz") => Compression::Gzip,
        Some(_) => return None,
    };
    let boot_id_is_one =
        boot_id.len() == 32 && boot_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if core != "core" || parts.next().is_some() || !boot_id_is_one {
        return None;
    }
    Some(Name {
        comm: unescape(comm),
        uid: uid.parse().ok()?,
        boot_id: boot_id.to_owned(),
        pid: pid.parse().ok()?,
        time: micros(time)?,
        compression,
    })
}

/// A time in microseconds. The names always have those; the attributes of older versions have seconds, which are known
/// by their size: as microseconds they would be of 1970-01-02.
pub(super) fn micros(digits: &str) -> Option<i64> {
    const SECONDS_BELOW: i64 = 100_000_000_000;
    let number: i64 = digits.parse().ok().filter(|number| *number >= 0)?;
    Some(match number {
        ..SECONDS_BELOW => number * 1_000_000,
        _ => number,
    })
}

/// Takes `\x2e` and its like back to bytes.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = rest.strip_prefix(b"\\x").and_then(|hex| {
            let digits = std::str::from_utf8(hex.get(..2)?).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &rest[4..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn names() {
        for (comm, plain) in [
            ("python3", "python3"),
            (r"python3\x2e9", "python3.9"),
            (r"Web\x20Content", "Web Content"),
            (r"\x2fbin\x2fa\x5cx2e", r"/bin/a\x2e"),
            (r"caf\xc3\xa9", "café"),
            (r"odd\x", r"odd\x"),
            (r"odd\xzz", r"odd\xzz"),
            ("", ""),
        ] {
            let name = parse(&format!("core.{comm}.1000.{BOOT}.42.1600000000000000.zst"));
            let name = name.expect(comm);
            assert_eq!((name.comm.as_str(), name.uid, name.pid), (plain, 1000, 42));
            assert_eq!(name.time, 1_600_000_000_000_000);
            assert_eq!(name.compression, Compression::Zstd);
        }
    }

    #[test]
    fn names_of_others() {
        for name in [
            "core",
            "core.1234",
            "core.python3.0.x.1.1600000000000000",
            &format!("core.a.b.0.{BOOT}.1.1600000000000000"),
            &format!("core.a.0.{BOOT}.1.1600000000000000.bz2"),
            &format!("core.a.0.{BOOT}.1.1600000000000000.zst.part"),
            &format!("core.a.0.{BOOT}.99999999999.1600000000000000"),
            &format!("core.a.0.{BOOT}.1.99999999999999999999"),
            &format!("score.a.0.{BOOT}.1.1600000000000000"),
        ] {
            assert_eq!(parse(name), None, "{name}");
        }
    }

    #[test]
    fn seconds_and_microseconds() {
        assert_eq!(micros("1600000000"), Some(1_600_000_000_000_000));
        assert_eq!(micros("1600000000000000"), Some(1_600_000_000_000_000));
        assert_eq!(micros("-1"), None);
        assert_eq!(micros(""), None);
    }
}
