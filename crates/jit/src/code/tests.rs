//! Generated functions, run: what the instructions do, against their definition in Rust; patching; exits; calls.

use super::*;
use crate::asm::x64::emit::{Assembler, Frame};
use crate::asm::x64::inst::*;
use crate::asm::x64::{ARG_INT, CALLER_SAVED, Cc, Features, FloatCc, reg};
use crate::asm::{Code, ExitId};
use crate::regs::{PReg, PRegSet, SpillSlot, VReg};
use vm::machine::Outcome;

const NO_CALLS: CallSites = CallSites::NONE;

/// The functions of these tests: nothing, arguments in memory, and the code itself.
type TestFn = unsafe extern "C" fn(*mut u64, args: *mut u64, target: CodePtr) -> Outcome;

/// The pointer to the arguments, by the platform's convention.
const ARGS: PReg = ARG_INT[1];

fn x(n: u8) -> Reg {
    PReg::float(n).into()
}

fn arg(n: i32) -> Amode {
    Amode::base(ARGS, n * 8)
}

fn load(dst: PReg, n: i32) -> Inst {
    Inst::Load { ext: Extend::Full, dst: dst.into(), mem: arg(n) }
}

fn fload(dst: u8, n: i32) -> Inst {
    Inst::FLoad { dst: x(dst), mem: arg(n) }
}

/// Installed code of a test, which lives as long as its cache.
struct Function {
    cache: CodeCache,
    block: CodeBlock,
}

impl Function {
    fn new(code: &Code) -> Function {
        let cache = CodeCache::new(1 << 16).unwrap();
        let block = cache.install(&code.bytes).unwrap();
        assert_eq!(cache.read(&block), code.bytes);
        Function { cache, block }
    }

    fn of(features: Features, insts: &[Inst]) -> Function {
        let mut asm = Assembler::new(features, Frame { spill_base: 0 }, insts.len());
        for inst in insts {
            asm.emit(inst, &NO_CALLS);
        }
        asm.emit(&Inst::Ret, &NO_CALLS);
        Function::new(&asm.finish(0))
    }

    fn run(&self, args: &mut [u64]) -> Outcome {
        self.run_at(0, args)
    }

    fn run_at(&self, offset: u32, args: &mut [u64]) -> Outcome {
        let start = self.block.start();
        // SAFETY: the tests emit whole functions of the platform's convention that return, keep the callee-saved
        // registers and touch only `args`; the cache lives as long as `self`.
        unsafe {
            let f = std::mem::transmute::<usize, TestFn>(start.offset(offset).address());
            f(std::ptr::null_mut(), args.as_mut_ptr(), start)
        }
    }

    fn value(&self, args: &[u64]) -> u64 {
        self.run(&mut args.to_vec()).value
    }
}

/// What this machine has, and the base, so that both ways are run.
fn feature_sets() -> [Features; 2] {
    [Features::detect(), Features::BASE]
}

const INTS: [u64; 10] =
    [0, 1, 7, 0x7f, 0x80, 0x8000_0000, 0xffff_ffff, i64::MAX as u64, i64::MIN as u64, -3i64 as u64];

const FLOATS: [f64; 9] = [0.0, -0.0, 1.0, -1.5, 2.5, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];

fn int_pairs() -> impl Iterator<Item = (u64, u64)> {
    INTS.into_iter().flat_map(|a| INTS.into_iter().map(move |b| (a, b)))
}

fn float_pairs() -> impl Iterator<Item = (f64, f64)> {
    FLOATS.into_iter().flat_map(|a| FLOATS.into_iter().map(move |b| (a, b)))
}

/// Bits, with all NaNs alike.
fn canonical(number: f64) -> u64 {
    if number.is_nan() { f64::NAN.to_bits() } else { number.to_bits() }
}

/// Runs `body` on two integers in rax and rcx; the result is rax.
fn check_ints(body: &[Inst], expected: impl Fn(u64, u64) -> u64) {
    let mut insts = vec![load(reg::RAX, 0), load(reg::RCX, 1)];
    insts.extend_from_slice(body);
    let function = Function::of(Features::detect(), &insts);
    for (a, b) in int_pairs() {
        let found = function.value(&[a, b]);
        assert_eq!(found, expected(a, b), "{body:?} of {a:#x}, {b:#x}");
    }
}

