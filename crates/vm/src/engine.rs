//! What all fibers of one engine share: the names the machine looks up, the universe, loaded modules, options and hooks.
//!
//! An `Engine` is reached through an `Arc`; its values are roots of the heap. Nothing here runs user code.

use crate::link::Loading;
use crate::native::NativeDef;
use crate::output::OutputState;
use bytecode::module::Module;
use runtime::heap::Heap;
use runtime::heap::mark::Marker;
use runtime::heap::roots::RootProvider;
use runtime::mutator::Mutator;
use runtime::stack::RegisterBudget;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};

macro_rules! define_meta {
    ($($variant:ident $text:literal),* $(,)?) => {
        /// The events that metatables handle.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Meta { $(#[doc = $text] $variant,)* }

        /// The events' field names, in the order of [`Meta`].
        pub const META_NAMES: &[&str] = &[$($text),*];
    };
}

define_meta! {
    Index "__index", NewIndex "__newindex", Call "__call", Add "__add", Sub "__sub", Mul "__mul", Div "__div", Mod "__mod",
    Pow "__pow", BitAnd "__band", BitOr "__bor", BitXor "__bxor", BitClear "__bclear", Shl "__shl", Shr "__shr",
    Unm "__unm", BitNot "__bnot", Concat "__concat", Len "__len", Eq "__eq", Lt "__lt", Le "__le", Pairs "__pairs",
    ToString "__tostring", Name "__name", Metatable "__metatable",
}

/// Compiles a source text: what `load`, `require` and the command line reach the compiler through.
pub type CompileHook = fn(source: &[u8], chunk_name: &str) -> Result<Module, String>;

/// Reads a numeral as the language writes it, sign and outer white space allowed: `Text to number` of the reference.
pub type NumeralHook = fn(text: &[u8]) -> Option<bytecode::arith::Num>;

/// What the machine needs of the front end, which it does not link.
#[derive(Clone, Copy)]
pub struct FrontEnd {
    /// Compiles a source text.
    pub compile: CompileHook,
    /// Reads a numeral.
    pub numeral: NumeralHook,
}

/// Where `print` and `io.write` write: the host decides.
pub type Output = Box<dyn Write + Send>;

/// Choices of the host, made once.
pub struct EngineOptions {
    /// Most calls active at once in a fiber.
    pub depth_max: u32,
    /// Directory of the main script, where `require` looks first; the current directory otherwise.
    pub script_dir: Option<PathBuf>,
    /// Script path and arguments, for `os.args`.
    pub script_args: Vec<OsString>,
    /// Goroutines that may run at once; 0: as many as there are cores.
    pub workers: usize,
    /// Whether goroutines wait at random before they go on, to test.
    pub has_delays: bool,
    /// Where reports of races go; `None`: nobody looks for races. Such an engine has one worker and no compiler.
    pub races: Option<crate::race::Report>,
}

impl Default for EngineOptions {
    fn default() -> EngineOptions {
        EngineOptions {
            depth_max: crate::fiber::DEPTH_MAX,
            script_dir: None,
            script_args: Vec::new(),
            workers: 0,
            has_delays: false,
            races: None,
        }
    }
}

/// Values of strings that the machine raises or gives often.
pub struct Texts {
    /// `not enough memory`.
    pub not_enough_memory: Value,
    /// `stack overflow`.
    pub stack_overflow: Value,
    /// `interrupted`.
    pub interrupted: Value,
    /// Names of types, in the order of `convert::TypeName`.
    pub type_names: [Value; 9],
    /// The empty string.
    pub empty: Value,
    /// `n`, the field of packed arguments.
    pub n: Value,
}

/// Least memory for register stacks, whatever the heap's limit: several times what recursion of ordinary functions to the
/// limit of depth takes.
const REGISTER_BYTES_MIN: usize = 64 << 20;
/// Most memory for register stacks: five times what recursion to the least limit of depth takes with the largest frames.
const REGISTER_BYTES_MAX: usize = 1 << 30;

