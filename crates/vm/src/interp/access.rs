//! Inline caches of field access: what a feedback word says, and how it is learnt.
//!
//! ```text
//!   0                                  nothing seen
//!   slot:16 << 32 | shape id           one shape that has the key in this inline slot; bit 48 set: out-of-line slot
//!   TAG_OBJECT | record                several entries, or entries of other kinds
//! ```
//!
//! At a store bits 52 and 53 of the word of one shape are 0 if the slot takes anything, else the number of its kind when the
//! site learnt it (`runtime/shape/kinds.rs`), and so are those above the new shape, or the otherwise unused integer, in the
//! middle of an entry. What a kind took its slot takes for good.
//!
//! A record is immutable: a list of entries of three values, replaced as a whole when the site learns more.
//!
//! ```text
//!   kind << 32 | shape id      first            second
//!   OWN                        -                slot                       the table's own slot
//!   CONSTANT                   the value        epoch << 16                found up the chain, relied on
//!   HOLDER                     holder           epoch << 16 | slot         found up the chain, read from the holder
//!   ABSENT                     -                epoch << 16                no such key in the chain
//!   ADD                        new shape id     epoch << 16 | slot         a store that adds the key
//!   OWN_ELSE                   the value        epoch << 16 | slot         the own slot; where it is empty the value that is
//!                                                                          found up the chain, or no `__newindex`
//!   HANDLER                    the function     epoch << 16                no own slot: the metatable's `__index`, or at a
//!                                                                          store its `__newindex`, is called
//!   INSTANCE                   a record         epoch << 16 | slot         the slot holds the metatable: see `Instance`
//! ```
//!
//! A shape check proves a table's layout and metatable; what it cannot prove about the tables up the chain the class epoch
//! does. Nothing is cached for a store into a class table, whose slots others rely on.

use crate::engine::Meta;
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::interp::instance::Instance;
use runtime::closure::Closure;
use runtime::heap::Heap;
use runtime::record::Record;
use runtime::shape::{Finding, ShapeMeta, SlotKind};
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::{TAG_MASK, TAG_OBJECT, Value};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The class epoch, cut to what a cache can hold beside a shape id.
#[inline(always)]
pub(super) fn epoch_of(heap: &Heap) -> u32 {
    heap.class_epoch().load(Relaxed) & 0x1FFF_FFFF
}

const OUT_OF_LINE: u64 = 1 << 48;
/// The upper 16 bits of a word of a store into an inline slot that held floats only.
const OF_FLOATS: u64 = (SlotKind::Float as u64) << 4;
/// The same for immediate integers.
const OF_INTS: u64 = (SlotKind::Int as u64) << 4;
const OWN: i64 = 0;
const CONSTANT: i64 = 1;
const HOLDER: i64 = 2;
const ABSENT: i64 = 3;
const ADD: i64 = 4;
const OWN_ELSE: i64 = 5;
const HANDLER: i64 = 6;
pub(super) const INSTANCE: i64 = 7;
/// Values of an entry.
pub(super) const ENTRY: usize = 3;
/// Entries of a record. A site that has seen more keeps the first ones and looks the rest up.
const ENTRIES_MAX: usize = 8;
/// Tables that a chain may have for its end to be cached.
const CHAIN_MAX: usize = 16;

/// The value of an own slot that a one-shape word describes; `None` if it describes another shape or the slot is empty.
#[inline(always)]
pub(crate) fn cached_field(t: Table, word: u64) -> Option<Value> {
    if word as u32 == t.shape_id() && word < 2 * OUT_OF_LINE {
        let slot = (word >> 32) as u16 as usize;
        let v = if word & OUT_OF_LINE == 0 {
            // SAFETY: the shape id that matches says that the slot lies in the table.
            unsafe { t.inline_slot(slot).load() }
        } else {
            t.slot_value(slot as u32)
        };
        if !v.is_nil() {
            return Some(v);
        }
    }
    None
}

