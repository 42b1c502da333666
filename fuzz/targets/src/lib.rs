//! Fuzz targets: functions that take any bytes and must neither panic, crash nor hang.
//!
//! The one idea: a target is a plain function of bytes, and beside it stands a function that makes bytes worth trying
//! from a random generator. The same pair serves three users:
//!
//! - `cargo test` runs a few hundred cases of each, the same in every run (`tests/smoke.rs`);
//! - the driver (`driver`) runs any number of them in child processes, so that it survives what it finds;
//! - `cargo fuzz` feeds the functions from libFuzzer (`fuzz/fuzz_targets/`), which knows better bytes than a generator.
//!
//! A target tells a bug by panicking. Panics of the code under test that something in between catches count as well: see
//! [`panics`].

#![forbid(unsafe_code)]

pub mod bytes;
pub mod corpus;
pub mod driver;
pub mod generate;
pub mod mutate;
pub mod panics;
pub mod programs;
pub mod random;
pub mod sandbox;
pub mod targets;

use corpus::Corpus;
use random::Random;

/// Something to fuzz.
#[derive(Clone, Copy)]
pub struct Target {
    /// What the command line calls it.
    pub name: &'static str,
    /// What it checks, in a line.
    pub about: &'static str,
    /// Runs one case; panics if it finds a bug.
    pub run: fn(&[u8]),
    /// Makes an input.
    pub generate: fn(&mut Random, &Corpus) -> Vec<u8>,
    /// Cases of a smoke run: together they take a few seconds, on a profile with little optimisation.
    pub smoke_cases: u64,
    /// Makes an input smaller in steps that suit it; others lose pieces of any kind.
    pub shrink: Option<Shrink>,
}

/// Makes an input smaller for as long as the function says that the fault is there; `None` if it cannot.
pub type Shrink = fn(&[u8], &mut dyn FnMut(&[u8]) -> bool) -> Option<Vec<u8>>;

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "parser",
        about: "any text is lexed and parsed without a panic, and every position lies in it",
        run: targets::front_end::parser,
        generate: generate::source,
        smoke_cases: 5000,
        shrink: None,
    },
    Target {
        name: "compiler",
        about: "what parses compiles to verified code, the same each time, or gives diagnostics",
        run: targets::front_end::compiler,
        generate: generate::source,
        smoke_cases: 3000,
        shrink: None,
    },
    Target {
        name: "diagnostics",
        about: "every diagnostic renders, with and without colours",
        run: targets::front_end::diagnostics,
        generate: generate::source,
        smoke_cases: 3000,
        shrink: None,
    },
    Target {
        name: "verifier",
        about: "any words are refused or accepted by the verifier, without a panic",
        run: targets::bytecode::verifier,
        generate: generate::module,
        smoke_cases: 10000,
        shrink: None,
    },
    Target {
        name: "numeral",
        about: "numerals agree with Rust's, and what is written reads back",
        run: targets::text::numeral,
        generate: generate::numeral,
        smoke_cases: 20000,
        shrink: None,
    },
    Target {
        name: "pattern",
        about: "string patterns match, fail or are refused, in bounded time",
        run: targets::text::pattern,
        generate: generate::pattern,
        smoke_cases: 2000,
        shrink: None,
    },
    Target {
        name: "format",
        about: "string.format gives a string or an error for any format",
        run: targets::text::format,
        generate: generate::format,
        smoke_cases: 3000,
        shrink: None,
    },
    Target {
        name: "json",
        about: "decoding never fails badly, and what is encoded decodes to the same",
        run: targets::json::json,
        generate: generate::json,
        smoke_cases: 2000,
        shrink: None,
    },
    Target {
        name: "library",
        about: "library functions survive any arguments",
        run: targets::program::library,
        generate: generate::library,
        smoke_cases: 1000,
        shrink: None,
    },
    Target {
        name: "program",
        about: "any program ends by its deadline, within its memory, without taking the process down",
        run: targets::program::program,
        generate: generate::program,
        smoke_cases: 250,
        shrink: None,
    },
    Target {
        name: "race",
        about: "goroutines that share everything without order harm nothing but their own results",
        run: targets::program::race,
        generate: generate::race,
        smoke_cases: 100,
        shrink: None,
    },
    Target {
        name: "tiers",
        about: "a program prints the same, and ends the same, in every tier",
        run: targets::tiers::tiers,
        generate: |random, _| programs::generate(random),
        smoke_cases: 150,
        shrink: Some(programs::shrink),
    },
    Target {
        name: "parallel",
        about: "programs whose parts run as goroutines end by their deadline, whatever these do to each other",
        run: targets::parallel::parallel,
        generate: |random, _| programs::generate_parallel(random),
        smoke_cases: 100,
        shrink: None,
    },
];

/// The target of that name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// The input of case number `case` of a run: the same whenever it is asked for.
pub fn input(target: &Target, corpus: &Corpus, seed: u64, case: u64) -> Vec<u8> {
    let mut random = Random::new(seed ^ Random::hash(target.name.as_bytes()), case);
    (target.generate)(&mut random, corpus)
}

/// Runs one case and gives what was wrong with it: a panic, also one that was caught on its way here.
///
/// # Errors
/// The panics' messages, in a line.
pub fn run_case(target: &Target, data: &[u8]) -> Result<(), String> {
    panics::watch();
    let outcome = std::panic::catch_unwind(|| (target.run)(data));
    let seen = panics::take();
    match (outcome, seen) {
        (Ok(()), None) => Ok(()),
        (_, seen) => {
            sandbox::reset();
            Err(seen.unwrap_or_else(|| "a panic without a message".to_string()))
        }
    }
}
