//! What `world.rs` waits with.

pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64};
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard};
pub(crate) use std::thread::yield_now;
pub(crate) use std::time::Instant;

use std::sync::PoisonError;
use std::time::Duration;

/// How often a thread that waits for others looks before it sleeps: some hundred microseconds where nothing else wants the
/// processor, which is as long as the parts of a collection take that one thread does alone. With a fifth of it most stops
/// had a thread to wake.
pub(crate) const LOOKS_MAX: u32 = 1000;

/// Waits for a notification, or so long.
pub(crate) fn wait_timeout<'a, T>(
    _lock: &'a Mutex<T>,
    changed: &Condvar,
    guard: MutexGuard<'a, T>,
    time: Duration,
) -> MutexGuard<'a, T> {
    changed.wait_timeout(guard, time).unwrap_or_else(PoisonError::into_inner).0
}
