//! What is no core of a known kind: a word for what it is, and for what would read it.

use super::{Want, bounded, check, look};
use crate::support::Env;
use crate::support::core::{CoreBuilder, X86_64};
use crate::support::program::Program;

fn core() -> Vec<u8> {
    CoreBuilder::new(X86_64).thread_at(1, 1, 2, 3).build()
}

fn with(places: &[(usize, u8)]) -> Vec<u8> {
    let mut core = core();
    for &(at, byte) in places {
        core[at] = byte;
    }
    core
}

#[test]
fn other_processors_and_formats() {
    let big_endian = [(5, 2), (16, 0), (17, 4), (18, 0)];
    for (name, bytes, words) in [
        (
            "32-bit",
            with(&[(4, 1), (18, 3)]),
            ["32-bit x86", "eu-stack"],
        ),
        (
            "32-bit ARM",
            with(&[(4, 1), (18, 40)]),
            ["32-bit ARM", "eu-stack"],
        ),
        ("ppc64le", with(&[(18, 21)]), ["64-bit POWER", "eu-stack"]),
        (
            "ppc64",
            with(&[&big_endian[..], &[(19, 21)]].concat()),
            ["64-bit POWER", "eu-stack"],
        ),
        (
            "s390x",
            with(&[&big_endian[..], &[(19, 22)]].concat()),
            ["s390", "eu-stack"],
        ),
        ("riscv", with(&[(18, 243)]), ["RISC-V", "eu-stack"]),
        ("unknown", with(&[(18, 200)]), ["machine 200", "eu-stack"]),
        (
            "minidump",
            [b"MDMP".to_vec(), core()].concat(),
            ["a minidump", "minidump-stackwalk"],
        ),
        (
            "Mach-O",
            [b"\xcf\xfa\xed\xfe".to_vec(), core()].concat(),
            ["a Mach-O file", "lldb"],
        ),
    ] {
        look(
            name,
            &bytes,
            Want::Error(&[words[0], words[1], "which is not read here"]),
        );
    }
}

#[test]
fn no_cores() {
    let program = Program::new(X86_64, &[0x90]).build();
    let relocatable = with(&[(16, 1)]);
    for (name, bytes) in [("program", program), ("object", relocatable)] {
        look(
            name,
            &bytes,
            Want::Error(&["is an ELF program or library, not a core file"]),
        );
    }
    look(
        "big-endian program",
        &with(&[(5, 2), (16, 0), (17, 2)]),
        Want::Error(&["program or library"]),
    );
    look(
        "text",
        b"#0  main () at ship.c:1\n",
        Want::Frames(&["main"]),
    );
    look(
        "text without a stack",
        b"a core, honestly\n",
        Want::Error(&["there is no stack in"]),
    );
    look("empty", b"", Want::Error(&["there is no stack in"]));
    look(
        "four bytes",
        b"\x7fELF",
        Want::Error(&["cut off in its header"]),
    );
    look(
        "zeros",
        &[0; 100_000],
        Want::Error(&["neither a core nor the text of a stack"]),
    );
    let env = Env::new();
    let folder = env.path_text("");
    check(
        "folder",
        &bounded(&env, &["stack", &folder]),
        Want::Error(&["is a folder"]),
        true,
    );
    let missing = env.path_text("missing");
    check(
        "missing",
        &bounded(&env, &["stack", &missing]),
        Want::Error(&["cannot be read"]),
        true,
    );
}

#[test]
fn bombs() {
    let zeros = vec![0; 64 << 20];
    let core = [core(), zeros].concat();
    for (name, packed) in [
        ("zstd", zstd::encode_all(&core[..], 3).expect("zstd")),
        ("gzip", gzip(&core)),
        ("xz", xz(&core)),
        ("lz4", lz4(&core)),
    ] {
        look(name, &packed, Want::Frames(&[]));
        look(
            &format!("half of {name}"),
            &packed[..packed.len() / 2],
            Want::Answer,
        );
    }
    // Packed again and again: once is unpacked.
    let twice = gzip(&gzip(&core));
    look(
        "gzip in gzip",
        &twice,
        Want::Error(&["neither a core nor the text of a stack"]),
    );
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("gzip");
    encoder.finish().expect("gzip")
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(bytes).expect("xz");
    encoder.finish().expect("xz")
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).expect("lz4");
    encoder.finish().expect("lz4")
}
