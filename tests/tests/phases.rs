//! Programs whose types, shapes, globals or methods change while they run: after each change machine code is left for a while,
//! and then no more.
//!
//! A program defines `work(n)`. Between its changes `work` runs again and again; the exits of each run are counted. A few runs
//! after a change there must be next to none, however often the program changes.

#![cfg(all(target_arch = "x86_64", unix))]

use gscript::{JitOptions, Options, Script};

/// Runs of `work` after a change.
const RUNS: usize = 12;
/// Rounds of each.
const ROUNDS: usize = 2000;
/// Exits in the last three runs together that are next to none.
const EXITS_MAX: u64 = 6;

struct Program {
    name: &'static str,
    setup: &'static str,
    changes: &'static [&'static str],
}

const PROGRAMS: &[Program] = &[
    Program {
        name: "types of operands",
        setup: "a := {1, 2, 3, 4}
            func add(x, y) { return x + y }
            func work(n) { s := 0; for i := 0; i < n; i++ { s = add(s, a[i % 4 + 1]) }; return s }",
        changes: &["a = {1.5, 2.5, 3.5, 4.5}", "a = {1, 2.5, 3, 4.5}", "a = {1 << 50, 2, 3.5, 4}", "a = {\"1\", 2, \"3\", 4}"],
    },
    Program {
        name: "types of elements, one by one",
        setup: "a := {}
            for i := 1; i <= 64; i++ { a[i] = i }
            func work(n) { s := 0; for i := 0; i < n; i++ { v := a[i % 64 + 1]; if v { s += tonumber(v) } }; return s }",
        changes: &["a[7] = 0.5", "a[9] = \"12\"", "a[11] = false", "for i := 1; i <= 64; i++ { a[i] = 1.25 }"],
    },
    Program {
        name: "shapes",
        setup: "func make(i) { return {x: i, y: 1} }
            func work(n) { s := 0; for i := 0; i < n; i++ { p := make(i); s += p.x * p.y }; return s }",
        changes: &[
            "make = func(i) { return {y: 1, x: i} }",
            "make = func(i) { if i % 2 == 0 { return {x: i, y: 1} }; return {z: 0, x: i, y: 1} }",
            "make = func(i) { t := {}; t[\"k\" .. i % 7] = 1; t.x = i; t.y = 2; return t }",
            "make = func(i) { return {x: i + 0.5, y: 1} }",
        ],
    },
    Program {
        name: "kinds of fields",
        setup: "p := {x: 1, y: 2, z: 3}
            func work(n) { s := 0; for i := 0; i < n; i++ { s += p.x + p.y; p.z = i }; return s }",
        changes: &["p.x = 0.5", "p.y = 1 << 50", "p.z = {}", "p.x = \"7\"", "p = {x: 1, y: 2, z: 3}", "p.z = nil"],
    },
    Program {
        name: "kinds of fields of a class",
        setup: "P := {}
            P.__index = P
            func P.new(x) { return setmetatable({x: x, n: 0}, P) }
            func P:add(d) { self.x = self.x + d; self.n++; return self.x }
            p := P.new(0.5)
            func work(n) { s := 0; for i := 0; i < n; i++ { s += p:add(0.25) + P.new(1.5).x }; return s }",
        changes: &["p.x = 3", "p.n = 0.5", "p = P.new(\"1\")", "p = P.new(1.5)"],
    },
    Program {
        name: "globals",
        setup: "scale, op := 3, func(x) { return x }
            func apply(x) { return op(x) * scale }
            func work(n) { s := 0; for i := 0; i < n; i++ { s += apply(i) }; return s }",
        changes: &[
            "scale = 4",
            "scale = 2.5",
            "op = func(x) { return x + 1 }",
            "op = math.floor",
            "scale, op = 1, func(x) { return scale }",
        ],
    },
    Program {
        name: "methods",
        setup: "Shape := {}
            Shape.__index = Shape
            func Shape:area() { return self.w }
            shapes := {}
            for i := 1; i <= 32; i++ { shapes[i] = setmetatable({w: i}, Shape) }
            func work(n) { s := 0; for i := 0; i < n; i++ { s += shapes[i % 32 + 1]:area() }; return s }",
        changes: &[
            "func Shape:area() { return self.w * 2 }",
            "Round := {area: func(self) { return self.w * 3 }}
             Round.__index = Round
             for i := 1; i <= 32; i += 2 { setmetatable(shapes[i], Round) }",
            "func Round:area() { return self.w * 0.5 }",
            "Shape.__add = func(a, b) { return 1 }; func Shape:area() { return self + self }",
            "for i := 1; i <= 32; i++ { shapes[i].area = func(self) { return 1 } }",
        ],
    },
    Program {
        name: "more and more classes",
        setup: "objects := {}
            func class(k) { c := {}; c.__index = c; c.get = func(self) { return self.v + k }; return c }
            func fill(n) { for i := 1; i <= 24; i++ { objects[i] = setmetatable({v: i}, class(i % n)) } }
            fill(1)
            func work(n) { s := 0; for i := 0; i < n; i++ { s += objects[i % 24 + 1]:get() }; return s }",
        changes: &["fill(2)", "fill(5)", "fill(12)", "fill(24)"],
    },
    Program {
        name: "equality and library functions",
        setup: "a, b := setmetatable({}, {}), setmetatable({}, {})
            func work(n) { s := 0; for i := 0; i < n; i++ { if a == b { s++ }; s += math.max(i, 3) }; return s }",
        changes: &["getmetatable(a).__eq = func(x, y) { return true }", "math.max = func(x, y) { return y }"],
    },
    Program {
        name: "sizes and results",
        setup: "func pair(i) { return i, i + 1 }
            func work(n) { s, t := 0, {}; for i := 0; i < n; i++ { x, y := pair(i); t[#t + 1] = x; s += y }; return s + #t }",
        changes: &[
            "pair = func(i) { return i, i + 0.5 }",
            "pair = func(i) { if i % 3 == 0 { return i, i, i }; return i, 1 }",
            "pair = func(i, ...) { return i, select(\"#\", ...) }",
        ],
    },
];

/// How often code was left because a guess was wrong.
fn exits(script: &Script) -> u64 {
    let stats = script.jit_stats(true);
    let (_, rest) = stats.split_once("\"failed\":").expect("statistics count exits");
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

fn run(script: &mut Script, text: &str, what: &str) {
    if let Err(e) = script.run(text.as_bytes(), "phases", &[]) {
        panic!("{what}: {e}");
    }
}

#[test]
fn exits_cease_after_each_change() {
    let mut all = 0;
    for program in PROGRAMS {
        let jit = JitOptions { threads: Some(0), ..JitOptions::default() };
        let mut script = Script::new(Options { jit, ..Options::default() }).unwrap();
        run(&mut script, program.setup, program.name);
        for change in [""].iter().chain(program.changes) {
            run(&mut script, change, program.name);
            let mut counts = Vec::new();
            for _ in 0..RUNS {
                let before = exits(&script);
                run(&mut script, &format!("work({ROUNDS})"), program.name);
                counts.push(exits(&script) - before);
            }
            let last: u64 = counts[RUNS - 3..].iter().sum();
            all += counts.iter().sum::<u64>();
            assert!(last <= EXITS_MAX, "{} after '{change}': exits of each run {counts:?}", program.name);
        }
    }
    assert!(all > 100, "code was left {all} times only: the changes change nothing that it believes");
}

#[test]
fn a_program_that_changes_at_every_turn_settles() {
    let jit = JitOptions { threads: Some(0), ..JitOptions::default() };
    let mut script = Script::new(Options { jit, ..Options::default() }).unwrap();
    let text = "values := {1, 2.5, 1 << 60, 7}
        Class := {}
        Class.__index = Class
        mode := 0
        func step(i, o) {
            mode = i
            Class.get = func(self) { return self.v + i }
            o.v = values[i % 4 + 1]
            return o:get() + mode
        }
        func work(n) { o, s := setmetatable({v: 0}, Class), 0; for i := 0; i < n; i++ { s += step(i, o) }; return s }";
    run(&mut script, text, "setup");
    let mut counts = Vec::new();
    for _ in 0..RUNS {
        let before = exits(&script);
        run(&mut script, &format!("work({ROUNDS})"), "work");
        counts.push(exits(&script) - before);
    }
    let last: u64 = counts[RUNS - 3..].iter().sum();
    assert!(last <= EXITS_MAX, "exits of each run: {counts:?}");
}
