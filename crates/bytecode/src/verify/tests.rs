//! Each rule of the verifier, broken once.

use super::*;
use crate::module::{ConcatLine, LocalVar, NameKind, OperandName, TableTemplate};

fn abc(op: Op, a: u16, b: u16, c: u16) -> Inst {
    Inst::abc(op, a, b, c)
}

fn abx(op: Op, a: u16, bc: i32) -> Inst {
    Inst::abx(op, a, bc)
}

fn ret() -> Inst {
    abc(Op::Return0, 0, 0, 0)
}

/// A variadic function of ten registers, with some of everything that operands refer to.
fn proto(code: Vec<Inst>) -> Proto {
    Proto {
        code,
        constants: vec![
            Const::Int(1),
            Const::Float(0.5),
            Const::Str(b"s".as_slice().into()),
            Const::Bool(true),
            Const::Global(0),
            Const::Nil,
        ],
        templates: vec![TableTemplate::default()],
        is_variadic: true,
        frame_size: 10,
        ..Proto::default()
    }
}

fn check_proto(proto: Proto) -> Result<(), String> {
    let child = Proto { upvalues: vec![UpvalueSource::Register(9)], ..self::proto(vec![ret()]) };
    let module =
        Module { name: "t".into(), protos: vec![proto, child], globals: vec![b"g".as_slice().into()] };
    verify(&module).map_err(|e| e.to_string())
}

#[track_caller]
fn accepts(code: Vec<Inst>) {
    assert_eq!(check_proto(proto(code)), Ok(()));
}

#[track_caller]
fn rejects(code: Vec<Inst>, want: &str) {
    let error = check_proto(proto(code)).expect_err("accepted");
    assert!(error.contains(want), "{error}");
}

#[test]
fn accepts_plain_code() {
    accepts(vec![
        abx(Op::LoadInt, 0, 5),
        abx(Op::LoadConst, 1, 5),
        abx(Op::GetGlobal, 2, 4),
        abc(Op::Call, 2, 5, 8),
        abc(Op::JumpLt, 0, 1, -1i16 as u16),
        abx(Op::Closure, 3, 1),
        abc(Op::ForLt, 0, 1, 0).with_x(1),
        ret(),
    ]);
}

#[test]
fn unknown_op() {
    rejects(vec![Inst(0xFF), ret()], "unknown op");
}

#[test]
fn empty_code_and_missing_end() {
    rejects(vec![], "no code");
    rejects(vec![abx(Op::LoadInt, 0, 5)], "runs off the end");
    rejects(vec![abx(Op::JumpIf, 0, -1)], "runs off the end");
    accepts(vec![abx(Op::Jump, 0, -1)]);
}

#[test]
fn registers_in_frame() {
    rejects(vec![abx(Op::LoadInt, 10, 5), ret()], "of a frame of 10");
    rejects(vec![abc(Op::Move, 0, 10, 0), ret()], "of a frame of 10");
    rejects(vec![abc(Op::LoadNil, 8, 3, 0), ret()], "of a frame of 10");
    accepts(vec![abc(Op::LoadNil, 8, 2, 0), ret()]);
    rejects(vec![abc(Op::Call, 8, 0, 0), ret()], "of a frame of 10");
    rejects(vec![abc(Op::Call, 3, 5, 0), ret()], "of a frame of 10");
    rejects(vec![abc(Op::Call, 3, 0, 8), ret()], "outside the frame");
    accepts(vec![abc(Op::Call, 3, 4, 7), ret()]);
    rejects(vec![abc(Op::GetMethod, 7, 0, 2), ret()], "of a frame of 10");
    rejects(vec![abc(Op::RecvOk, 9, 0, 0), ret()], "of a frame of 10");
    rejects(vec![abc(Op::Select, 8, 0, 0), ret()], "of a frame of 10");
    rejects(vec![abc(Op::Select, 1, 5, 0), ret()], "of a frame of 10");
    accepts(vec![abc(Op::Select, 0, 5, 1), ret()]);
    rejects(vec![abx(Op::SetList, 5, 1).with_x(5), ret()], "outside the frame");
    rejects(vec![abc(Op::Concat, 0, 8, 3), ret()], "of a frame of 10");
    rejects(vec![abc(Op::Return, 8, 3, 0)], "of a frame of 10");
}

#[test]
fn counts_and_flags() {
    rejects(vec![abc(Op::LoadBool, 0, 2, 0), ret()], "flag");
    rejects(vec![abc(Op::MakeChan, 0, 0, 0).with_x(2), ret()], "flag");
    rejects(vec![abc(Op::Select, 0, 1, 2), ret()], "flag");
    rejects(vec![abc(Op::Concat, 0, 0, 1), ret()], "two operands");
    rejects(vec![abx(Op::SetList, 0, 0).with_x(1), ret()], "not positive");
    rejects(vec![abc(Op::ForLt, 0, 1, -1i16 as u16), ret()], "step");
}

