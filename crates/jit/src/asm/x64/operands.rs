//! What the register allocator is told of an instruction, and how its answer is written back.
//!
//! One traversal serves both ways, so that operand number `n` of [`collect`] and of [`rewrite`] is the same by
//! construction. Inputs come before outputs; a tied output is `Reuse(0)`, as the tied input comes first.
//!
//! Physical registers are skipped: the lowerer writes only such as the allocator never hands out. Whether an output is
//! tied depends on the processor for double arithmetic (three-operand forms need AVX), hence the [`Features`].

use super::inst::{Amode, CallId, CallSites, CallTarget, CmpOp, Inst, Reg, RegImm, RegMem, RegMemImm};
use super::{Features, reg};
use crate::regs::{Constraint, Loc, Operand, OperandKind, OperandPos, PReg, PRegSet};

/// Appends the operands of `inst` to `out`.
pub fn collect(inst: &Inst, features: Features, calls: &CallSites, out: &mut Vec<Operand>) {
    let mut add = |place: Place<'_>, kind, pos, constraint| {
        let operand = match place {
            Place::Reg(reg) => *reg,
            Place::RegMem(RegMem::Reg(reg)) | Place::RegMemImm(RegMemImm::Reg(reg)) => *reg,
            Place::RegMem(RegMem::Mem(_)) | Place::RegMemImm(RegMemImm::Mem(_) | RegMemImm::Imm(_)) => return,
        };
        if let Some(vreg) = operand.vreg() {
            out.push(Operand { vreg, kind, pos, constraint });
        }
    };
    if let Inst::Call { id } = *inst {
        let mut target = calls.get(id).target;
        visit_target(&mut target, &mut add);
        for &(mut operand, preg) in calls.uses(id) {
            add(Place::Reg(&mut operand), OperandKind::Use, OperandPos::Early, Constraint::Fixed(preg));
        }
        for &(mut operand, preg) in calls.defs(id) {
            add(Place::Reg(&mut operand), OperandKind::Def, OperandPos::Late, Constraint::Fixed(preg));
        }
    } else {
        visit(&mut { *inst }, features, &mut add);
    }
}

/// Replaces the virtual registers of `inst` by what was allocated to them, in the order of [`collect`].
///
/// # Panics
/// If an operand that must be in a register was given a spill slot, or if there are too few answers.
pub fn rewrite(
    inst: &mut Inst,
    features: Features,
    calls: &mut CallSites,
    locs: &mut impl Iterator<Item = Loc>,
) {
    let mut place = |place: Place<'_>, _, _, _| place.assign(locs);
    if let Inst::Call { id } = *inst {
        rewrite_call(id, calls, &mut place);
    } else {
        visit(inst, features, &mut place);
    }
}

/// The registers that `inst` destroys besides its outputs.
#[inline]
pub fn clobbers(inst: &Inst, calls: &CallSites) -> PRegSet {
    match *inst {
        Inst::Call { id } => calls.get(id).clobbers,
        _ => PRegSet::EMPTY,
    }
}

/// An output and an input that had better share a register: output, then input.
#[inline]
pub fn share_hint(inst: &Inst) -> Option<(Reg, Reg)> {
    match *inst {
        Inst::Add { dst, a, .. } => Some((dst, a)),
        _ => inst.as_move(),
    }
}

fn rewrite_call<F: FnMut(Place<'_>, OperandKind, OperandPos, Constraint)>(
    id: CallId,
    calls: &mut CallSites,
    f: &mut F,
) {
    let (site, pairs) = calls.get_mut(id);
    visit_target(&mut site.target, f);
    let ranges =
        [(site.uses, OperandKind::Use, OperandPos::Early), (site.defs, OperandKind::Def, OperandPos::Late)];
    for ((start, end), kind, pos) in ranges {
        for (operand, preg) in &mut pairs[start as usize..end as usize] {
            f(Place::Reg(operand), kind, pos, Constraint::Fixed(*preg));
        }
    }
}

