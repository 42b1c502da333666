//! The compiler as the machine sees it: a trait, its stubs, and when it is asked.

use crate::engine::Engine;
use crate::fiber::Fiber;
use crate::machine::Enter;
use runtime::closure::Function;
use runtime::heap::mark::Marker;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

/// A compiler. It is asked while the fiber runs, with the running frame published; it may allocate, but neither run user
/// code nor switch fibers.
pub trait Tier: Send + Sync {
    /// A function has been called as often as the threshold says. Its frame has begun, and runs as machine code if the
    /// tier has given it any by `Function::set_compiled`. If the tier leaves the function's counter alone, it is asked
    /// again after as many calls.
    fn hot_function(&self, fiber: &mut Fiber, function: Function);

    /// A loop of the running frame has gone round as often as the threshold says. `pc` is where its backward jump leads.
    /// Gives the code that is to go on with the frame, if there is any; else it is asked again after as many rounds.
    fn hot_loop(&self, fiber: &mut Fiber, function: Function, pc: u32) -> Option<usize>;

    /// Visits the objects that machine code refers to.
    fn trace(&self, marker: &mut Marker, minor: bool);

    /// A function that the tier watches ([`Engine::watch`]) has died; `address` was its address. Runs in the pause of a
    /// collection: the tier takes note and no more.
    fn forget(&self, address: usize);

    /// The engine is going, and its heap after it: from the return of this on, no thread of the tier touches either.
    fn close(&self) {}

    /// The tier itself, for the code that it has made.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// How often something runs before the tier is asked about it. `u32::MAX`: never.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thresholds {
    /// Calls of a function.
    pub calls: u32,
    /// Rounds of a loop. Counted in batches, an eighth of the threshold at most.
    pub loops: u32,
}

/// The stubs that a tier has made for an engine.
#[derive(Clone, Copy)]
pub struct Stubs {
    /// Runs machine code.
    pub enter: Enter,
    /// What machine code calls for functions that are not compiled: leads to `entries::interpret`.
    pub interpret: usize,
}

/// The tier of an engine, if it has one.
#[derive(Default)]
pub struct Machine {
    tier: OnceLock<(Arc<dyn Tier>, Stubs)>,
    collects_feedback: AtomicBool,
    calls: AtomicU32,
    loops: AtomicU32,
}

/// Most backward jumps that are counted at once.
const JUMPS_AT_ONCE_MAX: u32 = 128;
/// Greatest threshold of rounds, so that no count looks like a tagged word.
const LOOPS_MAX: u32 = 1 << 30;

impl Machine {
    /// The tier.
    #[inline]
    pub(crate) fn tier(&self) -> Option<&Arc<dyn Tier>> {
        self.tier.get().map(|(tier, _)| tier)
    }

    /// Whether the interpreter counts and learns for a tier.
    pub(crate) fn is_observed(&self) -> bool {
        self.tier.get().is_some() || self.collects_feedback.load(Relaxed)
    }

    /// The stub that runs machine code; there is no machine code without one.
    #[inline(always)]
    pub(crate) fn enter(&self) -> Option<Enter> {
        self.tier.get().map(|(_, stubs)| stubs.enter)
    }

    /// What machine code calls for functions that are not compiled; 0 without a tier.
    pub(crate) fn interpreter_entry(&self) -> usize {
        self.tier.get().map_or(0, |(_, stubs)| stubs.interpret)
    }

    /// Calls of a function before the tier is asked.
    pub(crate) fn calls(&self) -> u32 {
        if self.tier.get().is_some() { self.calls.load(Relaxed) } else { u32::MAX }
    }

    /// Rounds of a loop before the tier is asked.
    pub(crate) fn loops(&self) -> u32 {
        if self.tier.get().is_some() { self.loops.load(Relaxed) } else { u32::MAX }
    }

    /// Backward jumps of which one is counted for all.
    pub(crate) fn jumps_at_once(&self) -> u32 {
        match self.loops() {
            u32::MAX => u32::MAX,
            n => (n / 8).clamp(1, JUMPS_AT_ONCE_MAX),
        }
    }
}

impl Engine {
    /// Gives the engine a compiler, before anything is linked or run. An engine keeps its first one.
    pub fn set_tier(&self, tier: Arc<dyn Tier>, stubs: Stubs, thresholds: Thresholds) {
        let loops = match thresholds.loops {
            u32::MAX => u32::MAX,
            n => n.min(LOOPS_MAX),
        };
        self.machine.calls.store(thresholds.calls, Relaxed);
        self.machine.loops.store(loops, Relaxed);
        let _ = self.machine.tier.set((tier, stubs));
    }

    /// Has the interpreter collect feedback for compilers, from the next run on, though there is none. Slower.
    pub fn collect_feedback(&self) {
        self.machine.collects_feedback.store(true, Relaxed);
    }

    /// The engine's compiler.
    pub fn tier(&self) -> Option<&Arc<dyn Tier>> {
        self.machine.tier()
    }

    /// Has the tier told when this function has died.
    pub fn watch(&self, function: Function) {
        if let Some(tier) = self.machine.tier() {
            let tier = Arc::downgrade(tier);
            function.on_death(Arc::new(move |address| {
                if let Some(tier) = tier.upgrade() {
                    tier.forget(address);
                }
            }));
        }
    }
}
