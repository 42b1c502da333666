//! Random functions, whose meaning no pass may change.
//!
//! The generator makes structured code: straight lines, diamonds and loops that end, over integers, floats, boxed numbers,
//! table slots, array elements, cells, globals and new objects, with guards whose snapshots name what is live. It makes no
//! calls and no frames but one.

use crate::ir::builder::Builder;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::imm::{Cc, Elem, Fcc, Held, Reason, Tag};
use crate::ir::ops::{Class, Op};
use crate::ir::snapshot::{Entry, Frame, FrameId, Place, Source, Template, TemplateId, Via};
use crate::ir::types::Type;
use runtime::value::Value;

/// A source of numbers: the same for every run, and of no quality.
pub struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// Makes functions.
pub struct Generator {
    random: Random,
    func: Func,
    block: BlockId,
    /// What can be used here.
    scope: Vec<InstId>,
    pc: u32,
    frame: FrameId,
    /// Instructions still to be made.
    budget: usize,
    pure_ops: Vec<Op>,
    template: TemplateId,
}

impl Generator {
    pub fn new(seed: u64) -> Generator {
        let mut func = Func::new("random");
        let frame = func.snaps.add_frame(Frame { parent: None, proto: 0, base: 0, via: Via::Root });
        let block = func.add_block();
        let types = [
            Type::I64,
            Type::I64,
            Type::F64,
            Type::Value,
            Type::Value,
            Type::Table,
            Type::Table,
            Type::Cell,
            Type::Cell,
        ];
        let mut scope: Vec<InstId> = types.iter().map(|&ty| func.add_param(block, ty)).collect();
        // The second cell is a global's.
        scope.pop();
        let template = Template { shape: 7, inline_capacity: 4, array_capacity: 0, elem: Elem::Any };
        let template = func.snaps.add_template(template);
        // Total on any operands, and defined without memory.
        let is_usable = |op: &Op| {
            op.class() == Class::Pure
                && op.operands().iter().all(|(_, want)| {
                    [Type::I64, Type::F64, Type::Bool]
                        .iter()
                        .any(|&ty| *want == crate::ir::types::Want::Type(ty))
                })
                && !matches!(op, Op::BitsF64 | Op::F64Bits | Op::BoxInt | Op::BoxI64 | Op::BoxF64)
        };
        let pure_ops = Op::ALL.iter().copied().filter(is_usable).collect();
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1);
        let budget = 10 + random.below(50);
        Generator { random, func, block, scope, pc: 0, frame, budget, pure_ops, template }
    }

    /// The same with more code.
    pub fn of_size(seed: u64, budget: usize) -> Generator {
        Generator { budget, ..Generator::new(seed) }
    }

    pub fn function(mut self) -> Func {
        self.region(3);
        while self.budget > 60 {
            self.region(3);
        }
        let v = self.value();
        self.build().return_values(&[v]);
        self.func
    }

    fn build(&mut self) -> Builder<'_> {
        Builder::at_end(&mut self.func, self.block)
    }

    /// A result of the type that is in scope, or a constant.
    fn any(&mut self, ty: Type) -> InstId {
        let usable: Vec<InstId> = self.scope.iter().copied().filter(|&i| self.func.ty(i).fits(ty)).collect();
        if !usable.is_empty() && self.random.below(5) > 0 {
            // Recent ones more often.
            let n = usable.len();
            let i = self.random.below(n).max(self.random.below(n));
            return usable[i];
        }
        let made = match ty {
            Type::F64 => {
                let x = self.random.pick(&[0.0, -0.0, 1.0, 2.0, 0.25, -3.5]);
                self.build().const_f64(x)
            }
            Type::Bool => {
                let k = self.random.below(2) as u32;
                self.build().const_bool(k)
            }
            Type::Value => {
                let v = self.random.pick(&[Value::NIL, Value::FALSE, Value::int32(6), Value::float(1.25)]);
                self.build().const_value(v)
            }
            Type::Num => {
                let v = self.random.pick(&[Value::int32(-2), Value::float(8.0)]);
                self.build().const_num(v)
            }
            Type::Table | Type::Cell => usable[0],
            _ => {
                let k = self.random.pick(&[0, 1, 2, -1, 7, 8, 63, 1 << 46, i64::MIN]);
                self.build().const_i64(k)
            }
        };
        self.scope.push(made);
        made
    }

    fn value(&mut self) -> InstId {
        self.any(Type::Value)
    }

    /// A snapshot of the present with a few of the results in scope.
    fn snap(&mut self) -> crate::ir::snapshot::SnapId {
        self.pc += 1;
        let named: Vec<InstId> = (0..3)
            .map(|_| self.random.below(self.scope.len()))
            .map(|i| self.scope[i])
            .filter(|&i| self.func.ty(i).is_boxable())
            .collect();
        let entries: Vec<Entry> = named
            .iter()
            .enumerate()
            .map(|(r, &inst)| Entry { place: Place::Reg(r as u16), source: Source::Inst(inst) })
            .collect();
        self.func.snaps.add(self.frame, self.pc, None, &entries)
    }

    fn region(&mut self, depth: usize) {
        let steps = 2 + self.random.below(8);
        for _ in 0..steps {
            if self.budget == 0 {
                return;
            }
            self.budget -= 1;
            match self.random.below(if depth > 0 { 18 } else { 14 }) {
                0..=3 => self.pure(),
                4 => self.boxing(),
                5 => self.guard(),
                6 => self.guard_raw(),
                7 | 8 => self.slot(),
                9 => self.test(),
                10 | 11 => self.variable(),
                12 => self.element(),
                13 => self.allocate(),
                14 => self.diamond(depth - 1),
                15 => self.switch(),
                _ => self.count(depth - 1),
            }
        }
    }

    fn pure(&mut self) {
        let i = self.random.below(self.pure_ops.len());
        let op = self.pure_ops[i];
        let crate::ir::types::Gives::Type(ty) = op.gives() else { return };
        let args: Vec<InstId> = op
            .operands()
            .iter()
            .map(|&(_, want)| match want {
                crate::ir::types::Want::Type(ty) => self.any(ty),
                _ => self.any(Type::I64),
            })
            .collect();
        let imms: Vec<u64> = match op {
            Op::Icmp => vec![self.random.pick(Cc::ALL) as u64],
            Op::Fcmp | Op::CmpMixed => vec![self.random.pick(Fcc::ALL) as u64],
            Op::ConstI64 => vec![self.random.below(4) as u64],
            Op::ConstF64 => vec![f64::to_bits(self.random.pick(&[0.5, 4.0, -1.0]))],
            Op::ConstBool => vec![self.random.below(2) as u64],
            _ => Vec::new(),
        };
        if imms.len() != op.imms().len() {
            return;
        }
        let made = self.build().make(op, ty, &args, &imms);
        self.scope.push(made);
    }

    fn boxing(&mut self) {
        let made = match self.random.below(8) {
            6 | 7 => {
                let op = self.random.pick(&[Op::AddNum, Op::SubNum, Op::MulNum, Op::ModNum]);
                let (a, b) = (self.any(Type::Num), self.any(Type::Num));
                self.build().make(op, Type::Num, &[a, b], &[])
            }
            5 => {
                let t = self.any(Type::Table);
                self.build().box_ref(t)
            }
            0 => {
                let a = self.any(Type::I64);
                self.build().box_i64(a)
            }
            1 => {
                let a = self.any(Type::I64);
                let a = self.build().low_i32(a);
                self.build().box_int(a)
            }
            2 => {
                let a = self.any(Type::F64);
                self.build().box_raw_f64(a)
            }
            3 => {
                let c = self.any(Type::Bool);
                self.build().box_bool(c)
            }
            _ => {
                let (c, a, b) = (self.any(Type::Bool), self.value(), self.value());
                let b = self.build().select(c, a, b);
                self.func.set_type(b, Type::Value);
                b
            }
        };
        self.scope.push(made);
    }

    /// A guard of a value's kind, often one that holds.
    fn guard(&mut self) {
        let snap = self.snap();
        let v = self.value();
        self.guard_of(v, snap);
    }

    fn guard_of(&mut self, v: InstId, snap: crate::ir::snapshot::SnapId) {
        let op = self.random.pick(&[
            Op::GuardInt,
            Op::GuardF64,
            Op::GuardNum,
            Op::GuardSmallNum,
            Op::GuardNumF64,
            Op::GuardBool,
            Op::GuardI64,
        ]);
        let crate::ir::types::Gives::Type(ty) = op.gives() else { return };
        let mut b = self.build();
        b.set_snapshot(Some(snap));
        let made = b.make(op, ty, &[v], &[]);
        self.scope.push(made);
    }

    /// A guard of what a loop begins with.
    fn guard_param(&mut self, head: BlockId) {
        let boxed: Vec<InstId> =
            self.func.params(head).iter().copied().filter(|&p| self.func.ty(p) == Type::Value).collect();
        if !boxed.is_empty() {
            let param = self.random.pick(&boxed);
            let (old, snap) = (std::mem::replace(&mut self.scope, vec![param]), self.snap());
            if self.random.below(2) == 0 {
                let mut b = self.build();
                b.set_snapshot(Some(snap));
                let x = b.guard_num_f64(param);
                self.scope.push(x);
                let y = self.any(Type::F64);
                let sum = self.build().add_f64(x, y);
                self.scope.push(sum);
            } else {
                self.guard_of(param, snap);
            }
            let made = std::mem::replace(&mut self.scope, old);
            self.scope.extend_from_slice(&made[1..]);
        }
    }

    fn guard_raw(&mut self) {
        let snap = self.snap();
        let (a, limit, c) = (self.any(Type::I64), self.any(Type::I64), self.any(Type::Bool));
        let which = self.random.below(6);
        let t = self.any(Type::Table);
        let mut b = self.build();
        b.set_snapshot(Some(snap));
        let made = match which {
            0 => b.guard_fits(a, 48),
            1 => b.guard_bounds(a, limit),
            2 => b.guard_below(a, limit),
            3 => b.guard_non_zero(a),
            4 => {
                b.guard_true(c, Reason::Branch);
                return;
            }
            // Most tables have that shape.
            _ => b.guard_shape(t, 7),
        };
        self.scope.push(made);
    }

    /// A captured variable or a global.
    fn variable(&mut self) {
        let is_load = self.random.below(2) == 0;
        let global = self.func.params(self.func.entry())[8];
        let v = self.value();
        match self.random.below(3) {
            0 => {
                if is_load {
                    let made = self.build().load_global(global, 1);
                    self.scope.push(made);
                } else {
                    self.build().store_global(global, v, 1);
                    self.build().write_barrier(global, v);
                }
            }
            _ => {
                let cell = self.any(Type::Cell);
                if is_load {
                    let made = self.build().load_cell(cell);
                    self.scope.push(made);
                } else {
                    self.build().store_cell(cell, v);
                    self.build().write_barrier(cell, v);
                }
            }
        }
    }

    fn element(&mut self) {
        let snap = self.snap();
        let (t, i, v) = (self.any(Type::Table), self.any(Type::I64), self.value());
        let is_load = self.random.below(3) > 0;
        let mut b = self.build();
        b.set_snapshot(Some(snap));
        let array = b.load_array(t);
        let array = b.guard_elem(array, Elem::Any);
        let len = b.array_len(array);
        let i = b.guard_bounds(i, len);
        if is_load {
            let made = b.load_elem(array, i);
            self.scope.push(made);
        } else {
            b.store_elem(array, i, v);
        }
    }

    /// Accesses to two elements of which one is the other's of the iteration before.
    fn neighbours(&mut self, array: InstId, (i, one): (InstId, InstId)) {
        let snap = self.snap();
        let v = self.value();
        let which = self.random.below(3);
        let mut b = self.build();
        b.set_snapshot(Some(snap));
        let len = b.array_len(array);
        let here = b.guard_bounds(i, len);
        let loaded = b.load_elem(array, here);
        let next = b.add_i64(i, one);
        let next = b.guard_bounds(next, len);
        if which == 0 {
            b.store_elem(array, here, v);
        }
        if which == 1 {
            b.store_elem(array, next, v);
        } else {
            b.load_elem(array, next);
        }
        self.scope.push(loaded);
    }

    fn allocate(&mut self) {
        let (v, w) = (self.value(), self.value());
        let made = match self.random.below(4) {
            0 => self.build().new_cell(v),
            which => {
                let (template, grows) = (self.template, self.random.below(3) == 0);
                let mut b = self.build();
                let made = b.new_table(template);
                if which == 2 {
                    b.store_slot(made, v, 0);
                }
                if grows {
                    b.transition(made, w, 8, 3);
                    b.write_barrier(made, w);
                }
                made
            }
        };
        self.scope.push(made);
    }

    fn slot(&mut self) {
        let t = self.any(Type::Table);
        let slot = self.random.below(3) as u32;
        if self.random.below(2) == 0 {
            let made = self.build().load_slot(t, slot, Held::Any);
            self.scope.push(made);
        } else {
            let v = self.value();
            self.build().store_slot(t, v, slot);
        }
    }

    fn test(&mut self) {
        let v = self.value();
        let tag = self.random.pick(&[Tag::Int, Tag::Float, Tag::Special]);
        let made = match self.random.below(3) {
            0 => self.build().has_tag(v, tag),
            1 => self.build().is_nil(v),
            _ => self.build().truthy(v),
        };
        self.scope.push(made);
    }

    /// A few types for parameters, with what to pass.
    fn passed(&mut self) -> (Vec<Type>, Vec<InstId>) {
        let types: Vec<Type> = (0..1 + self.random.below(3))
            .map(|_| {
                self.random.pick(&[Type::I64, Type::F64, Type::Value, Type::Value, Type::Num, Type::Cell])
            })
            .collect();
        let args = types.iter().map(|&ty| self.fresh(ty)).collect();
        (types, args)
    }

    /// Something to pass: of objects mostly new ones.
    fn fresh(&mut self, ty: Type) -> InstId {
        if ty == Type::Cell && self.random.below(4) > 0 {
            let v = self.value();
            return self.build().new_cell(v);
        }
        self.any(ty)
    }

    /// The condition that two tests make together, as a parameter of a new block.
    fn short_circuit(&mut self) -> InstId {
        let (first, second) = (self.any(Type::Bool), self.any(Type::Bool));
        let known = match self.random.below(3) {
            0 => first,
            i => self.build().const_bool(u32::from(i == 1)),
        };
        let mut b = self.build();
        let (rest, join) = (b.new_block_with(&[]), b.new_block_with(&[Type::Bool]));
        b.branch(first, (join, &[known]), (rest, &[]));
        Builder::at_end(&mut self.func, rest).jump(join, &[second]);
        self.block = join;
        self.func.params(join)[0]
    }

    /// What `a && b || c` makes of values: a parameter of a new block that is known on some ways, and a test of it.
    fn choice(&mut self) -> (InstId, Option<InstId>) {
        let (first, other) = (self.any(Type::Bool), self.value());
        let i = self.any(Type::I64);
        let known = match self.random.below(3) {
            0 => self.build().const_value(Value::FALSE),
            1 => self.build().nil(),
            _ => self.build().box_i64(i),
        };
        let mut b = self.build();
        let (rest, join) = (b.new_block_with(&[]), b.new_block_with(&[Type::Value]));
        b.branch(first, (join, &[known]), (rest, &[]));
        Builder::at_end(&mut self.func, rest).jump(join, &[other]);
        self.block = join;
        let param = self.func.params(join)[0];
        let c =
            if self.random.below(3) == 0 { self.build().is_nil(param) } else { self.build().truthy(param) };
        (c, Some(param))
    }

    /// A chain of questions about one integer.
    fn switch(&mut self) {
        let asked = self.any(Type::I64);
        let outer = self.scope.len();
        let join = self.build().new_block_with(&[Type::I64, Type::Value]);
        for _ in 0..3 + self.random.below(5) {
            let (constant, cc) =
                (self.random.below(12) as i64, self.random.pick(&[Cc::Eq, Cc::Eq, Cc::Ne, Cc::Lt]));
            let mut b = self.build();
            let constant = b.const_i64(constant);
            let c = b.icmp(asked, constant, cc);
            let (case, rest) = (b.new_block(), b.new_block());
            let edges = if cc == Cc::Ne { (rest, case) } else { (case, rest) };
            b.branch(c, (edges.0, &[]), (edges.1, &[]));
            self.block = case;
            if self.random.below(2) == 0 {
                self.pure();
            }
            let args = [self.any(Type::I64), self.fresh(Type::Value)];
            self.build().jump(join, &args);
            self.scope.truncate(outer);
            self.block = rest;
        }
        let args = [self.any(Type::I64), self.fresh(Type::Value)];
        self.build().jump(join, &args);
        self.scope.truncate(outer);
        self.block = join;
        self.scope.extend_from_slice(self.func.params(join));
    }

    fn diamond(&mut self, depth: usize) {
        // What only one side may know.
        let (c, chosen) = match self.random.below(6) {
            0 | 1 => (self.short_circuit(), None),
            2 => self.choice(),
            _ => (self.any(Type::Bool), None),
        };
        let outer = self.scope.len();
        let (then, other) = (self.func.add_block(), self.func.add_block());
        self.build().branch(c, (then, &[]), (other, &[]));
        let is_cold = self.random.below(3) == 0;
        self.func.set_cold(then, is_cold);
        let (types, _) = {
            self.block = then;
            self.scope.extend(chosen);
            self.region(depth);
            self.passed()
        };
        let mut b = Builder::at_end(&mut self.func, self.block);
        let join = b.new_block_with(&types);
        for (side, start) in [(0, self.block), (1, other)] {
            if side == 1 {
                self.scope.truncate(outer);
                self.block = start;
                self.region(depth);
            }
            let args: Vec<InstId> = types.iter().map(|&ty| self.fresh(ty)).collect();
            self.build().jump(join, &args);
        }
        self.scope.truncate(outer);
        self.block = join;
        self.scope.extend_from_slice(self.func.params(join));
    }

    /// What a loop passes on: often its own parameter, as loops have many that they never change.
    fn passed_on(&mut self, head: BlockId, next: InstId, types: &[Type]) -> Vec<InstId> {
        let mut args = vec![next];
        for (i, &ty) in types.iter().enumerate() {
            let same = self.func.params(head)[i + 1];
            let arg = match self.random.below(6) {
                0 | 1 => same,
                2 if ty == Type::Value => {
                    let x = self.any(Type::F64);
                    self.build().box_f64(x)
                }
                3 if ty == Type::Value => {
                    let a = self.any(Type::I64);
                    self.build().box_i64(a)
                }
                _ => self.fresh(ty),
            };
            args.push(arg);
        }
        args
    }

    /// A loop that counts to a small number, testing at its head or at its end.
    fn count(&mut self, depth: usize) {
        let (types, mut init) = self.passed();
        // Sums of floats often begin with an integer.
        for (arg, _) in init.iter_mut().zip(&types).filter(|(_, ty)| **ty == Type::Value) {
            if self.random.below(2) == 0 {
                *arg = self.build().const_value(Value::int32(0));
            }
        }
        let end = 1 + self.random.below(4) as i64;
        let (zero, one, limit) = {
            let mut b = self.build();
            (b.const_i64(0), b.const_i64(1), b.const_i64(end))
        };
        let array = (self.random.below(4) == 0).then(|| {
            let (snap, t) = (self.snap(), self.any(Type::Table));
            let mut b = self.build();
            b.set_snapshot(Some(snap));
            let array = b.load_array(t);
            b.guard_elem(array, Elem::Any)
        });
        let all: Vec<Type> = [Type::I64].into_iter().chain(types.iter().copied()).collect();
        let first: Vec<InstId> = [zero].into_iter().chain(init).collect();
        let head = self.build().new_block_with(&all);
        self.build().jump(head, &first);
        self.block = head;
        let outer = self.scope.len();
        self.scope.extend_from_slice(self.func.params(head));
        let i = self.func.params(head)[0];
        if self.random.below(2) == 0 {
            let snap = self.snap();
            let mut b = self.build();
            b.set_snapshot(Some(snap));
            b.poll();
        }
        if self.random.below(2) == 0 {
            self.guard_param(head);
        }
        if let Some(array) = array {
            self.neighbours(array, (i, one));
        }
        let is_while = self.random.below(2) == 0;
        let out = self.func.add_block();
        if is_while {
            if self.random.below(2) == 0 {
                self.guard();
            }
            let body = self.func.add_block();
            let c = self.build().icmp(i, limit, Cc::Lt);
            let known = self.scope.len();
            self.build().branch(c, (body, &[]), (out, &[]));
            self.block = body;
            self.region(depth);
            let next = self.build().add_i64(i, one);
            let args = self.passed_on(head, next, &types);
            self.build().jump(head, &args);
            self.scope.truncate(known);
        } else {
            self.region(depth);
            let next = self.build().add_i64(i, one);
            let args = self.passed_on(head, next, &types);
            let c = self.build().icmp(next, limit, Cc::Lt);
            self.build().branch(c, (head, &args), (out, &[]));
            // What the loop computed is known after it, unless a block inside does not dominate its end.
            let block = self.block;
            let func = &self.func;
            let kept: Vec<InstId> = self.scope[outer..]
                .iter()
                .copied()
                .filter(|&v| func.block_of(v) == Some(block) || func.block_of(v) == Some(head))
                .collect();
            self.scope.truncate(outer);
            self.scope.extend(kept);
        }
        self.block = out;
    }
}
