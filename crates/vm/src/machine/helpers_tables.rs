//! Helpers: tables. Those that stand for an instruction use its inline cache, which is the interpreter's.

use crate::engine::Meta;
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::interp::{access, computed, frames, make};
use crate::machine::Outcome;
use crate::machine::helper::{IntoWord, helpers, once, outcome};
use crate::machine::helpers::site;
use crate::native::{Args, QuickFn};
use crate::range;
use crate::userdata;
use bytecode::ops::Op;
use runtime::object::Word;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::{PAYLOAD_MASK, TAG_OBJECT, Value, address_to_pointer};
use std::sync::atomic::Ordering::Relaxed;

/// Stores registers as elements `first`, `first + 1`, … of a new table.
fn set_list_values(fiber: &mut Fiber, t: Value, first: i64, reg: i64, n: usize) -> Result<(), Thrown> {
    let Some(t) = Table::from_value(t) else {
        return Err(fiber.error("internal error: a literal is no table"));
    };
    // SAFETY: the registers are in the published frame, and nobody else writes them while they are read.
    let values = unsafe { std::slice::from_raw_parts(fiber.base.add(reg as usize).cast::<Value>(), n) };
    match t.set_list(fiber.mutator(), first, values, (first.max(1) as usize + n).saturating_sub(1)) {
        Ok(()) => Ok(()),
        Err(_) => Err(fiber.out_of_memory()),
    }
}

/// Whether the running instruction is one of these two.
#[inline(always)]
fn is_one_of(inst: bytecode::ops::Inst, a: Op, b: Op) -> bool {
    inst.code() == a as u8 || inst.code() == b as u8
}

