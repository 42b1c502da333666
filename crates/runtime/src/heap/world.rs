//! The world: all mutators of a heap, and how they are stopped.
//!
//! Whoever changes what others must not see half done (a collection, a broken assumption) waits until every other mutator
//! has *parked*, does it, and lets them go on. A mutator parks at a safepoint when its poll word says `STOP`, and while it is
//! idle. Two kinds of places differ in what may happen while it is parked there:
//!
//! ```text
//!   AtAllocation   objects may be collected
//!   AtPoll         also assumptions may break: machine code looks behind the place whether it is still valid
//! ```
//!
//! So a stop to collect needs all others parked anywhere, a stop to break an assumption needs them all at polls. A mutator
//! that waits to stop the others is parked itself: of several that want to, one after the other is served, collections first,
//! because those at allocations can go on only then.
//!
//! Machine code may have been changed when an assumption broke: a mutator that was parked meanwhile makes its processor
//! forget what it has read ahead of the old code before it goes on.
//!
//! A mutator that is held again and again is *owed* that time. When it is owed a [`TURN`] it gets one: no collection begins
//! until it has run for so long. So a goroutine that collects all the time, or allocates more than it computes, does not starve
//! the others, and does not wait for each of them after every collection either: on a busy machine that takes longer than most
//! collections do.
//!
//! Parked mutators publish themselves and the part of their native stack that is in use; the collector reads both.
//!
//! `rest.rs` is how mutators use it. This file names locks and clocks only as `super::sync`, so that `model.rs` runs the very
//! same text with the scheduler of a model checker.

use super::sync::{
    Arc, AtomicU32, AtomicU64, Condvar, Instant, LOOKS_MAX, Mutex, MutexGuard, wait_timeout, yield_now,
};
use crate::mutator::{Mutator, poll};
use std::ops::Range;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// How long a mutator is held, in all, before it gets a turn, and how long that is. A few time slices of the system.
const TURN: Duration = Duration::from_millis(10);

/// How long to sleep, at most, before looking again whether those that were held have gone on: nobody tells.
const TURN_SLEEP: Duration = Duration::from_micros(200);

/// What a mutator is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// It runs: nobody may touch what it uses.
    Running,
    /// It is parked where objects may be collected.
    AtAllocation,
    /// It is parked where assumptions may break too.
    AtPoll,
}

/// What the world is stopped for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// A collection.
    Collect,
    /// An assumption of machine code breaks.
    Break,
}

/// A parked mutator.
#[derive(Clone)]
pub(crate) struct Parked {
    /// Where it is; nobody else uses it until the world goes on.
    pub(crate) mutator: *mut Mutator,
    /// The part of the native stack of the fiber that it runs which is in use.
    pub(crate) stack: Range<usize>,
    /// It has nothing to do with the heap at present.
    pub(crate) is_idle: bool,
}

struct Member {
    poll: Arc<AtomicU32>,
    place: Place,
    /// Since when it would run if the world had not been stopped.
    held_since: Option<Instant>,
    /// How long it has been held and has not run since, at most [`TURN`]. Nothing after it has waited for something else.
    owed: Duration,
    /// Since when it runs, if it is owed anything.
    runs_since: Instant,
    /// It was owed a turn and has not had it yet.
    has_turn: bool,
    /// `State::breaks` when it parked.
    breaks_before: u64,
    parked: Parked,
}

/// A mutator's number among those of its heap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct MemberId(usize);

/// What parked threads can help with.
#[derive(Clone, Copy)]
struct Help {
    work: *const (dyn Fn() + Sync),
    number: u64,
}

#[derive(Default)]
struct State {
    /// What whoever has stopped the world wants help with.
    help: Option<Help>,
    /// Threads that are helping.
    helping: u32,
    /// Counts requests for help.
    requests: u64,
    members: Vec<Option<Member>>,
    /// Who has stopped the world.
    owner: Option<MemberId>,
    /// Mutators that wait to collect.
    collecting: u32,
    /// Mutators that wait to break an assumption.
    breaking: u32,
    /// How often an assumption was broken.
    breaks: u64,
}

