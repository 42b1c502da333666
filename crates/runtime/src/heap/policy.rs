//! When to collect, how much, and what to keep: every number that decides about memory.
//!
//! A minor collection runs when the young budget is used up; a full one instead if the survivors have grown enough since
//! the last full one. Memory at its highest is thus about `FULL_GROWTH` times what is alive, plus one young budget.

use std::time::Duration;

/// Addresses reserved for objects. Fewer are taken where the system refuses.
pub(crate) const REGION_BYTES: usize = if cfg!(miri) { 16 << 20 } else { 64 << 30 };
/// A heap does not start with less.
pub(crate) const REGION_BYTES_MIN: usize = 16 << 20;
/// Young budget of small heaps. Measured with 48-byte objects on a core with 2 MB of L2: building and dropping trees
/// takes 13 ns a node with 8 MB, 16 with 2 MB, 19 with 512 KB; objects that die at once take 3.6, 3.0 and 2.8 ns.
const YOUNG_BYTES_MIN: usize = 8 << 20;
/// Young budget of large heaps: a minor collection that marks this much in small objects stays near 10 ms.
const YOUNG_BYTES_MAX: usize = 32 << 20;
/// The young budget is this part of the live bytes, between the two bounds.
const YOUNG_SHARE: usize = 8;
/// A minor collection that cost more than this shortens the young budget in proportion, so that the next one does not: what
/// survives, not what is allocated, costs time. Well below the 10 ms that a person would notice in an animation.
const COST_LONG: Duration = Duration::from_millis(4);
/// One that cost less than this lets the budget grow again, by a quarter.
const COST_SHORT: Duration = Duration::from_millis(2);
/// However long they take, the budget stays above this.
const YOUNG_BYTES_FLOOR: usize = 1 << 20;
/// A full collection runs when the live bytes have grown by this factor (in tenths) since the last one.
const FULL_GROWTH_TENTHS: usize = 17;
/// More mutators than this count as so many: what one of them allocates matters less and less.
pub(crate) const MUTATORS_MAX: usize = 8;
/// No full collection below this for each mutator.
const FULL_BYTES_MIN: usize = 12 << 20;
/// A block with fewer free bytes than this is left alone: a visit would cost more than the cells are worth.
pub(crate) const AVAILABLE_BYTES_MIN: usize = crate::heap::block::BLOCK_BYTES / 16;
/// Memory behind free blocks that is kept for the next allocations: at least this for each mutator, and this part of the live
/// bytes ...
const SPARE_BYTES_MIN: usize = 16 << 20;
const SPARE_SHARE: usize = 4;
/// ... and of what is above that all but this part is kept for the next collection to decide: a program whose tables come and
/// go would otherwise have the system clear the same pages again and again (a sixth of its time was seen).
const SPARE_DECAY: usize = 32;
/// At the heap limit a full collection is tried again after this part of the limit has been allocated.
const LIMIT_RETRY_SHARE: usize = 32;
/// Above the limit by more than this part of it, a full collection is tried for every new block.
const LIMIT_EXCESS_SHARE: usize = 16;
/// Size of the processor's large pages.
pub(crate) const LARGE_PAGE_BYTES: usize = if cfg!(miri) { crate::heap::block::BLOCK_BYTES } else { 2 << 20 };
/// Large pages are asked for beyond this many bytes of heap, so that small heaps stay small ...
pub(crate) const LARGE_PAGE_HEAP_BYTES: usize = 32 << 20;
/// ... and in steps of this.
pub(crate) const LARGE_PAGE_STEP_BYTES: usize = 16 << 20;
/// Memory is put behind new blocks in pieces of this share of the heap: a page by itself costs several times as much (with
/// objects that die at once, half of the first 8 ms of a program was seen to go there) ...
pub(crate) const POPULATE_SHARE: usize = 4;
/// ... but at least of this many bytes ...
pub(crate) const POPULATE_BYTES_MIN: usize = 4 * crate::heap::block::BLOCK_BYTES;
/// ... at most of this many ...
pub(crate) const POPULATE_BYTES_MAX: usize = 32 * crate::heap::block::BLOCK_BYTES;
/// ... and not below this size of the heap, so that programs that need little start as fast as they can.
pub(crate) const POPULATE_HEAP_BYTES: usize = 16 * crate::heap::block::BLOCK_BYTES;
/// Under stress every so many collections are full ones.
pub(crate) const STRESS_FULL_EVERY: u64 = 8;

