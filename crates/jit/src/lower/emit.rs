//! The allocated function to bytes: prologue, blocks with the allocator's moves, the way out of errors.
//!
//! ```text
//!   frame:   [rsp] base of the window   [rsp + 8 ..] spill slots   padding   return address
//! ```
//!
//! A block of nothing but a jump has no code: whatever leads to it leads on. Where a branch's block is followed by either
//! successor, it jumps to the other. A block that comes after the last test of a loop, with a poll and the moves of the next
//! turn, stands before the loop's head, so that a turn takes one jump and not two.

use super::exits::{Exit, ExitFrame, ExitSource, ExitTable, ExitValue, Location};
use super::mach::{Returns, Sealed, Target, target_of};
use super::{
    BASE, Context, FIBER, Kind, Lowered, SLOT_BASE, SPILL_BASE, TypedEntry, argument_regs, further_result,
    result_reg,
};
use crate::asm::x64::emit::Assembler;
use crate::asm::x64::inst::{
    AluOp, Amode, CallSites, CallTarget, CmpOp, Extend, Inst, RegImm, RegMem, ShiftOp, Size,
};
use crate::asm::x64::operands::rewrite;
use crate::asm::x64::{Cc, reg};
use crate::asm::{ExitId, Label};
use crate::ir::imm::Reason;
use crate::ir::ops::Op;
use crate::ir::signature::Signature;
use crate::ir::snapshot::Via;
use crate::ir::types::Type;
use crate::regalloc::{Edit, Function, Output, Place};
use crate::regs::{Loc, PReg, PRegSet, RegClass, SpillSlot};
use runtime::value::{TAG_INT, Value};
use std::sync::atomic::AtomicU32;

/// Bytes that the frame takes, so that the stack is aligned at calls: the return address is pushed already.
fn frame_bytes(slots: u32) -> u32 {
    let bytes = SPILL_BASE as u32 + slots * 8;
    if bytes % 16 == 8 { bytes } else { bytes + 8 }
}

struct Emit<'a, 'c> {
    asm: Assembler,
    sealed: Sealed,
    out: &'a Output,
    cx: &'a Context<'c>,
    exits: ExitTable,
    /// The label of each exit's stub, by its number; made when its jump is met.
    stubs: Vec<Label>,
    /// Where each block's code is: itself, or where its lone jump leads.
    forward: Vec<u32>,
    /// The blocks in the order of their code.
    layout: Vec<u32>,
    /// Blocks that stand before the head of their loop.
    tops: Vec<u32>,
    throw: Label,
    uses_throw: bool,
    frame_bytes: u32,
    edit: usize,
    marked: usize,
    /// See [`Lowered::exit_counters`]; empty if guards leave only when they fail.
    counters: Box<[AtomicU32]>,
    /// Whether the frame may be moved while the code runs.
    may_move: bool,
}

/// Emits the function. `exits` has, as locations of values, numbers of registers in their snapshots.
pub(super) fn emit(
    mut asm: Assembler,
    sealed: Sealed,
    out: &Output,
    mut exits: ExitTable,
    may_move: bool,
    cx: &Context<'_>,
) -> Lowered {
    if let Some(signature) = cx.signature() {
        add_special_exits(&mut exits, signature);
    }
    asm.buffer.reserve_labels(sealed.blocks.len());
    let throw = asm.buffer.new_label();
    let exit_stubs =
        (0..exits.exits.len()).map(|i| asm.buffer.exit_label(ExitId(cx.first_exit + i as u32))).collect();
    let counters = if cx.every_guard_fails { exits.exits.len() } else { 0 };
    let forward = forward(&sealed, out);
    let (layout, tops) = layout(&sealed, &forward);
    let mut emit = Emit {
        asm,
        forward,
        layout,
        tops,
        sealed,
        out,
        cx,
        may_move,
        exits,
        stubs: exit_stubs,
        throw,
        uses_throw: false,
        frame_bytes: frame_bytes(out.slot_count),
        edit: 0,
        marked: 0,
        counters: (0..counters).map(|_| AtomicU32::new(1)).collect(),
    };
    emit.locate_values();
    let entries = emit.function();
    let code = emit.asm.finish(cx.stubs.exit as u64);
    Lowered {
        entry: entries.entry.map(|export| code.exports[export]),
        entry_begun: code.exports[entries.begun],
        typed: entries.typed.zip(entries.adapter).map(|(entry, adapter)| TypedEntry {
            entry: code.exports[entry],
            adapter: code.exports[adapter],
        }),
        code,
        exits: emit.exits,
        frame_bytes: emit.frame_bytes,
        sites: Vec::new(),
        embedded: Vec::new(),
        positions: Vec::new(),
        exit_counters: emit.counters,
    }
}

