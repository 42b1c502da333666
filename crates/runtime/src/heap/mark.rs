//! Marking: from the roots to everything they reach, without recursion.
//!
//! An object is *visited* wherever a reference to it is found: the first visit sets its mark bit and pushes it (of several
//! markers each may be the first, see `gather.rs`). It is *traced* when it is popped: its kind says where its references
//! are. Between pop and trace an object waits in a short queue while the processor fetches its header. Long runs of words
//! are not expanded at once but kept as ranges, so that the mark stack stays small whatever the shape of the heap.
//!
//! Mark bits are sticky: a minor collection leaves those of old objects set, so that visiting an old object ends at once.
//! A full collection has cleared them all before it starts, and keeps the old ones aside for conservative scans.

use crate::heap::Heap;
use crate::heap::block::Map;
use crate::heap::conservative;
use crate::heap::foreign::ForeignObject;
use crate::heap::gather::Gathered;
use crate::heap::share::{Pool, Work};
use crate::object::{COLOR_OLD, COLOR_YOUNG, Header, Kind, Word};
use crate::value::{Value, pointer_to_address};
use crate::{closure, rope, string, table};
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Objects between pop and trace. 8 hide most of a cache miss at about 10 ns of work per object.
const QUEUE_LENGTH: usize = 8;
/// Runs of words longer than this become ranges ...
const RANGE_WORDS_MIN: usize = 256;
/// ... which are worked off in pieces of this many words.
const RANGE_PIECE_WORDS: usize = 128;
/// Objects that a marker traces between two looks whether another one has nothing to do.
const SHARE_EVERY: u32 = 32;
/// A marker with fewer waiting objects keeps them.
const SHARE_MIN: usize = 4;
/// A mark stack that has grown larger than this is not kept for the next collection.
const STACK_KEPT_MAX: usize = 1 << 16;

/// The collector's front: whoever traces an object or a root visits its references here.
pub struct Marker {
    map: Map,
    heap: NonNull<Heap>,
    is_minor: bool,
    number: u64,
    stack: Vec<NonNull<Header>>,
    ranges: Vec<(*const Word, usize)>,
    marks_before: Option<Arc<Vec<u64>>>,
    /// If other threads mark at the same time: marks that are not entered yet.
    gathered: Option<Gathered>,
}

// SAFETY: a marker is the collection's, and what it refers to stays where it is until that ends.
unsafe impl Send for Marker {}
// SAFETY: through a shared reference nothing of it changes.
unsafe impl Sync for Marker {}

impl Marker {
    /// A marker for one collection. `marks_before` are the marks that a full collection has cleared; `stack` is memory of
    /// an earlier marker.
    pub(crate) fn new(
        heap: &Heap,
        number: u64,
        marks_before: Option<Vec<u64>>,
        stack: Vec<NonNull<Header>>,
    ) -> Marker {
        debug_assert!(stack.is_empty());
        Marker {
            map: *heap.map(),
            heap: NonNull::from(heap),
            is_minor: marks_before.is_none(),
            number,
            stack,
            ranges: Vec::new(),
            marks_before: marks_before.map(Arc::new),
            gathered: None,
        }
    }

    /// Another marker of the same collection, for another thread.
    pub(crate) fn sibling(&self) -> Marker {
        Marker {
            map: self.map,
            heap: self.heap,
            is_minor: self.is_minor,
            number: self.number,
            stack: Vec::new(),
            ranges: Vec::new(),
            marks_before: self.marks_before.clone(),
            gathered: Some(Gathered::new()),
        }
    }

    /// Gives the memory of the mark stack back for the next marker.
    pub(crate) fn into_stack(mut self) -> Vec<NonNull<Header>> {
        self.stack.clear();
        self.stack.shrink_to(STACK_KEPT_MAX);
        self.stack
    }

    /// Visits the object that a value refers to, if it is a reference.
    #[inline(always)]
    pub fn visit(&mut self, v: Value) {
        if let Some(object) = v.reference() {
            self.visit_object(object);
        }
    }

    /// Visits an object. One outside the heap's region is taken for immortal and without references.
    #[inline(always)]
    pub fn visit_object(&mut self, object: NonNull<Header>) {
        self.visit_in(self.map, object);
    }

    /// As [`Marker::visit_object`]; `map` is the marker's, for loops that keep it in registers.
    #[inline(always)]
    fn visit_in(&mut self, map: Map, object: NonNull<Header>) {
        let offset = map.offset(pointer_to_address(object.as_ptr()) as usize);
        if !map.is_inside(offset) {
            return;
        }
        let word = map.mark_word(offset >> 10);
        let bit = 1 << (offset >> 4 & 63);
        let old = word.load(Relaxed);
        // Most visits find an object that is marked, so whether others mark it at the same time is asked last.
        if old & bit != 0 {
            return;
        }
        if self.gathered.is_some() {
            return self.visit_shared(object, offset);
        }
        word.store(old | bit, Relaxed);
        self.stack.push(object);
    }

