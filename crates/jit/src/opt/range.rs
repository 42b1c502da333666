//! Ranges of integers, and the checks that they make needless.
//!
//! ```text
//!   before                                 after
//!     v4 = icmp v2, v1, lt                   v4 = icmp v2, v1, lt
//!     branch v4, b2, b3                      branch v4, b2, b3
//!   b2:                                    b2:
//!     v5 = add_i64 v2, v9                    v5 = add_i64 v2, v9
//!     v6 = box_i64 v5                        v6 = box_int v5
//!     v7 = guard_bounds v2, v1               v8 = load_elem v0, v2
//!     v8 = load_elem v0, v7
//! ```
//!
//! Every integer has an interval. Walks over the dominator tree compute them: ops by interval arithmetic (what may overflow is
//! anything), parameters as the union of what their edges pass, and below a branch or guard its condition cuts the intervals
//! of what it compares. The intervals of parameters grow from walk to walk; after two walks they grow in steps to a few
//! thresholds, so that loops end soon, and two last walks let them shrink again to what the edges pass. Where a branch says
//! that one integer is not above another, the pair is remembered too, for bounds that are not constant.
//!
//! Then whatever the intervals decide is rewritten: boxing of what fits an immediate, checks of bounds and ranges,
//! comparisons, conversions to float and back (exact up to 2^53) and `floor(a / b)` of such integers. This file names ops, as
//! what an op computes is no effect. Needs dominators; keeps the CFG.

use super::interval::{
    EXACT, Range, SIZE, SMALL, absolute, add, multiply, of_bits, quotient, remainder, truncated, without,
};
use super::{
    FastMap, Replacements, Scoped, ScopedInsts, entry_condition, incoming_edges, plain, set_bool, set_i64,
};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::imm::{Cc, Fcc};
use crate::ir::ops::{Class, Op};
use crate::ir::types::Type;

/// Computes ranges and removes what they decide.
pub fn narrow_ranges(func: &mut Func, dom: &DomTree) -> u32 {
    let Some(ranges) = solve(func, dom) else { return 0 };
    let mut pass = Pass { walk: Walk::new(func, ranges), to: Replacements::new(func), changes: 0 };
    for &(b, depth) in dom.walk() {
        pass.walk.enter(func, dom, b, depth);
        let mut at = func.first(b);
        while let Some(inst) = at {
            at = func.next(inst);
            pass.to.rewrite(func, inst);
            pass.walk.visit(func, inst);
            pass.rewrite(func, inst);
        }
    }
    pass.to.apply_after_walk(func, dom);
    pass.changes
}

