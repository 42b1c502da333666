//! What feedback words say besides inline caches (those are told in `interp/access.rs`).
//!
//! ```text
//!   arithmetic, comparison:    bits 0 .. 3: kinds of operands seen; none: immediate integers only, or never executed
//!   arithmetic:                in the upper half the shape of the first operand that was a table, 0 if none was; with bit 3
//!                              it was the second operand, with bit 4 there were several
//!   backward jumps:            the same, with a count of rounds in the upper half
//!   calls:                     0: never executed
//!                              a closure or native function: the only target
//!                              a function (object tag): closures of it
//!                              an integer: native functions with the descriptor at that address
//!                              a record: closures of these functions
//!                              a number without tag: tables of that shape, whose metatable handles calls
//!                              the mark: others
//!   reads of elements:         what keys the site has read by (`READ_...`), and the kind of the first storage
//!   slots of literals:         the number of a kind that the slot has had (`runtime/shape/kinds.rs`)
//!   range loop's beginning:    what it traverses (`TRAVERSED_...`)
//!   range loop's next:         as calls if it calls an iterator function, else as backward jumps
//! ```
//!
//! The interpreter writes a word only if it would change. Targets are weak: a full collection removes dead ones.

use crate::fiber::{Fiber, native_def};
use crate::native::NativeDef;
use bytecode::intrinsic::Intrinsic;
use runtime::closure::{Closure, Function, Native};
use runtime::object::Word;
use runtime::record::Record;
use runtime::shape::DICTIONARY_IDS_END;
use runtime::table::{ElementKind, Table};
use runtime::value::{TAG_INT, Value};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// An operand was a float.
pub const FLOATS: u64 = 1;
/// An operand was a big integer, or the result did not fit an immediate one.
pub const BIG_INTS: u64 = 2;
/// An operand was no number.
pub const OTHERS: u64 = 4;
/// All kinds.
pub const KINDS: u64 = FLOATS | BIG_INTS | OTHERS;

/// The shape in the upper half is that of the second operand.
pub const CLASS_OF_SECOND: u64 = 8;
/// Tables of several shapes were operands.
pub const CLASSES: u64 = 16;

/// A site `t[key]` has read by a string. The upper half is the shape of a table that was read so.
pub const READ_STR: u64 = 1;
/// ... by an integer without element.
pub const READ_ABSENT: u64 = 2;
/// ... from a userdata object.
pub const READ_USERDATA: u64 = 4;
/// ... by something else than an integer or a string.
pub const READ_OTHER: u64 = 8;
/// ... first of all an element of a storage of kind 0; the bits above are for the other kinds, in their order.
pub const READ_KIND: u64 = 16;
/// ... an element, or by an integer without one.
pub const READ_ELEMENTS: u64 = READ_ABSENT | (READ_KIND * 15);
/// A site `t[key] = v` has stored by a string last; besides the shape and the epoch that are told in `interp/access.rs`.
/// With an epoch below it the word is still none of a reference.
pub const STORED_STR: u64 = 1 << 63;

/// ... and by integers where there was no element, or none that could hold the value. With an epoch below it the word is
/// still none of a reference.
pub const STORED_ANEW: u64 = 1 << 62;

/// A site `t[key] = v` has stored elements of userdata objects only.
pub const STORED_USERDATA: u64 = 3 << 62;

/// A traversal began at a table without slots and metatable. What bits of [`READ_KIND`] say is of its elements, if it had nothing
/// but elements.
pub const TRAVERSED_PLAIN: u64 = 1;
/// ... at something else.
pub const TRAVERSED_OTHER: u64 = 2;

/// What an empty literal has learnt, in place of a number of slots, if its tables become dictionaries.
pub const LEARNT_DICTIONARY: i64 = crate::interp::make::LEARNT_DICTIONARY;

/// The rounds in the word of a backward jump.
pub fn rounds(word: u64) -> u32 {
    if word < TAG_INT { (word >> 32) as u32 } else { 0 }
}

/// The kind of the storage that a site `t[key]` has first read an element of, if it reads nothing but elements.
pub fn kind_read(word: u64) -> Option<ElementKind> {
    use ElementKind::{Any, Bool, Float, Int};
    [Any, Float, Int, Bool].into_iter().find(|&kind| word == READ_KIND << kind as u32)
}

/// What the traversals of a site are of, if that is always a table without slots and metatable: the kind of its elements, if
/// there is nothing else in it.
pub fn traversed(word: u64) -> Option<Option<ElementKind>> {
    let is_plain = word & (TRAVERSED_PLAIN | TRAVERSED_OTHER) == TRAVERSED_PLAIN;
    is_plain.then(|| kind_read(word & !TRAVERSED_PLAIN))
}

/// Notes what a traversal is of.
pub(crate) fn note_traversal(feedback: &AtomicU64, v: Value) {
    let word = feedback.load(Relaxed);
    let is_plain = |t: &Table| t.shape_id() < DICTIONARY_IDS_END;
    let noted = match Table::from_value(v).filter(is_plain) {
        None => word | TRAVERSED_OTHER,
        Some(t) if word <= TRAVERSED_PLAIN && t.is_list() && !t.is_empty() => {
            TRAVERSED_PLAIN | READ_KIND << t.array().kind() as u32
        }
        Some(_) => word | TRAVERSED_PLAIN,
    };
    if noted != word {
        feedback.store(noted, Relaxed);
    }
}

