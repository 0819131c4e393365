//! What a process waits at outside of its memory: files, sockets and children, in words.

use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::evidence::core::{Blocks, Core};

/// Files that one call waits for, of which as many are named.
const MOST: u64 = 4;

/// What a thread in a system call waits at: `socket 127.0.0.1:42 to 127.0.0.1:80`, `process 12 (sleep)`; `None` where there
/// is nothing to name.
pub(super) fn waits_at(pid: u32, core: &Core, blocks: Blocks) -> Option<String> {
    match blocks {
        Blocks::Descriptor(number) => descriptor(pid, number),
        Blocks::Poll(array, count) => {
            // `struct pollfd` of poll(2): the number, then the events.
            let numbers = (0..count.min(MOST)).map_while(|at| {
                let bytes = core.memory.bytes(array.checked_add(at * 8)?, 4)?;
                let number = i32::from_le_bytes(bytes.try_into().ok()?);
                u64::try_from(number).ok()
            });
            let named: Vec<_> = numbers.filter_map(|at| descriptor(pid, at)).collect();
            (!named.is_empty()).then(|| named.join(", "))
        }
        Blocks::Child(child) => {
            let child = u32::try_from(child).ok().filter(|&child| child > 0)?;
            Some(process(child))
        }
        Blocks::Futex(_) | Blocks::Descriptors | Blocks::Clock | Blocks::Signal => None,
    }
}

/// `process 12 (sleep)`, with a word for one that has ended.
fn process(pid: u32) -> String {
    let mut text = format!("process {pid}");
    if let Ok(name) = fs::read_to_string(format!("/proc/{pid}/comm")) {
        // Writing to a string cannot fail.
        let _ = write!(text, " ({})", name.trim_end());
    }
    if matches!(super::error::gone(pid), super::LiveError::Zombie { .. }) {
        text.push_str(", which has ended");
    }
    text
}

/// An open file by its number.
fn descriptor(pid: u32, number: u64) -> Option<String> {
    let link = fs::read_link(format!("/proc/{pid}/fd/{number}")).ok()?;
    let link = link.to_string_lossy();
    let inode = link
        .strip_prefix("socket:[")
        .and_then(|rest| rest.strip_suffix(']'));
    Some(match inode {
        Some(inode) => socket(pid, inode).unwrap_or_else(|| "a socket".to_owned()),
        None if link.starts_with("pipe:[") => "a pipe".to_owned(),
        None => format!("file {link}"),
    })
}

/// A TCP or UDP socket by its inode, as `/proc/PID/net` lists those of the process's network.
fn socket(pid: u32, inode: &str) -> Option<String> {
    const LISTENS: &str = "0A";
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let bytes = fs::read(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let rows = text
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().collect::<Vec<_>>());
        // sl, local, remote, state, queues, timer, retransmissions, uid, timeout, inode.
        let Some(row) = rows.into_iter().find(|row| row.get(9) == Some(&inode)) else {
            continue;
        };
        let (local, remote) = (address(row[1])?, address(row[2])?);
        return Some(if row[3] == LISTENS {
            format!("a socket that listens at {local}")
        } else {
            format!("socket {local} to {remote}")
        });
    }
    None
}

/// `0100007F:1F90`: words of the address in the machine's byte order, then the port (proc_pid_net(5)).
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let words = address.as_bytes().chunks(8).map(|digits| {
        let digits = std::str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.len() == 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_le_bytes())
    });
    let bytes: Vec<u8> = words.collect::<Option<Vec<_>>>()?.concat();
    let address: IpAddr = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(bytes) => Ipv4Addr::from(bytes).into(),
        Err(_) => Ipv6Addr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?).into(),
    };
    Some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("0100007F:1F90", Some("127.0.0.1:8080")),
            ("00000000000000000000000001000000:0050", Some("[::1]:80")),
            ("0100007F", None),
            ("01:50", None),
            ("x100007F:0050", None),
        ] {
            let found = address(text).map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_this_process_has_open() {
        let pid = std::process::id();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = std::os::fd::AsRawFd::as_raw_fd(&listener).unsigned_abs();
        let expected = format!(
            "a socket that listens at {}",
            listener.local_addr().expect("it")
        );
        assert_eq!(descriptor(pid, at.into()), Some(expected));
        let (reader, _writer) = std::io::pipe().expect("a pipe");
        let at = std::os::fd::AsRawFd::as_raw_fd(&reader).unsigned_abs();
        assert_eq!(descriptor(pid, at.into()).as_deref(), Some("a pipe"));
        assert_eq!(descriptor(pid, 999_999), None);
        assert!(process(pid).starts_with(&format!("process {pid} (")));
    }
}
