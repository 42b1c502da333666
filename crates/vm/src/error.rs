//! Errors of scripts: how they are raised, prefixed with positions and named operands, and how they read.
//!
//! An error is a value on its way to a handler: it lies in the fiber, and Rust code passes the empty token [`Thrown`] up.
//! Every error is born in [`Fiber::throw`], which runs an `xpcall` handler at the point of the error and makes a
//! traceback where nothing will catch it.

use crate::fiber::{Fiber, Handler};
use bytecode::module::{NameKind, OperandName};
use runtime::closure::Closure;
use runtime::value::Value;
use std::fmt::Write;

/// Proof that an error was raised and lies in the fiber.
#[derive(Debug)]
#[must_use]
pub struct Thrown {
    _private: (),
}

impl Thrown {
    /// The token of an error that machine code has passed on: it lies in the fiber already.
    #[inline(always)]
    pub(crate) fn passed_on() -> Thrown {
        Thrown { _private: () }
    }
}

impl Fiber {
    /// Raises a value unchanged.
    #[cold]
    #[inline(never)]
    pub fn throw(&mut self, value: Value) -> Thrown {
        self.error = value;
        if let Some(&Handler { function: handler, level }) = self.handler_stack.last()
            && level == self.handlers
            && handler != Value::MARK
            && !self.is_terminating()
        {
            // While the handler runs it stands aside, so that an error in it goes to nobody but the xpcall. It is back for
            // errors that deferred calls raise on the way.
            let at = self.handler_stack.len() - 1;
            self.handler_stack[at].function = Value::MARK;
            let native_depth = self.native_depth;
            self.native_depth = native_depth.saturating_sub(HANDLER_NATIVE_DEPTH);
            self.depth_max += HANDLER_DEPTH;
            let result = self.call1(handler, &[value]);
            self.depth_max -= HANDLER_DEPTH;
            self.native_depth = native_depth;
            self.handler_stack[at].function = handler;
            match result {
                Ok(v) => self.error = v,
                Err(thrown) => return thrown,
            }
        }
        if self.handlers == 0 && self.traceback.is_none() {
            self.traceback = Some(self.make_traceback());
        }
        Thrown { _private: () }
    }

    /// Passes on an error value that another fiber raised: no handler of this fiber has seen it.
    pub fn rethrow(&mut self, value: Value) -> Thrown {
        self.throw(value)
    }

    /// Raises a string with the position of the script line that is executing in front.
    #[cold]
    #[inline(never)]
    pub fn error(&mut self, message: &str) -> Thrown {
        let text = format!("{}{message}", self.position(1));
        self.throw_text(&text)
    }

    /// Raises a string as it is.
    #[cold]
    #[inline(never)]
    pub fn throw_text(&mut self, text: &str) -> Thrown {
        match self.mutator().new_str(text.as_bytes()) {
            Ok(s) => self.throw(s.to_value()),
            Err(_) => self.out_of_memory(),
        }
    }

    /// Raises `not enough memory`.
    #[cold]
    #[inline(never)]
    pub fn out_of_memory(&mut self) -> Thrown {
        let s = self.engine.text.not_enough_memory;
        self.throw(s)
    }

    /// `FILE:LINE: ` of the `level`-th active script function (1 = innermost), or nothing if there is none.
    pub fn position(&self, level: usize) -> String {
        let (mut at, mut text) = (0, String::new());
        self.walk_frames(|closure, pc| {
            at += 1;
            if at == level {
                let function = closure.function();
                text = format!("{}:{}: ", function.module().name, function.proto_ref().line_at(pc));
            }
            at < level
        });
        text
    }

    /// How operand `operand` of the running instruction was written, as ` (local 'x')`, or nothing.
    pub(crate) fn operand_text(&self, operand: u16) -> String {
        let Some((proto, pc)) = self.current_position() else { return String::new() };
        match proto.operand_name(pc, operand) {
            Some(OperandName { kind, name, .. }) => format!(" ({} '{name}')", kind.word()),
            None => String::new(),
        }
    }

