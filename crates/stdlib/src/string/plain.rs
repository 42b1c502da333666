//! Functions that take texts as they are: no patterns.
//!
//! Where code points matter, a byte that is not part of valid UTF-8 counts as a code point of its own.

use super::basic::build;
use super::find::{SEARCH_BYTES, find_polling};
use crate::access;
use crate::buffer::Buffer;
use crate::utf8;
use memchr::memmem;
use runtime::string::Str;
use runtime::value::Value;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeResult};

pub(super) fn split(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let sep = args.str(fiber, 1)?;
    let bytes = s.bytes(fiber.mutator());
    let sep = sep.bytes(fiber.mutator());
    if sep.is_empty() {
        let list = fiber.mutator().new_table(bytes.len(), 0);
        for (i, byte) in bytes.iter().enumerate() {
            let piece = fiber.mutator().byte_str(*byte);
            access::append(fiber, list, piece.to_value())?;
            if (i as u32).is_multiple_of(access::POLL_STEPS) {
                fiber.poll()?;
            }
        }
        return args.ret1(list.to_value());
    }
    let count = match sep {
        [byte] => fiber.mutator().aside(bytes.len(), || memchr::memchr_iter(*byte, bytes).count()) + 1,
        _ => 0,
    };
    let list = fiber.mutator().new_table(count, 0);
    let (mut rest, mut steps) = (bytes, 0);
    loop {
        let found = find_polling(fiber, rest, sep)?;
        let piece = fiber.new_str(&rest[..found.unwrap_or(rest.len())])?;
        access::append(fiber, list, piece.to_value())?;
        match found {
            Some(n) => rest = &rest[n + sep.len()..],
            None => return args.ret1(list.to_value()),
        }
        steps += 1;
        if steps == access::POLL_STEPS {
            steps = 0;
            fiber.poll()?;
        }
    }
}

pub(super) fn trim(fiber: &mut Fiber, args: Args) -> NativeResult {
    trim_sides(fiber, args, true, true)
}

pub(super) fn trim_left(fiber: &mut Fiber, args: Args) -> NativeResult {
    trim_sides(fiber, args, true, false)
}

pub(super) fn trim_right(fiber: &mut Fiber, args: Args) -> NativeResult {
    trim_sides(fiber, args, false, true)
}

fn trim_sides(fiber: &mut Fiber, args: Args, left: bool, right: bool) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let set = args.opt_str(fiber, 1)?;
    let bytes = s.bytes(fiber.mutator());
    let kept = match set {
        None => fiber.mutator().aside(bytes.len(), || trimmed(bytes, left, right, is_space)),
        Some(set) => {
            let set = set.bytes(fiber.mutator());
            let goes = |unit: &[u8]| utf8::units(set).any(|u| u == unit);
            fiber.mutator().aside(bytes.len() + set.len(), || trimmed(bytes, left, right, goes))
        }
    };
    let s = if kept.len() == bytes.len() { s } else { fiber.new_str(kept)? };
    args.ret1(s.to_value())
}

/// Whether one code point, given as its bytes, is Unicode white space.
fn is_space(unit: &[u8]) -> bool {
    match unit {
        [byte] => *byte == b' ' || (9..=13).contains(byte),
        _ => utf8::decode(unit).0.is_some_and(char::is_whitespace),
    }
}

/// The bytes without the code points at their ends that are to go.
fn trimmed(mut bytes: &[u8], left: bool, right: bool, goes: impl Fn(&[u8]) -> bool) -> &[u8] {
    while left && !bytes.is_empty() {
        let len = utf8::decode(bytes).1;
        if !goes(&bytes[..len]) {
            break;
        }
        bytes = &bytes[len..];
    }
    while right && !bytes.is_empty() {
        let kept = bytes.len() - utf8::last_len(bytes);
        if !goes(&bytes[kept..]) {
            break;
        }
        bytes = &bytes[..kept];
    }
    bytes
}

pub(super) fn has_prefix(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (s, p) = two_texts(fiber, args)?;
    args.ret1(Value::bool(s.starts_with(p)))
}

pub(super) fn has_suffix(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (s, p) = two_texts(fiber, args)?;
    args.ret1(Value::bool(s.ends_with(p)))
}

pub(super) fn contains(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (s, p) = two_texts(fiber, args)?;
    let found = find_polling(fiber, s, p)?;
    args.ret1(Value::bool(found.is_some()))
}

pub(super) fn count(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (s, p) = two_texts(fiber, args)?;
    let count = fiber.mutator().aside(s.len(), || match p {
        [] => utf8::count(s) + 1,
        [byte] => memchr::memchr_iter(*byte, s).count(),
        _ => memmem::find_iter(s, p).count(),
    });
    args.ret1(Value::int_unchecked(count as i64))
}

fn two_texts<'a>(fiber: &mut Fiber, args: Args) -> Result<(&'a [u8], &'a [u8]), Thrown> {
    let s = args.str(fiber, 0)?;
    let p = args.str(fiber, 1)?;
    Ok((s.bytes(fiber.mutator()), p.bytes(fiber.mutator())))
}

/// Bytes that finding and copying one piece counts as.
const REPLACE_WORK: usize = 64;

