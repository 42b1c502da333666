//! What a well-formed function is.
//!
//! - Every block has one terminator, at its end; the entry has no predecessor; edges pass what their block's parameters are.
//! - Every use is dominated by its definition. In unreachable blocks nothing is checked but the form.
//! - Operands and results have the types that the op table (or the helper's row) says; immediates are ones of their kind.
//! - An instruction that may leave or throw has a snapshot, and no other has one. What a snapshot names dominates it; a call's
//!   snapshot may also name the call itself and its further results.
//! - Projections of a call stand right after it and ask for results that it has.
//!
//! Facts about the program (that a reference is what its type says) cannot be checked here.

use super::dom::DomTree;
use super::func::{BlockId, Func, InstId};
use super::helpers::Helper;
use super::imm::{Cc, Elem, Fcc, Held, ImmKind, Reason, Results, Tag};
use super::ops::{Class, Op};
use super::snapshot::{SnapId, Source, Via};
use super::types::{Gives, Type, Want};

/// Checks a function; the error is all findings, a line each.
pub fn verify(func: &Func) -> Result<(), String> {
    let mut verifier = Verifier { func, position: vec![0; func.inst_count()], dom: None, errors: Vec::new() };
    verifier.check_blocks();
    if verifier.errors.is_empty() {
        // Only complete blocks have a graph.
        verifier.dom = Some(DomTree::new(func));
        verifier.check_insts();
        verifier.check_tables();
    }
    if verifier.errors.is_empty() { Ok(()) } else { Err(verifier.errors.join("\n")) }
}

struct Verifier<'f> {
    func: &'f Func,
    /// Place of each instruction in its block; parameters come before all.
    position: Vec<u32>,
    dom: Option<DomTree>,
    errors: Vec<String>,
}

