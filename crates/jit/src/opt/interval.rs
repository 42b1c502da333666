//! Arithmetic of intervals of integers: what an operation can give, from what its operands can be.

use runtime::value::{INT_MAX, INT_MIN};

/// The integers from `lo` to `hi`, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Range {
    pub(super) lo: i64,
    pub(super) hi: i64,
}

/// No array, string or list has more parts than the address space has bytes.
pub(super) const SIZE: Range = Range { lo: 0, hi: INT_MAX };
/// Up to here integers and doubles correspond.
pub(super) const EXACT: Range = Range { lo: -(1 << 53), hi: 1 << 53 };
pub(super) const SMALL: Range = Range { lo: INT_MIN, hi: INT_MAX };

impl Range {
    pub(super) const FULL: Range = Range { lo: i64::MIN, hi: i64::MAX };

    pub(super) fn one(k: i64) -> Range {
        Range { lo: k, hi: k }
    }

    pub(super) fn new(lo: i64, hi: i64) -> Range {
        Range { lo, hi }
    }

    /// The range between two results that did not overflow, or anything.
    pub(super) fn exact(lo: i128, hi: i128) -> Range {
        match (i64::try_from(lo), i64::try_from(hi)) {
            (Ok(lo), Ok(hi)) => Range { lo, hi },
            _ => Range::FULL,
        }
    }

    pub(super) fn is_in(self, other: Range) -> bool {
        other.lo <= self.lo && self.hi <= other.hi
    }

    pub(super) fn join(self, other: Range) -> Range {
        Range { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// The common part; `self` if there is none, which means that the place is not reached.
    pub(super) fn meet(self, other: Range) -> Range {
        let both = Range { lo: self.lo.max(other.lo), hi: self.hi.min(other.hi) };
        if both.lo <= both.hi { both } else { self }
    }

    pub(super) fn single(self) -> Option<i64> {
        (self.lo == self.hi).then_some(self.lo)
    }

    /// The same, grown where it differs from `old` to the next threshold.
    pub(super) fn widened(self, old: Range) -> Range {
        const STEPS: [i64; 7] = [0, 1, i32::MAX as i64, INT_MAX - 1, INT_MAX, 1 << 53, i64::MAX];
        let up = |k: i64| STEPS.into_iter().find(|&s| s >= k).unwrap_or(i64::MAX);
        let down = |k: i64| STEPS.into_iter().map(|s| !s).find(|&s| s <= k).unwrap_or(i64::MIN);
        let lo = if self.lo < old.lo && self.lo < 0 { down(self.lo) } else { self.lo.min(old.lo) };
        let hi = if self.hi > old.hi { up(self.hi) } else { old.hi };
        Range { lo, hi }
    }
}

pub(super) fn add(a: Range, b: Range) -> Range {
    Range::exact(i128::from(a.lo) + i128::from(b.lo), i128::from(a.hi) + i128::from(b.hi))
}

pub(super) fn multiply(a: Range, b: Range) -> Range {
    let products =
        [(a.lo, b.lo), (a.lo, b.hi), (a.hi, b.lo), (a.hi, b.hi)].map(|(x, y)| i128::from(x) * i128::from(y));
    Range::exact(
        products.into_iter().fold(i128::MAX, i128::min),
        products.into_iter().fold(i128::MIN, i128::max),
    )
}

pub(super) fn absolute(a: Range) -> Range {
    if a.lo == i64::MIN {
        Range::FULL
    } else if a.lo >= 0 {
        a
    } else {
        Range::new(if a.hi < 0 { -a.hi } else { 0 }, a.hi.max(-a.lo))
    }
}

/// Floored division by a positive divisor: towards 0 or -1 as the divisor grows.
pub(super) fn quotient(a: Range, b: Range) -> Range {
    let lo = a.lo.div_euclid(if a.lo < 0 { b.lo } else { b.hi });
    let hi = a.hi.div_euclid(if a.hi < 0 { b.hi } else { b.lo });
    Range::new(lo, hi)
}

pub(super) fn remainder(a: Range, b: Range) -> Range {
    if a.lo >= 0 && a.hi < b.lo {
        a
    } else {
        Range::new(0, if a.lo >= 0 { a.hi.min(b.hi - 1) } else { b.hi - 1 })
    }
}

pub(super) fn truncated(a: Range, to: Range) -> Range {
    if a.is_in(to) { a } else { to }
}

pub(super) fn of_bits(bits: u64) -> Range {
    let half = 1i64 << (bits.clamp(1, 63) - 1);
    Range::new(-half, half - 1)
}

/// The range without an end that is surely not it.
pub(super) fn without(a: Range, b: Range) -> Range {
    match b.single() {
        Some(k) if a.lo == k && a.hi > k => Range::new(k + 1, a.hi),
        Some(k) if a.hi == k && a.lo < k => Range::new(a.lo, k - 1),
        _ => a,
    }
}
