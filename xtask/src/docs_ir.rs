//! The page `docs/ir.md`: the compiler's intermediate form, from the tables of ops, helpers, types and alias classes.
//!
//! `docs.rs` writes it. Only the introduction and the grouping of ops are text here; the grouping is checked against the
//! table.

use crate::docs::escaped;
use jit::ir::effects::{Classes, Effects};
use jit::ir::helpers::Helper;
use jit::ir::imm::{Cc, Elem, Fcc, ImmKind, Reason, Tag};
use jit::ir::ops::{Class, Op};
use jit::ir::types::Type;
use std::fmt::Write as _;

/// The head of the page.
const INTRODUCTION: &str = "\
# The compiler's intermediate form

<!-- Made by `cargo xtask docs` from crates/jit/src/ir. Change it there. -->

Hot functions and loops are compiled through one intermediate form: instructions in static single assignment, in blocks that
pass arguments to each other. Dumps show it as text, and the compiler's tests are written in that text. It is internal: a new
version of GScript may change any of it.

```text
func \"sum\" returns i64
frame f0 proto 0 base 0 root
snap s0 f0 pc 1 { r0 = v0 }
snap s1 f0 pc 5 { r0 = v0, r1 = v4, r2 = v5 }
b0(v0: value):
  v1 = guard_int v0 [s0]
  v2 = const_i64 1
  v3 = const_i64 0
  jump b1(v2, v3)
b1(v4: i64, v5: i64):
  poll [s1]
  v6 = add_i64 v5, v4
  v7 = add_i64 v4, v2
  v8 = icmp v7, v1, le
  branch v8, b1(v7, v6), b2
b2:
  return_values v6
```

`v6` is an instruction and its result, `b1` a block with its parameters, `[s1]` the snapshot by which an instruction may leave:
for each live register of each inlined frame it names the instruction that holds it. After its operands an instruction has its
immediates, then the blocks where it goes on. The type of a result is written where the op does not fix it.
";

/// Groups of ops: a title and the first op of each, in the order of the table.
const GROUPS: &[(&str, Op)] = &[
    ("Constants", Op::ConstI64),
    ("Boxing and unboxing", Op::BoxInt),
    ("Tests of values", Op::HasTag),
    ("Guards", Op::GuardInt),
    ("Integers", Op::AddI64),
    ("Floats", Op::AddF64),
    ("Conversions and mixed numbers", Op::I64ToF64),
    ("Truth values and choice", Op::NotBool),
    ("Tables: shape and named slots", Op::LoadShape),
    ("Tables: array part", Op::LoadArray),
    ("Tables: hash part", Op::LoadHash),
    ("Strings", Op::StrLen),
    ("Cells, upvalues, globals", Op::LoadCell),
    ("The frame in memory", Op::LoadReg),
    ("Allocation", Op::NewTable),
    ("Calls", Op::CallValue),
    ("Control", Op::Poll),
];

/// Every immediate kind, in the order in which the page explains them.
const IMMS: &[ImmKind] = &[
    ImmKind::Int,
    ImmKind::Float,
    ImmKind::Value,
    ImmKind::Address,
    ImmKind::Shape,
    ImmKind::Index,
    ImmKind::Count,
    ImmKind::Template,
    ImmKind::Cc,
    ImmKind::Fcc,
    ImmKind::Tag,
    ImmKind::Elem,
    ImmKind::Held,
    ImmKind::Reason,
    ImmKind::Results,
    ImmKind::Helper,
];