/// Runs `body` on two doubles in xmm1 and xmm2, and a third in xmm0; the result is xmm0.
fn check_floats(features: Features, body: &[Inst], expected: impl Fn(f64, f64) -> f64) {
    let mut insts = vec![fload(1, 0), fload(2, 1)];
    insts.extend_from_slice(body);
    insts.push(Inst::FToBits { dst: reg::RAX.into(), src: x(0) });
    let function = Function::of(features, &insts);
    for (a, b) in float_pairs() {
        let found = f64::from_bits(function.value(&[a.to_bits(), b.to_bits()]));
        assert_eq!(canonical(found), canonical(expected(a, b)), "{body:?} of {a}, {b}: {found}");
    }
}

#[test]
fn conditions_on_integers() {
    let (rax, rcx) = (Reg::from(reg::RAX), Reg::from(reg::RCX));
    let holds = |cc: Cc, a: u64, b: u64| {
        let (sa, sb) = (a as i64, b as i64);
        let difference = sa.wrapping_sub(sb);
        match cc {
            Cc::O => sa.checked_sub(sb).is_none(),
            Cc::B => a < b,
            Cc::E => a == b,
            Cc::Be => a <= b,
            Cc::S => difference < 0,
            Cc::P => (difference as u8).count_ones().is_multiple_of(2),
            Cc::L => sa < sb,
            Cc::Le => sa <= sb,
            Cc::No | Cc::Ae | Cc::Ne | Cc::A | Cc::Ns | Cc::Np | Cc::Ge | Cc::G => unreachable!("negated"),
        }
    };
    for cc in Cc::ALL {
        let expected =
            |a, b| u64::from(if cc as u8 & 1 == 0 { holds(cc, a, b) } else { !holds(cc.negate(), a, b) });
        let (op, size) = (CmpOp::Cmp, Size::B64);
        let set = |dst, a: RegMem, b| Inst::CmpSet { op, size, cc, dst, a, b };
        check_ints(&[set(rax, rax.into(), rcx.into())], expected);
        let other = Reg::from(reg::R8);
        check_ints(
            &[set(other, arg(0).into(), rcx.into()), Inst::Mov { size, dst: rax, src: other }],
            expected,
        );
        check_ints(&[set(rax, rax.into(), RegImm::Imm(0))], |a, _| expected(a, 0));
        check_ints(&[set(rax, rax.into(), RegImm::Imm(-3))], |a, _| expected(a, -3i64 as u64));
        let cmov = [
            Inst::Cmp { op, size, a: rax.into(), b: rcx.into() },
            Inst::Cmov { cc, size, dst: rax, a: rax, b: rcx.into() },
        ];
        check_ints(&cmov, |a, b| if expected(a, b) == 1 { b } else { a });
        let set_flags = [Inst::Cmp { op, size, a: rax.into(), b: rcx.into() }, Inst::Setcc { cc, dst: rax }];
        check_ints(&set_flags, expected);
    }
    let test = |imm, size| {
        [
            Inst::CmpSet { op: CmpOp::Test, size, cc: Cc::S, dst: rcx, a: rax.into(), b: RegImm::Imm(imm) },
            Inst::Mov { size: Size::B64, dst: rax, src: rcx },
        ]
    };
    check_ints(&test(0x80, Size::B64), |_, _| 0);
    check_ints(&test(0x80, Size::B8), |a, _| a >> 7 & 1);
    check_ints(&test(-1, Size::B64), |a, _| a >> 63);
    let bit =
        Inst::CmpSet { op: CmpOp::Bt, size: Size::B64, cc: Cc::B, dst: rax, a: rax.into(), b: rcx.into() };
    check_ints(&[bit], |a, b| a >> (b & 63) & 1);
}

