//! The GScript scripting language, for embedding in Rust programs.
//!
//! ```
//! let mut script = gscript::Script::new(gscript::Options::default()).unwrap();
//! let values = script.run(b"return 6 * 7, \"done\"", "example", &[]).unwrap();
//! assert_eq!(values, ["42", "done"]);
//! ```
//!
//! A [`Script`] is one engine: a heap, the standard library, the main module's globals. Nothing that a script does can
//! crash the host: errors come back as values of [`Error`], limits and interrupts included.

use runtime::cell::Cell;
use runtime::heap::roots::RootedVec;
use runtime::heap::{Heap, HeapOptions};
use runtime::mutator::Mutator;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::path::PathBuf;
use std::sync::Arc;
use syntax::Mode;
use syntax::diagnostic::render;
use syntax::span::Source;
use vm::engine::{Engine, EngineOptions, FrontEnd, Meta};

pub use runtime::heap::Stress;
pub use vm::safepoint::InterruptHandle;

/// What a host chooses.
#[derive(Default)]
pub struct Options {
    /// Largest heap in bytes; 0: three quarters of the machine's memory.
    pub heap_limit_bytes: usize,
    /// Bytes allocated between two young collections; 0: as the heap thinks best.
    pub young_bytes: usize,
    /// Extra collections, to test the collector.
    pub stress: Stress,
    /// Where `require` looks first: the main script's directory.
    pub script_dir: Option<PathBuf>,
    /// Script path and arguments, for `arg` and `os.args`.
    pub script_args: Vec<String>,
    /// Whether rendered compile errors have colours.
    pub color: bool,
    /// Where `print` and `io.write` write; standard output if absent.
    pub output: Option<Box<dyn std::io::Write + Send>>,
}

