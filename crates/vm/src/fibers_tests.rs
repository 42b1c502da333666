//! Coroutines, goroutines and channels, with native functions as bodies: what can be tested without scripts.

use crate::coroutine;
use crate::engine::{Engine, EngineOptions};
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::native::{Args, NativeDef, NativeResult};
use crate::sched::{self, UncaughtError};
use crate::switching::with_native_room;
use crate::{channel, select, userdata};
use runtime::heap::{Heap, HeapOptions, Stress};
use runtime::mutator::Mutator;
use runtime::string::Str;
use runtime::value::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Machine {
    engine: Arc<Engine>,
    mutator: Mutator,
}

impl Machine {
    fn new(stress: Stress) -> Machine {
        let heap = Heap::new(HeapOptions { stress, verify: stress != Stress::Off, ..HeapOptions::default() })
            .unwrap();
        let mut mutator = Mutator::new(heap.clone());
        let engine = Engine::new(heap, &mut mutator, Box::new(std::io::sink()), EngineOptions::default());
        Machine { engine, mutator }
    }

    fn run(&mut self, def: &'static NativeDef) -> Result<Vec<Value>, UncaughtError> {
        let main = self.engine.new_native(&mut self.mutator, def);
        sched::run_main(&self.engine, &mut self.mutator, main, &[])
    }
}

/// Runs a native function as the main goroutine, with and without collections everywhere.
fn run(def: &'static NativeDef) -> Result<Vec<i64>, String> {
    let outcomes = [Stress::Off, Stress::SlowPaths, Stress::Allocations(5)].map(|stress| {
        let mut machine = Machine::new(stress);
        let result = machine.run(def);
        result
            .map(|v| v.iter().map(|v| v.as_int().unwrap_or(-1)).collect::<Vec<i64>>())
            .map_err(|e| e.message)
    });
    assert!(outcomes.iter().all(|o| *o == outcomes[0]), "{outcomes:?}");
    let [first, ..] = outcomes;
    first
}

/// A function value of a native function.
fn native(fiber: &mut Fiber, def: &'static NativeDef) -> Value {
    let (engine, m) = fiber.parts();
    engine.new_native(m, def)
}

macro_rules! def {
    ($name:ident, $f:expr) => {
        static $name: NativeDef = NativeDef::new(stringify!($name), $f);
    };
}

def!(CREATE, coroutine::create);
def!(RESUME, coroutine::resume);
def!(YIELD, coroutine::yield_values);
def!(WRAP, coroutine::wrap);
def!(STATUS, coroutine::status);
def!(CLOSE, coroutine::close);

fn call(fiber: &mut Fiber, def: &'static NativeDef, args: &[Value]) -> Result<Vec<Value>, Thrown> {
    let f = native(fiber, def);
    Ok(fiber.call(f, args)?.iter().collect())
}

fn text(fiber: &mut Fiber, v: Value) -> String {
    let s = Str::from_value(v).expect("a string");
    String::from_utf8_lossy(s.bytes(fiber.mutator())).into_owned()
}

fn int(i: i32) -> Value {
    Value::int32(i)
}

#[test]
fn values_go_in_and_out_of_a_coroutine() {
    def!(BODY, |fiber, args| {
        assert_eq!(args.count(), 2);
        let sum = args.get(0).as_int().unwrap() + args.get(1).as_int().unwrap();
        let got = call(fiber, &YIELD, &[int(sum as i32), int(0), int(0), int(0), int(0)])?;
        assert_eq!(got.len(), 1);
        let got = call(fiber, &YIELD, &[got[0]])?;
        assert!(got.is_empty());
        args.ret2(int(8), int(9))
    });
    def!(MAIN, |fiber, args| {
        let body = native(fiber, &BODY);
        let co = call(fiber, &CREATE, &[body])?[0];
        let r = call(fiber, &RESUME, &[co, int(3), int(4)])?;
        assert_eq!(r, [Value::TRUE, int(7), int(0), int(0), int(0), int(0)]);
        let r = call(fiber, &RESUME, &[co, int(5)])?;
        assert_eq!(r, [Value::TRUE, int(5)]);
        let r = call(fiber, &RESUME, &[co])?;
        assert_eq!(r, [Value::TRUE, int(8), int(9)]);
        let status = call(fiber, &STATUS, &[co])?[0];
        assert_eq!(text(fiber, status), "dead");
        let r = call(fiber, &RESUME, &[co])?;
        assert_eq!(r[0], Value::FALSE);
        assert_eq!(text(fiber, r[1]), "cannot resume dead coroutine");
        args.ret1(int(1))
    });
    assert_eq!(run(&MAIN), Ok(vec![1]));
}

