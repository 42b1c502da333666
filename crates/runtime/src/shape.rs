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
//! through tables and pins and frees the rest. An id of a freed shape is used again only after `reuse_dead_ids`.

use crate::heap::mark::Marker;
use crate::mutator::Mutator;
use crate::string::Str;
use crate::table::Table;
use crate::value::Value;
use std::collections::HashMap;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed,
    Ordering::Release,
};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Tables never have more named slots; beyond, string keys are in the hash part.
pub const SLOTS_MAX: u32 = 512;
/// A key that no code names is not added as a slot to a table with this many.
pub const COMPUTED_SLOTS_MAX: u32 = 12;
/// A key that no code names makes no transition from a shape that has this many already. Arbitrary; it bounds what tables
/// with one or two computed keys each can cost.
const COMPUTED_TRANSITIONS_MAX: usize = 64;
/// Distinct metatables of one shape that get shapes of their own.
pub const METATABLES_MAX: usize = 8;
/// Largest inline capacity.
pub const INLINE_CAPACITY_MAX: usize = 127;
/// Breaks of a class's assumptions after which nobody may rely on it any more: it is data, not a class. Arbitrary.
const CLASS_BREAKS_MAX: u32 = 64;
/// Number of ids. The array of pointers is reserved whole and touched as it is used.
const SHAPES_MAX: usize = if cfg!(miri) { 1 << 12 } else { 1 << 22 };
/// Lists of at most this many keys are searched one by one.
const LINEAR_KEYS_MAX: usize = 8;
/// The key of the hidden slot, and of the transition to it.
const HIDDEN: u64 = Value::MARK.bits();
/// The key of a root's transition to its dictionary shape.
const DICTIONARY: u64 = Value::MARK2.bits();

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
    class: Option<Arc<ClassRecord>>,
    transitions: Mutex<Transitions>,
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

/// What the shapes of one class table share.
#[derive(Default)]
struct ClassRecord {
    /// Somebody relies on the absence of keys, or on the metatable.
    is_absence_relied: AtomicBool,
    /// How often an assumption was broken.
    breaks: AtomicU32,
}

/// Keys of a chain of shapes, each by its slot.
struct KeyList {
    len: AtomicU32,
    keys: Box<[AtomicU64]>,
    /// Open-addressed index of slots + 1, if there are many keys; 0 in empty places.
    index: Box<[AtomicU16]>,
    /// States of the slots, for classes.
    states: Box<[AtomicU8]>,
}

impl KeyList {
    fn new(capacity: usize, is_class: bool) -> KeyList {
        let index = if capacity > LINEAR_KEYS_MAX { capacity.next_power_of_two() * 2 } else { 0 };
        KeyList {
            len: AtomicU32::new(0),
            keys: (0..capacity).map(|_| AtomicU64::new(0)).collect(),
            index: (0..index).map(|_| AtomicU16::new(0)).collect(),
            states: (0..if is_class { capacity } else { 0 }).map(|_| AtomicU8::new(0)).collect(),
        }
    }

    /// A list of the first `count` keys with room for more.
    fn fork(&self, count: usize, is_class: bool) -> KeyList {
        let capacity = if count < 4 { 4 } else { count * 2 };
        let list = KeyList::new(capacity, is_class);
        for i in 0..count {
            list.put(i, self.keys[i].load(Relaxed));
            if let (Some(to), Some(from)) = (list.states.get(i), self.states.get(i)) {
                to.store(from.load(Relaxed), Relaxed);
            }
        }
        list.len.store(count as u32, Relaxed);
        list
    }

    fn put(&self, slot: usize, key: u64) {
        self.keys[slot].store(key, Release);
        if self.index.is_empty() {
            return;
        }
        let mask = self.index.len() - 1;
        let mut place = index_start(key, mask);
        while self.index[place].compare_exchange(0, slot as u16 + 1, Release, Relaxed).is_err() {
            place = (place + 1) & mask;
        }
    }

    /// Adds a key behind the first `count`, unless that place is taken.
    fn extend(&self, count: usize, key: u64) -> bool {
        if count == self.keys.len()
            || self.len.compare_exchange(count as u32, count as u32 + 1, Acquire, Relaxed).is_err()
        {
            return false;
        }
        self.put(count, key);
        true
    }
}

