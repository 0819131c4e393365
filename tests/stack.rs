//! `fixtrail stack` and `fixtrail signature` on the samples; neither needs an index.

use crate::support::{Env, HANG};

const SAMPLES: [&str; 6] = [
    "asan",
    "assertion",
    "faulthandler",
    "gdb",
    "hang",
    "traceback",
];

#[test]
fn stack_of_every_sample() {
    for sample in SAMPLES {
        let run = Env::new().run(["stack", &format!("samples/{sample}/report.txt")]);
        run.succeeded().snapshot(&format!("stack-{sample}"));
    }
}

#[test]
fn signature_of_every_sample() {
    for sample in SAMPLES {
        let run = Env::new().run(["signature", &format!("samples/{sample}/report.txt")]);
        run.succeeded().snapshot(&format!("signature-{sample}"));
    }
}

#[test]
fn every_sample_has_an_origin() {
    for sample in SAMPLES {
        let origin = std::fs::read_to_string(format!("samples/{sample}/README.md"));
        let origin = origin.expect(sample);
        assert!(
            origin.contains("Made with") || origin.contains("Invented"),
            "{sample}"
        );
    }
}

#[test]
fn json() {
    let env = Env::new();
    env.run(["stack", "--json", "samples/assertion/report.txt"])
        .snapshot("stack-assertion-json");
    env.run(["signature", "--json", "samples/faulthandler/report.txt"])
        .snapshot("signature-faulthandler-json");
}

#[test]
fn standard_input() {
    let report = std::fs::read(HANG).expect("the sample");
    for command in ["stack", "signature"] {
        let from_file = Env::new().run([command, HANG]).succeeded();
        let from_pipe = Env::new().run_with([command, "-"], report.clone());
        assert_eq!(from_pipe.succeeded().stdout, from_file.stdout);
    }
}

/// Addresses, paths and compiler suffixes do not reach the hash.
#[test]
fn the_hash_is_stable() {
    let hash = |text: &str| {
        let run = Env::new().run_with(["signature", "--json", "-"], text);
        run.succeeded().json()["signature"]["hash"].clone()
    };
    let one = hash(
        "#0  0x7f01 in chain_seek (key=0x1) at /src/a/Objects/chainobject.c:12\n\
         #1  0x7f02 in chain_contains (key=0x1) at /src/a/Objects/chainobject.c:65\n",
    );
    let same = hash(
        "#0  0x1234 in chain_seek.constprop.0 (key=0x9) at ./Objects/chainobject.c:19\n\
         #1  0x1238 in chain_contains.part.1 (key=0x9) at ./Objects/chainobject.c:71\n",
    );
    let other = hash(
        "#0  0x7f01 in chain_drop (key=0x1) at /src/a/Objects/chainobject.c:12\n\
         #1  0x7f02 in chain_contains (key=0x1) at /src/a/Objects/chainobject.c:65\n",
    );
    assert_eq!(one, same);
    assert_ne!(one, other);
}
