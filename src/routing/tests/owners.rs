//! Tables of frames and whose they are.

use super::super::Routes;
use crate::signature::{Class, SignatureFrame};

fn frame(python: bool, path: &str, file: &str) -> SignatureFrame {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    SignatureFrame {
        number: 0,
        function: "f".to_owned(),
        python,
        file: given(file),
        line: None,
        module: None,
        path: given(path).map(Into::into),
        class: Class::Subject,
        weight: 0.2,
        inlined: false,
        repeats: 0,
        source: None,
        types: Vec::new(),
    }
}

fn owner(routes: &Routes, python: bool, path: &str, file: &str) -> String {
    let frame = frame(python, path, file);
    let owner = routes.owner(&frame);
    owner.as_deref().unwrap_or("-").to_owned()
}

#[test]
fn modules() {
    for (path, upstream) in [
        ("/usr/lib64/libpython3.9.so.1.0", "cpython"),
        ("libpython2.7.so.1.0 (deleted)", "cpython"),
        ("/usr/bin/python3.9", "cpython"),
        ("/opt/numpy/bin/python3", "cpython"),
        (r"C:\Python39\python39.dll", "cpython"),
        (
            "/usr/lib/python3.8/lib-dynload/_ssl.cpython-38-x86_64-linux-gnu.so",
            "cpython",
        ),
        ("/lib/x86_64-linux-gnu/libc.so.6", "glibc"),
        ("/lib64/libc-2.31.so", "glibc"),
        ("libpthread-2.31.so", "glibc"),
        ("/lib64/ld-linux-x86-64.so.2", "glibc"),
        ("/lib/libc.so.7", "-"),
        ("libc.musl-x86_64.so.1", "-"),
        ("/usr/lib/libcrypto.so.1.1", "openssl"),
        ("libsqlite3.so.0.8.6", "sqlite"),
        ("libexpat.so.1", "expat"),
        ("libffi.so.7.1.0", "libffi"),
        ("libz.so.1.2.11", "zlib"),
        ("libstdc++.so.6", "gcc"),
        ("libgcc_s.so.1", "gcc"),
        ("libglib-2.0.so.0", "glib"),
        ("libgio-2.0.so.0", "glib"),
        ("libgtk-3.so.0", "gtk"),
        (
            "/usr/lib64/python3.9/site-packages/numpy/core/_multiarray_umath.cpython-39-x86_64-linux-gnu.so",
            "numpy",
        ),
        ("_multiarray_umath.cpython-39-x86_64-linux-gnu.so", "numpy"),
        (
            "/v/site-packages/numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.dev.so",
            "openblas",
        ),
        ("/v/site-packages/torch/lib/libgomp-a34b3233.so.1", "torch"),
        (
            "/v/site-packages/gi/_gi.cpython-38-x86_64-linux-gnu.so",
            "pygobject",
        ),
        (
            "/usr/lib/python3/dist-packages/_dbus_bindings.cpython-38-x86_64-linux-gnu.so",
            "dbus-python",
        ),
        ("/v/site-packages/PyQt5/QtCore.abi3.so", "pyqt"),
        (
            "/v/site-packages/PyQt5/sip.cpython-38-x86_64-linux-gnu.so",
            "sip",
        ),
        (
            "/v/site-packages/lxml/etree.cpython-38-x86_64-linux-gnu.so",
            "lxml",
        ),
        (
            "/v/site-packages/My_Ext.cpython-38-x86_64-linux-gnu.so",
            "my-ext",
        ),
        ("/v/site-packages/python3/python3.so", "python3"),
        ("/srv/app/bin/server", "-"),
    ] {
        assert_eq!(
            owner(Routes::built_in(), false, path, ""),
            upstream,
            "{path}"
        );
    }
}

/// Pasted frames have a source file at most.
#[test]
fn source_files() {
    for (file, upstream) in [
        ("Objects/listobject.c", "cpython"),
        ("Modules/expat/xmlparse.c", "cpython"),
        ("Modules/_ctypes/libffi/src/x86/ffi64.c", "cpython"),
        ("Parser/pegen.c", "cpython"),
        ("malloc.c", "glibc"),
        ("malloc/malloc.c", "glibc"),
        (
            "/usr/src/debug/glibc-2.31-9.fc32.x86_64/malloc/malloc.c",
            "glibc",
        ),
        ("sysdeps/unix/sysv/linux/raise.c", "glibc"),
        ("/home/me/app/malloc.c", "-"),
        ("pthread_cond_wait.c", "glibc"),
        ("numpy/core/src/multiarray/ctors.c", "numpy"),
        ("/home/me/numpy/numpy/core/src/multiarray/malloc.c", "numpy"),
        (
            "/usr/src/debug/sqlite-3.34.1-1.fc34.x86_64/sqlite3.c",
            "sqlite",
        ),
        ("glib/gmain.c", "glib"),
        ("gtk/gtkwidget.c", "gtk"),
        ("main.c", "-"),
        ("", "-"),
    ] {
        assert_eq!(
            owner(Routes::built_in(), false, "", file),
            upstream,
            "{file}"
        );
    }
    let both = owner(Routes::built_in(), false, "/lib64/libc.so.6", "Objects/x.c");
    assert_eq!(both, "glibc", "the module tells first");
}

