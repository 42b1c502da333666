//! The order of the passes: one table per tier, a line each, with the reason for its place.
//!
//! Passes are short walks that count their changes; one that only cleans up after others is left out if those did nothing, and
//! one that found nothing to do waits until something has changed. In
//! debug builds the verifier runs after each. Every pass can be switched off by name, has a time and a count, and none is
//! needed for the code to be right.

use super::{
    blocks, carry, dce, decide, fold, forward, guards, gvn, licm, loop_types, params, polls, predicate,
    promote, range, rotate, scalar, shadow, sink, snapshots, split, strips, thread, types, unbox, unroll,
    versions, widen,
};
use crate::ir::dom::DomTree;
use crate::ir::func::Func;
use crate::ir::loops::LoopForest;
use runtime::heap::thread_time;
use std::hash::Hasher;
use std::time::Duration;

/// How a pass is called.
#[derive(Clone, Copy)]
pub enum Run {
    /// It needs nothing.
    Plain(fn(&mut Func) -> u32),
    /// It needs dominators.
    Dom(fn(&mut Func, &DomTree) -> u32),
    /// It needs dominators and loops.
    Loops(fn(&mut Func, &DomTree, &LoopForest) -> u32),
}

/// A pass as the tables name it.
#[derive(Clone, Copy)]
pub struct Pass {
    /// Its place in [`PASSES`].
    id: usize,
    /// Its name, for switches and statistics.
    pub name: &'static str,
    /// The pass itself.
    pub run: Run,
    /// Whether it leaves blocks and edges as they are, so that the analyses stay true.
    pub keeps_cfg: bool,
    /// It runs only if one of these passes, a bit each, has changed something since it ran itself; always if there are none.
    after: u32,
}

impl Pass {
    /// The same, where it only cleans up after others.
    const fn after(self, names: &[&str]) -> Pass {
        let mut after = 0;
        let mut i = 0;
        while i < names.len() {
            after |= 1 << id_of(names[i]);
            i += 1;
        }
        Pass { after, ..self }
    }
}

/// The pass of that name: for tables, made at compile time.
const fn id_of(name: &str) -> usize {
    let mut id = 0;
    while id < PASSES.len() {
        let (a, b) = (PASSES[id].name.as_bytes(), name.as_bytes());
        let mut i = 0;
        while i < a.len() && i < b.len() && a[i] == b[i] {
            i += 1;
        }
        if i == a.len() && i == b.len() {
            return id;
        }
        id += 1;
    }
    panic!("no pass has that name")
}

macro_rules! define_passes {
    ($($id:ident $name:literal $run:expr, $cfg:ident;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "only counts the passes")]
        enum Id { $($id,)* }

        $(const $id: Pass = Pass {
            id: Id::$id as usize,
            name: $name,
            run: $run,
            keeps_cfg: define_passes!(@$cfg),
            after: 0,
        };)*

        /// Every pass once.
        pub const PASSES: &[Pass] = &[$($id,)*];
    };
    (@keeps) => { true };
    (@changes) => { false };
}

define_passes! {
    THREAD    "thread"    Run::Dom(thread::thread_jumps),               changes;
    BLOCKS    "blocks"    Run::Dom(blocks::join_blocks),                changes;
    PARAMS    "params"    Run::Dom(params::eliminate_constant_params),  keeps;
    FOLD      "fold"      Run::Dom(fold::fold),                         changes;
    TYPES     "types"     Run::Dom(types::propagate_types),             keeps;
    UNBOX     "unbox"     Run::Dom(unbox::unbox_params),                keeps;
    GUARDS    "guards"    Run::Dom(guards::eliminate_guards),           changes;
    GVN       "gvn"       Run::Dom(gvn::number_values),                 keeps;
    FORWARD   "forward"   Run::Dom(forward::forward_memory),            changes;
    RANGE     "range"     Run::Dom(range::narrow_ranges),               keeps;
    VERSIONS  "versions"  Run::Dom(versions::version_loops),            changes;
    UNROLL    "unroll"    Run::Loops(unroll::unroll_loops),             changes;
    ROTATE    "rotate"    Run::Loops(rotate::rotate_loops),             changes;
    PREDICATE "predicate" Run::Loops(predicate::predicate_loops),       keeps;
    WIDEN     "widen"     Run::Loops(widen::widen_integers),            keeps;
    CARRY     "carry"     Run::Loops(carry::carry_elements),            keeps;
    DECIDE    "decide"    Run::Dom(decide::build_decisions),            changes;
    SINK      "sink"      Run::Loops(sink::sink_pure),                  changes;
    STRIPS    "strips"    Run::Loops(strips::strip_loops),              changes;
    POLLS     "polls"     Run::Loops(polls::remove_polls),              keeps;
    SPLIT     "split"     Run::Dom(split::split_objects),               keeps;
    SCALAR    "scalar"    Run::Dom(scalar::replace_objects),            keeps;
    PROMOTE   "promote"   Run::Loops(promote::promote_places),          keeps;
    LOOPTYPES "loop_types" Run::Loops(loop_types::type_loop_params),    keeps;
    SHADOW    "shadow"    Run::Loops(shadow::shadow_floats),            keeps;
    LICM      "licm"      Run::Loops(licm::hoist_invariants),           keeps;
    SNAPSHOTS "snapshots" Run::Plain(snapshots::unbox_snapshots),       keeps;
    DCE       "dce"       Run::Dom(dce::eliminate_dead_code),           changes;
}

