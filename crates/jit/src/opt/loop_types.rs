//! Guards the type of a loop variable once, before the loop.
//!
//! ```text
//!   before                          after
//!     jump b1(v0)                     v6 = guard_f64 v0 [s1]
//!   b1(v1: value):                    jump b1(v6)
//!     v2 = guard_f64 v1 [s0]        b1(v7: f64):
//!     v3 = add_f64 v2, v9             v8 = box_f64 v7
//!     v4 = box_f64 v3                 v2 = guard_f64 v8 [s0]
//!     branch v5, b1(v4), b2           v3 = add_f64 v2, v9
//!                                     v4 = box_f64 v3
//!                                     branch v5, b1(v3), b2
//! ```
//!
//! A variable whose first value is of any kind, which every iteration begins by guarding, and which every back edge gives
//! what the guard wants: then only the first iteration's guard can fail. It moves before the loop, where it leaves by the
//! state at the loop's head as in `licm`, and the variable is passed raw. What back edges give is found by assuming it: the
//! kinds of all boxed results are computed as if the variables held what their guards prove; variables whose back edges
//! disagree are left alone, and the others are looked at again.
//!
//! A back edge that gives what may be of any kind, while others give what is raw already, gets a guard of its own: the one inside
//! would have run in the next iteration anyway, and the others need no boxes then. Only a jump can have one, as it leaves by
//! the state at the loop's head too.
//!
//! A variable that is guarded to be a number of any sort stays boxed and becomes a `num`; that is what `shadow` needs. Inner
//! loops come first: their guards stand before them then, perhaps on the path that each iteration of the outer loop takes.
//! Needs dominators and loops; keeps the CFG. Left to `unbox`: variables whose first value is known.

use super::licm::{start_state, sure_path};
use super::types::{Kind, Kinds, proves};
use super::unbox::{Raw, unboxed};
use super::{FastMap, Incoming, Replacements, incoming_edges, plain, same_word};
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::{Class, Op};
use crate::ir::snapshot::SnapId;
use crate::ir::types::Type;

/// Moves guards of loop variables before their loops.
pub fn type_loop_params(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    let deepest = loops.loops().iter().map(|l| l.depth).max().unwrap_or(0);
    (1..=deepest).rev().map(|depth| type_level(func, dom, loops, depth)).sum()
}

/// How often the assumptions of one level are checked; arbitrary.
const ROUNDS_MAX: usize = 8;

/// How a variable is passed once its guard has moved.
#[derive(Clone, Copy)]
struct Form {
    guard: Op,
    /// What back edges must give.
    kind: Kind,
    /// `None` for a boxed number.
    raw: Option<Raw>,
}

/// The forms that a guard allows, the best one first.
fn forms(guard: Op) -> &'static [Form] {
    const fn form(guard: Op, kind: Kind, raw: Raw) -> Form {
        Form { guard, kind, raw: Some(raw) }
    }
    match guard {
        // Sums of integers may leave the range of immediates: then the guard inside becomes a check of that range.
        Op::GuardInt => {
            const { &[form(Op::GuardInt, Kind::INT, Raw::INT), form(Op::GuardInt, Kind::INTEGER, Raw::INTEGER)] }
        }
        Op::GuardI64 => const { &[form(Op::GuardI64, Kind::INTEGER, Raw::INTEGER)] },
        Op::GuardF64 => const { &[form(Op::GuardF64, Kind::FLOAT, Raw::FLOAT)] },
        Op::GuardSmallNum => {
            const {
                &[
                    Form { guard: Op::GuardSmallNum, kind: Kind::SMALL_NUM, raw: None },
                    Form { guard: Op::GuardNum, kind: Kind::NUM, raw: None },
                ]
            }
        }
        Op::GuardNum | Op::GuardNumF64 => {
            const { &[Form { guard: Op::GuardNum, kind: Kind::NUM, raw: None }] }
        }
        Op::GuardBool => const { &[form(Op::GuardBool, Kind::BOOL, Raw::BOOL)] },
        Op::GuardTable => const { &[form(Op::GuardTable, Kind::TABLE, Raw::reference(Type::Table))] },
        Op::GuardStr => const { &[form(Op::GuardStr, Kind::STR, Raw::reference(Type::Str))] },
        Op::GuardCallable => {
            const { &[form(Op::GuardCallable, Kind::CALLABLE, Raw::reference(Type::Callable))] }
        }
        _ => &[],
    }
}

