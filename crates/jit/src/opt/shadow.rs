//! Carries the float that a mixed number stands for beside it.
//!
//! ```text
//!   before                          after
//!     v1 = const_num int 0            v1 = const_num int 0
//!     jump b1(v1)                     v6 = const_f64 0.0
//!   b1(v2: num):                      jump b1(v1, v6)
//!     v3 = num_to_f64 v2            b1(v2: num, v7: f64):
//!     v4 = add_f64 v3, v9             v4 = add_f64 v7, v9
//!     v5 = box_f64 v4                 v5 = box_f64 v4
//!     branch v8, b1(v5), b2           branch v8, b1(v5, v4), b2
//! ```
//!
//! Programs write `s := 0` and then add floats, so a loop variable is an integer in the first iteration and a float in all
//! others. It cannot simply be a float: whoever looks at it in the first iteration, an exit for one, must see the integer.
//! So it stays as it is and gets a *shadow*, a second parameter that holds what `num_to_f64` would give, and conversions
//! inside use that. Boxing a float costs a move at most, and if nobody looks, the boxed one is dead and goes; the first
//! iteration needs no copy of the loop. Parameters at joins inside, which pass the variable on, get shadows too.
//!
//! Needs dominators and loops (only loops are worth it); keeps the CFG. Run `types` before, so that kinds are known and guards
//! of them are conversions.

use super::types::Kind;
use super::types::Kinds;
use super::{FastMap, Incoming, Replacements, incoming_edges, plain, same_word};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::loops::LoopForest;
use crate::ir::ops::Op;
use crate::ir::types::Type;

/// Gives mixed loop variables shadows.
pub fn shadow_floats(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    let wanted = find(func, loops);
    if wanted.is_empty() {
        return 0;
    }
    let mut pass = Shadows {
        kinds: Kinds::new(func, dom),
        edges: incoming_edges(func),
        shadow: FastMap::default(),
        todo: Vec::new(),
    };
    for param in wanted {
        if pass.is_worth(func, loops, param) {
            pass.of_param(func, param);
        }
    }
    while let Some(param) = pass.todo.pop() {
        pass.pass_on(func, param);
    }
    if pass.shadow.is_empty() { 0 } else { pass.use_shadows(func) }
}

/// Parameters of loop headers that their loops convert.
fn find(func: &Func, loops: &LoopForest) -> Vec<InstId> {
    let mut wanted: Vec<InstId> = Vec::new();
    for l in loops.loops() {
        for &b in &l.blocks {
            for inst in func.insts(b).filter(|&i| func.op(i) == Op::NumToF64) {
                let word = same_word(func, func.arg(inst, 0));
                if func.op(word) == Op::Param
                    && func.block_of(word).is_some_and(|b| loops.loops().iter().any(|l| l.header == b))
                    && !wanted.contains(&word)
                {
                    wanted.push(word);
                }
            }
        }
    }
    wanted
}

struct Shadows {
    kinds: Kinds,
    edges: Incoming,
    /// The shadows of parameters.
    shadow: FastMap<InstId, InstId>,
    /// Parameters whose edges do not pass the shadow yet.
    todo: Vec<InstId>,
}

impl Shadows {
    /// Whether a parameter of a header is a number that back edges give as a float.
    fn is_worth(&self, func: &Func, loops: &LoopForest, param: InstId) -> bool {
        let Some(header) = func.block_of(param) else { return false };
        let Some(i) = position(func, header, param) else { return false };
        self.is_mixed(func, param)
            && self.edges[header.index()].iter().any(|&(term, e)| {
                let is_back = func
                    .block_of(term)
                    .is_some_and(|from| loops.innermost(header).is_some_and(|id| loops.contains(id, from)));
                let word = same_word(func, func.edge(term, e).1[i]);
                is_back
                    && word != param
                    && (self.kinds.get(func, word).is_in(Kind::FLOAT) || func.op(word) == Op::Param)
            })
    }

    fn is_mixed(&self, func: &Func, inst: InstId) -> bool {
        let kind = self.kinds.get(func, inst);
        kind.is_in(Kind::NUM) && !kind.is_in(Kind::FLOAT) && !kind.is_in(Kind::INTEGER)
    }

    fn of_param(&mut self, func: &mut Func, param: InstId) -> InstId {
        if let Some(&known) = self.shadow.get(&param) {
            return known;
        }
        let new = match func.block_of(param) {
            Some(b) => func.add_param(b, Type::F64),
            None => param,
        };
        self.shadow.insert(param, new);
        self.todo.push(param);
        new
    }

    /// Passes the shadow of what each edge passes.
    fn pass_on(&mut self, func: &mut Func, param: InstId) {
        let Some(b) = func.block_of(param) else { return };
        let Some(i) = position(func, b, param) else { return };
        for k in 0..self.edges[b.index()].len() {
            let (term, e) = self.edges[b.index()][k];
            let arg = func.edge(term, e).1[i];
            let float = self.float_of(func, term, arg);
            let (to, args) = func.edge(term, e);
            // Shadows are passed in the order in which they were made, which is that of the parameters.
            let mut args = args.to_vec();
            let at = position(func, b, self.shadow[&param]).unwrap_or(args.len());
            args.resize(args.len().max(at + 1), float);
            args[at] = float;
            func.set_edge(term, e, to, &args);
        }
    }

