//! Reserved address space: memory that costs nothing until it is touched and can be given back page by page.
//!
//! A heap makes three reservations: the objects, the mark bitmap and the block table. All are zero when first touched.
//! Under Miri there is no `mmap`; a small zeroed allocation stands in, and giving back clears it.

use crate::value::address_to_pointer;
use std::ptr::NonNull;

/// One reservation.
pub(crate) struct Region {
    base: NonNull<u8>,
    size_bytes: usize,
    mapped: NonNull<u8>,
    mapped_bytes: usize,
}

// SAFETY: a region is plain memory; whoever uses it arranges access.
unsafe impl Send for Region {}
// SAFETY: as above; the methods taking `&self` do not read the memory.
unsafe impl Sync for Region {}

impl Region {
    /// Reserves `size_bytes`, aligned to `align_bytes` (a power of two).
    #[cfg(not(miri))]
    pub(crate) fn reserve(size_bytes: usize, align_bytes: usize) -> Option<Region> {
        let mapped_bytes = size_bytes.checked_add(align_bytes)?;
        // SAFETY: a new private mapping touches nothing that exists.
        let mapped = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                mapped_bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if mapped == libc::MAP_FAILED {
            return None;
        }
        let mapped = NonNull::new(mapped.cast::<u8>())?;
        let offset = mapped.as_ptr().align_offset(align_bytes);
        // SAFETY: the offset is below the alignment, which was added to the size.
        let base = unsafe { mapped.add(offset) };
        Some(Region { base, size_bytes, mapped, mapped_bytes })
    }

    /// Allocates `size_bytes`, aligned to `align_bytes`.
    #[cfg(miri)]
    pub(crate) fn reserve(size_bytes: usize, align_bytes: usize) -> Option<Region> {
        let layout = std::alloc::Layout::from_size_align(size_bytes, align_bytes).ok()?;
        // SAFETY: no caller reserves nothing.
        let base = NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) })?;
        Some(Region { base, size_bytes, mapped: base, mapped_bytes: align_bytes })
    }

    /// The lowest address.
    pub(crate) fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// The size.
    pub(crate) fn size_bytes(&self) -> usize {
        self.size_bytes
    }

    /// Puts memory behind this part, which is about to be used. Only a hint: memory comes when it is touched at the latest.
    pub(crate) fn populate(&self, offset: usize, bytes: usize) {
        assert!(offset + bytes <= self.size_bytes);
        #[cfg(all(target_os = "linux", not(miri)))]
        // SAFETY: the range lies in the mapping, and the advice does not change contents.
        unsafe {
            libc::madvise(self.base.as_ptr().add(offset).cast(), bytes, libc::MADV_POPULATE_WRITE);
        }
    }

    /// Asks for large pages behind this part, which is about to be used densely. Only a hint.
    pub(crate) fn prefer_large_pages(&self, offset: usize, bytes: usize) {
        assert!(offset + bytes <= self.size_bytes);
        #[cfg(all(target_os = "linux", not(miri)))]
        // SAFETY: the range lies in the mapping, and the advice does not change contents.
        unsafe {
            libc::madvise(self.base.as_ptr().add(offset).cast(), bytes, libc::MADV_HUGEPAGE);
        }
    }
}

/// Gives the memory behind `bytes` at `address` back to the system. What is read there later is arbitrary.
///
/// # Safety
/// The range lies in a live [`Region`], is aligned to pages, and holds nothing that anyone will read.
pub(crate) unsafe fn release_pages(address: usize, bytes: usize) {
    let start = address_to_pointer::<u8>(address as u64);
    #[cfg(not(miri))]
    // SAFETY: as the caller says.
    unsafe {
        libc::madvise(start.cast(), bytes, libc::MADV_DONTNEED);
    }
    #[cfg(miri)]
    // SAFETY: as the caller says.
    unsafe {
        start.write_bytes(0, bytes);
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        #[cfg(not(miri))]
        // SAFETY: the mapping was made by `reserve`, and its owner says with the drop that nothing refers to it.
        unsafe {
            libc::munmap(self.mapped.as_ptr().cast(), self.mapped_bytes);
        }
        #[cfg(miri)]
        // SAFETY: allocated by `reserve` with this layout; `mapped_bytes` keeps the alignment.
        unsafe {
            let layout = std::alloc::Layout::from_size_align_unchecked(self.size_bytes, self.mapped_bytes);
            std::alloc::dealloc(self.mapped.as_ptr(), layout);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reservation_is_aligned_zero_and_reusable_after_release() {
        let region = Region::reserve(1 << 20, 1 << 15).unwrap();
        let base = region.base().as_ptr();
        assert_eq!(base.addr() % (1 << 15), 0);
        // SAFETY: all accesses lie within the reservation.
        unsafe {
            assert_eq!(base.add(70_000).read(), 0);
            base.add(70_000).write(7);
            release_pages(crate::value::pointer_to_address(base) as usize + 65_536, 32_768);
            base.add(70_000).write(8);
            assert_eq!(base.add(70_000).read(), 8);
        }
    }
}
