//! Texts of a history: messages, NEWS fragments, versions, tags.
#![no_main]

use fixtrail_index::Version;
use fixtrail_index::history::{Graph, Message, Reference, Releases, TagPattern, news};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let message = Message::parse(&text, 1_590_183_322);
    message.bare_subject();
    if let Some(section) = news::section(&text) {
        news::parse(section, bytes);
    }
    news::parse("Library".to_owned(), bytes);
    if let Ok(version) = text.parse::<Version>() {
        let again: Version = version
            .to_string()
            .parse()
            .expect("a printed version is one");
        assert_eq!(version, again);
    }
    tag(&text, &TagPattern::default());
    if let Ok(pattern) = TagPattern::new(&text) {
        tag("v3.9.0b1", &pattern);
    }
});

fn tag(name: &str, pattern: &TagPattern) {
    let commit = "7f77ac463cff219e0c8afef2611cad5080cc9df1";
    let reference = Reference {
        name: format!("refs/tags/{name}"),
        commit: commit.parse().expect("an object name"),
    };
    Releases::compute(&Graph::default(), &[reference], &[], pattern, |_| None);
}
