//! Functions of the `table` library over whole lists and tables.
//!
//! The length is read once, at the start. Callbacks may change anything: elements are read when their turn comes.

use crate::access::{self, POLL_STEPS};
use runtime::table::Table;
use runtime::value::Value;
use std::ops::ControlFlow;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeResult};

/// Levels of nested tables that `flatten` follows.
const NESTING_MAX: usize = 1000;

/// An empty list.
fn new_list(fiber: &mut Fiber) -> Table {
    fiber.mutator().new_table(0, 0)
}

/// An empty list with room for `len` elements like those of `source`. Without memory for them it grows as it is filled.
fn new_list_like(fiber: &mut Fiber, source: Table, len: usize) -> Table {
    let list = new_list(fiber);
    if len > 0 {
        let kind = source.array().kind();
        let _ = list.reserve_array(fiber.mutator(), len.min(source.len()), kind);
    }
    list
}

/// Calls `visit` with `i` and element `i` for all of the array part.
fn each_element(
    fiber: &mut Fiber,
    t: Table,
    mut visit: impl FnMut(&mut Fiber, i64, Value) -> Result<ControlFlow<()>, Thrown>,
) -> Result<(), Thrown> {
    let n = access::len(fiber, t)?;
    for i in 1..=n {
        let v = access::get_index(fiber, t, i)?;
        if visit(fiber, i, v)?.is_break() {
            break;
        }
        if (i as u32).is_multiple_of(POLL_STEPS) {
            fiber.poll()?;
        }
    }
    Ok(())
}

const GO_ON: Result<ControlFlow<()>, Thrown> = Ok(ControlFlow::Continue(()));

pub(super) fn keys(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let list = new_list(fiber);
    access::each_pair(fiber, t, |fiber, k, _| {
        access::append(fiber, list, k)?;
        GO_ON
    })?;
    args.ret1(list.to_value())
}

pub(super) fn values(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let list = new_list(fiber);
    access::each_pair(fiber, t, |fiber, _, v| {
        access::append(fiber, list, v)?;
        GO_ON
    })?;
    args.ret1(list.to_value())
}

