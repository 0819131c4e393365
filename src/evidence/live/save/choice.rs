//! What of a process's memory belongs into a core: the kernel's own choice (`fs/coredump.c`, `vma_dump_size`; core(5),
//! "Controlling which mappings are written to the core dump").

use std::fs;

use super::regions::Region;

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

    /// How much of a region is written.
    pub(super) fn amount(self, region: &Region) -> Amount {
        let flags = region.flags;
        if region.path == "[vdso]" {
            return Amount::Whole;
        }
        if flags.dont_dump || region.path == "[vsyscall]" {
            return Amount::Nothing;
        }
        match (flags.huge, flags.shared) {
            (true, true) => self.whole_if(Self::HUGE_SHARED),
            (true, false) => self.whole_if(Self::HUGE_PRIVATE),
            _ if flags.device => Amount::Nothing,
            (false, true) if is_nameless(region) => self.whole_if(Self::ANONYMOUS_SHARED),
            (false, true) => self.whole_if(Self::FILE_SHARED),
            (false, false) => self.private(region),
        }
    }

    fn private(self, region: &Region) -> Amount {
        if region.touched && self.has(Self::ANONYMOUS_PRIVATE) {
            return Amount::Whole;
        }
        if !region.has_file() {
            return Amount::Nothing;
        }
        match self.whole_if(Self::FILE_PRIVATE) {
            Amount::Nothing if region.offset == 0 && self.has(Self::ELF_HEADERS) => {
                Amount::ElfHeader
            }
            amount => amount,
        }
    }

    fn whole_if(self, bit: u64) -> Amount {
        if self.has(bit) {
            Amount::Whole
        } else {
            Amount::Nothing
        }
    }

    fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }
}

/// Shared memory without a name is a file that was deleted.
fn is_nameless(region: &Region) -> bool {
    region.path.ends_with(" (deleted)") || !region.path.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::super::regions::parse;
    use super::*;

    fn amount(line: &str, anonymous: u32, flags: &str, filter: u64) -> Amount {
        let text = format!(
            "{line}\nSize:    4 kB\nAnonymous:     {anonymous} kB\nSwap:    0 kB\nVmFlags: rd {flags}\n"
        );
        let [region] = &parse(&text)[..] else {
            panic!("{text}")
        };
        Filter(filter).amount(region)
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
}
