//! Names of C++ and Rust as their users know them.

use super::compiled::{Compiled, names};

const CXX: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/names.cc");
const RUST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/names.rs.txt");

#[test]
fn cxx() {
    for flags in [&["-O0"][..], &["-O0", "-s"]] {
        let Some(case) = Compiled::new("g++", CXX, flags).and_then(|program| program.dead(&[]))
        else {
            return;
        };
        let told = names(&case);
        if flags.contains(&"-s") {
            // Nothing names the functions of a stripped program; how far its stack goes does not depend on that.
            assert!(told.len() >= 4, "{told:?}");
        } else {
            let expected = [
                "shop::Cart::total",
                "shop::apply<shop::Cart>",
                // Debug information has a bare name for what no other file can call.
                "sum",
                "main",
            ];
            assert_eq!(told, expected);
        }
    }
}

#[test]
fn rust() {
    let flags = [
        "--edition=2021",
        "-Copt-level=0",
        "-Cpanic=abort",
        "--crate-name=names",
    ];
    let Some(case) = Compiled::new("rustc", RUST, &flags).and_then(|program| program.dead(&[]))
    else {
        return;
    };
    let told = names(&case);
    let ours: Vec<_> = told
        .iter()
        .filter(|name| name.starts_with("names::"))
        .collect();
    let expected = [
        "names::cart::Cart::total",
        "names::cart::sum",
        "names::main",
    ];
    assert_eq!(ours, expected, "{told:?}");
}
