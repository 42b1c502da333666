//! The `matrix` library: dense matrices of floats, indexed from 0.
//!
//! ```text
//!   matrix   rows, columns ──┬─> data: floats row by row
//!   row      start, columns ─┘
//! ```
//!
//! `m[r]` is an object of its own, made when it is first asked for and kept by the matrix: indexing allocates nothing
//! after that, and equal rows are the same object. The elements are words in memory outside the heap, which is on the
//! heap's account.

use crate::access;
use bytecode::intrinsic::Intrinsic;
use runtime::heap::ExternalBytes;
use runtime::heap::mark::Marker;
use runtime::mutator::Mutator;
use runtime::table::Table;
use runtime::value::Value;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use vm::convert;
use vm::engine::Engine;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};
use vm::userdata::{self, Payload, UserdataClass};

/// The library's functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("matrix.dense", dense),
    NativeDef::intrinsic("matrix.getf", getf, Intrinsic::MatrixGet).with_quick(quick_getf),
    NativeDef::intrinsic("matrix.setf", setf, Intrinsic::MatrixSet),
    NativeDef::new("matrix.rows", rows),
    NativeDef::new("matrix.cols", cols),
];

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    engine.define_library(m, "matrix", FUNCTIONS);
}

static MATRIX: UserdataClass = UserdataClass::new("matrix", &[])
    .with_len(|p| payload::<Matrix>(p).map_or(0, |m| m.rows as i64))
    .with_tostring(|p| match payload::<Matrix>(p) {
        Some(m) => format!("matrix: {} x {}", m.rows, m.cols),
        None => "matrix".to_string(),
    })
    .with_fields(Some(get_row), None)
    .with_elements::<Matrix>(quick_row, |_, _, _| false);

static ROW: UserdataClass = UserdataClass::new("matrix row", &[])
    .with_len(|p| payload::<Row>(p).map_or(0, |r| r.cols as i64))
    .with_tostring(|p| match payload::<Row>(p) {
        Some(r) => format!("matrix row: {}", r.cols),
        None => "matrix row".to_string(),
    })
    .with_fields(Some(get_element), Some(set_element))
    .with_elements::<Row>(quick_element, quick_set_element);

fn payload<T: Payload>(p: &dyn Payload) -> Option<&T> {
    let p: &dyn std::any::Any = p;
    p.downcast_ref()
}

/// The elements of a matrix and its rows.
struct Data {
    /// Bits of float values, row by row.
    elements: Box<[AtomicU64]>,
    _account: ExternalBytes,
}

struct Matrix {
    rows: usize,
    cols: usize,
    data: Arc<Data>,
    /// The row objects, nil where there is none yet.
    views: OnceLock<Box<[AtomicU64]>>,
}

struct Row {
    start: usize,
    cols: usize,
    data: Arc<Data>,
}

impl Payload for Matrix {
    fn trace(&self, marker: &mut Marker) {
        for view in self.views.get().into_iter().flatten() {
            marker.visit(Value::from_bits(view.load(Relaxed)));
        }
    }
}

impl Payload for Row {}

impl Matrix {
    /// The place of an element.
    #[inline(always)]
    fn place(&self, row: i64, col: i64) -> Option<&AtomicU64> {
        if row as u64 >= self.rows as u64 || col as u64 >= self.cols as u64 {
            return None;
        }
        self.data.elements.get(row as usize * self.cols + col as usize)
    }

    /// The object of a row, if it has been asked for.
    #[inline(always)]
    fn view(&self, row: i64) -> Option<Value> {
        let view = Value::from_bits(self.views.get()?.get(row as usize)?.load(Relaxed));
        if view.is_nil() { None } else { Some(view) }
    }
}

impl Row {
    /// The place of an element.
    #[inline(always)]
    fn place(&self, col: i64) -> Option<&AtomicU64> {
        if col as u64 >= self.cols as u64 {
            return None;
        }
        self.data.elements.get(self.start + col as usize)
    }
}

/// An integer key, also as a float.
#[inline]
fn index_of(key: Value) -> Option<i64> {
    if key.is_small_int() { Some(key.small_int_payload()) } else { convert::num(key)?.to_int() }
}

fn words(len: usize, word: u64) -> Option<Box<[AtomicU64]>> {
    let mut words = Vec::new();
    words.try_reserve_exact(len).ok()?;
    words.extend((0..len).map(|_| AtomicU64::new(word)));
    Some(words.into_boxed_slice())
}

fn dense(fiber: &mut Fiber, args: Args) -> NativeResult {
    let mut size = [0; 2];
    for (i, n) in (0..).zip(&mut size) {
        // What a 32-bit index can reach in each direction.
        *n = match u32::try_from(args.int(fiber, i)?) {
            Ok(n) => n as usize,
            Err(_) => return Err(args.bad(fiber, i, "size out of range")),
        };
    }
    let [rows, cols] = size;
    // Row objects are allocated only as they are used, but their places are part of the size.
    let size_bytes = rows.checked_mul(cols).and_then(|n| n.checked_add(rows)).and_then(|n| n.checked_mul(8));
    let elements = match size_bytes {
        Some(n) if fiber.mutator().has_room(n) => words(rows * cols, Value::float(0.0).bits()),
        _ => None,
    };
    let Some(elements) = elements else { return Err(fiber.out_of_memory()) };
    let account = fiber.mutator().external(elements.len() * 8 + rows * 8);
    let data = Arc::new(Data { elements, _account: account });
    let v = fiber.new_userdata(&MATRIX, Matrix { rows, cols, data, views: OnceLock::new() });
    args.ret1(v)
}

