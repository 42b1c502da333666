//! The method front end: a whole function, or a loop of it and what follows, block by block.

use super::code::Code;
use super::lists;
use super::metamethods::has_event;
use super::returns::Returned;
use super::state::{Frame, Method, Range};
use super::{Abort, Built, Input, Start};
use crate::ir::builder::Builder;
use crate::ir::func::{Func, InstId};
use crate::ir::helpers::Helper;
use crate::ir::imm::{Reason, Results};
use crate::ir::ops::Op as Ir;
use crate::ir::signature::Signature;
use crate::ir::snapshot;
use crate::ir::types::Type;
use bytecode::ops::{Inst, Op};
use runtime::value::Value;
use vm::machine::feedback::OTHERS;

/// Longest function that is compiled, in instructions of bytecode. Some ten instructions of IR come of each, and all later
/// stages are nearly linear; beyond it a function is a list of statements rather than a loop.
const CODE_MAX: usize = 20_000;

/// Builds IR for a function.
///
/// # Errors
/// Why it cannot be compiled.
pub fn build(input: &Input<'_>) -> Result<Built, Abort> {
    let signature = entry_signature(input);
    let (built, returned) = build_with(input, signature)?;
    let Some(signature) = signature else { return Ok(built) };
    if has_lists_in_memory(&built.func) {
        return Ok(build_with(input, None)?.0);
    }
    // Now it is known what the function gives. If it calls itself, that is known of those calls too.
    let found = signature.giving(&returned.results(signature.results()));
    if built.is_recursive && found != Some(signature) {
        return Ok(build_with(input, found)?.0);
    }
    Ok(Built { signature: found, ..built })
}

/// The signature of the typed entry of the function, as far as it is known before it is built; `None` if it has no such
/// entry.
fn entry_signature(input: &Input<'_>) -> Option<Signature> {
    let (function, options) = (input.function, input.options);
    let proto = function.proto_ref();
    if input.start != Start::Entry || !options.speculate || proto.is_variadic || proto.defer_reg.is_some() {
        return None;
    }
    let site = super::Site { function: function.to_value().bits(), pc: 0 };
    let failed = options.excluded.get(&site).copied().unwrap_or_default();
    let is_guessed = !options.is_careful && !failed.meets(super::Reasons::of(&[Reason::Param]));
    let params: Vec<Type> = (0..usize::from(function.params()))
        .map(|i| match input.samples.get(i).map(|&word| Value::from_bits(word)) {
            Some(v) if is_guessed && v.is_small_int() => Type::I64,
            Some(v) if is_guessed && v.is_float() => Type::F64,
            _ => Type::Value,
        })
        .collect();
    let results = lists::results_max(function).min(Signature::RESULTS_MAX as u16);
    Signature::new(&params, &vec![Type::Value; results.into()], !proto.upvalues.is_empty())
}

/// Whether lists of unknown length may come to or leave the function's frame, for which it may be moved: typed entries know
/// nothing of that.
fn has_lists_in_memory(func: &Func) -> bool {
    let mut insts = func.blocks().iter().flat_map(|&b| func.insts(b));
    insts.any(|inst| {
        func.op(inst) == Ir::ReturnMulti
            || func.helper(inst).is_some_and(Helper::changes_base)
            || func.results(inst).is_some_and(Results::is_multi)
    })
}

/// Builds IR for a function, with that signature for its typed entry; what its returns give.
fn build_with(input: &Input<'_>, signature: Option<Signature>) -> Result<(Built, Returned), Abort> {
    let function = input.function;
    let proto = function.proto_ref();
    if proto.code.len() > CODE_MAX {
        return Err(Abort::Size);
    }
    let pc = match input.start {
        Start::Entry => 0,
        Start::Loop { pc } if (pc as usize) < proto.code.len() => pc,
        Start::Loop { .. } => return Err(Abort::Start),
    };
    let name = proto.name.clone().unwrap_or_else(|| format!("line {}", proto.line));
    let mut func = Func::new(&name);
    let frame = snapshot::Frame { parent: None, proto: 0, base: 0, via: snapshot::Via::Root };
    let id = func.snaps.add_frame(frame);
    let code = Code::new(function, pc);
    let entry = func.add_block();
    let mut f = Frame::new(function, code, id, 0);
    f.likely = input.closure;
    if input.start != Start::Entry {
        // Entered in the middle of a nest, the loops around it would have no heads of their own; and what is built of a loop
        // that has not run is slow, and stays so, since its turns are not counted here.
        f.only = f.code.lone_loop(pc, |last| function.feedback_word(last as usize) != 0);
    }
    let params: Vec<InstId> =
        signature.iter().flat_map(|s| s.params()).map(|&ty| func.add_param(entry, ty)).collect();
    func.takes_immediates = signature.is_some();
    let at = Builder::at_end(&mut func, entry);
    let mut m = Method::new(at, input, f, entry);
    m.signature = signature;
    m.is_whole = input.start == Start::Entry;
    m.build_entry(input, pc, &params);
    m.walk();
    let Method { functions, kept, assumptions, shapes, frame_words, stats, order, believed, .. } = m;
    let Method { prepared, returned, is_recursive, typed_callees, awaited, .. } = m;
    let believed = believed.into_inner();
    func.set_order(order);
    let built = Built {
        func,
        functions,
        kept,
        assumptions,
        shapes,
        prepared,
        frame_words,
        believed,
        signature,
        typed_callees,
        awaited,
        is_recursive,
        stats,
    };
    Ok((built, returned))
}

