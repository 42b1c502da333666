//! The `math` library.
//!
//! "Integer if it fits" results go through `int_if_fits`. The functions that programs call most have a first line for
//! immediate integers and floats and leave numeric strings and big integers to the general way.

use bytecode::arith::{self, Num};
use bytecode::intrinsic::Intrinsic;
use runtime::mutator::Mutator;
use runtime::value::Value;
use std::f64::consts::PI;
use vm::convert;
use vm::engine::Engine;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};

/// The library's functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::intrinsic("math.abs", abs, Intrinsic::MathAbs).with_quick(quick_abs),
    NativeDef::intrinsic("math.floor", floor, Intrinsic::MathFloor).with_quick(quick_floor),
    NativeDef::new("math.ceil", ceil).with_quick(quick_ceil),
    NativeDef::new("math.trunc", trunc),
    NativeDef::new("math.round", round),
    NativeDef::intrinsic("math.sqrt", sqrt, Intrinsic::MathSqrt).with_quick(quick_sqrt),
    NativeDef::new("math.sin", sin).with_quick(quick_sin),
    NativeDef::new("math.cos", cos).with_quick(quick_cos),
    NativeDef::new("math.tan", tan).with_quick(quick_tan),
    NativeDef::new("math.asin", asin).with_quick(quick_asin),
    NativeDef::new("math.acos", acos).with_quick(quick_acos),
    NativeDef::new("math.exp", exp).with_quick(quick_exp),
    NativeDef::new("math.atan", atan),
    NativeDef::new("math.log", log),
    NativeDef::new("math.pow", pow),
    NativeDef::new("math.hypot", hypot),
    NativeDef::intrinsic("math.max", max, Intrinsic::MathMax).with_quick(quick_max),
    NativeDef::intrinsic("math.min", min, Intrinsic::MathMin).with_quick(quick_min),
    NativeDef::new("math.fmod", fmod),
    NativeDef::new("math.modf", modf),
    NativeDef::intrinsic("math.random", random, Intrinsic::MathRandom),
    NativeDef::new("math.randomseed", randomseed),
    NativeDef::new("math.type", type_),
    NativeDef::new("math.tointeger", tointeger),
    NativeDef::new("math.clamp", clamp),
    NativeDef::new("math.lerp", lerp),
    NativeDef::new("math.sign", sign),
    NativeDef::new("math.isnan", isnan),
    NativeDef::new("math.isinf", isinf),
    NativeDef::new("math.deg", deg).with_quick(quick_deg),
    NativeDef::new("math.rad", rad).with_quick(quick_rad),
    NativeDef::new("math.ult", ult),
];

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    let t = engine.define_library(m, "math", FUNCTIONS);
    engine.set_raw(m, t, "pi", Value::float(PI));
    engine.set_raw(m, t, "huge", Value::float(f64::INFINITY));
    let (max, min) = (m.int(i64::MAX), m.int(i64::MIN));
    engine.set_raw(m, t, "maxinteger", max);
    engine.set_raw(m, t, "mininteger", min);
}

/// A float whose fraction is 0, as an integer if there is such a one.
#[inline]
fn int_if_fits(fiber: &mut Fiber, x: f64) -> Value {
    match arith::float_to_int(x) {
        Some(i) => fiber.mutator().int(i),
        None => Value::float(x),
    }
}

/// The short cuts: floats and immediate integers whose result is one of the two.
fn quick_floor(args: Args) -> Value {
    quick_whole(args, f64::floor)
}

fn quick_ceil(args: Args) -> Value {
    quick_whole(args, f64::ceil)
}

#[inline(always)]
fn quick_whole(args: Args, round: fn(f64) -> f64) -> Value {
    let v = args.get(0);
    if v.is_small_int() {
        return v;
    }
    match v.as_float() {
        Some(x) => arith::float_to_int(round(x)).and_then(Value::small_int).unwrap_or(Value::MARK),
        None => Value::MARK,
    }
}

fn quick_abs(args: Args) -> Value {
    match args.get(0) {
        v if v.is_float() => Value::float(v.float_payload().abs()),
        v if v.is_small_int() => Value::small_int(v.small_int_payload().abs()).unwrap_or(Value::MARK),
        _ => Value::MARK,
    }
}

fn quick_max(args: Args) -> Value {
    quick_extreme(args, |a, b| a < b, |a, b| a < b)
}

fn quick_min(args: Args) -> Value {
    quick_extreme(args, |a, b| b < a, |a, b| b < a)
}

/// The winner of two numbers of one subtype; the first among equals.
#[inline(always)]
fn quick_extreme(args: Args, int: fn(i64, i64) -> bool, float: fn(f64, f64) -> bool) -> Value {
    let (a, b) = (args.get(0), args.get(1));
    if args.count() != 2 {
        return Value::MARK;
    }
    let second_wins = if a.is_small_int() && b.is_small_int() {
        int(a.small_int_payload(), b.small_int_payload())
    } else if a.is_float() && b.is_float() {
        float(a.float_payload(), b.float_payload())
    } else {
        return Value::MARK;
    };
    if second_wins { b } else { a }
}

