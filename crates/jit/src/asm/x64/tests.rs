//! The encoder against an independent disassembler; labels, pool and tables; what the allocator is told.

use super::emit::{Assembler, Frame};
use super::inst::*;
use super::operands;
use super::{Cc, Features, FloatCc, reg};
use crate::asm::{Code, EXIT_STUB_BYTES, ExitId, PATCH_BYTES};
use crate::regs::{Constraint, Loc, OperandKind, OperandPos, PReg, PRegSet, RegClass, SpillSlot, VReg};
use iced_x86::{
    Decoder, DecoderOptions, Formatter, Instruction, IntelFormatter, MemorySizeOptions, Mnemonic, OpKind,
};

fn decode(bytes: &[u8]) -> Vec<Instruction> {
    let insts: Vec<_> = Decoder::with_ip(64, bytes, 0, DecoderOptions::NONE).iter().collect();
    assert!(insts.iter().all(|inst| !inst.is_invalid()), "undecodable: {bytes:02x?}");
    insts
}

fn is_jump(inst: &Instruction) -> bool {
    inst.op0_kind() == OpKind::NearBranch64 && inst.mnemonic() != Mnemonic::Call
}

fn text(inst: &Instruction) -> String {
    let mut formatter = IntelFormatter::new();
    let options = formatter.options_mut();
    options.set_hex_prefix("0x");
    options.set_hex_suffix("");
    options.set_uppercase_hex(false);
    options.set_space_after_operand_separator(true);
    options.set_memory_size_options(MemorySizeOptions::Always);
    options.set_signed_immediate_operands(true);
    options.set_branch_leading_zeros(false);
    options.set_show_branch_size(false);
    let mut out = String::new();
    formatter.format(inst, &mut out);
    out
}

fn listing(bytes: &[u8]) -> String {
    decode(bytes).iter().map(text).collect::<Vec<_>>().join("; ")
}

/// The instructions of `insts`, without padding and pool.
fn code_bytes(features: Features, insts: &[Inst]) -> Vec<u8> {
    let mut asm = Assembler::new(features, Frame { spill_base: 16 }, insts.len());
    for inst in insts {
        asm.emit(inst, &CallSites::new());
    }
    let len = asm.buffer.len() as usize;
    let mut code = asm.finish(0);
    code.bytes.truncate(len);
    code.bytes
}

fn disassemble(insts: &[Inst]) -> String {
    listing(&code_bytes(Features::ALL, insts))
}

/// That the disassembler writes what the instruction's own text says.
fn check(inst: Inst) {
    assert_eq!(disassemble(&[inst]), inst.to_string(), "{:02x?}", code_bytes(Features::ALL, &[inst]));
}

fn check_all(insts: impl IntoIterator<Item = Inst>) {
    insts.into_iter().for_each(check);
}

/// That the form without AVX is the same with the tied input left out.
fn check_legacy(inst: Inst) {
    let ours = inst.to_string();
    let (name, operands) = ours.split_once(' ').expect("all have operands");
    let operands: Vec<&str> = operands.split(", ").collect();
    let name = name.strip_prefix('v').expect("a VEX name");
    let tied = operands.len() > 2;
    let expected = if tied {
        format!("{name} {}, {}", operands[0], operands[2..].join(", "))
    } else {
        format!("{name} {}", operands.join(", "))
    };
    assert_eq!(listing(&code_bytes(Features::BASE, &[inst])), expected);
}

fn gprs() -> impl Iterator<Item = Reg> + Clone {
    (0..16).map(|n| Reg::from(PReg::int(n)))
}

fn xmms() -> impl Iterator<Item = Reg> + Clone {
    (0..16).map(|n| Reg::from(PReg::float(n)))
}

fn pairs<A: Copy, B: Copy>(
    a: impl Iterator<Item = A> + Clone,
    b: impl Iterator<Item = B> + Clone,
) -> impl Iterator<Item = (A, B)> {
    a.flat_map(move |a| b.clone().map(move |b| (a, b)))
}

const SIZES: [Size; 4] = [Size::B8, Size::B16, Size::B32, Size::B64];
const WIDE: [Size; 2] = [Size::B32, Size::B64];
const ALU: [AluOp; 7] = [AluOp::Add, AluOp::Or, AluOp::Adc, AluOp::Sbb, AluOp::And, AluOp::Sub, AluOp::Xor];
const DISPS: [i32; 9] = [0, 1, 8, 127, 128, -1, -128, -129, i32::MAX];
const EXTENDS: [Extend; 7] =
    [Extend::U8, Extend::U16, Extend::U32, Extend::I8, Extend::I16, Extend::I32, Extend::Full];

/// Every kind of addressing with every register in every part.
fn amodes() -> Vec<Amode> {
    let mut all = Vec::new();
    for base in gprs() {
        all.extend(DISPS.map(|disp| Amode::Base { base, disp }));
    }
    let indices = || gprs().filter(|index| *index != Reg::from(reg::RSP));
    for (n, (base, index)) in pairs(gprs(), indices()).enumerate() {
        let scale = [Scale::X1, Scale::X2, Scale::X4, Scale::X8][n % 4];
        all.push(Amode::Indexed { base, index, scale, disp: DISPS[n % DISPS.len()] });
        all.push(Amode::Indexed { base, index, scale, disp: 0 });
    }
    for index in indices() {
        for scale in [Scale::X1, Scale::X2, Scale::X4, Scale::X8] {
            all.push(Amode::Scaled { index, scale, disp: 16 });
            all.push(Amode::Scaled { index, scale, disp: -0x1234 });
        }
    }
    all
}

