//! Passes a new object to a block by its parts: a phi of virtual objects is a phi per part.
//!
//! ```text
//!   before                                after
//!     v1 = new_table t0                     v1 = new_table t0
//!     store_slot v1, v0, 0                  store_slot v1, v0, 0
//!     v2 = box_ref v1                       v9 = load_slot v1, 0
//!     jump b1(v2)                           jump b1(v9)
//!   b1(v3: value):                        b1(v10: value):
//!     v4 = guard_table v3 [s0]              v11 = new_table t0
//!     v5 = load_slot v4, 0                  store_slot v11, v10, 0
//!     …                                     v12 = box_ref v11
//!     v6 = new_table t0                     v4 = guard_table v12 [s0]
//!     store_slot v6, v7, 0                  …
//!     v8 = box_ref v6                       v13 = load_slot v6, 0
//!     branch v20, b1(v8), b2                branch v20, b1(v13), b2
//! ```
//!
//! `v = add(v, w)` in a loop makes an object in each iteration that lives until the next one. To `scalar` it escapes into the
//! parameter. Here the parameter becomes one for each part, and the object is made again at the head of the block, where
//! `scalar` finds it to be virtual; so the pair of passes makes none at all. That nobody can tell the new object from the old
//! one must be sure: every edge passes a new object of one form or another such parameter, which is of no use after the edge
//! and which nothing but loads, stores and snapshots has seen. What is made again must not be made at all: no use of the
//! parameter that is not cold may be an escape.
//!
//! Which parameters are such is assumed of all candidates and taken back until nothing changes. Tables with an array part,
//! closures, and tables that grow elsewhere than where they are made are left alone. Needs dominators; keeps the CFG. Makes
//! code worse unless `scalar` follows.

use super::objects::{Grown, Object, Use, Uses, find_objects, is_name, live_blocks};
use super::{FastMap, FastSet, Incoming, Replacements, has_unreachable, incoming_edges, plain};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::imm::Held;
use crate::ir::ops::Op;
use crate::ir::types::Type;

/// Splits parameters that hold new objects.
pub fn split_objects(func: &mut Func, dom: &DomTree) -> u32 {
    let objects = find_objects(func, dom);
    if objects.is_empty() || has_unreachable(func, dom) {
        return 0;
    }
    let edges = incoming_edges(func);
    let params = find_params(func, dom, &edges);
    if params.is_empty() {
        return 0;
    }
    let mut pass = Split::new(func, dom, &edges, objects, params);
    pass.settle(func);
    pass.rewrite(func)
}

/// What stands at the beginning of a chain of names.
fn root(func: &Func, mut inst: InstId) -> InstId {
    while is_name(func, inst) {
        inst = func.arg(inst, 0);
    }
    inst
}

/// Parameters to which every edge passes a new object or another parameter, and some edge a new object.
fn find_params(func: &Func, dom: &DomTree, edges: &Incoming) -> Vec<InstId> {
    let mut params = Vec::new();
    for &b in dom.rpo().iter().skip(1) {
        for (i, &param) in func.params(b).iter().enumerate() {
            if !matches!(func.ty(param), Type::Value | Type::Table | Type::Cell) {
                continue;
            }
            let roots =
                || edges[b.index()].iter().map(|&(term, e)| func.op(root(func, func.edge(term, e).1[i])));
            let is_new = |op: Op| matches!(op, Op::NewTable | Op::NewCell);
            if roots().any(is_new) && roots().all(|op| is_new(op) || op == Op::Param) {
                params.push(param);
            }
        }
    }
    params
}

/// The form of an object: what its parts are and how to make another one.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Form {
    op: Op,
    /// The template.
    imm: u64,
    parts: usize,
    grown: Grown,
}

