//! Userdata: Rust values with methods, as libraries and hosts define them.
//!
//! A class is a static table of native functions whose first argument is the object. Each engine makes the functions of a
//! class once, in a *method table* that its objects share. `obj:method(a)` finds the function there and passes the object;
//! `obj.method` makes a function bound to the object, which drops its first argument when that is the object, so that
//! `obj.method(a)`, `obj.method(obj, a)` and `obj:method(a)` are the same call.
//!
//! A class may answer for its own fields, length and text; most do not. One whose objects are like arrays also gives short
//! cuts for integer keys, which see the payload and the key and nothing else: reading an element is then one call through
//! a pointer that lies in the object. Where the elements are floats in a storage, or rows of such floats, the object says
//! where ([`Dense`]), and machine code reads and writes them by itself.
//!
//! ```text
//!   object    class | methods | type, `dyn` | element short cuts | dense elements | payload
//! ```

use crate::engine::Engine;
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::native::{Args, NativeDef, NativeResult, Results, WINDOW_HEADER};
use runtime::closure::Native;
use runtime::heap::foreign::Foreign;
use runtime::heap::mark::Marker;
use runtime::mutator::Mutator;
use runtime::table::{Floats, Table};
use runtime::value::{Value, pointer_to_address};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// Reads a field of an object: `Value::MARK` lets the methods be looked at (a word, so that the result stays in registers).
pub type GetField = fn(&mut Fiber, object: Value, key: Value) -> Result<Value, Thrown>;
/// Writes a field of an object: `false` if it has no such field.
pub type SetField = fn(&mut Fiber, object: Value, key: Value, value: Value) -> Result<bool, Thrown>;

/// Reads the element at an integer of a payload of type `T`: `Value::MARK` lets [`GetField`] be asked.
pub type GetElement<T> = fn(&T, index: i64) -> Value;
/// Writes the element at an integer of a payload of type `T`: `false` lets [`SetField`] be asked.
pub type SetElement<T> = fn(&T, index: i64, value: Value) -> bool;

/// Where the elements of an object lie: floats in a storage, numbered from 0 (a *vector*), or objects that are vectors of one
/// width, whose floats lie one after the other (a *grid*). It never changes. An object's short cuts for elements agree with
/// it, and so does its length.
#[repr(C)]
pub struct Dense {
    /// The address of the storage of floats.
    floats: u64,
    /// The number of the first float that belongs to the object.
    start: u64,
    /// Elements of a vector.
    count: u64,
    /// Elements of a grid.
    rows: u64,
    /// Floats of a row.
    width: u64,
    /// The address of the rows' values; nil for one that the class's `get_field` makes when it is asked for.
    views: u64,
    /// What keeps them there.
    owner: Option<Arc<[AtomicU64]>>,
    storage: Option<Floats>,
}

impl Dense {
    /// That of objects without such elements.
    pub const NONE: Dense =
        Dense { floats: 0, start: 0, count: 0, rows: 0, width: 0, views: 0, owner: None, storage: None };

    /// The `count` floats from `start` on.
    ///
    /// # Panics
    /// If the storage has fewer.
    pub fn vector(floats: Floats, start: usize, count: usize) -> Dense {
        assert!(
            start.checked_add(count).is_some_and(|end| end <= floats.len()),
            "a vector beyond its storage"
        );
        let (start, count) = (start as u64, count as u64);
        Dense { floats: floats.address(), start, count, storage: Some(floats), ..Dense::NONE }
    }

    /// A row for each of these words, which hold bits of values, with `width` floats each. The class's `get_field` must
    /// give an object for each row.
    ///
    /// # Panics
    /// If the storage has fewer floats.
    pub fn grid(floats: Floats, views: Arc<[AtomicU64]>, width: usize) -> Dense {
        assert!(
            views.len().checked_mul(width).is_some_and(|n| n <= floats.len()),
            "a grid beyond its storage"
        );
        Dense {
            floats: floats.address(),
            rows: views.len() as u64,
            width: width as u64,
            views: pointer_to_address(views.as_ptr().cast_mut()),
            owner: Some(views),
            storage: Some(floats),
            ..Dense::NONE
        }
    }

