//! Helpers: operators, text, closures, channels, errors. They are what the interpreter's slow paths are.

use crate::channel;
use crate::engine::Meta;
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::interp::{computed, make, quick_equal};
use crate::machine::Outcome;
use crate::machine::helper::{IntoWord, helpers, once, outcome};
use bytecode::arith::{self, Num};
use bytecode::ops::{Inst, Op};
use runtime::cell::Cell;
use runtime::string::Str;
use runtime::value::Value;
use std::sync::atomic::AtomicU64;

/// The running instruction with its feedback word.
#[inline(always)]
pub(super) fn site<'a>(fiber: &Fiber) -> (Inst, &'a AtomicU64) {
    // SAFETY: base and ip are published: ip lies behind an instruction of the frame's function, which the frame keeps.
    unsafe {
        let function = Fiber::closure_at(fiber.base).function();
        let pc = fiber.ip.offset_from(function.code()) - 1;
        (*function.code().offset(pc), &*function.feedback().offset(pc))
    }
}

/// The number in a word that is known to be one.
#[inline(always)]
fn num(v: Value) -> Num {
    crate::convert::num(v).unwrap_or(Num::Int(0))
}

/// An operator on any values. Floats are by far the most frequent where machine code did not know better.
#[inline(always)]
fn on_floats(
    fiber: &mut Fiber,
    event: Meta,
    a: Value,
    b: Value,
    op: impl Fn(f64, f64) -> f64,
) -> Result<Value, Thrown> {
    if a.is_float() && b.is_float() {
        return Ok(Value::float_canonical(op(a.float_payload(), b.float_payload())));
    }
    fiber.arith(event, a, b)
}

