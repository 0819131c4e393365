//! Usage: cargo bench --bench issues -- [ISSUES [STACKS]]
//!
//! Makes so many issues with so many pasted stacks (200,000 with 500,000 unless told), as a tracker would export them, imports
//! them, imports them again, and asks for stacks like some of these. Prints rates, the size of the index, times, and the
//! largest memory of the process so far. Names of functions are drawn as they are in real stacks: few are in most of them, most
//! in few.
#![expect(clippy::print_stdout, reason = "a benchmark's answer")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use fixtrail::issues::{Import, stacks_of};
use fixtrail::known::known;
use fixtrail::{Case, evidence};
use fixtrail_index::{CPYTHON, Upstreams};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Distinct functions: libpython 3.12 has 5,787, its extension modules and what they load several times as many.
const FUNCTIONS: f64 = 40_000.0;

/// Stacks that are asked.
const ASKED: usize = 200;

fn main() {
    let numbers = std::env::args()
        .skip(1)
        .filter_map(|arg| arg.parse::<u64>().ok());
    let numbers: Vec<u64> = numbers.collect();
    let issues = numbers.first().copied().unwrap_or(200_000);
    let stacks = numbers.get(1).copied().unwrap_or(issues * 5 / 2);
    let folder = tempfile::tempdir().expect("a folder");
    let export = folder.path().join("issues.jsonl");
    let mut random = StdRng::seed_from_u64(7);
    let asked = write_export(&export, issues, stacks, &mut random);
    let size = fs::metadata(&export).expect("the export").len();
    let store = Upstreams::at(folder.path())
        .store(CPYTHON)
        .expect("a name")
        .issues();
    println!(
        "{issues} issues, {stacks} stacks, {} MiB of JSON",
        size >> 20
    );
    for what in ["import", "the same again"] {
        let begin = Instant::now();
        let mut writer = store.writer().expect("a folder");
        let mut import = Import::new(&mut writer);
        let file = BufReader::with_capacity(1 << 20, File::open(&export).expect("the export"));
        import.file(file, None).expect("a sound export");
        let imported = import.finish().expect("room");
        writer.finish().expect("room");
        let took = begin.elapsed().as_secs_f64();
        println!(
            "{what}: {took:.1} s, {:.0} records/s, {:.1} MiB/s; {} new, {} unchanged; peak memory {}",
            lossy(imported.records) / took,
            lossy(size) / took / f64::from(1 << 20),
            imported.new,
            imported.unchanged,
            peak()
        );
    }
    println!("index: {} MiB", size_of(store.dir()) >> 20);
    let searcher = store.open().expect("an index").expect("issues");
    let mut times: Vec<Duration> = Vec::new();
    let mut right = 0;
    for (number, text) in &asked {
        let case = Case::from_text(evidence::text::read(text.as_bytes()));
        let stacks = stacks_of(&case);
        let begin = Instant::now();
        let found = known(&stacks, &searcher, (5, 0.0), &|_, _| false).expect("an index");
        times.push(begin.elapsed());
        right += usize::from(
            found
                .first()
                .is_some_and(|known| known.issue.key.number == *number),
        );
    }
    times.sort_unstable();
    let at = |share: usize| {
        times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1000.0
    };
    println!(
        "{} stacks asked, a quarter of their frames left out: median {:.1} ms, 95th percentile {:.1} ms, largest {:.1} ms; {right} found first",
        times.len(),
        at(50),
        at(95),
        at(100)
    );
}

#[expect(clippy::cast_precision_loss, reason = "counts, for rates")]
fn lossy(count: u64) -> f64 {
    count as f64
}

/// Writes the export, and gives some of its stacks with frames left out, each with its issue.
fn write_export(path: &Path, issues: u64, stacks: u64, random: &mut StdRng) -> Vec<(u64, String)> {
    let mut file = BufWriter::new(File::create(path).expect("an export"));
    let mut asked = Vec::new();
    let step = (issues / ASKED as u64).max(1);
    let mut left = stacks;
    for number in 1..=issues {
        let share = left / (issues - number + 1);
        left -= share;
        let mut body = String::from("It crashes, sometimes.\n");
        for at in 0..share {
            let stack = stack(random);
            let _ = write!(body, "\nHere is what gdb says:\n```\n{}```\n", text(&stack));
            if at == 0 && number % step == 0 {
                let some: Vec<String> = stack
                    .into_iter()
                    .filter(|_| random.random_ratio(3, 4))
                    .collect();
                asked.push((number, text(&some)));
            }
        }
        let record = serde_json::json!({
            "number": number,
            "title": format!("crash number {number}"),
            "html_url": format!("https://github.com/python/cpython/issues/{number}"),
            "state": if number % 3 == 0 { "open" } else { "closed" },
            "created_at": "2022-05-01T10:00:00Z",
            "updated_at": "2022-06-01T10:00:00Z",
            "user": { "login": "someone" },
            "labels": [{ "name": "type-crash" }],
            "body": body,
        });
        serde_json::to_writer(&mut file, &record).expect("room");
        file.write_all(b"\n").expect("room");
    }
    file.flush().expect("room");
    asked
}

/// Functions of a stack, innermost first: each is drawn so that its frequency falls with its number.
fn stack(random: &mut StdRng) -> Vec<String> {
    let depth = random.random_range(8..40);
    let mut names: Vec<String> = (0..depth)
        .map(|_| {
            // Logarithms of ranks are uniform: Zipf's law.
            let rank = FUNCTIONS.powf(random.random::<f64>());
            format!("function_{rank:.0}")
        })
        .collect();
    for at in (4..names.len()).step_by(4) {
        names[at] = "_PyEval_EvalFrameDefault".to_owned();
    }
    names.push("Py_RunMain".to_owned());
    names.push("main".to_owned());
    names
}

fn text(names: &[String]) -> String {
    let mut text = String::new();
    for (at, name) in names.iter().enumerate() {
        let _ = writeln!(
            text,
            "#{at}  0x00007f{at:010x} in {name} (op=0x7f01, flag=<optimized out>) at Objects/file{}.c:{}",
            at % 50,
            100 + at
        );
    }
    text
}

fn size_of(dir: &Path) -> u64 {
    let files = fs::read_dir(dir).expect("a folder").flatten();
    files
        .filter_map(|file| file.metadata().ok())
        .map(|metadata| metadata.len())
        .sum()
}

/// The largest memory that the process had, as the kernel says.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |line| line.trim().to_owned())
}