#[test]
fn a_library_function_can_be_the_body() {
    def!(MAIN, |fiber, args| {
        let body = native(fiber, &YIELD);
        let co = call(fiber, &CREATE, &[body])?[0];
        assert_eq!(call(fiber, &RESUME, &[co, int(1), int(2)])?, [Value::TRUE, int(1), int(2)]);
        assert_eq!(call(fiber, &RESUME, &[co, int(3)])?, [Value::TRUE, int(3)]);
        args.ret0()
    });
    assert_eq!(run(&MAIN), Ok(vec![]));
}

#[test]
fn long_lists_of_values_are_passed_whole() {
    def!(BODY, |fiber, args| {
        let n = args.count();
        let values: Vec<Value> = args.iter_from(0).collect();
        let got = call(fiber, &YIELD, &values)?;
        assert_eq!(got.len() as u32, n);
        args.ret(fiber, &values)
    });
    def!(MAIN, |fiber, args| {
        let body = native(fiber, &BODY);
        let co = call(fiber, &CREATE, &[body])?[0];
        let mut values = vec![co];
        values.extend((0..50_000).map(int));
        for _ in 0..2 {
            let r = call(fiber, &RESUME, &values)?;
            assert_eq!(r.len(), 50_001);
            assert_eq!(r[50_000], int(49_999));
        }
        args.ret0()
    });
    assert_eq!(run(&MAIN), Ok(vec![]));
}

#[test]
fn errors_come_out_unchanged_and_kill_the_coroutine() {
    def!(BODY, |fiber, _| Err(fiber.throw(int(42))));
    def!(MAIN, |fiber, args| {
        let body = native(fiber, &BODY);
        let co = call(fiber, &CREATE, &[body])?[0];
        assert_eq!(call(fiber, &RESUME, &[co])?, [Value::FALSE, int(42)]);
        assert_eq!(call(fiber, &CLOSE, &[co])?, [Value::FALSE, int(42)]);
        assert_eq!(call(fiber, &CLOSE, &[co])?, [Value::TRUE]);
        let wrapped = call(fiber, &WRAP, &[body])?[0];
        match fiber.protected_call(wrapped, &[]) {
            Err(e) => assert_eq!(e, int(42)),
            Ok(_) => panic!("no error"),
        }
        match fiber.protected_call(wrapped, &[]) {
            Err(e) => assert_eq!(text(fiber, e), "cannot resume dead coroutine"),
            Ok(_) => panic!("no error"),
        }
        args.ret0()
    });
    assert_eq!(run(&MAIN), Ok(vec![]));
}

#[test]
fn a_panic_becomes_an_error_of_its_fiber() {
    def!(BODY, |_, _| std::panic::resume_unwind(Box::new("oh no")));
    def!(MAIN, |fiber, args| {
        let body = native(fiber, &BODY);
        let co = call(fiber, &CREATE, &[body])?[0];
        let r = call(fiber, &RESUME, &[co])?;
        assert_eq!(text(fiber, r[1]), "internal error: oh no");
        sched::go(fiber, body, &[])?;
        sched::yield_now(fiber)?;
        args.ret0()
    });
    assert_eq!(run(&MAIN), Err("internal error: oh no".to_string()));
}