#[test]
fn moves_of_all_registers() {
    for (dst, src) in pairs(gprs(), gprs()) {
        for size in WIDE {
            check(Inst::Mov { size, dst, src });
        }
        check(Inst::Xchg { a: dst, b: src });
        check_all(EXTENDS.into_iter().filter(|ext| *ext != Extend::Full).map(|ext| Inst::Extend {
            ext,
            dst,
            src,
        }));
    }
    for dst in gprs() {
        check(Inst::Zero { dst });
        check(Inst::Push { src: dst });
        check(Inst::Pop { dst });
        check(Inst::JumpIndirect { target: dst.into() });
    }
    for (dst, src) in pairs(xmms(), xmms()) {
        check(Inst::FMov { dst, src });
    }
    for (float, int) in pairs(xmms(), gprs()) {
        check(Inst::FFromBits { dst: float, src: int });
        check(Inst::FToBits { dst: int, src: float });
        check_legacy(Inst::FFromBits { dst: float, src: int });
        check_legacy(Inst::FToBits { dst: int, src: float });
    }
}

#[test]
fn every_addressing_mode() {
    let high = Reg::from(reg::R9);
    let low = Reg::from(reg::RSI);
    for mem in amodes() {
        for dst in [low, high] {
            check_all(EXTENDS.map(|ext| Inst::Load { ext, dst, mem }));
            check_all(SIZES.map(|size| Inst::Store { size, mem, src: dst.into() }));
            check_all(WIDE.map(|size| Inst::Lea { size, dst, mem }));
        }
        check_all(SIZES.map(|size| Inst::Store { size, mem, src: RegImm::Imm(-2) }));
        check(Inst::Alu { op: AluOp::Sub, size: Size::B64, dst: high, a: high, b: mem.into() });
        check(Inst::AluMem { op: AluOp::Add, size: Size::B64, mem, b: RegImm::Imm(1) });
        check(Inst::Cmp { op: CmpOp::Cmp, size: Size::B16, a: mem.into(), b: RegImm::Imm(-7) });
        check(Inst::Cmp { op: CmpOp::Test, size: Size::B8, a: mem.into(), b: RegImm::Imm(4) });
        check(Inst::ShiftX { op: ShiftOp::Shl, size: Size::B64, dst: low, a: mem.into(), amount: high });
        check(Inst::JumpIndirect { target: mem.into() });
        for float in [PReg::float(3), PReg::float(12)].map(Reg::from) {
            check(Inst::FLoad { dst: float, mem });
            check(Inst::FStore { mem, src: float });
            check_legacy(Inst::FLoad { dst: float, mem });
            check_legacy(Inst::FStore { mem, src: float });
            check(Inst::FAlu { op: FloatOp::Mul, dst: float, a: float, b: mem.into() });
            check_legacy(Inst::FAlu { op: FloatOp::Mul, dst: float, a: float, b: mem.into() });
            check(Inst::FloatToInt { size: Size::B64, round: false, dst: high, a: mem.into() });
        }
    }
}

#[test]
fn integer_arithmetic() {
    for (dst, b) in pairs(gprs(), gprs()) {
        for size in SIZES {
            check_all(ALU.map(|op| Inst::Alu { op, size, dst, a: dst, b: b.into() }));
        }
        for size in [Size::B16, Size::B32, Size::B64] {
            check(Inst::Imul { size, dst, a: dst, b: b.into() });
            for imm in [3, -3, 127, -128, 128, 1000, -1000] {
                check(Inst::ImulImm { size, dst, a: b.into(), imm });
            }
        }
        for size in WIDE {
            check_all([BitsOp::Popcnt, BitsOp::Lzcnt, BitsOp::Tzcnt].map(|op| Inst::Bits {
                op,
                size,
                dst,
                a: b.into(),
            }));
            check(Inst::Rorx { size, dst, a: b.into(), amount: 16 });
            check_all(Cc::ALL.map(|cc| Inst::Cmov { cc, size, dst, a: dst, b: b.into() }));
            for third in gprs() {
                check(Inst::Andn { size, dst, a: b, b: third.into() });
                check(Inst::Bzhi { size, dst, a: b.into(), index: third });
                check_all([ShiftOp::Shl, ShiftOp::Shr, ShiftOp::Sar].map(|op| Inst::ShiftX {
                    op,
                    size,
                    dst,
                    a: b.into(),
                    amount: third,
                }));
            }
        }
    }
    for dst in gprs() {
        for size in SIZES {
            // A mask of 64 bits and no sign is narrowed, see below.
            for imm in [1, -1, 0x7f, -0x80].into_iter().chain((size != Size::B8).then_some(0x1234)) {
                let ops = ALU.into_iter().filter(|op| *op != AluOp::And || size != Size::B64 || imm < 0);
                check_all(ops.map(|op| Inst::Alu { op, size, dst, a: dst, b: RegMemImm::Imm(imm) }));
            }
            check_all([UnaryOp::Neg, UnaryOp::Not].map(|op| Inst::Unary { op, size, dst, a: dst }));
            for op in [ShiftOp::Rol, ShiftOp::Ror, ShiftOp::Shl, ShiftOp::Shr, ShiftOp::Sar] {
                check_all([1, 2, 7].map(|amount| Inst::ShiftImm { op, size, dst, a: dst, amount }));
                check(Inst::ShiftCl { op, size, dst, a: dst, amount: reg::RCX.into() });
            }
        }
        check_all(WIDE.map(|size| Inst::Unary { op: UnaryOp::Bswap, size, dst, a: dst }));
    }
    let (rax, rdx) = (Reg::from(reg::RAX), Reg::from(reg::RDX));
    for b in gprs().filter(|b| *b != rdx).map(RegMem::Reg) {
        for signed in [false, true] {
            check(Inst::MulWide { signed, lo: rax, hi: rdx, a: rax, b });
            check_all(WIDE.map(|size| Inst::DivRem { signed, size, quot: rax, rem: rdx, a: rax, b }));
        }
    }
}

