//! Stores into elements of tables.
//!
//! As in `elements.rs` the kind of the storage is guessed and guarded, or asked for each time. A store at the end appends; one
//! that widens a storage or begins one is left to the helper.

use super::Reasons;
use super::elements::{Asking, ELEMENT_REASONS};
use super::operators::Static;
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Elem, INT_HOLE, Reason, Results, Tag};
use crate::ir::ops::Op as Ir;
use crate::ir::types::Type;
use bytecode::ops::Inst;
use runtime::shape::ROOT_IDS_END;
use runtime::table::Table;
use runtime::value::Value;
use std::sync::atomic::Ordering::Relaxed;
use vm::machine::feedback::{STORED_ANEW, STORED_STR};

impl Method<'_> {
    /// `t[key] = v`.
    pub(super) fn set_index(&mut self, inst: Inst) {
        let (t, key, v) = (self.reg(inst.a()), self.index_key(inst), self.reg(inst.c()));
        if self.set_or_handle(t, key, v)
            || self.set_dense(t, key, v)
            || self.set_keyed(t, key, v)
            || self.set_other(t, key, v)
        {
            return;
        }
        let word = self.feedback();
        let is_anew = word & STORED_ANEW != 0;
        let word = word & !(STORED_STR | STORED_ANEW);
        let shape = word as u32;
        let is_known = word != 0 && self.heap.shapes().is_alive(shape);
        let is_zero = self.b.func.as_i64(key) == Some(0);
        let is_unreached = word == 0 && !self.failed().meets(Reasons::of(&[Reason::Unreached]));
        if is_unreached && self.options.speculate && self.may_be_element(t, key, false) {
            return self.leave(Reason::Unreached);
        }
        if self.options.speculate && is_known && self.may_be_element(t, key, true) {
            let epoch = self.heap.class_epoch().load(Relaxed);
            let is_right_epoch = word >> 32 == u64::from(epoch & 0x1FFF_FFFF) + 1;
            let has_epoch = word >> 32 != 0;
            let is_usable = !has_epoch || is_right_epoch;
            let is_nil = self.is_constant_nil(v);
            if is_usable
                && !is_zero
                && !is_nil
                && !is_anew
                && !self.is_growing(t, key)
                && self.may_speculate()
                && self.set_guarded(t, key, v, shape, has_epoch)
            {
                return;
            }
            if is_usable && is_nil && self.may_speculate_but(ELEMENT_REASONS) {
                return self.clear_plain(t, key, v, shape, has_epoch);
            }
            if is_usable && self.may_speculate_but(ELEMENT_REASONS) {
                return self.set_plain(t, key, v, shape, has_epoch);
            }
            if !has_epoch && is_usable && !is_nil {
                return self.set_asking(t, key, v, shape);
            }
        }
        let (t, key, v) = (self.boxed(t), self.boxed(key), self.boxed(v));
        self.helper(Helper::SetIndex, &[t, key, v]);
    }

    fn is_constant_nil(&self, v: InstId) -> bool {
        self.b.func.as_value(v).is_some_and(Value::is_nil)
    }

    /// The kind of storage that a value goes to, and whether that is more than a guess by its type.
    fn guess_kind_for(&self, t: InstId, v: InstId) -> Elem {
        let of_value = match self.b.func.ty(v) {
            Type::F64 => Elem::Float,
            Type::I64 => Elem::Int,
            Type::Bool => Elem::Bool,
            _ => match self.sample(v) {
                Some(v) if v.is_float() => Elem::Float,
                Some(v) if v.is_small_int() => Elem::Int,
                Some(v) if v.is_bool() => Elem::Bool,
                _ => Elem::Any,
            },
        };
        self.guess_kind(t).unwrap_or(of_value)
    }

    /// Whether a key is the length of that table plus 1.
    fn is_append(&self, t: InstId, key: InstId) -> bool {
        let func = &*self.b.func;
        if func.op(key) != Ir::AddI64 || func.as_i64(func.arg(key, 1)) != Some(1) {
            return false;
        }
        let len = func.arg(key, 0);
        func.op(len) == Ir::ArrayLen && {
            let array = func.arg(len, 0);
            func.op(array) == Ir::LoadArray && self.is_same_table(func.arg(array, 0), t)
        }
    }

    /// Whether a table is likely to be filled by the store: a guard that the element exists would fail again and again.
    fn is_growing(&self, t: InstId, key: InstId) -> bool {
        if self.is_append(t, key) {
            return false;
        }
        let len = match self.sample(t).and_then(Table::from_value) {
            Some(t) => t.array().len() as i64,
            // Made in this very function, and nothing is known yet.
            None => return self.b.func.op(t) == Ir::NewTable,
        };
        len == 0 || self.sample(key).and_then(Value::as_small_int).is_some_and(|i| i > len)
    }

    /// Whether two results are surely one table: guards give the table that they were given.
    fn is_same_table(&self, a: InstId, b: InstId) -> bool {
        let func = &*self.b.func;
        let root = |mut v: InstId| {
            while matches!(func.op(v), Ir::GuardShape | Ir::GuardTable) {
                v = func.arg(v, 0);
            }
            v
        };
        root(a) == root(b)
    }

    fn set_guarded(&mut self, t: InstId, key: InstId, v: InstId, shape: u32, has_epoch: bool) -> bool {
        let appends = self.is_append(t, key);
        let kind = self.guess_kind_for(t, v);
        let fits = match kind {
            Elem::Any => true,
            Elem::Float => matches!(self.kind_of(v), Static::Float | Static::Boxed),
            Elem::Int => matches!(self.kind_of(v), Static::Int | Static::Boxed),
            Elem::Bool => matches!(self.b.func.ty(v), Type::Bool | Type::Value),
        };
        if !appends && !fits {
            return false;
        }
        if has_epoch {
            self.rely_on_chain(shape);
        }
        let t = self.table(t);
        let t = self.of_shape(t, shape);
        let i = self.integer_key(key);
        let a = self.b.load_array(t);
        if appends {
            let len = self.b.array_len(a);
            let one = self.int(1);
            let end = self.b.add_i64(len, one);
            let is_end = self.b.icmp(i, end, Cc::Eq);
            self.g().guard_true(is_end, Reason::Bounds);
            let v = self.not_nil(v);
            let v = self.boxed(v);
            self.g().append(t, v);
            return true;
        }
        let a = self.g().guard_elem(a, kind);
        let raw = match kind {
            Elem::Any => self.not_nil(v),
            Elem::Float | Elem::Bool
                if self.b.func.ty(v) != Type::Value && self.b.func.ty(v) != Type::Num =>
            {
                v
            }
            Elem::Float => self.guard_f64(v),
            Elem::Int => self.storable_int(v),
            Elem::Bool => {
                let c = self.g().guard_bool(v);
                self.refine(v, c);
                c
            }
        };
        // The storage that tables without elements share must not be written.
        let capacity = self.b.array_capacity(a);
        self.g().guard_non_zero(capacity);
        let len = self.b.array_len(a);
        let i = self.g().guard_bounds(i, len);
        self.store_element(a, i, raw, kind);
        true
    }

    /// Stores into a table of that shape an element that may not exist yet. No user code runs.
    fn set_plain(&mut self, t: InstId, key: InstId, v: InstId, shape: u32, has_epoch: bool) {
        if has_epoch {
            self.rely_on_chain(shape);
        }
        let t = self.table(t);
        let t = self.of_shape(t, shape);
        let i = self.integer_key(key);
        // Where storages of several kinds were met values are of several kinds too.
        let is_known = !self.failed().meets(Reasons::of(&[Reason::Kind]));
        let (kind, v) = match (self.guess_kind_for(t, v), self.kind_of(v)) {
            (kind @ Elem::Float, Static::Float) | (kind @ Elem::Int, Static::Int) => (kind, v),
            (kind @ Elem::Float, Static::Boxed) if is_known => (kind, self.guard_f64(v)),
            (kind @ Elem::Int, Static::Boxed) if is_known => (kind, self.guard_int(v)),
            (kind @ Elem::Bool, _) if self.b.func.ty(v) == Type::Bool => (kind, v),
            (kind @ Elem::Bool, _) if self.sample(v).is_some_and(Value::is_bool) => {
                let c = self.g().guard_bool(v);
                self.refine(v, c);
                (kind, c)
            }
            _ => (Elem::Any, v),
        };
        let may_be_nil =
            self.b.func.ty(v) == Type::Value && self.b.func.as_value(v).is_none_or(Value::is_nil);
        let at = self.begin_asking(Type::None);
        if may_be_nil {
            let boxed = self.boxed(v);
            let is_nil = self.b.is_nil(boxed);
            let is_there = self.b.not_bool(is_nil);
            self.ask(&at, is_there);
        }
        let a = self.append_or_inside(&at, t, i, |m| m.fresh_value(v));
        let mark = self.mark();
        let number = self.b.array_elem(a);
        let other = self.ask_kind(number, kind);
        self.store_asked(&at, a, i, v, kind);
        self.back_to(mark);
        self.begin_block(other);
        let static_kind = self.kind_of(v);
        let others: &[Elem] = match (kind, static_kind) {
            (Elem::Any, Static::Int) => &[Elem::Int],
            (Elem::Any, Static::Float) => &[Elem::Float],
            (Elem::Any, Static::Boxed) => &[Elem::Int, Elem::Float],
            (Elem::Any, Static::Other) => &[],
            _ => &[Elem::Any],
        };
        for &kind in others {
            let next = self.ask_kind(number, kind);
            let raw = match (kind, static_kind) {
                (Elem::Int, Static::Boxed) => {
                    let boxed = self.boxed(v);
                    let is_int = self.b.has_tag(boxed, Tag::Int);
                    self.ask(&at, is_int);
                    self.b.unbox_int(boxed)
                }
                (Elem::Float, Static::Boxed) => {
                    let boxed = self.boxed(v);
                    let is_float = self.b.has_tag(boxed, Tag::Float);
                    self.ask(&at, is_float);
                    self.b.unbox_f64(boxed)
                }
                _ => v,
            };
            self.store_asked(&at, a, i, raw, kind);
            self.back_to(mark);
            self.begin_block(next);
        }
        self.b.jump(at.slow, &[]);
        self.back_to(at.mark);
        self.end_plain_store(&at, t, i, v);
    }

    /// Removes an element of a table of that shape, if it is not the last one, which makes the list shorter. No user code runs.
    fn clear_plain(&mut self, t: InstId, key: InstId, nil: InstId, shape: u32, has_epoch: bool) {
        if has_epoch {
            self.rely_on_chain(shape);
        }
        let t = self.table(t);
        let t = self.of_shape(t, shape);
        let i = self.integer_key(key);
        let likely = self.guess_kind(t).unwrap_or(Elem::Any);
        let at = self.begin_asking(Type::None);
        let a = self.b.load_array(t);
        let len = self.b.array_len(a);
        let is_inside = self.b.icmp(i, len, Cc::Below);
        self.ask(&at, is_inside);
        let number = self.b.array_elem(a);
        // The likely kind first. The absent float is a word that no float has: that is left to the helper.
        let others = [Elem::Any, Elem::Int, Elem::Bool].into_iter().filter(|&kind| kind != likely);
        for kind in [likely].into_iter().filter(|&kind| kind != Elem::Float).chain(others) {
            let mark = self.mark();
            let next = self.ask_kind(number, kind);
            match kind {
                Elem::Int => {
                    let hole = self.int(INT_HOLE);
                    self.b.store_elem_int(a, i, hole);
                }
                Elem::Bool => {
                    let hole = self.int(2);
                    self.b.store_elem_bool(a, i, hole);
                }
                Elem::Any | Elem::Float => {
                    self.b.store_elem(a, i, nil);
                }
            }
            self.b.jump(at.join, &[]);
            self.back_to(mark);
            self.begin_block(next);
        }
        self.b.jump(at.slow, &[]);
        self.back_to(at.mark);
        self.end_plain_store(&at, t, i, nil);
    }

    /// The way of a store for which no element exists or fits.
    fn end_plain_store(&mut self, at: &Asking, t: InstId, i: InstId, v: InstId) {
        self.begin_block(at.slow);
        if self.has_entries(t) {
            let slowest = Asking { slow: self.cold_block(), join: at.join, mark: at.mark };
            self.ask_to_store_entry(&slowest, t, i, v);
            self.back_to(at.mark);
            self.begin_block(slowest.slow);
        }
        let stored = self.fresh_value(v);
        let store = self.b.call_helper(Type::None, &[t, i, stored], Helper::StoreSlow, Results::new(0));
        self.after(store);
        self.b.jump(at.join, &[]);
        self.back_to(at.mark);
        self.begin_block(at.join);
    }

    /// Stores into a storage of that kind and goes to the end; what must not be stored there goes the slow way.
    fn store_asked(&mut self, at: &Asking, a: InstId, i: InstId, v: InstId, kind: Elem) {
        match kind {
            // The storage that tables without elements share is of this kind, and must not be written.
            Elem::Any => {
                let (capacity, zero) = (self.b.array_capacity(a), self.int(0));
                let is_own = self.b.icmp(capacity, zero, Cc::Ne);
                self.ask(at, is_own);
            }
            Elem::Int if !matches!(self.b.func.op(v), Ir::GuardInt | Ir::UnboxInt | Ir::ConstI64) => {
                let hole = self.int(INT_HOLE);
                let is_other = self.b.icmp(v, hole, Cc::Ne);
                self.ask(at, is_other);
            }
            _ => {}
        }
        self.store_element(a, i, v, kind);
        self.b.jump(at.join, &[]);
    }

    /// The boxed form of a result, made here.
    fn fresh_value(&mut self, v: InstId) -> InstId {
        if self.b.func.ty(v).is_boxed() { v } else { self.fresh_box(v) }
    }

    /// A value that is not nil, guarded if need be.
    pub(super) fn not_nil(&mut self, v: InstId) -> InstId {
        if self.b.func.ty(v) != Type::Value || self.b.func.as_value(v).is_some_and(|v| !v.is_nil()) {
            return v;
        }
        let known = self.g().guard_not_nil(v);
        self.refine(v, known);
        known
    }

    /// The kind of the elements of a storage that holds this value, by its type or its sample; `None` if that is not told,
    /// or it may be nil.
    pub(super) fn likely_elem(&self, v: InstId) -> Option<Elem> {
        Some(match self.b.func.ty(v) {
            Type::I64 => Elem::Int,
            Type::F64 => Elem::Float,
            Type::Bool => Elem::Bool,
            Type::Value | Type::Num => match self.sample(v)? {
                v if v.is_nil() => return None,
                v if v.is_small_int() => Elem::Int,
                v if v.is_float() => Elem::Float,
                v if v.is_bool() => Elem::Bool,
                v if v.is_reference() && v.as_int().is_none() => Elem::Any,
                _ => return None,
            },
            ty => {
                ty.tag()?;
                Elem::Any
            }
        })
    }

    /// A value in the form in which a storage of that kind takes it, guarded if need be.
    pub(super) fn element_of(&mut self, v: InstId, kind: Elem) -> InstId {
        match (kind, self.b.func.ty(v)) {
            (Elem::Int, _) => self.storable_int(v),
            (Elem::Float, Type::Value | Type::Num) => self.guard_f64(v),
            (Elem::Bool, Type::Value) => self.g().guard_bool(v),
            (Elem::Any, _) => {
                let v = self.not_nil(v);
                self.boxed(v)
            }
            _ => v,
        }
    }

    /// Stores a value of the form that a storage takes which is being made.
    pub(super) fn init_element(&mut self, a: InstId, i: InstId, v: InstId, kind: Elem) {
        match kind {
            Elem::Any => self.b.store_elem(a, i, v),
            Elem::Float => self.b.store_elem_float(a, i, v),
            Elem::Int => self.b.store_elem_int(a, i, v),
            Elem::Bool => {
                let n = self.b.bool_to_i64(v);
                self.b.store_elem_bool(a, i, n)
            }
        };
    }

    /// An integer that an integer storage can hold.
    fn storable_int(&mut self, v: InstId) -> InstId {
        let n = self.guard_int(v);
        let is_safe = matches!(self.b.func.op(n), Ir::GuardInt | Ir::UnboxInt)
            || self.b.func.as_i64(n).is_some_and(|n| n != INT_HOLE);
        if !is_safe {
            let hole = self.int(INT_HOLE);
            let is_other = self.b.icmp(n, hole, Cc::Ne);
            self.g().guard_true(is_other, Reason::Range);
        }
        n
    }

    /// Stores a raw value of a storage's kind; an `Any` storage takes whatever is not nil.
    fn store_element(&mut self, a: InstId, i: InstId, v: InstId, kind: Elem) {
        match kind {
            Elem::Any => {
                let stored = self.boxed(v);
                self.b.store_elem(a, i, stored);
                self.barrier(a, v, stored);
            }
            Elem::Float => {
                self.b.store_elem_float(a, i, v);
            }
            Elem::Int => {
                self.b.store_elem_int(a, i, v);
            }
            Elem::Bool => {
                let n = self.b.bool_to_i64(v);
                self.b.store_elem_bool(a, i, n);
            }
        }
    }

    /// Stores where the element exists and fits, appends, and leaves the rest to the helper.
    fn set_asking(&mut self, t: InstId, key: InstId, v: InstId, shape: u32) {
        let (vt, vk, stored) = (self.boxed(t), self.boxed(key), self.boxed(v));
        let at = self.begin_asking(Type::None);
        let (t, i) = self.ask_operands(&at, t, key);
        let id = self.b.load_shape(t);
        let is_it = if shape < ROOT_IDS_END {
            let end = self.int(ROOT_IDS_END.into());
            self.b.icmp(id, end, Cc::Below)
        } else {
            self.keep_shape(shape);
            let expected = self.int(shape.into());
            self.b.icmp(id, expected, Cc::Eq)
        };
        self.ask(&at, is_it);
        if self.b.func.ty(v) == Type::Value && self.b.func.as_value(v).is_none() {
            let is_nil = self.b.is_nil(v);
            let is_there = self.b.not_bool(is_nil);
            self.ask(&at, is_there);
        }
        let a = self.append_or_inside(&at, t, i, |_| stored);
        let mark = self.mark();
        let (capacity, zero) = (self.b.array_capacity(a), self.int(0));
        let is_own = self.b.icmp(capacity, zero, Cc::Ne);
        self.ask(&at, is_own);
        let kind = self.b.array_elem(a);
        let other = self.ask_kind(kind, Elem::Any);
        self.store_element(a, i, v, Elem::Any);
        self.b.jump(at.join, &[]);
        self.back_to(mark);
        self.begin_block(other);
        self.store_asking(&at, (a, i, kind), v, stored);
        self.back_to(at.mark);
        self.end_asking_store(&at, [vt, vk, stored]);
    }

    /// The way of a store that no question fitted: through the helper.
    pub(super) fn end_asking_store(&mut self, at: &Asking, operands: [InstId; 3]) {
        self.begin_block(at.slow);
        self.helper(Helper::SetIndex, &operands);
        self.b.jump(at.join, &[]);
        self.back_to(at.mark);
        self.begin_block(at.join);
    }

    /// Appends to a table where the index is the first free one, and goes on inside its array part: the storage.
    fn append_or_inside(
        &mut self,
        at: &Asking,
        t: InstId,
        i: InstId,
        appended: impl FnOnce(&mut Self) -> InstId,
    ) -> InstId {
        let a = self.b.load_array(t);
        let len = self.b.array_len(a);
        let is_in = self.b.icmp(i, len, Cc::BelowEq);
        let (inside, outside) = (self.b.new_block(), self.b.new_block());
        self.b.branch(is_in, (inside, &[]), (outside, &[]));
        let mark = self.mark();
        self.begin_block(outside);
        let one = self.int(1);
        let end = self.b.add_i64(len, one);
        let is_end = self.b.icmp(i, end, Cc::Eq);
        self.ask(at, is_end);
        let v = appended(self);
        self.g().append(t, v);
        self.b.jump(at.join, &[]);
        self.back_to(mark);
        self.begin_block(inside);
        a
    }

    /// Stores a number into a storage of numbers of its kind.
    fn store_asking(
        &mut self,
        at: &Asking,
        (a, i, kind): (InstId, InstId, InstId),
        v: InstId,
        stored: InstId,
    ) {
        let of_value = match self.kind_of(v) {
            Static::Other => None,
            Static::Int => Some(Elem::Int),
            Static::Float => Some(Elem::Float),
            Static::Boxed => None,
        };
        let Some(expected) = of_value else {
            if self.kind_of(v) == Static::Boxed {
                // The value's tag must agree with the storage's kind.
                let other = self.ask_kind(kind, Elem::Float);
                let mark = self.mark();
                let is_float = self.b.has_tag(stored, Tag::Float);
                self.ask(at, is_float);
                let x = self.b.unbox_f64(stored);
                self.store_element(a, i, x, Elem::Float);
                self.b.jump(at.join, &[]);
                self.back_to(mark);
                self.begin_block(other);
                let number = self.int(Elem::Int as i64);
                let is_int = self.b.icmp(kind, number, Cc::Eq);
                self.ask(at, is_int);
                let is_int = self.b.has_tag(stored, Tag::Int);
                self.ask(at, is_int);
                let n = self.b.unbox_int(stored);
                self.store_element(a, i, n, Elem::Int);
                self.b.jump(at.join, &[]);
                return;
            }
            self.b.jump(at.slow, &[]);
            return;
        };
        let number = self.int(expected as i64);
        let is_it = self.b.icmp(kind, number, Cc::Eq);
        self.ask(at, is_it);
        if expected == Elem::Int {
            let hole = self.int(INT_HOLE);
            let is_other = self.b.icmp(v, hole, Cc::Ne);
            self.ask(at, is_other);
        }
        self.store_element(a, i, v, expected);
        self.b.jump(at.join, &[]);
    }
}