pub(super) fn replace_all(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let old = args.str(fiber, 1)?;
    let new = args.str(fiber, 2)?;
    let bytes = s.bytes(fiber.mutator());
    let old = old.bytes(fiber.mutator());
    let new = new.bytes(fiber.mutator());
    if old.is_empty() {
        let mut out = Buffer::new();
        for (i, unit) in utf8::units(bytes).enumerate() {
            out.push(fiber, new)?;
            out.push(fiber, unit)?;
            if (i as u32).is_multiple_of(access::POLL_STEPS) {
                fiber.poll()?;
            }
        }
        out.push(fiber, new)?;
        let s = out.finish(fiber)?;
        return args.ret1(s.to_value());
    }
    let Some(first) = find_polling(fiber, bytes, old)? else { return args.ret1(s.to_value()) };
    let mut out = Buffer::new();
    out.reserve(fiber, bytes.len())?;
    out.push(fiber, &bytes[..first])?;
    out.push(fiber, new)?;
    let mut rest = &bytes[first + old.len()..];
    let finder = memmem::Finder::new(old);
    let mut work = 0;
    loop {
        // A text is searched in pieces that overlap by what may begin in one of them.
        let piece = &rest[..rest.len().min(SEARCH_BYTES + old.len())];
        match finder.find(piece) {
            Some(n) => {
                out.push(fiber, &rest[..n])?;
                out.push(fiber, new)?;
                rest = &rest[n + old.len()..];
                work += n + new.len() + REPLACE_WORK;
            }
            None if piece.len() == rest.len() => break,
            None => {
                out.push(fiber, &rest[..SEARCH_BYTES])?;
                rest = &rest[SEARCH_BYTES..];
                work += SEARCH_BYTES;
            }
        }
        if work >= SEARCH_BYTES {
            work = 0;
            fiber.poll()?;
        }
    }
    out.push(fiber, rest)?;
    let s = out.finish(fiber)?;
    args.ret1(s.to_value())
}

pub(super) fn join(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let sep = args.opt_str(fiber, 1)?;
    let sep = sep.map_or(&[][..], |sep| sep.bytes(fiber.mutator()));
    let len = access::len(fiber, t)?;
    let mut out = Buffer::new();
    for i in 1..=len {
        if i > 1 {
            out.push(fiber, sep)?;
        }
        let v = access::get_index(fiber, t, i)?;
        let s = match Str::from_value(v) {
            Some(s) => s,
            None => fiber.tostring(v)?,
        };
        let bytes = s.bytes(fiber.mutator());
        out.push(fiber, bytes)?;
        if i % access::POLL_STEPS as i64 == 0 {
            fiber.poll()?;
        }
    }
    let s = out.finish(fiber)?;
    args.ret1(s.to_value())
}

pub(super) fn title(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let bytes = s.bytes(fiber.mutator());
    let mut out = Buffer::new();
    out.reserve(fiber, bytes.len())?;
    let mut is_start = true;
    for (i, unit) in utf8::units(bytes).enumerate() {
        if (i as u32).is_multiple_of(access::POLL_STEPS) {
            fiber.poll()?;
        }
        match utf8::decode(unit).0 {
            Some(c) if is_start => utf8::push_char(&mut out.bytes, utf8::upper_char(c)),
            _ => out.push(fiber, unit)?,
        }
        is_start = is_space(unit);
    }
    let s = out.finish(fiber)?;
    args.ret1(s.to_value())
}

pub(super) fn pad_left(fiber: &mut Fiber, args: Args) -> NativeResult {
    pad(fiber, args, true)
}

pub(super) fn pad_right(fiber: &mut Fiber, args: Args) -> NativeResult {
    pad(fiber, args, false)
}

fn pad(fiber: &mut Fiber, args: Args, left: bool) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let width = args.int(fiber, 1)?;
    let pad = args.opt_str(fiber, 2)?;
    let bytes = s.bytes(fiber.mutator());
    let pad = pad.map_or(&b" "[..], |pad| pad.bytes(fiber.mutator()));
    let pad = if pad.is_empty() { b" " } else { pad };
    let missing = width.saturating_sub(bytes.len() as i64);
    if missing <= 0 {
        return args.ret1(s.to_value());
    }
    let s = build(fiber, width as usize, |to| {
        let (padding, text) = if left {
            to.split_at_mut(missing as usize)
        } else {
            let (text, padding) = to.split_at_mut(bytes.len());
            (padding, text)
        };
        text.copy_from_slice(bytes);
        for chunk in padding.chunks_mut(pad.len()) {
            chunk.copy_from_slice(&pad[..chunk.len()]);
        }
    })?;
    args.ret1(s.to_value())
}

pub(super) fn is_numeric(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let is = fiber.to_num(s.to_value()).is_some();
    args.ret1(Value::bool(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_are_trimmed() {
        let both = |s: &'static str| trimmed(s.as_bytes(), true, true, is_space);
        assert_eq!(both(" \t a b \n"), b"a b");
        assert_eq!(both("\u{a0}\u{3000}x\u{2028}"), b"x");
        assert_eq!(both("  "), b"");
        assert_eq!(trimmed(b"\xa0x\xa0", true, true, is_space), b"\xa0x\xa0");
        assert_eq!(trimmed(b"  x ", true, false, is_space), b"x ");
        assert_eq!(trimmed(b"  x ", false, true, is_space), b"  x");
    }
}
