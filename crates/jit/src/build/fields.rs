//! Named keys of tables, and new tables.
//!
//! A shape that is checked proves where a key is; what lies up the chain of `__index` is relied on (`assumptions.rs`). Several
//! shapes are tried one after another, the last by a guard.

use super::assumptions::may_be_constant;
use super::feedback::{FieldEntry, Found, Instance, fields};
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Elem, Held, Reason};
use crate::ir::ops::Op as Ir;
use crate::ir::snapshot::Template;
use crate::ir::types::Type;
use bytecode::ops::{Inst, Op};
use runtime::shape::{ShapeMeta, SlotKind};
use runtime::table::{DICTIONARY_CAPACITY, Table};
use runtime::value::{PAYLOAD_MASK, Value};
use std::sync::atomic::Ordering::Relaxed;
use vm::machine::feedback::LEARNT_DICTIONARY;

/// What a site asks for instead, after having left for it.
pub(super) const ASKED: &[Reason] = &[Reason::Shape, Reason::Hole, Reason::Capacity, Reason::Type];

/// Shapes that a site remembers. One that has met so many has met more, and goes by the worker's cache of shapes and keys.
pub(super) const SHAPES_MAX: usize = 8;

/// Shapes with a key in the same slot that are asked for without branches. Arbitrary.
const ALIKE_MAX: usize = 3;

/// The shape id that stands for all strings in a site of a method.
pub(super) const STRING_SHAPE: u32 = 0;

/// A slot's place.
pub(super) enum Place {
    Inline(u32),
    Ext(u32),
}

pub(super) fn place(slot: u32, inline_capacity: usize) -> Place {
    match slot.checked_sub(inline_capacity as u32) {
        None => Place::Inline(slot),
        Some(ext) => Place::Ext(ext),
    }
}

/// Keeps the entries that tell a value; whether a handler is called for other tables.
pub(super) fn retain_values(entries: &mut Vec<FieldEntry>) -> bool {
    let has_handler = entries.iter().any(|e| matches!(e.found, Found::Handler(_)));
    entries.retain(|e| e.shape != STRING_SHAPE && !matches!(e.found, Found::Add(..) | Found::Handler(_)));
    has_handler
}

/// The entries as instances of several classes, all of one shape.
pub(super) fn instances(entries: &[FieldEntry]) -> Option<Vec<Instance>> {
    let (first, others) = entries.split_first().filter(|(_, others)| !others.is_empty())?;
    let Found::Instance(of_first) = first.found else { return None };
    let mut all = vec![of_first];
    for e in others {
        match e.found {
            Found::Instance(i) if e.shape == first.shape && i.is_like(&of_first) => all.push(i),
            _ => return None,
        }
    }
    Some(all)
}

