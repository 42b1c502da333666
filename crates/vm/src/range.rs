//! Range loops: what each kind of value is traversed as, and the next step.
//!
//! The three state registers say by their tags what is going on; the loop's variables follow them.
//!
//! ```text
//!   s[0]      s[1]               s[2]
//!   int n     next i             -                 0 .. n-1
//!   table     cursor             last key          entries in order
//!   table     MARK               last index i      ipairs: t[1], t[2], ... up to nil
//!   string    next byte offset   -                 characters
//!   channel   MARK2              -                 received values
//!   callable  state              control value     iterator function
//! ```
//!
//! A table in `s[0]` is always one of the two traversals: a callable table is called through its handler.

use crate::engine::Meta;
use crate::error::{NO_OPERAND, Thrown};
use crate::fiber::{Fiber, native_def};
use bytecode::intrinsic::Intrinsic;
use runtime::closure::Native;
use runtime::object::Word;
use runtime::string::Str;
use runtime::table::{QuickStep, Table};
use runtime::value::Value;

/// How a step of a loop ends.
pub(crate) enum Step {
    /// The variables have their values.
    Next,
    /// The loop is over.
    End,
    /// Not decided here: the slow step, or the call of an iterator whose window is ready.
    Slow,
}

/// Makes the state of a loop from the first three values of its expression list, in place.
///
/// # Safety
/// `s` is the first of the three state registers of the published frame.
pub(crate) unsafe fn prepare(fiber: &mut Fiber, s: *mut Word) -> Result<(), Thrown> {
    // SAFETY: promised by the caller.
    unsafe {
        let v = (*s).load();
        if v.is_table() {
            if let Some(h) = fiber.metamethod(v, Meta::Pairs) {
                let r = fiber.call(h, &[v])?;
                let (f, state, control) = (r.get(0), r.get(1), r.get(2));
                (*s).store(f);
                (*s.add(1)).store(state);
                (*s.add(2)).store(control);
                // The operand's name is that of the table, not of the iterator.
                return prepare_iterator(fiber, s, f, NO_OPERAND);
            }
            if fiber.metamethod(v, Meta::Call).is_some() {
                return prepare_iterator(fiber, s, v, 0);
            }
            start_table(s, Table::from_value_unchecked(v));
            return Ok(());
        }
        if let Some(n) = crate::convert::num(v) {
            let Some(n) = n.to_int() else {
                return Err(fiber.error("number has no integer representation"));
            };
            let n = fiber.mutator().int(n);
            (*s).store(n);
            (*s.add(1)).store(Value::int_unchecked(0));
            return Ok(());
        }
        if v.is_string() {
            (*s.add(1)).store(Value::int_unchecked(0));
            return Ok(());
        }
        if crate::channel::is_channel(v) {
            (*s.add(1)).store(Value::MARK2);
            return Ok(());
        }
        prepare_iterator(fiber, s, v, 0)
    }
}

unsafe fn start_table(s: *mut Word, t: Table) {
    // SAFETY: the caller's state registers.
    unsafe {
        (*s).store(t.to_value());
        (*s.add(1)).store(Value::int_unchecked(0));
        (*s.add(2)).store(Value::NIL);
    }
}

/// Recognises the iterators of `pairs` and `ipairs` over tables; any other callable is called at each step.
unsafe fn prepare_iterator(fiber: &mut Fiber, s: *mut Word, f: Value, operand: u16) -> Result<(), Thrown> {
    // SAFETY: the caller's state registers.
    unsafe {
        if let Some(native) = Native::from_value(f) {
            let (state, control) = ((*s.add(1)).load(), (*s.add(2)).load());
            match native_def(native).intrinsic {
                Some(Intrinsic::Next) if state.is_table() && control.is_nil() => {
                    start_table(s, Table::from_value_unchecked(state));
                }
                // A loop that begins far below the largest immediate never comes there.
                Some(Intrinsic::IpairsNext)
                    if state.is_table() && control.as_small_int().is_some_and(|i| i < 1 << 40) =>
                {
                    (*s).store(state);
                    (*s.add(1)).store(Value::MARK);
                }
                _ => {}
            }
            return Ok(());
        }
        if f.is_function() {
            return Ok(());
        }
        if f.is_table() && fiber.metamethod(f, Meta::Call).is_some() {
            // The handler takes the table as its first argument: a bound function hides the table from `s[0]`.
            let bound = crate::native::bind_callable(fiber, f);
            (*s).store(bound);
            return Ok(());
        }
        Err(fiber.operand_error("range over", f, operand))
    }
}

