//! Sorting: a stable merge sort that survives any comparator.
//!
//! The elements are copied out, sorted in Rust's memory and stored back at the end. So an error in between leaves the
//! table as it was, and a comparator that yields, changes the table or contradicts itself finds nothing to break: what it
//! is asked about are the copies, of which none is lost. A second copy in a table keeps them reachable.
//!
//! Where no user code can be asked, arrays of raw numbers are sorted where they are, and lists of numbers or of strings by
//! the standard library. The general case finds runs that are in order already, makes short ones longer by binary
//! insertion (comparisons cost the most), and merges neighbours of about equal length.
//!
//! The fiber may be dropped inside a comparison: nothing is owned here but plain memory.

use crate::access::{self, POLL_STEPS, is_plain};
use bytecode::arith::{self, Num};
use runtime::mutator::keep_alive;
use runtime::string::Str;
use runtime::table::{ElementKind, Table};
use runtime::value::Value;
use std::cmp::Ordering;
use vm::convert;
use vm::error::Thrown;
use vm::fiber::Fiber;

/// What comes before what.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    /// By `<`, metamethods included.
    Ascending,
    /// By `<` with its operands exchanged.
    #[expect(dead_code, reason = "for the library that sorts downwards")]
    Descending,
    /// By a function `less(a, b)`.
    By(Value),
}

/// Whether `a` comes before `b`.
#[inline]
fn is_less(fiber: &mut Fiber, order: Order, a: Value, b: Value) -> Result<bool, Thrown> {
    match order {
        Order::By(less) => Ok(!fiber.call1(less, &[a, b])?.is_falsy()),
        Order::Ascending => fiber.less_than(a, b),
        Order::Descending => fiber.less_than(b, a),
    }
}

/// Sorts the array part of a table in place; stable.
///
/// # Errors
/// What comparing raises, `not enough memory`; the table is as it was then.
pub(crate) fn sort_table(fiber: &mut Fiber, t: Table, order: Order) -> Result<(), Thrown> {
    let n = access::len(fiber, t)?;
    if n < 2 {
        return Ok(());
    }
    let is_plain = is_plain(fiber, t);
    if is_plain
        && matches!(order, Order::Ascending)
        && is_raw_sort_stable(t)
        && t.sort_numbers(fiber.mutator())
    {
        return Ok(());
    }
    let (mut values, reachable) = copy_out(fiber, t, n)?;
    sort_values(fiber, &mut values, order)?;
    for (i, &v) in values.iter().enumerate() {
        access::set_index(fiber, t, i as i64 + 1, v)?;
        if (i as u32).is_multiple_of(POLL_STEPS) {
            fiber.poll()?;
        }
    }
    keep_alive(reachable.to_value());
    Ok(())
}

/// Whether sorting raw numbers by their bits keeps the order of equal ones: it would put -0.0 before 0.0.
fn is_raw_sort_stable(t: Table) -> bool {
    if t.array().kind() != ElementKind::Float {
        return true;
    }
    let minus_zero = Value::float(-0.0);
    (1..=t.len() as i64).all(|i| t.quick_get(i).is_some_and(|v| v != minus_zero))
}

/// Elements `1 ..= n`, and a table that keeps them reachable.
///
/// ROOTED: the caller keeps the table.
pub(crate) fn copy_out(fiber: &mut Fiber, t: Table, n: i64) -> Result<(Vec<Value>, Table), Thrown> {
    let reachable = fiber.mutator().new_table(0, 0);
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    // General elements, so that each value is kept as the object that it is.
    let room = n.min(t.len()).max(1);
    let mut values = Vec::new();
    if n > fiber.heap().limit_bytes() / 8
        || reachable.reserve_array(fiber.mutator(), room, ElementKind::Any).is_err()
        || values.try_reserve(room).is_err()
    {
        return Err(fiber.out_of_memory());
    }
    for i in 1..=n {
        let v = access::get_index(fiber, t, i as i64)?;
        if v.is_reference() {
            access::append(fiber, reachable, v)?;
        }
        if values.len() == values.capacity() && values.try_reserve(values.len()).is_err() {
            return Err(fiber.out_of_memory());
        }
        values.push(v);
        if (i as u32).is_multiple_of(POLL_STEPS) {
            fiber.poll()?;
        }
    }
    Ok((values, reachable))
}

