//! The compiler of an engine: takes hot functions and loops from the machine and installs code for them.
//!
//! ```text
//!   hot_function, hot_loop ──► compile: build, optimize, lower, install ──► Function::begun, or the code of a loop
//!   exit                   ──► rebuild the frames; count; at the limit throw the code away and exclude the site
//! ```
//!
//! Code that was thrown away is not called any more; activations of it that are still on a stack run on, as everything that
//! code relies on is checked by guards. Its bytes stay until no stack can refer to them: at present, as long as the engine.

use crate::assumed::Dependents;
use crate::build::{self, Site, Start};
use crate::code::{
    CodeBlock, CodeCache,
    perf::{JitDump, PerfMap},
};
use crate::failures::{Failure, Failures};
use crate::installed::{Cost, Installed, Typed, place_of};
use crate::ir::imm::Reason;
use crate::ir::signature::Signature;
use crate::ir::types::Type;
use crate::opt::pipeline::{self, PassStats};
use crate::policy::{Log, Options, Policy, Tiers};
use crate::queue::Queue;
use crate::stats::{ExitCount, Stats, Version, quoted};
use crate::stubs::SavedRegisters;
use crate::work::{self, Done, Job, Workshop, World};
use crate::{asm, bind, exit, ir, lower, stubs};
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
use vm::machine::{Outcome, Thresholds, Tier};

