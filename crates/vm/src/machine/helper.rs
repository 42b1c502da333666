//! How helpers are written: as functions on values that give a result or an error; a macro makes of them what machine code
//! can call, and a table.

use crate::machine::Outcome;
use runtime::object::Header;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::ptr::NonNull;

/// What a helper gives, as one word.
pub(super) trait IntoWord {
    fn into_word(self) -> u64;
}

impl IntoWord for Value {
    #[inline(always)]
    fn into_word(self) -> u64 {
        self.bits()
    }
}

impl IntoWord for bool {
    #[inline(always)]
    fn into_word(self) -> u64 {
        u64::from(self)
    }
}

impl IntoWord for i64 {
    #[inline(always)]
    fn into_word(self) -> u64 {
        self as u64
    }
}

impl IntoWord for () {
    #[inline(always)]
    fn into_word(self) -> u64 {
        0
    }
}

impl IntoWord for NonNull<Header> {
    #[inline(always)]
    fn into_word(self) -> u64 {
        runtime::value::pointer_to_address(self.as_ptr())
    }
}

impl IntoWord for Str {
    #[inline(always)]
    fn into_word(self) -> u64 {
        self.header().into_word()
    }
}

impl IntoWord for Table {
    #[inline(always)]
    fn into_word(self) -> u64 {
        self.header().into_word()
    }
}

/// The outcome of a helper that may raise an error.
#[inline(always)]
pub(super) fn outcome<T: IntoWord>(result: Result<T, crate::error::Thrown>) -> Outcome {
    match result {
        Ok(v) => Outcome { value: v.into_word(), status: 0 },
        Err(_) => Outcome::ERROR,
    }
}

/// Runs the body of a helper, from which `?` leaves.
#[inline(always)]
pub(super) fn once<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Defines helpers: `fallible` ones, whose body may use `?` and gives an `Ok`; `raising` ones, which do not look at the frame
/// that runs; and `total` ones, which raise nothing and do not look at it either. Machine code has published base and ip
/// of its frame; for the last two kinds the base is that of the outermost frame, and they need not settle the position.
macro_rules! helpers {
    ($($(#[$meta:meta])* $kind:ident fn $name:ident($fiber:ident $(, $arg:ident: $t:ty)*) -> $result:ty $body:block)*) => {
        $(helpers!(@$kind $(#[$meta])* $name($fiber $(, $arg: $t)*) -> $result $body);)*

        /// Names and addresses.
        pub(super) fn table() -> Vec<(&'static str, usize)> {
            vec![$((stringify!($name).trim_start_matches("r#"), $name as *const () as usize)),*]
        }
    };
    (@fallible $(#[$meta:meta])* $name:ident($fiber:ident $(, $arg:ident: $t:ty)*) -> $result:ty $body:block) => {
        $(#[$meta])*
        ///
        /// # Safety
        /// The fiber runs, and base and ip of its innermost frame are published.
        pub(super) unsafe extern "C" fn $name($fiber: *mut Fiber $(, $arg: $t)*) -> Outcome {
            // SAFETY: the fiber runs in the code that calls this.
            let $fiber = unsafe { &mut *$fiber };
            $fiber.top = std::ptr::null_mut();
            crate::machine::sites::settle_position($fiber);
            outcome(once(|| -> Result<$result, Thrown> { $body }))
        }
    };
    (@raising $(#[$meta:meta])* $name:ident($fiber:ident $(, $arg:ident: $t:ty)*) -> $result:ty $body:block) => {
        $(#[$meta])*
        ///
        /// # Safety
        /// The fiber runs, and its position is published.
        pub(super) unsafe extern "C" fn $name($fiber: *mut Fiber $(, $arg: $t)*) -> Outcome {
            // SAFETY: the fiber runs in the code that calls this.
            let $fiber = unsafe { &mut *$fiber };
            $fiber.top = std::ptr::null_mut();
            outcome(once(|| -> Result<$result, Thrown> { $body }))
        }
    };
    (@total $(#[$meta:meta])* $name:ident($fiber:ident $(, $arg:ident: $t:ty)*) -> $result:ty $body:block) => {
        $(#[$meta])*
        ///
        /// # Safety
        /// The fiber runs, and base and ip of its innermost frame are published if the helper may allocate.
        pub(super) unsafe extern "C" fn $name($fiber: *mut Fiber $(, $arg: $t)*) -> u64 {
            // SAFETY: the fiber runs in the code that calls this.
            let $fiber = unsafe { &mut *$fiber };
            $fiber.top = std::ptr::null_mut();
            once(|| -> $result { $body }).into_word()
        }
    };
}
pub(super) use helpers;
