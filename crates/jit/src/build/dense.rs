//! Elements of userdata objects that are floats in a storage, or rows of such floats: matrices.
//!
//! Where the object of the moment is such a one, its elements are guarded to exist and are loaded and stored like those of
//! an array of floats. What it consists of never changes, so that loops check it once.

use super::operators::Static;
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::imm::{DENSE_COUNT, DENSE_ROWS, DENSE_START, DENSE_WIDTH};
use crate::ir::ops::Op as Ir;
use crate::ir::types::Type;
use bytecode::intrinsic::Intrinsic;
use vm::userdata::{self, DenseKind};

impl Method<'_> {
    /// What the elements of an operand are, as far as can be told.
    fn dense_kind(&self, v: InstId) -> Option<DenseKind> {
        match self.b.func.ty(v) {
            Type::Object if self.b.func.op(v) == Ir::DenseRow => Some(DenseKind::Vector),
            Type::Value | Type::Object => userdata::dense_kind(self.sample(v)?),
            _ => None,
        }
    }

    fn userdata(&mut self, v: InstId) -> InstId {
        if matches!(self.b.func.op(v), Ir::DenseRow | Ir::GuardUserdata) {
            return v;
        }
        let boxed = self.boxed(v);
        let object = self.g().guard_userdata(boxed);
        self.refine(v, object);
        object
    }

    /// The number of a float among those of its object, below a limit that a word tells.
    fn dense_index(&mut self, object: InstId, key: InstId, limit: u32) -> InstId {
        let i = self.integer_key(key);
        let limit = self.b.dense_word(object, limit);
        self.g().guard_below(i, limit)
    }

    /// Whether a key can be an integer.
    fn may_be_index(&self, key: InstId) -> bool {
        match self.kind_of(key) {
            Static::Int | Static::Float => true,
            Static::Boxed => self.sample(key).is_none_or(|v| v.is_small_int() || v.is_float()),
            Static::Other => false,
        }
    }

    /// `v[key]`, if it is an element of such an object.
    pub(super) fn get_dense(&mut self, v: InstId, key: InstId) -> Option<InstId> {
        let kind = self.dense_kind(v)?;
        if !self.may_be_index(key) || !self.may_speculate() {
            return None;
        }
        let sample = self.sample(v);
        let object = self.userdata(v);
        if kind == DenseKind::Grid {
            let i = self.dense_index(object, key, DENSE_ROWS);
            let row = self.b.dense_row(object, i);
            if let Some(sample) = sample.and_then(userdata::some_row) {
                self.set_sample(row, sample);
            }
            return Some(row);
        }
        let i = self.dense_index(object, key, DENSE_COUNT);
        let start = self.b.dense_word(object, DENSE_START);
        let (floats, at) = (self.b.dense_floats(object), self.b.add_i64(start, i));
        Some(self.b.load_elem_float(floats, at))
    }

    /// `v[key] = x`, if it is an element of such an object.
    pub(super) fn set_dense(&mut self, v: InstId, key: InstId, x: InstId) -> bool {
        let is_vector = self.dense_kind(v) == Some(DenseKind::Vector);
        if !is_vector || !self.may_be_index(key) || !self.may_be_float(x) || !self.may_speculate() {
            return false;
        }
        let object = self.userdata(v);
        let i = self.dense_index(object, key, DENSE_COUNT);
        let x = self.storable_float(x);
        let start = self.b.dense_word(object, DENSE_START);
        let (floats, at) = (self.b.dense_floats(object), self.b.add_i64(start, i));
        self.b.store_elem_float(floats, at, x);
        true
    }

    /// Whether an operand can be a number.
    fn may_be_float(&self, x: InstId) -> bool {
        match self.kind_of(x) {
            Static::Int | Static::Float => true,
            Static::Boxed => self.sample(x).is_none_or(|v| v.is_float() || v.is_small_int()),
            Static::Other => false,
        }
    }

    /// A number as a float that a storage of floats can hold.
    fn storable_float(&mut self, x: InstId) -> InstId {
        let x = self.float_of(x);
        if matches!(self.b.func.op(x), Ir::PowF64 | Ir::BitsF64) {
            // Boxed, its NaN is the processor's own.
            let boxed = self.boxed(x);
            return self.b.unbox_f64(boxed);
        }
        x
    }

    /// The float of a grid in a row and a column.
    fn grid_place(&mut self, v: InstId, row: InstId, column: InstId) -> (InstId, InstId) {
        let object = self.userdata(v);
        let r = self.dense_index(object, row, DENSE_ROWS);
        let c = self.dense_index(object, column, DENSE_WIDTH);
        let width = self.b.dense_word(object, DENSE_WIDTH);
        let first = self.b.mul_i64(r, width);
        (self.b.dense_floats(object), self.b.add_i64(first, c))
    }

    /// The matrix library's access to an element: whether it is one of such an object.
    pub(super) fn grid_access(&mut self, id: Intrinsic, window: u16, args: &[InstId], want: u16) -> bool {
        let [v, r, c, ref rest @ ..] = *args else { return false };
        if self.dense_kind(v) != Some(DenseKind::Grid) || !self.may_be_index(r) || !self.may_be_index(c) {
            return false;
        }
        match (id, rest, want) {
            (Intrinsic::MatrixGet, &[], 1) => {
                let (floats, at) = self.grid_place(v, r, c);
                let x = self.b.load_elem_float(floats, at);
                self.clear_window(window);
                self.set(window, x);
                true
            }
            (Intrinsic::MatrixSet, &[x], 0) if self.may_be_float(x) => {
                let (floats, at) = self.grid_place(v, r, c);
                let x = self.storable_float(x);
                self.b.store_elem_float(floats, at, x);
                self.clear_window(window);
                true
            }
            _ => false,
        }
    }

    /// `#v`, if it is such an object.
    pub(super) fn dense_len(&mut self, v: InstId) -> Option<InstId> {
        self.dense_kind(v)?;
        let object = self.userdata(v);
        let (count, rows) = (self.b.dense_word(object, DENSE_COUNT), self.b.dense_word(object, DENSE_ROWS));
        let len = self.b.add_i64(count, rows);
        Some(self.g().guard_non_zero(len))
    }
}
