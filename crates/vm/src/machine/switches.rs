//! Resuming and yielding from machine code: the switch without the Rust functions around it.
//!
//! What `coroutine::resume`, `yield_values` and `call_wrapped` do for a coroutine that is suspended and for at most two
//! values is done here in a few dozen instructions; everything else goes to those functions. The two sides know each other
//! only by the switch of `runtime::switch`: on top of a native stack that does not run lies where it goes on. So either side
//! may be Rust code.
//!
//! Machine code jumps here instead of calling, with the address behind the jump in r11, and whoever switches back jumps
//! there: a call would leave an entry in the processor's stack of return addresses that the other side's returns take off.
//! (*Measured*: a wrong prediction a switch; a resume and its yield take 44 ns by calls of the Rust functions, 14 ns here.)
//!
//! ```text
//!   in:   r15 fiber, rsi first argument in the window, edx their number, r11 where to go on; callee and arguments are in
//!         the window, the frame is published
//!   out:  r15 as it was; rax and rdx as a call gives them; every other register is lost
//!   on the stack while it waits:   landing | where to go on | fiber | the coroutine's object (a resume only) | frame ...
//! ```

use crate::coroutine;
use crate::fiber::Fiber;
use crate::machine::{Outcome, entries, sites};
use crate::native::Args;

/// Which switch a call of a native function is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Switch {
    /// `coroutine.yield`.
    Yield,
    /// `coroutine.resume`.
    Resume,
    /// The function that `coroutine.wrap` gives.
    Wrapped,
}

impl Switch {
    /// All of them.
    pub const ALL: [Switch; 3] = [Switch::Yield, Switch::Resume, Switch::Wrapped];

    /// The switch that a native function is.
    pub fn of(intrinsic: bytecode::intrinsic::Intrinsic) -> Option<Switch> {
        use bytecode::intrinsic::Intrinsic;
        match intrinsic {
            Intrinsic::Yield => Some(Switch::Yield),
            Intrinsic::Resume => Some(Switch::Resume),
            Intrinsic::WrapResume => Some(Switch::Wrapped),
            _ => None,
        }
    }

    /// Where machine code jumps for it.
    pub fn address(self) -> usize {
        match self {
            Switch::Yield => stubs::yields as *const () as usize,
            Switch::Resume => stubs::resumes as *const () as usize,
            Switch::Wrapped => stubs::resumes_wrapped as *const () as usize,
        }
    }
}

/// Goes on in a resume that a switch has come back to, where the coroutine has ended or has given many values.
///
/// # Safety
/// `fiber` runs, and its call of a resume waits; `object` is the coroutine's object.
unsafe extern "C" fn resumed_slow(fiber: *mut Fiber, object: usize) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        let fiber = &mut *fiber;
        sites::settle_position(fiber);
        let args: Args = fiber.switch.waiting;
        let result = coroutine::resumed(fiber, args, object);
        fiber.top = std::ptr::null_mut();
        entries::native_results(fiber, args, result)
    }
}

