//! Shapes: which named keys a table has, in which slots, and which metatable.
//!
//! ```text
//!   root(inline capacity) --"x"--> {x} --"y"--> {x, y} --setmetatable(M)--> {x, y}, metatable M
//! ```
//!
//! A shape is immutable and shared by all tables that got the same keys in the same order. So one comparison of a table's
//! shape id proves its layout, its metatable and the absence of every other named key. Transitions are weak; a shape keeps
//! the shapes it came from alive, so that tables made again find the same shapes again. Ids are indices into one flat array.
//!
//! - *Keys* lie in lists that a shape shares with the shapes that extend it: a shape with n slots sees the first n keys. The
//!   last shape of a list extends it in place (one claims the next place by compare and swap); a fork copies it.
//! - *Metatables.* A known one is part of the shape. When a shape has seen [`METATABLES_MAX`] of them, its tables go to a
//!   shape with a *hidden slot* instead, whose key is no string, and the metatable is the value there. Such a shape proves
//!   everything but the metatable.
//! - *Dictionary shapes* have no named slots (but perhaps the hidden one): string keys are in the hash part, and the shape
//!   proves nothing about them.
//! - *Class shapes* belong to one table that others use as metatable or `__index`. Their slots carry a state (see
//!   [`SlotState`]) that lets callers rely on a slot's value or on a key's absence until `Heap::class_epoch` changes.
//!
//! Shapes are not heap objects. A minor collection takes those made since the last one as roots; a full one marks them
//! through tables and pins and frees the rest. Ids of freed shapes are used again only when very many have gathered: the full
//! collection that decides it resets all feedback, which may hold some.

mod cache;
mod keys;
mod kinds;
mod promises;
mod table;

pub use cache::Finding;
pub(crate) use cache::{FOUND_ENTRIES, FOUND_KEY_SHIFT, FoundEntry, LookupCache};
pub use kinds::SlotKind;
pub use table::{DICTIONARY_IDS_END, ROOT_IDS_END, ShapeTable};

use crate::string::Str;
use crate::table::Table;
use crate::value::Value;
use keys::KeyList;
use promises::Promises;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::Acquire};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Tables never have more named slots; beyond, string keys are in the hash part.
pub const SLOTS_MAX: u32 = 512;
/// A key that no code names is not added as a slot to a table with this many.
pub const COMPUTED_SLOTS_MAX: u32 = 12;
/// Distinct metatables of one shape that get shapes of their own: more than a program has classes whose objects begin alike,
/// such as empty. What is beyond is taken for a metatable for each object.
pub const METATABLES_MAX: usize = 64;
/// Largest inline capacity.
pub const INLINE_CAPACITY_MAX: usize = 127;
/// Breaks of a class's assumptions after which nobody may rely on it any more: it is data, not a class. Arbitrary.
pub(crate) const CLASS_BREAKS_MAX: u32 = 64;

/// What `promises.rs` is made of, so that `model.rs` runs its text with the atomics of a model checker.
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32};
}

/// The metatable as far as a shape knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeMeta {
    /// No metatable.
    None,
    /// This one.
    Known(Table),
    /// The value of this slot (a table or nil).
    Slot(u32),
}

/// What may be assumed of a slot of a class table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SlotState {
    /// Nobody has relied on its value yet.
    Fresh,
    /// Somebody relies on its value: changing it changes the class epoch.
    Relied,
    /// It was changed after somebody relied on it, and is not relied on again.
    Mutable,
}

/// A shape.
pub struct Shape {
    id: u32,
    slot_count: u32,
    inline_capacity: u32,
    is_dictionary: bool,
    /// The slot that holds the metatable, or `NO_SLOT`.
    hidden_slot: u32,
    /// The known metatable as a word, or nil.
    metatable: u64,
    parent: u32,
    keys: Arc<KeyList>,
    class: Option<Arc<Promises>>,
    transitions: Mutex<Transitions>,
    /// The shape of tables whose metatable is in a slot, once the shape has as many other metatables as it may know; 0: not yet.
    with_hidden: AtomicU32,
    /// Number of the full collection that last found the shape alive.
    marked: AtomicU32,
    pin: OnceLock<Arc<()>>,
}

const NO_SLOT: u32 = u32::MAX;

#[derive(Default)]
struct Transitions {
    /// One entry needs no map: most shapes have one.
    first: Option<(u64, u32)>,
    others: HashMap<u64, u32>,
    metatables: usize,
}

impl Transitions {
    fn get(&self, key: u64) -> Option<u32> {
        match self.first {
            Some((k, id)) if k == key => Some(id),
            _ => self.others.get(&key).copied(),
        }
    }

