//! The one definition of every numeric operation on plain `i64` and `f64`.
//!
//! The compiler's constant folding, the interpreter and the helpers of machine code all call these functions, so a
//! computation gives the same bits wherever it is done. Everything here is pure and never panics; an operation that a
//! script can see fail gives `None` for the failure. Addition, subtraction and multiplication of integers are the
//! `wrapping_*` methods of `i64`, those of floats the operators of `f64`; they need no definition here.
//!
//! Conversion of numeric strings, metamethods and error messages are the interpreter's business.

/// 2^63, the first float above every integer.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// `a % b` on integers, floored: the result has the sign of `b`. `None` if `b` is 0.
#[inline]
pub fn int_mod(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let rem = a.wrapping_rem(b);
    // A remainder of the other sign than the divisor belongs to the truncated quotient, one above the floored one.
    Some(if rem != 0 && (rem ^ b) < 0 { rem + b } else { rem })
}

/// `a % b` on floats, floored: the result has the sign of `b`; NaN if `b` is zero or `a` is infinite.
#[inline]
pub fn float_mod(a: f64, b: f64) -> f64 {
    // Operands that are small integers need no `fmod`, which works bit by bit. The remainder's zero has the sign of `a`.
    const SMALL: f64 = (1u64 << 53) as f64;
    let rem =
        if a.abs() < SMALL && b.abs() < SMALL && b != 0.0 && a as i64 as f64 == a && b as i64 as f64 == b {
            ((a as i64 % b as i64) as f64).copysign(a)
        } else {
            a % b
        };
    if rem != 0.0 && (rem < 0.0) != (b < 0.0) { rem + b } else { rem }
}

/// `a ** b`, always on floats.
#[inline]
pub fn pow(a: f64, b: f64) -> f64 {
    // Squares are by far the most frequent powers, and a product is correctly rounded on every platform.
    if b == 2.0 { a * a } else { a.powf(b) }
}

/// `a << n`: 0 from 64 on; `None` if `n` is negative.
#[inline]
pub fn shl(a: i64, n: i64) -> Option<i64> {
    match n {
        0..=63 => Some(a << n),
        64.. => Some(0),
        _ => None,
    }
}

/// `a >> n`, keeping the sign: 0 or -1 from 64 on; `None` if `n` is negative.
#[inline]
pub fn shr(a: i64, n: i64) -> Option<i64> {
    match n {
        0.. => Some(a >> n.min(63)),
        _ => None,
    }
}

/// `a &^ b`: `a` without the bits set in `b`.
#[inline]
pub fn bit_clear(a: i64, b: i64) -> i64 {
    a & !b
}

/// The integer that a float equals, if there is one.
#[inline]
pub fn float_to_int(f: f64) -> Option<i64> {
    // The cast saturates, so the upper bound needs a test of its own: 2^63 as i64 is 2^63 - 1, which as a float is 2^63.
    let int = f as i64;
    if int as f64 == f && f < TWO_63 { Some(int) } else { None }
}

/// `a == b` by mathematical value.
#[inline]
pub fn int_eq_float(a: i64, b: f64) -> bool {
    float_to_int(b) == Some(a)
}

/// `a < b` by mathematical value; false for NaN.
#[inline]
pub fn int_lt_float(a: i64, b: f64) -> bool {
    // For an integer a: a < b exactly if a < ceil(b), and the ceiling converts without loss inside the range.
    if b >= TWO_63 {
        true
    } else if b > -TWO_63 {
        a < b.ceil() as i64
    } else {
        false
    }
}

/// `a <= b` by mathematical value; false for NaN.
#[inline]
pub fn int_le_float(a: i64, b: f64) -> bool {
    if b >= TWO_63 {
        true
    } else if b >= -TWO_63 {
        a <= b.floor() as i64
    } else {
        false
    }
}

/// `a < b` by mathematical value; false for NaN.
#[inline]
pub fn float_lt_int(a: f64, b: i64) -> bool {
    if a >= TWO_63 {
        false
    } else if a >= -TWO_63 {
        (a.floor() as i64) < b
    } else {
        // Below every integer, or NaN.
        a < -TWO_63
    }
}

/// `a <= b` by mathematical value; false for NaN.
#[inline]
pub fn float_le_int(a: f64, b: i64) -> bool {
    if a >= TWO_63 {
        false
    } else if a > -TWO_63 {
        (a.ceil() as i64) <= b
    } else {
        a <= -TWO_63
    }
}

/// A number: one of the two subtypes.
#[derive(Clone, Copy, Debug)]
pub enum Num {
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
}

