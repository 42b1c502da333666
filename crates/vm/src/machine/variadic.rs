//! The entry of compiled functions that take any number of arguments: begins the special frame and goes on in their code.
//!
//! The frame lies behind the arguments (see `fiber.rs`): parameters are copied, the extra arguments stay where they are.
//! Whatever is unusual is left to `entries::enter_slow`, which has done nothing then. Results come back below the new base,
//! and are moved to the window.

use crate::fiber::Fiber;
use crate::machine::{Outcome, entries};
use runtime::object::Word;

/// The results of a variadic frame that has ended in the interpreter, or in a chunk of its own.
///
/// # Safety
/// `base` is the address behind the call window's header, whose links are as the caller wrote them; `status` is that of the
/// code of the frame, and not negative.
unsafe extern "C" fn landed(fiber: *mut Fiber, base: *mut Word, status: i64) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe { entries::variadic_results(&mut *fiber, base, status) }
}

/// There is no machine code here.
///
/// # Safety
/// It does nothing.
#[cfg(not(target_arch = "x86_64"))]
pub unsafe extern "C" fn enter() {}

/// The entry, by the protocol of entries: r15 fiber, r14 base, ecx number of arguments.
///
/// # Safety
/// Called by machine code only; the callee is a closure whose function is variadic.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
pub unsafe extern "C" fn enter() {
    use crate::fiber::{FRAME_SPECIAL, SPECIAL_HEADER, STACK_SLACK};
    use crate::machine::layout::{FIBER_NATIVE_LIMIT, INLINED_WORDS_MAX};
    use core::arch::naked_asm;
    use runtime::layout;
    use runtime::value::{TAG_INT, Value};
    use std::mem::offset_of;
    naked_asm!(
        "mov rax, [r14 - 24]",
        "shl rax, 16",
        "shr rax, 16",
        "mov rax, [rax + {function}]",
        "shl rax, 16",
        "shr rax, 16",
        "mov rdi, [rax + {begun}]",
        "movzx edx, word ptr [rax + {frame_size}]",
        "movzx esi, word ptr [rax + {params}]",
        "test rdi, rdi",
        "jz 8f",
        // The base, and room behind it.
        "mov ecx, ecx",
        "lea r9, [r14 + 8 * rcx + {header}]",
        "lea r10, [r9 + 8 * rdx + {room}]",
        "cmp r10, [r15 + {limit}]",
        "ja 8f",
        "cmp rsp, [r15 + {native_limit}]",
        "jb 8f",
        "mov r10, [r15 + {poll}]",
        "cmp dword ptr [r10], 0",
        "jne 8f",
        // The words below the base.
        "xor r11d, r11d",
        "mov r10d, ecx",
        "sub r10d, esi",
        "cmovb r10d, r11d",
        "mov r11, {int}",
        "or r11, r10",
        "mov [r9 - 40], r11",
        "lea r11, [r14 - 24]",
        "mov [r9 - 32], r11",
        "mov r11, [r14 - 24]",
        "mov [r9 - 24], r11",
        // The links in the window, if they are written out; else what tells where to find them.
        "mov r11, [r14 - 16]",
        "mov r10, [r14 - 8]",
        "test r11d, 1",
        "jz 9f",
        "bts r11, {in_window}",
        "xor r10d, r10d",
        "9:",
        "mov [r9 - 16], r11",
        "bts r10, {special}",
        "mov [r9 - 8], r10",
        // The parameters.
        "xor eax, eax",
        "mov r10, {nil}",
        "jmp 3f",
        "2:",
        "mov r11, r10",
        "cmp eax, ecx",
        "cmovb r11, [r14 + 8 * rax]",
        "mov [r9 + 8 * rax], r11",
        "inc eax",
        "3:",
        "cmp eax, esi",
        "jb 2b",
        "push r14",
        "push r9",
        "sub rsp, 8",
        "mov r14, r9",
        "call rdi",
        "add rsp, 8",
        "pop r9",
        "pop r14",
        "test rdx, rdx",
        "js 6f",
        "cmp qword ptr [r15 + {landing}], 0",
        "jne 7f",
        "bt rdx, {delivered}",
        "jc 7f",
        // All results but the first.
        "mov ecx, 1",
        "jmp 5f",
        "4:",
        "mov r11, [r9 + 8 * rcx - 24]",
        "mov [r14 + 8 * rcx - 24], r11",
        "inc rcx",
        "5:",
        "cmp rcx, rdx",
        "jb 4b",
        "6:",
        "ret",
        "7:",
        "mov rdi, r15",
        "mov rsi, r14",
        "jmp {landed}",
        "8:",
        "mov rdi, r15",
        "mov rsi, r14",
        "mov edx, ecx",
        "jmp {slow}",
        function = const layout::CLOSURE_FUNCTION,
        begun = const layout::FUNCTION_BEGUN,
        frame_size = const layout::FUNCTION_FRAME_SIZE,
        params = const layout::FUNCTION_PARAMS,
        header = const SPECIAL_HEADER * 8,
        room = const (INLINED_WORDS_MAX + STACK_SLACK) * 8,
        limit = const offset_of!(Fiber, limit),
        native_limit = const FIBER_NATIVE_LIMIT,
        poll = const offset_of!(Fiber, poll),
        int = const TAG_INT,
        special = const FRAME_SPECIAL.trailing_zeros(),
        in_window = const super::sites::IN_WINDOW.trailing_zeros(),
        nil = const Value::NIL.bits(),
        landing = const offset_of!(Fiber, landing),
        delivered = const super::DELIVERED.trailing_zeros(),
        landed = sym landed,
        slow = sym entries::enter_slow,
    )
}
