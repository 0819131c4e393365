//! What a file of a project is for, by its path.

use serde::{Deserialize, Serialize};

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Users run it.
    Code,
    /// Tests run it: `Lib/test/test_set.py`, `Modules/_testcapimodule.c`.
    Test,
    /// Nobody runs it: documentation, tools, examples, release notes.
    Beside,
}

const BESIDE: [&str; 9] = [
    "Doc/", "Misc/", "Demo/", "Tools/", ".github/", "doc/", "docs/", ".azure-", "PCbuild/",
];

impl Purpose {
    /// The purpose of the file at a path from the root of its project.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let folder = |name: &str| path.starts_with(&name[1..]) || path.contains(name);
        let test = ["/test/", "/tests/", "/idlelib/", "/idle_test/"]
            .into_iter()
            .any(folder)
            || ["/_test", "/_xxtest"]
                .iter()
                .any(|start| path.contains(start));
        match () {
            () if test => Self::Test,
            () if BESIDE.iter().any(|folder| path.starts_with(folder)) => Self::Beside,
            () => Self::Code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_by_purpose() {
        for (path, purpose) in [
            ("Objects/listobject.c", Purpose::Code),
            ("Lib/unittest/case.py", Purpose::Code),
            ("Lib/test/test_list.py", Purpose::Test),
            ("tests/a.py", Purpose::Test),
            ("Modules/_testcapi/mem.c", Purpose::Test),
            ("Lib/unittest/test/test_case.py", Purpose::Test),
            ("Doc/library/os.rst", Purpose::Beside),
            ("configure", Purpose::Code),
        ] {
            assert_eq!(Purpose::of(path), purpose, "{path}");
        }
    }
}
