//! Channels: queues between goroutines, with first come, first served.
//!
//! ```text
//!   queue      values that have been sent and not received; never longer than the capacity
//!   receivers  waiting; then the queue is empty
//!   senders    waiting with their values; then the queue is full
//! ```
//!
//! A value goes straight to a goroutine that waits for one. Entries of goroutines that something else has woken meanwhile
//! (another case of their select, a deadlock) are stale; they are passed over here and removed by their owner.

use crate::error::{NO_OPERAND, Thrown};
use crate::fiber::Fiber;
use crate::race::Messages;
use crate::sched::{self, Waiter};
use runtime::heap::foreign::Foreign;
use runtime::heap::mark::Marker;
use runtime::mutator::Mutator;
use runtime::value::Value;
use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A goroutine that waits at a channel.
struct Waiting {
    waiter: Waiter,
    /// What it will be woken with: the case of its select.
    index: u32,
    /// What it sends; nil if it receives.
    value: Value,
}

/// What a channel's lock protects.
pub(crate) struct Queues {
    values: VecDeque<Value>,
    receivers: VecDeque<Waiting>,
    senders: VecDeque<Waiting>,
    is_closed: bool,
    /// What goes with the values where somebody looks for races.
    messages: Messages,
}

/// `aux` of channels' objects.
const AUX: u8 = 2;

/// A channel's object.
pub struct Channel {
    capacity: usize,
    queues: Mutex<Queues>,
}

/// What came of an attempt to receive or send at once.
pub(crate) enum Attempt<T> {
    /// It is done.
    Done(T),
    /// The goroutine would have to wait.
    Blocked,
    /// Sending only: the channel is closed.
    Closed,
}

impl Foreign for Channel {
    fn trace(&self, marker: &mut Marker) {
        let q = self.lock();
        q.values.iter().for_each(|v| marker.visit(*v));
        q.senders.iter().for_each(|w| marker.visit(w.value));
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
        let queues = Queues {
            values: VecDeque::new(),
            receivers: VecDeque::new(),
            senders: VecDeque::new(),
            is_closed: false,
            messages: Messages::new(),
        };
        Channel { capacity, queues: Mutex::new(queues) }
    }

    /// The channel in a value.
    #[inline(always)]
    pub(crate) fn of(v: &Value) -> Option<&Channel> {
        // SAFETY: `new` alone uses this `aux`.
        unsafe { v.as_foreign_marked::<Channel>(AUX) }
    }

    /// The queues, for this goroutine alone. Nothing may stop the world while the guard lives.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Queues> {
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
        let mut q = self.lock();
        if std::mem::replace(&mut q.is_closed, true) {
            return false;
        }
        let (receivers, senders) = (std::mem::take(&mut q.receivers), std::mem::take(&mut q.senders));
        q.messages.closed(receivers.iter().chain(&senders).map(|w| w.waiter.actor()));
        for w in receivers.into_iter().chain(senders) {
            w.waiter.wake(w.index, false, Value::NIL);
        }
        true
    }

    /// Values that it holds at most.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Removes the waiter's entries.
    pub(crate) fn dequeue(&self, waiter: &Waiter, sends: bool) {
        let mut q = self.lock();
        let list = if sends { &mut q.senders } else { &mut q.receivers };
        // Those of a wait that has just ended are near the end.
        while let Some(at) = list.iter().rposition(|w| w.waiter.is_same(waiter)) {
            list.remove(at);
        }
    }
}

impl Queues {
    /// Leaves a waiter, to be woken with `index`; a sender's comes with its value. The operation was tried just before,
    /// under the same lock.
    pub(crate) fn enqueue(&mut self, waiter: Waiter, index: u32, sends: Option<Value>) {
        let list = if sends.is_some() { &mut self.senders } else { &mut self.receivers };
        list.push_back(Waiting { waiter, index, value: sends.unwrap_or(Value::NIL) });
    }

    /// Sends without waiting.
    pub(crate) fn try_send(&mut self, capacity: usize, v: Value) -> Attempt<()> {
        if self.is_closed {
            return Attempt::Closed;
        }
        while let Some(w) = self.receivers.pop_front() {
            if w.waiter.wake(w.index, true, v) {
                self.messages.handed_over(capacity, w.waiter.actor());
                return Attempt::Done(());
            }
        }
        if self.values.len() < capacity {
            self.messages.queued(capacity, self.values.len());
            self.values.push_back(v);
            return Attempt::Done(());
        }
        Attempt::Blocked
    }

    /// Receives without waiting.
    pub(crate) fn try_recv(&mut self) -> Attempt<(Value, bool)> {
        let first = self.values.pop_front();
        if first.is_some() {
            self.messages.taken();
        }
        while let Some(w) = self.senders.pop_front() {
            let value = w.value;
            if w.waiter.wake(w.index, true, Value::NIL) {
                return match first {
                    Some(v) => {
                        self.messages.moved_up(self.values.len(), w.waiter.actor());
                        self.values.push_back(value);
                        Attempt::Done((v, true))
                    }
                    None => {
                        self.messages.taken_over(w.waiter.actor());
                        Attempt::Done((value, true))
                    }
                };
            }
        }
        match first {
            Some(v) => Attempt::Done((v, true)),
            None if self.is_closed => {
                self.messages.found_closed();
                Attempt::Done((Value::NIL, false))
            }
            None => Attempt::Blocked,
        }
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
    Channel::of(&v).map(|ch| ch.lock().values.len())
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
