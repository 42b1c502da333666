//! Operations with metamethods: indexing, arithmetic, comparison, concatenation, length, calls.
//!
//! The interpreter comes here when its fast paths do not fit, libraries when they use a value as a script would. An event
//! is looked up raw in the metatable itself.

use crate::engine::Meta;
use crate::error::{NO_OPERAND, Thrown};
use crate::fiber::Fiber;
use bytecode::arith::{self, Num};
use runtime::object::Kind;
use runtime::string::Str;
use runtime::table::{Table, TableError};
use runtime::value::Value;

/// Steps that an `__index` or `__newindex` chain may have.
const CHAIN_MAX: u32 = 2000;

impl Fiber {
    /// The metatable of a value: tables have one of their own, strings share one.
    #[inline]
    pub fn metatable(&self, v: Value) -> Option<Table> {
        if let Some(t) = Table::from_value(v) {
            t.metatable(self.heap())
        } else if v.is_string() {
            Some(self.engine.string_meta)
        } else {
            None
        }
    }

    /// The handler of an event.
    #[inline]
    pub fn metamethod(&self, v: Value, event: Meta) -> Option<Value> {
        let mt = self.metatable(v)?;
        let h = mt.get_str(self.heap(), self.engine.meta_name(event));
        if h.is_nil() { None } else { Some(h) }
    }

    // ---- indexing -------------------------------------------------------------------------------------------------

    /// `v[key]`.
    ///
    /// # Errors
    /// `attempt to index a T value`, or what a metamethod raises.
    pub fn index(&mut self, v: Value, key: Value) -> Result<Value, Thrown> {
        self.index_operand(v, key, NO_OPERAND)
    }

    /// `v[key]`, where the indexed value is operand `operand` of the running instruction.
    pub(crate) fn index_operand(&mut self, v: Value, key: Value, operand: u16) -> Result<Value, Thrown> {
        let mut v = v;
        for step in 0..CHAIN_MAX {
            let handler = if let Some(t) = Table::from_value(v) {
                let found = t.get(self.mutator(), key);
                if !found.is_nil() {
                    return Ok(found);
                }
                match self.metamethod(v, Meta::Index) {
                    Some(h) => h,
                    None => return Ok(Value::NIL),
                }
            } else if v.is_string() {
                match self.metamethod(v, Meta::Index) {
                    Some(h) => h,
                    None => return Err(self.operand_error("index", v, operand)),
                }
            } else if v.is_object() && v.kind() == Some(Kind::Foreign) && crate::userdata::has_fields(v) {
                return crate::userdata::index(self, v, key);
            } else {
                let operand = if step == 0 { operand } else { NO_OPERAND };
                return Err(self.operand_error("index", v, operand));
            };
            if handler.is_function() {
                return self.call1(handler, &[v, key]);
            }
            v = handler;
        }
        Err(self.error("'__index' chain too long; possible loop"))
    }

    /// `v[key] = value`.
    ///
    /// # Errors
    /// `attempt to index a T value`, `table index is nil`, `table index is NaN`, or what a metamethod raises.
    pub fn set_index(&mut self, v: Value, key: Value, value: Value) -> Result<(), Thrown> {
        self.set_index_operand(v, key, value, NO_OPERAND)
    }

    /// `v[key] = value`, where `v` is operand `operand` of the running instruction.
    pub(crate) fn set_index_operand(
        &mut self,
        v: Value,
        key: Value,
        value: Value,
        operand: u16,
    ) -> Result<(), Thrown> {
        let mut v = v;
        for step in 0..CHAIN_MAX {
            let Some(t) = Table::from_value(v) else {
                if v.is_object() && v.kind() == Some(Kind::Foreign) && crate::userdata::has_fields(v) {
                    return crate::userdata::set_index(self, v, key, value);
                }
                let operand = if step == 0 { operand } else { NO_OPERAND };
                return Err(self.operand_error("index", v, operand));
            };
            let handler = match self.metamethod(v, Meta::NewIndex) {
                None => return self.raw_set(t, key, value),
                Some(h) => h,
            };
            if !t.get(self.mutator(), key).is_nil() {
                return self.raw_set(t, key, value);
            }
            if handler.is_function() {
                self.call(handler, &[v, key, value])?;
                return Ok(());
            }
            v = handler;
        }
        Err(self.error("'__newindex' chain too long; possible loop"))
    }