#[test]
fn comparisons() {
    for (a, b) in pairs(gprs(), gprs()) {
        for size in SIZES {
            check(Inst::Cmp { op: CmpOp::Cmp, size, a: a.into(), b: b.into() });
            check(Inst::Cmp { op: CmpOp::Test, size, a: a.into(), b: b.into() });
        }
        check_all(WIDE.map(|size| Inst::Cmp { op: CmpOp::Bt, size, a: a.into(), b: b.into() }));
    }
    for a in gprs() {
        for size in SIZES {
            for imm in [1, -7, 127, -128].into_iter().chain((size != Size::B8).then_some(0x1234)) {
                check(Inst::Cmp { op: CmpOp::Cmp, size, a: a.into(), b: RegImm::Imm(imm) });
            }
            check(Inst::Cmp { op: CmpOp::Test, size, a: a.into(), b: RegImm::Imm(-0x80) });
        }
        check(Inst::Cmp { op: CmpOp::Bt, size: Size::B64, a: a.into(), b: RegImm::Imm(47) });
        // Operands are never the scratch register.
        if a != reg::R11.into() {
            check(Inst::Cmp { op: CmpOp::Mul, size: Size::B64, a: a.into(), b: RegImm::Imm(1 << 16) });
        }
    }
}

#[test]
fn double_arithmetic_of_all_registers() {
    use FloatOp::*;
    for (dst, a) in pairs(xmms(), xmms()) {
        for op in [Add, Sub, Mul, Div, Min, Max, And, Andn, Or, Xor] {
            check_all(xmms().map(|b| Inst::FAlu { op, dst, a, b: b.into() }));
            check_legacy(Inst::FAlu { op, dst, a: dst, b: a.into() });
        }
        for b in xmms() {
            let ops =
                [FmaOp::Add231, FmaOp::Sub231, FmaOp::Nadd231, FmaOp::Add213, FmaOp::Sub213, FmaOp::Nadd213];
            check_all(ops.map(|op| Inst::Fma { op, dst, acc: dst, a, b: b.into() }));
            check_all(FloatCc::ALL.map(|cc| Inst::FcmpMask { cc, dst, a, b: b.into() }));
            check(Inst::FBlend { dst, mask: b, a, b: dst });
            check(Inst::FBlend { dst, mask: dst, a, b });
        }
        check(Inst::Fcmp { a: dst, b: a.into() });
        check(Inst::FSqrt { dst, a: a.into() });
        check_legacy(Inst::Fcmp { a: dst, b: a.into() });
        check_legacy(Inst::FSqrt { dst, a: a.into() });
        check_legacy(Inst::FMov { dst, src: a });
        for mode in [RoundMode::Nearest, RoundMode::Floor, RoundMode::Ceil, RoundMode::Trunc] {
            check(Inst::FRound { mode, dst, a: a.into() });
            check_legacy(Inst::FRound { mode, dst, a: a.into() });
        }
    }
    for (float, int) in pairs(xmms(), gprs()) {
        for size in WIDE {
            for round in [false, true] {
                check(Inst::FloatToInt { size, round, dst: int, a: float.into() });
                check_legacy(Inst::FloatToInt { size, round, dst: int, a: float.into() });
            }
            let inst = Inst::IntToFloat { size, dst: float, a: int.into() };
            assert_eq!(disassemble(&[inst]), format!("vxorps {float}, {float}, {float}; {inst}"));
            let legacy = listing(&code_bytes(Features::BASE, &[inst]));
            let plain = inst.to_string().replace(&format!("{float}, {float}"), &float.to_string());
            assert_eq!(legacy, format!("xorps {float}, {float}; {}", &plain[1..]));
        }
    }
}

