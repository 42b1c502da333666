//! Words that a loop keeps in registers: constants too wide for an instruction that its code would read again and again.
//!
//! ```text
//!   before                               after
//!                                          mov r8, nil
//!   loop:                                loop:
//!     mov rbx, [r13+r10*8+16]              mov rbx, [r13+r10*8+16]
//!     cmp [pool], rbx; je exit             cmp r8, rbx; je exit
//! ```
//!
//! A comparison of two registers and its jump are one operation of the processor, one with memory and its jump are two and a
//! load. Each loop without hot calls that is in no such loop is a *home*: what it or a loop inside it asks for is made before it.
//! Which words these are is known only when the loop has been written, so they are inserted then. To the allocator they are
//! values like others: where registers are short they lie in a spill slot, which costs what the pool costs.

use super::mach::Spot;
use super::order::Flow;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func};
use crate::ir::loops::LoopForest;
use crate::ir::ops::Class;
use crate::regs::VReg;

/// So many words for each home; with more of them variables would lose their registers. Arbitrary.
const WORDS_MAX: usize = 4;

/// The homes of a function, and where they keep what.
#[derive(Default)]
pub(super) struct Kept {
    /// For each block the index of its home.
    of_block: Vec<Option<u32>>,
    homes: Vec<Home>,
}

struct Home {
    preheader: BlockId,
    /// The end of the preheader's code, once it is written.
    spot: Option<Spot>,
    words: Vec<(u64, VReg)>,
}

impl Kept {
    /// Finds the homes. Without loops there is nothing to do.
    pub fn new(func: &Func, flow: &Flow, dom: &DomTree, loops: &LoopForest) -> Kept {
        let mut kept = Kept::default();
        let count = loops.loops().len();
        if count == 0 {
            return kept;
        }
        let mut has_calls = vec![false; count];
        for &b in flow.order.iter().filter(|b| !flow.is_cold[b.index()]) {
            let Some(id) = loops.innermost(b) else { continue };
            let is_call = |inst| {
                let effects = func.effects(inst);
                effects.may_throw() || effects.may_run_user_code() || func.op(inst).class() == Class::Call
            };
            if !has_calls[id.0 as usize] && func.insts(b).any(is_call) {
                has_calls[id.0 as usize] = true;
            }
        }
        for id in loops.ids().rev() {
            if let Some(parent) = loops.get(id).parent {
                has_calls[parent.0 as usize] |= has_calls[id.0 as usize];
            }
        }
        let mut of_loop: Vec<Option<u32>> = vec![None; count];
        for id in loops.ids() {
            let outer = loops.get(id).parent.and_then(|parent| of_loop[parent.0 as usize]);
            of_loop[id.0 as usize] = outer.or_else(|| {
                let preheader = loops.preheader(func, dom, id).filter(|b| !flow.is_cold[b.index()])?;
                (!has_calls[id.0 as usize]).then(|| {
                    kept.homes.push(Home { preheader, spot: None, words: Vec::new() });
                    kept.homes.len() as u32 - 1
                })
            });
        }
        let home = |b| loops.innermost(BlockId(b)).and_then(|id| of_loop[id.0 as usize]);
        kept.of_block = (0..func.block_count() as u32).map(home).collect();
        kept
    }

    /// Says where code at the end of a block goes, which may be before a home.
    pub fn end_of(&mut self, b: BlockId, spot: Spot) {
        for home in self.homes.iter_mut().filter(|home| home.preheader == b) {
            home.spot = Some(spot);
        }
    }

    /// The register of a word in the home of a block, made by `make` if there is none yet, and the place where it is to be
    /// set if it is new. `None`: the block has no home, or it is full.
    pub fn word(
        &mut self,
        b: BlockId,
        bits: u64,
        make: impl FnOnce() -> VReg,
    ) -> Option<(VReg, Option<Spot>)> {
        let home = self.of_block.get(b.index()).copied().flatten()?;
        let home = &mut self.homes[home as usize];
        let spot = home.spot?;
        if let Some(&(_, vreg)) = home.words.iter().find(|w| w.0 == bits) {
            return Some((vreg, None));
        }
        if home.words.len() == WORDS_MAX {
            return None;
        }
        let vreg = make();
        home.words.push((bits, vreg));
        Some((vreg, Some(spot)))
    }
}
