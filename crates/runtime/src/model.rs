//! Models of the protocols of tables, checked under interleavings that a scheduler of its own chooses. (`heap/model.rs` is that
//! of the stop of the world.)
//!
//! Threads are coroutines that may be switched at each atomic access. All see the stores of all others in one order, so memory
//! orders that are too weak go unnoticed. Seeds are fixed; a failure prints the schedule, which `shuttle::replay` repeats. What a
//! model finds is shown by faults, each of which makes it fail.

mod classes;
mod locks;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a model as often, with threads that are switched at any time.
pub(crate) fn check(model: impl Fn() + Send + Sync + 'static, seed: u64, times: usize) {
    Runner::new(RandomScheduler::new_from_seed(seed, times), Config::new()).run(model);
}

/// Runs a model as often, with threads of which some are very slow.
pub(crate) fn check_slow(model: impl Fn() + Send + Sync + 'static, seed: u64, times: usize) {
    Runner::new(PctScheduler::new_from_seed(seed, 3, times), Config::new()).run(model);
}

/// Asserts that one of so many runs fails.
fn assert_fails(what: &str, model: impl Fn() + Send + Sync + Copy + 'static, times: usize) {
    let fails = |run: &dyn Fn()| catch_unwind(AssertUnwindSafe(run)).is_err();
    let is_found = fails(&|| check(model, 1, times)) || fails(&|| check_slow(model, 1, times));
    assert!(is_found, "{what} goes unnoticed");
}
