//! Other spellings of names, and what names of files tell.

/// How messages write a method's C function: `gen_throw` is `gen.throw`, `_io_BytesIO_getbuffer` is
/// `BytesIO.getbuffer`.
pub(super) fn dotted(name: &str) -> Option<String> {
    let bare = name.trim_start_matches('_');
    let (class, method) = bare.rsplit_once('_')?;
    let class = class.rsplit('_').next()?;
    (class.len() > 1 && method.len() > 1 && !class.starts_with("Py"))
        .then(|| format!("{class}.{method}"))
}

/// The name of an extension module by its file: `_lzma.cpython-311-x86_64-linux-gnu.so` is `_lzma`.
pub(super) fn extension_module(file: &str) -> Option<&str> {
    let library = file.starts_with("lib") || file.starts_with("ld-") || file.starts_with("python");
    let name = file.split('.').next()?;
    let extension = file.ends_with(".so") || file.ends_with(".pyd");
    (extension && !library && !name.is_empty()).then_some(name)
}

/// Files of the C library, that every project's stacks share.
pub(super) fn is_system_file(file: &str) -> bool {
    [
        "sysdeps/",
        "nptl/",
        "csu/",
        "posix/",
        "/usr/include/",
        "stdlib/",
    ]
    .iter()
    .any(|part| file.contains(part))
        || !file.contains('/')
            && [
                "raise.c",
                "abort.c",
                "assert.c",
                "pthread_kill.c",
                "start.S",
            ]
            .contains(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_spellings_of_c_names() {
        for (name, expected) in [
            ("gen_throw", Some("gen.throw")),
            ("deque_index", Some("deque.index")),
            ("_io_BytesIO_getbuffer", Some("BytesIO.getbuffer")),
            ("PyErr_SetObject", None),
            ("main", None),
            ("_", None),
        ] {
            assert_eq!(dotted(name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn extension_modules_by_file() {
        for (file, module) in [
            ("_lzma.cpython-311-x86_64-linux-gnu.so", Some("_lzma")),
            ("_sqlite3.so", Some("_sqlite3")),
            ("_ssl.pyd", Some("_ssl")),
            ("libpython3.9.so.1.0", None),
            ("libc.so.6", None),
            ("python3.9", None),
        ] {
            assert_eq!(extension_module(file), module, "{file}");
        }
    }
}
