//! The functions of the universe that belong to no library: `print`, `type`, `pcall` and their like.

use bytecode::arith::Num;
use bytecode::intrinsic::Intrinsic;
use runtime::mutator::{Mutator, keep_alive};
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use vm::engine::{Engine, Meta};
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};

/// The functions, all of them global names.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("print", print),
    NativeDef::intrinsic("type", type_, Intrinsic::Type),
    NativeDef::new("tostring", tostring).with_quick(quick_tostring),
    NativeDef::new("tonumber", tonumber).with_quick(quick_tonumber),
    NativeDef::new("len", len),
    NativeDef::new("cap", cap),
    NativeDef::intrinsic("rawlen", rawlen, Intrinsic::RawLen),
    NativeDef::intrinsic("rawequal", rawequal, Intrinsic::RawEqual),
    NativeDef::intrinsic("rawget", rawget, Intrinsic::RawGet),
    NativeDef::new("rawset", rawset),
    NativeDef::intrinsic("setmetatable", setmetatable, Intrinsic::SetMetatable),
    NativeDef::new("getmetatable", getmetatable),
    NativeDef::intrinsic("select", select, Intrinsic::Select),
    NativeDef::intrinsic("unpack", unpack, Intrinsic::Unpack),
    NativeDef::new("error", error),
    NativeDef::intrinsic("pcall", pcall, Intrinsic::Pcall),
    NativeDef::new("xpcall", xpcall),
    NativeDef::new("assert", assert).with_quick(quick_assert),
    NativeDef::new("close", close),
    NativeDef::new("require", require),
    NativeDef::new("load", load),
    NativeDef::new("loadstring", loadstring),
    NativeDef::new("dofile", dofile),
    NativeDef::new("collectgarbage", collectgarbage),
];

static NEXT: NativeDef = NativeDef::intrinsic("next", next, Intrinsic::Next);
static IPAIRS_NEXT: NativeDef = NativeDef::intrinsic("ipairs_next", ipairs_next, Intrinsic::IpairsNext);

static PAIRS: NativeDef = NativeDef::intrinsic("pairs", pairs, Intrinsic::Pairs);
static IPAIRS: NativeDef = NativeDef::intrinsic("ipairs", ipairs, Intrinsic::Ipairs);

/// Defines the functions.
pub fn open(engine: &Engine, m: &mut Mutator) {
    engine.define_globals(m, FUNCTIONS);
    let next = engine.new_native(m, &NEXT);
    engine.set_universe(m, "next", next);
    // `pairs` and `ipairs` give the same iterator at each call: they carry it as an upvalue.
    let pairs = engine.new_native_with(m, &PAIRS, &[next]);
    engine.set_universe(m, "pairs", pairs);
    let ipairs_next = engine.new_native(m, &IPAIRS_NEXT);
    let ipairs = engine.new_native_with(m, &IPAIRS, &[ipairs_next]);
    engine.set_universe(m, "ipairs", ipairs);
}

/// Makes field `field` of library `library` the same value as the universe's `name`.
pub(crate) fn alias(engine: &Engine, m: &mut Mutator, name: &str, library: &str, field: &str) {
    let (name, library) = (m.intern(name.as_bytes()), m.intern(library.as_bytes()));
    let value = engine.universe().get_str(m.heap(), name);
    if let Some(table) = Table::from_value(engine.universe().get_str(m.heap(), library)) {
        engine.set_raw(m, table, field, value);
    }
}

fn print(fiber: &mut Fiber, args: Args) -> NativeResult {
    let mut line = Vec::with_capacity(64);
    for i in 0..args.count() {
        if i > 0 {
            line.push(b'\t');
        }
        let s = fiber.tostring(args.get(i))?;
        line.extend_from_slice(s.bytes(fiber.mutator()));
    }
    line.push(b'\n');
    fiber.write_output(&line)?;
    args.ret0()
}

fn type_(fiber: &mut Fiber, args: Args) -> NativeResult {
    // Without an argument the language gives "nil".
    let v = args.get(0);
    args.ret1(fiber.engine().type_name_value(v))
}

/// The short cuts: what is a string or a number already, and decimal digits.
fn quick_tostring(args: Args) -> Value {
    let v = args.get(0);
    if v.is_string() { v } else { Value::MARK }
}

