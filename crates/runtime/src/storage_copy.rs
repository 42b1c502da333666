//! Bulk copies between and within storages: the one place where heap words are read and written in runs.
//!
//! A word that a script can reach is otherwise accessed as one relaxed atomic. Compilers neither vectorise nor merge those,
//! so the runs here are plain copies. That is sound as long as one thread touches the storage, or the copy goes into a
//! storage that is not published yet and its source changes only by whole words: what the hardware copies is aligned
//! words in any order, and a value that another fiber stores meanwhile is either taken or not. All callers are in this
//! crate; they copy from storages into new ones, or within one storage.

/// Copies bytes.
///
/// # Safety
/// Both ranges are valid for `len` bytes and do not overlap.
#[inline(always)]
pub(crate) unsafe fn copy_bytes(from: *const u8, to: *mut u8, len: usize) {
    // SAFETY: as the caller says.
    unsafe { std::ptr::copy_nonoverlapping(from, to, len) }
}

/// Copies words.
///
/// # Safety
/// Both ranges are valid for `count` words, aligned, and do not overlap.
#[inline]
pub(crate) unsafe fn copy_words(from: *const u64, to: *mut u64, count: usize) {
    // SAFETY: as the caller says.
    unsafe { std::ptr::copy_nonoverlapping(from, to, count) }
}

/// Moves elements of `element_bytes` bytes (1 or 8) within one storage; the ranges may overlap.
///
/// # Safety
/// Both ranges are valid for `count` elements.
#[inline]
pub(crate) unsafe fn move_elements(from: *const u8, to: *mut u8, count: usize, element_bytes: usize) {
    // SAFETY: as the caller says.
    unsafe {
        if element_bytes == 8 {
            std::ptr::copy(from.cast::<u64>(), to.cast::<u64>(), count);
        } else {
            std::ptr::copy(from, to, count * element_bytes);
        }
    }
}

/// Sets words to one value.
///
/// # Safety
/// The range is valid for `count` words and aligned.
#[inline]
pub(crate) unsafe fn fill_words(to: *mut u64, count: usize, word: u64) {
    for i in 0..count {
        // SAFETY: as the caller says.
        unsafe { to.add(i).write(word) };
    }
}

/// Views raw elements as a slice, to be sorted or searched by one thread.
///
/// # Safety
/// The range is valid for `count` initialised elements and aligned, and nobody else touches it meanwhile.
#[inline]
pub(crate) unsafe fn elements_mut<'a, T: Copy>(from: *mut u8, count: usize) -> &'a mut [T] {
    // SAFETY: as the caller says.
    unsafe { std::slice::from_raw_parts_mut(from.cast(), count) }
}
