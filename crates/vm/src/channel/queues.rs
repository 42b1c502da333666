//! What a channel's lock protects: the values, and who waits.
//!
//! A value goes straight to a goroutine that waits for one. Entries of goroutines that something else has woken meanwhile
//! (another case of their select, a deadlock) are stale; they are passed over here and removed by their owner.

use super::{Messages, Waiter};
use runtime::heap::mark::Marker;
use runtime::value::Value;
use std::collections::VecDeque;

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

/// What came of an attempt to receive or send at once.
pub(crate) enum Attempt<T> {
    /// It is done.
    Done(T),
    /// The goroutine would have to wait.
    Blocked,
    /// Sending only: the channel is closed.
    Closed,
}

impl Queues {
    pub(super) fn new() -> Queues {
        Queues {
            values: VecDeque::new(),
            receivers: VecDeque::new(),
            senders: VecDeque::new(),
            is_closed: false,
            messages: Messages::new(),
        }
    }

    /// Number of values queued.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn trace(&self, marker: &mut Marker) {
        self.values.iter().for_each(|v| marker.visit(*v));
        self.senders.iter().for_each(|w| marker.visit(w.value));
    }

    /// Closes the channel and wakes all who wait. False: it was closed already.
    pub(super) fn shut(&mut self) -> bool {
        if std::mem::replace(&mut self.is_closed, true) {
            return false;
        }
        let (receivers, senders) = (std::mem::take(&mut self.receivers), std::mem::take(&mut self.senders));
        self.messages.closed(receivers.iter().chain(&senders).map(|w| w.waiter.actor()));
        for w in receivers.into_iter().chain(senders) {
            w.waiter.wake(w.index, false, Value::NIL);
        }
        true
    }

    /// Removes the waiter's entries.
    pub(super) fn remove(&mut self, waiter: &Waiter, sends: bool) {
        let list = if sends { &mut self.senders } else { &mut self.receivers };
        // Those of a wait that has just ended are near the end.
        while let Some(at) = list.iter().rposition(|w| w.waiter.is_same(waiter)) {
            list.remove(at);
        }
    }

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
