//! Going from one native stack to another.
//!
//! A switch pushes the registers that a callee must preserve, publishes the stack pointer and pops the same from the other
//! stack. So a stack that does not run is all there between its published pointer and its base: the collector finds every
//! reference there. Nothing ever unwinds through a switch or out of the first frame of a stack: a stack begins with
//! zeros where a return address would be, and what runs on it must not return.
//!
//! There is one version for each processor; others have none.

/// What runs first on a new stack: the context given to [`prepare`] and the argument of the first switch to it.
pub type Entry = extern "C" fn(context: usize, argument: usize) -> !;

/// Leaves the running stack for another.
///
/// Saves the running one's pointer in `save`, goes on at the stack pointer `to` and gives `argument` to whoever waits
/// there. Returns what the switch that comes back gives.
///
/// # Safety
/// `to` is a pointer that a switch saved or [`prepare`] gave, and nobody has gone on there since. `save` is writable. What
/// the running code holds may be used from another thread when the stack goes on there.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub unsafe extern "C" fn switch(save: *mut usize, to: usize, argument: usize) -> usize {
    // The return is a jump: the processor's stack of return addresses would predict a return to the stack just left.
    core::arch::naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        "mov [rdi], rsp",
        "mov rsp, rsi",
        "pop r15",
        "pop r14",
        "pop r13",
        "pop r12",
        "pop rbx",
        "pop rbp",
        "mov rax, rdx",
        "pop rcx",
        "jmp rcx",
    )
}

#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn trampoline() -> ! {
    // The word at the stack pointer is zero: a return address that ends backtraces.
    core::arch::naked_asm!("mov rdi, r12", "mov rsi, rax", "xor ebp, ebp", "call rbx", "ud2")
}

/// Makes a new stack ready: the first switch to the stack pointer it gives calls `entry`.
///
/// # Safety
/// The 128 bytes below `base` are writable memory of a stack that nobody uses; `base` is aligned to 16.
#[cfg(target_arch = "x86_64")]
pub unsafe fn prepare(base: usize, entry: Entry, context: usize) -> usize {
    use crate::value::address_to_pointer;
    // In the order of the pops: r15, r14, r13, r12, rbx, rbp, return address, two zeros.
    let words = [0, 0, 0, context, entry as usize, 0, trampoline as *const () as usize, 0, 0];
    let sp = base - 16 - 7 * 8;
    for (i, word) in words.into_iter().enumerate() {
        // SAFETY: the words lie in the 128 bytes below the base.
        unsafe { address_to_pointer::<usize>((sp + i * 8) as u64).write(word) };
    }
    sp
}

/// Calls `function(data)` on another stack. The running one's pointer is saved in `save` for the time of the call.
///
/// # Safety
/// `base` is the end of a stack that nobody uses, aligned to 16; `function` must not unwind. `save` is writable.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub unsafe extern "C" fn call_on(
    save: *mut usize,
    base: usize,
    function: unsafe extern "C" fn(*mut ()),
    data: *mut (),
) {
    core::arch::naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "mov [rdi], rsp",
        "mov rsp, rsi",
        "mov rdi, rcx",
        "call rdx",
        "mov rsp, rbp",
        "pop rbp",
        "ret",
    )
}

/// Leaves the running stack for another; see the version for x86-64.
///
/// # Safety
/// As there.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
pub unsafe extern "C" fn switch(save: *mut usize, to: usize, argument: usize) -> usize {
    core::arch::naked_asm!(
        "stp d8, d9, [sp, #-160]!",
        "stp d10, d11, [sp, #16]",
        "stp d12, d13, [sp, #32]",
        "stp d14, d15, [sp, #48]",
        "stp x19, x20, [sp, #64]",
        "stp x21, x22, [sp, #80]",
        "stp x23, x24, [sp, #96]",
        "stp x25, x26, [sp, #112]",
        "stp x27, x28, [sp, #128]",
        "stp x29, x30, [sp, #144]",
        "mov x9, sp",
        "str x9, [x0]",
        "mov sp, x1",
        "mov x0, x2",
        "ldp d10, d11, [sp, #16]",
        "ldp d12, d13, [sp, #32]",
        "ldp d14, d15, [sp, #48]",
        "ldp x19, x20, [sp, #64]",
        "ldp x21, x22, [sp, #80]",
        "ldp x23, x24, [sp, #96]",
        "ldp x25, x26, [sp, #112]",
        "ldp x27, x28, [sp, #128]",
        "ldp x29, x30, [sp, #144]",
        "ldp d8, d9, [sp], #160",
        "br x30",
    )
}

#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn trampoline() -> ! {
    core::arch::naked_asm!("mov x1, x0", "mov x0, x20", "mov x29, xzr", "mov x30, xzr", "blr x19", "brk #1")
}

