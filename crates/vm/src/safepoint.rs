//! What a goroutine does at a safepoint where something was requested: collect, stop, raise, let others run.
//!
//! An interrupt or a deadline must end the run. So it is raised again at every safepoint until the run is over: its bit
//! stays in the poll word, and handlers of errors pass it on (`Fiber::is_terminating`).

use crate::engine::Engine;
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::sched::{self, Ending};
use crate::ticker::Clock;
use runtime::mutator::poll;
use runtime::value::Value;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

/// Serves the requests in the poll word.
///
/// # Errors
/// `interrupted`, `deadline exceeded`, `not enough memory`.
#[cold]
#[inline(never)]
pub(crate) fn poll_slow(fiber: &mut Fiber) -> Result<(), Thrown> {
    let requests = fiber.mutator().safepoint_slow();
    if requests & (poll::INTERRUPT | poll::DEADLINE) != 0 {
        let is_interrupt = requests & poll::INTERRUPT != 0;
        return Err(end(fiber, if is_interrupt { Ending::Interrupt } else { Ending::Deadline }));
    }
    if requests & poll::OUT_OF_MEMORY != 0 {
        fiber.mutator().poll_word().fetch_and(!poll::OUT_OF_MEMORY, Relaxed);
        return Err(fiber.out_of_memory());
    }
    if requests & poll::PREEMPT != 0 {
        fiber.mutator().poll_word().fetch_and(!poll::PREEMPT, Relaxed);
        sched::give_way(fiber);
    }
    Ok(())
}

/// The error by which a goroutine takes part in the end of the run.
pub(crate) fn end(fiber: &mut Fiber, ending: Ending) -> Thrown {
    let ending = fiber.engine().scheduler.terminate(ending);
    match ending.text() {
        Some(text) => fiber.error(text),
        None => fiber.throw(Value::NIL),
    }
}

impl Fiber {
    /// Whether the run is being ended: what catches errors must pass them on.
    #[inline]
    pub fn is_terminating(&self) -> bool {
        self.engine().scheduler.is_terminating()
    }
}

/// By which a host ends a run from any thread.
#[derive(Clone)]
pub struct InterruptHandle {
    clock: Arc<Clock>,
}

impl InterruptHandle {
    /// Ends the run with the error `interrupted`, or the next one if none is active. May be called in a signal handler.
    pub fn interrupt(&self) {
        self.clock.interrupt();
    }

    /// Ends the run, or the next one if none is active, with the error `deadline exceeded` at this time. Each run forgets
    /// its deadline when it ends.
    pub fn set_deadline(&self, at: Option<Instant>) {
        self.clock.set_deadline(at);
    }

    /// Takes back an interrupt or a deadline that has not been served.
    pub fn clear(&self) {
        self.clock.clear();
    }
}

impl Engine {
    /// A handle by which other threads end a run.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        InterruptHandle { clock: self.scheduler.shared().ticker.clock().clone() }
    }
}
