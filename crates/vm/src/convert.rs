//! Between values and text: type names, numbers as `print` writes them, `tostring`, numeric strings.

use crate::engine::Meta;
use crate::error::Thrown;
use crate::fiber::{Fiber, native_def};
use bytecode::arith::Num;
use runtime::closure::Native;
use runtime::digits::{INT_DIGITS_MAX, int_digits};
use runtime::object::Kind;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::fmt::Write;

/// Names of the types, as `type` gives them; a type's place is its index.
pub const TYPE_NAMES: [&str; 9] =
    ["nil", "boolean", "number", "string", "table", "function", "coroutine", "channel", "userdata"];

/// The index of a value's type in [`TYPE_NAMES`].
#[inline]
pub fn type_index(v: Value) -> usize {
    if v.is_float() || v.is_small_int() {
        2
    } else if v.is_string() {
        3
    } else if v.is_table() {
        4
    } else if v.is_function() {
        5
    } else if v.is_object() {
        object_type_index(v)
    } else if v.is_bool() {
        1
    } else {
        0
    }
}

fn object_type_index(v: Value) -> usize {
    if v.kind() == Some(Kind::BigInt) {
        return 2;
    }
    match v.as_dyn_foreign().map(|f| f.type_name()) {
        Some("coroutine") => 6,
        Some("channel") => 7,
        _ => 8,
    }
}

/// The name of a value's type.
pub fn type_name(v: Value) -> &'static str {
    TYPE_NAMES[type_index(v)]
}

/// The number, if it is one; strings do not convert.
#[inline(always)]
pub fn num(v: Value) -> Option<Num> {
    if v.is_float() { Some(Num::Float(v.float_payload())) } else { v.as_int().map(Num::Int) }
}

