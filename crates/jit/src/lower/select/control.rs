//! Blocks, branches, returns, and the choice of what lowers each op.

use super::cond::unfit;
use super::plan::is_condition;
use super::{Select, class_of};
use crate::asm::Label;
use crate::asm::x64::Cc;
use crate::asm::x64::inst::{AluOp, Amode, CallTarget, Extend, Inst, ShiftOp, Size};
use crate::ir::func::{BlockId, InstId};
use crate::ir::imm::Tag;
use crate::ir::ops::{Class, Op};
use crate::ir::signature::Signature;
use crate::ir::types::Type;
use crate::lower::mach::{BlockNo, Returns, THROW, block_label};
use crate::lower::{BASE, argument_regs, further_result};
use crate::regs::{PReg, PRegSet, RegClass, VReg};
use crate::routines;
use runtime::value::Value;

impl Select<'_> {
    pub(super) fn function(&mut self) {
        let func = self.func;
        let entry = self.m.block();
        self.blocks = vec![BlockNo(u32::MAX); func.block_count()];
        let order = self.flow.order.clone();
        for &b in &order {
            self.blocks[b.index()] = self.m.block();
            if self.flow.is_loop_head[b.index()] {
                self.m.set_loop_head(self.blocks[b.index()]);
            }
        }
        self.begin(entry, false, &[]);
        // Parameters of the whole function are words in its window: code that is not built from bytecode has some.
        let mut words = Vec::new();
        if let Some(signature) = self.cx.signature() {
            let regs = argument_regs(signature.params());
            let params = func.params(func.entry());
            words.extend(params.iter().map(|&param| self.m.vreg(class_of(func.ty(param)))));
            let defs: Vec<(VReg, PReg)> = words.iter().copied().zip(regs).collect();
            let id = self.m.calls.add(CallTarget::Nothing, 0, &[], &defs, PRegSet::EMPTY);
            self.put(Inst::Call { id });
            let first = self.block_of(func.entry());
            self.m.jump(first, &words);
            return self.blocks_in(&order);
        }
        for (i, &param) in func.params(func.entry()).iter().enumerate() {
            let (vreg, mem) = (self.m.vreg(class_of(func.ty(param))), self.window(i as u32));
            let dst = vreg.into();
            self.put(match vreg.class() {
                RegClass::Int => Inst::Load { ext: Extend::Full, dst, mem },
                RegClass::Float => Inst::FLoad { dst, mem },
            });
            words.push(vreg);
        }
        let first = self.block_of(func.entry());
        self.m.jump(first, &words);
        self.blocks_in(&order);
    }

    fn blocks_in(&mut self, order: &[BlockId]) {
        for &b in order {
            self.block(b);
            if self.unsupported.is_some() {
                return;
            }
        }
    }

    fn block(&mut self, b: BlockId) {
        let func = self.func;
        self.plan(b);
        let mut params = Vec::with_capacity(func.params(b).len());
        for &param in func.params(b) {
            let vreg = self.m.vreg(class_of(func.ty(param)));
            self.bind(param, vreg);
            params.push(vreg);
        }
        let is_cold = self.flow.is_cold[b.index()];
        self.block = b;
        self.begin(self.block_of(b), is_cold, &params);
        for inst in func.insts(b) {
            self.current = inst;
            self.mark_position(inst);
            self.inst(inst);
            if self.unsupported.is_some() {
                return;
            }
        }
    }

    fn inst(&mut self, inst: InstId) {
        let func = self.func;
        let op = func.op(inst);
        let is_unused = self.uses[inst.index()] == 0;
        let is_function = matches!(op.class(), Class::Pure | Class::Field | Class::Load | Class::Probe);
        if is_unused && is_function || self.is_fused(inst) {
            return;
        }
        match op {
            Op::ConstI64
            | Op::ConstF64
            | Op::ConstBool
            | Op::ConstValue
            | Op::ConstNum
            | Op::ConstObject
            | Op::StackCheck
            | Op::Param
            | Op::Nop
            // Bound with their call.
            | Op::CallResult
            | Op::CallCount
            | Op::CallStatus
            | Op::CallError => {}

            Op::AsNum | Op::AsRef | Op::BoolToI64 => self.alias(inst, func.arg(inst, 0)),
            Op::BoxInt
            | Op::BoxI64
            | Op::BoxF64
            | Op::BoxRawF64
            | Op::BoxBool
            | Op::BoxRef
            | Op::UnboxInt
            | Op::UnboxI64
            | Op::UnboxF64
            | Op::UnboxBool
            | Op::UnboxRef
            | Op::NumToF64
            | Op::GuardI64
            | Op::GuardNumF64 => self.boxing(inst),
            Op::AddNum | Op::SubNum | Op::MulNum | Op::ModNum => self.num_op(inst),
            Op::IsInteger | Op::IsNum => self.is_number(inst),
            _ if is_condition(op) => self.set_cond(inst),

            Op::GuardInt
            | Op::GuardF64
            | Op::GuardNum
            | Op::GuardSmallNum
            | Op::GuardBool
            | Op::GuardTable
            | Op::GuardStr
            | Op::GuardCallable
            | Op::GuardObject
            | Op::GuardUserdata => self.guard_tag(inst),
            Op::GuardValue
            | Op::GuardNil
            | Op::GuardNotNil
            | Op::GuardBounds
            | Op::GuardBelow
            | Op::GuardNotHole
            | Op::GuardNonZero
            | Op::GuardFits => self.guard_same(inst),
            Op::GuardClosure
            | Op::GuardNative
            | Op::GuardFunction
            | Op::GuardShape
            | Op::GuardCapacity
            | Op::GuardElem
            | Op::GuardValid => self.guard_object_field(inst),
            Op::GuardTrue => self.guard_cond(inst, true),
            Op::GuardFalse => self.guard_cond(inst, false),

            Op::AddI64 | Op::SubI64 | Op::MulI64 | Op::AndI64 | Op::OrI64 | Op::XorI64 => {
                self.binary_int(inst);
            }
            Op::DivI64 | Op::ModI64 => self.divide(inst),
            Op::NegI64 | Op::NotI64 | Op::AbsI64 | Op::LowU32 | Op::LowI32 => self.unary_int(inst),
            Op::MinI64 | Op::MaxI64 => self.min_max(inst),
            Op::AndNotI64 => self.and_not(inst),
            Op::ShlI64 | Op::ShrI64 | Op::SarI64 | Op::Rotl32 => self.shift_int(inst),
            Op::AndBool | Op::OrBool => {
                let op = if op == Op::AndBool { AluOp::And } else { AluOp::Or };
                let (a, b) = (self.vreg(func.arg(inst, 0)), self.vreg(func.arg(inst, 1)));
                let result = self.alu(op, a, b);
                self.bind(inst, result);
            }
            Op::Select => self.choose(inst),

            Op::AddF64 | Op::SubF64 | Op::MulF64 | Op::DivF64 | Op::MinF64 | Op::MaxF64 => {
                self.binary_float(inst);
            }
            Op::ModF64 => self.mod_float(inst),
            Op::PowF64 => self.call_floats(inst, routines::pow_f64 as *const () as usize),
            Op::NegF64 | Op::AbsF64 | Op::SqrtF64 | Op::FloorF64 | Op::CeilF64 | Op::TruncF64 => {
                self.unary_float(inst);
            }
            Op::I64ToF64 | Op::F64ToI64 | Op::F64IsInt | Op::F64Bits | Op::BitsF64 | Op::GuardF64Int => {
                self.convert(inst);
            }
            Op::CmpMixed => self.compare_mixed(inst),

            Op::LoadHash => self.load_hash(inst),
            Op::Callee | Op::ClosureFunction => self.load_tagged(inst),
            Op::HashFind => self.hash_find(inst),
            Op::FindField => self.find_field(inst),
            Op::StrBytes | Op::ByteStr | Op::StrEq | Op::StrCmp | Op::StrKey => self.string_op(inst),
            Op::CanonStr => self.canonical_string(inst),
            Op::DenseRow => self.dense_row(inst),
            Op::LoadKind
            | Op::DenseWord
            | Op::DenseFloats
            | Op::LoadShape
            | Op::LoadSlot
            | Op::LoadExt
            | Op::LoadExtSlot
            | Op::SlotsCapacity
            | Op::LoadArray
            | Op::ArrayLen
            | Op::ArrayCapacity
            | Op::ArrayElem
            | Op::LoadElem
            | Op::LoadElemFloat
            | Op::LoadElemInt
            | Op::LoadElemBool
            | Op::HashUsed
            | Op::HashKey
            | Op::LoadEntry
            | Op::StrLen
            | Op::LoadByte
            | Op::LoadCell
            | Op::LoadUpvalue
            | Op::LoadGlobal
            | Op::LoadReg
            | Op::LoadMulti
            | Op::VarargCount
            | Op::LoadVararg => self.load_op(inst),
            Op::StoreSlot
            | Op::StoreExtSlot
            | Op::StoreElem
            | Op::StoreElemFloat
            | Op::StoreElemInt
            | Op::StoreElemBool
            | Op::StoreLen
            | Op::StoreEntry
            | Op::StoreCell
            | Op::StoreUpvalue
            | Op::StoreGlobal
            | Op::StoreReg
            | Op::StoreMulti
            | Op::SetArray => self.store_op(inst),
            Op::Transition | Op::TransitionExt => self.transition(inst),
            Op::WriteBarrier => self.write_barrier(inst),
            Op::Append => self.append(inst),

            Op::NewTable | Op::NewArray | Op::NewClosure | Op::NewCell => {
                self.new_object(inst);
            }

            Op::CallValue
            | Op::CallClosure
            | Op::CallFunction
            | Op::CallNative
            | Op::CallPrepared
            | Op::CallSwitch
            | Op::CallMulti => self.call(inst),
            Op::CallHelper => self.call_helper(inst),

            Op::Poll => {
                let word = self.load(Extend::Full, self.fiber(self.cx.layout.poll));
                self.exit_if(Size::B32, Cc::Ne, Amode::base(word, 0), 0);
            }
            Op::Jump => self.jump(inst),
            Op::Branch => self.branch(inst),
            Op::Return => self.return_values(inst),
            Op::ReturnMulti if self.cx.signature().is_some() => self.unsupported("list from a typed entry"),
            Op::ReturnMulti => self.m.ret(Returns::Multi),
            Op::Throw => {
                let v = self.boxed(func.arg(inst, 0));
                self.store(self.fiber(self.cx.layout.error), v);
                self.publish(inst, false);
                self.m.leave(Inst::Jump { target: THROW });
            }
            Op::Exit => {
                let target = self.exit();
                self.m.leave(Inst::Jump { target });
            }
            Op::Unreachable => self.m.leave(Inst::Trap),
            op => unreachable!("{op:?} is a condition"),
        }
    }

    fn edge_args(&mut self, inst: InstId, edge: usize) -> (BlockId, Vec<VReg>) {
        let func = self.func;
        let (to, args) = func.edge(inst, edge);
        (to, args.iter().map(|&arg| self.vreg(arg)).collect())
    }

    fn jump(&mut self, inst: InstId) {
        let (to, args) = self.edge_args(inst, 0);
        let to = self.block_of(to);
        let spot = self.m.spot();
        self.kept.end_of(self.block, spot);
        self.m.jump(to, &args);
    }

    /// A conditional jump. An edge with arguments, or to a block that others lead to, gets a block of its own.
    fn branch(&mut self, inst: InstId) {
        let func = self.func;
        let cond = self.cond_use(func.arg(inst, 0));
        let is_cold = self.m.is_cold();
        let targets: [(BlockNo, Option<BlockId>); 2] = std::array::from_fn(|i| {
            let (to, args) = func.edge(inst, i);
            let is_direct = args.is_empty() && self.flow.pred_counts[to.index()] == 1;
            if is_direct { (self.block_of(to), None) } else { (self.m.block(), Some(to)) }
        });
        let jump = cond.jump(block_label(targets[0].0));
        self.m.branch(jump, targets[0].0, targets[1].0);
        // The first edge's block last, so that it is the one that is followed by its target more often than not.
        for i in [1, 0] {
            if let (between, Some(to)) = targets[i] {
                let is_cold = is_cold || self.flow.is_cold[to.index()];
                self.begin(between, is_cold, &[]);
                let (_, args) = self.edge_args(inst, i);
                let to = self.block_of(to);
                self.m.jump(to, &args);
            }
        }
    }

    /// Returns by a typed entry's protocol: what the signature says with status 0, or boxed, with one more than the number
    /// of results.
    fn return_typed(&mut self, inst: InstId, results: &[Type]) {
        let args = self.func.args(inst);
        let may_fit = |(&arg, &ty): (&InstId, &Type)| {
            let given = self.func.ty(arg);
            ty == Type::Value || given == ty || given.is_boxed()
        };
        if args.len() != results.len() || !args.iter().zip(results).all(may_fit) {
            return self.return_boxed(args, 1);
        }
        if args.is_empty() {
            let nil = self.imm(Value::NIL.bits());
            return self.m.ret(Returns::Count(0, nil));
        }
        let mut given = [None; Signature::RESULTS_MAX];
        for ((&arg, &ty), given) in args.iter().zip(results).zip(&mut given) {
            *given = Some(self.promised(args, arg, ty));
        }
        self.m.ret(Returns::Promised(given));
    }

    /// One of the results, which may be of the type that the signature promises, as such; returns all as others if it is not.
    fn promised(&mut self, all: &[InstId], arg: InstId, ty: Type) -> VReg {
        match (ty, self.func.ty(arg)) {
            (Type::I64, Type::I64) => {
                let raw = self.vreg(arg);
                if !self.fits_immediate(arg) {
                    self.return_others_if(all, |_, target| unfit(raw, 16).jump(target));
                }
                raw
            }
            (Type::F64, Type::F64) => self.vreg(arg),
            (Type::I64, _)
                if self.constant(arg).is_some_and(|bits| Value::from_bits(bits).is_small_int()) =>
            {
                let v = Value::from_bits(self.constant(arg).unwrap_or_default());
                self.imm(v.small_int_payload() as u64)
            }
            (Type::I64, _) => {
                let word = self.vreg(arg);
                let cond = self.tag_cond(word, Tag::Int);
                self.return_others_if(all, |_, target| cond.negate().jump(target));
                let up = self.shift(ShiftOp::Shl, word, 16);
                self.shift(ShiftOp::Sar, up, 16)
            }
            (Type::F64, _) => {
                let word = self.vreg(arg);
                let cond = self.tag_cond(word, Tag::Float);
                self.return_others_if(all, |_, target| cond.negate().jump(target));
                let raw = self.float();
                self.put(Inst::FFromBits { dst: raw.into(), src: word.into() });
                raw
            }
            _ => self.boxed(arg),
        }
    }

    /// Whether an integer is known to be one that fits an immediate.
    fn fits_immediate(&self, inst: InstId) -> bool {
        let root = self.root(inst);
        if let Some(bits) = self.constant(root) {
            return Value::small_int(bits as i64).is_some();
        }
        match self.func.op(root) {
            Op::GuardInt | Op::UnboxInt | Op::CallFunction => true,
            Op::CallResult => self.func.ty(root) == Type::I64,
            Op::Param => self.func.block_of(root) == Some(self.func.entry()),
            _ => false,
        }
    }

    /// Returns values as others than the signature promises, if a condition holds; else goes on.
    fn return_others_if(&mut self, args: &[InstId], jump: impl FnOnce(&Self, Label) -> Inst) {
        let [other, go_on] = std::array::from_fn(|_| self.m.block());
        let is_cold = self.m.is_cold();
        let jump = jump(self, block_label(other));
        self.m.branch(jump, other, go_on);
        self.begin(other, true, &[]);
        self.return_boxed(args, 1);
        self.begin(go_on, is_cold, &[]);
    }

    fn return_values(&mut self, inst: InstId) {
        if let Some(signature) = self.cx.signature() {
            return self.return_typed(inst, signature.results());
        }
        self.return_boxed(self.func.args(inst), 0);
    }

    /// Returns values boxed, the further ones in memory, with their number and `more` as status.
    fn return_boxed(&mut self, args: &[InstId], more: u32) {
        let words: Vec<VReg> = args.iter().map(|&arg| self.boxed(arg)).collect();
        self.finish_moved(words.len());
        for (number, &word) in words.iter().enumerate().skip(1) {
            self.store(Amode::base(BASE, further_result(number)), word);
        }
        let first = match words.first() {
            Some(&first) => first,
            None => self.imm(Value::NIL.bits()),
        };
        self.m.ret(Returns::Count(words.len() as u32 + more, first));
    }
}
