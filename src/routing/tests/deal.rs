//! Stacks, and which upstream gets what of them.

use super::super::{Routes, sightings};
use crate::case::Case;
use crate::evidence::text;
use crate::signature::Signature;

/// glibc's innermost, then a package's, then CPython's, and a program's own.
const STACK: &str = "\
#0  0x00007f01 in gaih_inet (name=0x1) at ../sysdeps/posix/getaddrinfo.c:570
#1  0x00007f02 in array_fill (self=0x1) from /v/lib/python3.9/site-packages/numpy/core/_multiarray_umath.cpython-39-x86_64-linux-gnu.so
#2  0x00007f03 in list_sort_impl (self=0x1) at Objects/listobject.c:2231
#3  0x00007f04 in serve (self=0x1) at server.c:12
#4  0x00007f05 in __libc_start_main () from /lib64/libc-2.31.so
";

fn case(text: &str) -> Case {
    Case::from_text(text::read(text.as_bytes()))
}

fn functions(signature: &Signature) -> Vec<&str> {
    let frames = signature.frames.iter();
    frames.map(|frame| frame.function.as_str()).collect()
}

#[test]
fn each_upstream_gets_its_own() {
    let case = case(STACK);
    let whole = case.signature();
    let routes = |upstreams: &[&str]| Routes::built_in().routes(&whole, &case.facts, upstreams);
    let dealt = routes(&["cpython", "glibc", "numpy", "openssl", "unheard"]);
    let got: Vec<_> = dealt
        .iter()
        .map(|route| functions(&route.signature))
        .collect();
    assert_eq!(
        got,
        [
            vec!["list_sort_impl", "serve"],
            vec!["gaih_inet", "__libc_start_main"],
            vec!["array_fill"],
            vec![],
            vec!["serve"],
        ]
    );
    let searched: Vec<_> = dealt
        .iter()
        .map(|route| (route.frames, route.searched))
        .collect();
    assert_eq!(
        searched,
        [(2, true), (2, true), (1, true), (0, false), (1, true)]
    );
    let numbers = dealt[0].signature.frames.iter().map(|frame| frame.number);
    assert_eq!(numbers.collect::<Vec<_>>(), [2, 3]);
    // Without their indexes nobody owns them.
    let all = functions(&whole);
    assert_eq!(
        functions(&routes(&["cpython", "openssl"])[0].signature),
        all
    );
}

#[test]
fn one_index_of_cpython_gets_everything_as_it_is() {
    for text in [
        STACK,
        include_str!("../../../samples/hang/report.txt"),
        include_str!("../../../samples/asan/report.txt"),
        include_str!("../../../samples/assertion/report.txt"),
        include_str!("../../../samples/faulthandler/report.txt"),
        include_str!("../../../samples/gdb/report.txt"),
        include_str!("../../../samples/traceback/report.txt"),
        "malloc.c:2401: sysmalloc: Assertion `old_top' failed.\nFatal Python error: Aborted\n",
    ] {
        let case = case(text);
        let whole = case.signature();
        let routes = Routes::built_in().routes(&whole, &case.facts, &["cpython"]);
        let [route] = &routes[..] else {
            panic!("one route: {routes:?}");
        };
        assert_eq!(route.signature, whole);
        assert_eq!(route.facts, case.facts);
        assert!(route.searched);
    }
}

#[test]
fn starts_of_threads_and_abort_chains_are_no_reason_to_search() {
    let text = "\
#0  0x00007f01 in raise () from /lib64/libc.so.6
#1  0x00007f02 in abort () from /lib64/libc.so.6
#2  0x00007f03 in list_sort_impl (self=0x1) at Objects/listobject.c:2231
#3  0x00007f04 in __libc_start_main () from /lib64/libc.so.6
";
    let case = case(text);
    let whole = case.signature();
    let dealt = Routes::built_in().routes(&whole, &case.facts, &["glibc", "cpython"]);
    assert_eq!((dealt[0].frames, dealt[0].searched), (3, false));
    assert!(dealt[1].searched);
}

#[test]
fn facts_go_to_whom_they_concern() {
    let text = "\
malloc.c:2401: sysmalloc: Assertion `old_top' failed.
python: Objects/dictobject.c:10: insertdict: Assertion `key' failed.
Fatal Python error: deletion of interned string failed
";
    let case = case(text);
    let whole = case.signature();
    let dealt = Routes::built_in().routes(&whole, &case.facts, &["cpython", "glibc"]);
    let assertions = |at: usize| {
        let assertions = dealt[at].facts.assertions.iter();
        assertions
            .map(|one| one.expression.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(assertions(0), ["key"]);
    assert_eq!(assertions(1), ["old_top"]);
    assert_eq!(dealt[0].facts.fatal_errors.len(), 1);
    assert!(dealt[1].facts.fatal_errors.is_empty());
}

#[test]
fn a_package_s_own_python_code_is_no_stranger() {
    let text = "\
Traceback (most recent call last):
  File \"/srv/main.py\", line 1, in <module>
    x()
  File \"/v/lib/python3.9/site-packages/numpy/core/fromnumeric.py\", line 57, in _wrapfunc
    return bound(*args, **kwds)
ValueError: no
";
    let case = case(text);
    let whole = case.signature();
    let dealt = Routes::built_in().routes(&whole, &case.facts, &["numpy"]);
    let frame = &dealt[0].signature.frames[0];
    assert_eq!(frame.file.as_deref(), Some("numpy/core/fromnumeric.py"));
    assert!((frame.weight - 3.0 * whole.frames[0].weight).abs() < 1e-6);
    assert!(!frame.is_standard_library());
}

/// Two functions of one name, one of them of the standard library, are folded into one frame.
#[test]
fn a_folded_frame_is_of_the_file_that_it_names() {
    let text = "\
Traceback (most recent call first):
  File \"/srv/repro.py\", line 250, in run
  File \"/usr/lib64/python3.9/threading.py\", line 870, in run
";
    let case = case(text);
    let whole = case.signature();
    let [frame] = &whole.frames[..] else {
        panic!("one frame: {whole:?}");
    };
    assert_eq!(frame.file.as_deref(), Some("threading.py"));
    assert!(frame.is_standard_library());
}

#[test]
fn versions_by_module() {
    let seen = |upstream| {
        let sightings = sightings(upstream, &case(STACK));
        let seen = sightings.first().map(|one| one.version.to_string());
        seen.unwrap_or_else(|| "-".to_owned())
    };
    assert_eq!(seen("glibc"), "2.31");
    assert_eq!(seen("numpy"), "-");
    let python = case("#0  0x01 in f () from /usr/lib64/libpython3.9.so.1.0\n");
    assert_eq!(sightings("cpython", &python), python.facts.pythons);
    assert_eq!(sightings("glibc", &python), []);
}