helpers! {
    /// `a + b`.
    fallible fn add(fiber, a: Value, b: Value) -> Value { on_floats(fiber, Meta::Add, a, b, |x, y| x + y) }
    /// `a - b`.
    fallible fn sub(fiber, a: Value, b: Value) -> Value { on_floats(fiber, Meta::Sub, a, b, |x, y| x - y) }
    /// `a * b`.
    fallible fn mul(fiber, a: Value, b: Value) -> Value { on_floats(fiber, Meta::Mul, a, b, |x, y| x * y) }
    /// `a / b`.
    fallible fn div(fiber, a: Value, b: Value) -> Value { on_floats(fiber, Meta::Div, a, b, |x, y| x / y) }
    /// `a % b`.
    fallible fn r#mod(fiber, a: Value, b: Value) -> Value { fiber.arith(Meta::Mod, a, b) }
    /// `a ** b`.
    fallible fn pow(fiber, a: Value, b: Value) -> Value { fiber.arith(Meta::Pow, a, b) }
    /// `a & b`.
    fallible fn bit_and(fiber, a: Value, b: Value) -> Value { fiber.arith(Meta::BitAnd, a, b) }
    /// `a | b`.
    fallible fn bit_or(fiber, a: Value, b: Value) -> Value { fiber.arith(Meta::BitOr, a, b) }
    /// `a ^ b`.
    fallible fn bit_xor(fiber, a: Value, b: Value) -> Value { fiber.arith(Meta::BitXor, a, b) }
    /// `a &^ b`.
    fallible fn bit_clear(fiber, a: Value, b: Value) -> Value { fiber.arith(Meta::BitClear, a, b) }
    /// `a << b`.
    fallible fn shl(fiber, a: Value, b: Value) -> Value { fiber.arith(Meta::Shl, a, b) }
    /// `a >> b`.
    fallible fn shr(fiber, a: Value, b: Value) -> Value { fiber.arith(Meta::Shr, a, b) }
    /// `-a`.
    fallible fn neg(fiber, a: Value) -> Value { fiber.neg(a) }
    /// `^a`.
    fallible fn bit_not(fiber, a: Value) -> Value { fiber.bit_not(a) }
    /// `#a`.
    fallible fn len(fiber, a: Value) -> Value {
        match site(fiber) {
            (inst, feedback) if inst.code() == Op::Len as u8 => computed::len(fiber, a, feedback),
            _ => fiber.len(a),
        }
    }
    /// The concatenation of registers, which it may write.
    raising fn concat(fiber, reg: i64, count: i64) -> Value {
        // SAFETY: the registers are in the published frame.
        unsafe { make::concat(fiber, fiber.base.add(reg as usize), count as usize) }
    }
    /// `a == b`.
    fallible fn eq(fiber, a: Value, b: Value) -> bool {
        match quick_equal(a, b) {
            Some(e) => Ok(e),
            None => fiber.equal(a, b),
        }
    }
    /// `a < b`.
    fallible fn lt(fiber, a: Value, b: Value) -> bool { fiber.less_than(a, b) }
    /// `a <= b`.
    fallible fn le(fiber, a: Value, b: Value) -> bool { fiber.less_equal(a, b) }
    /// `a == b` without metamethods.
    total fn raw_eq(fiber, a: Value, b: Value) -> bool { fiber.raw_equal(a, b) }
    /// `a + b` of numbers.
    total fn add_num(fiber, a: Value, b: Value) -> Value { fiber.num_value(arith::add(num(a), num(b))) }
    /// `a - b` of numbers.
    total fn sub_num(fiber, a: Value, b: Value) -> Value { fiber.num_value(arith::sub(num(a), num(b))) }
    /// `a * b` of numbers.
    total fn mul_num(fiber, a: Value, b: Value) -> Value { fiber.num_value(arith::mul(num(a), num(b))) }
    /// `a < b` of numbers.
    total fn lt_num(fiber, a: Value, b: Value) -> bool {
        let _ = fiber;
        arith::lt(num(a), num(b))
    }
    /// `a <= b` of numbers.
    total fn le_num(fiber, a: Value, b: Value) -> bool {
        let _ = fiber;
        arith::le(num(a), num(b))
    }
    /// The concatenation of two strings.
    raising fn concat_strs(fiber, a: Str, b: Str) -> Str {
        match fiber.mutator().concat2(a, b) {
            Ok(s) => Ok(s),
            Err(_) => Err(fiber.out_of_memory()),
        }
    }
    /// Bytes `first ..= last` of a string, numbered from 1 or from the end.
    raising fn str_sub(fiber, s: Str, first: i64, last: i64) -> Str {
        let m = fiber.mutator();
        let len = s.len() as i64;
        let place = |i: i64| if i < 0 { len.saturating_add(i).saturating_add(1) } else { i };
        let (first, last) = (place(first).max(1), place(last).min(len));
        if first > last {
            return Ok(m.empty_str());
        }
        if last - first + 1 == len {
            return Ok(s);
        }
        let bytes = &s.bytes(m)[first as usize - 1..last as usize];
        match m.new_str(bytes) {
            Ok(s) => Ok(s),
            Err(_) => Err(fiber.out_of_memory()),
        }
    }
    /// What `type` gives.
    total fn type_name(fiber, v: Value) -> Value { fiber.engine.type_name_value(v) }
    /// The bits of the next random float.
    total fn random_bits(fiber) -> i64 { fiber.random().next_bits() as i64 }
    /// The next random integer of `low ..= high`, which is not empty.
    total fn random_int(fiber, low: i64, high: i64) -> i64 { fiber.random().next_in(low, high) }
    /// A number as text.
    total fn to_str(fiber, a: Value) -> Str {
        match fiber.number_to_str(a) {
            Ok(s) => s,
            // Text that short always has room; the limit is raised at the next safepoint.
            Err(_) => fiber.mutator().empty_str(),
        }
    }

    /// Assigns a global of which somebody may rely on the value.
    total fn set_global(fiber, cell: Value, v: Value) -> () {
        if let Some(cell) = Cell::from_value(cell) {
            cell.assign(fiber.mutator(), v);
        }
    }
    /// A closure of function `proto` of the module, capturing registers in memory; register `reg` stands for the closure.
    total fn new_closure(fiber, proto: i64, reg: i64) -> Value {
        crate::machine::sites::settle_position(fiber);
        // SAFETY: the published frame is of a verified function, whose bytecode names the proto.
        unsafe { make::closure(fiber, fiber.base, proto as usize, reg as u16) }
    }

    /// A channel; an unbuffered one for nil.
    fallible fn make_chan(fiber, capacity: Value) -> Value {
        channel::make(fiber, if capacity == Value::MARK { None } else { Some(capacity) })
    }
    /// `ch <- v`.
    fallible fn send(fiber, ch: Value, v: Value) -> () { channel::send(fiber, ch, v) }
    /// `<-ch`.
    fallible fn recv(fiber, ch: Value) -> Value { Ok(channel::recv(fiber, ch)?.0) }
    /// `<-ch` to a register, whether it was open to the next.
    fallible fn recv_ok(fiber, ch: Value, reg: i64) -> () {
        let (v, ok) = channel::recv(fiber, ch)?;
        // SAFETY: the registers are in the published frame, which is where it was.
        unsafe {
            let at = fiber.base.add(reg as usize);
            (*at).store(v);
            (*at.add(1)).store(Value::bool(ok));
        }
        Ok(())
    }
    /// Waits for one of the cases in registers: number, value and whether it was open to the first three of them.
    fallible fn select_cases(fiber, reg: i64, count: i64, default: i64) -> () {
        // SAFETY: as above.
        unsafe {
            let first = fiber.base.add(reg as usize);
            let (n, v, ok) = make::select(fiber, first, count as usize, default != 0)?;
            (*first).store(Value::int_unchecked(n as i64));
            (*first.add(1)).store(v);
            (*first.add(2)).store(Value::bool(ok));
        }
        Ok(())
    }

    /// Does what is asked of the worker, and goes on.
    fallible fn safepoint(fiber) -> () { fiber.poll() }
    /// The error of `%` by zero.
    fallible fn bad_mod(fiber) -> () { Err(fiber.error("attempt to perform 'n%0'")) }
    /// The error of a negative shift.
    fallible fn bad_shift(fiber) -> () { Err(fiber.error("negative shift count")) }
}
