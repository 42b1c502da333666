//! Slots of one kind: read without a test, written with one where it is needed.
//!
//! A slot that has only ever held floats, or immediate integers, is relied on to do so (`runtime/shape/kinds.rs`): an
//! assumption, which is listed where the slot is read and guarded by `guard_valid` before. So the load says what it gives, and
//! no guard of the value follows; nor is the slot empty.
//!
//! A store is as good as the kind at the time of the build, which takes no less ever after: a value that surely fits is
//! stored, one that may fit is tested before, and any other is left to the helper, which makes the kind more general. Then
//! the code is made again, as stores list the assumption too.

use super::Reasons;
use super::elements::Asking;
use super::feedback::{FieldEntry, Found};
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::{Held, Reason, Tag};
use crate::ir::ops::Op as Ir;
use crate::ir::types::Type;
use runtime::shape::SlotKind;
use runtime::value::Value;

/// Bits of an immediate integer.
const INT_BITS: u32 = 48;

/// What is to be done for a slot to take a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fit {
    /// Nothing.
    Sure,
    /// The value must be tested.
    Test,
    /// The kind must become more general.
    None,
}

impl Method<'_> {
    /// What a slot of tables of a shape is relied on to hold. With a guard, if that says anything.
    pub(super) fn held(&mut self, shape: u32, slot: u32) -> Held {
        let shapes = self.heap.shapes();
        let held = match shapes.slot_kind(shapes.get(shape), slot) {
            SlotKind::Nothing | SlotKind::Any => return Held::Any,
            SlotKind::Float => Held::Float,
            SlotKind::Int => Held::Int,
        };
        self.kind_of_slot(shape, slot);
        self.g().guard_valid();
        held
    }

    /// The contents of a slot, raw if it is relied on to hold numbers of one kind.
    pub(super) fn unboxed_slot(&mut self, v: InstId, held: Held) -> InstId {
        match held {
            Held::Any => v,
            Held::Float => self.b.unbox_f64(v),
            Held::Int => self.b.unbox_int(v),
        }
    }

    /// The kind of a slot. Code that depends on it is made again when it changes.
    fn kind_of_slot(&mut self, shape: u32, slot: u32) -> SlotKind {
        let shapes = self.heap.shapes();
        let (kind, assumption) = shapes.rely_on_kind(shapes.get(shape), slot);
        if let Some(assumption) = assumption {
            self.list_assumption(assumption);
        }
        kind
    }

    /// Stores the first value of a slot of a new table.
    pub(super) fn store_first(&mut self, t: InstId, shape: u32, slot: u32, v: InstId) {
        let kind = self.kind_of_slot(shape, slot);
        if kind == SlotKind::Nothing
            && self.options.speculate
            && !self.failed().meets(Reasons::of(&[Reason::Unreached]))
        {
            return self.leave(Reason::Unreached);
        }
        let fit = self.fit(kind, v);
        if fit == Fit::Sure || fit == Fit::Test && self.may_speculate() {
            let v = self.guard_kind(shape, slot, v);
            let stored = self.boxed(v);
            self.b.store_slot(t, stored, slot);
            return self.barrier(t, v, stored);
        }
        let stored = self.boxed(v);
        let at = self.begin_asking(Type::None);
        self.ask_kind_takes(&at, shape, slot, v, stored);
        self.b.store_slot(t, stored, slot);
        self.barrier(t, v, stored);
        self.b.jump(at.join, &[]);
        self.back_to(at.mark);
        self.begin_block(at.slow);
        let number = self.int(slot.into());
        self.helper(Helper::InitSlot, &[t, number, stored]);
        self.b.jump(at.join, &[]);
        self.back_to(at.mark);
        self.begin_block(at.join);
    }

    fn fit(&self, kind: SlotKind, v: InstId) -> Fit {
        let func = &*self.b.func;
        let constant = match func.ty(v) {
            Type::I64 => func.as_i64(v).map(|n| Value::small_int(n).unwrap_or(Value::NIL)),
            _ => func.as_value(v),
        };
        if let Some(v) = constant {
            return if kind.takes(v) { Fit::Sure } else { Fit::None };
        }
        match (kind, func.ty(v)) {
            (SlotKind::Any, _) | (SlotKind::Float, Type::F64) => Fit::Sure,
            (SlotKind::Int, Type::I64) if matches!(func.op(v), Ir::GuardInt | Ir::UnboxInt) => Fit::Sure,
            (SlotKind::Int, Type::I64) => Fit::Test,
            (SlotKind::Float | SlotKind::Int, Type::Value | Type::Num) => Fit::Test,
            _ => Fit::None,
        }
    }

    /// Whether the slots that entries of a site store to take a value, if need be after a test.
    pub(super) fn may_take(&mut self, entries: &[FieldEntry], v: InstId) -> bool {
        entries.iter().all(|e| match e.found {
            Found::Own(slot) | Found::OwnElse(slot, _) => self.kind_takes(e.shape, slot, v),
            Found::Add(new, slot) => self.kind_takes(new, slot, v),
            _ => true,
        })
    }

    fn kind_takes(&mut self, shape: u32, slot: u32, v: InstId) -> bool {
        let kind = self.kind_of_slot(shape, slot);
        self.fit(kind, v) != Fit::None
    }

    /// Leaves unless a slot takes a value that may fit. Gives the value, raw where it was tested.
    pub(super) fn guard_kind(&mut self, shape: u32, slot: u32, v: InstId) -> InstId {
        let kind = self.kind_of_slot(shape, slot);
        if self.fit(kind, v) != Fit::Test {
            return v;
        }
        match (kind, self.b.func.ty(v)) {
            (SlotKind::Float, _) => self.g().guard_f64(v),
            (_, Type::I64) => self.g().guard_fits(v, INT_BITS),
            _ => self.g().guard_int(v),
        }
    }

    /// Goes the slow way unless a slot takes a value.
    pub(super) fn ask_kind_takes(&mut self, at: &Asking, shape: u32, slot: u32, v: InstId, stored: InstId) {
        let kind = self.kind_of_slot(shape, slot);
        let tag = match kind {
            SlotKind::Float => Tag::Float,
            SlotKind::Int => Tag::Int,
            SlotKind::Any | SlotKind::Nothing => Tag::Float,
        };
        let fits = match (self.fit(kind, v), kind) {
            (Fit::Sure, _) => return,
            (Fit::Test, _) => self.b.has_tag(stored, tag),
            (Fit::None, _) => self.b.const_bool(0),
        };
        self.ask(at, fits);
    }
}