/// Stores into an own slot that a one-shape word describes; false if it describes another shape, the slot is empty or its
/// kind does not take the value.
#[inline(always)]
pub(crate) fn cached_store(fiber: &mut Fiber, t: Table, v: Value, word: u64) -> bool {
    if word as u32 != t.shape_id() {
        return false;
    }
    // SAFETY: the shape id that matches says that the slot lies in the table, if one of the three arms is taken.
    let slot = || unsafe { t.inline_slot((word >> 32) as u16 as usize) };
    // A slot of numbers may have become empty since the site learnt of it.
    match word >> 48 {
        0 if !slot().load().is_nil() => {
            slot().store(v);
            if v.is_reference() {
                fiber.mutator().write_barrier(t.header());
            }
            true
        }
        OF_FLOATS if v.is_float() && !slot().load().is_nil() => {
            slot().store(v);
            true
        }
        OF_INTS if v.is_small_int() && !slot().load().is_nil() => {
            slot().store(v);
            true
        }
        _ => false,
    }
}

/// The method that a word describes for this receiver.
#[inline(always)]
pub(crate) fn cached_method(fiber: &Fiber, t: Table, word: u64) -> Option<Value> {
    if word & TAG_MASK == TAG_OBJECT {
        // SAFETY: a tagged feedback word is a record that `learn` put there.
        let record = unsafe { Record::from_value_unchecked(Value::from_bits(word)) };
        let shape = t.shape_id() as i64;
        let first = record.get(0).small_int_payload();
        if first == (CONSTANT << 32 | shape)
            && record.get(2).small_int_payload() >> 16 == epoch_of(fiber.heap()) as i64
        {
            return Some(record.get(1));
        }
        return from_record(fiber, t, record);
    }
    cached_field(t, word)
}

/// What a record says about reading from this table.
#[inline(never)]
fn from_record(fiber: &Fiber, t: Table, record: Record) -> Option<Value> {
    from_entry(t, entry_of(t, record)?, epoch_of(fiber.heap()))
}

/// The entry of a record for reading from this table.
#[inline(always)]
fn entry_of(t: Table, record: Record) -> Option<[Value; ENTRY]> {
    let shape = t.shape_id() as i64;
    for at in (0..record.len()).step_by(ENTRY) {
        let first = record.get(at).small_int_payload();
        if first as u32 as i64 == shape && first >> 32 != ADD {
            let e = [record.get(at), record.get(at + 1), record.get(at + 2)];
            if first >> 32 == INSTANCE && Instance::value_of(t, e).is_none() {
                // Of another class.
                continue;
            }
            return Some(e);
        }
    }
    None
}

/// Notes what an entry says of reading from this table by the table's shape and the key, if it holds.
fn note_entry(fiber: &mut Fiber, t: Table, key: Str, [first, middle, second]: [Value; ENTRY]) {
    let (kind, second) = (first.small_int_payload() >> 32, second.small_int_payload());
    let slot = (second & 0xFFFF) as u32;
    let epoch = epoch_of(fiber.heap());
    let is_stale = kind != OWN && second >> 16 != epoch as i64;
    let shape = first.small_int_payload() as u32;
    // The lookup may have made the table a class.
    if is_stale || shape != t.shape_id() {
        return;
    }
    let finding = match kind {
        OWN => Finding::Own(slot, None),
        OWN_ELSE => Finding::Own(slot, Some(middle)),
        CONSTANT => Finding::Constant(middle),
        ABSENT => Finding::Constant(Value::NIL),
        HOLDER => match Table::from_value(middle) {
            Some(holder) => Finding::Holder(holder, slot),
            None => return,
        },
        _ => return,
    };
    fiber.mutator().note_found(t, shape, epoch, key, finding);
}

/// What an entry for the shape of this table says about reading from it.
#[inline(always)]
fn from_entry(t: Table, [first, middle, second]: [Value; ENTRY], epoch: u32) -> Option<Value> {
    let second = second.small_int_payload();
    let slot = (second & 0xFFFF) as u32;
    let v = match first.small_int_payload() >> 32 {
        OWN => t.slot_value(slot),
        _ if second >> 16 != epoch as i64 => return None,
        CONSTANT => return Some(middle),
        ABSENT => return Some(Value::NIL),
        OWN_ELSE => {
            let v = t.slot_value(slot);
            return Some(if v.is_nil() { middle } else { v });
        }
        HOLDER => Table::from_value(middle)?.slot_value(slot),
        INSTANCE => return Instance::value_of(t, [first, middle, Value::int_unchecked(second)]),
        _ => return None,
    };
    if v.is_nil() { None } else { Some(v) }
}

/// The closure that an entry says is called for a table of its shape.
#[inline]
fn handler_of([first, middle, second]: [Value; ENTRY], epoch: u32) -> Option<Value> {
    let is_handler = first.small_int_payload() >> 32 == HANDLER;
    (is_handler && second.small_int_payload() >> 16 == epoch as i64).then_some(middle)
}

