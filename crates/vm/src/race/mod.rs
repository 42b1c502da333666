//! Finding races: accesses of two goroutines to one place, of which one writes and neither happens before the other.
//!
//! A run that looks for races has one worker and no compiler, and its own instance of the interpreter's loop, which shows
//! each instruction to `observe::instruction` before it runs it. Ordinary runs have nothing of all this but a test in
//! operations that synchronise.
//!
//! Each goroutine has a vector clock (`clock.rs`). `go` hands the starter's to the new goroutine; messages, mutexes and
//! the like carry clocks (`SyncClock`, `messages.rs`) from who releases to who acquires. A goroutine's own step rises with each
//! release, so an access is known by slot and step, and it happens before whatever knows that step. `shadow.rs` remembers
//! accesses, by address; when a collection finds an object dead, what is remembered of it goes.
//!
//! What a goroutine did before there was a second one happens before everything else, so it is not looked at.
//!
//! **Slots.** A goroutine that is started when all accesses of an ended one are known takes over that one's slot: its steps
//! go on where those of the ended one stopped. So clocks stay as short as the number of goroutines that run beside each other.
//!
//! Not looked at: userdata, what native functions of the host do, keys of metatables that the machine asks for.

mod clock;
mod hash;
mod messages;
mod natives;
pub(crate) mod observe;
mod shadow;

pub use clock::SyncClock;
pub(crate) use messages::Messages;

use clock::Clock;
use hash::FastMap;
use runtime::heap::mark::Marker;
use runtime::heap::roots::RootProvider;
use runtime::object::Header;
use shadow::{Access, Conflict, Kind, Place, TableShadow};
use std::cell::Cell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Write;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where reports go, each a few lines of text.
pub type Report = fn(&str);

/// Most reports of a run. Arbitrary: nobody reads more.
const REPORTS_MAX: usize = 100;
/// Ended goroutines whose slots are looked at for a new one. Arbitrary.
const ENDED_LOOKED_AT: usize = 8;

thread_local! {
    /// The goroutine that this worker runs, in a run that looks for races.
    static ACTOR: Cell<*const Actor> = const { Cell::new(std::ptr::null()) };
}

/// The goroutine that this thread runs; `None` in ordinary runs.
#[inline(always)]
fn actor<'a>() -> Option<&'a Actor> {
    // SAFETY: the worker sets it for as long as it runs the goroutine, which owns it; no reference is kept across a switch.
    unsafe { ACTOR.get().as_ref() }
}

/// The worker is about to run a goroutine.
pub(crate) fn enter(actor: &Actor) {
    ACTOR.set(actor);
}

/// The goroutine has stopped.
pub(crate) fn leave() {
    ACTOR.set(std::ptr::null());
}

/// What a run that looks for races keeps of a goroutine.
pub(crate) struct Actor {
    detector: Arc<Detector>,
    slot: u32,
    number: u32,
    clock: Mutex<Clock>,
    /// The last step in which it touched anything.
    step_used: AtomicU32,
}

impl Actor {
    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the goroutine knows, its own step included; then the next step begins.
    fn release(&self) -> Clock {
        let mut clock = self.clock();
        let known = clock.clone();
        let step = known.get(self.slot).wrapping_add(1);
        clock.set(self.slot, step);
        known
    }

    /// Learns what was released.
    fn acquire(&self, known: &Clock) {
        self.clock().join(known);
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        let step = self.clock().get(self.slot);
        let ended = Ended { slot: self.slot, step_used: self.step_used.load(Relaxed), step };
        self.detector.shadow().ended.push_back(ended);
    }
}

/// A slot whose goroutine has ended.
struct Ended {
    slot: u32,
    /// The last step with an access.
    step_used: u32,
    /// The last step.
    step: u32,
}

/// What looks for races.
pub(crate) struct Detector {
    shadow: Mutex<Shadow>,
    /// There has been more than one goroutine.
    is_concurrent: AtomicBool,
    found: AtomicUsize,
    report: Report,
}

/// What is remembered.
#[derive(Default)]
struct Shadow {
    variables: FastMap<usize, Place>,
    tables: FastMap<usize, TableShadow>,
    /// Those of both that have come since the last collection: in a small one no others can be found dead.
    recent: Vec<usize>,
    /// Texts of places in the program, and their numbers.
    places: Vec<String>,
    place_numbers: HashMap<String, u32>,
    /// Numbers of places by the address of the instruction. Forgotten in collections, since functions may go.
    place_cache: FastMap<usize, u32>,
    /// For each goroutine the place where it was started; `None`: the main goroutine.
    goroutines: Vec<Option<u32>>,
    slots: u32,
    ended: VecDeque<Ended>,
    /// Pairs of places that have been reported.
    reported: HashSet<(u32, u32)>,
}

impl Shadow {
    /// What is remembered of the cell at this address.
    fn variable(&mut self, address: usize) -> &mut Place {
        self.variables.entry(address).or_insert_with(|| {
            self.recent.push(address);
            Place::default()
        })
    }

    /// What is remembered of the table at this address.
    fn table(&mut self, address: usize) -> &mut TableShadow {
        self.tables.entry(address).or_insert_with(|| {
            self.recent.push(address);
            TableShadow::default()
        })
    }

