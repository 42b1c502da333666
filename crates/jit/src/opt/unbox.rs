//! Gives block parameters raw types: a loop variable that always holds an integer is a raw integer.
//!
//! ```text
//!   before                          after
//!     v1 = const_num int 0            v1 = const_i64 0
//!     jump b1(v1)                     jump b1(v1)
//!   b1(v2: value):                  b1(v3: i64):
//!     v3 = unbox_int v2               v2 = box_int v3
//!     v4 = add_i64 v3, v9             v4 = add_i64 v3, v9
//!     v5 = box_int v4                 v5 = box_int v4
//!     branch v8, b1(v5), b2           branch v8, b1(v4), b2
//! ```
//!
//! A parameter whose kinds are all integers, all floats or all booleans is passed raw, and boxed again at the head of its
//! block for those who want the box; usually only snapshots do, which can name the raw result (`snapshots`), so the box is
//! dead. To be worth it, some edge must pass a fresh box or a constant: if all boxes come from memory, unboxing them early
//! gains nothing. Needs dominators; keeps the CFG. Run `types` before, so that guards are unboxings already.

use super::types::{Kind, Kinds, is_boxing};
use super::{Replacements, incoming_edges, plain, same_word};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::func::{Func, InstId};
use crate::ir::ops::Op;
use crate::ir::types::Type;
use runtime::value::Value;

/// Unboxes parameters.
pub fn unbox_params(func: &mut Func, dom: &DomTree) -> u32 {
    let kinds = Kinds::new(func, dom);
    let edges = incoming_edges(func);
    let mut to = Replacements::new(func);
    let mut changes = 0;
    for &b in dom.rpo().iter().skip(1) {
        for (i, param) in func.params(b).to_vec().into_iter().enumerate() {
            let Some(raw) = raw_form(func, &kinds, param) else { continue };
            let is_worth = edges[b.index()].iter().any(|&(term, e)| is_fresh(func, func.edge(term, e).1[i]));
            let Some(first) = func.first(b).filter(|_| is_worth) else { continue };
            let new = func.add_param(b, raw.ty);
            let boxed = func.insert_before(first, plain(raw.boxing, raw.boxed_ty(func.ty(param)), &[new]));
            to.set(param, boxed);
            for &(term, e) in &edges[b.index()] {
                let arg = unboxed(func, term, func.edge(term, e).1[i], raw);
                let (block, args) = func.edge(term, e);
                let args: Vec<InstId> = args.iter().copied().chain([arg]).collect();
                func.set_edge(term, e, block, &args);
            }
            changes += 1;
        }
    }
    func.retain_all_params(dom.rpo().get(1..).unwrap_or_default(), |param| to.get(param) == param);
    to.apply(func);
    changes
}

/// How a parameter is passed raw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Raw {
    pub(super) ty: Type,
    pub(super) boxing: Op,
    pub(super) unboxing: Op,
}

impl Raw {
    pub(super) const INT: Raw = Raw { ty: Type::I64, boxing: Op::BoxInt, unboxing: Op::UnboxInt };
    pub(super) const INTEGER: Raw = Raw { ty: Type::I64, boxing: Op::BoxI64, unboxing: Op::UnboxI64 };
    pub(super) const FLOAT: Raw = Raw { ty: Type::F64, boxing: Op::BoxF64, unboxing: Op::UnboxF64 };
    pub(super) const BOOL: Raw = Raw { ty: Type::Bool, boxing: Op::BoxBool, unboxing: Op::UnboxBool };

    /// References of a type that has a tag.
    pub(super) const fn reference(ty: Type) -> Raw {
        Raw { ty, boxing: Op::BoxRef, unboxing: Op::UnboxRef }
    }

    /// The type of the box, where a parameter had the type `old`.
    pub(super) fn boxed_ty(self, old: Type) -> Type {
        if matches!(self.boxing, Op::BoxBool | Op::BoxRef) { old } else { Type::Num }
    }
}

fn raw_form(func: &Func, kinds: &Kinds, param: InstId) -> Option<Raw> {
    if !func.ty(param).is_boxed() {
        return None;
    }
    let kind = kinds.get(func, param);
    if kind.is_in(Kind::INT) {
        Some(Raw::INT)
    } else if kind.is_in(Kind::INTEGER) {
        Some(Raw::INTEGER)
    } else if kind.is_in(Kind::FLOAT) {
        Some(Raw::FLOAT)
    } else if kind.is_in(Kind::BOOL) {
        Some(Raw::BOOL)
    } else {
        None
    }
}

fn is_fresh(func: &Func, arg: InstId) -> bool {
    let word = same_word(func, arg);
    is_boxing(func.op(word)) || func.as_value(word).is_some()
}

/// The raw result of a boxed argument, before the terminator that passes it.
pub(super) fn unboxed(func: &mut Func, term: InstId, arg: InstId, raw: Raw) -> InstId {
    let word = same_word(func, arg);
    if let Some(v) = func.as_value(word) {
        let mut at = Builder::before(func, term);
        match raw.ty {
            Type::I64 if v.is_small_int() => return at.const_i64(v.small_int_payload()),
            Type::F64 if v.is_float() => return at.const_f64(v.float_payload()),
            Type::Bool if v.is_bool() => return at.const_bool(u32::from(v == Value::TRUE)),
            _ => {}
        }
    }
    // What was boxed is it, but for a float with any NaN, which boxing changed.
    if is_boxing(func.op(word)) && func.op(word) != Op::BoxRawF64 && func.ty(func.arg(word, 0)).fits(raw.ty) {
        return func.arg(word, 0);
    }
    func.insert_before(term, plain(raw.unboxing, raw.ty, &[arg]))
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::{check, check_stays};
    use expect_test::expect;

    #[test]
    fn a_loop_variable_becomes_raw() {
        check(
            &["types", "unbox", "types", "snapshots", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r1 = v3 }
            b0(v0: i64):
              v1 = const_value int 0
              v2 = const_i64 1
              jump b1(v1)
            b1(v3: value):
              v4 = guard_int v3 [s0]
              v5 = add_i64 v4, v2
              v6 = box_i64 v5
              v7 = icmp v5, v0, lt
              branch v7, b1(v6), b2
            b2:
              return_values v6
            ",
            &expect![[r#"
                snap s0 f0 pc 1 { r1 = v11 }
                b0(v0: i64):
                  v2 = const_i64 1
                  v13 = const_i64 0
                  jump b1(v13)
                b1(v11: i64):
                  v4 = guard_fits v11, 48 [s0]
                  v5 = add_i64 v4, v2
                  v6 = box_i64 v5
                  v7 = icmp v5, v0, lt
                  branch v7, b1(v5), b2
                b2:
                  return_values v6
            "#]],
        );
    }

    #[test]
    fn boxes_from_memory_stay() {
        check_stays(
            &["types", "unbox", "types", "snapshots", "dce"],
            "
            b0(v0: table):
              v1 = load_slot v0, 0
              v2 = as_num v1
              jump b1(v2)
            b1(v3: num):
              return_values v3
            ",
        );
    }
}
