//! Tiers: a program prints the same, and ends the same, whatever executes it.
//!
//! The one idea: the interpreter says what is right, and everything else has to say it too: the printed text to the byte,
//! the values returned, the error with its traceback. Each way of executing gets an engine of its own, so what one learns
//! about a program the next does not know.
//!
//! Programs come from `programs`, which makes only such as have one meaning. A text of another
//! origin may print addresses, or depend on time: then a difference says nothing. Nor does one after a limit was met, of
//! calls in calls or of memory: each way of executing meets them at a moment of its own.

use crate::random::Random;
use crate::{driver, programs};
use gscript::{Error, JitOptions, Options, Script, Stress, Tiers};
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

/// Time for a program. Those that are generated need a few milliseconds; a busy machine takes longer.
const TIME_MAX: Duration = Duration::from_secs(20);
/// Time for a second try, where a busy machine may have been the cause.
const SECOND_TIME_MAX: Duration = Duration::from_secs(40);
/// What an interpreted program that takes longer is: not worth comparing.
const REFERENCE_TIME_MAX: Duration = Duration::from_secs(4);
/// What an interpreted program that takes longer is: too slow with a collection at every safepoint.
const STRESSED_TIME_MAX: Duration = Duration::from_millis(400);
const HEAP_BYTES: usize = 64 << 20;
/// Text that a finding shows of each output.
const SHOWN_MAX: usize = 600;

/// Globals that a program sees: none of them tells the time, or reaches outside.
const NAMES: &[&str] = &[
    "assert",
    "bit32",
    "cap",
    "close",
    "collectgarbage",
    "coroutine",
    "error",
    "getmetatable",
    "ipairs",
    "len",
    "load",
    "math",
    "matrix",
    "next",
    "pairs",
    "pcall",
    "print",
    "rawequal",
    "rawget",
    "rawlen",
    "rawset",
    "select",
    "setmetatable",
    "string",
    "sync",
    "table",
    "tonumber",
    "tostring",
    "type",
    "unpack",
    "utf8",
    "xpcall",
];

/// A way of executing.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) name: &'static str,
    pub(super) tiers: Tiers,
    pub(super) threshold: Option<u32>,
    pub(super) threads: Option<u32>,
    pub(super) every_guard_fails: bool,
    pub(super) stress: Stress,
    pub(super) workers: usize,
    pub(super) young_bytes: usize,
    pub(super) has_delays: bool,
}

impl Way {
    fn threshold(&self) -> String {
        self.threshold.map_or_else(|| "usual threshold".to_string(), |n| format!("threshold {n}"))
    }
}

pub(super) const INTERPRETER: Way = Way {
    name: "interpreter",
    tiers: Tiers::Off,
    threshold: None,
    threads: None,
    every_guard_fails: false,
    stress: Stress::Off,
    // What goroutines do side by side has no one outcome.
    workers: 1,
    young_bytes: 0,
    has_delays: false,
};

/// What is compared with the interpreter. The later code is made, the more it has seen; so thresholds differ, and those of
/// generated programs are random ([`ways_of`]).
const WAYS: &[Way] = &[
    Way { name: "method soon", tiers: Tiers::Method, threshold: Some(2), ..INTERPRETER },
    Way { name: "method later", tiers: Tiers::Method, threshold: Some(9), ..INTERPRETER },
    Way { name: "method late", tiers: Tiers::Method, threshold: Some(30), ..INTERPRETER },
    Way {
        name: "method whose guards fail",
        tiers: Tiers::Method,
        threshold: Some(5),
        every_guard_fails: true,
        ..INTERPRETER
    },
    Way {
        name: "method beside the program",
        tiers: Tiers::Method,
        threshold: Some(2),
        threads: Some(1),
        ..INTERPRETER
    },
    Way { name: "quick at once", tiers: Tiers::Quick, threshold: Some(1), ..INTERPRETER },
    Way { name: "method by default", tiers: Tiers::Method, ..INTERPRETER },
];

