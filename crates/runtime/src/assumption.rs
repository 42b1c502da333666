//! Assumptions: what machine code takes for granted without asking again, until it is told that it is not so any more.
//!
//! Whoever makes code that relies on something keeps a list of what; whoever changes it tells the listener just before. Only
//! what changes seldom is assumed: an assumption about a global breaks at most twice, one about the kind of a slot likewise, one
//! about a class a bounded number of times.

use crate::value::Value;
use std::sync::OnceLock;

/// What somebody may rely on without asking again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Assumption(u64);

impl Assumption {
    /// That no table ever had the key `__eq`.
    pub const NO_EQUALITY: Assumption = Assumption(0);

    /// About an object: that a class table keeps its keys, its metatable and the slots' values that were relied on, or that
    /// a global's cell keeps its value.
    pub fn of(object: Value) -> Assumption {
        Assumption(object.bits())
    }

    /// That a slot's kind, by its number, stays as it is.
    pub(crate) fn of_kind(number: usize) -> Assumption {
        Assumption(number as u64 + 1)
    }

    /// The object, which whoever relies on it keeps alive, if it is about one.
    pub fn object(self) -> Option<Value> {
        let v = Value::from_bits(self.0);
        v.is_reference().then_some(v)
    }
}

type Listener = Box<dyn Fn(Assumption) + Send + Sync>;

/// Who is told of broken assumptions.
#[derive(Default)]
pub struct Assumptions {
    listener: OnceLock<Listener>,
}

impl Assumptions {
    /// Has `listener` called whenever an assumption breaks, just before what was assumed changes. It must not touch the
    /// heap. Only the first listener of a heap counts.
    pub fn on_broken(&self, listener: impl Fn(Assumption) + Send + Sync + 'static) {
        let _ = self.listener.set(Box::new(listener));
    }

    /// Tells that something is about to change that may be relied on.
    #[cold]
    pub(crate) fn broken(&self, what: Assumption) {
        if let Some(listener) = self.listener.get() {
            listener(what);
        }
    }
}
