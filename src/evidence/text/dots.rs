//! Signs by which people show that they left frames out: `...`, `[...]`, `(...)`, `[snip]`,
//! `... (170k identical frames removed)`.

use super::shape::{Item, Place, Taken};

pub(super) fn take(place: Place<'_>) -> Option<Taken> {
    let text = place.lines[0].trimmed();
    place.open?;
    if !text.starts_with(['.', '[', '(', '<', '-', '\u{2026}']) || text.len() > 120 {
        return None;
    }
    let bare = text.trim_matches(|c: char| "[](){}<>-. \u{2026}".contains(c));
    let dots = text.contains("...") || text.contains('\u{2026}');
    let words = [
        "removed",
        "snip",
        "omitted",
        "skipped",
        "truncated",
        "elided",
        "repeated",
        "identical",
    ];
    let told = words.iter().any(|word| bare.contains(word)) && (dots || bare.len() < 30);
    let is_gap = (dots && bare.is_empty()) || told;
    let why = if bare.is_empty() {
        "left out in the text"
    } else {
        bare
    };
    is_gap.then(|| Taken::one(Item::Dots(why.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;

    #[test]
    fn dots_are_gaps_where_they_follow_frames() {
        for (dots, why) in [
            ("...", "left out in the text"),
            ("  [...]", "left out in the text"),
            ("(...)", "left out in the text"),
            (
                "... (170k identical frames removed)",
                "170k identical frames removed",
            ),
            ("<snip>", "snip"),
        ] {
            let text = format!("#0  0x1 in f ()\n{dots}\n#9  0x2 in g ()\n");
            assert_eq!(
                shown(&text),
                format!("0 1 f(); 9 2 g(); gap 1 {why}"),
                "{dots}"
            );
        }
        assert_eq!(
            shown("#0  0x1 in f ()\n\nWe see\nthat\nit\n...\n"),
            "0 1 f()"
        );
    }
}
