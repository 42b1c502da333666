//! Programs through the front end: small ones with the IR that is expected of them, and all golden programs.

use super::method::build;
use super::{Built, Input, Options, Reasons, Site, Start};
use crate::ir::imm::Reason;
use crate::ir::interp::{self, Outcome};
use crate::ir::model::Model;
use crate::ir::{print, verify};
use crate::opt::pipeline;
use bytecode::arith::Num;
use bytecode::module::Module;
use bytecode::ops::Op;
use expect_test::{Expect, expect};
use runtime::closure::{Closure, Function};
use runtime::heap::roots::RootedVec;
use runtime::heap::{Heap, HeapOptions};
use runtime::mutator::Mutator;
use runtime::value::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use syntax::Mode;
use syntax::number::{Number, parse_numeral};
use syntax::span::Source;
use vm::engine::{Engine, EngineOptions, FrontEnd};

/// An engine and what the tests need of it.
struct Machine {
    mutator: Box<Mutator>,
    engine: Arc<Engine>,
    rooted: RootedVec,
}

fn compile(source: &[u8], name: &str) -> Result<Module, String> {
    compiler::compile_source(&Source::new(name, source), Mode::Chunk).map_err(|_| "rejected".to_owned())
}

fn numeral(text: &[u8]) -> Option<Num> {
    Some(match parse_numeral(text)? {
        Number::Int(i) => Num::Int(i),
        Number::Float(x) => Num::Float(x),
    })
}

impl Machine {
    fn new() -> Machine {
        let heap = Heap::new(HeapOptions::default()).unwrap();
        let mut mutator = Box::new(Mutator::new(heap.clone()));
        let rooted = RootedVec::new(&heap);
        let output = Box::new(std::io::sink());
        let engine = Engine::new(heap, &mut mutator, output, EngineOptions::default());
        engine.set_front_end(FrontEnd { compile, numeral });
        engine.collect_feedback();
        stdlib::open_all(&engine, &mut mutator);
        Machine { mutator, engine, rooted }
    }

    fn link(&mut self, module: Module) -> Closure {
        let globals = self.engine.main_globals();
        let main = self.engine.link(&mut self.mutator, Arc::new(module), globals);
        self.rooted.push(main.to_value());
        main
    }

    /// Runs a chunk, so that its functions have feedback. How it ends does not matter.
    fn run(&mut self, main: Closure) {
        self.engine.interrupt_handle().set_deadline(Some(Instant::now() + Duration::from_secs(30)));
        let _ = vm::sched::run_main(&self.engine, &mut self.mutator, main.to_value(), &[]);
        self.engine.interrupt_handle().set_deadline(None);
        let _ = self.engine.take_exit_status();
    }

    fn build(&self, function: Function, start: Start, options: &Options, samples: &[u64]) -> Built {
        let heap = self.mutator.heap();
        let string_metatable = self.engine.string_metatable();
        let input = Input {
            function,
            start,
            heap,
            string_metatable,
            samples,
            closure: None,
            options,
            entries: &|_| None,
        };
        build(&input).unwrap()
    }
}

fn options(speculate: bool) -> Options {
    Options { speculate, inline: speculate, ..Options::default() }
}

/// The function of that name in a program, after the program was run.
fn function_of(m: &mut Machine, source: &str, name: &str) -> Function {
    let module = compile(source.as_bytes(), "test").unwrap();
    let index = module.protos.iter().position(|p| p.name.as_deref() == Some(name)).unwrap();
    let main = m.link(module);
    m.run(main);
    main.function().sibling(index)
}

#[track_caller]
fn check(source: &str, speculate: bool, is_optimized: bool, expected: &Expect) {
    let mut m = Machine::new();
    let f = function_of(&mut m, source, "f");
    let mut built = m.build(f, Start::Entry, &options(speculate), &[]);
    verify::verify(&built.func).unwrap();
    if is_optimized {
        pipeline::optimize(&mut built.func, &pipeline::Options::default());
        verify::verify(&built.func).unwrap();
    }
    let text = print::print(&built.func);
    expected.assert_eq(&text);
}