    fn insert(&mut self, key: u64, id: u32) {
        if self.first.is_none() {
            self.first = Some((key, id));
        } else {
            self.others.insert(key, id);
        }
        self.metatables += Value::from_bits(key).is_table() as usize;
    }

    fn len(&self) -> usize {
        self.others.len() + self.first.is_some() as usize
    }

    fn retain(&mut self, is_live: impl Fn(u32) -> bool) {
        self.first = self.first.filter(|&(_, id)| is_live(id));
        self.others.retain(|_, id| is_live(*id));
        let keys = self.first.iter().map(|(k, _)| k).chain(self.others.keys());
        self.metatables = keys.filter(|&&k| Value::from_bits(k).is_table()).count();
    }
}

/// Keeps a shape alive while no table has it.
#[derive(Clone, Debug)]
pub struct PinnedShape {
    id: u32,
    _pin: Arc<()>,
}

impl PinnedShape {
    /// The shape's id.
    #[inline(always)]
    pub fn id(&self) -> u32 {
        self.id
    }
}

impl Shape {
    /// The shape's id; never 0.
    #[inline(always)]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Number of named slots, the hidden one included.
    #[inline(always)]
    pub fn slot_count(&self) -> u32 {
        self.slot_count
    }

    /// Number of slots that lie in the table itself.
    #[inline(always)]
    pub fn inline_capacity(&self) -> usize {
        self.inline_capacity as usize
    }

    /// Whether string keys are in the hash part, so that the shape proves nothing about them.
    #[inline(always)]
    pub fn is_dictionary(&self) -> bool {
        self.is_dictionary
    }

    /// Whether it is the shape of one class table.
    #[inline(always)]
    pub fn is_class(&self) -> bool {
        self.class.is_some()
    }

    /// The metatable, as far as the shape knows it.
    #[inline(always)]
    pub fn meta(&self) -> ShapeMeta {
        if self.hidden_slot != NO_SLOT {
            return ShapeMeta::Slot(self.hidden_slot);
        }
        match Table::from_value(Value::from_bits(self.metatable)) {
            Some(t) => ShapeMeta::Known(t),
            None => ShapeMeta::None,
        }
    }

    /// The key of a slot; `None` for the hidden slot and out of range.
    #[inline]
    pub fn key_at(&self, slot: u32) -> Option<Str> {
        if slot >= self.slot_count {
            return None;
        }
        Str::from_value(Value::from_bits(self.keys.keys[slot as usize].load(Acquire)))
    }

    /// Whether the keys are so few that searching them is as good as remembering.
    #[inline(always)]
    pub(crate) fn is_quick(&self) -> bool {
        self.keys.is_short()
    }

    /// The slot of an interned key.
    #[inline]
    pub fn lookup(&self, key: Str) -> Option<u32> {
        self.keys.find(key.to_value().bits(), self.slot_count as usize)
    }

    fn transitions(&self) -> MutexGuard<'_, Transitions> {
        self.transitions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state of a slot of a class shape; other slots count as mutable.
    pub fn slot_state(&self, slot: u32) -> SlotState {
        self.class.as_ref().map_or(SlotState::Mutable, |class| class.slot_state(slot))
    }

    /// What others may rely on, if they may.
    fn promises(&self) -> Option<&Promises> {
        self.class.as_deref().filter(|class| !self.is_dictionary && class.are_kept())
    }

    /// Relies on the value of a slot, at which the caller looks behind this; false if that cannot be.
    pub(crate) fn rely_on(&self, slot: u32) -> bool {
        slot < self.slot_count && self.promises().is_some_and(|class| class.rely_on(slot))
    }

    /// Relies on the absence of keys and on the metatable, at which the caller looks behind this; false if that cannot be.
    pub(crate) fn rely_on_absence(&self) -> bool {
        let promises = self.promises();
        if let Some(class) = promises {
            class.rely_on_absence();
        }
        promises.is_some()
    }

    /// The value of a slot has changed, and the caller has passed a fence since: whether somebody relied on what it was.
    pub(crate) fn break_slot(&self, slot: u32, presence_changes: bool) -> bool {
        self.class.as_ref().is_some_and(|class| class.break_slot(slot, presence_changes))
    }

    /// A key or the metatable has changed, and the caller has passed a fence since: whether somebody relied on that.
    pub(crate) fn break_absence(&self) -> bool {
        self.class.as_ref().is_some_and(|class| class.break_absence())
    }
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<Option<Str>> = (0..self.slot_count).map(|slot| self.key_at(slot)).collect();
        f.debug_struct("Shape")
            .field("id", &self.id)
            .field("keys", &keys)
            .field("inline_capacity", &self.inline_capacity)
            .field("meta", &self.meta())
            .field("is_dictionary", &self.is_dictionary)
            .field("is_class", &self.is_class())
            .finish_non_exhaustive()
    }
}
