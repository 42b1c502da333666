//! A cell: the place of a captured variable that is assigned after its capture, or of a module's global.
//!
//! ```text
//!   | header | value |      16 bytes
//! ```
//!
//! A global that a module has assigned once is *constant so far*: callers may rely on its value until
//! [`Assumptions`](crate::assumption::Assumptions) tell them otherwise. A further assignment makes it a variable for good.

use crate::assumption::Assumption;
use crate::heap::Heap;
use crate::mutator::Mutator;
use crate::object::{Header, Kind, Word};
use crate::value::{TAG_OBJECT, Value};
use std::ptr::NonNull;
use std::sync::atomic::Ordering::Relaxed;

/// `aux` of a cell that anybody may store into at any time.
const VARIABLE: u8 = 0;
/// `aux` of a global that its module has not assigned; it may hold the universe's value.
const UNASSIGNED: u8 = 1;
/// `aux` of a global that its module has assigned once.
const ASSIGNED_ONCE: u8 = 2;

/// The layout of a cell.
#[repr(C)]
pub(crate) struct CellObject {
    header: Header,
    pub(crate) value: Word,
}

/// A reference to a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Cell(NonNull<CellObject>);

impl Cell {
    /// A new cell holding `v`.
    #[inline]
    pub fn new(m: &mut Mutator, v: Value) -> Cell {
        let object = m.alloc(Kind::Cell, 0, 0, 0, size_of::<CellObject>()).cast::<CellObject>();
        // SAFETY: the object has room for the word, which nobody has seen yet.
        unsafe { (&raw mut (*object.as_ptr()).value).write(Word::new(v)) };
        Cell(object)
    }

    /// The cell of a module's global, which holds `v` until the module assigns it.
    pub fn new_global(m: &mut Mutator, v: Value) -> Cell {
        let cell = Cell::new(m, v);
        cell.header().aux.store(UNASSIGNED, Relaxed);
        cell
    }

    fn header(&self) -> &Header {
        // SAFETY: a `Cell` refers to a live cell.
        unsafe { &self.0.as_ref().header }
    }

    /// Whether the cell may be stored into without further thought. That never changes back.
    #[inline(always)]
    pub fn is_variable(self) -> bool {
        self.header().aux.load(Relaxed) == VARIABLE
    }

    /// The value of a global that is constant so far and not nil.
    pub fn constant(self) -> Option<Value> {
        let v = self.get();
        (!self.is_variable() && !v.is_nil()).then_some(v)
    }

    /// Assigns a global.
    #[inline(always)]
    pub fn assign(self, m: &mut Mutator, v: Value) {
        if !self.is_variable() {
            self.assign_constant(m, v);
        } else {
            self.set(m, v);
        }
    }

    /// Assigns a global that is constant so far: alone, so that nobody takes the old value for the constant meanwhile.
    #[cold]
    #[inline(never)]
    fn assign_constant(self, m: &mut Mutator, v: Value) {
        let heap = m.shared_heap().clone();
        m.stop_to_break(|| {
            self.count_assignment(&heap);
            // SAFETY: a `Cell` refers to a live cell.
            unsafe { self.0.as_ref() }.value.store(v);
        });
        // Not stored again: another thread may have assigned it since, for the first time.
        if v.is_reference() {
            m.write_barrier(self.0.cast());
        }
    }

    fn count_assignment(self, heap: &Heap) {
        let aux = &self.header().aux;
        let is_first = aux.load(Relaxed) == UNASSIGNED;
        // Nobody relies on nil.
        if is_first || self.get().is_nil() {
            aux.store(ASSIGNED_ONCE, Relaxed);
        } else {
            aux.store(VARIABLE, Relaxed);
        }
        if !self.get().is_nil() {
            heap.assumptions().broken(Assumption::of(self.to_value()));
        }
    }

    /// The contents.
    #[inline(always)]
    pub fn get(self) -> Value {
        // SAFETY: a `Cell` refers to a live cell.
        unsafe { self.0.as_ref() }.value.load()
    }

    /// Replaces the contents.
    #[inline(always)]
    pub fn set(self, m: &mut Mutator, v: Value) {
        // SAFETY: a `Cell` refers to a live cell.
        unsafe { self.0.as_ref() }.value.store(v);
        if v.is_reference() {
            m.write_barrier(self.0.cast());
        }
    }

    /// The cell as an internal value, which no script sees.
    #[inline(always)]
    pub fn to_value(self) -> Value {
        Value::from_pointer(TAG_OBJECT, self.0)
    }

    /// The cell in a value, if it is one.
    #[inline(always)]
    pub fn from_value(v: Value) -> Option<Cell> {
        if v.is_object() && v.kind() == Some(Kind::Cell) {
            // SAFETY: the header says that it is a cell.
            Some(unsafe { Cell::from_value_unchecked(v) })
        } else {
            None
        }
    }

    /// The cell in a value.
    ///
    /// # Safety
    /// The value came from [`Cell::to_value`].
    #[inline(always)]
    pub unsafe fn from_value_unchecked(v: Value) -> Cell {
        // SAFETY: references are never null.
        Cell(unsafe { NonNull::new_unchecked(v.pointer_payload()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::mutator;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn a_global_is_constant_from_its_first_assignment_to_its_second() {
        let m = &mut mutator();
        let told = Arc::new(AtomicUsize::new(0));
        let count = told.clone();
        m.heap().assumptions().on_broken(move |_| {
            count.fetch_add(1, Relaxed);
        });
        let (one, two) = (Value::int_unchecked(1), Value::int_unchecked(2));
        let cell = Cell::new_global(m, Value::NIL);
        assert_eq!(cell.constant(), None, "nobody relies on nil");
        cell.assign(m, one);
        assert_eq!((cell.constant(), told.load(Relaxed)), (Some(one), 0));
        cell.assign(m, two);
        assert_eq!((cell.constant(), cell.get(), told.load(Relaxed)), (None, two, 1));
        cell.assign(m, one);
        assert!(cell.is_variable());
        assert_eq!(told.load(Relaxed), 1, "a variable is nobody's concern");

        // The universe's value counts until the module has its own.
        let cell = Cell::new_global(m, one);
        assert_eq!(cell.constant(), Some(one));
        cell.assign(m, two);
        assert_eq!((cell.constant(), told.load(Relaxed)), (Some(two), 2));
        // Declared before it is assigned.
        let cell = Cell::new_global(m, Value::NIL);
        cell.assign(m, Value::NIL);
        cell.assign(m, one);
        assert_eq!((cell.constant(), told.load(Relaxed)), (Some(one), 2));
        assert!(Cell::new(m, one).is_variable(), "a captured variable");
    }
}
