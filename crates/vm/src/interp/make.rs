//! What the interpreter makes: closures, table contents, argument tables, concatenations, goroutines, defer records.

use super::frames::is_callable;
use crate::error::Thrown;
use crate::fiber::Fiber;
use bytecode::module::UpvalueSource;
use bytecode::ops::{Inst, Op, Operand, OperandKind};
use runtime::cell::Cell;
use runtime::closure::Closure;
use runtime::object::Word;
use runtime::record::Record;
use runtime::shape::SlotKind;
use runtime::table::Table;
use runtime::value::Value;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The cell in a register. Only a broken compiler could make it anything else.
#[inline(always)]
pub(crate) fn cell(fiber: &mut Fiber, v: Value) -> Result<Cell, Thrown> {
    match Cell::from_value(v) {
        Some(c) => Ok(c),
        None => Err(fiber.error("internal error: a register does not hold a cell")),
    }
}

/// A new closure of function `index` of the module, in the frame at `base`.
///
/// # Safety
/// `base` is the published frame of a verified function whose module has that function.
pub(crate) unsafe fn closure(fiber: &mut Fiber, base: *mut Word, index: usize, target: u16) -> Value {
    // SAFETY: the verifier checked the child's upvalue sources against this function.
    unsafe {
        let outer = Fiber::closure_at(base);
        let function = outer.function().sibling(index);
        let sources = &function.proto_ref().upvalues;
        let new = Closure::new(fiber.mutator(), function, sources.len());
        for (i, source) in sources.iter().enumerate() {
            let v = match *source {
                // A function that captures itself names the register that is about to hold it.
                UpvalueSource::Register(r) if r == target => new.to_value(),
                UpvalueSource::Register(r) => (*base.add(r as usize)).load(),
                UpvalueSource::Upvalue(u) => outer.upvalue(u as usize).load(),
            };
            new.upvalue(i).store(v);
        }
        new.to_value()
    }
}

/// An operation on two integers of any size; `Value::MARK` if the operands are something else or it has no result.
#[inline(never)]
pub(crate) fn wide_int(fiber: &mut Fiber, a: Value, b: Value, op: impl Fn(i64, i64) -> Option<i64>) -> Value {
    match (a.as_int(), b.as_int()) {
        (Some(x), Some(y)) => match op(x, y) {
            Some(n) => fiber.mutator().int(n),
            None => Value::MARK,
        },
        _ => Value::MARK,
    }
}

/// Inline slots of a table from a literal `{}` about which nothing is known.
const BLANK_SLOTS: usize = 3;
/// Instructions behind such a literal among which stores into its table are looked for. Arbitrary.
const STORES_LOOKED_AT: usize = 128;
/// Where a call's arguments are, from the callee on.
const WINDOW_ARGUMENTS: u16 = 3;
/// Most inline slots that such a literal learns to reserve.
const LEARNT_SLOTS_MAX: usize = 32;
/// What the site of such a literal has learnt in place of a number of slots if its tables become dictionaries.
pub const LEARNT_DICTIONARY: i64 = 64;

/// A new table from the literal `{}`. The site remembers the first table that it made until it makes the second, and then
/// reserves as many inline slots as that one has got: constructors fill the tables that they make. The feedback word is
/// 0, then the first table, then the number of slots. If the first one has become a dictionary, so are those that follow. The
/// collector does not follow it to the table but sets it to 0, so that the site begins again: it never keeps a table alive.
/// The first table has room for what the code behind the literal stores: if it is guessed right, all have one layout.
#[inline]
pub(crate) fn blank_table(fiber: &mut Fiber, feedback: &AtomicU64) -> Value {
    let word = Value::from_bits(feedback.load(Relaxed));
    if word.is_small_int() {
        let slots = word.small_int_payload();
        if slots == LEARNT_DICTIONARY {
            return fiber.mutator().new_dictionary().to_value();
        }
        return fiber.mutator().new_table_inline(slots as usize).to_value();
    }
    learn_blank(fiber, feedback, word)
}

