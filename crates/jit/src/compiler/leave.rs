//! Where exit stubs lead.

use super::Compiler;
use crate::ir::types::Type;
use crate::stubs::SavedRegisters;
use crate::{exit, ir, lower};
use runtime::value::Value;
use vm::fiber::Fiber;
use vm::machine::Outcome;

/// Where exit stubs lead.
///
/// # Safety
/// Called by the stub that saved the registers, on the running fiber's stack.
pub(super) unsafe extern "C" fn leave(
    fiber: *mut Fiber,
    registers: *mut SavedRegisters,
    number: u32,
) -> Outcome {
    // SAFETY: the stub gives the running fiber and the registers that it saved below the compiled frame.
    unsafe {
        let fiber = &mut *fiber;
        let base = (*registers).ints[lower::BASE.index()];
        let tier = fiber.engine().tier().cloned();
        let compiler = tier.as_deref().and_then(|tier| tier.as_any().downcast_ref::<Compiler>());
        let Some(compiler) = compiler else { std::process::abort() };
        let code = {
            let mut state = compiler.state();
            let at = state.code.partition_point(|code| code.first_exit <= number);
            let code = state.code[at - 1].clone();
            compiler.count_exit(&mut state, &code, (number - code.first_exit) as usize);
            code
        };
        (*registers).frame_bytes = u64::from(code.frame_bytes);
        let left = exit::Left {
            table: &code.exits,
            exit: &code.exits.exits[(number - code.first_exit) as usize],
            functions: &code.functions,
            frame_words: code.frame_words,
        };
        exit::rebuild(fiber, &*registers, &left);
        let is_loop = code.loop_pc.is_some();
        let is_again = left.exit.op == ir::ops::Op::StackCheck;
        let params = u32::from(code.function.params());
        let signature = code.typed.as_ref().map(|typed| typed.signature);
        drop(code);
        drop(tier);
        if is_loop {
            // The code was entered by an interpreter that waits for it.
            return Outcome { value: 0, status: vm::machine::LEFT };
        }
        let base = runtime::value::address_to_pointer(base);
        let outcome = if is_again {
            vm::machine::entries::call_again(fiber, base, params)
        } else {
            vm::machine::entries::resume_after_exit(fiber, base)
        };
        let Some(signature) = signature else { return outcome };
        // Results behind the first lie in the window, if they are as many as registers take.
        let further =
            |number: usize| (*base.offset(lower::further_result(number) as isize / 8)).load().bits();
        typed_outcome(outcome, signature.results(), further, &mut *registers)
    }
}

/// What a call gave, as a typed entry gives it: status 0 with the results that were promised, or boxed with one more than
/// the status.
fn typed_outcome(
    outcome: Outcome,
    promised: &[Type],
    further: impl Fn(usize) -> u64,
    registers: &mut SavedRegisters,
) -> Outcome {
    if outcome.status < 0 {
        return outcome;
    }
    let other = Outcome { value: outcome.value, status: outcome.status + 1 };
    if outcome.status != promised.len() as i64 {
        return other;
    }
    let mut first = outcome.value;
    for (number, &ty) in promised.iter().enumerate() {
        let v = Value::from_bits(if number == 0 { outcome.value } else { further(number) });
        let word = match ty {
            Type::I64 => v.as_small_int().map(|i| i as u64),
            Type::F64 => v.is_float().then_some(v.bits()),
            _ => Some(v.bits()),
        };
        let Some(word) = word else { return other };
        match number {
            0 => first = word,
            _ => registers.set_word(lower::result_reg(number, ty), word),
        }
    }
    Outcome { value: first, status: 0 }
}
