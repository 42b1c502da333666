//! How mutators park and stop the others: see `world.rs`.

use crate::heap::conservative;
use crate::heap::world::{Parked, Place, Purpose};
use crate::mutator::{Mutator, poll};
use std::sync::atomic::Ordering::Relaxed;

/// Work on so many bytes or more takes long enough that nobody should have to wait for it. Arbitrary: copying them takes some
/// 50 microseconds, going aside one.
const LONG_BYTES: usize = 1 << 18;

impl Mutator {
    /// What it publishes when it parks with its native stack in use down to `stack_top`.
    pub(crate) fn parked(&mut self, stack_top: usize) -> Parked {
        let base = match self.native_stack_base {
            0 => conservative::thread_stack_base(),
            base => base,
        };
        Parked { mutator: self, stack: stack_top..base, is_idle: false }
    }

    /// Parks as long as somebody wants to stop the world.
    #[cold]
    #[inline(never)]
    pub(crate) fn rest(&mut self, place: Place) {
        conservative::with_registers_on_stack(&mut |stack_top| {
            let heap = self.shared_heap().clone();
            let parked = self.parked(stack_top);
            heap.world.rest(self.member, place, parked);
        });
    }

    /// Parks if somebody wants to stop the world: for loops that are no script's. Counts as a call for machine code.
    #[inline]
    pub fn rest_if_asked(&mut self) {
        if self.poll_word().load(Relaxed) & poll::STOP != 0 {
            self.rest(Place::AtPoll);
        }
    }

    /// Parks if somebody wants to collect: for long loops where no assumption may break.
    #[inline]
    pub(crate) fn rest_to_collect_if_asked(&mut self) {
        if self.poll_word().load(Relaxed) & poll::STOP != 0 {
            self.rest(Place::AtAllocation);
        }
    }

    /// Runs `work`, which may take long and does not touch the heap: others may stop the world meanwhile. Counts as a
    /// call for machine code: assumptions may break.
    pub fn idle<R>(&mut self, work: impl FnOnce() -> R) -> R {
        self.idle_at(Place::AtPoll, true, work)
    }

    /// Runs `work` on `size_bytes` bytes, and on nothing else in the heap. If it is long, others may stop the world meanwhile.
    /// The caller keeps the bytes alive until this returns: what lies in the frame of `work` is not seen. Counts as a call for
    /// machine code.
    #[inline]
    pub fn aside<R>(&mut self, size_bytes: usize, work: impl FnOnce() -> R) -> R {
        if size_bytes < LONG_BYTES || !self.heap().shared.is_parallel() {
            work()
        } else {
            self.idle_at(Place::AtPoll, false, work)
        }
    }

    /// As [`Mutator::aside`] where objects may be collected, but no assumption may break.
    #[inline]
    pub(crate) fn aside_at_allocation<R>(&mut self, size_bytes: usize, work: impl FnOnce() -> R) -> R {
        if size_bytes < LONG_BYTES || !self.heap().shared.is_parallel() {
            work()
        } else {
            self.idle_at(Place::AtAllocation, false, work)
        }
    }

    #[inline(never)]
    fn idle_at<R>(&mut self, place: Place, is_idle: bool, work: impl FnOnce() -> R) -> R {
        let (mut work, mut result) = (Some(work), None);
        conservative::with_registers_on_stack(&mut |stack_top| {
            let heap = self.shared_heap().clone();
            let parked = Parked { is_idle, ..self.parked(stack_top) };
            let work = work.take().expect("the stack is written once");
            result = Some(heap.world.rest_during(self.member, place, parked, work));
        });
        result.expect("the work was done")
    }

    /// Runs `change`, which breaks an assumption of machine code, with all other mutators stopped at polls. Others may have
    /// run between the call and that. Counts as a call for machine code.
    #[cold]
    #[inline(never)]
    pub(crate) fn stop_to_break<R>(&mut self, change: impl FnOnce() -> R) -> R {
        if !self.heap().is_parallel() {
            return change();
        }
        let (mut change, mut result) = (Some(change), None);
        conservative::with_registers_on_stack(&mut |stack_top| {
            let heap = self.shared_heap().clone();
            let parked = self.parked(stack_top);
            let change = change.take().expect("the stack is written once");
            result = Some(heap.world.stop(self.member, Purpose::Break, parked, |_| change()));
        });
        result.expect("the change was made")
    }
}
