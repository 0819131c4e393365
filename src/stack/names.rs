//! Names without what compilers, linkers, builds and installations add to them.

use std::fmt::{self, Write as _};
use std::sync::LazyLock;

use cpp_demangle::{DemangleOptions, ParseOptions};
use regex::Regex;

use crate::pattern::regex;

/// Longer symbols are left mangled: a hostile name must cost no time.
const LONGEST_MANGLED: usize = 4096;

/// Names that would be longer are left mangled: back references let a short symbol stand for megabytes.
const LONGEST_NAME: usize = 2048;

/// Demangles C++ and Rust, and takes off:
///
/// - symbol versions: `sem_wait@@GLIBC_2.2.5`, `malloc@plt`;
/// - what GCC and Clang add: `.lto_priv.17`, `.constprop.0`, `.isra.2`, `.part.0`, `.cold`, `.localalias`, `.llvm.123`;
/// - gdb's `[clone .cold]`, C++ argument lists, Rust hashes;
/// - glibc's internal alias prefix `__GI_`, and what it names the processor by: `__strlen_evex` is `strlen`.
#[must_use]
pub fn bare(symbol: &str) -> String {
    let demangled = demangle(symbol.trim());
    let name = demangled.split(" [clone ").next().unwrap_or_default();
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let name = without_compiler_suffix(name);
    let name = name.strip_prefix("__GI_").unwrap_or(name);
    without_arguments(without_processor(name)).to_owned()
}

/// glibc has its string functions once for each family of processors, and the same crash on another machine another.
fn without_processor(name: &str) -> &str {
    const FAMILIES: [&str; 12] = [
        "_sse", "_ssse", "_avx", "_evex", "_erms", "_rtm", "_i586", "_i686", "_ia32", "_generic",
        "_zva", "_aarch64",
    ];
    let Some(bare) = name.strip_prefix("__") else {
        return name;
    };
    if !["mem", "str", "stp", "wcs", "wmem", "rawmem"]
        .iter()
        .any(|start| bare.starts_with(start))
    {
        return name;
    }
    let families = FAMILIES.iter().filter_map(|family| bare.find(family));
    families.min().map_or(name, |at| &bare[..at])
}

fn demangle(symbol: &str) -> String {
    if symbol.len() > LONGEST_MANGLED {
        return symbol.to_owned();
    }
    // Rust's legacy scheme looks like C++, so it goes first.
    let mut bare = Bounded::default();
    if let Ok(name) = rustc_demangle::try_demangle(symbol) {
        let whole = write!(bare, "{name:#}").is_ok();
        return if whole { bare.0 } else { symbol.to_owned() };
    }
    if symbol.starts_with("_Z") {
        let end = symbol.find(['.', '@']).unwrap_or(symbol.len());
        let parse = ParseOptions::default().recursion_limit(96);
        let print = DemangleOptions::new()
            .no_params()
            .no_return_type()
            .recursion_limit(96);
        let parsed = cpp_demangle::Symbol::new_with_options(&symbol[..end], &parse);
        let whole =
            parsed.is_ok_and(|parsed| parsed.structured_demangle(&mut bare, &print).is_ok());
        if whole {
            return bare.0;
        }
    }
    symbol.to_owned()
}

/// A name that stops growing.
#[derive(Debug, Default)]
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if self.0.len() + part.len() > LONGEST_NAME {
            return Err(fmt::Error);
        }
        self.0.push_str(part);
        Ok(())
    }
}

fn without_compiler_suffix(name: &str) -> &str {
    const SUFFIXES: [&str; 9] = [
        ".lto_priv",
        ".constprop",
        ".isra",
        ".part",
        ".cold",
        ".localalias",
        ".llvm.",
        ".clone",
        ".ifunc",
    ];
    let cuts = SUFFIXES.iter().filter_map(|suffix| name.find(suffix));
    cuts.min()
        .filter(|&at| at > 0)
        .map_or(name, |at| &name[..at])
}

/// `Foo::bar(int) const` without its arguments; `operator()` keeps its brackets.
fn without_arguments(name: &str) -> &str {
    if name.contains("operator()") || !name.contains("::") {
        return name;
    }
    name.find('(')
        .filter(|&at| at > 0)
        .map_or(name, |at| name[..at].trim_end())
}

