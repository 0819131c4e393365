//! Telling names of code from those of people.
//!
//! Messages name those who wrote, found or reported something, and a name with an inner capital (`McIntyre`) or a dot
//! (`ada.lovelace`) reads as an identifier. What code never has is left out: no stack could have it either.

use rustc_hash::FxHashSet;

use super::Reduced;
use crate::code::CodeMap;

/// Takes from what messages mention the names of which a part is in no code.
pub(in crate::corpus) fn keep_names_of_code(fixes: &mut [Reduced], code: &CodeMap) {
    let mut known: FxHashSet<String> = FxHashSet::default();
    for reduced in fixes.iter() {
        let changes = &reduced.fix.main().changes;
        let names = [
            &changes.functions,
            &changes.calls,
            &changes.identifiers,
            &changes.tested,
        ];
        known.extend(names.into_iter().flatten().flat_map(|name| parts(name)));
        let files = changes.files.iter();
        known.extend(files.flat_map(|path| path.split('/').flat_map(parts)));
    }
    let is_code = |part: &str| known.contains(part) || code.files(part).next().is_some();
    for reduced in fixes.iter_mut() {
        if let Some(main) = reduced.fix.commits.first_mut() {
            let mentioned = &mut main.message.identifiers;
            mentioned.retain(|name| parts(name).all(|part| part.contains('_') || is_code(&part)));
        }
    }
}

fn parts(name: &str) -> impl Iterator<Item = String> + '_ {
    name.split('.').map(str::to_owned)
}
