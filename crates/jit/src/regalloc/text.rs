//! A text form of functions for the allocator, read and written, for tests and for looking at allocations.
//!
//! ```text
//!   b0:
//!     v0@p7 = args                    fixed register
//!     v1 = const                      a constant that can be made again
//!     jump -> b1(v0)
//!   b1(v2) cold:
//!     v3/0, v4^ = op v2, v1?, v0^     same register as use 0, early definition, any place, late use
//!     call v2 [v0 v3] ; p0 p1         late snapshot, clobbers
//!     guard v2 [^v0]                  early snapshot
//!     branch v3 -> b2, b3
//! ```
//!
//! `v` names registers of the integer class, `f` of the float class, in one numbering. Instructions called `const` define
//! constants, those called `move` are copies; all other names are for the reader.

use std::fmt::Write;
use std::ops::Range;

use super::{Function, Output};
use crate::regs::{Constraint, Operand, OperandKind, OperandPos, PReg, PRegSet, RegClass, VReg};

/// A function read from text or generated.
#[derive(Clone, Default, Debug)]
pub struct TextFunc {
    /// In order.
    pub blocks: Vec<TextBlock>,
    /// In order; the blocks hold ranges.
    pub insts: Vec<TextInst>,
    /// A bound on the numbers of virtual registers.
    pub vregs: usize,
    /// By number, whether it is a constant.
    pub constants: Vec<bool>,
}

/// A block of a [`TextFunc`].
#[derive(Clone, Default, Debug)]
pub struct TextBlock {
    /// What it defines.
    pub params: Vec<VReg>,
    /// Its instructions.
    pub insts: Range<usize>,
    /// Where it leads.
    pub succs: Vec<u32>,
    /// With which arguments.
    pub args: Vec<Vec<VReg>>,
    /// Computed by [`TextFunc::finish`].
    pub preds: Vec<u32>,
    /// Whether it rarely runs.
    pub is_cold: bool,
}

/// An instruction of a [`TextFunc`].
#[derive(Clone, Debug)]
pub struct TextInst {
    /// What it is called.
    pub name: String,
    /// Uses first or definitions first.
    pub operands: Vec<Operand>,
    /// What it overwrites.
    pub clobbers: PRegSet,
    /// What its exit wants.
    pub snapshot: Vec<VReg>,
    /// When.
    pub snapshot_pos: OperandPos,
}

impl TextInst {
    /// An instruction without snapshot and clobbers.
    pub fn new(name: &str, operands: Vec<Operand>) -> TextInst {
        let snapshot_pos = OperandPos::Late;
        TextInst {
            name: name.to_owned(),
            operands,
            clobbers: PRegSet::EMPTY,
            snapshot: Vec::new(),
            snapshot_pos,
        }
    }
}

impl Function for TextFunc {
    fn block_count(&self) -> usize {
        self.blocks.len()
    }
    fn inst_count(&self) -> usize {
        self.insts.len()
    }
    fn vreg_count(&self) -> usize {
        self.vregs
    }
    fn block_insts(&self, block: usize) -> Range<usize> {
        self.blocks[block].insts.clone()
    }
    fn block_succs(&self, block: usize) -> &[u32] {
        &self.blocks[block].succs
    }
    fn block_preds(&self, block: usize) -> &[u32] {
        &self.blocks[block].preds
    }
    fn block_params(&self, block: usize) -> &[VReg] {
        &self.blocks[block].params
    }
    fn edge_args(&self, block: usize, succ: usize) -> &[VReg] {
        &self.blocks[block].args[succ]
    }
    fn is_cold(&self, block: usize) -> bool {
        self.blocks[block].is_cold
    }
    fn inst_operands(&self, inst: usize) -> &[Operand] {
        &self.insts[inst].operands
    }
    fn inst_clobbers(&self, inst: usize) -> PRegSet {
        self.insts[inst].clobbers
    }
    fn inst_snapshot(&self, inst: usize) -> &[VReg] {
        &self.insts[inst].snapshot
    }
    fn snapshot_pos(&self, inst: usize) -> OperandPos {
        self.insts[inst].snapshot_pos
    }
    fn is_move(&self, inst: usize) -> bool {
        self.insts[inst].name == "move"
    }
    fn is_constant(&self, vreg: VReg) -> bool {
        self.constants[vreg.index()]
    }
}

