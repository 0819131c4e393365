//! What the files below `/proc/PID` say of a process (proc(5)).

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::LiveError;
use super::error::{gone, refused};
use crate::evidence::core::{Auxv, FileMapping, Machine, ProcessInfo, Segment};

/// The map of a process's memory.
pub(super) struct Maps {
    pub(super) segments: Vec<Segment>,
    pub(super) mappings: Vec<FileMapping>,
}

/// Which processor the process's program is for: 32-bit ones run on 64-bit machines, too.
pub(super) fn machine(pid: u32) -> Result<Machine, LiveError> {
    let path = format!("/proc/{pid}/exe");
    let mut head = [0; 20];
    let read = fs::File::open(&path).and_then(|mut file| file.read_exact(&mut head));
    if let Err(error) = read {
        return Err(match fs::symlink_metadata(format!("/proc/{pid}")) {
            Err(_) => LiveError::NoProcess { pid },
            Ok(_) => refused(pid, &error),
        });
    }
    let is_64 = head[4] == 2;
    match (is_64, u16::from_le_bytes([head[18], head[19]])) {
        (true, 62) => Ok(Machine::X86_64),
        (true, 183) => Ok(Machine::Aarch64),
        _ => Err(LiveError::Unsupported { pid }),
    }
}

/// The map, of which each line is `start-end rwxp offset device inode path`.
pub(super) fn maps(pid: u32) -> Result<Maps, LiveError> {
    let bytes = fs::read(format!("/proc/{pid}/maps")).map_err(|error| refused(pid, &error))?;
    let maps = parse(&String::from_utf8_lossy(&bytes));
    if maps.segments.is_empty() {
        return Err(gone(pid));
    }
    Ok(maps)
}

fn parse(text: &str) -> Maps {
    let mut maps = Maps {
        segments: Vec::new(),
        mappings: Vec::new(),
    };
    for line in text.lines() {
        let Some((segment, mapping)) = line_of(line) else {
            continue;
        };
        maps.segments.extend(segment);
        maps.mappings.extend(mapping);
    }
    maps
}

fn line_of(line: &str) -> Option<(Option<Segment>, Option<FileMapping>)> {
    let mut words = line.splitn(6, ' ');
    let (start, end) = words.next()?.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let (start, end) = (number(start)?, number(end)?);
    let rights = words.next()?;
    let offset = number(words.next()?)?;
    let path = words.nth(2).unwrap_or_default().trim_start();
    // The kernel's own page for the time is no memory of the process, and cannot be read as such.
    let readable = rights.starts_with('r') && path != "[vvar]" && path != "[vsyscall]";
    let segment = readable.then_some(Segment {
        address: start,
        memory_size: end.checked_sub(start)?,
        offset: start,
        file_size: end - start,
        writable: rights.contains('w'),
    });
    let mapping = path.starts_with('/').then(|| FileMapping {
        start,
        end,
        offset,
        path: unescaped(path),
    });
    Some((segment, mapping))
}

/// Line feeds in a path are written as `\012`.
fn unescaped(path: &str) -> String {
    path.replace("\\012", "\n")
}

pub(super) fn auxv(pid: u32) -> Auxv {
    let bytes = fs::read(format!("/proc/{pid}/auxv")).unwrap_or_default();
    Auxv::read(&bytes)
}

/// Bytes of a page of the process's memory (`AT_PAGESZ`).
pub(super) fn page_size(pid: u32) -> u64 {
    const AT_PAGESZ: u64 = 6;
    let bytes = fs::read(format!("/proc/{pid}/auxv")).unwrap_or_default();
    let (words, _) = bytes.as_chunks::<8>();
    let mut pairs = words.as_chunks::<2>().0.iter();
    let size = pairs.find(|[key, _]| u64::from_le_bytes(*key) == AT_PAGESZ);
    size.map_or(4096, |[_, size]| u64::from_le_bytes(*size))
}

pub(super) fn info(pid: u32) -> Option<ProcessInfo> {
    let name = fs::read(format!("/proc/{pid}/comm")).ok()?;
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words: Vec<_> = line
        .split(|&byte| byte == 0)
        .filter(|word| !word.is_empty())
        .map(String::from_utf8_lossy)
        .collect();
    Some(ProcessInfo {
        pid,
        uid: status(pid, "Uid:")?,
        name: String::from_utf8_lossy(&name).trim_end().to_owned(),
        command_line: words.join(" "),
    })
}

/// The fields of a `stat` file of a process or thread from its state on, the third (proc_pid_stat(5)): the name before it
/// may have blanks and brackets. None where there is no such process.
pub(super) fn stat(path: &str) -> Vec<String> {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let rest = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    rest.split_whitespace().map(str::to_owned).collect()
}

/// The first number of a line of `/proc/PID/status`.
pub(super) fn status(pid: u32, field: &str) -> Option<u32> {
    let bytes = fs::read(format!("/proc/{pid}/status")).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The root of the process's file system, where it is another than ours.
pub(super) fn other_root(pid: u32) -> Option<PathBuf> {
    let of = |pid: &str, what: &str| fs::read_link(format!("/proc/{pid}/{what}")).ok();
    let own = std::process::id().to_string();
    let pid = pid.to_string();
    let same = of(&pid, "ns/mnt") == of(&own, "ns/mnt") && of(&pid, "root") == of(&own, "root");
    (!same).then(|| Path::new("/proc").join(pid).join("root"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_segments_and_files() {
        let maps = parse(
            "55d0c8a00000-55d0c8a01000 r--p 00001000 fe:00 1234   /usr/bin/python 3 (deleted)\n\
             55d0c9000000-55d0c9021000 rw-p 00000000 00:00 0      [heap]\n\
             7ffd1000-7ffd2000 ---p 00000000 00:00 0 \n\
             7ffd3000-7ffd5000 r--p 00000000 00:00 0              [vvar]\n\
             no line of the map\n",
        );
        let [program, heap] = maps.segments.as_slice() else {
            panic!("{:?}", maps.segments)
        };
        assert_eq!(
            (program.address, program.memory_size),
            (0x55d0_c8a0_0000, 0x1000)
        );
        assert!(!program.writable && heap.writable);
        let [file] = maps.mappings.as_slice() else {
            panic!("{:?}", maps.mappings)
        };
        assert_eq!(
            (&*file.path, file.offset),
            ("/usr/bin/python 3 (deleted)", 0x1000)
        );
    }

    #[test]
    fn a_name_with_blanks_and_brackets() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(&file, "12 (a) b) R 1 7\n").expect("a file");
        assert_eq!(stat(file.path().to_str().expect("a path")), ["R", "1", "7"]);
        assert!(stat("/nowhere/stat").is_empty());
    }

    #[test]
    fn this_process() {
        let pid = std::process::id();
        assert!(machine(pid).is_ok() && other_root(pid).is_none());
        assert!(auxv(pid).entry.is_some() && page_size(pid).is_power_of_two());
        assert_eq!(info(pid).unwrap().pid, pid);
        assert!(maps(pid).unwrap().segments.len() > 10);
        let nobody = u32::MAX >> 1;
        assert!(matches!(machine(nobody), Err(LiveError::NoProcess { .. })));
    }
}
