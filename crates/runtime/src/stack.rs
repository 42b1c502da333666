//! Stacks of fibers: native stacks with their primary register chunks, further register chunks, further native chunks.
//!
//! ```text
//!   one slot of 256 KB, of a reservation that is touched lazily:
//!   | guard | native stack, grows down      <- base | registers, grow up ->       |
//!   low     limit                                   64 KB below the slot's end
//! ```
//!
//! The native stack's first page and the register stack's first page are neighbours, and a small fiber touches no more
//! than these two. Slots are never unmapped: they go to a pool, the latest first, and beyond a few warm ones their pages
//! are given back to the system. The guard is one page, by `MADV_GUARD_INSTALL` where the kernel has it, because it does
//! not split the mapping; else by `mprotect`; where that fails too (too many mappings) a red zone is left instead, which
//! whoever checks `limit` respects.
//!
//! What runs on a stack is not known here; see `switch.rs` for how control gets there.

use crate::object::Word;
use crate::value::{address_to_pointer, pointer_to_address};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of a slot: two to three orders of magnitude more fibers than with stacks of threads, and room for library code.
const SLOT_BYTES: usize = 256 << 10;
/// Bytes of a slot that are register stack.
const SLOT_REGISTER_BYTES: usize = 64 << 10;
/// Bytes reserved at once for slots.
const RESERVATION_BYTES: usize = 64 << 20;
/// Free slots that keep their pages: about as many fibers as a program that makes and drops them in a loop has dropped
/// by the time of a young collection. Mostly two pages each, never more than the program has used at once.
const WARM_SLOTS_MAX: usize = 1024;
/// Native stack of a main fiber.
const MAIN_NATIVE_BYTES: usize = 8 << 20;
/// Register stack of a main fiber: about 200 000 frames of ordinary functions.
const MAIN_REGISTER_BYTES: usize = 64 << 20;
/// Left unused at the end of a stack without a guard.
const RED_ZONE_BYTES: usize = 32 << 10;
/// Smallest register chunk beside the primary one.
const CHUNK_BYTES_MIN: usize = 128 << 10;
/// Register chunks above this size are not pooled.
const CHUNK_POOLED_BYTES_MAX: usize = 64 << 20;
/// Free register chunks kept of each size.
const CHUNKS_KEPT: usize = 2;
/// Bytes of the first native chunk of a fiber beside its primary stack.
pub const NATIVE_CHUNK_BYTES: usize = 1 << 20;
/// Free native chunks kept of each size.
const NATIVE_CHUNKS_KEPT: usize = 4;

/// How much memory register chunks beside the primary ones may take, shared by all fibers of an engine. Deep recursion of
/// functions with large frames would otherwise fill the machine's memory, of which the heap's limit knows nothing.
#[derive(Debug)]
pub struct RegisterBudget {
    left_bytes: AtomicUsize,
}

impl RegisterBudget {
    /// A budget of this many bytes.
    pub fn new(bytes: usize) -> Arc<RegisterBudget> {
        Arc::new(RegisterBudget { left_bytes: AtomicUsize::new(bytes) })
    }

    fn take(&self, bytes: usize) -> bool {
        self.left_bytes.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }

    fn give(&self, bytes: usize) {
        self.left_bytes.fetch_add(bytes, Relaxed);
    }
}

/// A run of words of a register stack. Its memory goes back when it is dropped, or, for a fiber's primary chunk, with the
/// fiber's [`FiberStack`].
pub struct RegisterChunk {
    low: NonNull<Word>,
    words: usize,
    /// Where its bytes go back to; `None` for a primary chunk.
    budget: Option<Arc<RegisterBudget>>,
}

// SAFETY: a chunk is memory that its owner alone uses.
unsafe impl Send for RegisterChunk {}
// SAFETY: `&RegisterChunk` gives addresses only.
unsafe impl Sync for RegisterChunk {}

impl RegisterChunk {
    /// A chunk of at least `words` words; `None` if the budget is spent or the system has no memory.
    pub fn allocate(words: usize, budget: &Arc<RegisterBudget>) -> Option<RegisterChunk> {
        let bytes = words.checked_mul(size_of::<Word>())?.max(CHUNK_BYTES_MIN).checked_next_power_of_two()?;
        if !budget.take(bytes) {
            return None;
        }
        let chunk = RegisterChunk::map(bytes, budget);
        if chunk.is_none() {
            budget.give(bytes);
        }
        chunk
    }

