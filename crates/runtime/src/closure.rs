//! What can be called: closures of script functions, and native functions.
//!
//! ```text
//!   Function | header | code | constants | feedback | entry | begun | counter, sizes | siblings | proto | owned data |
//!   Closure  | header, word = upvalues | function | upvalues ... |
//!   Native   | header, word = upvalues | entry | descriptor | upvalues ... |
//! ```
//!
//! A function is a proto linked into one engine: constants are values, each instruction has a feedback word. Many closures
//! share it. The first words, one cache line, are what is loaded at every call. Code, constants and feedback lie in the Rust
//! heap and are dropped with the function; references in them are traced with it.
//!
//! Where a function continues as machine code is in `entry` (for callers that are machine code: always some code) and
//! `begun` (0 if it is not compiled). `counter` counts calls down; at 1 the interpreter looks what is to be done. What the
//! addresses mean is the compiler's and the virtual machine's business.

use crate::heap::mark::Marker;
use crate::mutator::Mutator;
use crate::object::{Header, Kind, Word};
use crate::record::Record;
use crate::table::LinkedTemplate;
use crate::value::{TAG_FUNCTION, TAG_MASK, TAG_OBJECT, Value};
use bytecode::module::{Module, Proto};
use bytecode::ops::{Inst, Op};
use std::collections::HashMap;
use std::ptr::NonNull;
use std::sync::atomic::{
    AtomicU32, AtomicU64, AtomicUsize,
    Ordering::{Relaxed, Release},
};
use std::sync::{Arc, OnceLock};

/// Told the address of a function that has died. Runs in the pause of a collection, so it takes note and no more.
pub type DeathNotice = Arc<dyn Fn(usize) + Send + Sync>;

/// What a function owns outside the heap.
struct Owned {
    module: Arc<Module>,
    index: usize,
    constants: Box<[Word]>,
    feedback: Box<[AtomicU64]>,
    templates: Box<[LinkedTemplate]>,
    on_death: OnceLock<DeathNotice>,
}

/// The layout of a function.
#[repr(C)]
pub(crate) struct FunctionObject {
    pub(crate) header: Header,
    pub(crate) code: *const Inst,
    pub(crate) constants: *const Word,
    pub(crate) feedback: *const AtomicU64,
    /// What machine code calls.
    pub(crate) entry: AtomicUsize,
    /// Compiled code for a frame that has begun; 0 if there is none.
    pub(crate) begun: AtomicUsize,
    /// Calls that are left until the function is looked at; 1: each call does; 0: not counted yet.
    pub(crate) counter: AtomicU32,
    pub(crate) params: u16,
    pub(crate) frame_size: u16,
    /// All functions of the module, as a list of records; nil until they are linked.
    pub(crate) siblings: Word,
    pub(crate) proto: *const Proto,
    owned: *mut Owned,
    pub(crate) is_variadic: bool,
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
    /// The address that machine code calls as long as the function is not compiled; 0 if there is no compiler.
    pub entry: usize,
}

/// A literal's slots that its code does not fill stay empty: their kinds take nil.
fn admit_left_out(m: &mut Mutator, proto: &Proto, templates: &[LinkedTemplate]) {
    let mut filled: Vec<Vec<bool>> = templates.iter().map(|t| vec![false; t.key_count as usize]).collect();
    // A literal is filled before another begins in the same register.
    let mut made: HashMap<u16, usize> = HashMap::new();
    for inst in &proto.code {
        match inst.op() {
            Op::NewTable => {
                made.insert(inst.a(), inst.bc() as usize);
            }
            Op::InitSlot => {
                let slots = made.get(&inst.a()).and_then(|&t| filled.get_mut(t));
                if let Some(is_filled) = slots.and_then(|slots| slots.get_mut(usize::from(inst.b()))) {
                    *is_filled = true;
                }
            }
            _ => {}
        }
    }
    for (template, filled) in templates.iter().zip(filled).filter(|(t, _)| t.is_shaped) {
        for slot in (0..).zip(filled).filter(|&(_, is_filled)| !is_filled).map(|(slot, _)| slot) {
            m.admit(template.shape.id(), slot, Value::NIL);
        }
    }
}

/// Functions in one record of a module's list.
const SIBLINGS_PER_RECORD: usize = 512;