/// What kind of collection to run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Collection {
    /// Young objects only.
    Minor,
    /// Everything.
    Full,
}

/// What a collection cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Processor time: unlike the pause it does not depend on what else the machine does.
    pub(crate) time: Duration,
    /// Bytes of large old storages that had to be looked through again because something was stored there. That part of
    /// the time is the same whatever the young budget is.
    pub(crate) rescanned_bytes: usize,
}

/// The pace of a heap: what the last collection decided about the next one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    fixed_young_bytes: usize,
    full_at_bytes: usize,
    /// Mutators that allocate, each with a young budget of its own.
    mutators: usize,
    /// Bytes to allocate before the next collection.
    pub(crate) young_bytes: usize,
    /// The most that the cost of minor collections allows `young_bytes` to be.
    young_bytes_cap: usize,
    /// What was alive after the last collection.
    live_bytes: usize,
    /// What the next collection should be.
    pub(crate) next: Collection,
}

impl Pace {
    /// The pace of an empty heap; `fixed_young_bytes` is the host's choice, 0 for none.
    pub(crate) fn new(fixed_young_bytes: usize) -> Pace {
        let mut pace = Pace {
            fixed_young_bytes,
            full_at_bytes: FULL_BYTES_MIN,
            mutators: 1,
            young_bytes: 0,
            young_bytes_cap: YOUNG_BYTES_MAX,
            live_bytes: 0,
            next: Collection::Minor,
        };
        pace.set_young_bytes(0);
        pace
    }

    /// So many mutators allocate from now on.
    pub(crate) fn set_mutators(&mut self, count: usize) {
        self.mutators = count.max(1);
        self.full_at_bytes = self.full_at_bytes.max(FULL_BYTES_MIN * self.mutators);
    }

    /// Takes note of a collection after which `live_bytes` are alive, external bytes included.
    pub(crate) fn after(&mut self, done: Collection, live_bytes: usize, cost: Cost) {
        if done == Collection::Minor {
            self.follow_cost(live_bytes.saturating_sub(self.live_bytes), cost);
        }
        self.live_bytes = live_bytes;
        if done == Collection::Full {
            self.full_at_bytes = (live_bytes / 10 * FULL_GROWTH_TENTHS).max(FULL_BYTES_MIN * self.mutators);
        }
        self.next = if live_bytes >= self.full_at_bytes { Collection::Full } else { Collection::Minor };
        self.set_young_bytes(live_bytes);
    }

    /// Adapts the cap of the young budget to a minor collection that `survived_bytes` survived.
    fn follow_cost(&mut self, survived_bytes: usize, cost: Cost) {
        if cost.time < COST_SHORT {
            self.young_bytes_cap = (self.young_bytes_cap / 4 * 5).min(YOUNG_BYTES_MAX);
        }
        if cost.time <= COST_LONG {
            return;
        }
        // A byte of survivors and a byte looked through again cost about the same.
        let traced_bytes = (survived_bytes + cost.rescanned_bytes).max(1);
        let fixed = cost.time.mul_f64(cost.rescanned_bytes as f64 / traced_bytes as f64);
        let variable = cost.time - fixed;
        // Where the fixed part is long, collecting more often than makes the rest as long as that would gain little.
        let allowed = COST_LONG.saturating_sub(fixed).max(fixed);
        if variable > allowed {
            let share = allowed.as_secs_f64() / variable.as_secs_f64();
            self.young_bytes_cap = ((self.young_bytes as f64 * share) as usize).max(YOUNG_BYTES_FLOOR);
        }
    }

    fn set_young_bytes(&mut self, live_bytes: usize) {
        self.young_bytes = match self.fixed_young_bytes {
            0 => (live_bytes / YOUNG_SHARE).clamp(YOUNG_BYTES_MIN, YOUNG_BYTES_MAX).min(self.young_bytes_cap),
            fixed => fixed,
        };
    }
}

/// How much of `free_bytes` of memory behind free blocks is kept when `live_bytes` are alive and so many mutators allocate.
pub(crate) fn spare_bytes(live_bytes: usize, free_bytes: usize, mutators: usize) -> usize {
    (live_bytes / SPARE_SHARE).max(SPARE_BYTES_MIN * mutators).max(free_bytes - free_bytes / SPARE_DECAY)
}