/// Walks until nothing changes; `None` if that takes too long.
fn solve(func: &Func, dom: &DomTree) -> Option<Vec<Option<Range>>> {
    // Deep nests need a few walks per level; arbitrary.
    const WALKS_MAX: usize = 40;
    let order = dom.walk();
    let incoming = incoming_edges(func);
    let mut walk = Walk::new(func, vec![None; func.inst_count()]);
    // What edges pass, in the order of the terminators; where those of each begin.
    let mut starts: FastMap<InstId, usize> = FastMap::default();
    let mut count = 0;
    for &(b, _) in order {
        if let Some(term) = func.terminator(b) {
            starts.insert(term, count);
            count += (0..func.edge_count(term)).map(|e| func.edge(term, e).1.len()).sum::<usize>();
        }
    }
    let mut passed: Vec<Option<Range>> = vec![None; count];
    // For each parameter its edges: where what they pass is.
    let mut sources: Vec<(InstId, Vec<usize>)> = Vec::new();
    let mut first_source = Vec::with_capacity(order.len());
    for &(b, _) in order {
        first_source.push(sources.len());
        for (i, &param) in func.params(b).iter().enumerate() {
            if func.ty(param) == Type::I64 {
                let edges = incoming[b.index()].iter().filter_map(|&(term, e)| {
                    let before: usize = (0..e).map(|e| func.edge(term, e).1.len()).sum();
                    Some(starts.get(&term)? + before + i)
                });
                sources.push((param, edges.collect()));
            }
        }
    }
    first_source.push(sources.len());
    // Of each block what a walk looks at: integers, what proves conditions, and edges.
    let mut seen: Vec<InstId> = Vec::new();
    let mut first_seen = Vec::with_capacity(order.len() + 1);
    for &(b, _) in order {
        first_seen.push(seen.len());
        seen.extend(func.insts(b).filter(|&inst| {
            let op = func.op(inst);
            func.ty(inst) == Type::I64
                || matches!(op, Op::GuardTrue | Op::GuardFalse)
                || op.edge_count() > 0 && starts.contains_key(&inst)
        }));
    }
    first_seen.push(seen.len());
    let mut left = None;
    let taken = if func.takes_immediates { SMALL } else { Range::FULL };
    for n in 0..WALKS_MAX {
        let mut is_changed = false;
        walk.forget();
        for (at, &(b, depth)) in order.iter().enumerate() {
            for (param, from) in &sources[first_source[at]..first_source[at + 1]] {
                let edges = from.iter().filter_map(|&k| passed[k]);
                let old = walk.of[param.index()];
                let mut new = if b == func.entry() { Some(taken) } else { edges.reduce(Range::join) };
                if let (Some(old), Some(range), None) = (old, new, left) {
                    new = Some(if n >= 2 { range.widened(old) } else { range.join(old) });
                }
                is_changed |= new != old;
                walk.of[param.index()] = new;
            }
            walk.enter(func, dom, b, depth);
            for &inst in &seen[first_seen[at]..first_seen[at + 1]] {
                walk.visit(func, inst);
                if func.edge_count(inst) > 0
                    && let Some(&start) = starts.get(&inst)
                {
                    is_changed |= walk.pass(func, inst, depth, &mut passed[start..]);
                }
            }
        }
        if dom.is_acyclic() {
            // Whatever comes before a block was visited before it.
            return Some(walk.of);
        }
        left = match left {
            None if !is_changed => Some(2),
            None => None,
            Some(1) => return Some(walk.of),
            Some(more) => Some(more - 1),
        };
    }
    None
}

/// A walk over the dominator tree with what is known at its place.
struct Walk {
    of: Vec<Option<Range>>,
    /// What conditions left of the ranges.
    cut: ScopedInsts<Range>,
    /// Pairs of which the first is not above the second; whether it is surely below.
    ordered: Scoped<(InstId, InstId), bool>,
    /// The guard that was visited last, if it is one of an integer: its operand's range before, and whether a bound that it
    /// checks was known to hold.
    before: Option<(InstId, Range, bool)>,
}

impl Walk {
    fn new(func: &Func, of: Vec<Option<Range>>) -> Walk {
        Walk { of, cut: ScopedInsts::new(func), ordered: Scoped::new(), before: None }
    }

    fn forget(&mut self) {
        self.cut.enter(0);
        self.ordered.enter(0);
    }

    fn enter(&mut self, func: &Func, dom: &DomTree, b: BlockId, depth: usize) {
        self.cut.enter(depth);
        self.ordered.enter(depth);
        if let Some((condition, holds)) = entry_condition(func, dom, b) {
            self.learn(func, condition, holds);
        }
    }

    fn get(&self, func: &Func, inst: InstId) -> Range {
        let mut range = self.of.get(inst.index()).copied().flatten().unwrap_or(Range::FULL);
        if let Some(k) = func.as_i64(inst) {
            return Range::one(k);
        }
        // A sum that was computed before a condition cut its operand.
        if let Some((x, k)) = sum(func, inst)
            && let Some(cut) = self.cut.get(x)
        {
            range = range.meet(add(cut, Range::one(k)));
        }
        self.cut.get(inst).map_or(range, |cut| range.meet(cut))
    }

    fn cut(&mut self, func: &Func, inst: InstId, range: Range) {
        let old = self.get(func, inst);
        let new = old.meet(range);
        if new == old || func.op(inst).is_const() {
            return;
        }
        self.cut.insert(inst, new);
        if let Some((x, k)) = sum(func, inst) {
            let before = self.get(func, x);
            let no_overflow = before.lo.checked_add(k).is_some() && before.hi.checked_add(k).is_some();
            if no_overflow {
                let back =
                    Range::exact(i128::from(new.lo) - i128::from(k), i128::from(new.hi) - i128::from(k));
                self.cut(func, x, back);
            }
        }
    }