/// The exports of the entries.
#[derive(Default)]
struct Entries {
    entry: Option<usize>,
    begun: usize,
    typed: Option<usize>,
    adapter: Option<usize>,
}

/// What the cold parts of the prologue need to know.
struct Cold {
    begun: Label,
    body: Label,
    /// The entry for frames that have begun is where the code starts.
    is_begun: bool,
    /// Where there is no room for the frame.
    slow: Option<Label>,
    /// Where arguments are missing, where to go on, and how many there are to be.
    fill: Option<(Label, Label, u32)>,
    typed: Option<TypedLabels>,
}

/// The labels of the entries of a function with a typed one.
struct TypedLabels {
    signature: Signature,
    raw: Label,
    /// Behind the call of the code: boxes the result.
    convert: Label,
    other: Label,
    mismatch: Label,
}

/// The last exits of a function with a typed entry.
#[derive(Clone, Copy)]
enum SpecialExit {
    /// From the typed entry: the call is to be made again, with the arguments that are in registers.
    Room,
    /// From the entry: the same, with the arguments that are in the window.
    Argument,
    /// From the entry for frames that have begun: the interpreter is to go on.
    BegunArgument,
}

impl SpecialExit {
    const COUNT: usize = 3;
}

/// Adds those exits, in their order.
fn add_special_exits(exits: &mut ExitTable, signature: Signature) {
    let regs = argument_regs(signature.params());
    let all = [(Op::StackCheck, Reason::Room), (Op::StackCheck, Reason::Param), (Op::Param, Reason::Param)];
    for (i, (op, reason)) in all.into_iter().enumerate() {
        let start = exits.places.len() as u32;
        if i == SpecialExit::Room as usize {
            for (reg, (&ty, &at)) in signature.params().iter().zip(&regs).enumerate() {
                exits.values.push(ExitValue { ty, location: Location::Reg(at) });
                let source = ExitSource::Value(exits.values.len() as u32 - 1);
                exits.places.push((crate::ir::snapshot::Place::Reg(reg as u16), source));
            }
        }
        let places = start..exits.places.len() as u32;
        exits.frames.push(ExitFrame { proto: 0, pc: 0, base: 0, via: Via::Root, places });
        let frame = exits.frames.len() as u32;
        let objects = exits.objects.len() as u32;
        exits.exits.push(Exit {
            op,
            reason,
            origin: (0, 0),
            frames: frame - 1..frame,
            objects: objects..objects,
        });
    }
}

/// `cmp a, b; jcc target`.
fn cmp_jump(size: Size, cc: Cc, a: impl Into<RegMem>, b: RegImm, target: Label) -> Inst {
    Inst::CmpJump { op: CmpOp::Cmp, size, cc, a: a.into(), b, target }
}

/// For each block the one whose code stands for it.
fn forward(sealed: &Sealed, out: &Output) -> Vec<u32> {
    let mut edited = out.edits.iter().map(|edit| edit.before).peekable();
    let mut forward: Vec<u32> = (0..sealed.blocks.len() as u32).collect();
    for (b, target) in forward.iter_mut().enumerate() {
        let insts = sealed.block_insts(b);
        while edited.next_if(|&at| (at as usize) < insts.start).is_some() {}
        let is_empty = insts.len() == 1
            && matches!(sealed.insts[insts.start], Inst::Jump { .. })
            && sealed.block_succs(b).len() == 1
            && edited.peek().is_none_or(|&at| at as usize >= insts.end);
        if is_empty && b != 0 {
            *target = sealed.block_succs(b)[0];
        }
    }
    let next = forward.clone();
    for (b, target) in (0..).zip(&mut forward) {
        let mut steps = 0;
        while next[*target as usize] != *target && steps < next.len() {
            *target = next[*target as usize];
            steps += 1;
        }
        // A circle of empty blocks leads nowhere else: each keeps its jump.
        if steps == next.len() {
            *target = b;
        }
    }
    forward
}