    /// Visits an object that may be unmarked while others mark.
    #[inline(never)]
    fn visit_shared(&mut self, object: NonNull<Header>, offset: usize) {
        if let Some(gathered) = &mut self.gathered
            && gathered.mark(&self.map, offset)
        {
            self.stack.push(object);
        }
    }

    /// Visits the values of `count` words from `words` on. Long runs are worked off piece by piece.
    ///
    /// # Safety
    /// The words lie in a live object or a root, are initialised, and stay in place during the collection.
    #[inline(always)]
    pub unsafe fn visit_words(&mut self, words: *const Word, count: usize) {
        if count > RANGE_WORDS_MIN {
            self.ranges.push((words, count));
            return;
        }
        for i in 0..count {
            // SAFETY: as the caller says.
            self.visit(unsafe { (*words.add(i)).load() });
        }
    }

    /// Visits every object that a word in `from..to` may refer to, be it an address or a value, to the start of an object
    /// or into it.
    ///
    /// # Safety
    /// The addresses delimit readable memory.
    pub unsafe fn scan_conservative(&mut self, from: usize, to: usize) {
        // SAFETY: as the caller says.
        unsafe { conservative::scan(self, from, to) }
    }

    /// Whether this is a minor collection.
    #[inline]
    pub fn is_minor(&self) -> bool {
        self.is_minor
    }

    /// The number of this collection; between collections `Heap::collection_number` is the number of the last one. What
    /// was traced in collection `n` and has not changed since refers to old objects only, and can be left out of minor
    /// collections from `n + 1` on: so a fiber that notes `Heap::collection_number` whenever it stops running has been
    /// traced since then if `Marker::collection_number` is larger by two or more.
    #[inline]
    pub fn collection_number(&self) -> u64 {
        self.number
    }

    /// The heap. The lifetime is the caller's choice; it must end with the collection.
    #[inline]
    pub(crate) fn heap<'a>(&self) -> &'a Heap {
        // SAFETY: the collector holds the heap for as long as the marker exists.
        unsafe { self.heap.as_ref() }
    }

    /// The map of the heap.
    #[inline]
    pub(crate) fn map(&self) -> &Map {
        &self.map
    }

    /// The marks from before a full collection.
    #[inline]
    pub(crate) fn marks_before(&self) -> Option<&[u64]> {
        self.marks_before.as_ref().map(|marks| &marks[..])
    }

    /// Whether an object has been visited, or is old in a minor collection.
    #[inline]
    pub(crate) fn is_marked(&self, object: NonNull<Header>) -> bool {
        let offset = self.map.offset(pointer_to_address(object.as_ptr()) as usize);
        !self.map.is_inside(offset) || self.map.is_marked(offset)
    }

    /// Traces visited objects until there are none left.
    pub(crate) fn drain(&mut self) {
        self.drain_while::<false>(u32::MAX, None);
        debug_assert!(self.is_empty());
    }

    /// Whether nothing waits to be traced.
    fn is_empty(&self) -> bool {
        self.stack.is_empty() && self.ranges.is_empty()
    }

    /// Traces until there is nothing left, here and at the others that share the pool. `is_busy`: it has something to begin
    /// with.
    pub(crate) fn drain_shared(&mut self, pool: &Pool, is_busy: bool) {
        let mut is_busy = is_busy;
        loop {
            while !self.is_empty() {
                self.drain_some(u32::MAX, Some(pool));
            }
            if let Some(gathered) = &mut self.gathered {
                gathered.enter(&self.map);
            }
            match pool.take(is_busy) {
                Some(work) => {
                    self.stack = work.objects;
                    self.ranges = work.ranges;
                    is_busy = true;
                }
                None => return,
            }
        }
    }

    /// Gives a part of what waits to whoever has nothing. Until it has done so for the first time, a marker that began with all
    /// the work is alone, and marks as such: who could help may be asleep, or have no processor.
    #[cold]
    #[inline(never)]
    fn share(&mut self, pool: &Pool) {
        let mut work = Work::default();
        if self.stack.len() >= SHARE_MIN {
            // What was found first leads farthest.
            work.objects = self.stack.drain(..self.stack.len() / 2).collect();
        } else if self.ranges.len() > 1 {
            work.ranges.push(self.ranges.swap_remove(0));
        } else if let Some((words, count)) = self.ranges.pop() {
            let kept = count / 2;
            // SAFETY: still within the range.
            work.ranges.push((unsafe { words.add(kept) }, count - kept));
            self.ranges.push((words, kept));
        } else {
            return;
        }
        self.gathered.get_or_insert_with(Gathered::new);
        pool.put(work);
    }

    /// Traces visited objects, about `count_max` of them. True: nothing is left.
    pub(crate) fn drain_some(&mut self, count_max: u32, pool: Option<&Pool>) -> bool {
        self.drain_while::<true>(count_max, pool)
    }