struct Candidate {
    id: LoopId,
    /// The preheader's terminator.
    end: InstId,
    header: BlockId,
    position: usize,
    param: InstId,
    guard: Op,
    /// The instruction that guards.
    guarding: InstId,
    /// Which of the guard's forms.
    choice: usize,
    /// Whether back edges may have guards of their own, and the jumps that need one.
    is_guarded: bool,
    jumps: Vec<InstId>,
}

impl Candidate {
    fn form(&self) -> Option<Form> {
        forms(self.guard).get(self.choice).copied()
    }
}

fn type_level(func: &mut Func, dom: &DomTree, loops: &LoopForest, depth: u32) -> u32 {
    let mut candidates = Vec::new();
    for id in loops.ids().filter(|&id| loops.get(id).depth == depth) {
        find_candidates(func, dom, loops, id, &mut candidates);
    }
    if candidates.is_empty() {
        return 0;
    }
    let edges = incoming_edges(func);
    // What is known without assumptions is for `unbox`; and a guard that surely fails is to fail where it is.
    let kinds = Kinds::new(func, dom);
    candidates.retain(|c| {
        let known = kinds.get(func, c.param);
        let first = func.edge(c.end, 0).1[c.position];
        let Some(form) = c.form() else { return false };
        let is_known = known.is_in(form.kind) || form.raw == Some(Raw::INT) && known.is_in(Kind::INTEGER);
        !is_known && !kinds.get(func, first).is_apart(form.kind)
    });
    if !settle(func, dom, loops, &edges, &mut candidates) {
        return 0;
    }
    let mut to = Replacements::new(func);
    let mut changes = 0;
    let mut done = 0;
    while let Some(first) = candidates.get(done) {
        let id = first.id;
        let count = candidates[done..].iter().take_while(|c| c.id == id).count();
        // One state for all of them at each edge: it names the variables, which are about to change.
        let mut states: Vec<(InstId, Option<SnapId>)> = Vec::new();
        let of_jumps = candidates[done..done + count].iter().flat_map(|c| c.jumps.iter().copied());
        for term in of_jumps.chain([first.end]) {
            if !states.iter().any(|&(known, _)| known == term) {
                states.push((term, start_state(func, loops, id, term)));
            }
        }
        if states.iter().all(|(_, snap)| snap.is_some()) {
            for candidate in &candidates[done..done + count] {
                let Some(form) = candidate.form() else { continue };
                change(func, candidate, form, &states, &edges[candidate.header.index()], &mut to);
                changes += 1;
            }
        }
        done += count;
    }
    if changes > 0 {
        for header in candidates.iter().map(|c| c.header) {
            let params = func.params(header).to_vec();
            func.retain_params(header, |i| to.get(params[i]) == params[i]);
        }
        to.apply(func);
    }
    changes
}

/// The parameters of a loop's header that its sure path guards.
fn find_candidates(func: &Func, dom: &DomTree, loops: &LoopForest, id: LoopId, to: &mut Vec<Candidate>) {
    let header = loops.get(id).header;
    if func.params(header).is_empty() || func.is_cold(header) {
        return;
    }
    let Some(end) = loops.preheader(func, dom, id).and_then(|b| func.terminator(b)) else { return };
    let start = to.len();
    for b in sure_path(func, loops, id) {
        for inst in func.insts(b) {
            let guard = func.op(inst);
            if guard.class() != Class::Guard || forms(guard).is_empty() {
                continue;
            }
            let param = same_word(func, func.arg(inst, 0));
            let Some(position) = func.params(header).iter().position(|&p| p == param) else { continue };
            match to[start..].iter_mut().find(|c| c.param == param) {
                Some(other) if forms(other.guard)[0].raw.is_none() => {
                    (other.guard, other.guarding) = (guard, inst);
                }
                Some(_) => {}
                None => {
                    let guarding = inst;
                    let (choice, is_guarded, jumps) = (0, false, Vec::new());
                    to.push(Candidate {
                        id,
                        end,
                        header,
                        position,
                        param,
                        guard,
                        guarding,
                        choice,
                        is_guarded,
                        jumps,
                    });
                }
            }
        }
    }
}