    /// What an argument stands for, before the terminator that passes it.
    fn float_of(&mut self, func: &mut Func, term: InstId, arg: InstId) -> InstId {
        let word = same_word(func, arg);
        if func.op(word) == Op::Param
            && func.block_of(word) != Some(func.entry())
            && self.is_mixed(func, word)
        {
            return self.of_param(func, word);
        }
        if let Some(v) = func.as_value(word) {
            if v.is_float() {
                return Builder::before(func, term).const_f64(v.float_payload());
            }
            if v.is_small_int() {
                return Builder::before(func, term).const_f64(v.small_int_payload() as f64);
            }
        }
        match func.op(word) {
            Op::BoxF64 => func.arg(word, 0),
            Op::BoxInt | Op::BoxI64 => {
                let raw = func.arg(word, 0);
                Builder::before(func, term).i64_to_f64(raw)
            }
            _ if self.kinds.get(func, arg).is_in(Kind::FLOAT) => {
                func.insert_before(term, plain(Op::UnboxF64, Type::F64, &[word]))
            }
            _ => {
                let num = if func.ty(arg) == Type::Num {
                    arg
                } else {
                    func.insert_before(term, plain(Op::AsNum, Type::Num, &[arg]))
                };
                func.insert_before(term, plain(Op::NumToF64, Type::F64, &[num]))
            }
        }
    }

    /// Conversions are the shadows.
    fn use_shadows(&self, func: &mut Func) -> u32 {
        let mut to = Replacements::new(func);
        let mut changes = 0;
        for b in func.blocks().to_vec() {
            let mut at = func.first(b);
            while let Some(inst) = at {
                at = func.next(inst);
                if func.op(inst) == Op::NumToF64
                    && let Some(&shadow) = self.shadow.get(&same_word(func, func.arg(inst, 0)))
                {
                    to.set(inst, shadow);
                    func.remove(inst);
                    changes += 1;
                }
            }
        }
        to.apply(func);
        changes
    }
}

fn position(func: &Func, b: BlockId, param: InstId) -> Option<usize> {
    func.params(b).iter().position(|&p| p == param)
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::check;
    use expect_test::expect;

    #[test]
    fn a_sum_of_floats_that_begins_with_an_integer() {
        check(
            &["types", "shadow", "types", "snapshots", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            b0(v0: f64, v1: f64):
              v2 = const_value int 0
              jump b1(v2)
            b1(v3: value):
              poll [s0]
              v4 = guard_num_f64 v3 [s0]
              v5 = add_f64 v4, v1
              v6 = box_f64 v5
              v7 = fcmp v5, v0, lt
              branch v7, b1(v6), b2
            b2:
              return_values v6
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v3 }
                b0(v0: f64, v1: f64):
                  v2 = const_value int 0
                  v14 = const_f64 0.0
                  jump b1(v2, v14)
                b1(v3: value, v13: f64):
                  poll [s0]
                  v5 = add_f64 v13, v1
                  v6 = box_f64 v5
                  v7 = fcmp v5, v0, lt
                  branch v7, b1(v6, v5), b2
                b2:
                  return_values v6
            "#]],
        );
    }

    #[test]
    fn joins_inside_pass_the_shadow_on() {
        check(
            &["types", "shadow", "types", "snapshots", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            b0(v0: f64, v1: f64):
              v2 = const_value int 0
              jump b1(v2, v1)
            b1(v3: value, v9: f64):
              poll [s0]
              v7 = fcmp v9, v0, lt
              branch v7, b2, b3(v3)
            b2:
              v4 = guard_num_f64 v3 [s0]
              v5 = add_f64 v4, v1
              v6 = box_f64 v5
              jump b3(v6)
            b3(v8: value):
              v10 = add_f64 v9, v1
              v11 = fcmp v10, v0, lt
              branch v11, b1(v8, v10), b4
            b4:
              return_values v8
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v3 }
                b0(v0: f64, v1: f64):
                  v2 = const_value int 0
                  v20 = const_f64 0.0
                  jump b1(v2, v1, v20)
                b1(v3: value, v9: f64, v19: f64):
                  poll [s0]
                  v7 = fcmp v9, v0, lt
                  branch v7, b2, b3(v3, v19)
                b2:
                  v5 = add_f64 v19, v1
                  v6 = box_f64 v5
                  jump b3(v6, v5)
                b3(v8: value, v21: f64):
                  v10 = add_f64 v9, v1
                  v11 = fcmp v10, v0, lt
                  branch v11, b1(v8, v10, v21), b4
                b4:
                  return_values v8
            "#]],
        );
    }
}
