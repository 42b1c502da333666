//! The text form of a module, for people and for tests.
//!
//! One instruction a line: pc (with `:` if some jump goes there), source line, op, operands, and after `;` how operands
//! were written. Operands print by their kind: `r3` a register, `u0` an upvalue, `#5` an immediate, `-> 7` a jump's
//! target, a bare number a count or flag, constants by their value, globals by their name. The form is stable, so that
//! snapshots of it change only when the code does; it is not read back.
//!
//! Printing accepts unverified modules: what is out of range shows as `?`.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::module::{Const, Module, Proto, TableTemplate, UpvalueSource};
use crate::ops::{Inst, Op, Operand, OperandKind};

/// The text form of a whole module.
pub fn print(module: &Module) -> String {
    let mut out = format!("module {:?}\n", module.name);
    for index in 0..module.protos.len() {
        out.push('\n');
        print_proto(&mut out, module, index);
    }
    out
}

/// Appends the text form of function number `index` of the module.
///
/// # Panics
/// If the module has no such function.
pub fn print_proto(out: &mut String, module: &Module, index: usize) {
    let proto = &module.protos[index];
    // Writing to a string cannot fail, here and below.
    let _ = write!(out, "function {index}");
    if let Some(name) = &proto.name {
        let _ = write!(out, " {name}");
    }
    let _ = write!(out, ", line {}, {} parameter{}", proto.line, proto.params, plural(proto.params));
    if proto.is_variadic {
        out.push_str(" ...");
    }
    let _ = write!(out, ", {} register{}", proto.frame_size, plural(proto.frame_size));
    if let Some(reg) = proto.defer_reg {
        let _ = write!(out, ", defers in r{reg}");
    }
    out.push('\n');
    for (i, source) in proto.upvalues.iter().enumerate() {
        let _ = match source {
            UpvalueSource::Register(r) => writeln!(out, "  u{i} = r{r} of the enclosing function"),
            UpvalueSource::Upvalue(u) => writeln!(out, "  u{i} = u{u} of the enclosing function"),
        };
    }
    let targets: BTreeSet<i64> =
        proto.code.iter().enumerate().filter_map(|(pc, &inst)| jump_target(pc as u32, inst)).collect();
    let mut names = proto.names.iter().peekable();
    for (pc, &inst) in proto.code.iter().enumerate() {
        let colon = if targets.contains(&(pc as i64)) { ':' } else { ' ' };
        let _ = write!(out, "  {pc:>4}{colon} [{}] ", proto.line_at(pc as u32));
        print_inst(out, module, proto, pc as u32, inst);
        let mut separator = "  ;";
        while let Some(name) = names.next_if(|n| n.pc as usize <= pc) {
            let _ = write!(out, "{separator} {}={} '{}'", name.operand, name.kind.word(), name.name);
            separator = ",";
        }
        out.push('\n');
    }
}

/// Where the instruction at `pc` may jump to, if it is a jump: a pc, out of range in unverified code.
pub fn jump_target(pc: u32, inst: Inst) -> Option<i64> {
    let op = Op::from_code(inst.code())?;
    let is_jump = |o: &&Operand| matches!(o.kind, OperandKind::Jump16 | OperandKind::Jump32);
    op.operands().iter().find(is_jump).map(|&o| pc as i64 + 1 + inst.field(o))
}

/// Appends one instruction, without pc and line.
pub fn print_inst(out: &mut String, module: &Module, proto: &Proto, pc: u32, inst: Inst) {
    let Some(op) = Op::from_code(inst.code()) else {
        let _ = write!(out, "? {:#018x}", inst.0);
        return;
    };
    out.push_str(op.name());
    for (i, &operand) in op.operands().iter().enumerate() {
        out.push_str(if i == 0 { " " } else { ", " });
        print_operand(out, module, proto, pc, inst, operand);
    }
}