    /// Takes note of a condition that holds or fails.
    fn learn(&mut self, func: &Func, condition: InstId, holds: bool) {
        let args = func.args(condition);
        match (func.op(condition), holds) {
            (Op::NotBool, _) => self.learn(func, args[0], !holds),
            (Op::AndBool, true) | (Op::OrBool, false) => {
                self.learn(func, args[0], holds);
                self.learn(func, args[1], holds);
            }
            (Op::Icmp, _) => {
                if let Some(cc) = func.cc(condition) {
                    self.compared(func, args[0], args[1], if holds { cc } else { cc.negated() });
                }
            }
            _ => {}
        }
    }

    fn compared(&mut self, func: &Func, a: InstId, b: InstId, cc: Cc) {
        let (ra, rb) = (self.get(func, a), self.get(func, b));
        match cc {
            Cc::Eq => {
                self.cut(func, a, rb);
                self.cut(func, b, ra);
                self.ordered.insert((a, b), false);
                self.ordered.insert((b, a), false);
            }
            Cc::Ne => {
                self.cut(func, a, without(ra, rb));
                self.cut(func, b, without(rb, ra));
            }
            Cc::Lt => {
                self.cut(func, a, Range::new(i64::MIN, rb.hi.saturating_sub(1)));
                self.cut(func, b, Range::new(ra.lo.saturating_add(1), i64::MAX));
                self.ordered.insert((a, b), true);
            }
            Cc::Le => {
                self.cut(func, a, Range::new(i64::MIN, rb.hi));
                self.cut(func, b, Range::new(ra.lo, i64::MAX));
                if self.ordered.get(&(a, b)) != Some(true) {
                    self.ordered.insert((a, b), false);
                }
            }
            // Below what is not negative is not negative either.
            Cc::Below if rb.lo >= 0 => {
                self.cut(func, a, Range::new(0, rb.hi));
                self.compared(func, a, b, Cc::Lt);
            }
            Cc::BelowEq if rb.lo >= 0 => {
                self.cut(func, a, Range::new(0, rb.hi));
                self.compared(func, a, b, Cc::Le);
            }
            Cc::Below | Cc::BelowEq => {}
            Cc::Gt | Cc::Ge | Cc::Above | Cc::AboveEq => self.compared(func, b, a, cc.swapped()),
        }
    }

    /// Whether `a` is surely not above `b`, or surely below.
    fn is_ordered(&self, func: &Func, a: InstId, b: InstId, is_strict: bool) -> bool {
        let (ra, rb) = (self.get(func, a), self.get(func, b));
        if ra.hi < rb.lo || !is_strict && (ra.hi == rb.lo || a == b) {
            return true;
        }
        if self.ordered.get(&(a, b)).is_some_and(|below| below || !is_strict) {
            return true;
        }
        let Some((x, k)) = sum(func, a) else { return false };
        let rx = self.get(func, x);
        let is_exact = rx.lo.checked_add(k).is_some() && rx.hi.checked_add(k).is_some();
        match self.ordered.get(&(x, b)) {
            Some(true) => k <= 0 && is_exact || k == 1 && !is_strict,
            Some(false) => is_exact && (k < 0 || k == 0 && !is_strict),
            None => x == b && is_exact && (k < 0 || k == 0 && !is_strict),
        }
    }

    /// Computes the range of an instruction, and takes note of what it proves of its operands.
    fn visit(&mut self, func: &Func, inst: InstId) {
        let op = func.op(inst);
        if func.ty(inst) == Type::I64 {
            let range = self.transfer(func, inst);
            if inst.index() >= self.of.len() {
                self.of.resize(inst.index() + 1, None);
            }
            self.of[inst.index()] = Some(range);
            if op.class() == Class::Guard && func.ty(func.arg(inst, 0)) == Type::I64 {
                let old = self.get(func, func.arg(inst, 0));
                self.before = Some((inst, old, self.is_within(func, inst)));
                self.cut(func, func.arg(inst, 0), range);
                if matches!(op, Op::GuardBounds | Op::GuardBelow) && self.get(func, func.arg(inst, 1)).lo >= 0
                {
                    let is_below = op == Op::GuardBelow;
                    let (index, limit) = (func.arg(inst, 0), func.arg(inst, 1));
                    for a in [index, inst] {
                        if self.ordered.get(&(a, limit)) != Some(true) {
                            self.ordered.insert((a, limit), is_below);
                        }
                    }
                }
            }
        } else if matches!(op, Op::GuardTrue | Op::GuardFalse) {
            self.learn(func, func.arg(inst, 0), op == Op::GuardTrue);
        }
    }

