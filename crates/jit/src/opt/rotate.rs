//! Loop rotation: a loop that tests at its head becomes a test followed by a loop that tests at its end.
//!
//! ```text
//!   before                              after
//!     jump b1(v0)                         v4 = icmp v0, v9, lt
//!   b1(v1: i64):                          branch v4, b2(v0), b3
//!     v2 = icmp v1, v9, lt              b1(v1: i64):
//!     branch v2, b2, b3                   v2 = icmp v1, v9, lt
//!   b2:                                   branch v2, b2(v1), b3
//!     v3 = add_i64 v1, v8               b2(v5: i64):
//!     jump b1(v3)                         v3 = add_i64 v5, v8
//!                                         jump b1(v3)
//! ```
//!
//! One jump less per iteration, and more: the first instruction of the body is executed by every iteration that begins, so
//! guards and loads of the body can move before the loop (`licm`). The header is copied to where the loop is entered; what it
//! computes reaches body and exit as parameters, but for what is pure and invariant, which moves out before. Each execution of the header is still one execution, of one of the copies,
//! so loads in it are not doubled.
//!
//! Only short headers that call nothing are copied, and only if what they compute is used nowhere but in the blocks below the
//! body or below the exit; snapshots that name it get a copy for each. Loops that are entered by a branch get a preheader
//! first, and so do the bodies of loops that were rotated. Needs dominators and loops; changes the CFG.

use super::{FastMap, has_unreachable, map_snapshot};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::loops::{LoopForest, LoopId};
use crate::ir::ops::{Class, Op};
use crate::ir::snapshot::SnapId;

/// Gives loops preheaders and rotates them.
pub fn rotate_loops(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    if loops.loops().is_empty() || has_unreachable(func, dom) {
        return 0;
    }
    let known = func.block_count();
    let mut changes = 0;
    for id in loops.ids() {
        changes += make_preheader(func, dom, loops, id);
        changes += separate_targets(func, dom, loops, id, known);
    }
    if changes == 0 {
        return rotate_all(func, dom, loops);
    }
    let dom = DomTree::new(func);
    let loops = LoopForest::new(func, &dom);
    changes + rotate_all(func, &dom, &loops)
}

/// Rotates loops, inner ones first. The analyses stay as they were: what a rotation asks of them (blocks of loops, blocks
/// that alone lead to others, what is below the two targets of a header) no other rotation changes.
fn rotate_all(func: &mut Func, dom: &DomTree, loops: &LoopForest) -> u32 {
    loops.ids().rev().for_each(|id| clear_header(func, dom, loops, id));
    let mut users = Users::new(func, loops);
    loops.ids().rev().map(|id| rotate(func, dom, loops, id, &mut users)).sum()
}

/// Moves what is pure and invariant from the header of a loop to where it is entered: constants above all, which as parameters
/// of body and exit would be none.
fn clear_header(func: &mut Func, dom: &DomTree, loops: &LoopForest, id: LoopId) {
    let header = loops.get(id).header;
    let end = loops.preheader(func, dom, id).and_then(|b| func.terminator(b));
    let (Some(end), Some(_)) = (end, tests_at_head(func, header)) else { return };
    let mut at = func.first(header);
    while let Some(inst) = at {
        at = func.next(inst);
        let is_outside = |&arg: &InstId| func.block_of(arg).is_some_and(|b| !loops.contains(id, b));
        let is_free = func.op(inst).class() == Class::Pure && !func.effects(inst).may_allocate();
        if is_free && func.args(inst).iter().all(is_outside) {
            func.move_before(inst, end);
        }
    }
}

/// Makes a block that alone leads into the loop, if there is none.
fn make_preheader(func: &mut Func, dom: &DomTree, loops: &LoopForest, id: LoopId) -> u32 {
    if loops.preheader(func, dom, id).is_some() {
        return 0;
    }
    let header = loops.get(id).header;
    let mut entering: Vec<BlockId> =
        dom.preds(header).iter().copied().filter(|&p| !loops.contains(id, p)).collect();
    entering.dedup();
    let block = block_before(func, header);
    let types: Vec<_> = func.params(header).iter().map(|&p| func.ty(p)).collect();
    let params: Vec<InstId> = types.into_iter().map(|ty| func.add_param(block, ty)).collect();
    Builder::at_end(func, block).jump(header, &params);
    for p in entering {
        let Some(term) = func.terminator(p) else { continue };
        for e in 0..func.edge_count(term) {
            let (to, args) = func.edge(term, e);
            if to == header {
                let args = args.to_vec();
                func.set_edge(term, e, block, &args);
            }
        }
    }
    1
}

