//! From values to text.
//!
//! A table whose entries all lie in its slots is written by a *plan* of its shape: the slots in the order of their keys, each
//! key quoted and escaped already. Most objects of a program have few shapes, so keys are sorted and escaped once. A table
//! whose entries all lie in its array part is written straight from there. All other tables, those with `__pairs` among
//! them, are first collected entry by entry.
//!
//! Tables that are being written, and collected values, are kept in a vector that the fiber holds: `__pairs` may switch.

use super::{DEPTH_MAX, constant_text};
use crate::access;
use crate::buffer::Buffer;
use crate::string::number;
use crate::utf8;
use bytecode::arith::Num;
use runtime::mutator::keep_alive;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::ops::{ControlFlow, Range};
use vm::convert;
use vm::engine::Meta;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::held::Held;
use vm::native::{Args, NativeResult};

pub(super) fn encode(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.any(fiber, 0)?;
    write(fiber, args, v, None)
}

pub(super) fn pretty(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.any(fiber, 0)?;
    let indent = args.opt_str(fiber, 1)?;
    let indent = indent.map_or(&b"  "[..], |indent| indent.bytes(fiber.mutator()));
    write(fiber, args, v, Some(indent))
}

fn write(fiber: &mut Fiber, args: Args, v: Value, indent: Option<&[u8]>) -> NativeResult {
    let mut out = Buffer::new();
    if !write_scalar(fiber, &mut out, v)? {
        let Some(t) = Table::from_value(v) else { return Err(cannot_encode(fiber, args, v)) };
        let mut encoder = Encoder {
            args,
            indent,
            own: fiber.hold(Own { out, levels: Vec::new(), plans: Vec::new(), known: Vec::new() }),
            roots: fiber.hold_values(),
            collections: 0,
            steps: 0,
        };
        encoder.run(fiber, t)?;
        out = encoder.own.into_inner().out;
    }
    let s = out.finish(fiber)?;
    args.ret1(s.to_value())
}

#[cold]
fn cannot_encode(fiber: &mut Fiber, args: Args, v: Value) -> Thrown {
    let t = convert::type_name(v);
    args.bad(fiber, 0, &format!("cannot encode a {t} value"))
}

// ---- scalars ------------------------------------------------------------------------------------------------------------

/// Writes a value that is no table; false if it is a table or cannot be written.
#[inline]
fn write_scalar(fiber: &mut Fiber, out: &mut Buffer, v: Value) -> Result<bool, Thrown> {
    // Room for any number.
    out.reserve(fiber, 32)?;
    if let Some(s) = Str::from_value(v) {
        let bytes = s.bytes(fiber.mutator());
        write_string(fiber, out, bytes)?;
        keep_alive(v);
    } else if v.is_small_int() {
        write_int(&mut out.bytes, v.small_int_payload());
    } else if v.is_float() {
        write_float(&mut out.bytes, v.float_payload());
    } else if v.is_table() || v.is_function() {
        return Ok(false);
    } else if v.is_nil() {
        out.bytes.extend_from_slice(b"null");
    } else if v.is_bool() {
        out.bytes.extend_from_slice(if v == Value::TRUE { b"true" } else { b"false" });
    } else if let Some(n) = v.as_big_int() {
        write_int(&mut out.bytes, n);
    } else if let Some(text) = constant_text(v) {
        out.bytes.extend_from_slice(text.as_bytes());
    } else {
        return Ok(false);
    }
    Ok(true)
}

#[inline]
fn write_int(out: &mut Vec<u8>, n: i64) {
    if n < 0 {
        out.push(b'-');
    }
    number::decimal(out, n.unsigned_abs());
}

/// Writes a float with the fewest digits that read back; `null` if it is not finite.
fn write_float(out: &mut Vec<u8>, x: f64) {
    if !x.is_finite() {
        return out.extend_from_slice(b"null");
    }
    if write_short_float(out, x) {
        return;
    }
    let mut text = String::with_capacity(24);
    convert::write_float(&mut text, x);
    out.extend_from_slice(text.as_bytes());
}