#[test]
fn shorter_forms_that_mean_the_same() {
    let (rax, r9, r13, rsp) =
        (Reg::from(reg::RAX), Reg::from(reg::R9), Reg::from(reg::R13), Reg::from(reg::RSP));
    let show = |inst| disassemble(&[inst]);
    let alu = |op, size, imm| Inst::Alu { op, size, dst: rax, a: rax, b: RegMemImm::Imm(imm) };
    assert_eq!(show(alu(AluOp::And, Size::B64, 255)), "and eax, 0xff");
    assert_eq!(show(alu(AluOp::Add, Size::B16, 0xfff9)), "add ax, -7");
    assert_eq!(show(alu(AluOp::Or, Size::B8, 0x80)), "or al, -0x80");
    let cmp = |op, size, imm| Inst::Cmp { op, size, a: r9.into(), b: RegImm::Imm(imm) };
    assert_eq!(show(cmp(CmpOp::Cmp, Size::B64, 0)), "test r9, r9");
    assert_eq!(show(cmp(CmpOp::Test, Size::B64, 1)), "test r9b, 1");
    assert_eq!(show(cmp(CmpOp::Test, Size::B64, 0x80)), "test r9d, 0x80");
    let imm = |value| show(Inst::Imm { dst: r9, value });
    assert_eq!(imm(0), "mov r9d, 0");
    assert_eq!(imm(0x7fff_ffff), "mov r9d, 0x7fffffff");
    assert_eq!(code_bytes(Features::ALL, &[Inst::Imm { dst: r9, value: 0xffff_ffff }]).len(), 6);
    assert_eq!(imm(-1), "mov r9, -1");
    assert_eq!(imm(i64::MIN), "mov r9, -0x8000000000000000");
    assert_eq!(imm(0x1_0000_0000), "mov r9, 0x100000000");
    let add = |dst, a, b| show(Inst::Add { size: Size::B64, dst, a, b });
    assert_eq!(add(rax, rax, r9.into()), "add rax, r9");
    assert_eq!(add(rax, r9, rax.into()), "add rax, r9");
    assert_eq!(add(rax, r9, r13.into()), "lea rax, [r9+r13]");
    assert_eq!(add(rax, r13, r9.into()), "lea rax, [r9+r13]");
    assert_eq!(add(rax, r13, r13.into()), "lea rax, [r13+r13]");
    assert_eq!(add(rax, r9, rsp.into()), "lea rax, [rsp+r9]");
    assert_eq!(add(rax, rsp, r9.into()), "lea rax, [rsp+r9]");
    assert_eq!(add(rax, rax, RegImm::Imm(128)), "sub rax, -0x80");
    assert_eq!(add(rax, r9, RegImm::Imm(128)), "lea rax, [r9+0x80]");
    assert_eq!(add(rax, r9, RegImm::Imm(0)), "mov rax, r9");
}

#[test]
fn instructions_of_several_steps() {
    let (rax, rsi) = (Reg::from(reg::RAX), Reg::from(reg::RSI));
    let cmp = |dst, b| {
        let inst = Inst::CmpSet { op: CmpOp::Cmp, size: Size::B64, cc: Cc::L, dst, a: rax.into(), b };
        disassemble(&[inst])
    };
    assert_eq!(cmp(rsi, RegImm::Imm(5)), "xor esi, esi; cmp rax, 5; setl sil");
    assert_eq!(cmp(rax, RegImm::Imm(5)), "cmp rax, 5; setl al; movzx eax, al");
    assert_eq!(cmp(rsi, rsi.into()), "cmp rax, rsi; setl sil; movzx esi, sil");
    assert_eq!(disassemble(&[Inst::Setcc { cc: Cc::P, dst: rsi }]), "setp sil; movzx esi, sil");
    let copy = Inst::CopySlot { to: SpillSlot(1), from: SpillSlot(40) };
    assert_eq!(disassemble(&[copy]), "push qword ptr [rsp+0x150]; pop qword ptr [rsp+0x18]");
    let (x1, x9) = (Reg::from(PReg::float(1)), Reg::from(PReg::float(9)));
    let mem = RegMem::Mem(Amode::base(reg::RBP, 0));
    let round = Inst::FRound { mode: RoundMode::Floor, dst: x9, a: mem };
    assert_eq!(disassemble(&[round]), "vmovsd xmm9, qword ptr [rbp]; vroundsd xmm9, xmm9, xmm9, 9");
    let swap = Inst::FXchg { a: x1, b: x9 };
    assert_eq!(
        disassemble(&[swap]),
        "vxorps xmm1, xmm1, xmm9; vxorps xmm9, xmm9, xmm1; vxorps xmm1, xmm1, xmm9"
    );
    assert_eq!(disassemble(&[Inst::FXchg { a: x1, b: x1 }]), "");
    assert_eq!(disassemble(&[Inst::FConst { dst: x9, bits: 0 }]), "vxorps xmm9, xmm9, xmm9");
}

