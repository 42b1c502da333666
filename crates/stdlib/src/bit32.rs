//! The `bit32` library: integers modulo 2^32.

use bytecode::intrinsic::Intrinsic;
use runtime::mutator::Mutator;
use runtime::value::Value;
use vm::engine::Engine;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};

use crate::buffer::Buffer;

/// The library's functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::intrinsic("bit32.band", band, Intrinsic::BitAnd).with_quick(quick_band),
    NativeDef::intrinsic("bit32.bor", bor, Intrinsic::BitOr).with_quick(quick_bor),
    NativeDef::intrinsic("bit32.bxor", bxor, Intrinsic::BitXor).with_quick(quick_bxor),
    NativeDef::intrinsic("bit32.bnot", bnot, Intrinsic::BitNot).with_quick(quick_bnot),
    NativeDef::intrinsic("bit32.lshift", lshift, Intrinsic::ShiftLeft).with_quick(quick_lshift),
    NativeDef::intrinsic("bit32.rshift", rshift, Intrinsic::ShiftRight).with_quick(quick_rshift),
    NativeDef::new("bit32.arshift", arshift),
    NativeDef::intrinsic("bit32.lrotate", lrotate, Intrinsic::RotateLeft).with_quick(quick_lrotate),
    NativeDef::intrinsic("bit32.rrotate", rrotate, Intrinsic::RotateRight).with_quick(quick_rrotate),
    NativeDef::new("bit32.btest", btest),
    NativeDef::new("bit32.test", test),
    NativeDef::new("bit32.set", set),
    NativeDef::new("bit32.clear", clear),
    NativeDef::new("bit32.toggle", toggle),
    NativeDef::new("bit32.extract", extract),
    NativeDef::new("bit32.replace", replace),
    NativeDef::new("bit32.countbits", countbits),
    NativeDef::new("bit32.highbit", highbit),
    NativeDef::new("bit32.toHex", to_hex),
];

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    engine.define_library(m, "bit32", FUNCTIONS);
}

/// Argument `i` modulo 2^32.
#[inline(always)]
fn word(fiber: &mut Fiber, args: Args, i: u32) -> Result<u32, Thrown> {
    Ok(args.int(fiber, i)? as u32)
}

#[inline(always)]
fn ret(args: Args, n: u32) -> NativeResult {
    args.ret1(Value::int_unchecked(n as i64))
}

#[inline(always)]
fn fold(fiber: &mut Fiber, args: Args, start: u32, f: fn(u32, u32) -> u32) -> Result<u32, Thrown> {
    let mut n = start;
    for i in 0..args.count() {
        n = f(n, word(fiber, args, i)?);
    }
    Ok(n)
}

/// The short cuts: immediate integers only.
macro_rules! quick {
    ($($name:ident ($a:ident, $b:ident) $e:expr;)*) => { $(
        fn $name(args: Args) -> Value {
            let (a, b) = (args.get(0), args.get(1));
            if args.count() == 2 && a.is_small_int() && b.is_small_int() {
                let ($a, $b) = (a.small_int_payload() as u32, b.small_int_payload());
                Value::int_unchecked($e as i64)
            } else {
                Value::MARK
            }
        }
    )* };
}

quick! {
    quick_band(a, b) a & b as u32;
    quick_bor(a, b) a | b as u32;
    quick_bxor(a, b) a ^ b as u32;
    quick_lshift(a, k) shift_left(a, k);
    quick_rshift(a, k) shift_left(a, -k);
    quick_lrotate(a, k) a.rotate_left(k as u32 & 31);
    quick_rrotate(a, k) a.rotate_right(k as u32 & 31);
}

fn quick_bnot(args: Args) -> Value {
    match args.get(0) {
        a if a.is_small_int() => Value::int_unchecked(!(a.small_int_payload() as u32) as i64),
        _ => Value::MARK,
    }
}

fn band(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = fold(fiber, args, u32::MAX, |a, b| a & b)?;
    ret(args, n)
}

fn bor(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = fold(fiber, args, 0, |a, b| a | b)?;
    ret(args, n)
}

fn bxor(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = fold(fiber, args, 0, |a, b| a ^ b)?;
    ret(args, n)
}

fn btest(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = fold(fiber, args, u32::MAX, |a, b| a & b)?;
    args.ret1(Value::bool(n != 0))
}

fn bnot(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = word(fiber, args, 0)?;
    ret(args, !n)
}