    /// Raises `attempt to DO a T value (name)`.
    #[cold]
    #[inline(never)]
    pub(crate) fn operand_error(&mut self, what: &str, value: Value, operand: u16) -> Thrown {
        let t = self.type_name_of(value);
        let name = if operand == NO_OPERAND { String::new() } else { self.operand_text(operand) };
        let unknown = if value.is_nil() { self.global_operand(operand) } else { None };
        let thrown = self.error(&format!("attempt to {what} a {t} value{name}"));
        if let Some(unknown) = unknown {
            self.engine.note_unknown_global(self.error, unknown);
        }
        thrown
    }

    /// The name of the global that operand `operand` of the running instruction is, if it is one.
    fn global_operand(&self, operand: u16) -> Option<String> {
        let (proto, pc) = self.current_position()?;
        let found = proto.operand_name(pc, operand)?;
        if found.kind == NameKind::Global { Some(found.name.to_string()) } else { None }
    }

    /// Raises `attempt to concatenate a T value (name)` for operand `operand` of the running `Concat`, at the line of the
    /// operator behind operand `operator`.
    #[cold]
    #[inline(never)]
    pub(crate) fn concat_error(&mut self, value: Value, operand: u16, operator: u16) -> Thrown {
        let t = self.type_name_of(value);
        let name = self.operand_text(operand);
        let mut position = String::new();
        self.walk_frames(|closure, pc| {
            let function = closure.function();
            let line = function.proto_ref().concat_line_at(pc, operator);
            position = format!("{}:{line}: ", function.module().name);
            false
        });
        self.throw_text(&format!("{position}attempt to concatenate a {t} value{name}"))
    }

    /// The type's name for messages: `__name` of its metatable if that is a string.
    pub fn type_name_of(&mut self, v: Value) -> String {
        if let Some(name) = self.metatable_name(v) { name } else { crate::convert::type_name(v).to_string() }
    }

    /// The traceback from the innermost script frame on, each line indented by four spaces, without a heading.
    pub fn make_traceback(&self) -> String {
        const SHOWN_FIRST: usize = 12;
        const SHOWN_LAST: usize = 10;
        let mut total = 0;
        self.walk_frames(|_, _| {
            total += 1;
            true
        });
        let (mut text, mut at) = (String::new(), 0);
        self.walk_frames(|closure, pc| {
            at += 1;
            if total > SHOWN_FIRST + SHOWN_LAST + 1 && at > SHOWN_FIRST && at <= total - SHOWN_LAST {
                if at == SHOWN_FIRST + 1 {
                    let _ = writeln!(text, "    ... ({} more)", total - SHOWN_FIRST - SHOWN_LAST);
                }
                return true;
            }
            let _ = writeln!(text, "    {}", describe_frame(closure, pc));
            true
        });
        text
    }
}

/// A frame as tracebacks show it: `FILE:LINE: in FUNCTION`.
pub(crate) fn describe_frame(closure: Closure, pc: u32) -> String {
    let function = closure.function();
    let proto = function.proto_ref();
    let file = &function.module().name;
    let line = proto.line_at(pc);
    match &proto.name {
        Some(name) => format!("{file}:{line}: in function '{name}'"),
        None if function.is_main() => format!("{file}:{line}: in main chunk"),
        None => format!("{file}:{line}: in function <{file}:{}>", proto.line),
    }
}

/// For [`Fiber::operand_error`]: the operand has no name.
pub(crate) const NO_OPERAND: u16 = u16::MAX;

/// Calls that an error handler may make beyond the limit, so that it can handle `stack overflow`.
const HANDLER_DEPTH: u32 = 200;
/// The same for calls from native functions.
const HANDLER_NATIVE_DEPTH: u32 = 20;