/// Passes that make parts of objects results, and the one that makes joins of ways that had been passed through a test.
const OBJECTS: &[&str] = &["thread", "split", "scalar"];

/// The order for the tiers that optimise.
#[rustfmt::skip]
pub const FULL: &[Pass] = &[
    // The front ends make a block per bytecode and a parameter per register: less of both makes all else shorter.
    DCE, BLOCKS, PARAMS,
    // Constants decide tests of types.
    FOLD, TYPES,
    // What a few turns of a loop do, one after the other, is known better than what any of them does; the numbers of turns
    // are constants by now.
    UNROLL, PARAMS.after(&["unroll"]), FOLD.after(&["unroll"]), TYPES.after(&["unroll"]),
    // Variables that become floats are known to be, from where they are.
    VERSIONS,
    // Loop variables become raw once guards of them are unboxings, and then the boxes around their updates meet unboxings.
    UNBOX, TYPES,
    // Only boxes that code needs are left to keep results alive.
    SNAPSHOTS,
    // What is computed, checked or loaded twice.
    FORWARD,
    // What was loaded may be known to be of a type or a constant.
    FOLD, TYPES, FORWARD.after(&["fold", "types"]),
    // Tests that are left: of what other tests have found.
    THREAD,
    // Guards of new objects are gone, so what remains are their true uses. Their parts become results and variables, whose
    // types are known.
    DCE, SPLIT, SCALAR,
    PARAMS.after(OBJECTS), TYPES.after(OBJECTS), UNBOX.after(OBJECTS), TYPES.after(OBJECTS),
    SNAPSHOTS.after(OBJECTS), GUARDS.after(OBJECTS),
    // Dead code would be copied and moved.
    DCE.after(OBJECTS), BLOCKS,
    // The body of a `while` loop becomes its sure path, from where guards and loads may move.
    // What the first turn left outside makes first values known.
    ROTATE, PARAMS, UNBOX.after(&["rotate"]), TYPES.after(&["unbox"]), LICM,
    // Objects that do not change in the loop are outside now; then what it keeps in them can be its variables.
    // Fields of one kind are unboxings where they are read, so nobody guards the variables that they have become.
    PROMOTE, PARAMS.after(&["promote"]), UNBOX.after(&["promote"]),
    // Guards of loop variables are on the sure path now; a variable that is only known to be a number gets a float beside it.
    LOOPTYPES, TYPES.after(&["promote", "loop_types"]), SHADOW, SNAPSHOTS.after(&["loop_types"]),
    LICM.after(&["promote", "loop_types"]),
    // The copies of the loop's test, and what has moved beside equal code outside.
    FORWARD,
    // Limits that were found to be equal are no parameters of inner loops any more.
    PARAMS,
    // Bounds are outside their loops now; what is checked before a loop is a condition that ranges follow from.
    PREDICATE,
    // First indices that are new here are looked at by ranges, as all are.
    CARRY,
    // Limits that bounds were found with are small by then, and ranges are not known yet.
    WIDEN,
    // Once: it is the dearest analysis, and wants all conditions and raw loop variables.
    RANGE, FOLD.after(&["range"]), TYPES.after(&["range"]), GVN.after(&["range"]), GUARDS.after(&["gvn"]),
    // Checks that went away may have been between a loop's head and its loads.
    LICM, PARAMS, SNAPSHOTS, DCE, BLOCKS,
    // All that wants to know for which value a block is entered has run.
    DECIDE, DCE.after(&["decide"]),
    // What is left is needed: now where.
    SINK,
    // Nothing asks for a loop's first snapshot or its test any more.
    STRIPS, POLLS,
];