impl Num {
    /// The number as a float, rounded if it is an integer of more than 53 bits.
    #[inline]
    pub fn to_float(self) -> f64 {
        match self {
            Num::Int(i) => i as f64,
            Num::Float(f) => f,
        }
    }

    /// The number as an integer, if it has an exact integer value.
    #[inline]
    pub fn to_int(self) -> Option<i64> {
        match self {
            Num::Int(i) => Some(i),
            Num::Float(f) => float_to_int(f),
        }
    }
}

macro_rules! num_op {
    ($(#[$doc:meta])* $name:ident, $int:ident, $float:tt) => {
        $(#[$doc])*
        #[inline]
        pub fn $name(a: Num, b: Num) -> Num {
            match (a, b) {
                (Num::Int(a), Num::Int(b)) => Num::Int(a.$int(b)),
                _ => Num::Float(a.to_float() $float b.to_float()),
            }
        }
    };
}

num_op!(
    /// `a + b`.
    add, wrapping_add, +
);
num_op!(
    /// `a - b`.
    sub, wrapping_sub, -
);
num_op!(
    /// `a * b`.
    mul, wrapping_mul, *
);

/// `a / b`, always a float.
#[inline]
pub fn div(a: Num, b: Num) -> Num {
    Num::Float(a.to_float() / b.to_float())
}

/// `a % b`; `None` for integers with `b` = 0.
#[inline]
pub fn rem(a: Num, b: Num) -> Option<Num> {
    match (a, b) {
        (Num::Int(a), Num::Int(b)) => int_mod(a, b).map(Num::Int),
        _ => Some(Num::Float(float_mod(a.to_float(), b.to_float()))),
    }
}

/// `-a`.
#[inline]
pub fn neg(a: Num) -> Num {
    match a {
        Num::Int(i) => Num::Int(i.wrapping_neg()),
        Num::Float(f) => Num::Float(-f),
    }
}

/// `a == b` by mathematical value.
#[inline]
pub fn eq(a: Num, b: Num) -> bool {
    match (a, b) {
        (Num::Int(a), Num::Int(b)) => a == b,
        (Num::Float(a), Num::Float(b)) => a == b,
        (Num::Int(i), Num::Float(f)) | (Num::Float(f), Num::Int(i)) => int_eq_float(i, f),
    }
}

/// `a < b` by mathematical value.
#[inline]
pub fn lt(a: Num, b: Num) -> bool {
    match (a, b) {
        (Num::Int(a), Num::Int(b)) => a < b,
        (Num::Float(a), Num::Float(b)) => a < b,
        (Num::Int(a), Num::Float(b)) => int_lt_float(a, b),
        (Num::Float(a), Num::Int(b)) => float_lt_int(a, b),
    }
}

/// `a <= b` by mathematical value.
#[inline]
pub fn le(a: Num, b: Num) -> bool {
    match (a, b) {
        (Num::Int(a), Num::Int(b)) => a <= b,
        (Num::Float(a), Num::Float(b)) => a <= b,
        (Num::Int(a), Num::Float(b)) => int_le_float(a, b),
        (Num::Float(a), Num::Int(b)) => float_le_int(a, b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_modulo_is_floored() {
        for (a, b, want) in [(7, 3, 1), (-7, 3, 2), (7, -3, -2), (-7, -3, -1), (6, -3, 0), (i64::MIN, -1, 0)]
        {
            assert_eq!(int_mod(a, b), Some(want), "{a} % {b}");
        }
        assert_eq!(int_mod(i64::MIN, i64::MAX), Some(i64::MAX - 1));
        assert_eq!(int_mod(1, 0), None);
    }

    #[test]
    fn float_modulo_of_integers_is_the_general_one() {
        let general = |a: f64, b: f64| {
            let rem = a % b;
            if rem != 0.0 && (rem < 0.0) != (b < 0.0) { rem + b } else { rem }
        };
        let samples = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            2.0,
            -3.0,
            7.0,
            -7.0,
            12.0,
            9007199254740991.0,
            -9007199254740991.0,
            1e300,
        ];
        for a in samples {
            for b in samples {
                let (got, want) = (float_mod(a, b), general(a, b));
                assert!(got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan(), "{a} % {b}");
            }
        }
    }

    #[test]
    fn float_modulo_is_floored() {
        for (a, b, want) in [(5.5, 2.0, 1.5), (-5.5, 2.0, 0.5), (5.5, -2.0, -0.5), (-5.5, -2.0, -1.5)] {
            assert_eq!(float_mod(a, b), want, "{a} % {b}");
        }
        assert!(float_mod(1.0, 0.0).is_nan());
        assert!(float_mod(f64::INFINITY, 2.0).is_nan());
        assert_eq!(float_mod(1.0, f64::INFINITY), 1.0);
        assert_eq!(float_mod(-1.0, f64::INFINITY), f64::INFINITY);
        assert_eq!(float_mod(-0.0, 2.0).to_bits(), (-0.0f64).to_bits());
    }

    #[test]
    fn powers() {
        assert_eq!(pow(-2.0, 2.0), 4.0);
        assert_eq!(pow(2.0, 70.0), 1.1805916207174113e21);
        assert_eq!(pow(0.0, 0.0), 1.0);
        assert!(pow(-8.0, 1.0 / 3.0).is_nan());
    }

    #[test]
    fn shifts() {
        assert_eq!(shl(1, 63), Some(i64::MIN));
        assert_eq!(shl(1, 64), Some(0));
        assert_eq!(shl(-1, i64::MAX), Some(0));
        assert_eq!(shl(1, -1), None);
        assert_eq!(shr(-8, 1), Some(-4));
        assert_eq!(shr(-8, 64), Some(-1));
        assert_eq!(shr(8, i64::MAX), Some(0));
        assert_eq!(shr(8, i64::MIN), None);
        assert_eq!(bit_clear(0b1111, 0b0101), 0b1010);
    }

    #[test]
    fn float_to_integer_is_exact() {
        assert_eq!(float_to_int(3.0), Some(3));
        assert_eq!(float_to_int(-0.0), Some(0));
        assert_eq!(float_to_int(3.5), None);
        assert_eq!(float_to_int(-TWO_63), Some(i64::MIN));
        assert_eq!(float_to_int(TWO_63), None);
        assert_eq!(float_to_int(f64::NAN), None);
        assert_eq!(float_to_int(f64::NEG_INFINITY), None);
    }

    #[test]
    fn mixed_comparison_is_exact() {
        let ints =
            [i64::MIN, i64::MIN + 1, -(1 << 53) - 1, -2, -1, 0, 1, 2, (1 << 53) + 1, i64::MAX - 1, i64::MAX];
        let floats = [
            f64::NEG_INFINITY,
            -1e300,
            -TWO_63 * 1.5,
            -TWO_63,
            -9_007_199_254_740_992.0,
            -1.5,
            -1.0,
            -0.5,
            -0.0,
            0.5,
            1.0,
            1.5,
            9_007_199_254_740_992.0,
            TWO_63,
            1e300,
            f64::INFINITY,
        ];
        for i in ints {
            for f in floats {
                // Both as 128-bit multiples of one half; infinities and large floats saturate outside the integers' range.
                let (x, y) = (i as i128 * 2, (f * 2.0) as i128);
                assert_eq!(int_eq_float(i, f), x == y, "{i} == {f}");
                assert_eq!(int_lt_float(i, f), x < y, "{i} < {f}");
                assert_eq!(int_le_float(i, f), x <= y, "{i} <= {f}");
                assert_eq!(float_lt_int(f, i), y < x, "{f} < {i}");
                assert_eq!(float_le_int(f, i), y <= x, "{f} <= {i}");
            }
            assert!(!int_eq_float(i, f64::NAN) && !int_lt_float(i, f64::NAN) && !int_le_float(i, f64::NAN));
            assert!(!float_lt_int(f64::NAN, i) && !float_le_int(f64::NAN, i));
        }
    }

    #[test]
    fn numbers_choose_their_subtype() {
        assert!(matches!(add(Num::Int(i64::MAX), Num::Int(1)), Num::Int(i64::MIN)));
        assert!(matches!(add(Num::Int(1), Num::Float(0.5)), Num::Float(1.5)));
        assert!(matches!(div(Num::Int(4), Num::Int(2)), Num::Float(2.0)));
        assert!(matches!(rem(Num::Int(-1), Num::Int(3)), Some(Num::Int(2))));
        assert!(rem(Num::Int(1), Num::Int(0)).is_none());
        assert!(matches!(rem(Num::Int(1), Num::Float(0.0)), Some(Num::Float(f)) if f.is_nan()));
        assert!(matches!(neg(Num::Int(i64::MIN)), Num::Int(i64::MIN)));
        assert!(
            eq(Num::Int(1), Num::Float(1.0))
                && lt(Num::Float(0.5), Num::Int(1))
                && le(Num::Int(2), Num::Int(2))
        );
        assert_eq!(Num::Float(2.0).to_int(), Some(2));
    }
}