    /// Whether what `guard_bounds` or `guard_below` checks is known to hold.
    fn is_within(&self, func: &Func, guard: InstId) -> bool {
        let &[index, limit] = func.args(guard) else { return false };
        let is_strict = func.op(guard) == Op::GuardBelow;
        self.get(func, index).lo >= 0 && self.is_ordered(func, index, limit, is_strict)
    }

    /// Notes the ranges that a terminator's edges pass, with what its condition says on each; whether one is another.
    fn pass(&mut self, func: &Func, term: InstId, depth: usize, to: &mut [Option<Range>]) -> bool {
        let is_branch = func.op(term) == Op::Branch && func.edge(term, 0).0 != func.edge(term, 1).0;
        let mut at = 0;
        let mut is_changed = false;
        for e in 0..func.edge_count(term) {
            let args = func.edge(term, e).1;
            let is_learned = is_branch && args.iter().any(|&arg| func.ty(arg) == Type::I64);
            if is_learned {
                self.cut.enter(depth + 1);
                self.ordered.enter(depth + 1);
                self.learn(func, func.arg(term, 0), e == 0);
            }
            for &arg in args {
                let new = (func.ty(arg) == Type::I64).then(|| self.get(func, arg));
                is_changed |= std::mem::replace(&mut to[at], new) != new;
                at += 1;
            }
            if is_learned {
                self.cut.enter(depth + 1);
                self.ordered.enter(depth + 1);
            }
        }
        is_changed
    }

    fn transfer(&self, func: &Func, inst: InstId) -> Range {
        let arg = |i: usize| self.get(func, func.arg(inst, i));
        let k = |i: usize| arg(i).single();
        match func.op(inst) {
            Op::ConstI64 => Range::one(func.imm(inst) as i64),
            Op::AddI64 => add(arg(0), arg(1)),
            Op::SubI64 => {
                let (a, b) = (arg(0), arg(1));
                Range::exact(i128::from(a.lo) - i128::from(b.hi), i128::from(a.hi) - i128::from(b.lo))
            }
            Op::MulI64 => multiply(arg(0), arg(1)),
            Op::NegI64 => Range::exact(-i128::from(arg(0).hi), -i128::from(arg(0).lo)),
            Op::AbsI64 => absolute(arg(0)),
            Op::MinI64 => Range::new(arg(0).lo.min(arg(1).lo), arg(0).hi.min(arg(1).hi)),
            Op::MaxI64 => Range::new(arg(0).lo.max(arg(1).lo), arg(0).hi.max(arg(1).hi)),
            Op::DivI64 if arg(1).lo > 0 => quotient(arg(0), arg(1)),
            Op::ModI64 if arg(1).lo > 0 => remainder(arg(0), arg(1)),
            Op::AndI64 => match (arg(0).lo >= 0, arg(1).lo >= 0) {
                (true, true) => Range::new(0, arg(0).hi.min(arg(1).hi)),
                (true, false) => Range::new(0, arg(0).hi),
                (false, true) => Range::new(0, arg(1).hi),
                (false, false) => Range::FULL,
            },
            Op::AndNotI64 if arg(0).lo >= 0 => Range::new(0, arg(0).hi),
            Op::OrI64 | Op::XorI64 if arg(0).lo >= 0 && arg(1).lo >= 0 => {
                let bits = 64 - (arg(0).hi | arg(1).hi).leading_zeros();
                Range::new(0, if bits >= 63 { i64::MAX } else { (1 << bits) - 1 })
            }
            Op::NotI64 => Range::new(!arg(0).hi, !arg(0).lo),
            Op::ShlI64 => match k(1).map(|n| n & 63) {
                Some(n) if n < 63 => multiply(arg(0), Range::one(1 << n)),
                _ => Range::FULL,
            },
            Op::ShrI64 => match k(1).map(|n| n & 63) {
                Some(n) if arg(0).lo >= 0 => Range::new(arg(0).lo >> n, arg(0).hi >> n),
                Some(n) if n > 0 => Range::new(0, (u64::MAX >> n) as i64),
                _ => Range::FULL,
            },
            Op::SarI64 => match k(1).map(|n| n & 63) {
                Some(n) => Range::new(arg(0).lo >> n, arg(0).hi >> n),
                None => Range::new(arg(0).lo.min(0), arg(0).hi.max(-1)),
            },
            Op::LowU32 => truncated(arg(0), Range::new(0, i64::from(u32::MAX))),
            Op::LowI32 => truncated(arg(0), Range::new(i64::from(i32::MIN), i64::from(i32::MAX))),
            Op::Rotl32 | Op::LoadShape => Range::new(0, i64::from(u32::MAX)),
            Op::BoolToI64 => Range::new(0, 1),
            Op::Select => arg(1).join(arg(2)),
            Op::UnboxInt | Op::GuardInt => SMALL,
            Op::GuardBounds if arg(1).lo >= 0 => arg(0).meet(Range::new(0, arg(1).hi)),
            Op::GuardBelow if arg(1).lo >= 0 => {
                arg(0).meet(Range::new(0, arg(1).hi.saturating_sub(1).max(0)))
            }
            Op::GuardNonZero => without(arg(0), Range::one(0)),
            Op::GuardFits => arg(0).meet(of_bits(func.imm(inst))),
            Op::GuardBounds | Op::GuardBelow | Op::GuardNotNil => arg(0),
            Op::ArrayLen
            | Op::ArrayCapacity
            | Op::SlotsCapacity
            | Op::StrLen
            | Op::VarargCount
            | Op::HashUsed => SIZE,
            Op::DenseWord => Range::new(0, i64::from(u32::MAX)),
            Op::HashFind => Range::new(-1, SIZE.hi),
            Op::LoadByte | Op::LoadKind => Range::new(0, 255),
            Op::LoadElemBool => Range::new(0, 2),
            Op::StrCmp => Range::new(-1, 1),
            _ => Range::FULL,
        }
    }
}