    fn map(bytes: usize, budget: &Arc<RegisterBudget>) -> Option<RegisterChunk> {
        let pooled = if bytes <= CHUNK_POOLED_BYTES_MAX { lock(&REGISTER_POOL).take(bytes) } else { None };
        let low = match pooled {
            Some(address) => address,
            None => pages::map(bytes)?,
        };
        NonNull::new(address_to_pointer::<Word>(low as u64)).map(|low| RegisterChunk {
            low,
            words: bytes / size_of::<Word>(),
            budget: Some(budget.clone()),
        })
    }

    /// The first word.
    #[inline]
    pub fn low(&self) -> *mut Word {
        self.low.as_ptr()
    }

    /// The end: behind the last word.
    #[inline]
    pub fn high(&self) -> *mut Word {
        // SAFETY: the chunk has `words` words.
        unsafe { self.low.as_ptr().add(self.words) }
    }

    /// Number of words.
    #[inline]
    pub fn words(&self) -> usize {
        self.words
    }
}

impl Drop for RegisterChunk {
    fn drop(&mut self) {
        let Some(budget) = &self.budget else { return };
        let (low, bytes) = (pointer_to_address(self.low.as_ptr()) as usize, self.words * size_of::<Word>());
        if bytes > CHUNK_POOLED_BYTES_MAX || !lock(&REGISTER_POOL).give(low, bytes, CHUNKS_KEPT) {
            pages::unmap(low, bytes);
        }
        budget.give(bytes);
    }
}

/// A fiber's primary native stack and register chunk.
pub struct FiberStack {
    low: usize,
    limit: usize,
    base: usize,
    end: usize,
}

impl FiberStack {
    /// The stack of a coroutine or goroutine; `None` if the system has no memory.
    pub fn allocate() -> Option<FiberStack> {
        let Slot { low, limit } = lock(&SLOT_POOL).take()?;
        Some(FiberStack { low, limit, base: low + SLOT_BYTES - SLOT_REGISTER_BYTES, end: low + SLOT_BYTES })
    }

    /// The larger stack of a main fiber; `None` if the system has no memory.
    pub fn allocate_main() -> Option<FiberStack> {
        let bytes = MAIN_NATIVE_BYTES + MAIN_REGISTER_BYTES;
        let pooled = lock(&MAIN_POOL).pop();
        let Slot { low, limit } = match pooled {
            Some(slot) => slot,
            None => {
                let low = pages::map(bytes)?;
                Slot { low, limit: pages::guard(low) }
            }
        };
        Some(FiberStack { low, limit, base: low + MAIN_NATIVE_BYTES, end: low + bytes })
    }

    /// The end of the native stack, where it begins to grow down.
    #[inline]
    pub fn base(&self) -> usize {
        self.base
    }

    /// The lowest address of the native stack that may be used.
    #[inline]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// The primary register chunk.
    ///
    /// # Safety
    /// It is asked for once, and not used any more when the stack is dropped.
    pub unsafe fn registers(&self) -> Option<RegisterChunk> {
        NonNull::new(address_to_pointer::<Word>(self.base as u64)).map(|low| RegisterChunk {
            low,
            words: (self.end - self.base) / size_of::<Word>(),
            budget: None,
        })
    }
}

impl Drop for FiberStack {
    fn drop(&mut self) {
        let slot = Slot { low: self.low, limit: self.limit };
        if self.end - self.low == SLOT_BYTES {
            lock(&SLOT_POOL).give(slot);
        } else {
            // What a deep recursion touched is not kept for the next program.
            pages::discard(self.low, self.end - self.low);
            lock(&MAIN_POOL).push(slot);
        }
    }
}

/// A native stack on which a fiber goes on where its present one is nearly full.
pub struct NativeChunk {
    low: usize,
    limit: usize,
    bytes: usize,
}

impl NativeChunk {
    /// A chunk of at least `bytes` bytes; `None` if the system has no memory.
    pub fn allocate(bytes: usize) -> Option<NativeChunk> {
        let bytes = bytes.max(NATIVE_CHUNK_BYTES).checked_next_power_of_two()?;
        if let Some(low) = lock(&NATIVE_POOL).take(bytes) {
            // Pooled chunks have their guards; where guards fail the red zone is what `guard` would give.
            return Some(NativeChunk { low, limit: low + pages::guard_bytes(), bytes });
        }
        let low = pages::map(bytes)?;
        Some(NativeChunk { low, limit: pages::guard(low), bytes })
    }

    /// The end of the chunk, where it begins to grow down.
    #[inline]
    pub fn base(&self) -> usize {
        self.low + self.bytes
    }