/// Puts a block on each edge of a header's test to a block that others lead to as well: what breaks lead to, mostly.
fn separate_targets(func: &mut Func, dom: &DomTree, loops: &LoopForest, id: LoopId, known: usize) -> u32 {
    let header = loops.get(id).header;
    let Some(test) = tests_at_head(func, header) else { return 0 };
    let targets = [func.edge(test, 0).0, func.edge(test, 1).0];
    // Blocks that were made just now are reached from nowhere else, and no analysis knows them.
    let is_new = |b: BlockId| b.index() >= known;
    if targets[0] == targets[1] || targets.iter().any(|&b| is_new(b) || b == header) {
        return 0;
    }
    if loops.contains(id, targets[0]) == loops.contains(id, targets[1]) {
        return 0;
    }
    let mut changes = 0;
    for (e, target) in targets.into_iter().enumerate() {
        if dom.preds(target).len() > 1 {
            func.split_edge(test, e);
            changes += 1;
        }
    }
    changes
}

/// The branch of a header that is short and calls nothing.
fn tests_at_head(func: &Func, header: BlockId) -> Option<InstId> {
    let test = func.terminator(header).filter(|&t| func.op(t) == Op::Branch)?;
    if func.insts(header).nth(HEADER_MAX).is_some() {
        return None;
    }
    let is_copied = func.insts(header).all(|inst| {
        let class = func.op(inst).class();
        class == Class::Term || !func.effects(inst).may_run_user_code() && class != Class::Project
    });
    is_copied.then_some(test)
}

/// A new block, right before another in the order.
fn block_before(func: &mut Func, b: BlockId) -> BlockId {
    let new = func.add_block();
    let mut order: Vec<BlockId> = func.blocks().iter().copied().filter(|&x| x != new).collect();
    let at = order.iter().position(|&x| x == b).unwrap_or(order.len());
    order.insert(at, new);
    func.set_order(order);
    func.set_cold(new, func.is_cold(b));
    new
}

/// The instructions that use what is in headers of loops, by operands or snapshots. Lists only grow: one that was rewritten
/// may use another result by now.
struct Users {
    /// For each result the last of its `links`; results that are new have none yet.
    last: Vec<u32>,
    /// Users, each with the link before it of the same result.
    links: Vec<(InstId, u32)>,
    /// For blocks made by rotations, a block that stands for them in the analyses.
    stands_for: FastMap<BlockId, BlockId>,
}

/// No link.
const NONE: u32 = u32::MAX;

impl Users {
    fn new(func: &Func, loops: &LoopForest) -> Users {
        let mut is_header = vec![false; func.block_count()];
        for l in loops.loops() {
            is_header[l.header.index()] = true;
        }
        let mut users =
            Users { last: vec![NONE; func.inst_count()], links: Vec::new(), stands_for: FastMap::default() };
        // Many instructions share a snapshot: where what it names is in the list, if that is known.
        let mut named: Vec<InstId> = Vec::new();
        let mut named_by: Vec<(u32, u32)> = vec![(NONE, 0); func.snaps.all().len()];
        let is_result = |inst: InstId| func.block_of(inst).is_some_and(|b| is_header[b.index()]);
        for &b in func.blocks() {
            for inst in func.insts(b) {
                func.visit_uses(inst, |arg| {
                    if is_result(arg) {
                        users.add(arg, inst);
                    }
                });
                if let Some(snap) = func.snapshot(inst) {
                    let range = &mut named_by[snap.index()];
                    if range.0 == NONE {
                        let start = named.len();
                        func.snaps.visit_insts(snap, |used| {
                            if is_result(used) {
                                named.push(used);
                            }
                        });
                        *range = (start as u32, named.len() as u32);
                    }
                    for &used in &named[range.0 as usize..range.1 as usize] {
                        users.add(used, inst);
                    }
                }
            }
        }
        users
    }

