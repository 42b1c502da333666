//! The `utf8` library: strings as sequences of code points.
//!
//! Positions are numbers of code points. A byte that is not part of valid UTF-8 counts as one code point and reads as
//! U+FFFD, except to `len` and `valid`, which tell.

use crate::access;
use crate::buffer::Buffer;
use runtime::mutator::Mutator;
use runtime::value::Value;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use vm::engine::Engine;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};

/// The functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("utf8.len", len),
    NativeDef::new("utf8.char", char_),
    NativeDef::new("utf8.codepoint", codepoint),
    NativeDef::new("utf8.codes", codes),
    NativeDef::new("utf8.offset", offset),
    NativeDef::new("utf8.sub", sub),
    NativeDef::new("utf8.reverse", reverse),
    NativeDef::new("utf8.upper", upper),
    NativeDef::new("utf8.lower", lower),
    NativeDef::new("utf8.valid", valid),
    NativeDef::new("utf8.charclass", charclass),
];

/// A pattern that matches one UTF-8 sequence.
const CHAR_PATTERN: &[u8] = b"[\x00-\x7f\xc2-\xf4][\x80-\xbf]*";

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    let library = engine.define_library(m, "utf8", FUNCTIONS);
    let pattern = m.intern(CHAR_PATTERN);
    engine.set_raw(m, library, "charpattern", pattern.to_value());
}

// ---- code points --------------------------------------------------------------------------------------------------------

/// The code point at the start of `bytes`, which are not empty, and its length; `None` and 1 for an invalid byte.
#[inline]
pub(crate) fn decode(bytes: &[u8]) -> (Option<char>, usize) {
    let tail = |i: usize| match bytes.get(i) {
        Some(b) if b & 0xc0 == 0x80 => Some((b & 0x3f) as u32),
        _ => None,
    };
    let lead = bytes[0];
    let decoded = match lead {
        0..0x80 => return (Some(lead as char), 1),
        0xc2..0xe0 => tail(1).map(|b| ((lead as u32 & 0x1f) << 6 | b, 2)),
        0xe0..0xf0 => match (tail(1), tail(2)) {
            (Some(b), Some(c)) => Some(((lead as u32 & 0xf) << 12 | b << 6 | c, 3)),
            _ => None,
        },
        0xf0..0xf5 => match (tail(1), tail(2), tail(3)) {
            (Some(b), Some(c), Some(d)) => Some(((lead as u32 & 7) << 18 | b << 12 | c << 6 | d, 4)),
            _ => None,
        },
        _ => None,
    };
    match decoded {
        // Surrogates are no `char`s; longer forms than needed are found by their value.
        Some((code, len)) => match char::from_u32(code) {
            Some(c) if c.len_utf8() == len => (Some(c), len),
            _ => (None, 1),
        },
        None => (None, 1),
    }
}

/// The length of the last code point of `bytes`, which are not empty.
pub(crate) fn last_len(bytes: &[u8]) -> usize {
    let n = bytes.len();
    (2..=n.min(4)).find(|len| decode(&bytes[n - len..]).1 == *len).unwrap_or(1)
}

/// The code points as runs of bytes.
pub(crate) fn units(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (unit, behind) = rest.split_at(decode(rest).1);
        rest = behind;
        Some(unit)
    })
}

/// The code points, invalid bytes as U+FFFD.
fn chars(bytes: &[u8]) -> impl Iterator<Item = char> {
    units(bytes).map(|unit| decode(unit).0.unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// Number of code points.
pub(crate) fn count(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.chars().count(),
        Err(_) => units(bytes).count(),
    }
}

/// The offset of the code point that `n` others precede, at most the end; how many precede that offset.
fn skip(bytes: &[u8], n: usize) -> (usize, usize) {
    let (mut at, mut skipped) = (0, 0);
    while skipped < n && at < bytes.len() {
        at += decode(&bytes[at..]).1;
        skipped += 1;
    }
    (at, skipped)
}

/// Appends the UTF-8 form of a code point.
#[inline]
pub(crate) fn push_char(out: &mut Vec<u8>, c: char) {
    let mut buffer = [0; 4];
    out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
}

/// The upper-case form, where it is a single code point.
pub(crate) fn upper_char(c: char) -> char {
    single(c, c.to_uppercase())
}

fn lower_char(c: char) -> char {
    single(c, c.to_lowercase())
}

fn single(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(mapped), None) => mapped,
        _ => c,
    }
}

// ---- functions ----------------------------------------------------------------------------------------------------------