/// Loop heads: where backward jumps lead.
fn loop_heads(function: Function) -> Vec<u32> {
    let code = &function.proto_ref().code;
    let back = |(pc, &inst): (usize, &bytecode::ops::Inst)| {
        let target = bytecode::text::jump_target(pc as u32, inst)?;
        (target <= pc as i64 && inst.op() != Op::RangePrep).then_some(target as u32)
    };
    let mut heads: Vec<u32> = code.iter().enumerate().filter_map(back).collect();
    heads.sort_unstable();
    heads.dedup();
    heads
}

fn golden_files() -> Vec<PathBuf> {
    fn collect(dir: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                collect(&path, into);
            } else if path.extension().is_some_and(|e| e == "gs") {
                into.push(path);
            }
        }
    }
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden"), &mut files);
    files.sort();
    files
}

fn verified(what: &str, built: &mut Built, optimize: bool) {
    if let Err(errors) = verify::verify(&built.func) {
        panic!("{what}:\n{errors}\n{}", print::print(&built.func));
    }
    if optimize {
        pipeline::optimize(&mut built.func, &pipeline::Options::default());
        if let Err(errors) = verify::verify(&built.func) {
            panic!("{what}, optimised:\n{errors}");
        }
    }
}

/// Builds every function of a module in every way.
fn build_all(m: &Machine, main: Closure, name: &str, optimize: bool) -> (u32, u32) {
    let (mut functions, mut insts) = (0, 0);
    for i in 0..main.function().module().protos.len() {
        let f = main.function().sibling(i);
        for speculate in [false, true] {
            let mut options = options(speculate);
            let what = format!("{name}, function {i}, speculate {speculate}");
            let mut built = m.build(f, Start::Entry, &options, &[]);
            insts += built.func.inst_count() as u32;
            verified(&what, &mut built, optimize);
            for pc in loop_heads(f) {
                for samples in [&[][..], &[Value::int32(7).bits(); 250], &[Value::float(1.5).bits(); 250]] {
                    let mut built = m.build(f, Start::Loop { pc }, &options, samples);
                    verified(&format!("{what}, loop at {pc}"), &mut built, optimize);
                }
            }
            if speculate {
                for reason in [Reason::Bounds, Reason::Type] {
                    let site = |pc| Site { function: f.to_value().bits(), pc: pc as u32 };
                    let sites = (0..f.proto_ref().code.len()).map(site);
                    options.excluded.extend(sites.map(|site| (site, Reasons::of(&[reason]))));
                    let mut built = m.build(f, Start::Entry, &options, &[]);
                    verified(&format!("{what}, all excluded"), &mut built, optimize);
                }
            }
        }
        functions += 1;
    }
    (functions, insts)
}

#[test]
fn golden_programs_build_without_feedback() {
    for path in golden_files() {
        let Ok(source) = std::fs::read(&path) else { continue };
        let name = path.to_string_lossy().into_owned();
        let Ok(module) = compile(&source, &name) else { continue };
        let mut m = Machine::new();
        let main = m.link(module);
        build_all(&m, main, &name, false);
    }
}

#[test]
fn golden_programs_build_with_feedback() {
    for path in golden_files() {
        let Ok(source) = std::fs::read(&path) else { continue };
        let name = path.to_string_lossy().into_owned();
        // What waits for input, ends the process, or takes its time to run into limits is no program for this test.
        let is_long = ["recursion", "overflow", "deep", "limit"].iter().any(|word| name.contains(word));
        if is_long || [&b"io.read"[..], b"os.exit("].iter().any(|w| source.windows(w.len()).any(|s| s == *w))
        {
            continue;
        }
        let Ok(module) = compile(&source, &name) else { continue };
        let mut m = Machine::new();
        let main = m.link(module);
        m.run(main);
        build_all(&m, main, &name, true);
    }
}

/// The table is none that is at hand: what the site has read says what its elements are.
#[test]
fn elements_are_of_the_kind_that_was_read() {
    let source = "func f() { t := g()\n return t[1] }\nfunc g() { return {1.5, 2.5} }\nf()\nreturn f";
    let mut m = Machine::new();
    let f = function_of(&mut m, source, "f");
    let mut options = options(true);
    options.inline = false;
    let text = print::print(&m.build(f, Start::Entry, &options, &[]).func);
    assert!(text.contains("guard_elem") && text.contains("load_elem_float"), "{text}");
    assert!(!text.contains("load_elem_int"), "{text}");
}