#[cold]
#[inline(never)]
fn learn_blank(fiber: &mut Fiber, feedback: &AtomicU64, word: Value) -> Value {
    let Some(first) = Table::from_value(word) else {
        // SAFETY: the running frame's closure holds the function that owns the feedback word.
        let function = unsafe { Fiber::closure_at(fiber.base) }.function();
        // SAFETY: there is a feedback word for each instruction.
        let pc = unsafe { std::ptr::from_ref(feedback).offset_from(function.feedback()) } as usize;
        let slots = match stored_keys(&function.proto_ref().code, pc) {
            0 => BLANK_SLOTS,
            n => n.min(LEARNT_SLOTS_MAX),
        };
        let t = fiber.mutator().new_table_inline(slots).to_value();
        feedback.store(t.bits(), Relaxed);
        // The next collection must come by the word.
        fiber.mutator().write_barrier(function.header());
        return t;
    };
    let shape = fiber.heap().shapes().get(first.shape_id());
    if shape.is_dictionary() {
        feedback.store(Value::int_unchecked(LEARNT_DICTIONARY).bits(), Relaxed);
        return fiber.mutator().new_dictionary().to_value();
    }
    let slots = shape.slot_count() as usize;
    let slots = match slots {
        // An array needs no slots; an empty table says nothing.
        0 if !first.is_empty() => 1,
        0 => BLANK_SLOTS,
        n => n.min(LEARNT_SLOTS_MAX),
    };
    feedback.store(Value::int_unchecked(slots as i64).bits(), Relaxed);
    fiber.mutator().new_table_inline(slots).to_value()
}

/// How many named keys the code behind an empty literal stores into its table, as far as one register holds it: the literal's
/// own, or that of the result of a call with the table as first argument, as of `setmetatable`. It is a guess: branches count
/// as if all were taken.
fn stored_keys(code: &[Inst], pc: usize) -> usize {
    let mut holder = code[pc].a();
    let mut keys: Vec<u16> = Vec::new();
    for inst in code[pc + 1..].iter().take(STORES_LOOKED_AT) {
        let op = inst.op();
        if op == Op::SetField && inst.a() == holder {
            if !keys.contains(&inst.b()) {
                keys.push(inst.b());
            }
        } else if op == Op::Call && inst.a() + WINDOW_ARGUMENTS == holder && inst.c() == 1 {
            holder = inst.a();
        } else if op.operands().iter().any(|&o| writes_register(*inst, o, holder)) {
            break;
        }
    }
    keys.len()
}

/// Whether an operand of an instruction may change a register.
fn writes_register(inst: Inst, operand: Operand, reg: u16) -> bool {
    let first = inst.field(operand);
    match operand.kind {
        OperandKind::Dst | OperandKind::SrcDst => first == reg.into(),
        OperandKind::DstRange
        | OperandKind::DstRange2
        | OperandKind::DstMulti
        | OperandKind::Window
        | OperandKind::DstWindow
        | OperandKind::RangeState => first <= reg.into(),
        _ => false,
    }
}

/// Stores a literal's value into its slot. The shape has the slot unless the engine ran out of shapes. The site's word has
/// the number of a kind that the slot has had, and so takes what that takes.
#[inline(always)]
pub(crate) fn init_slot(
    fiber: &mut Fiber,
    t: Table,
    slot: u32,
    v: Value,
    feedback: &AtomicU64,
) -> Result<(), Thrown> {
    let kind = SlotKind::from_number(feedback.load(Relaxed));
    if !kind.takes(v) {
        return init_slot_slow(fiber, t, slot, v, feedback);
    }
    // SAFETY: the site has learnt a kind, so the slot lies in the tables that it makes, which all have one layout.
    unsafe { t.inline_slot(slot as usize) }.store(v);
    if kind == SlotKind::Any && v.is_reference() {
        fiber.mutator().write_barrier(t.header());
    }
    Ok(())
}

#[cold]
#[inline(never)]
fn init_slot_slow(
    fiber: &mut Fiber,
    t: Table,
    slot: u32,
    v: Value,
    feedback: &AtomicU64,
) -> Result<(), Thrown> {
    if slot as usize >= t.inline_capacity() {
        return Err(fiber.out_of_memory());
    }
    t.set_slot(fiber.mutator(), slot, v);
    feedback.store(t.slot_kind(fiber.heap(), slot) as u64, Relaxed);
    Ok(())
}

