//! Stacks of greenlets that wait, below the one that runs. The interpreter lists the frames of the running one alone.

use std::env;
use std::path::PathBuf;

use fixtrail::stack::Frame;

use super::tools;
use crate::support::cores;
use crate::support::tools::tool;

/// Calls, innermost first: Python functions, and C functions with brackets that must stand between them.
const CALLS: &str = "die <lambda> list_sort_impl() innermost green_switch() calls <lambda> list_sort_impl() passes_on \
    middle green_switch() calls outermost <module>";

#[test]
fn all_that_wait() {
    // A Python that has the package; the checks of the project bring one.
    let Some(program) = env::var_os("FIXTRAIL_GREENLET") else {
        // Says that it is missing.
        assert_eq!(tool("python with greenlet"), None);
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real_cores/greenlets.py");
    let program = PathBuf::from(program);
    let Some(core) = cores::of_crash(folder.path(), &program, &[script]) else {
        return;
    };
    let case = tools::ours(&core);
    let thread = &case.process.threads[0];
    let mut rest = CALLS.split_whitespace().peekable();
    for frame in &thread.frames {
        let (native, python) = match frame {
            Frame::Native(native) => (native.function.as_ref(), native.python.as_ref()),
            Frame::Python(python) => (None, Some(python)),
            other => panic!("{other:?} after {:?}", rest.collect::<Vec<_>>()),
        };
        if let Some(native) = native {
            rest.next_if(|call| call.strip_suffix("()") == Some(native));
        }
        if let Some(python) = python.and_then(|python| python.function.as_deref()) {
            let name = python.rsplit('.').next();
            assert_eq!(name, rest.next(), "{:?}", case.problems);
        }
    }
    assert_eq!(rest.next(), None);
    assert!(thread.gaps.is_empty(), "{:?}", thread.gaps);
}