#[test]
fn closing_and_dropping_suspended_coroutines() {
    def!(BODY, |fiber, args| {
        call(fiber, &YIELD, &[])?;
        args.ret0()
    });
    def!(MAIN, |fiber, args| {
        let body = native(fiber, &BODY);
        for i in 0..3000 {
            let co = call(fiber, &CREATE, &[body])?[0];
            call(fiber, &RESUME, &[co])?;
            if i % 3 == 0 {
                assert_eq!(call(fiber, &CLOSE, &[co])?, [Value::TRUE]);
                let status = call(fiber, &STATUS, &[co])?[0];
                assert_eq!(text(fiber, status), "dead");
            }
            if i % 1000 == 999 {
                fiber.mutator().collect_full();
            }
        }
        let fresh = call(fiber, &CREATE, &[body])?[0];
        assert_eq!(call(fiber, &CLOSE, &[fresh])?, [Value::TRUE]);
        let r = call(fiber, &RESUME, &[fresh])?;
        assert_eq!(text(fiber, r[1]), "cannot resume dead coroutine");
        args.ret0()
    });
    assert_eq!(run(&MAIN), Ok(vec![]));
}

/// Recursion that needs more native stack than a fiber has, with a yield at its bottom.
fn deep(fiber: &mut Fiber, depth: u32) -> Result<u64, Thrown> {
    let mut block = [0u8; 8 << 10];
    std::hint::black_box(&mut block)[depth as usize] = 1;
    let kept = fiber.new_str(format!("kept at {depth}").as_bytes())?;
    let below = if depth == 0 {
        call(fiber, &YIELD, &[int(5)])?;
        fiber.mutator().collect_full();
        0
    } else {
        with_native_room(fiber, |fiber| deep(fiber, depth - 1))?
    };
    assert_eq!(text(fiber, kept.to_value()), format!("kept at {depth}"));
    Ok(below + u64::from(std::hint::black_box(&block)[depth as usize]))
}

#[test]
fn native_recursion_goes_on_in_further_pieces() {
    def!(BODY, |fiber, args| {
        let n = deep(fiber, 800)?;
        args.ret1(int(n as i32))
    });
    def!(MAIN, |fiber, args| {
        let body = native(fiber, &BODY);
        let co = call(fiber, &CREATE, &[body])?[0];
        assert_eq!(call(fiber, &RESUME, &[co])?, [Value::TRUE, int(5)]);
        fiber.mutator().collect_full();
        for i in 0..100 {
            let _ = fiber.new_str(format!("other {i}").as_bytes())?;
        }
        fiber.mutator().collect_minor();
        assert_eq!(call(fiber, &RESUME, &[co])?, [Value::TRUE, int(801)]);
        args.ret0()
    });
    assert_eq!(run(&MAIN), Ok(vec![]));
}

#[test]
fn goroutines_take_turns_at_channels() {
    def!(ECHO, |fiber, args| {
        loop {
            let (v, ok) = channel::recv(fiber, args.get(0))?;
            if !ok {
                return args.ret0();
            }
            channel::send(fiber, args.get(1), v)?;
        }
    });
    def!(MAIN, |fiber, args| {
        for capacity in [0, 3] {
            let (a, b) = (channel::new(fiber.mutator(), capacity), channel::new(fiber.mutator(), capacity));
            let echo = native(fiber, &ECHO);
            sched::go(fiber, echo, &[a, b])?;
            for i in 0..1000 {
                let s = fiber.new_str(format!("message {i}").as_bytes())?;
                channel::send(fiber, a, s.to_value())?;
                let (v, ok) = channel::recv(fiber, b)?;
                assert!(ok && v == s.to_value());
            }
            channel::close(fiber, a)?;
        }
        args.ret1(int(1))
    });
    assert_eq!(run(&MAIN), Ok(vec![1]));
}

