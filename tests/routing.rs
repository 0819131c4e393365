//! Two indexes asked about one stack: each about its own frames, and one answer of both.

use fixtrail::evidence::text;
use fixtrail::ranking::Verdict;
use fixtrail::ranking::explain::{Stage, explain};
use fixtrail::report::{TextOptions, triage_json, triage_text};
use fixtrail::routing::Routes;
use fixtrail::{Case, Triage};
use fixtrail_index::history::Containment;
use fixtrail_index::{Searcher, Store, Upstreams};

use crate::support::{Env, build_index, history, sample_searcher};

/// A small C library in the layout of glibc; its code is invented.
const GLIBC: &str = "\
commit main 2020-01-20
    Begin the C library
file sysdeps/posix/getaddrinfo.c
+static int
+gaih_inet (const char *name, struct names *names)
+{
+  free (names->first);
+  return resolve (name, names->first);
+}
+
+int
+getaddrinfo (const char *name, struct names *names)
+{
+  return gaih_inet (name, names);
+}
file malloc/malloc.c
+static void
+malloc_consolidate (mstate av)
+{
+  unlink_chunk (av->top);
+}
commit main 2020-01-22
    malloc: Check the size of the top chunk (BZ #80001)
file malloc/malloc.c
 {
+  check_size (av->top);
   unlink_chunk (av->top);
 }
branch stable main
tag glibc-2.31 stable
commit main 2020-04-06
    getaddrinfo: Fix use-after-free in gaih_inet (BZ #80002)

    gaih_inet read the first name after it was freed, and crashed.
file sysdeps/posix/getaddrinfo.c
 {
-  free (names->first);
-  return resolve (name, names->first);
+  int result = resolve (name, names->first);
+  free (names->first);
+  return result;
 }
tag glibc-2.32 main
";

const REPORT: &str = "\
Program received signal SIGSEGV, Segmentation fault.
Python 3.9.0b1 (default, May 26 2020, 10:01:02)
#0  0x00007fe2b4128100 in gaih_inet (name=0x0, names=0x7fe2b4) at ../sysdeps/posix/getaddrinfo.c:5
#1  0x00007fe2b4128144 in getaddrinfo () from /lib64/libc-2.31.so
#2  0x00007fe2b441a7e0 in chain_seek (chain=0x7fe2b3ad1c70) at /usr/src/debug/python3.9-3.9.0~b1/Objects/chainobject.c:12
#3  0x00007fe2b441a9b0 in chain_contains (chain=0x7fe2b3ad1c70) at /usr/src/debug/python3.9-3.9.0~b1/Objects/chainobject.c:65
#4  0x00007fe2b44d0e52 in _PyEval_EvalFrameDefault () from /usr/lib64/libpython3.9.so.1.0
#5  0x00007fe2b41281a2 in __libc_start_main () from /lib64/libc-2.31.so
";

fn searchers(env: &Env) -> [Searcher; 2] {
    let repository = history::init(&env.path("glibc"), true);
    history::play(&repository, GLIBC);
    let store = store_of(env, "glibc");
    build_index(&store, &repository);
    let glibc = Searcher::open(store.current().expect("an index"));
    [sample_searcher(), glibc.expect("a sound index")]
}

fn store_of(env: &Env, upstream: &str) -> Store {
    let store = Upstreams::at(&env.indexes()).store(upstream);
    store.expect("a name for an upstream")
}

fn triage(report: &str, searchers: &[Searcher], most: usize) -> Triage {
    let case = Case::from_text(text::read(report.as_bytes()));
    let triage = fixtrail::triage(
        case,
        searchers,
        Routes::built_in(),
        fixtrail::Asked::new(None, most),
    );
    triage.expect("sound indexes")
}

fn plain_text(triage: &Triage) -> String {
    let options = TextOptions {
        top: 5,
        weak: true,
        explain: false,
    };
    anstream::adapter::strip_str(&triage_text(triage, options)).to_string()
}

fn keys(verdicts: &[Verdict]) -> Vec<(String, String, f64)> {
    let key = |verdict: &Verdict| {
        let id = verdict.fix.main().id.to_string();
        (verdict.upstream.clone(), id, verdict.probability)
    };
    verdicts.iter().map(key).collect()
}

#[test]
fn a_frame_of_glibc_finds_its_fix() {
    let env = Env::new();
    let searchers = searchers(&env);
    let triage = triage(REPORT, &searchers, 5);
    let first = &triage.ranking.verdicts[0];
    assert_eq!(first.upstream, "glibc");
    let subject = "getaddrinfo: Fix use-after-free in gaih_inet (BZ #80002)";
    assert_eq!(first.fix.main().message.subject, subject);
    let running = first
        .running
        .as_ref()
        .map(|running| running.version.to_string());
    assert_eq!(running.as_deref(), Some("2.31"));
    assert_eq!(first.containment, Containment::NotContained);
    insta::with_settings!({
        snapshot_path => "snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("triage-two-indexes", plain_text(&triage));
    });
}

#[test]
fn verdicts_of_all_indexes_are_in_one_order() {
    let env = Env::new();
    let searchers = searchers(&env);
    let both = triage(REPORT, &searchers, 100).ranking;
    for (at, upstream) in ["cpython", "glibc"].into_iter().enumerate() {
        let own: Vec<_> = keys(&both.verdicts)
            .into_iter()
            .filter(|(of, ..)| of == upstream)
            .collect();
        assert!(!own.is_empty(), "{upstream}");
        let place = both
            .verdicts
            .iter()
            .position(|verdict| verdict.upstream == upstream);
        assert_eq!(place.is_some_and(|place| place == 0), at == 1, "{upstream}");
    }
    for pair in both.verdicts.windows(2) {
        let chance = |verdict: &Verdict| (verdict.confidence, verdict.probability);
        assert!(chance(&pair[0]) >= chance(&pair[1]));
    }
    let few = triage(REPORT, &searchers, 2).ranking;
    assert_eq!(keys(&few.verdicts), keys(&both.verdicts)[..2]);
    let [a, b] = searchers;
    let turned = triage(REPORT, &[b, a], 100).ranking;
    assert_eq!(keys(&turned.verdicts)[0], keys(&both.verdicts)[0]);
    assert_eq!(turned.verdicts.len(), both.verdicts.len());
}

/// The same history under two names, one of which no rule knows, and frames that no one owns.
#[test]
fn equals_are_in_the_order_of_the_indexes() {
    let env = Env::new();
    let repository = history::init(&env.path("chains"), true);
    history::play(&repository, history::COMMITS);
    let store = store_of(&env, "chains");
    build_index(&store, &repository);
    let open = || Searcher::open(store.current().expect("an index")).expect("a sound index");
    let report = "#0  0x01 in chain_seek (a=1)\n#1  0x02 in chain_contains (a=1)\n";
    let orders = [[sample_searcher(), open()], [open(), sample_searcher()]];
    for (searchers, first) in orders.iter().zip(["cpython", "chains"]) {
        let found = keys(&triage(report, searchers, 100).ranking.verdicts);
        assert!(found.len() > 3, "{found:?}");
        for pair in found.chunks(2) {
            assert_eq!(pair[0].1, pair[1].1, "the same fix");
            assert_eq!(pair[0].0, first);
        }
    }
}

#[test]
fn what_has_no_frame_is_not_searched() {
    let env = Env::new();
    let searchers = searchers(&env);
    let report = std::fs::read_to_string("samples/hang/report.txt").expect("a sample");
    let triage = triage(&report, &searchers, 5);
    let [cpython, glibc] = &triage.indexes[..] else {
        panic!("two indexes");
    };
    assert!(cpython.searched && !glibc.searched);
    assert!(glibc.query.terms.is_empty());
    let upstreams = triage
        .ranking
        .verdicts
        .iter()
        .map(|verdict| &*verdict.upstream);
    assert!(upstreams.into_iter().all(|upstream| upstream == "cpython"));
    let text = plain_text(&triage);
    assert!(text.contains("\n           glibc not searched: "), "{text}");
    let json = triage_json(&triage, 5);
    assert_eq!(json["indexes"][1]["searched"], false);
    assert_eq!(json["verdicts"][0]["upstream"], "cpython");
}

/// The program's own frames go to nobody where CPython has no index.
#[test]
fn no_index_of_the_stack_s_projects() {
    let env = Env::new();
    let [_, glibc] = searchers(&env);
    let triage = triage("#0  0x01 in serve (x=1) at server.c:3\n", &[glibc], 5);
    assert!(!triage.ranking.convincing && triage.ranking.verdicts.is_empty());
    assert!(plain_text(&triage).contains("Nothing was searched"));
}

#[test]
fn a_fix_of_the_second_index_is_explained() {
    let env = Env::new();
    let searchers = searchers(&env);
    let triage = triage(REPORT, &searchers, usize::MAX);
    let fix = &triage.ranking.verdicts[0].fix;
    let index = &triage.indexes[1];
    let running = index.running.as_ref();
    let explained = explain(&searchers[1], &index.query, running, &triage.ranking, fix);
    let explained = explained.expect("a sound index").expect("a fix of it");
    assert_eq!(explained.stage, Stage::Ranked(1));
    assert_eq!(explained.search_place, 1);
}

/// The command asks all that there are, and goes by the rules beside them.
#[test]
fn the_command_asks_every_index() {
    let env = Env::with_index();
    env.repository("glibc", GLIBC);
    let glibc = env.path_text("glibc");
    env.run(["index", "build", &glibc]).succeeded();
    let report = env.file("report.txt", REPORT);
    let first = |env: &Env| env.run(["triage", "--json", &report]).json()["verdicts"][0].clone();
    let found = first(&env);
    assert_eq!(found["upstream"], "glibc");
    let hash = found["commit"]["hash"].as_str().expect("a hash");
    let run = env.run(["explain", &report, hash]).succeeded();
    assert!(run.stdout.contains("rank 1"), "{run}");
    // All of it is CPython's, if the user says so.
    let rules = env.indexes().join("index.toml");
    let all =
        "[upstream.cpython]\nmodules = [\"libc-2.31.so\"]\nsources = [\"**/getaddrinfo.c\"]\n";
    std::fs::write(&rules, all).expect("a file");
    assert_eq!(first(&env)["upstream"], "cpython");
    std::fs::write(&rules, "[upstream.cpython]\nfiles = []\n").expect("a file");
    env.run(["triage", &report])
        .failed_with(&["index.toml", "files"]);
    std::fs::remove_file(&rules).expect("a file");
    // One that cannot be read is left out.
    std::fs::write(env.indexes().join("glibc/current"), "nothing").expect("a file");
    let run = env.run(["triage", "--json", &report]).succeeded();
    assert!(run.stderr.contains("not searched"), "{run}");
    assert_eq!(run.json()["verdicts"][0]["upstream"], "cpython");
}