/// A library or executable without its folders and the mark of a deleted file.
#[must_use]
pub fn module(path: &str) -> &str {
    let path = path.trim().trim_end_matches(" (deleted)");
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Folders at the root of C projects; the last of them in a path begins the part that every build shares.
static ROOT: LazyLock<Regex> = LazyLock::new(|| {
    let folders = "Objects|Python|Modules|Include|Parser|Lib|Programs|PC|PCbuild|Mac|Grammar";
    regex(&format!(r"^(?:.*/)?((?:{folders})/.*)$"))
});

/// A source file from the root of its project: `/usr/src/debug/python39-3.9.0~b1/Objects/dictobject.c` and
/// `../Objects/dictobject.c` are `Objects/dictobject.c`, `C:\b\Python\ceval.c` is `Python/ceval.c`.
///
/// Where the root is not known, leading `./` and `../` alone are taken off, and folders that are left again at once:
/// glibc's `signal/../sysdeps/unix/syscall-template.S` is `sysdeps/unix/syscall-template.S`.
#[must_use]
pub fn source_file(path: &str) -> String {
    let path = path.trim().replace('\\', "/");
    if let Some(hit) = ROOT.captures(&path) {
        return hit[1].replace("/./", "/");
    }
    // `./`, `../`, and a folder with `..` behind it.
    static LEADING: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:\.{1,2}/|[^./][^/]*/\.\./)+"));
    let leading = LEADING.find(&path).map_or(0, |found| found.end());
    path[leading..].to_owned()
}

/// Where a Python file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PythonFile {
    /// The standard library: the path below `Lib/` (`asyncio/futures.py`).
    Standard(String),
    /// Anything else: applications, site-packages, `<string>`.
    Other,
}

/// A Python function without what it stands in: `wait` of `Condition.wait`.
#[must_use]
pub fn unqualified(function: &str) -> &str {
    function.rsplit('.').next().unwrap_or(function)
}

/// Tells files of the standard library from all others.
#[must_use]
pub fn python_file(path: &str) -> PythonFile {
    static FROZEN: LazyLock<Regex> = LazyLock::new(|| regex(r"^<frozen ([\w.]+)>$"));
    static INSTALLED: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?:(?:^|/)lib(?:32|64)?/(?:python|pypy)\d(?:\.\d+)?[a-z]*|(?:^|/)Lib|/Python\d+/lib|/python\d(?:\.\d+)?/lib)/(.+\.py[co]?)$",
        )
    });
    let path = path.replace('\\', "/");
    if let Some(hit) = FROZEN.captures(&path) {
        return PythonFile::Standard(format!("{}.py", hit[1].replace('.', "/")));
    }
    if ["/site-packages/", "/dist-packages/", "/vendor-packages/"]
        .iter()
        .any(|part| path.contains(part))
    {
        return PythonFile::Other;
    }
    let inner = INSTALLED
        .captures(&path)
        .map(|hit| hit[1].trim_end_matches(['c', 'o']).to_owned());
    let told = inner.or_else(|| within_package(&path));
    told.map_or(PythonFile::Other, PythonFile::Standard)
}

/// A path that a reporter cut down to what it is within the standard library: `multiprocessing/queues.py`.
fn within_package(path: &str) -> Option<String> {
    let path = path.trim_start_matches("./").trim_start_matches(".../");
    let (package, _) = path.split_once('/')?;
    (PACKAGES.contains(&package) && path.ends_with(".py")).then(|| path.to_owned())
}