/// Makes a new stack ready: the first switch to the stack pointer it gives calls `entry`.
///
/// # Safety
/// The 256 bytes below `base` are writable memory of a stack that nobody uses; `base` is aligned to 16.
#[cfg(target_arch = "aarch64")]
pub unsafe fn prepare(base: usize, entry: Entry, context: usize) -> usize {
    use crate::value::address_to_pointer;
    let sp = base - 16 - 160;
    for i in 0..22 {
        let word = match i {
            8 => entry as usize,
            9 => context,
            19 => trampoline as *const () as usize,
            _ => 0,
        };
        // SAFETY: the words lie in the 256 bytes below the base.
        unsafe { address_to_pointer::<usize>((sp + i * 8) as u64).write(word) };
    }
    sp
}

/// Calls `function(data)` on another stack. The running one's pointer is saved in `save` for the time of the call.
///
/// # Safety
/// `base` is the end of a stack that nobody uses, aligned to 16; `function` must not unwind. `save` is writable.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
pub unsafe extern "C" fn call_on(
    save: *mut usize,
    base: usize,
    function: unsafe extern "C" fn(*mut ()),
    data: *mut (),
) {
    core::arch::naked_asm!(
        "stp x29, x30, [sp, #-16]!",
        "mov x29, sp",
        "mov x9, sp",
        "str x9, [x0]",
        "mov sp, x1",
        "mov x0, x3",
        "blr x2",
        "mov sp, x29",
        "ldp x29, x30, [sp], #16",
        "ret",
    )
}

/// An address within the running frame: how far the native stack has grown.
#[inline(always)]
pub fn stack_pointer() -> usize {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        let sp: usize;
        // SAFETY: reads a register.
        unsafe { core::arch::asm!("mov {}, rsp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
        sp
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    {
        let sp: usize;
        // SAFETY: reads a register.
        unsafe { core::arch::asm!("mov {}, sp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
        sp
    }
    #[cfg(miri)]
    {
        usize::MAX
    }
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::*;
    use crate::stack::{FiberStack, NativeChunk};

    struct Pair {
        main: usize,
        other: usize,
    }

    extern "C" fn doubles(context: usize, mut argument: usize) -> ! {
        let pair = context as *mut Pair;
        loop {
            // SAFETY: the test keeps the pair alive and waits at `main`.
            argument = unsafe { switch(&raw mut (*pair).other, (*pair).main, argument * 2) };
        }
    }

    #[test]
    fn values_travel_both_ways() {
        let stack = FiberStack::allocate().unwrap();
        let mut pair = Pair { main: 0, other: 0 };
        let at = &raw mut pair;
        // SAFETY: the stack is new, and `pair` outlives its use.
        unsafe {
            (*at).other = prepare(stack.base(), doubles, at as usize);
            for i in 0..1000 {
                let other = (*at).other;
                assert_eq!(switch(&raw mut (*at).main, other, i), 2 * i);
                assert!((*at).other < stack.base() && (*at).other > stack.limit());
            }
        }
    }

    extern "C" fn panics(context: usize, _: usize) -> ! {
        let pair = context as *mut Pair;
        let caught = std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(7)));
        // SAFETY: the test keeps the pair alive and waits at `main`.
        unsafe { switch(&raw mut (*pair).other, (*pair).main, usize::from(caught.is_err())) };
        unreachable!()
    }

    #[test]
    fn a_panic_stays_on_its_stack() {
        let stack = FiberStack::allocate().unwrap();
        let mut pair = Pair { main: 0, other: 0 };
        let at = &raw mut pair;
        // SAFETY: as above.
        unsafe {
            (*at).other = prepare(stack.base(), panics, at as usize);
            let other = (*at).other;
            assert_eq!(switch(&raw mut (*at).main, other, 0), 1);
        }
    }

    unsafe extern "C" fn uses_half_a_megabyte(data: *mut ()) {
        let mut block = [0u8; 512 << 10];
        for (i, b) in std::hint::black_box(&mut block).iter_mut().enumerate() {
            *b = i as u8;
        }
        // SAFETY: the test passes a counter.
        unsafe { *data.cast::<u64>() += block.iter().map(|b| u64::from(*b)).sum::<u64>() };
    }

    #[test]
    fn calls_on_another_stack_come_back() {
        let chunk = NativeChunk::allocate(1).unwrap();
        let (mut sum, mut save) = (1u64, 0usize);
        // SAFETY: the chunk is free, and the function does not unwind.
        unsafe { call_on(&mut save, chunk.base(), uses_half_a_megabyte, (&raw mut sum).cast()) };
        assert_eq!(sum, 1 + 2048 * (255 * 256 / 2));
        assert_ne!(save, 0);
    }
}