/// Gives `values` to `n` variables, nil to those without.
#[inline(always)]
unsafe fn assign<const N: usize>(s: *mut Word, n: usize, values: [Value; N]) {
    // SAFETY: the loop's variables follow its state.
    unsafe {
        for i in 0..n {
            (*s.add(3 + i)).store(values.get(i).copied().unwrap_or(Value::NIL));
        }
    }
}

/// The next step of a traversal that needs no fiber switch, no call and no allocation.
///
/// # Safety
/// `s` is the state of a prepared loop with `n` variables.
#[inline(always)]
pub(crate) unsafe fn quick_next(fiber: &mut Fiber, s: *mut Word, n: usize) -> Step {
    // SAFETY: promised by the caller.
    unsafe {
        let v = (*s).load();
        if v.is_small_int() {
            let i = (*s.add(1)).load();
            if i.small_int_payload() < v.small_int_payload() {
                (*s.add(1)).store(Value::int_unchecked(i.small_int_payload() + 1));
                assign(s, n, [i]);
                return Step::Next;
            }
            return Step::End;
        }
        if v.is_table() {
            let t = Table::from_value_unchecked(v);
            let position = (*s.add(1)).load();
            if position.is_small_int() {
                // An immediate integer is a cursor in the array part: the next index.
                if let Some(element) = t.quick_get(position.small_int_payload()) {
                    let key = position;
                    (*s.add(1)).store(Value::int_unchecked(position.small_int_payload() + 1));
                    (*s.add(2)).store(key);
                    assign(s, n, [key, element]);
                    return Step::Next;
                }
                return Step::Slow;
            }
            if position != Value::MARK {
                let last = (*s.add(2)).load();
                let Some((at, key, value)) = t.next_named_quick(fiber.mutator(), position.bits(), last)
                else {
                    return Step::Slow;
                };
                (*s.add(1)).store(cursor_word(at));
                (*s.add(2)).store(key);
                assign(s, n, [key, value]);
                return Step::Next;
            }
            let next = (*s.add(2)).load().small_int_payload() + 1;
            if let Some(element) = t.quick_get(next) {
                let key = Value::int_unchecked(next);
                (*s.add(2)).store(key);
                assign(s, n, [key, element]);
                return Step::Next;
            }
        }
        Step::Slow
    }
}

/// The next step of a traversal of a table that has left the array part, from a cursor and the key that came with it, as far as
/// that is quick: stores key and value where `to` is, as many as are wanted, and gives the new cursor; nil at the end. Else the
/// mark.
///
/// # Safety
/// `to` is valid for `n` words.
#[inline(always)]
pub(crate) unsafe fn quick_entry(
    fiber: &mut Fiber,
    t: Table,
    (at, last): (Value, Value),
    to: *mut Word,
    n: usize,
) -> Value {
    let (at, key, value) = match t.next_quick(fiber.mutator(), cursor(at), last) {
        QuickStep::Next(at, key, value) => (at, key, value),
        QuickStep::End => return Value::NIL,
        QuickStep::Unknown => return Value::MARK,
    };
    // SAFETY: promised by the caller.
    unsafe {
        if n > 0 {
            (*to).store(key);
        }
        if n > 1 {
            (*to.add(1)).store(value);
        }
    }
    Value::from_bits(at)
}

