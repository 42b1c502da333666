//! Parallel programs: goroutines that change everything they share harm nothing but their own results.
//!
//! The one idea: what the generator of programs for `tiers` writes uses the whole language, and any of its statements may as
//! well run beside the rest of the program. What comes of that has no one outcome, so nothing is compared: the process
//! survives, and the program ends soon after its deadline.

use super::tiers::{Way, execute};
use crate::random::Random;
use gscript::{Stress, Tiers};
use std::time::{Duration, Instant};

/// Time for a program. Loops whose counters others change may never end.
const TIME_MAX: Duration = Duration::from_secs(2);
/// How long after its deadline a program may still run. The machine may be busy with other work.
const GRACE: Duration = Duration::from_secs(30);
const WORKERS_MAX: usize = 6;

/// Runs a program in two ways.
///
/// # Panics
/// If it takes the engine down or goes on long after its deadline.
pub fn parallel(source: &[u8]) {
    let mut random = Random::new(Random::hash(source), 0);
    for name in ["first", "second"] {
        let way = any_way(name, &mut random);
        let start = Instant::now();
        let outcome = execute(source, way, TIME_MAX);
        let late = start.elapsed().saturating_sub(TIME_MAX);
        assert!(late < GRACE, "ran for {late:?} after its deadline");
        assert!(!outcome.text.contains("internal error"), "{}", outcome.text);
        assert!(outcome.is_program, "{}", outcome.text);
    }
}

fn any_way(name: &'static str, random: &mut Random) -> Way {
    let tiers = [Tiers::Method, Tiers::Method, Tiers::Method, Tiers::Quick, Tiers::Off][random.below(5)];
    let is_young_tiny = random.one_in(2);
    Way {
        name,
        tiers,
        threshold: (!random.one_in(4)).then(|| random.between(1, 30) as u32),
        threads: random.one_in(3).then_some(1),
        every_guard_fails: random.one_in(8),
        stress: match random.below(12) {
            0 => Stress::Safepoints,
            1 => Stress::Allocations(random.between(1, 100) as u32),
            2 => Stress::SlowPaths,
            _ => Stress::Off,
        },
        workers: random.between(2, WORKERS_MAX),
        young_bytes: if is_young_tiny { 16 << 10 } else { 0 },
        has_delays: random.one_in(6),
    }
}