/// The order of the code, and the blocks in it that stand before the head of their loop.
fn layout(sealed: &Sealed, forward: &[u32]) -> (Vec<u32>, Vec<u32>) {
    // Empty blocks have no code.
    let mut layout: Vec<u32> = (0..).zip(forward).filter(|&(b, &to)| b == to).map(|(b, _)| b).collect();
    let mut tops = Vec::new();
    for i in 1..layout.len().saturating_sub(1) {
        let [test, b, next] = [layout[i - 1], layout[i], layout[i + 1]];
        let to = |b: u32, s: usize| forward[sealed.block_succs(b as usize)[s] as usize];
        let &[head] = sealed.block_succs(b as usize) else { continue };
        let head = forward[head as usize];
        let ends_loop = sealed.blocks[head as usize].is_loop_head
            && head < b
            && sealed.block_succs(test as usize).len() == 2
            && (to(test, 0), to(test, 1)) != (b, b)
            && [to(test, 0), to(test, 1)].contains(&b)
            && [to(test, 0), to(test, 1)].contains(&next)
            && ![head, b, next].iter().any(|&b| sealed.is_cold(b as usize));
        let at = layout[..i].iter().position(|&other| other == head);
        if let Some(at) = at.filter(|&at| ends_loop && at > 0 && !tops.contains(&layout[at - 1])) {
            layout[at..=i].rotate_right(1);
            tops.push(b);
        }
    }
    (layout, tops)
}

const NO_CALLS: CallSites = CallSites::NONE;

impl Emit<'_, '_> {
    /// Turns the numbers of registers in snapshots into their locations.
    fn locate_values(&mut self) {
        let mut exit_of: Vec<(u32, usize)> = Vec::with_capacity(self.exits.exits.len());
        for inst in 0..self.sealed.insts.len() {
            if let Some(exit) = self.sealed.exit_of(inst) {
                exit_of.push((exit, inst));
            }
        }
        for (exit, inst) in exit_of {
            let places = self.out.snapshot(inst);
            let exit = self.exits.exits[exit as usize].clone();
            let mut sources = Vec::new();
            for frame in self.exits.frames(&exit) {
                sources.extend(self.exits.places(frame).iter().map(|&(_, source)| source));
            }
            for object in exit.objects.clone() {
                let object = self.exits.object(object);
                sources.extend(self.exits.parts(object).iter().map(|&(_, source)| source));
            }
            for source in sources {
                let super::ExitSource::Value(index) = source else { continue };
                let value = &mut self.exits.values[index as usize];
                // Numbers of snapshot registers are negative offsets until here.
                let Location::Stack(number @ ..=-1) = value.location else { continue };
                value.location = match places[(-1 - number) as usize] {
                    Place::Reg(reg) => Location::Reg(reg),
                    Place::Slot(slot) => Location::Stack(SPILL_BASE + slot.0 as i32 * 8),
                    Place::Const(vreg) => Location::Const(self.sealed.constant(vreg)),
                    Place::None => unreachable!("what a snapshot names is somewhere"),
                };
            }
        }
    }

    fn put(&mut self, inst: Inst) {
        self.asm.emit(&inst, &NO_CALLS);
    }

    fn fiber(&self, offset: i32) -> Amode {
        Amode::base(FIBER, offset)
    }

