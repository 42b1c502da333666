//! The order of the passes: one table per tier, a line each, with the reason for its place.
//!
//! Passes are short walks that count their changes. In debug builds the verifier runs after each. Every pass can be switched
//! off by name, has a time and a count, and none is needed for the code to be right.

use super::{blocks, dce, fold, forward, guards, gvn, licm, params, range, rotate, snapshots, types, unbox};
use crate::ir::dom::DomTree;
use crate::ir::func::Func;
use crate::ir::loops::LoopForest;
use std::time::{Duration, Instant};

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
    /// Its name, for switches and statistics.
    pub name: &'static str,
    /// The pass itself.
    pub run: Run,
    /// Whether it leaves blocks and edges as they are, so that the analyses stay true.
    pub keeps_cfg: bool,
}

macro_rules! define_passes {
    ($($id:ident $name:literal $run:expr, $cfg:ident;)*) => {
        $(const $id: Pass = Pass { name: $name, run: $run, keeps_cfg: define_passes!(@$cfg) };)*

        /// Every pass once.
        pub const PASSES: &[Pass] = &[$($id,)*];
    };
    (@keeps) => { true };
    (@changes) => { false };
}

define_passes! {
    BLOCKS    "blocks"    Run::Dom(blocks::join_blocks),                changes;
    PARAMS    "params"    Run::Dom(params::eliminate_constant_params),  keeps;
    FOLD      "fold"      Run::Dom(fold::fold),                         changes;
    TYPES     "types"     Run::Dom(types::propagate_types),             keeps;
    UNBOX     "unbox"     Run::Dom(unbox::unbox_params),                keeps;
    GUARDS    "guards"    Run::Dom(guards::eliminate_guards),           changes;
    GVN       "gvn"       Run::Dom(gvn::number_values),                 keeps;
    FORWARD   "forward"   Run::Dom(forward::forward_memory),            keeps;
    RANGE     "range"     Run::Dom(range::narrow_ranges),               keeps;
    ROTATE    "rotate"    Run::Loops(rotate::rotate_loops),             changes;
    LICM      "licm"      Run::Loops(licm::hoist_invariants),           keeps;
    SNAPSHOTS "snapshots" Run::Plain(snapshots::unbox_snapshots),       keeps;
    DCE       "dce"       Run::Dom(dce::eliminate_dead_code),           changes;
}

/// The order for the tiers that optimise.
pub const FULL: &[Pass] = &[
    // The front ends make a block per bytecode and a parameter per register: less of both makes all else shorter.
    DCE, BLOCKS, PARAMS, // Constants decide tests of types.
    FOLD, TYPES,
    // Loop variables become raw once guards of them are unboxings, and then the boxes around their updates meet unboxings.
    UNBOX, TYPES, // Only boxes that code needs are left to keep results alive.
    SNAPSHOTS,
    // Results that are equal must be one before guards and loads of them can be seen to be equal.
    GVN, GUARDS, FORWARD, // What was loaded may be known to be of a type or a constant.
    FOLD, TYPES, GVN, GUARDS, // Dead code would be copied and moved.
    DCE, BLOCKS,
    // The body of a `while` loop becomes its sure path, from where guards and loads may move.
    ROTATE, PARAMS, LICM,
    // The copies of the loop's test, and what has moved beside equal code outside.
    GVN, GUARDS, FORWARD,
    // Once: it is the dearest analysis, and wants all conditions and raw loop variables.
    RANGE, FOLD, TYPES, GVN, GUARDS,
    // Checks that went away may have been between a loop's head and its loads.
    LICM, PARAMS, SNAPSHOTS, DCE, BLOCKS,
];

/// Pairs of passes of which the first must come before the second at least once, with nothing but reason to enforce it.
pub const ORDER: &[(&str, &str)] = &[
    ("types", "unbox"),
    ("unbox", "snapshots"),
    ("gvn", "guards"),
    ("gvn", "forward"),
    ("rotate", "licm"),
    ("licm", "range"),
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
    /// Its time with the analyses that it asked for, if it was measured.
    pub time: Duration,
}

/// Runs the full pipeline.
pub fn optimize(func: &mut Func, options: &Options) -> Vec<PassStats> {
    run(func, FULL, options)
}

/// Runs a list of passes.
///
/// # Panics
/// In debug builds, if a pass leaves a function that is not well formed.
pub fn run(func: &mut Func, order: &[Pass], options: &Options) -> Vec<PassStats> {
    let mut stats: Vec<PassStats> = Vec::new();
    let mut analyses = Analyses::default();
    for pass in order {
        if options.off.iter().any(|name| name == pass.name) {
            continue;
        }
        let start = options.is_timed.then(Instant::now);
        let changes = analyses.run(func, pass);
        let time = start.map_or(Duration::ZERO, |s| s.elapsed());
        if cfg!(debug_assertions)
            && changes > 0
            && let Err(errors) = crate::ir::verify::verify(func)
        {
            panic!("after {}:\n{errors}\n{func:?}", pass.name);
        }
        match stats.iter_mut().find(|s| s.name == pass.name) {
            Some(s) => {
                (s.runs, s.changes, s.time) = (s.runs + 1, s.changes + changes, s.time + time);
            }
            None => stats.push(PassStats { name: pass.name, runs: 1, changes, time }),
        }
    }
    stats
}

/// The analyses of the function as it is, made when somebody asks.
#[derive(Default)]
struct Analyses {
    dom: Option<DomTree>,
    loops: Option<LoopForest>,
}

impl Analyses {
    fn run(&mut self, func: &mut Func, pass: &Pass) -> u32 {
        let changes = match pass.run {
            Run::Plain(run) => run(func),
            Run::Dom(run) => run(func, self.dom.get_or_insert_with(|| DomTree::new(func))),
            Run::Loops(run) => {
                let dom = self.dom.get_or_insert_with(|| DomTree::new(func));
                run(func, dom, self.loops.get_or_insert_with(|| LoopForest::new(func, dom)))
            }
        };
        if !pass.keeps_cfg && changes > 0 {
            (self.dom, self.loops) = (None, None);
        }
        changes
    }
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
            let options = Options { off: vec!["gvn".to_owned()], is_timed: true };
            let stats = optimize(&mut func.clone(), &options);
            assert!(stats.iter().all(|s| s.name != "gvn"));
            assert!(stats.iter().any(|s| s.name == "dce" && s.runs > 1));
        });
    }
}
