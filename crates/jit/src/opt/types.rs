//! Type propagation: what kind of value each boxed result holds, and what follows from it.
//!
//! ```text
//!   before                          after
//!   v1 = box_int v0                 v1 = box_int v0
//!   v2 = guard_int v1               v4 = add_i64 v0, v0
//!   v3 = has_tag v1, int            v3 = const_bool 1
//!   v4 = add_i64 v2, v0
//! ```
//!
//! A set of *kinds* is kept for every boxed result. First the sets are found from the ops alone, with parameters as the union
//! of what their edges pass, beginning with nothing, so that a loop variable keeps the kind that its updates have. Then a walk
//! over the dominator tree adds what guards and branches prove below them, and rewrites: tests with a known answer become
//! constants, guards that cannot fail become unboxing, unboxing of a boxing is what was boxed, and write barriers for what is
//! no reference go.
//!
//! An unboxing is total, so it may stand where a guard stood: the fact that it relies on was proved on every path to it.
//! This file names ops, since what an op proves or boxes is no effect. Needs dominators; keeps the CFG. `unbox` uses the
//! analysis to give parameters raw types.

use super::{
    Incoming, Replacements, ScopedInsts, entry_condition, incoming_edges, plain, same_word, set_bool,
    set_value,
};
use crate::ir::builder::Builder;
use crate::ir::dom::DomTree;
use crate::ir::eval::parts_of_num;
use crate::ir::func::{BlockId, Func, InstId, NewInst};
use crate::ir::imm::{Held, Tag};
use crate::ir::ops::{Class, Op};
use crate::ir::types::Type;
use runtime::value::{TAG_FUNCTION, TAG_OBJECT, TAG_STRING, TAG_TABLE, Value};

/// Propagates types.
pub fn propagate_types(func: &mut Func, dom: &DomTree) -> u32 {
    let kinds = Kinds::new(func, dom);
    let refined = ScopedInsts::new(func);
    let mut pass = Pass { kinds, refined, to: Replacements::new(func), changes: 0 };
    for &(b, depth) in dom.walk() {
        pass.refined.enter(depth);
        if let Some((condition, holds)) = entry_condition(func, dom, b) {
            pass.learn(func, condition, holds);
        }
        pass.block(func, b);
    }
    pass.to.apply_after_walk(func, dom);
    pass.changes
}

/// A set of kinds of values.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Kind(u16);

impl Kind {
    pub(super) const NOTHING: Kind = Kind(0);
    pub(super) const FLOAT: Kind = Kind(1);
    /// Integers that fit an immediate.
    pub(super) const INT: Kind = Kind(2);
    /// Big integers.
    pub(super) const BIG: Kind = Kind(4);
    const NIL: Kind = Kind(8);
    const FALSE: Kind = Kind(16);
    const TRUE: Kind = Kind(32);
    const MARK: Kind = Kind(64);
    pub(super) const STR: Kind = Kind(128);
    pub(super) const TABLE: Kind = Kind(256);
    pub(super) const CALLABLE: Kind = Kind(512);
    /// Objects with the object tag that are no big integers.
    const OBJECT: Kind = Kind(1024);
    const ALL: Kind = Kind(2047);
    pub(super) const INTEGER: Kind = Kind::INT.or(Kind::BIG);
    /// Numbers that are immediates.
    pub(super) const SMALL_NUM: Kind = Kind::INT.or(Kind::FLOAT);
    pub(super) const NUM: Kind = Kind::INTEGER.or(Kind::FLOAT);
    pub(super) const BOOL: Kind = Kind::FALSE.or(Kind::TRUE);
    /// No reference to an object.
    const IMMEDIATE: Kind = Kind::FLOAT.or(Kind::INT).or(Kind::NIL).or(Kind::BOOL);

    const fn or(self, other: Kind) -> Kind {
        Kind(self.0 | other.0)
    }

    pub(super) const fn and(self, other: Kind) -> Kind {
        Kind(self.0 & other.0)
    }

    const fn without(self, other: Kind) -> Kind {
        Kind(self.0 & !other.0)
    }