struct Split<'a> {
    dom: &'a DomTree,
    edges: &'a Incoming,
    /// New objects, then parameters.
    objects: Vec<InstId>,
    uses: Uses,
    /// The number of each object.
    number: FastMap<InstId, usize>,
    /// The form of each, and for a parameter the object that it was found by; `None` if it is not to be split.
    forms: Vec<Option<(Form, InstId)>>,
    live: Vec<FastSet<BlockId>>,
    first_param: usize,
}

impl<'a> Split<'a> {
    fn new(
        func: &Func,
        dom: &'a DomTree,
        edges: &'a Incoming,
        mut objects: Vec<InstId>,
        params: Vec<InstId>,
    ) -> Split<'a> {
        let first_param = objects.len();
        objects.extend(params);
        let uses = Uses::find(func, dom, &objects);
        let number = objects.iter().enumerate().map(|(i, &o)| (o, i)).collect();
        let live = objects
            .iter()
            .zip(&uses.of)
            .map(|(&o, uses)| {
                let home = func.block_of(o).unwrap_or(func.entry());
                live_blocks(func, dom, home, &uses.insts).into_iter().collect()
            })
            .collect();
        let mut split =
            Split { dom, edges, forms: vec![None; objects.len()], objects, uses, number, live, first_param };
        for i in 0..split.first_param {
            split.forms[i] = split.form_of_new(func, i);
        }
        split.spread_forms(func);
        split
    }

    /// The form of a new object, if all that makes it grow stands in its own block.
    fn form_of_new(&self, func: &Func, i: usize) -> Option<(Form, InstId)> {
        let inst = self.objects[i];
        let op = func.op(inst);
        let object = Object { inst, names: &self.uses.of[i].names };
        let mut grown = Grown::new();
        for &user in &self.uses.of[i].insts {
            if let Use::Grow(part) = object.usage(func, user, &grown) {
                if func.block_of(user) != func.block_of(inst) {
                    return None;
                }
                grown.push((func.shape(user)?, part as u32));
            }
        }
        let is_split = matches!(op, Op::NewTable | Op::NewCell);
        is_split.then(|| (Form { op, imm: func.imm(inst), parts: object.parts(func), grown }, inst))
    }

    /// Gives parameters the forms of what they are passed.
    fn spread_forms(&mut self, func: &Func) {
        let mut is_changed = true;
        while is_changed {
            is_changed = false;
            for i in self.first_param..self.objects.len() {
                if self.forms[i].is_none() {
                    self.forms[i] = self.passed(func, i).into_iter().find_map(|o| self.forms[o?].clone());
                    is_changed |= self.forms[i].is_some();
                }
            }
        }
    }

    /// The objects that edges pass to a parameter; `None` for another result.
    fn passed(&self, func: &Func, i: usize) -> Vec<Option<usize>> {
        let param = self.objects[i];
        let Some(b) = func.block_of(param) else { return vec![None] };
        let Some(at) = func.params(b).iter().position(|&p| p == param) else { return vec![None] };
        let roots = self.edges[b.index()].iter().map(|&(term, e)| root(func, func.edge(term, e).1[at]));
        roots.map(|root| self.number.get(&root).copied()).collect()
    }

    /// Takes back what cannot be, until all that is left can.
    fn settle(&mut self, func: &Func) {
        let mut is_changed = true;
        while is_changed {
            is_changed = false;
            for i in 0..self.objects.len() {
                if self.forms[i].is_some() && !self.can_be(func, i) {
                    self.forms[i] = None;
                    is_changed = true;
                }
            }
        }
    }

    fn can_be(&self, func: &Func, i: usize) -> bool {
        let Some((form, new)) = &self.forms[i] else { return false };
        let is_param = i >= self.first_param;
        let is_like = |o: usize| self.forms[o].as_ref().is_some_and(|f| f.0 == *form);
        if is_param && !self.passed(func, i).into_iter().all(|o| o.is_some_and(is_like)) {
            return false;
        }
        let uses = &self.uses.of[i];
        let object = Object { inst: *new, names: &uses.names };
        let mut grown = if is_param { form.grown.clone() } else { Grown::new() };
        uses.insts.iter().all(|&user| match object.usage(func, user, &grown) {
            Use::Grow(_) if is_param => false,
            Use::Grow(part) => {
                grown.extend(func.shape(user).map(|shape| (shape, part as u32)));
                true
            }
            Use::Escape if func.op(user).is_terminator() => self.is_passed_well(func, i, user, form),
            Use::Escape => is_param && func.block_of(user).is_some_and(|b| func.is_cold(b)),
            _ => true,
        })
    }

    /// Whether a terminator passes an object only to parameters that are split, once on each edge, and for the last time.
    fn is_passed_well(&self, func: &Func, i: usize, term: InstId, form: &Form) -> bool {
        let names = &self.uses.of[i].names;
        let home = func.block_of(self.objects[i]);
        !func.args(term).iter().any(|arg| names.contains(arg))
            && (0..func.edge_count(term)).all(|e| {
                let (to, args) = func.edge(term, e);
                let mut passed = args.iter().zip(func.params(to)).filter(|(arg, _)| names.contains(arg));
                let Some((_, param)) = passed.next() else { return true };
                let is_like = self
                    .number
                    .get(param)
                    .and_then(|&o| self.forms[o].as_ref())
                    .is_some_and(|f| f.0 == *form);
                let is_last = home == Some(to) || !self.live[i].contains(&to);
                is_like && is_last && passed.next().is_none()
            })
    }

    fn rewrite(&self, func: &mut Func) -> u32 {
        let mut to = Replacements::new(func);
        let mut made: FastMap<InstId, InstId> = FastMap::default();
        let params: Vec<(InstId, &Form)> = self.objects[self.first_param..]
            .iter()
            .zip(&self.forms[self.first_param..])
            .filter_map(|(&param, form)| Some((param, &form.as_ref()?.0)))
            .collect();
        // First the objects at the heads of blocks: edges load parts of them.
        let mut parts: FastMap<InstId, Vec<InstId>> = FastMap::default();
        for &(param, form) in &params {
            let Some(b) = func.block_of(param) else { continue };
            let Some(first) = func.first(b) else { continue };
            let new: Vec<InstId> = (0..form.parts).map(|_| func.add_param(b, Type::Value)).collect();
            let object = make(func, first, form, &new);
            made.insert(param, object);
            parts.insert(param, new);
            let stands_for = if func.ty(param).is_ref() {
                object
            } else {
                func.insert_before(first, plain(Op::BoxRef, Type::Value, &[object]))
            };
            to.set(param, stands_for);
        }
        for &(param, form) in &params {
            let Some(b) = func.block_of(param) else { continue };
            let Some(at) = func.params(b).iter().position(|&p| p == param) else { continue };
            let new = &parts[&param];
            for &(term, e) in &self.edges[b.index()] {
                let (target, args) = func.edge(term, e);
                let mut args = args.to_vec();
                let root = root(func, args[at]);
                let object = made.get(&root).copied().unwrap_or(root);
                for (part, new) in new.iter().enumerate() {
                    let loaded = load(func, term, form, object, part);
                    let place = func.params(b).iter().position(|p| p == new).unwrap_or(args.len());
                    args.resize(args.len().max(place + 1), loaded);
                    args[place] = loaded;
                }
                func.set_edge(term, e, target, &args);
            }
        }
        for &b in self.dom.rpo() {
            let old = func.params(b).to_vec();
            func.retain_params(b, |i| to.get(old[i]) == old[i]);
        }
        to.apply(func);
        params.len() as u32
    }
}

