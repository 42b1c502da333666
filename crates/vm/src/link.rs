//! From a compiled module to a callable function: constants become values, globals become cells, and `require` finds files.
//!
//! A module's globals are cells in a table by name. A cell is born with the universe's value of that name, so reading a
//! global that the module never set gives the universe's without a test.

use crate::engine::Engine;
use crate::error::Thrown;
use crate::fiber::Fiber;
use crate::sched::Waiter;
use crate::switching;
use bytecode::module::{Const, Module};
use runtime::cell::Cell;
use runtime::closure::{Closure, Function, FunctionParts};
use runtime::heap::roots::RootedVec;
use runtime::mutator::Mutator;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, TryLockError};

/// Native stack that must be free when a source text is compiled. The front end needs up to 1.25 MiB for the deepest
/// nesting it accepts; the rest is a margin.
const COMPILE_NATIVE_BYTES: usize = 3 << 20;

/// So many bytes could be copied in the time that compiling one takes, about.
const COMPILE_WORK: usize = 256;

impl Engine {
    /// The cell of a global in a module's table of globals, made if it is new.
    pub fn global_cell(&self, m: &mut Mutator, globals: Table, name: Str) -> Cell {
        let find = |m: &Mutator| Cell::from_value(globals.get_str(m.heap(), name));
        if let Some(cell) = find(m) {
            return cell;
        }
        // Of goroutines that load code with the same new name one makes the cell, and all use it. Objects are made with the
        // lock held, so whoever waits for it is parked, and nobody waits for anything else.
        let is_parallel = m.heap().is_parallel();
        let _making = is_parallel.then(|| match self.making_globals.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(e)) => e.into_inner(),
            Err(TryLockError::WouldBlock) => {
                m.idle(|| self.making_globals.lock().unwrap_or_else(PoisonError::into_inner))
            }
        });
        if is_parallel && let Some(cell) = find(m) {
            return cell;
        }
        let universal = self.universe.get_str(m.heap(), name);
        let cell = Cell::new_global(m, universal);
        // A table of globals has no metatable and string keys only, so nothing but memory can fail; the limit is raised at
        // the next safepoint.
        let _ = globals.set_str(m, name, cell.to_value(), false);
        cell
    }

    /// The table of the main module's globals.
    pub fn main_globals(&self) -> Table {
        self.main_globals
    }

    /// Makes a verified module runnable: its main function as a closure.
    pub fn link(&self, m: &mut Mutator, module: Arc<Module>, globals: Table) -> Closure {
        let mut cells = RootedVec::new(m.shared_heap());
        for name in &module.globals {
            let name = m.intern(name);
            let cell = self.global_cell(m, globals, name);
            cells.push(cell.to_value());
        }
        let mut functions = RootedVec::new(m.shared_heap());
        for index in 0..module.protos.len() {
            let mut constants = RootedVec::new(m.shared_heap());
            for c in &module.protos[index].constants {
                let v = match c {
                    Const::Nil => Value::NIL,
                    Const::Bool(b) => Value::bool(*b),
                    Const::Int(i) => m.int(*i),
                    Const::Float(x) => Value::float(*x),
                    Const::Str(s) => m.field_name(s).to_value(),
                    Const::Global(g) => cells.as_slice()[*g as usize],
                };
                constants.push(v);
            }
            let parts = FunctionParts {
                module: module.clone(),
                index,
                constants: constants.as_slice(),
                entry: self.machine.interpreter_entry(),
            };
            let function = Function::new(m, parts);
            functions.push(function.to_value());
        }
        Function::link_siblings(m, functions.as_slice());
        std::hint::black_box(globals);
        let main =
            Function::from_value(functions.as_slice()[0]).unwrap_or_else(|| unreachable!("made above"));
        Closure::new(m, main, 0)
    }
}

/// Modules that are being loaded.
#[derive(Default)]
pub(crate) struct Loading {
    /// By name: the goroutine that loads it, and who waits for that.
    claims: HashMap<String, (u64, Vec<Waiter>)>,
    /// The module that a goroutine waits for.
    waiting: HashMap<u64, String>,
}

impl Loading {
    /// No goroutine of a run that is over loads anything.
    pub(crate) fn clear(&mut self) {
        *self = Loading::default();
    }
}

/// What came of claiming a module.
enum Claim {
    /// The goroutine is to load it.
    Granted,
    /// It waits for itself.
    Circular,
    /// Another one does; a waiter is left.
    Waits,
}