/// Pairs of passes of which the first must come before the second at least once, with nothing but reason to enforce it.
pub const ORDER: &[(&str, &str)] = &[
    ("fold", "unroll"),
    ("unroll", "versions"),
    ("types", "versions"),
    ("versions", "unbox"),
    ("unbox", "snapshots"),
    ("rotate", "licm"),
    ("rotate", "loop_types"),
    ("forward", "split"),
    ("split", "scalar"),
    ("scalar", "dce"),
    ("licm", "promote"),
    ("promote", "loop_types"),
    ("loop_types", "shadow"),
    ("licm", "predicate"),
    ("predicate", "carry"),
    ("predicate", "widen"),
    ("widen", "range"),
    ("sink", "strips"),
    ("strips", "polls"),
    ("range", "decide"),
    ("licm", "sink"),
    ("snapshots", "sink"),
    ("snapshots", "dce"),
];

/// What to do and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Names of passes that are left out.
    pub off: Vec<String>,
    /// Whether to measure times.
    pub is_timed: bool,
}

/// What a pass did, over all its runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PassStats {
    /// The pass.
    pub name: &'static str,
    /// How often it ran.
    pub runs: u32,
    /// Its changes.
    pub changes: u32,
    /// Its processor time with the analyses that it asked for, if that was measured.
    pub time: Duration,
}

/// Runs the full pipeline.
pub fn optimize(func: &mut Func, options: &Options) -> Vec<PassStats> {
    run(func, FULL, options)
}

/// Runs the full pipeline, and shows the function after each pass that has changed it.
pub fn optimize_with(func: &mut Func, options: &Options, see: See<'_>) -> Vec<PassStats> {
    run_seen(func, FULL, options, see)
}