    /// Whether it is certain that the value is of one of those kinds. The empty set means that the place is not reached.
    pub(super) const fn is_in(self, other: Kind) -> bool {
        self.0 != 0 && self.0 & !other.0 == 0
    }

    pub(super) const fn is_apart(self, other: Kind) -> bool {
        self.0 != 0 && self.0 & other.0 == 0
    }

    fn of_value(v: Value) -> Kind {
        match Tag::of(v) {
            Tag::Special => match v {
                Value::NIL => Kind::NIL,
                Value::FALSE => Kind::FALSE,
                Value::TRUE => Kind::TRUE,
                _ => Kind::MARK,
            },
            tag => Kind::of_tag(tag),
        }
    }

    fn of_tag(tag: Tag) -> Kind {
        match tag {
            Tag::Float => Kind::FLOAT,
            Tag::Int => Kind::INT,
            Tag::Special => Kind::NIL.or(Kind::BOOL).or(Kind::MARK),
            Tag::Str => Kind::STR,
            Tag::Table => Kind::TABLE,
            Tag::Callable => Kind::CALLABLE,
            Tag::Object => Kind::BIG.or(Kind::OBJECT),
        }
    }

    /// What boxing a reference of this type gives. The object that an IR reference is to is never a big integer.
    fn of_ref(ty: Type) -> Kind {
        match ty.tag() {
            Some(TAG_STRING) => Kind::STR,
            Some(TAG_TABLE) => Kind::TABLE,
            Some(TAG_FUNCTION) => Kind::CALLABLE,
            Some(TAG_OBJECT) => Kind::OBJECT.or(Kind::BIG),
            _ => Kind::ALL,
        }
    }

    /// What an operation on numbers gives: an integer if both are, else a float.
    fn of_num_op(a: Kind, b: Kind) -> Kind {
        let (a, b) = (a.and(Kind::NUM), b.and(Kind::NUM));
        if a == Kind::NOTHING || b == Kind::NOTHING {
            return Kind::NOTHING;
        }
        let may_be_float = !a.is_in(Kind::INTEGER) || !b.is_in(Kind::INTEGER);
        let may_be_int = !a.is_in(Kind::FLOAT) && !b.is_in(Kind::FLOAT);
        let float = if may_be_float { Kind::FLOAT } else { Kind::NOTHING };
        if may_be_int { float.or(Kind::INTEGER) } else { float }
    }

    fn of_type(ty: Type) -> Kind {
        if ty == Type::Num { Kind::NUM } else { Kind::ALL }
    }
}

/// The kinds of all boxed results, as far as ops alone tell.
pub(super) struct Kinds {
    of: Vec<Kind>,
}

impl Kinds {
    pub(super) fn new(func: &Func, dom: &DomTree) -> Kinds {
        Kinds::assuming(func, dom, &[])
    }

    /// The kinds if some parameters held nothing but these. What follows is true only if that is: see `loop_types`.
    pub(super) fn assuming(func: &Func, dom: &DomTree, assumed: &[(InstId, Kind)]) -> Kinds {
        let edges = incoming_edges(func);
        let mut kinds = Kinds { of: vec![Kind::NOTHING; func.inst_count()] };
        for &param in dom.rpo().first().map_or(&[][..], |&entry| func.params(entry)) {
            kinds.of[param.index()] = Kind::of_type(func.ty(param));
        }
        // Sets only grow, and a loop nest needs about one round for each level.
        // Without loops one round is all: whatever comes before a block comes before it in the order.
        let mut boxed: Vec<(InstId, usize)> = Vec::new();
        for (n, &b) in dom.rpo().iter().enumerate() {
            let params = if n > 0 { func.params(b) } else { &[] };
            for (i, inst) in params.iter().copied().chain(func.insts(b)).enumerate() {
                if func.ty(inst).is_boxed() {
                    kinds.update(func, &edges, assumed, inst, i);
                    boxed.push((inst, i));
                }
            }
        }
        let mut is_changed = !dom.is_acyclic();
        while is_changed {
            is_changed = false;
            for &(inst, i) in &boxed {
                is_changed |= kinds.update(func, &edges, assumed, inst, i);
            }
        }
        kinds
    }