/// Writes a float that has at most three decimals and fifteen digits. A decimal of so few digits that reads back as `x` is
/// the only one, hence the shortest but for zeros at its end.
#[inline]
fn write_short_float(out: &mut Vec<u8>, x: f64) -> bool {
    let a = x.abs();
    if !(1e-3..1e12).contains(&a) {
        return false;
    }
    let n = (a * 1000.0).round() as u64;
    if n as f64 / 1000.0 != a {
        return false;
    }
    if x < 0.0 {
        out.push(b'-');
    }
    number::decimal(out, n / 1000);
    let rest = n % 1000;
    let digits = [b'.', b'0' + (rest / 100) as u8, b'0' + (rest / 10 % 10) as u8, b'0' + (rest % 10) as u8];
    let kept = match rest {
        _ if !rest.is_multiple_of(10) => 4,
        _ if !rest.is_multiple_of(100) => 3,
        _ => 2,
    };
    out.extend_from_slice(&digits[..kept]);
    true
}

/// Offset of the first byte that cannot be copied as it is: a quote, a backslash, a control byte, one of a longer sequence.
#[inline]
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (chunks, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for chunk in chunks {
        let x = u64::from_le_bytes(*chunk);
        // High bits of bytes below 0x20, equal to a quote or a backslash, or above 0x7f; the lowest such bit is exact.
        let special = x.wrapping_sub(ONES * 0x20)
            | (x ^ (ONES * b'"' as u64)).wrapping_sub(ONES)
            | (x ^ (ONES * b'\\' as u64)).wrapping_sub(ONES)
            | x;
        let special = special & (ONES * 0x80);
        if special != 0 {
            return at + special.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + rest.iter().take_while(|b| is_plain(**b)).count()
}

#[inline]
fn is_plain(byte: u8) -> bool {
    (0x20..0x80).contains(&byte) && byte != b'"' && byte != b'\\'
}

/// Writes a quoted string.
#[inline]
fn write_string(fiber: &mut Fiber, out: &mut Buffer, bytes: &[u8]) -> Result<(), Thrown> {
    out.reserve(fiber, bytes.len() + 2)?;
    out.bytes.push(b'"');
    let plain = plain_len(bytes);
    out.bytes.extend_from_slice(&bytes[..plain]);
    if plain < bytes.len() {
        write_escaped(fiber, out, &bytes[plain..])?;
    }
    out.push(fiber, b"\"")
}

#[inline(never)]
fn write_escaped(fiber: &mut Fiber, out: &mut Buffer, bytes: &[u8]) -> Result<(), Thrown> {
    let mut rest = bytes;
    let mut rests_at = bytes.len();
    while let Some(&byte) = rest.first() {
        if rest.len() <= rests_at {
            // The caller keeps the string alive.
            fiber.mutator().rest_if_asked();
            rests_at = rest.len().saturating_sub(access::REST_BYTES);
        }
        let len = if byte < 0x80 { 1 } else { utf8::decode(rest).1 };
        match byte {
            b'"' => out.push(fiber, b"\\\"")?,
            b'\\' => out.push(fiber, b"\\\\")?,
            b'\n' => out.push(fiber, b"\\n")?,
            b'\r' => out.push(fiber, b"\\r")?,
            b'\t' => out.push(fiber, b"\\t")?,
            0x08 => out.push(fiber, b"\\b")?,
            0x0c => out.push(fiber, b"\\f")?,
            0..0x20 => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push(fiber, &[b'\\', b'u', b'0', b'0', b'0' + (byte >> 4), HEX[byte as usize & 15]])?;
            }
            0x80.. if len == 1 => out.push(fiber, "\u{fffd}".as_bytes())?,
            _ => out.push(fiber, &rest[..len])?,
        }
        rest = &rest[len..];
        let plain = plain_len(rest);
        out.push(fiber, &rest[..plain])?;
        rest = &rest[plain..];
    }
    Ok(())
}

// ---- tables -------------------------------------------------------------------------------------------------------------

/// How objects of one shape are written.
struct Plan {
    shape: u32,
    /// Slots with the places of their quoted keys in `text`, in the order of the keys.
    entries: Box<[(u32, Range<u32>)]>,
    text: Box<[u8]>,
}

/// A table that is being written.
struct Level {
    /// Where its values are.
    source: Source,
    /// What is written next.
    at: usize,
    /// Whether an entry was written.
    is_begun: bool,
    /// Length of the vector of values without this level.
    roots: usize,
}

enum Source {
    /// Elements `1 ..= len` of a table.
    Elements(Table, usize),
    /// The slots of a table by plan number.
    Slots(Table, usize),
    /// This number of values in the vector of values.
    Values(usize),
    /// Values in the vector of values, each with the place of its quoted key.
    Entries(Box<Entries>),
}

/// Entries that were collected, in the order of their keys.
struct Entries {
    /// Place of the quoted key, and place of the value in the vector of values.
    list: Vec<(Range<usize>, usize)>,
    text: Vec<u8>,
}

/// What an encoder owns beside values.
struct Own {
    out: Buffer,
    levels: Vec<Level>,
    plans: Vec<Plan>,
    /// Numbers of plans by shape; a plan is good until a collection, which may give its shape's id to another one.
    known: Vec<u32>,
}

struct Encoder<'a> {
    args: Args,
    indent: Option<&'a [u8]>,
    own: Held<Own>,
    // ROOTED: the fiber traces what it holds.
    roots: Held<Vec<Value>>,
    collections: u64,
    steps: u32,
}

