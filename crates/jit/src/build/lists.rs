//! Lists whose length the bytecode leaves to run time, where it can be told: the results of a call that go on as the last
//! arguments of another, or as those of a return.
//!
//! Most calls give one result wherever they stand. So the results of such a call are taken to be as many as its target
//! returns, in registers; where there turn out to be more or fewer, the code is left behind the call, with all of them in
//! the window. A list of that kind lasts from one instruction to the next.

use super::Reasons;
use super::calls::Target;
use super::code::Code;
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::imm::Reason;
use bytecode::ops::{Inst, Op};
use runtime::closure::Function;

/// Most values of a list in registers: its registers are those of the call's window that every frame has.
const LIST_MAX: u16 = 3;
/// Longest function whose returns are looked for.
const LOOK_MAX: usize = 400;

/// The values that the instruction before left as a list.
#[derive(Clone, Copy)]
pub(super) struct List {
    /// The register of the first.
    pub(super) from: u16,
    pub(super) count: u16,
    /// The count for snapshots.
    pub(super) number: InstId,
}

/// Whether the instruction leaves a list, as a call does.
pub(super) fn gives_list(op: Op) -> bool {
    matches!(op, Op::CallRetMulti | Op::CallMultiRetMulti)
}

/// Whether the instruction takes a list that can be in registers.
fn takes_values(op: Op) -> bool {
    matches!(op, Op::CallMulti | Op::CallMultiRetMulti | Op::ReturnMulti)
}

/// Whether the instruction takes a list in any form.
fn takes_list(op: Op) -> bool {
    takes_values(op) || matches!(op, Op::SetListMulti | Op::RunDefersMulti | Op::GoMulti | Op::DeferMulti)
}

/// How many results all returns of a function give, if it is the same number; those of a list count as one.
fn returns_of(function: Function) -> Option<u16> {
    let proto = function.proto_ref();
    if proto.code.len() > LOOK_MAX {
        return None;
    }
    let code = Code::new(function, 0);
    let mut counts = code.blocks.iter().filter_map(|block| {
        let inst = proto.code[block.end as usize - 1];
        match inst.op() {
            Op::Return0 => Some(0),
            Op::Return1 => Some(1),
            Op::Return => Some(inst.b()),
            Op::ReturnMulti => Some(inst.b() + 1),
            _ => None,
        }
    });
    let first = counts.next()?;
    counts.all(|count| count == first).then_some(first)
}

/// Whether all lists in a function that is to be inlined can be in registers.
pub(super) fn lists_are_values(code: &[Inst], is_excluded: impl Fn(u32) -> bool) -> bool {
    code.iter().enumerate().all(|(pc, inst)| {
        let gives = !gives_list(inst.op())
            || (code.get(pc + 1).is_some_and(|next| takes_values(next.op())) && !is_excluded(pc as u32));
        let takes = !takes_values(inst.op()) || (pc > 0 && gives_list(code[pc - 1].op()));
        gives && takes
    })
}

impl Method<'_> {
    /// How many results the current call, which gives a list, is taken to give; `None` if that is not to be guessed.
    /// `inlined`: whether it must be right about the function's own returns.
    pub(super) fn expected_list(&mut self, target: Target, window: u16, inlined: bool) -> Option<u16> {
        let has_failed = self.failed().meets(Reasons::of(&[Reason::Count]));
        if !self.options.speculate || has_failed || !self.list_is_taken() {
            return None;
        }
        let count = match target {
            Target::Closure(_, function, _) if inlined => returns_of(function)?,
            Target::Closure(_, function, _) => returns_of(function).unwrap_or(1).max(1),
            Target::Native(..) | Target::Value(_) => 1,
        };
        (count <= LIST_MAX && window + count <= self.f.function.frame_size()).then_some(count)
    }

    /// Whether the next instruction, in the same block, takes the list.
    fn list_is_taken(&self) -> bool {
        let next = self.f.pc + 1;
        next < self.f.block_end() && takes_list(self.f.code.proto.code[next as usize].op())
    }

    /// Says that registers from `from` on are a list.
    pub(super) fn set_list_of(&mut self, from: u16, count: u16) {
        let number = self.int(count.into());
        self.f.list = Some(List { from, count, number });
    }

    /// The list that the instruction before left, if its values are in registers; it is none any more.
    pub(super) fn take_list(&mut self) -> Option<List> {
        if self.f.list.is_some() {
            // Guards of this instruction have the list in their snapshot.
            self.g();
        }
        self.f.list.take()
    }

    /// Puts a list into memory, for an instruction that takes it from there.
    pub(super) fn spill_list(&mut self) {
        if let Some(list) = self.take_list() {
            self.spill_range(list.from, list.count);
            self.b.store_multi(list.number);
        }
    }
}