#[test]
fn conditions_on_doubles() {
    for features in feature_sets() {
        for cc in FloatCc::ALL {
            let in_memory = RegMem::Mem(Amode::base(reg::RAX, 8));
            for b in [x(2).into(), in_memory] {
                let insts = [
                    fload(9, 0),
                    fload(2, 1),
                    Inst::Mov { size: Size::B64, dst: reg::RAX.into(), src: ARGS.into() },
                    // The output overwrites the base of the operand.
                    Inst::FcmpSet { cc, dst: reg::RAX.into(), a: x(9), b },
                ];
                let set = Function::of(features, &insts);
                let other = Inst::FcmpSet { cc, dst: reg::RCX.into(), a: x(9), b };
                let other = [
                    insts[0],
                    insts[1],
                    insts[2],
                    other,
                    Inst::Mov { size: Size::B64, dst: reg::RAX.into(), src: reg::RCX.into() },
                ];
                let other = Function::of(features, &other);
                let jump = {
                    let mut asm = Assembler::new(features, Frame::default(), 8);
                    let target = asm.buffer.new_label();
                    for inst in [
                        insts[0],
                        insts[1],
                        insts[2],
                        Inst::FcmpJump { cc, a: x(9), b, target },
                        Inst::Zero { dst: reg::RAX.into() },
                        Inst::Ret,
                    ] {
                        asm.emit(&inst, &NO_CALLS);
                    }
                    asm.buffer.bind(target);
                    asm.emit(&Inst::Imm { dst: reg::RAX.into(), value: 1 }, &NO_CALLS);
                    asm.emit(&Inst::Ret, &NO_CALLS);
                    Function::new(&asm.finish(0))
                };
                for (a, number) in float_pairs() {
                    let args = [a.to_bits(), number.to_bits()];
                    let expected = u64::from(cc.holds(a, number));
                    assert_eq!(set.value(&args), expected, "set {cc} {a} {number} {b:?}");
                    assert_eq!(other.value(&args), expected, "set apart {cc} {a} {number} {b:?}");
                    assert_eq!(jump.value(&args), expected, "jump {cc} {a} {number} {b:?}");
                }
            }
        }
    }
    if Features::detect().avx {
        for cc in FloatCc::ALL {
            let body = [
                Inst::FcmpMask { cc, dst: x(3), a: x(1), b: x(2).into() },
                Inst::FBlend { dst: x(0), mask: x(3), a: x(1), b: x(2) },
            ];
            check_floats(Features::detect(), &body, |a, b| if cc.holds(a, b) { b } else { a });
        }
    }
}

