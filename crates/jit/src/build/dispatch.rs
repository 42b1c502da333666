//! Sites that know several targets: a way for each, up to and including the call.
//!
//! ```text
//!   s:area()     s has shape 7:   callee = Square.area, call     ─┐
//!                s has shape 9:   callee = Circle.area, call     ─┼─ goes on
//!                otherwise leaves, or asks the helper and calls  ─┘
//! ```
//!
//! Had the ways met before the call, its target would be a value again, and the receiver's shape forgotten. So the few
//! instructions from the lookup of a method to its call are built once for each target; only such stretches are taken that
//! put arguments together. In a way the target is a constant, or of a known function, and is inlined or called directly.
//! A site that has met more than it remembers, or others than expected, has a last way for all that it does not know.

use super::elements::Asking;
use super::feedback::{FieldEntry, Found, Seen};
use super::fields::{ASKED, SHAPES_MAX, instances, retain_values};
use super::inline::CALLEE_MAX;
use super::lists::{List, gives_list};
use super::state::{Method, Regs};
use crate::ir::func::{BlockId, InstId};
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Reason, Results, Tag};
use crate::ir::types::Type;
use bytecode::ops::{Inst, Op};
use runtime::closure::Closure;
use runtime::value::{PAYLOAD_MASK, Value};

/// Most instructions between the lookup of a method and its call that are built for each target.
const STRETCH_MAX: u32 = 8;
/// Shortest limit for functions that are inlined in several ways, in instructions of bytecode.
const WAY_MAX: usize = 30;

/// Where a way ends: there it goes on together with the others.
struct End {
    block: BlockId,
    regs: Regs,
    trail: Vec<BlockId>,
}

/// Ways that are being built.
pub(super) struct Fork {
    /// The state that each way begins with.
    pc: u32,
    regs: Regs,
    list: Option<List>,
    trail: Vec<BlockId>,
    /// The last instruction that is built in each way.
    last: u32,
    inline_max: usize,
    ends: Vec<End>,
}

/// Targets that are told by one or several shapes.
struct Group {
    shapes: Vec<u32>,
    entry: FieldEntry,
}