/// Whether a site has seen so many shapes that it learns no more: its record is full, and all of it still holds.
fn is_full(fiber: &Fiber, word: u64) -> bool {
    if word & TAG_MASK != TAG_OBJECT {
        return false;
    }
    // SAFETY: a tagged feedback word is a record that `learn` put there.
    let record = unsafe { Record::from_value_unchecked(Value::from_bits(word)) };
    let epoch = epoch_of(fiber.heap()) as i64;
    let holds = |at: usize| {
        record.get(at).small_int_payload() >> 32 == OWN
            || record.get(at + 2).small_int_payload() >> 16 == epoch
    };
    record.len() == ENTRY * ENTRIES_MAX && (0..record.len()).step_by(ENTRY).all(holds)
}

/// Whether a full site has an entry of instances, so that more of them are not learnt.
fn is_full_of_instances(fiber: &Fiber, word: u64) -> bool {
    if !is_full(fiber, word) {
        return false;
    }
    // SAFETY: a tagged feedback word is a record that `learn` put there.
    let record = unsafe { Record::from_value_unchecked(Value::from_bits(word)) };
    (0..record.len()).step_by(ENTRY).any(|at| record.get(at).small_int_payload() >> 32 == INSTANCE)
}

/// What a lookup found, as a cache entry.
struct Found {
    value: Value,
    entry: Option<[Value; ENTRY]>,
}

pub(super) fn entry(kind: i64, shape: u32, first: Value, second: i64) -> Option<[Value; ENTRY]> {
    Some([Value::int_unchecked(kind << 32 | shape as i64), first, Value::int_unchecked(second)])
}

/// The entry that says that the chain has no key, but for an own slot that may have been filled.
fn absent_entry(shape: u32, own: Option<u32>, epoch: i64) -> Option<[Value; ENTRY]> {
    match own {
        None => entry(ABSENT, shape, Value::NIL, epoch),
        Some(slot) => entry(OWN_ELSE, shape, Value::NIL, epoch | slot as i64),
    }
}

/// Reads a constant key of a table through the chain of `__index` tables; `None` if the chain leaves tables, and the mark if
/// the table's own handler is a closure, which is to be called. There is no entry for instances unless that is wanted.
fn find(fiber: &mut Fiber, t: Table, key: Str, wants_instances: bool) -> Option<Found> {
    if fiber.heap().is_parallel() {
        // Relies on what the second walk will find, so that whatever changes then tells it.
        find_once(fiber, t, key, wants_instances);
    }
    find_once(fiber, t, key, wants_instances)
}