impl Method<'_> {
    /// The way in: loads the live registers and goes to the first block.
    fn build_entry(&mut self, input: &Input<'_>, pc: u32, params: &[InstId]) {
        self.begin_entry(pc);
        let mut live: Vec<u16> = self.f.code.blocks[0].live.iter().collect();
        let stay = self.enter_ranges(pc, input.samples);
        live.retain(|r| !self.f.is_in_memory(*r) && !stay.contains(r));
        for &reg in &live {
            let v = match params.get(usize::from(reg)) {
                Some(&param) => param,
                None => self.b.load_reg(u32::from(reg)),
            };
            self.f.regs[reg as usize] = Some(v);
            if let Some(&word) = input.samples.get(reg as usize) {
                self.set_sample(v, Value::from_bits(word));
            }
        }
        match input.start {
            Start::Entry => {
                let function = self.f.function;
                let calls = |(pc, inst): (usize, &Inst)| match inst.op() {
                    Op::Call | Op::CallMulti | Op::CallRetMulti | Op::CallMultiRetMulti => true,
                    // Metamethods of operators are called directly too.
                    op if has_event(op) => function.feedback_word(pc) & OTHERS != 0,
                    _ => self.has_handler(pc),
                };
                // Recursion without a loop must be stoppable too.
                if self.f.code.proto.code.iter().enumerate().any(calls) {
                    self.g().poll();
                }
            }
            Start::Loop { .. } => {
                if self.may_speculate() {
                    self.guess_types(&live);
                }
            }
        }
        self.enter(pc);
    }

    /// Guards the numbers and tables that are in registers now, so that the loop begins with raw ones.
    fn guess_types(&mut self, live: &[u16]) {
        for &reg in live {
            let Some(inst) = self.f.regs[reg as usize] else { continue };
            let Some(v) = self.sample(inst) else { continue };
            // A cursor of a table looks like a number, but is none.
            let is_cursor = self.f.code.range_state.contains(reg)
                && !self.f.ranges.values().all(|range| *range == Range::Int);
            if is_cursor {
                continue;
            }
            let raw = if v.is_small_int() {
                self.g().guard_int(inst)
            } else if v.is_float() {
                self.g().guard_f64(inst)
            } else if v.is_table() {
                self.g().guard_table(inst)
            } else {
                continue;
            };
            self.f.regs[reg as usize] = Some(raw);
        }
    }

    /// Builds all blocks of the current frame that can be reached.
    pub(super) fn walk(&mut self) {
        while let Some(i) = self.f.next_block() {
            self.begin_bytecode(i);
            let (start, end) = (self.f.code.blocks[i].start, self.f.code.blocks[i].end);
            let mut pc = start;
            while pc < end && !self.is_ended {
                if std::mem::take(&mut self.f.is_next_done) {
                    pc += 1;
                    continue;
                }
                self.f.begin(pc);
                let inst = self.f.code.proto.code[pc as usize];
                self.translate(inst);
                if !lists::leaves_list(inst.op()) {
                    self.f.list = None;
                }
                // It may have translated some of what follows too.
                pc = self.f.pc + 1;
            }
            if !self.is_ended {
                self.jump_to(end);
            }
        }
    }

    /// Where the jump of the current instruction leads.
    pub(super) fn jump_target(&self, inst: Inst) -> u32 {
        bytecode::text::jump_target(self.f.pc, inst).map_or(0, |t| t as u32)
    }

    pub(super) fn translate(&mut self, inst: Inst) {
        self.stats.bytecodes += 1;
        self.stats.inlined_bytecodes += u32::from(self.chain.len() > 1);
        let op = inst.op();
        match op {
            Op::Move => {
                let v = self.reg(inst.b());
                self.set(inst.a(), v);
            }
            Op::LoadNil => self.load_nil(inst),
            Op::LoadBool => {
                let c = self.b.const_bool(u32::from(inst.b() != 0));
                self.set(inst.a(), c);
            }
            Op::LoadInt => {
                let v = self.constant_of(Value::int32(inst.bc()));
                self.set(inst.a(), v);
            }
            Op::LoadConst => {
                let v = self.constant(inst.bc() as usize);
                self.set(inst.a(), v);
            }
            Op::LoadMark => {
                let v = self.b.const_value(Value::MARK);
                self.set(inst.a(), v);
            }

            Op::GetUpval
            | Op::GetUpcell
            | Op::SetUpcell
            | Op::NewCell
            | Op::GetCell
            | Op::SetCell
            | Op::CopyCell
            | Op::GetGlobal
            | Op::SetGlobal
            | Op::Closure => self.variable(inst),

            Op::NewTable => self.new_table(inst),
            Op::InitSlot => self.init_slot(inst),
            Op::SetList | Op::SetListMulti => self.set_list(inst),
            Op::GetField => self.get_field(inst),
            Op::SetField => self.set_field(inst),
            Op::GetMethod => self.get_method(inst),
            Op::GetIndex | Op::GetIndexInt => self.get_index(inst),
            Op::SetIndex | Op::SetIndexInt => self.set_index(inst),

            Op::Call | Op::CallRetMulti => self.call(inst),
            Op::CallMulti | Op::CallMultiRetMulti => self.call_multi(inst),
            Op::Return0 | Op::Return1 | Op::Return => self.return_fixed(inst),
            Op::ReturnMulti => self.return_multi(inst),
            Op::Vararg | Op::VarargMulti | Op::VarargLen | Op::VarargIndex | Op::VarargTable => {
                self.vararg(inst);
            }
            Op::Go => self.go(inst),
            Op::GoMulti => {
                self.spill_list();
                self.go(inst);
            }
            Op::Defer | Op::RunDefers => self.defers(inst),
            Op::DeferMulti | Op::RunDefersMulti => {
                self.spill_list();
                self.defers(inst);
            }

            Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Div
            | Op::Mod
            | Op::Pow
            | Op::BitAnd
            | Op::BitOr
            | Op::BitXor
            | Op::BitClear
            | Op::Shl
            | Op::Shr
            | Op::AddImm
            | Op::SubImm
            | Op::AddConst
            | Op::SubConst
            | Op::MulConst
            | Op::DivConst
            | Op::ModConst
            | Op::PowConst
            | Op::BitAndConst
            | Op::BitOrConst
            | Op::BitXorConst
            | Op::ShlImm
            | Op::ShrImm => self.binary(inst),
            Op::Neg | Op::BitNot => self.unary(inst),
            Op::Not => {
                let c = self.is_true(inst.b());
                let c = self.not(c);
                self.set(inst.a(), c);
            }
            Op::Len => self.len(inst),
            Op::Concat => self.concat(inst),
            Op::Eq | Op::Ne | Op::Lt | Op::Le => self.comparison(inst),

            Op::Jump => self.jump_to(self.jump_target(inst)),
            Op::JumpIf | Op::JumpIfNot => {
                let c = self.is_true(inst.a());
                self.jump_on(c, op == Op::JumpIf, inst);
            }
            Op::JumpIfNil | Op::JumpIfNotNil => {
                let c = self.is_nil(inst.a());
                self.jump_on(c, op == Op::JumpIfNil, inst);
            }
            Op::JumpEq
            | Op::JumpNe
            | Op::JumpLt
            | Op::JumpNotLt
            | Op::JumpLe
            | Op::JumpNotLe
            | Op::JumpEqConst
            | Op::JumpNeConst
            | Op::JumpLtImm
            | Op::JumpNotLtImm
            | Op::JumpLeImm
            | Op::JumpNotLeImm
            | Op::JumpGtImm
            | Op::JumpNotGtImm
            | Op::JumpGeImm
            | Op::JumpNotGeImm => self.jump_comparison(inst),

            Op::ForLt | Op::ForLe | Op::ForGt | Op::ForGe => self.counted(inst),
            Op::RangePrep => self.range_prep(inst),
            Op::RangeNext => self.range_next(inst),
            Op::RangeTest => self.range_test(inst),

            Op::MakeChan | Op::Send | Op::Recv | Op::RecvOk | Op::Select => self.channel(inst),
        }
    }

    /// Takes the current instruction's jump if a condition is as wanted.
    pub(super) fn jump_on(&mut self, c: crate::ir::func::InstId, wanted: bool, inst: Inst) {
        let (to, next) = (self.jump_target(inst), self.f.pc + 1);
        if wanted { self.branch_to(c, to, next) } else { self.branch_to(c, next, to) }
    }
}
