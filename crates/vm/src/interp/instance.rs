//! Inline caches for tables that have a metatable each, as `setmetatable({}, {__index: Class})` gives them.
//!
//! Shapes know some metatables only. Where there are too many of them a slot of the table holds the metatable, and the shape
//! says which slot. A site remembers the shape of the metatables, the class that is their `__index`, and what was found there.

use super::access::{ENTRY, INSTANCE, entry};
use crate::fiber::Fiber;
use runtime::heap::Heap;
use runtime::record::Record;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;

/// Where tables with metatables of their own begin to look: each metatable is another, of one shape, and its `__index` the
/// same class table. Nobody is told when such a metatable changes, so what is said of it here is asked for each time.
pub(super) struct Instance {
    /// The slot with the metatable.
    slot: u32,
    metatable_shape: u32,
    index_slot: u32,
    pub(super) class: Table,
}

impl Instance {
    /// What there is to ask for, if shapes tell where it is.
    pub(super) fn of(heap: &Heap, slot: u32, metatable: Table, index: Str) -> Option<Instance> {
        let metatable_shape = metatable.shape_id();
        let shape = heap.shapes().get(metatable_shape);
        let index_slot = shape.lookup(index).filter(|_| !shape.is_dictionary() && slot <= 0xFFFF)?;
        let class = Table::from_value(metatable.slot_value(index_slot))?;
        Some(Instance { slot, metatable_shape, index_slot, class })
    }

    /// Whether entries may stand beside one another in a record: of one shape, but of several classes.
    pub(super) fn are_of_several(new: [Value; ENTRY], old: [Value; ENTRY]) -> bool {
        let class = |e: [Value; ENTRY]| match e[0].small_int_payload() >> 32 {
            INSTANCE => Record::from_value(e[1]).map(|parts| parts.get(2)),
            _ => None,
        };
        class(new).is_some_and(|a| class(old).is_some_and(|b| a != b))
    }

    /// The entry for a value that the class has, or finds up its chain.
    pub(super) fn entry(
        &self,
        fiber: &mut Fiber,
        shape: u32,
        value: Value,
        epoch: i64,
    ) -> Option<[Value; ENTRY]> {
        let parts = [
            Value::int_unchecked(self.metatable_shape as i64),
            Value::int_unchecked(self.index_slot as i64),
            self.class.to_value(),
            value,
        ];
        let record = Record::new(fiber.mutator(), parts.len());
        for (i, v) in parts.into_iter().enumerate() {
            record.set(fiber.mutator(), i, v);
        }
        entry(INSTANCE, shape, record.to_value(), epoch | self.slot as i64)
    }

    /// The value that an entry for the shape of this table tells, if the table is an instance of the class.
    pub(super) fn value_of(t: Table, [_, parts, second]: [Value; ENTRY]) -> Option<Value> {
        let record = Record::from_value(parts)?;
        let metatable = Table::from_value(t.slot_value((second.small_int_payload() & 0xFFFF) as u32))?;
        let is_such = metatable.shape_id() as i64 == record.get(0).small_int_payload()
            && metatable.slot_value(record.get(1).small_int_payload() as u32) == record.get(2);
        is_such.then(|| record.get(3))
    }
}