    /// Finds the kind of a boxed result again, for a parameter with its number; whether it is another.
    fn update(
        &mut self,
        func: &Func,
        edges: &Incoming,
        assumed: &[(InstId, Kind)],
        inst: InstId,
        i: usize,
    ) -> bool {
        let kind = match (func.op(inst), func.block_of(inst)) {
            (Op::Param, Some(b)) => match assumed.iter().find(|a| a.0 == inst) {
                Some(&(_, kind)) => kind,
                None => {
                    let passed = edges[b.index()].iter().map(|&(term, e)| func.edge(term, e).1[i]);
                    let all = passed.fold(Kind::NOTHING, |all, arg| all.or(self.get(func, arg)));
                    all.and(Kind::of_type(func.ty(inst)))
                }
            },
            _ => self.transfer(func, inst),
        };
        self.set(inst, kind)
    }

    fn set(&mut self, inst: InstId, kind: Kind) -> bool {
        let old = std::mem::replace(&mut self.of[inst.index()], kind);
        old != kind
    }

    pub(super) fn get(&self, func: &Func, inst: InstId) -> Kind {
        self.of.get(inst.index()).copied().unwrap_or_else(|| Kind::of_type(func.ty(inst)))
    }

    fn transfer(&self, func: &Func, inst: InstId) -> Kind {
        let op = func.op(inst);
        let arg = |i: usize| self.get(func, func.arg(inst, i));
        match op {
            Op::ConstValue | Op::ConstNum => Kind::of_value(Value::from_bits(func.imm(inst))),
            Op::BoxInt => Kind::INT,
            Op::BoxI64 => Kind::INTEGER,
            Op::BoxF64 | Op::BoxRawF64 => Kind::FLOAT,
            Op::BoxBool => Kind::BOOL,
            Op::BoxRef => Kind::of_ref(func.ty(func.arg(inst, 0))),
            Op::LoadSlot | Op::LoadExtSlot => match func.held(inst) {
                Some(Held::Float) => Kind::FLOAT,
                Some(Held::Int) => Kind::INT,
                _ => Kind::of_type(func.ty(inst)),
            },
            Op::AsNum => arg(0).and(Kind::NUM),
            Op::CanonStr => arg(0).or(Kind::NIL),
            Op::Select => arg(1).or(arg(2)),
            Op::AddNum | Op::SubNum | Op::MulNum | Op::ModNum => Kind::of_num_op(arg(0), arg(1)),
            _ => match proves(func, inst) {
                Some(kind) => arg(0).and(kind),
                None => Kind::of_type(func.ty(inst)),
            },
        }
    }
}

/// The kinds that a guard leaves of its operand; `None` if it is not a guard of a value's kind.
pub(super) fn proves(func: &Func, guard: InstId) -> Option<Kind> {
    Some(match func.op(guard) {
        Op::GuardInt => Kind::INT,
        Op::GuardI64 => Kind::INTEGER,
        Op::GuardF64 => Kind::FLOAT,
        Op::GuardNum | Op::GuardNumF64 => Kind::NUM,
        Op::GuardSmallNum => Kind::SMALL_NUM,
        Op::GuardBool => Kind::BOOL,
        Op::GuardTable => Kind::TABLE,
        Op::GuardStr => Kind::STR,
        Op::GuardCallable => Kind::CALLABLE,
        Op::GuardObject | Op::GuardUserdata => Kind::OBJECT.or(Kind::BIG),
        Op::GuardNil => Kind::NIL,
        Op::GuardNotNil if func.ty(func.arg(guard, 0)).is_boxed() => Kind::ALL.without(Kind::NIL),
        Op::GuardValue => Kind::of_value(Value::from_bits(func.imm(guard))),
        _ => return None,
    })
}