fn find_once(fiber: &mut Fiber, t: Table, key: Str, wants_instances: bool) -> Option<Found> {
    // What changes from here on makes entries with this epoch useless.
    let epoch = (epoch_of(fiber.heap()) as i64) << 16;
    let index = fiber.engine.meta_name(Meta::Index);
    let receiver_shape = t.shape_id();
    let mut at = t;
    // Whether shape and epoch prove what was found so far.
    let mut provable = true;
    // The slot of the table itself, if it is there and empty.
    let mut own = None;
    let mut instance: Option<Instance> = None;
    for depth in 0..CHAIN_MAX {
        let heap = fiber.heap();
        let shape = heap.shapes().get(at.shape_id());
        if shape.is_dictionary() {
            let value = at.get_str(heap, key);
            if !value.is_nil() {
                return Some(Found { value, entry: None });
            }
            provable = false;
        } else if let Some(slot) = shape.lookup(key) {
            let value = at.slot_value(slot);
            if !value.is_nil() {
                let found = if depth == 0 {
                    entry(OWN, receiver_shape, Value::NIL, slot as i64)
                } else if !provable {
                    None
                } else if at.rely_on(heap, slot, value) {
                    match (own, instance) {
                        (None, None) => entry(CONSTANT, receiver_shape, value, epoch),
                        (None, Some(_)) if !wants_instances => None,
                        (None, Some(instance)) => instance.entry(fiber, receiver_shape, value, epoch),
                        (Some(own), _) => entry(OWN_ELSE, receiver_shape, value, epoch | own as i64),
                    }
                } else if shape.is_class() && own.is_none() && instance.is_none() {
                    entry(HOLDER, receiver_shape, at.to_value(), epoch | slot as i64)
                } else {
                    None
                };
                return Some(Found { value, entry: found });
            }
            if depth == 0 {
                // It may be filled without a change of shape.
                own = Some(slot);
            }
        }
        let metatable = match shape.meta() {
            ShapeMeta::None => {
                let is_proved = provable && instance.is_none();
                let absent = if is_proved && (depth == 0 || at.rely_on_absence(heap)) {
                    absent_entry(receiver_shape, own, epoch)
                } else {
                    None
                };
                return Some(Found { value: Value::NIL, entry: absent });
            }
            ShapeMeta::Known(mt) => mt,
            ShapeMeta::Slot(slot) => {
                let Some(mt) = at.metatable(heap) else {
                    return Some(Found { value: Value::NIL, entry: None });
                };
                if depth == 0 && own.is_none() {
                    instance = Instance::of(heap, slot, mt, index);
                }
                if depth == 0
                    && let Some(instance) = &instance
                {
                    at = instance.class;
                    if !at.is_class() {
                        at.mark_class(fiber.mutator());
                    }
                    continue;
                }
                // A class tells when it gets another metatable.
                provable = provable && depth > 0;
                if provable && !mt.is_class() {
                    mt.mark_class(fiber.mutator());
                }
                mt
            }
        };
        let heap = fiber.heap();
        if depth > 0 {
            provable = provable && at.rely_on_absence(heap);
        }
        let next = match heap.shapes().lookup(metatable.shape_id(), index) {
            Some(slot) => {
                let next = metatable.slot_value(slot);
                provable = provable && metatable.rely_on(heap, slot, next);
                next
            }
            None => {
                provable = provable && metatable.rely_on_absence(heap);
                metatable.get_str(heap, index)
            }
        };
        if next.is_nil() {
            let absent =
                if provable && instance.is_none() { absent_entry(receiver_shape, own, epoch) } else { None };
            return Some(Found { value: Value::NIL, entry: absent });
        }
        if depth == 0 && own.is_none() && provable && Closure::from_value(next).is_some() {
            return Some(Found { value: Value::MARK, entry: entry(HANDLER, receiver_shape, next, epoch) });
        }
        at = Table::from_value(next)?;
        // That stops the world where goroutines run; what is not provable gains nothing by it.
        if !at.is_class() && (provable || !fiber.heap().is_parallel()) {
            at.mark_class(fiber.mutator());
        }
    }
    None
}

/// Notes at a site of a store that tables of a shape have the key in this slot.
fn learn_store(fiber: &mut Fiber, feedback: &AtomicU64, t: Table, slot: u32) {
    let shape = t.shape_id();
    let kind = t.slot_kind(fiber.heap(), slot);
    let word = feedback.load(Relaxed);
    if word != 0 && (word & TAG_MASK == TAG_OBJECT || word as u32 != shape) {
        if let Some(e) = entry(OWN, shape, above(0, kind), slot as i64) {
            learn(fiber, feedback, e, t.inline_capacity());
        }
        return;
    }
    let place = match kind {
        _ if slot as usize >= t.inline_capacity() => OUT_OF_LINE,
        SlotKind::Float => OF_FLOATS << 48,
        SlotKind::Int => OF_INTS << 48,
        SlotKind::Any | SlotKind::Nothing => 0,
    };
    feedback.store(place | (slot as u64) << 32 | shape as u64, Relaxed);
}

/// The middle of a store's entry: a shape, or nothing, and above it a kind.
fn above(shape: u32, kind: SlotKind) -> Value {
    Value::int_unchecked((kind as i64) << 32 | shape as i64)
}

