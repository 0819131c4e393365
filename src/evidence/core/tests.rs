//! Small cores made in memory, and noise in place of their parts.

use proptest::prelude::*;

use super::{Core, CoreError, FileMapping, Machine, Sender};
use crate::synthetic::core::{
    AARCH64, CoreBuilder, Load, X86_64, file_note, little_endian, prstatus, registers,
};
use crate::synthetic::read;

const NT_PRPSINFO: u32 = 3;
const NT_SIGINFO: u32 = 0x5349_4749;
const NT_FILE: u32 = 0x4649_4c45;
const NT_ARM_TLS: u32 = 0x401;

fn core(builder: CoreBuilder) -> Core {
    read(&builder.build()).unwrap()
}

/// One thread.
fn simple() -> CoreBuilder {
    CoreBuilder::new(X86_64).thread_at(7, 0x1000, 0x8000, 0x8010)
}

fn words(core: &Core) -> Vec<&str> {
    core.problems
        .iter()
        .map(|problem| &problem.what[..])
        .collect()
}

#[test]
fn registers_of_x86_64() {
    let numbers: Vec<u64> = (100..127).collect();
    let core = core(CoreBuilder::new(X86_64).thread(7, 11, &numbers));
    assert_eq!(core.machine, Machine::X86_64);
    let thread = &core.threads()[0];
    assert_eq!((thread.tid, thread.pthread), (7, Some(121)));
    let registers = &thread.registers;
    assert_eq!(
        (registers.pc, registers.sp(), registers.fp()),
        (116, Some(119), Some(104))
    );
    // rax, rdx, rcx, rbx, rsi, rdi, …, r8 to r15, and the return address's column.
    let values: Vec<_> = (0..17)
        .map(|number| registers.get(number).unwrap())
        .collect();
    let expected = [
        110, 112, 111, 105, 113, 114, 104, 119, 109, 108, 107, 106, 103, 102, 101, 100, 116,
    ];
    assert_eq!(values, expected);
    assert_eq!(registers.get(17), None);
    assert_eq!(registers.get(u16::MAX), None);
}

#[test]
fn registers_of_aarch64() {
    let numbers: Vec<u64> = (100..134).collect();
    let tls = 0x7f00_u64.to_le_bytes();
    let builder = CoreBuilder::new(AARCH64).thread(7, 11, &numbers);
    let core = core(
        builder
            .note("LINUX", NT_ARM_TLS, &tls)
            .thread(8, 0, &numbers),
    );
    assert_eq!(core.machine, Machine::Aarch64);
    let thread = &core.threads()[0];
    assert_eq!(
        (thread.pthread, core.threads()[1].pthread),
        (Some(0x7f00), None)
    );
    let registers = &thread.registers;
    assert_eq!(
        (registers.pc, registers.sp(), registers.fp()),
        (132, Some(131), Some(129))
    );
    for number in 0..32 {
        assert_eq!(registers.get(number), Some(100 + u64::from(number)));
    }
}

#[test]
fn registers_that_are_cut_off() {
    for (machine, enough) in [(X86_64, 112 + 8 * 20), (AARCH64, 112 + 8 * 33)] {
        let note = prstatus(1, 11, &registers(machine, 1, 2, 3));
        for len in 0..note.len() {
            let bytes = CoreBuilder::new(machine)
                .note("CORE", 1, &note[..len])
                .build();
            assert_eq!(read(&bytes).is_ok(), len >= enough, "{machine}: {len}");
        }
    }
}

#[test]
fn signals() {
    let note = |number: u32, code: i32, union: [u64; 2]| {
        let head = [number, 0, code.cast_unsigned(), 0]
            .map(u32::to_le_bytes)
            .concat();
        [head, little_endian(&union)].concat()
    };
    let sent = Some(Sender { pid: 1, uid: 2 });
    for (signal, address, sender, snapshot) in [
        (note(11, 1, [0x10, 0]), Some(0x10), None, false),
        // A non-canonical address is not told; a signal that was sent has none.
        (note(11, 128, [0x10, 0]), None, None, false),
        (note(11, 0, [1 | 2 << 32, 0]), None, sent, false),
        (note(6, -6, [1 | 2 << 32, 0]), None, sent, false),
        (
            note(19, 0, [0, 0]),
            None,
            Some(Sender { pid: 0, uid: 0 }),
            true,
        ),
    ] {
        let core = core(simple().note("CORE", NT_SIGINFO, &signal));
        let found = core.signal.unwrap();
        assert_eq!((found.address, found.sender), (address, sender));
        assert_eq!(found.is_snapshot(), snapshot);
    }
    // Without the note, or with half of it, the first thread knows the number.
    for core in [
        core(simple()),
        core(simple().note("CORE", NT_SIGINFO, &[6, 0, 0])),
    ] {
        let signal = core.signal.unwrap();
        assert_eq!((signal.number, signal.address), (11, None));
    }
}

