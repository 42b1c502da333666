//! The `matrix` library: dense matrices of floats, indexed from 0.
//!
//! ```text
//!   matrix   rows, columns ──┬─> data: floats row by row
//!   row      start, columns ─┘
//! ```
//!
//! `m[r]` is an object of its own, made when it is first asked for and kept by the matrix: indexing allocates nothing
//! after that, and equal rows are the same object. The elements are a storage of the heap, which machine code knows, see
//! `vm/userdata.rs`.

use crate::access;
use bytecode::intrinsic::Intrinsic;
use runtime::heap::ExternalBytes;
use runtime::mutator::Mutator;
use runtime::table::{Floats, Table};
use runtime::value::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use vm::convert;
use vm::engine::Engine;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};
use vm::userdata::{self, Dense, Payload, UserdataClass};

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

struct Matrix {
    rows: usize,
    cols: usize,
    /// Row by row.
    floats: Floats,
    /// The row objects, nil where there is none yet.
    views: Arc<[AtomicU64]>,
    _account: ExternalBytes,
}

struct Row {
    start: usize,
    cols: usize,
    floats: Floats,
}

impl Payload for Matrix {
    fn dense(&self) -> Dense {
        Dense::grid(self.floats, self.views.clone(), self.cols)
    }
}

impl Payload for Row {
    fn dense(&self) -> Dense {
        Dense::vector(self.floats, self.start, self.cols)
    }
}

impl Matrix {
    /// The number of an element's float.
    #[inline(always)]
    fn place(&self, row: i64, col: i64) -> Option<usize> {
        if row as u64 >= self.rows as u64 || col as u64 >= self.cols as u64 {
            return None;
        }
        Some(row as usize * self.cols + col as usize)
    }

    /// The object of a row, if it has been asked for.
    #[inline(always)]
    fn view(&self, row: i64) -> Option<Value> {
        let view = Value::from_bits(self.views.get(row as usize)?.load(Relaxed));
        if view.is_nil() { None } else { Some(view) }
    }
}

impl Row {
    /// The number of an element's float.
    #[inline(always)]
    fn place(&self, col: i64) -> Option<usize> {
        if (col as u64) < self.cols as u64 { Some(self.start + col as usize) } else { None }
    }

    #[inline(always)]
    fn get(&self, col: i64) -> Option<Value> {
        self.floats.get(self.place(col)?)
    }
}

/// An integer key, also as a float.
#[inline]
fn index_of(key: Value) -> Option<i64> {
    if key.is_small_int() { Some(key.small_int_payload()) } else { convert::num(key)?.to_int() }
}

fn words(len: usize, word: u64) -> Option<Arc<[AtomicU64]>> {
    let mut words = Vec::new();
    words.try_reserve_exact(len).ok()?;
    words.extend((0..len).map(|_| AtomicU64::new(word)));
    Some(words.into())
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
    let parts = match size_bytes {
        Some(n) if fiber.mutator().has_room(n) => {
            (words(rows, Value::NIL.bits())).zip(Floats::new(fiber.mutator(), rows * cols).ok())
        }
        _ => None,
    };
    let Some((views, floats)) = parts else { return Err(fiber.out_of_memory()) };
    let account = fiber.mutator().external(rows * 8);
    let v = fiber.new_userdata(&MATRIX, Matrix { rows, cols, floats, views, _account: account });
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
        None => Ok(new_row(fiber, m, r as usize)),
    }
}

/// The short cut of `get_row`: a row that has been asked for before.
fn quick_row(m: &Matrix, r: i64) -> Value {
    m.view(r).unwrap_or(Value::MARK)
}

#[cold]
#[inline(never)]
fn new_row(fiber: &mut Fiber, m: &Matrix, r: usize) -> Value {
    let row = Row { start: r * m.cols, cols: m.cols, floats: m.floats };
    let view = fiber.new_userdata(&ROW, row);
    m.views[r].store(view.bits(), Relaxed);
    view
}

fn get_element(_: &mut Fiber, object: Value, key: Value) -> Result<Value, Thrown> {
    match (userdata::get::<Row>(&object), index_of(key)) {
        (Some(row), Some(c)) => Ok(row.get(c).unwrap_or(Value::NIL)),
        _ => Ok(Value::MARK),
    }
}

/// The short cut of `get_element`: a column in range.
fn quick_element(row: &Row, c: i64) -> Value {
    row.get(c).unwrap_or(Value::MARK)
}

/// The short cut of `set_element`: a float, and a column in range.
fn quick_set_element(row: &Row, c: i64, v: Value) -> bool {
    match (row.place(c), v.as_float()) {
        (Some(place), Some(x)) => row.floats.set(place, x),
        _ => false,
    }
}

fn set_element(fiber: &mut Fiber, object: Value, key: Value, v: Value) -> Result<bool, Thrown> {
    let Some(row) = userdata::get::<Row>(&object) else { return Ok(false) };
    let Some(place) = index_of(key).and_then(|c| row.place(c)) else {
        return Err(fiber.error("index out of range"));
    };
    match fiber.to_num(v) {
        Some(n) => Ok(row.floats.set(place, n.to_float())),
        None => {
            let name = fiber.type_name_of(v);
            Err(fiber.error(&format!("number expected, got {name}")))
        }
    }
}

/// The number of the float of element `[args 1][args 2]` of a matrix.
#[inline]
fn place(fiber: &mut Fiber, args: Args, m: &Matrix) -> Result<usize, Thrown> {
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
        && let Some(element) = m.floats.get(place)
    {
        return element;
    }
    Value::MARK
}

fn getf(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.get(0);
    if let Some(m) = userdata::get::<Matrix>(&v) {
        let place = place(fiber, args, m)?;
        return args.ret1(m.floats.get(place).unwrap_or(Value::NIL));
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
        m.floats.set(place, x);
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
