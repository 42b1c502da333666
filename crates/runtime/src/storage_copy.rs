//! Bulk copies between and within storages: the one place where heap words are read and written in runs.
//!
//! A word that a script can reach is otherwise accessed as one relaxed atomic. Compilers neither vectorise nor merge those,
//! so the runs here are plain copies as long as one thread runs scripts. When others may store into the source, or read the
//! target, meanwhile (`is_shared`), they go word by word: a value that another fiber stores is either taken or not, and
//! nobody sees half a word. All callers are in this crate.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

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
pub(crate) unsafe fn copy_words(from: *const u64, to: *mut u64, count: usize, is_shared: bool) {
    // SAFETY: as the caller says.
    unsafe {
        if is_shared {
            move_shared(from.cast(), to.cast(), count, 8);
        } else {
            std::ptr::copy_nonoverlapping(from, to, count);
        }
    }
}

/// Copies elements of `element_bytes` bytes (1 or 8).
///
/// # Safety
/// Both ranges are valid for `count` elements, aligned, and do not overlap.
#[inline]
pub(crate) unsafe fn copy_elements(
    from: *const u8,
    to: *mut u8,
    count: usize,
    element_bytes: usize,
    is_shared: bool,
) {
    // SAFETY: as the caller says.
    unsafe {
        if element_bytes == 8 {
            copy_words(from.cast(), to.cast(), count, is_shared);
        } else {
            move_elements(from, to, count, element_bytes, is_shared);
        }
    }
}

/// Moves elements of `element_bytes` bytes (1 or 8) within one storage; the ranges may overlap.
///
/// # Safety
/// Both ranges are valid for `count` elements, and aligned.
#[inline]
pub(crate) unsafe fn move_elements(
    from: *const u8,
    to: *mut u8,
    count: usize,
    element_bytes: usize,
    is_shared: bool,
) {
    // The last element of a list is removed without a call.
    if count == 0 {
        return;
    }
    // SAFETY: as the caller says.
    unsafe {
        match (is_shared, element_bytes) {
            (false, 8) => std::ptr::copy(from.cast::<u64>(), to.cast::<u64>(), count),
            (false, _) => std::ptr::copy(from, to, count * element_bytes),
            (true, _) => move_shared(from, to, count, element_bytes),
        }
    }
}

/// Moves elements of `element_bytes` bytes (1 or 8) one by one, those first that the others would cover.
///
/// # Safety
/// Both ranges are valid for `count` elements, which others access as atomics only, and aligned.
#[inline(never)]
unsafe fn move_shared(from: *const u8, to: *const u8, count: usize, element_bytes: usize) {
    // SAFETY: as the caller says.
    unsafe {
        if element_bytes == 8 {
            move_each(from.cast::<AtomicU64>(), to.cast::<AtomicU64>(), count, |from, to| {
                to.store(from.load(Relaxed), Relaxed);
            });
        } else {
            move_each(from.cast::<AtomicU8>(), to.cast::<AtomicU8>(), count * element_bytes, |from, to| {
                to.store(from.load(Relaxed), Relaxed);
            });
        }
    }
}

/// # Safety
/// As for [`move_shared`].
#[inline(always)]
unsafe fn move_each<T>(from: *const T, to: *const T, count: usize, copy: impl Fn(&T, &T)) {
    // SAFETY: as the caller says.
    let step = |i: usize| unsafe { copy(&*from.add(i), &*to.add(i)) };
    if to.addr() <= from.addr() { (0..count).for_each(step) } else { (0..count).rev().for_each(step) }
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
