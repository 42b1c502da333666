//! Text as times.
//!
//! Numbers take as many digits as they can have, names match without regard to case, everything else literally, and the
//! whole text must be used up.

use super::civil::{self, MONTHS, WEEKDAYS};
use super::layout::{Field, Pad, Part};
use super::moment::Moment;

/// What has been read so far.
#[derive(Default)]
struct Parsed {
    year: Option<i64>,
    year_of_century: Option<i64>,
    century: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    yearday: Option<i64>,
    hour: Option<i64>,
    hour12: Option<i64>,
    is_afternoon: Option<bool>,
    minute: i64,
    second: i64,
    nanos: u32,
    offset: Option<i32>,
    zone: Option<String>,
    unix: Option<i64>,
}

struct Input<'a> {
    rest: &'a [u8],
}

impl Input<'_> {
    fn byte(&mut self, b: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[b])?;
        Some(())
    }

    /// A number of `min ..= max` digits.
    fn digits(&mut self, min: usize, max: usize) -> Option<i64> {
        let n = self.rest.iter().take(max).take_while(|b| b.is_ascii_digit()).count();
        if n < min || n == 0 {
            return None;
        }
        let (digits, rest) = self.rest.split_at(n);
        self.rest = rest;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    /// One of the names, or of their first three letters; which one.
    fn name(&mut self, names: &[&str], is_short: bool) -> Option<usize> {
        let at = names.iter().position(|name| {
            let name = if is_short { &name[..3] } else { name };
            self.rest.len() >= name.len() && self.rest[..name.len()].eq_ignore_ascii_case(name.as_bytes())
        })?;
        self.rest = &self.rest[if is_short { 3 } else { names[at].len() }..];
        Some(at)
    }

    /// A fraction of a second, of up to 9 digits that count and at least `min`.
    fn fraction(&mut self, min: usize) -> Option<u32> {
        let n = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if n < min.max(1) {
            return None;
        }
        let (digits, rest) = self.rest.split_at(n);
        self.rest = rest;
        Some(digits.iter().chain(b"000000000").take(9).fold(0, |nanos, b| nanos * 10 + (b - b'0') as u32))
    }

    /// `+hh`, `+hhmm`, `+hh:mm`, or `Z`.
    fn offset(&mut self, has_minutes: bool, accepts_z: bool) -> Option<i32> {
        let (&sign, rest) = self.rest.split_first()?;
        self.rest = rest;
        let sign = match sign {
            b'+' => 1,
            b'-' => -1,
            b'Z' | b'z' if accepts_z => return Some(0),
            _ => return None,
        };
        let hours = self.digits(2, 2)?;
        let mut minutes = 0;
        if has_minutes {
            self.rest = self.rest.strip_prefix(b":").unwrap_or(self.rest);
            minutes = self.digits(2, 2)?;
        }
        if hours > 24 || minutes > 59 {
            return None;
        }
        Some(sign * (hours * 3600 + minutes * 60) as i32)
    }

    /// A zone's name: letters, or a numeric one such as `+03`.
    fn zone_name(&mut self) -> Option<String> {
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-');
        let n = self.rest.iter().take_while(|b| is_part(b)).count();
        if n == 0 {
            return None;
        }
        let (name, rest) = self.rest.split_at(n);
        self.rest = rest;
        Some(String::from_utf8_lossy(name).into_owned())
    }
}

/// The time that a text shows in a layout; `None` if it does not match.
pub(crate) fn parse(text: &[u8], parts: &[Part]) -> Option<Moment> {
    let mut input = Input { rest: text };
    let mut parsed = Parsed::default();
    for (i, part) in parts.iter().enumerate() {
        parse_part(&mut input, &mut parsed, *part, parts.get(i + 1))?;
    }
    if input.rest.is_empty() { parsed.moment() } else { None }
}