/// Leaves the candidates whose back edges give what is assumed of all of them; whether there are any.
fn settle(
    func: &Func,
    dom: &DomTree,
    loops: &LoopForest,
    edges: &Incoming,
    candidates: &mut Vec<Candidate>,
) -> bool {
    let mut proved: FastMap<InstId, Vec<(Kind, BlockId)>> = FastMap::default();
    if !candidates.is_empty() {
        for &b in dom.rpo() {
            for inst in func.insts(b).filter(|&i| func.op(i).class() == Class::Guard) {
                if let Some(kind) = proves(func, inst) {
                    proved.entry(same_word(func, func.arg(inst, 0))).or_default().push((kind, b));
                }
            }
        }
    }
    for _ in 0..ROUNDS_MAX {
        if candidates.is_empty() {
            return false;
        }
        let assumed: Vec<(InstId, Kind)> =
            candidates.iter().filter_map(|c| Some((c.param, c.form()?.kind))).collect();
        let kinds = Kinds::assuming(func, dom, &assumed);
        let mut is_settled = true;
        for c in candidates.iter_mut() {
            let Some(form) = c.form() else { continue };
            c.jumps.clear();
            let mut given = 0;
            let mut holds = edges[c.header.index()].iter().all(|&(term, e)| {
                let Some(from) = func.block_of(term).filter(|&b| loops.contains(c.id, b)) else {
                    return true;
                };
                let arg = func.edge(term, e).1[c.position];
                let word = same_word(func, arg);
                let mut kind = kinds.get(func, arg).and(kinds.get(func, word));
                for &(left, at) in proved.get(&word).into_iter().flatten() {
                    if dom.dominates(at, from) {
                        kind = kind.and(left);
                    }
                }
                if kind.is_in(form.kind) {
                    given += u32::from(word != c.param);
                    return true;
                }
                // What another form would take is no matter of a guard.
                let may_guard = c.is_guarded
                    && func.op(term) == Op::Jump
                    && !kind.is_apart(form.kind)
                    && !forms(c.guard).iter().any(|other| kind.is_in(other.kind));
                if may_guard {
                    c.jumps.push(term);
                }
                may_guard
            });
            holds &= c.jumps.is_empty() || given > 0;
            if !holds {
                c.choice += 1;
                is_settled = false;
                if c.form().is_none() && !c.is_guarded && form.raw.is_some() {
                    (c.choice, c.is_guarded) = (0, true);
                }
            }
        }
        if is_settled {
            return true;
        }
        candidates.retain(|c| c.form().is_some());
    }
    false
}

