//! The compiler of an engine: takes hot functions and loops from the machine and installs code for them.
//!
//! ```text
//!   hot_function, hot_loop ──► compile: build, optimize, lower, install ──► Function::begun, or the code of a loop
//!   exit                   ──► rebuild the frames; count; at the limit throw the code away and exclude the site
//! ```
//!
//! `leave.rs` is where exits lead, `retire.rs` how code comes out of use, `report.rs` what is told of all that.
//!
//! Code that was thrown away is not called any more; activations of it that are still on a stack run on. Its bytes stay until
//! no stack can refer to them: at present, as long as the engine.

mod leave;
mod report;
mod retire;

use crate::assumed::Dependents;
use crate::build::{self, Start};
use crate::code::{
    CodeBlock, CodeCache,
    perf::{JitDump, PerfMap},
};
use crate::failures::Failures;
use crate::installed::{Cost, Installed, Typed, place_of};
use crate::ir::signature::Signature;
use crate::opt::pipeline::{self, PassStats};
use crate::policy::{Options, Policy, Tiers};
use crate::queue::Queue;
use crate::stats::Stats;
use crate::work::{self, Done, Job, Workshop, World};
use crate::{asm, bind, ir, lower, stubs};
use runtime::assumption::Assumption;
use runtime::closure::{Closure, Function};
use runtime::heap::mark::Marker;
use runtime::heap::thread_time;
use runtime::value::Value;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};
use vm::engine::Engine;
use vm::fiber::Fiber;
use vm::machine::{Thresholds, Tier};

/// Addresses that machine code may take. Memory is used only as it fills.
const CACHE_BYTES: usize = 64 << 20;
/// Native stack that a compilation may use.
const COMPILE_STACK_BYTES: usize = 192 << 10;

/// Native stack of the compile thread: recursion over the dominator tree is the deepest.
const THREAD_STACK_BYTES: usize = 2 << 20;

/// What is remembered of a function.
#[derive(Default)]
struct History {
    /// Versions of the function or its loops that were thrown away.
    discarded: u32,
    /// How often a loop is still to ask for code before it gets any.
    cooling: HashMap<u32, u32>,
    /// Code that is to be made again at the next call because it can call others better, and serves until then.
    standby: Option<Arc<Installed>>,
    /// How often that was so.
    linked: u32,
    /// A loop has become hot when it had been called before, so it is to be compiled at its next call.
    is_due: bool,
    /// The code of its loops, by loop head.
    loops: HashMap<u32, usize>,
    /// Why it is not compiled any more.
    gave_up: Option<&'static str>,
}

/// The frame that asks for code: what it runs and holds at this moment, from which kinds of values are guessed.
struct Running {
    closure: Option<Closure>,
    // ROOTED: words of the frame, only looked at while nothing is allocated in the heap.
    samples: Vec<u64>,
}

impl Running {
    fn of(fiber: &Fiber) -> Running {
        let (closure, samples) = vm::machine::rebuild::running_frame(fiber);
        Running { closure, samples }
    }
}

/// A job that is being worked on: what it is for, and the objects that it names.
struct Pending {
    function: Function,
    loop_pc: Option<u32>,
    functions: Vec<Function>,
    values: Vec<Value>,
    assumptions: Vec<Assumption>,
    /// One of the assumptions has broken meanwhile.
    is_stale: bool,
}

impl Pending {
    fn is_for(&self, function: Function, loop_pc: Option<u32>) -> bool {
        self.function.address() == function.address() && self.loop_pc == loop_pc
    }
}

/// What changes.
struct State {
    code: Vec<Arc<Installed>>,
    dependents: Dependents,
    /// The typed entries of the newest code of functions that ever had one, by the function's address.
    typed: HashMap<usize, Typed>,
    /// The words of older ones, which code may still call.
    retired: Vec<Arc<AtomicUsize>>,
    pending: Vec<Pending>,
    /// Whether the compile thread runs.
    has_thread: bool,
    /// The engine is going: what is worked on is not wanted any more, and its heap may not be touched.
    is_closed: bool,
    history: HashMap<usize, History>,
    failures: Failures,
    stats: Stats,
    phases: [Duration; PHASES.len()],
    passes: Vec<PassStats>,
    aborts: HashMap<&'static str, u64>,
    listings: Vec<(String, String)>,
    perf_map: Option<PerfMap>,
    jit_dump: Option<JitDump>,
}