fn parse_part(input: &mut Input, parsed: &mut Parsed, part: Part, next: Option<&Part>) -> Option<()> {
    match part {
        Part::Byte(b) => input.byte(b)?,
        Part::Number { what, width, pad } => {
            let n = parse_number(input, what, width as usize, pad)?;
            parsed.set(what, n)?;
            // A reference layout takes a fraction that it does not mention.
            if what == Field::Second
                && pad != (Pad::Zero { is_strict: false })
                && !matches!(next, Some(Part::Fraction { .. }))
                && matches!(input.rest, [b'.' | b',', b'0'..=b'9', ..])
            {
                input.rest = &input.rest[1..];
                parsed.nanos = input.fraction(1)?;
            }
        }
        Part::Month { is_short } => parsed.month = Some(input.name(&MONTHS, is_short)? as i64 + 1),
        Part::Weekday { is_short } => {
            input.name(&WEEKDAYS, is_short)?;
        }
        Part::HalfOfDay { .. } => {
            let (half, rest) = input.rest.split_at_checked(2)?;
            parsed.is_afternoon = Some(match half.to_ascii_uppercase()[..] {
                [b'A', b'M'] => false,
                [b'P', b'M'] => true,
                _ => return None,
            });
            input.rest = rest;
        }
        Part::Micros => parsed.nanos = input.fraction(1)?,
        Part::Fraction { separator: _, digits, trims } => match input.rest {
            [b'.' | b',', rest @ ..] => {
                input.rest = rest;
                parsed.nanos = input.fraction(if trims { 1 } else { digits as usize })?;
            }
            _ if trims => {}
            _ => return None,
        },
        Part::ZoneName => parsed.zone = Some(input.zone_name()?),
        Part::Offset { has_minutes, has_z, .. } => {
            parsed.offset = Some(input.offset(has_minutes, has_z || has_minutes)?);
        }
    }
    Some(())
}

fn parse_number(input: &mut Input, what: Field, width: usize, pad: Pad) -> Option<i64> {
    if pad == Pad::Space {
        while let Some(rest) = input.rest.strip_prefix(b" ") {
            input.rest = rest;
        }
    }
    let is_negative = matches!(what, Field::Unix | Field::Year) && input.byte(b'-').is_some();
    let (min, max) = match (what, pad) {
        (Field::Unix, _) => (1, 18),
        (_, Pad::Zero { is_strict: true }) => (width, width),
        (_, Pad::None) => (1, 2),
        _ => (1, width),
    };
    let n = input.digits(min, max)?;
    Some(if is_negative { -n } else { n })
}

impl Parsed {
    /// Takes a number that was read; `None` if it is out of range.
    fn set(&mut self, what: Field, n: i64) -> Option<()> {
        let range = match what {
            Field::Month => 1..=12,
            Field::Day => 1..=31,
            Field::YearDay => 1..=366,
            Field::Hour => 0..=23,
            Field::Hour12 => 1..=12,
            Field::Minute | Field::Second => 0..=59,
            Field::WeekdayFromSunday => 0..=6,
            Field::WeekdayFromMonday => 1..=7,
            Field::WeekFromSunday | Field::WeekFromMonday | Field::IsoWeek => 0..=53,
            Field::Year | Field::YearOfCentury | Field::Century | Field::IsoYear | Field::Unix => {
                i64::MIN..=i64::MAX
            }
        };
        if !range.contains(&n) {
            return None;
        }
        match what {
            Field::Year => self.year = Some(n),
            Field::YearOfCentury => self.year_of_century = Some(n),
            Field::Century => self.century = Some(n),
            Field::Month => self.month = Some(n),
            Field::Day => self.day = Some(n),
            Field::YearDay => self.yearday = Some(n),
            Field::Hour => self.hour = Some(n),
            Field::Hour12 => self.hour12 = Some(n),
            Field::Minute => self.minute = n,
            Field::Second => self.second = n,
            Field::Unix => self.unix = Some(n),
            // The date says on which day of which week it is.
            Field::WeekdayFromSunday
            | Field::WeekdayFromMonday
            | Field::WeekFromSunday
            | Field::WeekFromMonday
            | Field::IsoWeek
            | Field::IsoYear => {}
        }
        Some(())
    }

