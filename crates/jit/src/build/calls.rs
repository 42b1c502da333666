//! Calls and returns.
//!
//! A site that has called one closure, closures of one function, or one native function calls it directly behind a guard.
//! Up to four results come in registers; more, and lists of unknown length, through the frame's memory.

use super::Reasons;
use super::feedback::Seen;
use super::lists::{List, gives_list};
use super::returns::Given;
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::{Reason, Results};
use crate::ir::ops::Op as Ir;
use crate::ir::types::Type;
use bytecode::intrinsic::Intrinsic;
use bytecode::ops::{Inst, Op};
use runtime::closure::{Closure, Function, Native};
use runtime::value::{PAYLOAD_MASK, TAG_OBJECT, Value};
use std::sync::Arc;
use vm::machine::switches::Switch;

/// Why code is left at a call for what it gives.
const COUNT_REASONS: &[Reason] = &[Reason::Count, Reason::Result];

/// Why code is left at a call for what it gives or is given, whatever it calls.
pub(super) const OPERAND_REASONS: &[Reason] = &[
    Reason::Count,
    Reason::Result,
    Reason::Type,
    Reason::Bounds,
    Reason::Hole,
    Reason::Range,
    Reason::Zero,
    Reason::Kind,
    Reason::Capacity,
];

/// What a call is to be made to.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// Any value.
    Value(InstId),
    /// A closure of that function; and which, if it is always the same.
    Closure(InstId, Function, Option<Closure>),
    /// A closure.
    AnyClosure(InstId),
    /// A native function; which, if it is always the same; and how it switches between coroutines, if it does.
    Native(InstId, Option<Native>, Option<Switch>),
}

/// Where results go.
#[derive(Clone, Copy)]
struct Wanted {
    window: u16,
    /// `None` for all.
    count: Option<u16>,
}