#[test]
fn unused_fields_are_zero() {
    rejects(vec![abc(Op::Move, 0, 1, 1), ret()], "not zero");
    rejects(vec![abc(Op::Move, 0, 1, 0).with_x(1), ret()], "not zero");
}

#[test]
fn constants_of_the_right_kind() {
    rejects(vec![abx(Op::LoadConst, 0, 6), ret()], "constant");
    rejects(vec![abx(Op::LoadConst, 0, -1), ret()], "constant");
    rejects(vec![abx(Op::LoadConst, 0, 4), ret()], "constant");
    rejects(vec![abx(Op::GetGlobal, 0, 0), ret()], "global constant");
    rejects(vec![abc(Op::GetField, 0, 0, 0), ret()], "string constant");
    rejects(vec![abc(Op::AddConst, 0, 0, 2), ret()], "number constant");
    rejects(vec![abc(Op::JumpEqConst, 0, 5, 0), ret()], "number, string or boolean");
    accepts(vec![abc(Op::JumpEqConst, 0, 3, 0), ret()]);
    rejects(vec![abx(Op::NewTable, 0, 1), ret()], "template");
    rejects(vec![abc(Op::GetUpval, 0, 0, 0), ret()], "upvalue");
    rejects(vec![abx(Op::Closure, 0, 2), ret()], "later function");
    rejects(vec![abx(Op::Closure, 0, 0), ret()], "later function");
    let mut p = proto(vec![ret()]);
    p.constants.push(Const::Global(1));
    assert!(check_proto(p).unwrap_err().contains("global"));
}

#[test]
fn captured_places_exist() {
    let mut p = proto(vec![abx(Op::Closure, 0, 1), ret()]);
    p.frame_size = 9;
    assert!(check_proto(p).unwrap_err().contains("captures"));
}

#[test]
fn main_chunk_has_no_upvalues() {
    let mut p = proto(vec![ret()]);
    p.upvalues.push(UpvalueSource::Register(0));
    assert!(check_proto(p).unwrap_err().contains("main chunk"));
    let empty = Module { name: "t".into(), protos: vec![], globals: vec![] };
    assert!(verify(&empty).is_err());
}

#[test]
fn jumps_stay_inside() {
    rejects(vec![abx(Op::Jump, 0, 1), ret()], "outside the code");
    rejects(vec![abx(Op::Jump, 0, -2), ret()], "outside the code");
    rejects(vec![abx(Op::Jump, 0, i32::MAX), ret()], "outside the code");
    rejects(vec![abc(Op::JumpEq, 0, 0, i16::MIN as u16), ret()], "outside the code");
}

#[test]
fn multi_is_taken_directly() {
    accepts(vec![abc(Op::CallRetMulti, 3, 0, 0), abc(Op::ReturnMulti, 2, 1, 0)]);
    accepts(vec![abc(Op::VarargMulti, 3, 0, 0), abc(Op::CallMulti, 0, 0, 0), ret()]);
    rejects(vec![abc(Op::CallMulti, 0, 0, 0), ret()], "no list");
    rejects(vec![abc(Op::VarargMulti, 3, 0, 0), ret()], "not taken");
    rejects(vec![abc(Op::VarargMulti, 4, 0, 0), abc(Op::CallMulti, 0, 0, 0), ret()], "no list");
    let interrupted =
        vec![abc(Op::VarargMulti, 3, 0, 0), abc(Op::Move, 0, 1, 0), abc(Op::CallMulti, 0, 0, 0), ret()];
    rejects(interrupted, "not taken");
    let jumped =
        vec![abx(Op::JumpIf, 0, 1), abc(Op::VarargMulti, 3, 0, 0), abc(Op::CallMulti, 0, 0, 0), ret()];
    rejects(jumped, "no list");
    rejects(vec![abc(Op::VarargMulti, 3, 0, 0), abx(Op::SetListMulti, 1, 1), ret()], "no list that starts");
    accepts(vec![abc(Op::VarargMulti, 3, 0, 0), abx(Op::SetListMulti, 1, 1).with_x(1), ret()]);
}

