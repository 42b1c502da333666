//! Instants with the offset and zone they are shown in, and the time tables that scripts see.

use super::civil::{self, Civil, SECONDS_MAX};
use super::zone;
use bytecode::arith::Num;
use runtime::heap::OutOfMemory;
use runtime::mutator::Mutator;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::time::{SystemTime, UNIX_EPOCH};
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::Args;

use crate::access;

/// Nanoseconds of a second.
pub(crate) const NANOS: i64 = 1_000_000_000;

/// An instant, and how it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Moment {
    /// Whole seconds since 1970 UTC.
    pub(crate) seconds: i64,
    pub(crate) nanos: u32,
    /// Seconds east of UTC.
    pub(crate) offset: i32,
    /// The zone's name.
    pub(crate) zone: String,
}

impl Moment {
    /// The present, in the local zone.
    pub(crate) fn now() -> Moment {
        let (seconds, nanos) = now();
        Moment::local(seconds, nanos)
    }

    /// An instant in the local zone.
    pub(crate) fn local(seconds: i64, nanos: u32) -> Moment {
        let local = zone::offset_at(seconds);
        Moment { seconds, nanos, offset: local.offset, zone: local.name }
    }

    /// An instant in UTC.
    pub(crate) fn utc(seconds: i64, nanos: u32) -> Moment {
        Moment { seconds, nanos, offset: 0, zone: "UTC".to_string() }
    }

    /// What a zone is called of which only the offset is known.
    pub(crate) fn zone_for(offset: i32) -> String {
        if offset == 0 {
            return "UTC".to_string();
        }
        let minutes = offset.unsigned_abs() / 60;
        format!("{}{:02}{:02}", if offset < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
    }

    /// The civil time that it shows.
    pub(crate) fn civil(&self) -> Civil {
        civil::civil_of(self.seconds + self.offset as i64)
    }

    /// Seconds since 1970 as a float.
    pub(crate) fn unix(&self) -> f64 {
        self.seconds as f64 + self.nanos as f64 / NANOS as f64
    }

    /// Seconds from `earlier` to this.
    pub(crate) fn since(&self, earlier: &Moment) -> f64 {
        (self.seconds - earlier.seconds) as f64 + (self.nanos as f64 - earlier.nanos as f64) / NANOS as f64
    }

    /// The moment shifted by a number of seconds; `None`: too far away, or not a number.
    pub(crate) fn shifted(&self, seconds: f64) -> Option<Moment> {
        let (whole, nanos) = split_seconds(seconds)?;
        let nanos = self.nanos as i64 + nanos as i64;
        let seconds = self.seconds.checked_add(whole)?.checked_add(nanos / NANOS)?;
        if seconds.abs() > SECONDS_MAX {
            return None;
        }
        Some(Moment { seconds, nanos: (nanos % NANOS) as u32, offset: self.offset, zone: self.zone.clone() })
    }

    /// The time table of this moment.
    pub(crate) fn to_table(&self, m: &mut Mutator) -> Result<Table, OutOfMemory> {
        let c = self.civil();
        let int = Value::int_unchecked;
        let zone = m.new_str(self.zone.as_bytes())?;
        let fields = [
            ("year", int(c.year)),
            ("month", int(c.month as i64)),
            ("day", int(c.day as i64)),
            ("hour", int(c.hour as i64)),
            ("min", int(c.min as i64)),
            ("sec", int(c.sec as i64)),
            ("nsec", int(self.nanos as i64)),
            ("weekday", int(c.weekday as i64)),
            ("yearday", int(c.yearday as i64)),
            ("offset", int(self.offset as i64)),
            ("unix", Value::float(self.unix())),
            ("tz", zone.to_value()),
        ];
        new_record(m, &fields)
    }

    /// Argument `i`, a time table.
    ///
    /// # Errors
    /// `#N time table expected, got TYPE`; `#N time out of range`.
    pub(crate) fn from_arg(fiber: &mut Fiber, args: Args, i: u32) -> Result<Moment, Thrown> {
        let Some(t) = Table::from_value(args.get(i)) else {
            return Err(args.type_error(fiber, i, "time table"));
        };
        match read_table(fiber, t)? {
            Reading::Moment(moment) => Ok(moment),
            Reading::NoTime => Err(args.type_error(fiber, i, "time table")),
            Reading::OutOfRange => Err(args.bad(fiber, i, "time out of range")),
        }
    }
}

/// The present: seconds and nanoseconds since 1970.
pub(crate) fn now() -> (i64, u32) {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => (since.as_secs() as i64, since.subsec_nanos()),
        Err(before) => {
            let before = before.duration();
            let (seconds, nanos) = (-(before.as_secs() as i64), before.subsec_nanos());
            if nanos == 0 { (seconds, 0) } else { (seconds - 1, NANOS as u32 - nanos) }
        }
    }
}