/// Addresses that machine code may take. Memory is used only as it fills.
const CACHE_BYTES: usize = 64 << 20;
/// Native stack that a compilation may use.
const COMPILE_STACK_BYTES: usize = 192 << 10;
/// Most exits that statistics name.
const EXITS_SHOWN_MAX: usize = 20;
/// Most versions of code that statistics name.
const VERSIONS_SHOWN_MAX: usize = 20;

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
        let (block, stubs) =
            stubs::install(&cache, features, &layout, &bind::rust_entries(leave as *const () as usize))
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

    /// What was done so far.
    pub fn stats(&self) -> Stats {
        let state = self.state();
        let mut stats = state.stats.clone();
        stats.phases = PHASES.iter().copied().zip(state.phases).collect();
        stats.time = state.phases.iter().sum();
        stats.passes.clone_from(&state.passes);
        stats.passes.sort_by_key(|pass| std::cmp::Reverse(pass.time));
        stats.aborts = state.aborts.iter().map(|(r, n)| ((*r).to_string(), *n)).collect();
        stats.aborts.sort();
        for code in &state.code {
            stats.versions.push(Version {
                name: code.name(),
                is_speculative: code.is_speculative,
                insts_built: code.cost.insts_built,
                insts: code.cost.insts,
                code_bytes: code.block.len() as u64,
                time: code.cost.time,
            });
            for (i, count) in code.counts.iter().enumerate() {
                let count = u64::from(count.load(Relaxed));
                if count > 0 {
                    let is_expected = matches!(
                        code.exits.exits[i].reason,
                        ir::imm::Reason::Poll | ir::imm::Reason::LoopEnd
                    );
                    stats.failed += if is_expected { 0 } else { count };
                    let (place, reason) = code.describe_exit(i);
                    stats.exits.push(ExitCount { place, reason, count });
                }
            }
        }
        stats.versions.sort_by_key(|version| std::cmp::Reverse(version.time));
        stats.versions.truncate(VERSIONS_SHOWN_MAX);
        stats.exits.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.place.cmp(&b.place)));
        stats.exits.truncate(EXITS_SHOWN_MAX);
        stats
    }

    /// Listings of what was compiled, or of what a function of that name and its loops became, if the options keep them.
    pub fn listings(&self, ir: bool, asm: bool, function: Option<&str>) -> String {
        let state = self.state();
        let mut text = String::new();
        let is_wanted = |listing: &str| {
            let name = listing.strip_prefix("; ").unwrap_or(listing);
            function.is_none_or(|f| name.strip_prefix(f).is_some_and(|rest| rest.starts_with(' ')))
        };
        for (ir_text, asm_text) in state.listings.iter().filter(|(ir_text, _)| is_wanted(ir_text)) {
            if ir {
                text.push_str(ir_text);
            }
            if asm {
                text.push_str(asm_text);
            }
        }
        text
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

    /// Sees to it that calls go by typed entries: code that was built before its callees had theirs is to be made again,
    /// this one or its callers.
    fn link(&self, state: &mut State, installed: &Arc<Installed>) {
        let State { code, typed, history, .. } = state;
        let is_better = |callee: usize, known: Option<Signature>| {
            let typed = typed.get(&callee);
            typed.is_some_and(|t| t.word.load(Relaxed) == t.entry && known != Some(t.signature))
        };
        let new = installed.function.address();
        for code in code.iter() {
            let is_caller =
                Arc::ptr_eq(code, installed) || code.callees.iter().any(|&(callee, _)| callee == new);
            let Some(history) = history.get_mut(&code.function.address()).filter(|_| is_caller) else {
                continue;
            };
            if code.loop_pc.is_none()
                && code.function.begun() == code.begun
                && history.linked < self.policy.links_max
                && code.cost.insts <= self.policy.linked_insts_max
                && code.callees.iter().any(|&(callee, known)| is_better(callee, known))
            {
                history.linked += 1;
                history.standby = Some(code.clone());
                if let Some(typed) = &code.typed {
                    typed.retire();
                }
                code.function.set_interpreted(self.world.stubs.interpreter_entry);
                code.function.set_counter(1);
                self.log(|| ("to be linked", vec![("function", code.name())]));
            }
        }
    }

    /// Code that serves until other code is made for its function.
    fn reinstate(&self, function: Function) {
        let mut state = self.state();
        let standby = state.history.get_mut(&function.address()).and_then(|history| history.standby.take());
        if let Some(code) = standby
            && !code.is_discarded.load(Relaxed)
            && function.begun() == 0
        {
            if let Some(typed) = &code.typed {
                typed.reinstate();
            }
            function.set_compiled(code.entry, code.begun);
        }
    }

    /// Throws code away because of an exit: it is not entered any more.
    fn discard(&self, state: &mut State, code: &Installed, index: usize) {
        let history = state.history.entry(code.function.address()).or_default();
        history.discarded += 1;
        let patience = self.policy.patience(history.discarded);
        self.unlink(history, code, patience);
        state.stats.discarded += 1;
        self.log(|| {
            let (place, reason) = code.describe_exit(index);
            ("discarded", vec![("function", code.name()), ("exit", place), ("reason", reason)])
        });
    }

    /// Has code not entered any more. What it was for may ask for other code when it has become hot again so many times.
    fn unlink(&self, history: &mut History, code: &Installed, patience: u32) {
        code.is_discarded.store(true, Relaxed);
        if let Some(typed) = &code.typed {
            typed.retire();
        }
        match code.loop_pc {
            None if code.function.begun() == code.begun => {
                code.function.set_interpreted(self.world.stubs.interpreter_entry);
                code.function.set_counter(self.policy.calls_min.saturating_mul(patience));
            }
            Some(pc) if history.loops.get(&pc) == Some(&code.begun) => {
                history.loops.remove(&pc);
                history.cooling.insert(pc, patience);
            }
            _ => {}
        }
    }

    /// What code relies on without asking is about to change: the code is not entered any more, and where it runs it is left
    /// at the next place that relies on anything.
    fn broken(&self, what: Assumption) {
        let mut state = self.state();
        let state = &mut *state;
        for job in state.pending.iter_mut().filter(|job| job.assumptions.contains(&what)) {
            job.is_stale = true;
        }
        for code in state.dependents.take(what) {
            code.invalidate(&self.cache);
            if !code.is_discarded.load(Relaxed) {
                let history = state.history.entry(code.function.address()).or_default();
                self.unlink(history, &code, 1);
            }
            state.stats.invalidated += 1;
            self.log(|| ("invalidated", vec![("function", code.name())]));
        }
    }

    /// Counts an exit that was taken; at the limit the code goes.
    fn count_exit(&self, state: &mut State, code: &Installed, index: usize) {
        let exit = &code.exits.exits[index];
        let count = code.counts[index].fetch_add(1, Relaxed) + 1;
        // Exits that are taken to test them say nothing about the code.
        let is_forced = self.options.every_guard_fails && count == 1;
        let count = count - u32::from(self.options.every_guard_fails);
        if matches!(exit.reason, Reason::Poll | Reason::LoopEnd | Reason::Room)
            || !code.is_speculative
            || code.is_discarded.load(Relaxed)
            || is_forced
        {
            return;
        }
        let (proto, pc) = exit.origin;
        let function = code.functions[proto as usize];
        let site = Site { function: function.to_value().bits(), pc };
        let now = function.feedback_word(pc as usize);
        let failure = Failure {
            site,
            reason: exit.reason,
            built_at: code.built_at,
            count,
            has_learnt: code.believed.get(&site).is_none_or(|&then| then != now || then == 0),
        };
        if state.failures.count(&failure, &self.policy) {
            self.discard(state, code, index);
        }
    }

    fn log(&self, event: impl FnOnce() -> (&'static str, Vec<(&'static str, String)>)) {
        let Some(form) = self.options.log else { return };
        let (what, mut facts) = event();
        facts.push(("at", self.began.elapsed().as_micros().to_string()));
        match form {
            Log::Text => {
                let facts: Vec<String> = facts.iter().map(|(k, v)| format!("{k} {v}")).collect();
                eprintln!("jit: {what}: {}", facts.join(", "));
            }
            Log::Json => {
                let facts: Vec<String> =
                    facts.iter().map(|(k, v)| format!("{}:{}", quoted(k), quoted(v))).collect();
                eprintln!("{{\"event\":{},{}}}", quoted(what), facts.join(","));
            }
        }
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

/// Where exit stubs lead.
///
/// # Safety
/// Called by the stub that saved the registers, on the running fiber's stack.
unsafe extern "C" fn leave(fiber: *mut Fiber, registers: *mut SavedRegisters, number: u32) -> Outcome {
    // SAFETY: the stub gives the running fiber and the registers that it saved below the compiled frame.
    unsafe {
        let fiber = &mut *fiber;
        let base = (*registers).ints[lower::BASE.index()];
        let tier = fiber.engine().tier().cloned();
        let compiler = tier.as_deref().and_then(|tier| tier.as_any().downcast_ref::<Compiler>());
        let Some(compiler) = compiler else { std::process::abort() };
        let code = {
            let mut state = compiler.state();
            let at = state.code.partition_point(|code| code.first_exit <= number);
            let code = state.code[at - 1].clone();
            compiler.count_exit(&mut state, &code, (number - code.first_exit) as usize);
            code
        };
        (*registers).frame_bytes = u64::from(code.frame_bytes);
        let left = exit::Left {
            table: &code.exits,
            exit: &code.exits.exits[(number - code.first_exit) as usize],
            functions: &code.functions,
            frame_words: code.frame_words,
        };
        exit::rebuild(fiber, &*registers, &left);
        let is_loop = code.loop_pc.is_some();
        let is_again = left.exit.op == ir::ops::Op::StackCheck;
        let params = u32::from(code.function.params());
        let signature = code.typed.as_ref().map(|typed| typed.signature);
        drop(code);
        drop(tier);
        if is_loop {
            // The code was entered by an interpreter that waits for it.
            return Outcome { value: 0, status: vm::machine::LEFT };
        }
        let base = runtime::value::address_to_pointer(base);
        let outcome = if is_again {
            vm::machine::entries::call_again(fiber, base, params)
        } else {
            vm::machine::entries::resume_after_exit(fiber, base)
        };
        let Some(signature) = signature else { return outcome };
        // Results behind the first lie in the window, if they are as many as registers take.
        let further =
            |number: usize| (*base.offset(lower::further_result(number) as isize / 8)).load().bits();
        typed_outcome(outcome, signature.results(), further, &mut *registers)
    }
}

/// What a call gave, as a typed entry gives it: status 0 with the results that were promised, or boxed with one more than
/// the status.
fn typed_outcome(
    outcome: Outcome,
    promised: &[Type],
    further: impl Fn(usize) -> u64,
    registers: &mut SavedRegisters,
) -> Outcome {
    if outcome.status < 0 {
        return outcome;
    }
    let other = Outcome { value: outcome.value, status: outcome.status + 1 };
    if outcome.status != promised.len() as i64 {
        return other;
    }
    let mut first = outcome.value;
    for (number, &ty) in promised.iter().enumerate() {
        let v = Value::from_bits(if number == 0 { outcome.value } else { further(number) });
        let word = match ty {
            Type::I64 => v.as_small_int().map(|i| i as u64),
            Type::F64 => v.is_float().then_some(v.bits()),
            _ => Some(v.bits()),
        };
        let Some(word) = word else { return other };
        match number {
            0 => first = word,
            _ => registers.set_word(lower::result_reg(number, ty), word),
        }
    }
    Outcome { value: first, status: 0 }
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