/// What looks at the function after a pass: the pass's name, and the function.
pub type See<'a> = &'a mut dyn FnMut(&'static str, &Func);

/// Adds what passes did to what they did before.
pub fn add_stats(total: &mut Vec<PassStats>, more: &[PassStats]) {
    for s in more {
        match total.iter_mut().find(|t| t.name == s.name) {
            Some(t) => {
                (t.runs, t.changes, t.time) = (t.runs + s.runs, t.changes + s.changes, t.time + s.time);
            }
            None => total.push(*s),
        }
    }
}

/// Runs a list of passes.
///
/// # Panics
/// In debug builds, if a pass leaves a function that is not well formed.
pub fn run(func: &mut Func, order: &[Pass], options: &Options) -> Vec<PassStats> {
    run_seen(func, order, options, &mut |_, _| {})
}

fn run_seen(func: &mut Func, order: &[Pass], options: &Options, see: See<'_>) -> Vec<PassStats> {
    let mut analyses = Analyses::default();
    let mut history = History::default();
    for pass in order {
        if !history.is_needed(pass) {
            continue;
        }
        if options.off.iter().any(|name| name == pass.name) {
            continue;
        }
        let now = || if options.is_timed { thread_time() } else { Duration::ZERO };
        let start = now();
        let changes = analyses.run(func, pass);
        history.note(pass, changes, now() - start);
        if changes > 0 {
            see(pass.name, func);
        }
        if cfg!(debug_assertions)
            && changes > 0
            && let Err(errors) = crate::ir::verify::verify(func)
        {
            panic!("after {}:\n{errors}\n{func:?}", pass.name);
        }
    }
    history.stats()
}

/// When passes ran and when they changed something, as steps counted from 1; 0: not yet.
#[derive(Default)]
struct History {
    step: u32,
    last_change: u32,
    passes: [Past; PASSES.len()],
}

#[derive(Clone, Copy, Default)]
struct Past {
    ran: u32,
    changed: u32,
    runs: u32,
    changes: u32,
    time: Duration,
}

impl History {
    fn is_needed(&self, pass: &Pass) -> bool {
        let ran = self.passes[pass.id].ran;
        // It would find again that there is nothing to do.
        if ran > self.last_change {
            return false;
        }
        let has_changed = |(id, past): (usize, &Past)| pass.after >> id & 1 != 0 && past.changed > ran;
        pass.after == 0 || self.passes.iter().enumerate().any(has_changed)
    }

    fn note(&mut self, pass: &Pass, changes: u32, time: Duration) {
        self.step += 1;
        let past = &mut self.passes[pass.id];
        past.ran = self.step;
        if changes > 0 {
            past.changed = self.step;
            self.last_change = self.step;
        }
        (past.runs, past.changes, past.time) = (past.runs + 1, past.changes + changes, past.time + time);
    }

    fn stats(&self) -> Vec<PassStats> {
        let all = PASSES.iter().zip(&self.passes).filter(|(_, past)| past.runs > 0);
        all.map(|(pass, past)| PassStats {
            name: pass.name,
            runs: past.runs,
            changes: past.changes,
            time: past.time,
        })
        .collect()
    }
}

/// The analyses of the function as it is, made when somebody asks.
#[derive(Default)]
struct Analyses {
    /// Of what the analyses are: most passes that may change the graph do not.
    graph: u64,
    dom: Option<DomTree>,
    loops: Option<LoopForest>,
}

impl Analyses {
    fn run(&mut self, func: &mut Func, pass: &Pass) -> u32 {
        let changes = match pass.run {
            Run::Plain(run) => run(func),
            Run::Dom(run) => run(func, self.dom(func)),
            Run::Loops(run) => {
                self.dom(func);
                let Some(dom) = &self.dom else { return 0 };
                run(func, dom, self.loops.get_or_insert_with(|| LoopForest::new(func, dom)))
            }
        };
        if !pass.keeps_cfg && changes > 0 && self.dom.is_some() && self.graph != graph_hash(func) {
            (self.dom, self.loops) = (None, None);
        }
        changes
    }

    fn dom(&mut self, func: &Func) -> &DomTree {
        self.dom.get_or_insert_with(|| {
            self.graph = graph_hash(func);
            DomTree::new(func)
        })
    }
}

/// A number that tells graphs of blocks apart.
fn graph_hash(func: &Func) -> u64 {
    let mut hasher = crate::hash::FastHasher::default();
    for &b in func.blocks() {
        hasher.write_u32(b.0);
        for to in func.successors(b) {
            hasher.write_u64(u64::from(to.0) | 1 << 32);
        }
    }
    hasher.write_usize(func.block_count());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_in_order() {
        let first = |name: &str| FULL.iter().position(|p| p.name == name);
        let last = |name: &str| FULL.iter().rposition(|p| p.name == name);
        for (a, b) in ORDER {
            let (a_at, b_at) = (first(a), last(b));
            assert!(a_at.is_some() && a_at < b_at, "{a} before {b}");
        }
    }

    #[test]
    fn every_pass_is_in_the_table_under_one_name() {
        for (i, pass) in PASSES.iter().enumerate() {
            assert!(PASSES[..i].iter().all(|p| p.name != pass.name), "{}", pass.name);
            assert!(FULL.iter().any(|p| p.name == pass.name), "{} never runs", pass.name);
        }
    }

    #[test]
    fn analyses_last_as_long_as_the_graph() {
        // A pass that says that it keeps the graph must do so: the generator's functions show it.
        super::super::testing::for_random_functions(60, |func| {
            let mut func = func.clone();
            for pass in FULL {
                let before = graph(&func);
                let mut analyses = Analyses::default();
                analyses.run(&mut func, pass);
                if pass.keeps_cfg {
                    assert_eq!(before, graph(&func), "{}", pass.name);
                }
            }
        });
    }

    fn graph(func: &Func) -> Vec<(u32, Vec<u32>)> {
        func.blocks().iter().map(|&b| (b.0, func.successors(b).map(|s| s.0).collect())).collect()
    }

    #[test]
    fn a_pass_can_be_switched_off() {
        super::super::testing::for_random_functions(3, |func| {
            let options = Options { off: vec!["gvn".to_owned()], is_timed: false };
            let stats = optimize(&mut func.clone(), &options);
            assert!(stats.iter().all(|s| s.name != "gvn"));
            assert!(stats.iter().any(|s| s.name == "dce" && s.runs > 1));
        });
    }

    #[test]
    fn a_loop_over_an_array_is_left_with_its_work() {
        // What a front end makes of `for i := 1; i <= n; i = i + 1 { s = s + t[i] }` with floats in `t`.
        super::super::testing::check_all(
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0, r1 = v1 }
            snap s1 f0 pc 2 { r0 = v10, r1 = v11, r2 = v12, r3 = v13 }
            b0(v0: value, v1: value):
              v2 = const_value int 1
              v3 = const_value float 0.0
              jump b1(v0, v1, v2, v3)
            b1(v10: value, v11: value, v12: value, v13: value):
              poll [s1]
              v14 = guard_int v12 [s1]
              v15 = guard_int v11 [s1]
              v16 = icmp v14, v15, le
              branch v16, b2, b3
            b2:
              v20 = guard_table v10 [s1]
              v21 = load_array v20
              v22 = guard_elem v21, float [s1]
              v23 = array_len v22
              v24 = guard_int v12 [s1]
              v25 = guard_bounds v24, v23 [s1]
              v26 = load_elem_float v22, v25
              v27 = guard_not_hole v26 [s1]
              v28 = guard_f64 v13 [s1]
              v29 = add_f64 v28, v27
              v30 = box_f64 v29
              v31 = guard_int v12 [s1]
              v32 = const_i64 1
              v33 = add_i64 v31, v32
              v34 = box_i64 v33
              jump b1(v10, v11, v34, v30)
            b3:
              return_values v13
            ",
            &expect_test::expect![[r#"
                snap s0 f0 pc 0 { r0 = v0, r1 = v1 }
                snap s1 f0 pc 2 { r0 = v0, r1 = v1, r2 = v33, r3 = v29 }
                snap s2 f0 pc 2 { r0 = v0, r1 = v1, r2 = v42, r3 = v45 }
                snap s3 f0 pc 2 { r0 = v0, r1 = v1, r2 = v42, r3 = v45 }
                snap s4 f0 pc 2 { r0 = v0, r1 = v1, r2 = v42, r3 = v45 }
                snap s5 f0 pc 2 { r0 = v0, r1 = v1, r2 = v52, r3 = v53 }
                snap s6 f0 pc 2 { r0 = v0, r1 = v1, r2 = v52, r3 = v53 }
                snap s7 f0 pc 2 { r0 = v0, r1 = v1, r2 = v52, r3 = v53 }
                snap s8 f0 pc 2 { r0 = v0, r1 = v1, r2 = v52, r3 = v53 }
                snap s9 f0 pc 2 { r0 = v0, r1 = v1, r2 = v42, r3 = v45 }
                snap s10 f0 pc 2 { r0 = v0, r1 = v1, r2 = v42, r3 = v45 }
                b0(v0: value, v1: value):
                  v42 = const_i64 1
                  v45 = const_f64 0.0
                  poll [s2]
                  v49 = guard_int v1 [s4]
                  v50 = icmp v49, v42, ge
                  branch v50, b4, b3(v45)
                b4:
                  v20 = guard_table v0 [s9]
                  v21 = load_array v20
                  v22 = guard_elem v21, float [s9]
                  v23 = array_len v22
                  v58 = icmp v49, v23, le
                  guard_true v58, bounds [s10]
                  v63 = add_i64 v49, v42
                  v64 = const_i64 140737488355327
                  v65 = icmp v63, v64, le
                  guard_true v65, bounds [s10]
                  jump b2(v42, v45)
                b2(v52: i64, v53: f64):
                  v26 = load_elem_float v22, v52
                  v27 = guard_not_hole v26 [s8]
                  v29 = add_f64 v53, v27
                  v33 = add_i64 v52, v42
                  poll [s1]
                  v16 = icmp v33, v49, le
                  branch v16, b2(v33, v29), b3(v29)
                b3(v56: f64):
                  v57 = box_f64 v56
                  return_values v57
            "#]],
        );
    }

    #[test]
    #[ignore = "measures: run it by hand with --nocapture"]
    fn times_of_the_passes() {
        let mut total: Vec<PassStats> = Vec::new();
        let (mut insts, mut worst) = (0, 0.0);
        for seed in 0..300 {
            let func = super::super::generate::Generator::of_size(seed, 400).function();
            let count = func.blocks().iter().map(|&b| func.insts(b).count()).sum::<usize>();
            insts += count;
            // The best of several runs: other work on the machine is not what is measured.
            let runs = (0..5).map(|_| {
                let stats = optimize(&mut func.clone(), &Options { off: Vec::new(), is_timed: true });
                (stats.iter().map(|s| s.time).sum::<Duration>(), stats)
            });
            let Some((time, stats)) = runs.min_by_key(|r| r.0) else { continue };
            worst = f64::max(worst, time.as_nanos() as f64 / count as f64);
            add_stats(&mut total, &stats);
        }
        println!("{} instructions on average, worst {worst:.0} ns/inst", insts / 300);
        for s in &total {
            println!(
                "{:10} {:2} runs {:8.1} ns/inst {:8} changes",
                s.name,
                s.runs,
                s.time.as_nanos() as f64 / insts as f64,
                s.changes
            );
        }
        let all: Duration = total.iter().map(|s| s.time).sum();
        println!("{:10} {:8.1} ns/inst", "all", all.as_nanos() as f64 / insts as f64);
    }
}
