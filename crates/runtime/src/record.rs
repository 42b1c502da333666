//! A record: a run of values known only to the machine, such as a deferred call or the entries of an inline cache.
//!
//! ```text
//!   | header, word = length | values ... |
//! ```

use crate::heap::OutOfMemory;
use crate::mutator::Mutator;
use crate::object::{Header, Kind, Word};
use crate::value::{TAG_OBJECT, Value};
use std::ptr::NonNull;
use std::sync::atomic::Ordering::Relaxed;

/// A reference to a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Record(NonNull<Header>);

impl Record {
    /// Values that a record of [`Record::new`] may have: its size is known to be small where it is made.
    pub const LEN_MAX: usize = 900;

    /// A record of `len` nils, at most [`Record::LEN_MAX`].
    pub fn new(m: &mut Mutator, len: usize) -> Record {
        assert!(len <= Record::LEN_MAX, "records are small");
        let object = m.alloc(Kind::Record, 0, 0, len as u32, 8 + len * 8);
        Record::filled(object, len)
    }

    /// A record of as many nils as a script may ask for.
    ///
    /// # Errors
    /// The heap limit would be exceeded.
    pub fn with_len(m: &mut Mutator, len: usize) -> Result<Record, OutOfMemory> {
        let length = u32::try_from(len).map_err(|_| OutOfMemory)?;
        let object = m.alloc_large(Kind::Record, 0, 0, length, 8 + len * 8)?;
        Ok(Record::filled(object, len))
    }

    fn filled(object: NonNull<Header>, len: usize) -> Record {
        for i in 0..len {
            // SAFETY: the object has room for `len` words behind its header.
            unsafe { object.as_ptr().cast::<Word>().add(1 + i).write(Word::new(Value::NIL)) };
        }
        Record(object)
    }

    /// Number of values.
    #[inline(always)]
    pub fn len(self) -> usize {
        // SAFETY: a `Record` refers to a live record.
        unsafe { self.0.as_ref() }.word.load(Relaxed) as usize
    }

    /// Whether it has no values.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    fn word<'a>(self, i: usize) -> &'a Word {
        assert!(i < self.len());
        // SAFETY: the record has `len` words behind its header.
        unsafe { &*self.0.as_ptr().cast::<Word>().add(1 + i) }
    }

    /// Value `i`, from 0.
    #[inline(always)]
    pub fn get(self, i: usize) -> Value {
        self.word(i).load()
    }

    /// Replaces value `i`.
    #[inline]
    pub fn set(self, m: &mut Mutator, i: usize, v: Value) {
        self.word(i).store(v);
        if v.is_reference() {
            m.write_barrier(self.0);
        }
    }

    /// The record as an internal value, which no script sees.
    #[inline(always)]
    pub fn to_value(self) -> Value {
        Value::from_pointer(TAG_OBJECT, self.0)
    }

    /// The record in a value, if it is one.
    #[inline(always)]
    pub fn from_value(v: Value) -> Option<Record> {
        if v.is_object() && v.kind() == Some(Kind::Record) {
            // SAFETY: the header says that it is a record.
            Some(unsafe { Record::from_value_unchecked(v) })
        } else {
            None
        }
    }

    /// The record in a value.
    ///
    /// # Safety
    /// The value came from [`Record::to_value`].
    #[inline(always)]
    pub unsafe fn from_value_unchecked(v: Value) -> Record {
        // SAFETY: references are never null.
        Record(unsafe { NonNull::new_unchecked(v.pointer_payload()) })
    }
}
