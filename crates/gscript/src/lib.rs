//! The GScript scripting language, for embedding in Rust programs.
//!
//! ```
//! let mut script = gscript::Script::new(gscript::Options::default())?;
//! let values = script.run(b"return 6 * 7, \"done\"", "example", &[])?;
//! assert_eq!(values, ["42", "done"]);
//! # Ok::<(), gscript::Error>(())
//! ```
//!
//! A [`Script`] is one engine: a heap, the standard library, the main module's globals. Nothing that a script does can
//! crash the host: errors come back as values of [`Error`], limits and interrupts included.
//!
//! This file is the whole interface; `front_end.rs` joins compiler and machine, `complete.rs` finds names for a prompt.
#![forbid(unsafe_code)]

mod complete;
mod front_end;
mod machine_code;

use runtime::heap::roots::RootedVec;
use runtime::heap::{Heap, HeapOptions};
use runtime::mutator::Mutator;
use runtime::value::Value;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;
use syntax::Mode;
use vm::engine::{Engine, EngineOptions};

pub use machine_code::{JitLog, JitOptions, Tiers};
pub use runtime::heap::Stress;
pub use runtime::heap::stats::Stats as HeapStats;
pub use vm::link::io_reason;
pub use vm::safepoint::InterruptHandle;
pub use vm::sched::WORKERS_MAX;

/// What a host chooses. The default is the whole library, three quarters of the memory, and standard output.
///
/// ```
/// use gscript::{Error, Options, Script};
///
/// let mut script = Script::new(Options { heap_limit_bytes: 32 << 20, ..Options::default() })?;
/// let greedy = b"all := {}; for { all[#all + 1] = {1, 2, 3} }";
/// match script.run(greedy, "greedy", &[]) {
///     Err(Error::Uncaught { message, .. }) => assert!(message.contains("not enough memory")),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Default)]
pub struct Options {
    /// Largest heap in bytes; 0: three quarters of the machine's memory. A script that needs more gets the error
    /// `not enough memory`, which it can catch.
    pub heap_limit_bytes: usize,
    /// Bytes allocated between two young collections; 0: as the heap thinks best.
    pub young_bytes: usize,
    /// Goroutines that may run at once, each on a thread of its own, at most [`WORKERS_MAX`]; 0: one on each core. A script
    /// that starts no goroutine has no further thread.
    pub workers: usize,
    /// Goroutines wait at random before they go on, to test that a program does the same whoever is faster.
    pub has_delays: bool,
    /// Looks for data races, and gives reports of a few lines of text to this function. Such an engine interprets, with one
    /// thread, and is slow. [`Script::races_found`] tells how many there were.
    pub races: Option<fn(&str)>,
    /// Extra collections, to test the collector.
    pub stress: Stress,
    /// Where `require` looks first: the main script's directory. The current directory comes second.
    pub script_dir: Option<PathBuf>,
    /// Script path and arguments, for `os.args`.
    pub script_args: Vec<OsString>,
    /// Compilation to machine code.
    pub jit: JitOptions,
    /// Whether rendered compile errors have colours.
    pub color: bool,
    /// Where `print` and `io.write` write; standard output if absent. [`Script::flush`] flushes it.
    pub output: Option<Box<dyn std::io::Write + Send>>,
}

