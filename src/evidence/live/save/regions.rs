//! The memory map of a process, with what is known of each part (`/proc/PID/smaps`; proc_pid_smaps(5)).

use std::fs;
use std::io;

/// A line of the memory map, with the lines on it that follow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) start: u64,
    pub(super) end: u64,
    /// Where it begins in its file, in bytes.
    pub(super) offset: u64,
    /// Path of the file, or the kernel's name for it in brackets.
    pub(super) path: String,
    /// `r`, `w` and `x`, or `-`.
    pub(super) rights: [u8; 3],
    pub(super) has_inode: bool,
    /// Whether it has pages of its own: those that were written to.
    pub(super) touched: bool,
    pub(super) flags: Flags,
}

/// `VmFlags` that matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flags {
    /// `sh`.
    pub(super) shared: bool,
    /// `io`: of a device.
    pub(super) device: bool,
    /// `dd`: `MADV_DONTDUMP`.
    pub(super) dont_dump: bool,
    /// `ht`: huge pages of hugetlbfs.
    pub(super) huge: bool,
}

impl Region {
    /// Whether a file is behind it, one without a name included.
    pub(super) fn has_file(&self) -> bool {
        self.has_inode || self.path.starts_with('/')
    }

    fn of_line(line: &str) -> Option<Self> {
        let mut words = line.splitn(6, ' ');
        let (start, end) = words.next()?.split_once('-')?;
        let number = |text| u64::from_str_radix(text, 16).ok();
        let (start, end) = (number(start)?, number(end)?);
        let &[read, write, execute, _] = words.next()?.as_bytes() else {
            return None;
        };
        let offset = number(words.next()?)?;
        let has_inode = words.nth(1)? != "0";
        let path = words.next().unwrap_or_default().trim_start();
        (start < end).then(|| Self {
            start,
            end,
            offset,
            path: path.replace("\\012", "\n"),
            rights: [read, write, execute],
            has_inode,
            ..Self::default()
        })
    }

    /// Takes a line that follows: `Anonymous:  12 kB`, `VmFlags: rd wr mr`.
    fn detail(&mut self, line: &str) {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("Anonymous:" | "Swap:") => {
                self.touched |= words.next().is_some_and(|kib| kib != "0")
            }
            Some("VmFlags:") => {
                for flag in words {
                    match flag {
                        "sh" => self.flags.shared = true,
                        "io" => self.flags.device = true,
                        "dd" => self.flags.dont_dump = true,
                        "ht" => self.flags.huge = true,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// The regions of a process by address.
pub(super) fn regions(pid: u32) -> io::Result<Vec<Region>> {
    let bytes = fs::read(format!("/proc/{pid}/smaps"))?;
    Ok(parse(&String::from_utf8_lossy(&bytes)))
}

pub(super) fn parse(text: &str) -> Vec<Region> {
    let mut regions: Vec<Region> = Vec::new();
    for line in text.lines() {
        match (Region::of_line(line), regions.last_mut()) {
            (Some(region), _) => regions.push(region),
            (None, Some(region)) => region.detail(line),
            (None, None) => {}
        }
    }
    regions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process() {
        let regions = regions(std::process::id()).unwrap();
        assert!(
            regions
                .iter()
                .any(|region| region.path == "[stack]" && region.touched)
        );
        let sorted = regions.is_sorted_by(|a, b| a.end <= b.start);
        assert!(sorted && regions.iter().any(|region| region.rights == *b"r-x"));
    }
}