/// Sorts values that the caller keeps reachable; stable.
///
/// # Errors
/// What comparing raises, `not enough memory`.
pub(crate) fn sort_values(fiber: &mut Fiber, values: &mut [Value], order: Order) -> Result<(), Thrown> {
    let is_done = match order {
        Order::By(_) => false,
        Order::Ascending => sort_numbers(fiber, values, false) || sort_strings(fiber, values, false)?,
        Order::Descending => sort_numbers(fiber, values, true) || sort_strings(fiber, values, true)?,
    };
    if is_done {
        return Ok(());
    }
    // ROOTED: it holds values of the slice, which the caller keeps reachable.
    let mut buffer: Vec<Value> = Vec::new();
    if buffer.try_reserve_exact(values.len() / 2 + 1).is_err() {
        return Err(fiber.out_of_memory());
    }
    MergeSort { order, buffer, steps: 0 }.sort(fiber, values)
}

/// So many bytes would take about as long to copy as `n` values to sort: whoever sorts many lets others stop the world
/// meanwhile, because what the comparisons see is kept by the caller and never changes.
fn sort_work(n: usize) -> usize {
    n.saturating_mul(128)
}

/// Sorts by the standard library if all values are numbers and none is NaN.
fn sort_numbers(fiber: &mut Fiber, values: &mut [Value], is_descending: bool) -> bool {
    let work = sort_work(values.len());
    if values.iter().all(|v| v.is_small_int()) {
        fiber.mutator().aside(work, || {
            if is_descending {
                values.sort_by_key(|v| std::cmp::Reverse(v.small_int_payload()));
            } else {
                values.sort_by_key(|v| v.small_int_payload());
            }
        });
        return true;
    }
    if !values.iter().all(|v| v.is_number() && !(v.is_float() && v.float_payload().is_nan())) {
        return false;
    }
    let number = |v: &Value| convert::num(*v).unwrap_or(Num::Int(0));
    let compare = |a: &Value, b: &Value| {
        let (a, b) = (number(a), number(b));
        if arith::lt(a, b) {
            Ordering::Less
        } else if arith::lt(b, a) {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    };
    fiber.mutator().aside(work, || {
        if is_descending {
            values.sort_by(|a, b| compare(b, a));
        } else {
            values.sort_by(compare);
        }
    });
    true
}

/// A string to be sorted: its first bytes as a number, all of them, and its value.
type StringEntry = (u64, &'static [u8], Value);

/// Sorts by the standard library if all values are strings.
fn sort_strings(fiber: &mut Fiber, values: &mut [Value], is_descending: bool) -> Result<bool, Thrown> {
    if !values.iter().all(|v| v.is_string()) {
        return Ok(false);
    }
    let mut entries: Vec<StringEntry> = Vec::new();
    if entries.try_reserve_exact(values.len()).is_err() {
        return Err(fiber.out_of_memory());
    }
    for (i, &v) in values.iter().enumerate() {
        if (i as u32).is_multiple_of(POLL_STEPS) {
            fiber.poll()?;
        }
        // Flattening may allocate; the strings stay where they are, kept by the caller.
        let bytes: &'static [u8] = match Str::from_value(v) {
            Some(s) => s.bytes(fiber.mutator()),
            None => b"",
        };
        let mut prefix = [0; 8];
        let n = bytes.len().min(8);
        prefix[..n].copy_from_slice(&bytes[..n]);
        entries.push((u64::from_be_bytes(prefix), bytes, v));
    }
    // Equal prefixes say nothing if one string ends in it.
    let compare = |a: &StringEntry, b: &StringEntry| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1));
    fiber.mutator().aside(sort_work(entries.len()), || {
        if is_descending {
            entries.sort_by(|a, b| compare(b, a));
        } else {
            entries.sort_by(compare);
        }
    });
    for (v, entry) in values.iter_mut().zip(&entries) {
        *v = entry.2;
    }
    Ok(true)
}

/// Runs shorter than this are made longer by insertion.
const RUN_MIN: usize = 16;
/// Runs that can wait to be merged: their lengths grow at least like Fibonacci numbers.
const RUNS_MAX: usize = 96;

struct MergeSort {
    order: Order,
    /// ROOTED: values of the slice that is sorted.
    buffer: Vec<Value>,
    steps: u32,
}

impl MergeSort {
    #[inline]
    fn is_less(&mut self, fiber: &mut Fiber, a: Value, b: Value) -> Result<bool, Thrown> {
        self.steps += 1;
        if self.steps.is_multiple_of(POLL_STEPS) {
            fiber.poll()?;
        }
        is_less(fiber, self.order, a, b)
    }