/// Why a run ended without a result. The engine is usable after any of them.
///
/// ```
/// use gscript::{Error, Options, Script};
///
/// let mut script = Script::new(Options::default())?;
///
/// let Err(Error::Compile { message, rendered, is_incomplete }) = script.run(b"x := (1 +", "a.gs", &[]) else {
///     panic!("half an expression")
/// };
/// assert_eq!(message, "a.gs:1:10: expected an expression near '<eof>'");
/// assert!(rendered.contains("1 | x := (1 +"));
/// assert!(is_incomplete);
///
/// let Err(Error::Uncaught { message, traceback, .. }) = script.run(b"func f(t) { return t.x }\nf()", "b.gs", &[]) else {
///     panic!("nil has no fields")
/// };
/// assert_eq!(message, "b.gs:1: attempt to index a nil value (local 't')");
/// assert_eq!(traceback.lines().map(str::trim).collect::<Vec<_>>(), ["b.gs:1: in function 'f'", "b.gs:2: in main chunk"]);
///
/// assert!(matches!(script.run(b"os.exit(3)", "c.gs", &[]), Err(Error::Exit(3))));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub enum Error {
    /// The source text was rejected, and nothing ran.
    Compile {
        /// All diagnostics with their source lines, several lines of text: what a person should see.
        rendered: String,
        /// The first one in a line.
        message: String,
        /// Whether more text could make it right: a prompt reads on.
        is_incomplete: bool,
    },
    /// The script raised an error that it did not catch. So end runs that were interrupted or took too long.
    Uncaught {
        /// The error value as text.
        message: String,
        /// Where it was raised, a line per active function, innermost first. Empty if no function was active.
        traceback: String,
        /// A guess at what was meant, if there is one: the name of a global that is close to one without a value.
        help: Option<String>,
    },
    /// The script called `os.exit` with this status. The host decides what that means.
    Exit(i32),
    /// There was no memory for the engine or for the arguments.
    OutOfMemory,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Compile { message, .. } | Error::Uncaught { message, .. } => f.write_str(message),
            Error::Exit(status) => write!(f, "exit status {status}"),
            Error::OutOfMemory => f.write_str("not enough memory"),
        }
    }
}

impl std::error::Error for Error {}

/// One engine with its standard library and its main module.
///
/// Scripts that should not see each other's globals get an engine each; engines share nothing. An engine belongs to the
/// thread that made it, which is the thread that runs its scripts.
pub struct Script {
    mutator: Box<Mutator>,
    engine: Arc<Engine>,
    compiler: machine_code::Handle,
    color: bool,
}

/// What a listing of compiled code shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listing {
    /// The compiler's intermediate representation.
    Ir,
    /// Machine code.
    Asm,
    /// Both, piece by piece.
    IrAndAsm,
}

impl Script {
    /// A new engine.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] if no heap can be had.
    pub fn new(options: Options) -> Result<Script, Error> {
        let heap_options = HeapOptions {
            limit_bytes: options.heap_limit_bytes,
            young_bytes: options.young_bytes,
            stress: options.stress,
            ..HeapOptions::default()
        };
        let heap = Heap::new(heap_options).map_err(|_| Error::OutOfMemory)?;
        let mut mutator = Box::new(Mutator::new(heap.clone()));
        let output = options.output.unwrap_or_else(|| Box::new(std::io::stdout()));
        let engine_options = EngineOptions {
            script_dir: options.script_dir,
            script_args: options.script_args,
            workers: options.workers,
            has_delays: options.has_delays,
            races: options.races,
            ..EngineOptions::default()
        };
        let engine = Engine::new(heap, &mut mutator, output, engine_options);
        engine.set_front_end(front_end::HOOKS);
        stdlib::open_all(&engine, &mut mutator);
        let jit = match options.races {
            Some(_) => JitOptions { tiers: Tiers::Off, ..options.jit },
            None => options.jit,
        };
        let compiler = machine_code::install(&engine, &jit);
        Ok(Script { mutator, engine, compiler, color: options.color })
    }

    /// The machine underneath, for tools of this project.
    #[doc(hidden)]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Data races found so far: see [`Options::races`].
    ///
    /// ```
    /// use gscript::{Options, Script};
    ///
    /// let mut script = Script::new(Options { races: Some(|report| eprint!("{report}")), ..Options::default() })?;
    /// script.run(b"x := 0; done := make(chan); go func() { x++; done <- 1 }(); x++; <-done", "counter", &[])?;
    /// assert!(script.races_found() > 0);
    /// # Ok::<(), gscript::Error>(())
    /// ```
    pub fn races_found(&self) -> usize {
        self.engine.races_found()
    }

