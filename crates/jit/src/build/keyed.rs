//! Tables as dictionaries, and elements of userdata objects: `t[key]` where the key is a string, or `t` no table.
//!
//! What a look can do is done by a helper that neither allocates nor raises nor runs user code; where that does not suffice
//! the whole operation is done.

use super::operators::Static;
use super::state::Method;
use crate::ir::func::{BlockId, InstId};
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Held, Reason, Tag};
use crate::ir::types::Type;
use runtime::shape::{DICTIONARY_IDS_END, ROOT_IDS_END};
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use vm::machine::feedback::{READ_OTHER, READ_STR, READ_USERDATA, STORED_STR, STORED_USERDATA};

use super::elements::Asking;

impl Method<'_> {
    /// Whether a key is a string, as far as can be told; `seen` says that the site has seen strings.
    fn is_str_key(&self, key: InstId, seen: bool) -> bool {
        match self.b.func.ty(key) {
            Type::Str => true,
            Type::Value => self.sample(key).map_or(seen, Value::is_string),
            _ => false,
        }
    }

    /// A table and a string, or away.
    fn ask_dictionary(&mut self, at: &Asking, t: InstId, key: InstId) -> (InstId, InstId) {
        let t = self.ask_table(at, t);
        let key = match self.b.func.ty(key) {
            Type::Str => key,
            _ => {
                let is_str = self.b.has_tag(key, Tag::Str);
                self.ask(at, is_str);
                self.b.unbox_ref(Type::Str, key)
            }
        };
        (t, key)
    }

    /// An integer key, or away.
    fn ask_int(&mut self, at: &Asking, key: InstId) -> InstId {
        if self.kind_of(key) == Static::Int {
            return key;
        }
        let is_int = self.b.has_tag(key, Tag::Int);
        self.ask(at, is_int);
        self.b.unbox_int(key)
    }

    /// Goes on only with a value that is not the mark.
    pub(super) fn ask_known(&mut self, at: &Asking, v: InstId) {
        let mark = self.b.const_value(Value::MARK);
        let is_mark = self.b.same_value(v, mark);
        let is_known = self.b.not_bool(is_mark);
        self.ask(at, is_known);
    }

    /// Whether a site's tables are likely to keep string keys in their hash part, and to have no metatable: `seen` is a shape
    /// that the site has met.
    fn is_dictionary(&self, t: InstId, seen: u32) -> bool {
        let sample = || self.sample(t).and_then(Table::from_value).map(|t| t.shape_id());
        let shape = self.new_shape(t).or_else(sample).unwrap_or(seen);
        (ROOT_IDS_END..DICTIONARY_IDS_END).contains(&shape)
    }

    /// Whether a table is such a one.
    fn has_dictionary(&mut self, t: InstId) -> InstId {
        let (id, first) = (self.b.load_shape(t), self.int(ROOT_IDS_END.into()));
        let (number, count) =
            (self.b.sub_i64(id, first), self.int((DICTIONARY_IDS_END - ROOT_IDS_END).into()));
        self.b.icmp(number, count, Cc::Below)
    }

    /// Goes on only with such a table; gives the block for others.
    fn ask_shape(&mut self, t: InstId) -> BlockId {
        let (other, dictionary) = (self.cold_block(), self.b.new_block());
        let is_it = self.has_dictionary(t);
        self.b.branch(is_it, (dictionary, &[]), (other, &[]));
        self.begin_block(dictionary);
        other
    }

    /// Such a table and a string, guarded.
    fn guard_dictionary(&mut self, t: InstId, key: InstId) -> (InstId, InstId) {
        let (t, key) = (self.table(t), self.str_operand(key));
        let is_it = self.has_dictionary(t);
        self.g().guard_true(is_it, Reason::Shape);
        (t, key)
    }

    /// The hash part of a table that keeps string keys there, the number of a key's entry, and whether there is one.
    fn find_entry(&mut self, t: InstId, key: InstId) -> (InstId, InstId, InstId) {
        let key = self.b.str_key(key);
        self.find_key(t, key)
    }

    /// The hash part of a table, the number of the entry of a key in its canonical form, and whether there is one.
    fn find_key(&mut self, t: InstId, key: InstId) -> (InstId, InstId, InstId) {
        let ext = self.b.load_ext(t);
        let hash = self.b.load_hash(ext);
        let entry = self.b.hash_find(hash, key);
        let none = self.int(-1);
        (hash, entry, self.b.icmp(entry, none, Cc::Ne))
    }

    /// The value of a string key; no metatable says what is there instead of an absent one.
    fn get_entry(&mut self, t: InstId, key: InstId) -> InstId {
        let (hash, entry, is_there) = self.find_entry(t, key);
        self.either(is_there, Type::Value, false, |m| m.b.load_entry(hash, entry), |m| m.b.nil())
    }

    /// The value of a constant key in a table that keeps string keys in its hash part, to the end with it; or away.
    pub(super) fn ask_as_dictionary(&mut self, at: &Asking, t: InstId, key: InstId) {
        let other = self.ask_shape(t);
        let (hash, entry, is_there) = self.find_key(t, key);
        let v = self.either(is_there, Type::Value, false, |m| m.b.load_entry(hash, entry), |m| m.b.nil());
        self.b.jump(at.join, &[v]);
        self.back_to(at.mark);
        self.begin_block(other);
        self.b.jump(at.slow, &[]);
    }

    /// Whether a likely table has entries in its hash part: an integer key that is no element is looked for there.
    pub(super) fn has_entries(&self, t: InstId) -> bool {
        self.sample(t).and_then(Table::from_value).is_some_and(Table::has_entries)
    }

    /// The value of an integer key that is no element of a table without metatable, to the end with it; or away.
    pub(super) fn ask_entry(&mut self, at: &Asking, t: InstId, i: InstId) {
        let array = self.b.load_array(t);
        let len = self.b.array_len(array);
        let is_outside = self.b.icmp(i, len, Cc::Above);
        self.ask(at, is_outside);
        let key = self.fresh_box(i);
        // Big integers are not compared by their words.
        let is_small = self.b.has_tag(key, Tag::Int);
        self.ask(at, is_small);
        let (hash, entry, is_there) = self.find_key(t, key);
        let v = self.either(is_there, Type::Value, false, |m| m.b.load_entry(hash, entry), |m| m.b.nil());
        self.b.jump(at.join, &[v]);
    }

    /// Stores a value of an integer key where an entry has one, and goes to the end; or away. What is an element has none.
    pub(super) fn ask_to_store_entry(&mut self, at: &Asking, t: InstId, i: InstId, v: InstId) {
        let key = self.fresh_box(i);
        let is_small = self.b.has_tag(key, Tag::Int);
        self.ask(at, is_small);
        let (hash, entry, is_there) = self.find_key(t, key);
        self.ask(at, is_there);
        // A removed one is for the helper: the table may have forgotten that it had integers there.
        let old = self.b.load_entry(hash, entry);
        let is_nil = self.b.is_nil(old);
        let is_live = self.b.not_bool(is_nil);
        self.ask(at, is_live);
        let stored = if self.b.func.ty(v).is_boxed() { v } else { self.fresh_box(v) };
        self.b.store_entry(hash, entry, stored);
        self.barrier(hash, v, stored);
        self.b.jump(at.join, &[]);
    }

    /// A table without metatable and the key of an entry, neither a string nor an integer, in its canonical form: a table or
    /// a float without an integer value; or away.
    fn ask_other(&mut self, at: &Asking, t: InstId, key: InstId) -> (InstId, InstId) {
        let t = self.ask_table(at, t);
        // Tables without named keys; those with many are dictionaries.
        let (id, end) = (self.b.load_shape(t), self.int(DICTIONARY_IDS_END.into()));
        let is_plain = self.b.icmp(id, end, Cc::Below);
        self.ask(at, is_plain);
        let boxed = self.boxed(key);
        match self.b.func.ty(key) {
            Type::Table => {}
            Type::F64 => self.ask_fraction(at, key),
            _ if self.sample(key).is_some_and(Value::is_float) => {
                let is_float = self.b.has_tag(boxed, Tag::Float);
                self.ask(at, is_float);
                let x = self.b.unbox_f64(boxed);
                self.ask_fraction(at, x);
            }
            _ => {
                let is_table = self.b.has_tag(boxed, Tag::Table);
                self.ask(at, is_table);
            }
        }
        (t, boxed)
    }

    /// A float that is not the same key as an integer.
    fn ask_fraction(&mut self, at: &Asking, x: InstId) {
        let is_int = self.b.f64_is_int(x);
        let is_fraction = self.b.not_bool(is_int);
        self.ask(at, is_fraction);
    }

    /// Whether a key is likely to be such a one.
    fn is_other_key(&self, t: InstId, key: InstId) -> bool {
        let is_kind = |v: Value| v.is_table() || v.is_float() && v.float_payload().fract() != 0.0;
        self.options.speculate
            && matches!(self.b.func.ty(t), Type::Value | Type::Table)
            && match self.b.func.ty(key) {
                Type::Table => true,
                Type::Value | Type::F64 => self.sample(key).is_some_and(is_kind),
                _ => false,
            }
    }

    /// `t[key]` for a key that is neither a string nor an integer, if the site is one of these.
    pub(super) fn get_other(&mut self, to: u16, t: InstId, key: InstId) -> Option<InstId> {
        let word = self.feedback();
        // What is known of a computed number is its kind alone.
        let is_open = self.b.func.ty(key) == Type::F64 || self.sample(key).is_none();
        let is_seen = word & READ_OTHER != 0 && self.options.speculate && is_open;
        let may_be = matches!(self.b.func.ty(t), Type::Value | Type::Table)
            && matches!(self.b.func.ty(key), Type::Value | Type::F64);
        if !(self.is_other_key(t, key) || is_seen && may_be) {
            return None;
        }
        let (vt, vk) = (self.boxed(t), self.boxed(key));
        let at = self.begin_asking(Type::Value);
        let (t, known) = self.ask_other(&at, t, key);
        let (hash, entry, is_there) = self.find_key(t, known);
        let v = self.either(is_there, Type::Value, false, |m| m.b.load_entry(hash, entry), |m| m.b.nil());
        self.b.jump(at.join, &[v]);
        self.back_to(at.mark);
        Some(self.end_asking_read(&at, to, Helper::GetIndex, [vt, vk]))
    }

    /// `t[key] = v` likewise: where there is an entry.
    pub(super) fn set_other(&mut self, t: InstId, key: InstId, v: InstId) -> bool {
        if !self.is_other_key(t, key) {
            return false;
        }
        let (vt, vk, stored) = (self.boxed(t), self.boxed(key), self.boxed(v));
        let at = self.begin_asking(Type::None);
        let (t, known) = self.ask_other(&at, t, key);
        let (hash, entry, is_there) = self.find_key(t, known);
        self.ask(&at, is_there);
        self.b.store_entry(hash, entry, stored);
        self.barrier(hash, v, stored);
        self.b.jump(at.join, &[]);
        self.back_to(at.mark);
        self.end_asking_store(&at, [vt, vk, stored]);
        true
    }

    /// Stores the value of a string key. No user code runs.
    fn set_entry(&mut self, t: InstId, key: InstId, v: InstId) {
        let stored = self.boxed(v);
        let (hash, entry, is_there) = self.find_entry(t, key);
        let [found, absent, join] = std::array::from_fn(|_| self.b.new_block());
        self.b.branch(is_there, (found, &[]), (absent, &[]));
        let mark = self.mark();
        self.begin_block(found);
        // An entry whose value is nil is a removed one.
        self.b.store_entry(hash, entry, stored);
        self.barrier(hash, v, stored);
        self.b.jump(join, &[]);
        self.back_to(mark);
        self.begin_block(absent);
        self.helper(Helper::InsertStrKey, &[t, key, stored]);
        self.b.jump(join, &[]);
        self.back_to(mark);
        self.begin_block(join);
    }

    /// `t[key]` of a dictionary or of a userdata object, if the site is one of these.
    pub(super) fn get_keyed(&mut self, to: u16, t: InstId, key: InstId) -> Option<InstId> {
        if !self.options.speculate || !matches!(self.b.func.ty(t), Type::Value | Type::Table) {
            return None;
        }
        let word = self.feedback();
        let is_str = self.is_str_key(key, word & READ_STR != 0);
        let is_userdata = word & READ_USERDATA != 0
            && self.b.func.ty(t) == Type::Value
            && matches!(self.kind_of(key), Static::Int | Static::Boxed);
        if !is_str && !is_userdata {
            return None;
        }
        let is_dictionary = is_str && self.is_dictionary(t, (word >> 32) as u32);
        if is_dictionary && self.may_speculate() {
            let (t, key) = self.guard_dictionary(t, key);
            return Some(self.get_entry(t, key));
        }
        let (vt, vk) = (self.boxed(t), self.boxed(key));
        let at = self.begin_asking(Type::Value);
        let v = if is_str {
            // A table that has few keys now may have many later, and be a dictionary then.
            let (t, key) = self.ask_dictionary(&at, t, key);
            if !is_dictionary
                && self.may_speculate()
                && let Some((shape, slot)) = self.known_slot(vt, vk, (word >> 32) as u32)
            {
                self.get_known(&at, t, shape, slot);
            }
            let before = self.mark();
            let other = self.ask_shape(t);
            let v = self.get_entry(t, key);
            self.b.jump(at.join, &[v]);
            self.back_to(before);
            self.begin_block(other);
            self.helper(Helper::GetStrKey, &[t, key])
        } else {
            let i = self.ask_int(&at, key);
            self.helper(Helper::GetElement, &[vt, i])
        };
        self.ask_known(&at, v);
        self.b.jump(at.join, &[v]);
        self.back_to(at.mark);
        Some(self.end_asking_read(&at, to, Helper::GetIndex, [vt, vk]))
    }

    /// The slot of a string that is always the same, as in an inlined function that gets a name, in a table whose shape is
    /// likely: as `seen` says, if the table is not at hand. And the shape.
    fn known_slot(&self, t: InstId, key: InstId, seen: u32) -> Option<(u32, u32)> {
        let key = self.b.func.as_value(key).and_then(Str::from_value)?;
        let shapes = self.heap.shapes();
        let sample = || self.sample(t).and_then(Table::from_value).map(|t| t.shape_id());
        let shape = self.new_shape(t).or_else(sample).unwrap_or(seen);
        if shape < DICTIONARY_IDS_END || !shapes.is_alive(shape) {
            return None;
        }
        Some((shape, shapes.get(shape).lookup(key)?))
    }

    /// Gives the value of a slot where a table is of that shape and has one there, and goes on for all other tables.
    fn get_known(&mut self, at: &Asking, t: InstId, shape: u32, slot: u32) {
        self.keep_shape(shape);
        let before = self.mark();
        let (own, other) = (self.b.new_block(), self.cold_block());
        let (id, expected) = (self.b.load_shape(t), self.int(shape.into()));
        let is_it = self.b.icmp(id, expected, Cc::Eq);
        self.b.branch(is_it, (own, &[]), (other, &[]));
        self.begin_block(own);
        let capacity = self.heap.shapes().get(shape).inline_capacity();
        let v = self.load_slot(t, slot, capacity, Held::Any);
        let is_nil = self.b.is_nil(v);
        let is_there = self.b.not_bool(is_nil);
        self.ask(at, is_there);
        self.b.jump(at.join, &[v]);
        self.back_to(before);
        self.begin_block(other);
    }

    /// `t[key] = v` of a dictionary or of a userdata object, if the site is one of these.
    pub(super) fn set_keyed(&mut self, t: InstId, key: InstId, v: InstId) -> bool {
        if !self.options.speculate || !matches!(self.b.func.ty(t), Type::Value | Type::Table) {
            return false;
        }
        let word = self.feedback();
        let is_userdata = word == STORED_USERDATA
            && self.b.func.ty(t) == Type::Value
            && matches!(self.kind_of(key), Static::Int | Static::Boxed);
        let is_str = !is_userdata && self.is_str_key(key, word & STORED_STR != 0);
        if !is_str && !is_userdata {
            return false;
        }
        let is_dictionary = is_str && self.is_dictionary(t, word as u32);
        if is_dictionary && self.may_speculate() {
            let (t, key) = self.guard_dictionary(t, key);
            self.set_entry(t, key, v);
            return true;
        }
        let (vt, vk, stored) = (self.boxed(t), self.boxed(key), self.boxed(v));
        let at = self.begin_asking(Type::None);
        let is_done = if is_str {
            let (t, key) = self.ask_dictionary(&at, t, key);
            let before = self.mark();
            let other = self.ask_shape(t);
            self.set_entry(t, key, v);
            self.b.jump(at.join, &[]);
            self.back_to(before);
            self.begin_block(other);
            self.helper(Helper::SetStrKey, &[t, key, stored])
        } else {
            let i = self.ask_int(&at, key);
            self.helper(Helper::SetElement, &[vt, i, stored])
        };
        self.ask(&at, is_done);
        self.b.jump(at.join, &[]);
        self.back_to(at.mark);
        self.end_asking_store(&at, [vt, vk, stored]);
        true
    }
}