/// What all fibers share.
pub struct Engine {
    pub(crate) heap: Arc<Heap>,
    /// Interned names of the events.
    pub(crate) meta_names: Vec<Str>,
    /// Strings the machine needs.
    pub(crate) text: Texts,
    /// Names that the host and the library provide, by string.
    pub(crate) universe: Table,
    /// The metatable of all strings.
    pub(crate) string_meta: Table,
    /// Globals of the main module: name to cell.
    pub(crate) main_globals: Table,
    /// `require`d modules: name to value.
    pub(crate) loaded: Table,
    /// What goroutines that load modules did comes before what those do that find them loaded.
    pub(crate) loaded_clock: crate::race::SyncClock,
    /// State of `require` that is not a value: which modules are being loaded.
    loading: Mutex<Loading>,
    /// Held by whoever makes a global's cell while goroutines run in parallel.
    pub(crate) making_globals: Mutex<()>,
    pub(crate) front_end: OnceLock<FrontEnd>,
    pub(crate) output: Mutex<OutputState>,
    /// The last error about a global without a value, and its name: for a guess at what was meant. The error is compared
    /// by its word and never followed.
    unknown_global: Mutex<Option<(u64, String)>>,
    /// What `os.exit` was given.
    pub(crate) exit_status: Mutex<Option<i32>>,
    /// Host's options.
    pub options: EngineOptions,
    /// What the fibers' register stacks may take beyond their primary chunks.
    pub(crate) register_budget: Arc<RegisterBudget>,
    pub(crate) scheduler: crate::sched::Scheduler,
    /// What looks for races, if anything does.
    pub(crate) detector: Option<Arc<crate::race::Detector>>,
    /// The compiler, if there is one, and when it is asked.
    pub(crate) machine: crate::machine::Machine,
    /// Data of libraries by type, for example the environment of `os`.
    extensions: Mutex<HashMap<std::any::TypeId, Arc<dyn std::any::Any + Send + Sync>>>,
}

// SAFETY: the raw references in it point into the heap, which is shared by design; all access goes through atomic words.
unsafe impl Send for Engine {}
// SAFETY: as above; everything mutable is behind a lock or in the heap.
unsafe impl Sync for Engine {}

impl Engine {
    /// A new engine on this heap. The mutator is the calling thread's.
    pub fn new(heap: Arc<Heap>, m: &mut Mutator, output: Output, options: EngineOptions) -> Arc<Engine> {
        // The names lie where the collector does not look until the engine is a root.
        let mut rooted = runtime::heap::roots::RootedVec::new(&heap);
        let meta_names: Vec<Str> = META_NAMES
            .iter()
            .map(|n| {
                let name = m.intern(n.as_bytes());
                rooted.push(name.to_value());
                name
            })
            .collect();
        let mut text = |s: &str| m.intern(s.as_bytes()).to_value();
        let text = Texts {
            not_enough_memory: text("not enough memory"),
            stack_overflow: text("stack overflow"),
            interrupted: text("interrupted"),
            type_names: crate::convert::TYPE_NAMES.map(&mut text),
            empty: text(""),
            n: text("n"),
        };
        let engine = Arc::new(Engine {
            heap: heap.clone(),
            meta_names,
            text,
            universe: m.new_table(0, 0),
            string_meta: m.new_table(0, 0),
            main_globals: m.new_table(0, 0),
            loaded: m.new_table(0, 0),
            loaded_clock: crate::race::SyncClock::made_if(options.races.is_some()),
            loading: Mutex::default(),
            making_globals: Mutex::default(),
            front_end: OnceLock::new(),
            output: Mutex::new(OutputState::new(output)),
            unknown_global: Mutex::new(None),
            exit_status: Mutex::new(None),
            register_budget: RegisterBudget::new(
                (heap.limit_bytes() / 4).clamp(REGISTER_BYTES_MIN, REGISTER_BYTES_MAX),
            ),
            scheduler: crate::sched::Scheduler::new(
                if options.races.is_some() { 1 } else { options.workers },
                options.has_delays,
            ),
            detector: options.races.map(crate::race::Detector::new),
            options,
            machine: crate::machine::Machine::default(),
            extensions: Mutex::new(HashMap::new()),
        });
        let weak = Arc::downgrade(&engine);
        heap.add_root_provider(weak);
        if let Some(detector) = &engine.detector {
            let weak = Arc::downgrade(detector);
            heap.add_root_provider(weak);
        }
        engine
    }

    /// The heap.
    pub fn heap(&self) -> &Arc<Heap> {
        &self.heap
    }

