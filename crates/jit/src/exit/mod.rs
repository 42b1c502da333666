//! Exits: from the registers of machine code to the frames of the interpreter.
//!
//! A guard that failed has saved all registers. Its exit's table says for every frame of the snapshot, outermost first, which
//! registers of bytecode are live and where their values are. They are boxed and written to the frames' windows; frames that
//! were inlined get the links that a call would have written. Then the interpreter can go on, and whoever called the compiled
//! code does not see the difference.
//!
//! Rebuilding may allocate (big integers, objects that the code had not made). Everything that lies in registers is found on
//! the native stack then, as the saved registers are; what is new is kept in the windows, or in a rooted vector.
//!
//! When an exit is taken often is the compiler's matter.

use crate::ir::ops::Op;
use crate::ir::snapshot::{Part, Place};
use crate::ir::types::Type;
use crate::lower::{Exit, ExitFrame, ExitObject, ExitSource, ExitTable, ExitValue, Location};
use crate::stubs::SavedRegisters;
use runtime::cell::Cell;
use runtime::closure::{Closure, Function};
use runtime::table::Table;
use runtime::value::Value;
use vm::fiber::Fiber;
use vm::machine::layout::SPECIAL_HEADER;
use vm::machine::rebuild::Rebuild;

/// What an exit needs of the code that was left.
pub struct Left<'a> {
    /// Its exits.
    pub table: &'a ExitTable,
    /// The one that was taken.
    pub exit: &'a Exit,
    /// The functions of its frames, by number.
    pub functions: &'a [Function],
    /// Words that a frame of it needs.
    pub frame_words: u32,
}

/// Writes the frames of an exit to the register stack of the fiber. The fiber's base and ip are then those of the innermost
/// one, which goes on at the instruction that the exit names.
///
/// # Safety
/// The registers are those that the exit's stub saved, on the running fiber's native stack.
pub unsafe fn rebuild(fiber: &mut Fiber, registers: &SavedRegisters, left: &Left<'_>) {
    let base = registers.ints[crate::lower::BASE.index()];
    // SAFETY: the code that was left kept the base of its frame in that register, with room for its words.
    let source = Sources { registers, table: left.table };
    let words = left.frame_words as usize + source.list_len(left);
    // SAFETY: as above; a list lies above the frame's words, if it is in the chunk at all.
    let mut to = unsafe { Rebuild::begin(fiber, base as usize, words) };
    let objects = source.make_objects(&mut to, left.exit);
    let value = |to: &mut Rebuild<'_>, from: ExitSource| match from {
        ExitSource::Value(index) => source.boxed(to, left.table.value(index)),
        ExitSource::Object(index) => objects[(index - left.exit.objects.start) as usize],
    };
    let frames = left.table.frames(left.exit);
    for (i, frame) in frames.iter().enumerate() {
        if i > 0 {
            let callee = callee_of(left.table, frame);
            let callee = match callee {
                Some(from) => value(&mut to, from),
                None => Value::NIL,
            };
            let caller = &frames[i - 1];
            let function = left.functions[frame.proto as usize];
            if function.is_variadic() {
                let is_extra = |place: &Place| matches!(place, Place::Extra(_));
                let extra =
                    left.table.places(frame).iter().filter(|(place, _)| is_extra(place)).count() as u32;
                // The arguments lie in the window below the frame, and those that are missing would have.
                to.mark_special(frame.base, extra, extra + u32::from(function.params()));
            }
            to.link(frame.base, callee, caller.base, position(left, caller), function.is_variadic());
        }
        for &(place, from) in left.table.places(frame) {
            match place {
                Place::Reg(reg) => {
                    let v = value(&mut to, from);
                    to.set_register(frame.base + u32::from(reg), v);
                }
                Place::Multi => {
                    let v = value(&mut to, from);
                    to.set_multi(v.as_small_int().unwrap_or(0) as u32);
                }
                Place::Extra(i) => {
                    let extra = left.table.places(frame).iter();
                    let count = extra.filter(|(place, _)| matches!(place, Place::Extra(_))).count() as u32;
                    let v = value(&mut to, from);
                    to.set_register(frame.base - SPECIAL_HEADER - count + i, v);
                }
                Place::Callee => {}
            }
        }
    }
    if let Some(innermost) = frames.last() {
        to.finish(innermost.base, position(left, innermost));
    }
}

fn callee_of(table: &ExitTable, frame: &ExitFrame) -> Option<ExitSource> {
    table.places(frame).iter().find(|(place, _)| *place == Place::Callee).map(|&(_, source)| source)
}

/// The instruction at which a frame goes on.
fn position(left: &Left<'_>, frame: &ExitFrame) -> *const bytecode::ops::Inst {
    // Snapshots name instructions of their functions.
    left.functions[frame.proto as usize].code().wrapping_add(frame.pc as usize)
}