fn change(
    func: &mut Func,
    candidate: &Candidate,
    form: Form,
    states: &[(InstId, Option<SnapId>)],
    edges: &[(InstId, usize)],
    to: &mut Replacements,
) {
    let &Candidate { end, header, position, param, .. } = candidate;
    let Some(top) = func.first(header) else { return };
    let ty = form.raw.map_or(Type::Num, |raw| raw.ty);
    let guard = |func: &mut Func, term: InstId| {
        let given = func.edge(term, 0).1[position];
        let snap = states.iter().find(|&&(at, _)| at == term).and_then(|&(_, snap)| snap);
        let guarded = func.insert_before(term, NewInst { snap, ..plain(form.guard, ty, &[given]) });
        func.copy_origin(guarded, candidate.guarding);
        guarded
    };
    let new = func.add_param(header, ty);
    for &(term, e) in edges {
        let (block, args) = func.edge(term, e);
        let mut args = args.to_vec();
        let arg = args[position];
        args.push(match form.raw {
            _ if term == end || candidate.jumps.contains(&term) => guard(func, term),
            _ if same_word(func, arg) == param => new,
            Some(raw) => unboxed(func, term, arg, raw),
            None if func.ty(arg) == Type::Num => arg,
            None => func.insert_before(term, plain(Op::AsNum, Type::Num, &[arg])),
        });
        func.set_edge(term, e, block, &args);
    }
    let boxed = match form.raw {
        Some(raw) => func.insert_before(top, plain(raw.boxing, raw.boxed_ty(func.ty(param)), &[new])),
        None => new,
    };
    to.set(param, boxed);
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn an_accumulator_of_floats_is_guarded_once() {
        check(
            &["loop_types", "types", "snapshots", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            b0(v0: value, v1: f64):
              jump b1(v0)
            b1(v3: value):
              v4 = guard_f64 v3 [s0]
              v5 = add_f64 v4, v1
              v6 = box_f64 v5
              v7 = fcmp v5, v1, lt
              branch v7, b1(v6), b2
            b2:
              return_values v6
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v11 }
                snap s1 f0 pc 1 { r1 = v0 }
                b0(v0: value, v1: f64):
                  v12 = guard_f64 v0 [s1]
                  jump b1(v12)
                b1(v11: f64):
                  v5 = add_f64 v11, v1
                  v6 = box_f64 v5
                  v7 = fcmp v5, v1, lt
                  branch v7, b1(v5), b2
                b2:
                  return_values v6
            "#]],
        );
    }

    #[test]
    fn integers_that_may_grow_keep_a_check_of_their_size() {
        check(
            &["loop_types", "types", "snapshots", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            b0(v0: value, v1: i64):
              jump b1(v0)
            b1(v3: value):
              v4 = guard_int v3 [s0]
              v5 = add_i64 v4, v1
              v6 = box_i64 v5
              v7 = icmp v5, v1, lt
              branch v7, b1(v6), b2
            b2:
              return_values v6
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v11 }
                snap s1 f0 pc 1 { r1 = v0 }
                b0(v0: value, v1: i64):
                  v12 = guard_int v0 [s1]
                  jump b1(v12)
                b1(v11: i64):
                  v4 = guard_fits v11, 48 [s0]
                  v5 = add_i64 v4, v1
                  v6 = box_i64 v5
                  v7 = icmp v5, v1, lt
                  branch v7, b1(v5), b2
                b2:
                  return_values v6
            "#]],
        );
    }

    #[test]
    fn a_list_walked_by_its_links_is_a_table_all_the_way() {
        check(
            &["loop_types", "types", "snapshots", "dce", "guards"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            snap s1 f0 pc 2 { r1 = v3, r2 = v5 }
            b0(v0: value):
              jump b1(v0)
            b1(v3: value):
              v4 = guard_table v3 [s0]
              v5 = load_slot v4, 0
              v6 = guard_table v5 [s1]
              v7 = load_shape v6
              v8 = const_i64 3
              v9 = icmp v7, v8, eq
              branch v9, b1(v5), b2
            b2:
              return_values v5
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v13 }
                snap s1 f0 pc 2 { r1 = v13, r2 = v5 }
                snap s2 f0 pc 1 { r1 = v0 }
                b0(v0: value):
                  v14 = guard_table v0 [s2]
                  jump b1(v14)
                b1(v13: table):
                  v5 = load_slot v13, 0
                  v6 = guard_table v5 [s1]
                  v7 = load_shape v6
                  v8 = const_i64 3
                  v9 = icmp v7, v8, eq
                  branch v9, b1(v6), b2
                b2:
                  return_values v5
            "#]],
        );
    }

    #[test]
    fn what_may_be_of_any_kind_is_guarded_where_the_next_turn_begins() {
        check(
            &["loop_types", "types", "snapshots", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            b0(v0: value, v1: i64, v2: table):
              jump b1(v0)
            b1(v3: value):
              v4 = guard_int v3 [s0]
              v7 = icmp v4, v1, lt
              branch v7, b2, b3
            b2:
              v5 = add_i64 v4, v1
              v6 = box_i64 v5
              jump b1(v6)
            b3:
              v8 = load_slot v2, 0
              jump b1(v8)
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v13 }
                snap s1 f0 pc 1 { r1 = v8 }
                snap s2 f0 pc 1 { r1 = v0 }
                b0(v0: value, v1: i64, v2: table):
                  v14 = guard_int v0 [s2]
                  jump b1(v14)
                b1(v13: i64):
                  v4 = guard_fits v13, 48 [s0]
                  v7 = icmp v4, v1, lt
                  branch v7, b2, b3
                b2:
                  v5 = add_i64 v4, v1
                  jump b1(v5)
                b3:
                  v8 = load_slot v2, 0
                  v15 = guard_int v8 [s1]
                  jump b1(v15)
            "#]],
        );
    }

    #[test]
    fn a_variable_that_may_become_another_kind_is_guarded_inside() {
        check_stays(
            &["loop_types"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            b0(v0: value, v1: i64, v2: value):
              jump b1(v0)
            b1(v3: value):
              v4 = guard_int v3 [s0]
              v7 = icmp v4, v1, lt
              branch v7, b1(v2), b2
            b2:
              return_values v0
            ",
        );
    }
}