#[test]
fn a_loop_is_left_before_one_that_has_not_run() {
    let ends = |source: &str, number: usize| {
        let mut m = Machine::new();
        let f = function_of(&mut m, source, "f");
        let head = loop_heads(f)[number];
        let built = m.build(f, Start::Loop { pc: head }, &options(true), &[]);
        print::print(&built.func).contains("loop_end")
    };
    const LOOP: &str = "for i := 1; i <= 9; i++ { s += i }\n";
    assert!(!ends(&format!("func f(s) {{ {LOOP} return s }}"), 0));
    assert!(ends(&format!("func f(s) {{ {LOOP} {LOOP} return s }}"), 0));
    assert!(!ends(&format!("func f(s) {{ {LOOP} {LOOP} return s }}"), 1));
    assert!(ends(&format!("func f(s) {{ for j := 1; j <= 9; j++ {{ {LOOP} }} return s }}"), 1));
}

/// A computed float is the key of an element as long as the site has met no other.
#[test]
fn computed_floats_are_indices() {
    let source = "func f(t, half) { return t[1 + half] }\nf({1.5, 2.5}, 1.0)\nreturn f";
    let mut m = Machine::new();
    let f = function_of(&mut m, source, "f");
    let text = print::print(&m.build(f, Start::Entry, &options(true), &[]).func);
    assert!(text.contains("guard_f64_int") && text.contains("load_elem_float"), "{text}");
}

/// What the IR interpreter gives for a function of numbers; `None` if it leaves.
fn run_ir(built: &Built, args: &[Value]) -> Option<Vec<Value>> {
    let mut model = Model::new();
    model.regs = args.iter().map(|v| v.bits()).collect();
    model.regs.resize(256, Value::NIL.bits());
    // Without samples a typed entry takes boxed arguments.
    let params = built.func.params(built.func.entry()).len();
    let words: Vec<u64> = args.iter().map(|v| v.bits()).take(params).collect();
    match interp::run(&built.func, &words, &mut model, 1_000_000) {
        Outcome::Returned(words) => Some(words.into_iter().map(Value::from_bits).collect()),
        Outcome::Exited(_) => None,
        other => panic!("{other:?}"),
    }
}

