//! A simple memory for tests of passes and of machine code: objects in a list, addresses that are their numbers.
//!
//! It keeps a log of all that others could see (stores to what existed before, calls, errors), so that two versions of a
//! function can be compared. Calls of functions go to a Rust closure that the test gives; helpers of arithmetic and raw
//! table access are built in. It checks what the real heap would be broken by: a store into a slot that is not there panics.

use super::func::{Func, InstId};
use super::helpers::Helper;
use super::imm::Elem;
use super::interp::{Memory, Thrown};
use super::ops::Op;
use bytecode::arith;
use runtime::object::Kind;
use runtime::value::{PAYLOAD_MASK, TAG_OBJECT, TAG_STRING, TAG_TABLE, Value};

/// Absent elements, as in the real storages.
const INT_HOLE: u64 = i64::MIN as u64;
const BOOL_HOLE: u64 = 2;

/// Bytes between the addresses of two objects.
const STRIDE: u64 = 16;

/// An object of the model. References between objects are addresses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Object {
    /// A table.
    Table {
        /// Shape id.
        shape: u32,
        /// Inline slots, boxed.
        slots: Vec<u64>,
        /// Array storage.
        array: u64,
        /// Slots storage.
        ext: u64,
    },
    /// An array storage: element kind, length, elements.
    Array(Elem, u64, Vec<u64>),
    /// A slots storage: hash part, further slots.
    Slots(u64, Vec<u64>),
    /// A hash part: keys and values.
    Hash(Vec<(u64, u64)>),
    /// A string.
    Str(Vec<u8>),
    /// A closure: function, upvalues.
    Closure(u64, Vec<u64>),
    /// A native function.
    Native,
    /// A linked function.
    Function,
    /// A cell.
    Cell(u64),
    /// A big integer.
    BigInt(i64),
}

/// What the test does in place of a called function: the model, the callee's word and the arguments.
pub type Callee = Box<dyn FnMut(&mut Model, u64, &[u64]) -> Result<Vec<u64>, Thrown>>;

/// The memory.
#[derive(Default)]
pub struct Model {
    objects: Vec<Object>,
    /// What could be seen, in order.
    pub log: Vec<String>,
    /// Registers of the frame in memory.
    pub regs: Vec<u64>,
    /// The closure that runs in the frame.
    pub closure: u64,
    /// Extra arguments.
    pub varargs: Vec<u64>,
    /// The count of values of unknown number.
    pub multi: u64,
    /// Whether what the code relies on without asking is still so.
    pub is_valid: bool,
    /// After how many polls something is asked; never for `None`.
    pub polls_left: Option<u32>,
    /// What the cache of shapes and keys knows: shape, key, and the inline slot or the value.
    pub found: Vec<(u32, u64, Result<u32, u64>)>,
    /// What calls do; without it they log and give no results.
    pub callee: Option<Callee>,
}

impl Model {
    /// An empty memory.
    pub fn new() -> Model {
        Model::default()
    }

    /// Adds an object; its address.
    pub fn add(&mut self, object: Object) -> u64 {
        self.objects.push(object);
        self.objects.len() as u64 * STRIDE
    }

    /// Adds a table with empty storages; its address.
    pub fn add_table(&mut self, shape: u32, slots: &[Value]) -> u64 {
        let array = self.add(Object::Array(Elem::Any, 0, vec![Value::NIL.bits()]));
        let hash = self.add(Object::Hash(Vec::new()));
        let ext = self.add(Object::Slots(hash, Vec::new()));
        self.add(Object::Table { shape, slots: slots.iter().map(|v| v.bits()).collect(), array, ext })
    }

    /// The object at an address.
    ///
    /// # Panics
    /// If there is none.
    pub fn object(&self, address: u64) -> &Object {
        &self.objects[(address / STRIDE - 1) as usize]
    }

    fn object_mut(&mut self, address: u64) -> &mut Object {
        &mut self.objects[(address / STRIDE - 1) as usize]
    }

    /// An integer, boxed.
    pub fn int(&mut self, i: i64) -> u64 {
        match Value::small_int(i) {
            Some(v) => v.bits(),
            None => TAG_OBJECT | self.add(Object::BigInt(i)),
        }
    }

