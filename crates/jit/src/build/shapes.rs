//! Named keys at sites that have met many shapes, or others than expected: each known shape is asked for, and what does not
//! fit is left to the helper. What lies up the chain is relied on.

use super::elements::Asking;
use super::feedback::{FieldEntry, Found};
use super::fields::{Place, SHAPES_MAX, STRING_SHAPE, place};
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Held};
use crate::ir::types::Type;
use runtime::shape::ShapeMeta;
use runtime::value::{PAYLOAD_MASK, Value};

impl Method<'_> {
    /// Does `act` for each of the shapes, which goes to the end; other shapes go away.
    fn ask_shapes(
        &mut self,
        at: &Asking,
        t: InstId,
        entries: &[FieldEntry],
        act: &mut dyn FnMut(&mut Self, FieldEntry),
    ) {
        let id = self.b.load_shape(t);
        let mark = self.mark();
        for e in entries {
            self.keep_shape(e.shape);
            let expected = self.int(e.shape.into());
            let is_it = self.b.icmp(id, expected, Cc::Eq);
            let (hit, miss) = (self.b.new_block(), self.b.new_block());
            self.b.branch(is_it, (hit, &[]), (miss, &[]));
            self.begin_block(hit);
            act(self, *e);
            self.back_to(mark);
            self.begin_block(miss);
        }
        self.b.jump(at.slow, &[]);
        self.back_to(mark);
    }

    /// A slots storage that has the slot, or away.
    fn ask_ext(&mut self, at: &Asking, t: InstId, slot: u32) -> InstId {
        let ext = self.b.load_ext(t);
        let (capacity, slot) = (self.b.slots_capacity(ext), self.int(slot.into()));
        let has_slot = self.b.icmp(slot, capacity, Cc::Lt);
        self.ask(at, has_slot);
        ext
    }

    /// The contents of a slot.
    fn ask_slot(&mut self, at: &Asking, t: InstId, slot: u32, inline_capacity: usize) -> InstId {
        match place(slot, inline_capacity) {
            Place::Inline(slot) => self.b.load_slot(t, slot, Held::Any),
            Place::Ext(slot) => {
                let ext = self.ask_ext(at, t, slot);
                self.b.load_ext_slot(ext, slot, Held::Any)
            }
        }
    }

    fn ask_not_nil(&mut self, at: &Asking, v: InstId) {
        let is_nil = self.b.is_nil(v);
        let is_there = self.b.not_bool(is_nil);
        self.ask(at, is_there);
    }

    pub(super) fn read_asked(&mut self, at: &Asking, t: InstId, e: FieldEntry) -> InstId {
        match e.found {
            Found::Own(slot) => {
                let shape = self.heap.shapes().get(e.shape);
                let v = self.ask_slot(at, t, slot, shape.inline_capacity());
                if shape.meta() != ShapeMeta::None {
                    self.ask_not_nil(at, v);
                }
                v
            }
            Found::OwnElse(slot, other) => {
                let shape = self.heap.shapes().get(e.shape);
                let v = self.ask_slot(at, t, slot, shape.inline_capacity());
                self.or_else(v, other)
            }
            Found::Constant(v) => {
                self.kept.push(v.bits());
                self.b.const_value(v)
            }
            Found::Holder(holder, slot) => {
                let object = self.b.const_object(Type::Table, holder.to_value().bits() & PAYLOAD_MASK);
                let v = self.ask_slot(at, object, slot, holder.inline_capacity());
                self.ask_not_nil(at, v);
                v
            }
            Found::Instance(i) => {
                let shapes = self.heap.shapes();
                let capacity = shapes.get(e.shape).inline_capacity();
                let metatable_capacity = shapes.get(i.metatable_shape).inline_capacity();
                let metatable = self.ask_slot(at, t, i.slot, capacity);
                let metatable = self.ask_table(at, metatable);
                self.keep_shape(i.metatable_shape);
                let (id, expected) = (self.b.load_shape(metatable), self.int(i.metatable_shape.into()));
                let is_such = self.b.icmp(id, expected, Cc::Eq);
                self.ask(at, is_such);
                let class = self.ask_slot(at, metatable, i.index_slot, metatable_capacity);
                let is_it = self.is_class_of(class, &i);
                self.ask(at, is_it);
                self.b.const_value(i.value)
            }
            Found::Absent | Found::Add(..) | Found::Handler(_) => self.b.nil(),
        }
    }

    /// What the cache by shape and key says, to the end with it, or what a dictionary has; or away.
    fn ask_cache(&mut self, at: &Asking, t: InstId, key: InstId) {
        self.stats.cached_fields += 1;
        let found = self.b.find_field(t, key);
        let unknown = Asking { slow: self.cold_block(), join: at.join, mark: at.mark };
        self.ask_known(&unknown, found);
        self.b.jump(at.join, &[found]);
        self.back_to(at.mark);
        self.begin_block(unknown.slow);
        self.ask_as_dictionary(at, t, key);
    }

    /// `t.key`, with what is not known done by the helper, which gives its result to register `to`. Without entries the cache
    /// by shape and key is asked.
    pub(super) fn read_asking(
        &mut self,
        v: InstId,
        entries: &[FieldEntry],
        to: u16,
        key: Value,
        helper: Helper,
    ) -> InstId {
        self.rely_on_chains(entries);
        let at = self.begin_asking(Type::Value);
        let t = self.ask_table(&at, v);
        if entries.is_empty() {
            let key = self.b.const_value(key);
            self.ask_cache(&at, t, key);
        } else {
            self.ask_shapes(&at, t, entries, &mut |m, e| {
                let v = m.read_asked(&at, t, e);
                m.b.jump(at.join, &[v]);
            });
        }
        self.back_to(at.mark);
        self.begin_block(at.slow);
        let slow = match helper {
            Helper::GetMethod => self.method_by_helper(v, to, key),
            _ => {
                let (boxed, key) = (self.boxed(v), self.b.const_value(key));
                self.slow_to(to, helper, &[boxed, key])
            }
        };
        self.b.jump(at.join, &[slow]);
        self.back_to(at.mark);
        self.begin_block(at.join);
        self.b.func.params(at.join)[0]
    }

    /// `t.key = v` where the site has met more shapes than it remembers: the cache by shape and key is asked.
    pub(super) fn write_cached(&mut self, t: InstId, key: Value, v: InstId) {
        self.stats.cached_fields += 1;
        let (boxed, key, stored) = (self.boxed(t), self.b.const_value(key), self.boxed(v));
        let at = self.begin_asking(Type::None);
        let t = self.ask_table(&at, t);
        let is_done = self.helper(Helper::ReplaceField, &[t, key, stored]);
        self.ask(&at, is_done);
        self.b.jump(at.join, &[]);
        self.back_to(at.mark);
        self.begin_block(at.slow);
        self.helper(Helper::SetField, &[boxed, key, stored]);
        self.b.jump(at.join, &[]);
        self.back_to(at.mark);
        self.begin_block(at.join);
    }

    /// `t.key = v` at a site of other shapes, where the key is replaced; false if the site has not seen that.
    pub(super) fn write_asking(&mut self, t: InstId, key: Value, v: InstId) -> bool {
        let mut entries = self.field_entries();
        let shapes = self.heap.shapes();
        // A table that has got the key here may come again.
        for at in 0..entries.len() {
            if let Found::Add(new, slot) = entries[at].found
                && entries.len() < SHAPES_MAX
                && entries.iter().all(|e| e.shape != new)
            {
                entries.push(FieldEntry { shape: new, found: Found::Own(slot) });
            }
        }
        entries.retain(|e| {
            // Others rely on what a class table has.
            matches!(e.found, Found::Own(_) | Found::OwnElse(..))
                && e.shape != STRING_SHAPE
                && !shapes.get(e.shape).is_class()
        });
        if entries.is_empty() {
            return false;
        }
        self.rely_on_chains(&entries);
        let (boxed, key, stored) = (self.boxed(t), self.b.const_value(key), self.boxed(v));
        let at = self.begin_asking(Type::None);
        let t = self.ask_table(&at, t);
        self.ask_shapes(&at, t, &entries, &mut |m, e| {
            let shape = m.heap.shapes().get(e.shape);
            let (slot, has_meta) = match e.found {
                Found::Own(slot) => (slot, shape.meta() != ShapeMeta::None),
                Found::OwnElse(slot, _) => (slot, false),
                _ => return,
            };
            m.ask_kind_takes(&at, e.shape, slot, v, stored);
            let object = match place(slot, shape.inline_capacity()) {
                Place::Inline(slot) => {
                    if has_meta {
                        let old = m.b.load_slot(t, slot, Held::Any);
                        m.ask_not_nil(&at, old);
                    }
                    m.b.store_slot(t, stored, slot);
                    t
                }
                Place::Ext(slot) => {
                    let ext = m.ask_ext(&at, t, slot);
                    if has_meta {
                        let old = m.b.load_ext_slot(ext, slot, Held::Any);
                        m.ask_not_nil(&at, old);
                    }
                    m.b.store_ext_slot(ext, stored, slot);
                    ext
                }
            };
            m.barrier(object, v, stored);
            m.b.jump(at.join, &[]);
        });
        self.back_to(at.mark);
        self.begin_block(at.slow);
        self.helper(Helper::SetField, &[boxed, key, stored]);
        self.b.jump(at.join, &[]);
        self.back_to(at.mark);
        self.begin_block(at.join);
        true
    }
}
