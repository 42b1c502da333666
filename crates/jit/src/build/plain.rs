//! Ops that are the same in all tiers: variables, closures, lists of values, extra arguments, defers, channels.

use super::Reasons;
use super::assumptions::may_be_constant;
use super::operators::Static;
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Reason};
use crate::ir::types::Type;
use bytecode::module::UpvalueSource;
use bytecode::ops::{Inst, Op};
use runtime::cell::Cell;
use runtime::value::{PAYLOAD_MASK, Value};

impl Method<'_> {
    /// Nil to registers.
    pub(super) fn load_nil(&mut self, inst: Inst) {
        let nil = self.b.nil();
        for reg in inst.a()..inst.a() + inst.b() {
            self.set(reg, nil);
        }
    }

    /// A boxed value that is known to be a cell.
    fn cell(&mut self, inst: InstId) -> InstId {
        if self.b.func.ty(inst) == Type::Cell { inst } else { self.b.unbox_ref(Type::Cell, inst) }
    }

    /// Runs the barrier for a store of `v`, unless `v` is no reference.
    pub(super) fn barrier(&mut self, object: InstId, v: InstId, stored: InstId) {
        let is_immediate = matches!(self.b.func.ty(v), Type::F64 | Type::Bool)
            || self.b.func.as_i64(v).is_some_and(|i| Value::small_int(i).is_some())
            || self.b.func.as_value(v).is_some_and(|v| !v.is_reference());
        if !is_immediate {
            self.b.write_barrier(object, stored);
        }
    }

    /// An upvalue as it was captured: a value or a cell.
    fn upvalue(&mut self, i: u16) -> InstId {
        // Upvalues are filled once, when the closure is made.
        let known = self.f.known.map(|closure| closure.upvalue(i as usize).load());
        if let Some(v) = known.filter(|&v| may_be_constant(v)) {
            return self.constant_of(v);
        }
        let closure = self.closure();
        let v = self.b.load_upvalue(closure, u32::from(i));
        if let Some(likely) = self.f.likely {
            self.set_sample(v, likely.upvalue(i as usize).load());
        }
        v
    }

    fn load_cell(&mut self, cell: InstId) -> InstId {
        let v = self.b.load_cell(cell);
        if let Some(known) = self.sample(cell).and_then(Cell::from_value) {
            self.set_sample(v, known.get());
        }
        v
    }

    fn store_to_cell(&mut self, cell: InstId, reg: u16) {
        let v = self.reg(reg);
        let stored = self.boxed(v);
        self.b.store_cell(cell, stored);
        self.barrier(cell, v, stored);
    }

    /// Captured variables, globals and closures.
    pub(super) fn variable(&mut self, inst: Inst) {
        let (a, b) = (inst.a(), inst.b());
        match inst.op() {
            Op::GetUpval => {
                let v = self.upvalue(b);
                self.set(a, v);
            }
            Op::GetUpcell => {
                let v = self.upvalue(b);
                let cell = self.cell(v);
                let v = self.load_cell(cell);
                self.set(a, v);
            }
            Op::SetUpcell => {
                let v = self.upvalue(b);
                let cell = self.cell(v);
                self.store_to_cell(cell, a);
            }
            Op::NewCell => {
                let v = self.value(b);
                let cell = self.b.new_cell(v);
                self.set(a, cell);
            }
            Op::GetCell => {
                let cell = self.reg(b);
                let cell = self.cell(cell);
                let v = self.load_cell(cell);
                self.set(a, v);
            }
            Op::SetCell => {
                let cell = self.reg(a);
                let cell = self.cell(cell);
                self.store_to_cell(cell, b);
            }
            Op::CopyCell => {
                let cell = self.reg(a);
                let cell = self.cell(cell);
                let v = self.b.load_cell(cell);
                let new = self.b.new_cell(v);
                self.set(a, new);
            }
            Op::GetGlobal => {
                let v = self.get_global(inst);
                self.set(a, v);
            }
            Op::SetGlobal => {
                let v = self.reg(a);
                self.set_global(inst, v);
            }
            _ => self.make_closure(inst),
        }
    }

    fn make_closure(&mut self, inst: Inst) {
        let (a, index) = (inst.a(), inst.bc() as usize);
        let function = self.f.function.sibling(index);
        let sources = &function.proto_ref().upvalues;
        if !self.options.speculate {
            for source in sources {
                if let UpvalueSource::Register(r) = *source
                    && r != a
                {
                    self.spill(r);
                }
            }
            let (proto, reg) = (self.int(index as i64), self.number(a));
            self.helper_to(a, Helper::NewClosure, &[proto, reg]);
            return;
        }
        let nil = self.b.nil();
        let mut own = Vec::new();
        let mut upvalues = Vec::with_capacity(sources.len());
        for (i, source) in sources.iter().enumerate() {
            upvalues.push(match *source {
                UpvalueSource::Register(r) if r == a => {
                    own.push(i as u32);
                    nil
                }
                UpvalueSource::Register(r) => self.value(r),
                UpvalueSource::Upvalue(u) => {
                    let v = self.upvalue(u);
                    self.boxed(v)
                }
            });
        }
        let function = self.b.const_object(Type::Function, function.to_value().bits() & PAYLOAD_MASK);
        let closure = self.b.new_closure(function, &upvalues);
        for i in own {
            let v = self.b.box_ref(closure);
            self.b.store_upvalue(closure, v, i);
            self.b.write_barrier(closure, v);
        }
        self.set(a, closure);
    }

    /// Strings joined.
    pub(super) fn concat(&mut self, inst: Inst) {
        self.spill_range(inst.b(), inst.c());
        let (reg, count) = (self.number(inst.b()), self.int(inst.c().into()));
        self.helper_to(inst.a(), Helper::Concat, &[reg, count]);
    }

    /// Extra arguments.
    pub(super) fn vararg(&mut self, inst: Inst) {
        let (a, b) = (inst.a(), inst.b());
        if let Some(extra) = self.f.extra.clone() {
            return self.known_vararg(inst, &extra);
        }
        match inst.op() {
            Op::Vararg => {
                let count = self.b.vararg_count();
                let mut values = Vec::new();
                for i in 0..b {
                    let i = self.int(i.into());
                    let c = self.b.icmp(count, i, Cc::Gt);
                    values.push(self.either(c, Type::Value, false, |m| m.b.load_vararg(i), |m| m.b.nil()));
                }
                for (reg, v) in (a..).zip(values) {
                    self.set(reg, v);
                }
            }
            Op::VarargMulti if self.select_ahead(a) => {}
            Op::VarargMulti => {
                let reg = self.number(a);
                self.helper(Helper::VarargMulti, &[reg]);
            }
            Op::VarargLen => {
                let n = self.b.vararg_count();
                self.set(a, n);
            }
            Op::VarargIndex => {
                let i = self.reg(b);
                let is_int = match self.kind_of(i) {
                    Static::Int => true,
                    Static::Boxed => self.sample(i).is_none_or(Value::is_small_int),
                    _ => false,
                };
                if is_int && self.may_speculate() {
                    let i = self.guard_int(i);
                    let v = self.extra_at(i);
                    return self.set(a, v);
                }
                let i = self.boxed(i);
                self.helper_to(a, Helper::VarargIndex, &[i]);
            }
            _ => {
                self.helper_to(a, Helper::VarargTable, &[]);
            }
        }
    }

    /// Extra arguments that are known.
    fn known_vararg(&mut self, inst: Inst, extra: &[InstId]) {
        let (a, b) = (inst.a(), inst.b());
        match inst.op() {
            Op::Vararg => {
                let nil = self.b.nil();
                for i in 0..b {
                    self.set(a + i, extra.get(usize::from(i)).copied().unwrap_or(nil));
                }
            }
            Op::VarargMulti => {
                for (reg, &v) in (a..).zip(extra) {
                    self.set(reg, v);
                }
                self.set_list_of(a, extra.len() as u16);
            }
            Op::VarargLen => {
                let n = self.int(extra.len() as i64);
                self.set(a, n);
            }
            Op::VarargIndex => {
                let i = self.reg(b);
                if !matches!(self.kind_of(i), Static::Int | Static::Boxed) {
                    return self.leave(Reason::Slow);
                }
                let i = self.guard_int(i);
                let v = self.choose(i, extra);
                self.set(a, v);
            }
            // Such functions are not inlined.
            _ => self.leave(Reason::Slow),
        }
    }

    /// The extra argument with a number from 1 on, in memory; nil if there is none.
    pub(super) fn extra_at(&mut self, i: InstId) -> InstId {
        let one = self.int(1);
        let at = self.b.sub_i64(i, one);
        let count = self.b.vararg_count();
        let c = self.b.icmp(at, count, Cc::Below);
        self.either(c, Type::Value, false, |m| m.b.load_vararg(at), |m| m.b.nil())
    }

    /// The value with a number from 1 on; nil if there is none.
    pub(super) fn choose(&mut self, i: InstId, values: &[InstId]) -> InstId {
        if let Some(i) = self.b.func.as_i64(i) {
            let known = usize::try_from(i - 1).ok().and_then(|i| values.get(i));
            return known.copied().unwrap_or_else(|| self.b.nil());
        }
        let types = |m: &Self, ty: Type| values.iter().all(|&v| m.b.func.ty(v) == ty);
        let is_inside = !values.is_empty() && !self.failed().meets(Reasons::of(&[Reason::Bounds]));
        if is_inside && (types(self, Type::I64) || types(self, Type::F64)) {
            // All are raw: so is the result, as long as the number is one of theirs.
            let (one, count) = (self.int(1), self.int(values.len() as i64));
            let at = self.b.sub_i64(i, one);
            self.g().guard_below(at, count);
            let mut chosen = values[values.len() - 1];
            for (n, &v) in values[..values.len() - 1].iter().enumerate().rev() {
                let n = self.int(n as i64 + 1);
                let c = self.b.icmp(i, n, Cc::Eq);
                chosen = self.b.select(c, v, chosen);
            }
            return chosen;
        }
        let mut chosen = self.b.nil();
        for (n, &v) in values.iter().enumerate().rev() {
            let (n, v) = (self.int(n as i64 + 1), self.boxed(v));
            let c = self.b.icmp(i, n, Cc::Eq);
            chosen = self.b.select(c, v, chosen);
        }
        chosen
    }

    /// Writes callee and arguments of a window to memory.
    pub(super) fn spill_window(&mut self, window: u16, args: u16) {
        self.spill(window);
        self.spill_range(window + 3, args);
    }

    /// A goroutine.
    pub(super) fn go(&mut self, inst: Inst) {
        self.spill_window(inst.a(), inst.b());
        let (window, count) = (self.number(inst.a()), self.int(inst.b().into()));
        let helper = if inst.op() == Op::Go { Helper::Go } else { Helper::GoMulti };
        self.helper(helper, &[window, count]);
    }

    /// Deferred calls.
    pub(super) fn defers(&mut self, inst: Inst) {
        let (a, b, c) = (inst.a(), inst.b(), inst.c());
        let list = self.reg(c);
        match inst.op() {
            Op::Defer | Op::DeferMulti => {
                self.spill_window(a, b);
                let (window, count) = (self.number(a), self.int(b.into()));
                let helper = if inst.op() == Op::Defer { Helper::Defer } else { Helper::DeferMulti };
                self.helper_to(c, helper, &[window, count, list]);
            }
            op => {
                // The values to return also lie in memory, below what the deferred calls use.
                self.spill_range(a, b);
                let (reg, count) = (self.number(a), self.int(b.into()));
                let helper = if op == Op::RunDefers { Helper::RunDefers } else { Helper::RunDefersMulti };
                self.helper(helper, &[reg, count, list]);
            }
        }
    }

    /// Channels.
    pub(super) fn channel(&mut self, inst: Inst) {
        let (a, b) = (inst.a(), inst.b());
        match inst.op() {
            Op::MakeChan => {
                let capacity = if inst.x() == 0 { self.b.const_value(Value::MARK) } else { self.value(b) };
                self.helper_to(a, Helper::MakeChan, &[capacity]);
            }
            Op::Send => {
                let (channel, v) = (self.value(a), self.value(b));
                self.helper(Helper::Send, &[channel, v]);
            }
            Op::Recv => {
                let channel = self.value(b);
                self.helper_to(a, Helper::Recv, &[channel]);
            }
            Op::RecvOk => {
                let (channel, reg) = (self.value(b), self.number(a));
                self.forget(a, 2);
                self.helper(Helper::RecvOk, &[channel, reg]);
                self.reload(a);
                self.reload(a + 1);
            }
            _ => {
                self.spill_range(a, 2 * b);
                let (reg, count, has_default) =
                    (self.number(a), self.int(b.into()), self.int(inst.c().into()));
                self.forget(a, 3);
                self.helper(Helper::SelectCases, &[reg, count, has_default]);
                for reg in a..a + 3 {
                    self.reload(reg);
                }
            }
        }
    }

    /// Registers whose memory a helper is about to write.
    pub(super) fn forget(&mut self, from: u16, count: u16) {
        self.f.regs[from as usize..][..count as usize].fill(None);
    }

    /// The template number that fills the table in a register: that of the literal before.
    fn template_of(&self, reg: u16) -> Option<usize> {
        let code = &self.f.code.proto.code[..self.f.pc as usize];
        let literal = code.iter().rev().find(|i| i.op() == Op::NewTable && i.a() == reg)?;
        Some(literal.bc() as usize)
    }

    /// A slot of a table that is being made.
    pub(super) fn init_slot(&mut self, inst: Inst) {
        let (a, slot) = (inst.a(), u32::from(inst.b()));
        let has_slot = self.template_of(a).is_some_and(|t| {
            let template = self.f.function.template(t);
            template.is_shaped && slot < u32::from(template.inline_capacity)
        });
        if !has_slot {
            return self.leave(Reason::Slow);
        }
        let t = self.literal(a);
        let v = self.reg(inst.c());
        let shape = self.template_of(a).map(|t| self.f.function.template(t).shape.id());
        self.store_first(t, shape.unwrap_or(0), slot, v);
    }

    /// The table that a literal is making in a register.
    pub(super) fn literal(&mut self, reg: u16) -> InstId {
        let t = self.reg(reg);
        if self.b.func.ty(t) == Type::Table {
            return t;
        }
        let t = self.boxed(t);
        self.b.unbox_ref(Type::Table, t)
    }
}
