//! The state of a build: what each register holds, snapshots of it, and edges between blocks.
//!
//! A register holds an instruction of any type that stands for a value; who needs the boxed word asks for it, and the box is
//! made where it is asked for. What a guard proved replaces the value in all registers that hold it. Where paths meet, the
//! live registers are parameters of the block, boxed: the passes make raw ones of them where all paths agree.

use super::code::{Code, RegSet};
use super::inline::CALLEE_MAX;
use super::lists::{LIST_ROOM, List};
use super::returns::Returned;
use super::{Reasons, Site, Stats};
use crate::hash::FastMap;
use crate::ir::builder::Builder;
use crate::ir::func::{BlockId, InstId};
use crate::ir::helpers::Helper;
use crate::ir::imm::{Elem, Reason, Results};
use crate::ir::ops::Op as Ir;
use crate::ir::signature::Signature;
use crate::ir::snapshot::{Entry, FrameId, Place, SnapId, Source};
use crate::ir::types::Type;
use runtime::assumption::Assumption;
use runtime::closure::{Closure, Function};
use runtime::heap::Heap;
use runtime::shape::PinnedShape;
use runtime::table::Table;
use runtime::value::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use vm::native::Prepared;

/// What each register of a frame holds.
pub(super) type Regs = Vec<Option<InstId>>;

/// The frame that is being built.
pub(super) struct Frame {
    pub(super) function: Function,
    pub(super) code: Code,
    pub(super) id: FrameId,
    /// Its registers' numbers in the outermost frame begin here.
    pub(super) base: u32,
    /// The snapshot of the call that it is inlined at.
    pub(super) parent: Option<SnapId>,
    /// The closure that runs in it, if it is inlined.
    pub(super) callee: Option<InstId>,
    /// That closure, if it is the same at each execution.
    pub(super) known: Option<Closure>,
    /// That closure, or one that is likely: from which samples are taken.
    pub(super) likely: Option<Closure>,
    /// The first and the last instruction of the loop that is compiled by itself, if the rest is not.
    pub(super) only: Option<(u32, u32)>,
    /// Where an inlined frame returns to.
    pub(super) exit: Option<FrameExit>,
    /// Whether it was seen to return there.
    pub(super) is_returned: bool,
    pub(super) regs: Regs,
    /// For each block of bytecode that was reached its first block of IR.
    blocks: Vec<Option<BlockId>>,
    /// How the traversals go whose `RangeNext` is at a pc.
    pub(super) ranges: FastMap<u32, Range>,
    /// The kinds of what they are of, where that is a list that is not at hand.
    pub(super) lists: FastMap<u32, Elem>,
    /// The registers that its parameters are.
    params: Vec<Vec<u16>>,
    /// For each block with one way in the registers there.
    starts: Vec<Option<Regs>>,
    is_built: Vec<bool>,
    /// For the instructions of the current block, and for its end: the live registers.
    live: Vec<RegSet>,
    live_from: u32,
    pub(super) pc: u32,
    /// The snapshot of the state before the current instruction, once it is made.
    snap: Option<SnapId>,
    /// Whether a register was written since the instruction began.
    is_written: bool,
    /// Whether the next instruction was translated with the current one.
    pub(super) is_next_done: bool,
    /// The list that the instruction before left in registers.
    pub(super) list: Option<List>,
    /// The extra arguments, if it is inlined and its function takes any number.
    pub(super) extra: Option<Vec<InstId>>,
}

/// How a traversal goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Range {
    /// By the helper, with its state in memory.
    Memory,
    /// Over the integers below a limit.
    Int,
    /// Over the entries of a table.
    Table,
    /// Over the elements of a table from 1 on.
    Elements,
    /// By calls of an iterator function.
    Function,
}

/// Where an inlined frame goes when it returns.
#[derive(Clone, Copy)]
pub(super) struct FrameExit {
    /// The block, which has a parameter per wanted result.
    pub(super) block: BlockId,
    pub(super) want: usize,
    /// Whether it is left where there are more or fewer.
    pub(super) is_exact: bool,
}

