//! Instruction selection: one walk over the blocks in the order of the code.
//!
//! ```text
//!   plan      which instructions become part of their user        cond     conditions, as jumps or as 0 and 1
//!   boxing    boxes, tags, guards of tags                          int, float     arithmetic
//!   number    arithmetic of boxed numbers of any sort
//!   memory    loads, stores, barriers, strings                     alloc    new objects
//!   calls     calls and helpers                                    control  blocks, branches, returns, exits
//! ```
//!
//! Results are virtual registers. An instruction whose result is the word of its operand (most guards) has no register of
//! its own. Constants have none either: each user makes what it needs, as an immediate, from the pool, or in a register that
//! the allocator may make again anywhere.

mod alloc;
mod boxing;
mod calls;
mod cond;
mod control;
mod float;
mod int;
mod memory;
mod number;
mod plan;

use super::carried::free_divisions;
use super::exits::{Exit, ExitFrame, ExitObject, ExitSource, ExitTable, ExitValue, Location, reason_of};
use super::kept::Kept;
use super::mach::{self, BlockNo, Mach};
use super::order::Flow;
use super::{Context, Error, FIBER, SPILL_BASE};
use crate::asm::Label;
use crate::asm::x64::emit::{Assembler, Frame};
use crate::asm::x64::inst::{
    AluOp, Amode, CallTarget, CmpOp, Extend, Inst, Reg, RegImm, RegMem, RegMemImm, ShiftOp, Size,
};
use crate::asm::x64::{CALLER_SAVED, Cc};
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::imm::Reason;
use crate::ir::live::{Uses, use_counts};
use crate::ir::loops::LoopForest;
use crate::ir::ops::Op;
use crate::ir::snapshot::{SnapId, Source, VirtualId};
use crate::ir::types::Type;
use crate::regs::{PReg, RegClass, VReg};
use runtime::value::TAG_OBJECT;
use vm::machine::sites::SiteHandle;

/// What selection gives.
pub(super) struct Selected {
    pub mach: Mach,
    pub asm: Assembler,
    pub exits: ExitTable,
    pub positions: Vec<(u32, u32)>,
    pub sites: Vec<SiteHandle>,
    pub may_move: bool,
}

/// A function in the middle of selection.
struct Select<'a> {
    func: &'a Func,
    cx: &'a Context<'a>,
    asm: Assembler,
    m: Mach,
    flow: Flow,
    /// Wide constants in registers of loops.
    kept: Kept,
    /// Divisions that no iteration of their loop waits for.
    free_divisions: Vec<InstId>,
    /// The block that is being lowered.
    block: BlockId,
    /// How often each result is used.
    uses: Vec<u32>,
    /// The instruction whose register has the result: itself, or an operand.
    roots: Vec<InstId>,
    vregs: Vec<Option<VReg>>,
    /// Whether an instruction becomes part of its user.
    fused: Vec<bool>,
    /// The machine block of each block.
    blocks: Vec<BlockNo>,
    /// Constants in registers of the current machine block.
    constants: Vec<(u64, RegClass, VReg)>,
    /// The word that the instruction before has loaded as a float.
    float_word: Option<(InstId, VReg)>,
    exits: ExitTable,
    positions: Vec<(u32, u32)>,
    sites: Vec<SiteHandle>,
    /// The instruction that is being lowered.
    current: InstId,
    /// Whether the frame may be moved while the code runs.
    may_move: bool,
    /// The first thing that is not supported, if there is any.
    unsupported: Option<&'static str>,
}

/// Selects instructions for a verified function.
pub(super) fn select(func: &Func, cx: &Context<'_>) -> Result<Selected, Error> {
    let frame = Frame { spill_base: SPILL_BASE };
    let dom = DomTree::new(func);
    let loops = LoopForest::new(func, &dom);
    let flow = Flow::new(func, &dom, &loops);
    let mut s = Select {
        func,
        cx,
        asm: Assembler::new(cx.features, frame, func.inst_count() * 2),
        m: Mach::new(cx.features),
        kept: Kept::new(func, &flow, &dom, &loops),
        free_divisions: free_divisions(func, &loops),
        block: func.entry(),
        flow,
        uses: use_counts(func, Uses::WithSnapshots),
        roots: (0..func.inst_count() as u32).map(InstId).collect(),
        vregs: vec![None; func.inst_count()],
        fused: vec![false; func.inst_count()],
        blocks: Vec::new(),
        constants: Vec::new(),
        float_word: None,
        exits: ExitTable::default(),
        positions: Vec::new(),
        sites: Vec::new(),
        current: InstId(0),
        may_move: Select::may_move(func),
        unsupported: None,
    };
    s.function();
    match s.unsupported {
        Some(what) => Err(Error::Unsupported(what)),
        None => Ok(Selected {
            mach: s.m,
            asm: s.asm,
            exits: s.exits,
            positions: s.positions,
            sites: s.sites,
            may_move: s.may_move,
        }),
    }
}