    /// The whole function; the exports of its entries.
    fn function(&mut self) -> Entries {
        let layout = *self.cx.layout;
        let begun = self.asm.buffer.new_label();
        let body = self.asm.buffer.new_label();
        let mut entries = Entries::default();
        let mut cold = Cold { begun, body, is_begun: false, slow: None, fill: None, typed: None };
        let frame = self.frame_bytes as i32;
        if let Kind::Function { params, frame_words, is_variadic: false, signature } = self.cx.kind {
            let [label, fill, filled, slow] = std::array::from_fn(|_| self.asm.buffer.new_label());
            self.asm.buffer.bind(label);
            entries.entry = Some(self.asm.buffer.export(label));
            let rsp = reg::RSP.into();
            let mut no_room = slow;
            let fill = (params > 0).then_some((fill, filled, params));
            if let Some(signature) = signature {
                self.fill_missing(fill);
                cold.typed = Some(self.boxed_entry(signature));
                let raw = cold.typed.as_ref().map(|typed| typed.raw);
                self.put(Inst::Align { log2: 4 });
                raw.into_iter().for_each(|raw| self.asm.buffer.bind(raw));
                entries.typed = raw.map(|raw| self.asm.buffer.export(raw));
                no_room = self.special_exit(SpecialExit::Room);
            } else {
                cold.slow = Some(slow);
            }
            self.put(Inst::Alu { op: AluOp::Sub, size: Size::B64, dst: rsp, a: rsp, b: frame.into() });
            let native_limit = self.fiber(layout.native_limit);
            self.put(cmp_jump(Size::B64, Cc::A, native_limit, reg::RSP.into(), no_room));
            let room = (frame_words as i32 + layout.stack_slack_words) * 8;
            // Arguments of a typed entry lie in registers.
            let end = if signature.is_some() { reg::R11 } else { reg::RAX };
            self.put(Inst::Lea { size: Size::B64, dst: end.into(), mem: Amode::base(BASE, room) });
            self.put(cmp_jump(Size::B64, Cc::B, self.fiber(layout.limit), end.into(), no_room));
            if self.may_move {
                // The flags of a frame that machine code has called are not written.
                self.put(Inst::Store { size: Size::B64, mem: Amode::base(BASE, -8), src: 0.into() });
            }
            if signature.is_none() {
                self.fill_missing(fill);
            }
            cold.fill = fill;
        } else {
            self.asm.buffer.bind(begun);
            self.put_begun();
            cold.is_begun = true;
        }
        self.asm.buffer.bind(body);
        let home = Amode::base(reg::RSP, SLOT_BASE);
        self.put(Inst::Store { size: Size::B64, mem: home, src: BASE.into() });
        let mut is_cold = false;
        for at in 0..self.layout.len() {
            let b = self.layout[at] as usize;
            if self.sealed.is_cold(b) && !is_cold {
                is_cold = true;
                self.begin_cold(&cold, &mut entries);
            }
            self.block(b, at);
        }
        if !is_cold {
            self.begin_cold(&cold, &mut entries);
        }
        if self.uses_throw {
            self.asm.buffer.bind(self.throw);
            let (rsp, home) = (reg::RSP.into(), Amode::base(reg::RSP, SLOT_BASE));
            self.put(Inst::Load { ext: Extend::Full, dst: BASE.into(), mem: home });
            self.put(Inst::Alu { op: AluOp::Add, size: Size::B64, dst: rsp, a: rsp, b: frame.into() });
            let stub = self.asm.buffer.pool_u64(self.cx.stubs.throw as u64);
            self.put(Inst::JumpIndirect { target: Amode::Pool(stub).into() });
        }
        entries.begun = self.asm.buffer.export(begun);
        entries
    }

    /// Goes to fill up missing arguments with nil.
    fn fill_missing(&mut self, fill: Option<(Label, Label, u32)>) {
        if let Some((fill, filled, params)) = fill {
            self.put(cmp_jump(Size::B32, Cc::B, reg::RCX, (params as i32).into(), fill));
            self.asm.buffer.bind(filled);
        }
    }

    // Typed entries.

    /// The label of an exit that no instruction of the function takes.
    fn special_exit(&self, which: SpecialExit) -> Label {
        self.stubs[self.stubs.len() - SpecialExit::COUNT + which as usize]
    }

