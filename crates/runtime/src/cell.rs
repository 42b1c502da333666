//! A cell: the place of a captured variable that is assigned after its capture, or of a module's global.
//!
//! ```text
//!   | header | value |      16 bytes
//! ```

use crate::mutator::Mutator;
use crate::object::{Header, Kind, Word};
use crate::value::{TAG_OBJECT, Value};
use std::ptr::NonNull;

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