pub(super) fn contains(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let wanted = args.any(fiber, 1)?;
    let mut is_found = false;
    access::each_pair(fiber, t, |fiber, _, v| {
        is_found = fiber.raw_equal(v, wanted);
        Ok(if is_found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    args.ret1(Value::bool(is_found))
}

pub(super) fn index_of(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let wanted = args.any(fiber, 1)?;
    let mut found = Value::NIL;
    each_element(fiber, t, |fiber, i, v| {
        if fiber.raw_equal(v, wanted) {
            found = fiber.mutator().int(i);
            return Ok(ControlFlow::Break(()));
        }
        GO_ON
    })?;
    args.ret1(found)
}

pub(super) fn count(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let mut n = 0;
    access::each_pair(fiber, t, |_, _, _| {
        n += 1;
        GO_ON
    })?;
    args.ret1(Value::int_unchecked(n))
}

pub(super) fn copy(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let result = new_list_like(fiber, t, t.len());
    access::each_pair(fiber, t, |fiber, k, v| {
        fiber.raw_set(result, k, v)?;
        GO_ON
    })?;
    args.ret1(result.to_value())
}

pub(super) fn merge(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (a, b) = (args.table(fiber, 0)?, args.table(fiber, 1)?);
    access::each_pair(fiber, b, |fiber, k, v| {
        access::set(fiber, a, k, v)?;
        GO_ON
    })?;
    args.ret1(a.to_value())
}

pub(super) fn from_array(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let f = args.callable(fiber, 1)?;
    let result = new_list(fiber);
    each_element(fiber, t, |fiber, _, v| {
        let key = fiber.call1(f, &[v])?;
        if !key.is_nil() {
            fiber.raw_set(result, key, v)?;
        }
        GO_ON
    })?;
    args.ret1(result.to_value())
}

pub(super) fn unique(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let list = new_list(fiber);
    // A table's keys are told apart as raw equality tells values apart.
    let seen = new_list(fiber);
    each_element(fiber, t, |fiber, _, v| {
        if v.is_nil() {
            return GO_ON;
        }
        // NaN is no key, and equals nothing.
        if fiber.raw_equal(v, v) {
            if !seen.get(fiber.mutator(), v).is_nil() {
                return GO_ON;
            }
            fiber.raw_set(seen, v, Value::TRUE)?;
        }
        access::append(fiber, list, v)?;
        GO_ON
    })?;
    args.ret1(list.to_value())
}

pub(super) fn flatten(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let depth = args.opt_int(fiber, 1, i64::MAX)?;
    let list = new_list(fiber);
    // The tables that are open, outermost first, in a table so that they are reachable; and where each one is.
    let open = new_list(fiber);
    let mut places: Vec<(i64, i64)> = Vec::new();
    let (mut current, mut i, mut n) = (t, 0, access::len(fiber, t)?);
    let mut steps = 0;
    loop {
        steps += 1;
        if steps == POLL_STEPS {
            steps = 0;
            fiber.poll()?;
        }
        if i >= n {
            let Some(place) = places.pop() else { break };
            (i, n) = place;
            let outer = open.remove_at(fiber.mutator(), places.len() + 1);
            let Some(outer) = Table::from_value(outer) else { break };
            current = outer;
            continue;
        }
        i += 1;
        let v = access::get_index(fiber, current, i)?;
        match Table::from_value(v) {
            Some(inner) if (places.len() as i64) < depth => {
                if places.len() >= NESTING_MAX {
                    return Err(args.bad(fiber, 0, "nesting too deep"));
                }
                let inner_n = access::len(fiber, inner)?;
                access::append(fiber, open, current.to_value())?;
                places.push((i, n));
                (current, i, n) = (inner, 0, inner_n);
            }
            _ => access::append(fiber, list, v)?,
        }
    }
    args.ret1(list.to_value())
}

pub(super) fn zip(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (a, b) = (args.table(fiber, 0)?, args.table(fiber, 1)?);
    let n = access::len(fiber, a)?.min(access::len(fiber, b)?);
    let list = new_list(fiber);
    for i in 1..=n {
        let (x, y) = (access::get_index(fiber, a, i)?, access::get_index(fiber, b, i)?);
        let pair = fiber.mutator().new_table(0, 0);
        if pair.set_list(fiber.mutator(), 1, &[x, y], 2).is_err() {
            return Err(fiber.out_of_memory());
        }
        access::append(fiber, list, pair.to_value())?;
        if (i as u32).is_multiple_of(POLL_STEPS) {
            fiber.poll()?;
        }
    }
    args.ret1(list.to_value())
}

pub(super) fn reverse(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    reverse_table(fiber, t)?;
    args.ret1(t.to_value())
}

/// Reverses the array part in place.
///
/// # Errors
/// What metamethods raise; `not enough memory`.
pub(crate) fn reverse_table(fiber: &mut Fiber, t: Table) -> Result<(), Thrown> {
    let n = access::len(fiber, t)?;
    let (mut i, mut j) = (1, n);
    while i < j {
        let (x, y) = (access::get_index(fiber, t, i)?, access::get_index(fiber, t, j)?);
        access::set_index(fiber, t, i, y)?;
        access::set_index(fiber, t, j, x)?;
        i += 1;
        j -= 1;
        if (i as u32).is_multiple_of(POLL_STEPS) {
            fiber.poll()?;
        }
    }
    Ok(())
}

pub(super) fn slice(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let (i, j) = (args.int(fiber, 1)?, args.opt_int(fiber, 2, -1)?);
    let n = access::len(fiber, t)?;
    let range = access::range_of(n.max(0) as usize, i, j);
    let list = new_list_like(fiber, t, range.len());
    let start = range.start;
    for k in range {
        let v = access::get_index(fiber, t, k as i64 + 1)?;
        // A hole of the source is one of the result.
        if !v.is_nil() {
            set_raw(fiber, list, (k - start) as i64 + 1, v)?;
        }
        if (k as u32).is_multiple_of(POLL_STEPS) {
            fiber.poll()?;
        }
    }
    args.ret1(list.to_value())
}

fn set_raw(fiber: &mut Fiber, t: Table, i: i64, v: Value) -> Result<(), Thrown> {
    match t.set_int(fiber.mutator(), i, v) {
        Ok(()) => Ok(()),
        Err(_) => Err(fiber.out_of_memory()),
    }
}

pub(super) fn filter(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let f = args.callable(fiber, 1)?;
    let list = new_list(fiber);
    each_element(fiber, t, |fiber, i, v| {
        let index = fiber.mutator().int(i);
        if !fiber.call1(f, &[v, index])?.is_falsy() {
            access::append(fiber, list, v)?;
        }
        GO_ON
    })?;
    args.ret1(list.to_value())
}

pub(super) fn map(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let f = args.callable(fiber, 1)?;
    let list = new_list(fiber);
    each_element(fiber, t, |fiber, i, v| {
        let index = fiber.mutator().int(i);
        let result = fiber.call1(f, &[v, index])?;
        if !result.is_nil() {
            set_raw(fiber, list, i, result)?;
        }
        GO_ON
    })?;
    args.ret1(list.to_value())
}

pub(super) fn reduce(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let f = args.callable(fiber, 1)?;
    let mut acc = args.any(fiber, 2)?;
    each_element(fiber, t, |fiber, _, v| {
        let results = fiber.call(f, &[acc, v])?;
        if results.count() > 0 {
            acc = results.get(0);
        }
        GO_ON
    })?;
    args.ret1(acc)
}