/// Puts an entry into a feedback word.
fn learn(fiber: &mut Fiber, feedback: &AtomicU64, new: [Value; ENTRY], inline_capacity: usize) {
    let word = feedback.load(Relaxed);
    let key = new[0].small_int_payload();
    if word == 0 && key >> 32 == OWN {
        let slot = new[2].small_int_payload() as u64;
        let place = if (slot as usize) < inline_capacity { 0 } else { OUT_OF_LINE };
        feedback.store(place | slot << 32 | key as u32 as u64, Relaxed);
        return;
    }
    let mut entries = [Value::NIL; ENTRY * ENTRIES_MAX];
    let mut n = 0;
    let mut push = |e: [Value; ENTRY]| {
        if n + ENTRY <= entries.len() {
            entries[n..n + ENTRY].copy_from_slice(&e);
            n += ENTRY;
        }
    };
    push(new);
    let epoch = epoch_of(fiber.heap()) as i64;
    if word & TAG_MASK == TAG_OBJECT {
        // SAFETY: a tagged feedback word is a record that this function put there.
        let old = unsafe { Record::from_value_unchecked(Value::from_bits(word)) };
        for at in (0..old.len()).step_by(ENTRY) {
            let first = old.get(at).small_int_payload();
            let second = old.get(at + 2).small_int_payload();
            let is_stale = first >> 32 != OWN && second >> 16 != epoch;
            let e = [old.get(at), old.get(at + 1), old.get(at + 2)];
            if !is_stale && (first as u32 != key as u32 || Instance::are_of_several(new, e)) {
                push(e);
            }
        }
    } else if word != 0 && word as u32 != key as u32 {
        let slot = (word >> 32) as u16 as i64;
        push([
            Value::int_unchecked(OWN << 32 | (word as u32) as i64),
            Value::NIL,
            Value::int_unchecked(slot),
        ]);
    }
    // A full site stays as it is: it has seen too many shapes for a cache of its own.
    if word & TAG_MASK == TAG_OBJECT && n == ENTRY * ENTRIES_MAX {
        // SAFETY: as above.
        let old = unsafe { Record::from_value_unchecked(Value::from_bits(word)) };
        if old.len() == n && old.get(0) != entries[0] && old.get(n - ENTRY) != entries[n - ENTRY] {
            return;
        }
    }
    let record = Record::new(fiber.mutator(), n);
    for (i, v) in entries[..n].iter().enumerate() {
        record.set(fiber.mutator(), i, *v);
    }
    if feedback.load(Relaxed) != word {
        // The collection that made room has reset all feedback, and the ids copied above may be used again.
        return;
    }
    feedback.store(record.to_value().bits(), Relaxed);
    // SAFETY: the running frame's closure holds the function that owns the feedback word.
    let function = unsafe { Fiber::closure_at(fiber.base) }.function();
    fiber.mutator().write_barrier(function.header());
}

/// `b.key` after the fast path did not fit. `operand` is where the indexed value was written.
#[inline(never)]
pub(crate) fn get_field(
    fiber: &mut Fiber,
    b: Value,
    key: Value,
    feedback: &AtomicU64,
    operand: u16,
) -> Result<Value, Thrown> {
    if let (Some(t), Some(name)) = (Table::from_value(b), Str::from_value(key)) {
        let word = feedback.load(Relaxed);
        if word & TAG_MASK == TAG_OBJECT {
            // SAFETY: a tagged feedback word is a record that `learn` put there.
            let record = unsafe { Record::from_value_unchecked(Value::from_bits(word)) };
            // A site that learns no more goes by what any site has noted of the shape. Others are to learn it.
            let is_noted = record.len() == ENTRY * ENTRIES_MAX;
            if is_noted && let Some(v) = fiber.mutator().found(t, name) {
                return Ok(v);
            }
            if let Some(e) = entry_of(t, record) {
                let epoch = epoch_of(fiber.heap());
                if let Some(v) = from_entry(t, e, epoch) {
                    if is_noted {
                        note_entry(fiber, t, name, e);
                    }
                    return Ok(v);
                }
                if let Some(handler) = handler_of(e, epoch) {
                    return fiber.call1(handler, &[b, key]);
                }
            }
        }
        let has_instances = is_full_of_instances(fiber, word);
        if let Some(found) = find(fiber, t, name, !has_instances) {
            match found.entry {
                Some(e) if is_full(fiber, word) => {
                    if e[0].small_int_payload() >> 32 == INSTANCE {
                        // What it has met were metatables that shapes knew before there were too many of them.
                        feedback.store(0, Relaxed);
                        learn(fiber, feedback, e, t.inline_capacity());
                    } else {
                        note_entry(fiber, t, name, e);
                    }
                }
                Some(e) => learn(fiber, feedback, e, t.inline_capacity()),
                None => {}
            }
            if found.value != Value::MARK {
                return Ok(found.value);
            }
        }
    }
    fiber.index_operand(b, key, operand)
}

