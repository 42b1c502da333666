//! Numerals: of source text, and of strings that are used as numbers.
//!
//! The one idea: `scan` finds how far a numeral reaches and of which class it is, `value` converts a well-formed one;
//! the lexer, the parser and [`parse_numeral`] share both, so the two notations cannot drift apart. Every conversion is
//! exactly rounded, hexadecimal floats included. Writing numbers as text is the business of the runtime.

use crate::lexer::is_word_byte;

/// The value of a numeral.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Digits only.
    Decimal,
    /// Decimal with a point or an exponent.
    DecimalFloat,
    /// `0x`, `0b` or `0o`; the number of bits of a digit.
    Prefixed(u32),
    /// Hexadecimal with a point or an exponent.
    HexFloat,
}

/// A numeral that was found in a text.
pub(crate) struct Scanned {
    /// The offset behind it.
    pub end: usize,
    /// Its class, or none if it is malformed. A malformed one reaches to the end of the letters and digits.
    pub class: Option<Class>,
}

/// Scans the numeral at `start`, where a digit, or a `.` and a digit, must stand. `separators` says whether `_` may
/// separate digits.
pub(crate) fn scan(text: &[u8], start: usize, separators: bool) -> Scanned {
    let mut scanner = Scanner { text, pos: start, separators };
    let prefix = if scanner.at(0) == b'0' { scanner.at(1) | 0x20 } else { 0 };
    let class = match prefix {
        b'x' => scanner.hexadecimal(),
        b'b' => scanner.prefixed(1, |byte| matches!(byte, b'0' | b'1')),
        b'o' => scanner.prefixed(3, |byte| matches!(byte, b'0'..=b'7')),
        _ => scanner.decimal(),
    };
    // Letters and digits directly behind belong to the numeral and make it malformed.
    let end = scanner.pos;
    while is_word_byte(scanner.at(0)) {
        scanner.pos += 1;
    }
    Scanned { end: scanner.pos, class: class.filter(|_| scanner.pos == end) }
}

struct Scanner<'a> {
    text: &'a [u8],
    pos: usize,
    separators: bool,
}

impl Scanner<'_> {
    /// The byte `offset` bytes ahead, 0 behind the end.
    fn at(&self, offset: usize) -> u8 {
        self.text.get(self.pos + offset).copied().unwrap_or(0)
    }

    /// Passes over digits and the separators between them; tells whether there was one.
    fn digits(&mut self, separators: bool, is_digit: fn(u8) -> bool) -> bool {
        let start = self.pos;
        loop {
            if is_digit(self.at(0))
                || separators && self.at(0) == b'_' && self.pos > start && is_digit(self.at(1))
            {
                self.pos += 1;
            } else {
                return self.pos > start;
            }
        }
    }

    /// Passes over the letter, sign and digits of an exponent; tells whether there were digits.
    fn exponent(&mut self) -> bool {
        self.pos += 1;
        if matches!(self.at(0), b'+' | b'-') {
            self.pos += 1;
        }
        self.digits(false, |byte| byte.is_ascii_digit())
    }

    fn decimal(&mut self) -> Option<Class> {
        let is_digit = |byte: u8| byte.is_ascii_digit();
        let mut class = Class::Decimal;
        self.digits(self.separators, is_digit);
        if self.at(0) == b'.' && self.at(1) != b'.' {
            self.pos += 1;
            self.digits(self.separators, is_digit);
            class = Class::DecimalFloat;
        }
        if self.at(0) | 0x20 == b'e' {
            class = Class::DecimalFloat;
            if !self.exponent() {
                return None;
            }
        }
        Some(class)
    }

    fn hexadecimal(&mut self) -> Option<Class> {
        let is_digit = |byte: u8| byte.is_ascii_hexdigit();
        let mut class = Class::Prefixed(4);
        self.pos += 2;
        if !self.digits(self.separators, is_digit) {
            return None;
        }
        if self.at(0) == b'.' && is_digit(self.at(1)) {
            self.pos += 1;
            self.digits(self.separators, is_digit);
            class = Class::HexFloat;
        }
        if self.at(0) | 0x20 == b'p' {
            class = Class::HexFloat;
            if !self.exponent() {
                return None;
            }
        }
        Some(class)
    }

    /// A numeral with a prefix of two bytes and digits of `bits` bits.
    fn prefixed(&mut self, bits: u32, is_digit: fn(u8) -> bool) -> Option<Class> {
        self.pos += 2;
        self.digits(self.separators, is_digit).then_some(Class::Prefixed(bits))
    }
}