    /// A string, boxed.
    pub fn str(&mut self, text: &str) -> u64 {
        TAG_STRING | self.add(Object::Str(text.as_bytes().to_vec()))
    }

    fn number(&self, word: u64) -> Option<arith::Num> {
        let v = Value::from_bits(word);
        match (v.as_small_int(), v.as_float()) {
            (Some(i), _) => Some(arith::Num::Int(i)),
            (_, Some(x)) => Some(arith::Num::Float(x)),
            _ if v.is_object() => match self.object(word & PAYLOAD_MASK) {
                Object::BigInt(i) => Some(arith::Num::Int(*i)),
                _ => None,
            },
            _ => None,
        }
    }

    fn throw<T>(&mut self, message: &str) -> Result<T, Thrown> {
        self.log.push(format!("throw {message}"));
        Err(Thrown(self.str(message)))
    }

    /// Arithmetic on two numbers of any kind.
    fn arith(
        &mut self,
        a: u64,
        b: u64,
        ints: fn(i64, i64) -> i64,
        floats: fn(f64, f64) -> f64,
    ) -> Result<u64, Thrown> {
        use arith::Num::{Float, Int};
        match (self.number(a), self.number(b)) {
            (Some(Int(a)), Some(Int(b))) => Ok(self.int(ints(a, b))),
            (Some(Float(a)), Some(Float(b))) => Ok(floats(a, b).to_bits()),
            (Some(Int(a)), Some(Float(b))) => Ok(floats(a as f64, b).to_bits()),
            (Some(Float(a)), Some(Int(b))) => Ok(floats(a, b as f64).to_bits()),
            _ => self.throw("arithmetic on a value that is no number"),
        }
    }

    fn less(&mut self, a: u64, b: u64, is_strict: bool) -> Result<u64, Thrown> {
        use arith::Num::{Float, Int};
        let less = match (self.number(a), self.number(b)) {
            (Some(Int(a)), Some(Int(b))) => {
                if is_strict {
                    a < b
                } else {
                    a <= b
                }
            }
            (Some(Float(a)), Some(Float(b))) => {
                if is_strict {
                    a < b
                } else {
                    a <= b
                }
            }
            (Some(Int(a)), Some(Float(b))) => {
                if is_strict {
                    arith::int_lt_float(a, b)
                } else {
                    arith::int_le_float(a, b)
                }
            }
            (Some(Float(a)), Some(Int(b))) => {
                if is_strict {
                    arith::float_lt_int(a, b)
                } else {
                    arith::float_le_int(a, b)
                }
            }
            _ => return self.throw("comparison of values that are no numbers"),
        };
        Ok(u64::from(less))
    }

    fn find_field(&self, t: u64, key: u64) -> u64 {
        let Object::Table { shape, slots, .. } = self.object(t) else { panic!("no table") };
        match self.found.iter().find(|(of, k, _)| of == shape && *k == key) {
            Some((_, _, Ok(slot))) if slots[*slot as usize] != Value::NIL.bits() => slots[*slot as usize],
            Some((_, _, Err(v))) => *v,
            _ => Value::MARK.bits(),
        }
    }

    fn find(&self, hash: u64, key: u64) -> Option<usize> {
        let Object::Hash(entries) = self.object(hash) else { panic!("no hash part") };
        entries.iter().position(|(k, _)| *k == key || self.is_same_str(*k, key))
    }

    fn is_same_str(&self, a: u64, b: u64) -> bool {
        let bytes = |word: u64| match self.object(word & PAYLOAD_MASK) {
            Object::Str(bytes) => Some(bytes),
            _ => None,
        };
        Value::from_bits(a).is_string() && Value::from_bits(b).is_string() && bytes(a) == bytes(b)
    }

    /// The value of a key of a table, raw: the array part, then the hash part.
    pub fn raw_get(&self, table: u64, key: u64) -> u64 {
        let Object::Table { array, ext, .. } = self.object(table) else { panic!("no table") };
        if let (Some(i), Object::Array(elem, len, elements)) =
            (Value::from_bits(key).as_small_int(), self.object(*array))
            && (i as u64) <= *len
        {
            return box_element(*elem, elements[i as usize]);
        }
        let Object::Slots(hash, _) = self.object(*ext) else { panic!("no slots storage") };
        let Object::Hash(entries) = self.object(*hash) else { panic!("no hash part") };
        self.find(*hash, key).map_or(Value::NIL.bits(), |i| entries[i].1)
    }