    /// The entry for callers that pass and take boxed values, of a function with a typed entry.
    fn boxed_entry(&mut self, signature: Signature) -> TypedLabels {
        let labels = TypedLabels {
            signature,
            raw: self.asm.buffer.new_label(),
            convert: self.asm.buffer.new_label(),
            other: self.asm.buffer.new_label(),
            mismatch: self.asm.buffer.new_label(),
        };
        self.unpack(signature, labels.mismatch);
        self.call_label(labels.raw);
        self.asm.buffer.bind(labels.convert);
        let rdx = reg::RDX;
        self.put(Inst::CmpJump {
            op: CmpOp::Test,
            size: Size::B64,
            cc: Cc::Ne,
            a: rdx.into(),
            b: rdx.into(),
            target: labels.other,
        });
        let results = signature.results();
        for (number, &ty) in results.iter().enumerate() {
            let word = result_reg(number, Type::Value);
            self.box_result(word, result_reg(number, ty), ty);
            if number > 0 {
                let mem = Amode::base(BASE, further_result(number));
                self.put(Inst::Store { size: Size::B64, mem, src: word.into() });
            }
        }
        if !results.is_empty() {
            self.put(Inst::Imm { dst: rdx.into(), value: results.len() as i64 });
        }
        self.leave_boxed_entry();
        labels
    }

    /// Boxes what a typed entry has given in a register.
    fn box_result(&mut self, word: PReg, raw: PReg, ty: Type) {
        let (size, dst) = (Size::B64, word.into());
        match ty {
            Type::I64 => {
                for op in [ShiftOp::Shl, ShiftOp::Shr] {
                    self.put(Inst::ShiftImm { op, size, dst, a: raw.into(), amount: 16 });
                }
                let b = Amode::Pool(self.asm.buffer.pool_u64(TAG_INT)).into();
                self.put(Inst::Alu { op: AluOp::Or, size, dst, a: word.into(), b });
            }
            Type::F64 => self.put(Inst::FToBits { dst, src: raw.into() }),
            _ => {}
        }
    }

    fn leave_boxed_entry(&mut self) {
        let rsp = reg::RSP.into();
        self.put(Inst::Alu { op: AluOp::Add, size: Size::B64, dst: rsp, a: rsp, b: 8.into() });
        self.put(Inst::Ret);
    }

    /// Aligns the stack and loads the arguments from the window; on to `mismatch` if one is not of its type.
    fn unpack(&mut self, signature: Signature, mismatch: Label) {
        let (rsp, r11) = (reg::RSP.into(), reg::R11);
        self.put(Inst::Alu { op: AluOp::Sub, size: Size::B64, dst: rsp, a: rsp, b: 8.into() });
        let regs = argument_regs(signature.params());
        for (i, (&ty, &to)) in signature.params().iter().zip(&regs).enumerate() {
            let mem = Amode::base(BASE, 8 * i as i32);
            let word = if ty == Type::F64 { r11 } else { to };
            self.put(Inst::Load { ext: Extend::Full, dst: word.into(), mem });
            let tag = (TAG_INT >> 48) as i32;
            let shift = |op, dst: PReg, a: PReg, amount| Inst::ShiftImm {
                op,
                size: Size::B64,
                dst: dst.into(),
                a: a.into(),
                amount,
            };
            match ty {
                Type::I64 => {
                    self.put(Inst::Mov { size: Size::B64, dst: r11.into(), src: to.into() });
                    self.put(shift(ShiftOp::Shr, r11, r11, 48));
                    self.put(cmp_jump(Size::B32, Cc::Ne, r11, tag.into(), mismatch));
                    self.put(shift(ShiftOp::Shl, to, to, 16));
                    self.put(shift(ShiftOp::Sar, to, to, 16));
                }
                Type::F64 => {
                    self.put(Inst::FFromBits { dst: to.into(), src: r11.into() });
                    self.put(shift(ShiftOp::Shr, r11, r11, 48));
                    self.put(cmp_jump(Size::B32, Cc::Ae, r11, tag.into(), mismatch));
                }
                _ => {}
            }
        }
    }

    fn call_label(&mut self, label: Label) {
        let mut calls = CallSites::new();
        let id = calls.add(CallTarget::Label(label), 0, &[], &[], PRegSet::EMPTY);
        self.asm.emit(&Inst::Call { id }, &calls);
    }

