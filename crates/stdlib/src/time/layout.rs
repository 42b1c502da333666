//! Layouts of times: percent tokens and Go's reference layouts, both as one list of parts.
//!
//! The two notations name the same things, so they are compiled to [`Part`]s, which `write` prints and `parse` reads.

/// A piece of a layout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// A byte that stands for itself.
    Byte(u8),
    /// A number, printed with at least `width` digits.
    Number { what: Field, width: u8, pad: Pad },
    /// `January` or `Jan`.
    Month { is_short: bool },
    /// `Monday` or `Mon`.
    Weekday { is_short: bool },
    /// `AM` or `am`.
    HalfOfDay { is_upper: bool },
    /// Six digits of microseconds.
    Micros,
    /// A fraction of a second behind its separator; `trims` drops zeros at the end, and the separator if nothing is left.
    Fraction { separator: u8, digits: u8, trims: bool },
    /// The zone's name.
    ZoneName,
    /// The offset: `+hh`, `+hhmm` or `+hh:mm`; `Z` for UTC if `has_z`.
    Offset { has_minutes: bool, has_colon: bool, has_z: bool },
}

/// How a number is filled up to its width.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pad {
    /// Not at all.
    None,
    /// With zeros; reading wants all digits if `is_strict`.
    Zero { is_strict: bool },
    /// With spaces.
    Space,
}

/// What a number in a layout counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Field {
    Year,
    YearOfCentury,
    Century,
    Month,
    Day,
    YearDay,
    Hour,
    Hour12,
    Minute,
    Second,
    WeekdayFromSunday,
    WeekdayFromMonday,
    WeekFromSunday,
    WeekFromMonday,
    IsoWeek,
    IsoYear,
    Unix,
}

/// A percent token that there is not, as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct BadToken(pub(crate) String);

/// The parts of a layout: of percent tokens if it contains `%`, of a Go reference layout otherwise.
pub(crate) fn compile(layout: &[u8]) -> Result<Vec<Part>, BadToken> {
    if layout.contains(&b'%') { compile_tokens(layout) } else { Ok(compile_go(layout)) }
}

/// The parts of a layout of percent tokens.
pub(crate) fn compile_tokens(layout: &[u8]) -> Result<Vec<Part>, BadToken> {
    let mut parts = Vec::new();
    let mut rest = layout;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'%' {
            parts.push(Part::Byte(byte));
            continue;
        }
        let Some((&token, behind)) = rest.split_first() else { return Err(BadToken("%".to_string())) };
        rest = behind;
        push_token(&mut parts, token)?;
    }
    Ok(parts)
}

fn push_token(parts: &mut Vec<Part>, token: u8) -> Result<(), BadToken> {
    let number = |what, width| Part::Number { what, width, pad: Pad::Zero { is_strict: false } };
    let part = match token {
        b'Y' => number(Field::Year, 4),
        b'y' => number(Field::YearOfCentury, 2),
        b'C' => number(Field::Century, 2),
        b'm' => number(Field::Month, 2),
        b'B' => Part::Month { is_short: false },
        b'b' | b'h' => Part::Month { is_short: true },
        b'd' => number(Field::Day, 2),
        b'e' => Part::Number { what: Field::Day, width: 2, pad: Pad::Space },
        b'j' => number(Field::YearDay, 3),
        b'H' => number(Field::Hour, 2),
        b'I' => number(Field::Hour12, 2),
        b'M' => number(Field::Minute, 2),
        b'S' => number(Field::Second, 2),
        b'p' => Part::HalfOfDay { is_upper: true },
        b'f' => Part::Micros,
        b'A' => Part::Weekday { is_short: false },
        b'a' => Part::Weekday { is_short: true },
        b'w' => number(Field::WeekdayFromSunday, 1),
        b'u' => number(Field::WeekdayFromMonday, 1),
        b'U' => number(Field::WeekFromSunday, 2),
        b'W' => number(Field::WeekFromMonday, 2),
        b'V' => number(Field::IsoWeek, 2),
        b'G' => number(Field::IsoYear, 4),
        b'Z' => Part::ZoneName,
        b'z' => Part::Offset { has_minutes: true, has_colon: false, has_z: false },
        b's' => Part::Number { what: Field::Unix, width: 1, pad: Pad::None },
        b'n' => Part::Byte(b'\n'),
        b't' => Part::Byte(b'\t'),
        b'%' => Part::Byte(b'%'),
        b'D' | b'x' => return push_tokens(parts, b"m/d/y"),
        b'F' => return push_tokens(parts, b"Y-m-d"),
        b'T' | b'X' => return push_tokens(parts, b"H:M:S"),
        b'R' => return push_tokens(parts, b"H:M"),
        b'c' => return push_tokens(parts, b"a b e H:M:S Y"),
        other => {
            let shown =
                if other.is_ascii() { (other as char).to_string() } else { format!("\\x{other:02X}") };
            return Err(BadToken(format!("%{shown}")));
        }
    };
    parts.push(part);
    Ok(())
}

