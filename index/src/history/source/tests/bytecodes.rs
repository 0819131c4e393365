use super::super::Language;
use super::check;

#[test]
fn interpreter_instructions() {
    let text = "dummy_func(int a)\n{\n    switch (x) {\n        tier1 inst(NOP, (--)) {\n            \
                {\n            }\n        }\n        replicate(8) pure op(_A, (a -- b)) {\n        }\n        \
                macro(B) = _A;\n    }\n}\n";
    check(
        Language::C,
        &[(
            "bytecodes.c",
            text,
            &["dummy_func 1-12", "NOP 4-7", "_A 8-9"],
        )],
    );
}
