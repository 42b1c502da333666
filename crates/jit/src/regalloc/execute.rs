//! Runs a function along a path, once on virtual registers and once on its allocation, with made-up values: a second
//! opinion beside the symbolic checker, with which it shares nothing.

use std::collections::HashMap;

use super::random::Random;
use super::text::TextFunc;
use super::{Function, Output, Place};
use crate::regs::OperandKind;

fn mix(left: u64, right: u64) -> u64 {
    (left ^ right.wrapping_mul(0x9e37_79b9_7f4a_7c15)).rotate_left(23).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn constant(vreg: usize) -> u64 {
    mix(0xc0, vreg as u64)
}

/// Follows `seed` through the function for up to `steps` blocks; says where the two runs read different values.
pub(super) fn compare(func: &TextFunc, out: &Output, seed: u64, steps: usize) -> Result<(), String> {
    let mut random = Random::new(seed);
    let mut vregs: HashMap<usize, u64> = HashMap::new();
    let mut places: HashMap<Place, u64> = HashMap::new();
    let mut block = 0;
    for time in 0..steps {
        for inst in func.block_insts(block) {
            for edit in out.edits.iter().filter(|edit| edit.before as usize == inst) {
                let value = match edit.from {
                    Place::Const(vreg) => constant(vreg.index()),
                    from => places.get(&from).copied().unwrap_or(1),
                };
                places.insert(edit.to, value);
            }
            let operands = func.inst_operands(inst);
            let mut seen = mix(time as u64, inst as u64);
            for (operand, place) in operands.iter().zip(out.operands(inst)) {
                if operand.kind == OperandKind::Use {
                    let (want, have) = (vregs[&operand.vreg.index()], places.get(place).copied());
                    if have != Some(want) {
                        return Err(format!("inst {inst} reads {have:?} in {place} as {}", operand.vreg));
                    }
                    seen = mix(seen, want);
                }
            }
            for is_after in [false, true] {
                if is_after {
                    for reg in func.inst_clobbers(inst) {
                        places.insert(Place::Reg(reg), 2);
                    }
                    for (index, (operand, &place)) in operands.iter().zip(out.operands(inst)).enumerate() {
                        if operand.kind == OperandKind::Def {
                            let is_const = func.is_constant(operand.vreg);
                            let value = if is_const {
                                constant(operand.vreg.index())
                            } else {
                                mix(seen, index as u64)
                            };
                            vregs.insert(operand.vreg.index(), value);
                            if !matches!(place, Place::None | Place::Const(_)) {
                                places.insert(place, value);
                            }
                        }
                    }
                }
                if is_after == (func.snapshot_pos(inst) == crate::regs::OperandPos::Late) {
                    for (&vreg, place) in func.inst_snapshot(inst).iter().zip(out.snapshot(inst)) {
                        let have = match place {
                            Place::Const(vreg) => Some(constant(vreg.index())),
                            place => places.get(place).copied(),
                        };
                        if have != Some(vregs[&vreg.index()]) {
                            return Err(format!(
                                "the snapshot of inst {inst} reads {have:?} in {place} as {vreg}"
                            ));
                        }
                    }
                }
            }
        }
        let succs = func.block_succs(block);
        if succs.is_empty() {
            return Ok(());
        }
        let number = random.below(succs.len());
        let succ = succs[number] as usize;
        let args: Vec<u64> = func.edge_args(block, number).iter().map(|arg| vregs[&arg.index()]).collect();
        for (param, arg) in func.block_params(succ).iter().zip(args) {
            vregs.insert(param.index(), arg);
        }
        block = succ;
    }
    Ok(())
}