fn quick_tonumber(args: Args) -> Value {
    let v = args.get(0);
    if args.count() != 1 {
        return Value::MARK;
    }
    if v.is_number() {
        return v;
    }
    match Str::from_value(v).and_then(Str::bytes_flat) {
        Some(digits @ [_, ..]) if digits.len() <= 14 && digits.iter().all(u8::is_ascii_digit) => {
            let n = digits.iter().fold(0, |n, digit| n * 10 + i64::from(digit - b'0'));
            Value::small_int(n).unwrap_or(Value::MARK)
        }
        _ => Value::MARK,
    }
}

fn quick_assert(args: Args) -> Value {
    let v = args.get(0);
    if args.count() == 1 && !v.is_falsy() { v } else { Value::MARK }
}

fn tostring(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.any(fiber, 0)?;
    let s = fiber.tostring(v)?;
    args.ret1(s.to_value())
}

fn tonumber(fiber: &mut Fiber, args: Args) -> NativeResult {
    if args.is_nil(1) {
        let v = args.any(fiber, 0)?;
        if v.is_number() {
            return args.ret1(v);
        }
        return match fiber.to_num(v) {
            Some(n) => {
                let v = fiber.num_value(n);
                args.ret1(v)
            }
            None => args.ret1(Value::NIL),
        };
    }
    let base = args.int(fiber, 1)?;
    let Some(s) = Str::from_value(args.get(0)) else {
        return Err(args.type_error(fiber, 0, "string"));
    };
    if !(2..=36).contains(&base) {
        return Err(args.bad(fiber, 1, "base out of range"));
    }
    let bytes = s.bytes(fiber.mutator());
    match parse_in_base(bytes, base) {
        Some(i) => {
            let v = fiber.mutator().int(i);
            args.ret1(v)
        }
        None => args.ret1(Value::NIL),
    }
}

/// Digits in a base, with sign and outer white space; the value wraps as integers do.
fn parse_in_base(text: &[u8], base: i64) -> Option<i64> {
    let text = text.trim_ascii();
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut n: i64 = 0;
    for &b in digits {
        let d = (b as char).to_digit(36)? as i64;
        if d >= base {
            return None;
        }
        n = n.wrapping_mul(base).wrapping_add(d);
    }
    Some(if negative { n.wrapping_neg() } else { n })
}

fn len(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.any(fiber, 0)?;
    let has_length =
        v.is_string() || v.is_table() || vm::channel::is_channel(v) || vm::userdata::len(v).is_some();
    if !has_length {
        return Err(args.type_error(fiber, 0, "string, table or channel"));
    }
    let n = fiber.len(v)?;
    args.ret1(n)
}

fn cap(fiber: &mut Fiber, args: Args) -> NativeResult {
    match vm::channel::cap(args.get(0)) {
        Some(n) => args.ret1(Value::int_unchecked(n as i64)),
        None => Err(args.type_error(fiber, 0, "channel")),
    }
}

fn rawlen(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.get(0);
    if let Some(t) = Table::from_value(v) {
        return args.ret1(Value::int_unchecked(t.len() as i64));
    }
    match Str::from_value(v) {
        Some(s) => args.ret1(Value::int_unchecked(s.len() as i64)),
        None => Err(args.type_error(fiber, 0, "table or string")),
    }
}

fn rawequal(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (a, b) = (args.any(fiber, 0)?, args.any(fiber, 1)?);
    let equal = fiber.raw_equal(a, b);
    args.ret1(Value::bool(equal))
}

fn rawget(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let key = args.any(fiber, 1)?;
    let v = t.get(fiber.mutator(), key);
    args.ret1(v)
}

fn rawset(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let (key, v) = (args.any(fiber, 1)?, args.any(fiber, 2)?);
    fiber.raw_set(t, key, v)?;
    args.ret1(t.to_value())
}

fn setmetatable(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    let mt = match args.get(1) {
        v if v.is_nil() && args.count() >= 2 => None,
        v => match Table::from_value(v) {
            Some(mt) => Some(mt),
            None => return Err(args.type_error(fiber, 1, "table or nil")),
        },
    };
    if fiber.metamethod(t.to_value(), Meta::Metatable).is_some() {
        return Err(fiber.error("cannot change a protected metatable"));
    }
    if t.set_metatable(fiber.mutator(), mt).is_err() {
        return Err(fiber.out_of_memory());
    }
    args.ret1(t.to_value())
}

fn getmetatable(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.any(fiber, 0)?;
    if let Some(protected) = fiber.metamethod(v, Meta::Metatable) {
        return args.ret1(protected);
    }
    let mt = fiber.metatable(v).map_or(Value::NIL, Table::to_value);
    args.ret1(mt)
}