#[test]
fn a_channel_operation_in_a_coroutine_stops_the_goroutine() {
    def!(BODY, |fiber, args| {
        let (v, _) = channel::recv(fiber, args.get(0))?;
        args.ret1(v)
    });
    def!(SENDER, |fiber, args| {
        channel::send(fiber, args.get(0), int(11))?;
        args.ret0()
    });
    def!(MAIN, |fiber, args| {
        let ch = channel::new(fiber.mutator(), 0);
        let sender = native(fiber, &SENDER);
        sched::go(fiber, sender, &[ch])?;
        let body = native(fiber, &BODY);
        let co = call(fiber, &CREATE, &[body])?[0];
        assert_eq!(call(fiber, &RESUME, &[co, ch])?, [Value::TRUE, int(11)]);
        args.ret0()
    });
    assert_eq!(run(&MAIN), Ok(vec![]));
}

#[test]
fn a_deadlock_is_an_error_of_the_main_goroutine() {
    def!(STUCK, |fiber, _| Err(sched::wait_forever(fiber)));
    def!(RECV, |fiber, args| {
        let (v, _) = channel::recv(fiber, args.get(0))?;
        args.ret1(v)
    });
    def!(MAIN, |fiber, args| {
        let ch = channel::new(fiber.mutator(), 0);
        let (stuck, recv) = (native(fiber, &STUCK), native(fiber, &RECV));
        sched::go(fiber, stuck, &[])?;
        for _ in 0..2 {
            match fiber.protected_call(recv, &[ch]) {
                Err(e) => assert_eq!(text(fiber, e), "all goroutines are asleep - deadlock!"),
                Ok(_) => panic!("no deadlock"),
            }
        }
        // The waiter that the failed receive left is gone.
        assert!(matches!(select::select(fiber, &[(ch, int(1))], true), Ok((1, ..))));
        let (v, _) = channel::recv(fiber, ch)?;
        args.ret1(v)
    });
    assert_eq!(run(&MAIN), Err("all goroutines are asleep - deadlock!".to_string()));
}

#[test]
fn select_takes_what_is_ready_and_leaves_no_waiters() {
    def!(SENDER, |fiber, args| {
        sched::yield_now(fiber)?;
        channel::send(fiber, args.get(0), int(3))?;
        args.ret0()
    });
    def!(MAIN, |fiber, args| {
        let (a, b) = (channel::new(fiber.mutator(), 0), channel::new(fiber.mutator(), 1));
        let sender = native(fiber, &SENDER);
        let receive = Value::MARK;
        assert!(matches!(select::select(fiber, &[(a, receive), (Value::NIL, receive)], true), Ok((2, ..))));
        for _ in 0..50 {
            sched::go(fiber, sender, &[a])?;
            let (i, v, ok) =
                select::select(fiber, &[(b, receive), (a, receive), (Value::NIL, int(1))], false)?;
            assert_eq!((i, v, ok), (1, int(3), true));
        }
        assert_eq!(select::select(fiber, &[(a, receive), (b, int(4))], false)?.0, 1);
        assert_eq!(select::select(fiber, &[(a, receive), (b, receive)], false)?, (1, int(4), true));
        channel::close(fiber, a)?;
        assert_eq!(select::select(fiber, &[(a, receive)], false)?, (0, Value::NIL, false));
        assert!(select::select(fiber, &[(a, int(1))], true).is_err());
        fiber.take_error();
        fiber.traceback = None;
        args.ret0()
    });
    assert_eq!(run(&MAIN), Ok(vec![]));
}

#[test]
fn sleepers_wake_in_order() {
    def!(SLEEPER, |fiber, args| {
        sched::sleep(fiber, Duration::from_millis(args.get(1).as_int().unwrap() as u64))?;
        channel::send(fiber, args.get(0), args.get(1))?;
        args.ret0()
    });
    def!(MAIN, |fiber, args| {
        let ch = channel::new(fiber.mutator(), 0);
        let sleeper = native(fiber, &SLEEPER);
        for ms in [9, 1, 5] {
            sched::go(fiber, sleeper, &[ch, int(ms)])?;
        }
        let mut got = Vec::new();
        for _ in 0..3 {
            got.push(channel::recv(fiber, ch)?.0);
        }
        args.ret(fiber, &got)
    });
    assert_eq!(run(&MAIN), Ok(vec![1, 5, 9]));
}