/// Where the search for a key begins: the high bits of the product, since addresses differ in their middle bits.
#[inline(always)]
fn index_start(key: u64, mask: usize) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize & mask
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
        self.keys.index.is_empty()
    }

    /// The slot of an interned key.
    #[inline]
    pub fn lookup(&self, key: Str) -> Option<u32> {
        let bits = key.to_value().bits();
        let count = self.slot_count as usize;
        let list = &*self.keys;
        if list.index.is_empty() {
            return list.keys[..count].iter().position(|k| k.load(Relaxed) == bits).map(|i| i as u32);
        }
        let mask = list.index.len() - 1;
        let mut place = index_start(bits, mask);
        loop {
            let slot = match list.index[place].load(Acquire) {
                0 => return None,
                n => n as usize - 1,
            };
            // The list may have more keys than this shape, and dead ones behind them whose addresses mean nothing.
            if slot < count && list.keys[slot].load(Relaxed) == bits {
                return Some(slot as u32);
            }
            place = (place + 1) & mask;
        }
    }

    fn transitions(&self) -> MutexGuard<'_, Transitions> {
        self.transitions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state of a slot of a class shape; other slots count as mutable.
    pub fn slot_state(&self, slot: u32) -> SlotState {
        match self.keys.states.get(slot as usize).map(|s| s.load(Relaxed)) {
            Some(0) if self.is_class() => SlotState::Fresh,
            Some(1) if self.is_class() => SlotState::Relied,
            _ => SlotState::Mutable,
        }
    }

    fn is_reliable(&self) -> bool {
        match &self.class {
            Some(class) => !self.is_dictionary && class.breaks.load(Relaxed) < CLASS_BREAKS_MAX,
            None => false,
        }
    }

    /// Relies on the value of a slot; false if that cannot be.
    pub(crate) fn rely_on(&self, slot: u32) -> bool {
        if !self.is_reliable() || slot >= self.slot_count || self.slot_state(slot) == SlotState::Mutable {
            return false;
        }
        self.keys.states[slot as usize].store(SlotState::Relied as u8, Relaxed);
        true
    }

    /// Relies on the absence of keys and on the metatable; false if that cannot be.
    pub(crate) fn rely_on_absence(&self) -> bool {
        match &self.class {
            Some(class) if self.is_reliable() => {
                class.is_absence_relied.store(true, Relaxed);
                true
            }
            _ => false,
        }
    }

    /// Records that the value of a slot is about to change; whether somebody relied on what changes.
    pub(crate) fn break_slot(&self, slot: u32, presence_changes: bool) -> bool {
        let Some(class) = &self.class else { return false };
        let mut broken = presence_changes && class.is_absence_relied.swap(false, Relaxed);
        let state = &self.keys.states[slot as usize];
        if state.load(Relaxed) == SlotState::Relied as u8 {
            state.store(SlotState::Mutable as u8, Relaxed);
            broken = true;
        }
        if broken {
            class.breaks.fetch_add(1, Relaxed);
        }
        broken
    }

    /// Records that a key or the metatable is about to change; whether somebody relied on that.
    pub(crate) fn break_absence(&self) -> bool {
        let Some(class) = &self.class else { return false };
        let broken = class.is_absence_relied.swap(false, Relaxed);
        if broken {
            class.breaks.fetch_add(1, Relaxed);
        }
        broken
    }

    /// Records that the layout is given up; whether somebody relied on anything.
    pub(crate) fn break_all(&self) -> bool {
        let mut broken = self.break_absence();
        for slot in 0..self.slot_count {
            broken |= self.break_slot(slot, false);
        }
        broken
    }
}

/// All shapes of a heap.
pub struct ShapeTable {
    /// Null for ids that are not in use.
    shapes: Box<[AtomicPtr<Shape>]>,
    /// By inline capacity; 0 where there is none yet.
    roots: Box<[AtomicU32; INLINE_CAPACITY_MAX + 1]>,
    state: Mutex<TableState>,
}

