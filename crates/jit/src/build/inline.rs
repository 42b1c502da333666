//! Functions inside functions: the callee's blocks in place of the call.
//!
//! The callee's frame exists in snapshots only, behind the caller's snapshot of the call. Functions whose ops work on the
//! frame's memory are called: lists of unknown length, traversals, defers. The extra arguments of an inlined function are
//! known one by one.

use super::code::Code;
use super::lists::{LIST_ROOM, lists_are_values};
use super::state::{Frame, FrameExit, Method};
use super::{Reasons, Site};
use crate::ir::func::InstId;
use crate::ir::imm::{Reason, Results};
use crate::ir::snapshot::{self, SnapId, Via};
use crate::ir::types::Type;
use bytecode::ops::{Inst, Op};
use runtime::closure::{Closure, Function};
use vm::machine::layout::{INLINED_WORDS_MAX, SPECIAL_HEADER};

/// Longest callee, in instructions of bytecode; a call costs about as much as ten.
pub(super) const CALLEE_MAX: usize = 120;
/// Longest callee that is inlined into itself.
const RECURSIVE_MAX: usize = 40;
/// How often functions are inlined into themselves, one inside the other.
const RECURSION_MAX: usize = 2;
/// How deep functions are inlined into each other.
const DEPTH_MAX: usize = 6;
const _: () = assert!(DEPTH_MAX < vm::machine::layout::INLINED_MAX as usize);
/// Most extra arguments of a function that is inlined.
const EXTRA_MAX: u16 = 8;
const _: () = assert!(EXTRA_MAX < LIST_ROOM);
/// Instructions of bytecode of all that is inlined into one function. More code is compiled several times and rarely executed:
/// with three times as much, programs of many small methods took a quarter longer, and none got faster.
const TOTAL_MAX: usize = 90;
/// The same for short callees, whose calls cost about as much as they do.
const SHORT_TOTAL_MAX: usize = 180;
/// A loop that is compiled by itself is where the program spends its time, so it may have so many times as much.
const LOOP_FACTOR: usize = 2;
/// Longest callee that counts as short.
const SHORT: usize = 24;

/// Instructions of bytecode from which on nothing is inlined into itself: trees of calls grow fast.
const RECURSIVE_TOTAL_MAX: usize = 200;

/// Whether an op can be in a frame that exists in snapshots only.
fn may_inline(inst: &Inst) -> bool {
    let is_in_memory = matches!(
        inst.op(),
        Op::VarargTable
            | Op::Go
            | Op::GoMulti
            | Op::Defer
            | Op::DeferMulti
            | Op::RunDefers
            | Op::RunDefersMulti
            | Op::RangePrep
            | Op::RangeNext
            | Op::RangeTest
            | Op::RecvOk
            | Op::Select
    );
    let has_many_results = inst.op() == Op::Call && inst.c() > Results::COUNT_MAX.into();
    !is_in_memory && !has_many_results
}

