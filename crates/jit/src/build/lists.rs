//! Lists whose length the bytecode leaves to run time, where it can be told: the results of a call that go on as the last
//! arguments of another, or as those of a return.
//!
//! Most calls give one result wherever they stand. So the results of such a call are taken to be as many as its target
//! returns, in registers; where there turn out to be more or fewer, the code is left behind the call, with all of them in
//! the window. A list of that kind lasts from one instruction to the next.

use super::calls::Target;
use super::code::Code;
use super::feedback::Seen;
use super::operators::Static;
use super::state::Method;
use super::{Reasons, Site};
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Elem, Reason};
use bytecode::intrinsic::Intrinsic;
use bytecode::ops::{Inst, Op};
use runtime::closure::{Function, Native};
use runtime::string::Str;
use runtime::table::Table;

/// Most values of a list in registers: its registers are those of the call's window that every frame has.
const LIST_MAX: u16 = 3;
/// Registers behind those of a frame, for lists that are longer than it has room for. The fiber's stack has that room above
/// any frame.
pub(super) const LIST_ROOM: u16 = 16;
const _: () = assert!((LIST_ROOM as usize) < vm::machine::layout::STACK_SLACK / 2);
/// Most values of a list literal that are stored one by one.
const FILL_MAX: u16 = 16;
/// Most elements that are unpacked one by one.
const UNPACK_MAX: u16 = 8;
/// Longest function whose returns are looked for.
const LOOK_MAX: usize = 400;

/// The values that the instruction before left as a list.
#[derive(Clone, Copy)]
pub(super) struct List {
    /// The register of the first.
    pub(super) from: u16,
    pub(super) count: u16,
    /// The count for snapshots.
    pub(super) number: InstId,
}

/// Whether the instruction leaves a list, as a call does.
pub(super) fn gives_list(op: Op) -> bool {
    matches!(op, Op::CallRetMulti | Op::CallMultiRetMulti)
}

/// Whether the instruction leaves a list in any way.
pub(super) fn leaves_list(op: Op) -> bool {
    gives_list(op) || op == Op::VarargMulti
}

/// Whether the instruction takes a list that can be in registers.
fn takes_values(op: Op) -> bool {
    matches!(op, Op::CallMulti | Op::CallMultiRetMulti | Op::ReturnMulti | Op::SetListMulti)
}

/// Whether the instruction takes a list in any form.
fn takes_list(op: Op) -> bool {
    takes_values(op) || matches!(op, Op::RunDefersMulti | Op::GoMulti | Op::DeferMulti)
}

/// How many results all returns of a function give, if it is the same number; those of a list count as one.
fn returns_of(function: Function) -> Option<u16> {
    let proto = function.proto_ref();
    if proto.code.len() > LOOK_MAX {
        return None;
    }
    let code = Code::new(function, 0);
    let mut counts = code.blocks.iter().filter_map(|block| returned_by(proto.code[block.end as usize - 1]));
    let first = counts.next()?;
    counts.all(|count| count == first).then_some(first)
}

/// How many results an instruction returns, if it does; a list is taken for one.
fn returned_by(inst: Inst) -> Option<u16> {
    match inst.op() {
        Op::Return0 => Some(0),
        Op::Return1 => Some(1),
        Op::Return => Some(inst.b()),
        Op::ReturnMulti => Some(inst.b() + 1),
        _ => None,
    }
}

/// The most results that a return of a function gives.
pub(super) fn results_max(function: Function) -> u16 {
    function.proto_ref().code.iter().filter_map(|&inst| returned_by(inst)).max().unwrap_or(0)
}

/// Whether all lists in a function that is to be inlined can be in registers.
pub(super) fn lists_are_values(code: &[Inst], is_excluded: impl Fn(u32) -> bool) -> bool {
    code.iter().enumerate().all(|(pc, inst)| {
        let gives = !leaves_list(inst.op())
            || (code.get(pc + 1).is_some_and(|next| takes_values(next.op())) && !is_excluded(pc as u32));
        let takes = !takes_values(inst.op()) || (pc > 0 && leaves_list(code[pc - 1].op()));
        gives && takes
    })
}

