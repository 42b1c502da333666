//! The system's time zone.
//!
//! Offsets east of UTC for instants and the way back from local civil time; where the zone database has no answer, UTC.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{Dst, TimeZone};
use std::sync::OnceLock;

/// What holds in the local zone at an instant.
pub(crate) struct LocalOffset {
    /// Seconds east of UTC.
    pub(crate) offset: i32,
    /// The zone's short name then, for example `CEST`.
    pub(crate) name: String,
    /// Whether it is summer time.
    pub(crate) is_dst: bool,
}

fn zone() -> &'static TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    ZONE.get_or_init(|| TimeZone::try_system().unwrap_or(TimeZone::UTC))
}

/// What holds at this many seconds since 1970.
pub(crate) fn offset_at(seconds: i64) -> LocalOffset {
    match Timestamp::from_second(seconds) {
        Ok(instant) => {
            let info = zone().to_offset_info(instant);
            LocalOffset {
                offset: info.offset().seconds(),
                name: info.abbreviation().to_string(),
                is_dst: info.dst() == Dst::Yes,
            }
        }
        Err(_) => LocalOffset { offset: 0, name: "UTC".to_string(), is_dst: false },
    }
}

/// Seconds since 1970 of a local civil time, given as if it were UTC. A time that is skipped moves on by the gap, of one
/// that comes twice the first is meant.
pub(crate) fn utc_of_local(local_seconds: i64) -> i64 {
    let c = super::civil::civil_of(local_seconds);
    let time = i16::try_from(c.year).ok().and_then(|year| {
        civil::DateTime::new(year, c.month as i8, c.day as i8, c.hour as i8, c.min as i8, c.sec as i8, 0).ok()
    });
    match time.and_then(|time| zone().to_ambiguous_timestamp(time).compatible().ok()) {
        Some(instant) => instant.as_second(),
        None => local_seconds,
    }
}