    /// Stores a value under a key that is not in the slots, raw.
    pub fn raw_set(&mut self, table: u64, key: u64, v: u64) {
        let Object::Table { array, ext, .. } = *self.object(table) else { panic!("no table") };
        if let (Some(i), Object::Array(elem, len, elements)) =
            (Value::from_bits(key).as_small_int(), self.object_mut(array))
            && (i as u64) <= *len + 1
            && i >= 0
        {
            // A storage of any values takes everything; the model widens in place.
            for e in elements.iter_mut().filter(|_| *elem != Elem::Any) {
                *e = box_element(*elem, *e);
            }
            *elem = Elem::Any;
            *len = (*len).max(i as u64);
            if elements.len() <= i as usize {
                elements.resize(i as usize + 1, Value::NIL.bits());
            }
            elements[i as usize] = v;
            return;
        }
        let Object::Slots(hash, _) = *self.object(ext) else { panic!("no slots storage") };
        let found = self.find(hash, key);
        let Object::Hash(entries) = self.object_mut(hash) else { panic!("no hash part") };
        match found {
            Some(i) => entries[i].1 = v,
            None => entries.push((key, v)),
        }
    }

    fn help(&mut self, helper: Helper, words: &[u64]) -> Result<Vec<u64>, Thrown> {
        let result = match helper {
            Helper::Add | Helper::AddNum => self.arith(words[0], words[1], i64::wrapping_add, |a, b| a + b),
            Helper::Sub | Helper::SubNum => self.arith(words[0], words[1], i64::wrapping_sub, |a, b| a - b),
            Helper::Mul | Helper::MulNum => self.arith(words[0], words[1], i64::wrapping_mul, |a, b| a * b),
            Helper::Lt | Helper::LtNum => self.less(words[0], words[1], true),
            Helper::Le | Helper::LeNum => self.less(words[0], words[1], false),
            Helper::RawGet => Ok(self.raw_get(words[0], words[1])),
            Helper::StoreSlow => {
                self.raw_set(words[0], Value::int_unchecked(words[1] as i64).bits(), words[2]);
                return Ok(Vec::new());
            }
            helper => {
                let words: Vec<String> = words.iter().map(|w| format!("{w:#x}")).collect();
                self.log.push(format!("{} {}", helper.name(), words.join(" ")));
                return Ok(Vec::new());
            }
        };
        Ok(vec![result?])
    }
}

fn box_element(elem: Elem, word: u64) -> u64 {
    match (elem, word) {
        (Elem::Any | Elem::Float, _) => word,
        (Elem::Int, INT_HOLE) | (Elem::Bool, BOOL_HOLE) => Value::NIL.bits(),
        // The model's integer storages hold small integers.
        (Elem::Int, _) => Value::int_unchecked(word as i64).bits(),
        (Elem::Bool, _) => Value::bool(word != 0).bits(),
    }
}

fn hole(elem: Elem) -> u64 {
    match elem {
        Elem::Any | Elem::Float => Value::NIL.bits(),
        Elem::Int => INT_HOLE,
        Elem::Bool => BOOL_HOLE,
    }
}

