use super::super::Language;
use super::check;

#[test]
fn definitions() {
    check(
        Language::C,
        &[
            ("one line", "int f(void) { return 1; }\n", &["f 1-1"]),
            (
                "return type above",
                "static PyObject *\nf(int a,\n  int b)\n{\n}\n",
                &["f 1-5"],
            ),
            (
                "prototype",
                "int f(int a);\nint g(int a)\n{\n}\n",
                &["g 2-4"],
            ),
            (
                "old style",
                "f(a, b)\n  int a;\n  char *b;\n{\n}\nint x;\n",
                &["f 1-5"],
            ),
            ("pointer argument", "f(a) int (*a)(); {\n}\n", &["f 1-2"]),
            (
                "pointer returned",
                "int (*f(int a))(int b) {\n}\n",
                &["f 1-2"],
            ),
            (
                "macros around",
                "Py_NO_INLINE static int _Py_HOT\nf(void) {\n}\n",
                &["f 1-3"],
            ),
            (
                "attribute",
                "__attribute__((x)) int f(int a) __attribute__((y)) {\n}\n",
                &["f 1-2"],
            ),
            (
                "type in a macro",
                "Py_LOCAL_INLINE(int)\nf(int a)\n{\n}\n",
                &["f 1-4"],
            ),
            (
                "name in a macro",
                "Py_LOCAL(int)\nSTRINGLIB(find)(int a)\n{\n}\n",
                &["find 1-4"],
            ),
            (
                "clinic",
                "static int\nf(int a)\n/*[clinic end: {]*/\n{\n}\n",
                &["f 1-5"],
            ),
            (
                "module",
                "PyMODINIT_FUNC PyInit_x(void)\n{\n}\n",
                &["PyInit_x 1-3"],
            ),
            ("instruction", "    TARGET(NOP) {\n    }\n", &["NOP 1-2"]),
        ],
    );
}

#[test]
fn what_is_no_function() {
    check(
        Language::C,
        &[
            (
                "data",
                "int a[] = { f(x), {1} };\nstruct s x = F(1) {};\n",
                &[],
            ),
            (
                "types",
                "struct s { int (*f)(int); };\nenum e\n{ A };\nunion u { int a; } v;\n",
                &[],
            ),
            (
                "macro body",
                "#define F(x) do { \\\n  g(x); \\\n} while (0)\n",
                &[],
            ),
            (
                "comments",
                "/* int f(void) {\n} */ // int g(void) { \\\n}\n",
                &[],
            ),
            (
                "strings",
                "char *a = \"f() {\\\"\";\nchar b = '{', c = '\\'';\nint f() {}\n",
                &["f 3-3"],
            ),
            (
                "macro alone",
                "PyDoc_STRVAR(x, \"{\")\n\nint f(void) {\n}\n",
                &["f 3-4"],
            ),
            (
                "macro before static",
                "IDENTIFIER(x)\nstatic int f(void) {\n}\n",
                &["f 2-3"],
            ),
            (
                "macro and define",
                "IDENTIFIER(x)\n#define A\nint f(void) {\n}\n",
                &["f 3-4"],
            ),
            (
                "control flow",
                "if (x) { }\nwhile (y) { }\nfor (;;) { }\n",
                &[],
            ),
        ],
    );
}

#[test]
fn conditionals() {
    check(
        Language::C,
        &[
            (
                "a brace in each branch",
                "int f(void) {\n#ifdef A\n if (x) {\n#elif B\n if (y) {\n#else\n if (z) {\n#endif\n }\n}\nint g() {}\n",
                &["f 1-10", "g 11-11"],
            ),
            (
                "two headers",
                "#if A\nint f(int a) {\n#else\nint f(void) {\n#endif\n}\n",
                &["f 2-6", "f 4-6"],
            ),
            (
                "two definitions",
                "#if A\nint f(int a) { }\n#else\nint f(void) { }\n#endif\n",
                &["f 2-2", "f 4-4"],
            ),
            (
                "two ends",
                "int f(void) {\n#if A\n}\n#else\n  return 1;\n}\n#endif\nint g() {}\n",
                &["f 1-6", "g 8-8"],
            ),
            (
                "arguments",
                "int f(int a\n#ifdef A\n, int b)\n#else\n)\n#endif\n{\n}\n",
                &["f 1-8"],
            ),
            (
                "disabled",
                "#if 0\nisn't { read\nint f() {}\n#else\nint g() {}\n#endif\nint h() {}\n",
                &["g 5-5", "h 7-7"],
            ),
        ],
    );
}

#[test]
fn cpp() {
    check(
        Language::C,
        &[
            (
                "transparent",
                "extern \"C\" {\nnamespace x {\nint f() {\n}\n}\n}\n",
                &["f 3-4"],
            ),
            (
                "method",
                "void Foo::bar(int a) const {\n}\n",
                &["Foo::bar 1-2"],
            ),
            (
                "destructor",
                "Foo::~Foo() noexcept {\n}\n",
                &["Foo::~Foo 1-2"],
            ),
            (
                "initialisers",
                "Foo::Foo(int x) : a(x), b{x}, c(1) {\n}\n",
                &["Foo::Foo 1-2"],
            ),
            (
                "operators",
                "bool A::operator()(int a) {\n}\nbool operator==(A a) {\n}\n",
                &["A::operator() 1-2", "operator== 3-4"],
            ),
            (
                "template",
                "template <class T>\nT f(T a) {\n}\n",
                &["f 1-3"],
            ),
            (
                "class",
                "class A : B {\n int f() { }\n};\nint g() {}\n",
                &["g 4-4"],
            ),
            (
                "digits",
                "int f() { return 1'000; }\nint g() {}\n",
                &["f 1-1", "g 2-2"],
            ),
        ],
    );
}

#[test]
fn recovery() {
    check(
        Language::C,
        &[
            (
                "brace missing",
                "int f() {\n  if (x) {\n}\nint g() {\n}\n",
                &["f 1-3", "g 4-5"],
            ),
            (
                "brace too many",
                "int f() {\n }\n}\n}\nint g() {\n}\n",
                &["f 1-2", "g 5-6"],
            ),
            (
                "parenthesis missing",
                "int f(int a\n{\n}\nint g() {\n}\n",
                &["f 1-3", "g 4-5"],
            ),
            ("no end", "int f() {\n  x;\n", &["f 1-2"]),
            (
                "open comment",
                "int f() {\n}\n/* int g() {\n}\n",
                &["f 1-2"],
            ),
            ("carriage returns", "int f()\r\n{\r\n}\r\n", &["f 1-3"]),
        ],
    );
}