fn visit_target<F: FnMut(Place<'_>, OperandKind, OperandPos, Constraint)>(
    target: &mut CallTarget,
    f: &mut F,
) {
    match target {
        CallTarget::Address(_) | CallTarget::Label(_) | CallTarget::Switch(_) | CallTarget::Nothing => {}
        CallTarget::Reg(reg) => use_reg(reg, f),
        CallTarget::Mem(mem) => use_amode(mem, f),
    }
}

/// Where an operand stands in its instruction.
enum Place<'a> {
    Reg(&'a mut Reg),
    RegMem(&'a mut RegMem),
    RegMemImm(&'a mut RegMemImm),
}

impl Place<'_> {
    fn assign(self, locs: &mut impl Iterator<Item = Loc>) {
        let current = match &self {
            Place::Reg(reg) => **reg,
            Place::RegMem(RegMem::Reg(reg)) | Place::RegMemImm(RegMemImm::Reg(reg)) => *reg,
            Place::RegMem(RegMem::Mem(_)) | Place::RegMemImm(RegMemImm::Mem(_) | RegMemImm::Imm(_)) => return,
        };
        if current.preg().is_some() {
            return;
        }
        let loc = locs.next().expect("one location per operand");
        match (self, loc) {
            (Place::Reg(reg), Loc::Reg(preg)) => *reg = preg.into(),
            (Place::RegMem(place), Loc::Reg(preg)) => *place = preg.into(),
            (Place::RegMemImm(place), Loc::Reg(preg)) => *place = preg.into(),
            (Place::RegMem(place), Loc::Spill(slot)) => *place = Amode::Spill(slot).into(),
            (Place::RegMemImm(place), Loc::Spill(slot)) => *place = Amode::Spill(slot).into(),
            (Place::Reg(reg), Loc::Spill(_)) => panic!("{reg:?} needs a register and was given a spill slot"),
        }
    }
}

fn use_at<F: FnMut(Place<'_>, OperandKind, OperandPos, Constraint)>(
    place: Place<'_>,
    constraint: Constraint,
    f: &mut F,
) {
    f(place, OperandKind::Use, OperandPos::Early, constraint);
}

fn use_reg<F: FnMut(Place<'_>, OperandKind, OperandPos, Constraint)>(reg: &mut Reg, f: &mut F) {
    use_at(Place::Reg(reg), Constraint::Reg, f);
}

fn def_reg<F: FnMut(Place<'_>, OperandKind, OperandPos, Constraint)>(
    reg: &mut Reg,
    constraint: Constraint,
    f: &mut F,
) {
    f(Place::Reg(reg), OperandKind::Def, OperandPos::Late, constraint);
}

fn use_amode<F: FnMut(Place<'_>, OperandKind, OperandPos, Constraint)>(mem: &mut Amode, f: &mut F) {
    match mem {
        Amode::Base { base, .. } => use_reg(base, f),
        Amode::Indexed { base, index, .. } => {
            use_reg(base, f);
            use_reg(index, f);
        }
        Amode::Scaled { index, .. } => use_reg(index, f),
        Amode::Spill(_) | Amode::Pool(_) => {}
    }
}

/// An input that may be in a register or, if `constraint` is `Any`, in its spill slot.
fn use_rm<F: FnMut(Place<'_>, OperandKind, OperandPos, Constraint)>(
    operand: &mut RegMem,
    constraint: Constraint,
    f: &mut F,
) {
    match operand {
        RegMem::Reg(_) => use_at(Place::RegMem(operand), constraint, f),
        RegMem::Mem(mem) => use_amode(mem, f),
    }
}

fn use_rmi<F: FnMut(Place<'_>, OperandKind, OperandPos, Constraint)>(operand: &mut RegMemImm, f: &mut F) {
    match operand {
        RegMemImm::Reg(_) => use_at(Place::RegMemImm(operand), Constraint::Any, f),
        RegMemImm::Mem(mem) => use_amode(mem, f),
        RegMemImm::Imm(_) => {}
    }
}

fn use_ri<F: FnMut(Place<'_>, OperandKind, OperandPos, Constraint)>(operand: &mut RegImm, f: &mut F) {
    match operand {
        RegImm::Reg(reg) => use_reg(reg, f),
        RegImm::Imm(_) => {}
    }
}

/// A comparison's inputs. A bit test with a bit number in a register would, on memory, address a bit string.
fn use_compare<F: FnMut(Place<'_>, OperandKind, OperandPos, Constraint)>(
    op: CmpOp,
    a: &mut RegMem,
    b: &mut RegImm,
    f: &mut F,
) {
    let constraint = match (op, &b) {
        (CmpOp::Bt, RegImm::Reg(_)) => Constraint::Reg,
        (CmpOp::Cmp | CmpOp::Test | CmpOp::Bt | CmpOp::Mul, _) => Constraint::Any,
    };
    use_rm(a, constraint, f);
    use_ri(b, f);
}

const RAX: Constraint = Constraint::Fixed(reg::RAX);
const RDX: Constraint = Constraint::Fixed(reg::RDX);
const RCX: Constraint = Constraint::Fixed(reg::RCX);
const TIED: Constraint = Constraint::Reuse(0);

/// A tied output whose input is physical and thus not told is in that very register: no constraint but `Reg` is left.
fn tied_to(input: Option<PReg>) -> Constraint {
    match input {
        None => TIED,
        Some(preg) => Constraint::Fixed(preg),
    }
}

fn visit<F: FnMut(Place<'_>, OperandKind, OperandPos, Constraint)>(
    inst: &mut Inst,
    features: Features,
    f: &mut F,
) {
    use Constraint::{Any, Reg as InReg};
    match inst {
        Inst::Mov { dst, src, .. }
        | Inst::Extend { dst, src, .. }
        | Inst::FMov { dst, src }
        | Inst::FFromBits { dst, src }
        | Inst::FToBits { dst, src } => {
            use_reg(src, f);
            def_reg(dst, InReg, f);
        }
        Inst::Imm { dst, .. }
        | Inst::Zero { dst }
        | Inst::LeaLabel { dst, .. }
        | Inst::FConst { dst, .. }
        | Inst::Setcc { dst, .. }
        | Inst::Pop { dst } => def_reg(dst, InReg, f),
        Inst::Load { dst, mem, .. } | Inst::Lea { dst, mem, .. } | Inst::FLoad { dst, mem } => {
            use_amode(mem, f);
            def_reg(dst, InReg, f);
        }
        Inst::Store { mem, src, .. } | Inst::AluMem { mem, b: src, .. } => {
            use_amode(mem, f);
            use_ri(src, f);
        }
        Inst::FStore { mem, src } => {
            use_amode(mem, f);
            use_reg(src, f);
        }
        Inst::Alu { dst, a, b, .. } => {
            let tied = tied_to(a.preg());
            use_reg(a, f);
            use_rmi(b, f);
            def_reg(dst, tied, f);
        }
        Inst::Add { dst, a, b, .. } => {
            use_reg(a, f);
            use_ri(b, f);
            def_reg(dst, InReg, f);
        }
        Inst::Unary { dst, a, .. } | Inst::ShiftImm { dst, a, .. } => {
            let tied = tied_to(a.preg());
            use_reg(a, f);
            def_reg(dst, tied, f);
        }
        Inst::Imul { dst, a, b, .. } | Inst::Cmov { dst, a, b, .. } => {
            let tied = tied_to(a.preg());
            use_reg(a, f);
            use_rm(b, Any, f);
            def_reg(dst, tied, f);
        }
        Inst::ImulImm { dst, a, .. }
        | Inst::Rorx { dst, a, .. }
        | Inst::Bits { dst, a, .. }
        | Inst::FSqrt { dst, a }
        | Inst::FRound { dst, a, .. }
        | Inst::IntToFloat { dst, a, .. }
        | Inst::FloatToInt { dst, a, .. } => {
            use_rm(a, Any, f);
            def_reg(dst, InReg, f);
        }
        Inst::MulWide { lo, hi, a, b, .. } => {
            use_at(Place::Reg(a), RAX, f);
            use_rm(b, Any, f);
            def_reg(lo, RAX, f);
            def_reg(hi, RDX, f);
        }
        Inst::DivRem { quot, rem, a, b, .. } => {
            use_at(Place::Reg(a), RAX, f);
            use_rm(b, Any, f);
            def_reg(quot, RAX, f);
            // The upper half of the dividend is written to rdx before the divisor is read.
            f(Place::Reg(rem), OperandKind::Def, OperandPos::Early, RDX);
        }
        Inst::ShiftCl { dst, a, amount, .. } => {
            let tied = tied_to(a.preg());
            use_reg(a, f);
            use_at(Place::Reg(amount), RCX, f);
            def_reg(dst, tied, f);
        }
        Inst::ShiftX { dst, a, amount: other, .. } | Inst::Bzhi { dst, a, index: other, .. } => {
            use_rm(a, Any, f);
            use_reg(other, f);
            def_reg(dst, InReg, f);
        }
        Inst::Andn { dst, a, b, .. } | Inst::FcmpMask { dst, a, b, .. } => {
            use_reg(a, f);
            use_rm(b, Any, f);
            def_reg(dst, InReg, f);
        }
        Inst::Cmp { op, a, b, .. } | Inst::CmpJump { op, a, b, .. } => use_compare(*op, a, b, f),
        Inst::CmpSet { op, a, b, dst, .. } => {
            use_compare(*op, a, b, f);
            def_reg(dst, InReg, f);
        }
        Inst::FAlu { op, dst, a, b } => {
            let tied = if features.avx { InReg } else { tied_to(a.preg()) };
            use_reg(a, f);
            // A slot is 8 bytes; the bitwise forms would read 16.
            use_rm(b, if op.is_bitwise() { InReg } else { Any }, f);
            def_reg(dst, tied, f);
        }
        Inst::FNeg { dst, a } | Inst::FAbs { dst, a } => {
            let tied = if features.avx { InReg } else { tied_to(a.preg()) };
            use_reg(a, f);
            def_reg(dst, tied, f);
        }
        Inst::Fma { dst, acc, a, b, .. } => {
            let tied = tied_to(acc.preg());
            use_reg(acc, f);
            use_reg(a, f);
            use_rm(b, Any, f);
            def_reg(dst, tied, f);
        }
        Inst::Fcmp { a, b } | Inst::FcmpJump { a, b, .. } => {
            use_reg(a, f);
            use_rm(b, Any, f);
        }
        Inst::FcmpSet { dst, a, b, .. } => {
            use_reg(a, f);
            use_rm(b, Any, f);
            def_reg(dst, InReg, f);
        }
        Inst::FBlend { dst, mask, a, b } => {
            use_reg(mask, f);
            use_reg(a, f);
            use_reg(b, f);
            def_reg(dst, InReg, f);
        }
        Inst::JumpIndirect { target } => use_rm(target, Any, f),
        Inst::Push { src } => use_reg(src, f),
        // Made by the allocator, with physical operands; calls are visited with their site.
        Inst::Xchg { .. } | Inst::FXchg { .. } | Inst::CopySlot { .. } | Inst::Call { .. } => {}
        Inst::Jcc { .. }
        | Inst::Jump { .. }
        | Inst::Ret
        | Inst::Trap
        | Inst::InvalidationPoint { .. }
        | Inst::Align { .. }
        | Inst::Mark { .. } => {}
    }
}