#[test]
fn a_goroutine_that_never_waits_is_preempted() {
    def!(BUSY, |fiber, _| loop {
        fiber.poll()?;
    });
    def!(MAIN, |fiber, args| {
        let busy = native(fiber, &BUSY);
        sched::go(fiber, busy, &[])?;
        for _ in 0..3 {
            sched::yield_now(fiber)?;
        }
        sched::sleep(fiber, Duration::from_millis(1))?;
        args.ret1(int(1))
    });
    assert_eq!(run(&MAIN), Ok(vec![1]));
}

#[test]
fn interrupts_and_deadlines_end_a_run_and_are_forgotten() {
    def!(CATCHER, |fiber, _| {
        def!(INNER, |fiber, _| loop {
            fiber.poll()?;
        });
        let inner = native(fiber, &INNER);
        loop {
            // Whoever catches the error fails again at the next safepoint.
            let caught = fiber.protected_call(inner, &[]);
            assert!(caught.is_err() && fiber.is_terminating());
            fiber.poll()?;
        }
    });
    def!(WAITER, |fiber, _| {
        let ch = channel::new(fiber.mutator(), 0);
        sched::sleep(fiber, Duration::from_secs(3600))?;
        channel::recv(fiber, ch)?;
        unreachable!()
    });
    def!(FINE, |fiber, args| {
        fiber.poll()?;
        args.ret1(int(1))
    });
    let mut machine = Machine::new(Stress::Off);
    let handle = machine.engine.interrupt_handle();
    for def in [&CATCHER, &WAITER] {
        handle.set_deadline(Some(Instant::now() + Duration::from_millis(5)));
        assert_eq!(machine.run(def).unwrap_err().message, "deadline exceeded");
        let other = handle.clone();
        let thread = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(5));
            other.interrupt();
        });
        assert_eq!(machine.run(def).unwrap_err().message, "interrupted");
        thread.join().unwrap();
        assert_eq!(machine.run(&FINE).unwrap(), [int(1)]);
    }
    handle.interrupt();
    assert_eq!(machine.run(&FINE).unwrap_err().message, "interrupted");
    handle.interrupt();
    handle.clear();
    assert_eq!(machine.run(&FINE).unwrap(), [int(1)]);
}

#[test]
fn runs_follow_each_other_on_one_engine() {
    def!(STUCK, |fiber, _| Err(sched::wait_forever(fiber)));
    def!(FAILS, |fiber, _| {
        let stuck = native(fiber, &STUCK);
        for _ in 0..10 {
            sched::go(fiber, stuck, &[])?;
        }
        sched::yield_now(fiber)?;
        Err(fiber.error("failed"))
    });
    def!(NESTED, |fiber, args| {
        let engine = fiber.engine().clone();
        let f = native(fiber, &STUCK);
        // A run within a run is refused.
        let error = sched::run_main(&engine, fiber.mutator(), f, &[]).unwrap_err();
        assert_eq!(error.message, "a program is running already");
        args.ret0()
    });
    let mut machine = Machine::new(Stress::Off);
    for _ in 0..20 {
        assert_eq!(machine.run(&FAILS).unwrap_err().message, "failed");
        assert!(machine.run(&NESTED).unwrap().is_empty());
    }
}

#[test]
fn nothing_keeps_an_engine_alive() {
    def!(BODY, |fiber, args| {
        call(fiber, &YIELD, &[])?;
        args.ret0()
    });
    def!(STUCK, |fiber, args| {
        let co = call(fiber, &WRAP, &[args.get(0)])?[0];
        fiber.call(co, &[])?;
        Err(sched::wait_forever(fiber))
    });
    def!(MAIN, |fiber, args| {
        let (stuck, body) = (native(fiber, &STUCK), native(fiber, &BODY));
        sched::go(fiber, stuck, &[body])?;
        sched::yield_now(fiber)?;
        let co = call(fiber, &CREATE, &[body])?[0];
        call(fiber, &RESUME, &[co])?;
        // The coroutine outlives the run.
        args.ret1(co)
    });
    let mut machine = Machine::new(Stress::Off);
    assert_eq!(machine.run(&MAIN).unwrap().len(), 1);
    let engine = Arc::downgrade(&machine.engine);
    let heap = Arc::downgrade(machine.engine.heap());
    drop(machine);
    assert!(engine.upgrade().is_none() && heap.upgrade().is_none());
}