#[test]
fn pool_entries_are_shared_aligned_and_found() {
    let (x1, x2) = (Reg::from(PReg::float(1)), Reg::from(PReg::float(12)));
    let half = 0.5f64.to_bits();
    let mut asm = Assembler::new(Features::ALL, Frame::default(), 8);
    let calls = CallSites::new();
    let (word, number) = asm.buffer.data_word(0x1234);
    for inst in [
        Inst::FConst { dst: x1, bits: half },
        Inst::FConst { dst: x2, bits: half },
        Inst::FNeg { dst: x1, a: x2 },
        Inst::FAbs { dst: x1, a: x2 },
        Inst::Cmp { op: CmpOp::Cmp, size: Size::B64, a: Amode::Pool(word).into(), b: RegImm::Imm(0x1000) },
        Inst::Ret,
    ] {
        asm.emit(&inst, &calls);
    }
    let end = asm.buffer.len() as usize;
    let code = asm.finish(0);
    let insts = decode(&code.bytes[..end]);
    let targets: Vec<u64> = insts[..5].iter().map(|inst| inst.ip_rel_memory_address()).collect();
    let wide = |at: u64| u128::from_le_bytes(code.bytes[at as usize..at as usize + 16].try_into().unwrap());
    let double = |at: u64| u64::from_le_bytes(code.bytes[at as usize..at as usize + 8].try_into().unwrap());
    assert_eq!(targets[0], targets[1]);
    assert_eq!(double(targets[0]), half);
    assert_eq!(wide(targets[2]), 1 << 63);
    assert_eq!(wide(targets[3]), (1 << 63) - 1);
    assert!(targets[2].is_multiple_of(16) && targets[3].is_multiple_of(16));
    assert_eq!(targets[4], u64::from(code.words[number]));
    assert_eq!(double(targets[4]), 0x1234);
    assert!(code.words[number].is_multiple_of(8) && code.pool_offset.is_multiple_of(16));
}

#[test]
fn switches_jump_with_the_address_behind() {
    let mut calls = CallSites::new();
    let mut asm = Assembler::new(Features::ALL, Frame::default(), 8);
    let id = calls.add(CallTarget::Switch(0x1122_3344_5566), 7, &[], &[], PRegSet::EMPTY);
    asm.emit(&Inst::Call { id }, &calls);
    asm.emit(&Inst::Ret, &calls);
    let code = asm.finish(0);
    let insts = decode(&code.bytes[..code.exit_base as usize]);
    assert_eq!((insts[0].mnemonic(), insts[1].mnemonic()), (Mnemonic::Lea, Mnemonic::Jmp));
    assert_eq!(insts[0].ip_rel_memory_address(), insts[1].next_ip());
    assert_eq!(code.return_info(insts[1].next_ip() as u32), Some(7));
    let pool = insts[1].ip_rel_memory_address() as usize;
    assert_eq!(code.bytes[pool..pool + 8], 0x1122_3344_5566u64.to_le_bytes());
}

#[test]
fn calls_return_to_noted_places() {
    let mut calls = CallSites::new();
    let mut asm = Assembler::new(Features::ALL, Frame::default(), 8);
    let own = asm.buffer.new_label();
    let targets = [
        CallTarget::Address(0x1122_3344_5566),
        CallTarget::Reg(reg::R12.into()),
        CallTarget::Mem(Amode::base(reg::R12, 8)),
        CallTarget::Label(own),
    ];
    for (n, target) in targets.into_iter().enumerate() {
        let id = calls.add(target, n as u32 * 10, &[], &[], PRegSet::EMPTY);
        asm.emit(&Inst::Call { id }, &calls);
        // May grow behind the call; the return address is before it.
        asm.emit(&Inst::Align { log2: 4 }, &calls);
    }
    asm.buffer.bind(own);
    let export = asm.buffer.export(own);
    asm.emit(&Inst::Ret, &calls);
    let code = asm.finish(0);
    let insts = decode(&code.bytes[..code.exit_base as usize]);
    let returns: Vec<u32> = insts
        .iter()
        .filter(|inst| inst.mnemonic() == Mnemonic::Call)
        .map(|inst| inst.next_ip() as u32)
        .collect();
    assert_eq!(returns, code.returns.iter().map(|point| point.offset).collect::<Vec<_>>());
    assert_eq!(code.return_info(returns[2]), Some(20));
    assert_eq!(code.return_info(returns[2] + 1), None);
    let last = insts.iter().rfind(|inst| inst.mnemonic() == Mnemonic::Call).unwrap();
    assert_eq!(last.near_branch_target() as u32, code.exports[export]);
    let pool = insts[0].ip_rel_memory_address() as usize;
    assert_eq!(code.bytes[pool..pool + 8], 0x1122_3344_5566u64.to_le_bytes());
}

#[test]
fn exit_stubs_follow_all_code() {
    let mut asm = Assembler::new(Features::ALL, Frame::default(), 8);
    let calls = CallSites::new();
    let targets: Vec<_> = [7, 0x8000_0001].map(|id| asm.buffer.exit_label(ExitId(id))).into();
    for &target in &targets {
        let jump = Inst::CmpJump {
            op: CmpOp::Test,
            size: Size::B32,
            cc: Cc::E,
            a: reg::RAX.into(),
            b: reg::RAX.into(),
            target,
        };
        asm.emit(&jump, &calls);
    }
    asm.emit(&Inst::Ret, &calls);
    asm.buffer.begin_cold();
    asm.emit(&Inst::Trap, &calls);
    let code = asm.finish(0xabcd_0123_4567);
    assert_eq!(code.exits, [ExitId(7), ExitId(0x8000_0001)]);
    assert_eq!(code.bytes[code.cold_offset as usize..][..2], [0x0f, 0x0b]);
    let insts = decode(&code.bytes[..code.exit_base as usize]);
    let jumps: Vec<_> = insts.iter().filter(|inst| is_jump(inst)).collect();
    for (n, jump) in jumps.iter().enumerate() {
        assert_eq!(jump.near_branch_target() as u32, code.exit_offset(n));
        assert_eq!(jump.len(), 2, "near enough");
    }
    let stub = decode(&code.bytes[code.exit_offset(1) as usize..][..EXIT_STUB_BYTES as usize]);
    assert_eq!(text(&stub[0]), "push -0x7fffffff");
    let thunk = code.exit_offset(2);
    assert_eq!(stub[1].near_branch_target() as u32 + code.exit_offset(1), thunk);
    let jump = &decode(&code.bytes[thunk as usize..][..6])[0];
    let pool = jump.ip_rel_memory_address() as usize + thunk as usize;
    assert_eq!(code.bytes[pool..pool + 8], 0xabcd_0123_4567u64.to_le_bytes());
}