/// The text of the page.
// Writing to a string cannot fail, here and below.
pub fn page() -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n## Types\n\n| type | a result of it is |\n|---|---|\n");
    for ty in Type::ALL {
        let _ = writeln!(text, "| `{}` | {} |", ty.name(), escaped(ty.doc()));
    }
    text.push_str(
        "\n`num` is a `value`, `closure` and `native` are `callable`, and `function` and `cell` are `object`. Among \
         operands `ref` is any address of an object, `any` any type, and `same` the type of the result.\n",
    );
    text.push_str("\n## Immediates\n\n| kind | meaning |\n|---|---|\n");
    for kind in IMMS {
        let _ = writeln!(text, "| `{kind:?}` | {} |", escaped(kind.doc()));
    }
    text.push('\n');
    for (title, rows) in [
        ("comparison of integers", Cc::ALL.iter().map(|v| (v.name(), v.doc())).collect::<Vec<_>>()),
        ("comparison of floats", Fcc::ALL.iter().map(|v| (v.name(), v.doc())).collect()),
        ("tag", Tag::ALL.iter().map(|v| (v.name(), v.doc())).collect()),
        ("element kind", Elem::ALL.iter().map(|v| (v.name(), v.doc())).collect()),
        ("reason to leave", Reason::ALL.iter().map(|v| (v.name(), v.doc())).collect()),
    ] {
        let _ = writeln!(text, "| {title} | meaning |\n|---|---|");
        for (name, doc) in rows {
            let _ = writeln!(text, "| `{name}` | {} |", escaped(doc));
        }
        text.push('\n');
    }
    text.push_str("## Memory\n\nMemory is divided into classes that never overlap.\n\n| class | what it is |\n|---|---|\n");
    for (_, name, doc) in Classes::TABLE {
        let _ = writeln!(text, "| `{name}` | {} |", escaped(doc));
    }
    let _ = write!(
        text,
        "\n## Ops\n\nThere are {}. A guard gives what it proved, or leaves. `…` stands for any number of operands.\n",
        Op::ALL.iter().filter(|op| is_shown(**op)).count()
    );
    for &op in Op::ALL.iter().filter(|op| is_shown(**op)) {
        if let Some((title, _)) = GROUPS.iter().find(|(_, first)| *first == op) {
            let _ = write!(
                text,
                "\n### {title}\n\n| op | operands | gives | class | effects | meaning |\n|---|---|---|---|---|---|\n"
            );
        }
        write_op(op, &mut text);
    }
    text.push_str("\n## Helpers\n\nWhat `call_helper` calls.\n\n| helper | operands | gives | effects | meaning |\n|---|---|---|---|---|\n");
    for helper in Helper::ALL {
        let operands: Vec<String> =
            helper.operands().iter().map(|(name, want)| format!("`{name}` {}", want.name())).collect();
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            helper.name(),
            operands.join(", "),
            helper.gives().name(),
            describe(helper.effects()),
            escaped(helper.doc())
        );
    }
    text
}

/// What stands in blocks; the others are bookkeeping.
fn is_shown(op: Op) -> bool {
    !matches!(op.class(), Class::Param | Class::Nop)
}

fn write_op(op: Op, text: &mut String) {
    let mut operands: Vec<String> =
        op.operands().iter().map(|(name, want)| format!("`{name}` {}", want.name())).collect();
    operands.extend(op.rest().map(|(name, want)| format!("`{name}` {} …", want.name())));
    operands.extend(op.imms().iter().map(|(name, kind)| format!("`{name}` {kind:?}")));
    let _ = writeln!(
        text,
        "| `{}` | {} | {} | {} | {} | {} |",
        op.name(),
        operands.join(", "),
        op.gives().name(),
        op.class().name(),
        describe(op.effects()),
        escaped(op.doc())
    );
}

fn describe(effects: Effects) -> String {
    escaped(&effects.describe())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::page_path;

    #[test]
    fn the_page_is_up_to_date() {
        let written = std::fs::read_to_string(page_path("ir.md")).unwrap_or_default();
        assert!(written == page(), "run `cargo xtask docs`");
    }

    #[test]
    fn the_example_is_what_the_compiler_reads() {
        let start = INTRODUCTION.find("func ").unwrap();
        let example = INTRODUCTION[start..].split("```").next().unwrap();
        let func = jit::ir::parse::parse(example).unwrap();
        jit::ir::verify::verify(&func).unwrap();
        assert_eq!(jit::ir::print::print(&func), example);
    }

    #[test]
    fn groups_follow_the_table() {
        let places: Vec<usize> =
            GROUPS.iter().map(|(_, first)| Op::ALL.iter().position(|op| op == first).unwrap()).collect();
        assert_eq!(places[0], 0);
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn every_kind_is_explained_once() {
        for (_, kind) in Op::ALL.iter().flat_map(|op| op.imms()) {
            assert_eq!(IMMS.iter().filter(|k| *k == kind).count(), 1, "{kind:?}");
        }
    }
}