    /// The cold parts of the entries of a function with a typed entry.
    fn typed_cold(&mut self, labels: &TypedLabels, cold: &Cold) -> usize {
        let [begun_mismatch, raw_begun, at_entry, at_begun, adapter] =
            std::array::from_fn(|_| self.asm.buffer.new_label());
        self.asm.buffer.bind(cold.begun);
        self.unpack(labels.signature, begun_mismatch);
        self.call_label(raw_begun);
        self.put(Inst::Jump { target: labels.convert });
        self.asm.buffer.bind(raw_begun);
        self.put_begun();
        self.put(Inst::Jump { target: cold.body });
        // Exits leave the frame of the code, so it is made first.
        let mismatches = [
            (labels.mismatch, at_entry, SpecialExit::Argument),
            (begun_mismatch, at_begun, SpecialExit::BegunArgument),
        ];
        for (from, frame, exit) in mismatches {
            self.asm.buffer.bind(from);
            self.call_label(frame);
            self.put(Inst::Jump { target: labels.convert });
            self.asm.buffer.bind(frame);
            self.put_begun();
            let target = self.special_exit(exit);
            self.put(Inst::Jump { target });
        }
        self.asm.buffer.bind(adapter);
        self.put_begun();
        let target = self.special_exit(SpecialExit::Room);
        self.put(Inst::Jump { target });
        // An error, or other results than the signature promises: these are boxed already.
        self.asm.buffer.bind(labels.other);
        let (rdx, done) = (reg::RDX.into(), self.asm.buffer.new_label());
        let (op, size) = (CmpOp::Test, Size::B64);
        let (a, b) = (reg::RDX.into(), reg::RDX.into());
        self.put(Inst::CmpJump { op, size, cc: Cc::S, a, b, target: done });
        self.put(Inst::Alu { op: AluOp::Sub, size: Size::B64, dst: rdx, a: rdx, b: 1.into() });
        self.asm.buffer.bind(done);
        self.leave_boxed_entry();
        self.asm.buffer.export(adapter)
    }

    fn put_begun(&mut self) {
        let (rsp, frame) = (reg::RSP.into(), self.frame_bytes as i32);
        self.put(Inst::Alu { op: AluOp::Sub, size: Size::B64, dst: rsp, a: rsp, b: frame.into() });
    }

    /// The cold parts of the prologue.
    fn begin_cold(&mut self, cold: &Cold, entries: &mut Entries) {
        self.asm.buffer.begin_cold();
        if cold.is_begun {
            return;
        }
        if let Some(labels) = &cold.typed {
            entries.adapter = Some(self.typed_cold(labels, cold));
        } else {
            self.asm.buffer.bind(cold.begun);
            self.put_begun();
            self.put(Inst::Jump { target: cold.body });
        }
        if let Some(slow) = cold.slow {
            let (rsp, frame) = (reg::RSP.into(), self.frame_bytes as i32);
            self.asm.buffer.bind(slow);
            self.put(Inst::Alu { op: AluOp::Add, size: Size::B64, dst: rsp, a: rsp, b: frame.into() });
            let stub = self.asm.buffer.pool_u64(self.cx.stubs.enter_slow as u64);
            self.put(Inst::JumpIndirect { target: Amode::Pool(stub).into() });
        }
        let Some((fill, filled, params)) = cold.fill else { return };
        self.asm.buffer.bind(fill);
        let (rax, rcx) = (reg::RAX.into(), reg::RCX.into());
        let next = self.asm.buffer.new_label();
        self.put(Inst::Mov { size: Size::B32, dst: rcx, src: rcx });
        self.put(Inst::Imm { dst: rax, value: Value::NIL.bits() as i64 });
        self.asm.buffer.bind(next);
        let place = Amode::indexed(BASE, reg::RCX, crate::asm::x64::inst::Scale::X8, 0);
        self.put(Inst::Store { size: Size::B64, mem: place, src: rax.into() });
        self.put(Inst::Alu { op: AluOp::Add, size: Size::B32, dst: rcx, a: rcx, b: 1.into() });
        self.put(Inst::CmpJump {
            op: CmpOp::Cmp,
            size: Size::B32,
            cc: Cc::B,
            a: rcx.into(),
            b: (params as i32).into(),
            target: next,
        });
        self.put(Inst::Jump { target: filled });
    }