struct TableState {
    next_id: u32,
    unused: Vec<u32>,
    /// Ids of freed shapes that caches may still hold.
    dead: Vec<u32>,
    /// Shapes made since the last collection.
    recent: Vec<u32>,
    pinned: Vec<u32>,
    count: usize,
}

// SAFETY: the pointers are to boxed shapes that only this table frees, in a pause.
unsafe impl Sync for ShapeTable {}
// SAFETY: as above.
unsafe impl Send for ShapeTable {}

/// What distinguishes a new shape.
struct NewShape {
    slot_count: u32,
    inline_capacity: u32,
    is_dictionary: bool,
    hidden_slot: u32,
    metatable: u64,
    parent: u32,
    keys: Arc<KeyList>,
    class: Option<Arc<ClassRecord>>,
}

impl ShapeTable {
    /// A table without shapes.
    pub(crate) fn new() -> ShapeTable {
        ShapeTable {
            shapes: null_pointers(SHAPES_MAX),
            roots: Box::new([const { AtomicU32::new(0) }; INLINE_CAPACITY_MAX + 1]),
            state: Mutex::new(TableState {
                next_id: 1,
                unused: Vec::new(),
                dead: Vec::new(),
                recent: Vec::new(),
                pinned: Vec::new(),
                count: 0,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, TableState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shape with this id.
    ///
    /// # Panics
    /// If no shape has it, which cannot be for the id of a table.
    #[inline(always)]
    pub fn get(&self, id: u32) -> &Shape {
        self.find(id).expect("a table's shape is alive")
    }

    #[inline(always)]
    fn find(&self, id: u32) -> Option<&Shape> {
        // SAFETY: shapes are freed in pauses only, and not while a table has them.
        unsafe { self.shapes.get(id as usize)?.load(Acquire).as_ref() }
    }

    /// Number of shapes.
    pub fn count(&self) -> usize {
        self.state().count
    }

    /// The slot of an interned key in a shape.
    #[inline]
    pub fn lookup(&self, shape: u32, key: Str) -> Option<u32> {
        self.get(shape).lookup(key)
    }

    /// The shape with one key more and the slot of the key, if there has been such a transition.
    pub fn transition_for(&self, shape: u32, key: Str) -> Option<(u32, u32)> {
        let shape = self.get(shape);
        let id = shape.transitions().get(key.to_value().bits())?;
        Some((id, shape.slot_count))
    }

    fn add(&self, new: NewShape) -> Option<u32> {
        let mut state = self.state();
        let id = match state.unused.pop() {
            Some(id) => id,
            None if (state.next_id as usize) < SHAPES_MAX => {
                state.next_id += 1;
                state.next_id - 1
            }
            None => return None,
        };
        let shape = Box::new(Shape {
            id,
            slot_count: new.slot_count,
            inline_capacity: new.inline_capacity,
            is_dictionary: new.is_dictionary,
            hidden_slot: new.hidden_slot,
            metatable: new.metatable,
            parent: new.parent,
            keys: new.keys,
            class: new.class,
            transitions: Mutex::default(),
            marked: AtomicU32::new(0),
            pin: OnceLock::new(),
        });
        self.shapes[id as usize].store(Box::into_raw(shape), Release);
        state.recent.push(id);
        state.count += 1;
        Some(id)
    }

    /// The shape without keys and metatable for tables of this inline capacity.
    #[inline]
    pub(crate) fn root(&self, inline_capacity: usize) -> u32 {
        match self.roots[inline_capacity].load(Acquire) {
            0 => self.root_slow(inline_capacity),
            id => id,
        }
    }

    #[cold]
    fn root_slow(&self, inline_capacity: usize) -> u32 {
        let id = self
            .add(NewShape {
                slot_count: 0,
                inline_capacity: inline_capacity as u32,
                is_dictionary: false,
                hidden_slot: NO_SLOT,
                metatable: Value::NIL.bits(),
                parent: 0,
                keys: Arc::new(KeyList::new(4, false)),
                class: None,
            })
            .expect("there are more ids than inline capacities, and roots are never freed");
        match self.roots[inline_capacity].compare_exchange(0, id, Release, Acquire) {
            Ok(_) => id,
            Err(first) => first,
        }
    }

    /// The shape that a table of `shape` gets when `key`, which it does not have, is added. `None` if the table should go
    /// to dictionary mode instead.
    pub(crate) fn add_key(&self, shape: u32, key: Str, named: bool) -> Option<u32> {
        let shape = self.get(shape);
        if shape.is_dictionary || shape.slot_count >= SLOTS_MAX {
            return None;
        }
        let bits = key.to_value().bits();
        if shape.class.is_some() {
            return self.add(shape.extended(bits));
        }
        let is_computed = !named && !key.is_field_name();
        let mut transitions = shape.transitions();
        if let Some(id) = transitions.get(bits) {
            return if is_computed && shape.slot_count >= COMPUTED_SLOTS_MAX { None } else { Some(id) };
        }
        if is_computed
            && (shape.slot_count >= COMPUTED_SLOTS_MAX || transitions.len() >= COMPUTED_TRANSITIONS_MAX)
        {
            return None;
        }
        let id = self.add(shape.extended(bits))?;
        transitions.insert(bits, id);
        Some(id)
    }

    /// A shape of its own for a class table of `shape`.
    pub(crate) fn class_of(&self, shape: u32) -> Option<u32> {
        let shape = self.get(shape);
        self.add(NewShape {
            slot_count: shape.slot_count,
            inline_capacity: shape.inline_capacity,
            is_dictionary: false,
            hidden_slot: shape.hidden_slot,
            metatable: shape.metatable,
            parent: 0,
            keys: Arc::new(shape.keys.fork(shape.slot_count as usize, true)),
            class: Some(Arc::default()),
        })
    }

    /// A class shape with these keys and the metatable of the dictionary shape `shape`, whose hidden slot, if it has one,
    /// comes first.
    pub(crate) fn class_root(&self, shape: u32, keys: &[Str]) -> Option<u32> {
        let shape = self.get(shape);
        let hidden = (shape.hidden_slot != NO_SLOT) as usize;
        let count = hidden + keys.len();
        let list = KeyList::new(count * 2 + 4, true);
        let hidden_key = (hidden == 1).then_some(HIDDEN);
        for (slot, key) in hidden_key.into_iter().chain(keys.iter().map(|k| k.to_value().bits())).enumerate()
        {
            list.put(slot, key);
        }
        list.len.store(count as u32, Relaxed);
        self.add(NewShape {
            slot_count: count as u32,
            inline_capacity: shape.inline_capacity,
            is_dictionary: false,
            hidden_slot: if hidden == 1 { 0 } else { NO_SLOT },
            metatable: shape.metatable,
            parent: 0,
            keys: Arc::new(list),
            class: Some(Arc::default()),
        })
    }

    /// The dictionary shape with the metatable of `shape`. If that has a hidden slot, so has the result, as slot 0.
    /// `None` if there are no more ids.
    pub(crate) fn dictionary_of(&self, shape: u32) -> Option<u32> {
        let shape = self.get(shape);
        let root = self.get(self.root(shape.inline_capacity as usize));
        let base = {
            let mut transitions = root.transitions();
            match transitions.get(DICTIONARY) {
                Some(id) => id,
                None => {
                    let mut new = root.copied();
                    new.is_dictionary = true;
                    let id = self.add(new)?;
                    transitions.insert(DICTIONARY, id);
                    id
                }
            }
        };
        match shape.meta() {
            ShapeMeta::None => Some(base),
            // With too many metatables for shapes of their own the result has a hidden slot, which the caller fills.
            ShapeMeta::Known(t) => self.with_metatable(base, Some(t)).map(|(id, _)| id),
            ShapeMeta::Slot(_) => self.hidden_of(base),
        }
    }

    /// The shape with the hidden slot that `shape`, which has none, leads to.
    fn hidden_of(&self, shape: u32) -> Option<u32> {
        let shape = self.get(shape);
        let mut transitions = shape.transitions();
        if let Some(id) = transitions.get(HIDDEN) {
            return Some(id);
        }
        let mut new = shape.extended(HIDDEN);
        new.hidden_slot = shape.slot_count;
        new.metatable = Value::NIL.bits();
        let id = self.add(new)?;
        transitions.insert(HIDDEN, id);
        Some(id)
    }

    /// The shape with the same keys in the same slots and another metatable, and the hidden slot if the metatable has to
    /// be stored in one. `None` if there are no more ids.
    pub(crate) fn with_metatable(&self, id: u32, metatable: Option<Table>) -> Option<(u32, Option<u32>)> {
        let shape = self.get(id);
        let word = metatable.map_or(Value::NIL, Table::to_value).bits();
        if shape.hidden_slot != NO_SLOT {
            return Some((id, Some(shape.hidden_slot)));
        }
        if shape.metatable == word {
            return Some((id, None));
        }
        if shape.class.is_some() {
            let mut new = shape.copied();
            new.metatable = word;
            return Some((self.add(new)?, None));
        }
        if shape.metatable == Value::NIL.bits() {
            let mut transitions = shape.transitions();
            if let Some(id) = transitions.get(word) {
                return Some((id, None));
            }
            if transitions.metatables < METATABLES_MAX {
                let mut new = shape.copied();
                new.metatable = word;
                new.parent = id;
                let id = self.add(new)?;
                transitions.insert(word, id);
                return Some((id, None));
            }
            drop(transitions);
            return Some((self.hidden_of(id)?, Some(shape.slot_count)));
        }
        // From one metatable to another: begin again from the root, so that a table that goes to and fro meets a finite
        // number of shapes. The keys keep their slots.
        let mut target = self.root(shape.inline_capacity as usize);
        if shape.is_dictionary {
            target = self.get(target).transitions().get(DICTIONARY)?;
        }
        for slot in 0..shape.slot_count {
            let key = shape.key_at(slot).expect("only a hidden slot has no key");
            target = self.add_key(target, key, true)?;
        }
        match metatable {
            None => Some((target, None)),
            Some(_) => self.with_metatable(target, metatable),
        }
    }

    /// Whether a shape with another metatable would need the hidden slot that `shape` does not have yet.
    pub(crate) fn needs_hidden_slot(&self, id: u32, metatable: Option<Table>) -> bool {
        let shape = self.get(id);
        let word = metatable.map_or(Value::NIL, Table::to_value).bits();
        if shape.hidden_slot != NO_SLOT
            || shape.class.is_some()
            || metatable.is_none()
            || shape.metatable == word
        {
            return false;
        }
        if shape.metatable != Value::NIL.bits() {
            // Decided by a shape that may not exist yet.
            return true;
        }
        let transitions = shape.transitions();
        transitions.metatables >= METATABLES_MAX && transitions.get(word).is_none()
    }

    /// Keeps a shape alive as long as the result.
    pub fn pin(&self, id: u32) -> PinnedShape {
        let pin = self.get(id).pin.get_or_init(|| {
            self.state().pinned.push(id);
            Arc::new(())
        });
        PinnedShape { id, _pin: pin.clone() }
    }

    /// Lets ids of freed shapes be used again. The caller knows that no cache holds one of them; it runs in a pause.
    pub fn reuse_dead_ids(&self) {
        let mut state = self.state();
        let mut dead = std::mem::take(&mut state.dead);
        state.unused.append(&mut dead);
    }

    /// Number of ids that wait for [`ShapeTable::reuse_dead_ids`], and of ids that were never used.
    pub fn id_supply(&self) -> (usize, usize) {
        let state = self.state();
        (state.dead.len(), SHAPES_MAX - state.next_id as usize)
    }

    /// Marks a shape and whatever it keeps alive. Only full collections need it.
    #[inline]
    pub(crate) fn mark(&self, id: u32, marker: &mut Marker) {
        if self.get(id).marked.load(Relaxed) != collection_tag(marker) {
            self.mark_slow(id, marker);
        }
    }

    #[inline(never)]
    fn mark_slow(&self, mut id: u32, marker: &mut Marker) {
        let tag = collection_tag(marker);
        while let Some(shape) = self.find(id) {
            if shape.marked.swap(tag, Relaxed) == tag {
                break;
            }
            self.visit(shape, marker);
            id = shape.parent;
        }
    }

    fn visit(&self, shape: &Shape, marker: &mut Marker) {
        marker.visit(Value::from_bits(shape.metatable));
        for key in &shape.keys.keys[..shape.slot_count as usize] {
            marker.visit(Value::from_bits(key.load(Relaxed)));
        }
    }

    /// Visits what shapes keep alive that are roots themselves.
    pub(crate) fn trace_roots(&self, marker: &mut Marker, minor: bool) {
        let state = self.state();
        if minor {
            for shape in state.recent.iter().filter_map(|&id| self.find(id)) {
                self.visit(shape, marker);
            }
            return;
        }
        let roots = self.roots.iter().map(|root| root.load(Relaxed));
        for id in roots.chain(state.recent.iter().copied()) {
            self.mark_slow(id, marker);
        }
        for &id in &state.pinned {
            let is_pinned = |s: &&Shape| s.pin.get().is_some_and(|p| Arc::strong_count(p) > 1);
            if self.find(id).filter(is_pinned).is_some() {
                self.mark_slow(id, marker);
            }
        }
    }

    /// Frees what a full collection did not mark.
    pub(crate) fn purge(&self, minor: bool) {
        let mut state = self.state();
        state.recent.clear();
        if minor {
            return;
        }
        let used = state.next_id;
        // All shapes marked in this collection carry the same tag, and roots are always among them.
        let Some(tag) =
            self.roots.iter().find_map(|r| self.find(r.load(Relaxed))).map(|s| s.marked.load(Relaxed))
        else {
            return;
        };
        let is_live = |id: u32| self.find(id).is_some_and(|s| s.marked.load(Relaxed) == tag);
        for id in (1..used).filter(|&id| is_live(id)) {
            self.get(id).transitions().retain(is_live);
        }
        state.pinned.retain(|&id| is_live(id));
        for id in 1..used {
            if !is_live(id) {
                let shape = self.shapes[id as usize].swap(null_mut(), Relaxed);
                if let Some(shape) = NonNull::new(shape) {
                    // SAFETY: the pointer came from a box; no table, shape or pin refers to the shape any more.
                    drop(unsafe { Box::from_raw(shape.as_ptr()) });
                    state.dead.push(id);
                    state.count -= 1;
                }
            }
        }
    }
}

/// The mark of a collection; never 0, which new shapes have.
fn collection_tag(marker: &Marker) -> u32 {
    marker.collection_number() as u32 | 1 << 31
}

/// A boxed slice of null pointers that takes memory only where it is touched.
fn null_pointers(count: usize) -> Box<[AtomicPtr<Shape>]> {
    let layout = std::alloc::Layout::array::<AtomicPtr<Shape>>(count).expect("the count is a constant");
    // SAFETY: the layout is not empty; zeroed memory is an array of null pointers; the box gets the layout it frees with.
    unsafe {
        let memory = std::alloc::alloc_zeroed(layout).cast::<AtomicPtr<Shape>>();
        if memory.is_null() {
            std::alloc::handle_alloc_error(layout);
        }
        Box::from_raw(std::ptr::slice_from_raw_parts_mut(memory, count))
    }
}

impl Drop for ShapeTable {
    fn drop(&mut self) {
        let used = self.state().next_id as usize;
        for shape in &self.shapes[..used] {
            let shape = shape.swap(null_mut(), Relaxed);
            if !shape.is_null() {
                // SAFETY: the pointer came from a box, and nobody else can reach it any more.
                drop(unsafe { Box::from_raw(shape) });
            }
        }
    }
}

impl Shape {
    /// A new shape like this one.
    fn copied(&self) -> NewShape {
        NewShape {
            slot_count: self.slot_count,
            inline_capacity: self.inline_capacity,
            is_dictionary: self.is_dictionary,
            hidden_slot: self.hidden_slot,
            metatable: self.metatable,
            // Nothing leads from one shape of a class to the next, and roots need no parent.
            parent: if self.class.is_some() { 0 } else { self.id },
            keys: self.keys.clone(),
            class: self.class.clone(),
        }
    }

    /// A new shape with one key more.
    fn extended(&self, key: u64) -> NewShape {
        let mut new = self.copied();
        let count = self.slot_count as usize;
        if !self.keys.extend(count, key) {
            let keys = self.keys.fork(count, self.class.is_some());
            let is_extended = keys.extend(count, key);
            debug_assert!(is_extended, "a fork has room for more");
            new.keys = Arc::new(keys);
        }
        new.slot_count += 1;
        new
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

/// Entries of a [`LookupCache`]; a power of two.
const CACHE_ENTRIES: usize = 256;

/// Recent lookups of one mutator, for places that meet too many shapes for an inline cache: (shape, key) to slot; and
/// recent transitions: (shape, key or metatable) to shape.
pub(crate) struct LookupCache {
    entries: Box<[(u32, u32, u64); CACHE_ENTRIES]>,
    transitions: Box<[(u32, u32, u64); CACHE_ENTRIES]>,
}

impl LookupCache {
    pub(crate) fn new() -> LookupCache {
        let empty = [(0, NO_SLOT, 0); CACHE_ENTRIES];
        LookupCache { entries: Box::new(empty), transitions: Box::new(empty) }
    }

    /// Forgets everything: ids and addresses may be used again after a collection.
    pub(crate) fn clear(&mut self) {
        self.entries.fill((0, NO_SLOT, 0));
        self.transitions.fill((0, NO_SLOT, 0));
    }

    /// The shape that a transition leads to, if it was noted.
    #[inline]
    fn transition(&self, shape: u32, key: u64) -> Option<u32> {
        let entry = self.transitions[cache_place(shape, key)];
        if entry.0 == shape && entry.2 == key { Some(entry.1) } else { None }
    }

    fn note_transition(&mut self, shape: u32, key: u64, to: u32) {
        self.transitions[cache_place(shape, key)] = (shape, to, key);
    }

    /// The slot of an interned key in a shape.
    #[inline]
    pub(crate) fn lookup(&mut self, shapes: &ShapeTable, shape: u32, key: Str) -> Option<u32> {
        let bits = key.to_value().bits();
        let entry = &mut self.entries[cache_place(shape, bits)];
        if entry.0 != shape || entry.2 != bits {
            *entry = (shape, shapes.lookup(shape, key).unwrap_or(NO_SLOT), bits);
        }
        if entry.1 == NO_SLOT { None } else { Some(entry.1) }
    }
}

fn cache_place(shape: u32, key: u64) -> usize {
    (shape as usize ^ (key >> 5) as usize) % CACHE_ENTRIES
}

impl Mutator {
    /// As [`ShapeTable::add_key`], by way of the cache of recent transitions. Those from class shapes, which happen once,
    /// and those that depend on whether the key is named, are not noted.
    #[inline]
    pub(crate) fn cached_add_key(&mut self, shape: u32, key: Str, named: bool) -> Option<u32> {
        let bits = key.to_value().bits();
        let is_named = named || key.is_field_name();
        if is_named && let Some(to) = self.caches.lookups.transition(shape, bits) {
            return Some(to);
        }
        let to = self.heap().shapes().add_key(shape, key, named)?;
        if is_named && !self.heap().shapes().get(shape).is_class() {
            self.caches.lookups.note_transition(shape, bits, to);
        }
        Some(to)
    }

    /// The shape that a table of `shape` gets with a metatable, if that was noted by [`Mutator::note_metatable`].
    #[inline]
    pub(crate) fn cached_metatable(&self, shape: u32, metatable: Table) -> Option<u32> {
        self.caches.lookups.transition(shape, metatable.to_value().bits())
    }

    /// Notes that all that is to be done to give a table of `shape` this metatable is to give it the shape `to`.
    pub(crate) fn note_metatable(&mut self, shape: u32, metatable: Table, to: u32) {
        self.caches.lookups.note_transition(shape, metatable.to_value().bits(), to);
    }

    /// The slot of an interned key in a shape, by way of the cache of recent lookups.
    #[inline]
    pub(crate) fn cached_lookup(&mut self, shape: u32, key: Str) -> Option<u32> {
        let shapes: *const ShapeTable = self.heap().shapes();
        // SAFETY: the mutator keeps the heap; the caches lie elsewhere.
        self.caches.lookups.lookup(unsafe { &*shapes }, shape, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::mutator;

    #[test]
    fn the_same_keys_lead_to_the_same_shape() {
        let m = &mut mutator();
        let (x, y) = (m.field_name(b"x"), m.field_name(b"y"));
        let shapes = m.heap().shapes();
        let root = shapes.root(3);
        assert_eq!(root, shapes.root(3));
        assert_ne!(root, shapes.root(5));
        let a = shapes.add_key(root, x, true).unwrap();
        assert_eq!(shapes.add_key(root, x, true), Some(a));
        assert_eq!(shapes.transition_for(root, x), Some((a, 0)));
        assert_eq!(shapes.transition_for(root, y), None);
        let b = shapes.add_key(a, y, true).unwrap();
        let c = shapes.add_key(shapes.add_key(root, y, true).unwrap(), x, true).unwrap();
        assert_ne!(b, c);
        assert_eq!((shapes.lookup(b, x), shapes.lookup(b, y)), (Some(0), Some(1)));
        assert_eq!((shapes.lookup(c, x), shapes.lookup(c, y)), (Some(1), Some(0)));
        assert_eq!((shapes.lookup(a, x), shapes.lookup(a, y)), (Some(0), None));
    }

    #[test]
    fn long_chains_and_forks_find_all_keys() {
        let m = &mut mutator();
        let keys: Vec<Str> = (0..60).map(|i| m.field_name(format!("k{i}").as_bytes())).collect();
        let shapes = m.heap().shapes();
        let mut chain = vec![shapes.root(1)];
        for &key in &keys {
            chain.push(shapes.add_key(*chain.last().unwrap(), key, true).unwrap());
        }
        for (count, &id) in chain.iter().enumerate() {
            assert_eq!(shapes.get(id).slot_count() as usize, count);
            for (i, &key) in keys.iter().enumerate() {
                assert_eq!(shapes.lookup(id, key), (i < count).then_some(i as u32));
            }
        }
        // A fork from the middle of the chain.
        let fork = shapes.add_key(chain[20], keys[59], true).unwrap();
        assert_eq!(shapes.lookup(fork, keys[59]), Some(20));
        assert_eq!(shapes.lookup(fork, keys[20]), None);
        assert_eq!(shapes.lookup(chain[60], keys[20]), Some(20));
    }

    #[test]
    fn computed_keys_stop_making_shapes() {
        let m = &mut mutator();
        let keys: Vec<Str> = (0..100).map(|i| m.intern(format!("c{i}").as_bytes())).collect();
        let shapes = m.heap().shapes();
        let root = shapes.root(1);
        let made = keys.iter().filter(|&&k| shapes.add_key(root, k, false).is_some()).count();
        assert_eq!(made, COMPUTED_TRANSITIONS_MAX);
        let mut id = root;
        for (i, &key) in keys[..13].iter().enumerate() {
            match shapes.add_key(id, key, false) {
                Some(next) => id = next,
                None => assert_eq!(i, COMPUTED_SLOTS_MAX as usize),
            }
        }
        assert_eq!(shapes.get(id).slot_count(), COMPUTED_SLOTS_MAX);
        assert!(shapes.add_key(id, keys[50], true).is_some());
    }

    #[test]
    fn pins_keep_shapes_and_collections_free_the_rest() {
        let m = &mut mutator();
        let key = m.field_name(b"pinned");
        let other = m.field_name(b"other");
        let heap = m.shared_heap().clone();
        let shapes = heap.shapes();
        let root = shapes.root(1);
        let kept = shapes.add_key(root, key, true).unwrap();
        let pin = shapes.pin(kept);
        let gone = shapes.add_key(kept, other, true).unwrap();
        // Shapes made since the last collection survive it.
        m.collect_full();
        assert!(shapes.find(gone).is_some());
        m.collect_full();
        assert!(shapes.find(gone).is_none());
        assert_eq!(pin.id(), kept);
        assert_eq!(shapes.transition_for(root, key), Some((kept, 0)));
        assert_eq!(shapes.transition_for(kept, other), None);
        assert_eq!(shapes.id_supply().0, 1);
        shapes.reuse_dead_ids();
        let other = m.field_name(b"other");
        assert_eq!(shapes.add_key(kept, other, true), Some(gone));
        drop(pin);
        m.collect_full();
        m.collect_full();
        assert!(shapes.find(kept).is_none());
        assert!(shapes.find(root).is_some());
    }
}
