//! Timers: what is to happen at which time, in order.
//!
//! An ordered map by time and number, because timers are taken back as often as they fire: a timeout mostly does not.
//! Who waits for the first one is not decided here.

use crate::sched::Waiter;
use runtime::heap::mark::Marker;
use runtime::mutator::Mutator;
use runtime::value::Value;
use std::collections::BTreeMap;
use std::time::Instant;

/// What a timer does.
pub(crate) enum Action {
    /// Wakes a goroutine with index 0, not ok.
    Wake(Waiter),
    /// Calls a function that does not run scripts.
    Call(fn(&mut Mutator, Value), Value),
}

impl Action {
    /// Does it.
    pub(crate) fn fire(self, m: &mut Mutator) {
        match self {
            Action::Wake(waiter) => {
                waiter.wake(0, false, Value::NIL);
            }
            Action::Call(function, value) => function(m, value),
        }
    }
}

/// A pending timer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct TimerId {
    at: Instant,
    number: u64,
}

/// The pending timers of a scheduler.
pub(crate) struct Timers {
    pending: BTreeMap<TimerId, Action>,
    last_number: u64,
}

impl Timers {
    pub(crate) fn new() -> Timers {
        Timers { pending: BTreeMap::new(), last_number: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Adds a timer. Of those with the same time the earlier added fires first.
    pub(crate) fn add(&mut self, at: Instant, action: Action) -> TimerId {
        self.last_number += 1;
        let id = TimerId { at, number: self.last_number };
        self.pending.insert(id, action);
        id
    }

    /// Takes a timer back, if it is still pending.
    pub(crate) fn cancel(&mut self, id: TimerId) -> Option<Action> {
        self.pending.remove(&id)
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.pending.first_key_value().map(|(id, _)| id.at)
    }

    /// Whether one is due.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.next().is_some_and(|at| at <= now)
    }

    /// Removes the first one that is due.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Action> {
        if self.is_due(now) { self.pending.pop_first().map(|(_, action)| action) } else { None }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.pending.clear();
    }

    pub(crate) fn trace(&self, marker: &mut Marker) {
        for action in self.pending.values() {
            if let Action::Call(_, value) = action {
                marker.visit(*value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn nothing(_: &mut Mutator, _: Value) {}

    fn number(action: Option<Action>) -> Option<i64> {
        match action {
            Some(Action::Call(_, v)) => v.as_small_int(),
            _ => None,
        }
    }

    #[test]
    fn timers_fire_by_time_then_in_order_of_arrival() {
        let start = Instant::now();
        let mut timers = Timers::new();
        let mut add = |ms: u64, n: i32| {
            timers.add(start + Duration::from_millis(ms), Action::Call(nothing, Value::int32(n)))
        };
        add(5, 1);
        add(3, 2);
        let third = add(5, 3);
        add(5, 4);
        assert!(timers.cancel(third).is_some() && timers.cancel(third).is_none());
        assert_eq!(timers.next(), Some(start + Duration::from_millis(3)));
        assert!(timers.take_due(start).is_none());
        let late = start + Duration::from_millis(5);
        let order: Vec<_> = std::iter::from_fn(|| number(timers.take_due(late))).collect();
        assert_eq!(order, [2, 1, 4]);
        assert!(timers.is_empty() && !timers.is_due(late));
    }
}