impl TextFunc {
    /// Fills in what follows from the rest: predecessors, the number of registers, constants.
    pub fn finish(&mut self) {
        for block in &mut self.blocks {
            block.preds.clear();
        }
        for block in 0..self.blocks.len() {
            for succ in self.blocks[block].succs.clone() {
                self.blocks[succ as usize].preds.push(block as u32);
            }
        }
        let params =
            self.blocks.iter().flat_map(|block| block.params.iter().chain(block.args.iter().flatten()));
        let operands = self
            .insts
            .iter()
            .flat_map(|inst| inst.operands.iter().map(|operand| &operand.vreg).chain(&inst.snapshot));
        self.vregs = params.chain(operands).map(|vreg| vreg.index() + 1).max().unwrap_or(0);
        self.constants = vec![false; self.vregs];
        for inst in self.insts.iter().filter(|inst| inst.name == "const") {
            inst.operands.iter().for_each(|operand| self.constants[operand.vreg.index()] = true);
        }
    }
}

/// Reads the text form. The error names the line.
pub fn parse(text: &str) -> Result<TextFunc, String> {
    let mut func = TextFunc::default();
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        let done = if line.is_empty() {
            Some(())
        } else if let Some(head) = line.strip_suffix(':') {
            parse_head(&mut func, head)
        } else {
            parse_inst(&mut func, line)
        };
        done.ok_or_else(|| format!("line {}: cannot read `{line}`", number + 1))?;
    }
    func.finish();
    Ok(func)
}

fn parse_head(func: &mut TextFunc, head: &str) -> Option<()> {
    let (head, is_cold) = head.strip_suffix(" cold").map_or((head, false), |head| (head, true));
    let (number, params) = parse_target(head)?;
    if number as usize != func.blocks.len() {
        return None;
    }
    let at = func.insts.len();
    func.blocks.push(TextBlock { params, insts: at..at, is_cold, ..TextBlock::default() });
    Some(())
}

fn parse_inst(func: &mut TextFunc, line: &str) -> Option<()> {
    let (line, targets) = line.split_once("->").map_or((line, None), |(line, targets)| (line, Some(targets)));
    let (line, clobbers) = line.split_once(';').unwrap_or((line, ""));
    let (line, snapshot) = line.split_once('[').unwrap_or((line, "]"));
    let (defs, rest) = line.split_once(" = ").unwrap_or(("", line));
    let rest = rest.trim();
    let (name, uses) = rest.split_once(' ').unwrap_or((rest, ""));
    let mut operands = Vec::new();
    let list = |text: &'_ str| -> Vec<String> {
        text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
    };
    // Uses come first so that `/0` is operand 0.
    for item in list(uses) {
        operands.push(parse_operand(&item, OperandKind::Use)?);
    }
    for item in list(defs) {
        operands.push(parse_operand(&item, OperandKind::Def)?);
    }
    let mut inst = TextInst::new(name, operands);
    let snapshot = snapshot.trim().strip_suffix(']')?;
    if let Some(early) = snapshot.strip_prefix('^') {
        inst.snapshot_pos = OperandPos::Early;
        inst.snapshot = early.split_whitespace().map(parse_vreg).collect::<Option<_>>()?;
    } else {
        inst.snapshot = snapshot.split_whitespace().map(parse_vreg).collect::<Option<_>>()?;
    }
    for reg in clobbers.split_whitespace() {
        inst.clobbers.insert(parse_preg(reg)?);
    }
    func.insts.push(inst);
    let block = func.blocks.last_mut()?;
    block.insts.end += 1;
    let mut targets = targets.unwrap_or_default().trim();
    while !targets.is_empty() {
        let paren = targets.find('(').unwrap_or(targets.len());
        let comma = targets.find(',').unwrap_or(targets.len());
        let end = if paren < comma { targets.find(')')? + 1 } else { comma };
        let (number, args) = parse_target(&targets[..end])?;
        block.succs.push(number);
        block.args.push(args);
        targets = targets[end..].trim().trim_start_matches(',').trim();
    }
    Some(())
}

/// `b3` or `b3(v1, v2)`.
fn parse_target(text: &str) -> Option<(u32, Vec<VReg>)> {
    let text = text.trim();
    let (name, args) = match text.split_once('(') {
        Some((name, args)) => (name, args.strip_suffix(')')?),
        None => (text, ""),
    };
    let args = args
        .split(',')
        .map(str::trim)
        .filter(|arg| !arg.is_empty())
        .map(parse_vreg)
        .collect::<Option<_>>()?;
    Some((name.strip_prefix('b')?.parse().ok()?, args))
}

fn parse_vreg(text: &str) -> Option<VReg> {
    let (class, number) = match text.split_at_checked(1)? {
        ("v", number) => (RegClass::Int, number),
        ("f", number) => (RegClass::Float, number),
        _ => return None,
    };
    Some(VReg::new(number.parse().ok()?, class))
}