impl Method<'_> {
    /// The last instruction of the stretch from the one at `from` to the call in that window, if it is short and simple.
    fn stretch(&self, from: u32, window: u16) -> Option<u32> {
        let end = self.f.block_end();
        for pc in from..end.min(from + STRETCH_MAX) {
            let inst = self.f.code.proto.code[pc as usize];
            let is_simple = matches!(
                inst.op(),
                Op::Move
                    | Op::LoadNil
                    | Op::LoadBool
                    | Op::LoadInt
                    | Op::LoadConst
                    | Op::GetUpval
                    | Op::GetUpcell
                    | Op::GetCell
                    | Op::GetGlobal
                    | Op::GetField
                    | Op::Add
                    | Op::Sub
                    | Op::Mul
                    | Op::AddImm
                    | Op::SubImm
                    | Op::AddConst
                    | Op::SubConst
                    | Op::MulConst
            );
            match inst.op() {
                // The length of the list is known, or nobody would ask.
                Op::CallMulti if inst.a() == window && pc == from => {
                    return (inst.c() <= Results::COUNT_MAX.into()).then_some(pc);
                }
                Op::Call if inst.a() == window => {
                    return (inst.c() <= Results::COUNT_MAX.into()).then_some(pc);
                }
                Op::CallRetMulti if inst.a() == window => {
                    let next = self.f.code.proto.code.get(pc as usize + 1)?;
                    return (pc + 1 < end && next.op() == Op::ReturnMulti).then_some(pc + 1);
                }
                _ if is_simple => {}
                _ => return None,
            }
        }
        None
    }

    /// Begins to build `count` ways from the current state, each up to the instruction `last`.
    /// The ways meet where the trail had the length `mark`.
    pub(super) fn fork(&mut self, last: u32, count: usize, mark: usize) -> Fork {
        let inline_max = (CALLEE_MAX / count.max(1)).max(WAY_MAX).min(self.inline_max);
        Fork {
            pc: self.f.pc,
            regs: self.f.regs.clone(),
            list: self.f.list,
            trail: self.trail()[..mark].to_vec(),
            last,
            inline_max: std::mem::replace(&mut self.inline_max, inline_max),
            ends: Vec::new(),
        }
    }

    /// The state before the current instruction again, for another way.
    pub(super) fn begin_way(&mut self, fork: &Fork) {
        self.f.regs.clone_from(&fork.regs);
        self.f.list = fork.list;
        self.f.begin(fork.pc);
    }

    /// Builds the instructions of a way from the one at `from` on.
    pub(super) fn build_way(&mut self, fork: &mut Fork, from: u32) {
        for pc in from..=fork.last {
            self.f.begin(pc);
            let inst = self.f.code.proto.code[pc as usize];
            self.translate(inst);
            if !gives_list(inst.op()) {
                self.f.list = None;
            }
            if self.is_ended {
                return;
            }
        }
        fork.ends.push(End {
            block: self.b.block(),
            regs: self.f.regs.clone(),
            trail: self.trail().to_vec(),
        });
    }

    /// Goes on behind the ways. What all of them left alone stays as it is; other live registers are parameters.
    pub(super) fn join_ways(&mut self, mut fork: Fork) {
        self.inline_max = fork.inline_max;
        self.f.begin(fork.last);
        self.f.list = None;
        if fork.ends.len() <= 1 {
            self.is_ended = fork.ends.is_empty();
            if let Some(end) = fork.ends.pop() {
                self.f.regs = end.regs;
                self.set_trail(end.trail);
                self.b.go_to_end(end.block);
            }
            return;
        }
        let live = self.f.live_at(fork.last + 1).iter();
        let live: Vec<u16> = live.filter(|&r| !self.f.is_in_memory(r)).collect();
        let mut regs: Regs = vec![None; self.f.regs.len()];
        let mut args: Vec<Vec<InstId>> = vec![Vec::new(); fork.ends.len()];
        let mut passed = Vec::new();
        for reg in live {
            let r = reg as usize;
            let first = fork.ends[0].regs[r];
            if fork.ends.iter().any(|end| end.regs[r].is_none())
                || fork.ends.iter().all(|end| end.regs[r] == first)
            {
                regs[r] = first;
                continue;
            }
            for (end, args) in fork.ends.iter_mut().zip(&mut args) {
                self.set_trail(std::mem::take(&mut end.trail));
                self.b.go_to_end(end.block);
                if let Some(inst) = end.regs[r] {
                    args.push(self.boxed(inst));
                }
                end.trail = self.take_trail();
            }
            let first = args[0].last().copied();
            if args.iter().all(|args| args.last().copied() == first) {
                regs[r] = first;
                args.iter_mut().for_each(|args| {
                    args.pop();
                });
            } else {
                passed.push(reg);
            }
        }
        let join = self.b.new_block_with(&vec![Type::Value; passed.len()]);
        for (end, args) in fork.ends.iter().zip(&args) {
            self.b.go_to_end(end.block);
            self.b.jump(join, args);
        }
        let params = self.b.func.params(join).to_vec();
        for (i, (reg, param)) in passed.into_iter().zip(params).enumerate() {
            regs[reg as usize] = Some(param);
            if let Some(v) = args.iter().find_map(|args| self.sample(args[i])) {
                self.set_sample(param, v);
            }
        }
        self.set_trail(fork.trail);
        self.begin_block(join);
        self.f.regs = regs;
    }

    /// `t:key` where the site knows several shapes, with the call; false if the site is not of that kind.
    pub(super) fn method_ways(&mut self, inst: Inst, v: InstId) -> bool {
        if !self.options.speculate || !self.may_be_table(v) {
            return false;
        }
        let Some(last) = self.stretch(self.f.pc + 1, inst.a()) else { return false };
        let mut entries = self.field_entries();
        let is_full = entries.len() >= SHAPES_MAX;
        let has_handler = retain_values(&mut entries);
        let asks = is_full || has_handler || !self.may_speculate();
        if entries.is_empty() || (asks && !self.may_speculate_but(ASKED)) {
            return false;
        }
        if self.narrow(v, &mut entries) || (entries.len() == 1 && !asks) || instances(&entries).is_some() {
            return false;
        }
        let groups = self.groups(&entries);
        for e in &entries {
            self.keep_shape(e.shape);
        }
        self.rely_on_chains(&entries);
        let slow = self.cold_block();
        let at = Asking { slow, join: slow, mark: self.mark() };
        let t = if asks { self.ask_table(&at, v) } else { self.table(v) };
        let mut fork = self.fork(last, groups.len(), at.mark);
        let id = self.b.load_shape(t);
        let count = groups.len();
        for (i, group) in groups.into_iter().enumerate() {
            let hit = self.b.new_block();
            let (last_shape, others) = match group.shapes.split_last() {
                Some((last, others)) if !asks && i + 1 == count => (Some(*last), others),
                _ => (None, &group.shapes[..]),
            };
            for &shape in others {
                let expected = self.int(shape.into());
                let is_it = self.b.icmp(id, expected, Cc::Eq);
                let miss = self.b.new_block();
                self.b.branch(is_it, (hit, &[]), (miss, &[]));
                self.begin_block(miss);
            }
            if let Some(shape) = last_shape {
                self.begin_way(&fork);
                self.g().guard_shape(t, shape);
                self.b.jump(hit, &[]);
            }
            let mark = self.mark();
            self.begin_block(hit);
            self.begin_way(&fork);
            self.refine(v, t);
            let shape = if group.shapes.len() == 1 { Some(group.entry.shape) } else { None };
            self.set_shape_hint(t, shape);
            let method =
                if asks { self.read_asked(&at, t, group.entry) } else { self.read_entry(t, group.entry) };
            self.set_method(inst, method);
            self.build_way(&mut fork, self.f.pc + 1);
            self.set_shape_hint(t, None);
            self.back_to(mark);
            if let Some(&miss) = self.trail().last() {
                self.b.go_to_end(miss);
            }
        }
        if asks {
            self.b.jump(slow, &[]);
            self.back_to(at.mark);
            self.begin_block(slow);
            self.begin_way(&fork);
            let key = self.f.function.constant(inst.c() as usize);
            let method = if is_full {
                self.read_asking(v, &[], inst.a(), key, Helper::GetMethod)
            } else {
                self.method_by_helper(v, inst.a(), key)
            };
            self.set_method(inst, method);
            let knows_targets = std::mem::replace(&mut self.knows_targets, false);
            self.build_way(&mut fork, self.f.pc + 1);
            self.knows_targets = knows_targets;
        }
        self.join_ways(fork);
        true
    }

    /// The method that the helper finds, for the window from register `to` on.
    pub(super) fn method_by_helper(&mut self, v: InstId, to: u16, key: Value) -> InstId {
        let (boxed, key) = (self.boxed(v), self.b.const_value(key));
        let receiver = to as usize + 3;
        let old = self.f.regs[receiver].replace(v);
        let method = self.slow_to(to, Helper::GetMethod, &[boxed, key]);
        self.f.regs[receiver] = old;
        method
    }

    /// A call of closures of one of several functions; false if the site is not of that kind.
    pub(super) fn call_ways(&mut self, inst: Inst) -> bool {
        let callee = self.reg(inst.a());
        if !self.options.speculate
            || !self.knows_targets
            || self.way_target.is_some_and(|(closure, _)| closure == callee)
            || !matches!(self.b.func.ty(callee), Type::Value | Type::Closure)
            || self.b.func.as_value(callee).is_some()
        {
            return false;
        }
        let Seen::Functions(functions) = Seen::new(self.feedback()) else { return false };
        let Some(last) = self.stretch(self.f.pc, inst.a()) else { return false };
        if !self.may_speculate_but(&[Reason::Count]) {
            return false;
        }
        let closure = self.closure_of(callee);
        let function = self.b.closure_function(closure);
        let mark = self.mark();
        let mut fork = self.fork(last, functions.len(), mark);
        let outer = self.way_target;
        let count = functions.len();
        for (i, target) in functions.into_iter().enumerate() {
            let address = target.to_value().bits() & PAYLOAD_MASK;
            let mark = self.mark();
            let mut miss = None;
            if i + 1 == count {
                self.begin_way(&fork);
                self.g().guard_function(closure, address);
            } else {
                let expected = self.b.const_object(Type::Function, address);
                let is_it = self.b.same_ref(function, expected);
                let (hit, other) = (self.b.new_block(), self.b.new_block());
                self.b.branch(is_it, (hit, &[]), (other, &[]));
                self.begin_block(hit);
                self.begin_way(&fork);
                miss = Some(other);
            }
            self.way_target = Some((closure, target));
            self.build_way(&mut fork, self.f.pc);
            self.back_to(mark);
            if let Some(miss) = miss {
                self.begin_block(miss);
            }
        }
        self.way_target = outer;
        self.join_ways(fork);
        true
    }

    /// Puts a method and its receiver into the window of the call.
    pub(super) fn set_method(&mut self, inst: Inst, method: InstId) {
        let receiver = self.reg(inst.b());
        self.set(inst.a(), method);
        self.set(inst.a() + 3, receiver);
    }

    /// Entries with the same method share a way, unless it is so short that each has its own.
    fn groups(&self, entries: &[FieldEntry]) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for &entry in entries {
            let same = match entry.found {
                Found::Constant(method) if self.is_long(method) => {
                    groups.iter_mut().find(|g| matches!(g.entry.found, Found::Constant(m) if m == method))
                }
                _ => None,
            };
            match same {
                Some(group) => group.shapes.push(entry.shape),
                None => groups.push(Group { shapes: vec![entry.shape], entry }),
            }
        }
        groups
    }

    fn is_long(&self, method: Value) -> bool {
        Closure::from_value(method).is_none_or(|c| c.function().proto_ref().code.len() > WAY_MAX)
    }

    /// A table operand, or away.
    pub(super) fn ask_table(&mut self, at: &Asking, v: InstId) -> InstId {
        if self.b.func.ty(v) == Type::Table {
            return v;
        }
        let is_table = self.b.has_tag(v, Tag::Table);
        self.ask(at, is_table);
        self.b.unbox_ref(Type::Table, v)
    }

    // Hints.

    /// Says which shape a table is likely to have at the moment, as a check or a branch has found.
    pub(super) fn set_shape_hint(&mut self, t: InstId, shape: Option<u32>) {
        match shape {
            Some(shape) => self.shape_hints.insert(t, shape),
            None => self.shape_hints.remove(&t),
        };
    }

    /// Keeps of the entries of a site the one of the shape that the operand is likely to have; whether there is one.
    ///
    /// What inlined functions have seen is what all their callers gave them; the caller at hand mostly knows better.
    pub(super) fn narrow(&mut self, t: InstId, entries: &mut Vec<FieldEntry>) -> bool {
        let Some(&shape) = self.shape_hints.get(&t) else { return false };
        if self.failed().has_any() || entries.iter().all(|e| e.shape != shape) {
            return false;
        }
        entries.retain(|e| e.shape == shape);
        true
    }
}
