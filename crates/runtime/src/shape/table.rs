//! The table of all shapes: making, finding and freeing them.

use super::keys::KeyList;
use super::kinds::Kinds;
use super::promises::Promises;
use super::{
    COMPUTED_SLOTS_MAX, INLINE_CAPACITY_MAX, METATABLES_MAX, NO_SLOT, PinnedShape, SLOTS_MAX, Shape,
    ShapeMeta,
};
use crate::assumption::{Assumption, Assumptions};
use crate::heap::mark::Marker;
use crate::mutator::Mutator;
use crate::string::Str;
use crate::table::Table;
use crate::value::Value;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A key that no code names makes no transition from a shape that has this many already. Arbitrary; it bounds what tables
/// with one or two computed keys each can cost.
const COMPUTED_TRANSITIONS_MAX: usize = 64;
/// Number of ids. The array of pointers is reserved whole and touched as it is used.
const SHAPES_MAX: usize = if cfg!(miri) { 1 << 12 } else { 1 << 22 };
/// The key of the hidden slot, and of the transition to it.
const HIDDEN: u64 = Value::MARK.bits();
/// The key of a root's transition to its dictionary shape.
const DICTIONARY: u64 = Value::MARK2.bits();

/// All shapes of a heap.
pub struct ShapeTable {
    /// Null for ids that are not in use.
    shapes: Box<[AtomicPtr<Shape>]>,
    /// By inline capacity; 0 where there is none yet.
    roots: Box<[AtomicU32; INLINE_CAPACITY_MAX + 1]>,
    is_recycling: AtomicBool,
    /// Counts recyclings of ids.
    generation: AtomicU32,
    /// Counts the changes of class tables that somebody relied on.
    pub(crate) class_epoch: AtomicU32,
    /// Who is told when a class, a global or this table breaks a promise.
    pub(crate) assumptions: Assumptions,
    /// Whether any table has ever had the key `__eq`.
    has_equality: AtomicBool,
    /// What slots have held.
    pub(super) kinds: Kinds,
    state: Mutex<TableState>,
}

struct TableState {
    next_id: u32,
    unused: Vec<u32>,
    /// Ids of freed shapes that feedback may still hold.
    dead: Vec<u32>,
    /// Ids that the running collection recycles.
    recycled: Vec<u32>,
    /// How many dead ids make recycling worthwhile.
    recycle_min: usize,
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
    class: Option<Arc<Promises>>,
}

/// The key under which a metatable says when tables are equal.
const EQUALITY: &[u8] = b"__eq";

/// The first id that is no root's: ids below, but 0, are those of the shapes without keys and metatable.
pub const ROOT_IDS_END: u32 = INLINE_CAPACITY_MAX as u32 + 2;
/// The ids from that one to this are of the roots' dictionary shapes: tables with string keys in the hash part, without
/// metatable. Compiled code knows them by that.
pub const DICTIONARY_IDS_END: u32 = ROOT_IDS_END + INLINE_CAPACITY_MAX as u32 + 1;