/// Places of `Own::known`; a power of two.
const KNOWN: usize = 64;

/// Whether anything comes behind this key in a traversal.
fn is_last(fiber: &mut Fiber, t: Table, key: Value) -> bool {
    matches!(t.next(fiber.mutator(), key), Ok(None))
}

impl Encoder<'_> {
    /// Writes a table and all that is in it.
    fn run(&mut self, fiber: &mut Fiber, t: Table) -> Result<(), Thrown> {
        self.begin(fiber, t)?;
        while let Some(v) = self.next(fiber)? {
            if write_scalar(fiber, &mut self.own.out, v)? {
                continue;
            }
            match Table::from_value(v) {
                Some(t) => self.begin(fiber, t)?,
                None => return Err(cannot_encode(fiber, self.args, v)),
            }
        }
        Ok(())
    }

    /// The next value to write, with what comes before it written; ends the tables that have no more.
    #[inline]
    fn next(&mut self, fiber: &mut Fiber) -> Result<Option<Value>, Thrown> {
        self.steps += 1;
        if self.steps == access::POLL_STEPS {
            self.steps = 0;
            fiber.poll()?;
        }
        loop {
            let own = &mut *self.own;
            let depth = own.levels.len();
            let Some(level) = own.levels.last_mut() else { return Ok(None) };
            let at = level.at;
            level.at += 1;
            let (v, key): (_, &[u8]) = match &level.source {
                Source::Elements(t, len) if at < *len => (t.get_int(fiber.mutator(), at as i64 + 1), &[]),
                Source::Values(len) if at < *len => (self.roots[level.roots + at], &[]),
                Source::Slots(t, plan) if at < own.plans[*plan].entries.len() => {
                    let plan = &own.plans[*plan];
                    let (slot, key) = &plan.entries[at];
                    let v = t.slot_value(*slot);
                    if v.is_nil() {
                        continue;
                    }
                    (v, &plan.text[key.start as usize..key.end as usize])
                }
                Source::Entries(entries) if at < entries.list.len() => {
                    let (key, place) = &entries.list[at];
                    (self.roots[*place], &entries.text[key.clone()])
                }
                Source::Elements(..) | Source::Values(_) => {
                    self.end(fiber, b"]")?;
                    continue;
                }
                Source::Slots(..) | Source::Entries(_) => {
                    self.end(fiber, b"}")?;
                    continue;
                }
            };
            if level.is_begun {
                own.out.push(fiber, b",")?;
            }
            level.is_begun = true;
            if let Some(indent) = self.indent {
                new_line(fiber, &mut own.out, indent, depth)?;
            }
            own.out.push(fiber, key)?;
            return Ok(Some(v));
        }
    }

    /// Ends the innermost table.
    fn end(&mut self, fiber: &mut Fiber, bracket: &[u8]) -> Result<(), Thrown> {
        if let Some(level) = self.own.levels.pop() {
            self.roots.truncate(level.roots);
            if let Some(indent) = self.indent
                && level.is_begun
            {
                let depth = self.own.levels.len();
                new_line(fiber, &mut self.own.out, indent, depth)?;
            }
        }
        self.own.out.push(fiber, bracket)
    }

    fn push(&mut self, fiber: &mut Fiber, source: Source, roots: usize) -> Result<(), Thrown> {
        let bracket: &[u8] = match source {
            Source::Elements(..) | Source::Values(_) => b"[",
            Source::Slots(..) | Source::Entries(_) => b"{",
        };
        self.own.levels.push(Level { source, at: 0, is_begun: false, roots });
        self.own.out.push(fiber, bracket)
    }

    /// Begins a table: finds out what it is.
    fn begin(&mut self, fiber: &mut Fiber, t: Table) -> Result<(), Thrown> {
        if self.own.levels.len() >= DEPTH_MAX {
            return Err(self.args.bad(fiber, 0, "nesting too deep"));
        }
        let roots = self.roots.len();
        self.roots.push(t.to_value());
        if access::is_plain(fiber, t) || fiber.metamethod(t.to_value(), Meta::Pairs).is_none() {
            let len = t.len();
            let shape = t.shape_id();
            let shapes = fiber.heap().shapes();
            let (slot_count, is_dictionary) = {
                let shape = shapes.get(shape);
                (shape.slot_count(), shape.is_dictionary())
            };
            if len == 0 && !is_dictionary && slot_count > 0 {
                let plan = self.plan(fiber, t, shape)?;
                if self.own.plans[plan].has_all(fiber, t) {
                    return self.push(fiber, Source::Slots(t, plan), roots);
                }
            } else if len > 0 && slot_count == 0 && !is_dictionary && is_array(fiber, t, len) {
                return self.push(fiber, Source::Elements(t, len), roots);
            }
        }
        self.collect(fiber, t, roots)
    }

    /// The number of the plan of a table's shape.
    fn plan(&mut self, fiber: &mut Fiber, t: Table, shape: u32) -> Result<usize, Thrown> {
        let collections = fiber.heap().collection_number();
        if self.collections != collections || self.own.known.is_empty() {
            self.collections = collections;
            self.own.known.clear();
            self.own.known.resize(KNOWN, u32::MAX);
        }
        let place = shape as usize % KNOWN;
        if let Some(plan) = self.own.plans.get(self.own.known[place] as usize)
            && plan.shape == shape
        {
            return Ok(self.own.known[place] as usize);
        }
        self.own.known[place] = self.own.plans.len() as u32;
        let plan = self.make_plan(fiber, t, shape)?;
        self.own.plans.push(plan);
        Ok(self.own.plans.len() - 1)
    }

    #[inline(never)]
    fn make_plan(&mut self, fiber: &mut Fiber, t: Table, shape: u32) -> Result<Plan, Thrown> {
        let mut keys: Vec<(&[u8], u32)> = Vec::new();
        {
            // The keys are flat, and the table keeps them alive.
            let shape = fiber.heap().shapes().get(t.shape_id());
            for slot in 0..shape.slot_count() {
                if let Some(bytes) = shape.key_at(slot).and_then(Str::bytes_flat) {
                    keys.push((bytes, slot));
                }
            }
        }
        keys.sort_unstable();
        let mut text = Buffer::new();
        let mut entries = Vec::with_capacity(keys.len());
        for (bytes, slot) in keys {
            let start = text.bytes.len() as u32;
            write_string(fiber, &mut text, bytes)?;
            text.push(fiber, self.colon())?;
            entries.push((slot, start..text.bytes.len() as u32));
        }
        Ok(Plan { shape, entries: entries.into(), text: text.bytes.as_slice().into() })
    }

    fn colon(&self) -> &'static [u8] {
        if self.indent.is_some() { b": " } else { b":" }
    }

    /// Collects the entries of a table and begins it.
    fn collect(&mut self, fiber: &mut Fiber, t: Table, roots: usize) -> Result<(), Thrown> {
        let first = self.roots.len();
        let mut largest = 0i64;
        let mut is_array = true;
        let mut has_first = false;
        let stack = &mut self.roots;
        access::each_pair(fiber, t, |_, k, v| {
            match convert::num(k).and_then(Num::to_int) {
                Some(i) if i > 0 => {
                    largest = largest.max(i);
                    has_first |= i == 1;
                }
                _ => is_array = false,
            }
            stack.extend([k, v]);
            Ok(ControlFlow::Continue(()))
        })?;
        let count = (self.roots.len() - first) / 2;
        if is_array && has_first && largest as u64 <= 2 * count as u64 {
            let mut values = vec![Value::NIL; largest as usize];
            for pair in self.roots[first..].chunks(2) {
                if let Some(i) = convert::num(pair[0]).and_then(Num::to_int) {
                    values[i as usize - 1] = pair[1];
                }
            }
            // Nothing allocates while the values are in `values` only.
            self.roots.truncate(roots);
            self.roots.extend(values);
            return self.push(fiber, Source::Values(largest as usize), roots);
        }
        let mut text = Buffer::new();
        let mut list = Vec::with_capacity(count);
        for i in 0..count {
            let place = first + 2 * i;
            let start = text.bytes.len();
            self.push_key(fiber, &mut text, self.roots[place])?;
            list.push((start..text.bytes.len(), place + 1));
        }
        list.sort_by(|a, b| text.bytes[a.0.clone()].cmp(&text.bytes[b.0.clone()]));
        // The keys were sorted as they are; what is written is quoted.
        let mut quoted = Buffer::new();
        for (key, _) in &mut list {
            let start = quoted.bytes.len();
            write_string(fiber, &mut quoted, &text.bytes[key.clone()])?;
            quoted.push(fiber, self.colon())?;
            *key = start..quoted.bytes.len();
        }
        let entries = Entries { list, text: quoted.bytes };
        self.push(fiber, Source::Entries(Box::new(entries)), roots)
    }

    /// Appends a key as it is.
    fn push_key(&self, fiber: &mut Fiber, text: &mut Buffer, key: Value) -> Result<(), Thrown> {
        if let Some(s) = Str::from_value(key) {
            let bytes = s.bytes(fiber.mutator());
            return text.push(fiber, bytes);
        }
        match convert::num(key) {
            Some(Num::Int(i)) => write_int(&mut text.bytes, i),
            Some(n) => {
                let mut shown = String::new();
                convert::write_num(&mut shown, n);
                text.push(fiber, shown.as_bytes())?;
            }
            None if key.is_bool() => text.push(fiber, if key == Value::TRUE { b"true" } else { b"false" })?,
            None => return Err(cannot_encode(fiber, self.args, key)),
        }
        Ok(())
    }
}

