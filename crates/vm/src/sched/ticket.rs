//! Tickets: who may wake a goroutine that waits.
//!
//! A goroutine numbers its waits. Before it waits it takes a *ticket*, and leaves waiters with it wherever something may wake
//! it: at each channel of a select, with a timer, with a job outside. Whoever claims the ticket first wakes it, and is the
//! only one that writes the wake; all others find the ticket used, or a later one. So waiters need not be removed before the
//! goroutine goes on.
//!
//! The wake is written behind the claim: what the claimer does next, adding the goroutine to a queue, is what publishes it.

use super::Wake;
use super::sync::{AtomicBool, AtomicU32, AtomicU64};
use runtime::value::Value;
use std::sync::atomic::Ordering::*;

/// Low bit of the state: the goroutine waits with the ticket in the other bits.
const WAITING: u64 = 1;
/// State of a goroutine that has ended: no ticket is ever like it.
const ENDED: u64 = u64::MAX - 1;

/// A goroutine's waits.
pub(super) struct Waits {
    /// Ticket and [`WAITING`].
    state: AtomicU64,
    /// The wake that the claimer left.
    index: AtomicU32,
    ok: AtomicBool,
    value: AtomicU64,
}

impl Waits {
    pub(super) fn new() -> Waits {
        Waits {
            state: AtomicU64::new(0),
            index: AtomicU32::new(0),
            ok: AtomicBool::new(false),
            value: AtomicU64::new(Value::NIL.bits()),
        }
    }

    /// Takes a new ticket: from now on who has it may wake the goroutine. Called by the goroutine itself.
    pub(super) fn take_ticket(&self) -> u64 {
        let ticket = (self.state.load(Relaxed) & !WAITING).wrapping_add(2);
        self.state.store(ticket | WAITING, Release);
        ticket
    }

    /// The ticket that was taken last.
    pub(super) fn last_ticket(&self) -> u64 {
        self.state.load(Relaxed) & !WAITING
    }

    /// Claims a ticket, and leaves the wake. False: it has been used, or the goroutine has ended. Who has claimed it sees to
    /// it that the goroutine goes on.
    pub(super) fn claim(&self, ticket: u64, index: u32, ok: bool, value: Value) -> bool {
        if self.state.compare_exchange(ticket | WAITING, ticket, AcqRel, Relaxed).is_err() {
            return false;
        }
        self.index.store(index, Relaxed);
        self.ok.store(ok, Relaxed);
        self.value.store(value.bits(), Relaxed);
        true
    }

    /// Whether the goroutine still waits with this ticket.
    pub(super) fn is_waiting(&self, ticket: u64) -> bool {
        self.state.load(Relaxed) == ticket | WAITING
    }

    /// Takes the wake, once a worker goes on with the goroutine.
    pub(super) fn take_wake(&self) -> Wake {
        let wake = Wake { index: self.index.load(Relaxed), ok: self.ok.load(Relaxed), value: self.value() };
        self.value.store(Value::NIL.bits(), Relaxed);
        wake
    }

    /// The value of a wake that was not taken yet.
    pub(super) fn value(&self) -> Value {
        Value::from_bits(self.value.load(Relaxed))
    }

    /// The goroutine does not wait any more.
    pub(super) fn end(&self) {
        self.state.store(ENDED, Release);
    }

    pub(super) fn have_ended(&self) -> bool {
        self.state.load(Acquire) == ENDED
    }
}
