//! The code cache: machine code in memory, and the only way into it.
//!
//! ```text
//!   CodeCache
//!     mapping   one reserved range, mapped twice: readable and executable here, readable and writable elsewhere
//!     ranges    which parts of it are taken
//! ```
//!
//! The one idea: code is written through one address and run at another, so no page is ever both writable and executable
//! (where the system gives no second mapping, see `mapping`). Everything in the cache lies in one range, so that "is this
//! word an address in code" is one comparison.
//!
//! Installing and freeing may happen on any thread; the books are behind a lock, the bytes of an installed block are its
//! owner's. Installing is safe, for it runs nothing. Patching and freeing change what other threads may be running: the
//! caller proves that none is, by a stop of the world and a scan of the stacks. What the bytes mean, who depends on whom
//! and when a block is evicted is not known here.

mod mapping;
pub mod perf;
mod ranges;
#[cfg(all(test, target_arch = "x86_64", unix, not(miri)))]
mod tests;

use crate::asm::PATCH_BYTES;
use mapping::Mapping;
use ranges::Ranges;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Addresses of blocks are multiples of it.
pub const BLOCK_ALIGN: usize = 32;

/// The address of an instruction in the cache.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct CodePtr(usize);

impl CodePtr {
    /// The address as a number, to be stored where machine code finds it.
    #[inline]
    pub const fn address(self) -> usize {
        self.0
    }

    /// The place `bytes` further on in the same block.
    #[inline]
    pub const fn offset(self, bytes: u32) -> CodePtr {
        CodePtr(self.0 + bytes as usize)
    }
}

impl fmt::Debug for CodePtr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// An installed block. Dropping it leaves the code where it is, for ever; [`CodeCache::free`] gives the room back.
#[derive(PartialEq, Eq, Debug)]
pub struct CodeBlock {
    start: CodePtr,
    len: usize,
}

impl CodeBlock {
    /// Where it begins.
    #[inline]
    pub fn start(&self) -> CodePtr {
        self.start
    }

    /// Bytes installed.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was installed.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the address lies inside.
    #[inline]
    pub fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.start.0) < self.len
    }
}

/// Why there is no cache or no block.
#[derive(Debug)]
pub enum CacheError {
    /// The system gives no memory that can be written and then run.
    Unavailable(std::io::Error),
    /// No free part of the cache is large enough.
    Full,
}

impl fmt::Display for CacheError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CacheError::Unavailable(error) => write!(f, "no executable memory: {error}"),
            CacheError::Full => f.write_str("the code cache is full"),
        }
    }
}

impl std::error::Error for CacheError {}

/// See the module's head.
pub struct CodeCache {
    mapping: Mapping,
    ranges: Mutex<Ranges>,
}

impl CodeCache {
    /// A cache of `bytes`, rounded up to pages. Memory is used only as it fills. Jumps between blocks reach everywhere
    /// if it is below 2 GB.
    pub fn new(bytes: usize) -> Result<CodeCache, CacheError> {
        let mapping = Mapping::new(bytes).map_err(CacheError::Unavailable)?;
        let ranges = Mutex::new(Ranges::new(mapping.len(), BLOCK_ALIGN));
        Ok(CodeCache { mapping, ranges })
    }

    /// Copies a block of code into the cache. It is complete before this returns; whoever publishes its address does so
    /// with release, and a thread that ran older code at the same address calls [`synchronize`] first.
    pub fn install(&self, bytes: &[u8]) -> Result<CodeBlock, CacheError> {
        let offset = self.ranges().allocate(bytes.len()).ok_or(CacheError::Full)?;
        let written = self.mapping.write(offset, bytes);
        if let Err(error) = written {
            self.ranges().release(offset, bytes.len());
            return Err(CacheError::Unavailable(error));
        }
        Ok(CodeBlock { start: CodePtr(self.mapping.run_address() + offset), len: bytes.len() })
    }

    /// Gives back a block of this cache. Its bytes become traps, so that a stale jump into it does no silent harm.
    ///
    /// # Safety
    /// No thread runs the block's code, has an address in it on its stack, or can reach it later through any pointer or
    /// jump.
    pub unsafe fn free(&self, block: CodeBlock) {
        let offset = self.offset_of(block.start, block.len);
        // A trap is a courtesy: where pages cannot be made writable just now, the old bytes stay.
        let _ = self.mapping.fill(offset, block.len);
        self.ranges().release(offset, block.len);
    }

    /// Overwrites the [`PATCH_BYTES`] at `at` with a jump to `target`; both lie in installed blocks.
    ///
    /// # Safety
    /// All other threads that could run the block are stopped outside these bytes and synchronise their instruction
    /// stream before they go on; no jump leads into the middle of the bytes. Going on at `target` is right wherever
    /// going on at `at` was.
    pub unsafe fn patch_jump(&self, at: CodePtr, target: CodePtr) -> Result<(), CacheError> {
        let offset = self.offset_of(at, PATCH_BYTES as usize);
        let end = at.0 + PATCH_BYTES as usize;
        let distance = i32::try_from(target.0.wrapping_sub(end) as isize).expect("the cache is below 2 GB");
        let mut bytes = [0xe9, 0, 0, 0, 0];
        bytes[1..].copy_from_slice(&distance.to_le_bytes());
        self.mapping.write(offset, &bytes).map_err(CacheError::Unavailable)
    }

    /// Stores a data word at `at`, a multiple of 8, in one access with release: threads may be reading it.
    ///
    /// # Safety
    /// The place is a data word of an installed block, and the code that reads it is right with the new contents.
    pub unsafe fn patch_word(&self, at: CodePtr, word: u64) -> Result<(), CacheError> {
        assert!(at.0.is_multiple_of(8), "data words are aligned");
        let offset = self.offset_of(at, 8);
        self.mapping.write_word(offset, word).map_err(CacheError::Unavailable)
    }

    /// The bytes of a block, for listings.
    pub fn read(&self, block: &CodeBlock) -> Vec<u8> {
        self.mapping.read(self.offset_of(block.start, block.len), block.len)
    }

    /// Whether the word is an address inside the cache.
    #[inline]
    pub fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.mapping.run_address()) < self.mapping.len()
    }

    /// First address and length of the range.
    pub fn range(&self) -> (usize, usize) {
        (self.mapping.run_address(), self.mapping.len())
    }

    /// Bytes taken by blocks, rounding included.
    pub fn used_bytes(&self) -> usize {
        self.ranges().used_bytes()
    }

    /// Whether pages are mapped twice, and so never both writable and executable.
    pub fn is_dual_mapped(&self) -> bool {
        self.mapping.is_dual()
    }

    fn offset_of(&self, at: CodePtr, len: usize) -> usize {
        let offset = at.0.wrapping_sub(self.mapping.run_address());
        assert!(
            offset < self.mapping.len() && len <= self.mapping.len() - offset,
            "{at:?} is not in this code cache"
        );
        offset
    }

    fn ranges(&self) -> MutexGuard<'_, Ranges> {
        // The books are consistent after each step, so a panic of another thread leaves nothing half done.
        self.ranges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes this thread forget instructions it has read ahead: to be called on each thread that was stopped while code it
/// may run was patched or replaced, before it goes on.
#[inline]
pub fn synchronize() {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        // `cpuid` is serialising: nothing fetched before it runs after it.
        std::hint::black_box(std::arch::x86_64::__cpuid(0));
    }
}
