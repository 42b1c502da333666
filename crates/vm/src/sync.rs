//! What the protocols between workers are made of: tickets, queues, and the sleep of workers.
//!
//! Their files name atomics and locks only as `super::sync`, so that `model.rs` runs the very same text with the scheduler of a
//! model checker.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};
pub(crate) use std::sync::{Mutex, MutexGuard};
