//! Seeds of the fuzz targets of cores, interpreters and corpora, made anew by `cargo test --test runner seeds -- --ignored`.

use std::fs;
use std::path::{Path, PathBuf};

use object::{Object as _, ObjectSection as _};

use super::core::{AARCH64, CoreBuilder, X86_64, file_note, little_endian};
use super::crasher;
use super::interpreter::{BASE, Interpreter, SERIES};
use super::program::Program;

/// Sections as `fuzz_targets/unwind.rs` reads them.
const SECTIONS: [&str; 15] = [
    ".eh_frame",
    ".eh_frame_hdr",
    ".debug_frame",
    ".debug_info",
    ".debug_abbrev",
    ".debug_line",
    ".debug_str",
    ".debug_line_str",
    ".debug_aranges",
    ".debug_rnglists",
    ".debug_ranges",
    ".debug_loclists",
    ".symtab",
    ".strtab",
    ".gnu_debugdata",
];

const SOURCE: &str = "
__attribute__((noinline)) static int sink(int depth, const char *name) {
    if (depth == 0) __builtin_trap();
    return sink(depth - 1, name) + 1;
}
static inline __attribute__((always_inline)) int leak(int depth, char *name) { return sink(depth, name) + 2; }
__attribute__((noinline)) int take(char *name, int depth) { return leak(depth, name) + name[0]; }
__attribute__((noinline)) int other(char *name) { return take(name, 3); }
int _start(int count, char **names) { return other(names[0]) + count; }
";

#[test]
#[ignore = "writes into fuzz/seeds"]
fn seeds() {
    for (name, bytes) in cores() {
        fs::write(folder("core").join(name), bytes).expect("a seed");
    }
    for (name, flags) in [
        ("cfi", &["-O2"][..]),
        ("frame-pointer", &["-O0", "-fno-asynchronous-unwind-tables"]),
        ("dwarf4", &["-O2", "-gdwarf-4", "-Wl,--eh-frame-hdr"]),
        ("debug-frame", &["-O1", "-fno-asynchronous-unwind-tables"]),
    ] {
        fs::write(folder("unwind").join(name), unwind(flags)).expect("a seed");
    }
    let env = super::Env::with_index();
    for (name, flags) in [("whole", &[][..]), ("facts", &["--facts"])] {
        let seed = folder("corpus").join(name);
        let args = ["index".as_ref(), "export".as_ref(), seed.as_os_str()];
        let flags = flags.iter().map(AsRef::as_ref);
        env.run(args.into_iter().chain(flags)).succeeded();
    }
    // Registers and stack alone, on the other processor.
    let stack = little_endian(&[0, 0x5555_0000_1005, 0x7fff_0000_0020, 0x5555_0000_1009]);
    let parts: [&[u8]; 4] = [&[1], &[], &[0x00, 0x00, 0x00, 0x94].repeat(8), &stack];
    let bytes: Vec<u8> = parts.into_iter().flat_map(part).collect();
    fs::write(folder("unwind").join("aarch64"), bytes).expect("a seed");
}

/// For each series a healthy interpreter, and one of circles. What patches are, `fuzz_targets/python.rs` says.
#[test]
#[ignore = "writes into fuzz/seeds"]
fn python_seeds() {
    for (number, series) in (0..).zip(SERIES) {
        let process = Interpreter::new(series);
        let [inner, _, outer] = process.frames;
        let [first, second] = process.threads;
        let back = "_PyInterpreterFrame.previous | _frame.f_back";
        let circles = [
            (outer, back, inner),
            (second, "_ts.next", first),
            (
                process.exception,
                "PyBaseExceptionObject.args",
                process.list,
            ),
            (process.list, "PyListObject.ob_item", process.list),
        ];
        let patches = circles.map(|(structure, member, target)| {
            let place = process.image.at(structure, member) - BASE;
            let place = u32::try_from(place).expect("a small memory");
            let pointer = target - BASE;
            [&[1][..], &place.to_le_bytes(), &pointer.to_le_bytes()].concat()
        });
        let folder = folder("python");
        fs::write(folder.join(series), [number]).expect("a seed");
        let bytes = [&[number][..], &patches.concat()].concat();
        fs::write(folder.join(format!("{series}-circles")), bytes).expect("a seed");
    }
}

fn folder(target: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn cores() -> Vec<(&'static str, Vec<u8>)> {
    let program = Program::new(X86_64, &[0xe8; 16]).build();
    let whole = |machine| {
        CoreBuilder::new(machine)
            .thread_at(1, 0x1_1005, 0x8000, 0x8000)
            .note("CORE", 0x5349_4749, &little_endian(&[11, 1, 0x10, 0]))
            .note("CORE", 3, &[b'x'; 136])
            .auxv(&[(9, 0x1_1000), (33, 0x1_0000)])
            .files(&[
                (0x1_0000, 0x1_2000, 0, "/bin/ship"),
                (0x1_2000, 0x1_3000, 2, "/bin/ship"),
            ])
            .thread_at(2, 0x1_1005, 0x8000, 0x8000)
            .words(0x8000, &[0x8010, 0x1_1005, 0, 0])
    };
    let lying = file_note(1 << 40, &[(0x1000, 0x2000, 0, "/bin/ship")]);
    vec![
        (
            "x86-64",
            whole(X86_64).memory(0x1_0000, &program[..0x1100]).build(),
        ),
        (
            "aarch64",
            whole(AARCH64).note("LINUX", 0x401, &[1; 8]).build(),
        ),
        (
            "lying-files",
            CoreBuilder::new(X86_64)
                .thread_at(1, 1, 2, 3)
                .note("CORE", 0x4649_4c45, &lying)
                .build(),
        ),
        (
            "no-thread",
            CoreBuilder::new(X86_64).words(0x8000, &[1]).build(),
        ),
    ]
}

/// A program's sections with the stack that it would have in its first function.
fn unwind(flags: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let fixed = [
        "-nostdlib",
        "-static",
        "-fno-pie",
        "-no-pie",
        "-fno-stack-protector",
        "-Wl,-Ttext=0x1000",
        "-Wl,--section-start=.eh_frame=0x1100",
        "-Wl,--section-start=.eh_frame_hdr=0x1200",
    ];
    let flags = [&fixed[..], flags].concat();
    let program = crasher::compile(folder.path(), SOURCE, &flags).expect("a compiler");
    let file = fs::read(program).expect("a program");
    let file = object::File::parse(&*file).expect("an ELF file");
    let bytes = |name: &str| {
        let section = file.section_by_name(name);
        section.map_or_else(Vec::new, |section| {
            section.data().expect("a section").to_vec()
        })
    };
    let mut code = bytes(".text");
    // Where the next section was linked to stand.
    code.resize(0x100, 0xcc);
    let stack: Vec<u64> = (0..64).map(|at| 0x5555_0000_1000 + at * 5).collect();
    let head = [vec![0], Vec::new(), code, little_endian(&stack)];
    let sections = SECTIONS.into_iter().map(bytes);
    head.into_iter()
        .chain(sections)
        .flat_map(|bytes| part(&bytes))
        .collect()
}

fn part(bytes: &[u8]) -> Vec<u8> {
    let len = u16::try_from(bytes.len()).expect("a short part");
    [&len.to_le_bytes()[..], bytes].concat()
}
