//! Tables as libraries use them: raw while a table has no metatable, as a script would use it otherwise.
//!
//! Every function here first takes the raw way and looks at the metatable only where that can make a difference. What runs
//! a metamethod may yield, raise or change any table, so callers keep nothing across these calls that such changes break.

use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::ops::ControlFlow;
use vm::engine::Meta;
use vm::error::Thrown;
use vm::fiber::Fiber;

/// Steps of a native loop between two looks at the poll word.
pub(crate) const POLL_STEPS: u32 = 4096;

/// Bytes that a native loop handles between two looks whether others wait for a stop of the world: some 100 microseconds, a byte at
/// a time.
pub(crate) const REST_BYTES: usize = 1 << 15;

/// Whether the table has no metatable.
#[inline]
pub(crate) fn is_plain(fiber: &Fiber, t: Table) -> bool {
    t.metatable(fiber.heap()).is_none()
}

/// `#t` as an integer.
///
/// # Errors
/// What `__len` raises; `object length is not an integer`.
#[inline]
pub(crate) fn len(fiber: &mut Fiber, t: Table) -> Result<i64, Thrown> {
    if is_plain(fiber, t) { Ok(t.len() as i64) } else { len_slow(fiber, t) }
}

#[cold]
#[inline(never)]
fn len_slow(fiber: &mut Fiber, t: Table) -> Result<i64, Thrown> {
    let v = fiber.len(t.to_value())?;
    match fiber.to_num(v).and_then(|n| n.to_int()) {
        Some(n) => Ok(n),
        None => Err(fiber.error("object length is not an integer")),
    }
}

/// `t[i]`.
///
/// # Errors
/// What `__index` raises.
#[inline]
pub(crate) fn get_index(fiber: &mut Fiber, t: Table, i: i64) -> Result<Value, Thrown> {
    let v = t.get_int(fiber.mutator(), i);
    if !v.is_nil() || is_plain(fiber, t) {
        return Ok(v);
    }
    let key = fiber.mutator().int(i);
    fiber.index(t.to_value(), key)
}

/// `t[i] = v`.
///
/// # Errors
/// What `__newindex` raises; `not enough memory`.
#[inline]
pub(crate) fn set_index(fiber: &mut Fiber, t: Table, i: i64, v: Value) -> Result<(), Thrown> {
    if is_plain(fiber, t) {
        return match t.set_int(fiber.mutator(), i, v) {
            Ok(()) => Ok(()),
            Err(_) => Err(fiber.out_of_memory()),
        };
    }
    let key = fiber.mutator().int(i);
    fiber.set_index(t.to_value(), key, v)
}

/// `t[key]`.
///
/// # Errors
/// What `__index` raises.
#[inline]
pub(crate) fn get(fiber: &mut Fiber, t: Table, key: Value) -> Result<Value, Thrown> {
    let v = t.get(fiber.mutator(), key);
    if !v.is_nil() || is_plain(fiber, t) { Ok(v) } else { fiber.index(t.to_value(), key) }
}

/// `t[key] = v`.
///
/// # Errors
/// `table index is nil`, `table index is NaN`, `not enough memory`; what `__newindex` raises.
#[inline]
pub(crate) fn set(fiber: &mut Fiber, t: Table, key: Value, v: Value) -> Result<(), Thrown> {
    if is_plain(fiber, t) { fiber.raw_set(t, key, v) } else { fiber.set_index(t.to_value(), key, v) }
}

/// `t.name`, as options of libraries are read.
///
/// # Errors
/// What `__index` raises.
pub(crate) fn field(fiber: &mut Fiber, t: Table, name: &str) -> Result<Value, Thrown> {
    // A name that was never interned is no key of any table.
    if let Some(key) = fiber.heap().strings().find(name.as_bytes()) {
        let v = t.get_str(fiber.heap(), key);
        if !v.is_nil() {
            return Ok(v);
        }
    }
    if is_plain(fiber, t) {
        return Ok(Value::NIL);
    }
    let key = fiber.mutator().intern(name.as_bytes());
    fiber.index(t.to_value(), key.to_value())
}

