//! The `time` library: time tables, their text, sleeping and timers.
//!
//! `moment` has instants and the tables that scripts see, `civil` the calendar, `zone` the local time zone; layouts are
//! compiled by `layout`, printed by `write` and read by `parse`. The `os` library shares them.

pub(crate) mod civil;
pub(crate) mod layout;
pub(crate) mod moment;
mod parse;
pub(crate) mod write;
pub(crate) mod zone;

use crate::access;
use crate::system;
use layout::{BadToken, Part};
use moment::{Moment, NANOS};
use runtime::heap::OutOfMemory;
use runtime::mutator::{Mutator, keep_alive};
use runtime::value::Value;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use vm::engine::Engine;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};
use vm::{channel, sched};

/// The library's functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("time.now", now),
    NativeDef::new("time.monotonic", monotonic),
    NativeDef::new("time.sleep", sleep),
    NativeDef::new("time.after", after),
    NativeDef::new("time.since", since),
    NativeDef::new("time.unix", unix),
    NativeDef::new("time.date", date),
    NativeDef::new("time.toLocal", to_local),
    NativeDef::new("time.toUTC", to_utc),
    NativeDef::new("time.format", format),
    NativeDef::new("time.parse", parse_text),
    NativeDef::new("time.diff", diff),
    NativeDef::new("time.add", add),
    NativeDef::new("time.weekday", weekday),
    NativeDef::new("time.month", month),
    NativeDef::new("time.isBefore", is_before),
    NativeDef::new("time.isAfter", is_after),
];

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    let t = engine.define_library(m, "time", FUNCTIONS);
    for (name, seconds) in [("SECOND", 1.0), ("MINUTE", 60.0), ("HOUR", 3600.0), ("DAY", 86_400.0)] {
        engine.set_raw(m, t, name, Value::float(seconds));
    }
    clock_start();
}

/// Where the monotonic clock begins.
fn clock_start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

fn ret_moment(fiber: &mut Fiber, args: Args, moment: &Moment) -> NativeResult {
    match moment.to_table(fiber.mutator()) {
        Ok(t) => args.ret1(t.to_value()),
        Err(OutOfMemory) => Err(fiber.out_of_memory()),
    }
}

/// The error that argument `i` is a layout with a token that there is not.
pub(crate) fn bad_token(fiber: &mut Fiber, args: Args, i: u32, bad: &BadToken) -> Thrown {
    args.bad(fiber, i, &format!("invalid conversion specifier '{}'", bad.0))
}

fn now(fiber: &mut Fiber, args: Args) -> NativeResult {
    ret_moment(fiber, args, &Moment::now())
}

fn monotonic(_: &mut Fiber, args: Args) -> NativeResult {
    args.ret1(Value::float(clock_start().elapsed().as_secs_f64()))
}

/// A number of seconds to wait: none if it is not positive, for ever if no clock goes so far.
fn duration(seconds: f64) -> Duration {
    if seconds.is_nan() || seconds <= 0.0 {
        Duration::ZERO
    } else {
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }
}

fn sleep(fiber: &mut Fiber, args: Args) -> NativeResult {
    let seconds = args.float(fiber, 0)?;
    sched::sleep(fiber, duration(seconds))?;
    args.ret0()
}

fn after(fiber: &mut Fiber, args: Args) -> NativeResult {
    let seconds = args.float(fiber, 0)?;
    let ch = channel::new(fiber.mutator(), 1);
    // A channel that nothing will ever be sent to needs no timer.
    if let Some(at) = Instant::now().checked_add(duration(seconds)) {
        sched::call_at(fiber, at, send_now, ch);
    }
    args.ret1(ch)
}

/// Sends the time to a channel, if it can be had.
fn send_now(m: &mut Mutator, ch: Value) {
    let v = match Moment::now().to_table(m) {
        Ok(t) => t.to_value(),
        Err(OutOfMemory) => Value::NIL,
    };
    channel::send_quietly(ch, v);
}

fn since(fiber: &mut Fiber, args: Args) -> NativeResult {
    let then = Moment::from_arg(fiber, args, 0)?;
    let (seconds, nanos) = moment::now();
    args.ret1(Value::float(Moment::utc(seconds, nanos).since(&then)))
}

#[cold]
fn out_of_range(fiber: &mut Fiber, args: Args, i: u32) -> Thrown {
    args.bad(fiber, i, "time out of range")
}

