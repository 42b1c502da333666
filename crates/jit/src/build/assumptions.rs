//! What code relies on without asking: constant globals, class tables, that no table defines equality. (The kinds of slots are
//! in `kinds.rs`.)
//!
//! Such a fact costs nothing in machine code. The build lists it ([`Built::assumptions`](super::Built::assumptions)) and
//! puts `guard_valid` before what relies on it: a place without instructions where the code is left once it has become
//! invalid. Only what runs user code or assigns globals can break an assumption, so of the places between two calls one
//! remains. Which values may stand in code as constants is said here too.

use super::feedback::{FieldEntry, Found};
use super::fields::STRING_SHAPE;
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::types::Type;
use bytecode::ops::Inst;
use runtime::assumption::Assumption;
use runtime::cell::Cell;
use runtime::shape::ShapeMeta;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::{PAYLOAD_MASK, Value};

/// Class tables that a lookup passes at most; longer chains are not cached.
const CHAIN_MAX: usize = 128;

impl Method<'_> {
    /// Lists an assumption. The guard is the caller's.
    pub(super) fn list_assumption(&mut self, what: Assumption) {
        if !self.assumptions.contains(&what) {
            self.assumptions.push(what);
            self.kept.extend(what.object().map(Value::bits));
        }
    }

    /// Relies on what was relied on of a class table.
    pub(super) fn rely_on_class(&mut self, class: Table) {
        self.list_assumption(Assumption::of(class.to_value()));
        self.g().guard_valid();
    }

    /// Relies on equality of tables being identity.
    pub(super) fn rely_on_identity(&mut self) {
        self.list_assumption(Assumption::NO_EQUALITY);
        self.g().guard_valid();
    }

    /// Relies on what tables of a shape find up the chain of `__index` tables, or that they find nothing.
    pub(super) fn rely_on_chain(&mut self, shape: u32) {
        if self.list_chain(shape) {
            self.g().guard_valid();
        }
    }

    /// The same for those of the entries of a site that tell what is up the chain.
    pub(super) fn rely_on_chains(&mut self, entries: &[FieldEntry]) {
        let mut is_any = false;
        for e in entries.iter().filter(|e| e.found.relies_on_chain()) {
            is_any |= match e.found {
                Found::Instance(i) => {
                    self.list_assumption(Assumption::of(i.class.to_value()));
                    self.list_chain_from(i.class.metatable(self.heap));
                    true
                }
                _ => self.list_chain(e.shape),
            };
        }
        if is_any {
            self.g().guard_valid();
        }
    }

    /// Lists the class tables of a chain; whether there are any.
    fn list_chain(&mut self, shape: u32) -> bool {
        let next = if shape == STRING_SHAPE {
            Some(self.string_metatable)
        } else {
            match self.heap.shapes().get(shape).meta() {
                ShapeMeta::Known(metatable) => Some(metatable),
                ShapeMeta::None | ShapeMeta::Slot(_) => None,
            }
        };
        self.list_chain_from(next)
    }

    /// The same from a metatable on.
    fn list_chain_from(&mut self, mut next: Option<Table>) -> bool {
        let index = self.heap.strings().find(b"__index");
        let shapes = self.heap.shapes();
        let has_any = next.is_some();
        for _ in 0..CHAIN_MAX {
            let Some(metatable) = next else { break };
            self.list_assumption(Assumption::of(metatable.to_value()));
            let slot = index.and_then(|index| shapes.lookup(metatable.shape_id(), index));
            let Some(class) = slot.and_then(|slot| Table::from_value(metatable.slot_value(slot))) else {
                break;
            };
            self.list_assumption(Assumption::of(class.to_value()));
            next = class.metatable(self.heap);
        }
        has_any
    }

    /// The value of a field of a class table that the code may take for a constant.
    pub(super) fn class_constant(&mut self, v: InstId, key: Value) -> Option<InstId> {
        let class = self.b.func.as_value(v).and_then(Table::from_value).filter(|t| t.is_class())?;
        let key = Str::from_value(key)?;
        let shapes = self.heap.shapes();
        let slot = shapes.lookup(class.shape_id(), key)?;
        let value = class.slot_value(slot);
        if value.is_nil() || !may_be_constant(value) || !class.rely_on(self.heap, slot, value) {
            return None;
        }
        self.rely_on_class(class);
        self.kept.push(value.bits());
        Some(self.constant_of(value))
    }

    /// The value of a global: itself, if it is constant so far.
    pub(super) fn get_global(&mut self, inst: Inst) -> InstId {
        let global = self.f.function.constant(inst.bc() as usize);
        let cell = Cell::from_value(global);
        if self.options.speculate
            && let Some(v) = cell.and_then(Cell::constant).filter(|&v| may_be_constant(v))
        {
            self.list_assumption(Assumption::of(global));
            self.g().guard_valid();
            self.kept.push(v.bits());
            return self.constant_of(v);
        }
        let (object, number) = self.global(inst);
        let v = self.b.load_global(object, number);
        if let Some(cell) = cell {
            self.set_sample(v, cell.get());
        }
        v
    }

    /// Assigns a global.
    pub(super) fn set_global(&mut self, inst: Inst, v: InstId) {
        let global = self.f.function.constant(inst.bc() as usize);
        let stored = self.boxed(v);
        if Cell::from_value(global).is_some_and(Cell::is_variable) {
            let (cell, number) = self.global(inst);
            self.b.store_global(cell, stored, number);
            self.barrier(cell, v, stored);
        } else {
            // Somebody may rely on its value.
            let cell = self.b.const_value(global);
            self.helper(Helper::SetGlobal, &[cell, stored]);
        }
    }

    /// The cell of a global, and its number.
    fn global(&mut self, inst: Inst) -> (InstId, u32) {
        let cell = self.f.function.constant(inst.bc() as usize);
        let number = self.global_number(cell);
        (self.b.const_object(Type::Cell, cell.bits() & PAYLOAD_MASK), number)
    }

    /// A number for a global's cell: equal numbers are the same global.
    fn global_number(&mut self, cell: Value) -> u32 {
        let next = self.globals.len() as u32;
        *self.globals.entry(cell.bits()).or_insert(next)
    }

    /// A constant value, raw if it is a number and speculation is on.
    pub(super) fn constant_of(&mut self, v: Value) -> InstId {
        match (v.as_small_int(), v.as_float()) {
            (Some(n), _) if self.options.speculate => self.b.const_i64(n),
            (_, Some(x)) if self.options.speculate => self.b.const_f64(x),
            (None, None) => self.b.const_value(v),
            _ => self.b.const_num(v),
        }
    }
}

/// Whether a value may stand in code as a constant: strings are compared by address there, so only interned ones.
pub(super) fn may_be_constant(v: Value) -> bool {
    Str::from_value(v).is_none_or(Str::is_interned)
}
