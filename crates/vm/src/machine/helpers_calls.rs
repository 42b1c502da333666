//! Helpers: calls and lists with everything in registers in memory, goroutines, deferred calls, range loops.
//!
//! Register numbers count from the published base. A helper with "multi" in its name may move the frame: the caller goes on
//! with the base that is published then.

use crate::error::Thrown;
use crate::fiber::{FRAME_MOVED, Fiber};
use crate::interp::frames::{self, Links, MULTI};
use crate::interp::make;
use crate::machine::Outcome;
use crate::machine::entries::{self, mark_moved};
use crate::machine::helper::{IntoWord, helpers, once, outcome};
use crate::machine::sites;
use crate::native::WINDOW_HEADER;
use crate::range::{self, Step};
use runtime::closure::Native;
use runtime::object::Word;
use runtime::value::Value;

/// Calls in the window at register `window`; `want` results go to its registers.
fn call_registers(fiber: &mut Fiber, window: i64, nargs: u32, want: u32) -> Result<(), Thrown> {
    // SAFETY: the window is in the published frame, with callee and arguments written.
    unsafe {
        let at = fiber.base.add(window as usize);
        let n = entries::call_in_frame(fiber, at, nargs)?;
        fiber.top = std::ptr::null_mut();
        let from = fiber.results_at(at, n);
        let mut to = at;
        if want == MULTI && from != at {
            mark_moved(fiber, |fiber| frames::relocate(fiber, window as usize + n as usize))?;
            to = fiber.base.add(window as usize);
        }
        frames::deliver(fiber, from, n as usize, to, want);
        Ok(())
    }
}

/// Puts `n` registers where the results of the frame go. Where the frame was moved it ends, and the base that is published
/// then is such that the results lie three words below it.
fn return_registers(fiber: &mut Fiber, reg: i64, n: usize) {
    // SAFETY: the registers are in the published frame, whose links are intact.
    unsafe {
        let base = fiber.base;
        let from = base.add(reg as usize);
        fiber.multi = n as u32;
        // The links of a frame that moves are written out, and those that are not need not be: the results go there.
        if !sites::is_settled(base) || (*base.sub(1)).load().bits() & FRAME_MOVED == 0 {
            let to = base.sub(WINDOW_HEADER);
            for i in 0..n {
                (*to.add(i)).store((*from.add(i)).load());
            }
            return;
        }
        let links = Links::of(base);
        frames::end_chunk(fiber, &links, from, n);
        let at = entries::land(fiber, &links, n as u32);
        fiber.base = at.wrapping_add(WINDOW_HEADER);
    }
}

/// Runs the list of deferred calls. It lies in the frame's defer register meanwhile, where an error finds the rest of it.
fn run_list(fiber: &mut Fiber, list: Value) -> Result<(), Thrown> {
    // SAFETY: the frame is published; its defer register, if it has one, is in it.
    unsafe {
        match Fiber::closure_at(fiber.base).function().proto_ref().defer_reg {
            Some(reg) => {
                let register = fiber.base.add(reg as usize);
                (*register).store(list);
                frames::run_defers(fiber, register)
            }
            None => {
                let mut register = Word::new(list);
                frames::run_defers(fiber, &raw mut register)
            }
        }
    }
}

/// The list with the call of a window in front.
fn defer_call(fiber: &mut Fiber, window: i64, n: usize, list: Value) -> Result<Value, Thrown> {
    let mut register = Word::new(list);
    // SAFETY: the window is in the published frame; the list lies on this stack, where the collector sees it.
    unsafe {
        let window = fiber.base.add(window as usize);
        make::defer(fiber, window, n, &raw mut register)?;
    }
    Ok(register.load())
}