/// The kinds of its operand for which a test is true.
fn tests(func: &Func, test: InstId) -> Option<Kind> {
    Some(match func.op(test) {
        Op::HasTag => Kind::of_tag(func.tag(test)?),
        Op::IsInteger => Kind::INTEGER,
        Op::IsNum => Kind::NUM,
        Op::IsNil => Kind::NIL,
        Op::IsBool => Kind::BOOL,
        Op::Truthy => Kind::ALL.without(Kind::NIL.or(Kind::FALSE)),
        _ => return None,
    })
}

struct Pass {
    kinds: Kinds,
    /// What guards and branches left of the sets.
    refined: ScopedInsts<Kind>,
    to: Replacements,
    changes: u32,
}

impl Pass {
    fn kind(&self, func: &Func, inst: InstId) -> Kind {
        let word = same_word(func, inst);
        let known = self.kinds.get(func, inst).and(self.kinds.get(func, word));
        self.refined.get(word).map_or(known, |kind| known.and(kind))
    }

    fn learn_kind(&mut self, func: &Func, inst: InstId, kind: Kind) {
        let kind = self.kind(func, inst).and(kind);
        self.refined.insert(same_word(func, inst), kind);
    }

    /// Notes what a condition that holds or fails says about values.
    fn learn(&mut self, func: &Func, condition: InstId, holds: bool) {
        let args = func.args(condition);
        if let Some(kind) = tests(func, condition) {
            self.learn_kind(func, args[0], if holds { kind } else { Kind::ALL.without(kind) });
            return;
        }
        match (func.op(condition), holds) {
            (Op::NotBool, _) => self.learn(func, args[0], !holds),
            (Op::AndBool, true) | (Op::OrBool, false) => {
                self.learn(func, args[0], holds);
                self.learn(func, args[1], holds);
            }
            (Op::SameValue, true) => {
                let (a, b) = (args[0], args[1]);
                let both = self.kind(func, a).and(self.kind(func, b));
                self.learn_kind(func, a, both);
                self.learn_kind(func, b, both);
            }
            _ => {}
        }
    }

    fn block(&mut self, func: &mut Func, b: BlockId) {
        let mut at = func.first(b);
        while let Some(inst) = at {
            at = func.next(inst);
            self.to.rewrite(func, inst);
            let op = func.op(inst);
            if matches!(op.class(), Class::Pure | Class::Field) {
                self.simplify(func, inst);
            } else if op == Op::WriteBarrier {
                if self.kind(func, func.arg(inst, 1)).is_in(Kind::IMMEDIATE) {
                    func.remove(inst);
                    self.changes += 1;
                }
            } else if op.class() == Class::Guard {
                let fact = proves(func, inst).map(|kind| (func.arg(inst, 0), kind));
                self.guard(func, inst, fact.map(|f| f.1));
                if let Some((value, kind)) = fact {
                    self.learn_kind(func, value, kind);
                } else if matches!(op, Op::GuardTrue | Op::GuardFalse) {
                    self.learn(func, func.arg(inst, 0), op == Op::GuardTrue);
                }
            }
        }
    }

    fn same(&mut self, func: &mut Func, inst: InstId, other: InstId) {
        self.to.set(inst, other);
        func.remove(inst);
        self.changes += 1;
    }

    fn become_op(&mut self, func: &mut Func, inst: InstId, op: Op, arg: InstId) {
        let ty = func.ty(inst);
        if func.op(inst) != op || func.args(inst) != [arg] {
            func.replace(inst, plain(op, ty, &[arg]));
            self.changes += 1;
        }
    }