#[test]
fn integer_operations() {
    let (rax, rcx, rdx) = (Reg::from(reg::RAX), Reg::from(reg::RCX), Reg::from(reg::RDX));
    let size = Size::B64;
    let alu = |op| Inst::Alu { op, size, dst: rax, a: rax, b: rcx.into() };
    check_ints(&[alu(AluOp::Add)], u64::wrapping_add);
    check_ints(&[alu(AluOp::Sub)], u64::wrapping_sub);
    check_ints(&[alu(AluOp::And)], |a, b| a & b);
    check_ints(&[alu(AluOp::Or)], |a, b| a | b);
    check_ints(&[alu(AluOp::Xor)], |a, b| a ^ b);
    let mask = |size, imm| Inst::Alu { op: AluOp::And, size, dst: rax, a: rax, b: RegMemImm::Imm(imm) };
    check_ints(&[mask(size, 0x7fff_ffff)], |a, _| a & 0x7fff_ffff);
    check_ints(&[mask(size, -2)], |a, _| a & !1);
    check_ints(&[Inst::Add { size, dst: rax, a: rcx, b: RegImm::Imm(-9) }], |_, b| b.wrapping_sub(9));
    check_ints(&[Inst::Add { size, dst: rax, a: rax, b: RegImm::Imm(128) }], |a, _| a.wrapping_add(128));
    check_ints(&[Inst::Add { size: Size::B32, dst: rax, a: rcx, b: rax.into() }], |a, b| {
        u64::from((a as u32).wrapping_add(b as u32))
    });
    let lea = Inst::Lea { size, dst: rax, mem: Amode::indexed(reg::RAX, reg::RCX, Scale::X8, -4) };
    check_ints(&[lea], |a, b| a.wrapping_add(b.wrapping_mul(8)).wrapping_sub(4));
    check_ints(&[Inst::Imul { size, dst: rax, a: rax, b: arg(1).into() }], u64::wrapping_mul);
    check_ints(&[Inst::ImulImm { size, dst: rax, a: rcx.into(), imm: -1000 }], |_, b| {
        b.wrapping_mul(-1000i64 as u64)
    });
    let wide = |signed| {
        [
            Inst::MulWide { signed, lo: rax, hi: rdx, a: rax, b: rcx.into() },
            Inst::Mov { size, dst: rax, src: rdx },
        ]
    };
    check_ints(&wide(false), |a, b| ((u128::from(a) * u128::from(b)) >> 64) as u64);
    check_ints(&wide(true), |a, b| (((a as i64 as i128) * (b as i64 as i128)) >> 64) as u64);
    // The divisor is made odd and positive, so that no quotient overflows.
    let divisor = [
        Inst::ShiftImm { op: ShiftOp::Shr, size, dst: rcx, a: rcx, amount: 2 },
        Inst::Alu { op: AluOp::Or, size, dst: rcx, a: rcx, b: RegMemImm::Imm(1) },
    ];
    for (signed, size) in [(true, Size::B64), (false, Size::B64), (true, Size::B32), (false, Size::B32)] {
        let div = Inst::DivRem { signed, size, quot: rax, rem: rdx, a: rax, b: rcx.into() };
        let take = Inst::Mov { size: Size::B64, dst: rax, src: rdx };
        let expected = |a: u64, b: u64| {
            let b = b >> 2 | 1;
            match (signed, size) {
                (true, Size::B64) => ((a as i64 / b as i64) as u64, (a as i64 % b as i64) as u64),
                (false, Size::B64) => (a / b, a % b),
                (true, _) => {
                    let (a, b) = (a as i32, b as i32);
                    (u64::from(a.wrapping_div(b) as u32), u64::from(a.wrapping_rem(b) as u32))
                }
                (false, _) => (u64::from(a as u32 / b as u32), u64::from(a as u32 % b as u32)),
            }
        };
        let safe = |a: u64, b: u64| {
            !(signed && size == Size::B32 && a as u32 == 1 << 31 && (b >> 2 | 1) as u32 == u32::MAX)
        };
        for (body, pick) in
            [(vec![divisor[0], divisor[1], div], true), (vec![divisor[0], divisor[1], div, take], false)]
        {
            let mut insts = vec![load(reg::RAX, 0), load(reg::RCX, 1)];
            insts.extend(body);
            let function = Function::of(Features::detect(), &insts);
            for (a, b) in int_pairs().filter(|&(a, b)| safe(a, b)) {
                let (quot, rem) = expected(a, b);
                assert_eq!(function.value(&[a, b]), if pick { quot } else { rem }, "{div} {a:#x} {b:#x}");
            }
        }
    }
    let unary = |op| Inst::Unary { op, size, dst: rax, a: rax };
    check_ints(&[unary(UnaryOp::Neg)], |a, _| a.wrapping_neg());
    check_ints(&[unary(UnaryOp::Not)], |a, _| !a);
    check_ints(&[unary(UnaryOp::Bswap)], |a, _| a.swap_bytes());
    for (ext, expected) in [
        (Extend::U8, (|b: u64| u64::from(b as u8)) as fn(u64) -> u64),
        (Extend::U16, |b| u64::from(b as u16)),
        (Extend::U32, |b| u64::from(b as u32)),
        (Extend::I8, |b| b as i8 as u64),
        (Extend::I16, |b| b as i16 as u64),
        (Extend::I32, |b| b as i32 as u64),
        (Extend::Full, |b| b),
    ] {
        check_ints(&[Inst::Load { ext, dst: rax, mem: arg(1) }], |_, b| expected(b));
        check_ints(&[Inst::Extend { ext, dst: rax, src: rcx }], |_, b| expected(b));
    }
    for size in [Size::B8, Size::B16, Size::B32, Size::B64] {
        let mask = if size == Size::B64 { !0 } else { (1u64 << (size.bytes() * 8)) - 1 };
        check_ints(&[Inst::Store { size, mem: arg(1), src: rax.into() }, load(reg::RAX, 1)], |a, b| {
            a & mask | b & !mask
        });
        check_ints(&[Inst::Store { size, mem: arg(1), src: RegImm::Imm(-2) }, load(reg::RAX, 1)], |_, b| {
            -2i64 as u64 & mask | b & !mask
        });
        check_ints(
            &[Inst::AluMem { op: AluOp::Add, size, mem: arg(1), b: rax.into() }, load(reg::RAX, 1)],
            |a, b| a.wrapping_add(b) & mask | b & !mask,
        );
    }
}

