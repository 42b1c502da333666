//! Programs that run: changed ones, calls of library functions with whatever there is, and goroutines that share without
//! order.

use crate::bytes::Bytes;
use crate::random::Random;
use crate::sandbox::{self, Collector, Outcome, Sandbox};
use std::cell::RefCell;
use std::fmt::Write;
use std::time::Duration;

/// Time for a program. Most need far less; endless ones test the deadline.
const PROGRAM_TIME: Duration = Duration::from_millis(80);
/// Memory of a program: little, so that limits are met often.
const PROGRAM_HEAP: usize = 24 << 20;

/// A program ends by its deadline and within its memory. Each gets an engine of its own; the collector of some works
/// harder than it must, which shows what no root keeps alive.
pub fn program(data: &[u8]) {
    let collector = match Random::hash(data) % 16 {
        0..=3 => Collector::TinyYoung,
        4 | 5 => Collector::EverySafepoint,
        6 => Collector::EveryAllocation,
        _ => Collector::Usual,
    };
    let mut sandbox = Sandbox::with_collector(PROGRAM_HEAP, "", collector);
    sandbox.run(data, PROGRAM_TIME);
}

/// Values for arguments: of every type, at every edge.
const VALUES: &[&str] = &[
    "nil",
    "true",
    "false",
    "0",
    "1",
    "2",
    "-1",
    "3",
    "7.5",
    "255",
    "1 << 20",
    "1 << 40",
    "math.maxinteger",
    "math.mininteger",
    "1e308",
    "-1e308",
    "(1/0)",
    "(-1/0)",
    "(0/0)",
    "-0.0",
    "\"\"",
    "\"a\"",
    "\"abc\"",
    "\"%a+\"",
    "\"%d\"",
    "\"\\0\"",
    "\"\\xff\\xfe\"",
    "\"1e5\"",
    "\" 12 \"",
    "\"é€😀\"",
    "\"a,b\\nc,d\"",
    "\"[1, {}]\"",
    "(\"ab\"):rep(1000)",
    "{}",
    "{1, 2, 3}",
    "{3, \"b\", 1.5, \"a\", true}",
    "{a: 1, b: {c: 2}}",
    "{{1, 2}, {3, 4}}",
    "{n: 3, \"x\"}",
    "setmetatable({}, {__index: func(t, k) { return k }})",
    "setmetatable({}, {__len: func() { return 1 << 40 }})",
    "setmetatable({}, {__len: func() { return \"x\" }})",
    "setmetatable({1, 2}, {__index: error, __newindex: error})",
    "setmetatable({1, 2}, {__lt: func() { coroutine.yield() }, __add: print, __concat: print, __eq: print, __call: print})",
    "setmetatable({}, {__tostring: func() { return {} }, __name: \"thing\"})",
    "loop",
    "holes",
    "print",
    "pcall",
    "error",
    "string.rep",
    "coroutine.yield",
    "coroutine.wrap(func(...) { for { coroutine.yield(...) } })",
    "coroutine.create(func(...) { coroutine.yield(...) })",
    "coroutine.running()",
    "func() { }",
    "func(...) { return ... }",
    "func(a, b) { return a < b }",
    "func(a) { table.insert(loop, a); return a }",
    "func() { error({}) }",
    "make(chan)",
    "make(chan, 3)",
    "\"*t\"",
    "\"%c\"",
    "\"2006-01-02\"",
];

/// Names of methods, for whatever has some.
const METHODS: &[&str] = &[
    "len",
    "sub",
    "rep",
    "find",
    "gsub",
    "add",
    "get",
    "set",
    "load",
    "store",
    "swap",
    "lock",
    "unlock",
    "tryLock",
    "wait",
    "done",
    "with",
    "run",
    "cancel",
    "reset",
    "push",
    "pop",
    "write",
    "read",
    "bytes",
    "string",
    "match",
    "replace",
    "split",
    "next",
    "close",
    "clone",
    "row",
    "col",
    "mul",
    "transpose",
    "at",
    "put",
    "size",
];

