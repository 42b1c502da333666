//! Counted loops and traversals.
//!
//! A traversal has three registers of state. Over integers and tables they are registers like others; else they stay in
//! memory, where the helpers find them, and nothing else in the code reads them: then they hold nothing here. Every way to a
//! loop agrees about that, for it is decided once per loop.

use super::calls::Target;
use super::compare::Order;
use super::elements::elem_of;
use super::feedback::{Operands, Seen};
use super::operators::Static;
use super::state::{Method, Range};
use super::{Reasons, Site};
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Elem, Reason, Results, Tag};
use crate::ir::types::Type;
use bytecode::intrinsic::Intrinsic;
use bytecode::ops::{Inst, Op};
use bytecode::text::jump_target;
use runtime::closure::Native;
use runtime::shape::DICTIONARY_IDS_END;
use runtime::table::{ShapeMeta, Table};
use runtime::value::Value;
use vm::machine::feedback::traversed;

impl Method<'_> {
    /// The end of a counted loop's body: counts, compares, goes back.
    pub(super) fn counted(&mut self, inst: Inst) {
        let step = i64::from(inst.x() as i8);
        let (order, is_swapped) = match inst.op() {
            Op::ForLt => (Order::Lt, false),
            Op::ForLe => (Order::Le, false),
            Op::ForGt => (Order::Lt, true),
            _ => (Order::Le, true),
        };
        let (counter, limit) = (self.reg(inst.a()), self.reg(inst.b()));
        let seen = Operands::new(self.feedback());
        let raw = if self.may_speculate() { self.raw_count(counter, limit, step, seen) } else { None };
        let (next, limit) = match raw {
            Some(raw) => raw,
            None => {
                // A negative step was written as a subtraction, which metamethods can tell.
                let helper = if step < 0 { Helper::Sub } else { Helper::Add };
                let counter = self.boxed(counter);
                let amount = self.b.const_num(Value::int32(step.abs() as i32));
                let next = self.helper_to(inst.a(), helper, &[counter, amount]);
                (next, limit)
            }
        };
        let (x, y) = if is_swapped { (limit, next) } else { (next, limit) };
        let c = if raw.is_some() {
            self.compare_raw(order, x, y)
        } else {
            let (x, y) = (self.boxed(x), self.boxed(y));
            self.helper(if order == Order::Lt { Helper::Lt } else { Helper::Le }, &[x, y])
        };
        self.set(inst.a(), next);
        self.jump_on(c, true, inst);
    }

    /// The raw counter after the step and the raw limit, if both are numbers of a kind that is known.
    fn raw_count(
        &mut self,
        counter: InstId,
        limit: InstId,
        step: i64,
        seen: Operands,
    ) -> Option<(InstId, InstId)> {
        use Static::{Boxed, Float, Other};
        let kinds = (self.kind_of(counter), self.kind_of(limit));
        if kinds.0 == Other || kinds.1 == Other || seen.others() || seen.big_ints() {
            return None;
        }
        let is_float = match (kinds.0, self.sample(counter)) {
            (Float, _) => true,
            (Boxed, Some(v)) => v.is_float(),
            (Boxed, None) => seen.floats(),
            _ => false,
        };
        let count = match kinds.0 {
            Boxed if is_float => self.guard_f64(counter),
            Boxed => self.guard_int(counter),
            _ => counter,
        };
        let end = match kinds.1 {
            Boxed if limit == counter => count,
            Boxed if is_float => self.exact_f64(limit),
            Boxed if seen.floats() => self.guard_f64(limit),
            Boxed => self.guard_int(limit),
            _ => limit,
        };
        let next = if is_float {
            let step = self.b.const_f64(step as f64);
            self.b.add_f64(count, step)
        } else {
            let step = self.int(step);
            self.b.add_i64(count, step)
        };
        Some((next, end))
    }

    /// Decides how the traversals go that are under way at the entry, whose state has these words. Gives the registers
    /// whose contents are not loaded: what is in memory stays there.
    pub(super) fn enter_ranges(&mut self, start: u32, samples: &[u64]) -> Vec<u16> {
        let code = &self.f.code.proto.code;
        let mut stay = Vec::new();
        for (pc, &inst) in (0..).zip(code) {
            let a = inst.a();
            if inst.op() != Op::RangeNext
                || !(jump_target(pc, inst).is_some_and(|body| body <= i64::from(start)) && start <= pc + 1)
                || !(a..a + 3).all(|r| self.f.code.range_state.contains(r))
            {
                continue;
            }
            let prep = (0..)
                .zip(code)
                .find(|&(at, i)| i.op() == Op::RangePrep && jump_target(at, *i) == Some(i64::from(pc)));
            let function = self.f.function.to_value().bits();
            let is_excluded = prep.is_none_or(|(at, _)| {
                [at, pc].iter().any(|&pc| {
                    self.failed_at(Site { function, pc }).exceeds(Reasons::of(&[Reason::Unreached]))
                })
            });
            let word = |i: u16| samples.get(usize::from(a + i)).map(|w| Value::from_bits(*w));
            let range = match (word(0), word(1)) {
                (Some(f), _) if self.options.speculate && f.is_function() && self.may_call_iterator(pc) => {
                    Range::Function
                }
                _ if !self.options.speculate || is_excluded => Range::Memory,
                (Some(n), Some(i)) if n.is_small_int() && i.is_small_int() => Range::Int,
                (Some(t), Some(Value::MARK)) if t.is_table() => Range::Elements,
                (Some(t), Some(_)) if t.is_table() => Range::Table,
                _ => Range::Memory,
            };
            if range == Range::Memory {
                stay.extend(a..a + 3);
            }
            self.f.ranges.insert(pc, range);
        }
        stay
    }

    /// How the traversal that the current instruction begins is to go, by what is known of its operands.
    fn guess_range(&mut self, a: u16, next: u32) -> Range {
        if self.iterator_seen(next).is_some() && self.may_call_iterator(next) {
            return Range::Function;
        }
        let v = self.reg(a);
        match self.kind_of(v) {
            Static::Int => return Range::Int,
            Static::Boxed if self.sample(v).is_some_and(Value::is_small_int) => return Range::Int,
            _ => {}
        }
        match self.b.func.as_value(v).and_then(Native::from_value).and_then(vm::native::intrinsic_of) {
            Some(Intrinsic::Next) => return Range::Table,
            Some(Intrinsic::IpairsNext) => return Range::Elements,
            _ => {}
        }
        if self.plain_shape(v).is_some() {
            return Range::Table;
        }
        // A table that is not at hand, as the code makes it itself, is like those before.
        match traversed(self.feedback()) {
            Some(kind)
                if self.sample(v).is_none() && matches!(self.kind_of(v), Static::Boxed | Static::Other) =>
            {
                if let Some(kind) = kind {
                    self.f.lists.insert(next, elem_of(kind));
                }
                Range::Table
            }
            _ => Range::Memory,
        }
    }

    /// What the `RangeNext` at a pc has called, if that is known.
    fn iterator_seen(&self, next: u32) -> Option<Seen> {
        match Seen::new(self.f.function.feedback_word(next as usize)) {
            Seen::Nothing | Seen::Many => None,
            seen => Some(seen),
        }
    }

    /// Whether the `RangeNext` at a pc can be the call of an iterator function.
    fn may_call_iterator(&self, next: u32) -> bool {
        let site = Site { function: self.f.function.to_value().bits(), pc: next };
        let count = self.f.code.proto.code[next as usize].x();
        count <= Results::COUNT_MAX && !self.failed_at(site).meets(Reasons::of(&[Reason::Type]))
    }

    /// Begins a traversal by an iterator function that is none of the machine's own.
    fn begin_function(&mut self, a: u16, next: u32) -> bool {
        let v = self.reg(a);
        if !matches!(self.b.func.ty(v), Type::Value | Type::Callable) {
            return matches!(self.b.func.ty(v), Type::Closure | Type::Native);
        }
        let f = if self.b.func.ty(v) == Type::Value { self.g().guard_callable(v) } else { v };
        let known = match self.iterator_seen(next) {
            Some(Seen::Natives(descriptor)) => self.g().guard_native(f, descriptor),
            Some(Seen::Native(native)) if !is_traversal(native) => {
                let descriptor = native.descriptor() as i64;
                self.g().guard_native(f, descriptor)
            }
            _ => self.g().guard_closure(f),
        };
        self.refine(v, known);
        true
    }

    /// The next step of a traversal by an iterator function: a call, whose results the `RangeTest` behind it looks at.
    fn range_next_function(&mut self, inst: Inst) {
        let (a, want) = (inst.a(), u16::from(inst.x()));
        let window = a + 3;
        let f = self.reg(a);
        let Some(target) = self.call_target(f) else { return self.leave(Reason::Unreached) };
        if let Target::Value(v) = target {
            // Code of a loop may be entered with a state of another kind.
            self.g().guard_callable(v);
        }
        let state = [a + 1, a + 2].map(|reg| self.reg(reg));
        self.clear_window(window);
        for (reg, v) in (window + 3..).zip(state) {
            self.set(reg, v);
        }
        self.call_with(target, window, 2, want);
        if !self.is_ended {
            self.jump_to(self.f.pc + 1);
        }
    }

    /// The shape of a likely table without metatable.
    pub(super) fn plain_shape(&self, v: InstId) -> Option<u32> {
        if !matches!(self.b.func.ty(v), Type::Value | Type::Table) {
            return None;
        }
        let id = Table::from_value(self.sample(v)?)?.shape_id();
        (self.heap.shapes().get(id).meta() == ShapeMeta::None).then_some(id)
    }

    /// Begins a traversal.
    pub(super) fn range_prep(&mut self, inst: Inst) {
        let (a, next) = (inst.a(), self.jump_target(inst));
        let range = match self.f.ranges.get(&next).copied() {
            Some(range) => range,
            None if self.may_speculate() => self.guess_range(a, next),
            None => Range::Memory,
        };
        self.f.ranges.insert(next, range);
        let is_begun = match range {
            Range::Memory => {
                self.spill_range(a, 3);
                let reg = self.number(a);
                self.forget(a, 3);
                self.helper(Helper::RangePrep, &[reg]);
                true
            }
            Range::Int => {
                let v = self.reg(a);
                let is_number = matches!(self.kind_of(v), Static::Int | Static::Boxed);
                if is_number {
                    let n = self.guard_int(v);
                    let (zero, nil) = (self.int(0), self.b.nil());
                    self.set_state(a, [n, zero, nil]);
                }
                is_number
            }
            Range::Table => self.begin_table(a, next),
            Range::Elements => self.begin_elements(a),
            Range::Function => self.begin_function(a, next),
        };
        if is_begun { self.jump_to(next) } else { self.leave(Reason::Type) }
    }

    fn set_state(&mut self, a: u16, state: [InstId; 3]) {
        for (reg, v) in (a..).zip(state) {
            self.set(reg, v);
        }
    }

    /// The native function that a register surely holds.
    fn known_native(&mut self, reg: u16) -> Option<Intrinsic> {
        let v = self.reg(reg);
        self.b.func.as_value(v).and_then(Native::from_value).and_then(vm::native::intrinsic_of)
    }

    /// The entries of a table: given itself, or by `next`.
    fn begin_table(&mut self, a: u16, next: u32) -> bool {
        let t = if self.known_native(a) == Some(Intrinsic::Next) {
            let (t, control) = (self.reg(a + 1), self.reg(a + 2));
            let is_nil = self.b.func.as_value(control).is_some_and(Value::is_nil);
            if !is_nil || !matches!(self.b.func.ty(t), Type::Value | Type::Table) {
                return false;
            }
            self.table(t)
        } else {
            let v = self.reg(a);
            if !matches!(self.b.func.ty(v), Type::Value | Type::Table) {
                return false;
            }
            // Any root of shapes stands for all of them, and for dictionaries.
            let shape = self.plain_shape(v).unwrap_or(0);
            let t = self.table(v);
            if shape < DICTIONARY_IDS_END {
                let (id, end) = (self.b.load_shape(t), self.int(DICTIONARY_IDS_END.into()));
                let is_plain = self.b.icmp(id, end, Cc::Below);
                self.g().guard_true(is_plain, Reason::Shape);
                t
            } else {
                self.of_shape(t, shape)
            }
        };
        // No key came before; in the array part nobody asks for it, and an integer stays one.
        let kind = self.guess_kind(t).or_else(|| self.f.lists.get(&next).copied());
        let (first, none) = (self.first_cursor(t, kind), self.int(0));
        self.set_state(a, [t, first, none]);
        true
    }

    /// The elements of a table by the iterator of `ipairs`.
    fn begin_elements(&mut self, a: u16) -> bool {
        let (t, control) = (self.reg(a + 1), self.reg(a + 2));
        let is_ours = self.known_native(a) == Some(Intrinsic::IpairsNext)
            && self.b.func.as_i64(control) == Some(0)
            && matches!(self.b.func.ty(t), Type::Value | Type::Table);
        if is_ours {
            let t = self.table(t);
            let mark = self.b.const_value(Value::MARK);
            self.set_state(a, [t, mark, control]);
        }
        is_ours
    }

    /// The kind of the elements of a table that is traversed, if it is likely that there is nothing else in it to come to.
    fn list_kind(&mut self, t: InstId, is_elements: bool) -> Option<Elem> {
        let Some(table) = self.sample(t).and_then(Table::from_value) else {
            let kind = self.f.lists.get(&self.f.pc).copied()?;
            return self.may_speculate().then_some(kind);
        };
        let is_list = is_elements || table.is_list();
        if is_list && self.may_speculate() { self.guess_kind(t) } else { None }
    }

    /// The next step of a traversal of a table that has nothing but elements of a kind: they are raw, and whatever else
    /// there turns out to be is left to the interpreter, behind the step.
    fn range_next_list(&mut self, inst: Inst, t: InstId, kind: Elem, is_elements: bool) {
        let (a, n) = (inst.a(), u16::from(inst.x()));
        let (body, end) = (self.jump_target(inst), self.f.pc + 2);
        let (one, cursor) = (self.int(1), self.reg(a + 1));
        let i = if is_elements {
            let last = self.reg(a + 2);
            let last = self.guard_int(last);
            self.b.add_i64(last, one)
        } else {
            self.guard_int(cursor)
        };
        let (inside, there) = (self.b.new_block(), self.b.new_block());
        let next = self.b.new_block();
        let slow = self.b.new_block();
        let array = self.b.load_array(t);
        let len = self.b.array_len(array);
        let is_inside = self.b.icmp(i, len, Cc::BelowEq);
        self.b.branch(is_inside, (inside, &[]), (slow, &[]));
        let mark = self.mark();
        self.begin_block(inside);
        let (number, expected) = (self.b.array_elem(array), self.int(kind as i64));
        let is_it = self.b.icmp(number, expected, Cc::Eq);
        self.b.branch(is_it, (there, &[]), (slow, &[]));
        self.begin_block(there);
        let (raw, is_there) = self.raw_element(array, i, kind);
        self.b.branch(is_there, (next, &[]), (slow, &[]));
        self.back_to(mark);

        self.begin_block(slow);
        for reg in a..a + 3 {
            let v = self.value(reg);
            self.b.store_reg(v, self.f.base + u32::from(reg));
        }
        let (reg, count) = (self.number(a), self.int(n.into()));
        let step = self.helper(Helper::RangeNext, &[reg, count]);
        let done = self.int(1);
        let is_end = self.b.icmp(step, done, Cc::Eq);
        let more = self.cold_block();
        let ended = self.edge_to(end);
        self.b.branch(is_end, (ended, &[]), (more, &[]));
        self.begin_block(more);
        let before = self.f.regs.clone();
        for reg in a + 1..a + 3 + n {
            let v = self.b.load_reg(self.f.base + u32::from(reg));
            self.set(reg, v);
        }
        self.leave_behind(body, Reason::Kind);
        self.f.regs = before;
        self.back_to(mark);

        self.begin_block(next);
        self.clear_window(a + 3);
        let element = if kind == Elem::Bool { self.is_true_element(raw) } else { raw };
        if !is_elements {
            let after = self.b.add_i64(i, one);
            self.set(a + 1, after);
        }
        self.set(a + 2, i);
        let nil = self.b.nil();
        for j in 0..n {
            self.set(a + 3 + j, [i, element].get(usize::from(j)).copied().unwrap_or(nil));
        }
        if let Some(v) = self.sample(t).and_then(Table::from_value).and_then(|t| t.quick_get(1)) {
            self.set_sample(element, v);
        }
        self.jump_to(body);
    }

    /// Where a traversal of a table begins: behind element 0, if that is absent.
    fn first_cursor(&mut self, t: InstId, kind: Option<Elem>) -> InstId {
        let zero = self.int(0);
        let Some(kind) = kind else { return zero };
        let array = self.b.load_array(t);
        let (number, expected) = (self.b.array_elem(array), self.int(kind as i64));
        let is_it = self.b.icmp(number, expected, Cc::Eq);
        let begin = |m: &mut Self| {
            let (_, is_there) = m.raw_element(array, zero, kind);
            let one = m.int(1);
            m.b.select(is_there, zero, one)
        };
        self.either(is_it, Type::I64, false, begin, |_| zero)
    }

    /// The next step of a traversal of a table: in the array part inline, else by the helper.
    fn range_next_table(&mut self, inst: Inst, is_elements: bool) {
        let v = self.reg(inst.a());
        let t = self.table(v);
        if is_elements {
            // Code of a loop may be entered by a traversal of entries, whose cursor would stay behind.
            let mark = self.reg(inst.a() + 1);
            if self.b.func.as_value(mark) != Some(Value::MARK) {
                self.g().guard_value(mark, Value::MARK);
            }
        }
        if let Some(kind) = self.list_kind(t, is_elements) {
            return self.range_next_list(inst, t, kind, is_elements);
        }
        let (a, n) = (inst.a(), u16::from(inst.x()));
        let (body, end, vars) = (self.jump_target(inst), self.f.pc + 2, n.min(2));
        let state = [a, a + 1, a + 2].map(|reg| self.value(reg));
        let last = if is_elements {
            let v = self.reg(a + 2);
            Some(self.guard_int(v))
        } else {
            None
        };
        let join = self.b.new_block_with(&vec![Type::Value; 2 + usize::from(vars)]);
        let at = self.begin_asking(Type::Value);
        let i = match last {
            Some(last) => {
                let one = self.int(1);
                self.b.add_i64(last, one)
            }
            None => {
                let is_int = self.b.has_tag(state[1], Tag::Int);
                self.ask(&at, is_int);
                self.b.unbox_int(state[1])
            }
        };
        let array = self.b.load_array(t);
        self.ask_element(&at, array, i);
        self.back_to(at.mark);
        self.begin_block(at.join);
        let element = self.b.func.params(at.join)[0];
        let key = self.fresh_box(i);
        let cursor = if is_elements {
            state[1]
        } else {
            let one = self.int(1);
            let next = self.b.add_i64(i, one);
            self.fresh_box(next)
        };
        let all = [cursor, key, key, element];
        self.b.jump(join, &all[..2 + usize::from(vars)]);

        self.back_to(at.mark);
        self.begin_block(at.slow);
        if !is_elements {
            self.step_entry(t, state[1], state[2], join, vars);
            let (to, count) = (self.number(a + 3), self.int(vars.max(1).into()));
            let cursor = self.helper(Helper::NextEntry, &[t, state[1], state[2], to, count]);
            let mark = self.b.const_value(Value::MARK);
            let is_mark = self.b.same_value(cursor, mark);
            let (slow, quick) = (self.b.new_block(), self.b.new_block());
            self.b.branch(is_mark, (slow, &[]), (quick, &[]));
            let before = self.mark();
            self.begin_block(quick);
            let (is_end, next, ended) = (self.b.is_nil(cursor), self.b.new_block(), self.edge_to(end));
            self.b.branch(is_end, (ended, &[]), (next, &[]));
            self.begin_block(next);
            let mut given = vec![cursor];
            given.extend((0..vars.max(1)).map(|i| self.b.load_reg(self.f.base + u32::from(a + 3 + i))));
            // The key is the last one and the first variable.
            given.insert(1, given[1]);
            self.b.jump(join, &given[..2 + usize::from(vars)]);
            self.back_to(before);
            self.begin_block(slow);
        }
        for (reg, v) in (a..).zip(state) {
            self.b.store_reg(v, self.f.base + u32::from(reg));
        }
        let (reg, count) = (self.number(a), self.int(n.into()));
        let step = self.helper(Helper::RangeNext, &[reg, count]);
        let loaded: Vec<InstId> =
            (a + 1..a + 3 + vars).map(|r| self.b.load_reg(self.f.base + u32::from(r))).collect();
        let next = self.int(0);
        let is_next = self.b.icmp(step, next, Cc::Eq);
        let ended = self.edge_to(end);
        self.b.branch(is_next, (join, &loaded), (ended, &[]));

        self.back_to(at.mark);
        self.begin_block(join);
        let params = self.b.func.params(join).to_vec();
        if let Some(v) = self.sample(t).and_then(Table::from_value).and_then(|t| t.quick_get(1))
            && let Some(&element) = params.get(3)
        {
            self.set_sample(element, v);
        }
        self.clear_window(a + 3);
        let nil = self.b.nil();
        for j in 0..n {
            self.set(a + 3 + j, nil);
        }
        for (reg, v) in (a + 1..).zip(params) {
            self.set(reg, v);
        }
        self.jump_to(body);
    }

    /// The next step of a traversal of an integer.
    fn range_next_int(&mut self, inst: Inst) {
        let (a, n) = (inst.a(), u16::from(inst.x()));
        let (limit, i) = (self.reg(a), self.reg(a + 1));
        let limit = self.guard_int(limit);
        let i = self.guard_int(i);
        let is_next = self.b.icmp(i, limit, Cc::Lt);
        let (next, end) = (self.b.new_block(), self.f.pc + 2);
        let ended = self.edge_to(end);
        self.b.branch(is_next, (next, &[]), (ended, &[]));
        self.begin_block(next);
        let one = self.int(1);
        let after = self.b.add_i64(i, one);
        self.clear_window(a + 3);
        self.set(a + 1, after);
        let nil = self.b.nil();
        for j in 0..n {
            self.set(a + 3 + j, if j == 0 { i } else { nil });
        }
        self.jump_to(self.jump_target(inst));
    }

    /// The next step of a traversal.
    pub(super) fn range_next(&mut self, inst: Inst) {
        let (a, n) = (inst.a(), u16::from(inst.x()));
        match self.f.ranges.get(&self.f.pc) {
            Some(Range::Int) => return self.range_next_int(inst),
            Some(Range::Table) => return self.range_next_table(inst, false),
            Some(Range::Elements) => return self.range_next_table(inst, true),
            Some(Range::Function) => return self.range_next_function(inst),
            Some(Range::Memory) | None => {}
        }
        self.clear_window(a + 3);
        let (reg, count) = (self.number(a), self.int(n.into()));
        let step = self.helper(Helper::RangeNext, &[reg, count]);
        for reg in a + 3..a + 3 + n {
            self.reload(reg);
        }
        let (body, pc) = (self.jump_target(inst), self.f.pc);
        let next = self.int(0);
        let is_next = self.b.icmp(step, next, Cc::Eq);
        let other = self.b.new_block();
        let first = self.edge_to(body);
        self.b.branch(is_next, (first, &[]), (other, &[]));
        let mark = self.mark();
        self.begin_block(other);
        let end = self.int(1);
        let is_end = self.b.icmp(step, end, Cc::Eq);
        self.branch_to(is_end, pc + 2, pc + 1);
        self.back_to(mark);
    }

    /// After the call of an iterator function: nil ends the traversal.
    pub(super) fn range_test(&mut self, inst: Inst) {
        let a = inst.a();
        let v = self.value(a + 3);
        let is_nil = self.is_nil(a + 3);
        let (body, next) = (self.jump_target(inst), self.f.pc + 1);
        let here = self.b.new_block();
        let ended = self.edge_to(next);
        self.b.branch(is_nil, (ended, &[]), (here, &[]));
        self.begin_block(here);
        if self.f.ranges.get(&(self.f.pc - 1)) == Some(&Range::Function) {
            self.set(a + 2, v);
        } else {
            self.b.store_reg(v, self.f.base + u32::from(a) + 2);
        }
        self.jump_to(body);
    }
}

/// Whether a loop by that function is a traversal of the machine's own.
fn is_traversal(native: Native) -> bool {
    matches!(vm::native::intrinsic_of(native), Some(Intrinsic::Next | Intrinsic::IpairsNext))
}
