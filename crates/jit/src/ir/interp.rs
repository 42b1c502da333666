//! The reference interpreter: runs a function instruction by instruction, as the op table says.
//!
//! It is the oracle for passes and for machine code, so it is plain and slow. Everything about objects and the machine goes
//! through [`Memory`]; `model.rs` has one for tests. A guard that fails gives the state of the frames that its snapshot
//! names.

use super::eval::{Guarded, eval, eval_guard, eval_op, parts_of_num};
use super::func::{BlockId, Func, InstId};
use super::imm::{Reason, Results};
use super::ops::{Class, Op};
use super::snapshot::{FrameId, Part, Place, SnapId, Source, VirtualId};
use super::types::Type;
use runtime::object::Kind;
use runtime::value::{PAYLOAD_MASK, Value};

/// The objects and the machine that a function works on. Words are as in `eval.rs`.
pub trait Memory {
    /// What an op of class `Load`, `Field` or `Probe` gives: its operands' words, and the number of the place if it has one
    /// as an immediate. Besides: `Poll` gives whether something is asked, `GuardValid` whether the
    /// code is valid.
    fn load(&mut self, op: Op, words: &[u64], index: u32) -> u64;

    /// Does an op of class `Store` or `Effect`.
    fn store(&mut self, op: Op, words: &[u64], imm: u64, imm2: u32) -> Result<(), Thrown>;

    /// The address of the object that an op of class `Alloc` makes, or the word of a big integer (`BoxI64`).
    fn alloc(&mut self, func: &Func, inst: InstId, words: &[u64]) -> u64;

    /// Does a call. Results are boxed; those of a helper are of the type that its row gives.
    fn call(&mut self, func: &Func, inst: InstId, words: &[u64]) -> Result<Vec<u64>, Thrown>;
}

/// An error, as a boxed value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thrown(pub u64);

/// What a place holds when code is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Held {
    /// A word of a type, to be boxed.
    Word(Type, u64),
    /// An object to be made.
    Object(VirtualId),
}

/// One frame when code is left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameState {
    /// Which.
    pub frame: FrameId,
    /// Where it goes on.
    pub pc: u32,
    /// Its live places.
    pub places: Vec<(Place, Held)>,
}

/// The state when code is left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExitState {
    /// The instruction that left.
    pub inst: InstId,
    /// Its snapshot.
    pub snap: SnapId,
    /// Its reason, if it has one of its own.
    pub reason: Option<Reason>,
    /// All frames, innermost first.
    pub frames: Vec<FrameState>,
    /// The objects to be made: number and parts, in the order of the numbers.
    pub objects: Vec<(VirtualId, Vec<(Part, Held)>)>,
}

/// How a run ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It returned these words.
    Returned(Vec<u64>),
    /// It returned values in the fiber's area for results.
    ReturnedMulti,
    /// It threw.
    Threw(u64),
    /// It left.
    Exited(ExitState),
    /// It did as many instructions as it was allowed.
    OutOfFuel,
}

/// Runs a verified function on these arguments, at most `fuel` instructions.
///
/// # Panics
/// If the function is not well formed or comes to `unreachable`.
pub fn run(func: &Func, args: &[u64], memory: &mut dyn Memory, fuel: usize) -> Outcome {
    let mut interp = Interp { func, memory, words: vec![0; func.inst_count()], boxed: None };
    interp.pass(func.entry(), args);
    let mut b = func.entry();
    let mut left = fuel;
    'blocks: loop {
        let mut at = func.first(b);
        while let Some(inst) = at {
            if left == 0 {
                return Outcome::OutOfFuel;
            }
            left -= 1;
            match interp.step(inst) {
                Step::Next => at = func.next(inst),
                Step::Go(i) => {
                    let (to, args) = func.edge(inst, i);
                    let words: Vec<u64> = args.iter().map(|&a| interp.word(a)).collect();
                    interp.pass(to, &words);
                    b = to;
                    continue 'blocks;
                }
                Step::End(outcome) => return outcome,
            }
        }
        panic!("{b} has no terminator");
    }
}