fn parse_preg(text: &str) -> Option<PReg> {
    let (base, number) = match text.split_at_checked(1)? {
        ("p", number) => (0, number),
        ("x", number) => (16, number),
        _ => return None,
    };
    let number: u8 = number.parse().ok().filter(|&number| number < 16)?;
    Some(PReg::new(base + number))
}

fn parse_operand(text: &str, kind: OperandKind) -> Option<Operand> {
    let (text, is_other) = text.strip_suffix('^').map_or((text, false), |text| (text, true));
    let pos = match (kind, is_other) {
        (OperandKind::Use, false) | (OperandKind::Def, true) => OperandPos::Early,
        (OperandKind::Use, true) | (OperandKind::Def, false) => OperandPos::Late,
    };
    let (name, constraint) = if let Some(name) = text.strip_suffix('?') {
        (name, Constraint::Any)
    } else if let Some((name, reg)) = text.split_once('@') {
        (name, Constraint::Fixed(parse_preg(reg)?))
    } else if let Some((name, input)) = text.split_once('/') {
        (name, Constraint::Reuse(input.parse().ok()?))
    } else {
        (text, Constraint::Reg)
    };
    Some(Operand { vreg: parse_vreg(name)?, kind, pos, constraint })
}

/// Writes the function, with the places and moves of its allocation if there is one.
pub fn print(func: &TextFunc, out: Option<&Output>) -> String {
    let mut text = String::new();
    let mut edits = out.map_or(&[][..], |out| &out.edits);
    for (number, block) in func.blocks.iter().enumerate() {
        let cold = if block.is_cold { " cold" } else { "" };
        let _ = writeln!(text, "b{number}{}{cold}:", args_text(&block.params));
        for inst in block.insts.clone() {
            while let Some((edit, rest)) =
                edits.split_first().filter(|(edit, _)| edit.before as usize == inst)
            {
                let _ = writeln!(text, "    {} <- {}", edit.to, edit.from);
                edits = rest;
            }
            let _ = write!(text, "  {}", inst_text(func, inst, out));
            if inst + 1 == block.insts.end && !block.succs.is_empty() {
                let targets = block.succs.iter().zip(&block.args);
                let targets: Vec<_> =
                    targets.map(|(succ, args)| format!("b{succ}{}", args_text(args))).collect();
                let _ = write!(text, " -> {}", targets.join(", "));
            }
            text.push('\n');
        }
    }
    text
}

fn args_text(args: &[VReg]) -> String {
    if args.is_empty() {
        return String::new();
    }
    format!("({})", args.iter().map(VReg::to_string).collect::<Vec<_>>().join(", "))
}

fn inst_text(func: &TextFunc, number: usize, out: Option<&Output>) -> String {
    let inst = &func.insts[number];
    let mut text = String::new();
    let operands = |kind| {
        let list = inst.operands.iter().enumerate().filter(move |(_, operand)| operand.kind == kind);
        let list = list.map(|(index, operand)| match out {
            Some(out) => format!("{}:{}", operand.vreg, out.operands(number)[index]),
            None => operand_text(operand),
        });
        list.collect::<Vec<_>>().join(", ")
    };
    let (defs, uses) = (operands(OperandKind::Def), operands(OperandKind::Use));
    if !defs.is_empty() {
        let _ = write!(text, "{defs} = ");
    }
    text.push_str(&inst.name);
    if !uses.is_empty() {
        let _ = write!(text, " {uses}");
    }
    if !inst.snapshot.is_empty() {
        let early = if inst.snapshot_pos == OperandPos::Early { "^" } else { "" };
        let values = inst.snapshot.iter().enumerate().map(|(index, vreg)| match out {
            Some(out) => format!("{vreg}:{}", out.snapshot(number)[index]),
            None => vreg.to_string(),
        });
        let _ = write!(text, " [{early}{}]", values.collect::<Vec<_>>().join(" "));
    }
    if !inst.clobbers.is_empty() {
        let regs: Vec<_> = inst.clobbers.iter().map(|reg| reg.to_string()).collect();
        let _ = write!(text, " ; {}", regs.join(" "));
    }
    text
}

fn operand_text(operand: &Operand) -> String {
    let mut text = operand.vreg.to_string();
    match operand.constraint {
        Constraint::Reg => {}
        Constraint::Any => text.push('?'),
        Constraint::Fixed(reg) => text.push_str(&format!("@{reg}")),
        Constraint::Reuse(input) => text.push_str(&format!("/{input}")),
    }
    let is_usual = (operand.kind == OperandKind::Use) == (operand.pos == OperandPos::Early);
    if !is_usual {
        text.push('^');
    }
    text
}
