//! Engines for targets that run scripts: little memory, a deadline, and nothing that reaches outside.
//!
//! Changed programs call whatever they find, so a program sees only names from a list. What is not on it, also what the
//! library gains later, is gone before the program starts.

use gscript::{Error, Options, Script, Stress};
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// Globals that a program may see: those that compute.
const NAMES: &[&str] = &[
    "assert",
    "base64",
    "bit32",
    "bytes",
    "cap",
    "close",
    "collectgarbage",
    "color",
    "compress",
    "container",
    "coroutine",
    "crypto",
    "csv",
    "encoding",
    "error",
    "getmetatable",
    "hash",
    "ipairs",
    "json",
    "len",
    "load",
    "loadstring",
    "math",
    "matrix",
    "next",
    "pairs",
    "path",
    "pcall",
    "print",
    "rand",
    "rawequal",
    "rawget",
    "rawlen",
    "rawset",
    "regexp",
    "select",
    "setmetatable",
    "sort",
    "string",
    "sync",
    "table",
    "time",
    "tonumber",
    "tostring",
    "type",
    "unpack",
    "url",
    "utf8",
    "uuid",
    "vec",
    "xpcall",
];

/// Harmless parts of libraries that are otherwise gone.
const PARTS: &str = "
io = {write: io.write}
os = {clock: os.clock, time: os.time, date: os.date, difftime: os.difftime, exit: os.exit}
";

/// How long after its deadline a program may still run before that is a bug. The machine may be busy with other work, and
/// one operation of a library on much memory takes its time.
const GRACE: Duration = Duration::from_secs(20);
/// Runs of an engine before the next one takes its place: its table of strings and its globals grow.
const RUNS_MAX: u32 = 2000;

/// How often the collector works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collector {
    /// As it thinks best.
    Usual,
    /// Young collections all the time.
    TinyYoung,
    /// At every safepoint.
    EverySafepoint,
    /// At every allocation.
    EveryAllocation,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It returned these values, as text.
    Returned(Vec<String>),
    /// It raised an error.
    Raised(String),
    /// It did not compile.
    Rejected(String),
    /// It ended itself with this status.
    Exit(i32),
}

/// An engine with a prelude.
pub struct Sandbox {
    script: Script,
    runs: u32,
}

impl Sandbox {
    /// A new engine that has run `prelude`.
    ///
    /// # Panics
    /// If there is no memory for it, or the prelude is wrong.
    pub fn new(heap_bytes: usize, prelude: &str) -> Sandbox {
        Sandbox::with_collector(heap_bytes, prelude, Collector::Usual)
    }

    /// The same with a collector that works more than it needs to.
    ///
    /// # Panics
    /// As [`Sandbox::new`].
    pub fn with_collector(heap_bytes: usize, prelude: &str, collector: Collector) -> Sandbox {
        let options = Options {
            heap_limit_bytes: heap_bytes,
            young_bytes: if collector == Collector::TinyYoung { 16 << 10 } else { 0 },
            stress: match collector {
                Collector::EverySafepoint => Stress::Safepoints,
                Collector::EveryAllocation => Stress::Allocations(1),
                Collector::Usual | Collector::TinyYoung => Stress::default(),
            },
            output: Some(Box::new(std::io::sink())),
            ..Options::default()
        };
        let script = Script::new(options).unwrap_or_else(|e| panic!("no engine: {e}"));
        let mut sandbox = Sandbox { script, runs: 0 };
        let mut confine = String::new();
        for name in sandbox.script.completions("") {
            match name.as_str() {
                name if NAMES.contains(&name) => {}
                "io" | "os" => {}
                name => confine.push_str(&format!("{name} = nil;\n")),
            }
        }
        for text in [PARTS, &confine, prelude] {
            match sandbox.run(text.as_bytes(), Duration::from_secs(60)) {
                Outcome::Returned(_) => {}
                other => panic!("the prelude failed: {other:?}"),
            }
        }
        sandbox
    }