fn abs(fiber: &mut Fiber, args: Args) -> NativeResult {
    match args.num(fiber, 0)? {
        Num::Int(i) => {
            let v = fiber.mutator().int(i.wrapping_abs());
            args.ret1(v)
        }
        Num::Float(x) => args.ret1(Value::float(x.abs())),
    }
}

macro_rules! rounding {
    ($($name:ident)*) => { $(
        fn $name(fiber: &mut Fiber, args: Args) -> NativeResult {
            let v = args.get(0);
            if v.is_small_int() {
                return args.ret1(v);
            }
            let result = match args.num(fiber, 0)? {
                Num::Float(x) => int_if_fits(fiber, x.$name()),
                Num::Int(i) => fiber.mutator().int(i),
            };
            args.ret1(result)
        }
    )* };
}

rounding!(floor ceil trunc);

fn round(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = args.num(fiber, 0)?;
    let decimals = args.opt_int(fiber, 1, 0)?;
    let result = match n {
        Num::Int(i) if decimals == 0 => fiber.mutator().int(i),
        _ if decimals == 0 => int_if_fits(fiber, n.to_float().round()),
        _ => Value::float(round_to(n.to_float(), decimals)),
    };
    args.ret1(result)
}

/// `x` rounded half away from zero to a number of decimals; negative ones count tens.
fn round_to(x: f64, decimals: i64) -> f64 {
    // Floats have no more than 324 decimals and 309 digits before the point.
    let decimals = decimals.clamp(-400, 400) as i32;
    if !x.is_finite() || decimals > 323 {
        return x;
    }
    if decimals < -308 {
        return 0.0f64.copysign(x);
    }
    let scale = 10f64.powi(decimals.abs());
    if decimals < 0 {
        return (x / scale).round() * scale;
    }
    let scaled = x * scale;
    // From 2^52 on a float has no fraction: nothing is left to round.
    if scaled.abs() < 4_503_599_627_370_496.0 { scaled.round() / scale } else { x }
}

macro_rules! float_functions {
    ($($name:ident $quick:ident: $f:expr;)*) => { $(
        /// The short cut: of a float or an immediate integer.
        fn $quick(args: Args) -> Value {
            let f: fn(f64) -> f64 = $f;
            match args.get(0) {
                v if v.is_float() => Value::float(f(v.float_payload())),
                v if v.is_small_int() => Value::float(f(v.small_int_payload() as f64)),
                _ => Value::MARK,
            }
        }

        fn $name(fiber: &mut Fiber, args: Args) -> NativeResult {
            let f: fn(f64) -> f64 = $f;
            let x = args.float(fiber, 0)?;
            args.ret1(Value::float(f(x)))
        }
    )* };
}

float_functions! {
    sqrt quick_sqrt: f64::sqrt;
    sin quick_sin: f64::sin;
    cos quick_cos: f64::cos;
    tan quick_tan: f64::tan;
    asin quick_asin: f64::asin;
    acos quick_acos: f64::acos;
    exp quick_exp: f64::exp;
    deg quick_deg: |x| x * (180.0 / PI);
    rad quick_rad: |x| x * (PI / 180.0);
}

fn atan(fiber: &mut Fiber, args: Args) -> NativeResult {
    let y = args.float(fiber, 0)?;
    let x = args.opt_float(fiber, 1, 1.0)?;
    args.ret1(Value::float(y.atan2(x)))
}

fn log(fiber: &mut Fiber, args: Args) -> NativeResult {
    let x = args.float(fiber, 0)?;
    let result = if args.is_nil(1) {
        x.ln()
    } else {
        let base = args.float(fiber, 1)?;
        if base == 2.0 {
            x.log2()
        } else if base == 10.0 {
            x.log10()
        } else {
            x.ln() / base.ln()
        }
    };
    args.ret1(Value::float(result))
}

fn pow(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (x, y) = (args.float(fiber, 0)?, args.float(fiber, 1)?);
    args.ret1(Value::float(arith::pow(x, y)))
}

fn hypot(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (x, y) = (args.float(fiber, 0)?, args.float(fiber, 1)?);
    args.ret1(Value::float(x.hypot(y)))
}

/// The first argument that no other one beats.
#[inline(always)]
fn extreme(fiber: &mut Fiber, args: Args, beats: fn(Num, Num) -> bool) -> NativeResult {
    let mut best = args.num(fiber, 0)?;
    let mut at = 0;
    for i in 1..args.count() {
        let n = args.num(fiber, i)?;
        if beats(n, best) {
            (best, at) = (n, i);
        }
    }
    let v = args.get(at);
    // A numeral counts as its number.
    let v = if v.is_string() { fiber.num_value(best) } else { v };
    args.ret1(v)
}

fn max(fiber: &mut Fiber, args: Args) -> NativeResult {
    extreme(fiber, args, |a, b| arith::lt(b, a))
}

fn min(fiber: &mut Fiber, args: Args) -> NativeResult {
    extreme(fiber, args, arith::lt)
}