/// Where values come from.
struct Sources<'a> {
    registers: &'a SavedRegisters,
    table: &'a ExitTable,
}

impl Sources<'_> {
    fn word(&self, location: Location) -> u64 {
        match location {
            Location::Reg(reg) => self.registers.word(reg),
            // SAFETY: the offset is that of a spill slot in the frame, which is still on the stack.
            Location::Stack(offset) => unsafe { self.registers.frame.byte_offset(offset as isize).read() },
            Location::Const(bits) => bits,
        }
    }

    /// The value that a raw word stands for.
    fn boxed(&self, to: &mut Rebuild<'_>, from: ExitValue) -> Value {
        let word = self.word(from.location);
        match from.ty {
            Type::I64 => to.mutator().int(word as i64),
            Type::F64 => Value::float_canonical(f64::from_bits(word)),
            Type::Bool => Value::bool(word & 1 != 0),
            ty => match ty.tag() {
                Some(tag) => Value::from_bits(tag | word),
                None => Value::from_bits(word),
            },
        }
    }

    /// How many values the list may have that the innermost frame's call has left in memory.
    fn list_len(&self, left: &Left<'_>) -> usize {
        let Some(frame) = left.table.frames(left.exit).last() else { return 0 };
        let multi = left.table.places(frame).iter().find(|(place, _)| *place == Place::Multi);
        match multi {
            Some(&(_, ExitSource::Value(index))) => match left.table.value(index) {
                value if value.ty == Type::I64 => self.word(value.location) as usize,
                _ => 0,
            },
            _ => 0,
        }
    }

    /// Makes the objects of an exit: first all of them, then their parts, which may refer to each other.
    fn make_objects(&self, to: &mut Rebuild<'_>, exit: &Exit) -> Vec<Value> {
        let range = exit.objects.start..exit.objects.end;
        if range.is_empty() {
            return Vec::new();
        }
        let mut made = to.rooted_vec();
        for index in range.clone() {
            let v = self.make(to, self.table.object(index));
            made.push(v);
        }
        for index in range {
            let object = self.table.object(index);
            let at = made[(index - exit.objects.start) as usize];
            for &(part, from) in self.table.parts(object) {
                let v = match from {
                    ExitSource::Value(index) => self.boxed(to, self.table.value(index)),
                    ExitSource::Object(index) => made[(index - exit.objects.start) as usize],
                };
                self.set_part(to, at, object, part, v);
            }
        }
        // ROOTED: they go to the windows before anything else is allocated but boxes, and the roots are kept by `to`.
        let values = made.iter().copied().collect();
        to.keep(made);
        values
    }

    fn make(&self, to: &mut Rebuild<'_>, object: &ExitObject) -> Value {
        match object.op {
            Op::NewTable => {
                let (shape, capacity) = match object.template {
                    Some(t) => (object.shape.unwrap_or(t.shape), t.inline_capacity),
                    None => (object.shape.unwrap_or(0), 0),
                };
                to.mutator().new_table_of_shape(shape, capacity as usize).to_value()
            }
            Op::NewCell => Cell::new(to.mutator(), Value::NIL).to_value(),
            Op::NewClosure => {
                let function = self.part_value(to, object, Part::Value(0));
                let count = self.table.parts(object).len().saturating_sub(1);
                match Function::from_value(function) {
                    Some(function) => Closure::new(to.mutator(), function, count).to_value(),
                    None => Value::NIL,
                }
            }
            _ => Value::NIL,
        }
    }

    fn part_value(&self, to: &mut Rebuild<'_>, object: &ExitObject, part: Part) -> Value {
        match self.table.parts(object).iter().find(|(p, _)| *p == part) {
            Some(&(_, ExitSource::Value(index))) => self.boxed(to, self.table.value(index)),
            _ => Value::NIL,
        }
    }

    fn set_part(&self, to: &mut Rebuild<'_>, at: Value, object: &ExitObject, part: Part, v: Value) {
        match (object.op, part) {
            (Op::NewTable, Part::Slot(slot)) => {
                if let Some(t) = Table::from_value(at) {
                    t.set_slot(to.mutator(), slot, v);
                }
            }
            (Op::NewTable, Part::Elem(i)) => {
                if let Some(t) = Table::from_value(at) {
                    // A table that small can always be had: the heap keeps a reserve beyond its limit.
                    let _ = t.set_int(to.mutator(), i64::from(i), v);
                }
            }
            (Op::NewCell, _) => {
                // SAFETY: it was made as a cell above.
                unsafe { Cell::from_value_unchecked(at) }.set(to.mutator(), v);
            }
            (Op::NewClosure, Part::Value(i)) if i > 0 => {
                // SAFETY: it was made as a closure with that many upvalues above.
                let closure = unsafe { Closure::from_value_unchecked(at) };
                closure.fill_upvalue(to.mutator(), i as usize - 1, v);
            }
            _ => {}
        }
    }
}