impl Method<'_> {
    /// How many results the current call, which gives a list, is taken to give; `None` if that is not to be guessed.
    /// `inlined`: whether it must be right about the function's own returns.
    pub(super) fn expected_list(&mut self, target: Target, window: u16, inlined: bool) -> Option<u16> {
        let has_failed = self.failed().meets(Reasons::of(&[Reason::Count]));
        if !self.options.speculate || has_failed || !self.list_is_taken() {
            return None;
        }
        let count = match target {
            Target::Closure(_, function, _) if inlined => returns_of(function)?,
            Target::Closure(_, function, _) => returns_of(function).unwrap_or(1).max(1),
            Target::Native(..) | Target::AnyClosure(_) | Target::Value(_) => 1,
        };
        (count <= LIST_MAX && window + count <= self.f.function.frame_size()).then_some(count)
    }

    /// Whether the next instruction, in the same block, takes the list.
    fn list_is_taken(&self) -> bool {
        let next = self.f.pc + 1;
        next < self.f.block_end() && takes_list(self.f.code.proto.code[next as usize].op())
    }

    /// Says that registers from `from` on are a list.
    pub(super) fn set_list_of(&mut self, from: u16, count: u16) {
        let number = self.int(count.into());
        self.f.list = Some(List { from, count, number });
    }

    /// The list that the instruction before left, if its values are in registers; it is none any more.
    pub(super) fn take_list(&mut self) -> Option<List> {
        if self.f.list.is_some() {
            // Guards of this instruction have the list in their snapshot.
            self.g();
        }
        self.f.list.take()
    }

    /// Does what a native function does that takes or gives a list, if its length is known. `want` is `None` for a list.
    pub(super) fn list_function(
        &mut self,
        native: Native,
        window: u16,
        args: u16,
        want: Option<u16>,
    ) -> bool {
        let id = vm::native::intrinsic_of(native);
        let is_list = want.is_none();
        if !matches!(id, Some(Intrinsic::Unpack | Intrinsic::Select))
            || is_list && !self.list_is_taken()
            || !self.may_speculate()
        {
            return false;
        }
        let values = match id {
            Some(Intrinsic::Unpack) => self.unpacked(window, args, want),
            _ => self.selected(window, args, want),
        };
        let Some(values) = values else { return false };
        self.clear_window(window);
        let nil = self.b.nil();
        let count = want.unwrap_or(values.len() as u16);
        for i in 0..count {
            self.set(window + i, values.get(usize::from(i)).copied().unwrap_or(nil));
        }
        if is_list {
            self.set_list_of(window, count);
        }
        true
    }

    /// The elements of a table that `unpack` gives.
    fn unpacked(&mut self, window: u16, args: u16, want: Option<u16>) -> Option<Vec<InstId>> {
        if args != 1 {
            return None;
        }
        let v = self.reg(window + 3);
        let (shape, kind) = (self.plain_shape(v)?, self.guess_kind(v)?);
        let len = Table::from_value(self.sample(v)?)?.len() as u64;
        let count = want.map_or(len, u64::from);
        if len == 0 || len < count || count > u64::from(UNPACK_MAX) {
            return None;
        }
        let t = self.table(v);
        let t = self.of_shape(t, shape);
        let array = self.b.load_array(t);
        let array = self.g().guard_elem(array, kind);
        let (len, known) = (self.b.array_len(array), self.int(count as i64));
        let cc = if want.is_none() { Cc::Eq } else { Cc::Ge };
        let is_known = self.b.icmp(len, known, cc);
        self.g().guard_true(is_known, Reason::Count);
        let values = (1..=count as i64).map(|i| {
            let i = self.int(i);
            match kind {
                // An absent element is nil here as there.
                Elem::Any => self.b.load_elem(array, i),
                kind => self.load_element(array, i, kind),
            }
        });
        Some(values.collect())
    }

    /// The arguments that `select` gives.
    fn selected(&mut self, window: u16, args: u16, want: Option<u16>) -> Option<Vec<InstId>> {
        if args == 0 || args > LIST_ROOM {
            return None;
        }
        let first = self.reg(window + 3);
        let rest: Vec<InstId> = (window + 4..window + 3 + args).map(|reg| self.reg(reg)).collect();
        if self.is_number_sign(first) {
            return Some(vec![self.int(rest.len() as i64)]);
        }
        let n = rest.len() as i64;
        match self.b.func.as_i64(first) {
            Some(i) if i > 0 => Some(rest.into_iter().skip(i as usize - 1).collect()),
            Some(i) if i < 0 && i >= -n => Some(rest.into_iter().skip((n + i) as usize).collect()),
            Some(_) => None,
            None if want == Some(1) && matches!(self.kind_of(first), Static::Int | Static::Boxed) => {
                let i = self.positive(first);
                Some(vec![self.choose(i, &rest)])
            }
            None => None,
        }
    }

    /// An integer above 0.
    fn positive(&mut self, v: InstId) -> InstId {
        let i = self.guard_int(v);
        let zero = self.int(0);
        let is_positive = self.b.icmp(i, zero, Cc::Gt);
        self.g().guard_true(is_positive, Reason::Range);
        i
    }

    /// Whether a value is always the string `#`.
    fn is_number_sign(&self, v: InstId) -> bool {
        let text = self.b.func.as_value(v).and_then(Str::from_value);
        text.is_some_and(|text| text.bytes_flat() == Some(b"#"))
    }

    /// Does the call of `select` behind the current instruction, which takes all extra arguments to registers from `a` on,
    /// with the arguments where they are, if it wants one result. It is not translated then.
    pub(super) fn select_ahead(&mut self, a: u16) -> bool {
        let next = self.f.pc + 1;
        if a < 4 || next >= self.f.block_end() || !self.may_speculate() {
            return false;
        }
        let (call, window) = (self.f.code.proto.code[next as usize], a - 4);
        let is_call = call.op() == Op::CallMulti && (call.a(), call.b(), call.c()) == (window, 1, 1);
        let site = Site { function: self.f.function.to_value().bits(), pc: next };
        if !is_call || self.failed_at(site).exceeds(Reasons::default()) {
            return false;
        }
        let callee = self.reg(window);
        let seen = match self.b.func.as_value(callee).and_then(Native::from_value) {
            Some(native) => native,
            None => match Seen::new(self.f.function.feedback_word(next as usize)) {
                Seen::Native(native) => native,
                _ => return false,
            },
        };
        let first = self.reg(window + 3);
        let is_count = self.is_number_sign(first);
        let may_be_int = matches!(self.kind_of(first), Static::Int | Static::Boxed);
        if vm::native::intrinsic_of(seen) != Some(Intrinsic::Select) || !(is_count || may_be_int) {
            return false;
        }
        let callee = self.boxed(callee);
        if self.b.func.as_value(callee).is_none() {
            self.g().guard_value(callee, seen.to_value());
        }
        let v = if is_count {
            self.b.vararg_count()
        } else {
            let i = self.positive(first);
            self.extra_at(i)
        };
        self.clear_window(window);
        self.set(window, v);
        self.f.is_next_done = true;
        true
    }

    /// Values of a list literal.
    pub(super) fn set_list(&mut self, inst: Inst) {
        let (a, n) = (inst.a(), u16::from(inst.x()));
        let list = if inst.op() == Op::SetListMulti { self.take_list() } else { None };
        let count = n + list.map_or(0, |list| list.count);
        let is_known = inst.op() == Op::SetList || list.is_some();
        if is_known && count == 0 {
            return;
        }
        if is_known && inst.bc() == 1 && self.fill_list(a, count) {
            return;
        }
        let t = self.value(a);
        self.spill_range(a + 1, if is_known { count } else { n });
        // Helpers count registers from the frame that is published.
        let (first, reg) = (self.int(inst.bc().into()), self.int(i64::from(a) + 1));
        let helper = if is_known { Helper::SetList } else { Helper::SetListMulti };
        let count = self.int(if is_known { count } else { n }.into());
        self.helper(helper, &[t, first, reg, count]);
    }

    /// Makes the array part of a new table from registers, if it is told how: as the interpreter would lay it out.
    fn fill_list(&mut self, a: u16, count: u16) -> bool {
        if count > FILL_MAX || !self.is_bare_literal(a) || !self.may_speculate() {
            return false;
        }
        let values: Vec<InstId> = (a + 1..=a + count).map(|reg| self.reg(reg)).collect();
        let Some(kinds) = values.iter().map(|&v| self.likely_elem(v)).collect::<Option<Vec<Elem>>>() else {
            return false;
        };
        let kind = if kinds.iter().all(|&kind| kind == kinds[0]) { kinds[0] } else { Elem::Any };
        let values: Vec<InstId> = values.into_iter().map(|v| self.element_of(v, kind)).collect();
        let t = self.literal(a);
        let capacity = self.int(i64::from((count + 1).next_multiple_of(2)));
        let array = self.b.new_array(capacity, kind);
        for (i, &v) in (1..).zip(&values) {
            let i = self.int(i);
            self.init_element(array, i, v, kind);
        }
        let len = self.int(count.into());
        self.b.store_len(array, len);
        self.b.set_array(t, array);
        // The stored values may be younger than the storage, and that younger than the table.
        let any = self.b.box_ref(t);
        if kind == Elem::Any {
            self.b.write_barrier(array, any);
        }
        self.b.write_barrier(t, any);
        true
    }

    /// Whether the table in a register is the literal that is being made, without elements so far.
    fn is_bare_literal(&self, a: u16) -> bool {
        let code = &self.f.code.proto.code[..self.f.pc as usize];
        let Some(start) = code.iter().rposition(|i| i.op() == Op::NewTable && i.a() == a) else {
            return false;
        };
        let stores = |i: &Inst| {
            matches!(i.op(), Op::SetIndex | Op::SetIndexInt | Op::SetList | Op::SetListMulti) && i.a() == a
        };
        !code[start..].iter().any(stores)
    }

    /// Puts a list into memory, for an instruction that takes it from there.
    pub(super) fn spill_list(&mut self) {
        if let Some(list) = self.take_list() {
            self.spill_range(list.from, list.count);
            self.b.store_multi(list.number);
        }
    }
}