impl Fiber {
    /// Compiles a source text as a chunk that sees these globals; gives its function, or the compile error's text.
    ///
    /// # Errors
    /// The compiler's message.
    pub fn load(&mut self, source: &[u8], chunk_name: &str, globals: Table) -> Result<Value, String> {
        let Some(front_end) = self.engine.front_end.get().copied() else {
            return Err("this engine has no compiler".to_string());
        };
        // Parser and compiler recurse with the nesting of the text, more than a small fiber's stack has room for.
        let compiled = switching::with_native_bytes(self, COMPILE_NATIVE_BYTES, |fiber| {
            let work = source.len().saturating_mul(COMPILE_WORK);
            fiber.mutator().aside(work, || (front_end.compile)(source, chunk_name))
        });
        let module = compiled.unwrap_or_else(|| Err("stack overflow".to_string()))?;
        if let Err(e) = bytecode::verify::verify(&module) {
            return Err(format!("{chunk_name}: internal error: the compiler made bad code: {e}"));
        }
        let (engine, m) = self.parts();
        Ok(engine.link(m, Arc::new(module), globals).to_value())
    }

    /// Reads and compiles a file.
    ///
    /// # Errors
    /// `cannot open PATH: reason`, or the compiler's message.
    pub fn load_file(&mut self, path: &Path, chunk_name: &str, globals: Table) -> Result<Value, String> {
        let source =
            std::fs::read(path).map_err(|e| format!("cannot open {}: {}", path.display(), io_reason(&e)))?;
        self.load(&source, chunk_name, globals)
    }

    /// `require(name)`: the value of a module, loading it on first use.
    ///
    /// # Errors
    /// `module 'NAME' not found`, `circular require of 'NAME'`, compile errors, and whatever the module raises.
    pub fn require(&mut self, name: Str) -> Result<Value, Thrown> {
        let text = String::from_utf8_lossy(name.bytes(self.mutator())).into_owned();
        let key = name.intern(self.mutator());
        let loaded = self.engine.loaded;
        loop {
            let found = loaded.get_str(self.heap(), key);
            if !found.is_nil() {
                self.engine.loaded_clock.acquire();
                return Ok(found);
            }
            match self.claim_module(&text) {
                Claim::Granted => break,
                Claim::Circular => return Err(self.error(&format!("circular require of '{text}'"))),
                Claim::Waits => {
                    let result = crate::sched::wait(self);
                    let me = crate::sched::goroutine_id(self);
                    self.engine.loading().waiting.remove(&me);
                    result?;
                }
            }
        }
        // Another may have loaded it just before it was claimed.
        let found = loaded.get_str(self.heap(), key);
        let result = match found.is_nil() {
            true => self.require_file(&text, name).and_then(|value| {
                self.raw_set(loaded, key.to_value(), value)?;
                Ok(value)
            }),
            false => Ok(found),
        };
        self.engine.loaded_clock.release();
        let claim = self.engine.loading().claims.remove(&text);
        for waiter in claim.into_iter().flat_map(|(_, waiters)| waiters) {
            waiter.wake(0, true, Value::NIL);
        }
        result
    }

    /// Claims a module for this goroutine to load, or leaves a waiter with who loads it.
    fn claim_module(&self, name: &str) -> Claim {
        let me = crate::sched::goroutine_id(self);
        let mut loading = self.engine.loading();
        let Loading { claims, waiting } = &mut *loading;
        // Who loads it may wait for another module, and so on, for one that this goroutine loads.
        let mut wanted = name;
        while let Some((holder, _)) = claims.get(wanted) {
            if *holder == me {
                return Claim::Circular;
            }
            match waiting.get(holder) {
                Some(next) => wanted = next,
                None => break,
            }
        }
        match claims.get_mut(name) {
            Some((_, waiters)) => {
                waiters.push(crate::sched::prepare_wait(self));
                waiting.insert(me, name.to_string());
                Claim::Waits
            }
            None => {
                claims.insert(name.to_string(), (me, Vec::new()));
                Claim::Granted
            }
        }
    }

    fn require_file(&mut self, text: &str, name: Str) -> Result<Value, Thrown> {
        let relative = PathBuf::from(format!("{}.gs", text.replace('.', "/")));
        let mut tried = String::new();
        let here = PathBuf::new();
        let script_dir = self.engine.options.script_dir.clone().filter(|dir| *dir != here);
        for dir in script_dir.into_iter().chain([here]) {
            let path = dir.join(&relative);
            if !path.is_file() {
                tried.push_str(&format!("\n\tno file '{}'", path.display()));
                continue;
            }
            let chunk_name = path.display().to_string();
            let globals = self.mutator().new_table(0, 0);
            let function = match self.load_file(&path, &chunk_name, globals) {
                Ok(f) => f,
                Err(message) => return Err(self.throw_text(&message)),
            };
            let file = self.new_str(chunk_name.as_bytes())?.to_value();
            let value = self.call1(function, &[name.to_value(), file])?;
            return Ok(if value.is_nil() { Value::TRUE } else { value });
        }
        Err(self.error(&format!("module '{text}' not found{tried}")))
    }
}

/// An operating system error as messages write it: lower case, without a number.
pub fn io_reason(e: &std::io::Error) -> String {
    let text = e.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    match chars.next() {
        Some(c) => c.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}