impl Plan {
    /// Whether a table of the plan's shape has no entries but those of its slots. Key 0 and an array part are excluded
    /// already, or come first in a traversal.
    fn has_all(&self, fiber: &mut Fiber, t: Table) -> bool {
        let Some((_, first, _)) = t.step(fiber.mutator(), 0, Value::NIL) else { return true };
        if !first.is_string() {
            return false;
        }
        let shape = fiber.heap().shapes().get(t.shape_id());
        let last = (0..shape.slot_count()).rev().find(|slot| !t.slot_value(*slot).is_nil());
        match last.and_then(|slot| shape.key_at(slot)) {
            Some(key) => is_last(fiber, t, key.to_value()),
            None => false,
        }
    }
}

/// Whether a table without named slots, whose array part ends at `len`, is an array.
fn is_array(fiber: &mut Fiber, t: Table, len: usize) -> bool {
    let m = fiber.mutator();
    if !t.get_int(m, 0).is_nil()
        || t.get_int(m, 1).is_nil()
        || !is_last(fiber, t, Value::int_unchecked(len as i64))
    {
        return false;
    }
    let m = fiber.mutator();
    let holes = (1..=len as i64).filter(|i| t.get_int(m, *i).is_nil()).count();
    len <= 2 * (len - holes)
}