    /// A block, whose place in the order of the code is given.
    fn block(&mut self, b: usize, place: usize) {
        let is_top = |place: usize| self.tops.contains(&self.layout[place]);
        let is_head = self.sealed.blocks[b].is_loop_head && !(place > 0 && is_top(place - 1));
        if (is_head || is_top(place)) && !self.sealed.is_cold(b) {
            self.put(Inst::Align { log2: 4 });
        }
        self.asm.buffer.bind(Label(b as u32));
        let insts = self.sealed.block_insts(b);
        let last = insts.end - 1;
        self.edit = self.out.edits.partition_point(|edit| (edit.before as usize) < insts.start);
        self.marked = self.sealed.marks.partition_point(|mark| (mark.0 as usize) < insts.start);
        if let Some(&(_, id)) = self.marked.checked_sub(1).and_then(|i| self.sealed.marks.get(i)) {
            self.asm.buffer.mark(id);
        }
        for at in insts {
            while let Some(&(_, id)) = self.sealed.marks.get(self.marked).filter(|m| m.0 as usize <= at) {
                self.put(Inst::Mark { id });
                self.marked += 1;
            }
            self.edits_before(at);
            let succs = self.sealed.block_succs(b).len();
            if at == last && succs > 0 {
                self.terminator(b, at, succs, place);
            } else {
                self.inst(at);
            }
        }
    }

    fn edits_before(&mut self, at: usize) {
        while let Some(&edit) = self.out.edits.get(self.edit).filter(|e| e.before as usize <= at) {
            self.edit += 1;
            if edit.before as usize == at {
                self.apply(edit);
            }
        }
    }

    fn apply(&mut self, edit: Edit) {
        let loc = |place: Place| match place {
            Place::Reg(reg) => Loc::Reg(reg),
            Place::Slot(slot) => Loc::Spill(slot),
            Place::Const(_) | Place::None => unreachable!("a copy is between places"),
        };
        match (edit.from, edit.to) {
            (Place::Const(vreg), Place::Reg(to)) => {
                let bits = self.sealed.constant(vreg);
                self.put(match to.class() {
                    RegClass::Int => Inst::Imm { dst: to.into(), value: bits as i64 },
                    RegClass::Float => Inst::FConst { dst: to.into(), bits },
                });
            }
            (Place::Reg(from), Place::Reg(to)) if from.class() != to.class() => {
                let (dst, src) = (to.into(), from.into());
                self.put(match to.class() {
                    RegClass::Int => Inst::FToBits { dst, src },
                    RegClass::Float => Inst::FFromBits { dst, src },
                });
            }
            (from, to) => {
                let class = from.reg().or(to.reg()).map_or(RegClass::Int, |reg| reg.class());
                self.put(Inst::move_loc(class, loc(to), loc(from)));
            }
        }
    }

    /// The instruction with physical registers and labels; `None` if it is a constant in no register.
    fn allocated(&mut self, at: usize) -> Option<Inst> {
        let mut inst = self.sealed.insts[at];
        let places = self.out.operands(at);
        if places.iter().any(|p| matches!(p, Place::Const(_))) {
            return None;
        }
        let mut locs = places.iter().map(|place| match *place {
            Place::Reg(reg) => Loc::Reg(reg),
            Place::Slot(slot) => Loc::Spill(slot),
            Place::None | Place::Const(_) => Loc::Spill(SpillSlot(0)),
        });
        rewrite(&mut inst, self.sealed.features, &mut self.sealed.calls, &mut locs);
        Some(inst)
    }

    fn label(&mut self, label: Label) -> Label {
        match target_of(label) {
            Target::Block(block) => Label(self.forward[self.sealed.number[block.0 as usize] as usize]),
            Target::Exit(exit) => self.stubs[exit as usize],
            Target::Throw => {
                self.uses_throw = true;
                self.throw
            }
        }
    }

    fn inst(&mut self, at: usize) {
        if matches!(self.sealed.insts[at], Inst::Ret) {
            let (_, returns) =
                self.sealed.returns[self.sealed.returns.partition_point(|r| (r.0 as usize) < at)];
            return self.ret(returns);
        }
        let Some(mut inst) = self.allocated(at) else { return };
        match &mut inst {
            Inst::CmpJump { target, .. }
            | Inst::FcmpJump { target, .. }
            | Inst::Jcc { target, .. }
            | Inst::Jump { target }
            | Inst::InvalidationPoint { target } => *target = self.label(*target),
            _ => {}
        }
        self.asm.emit(&inst, &self.sealed.calls);
        if let Some(exit) = self.sealed.exit_of(at).filter(|_| !matches!(inst, Inst::Jump { .. })) {
            self.leave_once(exit as usize);
        }
    }

