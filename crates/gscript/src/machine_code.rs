//! Compilation to machine code, as a host sees it: options, and joining the compiler to the machine.

use std::path::PathBuf;
use std::sync::Arc;
use vm::engine::Engine;

/// Which compilers may run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tiers {
    /// None: everything is interpreted.
    Off,
    /// Each operation in its general form, without speculation: compiles quickest.
    Quick,
    /// The optimising compiler of hot functions and loops.
    #[default]
    Method,
}

/// In which form the compiler tells what it does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JitLog {
    /// For people.
    Text,
    /// A line of JSON for each event.
    Json,
}

/// Choices about compilation. The default compiles what is hot, silently. Where there is no compiler (other processors than
/// x86-64, or a build without the feature `jit`) they mean nothing, and everything is interpreted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JitOptions {
    /// Which compilers may run.
    pub tiers: Tiers,
    /// Calls of a function, or turns of a loop, before it is compiled; by default a few dozen.
    pub threshold: Option<u32>,
    /// Every guard of compiled code fails the first time that it is reached, to test.
    pub every_guard_fails: bool,
    /// Whether and how to write what happens to standard error.
    pub log: Option<JitLog>,
    /// Keep listings of everything that is compiled, for [`Script::jit_listing`](crate::Script::jit_listing).
    pub keeps_listings: bool,
    /// Of IR in listings: show it after each run of this pass that changed it, or of every pass (`all`), not at the end.
    pub ir_after: Option<String>,
    /// Threads that compile beside the program: 0 or 1. By default there is one where the machine has several processors,
    /// unless another option here asks for something that depends on when code is ready.
    pub threads: Option<u32>,
    /// Measure the time of each pass of the optimiser, for [`Script::jit_stats`](crate::Script::jit_stats).
    pub times_passes: bool,
    /// Most memory for machine code; what finds no room is interpreted. By default 64 MB.
    pub code_bytes: Option<usize>,
    /// Write names of compiled functions where the profiler `perf` looks for them: `/tmp/perf-PID.map`.
    pub perf_map: bool,
    /// Write the names, bytes and lines of compiled functions to `jit-PID.dump` in this directory, for `perf inject --jit`.
    pub jit_dump: Option<PathBuf>,
}

#[cfg(feature = "jit")]
pub(crate) use with::*;

#[cfg(feature = "jit")]
mod with {
    use super::*;
    use jit::policy;

    /// The compiler of an engine; `None` if everything is interpreted.
    pub(crate) type Handle = Option<Arc<jit::compiler::Compiler>>;

    /// Gives the engine a compiler.
    pub(crate) fn install(engine: &Arc<Engine>, options: &JitOptions) -> Handle {
        let options = policy::Options {
            tiers: match options.tiers {
                Tiers::Off => return None,
                Tiers::Quick => policy::Tiers::Quick,
                Tiers::Method => policy::Tiers::Method,
            },
            threshold: options.threshold,
            every_guard_fails: options.every_guard_fails,
            log: options.log.map(|log| match log {
                JitLog::Text => policy::Log::Text,
                JitLog::Json => policy::Log::Json,
            }),
            keeps_listings: options.keeps_listings,
            ir_after: options.ir_after.clone(),
            threads: options.threads,
            times_passes: options.times_passes,
            code_bytes: options.code_bytes,
            perf_map: options.perf_map,
            jit_dump: options.jit_dump.clone(),
        };
        jit::compiler::Compiler::install(engine, options)
    }

    /// What was done so far, as text or JSON.
    pub(crate) fn stats(handle: &Handle, is_json: bool) -> String {
        match handle {
            Some(compiler) if is_json => compiler.stats().to_json(),
            Some(compiler) => compiler.stats().to_text(),
            None => without_compiler(is_json),
        }
    }

    /// Listings of what was compiled.
    pub(crate) fn listing(handle: &Handle, form: crate::Listing, function: Option<&str>) -> String {
        let has_ir = form != crate::Listing::Asm;
        let has_asm = form != crate::Listing::Ir;
        handle.as_ref().map_or_else(String::new, |compiler| compiler.listings(has_ir, has_asm, function))
    }
}