/// An instruction that adds a constant: what it adds to, and the constant.
fn sum(func: &Func, inst: InstId) -> Option<(InstId, i64)> {
    if func.op(inst) != Op::AddI64 {
        return None;
    }
    Some((func.arg(inst, 0), func.as_i64(func.arg(inst, 1))?))
}

struct Pass {
    walk: Walk,
    to: Replacements,
    changes: u32,
}

impl Pass {
    fn same(&mut self, func: &mut Func, inst: InstId, other: InstId) {
        self.to.set(inst, other);
        func.remove(inst);
        self.changes += 1;
    }

    fn range(&self, func: &Func, inst: InstId, i: usize) -> Range {
        self.walk.get(func, func.arg(inst, i))
    }

    fn rewrite(&mut self, func: &mut Func, inst: InstId) {
        let op = func.op(inst);
        if func.ty(inst) == Type::I64
            && op.class() == Class::Pure
            && !op.is_const()
            && let Some(k) = self.walk.get(func, inst).single()
        {
            set_i64(func, inst, k);
            self.changes += 1;
            return;
        }
        match op {
            Op::BoxI64 if self.range(func, inst, 0).is_in(SMALL) => {
                let (ty, arg) = (func.ty(inst), func.arg(inst, 0));
                func.replace(inst, plain(Op::BoxInt, ty, &[arg]));
                self.changes += 1;
            }
            Op::Icmp => self.icmp(func, inst),
            Op::Fcmp => self.fcmp(func, inst),
            Op::GuardF64Int | Op::F64ToI64 => self.integer_of_float(func, inst),
            Op::F64IsInt => {
                let a = func.arg(inst, 0);
                if func.op(a) == Op::I64ToF64 && self.range(func, a, 0).is_in(EXACT) {
                    set_bool(func, inst, true);
                    self.changes += 1;
                }
            }
            _ if self.is_identity(func, inst) => {
                let arg = func.arg(inst, 0);
                self.same(func, inst, arg);
            }
            _ => {}
        }
    }

