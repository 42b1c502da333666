//! What can be called: closures of script functions, and native functions.
//!
//! ```text
//!   Function | header | code | constants | feedback | proto | siblings | sizes | owned data |
//!   Closure  | header, word = upvalues | function | upvalues ... |
//!   Native   | header, word = upvalues | entry | descriptor | upvalues ... |
//! ```
//!
//! A function is a proto linked into one engine: constants are values, each instruction has a feedback word. Many closures
//! share it. The first words are what an interpreter loads at every call. Code, constants and feedback lie in the Rust heap
//! and are dropped with the function; references in them are traced with it.

use crate::heap::mark::Marker;
use crate::mutator::Mutator;
use crate::object::{Header, Kind, Word};
use crate::record::Record;
use crate::table::LinkedTemplate;
use crate::value::{TAG_FUNCTION, TAG_MASK, TAG_OBJECT, Value};
use bytecode::module::{Module, Proto};
use bytecode::ops::Inst;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a function owns outside the heap.
struct Owned {
    module: Arc<Module>,
    index: usize,
    constants: Box<[Word]>,
    feedback: Box<[AtomicU64]>,
    templates: Box<[LinkedTemplate]>,
}

/// The layout of a function.
#[repr(C)]
pub(crate) struct FunctionObject {
    pub(crate) header: Header,
    pub(crate) code: *const Inst,
    pub(crate) constants: *const Word,
    pub(crate) feedback: *const AtomicU64,
    pub(crate) proto: *const Proto,
    /// All functions of the module, as a list of records; nil until they are linked.
    pub(crate) siblings: Word,
    params: u16,
    frame_size: u16,
    is_variadic: bool,
    owned: *mut Owned,
}

/// The layout of a closure's fixed part.
#[repr(C)]
pub(crate) struct ClosureObject {
    pub(crate) header: Header,
    pub(crate) function: Word,
}

/// The layout of a native function's fixed part.
#[repr(C)]
pub(crate) struct NativeObject {
    pub(crate) header: Header,
    pub(crate) entry: usize,
    pub(crate) descriptor: *const (),
}

/// A reference to a linked function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Function(NonNull<FunctionObject>);

/// A reference to a closure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Closure(NonNull<ClosureObject>);

/// A reference to a native function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Native(NonNull<NativeObject>);

/// What a function is linked from.
pub struct FunctionParts<'a> {
    /// The verified module.
    pub module: Arc<Module>,
    /// Which of its functions.
    pub index: usize,
    /// Its constants as values, in order; rooted by the caller.
    pub constants: &'a [Value],
}

/// Functions in one record of a module's list.
const SIBLINGS_PER_RECORD: usize = 512;

impl Function {
    /// Links a function.
    pub fn new(m: &mut Mutator, parts: FunctionParts<'_>) -> Function {
        let templates: Box<[LinkedTemplate]> =
            parts.module.protos[parts.index].templates.iter().map(|t| m.link_template(t)).collect();
        let object = m.alloc(Kind::Function, 0, 0, 0, size_of::<FunctionObject>()).cast::<FunctionObject>();
        let proto: &Proto = &parts.module.protos[parts.index];
        let owned = Box::new(Owned {
            index: parts.index,
            constants: parts.constants.iter().map(|v| Word::new(*v)).collect(),
            feedback: (0..proto.code.len()).map(|_| AtomicU64::new(0)).collect(),
            templates,
            module: parts.module.clone(),
        });
        let header = object.cast::<Header>();
        // SAFETY: the object has the size of a `FunctionObject`; its header is written and kept. Proto and code are in the
        // module, which `owned` keeps.
        unsafe {
            let p = object.as_ptr();
            (&raw mut (*p).code).write(proto.code.as_ptr());
            (&raw mut (*p).constants).write(owned.constants.as_ptr());
            (&raw mut (*p).feedback).write(owned.feedback.as_ptr());
            (&raw mut (*p).proto).write(proto);
            (&raw mut (*p).siblings).write(Word::new(Value::NIL));
            (&raw mut (*p).params).write(proto.params);
            (&raw mut (*p).frame_size).write(proto.frame_size);
            (&raw mut (*p).is_variadic).write(proto.is_variadic);
            (&raw mut (*p).owned).write(Box::into_raw(owned));
        }
        m.add_finalizable(header);
        m.write_barrier(header);
        Function(object)
    }