/// A small generator of numbers for the tests with random programs.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }
}

/// Jumps, labels, alignments, calls and invalidation points in any order: each jump leads to its label, each alignment
/// holds, each patchable place is one straight line. Labels are found again by a unique `mov` behind each.
#[test]
fn random_layouts_keep_their_promises() {
    for seed in 1..400 {
        let random = &mut Random(0x9e37_79b9_7f4a_7c15u64.wrapping_mul(seed));
        let mut calls = CallSites::new();
        let call = calls.add(CallTarget::Reg(reg::RAX.into()), 0, &[], &[], PRegSet::EMPTY);
        let mut asm = Assembler::new(Features::ALL, Frame::default(), 100);
        let labels: Vec<_> = (0..12).map(|_| asm.buffer.new_label()).collect();
        let exit = asm.buffer.exit_label(ExitId(1));
        let mut unbound = labels.clone();
        let mut jumps = Vec::new();
        let mut aligned = Vec::new();
        for n in 0..60 {
            match random.below(7) {
                0 | 1 => {
                    let target = labels[random.below(12) as usize];
                    jumps.push(target);
                    let cc = Cc::ALL[random.below(16) as usize];
                    let inst =
                        if random.below(2) == 0 { Inst::Jump { target } } else { Inst::Jcc { cc, target } };
                    asm.emit(&inst, &calls);
                }
                2 if !unbound.is_empty() => {
                    let label = unbound.swap_remove(random.below(unbound.len() as u64) as usize);
                    asm.buffer.bind(label);
                    let value = 0x1_0000_0000_0000 + label.index() as i64;
                    asm.emit(&Inst::Imm { dst: reg::RDX.into(), value }, &calls);
                }
                3 => {
                    let log2 = random.below(6) as u8;
                    asm.emit(&Inst::Align { log2 }, &calls);
                    asm.emit(&Inst::Imm { dst: reg::RCX.into(), value: 0x2_0000_0000_0000 + n }, &calls);
                    aligned.push((n, log2));
                }
                4 => asm.emit(&Inst::InvalidationPoint { target: exit }, &calls),
                5 => asm.emit(&Inst::Call { id: call }, &calls),
                _ => {
                    for _ in 0..random.below(14) {
                        let dst = reg::R8.into();
                        asm.emit(
                            &Inst::Lea { size: Size::B64, dst, mem: Amode::base(reg::R9, 1000) },
                            &calls,
                        );
                    }
                }
            }
        }
        for label in unbound {
            asm.buffer.bind(label);
            let value = 0x1_0000_0000_0000 + label.index() as i64;
            asm.emit(&Inst::Imm { dst: reg::RDX.into(), value }, &calls);
        }
        for &label in &labels {
            asm.buffer.export(label);
        }
        asm.emit(&Inst::Ret, &calls);
        let code = asm.finish(0);
        check_layout(&code, &jumps.iter().map(|label| label.index()).collect::<Vec<_>>(), &aligned);
    }
}

fn check_layout(code: &Code, jumps: &[usize], aligned: &[(i64, u8)]) {
    let insts = decode(&code.bytes[..code.exit_base as usize]);
    let place_of = |value: u64| {
        let found = insts.iter().find(|inst| {
            inst.op_count() == 2 && inst.op_kind(1) == OpKind::Immediate64 && inst.immediate(1) == value
        });
        found.expect("the mark is there").ip()
    };
    // Padding may stand between a label and its mark; it is jumped into, and does nothing.
    let skip_nops = |mut at: u64| {
        while let Some(inst) = insts.iter().find(|inst| inst.ip() == at && inst.mnemonic() == Mnemonic::Nop) {
            at = inst.next_ip();
        }
        at
    };
    let found: Vec<_> = insts.iter().filter(|inst| is_jump(inst)).collect();
    assert_eq!(found.len(), jumps.len());
    for (inst, &label) in found.iter().zip(jumps) {
        assert_eq!(inst.near_branch_target() as u32, code.exports[label]);
        assert_eq!(skip_nops(inst.near_branch_target()), place_of(0x1_0000_0000_0000 + label as u64));
    }
    for &(n, log2) in aligned {
        assert!(place_of(0x2_0000_0000_0000 + n as u64).is_multiple_of(1 << log2), "alignment {n}");
    }
    let calls =
        insts.iter().filter(|inst| inst.mnemonic() == Mnemonic::Call).map(|inst| inst.next_ip() as u32);
    assert_eq!(calls.collect::<Vec<_>>(), code.returns.iter().map(|point| point.offset).collect::<Vec<_>>());
    for (n, point) in code.invalidation_points.iter().enumerate() {
        assert_eq!(point.target, code.exit_offset(0));
        let inside = point.offset + 1..point.offset + PATCH_BYTES;
        assert!(insts.iter().any(|inst| inst.ip() as u32 == point.offset), "a point is at an instruction");
        assert!(code.exports.iter().all(|place| !inside.contains(place)), "a label inside a patch");
        assert!(code.returns.iter().all(|place| !inside.contains(&place.offset)), "a return inside a patch");
        assert!(code.exit_base >= point.offset + PATCH_BYTES);
        if let Some(next) = code.invalidation_points.get(n + 1) {
            assert!(next.offset == point.offset || next.offset >= point.offset + PATCH_BYTES);
        }
    }
}

