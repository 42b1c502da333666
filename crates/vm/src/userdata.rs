//! Userdata: Rust values with methods, as libraries and hosts define them.
//!
//! A class is a static table of native functions whose first argument is the object. Each engine makes the functions of a
//! class once, in a *method table* that its objects share. `obj:method(a)` finds the function there and passes the object;
//! `obj.method` makes a function bound to the object, which drops its first argument when that is the object, so that
//! `obj.method(a)`, `obj.method(obj, a)` and `obj:method(a)` are the same call.
//!
//! A class may answer for its own fields, length and text; most do not.

use crate::engine::Engine;
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::native::{Args, NativeDef, NativeResult, Results, WINDOW_HEADER};
use runtime::closure::Native;
use runtime::heap::foreign::Foreign;
use runtime::heap::mark::Marker;
use runtime::mutator::Mutator;
use runtime::table::Table;
use runtime::value::Value;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Reads a field of an object: `Value::MARK` lets the methods be looked at (a word, so that the result stays in registers).
pub type GetField = fn(&mut Fiber, object: Value, key: Value) -> Result<Value, Thrown>;
/// Writes a field of an object: `false` if it has no such field.
pub type SetField = fn(&mut Fiber, object: Value, key: Value, value: Value) -> Result<bool, Thrown>;

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
}

impl UserdataClass {
    /// A class with methods only.
    pub const fn new(name: &'static str, methods: &'static [NativeDef]) -> UserdataClass {
        UserdataClass { name, methods, tostring: None, len: None, get_field: None, set_field: None }
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
}

/// A Rust value behind a userdata object.
pub trait Payload: Any + Send {
    /// Visits every value that it holds. Runs in a pause: it must not wait for a lock that is held across an allocation.
    fn trace(&self, marker: &mut Marker) {
        let _ = marker;
    }
}

/// `aux` of userdata objects.
const AUX: u8 = 3;

/// A userdata object.
struct Userdata {
    class: &'static UserdataClass,
    methods: Table,
    /// The payload's type, so that access needs no virtual call.
    type_id: TypeId,
    payload: Box<dyn Payload>,
}

// SAFETY: the payload is `Send`; the table is a heap reference, which any worker may hold.
unsafe impl Send for Userdata {}

impl Userdata {
    /// The userdata in a value.
    #[inline(always)]
    fn of(v: &Value) -> Option<&Userdata> {
        // SAFETY: `new` alone uses this `aux`.
        unsafe { v.as_foreign_marked::<Userdata>(AUX) }
    }
}

impl Foreign for Userdata {
    fn trace(&self, marker: &mut Marker) {
        marker.visit(self.methods.to_value());
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
pub fn new<T: Payload>(engine: &Engine, m: &mut Mutator, class: &'static UserdataClass, payload: T) -> Value {
    let methods = method_table(engine, m, class);
    let type_id = TypeId::of::<T>();
    m.new_foreign(Userdata { class, methods, type_id, payload: Box::new(payload) }, 0, AUX)
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
    let u = Userdata::of(v)?;
    if u.type_id != TypeId::of::<T>() {
        return None;
    }
    // SAFETY: `new` stored the type of the payload beside it.
    Some(unsafe { &*std::ptr::from_ref(&*u.payload).cast::<T>() })
}

/// The class of a userdata object.
#[inline]
pub fn class(v: &Value) -> Option<&'static UserdataClass> {
    Userdata::of(v).map(|u| u.class)
}

/// Whether it is a userdata object, which can be indexed.
#[inline(always)]
pub fn has_fields(v: Value) -> bool {
    Userdata::of(&v).is_some()
}

/// What `tostring` gives, if its class says.
pub fn tostring(v: Value) -> Option<String> {
    let u = Userdata::of(&v)?;
    u.class.tostring.map(|f| f(&*u.payload))
}

/// What `#` gives, if its class says.
pub fn len(v: Value) -> Option<i64> {
    let u = Userdata::of(&v)?;
    u.class.len.map(|f| f(&*u.payload))
}

/// The function that `v:key()` calls, with the object as its first argument.
#[inline]
pub fn method(fiber: &mut Fiber, v: Value, key: Value) -> Option<Value> {
    let methods = Userdata::of(&v)?.methods;
    let found = methods.get(fiber.mutator(), key);
    if found.is_nil() { None } else { Some(found) }
}

/// `v.key`: a field, or a method bound to the object; nil if there is neither.
///
/// # Errors
/// What the class raises; `attempt to index a T value`.
#[inline]
pub fn index(fiber: &mut Fiber, v: Value, key: Value) -> Result<Value, Thrown> {
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

#[inline(never)]
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
    pub fn receiver<'a, T: Payload>(self, fiber: &mut Fiber, object: &'a Value) -> Result<&'a T, Thrown> {
        match get::<T>(object) {
            Some(payload) => Ok(payload),
            None => {
                let class = self.callee_name().split(':').next().unwrap_or("object");
                let got = fiber.type_name_of(*object);
                Err(fiber.error(&format!(
                    "bad receiver of '{}' ({class} expected, got {got})",
                    self.callee_name()
                )))
            }
        }
    }
}
