//! What a program says to the world: the output that `print` shares with the `io` library, and its exit status.

use crate::engine::Engine;
use crate::error::Thrown;
use crate::fiber::Fiber;
use runtime::value::Value;

impl Fiber {
    /// Writes bytes to the output as one unit.
    ///
    /// # Errors
    /// The operating system's reason, as `write stdout: reason`.
    pub fn write_output(&mut self, bytes: &[u8]) -> Result<(), Thrown> {
        let result = self.engine().output().write_all(bytes);
        match result {
            Ok(()) => Ok(()),
            Err(e) => Err(self.error(&format!("write stdout: {}", crate::link::io_reason(&e)))),
        }
    }

    /// Ends the program with this exit status: nothing catches it, and no deferred call runs.
    pub fn exit(&mut self, status: i32) -> Thrown {
        *self.engine().exit_status.lock().unwrap_or_else(|e| e.into_inner()) = Some(status);
        self.engine().scheduler.terminate();
        self.throw(Value::NIL)
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