    /// As [`Marker::drain_some`], or all without counting: for a marker that is alone.
    // PERF: inlined, so that the one that is alone counts nothing: 9 of 24 instructions for a string in an array.
    #[inline(always)]
    fn drain_while<const COUNTS: bool>(&mut self, count_max: u32, pool: Option<&Pool>) -> bool {
        let mut left = count_max;
        let mut until_look = SHARE_EVERY;
        let mut queue: [Option<NonNull<Header>>; QUEUE_LENGTH] = [None; QUEUE_LENGTH];
        let mut waiting = 0;
        let mut at = 0;
        loop {
            let popped = self.stack.pop();
            match popped {
                Some(object) => {
                    prefetch(object);
                    waiting += 1;
                }
                None if waiting == 0 => {
                    if !self.expand_range() {
                        return true;
                    }
                    continue;
                }
                None => {}
            }
            if let Some(object) = std::mem::replace(&mut queue[at], popped) {
                waiting -= 1;
                // SAFETY: only live objects are visited.
                unsafe { self.trace(object) };
                until_look -= u32::from(COUNTS);
                if COUNTS && until_look == 0 {
                    until_look = SHARE_EVERY;
                    left = left.saturating_sub(SHARE_EVERY);
                    if let Some(pool) = pool
                        && pool.is_hungry()
                    {
                        self.share(pool);
                    }
                    if left == 0 {
                        self.stack.extend(queue.into_iter().flatten());
                        return self.is_empty();
                    }
                }
            }
            at = (at + 1) % QUEUE_LENGTH;
        }
    }

    /// Bytes of the ranges that wait.
    pub(crate) fn waiting_range_bytes(&self) -> usize {
        self.ranges.iter().map(|&(_, count)| count * size_of::<Word>()).sum()
    }

    /// Visits a piece of the topmost range; false if there is none.
    fn expand_range(&mut self) -> bool {
        let Some((words, count)) = self.ranges.pop() else { return false };
        let piece = count.min(RANGE_PIECE_WORDS);
        if count > piece {
            // SAFETY: still within the range.
            self.ranges.push((unsafe { words.add(piece) }, count - piece));
        }
        // PERF: in a register for the loop, a quarter less time for long arrays: the compiler cannot know that marking and
        // pushing leave it alone.
        let map = self.map;
        for i in 0..piece {
            // SAFETY: whoever made the range vouches for its words.
            let v = unsafe { (*words.add(i)).load() };
            if let Some(object) = v.reference() {
                self.visit_in(map, object);
            }
        }
        true
    }

    /// Takes what was visited since the last call, for `verify.rs`.
    pub(crate) fn take_visited(&mut self) -> Option<NonNull<Header>> {
        while self.stack.is_empty() && self.expand_range() {}
        self.stack.pop()
    }

    /// Makes a visited object old and visits its references.
    ///
    /// # Safety
    /// The object is live.
    #[inline]
    unsafe fn trace(&mut self, object: NonNull<Header>) {
        // SAFETY: as the caller says.
        let color = &unsafe { object.as_ref() }.color;
        if color.load(Relaxed) == COLOR_YOUNG {
            color.store(COLOR_OLD, Relaxed);
        }
        // SAFETY: as the caller says.
        unsafe { self.trace_references(object) }
    }

    /// Visits the references of an object.
    ///
    /// # Safety
    /// The object is live, and initialised as its kind demands.
    #[inline]
    pub(crate) unsafe fn trace_references(&mut self, object: NonNull<Header>) {
        // SAFETY: as the caller says; each arm passes on an object of the kind that the function wants.
        unsafe {
            match object.as_ref().kind {
                Kind::BigInt | Kind::Bytes => {}
                Kind::Foreign => {
                    if self.gathered.is_none() || ForeignObject::claim(object, self.number) {
                        ForeignObject::payload(object).trace(self);
                    }
                }
                Kind::Cell => self.visit_words(object.cast::<Word>().as_ptr().add(1), 1),
                Kind::Record => {
                    let length = object.as_ref().word.load(Relaxed) as usize;
                    self.visit_words(object.cast::<Word>().as_ptr().add(1), length);
                }
                Kind::Str => string::trace(object, self),
                Kind::Rope => rope::trace(object, self),
                Kind::Table => table::trace(object, self),
                Kind::Array => table::array::trace(object, self),
                Kind::Slots => table::slots::trace(object, self),
                Kind::Hash => table::hash::trace(object, self),
                Kind::Closure => closure::trace_closure(object, self),
                Kind::Native => closure::trace_native(object, self),
                Kind::Function => closure::trace_function(object, self),
            }
        }
    }
}

/// Asks the processor to fetch the first words of an object.
#[inline(always)]
fn prefetch(object: NonNull<Header>) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a prefetch reads nothing.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(object.as_ptr().cast());
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    // SAFETY: a prefetch reads nothing.
    unsafe {
        std::arch::asm!("prfm pldl1keep, [{}]", in(reg) object.as_ptr(), options(nostack, readonly, preserves_flags));
    }
    #[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
    let _ = object;
}
