//! What others rely on about one class table: the values of slots, the absence of keys, and the metatable.
//!
//! **One of the two sees the other.** Who relies says so here first and looks at the table afterwards; who changes the table
//! changes it first and asks here afterwards whether somebody relied. Between the two steps of each stands a fence. So there is
//! no order in which the one looks before the change and the other asks before it was said.
//!
//! All shapes that a class gets share this, so nothing is lost when one follows another.

use super::sync::{AtomicBool, AtomicU8, AtomicU32};
use super::{CLASS_BREAKS_MAX, SLOTS_MAX, SlotState};
use std::sync::OnceLock;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::fence;

/// Slots whose states lie here: most classes have no more.
const STATES: usize = 16;

/// What others rely on about one class table.
pub(super) struct Promises {
    /// The [`SlotState`]s of the first slots.
    states: [AtomicU8; STATES],
    /// Those of the others.
    more_states: OnceLock<Box<[AtomicU8]>>,
    /// Somebody relies on the absence of keys, or on the metatable.
    is_absence_relied: AtomicBool,
    /// How often an assumption was broken.
    breaks: AtomicU32,
}

impl Promises {
    pub(super) fn new() -> Promises {
        Promises {
            states: std::array::from_fn(|_| AtomicU8::new(0)),
            more_states: OnceLock::new(),
            is_absence_relied: AtomicBool::new(false),
            breaks: AtomicU32::new(0),
        }
    }

    fn state(&self, slot: u32) -> Option<&AtomicU8> {
        let slot = slot as usize;
        match self.states.get(slot) {
            Some(state) => Some(state),
            None => {
                let new = || (STATES..SLOTS_MAX as usize).map(|_| AtomicU8::new(0)).collect();
                self.more_states.get_or_init(new).get(slot - STATES)
            }
        }
    }

    /// What may be assumed of a slot.
    pub(super) fn slot_state(&self, slot: u32) -> SlotState {
        match self.state(slot).map(|state| state.load(Relaxed)) {
            Some(0) => SlotState::Fresh,
            Some(1) => SlotState::Relied,
            _ => SlotState::Mutable,
        }
    }

    /// Whether it has not broken its promises too often.
    pub(super) fn are_kept(&self) -> bool {
        self.breaks.load(Relaxed) < CLASS_BREAKS_MAX
    }

    /// Relies on the value of a slot, at which the caller looks behind this; false if that cannot be.
    pub(super) fn rely_on(&self, slot: u32) -> bool {
        let Some(state) = self.state(slot) else { return false };
        // `Mutable` is final, also if another thread says so at this moment.
        let (fresh, relied) = (SlotState::Fresh as u8, SlotState::Relied as u8);
        let is_relied = match state.compare_exchange(fresh, relied, Relaxed, Relaxed) {
            Ok(_) => true,
            Err(now) => now == relied,
        };
        fence(SeqCst);
        is_relied
    }

    /// Relies on the absence of keys and on the metatable, at which the caller looks behind this.
    pub(super) fn rely_on_absence(&self) {
        self.is_absence_relied.store(true, Relaxed);
        fence(SeqCst);
    }

    /// The value of a slot has changed, and the caller has passed a fence since: whether somebody relied on what it was.
    pub(super) fn break_slot(&self, slot: u32, presence_changes: bool) -> bool {
        let mut is_broken = presence_changes && self.is_absence_relied.swap(false, Relaxed);
        let (relied, mutable) = (SlotState::Relied as u8, SlotState::Mutable as u8);
        if let Some(state) = self.state(slot) {
            is_broken |= state.compare_exchange(relied, mutable, Relaxed, Relaxed).is_ok();
        }
        self.count(is_broken)
    }

    /// A key was added or removed, or the metatable has changed, and the caller has passed a fence since: whether somebody
    /// relied on what was.
    pub(super) fn break_absence(&self) -> bool {
        self.count(self.is_absence_relied.swap(false, Relaxed))
    }

    fn count(&self, is_broken: bool) -> bool {
        if is_broken {
            self.breaks.fetch_add(1, Relaxed);
        }
        is_broken
    }
}
