//! A growing run of bytes that library functions write their results into.
//!
//! Growing fails as an error of the script: a size that the heap could never hold is refused before memory is asked for.
//! The memory of the last buffer is kept per thread, so that functions that build short strings allocate nothing else.

use runtime::string::{STR_LEN_MAX, Str};
use std::cell::Cell;
use vm::error::Thrown;
use vm::fiber::Fiber;

/// Spare buffers above this size are given back.
const SPARE_BYTES_MAX: usize = 256 << 10;

/// From this length on the heap is asked whether there is memory, and others may stop the world while bytes are copied.
const LONG_BYTES: usize = 1 << 20;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Bytes on their way to a string.
pub(crate) struct Buffer {
    /// The bytes so far. What is pushed here directly should be short; [`Buffer::push`] checks sizes.
    pub(crate) bytes: Vec<u8>,
}

impl Buffer {
    /// An empty buffer.
    // Not inlined, nor is `give_back`: a caller may go on in another thread between the two.
    #[inline(never)]
    pub(crate) fn new() -> Buffer {
        let mut bytes = SPARE.take();
        bytes.clear();
        Buffer { bytes }
    }

    #[inline(never)]
    fn give_back(self) {
        if self.bytes.capacity() <= SPARE_BYTES_MAX {
            SPARE.set(self.bytes);
        }
    }

    /// Makes room for `extra` more bytes.
    ///
    /// # Errors
    /// `not enough memory`.
    #[inline]
    pub(crate) fn reserve(&mut self, fiber: &mut Fiber, extra: usize) -> Result<(), Thrown> {
        if self.bytes.capacity() - self.bytes.len() >= extra { Ok(()) } else { self.grow(fiber, extra) }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, fiber: &mut Fiber, extra: usize) -> Result<(), Thrown> {
        let max = STR_LEN_MAX.min(fiber.heap().limit_bytes());
        // A long result will lie in the heap as well as here.
        let total = self.bytes.len().saturating_add(extra);
        let has_room =
            total <= max && (total < LONG_BYTES || fiber.mutator().has_room(total.saturating_mul(2)));
        if has_room && self.bytes.try_reserve(extra).is_ok() { Ok(()) } else { Err(fiber.out_of_memory()) }
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// `not enough memory`.
    #[inline]
    pub(crate) fn push(&mut self, fiber: &mut Fiber, bytes: &[u8]) -> Result<(), Thrown> {
        self.reserve(fiber, bytes.len())?;
        if bytes.len() < LONG_BYTES {
            self.bytes.extend_from_slice(bytes);
        } else {
            self.push_long(fiber, bytes);
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn push_long(&mut self, fiber: &mut Fiber, bytes: &[u8]) {
        fiber.mutator().aside(bytes.len(), || self.bytes.extend_from_slice(bytes));
    }

    /// The bytes as a string.
    ///
    /// # Errors
    /// `not enough memory`.
    #[inline]
    pub(crate) fn finish(self, fiber: &mut Fiber) -> Result<Str, Thrown> {
        let s = fiber.new_str(&self.bytes)?;
        self.give_back();
        Ok(s)
    }

    /// Ends the use of the buffer; its memory is kept for the next one.
    pub(crate) fn discard(self) {
        self.give_back();
    }
}
