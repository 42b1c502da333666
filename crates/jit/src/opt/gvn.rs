//! Global value numbering: computes once what is computed twice.
//!
//! ```text
//!   before                         after
//!   v2 = add_i64 v0, v1            v2 = add_i64 v0, v1
//!   v3 = add_i64 v1, v0            v4 = mul_i64 v2, v2
//!   v4 = mul_i64 v2, v3
//! ```
//!
//! A walk over the dominator tree keeps the results that are available; an instruction that equals one of them is replaced
//! by it. Only results of classes `Pure` and `Field` take part: they depend on operands alone. Needs dominators; keeps the
//! CFG.
//!
//! Left to `guards`: equal guards. Left to `forward`: equal loads.

use super::{Key, Replacements, Scoped};
use crate::ir::dom::DomTree;
use crate::ir::func::{Func, InstId};
use crate::ir::ops::Op;

/// Merges equal computations.
pub fn number_values(func: &mut Func, dom: &DomTree) -> u32 {
    let mut to = Replacements::new(func);
    let mut available: Scoped<Key, InstId> = Scoped::of_insts(func);
    let mut changes = 0;
    for &(b, depth) in dom.walk() {
        available.enter(depth);
        let mut at = func.first(b);
        while let Some(inst) = at {
            at = func.next(inst);
            to.rewrite(func, inst);
            if !func.op(inst).is_mergeable() {
                continue;
            }
            let Some(key) = ordered_key(func, inst) else { continue };
            match available.get(&key) {
                Some(same) => {
                    to.set(inst, same);
                    func.remove(inst);
                    changes += 1;
                }
                None => available.insert(key, inst),
            }
        }
    }
    to.apply_after_walk(func, dom);
    changes
}

/// The key of an instruction, with operands in the order of their numbers where the order does not matter. Sums and products
/// of floats keep theirs: of two NaNs the processor takes the first.
pub(super) fn ordered_key(func: &Func, inst: InstId) -> Option<Key> {
    let mut key = Key::of(func, inst)?;
    let [a, b, _] = key.args;
    if func.args(inst).len() != 2 || a <= b {
        return Some(key);
    }
    // That the order of operands does not matter is a fact about an op, which no effect tells.
    let swapped = match key.op {
        Op::AddI64
        | Op::MulI64
        | Op::AndI64
        | Op::OrI64
        | Op::XorI64
        | Op::MinI64
        | Op::MaxI64
        | Op::AndBool
        | Op::OrBool
        | Op::SameValue
        | Op::SameRef => Some(key.imm),
        Op::Icmp => func.cc(inst).map(|cc| cc.swapped() as u64),
        Op::Fcmp => func.fcc(inst).map(|cc| cc.swapped() as u64),
        _ => None,
    };
    if let Some(imm) = swapped {
        (key.args, key.imm) = ([b, a, u32::MAX], imm);
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn equal_sums_are_one() {
        check(
            &["gvn"],
            "
            b0(v0: i64, v1: i64):
              v2 = add_i64 v0, v1
              v3 = add_i64 v1, v0
              v4 = icmp v2, v0, lt
              v5 = icmp v0, v3, gt
              v6 = and_bool v4, v5
              v7 = box_bool v6
              return_values v7
            ",
            &expect![[r#"
                b0(v0: i64, v1: i64):
                  v2 = add_i64 v0, v1
                  v4 = icmp v2, v0, lt
                  v6 = and_bool v4, v4
                  v7 = box_bool v6
                  return_values v7
            "#]],
        );
    }

    #[test]
    fn branches_do_not_see_each_other() {
        check_stays(
            &["gvn"],
            "
            b0(v0: i64, v1: bool):
              branch v1, b1, b2
            b1:
              v2 = neg_i64 v0
              v3 = box_i64 v2
              return_values v3
            b2:
              v4 = neg_i64 v0
              v5 = box_i64 v4
              return_values v5
            ",
        );
    }
}
