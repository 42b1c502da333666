//! What the tests of passes share: a check of IR text, and a generator of random functions whose meaning no pass may change.
//!
//! The generator makes structured code: straight lines, diamonds and loops that end, over integers, floats, boxed numbers,
//! table slots and cells, with guards whose snapshots name what is live. Each function is run by the reference interpreter
//! before and after a pass on a few sets of arguments; results, exits and memory must agree.

use super::pipeline::{FULL, Options, PASSES, Pass, run as run_passes};
use crate::ir::builder::Builder;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::imm::{Cc, Fcc, Reason, Tag};
use crate::ir::interp::{FrameState, Held, Outcome, run};
use crate::ir::model::{Model, Object};
use crate::ir::ops::{Class, Op};
use crate::ir::parse::parse;
use crate::ir::snapshot::{Entry, Frame, FrameId, Place, Source, Via};
use crate::ir::types::Type;
use crate::ir::verify::verify;
use expect_test::Expect;
use runtime::value::{PAYLOAD_MASK, Value};

/// Runs passes by name on a function text without its first lines and compares the result.
#[track_caller]
pub fn check(passes: &[&str], body: &str, expected: &Expect) {
    let order: Vec<Pass> = passes.iter().map(|name| named(name)).collect();
    check_order(&order, body, expected);
}

/// The same with the whole pipeline.
#[track_caller]
pub fn check_all(body: &str, expected: &Expect) {
    check_order(FULL, body, expected);
}

#[track_caller]
fn check_order(order: &[Pass], body: &str, expected: &Expect) {
    let text = format!("func \"f\" returns value\n{body}");
    let mut func = parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    verify(&func).unwrap_or_else(|e| panic!("{e}\n{func:?}"));
    run_passes(&mut func, order, &Options::default());
    verify(&func).unwrap_or_else(|e| panic!("{e}\n{func:?}"));
    let text = crate::ir::print::print(&func);
    assert_eq!(parse(&text).as_ref(), Ok(&func));
    // The tables of frames and snapshots are noise in most tests: what snapshots name is shown where they change.
    let shown: Vec<&str> = text.lines().skip(1).filter(|l| !l.starts_with("frame ")).collect();
    expected.assert_eq(&(shown.join("\n") + "\n"));
}

fn named(name: &str) -> Pass {
    *PASSES.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("no pass {name}"))
}

/// Calls `test` with random functions.
pub fn for_random_functions(count: u64, mut test: impl FnMut(&Func)) {
    for seed in 0..count {
        let func = Generator::new(seed).function();
        verify(&func).unwrap_or_else(|e| panic!("seed {seed}: {e}\n{func:?}"));
        test(&func);
    }
}

/// Runs passes on random functions and compares what they do; the changes of the last pass.
fn compare(count: u64, order: &[Pass], exits_may_move: bool) -> u32 {
    let mut changes = 0;
    let mut seed = 0;
    for_random_functions(count, |func| {
        let mut after = func.clone();
        let stats = run_passes(&mut after, order, &Options::default());
        let last = order.last().map_or("", |p| p.name);
        changes += stats.iter().filter(|s| s.name == last).map(|s| s.changes).sum::<u32>();
        if let Err(e) = verify(&after) {
            panic!("seed {seed}: {e}\n{func:?}\n{after:?}");
        }
        for args in 0..6 {
            let (a, b) = (observe(func, args), observe(&after, args));
            let agree = a == b || exits_may_move && a.is_exit() && b.is_exit() || a.is_late();
            assert!(agree, "seed {seed}, arguments {args}:\n{a:?}\n{b:?}\n{func:?}\n{after:?}");
        }
        seed += 1;
    });
    changes
}

/// Frames as an exit gives them: where each goes on, and what its places hold.
type Frames = Vec<(u32, Vec<(Place, Option<Word>)>)>;

/// A value that was seen: its bits, or a big integer, of which two objects can be the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    Bits(u64),
    Big(i64),
}

/// What can be seen of a run.
#[derive(PartialEq, Debug)]
enum Seen {
    Returned(Vec<Word>, Vec<Word>),
    Exited(Frames, Vec<Word>),
    Late,
}

impl Seen {
    fn is_exit(&self) -> bool {
        matches!(self, Seen::Exited(..))
    }

    fn is_late(&self) -> bool {
        matches!(self, Seen::Late)
    }
}

fn observe(func: &Func, set: usize) -> Seen {
    let mut model = Model::new();
    let table = model.add_table(7, &[Value::int32(3), Value::float(2.5), Value::NIL]);
    let other = if set.is_multiple_of(2) {
        table
    } else {
        model.add_table(7, &[Value::int32(9), Value::TRUE, Value::NIL])
    };
    let ints = [0, 1, -5, 1 << 40, i64::MAX, 12];
    let floats = [0.0, -0.0, 1.5, f64::INFINITY, 1e300, -7.0];
    let values =
        [Value::int32(4), Value::float(0.5), Value::NIL, Value::TRUE, Value::int32(-1), Value::float(-3.0)];
    let args = [
        ints[set] as u64,
        ints[(set + 2) % 6] as u64,
        f64::to_bits(floats[set]),
        values[set].bits(),
        values[(set + 3) % 6].bits(),
        table,
        other,
    ];
    let outcome = run(func, &args, &mut model, 20_000);
    let word = |bits: u64| word(&model, bits);
    let memory: Vec<Word> = [table, other]
        .iter()
        .flat_map(|&t| match model.object(t) {
            Object::Table { slots, .. } => slots.clone(),
            _ => Vec::new(),
        })
        .map(word)
        .collect();
    match outcome {
        Outcome::Returned(words) => Seen::Returned(words.into_iter().map(word).collect(), memory),
        Outcome::Exited(state) => {
            let frames = state.frames.iter().map(|f: &FrameState| {
                (f.pc, f.places.iter().map(|(p, held)| (*p, boxed(&model, held))).collect())
            });
            Seen::Exited(frames.collect(), memory)
        }
        Outcome::OutOfFuel => Seen::Late,
        other => panic!("{other:?}"),
    }
}