#[test]
fn process() {
    let mut note = [0; 136];
    note[16..20].copy_from_slice(&1000_u32.to_le_bytes());
    note[24..28].copy_from_slice(&7_u32.to_le_bytes());
    note[40..44].copy_from_slice(b"ship");
    note[56..136].fill(b'x');
    let core = core(simple().note("CORE", NT_PRPSINFO, &note[..]));
    let info = core.info.as_ref().unwrap();
    assert_eq!((info.uid, info.pid, &info.name[..]), (1000, 7, "ship"));
    assert_eq!(info.command_line, "x".repeat(80));
    assert_eq!(core.facts().pid, Some(7));
    let short = simple().note("CORE", NT_PRPSINFO, &note[..135]);
    assert_eq!(self::core(short).info, None);
}

#[test]
fn mapped_files() {
    let rows = [
        (0x3000, 0x4000, 2, "/b"),
        (0x1000, 0x2000, 1, "/a (deleted)"),
        (0x5000, 0x5000, 0, "/c"),
    ];
    let core = core(simple().files(&rows));
    let at = |start, end, offset, path: &str| FileMapping {
        start,
        end,
        offset,
        path: path.to_owned(),
    };
    assert_eq!(
        core.mappings,
        [
            at(0x1000, 0x2000, 4096, "/a (deleted)"),
            at(0x3000, 0x4000, 8192, "/b")
        ]
    );
    for (address, path) in [
        (0xfff, None),
        (0x1000, Some("/a (deleted)")),
        (0x1fff, Some("/a (deleted)")),
        (0x2000, None),
        (u64::MAX, None),
    ] {
        assert_eq!(
            core.mapping_at(address).map(|mapping| &mapping.path[..]),
            path
        );
    }
    assert_eq!(words(&core), [""; 0]);
}

#[test]
fn lists_of_files_that_lie() {
    let rows = [(0x1000, 0x2000, 0, "/a"), (0x3000, 0x4000, 2, "/b")];
    for (note, found, problem) in [
        (
            file_note(1 << 40, &rows),
            2,
            "names 1099511627776, of which 2 can be read",
        ),
        (file_note(u64::MAX, &rows), 2, "of which 2 can be read"),
        (file_note(3, &rows), 2, "names 3, of which 2 can be read"),
        (file_note(1, &rows), 0, "names 1, of which 0 can be read"),
        (
            file_note(2, &rows)[..66].to_vec(),
            1,
            "names 2, of which 1 can be read",
        ),
        (vec![0; 15], 0, "the list of mapped files is cut off"),
    ] {
        let core = core(simple().note("CORE", NT_FILE, &note));
        assert_eq!(core.mappings.len(), found, "{problem}");
        assert!(
            words(&core).iter().any(|what| what.contains(problem)),
            "{problem}: {:?}",
            core.problems
        );
    }
}

#[test]
fn overlapping_segments() {
    let core = core(
        simple()
            .memory(0x1000, &[1; 64])
            .memory(0x1020, &[2; 64])
            .memory(0x1020, &[3; 8]),
    );
    assert_eq!(core.memory.bytes(0x1000, 32), Some(vec![1; 32]));
    assert_eq!(
        core.memory.bytes(0x1018, 16),
        Some([[1; 8], [3; 8]].concat())
    );
    assert_eq!(core.memory.bytes(0x1028, 1), None);
    assert!(
        words(&core)[0].contains("2 segments overlap"),
        "{:?}",
        core.problems
    );
}

#[test]
fn segments_that_are_cut_off() {
    let bytes = simple()
        .memory(0x1000, &[1; 64])
        .memory(0x2000, &[2; 64])
        .build();
    let core = read(&bytes[..bytes.len() - 100]).unwrap();
    assert_eq!(core.memory.bytes(0x1000, 28), Some(vec![1; 28]));
    assert_eq!(core.memory.bytes(0x1000, 29), None);
    assert_eq!(core.memory.bytes(0x2000, 1), None);
    assert!(core.memory.segment_at(0x2000).is_some());
    assert!(
        words(&core)[0].starts_with("the core is cut off: "),
        "{:?}",
        core.problems
    );
}