impl Memory for Model {
    fn load(&mut self, op: Op, words: &[u64], index: u32) -> u64 {
        let index = index as usize;
        match op {
            Op::LoadReg => return self.regs[index],
            Op::Callee => return self.closure,
            Op::LoadMulti => return self.multi,
            Op::VarargCount => return self.varargs.len() as u64,
            Op::LoadVararg => return self.varargs[words[0] as usize],
            Op::GuardValid => return u64::from(self.is_valid),
            Op::Poll => {
                let is_asked = self.polls_left == Some(0);
                self.polls_left = self.polls_left.map(|n| n.saturating_sub(1));
                return u64::from(is_asked);
            }
            // Boxed strings are the key by themselves; the model compares contents.
            Op::StrKey => return TAG_STRING | words[0],
            Op::CanonStr => return words[0],
            Op::ByteStr => return self.add(Object::Str(vec![words[0] as u8])),
            Op::FindField => return self.find_field(words[0], words[1]),
            Op::HashFind => return self.find(words[0], words[1]).map_or(u64::MAX, |i| i as u64),
            Op::LoadByte | Op::StrBytes | Op::StrLen | Op::StrEq | Op::StrCmp => {
                return self.load_str(op, words);
            }
            Op::UnboxI64 => {
                let Object::BigInt(i) = self.object(words[0] & PAYLOAD_MASK) else { panic!("no integer") };
                return *i as u64;
            }
            _ => {}
        }
        let i = words.get(1).map_or(0, |&i| i as usize);
        match (op, self.object(words[0])) {
            (Op::LoadKind, object) => kind(object) as u64,
            (Op::LoadShape, Object::Table { shape, .. }) => u64::from(*shape),
            (Op::LoadSlot, Object::Table { slots, .. }) => slots[index],
            (Op::LoadExt, Object::Table { ext, .. }) => *ext,
            (Op::LoadArray, Object::Table { array, .. }) => *array,
            (Op::LoadExtSlot, Object::Slots(_, slots)) => slots[index],
            (Op::SlotsCapacity, Object::Slots(_, slots)) => slots.len() as u64,
            (Op::LoadHash, Object::Slots(hash, _)) => *hash,
            (Op::ArrayLen, Object::Array(_, len, _)) => *len,
            (Op::ArrayCapacity, Object::Array(_, _, elements)) => elements.len() as u64,
            (Op::ArrayElem, Object::Array(elem, ..)) => *elem as u64,
            (Op::LoadElem, Object::Array(Elem::Any, _, elements))
            | (Op::LoadElemFloat, Object::Array(Elem::Float, _, elements))
            | (Op::LoadElemInt, Object::Array(Elem::Int, _, elements))
            | (Op::LoadElemBool, Object::Array(Elem::Bool, _, elements)) => elements[i],
            (Op::HashUsed, Object::Hash(entries)) => entries.len() as u64,
            (Op::HashKey, Object::Hash(entries)) => entries[i].0,
            (Op::LoadEntry, Object::Hash(entries)) => entries[i].1,
            (Op::LoadCell | Op::LoadGlobal, Object::Cell(v)) => *v,
            (Op::LoadUpvalue, Object::Closure(_, upvalues)) => upvalues[index],
            (Op::ClosureFunction, Object::Closure(function, _)) => *function,
            (op, object) => panic!("{op:?} of {object:?}"),
        }
    }

    fn store(&mut self, op: Op, words: &[u64], imm: u64, imm2: u32) -> Result<(), Thrown> {
        if !matches!(op, Op::WriteBarrier | Op::StackCheck) {
            let words: Vec<String> = words.iter().map(|w| format!("{w:#x}")).collect();
            self.log.push(format!("{} {} {imm}", op.name(), words.join(" ")));
        }
        let last = words.last().copied().unwrap_or(0);
        match op {
            Op::WriteBarrier | Op::StackCheck => return Ok(()),
            Op::StoreMulti => {
                self.multi = last;
                return Ok(());
            }
            Op::StoreReg => {
                if self.regs.len() <= imm as usize {
                    self.regs.resize(imm as usize + 1, Value::NIL.bits());
                }
                self.regs[imm as usize] = last;
                return Ok(());
            }
            Op::Append => {
                let Object::Table { array, .. } = *self.object(words[0]) else { panic!("no table") };
                let Object::Array(_, len, _) = *self.object(array) else { panic!("no array storage") };
                self.raw_set(words[0], Value::int_unchecked(len as i64 + 1).bits(), last);
                return Ok(());
            }
            Op::TransitionExt => {
                let Object::Slots(_, slots) = self.object_mut(words[1]) else { panic!("no slots storage") };
                slots[imm2 as usize] = last;
                let Object::Table { shape, .. } = self.object_mut(words[0]) else { panic!("no table") };
                *shape = imm as u32;
                return Ok(());
            }
            _ => {}
        }
        let i = words[words.len().min(2) - 1] as usize;
        match (op, self.object_mut(words[0])) {
            (Op::StoreSlot, Object::Table { slots, .. }) => slots[imm as usize] = last,
            (Op::Transition, Object::Table { shape, slots, .. }) => {
                slots[imm2 as usize] = last;
                *shape = imm as u32;
            }
            (Op::SetArray, Object::Table { array, .. }) => *array = last,
            (Op::StoreExtSlot, Object::Slots(_, slots)) => slots[imm as usize] = last,
            (Op::StoreElem, Object::Array(Elem::Any, _, elements))
            | (Op::StoreElemFloat, Object::Array(Elem::Float, _, elements))
            | (Op::StoreElemInt, Object::Array(Elem::Int, _, elements))
            | (Op::StoreElemBool, Object::Array(Elem::Bool, _, elements)) => elements[i] = last,
            (Op::StoreLen, Object::Array(_, len, elements)) => {
                assert!((last as usize) < elements.len(), "a length beyond the capacity");
                *len = last;
            }
            (Op::StoreEntry, Object::Hash(entries)) => entries[i].1 = last,
            (Op::StoreCell | Op::StoreGlobal, Object::Cell(v)) => *v = last,
            (Op::StoreUpvalue, Object::Closure(_, upvalues)) => upvalues[imm as usize] = last,
            (op, object) => panic!("{op:?} into {object:?}"),
        }
        Ok(())
    }

