//! Random functions for the tests of the allocator.
//!
//! Control flow is any graph whose blocks are reachable, irreducible loops and orders against the flow included; critical
//! edges are split. Values are used where they are dominated by their definition. Operands are of all kinds, but never
//! demand more registers of one instruction than the smallest `Env` has.

use std::collections::HashSet;

use super::Env;
use super::text::{TextBlock, TextFunc, TextInst};
use crate::regs::{Constraint, Operand, OperandKind, OperandPos, PReg, PRegSet, RegClass, VReg};

/// xorshift64*.
pub(super) struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    pub fn below(&mut self, bound: usize) -> usize {
        (((self.next() >> 32) * bound as u64) >> 32) as usize
    }
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// Register files from cramped to that of x86-64.
pub(super) fn env(kind: usize) -> Env {
    let (ints, floats) = [(4, 3), (6, 4), (13, 15)][kind % 3];
    Env {
        order: [(0..ints).map(PReg::int).collect(), (0..floats).map(PReg::float).collect()],
        scratch: [PReg::int(15), PReg::float(15)],
    }
}

/// How large functions get.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub blocks: usize,
    pub insts_per_block: usize,
}

/// A function that obeys all demands.
pub(super) fn function(random: &mut Random, env: &Env, size: Size) -> TextFunc {
    let mut func = TextFunc { blocks: graph(random, size.blocks), ..TextFunc::default() };
    func.finish();
    let dominators = dominators(&func);
    let defined = vec![Vec::new(); func.blocks.len()];
    let mut builder = Builder { random, env, next_vreg: 0, defined, constants: HashSet::new() };
    let mut bodies: Vec<Vec<TextInst>> = Vec::new();
    for block in 0..func.blocks.len() {
        let is_entry = block == 0;
        if !is_entry && builder.random.chance(50) {
            for _ in 0..1 + builder.random.below(4) {
                let param = builder.vreg();
                func.blocks[block].params.push(param);
                builder.defined[block].push((param, 0));
            }
        }
        let count = 1 + builder.random.below(size.insts_per_block);
        let body = (0..count).map(|at| builder.definitions(block, at + 1, is_entry && at == 0)).collect();
        bodies.push(body);
    }
    for block in 0..func.blocks.len() {
        let outside: Vec<VReg> = (0..func.blocks.len())
            .filter(|&other| other != block && dominators[block] & 1 << other != 0)
            .flat_map(|other| builder.defined[other].iter().map(|&(vreg, _)| vreg))
            .collect();
        for (at, inst) in bodies[block].iter_mut().enumerate() {
            let mut known = outside.clone();
            known.extend(
                builder.defined[block].iter().filter(|(_, def)| *def < at + 1).map(|&(vreg, _)| vreg),
            );
            let own: Vec<VReg> = inst.operands.iter().map(|operand| operand.vreg).collect();
            builder.uses(inst, &known, &own);
            inst.operands.sort_by_key(|operand| operand.kind == OperandKind::Def);
        }
        let mut known = outside;
        known.extend(builder.defined[block].iter().map(|&(vreg, _)| vreg));
        bodies[block].push(builder.terminator(&func.blocks[block], &known));
        for succ in 0..func.blocks[block].succs.len() {
            let params = func.blocks[func.blocks[block].succs[succ] as usize].params.clone();
            func.blocks[block].args[succ] =
                params.iter().map(|param| builder.pick(&known, param.class())).collect();
        }
    }
    for (block, body) in func.blocks.iter_mut().zip(bodies) {
        block.insts = func.insts.len()..func.insts.len() + body.len();
        func.insts.extend(body);
    }
    func.finish();
    func
}

/// Blocks with edges only.
fn graph(random: &mut Random, blocks_max: usize) -> Vec<TextBlock> {
    let count = 1 + random.below(blocks_max);
    let mut succs: Vec<Vec<usize>> = vec![Vec::new(); count];
    for block in 1..count {
        let open: Vec<usize> =
            (block.saturating_sub(4)..block).filter(|&from| succs[from].len() < 3).collect();
        let from = if open.is_empty() { block - 1 } else { open[random.below(open.len())] };
        succs[from].push(block);
    }
    if count > 1 {
        for _ in 0..random.below(count + 1) {
            let (from, to) = (random.below(count), 1 + random.below(count - 1));
            if succs[from].len() < 3 {
                succs[from].push(to);
            }
        }
    }
    let mut preds = vec![0; count];
    succs.iter().flatten().for_each(|&succ| preds[succ] += 1);
    for from in 0..count {
        if succs[from].len() > 1 {
            for at in 0..succs[from].len() {
                let to = succs[from][at];
                if preds[to] > 1 {
                    succs[from][at] = succs.len();
                    succs.push(vec![to]);
                }
            }
        }
    }
    let cold: Vec<bool> = (0..succs.len()).map(|block| block > 0 && random.chance(20)).collect();
    let mut order = Vec::new();
    reverse_postorder(&succs, 0, &mut HashSet::new(), &mut order);
    order.reverse();
    if random.chance(80) {
        order.sort_by_key(|&block| cold[block]);
    }
    if random.chance(15) {
        random.shuffle(&mut order[1..]);
    }
    let mut number = vec![0u32; succs.len()];
    order.iter().zip(0..).for_each(|(&block, at)| number[block] = at);
    order
        .iter()
        .map(|&block| TextBlock {
            succs: succs[block].iter().map(|&succ| number[succ]).collect(),
            args: vec![Vec::new(); succs[block].len()],
            is_cold: cold[block],
            ..TextBlock::default()
        })
        .collect()
}