    /// Leaves by an exit the first time that its guard holds. A guard changes nothing, so all that its snapshot names is
    /// still where it was, and scratch registers are free between two instructions.
    fn leave_once(&mut self, exit: usize) {
        let Some(counter) = self.counters.get(exit) else { return };
        if self.exits.exits[exit].op == Op::Append {
            // That is left when nothing was done; where it is passed, it was.
            return;
        }
        let (scratch, address) = (reg::R11.into(), counter.as_ptr().expose_provenance() as i64);
        self.put(Inst::Imm { dst: scratch, value: address });
        let mem = Amode::base(reg::R11, 0);
        self.put(Inst::AluMem { op: AluOp::Sub, size: Size::B32, mem, b: 1.into() });
        self.put(Inst::Jcc { cc: Cc::E, target: self.stubs[exit] });
    }

    /// The block whose code comes after that of `b`.
    fn next_block(&self, b: usize, place: usize) -> Option<u32> {
        let next = *self.layout.get(place + 1)?;
        // The cold part of the prologue stands between hot and cold blocks.
        (self.sealed.is_cold(next as usize) == self.sealed.is_cold(b)).then_some(next)
    }

    fn terminator(&mut self, b: usize, at: usize, succs: usize, place: usize) {
        let follows = self.next_block(b, place);
        let to = |emit: &Self, i: usize| emit.forward[emit.sealed.block_succs(b)[i] as usize];
        if succs == 1 {
            let to = to(self, 0);
            if follows != Some(to) {
                self.put(Inst::Jump { target: Label(to) });
            }
            return;
        }
        let (then, other) = (to(self, 0), to(self, 1));
        let mut inst = self.allocated(at).expect("a jump is no constant");
        let (jump, rest) = if follows == Some(then) { (other, None) } else { (then, Some(other)) };
        let is_negated = rest.is_none();
        match &mut inst {
            Inst::CmpJump { cc, target, .. } | Inst::Jcc { cc, target } => {
                *target = Label(jump);
                if is_negated {
                    *cc = cc.negate();
                }
            }
            Inst::FcmpJump { cc, target, .. } => {
                *target = Label(jump);
                if is_negated {
                    *cc = cc.negate();
                }
            }
            other => unreachable!("{other:?} is no branch"),
        }
        self.asm.emit(&inst, &self.sealed.calls);
        if let Some(rest) = rest.filter(|&rest| follows != Some(rest)) {
            self.put(Inst::Jump { target: Label(rest) });
        }
    }

    /// The end of the function: the results that registers take are there.
    fn ret(&mut self, returns: Returns) {
        let (rax, rdx, rsp) = (reg::RAX.into(), reg::RDX.into(), reg::RSP.into());
        let layout = *self.cx.layout;
        match returns {
            Returns::Count(count, _) => {
                self.put(if count == 0 {
                    Inst::Zero { dst: rdx }
                } else {
                    Inst::Imm { dst: rdx, value: count.into() }
                });
            }
            Returns::Promised(_) => self.put(Inst::Zero { dst: rdx }),
            Returns::Multi => {
                self.put(Inst::Load { ext: Extend::U32, dst: rdx, mem: self.fiber(layout.multi) });
                self.put(Inst::Imm { dst: rax, value: Value::NIL.bits() as i64 });
                let (op, size) = (CmpOp::Test, Size::B32);
                self.put(Inst::Cmp { op, size, a: reg::RDX.into(), b: reg::RDX.into() });
                let first = Amode::base(BASE, -24);
                self.put(Inst::Cmov { cc: Cc::Ne, size: Size::B64, dst: rax, a: rax, b: first.into() });
            }
        }
        let frame = self.frame_bytes as i32;
        self.put(Inst::Alu { op: AluOp::Add, size: Size::B64, dst: rsp, a: rsp, b: frame.into() });
        self.put(Inst::Ret);
    }
}