// SAFETY: the addresses of mutators are followed only by whoever has stopped the world, and `help` is called only while the
// call that put it there waits for that.
unsafe impl Send for State {}

/// All mutators of a heap.
#[derive(Default)]
pub(crate) struct World {
    state: Mutex<State>,
    changed: Condvar,
    /// Counts changes that others may wait for.
    changes: AtomicU64,
}

impl Member {
    /// How long the mutator is still to run before the next collection, if it has a turn.
    fn turn_left(&mut self) -> Option<Duration> {
        if let Some(since) = self.held_since {
            let is_owed = self.has_turn || self.owed + since.elapsed() >= TURN;
            return is_owed.then_some(TURN);
        }
        if !self.has_turn {
            return None;
        }
        let left = self.owed.saturating_sub(self.runs_since.elapsed());
        if left.is_zero() {
            (self.owed, self.has_turn) = (Duration::ZERO, false);
            return None;
        }
        Some(left)
    }
}

impl State {
    fn member(&mut self, id: MemberId) -> &mut Member {
        self.members[id.0].as_mut().expect("a member leaves when its mutator is dropped")
    }

    /// Whether a mutator at this place has to stay there.
    fn holds(&self, place: Place) -> bool {
        self.owner.is_some() || self.collecting > 0 || (place == Place::AtPoll && self.breaking > 0)
    }

    fn is_stop_wanted(&self) -> bool {
        self.holds(Place::AtPoll)
    }

    fn waiting(&mut self, purpose: Purpose) -> &mut u32 {
        match purpose {
            Purpose::Collect => &mut self.collecting,
            Purpose::Break => &mut self.breaking,
        }
    }

    fn may_stop(&self, id: MemberId, purpose: Purpose) -> bool {
        let is_parked = |place: Place| match purpose {
            Purpose::Collect => place != Place::Running,
            Purpose::Break => place == Place::AtPoll,
        };
        let mut others = self.members.iter().enumerate().filter(|(i, _)| *i != id.0);
        self.owner.is_none()
            && (purpose == Purpose::Collect || self.collecting == 0)
            && others.all(|(_, member)| member.as_ref().is_none_or(|m| is_parked(m.place)))
    }

    /// Asks all who run to park.
    fn request_stop(&self) {
        for member in self.members.iter().flatten().filter(|m| m.place == Place::Running) {
            member.poll.fetch_or(poll::STOP, Relaxed);
        }
    }

    fn park(&mut self, id: MemberId, place: Place, parked: Parked) {
        let breaks = self.breaks;
        let member = self.member(id);
        member.place = place;
        (member.owed, member.has_turn) = (Duration::ZERO, false);
        member.breaks_before = breaks;
        member.parked = parked;
    }

    /// As `park`, for a mutator that would run on.
    fn hold(&mut self, id: MemberId, place: Place, parked: Parked) {
        let now = Instant::now();
        let member = self.member(id);
        let is_owed = !member.owed.is_zero();
        let run = if is_owed { now.saturating_duration_since(member.runs_since) } else { Duration::ZERO };
        let (owed, has_turn) = (member.owed.saturating_sub(run), member.has_turn && run < member.owed);
        self.park(id, place, parked);
        let member = self.member(id);
        (member.owed, member.has_turn, member.held_since) = (owed, has_turn, Some(now));
    }

    /// How long a mutator waits, at least, before it stops the others; `None` if nobody is owed a turn, or if others wait
    /// for a stop already.
    fn turn_of_others(&mut self, id: MemberId) -> Option<Duration> {
        if self.is_stop_wanted() {
            return None;
        }
        let others = self.members.iter_mut().enumerate().filter(|(i, _)| *i != id.0);
        others.filter_map(|(_, member)| member.as_mut()?.turn_left()).max().map(|left| left.min(TURN_SLEEP))
    }

