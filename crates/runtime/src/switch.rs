//! Going from one native stack to another.
//!
//! A switch is inline assembly that declares every register changed, so the compiler itself keeps what it needs in the
//! frame; two registers that it never gives away, and where to go on, are pushed; then the stack pointer is published and
//! the other one taken. So a stack that does not run is all there between its published pointer and its base: the
//! collector finds every reference there.
//!
//! It is inline and leaves by a jump because a call would leave an entry in the processor's stack of return addresses that
//! no return takes off: each return after a switch would then be predicted wrong. (*Measured*: two wrong predictions a
//! resume and yield, 12 ns of 45.)
//!
//! Nothing ever unwinds through a switch or out of the first frame of a stack: a stack begins with zeros where a return
//! address would be, and what runs on it must not return. There is one version for each processor; others have none.

/// What runs first on a new stack: the context given to [`prepare`].
pub type Entry = extern "C" fn(context: usize) -> !;

/// Leaves the running stack for another.
///
/// Saves the running one's pointer in `save` and goes on at the stack pointer `to`. Returns when somebody switches back.
///
/// # Safety
/// `to` is a pointer that a switch saved or [`prepare`] gave, and nobody has gone on there since. `save` is writable. What
/// the running code holds may be used from another thread when the stack goes on there.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub unsafe fn switch(save: *mut usize, to: usize) {
    // SAFETY: all registers but the two that are pushed are declared as changed; the caller vouches for the stacks.
    unsafe {
        core::arch::asm!(
            "push rbp",
            "push rbx",
            "lea rax, [rip + 2f]",
            "push rax",
            "mov [rdi], rsp",
            "mov rsp, rsi",
            "pop rax",
            "jmp rax",
            "2:",
            "pop rbx",
            "pop rbp",
            inout("rdi") save => _,
            inout("rsi") to => _,
            out("r12") _,
            out("r13") _,
            out("r14") _,
            out("r15") _,
            clobber_abi("C"),
        );
    }
}

#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn trampoline() -> ! {
    // In place of the two saved registers lie entry and context. The word at the stack pointer is zero after them: a
    // return address that ends backtraces.
    core::arch::naked_asm!("pop rax", "pop rdi", "xor ebp, ebp", "call rax", "ud2")
}

/// Makes a new stack ready: the first switch to the stack pointer it gives calls `entry`.
///
/// # Safety
/// The 128 bytes below `base` are writable memory of a stack that nobody uses; `base` is aligned to 16.
#[cfg(target_arch = "x86_64")]
pub unsafe fn prepare(base: usize, entry: Entry, context: usize) -> usize {
    let words = [trampoline as *const () as usize, entry as usize, context, 0, 0];
    // SAFETY: the words lie in the 128 bytes below the base.
    unsafe { write_words(base, &words) }
}

/// Writes words at the end of a stack; gives where they begin.
unsafe fn write_words(base: usize, words: &[usize]) -> usize {
    let sp = base - size_of_val(words);
    for (i, word) in words.iter().enumerate() {
        // SAFETY: says the caller.
        unsafe { crate::value::address_to_pointer::<usize>((sp + i * 8) as u64).write(*word) };
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
#[inline(always)]
pub unsafe fn switch(save: *mut usize, to: usize) {
    // SAFETY: all registers but the two that are pushed are declared as changed; the caller vouches for the stacks.
    unsafe {
        core::arch::asm!(
            "stp x19, x29, [sp, #-32]!",
            "adr x9, 2f",
            "str x9, [sp, #16]",
            "mov x10, sp",
            "str x10, [x0]",
            "mov sp, x1",
            "ldr x9, [sp, #16]",
            "br x9",
            "2:",
            "ldp x19, x29, [sp], #32",
            inout("x0") save => _,
            inout("x1") to => _,
            out("x20") _,
            out("x21") _,
            out("x22") _,
            out("x23") _,
            out("x24") _,
            out("x25") _,
            out("x26") _,
            out("x27") _,
            out("x28") _,
            out("x30") _,
            out("v8") _,
            out("v9") _,
            out("v10") _,
            out("v11") _,
            out("v12") _,
            out("v13") _,
            out("v14") _,
            out("v15") _,
            clobber_abi("C"),
        );
    }
}

#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn trampoline() -> ! {
    // In place of the two saved registers lie entry and context.
    core::arch::naked_asm!("ldp x9, x0, [sp], #32", "mov x29, xzr", "mov x30, xzr", "blr x9", "brk #1")
}

/// Makes a new stack ready: the first switch to the stack pointer it gives calls `entry`.
///
/// # Safety
/// The 128 bytes below `base` are writable memory of a stack that nobody uses; `base` is aligned to 16.
#[cfg(target_arch = "aarch64")]
pub unsafe fn prepare(base: usize, entry: Entry, context: usize) -> usize {
    let words = [entry as usize, context, trampoline as *const () as usize, 0, 0, 0];
    // SAFETY: the words lie in the 128 bytes below the base.
    unsafe { write_words(base, &words) }
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
        value: u64,
    }

    extern "C" fn doubles(context: usize) -> ! {
        let pair = context as *mut Pair;
        loop {
            // SAFETY: the test keeps the pair alive and waits at `main`.
            unsafe {
                (*pair).value *= 2;
                switch(&raw mut (*pair).other, (*pair).main);
            }
        }
    }

    #[test]
    fn control_goes_there_and_back() {
        let stack = FiberStack::allocate().unwrap();
        let mut pair = Pair { main: 0, other: 0, value: 0 };
        let at = &raw mut pair;
        let (kept, kept_float) = (std::hint::black_box(17), std::hint::black_box(1.5));
        // SAFETY: the stack is new, and `pair` outlives its use.
        unsafe {
            (*at).other = prepare(stack.base(), doubles, at as usize);
            for i in 0..1000 {
                (*at).value = i;
                let other = (*at).other;
                switch(&raw mut (*at).main, other);
                assert_eq!((*at).value, 2 * i);
                assert!((*at).other < stack.base() && (*at).other > stack.limit());
            }
        }
        assert_eq!((kept, kept_float), (17, 1.5));
    }

    extern "C" fn panics(context: usize) -> ! {
        let pair = context as *mut Pair;
        let caught = std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(7)));
        // SAFETY: the test keeps the pair alive and waits at `main`.
        unsafe {
            (*pair).value = u64::from(caught.is_err());
            switch(&raw mut (*pair).other, (*pair).main);
        }
        unreachable!()
    }

    #[test]
    fn a_panic_stays_on_its_stack() {
        let stack = FiberStack::allocate().unwrap();
        let mut pair = Pair { main: 0, other: 0, value: 0 };
        let at = &raw mut pair;
        // SAFETY: as above.
        unsafe {
            (*at).other = prepare(stack.base(), panics, at as usize);
            let other = (*at).other;
            switch(&raw mut (*at).main, other);
            assert_eq!((*at).value, 1);
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