helpers! {
    /// Calls in the window, results to its registers.
    fallible fn call(fiber, window: i64, count: i64, results: i64) -> () {
        call_registers(fiber, window, count as u32, results as u32)
    }
    /// The same with `multi` arguments more.
    fallible fn call_multi(fiber, window: i64, count: i64, results: i64) -> () {
        let nargs = count as u32 + fiber.multi;
        call_registers(fiber, window, nargs, results as u32)
    }
    /// All extra arguments to registers; sets `multi`.
    fallible fn vararg_multi(fiber, reg: i64) -> () {
        // SAFETY: the published frame is of a variadic function.
        unsafe {
            let (_, n) = frames::extra_arguments(fiber.base);
            if !fiber.has_room(fiber.base.add(reg as usize), n) {
                mark_moved(fiber, |fiber| frames::relocate(fiber, reg as usize + n))?;
            }
            let (from, n) = frames::extra_arguments(fiber.base);
            let to = fiber.base.add(reg as usize);
            for i in 0..n {
                (*to.add(i)).store((*from.add(i)).load());
            }
            fiber.multi = n as u32;
        }
        Ok(())
    }
    /// Registers to where the results go; sets `multi`. May end the frame (see `return_registers`).
    total fn return_regs(fiber, reg: i64, count: i64) -> () { return_registers(fiber, reg, count as usize) }
    /// The same with `multi` values more.
    total fn return_multi(fiber, reg: i64, count: i64) -> () {
        let n = count as usize + fiber.multi as usize;
        return_registers(fiber, reg, n)
    }
    /// Starts a goroutine.
    fallible fn go(fiber, window: i64, count: i64) -> () {
        // SAFETY: the window is in the published frame.
        unsafe { make::go(fiber, fiber.base.add(window as usize), count as usize) }
    }
    /// The same with `multi` arguments more.
    fallible fn go_multi(fiber, window: i64, count: i64) -> () {
        let n = count as usize + fiber.multi as usize;
        // SAFETY: as above.
        unsafe { make::go(fiber, fiber.base.add(window as usize), n) }
    }
    /// The list with the call of the window in front.
    fallible fn defer(fiber, window: i64, count: i64, list: Value) -> Value {
        defer_call(fiber, window, count as usize, list)
    }
    /// The same with `multi` arguments more.
    fallible fn defer_multi(fiber, window: i64, count: i64, list: Value) -> Value {
        let n = count as usize + fiber.multi as usize;
        defer_call(fiber, window, n, list)
    }
    /// Runs the list, keeping registers.
    fallible fn run_defers(fiber, reg: i64, count: i64, list: Value) -> () {
        let _ = (reg, count);
        run_list(fiber, list)
    }
    /// The same with `multi` registers more.
    fallible fn run_defers_multi(fiber, reg: i64, count: i64, list: Value) -> () {
        // The values that follow the frame stay, so deferred calls begin above them.
        let multi = fiber.multi;
        // SAFETY: the values are in the chunk.
        let end = unsafe { fiber.base.add(reg as usize + count as usize + multi as usize) };
        fiber.top = end.max(fiber.free_top());
        let result = run_list(fiber, list);
        fiber.top = std::ptr::null_mut();
        result?;
        fiber.multi = multi;
        Ok(())
    }
    /// Makes the state of a range loop of three registers, in place.
    fallible fn range_prep(fiber, reg: i64) -> () {
        // SAFETY: the registers are in the published frame.
        unsafe { range::prepare(fiber, fiber.base.add(reg as usize)) }
    }
    /// The next values to the registers after the state: 0; at the end 1; after the call of an iterator function 2.
    fallible fn range_next(fiber, reg: i64, count: i64) -> i64 {
        // SAFETY: as above; the loop is prepared.
        let step = unsafe {
            let state = fiber.base.add(reg as usize);
            match range::quick_next(fiber, state, count as usize) {
                Step::Slow => range::slow_next(fiber, state, count as usize)?,
                step => step,
            }
        };
        Ok(match step {
            Step::Next => 0,
            Step::End => 1,
            Step::Slow => {
                // SAFETY: the window at the variables is ready, in the published frame.
                unsafe {
                    let at = fiber.base.add(reg as usize + 3);
                    if let Some(native) = Native::from_value((*at).load()) {
                        let n = fiber.call_native(native, at, 2)?;
                        fiber.top = std::ptr::null_mut();
                        let from = fiber.results_at(at, n);
                        frames::deliver(fiber, from, n as usize, at, count as u32);
                        return Ok(2);
                    }
                }
                call_registers(fiber, reg + 3, 2, count as u32)?;
                2
            }
        })
    }
}