/// A build.
pub(super) struct Method<'a> {
    pub(super) b: Builder<'a>,
    pub(super) heap: &'a Heap,
    pub(super) string_metatable: Table,
    pub(super) options: &'a super::Options,
    pub(super) f: Frame,
    pub(super) functions: Vec<Function>,
    pub(super) kept: Vec<u64>,
    pub(super) assumptions: Vec<Assumption>,
    pub(super) shapes: Vec<PinnedShape>,
    pub(super) prepared: Vec<Arc<Box<dyn Prepared>>>,
    pub(super) frame_words: u32,
    pub(super) stats: Stats,
    /// Functions that are being inlined into each other, outermost first.
    pub(super) chain: Vec<Function>,
    /// Blocks of IR in the order in which they were begun.
    pub(super) order: Vec<BlockId>,
    /// The block's predecessors on the straight way from the start of the block of bytecode: boxes made in them are valid.
    trail: Vec<BlockId>,
    /// Boxes of raw results.
    boxes: FastMap<InstId, InstId>,
    /// The values that guards were given.
    origins: FastMap<InstId, InstId>,
    /// What results are at the moment, or were when the code to be compiled was last executed: a guess, never a proof.
    samples: FastMap<InstId, Value>,
    /// The shapes that tables are likely to have.
    pub(super) shape_hints: FastMap<InstId, u32>,
    /// Longest callee that is inlined at the moment.
    pub(super) inline_max: usize,
    /// The closure that is called in the way that is being built, and the function that it is known to be of.
    pub(super) way_target: Option<(InstId, Function)>,
    /// Whether feedback about targets of calls is believed: not where a method that no site knows is called.
    pub(super) knows_targets: bool,
    /// The feedback that was looked at.
    pub(super) believed: RefCell<HashMap<Site, u64>>,
    /// Shapes that tables were made with which are in parameters of blocks: guesses too.
    new_shapes: FastMap<InstId, u32>,
    /// Numbers of global cells.
    pub(super) globals: FastMap<u64, u32>,
    /// Whether the current block has ended.
    pub(super) is_ended: bool,
    /// The typed entries of functions that have code.
    pub(super) entries: &'a dyn Fn(Function) -> Option<Signature>,
    /// Whether the whole function is built, not a loop of it.
    pub(super) is_whole: bool,
    /// The signature of the function that is built.
    pub(super) signature: Option<Signature>,
    /// What its returns give, as far as they were seen.
    pub(super) returned: Returned,
    /// Whether it calls itself by its typed entry.
    pub(super) is_recursive: bool,
    pub(super) typed_callees: Vec<(Function, Signature)>,
    /// Functions that it would call by typed entries if they had one.
    pub(super) awaited: Vec<Function>,
}

impl Frame {
    pub(super) fn new(function: Function, code: Code, id: FrameId, base: u32) -> Frame {
        let n = code.blocks.len();
        Frame {
            function,
            id,
            base,
            parent: None,
            callee: None,
            known: None,
            likely: None,
            only: None,
            exit: None,
            is_returned: false,
            regs: vec![None; function.frame_size() as usize + LIST_ROOM as usize],
            blocks: vec![None; n],
            params: vec![Vec::new(); n],
            ranges: FastMap::default(),
            lists: FastMap::default(),
            starts: vec![None; n],
            is_built: vec![false; n],
            live: Vec::new(),
            live_from: 0,
            pc: 0,
            snap: None,
            is_written: false,
            is_next_done: false,
            list: None,
            extra: None,
            code,
        }
    }

    /// Whether the register lives in memory only: the list of defers, which is read there when an error passes.
    pub(super) fn is_in_memory(&self, reg: u16) -> bool {
        self.code.proto.defer_reg == Some(reg)
    }

    /// The registers that live before the instruction at `pc` of the current block, or at the block's end.
    pub(super) fn live_at(&self, pc: u32) -> &RegSet {
        &self.live[(pc - self.live_from) as usize]
    }

    /// The pc after the current block.
    pub(super) fn block_end(&self) -> u32 {
        self.live_from + self.live.len() as u32 - 1
    }

    /// Begins an instruction.
    pub(super) fn begin(&mut self, pc: u32) {
        self.pc = pc;
        self.snap = None;
        self.is_written = false;
    }

    /// A block of bytecode that was reached and is not built yet.
    pub(super) fn next_block(&self) -> Option<usize> {
        (0..self.blocks.len()).find(|&i| self.blocks[i].is_some() && !self.is_built[i])
    }
}

