//! Integers as text.

/// Digits of the longest integer, with its sign.
pub const INT_DIGITS_MAX: usize = 20;

/// The digits of an integer in a buffer: the common case without `fmt`, two a step.
pub fn int_digits(i: i64, buffer: &mut [u8; INT_DIGITS_MAX]) -> &[u8] {
    const PAIRS: [[u8; 2]; 100] = {
        let mut pairs = [[0; 2]; 100];
        let mut n = 0;
        while n < 100 {
            pairs[n] = [b'0' + n as u8 / 10, b'0' + n as u8 % 10];
            n += 1;
        }
        pairs
    };
    let mut rest = i.unsigned_abs();
    let mut at = buffer.len();
    while rest >= 10 {
        at -= 2;
        let pair;
        (rest, pair) = (rest / 100, (rest % 100) as usize);
        buffer[at..at + 2].copy_from_slice(&PAIRS[pair]);
    }
    if rest > 0 || at == buffer.len() {
        at -= 1;
        buffer[at] = b'0' + rest as u8;
    }
    if i < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    &buffer[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_their_digits() {
        let edges = [0, 1, 9, 10, 11, 99, 100, 101, 109, 999, 1000, 65_536, i64::MAX, i64::MIN];
        let powers = (0..19).flat_map(|n| [10i64.pow(n) - 1, 10i64.pow(n), 10i64.pow(n) + 1]);
        for i in edges.into_iter().chain(powers).flat_map(|i| [i, i.wrapping_neg()]) {
            let mut buffer = [0; INT_DIGITS_MAX];
            assert_eq!(int_digits(i, &mut buffer), i.to_string().as_bytes());
        }
    }
}
