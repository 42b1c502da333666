//! The `table` library.
//!
//! Functions that take a table work on its array part, keys `1 ..= #t`, unless they say otherwise. A table without a
//! metatable is read and written raw, one with a metatable as a script would do it. What changes a table's shape of things
//! in one step (insert, remove, concat, move) is here; functions over whole lists are in `lists`, sorting is in `sort`.

mod lists;
pub(crate) mod sort;

use crate::access::{self, POLL_STEPS, is_plain};
use crate::buffer::Buffer;
use crate::core;
use bytecode::arith::Num;
use bytecode::intrinsic::Intrinsic;
use runtime::digits::{INT_DIGITS_MAX, int_digits};
use runtime::mutator::{Mutator, keep_alive};
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use vm::convert;
use vm::engine::Engine;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};

/// The library's functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::intrinsic("table.insert", insert, Intrinsic::TableInsert),
    NativeDef::intrinsic("table.remove", remove, Intrinsic::TableRemove),
    NativeDef::new("table.concat", concat),
    NativeDef::new("table.sort", sort),
    NativeDef::intrinsic("table.unpack", core::unpack, Intrinsic::Unpack),
    NativeDef::new("table.pack", pack),
    NativeDef::new("table.move", move_),
    NativeDef::new("table.keys", lists::keys),
    NativeDef::new("table.values", lists::values),
    NativeDef::new("table.toArray", lists::values),
    NativeDef::new("table.contains", lists::contains),
    NativeDef::new("table.indexOf", lists::index_of),
    NativeDef::new("table.count", lists::count),
    NativeDef::new("table.copy", lists::copy),
    NativeDef::new("table.merge", lists::merge),
    NativeDef::new("table.fromArray", lists::from_array),
    NativeDef::new("table.unique", lists::unique),
    NativeDef::new("table.flatten", lists::flatten),
    NativeDef::new("table.zip", lists::zip),
    NativeDef::new("table.reverse", lists::reverse),
    NativeDef::new("table.slice", lists::slice),
    NativeDef::new("table.filter", lists::filter),
    NativeDef::new("table.map", lists::map),
    NativeDef::new("table.reduce", lists::reduce),
];

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    engine.define_library(m, "table", FUNCTIONS);
}

fn insert(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    match args.count() {
        2 => {
            let v = args.get(1);
            if is_plain(fiber, t) {
                access::append(fiber, t, v)?;
            } else {
                let n = access::len(fiber, t)?;
                access::set_index(fiber, t, n.wrapping_add(1), v)?;
            }
            args.ret0()
        }
        3 => {
            let pos = args.int(fiber, 1)?;
            let v = args.get(2);
            let n = access::len(fiber, t)?;
            // The same test for 1 ..= n + 1 whatever `n` is.
            if (pos as u64).wrapping_sub(1) >= (n as u64).wrapping_add(1) {
                return Err(args.bad(fiber, 1, "position out of bounds"));
            }
            if is_plain(fiber, t) {
                if t.insert_at(fiber.mutator(), pos as usize, v).is_err() {
                    return Err(fiber.out_of_memory());
                }
            } else {
                shift_up(fiber, t, pos, n, v)?;
            }
            args.ret0()
        }
        _ => Err(fiber.error("wrong number of arguments to 'insert'")),
    }
}

fn shift_up(fiber: &mut Fiber, t: Table, pos: i64, n: i64, v: Value) -> Result<(), Thrown> {
    for i in (pos..=n).rev() {
        let moved = access::get_index(fiber, t, i)?;
        access::set_index(fiber, t, i.wrapping_add(1), moved)?;
        poll_at(fiber, i)?;
    }
    access::set_index(fiber, t, pos, v)
}

