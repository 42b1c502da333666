//! Code that is installed, and all that belongs to it.

use crate::asm::{InvalidationPoint, Mark};
use crate::build::Site;
use crate::code::{CodeBlock, CodeCache};
use crate::ir::signature::Signature;
use crate::lower;
use runtime::closure::Function;
use runtime::shape::PinnedShape;
use runtime::value::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use vm::machine::sites::SiteHandle;
use vm::native::Prepared;

/// A piece of code and all that belongs to it.
pub(crate) struct Installed {
    /// The function that it is the code of.
    pub(crate) function: Function,
    /// The loop head where it begins; `None`: the whole function.
    pub(crate) loop_pc: Option<u32>,
    /// Number of its first exit.
    pub(crate) first_exit: u32,
    pub(crate) exits: lower::ExitTable,
    /// How often each exit was taken.
    pub(crate) counts: Vec<AtomicU32>,
    pub(crate) functions: Vec<Function>,
    /// The feedback that it relies on.
    pub(crate) believed: HashMap<Site, u64>,
    pub(crate) frame_bytes: u32,
    pub(crate) frame_words: u32,
    /// Values that the code refers to.
    pub(crate) values: Vec<Value>,
    /// Where it is left when it is valid no more.
    pub(crate) points: Vec<InvalidationPoint>,
    /// All that it relies on without asking is still so.
    pub(crate) is_valid: AtomicBool,
    /// Shapes whose ids the code names.
    pub(crate) _shapes: Vec<PinnedShape>,
    pub(crate) _prepared: Vec<Arc<Box<dyn Prepared>>>,
    /// What its calls name.
    pub(crate) _sites: Vec<SiteHandle>,
    /// Words that the code counts in, if guards are made to fail.
    pub(crate) _exit_counters: Box<[AtomicU32]>,
    pub(crate) block: CodeBlock,
    /// Where the code for a frame that has begun is.
    pub(crate) begun: usize,
    /// Where machine code calls it.
    pub(crate) entry: usize,
    /// The functions that it calls directly, with the signature of the typed entry that it calls them by: what it was when
    /// the code was built, or none.
    pub(crate) callees: Vec<(usize, Option<Signature>)>,
    /// Its typed entry.
    pub(crate) typed: Option<Typed>,
    pub(crate) is_speculative: bool,
    /// It is not entered any more, but may still run.
    pub(crate) is_discarded: AtomicBool,
    /// The time of [`crate::failures::Failures`] when it was built.
    pub(crate) built_at: u64,
    /// What it cost, for statistics.
    pub(crate) cost: Cost,
}

/// The typed entry of a function's code.
#[derive(Clone)]
pub(crate) struct Typed {
    pub(crate) signature: Signature,
    /// What callers call: the entry, or the adapter when the code was thrown away. Single stores, so that threads may run
    /// through it; it lives as long as the compiler.
    pub(crate) word: Arc<AtomicUsize>,
    pub(crate) entry: usize,
    pub(crate) adapter: usize,
}

impl Typed {
    /// From now on its callers come here again.
    pub(crate) fn reinstate(&self) {
        self.word.store(self.entry, Relaxed);
    }

    /// From now on its callers take the general way.
    pub(crate) fn retire(&self) {
        if self.word.load(Relaxed) == self.entry {
            self.word.store(self.adapter, Relaxed);
        }
    }
}

/// What a compilation cost.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) insts_built: u64,
    pub(crate) insts: u64,
    pub(crate) time: Duration,
}

// SAFETY: functions and values in it are traced as roots and never move; what changes is atomic.
unsafe impl Send for Installed {}
// SAFETY: as above.
unsafe impl Sync for Installed {}

impl Installed {
    /// What profiles and listings call it.
    pub(crate) fn name(&self) -> String {
        match self.loop_pc {
            None => place_of(self.function, 0),
            Some(pc) => format!("{} (loop)", place_of(self.function, pc)),
        }
    }

    /// Puts a jump out of the code wherever it relies on something without asking.
    ///
    /// # Panics
    /// If pages cannot be made writable that were when the code was installed.
    pub(crate) fn invalidate(&self, cache: &CodeCache) {
        if !self.is_valid.swap(false, Relaxed) {
            return;
        }
        for point in &self.points {
            let [at, target] = [point.offset, point.target].map(|offset| self.block.start().offset(offset));
            // SAFETY: whoever breaks an assumption has stopped all other mutators at polls, which are no such places, and
            // they synchronise before they go on; the assembler keeps jumps and return addresses out of the bytes, and the
            // stub of an exit is what the guard there would have jumped to.
            let patched = unsafe { cache.patch_jump(at, target) };
            patched.unwrap_or_else(|e| panic!("code that is wrong now cannot be changed: {e}"));
        }
        crate::code::synchronize();
    }

    /// The lines of the function's source at offsets of the code; those of functions inlined from other modules are left out.
    pub(crate) fn lines(&self, marks: &[Mark], positions: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let module = self.function.module();
        let line = |mark: &Mark| {
            let &(proto, pc) = positions.get(mark.id as usize)?;
            let function = self.functions.get(proto as usize)?;
            let is_here = std::ptr::eq(function.module(), module);
            is_here.then(|| (mark.offset, function.proto_ref().line_at(pc)))
        };
        marks.iter().filter_map(line).collect()
    }

    pub(crate) fn describe_exit(&self, index: usize) -> (String, String) {
        let exit = &self.exits.exits[index];
        let (proto, pc) = exit.origin;
        let function = self.functions[proto as usize];
        let mut place = format!("{} pc {pc}", place_of(function, pc));
        if let Some(frame) = self.exits.frames(exit).last().filter(|f| (f.proto, f.pc) != exit.origin) {
            // It was moved.
            place.push_str(&format!(" from pc {}", frame.pc));
        }
        (place, format!("{} ({})", exit.reason.name(), exit.op.name()))
    }
}

/// A function and a line of it, for people.
pub(crate) fn place_of(function: Function, pc: u32) -> String {
    let proto = function.proto_ref();
    let name = proto
        .name
        .clone()
        .unwrap_or_else(|| if function.is_main() { "main chunk" } else { "function" }.to_string());
    format!("{name} {}:{}", function.module().name, proto.line_at(pc))
}
