//! What a fix is called in a line.

use fixtrail_index::fixes::Fix;
use fixtrail_index::history::Purpose;

use super::style::printable;

/// Functions, or files, that stand for a title.
const MOST: usize = 3;

/// The subject of the main commit. Facts have none: its first issue stands there instead, with functions that it
/// changes, or files where it changes none.
pub(super) fn title(fix: &Fix) -> String {
    let main = fix.main();
    if !main.message.subject.is_empty() {
        return printable(&main.message.subject);
    }
    let issue = fix.issues().first().map(|issue| format!("{issue}: "));
    let functions = functions(fix);
    let changed = if functions.is_empty() {
        few(&files(fix))
    } else {
        few(&functions)
    };
    printable(&format!("{}changes {changed}", issue.unwrap_or_default()))
}

/// Functions changed, those of tests left out; C before Python, since it is what crashes.
fn functions(fix: &Fix) -> Vec<&str> {
    let functions = fix.main().changes.functions.iter();
    let of_a_test = |name: &&str| {
        let mut parts = name.split('.');
        parts.any(|part| part.starts_with("test") || part.contains("Test"))
    };
    let own = functions
        .map(String::as_str)
        .filter(|name| !of_a_test(name));
    let (mut c, python): (Vec<_>, Vec<_>) = own.partition(|name| !name.contains('.'));
    c.extend(python);
    c
}

fn files(fix: &Fix) -> Vec<&str> {
    let files = fix.main().changes.files.iter().map(String::as_str);
    files
        .filter(|path| Purpose::of(path) == Purpose::Code)
        .collect()
}

fn few(names: &[&str]) -> String {
    let more = if names.len() > MOST { ", ..." } else { "" };
    format!("{}{more}", names[..names.len().min(MOST)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_stand_for_all() {
        assert_eq!(few(&[]), "");
        assert_eq!(few(&["a", "b", "c"]), "a, b, c");
        assert_eq!(few(&["a", "b", "c", "d"]), "a, b, c, ...");
    }
}
