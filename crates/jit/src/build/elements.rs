//! Elements of tables and lengths.
//!
//! Where the kind of a storage can be guessed, a table of the moment being the guess, the storage is guarded to be of it and
//! the element stays raw. Otherwise, and where a guess failed, the code asks each time and leaves the rest to the helper.

use super::Reasons;
use super::operators::Static;
use super::state::Method;
use crate::ir::func::{BlockId, InstId};
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Elem, INT_HOLE, Reason, Tag};
use crate::ir::types::Type;
use bytecode::ops::{Inst, Op};
use runtime::shape::{DICTIONARY_IDS_END, ROOT_IDS_END};
use runtime::table::{ElementKind, Table};
use runtime::value::Value;
use std::sync::atomic::Ordering::Relaxed;
use vm::machine::feedback::{READ_ELEMENTS, kind_read};

/// Reasons to leave that concern elements, not the table or the key.
pub(super) const ELEMENT_REASONS: &[Reason] = &[Reason::Bounds, Reason::Hole, Reason::Kind, Reason::Zero];

/// An access that asks for everything: where it goes if something does not fit, and where it goes on.
pub(super) struct Asking {
    pub(super) slow: BlockId,
    pub(super) join: BlockId,
    pub(super) mark: usize,
}

pub(super) fn elem_of(kind: ElementKind) -> Elem {
    match kind {
        ElementKind::Any => Elem::Any,
        ElementKind::Float => Elem::Float,
        ElementKind::Int => Elem::Int,
        ElementKind::Bool => Elem::Bool,
    }
}