#[cfg(not(feature = "jit"))]
pub(crate) type Handle = ();

#[cfg(not(feature = "jit"))]
pub(crate) fn install(_: &Arc<Engine>, _: &JitOptions) -> Handle {}

#[cfg(not(feature = "jit"))]
pub(crate) fn stats(_: &Handle, is_json: bool) -> String {
    without_compiler(is_json)
}

#[cfg(not(feature = "jit"))]
pub(crate) fn listing(_: &Handle, _: crate::Listing, _: Option<&str>) -> String {
    String::new()
}

/// What statistics say where nothing is compiled.
fn without_compiler(is_json: bool) -> String {
    let text = if is_json { "{\"compilations\":0}" } else { "jit: everything is interpreted" };
    format!("{text}\n")
}

#[cfg(all(test, feature = "jit", target_arch = "x86_64", unix, not(miri)))]
mod tests {
    use super::*;
    use crate::{Options, Script, Stress};

    /// Many functions and loops that become hot, and garbage.
    const PROGRAM: &[u8] = b"
        s := 0
        for i := range 40 {
            f := load(\"return func(x) { t := {x}; for k := range 30 { t[#t + 1] = {k + x} }; return #t }\")()
            for k := range 20 { s += f(k) }
        }
        return s";

    fn beside(stress: Stress) -> Options {
        let jit = JitOptions { threshold: Some(2), threads: Some(1), ..JitOptions::default() };
        Options { jit, stress, ..Options::default() }
    }

    #[test]
    fn engines_end_while_code_is_made() {
        // The sooner the engine goes, the more jobs it leaves behind.
        for _ in 0..60 {
            let mut script = Script::new(beside(Stress::Off)).unwrap();
            script.run(PROGRAM, "t", &[]).unwrap();
        }
    }

    #[test]
    fn jobs_keep_alive_what_they_name() {
        let mut script = Script::new(beside(Stress::Safepoints)).unwrap();
        let first = format!("{:?}", script.run(PROGRAM, "t", &[]).unwrap());
        for _ in 0..5 {
            assert_eq!(format!("{:?}", script.run(PROGRAM, "t", &[]).unwrap()), first);
        }
    }

    #[test]
    fn code_that_is_made_beside_the_program_is_used() {
        let mut script = Script::new(beside(Stress::Off)).unwrap();
        let start = std::time::Instant::now();
        script.run(b"func f(x) { return x + 1 }; s := 0", "t", &[]).unwrap();
        while script.jit_stats(true).starts_with("{\"compilations\":0,") {
            script.run(b"for i := range 1000 { s = f(s) }", "t", &[]).unwrap();
            assert!(start.elapsed().as_secs() < 60, "no code comes");
        }
    }

    /// How often code was left because a guess was wrong.
    fn exits(script: &Script) -> u64 {
        let stats = script.jit_stats(true);
        let failed = stats.split("\"failed\":").nth(1).and_then(|rest| rest.split(',').next()?.parse().ok());
        failed.unwrap()
    }

    #[test]
    fn what_finds_no_room_is_interpreted() {
        let result = |code_bytes| {
            let jit = JitOptions { threshold: Some(2), code_bytes, ..JitOptions::default() };
            let mut script = Script::new(Options { jit, ..Options::default() }).unwrap();
            let result = format!("{:?}", script.run(PROGRAM, "t", &[]).unwrap());
            (result, script.jit_stats(false))
        };
        let (expected, _) = result(None);
        for kilobytes in [16, 24, 48] {
            let (result, stats) = result(Some(kilobytes << 10));
            assert_eq!(result, expected);
            assert!(stats.contains("the code cache is full"), "{stats}");
        }
    }

    /// A program whose function `work` meets other things in each phase: after a while it is left no more.
    #[track_caller]
    fn settles(setup: &str, phases: &[&str]) {
        let jit = JitOptions { threads: Some(0), ..JitOptions::default() };
        let mut script = Script::new(Options { jit, ..Options::default() }).unwrap();
        script.run(setup.as_bytes(), "setup", &[]).unwrap();
        for phase in phases {
            script.run(phase.as_bytes(), "phase", &[]).unwrap();
            for _ in 0..8 {
                script.run(b"work()", "work", &[]).unwrap();
            }
            let before = exits(&script);
            for _ in 0..4 {
                script.run(b"work()", "work", &[]).unwrap();
            }
            // A rare path may still be met for the first time.
            let more = exits(&script) - before;
            assert!(more <= 8, "{more} exits after {phase}\n{}", script.jit_stats(false));
        }
        assert!(!script.jit_stats(true).starts_with("{\"compilations\":0,"));
    }

    #[test]
    fn types_that_change_are_learnt() {
        settles(
            "x := 1
             func add(a, b) { return a + b }
             func work() { s := x; for i := range 20000 { s = add(x, x) }; return s }",
            &["x = 1", "x = 1.5", "x = 1 << 50", "x = \"7\"", "x = 2", "x = 0.25"],
        );
    }

    #[test]
    fn shapes_that_change_are_learnt() {
        settles(
            "t := {a: 1}
             func get(t) { return t.a }
             func work() { s := 0; for i := range 20000 { s += get(t); t.a = 1 }; return s }",
            &[
                "t = {a: 1}",
                "t = {b: 2, a: 1}",
                "t = {c: 1, b: 2, a: 1}",
                "t = {}; for i := range 200 { t[\"k\" .. i] = i }; t.a = 1",
                "t = setmetatable({}, {__index: func(t, k) { return 1 }, __newindex: func() {}})",
                "t = {a: 1}",
            ],
        );
    }

    #[test]
    fn elements_that_change_are_learnt() {
        settles(
            "t := {}
             func fill(v, n) { t = {}; for i := 1; i <= n; i++ { t[i] = v } }
             func work() { s := 0; for k := range 200 { for i := 1; i <= #t; i++ { s += t[i]; t[i] = t[i] } }; return s }",
            &["fill(1, 100)", "fill(1.5, 100)", "fill(1, 100); t[50] = 2.5", "fill(\"1\", 100)", "fill(3, 10)"],
        );
    }

    #[test]
    fn globals_that_change_are_learnt() {
        settles(
            "f := func(x) { return x }
             func work() { s := 0; for i := range 20000 { s += f(i) }; return s }",
            &[
                "f = func(x) { return x + 1 }",
                "f = func(x) { return x + 0.5 }",
                "f = math.abs",
                "f = setmetatable({}, {__call: func(self, x) { return x }})",
                "f = func(x, ...) { return #\"abc\" }",
            ],
        );
    }

    #[test]
    fn methods_that_are_replaced_are_learnt() {
        settles(
            "C := {}
             C.__index = C
             func C.m(self) { return self.v }
             o := setmetatable({v: 1}, C)
             func work() { s := 0; for i := range 20000 { s += o.m(o) }; return s }",
            &[
                "o.v = 2",
                "C.m = func(self) { return self.v + 1 }",
                "C.m = func(self) { return 1.5 }",
                "o.m = func(self) { return 3 }",
                "D := setmetatable({}, C); D.__index = D; o = setmetatable({v: 5}, D); C.m = func(self) { return self.v }",
                "C.m = func(self) { return self.v * 2 }; C.n = 1",
            ],
        );
    }

    #[test]
    fn methods_that_are_replaced_while_they_run_are_learnt() {
        settles(
            "C := {}
             C.__index = C
             o := setmetatable({v: 1}, C)
             n := 0
             func one(self) { n++; if n % 5000 == 0 { C.m = two }; return self.v }
             func two(self) { n++; if n % 5000 == 0 { C.m = one }; return self.v + 1 }
             C.m = one
             func work() { s := 0; for i := range 20000 { s += o.m(o) }; return s }",
            &["n = 0", "n = 1", "o.v = 1.5"],
        );
    }
}