fn remove(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let is_plain = is_plain(fiber, t);
    let n = if is_plain { t.len() as i64 } else { access::len(fiber, t)? };
    let pos = args.opt_int(fiber, 1, n)?;
    if n == 0 {
        if !(0..=1).contains(&pos) {
            return Err(args.bad(fiber, 1, "position out of bounds"));
        }
        return args.ret1(Value::NIL);
    }
    // 1 ..= n + 1 whatever `n` is.
    if (pos as u64).wrapping_sub(1) >= (n as u64).wrapping_add(1) {
        return Err(args.bad(fiber, 1, "position out of bounds"));
    }
    if is_plain {
        if pos > n {
            return args.ret1(Value::NIL);
        }
        let v = t.remove_at(fiber.mutator(), pos as usize);
        return args.ret1(v);
    }
    let v = access::get_index(fiber, t, pos)?;
    for i in pos..n {
        let moved = access::get_index(fiber, t, i + 1)?;
        access::set_index(fiber, t, i, moved)?;
        poll_at(fiber, i)?;
    }
    access::set_index(fiber, t, n.max(pos), Value::NIL)?;
    args.ret1(v)
}

/// Looks at the poll word now and then in a loop that counts with `i`.
#[inline]
fn poll_at(fiber: &mut Fiber, i: i64) -> Result<(), Thrown> {
    if (i as u32).is_multiple_of(POLL_STEPS) { fiber.poll() } else { Ok(()) }
}

// ---- concat -------------------------------------------------------------------------------------------------------

fn concat(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let sep = args.opt_str(fiber, 1)?;
    let i = args.opt_int(fiber, 2, 1)?;
    let j = if args.is_nil(3) { access::len(fiber, t)? } else { args.int(fiber, 3)? };
    if i > j {
        let empty = fiber.mutator().empty_str();
        return args.ret1(empty.to_value());
    }
    let sep_bytes = match sep {
        Some(s) => s.bytes(fiber.mutator()),
        None => b"",
    };
    if is_plain(fiber, t)
        && let Some(total) = strings_len(fiber, t, i, j, sep_bytes.len())
    {
        let result = fiber.mutator().new_str_in_steps(total, |m, to| join(m, t, i, j, sep_bytes, to));
        if let Some(s) = sep {
            keep_alive(s.to_value());
        }
        return match result {
            Ok(s) => args.ret1(s.to_value()),
            Err(_) => Err(fiber.out_of_memory()),
        };
    }
    let mut out = Buffer::new();
    let mut k = i;
    loop {
        let v = access::get_index(fiber, t, k)?;
        push_text(fiber, &mut out, v, k)?;
        if k == j {
            break;
        }
        out.push(fiber, sep_bytes)?;
        poll_at(fiber, k)?;
        k += 1;
    }
    if let Some(s) = sep {
        keep_alive(s.to_value());
    }
    let s = out.finish(fiber)?;
    args.ret1(s.to_value())
}

/// The length of elements `i ..= j` with separators, if all of them are strings in the array part. They are flat then.
fn strings_len(fiber: &mut Fiber, t: Table, i: i64, j: i64, sep_len: usize) -> Option<usize> {
    if i < 1 || j > t.len() as i64 {
        return None;
    }
    let mut total = sep_len.checked_mul((j - i) as usize)?;
    for k in i..=j {
        let s = Str::from_value(t.quick_get(k)?)?;
        s.bytes(fiber.mutator());
        total = total.checked_add(s.len())?;
        if (k as u32).is_multiple_of(POLL_STEPS) {
            fiber.mutator().rest_if_asked();
        }
    }
    Some(total)
}

/// Fills `to` with the elements that [`strings_len`] has counted.
fn join(m: &mut Mutator, t: Table, i: i64, j: i64, sep: &[u8], to: &mut [u8]) {
    let (mut rest, mut steps) = (to, 0);
    for k in i..=j {
        let v = t.quick_get(k).unwrap_or(Value::NIL);
        let bytes = Str::from_value(v).and_then(Str::bytes_flat).unwrap_or_default();
        if bytes.len() < LONG_PIECE {
            rest = put(rest, bytes);
            steps += 1;
        } else {
            for piece in bytes.chunks(LONG_PIECE) {
                m.rest_if_asked();
                rest = put(rest, piece);
            }
            keep_alive(v);
        }
        if k < j {
            rest = put(rest, sep);
        }
        if steps == POLL_STEPS {
            steps = 0;
            m.rest_if_asked();
        }
    }
}

