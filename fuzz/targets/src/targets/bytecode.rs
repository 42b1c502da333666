//! Random modules before the verifier. What it accepts by luck is not run.

use crate::bytes::Bytes;
use bytecode::module::{Const, LocalVar, Module, NameKind, OperandName, Proto, TableTemplate, UpvalueSource};
use bytecode::ops::{Inst, Op};

/// The verifier and the analysis of registers refuse or accept any module without a panic, and so does the text form.
pub fn verifier(data: &[u8]) {
    let module = module(&mut Bytes::new(data));
    let verified = bytecode::verify::verify(&module);
    let flow = bytecode::flow::verify_flow(&module);
    assert!(verified.is_ok() || flow.is_err(), "the analysis accepts what the verifier refuses");
    let _ = bytecode::text::print(&module);
    for proto in &module.protos {
        let _ = (proto.line_at(u32::MAX), proto.line_at(0), proto.operand_name(0, 0));
    }
    if let Err(error) = verified {
        assert!(!error.to_string().is_empty());
    }
}

fn module(bytes: &mut Bytes) -> Module {
    let globals = (0..bytes.below(3)).map(|i| format!("g{i}").into_bytes().into_boxed_slice()).collect();
    let protos = (0..bytes.below(4)).map(|_| proto(bytes)).collect();
    Module { name: "fuzz".to_string(), protos, globals }
}

fn proto(bytes: &mut Bytes) -> Proto {
    let params = bytes.below(4) as u16;
    let frame_size = params + bytes.below(20) as u16;
    let has_defers = bytes.below(4) == 0;
    let constants = (0..bytes.below(6)).map(|_| constant(bytes)).collect();
    let templates = (0..bytes.below(2))
        .map(|_| TableTemplate {
            keys: vec![b"a"[..].into(); bytes.below(3)],
            array_len: bytes.below(9) as u32,
        })
        .collect();
    let upvalues = (0..bytes.below(3))
        .map(|_| match bytes.below(2) {
            0 => UpvalueSource::Register(bytes.below(22) as u16),
            _ => UpvalueSource::Upvalue(bytes.below(3) as u16),
        })
        .collect();
    let names = (0..bytes.below(2))
        .map(|_| OperandName {
            pc: bytes.below(20) as u32,
            operand: bytes.below(3) as u16,
            kind: NameKind::Local,
            name: "x".into(),
        })
        .collect();
    let locals = (0..bytes.below(2))
        .map(|_| LocalVar {
            name: "x".into(),
            reg: bytes.below(22) as u16,
            start: bytes.below(20) as u32,
            end: bytes.below(20) as u32,
        })
        .collect();
    let mut code: Vec<Inst> = (0..bytes.below(40)).map(|_| instruction(bytes)).collect();
    if bytes.below(8) != 0 {
        code.push(Inst::abc(Op::Return0, 0, 0, 0));
    }
    Proto {
        name: None,
        code,
        constants,
        templates,
        upvalues,
        params,
        is_variadic: bytes.below(2) == 0,
        frame_size,
        defer_reg: has_defers.then(|| bytes.below(22) as u16),
        line: 1,
        lines: (0..bytes.below(2)).map(|_| (bytes.below(20) as u32, 1)).collect(),
        names,
        concat_lines: Vec::new(),
        locals,
    }
}

fn constant(bytes: &mut Bytes) -> Const {
    match bytes.below(6) {
        0 => Const::Nil,
        1 => Const::Bool(true),
        2 => Const::Int(bytes.word() as i64),
        3 => Const::Float(f64::from_bits(bytes.word())),
        4 => Const::Str(bytes.run().into()),
        _ => Const::Global(bytes.below(4) as u32),
    }
}

/// Mostly an op with small operands, in the fields that it has; sometimes any word.
fn instruction(bytes: &mut Bytes) -> Inst {
    let op = Op::ALL[bytes.below(Op::ALL.len())];
    match bytes.below(12) {
        0 => Inst(bytes.word()),
        1 => Inst::abc(op, bytes.short(), bytes.short(), bytes.short()),
        choice => {
            let mut word = Inst::abc(op, 0, 0, 0);
            for operand in op.operands() {
                let value = bytes.below(if choice < 9 { 8 } else { 40 }) as i32 - i32::from(choice % 3 == 0);
                word = match operand.field {
                    bytecode::ops::Field::X => word.with_x(value as u8),
                    bytecode::ops::Field::A => Inst(word.0 | u64::from(value as u16) << 16),
                    bytecode::ops::Field::B => Inst(word.0 | u64::from(value as u16) << 32),
                    bytecode::ops::Field::C => word.with_c(value as i16),
                    bytecode::ops::Field::Bc => word.with_bc(value),
                };
            }
            word
        }
    }
}