    /// Lets a mutator run. It parks again soon if somebody waits for that.
    fn unpark(&mut self, id: MemberId) {
        let (is_wanted, breaks) = (self.is_stop_wanted(), self.breaks);
        let member = self.member(id);
        if member.place != Place::Running && member.breaks_before != breaks {
            synchronize_instructions();
        }
        if let Some(since) = member.held_since.take() {
            let now = Instant::now();
            // With the time until the system let it run again: on a busy machine a shorter turn would end before it had begun.
            member.owed = (member.owed + now.saturating_duration_since(since)).min(TURN);
            member.has_turn |= member.owed == TURN;
            member.runs_since = now;
        }
        member.place = Place::Running;
        if is_wanted {
            member.poll.fetch_or(poll::STOP, Relaxed);
        } else {
            member.poll.fetch_and(!poll::STOP, Relaxed);
        }
    }

    fn others(&self, id: MemberId) -> Vec<Parked> {
        let members = self.members.iter().enumerate().filter(|(i, _)| *i != id.0);
        members.filter_map(|(_, member)| Some(member.as_ref()?.parked.clone())).collect()
    }
}

impl World {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Each step leaves the books in order.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change; may return without one. Stops are short, so the thread looks for a while before it sleeps.
    fn wait<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let seen = self.changes.load(Relaxed);
        drop(state);
        for _ in 0..LOOKS_MAX {
            if self.changes.load(Relaxed) != seen {
                return self.lock();
            }
            yield_now();
        }
        let state = self.lock();
        if self.changes.load(Relaxed) != seen {
            return state;
        }
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait that something has changed.
    fn tell(&self, state: MutexGuard<'_, State>) {
        self.changes.fetch_add(1, Relaxed);
        drop(state);
        self.changed.notify_all();
    }