fn reverse_postorder(succs: &[Vec<usize>], block: usize, seen: &mut HashSet<usize>, order: &mut Vec<usize>) {
    if seen.insert(block) {
        succs[block].iter().for_each(|&succ| reverse_postorder(succs, succ, seen, order));
        order.push(block);
    }
}

/// For each block the bits of its dominators.
fn dominators(func: &TextFunc) -> Vec<u128> {
    assert!(func.blocks.len() <= 128);
    let mut sets = vec![u128::MAX; func.blocks.len()];
    sets[0] = 1;
    loop {
        let before = sets.clone();
        for block in 1..func.blocks.len() {
            let preds = func.blocks[block].preds.iter();
            sets[block] = preds.fold(u128::MAX, |set, &pred| set & sets[pred as usize]) | 1 << block;
        }
        if sets == before {
            return sets;
        }
    }
}

struct Builder<'a> {
    random: &'a mut Random,
    env: &'a Env,
    next_vreg: usize,
    /// For each block the registers it defines and the number of the instruction that does, 0 for parameters.
    defined: Vec<Vec<(VReg, usize)>>,
    constants: HashSet<VReg>,
}

impl Builder<'_> {
    fn vreg(&mut self) -> VReg {
        let class = if self.random.chance(65) { RegClass::Int } else { RegClass::Float };
        self.vreg_of(class)
    }

    fn vreg_of(&mut self, class: RegClass) -> VReg {
        self.next_vreg += 1;
        VReg::new(self.next_vreg - 1, class)
    }

    fn pick(&mut self, known: &[VReg], class: RegClass) -> VReg {
        let fitting: Vec<VReg> = known.iter().copied().filter(|vreg| vreg.class() == class).collect();
        // Mostly recent ones, as in real code; some old, for pressure.
        let near = fitting.len().min(6);
        let at = if self.random.chance(50) {
            fitting.len() - 1 - self.random.below(near)
        } else {
            self.random.below(fitting.len())
        };
        fitting[at]
    }

    /// A fixed register that is not among the operands' at that position.
    fn fixed(&mut self, class: RegClass, taken: &mut PRegSet) -> Option<PReg> {
        let base = if class == RegClass::Int { 0 } else { 16 };
        let reg = PReg::new(base + self.random.below(4) as u8);
        let reg = if self.random.chance(5) { PReg::new(base + 14) } else { reg };
        (!taken.contains(reg) && !self.env.scratch.contains(&reg)).then(|| {
            taken.insert(reg);
            reg
        })
    }

    /// An instruction with its definitions only.
    fn definitions(&mut self, block: usize, at: usize, is_first: bool) -> TextInst {
        let mut inst = TextInst::new("op", Vec::new());
        let def = |vreg, constraint, pos| Operand { vreg, kind: OperandKind::Def, pos, constraint };
        let mut taken = PRegSet::EMPTY;
        if is_first {
            // The function's arguments: one of each class in any case.
            inst.name = "args".to_owned();
            for number in 0..2 + self.random.below(4) {
                let class = if number % 2 == 0 { RegClass::Int } else { RegClass::Float };
                let vreg = self.vreg_of(class);
                let constraint = self.fixed(class, &mut taken).map_or(Constraint::Any, Constraint::Fixed);
                inst.operands.push(def(vreg, constraint, OperandPos::Late));
            }
        } else {
            match self.random.below(10) {
                0 => {
                    inst.name = "const".to_owned();
                    let vreg = self.vreg();
                    self.constants.insert(vreg);
                    let constraint = if self.random.chance(70) { Constraint::Reg } else { Constraint::Any };
                    inst.operands.push(def(vreg, constraint, OperandPos::Late));
                }
                1 => {
                    inst.name = "move".to_owned();
                    let vreg = self.vreg();
                    inst.operands.push(def(vreg, Constraint::Reg, OperandPos::Late));
                }
                2 | 3 => {
                    inst.name = "call".to_owned();
                    for _ in 0..self.random.below(3) {
                        let vreg = self.vreg();
                        if let Some(reg) = self.fixed(vreg.class(), &mut taken) {
                            let early = self.random.chance(5);
                            let pos = if early { OperandPos::Early } else { OperandPos::Late };
                            inst.operands.push(def(vreg, Constraint::Fixed(reg), pos));
                        }
                    }
                    inst.clobbers = match self.random.below(3) {
                        0 => self.env.allocatable(),
                        1 => PRegSet::from_bits(0x000f_0007),
                        _ => PRegSet::from_bits(self.random.next() as u32 & 0x3fff_3fff),
                    };
                }
                4 => {
                    let vreg = self.vreg();
                    inst.operands.push(def(vreg, Constraint::Any, OperandPos::Late));
                }
                5 => inst.name = "reuse".to_owned(),
                _ => {
                    for _ in 0..self.random.below(3) {
                        let vreg = self.vreg();
                        let early = self.random.chance(15);
                        let pos = if early { OperandPos::Early } else { OperandPos::Late };
                        inst.operands.push(def(vreg, Constraint::Reg, pos));
                    }
                }
            }
        }
        if inst.name == "reuse" {
            let vreg = self.vreg();
            inst.operands.push(def(vreg, Constraint::Reuse(0), OperandPos::Late));
        }
        self.defined[block].extend(inst.operands.iter().map(|operand| (operand.vreg, at)));
        inst
    }

    /// Adds uses of known values. A class gets at most three operands that need registers, one of them fixed.
    fn uses(&mut self, inst: &mut TextInst, known: &[VReg], own: &[VReg]) {
        let use_of = |vreg, constraint, pos| Operand { vreg, kind: OperandKind::Use, pos, constraint };
        if inst.name == "args" || inst.name == "const" {
            return;
        }
        if inst.name == "reuse" || inst.name == "move" {
            let class = inst.operands[0].vreg.class();
            let vreg = self.pick(known, class);
            inst.operands.push(use_of(vreg, Constraint::Reg, OperandPos::Early));
        }
        let is_call = inst.name == "call";
        let mut taken = PRegSet::EMPTY;
        for operand in &inst.operands {
            if let (Constraint::Fixed(reg), OperandPos::Early) = (operand.constraint, operand.pos) {
                taken.insert(reg);
            }
        }
        let late_defs = inst.operands.iter().filter_map(|operand| match operand.constraint {
            Constraint::Fixed(reg) => Some(reg.set()),
            _ => None,
        });
        let late_taken = late_defs.fold(inst.clobbers, PRegSet::union);
        for _ in 0..self.random.below(5) {
            let class = if self.random.chance(65) { RegClass::Int } else { RegClass::Float };
            let vreg = self.pick(known, class);
            let needy = inst.operands.iter().filter(|operand| {
                operand.vreg.class() == class
                    && (operand.constraint != Constraint::Any || self.constants.contains(&operand.vreg))
            });
            let room = needy.count() < if is_call { 2 } else { 3 };
            let (constraint, pos) = match self.random.below(10) {
                0..4 if room => (Constraint::Reg, OperandPos::Early),
                4 if room && !is_call => (Constraint::Reg, OperandPos::Late),
                5 | 6 if room && inst.name != "reuse" => match self.fixed(class, &mut taken) {
                    Some(reg) => {
                        let late = self.random.chance(10) && !late_taken.contains(reg);
                        (Constraint::Fixed(reg), if late { OperandPos::Late } else { OperandPos::Early })
                    }
                    None => (Constraint::Any, OperandPos::Early),
                },
                _ => (
                    Constraint::Any,
                    if self.random.chance(20) { OperandPos::Late } else { OperandPos::Early },
                ),
            };
            // A constant is put into a register wherever it is used.
            let (constraint, pos) = match constraint {
                Constraint::Any if !room && self.constants.contains(&vreg) => continue,
                constraint => (
                    constraint,
                    if is_call && constraint == Constraint::Any { OperandPos::Early } else { pos },
                ),
            };
            inst.operands.push(use_of(vreg, constraint, pos));
        }
        if self.random.chance(30) {
            for _ in 0..self.random.below(6) {
                inst.snapshot.push(known[self.random.below(known.len())]);
            }
            if self.random.chance(40) {
                inst.snapshot_pos = OperandPos::Early;
            } else {
                inst.snapshot.extend(own);
            }
        }
    }

    fn terminator(&mut self, block: &TextBlock, known: &[VReg]) -> TextInst {
        let mut inst =
            TextInst::new(["return", "jump", "branch", "switch"][block.succs.len().min(3)], Vec::new());
        if block.succs.len() != 1 {
            let vreg = self.pick(known, RegClass::Int);
            let mut taken = PRegSet::EMPTY;
            let reg = self.fixed(RegClass::Int, &mut taken);
            let constraint = match reg {
                Some(reg) if self.random.chance(30) => Constraint::Fixed(reg),
                _ => Constraint::Reg,
            };
            inst.operands.push(Operand { vreg, kind: OperandKind::Use, pos: OperandPos::Early, constraint });
        }
        inst
    }
}