const PHASES: [&str; 4] = ["build", "optimize", "lower", "install"];

/// The compiler of one engine.
///
/// Of its locks `workshop` is taken before `state`, never after it.
pub struct Compiler {
    options: Options,
    policy: Policy,
    /// When it was made, for the log.
    began: Instant,
    world: World,
    cache: CodeCache,
    _stubs_block: CodeBlock,
    engine: Weak<Engine>,
    /// Itself, for the compile thread.
    this: Weak<Compiler>,
    /// The jobs that wait for its thread.
    queue: Arc<Queue>,
    workshop: Mutex<Workshop>,
    state: Mutex<State>,
}

// SAFETY: functions and values in it are traced as roots and never move; everything that changes is behind the lock.
unsafe impl Send for Compiler {}
// SAFETY: as above.
unsafe impl Sync for Compiler {}

impl Compiler {
    /// Gives an engine a compiler; `None` where there is none for this processor, or no memory for code.
    pub fn install(engine: &Arc<Engine>, options: Options) -> Option<Arc<Compiler>> {
        if !cfg!(all(target_arch = "x86_64", unix, not(miri))) || options.tiers == Tiers::Off {
            return None;
        }
        let cache = CodeCache::new(options.code_bytes.unwrap_or(CACHE_BYTES)).ok()?;
        let features = asm::x64::Features::detect();
        let layout = bind::fiber_layout();
        let (block, stubs) = stubs::install(
            &cache,
            features,
            &layout,
            &bind::rust_entries(leave::leave as *const () as usize),
            runtime::layout::class_epoch(engine.heap()),
        )
        .ok()?;
        let policy = Policy::new(&options);
        let perf_map = if options.perf_map { PerfMap::create(&PerfMap::default_path()).ok() } else { None };
        let jit_dump = options.jit_dump.as_deref().and_then(|dir| JitDump::create(dir).ok());
        let world = World {
            features,
            stubs,
            layout,
            helpers: bind::helper_addresses(),
            parallel_flag: runtime::layout::parallel_flag(engine.heap()) as u64,
            byte_strs: runtime::layout::byte_strings(engine.heap()) as u64,
            every_guard_fails: options.every_guard_fails,
            times_passes: options.times_passes,
        };
        let compiler = Arc::new_cyclic(|this| Compiler {
            policy,
            began: Instant::now(),
            world,
            cache,
            _stubs_block: block,
            engine: Arc::downgrade(engine),
            this: this.clone(),
            queue: Arc::default(),
            workshop: Mutex::default(),
            state: Mutex::new(State {
                code: Vec::new(),
                dependents: Dependents::default(),
                typed: HashMap::new(),
                retired: Vec::new(),
                pending: Vec::new(),
                has_thread: false,
                is_closed: false,
                history: HashMap::new(),
                failures: Failures::default(),
                stats: Stats::default(),
                phases: [Duration::ZERO; PHASES.len()],
                passes: Vec::new(),
                aborts: HashMap::new(),
                listings: Vec::new(),
                perf_map,
                jit_dump,
            }),
            options,
        });
        let thresholds = Thresholds { calls: policy.calls_min, loops: policy.turns_min };
        engine.set_tier(compiler.clone(), bind::vm_stubs(&stubs), thresholds);
        let listener = Arc::downgrade(&compiler);
        engine.heap().assumptions().on_broken(move |what| {
            if let Some(compiler) = listener.upgrade() {
                compiler.broken(what);
            }
        });
        Some(compiler)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while compiling leaves nothing half done that code relies on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has code made for a function: at once, or on the compile thread. Gives the code if it is there.
    fn compile(&self, function: Function, start: Start, at: &Running) -> Option<Arc<Installed>> {
        if let Some(job) = self.take_back(function, start) {
            return self.finish(job);
        }
        let job = self.begin(function, start, at)?;
        if self.policy.is_background {
            self.give(job);
            return None;
        }
        self.finish(job)
    }

    /// Builds the IR of a function, as its feedback is at this moment.
    fn begin(&self, function: Function, start: Start, at: &Running) -> Option<Job> {
        let engine = self.engine.upgrade()?;
        let mut state = self.state();
        let key = function.address();
        let loop_pc = start.loop_pc();
        // What is hot comes again.
        let is_pending = state.pending.iter().any(|job| job.is_for(function, loop_pc));
        if state.pending.len() >= self.policy.pending_max || is_pending {
            return None;
        }
        let history = history_of(&mut state.history, &engine, function);
        // The code may have come since somebody asked for it.
        let has_code = loop_pc.is_some_and(|pc| history.loops.contains_key(&pc));
        if has_code || history.gave_up.is_some() {
            return None;
        }
        if let Start::Loop { pc } = start
            && let Some(left) = history.cooling.get_mut(&pc)
            && *left > 0
        {
            *left -= 1;
            return None;
        }
        let is_speculative =
            self.options.tiers == Tiers::Method && history.discarded < 2 * self.policy.discarded_max;
        let t0 = thread_time();
        let options = build::Options {
            speculate: is_speculative,
            inline: is_speculative,
            is_careful: history.discarded >= self.policy.discarded_max,
            excluded: std::mem::take(&mut state.failures.excluded),
            mixed: std::mem::take(&mut state.failures.mixed),
        };
        let input = build::Input {
            function,
            start,
            heap: engine.heap(),
            string_metatable: engine.string_metatable(),
            samples: &at.samples,
            closure: at.closure,
            options: &options,
            entries: &|function: Function| {
                let typed = state.typed.get(&function.address())?;
                (typed.word.load(Relaxed) == typed.entry).then_some(typed.signature)
            },
        };
        let built = shielded(|| build::method::build(&input).map_err(build::Abort::describe));
        state.failures.excluded = options.excluded;
        state.failures.mixed = options.mixed;
        let built = match built {
            Ok(built) => built,
            Err(reason) => {
                self.give_up(&mut state, function, reason);
                return None;
            }
        };
        if cfg!(debug_assertions)
            && let Err(errors) = ir::verify::verify(&built.func)
        {
            panic!("built:\n{errors}\n{:?}", built.func);
        }
        let kind = match start {
            Start::Entry => lower::Kind::Function {
                params: u32::from(function.params()),
                frame_words: built.frame_words,
                is_variadic: function.is_variadic(),
                signature: built.signature,
            },
            Start::Loop { .. } => lower::Kind::Osr,
        };
        let insts = work::count_insts(&built.func);
        let code_addresses = built.functions.iter().map(|function| function.code() as u64).collect();
        let ir_wanted = self.options.ir_after.clone().filter(|_| self.options.keeps_listings);
        let typed_word = built.signature.map(|signature| match state.typed.get(&key) {
            Some(known) if known.signature == signature => known.word.clone(),
            _ => Arc::default(),
        });
        let callee = |word: &Arc<AtomicUsize>, signature: &Signature| lower::TypedCallee {
            word: word.as_ptr() as u64,
            reads_callee: signature.reads_callee,
        };
        let own = built.signature.iter().zip(&typed_word).map(|(s, word)| (key as u64, callee(word, s)));
        let others = built.typed_callees.iter().filter_map(|(function, signature)| {
            let typed = state.typed.get(&function.address())?;
            Some((function.address() as u64, callee(&typed.word, signature)))
        });
        let typed_callees = own.chain(others).collect();
        let mut job = Job {
            function,
            loop_pc,
            is_speculative,
            typed_word,
            typed_callees,
            built,
            kind,
            code_addresses,
            insts,
            built_at: state.failures.time(),
            build_time: Duration::ZERO,
            keeps_text: self.options.keeps_listings,
            keeps_ir: ir_wanted,
        };
        state.pending.push(Pending {
            function,
            loop_pc,
            functions: job.functions().to_vec(),
            values: job.values(),
            assumptions: job.built.assumptions.clone(),
            is_stale: false,
        });
        job.build_time = thread_time() - t0;
        self.log(|| ("asked", vec![("function", place_of(function, loop_pc.unwrap_or(0)))]));
        Some(job)
    }

    /// Whether a function of which a loop has become hot is to be compiled as a whole, at its next call, and the loop only if
    /// it becomes hot once more.
    fn waits_for_call(&self, function: Function) -> bool {
        let Some(engine) = self.engine.upgrade() else { return false };
        let mut state = self.state();
        let is_job = |job: &Pending| job.function.address() == function.address() && job.loop_pc.is_none();
        if state.pending.iter().any(is_job) {
            return true;
        }
        let left = function.counter();
        let called = self.policy.calls_min.saturating_sub(left);
        if left <= 1 || called < self.policy.calls_before_loops {
            return false;
        }
        let history = history_of(&mut state.history, &engine, function);
        if history.gave_up.is_some() || history.discarded > 0 || std::mem::replace(&mut history.is_due, true)
        {
            return false;
        }
        function.set_counter(1);
        true
    }

    /// Gives a job to the compile thread. It is started by the first one; without it the job is done at once.
    fn give(&self, job: Job) {
        let mut state = self.state();
        if !state.has_thread {
            let (queue, this) = (self.queue.clone(), self.this.clone());
            // The thread never waits for anything but jobs, holds the compiler only while it has one, and ends when the
            // compiler has gone. Nobody waits for it.
            let work = move || {
                while let Some(job) = queue.next() {
                    let Some(compiler) = this.upgrade() else { return };
                    let outcome = catch_unwind(AssertUnwindSafe(|| compiler.finish(job)));
                    if outcome.is_err() && cfg!(debug_assertions) {
                        // Nobody would hear of it.
                        std::process::abort();
                    }
                }
            };
            let thread =
                std::thread::Builder::new().name("compiler".to_string()).stack_size(THREAD_STACK_BYTES);
            state.has_thread = thread.spawn(work).is_ok();
        }
        let has_thread = state.has_thread;
        drop(state);
        if has_thread {
            self.queue.put(job);
        } else {
            self.finish(job);
        }
    }

    /// The job for what has become hot again, if it still waits and nobody works.
    fn take_back(&self, function: Function, start: Start) -> Option<Job> {
        let is_idle = self.workshop.try_lock().is_ok();
        if is_idle { self.queue.take_back(function, start.loop_pc(), self.policy.wait_max) } else { None }
    }

    /// Does a job and installs what comes of it. Runs on whatever thread.
    fn finish(&self, job: Job) -> Option<Arc<Installed>> {
        let (function, loop_pc) = (job.function, job.loop_pc);
        let done = {
            let mut workshop = self.workshop.lock().unwrap_or_else(PoisonError::into_inner);
            let done = shielded(|| workshop.run(&self.world, job));
            if done.is_err() {
                workshop.clear();
            }
            done
        };
        let mut state = self.state();
        if state.is_closed {
            return None;
        }
        let is_stale = state.pending.iter().any(|job| job.is_for(function, loop_pc) && job.is_stale);
        let made = done.and_then(|done| match is_stale {
            false => self.put(&mut state, done).map(Some),
            true => Ok(None),
        });
        // Until here its objects were kept alive for the job, from now on by the code.
        state.pending.retain(|job| !job.is_for(function, loop_pc));
        match made {
            Ok(code) => code,
            Err(reason) => {
                self.give_up(&mut state, function, reason);
                None
            }
        }
    }

    /// Notes that a function is not compiled any more.
    fn give_up(&self, state: &mut State, function: Function, reason: &'static str) {
        *state.aborts.entry(reason).or_default() += 1;
        state.history.entry(function.address()).or_default().gave_up = Some(reason);
        self.log(|| ("gave up", vec![("function", place_of(function, 0)), ("reason", reason.to_string())]));
    }

    /// Installs code.
    fn put(&self, state: &mut State, done: Done) -> Result<Arc<Installed>, &'static str> {
        let start = thread_time();
        let Done { job, lowered, first_exit, passes, optimize_time, lower_time, ir } = done;
        let (function, loop_pc, built) = (job.function, job.loop_pc, job.built);
        let block = self.cache.install(&lowered.code.bytes).map_err(|_| "the code cache is full")?;
        let begun = block.start().address() + lowered.entry_begun as usize;
        let entry = match lowered.entry {
            Some(offset) => block.start().address() + offset as usize,
            None if job.loop_pc.is_none() => vm::machine::variadic::enter as *const () as usize,
            None => self.world.stubs.enter_slow,
        };
        let typed = match (built.signature, &job.typed_word, lowered.typed) {
            (Some(signature), Some(word), Some(at)) => Some(Typed {
                signature,
                word: word.clone(),
                entry: block.start().address() + at.entry as usize,
                adapter: block.start().address() + at.adapter as usize,
            }),
            _ => None,
        };
        let insts = work::count_insts(&built.func);
        let callees = (built.awaited.iter().map(|callee| (callee.address(), None))).chain(
            built.typed_callees.iter().map(|(callee, signature)| (callee.address(), Some(*signature))),
        );
        let installed = Arc::new(Installed {
            function,
            loop_pc,
            first_exit,
            counts: lowered.exits.exits.iter().map(|_| AtomicU32::new(0)).collect(),
            exits: lowered.exits,
            functions: built.functions,
            believed: built.believed,
            frame_bytes: lowered.frame_bytes,
            frame_words: built.frame_words.max(u32::from(function.frame_size())),
            values: work::values_of(&lowered.embedded, &built.kept),
            points: lowered.code.invalidation_points.clone(),
            is_valid: AtomicBool::new(true),
            _shapes: built.shapes,
            _prepared: built.prepared,
            _sites: lowered.sites,
            _exit_counters: lowered.exit_counters,
            begun,
            entry,
            callees: callees.collect(),
            typed: typed.clone(),
            block,
            is_speculative: job.is_speculative,
            is_discarded: AtomicBool::new(false),
            built_at: job.built_at,
            cost: Cost {
                insts_built: job.insts,
                insts,
                time: job.build_time + optimize_time + lower_time + (thread_time() - start),
            },
        });
        // Threads may come here in another order than that of the exits.
        let place = |code: &Installed| (code.first_exit, code.exits.exits.len());
        let at = state.code.partition_point(|code| place(code) < place(&installed));
        state.code.insert(at, installed.clone());
        state.dependents.add(&built.assumptions, &installed);
        match loop_pc {
            None => {
                if let Some(typed) = typed {
                    typed.word.store(typed.entry, Relaxed);
                    let before = state.typed.insert(function.address(), typed.clone());
                    if let Some(before) = before.filter(|before| !Arc::ptr_eq(&before.word, &typed.word)) {
                        before.retire();
                        state.retired.push(before.word);
                    }
                }
                function.set_compiled(entry, begun);
                self.link(state, &installed);
            }
            Some(pc) => {
                state.history.entry(function.address()).or_default().loops.insert(pc, begun);
            }
        }
        let times = [job.build_time, optimize_time, lower_time, (thread_time() - start)];
        state.phases.iter_mut().zip(times).for_each(|(total, time)| *total += time);
        pipeline::add_stats(&mut state.passes, &passes);
        state.stats.compilations += 1;
        state.stats.insts_built += job.insts;
        state.stats.insts += insts;
        state.stats.typed_calls += u64::from(built.stats.typed_calls);
        state.stats.further_results += u64::from(built.stats.further_results);
        state.stats.cached_fields += u64::from(built.stats.cached_fields);
        state.stats.prepared_calls += u64::from(built.stats.prepared_calls);
        state.stats.code_bytes += installed.block.len() as u64;
        if let Some(map) = &mut state.perf_map {
            // A profile without names is still one.
            let _ = map.add(installed.block.start(), installed.block.len(), &installed.name());
        }
        if let Some(dump) = &mut state.jit_dump {
            let lines = installed.lines(&lowered.code.marks, &lowered.positions);
            let source = &function.module().name;
            let _ = dump.add(installed.block.start(), &lowered.code.bytes, &installed.name(), source, &lines);
        }
        if self.options.keeps_listings {
            let name = installed.name();
            let ir = match self.options.ir_after {
                None => format!("; {name}\n{}\n", ir::print::print(&built.func)),
                Some(_) => format!("; {name}\n{ir}"),
            };
            let exits =
                (0..installed.exits.exits.len()).map(|i| installed.describe_exit(i)).collect::<Vec<_>>();
            let functions = &installed.functions;
            let asm =
                crate::listing::machine_code(&name, &lowered.code, &lowered.positions, functions, &exits);
            state.listings.push((ir, asm));
        }
        self.log(|| {
            (
                "compiled",
                vec![
                    ("function", installed.name()),
                    ("tier", if installed.is_speculative { "method" } else { "quick" }.to_string()),
                    ("insts", insts.to_string()),
                    ("bytes", installed.block.len().to_string()),
                    ("us", times.iter().sum::<Duration>().as_micros().to_string()),
                ],
            )
        });
        Ok(installed)
    }
}