fn unix(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = args.num(fiber, 0)?;
    let extra = args.opt_int(fiber, 1, 0)?;
    let start = match n {
        bytecode::arith::Num::Int(i) => Some((i, 0)),
        bytecode::arith::Num::Float(x) => moment::split_seconds(x),
    };
    let moment = start.and_then(|(seconds, nanos)| {
        let nanos = (nanos as i64).checked_add(extra)?;
        let seconds = seconds.checked_add(nanos.div_euclid(NANOS))?;
        let is_near = seconds.unsigned_abs() <= civil::SECONDS_MAX as u64;
        is_near.then(|| Moment::utc(seconds, nanos.rem_euclid(NANOS) as u32))
    });
    match moment {
        Some(moment) => ret_moment(fiber, args, &moment),
        None => Err(out_of_range(fiber, args, 0)),
    }
}

fn date(fiber: &mut Fiber, args: Args) -> NativeResult {
    let mut parts = [0; 6];
    for (i, part) in (0..).zip(&mut parts) {
        *part = if i < 3 { args.int(fiber, i)? } else { args.opt_int(fiber, i, 0)? };
    }
    let [year, month, day, hour, min, sec] = parts;
    match civil::seconds_of(year, month, day, hour, min, sec) {
        Some(seconds) => ret_moment(fiber, args, &Moment::utc(seconds, 0)),
        None => Err(out_of_range(fiber, args, 0)),
    }
}

fn to_local(fiber: &mut Fiber, args: Args) -> NativeResult {
    let moment = Moment::from_arg(fiber, args, 0)?;
    ret_moment(fiber, args, &Moment::local(moment.seconds, moment.nanos))
}

fn to_utc(fiber: &mut Fiber, args: Args) -> NativeResult {
    let moment = Moment::from_arg(fiber, args, 0)?;
    ret_moment(fiber, args, &Moment::utc(moment.seconds, moment.nanos))
}

/// Argument 1 as a layout.
fn layout_arg(fiber: &mut Fiber, args: Args) -> Result<Vec<Part>, Thrown> {
    let layout = args.str(fiber, 1)?;
    let parts = layout::compile(layout.bytes(fiber.mutator()));
    keep_alive(layout.to_value());
    match parts {
        Ok(parts) => Ok(parts),
        Err(bad) => Err(bad_token(fiber, args, 1, &bad)),
    }
}

fn format(fiber: &mut Fiber, args: Args) -> NativeResult {
    let moment = Moment::from_arg(fiber, args, 0)?;
    let parts = layout_arg(fiber, args)?;
    let mut out = Vec::new();
    write::write(&mut out, &moment, &parts);
    let text = access::text(fiber, &out)?;
    args.ret1(text)
}

fn parse_text(fiber: &mut Fiber, args: Args) -> NativeResult {
    let text = args.str(fiber, 0)?;
    let parts = layout_arg(fiber, args)?;
    let bytes = text.bytes(fiber.mutator());
    match parse::parse(bytes, &parts) {
        Some(moment) => ret_moment(fiber, args, &moment),
        None => {
            let layout = args.str(fiber, 1)?;
            let layout = String::from_utf8_lossy(layout.bytes(fiber.mutator())).into_owned();
            let message = format!("cannot parse '{}' as '{layout}'", String::from_utf8_lossy(bytes));
            keep_alive(text.to_value());
            system::refusal(fiber, args, &message)
        }
    }
}

fn diff(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (a, b) = (Moment::from_arg(fiber, args, 0)?, Moment::from_arg(fiber, args, 1)?);
    args.ret1(Value::float(b.since(&a)))
}

fn add(fiber: &mut Fiber, args: Args) -> NativeResult {
    let moment = Moment::from_arg(fiber, args, 0)?;
    let seconds = args.float(fiber, 1)?;
    match moment.shifted(seconds) {
        Some(moment) => ret_moment(fiber, args, &moment),
        None => Err(out_of_range(fiber, args, 1)),
    }
}

fn weekday(fiber: &mut Fiber, args: Args) -> NativeResult {
    let moment = Moment::from_arg(fiber, args, 0)?;
    let name = access::text(fiber, civil::WEEKDAYS[moment.civil().weekday as usize].as_bytes())?;
    args.ret1(name)
}

fn month(fiber: &mut Fiber, args: Args) -> NativeResult {
    let moment = Moment::from_arg(fiber, args, 0)?;
    let name = access::text(fiber, civil::MONTHS[moment.civil().month as usize - 1].as_bytes())?;
    args.ret1(name)
}

fn is_before(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (a, b) = (Moment::from_arg(fiber, args, 0)?, Moment::from_arg(fiber, args, 1)?);
    args.ret1(Value::bool((a.seconds, a.nanos) < (b.seconds, b.nanos)))
}

fn is_after(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (a, b) = (Moment::from_arg(fiber, args, 0)?, Moment::from_arg(fiber, args, 1)?);
    args.ret1(Value::bool((a.seconds, a.nanos) > (b.seconds, b.nanos)))
}
