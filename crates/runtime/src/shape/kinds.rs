//! Kinds of slots: whether a slot has only ever held floats, or only immediate integers.
//!
//! ```text
//!             +-> float --+
//!   nothing --|           |--> anything
//!             +-> integer +
//! ```
//!
//! What belongs together is the same key in the same slot of tables with the same inline capacity: no transition takes a value
//! to another slot, so a table may get any shape and what is known of its slots stays true. The kind is a byte at the hash of
//! these three in a table of fixed size. Where two things meet in one byte it says what is true of both, which may be less than
//! could be known and is never wrong.
//!
//! Kinds only become more general, before the value that needs it is stored: in [`Mutator::admit`], through which all stores
//! go that do not know by a mark of their own (a feedback word, machine code) that the kind takes the value. Such marks never
//! become wrong. Whoever reads without testing relies on the kind: that is an [`Assumption`], and breaks at most twice, with the
//! world stopped.
//!
//! Shapes of class tables and dictionaries have no kinds: a class table never becomes anything else but a dictionary, and
//! the slots of a dictionary's shape are not read. An empty slot is no float, but is not read either: a table under
//! construction is reached by nobody, and who removes a key stores nil. As other threads may be on their way from such a
//! table's old shape to its slots, its kinds are given up before it changes ([`Mutator::give_up_kinds`]).

use super::{Shape, ShapeTable};
use crate::assumption::Assumption;
use crate::mutator::Mutator;
use crate::value::Value;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Bytes of the table; a power of two. With some hundred keys in use hardly any two meet.
const CELLS: usize = 1 << 16;

/// Floats may be there.
const FLOAT: u8 = 1;
/// Immediate integers may be there.
const INT: u8 = 2;
/// Other values may be there.
const OTHER: u8 = 4;
/// All sorts of values.
const ANY: u8 = FLOAT | INT | OTHER;
/// Somebody relies on the kind.
const RELIED: u8 = 0x80;

/// What a slot may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum SlotKind {
    /// Nothing was ever stored.
    Nothing,
    /// Floats only.
    Float,
    /// Immediate integers only.
    Int,
    /// Anything.
    Any,
}

impl SlotKind {
    fn of_bits(bits: u8) -> SlotKind {
        match bits & ANY {
            0 => SlotKind::Nothing,
            FLOAT => SlotKind::Float,
            INT => SlotKind::Int,
            _ => SlotKind::Any,
        }
    }

    /// Whether a value can be stored without changing it.
    #[inline(always)]
    pub fn takes(self, v: Value) -> bool {
        match self {
            SlotKind::Nothing => false,
            SlotKind::Float => v.is_float(),
            SlotKind::Int => v.is_small_int(),
            SlotKind::Any => true,
        }
    }

    /// The kind with this number, as notes write it; what is no number of one takes nothing.
    #[inline(always)]
    pub fn from_number(number: u64) -> SlotKind {
        match number {
            1 => SlotKind::Float,
            2 => SlotKind::Int,
            3 => SlotKind::Any,
            _ => SlotKind::Nothing,
        }
    }
}

/// The kinds of all slots of a heap.
pub(super) struct Kinds(Box<[AtomicU8]>);

impl Kinds {
    pub(super) fn new() -> Kinds {
        Kinds((0..CELLS).map(|_| AtomicU8::new(0)).collect())
    }
}

/// The bit of a value.
#[inline(always)]
fn bit_of(v: Value) -> u8 {
    if v.is_float() {
        FLOAT
    } else if v.is_small_int() {
        INT
    } else {
        OTHER
    }
}

/// Where the kind of a slot is.
#[inline(always)]
fn cell_of(inline_capacity: u32, slot: u32, key: u64) -> usize {
    let place = u64::from(inline_capacity << 16 | slot);
    let hash = ((key >> 4) ^ place << 40).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (hash >> (64 - CELLS.trailing_zeros())) as usize
}