#[test]
fn marks_are_looked_up_by_offset() {
    let mut asm = Assembler::new(Features::ALL, Frame::default(), 8);
    let calls = CallSites::new();
    for inst in [
        Inst::Mark { id: 5 },
        Inst::Mark { id: 6 },
        Inst::Ret,
        Inst::Mark { id: 6 },
        Inst::Ret,
        Inst::Mark { id: 9 },
        Inst::Ret,
    ] {
        asm.emit(&inst, &calls);
    }
    let code = asm.finish(0);
    assert_eq!(code.marks.len(), 2);
    assert_eq!([0, 1, 2, 3].map(|offset| code.mark_at(offset)), [Some(6), Some(6), Some(9), Some(9)]);
    assert_eq!(Code::default().mark_at(0), None);
}

fn int(n: usize) -> VReg {
    VReg::new(n, RegClass::Int)
}

fn float(n: usize) -> VReg {
    VReg::new(n, RegClass::Float)
}

fn operands_of(inst: Inst, features: Features, calls: &CallSites) -> String {
    let mut out = Vec::new();
    operands::collect(&inst, features, calls, &mut out);
    let show = |operand: &crate::regs::Operand| {
        let kind = match operand.kind {
            OperandKind::Use => "",
            OperandKind::Def => "=",
        };
        let usual = match operand.kind {
            OperandKind::Use => OperandPos::Early,
            OperandKind::Def => OperandPos::Late,
        };
        let pos = if operand.pos == usual { "" } else { "!" };
        let constraint = match operand.constraint {
            Constraint::Any => "any".into(),
            Constraint::Reg => "reg".into(),
            Constraint::Fixed(preg) => preg.to_string(),
            Constraint::Reuse(n) => format!("as{n}"),
        };
        format!("{kind}{}{pos}:{constraint}", operand.vreg)
    };
    out.iter().map(show).collect::<Vec<_>>().join(" ")
}

#[test]
fn operands_and_constraints() {
    let none = CallSites::new();
    let show = |inst| operands_of(inst, Features::ALL, &none);
    let (v0, v1, v2) = (Reg::from(int(0)), Reg::from(int(1)), Reg::from(int(2)));
    let alu = Inst::Alu { op: AluOp::Sub, size: Size::B64, dst: v2, a: v0, b: v1.into() };
    assert_eq!(show(alu), "v0:reg v1:any =v2:as0");
    let mem = Amode::indexed(v0, v1, Scale::X8, 0);
    assert_eq!(show(Inst::Load { ext: Extend::Full, dst: v2, mem }), "v0:reg v1:reg =v2:reg");
    let shift = Inst::ShiftCl { op: ShiftOp::Shl, size: Size::B64, dst: v2, a: v0, amount: v1 };
    assert_eq!(show(shift), "v0:reg v1:p1 =v2:as0");
    let v3 = Reg::from(int(3));
    let div = Inst::DivRem { signed: true, size: Size::B64, quot: v2, rem: v3, a: v0, b: v1.into() };
    assert_eq!(show(div), "v0:p0 v1:any =v2:p0 =v3!:p2");
    let context = Inst::Load { ext: Extend::Full, dst: v2, mem: Amode::base(reg::R15, 8) };
    assert_eq!(show(context), "=v2:reg");
    let bt = |b| Inst::Cmp { op: CmpOp::Bt, size: Size::B64, a: v0.into(), b };
    assert_eq!(show(bt(v1.into())), "v0:reg v1:reg");
    assert_eq!(show(bt(RegImm::Imm(3))), "v0:any");
    let float_alu = |op| Inst::FAlu { op, dst: float(2).into(), a: float(0).into(), b: float(1).into() };
    assert_eq!(show(float_alu(FloatOp::Mul)), "f0:reg f1:any =f2:reg");
    assert_eq!(show(float_alu(FloatOp::Xor)), "f0:reg f1:reg =f2:reg");
    assert_eq!(operands_of(float_alu(FloatOp::Mul), Features::BASE, &none), "f0:reg f1:any =f2:as0");
}

