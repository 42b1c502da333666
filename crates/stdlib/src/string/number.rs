//! Numbers laid out as C's `printf` does: `%f`, `%e`, `%g`, `%a` and digits of integers.
//!
//! The common cases need no general algorithm: a float is `m * 2^e`, so `m * 10^k` in 128 bits, shifted and rounded, is
//! its decimal expansion with `k` places, exactly. What does not fit goes to the standard library, which is exact too.
//! All functions append the text of a non-negative finite number; signs, widths and infinities are the caller's.

use std::io::Write;

/// Largest power of ten whose product with 53 bits fits in 128 bits.
const SCALE_MAX: usize = 22;

/// The powers of ten up to `SCALE_MAX`.
const POWERS: [u128; SCALE_MAX + 1] = {
    let mut powers = [1; SCALE_MAX + 1];
    let mut i = 1;
    while i <= SCALE_MAX {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// Appends the digits of an integer.
#[inline]
pub(crate) fn decimal(out: &mut Vec<u8>, n: u64) {
    let mut buffer = [0; 20];
    let at = decimal_digits(n, &mut buffer);
    out.extend_from_slice(&buffer[at..]);
}

/// Writes the digits of an integer at the end of the buffer; gives where they begin.
#[inline]
pub(crate) fn decimal_digits(n: u64, buffer: &mut [u8; 20]) -> usize {
    const PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    let (mut rest, mut at) = (n, 20);
    while rest >= 100 {
        let pair = (rest % 100) as usize * 2;
        rest /= 100;
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if rest >= 10 {
        let pair = rest as usize * 2;
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    } else {
        at -= 1;
        buffer[at] = b'0' + rest as u8;
    }
    at
}

/// `x * 10^places` rounded to an integer, ties to even; `None` if that takes more than 64 bits or `places` is too large.
fn scaled(x: f64, places: usize) -> Option<u64> {
    if places > SCALE_MAX {
        return None;
    }
    let bits = x.to_bits();
    let exponent = (bits >> 52) as i32 & 0x7ff;
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) =
        if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
    let product = mantissa as u128 * POWERS[places];
    if exponent >= 0 {
        let fits = product.leading_zeros() as i32 >= exponent + 64;
        return if fits { Some((product << exponent) as u64) } else { None };
    }
    let shift = -exponent as u32;
    if shift > 127 {
        // The product is below 2^127, hence below half.
        return Some(0);
    }
    let whole = u64::try_from(product >> shift).ok()?;
    let rest = product & ((1 << shift) - 1);
    let half = 1u128 << (shift - 1);
    let up = rest > half || (rest == half && whole & 1 == 1);
    whole.checked_add(up as u64)
}

/// `%.{precision}f`.
pub(crate) fn fixed(out: &mut Vec<u8>, x: f64, precision: usize, alternate: bool) {
    match scaled(x, precision) {
        Some(n) => {
            let mut buffer = [0; 20];
            let digits = &buffer_digits(n, &mut buffer);
            let whole = digits.len().saturating_sub(precision);
            if whole == 0 {
                out.push(b'0');
            }
            out.extend_from_slice(&digits[..whole]);
            if precision > 0 {
                out.push(b'.');
                out.extend(std::iter::repeat_n(b'0', precision - (digits.len() - whole)));
                out.extend_from_slice(&digits[whole..]);
            }
        }
        None => {
            // Writing to a vector cannot fail.
            let _ = write!(out, "{x:.precision$}");
        }
    }
    if precision == 0 && alternate {
        out.push(b'.');
    }
}

fn buffer_digits(n: u64, buffer: &mut [u8; 20]) -> &[u8] {
    let at = decimal_digits(n, buffer);
    &buffer[at..]
}

/// The first `count` significant digits of `x`, rounded, and the decimal exponent of the first.
fn significant(x: f64, count: usize) -> (Vec<u8>, i32) {
    if x == 0.0 {
        return (vec![b'0'; count], 0);
    }
    // The estimate may be off by one; the number of digits tells.
    let mut exponent = x.log10().floor() as i32;
    for _ in 0..3 {
        let places = count as i32 - 1 - exponent;
        let Some(n) = usize::try_from(places).ok().and_then(|places| scaled(x, places)) else { break };
        if count > 19 {
            break;
        }
        if n as u128 >= POWERS[count] {
            exponent += 1;
        } else if (n as u128) < POWERS[count - 1] {
            exponent -= 1;
        } else {
            let mut digits = Vec::with_capacity(count);
            decimal(&mut digits, n);
            return (digits, exponent);
        }
    }
    let text = format!("{x:.*e}", count - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.bytes().filter(u8::is_ascii_digit).collect(), exponent.parse().unwrap_or(0))
}

fn push_exponent(out: &mut Vec<u8>, letter: u8, exponent: i32) {
    out.extend([letter, if exponent < 0 { b'-' } else { b'+' }]);
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    decimal(out, exponent.unsigned_abs() as u64);
}

/// One digit, a point and the others; no point without others unless `alternate`.
fn push_mantissa(out: &mut Vec<u8>, digits: &[u8], alternate: bool) {
    out.push(digits[0]);
    if digits.len() > 1 || alternate {
        out.push(b'.');
    }
    out.extend_from_slice(&digits[1..]);
}

/// `%.{precision}e`.
pub(crate) fn exponent(out: &mut Vec<u8>, x: f64, precision: usize, alternate: bool, upper: bool) {
    let (digits, exponent) = significant(x, precision + 1);
    push_mantissa(out, &digits, alternate);
    push_exponent(out, if upper { b'E' } else { b'e' }, exponent);
}

/// `%.{precision}g`.
pub(crate) fn general(out: &mut Vec<u8>, x: f64, precision: usize, alternate: bool, upper: bool) {
    let precision = precision.max(1);
    let (mut digits, exponent) = significant(x, precision);
    if !alternate {
        let kept = digits.iter().rposition(|d| *d != b'0').map_or(1, |last| last + 1);
        digits.truncate(kept);
    }
    if exponent < -4 || exponent >= precision as i32 {
        push_mantissa(out, &digits, alternate);
        push_exponent(out, if upper { b'E' } else { b'e' }, exponent);
    } else if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', -exponent as usize - 1));
        out.extend_from_slice(&digits);
    } else {
        let whole = exponent as usize + 1;
        if digits.len() < whole {
            digits.resize(whole, b'0');
        }
        out.extend_from_slice(&digits[..whole]);
        if digits.len() > whole || alternate {
            out.push(b'.');
        }
        out.extend_from_slice(&digits[whole..]);
    }
}

/// `%a`, with as many digits as needed if there is no precision.
pub(crate) fn hexadecimal(out: &mut Vec<u8>, x: f64, precision: Option<usize>, alternate: bool, upper: bool) {
    const MANTISSA_DIGITS: usize = 13;
    let bits = x.to_bits();
    let biased = (bits >> 52) as i32 & 0x7ff;
    let mut mantissa = bits & ((1 << 52) - 1);
    let exponent = match (biased, mantissa) {
        (0, 0) => 0,
        (0, _) => -1022,
        _ => {
            mantissa |= 1 << 52;
            biased - 1023
        }
    };
    let count = precision.unwrap_or(MANTISSA_DIGITS);
    if count < MANTISSA_DIGITS {
        let cut = 4 * (MANTISSA_DIGITS - count);
        let (rest, half) = (mantissa & ((1 << cut) - 1), 1 << (cut - 1));
        mantissa >>= cut;
        mantissa += (rest > half || (rest == half && mantissa & 1 == 1)) as u64;
        mantissa <<= cut;
    }
    let mut fraction = format!("{:013x}", mantissa & ((1 << 52) - 1)).into_bytes();
    match precision {
        Some(count) => fraction.resize(count, b'0'),
        None => {
            let kept = fraction.iter().rposition(|d| *d != b'0').map_or(0, |last| last + 1);
            fraction.truncate(kept);
        }
    }
    let start = out.len();
    out.extend_from_slice(b"0x");
    decimal(out, mantissa >> 52);
    if !fraction.is_empty() || alternate {
        out.push(b'.');
    }
    out.extend_from_slice(&fraction);
    out.extend([b'p', if exponent < 0 { b'-' } else { b'+' }]);
    decimal(out, exponent.unsigned_abs() as u64);
    if upper {
        out[start..].make_ascii_uppercase();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(f: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        f(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn integers() {
        for n in [0, 7, 10, 99, 100, 101, 12345, u64::MAX] {
            assert_eq!(shown(|out| decimal(out, n)), n.to_string());
        }
    }

    #[test]
    fn fixed_point() {
        let f = |x, p| shown(|out| fixed(out, x, p, false));
        assert_eq!(f(0.0, 6), "0.000000");
        assert_eq!(f(4.14159, 2), "4.14");
        assert_eq!(f(0.5, 0), "0");
        assert_eq!(f(1.5, 0), "2");
        assert_eq!(f(2.5, 0), "2");
        assert_eq!(f(0.125, 2), "0.12");
        assert_eq!(f(0.375, 2), "0.38");
        assert_eq!(f(1e15, 3), "1000000000000000.000");
        assert_eq!(f(1e22, 1), "10000000000000000000000.0");
        assert_eq!(f(5e-324, 3), "0.000");
        assert_eq!(f(0.1, 20), "0.10000000000000000555");
        assert_eq!(f(999.9996, 3), "1000.000");
        assert_eq!(f(0.05, 1), "0.1");
        assert_eq!(shown(|out| fixed(out, 3.0, 0, true)), "3.");
    }

    #[test]
    fn fixed_point_agrees_with_the_standard_library() {
        let mut seed = 0x1234_5678_9abc_def1u64;
        for _ in 0..20_000 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let x = f64::from_bits(seed >> 1);
            let y = ((seed >> 20) as f64) / 4096.0;
            for p in [0, 1, 2, 6, 14, 22] {
                assert_eq!(shown(|out| fixed(out, y, p, false)), format!("{y:.p$}"));
                if x.is_finite() && x < 1e40 {
                    assert_eq!(shown(|out| fixed(out, x, p, false)), format!("{x:.p$}"), "{x:e}");
                }
                if x.is_finite() {
                    let (digits, e) = significant(x, p + 1);
                    let text = format!("{x:.p$e}");
                    let (m, want) = text.split_once('e').unwrap();
                    assert_eq!(
                        (String::from_utf8(digits).unwrap(), e),
                        (m.replace('.', ""), want.parse().unwrap())
                    );
                }
            }
        }
    }

    #[test]
    fn exponents() {
        let e = |x, p| shown(|out| exponent(out, x, p, false, false));
        assert_eq!(e(0.0, 6), "0.000000e+00");
        assert_eq!(e(12345.678, 3), "1.235e+04");
        assert_eq!(e(1e-7, 0), "1e-07");
        assert_eq!(e(1e100, 2), "1.00e+100");
        assert_eq!(e(9.9999999, 3), "1.000e+01");
        assert_eq!(shown(|out| exponent(out, 2.0, 0, true, true)), "2.E+00");
    }

    #[test]
    fn general_form() {
        let g = |x, p| shown(|out| general(out, x, p, false, false));
        assert_eq!(g(0.0, 6), "0");
        assert_eq!(g(100000.0, 6), "100000");
        assert_eq!(g(1000000.0, 6), "1e+06");
        assert_eq!(g(0.0001, 6), "0.0001");
        assert_eq!(g(0.00001, 6), "1e-05");
        assert_eq!(g(4.14159265, 3), "4.14");
        assert_eq!(g(999999.5, 6), "1e+06");
        assert_eq!(g(0.1, 14), "0.1");
        assert_eq!(g(0.1, 17), "0.10000000000000001");
        assert_eq!(g(2f64.powi(53), 14), "9.007199254741e+15");
        assert_eq!(g(123.0, 0), "1e+02");
        assert_eq!(shown(|out| general(out, 1.5, 6, true, false)), "1.50000");
        assert_eq!(shown(|out| general(out, 100000.0, 6, true, false)), "100000.");
        assert_eq!(shown(|out| general(out, 1e10, 3, true, true)), "1.00E+10");
    }

    #[test]
    fn hexadecimal_floats() {
        let a = |x, p| shown(|out| hexadecimal(out, x, p, false, false));
        assert_eq!(a(0.0, None), "0x0p+0");
        assert_eq!(a(1.0, None), "0x1p+0");
        assert_eq!(a(0.5, None), "0x1p-1");
        assert_eq!(a(3.140625, None), "0x1.92p+1");
        assert_eq!(a(5e-324, None), "0x0.0000000000001p-1022");
        assert_eq!(a(1.999, Some(1)), "0x2.0p+0");
        assert_eq!(a(1.0, Some(3)), "0x1.000p+0");
        assert_eq!(a(1.5, Some(0)), "0x2p+0");
        assert_eq!(shown(|out| hexadecimal(out, 10.0, None, false, true)), "0X1.4P+3");
    }
}