impl Shape {
    /// Where the kind of a slot is; `None` if that has none.
    #[inline(always)]
    fn kind_cell(&self, slot: u32) -> Option<usize> {
        if self.is_class() || self.is_dictionary {
            return None;
        }
        let key = self.keys.keys.get(slot as usize)?.load(Relaxed);
        Some(cell_of(self.inline_capacity, slot, key))
    }
}

impl ShapeTable {
    /// What a slot of tables of a shape may hold.
    #[inline]
    pub fn slot_kind(&self, shape: &Shape, slot: u32) -> SlotKind {
        match shape.kind_cell(slot) {
            Some(cell) if slot < shape.slot_count => SlotKind::of_bits(self.kinds.0[cell].load(Relaxed)),
            _ => SlotKind::Any,
        }
    }

    /// The kind of a slot, and the assumption that it stays as it is, if it can change.
    pub fn rely_on_kind(&self, shape: &Shape, slot: u32) -> (SlotKind, Option<Assumption>) {
        if self.slot_kind(shape, slot) == SlotKind::Any {
            return (SlotKind::Any, None);
        }
        let Some(cell) = shape.kind_cell(slot) else { return (SlotKind::Any, None) };
        // Others may have changed it: what it was when it was relied on counts.
        match SlotKind::of_bits(self.kinds.0[cell].fetch_or(RELIED, Relaxed)) {
            SlotKind::Any => (SlotKind::Any, None),
            kind => (kind, Some(Assumption::of_kind(cell))),
        }
    }
}

/// The kind that a cell gets by a value with this bit.
fn widened(old: u8, bit: u8) -> u8 {
    if old & ANY == 0 && bit & (FLOAT | INT) != 0 { bit } else { ANY }
}

impl Mutator {
    /// Makes sure that the kind of a slot of a shape takes a value, which is about to be stored there. True: the world may have
    /// been stopped for that, so tables and shapes may have changed.
    #[inline(always)]
    pub(crate) fn admit(&mut self, shape: u32, slot: u32, v: Value) -> bool {
        let shapes = self.heap().shapes();
        match shapes.get(shape).kind_cell(slot) {
            Some(cell) if shapes.kinds.0[cell].load(Relaxed) & bit_of(v) == 0 => {
                self.widen(cell, bit_of(v));
                true
            }
            _ => false,
        }
    }

    /// To be called before a table of this shape becomes a class table or a dictionary: nobody relies on the kinds of its slots
    /// from then on.
    pub(crate) fn give_up_kinds(&mut self, shape: u32) {
        if !self.heap().is_parallel() {
            return;
        }
        let shapes = self.heap().shapes();
        let shape = shapes.get(shape);
        let cells: Vec<usize> = (0..shape.slot_count).filter_map(|slot| shape.kind_cell(slot)).collect();
        for cell in cells {
            self.widen(cell, OTHER);
        }
    }