/// The value of a well-formed numeral of the given class, separators included.
pub(crate) fn value(text: &[u8], class: Class) -> Number {
    match class {
        Class::Decimal => match decimal_magnitude(text) {
            Some(magnitude) if i64::try_from(magnitude).is_ok() => Number::Int(magnitude as i64),
            _ => Number::Float(decimal_float(text)),
        },
        Class::DecimalFloat => Number::Float(decimal_float(text)),
        Class::Prefixed(bits) => Number::Int(prefixed(&text[2..], bits) as i64),
        Class::HexFloat => Number::Float(hex_float(&text[2..])),
    }
}

/// The value of the digits, if it fits 64 bits.
fn decimal_magnitude(text: &[u8]) -> Option<u64> {
    let mut value: u64 = 0;
    for &byte in text {
        if byte != b'_' {
            value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
        }
    }
    Some(value)
}

fn decimal_float(text: &[u8]) -> f64 {
    let digits: String = text.iter().filter(|&&byte| byte != b'_').map(|&byte| char::from(byte)).collect();
    // The standard library's parser accepts every decimal numeral of the grammar and rounds exactly.
    digits.parse().unwrap_or(f64::NAN)
}

/// The bit pattern of digits of `bits` bits each; higher bits are lost.
fn prefixed(digits: &[u8], bits: u32) -> u64 {
    let mut value: u64 = 0;
    for &byte in digits {
        if let Some(digit) = hex_digit(byte) {
            value = value << bits | u64::from(digit);
        }
    }
    value
}

/// The value of a hexadecimal digit; none for anything else, such as a separator.
pub(crate) fn hex_digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

/// The float nearest to a hexadecimal numeral without its prefix, ties to even.
fn hex_float(text: &[u8]) -> f64 {
    // The value is (mantissa + something below 1 if `sticky`) * 2^exponent.
    let mut mantissa: u64 = 0;
    let mut sticky = false;
    let mut exponent: i64 = 0;
    let mut after_point = false;
    let mut rest = text;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            b'.' => after_point = true,
            b'_' => {}
            b'p' | b'P' => {
                exponent += parse_exponent(rest);
                break;
            }
            _ => {
                let digit = u64::from(hex_digit(*byte).unwrap_or(0));
                if after_point {
                    exponent -= 4;
                }
                if mantissa >> 60 == 0 {
                    mantissa = mantissa << 4 | digit;
                } else {
                    sticky |= digit != 0;
                    exponent += 4;
                }
            }
        }
    }
    compose(mantissa, exponent, sticky)
}

/// A decimal exponent with an optional sign. Large ones are clamped to where every float is zero or infinite, whatever
/// the number of its digits.
fn parse_exponent(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let mut value: i64 = 0;
    for &byte in digits {
        value = (value * 10 + i64::from(byte - b'0')).min(1 << 50);
    }
    if negative { -value } else { value }
}

/// The float nearest to `mantissa * 2^exponent`, where `sticky` tells that the true mantissa is slightly larger.
fn compose(mantissa: u64, exponent: i64, sticky: bool) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let shift = mantissa.leading_zeros();
    let mantissa = u128::from(mantissa << shift);
    // The power of two of the leading bit.
    let power = exponent - i64::from(shift) + 63;
    if power > 1023 {
        return f64::INFINITY;
    }
    // A subnormal has fewer bits; below half of the smallest one nothing is left.
    let precision = if power >= -1022 { 53 } else { 53 - (-1022 - power) };
    if precision < 0 {
        return 0.0;
    }
    let dropped = 64 - precision as u32;
    let mut kept = (mantissa >> dropped) as u64;
    let remainder = mantissa & ((1 << dropped) - 1);
    let half = 1 << (dropped - 1);
    if remainder > half || remainder == half && (sticky || kept & 1 == 1) {
        kept += 1;
    }
    // A carry out of the mantissa runs into the exponent field, which is just right.
    let bits = if power >= -1022 { (((power + 1022) as u64) << 52) + kept } else { kept };
    f64::from_bits(bits)
}

/// The number that a string denotes, if it is numeric: white space around it, an optional sign and a numeral without
/// separators; or `Inf`, `+Inf`, `-Inf`, `NaN`.
#[must_use]
pub fn parse_numeral(text: &[u8]) -> Option<Number> {
    let text = trim(text);
    let (negative, body) = match text {
        b"NaN" => return Some(Number::Float(f64::NAN)),
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if body == b"Inf" {
        return Some(Number::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }));
    }
    match body {
        [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => {}
        _ => return None,
    }
    let scanned = scan(body, 0, false);
    let class = scanned.class?;
    if scanned.end != body.len() {
        return None;
    }
    if negative && class == Class::Decimal && decimal_magnitude(body) == Some(1 << 63) {
        return Some(Number::Int(i64::MIN));
    }
    Some(match value(body, class) {
        Number::Int(int) if negative => Number::Int(int.wrapping_neg()),
        Number::Float(float) if negative => Number::Float(-float),
        number => number,
    })
}