/// Goes on in a yield that a switch has come back to, where the coroutine is to be closed or was given many values.
///
/// # Safety
/// `fiber` runs, and its call of a yield waits.
unsafe extern "C" fn yielded_slow(fiber: *mut Fiber) -> Outcome {
    // SAFETY: promised by the caller.
    unsafe {
        let fiber = &mut *fiber;
        sites::settle_position(fiber);
        let args: Args = fiber.switch.waiting;
        let result = coroutine::yielded(fiber);
        fiber.top = std::ptr::null_mut();
        entries::native_results(fiber, args, result)
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod stubs {
    //! There is no machine code here.
    pub(super) extern "C" fn yields() {}
    pub(super) extern "C" fn resumes() {}
    pub(super) extern "C" fn resumes_wrapped() {}
}

#[cfg(target_arch = "x86_64")]
mod stubs {
    use super::{Fiber, coroutine, entries, resumed_slow, yielded_slow};
    use crate::sched::Goroutine;
    use crate::switching::{Outcome, Status};
    use core::arch::naked_asm;
    use runtime::layout;
    use runtime::mutator::Mutator;
    use runtime::object::Kind;
    use runtime::value::{TAG_OBJECT, Value};
    use std::mem::offset_of;

    /// Leaves the fiber in r15 for that in rdi: publishes the stack pointer, hands over the mutator, and takes the other
    /// stack. What is on the stack already says where to go on. The address to go to is in rax then.
    macro_rules! leave {
        () => {
            concat!(
                "mov qword ptr [r15 + {top}], 0\n",
                "mov rax, [r15 + {collections}]\n",
                "mov rax, [rax]\n",
                "mov [r15 + {noted}], rax\n",
                "mov rax, [r15 + {mutator}]\n",
                "mov rcx, [r15 + {poll}]\n",
                "mov [rdi + {mutator}], rax\n",
                "mov [rdi + {poll}], rcx\n",
                "mov rcx, [rdi + {stack_base}]\n",
                "mov [rax + {native_stack_base}], rcx\n",
                "mov [r15 + {sp}], rsp\n",
                "mov rsp, [rdi + {sp}]\n",
                "pop rax\n",
            )
        };
    }

    /// The results that lie in the window of the call that waits, as machine code wants them; on to 9 if they are many.
    macro_rules! received {
        () => {
            concat!(
                "mov edx, [r15 + {count}]\n",
                "cmp edx, 3\n",
                "ja 9f\n",
                "mov rsi, [r15 + {waiting}]\n",
                "mov rax, {nil}\n",
                "test edx, edx\n",
                "cmovne rax, [rsi - 24]\n",
                "jmp rcx\n",
            )
        };
    }

    /// The code of a switch, with the operands that both of them have.
    macro_rules! switch_asm {
        ($($line:expr),*; $($own:tt)*) => {
            naked_asm!(
                $($line,)*
                top = const offset_of!(Fiber, top),
                mutator = const offset_of!(Fiber, mutator),
                poll = const offset_of!(Fiber, poll),
                waiting = const offset_of!(Fiber, switch.waiting.base),
                waiting_count = const offset_of!(Fiber, switch.waiting.count),
                count = const offset_of!(Fiber, switch.count),
                goroutine = const offset_of!(Fiber, switch.goroutine),
                resumer = const offset_of!(Fiber, switch.resumer),
                collections = const offset_of!(Fiber, switch.collections),
                noted = const offset_of!(Fiber, switch.noted),
                stack_base = const offset_of!(Fiber, switch.base),
                sp = const offset_of!(Fiber, switch.sp),
                native_stack_base = const offset_of!(Mutator, native_stack_base),
                current = const offset_of!(Goroutine, current),
                slow = sym entries::call_native,
                $($own)*
            )
        };
    }

    /// Resumes the coroutine whose object is in rcx with the edx values at r9; the window's arguments are r8d at rsi. Nothing
    /// has happened at 8, whence the Rust function is called.
    #[unsafe(naked)]
    extern "C" fn resume() -> ! {
        switch_asm!(
            "cmp edx, 2",
            "ja 8f",
            // It is ours from here on.
            "mov rax, [r15 + {parallel}]",
            "cmp byte ptr [rax], 0",
            "jne 6f",
            "cmp byte ptr [rcx + {co_status}], {suspended}",
            "jne 8f",
            "mov byte ptr [rcx + {co_status}], {running}",
            "5:",
            "mov rdi, [rcx + {co_fiber}]",
            // The values to where the yield wants them: there is always room for three.
            "mov rax, [rdi + {waiting}]",
            "mov [rdi + {count}], edx",
            "test edx, edx",
            "jz 2f",
            "mov r10, [r9]",
            "mov [rax - 24], r10",
            "cmp edx, 1",
            "je 2f",
            "mov r10, [r9 + 8]",
            "mov [rax - 16], r10",
            "2:",
            "mov [r15 + {waiting}], rsi",
            "mov [r15 + {waiting_count}], r8d",
            "mov rax, [r15 + {status}]",
            "mov byte ptr [rax], {normal}",
            "mov rax, [r15 + {goroutine}]",
            "mov [rdi + {goroutine}], rax",
            "mov [rdi + {resumer}], r15",
            "mov [rax + {current}], rdi",
            "push rcx",
            "push r15",
            "push r11",
            "lea rcx, [rip + {resumed}]",
            "push rcx",
            leave!(),
            "jmp rax",
            "6:",
            "mov eax, {suspended}",
            "mov r10d, {running}",
            "lock cmpxchg byte ptr [rcx + {co_status}], r10b",
            "je 5b",
            "8:",
            "push r11",
            "mov edx, r8d",
            "mov rdi, r15",
            "jmp {slow}";
            co_fiber = const coroutine::FIBER_IN_OBJECT,
            co_status = const coroutine::STATUS_IN_OBJECT,
            parallel = const offset_of!(Fiber, switch.parallel),
            status = const offset_of!(Fiber, switch.status),
            suspended = const Status::Suspended as u8,
            running = const Status::Running as u8,
            normal = const Status::Normal as u8,
            resumed = sym resumed
        )
    }

    /// Where a resume goes on when the coroutine comes back.
    #[unsafe(naked)]
    extern "C" fn resumed() -> ! {
        naked_asm!(
            "pop rcx",
            "pop r15",
            "pop r8",
            "mov rax, [r15 + {status}]",
            "mov byte ptr [rax], {running}",
            "cmp byte ptr [r15 + {outcome}], {yielded}",
            "jne 9f",
            // Others may have it now.
            "mov byte ptr [r8 + {co_status}], {suspended}",
            received!(),
            "9:",
            "push rcx",
            "mov rdi, r15",
            "mov rsi, r8",
            "jmp {slow}",
            outcome = const offset_of!(Fiber, switch.outcome),
            yielded = const Outcome::Yielded as u8,
            co_status = const coroutine::STATUS_IN_OBJECT,
            status = const offset_of!(Fiber, switch.status),
            suspended = const Status::Suspended as u8,
            running = const Status::Running as u8,
            waiting = const offset_of!(Fiber, switch.waiting.base),
            count = const offset_of!(Fiber, switch.count),
            nil = const Value::NIL.bits(),
            slow = sym resumed_slow,
        )
    }

    #[unsafe(naked)]
    pub(super) extern "C" fn resumes_wrapped() -> ! {
        naked_asm!(
            // The coroutine is the only upvalue.
            "mov rcx, [rsi - 24]",
            "shl rcx, 16",
            "shr rcx, 16",
            "mov rcx, [rcx + {upvalues}]",
            "shl rcx, 16",
            "shr rcx, 16",
            "mov r9, rsi",
            "mov r8d, edx",
            "mov byte ptr [r15 + {wants_true}], 0",
            "jmp {resume}",
            upvalues = const layout::NATIVE_UPVALUES,
            wants_true = const offset_of!(Fiber, switch.wants_true),
            resume = sym resume,
        )
    }

    #[unsafe(naked)]
    pub(super) extern "C" fn resumes() -> ! {
        naked_asm!(
            "mov r8d, edx",
            "sub edx, 1",
            "jc 8f",
            "mov rcx, [rsi]",
            "mov rax, rcx",
            "shr rax, 48",
            "cmp eax, {tag}",
            "jne 8f",
            "shl rcx, 16",
            "shr rcx, 16",
            "cmp byte ptr [rcx + {kind}], {foreign}",
            "jne 8f",
            "cmp byte ptr [rcx + {aux}], {ours}",
            "jne 8f",
            "lea r9, [rsi + 8]",
            "mov byte ptr [r15 + {wants_true}], 1",
            "jmp {resume}",
            "8:",
            "push r11",
            "mov edx, r8d",
            "mov rdi, r15",
            "jmp {slow}",
            tag = const TAG_OBJECT >> 48,
            kind = const layout::HEADER_KIND,
            foreign = const Kind::Foreign as u8,
            aux = const layout::HEADER_AUX,
            ours = const coroutine::AUX,
            wants_true = const offset_of!(Fiber, switch.wants_true),
            resume = sym resume,
            slow = sym entries::call_native,
        )
    }

    #[unsafe(naked)]
    pub(super) extern "C" fn yields() -> ! {
        switch_asm!(
            "mov rdi, [r15 + {resumer}]",
            "test rdi, rdi",
            "jz 8f",
            "cmp edx, 2",
            "ja 8f",
            "cmp byte ptr [r15 + {closing}], 0",
            "jne 8f",
            // The values to where the resume wants them, perhaps behind `true`: there is always room for three.
            "mov rax, [rdi + {waiting}]",
            "movzx ecx, byte ptr [rdi + {wants_true}]",
            "test ecx, ecx",
            "jz 2f",
            "mov r10, {tru}",
            "mov [rax - 24], r10",
            "2:",
            "lea rax, [rax + 8 * rcx]",
            "add ecx, edx",
            "mov [rdi + {count}], ecx",
            "test edx, edx",
            "jz 3f",
            "mov r10, [rsi]",
            "mov [rax - 24], r10",
            "cmp edx, 1",
            "je 3f",
            "mov r10, [rsi + 8]",
            "mov [rax - 16], r10",
            "3:",
            "mov [r15 + {waiting}], rsi",
            "mov [r15 + {waiting_count}], edx",
            "mov byte ptr [r15 + {wants_true}], 0",
            "mov byte ptr [rdi + {outcome}], {yielded}",
            "mov qword ptr [r15 + {resumer}], 0",
            "mov rax, [r15 + {goroutine}]",
            "mov [rax + {current}], rdi",
            "push r15",
            "push r11",
            "lea rcx, [rip + {landing}]",
            "push rcx",
            leave!(),
            "jmp rax",
            "8:",
            "push r11",
            "mov rdi, r15",
            "jmp {slow}";
            wants_true = const offset_of!(Fiber, switch.wants_true),
            closing = const offset_of!(Fiber, switch.closing),
            outcome = const offset_of!(Fiber, switch.outcome),
            yielded = const Outcome::Yielded as u8,
            tru = const Value::TRUE.bits(),
            landing = sym yielded_here
        )
    }

    /// Where a yield goes on when it is resumed.
    #[unsafe(naked)]
    extern "C" fn yielded_here() -> ! {
        naked_asm!(
            "pop rcx",
            "pop r15",
            "cmp byte ptr [r15 + {closing}], 0",
            "jne 9f",
            received!(),
            "9:",
            "push rcx",
            "mov rdi, r15",
            "jmp {slow}",
            closing = const offset_of!(Fiber, switch.closing),
            waiting = const offset_of!(Fiber, switch.waiting.base),
            count = const offset_of!(Fiber, switch.count),
            nil = const Value::NIL.bits(),
            slow = sym yielded_slow,
        )
    }
}
