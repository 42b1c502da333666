//! Tables as dictionaries, and elements of userdata objects: `t[key]` where the key is a string, or `t` no table.
//!
//! What a look can do is done by a helper that neither allocates nor raises nor runs user code; where that does not suffice
//! the whole operation is done.

use super::operators::Static;
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::Tag;
use crate::ir::types::Type;
use runtime::value::Value;
use vm::machine::feedback::{READ_STR, READ_USERDATA, STORED_STR, STORED_USERDATA};

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
        let t = match self.b.func.ty(t) {
            Type::Table => t,
            _ => {
                let v = self.boxed(t);
                let is_table = self.b.has_tag(v, Tag::Table);
                self.ask(at, is_table);
                self.b.unbox_ref(Type::Table, v)
            }
        };
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
        let (vt, vk) = (self.boxed(t), self.boxed(key));
        let at = self.begin_asking(Type::Value);
        let v = if is_str {
            let (t, key) = self.ask_dictionary(&at, t, key);
            self.helper(Helper::GetStrKey, &[t, key])
        } else {
            let i = self.ask_int(&at, key);
            self.helper(Helper::GetElement, &[vt, i])
        };
        self.ask_known(&at, v);
        self.b.jump(at.join, &[v]);
        self.back_to(at.mark);
        self.begin_block(at.slow);
        let v = self.slow_to(to, Helper::GetIndex, &[vt, vk]);
        self.b.jump(at.join, &[v]);
        self.back_to(at.mark);
        self.begin_block(at.join);
        Some(self.b.func.params(at.join)[0])
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
        let (vt, vk, stored) = (self.boxed(t), self.boxed(key), self.boxed(v));
        let at = self.begin_asking(Type::None);
        let is_done = if is_str {
            let (t, key) = self.ask_dictionary(&at, t, key);
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