impl ShapeTable {
    /// A table without shapes.
    pub(crate) fn new() -> ShapeTable {
        ShapeTable {
            shapes: null_pointers(SHAPES_MAX),
            roots: Box::new([const { AtomicU32::new(0) }; INLINE_CAPACITY_MAX + 1]),
            is_recycling: AtomicBool::new(false),
            generation: AtomicU32::new(0),
            class_epoch: AtomicU32::new(0),
            assumptions: Assumptions::default(),
            has_equality: AtomicBool::new(false),
            kinds: Kinds::new(),
            state: Mutex::new(TableState {
                next_id: DICTIONARY_IDS_END,
                unused: Vec::new(),
                dead: Vec::new(),
                recycled: Vec::new(),
                recycle_min: SHAPES_MAX / 8,
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

    /// Whether an id that was a shape's when the last recycling of ids began is one's still. What remembers shapes without
    /// keeping them alive asks before it gives one to a table.
    #[inline(always)]
    pub fn is_alive(&self, id: u32) -> bool {
        self.find(id).is_some()
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

    /// Whether a table of shape `old` may be given `new`: it has one key more, or another metatable that shapes know.
    pub(crate) fn is_step(&self, old: u32, new: u32) -> bool {
        let (old, new) = (self.get(old), self.get(new));
        if new.parent == old.id {
            return true;
        }
        let is_plain = |s: &Shape| !s.is_dictionary && s.class.is_none() && s.hidden_slot == NO_SLOT;
        let key = |s: &Shape, slot: usize| s.keys.keys[slot].load(Relaxed);
        is_plain(old)
            && is_plain(new)
            && old.inline_capacity == new.inline_capacity
            && old.slot_count == new.slot_count
            && (0..old.slot_count as usize).all(|slot| key(old, slot) == key(new, slot))
    }

    fn add(&self, new: NewShape) -> Option<u32> {
        self.add_as(None, new)
    }

    /// Adds a shape, with that id if one is given; it may be there already then.
    fn add_as(&self, id: Option<u32>, new: NewShape) -> Option<u32> {
        let mut state = self.state();
        let unused = if id.is_none() { state.unused.pop() } else { None };
        let id = match id.or(unused) {
            Some(id) if self.is_alive(id) => return Some(id),
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
            with_hidden: AtomicU32::new(0),
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
    pub fn root(&self, inline_capacity: usize) -> u32 {
        match self.roots[inline_capacity].load(Acquire) {
            0 => self.root_slow(inline_capacity),
            id => id,
        }
    }

    #[cold]
    fn root_slow(&self, inline_capacity: usize) -> u32 {
        let id = inline_capacity as u32 + 1;
        let root = NewShape {
            slot_count: 0,
            inline_capacity: inline_capacity as u32,
            is_dictionary: false,
            hidden_slot: NO_SLOT,
            metatable: Value::NIL.bits(),
            parent: 0,
            keys: Arc::new(KeyList::new(4)),
            class: None,
        };
        self.add_as(Some(id), root).expect("the id is there for it");
        self.roots[inline_capacity].store(id, Release);
        id
    }

    /// The shape that a table of `shape` gets when `key`, which it does not have, is added. `None` if the table should go
    /// to dictionary mode instead.
    pub(crate) fn add_key(&self, shape: u32, key: Str, named: bool) -> Option<u32> {
        let shape = self.get(shape);
        if shape.is_dictionary || shape.slot_count >= SLOTS_MAX {
            return None;
        }
        debug_assert!(self.has_equality() || !is_equality(key), "see `Mutator::note_key`");
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

    /// Whether any table has ever had the key `__eq`. As long as none has, tables are equal only to themselves; when one
    /// gets it the class epoch changes.
    #[inline]
    pub fn has_equality(&self) -> bool {
        self.has_equality.load(Relaxed)
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
            keys: Arc::new(shape.keys.fork(shape.slot_count as usize)),
            class: Some(Arc::new(Promises::new())),
        })
    }

    /// A class shape with these keys and the metatable of the dictionary shape `shape`, whose hidden slot, if it has one,
    /// comes first.
    pub(crate) fn class_root(&self, shape: u32, keys: &[Str]) -> Option<u32> {
        let shape = self.get(shape);
        let hidden = (shape.hidden_slot != NO_SLOT) as usize;
        let count = hidden + keys.len();
        let list = KeyList::new(count * 2 + 4);
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
            class: Some(Arc::new(Promises::new())),
        })
    }

    /// The dictionary shape of tables with this inline capacity and no metatable; `None` if there are no more ids.
    pub fn dictionary_root(&self, inline_capacity: usize) -> Option<u32> {
        self.dictionary_of(self.root(inline_capacity))
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
                    let id = self.add_as(Some(ROOT_IDS_END + new.inline_capacity), new)?;
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
        let id = match transitions.get(HIDDEN) {
            Some(id) => id,
            None => {
                let mut new = shape.extended(HIDDEN);
                new.hidden_slot = shape.slot_count;
                new.metatable = Value::NIL.bits();
                let id = self.add(new)?;
                transitions.insert(HIDDEN, id);
                id
            }
        };
        if transitions.metatables >= METATABLES_MAX {
            shape.with_hidden.store(id, Release);
        }
        Some(id)
    }

    /// The shape that a table of this shape gets with a metatable, if that has to be in a slot and this is known without a lock:
    /// tables that shapes know are class tables.
    fn known_hidden(&self, shape: &Shape, metatable: Option<Table>) -> Option<u32> {
        let id = shape.with_hidden.load(Acquire);
        (id != 0 && metatable.is_some_and(|t| !t.is_class())).then_some(id)
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
            if let Some(id) = self.known_hidden(shape, metatable) {
                return Some((id, Some(shape.slot_count)));
            }
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

    /// The shape that tables of this shape get with a metatable, if that shape alone says all: the metatable is a class
    /// table, and the table is none.
    pub fn with_known_metatable(&self, id: u32, metatable: Table) -> Option<u32> {
        if !metatable.is_class() || self.get(id).is_class() || self.needs_hidden_slot(id, Some(metatable)) {
            return None;
        }
        match self.with_metatable(id, Some(metatable))? {
            (shape, None) => Some(shape),
            (_, Some(_)) => None,
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
        if self.known_hidden(shape, metatable).is_some() {
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

    /// Whether the running full collection lets ids of freed shapes be used again, so that whatever holds shape ids without
    /// keeping the shapes alive (feedback) has to be reset.
    #[inline]
    pub fn is_recycling(&self) -> bool {
        self.is_recycling.load(Relaxed)
    }

    /// How often ids have been recycled. Who notes a shape id in feedback that he read before he allocated looks whether
    /// this is still the same number: another shape may have the id else.
    #[inline]
    pub fn generation(&self) -> u32 {
        self.generation.load(Relaxed)
    }

    /// Lets the next full collection recycle ids, whether it is time or not.
    #[cfg(test)]
    pub(crate) fn request_recycling(&self) {
        self.state().recycle_min = 1;
    }

    /// Number of ids of freed shapes that are not used again yet, and of ids that were never used.
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
        let mut state = self.state();
        if minor {
            for shape in state.recent.iter().filter_map(|&id| self.find(id)) {
                self.visit(shape, marker);
            }
            return;
        }
        if state.dead.len() >= state.recycle_min {
            // These died in earlier collections, so nothing but feedback can hold them.
            state.recycled = std::mem::take(&mut state.dead);
            self.is_recycling.store(true, Relaxed);
            self.generation.fetch_add(1, Relaxed);
        }
        let roots = self.roots.iter().map(|root| root.load(Relaxed));
        let dictionaries = ROOT_IDS_END..DICTIONARY_IDS_END;
        for id in roots.chain(dictionaries).chain(state.recent.iter().copied()) {
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
        let mut recycled = std::mem::take(&mut state.recycled);
        state.unused.append(&mut recycled);
        self.is_recycling.store(false, Relaxed);
        let used = state.next_id;
        // All shapes marked in this collection carry the same tag, and roots are always among them.
        let Some(tag) =
            self.roots.iter().find_map(|r| self.find(r.load(Relaxed))).map(|s| s.marked.load(Relaxed))
        else {
            return;
        };
        let is_live = |id: u32| self.find(id).is_some_and(|s| s.marked.load(Relaxed) == tag);
        for id in (1..used).filter(|&id| is_live(id)) {
            let shape = self.get(id);
            let mut transitions = shape.transitions();
            transitions.retain(is_live);
            if transitions.metatables < METATABLES_MAX || transitions.get(HIDDEN).is_none() {
                shape.with_hidden.store(0, Relaxed);
            }
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

#[inline(always)]
fn is_equality(key: Str) -> bool {
    key.len() == EQUALITY.len() && key.bytes_flat() == Some(EQUALITY)
}

impl Mutator {
    /// To be called before some table is given a key.
    #[inline]
    pub(crate) fn note_key(&mut self, key: Str) {
        if is_equality(key) && !self.heap().shapes().has_equality() {
            self.note_equality();
        }
    }

    /// Whether [`Mutator::note_key`] has nothing to do for a key.
    #[inline]
    pub(crate) fn is_noted(&self, key: Value) -> bool {
        Str::from_value(key).is_none_or(|s| !is_equality(s)) || self.heap().shapes().has_equality()
    }

    #[cold]
    #[inline(never)]
    fn note_equality(&mut self) {
        let heap = self.shared_heap().clone();
        self.stop_to_break(|| {
            let shapes = heap.shapes();
            shapes.has_equality.store(true, Relaxed);
            shapes.class_epoch.fetch_add(1, Relaxed);
            shapes.assumptions.broken(Assumption::NO_EQUALITY);
        });
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
            let keys = self.keys.fork(count);
            let is_extended = keys.extend(count, key);
            debug_assert!(is_extended, "a fork has room for more");
            new.keys = Arc::new(keys);
        }
        new.slot_count += 1;
        new
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
        shapes.request_recycling();
        let generation = shapes.generation();
        m.collect_full();
        assert!(!shapes.is_recycling());
        assert_ne!(shapes.generation(), generation);
        assert_eq!(shapes.id_supply().0, 0);
        let other = m.field_name(b"other");
        assert_eq!(shapes.add_key(kept, other, true), Some(gone));
        drop(pin);
        m.collect_full();
        m.collect_full();
        assert!(shapes.find(kept).is_none());
        assert!(shapes.find(root).is_some());
    }
}