    fn trace(&self, marker: &mut Marker) {
        if let Some(floats) = self.storage {
            floats.trace(marker);
        }
        for view in self.owner.iter().flat_map(|views| views.iter()) {
            marker.visit(Value::from_bits(view.load(Relaxed)));
        }
    }
}

/// What a value's elements are, as [`Dense`] tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DenseKind {
    /// Floats.
    Vector,
    /// Vectors.
    Grid,
}

/// Offsets of the words of [`Dense`] in an object, for machine code, and what is in the header of objects that have them.
pub mod layout {
    use super::{AUX, Dense, Head};
    use runtime::layout::FOREIGN_PAYLOAD;
    use std::mem::offset_of;

    const DENSE: usize = FOREIGN_PAYLOAD + offset_of!(Head, dense);
    /// The address of the storage of floats.
    pub const DENSE_FLOATS: usize = DENSE + offset_of!(Dense, floats);
    /// The number of the first float.
    pub const DENSE_START: usize = DENSE + offset_of!(Dense, start);
    /// Elements of a vector; 0 if it is none.
    pub const DENSE_COUNT: usize = DENSE + offset_of!(Dense, count);
    /// Elements of a grid; 0 if it is none.
    pub const DENSE_ROWS: usize = DENSE + offset_of!(Dense, rows);
    /// Floats of a grid's row.
    pub const DENSE_WIDTH: usize = DENSE + offset_of!(Dense, width);
    /// The address of the rows' values.
    pub const DENSE_VIEWS: usize = DENSE + offset_of!(Dense, views);
    /// `aux` in the headers of userdata, which are of kind `Foreign`.
    pub const USERDATA_AUX: u8 = AUX;
}

/// Stands for a payload whose type its class knows.
struct Erased;

/// The short cuts of a class for integer keys.
#[derive(Clone, Copy)]
struct Elements {
    get: unsafe fn(NonNull<Erased>, i64) -> Value,
    set: unsafe fn(NonNull<Erased>, i64, Value) -> bool,
}

impl Elements {
    /// Those of classes without any.
    const NONE: Elements = Elements { get: |_, _| Value::MARK, set: |_, _, _| false };
}

/// What the objects of one type have in common.
pub struct UserdataClass {
    /// The name in messages about methods: `file` of `file:read`.
    pub name: &'static str,
    /// The methods; the first argument is the object.
    pub methods: &'static [NativeDef],
    /// What `tostring` gives; `None`: `userdata: 0x…`.
    pub tostring: Option<fn(&dyn Payload) -> String>,
    /// What `#` gives; `None`: an error.
    pub len: Option<fn(&dyn Payload) -> i64>,
    /// Fields that are not methods.
    pub get_field: Option<GetField>,
    /// Assignment to fields.
    pub set_field: Option<SetField>,
    elements: Elements,
    /// The type that `elements` want.
    element_owner: Option<TypeId>,
}

impl UserdataClass {
    /// A class with methods only.
    pub const fn new(name: &'static str, methods: &'static [NativeDef]) -> UserdataClass {
        UserdataClass {
            name,
            methods,
            tostring: None,
            len: None,
            get_field: None,
            set_field: None,
            elements: Elements::NONE,
            element_owner: None,
        }
    }

    /// The class with this text for `tostring`.
    pub const fn with_tostring(mut self, tostring: fn(&dyn Payload) -> String) -> UserdataClass {
        self.tostring = Some(tostring);
        self
    }

    /// The class with this length for `#`.
    pub const fn with_len(mut self, len: fn(&dyn Payload) -> i64) -> UserdataClass {
        self.len = Some(len);
        self
    }

    /// The class with fields that are not methods.
    pub const fn with_fields(mut self, get: Option<GetField>, set: Option<SetField>) -> UserdataClass {
        self.get_field = get;
        self.set_field = set;
        self
    }

    /// The class with short cuts for integer keys. All its objects must have payloads of type `T`.
    pub const fn with_elements<T: Payload>(
        mut self,
        get: GetElement<T>,
        set: SetElement<T>,
    ) -> UserdataClass {
        // SAFETY: references and pointers to sized types are passed alike, and the types of the functions say that the
        // pointer must be to a payload of type `T`.
        self.elements = unsafe {
            Elements {
                get: std::mem::transmute::<GetElement<T>, unsafe fn(NonNull<Erased>, i64) -> Value>(get),
                set: std::mem::transmute::<SetElement<T>, unsafe fn(NonNull<Erased>, i64, Value) -> bool>(
                    set,
                ),
            }
        };
        self.element_owner = Some(TypeId::of::<T>());
        self
    }
}

