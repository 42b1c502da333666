//! Random functions: diamonds and loops over more values than there are registers, with guards that leave.

use super::{Machine, expected, feature_sets};
use crate::ir::builder::Builder;
use crate::ir::func::{BlockId, Func, InstId};
use crate::ir::imm::{Cc, Fcc, Reason, Tag};
use crate::ir::model::Model;
use crate::ir::snapshot::{Entry, Frame, FrameId, Place, Source, Via};
use crate::ir::types::Type;
use runtime::value::Value;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize) % bound
    }
}

/// A function in the making: values by type, all of which dominate the place where it stands.
struct Maker {
    random: Random,
    func: Func,
    at: BlockId,
    ints: Vec<InstId>,
    floats: Vec<InstId>,
    values: Vec<InstId>,
    frame: FrameId,
    pc: u32,
    size: usize,
}

impl Maker {
    fn new(seed: u64) -> Maker {
        let mut func = Func::new("random");
        func.returns = Type::I64;
        let at = func.add_block();
        let ints: Vec<InstId> = (0..3).map(|_| func.add_param(at, Type::I64)).collect();
        let floats = (0..3).map(|_| func.add_param(at, Type::F64)).collect();
        let values = (0..2).map(|_| func.add_param(at, Type::Value)).collect();
        let frame = func.snaps.add_frame(Frame { parent: None, proto: 0, base: 0, via: Via::Root });
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let size = 3 + random.below(14);
        Maker { random, func, at, ints, floats, values, frame, pc: 0, size }
    }

    fn int(&mut self) -> InstId {
        // Old values as often as new ones, so that many are alive.
        self.ints[self.random.below(self.ints.len())]
    }

    fn float(&mut self) -> InstId {
        self.floats[self.random.below(self.floats.len())]
    }

    fn value(&mut self) -> InstId {
        self.values[self.random.below(self.values.len())]
    }

    fn cond(&mut self) -> InstId {
        let (a, b, x, y, v) = (self.int(), self.int(), self.float(), self.float(), self.value());
        let (cc, fcc) = (Cc::ALL[self.random.below(10)], Fcc::ALL[self.random.below(10)]);
        let tag = Tag::ALL[self.random.below(3)];
        let kind = self.random.below(7);
        let mut b_ = Builder::at_end(&mut self.func, self.at);
        match kind {
            0 | 1 => b_.icmp(a, b, cc),
            2 | 3 => b_.fcmp(x, y, fcc),
            4 => b_.has_tag(v, tag),
            5 => b_.truthy(v),
            _ => b_.cmp_mixed(a, x, fcc),
        }
    }

    fn snapshot(&mut self) -> crate::ir::snapshot::SnapId {
        self.pc += 1;
        let mut entries = Vec::new();
        for r in 0..1 + self.random.below(12) {
            let inst = match self.random.below(3) {
                0 => self.int(),
                1 => self.float(),
                _ => self.value(),
            };
            entries.push(Entry { place: Place::Reg(r as u16), source: Source::Inst(inst) });
        }
        self.func.snaps.add(self.frame, self.pc, None, &entries)
    }

    fn step(&mut self) {
        let (a, b, x, y, v) = (self.int(), self.int(), self.float(), self.float(), self.value());
        // Guards are rare, or every function would leave early.
        let kind = match self.random.below(30) {
            guard @ 24.. if self.random.below(6) > 0 => guard - 10,
            kind => kind,
        };
        let snap = (kind >= 24).then(|| self.snapshot());
        let cond = matches!(kind, 18 | 24).then(|| self.cond());
        let constant = [0, 1, -1, 7, 1 << 20, i64::MAX, -(1 << 40), 10][self.random.below(8)];
        let mut builder = Builder::at_end(&mut self.func, self.at);
        builder.set_snapshot(snap);
        let g = &mut builder;
        match kind {
            0 => self.ints.push(g.add_i64(a, b)),
            1 => self.ints.push(g.sub_i64(a, b)),
            2 => self.ints.push(g.mul_i64(a, b)),
            3 => self.ints.push(g.div_i64(a, b)),
            4 => self.ints.push(g.mod_i64(a, b)),
            5 => self.ints.push(g.shl_i64(a, b)),
            6 => self.ints.push(g.sar_i64(a, b)),
            7 => self.ints.push(g.min_i64(a, b)),
            8 => self.ints.push(g.xor_i64(a, b)),
            9 => {
                let c = g.const_i64(constant);
                let sum = if constant % 2 == 0 { g.add_i64(a, c) } else { g.sub_i64(c, a) };
                self.ints.push(sum);
            }
            10 => {
                let c = g.const_i64(constant);
                self.ints.push(g.mod_i64(a, c));
            }
            11 => self.floats.push(g.add_f64(x, y)),
            12 => self.floats.push(g.sub_f64(x, y)),
            13 => self.floats.push(g.mul_f64(x, y)),
            14 => self.floats.push(g.mod_f64(x, y)),
            15 => self.floats.push(g.i64_to_f64(a)),
            16 => self.ints.push(g.f64_to_i64(x)),
            17 => self.floats.push(g.floor_f64(x)),
            18 => {
                let c = cond.expect("made above");
                let chosen = g.select(c, x, y);
                self.floats.push(chosen);
            }
            19 => self.values.push(g.box_f64(x)),
            20 => self.values.push(g.box_i64(a)),
            21 => {
                let c = g.const_f64(constant as f64 + 0.5);
                self.floats.push(g.div_f64(c, x));
            }
            22 => {
                let c = g.const_i64(constant);
                self.values.push(g.box_i64(c));
            }
            23 => self.floats.push(g.neg_f64(x)),
            24 => {
                let c = cond.expect("made above");
                if constant % 2 == 0 {
                    g.guard_true(c, Reason::Branch);
                } else {
                    g.guard_false(c, Reason::Branch);
                }
            }
            25 => self.ints.push(g.guard_int(v)),
            26 => self.floats.push(g.guard_num_f64(v)),
            27 => self.ints.push(g.guard_fits(a, 48)),
            28 => self.ints.push(g.guard_i64(v)),
            _ => self.ints.push(g.guard_f64_int(x)),
        }
    }

