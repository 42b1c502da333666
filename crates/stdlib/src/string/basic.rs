//! Lengths, parts, bytes, case and repetition of strings.
//!
//! A result that equals an argument is that argument, and one of at most one byte is a string that exists already.

use crate::access;
use runtime::string::{STR_LEN_MAX, Str};
use runtime::value::Value;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeResult};

/// A string of `len` bytes that `fill` sets.
pub(super) fn build(fiber: &mut Fiber, len: usize, fill: impl FnOnce(&mut [u8])) -> Result<Str, Thrown> {
    if len == 1 {
        let mut byte = [0];
        fill(&mut byte);
        return fiber.new_str(&byte);
    }
    match fiber.mutator().new_str_with(len, fill) {
        Ok(s) => Ok(s),
        Err(_) => Err(fiber.out_of_memory()),
    }
}

pub(super) fn len(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    args.ret1(Value::int_unchecked(s.len() as i64))
}

pub(super) fn sub(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let i = args.int(fiber, 1)?;
    let j = args.opt_int(fiber, 2, -1)?;
    let range = access::range_of(s.len(), i, j);
    let bytes = s.bytes(fiber.mutator());
    let part = match range.len() {
        1 => fiber.mutator().byte_str(bytes[range.start]),
        n if n == bytes.len() => s,
        _ => fiber.new_str(&bytes[range])?,
    };
    args.ret1(part.to_value())
}

/// The short cut of `byte`: one byte of a flat string, counted from the start.
pub(super) fn quick_byte(args: Args) -> Value {
    let (v, i) = (args.get(0), args.get(1));
    if args.count() == 2
        && i.is_small_int()
        && let Some(s) = Str::from_value(v)
        && let Some(bytes) = s.bytes_flat()
        && let Some(byte) = bytes.get(i.small_int_payload().wrapping_sub(1) as usize)
    {
        return Value::int32(*byte as i32);
    }
    Value::MARK
}

pub(super) fn byte(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let i = args.opt_int(fiber, 1, 1)?;
    if args.is_nil(2) {
        // One byte, the common case.
        let at = if i < 0 { (s.len() as i64).wrapping_add(i) } else { i.wrapping_sub(1) };
        if (at as u64) < s.len() as u64 {
            let bytes = s.bytes(fiber.mutator());
            return args.ret1(Value::int32(bytes[at as usize] as i32));
        }
        if i != 0 {
            return args.ret0();
        }
    }
    let j = args.opt_int(fiber, 2, i)?;
    let range = access::range_of(s.len(), i, j);
    let bytes = &s.bytes(fiber.mutator())[range];
    args.ret_with(fiber, bytes.len(), |_, k| Value::int32(bytes[k] as i32))
}

pub(super) fn char(fiber: &mut Fiber, args: Args) -> NativeResult {
    let count = args.count() as usize;
    // Most calls have few arguments.
    let mut few = [0; 32];
    let mut many = Vec::new();
    let bytes = match few.get_mut(..count) {
        Some(bytes) => bytes,
        None => {
            many.resize(count, 0);
            &mut many[..]
        }
    };
    for (i, byte) in bytes.iter_mut().enumerate() {
        let n = args.int(fiber, i as u32)?;
        *byte = match u8::try_from(n) {
            Ok(byte) => byte,
            Err(_) => return Err(args.bad(fiber, i as u32, "value out of range")),
        };
    }
    let s = fiber.new_str(bytes)?;
    args.ret1(s.to_value())
}

pub(super) fn upper(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let bytes = s.bytes(fiber.mutator());
    if !fiber.mutator().aside(bytes.len(), || bytes.iter().any(u8::is_ascii_lowercase)) {
        return args.ret1(s.to_value());
    }
    let s = build(fiber, bytes.len(), |to| {
        to.copy_from_slice(bytes);
        to.make_ascii_uppercase();
    })?;
    args.ret1(s.to_value())
}

pub(super) fn lower(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let bytes = s.bytes(fiber.mutator());
    if !fiber.mutator().aside(bytes.len(), || bytes.iter().any(u8::is_ascii_uppercase)) {
        return args.ret1(s.to_value());
    }
    let s = build(fiber, bytes.len(), |to| {
        to.copy_from_slice(bytes);
        to.make_ascii_lowercase();
    })?;
    args.ret1(s.to_value())
}

pub(super) fn rep(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let n = args.int(fiber, 1)?;
    let sep = args.opt_str(fiber, 2)?;
    let bytes = s.bytes(fiber.mutator());
    let sep = sep.map_or(&[][..], |sep| sep.bytes(fiber.mutator()));
    if n <= 0 || bytes.len() + sep.len() == 0 {
        let s = fiber.mutator().empty_str();
        return args.ret1(s.to_value());
    }
    if n == 1 {
        return args.ret1(s.to_value());
    }
    let unit = bytes.len() + sep.len();
    let total = unit.checked_mul(n as usize).map(|total| total - sep.len());
    let max = STR_LEN_MAX.min(fiber.heap().limit_bytes());
    let Some(total) = total.filter(|total| *total <= max) else {
        return Err(fiber.error("resulting string too large"));
    };
    let s = build(fiber, total, |to| repeat(to, bytes, sep))?;
    args.ret1(s.to_value())
}

/// Fills `to` with copies of `bytes` that are separated by `sep`: what is there is doubled until it fills.
fn repeat(to: &mut [u8], bytes: &[u8], sep: &[u8]) {
    if let ([byte], []) = (bytes, sep) {
        return to.fill(*byte);
    }
    let unit = bytes.len() + sep.len();
    to[..bytes.len()].copy_from_slice(bytes);
    let mut done = bytes.len();
    if to.len() > done {
        to[done..unit].copy_from_slice(sep);
        done = unit;
    }
    while done < to.len() {
        let more = done.min(to.len() - done);
        to.copy_within(..more, done);
        done += more;
    }
}

pub(super) fn reverse(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let bytes = s.bytes(fiber.mutator());
    if bytes.len() < 2 {
        return args.ret1(s.to_value());
    }
    let s = build(fiber, bytes.len(), |to| {
        to.copy_from_slice(bytes);
        to.reverse();
    })?;
    args.ret1(s.to_value())
}

#[cfg(test)]
mod tests {
    use super::repeat;

    #[test]
    fn copies_are_separated() {
        let text = |bytes: &str, sep: &str, n: usize| {
            let mut to = vec![0; (bytes.len() + sep.len()) * n - sep.len()];
            repeat(&mut to, bytes.as_bytes(), sep.as_bytes());
            String::from_utf8(to).unwrap()
        };
        assert_eq!(text("x", "", 5), "xxxxx");
        assert_eq!(text("ab", "", 5), "ababababab");
        assert_eq!(text("ab", ", ", 4), "ab, ab, ab, ab");
        assert_eq!(text("", "-", 4), "---");
        assert_eq!(text("ab", "-", 2), "ab-ab");
    }
}