    /// Races found so far.
    pub fn races_found(&self) -> usize {
        self.detector.as_ref().map_or(0, |detector| detector.found())
    }

    /// The modules that are being loaded.
    pub(crate) fn loading(&self) -> std::sync::MutexGuard<'_, Loading> {
        self.loading.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Notes that an error is about a global that has no value.
    pub(crate) fn note_unknown_global(&self, error: Value, name: String) {
        *self.unknown_global.lock().unwrap_or_else(|e| e.into_inner()) = Some((error.bits(), name));
    }

    /// The global without a value that an error is about, if it is the last such error.
    pub fn unknown_global(&self, error: Value) -> Option<String> {
        let noted = self.unknown_global.lock().unwrap_or_else(|e| e.into_inner());
        noted.as_ref().filter(|(bits, _)| *bits == error.bits()).map(|(_, name)| name.clone())
    }

    /// The table of names that the host and the library provide.
    pub fn universe(&self) -> Table {
        self.universe
    }

    /// The metatable of all strings.
    pub fn string_metatable(&self) -> Table {
        self.string_meta
    }

    /// The table in which `require` keeps what modules gave.
    pub fn loaded(&self) -> Table {
        self.loaded
    }

    /// The interned name of an event.
    #[inline]
    pub fn meta_name(&self, event: Meta) -> Str {
        self.meta_names[event as usize]
    }

    /// Installs the front end. Without one, no text compiles and no string is numeric.
    pub fn set_front_end(&self, front_end: FrontEnd) {
        let _ = self.front_end.set(front_end);
    }

    /// The output of `print`, locked for one unit of writing.
    pub fn output(&self) -> std::sync::MutexGuard<'_, OutputState> {
        self.output.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The library data of type `T`, made on first use. Values of the heap do not belong in it.
    pub fn extension<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let mut map = self.extensions.lock().unwrap_or_else(|e| e.into_inner());
        let entry = map.entry(std::any::TypeId::of::<T>()).or_insert_with(|| Arc::new(make()));
        entry.clone().downcast::<T>().expect("entries are keyed by their type")
    }

    /// Defines a library: a table of these functions as universe name `name`, also for `require`. Gives the table.
    pub fn define_library(&self, m: &mut Mutator, name: &str, functions: &'static [NativeDef]) -> Table {
        let table = m.new_table(0, functions.len());
        for def in functions {
            let f = self.new_native(m, def);
            self.set_raw(m, table, def.short_name(), f);
        }
        self.set_universe(m, name, table.to_value());
        let key = m.intern(name.as_bytes());
        let _ = self.loaded.set_str(m, key, table.to_value(), true);
        table.mark_class(m);
        table
    }

    /// Defines functions as universe names.
    pub fn define_globals(&self, m: &mut Mutator, functions: &'static [NativeDef]) {
        for def in functions {
            let f = self.new_native(m, def);
            self.set_universe(m, def.short_name(), f);
        }
    }

    /// Sets a name of the universe. Modules linked before keep what they saw.
    pub fn set_universe(&self, m: &mut Mutator, name: &str, value: Value) {
        self.set_raw(m, self.universe, name, value);
    }

    /// Sets a string key of a table while a library is being set up.
    pub fn set_raw(&self, m: &mut Mutator, table: Table, name: &str, value: Value) {
        let key = m.intern(name.as_bytes());
        let _ = table.set_str(m, key, value, true);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(tier) = self.machine.tier() {
            tier.close();
        }
    }
}

impl RootProvider for Engine {
    fn trace_roots(&self, marker: &mut Marker, minor: bool) {
        for name in &self.meta_names {
            marker.visit(name.to_value());
        }
        for v in [
            self.text.not_enough_memory,
            self.text.stack_overflow,
            self.text.interrupted,
            self.text.empty,
            self.text.n,
            self.universe.to_value(),
            self.string_meta.to_value(),
            self.main_globals.to_value(),
            self.loaded.to_value(),
        ] {
            marker.visit(v);
        }
        for v in self.text.type_names {
            marker.visit(v);
        }
        self.scheduler.trace_roots(marker);
        if let Some(tier) = self.machine.tier() {
            tier.trace(marker, minor);
        }
    }
}