fn get_row(fiber: &mut Fiber, object: Value, key: Value) -> Result<Value, Thrown> {
    let (Some(m), Some(r)) = (userdata::get::<Matrix>(&object), index_of(key)) else {
        return Ok(Value::MARK);
    };
    if r as u64 >= m.rows as u64 {
        return Ok(Value::NIL);
    }
    match m.view(r) {
        Some(view) => Ok(view),
        None => new_row(fiber, m, r as usize),
    }
}

/// The short cut of `get_row`: a row that has been asked for before.
fn quick_row(m: &Matrix, r: i64) -> Value {
    m.view(r).unwrap_or(Value::MARK)
}

#[cold]
#[inline(never)]
fn new_row(fiber: &mut Fiber, m: &Matrix, r: usize) -> Result<Value, Thrown> {
    let views = match m.views.get() {
        Some(views) => views,
        None => match words(m.rows, Value::NIL.bits()) {
            Some(views) => m.views.get_or_init(|| views),
            None => return Err(fiber.out_of_memory()),
        },
    };
    let row = Row { start: r * m.cols, cols: m.cols, data: m.data.clone() };
    let view = fiber.new_userdata(&ROW, row);
    views[r].store(view.bits(), Relaxed);
    Ok(view)
}

fn get_element(_: &mut Fiber, object: Value, key: Value) -> Result<Value, Thrown> {
    match (userdata::get::<Row>(&object), index_of(key)) {
        (Some(row), Some(c)) => Ok(row.place(c).map_or(Value::NIL, |p| Value::from_bits(p.load(Relaxed)))),
        _ => Ok(Value::MARK),
    }
}

/// The short cut of `get_element`: a column in range.
fn quick_element(row: &Row, c: i64) -> Value {
    row.place(c).map_or(Value::MARK, |place| Value::from_bits(place.load(Relaxed)))
}

/// The short cut of `set_element`: a float, and a column in range.
fn quick_set_element(row: &Row, c: i64, v: Value) -> bool {
    match row.place(c) {
        Some(place) if v.is_float() => {
            place.store(v.bits(), Relaxed);
            true
        }
        _ => false,
    }
}

fn set_element(fiber: &mut Fiber, object: Value, key: Value, v: Value) -> Result<bool, Thrown> {
    let Some(row) = userdata::get::<Row>(&object) else { return Ok(false) };
    let Some(place) = index_of(key).and_then(|c| row.place(c)) else {
        return Err(fiber.error("index out of range"));
    };
    if v.is_float() {
        place.store(v.bits(), Relaxed);
        return Ok(true);
    }
    match fiber.to_num(v) {
        Some(n) => place.store(Value::float(n.to_float()).bits(), Relaxed),
        None => {
            let name = fiber.type_name_of(v);
            return Err(fiber.error(&format!("number expected, got {name}")));
        }
    }
    Ok(true)
}

/// The place of element `[args 1][args 2]` of a matrix.
#[inline]
fn place<'a>(fiber: &mut Fiber, args: Args, m: &'a Matrix) -> Result<&'a AtomicU64, Thrown> {
    let (r, c) = (args.int(fiber, 1)?, args.int(fiber, 2)?);
    match m.place(r, c) {
        Some(place) => Ok(place),
        None => Err(out_of_range(fiber, args, m, r)),
    }
}

#[cold]
#[inline(never)]
fn out_of_range(fiber: &mut Fiber, args: Args, m: &Matrix, row: i64) -> Thrown {
    let culprit = if (0..m.rows as i64).contains(&row) { 2 } else { 1 };
    args.bad(fiber, culprit, "index out of range")
}

/// The short cut of `getf`: a matrix and immediate integers in range.
fn quick_getf(args: Args) -> Value {
    if let Some([v, r, c]) = args.first()
        && r.is_small_int()
        && c.is_small_int()
        && let Some(m) = userdata::get::<Matrix>(&v)
        && let Some(place) = m.place(r.small_int_payload(), c.small_int_payload())
    {
        return Value::from_bits(place.load(Relaxed));
    }
    Value::MARK
}

fn getf(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.get(0);
    if let Some(m) = userdata::get::<Matrix>(&v) {
        let place = place(fiber, args, m)?;
        return args.ret1(Value::from_bits(place.load(Relaxed)));
    }
    let row = table_row(fiber, args)?;
    let element = fiber.index(row, args.get(2))?;
    match convert::num(element) {
        Some(n) => args.ret1(Value::float(n.to_float())),
        None => {
            let name = fiber.type_name_of(element);
            Err(args.bad(fiber, 0, &format!("number expected, got {name}")))
        }
    }
}

fn setf(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.get(0);
    if let Some(m) = userdata::get::<Matrix>(&v) {
        let place = place(fiber, args, m)?;
        let x = args.float(fiber, 3)?;
        place.store(Value::float(x).bits(), Relaxed);
        return args.ret0();
    }
    let row = table_row(fiber, args)?;
    args.num(fiber, 3)?;
    fiber.set_index(row, args.get(2), args.get(3))?;
    args.ret0()
}

/// Row `args 1` of a table of tables.
fn table_row(fiber: &mut Fiber, args: Args) -> Result<Value, Thrown> {
    let Some(t) = Table::from_value(args.get(0)) else {
        return Err(args.type_error(fiber, 0, "matrix"));
    };
    access::get(fiber, t, args.get(1))
}

fn rows(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.get(0);
    match userdata::get::<Matrix>(&v) {
        Some(m) => args.ret1(Value::int_unchecked(m.rows as i64)),
        None => Err(args.type_error(fiber, 0, "matrix")),
    }
}

fn cols(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.get(0);
    match userdata::get::<Matrix>(&v) {
        Some(m) => args.ret1(Value::int_unchecked(m.cols as i64)),
        None => Err(args.type_error(fiber, 0, "matrix")),
    }
}
