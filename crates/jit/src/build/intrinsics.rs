//! Native functions that are known by number, on arguments of the kinds that they are mostly called with.
//!
//! Kinds of boxed arguments are guessed from samples; without one an integer is taken where the function is one of integers.
//! What does not fit leaves, and the call is an ordinary one from then on.

use super::Reasons;
use super::lists::gives_list;
use super::operators::Static;
use super::state::Method;
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::{Cc, Held, Reason, Results, Tag};
use crate::ir::types::Type;
use bytecode::intrinsic::Intrinsic;
use runtime::closure::Native;
use runtime::shape::ShapeMeta;
use runtime::table::Table;
use runtime::value::{PAYLOAD_MASK, Value};

/// Bytes of a string that are loaded one by one, at most.
const BYTES_MAX: u16 = 8;

impl Method<'_> {
    /// Does what a native function does, if it is known. `want` is the number of results that the call wants.
    pub(super) fn intrinsic(&mut self, native: Native, window: u16, args: u16, want: u16) -> bool {
        let Some(id) = vm::native::intrinsic_of(native) else {
            return self.call_quick(native, window, args, want);
        };
        // A byte that is not there is nil, but none in a list; most loops over bytes end so.
        let is_byte = id == Intrinsic::StringByte && !self.is_list_given();
        let but = if is_byte { &[Reason::Bounds][..] } else { &[] };
        if !self.may_speculate_but(but) {
            return self.call_quick(native, window, args, want);
        }
        let count = args;
        let args: Vec<InstId> = (window + 3..window + 3 + args).map(|reg| self.reg(reg)).collect();
        match (id, &args[..], want) {
            (Intrinsic::Pairs | Intrinsic::Ipairs, &[t], 3) => return self.pairs(native, id, window, t),
            (Intrinsic::TableInsert, &[t, v], 0) => return self.insert(window, t, v),
            (Intrinsic::TableRemove, &[t], 0 | 1) => return self.remove_last(window, t, want),
            (Intrinsic::SetMetatable, &[t, metatable], 0 | 1) => {
                return self.set_metatable(window, t, metatable, want);
            }
            (Intrinsic::MatrixGet | Intrinsic::MatrixSet, args, _)
                if self.grid_access(id, window, args, want) =>
            {
                return true;
            }
            (Intrinsic::StringByte, &[s, first, last], 1..=BYTES_MAX)
                if self.may_be_str(s) && self.may_be_ints(&[first, last]) && self.may_speculate() =>
            {
                return self.bytes(window, s, (first, last), want);
            }
            (_, _, 1) => {}
            _ => return false,
        }
        let Some(v) = self.intrinsic_value(id, &args) else {
            return self.call_quick(native, window, count, want);
        };
        self.clear_window(window);
        self.set(window, v);
        // A helper among its instructions has the result in the state after it. An argument that is the result itself may be
        // the result of an earlier call.
        if self.b.func.op(v).is_call() && !args.contains(&v) {
            self.after(v);
        }
        true
    }

    /// Whether the current instruction gives a list, in which a result that is not there does not count.
    fn is_list_given(&self) -> bool {
        gives_list(self.f.code.proto.code[self.f.pc as usize].op())
    }

    /// The kind of a number, by its type or its sample.
    fn likely_kind(&self, v: InstId) -> Static {
        match self.kind_of(v) {
            Static::Boxed => match self.sample(v) {
                Some(v) if v.is_small_int() => Static::Int,
                Some(v) if v.is_float() => Static::Float,
                Some(_) => Static::Other,
                None => Static::Boxed,
            },
            kind => kind,
        }
    }

    /// Whether an operand can be a string.
    pub(super) fn may_be_str(&self, v: InstId) -> bool {
        match self.b.func.ty(v) {
            Type::Str => true,
            Type::Value => self.sample(v).is_none_or(Value::is_string),
            _ => false,
        }
    }

    pub(super) fn str_operand(&mut self, v: InstId) -> InstId {
        if self.b.func.ty(v) == Type::Str {
            return v;
        }
        let s = self.g().guard_str(v);
        self.refine(v, s);
        s
    }

    /// Whether all operands can be immediate integers.
    fn may_be_ints(&self, args: &[InstId]) -> bool {
        args.iter().all(|&v| matches!(self.likely_kind(v), Static::Int | Static::Boxed))
    }

    fn intrinsic_value(&mut self, id: Intrinsic, args: &[InstId]) -> Option<InstId> {
        match (id, args) {
            (Intrinsic::MathFloor, &[v]) => self.floor(v),
            (Intrinsic::MathSqrt, &[v]) if self.kind_of(v) != Static::Other => {
                let x = self.float_of(v);
                Some(self.b.sqrt_f64(x))
            }
            (Intrinsic::MathAbs, &[v]) => match self.likely_kind(v) {
                Static::Int => {
                    let n = self.guard_int(v);
                    Some(self.b.abs_i64(n))
                }
                Static::Float => {
                    let x = self.float_operand(v);
                    Some(self.b.abs_f64(x))
                }
                _ => None,
            },
            (Intrinsic::MathMax | Intrinsic::MathMin, &[a, b, ref rest @ ..]) if rest.len() < 8 => {
                // All of a kind that is known from one of them.
                let kinds: Vec<Static> = args.iter().map(|&v| self.likely_kind(v)).collect();
                let is_of = |kind| kinds.iter().all(|&k| k == kind || k == Static::Boxed);
                if !is_of(Static::Int) && !is_of(Static::Float) {
                    return None;
                }
                let mut best = self.extreme(id, a, b)?;
                for &v in rest {
                    best = self.extreme(id, best, v)?;
                }
                Some(best)
            }
            (Intrinsic::MathRandom, &[]) => {
                let unit = self.b.const_f64(vm::random::FLOAT_UNIT);
                let bits = self.b.helper(Helper::RandomBits, &[]);
                let x = self.b.i64_to_f64(bits);
                Some(self.b.mul_f64(x, unit))
            }
            (Intrinsic::MathRandom, &[_] | &[_, _]) if self.may_be_ints(args) => {
                let (low, high) = match *args {
                    [low, high] => (self.guard_int(low), self.guard_int(high)),
                    _ => (self.int(1), self.guard_int(args[0])),
                };
                let is_range = self.b.icmp(low, high, Cc::Le);
                self.g().guard_true(is_range, Reason::Range);
                Some(self.b.helper(Helper::RandomInt, &[low, high]))
            }
            (Intrinsic::BitAnd | Intrinsic::BitOr | Intrinsic::BitXor, &[a, b]) if self.may_be_ints(args) => {
                let (x, y) = self.int_pair(a, b);
                let n = match id {
                    Intrinsic::BitAnd => self.b.and_i64(x, y),
                    Intrinsic::BitOr => self.b.or_i64(x, y),
                    _ => self.b.xor_i64(x, y),
                };
                Some(self.b.low_u32(n))
            }
            (Intrinsic::BitNot, &[a]) if self.may_be_ints(args) => {
                let n = self.guard_int(a);
                let n = self.b.not_i64(n);
                Some(self.b.low_u32(n))
            }
            (Intrinsic::ShiftLeft | Intrinsic::ShiftRight, &[a, k]) if self.may_be_ints(args) => {
                let known = self.b.func.as_i64(k);
                if known.is_some_and(|k| !(0..32).contains(&k)) {
                    return None;
                }
                let (n, k) = self.int_pair(a, k);
                let k = if known.is_some() {
                    k
                } else {
                    let limit = self.int(32);
                    self.g().guard_below(k, limit)
                };
                let n = self.b.low_u32(n);
                if id == Intrinsic::ShiftRight {
                    return Some(self.b.shr_i64(n, k));
                }
                let n = self.b.shl_i64(n, k);
                Some(self.b.low_u32(n))
            }
            (Intrinsic::RotateLeft | Intrinsic::RotateRight, &[a, k]) if self.may_be_ints(args) => {
                let (n, k) = self.int_pair(a, k);
                let k = if id == Intrinsic::RotateLeft { k } else { self.b.neg_i64(k) };
                Some(self.b.rotl32(n, k))
            }
            (Intrinsic::StringLen, &[s]) if self.may_be_str(s) => {
                let s = self.str_operand(s);
                Some(self.b.str_len(s))
            }
            (Intrinsic::StringByte, &[s, ref rest @ ..]) if rest.len() <= 1 && self.may_be_str(s) => {
                self.byte(s, rest.first().copied())
            }
            (Intrinsic::StringChar, &[n]) if self.may_be_ints(args) => {
                let n = self.guard_int(n);
                let limit = self.int(256);
                let n = self.g().guard_below(n, limit);
                Some(self.b.byte_str(n))
            }
            (Intrinsic::StringSub, &[s, first, ref rest @ ..]) if rest.len() <= 1 && self.may_be_str(s) => {
                let last = rest.first().copied();
                if !self.may_be_ints(&[first]) || last.is_some_and(|i| !self.may_be_ints(&[i])) {
                    return None;
                }
                let s = self.str_operand(s);
                let first = self.guard_int(first);
                let last = match last {
                    Some(i) => self.guard_int(i),
                    None => self.int(-1),
                };
                if first == last {
                    return Some(self.one_byte(s, first));
                }
                Some(self.b.helper(Helper::StrSub, &[s, first, last]))
            }
            (Intrinsic::Type, &[v]) => {
                let v = self.boxed(v);
                Some(self.b.helper(Helper::TypeName, &[v]))
            }
            (Intrinsic::RawGet, &[t, key]) if self.b.func.ty(t) == Type::Table => {
                let key = self.boxed(key);
                Some(self.b.helper(Helper::RawGet, &[t, key]))
            }
            (Intrinsic::RawLen, &[t]) if self.b.func.ty(t) == Type::Table => {
                let a = self.b.load_array(t);
                Some(self.b.array_len(a))
            }
            (Intrinsic::RawEqual, &[a, b]) => {
                let (a, b) = (self.boxed(a), self.boxed(b));
                Some(self.b.helper(Helper::RawEq, &[a, b]))
            }
            _ => None,
        }
    }

    /// The iterator, the table and the control value of a loop over a table.
    fn pairs(&mut self, native: Native, id: Intrinsic, window: u16, t: InstId) -> bool {
        if native.upvalue_count() == 0 || !matches!(self.b.func.ty(t), Type::Value | Type::Table) {
            return false;
        }
        let next = native.upvalue(0).load();
        let control = if id == Intrinsic::Pairs {
            // A metatable may say how its tables are traversed.
            let Some(shape) = self.plain_shape(t) else { return false };
            let known = self.table(t);
            self.of_shape(known, shape);
            self.b.nil()
        } else {
            self.int(0)
        };
        let t = self.reg(window + 3);
        let next = self.b.const_value(next);
        self.clear_window(window);
        for (reg, v) in (window..).zip([next, t, control]) {
            self.set(reg, v);
        }
        true
    }

    /// `table.insert(t, v)` for a table without metatable.
    fn insert(&mut self, window: u16, t: InstId, v: InstId) -> bool {
        let Some(shape) = self.plain_shape(t) else { return false };
        if self.b.func.as_value(v).is_some_and(Value::is_nil) {
            return false;
        }
        let t = self.table(t);
        let t = self.of_shape(t, shape);
        let v = self.not_nil(v);
        let v = self.boxed(v);
        self.g().append(t, v);
        self.clear_window(window);
        true
    }

    /// `table.remove(t)` for a table without metatable.
    fn remove_last(&mut self, window: u16, t: InstId, want: u16) -> bool {
        let Some(shape) = self.plain_shape(t) else { return false };
        let last = self.sample(t).and_then(Table::from_value).and_then(|t| t.quick_get(t.len() as i64));
        let t = self.table(t);
        let t = self.of_shape(t, shape);
        let v = self.b.helper(Helper::RemoveLast, &[t]);
        if let Some(last) = last {
            self.set_sample(v, last);
        }
        self.clear_window(window);
        if want == 1 {
            self.set(window, v);
        }
        self.after(v);
        true
    }

    /// Calls the short cut of a native function, and the function where that does not know.
    fn call_quick(&mut self, native: Native, window: u16, args: u16, want: u16) -> bool {
        // Where the short cut does not know, there may be more results than one, and a list wants all.
        let is_list = self.is_list_given();
        if want != 1 || is_list || !self.options.speculate {
            return false;
        }
        let Some(quick) = vm::native::quick_of(native) else { return false };
        let values: Vec<InstId> = (window + 3..window + 3 + args).map(|reg| self.value(reg)).collect();
        self.spill_range(window + 3, args);
        let (address, reg, count) = (self.int(quick as i64), self.number(window + 3), self.int(args.into()));
        let known = self.helper(Helper::CallQuick, &[address, reg, count]);
        let at = self.begin_asking(Type::Value);
        self.ask_known(&at, known);
        self.b.jump(at.join, &[known]);
        self.back_to(at.mark);

        self.begin_block(at.slow);
        let results = Results::new(1).at((self.f.base + u32::from(window)) as u16);
        let object = self.b.const_object(Type::Native, native.to_value().bits() & PAYLOAD_MASK);
        let call = self.b.call_native(Type::Value, object, &values, results);
        self.clear_window(window);
        self.set(window, call);
        self.after(call);
        self.b.jump(at.join, &[call]);
        self.back_to(at.mark);

        self.begin_block(at.join);
        let v = self.b.func.params(at.join)[0];
        self.set(window, v);
        true
    }

    /// `setmetatable(t, metatable)`. For a new table and a class that is always the same it is a change of shape.
    fn set_metatable(&mut self, window: u16, t: InstId, metatable: InstId, want: u16) -> bool {
        if !self.may_be_kind(t, Value::is_table) || !self.may_be_kind(metatable, Value::is_table) {
            return false;
        }
        let change = self.class_of(t, metatable);
        let t = self.table(t);
        if let Some((class, from, to)) = change {
            if self.b.func.as_value(metatable).is_none() {
                self.g().guard_value(metatable, class);
            }
            self.kept.push(class.bits());
            self.keep_shape(from);
            self.keep_shape(to);
            let t = self.g().guard_shape(t, from);
            let first = self.b.load_slot(t, 0, Held::Any);
            self.b.transition(t, first, to, 0);
            self.clear_window(window);
            if want == 1 {
                self.set(window, t);
            }
            return true;
        }
        let metatable = self.boxed(metatable);
        let call = self.b.helper(Helper::SetMetatable, &[t, metatable]);
        self.clear_window(window);
        if want == 1 {
            self.set(window, t);
        }
        self.after(call);
        true
    }

    /// Whether a boxed operand can be of a kind.
    fn may_be_kind(&self, v: InstId, is_kind: impl Fn(Value) -> bool) -> bool {
        match self.b.func.ty(v) {
            Type::Table => true,
            Type::Value => self.sample(v).is_none_or(is_kind),
            _ => false,
        }
    }

    /// The class that a new table gets, and the shapes before and after.
    fn class_of(&self, t: InstId, metatable: InstId) -> Option<(Value, u32, u32)> {
        let class = self.sample(metatable)?;
        let shapes = self.heap.shapes();
        let from = self.shape_of_new(t)?;
        let shape = shapes.get(from);
        if shape.meta() != ShapeMeta::None || shape.inline_capacity() == 0 {
            return None;
        }
        let to = shapes.with_known_metatable(from, Table::from_value(class)?)?;
        Some((class, from, to))
    }

    fn float_operand(&mut self, v: InstId) -> InstId {
        if self.b.func.ty(v) == Type::F64 { v } else { self.guard_f64(v) }
    }

    fn int_pair(&mut self, a: InstId, b: InstId) -> (InstId, InstId) {
        let x = self.guard_int(a);
        let y = if a == b { x } else { self.guard_int(b) };
        (x, y)
    }

    fn floor(&mut self, v: InstId) -> Option<InstId> {
        match self.likely_kind(v) {
            Static::Int => Some(self.guard_int(v)),
            Static::Float => {
                let x = self.float_operand(v);
                let whole = self.b.floor_f64(x);
                Some(self.g().guard_f64_int(whole))
            }
            Static::Boxed => {
                self.g();
                let is_int = self.b.has_tag(v, Tag::Int);
                Some(self.either(
                    is_int,
                    Type::I64,
                    false,
                    |m| m.b.unbox_int(v),
                    |m| {
                        let x = m.g().guard_f64(v);
                        let whole = m.b.floor_f64(x);
                        m.g().guard_f64_int(whole)
                    },
                ))
            }
            Static::Other => None,
        }
    }

    /// The winner of two numbers of one subtype; the first among equals.
    fn extreme(&mut self, id: Intrinsic, a: InstId, b: InstId) -> Option<InstId> {
        use Static::{Boxed, Float, Int};
        let is_max = id == Intrinsic::MathMax;
        match (self.likely_kind(a), self.likely_kind(b)) {
            (Int, Int | Boxed) | (Boxed, Int) => {
                let (x, y) = self.int_pair(a, b);
                Some(if is_max { self.b.max_i64(x, y) } else { self.b.min_i64(x, y) })
            }
            (Float, Float | Boxed) | (Boxed, Float) => {
                let x = self.float_operand(a);
                let y = if a == b { x } else { self.float_operand(b) };
                Some(if is_max { self.b.max_f64(x, y) } else { self.b.min_f64(x, y) })
            }
            _ => None,
        }
    }

    /// The string of one byte of a string, where its number is from 1 to the length; else what is there instead.
    fn one_byte(&mut self, s: InstId, i: InstId) -> InstId {
        let (len, one) = (self.b.str_len(s), self.int(1));
        let at = self.b.sub_i64(i, one);
        let is_in = self.b.icmp(at, len, Cc::Below);
        self.either(
            is_in,
            Type::Str,
            false,
            |m| {
                let bytes = m.b.str_bytes(s);
                let byte = m.b.load_byte(bytes, at);
                m.b.byte_str(byte)
            },
            |m| m.helper(Helper::StrSub, &[s, i, i]),
        )
    }

    /// Bytes of a string, as many as are wanted, whose numbers are from 1 to the length.
    fn bytes(&mut self, window: u16, s: InstId, (first, last): (InstId, InstId), want: u16) -> bool {
        let s = self.str_operand(s);
        let (first, last) = self.int_pair(first, last);
        let span = self.b.sub_i64(last, first);
        let (wanted, one) = (self.int(i64::from(want) - 1), self.int(1));
        let is_it = self.b.icmp(span, wanted, Cc::Eq);
        self.g().guard_true(is_it, Reason::Range);
        let (len, start, end) = (self.b.str_len(s), self.b.sub_i64(first, one), self.b.sub_i64(last, one));
        let start = self.g().guard_below(start, len);
        self.g().guard_below(end, len);
        let bytes = self.b.str_bytes(s);
        self.clear_window(window);
        for k in 0..want {
            let offset = self.int(k.into());
            let at = self.b.add_i64(start, offset);
            let byte = self.b.load_byte(bytes, at);
            self.set(window + k, byte);
        }
        true
    }

    /// A byte of a string, whose number is from 1 to the length.
    fn byte(&mut self, s: InstId, at: Option<InstId>) -> Option<InstId> {
        if at.is_some_and(|i| !self.may_be_ints(&[i])) {
            return None;
        }
        let s = self.str_operand(s);
        let i = match at {
            Some(i) => self.guard_int(i),
            None => self.int(1),
        };
        let one = self.int(1);
        let i = self.b.sub_i64(i, one);
        let len = self.b.str_len(s);
        if self.failed().meets(Reasons::of(&[Reason::Bounds])) {
            return Some(self.byte_or_nil(s, i, len));
        }
        let i = self.g().guard_below(i, len);
        let bytes = self.b.str_bytes(s);
        Some(self.b.load_byte(bytes, i))
    }

    /// The byte at an index from 0, or nil behind the end.
    fn byte_or_nil(&mut self, s: InstId, i: InstId, len: InstId) -> InstId {
        let is_in = self.b.icmp(i, len, Cc::Below);
        self.either(
            is_in,
            Type::Value,
            false,
            |m| {
                let bytes = m.b.str_bytes(s);
                let byte = m.b.load_byte(bytes, i);
                m.boxed(byte)
            },
            |m| {
                // Indices below 1 count from the end, or name no byte either.
                let is_behind = m.b.icmp(i, len, Cc::Ge);
                m.g().guard_true(is_behind, Reason::Range);
                m.b.nil()
            },
        )
    }
}