    fn add(&mut self, used: InstId, user: InstId) {
        if used.index() >= self.last.len() {
            self.last.resize(used.index() + 1, NONE);
        }
        let last = &mut self.last[used.index()];
        if self.links.get(*last as usize).is_none_or(|link| link.0 != user) {
            let before = std::mem::replace(last, self.links.len() as u32);
            self.links.push((user, before));
        }
    }

    /// Adds all that an instruction uses.
    fn add_all(&mut self, func: &Func, user: InstId) {
        func.visit_uses(user, |arg| self.add(arg, user));
        if let Some(snap) = func.snapshot(user) {
            func.snaps.visit_insts(snap, |arg| self.add(arg, user));
        }
    }

    /// The users of a result.
    fn of(&self, used: InstId) -> impl Iterator<Item = InstId> + '_ {
        let link = |at: u32| self.links.get(at as usize);
        let last = self.last.get(used.index()).and_then(|&last| link(last));
        std::iter::successors(last, move |&&(_, before)| link(before)).map(|&(user, _)| user)
    }
}

/// Longest header that is copied; arbitrary.
const HEADER_MAX: usize = 32;

fn rotate(func: &mut Func, dom: &DomTree, loops: &LoopForest, id: LoopId, users: &mut Users) -> u32 {
    let header = loops.get(id).header;
    let Some(preheader) = loops.preheader(func, dom, id) else { return 0 };
    let (Some(enter), Some(test)) = (func.terminator(preheader), tests_at_head(func, header)) else {
        return 0;
    };
    let targets = [func.edge(test, 0).0, func.edge(test, 1).0];
    // Where an inner loop was entered from this header, it has its test now.
    if targets.iter().any(|b| users.stands_for.contains_key(b)) {
        return 0;
    }
    let is_inside = targets.map(|b| loops.contains(id, b));
    // Both blocks must be reached from the header alone, so that what it computes can reach them as parameters.
    let is_alone = targets.iter().all(|&b| dom.preds(b).len() == 1 && b != header);
    if is_inside[0] == is_inside[1] || targets[0] == targets[1] || !is_alone {
        return 0;
    }
    let mut rotation = Rotation { header, targets, uses: Vec::new() };
    if !rotation.find_uses(func, dom, users) {
        return 0;
    }
    let copies = copy_header(func, header, enter, test);
    rotation.pass_results(func, preheader, test, &copies);
    for &copy in copies.values() {
        users.add_all(func, copy);
    }
    for &(inst, _) in &rotation.uses {
        users.add_all(func, inst);
    }
    users.add_all(func, test);
    // The body is the header now, and is entered by a branch.
    if let Some(entering) = func.terminator(preheader) {
        let body = func.split_edge(entering, usize::from(is_inside[1]));
        users.stands_for.insert(body, preheader);
        for term in [Some(entering), func.terminator(body)].into_iter().flatten() {
            users.add_all(func, term);
        }
    }
    1
}

/// Copies the header before the jump that enters the loop, with its branch in place of the jump; what became of what.
fn copy_header(func: &mut Func, header: BlockId, enter: InstId, test: InstId) -> FastMap<InstId, InstId> {
    let mut copies: FastMap<InstId, InstId> = FastMap::default();
    let given = func.edge(enter, 0).1.to_vec();
    for (&param, &arg) in func.params(header).iter().zip(&given) {
        copies.insert(param, arg);
    }
    let of = |copies: &FastMap<InstId, InstId>, inst: InstId| copies.get(&inst).copied().unwrap_or(inst);
    let mut made = Vec::new();
    for inst in func.insts(header).collect::<Vec<_>>() {
        if inst == test {
            break;
        }
        let args: Vec<InstId> = func.args(inst).iter().map(|&arg| of(&copies, arg)).collect();
        let (op, ty, imm, imm2) = (func.op(inst), func.ty(inst), func.imm(inst), func.imm2(inst));
        let snap = func.snapshot(inst);
        let copy = func.insert_before(enter, NewInst { op, ty, args: &args, imm, imm2, snap });
        func.copy_origin(copy, inst);
        copies.insert(inst, copy);
        made.push(copy);
    }
    // Now, since the snapshot of a call may name its own results.
    for copy in made {
        let snap = func.snapshot(copy);
        // Virtual objects were looked at before: no snapshot of the header has one that would change.
        let snap = snap.and_then(|s| map_snapshot(func, s, &mut |_, i| Some(of(&copies, i))));
        func.set_snapshot(copy, snap);
    }
    let condition = of(&copies, func.arg(test, 0));
    let edges: Vec<(BlockId, Vec<InstId>)> = (0..2)
        .map(|e| {
            let (to, args) = func.edge(test, e);
            (to, args.iter().map(|&arg| of(&copies, arg)).collect())
        })
        .collect();
    let Some(b) = func.block_of(enter) else { return copies };
    func.remove(enter);
    Builder::at_end(func, b).branch(condition, (edges[0].0, &edges[0].1), (edges[1].0, &edges[1].1));
    copies
}