#[test]
fn shifts_and_bits() {
    let (rax, rcx) = (Reg::from(reg::RAX), Reg::from(reg::RCX));
    let size = Size::B64;
    let count = |b: u64| (b & 63) as u32;
    let cl = |op| Inst::ShiftCl { op, size, dst: rax, a: rax, amount: rcx };
    check_ints(&[cl(ShiftOp::Shl)], |a, b| a << count(b));
    check_ints(&[cl(ShiftOp::Shr)], |a, b| a >> count(b));
    check_ints(&[cl(ShiftOp::Sar)], |a, b| (a as i64 >> count(b)) as u64);
    check_ints(&[cl(ShiftOp::Rol)], |a, b| a.rotate_left(count(b)));
    check_ints(&[cl(ShiftOp::Ror)], |a, b| a.rotate_right(count(b)));
    let imm = |op, amount| Inst::ShiftImm { op, size, dst: rax, a: rax, amount };
    check_ints(&[imm(ShiftOp::Shl, 16), imm(ShiftOp::Sar, 16)], |a, _| ((a << 16) as i64 >> 16) as u64);
    check_ints(&[imm(ShiftOp::Shr, 1)], |a, _| a >> 1);
    let features = Features::detect();
    if features.bmi2 {
        let by = |op| Inst::ShiftX { op, size, dst: rax, a: rax.into(), amount: rcx };
        check_ints(&[by(ShiftOp::Shl)], |a, b| a << count(b));
        check_ints(&[by(ShiftOp::Shr)], |a, b| a >> count(b));
        check_ints(&[by(ShiftOp::Sar)], |a, b| (a as i64 >> count(b)) as u64);
        check_ints(&[Inst::Rorx { size, dst: rax, a: arg(0).into(), amount: 48 }], |a, _| a.rotate_right(48));
        check_ints(&[Inst::Bzhi { size, dst: rax, a: rax.into(), index: rcx }], |a, b| match b & 255 {
            bits @ 0..64 => a & ((1 << bits) - 1),
            _ => a,
        });
    }
    if features.bmi1 {
        check_ints(&[Inst::Andn { size, dst: rax, a: rax, b: rcx.into() }], |a, b| !a & b);
        let op = BitsOp::Tzcnt;
        check_ints(&[Inst::Bits { op, size, dst: rax, a: rax.into() }], |a, _| a.trailing_zeros().into());
    }
    if features.lzcnt {
        let op = BitsOp::Lzcnt;
        check_ints(&[Inst::Bits { op, size, dst: rax, a: rax.into() }], |a, _| a.leading_zeros().into());
    }
    if features.popcnt {
        let op = BitsOp::Popcnt;
        check_ints(&[Inst::Bits { op, size, dst: rax, a: rax.into() }], |a, _| a.count_ones().into());
    }
}

