//! tantivy asserts where it meets a damaged file. Checksums of every file would tell before, at the price of reading all
//! of the index for each search; so its assertions are turned to errors instead.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;

use crate::IndexError;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs what reads the search index in `dir`; a panic in it means that the index is damaged.
///
/// The process's panic hook is kept, but does not hear of panics in here.
pub(crate) fn guarded<T>(
    dir: &Path,
    read: impl FnOnce() -> Result<T, IndexError>,
) -> Result<T, IndexError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let outer = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                outer(info);
            }
        }));
    });
    GUARDED.set(true);
    // What was read so far is dropped with the error: nobody sees it half done.
    let result = panic::catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(false);
    result.unwrap_or_else(|panic| {
        Err(IndexError::Damaged {
            path: dir.to_owned(),
            source: words(&*panic).into(),
        })
    })
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the search engine gave up".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_become_errors() {
        let dir = Path::new("/index");
        let error = guarded(dir, || -> Result<(), _> { panic!("no {}", "footer") }).unwrap_err();
        assert_eq!(error.to_string(), "the index file /index is damaged");
        assert!(matches!(guarded(dir, || Ok(3)), Ok(3)));
    }
}
