//! Calls of functions through entries, and of helpers.
//!
//! Before a call the words that Rust could look for are in memory: the callee, the number of the site, and the callees of
//! inlined frames that are not constant; before a helper also the running frame and its bytecode. All values are boxed first,
//! since boxing may itself call.

use super::Select;
use crate::asm::x64::inst::{AluOp, Amode, CallTarget, CmpOp, Extend, Inst, ShiftOp, Size};
use crate::asm::x64::{ARG_INT, CALLER_SAVED, Cc, reg};
use crate::ir::effects::Classes;
use crate::ir::func::{Func, InstId};
use crate::ir::helpers::Helper;
use crate::ir::imm::{Reason, Results, Tag};
use crate::ir::ops::{Class, Op};
use crate::ir::snapshot::{Place, SnapId, Source};
use crate::ir::types::Type;
use crate::lower::mach::{THROW, block_label};
use crate::lower::{BASE, COMPILED_CLOBBERS, SLOT_BASE, argument_regs, result_reg};
use crate::regs::{PReg, VReg};
use runtime::layout;
use runtime::value::{TAG_FUNCTION, TAG_OBJECT, Value, address_to_pointer};
use vm::machine::sites::{Site, SiteFrame, SiteHandle};

/// Bytes of a bytecode instruction.
const INST_BYTES: u64 = size_of::<bytecode::ops::Inst>() as u64;

/// What lies in the frame in memory, where a helper finds it through the published base.
const FRAME_CLASSES: Classes = Classes::REGS.or(Classes::VARARGS).or(Classes::RESULTS);

/// How the callee's code is found.
#[derive(Clone, Copy)]
enum Callee {
    /// A closure's address: through the function in it.
    Closure(VReg),
    /// A function whose address is known.
    Function(u64),
    /// Any value.
    Value,
}

/// How many arguments there are.
#[derive(Clone, Copy)]
enum Count {
    Known(usize),
    Multi,
}

