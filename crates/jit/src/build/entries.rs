//! A step of a traversal in the hash part of a table, in machine code.
//!
//! The cursor is the word that `runtime/table/next.rs` draws. The next entry is what comes behind the one visited last, where
//! that is still in its place, and if it has a value and belongs to the phase that the cursor tells. Removed entries, the
//! ends of the phases and whatever else there is are left to the helper.

use super::state::Method;
use crate::ir::func::{BlockId, InstId};
use crate::ir::imm::{Cc, Tag};
use crate::ir::types::Type;
use runtime::layout;

impl Method<'_> {
    /// The step from a cursor and the last key: goes to `join` with the new cursor, the key for the last one, and as many of
    /// key and value as are wanted; where it does not know how, it goes on here.
    pub(super) fn step_entry(&mut self, t: InstId, cursor: InstId, last: InstId, join: BlockId, vars: u16) {
        // A table that is not at hand has been no list.
        let is_list = self.f.lists.contains_key(&self.f.pc);
        if !self.has_entries(t) && (self.sample(t).is_some() || is_list) {
            return;
        }
        let other = self.cold_block();
        let mark = self.mark();
        let is_float = self.b.has_tag(cursor, Tag::Float);
        self.need(other, is_float);
        let float = self.b.unbox_f64(cursor);
        let bits = self.b.f64_bits(float);
        let (mask, zero, one) = (self.int(layout::CURSOR_ENTRY_MASK as i64), self.int(0), self.int(1));
        let place = self.b.and_i64(bits, mask);
        let is_behind = self.b.icmp(place, zero, Cc::Ne);
        self.need(other, is_behind);
        let ext = self.b.load_ext(t);
        let hash = self.b.load_hash(ext);
        let used = self.b.hash_used(hash);
        let before = self.b.sub_i64(place, one);
        // The entries up to the number in use exist.
        let is_inside = self.b.icmp(place, used, Cc::Lt);
        self.need(other, is_inside);
        let known = self.b.hash_key(hash, before);
        let is_there = self.b.same_value(known, last);
        self.need(other, is_there);
        // Removed strings are passed over.
        let (look, removed, found) =
            (self.b.new_block_with(&[Type::I64]), self.cold_block(), self.b.new_block());
        self.b.jump(look, &[place]);
        self.begin_block(look);
        let place = self.b.func.params(look)[0];
        let (key, v) = (self.b.hash_key(hash, place), self.b.load_entry(hash, place));
        let nil = self.b.nil();
        let is_removed = self.b.same_value(v, nil);
        let is_str = self.b.has_tag(key, Tag::Str);
        self.b.branch(is_removed, (removed, &[]), (found, &[]));
        let before_removed = self.mark();
        self.begin_block(removed);
        self.need(other, is_str);
        let behind = self.b.add_i64(place, one);
        let is_inside = self.b.icmp(behind, used, Cc::Lt);
        self.b.branch(is_inside, (look, &[behind]), (other, &[]));
        self.back_to(before_removed);
        self.begin_block(found);
        // Strings come in a phase of their own, which is the one before that of the others.
        let (shift, others) =
            (self.int(layout::CURSOR_PHASE_SHIFT.into()), self.int(layout::CURSOR_OTHERS as i64));
        let is_str = self.b.bool_to_i64(is_str);
        let (phase, expected) = (self.b.shr_i64(bits, shift), self.b.sub_i64(others, is_str));
        let is_phase = self.b.icmp(phase, expected, Cc::Eq);
        self.need(other, is_phase);
        let (number, found) = (self.b.new_block(), self.b.new_block());
        let is_int = self.b.has_tag(key, Tag::Int);
        self.b.branch(is_int, (number, &[]), (found, &[]));
        let before_number = self.mark();
        self.begin_block(number);
        // Those that were elements when the traversal was in the array part have been visited.
        let (end_shift, end_mask) =
            (self.int(layout::CURSOR_END_SHIFT.into()), self.int(layout::CURSOR_END_MAX as i64));
        let end = self.b.shr_i64(bits, end_shift);
        let end = self.b.and_i64(end, end_mask);
        let k = self.b.unbox_int(key);
        let (k, end) = (self.b.sub_i64(k, one), self.b.sub_i64(end, one));
        let is_new = self.b.icmp(k, end, Cc::AboveEq);
        self.b.branch(is_new, (found, &[]), (other, &[]));
        self.back_to(before_number);
        self.begin_block(found);
        let (phase_and_end, behind) = (self.b.and_not_i64(bits, mask), self.b.add_i64(place, one));
        let next = self.b.or_i64(phase_and_end, behind);
        let next = self.b.bits_f64(next);
        let next = self.b.box_f64(next);
        let next = self.boxed(next);
        let all = [next, key, key, v];
        self.b.jump(join, &all[..2 + usize::from(vars)]);
        self.back_to(mark);
        self.begin_block(other);
    }

    /// Goes on only if a condition holds.
    fn need(&mut self, other: BlockId, condition: InstId) {
        let on = self.b.new_block();
        self.b.branch(condition, (on, &[]), (other, &[]));
        self.begin_block(on);
    }
}
