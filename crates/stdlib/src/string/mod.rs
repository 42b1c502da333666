//! The `string` library, whose functions are also the methods of strings.
//!
//! - `basic.rs`: bytes, parts, repetition, case.
//! - `plain.rs`: splitting, trimming, padding and whatever else takes texts as they are.
//! - `pattern.rs`, `matcher.rs`, `find.rs`: Lua patterns.
//! - `format.rs`, `number.rs`: `string.format`.
//! - `cache.rs`: patterns and formats that were compiled lately.

mod basic;
mod cache;
mod find;
mod format;
mod matcher;
pub(crate) mod number;
mod pattern;
mod plain;

use bytecode::intrinsic::Intrinsic;
use runtime::mutator::Mutator;
use vm::engine::Engine;
use vm::native::NativeDef;

/// The functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::intrinsic("string.len", basic::len, Intrinsic::StringLen),
    NativeDef::intrinsic("string.sub", basic::sub, Intrinsic::StringSub),
    NativeDef::intrinsic("string.byte", basic::byte, Intrinsic::StringByte).with_quick(basic::quick_byte),
    NativeDef::intrinsic("string.char", basic::char, Intrinsic::StringChar),
    NativeDef::new("string.upper", basic::upper),
    NativeDef::new("string.lower", basic::lower),
    NativeDef::new("string.rep", basic::rep),
    NativeDef::new("string.repeat", basic::rep),
    NativeDef::new("string.reverse", basic::reverse),
    NativeDef::new("string.find", find::find).prepared_for(1, find::prepare_find),
    NativeDef::new("string.match", find::match_).prepared_for(1, find::prepare_match),
    NativeDef::new("string.gmatch", find::gmatch).prepared_for(1, find::prepare_gmatch),
    NativeDef::new("string.gsub", find::gsub).prepared_for(1, find::prepare_gsub),
    NativeDef::new("string.format", format::format).prepared_for(0, format::prepare),
    NativeDef::new("string.split", plain::split),
    NativeDef::new("string.trim", plain::trim),
    NativeDef::new("string.trimLeft", plain::trim_left),
    NativeDef::new("string.trimRight", plain::trim_right),
    NativeDef::new("string.hasPrefix", plain::has_prefix),
    NativeDef::new("string.hasSuffix", plain::has_suffix),
    NativeDef::new("string.contains", plain::contains),
    NativeDef::new("string.count", plain::count),
    NativeDef::new("string.replaceAll", plain::replace_all),
    NativeDef::new("string.join", plain::join),
    NativeDef::new("string.title", plain::title),
    NativeDef::new("string.padLeft", plain::pad_left),
    NativeDef::new("string.padRight", plain::pad_right),
    NativeDef::new("string.isNumeric", plain::is_numeric),
];

/// Defines the library and makes its functions the methods of strings.
pub fn open(engine: &Engine, m: &mut Mutator) {
    let library = engine.define_library(m, "string", FUNCTIONS);
    engine.set_raw(m, engine.string_metatable(), "__index", library.to_value());
}
