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
    check::check(func, env, &out).unwrap_or_else(|error| {
        panic!("{error}\n{}\n{}", text::print(func, None), text::print(func, Some(&out)))
    });
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

fn check_text(env: &Env, input: &str, expect: Expect) {
    let func = text::parse(input).unwrap_or_else(|error| panic!("{error}"));
    let out = allocate(&func, env);
    expect.assert_eq(&text::print(&func, Some(&out)));
}

/// Three integer registers that calls overwrite, and one that they keep.
fn small() -> Env {
    Env {
        order: [(0..4).map(PReg::int).collect(), (0..2).map(PReg::float).collect()],
        scratch: [PReg::int(15), PReg::float(15)],
    }
}

#[test]
fn call_in_cold_block_costs_the_hot_loop_nothing() {
    check_text(
        &random::env(2),
        "
        b0:
          v0@p7, v1@p6, f9@x0 = args
          v2 = const
          jump -> b1(v2, f9)
        b1(v3, f4):
          branch v3, v0 -> b2, b5
        b2:
          f10 = load v1, v3
          branch v1 -> b3, b6
        b3:
          f5/0 = fadd f4, f10
          jump -> b4(f5)
        b4(f8):
          v6/0 = inc v3
          jump -> b1(v6, f8)
        b5:
          ret f4@x0
        b6 cold:
          f7@x0 = call v1@p7, f10@x0 [v0 v3 f4] ; p0 p1 p2 p3 p4 p5 p6 p7 p8 p9 p10 p11 p12 x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14
          f11 = fadd f4, f7
          jump -> b4(f11)
        ",
        expect![[r#"
            b0:
              v0:p7, v1:p6, f9:x0 = args
              v2:const v2 = const
                p0 <- const v2
              jump -> b1(v2, f9)
            b1(v3, f4):
              branch v3:p0, v0:p7 -> b2, b5
            b2:
              f10:x1 = load v1:p6, v3:p0
              branch v1:p6 -> b3, b6
            b3:
              f5:x0 = fadd f4:x0, f10:x1
              jump -> b4(f5)
            b4(f8):
              v6:p0 = inc v3:p0
              jump -> b1(v6, f8)
            b5:
              ret f4:x0
            b6 cold:
                s0 <- x0
                s1 <- p7
                s2 <- p6
                s3 <- p0
                x0 <- x1
                p7 <- p6
              f7:x0 = call v1:p7, f10:x0 [v0:s1 v3:s3 f4:s0] ; p0 p1 p2 p3 p4 p5 p6 p7 p8 p9 p10 p11 p12 x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14
                x1 <- s0
              f11:x0 = fadd f4:x1, f7:x0
                p0 <- s3
                p6 <- s2
                p7 <- s1
              jump -> b4(f11)
        "#]],
    );
}

#[test]
fn value_that_the_loop_ignores_is_spilled_before_it() {
    check_text(
        &small(),
        "
        b0:
          v0@p0, v1@p1, v2@p2, v3@p3 = args
          jump -> b1(v0)
        b1(v4):
          v5 = add v4, v1
          v6 = add v5, v2
          v7 = add v5, v6
          branch v7, v1 -> b2, b3
        b2:
          jump -> b1(v7)
        b3:
          ret v3@p0, v0@p1
        ",
        expect![[r#"
            b0:
              v0:p0, v1:p1, v2:p2, v3:p3 = args
                s1 <- p3
                s0 <- p0
              jump -> b1(v0)
            b1(v4):
              v5:p0 = add v4:p0, v1:p1
              v6:p3 = add v5:p0, v2:p2
              v7:p0 = add v5:p0, v6:p3
              branch v7:p0, v1:p1 -> b2, b3
            b2:
              jump -> b1(v7)
            b3:
                p1 <- s0
                p0 <- s1
              ret v3:p0, v0:p1
        "#]],
    );
}

#[test]
fn loop_parameters_stay_in_their_registers() {
    check_text(
        &small(),
        "
        b0:
          v0@p0 = args
          v1 = const
          jump -> b1(v0, v1)
        b1(v2, v3):
          branch v2 -> b2, b3
        b2:
          v4/0 = add v3, v2
          v5/0 = dec v2
          jump -> b1(v5, v4)
        b3:
          ret v3@p0
        ",
        expect![[r#"
            b0:
              v0:p0 = args
              v1:const v1 = const
                p1 <- p0
                p0 <- const v1
              jump -> b1(v0, v1)
            b1(v2, v3):
              branch v2:p1 -> b2, b3
            b2:
              v4:p0 = add v3:p0, v2:p1
              v5:p1 = dec v2:p1
              jump -> b1(v5, v4)
            b3:
              ret v3:p0
        "#]],
    );
}

#[test]
fn constants_stay_in_registers_across_a_loop_and_cost_nothing_in_snapshots() {
    check_text(
        &small(),
        "
        b0:
          v0@p0 = args
          v1 = const
          v2 = const
          jump -> b1(v0)
        b1(v3):
          guard v3, v1 [^v3 v2]
          v4/0 = sub v3, v1
          branch v4 -> b2, b3
        b2:
          jump -> b1(v4)
        b3:
          ret v4@p0
        ",
        expect![[r#"
            b0:
              v0:p0 = args
              v1:const v1 = const
              v2:const v2 = const
                p1 <- const v1
              jump -> b1(v0)
            b1(v3):
              guard v3:p0, v1:p1 [^v3:p0 v2:const v2]
              v4:p0 = sub v3:p0, v1:p1
              branch v4:p0 -> b2, b3
            b2:
              jump -> b1(v4)
            b3:
              ret v4:p0
        "#]],
    );
}

#[test]
fn swapped_loop_parameters_use_the_scratch_register() {
    check_text(
        &small(),
        "
        b0:
          v0@p0, v1@p1 = args
          jump -> b1(v0, v1)
        b1(v2, v3):
          branch v2, v3 -> b2, b3
        b2:
          jump -> b1(v3, v2)
        b3:
          ret
        ",
        expect![[r#"
            b0:
              v0:p0, v1:p1 = args
              jump -> b1(v0, v1)
            b1(v2, v3):
              branch v2:p0, v3:p1 -> b2, b3
            b2:
                p15 <- p0
                p0 <- p1
                p1 <- p15
              jump -> b1(v3, v2)
            b3:
              ret
        "#]],
    );
}

#[test]
fn call_through_a_register_that_it_overwrites() {
    check_text(
        &small(),
        "
        b0:
          v0@p0, v1@p1 = args
          v2@p0 = call v0, v1@p1 [v0 v2] ; p0 p1 p2 p3
          ret v0@p0, v2@p1
        ",
        expect![[r#"
            b0:
              v0:p0, v1:p1 = args
                s0 <- p0
              v2:p0 = call v0:p0, v1:p1 [v0:s0 v2:p0] ; p0 p1 p2 p3
                p1 <- p0
                p0 <- s0
              ret v0:p0, v2:p1
        "#]],
    );
}

#[test]
fn too_many_operands_are_an_error() {
    let func = text::parse("b0:\n v0?, v1?, v2?, v3?, v4? = args\n op v0, v1, v2, v3, v4\n ret");
    let func = func.unwrap_or_else(|error| panic!("{error}"));
    let result = Allocator::new().run(&func, &small(), &mut Output::default());
    assert_eq!(result, Err(Error::TooManyOperands { inst: 1 }));
}

#[test]
fn the_checker_sees_a_missing_or_wrong_edit_and_a_wrong_place() {
    let (mut allocator, mut out) = (Allocator::new(), Output::default());
    let (mut seen, mut missed) = (0, 0);
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let env = random::env(0);
        let func = random::function(&mut random, &env, Size { blocks: 6, insts_per_block: 8 });
        allocator.run(&func, &env, &mut out).unwrap_or_else(|error| panic!("{error}"));
        for kind in 0..3 {
            let mut bad = out.clone();
            match kind {
                0 if !out.edits.is_empty() => {
                    bad.edits.remove(random.below(out.edits.len()));
                }
                1 if !out.edits.is_empty() => {
                    let at = random.below(out.edits.len());
                    bad.edits[at].to = Place::Reg(PReg::int(random.below(4) as u8));
                    if bad.edits[at].to == out.edits[at].to {
                        continue;
                    }
                }
                2 => {
                    let at = random.below(out.places_mut().len());
                    let place = Place::Reg(PReg::int(random.below(4) as u8));
                    if bad.places_mut()[at] == place || bad.places_mut()[at] == Place::None {
                        continue;
                    }
                    bad.places_mut()[at] = place;
                }
                _ => continue,
            }
            match check::check(&func, &env, &bad) {
                Err(_) => seen += 1,
                Ok(()) => missed += 1,
            }
        }
    }
    // Some changes are harmless: another free register for a result that nothing reads, say.
    assert!(missed * 12 < seen, "{seen} seen, {missed} missed");
}

/// A function like a large compiled one: loops of loads and arithmetic, guards with snapshots, cold calls.
fn large(random: &mut Random, blocks: usize) -> TextFunc {
    use std::fmt::Write;
    let mut text = String::from(
        "b0:\n  v0@p7, v1@p6, f2@x0 = args\n  v3 = const\n  f4 = const\n  jump -> b1(v0, v1, f2)\n",
    );
    let mut vreg = 5;
    let mut cold = String::new();
    let mut cold_count = 0;
    for number in 0..blocks {
        let head = 1 + 4 * number;
        let (i, j, f) = (vreg, vreg + 1, vreg + 2);
        vreg += 3;
        let _ =
            writeln!(text, "b{head}(v{i}, v{j}, f{f}):\n  branch v{i}, v0? -> b{}, b{}", head + 1, head + 3);
        let _ = writeln!(text, "b{}:", head + 1);
        let (mut ints, mut floats) = (vec![0, 1, 3, i, j], vec![2, 4, f]);
        for _ in 0..12 {
            let (a, b) = (ints[ints.len() - 1 - random.below(5)], ints[random.below(ints.len())]);
            let (x, y) = (floats[floats.len() - 1 - random.below(3)], floats[random.below(floats.len())]);
            match random.below(5) {
                0 => {
                    let _ = writeln!(text, "  guard v{a}, v3? [^v{i} v{j} f{f} v0 v1 v{b} f{x}]");
                    continue;
                }
                1 => {
                    let _ = writeln!(text, "  f{vreg} = load v{a}, v{b}");
                    floats.push(vreg);
                }
                2 => {
                    let _ = writeln!(text, "  f{vreg} = fmul f{x}, f{y}");
                    floats.push(vreg);
                }
                3 => {
                    let _ = writeln!(text, "  v{vreg} = load v{a}");
                    ints.push(vreg);
                }
                _ => {
                    let _ = writeln!(text, "  v{vreg}/0 = add v{a}, v{b}?");
                    ints.push(vreg);
                }
            }
            vreg += 1;
        }
        let back = 4 * blocks + 2 + cold_count;
        cold_count += 1;
        let (k, l, g) = (ints[ints.len() - 1], ints[ints.len() - 2], floats[floats.len() - 1]);
        let _ = writeln!(text, "  branch v{k} -> b{}, b{back}", head + 2);
        let _ = writeln!(text, "b{}:\n  jump -> b{head}(v{k}, v{l}, f{g})", head + 2);
        let _ = writeln!(
            cold,
            "b{back} cold:\n  v{vreg}@p0 = call v{k}@p7, f{g}@x0 [v{i} v{j} f{f} v0 v1] ; p0 p1 p2 p6 p7 p8 p9 p10 p11 x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14\n  jump -> b{head}(v{vreg}, v{l}, f{g})"
        );
        vreg += 1;
        let _ = writeln!(text, "b{}:\n  jump -> b{}(v{j}, v{i}, f{f})", head + 3, head + 4);
    }
    let _ = writeln!(text, "b{}(v{vreg}, v{}, f{}):\n  ret v{vreg}@p0", 4 * blocks + 1, vreg + 1, vreg + 2);
    text.push_str(&cold);
    text::parse(&text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn large_functions_check() {
    let mut random = Random::new(5);
    let func = large(&mut random, 60);
    let out = allocate(&func, &random::env(2));
    assert!(out.slot_count < 200);
}

#[test]
#[ignore = "a measurement, to be run in release mode"]
fn time_per_instruction() {
    let (mut allocator, mut out) = (Allocator::new(), Output::default());
    for blocks in [6, 60, 300, 1_200] {
        let mut random = Random::new(5);
        let func = large(&mut random, blocks);
        check::verify_input(&func).unwrap_or_else(|error| panic!("{error}"));
        let mut best = f64::MAX;
        for _ in 0..30 {
            let start = std::time::Instant::now();
            allocator.run(&func, &random::env(2), &mut out).unwrap_or_else(|error| panic!("{error}"));
            best = best.min(start.elapsed().as_secs_f64());
        }
        let insts = func.inst_count();
        let kinds =
            |test: fn(Place, Place) -> bool| out.edits.iter().filter(|edit| test(edit.from, edit.to)).count();
        println!(
            "{insts} insts, {} blocks: {:.3} ms, {:.3} us per inst; {} slots, {} stores, {} loads, {} moves, {} constants",
            func.block_count(),
            best * 1e3,
            best * 1e6 / insts as f64,
            out.slot_count,
            kinds(|_, to| matches!(to, Place::Slot(_))),
            kinds(|from, _| matches!(from, Place::Slot(_))),
            kinds(|from, to| from.reg().is_some() && to.reg().is_some()),
            kinds(|from, _| matches!(from, Place::Const(_))),
        );
    }
}
