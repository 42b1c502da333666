//! Computed keys and lengths after their fast paths did not fit: what a site of them learns of tables, keys and values.

use super::access::epoch_of;
use crate::engine::Meta;
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::machine::feedback::{
    READ_ABSENT, READ_KIND, READ_OTHER, READ_STR, READ_USERDATA, STORED_ANEW, STORED_STR, STORED_USERDATA,
};
use runtime::heap::Heap;
use runtime::shape::ShapeMeta;
use runtime::table::Table;
use runtime::value::Value;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A key as it is, or the integer that a float key equals.
#[inline]
fn integral(key: Value) -> Value {
    if key.is_float()
        && let Some(i) = bytecode::arith::float_to_int(key.float_payload())
        && let Some(v) = Value::small_int(i)
    {
        return v;
    }
    key
}

/// Notes in the word of a site of a computed key what it was used for.
#[inline(always)]
pub(crate) fn note_use(feedback: &AtomicU64, what: u64) {
    let word = feedback.load(Relaxed);
    if word & what == 0 {
        feedback.store(word | what, Relaxed);
    }
}

/// `b[c]` after the fast path did not fit. The site learns what it is used for.
#[inline(never)]
pub(crate) fn get_index(
    fiber: &mut Fiber,
    b: Value,
    c: Value,
    feedback: &AtomicU64,
) -> Result<Value, Thrown> {
    let c = integral(c);
    if b.is_object() && crate::userdata::has_fields(b) {
        note_use(feedback, READ_USERDATA);
        return crate::userdata::index(fiber, b, c);
    }
    if let Some(t) = Table::from_value(b) {
        if c.is_small_int() {
            if let Some(v) = t.quick_get(c.small_int_payload()) {
                // The first kind only: the fast path asks for no more than that something was noted.
                if feedback.load(Relaxed) == 0 {
                    feedback.store(READ_KIND << t.array().kind() as u32, Relaxed);
                }
                return Ok(v);
            }
            note_use(feedback, READ_ABSENT);
        } else if c.is_string() {
            let word =
                (feedback.load(Relaxed) | READ_STR) & u64::from(u32::MAX) | (t.shape_id() as u64) << 32;
            if feedback.load(Relaxed) != word {
                feedback.store(word, Relaxed);
            }
        } else {
            note_use(feedback, READ_OTHER);
        }
        let v = t.get(fiber.mutator(), c);
        if !v.is_nil() || t.metatable(fiber.heap()).is_none() {
            return Ok(v);
        }
    }
    fiber.index_operand(b, c, 1)
}

/// The word of a site that stores into tables of this shape, whose metatable has no `__newindex` as long as the class epoch
/// lasts. Its upper half is never 0: that would say that there is no metatable.
fn word_of_epoch(heap: &Heap, shape_id: u32) -> u64 {
    (epoch_of(heap) as u64 + 1) << 32 | shape_id as u64
}

/// What a site knows of its keys, beside the tables' shape and the epoch.
const STORED_KEYS: u64 = STORED_STR | STORED_ANEW;

/// `a[b] = v` after the fast path did not fit. The site learns a shape whose tables have no `__newindex`: alone if they
/// have no metatable, with the class epoch in the upper half if they have one.
#[inline(never)]
pub(crate) fn set_index(
    fiber: &mut Fiber,
    a: Value,
    b: Value,
    v: Value,
    feedback: &AtomicU64,
) -> Result<(), Thrown> {
    let Some(t) = Table::from_value(a) else {
        if b.is_small_int() && crate::userdata::quick_set(a, b.small_int_payload(), v) {
            if feedback.load(Relaxed) == 0 {
                feedback.store(STORED_USERDATA, Relaxed);
            }
            return Ok(());
        }
        return fiber.set_index_operand(a, b, v, 0);
    };
    let b = integral(b);
    let old = feedback.load(Relaxed);
    let mut keys = if old == STORED_USERDATA { 0 } else { old & STORED_KEYS };
    let word = old & !STORED_KEYS;
    let shape_id = t.shape_id();
    let is_known = word == word_of_epoch(fiber.heap(), shape_id) || word == shape_id as u64;
    if b.is_string() {
        keys |= STORED_STR;
    } else if b.is_small_int() && (!is_known || !t.quick_set(fiber.mutator(), b.small_int_payload(), v)) {
        let i = b.small_int_payload() as u64;
        if is_known || i > t.len() as u64 || t.is_empty() {
            keys |= STORED_ANEW;
        }
    } else if is_known && b.is_small_int() {
        return Ok(());
    }
    if is_known && word | keys == old {
        return fiber.raw_set(t, b, v);
    }
    let heap = fiber.heap();
    match heap.shapes().get(shape_id).meta() {
        ShapeMeta::None => feedback.store(keys | shape_id as u64, Relaxed),
        ShapeMeta::Known(mt) => {
            let newindex = fiber.engine.meta_name(Meta::NewIndex);
            let learnt = keys | word_of_epoch(heap, shape_id);
            let is_relied = mt.rely_on_absence(heap);
            if !mt.get_str(heap, newindex).is_nil() {
                return fiber.set_index_operand(a, b, v, 0);
            }
            if is_relied {
                feedback.store(learnt, Relaxed);
            }
        }
        ShapeMeta::Slot(_) => return fiber.set_index_operand(a, b, v, 0),
    }
    fiber.raw_set(t, b, v)
}

/// `#b` after the fast path did not fit. The site learns a shape whose tables have no `__len`: alone if they have no
/// metatable, with the class epoch in the upper half if they have one.
#[inline(never)]
pub(crate) fn len(fiber: &mut Fiber, b: Value, feedback: &AtomicU64) -> Result<Value, Thrown> {
    if let Some(t) = Table::from_value(b) {
        let (heap, shape_id) = (fiber.heap(), t.shape_id());
        let learnt = word_of_epoch(heap, shape_id);
        if feedback.load(Relaxed) == learnt {
            return Ok(Value::int_unchecked(t.len() as i64));
        }
        match heap.shapes().get(shape_id).meta() {
            ShapeMeta::None => feedback.store(shape_id as u64, Relaxed),
            ShapeMeta::Known(mt) => {
                let is_relied = mt.rely_on_absence(heap);
                if is_relied && mt.get_str(heap, fiber.engine.meta_name(Meta::Len)).is_nil() {
                    feedback.store(learnt, Relaxed);
                }
            }
            ShapeMeta::Slot(_) => {}
        }
    }
    fiber.len(b)
}
