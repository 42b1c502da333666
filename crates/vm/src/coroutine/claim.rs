//! Who has a coroutine: the byte that says what it is doing.
//!
//! Whoever resumes or closes a coroutine takes it from *new* or *suspended*, and has it to itself until it lets go of it,
//! which it does on its own side of the switch back. Meanwhile the byte says *running*, or *normal* where the coroutine has
//! resumed another one.

use super::Status;
use super::sync::AtomicU8;
use std::sync::atomic::Ordering::*;

/// The status of a coroutine. Machine code does the same with it.
#[repr(transparent)]
pub(super) struct Claim(AtomicU8);

impl Claim {
    pub(super) fn new(status: Status) -> Claim {
        Claim(AtomicU8::new(status as u8))
    }

    #[inline(always)]
    pub(super) fn status(&self) -> Status {
        Status::from_byte(self.0.load(Acquire))
    }

    /// The byte itself: the coroutine's fiber says there what it is doing while somebody has it.
    pub(super) fn byte(&self) -> &AtomicU8 {
        &self.0
    }

    /// Takes the coroutine from this status. False: it has another one. `is_parallel` says whether there may be others.
    #[inline(always)]
    pub(super) fn claim(&self, from: Status, to: Status, is_parallel: bool) -> bool {
        if is_parallel {
            return self.0.compare_exchange(from as u8, to as u8, AcqRel, Relaxed).is_ok();
        }
        let is_ours = self.0.load(Relaxed) == from as u8;
        if is_ours {
            self.0.store(to as u8, Relaxed);
        }
        is_ours
    }

    /// Lets go of a coroutine that was claimed.
    #[inline(always)]
    pub(super) fn let_go(&self, status: Status) {
        self.0.store(status as u8, Release);
    }
}