    /// Tells the functions of a module, in order, of each other.
    pub fn link_siblings(m: &mut Mutator, functions: &[Value]) {
        let chunks = functions.len().div_ceil(SIBLINGS_PER_RECORD);
        let list = Record::new(m, chunks);
        for (i, chunk) in functions.chunks(SIBLINGS_PER_RECORD).enumerate() {
            let record = Record::new(m, chunk.len());
            for (j, v) in chunk.iter().enumerate() {
                record.set(m, j, *v);
            }
            list.set(m, i, record.to_value());
        }
        for v in functions {
            if let Some(function) = Function::from_value(*v) {
                function.object().siblings.store(list.to_value());
                m.write_barrier(function.header());
            }
        }
    }

    #[inline(always)]
    fn object<'a>(self) -> &'a FunctionObject {
        // SAFETY: a `Function` refers to a live function.
        unsafe { self.0.as_ref() }
    }

    fn owned<'a>(self) -> &'a Owned {
        // SAFETY: the box lives as long as the function.
        unsafe { &*self.object().owned }
    }

    /// The object's header.
    #[inline(always)]
    pub fn header(self) -> NonNull<Header> {
        self.0.cast()
    }

    /// The first instruction.
    #[inline(always)]
    pub fn code(self) -> *const Inst {
        self.object().code
    }

    /// The constants.
    #[inline(always)]
    pub fn constants(self) -> *const Word {
        self.object().constants
    }

    /// The feedback words, one an instruction.
    #[inline(always)]
    pub fn feedback(self) -> *const AtomicU64 {
        self.object().feedback
    }

    /// Number of named parameters.
    #[inline(always)]
    pub fn params(self) -> u16 {
        self.object().params
    }

    /// Registers of a frame.
    #[inline(always)]
    pub fn frame_size(self) -> u16 {
        self.object().frame_size
    }

    /// Whether extra arguments are kept.
    #[inline(always)]
    pub fn is_variadic(self) -> bool {
        self.object().is_variadic
    }

    /// The compiled form.
    #[inline(always)]
    pub fn proto(self) -> *const Proto {
        self.object().proto
    }

    /// The compiled form.
    #[inline]
    pub fn proto_ref<'a>(self) -> &'a Proto {
        // SAFETY: the module that holds the proto lives as long as the function.
        unsafe { &*self.object().proto }
    }

    /// The module that it belongs to.
    pub fn module<'a>(self) -> &'a Module {
        &self.owned().module
    }

    /// Whether it is its module's main chunk.
    pub fn is_main(self) -> bool {
        self.owned().index == 0
    }

    /// Function `index` of the same module.
    #[inline]
    pub fn sibling(self, index: usize) -> Function {
        let list = self.object().siblings.load();
        // SAFETY: `link_siblings` put a list of records of functions there, and the verifier checked the index.
        unsafe {
            let record = Record::from_value_unchecked(list).get(index / SIBLINGS_PER_RECORD);
            Function::from_value_unchecked(
                Record::from_value_unchecked(record).get(index % SIBLINGS_PER_RECORD),
            )
        }
    }

    /// The layout of table literal `index`.
    #[inline]
    pub fn template<'a>(self, index: usize) -> &'a LinkedTemplate {
        &self.owned().templates[index]
    }

    /// The function as an internal value, which no script sees.
    #[inline(always)]
    pub fn to_value(self) -> Value {
        Value::from_pointer(TAG_OBJECT, self.0)
    }

    /// The function in a value, if it is one.
    pub fn from_value(v: Value) -> Option<Function> {
        if v.is_object() && v.kind() == Some(Kind::Function) {
            // SAFETY: the header says that it is a function.
            Some(unsafe { Function::from_value_unchecked(v) })
        } else {
            None
        }
    }