    /// Whether the instruction surely gives its first operand.
    fn is_identity(&self, func: &Func, inst: InstId) -> bool {
        let range = |i| self.range(func, inst, i);
        match func.op(inst) {
            Op::GuardFits | Op::GuardNonZero | Op::GuardBounds | Op::GuardBelow => self.is_proved(func, inst),
            Op::AbsI64 => range(0).lo >= 0,
            Op::LowU32 => range(0).is_in(Range::new(0, i64::from(u32::MAX))),
            Op::LowI32 => range(0).is_in(Range::new(i64::from(i32::MIN), i64::from(i32::MAX))),
            Op::MinI64 => range(0).hi <= range(1).lo,
            Op::MaxI64 => range(0).lo >= range(1).hi,
            Op::ModI64 => range(0).lo >= 0 && range(0).hi < range(1).lo,
            // A mask of low bits takes nothing from what they hold.
            Op::AndI64 => range(1)
                .single()
                .is_some_and(|k| k > 0 && (k + 1) & k == 0 && range(0).is_in(Range::new(0, k))),
            _ => false,
        }
    }

    /// Whether a guard of an integer, just visited, surely holds. It has cut its operand's range already.
    fn is_proved(&self, func: &Func, inst: InstId) -> bool {
        let Some((_, old, is_within)) = self.walk.before.filter(|(guard, ..)| *guard == inst) else {
            return false;
        };
        match func.op(inst) {
            Op::GuardFits => old.is_in(of_bits(func.imm(inst))),
            Op::GuardNonZero => old.lo > 0 || old.hi < 0,
            _ => is_within,
        }
    }

    fn icmp(&mut self, func: &mut Func, inst: InstId) {
        let Some(cc) = func.cc(inst) else { return };
        let (a, b) = (func.arg(inst, 0), func.arg(inst, 1));
        let (ra, rb) = (self.walk.get(func, a), self.walk.get(func, b));
        let are_natural = ra.lo >= 0 && rb.lo >= 0;
        let answer = match cc {
            Cc::Eq | Cc::Ne if ra.hi < rb.lo || rb.hi < ra.lo => Some(cc == Cc::Ne),
            Cc::Eq | Cc::Ne => None,
            Cc::Lt | Cc::Ge => self.is_less(func, a, b, true).map(|less| less == (cc == Cc::Lt)),
            Cc::Le | Cc::Gt => self.is_less(func, a, b, false).map(|less| less == (cc == Cc::Le)),
            Cc::Below | Cc::AboveEq if are_natural => {
                self.is_less(func, a, b, true).map(|less| less == (cc == Cc::Below))
            }
            Cc::BelowEq | Cc::Above if are_natural => {
                self.is_less(func, a, b, false).map(|less| less == (cc == Cc::BelowEq))
            }
            Cc::Below | Cc::AboveEq | Cc::BelowEq | Cc::Above => None,
        };
        if let Some(answer) = answer {
            set_bool(func, inst, answer);
            self.changes += 1;
        }
    }

    /// Whether `a < b`, or `a <= b`, if it is known.
    fn is_less(&self, func: &Func, a: InstId, b: InstId, is_strict: bool) -> Option<bool> {
        if self.walk.is_ordered(func, a, b, is_strict) {
            Some(true)
        } else if self.walk.is_ordered(func, b, a, !is_strict) {
            Some(false)
        } else {
            None
        }
    }

    /// A comparison of floats that are integers below 2^53 is one of integers.
    fn fcmp(&mut self, func: &mut Func, inst: InstId) {
        let Some(fcc) = func.fcc(inst) else { return };
        let (a, b) = (func.arg(inst, 0), func.arg(inst, 1));
        if func.op(a) != Op::I64ToF64 && func.op(b) != Op::I64ToF64 {
            return;
        }
        let (Some(a), Some(b)) = (self.exact_int(func, inst, a), self.exact_int(func, inst, b)) else {
            return;
        };
        let cc = match fcc {
            Fcc::Eq => Cc::Eq,
            Fcc::Ne => Cc::Ne,
            Fcc::Lt | Fcc::Nge => Cc::Lt,
            Fcc::Le | Fcc::Ngt => Cc::Le,
            Fcc::Gt | Fcc::Nle => Cc::Gt,
            Fcc::Ge | Fcc::Nlt => Cc::Ge,
        };
        func.replace(inst, NewInst { imm: cc as u64, ..plain(Op::Icmp, Type::Bool, &[a, b]) });
        self.changes += 1;
    }

