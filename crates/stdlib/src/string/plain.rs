//! Functions that take texts as they are: no patterns.
//!
//! Where code points matter, a byte that is not part of valid UTF-8 counts as a code point of its own.

use super::basic::build;
use super::find::find_text;
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
        for byte in bytes {
            let piece = fiber.mutator().byte_str(*byte);
            access::append(fiber, list, piece.to_value())?;
        }
        return args.ret1(list.to_value());
    }
    let count = match sep {
        [byte] => memchr::memchr_iter(*byte, bytes).count() + 1,
        _ => 0,
    };
    let list = fiber.mutator().new_table(count, 0);
    let (mut rest, mut steps) = (bytes, 0);
    loop {
        let found = find_text(rest, sep);
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
        None => trimmed(bytes, left, right, is_space),
        Some(set) => {
            let set = set.bytes(fiber.mutator());
            trimmed(bytes, left, right, |unit| utf8::units(set).any(|u| u == unit))
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
    args.ret1(Value::bool(find_text(s, p).is_some()))
}

pub(super) fn count(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (s, p) = two_texts(fiber, args)?;
    let count = match p {
        [] => utf8::count(s) + 1,
        [byte] => memchr::memchr_iter(*byte, s).count(),
        _ => memmem::find_iter(s, p).count(),
    };
    args.ret1(Value::int_unchecked(count as i64))
}

fn two_texts<'a>(fiber: &mut Fiber, args: Args) -> Result<(&'a [u8], &'a [u8]), Thrown> {
    let s = args.str(fiber, 0)?;
    let p = args.str(fiber, 1)?;
    Ok((s.bytes(fiber.mutator()), p.bytes(fiber.mutator())))
}

pub(super) fn replace_all(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let old = args.str(fiber, 1)?;
    let new = args.str(fiber, 2)?;
    let bytes = s.bytes(fiber.mutator());
    let old = old.bytes(fiber.mutator());
    let new = new.bytes(fiber.mutator());
    if old.is_empty() {
        let mut out = Buffer::new();
        for unit in utf8::units(bytes) {
            out.push(fiber, new)?;
            out.push(fiber, unit)?;
        }
        out.push(fiber, new)?;
        let s = out.finish(fiber)?;
        return args.ret1(s.to_value());
    }
    let Some(first) = find_text(bytes, old) else { return args.ret1(s.to_value()) };
    let mut out = Buffer::new();
    out.reserve(fiber, bytes.len())?;
    out.push(fiber, &bytes[..first])?;
    out.push(fiber, new)?;
    let mut rest = &bytes[first + old.len()..];
    let finder = memmem::Finder::new(old);
    while let Some(n) = finder.find(rest) {
        out.push(fiber, &rest[..n])?;
        out.push(fiber, new)?;
        rest = &rest[n + old.len()..];
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
    for unit in utf8::units(bytes) {
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