/// Tokens without their percent signs.
fn push_tokens(parts: &mut Vec<Part>, tokens: &[u8]) -> Result<(), BadToken> {
    for &b in tokens {
        if b.is_ascii_alphabetic() {
            push_token(parts, b)?;
        } else {
            parts.push(Part::Byte(b));
        }
    }
    Ok(())
}

const fn strict(what: Field, width: u8) -> Part {
    Part::Number { what, width, pad: Pad::Zero { is_strict: true } }
}

const fn bare(what: Field) -> Part {
    Part::Number { what, width: 1, pad: Pad::None }
}

const fn offset(has_minutes: bool, has_colon: bool, has_z: bool) -> Part {
    Part::Offset { has_minutes, has_colon, has_z }
}

/// The elements of a reference layout; of two with the same beginning the longer comes first.
const GO_ELEMENTS: &[(&str, Part)] = &[
    ("January", Part::Month { is_short: false }),
    ("Jan", Part::Month { is_short: true }),
    ("Monday", Part::Weekday { is_short: false }),
    ("Mon", Part::Weekday { is_short: true }),
    ("MST", Part::ZoneName),
    ("2006", strict(Field::Year, 4)),
    ("002", strict(Field::YearDay, 3)),
    ("01", strict(Field::Month, 2)),
    ("02", strict(Field::Day, 2)),
    ("03", strict(Field::Hour12, 2)),
    ("04", strict(Field::Minute, 2)),
    ("05", strict(Field::Second, 2)),
    ("06", strict(Field::YearOfCentury, 2)),
    ("15", Part::Number { what: Field::Hour, width: 2, pad: Pad::Zero { is_strict: false } }),
    ("1", bare(Field::Month)),
    ("_2", Part::Number { what: Field::Day, width: 2, pad: Pad::Space }),
    ("2", bare(Field::Day)),
    ("3", bare(Field::Hour12)),
    ("4", bare(Field::Minute)),
    ("5", bare(Field::Second)),
    ("PM", Part::HalfOfDay { is_upper: true }),
    ("pm", Part::HalfOfDay { is_upper: false }),
    ("-0700", offset(true, false, false)),
    ("-07:00", offset(true, true, false)),
    ("-07", offset(false, false, false)),
    ("Z0700", offset(true, false, true)),
    ("Z07:00", offset(true, true, true)),
    ("Z07", offset(false, false, true)),
];

fn compile_go(layout: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < layout.len() {
        let rest = &layout[at..];
        if let Some((part, len)) = fraction(rest) {
            parts.push(part);
            at += len;
            continue;
        }
        let element = GO_ELEMENTS.iter().find(|(text, part)| {
            rest.starts_with(text.as_bytes())
                // `Month` and `Janet` are words of their own; so is `_2006` a space and a year.
                && !(matches!(part, Part::Month { is_short: true } | Part::Weekday { is_short: true })
                    && rest.get(text.len()).is_some_and(u8::is_ascii_lowercase))
                && !(*text == "_2" && rest.starts_with(b"_2006"))
        });
        match element {
            Some((text, part)) => {
                parts.push(*part);
                at += text.len();
            }
            None => {
                parts.push(Part::Byte(rest[0]));
                at += 1;
            }
        }
    }
    parts
}

/// `.000`, `,999` and the like, where no digit follows.
fn fraction(text: &[u8]) -> Option<(Part, usize)> {
    let (&separator, rest) = text.split_first()?;
    let &digit = rest.first()?;
    if !matches!(separator, b'.' | b',') || !matches!(digit, b'0' | b'9') {
        return None;
    }
    let digits = rest.iter().take_while(|b| **b == digit).count();
    if rest.get(digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let part = Part::Fraction { separator, digits: digits.min(9) as u8, trims: digit == b'9' };
    Some((part, digits + 1))
}
