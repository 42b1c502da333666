//! The optimiser: passes over the IR, one file each, and the order in which they run.
//!
//! ```text
//!   pipeline    the order, as a table with reasons; times, counts and switches of the passes
//!   fold        constants and algebra              types       kinds of boxed values
//!   unbox       loop variables without boxes       params      parameters that are always the same
//!   guards      guards that are proved already     gvn         equal computations
//!   forward     loads and stores                   range       intervals of integers
//!   rotate      loops that test at their end       licm        what does not change in a loop
//!   promote     places that a loop updates         loop_types  guards of loop variables
//!   shadow      floats that begin as integers      predicate   bounds of counted loops
//!   split       new objects that blocks pass       scalar      new objects that nobody sees
//!   snapshots   boxes that only exits need         sink        what only some paths need
//!   carry       elements of the iteration before
//!   polls       one per cycle                      widen       integers of all 64 bits
//!   thread      tests with known answers           blocks      chains of blocks
//!   decide      chains of comparisons              dce         what nobody needs
//!   versions    loops whose variables become floats
//!   unroll      short counted loops         strips      polls of counted loops
//! ```
//!
//! `objects` and `interval` are what `scalar`, `split` and `range` are made of, `copy` what `versions` and `unroll` are.
//!
//! A pass is one function of the IR and of the analyses that it needs; it gives the number of its changes. It asks ops for
//! their class, effects and types. Only rules of algebra name ops, since a rule *is* about an op. Here are the few tools that
//! passes share; thresholds that decide when to compile are elsewhere.

pub mod blocks;
pub mod carry;
mod copy;
pub mod dce;
pub mod decide;
pub mod fold;
pub mod forward;
#[cfg(test)]
mod generate;
pub mod guards;
pub mod gvn;
mod interval;
pub mod licm;
pub mod loop_types;
mod objects;
pub mod params;
pub mod pipeline;
pub mod polls;
pub mod predicate;
pub mod promote;
pub mod range;
pub mod rotate;
pub mod scalar;
pub mod shadow;
pub mod sink;
pub mod snapshots;
pub mod split;
pub mod strips;
#[cfg(test)]
mod testing;
pub mod thread;
pub mod types;
pub mod unbox;
pub mod unroll;
pub mod versions;
pub mod widen;

use crate::hash::{FastMap, FastSet};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::ops::{Class, Op};
use crate::ir::snapshot::{Entry, SnapId, Source};
use crate::ir::types::Type;
use runtime::value::Value;
use std::hash::{Hash, Hasher};

/// Which instruction stands for which, collected by a pass and carried out in one sweep.
struct Replacements {
    /// Empty until there is one: many runs of passes find nothing.
    to: Vec<InstId>,
    count: usize,
}

impl Replacements {
    fn new(func: &Func) -> Replacements {
        Replacements { to: Vec::new(), count: func.inst_count() }
    }

    /// Lets `new` stand for `old`, whose instruction may be removed then.
    fn set(&mut self, old: InstId, new: InstId) {
        let new = self.get(new);
        debug_assert!(new != old, "an instruction cannot stand for itself");
        if old.index() >= self.to.len() {
            let count = self.count.max(old.index() + 1);
            self.to.extend((self.to.len() as u32..count as u32).map(InstId));
        }
        self.to[old.index()] = new;
    }

    /// What stands for an instruction in the end.
    fn get(&self, mut inst: InstId) -> InstId {
        while let Some(&next) = self.to.get(inst.index()) {
            if next == inst {
                break;
            }
            inst = next;
        }
        inst
    }

    /// Makes the operands of one instruction final, so that it can be compared with others.
    fn rewrite(&self, func: &mut Func, inst: InstId) {
        if !self.to.is_empty() {
            func.rewrite_uses(inst, |arg| self.get(arg));
        }
    }

    /// Carries everything out.
    fn apply(self, func: &mut Func) {
        if !self.to.is_empty() {
            func.rewrite_all(|inst| self.get(inst));
        }
    }

    /// As [`Replacements::apply`], after a walk over the dominator tree that made the operands of all instructions final as it
    /// came to them: what stands for an operand was known by then.
    fn apply_after_walk(self, func: &mut Func, dom: &DomTree) {
        if has_unreachable(func, dom) {
            self.apply(func);
        } else if !self.to.is_empty() {
            func.snaps.rewrite(|inst| self.get(inst));
        }
    }
}

/// A map whose entries last as long as the walk stays below the block of the dominator tree where they were made.
struct Scoped<K, V> {
    map: FastMap<K, V>,
    undo: Vec<(K, Option<V>)>,
    marks: Vec<usize>,
}

