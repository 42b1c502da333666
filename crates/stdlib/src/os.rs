//! The `os` library: the clock, the environment, files by name, the process.
//!
//! The environment is the program's own copy, made when it is first asked for: the host's is never written. Text and
//! calendar of dates are those of the `time` library.

use crate::access;
use crate::system;
use crate::time::civil;
use crate::time::layout;
use crate::time::moment::{self, Moment, new_record};
use crate::time::{bad_token, write::write, zone};
use bytecode::arith::Num;
use runtime::mutator::{Mutator, keep_alive};
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vm::engine::Engine;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};

/// The library's functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("os.time", time),
    NativeDef::new("os.date", date),
    NativeDef::new("os.clock", clock),
    NativeDef::new("os.difftime", difftime),
    NativeDef::new("os.getenv", getenv),
    NativeDef::new("os.setenv", setenv),
    NativeDef::new("os.unsetenv", unsetenv),
    NativeDef::new("os.expand", expand),
    NativeDef::new("os.exit", exit),
    NativeDef::new("os.remove", remove),
    NativeDef::new("os.rename", rename),
    NativeDef::new("os.tmpname", tmpname),
    NativeDef::new("os.args", program_args),
    NativeDef::new("os.hostname", hostname),
    NativeDef::new("os.getpid", getpid),
];

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    engine.define_library(m, "os", FUNCTIONS);
}

// ---- time ---------------------------------------------------------------------------------------------------------

/// Field `name` of a date table.
fn date_field(fiber: &mut Fiber, t: Table, name: &str, default: Option<i64>) -> Result<i64, Thrown> {
    let v = access::field(fiber, t, name)?;
    match fiber.to_num(v).map(Num::to_int) {
        Some(Some(n)) => Ok(n),
        None if v.is_nil() => match default {
            Some(n) => Ok(n),
            None => Err(fiber.error(&format!("field '{name}' missing in date table"))),
        },
        _ => Err(fiber.error(&format!("field '{name}' is not an integer"))),
    }
}

/// The fields of a date table at an instant.
fn date_fields(c: &civil::Civil, is_dst: bool) -> [(&'static str, Value); 9] {
    let int = |n: u32| Value::int_unchecked(n as i64);
    [
        ("year", Value::int_unchecked(c.year)),
        ("month", int(c.month)),
        ("day", int(c.day)),
        ("hour", int(c.hour)),
        ("min", int(c.min)),
        ("sec", int(c.sec)),
        ("wday", int(c.weekday + 1)),
        ("yday", int(c.yearday)),
        ("isdst", Value::bool(is_dst)),
    ]
}

fn time(fiber: &mut Fiber, args: Args) -> NativeResult {
    if args.is_nil(0) {
        return args.ret1(Value::int_unchecked(moment::now().0));
    }
    let t = args.table(fiber, 0)?;
    let year = date_field(fiber, t, "year", None)?;
    let month = date_field(fiber, t, "month", None)?;
    let day = date_field(fiber, t, "day", None)?;
    let hour = date_field(fiber, t, "hour", Some(12))?;
    let min = date_field(fiber, t, "min", Some(0))?;
    let sec = date_field(fiber, t, "sec", Some(0))?;
    let Some(local) = civil::seconds_of(year, month, day, hour, min, sec) else {
        return Err(fiber.error("time result cannot be represented"));
    };
    let seconds = zone::utc_of_local(local);
    let at = zone::offset_at(seconds);
    for (name, v) in date_fields(&civil::civil_of(seconds + at.offset as i64), at.is_dst) {
        let key = fiber.mutator().intern(name.as_bytes());
        access::set(fiber, t, key.to_value(), v)?;
    }
    args.ret1(Value::int_unchecked(seconds))
}

fn date(fiber: &mut Fiber, args: Args) -> NativeResult {
    let format = args.opt_str(fiber, 0)?;
    let seconds = if args.is_nil(1) { moment::now().0 } else { args.int(fiber, 1)? };
    if seconds.unsigned_abs() > civil::SECONDS_MAX as u64 {
        return Err(args.bad(fiber, 1, "time out of range"));
    }
    let format = match format {
        Some(s) => s.bytes(fiber.mutator()),
        None => b"%c",
    };
    let (is_utc, format) = match format.strip_prefix(b"!") {
        Some(rest) => (true, rest),
        None => (false, format),
    };
    let local = if is_utc { None } else { Some(zone::offset_at(seconds)) };
    let is_dst = local.as_ref().is_some_and(|local| local.is_dst);
    let moment = match local {
        Some(local) => Moment { seconds, nanos: 0, offset: local.offset, zone: local.name },
        None => Moment::utc(seconds, 0),
    };
    if format.starts_with(b"*t") {
        return match new_record(fiber.mutator(), &date_fields(&moment.civil(), is_dst)) {
            Ok(t) => args.ret1(t.to_value()),
            Err(_) => Err(fiber.out_of_memory()),
        };
    }
    let parts = match layout::compile_tokens(format) {
        Ok(parts) => parts,
        Err(bad) => return Err(bad_token(fiber, args, 0, &bad)),
    };
    keep_alive(args.get(0));
    let mut out = Vec::new();
    write(&mut out, &moment, &parts);
    let text = access::text(fiber, &out)?;
    args.ret1(text)
}

#[cfg(unix)]
fn processor_seconds() -> f64 {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    t.tv_sec as f64 + t.tv_nsec as f64 / 1e9
}

/// Where the processor's time cannot be had, the time since the first call.
#[cfg(not(unix))]
fn processor_seconds() -> f64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed().as_secs_f64()
}

