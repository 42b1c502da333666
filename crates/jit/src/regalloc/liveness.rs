//! Which virtual registers are live into each block.
//!
//! Only registers that are used outside the block of their definition take part; they are numbered densely and the sets
//! are bit rows over those numbers, iterated to a fixed point (two or three rounds, as the order follows the control
//! flow). Works for any control flow, unreachable and irreducible code included. The result is kept as lists, because
//! that is how everybody reads it.

use super::Function;
use super::layout::NONE;
use crate::regs::VReg;

/// See the file head.
#[derive(Default)]
pub(super) struct Liveness {
    /// The live-in registers of all blocks, one list after the other.
    pub live_in: Vec<VReg>,
    /// For each block the start of its list; one more entry at the end.
    pub starts: Vec<u32>,
    def_block: Vec<u32>,
    global: Vec<u32>,
    global_vregs: Vec<VReg>,
    rows: Vec<u64>,
    kills: Vec<u64>,
}

impl Liveness {
    /// The range of a block's list.
    #[inline]
    pub fn range(&self, block: usize) -> std::ops::Range<usize> {
        self.starts[block] as usize..self.starts[block + 1] as usize
    }

    /// The registers live into a block.
    #[inline]
    pub fn of(&self, block: usize) -> &[VReg] {
        &self.live_in[self.range(block)]
    }

    /// Fills everything in.
    pub fn compute<F: Function>(&mut self, func: &F) {
        self.find_globals(func);
        let words = self.global_vregs.len().div_ceil(64);
        let blocks = func.block_count();
        self.fill_rows(func, words);
        let mut row = vec![0u64; words];
        loop {
            let mut changed = false;
            let mut has_back_edge = false;
            for block in (0..blocks).rev() {
                row.fill(0);
                for &succ in func.block_succs(block) {
                    has_back_edge |= succ as usize <= block;
                    let from = &self.rows[succ as usize * words..][..words];
                    row.iter_mut().zip(from).for_each(|(to, from)| *to |= from);
                }
                let kills = &self.kills[block * words..][..words];
                let live = &mut self.rows[block * words..][..words];
                for ((live, out), kill) in live.iter_mut().zip(&row).zip(kills) {
                    let new = *live | (out & !kill);
                    changed |= new != *live;
                    *live = new;
                }
            }
            if !changed || !has_back_edge {
                break;
            }
        }
        self.list_rows(blocks, words);
    }

    /// Numbers the registers that are used outside the block of their definition.
    fn find_globals<F: Function>(&mut self, func: &F) {
        self.def_block.clear();
        self.def_block.resize(func.vreg_count(), NONE);
        self.global.clear();
        self.global.resize(func.vreg_count(), NONE);
        self.global_vregs.clear();
        for block in 0..func.block_count() {
            for param in func.block_params(block) {
                self.def_block[param.index()] = block as u32;
            }
            for inst in func.block_insts(block) {
                for operand in func.inst_operands(inst) {
                    match operand.kind {
                        crate::regs::OperandKind::Def => self.def_block[operand.vreg.index()] = block as u32,
                        crate::regs::OperandKind::Use => self.note_use(operand.vreg, block),
                    }
                }
                for &vreg in func.inst_snapshot(inst) {
                    self.note_use(vreg, block);
                }
            }
            for succ in 0..func.block_succs(block).len() {
                for &arg in func.edge_args(block, succ) {
                    self.note_use(arg, block);
                }
            }
        }
    }

    #[inline]
    fn note_use(&mut self, vreg: VReg, block: usize) {
        let index = vreg.index();
        if self.def_block[index] != block as u32 && self.global[index] == NONE {
            self.global[index] = self.global_vregs.len() as u32;
            self.global_vregs.push(vreg);
        }
    }

    /// Sets `rows` to what each block reads before any definition of its own, `kills` to what it defines.
    fn fill_rows<F: Function>(&mut self, func: &F, words: usize) {
        let blocks = func.block_count();
        self.rows.clear();
        self.rows.resize(blocks * words, 0);
        self.kills.clear();
        self.kills.resize(blocks * words, 0);
        for &vreg in &self.global_vregs {
            let (global, block) = (self.global[vreg.index()] as usize, self.def_block[vreg.index()]);
            if block != NONE {
                self.kills[block as usize * words + global / 64] |= 1 << (global % 64);
            }
        }
        for block in 0..blocks {
            for inst in func.block_insts(block) {
                for operand in func.inst_operands(inst) {
                    if operand.kind == crate::regs::OperandKind::Use {
                        self.expose(operand.vreg, block, words);
                    }
                }
                for &vreg in func.inst_snapshot(inst) {
                    self.expose(vreg, block, words);
                }
            }
            for succ in 0..func.block_succs(block).len() {
                for &arg in func.edge_args(block, succ) {
                    self.expose(arg, block, words);
                }
            }
        }
    }

    #[inline]
    fn expose(&mut self, vreg: VReg, block: usize, words: usize) {
        if self.def_block[vreg.index()] != block as u32 {
            let global = self.global[vreg.index()] as usize;
            self.rows[block * words + global / 64] |= 1 << (global % 64);
        }
    }

    fn list_rows(&mut self, blocks: usize, words: usize) {
        self.live_in.clear();
        self.starts.clear();
        for block in 0..blocks {
            self.starts.push(self.live_in.len() as u32);
            for (index, &word) in self.rows[block * words..][..words].iter().enumerate() {
                let mut word = word;
                while word != 0 {
                    self.live_in.push(self.global_vregs[index * 64 + word.trailing_zeros() as usize]);
                    word &= word - 1;
                }
            }
        }
        self.starts.push(self.live_in.len() as u32);
    }
}
