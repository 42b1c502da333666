//! `string.format`: a format is compiled to its parts, which are kept for the next call.
//!
//! The layout is C's: flags, width and precision mean what they mean to `printf`. A faulty conversion is a part of its own,
//! raised when the parts before it are done, so that errors come in the order of the text.

use super::cache::Cache;
use super::number;
use crate::access;
use crate::buffer::Buffer;
use bytecode::arith::Num;
use memchr::memchr;
use runtime::mutator::keep_alive;
use runtime::object::Kind;
use runtime::string::Str;
use runtime::value::Value;
use std::cell::RefCell;
use std::sync::Arc;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeResult, Prepared};

thread_local! {
    static FORMATS: RefCell<Cache<Format>> = const { RefCell::new(Cache::new()) };
}

/// A compiled format.
#[derive(Debug, PartialEq)]
struct Format {
    parts: Box<[Part]>,
}

#[derive(Debug, PartialEq)]
enum Part {
    /// Bytes as they are.
    Text(Box<[u8]>),
    /// `%d` without flags, width and precision.
    Integer,
    /// `%s` without flags, width and precision.
    String,
    /// Any other conversion.
    Conversion(Conversion),
    /// A faulty conversion: what it raises.
    Fault(Box<str>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Conversion {
    verb: u8,
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

impl Format {
    fn compile(source: &[u8]) -> Format {
        let mut parts = Vec::new();
        let mut text = Vec::new();
        let mut rest = source;
        while let Some(n) = memchr(b'%', rest) {
            text.extend_from_slice(&rest[..n]);
            rest = &rest[n..];
            if rest.get(1) == Some(&b'%') {
                text.push(b'%');
                rest = &rest[2..];
                continue;
            }
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text).into()));
            }
            let (part, len) = Part::compile(rest);
            let is_fault = matches!(part, Part::Fault(_));
            parts.push(part);
            if is_fault {
                return Format { parts: parts.into() };
            }
            rest = &rest[len..];
        }
        text.extend_from_slice(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text.into()));
        }
        Format { parts: parts.into() }
    }
}

impl Part {
    /// Compiles the conversion at the start of `text`, which is a `%`; gives its length too.
    fn compile(text: &[u8]) -> (Part, usize) {
        let mut c = Conversion::default();
        let mut at = 1;
        while let Some(flag) = text.get(at) {
            match flag {
                b'-' => c.left = true,
                b'+' => c.plus = true,
                b' ' => c.space = true,
                b'#' => c.alternate = true,
                b'0' => c.zero = true,
                _ => break,
            }
            at += 1;
        }
        let is_flagged = at > 1;
        let number = |at: &mut usize| {
            let (start, mut value) = (*at, 0usize);
            while let Some(digit @ b'0'..=b'9') = text.get(*at) {
                value = value.saturating_mul(10).saturating_add((digit - b'0') as usize);
                *at += 1;
            }
            (value, *at - start)
        };
        let (width, width_len) = number(&mut at);
        let mut precision_len = 0;
        if text.get(at) == Some(&b'.') {
            at += 1;
            let (precision, len) = number(&mut at);
            c.precision = Some(precision);
            precision_len = len;
        }
        c.width = width;
        let end = (at + 1).min(text.len());
        let fault = || {
            let spec = String::from_utf8_lossy(&text[..end]);
            (Part::Fault(format!("invalid conversion '{spec}' to 'format'").into()), end)
        };
        let Some(&verb) = text.get(at) else { return fault() };
        if width_len > 2 || precision_len > 2 {
            return fault();
        }
        c.verb = verb;
        let is_bare = !is_flagged && width_len == 0 && c.precision.is_none();
        let part = match verb {
            b'd' | b'i' if is_bare => Part::Integer,
            b's' if is_bare => Part::String,
            b'q' if !is_bare => Part::Fault("specifier '%q' cannot have modifiers".into()),
            b'd' | b'i' | b'u' | b'x' | b'X' | b'o' | b'c' | b'e' | b'E' | b'f' | b'F' | b'g' | b'G'
            | b'a' | b'A' | b's' | b'q' | b'p' => Part::Conversion(c),
            _ => return fault(),
        };
        (part, end)
    }
}

// Not inlined: between them a `__tostring` may take the caller to another thread, with another cache.
#[inline(never)]
fn take_format(hash: u32, source: &[u8]) -> Option<Arc<Format>> {
    FORMATS.with(|cache| cache.borrow_mut().take(hash, source))
}

#[inline(never)]
fn put_format(hash: u32, source: &[u8], format: Arc<Format>) {
    FORMATS.with(|cache| cache.borrow_mut().put(hash, source, format));
}

