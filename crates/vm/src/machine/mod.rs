//! What compiled code and the rest of the machine know of each other.
//!
//! The compiler is behind a trait ([`Tier`]); what it makes is code behind an address. A compiled activation has a window of
//! the register stack like an interpreted one, so tracebacks, collections, errors and coroutines see no difference. How one
//! calls the other is told in `calls.rs`, what machine code may call in `entries.rs` and `helpers*.rs`, and the offsets that
//! it uses are in `layout.rs`; `sites.rs` has what calls of machine code do not write.
//!
//! Nothing here generates code.

pub(crate) mod calls;
pub mod entries;
pub mod feedback;
mod helper;
mod helpers;
mod helpers_calls;
mod helpers_tables;
pub mod layout;
pub mod rebuild;
pub mod sites;
pub mod switches;
#[cfg(all(test, not(miri)))]
mod tests;
mod tier;
pub mod variadic;

pub use tier::{Machine, Stubs, Thresholds, Tier};

use runtime::value::Value;
use std::sync::LazyLock;

/// What machine code and what it calls give back: two registers.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Outcome {
    /// The first result, as its type says; a boxed value from calls.
    pub value: u64,
    /// Negative: an error is on its way, and lies in the fiber. Calls: the number of results, perhaps with [`DELIVERED`].
    /// Others: 0.
    pub status: i64,
}

/// Status bit of a call: the frame has ended in the interpreter, and its results lie where those of the frame go. Only who
/// begins frames that are not plain ones, and so is no machine code, gets to see it.
pub const DELIVERED: i64 = 1 << 32;

/// The status of code of a loop that left: nothing was returned, and the interpreter goes on in the published frame.
pub const LEFT: i64 = 1 << 33;

impl Outcome {
    /// An error is on its way.
    pub const ERROR: Outcome = Outcome { value: 0, status: -1 };

    /// So many results, of which this is the first.
    pub(crate) fn results(first: Value, count: u32) -> Outcome {
        Outcome { value: first.bits(), status: i64::from(count) }
    }
}

/// The stub by which Rust code runs machine code for a frame that has begun: address of the code in `code`. It keeps the
/// registers that a Rust function keeps.
pub type Enter = unsafe extern "C" fn(
    fiber: *mut crate::fiber::Fiber,
    base: *mut runtime::object::Word,
    code: usize,
    nargs: u32,
) -> Outcome;

/// The helpers of machine code: name and address.
pub static HELPERS: LazyLock<Vec<(&'static str, usize)>> = LazyLock::new(|| {
    let mut all = helpers::table();
    all.extend(helpers_tables::table());
    all.extend(helpers_calls::table());
    all
});

/// The address of a helper by its name.
pub fn helper_address(name: &str) -> Option<usize> {
    HELPERS.iter().find(|(n, _)| *n == name).map(|(_, address)| *address)
}
