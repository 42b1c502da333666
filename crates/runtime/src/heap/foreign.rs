//! Objects with a Rust payload: channels, coroutines, buffers, whatever a host adds.
//!
//! ```text
//!   header | pointer to payload and vtable (16 bytes) | payload
//! ```
//!
//! The payload lies in the object itself, so a `&T` on a native stack is an interior pointer that keeps the object alive.
//! Live foreign objects are traced in every collection and so need no write barrier. A payload is dropped inside the
//! pause in which the object is found dead; its `Drop` must not follow references to other heap objects.

use crate::heap::mark::Marker;
use crate::object::{Header, Kind};
use crate::value::Value;
use std::any::Any;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::Relaxed;

/// A Rust value that can live in the heap.
pub trait Foreign: Any + Send {
    /// Visits every reference that the value holds. Runs in a pause, on any thread, but on one at a time.
    fn trace(&self, marker: &mut Marker);
    /// The name that `type` and error messages show.
    fn type_name(&self) -> &'static str;
    /// Always `self`.
    fn as_any(&self) -> &dyn Any;
}

impl<T: Foreign + ?Sized> Foreign for Box<T> {
    fn trace(&self, marker: &mut Marker) {
        (**self).trace(marker);
    }

    fn type_name(&self) -> &'static str {
        (**self).type_name()
    }

    fn as_any(&self) -> &dyn Any {
        (**self).as_any()
    }
}

/// The fixed part of a foreign object.
#[repr(C)]
pub(crate) struct ForeignObject {
    /// The header, of kind `Foreign`.
    pub(crate) header: Header,
    /// The payload, which lies behind this field.
    pub(crate) payload: *mut dyn Foreign,
}

/// Offset of the payload in an object whose payload is a `T`.
pub const fn payload_offset<T>() -> usize {
    ForeignObject::layout::<T>().0
}

/// Size of the fixed part.
pub(crate) const FOREIGN_HEAD_BYTES: usize = size_of::<ForeignObject>();

impl ForeignObject {
    /// Offset of the payload and size of the object.
    pub(crate) const fn layout<T>() -> (usize, usize) {
        assert!(align_of::<T>() <= 16, "payloads of foreign objects are aligned to 16 bytes at most");
        let offset = FOREIGN_HEAD_BYTES.next_multiple_of(align_of::<T>());
        (offset, offset + size_of::<T>())
    }

    /// Moves `value` into a new object.
    ///
    /// # Safety
    /// `object` has a header of kind `Foreign` and the size that [`ForeignObject::layout`] gave; its body is unused.
    pub(crate) unsafe fn fill<T: Foreign>(object: NonNull<Header>, value: T) {
        let (offset, _) = Self::layout::<T>();
        // SAFETY: the caller vouches for size and kind; cells are aligned to 16 bytes.
        unsafe {
            let payload = object.as_ptr().cast::<u8>().add(offset).cast::<T>();
            payload.write(value);
            let this = object.as_ptr().cast::<ForeignObject>();
            (&raw mut (*this).payload).write(payload as *mut dyn Foreign);
        }
    }

    /// The payload of a foreign object.
    ///
    /// # Safety
    /// `object` is a live object of kind `Foreign`, and stays alive while the result is used.
    pub(crate) unsafe fn payload<'a>(object: NonNull<Header>) -> &'a dyn Foreign {
        // SAFETY: `fill` made the payload; it is only dropped when the object dies.
        unsafe { &*object.cast::<ForeignObject>().as_ref().payload }
    }

    /// Whether the caller is the first that claims the object in this collection: of several markers that have found it, one
    /// traces it. The header's word says when it was claimed last.
    ///
    /// # Safety
    /// `object` is a live object of kind `Foreign`.
    pub(crate) unsafe fn claim(object: NonNull<Header>, collection_number: u64) -> bool {
        // Never 0, as the word of a new object is.
        let claim = collection_number as u32 | 1 << 31;
        // SAFETY: as the caller says.
        unsafe { object.as_ref() }.word.swap(claim, Relaxed) != claim
    }

    /// Drops the payload.
    ///
    /// # Safety
    /// `object` is a dead object of kind `Foreign` whose payload has not been dropped.
    pub(crate) unsafe fn drop_payload(object: NonNull<Header>) {
        // SAFETY: as the caller says; nobody can reach a dead object.
        unsafe { std::ptr::drop_in_place(object.cast::<ForeignObject>().as_ref().payload) }
    }
}

impl Value {
    /// The payload, if it is a foreign object with a payload of type `T`. The value must stay reachable from a root (an
    /// argument register, a local that is used later) as long as the reference is used.
    #[inline]
    pub fn as_foreign<T: Foreign>(&self) -> Option<&T> {
        self.as_dyn_foreign()?.as_any().downcast_ref()
    }

    /// As [`Value::as_foreign`], by one comparison: `aux`, not 0, is given to objects with a payload of type `T` alone.
    ///
    /// # Safety
    /// Every foreign object made with this `aux` has a payload of type `T`.
    #[inline(always)]
    pub unsafe fn as_foreign_marked<T: Foreign>(&self, aux: u8) -> Option<&T> {
        if !self.is_object() {
            return None;
        }
        let object = self.reference()?;
        // SAFETY: a reference value refers to a live object, whose first word is its header; if it is a foreign one with
        // this `aux` its payload is a `T`, says the caller, at the offset where `fill` put it.
        unsafe {
            let header = object.as_ref();
            if header.kind != Kind::Foreign || header.aux.load(Relaxed) != aux {
                return None;
            }
            Some(&*object.as_ptr().cast::<u8>().add(ForeignObject::layout::<T>().0).cast::<T>())
        }
    }

    /// The address of the payload, if it is a foreign object with this `aux` and the payload is aligned to 8 bytes at most:
    /// for those whose payloads begin alike and go on differently. The pointer may be used for the whole payload, as long
    /// as the value is reachable.
    #[inline(always)]
    pub fn foreign_payload_marked(&self, aux: u8) -> Option<NonNull<u8>> {
        if !self.is_object() {
            return None;
        }
        let object = self.reference()?;
        // SAFETY: a reference value refers to a live object, whose first word is its header; the payload of a foreign
        // one lies behind the fixed part.
        unsafe {
            let header = object.as_ref();
            if header.kind != Kind::Foreign || header.aux.load(Relaxed) != aux {
                return None;
            }
            Some(object.cast::<u8>().add(FOREIGN_HEAD_BYTES))
        }
    }

    /// The payload, if it is a foreign object. The same rule as for [`Value::as_foreign`] holds.
    #[inline]
    pub fn as_dyn_foreign(&self) -> Option<&dyn Foreign> {
        if !self.is_object() || self.kind() != Some(Kind::Foreign) {
            return None;
        }
        // SAFETY: a reference value refers to a live object, and the header says that it is a foreign one.
        self.reference().map(|object| unsafe { ForeignObject::payload(object) })
    }
}
