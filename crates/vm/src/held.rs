//! What a native function owns across calls that may switch.
//!
//! A fiber that is never resumed is dropped without unwinding, so nothing on its native stack is dropped. A native function
//! that keeps more than plain memory across a call that may run user code, or keeps values in a container, therefore gives
//! it to its fiber and gets a [`Held`], which behaves as a box. Whichever goes first drops the contents: the guard, when the
//! function returns, or the fiber.
//!
//! The collector drops fibers too, in its pause: what is held must not ask anything of the heap when it is dropped.
//!
//! Values in a held vector are traced with the fiber. So, unlike those in a `RootedVec`, they are no roots: a coroutine that
//! nobody else refers to may be collected even if what it holds refers to it.

use crate::fiber::Fiber;
use runtime::heap::mark::Marker;
use runtime::value::Value;
use std::any::Any;
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// Something that a fiber holds for a native function.
enum Entry {
    /// Traced.
    Values(NonNull<UnsafeCell<Vec<Value>>>),
    /// Of any other type.
    Other(NonNull<dyn Any>),
}

impl Entry {
    fn address(&self) -> usize {
        match self {
            Entry::Values(at) => at.addr().get(),
            Entry::Other(at) => at.addr().get(),
        }
    }

    /// # Safety
    /// Nobody uses the contents any more.
    unsafe fn free(self) {
        // SAFETY: the pointers come from boxes, and the list has each once.
        unsafe {
            match self {
                Entry::Values(at) => drop(Box::from_raw(at.as_ptr())),
                Entry::Other(at) => drop(Box::from_raw(at.as_ptr())),
            }
        }
    }
}

/// What a fiber holds; dropped with it.
#[derive(Default)]
pub(crate) struct HeldList(Vec<Entry>);

impl HeldList {
    /// Visits the values in held vectors.
    pub(crate) fn trace(&self, marker: &mut Marker) {
        for entry in &self.0 {
            if let Entry::Values(at) = entry {
                // SAFETY: the fiber is stopped at an allocation or a switch, so nobody is changing the vector.
                for v in unsafe { &*at.as_ref().get() } {
                    marker.visit(*v);
                }
            }
        }
    }

    fn remove(&mut self, address: usize) -> Option<Entry> {
        // Native functions end in the order opposite to that in which they began.
        let place = self.0.iter().rposition(|entry| entry.address() == address)?;
        Some(self.0.remove(place))
    }
}

impl Drop for HeldList {
    fn drop(&mut self) {
        for entry in self.0.drain(..) {
            // SAFETY: the fiber goes, and with it the frames that had guards.
            unsafe { entry.free() };
        }
    }
}

/// The guard of something that the running fiber holds; it is used as a box.
pub struct Held<T: 'static> {
    /// Vectors of values are read by the collector, hence the cell.
    contents: NonNull<UnsafeCell<T>>,
    fiber: NonNull<Fiber>,
}

impl Fiber {
    /// Holds something that has to be dropped, for a native function that calls what may switch. The collector does not
    /// look into it.
    pub fn hold<T: 'static>(&mut self, contents: T) -> Held<T> {
        let contents = NonNull::from(Box::leak(Box::new(UnsafeCell::new(contents))));
        self.switch.held.0.push(Entry::Other(contents));
        Held { contents, fiber: NonNull::from(self) }
    }

    /// An empty vector whose values are kept alive with the fiber.
    pub fn hold_values(&mut self) -> Held<Vec<Value>> {
        let contents = NonNull::from(Box::leak(Box::new(UnsafeCell::new(Vec::new()))));
        self.switch.held.0.push(Entry::Values(contents));
        Held { contents, fiber: NonNull::from(self) }
    }
}

impl<T> Held<T> {
    /// Takes the contents back.
    pub fn into_inner(self) -> T {
        let contents = self.contents;
        let mut fiber = self.fiber;
        std::mem::forget(self);
        // SAFETY: as in `drop`; the list has forgotten the box, which is freed here.
        unsafe {
            fiber.as_mut().switch.held.remove(contents.addr().get());
            Box::from_raw(contents.as_ptr()).into_inner()
        }
    }
}

impl<T> Deref for Held<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the fiber frees the contents only when it goes, and the frame that has the guard with it.
        unsafe { &*self.contents.as_ref().get() }
    }
}

impl<T> DerefMut for Held<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above; the guard is borrowed alone, and the collector reads only while nobody writes.
        unsafe { &mut *self.contents.as_ref().get() }
    }
}

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        // SAFETY: the fiber runs the function that has the guard. No reference into the contents is left.
        unsafe {
            let list = &raw mut (*self.fiber.as_ptr()).switch.held;
            if let Some(entry) = (*list).remove(self.contents.addr().get()) {
                entry.free();
            }
        }
    }
}