    /// As `wait`, for a thread that is parked: it helps if there is a request after number `helped`.
    fn wait_or_help<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        helped: &mut u64,
    ) -> MutexGuard<'a, State> {
        match state.help {
            Some(help) if help.number != *helped => {
                *helped = help.number;
                state.helping += 1;
                drop(state);
                {
                    let _end = Helping { world: self };
                    // SAFETY: whoever asked for help waits until nobody helps any more.
                    unsafe { (*help.work)() };
                }
                self.lock()
            }
            _ => self.wait(state),
        }
    }

    /// Runs `own` while parked threads run `work`, and waits for them. The caller has stopped the world.
    pub(crate) fn with_help(&self, work: &(dyn Fn() + Sync), own: impl FnOnce()) {
        // SAFETY: only the lifetime changes; this call outlasts all uses.
        let work =
            unsafe { std::mem::transmute::<*const (dyn Fn() + Sync + '_), *const (dyn Fn() + Sync)>(work) };
        let mut state = self.lock();
        state.requests += 1;
        state.help = Some(Help { work, number: state.requests });
        self.tell(state);
        let _end = HelpWanted { world: self };
        own();
    }

    /// Adds a mutator with this poll word, which runs from now on.
    pub(crate) fn join(&self, poll: Arc<AtomicU32>) -> MemberId {
        let mut state = self.lock();
        while state.is_stop_wanted() {
            state = self.wait(state);
        }
        let parked = Parked { mutator: std::ptr::null_mut(), stack: 0..0, is_idle: false };
        let member = Some(Member {
            poll,
            place: Place::Running,
            held_since: None,
            owed: Duration::ZERO,
            runs_since: Instant::now(),
            has_turn: false,
            breaks_before: 0,
            parked,
        });
        let vacant = state.members.iter().position(Option::is_none);
        match vacant {
            Some(i) => {
                state.members[i] = member;
                MemberId(i)
            }
            None => {
                state.members.push(member);
                MemberId(state.members.len() - 1)
            }
        }
    }

    /// Removes a mutator that runs.
    pub(crate) fn leave(&self, id: MemberId) {
        let mut state = self.lock();
        state.members[id.0] = None;
        self.tell(state);
    }

    /// Parks a mutator as long as somebody wants to stop, or has stopped, the world. `parked` is what it publishes.
    pub(crate) fn rest(&self, id: MemberId, place: Place, parked: Parked) {
        let mut state = self.lock();
        if state.holds(place) {
            state.hold(id, place, parked);
            self.changes.fetch_add(1, Relaxed);
            self.changed.notify_all();
            let mut helped = 0;
            while state.holds(place) {
                state = self.wait_or_help(state, &mut helped);
            }
        }
        state.unpark(id);
    }

    /// Runs `work`, which does not touch the heap, with the mutator parked.
    pub(crate) fn rest_during<R>(
        &self,
        id: MemberId,
        place: Place,
        parked: Parked,
        work: impl FnOnce() -> R,
    ) -> R {
        let mut state = self.lock();
        state.park(id, place, parked);
        if state.is_stop_wanted() {
            self.tell(state);
        } else {
            drop(state);
        }
        let _unparked = Unparked { world: self, id, place };
        work()
    }

    /// Waits until nobody is owed a turn.
    fn give_turn<'a>(&'a self, mut state: MutexGuard<'a, State>, id: MemberId) -> MutexGuard<'a, State> {
        for looks in 0.. {
            let Some(time) = state.turn_of_others(id) else { break };
            if looks < LOOKS_MAX {
                drop(state);
                yield_now();
                state = self.lock();
            } else {
                state = wait_timeout(&self.state, &self.changed, state, time);
            }
        }
        state
    }

    /// Runs `work` with all other mutators parked, which are its arguments. The caller is at an allocation if it is to
    /// collect, and else at a place that counts as a poll. Others may have run between the call and that.
    pub(crate) fn stop<R>(
        &self,
        id: MemberId,
        purpose: Purpose,
        parked: Parked,
        work: impl FnOnce(&[Parked]) -> R,
    ) -> R {
        let place = match purpose {
            Purpose::Collect => Place::AtAllocation,
            Purpose::Break => Place::AtPoll,
        };
        let mut state = self.lock();
        state.park(id, place, parked);
        if purpose == Purpose::Collect {
            state = self.give_turn(state, id);
        }
        *state.waiting(purpose) += 1;
        state.request_stop();
        if !state.may_stop(id, purpose) {
            self.changes.fetch_add(1, Relaxed);
            self.changed.notify_all();
            let mut helped = 0;
            while !state.may_stop(id, purpose) {
                state = self.wait_or_help(state, &mut helped);
            }
        }
        *state.waiting(purpose) -= 1;
        state.owner = Some(id);
        state.breaks += u64::from(purpose == Purpose::Break);
        let others = state.others(id);
        drop(state);
        let _stopped = Stopped { world: self, id };
        work(&others)
    }
}

/// Makes this thread forget instructions that it has read ahead: others may have changed them while it was parked.
fn synchronize_instructions() {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        // `cpuid` is serialising: nothing fetched before it runs after it.
        std::hint::black_box(std::arch::x86_64::__cpuid(0));
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    // SAFETY: a barrier.
    unsafe {
        std::arch::asm!("isb", options(nostack, preserves_flags));
    }
}

/// A thread helps as long as this lives.
struct Helping<'a> {
    world: &'a World,
}

impl Drop for Helping<'_> {
    fn drop(&mut self) {
        let mut state = self.world.lock();
        state.helping -= 1;
        self.world.tell(state);
    }
}

/// Help is wanted as long as this lives; then nobody helps any more.
struct HelpWanted<'a> {
    world: &'a World,
}

impl Drop for HelpWanted<'_> {
    fn drop(&mut self) {
        let mut state = self.world.lock();
        state.help = None;
        while state.helping > 0 {
            state = self.world.wait(state);
        }
    }
}

/// The world is stopped as long as this lives.
struct Stopped<'a> {
    world: &'a World,
    id: MemberId,
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        let mut state = self.world.lock();
        state.owner = None;
        state.unpark(self.id);
        self.world.tell(state);
    }
}

/// A mutator is parked as long as this lives.
struct Unparked<'a> {
    world: &'a World,
    id: MemberId,
    place: Place,
}

impl Drop for Unparked<'_> {
    fn drop(&mut self) {
        let mut state = self.world.lock();
        while state.holds(self.place) {
            state.member(self.id).held_since.get_or_insert_with(Instant::now);
            state = self.world.wait(state);
        }
        state.unpark(self.id);
    }
}