fn fmod(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (x, y) = (args.num(fiber, 0)?, args.num(fiber, 1)?);
    match (x, y) {
        (Num::Int(_), Num::Int(0)) => Err(args.bad(fiber, 1, "zero")),
        (Num::Int(a), Num::Int(b)) => {
            let v = fiber.mutator().int(a.wrapping_rem(b));
            args.ret1(v)
        }
        _ => args.ret1(Value::float(x.to_float() % y.to_float())),
    }
}

fn modf(fiber: &mut Fiber, args: Args) -> NativeResult {
    match args.num(fiber, 0)? {
        Num::Int(i) => {
            let whole = fiber.mutator().int(i);
            args.ret2(whole, Value::float(0.0))
        }
        Num::Float(x) => {
            let whole = x.trunc();
            // An infinity has no fraction; its difference to itself would be NaN.
            let fraction = if whole == x { 0.0 } else { x - whole };
            let whole = int_if_fits(fiber, whole);
            args.ret2(whole, Value::float(fraction))
        }
    }
}

fn random(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (low, high) = match args.count() {
        0 => return args.ret1(Value::float(fiber.random().next_float())),
        1 => (1, args.int(fiber, 0)?),
        2 => (args.int(fiber, 0)?, args.int(fiber, 1)?),
        _ => return Err(fiber.error("wrong number of arguments")),
    };
    let i = if args.count() == 1 && high == 0 {
        fiber.random().next_u64() as i64
    } else if low <= high {
        fiber.random().next_in(low, high)
    } else {
        return Err(args.bad(fiber, args.count() - 1, "interval is empty"));
    };
    let v = fiber.mutator().int(i);
    args.ret1(v)
}

fn randomseed(fiber: &mut Fiber, args: Args) -> NativeResult {
    if args.is_nil(0) {
        fiber.random().seed_from_system();
        return args.ret0();
    }
    let seed = match args.num(fiber, 0)? {
        Num::Int(i) => i as u64,
        Num::Float(x) => arith::float_to_int(x).map_or(x.to_bits(), |i| i as u64),
    };
    fiber.random().seed(seed, 0);
    args.ret0()
}

fn type_(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.any(fiber, 0)?;
    let name: &[u8] = match convert::num(v) {
        Some(Num::Int(_)) => b"integer",
        Some(Num::Float(_)) => b"float",
        None => return args.ret1(Value::FALSE),
    };
    let name = fiber.mutator().intern(name);
    args.ret1(name.to_value())
}

fn tointeger(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.any(fiber, 0)?;
    let result = match convert::num(v).and_then(Num::to_int) {
        Some(i) => fiber.mutator().int(i),
        None => Value::NIL,
    };
    args.ret1(result)
}

fn clamp(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (x, low, high) = (args.num(fiber, 0)?, args.num(fiber, 1)?, args.num(fiber, 2)?);
    let nearest = if arith::lt(x, low) {
        low
    } else if arith::lt(high, x) {
        high
    } else {
        x
    };
    let v = match (x, low, high) {
        (Num::Int(_), Num::Int(_), Num::Int(_)) => fiber.num_value(nearest),
        _ => Value::float(nearest.to_float()),
    };
    args.ret1(v)
}

fn lerp(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (a, b, t) = (args.float(fiber, 0)?, args.float(fiber, 1)?, args.float(fiber, 2)?);
    args.ret1(Value::float(a + (b - a) * t))
}

fn sign(fiber: &mut Fiber, args: Args) -> NativeResult {
    let sign = match args.num(fiber, 0)? {
        Num::Int(i) => i.signum() as i32,
        Num::Float(x) => (x > 0.0) as i32 - (x < 0.0) as i32,
    };
    args.ret1(Value::int32(sign))
}

fn isnan(fiber: &mut Fiber, args: Args) -> NativeResult {
    let x = args.float(fiber, 0)?;
    args.ret1(Value::bool(x.is_nan()))
}

fn isinf(fiber: &mut Fiber, args: Args) -> NativeResult {
    let x = args.float(fiber, 0)?;
    args.ret1(Value::bool(x.is_infinite()))
}

fn ult(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (i, j) = (args.int(fiber, 0)?, args.int(fiber, 1)?);
    args.ret1(Value::bool((i as u64) < j as u64))
}

#[cfg(test)]
mod tests {
    use super::round_to;

    #[test]
    fn rounding_to_decimals() {
        let cases = [
            (2.5, 0, 3.0),
            (-2.5, 0, -3.0),
            (1.2345, 2, 1.23),
            (1.235, 1, 1.2),
            (0.1 + 0.2, 10, 0.3),
            (1234.0, -2, 1200.0),
            (1250.0, -2, 1300.0),
            (-1250.0, -2, -1300.0),
            (1e300, 5, 1e300),
            (1.5, 400, 1.5),
            (1.5, -400, 0.0),
            (f64::INFINITY, 2, f64::INFINITY),
            (1e-320, 320, 1e-320),
        ];
        for (x, k, want) in cases {
            assert_eq!(round_to(x, k), want, "round({x}, {k})");
        }
        assert!(round_to(f64::NAN, 3).is_nan());
    }
}
