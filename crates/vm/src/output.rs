//! What a program says to the world: the output that `print` shares with the `io` library, and its exit status.

use crate::engine::{Engine, Output};
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::sched::Ending;
use runtime::value::Value;
use std::io::{self, Write};
use std::sync::TryLockError;

/// As long as so little has been written since it was last passed on, more is expected to fit into the host's buffer.
const QUICK_BYTES: usize = 32 << 10;

/// The output, and how much was written to it that has not been passed on yet.
pub struct OutputState {
    output: Output,
    pending: usize,
}

impl OutputState {
    pub(crate) fn new(output: Output) -> OutputState {
        OutputState { output, pending: 0 }
    }
}

impl Write for OutputState {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.output.write(bytes)?;
        self.pending = self.pending.saturating_add(n);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pending = 0;
        self.output.flush()
    }
}

impl Fiber {
    /// Writes bytes to the output as one unit.
    ///
    /// # Errors
    /// The operating system's reason, as `write stdout: reason`.
    pub fn write_output(&mut self, bytes: &[u8]) -> Result<(), Thrown> {
        let result = self.with_output(bytes.len(), |output| output.write_all(bytes));
        match result {
            Ok(()) => Ok(()),
            Err(e) => Err(self.error(&format!("write stdout: {}", crate::link::io_reason(&e)))),
        }
    }

    /// Passes on what was written.
    ///
    /// # Errors
    /// The operating system's.
    pub fn flush_output(&mut self) -> io::Result<()> {
        self.with_output(QUICK_BYTES, OutputState::flush)
    }

    /// Writes about `size_bytes` bytes, or flushes. That may have to wait for the output's reader, so others may stop the
    /// world meanwhile, and who waits for the output waits where it may be stopped too.
    pub fn with_output<R>(&mut self, size_bytes: usize, work: impl FnOnce(&mut OutputState) -> R) -> R {
        let (engine, m) = self.parts();
        if !m.heap().is_parallel() {
            return work(&mut engine.output());
        }
        let quick = match engine.output.try_lock() {
            Ok(output) => Some(output),
            Err(TryLockError::Poisoned(e)) => Some(e.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        if let Some(mut output) = quick
            && output.pending + size_bytes < QUICK_BYTES
        {
            return work(&mut output);
        }
        m.idle(|| {
            let mut output = engine.output();
            if output.pending + size_bytes >= QUICK_BYTES {
                // An error shows again in what follows.
                let _ = output.flush();
            }
            work(&mut output)
        })
    }

    /// Ends the program with this exit status: nothing catches it, and no deferred call runs.
    pub fn exit(&mut self, status: i32) -> Thrown {
        *self.engine().exit_status.lock().unwrap_or_else(|e| e.into_inner()) = Some(status);
        crate::safepoint::end(self, Ending::Exit)
    }

    /// For whoever caught an error: if the run is being ended nothing may catch it, and it goes on.
    pub fn pass_on_termination(&mut self, error: Value) -> Option<Thrown> {
        if self.is_terminating() { Some(self.throw(error)) } else { None }
    }

    /// Raises a string without a position.
    pub fn error_plain(&mut self, message: &str) -> Thrown {
        self.throw_text(message)
    }
}

impl Engine {
    /// The status that the program gave to `os.exit`, if it did; forgotten by this call.
    pub fn take_exit_status(&self) -> Option<i32> {
        self.exit_status.lock().unwrap_or_else(|e| e.into_inner()).take()
    }

    /// The name of a value's type as a value.
    #[inline]
    pub fn type_name_value(&self, v: Value) -> Value {
        self.text.type_names[crate::convert::type_index(v)]
    }
}