    /// The integer that a float is, if that is sure and both correspond.
    fn exact_int(&self, func: &mut Func, at: InstId, x: InstId) -> Option<InstId> {
        if let Some(k) = func.as_f64(x) {
            let k = bytecode::arith::float_to_int(k).filter(|&k| Range::one(k).is_in(EXACT))?;
            return Some(Builder::before(func, at).const_i64(k));
        }
        let is_exact = func.op(x) == Op::I64ToF64 && self.range(func, x, 0).is_in(EXACT);
        is_exact.then(|| func.arg(x, 0))
    }

    /// A float that is made an integer: it may have been one, or the floor of a quotient of integers.
    fn integer_of_float(&mut self, func: &mut Func, inst: InstId) {
        let x = func.arg(inst, 0);
        if func.op(x) == Op::I64ToF64 && self.range(func, x, 0).is_in(EXACT) {
            let raw = func.arg(x, 0);
            self.same(func, inst, raw);
            return;
        }
        if func.op(x) != Op::FloorF64 {
            return;
        }
        let quotient = func.arg(x, 0);
        if func.op(quotient) != Op::DivF64 && func.op(quotient) != Op::MulF64 {
            return;
        }
        let (a, b) = (func.arg(quotient, 0), func.arg(quotient, 1));
        let is_exact = |pass: &Pass, func: &Func, x: InstId| {
            func.op(x) == Op::I64ToF64 && pass.range(func, x, 0).is_in(EXACT_INNER)
        };
        // A dividend that is not known to be small is asked: whoever divides so has small ones, and a division of integers
        // takes a fraction of the time of one of floats and two conversions.
        let is_asked = !is_exact(self, func, a);
        if is_asked && !(func.op(a) == Op::I64ToF64 && func.op(inst) == Op::GuardF64Int) {
            return;
        }
        let dividend = func.arg(a, 0);
        let new = match (func.op(quotient), func.as_f64(b)) {
            (Op::DivF64, Some(k)) => match bytecode::arith::float_to_int(k) {
                Some(k) if k != 0 && Range::one(k).is_in(EXACT_INNER) => {
                    (Op::DivI64, Builder::before(func, inst).const_i64(k))
                }
                _ => return,
            },
            (Op::DivF64, None) if !is_asked && is_exact(self, func, b) => {
                let divisor = self.range(func, b, 0);
                if divisor.lo <= 0 && divisor.hi >= 0 {
                    return;
                }
                (Op::DivI64, func.arg(b, 0))
            }
            // Dividing by a power of two became multiplication by its inverse.
            (Op::MulF64, Some(k)) if k > 0.0 && k < 1.0 && k.to_bits() & ((1 << 52) - 1) == 0 => {
                let n = 1023 - (k.to_bits() >> 52) as i64;
                if n > 52 {
                    return;
                }
                (Op::SarI64, Builder::before(func, inst).const_i64(n))
            }
            _ => return,
        };
        let mut dividend = dividend;
        if is_asked {
            let snap = func.snapshot(inst);
            let guard = plain(Op::GuardFits, Type::I64, std::slice::from_ref(&dividend));
            dividend = func.insert_before(inst, NewInst { imm: EXACT_INNER_BITS, snap, ..guard });
            func.copy_origin(dividend, inst);
        }
        func.replace(inst, plain(new.0, Type::I64, &[dividend, new.1]));
        self.changes += 1;
    }
}

/// Integers of so many bits are in [`EXACT_INNER`].
const EXACT_INNER_BITS: u64 = 53;