/// `n` shifted to the left, or to the right by a negative distance.
#[inline]
fn shift_left(n: u32, k: i64) -> u32 {
    match k {
        0..=31 => n << k,
        -31..=-1 => n >> -k,
        _ => 0,
    }
}

fn lshift(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (n, k) = (word(fiber, args, 0)?, args.int(fiber, 1)?);
    ret(args, shift_left(n, k))
}

fn rshift(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (n, k) = (word(fiber, args, 0)?, args.int(fiber, 1)?);
    ret(args, shift_left(n, k.saturating_neg()))
}

fn arshift(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (n, k) = (word(fiber, args, 0)?, args.int(fiber, 1)?);
    if k < 0 {
        return ret(args, shift_left(n, k.saturating_neg()));
    }
    args.ret1(Value::int32((n as i32) >> k.min(31)))
}

fn lrotate(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (n, k) = (word(fiber, args, 0)?, args.int(fiber, 1)?);
    ret(args, n.rotate_left((k & 31) as u32))
}

fn rrotate(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (n, k) = (word(fiber, args, 0)?, args.int(fiber, 1)?);
    ret(args, n.rotate_right((k & 31) as u32))
}

/// Arguments 0 and 1: a number and the mask of one of its bits.
fn word_and_bit(fiber: &mut Fiber, args: Args) -> Result<(u32, u32), Thrown> {
    let (n, pos) = (word(fiber, args, 0)?, args.int(fiber, 1)?);
    if (0..32).contains(&pos) {
        Ok((n, 1 << pos))
    } else {
        Err(args.bad(fiber, 1, "bit position out of range"))
    }
}

fn test(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (n, bit) = word_and_bit(fiber, args)?;
    args.ret1(Value::bool(n & bit != 0))
}

fn set(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (n, bit) = word_and_bit(fiber, args)?;
    ret(args, n | bit)
}

fn clear(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (n, bit) = word_and_bit(fiber, args)?;
    ret(args, n & !bit)
}

fn toggle(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (n, bit) = word_and_bit(fiber, args)?;
    ret(args, n ^ bit)
}

/// Arguments `at` and `at + 1`: a field's lowest bit, and the mask of its width (default 1) before it is moved there.
fn field(fiber: &mut Fiber, args: Args, at: u32) -> Result<(u32, u32), Thrown> {
    let (low, width) = (args.int(fiber, at)?, args.opt_int(fiber, at + 1, 1)?);
    if !(0..32).contains(&low) || !(1..=32 - low).contains(&width) {
        return Err(fiber.error("trying to access non-existent bits"));
    }
    Ok((low as u32, u32::MAX >> (32 - width)))
}

fn extract(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = word(fiber, args, 0)?;
    let (low, mask) = field(fiber, args, 1)?;
    ret(args, (n >> low) & mask)
}

fn replace(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (n, v) = (word(fiber, args, 0)?, word(fiber, args, 1)?);
    let (low, mask) = field(fiber, args, 2)?;
    ret(args, n & !(mask << low) | (v & mask) << low)
}

fn countbits(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = word(fiber, args, 0)?;
    ret(args, n.count_ones())
}

fn highbit(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = word(fiber, args, 0)?;
    args.ret1(Value::int32(31 - n.leading_zeros() as i32))
}

fn to_hex(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = word(fiber, args, 0)?;
    let digits = usize::try_from(args.opt_int(fiber, 1, 0)?).unwrap_or(0);
    let text = format!("{n:X}");
    let mut out = Buffer::new();
    out.push(fiber, b"0x")?;
    let zeros = digits.saturating_sub(text.len());
    out.reserve(fiber, zeros)?;
    out.bytes.resize(out.bytes.len() + zeros, b'0');
    out.push(fiber, text.as_bytes())?;
    let s = out.finish(fiber)?;
    args.ret1(s.to_value())
}

#[cfg(test)]
mod tests {
    use super::shift_left;

    #[test]
    fn shifts_go_both_ways_and_off_the_end() {
        assert_eq!(shift_left(1, 31), 0x8000_0000);
        assert_eq!(shift_left(1, 32), 0);
        assert_eq!(shift_left(0x8000_0000, -31), 1);
        assert_eq!(shift_left(0x8000_0000, -32), 0);
        assert_eq!(shift_left(1, i64::MAX), 0);
        assert_eq!(shift_left(1, i64::MIN), 0);
    }
}
