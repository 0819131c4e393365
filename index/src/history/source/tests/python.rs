use super::super::Language;
use super::check;

#[test]
fn definitions() {
    check(
        Language::Python,
        &[
            (
                "function",
                "x = 1\ndef f(a):\n    return a\n\ny = 2\n",
                &["f 2-3"],
            ),
            ("async", "async  def f(a):\n    pass\n", &["f 1-2"]),
            ("one line", "def f(a): return a\nx\n", &["f 1-1"]),
            (
                "method",
                "class A:\n    x = 1\n    def f(self):\n        pass\n    y = 2\n",
                &["A 1-5", "A.f 3-4"],
            ),
            (
                "nested",
                "def f():\n  def g():\n    pass\n  return g\n",
                &["f 1-4", "f.g 2-3"],
            ),
            (
                "decorators",
                "@a\n# why\n@b(\n1)\ndef f():\n    pass\n",
                &["f 1-6"],
            ),
            (
                "in a condition",
                "if x:\n    def f():\n        pass\nelse:\n    def f(): pass\n",
                &["f 2-3", "f 5-5"],
            ),
            (
                "tabs",
                "class A:\n\tdef f(self):\n\t\tpass\n        def g(self):\n\t    pass\n",
                &["A 1-5", "A.f 2-3", "A.g 4-5"],
            ),
            (
                "comments after",
                "def f():\n    pass\n    # end\n\n# module\n",
                &["f 1-2"],
            ),
            (
                "no words",
                "define = 1\nclassy = 2\ndefault()\nasync_def = 1\ndef\nclass\n",
                &[],
            ),
        ],
    );
}

#[test]
fn what_is_stepped_over() {
    check(
        Language::Python,
        &[
            (
                "docstring",
                "def f():\n    '''\ndef g():\n \\''' x'''\n    pass\n",
                &["f 1-5"],
            ),
            (
                "prefix",
                "def f():\n    x = rb\"\"\"\n\"\" \\\"\"\"\nclass A:\n\"\"\"\n",
                &["f 1-5"],
            ),
            (
                "quotes",
                "def f():\n    x = '\"\"\"'\n    y = \"'\" # '''\n\ndef g(): pass\n",
                &["f 1-3", "g 5-5"],
            ),
            (
                "brackets",
                "def f(a,\nb):\n    return (1,\n2)\n\nx\n",
                &["f 1-4"],
            ),
            (
                "backslash",
                "def f():\n    return 1 + \\\n2\nx\n",
                &["f 1-3"],
            ),
            (
                "open string",
                "def f():\n    x = 'abc\n    y\ndef g(): pass\n",
                &["f 1-3", "g 4-4"],
            ),
            ("open bracket", "x = (1,\ndef f():\n    pass\n", &["f 2-3"]),
            (
                "any version",
                "def f():\n    print 'x', `y`\n    exec x in y\n    match x: pass\n",
                &["f 1-4"],
            ),
            (
                "page break",
                "def f():\n    pass\n\x0cdef g():\n    pass\n",
                &["f 1-2", "g 3-4"],
            ),
            (
                "carriage returns",
                "def f():\r\n    pass\r\n\r\nx\r\n",
                &["f 1-2"],
            ),
        ],
    );
}
