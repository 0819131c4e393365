//! What of a process's memory belongs into a core: the kernel's own choice (`fs/coredump.c`, `vma_dump_size`; core(5),
//! "Controlling which mappings are written to the core dump").

use std::fs;
use std::io;

/// A line of the memory map, with what `/proc/PID/smaps` says of it (proc_pid_smaps(5)).
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
    shared: bool,
    /// `io`: of a device.
    device: bool,
    /// `dd`: `MADV_DONTDUMP`.
    dont_dump: bool,
    /// `ht`: huge pages of hugetlbfs.
    huge: bool,
}

/// How much of a region is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// Its place alone.
    Nothing,
    /// The first page, if it begins an ELF file.
    ElfHeader,
    /// All of it.
    Whole,
}

/// Bits of `/proc/PID/coredump_filter` (core(5)).
#[derive(Debug, Clone, Copy)]
pub(super) struct Filter(u64);

impl Filter {
    const ANONYMOUS_PRIVATE: u64 = 1;
    const ANONYMOUS_SHARED: u64 = 1 << 1;
    const FILE_PRIVATE: u64 = 1 << 2;
    const FILE_SHARED: u64 = 1 << 3;
    const ELF_HEADERS: u64 = 1 << 4;
    const HUGE_PRIVATE: u64 = 1 << 5;
    const HUGE_SHARED: u64 = 1 << 6;
    /// What the kernel has unless told otherwise.
    const DEFAULT: u64 = 0x33;

    /// That of a process.
    pub(super) fn of(pid: u32) -> Self {
        let text = fs::read_to_string(format!("/proc/{pid}/coredump_filter"));
        let bits = text
            .ok()
            .and_then(|text| u64::from_str_radix(text.trim(), 16).ok());
        Self(bits.unwrap_or(Self::DEFAULT))
    }

    fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }
}

impl Region {
    /// Whether a file is behind it, one without a name included.
    pub(super) fn has_file(&self) -> bool {
        self.has_inode || self.path.starts_with('/')
    }

    /// How much of it is written.
    pub(super) fn amount(&self, filter: Filter) -> Amount {
        let whole_if = |bit| {
            if filter.has(bit) {
                Amount::Whole
            } else {
                Amount::Nothing
            }
        };
        let Flags {
            shared,
            device,
            dont_dump,
            huge,
        } = self.flags;
        if self.path == "[vdso]" {
            return Amount::Whole;
        }
        if dont_dump || self.path == "[vsyscall]" {
            return Amount::Nothing;
        }
        match (huge, shared) {
            (true, true) => return whole_if(Filter::HUGE_SHARED),
            (true, false) => return whole_if(Filter::HUGE_PRIVATE),
            _ if device => return Amount::Nothing,
            // Shared memory without a name is a file that was deleted.
            (_, true) if self.path.ends_with(" (deleted)") || !self.path.starts_with('/') => {
                return whole_if(Filter::ANONYMOUS_SHARED);
            }
            (_, true) => return whole_if(Filter::FILE_SHARED),
            _ => {}
        }
        if self.touched && filter.has(Filter::ANONYMOUS_PRIVATE) {
            return Amount::Whole;
        }
        if !self.has_file() {
            return Amount::Nothing;
        }
        if self.offset == 0 && filter.has(Filter::ELF_HEADERS) && !filter.has(Filter::FILE_PRIVATE)
        {
            return Amount::ElfHeader;
        }
        whole_if(Filter::FILE_PRIVATE)
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

fn parse(text: &str) -> Vec<Region> {
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

    fn amount(line: &str, anonymous: u32, flags: &str, filter: u64) -> Amount {
        let text = format!(
            "{line}\nSize:    4 kB\nAnonymous:     {anonymous} kB\nSwap:    0 kB\nVmFlags: rd {flags}\n"
        );
        let [region] = &parse(&text)[..] else {
            panic!("{text}")
        };
        region.amount(Filter(filter))
    }

    #[test]
    fn as_the_kernel_chooses() {
        const FILE: &str = "7f00-8f00 r--p 00000000 fe:00 12    /usr/lib/libc.so.6";
        const LATER: &str = "7f00-8f00 r-xp 00001000 fe:00 12    /usr/lib/libc.so.6";
        const ANONYMOUS: &str = "7f00-8f00 rw-p 00000000 00:00 0 ";
        const MEMFD: &str = "7f00-8f00 rw-s 00000000 00:01 12    /memfd:doe (deleted)";
        const SHARED: &str = "7f00-8f00 rw-s 00000000 fe:00 12    /var/tmp/shared";
        use Amount::{ElfHeader, Nothing, Whole};
        for (line, anonymous, flags, filter, expected) in [
            (FILE, 0, "", 0x33, ElfHeader),
            (FILE, 4, "", 0x33, Whole),
            (FILE, 0, "", 0x23, Nothing),
            (FILE, 0, "", 0x37, Whole),
            (LATER, 0, "ex", 0x33, Nothing),
            (ANONYMOUS, 8, "wr", 0x33, Whole),
            (ANONYMOUS, 8, "wr dd", 0x33, Nothing),
            (ANONYMOUS, 8, "wr", 0x32, Nothing),
            (ANONYMOUS, 0, "wr", 0x33, Nothing),
            (ANONYMOUS, 0, "wr ht", 0x33, Whole),
            (ANONYMOUS, 0, "wr ht", 0x13, Nothing),
            (MEMFD, 0, "wr sh", 0x33, Whole),
            (MEMFD, 0, "wr sh", 0x31, Nothing),
            (SHARED, 0, "wr sh", 0x33, Nothing),
            (SHARED, 0, "wr sh", 0x3b, Whole),
            (SHARED, 0, "wr sh io", 0x3b, Nothing),
            (
                "7f00-8f00 r-xp 00000000 00:00 0    [vdso]",
                0,
                "dd",
                0,
                Whole,
            ),
            (
                "7f00-8f00 r--p 00000000 00:00 0    [vvar]",
                0,
                "io dd",
                0x33,
                Nothing,
            ),
        ] {
            assert_eq!(
                amount(line, anonymous, flags, filter),
                expected,
                "{line} {flags} {filter:#x}"
            );
        }
    }

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