fn word(model: &Model, bits: u64) -> Word {
    let v = Value::from_bits(bits);
    if v.is_object()
        && let Object::BigInt(i) = model.object(bits & PAYLOAD_MASK)
    {
        return Word::Big(*i);
    }
    Word::Bits(bits)
}

/// What a place holds, boxed.
fn boxed(model: &Model, held: &Held) -> Option<Word> {
    match held {
        Held::Word(Type::I64, i) => {
            Some(Value::small_int(*i as i64).map_or(Word::Big(*i as i64), |v| Word::Bits(v.bits())))
        }
        held => held.boxed().map(|v| word(model, v.bits())),
    }
}

/// A source of numbers: the same for every run, and of no quality.
struct Random(u64);

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
struct Generator {
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
}

impl Generator {
    fn new(seed: u64) -> Generator {
        let mut func = Func::new("random");
        let frame = func.snaps.add_frame(Frame { parent: None, proto: 0, base: 0, via: Via::Root });
        let block = func.add_block();
        let types = [Type::I64, Type::I64, Type::F64, Type::Value, Type::Value, Type::Table, Type::Table];
        let scope = types.iter().map(|&ty| func.add_param(block, ty)).collect();
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
        Generator { random, func, block, scope, pc: 0, frame, budget, pure_ops }
    }

    fn function(mut self) -> Func {
        self.region(3);
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
            Type::Table => usable[0],
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
            match self.random.below(if depth > 0 { 12 } else { 10 }) {
                0..=3 => self.pure(),
                4 => self.boxing(),
                5 => self.guard(),
                6 => self.guard_raw(),
                7 => self.memory(),
                8 => self.memory(),
                9 => self.test(),
                10 => self.diamond(depth - 1),
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
        let made = match self.random.below(5) {
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
        let op = self.random.pick(&[
            Op::GuardInt,
            Op::GuardF64,
            Op::GuardNum,
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
            _ => b.guard_shape(t, 7),
        };
        self.scope.push(made);
    }

    fn memory(&mut self) {
        let t = self.any(Type::Table);
        let slot = self.random.below(3) as u32;
        if self.random.below(2) == 0 {
            let made = self.build().load_slot(t, slot);
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
            .map(|_| self.random.pick(&[Type::I64, Type::F64, Type::Value, Type::Value, Type::Num]))
            .collect();
        let args = types.iter().map(|&ty| self.any(ty)).collect();
        (types, args)
    }

    fn diamond(&mut self, depth: usize) {
        let c = self.any(Type::Bool);
        let outer = self.scope.len();
        let (then, other) = (self.func.add_block(), self.func.add_block());
        self.build().branch(c, (then, &[]), (other, &[]));
        let (types, _) = {
            self.block = then;
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
            let args: Vec<InstId> = types.iter().map(|&ty| self.any(ty)).collect();
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
            let arg = if self.random.below(3) == 0 { same } else { self.any(ty) };
            args.push(arg);
        }
        args
    }

    /// A loop that counts to a small number, testing at its head or at its end.
    fn count(&mut self, depth: usize) {
        let (types, init) = self.passed();
        let end = 1 + self.random.below(4) as i64;
        let (zero, one, limit) = {
            let mut b = self.build();
            (b.const_i64(0), b.const_i64(1), b.const_i64(end))
        };
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

#[test]
fn random_functions_are_varied() {
    let (mut loops, mut exits, mut returns) = (0, 0, 0);
    for_random_functions(200, |func| {
        let dom = crate::ir::dom::DomTree::new(func);
        loops += crate::ir::loops::LoopForest::new(func, &dom).loops().len();
        for set in 0..6 {
            match observe(func, set) {
                Seen::Returned(..) => returns += 1,
                Seen::Exited(..) => exits += 1,
                Seen::Late => {}
            }
        }
    });
    assert!(loops > 50 && exits > 100 && returns > 100, "{loops} loops, {exits} exits, {returns} returns");
}

#[test]
fn every_pass_alone_keeps_the_meaning() {
    for pass in PASSES {
        compare(300, &[*pass, *pass], pass.name == "licm");
        // Decided branches and dead code give it more to do.
        let order = [named("fold"), named("dce"), *pass];
        let changes = compare(300, &order, pass.name == "licm");
        assert!(changes > 0, "the generator gives {} nothing to do", pass.name);
    }
}

#[test]
fn the_pipeline_keeps_the_meaning() {
    compare(1500, FULL, true);
}

#[test]
fn exits_stay_where_they_are_but_for_hoisting() {
    let order: Vec<Pass> = FULL.iter().copied().filter(|p| p.name != "licm").collect();
    compare(600, &order, false);
}

#[test]
fn pairs_of_passes_keep_the_meaning() {
    for a in PASSES {
        for b in PASSES {
            compare(40, &[*a, *b, PASSES[PASSES.len() - 1]], a.name == "licm" || b.name == "licm");
        }
    }
}