/// Ways in which a generated program is executed, of [`WAYS`]: time goes into compilers, and another program finds more
/// than another way.
const WAYS_OF_EACH: &[&[usize]] = &[&[0, 3], &[1, 6], &[2, 3], &[1, 3], &[0, 2], &[1, 5], &[2, 4], &[0, 4]];
/// Greatest threshold of a generated program: what it calls often it calls some hundred times.
const THRESHOLD_MAX: usize = 40;

/// What an error says that one way of executing may raise and another one not, or later.
const LIMITS: &[&str] = &["stack overflow", "not enough memory"];

/// And these for small programs: with a collection at every safepoint.
const STRESSED_WAYS: &[Way] = &[
    Way { name: "interpreter with collections", stress: Stress::Safepoints, ..INTERPRETER },
    Way {
        name: "quick with collections",
        tiers: Tiers::Quick,
        threshold: Some(1),
        stress: Stress::Safepoints,
        ..INTERPRETER
    },
    Way {
        name: "method beside collections",
        tiers: Tiers::Method,
        threshold: Some(2),
        threads: Some(1),
        stress: Stress::Safepoints,
        ..INTERPRETER
    },
    Way {
        name: "method with collections",
        tiers: Tiers::Method,
        threshold: Some(2),
        stress: Stress::Safepoints,
        ..INTERPRETER
    },
];

/// What a program did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    /// What it printed, and after that what it returned or how it failed.
    pub text: String,
    /// Whether it ended without an error.
    pub is_fine: bool,
    /// Whether it compiled.
    pub is_program: bool,
    /// Whether it met a limit, and told so.
    is_limited: bool,
    is_late: bool,
}

/// Takes away all globals that are not in [`NAMES`].
static CONFINE: LazyLock<String> = LazyLock::new(|| {
    let mut script = Script::new(Options::default()).unwrap_or_else(|e| panic!("no engine: {e}"));
    let mut text = String::new();
    for name in script.completions("") {
        if !NAMES.contains(&name.as_str()) {
            text.push_str(&format!("{name} = nil;\n"));
        }
    }
    text
});

/// Keeps what is written.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What the interpreter makes of a program.
pub fn reference(source: &[u8]) -> Outcome {
    execute(source, INTERPRETER, TIME_MAX)
}

/// Runs a program, which gets this much time.
///
/// # Panics
/// If there is no memory for an engine.
pub(super) fn execute(source: &[u8], way: Way, time: Duration) -> Outcome {
    driver::begins(way.name);
    let output = Output::default();
    let options = Options {
        workers: way.workers,
        young_bytes: way.young_bytes,
        has_delays: way.has_delays,
        heap_limit_bytes: HEAP_BYTES,
        stress: way.stress,
        jit: JitOptions {
            tiers: way.tiers,
            threshold: way.threshold,
            threads: way.threads,
            every_guard_fails: way.every_guard_fails,
            ..JitOptions::default()
        },
        output: Some(Box::new(output.clone())),
        ..Options::default()
    };
    let mut script = Script::new(options).unwrap_or_else(|e| panic!("no engine: {e}"));
    if let Err(error) = script.run(CONFINE.as_bytes(), "confine", &[]) {
        panic!("{}: cannot be confined | {error}", way.name);
    }
    script.interrupt_handle().set_deadline(Some(Instant::now() + time));
    let result = script.run(source, "t", &[]);
    if let Err(error) = script.flush() {
        panic!("{}: cannot flush | {error}", way.name);
    }
    let mut text = String::from_utf8_lossy(&output.0.lock().unwrap_or_else(|e| e.into_inner())).into_owned();
    let (is_fine, is_program) = (result.is_ok(), !matches!(result, Err(Error::Compile { .. })));
    let mut is_late = false;
    match result {
        Ok(values) => text.push_str(&format!("returned {values:?}\n")),
        Err(Error::Uncaught { message, traceback, .. }) => {
            is_late = message.ends_with("deadline exceeded");
            text.push_str(&format!("error: {message}\n{traceback}\n"));
        }
        Err(error) => text.push_str(&format!("error: {error}\n")),
    }
    let is_limited = LIMITS.iter().any(|limit| text.contains(limit));
    Outcome { text, is_fine, is_program, is_limited, is_late }
}