/// Whether a full collection is worth its time when `used_bytes` are above the heap limit and `since_full_bytes` were
/// allocated since the last one. Where it is not, small objects go above the limit for a while, because only a full
/// collection can tell whether the script still holds all that.
pub(crate) fn is_full_worthwhile(limit_bytes: usize, used_bytes: usize, since_full_bytes: usize) -> bool {
    since_full_bytes >= limit_bytes / LIMIT_RETRY_SHARE
        || used_bytes - limit_bytes.min(used_bytes) >= limit_bytes / LIMIT_EXCESS_SHARE
            && since_full_bytes > 0
}

/// The heap limit if the host gives none: three quarters of the memory that this process may use.
pub(crate) fn default_limit_bytes() -> usize {
    physical_bytes().map_or(REGION_BYTES / 2, |bytes| bytes / 4 * 3)
}

#[cfg(not(miri))]
fn physical_bytes() -> Option<usize> {
    // SAFETY: `sysconf` has no preconditions.
    let (pages, page_bytes) =
        unsafe { (libc::sysconf(libc::_SC_PHYS_PAGES), libc::sysconf(libc::_SC_PAGESIZE)) };
    let machine = usize::try_from(pages).ok()?.checked_mul(usize::try_from(page_bytes).ok()?)?;
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|s| s.trim().parse().ok());
    Some(machine.min(group.unwrap_or(usize::MAX)))
}

#[cfg(miri)]
fn physical_bytes() -> Option<usize> {
    None
}

/// The processor time that this thread has used.
#[cfg(not(miri))]
pub fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the function writes the time, or nothing if the clock did not exist.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Under Miri nothing takes time.
#[cfg(miri)]
pub fn thread_time() -> Duration {
    Duration::ZERO
}

/// Adds a pause to a maximum and a total.
pub(crate) fn note_pause(pause: Duration, max: &mut Duration, total: &mut Duration) {
    *max = (*max).max(pause);
    *total += pause;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(milliseconds: u64, rescanned_bytes: usize) -> Cost {
        Cost { time: Duration::from_millis(milliseconds), rescanned_bytes }
    }

    #[test]
    fn full_collections_follow_growth() {
        let mut pace = Pace::new(0);
        assert_eq!((pace.next, pace.young_bytes), (Collection::Minor, YOUNG_BYTES_MIN));
        let quick = cost(3, 0);
        pace.after(Collection::Minor, 100 << 20, quick);
        assert_eq!((pace.next, pace.young_bytes), (Collection::Full, (100 << 20) / YOUNG_SHARE));
        pace.after(Collection::Full, 90 << 20, quick);
        assert_eq!(pace.next, Collection::Minor);
        pace.after(Collection::Minor, 150 << 20, quick);
        assert_eq!(pace.next, Collection::Minor);
        pace.after(Collection::Minor, 154 << 20, quick);
        assert_eq!(pace.next, Collection::Full);
        pace.after(Collection::Full, 1 << 40, quick);
        assert_eq!(pace.young_bytes, YOUNG_BYTES_MAX);
    }

    #[test]
    fn long_pauses_shorten_the_young_budget() {
        let mut pace = Pace::new(0);
        pace.after(Collection::Minor, 1 << 20, cost(20, 0));
        assert_eq!(pace.young_bytes, YOUNG_BYTES_MIN / 5);
        pace.after(Collection::Minor, 1 << 20, cost(1000, 0));
        assert_eq!(pace.young_bytes, YOUNG_BYTES_FLOOR);
        for _ in 0..20 {
            pace.after(Collection::Minor, 1 << 20, cost(1, 0));
        }
        assert_eq!(pace.young_bytes, YOUNG_BYTES_MIN);
    }

    #[test]
    fn what_is_looked_through_again_shortens_no_budget() {
        let mut pace = Pace::new(0);
        pace.after(Collection::Minor, 1 << 20, cost(20, 1 << 20));
        assert_eq!(pace.young_bytes, YOUNG_BYTES_MIN);
        pace.after(Collection::Minor, 1 << 20, cost(20, 1 << 20));
        assert_eq!(pace.young_bytes, YOUNG_BYTES_MIN);
        // A quarter of 20 ms is fixed; the rest is to become as short.
        pace.after(Collection::Minor, 4 << 20, cost(20, 1 << 20));
        assert_eq!(pace.young_bytes, YOUNG_BYTES_MIN / 3);
    }

    #[test]
    fn host_fixes_young_budget() {
        let quick = cost(3, 0);
        let mut pace = Pace::new(4096);
        pace.after(Collection::Full, 1 << 30, quick);
        assert_eq!(pace.young_bytes, 4096);
    }
}