/// Writes a float as the language shows it: shortest digits that read back, always recognisable as a float, decimal
/// notation from 1e-5 to below 1e16.
pub fn write_float(out: &mut String, x: f64) {
    if x.is_nan() {
        out.push_str("NaN");
        return;
    }
    if x.is_infinite() {
        out.push_str(if x > 0.0 { "+Inf" } else { "-Inf" });
        return;
    }
    if x.is_sign_negative() {
        out.push('-');
    }
    let x = x.abs();
    if x == 0.0 {
        out.push_str("0.0");
        return;
    }
    if x < 1e15 && x == x.trunc() {
        let _ = write!(out, "{}.0", x as u64);
        return;
    }
    // The crate's own layout differs, so only its digits and its exponent are taken.
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(x);
    let (mantissa, exponent) = match text.split_once('e') {
        Some((m, e)) => (m, e.parse::<i32>().unwrap_or(0)),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = [0u8; 40];
    let mut len = 0;
    for b in whole.bytes().chain(fraction.bytes()) {
        digits[len] = b;
        len += 1;
    }
    let lead = digits[..len].iter().take_while(|b| **b == b'0').count();
    let digits = &digits[lead..len];
    let kept = digits.len() - digits.iter().rev().take_while(|b| **b == b'0').count();
    let digits = std::str::from_utf8(&digits[..kept]).unwrap_or("0");
    // The value is 0.DIGITS * 10^point.
    let point = whole.len() as i32 + exponent - lead as i32;
    if (1e-5..1e16).contains(&x) {
        if point <= 0 {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', -point as usize));
            out.push_str(digits);
        } else if point as usize >= kept {
            out.push_str(digits);
            out.extend(std::iter::repeat_n('0', point as usize - kept));
            out.push_str(".0");
        } else {
            let _ = write!(out, "{}.{}", &digits[..point as usize], &digits[point as usize..]);
        }
    } else {
        out.push_str(&digits[..1]);
        if kept > 1 {
            let _ = write!(out, ".{}", &digits[1..]);
        }
        let e = point - 1;
        let _ = write!(out, "e{}{:02}", if e < 0 { '-' } else { '+' }, e.abs());
    }
}

/// Writes a number as the language shows it.
pub fn write_num(out: &mut String, n: Num) {
    match n {
        Num::Int(i) => {
            let _ = write!(out, "{i}");
        }
        Num::Float(x) => write_float(out, x),
    }
}

impl Fiber {
    /// A string value with these bytes.
    ///
    /// # Errors
    /// `not enough memory`.
    pub fn new_str(&mut self, bytes: &[u8]) -> Result<Str, Thrown> {
        match self.mutator().new_str(bytes) {
            Ok(s) => Ok(s),
            Err(_) => Err(self.out_of_memory()),
        }
    }

    /// A number as text.
    ///
    /// # Errors
    /// `not enough memory`.
    pub fn number_to_str(&mut self, v: Value) -> Result<Str, Thrown> {
        match num(v) {
            Some(Num::Int(i)) => {
                let mut buffer = [0; INT_DIGITS_MAX];
                self.new_str(int_digits(i, &mut buffer))
            }
            Some(Num::Float(x)) => {
                let mut text = String::with_capacity(24);
                write_float(&mut text, x);
                self.new_str(text.as_bytes())
            }
            None => self.new_str(b""),
        }
    }

    /// A number, or what a numeric string denotes.
    pub fn to_num(&mut self, v: Value) -> Option<Num> {
        match Str::from_value(v) {
            Some(s) => {
                let front_end = *self.engine.front_end.get()?;
                let bytes = s.bytes(self.mutator());
                (front_end.numeral)(bytes)
            }
            None => num(v),
        }
    }

    /// `tostring(v)`, metamethods included.
    ///
    /// # Errors
    /// What `__tostring` raises; `'__tostring' must return a string`.
    pub fn tostring(&mut self, v: Value) -> Result<Str, Thrown> {
        if let Some(s) = Str::from_value(v) {
            return Ok(s);
        }
        if v.is_number() {
            return self.number_to_str(v);
        }
        let text = match v {
            Value::NIL => "nil".to_string(),
            Value::TRUE => "true".to_string(),
            Value::FALSE => "false".to_string(),
            _ if v.is_function() => self.function_text(v),
            _ if v.is_table() => {
                if let Some(h) = self.metamethod(v, Meta::ToString) {
                    let result = self.call1(h, &[v])?;
                    return match Str::from_value(result) {
                        Some(s) => Ok(s),
                        None => Err(self.error("'__tostring' must return a string")),
                    };
                }
                let name = self.metatable_name(v);
                format!("{}: 0x{:014x}", name.as_deref().unwrap_or("table"), self.address(v))
            }
            _ => match crate::userdata::tostring(v) {
                Some(text) => text,
                None => format!("{}: 0x{:014x}", type_name(v), self.address(v)),
            },
        };
        self.new_str(text.as_bytes())
    }

    fn function_text(&self, v: Value) -> String {
        match Native::from_value(v) {
            Some(native) => format!("function: {}", native_def(native).name),
            None => format!("function: 0x{:014x}", self.address(v)),
        }
    }

    /// The address of the object that a reference refers to, 0 for immediates.
    pub fn address(&self, v: Value) -> u64 {
        if v.is_reference() { v.bits() & runtime::value::PAYLOAD_MASK } else { 0 }
    }

    /// The string field `__name` of a table's metatable.
    pub(crate) fn metatable_name(&mut self, v: Value) -> Option<String> {
        Table::from_value(v)?;
        let name = Str::from_value(self.metamethod(v, Meta::Name)?)?;
        Some(String::from_utf8_lossy(name.bytes(self.mutator())).into_owned())
    }
}

/// A value as text without asking metamethods.
pub fn plain_text(m: &mut runtime::mutator::Mutator, v: Value) -> String {
    if let Some(s) = Str::from_value(v) {
        return String::from_utf8_lossy(s.bytes(m)).into_owned();
    }
    if let Some(n) = num(v) {
        let mut text = String::new();
        write_num(&mut text, n);
        return text;
    }
    match v {
        Value::NIL => "nil".to_string(),
        Value::TRUE => "true".to_string(),
        Value::FALSE => "false".to_string(),
        _ => match Native::from_value(v) {
            Some(native) => format!("function: {}", native_def(native).name),
            None => format!("{}: 0x{:014x}", type_name(v), v.bits() & runtime::value::PAYLOAD_MASK),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(x: f64) -> String {
        let mut s = String::new();
        write_float(&mut s, x);
        s
    }

    #[test]
    fn floats_read_as_the_reference_says() {
        let cases: &[(f64, &str)] = &[
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.25, "0.25"),
            (-1.5, "-1.5"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (9999999999999998.0, "9999999999999998.0"),
            (123456.789, "123456.789"),
            (2f64.powi(70), "1.1805916207174113e+21"),
            (1e-5, "0.00001"),
            (9.9e-6, "9.9e-06"),
            (2.5e-7, "2.5e-07"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (0.1, "0.1"),
            (1.0 / 3.0, "0.3333333333333333"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ];
        for (x, text) in cases {
            assert_eq!(shown(*x), *text);
        }
    }
}