impl Select<'_> {
    // Publishing.

    /// Publishes the outermost frame, for what allocates and does no more. No site may be left where the ip is.
    pub(super) fn publish_base(&mut self) {
        self.store(self.fiber(self.cx.layout.base), BASE);
        self.store(self.fiber(self.cx.layout.ip), 0);
    }

    /// The bytecode after that of a snapshot. A call's snapshot says already where it goes on.
    fn address_after(&self, snap: SnapId, is_after: bool) -> u64 {
        let snap = self.func.snaps.get(snap);
        let proto = self.func.snaps.frame(snap.frame).proto;
        let pc = u64::from(snap.pc) + u64::from(!is_after);
        (self.cx.code_address)(proto) + pc * INST_BYTES
    }

    /// Publishes the frame of the current instruction and where it goes on. In an inlined frame a site says that.
    pub(super) fn publish(&mut self, inst: InstId, is_after: bool) {
        let Some(snap) = self.func.snapshot(inst) else { return self.publish_base() };
        self.store(self.fiber(self.cx.layout.base), BASE);
        let ip = self.fiber(self.cx.layout.ip);
        if self.func.snaps.get(snap).parent.is_none() {
            let next = self.imm(self.address_after(snap, is_after));
            return self.store(ip, next);
        }
        let callees = self.inlined_callees(snap);
        self.store_callees(&callees);
        let site = self.site(snap, is_after, 0, None).map_or(1, |site| site.position());
        let site = self.imm(site);
        self.store(ip, site);
    }

    /// The value of a result that is a constant.
    fn constant_value(&self, inst: InstId) -> Option<Value> {
        let bits = self.constant(inst)?;
        let ty = self.func.ty(self.root(inst));
        if ty.is_boxed() { Some(Value::from_bits(bits)) } else { Some(Value::from_bits(ty.tag()? | bits)) }
    }

    /// What runs in the frame of a snapshot.
    fn callee_of(&mut self, snap: SnapId) -> Option<InstId> {
        let entry = self.func.snaps.entries(snap).iter().find(|entry| entry.place == Place::Callee);
        match entry.map(|entry| entry.source) {
            Some(Source::Inst(callee)) => Some(callee),
            Some(Source::Virtual(_)) | None => {
                self.unsupported("call out of an inlined frame whose closure does not exist");
                None
            }
        }
    }

    /// The callees of the inlined frames around an instruction that are not constant, boxed, with the bases of the frames.
    fn inlined_callees(&mut self, snap: SnapId) -> Vec<(u32, VReg)> {
        let func = self.func;
        let mut callees = Vec::new();
        for s in func.snaps.chain(snap).filter(|&s| func.snaps.get(s).parent.is_some()) {
            if let Some(callee) = self.callee_of(s)
                && self.constant_value(callee).is_none()
            {
                callees.push((func.snaps.frame(func.snaps.get(s).frame).base, self.boxed(callee)));
            }
        }
        callees
    }

    fn store_callees(&mut self, callees: &[(u32, VReg)]) {
        for &(base, callee) in callees {
            self.store(self.window(base - 3), callee);
        }
    }

    /// The word of links for a new site of a call.
    fn link(&mut self, snap: SnapId, callee_base: u32, callee: Option<Value>) -> i32 {
        self.site(snap, true, callee_base, callee).map_or(1, |site| site.word() as i32)
    }

    /// A new site: the frames of a snapshot, and the frame that is called.
    fn site(
        &mut self,
        snap: SnapId,
        is_after: bool,
        callee_base: u32,
        callee: Option<Value>,
    ) -> Option<&SiteHandle> {
        let func = self.func;
        let chain: Vec<SnapId> = func.snaps.chain(snap).collect();
        let mut frames = Vec::with_capacity(chain.len());
        for (i, &s) in chain.iter().enumerate() {
            let is_inlined = func.snaps.get(s).parent.is_some();
            let runs = if is_inlined { self.callee_of(s) } else { None };
            frames.push(SiteFrame {
                base: func.snaps.frame(func.snaps.get(s).frame).base,
                callee: runs.and_then(|inst| self.constant_value(inst)),
                ip: address_to_pointer(self.address_after(s, i > 0 || is_after)),
            });
        }
        match SiteHandle::new(Site { callee_base, callee, frames: frames.into() }) {
            Some(site) => {
                self.sites.push(site);
                self.sites.last()
            }
            None => {
                self.unsupported("no numbers for sites");
                None
            }
        }
    }

    /// Takes the path of an error if the status says so.
    fn throw_if(&mut self, cc: Cc, status: VReg) {
        let (op, size, s) = (CmpOp::Test, Size::B64, status);
        self.put(Inst::CmpJump { op, size, cc, a: s.into(), b: s.into(), target: THROW });
    }

    // Calls through entries.

    pub(super) fn call(&mut self, inst: InstId) {
        let func = self.func;
        let args = func.args(inst);
        let (callee, rest) = (args[0], &args[1..]);
        if func.results(inst).is_some_and(|results| results.is_typed) {
            return self.call_typed(inst, callee, rest);
        }
        match func.op(inst) {
            Op::CallClosure => {
                let closure = self.vreg(callee);
                let boxed = self.boxed(callee);
                self.call_entry(inst, boxed, rest, Callee::Closure(closure));
            }
            Op::CallFunction => {
                let boxed = self.boxed(callee);
                self.call_entry(inst, boxed, rest, Callee::Function(func.imm(inst)));
            }
            Op::CallNative | Op::CallSwitch => self.call_native(inst, callee, rest, None),
            Op::CallPrepared => self.call_native(inst, callee, &rest[1..], Some(rest[0])),
            _ => {
                let boxed = self.boxed(callee);
                self.call_entry(inst, boxed, rest, Callee::Value);
            }
        }
    }

    /// A call of a native function, or of what it has prepared: directly, for the frame that is published. Registers that
    /// Rust keeps are kept, but for a function that switches: it is jumped to, and the other side keeps none.
    fn call_native(&mut self, inst: InstId, callee: InstId, args: &[InstId], prepared: Option<InstId>) {
        let results = self.func.results(inst).expect("a call says what it gives");
        if results.is_caught {
            self.unsupported("caught call");
        }
        let window = results.window.into();
        let function = self.boxed(callee);
        let boxed: Vec<VReg> = args.iter().map(|&arg| self.boxed(arg)).collect();
        for (i, &word) in boxed.iter().enumerate() {
            self.store(self.window(window + 3 + i as u32), word);
        }
        self.store(self.window(window), function);
        self.publish(inst, true);
        let (fiber, nargs, base) = (self.fiber_arg(), self.imm(args.len() as u64), self.int());
        self.put(Inst::Lea { size: Size::B64, dst: base.into(), mem: self.window(window + 3) });
        let (value, status) = (self.int(), self.int());
        let mut uses = vec![(fiber, ARG_INT[0]), (base, ARG_INT[1]), (nargs, ARG_INT[2])];
        uses.extend(prepared.map(|prepared| (self.vreg(prepared), ARG_INT[3])));
        let defs = [(value, reg::RAX), (status, reg::RDX)];
        let switch = (self.func.op(inst) == Op::CallSwitch)
            .then(|| vm::machine::switches::Switch::ALL[self.func.imm(inst) as usize]);
        let (target, clobbers) = match switch {
            Some(switch) => (CallTarget::Switch(switch.address() as u64), COMPILED_CLOBBERS),
            None => {
                let stubs = self.cx.stubs;
                let address = if prepared.is_some() { stubs.call_prepared } else { stubs.call_native };
                (CallTarget::Address(address as u64), CALLER_SAVED)
            }
        };
        let id = self.m.calls.add(target, 0, &uses, &defs, clobbers);
        self.put(Inst::Call { id });
        if switch.is_some() {
            let base = BASE.into();
            self.put(Inst::Load { ext: Extend::Full, dst: base, mem: Amode::base(reg::RSP, SLOT_BASE) });
        }
        self.throw_if(Cc::S, status);
        let func = self.func;
        let is_inlined = func.snapshot(inst).is_some_and(|snap| func.snaps.get(snap).parent.is_some());
        if switch.is_some() && is_inlined {
            // Nobody has settled the position, and later it would be taken for one of that moment.
            let (ip, none) = (self.fiber(self.cx.layout.ip), self.imm(0));
            self.store(ip, none);
        }
        self.results(inst, results, window, value, status);
    }

    /// A call through the word that has the typed entry of a function: arguments and result in registers, as they are.
    fn call_typed(&mut self, inst: InstId, callee: InstId, args: &[InstId]) {
        let func = self.func;
        let window = func.results(inst).expect("a call says what it gives").window.into();
        let snap = func.snapshot(inst).expect("a call has a snapshot");
        let types: Vec<Type> = args.iter().map(|&arg| func.ty(arg)).collect();
        let types: Vec<Type> = types
            .iter()
            .map(|ty| if matches!(ty, Type::I64 | Type::F64) { *ty } else { Type::Value })
            .collect();
        let passed: Vec<VReg> = (args.iter().zip(&types))
            .map(|(&arg, &ty)| if ty == Type::Value { self.boxed(arg) } else { self.vreg(arg) })
            .collect();
        let callees = self.inlined_callees(snap);
        // A function that never asks for its closure is told nothing, if the site can tell others.
        let function = func.imm(inst);
        let known = self.constant_value(callee).filter(|_| !(self.cx.typed_entry)(function).reads_callee);
        if known.is_none() {
            let boxed = self.boxed(callee);
            self.store(self.window(window), boxed);
        }
        let site = self.link(snap, window + 3, known);
        self.store(self.window(window + 1), site);
        self.store_callees(&callees);
        let word = self.imm((self.cx.typed_entry)(function).word);
        let target = CallTarget::Mem(Amode::base(word, 0));
        let uses: Vec<(VReg, PReg)> = passed.into_iter().zip(argument_regs(&types)).collect();
        // What is wanted, with its number and where it is if it is as promised.
        let (boxed, status) = (self.int(), self.int());
        let mut defs = vec![(boxed, reg::RAX), (status, reg::RDX)];
        let mut wanted = Vec::new();
        for (number, result) in self.wanted_results(inst) {
            let ty = func.ty(result);
            let vreg = match ty {
                Type::F64 => self.float(),
                _ if number == 0 => boxed,
                _ => self.int(),
            };
            if vreg != boxed {
                defs.push((vreg, result_reg(number as usize, ty)));
            }
            wanted.push((number, result, vreg));
        }
        let base = BASE.into();
        self.put(Inst::Lea { size: Size::B64, dst: base, mem: self.window(window + 3) });
        let id = self.m.calls.add(target, 0, &uses, &defs, COMPILED_CLOBBERS);
        self.put(Inst::Call { id });
        self.put(Inst::Load { ext: Extend::Full, dst: base, mem: Amode::base(reg::RSP, SLOT_BASE) });
        let is_exact = func.results(inst).is_some_and(|results| results.is_exact);
        let is_raw = wanted.iter().any(|&(_, result, _)| matches!(func.ty(result), Type::I64 | Type::F64));
        if is_raw || is_exact {
            return self.promised_results(inst, window, boxed, status, &wanted);
        }
        if wanted.iter().all(|&(number, ..)| number == 0) {
            self.throw_if(Cc::S, status);
            return wanted.iter().for_each(|&(_, result, vreg)| self.bind(result, vreg));
        }
        // Any number of values serves.
        wanted.retain(|&(_, result, _)| self.uses[result.index()] > 0);
        let hot: Vec<VReg> = wanted.iter().map(|&(.., vreg)| vreg).collect();
        let params: Vec<VReg> = hot.iter().map(|_| self.int()).collect();
        let (op, size, s) = (CmpOp::Test, Size::B64, status);
        self.detour(
            |_, target| Inst::CmpJump { op, size, cc: Cc::Ne, a: s.into(), b: s.into(), target },
            &hot,
            &params,
            |s| {
                s.throw_if(Cc::S, status);
                let count = s.alu(AluOp::Sub, status, 1);
                let word = |&(number, ..): &(u32, InstId, VReg)| match number {
                    0 => boxed,
                    _ => s.further_result(window, number, count),
                };
                wanted.iter().map(word).collect()
            },
        );
        for (&(_, result, _), &param) in wanted.iter().zip(&params) {
            self.bind(result, param);
        }
    }

    /// The results of a call that have uses, with their numbers, ascending.
    fn wanted_results(&self, inst: InstId) -> Vec<(u32, InstId)> {
        let func = self.func;
        let mut wanted = Vec::new();
        if func.ty(inst) != Type::None {
            wanted.push((0, inst));
        }
        let mut next = func.next(inst);
        while let Some(project) = next.filter(|&p| func.op(p).class() == Class::Project) {
            if func.op(project) == Op::CallResult && self.uses[project.index()] > 0 {
                wanted.push((func.imm(project) as u32, project));
            }
            next = func.next(project);
        }
        wanted.sort_unstable();
        wanted
    }

    /// The results of a typed call which is left if they are not as promised.
    fn promised_results(
        &mut self,
        inst: InstId,
        window: u32,
        boxed: VReg,
        status: VReg,
        wanted: &[(u32, InstId, VReg)],
    ) {
        let func = self.func;
        let [other, go_on] = std::array::from_fn(|_| self.m.block());
        let is_cold = self.m.is_cold();
        let (op, size) = (CmpOp::Test, Size::B64);
        let (a, b) = (status.into(), status.into());
        let jump = Inst::CmpJump { op, size, cc: Cc::Ne, a, b, target: block_label(other) };
        self.m.branch(jump, other, go_on);
        self.begin(other, true, &[]);
        self.throw_if(Cc::S, status);
        let count = self.alu(AluOp::Sub, status, 1);
        let mut next = func.next(inst);
        while let Some(project) = next.filter(|&p| func.op(p).class() == Class::Project) {
            if func.op(project) == Op::CallCount {
                self.bind(project, count);
            }
            next = func.next(project);
        }
        let mut words = vec![(inst, boxed)];
        for &(number, result, _) in wanted.iter().filter(|&&(number, ..)| number > 0) {
            words.push((result, self.further_result(window, number, count)));
        }
        let target = self.exit_because(&words, Reason::Result);
        self.m.leave(Inst::Jump { target });
        self.begin(go_on, is_cold, &[]);
        for &(_, result, vreg) in wanted {
            self.bind(result, vreg);
        }
    }

    fn call_entry(&mut self, inst: InstId, callee: VReg, args: &[InstId], how: Callee) {
        let func = self.func;
        let results = func.results(inst).expect("a call says what it gives");
        let is_multi = func.op(inst) == Op::CallMulti;
        let window = if is_multi { func.imm(inst) as u32 } else { results.window.into() };
        let snap = func.snapshot(inst).expect("a call has a snapshot");
        let boxed: Vec<VReg> = args.iter().map(|&arg| self.boxed(arg)).collect();
        let callees = self.inlined_callees(snap);
        for (i, &word) in boxed.iter().enumerate() {
            self.store(self.window(window + 3 + i as u32), word);
        }
        self.store(self.window(window), callee);
        let site = self.link(snap, window + 3, None);
        self.store(self.window(window + 1), site);
        self.store_callees(&callees);
        let target = match how {
            Callee::Closure(closure) => {
                let boxed = self.load(Extend::Full, Amode::base(closure, layout::CLOSURE_FUNCTION as i32));
                let tag = self.pool(TAG_OBJECT);
                let function = self.alu(AluOp::Xor, boxed, tag);
                CallTarget::Mem(Amode::base(function, layout::FUNCTION_ENTRY as i32))
            }
            Callee::Function(address) => {
                let function = self.imm(address);
                CallTarget::Mem(Amode::base(function, layout::FUNCTION_ENTRY as i32))
            }
            Callee::Value => CallTarget::Address(self.cx.stubs.call_value as u64),
        };
        let count = if is_multi { Count::Multi } else { Count::Known(args.len()) };
        let nargs = match count {
            Count::Known(n) => self.imm(n as u64),
            Count::Multi => self.load(Extend::U32, self.fiber(self.cx.layout.multi)),
        };
        let call = |s: &mut Self| {
            let (value, status) = (s.int(), s.int());
            let base = BASE.into();
            s.put(Inst::Lea { size: Size::B64, dst: base, mem: s.window(window + 3) });
            let defs = [(value, reg::RAX), (status, reg::RDX)];
            let id = s.m.calls.add(target, 0, &[(nargs, reg::RCX)], &defs, COMPILED_CLOBBERS);
            s.put(Inst::Call { id });
            s.put(Inst::Load { ext: Extend::Full, dst: base, mem: Amode::base(reg::RSP, SLOT_BASE) });
            (value, status)
        };
        let (value, status) = if results.is_caught {
            self.catch(inst, call)
        } else {
            let (value, status) = call(self);
            self.throw_if(Cc::S, status);
            (value, status)
        };
        self.results(inst, results, window, value, status);
    }

    /// A call whose errors are caught, as `pcall` does: what it gives, or the error and a negative status.
    fn catch(&mut self, inst: InstId, call: impl FnOnce(&mut Self) -> (VReg, VReg)) -> (VReg, VReg) {
        let is_cold = self.m.is_cold();
        let [refused, go, failed, done, join] = std::array::from_fn(|_| self.m.block());
        let layout = self.cx.layout;
        let (native_depth, handlers) = (self.fiber(layout.native_depth), self.fiber(layout.handlers));
        let depth = self.load(Extend::U32, self.fiber(layout.depth));
        let count = |s: &mut Self, op| {
            s.put(Inst::AluMem { op, size: Size::B32, mem: native_depth, b: 1.into() });
            s.put(Inst::AluMem { op, size: Size::B32, mem: handlers, b: 1.into() });
        };
        let label = block_label(refused);
        let jump = self.cmp(Size::B32, Cc::Ae, native_depth, layout.native_depth_max, label);
        self.m.branch(jump, refused, go);
        self.begin(go, is_cold, &[]);
        count(self, AluOp::Add);
        let (value, status) = call(self);
        count(self, AluOp::Sub);
        let (op, size, s) = (CmpOp::Test, Size::B64, status);
        let target = block_label(failed);
        let jump = Inst::CmpJump { op, size, cc: Cc::S, a: s.into(), b: s.into(), target };
        self.m.branch(jump, failed, done);
        self.begin(done, is_cold, &[]);
        self.m.jump(join, &[value, status]);

        // The unwinding has published the frame.
        self.begin(failed, true, &[]);
        let uses = [(self.fiber_arg(), ARG_INT[0]), (depth, ARG_INT[1])];
        let error = self.error_of(self.cx.stubs.catch_error, &uses);
        self.m.jump(join, &error);
        self.begin(refused, true, &[]);
        self.publish(inst, true);
        let uses = [(self.fiber_arg(), ARG_INT[0])];
        let error = self.error_of(self.cx.stubs.refuse_call, &uses);
        self.m.jump(join, &error);

        let (value, status) = (self.int(), self.int());
        self.begin(join, is_cold, &[value, status]);
        (value, status)
    }

    /// Calls a Rust function that gives the error of a caught call: the error, and a negative status.
    fn error_of(&mut self, address: usize, uses: &[(VReg, PReg)]) -> [VReg; 2] {
        let (error, status) = (self.int(), self.int());
        let defs = [(error, reg::RAX), (status, reg::RDX)];
        let id = self.m.calls.add(CallTarget::Address(address as u64), 0, uses, &defs, CALLER_SAVED);
        self.put(Inst::Call { id });
        self.throw_if(Cc::S, status);
        [error, self.imm(-1i64 as u64)]
    }

    /// Binds what a call gives.
    fn results(&mut self, inst: InstId, results: Results, window: u32, value: VReg, status: VReg) {
        if results.is_multi() {
            self.store(self.window(window), value);
            let mem = self.fiber(self.cx.layout.multi);
            self.put(Inst::Store { size: Size::B32, mem, src: status.into() });
            self.adopt_results(inst, window);
            if self.func.ty(inst) != Type::None {
                self.first_result(inst, value);
            }
            return;
        }
        if results.is_exact {
            let (op, size, count) = (CmpOp::Cmp, Size::B64, i32::from(results.count));
            let mut project = self.func.next(inst);
            while let Some(p) = project.filter(|&p| self.func.op(p).class() == Class::Project) {
                if self.func.op(p) == Op::CallCount {
                    self.bind(p, status);
                }
                project = self.func.next(p);
            }
            let target = self.exit_because(&[(inst, value)], Reason::Count);
            self.put(Inst::CmpJump { op, size, cc: Cc::Ne, a: status.into(), b: count.into(), target });
        }
        // The others first: the snapshot of a first result of another type than promised may name them.
        let func = self.func;
        let mut next = func.next(inst);
        let mut typed = Vec::new();
        while let Some(project) = next.filter(|&p| func.op(p).class() == Class::Project) {
            if func.op(project) == Op::CallResult && self.uses[project.index()] > 0 {
                let number = func.imm(project) as u32;
                let word = self.further_result(window, number, status);
                if func.ty(project) == Type::Value {
                    self.bind(project, word);
                } else {
                    typed.push((project, word));
                }
            }
            if results.is_caught && self.uses[project.index()] > 0 {
                self.caught(project, value, status);
            }
            next = func.next(project);
        }
        if func.ty(inst) != Type::None && (self.uses[inst.index()] > 0 || func.ty(inst) != Type::Value) {
            self.first_result(inst, value);
        }
        for (project, word) in typed {
            self.typed_result(project, word, None);
        }
    }

    /// Binds what a caught call tells of its error.
    fn caught(&mut self, project: InstId, value: VReg, status: VReg) {
        match self.func.op(project) {
            Op::CallStatus => {
                let failed = self.shift(ShiftOp::Shr, status, 63);
                let succeeded = self.alu(AluOp::Xor, failed, 1);
                self.bind(project, succeeded);
            }
            Op::CallError => self.bind(project, value),
            _ => {}
        }
    }

    /// Moves the frame where there was no room for all results of a call.
    fn adopt_results(&mut self, inst: InstId, window: u32) {
        let landing = self.fiber(self.cx.layout.landing);
        self.detour(
            |s, target| s.cmp(Size::B64, Cc::Ne, landing, 0, target),
            &[],
            &[],
            |s| {
                s.publish(inst, true);
                let (fiber, number) = (s.fiber_arg(), s.imm(window.into()));
                let (base, status) = (s.int(), s.int());
                let uses = [(fiber, ARG_INT[0]), (number, ARG_INT[1])];
                let defs = [(base, reg::RAX), (status, reg::RDX)];
                let target = CallTarget::Address(s.cx.stubs.adopt_results as u64);
                let id = s.m.calls.add(target, 0, &uses, &defs, CALLER_SAVED);
                s.put(Inst::Call { id });
                s.throw_if(Cc::Ne, status);
                s.put(Inst::Mov { size: Size::B64, dst: BASE.into(), src: base.into() });
                s.store(Amode::base(reg::RSP, SLOT_BASE), BASE);
                Vec::new()
            },
        );
    }

    /// Whether the frame may be moved while the code runs.
    pub(super) fn may_move(func: &Func) -> bool {
        let mut insts = func.blocks().iter().flat_map(|&b| func.insts(b));
        insts.any(|inst| match func.op(inst) {
            Op::CallHelper => func.helper(inst).is_some_and(Helper::changes_base),
            op => op.is_call() && func.results(inst).is_some_and(Results::is_multi),
        })
    }

    /// Before results are written: ends the frame if it was moved.
    pub(super) fn finish_moved(&mut self, count: usize) {
        let bit = self.cx.layout.frame_moved.trailing_zeros();
        if !self.may_move || bit >= 64 {
            return;
        }
        let flag = Amode::base(BASE, -8 + (bit / 8) as i32);
        let mask = 1 << (bit % 8);
        self.detour(
            |_, target| Inst::CmpJump {
                op: CmpOp::Test,
                size: Size::B8,
                cc: Cc::Ne,
                a: flag.into(),
                b: mask.into(),
                target,
            },
            &[],
            &[],
            |s| {
                let (fiber, old, n) = (s.fiber_arg(), s.int(), s.imm(count as u64));
                s.put(Inst::Mov { size: Size::B64, dst: old.into(), src: BASE.into() });
                let base = s.int();
                let uses = [(fiber, ARG_INT[0]), (old, ARG_INT[1]), (n, ARG_INT[2])];
                s.call_routine(s.cx.stubs.finish_moved, &uses, (base, reg::RAX));
                s.put(Inst::Mov { size: Size::B64, dst: BASE.into(), src: base.into() });
                Vec::new()
            },
        );
    }

    /// Result number `number`, or nil if there are not so many.
    fn further_result(&mut self, window: u32, number: u32, status: VReg) -> VReg {
        let nil = self.imm(Value::NIL.bits());
        let dst = self.int();
        let (op, size) = (CmpOp::Cmp, Size::B64);
        self.put(Inst::Cmp { op, size, a: status.into(), b: (number as i32).into() });
        let mem = self.window(window + number);
        self.put(Inst::Cmov { cc: Cc::G, size, dst: dst.into(), a: nil.into(), b: mem.into() });
        dst
    }

    fn first_result(&mut self, inst: InstId, value: VReg) {
        if self.func.ty(inst) == Type::Value {
            self.bind(inst, value);
        } else {
            self.typed_result(inst, value, Some(inst));
        }
    }

    /// A boxed result as the type that the call promised. Code is left if it is another; `call` names the instruction for
    /// which the boxed word stands in the snapshot then.
    fn typed_result(&mut self, inst: InstId, word: VReg, call: Option<InstId>) {
        let ty = self.func.ty(inst);
        let Some(call) = call else { return self.unsupported("further result of a call with a type") };
        let boxed = [(call, word)];
        let leave = |s: &mut Self, cond: super::cond::Cond| {
            let target = s.exit_with(&boxed);
            s.put(cond.negate().jump(target));
        };
        let result = match ty {
            Type::F64 => {
                let cond = self.tag_cond(word, Tag::Float);
                leave(self, cond);
                let dst = self.float();
                self.put(Inst::FFromBits { dst: dst.into(), src: word.into() });
                dst
            }
            Type::I64 => {
                // A big integer leaves too: as a value it is as good.
                let cond = self.tag_cond(word, Tag::Int);
                leave(self, cond);
                let up = self.shift(crate::asm::x64::inst::ShiftOp::Shl, word, 16);
                self.shift(crate::asm::x64::inst::ShiftOp::Sar, up, 16)
            }
            Type::Bool => {
                let cond = self.bool_cond(word);
                leave(self, cond);
                let first = self.pool(Value::FALSE.bits());
                self.alu(AluOp::Sub, word, first)
            }
            Type::Num => {
                let limit = self.pool(runtime::value::TAG_SPECIAL);
                let (op, size) = (CmpOp::Cmp, Size::B64);
                let cond = super::cond::Cond::Int { op, size, cc: Cc::A, a: limit.into(), b: word.into() };
                leave(self, cond);
                word
            }
            Type::Table | Type::Str | Type::Callable | Type::Closure => {
                let (tag, bits) = match ty {
                    Type::Table => (Tag::Table, runtime::value::TAG_TABLE),
                    Type::Str => (Tag::Str, runtime::value::TAG_STRING),
                    _ => (Tag::Callable, TAG_FUNCTION),
                };
                let cond = self.tag_cond(word, tag);
                leave(self, cond);
                let bits = self.pool(bits);
                let object = self.alu(AluOp::Xor, word, bits);
                if ty == Type::Closure {
                    let kind = Amode::base(object, layout::HEADER_KIND as i32);
                    let target = self.exit_with(&boxed);
                    let closure = runtime::object::Kind::Closure as i32;
                    let jump = self.cmp(Size::B8, Cc::Ne, kind, closure, target);
                    self.put(jump);
                }
                object
            }
            _ => {
                self.unsupported("result of a call with a type of this kind");
                word
            }
        };
        self.bind(inst, result);
    }

    // Helpers.

    pub(super) fn fiber_arg(&mut self) -> VReg {
        let dst = self.int();
        self.put(Inst::Mov { size: Size::B64, dst: dst.into(), src: crate::lower::FIBER.into() });
        dst
    }

    pub(super) fn call_helper(&mut self, inst: InstId) {
        let func = self.func;
        let helper = func.helper(inst).expect("a call of a helper names it");
        let effects = helper.effects();
        if func.results(inst).is_some_and(|results| results.is_caught) {
            self.unsupported("caught call");
        }
        let may_throw = effects.may_throw() || effects.may_run_user_code();
        let args: Vec<VReg> = func.args(inst).iter().map(|&arg| self.vreg(arg)).collect();
        if may_throw || effects.may_allocate() {
            self.publish(inst, true);
        } else if effects.reads.or(effects.writes).meets(FRAME_CLASSES) {
            self.publish_base();
        }
        let mut uses: Vec<(VReg, PReg)> = vec![(self.fiber_arg(), ARG_INT[0])];
        let (mut ints, mut floats) = (1, 0);
        for (&vreg, &arg) in args.iter().zip(func.args(inst)) {
            if func.ty(self.root(arg)).is_float() {
                uses.push((vreg, PReg::float(floats)));
                floats += 1;
            } else {
                uses.push((vreg, ARG_INT[ints]));
                ints += 1;
            }
        }
        let is_float = helper.gives().is_float();
        let value = if is_float { self.float() } else { self.int() };
        let value_reg = if is_float { PReg::float(0) } else { reg::RAX };
        let status = self.int();
        let defs = [(value, value_reg), (status, if is_float { reg::RAX } else { reg::RDX })];
        let defs = if may_throw { &defs[..] } else { &defs[..1] };
        let address = self.cx.helpers[helper as usize];
        let target = CallTarget::Address(address as u64);
        let id = self.m.calls.add(target, 0, &uses, defs, CALLER_SAVED);
        self.put(Inst::Call { id });
        if may_throw {
            self.throw_if(Cc::Ne, status);
        }
        if helper.changes_base() {
            let base = BASE.into();
            self.put(Inst::Load { ext: Extend::Full, dst: base, mem: self.fiber(self.cx.layout.base) });
            self.store(Amode::base(reg::RSP, SLOT_BASE), BASE);
        }
        if func.ty(inst) != Type::None {
            self.bind(inst, value);
        }
    }
}
