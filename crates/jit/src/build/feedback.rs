//! What feedback words say. The formats are those that the interpreter writes (`vm/src/interp`).

use runtime::closure::{Closure, Function, Native};
use runtime::record::Record;
use runtime::table::Table;
use runtime::value::{TAG_MASK, TAG_OBJECT, Value};

/// What operands an op of arithmetic or comparison has seen, besides immediate integers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Operands(u8);

impl Operands {
    const FLOAT: u8 = 1;
    const BIG: u8 = 2;
    const OTHER: u8 = 4;

    /// What the word of an instruction says. One that jumps back counts its jumps in the upper half.
    pub(super) fn new(word: u64) -> Operands {
        Operands(word as u8 & 7)
    }

    /// A float, at least once.
    pub(super) fn floats(self) -> bool {
        self.0 & Operands::FLOAT != 0
    }

    /// An integer beyond 48 bits, as an operand or as the result.
    pub(super) fn big_ints(self) -> bool {
        self.0 & Operands::BIG != 0
    }

    /// Something that is no number.
    pub(super) fn others(self) -> bool {
        self.0 & Operands::OTHER != 0
    }
}

/// What a call has been made to.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    /// It was never executed.
    Nothing,
    /// One closure.
    Closure(Closure),
    /// Closures of one function.
    Function(Function),
    /// One native function.
    Native(Native),
    /// Native functions with the descriptor at this address.
    Natives(i64),
    /// Closures of several functions.
    Functions(Vec<Function>),
    /// Tables of this shape, whose metatable handles calls.
    Tables(u32),
    /// Others.
    Many,
}

impl Seen {
    /// What the word of a call says.
    pub(super) fn new(word: u64) -> Seen {
        let v = Value::from_bits(word);
        if word == 0 {
            Seen::Nothing
        } else if let Ok(shape) = u32::try_from(word) {
            Seen::Tables(shape)
        } else if let Some(closure) = Closure::from_value(v) {
            Seen::Closure(closure)
        } else if let Some(native) = Native::from_value(v) {
            Seen::Native(native)
        } else if let Some(function) = Function::from_value(v) {
            Seen::Function(function)
        } else if let Some(descriptor) = v.as_small_int() {
            Seen::Natives(descriptor)
        } else if let Some(record) = Record::from_value(v) {
            let functions = (0..record.len()).map(|i| Function::from_value(record.get(i)));
            functions.collect::<Option<Vec<_>>>().map_or(Seen::Many, Seen::Functions)
        } else {
            Seen::Many
        }
    }
}

/// What a site knows about tables of one shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldEntry {
    /// The shape; 0 for all strings.
    pub(super) shape: u32,
    pub(super) found: Found,
}

/// Where a key was found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found {
    /// In the table's own slot.
    Own(u32),
    /// Up the chain: always this value, as long as the classes keep it.
    Constant(Value),
    /// Up the chain: the contents of a slot of this table, as long as the classes keep it.
    Holder(Table, u32),
    /// As `Constant`, for tables with metatables of their own.
    Instance(Instance),
    /// Nowhere, as long as the classes keep it.
    Absent,
    /// In the table's own slot; where that is empty the value is this one, and a store needs no metamethod, as long as the
    /// classes keep it.
    OwnElse(u32, Value),
    /// Nowhere, and a store adds it: new shape and slot.
    Add(u32, u32),
    /// Not in the table: this closure is called, as long as the metatable keeps it.
    Handler(Closure),
}

/// What has to be asked of a table's own metatable, and the value that is found then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instance {
    /// The slot with the metatable.
    pub(super) slot: u32,
    pub(super) metatable_shape: u32,
    /// The slot with the metatable's `__index`, and what that must be.
    pub(super) index_slot: u32,
    pub(super) class: Table,
    pub(super) value: Value,
}

impl Instance {
    /// Whether both are told apart by the class alone.
    pub(super) fn is_like(&self, other: &Instance) -> bool {
        (self.slot, self.metatable_shape, self.index_slot)
            == (other.slot, other.metatable_shape, other.index_slot)
    }

    fn new(slot: u32, parts: Value) -> Option<Instance> {
        let record = Record::from_value(parts).filter(|r| r.len() == 4)?;
        Some(Instance {
            slot,
            metatable_shape: record.get(0).as_small_int()? as u32,
            index_slot: record.get(1).as_small_int()? as u32,
            class: Table::from_value(record.get(2))?,
            value: record.get(3),
        })
    }
}

impl Found {
    /// Whether it relies on what is up the chain.
    pub(super) fn relies_on_chain(self) -> bool {
        !matches!(self, Found::Own(_))
    }
}

/// Bits of the class epoch that a cache holds.
const EPOCH_MASK: u32 = 0x1FFF_FFFF;

/// The entries of a site of a named key, without those of another epoch. Empty if it has seen nothing that can be told.
pub(super) fn fields(word: u64, epoch: u32) -> Vec<FieldEntry> {
    if word == 0 {
        return Vec::new();
    }
    if word & TAG_MASK != TAG_OBJECT {
        // One shape and its slot; bit 48 only says that the slot is not in the table itself.
        let slot = u32::from((word >> 32) as u16);
        return vec![FieldEntry { shape: word as u32, found: Found::Own(slot) }];
    }
    let Some(record) = Record::from_value(Value::from_bits(word)) else { return Vec::new() };
    let epoch = i64::from(epoch & EPOCH_MASK);
    let mut entries = Vec::new();
    for at in (0..record.len()).step_by(3) {
        let (Some(first), Some(last)) = (record.get(at).as_small_int(), record.get(at + 2).as_small_int())
        else {
            continue;
        };
        let (slot, middle) = ((last & 0xFFFF) as u32, record.get(at + 1));
        let found = match first >> 32 {
            0 => Found::Own(slot),
            5 if last >> 16 != epoch => Found::Own(slot),
            5 => Found::OwnElse(slot, middle),
            _ if last >> 16 != epoch => continue,
            1 => Found::Constant(middle),
            2 => match Table::from_value(middle) {
                Some(holder) => Found::Holder(holder, slot),
                None => continue,
            },
            3 => Found::Absent,
            4 => match middle.as_small_int() {
                Some(shape) => Found::Add(shape as u32, slot),
                None => continue,
            },
            6 => match Closure::from_value(middle) {
                Some(handler) => Found::Handler(handler),
                None => continue,
            },
            7 => match Instance::new(slot, middle) {
                Some(instance) => Found::Instance(instance),
                None => continue,
            },
            _ => continue,
        };
        entries.push(FieldEntry { shape: first as u32, found });
    }
    entries
}
