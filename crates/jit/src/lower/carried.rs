//! Divisions that no iteration waits for.
//!
//! ```text
//!   waited for                            not waited for
//!   b1(v1: i64, v2: i64):                 b1(v1: i64):
//!     v3 = mod_i64 v1, v2                   v3 = mod_i64 v0, v1
//!     v4 = icmp v3, v9, eq                  v4 = icmp v3, v9, eq
//!     branch v4, b2, b1(v2, v3)             v5 = add_i64 v1, v8
//!                                           branch v4, b2, b1(v5)
//! ```
//!
//! Where a loop carries what a division gives to its own operands, an iteration cannot begin before the one before has divided:
//! time is how long a division takes, and integer division is the shorter way. Elsewhere divisions of several iterations
//! overlap, and time is how soon the next one can begin: a floating-point division can sooner (a third less time for a search of
//! divisors).
//! Only short loops divide that often; in others a branch on the result may be what is waited for.

use crate::hash::FastSet;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::Op;

/// Most instructions of a loop for each of its divisions. The processor begins an integer division every six cycles, in which it
/// does about so much besides.
const INSTS_MAX: usize = 16;

/// The integer divisions by variables that are in a loop whose iterations do not wait for them.
pub(super) fn free_divisions(func: &Func, loops: &LoopForest) -> Vec<InstId> {
    let mut free = Vec::new();
    for id in loops.ids() {
        let blocks = loops.get(id).blocks.iter().filter(|&&b| !func.is_cold(b));
        let insts: Vec<InstId> = blocks.flat_map(|&b| func.insts(b)).collect();
        let is_division = |&i: &InstId| {
            matches!(func.op(i), Op::DivI64 | Op::ModI64) && func.as_i64(func.arg(i, 1)).is_none()
        };
        let count = insts.iter().copied().filter(is_division).count();
        if insts.len() <= INSTS_MAX * count {
            let divisions = insts.into_iter().filter(is_division);
            free.extend(divisions.filter(|&i| !is_carried(func, loops, id, i)));
        }
    }
    free
}

/// Whether operands of an instruction are made from its result of an earlier iteration.
fn is_carried(func: &Func, loops: &LoopForest, id: LoopId, inst: InstId) -> bool {
    let mut seen: FastSet<InstId> = FastSet::default();
    let mut todo: Vec<InstId> = func.args(inst).to_vec();
    while let Some(used) = todo.pop() {
        let Some(b) = func.block_of(used).filter(|&b| loops.contains(id, b)) else { continue };
        if used == inst {
            return true;
        }
        if !seen.insert(used) {
            continue;
        }
        match func.params(b).iter().position(|&p| p == used) {
            Some(number) => todo.extend(passed(func, loops, (id, b), number)),
            None => todo.extend_from_slice(func.args(used)),
        }
    }
    false
}

/// What blocks of a loop pass for a parameter of one of them.
fn passed(
    func: &Func,
    loops: &LoopForest,
    (id, to): (LoopId, BlockId),
    number: usize,
) -> impl Iterator<Item = InstId> {
    let terms = loops.get(id).blocks.iter().filter_map(|&b| func.terminator(b));
    let edges = terms.flat_map(|term| (0..func.edge_count(term)).map(move |e| (term, e)));
    edges.filter_map(move |(term, e)| {
        let (block, args) = func.edge(term, e);
        (block == to).then(|| args[number])
    })
}