/// Functions of two numbers, run by the bytecode's interpreter, and as IR with and without optimisation, on many pairs.
#[test]
fn arithmetic_is_that_of_the_interpreter() {
    const BODIES: &[&str] = &[
        "return a + b",
        "return a - b * a",
        "return a / b",
        "return a * a + b / 2 - 7",
        "return -a - b",
        "if a < b { return a } return b",
        "if a >= b && a != 3 { return 1 } return a == b",
        "return a <= 10, b > -3, a == 2, b != 2.5",
        "s := 0\n for i := 1; i <= 10; i += 1 { s += i * a\n if s > b { s -= b } }\n return s",
        "s := 0.5\n for i := 10; i > 0; i -= 3 { s = s * a + i }\n return s",
        "s := 0\n for i := range 7 { s += i * b }\n return s",
        "s, t, n := a, b, 0\n for n < 9 && t < 1000 { s = s + 1.5\n t = t + s\n n++ }\n return s, t",
        "x := a\n for i := 0; i < 5; i++ { x = x + x }\n return x",
    ];
    let numbers =
        ["0", "1", "-1", "3", "7.25", "-0.5", "140737488355327", "-140737488355328", "1e300", "0.0"];
    let (mut runs, mut exits) = (0, 0);
    for body in BODIES {
        for (warm, _) in [("1, 2", 0), ("1.5, 2.5", 0), ("2, 0.25", 0)] {
            let source =
                format!("func f(a, b) {{ {body} }}\nfor i := 0; i < 3; i++ {{ f({warm}) }}\nreturn f");
            let mut m = Machine::new();
            let f = function_of(&mut m, &source, "f");
            let mut versions = vec![m.build(f, Start::Entry, &options(true), &[])];
            versions.push(m.build(f, Start::Entry, &options(true), &[]));
            pipeline::optimize(&mut versions[1].func, &pipeline::Options::default());
            for a in numbers {
                for b in numbers {
                    let call = format!("func f(a, b) {{ {body} }}\nreturn f({a}, {b})");
                    let module = compile(call.as_bytes(), "call").unwrap();
                    let main = m.link(module);
                    let expected =
                        vm::sched::run_main(&m.engine, &mut m.mutator, main.to_value(), &[]).unwrap();
                    let args = [a, b].map(|text| match numeral(text.as_bytes()) {
                        Some(Num::Int(i)) => Value::small_int(i).unwrap(),
                        Some(Num::Float(x)) => Value::float(x),
                        None => {
                            let rest = text.strip_prefix('-').unwrap();
                            match numeral(rest.as_bytes()).unwrap() {
                                Num::Int(i) => Value::small_int(-i).unwrap(),
                                Num::Float(x) => Value::float(-x),
                            }
                        }
                    });
                    for built in &versions {
                        runs += 1;
                        let Some(given) = run_ir(built, &args) else {
                            exits += 1;
                            continue;
                        };
                        // Big integers are objects of the model there, and of the heap here.
                        let is_big = |v: &Value| !v.is_float() && v.as_small_int().is_none() && v.is_object();
                        if given.iter().any(is_big) {
                            continue;
                        }
                        let given: Vec<u64> = given.iter().map(|v| v.bits()).collect();
                        let expected: Vec<u64> = expected.iter().map(|v| v.bits()).collect();
                        assert_eq!(given, expected, "{body} of {a}, {b} after {warm}\n{:?}", built.func);
                    }
                }
            }
        }
    }
    assert!(exits * 4 < runs * 3, "{exits} of {runs} leave");
}

#[test]
fn raw_integers_are_compared_as_such_without_speculation() {
    let mut m = Machine::new();
    let source = "func f(a, b) { if a > b { return 1 }\nreturn 2 }\nfor i := 1; i < 9; i++ { f(i, 5) }";
    let f = function_of(&mut m, source, "f");
    let mut options = options(true);
    let site = |pc: usize| Site { function: f.to_value().bits(), pc: pc as u32 };
    let sites = (0..f.proto_ref().code.len()).map(site);
    options.excluded.extend(sites.map(|site| (site, Reasons::of(&[Reason::Type]))));
    let samples = [Value::int32(8).bits(), Value::int32(2).bits()];
    let built = m.build(f, Start::Entry, &options, &samples);
    verify::verify(&built.func).unwrap();
    let text = print::print(&built.func);
    assert!(
        text.contains("(v0: i64, v1: i64)") && text.contains("icmp") && !text.contains("cmp_mixed"),
        "{text}"
    );
}

