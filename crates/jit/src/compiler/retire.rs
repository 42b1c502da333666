//! How code comes out of use: other code serves better, its guesses failed, or what it relies on has changed.
//!
//! Activations that are still on a stack run on in any case. Guesses are checked by guards; where code relies on something
//! without asking it is patched.

use super::{Compiler, History, State};
use crate::alike::accesses_of_same_table;
use crate::build::Site;
use crate::failures::Failure;
use crate::installed::Installed;
use crate::ir::imm::Reason;
use crate::ir::ops::Op;
use crate::ir::signature::Signature;
use runtime::assumption::Assumption;
use runtime::closure::Function;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

impl Compiler {
    /// Sees to it that calls go by typed entries: code that was built before its callees had theirs is to be made again,
    /// this one or its callers.
    pub(super) fn link(&self, state: &mut State, installed: &Arc<Installed>) {
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
    pub(super) fn reinstate(&self, function: Function) {
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
    pub(super) fn discard(&self, state: &mut State, code: &Installed, index: usize) {
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
    pub(super) fn unlink(&self, history: &mut History, code: &Installed, patience: u32) {
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
    pub(super) fn broken(&self, what: Assumption) {
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
    pub(super) fn count_exit(&self, state: &mut State, code: &Installed, index: usize) {
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
            wants_float: exit.op == Op::GuardF64 && exit.reason == Reason::Type,
        };
        if state.failures.count(&failure, &self.policy) {
            if failure.reason == Reason::Kind {
                let alike = accesses_of_same_table(&function.proto_ref().code, pc);
                state.failures.share(Reason::Kind, alike.iter().map(|&pc| Site { pc, ..site }));
            }
            self.discard(state, code, index);
        }
    }
}
