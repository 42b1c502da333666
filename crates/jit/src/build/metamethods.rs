//! Operators on tables: the metamethod is called as if the program had written the call.
//!
//! A site tells the shape of the table that was its operand. The shape proves the metatable, and what is in it is relied on
//! (`assumptions.rs`), so behind a guard of the shape the metamethod is a constant: its frame is built in place of the call, or it is called
//! directly. Its window lies above all registers of the frame; its return address is behind the operator, as for a call, and
//! the interpreter knows by the operator where the result goes. Handlers that are no closures are left to the helper, as are
//! tables whose metatable is not part of the shape.

use super::calls::OPERAND_REASONS;
use super::compare::Order;
use super::feedback::{self, FieldEntry, Found, Seen};
use super::operators::{Binary, Static};
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::Results;
use crate::ir::types::Type;
use bytecode::ops::{Inst, Op};
use runtime::closure::{Closure, Function};
use runtime::shape::ShapeMeta;
use runtime::table::Table;
use runtime::value::{PAYLOAD_MASK, Value};
use std::sync::atomic::Ordering::Relaxed;
use vm::engine::{META_NAMES, Meta};
use vm::machine::feedback::{CLASS_OF_SECOND, CLASSES, READ_ABSENT, READ_STR};

impl Binary {
    /// The event of its metamethods, if the interpreter can go on behind it where a metamethod's frame was rebuilt.
    pub(super) fn event(self) -> Option<Meta> {
        Some(match self {
            Binary::Add => Meta::Add,
            Binary::Sub => Meta::Sub,
            Binary::Mul => Meta::Mul,
            Binary::Div => Meta::Div,
            Binary::Mod => Meta::Mod,
            Binary::Pow => Meta::Pow,
            Binary::And | Binary::Or | Binary::Xor | Binary::Clear | Binary::Shl | Binary::Shr => {
                return None;
            }
        })
    }
}

impl Order {
    fn event(self) -> Meta {
        match self {
            Order::Eq => Meta::Eq,
            Order::Lt => Meta::Lt,
            Order::Le => Meta::Le,
        }
    }
}

/// Whether an operation is an operator whose metamethods are called directly where tables were its operands.
pub(super) fn has_event(op: Op) -> bool {
    op.is_arithmetic() || Order::of(op).is_some()
}