fn len(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let bytes = s.bytes(fiber.mutator());
    let counted =
        fiber.mutator().aside(bytes.len(), || std::str::from_utf8(bytes).map(|text| text.chars().count()));
    match counted {
        Ok(count) => args.ret1(Value::int_unchecked(count as i64)),
        Err(e) => {
            let message = access::text(fiber, b"invalid UTF-8 string")?;
            args.ret3(Value::NIL, message, Value::int_unchecked(e.valid_up_to() as i64 + 1))
        }
    }
}

fn char_(fiber: &mut Fiber, args: Args) -> NativeResult {
    let mut out = Buffer::new();
    for i in 0..args.count() {
        let code = args.int(fiber, i)?;
        match u32::try_from(code).ok().and_then(char::from_u32) {
            Some(c) => push_char(&mut out.bytes, c),
            None => return Err(args.bad(fiber, i, "value out of range")),
        }
    }
    let s = out.finish(fiber)?;
    args.ret1(s.to_value())
}

fn codepoint(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let i = args.opt_int(fiber, 1, 1)?;
    let j = args.opt_int(fiber, 2, i)?;
    let bytes = s.bytes(fiber.mutator());
    let (range, at) = fiber.mutator().aside(bytes.len(), || {
        let range = access::range_of(count(bytes), i, j);
        let (at, _) = skip(bytes, range.start);
        (range, at)
    });
    let mut codes = chars(&bytes[at..]);
    args.ret_with(fiber, range.len(), |_, _| codes.next().map_or(Value::NIL, |c| Value::int32(c as i32)))
}

fn codes(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let bytes = s.bytes(fiber.mutator());
    let count = fiber.mutator().aside(bytes.len(), || count(bytes));
    let list = fiber.mutator().new_table(count, 0);
    let (pos, code) = (fiber.mutator().intern(b"pos").to_value(), fiber.mutator().intern(b"code").to_value());
    let mut at = 0;
    for (steps, unit) in units(bytes).enumerate() {
        let c = decode(unit).0.unwrap_or(char::REPLACEMENT_CHARACTER);
        let entry = fiber.mutator().new_table(0, 2);
        fiber.raw_set(entry, pos, Value::int_unchecked(at as i64 + 1))?;
        fiber.raw_set(entry, code, Value::int32(c as i32))?;
        access::append(fiber, list, entry.to_value())?;
        at += unit.len();
        if steps % access::POLL_STEPS as usize == 0 {
            fiber.poll()?;
        }
    }
    args.ret1(list.to_value())
}

fn offset(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let n = args.int(fiber, 1)?;
    let from = args.opt_int(fiber, 2, 1)?;
    let bytes = s.bytes(fiber.mutator());
    let from = if from < 0 { (bytes.len() as i64).saturating_add(from).saturating_add(1) } else { from };
    match usize::try_from(from - 1) {
        Ok(from) if from <= bytes.len() => {
            match fiber.mutator().aside(bytes.len(), || nth_offset(bytes, n, from)) {
                Some(at) => args.ret1(Value::int_unchecked(at as i64 + 1)),
                None => args.ret1(Value::NIL),
            }
        }
        _ => args.ret1(Value::NIL),
    }
}

/// The offset of the `n`-th code point from `from` on; for negative `n` of the `n`-th last, if it is not before `from`; for
/// 0 of the code point that the byte at `from` belongs to. The end counts as the beginning of a code point.
fn nth_offset(bytes: &[u8], n: i64, from: usize) -> Option<usize> {
    match n {
        1.. => {
            let want = usize::try_from(n - 1).ok()?;
            let (at, skipped) = skip(&bytes[from..], want);
            if skipped == want { Some(from + at) } else { None }
        }
        0 => {
            let mut at = 0;
            while at < from {
                let next = at + decode(&bytes[at..]).1;
                if next > from {
                    break;
                }
                at = next;
            }
            Some(at)
        }
        _ => {
            let mut at = bytes.len();
            for _ in 0..n.unsigned_abs() {
                if at == 0 {
                    return None;
                }
                at -= last_len(&bytes[..at]);
            }
            if at >= from { Some(at) } else { None }
        }
    }
}

fn sub(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let i = args.int(fiber, 1)?;
    let j = args.opt_int(fiber, 2, -1)?;
    let bytes = s.bytes(fiber.mutator());
    let (part, is_valid) = fiber.mutator().aside(bytes.len(), || {
        let range = access::range_of(count(bytes), i, j);
        let (start, _) = skip(bytes, range.start);
        let (len, _) = skip(&bytes[start..], range.len());
        let part = &bytes[start..start + len];
        (part, std::str::from_utf8(part).is_ok())
    });
    if is_valid {
        let s = fiber.new_str(part)?;
        return args.ret1(s.to_value());
    }
    rebuild(fiber, args, chars(part), part.len())
}