    fn straight(&mut self, steps: usize) {
        for _ in 0..steps {
            self.step();
        }
    }

    fn marks(&self) -> [usize; 3] {
        [self.ints.len(), self.floats.len(), self.values.len()]
    }

    fn forget(&mut self, marks: [usize; 3]) {
        self.ints.truncate(marks[0]);
        self.floats.truncate(marks[1]);
        self.values.truncate(marks[2]);
    }

    fn diamond(&mut self, depth: usize) {
        let c = self.cond();
        let mut b = Builder::at_end(&mut self.func, self.at);
        let (then, other) = (b.new_block(), b.new_block());
        let join = b.new_block_with(&[Type::I64, Type::F64]);
        b.branch(c, (then, &[]), (other, &[]));
        if self.random.below(4) == 0 {
            self.func.set_cold(other, true);
        }
        let marks = self.marks();
        for side in [then, other] {
            self.at = side;
            self.body(depth);
            let args = [self.int(), self.float()];
            Builder::at_end(&mut self.func, self.at).jump(join, &args);
            self.forget(marks);
        }
        self.at = join;
        self.ints.push(self.func.params(join)[0]);
        self.floats.push(self.func.params(join)[1]);
    }

    fn looped(&mut self, depth: usize) {
        let (i, x) = (self.int(), self.float());
        let mut b = Builder::at_end(&mut self.func, self.at);
        let head = b.new_block_with(&[Type::I64, Type::I64, Type::F64]);
        let exit = b.new_block();
        let start = b.const_i64(0);
        b.jump(head, &[start, i, x]);
        let params = self.func.params(head).to_vec();
        self.at = head;
        self.ints.extend([params[0], params[1]]);
        self.floats.push(params[2]);
        let marks = self.marks();
        self.body(depth);
        let (i, x) = (self.int(), self.float());
        let mut b = Builder::at_end(&mut self.func, self.at);
        let one = b.const_i64(1);
        let next = b.add_i64(params[0], one);
        let limit = b.const_i64(4);
        let c = b.icmp(next, limit, Cc::Lt);
        b.branch(c, (head, &[next, i, x]), (exit, &[]));
        self.at = exit;
        self.forget(marks);
    }

    fn body(&mut self, depth: usize) {
        let steps = 1 + self.random.below(self.size);
        self.straight(steps);
        if depth > 0 {
            match self.random.below(3) {
                0 => self.diamond(depth - 1),
                1 => self.looped(depth - 1),
                _ => {}
            }
            let steps = 1 + self.random.below(self.size);
            self.straight(steps);
        }
    }

    fn finish(mut self) -> Func {
        for _ in 0..2 {
            self.body(3);
        }
        let (x, v) = (self.float(), self.value());
        // A sum keeps many values alive to the end.
        let ints: Vec<InstId> = self.ints.iter().rev().take(20).copied().collect();
        let mut b = Builder::at_end(&mut self.func, self.at);
        let mut sum = ints[0];
        for &i in &ints[1..] {
            sum = b.add_i64(sum, i);
        }
        let boxed = b.box_f64(x);
        b.return_values(&[sum, boxed, v]);
        self.func
    }
}

/// Compares the functions of these seeds with the interpreter; how many returned, and how many left.
fn compare(seeds: std::ops::Range<u64>) -> (u32, u32) {
    let ints = [0, 1, -5, 1 << 40, i64::MAX, 12];
    let floats = [0.0, -0.0, 1.5, f64::INFINITY, 1e300, -7.0];
    let values =
        [Value::int32(4), Value::float(0.5), Value::NIL, Value::TRUE, Value::int32(-1), Value::float(-3.0)];
    let mut machines = feature_sets().map(Machine::new);
    let (mut returned, mut left) = (0, 0);
    for seed in seeds {
        let func = Maker::new(seed).finish();
        let machine = &mut machines[usize::from(seed % 3 == 0)];
        let lowered = machine.lower(&func);
        for set in 0..6 {
            let at = |k: usize| (set + k) % 6;
            let args = [
                ints[at(0)] as u64,
                ints[at(2)] as u64,
                ints[at(5)] as u64,
                f64::to_bits(floats[at(0)]),
                f64::to_bits(floats[at(3)]),
                f64::to_bits(floats[at(4)]),
                values[at(0)].bits(),
                values[at(1)].bits(),
            ];
            let Some(want) = expected(&func, &args, &mut Model::new()) else { continue };
            let found = machine.run(&lowered, &args);
            assert_eq!(found, want, "seed {seed} set {set}\n{func:?}");
            match found {
                super::Ended::Returned(_) => returned += 1,
                _ => left += 1,
            }
        }
    }
    (returned, left)
}

#[test]
fn random_functions_do_what_the_interpreter_does() {
    let (returned, left) = compare(0..400);
    assert!(returned > 200 && left > 200, "{returned} returned, {left} left");
}

#[test]
#[ignore = "the long run of the same test"]
fn many_random_functions_do_what_the_interpreter_does() {
    compare(10_000..14_000);
}