/// `t.name = v`, for tables that a library has just made: no metatable is looked for.
///
/// # Errors
/// `not enough memory`.
pub(crate) fn set_field(fiber: &mut Fiber, t: Table, name: &str, v: Value) -> Result<(), Thrown> {
    let key = fiber.mutator().intern(name.as_bytes());
    fiber.raw_set(t, key.to_value(), v)
}

/// `t[#t + 1] = v`, for lists that a library has just made.
///
/// # Errors
/// `not enough memory`.
#[inline]
pub(crate) fn append(fiber: &mut Fiber, t: Table, v: Value) -> Result<(), Thrown> {
    match t.append(fiber.mutator(), v) {
        Ok(()) => Ok(()),
        Err(_) => Err(fiber.out_of_memory()),
    }
}

/// Visits the entries of a table as a `range` loop does, `__pairs` included, until `visit` breaks. `visit` may run user
/// code, and it may change existing entries.
///
/// # Errors
/// What `visit`, `__pairs` or its iterator raises.
pub(crate) fn each_pair(
    fiber: &mut Fiber,
    t: Table,
    mut visit: impl FnMut(&mut Fiber, Value, Value) -> Result<ControlFlow<()>, Thrown>,
) -> Result<(), Thrown> {
    if !is_plain(fiber, t)
        && let Some(handler) = fiber.metamethod(t.to_value(), Meta::Pairs)
    {
        let r = fiber.call(handler, &[t.to_value()])?;
        let (f, state, mut control) = (r.get(0), r.get(1), r.get(2));
        loop {
            let r = fiber.call(f, &[state, control])?;
            let (k, v) = (r.get(0), r.get(1));
            if k.is_nil() || visit(fiber, k, v)?.is_break() {
                return Ok(());
            }
            control = k;
        }
    }
    let (mut cursor, mut last, mut steps) = (0, Value::NIL, 0);
    while let Some((next, k, v)) = t.next_at(fiber.mutator(), cursor, last) {
        if visit(fiber, k, v)?.is_break() {
            return Ok(());
        }
        (cursor, last) = (next, k);
        steps += 1;
        if steps == POLL_STEPS {
            steps = 0;
            fiber.poll()?;
        }
    }
    Ok(())
}

/// The bytes `i ..= j` of a string of `len` bytes by the range rule, as offsets; empty if there are none.
#[inline]
pub(crate) fn range_of(len: usize, i: i64, j: i64) -> std::ops::Range<usize> {
    let n = len as i64;
    let i = if i < 0 { n.saturating_add(i).saturating_add(1) } else { i }.max(1);
    let j = if j < 0 { n.saturating_add(j).saturating_add(1) } else { j }.min(n);
    if i > j { 0..0 } else { i as usize - 1..j as usize }
}

/// A string value of a library's own fixed text.
///
/// # Errors
/// `not enough memory`.
pub(crate) fn text(fiber: &mut Fiber, bytes: &[u8]) -> Result<Value, Thrown> {
    fiber.new_str(bytes).map(Str::to_value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_the_rule() {
        assert_eq!(range_of(5, 1, -1), 0..5);
        assert_eq!(range_of(5, 2, 3), 1..3);
        assert_eq!(range_of(5, -2, -1), 3..5);
        assert_eq!(range_of(5, -100, 100), 0..5);
        assert_eq!(range_of(5, 0, 2), 0..2);
        assert_eq!(range_of(5, 4, 2), 0..0);
        assert_eq!(range_of(5, 6, 9), 0..0);
        assert_eq!(range_of(0, 1, -1), 0..0);
        assert_eq!(range_of(3, i64::MIN, i64::MAX), 0..3);
        assert_eq!(range_of(3, i64::MAX, i64::MIN), 0..0);
    }
}