#[test]
fn answers_of_the_allocator_are_written_back_in_the_same_order() {
    let mut calls = CallSites::new();
    let args = [(int(1), reg::RDI), (int(2), reg::RSI)];
    let id = calls.add(
        CallTarget::Mem(Amode::base(int(0), 8)),
        3,
        &args,
        &[(int(3), reg::RAX)],
        super::CALLER_SAVED,
    );
    let mut inst = Inst::Call { id };
    assert_eq!(operands_of(inst, Features::ALL, &calls), "v0:reg v1:p7 v2:p6 =v3:p0");
    assert!(!operands::clobbers(&inst, &calls).contains(reg::RAX), "results are no clobbers");
    assert!(operands::clobbers(&inst, &calls).contains(PReg::float(15)));
    let mut locs = [reg::R12, reg::RDI, reg::RSI, reg::RAX].map(Loc::Reg).into_iter();
    operands::rewrite(&mut inst, Features::ALL, &mut calls, &mut locs);
    assert_eq!(calls.get(id).target, CallTarget::Mem(Amode::base(reg::R12, 8)));
    assert_eq!(operands_of(inst, Features::ALL, &calls), "");

    let mut alu =
        Inst::Alu { op: AluOp::Add, size: Size::B64, dst: int(2).into(), a: int(0).into(), b: int(1).into() };
    let mut locs = [Loc::Reg(reg::RBX), Loc::Spill(SpillSlot(2)), Loc::Reg(reg::RBX)].into_iter();
    operands::rewrite(&mut alu, Features::ALL, &mut calls, &mut locs);
    assert_eq!(alu.to_string(), "add rbx, qword ptr [spill2]");
    assert_eq!(disassemble(&[alu]), "add rbx, qword ptr [rsp+0x20]");
}

#[test]
fn moves_of_the_allocator() {
    let slots = [Loc::Spill(SpillSlot(0)), Loc::Spill(SpillSlot(1))];
    let (rax, x3) = (Loc::Reg(reg::RAX), Loc::Reg(PReg::float(3)));
    let show = |class, to, from| Inst::move_loc(class, to, from).to_string();
    assert_eq!(show(RegClass::Int, rax, slots[0]), "mov rax, qword ptr [spill0]");
    assert_eq!(show(RegClass::Int, slots[1], rax), "mov qword ptr [spill1], rax");
    assert_eq!(show(RegClass::Float, x3, slots[0]), "vmovsd xmm3, qword ptr [spill0]");
    assert_eq!(show(RegClass::Float, slots[0], x3), "vmovsd qword ptr [spill0], xmm3");
    assert_eq!(show(RegClass::Float, slots[0], slots[1]), "push [spill1]; pop [spill0]");
    assert_eq!(Inst::exchange(reg::RAX, reg::RCX).to_string(), "xchg rcx, rax");
}

#[test]
fn flags_of_a_result_are_not_made_again() {
    let bytes = |is_bound: bool, between: Option<Inst>, cc: Cc| {
        let mut asm = Assembler::new(Features::ALL, Frame::default(), 8);
        let (target, here) = (asm.buffer.new_label(), asm.buffer.new_label());
        let (dst, size, calls) = (reg::RDI.into(), Size::B64, CallSites::new());
        asm.emit(&Inst::ShiftImm { op: ShiftOp::Shr, size, dst, a: dst, amount: 32 }, &calls);
        between.iter().for_each(|inst| asm.emit(inst, &calls));
        if is_bound {
            asm.buffer.bind(here);
        }
        let a = reg::RDI.into();
        asm.emit(&Inst::CmpJump { op: CmpOp::Cmp, size, cc, a, b: 0.into(), target }, &calls);
        asm.buffer.bind(target);
        asm.buffer.len()
    };
    let short = bytes(false, None, Cc::Ne);
    assert_eq!(bytes(true, None, Cc::Ne), short + 3, "the label may be reached with other flags");
    assert_eq!(bytes(false, None, Cc::Le), short + 3, "the overflow flag is another");
    let mov = Inst::Mov { size: Size::B64, dst: reg::RAX.into(), src: reg::RDI.into() };
    assert_eq!(bytes(false, Some(mov), Cc::Ne), short + 6, "only what comes directly before is looked at");
}

#[test]
fn conditions_have_opposites() {
    for cc in Cc::ALL {
        assert_eq!(cc.negate().negate(), cc);
        assert_eq!(cc.swap_operands().swap_operands(), cc);
    }
    assert_eq!(Cc::L.negate(), Cc::Ge);
    let numbers = [0.0, -1.5, f64::NAN, f64::INFINITY];
    for cc in FloatCc::ALL {
        for (a, b) in pairs(numbers.into_iter(), numbers.into_iter()) {
            assert_ne!(cc.holds(a, b), cc.negate().holds(a, b));
            assert_eq!(cc.holds(a, b), cc.swap_operands().holds(b, a));
        }
    }
}

#[test]
#[should_panic(expected = "a virtual register reached the emitter")]
fn virtual_registers_are_not_emitted() {
    disassemble(&[Inst::Push { src: int(0).into() }]);
}

#[test]
#[should_panic(expected = "used and never bound")]
fn unbound_labels_are_found() {
    let mut asm = Assembler::new(Features::ALL, Frame::default(), 8);
    let target = asm.buffer.new_label();
    asm.emit(&Inst::Jump { target }, &CallSites::new());
    asm.finish(0);
}