/// Stores `n` registers behind `window` as elements `first`, `first + 1`, … of the new table in it.
///
/// # Safety
/// `window` holds a table and `n` values follow it.
pub(crate) unsafe fn set_list(
    fiber: &mut Fiber,
    window: *mut Word,
    n: usize,
    first: i32,
) -> Result<(), Thrown> {
    // SAFETY: promised by the caller.
    unsafe {
        let t = Table::from_value_unchecked((*window).load());
        // Registers are the fiber's own: nobody else writes them while they are read as plain values.
        let values = std::slice::from_raw_parts(window.add(1).cast::<Value>(), n);
        match t.set_list(fiber.mutator(), first as i64, values, first as usize + n - 1) {
            Ok(()) => Ok(()),
            Err(_) => Err(fiber.out_of_memory()),
        }
    }
}

/// The position that `...[v]` means; 0, which is out of range, for what is no integer.
pub(crate) fn vararg_index(v: Value) -> i64 {
    match crate::convert::num(v) {
        Some(n) => n.to_int().unwrap_or(0),
        None => 0,
    }
}

/// A table of `n` extra arguments with their number in field `n`.
///
/// # Safety
/// `from` holds `n` values.
pub(crate) unsafe fn vararg_table(fiber: &mut Fiber, from: *mut Word, n: usize) -> Result<Value, Thrown> {
    let t = fiber.mutator().new_table(n, 1);
    // SAFETY: promised by the caller.
    let values = unsafe { std::slice::from_raw_parts(from.cast::<Value>(), n) };
    if t.set_list(fiber.mutator(), 1, values, n).is_err() {
        return Err(fiber.out_of_memory());
    }
    let key = fiber.engine.text.n;
    fiber.raw_set(t, key, Value::int_unchecked(n as i64))?;
    Ok(t.to_value())
}

/// Joins `n` registers, in place: they are the operands and nothing else, and keep the values alive. A coroutine that waits
/// in a metamethod may be dropped, so there is nothing here that would have to be.
///
/// # Safety
/// `first` holds `n` values.
pub(crate) unsafe fn concat(fiber: &mut Fiber, first: *mut Word, n: usize) -> Result<Value, Thrown> {
    // SAFETY: promised by the caller. A frame stays where it is while calls are made from it, and nobody else writes its
    // registers.
    let values = unsafe { std::slice::from_raw_parts_mut(first.cast::<Value>(), n) };
    fiber.concat(values)
}

/// Starts a goroutine with the callee and the `n` arguments of a window.
///
/// # Safety
/// The window is written.
pub(crate) unsafe fn go(fiber: &mut Fiber, window: *mut Word, n: usize) -> Result<(), Thrown> {
    // SAFETY: promised by the caller.
    let callee = unsafe { (*window).load() };
    if !is_callable(fiber, callee) {
        return Err(fiber.operand_error("call", callee, 0));
    }
    // SAFETY: arguments begin three words behind the callee; the window stays where and as it is during the call.
    let args = unsafe { std::slice::from_raw_parts(window.add(3).cast::<Value>(), n) };
    crate::sched::go(fiber, callee, args)
}

/// Puts a call on the defer list.
///
/// # Safety
/// The window is written; `list` is the frame's defer register.
pub(crate) unsafe fn defer(
    fiber: &mut Fiber,
    window: *mut Word,
    n: usize,
    list: *mut Word,
) -> Result<(), Thrown> {
    // SAFETY: promised by the caller.
    unsafe {
        let callee = (*window).load();
        if !is_callable(fiber, callee) {
            return Err(fiber.operand_error("call", callee, 0));
        }
        let Ok(record) = Record::with_len(fiber.mutator(), n + 2) else { return Err(fiber.out_of_memory()) };
        record.set(fiber.mutator(), 0, callee);
        record.set(fiber.mutator(), 1, (*list).load());
        for i in 0..n {
            record.set(fiber.mutator(), 2 + i, (*window.add(3 + i)).load());
        }
        (*list).store(record.to_value());
        Ok(())
    }
}

/// Waits for one of `n` cases, each two registers from `first` on.
///
/// # Safety
/// `first` holds `2 * n` values.
pub(crate) unsafe fn select(
    fiber: &mut Fiber,
    first: *mut Word,
    n: usize,
    has_default: bool,
) -> Result<(usize, Value, bool), Thrown> {
    // SAFETY: promised by the caller; the registers keep the values alive while the goroutine waits.
    let cases: Vec<(Value, Value)> =
        (0..n).map(|i| unsafe { ((*first.add(2 * i)).load(), (*first.add(2 * i + 1)).load()) }).collect();
    crate::select::select(fiber, &cases, has_default)
}
