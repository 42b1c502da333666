//! Programs that run: changed ones, and calls of library functions with whatever there is.

use crate::bytes::Bytes;
use crate::random::Random;
use crate::sandbox::{self, Collector, Sandbox};
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
