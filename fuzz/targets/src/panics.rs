//! Panics, caught ones included.
//!
//! The machine turns a panic of a library function into an error of the script, which the script may even catch. For a
//! fuzzer each is a finding, so the panic hook takes note of all of them, on any thread.

use std::sync::{Mutex, Once};

static SEEN: Mutex<Option<String>> = Mutex::new(None);
static WATCH: Once = Once::new();

/// Begins to take note of panics, which are then no longer written to standard error.
pub fn watch() {
    WATCH.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let what = panic.payload_as_str().unwrap_or("a panic without a message");
            let place = panic.location().map(|at| format!("{at}: ")).unwrap_or_default();
            let text = format!("{place}{what}").replace('\n', "\\n");
            let mut seen = SEEN.lock().unwrap_or_else(|e| e.into_inner());
            // The first one is the cause of the others.
            seen.get_or_insert(text);
        }));
    });
}

/// The first panic since the last call.
pub fn take() -> Option<String> {
    SEEN.lock().unwrap_or_else(|e| e.into_inner()).take()
}
