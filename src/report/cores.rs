//! Stored cores as a table and as JSON.

use indicatif::HumanBytes;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use serde_json::{Value, json};

use super::json::envelope;
use super::style::printable;
use super::table::table_text;
use crate::evidence::Signal;
use crate::evidence::core::storage::{Listing, Presence, StoredCore};

/// A line for each core, in the order of the list; times are of a zone.
#[must_use]
pub fn cores_text(listing: &Listing, zone: &TimeZone) -> String {
    let heads = ["TIME", "PID", "UID", "SIG", "EXE", "SIZE", "STATE"];
    let rows = listing.cores.iter().map(|core| row(core, zone));
    table_text(heads, rows, &[1, 2, 5])
}

fn row(core: &StoredCore, zone: &TimeZone) -> [String; 7] {
    let executable = core.executable.as_ref().unwrap_or(&core.name);
    let state = match (core.presence, core.truncated) {
        (Presence::Inaccessible, _) => "inaccessible",
        (Presence::Empty, _) => "empty",
        (Presence::Present, Some(true)) => "truncated",
        (Presence::Present, _) => "present",
    };
    [
        time(core.time, zone),
        core.pid.to_string(),
        core.uid.to_string(),
        core.signal.map_or_else(|| "-".to_owned(), signal),
        printable(executable),
        HumanBytes(core.size).to_string(),
        state.to_owned(),
    ]
}

fn time(micros: i64, zone: &TimeZone) -> String {
    Timestamp::from_microsecond(micros).map_or_else(
        |_| "?".to_owned(),
        |time| {
            let time = ZonedDateTime::new(time, zone.clone());
            time.strftime("%a %Y-%m-%d %H:%M:%S %Z").to_string()
        },
    )
}

fn signal(number: u32) -> String {
    let name = Signal::of_number(number).name;
    match name.as_str() {
        "" => number.to_string(),
        name => format!("SIG{name}"),
    }
}

/// The list as JSON.
#[must_use]
pub fn cores_json(listing: &Listing) -> Value {
    let cores: Vec<Value> = listing.cores.iter().map(core).collect();
    envelope(json!({ "cores": cores, "problems": listing.problems }))
}

fn core(core: &StoredCore) -> Value {
    json!({
        "path": core.path.to_string_lossy(),
        "size": core.size,
        "compression": core.compression,
        "presence": core.presence,
        "truncated": core.truncated,
        "name": core.name,
        "executable": core.executable,
        "pid": core.pid,
        "uid": core.uid,
        "gid": core.gid,
        "signal": core.signal.map(Signal::of_number),
        "time_us": core.time,
        "boot_id": core.boot_id,
        "hostname": core.hostname,
    })
}