    /// The lowest address that may be used.
    #[inline]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Size in bytes.
    #[inline]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for NativeChunk {
    fn drop(&mut self) {
        let guarded = self.limit - self.low < RED_ZONE_BYTES;
        if !guarded || !lock(&NATIVE_POOL).give(self.low, self.bytes, NATIVE_CHUNKS_KEPT) {
            pages::unmap(self.low, self.bytes);
        }
    }
}

// ---- pools --------------------------------------------------------------------------------------------------------

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

static SLOT_POOL: Mutex<SlotPool> =
    Mutex::new(SlotPool { warm: Vec::new(), cold: Vec::new(), next: 0, end: 0 });
static MAIN_POOL: Mutex<Vec<Slot>> = Mutex::new(Vec::new());
static REGISTER_POOL: Mutex<SizedPool> = Mutex::new(SizedPool { free: Vec::new() });
static NATIVE_POOL: Mutex<SizedPool> = Mutex::new(SizedPool { free: Vec::new() });

/// A stack's place and the lowest address of it that may be used.
#[derive(Clone, Copy)]
struct Slot {
    low: usize,
    limit: usize,
}

/// Free slots.
struct SlotPool {
    /// Slots with pages, the latest last.
    warm: Vec<Slot>,
    /// Slots without pages.
    cold: Vec<Slot>,
    /// The part of the latest reservation that has not been carved.
    next: usize,
    end: usize,
}

impl SlotPool {
    fn take(&mut self) -> Option<Slot> {
        if let Some(slot) = self.warm.pop().or_else(|| self.cold.pop()) {
            return Some(slot);
        }
        if self.next == self.end {
            self.next = pages::map(RESERVATION_BYTES)?;
            self.end = self.next + RESERVATION_BYTES;
        }
        let low = self.next;
        self.next += SLOT_BYTES;
        Some(Slot { low, limit: pages::guard(low) })
    }

    fn give(&mut self, slot: Slot) {
        if self.warm.len() < WARM_SLOTS_MAX {
            self.warm.push(slot);
        } else {
            pages::discard(slot.low, SLOT_BYTES);
            self.cold.push(slot);
        }
    }
}

/// Free runs of pages by size, a few of each.
struct SizedPool {
    free: Vec<(usize, usize)>,
}

impl SizedPool {
    fn take(&mut self, bytes: usize) -> Option<usize> {
        let at = self.free.iter().rposition(|&(_, size)| size == bytes)?;
        Some(self.free.remove(at).0)
    }

    /// Keeps the run unless there are enough of its size.
    fn give(&mut self, low: usize, bytes: usize, kept: usize) -> bool {
        let enough = self.free.iter().filter(|&&(_, size)| size == bytes).count() >= kept;
        if !enough {
            self.free.push((low, bytes));
        }
        !enough
    }
}

// ---- pages --------------------------------------------------------------------------------------------------------

#[cfg(not(miri))]
mod pages {
    //! Pages of the operating system.

    use super::{RED_ZONE_BYTES, address_to_pointer, pointer_to_address};
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

    /// Makes pages trap without splitting their mapping (Linux 6.13).
    #[cfg(target_os = "linux")]
    const MADV_GUARD_INSTALL: libc::c_int = 102;

    /// Maps zeroed pages that are touched lazily.
    pub fn map(bytes: usize) -> Option<usize> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const FLAGS: libc::c_int = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const FLAGS: libc::c_int = libc::MAP_PRIVATE | libc::MAP_ANON;
        // SAFETY: a new anonymous mapping, placed by the kernel.
        let p = unsafe {
            libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_READ | libc::PROT_WRITE, FLAGS, -1, 0)
        };
        if p == libc::MAP_FAILED {
            return None;
        }
        // A huge page would make each small stack cost two megabytes.
        #[cfg(target_os = "linux")]
        // SAFETY: advice on the mapping just made.
        unsafe {
            libc::madvise(p, bytes, libc::MADV_NOHUGEPAGE);
        }
        Some(pointer_to_address(p.cast::<u8>()) as usize)
    }

    /// Unmaps what `map` gave.
    pub fn unmap(low: usize, bytes: usize) {
        // SAFETY: the caller owns the mapping, and nobody uses it any more.
        unsafe { libc::munmap(address_to_pointer::<libc::c_void>(low as u64), bytes) };
    }

    /// Gives the pages back; they read as zeros when they are touched again. Guards stay.
    pub fn discard(low: usize, bytes: usize) {
        // SAFETY: the caller owns the pages, and their contents are not needed.
        unsafe { libc::madvise(address_to_pointer::<libc::c_void>(low as u64), bytes, libc::MADV_DONTNEED) };
    }

    /// Size of a guard: one page.
    pub fn guard_bytes() -> usize {
        static PAGE: AtomicUsize = AtomicUsize::new(0);
        let known = PAGE.load(Relaxed);
        if known != 0 {
            return known;
        }
        // SAFETY: no memory is involved.
        let asked = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        let page = if asked > 0 { asked as usize } else { 4096 };
        PAGE.store(page, Relaxed);
        page
    }

    /// Makes the page at `low` trap; gives the first address above that may be used.
    pub fn guard(low: usize) -> usize {
        static BY_MPROTECT: AtomicBool = AtomicBool::new(cfg!(not(target_os = "linux")));
        let page = guard_bytes();
        let at = address_to_pointer::<libc::c_void>(low as u64);
        #[cfg(target_os = "linux")]
        if !BY_MPROTECT.load(Relaxed) {
            // SAFETY: the page belongs to the caller and holds nothing.
            if unsafe { libc::madvise(at, page, MADV_GUARD_INSTALL) } == 0 {
                return low + page;
            }
            BY_MPROTECT.store(true, Relaxed);
        }
        // SAFETY: as above.
        if BY_MPROTECT.load(Relaxed) && unsafe { libc::mprotect(at, page, libc::PROT_NONE) } == 0 {
            return low + page;
        }
        low + RED_ZONE_BYTES
    }
}

