//! `cargo xtask docs`: writes the pages of the documentation that are made from tables in the code.
//!
//! Those are `docs/bytecode.md`, from the table of ops, and `docs/ir.md` (see `docs_ir.rs`). A page is made, never edited; a test and
//! `cargo xtask docs --check` fail when the page on disk is not what the table gives. What no table knows, the meaning of
//! operand kinds and the grouping of ops, is text here; both are checked against the table, so neither can lag behind.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use bytecode::ops::{Field, Op, OperandKind};

const HELP: &str = "\
usage: cargo xtask docs [--check]

Writes docs/bytecode.md and docs/ir.md from the tables of ops. With --check nothing is written; the command fails if that
would change one.
";

/// The head of the page.
const INTRODUCTION: &str = "\
# The bytecode

<!-- Made by `cargo xtask docs` from crates/bytecode/src/ops.rs. Change it there. -->

The compiler turns a chunk into a module: constants, and one *proto* per function with its instructions, table templates and
captured variables. `gscript dump --bytecode FILE` shows the module of a program. The bytecode is internal: it has no stable file
format, and a new version of GScript may change any of it.

## Instructions

An instruction is one 64-bit word.

```text
bit 0        8        16               32               48               64
    |  op  |   x    |       a        |       b        |       c        |
                                     |              bc                 |
```

Most fields name a register of the function's frame. `r[a]` is the register that field `a` names, `k[c]` the constant that
field `c` names; `r[a .. a+n]` are n registers from `r[a]` on. `x` has 8 bits, `a`, `b` and `c` have 16, and `bc` is the 32 bits
of `b` and `c` together. Jumps count from the instruction behind the jump.

**Calls** use a *window* of registers: the callee in `r[a]`, two words for the call's own use, the arguments from `r[a+3]`. The
frame of the called function begins at its arguments, so they need no copying; results are written from `r[a]` on.

**Lists of unknown length** (a call or `...` at the end of a list) are counted in `multi`, a number that ops with *Multi* in their
name set or use. Such a list lies behind the fixed part of the op that uses it.

**Slow cases.** An op names what it does for common operands. Arithmetic on numeric text, metamethods and errors are
part of the op's meaning and take place out of line. Each instruction has a word of feedback beside it, where inline caches live.
";

/// Groups of ops: a title and the first op of each, in the order of the table.
const GROUPS: &[(&str, Op)] = &[
    ("Loads and moves", Op::Move),
    ("Captured variables and globals", Op::GetUpval),
    ("Tables", Op::NewTable),
    ("Calls and results", Op::Call),
    ("Goroutines and deferred calls", Op::Go),
    ("Arithmetic", Op::Add),
    ("Arithmetic with a constant", Op::AddImm),
    ("Unary operators, concatenation, comparison", Op::Neg),
    ("Jumps", Op::Jump),
    ("Loops", Op::ForLt),
    ("Channels", Op::MakeChan),
];

/// Every operand kind, in the order in which the page explains them.
const KINDS: &[OperandKind] = &[
    OperandKind::Dst,
    OperandKind::Src,
    OperandKind::SrcDst,
    OperandKind::SrcCell,
    OperandKind::DstRange,
    OperandKind::DstRange2,
    OperandKind::DstMulti,
    OperandKind::SrcRange,
    OperandKind::Window,
    OperandKind::DstWindow,
    OperandKind::RangeState,
    OperandKind::SelectRange,
    OperandKind::Count,
    OperandKind::Imm16,
    OperandKind::Imm32,
    OperandKind::ImmStep,
    OperandKind::Const,
    OperandKind::Const32,
    OperandKind::ConstNum,
    OperandKind::ConstStr,
    OperandKind::Global,
    OperandKind::Upval,
    OperandKind::Proto,
    OperandKind::Template,
    OperandKind::Jump16,
    OperandKind::Jump32,
];

/// The command.
pub fn main(args: &[String]) -> Result<(), String> {
    let is_check = match args {
        [] => false,
        [arg] if arg == "--check" => true,
        [arg] if arg == "--help" => {
            print!("{HELP}");
            return Ok(());
        }
        _ => return Err(format!("wrong arguments\n\n{HELP}")),
    };
    for (name, text) in [("bytecode.md", page()), ("ir.md", crate::docs_ir::page())] {
        update(&page_path(name), &text, is_check)?;
    }
    Ok(())
}