/// Packages of the standard library whose names nobody gives to a folder of their own project.
const PACKAGES: [&str; 17] = [
    "asyncio",
    "concurrent",
    "ctypes",
    "email",
    "encodings",
    "http",
    "idlelib",
    "importlib",
    "json",
    "lib2to3",
    "multiprocessing",
    "sqlite3",
    "tkinter",
    "unittest",
    "urllib",
    "xml",
    "xmlrpc",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_that_would_grow_without_bound_stay() {
        // T<int, int>, and 30 times a T of twice the last.
        let ids = "123456789ABCDEFGHIJKLMNOPQRSTU".chars();
        let doubled: String = ids.map(|id| format!("S0_IS{id}_S{id}_E")).collect();
        for symbol in [
            format!("_Z1fI1TIiiE{doubled}Evv"),
            format!("_RIC1a{}E", "TB3_B3_E".repeat(60)),
        ] {
            assert!(bare(&symbol).len() <= LONGEST_NAME, "{symbol}");
        }
    }

    #[test]
    fn symbols() {
        for (symbol, name) in [
            ("_PyObject_CallNoArg.lto_priv.17", "_PyObject_CallNoArg"),
            ("do_futex_wait.constprop.0", "do_futex_wait"),
            ("collect.part.0.isra.2.cold", "collect"),
            ("sem_wait@@GLIBC_2.2.5", "sem_wait"),
            ("malloc@plt", "malloc"),
            ("__GI_abort", "abort"),
            ("_PyEval_EvalFrameDefault.cold", "_PyEval_EvalFrameDefault"),
            (
                "_ZN6fuzzer6Fuzzer13CrashCallbackEv",
                "fuzzer::Fuzzer::CrashCallback",
            ),
            (
                "fuzzer::Fuzzer::CrashCallback()",
                "fuzzer::Fuzzer::CrashCallback",
            ),
            (
                "_ZN3std2rt10lang_start17h0123456789abcdefE",
                "std::rt::lang_start",
            ),
            ("_ZTrunc", "_ZTrunc"),
            ("__strlen_evex", "strlen"),
            ("__memmove_avx_unaligned_erms", "memmove"),
            ("__GI___memcpy_chk", "__memcpy_chk"),
            ("__str_avx", "str"),
            ("__memo_free", "__memo_free"),
            ("f", "f"),
            ("", ""),
        ] {
            assert_eq!(bare(symbol), name, "{symbol}");
        }
    }

    #[test]
    fn source_files() {
        for (path, file) in [
            (
                "/usr/src/debug/python39-3.9.0~b1-1.fc32.x86_64/Objects/exceptions.c",
                "Objects/exceptions.c",
            ),
            ("./Include/object.h", "Include/object.h"),
            (
                "/srv/x/cpython/./Include/internal/pycore_call.h",
                "Include/internal/pycore_call.h",
            ),
            ("../Modules/_io/bufferedio.c", "Modules/_io/bufferedio.c"),
            ("/opt/Python/3.9/Python/errors.c", "Python/errors.c"),
            (r"C:\b\Python\ceval.c", "Python/ceval.c"),
            (
                "../sysdeps/nptl/futex-internal.h",
                "sysdeps/nptl/futex-internal.h",
            ),
            (
                "csu/../sysdeps/nptl/libc_start_call_main.h",
                "sysdeps/nptl/libc_start_call_main.h",
            ),
            ("./misc/../csu/../sysdeps/x.S", "sysdeps/x.S"),
            ("genobject.c", "genobject.c"),
        ] {
            assert_eq!(source_file(path), file, "{path}");
        }
    }

    #[test]
    fn python_files() {
        for (path, standard) in [
            ("/usr/lib64/python3.9/threading.py", Some("threading.py")),
            (
                "/home/u/.pyenv/versions/3.8.2/lib/python3.8/asyncio/events.py",
                Some("asyncio/events.py"),
            ),
            (
                "<frozen importlib._bootstrap>",
                Some("importlib/_bootstrap.py"),
            ),
            (
                "/home/u/cpython/Lib/test/support/__init__.py",
                Some("test/support/__init__.py"),
            ),
            (r"C:\Python39\lib\json\decoder.py", Some("json/decoder.py")),
            ("lib/python3.9/reprlib.py", Some("reprlib.py")),
            (
                "multiprocessing/resource_tracker.py",
                Some("multiprocessing/resource_tracker.py"),
            ),
            (".../asyncio/events.py", Some("asyncio/events.py")),
            ("app/asyncio/events.py", None),
            ("/usr/lib/python3/dist-packages/apt/cache.py", None),
            ("/usr/lib64/python3.9/site-packages/x.py", None),
            ("/srv/app/main.py", None),
            ("<string>", None),
        ] {
            let expected = standard.map_or(PythonFile::Other, |path| {
                PythonFile::Standard(path.to_owned())
            });
            assert_eq!(python_file(path), expected, "{path}");
        }
    }
}