    /// `rawset(t, key, value)`.
    ///
    /// # Errors
    /// `table index is nil`, `table index is NaN`, `not enough memory`.
    pub fn raw_set(&mut self, t: Table, key: Value, value: Value) -> Result<(), Thrown> {
        match t.set(self.mutator(), key, value) {
            Ok(()) => Ok(()),
            Err(e) => Err(self.table_error(e)),
        }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn table_error(&mut self, e: TableError) -> Thrown {
        match e {
            TableError::NilKey => self.error("table index is nil"),
            TableError::NanKey => self.error("table index is NaN"),
            TableError::OutOfMemory => self.out_of_memory(),
        }
    }

    // ---- arithmetic -----------------------------------------------------------------------------------------------

    /// A number as a value.
    #[inline]
    pub fn num_value(&mut self, n: Num) -> Value {
        match n {
            Num::Int(i) => self.mutator().int(i),
            Num::Float(x) => Value::float_canonical(x),
        }
    }

    /// `a OP b` for `+ - * / % **` and the bitwise operators, after the fast paths did not fit.
    ///
    /// # Errors
    /// The errors of the operators, or what a metamethod raises.
    #[inline(never)]
    pub fn arith(&mut self, event: Meta, a: Value, b: Value) -> Result<Value, Thrown> {
        if let (Some(x), Some(y)) = (crate::convert::num(a), crate::convert::num(b)) {
            return self.arith_num(event, x, y, a, b);
        }
        if let (Some(x), Some(y)) = (self.to_num(a), self.to_num(b)) {
            return self.arith_num(event, x, y, a, b);
        }
        let handler = match self.metamethod_unless_number(a, event) {
            Some(h) => Some(h),
            None => self.metamethod_unless_number(b, event),
        };
        if let Some(h) = handler {
            return self.call1(h, &[a, b]);
        }
        let (culprit, operand) = if self.to_num(a).is_none() { (a, 1) } else { (b, 2) };
        Err(self.operand_error(verb(event), culprit, operand))
    }

    fn metamethod_unless_number(&mut self, v: Value, event: Meta) -> Option<Value> {
        if v.is_string() { None } else { self.metamethod(v, event) }
    }

    fn arith_num(&mut self, event: Meta, x: Num, y: Num, a: Value, b: Value) -> Result<Value, Thrown> {
        let n = match event {
            Meta::Add => arith::add(x, y),
            Meta::Sub => arith::sub(x, y),
            Meta::Mul => arith::mul(x, y),
            Meta::Div => arith::div(x, y),
            Meta::Pow => Num::Float(arith::pow(x.to_float(), y.to_float())),
            Meta::Mod => match arith::rem(x, y) {
                Some(n) => n,
                None => return Err(self.error("attempt to perform 'n%0'")),
            },
            _ => {
                let (Some(i), Some(j)) = (x.to_int(), y.to_int()) else {
                    let operand = if x.to_int().is_none() { 1 } else { 2 };
                    let _ = (a, b);
                    let name = self.operand_text(operand);
                    return Err(self.error(&format!("number has no integer representation{name}")));
                };
                Num::Int(match event {
                    Meta::BitAnd => i & j,
                    Meta::BitOr => i | j,
                    Meta::BitXor => i ^ j,
                    Meta::BitClear => arith::bit_clear(i, j),
                    shift => {
                        let result = if shift == Meta::Shl { arith::shl(i, j) } else { arith::shr(i, j) };
                        match result {
                            Some(r) => r,
                            None => return Err(self.error("negative shift count")),
                        }
                    }
                })
            }
        };
        Ok(match n {
            Num::Int(i) => self.mutator().int(i),
            Num::Float(x) => Value::float(x),
        })
    }

    /// `-a`.
    ///
    /// # Errors
    /// `attempt to perform arithmetic on a T value`, or what a metamethod raises.
    #[inline(never)]
    pub fn neg(&mut self, a: Value) -> Result<Value, Thrown> {
        if let Some(n) = self.to_num(a) {
            return Ok(self.num_value(arith::neg(n)));
        }
        match self.metamethod(a, Meta::Unm) {
            Some(h) => self.call1(h, &[a, a]),
            None => Err(self.operand_error("perform arithmetic on", a, 1)),
        }
    }

    /// `^a`.
    ///
    /// # Errors
    /// The errors of the bitwise operators, or what a metamethod raises.
    #[inline(never)]
    pub fn bit_not(&mut self, a: Value) -> Result<Value, Thrown> {
        if let Some(n) = self.to_num(a) {
            return match n.to_int() {
                Some(i) => Ok(self.mutator().int(!i)),
                None => {
                    let name = self.operand_text(1);
                    Err(self.error(&format!("number has no integer representation{name}")))
                }
            };
        }
        match self.metamethod(a, Meta::BitNot) {
            Some(h) => self.call1(h, &[a, a]),
            None => Err(self.operand_error("perform bitwise operation on", a, 1)),
        }
    }

    // ---- length and concatenation ---------------------------------------------------------------------------------

    /// `#v`.
    ///
    /// # Errors
    /// `attempt to get length of a T value`, or what `__len` raises.
    pub fn len(&mut self, v: Value) -> Result<Value, Thrown> {
        if let Some(s) = Str::from_value(v) {
            return Ok(Value::int_unchecked(s.len() as i64));
        }
        if let Some(t) = Table::from_value(v) {
            return match self.metamethod(v, Meta::Len) {
                Some(h) => self.call1(h, &[v]),
                None => Ok(Value::int_unchecked(t.len() as i64)),
            };
        }
        if let Some(n) = crate::channel::len(v) {
            return Ok(Value::int_unchecked(n as i64));
        }
        if let Some(n) = crate::userdata::len(v) {
            return Ok(Value::int_unchecked(n));
        }
        Err(self.operand_error("get length of", v, 1))
    }

    /// `values[0] .. values[1] .. …`, the last two first.
    ///
    /// # Errors
    /// `attempt to concatenate a T value`, `not enough memory`, or what a metamethod raises.
    #[inline(never)]
    pub fn concat(&mut self, values: &mut [Value]) -> Result<Value, Thrown> {
        let mut end = values.len();
        while end > 1 {
            // The longest run at the end that needs no metamethod is one operation.
            let mut start = end;
            while start > 0 && (values[start - 1].is_string() || values[start - 1].is_number()) {
                start -= 1;
            }
            if end - start >= 2 {
                values[start] = self.join(&mut values[start..end])?.to_value();
                end = start + 1;
                continue;
            }
            let (a, b) = (values[end - 2], values[end - 1]);
            let handler = match self.metamethod_unless_number(a, Meta::Concat) {
                Some(h) => Some(h),
                None => self.metamethod_unless_number(b, Meta::Concat),
            };
            let Some(h) = handler else {
                let left_is_bad = !(a.is_string() || a.is_number());
                let (culprit, operand) = if left_is_bad { (a, end - 2) } else { (b, end - 1) };
                return Err(self.concat_error(culprit, operand as u16, (end - 2) as u16));
            };
            values[end - 2] = self.call1(h, &[a, b])?;
            end -= 1;
        }
        Ok(values[0])
    }

    /// Joins strings and numbers.
    fn join(&mut self, values: &mut [Value]) -> Result<Str, Thrown> {
        let joined = match self.mutator().join_short(values) {
            Some(joined) => joined,
            None => {
                for v in &mut *values {
                    if !v.is_string() {
                        *v = self.number_to_str(*v)?.to_value();
                    }
                }
                self.mutator().concat(values)
            }
        };
        match joined {
            Ok(s) => Ok(s),
            Err(_) => Err(self.out_of_memory()),
        }
    }

    // ---- comparison -----------------------------------------------------------------------------------------------

    /// Equality without metamethods.
    #[inline]
    pub fn raw_equal(&mut self, a: Value, b: Value) -> bool {
        if a.bits() == b.bits() {
            return !a.is_float() || !a.float_payload().is_nan();
        }
        if let (Some(x), Some(y)) = (Str::from_value(a), Str::from_value(b)) {
            return x.eq(y, self.mutator());
        }
        match (crate::convert::num(a), crate::convert::num(b)) {
            (Some(x), Some(y)) => arith::eq(x, y),
            _ => false,
        }
    }

    /// `a == b`.
    ///
    /// # Errors
    /// What `__eq` raises.
    #[inline(never)]
    pub fn equal(&mut self, a: Value, b: Value) -> Result<bool, Thrown> {
        if a.is_table() && b.is_table() && a.bits() != b.bits() {
            let handler = match self.metamethod(a, Meta::Eq) {
                Some(h) => Some(h),
                None => self.metamethod(b, Meta::Eq),
            };
            return match handler {
                Some(h) => Ok(!self.call1(h, &[a, b])?.is_falsy()),
                None => Ok(false),
            };
        }
        Ok(self.raw_equal(a, b))
    }

    /// `a < b`.
    ///
    /// # Errors
    /// `attempt to compare …`, or what `__lt` raises.
    #[inline(never)]
    pub fn less_than(&mut self, a: Value, b: Value) -> Result<bool, Thrown> {
        if let (Some(x), Some(y)) = (crate::convert::num(a), crate::convert::num(b)) {
            return Ok(arith::lt(x, y));
        }
        if let (Some(x), Some(y)) = (Str::from_value(a), Str::from_value(b)) {
            let m = self.mutator();
            return Ok(x.bytes(m) < y.bytes(m));
        }
        self.compare_by(Meta::Lt, a, b)
    }

    /// `a <= b`.
    ///
    /// # Errors
    /// `attempt to compare …`, or what `__le` raises.
    #[inline(never)]
    pub fn less_equal(&mut self, a: Value, b: Value) -> Result<bool, Thrown> {
        if let (Some(x), Some(y)) = (crate::convert::num(a), crate::convert::num(b)) {
            return Ok(arith::le(x, y));
        }
        if let (Some(x), Some(y)) = (Str::from_value(a), Str::from_value(b)) {
            let m = self.mutator();
            return Ok(x.bytes(m) <= y.bytes(m));
        }
        self.compare_by(Meta::Le, a, b)
    }

    fn compare_by(&mut self, event: Meta, a: Value, b: Value) -> Result<bool, Thrown> {
        let handler = match self.metamethod_unless_number(a, event) {
            Some(h) => Some(h),
            None => self.metamethod_unless_number(b, event),
        };
        if let Some(h) = handler {
            return Ok(!self.call1(h, &[a, b])?.is_falsy());
        }
        let (t1, t2) = (self.type_name_of(a), self.type_name_of(b));
        Err(if t1 == t2 {
            self.error(&format!("attempt to compare two {t1} values"))
        } else {
            self.error(&format!("attempt to compare {t1} with {t2}"))
        })
    }
}

fn verb(event: Meta) -> &'static str {
    match event {
        Meta::BitAnd | Meta::BitOr | Meta::BitXor | Meta::BitClear | Meta::Shl | Meta::Shr => {
            "perform bitwise operation on"
        }
        _ => "perform arithmetic on",
    }
}
