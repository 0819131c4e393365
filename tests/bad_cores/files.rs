//! Files that a core names, and debug files that lie.

use std::fs;
use std::path::Path;

use super::{Want, bounded, check, look, look_with};
use crate::support::Env;
use crate::support::core::{CoreBuilder, X86_64};
use crate::support::crasher::crashed;
use crate::support::program::{Program, Section};
use crate::support::tools::tool;

const AT: u64 = 0x1_0000;
const STACK: u64 = 0x8000;

/// A process that was in a file, of whose memory nothing is there but the first page.
fn process(path: &str, image: &[u8]) -> Vec<u8> {
    let end = AT + (image.len() as u64).next_multiple_of(4096);
    CoreBuilder::new(X86_64)
        .thread_at(1, AT + 0x1010, STACK, STACK)
        .auxv(&[(9, AT + 0x1000)])
        .files(&[(AT, end, 0, path)])
        .memory(AT, &image[..image.len().min(4096)])
        .words(STACK, &[0; 8])
        .build()
}

fn program() -> Program {
    Program {
        build_id: vec![7; 20],
        ..Program::new(X86_64, &[0xe8; 64])
    }
}

/// A pipe would be waited for, a device acted on.
#[test]
fn paths_of_all_kinds() {
    let env = Env::new();
    let pipe = env.path_text("pipe");
    if let Some(mkfifo) = tool("mkfifo") {
        let status = std::process::Command::new(mkfifo).arg(&pipe).status();
        assert!(status.expect("mkfifo").success());
    }
    let long = "x/".repeat(2000);
    for path in [
        &pipe,
        "/dev/zero",
        "/dev/stdin",
        "/dev/tty",
        "/proc/self/mem",
        "/proc/kcore",
        "/sys/kernel/notes",
        "/",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "relative",
        "[heap]",
        " (deleted)",
        "//anon_hugepage (deleted)",
        &long,
    ] {
        look(
            path,
            &process(path, &program().build()),
            Want::Frames(&["#0"]),
        );
    }
    let core = process("/nowhere/\x1b[31mship\x07\n#9 in", &program().build());
    let file = env.file("core", core);
    let run = bounded(&env, &["stack", "--color", "always", &file]);
    check("control characters", &run, Want::Frames(&[]), true);
    let shown = [&run.stdout, &run.stderr];
    assert!(
        shown
            .iter()
            .all(|text| !text.contains("\x1b[31mship") && !text.contains('\x07')),
        "{run}"
    );
}

/// Looks at a process whose program is a file with more sections.
fn with_sections(name: &str, sections: Vec<Section>) {
    let mut program = program();
    program.sections.extend(sections);
    with_program(name, &program.build(), Want::Frames(&["#0"]));
}

fn with_program(name: &str, image: &[u8], want: Want<'_>) {
    let env = Env::new();
    let path = env.file("ship", image);
    look_with(name, &process(&path, image), &["--exe", &path], want);
}

fn section(name: &'static str, flags: u64, bytes: Vec<u8>) -> Section {
    Section {
        name,
        kind: 1,
        flags,
        bytes,
        ..Section::default()
    }
}

#[test]
fn compressed_sections() {
    // Type, nothing, size, alignment; then the stream.
    let packed = |kind: u32, size: u64, stream: &[u8]| {
        let head = [
            &kind.to_le_bytes()[..],
            &[0; 4],
            &size.to_le_bytes(),
            &1_u64.to_le_bytes(),
        ];
        [&head.concat(), stream].concat()
    };
    let zeros = vec![0; 256 << 20];
    let zlib = zlib(&zeros);
    let zstd = zstd::encode_all(&zeros[..], 1).expect("zstd");
    for (name, bytes) in [
        ("2^50 bytes", packed(1, 1 << 50, &zlib)),
        ("2^31 bytes", packed(1, 1 << 31, &zlib)),
        ("fewer than there are", packed(1, 100, &zlib)),
        ("zlib", packed(1, zeros.len() as u64, &zlib)),
        ("zstd", packed(2, zeros.len() as u64, &zstd)),
        ("unknown", packed(3, 100, &zlib)),
        ("cut off", vec![1, 0, 0]),
    ] {
        for section_name in [".debug_info", ".eh_frame", ".debug_frame"] {
            with_sections(name, vec![section(section_name, 0x800, bytes.clone())]);
        }
    }
    let old = [b"ZLIB".as_slice(), &(1_u64 << 50).to_be_bytes(), &zlib].concat();
    with_sections(".zdebug", vec![section(".zdebug_info", 0, old)]);
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("zlib");
    encoder.finish().expect("zlib")
}

