//! `select`: one of several channel operations, whichever can proceed.
//!
//! The cases are tried in a random order, so of those that can proceed each has its chance. If none can, all channels are
//! locked, in the order of their addresses, and the cases are tried once more; if still none can, the goroutine leaves one
//! waiter at every channel, all with the same ticket: the first that is used decides, and the others are removed.

use crate::channel::{Attempt, Channel, Queues};
use crate::error::{NO_OPERAND, Thrown};
use crate::fiber::Fiber;
use crate::sched::{self, Ticket};
use runtime::value::Value;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::MutexGuard;
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
    match enqueue(fiber, cases, order) {
        Tried::Done(i, v, ok) => Ok((i, v, ok)),
        Tried::Closed => Err(fiber.error("send on closed channel")),
        Tried::Waits(ticket) => {
            drop(large);
            wait(fiber, cases, ticket)
        }
    }
}

/// What came of the cases when all channels were locked.
enum Tried {
    Done(usize, Value, bool),
    Closed,
    /// A waiter with this ticket is left at each channel.
    Waits(Ticket),
}

/// Does one of the operations, or leaves a waiter at every channel.
fn enqueue(fiber: &mut Fiber, cases: &[(Value, Value)], order: &[u32]) -> Tried {
    let mut channels: Vec<&Channel> = cases.iter().filter_map(|(ch, _)| Channel::of(ch)).collect();
    channels.sort_by_key(|ch| std::ptr::from_ref(*ch).addr());
    channels.dedup_by(|a, b| std::ptr::eq(*a, *b));
    let mut locked: Vec<(&Channel, MutexGuard<'_, Queues>)> =
        channels.into_iter().map(|ch| (ch, ch.lock())).collect();
    for &i in order {
        let (ch, v) = &cases[i as usize];
        let Some((channel, q)) = find(&mut locked, ch) else { continue };
        if *v == Value::MARK {
            if let Attempt::Done((v, ok)) = q.try_recv() {
                return Tried::Done(i as usize, v, ok);
            }
        } else {
            match q.try_send(channel.capacity(), *v) {
                Attempt::Done(()) => return Tried::Done(i as usize, Value::NIL, true),
                Attempt::Closed => return Tried::Closed,
                Attempt::Blocked => {}
            }
        }
    }
    let waiter = sched::prepare_wait(fiber);
    for (i, (ch, v)) in cases.iter().enumerate() {
        if let Some((_, q)) = find(&mut locked, ch) {
            let sends = if *v == Value::MARK { None } else { Some(*v) };
            q.enqueue(waiter.clone(), i as u32, sends);
        }
    }
    Tried::Waits(waiter.ticket())
}

/// The channel of a case among those that are locked; `None`: it is nil.
fn find<'a, 'c>(
    locked: &'a mut [(&'c Channel, MutexGuard<'c, Queues>)],
    ch: &Value,
) -> Option<(&'c Channel, &'a mut Queues)> {
    let channel = Channel::of(ch)?;
    let (channel, queues) = locked.iter_mut().find(|(ch, _)| std::ptr::eq(*ch, channel))?;
    Some((*channel, &mut **queues))
}

/// Waits for one of the operations. Nothing is left on the stack of a goroutine that is never woken.
fn wait(fiber: &mut Fiber, cases: &[(Value, Value)], ticket: Ticket) -> Result<(usize, Value, bool), Thrown> {
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