    /// Tests, boxing and unboxing.
    fn simplify(&mut self, func: &mut Func, inst: InstId) {
        let op = func.op(inst);
        let Some(&arg) = func.args(inst).first() else { return };
        if op == Op::Truthy && func.op(same_word(func, arg)) == Op::BoxBool {
            let raw = func.arg(same_word(func, arg), 0);
            return self.same(func, inst, raw);
        }
        if let Some(kind) = tests(func, inst) {
            let known = self.kind(func, arg);
            if known.is_in(kind) || known.is_apart(kind) {
                set_bool(func, inst, known.is_in(kind));
                self.changes += 1;
            }
            return;
        }
        let word = if func.ty(arg).is_boxed() { same_word(func, arg) } else { arg };
        let raw = func.args(word).first().copied();
        match (op, func.op(word), raw) {
            (Op::AsNum, ..) if func.ty(arg) == Type::Num => self.same(func, inst, arg),
            (Op::AsRef, ..) if func.ty(arg).fits(func.ty(inst)) => self.same(func, inst, arg),
            (Op::UnboxInt | Op::UnboxI64, Op::BoxInt | Op::BoxI64, Some(raw))
            | (Op::UnboxF64, Op::BoxF64, Some(raw))
            | (Op::UnboxBool, Op::BoxBool, Some(raw)) => self.same(func, inst, raw),
            (Op::UnboxRef, Op::BoxRef, Some(raw)) if func.ty(raw).fits(func.ty(inst)) => {
                self.same(func, inst, raw);
            }
            (Op::UnboxInt | Op::UnboxF64 | Op::UnboxBool | Op::UnboxRef, ..) if word != arg => {
                self.become_op(func, inst, op, word);
            }
            (Op::UnboxI64, ..) if self.kind(func, arg).is_in(Kind::INT) => {
                self.become_op(func, inst, Op::UnboxInt, word);
            }
            (Op::GuardUserdata, Op::BoxRef, Some(raw))
                if matches!(func.op(raw), Op::GuardUserdata | Op::DenseRow) =>
            {
                self.same(func, inst, raw);
            }
            (Op::NumToF64, ..) => self.num_to_f64(func, inst, word),
            (Op::CanonStr, ..) if self.kind(func, arg).is_apart(Kind::STR) => self.same(func, inst, arg),
            (Op::AddNum | Op::SubNum | Op::MulNum | Op::ModNum, ..) => self.num_op(func, inst),
            (Op::SameValue, ..) => self.same_value(func, inst),
            _ if is_boxing(op) => self.rebox(func, inst, arg),
            _ => {}
        }
    }

    /// Boxing what a value was unboxed to gives the value's word.
    fn rebox(&mut self, func: &mut Func, inst: InstId, raw: InstId) {
        let is_pair = match func.op(inst) {
            Op::BoxRef => func.op(raw).is_ref_of_value(),
            op => matches!(
                (op, func.op(raw)),
                (Op::BoxInt | Op::BoxI64, Op::GuardInt | Op::UnboxInt)
                    | (Op::BoxI64, Op::GuardI64 | Op::UnboxI64)
                    | (Op::BoxF64, Op::GuardF64 | Op::UnboxF64)
                    | (Op::BoxBool, Op::GuardBool | Op::UnboxBool)
            ),
        };
        if !is_pair {
            return;
        }
        let value = func.arg(raw, 0);
        // Where the unboxing was of another kind, its result is never used, but the value's type must still be told.
        if func.ty(value).fits(func.ty(inst)) {
            self.same(func, inst, value);
        } else if func.ty(inst) == Type::Num && self.kinds.get(func, value).is_in(Kind::NUM) {
            self.become_op(func, inst, Op::AsNum, value);
        }
    }

    fn num_to_f64(&mut self, func: &mut Func, inst: InstId, word: InstId) {
        let kind = self.kind(func, func.arg(inst, 0));
        if kind.is_in(Kind::FLOAT) {
            self.become_op(func, inst, Op::UnboxF64, word);
            self.simplify(func, inst);
        } else if kind.is_in(Kind::INT) {
            let raw = self.unboxed_int(func, inst, word);
            self.become_op(func, inst, Op::I64ToF64, raw);
        }
    }