/// Without the white space of the language around it.
fn trim(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let start = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_space(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn int(text: &str, expected: i64) {
        assert_eq!(parse_numeral(text.as_bytes()), Some(Number::Int(expected)), "{text}");
    }

    #[track_caller]
    fn float(text: &str, expected: f64) {
        match parse_numeral(text.as_bytes()) {
            Some(Number::Float(value)) => assert_eq!(value.to_bits(), expected.to_bits(), "{text}: {value}"),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[track_caller]
    fn none(text: &str) {
        assert_eq!(parse_numeral(text.as_bytes()), None, "{text}");
    }

    #[test]
    fn integers() {
        int("0", 0);
        int(" \t\r\n42\n", 42);
        int("+7", 7);
        int("-7", -7);
        int("-0", 0);
        int("010", 10);
        int("9223372036854775807", i64::MAX);
        int("-9223372036854775808", i64::MIN);
        int("-0009223372036854775808", i64::MIN);
        float("9223372036854775808", 9_223_372_036_854_775_808.0);
        float("-9223372036854775809", -9_223_372_036_854_775_808.0);
        float("18446744073709551616", 18_446_744_073_709_551_616.0);
    }

    #[test]
    fn prefixed_integers_are_bit_patterns() {
        int("0xff", 255);
        int("0XfF", 255);
        int("-0x10", -16);
        int("0xffffffffffffffff", -1);
        int("-0xffffffffffffffff", 1);
        int("0x1ffffffffffffffff", -1);
        int("0b1011", 11);
        int("0B0", 0);
        int("0o777", 511);
        int("0O17", 15);
        none("0b2");
        none("0o8");
        none("0x");
        none("0b");
        none("0o");
        none("0xg");
        none("0b1.0");
    }

    #[test]
    fn decimal_floats() {
        float("1.", 1.0);
        float(".5", 0.5);
        float("1e3", 1000.0);
        float("1.e2", 100.0);
        float("1E+2", 100.0);
        float("-1e-2", -0.01);
        float("-0.0", -0.0);
        float("1e400", f64::INFINITY);
        float("-1e400", f64::NEG_INFINITY);
        float("5e-324", 5e-324);
        float("0.1", 0.1);
        for text in
            [".", "1e", "1e+", "1..", "1.5.", "e5", "1x", "1 2", "--1", "+ 1", "", " ", "1_000", "1__0"]
        {
            none(text);
        }
    }

    #[test]
    fn named_values_in_one_spelling() {
        float("Inf", f64::INFINITY);
        float("+Inf", f64::INFINITY);
        float("-Inf", f64::NEG_INFINITY);
        assert!(matches!(parse_numeral(b" NaN "), Some(Number::Float(value)) if value.is_nan()));
        for text in ["inf", "INF", "nan", "-NaN", "+NaN", "Infinity"] {
            none(text);
        }
    }

    #[test]
    fn hexadecimal_floats_are_exactly_rounded() {
        float("0x1.8", 1.5);
        float("0x1p4", 16.0);
        float("0xA.8p-1", 5.25);
        float("-0x1p-1", -0.5);
        float("0x0.0", 0.0);
        float("-0x0p0", -0.0);
        float("0x1p1023", 2f64.powi(1023));
        float("0x1p1024", f64::INFINITY);
        float("0x1.fffffffffffffp1023", f64::MAX);
        // Half a unit in the last place above the largest float is a tie that rounds to infinity.
        float("0x1.fffffffffffff8p1023", f64::INFINITY);
        float("0x1.fffffffffffff7ffp1023", f64::MAX);
        // Ties to even, and the bits far behind that break them.
        float("0x1.00000000000008p0", 1.0);
        float("0x1.00000000000018p0", 1.000_000_000_000_000_4);
        float("0x1.000000000000080000000000000000001p0", 1.000_000_000_000_000_2);
        float("0x1p-1074", 5e-324);
        float("0x1p-1075", 0.0);
        float("0x1.8p-1075", 5e-324);
        float("0x1.00000000000000000001p-1075", 5e-324);
        float("0x3p-1075", 1e-323);
        float("0x0.fffffffffffffp-1022", 2.225_073_858_507_201e-308);
        float("0x0.fffffffffffff8p-1022", f64::MIN_POSITIVE);
        float("0x1p-99999999999999999999", 0.0);
        float("0x1p99999999999999999999", f64::INFINITY);
        float("0x10000000000000000000000000000000000p-136", 1.0);
        none("0x1p");
        none("0x1p+");
        none("0x.8");
        none("0x1.");
        none("0x1.p1");
    }
}