/// Below 2^53 the floor of the rounded quotient is the quotient rounded down.
const EXACT_INNER: Range = Range { lo: 1 - (1 << 53), hi: (1 << 53) - 1 };

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn a_counted_loop_needs_no_checks() {
        check(
            &["range", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v3 }
            b0(v0: array, v1: value):
              v2 = const_i64 0
              v9 = const_i64 1
              v10 = array_len v0
              jump b1(v2)
            b1(v3: i64):
              v4 = icmp v3, v10, lt
              branch v4, b2, b3
            b2:
              v5 = guard_bounds v3, v10 [s0]
              v6 = load_elem v0, v5
              v7 = add_i64 v3, v9
              v8 = guard_fits v7, 48 [s0]
              v11 = box_i64 v8
              store_elem v0, v3, v11
              jump b1(v7)
            b3:
              return_values v1
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v3 }
                b0(v0: array, v1: value):
                  v2 = const_i64 0
                  v9 = const_i64 1
                  v10 = array_len v0
                  jump b1(v2)
                b1(v3: i64):
                  v4 = icmp v3, v10, lt
                  branch v4, b2, b3
                b2:
                  v7 = add_i64 v3, v9
                  v11 = box_int v7
                  store_elem v0, v3, v11
                  jump b1(v7)
                b3:
                  return_values v1
            "#]],
        );
    }

    #[test]
    fn sums_that_may_overflow_are_anything() {
        check_stays(
            &["range", "dce"],
            "
            b0(v0: i64):
              v1 = const_i64 1
              v2 = add_i64 v0, v1
              v3 = icmp v2, v0, gt
              v4 = box_bool v3
              v5 = box_i64 v2
              return_values v4, v5
            ",
        );
    }

    #[test]
    fn floor_of_a_quotient_is_integer_division() {
        check(
            &["range", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: value):
              v1 = guard_int v0 [s0]
              v2 = i64_to_f64 v1
              v3 = const_f64 10.0
              v4 = div_f64 v2, v3
              v5 = floor_f64 v4
              v6 = guard_f64_int v5 [s0]
              v7 = box_i64 v6
              return_values v7
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: value):
                  v1 = guard_int v0 [s0]
                  v9 = const_i64 10
                  v6 = div_i64 v1, v9
                  v7 = box_i64 v6
                  return_values v7
            "#]],
        );
    }

    #[test]
    fn what_a_typed_entry_takes_fits_an_immediate() {
        let body = |takes: &str| {
            format!(
                "func \"f\" returns value{takes}\nframe f0 proto 0 base 0 root\nsnap s0 f0 pc 0 {{ r0 = v0 }}\nb0(v0: i64):\n  \
                 v1 = guard_fits v0, 48 [s0]\n  v2 = box_i64 v1\n  return_values v2\n"
            )
        };
        for (takes, is_left) in [("", true), (" takes immediates", false)] {
            let mut func = crate::ir::parse::parse(&body(takes)).expect("a function");
            let dom = crate::ir::dom::DomTree::new(&func);
            super::narrow_ranges(&mut func, &dom);
            assert_eq!(format!("{func:?}").contains("guard_fits"), is_left);
        }
    }

    #[test]
    fn a_dividend_of_any_size_is_asked_before_it_is_divided_as_an_integer() {
        check(
            &["range", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: i64):
              v2 = i64_to_f64 v0
              v3 = const_f64 10.0
              v4 = div_f64 v2, v3
              v5 = floor_f64 v4
              v6 = guard_f64_int v5 [s0]
              v7 = const_f64 0.25
              v8 = mul_f64 v2, v7
              v9 = floor_f64 v8
              v10 = guard_f64_int v9 [s0]
              v11 = add_i64 v6, v10
              v12 = box_i64 v11
              return_values v12
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: i64):
                  v14 = const_i64 10
                  v15 = guard_fits v0, 53 [s0]
                  v6 = div_i64 v15, v14
                  v16 = const_i64 2
                  v17 = guard_fits v0, 53 [s0]
                  v10 = sar_i64 v17, v16
                  v11 = add_i64 v6, v10
                  v12 = box_i64 v11
                  return_values v12
            "#]],
        );
    }

    #[test]
    fn guards_of_bounds_prove_later_ones() {
        check(
            &["range", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v1 }
            b0(v0: array, v1: i64):
              v2 = array_len v0
              v3 = guard_below v1, v2 [s0]
              v4 = guard_bounds v1, v2 [s0]
              v5 = const_i64 1
              v6 = add_i64 v1, v5
              v7 = guard_bounds v6, v2 [s0]
              v8 = load_elem v0, v7
              v9 = load_elem v0, v4
              return_values v8, v9
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v1 }
                b0(v0: array, v1: i64):
                  v2 = array_len v0
                  v3 = guard_below v1, v2 [s0]
                  v5 = const_i64 1
                  v6 = add_i64 v1, v5
                  v8 = load_elem v0, v6
                  v9 = load_elem v0, v1
                  return_values v8, v9
            "#]],
        );
    }
}