/// A Rust value behind a userdata object.
pub trait Payload: Any + Send {
    /// Visits every value that it holds. Runs in a pause: it must not wait for a lock that is held across an allocation.
    fn trace(&self, marker: &mut Marker) {
        let _ = marker;
    }

    /// Where its elements lie, if machine code may know; asked once, when the object is made.
    fn dense(&self) -> Dense {
        Dense::NONE
    }
}

/// `aux` of userdata objects.
const AUX: u8 = 3;

/// What all userdata objects begin with.
struct Head {
    class: &'static UserdataClass,
    methods: Table,
    /// The payload's type, so that access needs no virtual call.
    type_id: TypeId,
    /// From the payload's address to the payload.
    as_dyn: unsafe fn(NonNull<Erased>) -> *const dyn Payload,
    /// Those of the class, a load nearer.
    elements: Elements,
    dense: Dense,
}

/// A userdata object: `T` is the payload's type, or a box if that is aligned to more than the head is.
#[repr(C)]
struct Userdata<T> {
    head: Head,
    payload: T,
}

/// Whether a payload lies in its object.
const fn is_inline<T>() -> bool {
    align_of::<T>() <= align_of::<Head>()
}

/// Offset of an inline payload, and of the box of another.
const PAYLOAD_OFFSET: usize = size_of::<Head>();

// SAFETY: the payload is `Send`; the table is a heap reference, which any worker may hold.
unsafe impl<T: Send> Send for Userdata<T> {}

/// A userdata object in a value that is reachable for `'a`.
#[derive(Clone, Copy)]
struct Object<'a> {
    start: NonNull<u8>,
    value: std::marker::PhantomData<&'a Value>,
}

impl<'a> Object<'a> {
    /// The userdata in a value.
    #[inline(always)]
    fn of(v: &'a Value) -> Option<Object<'a>> {
        let start = v.foreign_payload_marked(AUX)?;
        Some(Object { start, value: std::marker::PhantomData })
    }

    #[inline(always)]
    fn head(self) -> &'a Head {
        // SAFETY: `new` alone uses this `aux`, and what it makes begins with a head.
        unsafe { self.start.cast().as_ref() }
    }

    /// The address of the payload, or of its box.
    #[inline(always)]
    fn place(self) -> NonNull<Erased> {
        // SAFETY: within the object.
        unsafe { self.start.add(PAYLOAD_OFFSET).cast() }
    }

    /// The payload, if its type is `T`.
    #[inline(always)]
    fn payload<T: Payload>(self) -> Option<&'a T> {
        if self.head().type_id != TypeId::of::<T>() {
            return None;
        }
        // SAFETY: `new` stored the type of the payload beside it.
        Some(unsafe { payload_at(self.place()).as_ref() })
    }

    fn payload_dyn(self) -> &'a dyn Payload {
        // SAFETY: the payload is alive, and `new` chose the function that knows its type.
        unsafe { &*(self.head().as_dyn)(self.place()) }
    }

    /// Element `i` by the short cut of the class; `Value::MARK` if it does not know.
    #[inline(always)]
    fn element(self, i: i64) -> Value {
        // SAFETY: the class of the object has these functions, whose payloads lie inline and have the type that they
        // want, see `new`; those of a class without short cuts do not look at the payload.
        unsafe { (self.head().elements.get)(self.place(), i) }
    }

    /// Stores element `i` by the short cut of the class; `false` if it did not.
    #[inline(always)]
    fn set_element(self, i: i64, value: Value) -> bool {
        // SAFETY: as in `element`.
        unsafe { (self.head().elements.set)(self.place(), i, value) }
    }
}

/// The payload of an object whose place is this.
///
/// # Safety
/// It is the place of a payload of type `T`, or of its box.
#[inline(always)]
unsafe fn payload_at<T: Payload>(place: NonNull<Erased>) -> NonNull<T> {
    if const { is_inline::<T>() } {
        place.cast()
    } else {
        // SAFETY: as the caller says.
        NonNull::from(unsafe { &**place.cast::<Box<T>>().as_ref() })
    }
}

