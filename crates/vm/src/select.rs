//! `select`: one of several channel operations, whichever can proceed.
//!
//! The cases are tried in a random order, so of those that can proceed each has its chance. If none can, the goroutine
//! leaves one waiter at every channel, all with the same ticket: the first that is used decides, and the others are
//! removed. Between the trials and the waiters nothing else runs, because there is one worker; with several, the channels
//! are to be locked in address order from the last trial to the last waiter.

use crate::channel::{Attempt, Channel};
use crate::error::{NO_OPERAND, Thrown};
use crate::fiber::Fiber;
use crate::sched;
use runtime::value::Value;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Cases tried without allocating.
const SMALL: usize = 16;

/// Does one of the operations: a case is a channel and a value to send, or `MARK` to receive. Gives the number of the case
/// and, for a receive, the value and whether it was sent; with `has_default`, if none can proceed, the number of cases.
///
/// # Errors
/// `attempt to send to a T value`, `attempt to receive from a T value`, `send on closed channel`, those of [`sched::wait`].
pub fn select(
    fiber: &mut Fiber,
    cases: &[(Value, Value)],
    has_default: bool,
) -> Result<(usize, Value, bool), Thrown> {
    for (ch, v) in cases {
        if !ch.is_nil() && !crate::channel::is_channel(*ch) {
            let what = if *v == Value::MARK { "receive from" } else { "send to" };
            return Err(fiber.operand_error(what, *ch, NO_OPERAND));
        }
    }
    let mut small = [0u32; SMALL];
    let mut large = Vec::new();
    let order = if cases.len() <= SMALL {
        &mut small[..cases.len()]
    } else {
        large.resize(cases.len(), 0);
        &mut large[..]
    };
    shuffle(order);
    for &i in order.iter() {
        let (ch, v) = &cases[i as usize];
        let Some(channel) = Channel::of(ch) else { continue };
        if *v == Value::MARK {
            if let Attempt::Done((v, ok)) = channel.try_recv() {
                return Ok((i as usize, v, ok));
            }
        } else {
            match channel.try_send(*v) {
                Attempt::Done(()) => return Ok((i as usize, Value::NIL, true)),
                Attempt::Closed => return Err(fiber.error("send on closed channel")),
                Attempt::Blocked => {}
            }
        }
    }
    if has_default {
        return Ok((cases.len(), Value::NIL, false));
    }
    wait(fiber, cases)
}

fn wait(fiber: &mut Fiber, cases: &[(Value, Value)]) -> Result<(usize, Value, bool), Thrown> {
    let waiter = sched::prepare_wait(fiber);
    for (i, (ch, v)) in cases.iter().enumerate() {
        if let Some(channel) = Channel::of(ch) {
            let sends = if *v == Value::MARK { None } else { Some(*v) };
            channel.enqueue(waiter.clone(), i as u32, sends);
        }
    }
    // Nothing may be left on the stack of a goroutine that is never woken.
    let ticket = waiter.ticket();
    drop(waiter);
    let result = sched::wait(fiber);
    let waiter = sched::same_waiter(fiber, ticket);
    for (ch, v) in cases {
        if let Some(channel) = Channel::of(ch) {
            channel.dequeue(&waiter, *v != Value::MARK);
        }
    }
    drop(waiter);
    let wake = result?;
    let chosen = wake.index as usize;
    if cases[chosen].1 != Value::MARK && !wake.ok {
        return Err(fiber.error("send on closed channel"));
    }
    Ok((chosen, wake.value, wake.ok))
}

/// Fills `order` with 0, 1, … in a random order.
fn shuffle(order: &mut [u32]) {
    for i in 0..order.len() {
        let j = (random() as usize) % (i + 1);
        order[i] = order[j];
        order[j] = i as u32;
    }
}

/// A pseudo-random number, from a seed of the system's; nobody relies on its quality, and concurrent callers may get the
/// same one. (The generators of goroutines belong to scripts, whose sequences it must not disturb.)
fn random() -> u32 {
    static STATE: AtomicU64 = AtomicU64::new(0);
    let mut x = STATE.load(Relaxed);
    if x == 0 {
        x = RandomState::new().build_hasher().finish() | 1;
    }
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    STATE.store(x, Relaxed);
    (x >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_permutations_and_each_case_comes_first_sometimes() {
        let mut first = [0; 5];
        for _ in 0..1000 {
            let mut order = [0; 5];
            shuffle(&mut order);
            first[order[0] as usize] += 1;
            order.sort_unstable();
            assert_eq!(order, [0, 1, 2, 3, 4]);
        }
        assert!(first.iter().all(|n| *n > 100), "{first:?}");
    }
}
