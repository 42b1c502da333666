//! Lets snapshots name raw results instead of their boxes.
//!
//! ```text
//!   before                               after
//!   snap s0 f0 pc 3 { r1 = v2 }          snap s0 f0 pc 3 { r1 = v1 }
//!     v2 = box_int v1                      v2 = box_int v1
//! ```
//!
//! Rebuilding a frame boxes a raw result as its type says, which gives the value that the box would be; so a box that only
//! snapshots need is dead, and work that only exits need moves out of the hot path. The operand of an instruction is defined
//! wherever its result is. Needs and changes nothing else.

use super::types::is_boxing;
use crate::ir::func::{Func, InstId};
use crate::ir::ops::Op;

/// Takes boxes out of snapshots.
pub fn unbox_snapshots(func: &mut Func) -> u32 {
    // A float with any NaN is no processor's, and an exit takes a float as it is.
    let raw = |func: &Func, inst: InstId| {
        let op = func.op(inst);
        let is_taken = (is_boxing(op) && op != Op::BoxRawF64 || op == Op::AsNum)
            && func.ty(func.arg(inst, 0)).is_boxable();
        is_taken.then(|| func.arg(inst, 0))
    };
    let mut raws = vec![None; func.inst_count()];
    for &b in func.blocks() {
        for inst in func.insts(b) {
            raws[inst.index()] = raw(func, inst);
        }
    }
    let mut changes = 0;
    func.snaps.rewrite(|mut inst| {
        while let Some(raw) = raws[inst.index()] {
            inst = raw;
            changes += 1;
        }
        inst
    });
    changes
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::check;
    use expect_test::expect;

    #[test]
    fn boxes_that_only_exits_need_go() {
        check(
            &["snapshots", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v1, r1 = v3 }
            b0(v0: i64, v2: f64):
              v1 = box_i64 v0
              v3 = box_raw_f64 v2
              poll [s0]
              v4 = const_value nil
              return_values v4
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0, r1 = v3 }
                b0(v0: i64, v2: f64):
                  v3 = box_raw_f64 v2
                  poll [s0]
                  v4 = const_value nil
                  return_values v4
            "#]],
        );
    }
}