fn new_line(fiber: &mut Fiber, out: &mut Buffer, indent: &[u8], depth: usize) -> Result<(), Thrown> {
    out.push(fiber, b"\n")?;
    for _ in 0..depth {
        out.push(fiber, indent)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(x: f64) -> String {
        let mut out = Vec::new();
        write_float(&mut out, x);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn floats_are_short_and_recognisable() {
        let cases: &[(f64, &str)] = &[
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.125, "0.125"),
            (0.29, "0.29"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1234.5678, "1234.5678"),
            (1e21, "1e+21"),
            (f64::NAN, "null"),
            (f64::NEG_INFINITY, "null"),
        ];
        for (x, text) in cases {
            assert_eq!(float(*x), *text);
        }
    }

    #[test]
    fn short_floats_read_back_and_agree_with_the_general_way() {
        let mut seed = 1u64;
        for _ in 0..100_000 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let x = ((seed >> 24) as i64 - (1 << 39)) as f64
                / [1.0, 8.0, 10.0, 100.0, 1000.0, 1024.0][seed as usize % 6];
            let mut text = String::new();
            convert::write_float(&mut text, x);
            assert_eq!(float(x), text);
        }
    }

    #[test]
    fn plain_runs_end_at_special_bytes() {
        for at in 0..20 {
            for special in [b'"', b'\\', 0, 0x1f, 0x80, 0xff] {
                let mut bytes = vec![b'a'; 24];
                bytes[at] = special;
                assert_eq!(plain_len(&bytes), at);
                bytes[at] = b' ';
                assert_eq!(plain_len(&bytes), 24);
                bytes[at] = 0x7f;
                assert_eq!(plain_len(&bytes), 24);
            }
        }
    }
}
