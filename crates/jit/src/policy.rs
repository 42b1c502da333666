//! What is compiled, when, and how often again: decisions from counts alone, in one place.
//!
//! The interpreter counts calls of functions and turns of loops. Whatever reaches its threshold is compiled. A guard that
//! fails often takes its assumption with it: the code is thrown away, and what is compiled next does not speculate at that
//! site. As every such step forbids one more site and feedback only widens, a function settles; one that does not for long
//! ([`Policy::discarded_max`]) is compiled *carefully*, as if speculation had failed at every site.

use std::path::PathBuf;
use std::time::Duration;

/// Which compilers may run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tiers {
    /// None: everything is interpreted.
    Off,
    /// Every bytecode in its general form, without speculation and without the optimiser.
    Quick,
    /// The optimising compiler of whole functions and loops.
    #[default]
    Method,
}

/// In which form the compiler tells what it does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Log {
    /// For people.
    Text,
    /// A line of JSON for each event.
    Json,
}

/// What the host and the tests choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Which compilers may run.
    pub tiers: Tiers,
    /// Calls of a function, or turns of a loop, before it is compiled; by default as the policy thinks best.
    pub threshold: Option<u32>,
    /// Every guard leaves the first time that it is reached, to test exits.
    pub every_guard_fails: bool,
    /// Whether and how to write events to standard error.
    pub log: Option<Log>,
    /// Keep IR and machine code of everything compiled as text, for listings.
    pub keeps_listings: bool,
    /// Of IR in listings: show it after each run of this pass that changed it, or of every pass (`all`), not at the end.
    pub ir_after: Option<String>,
    /// Threads that compile beside the program: 0, or 1. By default one, if the machine can run it beside the program and
    /// nothing is asked for that depends on when code is ready.
    pub threads: Option<u32>,
    /// Measure the time of each pass, for statistics; it costs a little itself.
    pub times_passes: bool,
    /// Most memory for machine code, at least a page; what finds no room is interpreted.
    pub code_bytes: Option<usize>,
    /// Write a map of the compiled functions for `perf`.
    pub perf_map: bool,
    /// Write `jit-PID.dump` with code and lines to this directory.
    pub jit_dump: Option<PathBuf>,
}

/// The numbers by which decisions are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Calls of a function before it is compiled.
    pub calls_min: u32,
    /// Turns of a loop before it is compiled.
    pub turns_min: u32,
    /// Calls of a function after which it is compiled as a whole when one of its loops becomes hot.
    pub calls_before_loops: u32,
    /// Times that guards of one site may fail before the code is given up.
    pub exits_max: u32,
    /// Times that a guard may fail of which it became known, since the code was built, that it fails often.
    pub outdated_max: u32,
    /// Times that a place which had never been reached may be before the code is given up.
    pub unreached_max: u32,
    /// Versions of one function and its loops that may be thrown away before it is compiled carefully; after twice as many
    /// it is compiled without any speculation.
    pub discarded_max: u32,
    /// Times that a function is made again because what it calls got a typed entry only later.
    pub links_max: u32,
    /// Largest code for which that is done, in instructions of the IR: the larger it is, the less of it are calls.
    pub linked_insts_max: u64,
    /// Whether there is a thread that compiles.
    pub is_background: bool,
    /// Most functions that wait for it. What is hotter asks again sooner, so a short queue serves it first, and with
    /// fresher feedback.
    pub pending_max: usize,
    /// How long a function waits for it at least until the program compiles it itself, when it becomes hot again: long
    /// for a thread that has a processor of its own to begin.
    pub wait_max: Duration,
}

impl Policy {
    /// The numbers for these options.
    pub fn new(options: &Options) -> Policy {
        // Compiling an instruction costs as much as interpreting it some thousand times, but what has run a hundred times
        // mostly runs on. Over the bench programs (processor time, geometric mean) a third of these numbers costs 1.2 %, as
        // a tenth more code is compiled and more of it thrown away; three and seven times as much cost 0 and 0.4 %.
        let (calls_min, turns_min) = match options.threshold {
            Some(n) => (n, n),
            None => (150, 600),
        };
        // What had not been reached has feedback after a few turns, and the next version is right about it. All numbers are
        // arbitrary, chosen so that the bench programs settle after a few versions.
        Policy {
            calls_min,
            turns_min,
            // A loop that needed that many calls to become hot ends soon, so the next call comes soon. It saves an eighth of
            // the compile time of short programs, which otherwise make code of the loop and then of the function.
            calls_before_loops: 3,
            exits_max: 24,
            outdated_max: 3,
            unreached_max: 4,
            discarded_max: 16,
            links_max: 2,
            linked_insts_max: 250,
            is_background: is_background(options),
            pending_max: 4,
            wait_max: Duration::from_millis(1),
        }
    }

    /// How many times as many calls or turns as before there must be until code is made again that was thrown away, the
    /// `discarded`th time: what was wrong so often is likely to have more to learn.
    pub fn patience(&self, discarded: u32) -> u32 {
        1 << discarded.saturating_sub(1).min(4)
    }
}

fn is_background(options: &Options) -> bool {
    match options.threads {
        Some(n) => n > 0,
        None if options.threshold.is_some() || options.every_guard_fails || options.keeps_listings => false,
        None => std::thread::available_parallelism().is_ok_and(|n| n.get() > 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_holds_for_calls_and_loops() {
        let policy = Policy::new(&Options { threshold: Some(1), ..Options::default() });
        assert_eq!((policy.calls_min, policy.turns_min), (1, 1));
        assert!(Policy::new(&Options::default()).turns_min > 1);
        assert_eq!([1, 2, 3, 9].map(|n| policy.patience(n)), [1, 2, 4, 16]);
    }
}