impl Method<'_> {
    /// The closure that handles an event of tables of a shape, as long as the class keeps it.
    fn handler(&self, shape: u32, event: Meta) -> Option<Closure> {
        let shapes = self.heap.shapes();
        if !shapes.is_alive(shape) {
            return None;
        }
        let ShapeMeta::Known(metatable) = shapes.get(shape).meta() else { return None };
        let name = self.heap.strings().find(META_NAMES[event as usize].as_bytes())?;
        let slot = shapes.lookup(metatable.shape_id(), name)?;
        let handler = metatable.slot_value(slot);
        if !metatable.rely_on(self.heap, slot, handler) {
            return None;
        }
        Closure::from_value(handler)
    }

    /// Whether an operand is surely a number, or very likely.
    fn is_likely_number(&self, v: InstId) -> bool {
        match self.kind_of(v) {
            Static::Int | Static::Float => true,
            Static::Boxed => self.sample(v).is_some_and(|v| v.is_float() || v.is_small_int()),
            Static::Other => false,
        }
    }

    /// An operator one of whose operands is a table with a known metamethod; its result is in register `to` then, unless
    /// every way through the metamethod leaves.
    pub(super) fn operator_call(&mut self, event: Option<Meta>, to: u16, a: InstId, b: InstId) -> bool {
        let (Some(event), word) = (event, self.feedback()) else { return false };
        let shape = (word >> 32) as u32;
        if shape == 0 || word & CLASSES != 0 {
            return false;
        }
        let is_second = word & CLASS_OF_SECOND != 0;
        let receiver = if is_second { b } else { a };
        // A table in front of the receiver would be asked first.
        if is_second && !self.is_likely_number(a) || !self.is_likely_table(receiver) {
            return false;
        }
        let Some(closure) = self.handler(shape, event) else { return false };
        self.rely_on_chain(shape);
        let first = if is_second && self.kind_of(a) == Static::Boxed && self.b.func.ty(a) == Type::Value {
            let num = self.g().guard_num(a);
            self.refine(a, num);
            num
        } else {
            a
        };
        let t = self.table(receiver);
        let t = self.of_shape(t, shape);
        let args = match is_second {
            true => [first, t],
            false if a == b => [t, t],
            false => [t, b],
        };
        self.call_operator(closure, Some(to), &args);
        true
    }

    /// A call of a table with a known handler: puts the handler and the table in front of the `args` arguments into the window.
    pub(super) fn call_of_table(&mut self, window: u16, args: u16) -> bool {
        if !self.options.speculate || !self.knows_targets {
            return false;
        }
        let callee = self.reg(window);
        let Seen::Tables(shape) = Seen::new(self.feedback()) else { return false };
        if !self.is_likely_table(callee) || !self.may_speculate_but(OPERAND_REASONS) {
            return false;
        }
        let Some(closure) = self.handler(shape, Meta::Call) else { return false };
        self.rely_on_chain(shape);
        let t = self.table(callee);
        let t = self.of_shape(t, shape);
        self.kept.push(closure.to_value().bits());
        for reg in (window + 3..window + 3 + args).rev() {
            let v = self.reg(reg);
            self.set(reg + 1, v);
        }
        let handler = self.b.const_value(closure.to_value());
        self.set(window, handler);
        self.set(window + 3, t);
        self.frame_words = self.frame_words.max(self.f.base + u32::from(window + 4 + args));
        true
    }

    fn is_likely_table(&self, v: InstId) -> bool {
        match self.b.func.ty(v) {
            Type::Table => true,
            Type::Value => {
                self.b.func.as_value(v).is_none_or(Value::is_table)
                    && self.sample(v).is_none_or(|v| Table::from_value(v).is_some())
            }
            _ => false,
        }
    }

    /// Calls a metamethod, whose result, if one is wanted, is put into register `to` unless every way through it leaves.
    fn call_operator(&mut self, closure: Closure, to: Option<u16>, args: &[InstId]) {
        let function = closure.function();
        self.kept.push(closure.to_value().bits());
        let object = self.b.const_object(Type::Closure, closure.to_value().bits() & PAYLOAD_MASK);
        if let Some(result) = self.inline_operator((object, closure), to, args) {
            if let (Some(v), Some(to)) = (result, to) {
                self.set(to, v);
            }
            return;
        }
        let call = self.call_above(object, function, args, to.is_some());
        if let Some(to) = to {
            self.set(to, call);
        }
        self.after(call);
    }

    /// The handler of reads or stores at a site of a named key that has met tables of one shape without the key only: the
    /// table and the handler.
    fn access_handler(&mut self, v: InstId) -> Option<(InstId, Closure)> {
        if !self.options.speculate || !self.may_be_table(v) {
            return None;
        }
        let [FieldEntry { shape, found: Found::Handler(closure) }] = self.field_entries()[..] else {
            return None;
        };
        if !self.is_likely_table(v) || !self.may_speculate() {
            return None;
        }
        self.rely_on_chain(shape);
        let t = self.table(v);
        Some((self.of_shape(t, shape), closure))
    }

    /// A table of the shape that it is likely to have at a site of a computed key, and the closure that handles what it has not.
    fn computed_handler(&mut self, t: InstId, event: Meta) -> Option<(InstId, Closure)> {
        if !self.options.speculate || !self.may_be_table(t) {
            return None;
        }
        let shape = Table::from_value(self.sample(t)?)?.shape_id();
        let closure = self.handler(shape, event)?;
        if !self.may_speculate() {
            return None;
        }
        self.rely_on_chain(shape);
        let t = self.table(t);
        Some((self.of_shape(t, shape), closure))
    }

    /// `t[key]` at a site that has missed, where the metatable's `__index` is a function; false if it is not of that kind.
    pub(super) fn get_or_handle(&mut self, inst: Inst, t: InstId, key: InstId) -> bool {
        if self.feedback() & (READ_ABSENT | READ_STR) == 0 {
            return false;
        }
        let Some((t, closure)) = self.computed_handler(t, Meta::Index) else { return false };
        let (boxed, to) = (self.boxed(key), inst.a());
        let at = self.begin_asking(Type::Value);
        if self.may_be_element(t, key, true) {
            let (_, i) = self.ask_operands(&at, t, key);
            let a = self.b.load_array(t);
            self.ask_element(&at, a, i);
            self.back_to(at.mark);
        } else {
            self.b.jump(at.slow, &[]);
        }
        self.begin_block(at.slow);
        let v = self.b.helper(Helper::RawGet, &[t, boxed]);
        let is_nil = self.b.is_nil(v);
        let (absent, join) = (self.b.new_block(), at.join);
        self.b.branch(is_nil, (absent, &[]), (join, &[v]));
        let regs = self.f.regs.clone();
        self.begin_block(absent);
        // Recursion without a loop must be stoppable too.
        self.g().poll();
        self.call_operator(closure, Some(to), &[t, boxed]);
        if !self.is_ended {
            let v = self.value(to);
            self.b.jump(join, &[v]);
        }
        self.f.regs = regs;
        self.back_to(at.mark);
        self.begin_block(join);
        let v = self.b.func.params(join)[0];
        self.set(to, v);
        true
    }

    /// `t[key] = v` where the metatable's `__newindex` is a function; false if the site is not of that kind.
    pub(super) fn set_or_handle(&mut self, t: InstId, key: InstId, v: InstId) -> bool {
        // A table that holds nothing itself stands for another one. Others are mostly stored into where they have something.
        let is_bare = |t: Table| t.array().is_empty() && !t.has_entries() && t.slot_value(0).is_nil();
        if !self.sample(t).and_then(Table::from_value).is_some_and(is_bare) {
            return false;
        }
        let Some((t, closure)) = self.computed_handler(t, Meta::NewIndex) else { return false };
        let (key, stored) = (self.boxed(key), self.boxed(v));
        let old = self.b.helper(Helper::RawGet, &[t, key]);
        let is_nil = self.b.is_nil(old);
        let [absent, present, join] = std::array::from_fn(|_| self.b.new_block());
        self.b.branch(is_nil, (absent, &[]), (present, &[]));
        let mark = self.mark();
        self.begin_block(present);
        let boxed = self.boxed(t);
        self.helper(Helper::SetIndex, &[boxed, key, stored]);
        self.b.jump(join, &[]);
        self.back_to(mark);
        self.begin_block(absent);
        self.g().poll();
        self.call_operator(closure, None, &[t, key, v]);
        if !self.is_ended {
            self.b.jump(join, &[]);
        }
        self.back_to(mark);
        self.begin_block(join);
        true
    }

    /// Whether handlers are called directly at the site of a named key at `pc`.
    pub(super) fn has_handler(&self, pc: usize) -> bool {
        let (word, epoch) = (self.f.function.feedback_word(pc), self.heap.class_epoch().load(Relaxed));
        let is_named = matches!(self.f.code.proto.code[pc].op(), Op::GetField | Op::GetMethod | Op::SetField);
        is_named && matches!(feedback::fields(word, epoch)[..], [FieldEntry { found: Found::Handler(_), .. }])
    }

    /// `t.key` where the metatable's `__index` is a function; false if the site is not of that kind.
    pub(super) fn read_by_handler(&mut self, inst: Inst, v: InstId, key: Value) -> bool {
        let Some((t, closure)) = self.access_handler(v) else { return false };
        if inst.op() == Op::GetMethod {
            self.set(inst.a() + 3, t);
        }
        let key = self.b.const_value(key);
        self.call_operator(closure, Some(inst.a()), &[t, key]);
        true
    }

    /// `t.key = v` where the metatable's `__newindex` is a function; false if the site is not of that kind.
    pub(super) fn write_by_handler(&mut self, t: InstId, key: Value, v: InstId) -> bool {
        let Some((t, closure)) = self.access_handler(t) else { return false };
        let key = self.b.const_value(key);
        self.call_operator(closure, None, &[t, key, v]);
        true
    }

    /// A call with its window above all registers. It has no snapshot yet.
    fn call_above(
        &mut self,
        object: InstId,
        function: Function,
        args: &[InstId],
        has_result: bool,
    ) -> InstId {
        let window = self.f.base + u32::from(self.f.function.frame_size());
        self.frame_words = self.frame_words.max(window + 3 + args.len() as u32);
        let args: Vec<InstId> = args.iter().map(|&v| self.boxed(v)).collect();
        let address = function.to_value().bits() & PAYLOAD_MASK;
        let results = Results::new(has_result.into()).at(window as u16);
        let ty = if has_result { Type::Value } else { Type::None };
        self.b.call_function(ty, object, &args, address, results)
    }

    /// A comparison whose first operand is likely to be a table with a metamethod for it, which is called.
    pub(super) fn compare_call(&mut self, order: Order, a: InstId, b: InstId) -> Option<InstId> {
        if !self.is_likely_table(a) || order == Order::Eq && !self.is_likely_table(b) {
            return None;
        }
        let shape = Table::from_value(self.sample(a)?)?.shape_id();
        let closure = self.handler(shape, order.event())?;
        self.rely_on_chain(shape);
        let x = self.table(a);
        let x = self.of_shape(x, shape);
        let y = if order == Order::Eq { self.table(b) } else { b };
        self.kept.push(closure.to_value().bits());
        let object = self.b.const_object(Type::Closure, closure.to_value().bits() & PAYLOAD_MASK);
        let call = |m: &mut Self| {
            let call = m.call_above(object, closure.function(), &[x, y], true);
            m.after(call);
            m.b.truthy(call)
        };
        if order != Order::Eq {
            return Some(call(self));
        }
        // A table equals itself without being asked.
        let is_same = self.b.same_ref(x, y);
        Some(self.either(is_same, Type::Bool, false, |m| m.b.const_bool(1), call))
    }
}