fn next(fiber: &mut Fiber, args: Args) -> NativeResult {
    let t = args.table(fiber, 0)?;
    match t.next(fiber.mutator(), args.get(1)) {
        Ok(Some((k, v))) => args.ret2(k, v),
        Ok(None) => args.ret1(Value::NIL),
        Err(_) => Err(fiber.error("invalid key to 'next'")),
    }
}

fn pairs(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.any(fiber, 0)?;
    if let Some(h) = fiber.metamethod(v, Meta::Pairs) {
        let r = fiber.call(h, &[v])?;
        return args.ret3(r.get(0), r.get(1), r.get(2));
    }
    let t = args.table(fiber, 0)?;
    let next = args.upvalue(0);
    args.ret3(next, t.to_value(), Value::NIL)
}

fn ipairs(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.any(fiber, 0)?;
    let next = args.upvalue(0);
    args.ret3(next, v, Value::int_unchecked(0))
}

fn ipairs_next(fiber: &mut Fiber, args: Args) -> NativeResult {
    let i = args.int(fiber, 1)?.wrapping_add(1);
    let key = fiber.mutator().int(i);
    let v = fiber.index(args.get(0), key)?;
    if v.is_nil() { args.ret1(Value::NIL) } else { args.ret2(key, v) }
}

fn select(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = args.count().max(1) - 1;
    if let Some(s) = Str::from_value(args.get(0))
        && s.bytes(fiber.mutator()) == b"#"
    {
        return args.ret1(Value::int_unchecked(n as i64));
    }
    let i = args.int(fiber, 0)?;
    let first = if i > 0 {
        i.min(n as i64 + 1)
    } else if i < 0 && i >= -(n as i64) {
        n as i64 + 1 + i
    } else {
        return Err(args.bad(fiber, 0, "index out of range"));
    };
    args.ret_args_from(first as u32)
}

/// `unpack`, which is also `table.unpack`.
pub fn unpack(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.get(0);
    let Some(t) = Table::from_value(v) else {
        return Err(args.type_error(fiber, 0, "table"));
    };
    let i = args.opt_int(fiber, 1, 1)?;
    let j = if args.is_nil(2) {
        let n = fiber.len(v)?;
        match n.as_int() {
            Some(n) => n,
            None => return Err(fiber.error("object length is not an integer")),
        }
    } else {
        args.int(fiber, 2)?
    };
    if i > j {
        return args.ret0();
    }
    let count = (j as i128 - i as i128 + 1) as u128;
    if count > vm::fiber::RESULTS_MAX as u128 {
        return Err(fiber.error("too many results to unpack"));
    }
    if t.metatable(fiber.heap()).is_none() {
        return args.ret_with(fiber, count as usize, |fiber, n| t.get_int(fiber.mutator(), i + n as i64));
    }
    // Kept in a table: a coroutine that waits in a metamethod may be dropped, and would leave a vector behind.
    let values = fiber.mutator().new_table(0, 0);
    for n in 0..count as i64 {
        let key = fiber.mutator().int(i + n);
        let v = fiber.index(v, key)?;
        let place = fiber.mutator().int(n);
        fiber.raw_set(values, place, v)?;
    }
    let results = args.ret_with(fiber, count as usize, |fiber, n| values.get_int(fiber.mutator(), n as i64));
    keep_alive(values.to_value());
    results
}

fn error(fiber: &mut Fiber, args: Args) -> NativeResult {
    let level = args.opt_int(fiber, 1, 0)?;
    let v = args.get(0);
    if level >= 1
        && let Some(s) = Str::from_value(v)
    {
        let mut text = fiber.position(level.min(1 << 30) as usize).into_bytes();
        text.extend_from_slice(s.bytes(fiber.mutator()));
        let s = fiber.new_str(&text)?;
        return Err(fiber.throw(s.to_value()));
    }
    Err(fiber.throw(v))
}

fn pcall(fiber: &mut Fiber, args: Args) -> NativeResult {
    if args.count() == 0 {
        let message = fiber.new_str(b"bad argument #1 to 'pcall' (value expected)")?;
        return args.ret2(Value::FALSE, message.to_value());
    }
    match fiber.protected_call_args(args.get(0), args, 1, Value::MARK) {
        Ok(results) => fiber.ret_prefixed(args, Value::TRUE, results),
        Err(e) => protected_error(fiber, args, e),
    }
}

fn xpcall(fiber: &mut Fiber, args: Args) -> NativeResult {
    let handler = args.callable(fiber, 1)?;
    match fiber.protected_call_args(args.get(0), args, 2, handler) {
        Ok(results) => fiber.ret_prefixed(args, Value::TRUE, results),
        Err(e) => protected_error(fiber, args, e),
    }
}