impl Method<'_> {
    /// What a site has seen of a key, as far as it still holds. Empty if that cannot be used.
    pub(super) fn field_entries(&self) -> Vec<FieldEntry> {
        let epoch = self.heap.class_epoch().load(Relaxed);
        let shapes = self.heap.shapes();
        let mut entries = fields(self.feedback(), epoch);
        entries.retain(|e| e.shape == STRING_SHAPE || shapes.is_alive(e.shape));
        entries.retain(|e| match e.found {
            Found::Add(new, _) => shapes.is_alive(new),
            Found::Constant(v) | Found::OwnElse(_, v) => may_be_constant(v),
            Found::Instance(i) => shapes.is_alive(i.metatable_shape) && may_be_constant(i.value),
            _ => true,
        });
        if instances(&entries).is_none() {
            // Instances of several classes have one shape; where there are others too, one class is enough.
            let mut seen = Vec::with_capacity(entries.len());
            entries.retain(|e| {
                let is_new = !seen.contains(&e.shape);
                seen.push(e.shape);
                is_new
            });
        }
        entries
    }

    /// A table operand, guarded.
    pub(super) fn table(&mut self, v: InstId) -> InstId {
        if self.b.func.ty(v) == Type::Table {
            return v;
        }
        let known = self.b.func.as_value(v).filter(|v| v.is_table());
        let t = match known {
            Some(t) => self.b.const_object(Type::Table, t.bits() & PAYLOAD_MASK),
            None => self.g().guard_table(v),
        };
        self.refine(v, t);
        t
    }

    /// Whether feedback about tables can be about this operand at all.
    pub(super) fn may_be_table(&self, v: InstId) -> bool {
        match self.b.func.ty(v) {
            Type::Table => true,
            Type::Value => self.b.func.as_value(v).is_none_or(Value::is_table),
            _ => false,
        }
    }

    pub(super) fn keep_shape(&mut self, id: u32) {
        if self.shapes.iter().all(|s| s.id() != id) {
            let pin = self.heap.shapes().pin(id);
            self.shapes.push(pin);
        }
    }

    /// Does `act` for each of the shapes that a table may have, in the way that its entry says; other shapes leave. The
    /// results meet again.
    fn by_shape(
        &mut self,
        t: InstId,
        entries: &[FieldEntry],
        ty: Type,
        act: &mut dyn FnMut(&mut Self, InstId, FieldEntry) -> InstId,
    ) -> Option<InstId> {
        for e in entries {
            self.keep_shape(e.shape);
        }
        self.rely_on_chains(entries);
        let (last, others) = entries.split_last()?;
        if others.is_empty() {
            let operand = t;
            let t = self.g().guard_shape(t, last.shape);
            self.set_shape_hint(operand, Some(last.shape));
            let v = act(self, t, *last);
            return Some(v);
        }
        self.g();
        if self.are_alike(entries) {
            return Some(self.by_any_shape(t, entries, act));
        }
        let params: &[Type] = if ty == Type::None { &[] } else { &[ty] };
        let join = self.b.new_block_with(params);
        let mark = self.mark();
        let id = self.b.load_shape(t);
        for e in others {
            let expected = self.int(e.shape.into());
            let is_it = self.b.icmp(id, expected, Cc::Eq);
            let (hit, miss) = (self.b.new_block(), self.b.new_block());
            self.b.branch(is_it, (hit, &[]), (miss, &[]));
            let inner = self.mark();
            self.begin_block(hit);
            let v = act(self, t, *e);
            self.join(join, ty, v);
            self.back_to(inner);
            self.begin_block(miss);
        }
        let t = self.g().guard_shape(t, last.shape);
        let v = act(self, t, *last);
        self.join(join, ty, v);
        self.back_to(mark);
        self.begin_block(join);
        Some(if ty == Type::None { t } else { self.b.func.params(join)[0] })
    }

    /// Whether the shapes have the key in the same slot, so that nothing depends on which of them it is: tables that were made
    /// alike have gone different ways since.
    fn are_alike(&self, entries: &[FieldEntry]) -> bool {
        let place = |e: &FieldEntry| {
            let shape = self.heap.shapes().get(e.shape);
            match e.found {
                Found::Own(slot) if (slot as usize) < shape.inline_capacity() => {
                    // With the same capacity it is the same kind too.
                    let is_any = self.heap.shapes().slot_kind(shape, slot) == SlotKind::Any;
                    let capacity = if is_any { 0 } else { shape.inline_capacity() };
                    Some((slot, shape.meta() == ShapeMeta::None, capacity))
                }
                _ => None,
            }
        };
        entries.first().and_then(place).is_some_and(|first| entries.iter().all(|e| place(e) == Some(first)))
    }

    /// Does `act` once for a table of any of these shapes; others leave. Few shapes are one condition, which is known where it
    /// was asked before.
    fn by_any_shape(
        &mut self,
        t: InstId,
        entries: &[FieldEntry],
        act: &mut dyn FnMut(&mut Self, InstId, FieldEntry) -> InstId,
    ) -> InstId {
        let id = self.b.load_shape(t);
        let is_one = |m: &mut Self, e: &FieldEntry| {
            let expected = m.int(e.shape.into());
            m.b.icmp(id, expected, Cc::Eq)
        };
        let (last, others) = (entries[entries.len() - 1], &entries[..entries.len() - 1]);
        if entries.len() <= ALIKE_MAX {
            let mut is_any = is_one(self, &last);
            for e in others.iter().rev() {
                let is_it = is_one(self, e);
                is_any = self.b.or_bool(is_it, is_any);
            }
            self.g().guard_true(is_any, Reason::Shape);
            return act(self, t, last);
        }
        let (mark, hit) = (self.mark(), self.b.new_block());
        for e in others {
            let is_it = is_one(self, e);
            let miss = self.b.new_block();
            self.b.branch(is_it, (hit, &[]), (miss, &[]));
            self.begin_block(miss);
        }
        self.g().guard_shape(t, last.shape);
        self.b.jump(hit, &[]);
        self.back_to(mark);
        self.begin_block(hit);
        act(self, t, last)
    }

    fn join(&mut self, join: crate::ir::func::BlockId, ty: Type, v: InstId) {
        if ty == Type::None {
            self.b.jump(join, &[]);
        } else {
            let v = self.boxed(v);
            self.b.jump(join, &[v]);
        }
    }

    /// The contents of a slot of a table whose shape was checked.
    pub(super) fn load_slot(&mut self, t: InstId, slot: u32, inline_capacity: usize, held: Held) -> InstId {
        match place(slot, inline_capacity) {
            Place::Inline(slot) => self.b.load_slot(t, slot, held),
            Place::Ext(slot) => {
                let ext = self.b.load_ext(t);
                let ext = self.g().guard_capacity(ext, slot);
                self.b.load_ext_slot(ext, slot, held)
            }
        }
    }

    /// Reads a key in the way that an entry says.
    pub(super) fn read_entry(&mut self, t: InstId, e: FieldEntry) -> InstId {
        match e.found {
            Found::Own(slot) => {
                let shape = self.heap.shapes().get(e.shape);
                let (capacity, meta) = (shape.inline_capacity(), shape.meta());
                let held = self.held(e.shape, slot);
                let v = self.load_slot(t, slot, capacity, held);
                if held != Held::Any {
                    return self.unboxed_slot(v, held);
                }
                // An empty slot is an absent key, and without a metatable that is all.
                if meta == ShapeMeta::None { v } else { self.g().guard_not_nil(v) }
            }
            Found::OwnElse(slot, other) => {
                let shape = self.heap.shapes().get(e.shape);
                let capacity = shape.inline_capacity();
                let held = self.held(e.shape, slot);
                let v = self.load_slot(t, slot, capacity, held);
                if held != Held::Any {
                    return self.unboxed_slot(v, held);
                }
                self.or_else(v, other)
            }
            Found::Constant(v) => {
                self.kept.push(v.bits());
                self.constant_of(v)
            }
            Found::Holder(holder, slot) => {
                let object = self.b.const_object(Type::Table, holder.to_value().bits() & PAYLOAD_MASK);
                let v = self.load_slot(object, slot, holder.inline_capacity(), Held::Any);
                self.g().guard_not_nil(v)
            }
            Found::Instance(i) => {
                let class = self.load_class(t, e.shape, &i);
                let is_it = self.is_class_of(class, &i);
                self.g().guard_true(is_it, Reason::Shape);
                self.constant_of(i.value)
            }
            Found::Absent | Found::Add(..) | Found::Handler(_) => self.b.nil(),
        }
    }

    /// The `__index` of the metatable that an instance of this shape has for itself.
    fn load_class(&mut self, t: InstId, shape: u32, instance: &Instance) -> InstId {
        let metatable = self.load_slot(t, instance.slot, self.inline_capacity(shape), Held::Any);
        let metatable = self.g().guard_table(metatable);
        self.keep_shape(instance.metatable_shape);
        let metatable = self.g().guard_shape(metatable, instance.metatable_shape);
        let capacity = self.inline_capacity(instance.metatable_shape);
        self.load_slot(metatable, instance.index_slot, capacity, Held::Any)
    }

    /// What instances of several classes find, all of one shape.
    fn read_instances(&mut self, t: InstId, shape: u32, instances: &[Instance]) -> InstId {
        self.keep_shape(shape);
        let operand = t;
        let t = self.g().guard_shape(t, shape);
        self.set_shape_hint(operand, Some(shape));
        let class = self.load_class(t, shape, &instances[0]);
        let mut result = self.b.const_value(instances[0].value);
        let mut is_any = self.is_class_of(class, &instances[0]);
        for instance in &instances[1..] {
            let (is_it, v) = (self.is_class_of(class, instance), self.b.const_value(instance.value));
            result = self.b.select(is_it, v, result);
            is_any = self.b.or_bool(is_any, is_it);
        }
        self.g().guard_true(is_any, Reason::Shape);
        result
    }

    fn inline_capacity(&self, shape: u32) -> usize {
        self.heap.shapes().get(shape).inline_capacity()
    }

    /// Whether the `__index` of a metatable is the class of an instance, and its method so the one that is known.
    pub(super) fn is_class_of(&mut self, class: InstId, instance: &Instance) -> InstId {
        self.kept.extend([instance.class.to_value().bits(), instance.value.bits()]);
        let expected = self.b.const_value(instance.class.to_value());
        self.b.same_value(class, expected)
    }

    /// A value, or this one where it is nil.
    pub(super) fn or_else(&mut self, v: InstId, other: Value) -> InstId {
        if other.is_nil() {
            return v;
        }
        self.kept.push(other.bits());
        let (is_nil, other) = (self.b.is_nil(v), self.b.const_value(other));
        self.b.select(is_nil, other, v)
    }

    /// `t.key`, speculated. `helper` does it for tables of other shapes, with the result in register `to`.
    fn read_field(&mut self, v: InstId, to: u16, key: Value, helper: Helper) -> Option<InstId> {
        if !self.may_be_table(v) || !self.options.speculate {
            return None;
        }
        if let Some(constant) = self.class_constant(v, key) {
            return Some(constant);
        }
        let mut entries = self.field_entries();
        let is_full = entries.len() >= SHAPES_MAX;
        let has_handler = retain_values(&mut entries);
        if entries.is_empty() {
            return None;
        }
        let is_full = !self.narrow(v, &mut entries) && is_full;
        if is_full || has_handler || !self.may_speculate() {
            // One that has met so many shapes has met more.
            let asked = if is_full { &[][..] } else { &entries };
            return self.may_speculate_but(ASKED).then(|| self.read_asking(v, asked, to, key, helper));
        }
        let t = self.table(v);
        if let Some(instances) = instances(&entries) {
            self.rely_on_chains(&entries);
            return Some(self.read_instances(t, entries[0].shape, &instances));
        }
        let result = self.by_shape(t, &entries, Type::Value, &mut |m, t, e| m.read_entry(t, e))?;
        if let Some(likely) = self.sample(t).and_then(Table::from_value)
            && let Some(e) = entries.iter().find(|e| e.shape == likely.shape_id())
            && let Found::Own(slot) | Found::OwnElse(slot, _) = e.found
        {
            self.set_sample(result, likely.slot_value(slot));
        }
        Some(result)
    }

    /// `t.key`.
    pub(super) fn get_field(&mut self, inst: Inst) {
        let v = self.reg(inst.b());
        let key = self.f.function.constant(inst.c() as usize);
        if self.read_by_handler(inst, v, key) {
            return;
        }
        if let Some(result) = self.read_field(v, inst.a(), key, Helper::GetField) {
            return self.set(inst.a(), result);
        }
        let (t, key) = (self.boxed(v), self.b.const_value(key));
        self.helper_to(inst.a(), Helper::GetField, &[t, key]);
    }

    /// `t.key` for a call.
    pub(super) fn get_method(&mut self, inst: Inst) {
        let (a, b) = (inst.a(), inst.b());
        let v = self.reg(b);
        let key = self.f.function.constant(inst.c() as usize);
        if self.read_by_handler(inst, v, key) {
            return;
        }
        let result = match self.string_method(v) {
            Some(method) => Some(method),
            None if self.method_ways(inst, v) => return,
            None => self.read_field(v, a, key, Helper::GetMethod),
        };
        match result {
            Some(method) => self.set_method(inst, method),
            None => {
                let (t, key) = (self.boxed(v), self.b.const_value(key));
                self.set(a + 3, v);
                self.helper_to(a, Helper::GetMethod, &[t, key]);
            }
        }
    }

    /// The method of a string, if the site has seen strings only.
    fn string_method(&mut self, v: InstId) -> Option<InstId> {
        let ty = self.b.func.ty(v);
        if !self.options.speculate || !matches!(ty, Type::Value | Type::Str) {
            return None;
        }
        let entries = self.field_entries();
        let [FieldEntry { shape: STRING_SHAPE, found: Found::Constant(method) }] = entries[..] else {
            return None;
        };
        if !self.may_speculate() {
            return None;
        }
        if ty == Type::Value {
            let s = self.g().guard_str(v);
            self.refine(v, s);
        }
        self.rely_on_chain(STRING_SHAPE);
        self.kept.push(method.bits());
        Some(self.b.const_value(method))
    }

    /// `t.key = v`.
    pub(super) fn set_field(&mut self, inst: Inst) {
        let (t, v) = (self.reg(inst.a()), self.reg(inst.c()));
        let key = self.f.function.constant(inst.b() as usize);
        if self.options.speculate && self.may_be_table(t) {
            if self.write_by_handler(t, key, v) {
                return;
            }
            if self.may_speculate_but(ASKED) && self.is_full_of_own(t) {
                return self.write_cached(t, key, v);
            }
            if self.may_speculate() {
                if self.write_field(t, key, v) {
                    return;
                }
            } else if self.may_speculate_but(ASKED) && self.write_asking(t, key, v) {
                return;
            }
        }
        let (t, key, v) = (self.boxed(t), self.b.const_value(key), self.boxed(v));
        self.helper(Helper::SetField, &[t, key, v]);
    }

    /// Whether a site has met as many shapes as it remembers, and stored into own slots of them.
    fn is_full_of_own(&self, t: InstId) -> bool {
        let entries = self.field_entries();
        let is_known = self.shape_hints.get(&t).is_some_and(|id| entries.iter().any(|e| e.shape == *id));
        let is_own = |e: &FieldEntry| matches!(e.found, Found::Own(_) | Found::OwnElse(..));
        entries.len() >= SHAPES_MAX && !is_known && entries.iter().all(is_own)
    }

    fn write_field(&mut self, t: InstId, key: Value, v: InstId) -> bool {
        let mut entries = self.field_entries();
        let shapes = self.heap.shapes();
        entries.retain(|e| match e.found {
            // Others rely on what a class table has.
            Found::Own(_) | Found::OwnElse(..) | Found::Add(..) => {
                e.shape != STRING_SHAPE && !shapes.get(e.shape).is_class()
            }
            _ => false,
        });
        let adds = entries.iter().any(|e| matches!(e.found, Found::Add(..)));
        let may_be_nil = match self.b.func.ty(v) {
            Type::Value => self.b.func.as_value(v).is_none_or(Value::is_nil),
            _ => false,
        };
        // A slot that is added outside the table mostly needs a larger storage, so that is left to the helper, but not what is
        // done to tables that have the key.
        let grows = entries.iter().any(|e| match e.found {
            Found::Add(_, slot) => slot as usize >= shapes.get(e.shape).inline_capacity(),
            _ => false,
        });
        if grows {
            return self.write_asking(t, key, v);
        }
        if entries.is_empty() || (adds && self.b.func.as_value(v).is_some_and(Value::is_nil)) {
            return false;
        }
        if !self.may_take(&entries, v) {
            return false;
        }
        let t = self.table(t);
        self.narrow(t, &mut entries);
        let adds = entries.iter().any(|e| matches!(e.found, Found::Add(..)));
        let v = if adds && may_be_nil {
            let known = self.g().guard_not_nil(v);
            self.refine(v, known);
            known
        } else {
            v
        };
        let v = match entries[..] {
            [FieldEntry { shape, found: Found::Own(slot) | Found::OwnElse(slot, _) }]
            | [FieldEntry { found: Found::Add(shape, slot), .. }] => {
                let tested = self.guard_kind(shape, slot, v);
                self.refine(v, tested);
                tested
            }
            _ => v,
        };
        let stored = self.boxed(v);
        let done = self.by_shape(t, &entries, Type::None, &mut |m, t, e| {
            m.write_entry(t, e, v, stored);
            t
        });
        let after = match entries[..] {
            [FieldEntry { found: Found::Add(new, _), .. }] => Some(new),
            [FieldEntry { shape, .. }] => Some(shape),
            _ => None,
        };
        self.set_shape_hint(t, after);
        done.is_some()
    }

    fn write_entry(&mut self, t: InstId, e: FieldEntry, v: InstId, stored: InstId) {
        let shape = self.heap.shapes().get(e.shape);
        let (capacity, meta) = (shape.inline_capacity(), shape.meta());
        let (new, slot) = match e.found {
            Found::Add(new, slot) => (new, slot),
            Found::Own(slot) | Found::OwnElse(slot, _) => (e.shape, slot),
            _ => return,
        };
        if new != e.shape {
            self.keep_shape(new);
        }
        let ext = match place(slot, capacity) {
            Place::Inline(_) => None,
            Place::Ext(slot) => {
                let ext = self.b.load_ext(t);
                Some((self.g().guard_capacity(ext, slot), slot))
            }
        };
        let v = self.guard_kind(new, slot, v);
        let is_own = matches!(e.found, Found::Own(_));
        // Where the slot is empty, a metatable may have a handler for the key.
        if is_own && meta != ShapeMeta::None && self.held(e.shape, slot) == Held::Any {
            let old = match ext {
                Some((ext, slot)) => self.b.load_ext_slot(ext, slot, Held::Any),
                None => self.b.load_slot(t, slot, Held::Any),
            };
            self.g().guard_not_nil(old);
        }
        match (ext, new == e.shape) {
            (None, true) => self.b.store_slot(t, stored, slot),
            (None, false) => self.b.transition(t, stored, new, slot),
            (Some((ext, slot)), true) => self.b.store_ext_slot(ext, stored, slot),
            (Some((ext, slot)), false) => self.b.transition_ext(t, ext, stored, new, slot),
        };
        self.barrier(ext.map_or(t, |(ext, _)| ext), v, stored);
    }

    /// A new table.
    pub(super) fn new_table(&mut self, inst: Inst) {
        let index = inst.bc() as usize;
        if self.options.speculate
            && let Some(template) = self.template(index)
        {
            self.keep_shape(template.shape);
            let id = self.b.func.snaps.add_template(template);
            let t = self.b.new_table(id);
            return self.set(inst.a(), t);
        }
        let number = self.int(index as i64);
        self.helper_to(inst.a(), Helper::NewTable, &[number]);
    }

    /// The shape that a table has which was made in this function, and to which no key was added since by name.
    pub(super) fn shape_of_new(&self, t: InstId) -> Option<u32> {
        let func = &*self.b.func;
        let mut at = t;
        while matches!(func.op(at), Ir::GuardTable | Ir::GuardShape | Ir::BoxRef | Ir::UnboxRef) {
            at = func.arg(at, 0);
        }
        let template = func.template(at).filter(|_| func.op(at) == Ir::NewTable)?;
        let shape = func.snaps.template(template).shape;
        let code = &self.f.code.proto.code[..self.f.pc as usize];
        let is_bare = self.heap.shapes().get(shape).slot_count() == 0;
        let is_filled = || {
            let since = code.iter().rev().take_while(|i| i.op() != Op::NewTable);
            since.into_iter().any(|i| matches!(i.op(), Op::SetField | Op::SetIndex))
        };
        if is_bare && is_filled() { None } else { Some(shape) }
    }

    /// How tables of a literal are laid out, if that is settled.
    fn template(&self, index: usize) -> Option<Template> {
        let linked = self.f.function.template(index);
        let is_blank = linked.key_count == 0 && linked.array_len == 0;
        let elem = Elem::Any;
        if is_blank {
            // The site of an empty literal counts the slots that its tables get.
            let slots = Value::from_bits(self.feedback()).as_small_int()?;
            if slots == LEARNT_DICTIONARY {
                let capacity = DICTIONARY_CAPACITY;
                let shape = self.heap.shapes().dictionary_root(capacity)?;
                return Some(Template { shape, inline_capacity: capacity as u32, array_capacity: 0, elem });
            }
            let capacity = (slots as usize | 1).min(runtime::shape::INLINE_CAPACITY_MAX);
            let shape = self.heap.shapes().root(capacity);
            return Some(Template { shape, inline_capacity: capacity as u32, array_capacity: 0, elem });
        }
        Some(Template {
            shape: linked.shape.id(),
            inline_capacity: linked.inline_capacity.into(),
            array_capacity: 0,
            elem,
        })
    }
}