    fn place(&mut self, text: String) -> u32 {
        if let Some(&number) = self.place_numbers.get(&text) {
            return number;
        }
        let number = self.places.len() as u32;
        self.places.push(text.clone());
        self.place_numbers.insert(text, number);
        number
    }

    /// A slot for a goroutine whose starter knows this, and its first step.
    fn take_slot(&mut self, known: &Clock) -> (u32, u32) {
        let found = self.ended.iter().take(ENDED_LOOKED_AT).position(|e| known.get(e.slot) >= e.step_used);
        if let Some(ended) = found.and_then(|at| self.ended.remove(at)) {
            return (ended.slot, ended.step.wrapping_add(1));
        }
        // Those that nobody waits for must not be in the way of others.
        if let Some(ended) = self.ended.pop_front() {
            self.ended.push_back(ended);
        }
        (self.new_slot(), 1)
    }

    fn new_slot(&mut self) -> u32 {
        self.slots += 1;
        self.slots - 1
    }

    /// The number of a new goroutine that is started at this place.
    fn new_goroutine(&mut self, place: Option<u32>) -> u32 {
        self.goroutines.push(place);
        self.goroutines.len() as u32 - 1
    }

    fn describe(&self, kind: Kind, access: &Access, is_earlier: bool) -> String {
        let what = match kind {
            Kind::Read => "read",
            Kind::Write => "write",
        };
        let earlier = if is_earlier { "earlier " } else { "" };
        let place = &self.places[access.place as usize];
        let who = match self.goroutines[access.goroutine as usize] {
            None => "the main goroutine".to_string(),
            Some(at) => format!("goroutine {}, started by {}", access.goroutine, self.places[at as usize]),
        };
        format!("    {earlier}{what}: {place}\n        by {who}\n")
    }
}

impl Detector {
    pub(crate) fn new(report: Report) -> Arc<Detector> {
        Arc::new(Detector {
            shadow: Mutex::default(),
            is_concurrent: AtomicBool::new(false),
            found: AtomicUsize::new(0),
            report,
        })
    }

    /// Races found so far.
    pub(crate) fn found(&self) -> usize {
        self.found.load(Relaxed)
    }

    fn shadow(&self) -> MutexGuard<'_, Shadow> {
        self.shadow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The main goroutine of a run. Nothing of an earlier run matters any more.
    pub(crate) fn start_main(self: &Arc<Detector>) -> Actor {
        self.is_concurrent.store(false, Relaxed);
        let mut shadow = self.shadow();
        shadow.recent.clear();
        shadow.variables.clear();
        shadow.tables.clear();
        // Clocks of objects that live on may know of slots, so those of an earlier run keep their numbers.
        let slot = shadow.new_slot();
        let number = shadow.new_goroutine(None);
        drop(shadow);
        self.actor(slot, number, Clock::default(), 1)
    }

    /// A goroutine that the running one starts, at a place that is described so.
    pub(crate) fn start(self: &Arc<Detector>, place: String) -> Actor {
        self.is_concurrent.store(true, Relaxed);
        let known = actor().map(Actor::release).unwrap_or_default();
        let mut shadow = self.shadow();
        let (slot, step) = shadow.take_slot(&known);
        let place = shadow.place(place);
        let number = shadow.new_goroutine(Some(place));
        drop(shadow);
        self.actor(slot, number, known, step)
    }

    fn actor(self: &Arc<Detector>, slot: u32, number: u32, mut clock: Clock, step: u32) -> Actor {
        clock.set(slot, step);
        Actor { detector: self.clone(), slot, number, clock: Mutex::new(clock), step_used: AtomicU32::new(0) }
    }

    /// Tells of a race. `name` says what the place is.
    #[cold]
    fn tell(&self, shadow: &mut Shadow, name: &str, kind: Kind, access: Access, (old_kind, old): Conflict) {
        let pair = (access.place.min(old.place), access.place.max(old.place));
        if !shadow.reported.insert(pair) {
            return;
        }
        let number = self.found.fetch_add(1, Relaxed);
        if number == REPORTS_MAX {
            (self.report)("data race: further races are not reported\n");
        }
        if number < REPORTS_MAX {
            let mut text = format!("data race on {name}\n");
            let _ = write!(text, "{}", shadow.describe(kind, &access, false));
            let _ = write!(text, "{}", shadow.describe(old_kind, &old, true));
            (self.report)(&text);
        }
    }
}

impl RootProvider for Detector {
    fn trace_roots(&self, _: &mut Marker, _: bool) {}

    fn purge(&self, is_live: &dyn Fn(NonNull<Header>) -> bool, minor: bool) {
        let mut shadow = self.shadow();
        let is_live = |address: usize| {
            NonNull::new(std::ptr::with_exposed_provenance_mut::<Header>(address)).is_some_and(is_live)
        };
        let recent = std::mem::take(&mut shadow.recent);
        if minor {
            for address in recent.iter().filter(|address| !is_live(**address)) {
                shadow.variables.remove(address);
                shadow.tables.remove(address);
            }
        } else {
            shadow.variables.retain(|address, _| is_live(*address));
            shadow.tables.retain(|address, _| is_live(*address));
        }
        shadow.place_cache.clear();
    }
}