impl Verifier<'_> {
    fn error(&mut self, inst: InstId, message: impl std::fmt::Display) {
        let text = super::print::print_inst(self.func, inst);
        self.errors.push(format!("{text}: {message}"));
    }

    fn check_blocks(&mut self) {
        let func = self.func;
        if func.blocks().is_empty() {
            self.errors.push("the function has no blocks".to_owned());
            return;
        }
        let mut is_placed = vec![false; func.block_count()];
        for &b in func.blocks() {
            if std::mem::replace(&mut is_placed[b.index()], true) {
                self.errors.push(format!("{b} is in the order twice"));
            }
        }
        for &b in func.blocks() {
            for &param in func.params(b) {
                if func.op(param) != Op::Param || func.block_of(param) != Some(b) {
                    self.errors.push(format!("{param} is no parameter of {b}"));
                }
                if func.ty(param) == Type::None {
                    self.error(param, "a parameter has a type");
                }
            }
            let mut last = None;
            for (i, inst) in func.insts(b).enumerate() {
                self.position[inst.index()] = i as u32 + 1;
                if func.block_of(inst) != Some(b) {
                    self.error(inst, format_args!("does not know that it is in {b}"));
                }
                if last.is_some_and(|l| func.op(l).is_terminator()) {
                    self.error(inst, "follows a terminator");
                }
                if matches!(func.op(inst), Op::Param | Op::Nop) {
                    self.error(inst, "cannot stand in a block");
                }
                last = Some(inst);
            }
            match func.terminator(b) {
                None => self.errors.push(format!("{b} has no terminator")),
                Some(t) => {
                    for to in func.successors(b) {
                        if !is_placed.get(to.index()).copied().unwrap_or(false) {
                            self.error(t, format_args!("{to} is not in the order"));
                        } else if to == func.entry() {
                            self.error(t, "goes back to the entry");
                        }
                    }
                }
            }
        }
    }

    fn check_insts(&mut self) {
        let func = self.func;
        for &b in func.blocks() {
            for inst in func.insts(b) {
                self.check_imms(inst);
                self.check_operands(inst);
                self.check_result(inst);
                self.check_edges(inst);
                self.check_snapshot(inst);
                if func.op(inst).class() == Class::Project {
                    self.check_projection(inst);
                }
                let mut used = Vec::new();
                func.visit_uses(inst, |arg| used.push(arg));
                for arg in used {
                    self.check_use(inst, arg, b);
                }
            }
        }
    }

    fn check_imms(&mut self, inst: InstId) {
        for (i, &(name, kind)) in self.func.op(inst).imms().iter().enumerate() {
            let bits = if i == 0 { self.func.imm(inst) } else { u64::from(self.func.imm2(inst)) };
            let is_valid = match kind {
                ImmKind::Int | ImmKind::Float => true,
                ImmKind::Value => {
                    self.func.op(inst) != Op::ConstNum || {
                        let v = runtime::value::Value::from_bits(bits);
                        v.is_float() || v.is_small_int()
                    }
                }
                ImmKind::Address => bits != 0,
                ImmKind::Shape | ImmKind::Index => u32::try_from(bits).is_ok(),
                ImmKind::Count => {
                    let max = match self.func.op(inst) {
                        Op::ConstBool => 1,
                        Op::GuardFits => 63,
                        Op::GuardObject => u64::from(u8::MAX),
                        _ => u64::from(u32::MAX),
                    };
                    bits <= max
                }
                ImmKind::Template => bits < self.func.snaps.templates().len() as u64,
                ImmKind::Cc => Cc::from_bits(bits).is_some(),
                ImmKind::Fcc => Fcc::from_bits(bits).is_some(),
                ImmKind::Tag => Tag::from_bits(bits).is_some(),
                ImmKind::Elem => Elem::from_bits(bits).is_some(),
                ImmKind::Held => Held::from_bits(bits).is_some(),
                ImmKind::Reason => Reason::from_bits(bits).is_some(),
                ImmKind::Results => Results::from_bits(bits).is_some(),
                ImmKind::Helper => Helper::from_bits(bits).is_some(),
            };
            if !is_valid {
                self.error(inst, format_args!("the immediate `{name}` is out of range"));
            }
        }
    }

    fn check_operands(&mut self, inst: InstId) {
        let func = self.func;
        let op = func.op(inst);
        let (wanted, rest) = match func.helper(inst) {
            Some(helper) => (helper.operands(), None),
            None => (op.operands(), op.rest()),
        };
        let args = func.args(inst);
        if args.len() < wanted.len() || (rest.is_none() && args.len() > wanted.len()) {
            self.error(inst, format_args!("has {} operands, not {}", args.len(), wanted.len()));
            return;
        }
        if op == Op::Return && args.len() > Results::COUNT_MAX as usize {
            self.error(inst, "returns too many values in registers");
        }
        for (i, &arg) in args.iter().enumerate() {
            let Some((name, want)) = wanted.get(i).copied().or(rest) else { continue };
            let want = if op == Op::Return && i == 0 { Want::Type(func.returns) } else { want };
            let ty = func.ty(arg);
            if !want.accepts(ty, func.ty(inst)) {
                self.error(inst, format_args!("`{name}` wants {}, and {arg} is {}", want.name(), ty.name()));
            }
        }
    }

    fn check_result(&mut self, inst: InstId) {
        let func = self.func;
        let (op, ty) = (func.op(inst), func.ty(inst));
        let is_right = match op.gives() {
            Gives::Type(wanted) => ty.fits(wanted),
            Gives::Ref => ty.is_ref(),
            Gives::Same => ty != Type::None,
            Gives::Given => true,
        };
        if !is_right {
            self.error(inst, format_args!("cannot give {}", ty.name()));
        }
        let Some(results) = func.results(inst) else { return };
        let has_result = results.count != 0 && !results.is_multi();
        if (ty != Type::None) != has_result {
            self.error(inst, "its result does not agree with the number of results");
        }
        match func.helper(inst) {
            Some(helper) if ty != Type::None && !ty.fits(helper.gives()) => {
                self.error(inst, format_args!("the helper gives {}", helper.gives().name()));
            }
            _ if !ty.is_boxable() && ty != Type::None => self.error(inst, "no value is of that type"),
            _ => {}
        }
    }

    fn check_edges(&mut self, inst: InstId) {
        let func = self.func;
        for i in 0..func.edge_count(inst) {
            let (to, args) = func.edge(inst, i);
            let params = func.params(to);
            if args.len() != params.len() {
                self.error(
                    inst,
                    format_args!("passes {} arguments to {to}, not {}", args.len(), params.len()),
                );
                continue;
            }
            for (&arg, &param) in args.iter().zip(params) {
                let (given, wanted) = (func.ty(arg), func.ty(param));
                if !given.fits(wanted) {
                    self.error(
                        inst,
                        format_args!("{param} of {to} is {}, and {arg} is {}", wanted.name(), given.name()),
                    );
                }
            }
        }
    }

    fn check_snapshot(&mut self, inst: InstId) {
        let func = self.func;
        match (func.snapshot(inst), func.needs_snapshot(inst)) {
            (None, true) => self.error(inst, "needs a snapshot"),
            (Some(_), false) => self.error(inst, "has a snapshot without use"),
            (Some(s), true) if s.index() >= func.snaps.all().len() => {
                self.error(inst, "has no such snapshot")
            }
            (Some(s), true) => {
                let Some(b) = func.block_of(inst) else { return };
                if !self.is_chain_sound(s) {
                    self.error(inst, "its snapshot or one of its callers does not exist");
                    return;
                }
                let mut named = Vec::new();
                func.snaps.visit_insts(s, |used| named.push(used));
                for used in named {
                    if used.index() >= func.inst_count() || !func.ty(used).is_boxable() {
                        self.error(inst, format_args!("{s} names {used}, which is no value"));
                    } else if !self.is_result_of(inst, used) {
                        self.check_use(inst, used, b);
                    }
                }
            }
            (None, false) => {}
        }
    }

    /// Whether everything that a snapshot links to exists, so that it can be walked.
    fn is_chain_sound(&self, s: SnapId) -> bool {
        let snaps = &self.func.snaps;
        let mut at = Some(s);
        while let Some(s) = at {
            let Some(snap) = snaps.all().get(s.index()) else { return false };
            // A caller's snapshot was made before its callee's.
            if snap.parent.is_some_and(|p| p >= s) || snap.frame.index() >= snaps.frames().len() {
                return false;
            }
            let is_known = |source: Source| match source {
                Source::Inst(_) => true,
                Source::Virtual(o) => o.index() < snaps.virtuals().len(),
            };
            if !snaps.entries(s).iter().all(|e| is_known(e.source)) {
                return false;
            }
            at = snap.parent;
        }
        snaps.virtuals().iter().all(|o| {
            o.parts.iter().all(|(_, source)| match source {
                Source::Inst(_) => true,
                Source::Virtual(o) => o.index() < snaps.virtuals().len(),
            })
        })
    }

    /// Whether `used` is a call or one of its further results.
    fn is_result_of(&self, call: InstId, used: InstId) -> bool {
        let func = self.func;
        func.op(call).is_call()
            && (used == call
                || (func.op(used).class() == Class::Project && func.args(used).first() == Some(&call)))
    }

    fn check_projection(&mut self, inst: InstId) {
        let func = self.func;
        let mut before = func.prev(inst);
        while let Some(other) = before.filter(|&p| func.op(p).class() == Class::Project) {
            before = func.prev(other);
        }
        let Some(call) = before.filter(|c| Some(c) == func.args(inst).first()) else {
            self.error(inst, "does not follow its call");
            return;
        };
        let Some(results) = func.results(call) else {
            self.error(inst, format_args!("{call} is no call"));
            return;
        };
        if matches!(func.op(inst), Op::CallStatus | Op::CallError) && !results.is_caught {
            self.error(inst, "errors of the call are not caught");
        }
        if func.op(inst) == Op::CallCount && !results.is_exact {
            self.error(inst, "the call gives any number of results");
        }
        let is_there = (1..u64::from(results.count)).contains(&func.imm(inst)) && !results.is_multi();
        if func.op(inst) == Op::CallResult && !is_there {
            self.error(inst, "the call has no such result");
        }
    }

    fn check_use(&mut self, inst: InstId, used: InstId, b: BlockId) {
        let Some(dom) = &self.dom else { return };
        if used.index() >= self.func.inst_count() {
            self.error(inst, format_args!("{used} does not exist"));
            return;
        }
        let is_defined = match self.func.block_of(used) {
            None => false,
            Some(d) if d == b => {
                self.position[used.index()] < self.position[inst.index()] || !dom.is_reachable(b)
            }
            Some(d) => dom.dominates(d, b),
        };
        if !is_defined {
            self.error(inst, format_args!("{used} is not defined here"));
        }
    }

    fn check_tables(&mut self) {
        let snaps = &self.func.snaps;
        let mut errors = Vec::new();
        for (i, frame) in snaps.frames().iter().enumerate() {
            let is_right = match frame.parent {
                None => frame.via == Via::Root,
                Some(p) => frame.via != Via::Root && p.index() < i,
            };
            if !is_right {
                errors.push(format!("frame f{i} does not fit its parent"));
            }
        }
        for (i, s) in snaps.all().iter().enumerate() {
            let frame_parent = snaps.frames().get(s.frame.index()).map(|f| f.parent);
            let parent_frame = s.parent.map(|p| snaps.all().get(p.index()).map(|p| p.frame));
            let is_right = match (frame_parent, parent_frame) {
                (None, _) | (_, Some(None)) => false,
                (Some(a), b) => a == b.flatten(),
            };
            if !is_right {
                errors.push(format!("snap s{i} does not fit its caller's"));
            }
            let entries = snaps.entries(SnapId(i as u32));
            if !entries.is_sorted_by(|a, b| a.place < b.place) {
                errors.push(format!("snap s{i} names a place twice"));
            }
        }
        for (i, o) in snaps.virtuals().iter().enumerate() {
            let is_right = match o.op {
                Op::NewTable => o.imm < snaps.templates().len() as u64,
                Op::NewClosure | Op::NewCell => o.imm == 0 && o.shape.is_none(),
                _ => false,
            };
            if !is_right {
                errors.push(format!("virtual o{i} cannot be made"));
            }
        }
        self.errors.append(&mut errors);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::parse::parse;
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(body: &str, expected: &Expect) {
        let text = format!(
            "func \"f\" returns value\nframe f0 proto 0 base 0 root\nsnap s0 f0 pc 0 {{ r0 = v0 }}\n{body}"
        );
        let func = parse(&text).unwrap();
        expected.assert_eq(&verify(&func).map_or_else(|e| e, |()| "well formed".to_owned()));
    }

    #[test]
    fn a_loop_is_well_formed() {
        check(
            "b0(v0: value):\n v1 = guard_int v0 [s0]\n v5 = const_i64 1\n jump b1(v1)\n\
             b1(v2: i64):\n v3 = add_i64 v2, v5\n v4 = icmp v3, v1, lt\n branch v4, b1(v3), b2\n\
             b2:\n v6 = box_i64 v3\n return_values v6\n",
            &expect!["well formed"],
        );
    }

    #[test]
    fn a_snapshot_after_a_call_may_name_its_results() {
        let text = "func \"f\" returns value\nframe f0 proto 0 base 0 root\nsnap s0 f0 pc 0 { r0 = v1, r1 = v2 }\n\
             b0(v0: value):\n v1: value = call_value v0, to 2 [s0]\n v2: value = call_result v1, 1\n return_values v2\n";
        assert_eq!(verify(&parse(text).unwrap()), Ok(()));
        let early = text.replace(
            "v1: value = call_value v0, to 2 [s0]",
            "v3 = guard_int v0 [s0]\n v1: value = call_value v0, to 2 [s0]",
        );
        assert_eq!(verify(&parse(&early).unwrap()).unwrap_err().lines().count(), 2);
    }

    #[test]
    fn forms_that_are_wrong() {
        check("b0(v0: value):\n v1 = is_nil v0\n", &expect!["b0 has no terminator"]);
        check(
            "b0(v0: value):\n unreachable\n v1 = is_nil v0\n unreachable\n",
            &expect!["v1 = is_nil v0: follows a terminator"],
        );
        check("b0(v0: value):\n jump b0(v0)\n", &expect!["jump b0(v0): goes back to the entry"]);
        check(
            "b0(v0: value):\n v1 = is_nil v2\n return_values v0\n",
            &expect![[r#"
            v1 = is_nil v2: `v` wants value, and v2 is none
            v1 = is_nil v2: v2 is not defined here"#]],
        );
    }

    #[test]
    fn types_edges_and_dominance() {
        check(
            "b0(v0: value):\n v1 = is_nil v0\n v2 = neg_i64 v1\n branch v1, b1(v1), b2\n\
             b1(v3: i64):\n v4 = neg_i64 v3\n return_values v0\nb2:\n v5 = neg_i64 v4\n return_values v1\n",
            &expect![[r#"
                v2 = neg_i64 v1: `a` wants i64, and v1 is bool
                branch v1, b1(v1), b2: v3 of b1 is i64, and v1 is bool
                v5 = neg_i64 v4: v4 is not defined here
                return_values v1: `values` wants value, and v1 is bool"#]],
        );
    }

    #[test]
    fn snapshots_and_calls() {
        check(
            "b0(v0: value):\n v1 = guard_int v0\n v2 = is_nil v0 [s0]\n v3 = guard_f64 v0 [s7]\n\
             call_helper v0, v0, add, to 1 [s0]\n v4: value = call_helper v0, len, to 1 [s0]\n\
             v5: value = call_result v4, 1\n v6 = call_status v4\n v7: value = call_result v0, 1\n return_values v0\n",
            &expect![[r#"
                v1 = guard_int v0: needs a snapshot
                v2 = is_nil v0 [s0]: has a snapshot without use
                v3 = guard_f64 v0 [s7]: has no such snapshot
                call_helper v0, v0, add, to 1 [s0]: its result does not agree with the number of results
                v5: value = call_result v4, 1: the call has no such result
                v6 = call_status v4: errors of the call are not caught
                v7: value = call_result v0, 1: does not follow its call"#]],
        );
    }

    #[test]
    fn tables_of_snapshots() {
        let text = "func \"f\" returns value\nframe f0 proto 0 base 0 root\nframe f1 proto 1 base 0 root in f0\n\
             virtual o0 add_i64 { }\nsnap s0 f1 pc 0 { r0 = v0, r0 = v0 }\nb0(v0: value):\n return_values v0\n";
        expect![[r#"
            frame f1 does not fit its parent
            snap s0 does not fit its caller's
            snap s0 names a place twice
            virtual o0 cannot be made"#]]
        .assert_eq(&verify(&parse(text).unwrap()).unwrap_err());
    }
}