    /// An operation on numbers whose sorts are known is one of raw integers or of floats.
    fn num_op(&mut self, func: &mut Func, inst: InstId) {
        let Some((of_ints, of_floats)) = parts_of_num(func.op(inst)) else { return };
        let args = [func.arg(inst, 0), func.arg(inst, 1)];
        let kinds = args.map(|arg| self.kind(func, arg));
        let (boxing, raw) = if kinds.iter().all(|kind| kind.is_in(Kind::INTEGER)) {
            let raws = [0, 1].map(|i| {
                let word = same_word(func, args[i]);
                match func.op(word) {
                    Op::BoxInt | Op::BoxI64 => func.arg(word, 0),
                    _ if kinds[i].is_in(Kind::INT) => Builder::before(func, inst).unbox_int(word),
                    _ => Builder::before(func, inst).unbox_i64(word),
                }
            });
            (Op::BoxI64, func.insert_before(inst, plain(of_ints, Type::I64, &raws)))
        } else if kinds.iter().any(|kind| kind.is_in(Kind::FLOAT)) {
            let floats = args.map(|arg| {
                let x = Builder::before(func, inst).num_to_f64(arg);
                let word = same_word(func, arg);
                self.num_to_f64(func, x, word);
                self.to.get(x)
            });
            (Op::BoxF64, func.insert_before(inst, plain(of_floats, Type::F64, &floats)))
        } else {
            return;
        };
        func.replace(inst, plain(boxing, Type::Num, &[raw]));
        self.changes += 1;
    }

    /// The integer of a value known to be an immediate one, before an instruction.
    fn unboxed_int(&mut self, func: &mut Func, at: InstId, word: InstId) -> InstId {
        match func.op(word) {
            Op::BoxInt | Op::BoxI64 => func.arg(word, 0),
            _ => Builder::before(func, at).unbox_int(word),
        }
    }

    /// Values of kinds that never meet have different words.
    fn same_value(&mut self, func: &mut Func, inst: InstId) {
        let (a, b) = (func.arg(inst, 0), func.arg(inst, 1));
        let (ka, kb) = (self.kind(func, a), self.kind(func, b));
        let answer = if same_word(func, a) == same_word(func, b) {
            Some(true)
        } else if ka != Kind::NOTHING && ka.is_apart(kb) {
            Some(false)
        } else {
            None
        };
        if let Some(answer) = answer {
            set_bool(func, inst, answer);
            self.changes += 1;
        }
    }

    /// Replaces a guard whose fact is known.
    fn guard(&mut self, func: &mut Func, inst: InstId, fact: Option<Kind>) {
        let op = func.op(inst);
        let Some(fact) = fact else { return };
        let arg = func.arg(inst, 0);
        let word = same_word(func, arg);
        let known = self.kind(func, arg);
        if op == Op::GuardInt && func.op(word) == Op::BoxI64 && !known.is_in(Kind::INT) {
            // Exactly the integers of 48 bits are boxed as immediates.
            let (raw, snap) = (func.arg(word, 0), func.snapshot(inst));
            func.replace(inst, NewInst { imm: 48, snap, ..plain(Op::GuardFits, Type::I64, &[raw]) });
            self.changes += 1;
            return;
        }
        if op == Op::GuardNumF64 && known.is_in(Kind::INT) {
            let raw = self.unboxed_int(func, inst, word);
            self.become_op(func, inst, Op::I64ToF64, raw);
            return;
        }
        if op == Op::GuardNumF64 && known.is_in(Kind::NUM) && !known.is_in(Kind::FLOAT) {
            let num = if func.ty(arg) == Type::Num { arg } else { Builder::before(func, inst).as_num(word) };
            self.become_op(func, inst, Op::NumToF64, num);
            return;
        }
        if !known.is_in(fact) {
            return;
        }
        let unboxing = match op {
            Op::GuardInt => Op::UnboxInt,
            Op::GuardI64 if known.is_in(Kind::INT) => Op::UnboxInt,
            Op::GuardI64 => Op::UnboxI64,
            Op::GuardF64 | Op::GuardNumF64 => Op::UnboxF64,
            Op::GuardBool => Op::UnboxBool,
            Op::GuardTable | Op::GuardStr | Op::GuardCallable => Op::UnboxRef,
            Op::GuardNum | Op::GuardSmallNum => Op::AsNum,
            Op::GuardNil => {
                set_value(func, inst, Value::NIL);
                self.changes += 1;
                return;
            }
            Op::GuardNotNil => return self.same(func, inst, arg),
            // The kind of an object or the word of a value is more than its kind here tells.
            _ => return,
        };
        let operand = if matches!(op, Op::GuardNum | Op::GuardSmallNum) { arg } else { word };
        self.become_op(func, inst, unboxing, operand);
        self.simplify(func, inst);
    }
}