#[test]
fn the_quick_form_is_boxed() {
    check(
        "func f(a, b) { return a + b < 3 }\nf(1, 2)",
        false,
        false,
        &expect![[r#"
            func "f" returns value
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 1 { r2 = v3 }
            snap s1 f0 pc 3 { r2 = v3 }
            b0:
              v0 = load_reg 0
              v1 = load_reg 1
              jump b1
            b1:
              v3: value = call_helper v0, v1, add, to 1 [s0]
              v4 = const_num int 3
              v5: bool = call_helper v3, v4, lt, to 1 [s1]
              v6 = box_bool v5
              return_values v6
        "#]],
    );
}

#[test]
fn a_loop_of_integers_is_raw() {
    check(
        "func f(n) { s := 0\n for i := 1; i <= n; i += 1 { s += i }\n return s }\nf(10)",
        true,
        true,
        &expect![[r#"
            func "f" returns value takes immediates
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 2 { r0 = v0, r1 = v2, r2 = v3 }
            snap s1 f0 pc 3 { r0 = v0, r1 = v46, r2 = v47 }
            snap s2 f0 pc 4 { r0 = v0, r1 = v18, r2 = v47 }
            snap s3 f0 pc 3 { r0 = v4, r1 = v18, r2 = v21 }
            snap s4 f0 pc 3 { r0 = v0, r1 = v2, r2 = v3 }
            snap s5 f0 pc 3 { r0 = v0, r1 = v2, r2 = v3 }
            snap s6 f0 pc 3 { r0 = v4, r1 = v46, r2 = v47 }
            snap s7 f0 pc 3 { r0 = v4, r1 = v3, r2 = v43 }
            snap s8 f0 pc 3 { r0 = v4, r1 = v18, r2 = v21 }
            b0(v0: value):
              v2 = const_i64 0
              v3 = const_i64 1
              v4 = guard_int v0 [s0]
              v5 = icmp v4, v3, ge
              branch v5, b2, b4
            b2:
              v43 = const_i64 2
              v44 = icmp v4, v43, ge
              branch v44, b8, b7(v3)
            b4:
              jump b5(v2)
            b8:
              jump b9(v3, v43)
            b9(v54: i64, v55: i64):
              v56 = const_i64 1023
              v57 = add_i64 v55, v56
              v58 = min_i64 v4, v57
              jump b6(v54, v55)
            b6(v46: i64, v47: i64):
              v18 = add_i64 v46, v47
              v21 = add_i64 v47, v3
              v60 = icmp v21, v58, le
              branch v60, b6(v18, v21), b10
            b10:
              v61 = icmp v21, v4, le
              branch v61, b11, b7(v18)
            b11 cold:
              poll [s8]
              jump b9(v18, v21)
            b7(v48: i64):
              jump b5(v48)
            b5(v37: i64):
              v38 = box_i64 v37
              return_values v38
        "#]],
    );
}

#[test]
fn a_global_is_a_constant_until_its_second_assignment() {
    let source = |rest: &str| {
        format!("scale := 3\nfunc f(x) {{ return x * scale }}\nfor i := 0; i < 9; i++ {{ f(i) }}\n{rest}")
    };
    let build = |source: &str| {
        let mut m = Machine::new();
        let f = function_of(&mut m, source, "f");
        let built = m.build(f, Start::Entry, &options(true), &[]);
        (built.assumptions.len(), print::print(&built.func))
    };
    let (assumptions, text) = build(&source(""));
    assert_eq!(assumptions, 1);
    assert!(text.contains("guard_valid") && !text.contains("load_global"), "{text}");
    let (assumptions, text) = build(&source("scale = 4"));
    assert_eq!(assumptions, 0);
    assert!(!text.contains("guard_valid") && text.contains("load_global"), "{text}");
}

#[test]
fn an_assignment_that_may_break_an_assumption_is_made_by_the_helper() {
    let build = |source: &str| {
        let mut m = Machine::new();
        let f = function_of(&mut m, source, "f");
        print::print(&m.build(f, Start::Entry, &options(true), &[]).func)
    };
    let text = build("last := 0\nfunc f(x) { if x > 100 { last = x } }\nf(1)");
    assert!(text.contains("set_global") && !text.contains("store_global"), "{text}");
    let text = build("last := 0\nfunc f(x) { if x > 100 { last = x } }\nf(101)");
    assert!(!text.contains("set_global") && text.contains("store_global"), "{text}");
}

#[test]
fn constant_formats_and_patterns_are_prepared() {
    let build = |text: &str| {
        let mut m = Machine::new();
        let f = function_of(&mut m, &format!("func f(s, p) {{ return {text} }}\nf(\"12\", \"1\")"), "f");
        let built = m.build(f, Start::Entry, &options(true), &[]);
        (built.prepared.len(), print::print(&built.func).matches("call_prepared").count())
    };
    assert_eq!(build("string.format(\"%s\", s)"), (1, 1));
    assert_eq!(build("s:find(\"%d\"), s:match(\"(%d)\")"), (2, 2));
    assert_eq!(build("s:find(p), string.format(s)"), (0, 0));
    // A faulty pattern raises where it is used.
    assert_eq!(build("pcall(s.match, s, \"(\")"), (0, 0));
    assert_eq!(build("s == nil && s:match(\"(\")"), (0, 0));
}