    fn alloc(&mut self, func: &Func, inst: InstId, words: &[u64]) -> u64 {
        match func.op(inst) {
            Op::BoxI64 | Op::AddNum | Op::SubNum | Op::MulNum | Op::ModNum => self.int(words[0] as i64),
            Op::NewTable => {
                let template =
                    func.template(inst).map(|t| *func.snaps.template(t)).expect("a verified template");
                let t = self.add_table(template.shape, &vec![Value::NIL; template.inline_capacity as usize]);
                if template.array_capacity > 0 {
                    let elements = vec![hole(template.elem); template.array_capacity as usize];
                    let storage = self.add(Object::Array(template.elem, 0, elements));
                    let Object::Table { array, .. } = self.object_mut(t) else { panic!("no table") };
                    *array = storage;
                }
                t
            }
            Op::NewArray => {
                let elem = func.elem(inst).expect("a verified element kind");
                self.add(Object::Array(elem, 0, vec![hole(elem); words[0] as usize]))
            }
            Op::NewClosure => self.add(Object::Closure(words[0], words[1..].to_vec())),
            Op::NewCell => self.add(Object::Cell(words[0])),
            op => panic!("{op:?} makes no object"),
        }
    }

    fn call(&mut self, func: &Func, inst: InstId, words: &[u64]) -> Result<Vec<u64>, Thrown> {
        if let Some(helper) = func.helper(inst) {
            return self.help(helper, words);
        }
        let (callee, args) = words.split_first().map_or((0, words), |(callee, args)| (*callee, args));
        let text: Vec<String> = words.iter().map(|w| format!("{w:#x}")).collect();
        self.log.push(format!("{} {}", func.op(inst).name(), text.join(" ")));
        let Some(mut called) = self.callee.take() else { return Ok(Vec::new()) };
        let result = called(self, callee, args);
        self.callee = Some(called);
        result
    }
}

impl Model {
    fn load_str(&mut self, op: Op, words: &[u64]) -> u64 {
        let bytes = |address: u64| match self.object(address) {
            Object::Str(bytes) => bytes,
            object => panic!("{object:?} is no string"),
        };
        match op {
            // The model's strings begin at their own address.
            Op::StrBytes => words[0],
            Op::LoadByte => u64::from(bytes(words[0])[words[1] as usize]),
            Op::StrLen => bytes(words[0]).len() as u64,
            Op::StrEq => u64::from(bytes(words[0]) == bytes(words[1])),
            _ => bytes(words[0]).cmp(bytes(words[1])) as i64 as u64,
        }
    }
}

fn kind(object: &Object) -> Kind {
    match object {
        Object::Table { .. } => Kind::Table,
        Object::Array(..) => Kind::Array,
        Object::Slots(..) => Kind::Slots,
        Object::Hash(..) => Kind::Hash,
        Object::Str(..) => Kind::Str,
        Object::Closure(..) => Kind::Closure,
        Object::Native => Kind::Native,
        Object::Function => Kind::Function,
        Object::Cell(..) => Kind::Cell,
        Object::BigInt(..) => Kind::BigInt,
    }
}

/// The tagged word of a table's address.
pub fn table_value(address: u64) -> u64 {
    TAG_TABLE | address
}
