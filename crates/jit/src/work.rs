//! What is done to a function once it is built: it is optimised and lowered.
//!
//! ```text
//!   compiler ──► Job: IR, and all that lowering must know ──► Workshop::run ──► Done: bytes and tables ──► compiler
//! ```
//!
//! The one idea: a job is complete in itself. Passes and lowering see words of values but follow none of them into the heap,
//! so a job may be worked on beside a running program, on another thread. Whoever has given the job keeps the objects that
//! it names alive ([`Job::values`], [`Job::functions`]); shapes are pinned by the job itself.

use crate::build::Built;
use crate::lower::{self, Lowered, Lowerer};
use crate::opt::pipeline::{self, PassStats};
use crate::stubs::{FiberLayout, Stubs};
use crate::{asm, ir};
use runtime::closure::Function;
use runtime::heap::thread_time;
use runtime::value::Value;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

/// What is true of all code of an engine.
pub(crate) struct World {
    pub features: asm::x64::Features,
    pub stubs: Stubs,
    pub layout: FiberLayout,
    /// Addresses of helpers, by their numbers.
    pub helpers: Vec<usize>,
    pub parallel_flag: u64,
    /// The address of the table of one-byte strings.
    pub byte_strs: u64,
    pub every_guard_fails: bool,
    pub times_passes: bool,
}

/// A built function.
pub(crate) struct Job {
    /// The function that it is to be code of.
    pub function: Function,
    /// The loop head where the code begins; `None`: the whole function.
    pub loop_pc: Option<u32>,
    pub is_speculative: bool,
    pub built: Built,
    pub kind: lower::Kind,
    /// The word of its typed entry, if it has one.
    pub typed_word: Option<Arc<AtomicUsize>>,
    /// The typed entries that its code calls, by the addresses of their functions.
    pub typed_callees: Vec<(u64, lower::TypedCallee)>,
    /// Where the bytecode of each function of the frames is.
    pub code_addresses: Vec<u64>,
    /// IR instructions as built.
    pub insts: u64,
    /// The time of [`crate::failures::Failures`] when it was built.
    pub built_at: u64,
    pub build_time: Duration,
    /// Keep the machine code in words.
    pub keeps_text: bool,
    /// Keep the IR after this pass as text, or after each (`all`).
    pub keeps_ir: Option<String>,
}

// SAFETY: functions and values in it are words that are not followed; the giver of the job keeps the objects alive, which
// never move.
unsafe impl Send for Job {}

/// A job's result.
pub(crate) struct Done {
    pub job: Job,
    pub lowered: Lowered,
    pub first_exit: u32,
    pub passes: Vec<PassStats>,
    pub optimize_time: Duration,
    pub lower_time: Duration,
    /// The IR where the job wants to keep it.
    pub ir: String,
}

/// Where jobs are done, one at a time.
#[derive(Default)]
pub(crate) struct Workshop {
    lowerer: Lowerer,
    next_exit: u32,
}

impl Job {
    /// The functions of its frames.
    pub fn functions(&self) -> &[Function] {
        &self.built.functions
    }

    /// The values that its code may refer to.
    pub fn values(&self) -> Vec<Value> {
        values_of(&self.built.func.embedded(), &self.built.kept)
    }
}

/// Words of heap objects that code embeds or keeps, as values.
pub(crate) fn values_of(embedded: &[u64], kept: &[u64]) -> Vec<Value> {
    embedded.iter().chain(kept).map(|&word| as_value(word)).collect()
}

/// An embedded word as a value: a boxed one is itself, a raw address stands for the object there.
fn as_value(word: u64) -> Value {
    if word >> 48 == 0 { Value::from_bits(runtime::value::TAG_OBJECT | word) } else { Value::from_bits(word) }
}

/// Takes the boxes from what a function with a typed entry returns: lowering makes those that are needed.
fn typed_returns(func: &mut ir::func::Func) {
    use ir::ops::Op;
    let blocks: Vec<_> = func.blocks().to_vec();
    for b in blocks {
        let Some(ret) = func.terminator(b).filter(|&t| func.op(t) == Op::Return && func.args(t).len() == 1)
        else {
            continue;
        };
        let arg = func.arg(ret, 0);
        if matches!(func.op(arg), Op::BoxInt | Op::BoxI64 | Op::BoxF64) {
            let raw = func.arg(arg, 0);
            func.set_arg(ret, 0, raw);
        }
    }
}

/// Instructions of a function.
pub(crate) fn count_insts(func: &ir::func::Func) -> u64 {
    func.blocks().iter().map(|&b| func.insts(b).count() as u64).sum()
}

impl Workshop {
    /// Does a job.
    pub fn run(&mut self, world: &World, mut job: Job) -> Result<Done, &'static str> {
        let start = thread_time();
        let mut ir = String::new();
        let mut passes = Vec::new();
        if job.is_speculative {
            let options = pipeline::Options { off: Vec::new(), is_timed: world.times_passes };
            passes = match job.keeps_ir.as_deref() {
                None => pipeline::optimize(&mut job.built.func, &options),
                Some(wanted) => pipeline::optimize_with(&mut job.built.func, &options, &mut |name, func| {
                    if wanted == "all" || wanted == name {
                        ir.push_str(&format!("; after {name}\n{}\n", ir::print::print(func)));
                    }
                }),
            };
        }
        if job.built.signature.is_some() {
            typed_returns(&mut job.built.func);
        }
        let optimized = thread_time();
        let code_addresses = &job.code_addresses;
        let context = lower::Context {
            features: world.features,
            kind: job.kind,
            code_address: &|proto| code_addresses[proto as usize],
            typed_entry: &|function| {
                let callee = job.typed_callees.iter().find(|(f, _)| *f == function);
                callee.map_or_else(|| panic!("a typed entry that is known"), |(_, callee)| *callee)
            },
            helpers: &world.helpers,
            stubs: &world.stubs,
            layout: &world.layout,
            parallel_flag: world.parallel_flag,
            byte_strs: world.byte_strs,
            first_exit: self.next_exit,
            every_guard_fails: world.every_guard_fails,
        };
        self.lowerer.keeps_text = job.keeps_text;
        let lowered = self.lowerer.lower(&job.built.func, &context).map_err(|e| match e {
            lower::Error::Allocation(_) => "no registers",
            lower::Error::Unsupported(what) => what,
        })?;
        let first_exit = self.next_exit;
        self.next_exit += lowered.exits.exits.len() as u32;
        Ok(Done {
            job,
            lowered,
            first_exit,
            passes,
            optimize_time: optimized - start,
            lower_time: thread_time() - optimized,
            ir,
        })
    }

    /// Forgets what a job has left behind that ended in a panic.
    pub fn clear(&mut self) {
        self.lowerer = Lowerer::new();
    }
}