/// `string.format` of a constant format.
pub(super) fn prepare(source: &[u8]) -> Option<Box<dyn Prepared>> {
    Some(Box::new(Format::compile(source)))
}

impl Prepared for Format {
    fn call(&self, fiber: &mut Fiber, args: Args) -> NativeResult {
        let mut out = Buffer::new();
        write_parts(fiber, args, &self.parts, &mut out)?;
        let s = out.finish(fiber)?;
        args.ret1(s.to_value())
    }
}

pub(super) fn format(fiber: &mut Fiber, args: Args) -> NativeResult {
    let text = args.str(fiber, 0)?;
    let source = text.bytes(fiber.mutator());
    let hash = text.hash(fiber.mutator());
    let format = match take_format(hash, source) {
        Some(format) => format,
        None => Arc::new(Format::compile(source)),
    };
    let mut out = Buffer::new();
    let result = write_parts(fiber, args, &format.parts, &mut out);
    put_format(hash, source, format);
    result?;
    let s = out.finish(fiber)?;
    args.ret1(s.to_value())
}

fn write_parts(fiber: &mut Fiber, args: Args, parts: &[Part], out: &mut Buffer) -> Result<(), Thrown> {
    let mut i = 0;
    for part in parts {
        match part {
            Part::Text(text) => {
                out.push(fiber, text)?;
                continue;
            }
            Part::Fault(message) => return Err(fiber.error(message)),
            _ => {}
        }
        i += 1;
        if i >= args.count() {
            return Err(args.bad(fiber, i, "no value"));
        }
        let v = args.get(i);
        match part {
            Part::Integer => {
                let n = args.int(fiber, i)?;
                write_integer(&mut out.bytes, n);
            }
            Part::String => {
                if v.is_small_int() {
                    write_integer(&mut out.bytes, v.small_int_payload());
                } else {
                    let s = fiber.tostring(v)?;
                    let bytes = s.bytes(fiber.mutator());
                    out.push(fiber, bytes)?;
                }
            }
            Part::Conversion(c) => convert(fiber, args, i, c, out)?,
            Part::Text(_) | Part::Fault(_) => {}
        }
    }
    Ok(())
}

#[inline]
fn write_integer(out: &mut Vec<u8>, n: i64) {
    if n < 0 {
        out.push(b'-');
    }
    number::decimal(out, n.unsigned_abs());
}

/// Appends the hexadecimal digits of an integer.
fn hex_digits(out: &mut Vec<u8>, n: u64, upper: bool) {
    let digits: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let count = (67 - n.leading_zeros() as usize) / 4;
    out.extend((0..count.max(1)).rev().map(|i| digits[(n >> (4 * i)) as usize & 15]));
}

/// Writes argument `i` as the conversion says.
fn convert(fiber: &mut Fiber, args: Args, i: u32, c: &Conversion, out: &mut Buffer) -> Result<(), Thrown> {
    let start = out.bytes.len();
    match c.verb {
        b'd' | b'i' => {
            let n = args.int(fiber, i)?;
            c.sign(&mut out.bytes, n < 0);
            c.digits(&mut out.bytes, |out| number::decimal(out, n.unsigned_abs()), n == 0);
        }
        b'u' => {
            let n = args.int(fiber, i)? as u64;
            c.digits(&mut out.bytes, |out| number::decimal(out, n), n == 0);
        }
        b'x' | b'X' => {
            let n = args.int(fiber, i)? as u64;
            let upper = c.verb == b'X';
            if c.alternate && n != 0 {
                out.bytes.extend(if upper { b"0X" } else { b"0x" });
            }
            c.digits(&mut out.bytes, |out| hex_digits(out, n, upper), n == 0);
        }
        b'o' => {
            let n = args.int(fiber, i)? as u64;
            // To C the prefix is one of the digits.
            let text = if c.alternate && n != 0 { format!("0{n:o}") } else { format!("{n:o}") };
            c.digits(&mut out.bytes, |out| out.extend_from_slice(text.as_bytes()), n == 0 && !c.alternate);
        }
        b'c' => out.bytes.push(args.int(fiber, i)? as u8),
        b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A' => {
            let x = args.float(fiber, i)?;
            c.float(&mut out.bytes, x);
        }
        b's' => {
            let s = fiber.tostring(args.get(i))?;
            let bytes = s.bytes(fiber.mutator());
            let kept = c.precision.map_or(bytes.len(), |p| p.min(bytes.len()));
            out.push(fiber, &bytes[..kept])?;
        }
        b'q' => write_literal(fiber, args.get(i), out)?,
        _ => {
            let v = args.get(i);
            let is_object = v.is_object() && v.kind() != Some(Kind::BigInt);
            if v.is_table() || v.is_function() || is_object {
                let text = format!("0x{:014x}", fiber.address(v));
                out.bytes.extend_from_slice(text.as_bytes());
            } else {
                out.bytes.extend_from_slice(b"(null)");
            }
        }
    }
    c.pad(&mut out.bytes, start);
    Ok(())
}