helpers! {
    /// `t.key`, through the inline cache of the instruction.
    fallible fn get_field(fiber, t: Value, key: Value) -> Value {
        let (inst, feedback) = site(fiber);
        if !is_one_of(inst, Op::GetField, Op::GetMethod) {
            return fiber.index_operand(t, key, 1);
        }
        if let Some(table) = Table::from_value(t)
            && let Some(v) = access::cached_field(table, feedback.load(Relaxed))
        {
            return Ok(v);
        }
        access::get_field(fiber, t, key, feedback, 1)
    }
    /// `t.key = v`, likewise.
    fallible fn set_field(fiber, t: Value, key: Value, v: Value) -> () {
        let (inst, feedback) = site(fiber);
        if inst.code() != Op::SetField as u8 {
            return fiber.set_index_operand(t, key, v, 0);
        }
        if let Some(table) = Table::from_value(t)
            && access::cached_store(fiber, table, v, feedback.load(Relaxed))
        {
            return Ok(());
        }
        access::set_field(fiber, t, key, v, feedback)
    }
    /// `t[key]`.
    fallible fn get_index(fiber, t: Value, key: Value) -> Value {
        if let Some(table) = Table::from_value(t)
            && key.is_small_int()
            && let Some(v) = table.quick_get(key.small_int_payload())
        {
            return Ok(v);
        }
        let (inst, feedback) = site(fiber);
        if is_one_of(inst, Op::GetIndex, Op::GetIndexInt) {
            computed::get_index(fiber, t, key, feedback)
        } else {
            fiber.index_operand(t, key, 1)
        }
    }
    /// The first value of a slot of a new table.
    total fn init_slot(fiber, t: Table, slot: i64, v: Value) -> () {
        t.set_slot(fiber.mutator(), slot as u32, v);
    }
    /// `t[key]` by a string; the mark if it takes more than a look.
    total fn get_str_key(fiber, t: Table, key: Str) -> Value {
        t.quick_get_str(fiber.mutator(), key).unwrap_or(Value::MARK)
    }
    /// Replaces the value of a string key that has one; false if that takes more than a look.
    total fn set_str_key(fiber, t: Table, key: Str, v: Value) -> bool {
        t.quick_set_str(fiber.mutator(), key, v)
    }
    /// Replaces the value of a field whose slot the cache of shapes and keys knows; false if it does not, or for a class.
    total fn replace_field(fiber, t: Table, key: Value, v: Value) -> bool {
        Str::from_value(key).is_some_and(|key| access::replace_found(fiber, t, key, v))
    }
    /// `t[key] = v` by a string, in a dictionary without metatable that has no entry for it.
    raising fn insert_str_key(fiber, t: Table, key: Str, v: Value) -> () {
        match t.insert_str(fiber.mutator(), key, v) {
            Ok(()) => Ok(()),
            Err(_) => Err(fiber.out_of_memory()),
        }
    }
    /// Element `i` of a userdata object; the mark if its class has no short cut for it.
    total fn get_element(fiber, v: Value, i: i64) -> Value {
        let _ = fiber;
        userdata::quick_get(v, i).unwrap_or(Value::MARK)
    }
    /// Stores element `i` of a userdata object; false if its class has no short cut for it.
    total fn set_element(fiber, object: Value, i: i64, v: Value) -> bool {
        let _ = fiber;
        userdata::quick_set(object, i, v)
    }
    /// Row `i` of a userdata object with rows of floats, given by its address.
    total fn userdata_row(fiber, object: i64, i: i64) -> i64 {
        let v = Value::from_bits(TAG_OBJECT | object as u64);
        match userdata::index(fiber, v, Value::int_unchecked(i)) {
            Ok(row) if userdata::has_fields(row) => {
                (row.bits() & PAYLOAD_MASK) as i64
            }
            _ => unreachable!("such objects have all their rows, as their class promises"),
        }
    }
    /// The short cut of a native function on arguments in registers.
    total fn call_quick(fiber, quick: i64, reg: i64, count: i64) -> Value {
        // SAFETY: the address is that of a short cut; the registers are in the published frame, and three are below them.
        unsafe {
            let quick = std::mem::transmute::<*const (), QuickFn>(address_to_pointer(quick as u64));
            quick(Args::new(fiber.base.add(reg as usize), count as u32))
        }
    }
    /// `t[key] = v`, through the inline cache of the instruction.
    fallible fn set_index(fiber, t: Value, key: Value, v: Value) -> () {
        let (inst, feedback) = site(fiber);
        if is_one_of(inst, Op::SetIndex, Op::SetIndexInt) {
            computed::set_index(fiber, t, key, v, feedback)
        } else {
            fiber.set_index_operand(t, key, v, 0)
        }
    }
    /// `t.key` for a call, through the inline cache of the instruction.
    fallible fn get_method(fiber, t: Value, key: Value) -> Value {
        let (inst, feedback) = site(fiber);
        if !is_one_of(inst, Op::GetField, Op::GetMethod) {
            let nothing = std::sync::atomic::AtomicU64::new(0);
            return access::get_method(fiber, t, key, &nothing);
        }
        let word = feedback.load(Relaxed);
        if let Some(table) = Table::from_value(t) {
            if let Some(v) = access::cached_field(table, word) {
                return Ok(v);
            }
        } else if t.is_string()
            && let Some(v) = access::cached_string_method(fiber, word)
        {
            return Ok(v);
        }
        access::get_method(fiber, t, key, feedback)
    }
    /// `t[key]` without metamethods.
    total fn raw_get(fiber, t: Table, key: Value) -> Value { t.get(fiber.mutator(), key) }
    /// `t[i] = v` in a table without metatable.
    raising fn store_slow(fiber, t: Table, i: i64, v: Value) -> () {
        match t.set_int(fiber.mutator(), i, v) {
            Ok(()) => Ok(()),
            Err(_) => Err(fiber.out_of_memory()),
        }
    }
    /// Takes the last element from a table without metatable; nil if there is none.
    total fn remove_last(fiber, t: Table) -> Value {
        match t.len() {
            0 => Value::NIL,
            n => t.remove_at(fiber.mutator(), n),
        }
    }
    /// The next step of a traversal that has left the array part: the first `count` of key and value go to registers, and the new
    /// cursor is the result; nil at the end; the mark if that takes a longer look.
    total fn next_entry(fiber, t: Table, cursor: Value, last: Value, reg: i64, count: i64) -> Value {
        // SAFETY: the registers are in the frame.
        unsafe { range::quick_entry(fiber, t, (cursor, last), fiber.base.add(reg as usize), count as usize) }
    }
    /// Gives a table a metatable, or takes it away with nil.
    fallible fn set_metatable(fiber, t: Table, meta: Value) -> () {
        let metatable = Table::from_value(meta);
        if metatable.is_none() && !meta.is_nil() {
            let got = fiber.type_name_of(meta);
            let text = format!("bad argument #2 to 'setmetatable' (table or nil expected, got {got})");
            return Err(fiber.error(&text));
        }
        if fiber.metamethod(t.to_value(), Meta::Metatable).is_some() {
            return Err(fiber.error("cannot change a protected metatable"));
        }
        match t.set_metatable(fiber.mutator(), metatable) {
            Ok(()) => Ok(()),
            Err(_) => Err(fiber.out_of_memory()),
        }
    }
    /// `t[first + i] = register reg + i` for `count` registers, in a new table.
    fallible fn set_list(fiber, t: Value, first: i64, reg: i64, count: i64) -> () {
        set_list_values(fiber, t, first, reg, count as usize)
    }
    /// The same with `multi` values more.
    fallible fn set_list_multi(fiber, t: Value, first: i64, reg: i64, count: i64) -> () {
        set_list_values(fiber, t, first, reg, count as usize + fiber.multi as usize)
    }
    /// A table of the function's template.
    fallible fn new_table(fiber, template: i64) -> Value {
        // SAFETY: the base is published.
        let function = unsafe { Fiber::closure_at(fiber.base) }.function();
        let template = function.template(template as usize);
        if template.key_count == 0 && template.array_len == 0 {
            let (inst, feedback) = site(fiber);
            if inst.code() == Op::NewTable as u8 {
                return Ok(make::blank_table(fiber, feedback));
            }
        }
        Ok(fiber.mutator().new_table_from_template(template).to_value())
    }
    /// A table of the extra arguments with their number.
    fallible fn vararg_table(fiber) -> Value {
        // SAFETY: the published frame is of a variadic function.
        unsafe {
            let (from, n) = frames::extra_arguments(fiber.base);
            make::vararg_table(fiber, from, n)
        }
    }
    /// The extra argument with a number that a script gave, nil if there is none.
    fallible fn vararg_index(fiber, i: Value) -> Value {
        // SAFETY: as above.
        let (from, n) = unsafe { frames::extra_arguments(fiber.base) };
        let i = make::vararg_index(i);
        if i < 1 || i as u64 > n as u64 {
            return Ok(Value::NIL);
        }
        // SAFETY: just tested.
        let at: *mut Word = unsafe { from.add(i as usize - 1) };
        // SAFETY: as above.
        Ok(unsafe { (*at).load() })
    }
}