#[cfg(miri)]
mod pages {
    //! The same for the interpreter of Rust's memory model, which knows no pages: plain allocations, never given back.

    use super::pointer_to_address;

    pub fn map(bytes: usize) -> Option<usize> {
        Some(pointer_to_address(vec![0u64; bytes / 8].leak().as_ptr()) as usize)
    }

    pub fn unmap(_low: usize, _bytes: usize) {}

    pub fn discard(_low: usize, _bytes: usize) {}

    pub fn guard_bytes() -> usize {
        4096
    }

    pub fn guard(low: usize) -> usize {
        low + guard_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn chunks_have_the_words_asked_for_and_are_reused() {
        let budget = RegisterBudget::new(1 << 20);
        let chunk = RegisterChunk::allocate(20_000, &budget).unwrap();
        assert!(chunk.words() >= 20_000);
        assert!(RegisterChunk::allocate(120_000, &budget).is_none(), "the budget is spent");
        let low = chunk.low();
        // SAFETY: the chunk has these words.
        unsafe {
            (*low).store(Value::TRUE);
            (*chunk.high().sub(1)).store(Value::FALSE);
            assert_eq!((*low).load(), Value::TRUE);
        }
        drop(chunk);
        assert!(RegisterChunk::allocate(usize::MAX / 4, &budget).is_none());
        assert!(RegisterChunk::allocate(usize::MAX, &budget).is_none());
        assert!(RegisterChunk::allocate(120_000, &budget).is_some(), "the dropped chunk's bytes are back");
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn slots_do_not_overlap_and_are_pooled() {
        let stacks: Vec<FiberStack> = (0..600).map(|_| FiberStack::allocate().unwrap()).collect();
        let mut places: Vec<usize> = stacks.iter().map(|s| s.low).collect();
        places.sort_unstable();
        assert!(places.windows(2).all(|w| w[1] - w[0] >= SLOT_BYTES));
        for s in &stacks {
            // SAFETY: asked for once, and the stack outlives the use.
            let registers = unsafe { s.registers() }.unwrap();
            assert_eq!(pointer_to_address(registers.low()) as usize, s.base());
            // SAFETY: both words lie in the stack.
            unsafe {
                (*registers.low()).store(Value::NIL);
                (*registers.high().sub(1)).store(Value::NIL);
                address_to_pointer::<u64>(s.base() as u64 - 8).write(1);
                address_to_pointer::<u64>(s.limit() as u64).write(1);
            }
        }
        drop(stacks);
        let again: Vec<FiberStack> = (0..600).map(|_| FiberStack::allocate().unwrap()).collect();
        assert!(again.iter().filter(|s| places.binary_search(&s.low).is_ok()).count() > 0);
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn main_stacks_are_large() {
        let stack = FiberStack::allocate_main().unwrap();
        assert!(stack.base() - stack.limit() >= MAIN_NATIVE_BYTES - RED_ZONE_BYTES);
        // SAFETY: asked for once, and the stack outlives the use.
        let registers = unsafe { stack.registers() }.unwrap();
        assert_eq!(registers.words(), MAIN_REGISTER_BYTES / 8);
    }

    #[test]
    fn native_chunks_double_to_what_is_asked() {
        let chunk = NativeChunk::allocate(3 << 20).unwrap();
        assert_eq!(chunk.bytes(), 4 << 20);
        assert!(chunk.base() - chunk.limit() > 3 << 20);
    }
}