/// Why a run ended without a result.
#[derive(Debug)]
pub enum Error {
    /// The source text was rejected. The text is what a person should see, several lines.
    Compile {
        /// All diagnostics, rendered with their source lines.
        rendered: String,
        /// The first one in a line.
        message: String,
        /// Whether more text could make it right.
        is_incomplete: bool,
    },
    /// The script raised an error that it did not catch.
    Uncaught {
        /// The error value as text.
        message: String,
        /// Where it was raised, a line per active function, innermost first.
        traceback: String,
    },
    /// The script ended the program with this status.
    Exit(i32),
    /// The engine could not be made.
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
pub struct Script {
    mutator: Box<Mutator>,
    engine: Arc<Engine>,
    color: bool,
}

impl Script {
    /// A new engine.
    ///
    /// # Errors
    /// `Error::OutOfMemory` if no heap can be had.
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
            ..EngineOptions::default()
        };
        let engine = Engine::new(heap, &mut mutator, output, engine_options);
        engine.set_front_end(FrontEnd { compile: compile_hook, numeral });
        stdlib::open_all(&engine, &mut mutator);
        Ok(Script { mutator, engine, color: options.color })
    }

    /// The machine underneath, for tools of this project.
    #[doc(hidden)]
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// A handle by which another thread or a signal handler ends a run.
    pub fn interrupt_handle(&self) -> InterruptHandle {
        self.engine.interrupt_handle()
    }

    /// Compiles and runs a source text as the main module; gives the text of each value that it returns.
    ///
    /// # Errors
    /// Compile errors, and errors that the script does not catch.
    pub fn run(&mut self, source: &[u8], chunk_name: &str, args: &[String]) -> Result<Vec<String>, Error> {
        self.run_mode(source, chunk_name, args, Mode::Chunk)
    }

    /// As [`Script::run`] for a line of interactive input: an expression is a chunk that returns it.
    ///
    /// # Errors
    /// As [`Script::run`].
    pub fn run_interactive(&mut self, source: &[u8], chunk_name: &str) -> Result<Vec<String>, Error> {
        self.run_mode(source, chunk_name, &[], Mode::Repl)
    }

    fn run_mode(
        &mut self,
        source: &[u8],
        chunk_name: &str,
        args: &[String],
        mode: Mode,
    ) -> Result<Vec<String>, Error> {
        let module = compile(source, chunk_name, mode, self.color)?;
        let globals = self.engine.main_globals();
        let function = self.engine.link(&mut self.mutator, Arc::new(module), globals);
        let mut values = RootedVec::new(self.mutator.shared_heap());
        values.push(function.to_value());
        for arg in args {
            let s = self.mutator.new_str(arg.as_bytes()).map_err(|_| Error::OutOfMemory)?;
            values.push(s.to_value());
        }
        let outcome = vm::sched::run_main(&self.engine, &mut self.mutator, values[0], &values[1..]);
        drop(values);
        if let Some(status) = self.engine.take_exit_status() {
            return Err(Error::Exit(status));
        }
        let results = outcome.map_err(|e| Error::Uncaught { message: e.message, traceback: e.traceback })?;
        Ok(self.texts(results))
    }

    /// Values as text, without metamethods: the program is over.
    fn texts(&mut self, results: Vec<Value>) -> Vec<String> {
        let mut rooted = RootedVec::new(self.mutator.shared_heap());
        rooted.extend(results);
        (0..rooted.len()).map(|i| vm::convert::plain_text(&mut self.mutator, rooted[i])).collect()
    }

    /// Sets a global of the main module to a list of strings, with element 0 first: how `arg` comes to be.
    ///
    /// # Errors
    /// `Error::OutOfMemory`.
    pub fn set_argument_list(&mut self, name: &str, values: &[String]) -> Result<(), Error> {
        let list = self.mutator.new_table(values.len(), 0);
        for (i, text) in values.iter().enumerate() {
            let s = self.mutator.new_str(text.as_bytes()).map_err(|_| Error::OutOfMemory)?;
            list.set_int(&mut self.mutator, i as i64, s.to_value()).map_err(|_| Error::OutOfMemory)?;
        }
        let name = self.mutator.intern(name.as_bytes());
        let globals = self.engine.main_globals();
        let cell = self.engine.global_cell(&mut self.mutator, globals, name);
        cell.set(&mut self.mutator, list.to_value());
        Ok(())
    }

    /// What could follow a prefix such as `tab` or `string.f`: whole names, sorted. Metamethods are not asked.
    pub fn completions(&mut self, prefix: &str) -> Vec<String> {
        let (path, last) = match prefix.rfind(['.', ':']) {
            Some(at) => (&prefix[..at], &prefix[at + 1..]),
            None => ("", prefix),
        };
        let m = &mut *self.mutator;
        let mut tables = Vec::new();
        if path.is_empty() {
            tables.extend([self.engine.main_globals(), self.engine.universe()]);
        } else {
            let mut names = path.split(['.', ':']);
            let first = m.intern(names.next().unwrap_or("").as_bytes());
            let cell = Cell::from_value(self.engine.main_globals().get_str(m.heap(), first));
            let mut v = cell.map_or_else(|| self.engine.universe().get_str(m.heap(), first), Cell::get);
            for name in names {
                let Some(t) = Table::from_value(v) else { return Vec::new() };
                let name = m.intern(name.as_bytes());
                v = t.get_str(m.heap(), name);
            }
            if v.is_string() {
                v = self.engine.string_metatable().get_str(m.heap(), self.engine.meta_name(Meta::Index));
            }
            // A table's own fields, and those up its chain of `__index` tables.
            let mut next = Table::from_value(v);
            while let Some(t) = next.filter(|_| tables.len() < 16) {
                tables.push(t);
                next = t.metatable(m.heap()).and_then(|mt| {
                    Table::from_value(mt.get_str(m.heap(), self.engine.meta_name(Meta::Index)))
                });
            }
        }
        let stem = &prefix[..prefix.len() - last.len()];
        let mut found = std::collections::BTreeSet::new();
        for t in tables {
            let mut key = Value::NIL;
            while let Ok(Some((k, v))) = t.next(m, key) {
                key = k;
                let is_unset = Cell::from_value(v).is_some_and(|c| c.get().is_nil());
                if let Some(s) = Str::from_value(k)
                    && !is_unset
                    && let Ok(name) = std::str::from_utf8(s.bytes(m))
                    && name.starts_with(last)
                {
                    found.insert(format!("{stem}{name}"));
                }
            }
        }
        found.into_iter().collect()
    }

    /// Writes out what the script has written so far.
    pub fn flush(&self) {
        // An output that is gone has nobody to tell.
        let _ = self.engine.output().flush();
    }
}

/// Compiles a source text to a verified module.
fn compile(
    source: &[u8],
    chunk_name: &str,
    mode: Mode,
    color: bool,
) -> Result<bytecode::module::Module, Error> {
    let source = Source::new(chunk_name, source);
    let module = compiler::compile_source(&source, mode).map_err(|diagnostics| {
        let message = match diagnostics.first() {
            Some(first) => render::one_line(&source, first),
            None => "unknown error".to_string(),
        };
        let is_incomplete = diagnostics.first().is_some_and(|d| d.is_incomplete);
        Error::Compile {
            rendered: render::render_all(&source, &diagnostics, render::Options { color }),
            message,
            is_incomplete,
        }
    })?;
    match bytecode::verify::verify(&module) {
        Ok(()) => Ok(module),
        Err(e) => {
            let message = format!("{chunk_name}: internal error: the compiler made bad code: {e}");
            Err(Error::Compile { rendered: message.clone(), message, is_incomplete: false })
        }
    }
}

fn compile_hook(source: &[u8], chunk_name: &str) -> Result<bytecode::module::Module, String> {
    compile(source, chunk_name, Mode::Chunk, false).map_err(|e| e.to_string())
}

fn numeral(text: &[u8]) -> Option<bytecode::arith::Num> {
    Some(match syntax::number::parse_numeral(text)? {
        syntax::number::Number::Int(i) => bytecode::arith::Num::Int(i),
        syntax::number::Number::Float(x) => bytecode::arith::Num::Float(x),
    })
}

pub use vm::link::io_reason;
