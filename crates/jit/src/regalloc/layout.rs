//! Positions, loops and estimated frequencies: what the order of the blocks tells.
//!
//! A loop is the stretch of hot code from the target of a backward edge to the last block that jumps back to it.
//! Stretches that overlap are made to nest. Frequencies are guesses: a factor of 8 per level of nesting, and 1 for cold
//! blocks against 4 for code outside loops; they decide what is spilled and where moves stand, never whether code is right.

use super::Function;

/// No loop, no block, no entry.
pub(super) const NONE: u32 = u32::MAX;

/// How often cold blocks run.
pub(super) const FREQ_COLD: u32 = 1;
/// How often code outside loops runs.
const FREQ_BASE: u32 = 4;
/// Deeper nesting than this does not count.
const DEPTH_MAX: u32 = 7;

/// A loop as a stretch of positions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loop {
    /// The position of the header's label.
    pub start: u32,
    /// The position behind the last latch.
    pub end: u32,
    /// The loop around it.
    pub parent: u32,
    /// How often its body runs.
    pub freq: u32,
}

/// See the file head. All positions are `2 * step` or `2 * step + 1`.
#[derive(Default)]
pub(super) struct Layout {
    /// For each step, its block.
    pub step_block: Vec<u32>,
    /// For each block the step of its label; one more entry at the end.
    pub block_step: Vec<u32>,
    /// For each block its innermost loop.
    pub block_loop: Vec<u32>,
    /// For each block its frequency.
    pub block_freq: Vec<u32>,
    /// In order of their starts.
    pub loops: Vec<Loop>,
    /// For each block whether every live value starts a new piece there.
    pub is_break: Vec<bool>,
    stack: Vec<u32>,
    latch: Vec<u32>,
}

impl Layout {
    /// Fills everything in.
    pub fn compute<F: Function>(&mut self, func: &F) {
        let blocks = func.block_count();
        self.step_block.clear();
        self.block_step.clear();
        self.is_break.clear();
        for block in 0..blocks {
            self.block_step.push(self.step_block.len() as u32);
            let steps = func.block_insts(block).len() + 1;
            self.step_block.resize(self.step_block.len() + steps, block as u32);
            self.is_break.push(block > 0 && !func.block_preds(block).contains(&(block as u32 - 1)));
        }
        self.block_step.push(self.step_block.len() as u32);
        self.find_loops(func);
    }

    fn find_loops<F: Function>(&mut self, func: &F) {
        let blocks = func.block_count();
        self.latch.clear();
        self.latch.resize(blocks, NONE);
        for block in (0..blocks).filter(|&block| !func.is_cold(block)) {
            for &succ in func.block_succs(block) {
                if succ as usize <= block && !func.is_cold(succ as usize) {
                    self.latch[succ as usize] = block as u32;
                }
            }
        }
        self.loops.clear();
        self.stack.clear();
        self.block_loop.clear();
        self.block_freq.clear();
        for block in 0..blocks {
            let start = self.block_start(block);
            while self.stack.last().is_some_and(|&top| self.loops[top as usize].end <= start) {
                self.stack.pop();
            }
            if self.latch[block] != NONE {
                let end = self.block_end(self.latch[block] as usize);
                for &outer in &self.stack {
                    let outer = &mut self.loops[outer as usize];
                    outer.end = outer.end.max(end);
                }
                let parent = self.stack.last().copied().unwrap_or(NONE);
                let depth = (self.stack.len() as u32 + 1).min(DEPTH_MAX);
                self.stack.push(self.loops.len() as u32);
                self.loops.push(Loop { start, end, parent, freq: FREQ_BASE << (3 * depth) });
            }
            let inner = if func.is_cold(block) { NONE } else { self.stack.last().copied().unwrap_or(NONE) };
            self.block_loop.push(inner);
            self.block_freq.push(match inner {
                _ if func.is_cold(block) => FREQ_COLD,
                NONE => FREQ_BASE,
                inner => self.loops[inner as usize].freq,
            });
        }
    }

    /// The position of a block's label.
    #[inline]
    pub fn block_start(&self, block: usize) -> u32 {
        2 * self.block_step[block]
    }

    /// The position behind a block's last instruction.
    #[inline]
    pub fn block_end(&self, block: usize) -> u32 {
        2 * self.block_step[block + 1]
    }

    /// The position behind everything.
    #[inline]
    pub fn end(&self) -> u32 {
        2 * self.step_block.len() as u32
    }

    /// The block that a position lies in.
    #[inline]
    pub fn block_at(&self, pos: u32) -> usize {
        self.step_block[(pos >> 1) as usize] as usize
    }

    /// The innermost loop around a position.
    #[inline]
    pub fn loop_at(&self, pos: u32) -> u32 {
        self.block_loop[self.block_at(pos)]
    }

    /// The frequency of a position.
    #[inline]
    pub fn freq_at(&self, pos: u32) -> u32 {
        self.block_freq[self.block_at(pos)]
    }

    /// The instruction at a position, or the first one after the label that is there.
    pub fn inst_at(&self, pos: u32) -> u32 {
        let block = self.block_at(pos);
        let label = self.block_step[block];
        ((pos >> 1) - label).saturating_sub(1) + label - block as u32
    }

    /// The best place for a move that may stand in any gap of `lo..=hi` (even positions): before the outermost loop
    /// that begins there and goes on at `hi`, else as late as possible.
    pub fn hoist(&self, lo: u32, hi: u32) -> u32 {
        let mut best = hi;
        let mut at = if hi < self.end() { self.loop_at(hi) } else { NONE };
        while at != NONE {
            let Loop { start, parent, .. } = self.loops[at as usize];
            if start < lo {
                break;
            }
            best = start;
            at = parent;
        }
        best
    }
}
