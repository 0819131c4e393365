//! Extended attributes that systemd-coredump sets on cores.

use std::path::Path;

use super::name::{self, Name};
use super::{Presence, StoredCore};
use crate::evidence::core::container::Compression;

/// Puts a file's attributes over what its name says; nothing where neither tells the process.
pub(super) fn merge(name: Option<Name>, path: &Path) -> Option<StoredCore> {
    let pid = number(path, "pid").or(name.as_ref().map(|name| name.pid))?;
    let uid = number(path, "uid").or(name.as_ref().map(|name| name.uid))?;
    let time = text(path, "timestamp").and_then(|digits| name::micros(&digits));
    let time = time.or(name.as_ref().map(|name| name.time))?;
    let comm = text(path, "comm").or(name.as_ref().map(|name| name.comm.clone()))?;
    let compression = name
        .as_ref()
        .map_or(Compression::None, |name| name.compression);
    Some(StoredCore {
        path: path.to_owned(),
        name: comm,
        executable: text(path, "exe"),
        pid,
        uid,
        gid: number(path, "gid"),
        signal: number(path, "signal"),
        time,
        boot_id: name.map(|name| name.boot_id),
        hostname: text(path, "hostname"),
        size: 0,
        presence: Presence::Present,
        truncated: None,
        compression,
    })
}

/// An attribute that cannot be read, be it of a file of somebody else, is one that is not there.
fn text(path: &Path, name: &str) -> Option<String> {
    let value = xattr::get(path, format!("user.coredump.{name}")).ok()??;
    Some(String::from_utf8_lossy(&value).into_owned())
}

fn number(path: &Path, name: &str) -> Option<u32> {
    text(path, name)?.parse().ok()
}