enum Step {
    Next,
    Go(usize),
    End(Outcome),
}

struct Interp<'a> {
    func: &'a Func,
    memory: &'a mut dyn Memory,
    words: Vec<u64>,
    /// A call whose first result is boxed although it promised another type: it leaves.
    boxed: Option<InstId>,
}

impl Interp<'_> {
    fn word(&self, inst: InstId) -> u64 {
        self.words[inst.index()]
    }

    fn pass(&mut self, b: BlockId, words: &[u64]) {
        let params = self.func.params(b);
        assert_eq!(params.len(), words.len(), "arguments of {b}");
        for (param, word) in params.iter().zip(words) {
            self.words[param.index()] = *word;
        }
    }

    fn step(&mut self, inst: InstId) -> Step {
        let func = self.func;
        let op = func.op(inst);
        let words: Vec<u64> = func.args(inst).iter().map(|&a| self.word(a)).collect();
        match op.class() {
            _ if op.is_guard() || op == Op::Poll => match self.guard(inst, &words) {
                Guarded::Holds(word) => self.words[inst.index()] = word,
                Guarded::Fails => return Step::End(self.exit(inst)),
            },
            Class::Pure | Class::Field => {
                let word = match (eval(func, inst, &words), op) {
                    (Some(word), _) => word,
                    (None, Op::BoxI64) => self.memory.alloc(func, inst, &words),
                    (None, Op::IsInteger | Op::IsNum) => u64::from(self.big_int(words[0]).is_some()),
                    (None, Op::UnboxI64) => self.big_int(words[0]).expect("an integer") as u64,
                    (None, Op::NumToF64) => (self.big_int(words[0]).expect("a number") as f64).to_bits(),
                    (None, Op::AddNum | Op::SubNum | Op::MulNum | Op::ModNum) => self.num_op(inst, &words),
                    (None, _) => self.memory.load(op, &words, 0),
                };
                self.words[inst.index()] = word;
            }
            Class::Load | Class::Probe => {
                let index = func.place_index(inst).unwrap_or(0);
                self.words[inst.index()] = self.memory.load(op, &words, index);
            }
            Class::Store | Class::Effect => {
                if let Err(thrown) = self.memory.store(op, &words, func.imm(inst), func.imm2(inst)) {
                    return Step::End(Outcome::Threw(thrown.0));
                }
            }
            Class::Alloc => self.words[inst.index()] = self.memory.alloc(func, inst, &words),
            Class::Call => return self.call(inst, &words),
            // The call gave them their words.
            Class::Project => {}
            Class::Term => return self.terminator(inst, words),
            Class::Guard | Class::Param | Class::Nop => unreachable!("{op:?} does not stand in a block"),
        }
        Step::Next
    }

    fn terminator(&mut self, inst: InstId, words: Vec<u64>) -> Step {
        match self.func.op(inst) {
            Op::Jump => Step::Go(0),
            Op::Branch => Step::Go(usize::from(words[0] == 0)),
            Op::Return => Step::End(Outcome::Returned(words)),
            Op::ReturnMulti => Step::End(Outcome::ReturnedMulti),
            Op::Throw => Step::End(Outcome::Threw(words[0])),
            Op::Exit => Step::End(self.exit(inst)),
            op => panic!("came to {op:?}"),
        }
    }

    /// An operation on numbers of which one is a big integer, or whose result is.
    fn num_op(&mut self, inst: InstId, words: &[u64]) -> u64 {
        let (of_ints, of_floats) = parts_of_num(self.func.op(inst)).expect("an op of numbers");
        let ints = [words[0], words[1]].map(|word| match Value::from_bits(word) {
            v if v.is_float() => None,
            v => v.as_small_int().or_else(|| self.big_int(word)),
        });
        if let [Some(i), Some(j)] = ints {
            let r = eval_op(of_ints, &[], &[i as u64, j as u64], 0).expect("integers");
            return match Value::small_int(r as i64) {
                Some(v) => v.bits(),
                None => self.memory.alloc(self.func, inst, &[r]),
            };
        }
        let float = |k: usize| ints[k].map_or(f64::from_bits(words[k]), |i| i as f64).to_bits();
        let r = eval_op(of_floats, &[], &[float(0), float(1)], 0).expect("floats");
        Value::float(f64::from_bits(r)).bits()
    }

    /// The integer in a reference to a big one.
    fn big_int(&mut self, word: u64) -> Option<i64> {
        let is_big = Value::from_bits(word).is_object()
            && self.memory.load(Op::LoadKind, &[word & PAYLOAD_MASK], 0) == Kind::BigInt as u64;
        is_big.then(|| self.memory.load(Op::UnboxI64, &[word], 0) as i64)
    }

    fn guard(&mut self, inst: InstId, words: &[u64]) -> Guarded {
        let func = self.func;
        let (op, imm) = (func.op(inst), func.imm(inst));
        if let Some(guarded) = eval_guard(op, words, imm) {
            return guarded;
        }
        let first = words.first().copied().unwrap_or(0);
        let mut load = |op: Op, word: u64| self.memory.load(op, &[word], 0);
        let (holds, result) = match op {
            Op::GuardI64 | Op::GuardNum | Op::GuardNumF64 => {
                let int = self.big_int(first);
                let result = match op {
                    Op::GuardI64 => int.unwrap_or(0) as u64,
                    Op::GuardNum => first,
                    _ => (int.unwrap_or(0) as f64).to_bits(),
                };
                (int.is_some(), result)
            }
            Op::GuardObject => {
                let address = first & PAYLOAD_MASK;
                (load(Op::LoadKind, address) == imm, address)
            }
            Op::GuardUserdata => {
                let address = first & PAYLOAD_MASK;
                (load(Op::LoadKind, address) == Kind::Foreign as u64, address)
            }
            Op::GuardClosure => (load(Op::LoadKind, first) == Kind::Closure as u64, first),
            // The model knows no native functions.
            Op::GuardNative => (load(Op::LoadKind, first) == Kind::Native as u64, first),
            Op::GuardFunction => (load(Op::ClosureFunction, first) == imm, first),
            Op::GuardShape => (load(Op::LoadShape, first) == imm, first),
            Op::GuardCapacity => (load(Op::SlotsCapacity, first) > imm, first),
            Op::GuardElem => (load(Op::ArrayElem, first) == imm, first),
            Op::GuardValid => (self.memory.load(op, &[], 0) != 0, 0),
            Op::Poll => (self.memory.load(op, &[], 0) == 0, 0),
            op => unreachable!("{op:?} is no guard"),
        };
        if holds { Guarded::Holds(result) } else { Guarded::Fails }
    }

    fn call(&mut self, inst: InstId, words: &[u64]) -> Step {
        let func = self.func;
        let results = func.results(inst).unwrap_or(Results::new(0));
        let (values, error) = match self.memory.call(func, inst, words) {
            Ok(values) => (values, None),
            Err(thrown) if results.is_caught => (Vec::new(), Some(thrown.0)),
            Err(thrown) => return Step::End(Outcome::Threw(thrown.0)),
        };
        let nil = Value::NIL.bits();
        let mut next = func.next(inst);
        while let Some(project) = next.filter(|&p| func.op(p).class() == Class::Project) {
            self.words[project.index()] = match func.op(project) {
                Op::CallStatus => u64::from(error.is_none()),
                Op::CallError => error.unwrap_or(nil),
                Op::CallCount => values.len() as u64,
                _ => values.get(func.imm(project) as usize).copied().unwrap_or(nil),
            };
            next = func.next(project);
        }
        if results.is_exact && error.is_none() && values.len() != usize::from(results.count) {
            self.words[inst.index()] = values.first().copied().unwrap_or(nil);
            self.boxed = Some(inst);
            return Step::End(self.exit(inst));
        }
        if func.ty(inst) == Type::None {
            return Step::Next;
        }
        let first = values.first().copied().unwrap_or(nil);
        // After an error there is no result to keep a promise.
        if func.op(inst) == Op::CallHelper || error.is_some() {
            self.words[inst.index()] = first;
            return Step::Next;
        }
        match self.unbox(func.ty(inst), first) {
            Some(word) => {
                self.words[inst.index()] = word;
                Step::Next
            }
            None => {
                self.words[inst.index()] = first;
                self.boxed = Some(inst);
                Step::End(self.exit(inst))
            }
        }
    }

    /// A boxed result as the type that the call promised; `None` if it is of another.
    fn unbox(&mut self, ty: Type, word: u64) -> Option<u64> {
        let v = Value::from_bits(word);
        match ty {
            Type::Value => Some(word),
            Type::F64 => v.is_float().then_some(word),
            Type::I64 => match v.as_small_int() {
                Some(i) => Some(i as u64),
                None => self.big_int(word).map(|i| i as u64),
            },
            Type::Num => (v.is_float() || v.is_small_int() || self.big_int(word).is_some()).then_some(word),
            Type::Bool => v.is_bool().then_some(u64::from(v == Value::TRUE)),
            _ => {
                let address = word & PAYLOAD_MASK;
                let is_tagged = ty.tag()? == word & !PAYLOAD_MASK;
                let kind =
                    if is_tagged { self.memory.load(Op::LoadKind, &[address], 0) } else { return None };
                let wanted = match ty {
                    Type::Closure => Some(Kind::Closure),
                    Type::Native => Some(Kind::Native),
                    Type::Function => Some(Kind::Function),
                    Type::Cell => Some(Kind::Cell),
                    _ => None,
                };
                wanted.is_none_or(|k| k as u64 == kind).then_some(address)
            }
        }
    }

    fn exit(&mut self, inst: InstId) -> Outcome {
        let func = self.func;
        let snap = func.snapshot(inst).expect("what may leave has a snapshot");
        let held = |source: Source, objects: &mut Vec<VirtualId>| match source {
            Source::Inst(named) if self.boxed == Some(named) => Held::Word(Type::Value, self.word(named)),
            Source::Inst(named) => Held::Word(func.ty(named), self.word(named)),
            Source::Virtual(object) => {
                if !objects.contains(&object) {
                    objects.push(object);
                }
                Held::Object(object)
            }
        };
        let mut needed = Vec::new();
        let frames = func
            .snaps
            .chain(snap)
            .map(|s| FrameState {
                frame: func.snaps.get(s).frame,
                pc: func.snaps.get(s).pc,
                places: func
                    .snaps
                    .entries(s)
                    .iter()
                    .map(|entry| (entry.place, held(entry.source, &mut needed)))
                    .collect(),
            })
            .collect();
        let mut objects = Vec::new();
        let mut done = 0;
        while let Some(&object) = needed.get(done) {
            let parts = &func.snaps.object(object).parts;
            let parts = parts.iter().map(|&(part, source)| (part, held(source, &mut needed))).collect();
            objects.push((object, parts));
            done += 1;
        }
        objects.sort_by_key(|(id, _)| *id);
        Outcome::Exited(ExitState { inst, snap, reason: func.reason(inst), frames, objects })
    }
}

impl Held {
    /// The boxed value, where none has to be made; an integer that does not fit 48 bits is none.
    pub fn boxed(self) -> Option<Value> {
        match self {
            Held::Object(_) => None,
            Held::Word(ty, word) => match ty {
                Type::Value | Type::Num => Some(Value::from_bits(word)),
                Type::I64 => Value::small_int(word as i64),
                Type::F64 => Some(Value::float(f64::from_bits(word))),
                Type::Bool => Some(Value::bool(word != 0)),
                _ => Some(Value::from_bits(ty.tag()? | word)),
            },
        }
    }
}