impl<'a> Method<'a> {
    pub(super) fn new(b: Builder<'a>, input: &super::Input<'a>, f: Frame, entry: BlockId) -> Method<'a> {
        Method {
            b,
            heap: input.heap,
            string_metatable: input.string_metatable,
            options: input.options,
            functions: vec![f.function],
            chain: vec![f.function],
            frame_words: f.function.frame_size().into(),
            f,
            kept: Vec::new(),
            assumptions: Vec::new(),
            shapes: Vec::new(),
            prepared: Vec::new(),
            stats: Stats::default(),
            order: vec![entry],
            trail: vec![entry],
            boxes: FastMap::default(),
            origins: FastMap::default(),
            samples: FastMap::default(),
            shape_hints: FastMap::default(),
            inline_max: CALLEE_MAX,
            way_target: None,
            knows_targets: true,
            believed: RefCell::default(),
            new_shapes: FastMap::default(),
            globals: FastMap::default(),
            is_ended: false,
            entries: input.entries,
            is_whole: true,
            signature: None,
            returned: Returned::default(),
            is_recursive: false,
            typed_callees: Vec::new(),
            awaited: Vec::new(),
        }
    }

    /// Why speculation on an instruction has failed.
    pub(super) fn failed_at(&self, site: Site) -> Reasons {
        self.options.excluded.get(&site).copied().unwrap_or_default()
    }

    /// Why speculation on the current instruction has failed.
    pub(super) fn failed(&self) -> Reasons {
        self.failed_at(Site { function: self.f.function.to_value().bits(), pc: self.f.pc })
    }

    /// Whether the current instruction may be specialised by feedback.
    pub(super) fn may_speculate(&mut self) -> bool {
        self.may_speculate_but(&[])
    }

    /// Whether the current instruction may be specialised by feedback in a form that these reasons do not concern.
    pub(super) fn may_speculate_but(&mut self, reasons: &[Reason]) -> bool {
        if !self.options.speculate {
            return false;
        }
        let mut allowed = Reasons::of(reasons);
        allowed.add(Reason::Unreached);
        allowed.add(Reason::Param);
        let is_excluded = self.options.is_careful || self.failed().exceeds(allowed);
        self.stats.speculated += u32::from(!is_excluded);
        self.stats.excluded += u32::from(is_excluded);
        !is_excluded
    }

    /// The feedback word of the current instruction.
    pub(super) fn feedback(&self) -> u64 {
        let word = self.f.function.feedback_word(self.f.pc as usize);
        let site = Site { function: self.f.function.to_value().bits(), pc: self.f.pc };
        self.believed.borrow_mut().insert(site, word);
        word
    }

    // Registers.

    /// What a register holds, in whatever form.
    pub(super) fn reg(&mut self, reg: u16) -> InstId {
        if self.f.is_in_memory(reg) {
            return self.b.load_reg(self.f.base + u32::from(reg));
        }
        match self.f.regs[reg as usize] {
            Some(inst) => inst,
            // Code that does not follow the rules of flow; verified code never comes here.
            None => self.b.nil(),
        }
    }

    /// The boxed word of a register.
    pub(super) fn value(&mut self, reg: u16) -> InstId {
        let inst = self.reg(reg);
        self.boxed(inst)
    }

    /// Writes a register.
    pub(super) fn set(&mut self, reg: u16, inst: InstId) {
        if self.f.is_in_memory(reg) {
            let v = self.boxed(inst);
            self.b.store_reg(v, self.f.base + u32::from(reg));
            return;
        }
        self.f.is_written = true;
        self.f.regs[reg as usize] = Some(inst);
    }

    /// Writes a register's memory, for a list or a window.
    pub(super) fn spill(&mut self, reg: u16) {
        if !self.f.is_in_memory(reg) {
            let v = self.value(reg);
            self.b.store_reg(v, self.f.base + u32::from(reg));
        }
    }

    /// Writes the memory of registers.
    pub(super) fn spill_range(&mut self, from: u16, count: u16) {
        for reg in from..from + count {
            self.spill(reg);
        }
    }

    /// Reads a register's memory after a helper wrote it.
    pub(super) fn reload(&mut self, reg: u16) {
        let v = self.b.load_reg(self.f.base + u32::from(reg));
        self.set(reg, v);
    }

    /// A register's number in the outermost frame, as an operand of a helper.
    pub(super) fn number(&mut self, reg: u16) -> InstId {
        self.b.const_i64(i64::from(self.f.base) + i64::from(reg))
    }

    /// A constant integer.
    pub(super) fn int(&mut self, i: i64) -> InstId {
        self.b.const_i64(i)
    }

    // Boxing.

    /// The boxed form of a result.
    pub(super) fn boxed(&mut self, inst: InstId) -> InstId {
        let ty = self.b.func.ty(inst);
        if ty.is_boxed() {
            return inst;
        }
        if let Some(&origin) = self.origins.get(&inst) {
            return origin;
        }
        if let Some(&known) = self.boxes.get(&inst)
            && self.b.func.block_of(known).is_some_and(|b| self.trail.contains(&b))
        {
            return known;
        }
        let new = self.fresh_box(inst);
        self.boxes.insert(inst, new);
        new
    }

    /// A new box of a result.
    pub(super) fn fresh_box(&mut self, inst: InstId) -> InstId {
        let func = &*self.b.func;
        if let Some(v) = func.as_i64(inst).and_then(Value::small_int) {
            return self.b.const_num(v);
        }
        if let Some(x) = func.as_f64(inst) {
            return self.b.const_num(Value::float(x));
        }
        match (func.ty(inst), func.op(inst)) {
            (Type::I64, Ir::GuardInt | Ir::UnboxInt | Ir::CallFunction | Ir::CallResult) => {
                self.b.box_int(inst)
            }
            // A parameter of the signature.
            (Type::I64, Ir::Param) if func.block_of(inst) == func.blocks().first().copied() => {
                self.b.box_int(inst)
            }
            (Type::I64, _) => self.b.box_i64(inst),
            (Type::F64, Ir::PowF64 | Ir::BitsF64) => self.b.box_raw_f64(inst),
            (Type::F64, _) => self.b.box_f64(inst),
            (Type::Bool, _) => self.b.box_bool(inst),
            _ => self.b.box_ref(inst),
        }
    }

    /// Says that `raw` is the raw form of the boxed `v`, and puts it into all registers that hold `v`.
    pub(super) fn refine(&mut self, v: InstId, raw: InstId) {
        if v == raw {
            return;
        }
        if self.b.func.ty(v).is_boxed() {
            self.origins.insert(raw, v);
        }
        for reg in self.f.regs.iter_mut().filter(|r| **r == Some(v)) {
            *reg = Some(raw);
        }
    }

    // Samples.

    /// What a result is likely to be.
    pub(super) fn sample(&self, inst: InstId) -> Option<Value> {
        let mut at = inst;
        loop {
            let func = &*self.b.func;
            if let Some(v) = func.as_value(at).or_else(|| self.samples.get(&at).copied()) {
                return Some(v);
            }
            match func.op(at) {
                Ir::GuardTable
                | Ir::GuardShape
                | Ir::GuardStr
                | Ir::GuardUserdata
                | Ir::GuardNotNil
                | Ir::GuardInt
                | Ir::GuardF64
                | Ir::GuardCallable
                | Ir::GuardClosure
                | Ir::GuardNative
                | Ir::UnboxRef
                | Ir::BoxRef
                | Ir::BoxInt
                | Ir::BoxI64
                | Ir::BoxF64 => at = func.arg(at, 0),
                Ir::ConstI64 => return func.as_i64(at).and_then(Value::small_int),
                Ir::ConstF64 => return func.as_f64(at).map(Value::float),
                _ => {
                    // Some number stands for all of its kind.
                    return match func.ty(at) {
                        Type::I64 => Some(Value::int32(1)),
                        Type::F64 => Some(Value::float(1.0)),
                        _ => None,
                    };
                }
            }
        }
    }

    /// The shape that a table was made with, if it was made by this code: a guess.
    pub(super) fn new_shape(&self, inst: InstId) -> Option<u32> {
        let func = &*self.b.func;
        let mut at = inst;
        while matches!(func.op(at), Ir::GuardTable | Ir::GuardShape | Ir::BoxRef | Ir::UnboxRef) {
            at = func.arg(at, 0);
        }
        match func.op(at) {
            Ir::NewTable => func.template(at).map(|template| func.snaps.template(template).shape),
            _ => self.new_shapes.get(&at).copied(),
        }
    }

    /// Says what a result is likely to be.
    pub(super) fn set_sample(&mut self, inst: InstId, v: Value) {
        self.samples.insert(inst, v);
    }

    // Snapshots.

    fn entries(&self, live: &RegSet) -> Vec<Entry> {
        let mut entries = Vec::new();
        if let Some(callee) = self.f.callee {
            entries.push(Entry { place: Place::Callee, source: Source::Inst(callee) });
        }
        for reg in live.iter().filter(|&r| !self.f.is_in_memory(r)) {
            if let Some(inst) = self.f.regs[reg as usize] {
                entries.push(Entry { place: Place::Reg(reg), source: Source::Inst(inst) });
            }
        }
        if let Some(list) = self.f.list {
            for reg in (list.from..list.from + list.count).filter(|&r| !live.contains(r)) {
                if let Some(inst) = self.f.regs[reg as usize] {
                    entries.push(Entry { place: Place::Reg(reg), source: Source::Inst(inst) });
                }
            }
        }
        for (i, &inst) in (0..).zip(self.f.extra.iter().flatten()) {
            entries.push(Entry { place: Place::Extra(i), source: Source::Inst(inst) });
        }
        if let Some(list) = self.f.list {
            entries.push(Entry { place: Place::Multi, source: Source::Inst(list.number) });
        }
        entries
    }

    /// The builder, for instructions that may leave with the state before the current instruction.
    pub(super) fn g(&mut self) -> &mut Builder<'a> {
        if self.f.snap.is_none() {
            debug_assert!(!self.f.is_written, "a guard after a write of a register");
            let entries = self.entries(self.f.live_at(self.f.pc));
            self.f.snap = Some(self.b.func.snaps.add(self.f.id, self.f.pc, self.f.parent, &entries));
        }
        self.b.set_snapshot(self.f.snap);
        &mut self.b
    }

    /// A snapshot of the state after the current instruction; registers from `from` on are left out.
    pub(super) fn snap_after(&mut self, from: u16) -> SnapId {
        let mut entries = self.entries(self.f.live_at(self.f.pc + 1));
        entries.retain(|e| !matches!(e.place, Place::Reg(r) if r >= from));
        self.b.func.snaps.add(self.f.id, self.f.pc + 1, self.f.parent, &entries)
    }

    /// A snapshot of the state after the current instruction but for its result, which is on its way to that register.
    pub(super) fn snap_before_result(&mut self, to: u16) -> SnapId {
        let mut entries = self.entries(self.f.live_at(self.f.pc + 1));
        entries.retain(|e| e.place != Place::Reg(to));
        self.b.func.snaps.add(self.f.id, self.f.pc + 1, self.f.parent, &entries)
    }

    /// Gives a call the snapshot of the state after the current instruction, whose registers are written.
    pub(super) fn after(&mut self, call: InstId) {
        if self.b.func.needs_snapshot(call) {
            let snap = self.snap_after(u16::MAX);
            self.b.after_call(call, snap);
        }
    }

    /// Calls a helper that gives no result and changes no register, or a register that is read back later.
    pub(super) fn helper(&mut self, helper: Helper, args: &[InstId]) -> InstId {
        let args: Vec<InstId> = args.to_vec();
        let ty = helper.gives();
        let call = self.b.call_helper(ty, &args, helper, Results::new(u8::from(ty != Type::None)));
        self.after(call);
        call
    }

    /// Calls a helper whose result goes to a register.
    pub(super) fn helper_to(&mut self, reg: u16, helper: Helper, args: &[InstId]) -> InstId {
        let ty = helper.gives();
        let call = self.b.call_helper(ty, args, helper, Results::new(1));
        self.set(reg, call);
        self.after(call);
        call
    }

    /// Leaves for good: the rest of the block is not reached.
    pub(super) fn leave(&mut self, reason: Reason) {
        self.g().exit(reason);
        self.is_ended = true;
    }

    // Blocks.

    /// Goes on at the start of a block that nothing before dominates but by the way here.
    pub(super) fn begin_block(&mut self, block: BlockId) {
        self.order.push(block);
        self.trail.push(block);
        self.b.go_to_end(block);
        self.is_ended = false;
    }

    /// The trail, for a frame inside this one to have its own.
    pub(super) fn take_trail(&mut self) -> Vec<BlockId> {
        std::mem::take(&mut self.trail)
    }

    /// The blocks whose boxes are valid.
    pub(super) fn trail(&self) -> &[BlockId] {
        &self.trail
    }

    /// The trail again.
    pub(super) fn set_trail(&mut self, trail: Vec<BlockId>) {
        self.trail = trail;
    }

    /// How far the trail goes, to come back to after a side block.
    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Forgets the side blocks behind a mark.
    pub(super) fn back_to(&mut self, mark: usize) {
        self.trail.truncate(mark);
    }

    /// A new block that is rarely executed.
    pub(super) fn cold_block(&mut self) -> BlockId {
        let block = self.b.new_block();
        self.b.func.set_cold(block, true);
        block
    }

    /// Two ways that meet again with a result: `then` and `other` make their results in blocks of their own. `cold` says
    /// whether the second is rarely taken.
    pub(super) fn either(
        &mut self,
        condition: InstId,
        ty: Type,
        cold: bool,
        then: impl FnOnce(&mut Self) -> InstId,
        other: impl FnOnce(&mut Self) -> InstId,
    ) -> InstId {
        let first = self.b.new_block();
        let second = if cold { self.cold_block() } else { self.b.new_block() };
        let join = self.b.new_block_with(&[ty]);
        self.b.branch(condition, (first, &[]), (second, &[]));
        let mark = self.mark();
        self.begin_block(first);
        let a = then(self);
        self.b.jump(join, &[a]);
        self.back_to(mark);
        self.begin_block(second);
        let c = other(self);
        self.b.jump(join, &[c]);
        self.back_to(mark);
        self.begin_block(join);
        self.b.func.params(join)[0]
    }

    // Edges between blocks of bytecode.

    /// The block of IR for the block of bytecode at `pc`, and what is passed to it from here.
    fn target(&mut self, pc: u32) -> (BlockId, Vec<InstId>) {
        let Some(i) = self.f.code.block_at(pc) else { unreachable!("a jump leads to a block") };
        let is_join = self.f.code.blocks[i].edges_in > 1;
        if let Some(block) = self.f.blocks[i] {
            let params = self.f.params[i].clone();
            return (block, params.into_iter().map(|reg| self.value(reg)).collect());
        }
        // A register that holds nothing is the state of a traversal in memory, here as on all other ways to the block.
        let params: Vec<u16> = if is_join {
            let live = self.f.code.blocks[i].live.iter();
            live.filter(|&r| !self.f.is_in_memory(r) && self.f.regs[r as usize].is_some()).collect()
        } else {
            self.f.starts[i] = Some(self.f.regs.clone());
            Vec::new()
        };
        let args: Vec<InstId> = params.iter().map(|&reg| self.value(reg)).collect();
        let block = self.b.new_block_with(&vec![Type::Value; params.len()]);
        for (j, &arg) in args.iter().enumerate() {
            let param = self.b.func.params(block)[j];
            if let Some(v) = self.sample(arg) {
                self.set_sample(param, v);
            } else if let Some(shape) = self.new_shape(arg) {
                self.new_shapes.insert(param, shape);
            }
        }
        self.f.blocks[i] = Some(block);
        self.f.params[i] = params;
        (block, args)
    }

    /// Whether a jump from the current instruction to `pc` goes back.
    fn is_back(&self, pc: u32) -> bool {
        pc <= self.f.pc
    }

    /// Polls with the state before the instruction at `pc`, to which the code is about to go back.
    fn poll_at(&mut self, pc: u32) {
        let Some(i) = self.f.code.block_at(pc) else { unreachable!("a jump leads to a block") };
        let entries = self.entries(&self.f.code.blocks[i].live);
        self.b.at_pc(self.f.id, pc, self.f.parent, &entries);
        self.b.poll();
    }

    /// Whether an instruction is outside the loop that is compiled by itself.
    fn is_outside(&self, pc: u32) -> bool {
        self.f.only.is_some_and(|(first, last)| !(first..=last).contains(&pc))
    }

    /// Leaves to the interpreter with the state before the instruction at `pc`.
    fn leave_at(&mut self, pc: u32) {
        let Some(i) = self.f.code.block_at(pc) else { unreachable!("a jump leads to a block") };
        let entries = self.entries(&self.f.code.blocks[i].live);
        self.b.at_pc(self.f.id, pc, self.f.parent, &entries);
        self.b.exit(Reason::LoopEnd);
        self.is_ended = true;
    }

    /// Leaves behind the current instruction to the block of bytecode at `pc`, with the registers as they are: what the
    /// instruction was taken to do is not what it did.
    pub(super) fn leave_behind(&mut self, pc: u32, reason: Reason) {
        let Some(i) = self.f.code.block_at(pc) else { unreachable!("a jump leads to a block") };
        let entries = self.entries(&self.f.code.blocks[i].live);
        self.b.at_pc(self.f.id, pc, self.f.parent, &entries);
        let exit = self.b.exit(reason);
        self.b.func.set_origin(exit, self.f.id, self.f.pc);
        self.is_ended = true;
    }

    /// Goes on at the block of bytecode at `pc`.
    pub(super) fn jump_to(&mut self, pc: u32) {
        if self.is_outside(pc) {
            return self.leave_at(pc);
        }
        if self.is_back(pc) {
            self.poll_at(pc);
        }
        let (block, args) = self.target(pc);
        self.b.jump(block, &args);
        self.is_ended = true;
    }

    /// A block that leads on to the one of bytecode at `pc`; the current block is left alone.
    pub(super) fn edge_to(&mut self, pc: u32) -> BlockId {
        let Some(i) = self.f.code.block_at(pc) else { unreachable!("a jump leads to a block") };
        if self.f.code.blocks[i].edges_in <= 1 && !self.is_back(pc) && !self.is_outside(pc) {
            return self.target(pc).0;
        }
        let here = self.b.block();
        let block = self.b.new_block();
        let mark = self.mark();
        self.begin_block(block);
        self.jump_to(pc);
        self.back_to(mark);
        self.b.go_to_end(here);
        self.is_ended = false;
        block
    }

    /// Goes on at one of two blocks of bytecode.
    pub(super) fn branch_to(&mut self, condition: InstId, then: u32, other: u32) {
        match self.b.func.as_bool(condition) {
            Some(true) => return self.jump_to(then),
            Some(false) => return self.jump_to(other),
            None => {}
        }
        if then == other {
            return self.jump_to(then);
        }
        let first = self.edge_to(then);
        let second = self.edge_to(other);
        self.b.branch(condition, (first, &[]), (second, &[]));
        self.is_ended = true;
    }

    /// Begins the block of bytecode with this number.
    pub(super) fn begin_bytecode(&mut self, i: usize) {
        let Some(block) = self.f.blocks[i] else { unreachable!("only blocks that were reached are built") };
        self.f.is_built[i] = true;
        self.f.list = None;
        self.f.live = self.f.code.live_in_block(i);
        self.f.live_from = self.f.code.blocks[i].start;
        match self.f.starts[i].take() {
            Some(regs) => self.f.regs = regs,
            None => {
                self.f.regs.fill(None);
                for (&reg, &param) in self.f.params[i].iter().zip(self.b.func.params(block)) {
                    self.f.regs[reg as usize] = Some(param);
                }
            }
        }
        self.trail.clear();
        self.begin_block(block);
    }

    /// Goes from the entry of the code to its first block of bytecode, with the registers as they are.
    pub(super) fn enter(&mut self, pc: u32) {
        let (block, args) = self.target(pc);
        self.b.jump(block, &args);
        self.is_ended = true;
    }

    /// Says which registers live at the entry, for snapshots of the way in.
    pub(super) fn begin_entry(&mut self, pc: u32) {
        self.f.live = self.f.code.live_in_block(0);
        self.f.live_from = pc;
        self.f.begin(pc);
    }

    // Constants.

    /// A constant of the function, raw if it is a number and speculation is on.
    pub(super) fn constant(&mut self, i: usize) -> InstId {
        let v = self.f.function.constant(i);
        self.constant_of(v)
    }

    /// The closure that runs in the current frame.
    pub(super) fn closure(&mut self) -> InstId {
        match self.f.callee {
            Some(callee) => callee,
            None => self.b.callee(),
        }
    }
}