const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "**", "..", "&", "|", "^", "&^", "<<", ">>", "==", "!=", "<", "<=", ">", ">=",
    "&&", "||",
];

/// What the calls share.
const LIBRARY_PRELUDE: &str = "
loop = {1, 2, 3}; loop[4] = loop; loop.self = loop
holes = {1, nil, 3, nil, 5}; holes[1 << 40] = 1; holes[-1] = 2; holes[0.5] = 3
";

thread_local! {
    static FUNCTIONS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Some calls of library functions, each with the results of those before it among its arguments.
pub fn library(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    sandbox::with(LIBRARY_PRELUDE, PROGRAM_HEAP, |sandbox| {
        FUNCTIONS.with_borrow_mut(|functions| {
            if functions.is_empty() {
                *functions = sandbox.functions();
            }
            let text = calls(&mut bytes, functions);
            sandbox.run(text.as_bytes(), PROGRAM_TIME);
        });
    });
}

fn calls(bytes: &mut Bytes, functions: &[String]) -> String {
    let mut text = String::from(
        "{\nvar v0, v1, v2, v3\nfunc take(ok, ...) { if ok { v0, v1, v2, v3 = v1, v2, v3, ... } }\n",
    );
    while !bytes.is_empty() {
        let kind = bytes.below(16);
        // Writing to a string cannot fail.
        let _ = match kind {
            0..=9 => {
                let function = &functions[bytes.below(functions.len())];
                write!(text, "take(pcall({function}{})", arguments(bytes, true))
            }
            10 | 11 => {
                let method = METHODS[bytes.below(METHODS.len())];
                write!(text, "take(pcall(func() {{ return v3:{method}({}) }})", arguments(bytes, false))
            }
            12 => {
                let operator = OPERATORS[bytes.below(OPERATORS.len())];
                let (a, b) = (value(bytes), value(bytes));
                write!(text, "take(pcall(func() {{ return ({a}) {operator} ({b}) }})")
            }
            13 => {
                let (t, k, v) = (value(bytes), value(bytes), value(bytes));
                write!(text, "take(pcall(func() {{ t := {t}; t[{k}] = {v}; return t[{k}], #t }})")
            }
            14 => {
                let range = value(bytes);
                write!(
                    text,
                    "take(pcall(func() {{ n := 0; for k, v := range {range} {{ n++; if n > 9 {{ return k, v }} }} }})"
                )
            }
            _ => {
                let (f, v) = (value(bytes), value(bytes));
                write!(text, "take(coroutine.resume(coroutine.create({f}), {v})")
            }
        };
        text.push_str(");\n");
    }
    text.push('}');
    text
}

fn arguments(bytes: &mut Bytes, leads: bool) -> String {
    let mut text = String::new();
    for i in 0..bytes.below(5) {
        if i > 0 || leads {
            text.push_str(", ");
        }
        text.push_str(value(bytes));
    }
    text
}

fn value(bytes: &mut Bytes) -> &'static str {
    match bytes.below(5) {
        0 => ["v0", "v1", "v2", "v3"][bytes.below(4)],
        _ => VALUES[bytes.below(VALUES.len())],
    }
}