/// The class of registers that holds a type.
fn class_of(ty: Type) -> RegClass {
    if ty.is_float() { RegClass::Float } else { RegClass::Int }
}

impl<'a> Select<'a> {
    // Registers and constants.

    fn int(&mut self) -> VReg {
        self.m.vreg(RegClass::Int)
    }

    fn float(&mut self) -> VReg {
        self.m.vreg(RegClass::Float)
    }

    fn put(&mut self, inst: Inst) {
        self.m.push(inst);
    }

    fn root(&self, inst: InstId) -> InstId {
        self.roots[inst.index()]
    }

    /// The result of `inst` is the word of `of`.
    fn alias(&mut self, inst: InstId, of: InstId) {
        self.roots[inst.index()] = self.root(of);
    }

    /// The register that the current instruction defines.
    fn def(&mut self, inst: InstId) -> VReg {
        let vreg = self.m.vreg(class_of(self.func.ty(inst)));
        self.bind(inst, vreg);
        vreg
    }

    /// The result of `inst` is in this register.
    fn bind(&mut self, inst: InstId, vreg: VReg) {
        self.vregs[inst.index()] = Some(vreg);
    }

    /// The bits of a constant.
    fn constant(&self, inst: InstId) -> Option<u64> {
        let root = self.root(inst);
        self.func.op(root).is_const().then(|| self.func.imm(root))
    }

    /// A constant in a register.
    fn constant_reg(&mut self, class: RegClass, bits: u64) -> VReg {
        if let Some(&(_, _, vreg)) = self.constants.iter().find(|c| c.0 == bits && c.1 == class) {
            return vreg;
        }
        let vreg = self.m.constant(class, bits);
        let dst = vreg.into();
        self.put(match class {
            RegClass::Int => Inst::Imm { dst, value: bits as i64 },
            RegClass::Float => Inst::FConst { dst, bits },
        });
        self.constants.push((bits, class, vreg));
        vreg
    }

    fn imm(&mut self, bits: u64) -> VReg {
        self.constant_reg(RegClass::Int, bits)
    }

    /// 64 bits of the pool.
    fn pool(&mut self, bits: u64) -> Amode {
        Amode::Pool(self.asm.buffer.pool_u64(bits))
    }

    /// An integer constant that is too wide for an instruction: in a register of the loop, or in the pool.
    fn wide(&mut self, bits: u64) -> RegMem {
        if self.m.is_cold() {
            return self.pool(bits).into();
        }
        let m = &mut self.m;
        match self.kept.word(self.block, bits, || m.vreg(RegClass::Int)) {
            Some((vreg, spot)) => {
                if let Some(spot) = spot {
                    self.m.insert(spot, Inst::Imm { dst: vreg.into(), value: bits as i64 });
                }
                vreg.into()
            }
            None => self.pool(bits).into(),
        }
    }

    /// The result of an instruction in a register.
    fn vreg(&mut self, inst: InstId) -> VReg {
        let root = self.root(inst);
        if let Some(bits) = self.constant(root) {
            return self.constant_reg(class_of(self.func.ty(root)), bits);
        }
        if self.is_fused(root) && self.vregs[root.index()].is_none() {
            self.make_fused(root);
        }
        self.vregs[root.index()].unwrap_or_else(|| panic!("{root} has no register:\n{:?}", self.func))
    }

    /// Makes an instruction after all that its user could not take into itself.
    fn make_fused(&mut self, inst: InstId) {
        if plan::is_condition(self.func.op(inst)) {
            return self.set_cond(inst);
        }
        let mem = self.fused_amode(inst);
        let dst = self.def(inst);
        self.put(match dst.class() {
            RegClass::Int => Inst::Load { ext: Extend::Full, dst: dst.into(), mem },
            RegClass::Float => Inst::FLoad { dst: dst.into(), mem },
        });
    }

    fn reg(&mut self, inst: InstId) -> Reg {
        self.vreg(inst).into()
    }

    fn is_fused(&self, inst: InstId) -> bool {
        self.fused[inst.index()]
    }

    /// A result in a register or in memory.
    fn reg_mem(&mut self, inst: InstId) -> RegMem {
        if self.is_fused(inst) {
            return self.fused_amode(inst).into();
        }
        match self.constant(inst) {
            Some(bits) if self.func.ty(self.root(inst)).is_float() => self.pool(bits).into(),
            Some(bits) => self.wide(bits),
            None => self.reg(inst).into(),
        }
    }

