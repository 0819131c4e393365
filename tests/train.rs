//! `fixtrail train` on the cases of the evaluation.

use crate::eval::cases;
use crate::support::Env;

#[test]
fn a_table_of_all_features_the_same_each_time() {
    let env = Env::with_index();
    let dir = cases(&env);
    let run = || {
        env.run(["train", "-q", "--history", "5", &dir])
            .succeeded()
            .stdout
    };
    let table = run();
    assert_eq!(run(), table);
    let rows = |table: &str| -> Vec<String> {
        let lines = table.lines().filter(|line| !line.starts_with('#'));
        lines
            .filter_map(|line| Some(line.split_once('\t')?.0.to_owned()))
            .collect()
    };
    assert_eq!(
        rows(&table),
        rows(include_str!("../src/ranking/weights.tsv"))
    );
    assert!(table.contains("# Without harvest features"), "{table}");
}

#[test]
fn no_case() {
    let env = Env::with_index();
    std::fs::create_dir(env.path("empty")).expect("a folder");
    let run = env.run(["train", &env.path_text("empty")]);
    assert_eq!((run.code, &*run.stdout), (Some(1), ""), "{run}");
}