impl Conversion {
    /// Appends the sign of a number.
    fn sign(&self, out: &mut Vec<u8>, is_negative: bool) {
        if is_negative {
            out.push(b'-');
        } else if self.plus {
            out.push(b'+');
        } else if self.space {
            out.push(b' ');
        }
    }

    /// Appends the digits of an integer, at least as many as the precision says; none for zero with precision 0.
    fn digits(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>), is_zero: bool) {
        let start = out.len();
        if !(is_zero && self.precision == Some(0)) {
            write(out);
        }
        if let Some(precision) = self.precision {
            let missing = precision.saturating_sub(out.len() - start);
            insert(out, start, b'0', missing);
        }
    }

    /// Appends a float.
    fn float(&self, out: &mut Vec<u8>, x: f64) {
        if !x.is_finite() {
            out.extend_from_slice(match x {
                f64::INFINITY => b"+Inf",
                f64::NEG_INFINITY => b"-Inf",
                _ => b"NaN",
            });
            return;
        }
        self.sign(out, x.is_sign_negative());
        let precision = self.precision.unwrap_or(6);
        let x = x.abs();
        match self.verb {
            b'f' | b'F' => number::fixed(out, x, precision, self.alternate),
            b'e' | b'E' => number::exponent(out, x, precision, self.alternate, self.verb == b'E'),
            b'g' | b'G' => number::general(out, x, precision, self.alternate, self.verb == b'G'),
            _ => number::hexadecimal(out, x, self.precision, self.alternate, self.verb == b'A'),
        }
    }

    /// Brings what was written from `start` on to the width.
    fn pad(&self, out: &mut Vec<u8>, start: usize) {
        let missing = self.width.saturating_sub(out.len() - start);
        if missing == 0 {
            return;
        }
        if self.left {
            out.resize(out.len() + missing, b' ');
            return;
        }
        let is_integer = matches!(self.verb, b'd' | b'i' | b'u' | b'x' | b'X' | b'o');
        let is_float = matches!(self.verb, b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A');
        // Infinities have no digits that zeros could precede.
        let has_digits =
            if is_float { out[start..].iter().any(u8::is_ascii_digit) } else { self.precision.is_none() };
        if self.zero && (is_float || is_integer) && has_digits {
            let sign = matches!(out[start], b'-' | b'+' | b' ') as usize;
            let digits = &out[start + sign..];
            let is_hex =
                matches!(self.verb, b'a' | b'A') || (self.alternate && matches!(self.verb, b'x' | b'X'));
            let prefix = if is_hex && digits.len() > 1 && digits[1] | 0x20 == b'x' { 2 } else { 0 };
            insert(out, start + sign + prefix, b'0', missing);
        } else {
            insert(out, start, b' ', missing);
        }
    }
}

/// Inserts `count` bytes.
fn insert(out: &mut Vec<u8>, at: usize, byte: u8, count: usize) {
    let len = out.len();
    out.resize(len + count, byte);
    out.copy_within(at..len, at + count);
    out[at..at + count].fill(byte);
}