/// Bytes that are copied between two looks whether others want to stop the world.
const LONG_PIECE: usize = 1 << 18;

/// Copies bytes to the front of a slice and gives what is behind them.
#[inline]
fn put<'a>(to: &'a mut [u8], bytes: &[u8]) -> &'a mut [u8] {
    let n = bytes.len().min(to.len());
    let (front, rest) = to.split_at_mut(n);
    front.copy_from_slice(&bytes[..n]);
    rest
}

fn push_text(fiber: &mut Fiber, out: &mut Buffer, v: Value, index: i64) -> Result<(), Thrown> {
    if let Some(s) = Str::from_value(v) {
        let bytes = s.bytes(fiber.mutator());
        out.push(fiber, bytes)?;
        keep_alive(v);
        return Ok(());
    }
    match convert::num(v) {
        Some(Num::Int(i)) => out.push(fiber, int_digits(i, &mut [0; INT_DIGITS_MAX])),
        Some(n) => {
            let mut text = String::with_capacity(24);
            convert::write_num(&mut text, n);
            out.push(fiber, text.as_bytes())
        }
        None => {
            let name = fiber.type_name_of(v);
            Err(fiber.error(&format!("invalid value ({name}) at index {index} in table for 'concat'")))
        }
    }
}

// ---- the rest -----------------------------------------------------------------------------------------------------

fn sort(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let order =
        if args.is_nil(1) { sort::Order::Ascending } else { sort::Order::By(args.callable(fiber, 1)?) };
    sort::sort_table(fiber, t, order)?;
    args.ret0()
}

fn pack(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = args.count();
    let t = fiber.mutator().new_table(n as usize, 1);
    for i in 0..n {
        if t.set_int(fiber.mutator(), i as i64 + 1, args.get(i)).is_err() {
            return Err(fiber.out_of_memory());
        }
        poll_at(fiber, i as i64)?;
    }
    access::set_field(fiber, t, "n", Value::int_unchecked(n as i64))?;
    args.ret1(t.to_value())
}

fn move_(fiber: &mut Fiber, args: Args) -> NativeResult {
    let a = args.table(fiber, 0)?;
    let (i, j, k) = (args.int(fiber, 1)?, args.int(fiber, 2)?, args.int(fiber, 3)?);
    let b = if args.is_nil(4) { a } else { args.table(fiber, 4)? };
    if j < i {
        return args.ret1(b.to_value());
    }
    let Some(last) = j.checked_sub(i).filter(|last| *last < i64::MAX) else {
        return Err(args.bad(fiber, 2, "too many elements to move"));
    };
    if k.checked_add(last).is_none() {
        return Err(args.bad(fiber, 3, "destination wrap around"));
    }
    if is_plain(fiber, a) && is_plain(fiber, b) && i >= 1 && k >= 1 {
        let (from, count, to) = (i as usize, last as usize + 1, k as usize);
        if a.copy_elements(fiber.mutator(), from, count, b, to) {
            return args.ret1(b.to_value());
        }
    }
    // Upwards, unless the target begins inside the source.
    if k > j || k <= i || a != b {
        for n in 0..=last {
            let v = access::get_index(fiber, a, i + n)?;
            access::set_index(fiber, b, k + n, v)?;
            poll_at(fiber, n)?;
        }
    } else {
        for n in (0..=last).rev() {
            let v = access::get_index(fiber, a, i + n)?;
            access::set_index(fiber, b, k + n, v)?;
            poll_at(fiber, n)?;
        }
    }
    args.ret1(b.to_value())
}
