//! Which fix each sample gets, and how far ahead of the others: a change of weights shows its whole effect here.

use fixtrail::Case;
use fixtrail::evidence::text;
use fixtrail::routing::Routes;
use fixtrail_index::Version;

use crate::support::sample_searcher;

/// Sample, running version if it is not in the report, and the pull request of its fix.
const EXPECTED: [(&str, &str, &str); 5] = [
    ("hang", "", "GH-70124"),
    ("asan", "3.9.0", "GH-70133"),
    ("assertion", "3.9.0b1", "GH-70127"),
    ("traceback", "3.9.0", "GH-70135"),
    ("gdb", "", "none"),
];

#[test]
fn samples_and_their_fixes() {
    let searchers = [sample_searcher()];
    let mut table = String::new();
    for (sample, python, fix) in EXPECTED {
        let report = std::fs::read(format!("samples/{sample}/report.txt")).expect(sample);
        let python: Option<Version> = python.parse().ok();
        let case = Case::from_text(text::read(&report));
        let triage = fixtrail::triage(
            case,
            &searchers,
            Routes::built_in(),
            fixtrail::Asked::new(python.as_ref(), 100),
        );
        let ranking = triage.expect(sample).ranking;
        let subject_ends = |rank: &usize| {
            let subject = &ranking.verdicts[*rank].fix.main().message.subject;
            subject.ends_with(&format!("({fix})"))
        };
        let row = match (0..ranking.verdicts.len()).find(subject_ends) {
            Some(rank) => {
                let verdict = &ranking.verdicts[rank];
                let (score, word) = (verdict.score, verdict.confidence);
                format!(
                    "{fix} is {}. of {}, {word}, {score:.1}",
                    rank + 1,
                    ranking.verdicts.len()
                )
            }
            None => format!("{fix}, convincing: {}", ranking.convincing),
        };
        table.push_str(&format!("{sample:12} {row}\n"));
    }
    insta::assert_snapshot!(table, @r"
    hang         GH-70124 is 1. of 6, likely, 11.3
    asan         GH-70133 is 1. of 3, likely, 7.6
    assertion    GH-70127 is 1. of 5, possible, 9.3
    traceback    GH-70135 is 1. of 2, likely, 7.7
    gdb          none, convincing: false
    ");
}
