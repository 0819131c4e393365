//! Whose code modules and source files are: the built-in table.
//!
//! Modules are named as the libraries' own builds and the wheels of PyPI name them, source files as their repositories
//! do. Folders that many projects have (`math`, `time`) are left out. `NAME-*/**` is how Fedora and openSUSE keep sources
//! below `/usr/src/debug`. The first row that fits wins; CPython's own are last, since their folders are the most common.

use fixtrail_index::CPYTHON;

/// An upstream with the globs of its modules and of its source files.
pub(super) struct Row {
    pub(super) upstream: &'static str,
    pub(super) modules: &'static [&'static str],
    pub(super) sources: &'static [&'static str],
}

const fn row(
    upstream: &'static str,
    modules: &'static [&'static str],
    sources: &'static [&'static str],
) -> Row {
    Row {
        upstream,
        modules,
        sources,
    }
}

/// The rows in the order in which they are asked. Packages of PyPI that are called as their upstream is need none.
#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    // The numbers tell glibc from the C libraries of other systems: FreeBSD's is libc.so.7.
    row("glibc",
        &["libc.so.6", "libm.so.6", "libmvec.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1",
          "libresolv.so.2", "libanl.so.1", "libthread_db.so.1", "libnss_{compat,dns,files}.so.2",
          "ld-linux*.so*", "ld64.so.*",
          "{ld,libc,libm,libmvec,libpthread,libdl,librt,libutil,libresolv,libanl,libnss_compat,libnss_dns,libnss_files}-2.*.so"],
        &["glibc-*/**", "malloc/*.c", "nptl/**", "sysdeps/**", "csu/*", "libio/*.[ch]", "stdio-common/*.c",
          "elf/{dl-*,rtld}.[ch]", "stdlib/{abort,cxa_*,exit,getenv,msort,qsort,setenv,strtod*}.c", "signal/raise.c",
          "resolv/{getaddrinfo*,nss_dns/*,res_*}.c", "nss/{getXXbyYY*,nsswitch,nss_*}.c", "dlfcn/dl*.c",
          // Debian's builds are made within each folder.
          "{abort,arena,assert,cancellation,dl-*,iofclose,libc_fatal,libc-start,malloc,nptl-*,pthread_*,raise}.c",
          "{clone,clone3,start,syscall-template}.S", "{futex-internal,lowlevellock}.[ch]"]),
    row("gcc",
        &["libstdc++.so*", "libgcc_s*.so*", "libgomp*.so*", "libatomic.so*", "libasan.so*", "libtsan.so*", "libubsan.so*"],
        &["libstdc++-v3/**", "libgcc/**", "libsanitizer/**", "libgomp/**"]),
    row("openssl",
        &["libssl.so*", "libssl-*.so*", "libcrypto.so*", "libcrypto-*.so*"],
        &["openssl-*/**", "ssl/{record,statem}/*.c", "ssl/{d1,s3,ssl,t1}_*.c",
          "crypto/{asn1,bio,bn,conf,ec,engine,err,evp,modes,rand,rsa,x509}/*.c"]),
    row("sqlite", &["libsqlite3.so*", "libsqlite3-*.so*"], &["sqlite-*/**", "sqlite3.c"]),
    row("expat", &["libexpat.so*", "libexpat-*.so*"], &["expat-*/**", "expat/lib/*.c"]),
    row("libffi", &["libffi.so*", "libffi-*.so*"], &["libffi-*/**", "libffi/src/**", "ffi64.c", "closures.c"]),
    row("zlib", &["libz.so*", "libz-*.so*"], &["zlib-*/**", "{adler32,deflate,inffast,inflate,inftrees}.c"]),
    row("xz", &["liblzma.so*", "liblzma-*.so*"], &["xz-*/**", "src/liblzma/**"]),
    row("bzip2", &["libbz2.so*"], &["bzip2-*/**"]),
    row("readline", &["libreadline.so*"], &["readline-*/**"]),
    row("ncurses", &["libncurses*.so*", "libtinfo*.so*"], &["ncurses-*/**"]),
    row("tcl", &["libtcl[89]*.so*"], &["tcl[89]*/**"]),
    row("tk", &["libtk[89]*.so*"], &["tk[89]*/**"]),
    row("openblas", &["libopenblas*.so*", "libscipy_openblas*.so*"], &["OpenBLAS-*/**"]),
    row("glib",
        &["lib{glib,gobject,gio,gmodule,gthread}-2.0.so*"],
        &["glib2*-*/**", "glib/g*.c", "gobject/g*.c", "gio/g*.c"]),
    row("gtk",
        &["lib{gtk,gdk}-[34].so*", "lib{gtk,gdk}-{x11,quartz}-2.0.so*"],
        &["gtk+*-*/**", "gtk[34]-*/**", "gtk/gtk*.c", "gdk/**"]),
    row("qt", &["libQt[56]*.so*"], &["qtbase*/**"]),
    row("dbus", &["libdbus-1.so*"], &["dbus-1.*/**"]),
    row("sip", &["PyQt[56]/sip.*", "sip.so", "sip.*.so"], &["siplib/**"]),
    row("pyqt", &["PyQt[56]/**"], &["PyQt[56]/**"]),
    row("pygobject", &["gi/**", "_gi.*", "_gi_cairo.*"], &["gi/**", "pygobject-*/**"]),
    row("dbus-python",
        &["dbus/**", "_dbus_bindings.*", "_dbus_glib_bindings.*"],
        &["dbus/**", "_dbus_bindings/**", "_dbus_glib_bindings/**"]),
    row("numpy",
        &["numpy/**", "_multiarray_umath.*", "_umath_linalg.*", "_pocketfft_umath.*", "_pocketfft_internal.*", "mtrand.*"],
        &["numpy/**"]),
    row("pandas", &["pandas/**"], &["pandas/**"]),
    row("scipy", &["scipy/**"], &["scipy/**"]),
    row("scikit-learn", &["sklearn/**"], &["sklearn/**"]),
    row("matplotlib", &["matplotlib/**", "mpl_toolkits/**"], &["matplotlib/**", "mpl_toolkits/**"]),
    row("lxml", &["lxml/**"], &["lxml/**", "src/lxml/**"]),
    row("cryptography", &["cryptography/**"], &["cryptography/**"]),
    row("cffi", &["cffi/**", "_cffi_backend.*"], &["cffi/**", "_cffi_backend.c"]),
    row("greenlet", &["greenlet/**", "_greenlet.*"], &["greenlet/**"]),
    row("gevent", &["gevent/**"], &["gevent/**"]),
    row("pillow", &["PIL/**", "_imaging*.so"], &["PIL/**"]),
    row("pyyaml", &["yaml/**", "_yaml.*"], &["yaml/**"]),
    row("psycopg", &["psycopg2/**", "psycopg/**"], &["psycopg2/**", "psycopg/**"]),
    row("protobuf", &["google/protobuf/**"], &["google/protobuf/**"]),
    row("grpc", &["grpc/**"], &["grpc/**", "src/core/lib/**"]),
    row("opencv", &["cv2/**", "libopencv_*.so*"], &["cv2/**"]),
    row("torch", &["torch/**", "libtorch*.so*", "libc10*.so*"], &["torch/**", "aten/src/**", "c10/**"]),
    row(CPYTHON,
        &["libpython[23]*.so*", "libpython[23]*.dylib", "Python", "python", "python.exe", "python_d.exe",
          "python[23]*", "lib-dynload/**"],
        &["Objects/**", "Python/**", "Modules/**", "Parser/**", "Include/**", "Programs/**", "Lib/**", "PC/**"]),
];
