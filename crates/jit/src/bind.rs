//! Joins names of this crate to addresses of the machine: helpers by name, stubs by type, fields of a fiber by layout.

use crate::ir::helpers::Helper;
use crate::stubs::{FiberLayout, RustEntries, Stubs};

/// The addresses of all helpers, by their numbers.
///
/// # Panics
/// If the machine lacks one, which a test excludes.
pub(crate) fn helper_addresses() -> Vec<usize> {
    let find = |h: &Helper| vm::machine::helper_address(h.name());
    Helper::ALL.iter().map(|h| find(h).unwrap_or_else(|| panic!("no helper {}", h.name()))).collect()
}

/// The stubs as the machine wants them.
pub(crate) fn vm_stubs(stubs: &Stubs) -> vm::machine::Stubs {
    // SAFETY: the stub was generated with this signature: fiber, base, code, number of arguments.
    let enter = unsafe { std::mem::transmute::<usize, vm::machine::Enter>(stubs.enter) };
    vm::machine::Stubs { enter, interpret: stubs.interpreter_entry }
}
/// Where the fields of a fiber are, for the stubs.
pub(crate) fn fiber_layout() -> FiberLayout {
    use vm::machine::layout as l;
    FiberLayout {
        base: l::FIBER_BASE as i32,
        ip: l::FIBER_IP as i32,
        top: l::FIBER_TOP as i32,
        limit: l::FIBER_LIMIT as i32,
        mutator: l::FIBER_MUTATOR as i32,
        multi: l::FIBER_MULTI as i32,
        depth: l::FIBER_DEPTH as i32,
        poll: l::FIBER_POLL as i32,
        native_limit: l::FIBER_NATIVE_LIMIT as i32,
        error: l::FIBER_ERROR as i32,
        handlers: l::FIBER_HANDLERS as i32,
        native_depth: l::FIBER_NATIVE_DEPTH as i32,
        native_depth_max: vm::fiber::NATIVE_DEPTH_MAX as i32,
        landing: l::FIBER_LANDING as i32,
        stack_slack_words: l::STACK_SLACK as i32,
        frame_moved: l::FRAME_MOVED,
    }
}

/// What the stubs call; `leave` is where exits lead.
pub(crate) fn rust_entries(leave: usize) -> RustEntries {
    use vm::machine::entries as e;
    RustEntries {
        interpret: e::interpret as *const () as usize,
        enter_slow: e::enter_slow as *const () as usize,
        call_slow: e::call_slow as *const () as usize,
        exit: leave,
        throw_frames: e::throw_frames as *const () as usize,
        adopt_results: e::adopt_results as *const () as usize,
        finish_moved: e::finish_moved as *const () as usize,
        call_native: e::call_native as *const () as usize,
        call_prepared: e::call_prepared as *const () as usize,
        catch_error: e::catch_error as *const () as usize,
        refuse_call: e::refuse_call as *const () as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_helper_has_an_address() {
        let missing: Vec<_> = Helper::ALL
            .iter()
            .map(|h| h.name())
            .filter(|n| vm::machine::helper_address(n).is_none())
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