impl Function {
    /// Links a function.
    pub fn new(m: &mut Mutator, parts: FunctionParts<'_>) -> Function {
        let templates: Box<[LinkedTemplate]> =
            parts.module.protos[parts.index].templates.iter().map(|t| m.link_template(t)).collect();
        admit_left_out(m, &parts.module.protos[parts.index], &templates);
        let object = m.alloc(Kind::Function, 0, 0, 0, size_of::<FunctionObject>()).cast::<FunctionObject>();
        let proto: &Proto = &parts.module.protos[parts.index];
        let owned = Box::new(Owned {
            index: parts.index,
            constants: parts.constants.iter().map(|v| Word::new(*v)).collect(),
            feedback: (0..proto.code.len()).map(|_| AtomicU64::new(0)).collect(),
            templates,
            on_death: OnceLock::new(),
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
            (&raw mut (*p).entry).write(AtomicUsize::new(parts.entry));
            (&raw mut (*p).begun).write(AtomicUsize::new(0));
            (&raw mut (*p).counter).write(AtomicU32::new(0));
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

    /// Constant `i`.
    ///
    /// # Panics
    /// If there is no such constant.
    pub fn constant(self, i: usize) -> Value {
        self.owned().constants[i].load()
    }

    /// The feedback word of the instruction at `pc`.
    ///
    /// # Panics
    /// If there is no such instruction.
    pub fn feedback_word(self, pc: usize) -> u64 {
        self.owned().feedback[pc].load(Relaxed)
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

    /// What machine code calls.
    #[inline(always)]
    pub fn entry(self) -> usize {
        self.object().entry.load(Relaxed)
    }

    /// Compiled code for a frame that has begun; 0 if there is none.
    #[inline(always)]
    pub fn begun(self) -> usize {
        self.object().begun.load(Relaxed)
    }

    /// Calls that are left until the function is looked at; 1: each call does; 0: not counted yet.
    #[inline(always)]
    pub fn counter(self) -> u32 {
        self.object().counter.load(Relaxed)
    }

    /// Sets the number of calls that are left.
    #[inline(always)]
    pub fn set_counter(self, calls: u32) {
        self.object().counter.store(calls, Relaxed);
    }

    /// Makes the function run machine code from its next call on: `entry` for callers that are machine code themselves,
    /// `begun` for those that begin the frame. May be called beside a thread that runs the function: each of the three words
    /// is right with either state of the others, and a count that such a thread writes over this one only delays the code.
    pub fn set_compiled(self, entry: usize, begun: usize) {
        self.object().entry.store(entry, Release);
        self.object().begun.store(begun, Release);
        self.set_counter(1);
    }

    /// Makes the function run in the interpreter again, and be counted anew; `entry` is what machine code calls then.
    pub fn set_interpreted(self, entry: usize) {
        self.object().entry.store(entry, Relaxed);
        self.object().begun.store(0, Relaxed);
        self.set_counter(0);
    }

    /// Has the notice told when the function has died. One notice for a function; later ones are not kept.
    pub fn on_death(self, notice: DeathNotice) {
        let _ = self.owned().on_death.set(notice);
    }

    /// The function's address: what a [`DeathNotice`] is told.
    #[inline]
    pub fn address(self) -> usize {
        self.0.as_ptr().addr()
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

    /// Fills upvalue `i` of a closure that may be old by now.
    pub fn fill_upvalue(self, m: &mut Mutator, i: usize, v: Value) {
        self.upvalue(i).store(v);
        m.write_barrier(self.0.cast());
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

/// Visits what a function refers to: constants, its siblings, what its feedback has learnt.
///
/// The targets of calls in the feedback are weak, but for the functions in the record of a site that knows several: these hold
/// constants only. The others keep nothing alive. A minor collection treats them like everything else, and a full one does not
/// follow them; [`forget_dead_targets`] then removes those that it has found dead.
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
        let v = Value::from_bits(word.load(Relaxed));
        if v.is_table() {
            // A literal's first table, which the site only looks at: it does not keep it alive, so it forgets it.
            word.store(0, Relaxed);
        } else if marker.is_minor() || !is_call_target(v) {
            // Other feedback words have no reference tag: shape ids, slots and counters stay below it.
            marker.visit(v);
        }
    }
}

/// Whether a feedback word is the target of a call: a closure, a native function, or the function of several closures.
fn is_call_target(word: Value) -> bool {
    word.is_function() || (word.is_object() && word.kind() == Some(Kind::Function))
}

/// Removes the targets of calls that a full collection has found dead from the feedback of a function that lives.
///
/// # Safety
/// `object` is a live function; no object that its feedback refers to has been reused since the marking.
pub(crate) unsafe fn forget_dead_targets(object: NonNull<Header>, marker: &Marker) {
    let function = Function(object.cast());
    for word in &function.owned().feedback {
        let v = Value::from_bits(word.load(Relaxed));
        if is_call_target(v) && v.reference().is_some_and(|target| !marker.is_marked(target)) {
            word.store(0, Relaxed);
        }
    }
}

/// Drops what a dead function owns.
///
/// # Safety
/// `object` is a function that nobody uses any more.
pub(crate) unsafe fn finalize(object: NonNull<Header>) {
    // SAFETY: the box was made in `Function::new`, and a function dies once.
    let owned = unsafe { Box::from_raw((*object.cast::<FunctionObject>().as_ptr()).owned) };
    if let Some(notice) = owned.on_death.get() {
        notice(object.as_ptr().addr());
    }
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
        let parts = |index| FunctionParts { module: module.clone(), index, constants: &[], entry: 7 };
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
            Function::new(m, FunctionParts { module: module.clone(), index: 0, constants: &[], entry: 0 });
        }
        m.collect_full();
        // A word on the stack may keep one or another.
        assert!(Arc::strong_count(&module) < 20, "{}", Arc::strong_count(&module));
    }

    #[test]
    fn compiled_functions_are_looked_at_and_their_death_is_told() {
        let m = &mut mutator();
        let dead = Arc::new(std::sync::Mutex::new(Vec::new()));
        for _ in 0..50 {
            let parts = FunctionParts { module: module(), index: 0, constants: &[], entry: 7 };
            let function = Function::new(m, parts);
            assert_eq!((function.entry(), function.begun(), function.counter()), (7, 0, 0));
            function.set_compiled(8, 9);
            assert_eq!((function.entry(), function.begun(), function.counter()), (8, 9, 1));
            function.set_interpreted(7);
            assert_eq!((function.entry(), function.begun(), function.counter()), (7, 0, 0));
            let list = dead.clone();
            function.on_death(Arc::new(move |address| list.lock().unwrap().push(address)));
        }
        m.collect_full();
        assert!(dead.lock().unwrap().len() > 30);
    }

    #[test]
    fn targets_of_calls_in_the_feedback_are_weak() {
        let m = &mut mutator();
        let mut rooted = crate::heap::roots::RootedVec::new(m.shared_heap());
        let parts = || FunctionParts { module: module(), index: 0, constants: &[], entry: 0 };
        for i in 0..60 {
            let callee = Function::new(m, parts());
            let closure = Closure::new(m, callee, 0);
            let caller = Function::new(m, parts());
            rooted.push(caller.to_value());
            if i % 3 == 0 {
                rooted.push(closure.to_value());
            }
            let target = if i % 2 == 0 { closure.to_value() } else { callee.to_value() };
            // SAFETY: the function has one instruction.
            unsafe { &*caller.feedback() }.store(target.bits(), Relaxed);
            m.write_barrier(caller.header());
        }
        let kept = |rooted: &crate::heap::roots::RootedVec| {
            let functions = rooted.as_slice().iter().filter_map(|v| Function::from_value(*v));
            // SAFETY: as above.
            functions.filter(|f| unsafe { &*f.feedback() }.load(Relaxed) != 0).count()
        };
        m.collect_minor();
        assert_eq!(kept(&rooted), 60);
        m.collect_full();
        // Those whose closure is rooted; a word on the stack may keep one or another.
        assert!((20..30).contains(&kept(&rooted)), "{}", kept(&rooted));
    }

    #[test]
    fn closures_and_natives_hold_their_upvalues() {
        let m = &mut mutator();
        let function =
            Function::new(m, FunctionParts { module: module(), index: 1, constants: &[], entry: 0 });
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