#[test]
fn python_frames() {
    for (path, standard, upstream) in [
        (
            "/usr/lib64/python3.9/threading.py",
            "threading.py",
            "cpython",
        ),
        (
            "<frozen importlib._bootstrap>",
            "importlib/_bootstrap.py",
            "cpython",
        ),
        (
            "/v/lib/python3.9/site-packages/numpy/core/fromnumeric.py",
            "",
            "numpy",
        ),
        (
            "/usr/lib/python3/dist-packages/gi/overrides/Gtk.py",
            "",
            "pygobject",
        ),
        (
            "/v/lib/python3.9/site-packages/typing_extensions.py",
            "",
            "typing-extensions",
        ),
        ("/v/site-packages/sortedlib/Objects/x.py", "", "sortedlib"),
        ("/srv/app/main.py", "", "-"),
        ("<string>", "", "-"),
        ("", "", "-"),
    ] {
        assert_eq!(
            owner(Routes::built_in(), true, path, standard),
            upstream,
            "{path}"
        );
    }
}

#[test]
fn files_from_the_root() {
    for (upstream, path, file) in [
        (
            "glibc",
            "/usr/src/debug/glibc-2.31/malloc/malloc.c",
            "malloc/malloc.c",
        ),
        ("glibc", "malloc.c", "malloc.c"),
        (
            "numpy",
            "/home/me/numpy/numpy/core/ctors.c",
            "numpy/core/ctors.c",
        ),
        (
            "numpy",
            "/v/site-packages/numpy/core/fromnumeric.py",
            "numpy/core/fromnumeric.py",
        ),
        ("other", "/v/site-packages/other/x.py", "other/x.py"),
    ] {
        assert_eq!(Routes::built_in().root_path(upstream, path), file);
    }
}

const OWN: &str = r#"
[upstream.engine]
modules = ["libengine*.so*"]
sources = ["engine/**"]

[upstream.glibc]
sources = ["libc/**"]

[upstream.mynumpy]
modules = ["numpy/**"]
"#;

#[test]
fn own_rules_add_and_override() {
    let routes = Routes::with(OWN).unwrap();
    for (path, file, upstream) in [
        ("/opt/libengine2.so.1", "", "engine"),
        ("", "engine/Objects/x.c", "engine"),
        ("libc.so.6", "", "glibc"),
        ("", "libc/malloc.c", "glibc"),
        ("", "sysdeps/raise.c", "-"),
        ("/v/site-packages/numpy/core/x.so", "", "mynumpy"),
        ("", "numpy/core/x.c", "numpy"),
        ("libpython3.9.so", "", "cpython"),
    ] {
        assert_eq!(owner(&routes, false, path, file), upstream, "{path} {file}");
    }
    for (upstream, takes) in [
        ("cpython", true),
        ("engine", false),
        ("glibc", false),
        ("unheard", true),
    ] {
        assert_eq!(routes.takes_unowned(upstream), takes, "{upstream}");
    }
    let nothing = Routes::with("[upstream.x]\n").unwrap();
    assert!(nothing.takes_unowned("x"));
}

#[test]
fn bad_rules_name_their_line() {
    for (text, line, what) in [
        ("[upstream.a]\nmodule = []\n", 2, "unknown field `module`"),
        ("\n[upstreams.a]\n", 2, "unknown field `upstreams`"),
        (
            "[upstream.a]\n\nmodules = [\n \"x\",\n \"[y\"]\n",
            5,
            "unclosed character class",
        ),
        ("[upstream.a]\nsources = \"x\"\n", 2, "invalid type"),
        ("[upstream.a\n", 1, "unclosed table"),
    ] {
        let error = Routes::with(text).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.what.contains(what), "{error}");
        assert!(!error.to_string().contains('\n'));
    }
}