    /// Names of all functions in the libraries, as programs write them.
    pub fn functions(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        let globals = self.script.completions("");
        for name in NAMES.iter().filter(|name| globals.iter().any(|global| global == *name)) {
            let members = self.script.completions(&format!("{name}."));
            if members.is_empty() || *name == "string" {
                found.push((*name).to_string());
            }
            found.extend(members);
        }
        // Sleeping only takes time.
        found.retain(|name| name != "time.sleep" && name != "error");
        found
    }

    /// Runs a program.
    ///
    /// # Panics
    /// If it reports an internal error or goes on long after its deadline: bugs.
    pub fn run(&mut self, source: &[u8], time: Duration) -> Outcome {
        self.runs += 1;
        let start = Instant::now();
        self.script.interrupt_handle().set_deadline(Some(start + time));
        let outcome = match self.script.run(source, "fuzz", &[]) {
            Ok(values) => Outcome::Returned(values),
            Err(Error::Uncaught { message, .. }) => Outcome::Raised(message),
            Err(Error::Compile { message, .. }) => {
                assert!(!message.contains("internal error"), "{message}");
                Outcome::Rejected(message)
            }
            Err(Error::Exit(status)) => Outcome::Exit(status),
            Err(Error::OutOfMemory) => Outcome::Raised("no memory".to_string()),
        };
        let late = start.elapsed().saturating_sub(time);
        assert!(late < GRACE, "ran for {late:?} after its deadline");
        outcome
    }
}

thread_local! {
    static SHARED: RefCell<Option<(&'static str, Sandbox)>> = const { RefCell::new(None) };
}

/// Uses the thread's engine with this prelude, which is made when it is first wanted.
pub fn with<R>(prelude: &'static str, heap_bytes: usize, body: impl FnOnce(&mut Sandbox) -> R) -> R {
    SHARED.with_borrow_mut(|shared| {
        let fits = shared.as_ref().is_some_and(|(text, sandbox)| *text == prelude && sandbox.runs < RUNS_MAX);
        if !fits {
            *shared = None;
            *shared = Some((prelude, Sandbox::new(heap_bytes, prelude)));
        }
        match shared {
            Some((_, sandbox)) => body(sandbox),
            None => unreachable!("made above"),
        }
    })
}

/// Gives up the thread's engine: after a panic in it nothing is certain.
pub fn reset() {
    SHARED.with(|shared| {
        if let Ok(mut shared) = shared.try_borrow_mut() {
            *shared = None;
        }
    });
}

/// A string literal with these bytes.
pub fn literal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 2);
    text.push('"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_cannot_reach_outside() {
        let mut sandbox = Sandbox::new(16 << 20, "");
        let text = b"return io.open, os.remove, require, dofile, fs, string.rep == (\"\").rep, load(\"return io\")() == io";
        let outcome = sandbox.run(text, Duration::from_secs(60));
        let values = ["nil", "nil", "nil", "nil", "nil", "true", "true"].map(str::to_string).to_vec();
        assert_eq!(outcome, Outcome::Returned(values));
    }

    #[test]
    fn literals_are_bytes() {
        let mut sandbox = Sandbox::new(16 << 20, "");
        let text = format!(
            "return #{}, {} == string.char(0, 34, 92, 255, 97)",
            literal(b"\0\"\\\xffa"),
            literal(b"\0\"\\\xffa")
        );
        let outcome = sandbox.run(text.as_bytes(), Duration::from_secs(60));
        assert_eq!(outcome, Outcome::Returned(vec!["5".to_string(), "true".to_string()]));
    }

    #[test]
    fn all_libraries_have_functions() {
        let functions = Sandbox::new(16 << 20, "").functions();
        for name in ["pcall", "string.rep", "table.sort", "json.decode", "coroutine.close"] {
            assert!(functions.iter().any(|function| function == name), "no {name}");
        }
        assert!(!functions.iter().any(|function| function.starts_with("io.") || function.starts_with("os.")));
    }
}
