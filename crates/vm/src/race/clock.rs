//! Vector clocks: what a goroutine knows of all others.
//!
//! A clock says for each *slot* up to which of its steps everything is known. A slot is a goroutine's, or that of several
//! one after the other (see `mod.rs`). Slots that are not in the list are known up to step 0, which no access has: most
//! goroutines know of a few others only.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known, by slot, ascending.
#[derive(Clone, Default, Debug, PartialEq)]
pub(crate) struct Clock {
    known: Vec<(u32, u32)>,
}

impl Clock {
    /// The step up to which a slot is known.
    pub(crate) fn get(&self, slot: u32) -> u32 {
        match self.known.binary_search_by_key(&slot, |k| k.0) {
            Ok(at) => self.known[at].1,
            Err(_) => 0,
        }
    }

    /// Sets what is known of a slot.
    pub(crate) fn set(&mut self, slot: u32, step: u32) {
        match self.known.binary_search_by_key(&slot, |k| k.0) {
            Ok(at) => self.known[at].1 = step,
            Err(at) => self.known.insert(at, (slot, step)),
        }
    }

    /// Learns all that another clock knows.
    pub(crate) fn join(&mut self, other: &Clock) {
        for &(slot, step) in &other.known {
            match self.known.binary_search_by_key(&slot, |k| k.0) {
                Ok(at) => self.known[at].1 = self.known[at].1.max(step),
                Err(at) => self.known.insert(at, (slot, step)),
            }
        }
    }
}

/// What passes from goroutine to goroutine over something that orders them: a mutex, a wait group, an atomic. There is
/// nothing in it in ordinary runs.
pub struct SyncClock(Option<Box<Mutex<Clock>>>);

impl SyncClock {
    /// That of a new object.
    pub fn new() -> SyncClock {
        SyncClock::made_if(super::actor().is_some())
    }

    /// One that is used only if the engine looks for races.
    pub(crate) fn made_if(is_used: bool) -> SyncClock {
        SyncClock(if is_used { Some(Box::default()) } else { None })
    }

    /// What this goroutine has done so far comes before whatever follows an [`SyncClock::acquire`] by another one.
    #[inline(always)]
    pub fn release(&self) {
        if let Some(clock) = &self.0 {
            release(clock);
        }
    }

    /// What was released comes before whatever this goroutine does from now on.
    #[inline(always)]
    pub fn acquire(&self) {
        if let Some(clock) = &self.0 {
            acquire(clock);
        }
    }
}

impl Default for SyncClock {
    fn default() -> SyncClock {
        SyncClock::new()
    }
}

fn lock(clock: &Mutex<Clock>) -> MutexGuard<'_, Clock> {
    clock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cold]
fn release(clock: &Mutex<Clock>) {
    if let Some(actor) = super::actor() {
        let known = actor.release();
        lock(clock).join(&known);
    }
}

#[cold]
fn acquire(clock: &Mutex<Clock>) {
    if let Some(actor) = super::actor() {
        let known = lock(clock).clone();
        actor.acquire(&known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_learns_the_later_step_of_each_slot() {
        let (mut a, mut b) = (Clock::default(), Clock::default());
        a.set(7, 3);
        a.set(2, 9);
        b.set(2, 4);
        b.set(5, 1);
        b.set(7, 8);
        a.join(&b);
        assert_eq!(a.known, [(2, 9), (5, 1), (7, 8)]);
        assert_eq!(a.get(5), 1);
        assert_eq!(a.get(6), 0);
    }
}
