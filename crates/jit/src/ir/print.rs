//! The text form of functions; `parse.rs` has its grammar and reads it back.

use super::func::{BlockId, Func, InstId};
use super::helpers::Helper;
use super::imm::{Cc, Elem, Fcc, Held, ImmKind, Reason, Results, Tag};
use super::ops::Op;
use super::snapshot::{Part, Place, SnapId, Source, Virtual};
use super::types::{Gives, Type};
use runtime::value::Value;
use std::fmt::Write as _;

/// The function as text.
// Writing to a string cannot fail, here and below.
pub fn print(func: &Func) -> String {
    let mut out = String::new();
    let takes = if func.takes_immediates { " takes immediates" } else { "" };
    let _ = writeln!(out, "func {} returns {}{takes}", quoted(&func.name), func.returns.name());
    print_tables(func, &mut out);
    for &b in func.blocks() {
        print_block(func, b, &mut out);
    }
    out
}

/// One instruction as text, without line end.
pub fn print_inst(func: &Func, inst: InstId) -> String {
    let mut out = String::new();
    print_inst_to(func, inst, &mut out);
    out
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn print_tables(func: &Func, out: &mut String) {
    for (i, t) in func.snaps.templates().iter().enumerate() {
        let _ = writeln!(
            out,
            "template t{i} shape #{} slots {} array {} {}",
            t.shape,
            t.inline_capacity,
            t.array_capacity,
            t.elem.name()
        );
    }
    for (i, f) in func.snaps.frames().iter().enumerate() {
        let _ = write!(out, "frame f{i} proto {} base {} {}", f.proto, f.base, f.via.name());
        if let Some(parent) = f.parent {
            let _ = write!(out, " in {parent}");
        }
        out.push('\n');
    }
    for (i, object) in func.snaps.virtuals().iter().enumerate() {
        print_virtual(i, object, out);
    }
    for (i, s) in func.snaps.all().iter().enumerate() {
        let _ = write!(out, "snap s{i} {} pc {}", s.frame, s.pc);
        if let Some(parent) = s.parent {
            let _ = write!(out, " in {parent}");
        }
        out.push_str(" {");
        for (n, entry) in func.snaps.entries(SnapId(i as u32)).iter().enumerate() {
            out.push_str(if n == 0 { " " } else { ", " });
            let _ = match entry.place {
                Place::Callee => write!(out, "callee = "),
                Place::Reg(r) => write!(out, "r{r} = "),
                Place::Extra(x) => write!(out, "x{x} = "),
                Place::Multi => write!(out, "multi = "),
            };
            print_source(entry.source, out);
        }
        out.push_str(" }\n");
    }
}

fn print_virtual(i: usize, object: &Virtual, out: &mut String) {
    let _ = write!(out, "virtual o{i} {}", object.op.name());
    if object.op == Op::NewTable {
        let _ = write!(out, " t{}", object.imm);
    }
    if let Some(shape) = object.shape {
        let _ = write!(out, " shape #{shape}");
    }
    out.push_str(" {");
    for (n, (part, source)) in object.parts.iter().enumerate() {
        out.push_str(if n == 0 { " " } else { ", " });
        let _ = match part {
            Part::Slot(k) => write!(out, "slot {k} = "),
            Part::Elem(k) => write!(out, "elem {k} = "),
            Part::Value(k) => write!(out, "value {k} = "),
        };
        print_source(*source, out);
    }
    out.push_str(" }\n");
}

fn print_source(source: Source, out: &mut String) {
    let _ = match source {
        Source::Inst(inst) => write!(out, "{inst}"),
        Source::Virtual(object) => write!(out, "{object}"),
    };
}

fn print_block(func: &Func, b: BlockId, out: &mut String) {
    let _ = write!(out, "{b}");
    if !func.params(b).is_empty() {
        let params: Vec<String> =
            func.params(b).iter().map(|&p| format!("{p}: {}", func.ty(p).name())).collect();
        let _ = write!(out, "({})", params.join(", "));
    }
    out.push_str(if func.is_cold(b) { " cold:\n" } else { ":\n" });
    for inst in func.insts(b) {
        out.push_str("  ");
        print_inst_to(func, inst, out);
        out.push('\n');
    }
}

fn print_inst_to(func: &Func, inst: InstId, out: &mut String) {
    let (op, ty) = (func.op(inst), func.ty(inst));
    if ty != Type::None {
        let _ = write!(out, "{inst}");
        if op.gives() != Gives::Type(ty) {
            let _ = write!(out, ": {}", ty.name());
        }
        out.push_str(" = ");
    }
    out.push_str(op.name());
    let mut is_first = true;
    let mut separate = |out: &mut String| {
        out.push_str(if is_first { " " } else { ", " });
        is_first = false;
    };
    for arg in func.args(inst) {
        separate(out);
        let _ = write!(out, "{arg}");
    }
    for (i, &(_, kind)) in op.imms().iter().enumerate() {
        let bits = if i == 0 { func.imm(inst) } else { u64::from(func.imm2(inst)) };
        if kind == ImmKind::Held && bits == Held::Any as u64 {
            continue;
        }
        separate(out);
        out.push_str(&imm_text(kind, bits));
    }
    for i in 0..func.edge_count(inst) {
        separate(out);
        let (to, args) = func.edge(inst, i);
        let _ = write!(out, "{to}");
        if !args.is_empty() {
            let args: Vec<String> = args.iter().map(InstId::to_string).collect();
            let _ = write!(out, "({})", args.join(", "));
        }
    }
    if let Some(snap) = func.snapshot(inst) {
        let _ = write!(out, " [{snap}]");
    }
}

/// An immediate as text; one that its kind does not have is `?` with its bits.
pub(super) fn imm_text(kind: ImmKind, bits: u64) -> String {
    let name = match kind {
        ImmKind::Int => return (bits as i64).to_string(),
        ImmKind::Float => return float_text(bits),
        ImmKind::Value => return value_text(bits),
        ImmKind::Address => return format!("@{bits:x}"),
        ImmKind::Shape => return format!("#{bits}"),
        ImmKind::Index | ImmKind::Count => return bits.to_string(),
        ImmKind::Template => return format!("t{bits}"),
        ImmKind::Results => return results_text(bits),
        ImmKind::Cc => Cc::from_bits(bits).map(Cc::name),
        ImmKind::Fcc => Fcc::from_bits(bits).map(Fcc::name),
        ImmKind::Tag => Tag::from_bits(bits).map(Tag::name),
        ImmKind::Elem => Elem::from_bits(bits).map(Elem::name),
        ImmKind::Held => Held::from_bits(bits).map(Held::name),
        ImmKind::Reason => Reason::from_bits(bits).map(Reason::name),
        ImmKind::Helper => Helper::from_bits(bits).map(Helper::name),
    };
    name.map_or_else(|| format!("?{bits}"), str::to_owned)
}

fn float_text(bits: u64) -> String {
    let x = f64::from_bits(bits);
    if x.is_finite() { format!("{x:?}") } else { format!("{bits:#x}") }
}

fn value_text(bits: u64) -> String {
    let v = Value::from_bits(bits);
    match v {
        Value::NIL => "nil".to_owned(),
        Value::FALSE => "false".to_owned(),
        Value::TRUE => "true".to_owned(),
        Value::MARK => "mark".to_owned(),
        Value::MARK2 => "mark2".to_owned(),
        _ => match (v.as_small_int(), v.as_float()) {
            (Some(i), _) => format!("int {i}"),
            (None, Some(x)) if x.is_finite() => format!("float {x:?}"),
            _ => format!("{bits:#x}"),
        },
    }
}

fn results_text(bits: u64) -> String {
    let Some(results) = Results::from_bits(bits) else { return format!("?{bits}") };
    let count = if results.is_multi() { "multi".to_owned() } else { results.count.to_string() };
    let caught = if results.is_caught { " caught" } else { "" };
    let window = if results.window == 0 { String::new() } else { format!(" at {}", results.window) };
    let exact = if results.is_exact { " exact" } else { "" };
    let typed = if results.is_typed { " typed" } else { "" };
    format!("to {count}{caught}{exact}{typed}{window}")
}
