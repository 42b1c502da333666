//! Random programs that are right: they compile, end soon, mostly without an error, and tell all that they compute.
//!
//! The one idea: a generator knows, for each variable, what its values are good for (its kind), and counts what the program
//! will cost while it writes it. So operations nearly always succeed, loops end, and thousands of turns take a
//! millisecond; yet at run time the same line sees integers, then floats, then objects. Where errors are wanted (what is
//! called by `pcall`) the generator forgets what it knows.
//!
//! They are made to find faults of an optimising compiler by comparing what two ways of executing them print
//! (`targets/tiers.rs`). They never print addresses, times or what depends on the order in which goroutines run.
//!
//! Parallel ones (`generate_parallel`) are made to find crashes and hangs: any statements may run as goroutines.
//!
//! - `tree.rs` what a program is; `shrink.rs` makes it smaller
//! - `maker.rs` what the generator knows while it writes; `exprs.rs`, `statements.rs`, `loops.rs`, `parts.rs` (functions,
//!   classes, coroutines, goroutines) write; `scenes.rs` fills in templates of usual programs; `wild.rs` writes code that
//!   knows nothing of what it computes with

mod exprs;
mod loops;
mod maker;
mod parts;
mod scenes;
pub mod shrink;
mod statements;
pub mod tree;
mod wild;

use crate::random::Random;
use maker::Maker;
use tree::{Node, write_block};

/// Cost of a usual program: about a millisecond of the interpreter.
const COST_MAX: u64 = 50_000;
/// Cost of one that runs with a collection at every safepoint.
const SMALL_COST_MAX: u64 = 1500;
/// Cost of a program whose parts run side by side, so that they do.
const PARALLEL_COST_MAX: u64 = 200_000;
/// How the first line of a program begins.
const MARK: &str = "// made from ";

/// Functions that programs use, in the order in which they need each other. Those that a program does not name are left
/// out.
const PRELUDE: &[(&str, &str)] = &[
    ("digest", "digest = 7\n"),
    ("tasks", "tasks = sync.waitgroup()\n"),
    ("cut", "func cut(s) { if #s > 80 { return s:sub(1, 30) .. s:sub(-9) }; return s }\n"),
    (
        "val",
        "func val(v) { if type(v) == \"table\" { return tonumber(rawget(v, \"x\")) || 1 }; return tonumber(v) || 2 }\n",
    ),
    (
        "fold",
        "func fold(h, v) {
    switch math.type(v) {
    case \"integer\": return h * 31 + v
    case \"float\":
        s := tostring(v)
        for i := 1; i <= #s; i++ { h = h * 33 ^ s:byte(i) }
        return h
    }
    if type(v) == \"string\" { return h * 37 + #v * 64 + (v:byte(-1) || 0) }
    return h * 41 + (v && #type(v) || 0)
}\n",
    ),
    (
        "show",
        "func show(v, depth) {
    switch type(v) {
    case \"string\": return \"'\" .. v .. \"'\"
    case \"number\", \"boolean\", \"nil\": return tostring(v)
    case \"table\":
        depth = (depth || 0) + 1
        if depth > 3 { return \"{...}\" }
        text, count := \"{\", 0
        for k, e := range next, v {
            count++
            if count > 12 { text ..= \"..., \"; break }
            text ..= show(k, depth) .. \": \" .. show(e, depth) .. \", \"
        }
        return text .. \"#\" .. rawlen(v) .. \"}\"
    }
    return type(v)
}\n",
    ),
    (
        "note",
        "func note(...) {
    line := \"\"
    for i := 1; i <= #...; i++ { line ..= show(...[i]) .. \" \" }
    print(line)
}\n",
    ),
];

/// A random program for a comparison of tiers.
pub fn generate(random: &mut Random) -> Vec<u8> {
    let state = random.next_u64();
    text(&make(state), &first_line(state)).into_bytes()
}

/// A random program whose parts run as goroutines that share variables and tables without any order. What it prints is not
/// the same each time, and it may not end.
pub fn generate_parallel(random: &mut Random) -> Vec<u8> {
    let mut maker = Maker::new(random, PARALLEL_COST_MAX);
    maker.is_parallel = true;
    text(&maker.program(), "").into_bytes()
}