/// Notes the kinds of two operands whose operation was not one of immediate integers with an immediate result.
#[cold]
#[inline(never)]
pub(crate) fn note_operands(feedback: &AtomicU64, a: Value, b: Value) {
    let kind = |v: Value| {
        if v.is_small_int() {
            0
        } else if v.is_float() {
            FLOATS
        } else if v.as_big_int().is_some() {
            BIG_INTS
        } else {
            OTHERS
        }
    };
    let kinds = match kind(a) | kind(b) {
        // Immediate integers come here if their result is none.
        0 => BIG_INTS,
        kinds => kinds,
    };
    let word = feedback.load(Relaxed);
    if word & kinds != kinds {
        feedback.store(word | kinds, Relaxed);
    }
}

/// Notes the shape of the table among two operands of arithmetic, whose metamethod is called.
#[cold]
#[inline(never)]
pub(crate) fn note_class(feedback: &AtomicU64, a: Value, b: Value) {
    let (shape, second) = match (Table::from_value(a), Table::from_value(b)) {
        (Some(t), _) => (t.shape_id(), 0),
        (None, Some(t)) => (t.shape_id(), CLASS_OF_SECOND),
        (None, None) => return,
    };
    let word = feedback.load(Relaxed);
    let class = u64::from(shape) << 32 | second;
    let noted = if word >> 32 == 0 { word | class } else { word };
    let is_other = noted & !(KINDS | CLASSES) != class;
    let noted = if is_other { noted | CLASSES } else { noted };
    if noted != word {
        feedback.store(noted, Relaxed);
    }
}

/// Functions that a site of calls remembers.
const TARGETS_MAX: usize = 4;

/// The word of a site that knows some functions and now another one; the mark if these are too many.
fn several(fiber: &mut Fiber, word: Value, before: Option<Value>, new: Value) -> Option<Value> {
    let old = Record::from_value(word);
    let count = old.map_or(1, Record::len);
    let known = |i: usize| old.map_or(before, |old| Some(old.get(i)));
    if (0..count).any(|i| known(i) == Some(new)) {
        return Some(word);
    }
    if count >= TARGETS_MAX || known(0).is_none() {
        return None;
    }
    let record = Record::new(fiber.mutator(), count + 1);
    for i in 0..count {
        record.set(fiber.mutator(), i, known(i)?);
    }
    record.set(fiber.mutator(), count, new);
    Some(record.to_value())
}

/// Notes the target of a call that is not the one in the word. `base` is the calling frame's. For a closure the frame is
/// published, with all that the call needs in its registers or below the fiber's `top`, so that it may allocate.
///
/// # Safety
/// `base` is the frame of the function that owns the word.
#[cold]
#[inline(never)]
pub(crate) unsafe fn note_target(fiber: &mut Fiber, base: *mut Word, feedback: &AtomicU64, callee: Value) {
    let word = Value::from_bits(feedback.load(Relaxed));
    let function = Closure::from_value(callee).map(|c| c.function().to_value());
    let native = Native::from_value(callee);
    let new = if let Some(descriptor) = native.filter(|&n| is_of_descriptor(word, n)).map(descriptor_word) {
        descriptor
    } else if word.bits() == 0 {
        callee
    } else {
        let before = match Closure::from_value(word) {
            Some(closure) => Some(closure.function().to_value()),
            None => Function::from_value(word).map(Function::to_value),
        };
        match (before, function) {
            (Some(a), Some(b)) if a == b => a,
            (before, Some(b)) => several(fiber, word, before, b).unwrap_or(Value::MARK),
            _ => Value::MARK,
        }
    };
    // A collection may have removed what was there.
    if new != word && feedback.load(Relaxed) == word.bits() {
        feedback.store(new.bits(), Relaxed);
        if !new.is_reference() {
            return;
        }
        // SAFETY: promised by the caller.
        let owner = unsafe { Fiber::closure_at(base) }.function();
        fiber.mutator().write_barrier(owner.header());
    }
}

/// Notes the shape of a table that is called.
#[cold]
#[inline(never)]
pub(crate) fn note_callable(feedback: &AtomicU64, callee: Value) {
    let Some(t) = Table::from_value(callee) else { return };
    let (word, shape) = (feedback.load(Relaxed), u64::from(t.shape_id()));
    if word != shape {
        feedback.store(if word == 0 { shape } else { Value::MARK.bits() }, Relaxed);
    }
}

/// The word for native functions of one descriptor.
fn descriptor_word(native: Native) -> Value {
    Value::int_unchecked(runtime::value::pointer_to_address(native.descriptor()) as i64)
}

/// Whether a call of a native function is noted by its descriptor, given the word so far: if another function of that
/// descriptor was seen, or if each is made for a purpose of its own.
fn is_of_descriptor(word: Value, native: Native) -> bool {
    let descriptor = descriptor_word(native);
    match Native::from_value(word) {
        Some(before) => descriptor_word(before) == descriptor,
        None if word.bits() == 0 => native_def(native).intrinsic == Some(Intrinsic::WrapResume),
        None => word == descriptor,
    }
}

/// The number of a native function that a feedback word knows by its descriptor.
pub fn intrinsic_of_descriptor(address: i64) -> Option<Intrinsic> {
    let descriptor: *const NativeDef = runtime::value::address_to_pointer(address as u64);
    // SAFETY: `descriptor_word` made the word; descriptors are statics.
    unsafe { (*descriptor).intrinsic }
}