#[test]
fn reads_go_on_into_the_next_segment() {
    let core = core(
        simple()
            .memory(0x1000, &[1; 16])
            .memory(0x1010, &[2; 16])
            .memory(u64::MAX - 15, &[3; 16]),
    );
    let memory = &core.memory;
    assert_eq!(memory.bytes(0x1008, 16), Some([[1; 8], [2; 8]].concat()));
    assert_eq!(memory.bytes(0x1018, 9), None);
    assert_eq!(memory.bytes(u64::MAX - 15, 15), Some(vec![3; 15]));
    assert_eq!(memory.bytes(u64::MAX - 15, 17), None);
    let mut buffer = [0; 64];
    assert_eq!(memory.read_some(0x1008, &mut buffer), 8);
    assert_eq!(memory.read_some(0x0fff, &mut buffer), 0);
    assert_eq!(
        memory.string(0x1000, 100).as_deref(),
        Some("\u{1}".repeat(16).as_str())
    );
}

/// The cache has blocks of 16 KiB.
#[test]
fn cached_memory_is_memory() {
    let bytes: Vec<u8> = (0..40_000_u32).map(|at| (at * 7 % 251) as u8).collect();
    let core = core(
        simple()
            .memory(0x4000 - 100, &bytes)
            .memory(0x4000 - 100 + 40_000, &bytes[..50])
            .memory(0xffff_ffff_ffff_0000, &bytes[..0x1_0000 - 1 - 30_000])
            .load(Load {
                address: 0x10_0000,
                bytes: vec![5; 64],
                memory_size: Some(4096),
                ..Load::default()
            }),
    );
    let cached = core.memory.cached();
    let edges = [
        0x4000 - 100,
        0x4000,
        0x8000,
        0xc000,
        0x4000 - 100 + 40_000,
        0x10_0000,
        0x10_0040,
        0xffff_ffff_ffff_0000,
        u64::MAX,
    ];
    for edge in edges {
        for distance in -120..120_i64 {
            let address = u64::wrapping_add_signed(edge, distance);
            let word = cached.array::<8>(address).map(|bytes| bytes.to_vec());
            assert_eq!(word, core.memory.bytes(address, 8), "{address:#x}");
            let byte = cached.array::<1>(address).map(|bytes| bytes.to_vec());
            assert_eq!(byte, core.memory.bytes(address, 1), "{address:#x}");
        }
    }
}

#[test]
fn a_problem_is_named_once() {
    let mut builder = simple();
    for _ in 0..1000 {
        builder = builder.note("CORE", 1, &[]).note("CORE", NT_FILE, &[]);
    }
    let core = core(builder);
    assert_eq!(
        words(&core),
        [
            "the registers of a thread are cut off",
            "the list of mapped files is cut off"
        ]
    );
}

#[test]
fn executable() {
    let rows = [
        (0x1000, 0x2000, 0, "/bin/ship"),
        (0x3000, 0x4000, 0, "/lib/sea.so"),
    ];
    let builder = || simple().memory(0x9000, b"./ship\0...");
    let by_address = builder().auxv(&[(9, 0x1500), (31, 0x9000)]).files(&rows);
    assert_eq!(core(by_address).executable().as_deref(), Some("/bin/ship"));
    let by_name = builder().auxv(&[(9, 0x2500), (31, 0x9000)]).files(&rows);
    assert_eq!(core(by_name).executable().as_deref(), Some("./ship"));
    let ended = builder().auxv(&[(0, 0), (31, 0x9000)]);
    assert_eq!(core(ended).executable(), None);
}

proptest! {
    #[test]
    fn noise_for_notes(noise in prop::collection::vec(any::<u8>(), 0..600)) {
        for machine in [X86_64, AARCH64] {
            let bytes = CoreBuilder::new(machine).raw_notes(&noise).build();
            let empty = matches!(read(&bytes), Err(CoreError::Empty { .. }));
            prop_assert!(empty || noise.len() > 112);
        }
    }

    #[test]
    fn noise_in_notes(
        kind in prop::sample::select(vec![1, NT_PRPSINFO, 6, NT_SIGINFO, NT_FILE]),
        noise in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let core = read(&simple().note("CORE", kind, &noise).build()).unwrap();
        drop(core.facts());
        prop_assert!(core.mappings.is_sorted_by_key(|mapping| mapping.start));
    }

    #[test]
    fn noise_for_files(count in any::<u64>(), noise in prop::collection::vec(any::<u8>(), 0..600)) {
        let note = [little_endian(&[count, 4096]), noise].concat();
        let core = read(&simple().note("CORE", NT_FILE, &note).build()).unwrap();
        prop_assert!(core.mappings.len() as u64 <= count);
    }

    #[test]
    fn noise_for_headers(at in 0_usize..64, noise in prop::collection::vec(any::<u8>(), 1..24)) {
        let mut bytes = simple().memory(0x1000, &[1; 64]).build();
        bytes.splice(at..at + noise.len(), noise);
        drop(read(&bytes));
    }
}