/// As [`payload_at`], without the type.
unsafe fn payload_at_dyn<T: Payload>(place: NonNull<Erased>) -> *const dyn Payload {
    // SAFETY: as the caller says.
    unsafe { payload_at::<T>(place) }.as_ptr()
}

impl<T: Payload> Payload for Box<T> {
    fn trace(&self, marker: &mut Marker) {
        (**self).trace(marker);
    }
}

impl<T: Payload> Foreign for Userdata<T> {
    fn trace(&self, marker: &mut Marker) {
        marker.visit(self.head.methods.to_value());
        self.head.dense.trace(marker);
        self.payload.trace(marker);
    }

    fn type_name(&self) -> &'static str {
        "userdata"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The method tables of an engine, by class.
#[derive(Default)]
pub(crate) struct Classes {
    tables: Mutex<HashMap<usize, Table>>,
}

impl Classes {
    fn find(&self, class: &'static UserdataClass) -> Option<Table> {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.get(&std::ptr::from_ref(class).addr()).copied()
    }

    fn insert(&self, class: &'static UserdataClass, table: Table) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.insert(std::ptr::from_ref(class).addr(), table);
    }

    /// Visits the tables. The lock is free: nobody allocates in the heap under it.
    pub(crate) fn trace(&self, marker: &mut Marker) {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        tables.values().for_each(|t| marker.visit(t.to_value()));
    }
}

fn method_table(engine: &Engine, m: &mut Mutator, class: &'static UserdataClass) -> Table {
    if let Some(table) = engine.scheduler.classes.find(class) {
        return table;
    }
    let table = m.new_table(0, class.methods.len());
    for def in class.methods {
        let f = engine.new_native(m, def);
        engine.set_raw(m, table, def.short_name(), f);
    }
    engine.scheduler.classes.insert(class, table);
    table
}

/// A new object. Values that the payload holds in memory of Rust's must be rooted elsewhere until this returns.
///
/// # Panics
/// If the class has short cuts for elements of payloads of another type.
pub fn new<T: Payload>(engine: &Engine, m: &mut Mutator, class: &'static UserdataClass, payload: T) -> Value {
    let type_id = TypeId::of::<T>();
    assert!(
        class.element_owner.is_none_or(|owner| owner == type_id),
        "objects of class '{}' have payloads of another type",
        class.name
    );
    let methods = method_table(engine, m, class);
    let as_dyn = payload_at_dyn::<T>;
    if const { is_inline::<T>() } {
        const { assert!(!is_inline::<T>() || std::mem::offset_of!(Userdata<T>, payload) == PAYLOAD_OFFSET) };
        let dense = payload.dense();
        let head = Head { class, methods, type_id, as_dyn, elements: class.elements, dense };
        m.new_foreign(Userdata { head, payload }, 0, AUX)
    } else {
        const { assert!(std::mem::offset_of!(Userdata<Box<T>>, payload) == PAYLOAD_OFFSET) };
        // The short cuts want payloads that lie inline.
        let (elements, dense) = (Elements::NONE, Dense::NONE);
        let head = Head { class, methods, type_id, as_dyn, elements, dense };
        m.new_foreign(Userdata { head, payload: Box::new(payload) }, 0, AUX)
    }
}

impl Fiber {
    /// A new userdata object; see [`new`].
    pub fn new_userdata<T: Payload>(&mut self, class: &'static UserdataClass, payload: T) -> Value {
        let (engine, m) = self.parts();
        new(engine, m, class, payload)
    }
}

/// The payload, if the object is a userdata with one of type `T`. The value must stay reachable while it is used.
#[inline]
pub fn get<T: Payload>(v: &Value) -> Option<&T> {
    Object::of(v)?.payload()
}

/// The class of a userdata object.
#[inline]
pub fn class(v: &Value) -> Option<&'static UserdataClass> {
    Object::of(v).map(|u| u.head().class)
}

/// Whether it is a userdata object, which can be indexed.
#[inline(always)]
pub fn has_fields(v: Value) -> bool {
    Object::of(&v).is_some()
}

/// What the elements of a userdata object are, if machine code may know.
pub fn dense_kind(v: Value) -> Option<DenseKind> {
    let dense = &Object::of(&v)?.head().dense;
    if dense.rows > 0 {
        Some(DenseKind::Grid)
    } else if dense.count > 0 {
        Some(DenseKind::Vector)
    } else {
        None
    }
}