#[test]
fn double_operations() {
    for features in feature_sets() {
        for in_memory in [false, true] {
            let b = if in_memory { RegMem::Mem(arg(1)) } else { x(2).into() };
            let alu = |op| [Inst::FMov { dst: x(0), src: x(1) }, Inst::FAlu { op, dst: x(0), a: x(0), b }];
            check_floats(features, &alu(FloatOp::Add), |a, b| a + b);
            check_floats(features, &alu(FloatOp::Sub), |a, b| a - b);
            check_floats(features, &alu(FloatOp::Mul), |a, b| a * b);
            check_floats(features, &alu(FloatOp::Div), |a, b| a / b);
            check_floats(features, &alu(FloatOp::Min), |a, b| if a < b { a } else { b });
            check_floats(features, &alu(FloatOp::Max), |a, b| if a > b { a } else { b });
            check_floats(features, &[Inst::FSqrt { dst: x(0), a: b }], |_, b| b.sqrt());
            if features.sse41 {
                let round = |mode| [Inst::FRound { mode, dst: x(0), a: b }];
                check_floats(features, &round(RoundMode::Nearest), |_, b| b.round_ties_even());
                check_floats(features, &round(RoundMode::Floor), |_, b| b.floor());
                check_floats(features, &round(RoundMode::Ceil), |_, b| b.ceil());
                check_floats(features, &round(RoundMode::Trunc), |_, b| b.trunc());
            }
        }
        let copy = Inst::FMov { dst: x(0), src: x(1) };
        check_floats(features, &[copy, Inst::FNeg { dst: x(0), a: x(0) }], |a, _| -a);
        check_floats(features, &[copy, Inst::FAbs { dst: x(0), a: x(0) }], |a, _| a.abs());
        check_floats(features, &[Inst::FXchg { a: x(1), b: x(2) }, copy], |_, b| b);
        for constant in [0.0, -0.0, 0.1] {
            check_floats(features, &[Inst::FConst { dst: x(0), bits: f64::to_bits(constant) }], |_, _| {
                constant
            });
        }
        let convert = [
            Inst::FloatToInt { size: Size::B64, round: false, dst: reg::RAX.into(), a: x(1).into() },
            Inst::IntToFloat { size: Size::B64, dst: x(0), a: reg::RAX.into() },
        ];
        let in_range = |a: f64| a.abs() < 9.2e18;
        check_floats(features, &convert, |a, _| if in_range(a) { a as i64 as f64 } else { i64::MIN as f64 });
    }
    let features = Features::detect();
    if features.fma {
        let fma = |op| {
            [
                Inst::FMov { dst: x(0), src: x(2) },
                Inst::Fma { op, dst: x(0), acc: x(0), a: x(1), b: x(2).into() },
            ]
        };
        check_floats(features, &fma(FmaOp::Add231), |a, b| a.mul_add(b, b));
        check_floats(features, &fma(FmaOp::Sub231), |a, b| a.mul_add(b, -b));
        check_floats(features, &fma(FmaOp::Nadd231), |a, b| (-a).mul_add(b, b));
        let fma = |op| {
            [
                Inst::FMov { dst: x(0), src: x(1) },
                Inst::Fma { op, dst: x(0), acc: x(0), a: x(1), b: arg(1).into() },
            ]
        };
        check_floats(features, &fma(FmaOp::Add213), |a, b| a.mul_add(a, b));
        check_floats(features, &fma(FmaOp::Sub213), |a, b| a.mul_add(a, -b));
        check_floats(features, &fma(FmaOp::Nadd213), |a, b| (-a).mul_add(a, b));
    }
}

#[test]
fn spill_slots_are_copied_without_registers() {
    let (rax, rsp) = (Reg::from(reg::RAX), Reg::from(reg::RSP));
    let slot = |n| Amode::Spill(SpillSlot(n));
    let move_rsp = |imm| Inst::Add { size: Size::B64, dst: rsp, a: rsp, b: RegImm::Imm(imm) };
    check_ints(
        &[
            move_rsp(-32),
            Inst::Store { size: Size::B64, mem: slot(0), src: rax.into() },
            Inst::CopySlot { to: SpillSlot(2), from: SpillSlot(0) },
            Inst::Zero { dst: rax },
            Inst::Xchg { a: rax, b: reg::RCX.into() },
            Inst::Alu { op: AluOp::Add, size: Size::B64, dst: rax, a: rax, b: slot(2).into() },
            move_rsp(32),
        ],
        u64::wrapping_add,
    );
}