/// Writes a page if it is not current, or fails if that is only to be checked.
fn update(path: &Path, text: &str, is_check: bool) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if is_check {
        return Err(format!("{} is not what `cargo xtask docs` writes", path.display()));
    }
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}

/// Where a page is.
pub(crate) fn page_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("docs").join(name)
}

/// The text of the page.
fn page() -> String {
    // Writing to a string cannot fail, here and below.
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n## Operands\n\n| kind | meaning |\n|---|---|\n");
    for &kind in KINDS {
        let _ = writeln!(text, "| `{kind:?}` | {} |", meaning(kind));
    }
    let _ = write!(
        text,
        "\n## Ops\n\nThere are {}. The code of an op is its place in the table.\n",
        Op::ALL.len()
    );
    for (code, &op) in Op::ALL.iter().enumerate() {
        if let Some((title, _)) = GROUPS.iter().find(|(_, first)| *first == op) {
            let _ = write!(text, "\n### {title}\n\n| code | op | operands | effect |\n|---|---|---|---|\n");
        }
        let operands: Vec<String> =
            op.operands().iter().map(|o| format!("`{}` {:?}", field(o.field), o.kind)).collect();
        let _ =
            writeln!(text, "| {code} | `{}` | {} | {} |", op.name(), operands.join(", "), escaped(op.doc()));
    }
    text
}

/// A text as a cell of a table: bars, stars and brackets would be markup.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '|' | '*' | '<' | '_' | '[' | ']') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn field(field: Field) -> &'static str {
    match field {
        Field::X => "x",
        Field::A => "a",
        Field::B => "b",
        Field::C => "c",
        Field::Bc => "bc",
    }
}

fn meaning(kind: OperandKind) -> &'static str {
    match kind {
        OperandKind::Dst => "a register that is written",
        OperandKind::Src => "a register that is read",
        OperandKind::SrcDst => "a register that is read and written",
        OperandKind::SrcCell => "a register that holds the cell of a captured variable",
        OperandKind::DstRange => "the first of several registers that are written; a `Count` says how many",
        OperandKind::DstRange2 => "the first of two registers that are written",
        OperandKind::DstMulti => "the first register of a list of unknown length that is written",
        OperandKind::SrcRange => "the first of several registers that are read; a `Count` says how many",
        OperandKind::Window => "the first register of a call's window",
        OperandKind::DstWindow => "the same; callee and first argument are written",
        OperandKind::RangeState => {
            "the first of three registers with the state of a range loop, before its variables"
        }
        OperandKind::SelectRange => {
            "the first register of the cases of a `select`, two for each and three at least"
        }
        OperandKind::Count => "a count, or a flag",
        OperandKind::Imm16 => "a signed integer of 16 bits",
        OperandKind::Imm32 => "a signed integer of 32 bits",
        OperandKind::ImmStep => "a signed step of 8 bits, never 0",
        OperandKind::Const => "the index of a number, string or boolean among the constants, 16 bits",
        OperandKind::Const32 => "the index of any constant that is no global, 32 bits",
        OperandKind::ConstNum => "the index of a number among the constants",
        OperandKind::ConstStr => "the index of a string among the constants",
        OperandKind::Global => "the index of a global among the constants",
        OperandKind::Upval => "the index of a captured variable of this function",
        OperandKind::Proto => "the index of a function of the module",
        OperandKind::Template => "the index of a table layout of this function",
        OperandKind::Jump16 => "the distance to jump, 16 bits",
        OperandKind::Jump32 => "the distance to jump, 32 bits",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_up_to_date() {
        let written = fs::read_to_string(page_path("bytecode.md")).unwrap_or_default();
        assert!(written == page(), "run `cargo xtask docs`");
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
        for op in Op::ALL {
            for operand in op.operands() {
                let count = KINDS.iter().filter(|&&kind| kind == operand.kind).count();
                assert_eq!(count, 1, "{:?}", operand.kind);
            }
        }
    }

    #[test]
    fn cells_have_no_markup() {
        assert_eq!(escaped("r[a] = b | c ** d"), "r\\[a\\] = b \\| c \\*\\* d");
    }
}