/// Some row of an object that has rows, if one was ever asked for.
pub fn some_row(v: Value) -> Option<Value> {
    let views = Object::of(&v)?.head().dense.owner.as_ref()?;
    views.iter().map(|view| Value::from_bits(view.load(Relaxed))).find(|row| !row.is_nil())
}

/// Element `i` of a userdata object whose class has a short cut for it.
#[inline(always)]
pub fn quick_get(v: Value, i: i64) -> Option<Value> {
    let element = Object::of(&v)?.element(i);
    if element == Value::MARK { None } else { Some(element) }
}

/// Stores element `i` of a userdata object whose class has a short cut for it; whether it did.
#[inline(always)]
pub fn quick_set(v: Value, i: i64, value: Value) -> bool {
    Object::of(&v).is_some_and(|u| u.set_element(i, value))
}

/// What `tostring` gives, if its class says.
pub fn tostring(v: Value) -> Option<String> {
    let u = Object::of(&v)?;
    u.head().class.tostring.map(|f| f(u.payload_dyn()))
}

/// What `#` gives, if its class says.
pub fn len(v: Value) -> Option<i64> {
    let u = Object::of(&v)?;
    u.head().class.len.map(|f| f(u.payload_dyn()))
}

/// The function that `v:key()` calls, with the object as its first argument.
#[inline]
pub fn method(fiber: &mut Fiber, v: Value, key: Value) -> Option<Value> {
    let methods = Object::of(&v)?.head().methods;
    let found = methods.get(fiber.mutator(), key);
    if found.is_nil() { None } else { Some(found) }
}

/// `v.key`: a field, or a method bound to the object; nil if there is neither.
///
/// # Errors
/// What the class raises; `attempt to index a T value`.
#[inline(always)]
pub fn index(fiber: &mut Fiber, v: Value, key: Value) -> Result<Value, Thrown> {
    if key.is_small_int()
        && let Some(element) = quick_get(v, key.small_int_payload())
    {
        return Ok(element);
    }
    index_field(fiber, v, key)
}

#[inline(never)]
fn index_field(fiber: &mut Fiber, v: Value, key: Value) -> Result<Value, Thrown> {
    let Some(class) = class(&v) else {
        return Err(fiber.operand_error("index", v, crate::error::NO_OPERAND));
    };
    if let Some(get_field) = class.get_field {
        let found = get_field(fiber, v, key)?;
        if found != Value::MARK {
            return Ok(found);
        }
    }
    index_method(fiber, v, key)
}

fn index_method(fiber: &mut Fiber, v: Value, key: Value) -> Result<Value, Thrown> {
    match method(fiber, v, key) {
        Some(method) => Ok(bind(fiber, v, method)),
        None => Ok(Value::NIL),
    }
}

/// `v.key = value`.
///
/// # Errors
/// What the class raises; that it has no such field.
pub fn set_index(fiber: &mut Fiber, v: Value, key: Value, value: Value) -> Result<(), Thrown> {
    if key.is_small_int() && quick_set(v, key.small_int_payload(), value) {
        return Ok(());
    }
    if let Some(class) = class(&v)
        && let Some(set_field) = class.set_field
        && set_field(fiber, v, key, value)?
    {
        return Ok(());
    }
    Err(fiber.error("attempt to assign a field of a userdata value"))
}

/// A function that calls `method` with `object` in front of its arguments, unless the first one is `object`.
pub fn bind(fiber: &mut Fiber, object: Value, method: Value) -> Value {
    match Native::from_value(method) {
        // The bound function shows the method's name.
        Some(native) => {
            let entry = call_bound as *const () as usize;
            Native::new(fiber.mutator(), entry, native.descriptor(), &[object, method]).to_value()
        }
        None => method,
    }
}

fn call_bound(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (object, method) = (args.upvalue(0), args.upvalue(1));
    let mut count = args.count();
    // SAFETY: the window has its header before the arguments and slack behind them.
    unsafe {
        if args.get(0) != object || count == 0 {
            for i in (0..count as usize).rev() {
                (*args.base().add(i + 1)).store((*args.base().add(i)).load());
            }
            (*args.base()).store(object);
            count += 1;
        }
        let window = args.base().sub(WINDOW_HEADER);
        (*window).store(method);
        let native = Native::from_value_unchecked(method);
        Ok(Results(fiber.call_native(native, window, count)?))
    }
}