/// What goroutines do to what they share, with `i` the number of their round.
const RACES: &[&str] = &[
    "t[#t + 1] = {i}",
    "t[i % 40] = i % 3 == 0 && i || i % 3 == 1 && 1.5 || {}",
    "t[i % 60] = nil",
    "t[i * 0.5] = i; t[-i] = {}",
    "t[\"k\" .. i % 90] = {i}",
    "t[\"k\" .. i % 90] = nil",
    "t.a = i; t.b = {}; t.c = s; t.a = nil",
    "x := t.c; if type(x) == \"table\" { x.d = t }",
    "t = {}",
    "t = {1, 2, 3, a: 1, b: s}",
    "t = table.copy(t)",
    "table.insert(t, 1, i)",
    "table.remove(t)",
    "table.remove(t, 1)",
    "table.move(t, 1, 20, 3)",
    "table.reverse(t)",
    "table.sort(t)",
    "table.sort(t, func(a, b) { return tostring(a) < tostring(b) })",
    "n := 0; for k, v := range t { n++; if n > 30 { break } }",
    "k := nil; for n := range 30 { k = next(t, k); if k == nil { break } }",
    "for j, v := range ipairs(t) { if j > 30 { break } }",
    "n := 0; for j := 1; j <= #t && j < 50; j++ { n += t[j] }",
    "n := #t + rawlen(t); x := t[n]",
    "x := {unpack(t, 1, 50)}",
    "table.concat(t, s:sub(1, 3))",
    "json.encode({t.a, s, #t})",
    "setmetatable(t, {__index: func(t, k) { return k }, __len: func() { return 3 }})",
    "setmetatable(t, {__index: u, __newindex: u})",
    "setmetatable(t, nil)",
    "u.x = t; u[i % 50] = u.x; u.x = nil",
    "s = s .. i; if #s > 5000 { s = \"\" }",
    "s = s .. s:upper():sub(1, 9); if #s > 5000 { s = \"x\" }",
    "n := s:len() + #s:rep(3) + #s:gsub(\"%d\", \"x\")",
    "f = func() { return t, s, i }",
    "f = func() { i++; t = {i}; return f }",
    "x := f(); if type(x) == \"function\" { x() }",
    "c = coroutine.create(func(...) { for { coroutine.yield(t, s, ...) } })",
    "coroutine.resume(c, i, t)",
    "coroutine.close(c)",
    "select { case ch <- t: case x := <-ch: u.y = x default: }",
    "close(ch)",
    "ch = make(chan, i % 5)",
    "m:lock(); t = {i}; m:unlock()",
    "u.n = (u.n || 0) + 1; u.n -= 1",
    "g1 = i; g2 = g1; g3 = {g2}",
    "load(\"return t, s\")()",
    "collectgarbage()",
    "time.sleep(0)",
];

/// Goroutines that change the same tables, strings, variables, coroutines and channels without any order.
pub fn race(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut text = String::from(
        "t = {1, 2, 3}; u = {}; s = \"abc\"; f = print; ch = make(chan, 1); m = sync.mutex()
c = coroutine.create(func() { coroutine.yield() }); done := make(chan, 9)\n",
    );
    let goroutines = 2 + bytes.below(3);
    for _ in 0..goroutines {
        text.push_str("go func() { for i := 1; i <= 3000; i++ {\n");
        for _ in 0..1 + bytes.below(4) {
            let race = RACES[bytes.below(RACES.len())];
            // Writing to a string cannot fail.
            let _ = writeln!(text, "pcall(func() {{ {race} }})");
        }
        text.push_str("}; done <- 1 }()\n");
    }
    let _ = writeln!(text, "for i := range {goroutines} {{ <-done }}");
    let collector = if bytes.below(2) == 0 { Collector::Usual } else { Collector::TinyYoung };
    let outcome = Sandbox::with_collector(PROGRAM_HEAP, "", collector).run(text.as_bytes(), PROGRAM_TIME);
    assert!(!matches!(outcome, Outcome::Rejected(_)), "{outcome:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_compile() {
        let functions = ["string.rep".to_string(), "pcall".to_string()];
        let data: Vec<u8> = (0..4000u32).map(|i| (i * 7 + i / 5) as u8).collect();
        for chunk in data.chunks(80) {
            let text = calls(&mut Bytes::new(chunk), &functions);
            let source = syntax::span::Source::new("t", text.as_bytes());
            if let Err(errors) = compiler::compile_source(&source, syntax::Mode::Chunk) {
                panic!("{errors:?}\n{text}");
            }
        }
    }
}