    /// The function in a value.
    ///
    /// # Safety
    /// The value came from [`Function::to_value`].
    #[inline(always)]
    pub unsafe fn from_value_unchecked(v: Value) -> Function {
        // SAFETY: references are never null.
        Function(unsafe { NonNull::new_unchecked(v.pointer_payload()) })
    }
}

impl Closure {
    /// A closure with `upvalue_count` nil upvalues, which the caller fills before it allocates again.
    #[inline]
    pub fn new(m: &mut Mutator, function: Function, upvalue_count: usize) -> Closure {
        let size_bytes = size_of::<ClosureObject>() + upvalue_count * 8;
        let object = m.alloc(Kind::Closure, 0, 0, upvalue_count as u32, size_bytes).cast::<ClosureObject>();
        // SAFETY: the object has room for the function and the upvalues.
        unsafe {
            (&raw mut (*object.as_ptr()).function).write(Word::new(function.to_value()));
            let upvalues = object.as_ptr().add(1).cast::<Word>();
            for i in 0..upvalue_count {
                upvalues.add(i).write(Word::new(Value::NIL));
            }
        }
        Closure(object)
    }

    /// The function.
    #[inline(always)]
    pub fn function(self) -> Function {
        // SAFETY: a `Closure` refers to a live closure, whose second word is its function.
        unsafe { Function::from_value_unchecked(self.0.as_ref().function.load()) }
    }

    /// The place of upvalue `i`. Filled once, when the closure is new.
    #[inline(always)]
    pub fn upvalue<'a>(self, i: usize) -> &'a Word {
        debug_assert!(i < self.upvalue_count());
        // SAFETY: the verifier checked upvalue indices against the proto, from which closures get their number.
        unsafe { &*self.0.as_ptr().add(1).cast::<Word>().add(i) }
    }

    /// Number of upvalues.
    pub fn upvalue_count(self) -> usize {
        // SAFETY: a `Closure` refers to a live closure.
        unsafe { self.0.as_ref() }.header.word.load(Relaxed) as usize
    }

    /// The closure as a value.
    #[inline(always)]
    pub fn to_value(self) -> Value {
        Value::from_pointer(TAG_FUNCTION, self.0)
    }

    /// The closure in a value, if it is one.
    #[inline(always)]
    pub fn from_value(v: Value) -> Option<Closure> {
        // SAFETY: a function value is a closure or a native function, and the header says which.
        unsafe {
            if v.bits() & TAG_MASK == TAG_FUNCTION && (*v.pointer_payload::<Header>()).kind == Kind::Closure {
                Some(Closure::from_value_unchecked(v))
            } else {
                None
            }
        }
    }

    /// The closure in a value.
    ///
    /// # Safety
    /// The value came from [`Closure::to_value`].
    #[inline(always)]
    pub unsafe fn from_value_unchecked(v: Value) -> Closure {
        // SAFETY: references are never null.
        Closure(unsafe { NonNull::new_unchecked(v.pointer_payload()) })
    }
}

impl Native {
    /// A native function: the address that the machine calls, what describes it, and its upvalues (few).
    pub fn new(m: &mut Mutator, entry: usize, descriptor: *const (), upvalues: &[Value]) -> Native {
        let size_bytes = size_of::<NativeObject>() + upvalues.len() * 8;
        let object = m.alloc(Kind::Native, 0, 0, upvalues.len() as u32, size_bytes).cast::<NativeObject>();
        let header = Header::new(Kind::Native, 0, 0, upvalues.len() as u32);
        let native = NativeObject { header, entry, descriptor };
        // SAFETY: the object has room for entry, descriptor and upvalues.
        unsafe {
            object.as_ptr().write(native);
            let words = object.as_ptr().add(1).cast::<Word>();
            for (i, v) in upvalues.iter().enumerate() {
                words.add(i).write(Word::new(*v));
            }
        }
        Native(object)
    }