/// The next step of any loop; `Slow` if an iterator function is to be called: its window is then ready at the variables.
///
/// # Safety
/// As [`quick_next`], in a published frame.
#[inline(never)]
pub(crate) unsafe fn slow_next(fiber: &mut Fiber, s: *mut Word, n: usize) -> Result<Step, Thrown> {
    // SAFETY: promised by the caller.
    unsafe {
        let v = (*s).load();
        if v.is_table() {
            let t = Table::from_value_unchecked(v);
            let position = (*s.add(1)).load();
            if position == Value::MARK {
                let i = (*s.add(2)).load().small_int_payload() + 1;
                let key = Value::int_unchecked(i);
                let element = fiber.index(v, key)?;
                if element.is_nil() {
                    return Ok(Step::End);
                }
                (*s.add(2)).store(key);
                assign(s, n, [key, element]);
                return Ok(Step::Next);
            }
            let last = (*s.add(2)).load();
            return Ok(match t.next_at(fiber.mutator(), cursor(position), last) {
                Some((at, key, value)) => {
                    (*s.add(1)).store(cursor_word(at));
                    (*s.add(2)).store(key);
                    assign(s, n, [key, value]);
                    Step::Next
                }
                None => Step::End,
            });
        }
        if let Some(limit) = v.as_int() {
            // A big limit: the counter itself is far below it for ever.
            let i = (*s.add(1)).load();
            if i.as_int().is_some_and(|i| i < limit) {
                let next = fiber.mutator().int(i.small_int_payload() + 1);
                (*s.add(1)).store(next);
                assign(s, n, [i]);
                return Ok(Step::Next);
            }
            return Ok(Step::End);
        }
        if let Some(text) = Str::from_value(v) {
            let at = (*s.add(1)).load().small_int_payload() as usize;
            let bytes = text.bytes(fiber.mutator());
            if at >= bytes.len() {
                return Ok(Step::End);
            }
            let len = char_len(&bytes[at..]);
            let ch = fiber.new_str(&bytes[at..at + len])?;
            (*s.add(1)).store(Value::int_unchecked((at + len) as i64));
            assign(s, n, [Value::int_unchecked(at as i64 + 1), ch.to_value()]);
            return Ok(Step::Next);
        }
        if (*s.add(1)).load() == Value::MARK2 && crate::channel::is_channel(v) {
            let (value, ok) = crate::channel::recv(fiber, v)?;
            if !ok {
                return Ok(Step::End);
            }
            assign(s, n, [value]);
            return Ok(Step::Next);
        }
        (*s.add(3)).store(v);
        (*s.add(6)).store((*s.add(1)).load());
        (*s.add(7)).store((*s.add(2)).load());
        Ok(Step::Slow)
    }
}

/// A traversal's cursor as a register holds it: those in the array part as integers, others as they are, since their top
/// bits make them look like floats.
fn cursor_word(at: u64) -> Value {
    match Value::small_int(at as i64) {
        Some(v) => v,
        None => Value::from_bits(at),
    }
}

/// The cursor in a register.
pub(crate) fn cursor(word: Value) -> u64 {
    if word.is_small_int() { word.small_int_payload() as u64 } else { word.bits() }
}

/// Length of the valid UTF-8 character at the start of `bytes`; 1 for a byte that begins none.
fn char_len(bytes: &[u8]) -> usize {
    if bytes[0] < 0x80 {
        return 1;
    }
    let head = &bytes[..bytes.len().min(4)];
    match std::str::from_utf8(head) {
        Ok(s) => s.chars().next().map_or(1, char::len_utf8),
        Err(e) if e.valid_up_to() > 0 => std::str::from_utf8(&head[..e.valid_up_to()])
            .ok()
            .and_then(|s| s.chars().next())
            .map_or(1, char::len_utf8),
        Err(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::char_len;

    #[test]
    fn characters_are_measured() {
        assert_eq!(char_len(b"a"), 1);
        assert_eq!(char_len("é!".as_bytes()), 2);
        assert_eq!(char_len("漢漢".as_bytes()), 3);
        assert_eq!(char_len("🙂".as_bytes()), 4);
        assert_eq!(char_len(b"\xff\xfe"), 1);
        assert_eq!(char_len(b"\xe6\xbc"), 1);
    }
}