impl<K: Copy + Eq + Hash, V: Copy> Scoped<K, V> {
    fn new() -> Scoped<K, V> {
        Scoped { map: FastMap::default(), undo: Vec::new(), marks: Vec::new() }
    }

    /// With room for about a quarter of a function's instructions.
    fn of_insts(func: &Func) -> Scoped<K, V> {
        let room = func.inst_count() / 4;
        let map = FastMap::with_capacity_and_hasher(room, crate::hash::FastBuild::default());
        Scoped { map, undo: Vec::with_capacity(room), marks: Vec::new() }
    }

    /// Goes to a block at this depth, coming from the previous one of [`DomTree::walk`].
    fn enter(&mut self, depth: usize) {
        while self.marks.len() > depth {
            let mark = self.marks.pop().unwrap_or(0);
            for (key, old) in self.undo.drain(mark..).rev() {
                match old {
                    Some(old) => self.map.insert(key, old),
                    None => self.map.remove(&key),
                };
            }
        }
        self.marks.push(self.undo.len());
    }

    fn get(&self, key: &K) -> Option<V> {
        self.map.get(key).copied()
    }

    fn insert(&mut self, key: K, value: V) {
        let old = self.map.insert(key, value);
        self.undo.push((key, old));
    }
}

/// As [`Scoped`], of facts about instructions.
struct ScopedInsts<V> {
    of: Vec<Option<V>>,
    undo: Vec<(InstId, Option<V>)>,
    marks: Vec<usize>,
}

impl<V: Copy> ScopedInsts<V> {
    fn new(func: &Func) -> ScopedInsts<V> {
        ScopedInsts { of: vec![None; func.inst_count()], undo: Vec::new(), marks: Vec::new() }
    }

    /// Goes to a block at this depth, coming from the previous one of [`DomTree::walk`].
    fn enter(&mut self, depth: usize) {
        while self.marks.len() > depth {
            let mark = self.marks.pop().unwrap_or(0);
            for (inst, old) in self.undo.drain(mark..).rev() {
                self.of[inst.index()] = old;
            }
        }
        self.marks.push(self.undo.len());
    }

    #[inline]
    fn get(&self, inst: InstId) -> Option<V> {
        self.of.get(inst.index()).copied().flatten()
    }

    fn insert(&mut self, inst: InstId, value: V) {
        if inst.index() >= self.of.len() {
            // The pass has made it.
            self.of.resize(inst.index() + 1, None);
        }
        let old = self.of[inst.index()].replace(value);
        self.undo.push((inst, old));
    }
}

/// What makes two instructions of a mergeable op the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Key {
    op: Op,
    ty: Type,
    imm: u64,
    imm2: u32,
    args: [u32; 3],
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, to: &mut H) {
        to.write_u64(self.op as u64 | (self.ty as u64) << 8 | u64::from(self.imm2) << 32);
        to.write_u64(self.imm ^ u64::from(self.args[2]) << 16);
        to.write_u64(u64::from(self.args[0]) | u64::from(self.args[1]) << 32);
    }
}

impl Key {
    /// The key of an instruction; `None` if it has too many operands for one.
    fn of(func: &Func, inst: InstId) -> Option<Key> {
        Key::new(func.op(inst), func.ty(inst), func.imm(inst), func.imm2(inst), func.args(inst))
    }

    fn new(op: Op, ty: Type, imm: u64, imm2: u32, list: &[InstId]) -> Option<Key> {
        let mut args = [u32::MAX; 3];
        if list.len() > args.len() {
            return None;
        }
        for (to, arg) in args.iter_mut().zip(list) {
            *to = arg.0;
        }
        Some(Key { op, ty, imm, imm2, args })
    }
}

/// The condition that surely holds or fails in a block, because its only predecessor branched on it to get there.
fn entry_condition(func: &Func, dom: &DomTree, b: BlockId) -> Option<(InstId, bool)> {
    let [pred] = dom.preds(b) else { return None };
    let term = func.terminator(*pred)?;
    (func.op(term) == Op::Branch).then(|| (func.arg(term, 0), func.edge(term, 0).0 == b))
}

/// The edges to each block: terminator and number of the edge.
struct Incoming {
    starts: Vec<u32>,
    edges: Vec<(InstId, usize)>,
}

impl std::ops::Index<usize> for Incoming {
    type Output = [(InstId, usize)];

    fn index(&self, block: usize) -> &[(InstId, usize)] {
        &self.edges[self.starts[block] as usize..self.starts[block + 1] as usize]
    }
}