    /// A result as an immediate or in a register.
    fn reg_imm(&mut self, inst: InstId) -> RegImm {
        match self.constant(inst).and_then(small) {
            Some(imm) => imm.into(),
            None => self.reg(inst).into(),
        }
    }

    /// A result as an immediate, in memory or in a register.
    fn reg_mem_imm(&mut self, inst: InstId) -> RegMemImm {
        if let Some(imm) = self.constant(inst).and_then(small) {
            return imm.into();
        }
        self.reg_mem(inst).into()
    }

    // Short forms of common instructions.

    fn alu(&mut self, op: AluOp, a: impl Into<Reg>, b: impl Into<RegMemImm>) -> VReg {
        let dst = self.int();
        self.put(Inst::Alu { op, size: Size::B64, dst: dst.into(), a: a.into(), b: b.into() });
        dst
    }

    fn shift(&mut self, op: ShiftOp, a: impl Into<Reg>, amount: u8) -> VReg {
        let dst = self.int();
        self.put(Inst::ShiftImm { op, size: Size::B64, dst: dst.into(), a: a.into(), amount });
        dst
    }

    fn load(&mut self, ext: Extend, mem: Amode) -> VReg {
        let dst = self.int();
        self.put(Inst::Load { ext, dst: dst.into(), mem });
        dst
    }

    fn store(&mut self, mem: Amode, src: impl Into<RegImm>) {
        self.put(Inst::Store { size: Size::B64, mem, src: src.into() });
    }

    fn fiber(&self, offset: i32) -> Amode {
        Amode::base(FIBER, offset)
    }

    /// `cmp a, b; jcc target`.
    fn cmp(&self, size: Size, cc: Cc, a: impl Into<RegMem>, b: impl Into<RegImm>, target: Label) -> Inst {
        Inst::CmpJump { op: CmpOp::Cmp, size, cc, a: a.into(), b: b.into(), target }
    }

    /// Compares and leaves by the current instruction's snapshot if the condition holds.
    fn exit_if(&mut self, size: Size, cc: Cc, a: impl Into<RegMem>, b: impl Into<RegImm>) {
        let (a, b) = (a.into(), b.into());
        let target = self.exit();
        let jump = self.cmp(size, cc, a, b, target);
        self.put(jump);
    }

    /// Calls a Rust function that needs nothing of the machine: arguments with their registers, the class of its result.
    fn call_routine(&mut self, address: usize, args: &[(VReg, PReg)], result: (VReg, PReg)) {
        let target = CallTarget::Address(address as u64);
        let id = self.m.calls.add(target, 0, args, &[result], CALLER_SAVED);
        self.put(Inst::Call { id });
    }

    // Blocks.

    /// What follows is the code of another block.
    fn begin(&mut self, block: BlockNo, is_cold: bool, params: &[VReg]) {
        self.constants.clear();
        self.m.begin(block, is_cold, params);
    }

    /// Ends the block with a conditional jump to a cold block, and goes on behind it. The cold block is to be written by
    /// `cold`, which gives the values for `params`; the hot side gives `hot`.
    fn detour(
        &mut self,
        jump: impl FnOnce(&Self, Label) -> Inst,
        hot: &[VReg],
        params: &[VReg],
        cold: impl FnOnce(&mut Self) -> Vec<VReg>,
    ) {
        let [slow, skip, join] = std::array::from_fn(|_| self.m.block());
        let is_cold = self.m.is_cold();
        let jump = jump(self, mach::block_label(slow));
        self.m.branch(jump, slow, skip);
        self.begin(skip, is_cold, &[]);
        self.m.jump(join, hot);
        self.begin(slow, true, &[]);
        let args = cold(self);
        self.m.jump(join, &args);
        self.begin(join, is_cold, params);
    }

    // Exits.

    /// A new exit by the snapshot of the current instruction; its label.
    fn exit(&mut self) -> Label {
        self.exit_with(&[])
    }

    /// The same, where registers with boxed values stand for results of instructions.
    fn exit_with(&mut self, boxed: &[(InstId, VReg)]) -> Label {
        let reason = self.func.reason(self.current).unwrap_or_else(|| reason_of(self.func.op(self.current)));
        self.exit_because(boxed, reason)
    }