/// `b:key` after the fast path did not fit: the function to call.
#[inline(never)]
pub(crate) fn get_method(
    fiber: &mut Fiber,
    b: Value,
    key: Value,
    feedback: &AtomicU64,
) -> Result<Value, Thrown> {
    if b.is_table() {
        return get_field(fiber, b, key, feedback, 1);
    }
    if b.is_string() {
        if let Some(v) = string_method(fiber, key, feedback) {
            return Ok(v);
        }
    } else if let Some(method) = crate::userdata::method(fiber, b, key) {
        return Ok(method);
    }
    fiber.index_operand(b, key, 1)
}

/// The shape id that stands for "any string" in a cache of methods; no shape has it.
const STRING_SHAPE: u32 = 0;

/// The method that a word describes for strings.
#[inline(always)]
pub(crate) fn cached_string_method(fiber: &Fiber, word: u64) -> Option<Value> {
    if word & TAG_MASK == TAG_OBJECT {
        // SAFETY: a tagged feedback word is a record that `learn` put there.
        let record = unsafe { Record::from_value_unchecked(Value::from_bits(word)) };
        if record.get(0).small_int_payload() == (CONSTANT << 32 | STRING_SHAPE as i64)
            && record.get(2).small_int_payload() >> 16 == epoch_of(fiber.heap()) as i64
        {
            return Some(record.get(1));
        }
    }
    None
}

/// A method of strings: the metatable is one for all, so its `__index` table is asked directly. What is found there is
/// relied on together with the metatable's own slot.
fn string_method(fiber: &mut Fiber, key: Value, feedback: &AtomicU64) -> Option<Value> {
    let index = fiber.engine.meta_name(Meta::Index);
    let metatable = fiber.engine.string_meta;
    let epoch = (epoch_of(fiber.heap()) as i64) << 16;
    let library = Table::from_value(metatable.get_str(fiber.heap(), index))?;
    let name = Str::from_value(key)?;
    let v = library.get_str(fiber.heap(), name);
    if v.is_nil() {
        return None;
    }
    for t in [metatable, library] {
        if !t.is_class() {
            t.mark_class(fiber.mutator());
        }
    }
    let heap = fiber.heap();
    if let (Some(a), Some(b)) = (metatable.find_slot(heap, index), library.find_slot(heap, name))
        && metatable.rely_on(heap, a, library.to_value())
        && library.rely_on(heap, b, v)
        && let Some(e) = entry(CONSTANT, STRING_SHAPE, v, epoch)
    {
        learn(fiber, feedback, e, 0);
    }
    Some(v)
}

/// Replaces the value in an own slot that was noted by shape and key; false if none was, if it is empty, if others may rely on
/// it, or if its kind does not take the value.
#[inline]
pub(crate) fn replace_found(fiber: &mut Fiber, t: Table, key: Str, v: Value) -> bool {
    match fiber.mutator().found_slot(t, key) {
        Some(slot) if !t.is_class() && !t.slot_value(slot).is_nil() => {
            let kind = t.slot_kind(fiber.heap(), slot);
            let is_taken = kind.takes(v);
            if is_taken {
                t.set_noted(fiber.mutator(), slot, v, kind);
            }
            is_taken
        }
        _ => false,
    }
}