    /// The address that the machine calls.
    #[inline(always)]
    pub fn entry(self) -> usize {
        // SAFETY: a `Native` refers to a live native function.
        unsafe { self.0.as_ref() }.entry
    }

    /// What describes it.
    #[inline(always)]
    pub fn descriptor(self) -> *const () {
        // SAFETY: a `Native` refers to a live native function.
        unsafe { self.0.as_ref() }.descriptor
    }

    /// Number of upvalues.
    pub fn upvalue_count(self) -> usize {
        // SAFETY: a `Native` refers to a live native function.
        unsafe { self.0.as_ref() }.header.word.load(Relaxed) as usize
    }

    /// The place of upvalue `i`; a store into it needs [`Native::set_upvalue`].
    #[inline(always)]
    pub fn upvalue<'a>(self, i: usize) -> &'a Word {
        assert!(i < self.upvalue_count());
        // SAFETY: the upvalues follow the fixed part.
        unsafe { &*self.0.as_ptr().add(1).cast::<Word>().add(i) }
    }

    /// Replaces upvalue `i`.
    pub fn set_upvalue(self, m: &mut Mutator, i: usize, v: Value) {
        self.upvalue(i).store(v);
        m.write_barrier(self.0.cast());
    }

    /// The native function as a value.
    #[inline(always)]
    pub fn to_value(self) -> Value {
        Value::from_pointer(TAG_FUNCTION, self.0)
    }

    /// The native function in a value, if it is one.
    #[inline(always)]
    pub fn from_value(v: Value) -> Option<Native> {
        // SAFETY: a function value is a closure or a native function, and the header says which.
        unsafe {
            if v.bits() & TAG_MASK == TAG_FUNCTION && (*v.pointer_payload::<Header>()).kind == Kind::Native {
                Some(Native::from_value_unchecked(v))
            } else {
                None
            }
        }
    }

    /// The native function in a value.
    ///
    /// # Safety
    /// The value came from [`Native::to_value`].
    #[inline(always)]
    pub unsafe fn from_value_unchecked(v: Value) -> Native {
        // SAFETY: references are never null.
        Native(unsafe { NonNull::new_unchecked(v.pointer_payload()) })
    }
}

/// Visits what a closure refers to.
///
/// # Safety
/// `object` is a live closure.
pub(crate) unsafe fn trace_closure(object: NonNull<Header>, marker: &mut Marker) {
    let closure = Closure(object.cast());
    marker.visit(closure.function().to_value());
    // SAFETY: the upvalues follow the fixed part.
    unsafe { marker.visit_words(closure.0.as_ptr().add(1).cast(), closure.upvalue_count()) };
}

/// Visits what a native function refers to.
///
/// # Safety
/// `object` is a live native function.
pub(crate) unsafe fn trace_native(object: NonNull<Header>, marker: &mut Marker) {
    let native = Native(object.cast());
    // SAFETY: the upvalues follow the fixed part.
    unsafe { marker.visit_words(native.0.as_ptr().add(1).cast(), native.upvalue_count()) };
}

/// Visits what a function refers to: constants, records in its feedback, its siblings.
///
/// # Safety
/// `object` is a live function.
pub(crate) unsafe fn trace_function(object: NonNull<Header>, marker: &mut Marker) {
    let function = Function(object.cast());
    marker.visit(function.object().siblings.load());
    let owned = function.owned();
    // SAFETY: the constants are initialised words that stay in place.
    unsafe { marker.visit_words(owned.constants.as_ptr(), owned.constants.len()) };
    if !marker.is_minor() && marker.heap().shapes().is_recycling() {
        for word in &owned.feedback {
            word.store(0, Relaxed);
        }
    }
    for word in &owned.feedback {
        // Other feedback words have no reference tag: shape ids and slots stay below it.
        marker.visit(Value::from_bits(word.load(Relaxed)));
    }
}