    #[cold]
    #[inline(never)]
    fn widen(&mut self, cell: usize, bit: u8) {
        let heap = self.shared_heap().clone();
        let shapes = heap.shapes();
        let kind = &shapes.kinds.0[cell];
        loop {
            let old = kind.load(Relaxed);
            if old & bit != 0 {
                return;
            }
            if old & RELIED != 0 {
                return self.stop_to_break(|| {
                    let old = kind.load(Relaxed);
                    if old & bit == 0 {
                        kind.store(widened(old, bit), Relaxed);
                        shapes.assumptions.broken(Assumption::of_kind(cell));
                    }
                });
            }
            if kind.compare_exchange(old, widened(old, bit), Relaxed, Relaxed).is_ok() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Table;
    use crate::testing::mutator;
    use std::sync::{Arc, Mutex};

    fn kind(m: &crate::mutator::Mutator, t: Table, slot: u32) -> SlotKind {
        t.slot_kind(m.heap(), slot)
    }

    #[test]
    fn kinds_only_become_more_general() {
        let m = &mut mutator();
        let (x, y) = (m.field_name(b"x"), m.field_name(b"y"));
        let t = m.new_table_inline(3);
        t.set_str(m, x, Value::float(0.5), true).unwrap();
        t.set_str(m, y, Value::int32(1), true).unwrap();
        assert_eq!((kind(m, t, 0), kind(m, t, 1)), (SlotKind::Float, SlotKind::Int));
        t.set_str(m, x, Value::float(1.5), true).unwrap();
        assert_eq!(kind(m, t, 0), SlotKind::Float);
        // What refuses a value leaves the kind as it is.
        assert!(!t.quick_set_str(m, x, Value::int32(1)));
        assert_eq!(kind(m, t, 0), SlotKind::Float);
        t.set_str(m, x, Value::int32(2), true).unwrap();
        assert_eq!(kind(m, t, 0), SlotKind::Any);
        t.set_str(m, x, Value::float(2.5), true).unwrap();
        assert_eq!(kind(m, t, 0), SlotKind::Any);
        t.set_str(m, y, Value::NIL, true).unwrap();
        assert_eq!(kind(m, t, 1), SlotKind::Any);
        // Integers that are objects are no immediate ones.
        let u = m.new_table_inline(5);
        t.set_str(m, y, Value::int32(1), true).unwrap();
        let big = m.int(1 << 60);
        u.set_str(m, y, big, true).unwrap();
        assert_eq!(kind(m, u, 0), SlotKind::Any);
    }

    #[test]
    fn shapes_with_the_same_key_in_the_same_slot_share_a_kind() {
        let m = &mut mutator();
        let (x, y, z) = (m.field_name(b"x"), m.field_name(b"y"), m.field_name(b"z"));
        let [a, b, c, other] = [3, 3, 3, 5].map(|n| {
            let t = m.new_table_inline(n);
            t.set_str(m, x, Value::float(0.5), true).unwrap();
            t
        });
        b.set_str(m, y, Value::TRUE, true).unwrap();
        c.set_str(m, z, Value::TRUE, true).unwrap();
        let metatable = m.new_table_inline(3);
        c.set_metatable(m, Some(metatable)).unwrap();
        c.set_str(m, x, Value::TRUE, true).unwrap();
        assert!([a, b, c].iter().all(|&t| kind(m, t, 0) == SlotKind::Any));
        assert_eq!(kind(m, other, 0), SlotKind::Float);
        // Class tables have none.
        let class = m.new_table_inline(5);
        class.set_str(m, x, Value::float(0.5), true).unwrap();
        class.mark_class(m);
        assert_eq!(kind(m, class, 0), SlotKind::Any);
        class.set_str(m, x, Value::TRUE, true).unwrap();
        assert_eq!(kind(m, other, 0), SlotKind::Float);
    }

    #[test]
    fn who_relies_on_a_kind_is_told_before_it_changes() {
        let m = &mut mutator();
        let x = m.field_name(b"x");
        let told = Arc::new(Mutex::new(Vec::new()));
        let list = told.clone();
        m.heap().assumptions().on_broken(move |what| list.lock().unwrap().push(what));
        let t = m.new_table_inline(3);
        t.set_str(m, x, Value::float(0.5), true).unwrap();
        let heap = m.shared_heap().clone();
        let shapes = heap.shapes();
        let relied = shapes.rely_on_kind(shapes.get(t.shape_id()), 0);
        assert_eq!(relied.0, SlotKind::Float);
        t.set_str(m, x, Value::float(1.5), true).unwrap();
        assert!(told.lock().unwrap().is_empty());
        t.set_str(m, x, Value::int32(1), true).unwrap();
        t.set_str(m, x, Value::TRUE, true).unwrap();
        assert_eq!(*told.lock().unwrap(), [relied.1.unwrap()]);
        assert_eq!(relied.1.unwrap().object(), None);
        assert_eq!(shapes.rely_on_kind(shapes.get(t.shape_id()), 0), (SlotKind::Any, None));
    }
}
