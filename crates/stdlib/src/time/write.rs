//! Times as text.

use super::civil::{self, Civil, MONTHS, WEEKDAYS};
use super::layout::{Field, Pad, Part};
use super::moment::Moment;
use std::io::Write;

/// Writes a time as a layout says.
pub(crate) fn write(out: &mut Vec<u8>, moment: &Moment, parts: &[Part]) {
    let c = moment.civil();
    for part in parts {
        match *part {
            Part::Byte(b) => out.push(b),
            Part::Number { what, width, pad } => write_number(out, number(moment, &c, what), width, pad),
            Part::Month { is_short } => write_name(out, MONTHS[c.month as usize - 1], is_short),
            Part::Weekday { is_short } => write_name(out, WEEKDAYS[c.weekday as usize], is_short),
            Part::HalfOfDay { is_upper } => out.extend_from_slice(match (c.hour >= 12, is_upper) {
                (false, true) => b"AM",
                (true, true) => b"PM",
                (false, false) => b"am",
                (true, false) => b"pm",
            }),
            Part::Micros => write_number(out, moment.nanos as i64 / 1000, 6, ZERO),
            Part::Fraction { separator, digits, trims } => {
                write_fraction(out, moment.nanos, separator, digits as usize, trims);
            }
            Part::ZoneName => out.extend_from_slice(moment.zone.as_bytes()),
            Part::Offset { has_minutes, has_colon, has_z } => {
                write_offset(out, moment.offset, has_minutes, has_colon, has_z);
            }
        }
    }
}

const ZERO: Pad = Pad::Zero { is_strict: false };

fn number(moment: &Moment, c: &Civil, what: Field) -> i64 {
    match what {
        Field::Year => c.year,
        Field::YearOfCentury => c.year.rem_euclid(100),
        Field::Century => c.year.div_euclid(100),
        Field::Month => c.month as i64,
        Field::Day => c.day as i64,
        Field::YearDay => c.yearday as i64,
        Field::Hour => c.hour as i64,
        Field::Hour12 => ((c.hour + 11) % 12 + 1) as i64,
        Field::Minute => c.min as i64,
        Field::Second => c.sec as i64,
        Field::WeekdayFromSunday => c.weekday as i64,
        Field::WeekdayFromMonday => ((c.weekday + 6) % 7 + 1) as i64,
        Field::WeekFromSunday => ((c.yearday + 6 - c.weekday) / 7) as i64,
        Field::WeekFromMonday => ((c.yearday + 6 - (c.weekday + 6) % 7) / 7) as i64,
        Field::IsoWeek => civil::iso_week(c).1 as i64,
        Field::IsoYear => civil::iso_week(c).0,
        Field::Unix => moment.seconds,
    }
}

fn write_number(out: &mut Vec<u8>, n: i64, width: u8, pad: Pad) {
    let width = width as usize;
    let _ = match pad {
        Pad::None => write!(out, "{n}"),
        Pad::Space => write!(out, "{n:width$}"),
        // The sign does not count.
        Pad::Zero { .. } if n < 0 => write!(out, "-{:0width$}", n.unsigned_abs()),
        Pad::Zero { .. } => write!(out, "{n:0width$}"),
    };
}

fn write_name(out: &mut Vec<u8>, name: &str, is_short: bool) {
    out.extend_from_slice(if is_short { &name.as_bytes()[..3] } else { name.as_bytes() });
}

fn write_fraction(out: &mut Vec<u8>, nanos: u32, separator: u8, digits: usize, trims: bool) {
    let all = format!("{nanos:09}");
    let mut kept = &all[..digits.min(9)];
    if trims {
        kept = kept.trim_end_matches('0');
        if kept.is_empty() {
            return;
        }
    }
    out.push(separator);
    out.extend_from_slice(kept.as_bytes());
}

fn write_offset(out: &mut Vec<u8>, offset: i32, has_minutes: bool, has_colon: bool, has_z: bool) {
    if has_z && offset == 0 {
        out.push(b'Z');
        return;
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.unsigned_abs() / 60;
    let _ = write!(out, "{sign}{:02}", minutes / 60);
    if has_minutes {
        let colon = if has_colon { ":" } else { "" };
        let _ = write!(out, "{colon}{:02}", minutes % 60);
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::{BadToken, compile};
    use super::*;

    fn shown(seconds: i64, nanos: u32, offset: i32, zone: &str, layout: &str) -> String {
        let moment = Moment { seconds, nanos, offset, zone: zone.to_string() };
        let mut out = Vec::new();
        write(&mut out, &moment, &compile(layout.as_bytes()).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn percent_tokens() {
        let at = |layout| shown(1_709_217_008, 120_345_678, 3600, "CET", layout);
        assert_eq!(at("%Y-%m-%d %H:%M:%S.%f"), "2024-02-29 15:30:08.120345");
        assert_eq!(at("%F %T %R %D %x %X"), "2024-02-29 15:30:08 15:30 02/29/24 02/29/24 15:30:08");
        assert_eq!(at("%c"), "Thu Feb 29 15:30:08 2024");
        assert_eq!(at("%A %a %B %b %h %p %I"), "Thursday Thu February Feb Feb PM 03");
        assert_eq!(at("%C %y %e %j %w %u %U %W %V %G"), "20 24 29 060 4 4 08 09 09 2024");
        assert_eq!(at("%Z %z %s%n%t%%"), "CET +0100 1709217008\n\t%");
        assert_eq!(shown(0, 0, -16_200, "", "%e %I %p %z"), "31 07 PM -0430");
        assert_eq!(compile(b"%Q"), Err(BadToken("%Q".to_string())));
        assert_eq!(compile(b"x%"), Err(BadToken("%".to_string())));
    }

    #[test]
    fn reference_layouts() {
        let at = |layout| shown(1_709_217_008, 120_000_000, 3600, "CET", layout);
        assert_eq!(at("2006-01-02T15:04:05Z07:00"), "2024-02-29T15:30:08+01:00");
        assert_eq!(at("Monday, 2 January 2006 at 3:04:05 PM"), "Thursday, 29 February 2024 at 3:30:08 PM");
        assert_eq!(at("Mon Jan _2 15:04:05 MST 06"), "Thu Feb 29 15:30:08 CET 24");
        assert_eq!(at("1/2 3:4:5pm 002 -0700 -07 Z0700"), "2/29 3:30:8pm 060 +0100 +01 +0100");
        assert_eq!(at("05.000 05.999999 05,00"), "08.120 08.12 08,12");
        assert_eq!(shown(0, 0, 0, "UTC", "05.999 Z07:00 _2 Month"), "00 Z  1 Month");
    }
}