/// Runs a program in some ways, or in every way if it does not come from the generator.
///
/// # Panics
/// If one of them differs from the interpreter.
pub fn tiers(source: &[u8]) {
    let start = Instant::now();
    let expected = reference(source);
    if expected.is_late || !expected.is_program || start.elapsed() > REFERENCE_TIME_MAX {
        return;
    }
    let elapsed = start.elapsed();
    let mut ways = programs::origin(source).map_or_else(|| WAYS.to_vec(), ways_of);
    // A collection looks through the stack: with one at every safepoint, deep recursion takes for ever.
    if programs::is_small(source) && !expected.is_limited && elapsed < STRESSED_TIME_MAX {
        ways.extend(STRESSED_WAYS);
    }
    for way in ways {
        let mut got = execute(source, way, TIME_MAX);
        if got.is_late {
            got = execute(source, way, SECOND_TIME_MAX);
        }
        assert!(!got.is_late, "{} does not end | {}", way.name, way.threshold());
        if got != expected && !expected.is_limited {
            let difference = difference(&expected.text, &got.text);
            panic!("{} differs | {}, {difference}", way.name, way.threshold());
        }
    }
}

/// Ways for the program with this origin. Thresholds vary, because what matters is what a function has met when it is
/// compiled, and again when that code is given up.
fn ways_of(origin: u64) -> Vec<Way> {
    let chosen = WAYS_OF_EACH[(origin >> 8) as usize % WAYS_OF_EACH.len()];
    let mut random = Random::new(origin, 1);
    let mut ways: Vec<Way> = chosen.iter().map(|&i| WAYS[i]).collect();
    for way in ways.iter_mut().filter(|way| way.tiers == Tiers::Method && way.threshold.is_some()) {
        way.threshold = Some(random.between(1, THRESHOLD_MAX) as u32);
    }
    ways
}

/// What is printed from the first line on that differs.
fn difference(expected: &str, got: &str) -> String {
    let same = expected.lines().zip(got.lines()).take_while(|(a, b)| a == b).count();
    let rest = |text: &str| {
        let lines: Vec<&str> = text.lines().skip(same).collect();
        lines.join("\n").chars().take(SHOWN_MAX).collect::<String>()
    };
    format!("from line {} on\ninterpreter:\n{}\nhere:\n{}", same + 1, rest(expected), rest(got))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_programs_end_without_an_error() {
        let (mut fine, mut printed) = (0, 0);
        for case in 0..200 {
            let text = programs::generate(&mut Random::new(11, case));
            let outcome = reference(&text);
            assert!(outcome.is_program, "case {case}: {}", outcome.text);
            fine += usize::from(outcome.is_fine);
            printed += outcome.text.len();
        }
        println!("{fine} of 200 end without an error; they print {} bytes each", printed / 200);
        assert!(fine >= 140 && printed > 200 * 100);
    }

    #[test]
    fn a_difference_is_told_from_where_it_begins() {
        let text = difference("a\nb\nc\n", "a\nx\nc\n");
        assert_eq!(text, "from line 2 on\ninterpreter:\nb\nc\nhere:\nx\nc");
    }

    #[test]
    fn outcomes_tell_errors_with_their_tracebacks() {
        let outcome = reference(b"print(io, time, os)\nfunc f(a) { return a.b }\nf()\n");
        assert!(outcome.text.starts_with("nil\tnil\tnil\nerror: t:2: attempt to index"), "{}", outcome.text);
        assert!(outcome.text.contains("in function 'f'") && !outcome.is_fine && outcome.is_program);
        assert!(!reference(b"x = = 1").is_program);
    }
}