/// Writes a value as a literal.
fn write_literal(fiber: &mut Fiber, v: Value, out: &mut Buffer) -> Result<(), Thrown> {
    if let Some(s) = Str::from_value(v) {
        let bytes = s.bytes(fiber.mutator());
        out.reserve(fiber, bytes.len() + 2)?;
        out.bytes.push(b'"');
        for piece in bytes.chunks(access::REST_BYTES) {
            fiber.mutator().rest_if_asked();
            for b in piece {
                match b {
                    b'"' => out.push(fiber, b"\\\"")?,
                    b'\\' => out.push(fiber, b"\\\\")?,
                    b'\n' => out.push(fiber, b"\\n")?,
                    b'\r' => out.push(fiber, b"\\r")?,
                    // The language wants three octal digits.
                    0 => out.push(fiber, b"\\000")?,
                    1..=31 | 127 => {
                        let text = format!("\\x{b:02x}");
                        out.push(fiber, text.as_bytes())?;
                    }
                    _ => out.push(fiber, &[*b])?,
                }
            }
        }
        keep_alive(v);
        return out.push(fiber, b"\"");
    }
    match vm::convert::num(v) {
        Some(Num::Int(i64::MIN)) => return out.push(fiber, b"0x8000000000000000"),
        Some(Num::Float(x)) if !x.is_finite() => {
            return out.push(
                fiber,
                match x {
                    f64::INFINITY => b"1e9999",
                    f64::NEG_INFINITY => b"-1e9999",
                    _ => b"(0/0)",
                },
            );
        }
        None if !v.is_nil() && !v.is_bool() => return Err(fiber.error("value has no literal form")),
        _ => {}
    }
    let s = fiber.tostring(v)?;
    let bytes = s.bytes(fiber.mutator());
    out.push(fiber, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversion(text: &str) -> Conversion {
        match Part::compile(text.as_bytes()).0 {
            Part::Conversion(c) => c,
            other => panic!("{other:?}"),
        }
    }

    fn fault(text: &str) -> String {
        match Part::compile(text.as_bytes()).0 {
            Part::Fault(message) => message.into(),
            other => panic!("{other:?}"),
        }
    }

    fn integer(spec: &str, n: i64) -> String {
        let (c, mut out) = (conversion(spec), Vec::new());
        c.sign(&mut out, n < 0);
        c.digits(&mut out, |out| number::decimal(out, n.unsigned_abs()), n == 0);
        c.pad(&mut out, 0);
        String::from_utf8(out).unwrap()
    }

    fn float(spec: &str, x: f64) -> String {
        let (c, mut out) = (conversion(spec), Vec::new());
        c.float(&mut out, x);
        c.pad(&mut out, 0);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn formats_are_cut_into_parts() {
        let text = |s: &str| Part::Text(s.as_bytes().into());
        let parts = |s: &str| Format::compile(s.as_bytes()).parts.into_vec();
        assert_eq!(parts("a%%b"), [text("a%b")]);
        assert_eq!(parts("%d,%s!"), [Part::Integer, text(","), Part::String, text("!")]);
        assert_eq!(parts(""), []);
        let want =
            Conversion { verb: b'f', left: true, width: 10, precision: Some(3), ..Conversion::default() };
        assert_eq!(conversion("%-10.3f"), want);
        assert_eq!(conversion("%.f").precision, Some(0));
    }

    #[test]
    fn faulty_conversions_are_shown() {
        assert_eq!(fault("%y"), "invalid conversion '%y' to 'format'");
        assert_eq!(fault("%"), "invalid conversion '%' to 'format'");
        assert_eq!(fault("%5"), "invalid conversion '%5' to 'format'");
        assert_eq!(fault("%100d"), "invalid conversion '%100d' to 'format'");
        assert_eq!(fault("%.100f"), "invalid conversion '%.100f' to 'format'");
        assert_eq!(fault("%5q"), "specifier '%q' cannot have modifiers");
    }

    #[test]
    fn integers_are_laid_out_as_in_c() {
        assert_eq!(integer("%5d", 42), "   42");
        assert_eq!(integer("%-5d", 42), "42   ");
        assert_eq!(integer("%05d", -42), "-0042");
        assert_eq!(integer("%+d", 42), "+42");
        assert_eq!(integer("% d", 42), " 42");
        assert_eq!(integer("%.5d", -42), "-00042");
        assert_eq!(integer("%08.5d", 42), "   00042");
        assert_eq!(integer("%.0d", 0), "");
        assert_eq!(integer("%+.0d", 0), "+");
        assert_eq!(integer("%20d", i64::MIN), "-9223372036854775808");
    }

    #[test]
    fn hexadecimal_digits() {
        let (c, mut out) = (conversion("%05x"), b"ff".to_vec());
        c.pad(&mut out, 0);
        assert_eq!(out, b"000ff");
        for n in [0, 1, 15, 16, 255, 256, 0xabcdef, u64::MAX] {
            let mut out = Vec::new();
            hex_digits(&mut out, n, false);
            assert_eq!(String::from_utf8(out).unwrap(), format!("{n:x}"));
        }
    }

    #[test]
    fn floats_are_laid_out_as_in_c() {
        assert_eq!(float("%10.3f", 4.14159), "     4.142");
        assert_eq!(float("%-10.2f", -1.5), "-1.50     ");
        assert_eq!(float("%010.2f", -1.5), "-000001.50");
        assert_eq!(float("%+e", 12345.6789), "+1.234568e+04");
        assert_eq!(float("%G", 1e-10), "1E-10");
        assert_eq!(float("%010a", 1.0), "0x00001p+0");
        assert_eq!(float("%06f", f64::INFINITY), "  +Inf");
        assert_eq!(float("%+g", f64::NAN), "NaN");
        assert_eq!(float("%f", -0.0), "-0.000000");
    }
}
