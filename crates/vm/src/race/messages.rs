//! What goes over a channel beside its values: clocks.
//!
//! A send happens before its receive completes; where nothing is queued the receive happens before the send completes as
//! well, and with room for n values the k-th receive happens before the send of value k + n completes. Closing happens before
//! a receive that reports it.

use super::clock::Clock;
use super::{Actor, actor};
use std::collections::VecDeque;

/// Clocks of a channel; nothing in ordinary runs.
pub(crate) struct Messages(Option<Box<Clocks>>);

#[derive(Default)]
struct Clocks {
    /// Of the values in the queue, in their order; senders that are no goroutines leave none.
    sent: VecDeque<Clock>,
    /// Of the receives whose places in the queue are free.
    received: VecDeque<Clock>,
    closed: Clock,
}

impl Clocks {
    /// A sender takes a place in the queue, which has held `queued` values so far.
    fn take_place(&mut self, sender: &Actor, capacity: usize, queued: usize) {
        if self.received.len() + queued >= capacity
            && let Some(known) = self.received.pop_front()
        {
            sender.acquire(&known);
        }
    }

    #[cold]
    fn handed_over(&mut self, capacity: usize, receiver: Option<&Actor>) {
        let (Some(sender), Some(receiver)) = (actor(), receiver) else { return };
        if capacity == 0 {
            return exchange(sender, receiver);
        }
        self.take_place(sender, capacity, 0);
        self.received.push_back(receiver.release());
        receiver.acquire(&sender.release());
    }

    #[cold]
    fn queued(&mut self, capacity: usize, queued: usize) {
        let Some(sender) = actor() else { return };
        self.take_place(sender, capacity, queued);
        self.sent.resize(queued, Clock::default());
        self.sent.push_back(sender.release());
    }

    #[cold]
    fn taken(&mut self) {
        let Some(receiver) = actor() else { return };
        if let Some(known) = self.sent.pop_front() {
            receiver.acquire(&known);
        }
        self.received.push_back(receiver.release());
    }

    #[cold]
    fn moved_up(&mut self, queued: usize, sender: Option<&Actor>) {
        let Some(sender) = sender else { return };
        // The place has just become free.
        self.take_place(sender, queued + 1, queued);
        self.sent.resize(queued, Clock::default());
        self.sent.push_back(sender.release());
    }

    #[cold]
    fn taken_over(&mut self, sender: Option<&Actor>) {
        if let (Some(receiver), Some(sender)) = (actor(), sender) {
            exchange(receiver, sender);
        }
    }

    #[cold]
    fn found_closed(&mut self) {
        if let Some(actor) = actor() {
            actor.acquire(&self.closed);
        }
    }
}

/// Both learn what the other knows.
fn exchange(a: &Actor, b: &Actor) {
    let (of_a, of_b) = (a.release(), b.release());
    a.acquire(&of_b);
    b.acquire(&of_a);
}

impl Messages {
    /// Those of a new channel.
    pub(crate) fn new() -> Messages {
        Messages(actor().map(|_| Box::default()))
    }

    /// The running goroutine has handed a value to one that waits for it.
    #[inline(always)]
    pub(crate) fn handed_over(&mut self, capacity: usize, receiver: Option<&Actor>) {
        if let Some(clocks) = &mut self.0 {
            clocks.handed_over(capacity, receiver);
        }
    }

    /// The running goroutine puts a value into the queue, which has held `queued` so far.
    #[inline(always)]
    pub(crate) fn queued(&mut self, capacity: usize, queued: usize) {
        if let Some(clocks) = &mut self.0 {
            clocks.queued(capacity, queued);
        }
    }

    /// The running goroutine has taken the first value of the queue.
    #[inline(always)]
    pub(crate) fn taken(&mut self) {
        if let Some(clocks) = &mut self.0 {
            clocks.taken();
        }
    }

    /// The value of a waiting sender has come into the queue, behind `queued` others.
    #[inline(always)]
    pub(crate) fn moved_up(&mut self, queued: usize, sender: Option<&Actor>) {
        if let Some(clocks) = &mut self.0 {
            clocks.moved_up(queued, sender);
        }
    }

    /// The running goroutine has taken the value of one that waited, past the queue.
    #[inline(always)]
    pub(crate) fn taken_over(&mut self, sender: Option<&Actor>) {
        if let Some(clocks) = &mut self.0 {
            clocks.taken_over(sender);
        }
    }

    /// The running goroutine closes the channel, and these are woken by that.
    pub(crate) fn closed<'a>(&mut self, woken: impl Iterator<Item = Option<&'a Actor>>) {
        if let (Some(clocks), Some(closer)) = (&mut self.0, actor()) {
            let known = closer.release();
            woken.flatten().for_each(|woken| woken.acquire(&known));
            clocks.closed = known;
        }
    }

    /// The running goroutine has found the channel closed.
    #[inline(always)]
    pub(crate) fn found_closed(&mut self) {
        if let Some(clocks) = &mut self.0 {
            clocks.found_closed();
        }
    }
}