/// The edges to each block, those of unreachable blocks included.
fn incoming_edges(func: &Func) -> Incoming {
    // Counts, then starts, which filling moves to the ends: one place further they are the starts.
    let mut starts = vec![0u32; func.block_count() + 2];
    for &b in func.blocks() {
        for to in func.successors(b) {
            starts[to.index() + 2] += 1;
        }
    }
    for i in 2..starts.len() {
        starts[i] += starts[i - 1];
    }
    let mut edges = vec![(InstId(0), 0); starts[starts.len() - 1] as usize];
    for &b in func.blocks() {
        let Some(term) = func.last(b) else { continue };
        for (i, to) in func.successors(b).enumerate() {
            let at = &mut starts[to.index() + 1];
            edges[*at as usize] = (term, i);
            *at += 1;
        }
    }
    starts.pop();
    Incoming { starts, edges }
}

/// Whether there are blocks that nothing reaches, which `dce` removes: passes that change edges wait for that.
fn has_unreachable(func: &Func, dom: &DomTree) -> bool {
    dom.rpo().len() != func.blocks().len()
}

/// An instruction without immediates and snapshot.
fn plain(op: Op, ty: Type, args: &[InstId]) -> NewInst<'_> {
    NewInst { op, ty, args, imm: 0, imm2: 0, snap: None }
}

fn set_const(func: &mut Func, inst: InstId, op: Op, ty: Type, imm: u64) {
    func.replace(inst, NewInst { imm, ..plain(op, ty, &[]) });
}

fn set_i64(func: &mut Func, inst: InstId, value: i64) {
    set_const(func, inst, Op::ConstI64, Type::I64, value as u64);
}

fn set_bool(func: &mut Func, inst: InstId, value: bool) {
    set_const(func, inst, Op::ConstBool, Type::Bool, u64::from(value));
}

/// Makes a boxed constant of an instruction whose result is boxed.
fn set_value(func: &mut Func, inst: InstId, value: Value) {
    let is_num = func.ty(inst) == Type::Num;
    let (op, ty) = if is_num { (Op::ConstNum, Type::Num) } else { (Op::ConstValue, Type::Value) };
    set_const(func, inst, op, ty, value.bits());
}

/// Makes a branch go only where one of its edges leads.
fn keep_edge(func: &mut Func, term: InstId, i: usize) {
    let Some(b) = func.block_of(term) else { return };
    let (to, args) = func.edge(term, i);
    let args = args.to_vec();
    func.remove(term);
    Builder::at_end(func, b).jump(to, &args);
}

/// The reference that an instruction passes on: a guard of a reference gives the same one.
fn same_ref(func: &Func, mut inst: InstId) -> InstId {
    while func.ty(inst).is_ref()
        && (func.op(inst).class() == Class::Guard || func.op(inst) == Op::AsRef)
        && let Some(&arg) = func.args(inst).first()
        && func.ty(arg).is_ref()
    {
        inst = arg;
    }
    inst
}

/// The boxed value whose word an instruction passes on.
fn same_word(func: &Func, mut inst: InstId) -> InstId {
    while func.ty(inst).is_boxed()
        && (func.op(inst).class() == Class::Guard || func.op(inst) == Op::AsNum)
        && let Some(&arg) = func.args(inst).first()
        && func.ty(arg).is_boxed()
    {
        inst = arg;
    }
    inst
}

/// The snapshot with other instructions for those it names: of all its frames, itself if nothing changes. `None` if `map`
/// has no instruction for one, or if a virtual object would have to change, which others may share.
fn map_snapshot(
    func: &mut Func,
    snap: SnapId,
    map: &mut dyn FnMut(&Func, InstId) -> Option<InstId>,
) -> Option<SnapId> {
    let parent = match func.snaps.get(snap).parent {
        Some(parent) => Some(map_snapshot(func, parent, map)?),
        None => None,
    };
    let mut is_changed = parent != func.snaps.get(snap).parent;
    let mut entries: Vec<Entry> = func.snaps.entries(snap).to_vec();
    for entry in &mut entries {
        match entry.source {
            Source::Inst(inst) => {
                let new = map(func, inst)?;
                is_changed |= new != inst;
                entry.source = Source::Inst(new);
            }
            Source::Virtual(object) => {
                let mut objects = vec![object];
                let mut done = 0;
                while let Some(&object) = objects.get(done) {
                    done += 1;
                    for (_, part) in func.snaps.object(object).parts.iter() {
                        match *part {
                            Source::Inst(inst) if map(func, inst) != Some(inst) => return None,
                            Source::Virtual(inner) if !objects.contains(&inner) => objects.push(inner),
                            _ => {}
                        }
                    }
                }
            }
        }
    }
    if !is_changed {
        return Some(snap);
    }
    let old = *func.snaps.get(snap);
    Some(func.snaps.add(old.frame, old.pc, parent, &entries))
}
