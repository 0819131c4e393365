//! `NT_AUXV`: what the kernel told the process at its start (`getauxval(3)`, `include/uapi/linux/auxvec.h`).

/// The entries that matter for a stack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Auxv {
    /// Program headers of the executable in memory (`AT_PHDR`).
    pub program_headers: Option<u64>,
    /// Number of program headers of the executable (`AT_PHNUM`).
    pub program_header_count: Option<u64>,
    /// Entry point of the executable (`AT_ENTRY`).
    pub entry: Option<u64>,
    /// ELF header of the vDSO (`AT_SYSINFO_EHDR`).
    pub vdso: Option<u64>,
    /// Address of the name the executable was started by (`AT_EXECFN`).
    pub executable_name: Option<u64>,
}

const AT_NULL: u64 = 0;
const AT_PHDR: u64 = 3;
const AT_PHNUM: u64 = 5;
const AT_ENTRY: u64 = 9;
const AT_EXECFN: u64 = 31;
const AT_SYSINFO_EHDR: u64 = 33;

impl Auxv {
    /// Reads the pairs of a note up to its end or to `AT_NULL`.
    pub(in crate::evidence) fn read(note: &[u8]) -> Self {
        let mut auxv = Self::default();
        for pair in note.as_chunks::<16>().0 {
            let (key, value) = pair.split_at(8);
            let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap_or_default());
            let value = word(value);
            match word(key) {
                AT_NULL => break,
                AT_PHDR => auxv.program_headers = Some(value),
                AT_PHNUM => auxv.program_header_count = Some(value),
                AT_ENTRY => auxv.entry = Some(value),
                AT_EXECFN => auxv.executable_name = Some(value),
                AT_SYSINFO_EHDR => auxv.vdso = Some(value),
                _ => {}
            }
        }
        auxv
    }
}