fn clock(_: &mut Fiber, args: Args) -> NativeResult {
    args.ret1(Value::float(processor_seconds()))
}

fn difftime(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (a, b) = (args.float(fiber, 0)?, args.float(fiber, 1)?);
    args.ret1(Value::float(a - b))
}

// ---- environment --------------------------------------------------------------------------------------------------

/// The program's environment.
pub(crate) struct Environment {
    variables: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl Environment {
    /// The program's environment, copied from the host's on first use.
    pub(crate) fn of(engine: &Engine) -> Arc<Environment> {
        engine.extension(|| {
            let variables = std::env::vars_os().map(|(k, v)| (system::os_bytes(k), system::os_bytes(v)));
            Environment { variables: Mutex::new(variables.collect()) }
        })
    }

    /// The variables.
    pub(crate) fn lock(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Vec<u8>>> {
        self.variables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Argument 0 as the name of a variable; `None` if there can be no such one.
fn variable_name(fiber: &mut Fiber, args: Args) -> Result<Option<Vec<u8>>, Thrown> {
    let name = args.str(fiber, 0)?;
    let name = name.bytes(fiber.mutator());
    let is_usable = !name.is_empty() && !name.contains(&b'=') && !name.contains(&0);
    Ok(is_usable.then(|| name.to_vec()))
}

fn getenv(fiber: &mut Fiber, args: Args) -> NativeResult {
    let Some(name) = variable_name(fiber, args)? else {
        return system::refusal(fiber, args, "getenv: invalid name");
    };
    let found = Environment::of(fiber.engine()).lock().get(&name).cloned();
    let v = match found {
        Some(text) => access::text(fiber, &text)?,
        None => Value::NIL,
    };
    args.ret1(v)
}

fn setenv(fiber: &mut Fiber, args: Args) -> NativeResult {
    let name = variable_name(fiber, args)?;
    let text = args.str(fiber, 1)?;
    let text = text.bytes(fiber.mutator()).to_vec();
    let Some(name) = name else {
        return system::refusal(fiber, args, "setenv: invalid name");
    };
    if text.contains(&0) {
        return system::refusal(fiber, args, "setenv: invalid value");
    }
    Environment::of(fiber.engine()).lock().insert(name, text);
    args.ret1(Value::TRUE)
}

fn unsetenv(fiber: &mut Fiber, args: Args) -> NativeResult {
    let Some(name) = variable_name(fiber, args)? else {
        return system::refusal(fiber, args, "unsetenv: invalid name");
    };
    Environment::of(fiber.engine()).lock().remove(&name);
    args.ret1(Value::TRUE)
}

fn expand(fiber: &mut Fiber, args: Args) -> NativeResult {
    let text = args.str(fiber, 0)?;
    let bytes = text.bytes(fiber.mutator());
    let environment = Environment::of(fiber.engine());
    let out = expand_variables(bytes, |name, out| {
        if let Some(value) = environment.lock().get(name) {
            out.extend_from_slice(value);
        }
    });
    keep_alive(text.to_value());
    let v = access::text(fiber, &out)?;
    args.ret1(v)
}

/// Replaces `$NAME` and `${NAME}`; a dollar sign that begins neither stays.
fn expand_variables(text: &[u8], push: impl Fn(&[u8], &mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'$', rest) {
        out.extend_from_slice(&rest[..at]);
        let behind = &rest[at + 1..];
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
        let len = behind.iter().take_while(|b| is_name(b)).count();
        let braced = behind.strip_prefix(b"{").and_then(|inner| {
            let len = inner.iter().take_while(|b| is_name(b)).count();
            (len > 0 && inner.get(len) == Some(&b'}')).then(|| &inner[..len])
        });
        if let Some(name) = braced {
            push(name, &mut out);
            rest = &behind[name.len() + 2..];
        } else if len > 0 && !behind[0].is_ascii_digit() {
            push(&behind[..len], &mut out);
            rest = &behind[len..];
        } else {
            out.push(b'$');
            rest = behind;
        }
    }
    out.extend_from_slice(rest);
    out
}

// ---- files --------------------------------------------------------------------------------------------------------

fn shown(fiber: &mut Fiber, s: Str) -> String {
    String::from_utf8_lossy(s.bytes(fiber.mutator())).into_owned()
}

fn remove(fiber: &mut Fiber, args: Args) -> NativeResult {
    let name = args.str(fiber, 0)?;
    let path = system::path_arg(fiber, args, 0)?;
    let result = vm::blocking::run(fiber, move || match std::fs::remove_file(&path) {
        Err(e) if is_directory_error(&e) && path.is_dir() && !path.is_symlink() => std::fs::remove_dir(&path),
        other => other,
    })?;
    match result {
        Ok(()) => args.ret1(Value::TRUE),
        Err(e) => {
            let name = shown(fiber, name);
            system::failure(fiber, args, "remove", &name, &e)
        }
    }
}

/// Whether this may be what systems say if a directory is removed as a file.
fn is_directory_error(e: &std::io::Error) -> bool {
    matches!(e.kind(), ErrorKind::IsADirectory | ErrorKind::PermissionDenied)
}

fn rename(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (name, _) = (args.str(fiber, 0)?, args.str(fiber, 1)?);
    let (from, to) = (system::path_arg(fiber, args, 0)?, system::path_arg(fiber, args, 1)?);
    match vm::blocking::run(fiber, move || std::fs::rename(from, to))? {
        Ok(()) => args.ret1(Value::TRUE),
        Err(e) => {
            let name = shown(fiber, name);
            system::failure(fiber, args, "rename", &name, &e)
        }
    }
}

fn tmpname(fiber: &mut Fiber, args: Args) -> NativeResult {
    const TRIES: u32 = 100;
    let directory = std::env::temp_dir();
    let mut result = Err(std::io::Error::from(ErrorKind::AlreadyExists));
    for _ in 0..TRIES {
        // Names need not be hard to guess: an existing file is never opened.
        let path = directory.join(format!("gscript_{:012x}", fresh_number() & 0xFFFF_FFFF_FFFF));
        result = private_options().open(&path).map(|_| path);
        if !matches!(&result, Err(e) if e.kind() == ErrorKind::AlreadyExists) {
            break;
        }
    }
    match result {
        Ok(path) => {
            let name = access::text(fiber, &system::os_bytes(path.into_os_string()))?;
            args.ret1(name)
        }
        Err(e) => system::failure(fiber, args, "open", &directory.to_string_lossy(), &e),
    }
}

/// Creates a new file that only its owner can read.
fn private_options() -> std::fs::OpenOptions {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A number that differs from call to call and from process to process.
fn fresh_number() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.finish()
}

// ---- process ------------------------------------------------------------------------------------------------------

fn exit(fiber: &mut Fiber, args: Args) -> NativeResult {
    let status = match args.get(0) {
        Value::TRUE => 0,
        Value::FALSE => 1,
        _ => args.opt_int(fiber, 0, 0)? as i32,
    };
    // The host flushes again when the run is over, and hears of what still cannot be written.
    let _ = crate::io::flush_all(fiber.engine());
    Err(fiber.exit(status))
}

fn program_args(fiber: &mut Fiber, args: Args) -> NativeResult {
    let list = fiber.mutator().new_table(0, 0);
    let engine = fiber.engine().clone();
    for arg in &engine.options.script_args {
        let v = access::text(fiber, &system::os_bytes(arg.clone()))?;
        access::append(fiber, list, v)?;
    }
    args.ret1(list.to_value())
}

#[cfg(unix)]
fn host_name() -> Vec<u8> {
    rustix::system::uname().nodename().to_bytes().to_vec()
}

#[cfg(not(unix))]
fn host_name() -> Vec<u8> {
    std::env::var_os("COMPUTERNAME").map(system::os_bytes).unwrap_or_else(|| b"localhost".to_vec())
}

fn hostname(fiber: &mut Fiber, args: Args) -> NativeResult {
    let name = access::text(fiber, &host_name())?;
    args.ret1(name)
}

fn getpid(_: &mut Fiber, args: Args) -> NativeResult {
    args.ret1(Value::int_unchecked(std::process::id() as i64))
}

#[cfg(test)]
mod tests {
    use super::expand_variables;

    #[test]
    fn variables_are_replaced() {
        let expanded = |text: &str| {
            let out = expand_variables(text.as_bytes(), |name, out| match name {
                b"A" => out.extend_from_slice(b"1"),
                b"A_B" => out.extend_from_slice(b"two"),
                _ => {}
            });
            String::from_utf8(out).unwrap()
        };
        assert_eq!(expanded("$A-${A}B-$A_B-$NONE."), "1-1B-two-.");
        assert_eq!(expanded("$ $$A ${A $1 ${} ${x y} 5$"), "$ $1 ${A $1 ${} ${x y} 5$");
    }
}