/// Makes an object of these parts.
fn make(func: &mut Func, at: InstId, form: &Form, parts: &[InstId]) -> InstId {
    let ty = match form.op {
        Op::NewTable => Type::Table,
        _ => Type::Cell,
    };
    let is_table = form.op == Op::NewTable;
    let args: &[InstId] = if is_table { &[] } else { parts };
    let object = func.insert_before(at, NewInst { imm: form.imm, ..plain(form.op, ty, args) });
    if is_table {
        for (slot, &part) in parts.iter().enumerate() {
            if !form.grown.iter().any(|g| g.1 as usize == slot) {
                Builder::before(func, at).store_slot(object, part, slot as u32);
            }
        }
        for &(shape, slot) in &form.grown {
            Builder::before(func, at).transition(object, parts[slot as usize], shape, slot);
        }
    }
    object
}

fn load(func: &mut Func, at: InstId, form: &Form, object: InstId, part: usize) -> InstId {
    let mut b = Builder::before(func, at);
    match form.op {
        Op::NewTable => b.load_slot(object, part as u32, Held::Any),
        _ => b.load_cell(object),
    }
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn an_object_for_each_iteration_is_variables_of_the_loop() {
        check(
            &["split", "scalar", "types", "unbox", "types", "params", "snapshots", "dce"],
            "
            template t0 shape #5 slots 2 array 0 any
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 3 { r0 = v3 }
            b0(v0: f64, v20: f64):
              v21 = box_f64 v0
              v1 = new_table t0
              store_slot v1, v21, 0
              store_slot v1, v21, 1
              v2 = box_ref v1
              jump b1(v2)
            b1(v3: value):
              poll [s0]
              v4 = guard_table v3 [s0]
              v5 = guard_shape v4, #5 [s0]
              v6 = load_slot v5, 0
              v7 = guard_f64 v6 [s0]
              v8 = load_slot v5, 1
              v9 = guard_f64 v8 [s0]
              v10 = add_f64 v7, v9
              v11 = mul_f64 v7, v9
              v12 = box_f64 v10
              v13 = box_f64 v11
              v14 = new_table t0
              store_slot v14, v12, 0
              store_slot v14, v13, 1
              v15 = box_ref v14
              v16 = fcmp v11, v20, lt
              branch v16, b1(v15), b2(v15)
            b2(v17: value):
              v18 = guard_table v17 [s1]
              v19 = load_slot v18, 1
              return_values v19
            snap s1 f0 pc 4 { r0 = v17 }
            ",
            &expect![[r#"
                template t0 shape #5 slots 2 array 0 any
                virtual o0 new_table t0 { slot 0 = v52, slot 1 = v54 }
                snap s0 f0 pc 3 { r0 = v35 }
                snap s1 f0 pc 4 { r0 = v41 }
                snap s2 f0 pc 3 { r0 = o0 }
                b0(v0: f64, v20: f64):
                  jump b1(v0, v0)
                b1(v52: f64, v54: f64):
                  poll [s2]
                  v10 = add_f64 v52, v54
                  v11 = mul_f64 v52, v54
                  v16 = fcmp v11, v20, lt
                  branch v16, b1(v10, v11), b2
                b2:
                  v59 = box_f64 v11
                  return_values v59
            "#]],
        );
    }

    #[test]
    fn an_object_that_lives_on_is_passed() {
        check_stays(
            &["split"],
            "
            b0(v0: value, v1: bool):
              v2 = new_cell v0
              jump b1(v2)
            b1(v3: cell):
              v4 = load_cell v2
              store_cell v3, v0
              v5 = new_cell v4
              branch v1, b1(v5), b2
            b2:
              return_values v0
            ",
        );
    }

    #[test]
    fn an_object_that_others_see_is_passed() {
        check_stays(
            &["split"],
            "
            b0(v0: value, v1: bool, v9: table):
              v2 = new_cell v0
              jump b1(v2)
            b1(v3: cell):
              v4 = load_cell v3
              v5 = new_cell v4
              v6 = box_ref v5
              store_slot v9, v6, 1
              branch v1, b1(v5), b2
            b2:
              return_values v0
            ",
        );
    }
}
