//! Where members of structures stand in a series: the project's own tables.

use std::collections::HashMap;

/// The tables of `src/stack/python/layout/tables`, by series.
const TABLES: [(&str, &str); 10] = [
    (
        "2.7",
        include_str!("../../../src/stack/python/layout/tables/2.7.txt"),
    ),
    (
        "3.6",
        include_str!("../../../src/stack/python/layout/tables/3.6.txt"),
    ),
    (
        "3.7",
        include_str!("../../../src/stack/python/layout/tables/3.7.txt"),
    ),
    (
        "3.8",
        include_str!("../../../src/stack/python/layout/tables/3.8.txt"),
    ),
    (
        "3.9",
        include_str!("../../../src/stack/python/layout/tables/3.9.txt"),
    ),
    (
        "3.10",
        include_str!("../../../src/stack/python/layout/tables/3.10.txt"),
    ),
    (
        "3.11",
        include_str!("../../../src/stack/python/layout/tables/3.11.txt"),
    ),
    (
        "3.12",
        include_str!("../../../src/stack/python/layout/tables/3.12.txt"),
    ),
    (
        "3.13",
        include_str!("../../../src/stack/python/layout/tables/3.13.txt"),
    ),
    (
        "3.14",
        include_str!("../../../src/stack/python/layout/tables/3.14.txt"),
    ),
];

/// The series that there are tables of, the oldest first.
pub(crate) const SERIES: [&str; TABLES.len()] = {
    let mut names = [""; TABLES.len()];
    let mut at = 0;
    while at < TABLES.len() {
        names[at] = TABLES[at].0;
        at += 1;
    }
    names
};

/// Bytes behind the last member that is known.
const ROOM: u64 = 16;

/// Offsets of one series.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// By `structure.member`.
    offsets: HashMap<String, u64>,
}

impl Table {
    pub(crate) fn of(series: &str) -> Self {
        let table = TABLES.iter().find(|table| table.0 == series);
        let (_, text) = table.expect("a series with a table");
        let mut offsets = HashMap::new();
        let mut structure = "";
        for line in text.lines() {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                [_, _, name] => structure = name,
                // What follows is of aarch64.
                [member, offset] | [member, offset, _, _] => {
                    let offset = offset.parse().ok();
                    let member = format!("{structure}.{member}");
                    offsets.extend(offset.map(|offset| (member, offset)));
                }
                _ => {}
            }
        }
        Self { offsets }
    }

    /// The offset of a member by any of the names that it has had: `_is.imports.modules | _is.modules`; `None` where the
    /// series has no such member.
    pub(crate) fn find(&self, places: &str) -> Option<u64> {
        let mut places = places.split(" | ");
        places.find_map(|place| self.offsets.get(place).copied())
    }

    /// Bytes that hold all members of a structure.
    pub(crate) fn size(&self, structure: &str) -> u64 {
        let members = self.offsets.iter();
        let own = members.filter(|(place, _)| {
            place
                .split_once('.')
                .is_some_and(|(name, _)| name == structure)
        });
        own.map(|(_, offset)| offset + ROOM).max().unwrap_or(ROOM)
    }
}