/// `a.key = v` after the fast path did not fit.
#[inline(never)]
pub(crate) fn set_field(
    fiber: &mut Fiber,
    a: Value,
    key: Value,
    v: Value,
    feedback: &AtomicU64,
) -> Result<(), Thrown> {
    let (Some(t), Some(name)) = (Table::from_value(a), Str::from_value(key)) else {
        return fiber.set_index_operand(a, key, v, 0);
    };
    let word = feedback.load(Relaxed);
    let before = t.shape_id();
    if word & TAG_MASK == TAG_OBJECT {
        // SAFETY: a tagged feedback word is a record that `learn` put there.
        let record = unsafe { Record::from_value_unchecked(Value::from_bits(word)) };
        let is_noted = record.len() == ENTRY * ENTRIES_MAX;
        if is_noted && replace_found(fiber, t, name, v) {
            return Ok(());
        }
        if let Some(slot) = store_by_record(fiber, t, v, record) {
            if is_noted && fiber.mutator().found_slot(t, name).is_none() && t.shape_id() == before {
                fiber.mutator().note_found(t, before, 0, name, Finding::Own(slot, None));
            }
            return Ok(());
        }
        if let Some(handler) = entry_of(t, record).and_then(|e| handler_of(e, epoch_of(fiber.heap()))) {
            fiber.call(handler, &[a, key, v])?;
            return Ok(());
        }
    }
    let before = t.shape_id();
    let shape = fiber.heap().shapes().get(before);
    if shape.is_class() || shape.is_dictionary() {
        return fiber.set_index_operand(a, key, v, 0);
    }
    if let Some(slot) = shape.lookup(name)
        && !t.slot_value(slot).is_nil()
    {
        t.set_slot(fiber.mutator(), slot, v);
        if is_full(fiber, word) {
            fiber.mutator().note_found(t, before, 0, name, Finding::Own(slot, None));
        } else {
            learn_store(fiber, feedback, t, slot);
        }
        return Ok(());
    }
    // The key is to be added; a shape and the epoch prove that no `__newindex` is in the way.
    let epoch = (epoch_of(fiber.heap()) as i64) << 16;
    let handler_absent = match shape.meta() {
        ShapeMeta::None => true,
        ShapeMeta::Known(mt) => {
            let newindex = fiber.engine.meta_name(Meta::NewIndex);
            mt.rely_on_absence(fiber.heap()) && mt.get_str(fiber.heap(), newindex).is_nil()
        }
        ShapeMeta::Slot(_) => false,
    };
    if handler_absent && let Some(slot) = shape.lookup(name) {
        t.set_slot(fiber.mutator(), slot, v);
        let kind = t.slot_kind(fiber.heap(), slot);
        if let Some(e) = entry(OWN_ELSE, before, above(0, kind), epoch | slot as i64)
            && !is_full(fiber, word)
        {
            learn(fiber, feedback, e, 0);
        }
        return Ok(());
    }
    if !handler_absent
        && !is_full(fiber, word)
        && shape.lookup(name).is_none()
        && let ShapeMeta::Known(mt) = shape.meta()
        && let Some(slot) = mt.find_slot(fiber.heap(), fiber.engine.meta_name(Meta::NewIndex))
        && let handler = mt.slot_value(slot)
        && Closure::from_value(handler).is_some()
        && mt.rely_on(fiber.heap(), slot, handler)
        && let Some(e) = entry(HANDLER, before, handler, epoch)
    {
        learn(fiber, feedback, e, 0);
    }
    if !handler_absent || v.is_nil() {
        return fiber.set_index_operand(a, key, v, 0);
    }
    fiber.raw_set(t, key, v)?;
    let after = t.shape_id();
    if after != before
        && !fiber.heap().shapes().get(after).is_dictionary()
        && let Some(slot) = fiber.heap().shapes().lookup(after, name)
    {
        let epoch = (epoch_of(fiber.heap()) as i64) << 16;
        let kind = t.slot_kind(fiber.heap(), slot);
        if let Some(e) = entry(ADD, before, above(after, kind), epoch | slot as i64)
            && !is_full(fiber, word)
        {
            learn(fiber, feedback, e, 0);
        }
    }
    Ok(())
}

/// Stores by what a record says, and gives the slot; `None` if it says nothing about this table.
#[inline]
fn store_by_record(fiber: &mut Fiber, t: Table, v: Value, record: Record) -> Option<u32> {
    let shape = t.shape_id() as i64;
    for at in (0..record.len()).step_by(ENTRY) {
        let first = record.get(at).small_int_payload();
        if first as u32 as i64 != shape {
            continue;
        }
        let second = record.get(at + 2).small_int_payload();
        let slot = (second & 0xFFFF) as u32;
        let middle = record.get(at + 1);
        let noted = match middle.is_small_int() {
            true => SlotKind::from_number(middle.small_int_payload() as u64 >> 32),
            false => SlotKind::Nothing,
        };
        match first >> 32 {
            OWN if !t.slot_value(slot).is_nil() => {
                t.set_noted(fiber.mutator(), slot, v, noted);
                return Some(slot);
            }
            OWN_ELSE if second >> 16 == epoch_of(fiber.heap()) as i64 => {
                t.set_noted(fiber.mutator(), slot, v, noted);
                return Some(slot);
            }
            ADD if !v.is_nil() && second >> 16 == epoch_of(fiber.heap()) as i64 => {
                let new_shape = middle.small_int_payload() as u32;
                let is_added =
                    t.add_with_transition(fiber.mutator(), shape as u32, new_shape, slot, v, noted);
                return is_added.then_some(slot);
            }
            _ => return None,
        }
    }
    None
}