/// What a rotation needs to know of the uses of the header's results.
struct Rotation {
    header: BlockId,
    targets: [BlockId; 2],
    /// Instructions outside the header that use its results, directly or by snapshot, with the target that dominates them.
    uses: Vec<(InstId, usize)>,
}

impl Rotation {
    fn is_result(&self, func: &Func, inst: InstId) -> bool {
        func.block_of(inst) == Some(self.header)
    }

    /// Finds the uses outside; whether all are below one of the targets and can be rewritten.
    fn find_uses(&mut self, func: &Func, dom: &DomTree, users: &Users) -> bool {
        let mut seen: Vec<InstId> = Vec::new();
        let results = func.params(self.header).iter().copied().chain(func.insts(self.header));
        seen.extend(results.flat_map(|r| users.of(r)));
        seen.sort_unstable();
        seen.dedup();
        for inst in seen {
            let Some(b) = func.block_of(inst) else { continue };
            let is_outside = b != self.header;
            let mut is_user = false;
            if is_outside {
                func.visit_uses(inst, |arg| is_user |= self.is_result(func, arg));
            }
            if let Some(snap) = func.snapshot(inst) {
                let mut is_named = false;
                func.snaps.visit_insts(snap, |used| is_named |= self.is_result(func, used));
                if is_named && !self.can_map(func, snap) {
                    return false;
                }
                is_user |= is_named && is_outside;
            }
            if is_user {
                let b = users.stands_for.get(&b).copied().unwrap_or(b);
                match self.targets.iter().position(|&t| dom.dominates(t, b)) {
                    Some(side) => self.uses.push((inst, side)),
                    None => return false,
                }
            }
        }
        true
    }

    /// Whether no virtual object of a snapshot names a result of the header.
    fn can_map(&self, func: &Func, snap: SnapId) -> bool {
        let mut plain = 0;
        let mut all = 0;
        for s in func.snaps.chain(snap) {
            let named = func.snaps.entries(s).iter().filter_map(|e| e.source.inst());
            plain += named.filter(|&inst| self.is_result(func, inst)).count();
        }
        func.snaps.visit_insts(snap, |inst| all += usize::from(self.is_result(func, inst)));
        plain == all
    }

