//! Raw writing by any key.

use super::get::float_to_int;
use super::{Table, TableError};
use crate::heap::OutOfMemory;
use crate::mutator::Mutator;
use crate::shape::ShapeMeta;
use crate::string::Str;
use crate::value::Value;

impl Table {
    /// Sets the value of a key; nil removes it.
    #[inline]
    pub fn set(self, m: &mut Mutator, key: Value, v: Value) -> Result<(), TableError> {
        if key.is_small_int() {
            return Ok(self.set_int(m, key.small_int_payload(), v)?);
        }
        match Str::from_value(key) {
            Some(s) => self.set_computed(m, s, v),
            None => self.set_other(m, key, v),
        }
    }

    #[inline(never)]
    fn set_other(self, m: &mut Mutator, key: Value, v: Value) -> Result<(), TableError> {
        if key.is_nil() {
            return Err(TableError::NilKey);
        }
        if let Some(x) = key.as_float() {
            if x.is_nan() {
                return Err(TableError::NanKey);
            }
            if let Some(i) = float_to_int(x) {
                return Ok(self.set_int(m, i, v)?);
            }
        } else if let Some(i) = key.as_big_int() {
            return Ok(self.set_int(m, i, v)?);
        }
        Ok(self.hash_set(m, key, v)?)
    }

    /// `t[key] = v` for a string key where that needs neither an allocation nor the metatable, and changes no class table:
    /// mostly if the key has a value. Nor does it change the kind of a slot. False if nothing was done.
    #[inline]
    pub fn quick_set_str(self, m: &mut Mutator, key: Str, v: Value) -> bool {
        let key = match key.interned_hint() {
            Some(key) => key,
            None if key.bytes_flat().is_some() => match crate::intern::find_slow(m, key) {
                Some(key) => key,
                None => return false,
            },
            None => return false,
        };
        let id = self.shape_id();
        let slot = match m.noted_slot(id, key) {
            None => {
                let shape = m.heap().shapes().get(id);
                if shape.is_dictionary() {
                    let is_plain = shape.meta() == ShapeMeta::None;
                    return self.hash_set_quick(m, key.to_value(), v, is_plain);
                }
                m.cached_lookup(id, key)
            }
            slot => slot,
        };
        match slot {
            Some(slot)
                if !self.is_class() && !self.slot_value(slot).is_nil() && m.slot_takes(id, key, slot, v) =>
            {
                self.store_slot(m, slot, v);
                true
            }
            _ => false,
        }
    }

    /// Sets the value of a string key that was computed, interned or not.
    fn set_computed(self, m: &mut Mutator, key: Str, v: Value) -> Result<(), TableError> {
        // Removing what nobody has stored does not make a key of the string.
        let key = if v.is_nil() {
            match key.find_interned(m) {
                Some(key) => key,
                None => return Ok(()),
            }
        } else {
            key.intern(m)
        };
        Ok(self.set_str(m, key, v, false)?)
    }

    /// Sets the value of an interned string key. `named` says that code names the key, so that the table is used as a record
    /// and should keep it in a slot.
    #[inline]
    pub fn set_str(self, m: &mut Mutator, key: Str, v: Value, named: bool) -> Result<(), OutOfMemory> {
        debug_assert!(key.is_interned());
        let shape = self.shape(m);
        if shape.is_dictionary() {
            if named && self.is_fresh_dictionary(m) {
                // Made as a dictionary because of others from the same literal, but used as a record.
                let (old, root) = (shape.id(), m.heap().shapes().root(shape.inline_capacity()));
                self.change_shape(m, old, root);
                return self.set_str(m, key, v, named);
            }
            return self.hash_set(m, key.to_value(), v);
        }
        let id = shape.id();
        let slot = if shape.is_quick() { shape.lookup(key) } else { m.cached_lookup(id, key) };
        match slot {
            Some(slot) => {
                self.set_slot(m, slot, v);
                Ok(())
            }
            None if v.is_nil() => Ok(()),
            None => self.add_named(m, key, v, named),
        }
    }
}
