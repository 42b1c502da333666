//! Calls between interpreter and machine code, with Rust functions for machine code: they keep to the same protocols.

use super::{DELIVERED, Enter, HELPERS, Outcome, Stubs, Thresholds, Tier, entries, feedback, helper_address};
use crate::engine::{Engine, EngineOptions};
use crate::fiber::{FRAME_MOVED, Fiber};
use crate::native::{Args, NativeDef, NativeResult, WINDOW_HEADER};
use crate::sched::{self, UncaughtError};
use bytecode::module::Module;
use bytecode::ops::Op;
use runtime::closure::{Closure, Function};
use runtime::heap::mark::Marker;
use runtime::heap::roots::RootedVec;
use runtime::heap::{Heap, HeapOptions, Stress};
use runtime::mutator::Mutator;
use runtime::object::Word;
use runtime::string::Str;
use runtime::value::Value;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use syntax::Mode;
use syntax::span::Source;

/// What stands for machine code: base of the frame and number of arguments.
type Code = fn(&mut Fiber, *mut Word, u32) -> Outcome;

unsafe extern "C" fn enter(fiber: *mut Fiber, base: *mut Word, code: usize, nargs: u32) -> Outcome {
    // SAFETY: the tests' tier gives addresses of such functions only.
    unsafe {
        let code = std::mem::transmute::<usize, Code>(code);
        code(&mut *fiber, base, nargs)
    }
}

