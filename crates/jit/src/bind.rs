//! Joins names of this crate to addresses of the machine: helpers by name, stubs by type.

use crate::ir::helpers::Helper;
use crate::stubs::Stubs;

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