/// Whether a program is small enough for a collection at every safepoint.
pub fn is_small(source: &[u8]) -> bool {
    origin(source).is_some_and(is_small_state)
}

fn is_small_state(state: u64) -> bool {
    state.is_multiple_of(16)
}

fn first_line(state: u64) -> String {
    format!("{MARK}{state:016x}\n")
}

/// What a program was made from, as its first line says; `None` if it does not come from [`generate`].
pub fn origin(source: &[u8]) -> Option<u64> {
    let line = source.split(|&byte| byte == b'\n').next()?;
    let line = std::str::from_utf8(line).ok()?;
    u64::from_str_radix(line.strip_prefix(MARK)?.trim(), 16).ok()
}

fn make(state: u64) -> Vec<Node> {
    let mut random = Random::new(state, 0);
    let cost = if is_small_state(state) { SMALL_COST_MAX } else { COST_MAX };
    Maker::new(&mut random, cost).program()
}

/// The whole text of a program, with what it needs of the prelude.
fn text(program: &[Node], first_line: &str) -> String {
    let mut body = String::new();
    write_block(program, &mut body, 0);
    let mut needed: Vec<&str> = Vec::new();
    for &(name, definition) in PRELUDE.iter().rev() {
        let is_used = |text: &str| {
            text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == name)
        };
        if is_used(&body) || needed.iter().any(|text| is_used(text)) {
            needed.push(definition);
        }
    }
    let prelude: String = needed.iter().rev().copied().collect();
    format!("{first_line}{prelude}{body}")
}

/// Makes a program smaller for as long as `is_faulty` says of its text that the fault is there. `None` if it does not come
/// from [`generate`], or was changed since.
pub fn shrink(source: &[u8], is_faulty: &mut dyn FnMut(&[u8]) -> bool) -> Option<Vec<u8>> {
    let state = origin(source)?;
    let mut program = make(state);
    let mark = first_line(state);
    if text(&program, &mark).as_bytes() != source {
        return None;
    }
    shrink::shrink(&mut program, &mut |program| is_faulty(text(program, &mark).as_bytes()));
    Some(text(&program, &mark).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(text: &[u8]) -> Result<(), String> {
        let source = syntax::span::Source::new("t", text);
        compiler::compile_source(&source, syntax::Mode::Chunk).map(|_| ()).map_err(|e| format!("{e:?}"))
    }

    #[test]
    fn programs_compile_and_are_the_same_each_time() {
        for case in 0..400 {
            let text = generate(&mut Random::new(3, case));
            assert_eq!(text, generate(&mut Random::new(3, case)));
            if let Err(errors) = compile(&text) {
                panic!("case {case}: {errors}\n{}", String::from_utf8_lossy(&text));
            }
        }
    }

    #[test]
    fn parallel_programs_compile_and_start_goroutines() {
        let mut started = 0;
        for case in 0..100 {
            let text = generate_parallel(&mut Random::new(3, case));
            if let Err(errors) = compile(&text) {
                panic!("case {case}: {errors}\n{}", String::from_utf8_lossy(&text));
            }
            started += usize::from(text.windows(10).any(|word| word == b"tasks:run("));
        }
        assert!(started > 60, "{started} of 100");
    }

    #[test]
    fn programs_shrink_to_what_matters() {
        let texts = (0..100).map(|case| generate(&mut Random::new(4, case)));
        let text = texts
            .into_iter()
            .find(|text| text.windows(7).any(|word| word == b" ** 0.5"))
            .expect("one of a hundred takes a root");
        let mut keeps = |text: &[u8]| compile(text).is_ok() && text.windows(7).any(|word| word == b" ** 0.5");
        let small = shrink(&text, &mut keeps).expect("it is as it was made");
        assert!(keeps(&small) && small.len() < 120, "{}", String::from_utf8_lossy(&small));
        assert_eq!(shrink(b"// made from 12\nx = 1\n", &mut |_| true), None);
    }
}