/// A compiler that has code for functions and loops by name.
#[derive(Default)]
struct TestTier {
    functions: Vec<(&'static str, Code)>,
    loops: Vec<(&'static str, Code)>,
    asked: Mutex<Vec<String>>,
    dead: Mutex<usize>,
}

impl TestTier {
    fn find(list: &[(&'static str, Code)], function: Function) -> Option<usize> {
        let name = function.proto_ref().name.clone().unwrap_or_default();
        list.iter().find(|(n, _)| *n == name).map(|(_, code)| *code as usize)
    }

    fn note(&self, what: &str, function: Function) {
        let name = function.proto_ref().name.clone().unwrap_or_default();
        self.asked.lock().unwrap().push(format!("{what} {name}"));
    }
}

impl Tier for TestTier {
    fn hot_function(&self, fiber: &mut Fiber, function: Function) {
        self.note("function", function);
        fiber.engine().watch(function);
        if let Some(code) = TestTier::find(&self.functions, function) {
            function.set_compiled(1, code);
        }
    }

    fn hot_loop(&self, _: &mut Fiber, function: Function, pc: u32) -> Option<usize> {
        self.note(&format!("loop {pc}"), function);
        TestTier::find(&self.loops, function)
    }

    fn trace(&self, _: &mut Marker, _: bool) {}

    fn forget(&self, _: usize) {
        *self.dead.lock().unwrap() += 1;
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}

struct Machine {
    rooted: RootedVec,
    mutator: Mutator,
    engine: Arc<Engine>,
    tier: Arc<TestTier>,
    main: Closure,
}

fn module(source: &str) -> Module {
    let module = compiler::compile_source(&Source::new("test", source.as_bytes()), Mode::Chunk).unwrap();
    bytecode::verify::verify(&module).unwrap();
    module
}

impl Machine {
    fn new(source: &str, tier: TestTier, thresholds: Thresholds, stress: Stress) -> Machine {
        let heap = Heap::new(HeapOptions { stress, verify: stress != Stress::Off, ..HeapOptions::default() });
        let heap = heap.unwrap();
        let mut mutator = Mutator::new(heap.clone());
        let mut rooted = RootedVec::new(&heap);
        let engine = Engine::new(heap, &mut mutator, Box::new(std::io::sink()), EngineOptions::default());
        let tier = Arc::new(tier);
        engine.set_tier(tier.clone(), Stubs { enter: enter as Enter, interpret: 1 }, thresholds);
        engine.define_globals(&mut mutator, NATIVES);
        let main = engine.link(&mut mutator, Arc::new(module(source)), engine.main_globals());
        rooted.push(main.to_value());
        Machine { rooted, mutator, engine, tier, main }
    }

    fn run(&mut self) -> Result<Vec<i64>, UncaughtError> {
        let main = self.rooted.as_slice()[0];
        let results = sched::run_main(&self.engine, &mut self.mutator, main, &[])?;
        Ok(results.iter().map(|v| v.as_int().unwrap_or(if v.is_nil() { -1 } else { -2 })).collect())
    }

    /// The function of that name.
    fn function(&self, name: &str) -> Function {
        let module = self.main.function().module();
        let index = module.protos.iter().position(|p| p.name.as_deref() == Some(name)).unwrap();
        self.main.function().sibling(index)
    }
}

static NATIVES: &[NativeDef] =
    &[NativeDef::new("many", many), NativeDef::new("protect", protect), NativeDef::new("collect", collect)];

/// As many integers as the argument says.
fn many(fiber: &mut Fiber, args: Args) -> NativeResult {
    let n = args.int(fiber, 0)? as usize;
    args.ret_with(fiber, n, |_, i| Value::int_unchecked(i as i64))
}

/// Calls its first argument; gives its first result, or -9 and the length of the message.
fn protect(fiber: &mut Fiber, args: Args) -> NativeResult {
    match fiber.protected_call_args(args.get(0), args, 1, Value::MARK) {
        Ok(results) => args.ret1(results.get(0)),
        Err(error) => {
            let len = Str::from_value(error).map_or(0, |s| s.len());
            args.ret2(Value::int32(-9), Value::int32(len as i32))
        }
    }
}

fn collect(fiber: &mut Fiber, args: Args) -> NativeResult {
    fiber.mutator().collect_full();
    args.ret0()
}

const AT_TWO: Thresholds = Thresholds { calls: 2, loops: u32::MAX };

/// Runs with and without collections everywhere.
#[track_caller]
fn check(source: &str, functions: &[(&'static str, Code)], loops: &[(&'static str, Code)], expected: &[i64]) {
    for stress in [Stress::Off, Stress::SlowPaths, Stress::Allocations(3)] {
        let tier = TestTier { functions: functions.to_vec(), loops: loops.to_vec(), ..TestTier::default() };
        let thresholds = Thresholds { loops: 8, ..AT_TWO };
        let mut machine = Machine::new(source, tier, thresholds, stress);
        assert_eq!(machine.run().map_err(|e| e.message), Ok(expected.to_vec()));
    }
}

// ---- what compiled code does -----------------------------------------------------------------------------------------

fn reg(base: *mut Word, i: usize) -> &'static Word {
    // SAFETY: the tests name registers of the frame.
    unsafe { &*base.add(i) }
}

fn int(base: *mut Word, i: usize) -> i64 {
    reg(base, i).load().as_int().unwrap_or(-1)
}

/// Returns values as compiled code does.
fn give(fiber: &mut Fiber, base: *mut Word, values: &[i64]) -> Outcome {
    let mut base = base;
    // SAFETY: the base is the running frame's.
    unsafe {
        if (*base.sub(1)).load().bits() & FRAME_MOVED != 0 {
            base = entries::finish_moved(fiber, base, values.len() as u32);
        }
        for (i, v) in values.iter().enumerate().skip(1) {
            (*base.sub(WINDOW_HEADER).add(i)).store(Value::int_unchecked(*v));
        }
    }
    fiber.depth -= 1;
    let first = values.first().map_or(Value::NIL, |v| Value::int_unchecked(*v));
    Outcome::results(first, values.len() as u32)
}

/// Publishes the frame at an instruction of its function.
fn publish(fiber: &mut Fiber, base: *mut Word, pc: usize) {
    fiber.base = base;
    // SAFETY: the base is a frame's, and pc in its code.
    fiber.ip = unsafe { Fiber::closure_at(base).function().code().add(pc) };
}

/// The number of the instruction behind the first with this op.
fn pc_after(base: *mut Word, op: Op) -> usize {
    // SAFETY: the base is a frame's.
    let proto = unsafe { Fiber::closure_at(base) }.function().proto_ref();
    proto.code.iter().position(|i| i.op() == op).unwrap() + 1
}

/// Passes an error on as compiled code does.
fn fail(fiber: &mut Fiber, base: *mut Word) -> Outcome {
    // SAFETY: the frames from the published one to this are linked.
    unsafe { entries::throw_frames(fiber, base) }
}

fn hundred_more(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    let v = int(base, 0) + 100;
    give(fiber, base, &[v])
}

fn three(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    let v = int(base, 0);
    give(fiber, base, &[v, v + 1, v + 2])
}

fn nothing(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    give(fiber, base, &[])
}

/// Leaves at once: the interpreter runs it all.
fn leave(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    publish(fiber, base, 0);
    // SAFETY: the frame is as it began.
    unsafe { entries::resume_after_exit(fiber, base) }
}

fn throw(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    publish(fiber, base, 1);
    let _ = fiber.error("thrown");
    fail(fiber, base)
}

/// Calls what register 0 holds with register 1, by the entry protocol; gives the results that `Call` wants.
fn call_first(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    let w = 2;
    let pc = pc_after(base, Op::Call);
    reg(base, w).store(reg(base, 0).load());
    // SAFETY: the frame has room for the window.
    unsafe {
        let code = Fiber::closure_at(base).function().code();
        reg(base, w + 1).store(crate::interp::frames::raw(code.add(pc)));
        reg(base, w + 2).store(crate::interp::frames::raw(base));
        reg(base, w + 3).store(reg(base, 1).load());
        let is_closure = Closure::from_value(reg(base, 0).load()).is_some();
        let entry = if is_closure { entries::interpret } else { entries::call_slow };
        let outcome = entry(fiber, base.add(w + WINDOW_HEADER), 1);
        if outcome.status < 0 {
            return fail(fiber, base);
        }
        assert_eq!(outcome.status & DELIVERED, 0);
        let first = Value::from_bits(outcome.value).as_int().unwrap_or(-1);
        let second = if outcome.status > 1 { int(base, w + 1) } else { -1 };
        give(fiber, base, &[first, second])
    }
}

/// `return r0(r1)`: all results.
fn call_all(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    let (mut base, w) = (base, 2);
    let pc = pc_after(base, Op::CallRetMulti);
    reg(base, w).store(reg(base, 0).load());
    // SAFETY: as above.
    unsafe {
        let code = Fiber::closure_at(base).function().code();
        reg(base, w + 1).store(crate::interp::frames::raw(code.add(pc)));
        reg(base, w + 2).store(crate::interp::frames::raw(base));
        reg(base, w + 3).store(reg(base, 1).load());
        let outcome = entries::call_slow(fiber, base.add(w + WINDOW_HEADER), 1);
        if outcome.status < 0 {
            return fail(fiber, base);
        }
        reg(base, w).store(Value::from_bits(outcome.value));
        fiber.multi = outcome.status as u32;
        publish(fiber, base, pc);
        if !fiber.landing.is_null() {
            let moved = entries::adopt_results(fiber, w as u32);
            assert_eq!(moved.status, 0);
            base = fiber.base;
            assert_eq!(moved.value, runtime::value::pointer_to_address(base));
        }
        publish(fiber, base, pc);
        let helper = helper_address("return_multi").unwrap();
        let helper = std::mem::transmute::<usize, unsafe extern "C" fn(*mut Fiber, i64, i64) -> u64>(helper);
        helper(fiber, w as i64, 0);
        base = fiber.base;
        fiber.depth -= 1;
        Outcome::results((*base.sub(WINDOW_HEADER)).load(), fiber.multi)
    }
}

// ---- the tests -------------------------------------------------------------------------------------------------------

#[test]
fn the_interpreter_calls_compiled_functions() {
    check("func f(n) { return n }\nreturn f(1), f(2), f(3)", &[("f", hundred_more)], &[], &[1, 102, 103]);
    check(
        "func f(n) { return n, n, n }\na, b, c := f(1)\na, b, c = f(2)\nd := f(3)\nreturn a, b, c, d, f(4)",
        &[("f", three)],
        &[],
        &[2, 3, 4, 3, 4, 5, 6],
    );
    check("func f() {}\nf()\na, b := f()\nx := {f()}\nreturn a, b, #x", &[("f", nothing)], &[], &[-1, -1, 0]);
}

#[test]
fn native_functions_and_variadic_frames_call_compiled_functions() {
    let source = "func f(n, ...) { return n, n, n }\nfunc g(h) { return h(1, 2, 3) }\n\
                  protect(f, 1)\nreturn protect(f, 5), protect(f, 6, 7, 8), f(7, 1, 2, 3, 4)";
    check(source, &[("f", three)], &[], &[5, 6, 7, 8, 9]);
}

#[test]
fn exits_go_on_in_the_interpreter() {
    let plain = "func f(n) { x := {n}\n return n * 2, x[1] }\nfunc g(n) { return f(n) }\n\
                 f(0)\na, b := f(4)\nreturn a, b, g(5), f(6)";
    check(plain, &[("f", leave)], &[], &[8, 4, 10, 12, 6]);
    check(plain, &[("f", leave), ("g", leave)], &[], &[8, 4, 10, 12, 6]);
    let variadic = "func f(n, ...) { a, b := ...\n return n * 2, a, b }\n\
                    f(0)\na, b, c := f(4, 5)\nreturn a, b, c, protect(f, 7), f(1, 2, 3, 4, 5)";
    check(variadic, &[("f", leave)], &[], &[8, 5, -1, 14, 2, 2, 3]);
}

#[test]
fn errors_of_compiled_functions_are_caught() {
    let source = "func f(n) { return n }\nfunc g(n) { return f(n) + 1 }\nf(1)\n\
                  a, b := protect(f, 1)\nc := protect(g, 1)\nd := protect(func() { defer func() { x = 7 }()\n g(1) })\n\
                  return a, b, c, d, x";
    check(source, &[("f", throw)], &[], &[-9, "test:1: thrown".len() as i64, -9, -9, 7]);
    // An exit, and then an error in the interpreter.
    let source = "func f(n) { defer func() { x = n }()\n return n.y }\nfunc g(n) { return f(n) }\nf({})\n\
                  a := protect(f, 3)\nb := protect(g, 4)\nreturn a, b, x";
    check(source, &[("f", leave), ("g", leave)], &[], &[-9, -9, 4]);
    // The deferred call of the frame that passes the error on.
    let source = "func f(n) { defer func() { x = n }()\n g(1)\n }\nfunc g(n) { return n.y.z }\nprotect(f, 1)\n\
                  a := protect(f, 5)\nreturn a, x";
    check(source, &[("g", throw)], &[], &[-9, 5]);
}

#[test]
fn compiled_functions_call_what_is_not_compiled() {
    let source = "func f(g, n) { x, y := g(n)\n return x, y }\nfunc one(n) { return n }\nfunc two(n) { return n, n * 2 }\n\
                  func all(n, ...) { return n, n, n, ... }\nfunc bad(n) { return n.x }\nf(one, 1)\n\
                  a, b := f(one, 5)\nc, d := f(two, 6)\ne, g := f(all, 7)\nh, i := f(many, 3)\n\
                  j := protect(f, bad, 1)\nk := protect(f, 5, 1)\n\
                  return a, b, c, d, e, g, h, i, j, k";
    check(source, &[("f", call_first)], &[], &[5, -1, 6, 12, 7, 7, 0, 1, -9, -9]);
    let both: &[(&'static str, Code)] = &[("f", call_first), ("two", three), ("all", leave)];
    check(source, both, &[], &[5, -1, 6, 12, 7, 7, 0, 1, -9, -9]);
}

#[test]
fn results_that_have_no_room_move_the_frame() {
    let source = "func f(g, n) { return g(n) }\nfunc count(...) { n := 0\n for v := range {...} { n++ }\n return n }\n\
                  f(many, 1)\nf(many, 2)\na := {f(many, N)}\nb, c := f(many, N)\nd := f(f, many)\n\
                  return #a, a[1], a[N], b, c, count(f(many, N)), count(f(many, 5))";
    for n in [10, 70_000, 3_000_000] {
        let source = source.replace("d := f(f, many)\n", "").replace('N', &n.to_string());
        let tier = TestTier { functions: vec![("f", call_all)], ..TestTier::default() };
        let mut machine = Machine::new(&source, tier, AT_TWO, Stress::Off);
        assert_eq!(machine.run().map_err(|e| e.message), Ok(vec![n, 0, n - 1, 0, 1, n, 5]), "{n}");
    }
    // The primary chunk of a main fiber has 8 million words: the frame moves.
    let n = 9_000_000;
    let source = source.replace("d := f(f, many)\n", "").replace('N', &n.to_string());
    let tier = TestTier { functions: vec![("f", call_all)], ..TestTier::default() };
    let mut machine = Machine::new(&source, tier, AT_TWO, Stress::Off);
    assert_eq!(machine.run().map_err(|e| e.message), Ok(vec![n, 0, n - 1, 0, 1, n, 5]));
}

/// Ends the loop of `sum`: the frame is the interpreter's, at the loop's head.
fn finish_loop(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    assert!(int(base, 0) == 1000);
    give(fiber, base, &[11, 22])
}

#[test]
fn hot_loops_go_on_in_machine_code() {
    let source = "func sum(n) { s := 0\n for i := 0; i < n; i++ { s += i }\n return s, 1 }\n\
                  func wrap(n) { a, b := sum(n)\n return a + b }\n\
                  a, b := sum(1000)\nreturn a, b, wrap(1000), protect(sum, 1000), sum(0)";
    check(source, &[], &[("sum", finish_loop)], &[11, 22, 33, 11, 0, 1]);
    check(source, &[], &[("sum", throw_if_called)], &[499500, 1, 499501, 499500, 0, 1]);
    let source = source.replace("sum(n) {", "sum(n, ...) {");
    check(&source, &[], &[("sum", finish_loop)], &[11, 22, 33, 11, 0, 1]);
    let source = "func sum(n) { s := 0\n for i := 0; i < n; i++ { s += i }\n return s }\n\
                  a := protect(sum, 1000)\nb := protect(func() { return sum(1000) })\nreturn a, b, sum(0)";
    check(source, &[], &[("sum", throw)], &[-9, -9, 0]);
}

/// Leaves the loop's code at once, as an exit at its head does.
fn throw_if_called(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    let pc = {
        // SAFETY: the base is a frame's.
        let code = &unsafe { Fiber::closure_at(base) }.function().proto_ref().code;
        let at = code.iter().position(|i| i.op() == Op::ForLt).unwrap();
        (at as i64 + 1 + i64::from(code[at].c() as i16)) as usize
    };
    publish(fiber, base, pc);
    // SAFETY: the frame is as the interpreter left it, at the loop's head.
    unsafe { entries::resume_after_exit(fiber, base) }
}

#[test]
fn the_tier_is_asked_at_its_thresholds() {
    let source = "func f(n) { return n }\nfor i := 0; i < 10; i++ { f(i) }\nreturn f(1)";
    let thresholds = Thresholds { calls: 4, loops: 5 };
    let mut machine = Machine::new(source, TestTier::default(), thresholds, Stress::Off);
    assert_eq!(machine.run().map_err(|e| e.message), Ok(vec![1]));
    let asked = machine.tier.asked.lock().unwrap().clone();
    assert_eq!(asked.iter().filter(|a| *a == "function f").count(), 2, "{asked:?}");
    assert!(asked.iter().any(|a| a.starts_with("loop ")), "{asked:?}");
    drop(machine);

    let off = Thresholds { calls: u32::MAX, loops: u32::MAX };
    let mut machine = Machine::new(source, TestTier::default(), off, Stress::Off);
    assert!(machine.run().is_ok());
    assert!(machine.tier.asked.lock().unwrap().is_empty());
}

#[test]
fn feedback_says_what_was_seen() {
    let source = "func add(a, b) { return a + b }\nfunc less(a, b) { return a < b }\nfunc same(a, b) { return a == b }\n\
                  func call(f) { return f() }\nfunc make() { return func() { return 1 } }\n\
                  func run(k) { add(1, 2)\n less(1, 2)\n same(1, 2)\n if k > 0 { add(1.5, 2)\n less(1.5, 1)\n same(1.5, 1) }\n\
                  if k > 1 { add(140000000000000, 140000000000000)\n less(1, 1 << 60)\n same(\"a\", 1) }\n\
                  if k > 2 { add(\"1\", 2)\n less(\"1\", \"2\") } }\n\
                  one := make()\ncall(one)\nif K > 0 { call(make()) }\nif K > 1 { call(make) }\nrun(K)";
    let numeral = |_: &[u8]| Some(bytecode::arith::Num::Int(1));
    let word = |machine: &Machine, name: &str, op: Op| {
        let function = machine.function(name);
        let pc = function.proto_ref().code.iter().position(|i| i.op() == op).unwrap();
        // SAFETY: the instruction exists.
        unsafe { &*function.feedback().add(pc) }.load(Relaxed)
    };
    use feedback::{BIG_INTS, FLOATS, OTHERS};
    let expected = [
        [0, 0, 0],
        [FLOATS, FLOATS, FLOATS],
        [FLOATS | BIG_INTS, FLOATS | BIG_INTS, FLOATS | OTHERS],
        [FLOATS | BIG_INTS | OTHERS, FLOATS | BIG_INTS | OTHERS, FLOATS | OTHERS],
    ];
    for (k, kinds) in expected.into_iter().enumerate() {
        let off = Thresholds { calls: u32::MAX, loops: u32::MAX };
        let source = source.replace('K', &k.to_string());
        let mut machine = Machine::new(&source, TestTier::default(), off, Stress::Off);
        let compile = |_: &[u8], _: &str| Err(String::new());
        machine.engine.set_front_end(crate::engine::FrontEnd { compile, numeral });
        machine.run().unwrap();
        let seen =
            [word(&machine, "add", Op::Add), word(&machine, "less", Op::Lt), word(&machine, "same", Op::Eq)];
        assert_eq!(seen, kinds, "{k}");
        let target = Value::from_bits(word(&machine, "call", Op::CallRetMulti));
        match k {
            0 => assert!(Closure::from_value(target).is_some()),
            1 => assert!(Function::from_value(target).is_some()),
            _ => assert_eq!(runtime::record::Record::from_value(target).map(|r| r.len()), Some(2)),
        }
    }
}

#[test]
fn dead_functions_are_forgotten() {
    let source = "func f() { return 1 }\nreturn f() + f() + f()";
    let mut machine = Machine::new(source, TestTier::default(), AT_TWO, Stress::Off);
    for _ in 0..20 {
        let module = Arc::new(module(source));
        let globals = machine.mutator.new_table(0, 0);
        let other = machine.engine.link(&mut machine.mutator, module, globals);
        sched::run_main(&machine.engine, &mut machine.mutator, other.to_value(), &[]).unwrap();
    }
    machine.mutator.collect_full();
    assert!(*machine.tier.dead.lock().unwrap() > 10);
}

// ---- helpers ---------------------------------------------------------------------------------------------------------

/// Calls a helper that gives an outcome.
fn helper(fiber: &mut Fiber, name: &str, args: &[u64]) -> Result<u64, ()> {
    let address = helper_address(name).unwrap();
    let arg = |i: usize| args.get(i).copied().unwrap_or(0);
    // SAFETY: all arguments are words; a helper ignores registers that it has no parameters for.
    let outcome = unsafe {
        let f = std::mem::transmute::<usize, unsafe extern "C" fn(*mut Fiber, u64, u64, u64, u64) -> Outcome>(
            address,
        );
        f(fiber, arg(0), arg(1), arg(2), arg(3))
    };
    if outcome.status < 0 { Err(()) } else { Ok(outcome.value) }
}

fn helpers_on_tables(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    let t = reg(base, 0).load();
    let address = |v: Value| v.bits() & runtime::value::PAYLOAD_MASK;
    let int = |i: i64| Value::int_unchecked(i).bits();
    publish(fiber, base, pc_after(base, Op::GetField));
    // SAFETY: the constant of the instruction.
    let name = fiber.mutator().field_name(b"name").to_value().bits();
    for _ in 0..3 {
        assert_eq!(helper(fiber, "get_field", &[t.bits(), name]), Ok(int(5)));
    }
    publish(fiber, base, pc_after(base, Op::SetField));
    let other = fiber.mutator().field_name(b"other").to_value().bits();
    for i in 0..3 {
        assert_eq!(helper(fiber, "set_field", &[t.bits(), other, int(i)]), Ok(0));
    }
    let get = |fiber: &mut Fiber, key: u64| helper(fiber, "get_index", &[t.bits(), key]);
    assert_eq!(get(fiber, other), Ok(int(2)));
    assert_eq!(helper(fiber, "set_index", &[t.bits(), int(1), int(7)]), Ok(0));
    assert_eq!(helper(fiber, "store_slow", &[address(t), 2u64, int(8)]), Ok(0));
    assert_eq!(helper(fiber, "store_slow", &[address(t), 3u64, int(9)]), Ok(0));
    assert_eq!(get(fiber, int(3)), Ok(int(9)));
    let total = |fiber: &mut Fiber, name: &str, args: &[u64]| helper_total(fiber, name, args);
    assert_eq!(total(fiber, "raw_get", &[address(t), int(2)]), int(8));
    assert_eq!(helper(fiber, "set_metatable", &[address(t), t.bits()]), Ok(0));
    assert_eq!(fiber.metatable(t).map(|meta| meta.to_value().bits()), Some(t.bits()));
    assert_eq!(helper(fiber, "get_index", &[int(1), int(1)]), Err(()));
    assert_eq!(helper(fiber, "len", &[t.bits()]), Ok(int(3)));
    give(fiber, base, &[1])
}

/// Calls a helper that gives a word.
fn helper_total(fiber: &mut Fiber, name: &str, args: &[u64]) -> u64 {
    let address = helper_address(name).unwrap();
    let arg = |i: usize| args.get(i).copied().unwrap_or(0);
    // SAFETY: as in `helper`.
    unsafe {
        let f = std::mem::transmute::<usize, unsafe extern "C" fn(*mut Fiber, u64, u64) -> u64>(address);
        f(fiber, arg(0), arg(1))
    }
}

fn helpers_on_numbers(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    let int = |i: i64| Value::int_unchecked(i).bits();
    let float = |x: f64| Value::float(x).bits();
    publish(fiber, base, 1);
    for (name, expected) in [("add", 9), ("sub", 5), ("mul", 14), ("mod", 1), ("bit_and", 2), ("shl", 28)] {
        assert_eq!(helper(fiber, name, &[int(7), int(2)]), Ok(int(expected)), "{name}");
    }
    assert_eq!(helper(fiber, "div", &[int(7), int(2)]), Ok(float(3.5)));
    assert_eq!(helper(fiber, "add", &[float(7.5), int(2)]), Ok(float(9.5)));
    assert_eq!(helper(fiber, "mod", &[int(7), int(0)]), Err(()));
    assert_eq!(helper(fiber, "add", &[int(7), Value::NIL.bits()]), Err(()));
    assert_eq!(helper(fiber, "lt", &[int(7), float(7.5)]), Ok(1));
    assert_eq!(helper(fiber, "le", &[int(7), Value::NIL.bits()]), Err(()));
    assert_eq!(helper(fiber, "bad_mod", &[]), Err(()));
    assert_eq!(helper_total(fiber, "add_num", &[float(0.5), int(1)]), float(1.5));
    assert_eq!(helper_total(fiber, "lt_num", &[int(1), int(2)]), 1);
    assert_eq!(helper_total(fiber, "raw_eq", &[int(1), float(1.0)]), 1);
    let text = helper_total(fiber, "to_str", &[float(1.5)]);
    let joined = helper(fiber, "concat_strs", &[text, text]).unwrap();
    let joined = Value::from_bits(runtime::value::TAG_STRING | joined);
    let joined = Str::from_value(joined).unwrap();
    assert_eq!(joined.bytes(fiber.mutator()), b"1.51.5");
    assert_eq!(fiber.mutator().int(1 << 50).as_int(), Some(1 << 50));
    assert!(fiber.poll().is_ok());
    give(fiber, base, &[1])
}

fn helpers_on_registers(fiber: &mut Fiber, base: *mut Word, _: u32) -> Outcome {
    publish(fiber, base, pc_after(base, Op::Call));
    for i in 0..3 {
        reg(base, 5 + i).store(Value::int_unchecked(10 * i as i64));
    }
    assert!(helper(fiber, "concat", &[5, 3]).is_ok());
    let t = helper(fiber, "new_table", &[0]).unwrap();
    assert_eq!(helper(fiber, "set_list", &[t, 1, 6, 2]), Ok(0));
    reg(base, 5).store(Value::from_bits(t));
    assert_eq!(helper(fiber, "range_prep", &[5]), Ok(0));
    let mut seen = Vec::new();
    while helper(fiber, "range_next", &[5, 2]) == Ok(0) {
        seen.push((int(base, 8), reg(base, 9).load().as_int().unwrap_or(0)));
    }
    assert_eq!(seen.len(), 2);
    // A call with everything in registers: `many(4)`.
    reg(base, 5).store(reg(base, 0).load());
    reg(base, 8).store(Value::int_unchecked(4));
    assert_eq!(helper(fiber, "call", &[5, 1, 2]), Ok(0));
    assert_eq!((int(base, 5), int(base, 6)), (0, 1));
    // Deferred calls.
    reg(base, 5).store(reg(base, 0).load());
    reg(base, 8).store(Value::int_unchecked(4));
    let list = helper(fiber, "defer", &[5, 1, Value::NIL.bits()]).unwrap();
    assert_eq!(helper(fiber, "run_defers", &[5, 1, list]), Ok(0));
    give(fiber, base, &[1])
}

#[test]
fn helpers_do_what_the_interpreter_does() {
    let source = "func f(t) { x := t.name\n t.other = x\n return x }\nf({name: 5})\nreturn f({name: 5})";
    check(source, &[("f", helpers_on_tables)], &[], &[1]);
    let source = "func f(n) { return n + 1 }\nf(1)\nreturn f(2)";
    check(source, &[("f", helpers_on_numbers)], &[], &[1]);
    let source = "func f(g) { a := {}\n b := 1\n c := 2\n d, e, h, i, j, k := g(b, c, 3, 4, 5, 6, 7)\n x := d .. e .. h\n\
                  return a, b, c, d, e, h, i, j, k, x }\nfunc g() { return 1, 2, 3 }\nf(g)\nreturn f(many)";
    check(source, &[("f", helpers_on_registers)], &[], &[1]);
}

#[test]
fn every_helper_has_a_name_of_its_own() {
    for (i, (name, address)) in HELPERS.iter().enumerate() {
        assert!(*address != 0);
        assert!(HELPERS[..i].iter().all(|(other, _)| other != name), "{name}");
    }
    assert!(helper_address("no such name").is_none());
}