#[test]
fn range_loops_have_their_shape() {
    let body =
        |next: Inst, test: Inst| vec![abx(Op::RangePrep, 0, 1), abc(Op::Move, 5, 3, 0), next, test, ret()];
    let next = abx(Op::RangeNext, 0, -2).with_x(1);
    let test = abx(Op::RangeTest, 0, -3);
    accepts(body(next, test));
    rejects(body(abx(Op::RangeNext, 1, -2).with_x(1), test), "does not go to a RangeNext");
    rejects(body(next, abx(Op::RangeTest, 1, -3)), "RangeTest of its state");
    rejects(body(next.with_x(0), test), "no variable");
    rejects(body(next.with_x(8), test), "of a frame of 10");
    rejects(body(next, abx(Op::RangeTest, 0, -1)), "reached only from");
    rejects(vec![abx(Op::RangePrep, 3, 0), ret()], "of a frame of 10");
    rejects(vec![test.with_bc(0), ret()], "reached only from");
}

#[test]
fn varargs_only_in_variadic_functions() {
    let mut p = proto(vec![abc(Op::VarargLen, 0, 0, 0), ret()]);
    assert_eq!(check_proto(p.clone()), Ok(()));
    p.is_variadic = false;
    assert!(check_proto(p).unwrap_err().contains("not variadic"));
}

#[test]
fn defers_are_run_before_every_return() {
    let with_defers = |code| Proto { defer_reg: Some(2), ..proto(code) };
    let start = abc(Op::LoadNil, 2, 1, 0);
    let run = abc(Op::RunDefers, 0, 0, 2);
    assert_eq!(check_proto(with_defers(vec![start, abc(Op::Defer, 3, 0, 2), run, ret()])), Ok(()));
    let faults = [
        (vec![run, ret()], "does not make the defer register nil"),
        (vec![start, ret()], "no RunDefers"),
        (vec![start, abc(Op::RunDefers, 4, 1, 2), abc(Op::Return1, 5, 0, 0)], "no RunDefers"),
        (vec![start, abc(Op::RunDefers, 4, 1, 3), abc(Op::Return1, 4, 0, 0)], "not the defer register"),
        (vec![start, abx(Op::JumpIf, 0, 1), run, ret()], "no RunDefers"),
    ];
    for (code, want) in faults {
        let error = check_proto(with_defers(code)).unwrap_err();
        assert!(error.contains(want), "{error}");
    }
    rejects(vec![run, ret()], "not the defer register");
    let multi = vec![
        start,
        abc(Op::VarargMulti, 4, 0, 0),
        abc(Op::RunDefersMulti, 4, 0, 2),
        abc(Op::ReturnMulti, 4, 0, 0),
    ];
    assert_eq!(check_proto(with_defers(multi)), Ok(()));
}

#[test]
fn frame_holds_the_parameters() {
    let mut p = proto(vec![ret()]);
    p.params = 10;
    assert!(check_proto(p.clone()).unwrap_err().contains("frame is too small"));
    p.params = 251;
    p.frame_size = 300;
    assert!(check_proto(p).unwrap_err().contains("too many parameters"));
}

#[test]
fn debug_tables_are_sorted() {
    let name = |pc, operand| OperandName { pc, operand, kind: NameKind::Local, name: "x".into() };
    let line = |pc, operand| ConcatLine { pc, operand, line: 7 };
    let good = Proto {
        lines: vec![(0, 3), (1, 2)],
        names: vec![name(0, 1), name(0, 2), name(1, 0)],
        concat_lines: vec![line(0, 1), line(0, 2)],
        locals: vec![LocalVar { name: "x".into(), reg: 1, start: 0, end: 2 }],
        ..proto(vec![abc(Op::Move, 0, 1, 0), ret()])
    };
    assert_eq!(check_proto(good.clone()), Ok(()));
    let bad = [
        Proto { lines: vec![(1, 3), (1, 2)], ..good.clone() },
        Proto { lines: vec![(2, 3)], ..good.clone() },
        Proto { names: vec![name(1, 0), name(0, 0)], ..good.clone() },
        Proto { concat_lines: vec![line(0, 2), line(0, 2)], ..good.clone() },
        Proto { concat_lines: vec![line(2, 0)], ..good.clone() },
        Proto { locals: vec![LocalVar { name: "x".into(), reg: 10, start: 0, end: 2 }], ..good },
    ];
    for p in bad {
        assert!(check_proto(p).unwrap_err().contains("debug table"));
    }
}

/// Random words in random places: the verifier may say anything but must not panic.
#[test]
fn never_panics() {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..20_000 {
        let len = next() % 6;
        // Half of the rounds with small fields, to get past the first checks.
        let mask = if round % 2 == 0 { u64::MAX } else { 0x0003_0003_0007_0100 | 0xFF };
        let mut code: Vec<Inst> = (0..len).map(|_| Inst(next() & mask)).collect();
        code.push(ret());
        let mut p = proto(code);
        p.defer_reg = (next() % 3 == 0).then_some((next() % 12) as u16);
        p.frame_size = (next() % 12) as u16;
        let _ = check_proto(p);
    }
}