fn reverse(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let mut rest = s.bytes(fiber.mutator());
    let len = rest.len();
    let backwards = std::iter::from_fn(|| {
        if rest.is_empty() {
            return None;
        }
        let (front, last) = rest.split_at(rest.len() - last_len(rest));
        rest = front;
        Some(decode(last).0.unwrap_or(char::REPLACEMENT_CHARACTER))
    });
    rebuild(fiber, args, backwards, len)
}

fn upper(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let bytes = s.bytes(fiber.mutator());
    rebuild(fiber, args, chars(bytes).map(upper_char), bytes.len())
}

fn lower(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let bytes = s.bytes(fiber.mutator());
    rebuild(fiber, args, chars(bytes).map(lower_char), bytes.len())
}

/// A string of these code points as the result.
fn rebuild(
    fiber: &mut Fiber,
    args: Args,
    chars: impl Iterator<Item = char>,
    len_hint: usize,
) -> NativeResult {
    let mut out = Buffer::new();
    out.reserve(fiber, len_hint)?;
    for (steps, c) in chars.enumerate() {
        out.reserve(fiber, 4)?;
        push_char(&mut out.bytes, c);
        if steps % (1 << 13) == 0 {
            fiber.poll()?;
        }
    }
    let s = out.finish(fiber)?;
    args.ret1(s.to_value())
}

fn valid(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let bytes = s.bytes(fiber.mutator());
    let is_valid = fiber.mutator().aside(bytes.len(), || std::str::from_utf8(bytes).is_ok());
    args.ret1(Value::bool(is_valid))
}

fn charclass(fiber: &mut Fiber, args: Args) -> NativeResult {
    let code = args.int(fiber, 0)?;
    let class = u32::try_from(code).ok().and_then(char::from_u32).map_or(b'O', class_of);
    let s = fiber.mutator().byte_str(class);
    args.ret1(s.to_value())
}

fn class_of(c: char) -> u8 {
    match c.general_category_group() {
        GeneralCategoryGroup::Letter => b'L',
        _ if c.general_category() == GeneralCategory::DecimalNumber => b'N',
        _ if c.is_whitespace() => b'S',
        GeneralCategoryGroup::Punctuation | GeneralCategoryGroup::Symbol => b'P',
        _ => b'O',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_agrees_with_the_standard_library() {
        for c in [
            '\0',
            'a',
            '\u{7f}',
            '\u{80}',
            'é',
            '\u{7ff}',
            '\u{800}',
            '\u{d7ff}',
            '\u{e000}',
            '\u{ffff}',
            '𝄞',
            '\u{10ffff}',
        ] {
            let mut buffer = [0; 4];
            let bytes = c.encode_utf8(&mut buffer).as_bytes();
            assert_eq!(decode(bytes), (Some(c), bytes.len()));
            assert_eq!(last_len(bytes), bytes.len());
        }
        for bad in [
            &b"\x80"[..],
            b"\xc0\x80",
            b"\xc1\xbf",
            b"\xe0\x80\x80",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xff",
            b"\xe2\x82",
        ] {
            assert_eq!(decode(bad), (None, 1), "{bad:x?}");
            assert_eq!(units(bad).count(), bad.len());
            assert_eq!(last_len(bad), 1);
        }
    }

    #[test]
    fn offsets_of_code_points() {
        let s = "aéb€".as_bytes();
        let at = |n, from| nth_offset(s, n, from);
        assert_eq!(at(1, 0), Some(0));
        assert_eq!(at(2, 0), Some(1));
        assert_eq!(at(3, 0), Some(3));
        assert_eq!(at(5, 0), Some(7));
        assert_eq!(at(6, 0), None);
        assert_eq!(at(2, 3), Some(4));
        assert_eq!(at(-1, 0), Some(4));
        assert_eq!(at(-4, 0), Some(0));
        assert_eq!(at(-5, 0), None);
        assert_eq!(at(-2, 4), None);
        assert_eq!(at(0, 2), Some(1));
        assert_eq!(at(0, 7), Some(7));
    }

    #[test]
    fn case_maps_one_to_one() {
        assert_eq!(upper_char('é'), 'É');
        assert_eq!(upper_char('ß'), 'ß');
        assert_eq!(lower_char('Σ'), 'σ');
    }

    #[test]
    fn classes() {
        let classes = [
            ('a', b'L'),
            ('中', b'L'),
            ('5', b'N'),
            ('²', b'O'),
            (' ', b'S'),
            ('\n', b'S'),
            ('+', b'P'),
            ('!', b'P'),
            ('\0', b'O'),
        ];
        for (c, class) in classes {
            assert_eq!(class_of(c), class, "{c:?}");
        }
    }
}
