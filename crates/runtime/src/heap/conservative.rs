//! Roots that nobody declares: words of native stacks and saved registers that look like references.
//!
//! Rust code holds values and object pointers in locals without telling anyone. Before a collection the callee-saved
//! registers are written to the stack, and then every word between the stack pointer and the base of the running fiber's
//! stack is taken for a reference if it is an address in the region, bare or with a value's tag, and falls into a live
//! cell. Caller-saved registers need no care: their owners spilled them before the call that led here.
//!
//! What this cannot see: a pointer that exists only in another form, such as the end of an iteration, or xored, or in
//! memory that Rust allocated. Hence the rule that values live in stack locals, register stacks, heap objects or a
//! `RootedVec`, and nowhere else.

use crate::heap::block::Map;
use crate::heap::mark::Marker;
use crate::heap::space::was_live;
use crate::value::{PAYLOAD_MASK, TAG_OBJECT, TAG_STRING, address_to_pointer};

/// The live object that a word refers to, by its offset in the region. `marks` are the marks from before the collection
/// if it has cleared them.
#[inline]
pub(crate) fn find_object(map: &Map, marks: Option<&[u64]>, word: u64) -> Option<usize> {
    let address = match word & !PAYLOAD_MASK {
        0 => word,
        TAG_STRING..=TAG_OBJECT => word & PAYLOAD_MASK,
        _ => return None,
    };
    let offset = map.offset(address as usize);
    if !map.is_inside(offset) {
        return None;
    }
    let start = map.cell_start(offset)?;
    was_live(map, marks, start).then_some(start)
}

/// Visits what the words between two addresses refer to.
///
/// # Safety
/// The memory is readable.
pub(crate) unsafe fn scan(marker: &mut Marker, from: usize, to: usize) {
    let map = *marker.map();
    let from = from.next_multiple_of(8);
    let mut word = address_to_pointer::<u64>(from as u64).cast_const();
    for _ in 0..to.saturating_sub(from) / 8 {
        // SAFETY: readable, says the caller; volatile because the words belong to frames of other functions.
        let bits = unsafe { word.read_volatile() };
        if let Some(offset) = find_object(&map, marker.marks_before(), bits) {
            marker.visit_object(map.object(offset));
        }
        word = word.wrapping_add(1);
    }
}

/// Calls `f` with an address below which nothing of the callers lies: from there up, the stack holds all their values,
/// those in callee-saved registers included.
#[cfg(not(miri))]
#[inline(never)]
pub(crate) fn with_registers_on_stack(f: &mut dyn FnMut(usize)) {
    #[cfg(target_arch = "x86_64")]
    {
        let mut saved = [0usize; 6];
        // SAFETY: writes six registers into the array.
        unsafe {
            std::arch::asm!(
                "mov [{0}], rbx",
                "mov [{0} + 8], rbp",
                "mov [{0} + 16], r12",
                "mov [{0} + 24], r13",
                "mov [{0} + 32], r14",
                "mov [{0} + 40], r15",
                in(reg) saved.as_mut_ptr(),
                options(nostack, preserves_flags)
            );
        }
        f(crate::value::pointer_to_address(saved.as_ptr()) as usize);
        std::hint::black_box(&saved);
    }
    #[cfg(target_arch = "aarch64")]
    {
        let mut saved = [0usize; 20];
        // SAFETY: writes the callee-saved registers, integer and vector, into the array.
        unsafe {
            std::arch::asm!(
                "stp x19, x20, [{0}]",
                "stp x21, x22, [{0}, #16]",
                "stp x23, x24, [{0}, #32]",
                "stp x25, x26, [{0}, #48]",
                "stp x27, x28, [{0}, #64]",
                "str x29, [{0}, #80]",
                "stp d8, d9, [{0}, #88]",
                "stp d10, d11, [{0}, #104]",
                "stp d12, d13, [{0}, #120]",
                "stp d14, d15, [{0}, #136]",
                in(reg) saved.as_mut_ptr(),
                options(nostack, preserves_flags)
            );
        }
        f(crate::value::pointer_to_address(saved.as_ptr()) as usize);
        std::hint::black_box(&saved);
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    compile_error!("the registers of this processor must be written to the stack here");
}

/// Under Miri stacks cannot be read: tests there root what they use.
#[cfg(miri)]
pub(crate) fn with_registers_on_stack(f: &mut dyn FnMut(usize)) {
    f(usize::MAX & !7);
}

/// The highest address of the calling thread's own stack.
#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) fn thread_stack_base() -> usize {
    use std::cell::Cell;
    thread_local!(static BASE: Cell<usize> = const { Cell::new(0) });
    if BASE.get() == 0 {
        let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
        let mut lowest = std::ptr::null_mut();
        let mut size_bytes = 0;
        // SAFETY: the attributes are initialised by the first call, read by the second and destroyed by the third.
        unsafe {
            let thread = libc::pthread_self();
            assert_eq!(
                libc::pthread_getattr_np(thread, attributes.as_mut_ptr()),
                0,
                "the stack's bounds are unknown"
            );
            libc::pthread_attr_getstack(attributes.as_ptr(), &mut lowest, &mut size_bytes);
            libc::pthread_attr_destroy(attributes.as_mut_ptr());
        }
        BASE.set(crate::value::pointer_to_address(lowest.cast_const()) as usize + size_bytes);
    }
    BASE.get()
}

/// The highest address of the calling thread's own stack.
#[cfg(all(target_os = "macos", not(miri)))]
pub(crate) fn thread_stack_base() -> usize {
    // SAFETY: both functions only read the description of the calling thread.
    let base = unsafe { libc::pthread_get_stackaddr_np(libc::pthread_self()) };
    crate::value::pointer_to_address(base.cast_const()) as usize
}

/// Under Miri there is nothing to scan.
#[cfg(miri)]
pub(crate) fn thread_stack_base() -> usize {
    0
}