#[test]
fn timers_call_functions_that_may_allocate() {
    fn fire(m: &mut Mutator, ch: Value) {
        m.collect_full();
        let s = m.new_str(b"it is time").unwrap();
        assert!(channel::offer(ch, s.to_value()));
    }
    def!(MAIN, |fiber, args| {
        let ch = channel::new(fiber.mutator(), 1);
        sched::call_at(fiber, Instant::now() + Duration::from_millis(2), fire, ch);
        sched::call_at(fiber, Instant::now() + Duration::from_secs(3600), fire, ch).cancel();
        let (v, _) = channel::recv(fiber, ch)?;
        assert_eq!(text(fiber, v), "it is time");
        args.ret0()
    });
    assert_eq!(run(&MAIN), Ok(vec![]));
}

#[test]
fn blocking_jobs_let_others_run() {
    def!(SENDER, |fiber, args| {
        channel::send(fiber, args.get(0), int(1))?;
        args.ret0()
    });
    def!(MAIN, |fiber, args| {
        assert_eq!(crate::blocking::run(fiber, || 5)?, 5);
        let ch = channel::new(fiber.mutator(), 1);
        let sender = native(fiber, &SENDER);
        sched::go(fiber, sender, &[ch])?;
        let n = crate::blocking::run(fiber, || {
            std::thread::sleep(Duration::from_millis(2));
            6
        })?;
        assert_eq!((n, channel::len(ch)), (6, Some(1)));
        assert_eq!(
            crate::blocking::run_interruptibly(fiber, |waiter| if waiter.is_waiting() { 7 } else { 0 })?,
            7
        );
        args.ret0()
    });
    assert_eq!(run(&MAIN), Ok(vec![]));
}

struct Counter(std::cell::Cell<i32>);
impl userdata::Payload for Counter {}

static COUNTER: userdata::UserdataClass = userdata::UserdataClass::new(
    "counter",
    &[NativeDef::new("counter:add", |fiber: &mut Fiber, args: Args| -> NativeResult {
        let object = args.get(0);
        let counter = args.receiver::<Counter>(fiber, &object)?;
        let n = args.int(fiber, 1)? as i32;
        counter.0.set(counter.0.get() + n);
        args.ret1(int(counter.0.get()))
    })],
);

#[test]
fn methods_of_userdata_are_found_bound_and_unbound() {
    def!(MAIN, |fiber, args| {
        let object = fiber.new_userdata(&COUNTER, Counter(std::cell::Cell::new(0)));
        let key = fiber.mutator().intern(b"add").to_value();
        let method = userdata::method(fiber, object, key).expect("there is a method");
        assert_eq!(fiber.call1(method, &[object, int(2)])?, int(2));
        let bound = userdata::index(fiber, object, key)?;
        assert_eq!(fiber.call1(bound, &[int(3)])?, int(5));
        assert_eq!(fiber.call1(bound, &[object, int(4)])?, int(9));
        let missing = fiber.mutator().intern(b"sub").to_value();
        assert_eq!(userdata::index(fiber, object, missing)?, Value::NIL);
        for (f, first, message) in [
            (method, Value::NIL, "bad receiver of 'counter:add' (counter expected, got nil)"),
            (bound, Value::NIL, "bad argument #1 to 'counter:add' (number expected, got nil)"),
        ] {
            match fiber.protected_call(f, &[first]) {
                Err(e) => assert_eq!(text(fiber, e), message),
                Ok(_) => panic!("no error"),
            }
        }
        args.ret0()
    });
    assert_eq!(run(&MAIN), Ok(vec![]));
}