    /// The same, for that reason.
    fn exit_because(&mut self, boxed: &[(InstId, VReg)], reason: Reason) -> Label {
        let inst = self.current;
        let op = self.func.op(inst);
        let snap = self.func.snapshot(inst).expect("what leaves has a snapshot");
        let chain: Vec<SnapId> = self.func.snaps.chain(snap).collect();
        let mut named = Named { vregs: Vec::new(), objects: Vec::new(), boxed };
        let frames_start = self.exits.frames.len() as u32;
        let objects_start = self.exits.objects.len() as u32;
        for &snap in chain.iter().rev() {
            let (frame, pc) = (self.func.snaps.get(snap).frame, self.func.snaps.get(snap).pc);
            let start = self.exits.places.len() as u32;
            for entry in self.func.snaps.entries(snap) {
                let source = self.exit_source(entry.source, objects_start, &mut named);
                self.exits.places.push((entry.place, source));
            }
            let places = start..self.exits.places.len() as u32;
            let frame = *self.func.snaps.frame(frame);
            let (proto, base, via) = (frame.proto, frame.base, frame.via);
            self.exits.frames.push(ExitFrame { proto, pc, base, via, places });
        }
        let mut done = 0;
        while let Some(&object) = named.objects.get(done) {
            let object = self.func.snaps.object(object);
            let start = self.exits.parts.len() as u32;
            for &(part, source) in &object.parts {
                let source = self.exit_source(source, objects_start, &mut named);
                self.exits.parts.push((part, source));
            }
            let is_table = object.op == Op::NewTable;
            let template = is_table
                .then(|| *self.func.snaps.template(crate::ir::snapshot::TemplateId(object.imm as u32)));
            self.exits.objects.push(ExitObject {
                op: object.op,
                imm: object.imm,
                template,
                shape: object.shape,
                parts: start..self.exits.parts.len() as u32,
            });
            done += 1;
        }
        let (frame, pc) = self.func.origin(inst).expect("what leaves has a snapshot");
        // The results of the call before, whose list is taken here.
        let pc = if matches!(reason, Reason::Count | Reason::Result) { pc.saturating_sub(1) } else { pc };
        self.exits.exits.push(Exit {
            op,
            reason,
            origin: (self.func.snaps.frame(frame).proto, pc),
            frames: frames_start..self.exits.frames.len() as u32,
            objects: objects_start..self.exits.objects.len() as u32,
        });
        let exit = self.m.snapshot(&named.vregs);
        debug_assert_eq!(exit as usize + 1, self.exits.exits.len());
        mach::exit_label(exit)
    }

    fn exit_source(&mut self, source: Source, objects_start: u32, named: &mut Named<'_>) -> ExitSource {
        let inst = match source {
            Source::Inst(inst) => inst,
            Source::Virtual(object) => {
                let known = named.objects.iter().position(|&o| o == object);
                let index = known.unwrap_or_else(|| {
                    named.objects.push(object);
                    named.objects.len() - 1
                });
                return ExitSource::Object(objects_start + index as u32);
            }
        };
        let mut ty = self.func.ty(inst);
        let location = match (self.constant(inst), named.boxed) {
            (Some(bits), _) => Location::Const(bits),
            (None, boxed) => {
                let root = self.root(inst);
                let vreg = match boxed.iter().find(|&&(result, _)| result == root) {
                    Some(&(_, vreg)) => {
                        ty = Type::Value;
                        vreg
                    }
                    None => self.vregs[root.index()]
                        .unwrap_or_else(|| panic!("{root} of a snapshot has no register:\n{:?}", self.func)),
                };
                let known = named.vregs.iter().position(|&v| v == vreg);
                let index = known.unwrap_or_else(|| {
                    named.vregs.push(vreg);
                    named.vregs.len() - 1
                });
                // Until registers are allocated.
                Location::Stack(-1 - index as i32)
            }
        };
        // Words of a kind of object without a tag of its own are parts of objects to be made.
        self.exits.values.push(ExitValue { ty, location });
        ExitSource::Value(self.exits.values.len() as u32 - 1)
    }
}

/// What a snapshot has named so far.
struct Named<'a> {
    vregs: Vec<VReg>,
    objects: Vec<VirtualId>,
    boxed: &'a [(InstId, VReg)],
}

/// The constant as an immediate that is extended with its sign.
fn small(bits: u64) -> Option<i32> {
    i32::try_from(bits as i64).ok()
}

/// The word of a reference to a function, as a closure holds it.
fn function_word(address: u64) -> u64 {
    TAG_OBJECT | address
}

/// Marks for listings: see [`Select::positions`].
impl Select<'_> {
    fn mark_position(&mut self, inst: InstId) {
        let Some(snap) = self.func.snapshot(inst) else { return };
        let snap = self.func.snaps.get(snap);
        let position = (self.func.snaps.frame(snap.frame).proto, snap.pc);
        let known = self.positions.last() == Some(&position);
        if !known {
            self.positions.push(position);
        }
        self.m.mark(self.positions.len() as u32 - 1);
    }

    fn block_of(&self, b: BlockId) -> BlockNo {
        self.blocks[b.index()]
    }

    fn unsupported(&mut self, what: &'static str) {
        self.unsupported.get_or_insert(what);
    }
}