    fn sort(mut self, fiber: &mut Fiber, a: &mut [Value]) -> Result<(), Thrown> {
        // (start, length) of the runs found, all adjacent.
        let mut runs = [(0, 0); RUNS_MAX];
        let mut count = 0;
        let mut at = 0;
        while at < a.len() {
            let len = self.next_run(fiber, &mut a[at..])?;
            runs[count] = (at, len);
            count += 1;
            at += len;
            // Lengths must fall fast enough that few runs wait and merges stay balanced.
            while count > 1 {
                let last = count - 1;
                let is_third_short = count > 2 && runs[last - 2].1 <= runs[last - 1].1 + runs[last].1;
                let is_fourth_short = count > 3 && runs[last - 3].1 <= runs[last - 2].1 + runs[last - 1].1;
                let at = if is_third_short || is_fourth_short {
                    if runs[last - 2].1 < runs[last].1 { last - 2 } else { last - 1 }
                } else if runs[last - 1].1 <= runs[last].1 {
                    last - 1
                } else {
                    break;
                };
                self.merge_runs(fiber, a, &mut runs, &mut count, at)?;
            }
        }
        while count > 1 {
            let last = count - 1;
            let at = if count > 2 && runs[last - 2].1 < runs[last].1 { last - 2 } else { last - 1 };
            self.merge_runs(fiber, a, &mut runs, &mut count, at)?;
        }
        Ok(())
    }

    /// Merges run `at` with the next one.
    fn merge_runs(
        &mut self,
        fiber: &mut Fiber,
        a: &mut [Value],
        runs: &mut [(usize, usize); RUNS_MAX],
        count: &mut usize,
        at: usize,
    ) -> Result<(), Thrown> {
        let ((start, left), (_, right)) = (runs[at], runs[at + 1]);
        self.merge(fiber, &mut a[start..start + left + right], left)?;
        runs[at].1 = left + right;
        runs.copy_within(at + 2..*count, at + 1);
        *count -= 1;
        Ok(())
    }

    /// The length of a run at the start of `a`: what is in order already, and then some.
    fn next_run(&mut self, fiber: &mut Fiber, a: &mut [Value]) -> Result<usize, Thrown> {
        if a.len() < 2 {
            return Ok(a.len());
        }
        let mut len = 2;
        if self.is_less(fiber, a[1], a[0])? {
            // Strictly falling, so that turning it round exchanges no equal elements.
            while len < a.len() && self.is_less(fiber, a[len], a[len - 1])? {
                len += 1;
            }
            a[..len].reverse();
        } else {
            while len < a.len() && !self.is_less(fiber, a[len], a[len - 1])? {
                len += 1;
            }
        }
        let end = RUN_MIN.min(a.len());
        for i in len..end {
            // Behind all elements that are not greater.
            let v = a[i];
            let (mut low, mut high) = (0, i);
            while low < high {
                let middle = (low + high) / 2;
                if self.is_less(fiber, v, a[middle])? { high = middle } else { low = middle + 1 }
            }
            a.copy_within(low..i, low + 1);
            a[low] = v;
        }
        Ok(len.max(end))
    }

    /// Merges `a[..left]` with the rest.
    fn merge(&mut self, fiber: &mut Fiber, a: &mut [Value], left: usize) -> Result<(), Thrown> {
        if !self.is_less(fiber, a[left], a[left - 1])? {
            return Ok(());
        }
        if left <= a.len() - left {
            self.merge_upwards(fiber, a, left)
        } else {
            self.merge_downwards(fiber, a, left)
        }
    }

    /// Merges with the left part set aside.
    fn merge_upwards(&mut self, fiber: &mut Fiber, a: &mut [Value], left: usize) -> Result<(), Thrown> {
        self.buffer.clear();
        self.buffer.extend_from_slice(&a[..left]);
        let (mut i, mut j, mut to) = (0, left, 0);
        while i < left && j < a.len() {
            // At most `j` elements are written when `j - left` of the right part are taken: none is overwritten unread.
            if self.is_less(fiber, a[j], self.buffer[i])? {
                a[to] = a[j];
                j += 1;
            } else {
                a[to] = self.buffer[i];
                i += 1;
            }
            to += 1;
        }
        let rest = left - i;
        a[to..to + rest].copy_from_slice(&self.buffer[i..left]);
        Ok(())
    }

    /// Merges with the right part set aside.
    fn merge_downwards(&mut self, fiber: &mut Fiber, a: &mut [Value], left: usize) -> Result<(), Thrown> {
        self.buffer.clear();
        self.buffer.extend_from_slice(&a[left..]);
        let (mut i, mut j, mut to) = (left, self.buffer.len(), a.len());
        while i > 0 && j > 0 {
            to -= 1;
            if self.is_less(fiber, self.buffer[j - 1], a[i - 1])? {
                a[to] = a[i - 1];
                i -= 1;
            } else {
                a[to] = self.buffer[j - 1];
                j -= 1;
            }
        }
        a[i..i + j].copy_from_slice(&self.buffer[..j]);
        Ok(())
    }
}