impl Args {
    /// Argument 0 of a method as the object's payload.
    ///
    /// # Errors
    /// A bad argument: the method was called without its object.
    #[inline(always)]
    pub fn receiver<'a, T: Payload>(self, fiber: &mut Fiber, object: &'a Value) -> Result<&'a T, Thrown> {
        match get::<T>(object) {
            Some(payload) => Ok(payload),
            None => Err(self.receiver_error(fiber, *object)),
        }
    }

    #[cold]
    #[inline(never)]
    fn receiver_error(self, fiber: &mut Fiber, object: Value) -> Thrown {
        let name = self.callee_name();
        let class = name.split(':').next().unwrap_or("object");
        let got = fiber.type_name_of(object);
        fiber.error(&format!("bad receiver of '{name}' ({class} expected, got {got})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineOptions;
    use runtime::heap::{Heap, HeapOptions};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

    /// Counts how many payloads are alive.
    struct Cells(AtomicU64, Arc<AtomicUsize>);
    impl Payload for Cells {}
    impl Drop for Cells {
        fn drop(&mut self) {
            self.1.fetch_sub(1, Relaxed);
        }
    }

    #[repr(align(64))]
    struct Wide(AtomicU64);
    impl Payload for Wide {}

    static CELLS: UserdataClass = UserdataClass::new("cells", &[])
        .with_tostring(|_| "cells".to_string())
        .with_fields(Some(|_, _, _| Ok(Value::TRUE)), Some(|_, _, _, _| Ok(true)))
        .with_elements::<Cells>(
            |cells, i| if i == 1 { Value::from_bits(cells.0.load(Relaxed)) } else { Value::MARK },
            |cells, i, v| {
                cells.0.store(v.bits(), Relaxed);
                i == 1
            },
        );
    static WIDE: UserdataClass = UserdataClass::new("wide", &[])
        .with_elements::<Wide>(|_, _| unreachable!("not inline"), |_, _, _| unreachable!("not inline"));

    fn machine() -> (Arc<Engine>, Mutator) {
        let heap = Heap::new(HeapOptions::default()).unwrap();
        let mut m = Mutator::new(heap.clone());
        (Engine::new(heap, &mut m, Box::new(std::io::sink()), EngineOptions::default()), m)
    }

    #[test]
    fn short_cuts_come_before_fields() {
        let (engine, mut m) = machine();
        let alive = Arc::new(AtomicUsize::new(1));
        let one = Value::int_unchecked(1);
        let v = new(&engine, &mut m, &CELLS, Cells(AtomicU64::new(one.bits()), alive.clone()));
        assert_eq!((quick_get(v, 1), quick_get(v, 2)), (Some(one), None));
        assert!(quick_set(v, 1, Value::FALSE) && !quick_set(v, 2, one));
        assert_eq!(quick_get(v, 1), Some(one));
        assert_eq!(get::<Cells>(&v).map(|c| c.0.load(Relaxed)), Some(one.bits()));
        assert!(get::<Wide>(&v).is_none());
        assert_eq!(tostring(v).as_deref(), Some("cells"));
        assert_eq!((quick_get(one, 1), quick_set(Value::NIL, 1, one)), (None, false));
        drop((m, engine));
        assert_eq!(alive.load(Relaxed), 0);
    }

    #[test]
    fn payloads_of_large_alignment_lie_in_a_box() {
        let (engine, mut m) = machine();
        let v = new(&engine, &mut m, &WIDE, Wide(AtomicU64::new(7)));
        let wide = get::<Wide>(&v).expect("it is one");
        assert_eq!((wide.0.load(Relaxed), std::ptr::from_ref(wide).addr() % 64), (7, 0));
        assert_eq!((quick_get(v, 1), quick_set(v, 1, v)), (None, false));
    }

    #[test]
    #[should_panic(expected = "objects of class 'wide' have payloads of another type")]
    fn class_with_short_cuts_takes_one_type() {
        let (engine, mut m) = machine();
        let alive = Arc::new(AtomicUsize::new(1));
        new(&engine, &mut m, &WIDE, Cells(AtomicU64::new(0), alive));
    }
}
