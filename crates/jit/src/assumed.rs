//! Which code relies on what.

use crate::installed::Installed;
use runtime::assumption::Assumption;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// Installed code by what it relies on without asking. Code that is not entered any more stays: frames of it may still be on
/// a stack.
#[derive(Default)]
pub(crate) struct Dependents {
    code: HashMap<Assumption, Vec<Arc<Installed>>>,
}

impl Dependents {
    /// Notes what new code relies on.
    pub(crate) fn add(&mut self, assumptions: &[Assumption], code: &Arc<Installed>) {
        for &what in assumptions {
            self.code.entry(what).or_default().push(code.clone());
        }
    }

    /// The code that relies on something which is so no more.
    pub(crate) fn take(&mut self, what: Assumption) -> Vec<Arc<Installed>> {
        let mut code = self.code.remove(&what).unwrap_or_default();
        // It may rely on more than one thing, and have been met before.
        code.retain(|code| code.is_valid.load(Relaxed));
        code
    }
}