pub(super) fn is_boxing(op: Op) -> bool {
    matches!(op, Op::BoxInt | Op::BoxI64 | Op::BoxF64 | Op::BoxRawF64 | Op::BoxBool | Op::BoxRef)
}

#[cfg(test)]
mod tests {
    use crate::opt::testing::check;
    use expect_test::expect;

    #[test]
    fn what_a_slot_is_relied_on_to_hold_is_no_matter_of_guards() {
        check(
            &["types"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: table):
              v1 = load_slot v0, 1, float
              v2 = guard_f64 v1 [s0]
              v3 = load_slot v0, 2, int
              v4 = guard_num_f64 v3 [s0]
              v5 = add_f64 v2, v4
              v6 = load_slot v0, 0
              v7 = guard_int v6 [s0]
              v8 = box_f64 v5
              v9 = box_int v7
              return_values v8, v9
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: table):
                  v1 = load_slot v0, 1, float
                  v2 = unbox_f64 v1
                  v3 = load_slot v0, 2, int
                  v11 = unbox_int v3
                  v4 = i64_to_f64 v11
                  v5 = add_f64 v2, v4
                  v6 = load_slot v0, 0
                  v7 = guard_int v6 [s0]
                  v8 = box_f64 v5
                  v9 = box_int v7
                  return_values v8, v9
            "#]],
        );
    }

    #[test]
    fn a_guard_of_a_box_is_what_was_boxed() {
        check(
            &["types", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: i64):
              v1 = low_i32 v0
              v2 = box_int v1
              v3 = guard_int v2 [s0]
              v4 = has_tag v2, float
              v5 = box_bool v4
              v6 = box_int v3
              return_values v6, v5
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: i64):
                  v1 = low_i32 v0
                  v4 = const_bool 0
                  v5 = box_bool v4
                  v6 = box_int v1
                  return_values v6, v5
            "#]],
        );
    }

    #[test]
    fn the_second_guard_is_an_unboxing() {
        check(
            &["types", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: value):
              v1 = guard_num v0 [s0]
              v2 = guard_f64 v0 [s0]
              v3 = num_to_f64 v1
              v4 = guard_num_f64 v0 [s0]
              v5 = add_f64 v3, v4
              v6 = box_f64 v5
              return_values v6
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: value):
                  v1 = guard_num v0 [s0]
                  v2 = guard_f64 v0 [s0]
                  v3 = unbox_f64 v0
                  v4 = unbox_f64 v0
                  v5 = add_f64 v3, v4
                  v6 = box_f64 v5
                  return_values v6
            "#]],
        );
    }

    #[test]
    fn branches_refine_kinds() {
        check(
            &["types", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: value):
              v1 = has_tag v0, int
              branch v1, b1, b2
            b1:
              v2 = guard_int v0 [s0]
              v3 = box_i64 v2
              return_values v3
            b2:
              v4 = has_tag v0, int
              v5 = box_bool v4
              return_values v5
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: value):
                  v1 = has_tag v0, int
                  branch v1, b1, b2
                b1:
                  v2 = unbox_int v0
                  v3 = box_i64 v2
                  return_values v3
                b2:
                  v4 = const_bool 0
                  v5 = box_bool v4
                  return_values v5
            "#]],
        );
    }

    #[test]
    fn integers_of_any_size_are_checked_for_their_size() {
        check(
            &["types", "dce"],
            "
            frame f0 proto 0 base 0 root
            snap s0 f0 pc 0 { r0 = v0 }
            b0(v0: i64):
              v1 = box_i64 v0
              v2 = guard_int v1 [s0]
              v3 = box_int v2
              return_values v3
            ",
            &expect![[r#"
                snap s0 f0 pc 0 { r0 = v0 }
                b0(v0: i64):
                  v2 = guard_fits v0, 48 [s0]
                  v3 = box_int v2
                  return_values v3
            "#]],
        );
    }
}