/// Drops what a dead function owns.
///
/// # Safety
/// `object` is a function that nobody uses any more.
pub(crate) unsafe fn finalize(object: NonNull<Header>) {
    // SAFETY: the box was made in `Function::new`, and a function dies once.
    drop(unsafe { Box::from_raw((*object.cast::<FunctionObject>().as_ptr()).owned) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::testing::mutator;
    use bytecode::module::TableTemplate;
    use bytecode::ops::Op;

    fn module() -> Arc<Module> {
        let code = vec![Inst::abc(Op::Return0, 0, 0, 0)];
        let keys: Vec<Box<[u8]>> = vec![(*b"key").into()];
        let templates = vec![TableTemplate { keys, array_len: 0 }];
        let main = Proto { code, frame_size: 3, params: 1, templates, ..Proto::default() };
        let other = Proto { templates: vec![], frame_size: 2, ..main.clone() };
        Arc::new(Module { name: "test".into(), protos: vec![main, other], globals: vec![] })
    }

    #[test]
    fn functions_keep_their_parts() {
        let m = &mut mutator();
        let module = module();
        let name = m.intern(b"constant").to_value();
        let parts = |index| FunctionParts { module: module.clone(), index, constants: &[] };
        let constants = [name, Value::int32(7)];
        let main = Function::new(m, FunctionParts { constants: &constants, ..parts(0) });
        let other = Function::new(m, parts(1));
        Function::link_siblings(m, &[main.to_value(), other.to_value()]);
        m.collect_full();
        m.collect_full();
        assert!(main.is_main() && !other.is_main());
        assert_eq!((main.sibling(1), other.sibling(0), other.sibling(1)), (other, main, other));
        assert_eq!((main.params(), main.frame_size(), main.is_variadic()), (1, 3, false));
        let t = m.new_table_from_template(main.template(0));
        assert_eq!(m.heap().shapes().get(t.shape_id()).slot_count(), 1);
        // SAFETY: the function has two constants and one instruction.
        unsafe {
            assert_eq!((*main.constants()).load(), name);
            assert_eq!((*main.code()).op(), Op::Return0);
            assert_eq!((*main.feedback()).load(Relaxed), 0);
        }
        assert_eq!(Function::from_value(main.to_value()), Some(main));
    }

    #[test]
    fn dead_functions_let_go_of_their_module() {
        let m = &mut mutator();
        let module = module();
        for _ in 0..50 {
            Function::new(m, FunctionParts { module: module.clone(), index: 0, constants: &[] });
        }
        m.collect_full();
        // A word on the stack may keep one or another.
        assert!(Arc::strong_count(&module) < 20, "{}", Arc::strong_count(&module));
    }

    #[test]
    fn closures_and_natives_hold_their_upvalues() {
        let m = &mut mutator();
        let function = Function::new(m, FunctionParts { module: module(), index: 1, constants: &[] });
        let closure = Closure::new(m, function, 2);
        let cell = Cell::new(m, Value::TRUE);
        closure.upvalue(1).store(cell.to_value());
        m.write_barrier(closure.to_value().reference().unwrap());
        let text = m.new_str(b"upvalue").unwrap().to_value();
        let native = Native::new(m, 1234, std::ptr::null(), &[Value::FALSE, text]);
        m.collect_minor();
        let young = m.new_str(b"young").unwrap().to_value();
        native.set_upvalue(m, 0, young);
        cell.set(m, young);
        m.collect_minor();
        assert_eq!((closure.upvalue(0).load(), closure.upvalue_count()), (Value::NIL, 2));
        assert_eq!(Cell::from_value(closure.upvalue(1).load()).map(Cell::get), Some(young));
        assert_eq!(closure.function(), function);
        assert_eq!((native.entry(), native.upvalue_count()), (1234, 2));
        assert!(native.descriptor().is_null());
        assert_eq!((native.upvalue(0).load(), native.upvalue(1).load()), (young, text));
        assert!(Closure::from_value(native.to_value()).is_none());
        assert!(Native::from_value(native.to_value()).is_some());
        assert!(Closure::from_value(closure.to_value()).is_some());
        let record = Record::new(m, 3);
        record.set(m, 2, text);
        m.collect_full();
        assert_eq!((record.len(), record.get(0), record.get(2)), (3, Value::NIL, text));
    }
}
