//! Decodes string literals.
//!
//! The one idea: what is not an escape of the language stays as it is, backslash included, so the only thing that can go
//! wrong here is a code point beyond Unicode.

use crate::number::hex_digit;
use crate::span::Span;

/// The highest code point.
const CODE_POINT_MAX: u32 = 0x10_ffff;

/// The bytes that the text between two back quotes stands for.
pub(crate) fn decode_raw(body: &[u8]) -> Box<[u8]> {
    if body.contains(&b'\r') {
        body.iter().copied().filter(|&byte| byte != b'\r').collect()
    } else {
        body.into()
    }
}

/// The bytes that the text between two quotes stands for. `start` is its offset in the source; the spans of escapes for
/// code points that do not exist are added to `too_large`.
pub(crate) fn decode_quoted(body: &[u8], start: u32, too_large: &mut Vec<Span>) -> Box<[u8]> {
    let Some(first) = body.iter().position(|&byte| byte == b'\\') else {
        return body.into();
    };
    let mut out = Vec::with_capacity(body.len());
    out.extend_from_slice(&body[..first]);
    let mut pos = first;
    while pos < body.len() {
        if body[pos] != b'\\' {
            out.push(body[pos]);
            pos += 1;
            continue;
        }
        let rest = &body[pos + 1..];
        let length = match escape(rest) {
            Escape::Byte(byte, length) => {
                out.push(byte);
                length
            }
            Escape::CodePoint(code_point, length) => {
                if code_point > CODE_POINT_MAX {
                    let from = start + pos as u32;
                    too_large.push(Span::new(from, from + 1 + length as u32));
                } else {
                    push_utf8(&mut out, code_point);
                }
                length
            }
            Escape::None => {
                out.push(b'\\');
                0
            }
        };
        pos += 1 + length;
    }
    out.into()
}

/// What follows a backslash, with its length.
enum Escape {
    Byte(u8, usize),
    CodePoint(u32, usize),
    /// Nothing special: the backslash stands for itself.
    None,
}

fn escape(rest: &[u8]) -> Escape {
    let simple = |byte| Escape::Byte(byte, 1);
    match rest {
        [b'n', ..] => simple(b'\n'),
        [b't', ..] => simple(b'\t'),
        [b'r', ..] => simple(b'\r'),
        [b'a', ..] => simple(0x07),
        [b'b', ..] => simple(0x08),
        [b'f', ..] => simple(0x0c),
        [b'v', ..] => simple(0x0b),
        [byte @ (b'\\' | b'"' | b'\''), ..] => simple(*byte),
        [b'x', digits @ ..] => match hex(digits, 2) {
            Some(value) => Escape::Byte(value as u8, 3),
            None => Escape::None,
        },
        [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] => {
            Escape::Byte((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'), 3)
        }
        [b'u', b'{', digits @ ..] => {
            let count = digits.iter().take_while(|&&byte| hex_digit(byte).is_some()).count();
            if count == 0 || digits.get(count) != Some(&b'}') {
                return Escape::None;
            }
            let value = digits[..count].iter().fold(0u32, |value, &byte| {
                // Saturates far above the highest code point.
                value.saturating_mul(16).saturating_add(hex_digit(byte).unwrap_or(0))
            });
            Escape::CodePoint(value, count + 3)
        }
        [b'u', digits @ ..] => match hex(digits, 4) {
            Some(value) => Escape::CodePoint(value, 5),
            None => Escape::None,
        },
        [b'U', digits @ ..] => match hex(digits, 8) {
            Some(value) => Escape::CodePoint(value, 9),
            None => Escape::None,
        },
        _ => Escape::None,
    }
}

/// The value of exactly `count` hexadecimal digits, at most eight.
fn hex(text: &[u8], count: usize) -> Option<u32> {
    text.get(..count)?.iter().try_fold(0, |value, &byte| Some(value << 4 | hex_digit(byte)?))
}

/// Surrogates are encoded like any other code point, so `char` will not do.
fn push_utf8(out: &mut Vec<u8>, code_point: u32) {
    let tail = |shift: u32| 0x80 | (code_point >> shift & 0x3f) as u8;
    match code_point {
        0..0x80 => out.push(code_point as u8),
        0x80..0x800 => out.extend([0xc0 | (code_point >> 6) as u8, tail(0)]),
        0x800..0x1_0000 => out.extend([0xe0 | (code_point >> 12) as u8, tail(6), tail(0)]),
        _ => out.extend([0xf0 | (code_point >> 18) as u8, tail(12), tail(6), tail(0)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &[u8]) {
        let mut too_large = Vec::new();
        assert_eq!(&*decode_quoted(body.as_bytes(), 0, &mut too_large), expected, "{body}");
        assert_eq!(too_large, [], "{body}");
    }

    #[test]
    fn control_escapes() {
        check(r#"a\n\t\r\a\b\f\v\\\"\'z"#, b"a\n\t\r\x07\x08\x0c\x0b\\\"'z");
    }

    #[test]
    fn byte_escapes() {
        check(r"\x41\xfF\x00", b"A\xff\0");
        check(r"\101\000\377\0012", b"A\0\xff\x012");
    }

    #[test]
    fn code_point_escapes() {
        check(r"\u00e9\U0001F600\u{20AC}\u{0}", "é\u{1F600}€\0".as_bytes());
        check(r"\u{10FFFF}\ud800\u{00000041}", b"\xf4\x8f\xbf\xbf\xed\xa0\x80A");
    }

    #[test]
    fn other_pairs_stay() {
        for body in [
            r"\d", r"\%", r"\x4", r"\xg0", r"\400", r"\08", r"\12", r"\0", r"\u12", r"\U1234", r"\u{}",
            r"\u{12", r"\é",
        ] {
            check(body, body.as_bytes());
        }
    }

    #[test]
    fn code_points_beyond_unicode_are_reported_where_they_stand() {
        let mut too_large = Vec::new();
        decode_quoted(br"a\u{110000}\UFFFFFFFF\u{fffffffffffffffffff}", 10, &mut too_large);
        assert_eq!(too_large, [Span::new(11, 21), Span::new(21, 31), Span::new(31, 54)]);
    }

    #[test]
    fn raw_drops_carriage_returns_only() {
        assert_eq!(&*decode_raw(b"a\r\nb\\n"), b"a\nb\\n");
        assert_eq!(&*decode_raw(b"ab"), b"ab");
    }
}
