//! Times as trackers write them, as seconds since 1970.

use jiff::Timestamp;
use jiff::fmt::strtime;
use serde::{Deserialize, Deserializer, de};

/// `2020-05-20T06:46:33Z`, and `2020-05-20 06:46:33 +0000` of Bugzilla's XML; some servers leave the zone out, which is
/// UTC then.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let parsed = text.parse::<Timestamp>().ok();
    let spaced = || {
        let time = strtime::parse("%Y-%m-%d %H:%M:%S %z", text).ok()?;
        time.to_timestamp().ok()
    };
    let bare = || {
        format!("{}Z", text.replace(' ', "T"))
            .parse::<Timestamp>()
            .ok()
    };
    Some(parsed.or_else(spaced).or_else(bare)?.as_second())
}

pub(super) fn required<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let text = String::deserialize(from)?;
    seconds(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is no time")))
}

pub(super) fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    // GitHub's GraphQL answers in Go programs have a zero time where there is none.
    let text = text.filter(|text| !text.is_empty() && !text.starts_with("0001-"));
    let parsed = text.map(|text| seconds(&text).ok_or(text)).transpose();
    parsed.map_err(|text| de::Error::custom(format!("`{text}` is no time")))
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_of_every_tracker() {
        for text in [
            "2020-05-20T06:46:33Z",
            "2020-05-20T06:46:33.000Z",
            "2020-05-20T08:46:33+02:00",
            "2020-05-20 06:46:33 +0000",
            "2020-05-20 02:46:33 -0400",
            "2020-05-20T06:46:33",
        ] {
            assert_eq!(seconds(text), Some(1_589_957_193), "{text}");
        }
        assert_eq!(seconds("yesterday"), None);
    }
}
