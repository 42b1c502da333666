//! Channels: queues between goroutines, with first come, first served.
//!
//! ```text
//!   queue      values that have been sent and not received; never longer than the capacity
//!   receivers  waiting; then the queue is empty
//!   senders    waiting with their values; then the queue is full
//! ```
//!
//! `queues.rs` is what happens to them under the channel's lock; here is what scripts and libraries call.

mod queues;

use crate::error::{NO_OPERAND, Thrown};
use crate::fiber::Fiber;
use crate::race::Messages;
use crate::sched::{self, Waiter};
pub(crate) use queues::{Attempt, Queues};
use runtime::heap::foreign::Foreign;
use runtime::heap::mark::Marker;
use runtime::mutator::Mutator;
use runtime::value::Value;
use std::any::Any;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// How long a worker that waits for a channel's lock pauses before each look, until it sleeps.
const PAUSES: [u32; 3] = [64, 128, 256];

/// `aux` of channels' objects.
const AUX: u8 = 2;

/// A channel's object.
pub struct Channel {
    capacity: usize,
    queues: Mutex<Queues>,
}

impl Foreign for Channel {
    fn trace(&self, marker: &mut Marker) {
        self.lock().trace(marker);
    }

    fn type_name(&self) -> &'static str {
        "channel"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Channel {
    fn new(capacity: usize) -> Channel {
        Channel { capacity, queues: Mutex::new(Queues::new()) }
    }

    /// The channel in a value.
    #[inline(always)]
    pub(crate) fn of(v: &Value) -> Option<&Channel> {
        // SAFETY: `new` alone uses this `aux`.
        unsafe { v.as_foreign_marked::<Channel>(AUX) }
    }

    /// The queues, for this goroutine alone. Nothing may stop the world while the guard lives.
    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, Queues> {
        match self.queues.try_lock() {
            Ok(queues) => queues,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => self.lock_contended(),
        }
    }

    /// Waits for another worker, some microseconds between two looks: meanwhile that one has the memory to itself and gets
    /// several operations done, where taking turns would move all of it between the processors for each. (Three million values
    /// from one worker to another: 0.43 s, with the pauses 0.22 s.)
    #[cold]
    #[inline(never)]
    fn lock_contended(&self) -> MutexGuard<'_, Queues> {
        for pauses in PAUSES {
            (0..pauses).for_each(|_| std::hint::spin_loop());
            if let Ok(queues) = self.queues.try_lock() {
                return queues;
            }
        }
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends without waiting.
    pub(crate) fn try_send(&self, v: Value) -> Attempt<()> {
        self.lock().try_send(self.capacity, v)
    }

    /// Receives without waiting: the value, and whether it was sent (not the channel closed).
    pub(crate) fn try_recv(&self) -> Attempt<(Value, bool)> {
        self.lock().try_recv()
    }

    /// Closes the channel and wakes all who wait. False: it was closed already.
    pub(crate) fn shut(&self) -> bool {
        self.lock().shut()
    }

    /// Values that it holds at most.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Removes the waiter's entries.
    pub(crate) fn dequeue(&self, waiter: &Waiter, sends: bool) {
        self.lock().remove(waiter, sends);
    }
}

// ---- what the machine and libraries call --------------------------------------------------------------------------

/// Whether it is a channel.
#[inline]
pub fn is_channel(v: Value) -> bool {
    Channel::of(&v).is_some()
}

/// Number of values queued; `None`: not a channel.
pub fn len(v: Value) -> Option<usize> {
    Channel::of(&v).map(|ch| ch.lock().len())
}

/// The capacity; `None`: not a channel.
pub fn cap(v: Value) -> Option<usize> {
    Channel::of(&v).map(|ch| ch.capacity)
}

/// A new channel of this capacity.
pub fn new(m: &mut Mutator, capacity: usize) -> Value {
    m.new_foreign(Channel::new(capacity), 0, AUX)
}

/// Sends without waiting. False: there is no room, it is closed, or no channel.
pub fn send_quietly(ch: Value, v: Value) -> bool {
    Channel::of(&ch).is_some_and(|ch| matches!(ch.try_send(v), Attempt::Done(())))
}

/// Sends to a channel if that needs no waiting. False: it does, or the channel is closed, or it is none.
pub fn offer(ch: Value, v: Value) -> bool {
    Channel::of(&ch).is_some_and(|ch| matches!(ch.try_send(v), Attempt::Done(())))
}

/// Closes a channel. False: it is closed already, or no channel.
pub fn close_quietly(v: Value) -> bool {
    Channel::of(&v).is_some_and(Channel::shut)
}

/// `make(chan)` or `make(chan, capacity)`.
///
/// # Errors
/// `channel capacity must be a non-negative integer`.
pub fn make(fiber: &mut Fiber, capacity: Option<Value>) -> Result<Value, Thrown> {
    let capacity = match capacity {
        None => Some(0),
        Some(v) => {
            let n = crate::convert::num(v).and_then(|n| n.to_int());
            n.and_then(|n| usize::try_from(n).ok())
        }
    };
    match capacity {
        Some(n) => Ok(new(fiber.mutator(), n)),
        None => Err(fiber.error("channel capacity must be a non-negative integer")),
    }
}

/// `ch <- v`, where `ch` is operand 0 of the running instruction.
///
/// # Errors
/// `attempt to send to a T value`, `send on closed channel`, those of [`sched::wait`].
pub fn send(fiber: &mut Fiber, ch: Value, v: Value) -> Result<(), Thrown> {
    let Some(channel) = Channel::of(&ch) else {
        return Err(fiber.operand_error("send to", ch, 0));
    };
    let ticket = {
        let mut q = channel.lock();
        match q.try_send(channel.capacity, v) {
            Attempt::Done(()) => return Ok(()),
            Attempt::Closed => None,
            Attempt::Blocked => {
                let waiter = sched::prepare_wait(fiber);
                let ticket = waiter.ticket();
                q.enqueue(waiter, 0, Some(v));
                Some(ticket)
            }
        }
    };
    let Some(ticket) = ticket else { return Err(closed(fiber)) };
    let result = sched::wait(fiber);
    if result.is_err() {
        channel.dequeue(&sched::same_waiter(fiber, ticket), true);
    }
    // The argument keeps channel and value alive meanwhile.
    std::hint::black_box(ch);
    if result?.ok { Ok(()) } else { Err(closed(fiber)) }
}

#[cold]
fn closed(fiber: &mut Fiber) -> Thrown {
    fiber.error("send on closed channel")
}

/// `<-ch`, where `ch` is operand 1 of the running instruction: the value, and whether it was sent.
///
/// # Errors
/// `attempt to receive from a T value`, those of [`sched::wait`].
pub fn recv(fiber: &mut Fiber, ch: Value) -> Result<(Value, bool), Thrown> {
    let Some(channel) = Channel::of(&ch) else {
        return Err(fiber.operand_error("receive from", ch, 1));
    };
    let ticket = {
        let mut q = channel.lock();
        if let Attempt::Done(result) = q.try_recv() {
            return Ok(result);
        }
        let waiter = sched::prepare_wait(fiber);
        let ticket = waiter.ticket();
        q.enqueue(waiter, 0, None);
        ticket
    };
    let result = sched::wait(fiber);
    if result.is_err() {
        channel.dequeue(&sched::same_waiter(fiber, ticket), false);
    }
    std::hint::black_box(ch);
    let wake = result?;
    Ok((wake.value, wake.ok))
}

/// `close(ch)`.
///
/// # Errors
/// `attempt to close a T value`, `close of closed channel`.
pub fn close(fiber: &mut Fiber, ch: Value) -> Result<(), Thrown> {
    let Some(channel) = Channel::of(&ch) else {
        return Err(fiber.operand_error("close", ch, NO_OPERAND));
    };
    if channel.shut() { Ok(()) } else { Err(fiber.error("close of closed channel")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recv_int(ch: &Channel) -> Option<(i64, bool)> {
        match ch.try_recv() {
            Attempt::Done((v, ok)) => Some((v.as_small_int().unwrap_or(-1), ok)),
            _ => None,
        }
    }

    #[test]
    fn values_come_out_in_the_order_in_which_they_went_in() {
        let ch = Channel::new(2);
        assert!(matches!(ch.try_send(Value::int32(1)), Attempt::Done(())));
        assert!(matches!(ch.try_send(Value::int32(2)), Attempt::Done(())));
        assert!(matches!(ch.try_send(Value::int32(3)), Attempt::Blocked));
        assert_eq!(recv_int(&ch), Some((1, true)));
        assert!(matches!(ch.try_send(Value::int32(3)), Attempt::Done(())));
        assert_eq!(recv_int(&ch), Some((2, true)));
        assert_eq!(recv_int(&ch), Some((3, true)));
        assert_eq!(recv_int(&ch), None);
    }

    #[test]
    fn a_closed_channel_gives_what_is_left_and_then_nil() {
        let ch = Channel::new(1);
        assert!(matches!(ch.try_send(Value::int32(7)), Attempt::Done(())));
        assert!(ch.shut());
        assert!(!ch.shut());
        assert!(matches!(ch.try_send(Value::int32(8)), Attempt::Closed));
        assert_eq!(recv_int(&ch), Some((7, true)));
        assert_eq!(recv_int(&ch), Some((-1, false)));
    }

    #[test]
    fn an_unbuffered_channel_holds_nothing() {
        let ch = Channel::new(0);
        assert!(matches!(ch.try_send(Value::NIL), Attempt::Blocked));
        assert!(matches!(ch.try_recv(), Attempt::Blocked));
    }
}
