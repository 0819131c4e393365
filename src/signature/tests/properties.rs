//! What holds of every stack.

use proptest::prelude::*;

use super::super::SignatureFrame;
use super::super::classes::classify;
use super::super::recursion::fold;
use super::{SEGV, gdb, of};
use crate::{evidence, stack};

/// Functions of every class.
const NAMES: &[&str] = &[
    "heap_sift",
    "heap_sort",
    "PyDict_New",
    "visit_decref",
    "collect",
    "free",
    "raise",
    "abort",
    "fatal_error",
    "take_gil",
    "__poll",
    "_PyEval_EvalFrameDefault",
    "call_function",
    "main",
    "_start",
    "walk",
    "visit",
];
const SUFFIXES: &[&str] = &[
    "",
    ".constprop.0",
    ".isra.2",
    ".part.1",
    ".lto_priv.17",
    ".cold",
    "@@GLIBC_2.4",
    ".llvm.77",
];
const PREFIXES: &[&str] = &[
    "",
    "./",
    "../",
    "/usr/src/debug/python3.9-3.9.0-1.fc33.x86_64/",
    "/home/u/b/",
];

fn names() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(NAMES), 1..60)
}

fn frames(names: &[&str]) -> Vec<SignatureFrame> {
    let evidence = evidence::text::read(gdb(names).as_bytes());
    stack::from_text(&evidence)
        .threads
        .iter()
        .flat_map(classify)
        .collect()
}

proptest! {
    #[test]
    fn builds_and_installations_do_not_show(
        names in names(),
        address in 0x1000_u64..0x7fff_ffff_0000,
        suffix in prop::sample::select(SUFFIXES),
        prefix in prop::sample::select(PREFIXES),
    ) {
        let print = |address: u64, suffix: &str, prefix: &str| -> String {
            let lines = names.iter().enumerate().map(|(at, name)| {
                format!("#{at}  0x{:016x} in {name}{suffix} (a=1) at {prefix}Objects/x.c:{at}\n", address + at as u64)
            });
            format!("{SEGV}{}", lines.collect::<String>())
        };
        let plain = of(&print(0x7f00, "", ""));
        let other = of(&print(address, suffix, prefix));
        prop_assert_eq!((&plain.text, &plain.hash, plain.kind), (&other.text, &other.hash, other.kind));
        prop_assert!(!plain.text.is_empty() && plain.text.matches(" < ").count() < 6);
        prop_assert!(plain.frames.iter().all(|frame| (0.0..=1.0).contains(&frame.weight)));
    }

    #[test]
    fn folding_is_idempotent(names in names()) {
        let once = frames(&names);
        prop_assert_eq!(&fold(once.clone()), &once);
    }

    #[test]
    fn rounds_do_not_count(cycle in prop::collection::vec(prop::sample::select(NAMES), 1..8), few in 2_usize..5, many in 5_usize..20) {
        let text = |rounds| of(&format!("It hangs.\n{}", gdb(&[&cycle.repeat(rounds)[..], &["outer"]].concat()))).hash;
        prop_assert_eq!(text(few), text(many));
    }

    #[test]
    fn nothing_panics(text in "(?:[#0-9 ]{1,6}(?:0x7f[0-9a-f]{2} in )?[a-z_.@]{1,12} \\(\\)\n|Thread [0-9] \\(LWP [0-9]\\):\n|<signal handler called>\n|hang\n){0,30}") {
        prop_assert_eq!(of(&text).hash.len() % 16, 0);
    }
}