/// What is remembered of a function, from now on if nothing was.
fn history_of<'a>(
    all: &'a mut HashMap<usize, History>,
    engine: &Engine,
    function: Function,
) -> &'a mut History {
    all.entry(function.address()).or_insert_with(|| {
        engine.watch(function);
        History::default()
    })
}

/// Runs a part of the compiler. A mistake of the compiler shall cost a user speed and no more; tests are to see it.
fn shielded<T>(work: impl FnOnce() -> Result<T, &'static str>) -> Result<T, &'static str> {
    if cfg!(debug_assertions) {
        return work();
    }
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err("internal error"))
}

impl Drop for Compiler {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl Tier for Compiler {
    fn hot_function(&self, fiber: &mut Fiber, function: Function) {
        self.reinstate(function);
        let at = Running::of(fiber);
        vm::switching::with_native_bytes(fiber, COMPILE_STACK_BYTES, |_| {
            self.compile(function, Start::Entry, &at);
        });
    }

    fn hot_loop(&self, fiber: &mut Fiber, function: Function, pc: u32) -> Option<usize> {
        let key = function.address();
        if let Some(&code) = self.state().history.get(&key).and_then(|h| h.loops.get(&pc)) {
            return Some(code);
        }
        if self.waits_for_call(function) {
            return None;
        }
        let at = Running::of(fiber);
        vm::switching::with_native_bytes(fiber, COMPILE_STACK_BYTES, |_| {
            self.compile(function, Start::Loop { pc }, &at).map(|code| code.begun)
        })
        .flatten()
    }

    fn trace(&self, marker: &mut Marker, _minor: bool) {
        let state = self.state();
        for code in &state.code {
            marker.visit(code.function.to_value());
            for function in &code.functions {
                marker.visit(function.to_value());
            }
            for v in &code.values {
                marker.visit(*v);
            }
        }
        for job in &state.pending {
            marker.visit(job.function.to_value());
            for function in &job.functions {
                marker.visit(function.to_value());
            }
            for v in &job.values {
                marker.visit(*v);
            }
        }
    }

    fn forget(&self, address: usize) {
        // Functions with code are roots, so this one has none; another may be made at its address.
        self.state().history.remove(&address);
    }

    fn close(&self) {
        self.state().is_closed = true;
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