#[test]
fn loops_and_aligned_heads() {
    let (rax, rcx) = (Reg::from(reg::RAX), Reg::from(reg::RCX));
    let mut asm = Assembler::new(Features::detect(), Frame::default(), 8);
    let (head, indirect) = (asm.buffer.new_label(), asm.buffer.new_label());
    asm.emit(&Inst::Zero { dst: rax }, &NO_CALLS);
    asm.emit(&load(reg::RCX, 0), &NO_CALLS);
    asm.emit(&Inst::LeaLabel { dst: reg::RDX.into(), label: indirect }, &NO_CALLS);
    asm.emit(&Inst::JumpIndirect { target: reg::RDX.into() }, &NO_CALLS);
    asm.emit(&Inst::Trap, &NO_CALLS);
    asm.emit(&Inst::Align { log2: 5 }, &NO_CALLS);
    asm.buffer.bind(indirect);
    asm.buffer.bind(head);
    let export = asm.buffer.export(head);
    for inst in [
        Inst::Alu { op: AluOp::Add, size: Size::B64, dst: rax, a: rax, b: rcx.into() },
        Inst::Alu { op: AluOp::Sub, size: Size::B64, dst: rcx, a: rcx, b: RegMemImm::Imm(1) },
        Inst::Jcc { cc: Cc::Ne, target: head },
        Inst::Ret,
    ] {
        asm.emit(&inst, &NO_CALLS);
    }
    let code = asm.finish(0);
    let function = Function::new(&code);
    assert_eq!(function.value(&[1000]), 500_500);
    let head = function.block.start().offset(code.exports[export]);
    assert!(head.address().is_multiple_of(32) && function.block.contains(head.address()));
}

extern "C" fn add_ten(a: u64, b: u64) -> u64 {
    a * 10 + b
}

#[test]
fn calls_into_rust_and_within() {
    let mut calls = CallSites::new();
    let address = CallTarget::Address((add_ten as extern "C" fn(u64, u64) -> u64 as usize) as u64);
    let none: [(VReg, PReg); 0] = [];
    let mut asm = Assembler::new(Features::detect(), Frame::default(), 8);
    let own = asm.buffer.new_label();
    let by_pool = calls.add(address, 1, &none, &none, CALLER_SAVED);
    let by_label = calls.add(CallTarget::Label(own), 2, &none, &none, PRegSet::EMPTY);
    let insts = [
        Inst::Push { src: reg::RBX.into() },
        Inst::Mov { size: Size::B64, dst: reg::RBX.into(), src: ARGS.into() },
        load(reg::RDI, 0),
        load(ARGS, 1),
        Inst::Call { id: by_pool },
        Inst::Call { id: by_label },
        Inst::Pop { dst: reg::RBX.into() },
        Inst::Ret,
    ];
    for inst in insts {
        asm.emit(&inst, &calls);
    }
    asm.buffer.bind(own);
    let mem = Amode::base(reg::RBX, 16);
    asm.emit(
        &Inst::Alu {
            op: AluOp::Add,
            size: Size::B64,
            dst: reg::RAX.into(),
            a: reg::RAX.into(),
            b: mem.into(),
        },
        &calls,
    );
    asm.emit(&Inst::Ret, &calls);
    let function = Function::new(&asm.finish(0));
    assert_eq!(function.value(&[4, 2, 100]), 142);
}

/// Code whose exits go to a routine that returns the id.
fn function_with_exits(patchable: bool) -> (Function, Code) {
    let rax = Reg::from(reg::RAX);
    let cache = CodeCache::new(1 << 16).unwrap();
    let mut routine = Assembler::new(Features::BASE, Frame::default(), 2);
    routine.emit(&Inst::Pop { dst: rax }, &NO_CALLS);
    routine.emit(&Inst::Ret, &NO_CALLS);
    let routine = cache.install(&routine.finish(0).bytes).unwrap();
    let mut asm = Assembler::new(Features::detect(), Frame::default(), 8);
    let exits = [10, 11, 12].map(|id| asm.buffer.exit_label(ExitId(id)));
    if patchable {
        asm.emit(&Inst::InvalidationPoint { target: exits[2] }, &NO_CALLS);
    }
    asm.emit(&load(reg::RAX, 0), &NO_CALLS);
    for (n, &target) in exits[..2].iter().enumerate() {
        let (op, size, b) = (CmpOp::Cmp, Size::B64, RegImm::Imm(n as i32));
        asm.emit(&Inst::CmpJump { op, size, cc: Cc::E, a: rax.into(), b, target }, &NO_CALLS);
    }
    asm.emit(&Inst::Ret, &NO_CALLS);
    let code = asm.finish(routine.start().address() as u64);
    let block = cache.install(&code.bytes).unwrap();
    (Function { cache, block }, code)
}