/// A number of seconds as whole ones and nanoseconds; `None`: not finite or too large.
pub(crate) fn split_seconds(seconds: f64) -> Option<(i64, u32)> {
    if seconds.is_nan() || seconds.abs() > SECONDS_MAX as f64 * 2.0 {
        return None;
    }
    let whole = seconds.floor();
    let nanos = ((seconds - whole) * NANOS as f64).round() as i64;
    Some((whole as i64 + nanos / NANOS, (nanos % NANOS) as u32))
}

/// A table of these fields, in this order.
pub(crate) fn new_record(m: &mut Mutator, fields: &[(&str, Value)]) -> Result<Table, OutOfMemory> {
    let t = m.new_table(0, fields.len());
    for (name, v) in fields {
        let key = m.intern(name.as_bytes());
        t.set_str(m, key, *v, true)?;
    }
    Ok(t)
}

enum Reading {
    Moment(Moment),
    NoTime,
    OutOfRange,
}

fn read_table(fiber: &mut Fiber, t: Table) -> Result<Reading, Thrown> {
    let zone = access::field(fiber, t, "tz")?;
    let zone = Str::from_value(zone).map(|s| String::from_utf8_lossy(s.bytes(fiber.mutator())).into_owned());
    let mut parts = [1, 1, 1, 0, 0, 0, 0, 0];
    for (name, part) in
        ["year", "month", "day", "hour", "min", "sec", "nsec", "offset"].iter().zip(&mut parts)
    {
        let v = access::field(fiber, t, name)?;
        if v.is_nil() {
            continue;
        }
        match vm::convert::num(v).and_then(Num::to_int) {
            Some(n) => *part = n,
            None => return Ok(Reading::NoTime),
        }
    }
    let [year, month, day, hour, min, sec, nanos, offset] = parts;
    // No zone was ever a day from UTC.
    let Some(offset) = i32::try_from(offset).ok().filter(|o| (o.abs() as i64) < civil::DAY) else {
        return Ok(Reading::OutOfRange);
    };
    let unix = access::field(fiber, t, "unix")?;
    let (seconds, nanos) = match vm::convert::num(unix) {
        Some(n) => {
            let (whole, fraction) = match n {
                Num::Int(i) => (Some(i), 0),
                Num::Float(x) => match split_seconds(x) {
                    Some((whole, fraction)) => (Some(whole), fraction),
                    None => (None, 0),
                },
            };
            let has_nanos = !access::field(fiber, t, "nsec")?.is_nil();
            // Rounding may have carried a fraction of .9999999999 over; with `nsec` the whole seconds alone count.
            let whole = if has_nanos { floor_seconds(n) } else { whole };
            (whole, if has_nanos { nanos } else { fraction as i64 })
        }
        None if !unix.is_nil() => return Ok(Reading::NoTime),
        None => {
            let local = civil::seconds_of(year, month, day, hour, min, sec);
            (local.map(|s| s - offset as i64), nanos)
        }
    };
    let seconds = seconds.and_then(|s| s.checked_add(nanos.div_euclid(NANOS)));
    let Some(seconds) = seconds.filter(|s| s.unsigned_abs() <= SECONDS_MAX as u64) else {
        return Ok(Reading::OutOfRange);
    };
    let zone = zone.unwrap_or_else(|| Moment::zone_for(offset));
    Ok(Reading::Moment(Moment { seconds, nanos: nanos.rem_euclid(NANOS) as u32, offset, zone }))
}

fn floor_seconds(n: Num) -> Option<i64> {
    match n {
        Num::Int(i) => Some(i),
        Num::Float(x) if x.abs() <= SECONDS_MAX as f64 * 2.0 => Some(x.floor() as i64),
        Num::Float(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_carry_nanoseconds() {
        let m = Moment::utc(10, 900_000_000);
        let at = |s| m.shifted(s).map(|m| (m.seconds, m.nanos));
        assert_eq!(at(0.2), Some((11, 100_000_000)));
        assert_eq!(at(-11.0), Some((-1, 900_000_000)));
        assert_eq!(at(-0.5), Some((10, 400_000_000)));
        assert_eq!(at(f64::NAN), None);
        assert_eq!(at(1e300), None);
        assert_eq!(Moment::utc(5, 0).since(&Moment::utc(3, 500_000_000)), 1.5);
    }

    #[test]
    fn zones_without_a_name() {
        assert_eq!(Moment::zone_for(0), "UTC");
        assert_eq!(Moment::zone_for(-12_600), "-0330");
    }
}