impl Method<'_> {
    fn is_worth_inlining(&self, function: Function, args: u16) -> bool {
        let proto = function.proto_ref();
        let failed = |pc: usize| self.failed_at(Site { function: function.to_value().bits(), pc: pc as u32 });
        let size = proto.code.len();
        // Activations in the chain of functions that are in it already, in whatever order they call each other.
        let is_again = |at: usize, f: &Function| self.chain[..at].contains(f);
        let repeated = self.chain.iter().enumerate().filter(|&(at, f)| is_again(at, f)).count();
        let is_recursive = self.chain.contains(&function);
        let recursion = repeated + usize::from(is_recursive);
        // The deeper, the less is one call of the work that is done around it.
        let limit = (self.inline_max >> (self.chain.len() - 1).min(3)).max(SHORT).min(self.inline_max);
        self.options.inline
            && (!proto.is_variadic || args <= EXTRA_MAX + function.params())
            && proto.defer_reg.is_none()
            && size <= if is_recursive { RECURSIVE_MAX.min(limit) } else { limit }
            && recursion <= RECURSION_MAX
            && self.chain.len() <= DEPTH_MAX
            && if is_recursive {
                self.stats.bytecodes as usize + size <= RECURSIVE_TOTAL_MAX
            } else {
                let total = if size <= SHORT { SHORT_TOTAL_MAX } else { TOTAL_MAX };
                let factor = if self.is_whole { 1 } else { LOOP_FACTOR };
                self.stats.inlined_bytecodes as usize + size <= total * factor
            }
            && proto.code.iter().all(may_inline)
            // The number of an extra argument is an integer as far as is known.
            && proto.code.iter().enumerate().all(|(pc, inst)| {
                inst.op() != Op::VarargIndex || !failed(pc).exceeds(Reasons::of(&[Reason::Bounds]))
            })
            && lists_are_values(&proto.code, |pc| {
                let site = Site { function: function.to_value().bits(), pc };
                self.failed_at(site).meets(Reasons::of(&[Reason::Count, Reason::Slow]))
            })
    }

    /// Builds a callee in place of its call, if that is worth it. `is_list`: its results are a list of exactly so many.
    pub(super) fn inline(
        &mut self,
        callee: InstId,
        function: Function,
        known: Option<Closure>,
        (window, args): (u16, u16),
        want: u16,
        is_list: bool,
    ) -> bool {
        if !self.is_worth_inlining(function, args) {
            return false;
        }
        let is_variadic = function.proto_ref().is_variadic;
        let mut base = self.f.base + u32::from(window) + 3;
        if is_variadic {
            // As such a frame is begun, but that missing arguments have their room too (see `exit`).
            base += u32::from(args.max(function.params())) + SPECIAL_HEADER;
        }
        let end = base + u32::from(function.frame_size());
        if end > u32::from(self.functions[0].frame_size()) + INLINED_WORDS_MAX as u32 {
            return false;
        }
        let parent = self.snap_after(window);
        let args: Vec<InstId> = (0..args).map(|i| self.reg(window + 3 + i)).collect();
        let inlined =
            self.inline_frame((callee, function, known), (base, parent, Via::Call), &args, want, is_list);
        self.clear_window(window);
        let Some(results) = inlined else {
            // Every way through it leaves.
            self.is_ended = true;
            return true;
        };
        for (reg, v) in (window..).zip(results) {
            self.set(reg, v);
        }
        if is_list {
            self.set_list_of(window, want);
        }
        true
    }

    /// Builds the metamethod of the operator that is being built in place of its call; the operator's result, if there is
    /// one on any way.
    pub(super) fn inline_operator(
        &mut self,
        (callee, closure): (InstId, Closure),
        to: Option<u16>,
        args: &[InstId],
    ) -> Option<Option<InstId>> {
        let function = closure.function();
        if function.proto_ref().is_variadic || !self.is_worth_inlining(function, args.len() as u16) {
            return None;
        }
        // Its window lies above all registers.
        let base = self.f.base + u32::from(self.f.function.frame_size()) + 3;
        let parent = match to {
            Some(to) => self.snap_before_result(to),
            None => self.snap_after(u16::MAX),
        };
        let want = u16::from(to.is_some());
        let inlined = self.inline_frame(
            (callee, function, Some(closure)),
            (base, parent, Via::Meta),
            args,
            want,
            false,
        );
        if inlined.is_none() {
            self.is_ended = true;
        }
        Some(inlined.and_then(|results| results.first().copied()))
    }

    /// Builds a callee's frame in place of its call: its results, if it returns on any way.
    fn inline_frame(
        &mut self,
        (callee, function, known): (InstId, Function, Option<Closure>),
        (base, parent, via): (u32, SnapId, Via),
        args: &[InstId],
        want: u16,
        is_list: bool,
    ) -> Option<Vec<InstId>> {
        let number = match self.functions.iter().position(|f| *f == function) {
            Some(number) => number,
            None => {
                self.functions.push(function);
                self.functions.len() - 1
            }
        };
        let id = self.b.func.snaps.add_frame(snapshot::Frame {
            parent: Some(self.f.id),
            proto: number as u32,
            base,
            via,
        });
        let exit = self.b.new_block_with(&vec![Type::Value; want.into()]);
        let mut inner = Frame::new(function, Code::new(function, 0), id, base);
        inner.parent = Some(parent);
        inner.callee = Some(callee);
        inner.known = known;
        inner.likely = known;
        inner.exit = Some(FrameExit { block: exit, want: want.into(), is_exact: is_list });
        for i in 0..function.params() {
            let v = match args.get(usize::from(i)) {
                Some(&v) => v,
                None => self.b.nil(),
            };
            inner.regs[i as usize] = Some(v);
        }
        if function.proto_ref().is_variadic {
            inner.extra = Some(args.iter().skip(function.params().into()).copied().collect());
        }
        self.frame_words = self.frame_words.max(base + u32::from(function.frame_size()));
        self.kept.push(function.to_value().bits());
        self.stats.inlined += 1;

        let outer = std::mem::replace(&mut self.f, inner);
        let trail = self.take_trail();
        self.chain.push(function);
        self.begin_entry(0);
        self.enter(0);
        self.walk();
        self.chain.pop();
        self.set_trail(trail);
        let inner = std::mem::replace(&mut self.f, outer);

        if !inner.is_returned {
            return None;
        }
        self.begin_block(exit);
        Some(self.b.func.params(exit).to_vec())
    }
}