#[test]
fn exits_push_their_id() {
    let (function, code) = function_with_exits(false);
    assert_eq!([0, 1, 2].map(|n| function.value(&[n])), [10, 11, 2]);
    for (n, &ExitId(id)) in code.exits.iter().enumerate() {
        assert_eq!(function.run_at(code.exit_offset(n), &mut [0]).value, u64::from(id));
    }
}

#[test]
fn invalidated_code_takes_its_exit() {
    let (function, code) = function_with_exits(true);
    assert_eq!(function.value(&[5]), 5);
    let point = code.invalidation_points[0];
    let start = function.block.start();
    // SAFETY: this is the only thread, and it is not in the code; the exit ends the function as its code would.
    unsafe { function.cache.patch_jump(start.offset(point.offset), start.offset(point.target)) }.unwrap();
    synchronize();
    assert_eq!(function.value(&[5]), 12);
}

#[test]
fn data_words_are_patched() {
    let mut asm = Assembler::new(Features::detect(), Frame::default(), 8);
    let (entry, number) = asm.buffer.data_word(3);
    asm.emit(&Inst::Load { ext: Extend::Full, dst: reg::RAX.into(), mem: Amode::Pool(entry) }, &NO_CALLS);
    asm.emit(&Inst::Ret, &NO_CALLS);
    let code = asm.finish(0);
    let function = Function::new(&code);
    assert_eq!(function.value(&[]), 3);
    // SAFETY: the place is the data word, and the code returns whatever it holds.
    unsafe { function.cache.patch_word(function.block.start().offset(code.words[number]), 4) }.unwrap();
    assert_eq!(function.value(&[]), 4);
}

#[test]
fn blocks_come_and_go() {
    let cache = CodeCache::new(4096).unwrap();
    let (start, len) = cache.range();
    assert!(cache.contains(start) && cache.contains(start + len - 1));
    assert!(!cache.contains(start + len) && !cache.contains(start.wrapping_sub(1)) && !cache.contains(0));
    let first = cache.install(&[0xc3; 33]).unwrap();
    let second = cache.install(&[0xc3; 1]).unwrap();
    assert_eq!(second.start().address() - first.start().address(), 64);
    assert!(first.start().address().is_multiple_of(BLOCK_ALIGN));
    assert!(matches!(cache.install(&vec![0xc3; len]), Err(CacheError::Full)));
    let place = first.start();
    // SAFETY: the block was never run, and nothing else knows of it.
    unsafe { cache.free(first) };
    assert_eq!(cache.used_bytes(), 32);
    assert_eq!(cache.install(&[0x90; 64]).unwrap().start(), place);
}

#[test]
fn one_mapping_runs_too() {
    // Some systems forbid it; then there is nothing to test.
    let Ok(mapping) = Mapping::single(4096, 4096) else { return };
    let cache = CodeCache { ranges: Mutex::new(Ranges::new(mapping.len(), BLOCK_ALIGN)), mapping };
    assert!(!cache.is_dual_mapped());
    let mut asm = Assembler::new(Features::BASE, Frame::default(), 2);
    asm.emit(&load(reg::RAX, 0), &NO_CALLS);
    asm.emit(&Inst::Ret, &NO_CALLS);
    let block = cache.install(&asm.finish(0).bytes).unwrap();
    assert_eq!(Function { cache, block }.value(&[77]), 77);
}