    /// A handle by which another thread or a signal handler ends a run. What ends so cannot be caught by the script.
    ///
    /// ```
    /// use gscript::{Error, Options, Script};
    /// use std::time::{Duration, Instant};
    ///
    /// let mut script = Script::new(Options::default())?;
    /// let handle = script.interrupt_handle();
    /// handle.set_deadline(Some(Instant::now() + Duration::from_millis(10)));
    /// match script.run(b"for { pcall(func() { for { } }) }", "endless", &[]) {
    ///     Err(Error::Uncaught { message, .. }) => assert_eq!(message, "endless:1: deadline exceeded"),
    ///     other => panic!("{other:?}"),
    /// }
    ///
    /// // An interrupt before a run ends that run.
    /// handle.interrupt();
    /// match script.run(b"for { }", "endless", &[]) {
    ///     Err(Error::Uncaught { message, .. }) => assert_eq!(message, "endless:1: interrupted"),
    ///     other => panic!("{other:?}"),
    /// }
    /// assert_eq!(script.run(b"return \"as before\"", "fine", &[])?, ["as before"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.engine.interrupt_handle()
    }

    /// Compiles and runs a source text as the main module; gives the text of each value that it returns.
    ///
    /// `chunk_name` is what messages call the text, normally its file. The script sees the arguments as `...`. Globals stay
    /// from run to run. Goroutines that still run when the main chunk returns are ended. What the script wrote may be
    /// buffered: see [`Script::flush`].
    ///
    /// ```
    /// let mut script = gscript::Script::new(gscript::Options::default())?;
    /// script.run(b"func double(n) { return n * 2 }", "prelude", &[])?;
    /// let values = script.run(b"return double(tonumber(...))", "job", &["21".into()])?;
    /// assert_eq!(values, ["42"]);
    /// # Ok::<(), gscript::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Compile`] for a text that is no program; [`Error::Uncaught`] for what the script does not catch, for an
    /// interrupt and for a deadline; [`Error::Exit`] if it calls `os.exit`; [`Error::OutOfMemory`] if the arguments do not fit.
    pub fn run(&mut self, source: &[u8], chunk_name: &str, args: &[OsString]) -> Result<Vec<String>, Error> {
        let results = self.run_mode(source, chunk_name, args, Mode::Chunk)?;
        // Metamethods are not asked: the program is over.
        Ok((0..results.len()).map(|i| vm::convert::plain_text(&mut self.mutator, results[i])).collect())
    }

    /// As [`Script::run`] for interactive input: an expression is a chunk that returns it, and `tostring` makes the texts.
    ///
    /// ```
    /// let mut script = gscript::Script::new(gscript::Options::default())?;
    /// assert!(script.run_interactive(b"x := 20", "stdin")?.is_empty());
    /// assert_eq!(script.run_interactive(b"x + 1, \"and\"", "stdin")?, ["21", "and"]);
    /// # Ok::<(), gscript::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Script::run`].
    pub fn run_interactive(&mut self, source: &[u8], chunk_name: &str) -> Result<Vec<String>, Error> {
        let results = self.run_mode(source, chunk_name, &[], Mode::Repl)?;
        let name = self.mutator.intern(b"tostring");
        let tostring = self.engine.universe().get_str(self.mutator.heap(), name);
        let mut texts = Vec::new();
        for i in 0..results.len() {
            let text = self.call(tostring, &[results[i]])?;
            texts.extend(text.first().map(|text| vm::convert::plain_text(&mut self.mutator, *text)));
        }
        Ok(texts)
    }

    fn run_mode(
        &mut self,
        source: &[u8],
        chunk_name: &str,
        args: &[OsString],
        mode: Mode,
    ) -> Result<RootedVec, Error> {
        let module = front_end::compile(source, chunk_name, mode, self.color)?;
        let globals = self.engine.main_globals();
        let function = self.engine.link(&mut self.mutator, Arc::new(module), globals);
        let mut values = RootedVec::new(self.mutator.shared_heap());
        values.push(function.to_value());
        for arg in args {
            values.push(self.new_text(arg)?);
        }
        self.call(values[0], &values[1..])
    }

    /// What may have been meant by a global that has no value.
    fn guess(&mut self, name: &str) -> Option<String> {
        let names = complete::completions(&self.engine, &mut self.mutator, "");
        let closest = syntax::suggest::closest(name, names.iter().map(String::as_str))?;
        Some(format!("'{name}' has no value; did you mean '{closest}'?"))
    }

    /// Runs a function as the main goroutine.
    fn call(&mut self, function: Value, args: &[Value]) -> Result<RootedVec, Error> {
        let outcome = vm::sched::run_main(&self.engine, &mut self.mutator, function, args);
        if let Some(status) = self.engine.take_exit_status() {
            return Err(Error::Exit(status));
        }
        let results = match outcome {
            Ok(results) => results,
            Err(e) => {
                let help = self.engine.unknown_global(e.value).and_then(|name| self.guess(&name));
                return Err(Error::Uncaught { message: e.message, traceback: e.traceback, help });
            }
        };
        let mut rooted = RootedVec::new(self.mutator.shared_heap());
        rooted.extend(results);
        Ok(rooted)
    }

    /// A string of the bytes that the system gave. On Windows, where it gives other units, their UTF-8 form.
    fn new_text(&mut self, text: &OsStr) -> Result<Value, Error> {
        match self.mutator.new_str(text.as_encoded_bytes()) {
            Ok(s) => Ok(s.to_value()),
            Err(_) => Err(Error::OutOfMemory),
        }
    }

    /// Sets a global of the main module to a list of strings, with element 0 first: how `arg` comes to be.
    ///
    /// ```
    /// let mut script = gscript::Script::new(gscript::Options::default())?;
    /// script.set_argument_list("arg", &["job.gs".into(), "fast".into()])?;
    /// assert_eq!(script.run(b"return arg[0], arg[1], #arg", "job.gs", &[])?, ["job.gs", "fast", "1"]);
    /// # Ok::<(), gscript::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] if they do not fit.
    pub fn set_argument_list(&mut self, name: &str, values: &[OsString]) -> Result<(), Error> {
        let list = self.mutator.new_table(values.len(), 0);
        for (i, text) in values.iter().enumerate() {
            let text = self.new_text(text)?;
            list.set_int(&mut self.mutator, i as i64, text).map_err(|_| Error::OutOfMemory)?;
        }
        let name = self.mutator.intern(name.as_bytes());
        let globals = self.engine.main_globals();
        let cell = self.engine.global_cell(&mut self.mutator, globals, name);
        cell.assign(&mut self.mutator, list.to_value());
        Ok(())
    }

    /// What could follow a prefix such as `tab` or `string.f`: whole names, sorted. No metamethod runs.
    ///
    /// ```
    /// let mut script = gscript::Script::new(gscript::Options::default())?;
    /// assert_eq!(script.completions("table.conc"), ["table.concat"]);
    /// # Ok::<(), gscript::Error>(())
    /// ```
    pub fn completions(&mut self, prefix: &str) -> Vec<String> {
        complete::completions(&self.engine, &mut self.mutator, prefix)
    }

    /// What the heap has done so far: its size, its collections and their pauses.
    ///
    /// ```
    /// let mut script = gscript::Script::new(gscript::Options::default())?;
    /// script.run(b"for i := range 1000000 { t := {i} }", "garbage", &[])?;
    /// let stats = script.heap_stats();
    /// assert!(stats.minor_count > 0 && stats.minor_pause_max <= stats.minor_pause_total);
    /// # Ok::<(), gscript::Error>(())
    /// ```
    pub fn heap_stats(&self) -> HeapStats {
        self.mutator.stats()
    }

    /// What the compiler to machine code has done so far: a text for people, or JSON.
    ///
    /// ```
    /// let mut script = gscript::Script::new(gscript::Options::default())?;
    /// script.run(b"s := 0; for i := range 100000 { s += i }", "sum", &[])?;
    /// assert!(script.jit_stats(true).starts_with("{\"compilations\":"));
    /// # Ok::<(), gscript::Error>(())
    /// ```
    pub fn jit_stats(&self, is_json: bool) -> String {
        machine_code::stats(&self.compiler, is_json)
    }

    /// Listings of everything that was compiled to machine code, or of what a function of that name and its loops became,
    /// if [`JitOptions::keeps_listings`] was set.
    ///
    /// ```
    /// let jit = gscript::JitOptions { keeps_listings: true, ..Default::default() };
    /// let mut script = gscript::Script::new(gscript::Options { jit, ..Default::default() })?;
    /// script.run(b"s := 0; for i := range 100000 { s += i }", "sum", &[])?;
    /// let listing = script.jit_listing(gscript::Listing::Ir, None);
    /// assert!(listing.is_empty() || listing.contains("jump"));
    /// # Ok::<(), gscript::Error>(())
    /// ```
    pub fn jit_listing(&self, form: Listing, function: Option<&str>) -> String {
        machine_code::listing(&self.compiler, form, function)
    }

    /// Writes out what the script has written so far, to files that it left open too.
    ///
    /// # Errors
    /// What the output says: the disk is full, the reader has gone.
    pub fn flush(&self) -> std::io::Result<()> {
        stdlib::io::flush_all(&self.engine)
    }
}
