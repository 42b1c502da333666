//! Raw reading by any key.

use super::Table;
use crate::heap::Heap;
use crate::mutator::Mutator;
use crate::shape::ShapeMeta;
use crate::string::Str;
use crate::value::Value;

/// The integer that a float key stands for.
#[inline]
pub(super) fn float_to_int(x: f64) -> Option<i64> {
    // 2^63 itself is no integer of 64 bits.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let is_integer = x.trunc() == x && (-LIMIT..LIMIT).contains(&x);
    if is_integer { Some(x as i64) } else { None }
}

impl Table {
    /// The value of a key, nil if there is none.
    #[inline]
    pub fn get(self, m: &mut Mutator, key: Value) -> Value {
        if key.is_small_int() {
            return self.get_int(m, key.small_int_payload());
        }
        match Str::from_value(key) {
            Some(s) => match s.find_interned(m) {
                Some(s) => self.get_str_cached(m, s),
                // A string that nobody has interned is nobody's key.
                None => Value::NIL,
            },
            None => self.get_other(m, key),
        }
    }

    /// What `t[key]` gives for a string key, without an allocation. `None` if that is not known: the metatable is to be asked
    /// about an absent key, or the string is a rope that nobody has read.
    #[inline]
    pub fn quick_get_str(self, m: &mut Mutator, key: Str) -> Option<Value> {
        let key = match key.interned_hint() {
            Some(key) => Some(key),
            None if key.bytes_flat().is_some() => crate::intern::find_slow(m, key),
            None => return None,
        };
        let id = self.shape_id();
        if let Some(slot) = key.and_then(|key| m.noted_slot(id, key)) {
            let v = self.slot_value(slot);
            if !v.is_nil() {
                return Some(v);
            }
        }
        let shape = m.heap().shapes().get(id);
        let is_plain = shape.meta() == ShapeMeta::None;
        let v = match key {
            Some(key) if shape.is_dictionary() => self.hash_get_str(key.to_value()),
            Some(key) => m.cached_lookup(id, key).map_or(Value::NIL, |slot| self.slot_value(slot)),
            None => Value::NIL,
        };
        if v.is_nil() && !is_plain { None } else { Some(v) }
    }

    #[inline(never)]
    fn get_other(self, m: &mut Mutator, key: Value) -> Value {
        if let Some(x) = key.as_float() {
            return match float_to_int(x) {
                Some(i) => self.get_int(m, i),
                // NaN is not found: it is never stored.
                None => self.hash_get(key),
            };
        }
        match key.as_big_int() {
            Some(i) => self.get_int(m, i),
            None => self.hash_get(key),
        }
    }

    /// The value of an interned string key.
    #[inline]
    pub fn get_str(self, heap: &Heap, key: Str) -> Value {
        debug_assert!(key.is_interned());
        let shape = heap.shapes().get(self.shape_id());
        match shape.lookup(key) {
            Some(slot) => self.slot_value(slot),
            None if shape.is_dictionary() => self.hash_get(key.to_value()),
            None => Value::NIL,
        }
    }

    /// As [`Table::get_str`], by way of the mutator's cache of recent lookups: for places that meet many shapes.
    #[inline]
    pub fn get_str_cached(self, m: &mut Mutator, key: Str) -> Value {
        debug_assert!(key.is_interned());
        let shape = self.shape(m);
        if shape.is_dictionary() {
            return self.hash_get(key.to_value());
        }
        let id = shape.id();
        let slot = if shape.is_quick() { shape.lookup(key) } else { m.cached_lookup(id, key) };
        slot.map_or(Value::NIL, |slot| self.slot_value(slot))
    }
}