    /// Passes the results that are used below each target to it as parameters, from the header and from its copy.
    fn pass_results(
        &self,
        func: &mut Func,
        preheader: BlockId,
        test: InstId,
        copies: &FastMap<InstId, InstId>,
    ) {
        let Some(copied_test) = func.terminator(preheader) else { return };
        for side in 0..2 {
            let mut params: FastMap<InstId, InstId> = FastMap::default();
            let mut passed: Vec<InstId> = Vec::new();
            for &(inst, _) in self.uses.iter().filter(|u| u.1 == side) {
                let mut used = Vec::new();
                func.visit_uses(inst, |arg| used.push(arg));
                if let Some(snap) = func.snapshot(inst) {
                    func.snaps.visit_insts(snap, |arg| used.push(arg));
                }
                for arg in used {
                    if self.is_result(func, arg) && !params.contains_key(&arg) {
                        let param = func.add_param(self.targets[side], func.ty(arg));
                        params.insert(arg, param);
                        passed.push(arg);
                    }
                }
            }
            for (term, is_copy) in [(test, false), (copied_test, true)] {
                let (to, args) = func.edge(term, side);
                let more = passed.iter().map(|r| if is_copy { copies[r] } else { *r });
                let args: Vec<InstId> = args.iter().copied().chain(more).collect();
                func.set_edge(term, side, to, &args);
            }
            for &(inst, _) in self.uses.iter().filter(|u| u.1 == side) {
                func.rewrite_uses(inst, |arg| params.get(&arg).copied().unwrap_or(arg));
                if let Some(snap) = func.snapshot(inst) {
                    let map = &mut |_: &Func, i: InstId| Some(params.get(&i).copied().unwrap_or(i));
                    let snap = map_snapshot(func, snap, map);
                    func.set_snapshot(inst, snap);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::check;
    use expect_test::expect;

    #[test]
    fn a_while_loop_tests_at_its_end() {
        check(
            &["rotate"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v3 }
            b0(v0: i64, v1: i64):
              jump b1(v0)
            b1(v3: i64):
              v4 = icmp v3, v1, lt
              branch v4, b2, b3
            b2:
              poll [s0]
              v5 = add_i64 v3, v1
              jump b1(v5)
            b3:
              v6 = box_i64 v3
              return_values v6
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v3 }
                snap s1 f0 pc 0 { r0 = v14 }
                b0(v0: i64, v1: i64):
                  v12 = icmp v0, v1, lt
                  branch v12, b4, b3(v0)
                b1(v3: i64):
                  v4 = icmp v3, v1, lt
                  branch v4, b2(v3), b3(v3)
                b4:
                  jump b2(v0)
                b2(v14: i64):
                  poll [s1]
                  v5 = add_i64 v14, v1
                  jump b1(v5)
                b3(v15: i64):
                  v6 = box_i64 v15
                  return_values v6
            "#]],
        );
    }

    #[test]
    fn a_loop_with_a_break_is_rotated() {
        check(
            &["rotate"],
            "
            b0(v0: i64, v1: i64, v2: bool):
              jump b1(v0)
            b1(v3: i64):
              v4 = icmp v3, v1, lt
              branch v4, b2, b4
            b2:
              branch v2, b3, b4
            b3:
              v5 = add_i64 v3, v1
              jump b1(v5)
            b4:
              v6 = box_i64 v0
              return_values v6
            ",
            &expect![[r#"
                b0(v0: i64, v1: i64, v2: bool):
                  v13 = icmp v0, v1, lt
                  branch v13, b6, b5
                b1(v3: i64):
                  v4 = icmp v3, v1, lt
                  branch v4, b2(v3), b5
                b6:
                  jump b2(v0)
                b2(v15: i64):
                  branch v2, b3, b4
                b3:
                  v5 = add_i64 v15, v1
                  jump b1(v5)
                b5:
                  jump b4
                b4:
                  v6 = box_i64 v0
                  return_values v6
            "#]],
        );
    }

    #[test]
    fn constants_of_the_header_are_no_parameters() {
        check(
            &["rotate"],
            "
            b0(v0: i64, v9: i64):
              jump b1(v0)
            b1(v1: i64):
              v2 = const_i64 1
              v8 = sub_i64 v9, v2
              v3 = icmp v1, v8, lt
              branch v3, b2, b3
            b2:
              v4 = add_i64 v1, v2
              jump b1(v4)
            b3:
              v5 = const_value nil
              return_values v5
            ",
            &expect![[r#"
                b0(v0: i64, v9: i64):
                  v2 = const_i64 1
                  v8 = sub_i64 v9, v2
                  v14 = icmp v0, v8, lt
                  branch v14, b4, b3
                b1(v1: i64):
                  v3 = icmp v1, v8, lt
                  branch v3, b2(v1), b3
                b4:
                  jump b2(v0)
                b2(v16: i64):
                  v4 = add_i64 v16, v2
                  jump b1(v4)
                b3:
                  v5 = const_value nil
                  return_values v5
            "#]],
        );
    }

    #[test]
    fn a_loop_entered_by_a_branch_gets_a_preheader() {
        check(
            &["rotate"],
            "
            b0(v0: i64, v1: bool):
              branch v1, b1(v0), b2
            b1(v3: i64):
              v4 = add_i64 v3, v0
              branch v1, b1(v4), b2
            b2:
              v6 = box_i64 v0
              return_values v6
            ",
            &expect![[r#"
                b0(v0: i64, v1: bool):
                  branch v1, b3(v0), b2
                b3(v10: i64):
                  jump b1(v10)
                b1(v3: i64):
                  v4 = add_i64 v3, v0
                  branch v1, b1(v4), b2
                b2:
                  v6 = box_i64 v0
                  return_values v6
            "#]],
        );
    }
}