fn print_operand(out: &mut String, module: &Module, proto: &Proto, pc: u32, inst: Inst, operand: Operand) {
    use OperandKind as K;
    let value = inst.field(operand);
    let index = usize::try_from(value).unwrap_or(usize::MAX);
    let _ = match operand.kind {
        K::Dst
        | K::Src
        | K::SrcDst
        | K::SrcCell
        | K::DstRange
        | K::DstRange2
        | K::DstMulti
        | K::SrcRange
        | K::Window
        | K::DstWindow
        | K::RangeState
        | K::SelectRange => write!(out, "r{value}"),
        K::Count => write!(out, "{value}"),
        K::Imm16 | K::Imm32 | K::ImmStep => write!(out, "#{value}"),
        K::Const | K::Const32 | K::ConstNum | K::ConstStr | K::Global => match proto.constants.get(index) {
            Some(c) => {
                print_const(out, module, c);
                Ok(())
            }
            None => write!(out, "?"),
        },
        K::Upval => write!(out, "u{value}"),
        K::Proto => {
            let _ = write!(out, "function {value}");
            match module.protos.get(index).and_then(|p| p.name.as_ref()) {
                Some(name) => write!(out, " {name}"),
                None => Ok(()),
            }
        }
        K::Template => match proto.templates.get(index) {
            Some(template) => {
                print_template(out, template);
                Ok(())
            }
            None => write!(out, "?"),
        },
        K::Jump16 | K::Jump32 => write!(out, "-> {}", pc as i64 + 1 + value),
    };
}

fn print_const(out: &mut String, module: &Module, constant: &Const) {
    let _ = match constant {
        Const::Nil => write!(out, "nil"),
        Const::Bool(b) => write!(out, "{b}"),
        Const::Int(i) => write!(out, "{i}"),
        Const::Float(f) => write!(out, "{f:?}"),
        Const::Str(s) => {
            print_string(out, s);
            Ok(())
        }
        Const::Global(g) => match module.globals.get(*g as usize) {
            Some(name) => write!(out, "{}", name.escape_ascii()),
            None => write!(out, "?"),
        },
    };
}

fn print_template(out: &mut String, template: &TableTemplate) {
    out.push('{');
    for (i, key) in template.keys.iter().enumerate() {
        out.push_str(if i == 0 { "" } else { ", " });
        let _ = write!(out, "{}", key.escape_ascii());
    }
    if template.array_len > 0 {
        out.push_str(if template.keys.is_empty() { "" } else { ", " });
        let _ = write!(out, "[{}]", template.array_len);
    }
    out.push('}');
}

/// A string in quotes, long ones cut: the text form is for reading.
fn print_string(out: &mut String, bytes: &[u8]) {
    const SHOWN_MAX: usize = 60;
    let shown = &bytes[..bytes.len().min(SHOWN_MAX)];
    let _ = write!(out, "\"{}\"", shown.escape_ascii());
    if shown.len() < bytes.len() {
        let _ = write!(out, "… ({} bytes)", bytes.len());
    }
}

fn plural(n: u16) -> &'static str {
    if n == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::module::{NameKind, OperandName};

    #[test]
    fn prints_every_kind_of_operand() {
        let proto = Proto {
            name: Some("M:f".to_string()),
            code: vec![
                Inst::abx(Op::LoadInt, 1, -7),
                Inst::abx(Op::LoadConst, 1, 0),
                Inst::abx(Op::GetGlobal, 2, 1),
                Inst::abc(Op::GetField, 2, 2, 0),
                Inst::abx(Op::NewTable, 3, 0),
                Inst::abc(Op::GetUpval, 3, 0, 0),
                Inst::abx(Op::Closure, 3, 0),
                Inst::abc(Op::ForLt, 1, 2, -2i16 as u16).with_x(-1i8 as u8),
                Inst(0xFF),
                Inst::abx(Op::LoadConst, 1, 99),
                Inst::abc(Op::Return0, 0, 0, 0),
            ],
            constants: vec![Const::Str(b"a\n".as_slice().into()), Const::Global(0)],
            templates: vec![TableTemplate { keys: vec![b"x".as_slice().into()], array_len: 2 }],
            upvalues: vec![UpvalueSource::Register(1)],
            params: 1,
            frame_size: 4,
            line: 3,
            lines: vec![(0, 4), (2, 5)],
            names: vec![OperandName { pc: 3, operand: 1, kind: NameKind::Global, name: "g".into() }],
            ..Proto::default()
        };
        let module = Module { name: "t".into(), protos: vec![proto], globals: vec![b"g".as_slice().into()] };
        let want = r#"module "t"

function 0 M:f, line 3, 1 parameter, 4 registers
  u0 = r1 of the enclosing function
     0  [4] LoadInt r1, #-7
     1  [4] LoadConst r1, "a\n"
     2  [5] GetGlobal r2, g
     3  [5] GetField r2, r2, "a\n"  ; 1=global 'g'
     4  [5] NewTable r3, {x, [2]}
     5  [5] GetUpval r3, u0
     6: [5] Closure r3, function 0 M:f
     7  [5] ForLt r1, #-1, r2, -> 6
     8  [5] ? 0x00000000000000ff
     9  [5] LoadConst r1, ?
    10  [5] Return0
"#;
        assert_eq!(print(&module), want);
    }
}
