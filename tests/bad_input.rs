//! Inputs that are no report, or hardly one: a clear word or a result, in bounded time, and never a panic.

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::support::{Env, HANG};

const STACK: &str = "#0  0x7f01 in chain_seek (key=0x1) at Objects/chainobject.c:12\n\
                     #1  0x7f02 in chain_contains (key=0x1) at Objects/chainobject.c:65\n";

#[test]
fn texts_without_a_stack() {
    let env = Env::with_index();
    for text in ["", "\n\n", "It hangs. Please help.\n"] {
        let report = env.file("report.txt", text);
        for command in ["triage", "stack", "signature"] {
            let run = env.run([command, &report]);
            run.failed_with(&[
                "there is no stack in",
                "were looked for",
                "hint: make one: ",
            ]);
        }
    }
    let report = env.file("report.txt", "It hangs. Please help.\n");
    env.run(["triage", &report]).snapshot("no-stack");
}

#[test]
fn things_that_are_no_text() {
    let env = Env::with_index();
    let noise: Vec<u8> = (0..4096_u32).map(|n| (n * n % 251) as u8 & 0x1f).collect();
    let cases: [(&[u8], &str); 7] = [
        (b"\x7fELF\x02\x01\x01", "an ELF file cut off in its header"),
        (b"\x28\xb5\x2f\xfd\x04", "cannot be unpacked"),
        (b"\x04\x22\x4d\x18\x04", "cannot be unpacked"),
        (b"\xfd7zXZ\x00\x00", "cannot be unpacked"),
        (b"\x1f\x8b\x08\x00", "cannot be unpacked"),
        (
            b"MDMP\x93\xa7",
            "a minidump, which is not read here\nhint: minidump-stackwalk",
        ),
        (
            &noise,
            "neither a core nor the text of a stack\nhint: make one",
        ),
    ];
    for (bytes, what) in cases {
        let report = env.file("core", bytes);
        env.run(["triage", &report]).failed_with(&[what]);
        env.run_with(["stack", "-"], bytes).failed_with(&[what]);
    }
}

/// Reports are attached compressed, too.
#[test]
fn compressed_texts() {
    let env = Env::new();
    let report = std::fs::read(HANG).expect("the sample");
    let plain = env.run(["signature", HANG]).succeeded().stdout;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&report).expect("memory");
    let packed = packed.finish().expect("memory");
    let file = env.file("report.txt.gz", &packed);
    assert_eq!(env.run(["signature", &file]).succeeded().stdout, plain);
    let piped = env.run_with(["signature", "-"], packed).succeeded();
    assert_eq!(piped.stdout, plain);
}

#[test]
fn folders_and_files_that_cannot_be_read() {
    let env = Env::with_index();
    env.run(["triage", "samples"])
        .failed_with(&["samples is a folder, not a report", "standard input"]);
    env.run(["stack", "/no/such/file"])
        .failed_with(&["/no/such/file cannot be read"]);
}

/// A file that opens and then cannot be read, for root neither.
#[cfg(target_os = "linux")]
#[test]
fn unreadable_file() {
    Env::with_index()
        .run(["triage", "/proc/self/mem"])
        .failed_with(&["/proc/self/mem cannot be read"]);
}

#[test]
fn other_encodings_are_read() {
    let env = Env::with_index();
    let utf16 = |bom: [u8; 2], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let units = STACK.encode_utf16().flat_map(bytes);
        bom.into_iter().chain(units).collect()
    };
    let expected = env.run_with(["signature", "-"], STACK).succeeded().stdout;
    for (what, bytes) in [
        ("UTF-16 LE", utf16([0xff, 0xfe], u16::to_le_bytes)),
        ("UTF-16 BE", utf16([0xfe, 0xff], u16::to_be_bytes)),
        ("a mark", [b"\xef\xbb\xbf", STACK.as_bytes()].concat()),
        ("CRLF", STACK.replace('\n', "\r\n").into_bytes()),
    ] {
        let run = env.run_with(["signature", "-"], bytes).succeeded();
        assert_eq!(run.stdout, expected, "{what}");
    }
}

#[test]
fn bytes_that_are_no_text_are_passed_over() {
    let env = Env::with_index();
    for spoilt in [&b"\xff\xfe\x80 caf\xe9"[..], b"a\0b\0", b"\x1b[2J\x07"] {
        let text = [b"at ", spoilt, b"\n", STACK.as_bytes()].concat();
        let run = env.run_with(["signature", "-"], text).succeeded();
        assert!(run.stdout.contains("chain_seek < chain_contains"), "{run}");
        assert!(!run.stdout.contains(['\x1b', '\0']), "{run}");
    }
}

/// A name in the report does not steer the terminal.
#[test]
fn control_characters_are_shown() {
    for control in ["\x1b[31m", "\x07", "\u{9b}31m", "\x1b]0;title\x07"] {
        let text = STACK.replace("Objects/", &format!("Obj{control}ects/"));
        for command in ["stack", "signature"] {
            let args = [command, "--color", "always", "-"];
            let run = Env::new().run_with(args, text.clone()).succeeded();
            assert!(!run.stdout.contains(control), "{control:?}: {run}");
        }
    }
}

/// Time that no input of this size may take, on a slow machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn long_text_is_cut() {
    let env = Env::with_index();
    let line = "a line of a log without anything in it, over and over again\n";
    let text = [STACK, &line.repeat((80 << 20) / line.len())].concat();
    let started = Instant::now();
    let run = env.run_with(["signature", "-"], text).succeeded();
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    assert!(
        run.stderr.contains("note: only the first 64 MiB were read"),
        "{run}"
    );
    assert!(run.stdout.contains("chain_seek < chain_contains"));
}

#[test]
fn long_line() {
    let env = Env::with_index();
    for piece in ["#0 f (", "(((((", "<&lt;"] {
        let text = [piece.repeat((30 << 20) / piece.len()).as_str(), "\n", STACK].concat();
        let started = Instant::now();
        let run = env.run_with(["signature", "-"], text);
        assert!(
            started.elapsed() < PATIENCE,
            "{piece}: {:?}",
            started.elapsed()
        );
        assert!(
            run.stdout.contains("chain_seek < chain_contains"),
            "{piece}: {run}"
        );
    }
}