/// What `pcall` gives for a caught error, unless the run is being ended, which nothing catches.
fn protected_error(fiber: &mut Fiber, args: Args, e: Value) -> NativeResult {
    if let Some(thrown) = fiber.pass_on_termination(e) {
        return Err(thrown);
    }
    args.ret2(Value::FALSE, e)
}

fn assert(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.any(fiber, 0)?;
    if !v.is_falsy() {
        return args.ret_args_from(0);
    }
    if args.count() > 1 { Err(fiber.throw(args.get(1))) } else { Err(fiber.error_plain("assertion failed")) }
}

fn close(fiber: &mut Fiber, args: Args) -> NativeResult {
    if !vm::channel::is_channel(args.get(0)) {
        return Err(args.type_error(fiber, 0, "channel"));
    }
    vm::channel::close(fiber, args.get(0))?;
    args.ret0()
}

fn require(fiber: &mut Fiber, args: Args) -> NativeResult {
    let name = args.str(fiber, 0)?;
    let v = fiber.require(name)?;
    args.ret1(v)
}

/// The chunk name that argument `i` gives, or the default.
fn chunk_name(fiber: &mut Fiber, args: Args, i: u32, default: &str) -> Result<String, Thrown> {
    Ok(match args.opt_str(fiber, i)? {
        Some(s) => String::from_utf8_lossy(s.bytes(fiber.mutator())).into_owned(),
        None => default.to_string(),
    })
}

fn load(fiber: &mut Fiber, args: Args) -> NativeResult {
    let source = args.str(fiber, 0)?;
    let name = chunk_name(fiber, args, 1, "(load)")?;
    let bytes = source.bytes(fiber.mutator());
    let globals = fiber.engine().main_globals();
    match fiber.load(bytes, &name, globals) {
        Ok(f) => args.ret1(f),
        Err(message) => {
            let s = fiber.new_str(message.as_bytes())?;
            args.ret2(Value::NIL, s.to_value())
        }
    }
}

fn loadstring(fiber: &mut Fiber, args: Args) -> NativeResult {
    let source = args.str(fiber, 0)?;
    let name = chunk_name(fiber, args, 1, "(load)")?;
    let bytes = source.bytes(fiber.mutator());
    let globals = fiber.engine().main_globals();
    match fiber.load(bytes, &name, globals) {
        Ok(f) => run_chunk(fiber, args, f),
        Err(message) => Err(fiber.throw_text(&message)),
    }
}

fn dofile(fiber: &mut Fiber, args: Args) -> NativeResult {
    let path = args.str(fiber, 0)?;
    let path = String::from_utf8_lossy(path.bytes(fiber.mutator())).into_owned();
    let globals = fiber.engine().main_globals();
    match fiber.load_file(std::path::Path::new(&path), &path, globals) {
        Ok(f) => run_chunk(fiber, args, f),
        Err(message) if message.starts_with("cannot open") => Err(fiber.error(&message)),
        Err(message) => Err(fiber.throw_text(&message)),
    }
}

fn run_chunk(fiber: &mut Fiber, args: Args, f: Value) -> NativeResult {
    let results = fiber.call(f, &[])?;
    let mut values = fiber.rooted_vec();
    values.extend(results.iter());
    args.ret(fiber, values.as_slice())
}

fn collectgarbage(fiber: &mut Fiber, args: Args) -> NativeResult {
    let option = chunk_name(fiber, args, 0, "collect")?;
    match option.as_str() {
        "collect" => {
            fiber.mutator().collect_full();
            args.ret1(Value::int_unchecked(0))
        }
        "count" => {
            let bytes = fiber.mutator().stats().live_bytes as f64;
            let v = fiber.num_value(Num::Float(bytes / 1024.0));
            args.ret1(v)
        }
        "stop" | "restart" | "step" | "incremental" | "generational" | "isrunning" | "setpause"
        | "setstepmul" => args.ret1(Value::int_unchecked(0)),
        _ => Err(args.bad(fiber, 0, &format!("invalid option '{option}'"))),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_in_base;

    #[test]
    fn bases_are_read() {
        assert_eq!(parse_in_base(b" ff ", 16), Some(255));
        assert_eq!(parse_in_base(b"-101", 2), Some(-5));
        assert_eq!(parse_in_base(b"zz", 36), Some(35 * 36 + 35));
        assert_eq!(parse_in_base(b"2", 2), None);
        assert_eq!(parse_in_base(b"", 10), None);
        assert_eq!(parse_in_base(b"-", 10), None);
    }
}