impl Method<'_> {
    /// The target of a call, guarded as feedback says; `None` if the site was never executed.
    pub(super) fn call_target(&mut self, callee: InstId) -> Option<Target> {
        let any = |m: &mut Self| {
            let v = m.boxed(callee);
            Some(Target::Value(v))
        };
        if !self.options.speculate || !self.knows_targets {
            return any(self);
        }
        if let Some((closure, function)) = self.way_target
            && closure == callee
        {
            return Some(Target::Closure(closure, function, None));
        }
        // What a method lookup proved needs no feedback.
        if let Some(v) = self.b.func.as_value(callee)
            && let Some(target) = self.known_target(v)
        {
            return Some(target);
        }
        let seen = Seen::new(self.feedback());
        let is_one = matches!(seen, Seen::Closure(_) | Seen::Native(_));
        if !self.may_speculate_but(if is_one { OPERAND_REASONS } else { COUNT_REASONS })
            || !matches!(self.b.func.ty(callee), Type::Value | Type::Closure)
        {
            return any(self);
        }
        if let Seen::Function(function) = seen {
            let closure = self.closure_of(callee);
            let address = function.to_value().bits() & PAYLOAD_MASK;
            let closure = self.g().guard_function(closure, address);
            return Some(Target::Closure(closure, function, None));
        }
        let seen = match seen {
            Seen::Nothing => return None,
            Seen::Natives(descriptor) => {
                if self.b.func.ty(callee) != Type::Value {
                    return any(self);
                }
                let f = self.g().guard_callable(callee);
                let native = self.g().guard_native(f, descriptor);
                return Some(Target::Native(native, None, switch_of_descriptor(descriptor)));
            }
            Seen::Closure(closure) => closure.to_value(),
            Seen::Native(native) => native.to_value(),
            Seen::Function(_) | Seen::Functions(_) | Seen::Tables(_) | Seen::Many => return any(self),
        };
        let v = self.boxed(callee);
        let known = self.g().guard_value(v, seen);
        let _ = known;
        self.known_target(seen)
    }

    /// The target that a value is, if it is a function.
    fn known_target(&mut self, v: Value) -> Option<Target> {
        let address = v.bits() & PAYLOAD_MASK;
        if let Some(closure) = Closure::from_value(v) {
            let object = self.b.const_object(Type::Closure, address);
            return Some(Target::Closure(object, closure.function(), Some(closure)));
        }
        let native = Native::from_value(v)?;
        let object = self.b.const_object(Type::Native, address);
        Some(Target::Native(object, Some(native), switch_of(native)))
    }

    /// A call of a fixed number of arguments.
    pub(super) fn call(&mut self, inst: Inst) {
        if self.call_ways(inst) {
            return;
        }
        self.call_known(inst, inst.b());
    }

    /// A call of a list whose length is known at run time only.
    pub(super) fn call_multi(&mut self, inst: Inst) {
        if self.f.list.is_some() && self.call_ways(inst) {
            return;
        }
        if let Some(list) = self.take_list() {
            return self.call_known(inst, inst.b() + list.count);
        }
        let (a, b) = (inst.a(), inst.b());
        let count = (inst.op() == Op::CallMulti).then(|| inst.c());
        let wanted = Wanted { window: a, count };
        if count.is_some_and(|c| c > Results::COUNT_MAX.into()) {
            self.spill_window(a, b);
            let numbers = [self.number(a), self.int(b.into()), self.int(count.unwrap_or(0).into())];
            return self.call_in_memory(Helper::CallMulti, &numbers, wanted);
        }
        let callee = self.value(a);
        self.spill_range(a + 3, b);
        if b > 0 {
            let multi = self.b.load_multi();
            let fixed = self.int(b.into());
            let n = self.b.add_i64(multi, fixed);
            self.b.store_multi(n);
        }
        let window = self.f.base + u32::from(a);
        let make = |m: &mut Self, results| m.b.call_multi(result_type(results), callee, window, results);
        self.deliver_call(inst, Target::Value(callee), wanted, make);
    }

    /// Calls a closure by the typed entry of its function, if that has one which fits.
    fn call_typed(
        &mut self,
        closure: InstId,
        function: Function,
        (window, args): (u16, u16),
        count: u16,
        is_list: bool,
    ) -> bool {
        // Code of a loop calls its function like any other.
        let is_itself = function == self.functions[0] && self.is_whole;
        let signature = if is_itself { self.signature } else { (self.entries)(function) };
        if !self.options.speculate
            || self.options.is_careful
            || self.failed().meets(Reasons::of(&[Reason::Result, Reason::Type]))
        {
            return false;
        }
        let Some(signature) = signature else {
            if !is_itself && !self.awaited.contains(&function) {
                self.awaited.push(function);
            }
            return false;
        };
        let (params, promised) = (signature.params(), signature.results());
        let wanted = usize::from(count);
        if wanted > promised.len() || is_list && wanted != promised.len() || usize::from(args) < params.len()
        {
            return false;
        }
        let given: Vec<InstId> = (0..params.len() as u16).map(|i| self.reg(window + 3 + i)).collect();
        let fits = |m: &Self, v: InstId, ty: Type| match ty {
            Type::I64 => matches!(m.b.func.ty(v), Type::I64 | Type::Value | Type::Num),
            Type::F64 => matches!(m.b.func.ty(v), Type::F64 | Type::Value | Type::Num),
            _ => true,
        };
        if !given.iter().zip(params).all(|(&v, &ty)| fits(self, v, ty)) {
            return false;
        }
        let mut passed = Vec::with_capacity(given.len());
        for (&v, &ty) in given.iter().zip(params) {
            let boxed = self.boxed(v);
            passed.push(match ty {
                Type::I64 => self.g().guard_int(boxed),
                Type::F64 => self.g().guard_f64(boxed),
                _ => boxed,
            });
        }
        if is_itself {
            self.is_recursive = true;
        } else if !self.typed_callees.iter().any(|(f, _)| *f == function) {
            self.typed_callees.push((function, signature));
            self.kept.push(function.to_value().bits());
        }
        let address = function.address() as u64;
        let ty = promised.first().copied().unwrap_or(Type::None);
        self.stats.typed_calls += 1;
        self.stats.further_results += u32::from(count.saturating_sub(1));
        if is_list {
            let make = |m: &mut Self, results: Results| {
                m.b.call_function(ty, closure, &passed, address, results.typed())
            };
            self.deliver_list(window, promised, make);
            return true;
        }
        // A first result that nobody wants is one all the same.
        let given = Wanted { window, count: Some(count.max(u16::from(ty != Type::None))) };
        let results = self.results(given).typed();
        let call = self.b.call_function(ty, closure, &passed, address, results);
        self.deliver_typed(call, Wanted { window, count: Some(count) }, promised);
        true
    }

    /// Makes a call and delivers what it gives: as many results as the bytecode wants, or a list.
    fn deliver_call(
        &mut self,
        inst: Inst,
        target: Target,
        wanted: Wanted,
        make: impl Fn(&mut Self, Results) -> InstId,
    ) {
        match self.wanted_list(inst, target) {
            Some(k) => self.deliver_list(inst.a(), &vec![Type::Value; k.into()], make),
            // A frame that is in snapshots only has no room for it.
            None if gives_list(inst.op()) && self.f.exit.is_some() => self.leave(Reason::Slow),
            None => {
                let results = self.results(wanted);
                let call = make(self, results);
                self.deliver(call, wanted);
            }
        }
    }

    /// How many results a call is taken to give that gives a list.
    fn wanted_list(&mut self, inst: Inst, target: Target) -> Option<u16> {
        if gives_list(inst.op()) { self.expected_list(target, inst.a(), false) } else { None }
    }

    /// A call of `b` arguments, those of a list included.
    fn call_known(&mut self, inst: Inst, b: u16) {
        let a = inst.a();
        let b = if self.call_of_table(a, b) { b + 1 } else { b };
        let callee = self.reg(a);
        let Some(target) = self.call_target(callee) else { return self.leave(Reason::Unreached) };
        let is_list = gives_list(inst.op());
        let count = (!is_list).then(|| inst.c());
        if let Target::Native(_, Some(native), None) = target {
            let want = match count {
                None => self.wanted_list(inst, target),
                count => count,
            };
            if self.list_function(native, a, b, count) || self.protected_call(native, a, b, count) {
                return;
            }
            if want.is_some_and(|want| self.intrinsic(native, a, b, want)) {
                if is_list {
                    self.set_list_of(a, 1);
                }
                return;
            }
        }
        if let Target::Closure(object, function, known) = target {
            let want = if is_list { self.expected_list(target, a, true) } else { count };
            if want.is_some_and(|want| self.inline(object, function, known, (a, b), want, is_list)) {
                return;
            }
        }
        let wanted = Wanted { window: a, count };
        if count.is_some_and(|c| c > Results::COUNT_MAX.into()) {
            self.spill_window(a, b);
            let numbers = [self.number(a), self.int(b.into()), self.int(count.unwrap_or(0).into())];
            return self.call_in_memory(Helper::Call, &numbers, wanted);
        }
        if let Target::Closure(closure, function, _) = target {
            let want = if is_list { self.wanted_list(inst, target) } else { count };
            if want.is_some_and(|want| self.call_typed(closure, function, (a, b), want, is_list)) {
                return;
            }
        }
        let args: Vec<InstId> = (a + 3..a + 3 + b).map(|reg| self.value(reg)).collect();
        if let Target::Native(callee, Some(native), None) = target
            && let Some(prepared) = self.prepared(native, &args)
        {
            return self.deliver_call(inst, target, wanted, |m, results| {
                m.b.call_prepared(result_type(results), callee, prepared, &args, results)
            });
        }
        self.deliver_call(inst, target, wanted, |m, results| m.call_of(target, &args, results));
    }

    /// What a native function has prepared for those of its arguments that are constants, as an address.
    fn prepared(&mut self, native: Native, args: &[InstId]) -> Option<InstId> {
        let func = &*self.b.func;
        let prepared = vm::native::prepare(native, |i| func.as_value(*args.get(i as usize)?))?;
        let address = self.int(Arc::as_ptr(&prepared).addr() as i64);
        self.prepared.push(prepared);
        self.stats.prepared_calls += 1;
        Some(address)
    }

    /// Calls a target with the `args` arguments that are in the registers of a window, for `want` results there.
    pub(super) fn call_with(&mut self, target: Target, window: u16, args: u16, want: u16) {
        if let Target::Closure(object, function, known) = target
            && self.inline(object, function, known, (window, args), want, false)
        {
            return;
        }
        let args: Vec<InstId> = (window + 3..window + 3 + args).map(|reg| self.value(reg)).collect();
        let wanted = Wanted { window, count: Some(want) };
        let results = self.results(wanted);
        let call = self.call_of(target, &args, results);
        self.deliver(call, wanted);
    }

    /// `pcall` of a closure: its call, whose errors are caught.
    fn protected_call(&mut self, native: Native, window: u16, args: u16, want: Option<u16>) -> bool {
        let Some(want) = want.filter(|&want| args > 0 && want <= u16::from(Results::COUNT_MAX)) else {
            return false;
        };
        if vm::native::intrinsic_of(native) != Some(Intrinsic::Pcall) || !self.may_speculate() {
            return false;
        }
        let Some(target) = self.protected_target(window + 3) else { return false };
        let args: Vec<InstId> = (window + 4..window + 3 + args).map(|reg| self.value(reg)).collect();
        let wanted = Wanted { window, count: Some(want.saturating_sub(1).max(1)) };
        let results = self.results(wanted).caught();
        let call = self.call_of(target, &args, results);
        let further: Vec<InstId> =
            (2..want).map(|i| self.b.call_result(Type::Value, call, u32::from(i) - 1)).collect();
        let status = self.b.call_status(call);
        let error = (want > 1).then(|| self.b.call_error(call));
        self.clear_window(window);
        let values = [status].into_iter().chain(error.map(|_| call)).chain(further);
        for (reg, v) in (window..window + want).zip(values) {
            self.set(reg, v);
        }
        self.after(call);
        if let Some(error) = error {
            let first = self.b.select(status, call, error);
            self.set(window + 1, first);
        }
        true
    }

    /// What a `pcall` calls, if that is a closure.
    fn protected_target(&mut self, reg: u16) -> Option<Target> {
        let v = self.reg(reg);
        if let Some(known) = self.b.func.as_value(v) {
            return self.known_target(known).filter(|target| matches!(target, Target::Closure(..)));
        }
        let closure = match self.b.func.ty(v) {
            Type::Closure => v,
            Type::Value if self.sample(v).and_then(Closure::from_value).is_some() => self.closure_of(v),
            _ => return None,
        };
        Some(match self.function_of_new(closure) {
            Some(function) => Target::Closure(closure, function, None),
            None => Target::AnyClosure(closure),
        })
    }

    /// A callee that is taken to be a closure, guarded to be one.
    pub(super) fn closure_of(&mut self, callee: InstId) -> InstId {
        if self.b.func.ty(callee) == Type::Closure {
            return callee;
        }
        let f = self.g().guard_callable(callee);
        let f = self.g().guard_closure(f);
        self.refine(callee, f);
        f
    }

    /// The function of a closure that was made here.
    fn function_of_new(&self, closure: InstId) -> Option<Function> {
        let func = &*self.b.func;
        if func.op(closure) != Ir::NewClosure {
            return None;
        }
        let address = func.imm(func.arg(closure, 0));
        Function::from_value(Value::from_bits(TAG_OBJECT | address))
    }

    /// The instruction that calls a target.
    fn call_of(&mut self, target: Target, args: &[InstId], results: Results) -> InstId {
        let ty = result_type(results);
        match target {
            Target::Value(v) => self.b.call_value(ty, v, args, results),
            Target::Closure(closure, function, _) => {
                let address = function.to_value().bits() & PAYLOAD_MASK;
                self.b.call_function(ty, closure, args, address, results)
            }
            Target::AnyClosure(closure) => self.b.call_closure(ty, closure, args, results),
            Target::Native(native, _, None) => self.b.call_native(ty, native, args, results),
            Target::Native(native, _, Some(switch)) => {
                self.b.call_switch(ty, native, args, switch as u32, results)
            }
        }
    }

    /// Makes a call that gives a list, of results of those types if all goes as expected.
    fn deliver_list(&mut self, window: u16, types: &[Type], make: impl FnOnce(&mut Self, Results) -> InstId) {
        let count = types.len() as u16;
        let results = self.results(Wanted { window, count: Some(count) }).exact();
        let call = make(self, results);
        let further = self.further_results(call, count, types);
        let number = self.b.call_count(call);
        self.clear_window(window);
        self.set(window, call);
        // The others are in memory, however many there are.
        self.f.list = Some(List { from: window, count: 1, number });
        self.after(call);
        for (reg, v) in (window + 1..).zip(further) {
            self.set(reg, v);
        }
        self.set_list_of(window, count);
    }

    fn results(&self, wanted: Wanted) -> Results {
        let count = wanted.count.map_or(Results::MULTI, |c| c as u8);
        Results::new(count).at((self.f.base + u32::from(wanted.window)) as u16)
    }

    /// Puts the results of a call into registers.
    fn deliver(&mut self, call: InstId, wanted: Wanted) {
        self.deliver_typed(call, wanted, &[]);
    }

    /// The results behind the first of a call that gives those types, or values.
    fn further_results(&mut self, call: InstId, count: u16, types: &[Type]) -> Vec<InstId> {
        let ty = |i: u16| types.get(usize::from(i)).copied().unwrap_or(Type::Value);
        (1..count).map(|i| self.b.call_result(ty(i), call, u32::from(i))).collect()
    }

    /// The same, of a call that gives those types.
    fn deliver_typed(&mut self, call: InstId, wanted: Wanted, types: &[Type]) {
        let Wanted { window, count } = wanted;
        let count = count.unwrap_or(0);
        let further = self.further_results(call, count, types);
        self.clear_window(window);
        if count > 0 {
            self.set(window, call);
        }
        for (reg, v) in (window + 1..).zip(further) {
            self.set(reg, v);
        }
        self.after(call);
    }

    /// Forgets what was in a window and above, where the callee's frame was.
    pub(super) fn clear_window(&mut self, window: u16) {
        self.f.regs[window as usize..].fill(None);
    }

    fn call_in_memory(&mut self, helper: Helper, args: &[InstId], wanted: Wanted) {
        self.clear_window(wanted.window);
        self.helper(helper, args);
        for i in 0..wanted.count.unwrap_or(0) {
            self.reload(wanted.window + i);
        }
    }

    /// Returns a fixed number of values.
    pub(super) fn return_fixed(&mut self, inst: Inst) {
        let (from, count) = match inst.op() {
            Op::Return0 => (0, 0),
            Op::Return1 => (inst.a(), 1),
            _ => (inst.a(), inst.b()),
        };
        if self.f.exit.is_some() {
            return self.return_inlined(from, count);
        }
        self.is_ended = true;
        self.note_return(from, count);
        if count <= Results::COUNT_MAX.into() {
            let values: Vec<InstId> = (from..from + count).map(|reg| self.value(reg)).collect();
            self.b.return_values(&values);
            return;
        }
        self.spill_range(from, count);
        let (reg, count) = (self.number(from), self.int(count.into()));
        self.helper(Helper::ReturnRegs, &[reg, count]);
        self.b.return_multi();
    }

    /// Notes what the function gives, for its signature.
    fn note_return(&mut self, from: u16, count: u16) {
        let given: Vec<Given> = (from..from + count.min(Results::COUNT_MAX as u16 + 1))
            .map(|reg| {
                let v = self.reg(reg);
                let func = &*self.b.func;
                let (call, number) = match func.op(v) {
                    Ir::CallResult => (func.arg(v, 0), func.imm(v) as usize),
                    _ => (v, 0),
                };
                let is_own = func.op(call) == Ir::CallFunction
                    && func.results(call).is_some_and(|results| results.is_typed)
                    && func.imm(call) == self.functions[0].address() as u64;
                // What may be any NaN is boxed here.
                let is_any = matches!(func.op(v), Ir::PowF64 | Ir::BitsF64);
                match func.ty(v) {
                    Type::Value if is_own => Given::Own(number),
                    Type::F64 if is_any => Given::Type(Type::Value),
                    ty => Given::Type(ty),
                }
            })
            .collect();
        self.returned.add(&given);
    }

    /// Goes on behind the call in the frame around the current one.
    fn return_inlined(&mut self, from: u16, count: u16) {
        let Some(exit) = self.f.exit else { return };
        if exit.is_exact && usize::from(count) != exit.want {
            return self.leave(Reason::Count);
        }
        self.is_ended = true;
        let values: Vec<InstId> = (0..exit.want)
            .map(|i| if i < count as usize { self.value(from + i as u16) } else { self.b.nil() })
            .collect();
        self.b.jump(exit.block, &values);
        self.f.is_returned = true;
    }

    /// Returns a list whose length is known at run time only.
    pub(super) fn return_multi(&mut self, inst: Inst) {
        let (from, fixed) = (inst.a(), inst.b());
        if let Some(list) = self.f.list {
            let count = fixed + list.count;
            self.take_list();
            if self.f.exit.is_some() {
                return self.return_inlined(from, count);
            }
            self.note_return(from, count);
            if count <= Results::COUNT_MAX.into() {
                let values: Vec<InstId> = (from..from + count).map(|reg| self.value(reg)).collect();
                self.b.return_values(&values);
                self.is_ended = true;
                return;
            }
            self.spill_range(list.from, list.count);
            self.b.store_multi(list.number);
        }
        if self.f.exit.is_some() {
            // Such functions are not inlined.
            return self.leave(Reason::Slow);
        }
        self.spill_range(from, fixed);
        let (reg, count) = (self.number(from), self.int(fixed.into()));
        self.helper(Helper::ReturnMulti, &[reg, count]);
        self.b.return_multi();
        self.is_ended = true;
    }
}

/// How a native function switches between coroutines, if it does.
fn switch_of(native: Native) -> Option<Switch> {
    Switch::of(vm::native::intrinsic_of(native)?)
}

/// The same of one that is known by its descriptor.
fn switch_of_descriptor(descriptor: i64) -> Option<Switch> {
    Switch::of(vm::machine::feedback::intrinsic_of_descriptor(descriptor)?)
}

fn result_type(results: Results) -> Type {
    if results.count == 0 || results.is_multi() { Type::None } else { Type::Value }
}