/// 512 MiB of zeros in place of a symbol table; then noise.
#[test]
fn mini_debug_info() {
    use std::io::Write as _;
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    let zeros = vec![0; 1 << 20];
    for _ in 0..512 {
        encoder.write_all(&zeros).expect("xz");
    }
    let bomb = encoder.finish().expect("xz");
    for bytes in [&bomb[..], &bomb[..bomb.len() / 2], &[0; 64], b"\xfd7zXZ\0"] {
        with_sections(
            ".gnu_debugdata",
            vec![section(".gnu_debugdata", 0, bytes.to_vec())],
        );
    }
}

#[test]
fn build_ids() {
    for len in [0, 1, 2, 64, 65, 4096] {
        let image = Program {
            build_id: vec![7; len],
            ..program()
        }
        .build();
        look(
            &format!("in memory: {len}"),
            &process("/nowhere/ship", &image),
            Want::Frames(&["#0"]),
        );
        with_program(&format!("in a file: {len}"), &image, Want::Frames(&["#0"]));
    }
}

#[test]
fn debug_links() {
    for name in ["../../etc/passwd", "/etc/passwd", "..", "", "ship", "pipe"] {
        let mut link = [name.as_bytes(), &[0]].concat();
        link.resize(link.len().next_multiple_of(4) + 4, 0);
        with_sections(name, vec![section(".gnu_debuglink", 0, link)]);
        let alternate = [name.as_bytes(), &[0], &[9; 20]].concat();
        with_sections(
            name,
            vec![
                section(".debug_info", 0, vec![0; 11]),
                section(".gnu_debugaltlink", 0, alternate),
            ],
        );
    }
}

/// A table of functions over the code, with names of one kind.
fn symbols(names: &[u8], symbols: impl Iterator<Item = u32>) -> Vec<Section> {
    let mut table = vec![0; 24];
    for name in symbols {
        table.extend(name.to_le_bytes());
        table.extend([0x12, 0, 1, 0]);
        table.extend(0x1000_u64.to_le_bytes());
        table.extend(64_u64.to_le_bytes());
    }
    vec![
        Section {
            name: ".symtab",
            kind: 2,
            bytes: table,
            link: ".strtab",
            entry: 24,
            ..Section::default()
        },
        Section {
            name: ".strtab",
            kind: 3,
            bytes: names.to_vec(),
            ..Section::default()
        },
    ]
}

#[test]
fn names_of_functions() {
    let ids = "123456789ABCDEFGHIJKLMNOPQRSTU".chars();
    let doubled: String = ids.map(|id| format!("S0_IS{id}_S{id}_E")).collect();
    let nested = format!("_Z{}", "N".repeat(4000));
    for name in [
        &b"\xff\xfe\x80"[..],
        b"",
        b"a\x1b[31mb",
        &b"x".repeat(1 << 20),
        nested.as_bytes(),
        format!("_Z1fI1TIiiE{doubled}EvT_").as_bytes(),
        b"_RNvNtCs_______________________________0",
        b"@@@@",
        b"__GI_",
    ] {
        let names = [&[0][..], name, &[0]].concat();
        with_sections(
            &String::from_utf8_lossy(&name[..name.len().min(40)]),
            symbols(&names, std::iter::once(1)),
        );
    }
    // A hundred thousand symbols share the ends of one long name, with and without an end.
    for end in [0, b'x'] {
        let names = [&[0][..], &b"x".repeat(8 << 20), &[end]].concat();
        with_sections("long names", symbols(&names, 1..100_000));
    }
}

/// References that lead anywhere, also to themselves: `DW_AT_abstract_origin`, `DW_AT_type`, `DW_AT_specification`.
#[test]
fn damaged_debug_information() {
    use object::{Object as _, ObjectSection as _};
    let Some((program, core)) = crashed() else {
        return;
    };
    let file = fs::read(program).expect("the program");
    let sections = object::File::parse(&*file).expect("an ELF file");
    let part = |name: &str| {
        sections
            .section_by_name(name)
            .and_then(|section| section.file_range())
    };
    for name in [
        ".debug_info",
        ".debug_abbrev",
        ".debug_line",
        ".debug_loclists",
        ".debug_rnglists",
        ".debug_aranges",
        ".eh_frame",
        ".symtab",
    ] {
        let Some((start, size)) = part(name) else {
            continue;
        };
        for seed in 1..=12_u64 {
            let mut file = file.clone();
            let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            for _ in 0..(size / 40).max(2) {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let at = usize::try_from(start + (random >> 33) % size).expect("a place");
                // Half of the references become small: they lead to the unit itself, or to entries around it.
                let [byte, ..] = (random >> 20).to_le_bytes();
                file[at] = if seed % 2 == 0 { byte } else { byte & 0x3f };
            }
            damaged(name, program, &file, core);
        }
    }
}

fn damaged(name: &str, program: &Path, file: &[u8], core: &[u8]) {
    let env = Env::new();
    let changed = env.file("ship", file);
    let core = env.file("core", core);
    let run = bounded(&env, &["stack", "--exe", &changed, &core]);
    check(
        &format!("{name} of {}", program.display()),
        &run,
        Want::Frames(&[]),
        true,
    );
}