impl Method<'_> {
    pub(super) fn index_key(&mut self, inst: Inst) -> InstId {
        match inst.op() {
            Op::GetIndex => self.reg(inst.c()),
            Op::GetIndexInt => self.constant_of(Value::int32((inst.c() as i16).into())),
            Op::SetIndex => self.reg(inst.b()),
            _ => self.constant_of(Value::int32((inst.b() as i16).into())),
        }
    }

    /// Whether the operand may be a table and the key an immediate integer or a float that equals one. `seen` says that the
    /// site has accessed elements: then an operand that is no table at the moment is one where the site is reached.
    pub(super) fn may_be_element(&self, t: InstId, key: InstId, seen: bool) -> bool {
        let is_table = match self.b.func.ty(t) {
            Type::Table => true,
            Type::Value => match self.b.func.as_value(t) {
                Some(t) => t.is_table(),
                None => seen || self.sample(t).is_none_or(Value::is_table),
            },
            _ => false,
        };
        is_table
            && match self.kind_of(key) {
                Static::Int | Static::Float => true,
                Static::Boxed => self.sample(key).is_none_or(|v| v.is_small_int() || v.is_float()),
                Static::Other => false,
            }
    }

    /// The kind of a table's array part, as far as it can be guessed.
    pub(super) fn guess_kind(&self, t: InstId) -> Option<Elem> {
        let array = Table::from_value(self.sample(t)?)?.array();
        (!array.is_empty()).then(|| elem_of(array.kind()))
    }

    /// An integer key, guarded.
    pub(super) fn integer_key(&mut self, key: InstId) -> InstId {
        match self.kind_of(key) {
            Static::Int => key,
            Static::Float => self.g().guard_f64_int(key),
            _ if self.sample(key).is_some_and(Value::is_float) => {
                let x = self.guard_f64(key);
                self.g().guard_f64_int(x)
            }
            _ => self.guard_int(key),
        }
    }

    /// An element of a storage, which the index is in; an absent one leaves.
    pub(super) fn load_element(&mut self, a: InstId, i: InstId, kind: Elem) -> InstId {
        match kind {
            Elem::Any => {
                let v = self.b.load_elem(a, i);
                self.g().guard_not_nil(v)
            }
            Elem::Float => {
                let x = self.b.load_elem_float(a, i);
                self.g().guard_not_hole(x)
            }
            Elem::Int => {
                let n = self.b.load_elem_int(a, i);
                let hole = self.int(INT_HOLE);
                let is_there = self.b.icmp(n, hole, Cc::Ne);
                self.g().guard_true(is_there, Reason::Hole);
                n
            }
            Elem::Bool => {
                let n = self.b.load_elem_bool(a, i);
                let limit = self.int(2);
                let n = self.g().guard_below(n, limit);
                let one = self.int(1);
                self.b.icmp(n, one, Cc::Eq)
            }
        }
    }

    /// `t[key]`.
    pub(super) fn get_index(&mut self, inst: Inst) {
        let (t, key) = (self.reg(inst.b()), self.index_key(inst));
        if self.get_or_handle(inst, t, key) {
            return;
        }
        if let Some(v) = self.get_dense(t, key) {
            return self.set(inst.a(), v);
        }
        if let Some(v) = self.get_keyed(inst.a(), t, key).or_else(|| self.get_other(inst.a(), t, key)) {
            return self.set(inst.a(), v);
        }
        let word = self.feedback();
        if self.options.speculate && self.may_be_element(t, key, word & READ_ELEMENTS != 0) {
            let sample = self.sample(t).and_then(Table::from_value);
            let kind = self.guess_kind(t).or_else(|| kind_read(word).map(elem_of));
            let v = match (kind, self.plain_shape(t)) {
                (Some(kind), _) if self.may_speculate() => self.get_guarded(t, key, kind),
                (kind, Some(shape)) if self.may_speculate_but(ELEMENT_REASONS) => {
                    self.get_plain(inst.a(), t, key, kind, shape)
                }
                _ => self.get_asking(inst.a(), t, key),
            };
            // Elements of a table are mostly alike.
            if let Some(first) = sample.and_then(|t| t.quick_get(1).or_else(|| t.quick_get(0))) {
                self.set_sample(v, first);
            }
            return self.set(inst.a(), v);
        }
        let (t, key) = (self.boxed(t), self.boxed(key));
        self.helper_to(inst.a(), Helper::GetIndex, &[t, key]);
    }

    fn get_guarded(&mut self, t: InstId, key: InstId, kind: Elem) -> InstId {
        let t = self.table(t);
        let i = self.integer_key(key);
        let a = self.b.load_array(t);
        let a = self.g().guard_elem(a, kind);
        let len = self.b.array_len(a);
        let i = self.g().guard_bounds(i, len);
        self.load_element(a, i, kind)
    }

    /// A table of that shape, guarded. Tables without keys and metatable differ only in the room that they have for keys, so
    /// any of them is let pass where one of them was seen.
    pub(super) fn of_shape(&mut self, t: InstId, shape: u32) -> InstId {
        if shape < ROOT_IDS_END {
            let (id, end) = (self.b.load_shape(t), self.int(ROOT_IDS_END.into()));
            let is_root = self.b.icmp(id, end, Cc::Below);
            self.g().guard_true(is_root, Reason::Shape);
            return t;
        }
        self.keep_shape(shape);
        self.g().guard_shape(t, shape)
    }

    /// An element that may be absent of a table without metatable: no user code runs.
    fn get_plain(&mut self, to: u16, t: InstId, key: InstId, kind: Option<Elem>, shape: u32) -> InstId {
        let has_kind = !self.failed().meets(Reasons::of(&[Reason::Kind]));
        let t = self.table(t);
        let t = self.of_shape(t, shape);
        let i = self.integer_key(key);
        let at = self.begin_asking(Type::Value);
        let a = self.b.load_array(t);
        match kind {
            Some(kind) if has_kind => self.ask_element_of(&at, a, i, kind),
            _ => self.ask_element(&at, a, i),
        }
        self.back_to(at.mark);
        self.begin_block(at.slow);
        if self.has_entries(t) {
            let slowest = Asking { slow: self.cold_block(), join: at.join, mark: at.mark };
            self.ask_entry(&slowest, t, i);
            self.back_to(at.mark);
            self.begin_block(slowest.slow);
        }
        let key = self.boxed(i);
        let v = self.slow_to(to, Helper::RawGet, &[t, key]);
        self.b.jump(at.join, &[v]);
        self.back_to(at.mark);
        self.begin_block(at.join);
        self.b.func.params(at.join)[0]
    }

    /// The element as a boxed value, or away to the slow way, for a storage that is likely to be of a kind. Goes to the end
    /// with it.
    fn ask_element_of(&mut self, at: &Asking, a: InstId, i: InstId, kind: Elem) {
        let len = self.b.array_len(a);
        let is_in = self.b.icmp(i, len, Cc::BelowEq);
        self.ask(at, is_in);
        let (number, expected) = (self.b.array_elem(a), self.int(kind as i64));
        let is_it = self.b.icmp(number, expected, Cc::Eq);
        self.ask(at, is_it);
        let v = if kind == Elem::Any {
            // No metatable says what an absent one is.
            self.b.load_elem(a, i)
        } else {
            let (raw, is_there) = self.raw_element(a, i, kind);
            self.ask(at, is_there);
            match kind {
                Elem::Float => self.b.box_f64(raw),
                Elem::Int => self.b.box_i64(raw),
                _ => {
                    let is_true = self.is_true_element(raw);
                    self.b.box_bool(is_true)
                }
            }
        };
        self.b.jump(at.join, &[v]);
    }

    /// An element as its storage holds it, and whether it is there.
    pub(super) fn raw_element(&mut self, a: InstId, i: InstId, kind: Elem) -> (InstId, InstId) {
        let (v, word, absent) = match kind {
            Elem::Any => {
                let v = self.b.load_elem(a, i);
                let is_nil = self.b.is_nil(v);
                return (v, self.b.not_bool(is_nil));
            }
            Elem::Float => {
                let x = self.b.load_elem_float(a, i);
                (x, self.b.f64_bits(x), Value::NIL.bits() as i64)
            }
            Elem::Int => {
                let n = self.b.load_elem_int(a, i);
                (n, n, INT_HOLE)
            }
            Elem::Bool => {
                let n = self.b.load_elem_bool(a, i);
                (n, n, 2)
            }
        };
        let absent = self.int(absent);
        (v, self.b.icmp(word, absent, Cc::Ne))
    }

    /// Whether an element of a boolean storage that is there is `true`.
    pub(super) fn is_true_element(&mut self, n: InstId) -> InstId {
        let one = self.int(1);
        self.b.icmp(n, one, Cc::Eq)
    }

    // Accesses that ask.

    pub(super) fn begin_asking(&mut self, ty: Type) -> Asking {
        let params: &[Type] = if ty == Type::None { &[] } else { &[ty] };
        let join = self.b.new_block_with(params);
        Asking { slow: self.cold_block(), join, mark: self.mark() }
    }

    /// Goes on only if a condition holds.
    pub(super) fn ask(&mut self, at: &Asking, condition: InstId) {
        let on = self.b.new_block();
        self.b.branch(condition, (on, &[]), (at.slow, &[]));
        self.begin_block(on);
    }

    /// The slow way of a read, whose result will be in register `to`: a helper gives it. The value where both ways meet.
    pub(super) fn end_asking_read(
        &mut self,
        at: &Asking,
        to: u16,
        helper: Helper,
        operands: [InstId; 2],
    ) -> InstId {
        self.begin_block(at.slow);
        let v = self.slow_to(to, helper, &operands);
        self.b.jump(at.join, &[v]);
        self.back_to(at.mark);
        self.begin_block(at.join);
        self.b.func.params(at.join)[0]
    }

    /// The table and the integer of a key.
    pub(super) fn ask_operands(&mut self, at: &Asking, t: InstId, key: InstId) -> (InstId, InstId) {
        let t = self.ask_table(at, t);
        let i = match self.kind_of(key) {
            Static::Int => key,
            Static::Float => {
                let is_int = self.b.f64_is_int(key);
                self.ask(at, is_int);
                self.b.f64_to_i64(key)
            }
            _ => self.ask_key(at, key),
        };
        (t, i)
    }

    /// The integer of a boxed key: an immediate one, or a float that equals one.
    fn ask_key(&mut self, at: &Asking, key: InstId) -> InstId {
        let [int, other, join] =
            [self.b.new_block(), self.b.new_block(), self.b.new_block_with(&[Type::I64])];
        let is_int = self.b.has_tag(key, Tag::Int);
        self.b.branch(is_int, (int, &[]), (other, &[]));
        let mark = self.mark();
        self.begin_block(int);
        let i = self.b.unbox_int(key);
        self.b.jump(join, &[i]);
        self.back_to(mark);
        self.begin_block(other);
        let is_float = self.b.has_tag(key, Tag::Float);
        self.ask(at, is_float);
        let x = self.b.unbox_f64(key);
        let is_int = self.b.f64_is_int(x);
        self.ask(at, is_int);
        let i = self.b.f64_to_i64(x);
        self.b.jump(join, &[i]);
        self.back_to(mark);
        self.begin_block(join);
        self.b.func.params(join)[0]
    }

    /// Two ways by the kind of a storage; goes on in the first, and gives the block of the other.
    pub(super) fn ask_kind(&mut self, kind: InstId, expected: Elem) -> BlockId {
        let number = self.int(expected as i64);
        let is_it = self.b.icmp(kind, number, Cc::Eq);
        let (hit, miss) = (self.b.new_block(), self.b.new_block());
        self.b.branch(is_it, (hit, &[]), (miss, &[]));
        self.begin_block(hit);
        miss
    }

    /// The element as a boxed value, or away to the slow way, for whatever kind the storage is of. Goes to the end with it.
    pub(super) fn ask_element(&mut self, at: &Asking, a: InstId, i: InstId) {
        let len = self.b.array_len(a);
        let is_in = self.b.icmp(i, len, Cc::BelowEq);
        self.ask(at, is_in);
        let kind = self.b.array_elem(a);
        let mark = self.mark();
        let other = self.ask_kind(kind, Elem::Any);
        let v = self.b.load_elem(a, i);
        let is_nil = self.b.is_nil(v);
        let is_there = self.b.not_bool(is_nil);
        self.ask(at, is_there);
        self.b.jump(at.join, &[v]);
        self.back_to(mark);
        self.begin_block(other);
        let other = self.ask_kind(kind, Elem::Float);
        let x = self.b.load_elem_float(a, i);
        let (bits, nil) = (self.b.f64_bits(x), self.int(Value::NIL.bits() as i64));
        let is_there = self.b.icmp(bits, nil, Cc::Ne);
        self.ask(at, is_there);
        let v = self.b.box_f64(x);
        self.b.jump(at.join, &[v]);
        self.back_to(mark);
        self.begin_block(other);
        let is_int = {
            let number = self.int(Elem::Int as i64);
            self.b.icmp(kind, number, Cc::Eq)
        };
        self.ask(at, is_int);
        let n = self.b.load_elem_int(a, i);
        let hole = self.int(INT_HOLE);
        let is_there = self.b.icmp(n, hole, Cc::Ne);
        self.ask(at, is_there);
        let v = self.b.box_i64(n);
        self.b.jump(at.join, &[v]);
        self.back_to(mark);
    }

    fn get_asking(&mut self, to: u16, t: InstId, key: InstId) -> InstId {
        let (vt, vk) = (self.boxed(t), self.boxed(key));
        let at = self.begin_asking(Type::Value);
        let (t, i) = self.ask_operands(&at, t, key);
        let a = self.b.load_array(t);
        self.ask_element(&at, a, i);
        self.back_to(at.mark);
        self.end_asking_read(&at, to, Helper::GetIndex, [vt, vk])
    }

    // Lengths.

    /// `#t`.
    pub(super) fn len(&mut self, inst: Inst) {
        let v = self.reg(inst.b());
        let result = if self.may_speculate() { self.raw_len(v) } else { None };
        if let Some(n) = result {
            return self.set(inst.a(), n);
        }
        let v = self.boxed(v);
        if !self.options.speculate || self.b.func.ty(v) != Type::Value {
            self.helper_to(inst.a(), Helper::Len, &[v]);
            return;
        }
        let is_str = self.b.has_tag(v, Tag::Str);
        let n = self.either(
            is_str,
            Type::Value,
            false,
            |m| {
                let s = m.b.unbox_ref(Type::Str, v);
                let n = m.b.str_len(s);
                m.fresh_box(n)
            },
            |m| m.plain_len(inst.a(), v),
        );
        self.set(inst.a(), n);
    }

    /// The length of what is no string, which will be in register `to`: of a table without metatable, or by the helper.
    fn plain_len(&mut self, to: u16, v: InstId) -> InstId {
        let at = self.begin_asking(Type::Value);
        let t = self.ask_table(&at, v);
        let (id, end) = (self.b.load_shape(t), self.int(DICTIONARY_IDS_END.into()));
        let is_plain = self.b.icmp(id, end, Cc::Below);
        self.ask(&at, is_plain);
        let a = self.b.load_array(t);
        let n = self.b.array_len(a);
        let n = self.fresh_box(n);
        self.b.jump(at.join, &[n]);
        self.back_to(at.mark);
        self.begin_block(at.slow);
        let n = self.slow_to(to, Helper::Len, &[v]);
        self.b.jump(at.join, &[n]);
        self.back_to(at.mark);
        self.begin_block(at.join);
        self.b.func.params(at.join)[0]
    }

    fn raw_len(&mut self, v: InstId) -> Option<InstId> {
        let ty = self.b.func.ty(v);
        if ty == Type::Str {
            return Some(self.b.str_len(v));
        }
        if ty == Type::Value && self.sample(v).is_some_and(Value::is_string) {
            let s = self.g().guard_str(v);
            self.refine(v, s);
            return Some(self.b.str_len(s));
        }
        if let Some(n) = self.dense_len(v) {
            return Some(n);
        }
        let word = self.feedback();
        let shape = word as u32;
        if word == 0 || !self.heap.shapes().is_alive(shape) {
            return None;
        }
        if ty != Type::Table && ty != Type::Value {
            return None;
        }
        // With an epoch it says that the metatable has no `__len`.
        if word >> 32 != 0 {
            let epoch = self.heap.class_epoch().load(Relaxed) & 0x1FFF_FFFF;
            if word >> 32 != u64::from(epoch) + 1 {
                return None;
            }
            self.rely_on_chain(shape);
        }
        let t = self.table(v);
        let t = self.of_shape(t, shape);
        let a = self.b.load_array(t);
        Some(self.b.array_len(a))
    }
}