    fn moment(self) -> Option<Moment> {
        let offset = self.offset.unwrap_or(0);
        let zone = match self.zone {
            Some(zone) => zone,
            None => Moment::zone_for(offset),
        };
        if let Some(seconds) = self.unix {
            let seconds = (seconds.abs() <= civil::SECONDS_MAX).then_some(seconds)?;
            return Some(Moment { seconds, nanos: self.nanos, offset, zone });
        }
        let year = match (self.year, self.century, self.year_of_century) {
            (Some(year), _, _) => year,
            (None, Some(century), rest) => century * 100 + rest.unwrap_or(0),
            (None, None, Some(rest)) => rest + if rest >= 69 { 1900 } else { 2000 },
            (None, None, None) => 1,
        };
        let hour = match (self.hour, self.hour12) {
            (Some(hour), _) => match self.is_afternoon {
                Some(true) if hour < 12 => hour + 12,
                _ => hour,
            },
            (None, Some(hour)) => hour % 12 + if self.is_afternoon == Some(true) { 12 } else { 0 },
            (None, None) => 0,
        };
        let (month, day) = match (self.month, self.day, self.yearday) {
            (None, None, Some(yearday)) => (1, yearday),
            (month, day, _) => {
                let (month, day) = (month.unwrap_or(1), day.unwrap_or(1));
                if day > civil::days_in_month(year, month as u32) as i64 {
                    return None;
                }
                (month, day)
            }
        };
        let local = civil::seconds_of(year, month, day, hour, self.minute, self.second)?;
        Some(Moment { seconds: local - offset as i64, nanos: self.nanos, offset, zone })
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::compile;
    use super::super::write::write;
    use super::*;

    fn read(text: &str, layout: &str) -> Option<(i64, u32, i32, String)> {
        let m = parse(text.as_bytes(), &compile(layout.as_bytes()).unwrap())?;
        Some((m.seconds, m.nanos, m.offset, m.zone))
    }

    fn seconds(text: &str, layout: &str) -> Option<i64> {
        read(text, layout).map(|m| m.0)
    }

    #[test]
    fn percent_tokens() {
        assert_eq!(seconds("2024-02-29 15:30:08", "%Y-%m-%d %H:%M:%S"), Some(1_709_220_608));
        assert_eq!(seconds("29/2/24", "%d/%m/%y"), Some(1_709_164_800));
        assert_eq!(seconds("thu FEB 29 15:30:08 2024", "%c"), Some(1_709_220_608));
        assert_eq!(seconds("12:05 am", "%I:%M %p"), seconds("0:05", "%H:%M"));
        assert_eq!(read("1.25", "%S.%f"), Some((-62_135_596_799, 250_000_000, 0, "UTC".to_string())));
        assert_eq!(read("-5", "%s"), Some((-5, 0, 0, "UTC".to_string())));
        assert_eq!(read("+0530 1970 001", "%z %Y %j"), Some((-19_800, 0, 19_800, "+0530".to_string())));
        assert_eq!(seconds("70", "%y"), Some(0));
        for (text, layout) in [
            ("2023-02-29", "%F"),
            ("24:00", "%R"),
            ("x", "%Y"),
            ("2024-01-01 ", "%F"),
            ("13", "%I"),
            ("", "%d"),
        ] {
            assert_eq!(seconds(text, layout), None, "{text} {layout}");
        }
    }

    #[test]
    fn reference_layouts() {
        let rfc = "2006-01-02T15:04:05Z07:00";
        assert_eq!(seconds("2024-02-29T15:30:08Z", rfc), Some(1_709_220_608));
        assert_eq!(
            read("2024-02-29T15:30:08.5-08:00", rfc),
            Some((1_709_249_408, 500_000_000, -28_800, "-0800".to_string()))
        );
        assert_eq!(seconds("2024-2-29", "2006-01-02"), None);
        assert_eq!(seconds("2024-2-29", "2006-1-2"), Some(1_709_164_800));
        assert_eq!(seconds("Feb  3, 1970 at 3:04pm (GMT)", "Jan _2, 2006 at 3:04pm (MST)"), Some(2_905_440));
        assert_eq!(read("07.12", "05.00"), Some((-62_135_596_793, 120_000_000, 0, "UTC".to_string())));
        assert_eq!(read("07", "05.000"), None);
        assert!(read("07", "05.999").is_some());
    }

    #[test]
    fn what_is_written_can_be_read() {
        for layout in [
            "%c",
            "%F %T.%f %z",
            "2006-01-02T15:04:05.000000000Z07:00",
            "Monday, _2 January 2006 03:04:05 PM",
        ] {
            let parts = compile(layout.as_bytes()).unwrap();
            for seconds in [0, 1_709_220_608, 4_102_444_799] {
                let m = Moment { seconds, nanos: 0, offset: 0, zone: "UTC".to_string() };
                let mut text = Vec::new();
                write(&mut text, &m, &parts);
                assert_eq!(parse(&text, &parts).map(|m| m.seconds), Some(seconds), "{layout}");
            }
        }
    }
}
