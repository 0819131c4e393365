//! One test binary, a module per command or stage.

mod bad_cores;
mod bad_input;
mod bugzilla;
mod build;
mod clones;
mod cores;
mod corpora;
mod damage;
mod debuginfod;
mod download;
mod eval;
mod explain;
mod first_run;
mod formats;
mod full_disk;
mod hangs;
mod help;
mod interrupted;
mod issues;
mod json;
mod library;
mod live;
mod ranking;
mod readme;
mod real_cores;
mod routing;
mod stack;
mod support;
mod tracker;
mod train;
mod triage;
mod update;

/// A file that is not named here would never run.
#[test]
fn no_file_is_forgotten() {
    let own = include_str!("runner.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    for entry in std::fs::read_dir(folder).expect("the tests").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let module = name.trim_end_matches(".rs");
        let known = ["runner", "snapshots"].contains(&module);
        assert!(
            known || own.contains(&format!("\nmod {module};\n")),
            "{name}"
        );
    }
}
