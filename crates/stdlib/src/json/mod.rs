//! The `json` library.
//!
//! Encoder (`encode.rs`) and decoder (`decode.rs`) work directly between text and tables, without an intermediate tree and
//! without recursion: nesting is on stacks of their own, so that its bound does not depend on the native stack.

mod decode;
mod encode;

use runtime::mutator::Mutator;
use runtime::value::Value;
use vm::engine::Engine;
use vm::native::NativeDef;
use vm::userdata::{self, Payload, UserdataClass};

/// Deepest nesting of arrays and objects.
const DEPTH_MAX: usize = 1000;

/// The functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("json.encode", encode::encode),
    NativeDef::new("json.pretty", encode::pretty),
    NativeDef::new("json.decode", decode::decode),
];

/// A value that stands for a text.
struct Constant {
    text: &'static str,
}

impl Payload for Constant {}

static CLASS: UserdataClass = UserdataClass::new("json", &[]).with_tostring(|payload| {
    let payload: &dyn std::any::Any = payload;
    payload.downcast_ref::<Constant>().map_or("json", |c| c.text).to_string()
});

/// The text that a value stands for, if it is one of the library's constants.
fn constant_text(v: Value) -> Option<&'static str> {
    userdata::get::<Constant>(&v).map(|c| c.text)
}

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    let library = engine.define_library(m, "json", FUNCTIONS);
    for (name, text) in [("null", "null"), ("emptyArray", "[]")] {
        let v = userdata::new(engine, m, &CLASS, Constant { text });
        engine.set_raw(m, library, name, v);
    }
}
