//! The allocator as a whole: small functions with their allocations as text, and random ones under the checker.

use expect_test::{Expect, expect};

use super::random::{self, Random, Size};
use super::text::{self, TextFunc};
use super::{Allocator, Env, Error, Function, Output, Place, check, execute};
use crate::regs::PReg;

fn allocate(func: &TextFunc, env: &Env) -> Output {
    let mut out = Output::default();
    check::verify_input(func).unwrap_or_else(|error| panic!("{error}\n{}", text::print(func, None)));
    Allocator::new()
        .run(func, env, &mut out)
        .unwrap_or_else(|error| panic!("{error}\n{}", text::print(func, None)));
    check::check(func, env, &out)
        .unwrap_or_else(|error| panic!("{error}\n{}\n{}", text::print(func, None), text::print(func, Some(&out))));
    out
}

/// The random function of a seed, checked in every way; an error comes with the size of the function.
fn attempt(seed: u64, allocator: &mut Allocator, out: &mut Output) -> Result<(), (usize, String)> {
    let mut random = Random::new(seed);
    let env = random::env(random.below(3));
    let size = Size { blocks: 1 + random.below(14), insts_per_block: 1 + random.below(14) };
    let func = random::function(&mut random, &env, size);
    let text = text::print(&func, None);
    let fail = |error: String| (func.insts.len(), format!("seed {seed}: {error}\n{text}"));
    let again = text::parse(&text).map_err(fail)?;
    assert_eq!(text::print(&again, None), text);
    check::verify_input(&func).map_err(fail)?;
    allocator.run(&func, &env, out).map_err(|error| fail(error.to_string()))?;
    let fail = |error: String| fail(format!("{error}\n{}", text::print(&func, Some(out))));
    check::check(&func, &env, out).map_err(fail)?;
    (0..4).try_for_each(|path| execute::compare(&func, out, seed ^ path << 40, 60)).map_err(fail)
}

/// Tries the seeds of `range` and shows the smallest failure.
fn fuzz(range: std::ops::Range<u64>) {
    let (mut allocator, mut out) = (Allocator::new(), Output::default());
    let failures: Vec<_> = range.filter_map(|seed| attempt(seed, &mut allocator, &mut out).err()).collect();
    if let Some((_, error)) = failures.iter().min_by_key(|(size, _)| *size) {
        panic!("{} failures, the smallest: {error}", failures.len());
    }
}

#[test]
fn random_functions_check() {
    fuzz(0..3_000);
}

#[test]
#[ignore = "the long run of the same test"]
fn many_random_functions_check() {
    let env = |name, default| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let first = env("FUZZ_FIRST", 1_000_000);
    fuzz(first..first + env("FUZZ_COUNT", 60_000));
}
