//! From text to values.
//!
//! A strict parser over bytes that have been checked to be UTF-8. Values that are not yet in a table lie on a stack that the fiber holds;
//! an array or object is made when its end is reached, so its size is known. Two small caches make objects cheap: strings of
//! keys by their bytes, and transitions between shapes, which hold until the next collection.

use super::DEPTH_MAX;
use super::encode::plain_len;
use crate::access;
use runtime::shape::SlotKind;
use runtime::string::Str;
use runtime::value::Value;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::held::Held;
use vm::native::{Args, NativeResult};

/// Places of the cache of keys; a power of two.
const NAMES: usize = 256;
/// The same for short texts.
const NAMES_FEW: usize = 16;
/// Texts below this length are short.
const SHORT_TEXT_BYTES: usize = 2048;
/// Places of the cache of transitions; a power of two.
const STEPS: usize = 128;
/// Objects with more keys are taken for dictionaries.
const RECORD_KEYS_MAX: usize = 32;

pub(super) fn decode(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let null = match args.is_nil(1) {
        true => Value::NIL,
        false => {
            let options = args.table(fiber, 1)?;
            access::field(fiber, options, "null")?
        }
    };
    let text = s.bytes(fiber.mutator());
    let names = if text.len() < SHORT_TEXT_BYTES { NAMES_FEW } else { NAMES };
    let mut stack = fiber.hold_values();
    stack.resize(names, Value::NIL);
    let scratch = fiber.hold(Scratch::default());
    let mut d = Decoder { text, at: 0, null, stack, names, scratch, collections: 0 };
    let is_text = fiber.mutator().aside(text.len(), || std::str::from_utf8(text));
    let result = match is_text {
        Ok(_) => d.run(fiber),
        Err(e) => {
            d.at = e.valid_up_to();
            Err(Failure::Text("invalid UTF-8"))
        }
    };
    match result {
        Ok(v) => args.ret1(v),
        Err(Failure::Thrown(thrown)) => Err(thrown),
        Err(Failure::Text(what)) => {
            let (line, column) = d.position();
            let message = format!("json: {what} at line {line} column {column}");
            let message = access::text(fiber, message.as_bytes())?;
            args.ret2(Value::NIL, message)
        }
    }
}

/// Why there is no value.
enum Failure {
    /// The text is no JSON at the current place.
    Text(&'static str),
    /// Something raised an error.
    Thrown(Thrown),
}

impl From<Thrown> for Failure {
    fn from(thrown: Thrown) -> Failure {
        Failure::Thrown(thrown)
    }
}

type Parsed<T> = Result<T, Failure>;

fn fail<T>(what: &'static str) -> Parsed<T> {
    Err(Failure::Text(what))
}

/// An array or object whose end has not been reached.
#[derive(Clone, Copy)]
struct Level {
    /// Length of the stack without its contents.
    base: usize,
    is_object: bool,
}

/// A transition: adding `key` to `old` gives `new`, where it has `slot`, which is of this kind at least.
#[derive(Clone, Copy)]
struct Step {
    old: u32,
    new: u32,
    slot: u32,
    key: u64,
    kind: SlotKind,
}

const NO_STEP: Step = Step { old: u32::MAX, new: 0, slot: 0, key: 0, kind: SlotKind::Nothing };

#[derive(Default)]
struct Scratch {
    /// What has been opened, outermost first.
    levels: Vec<Level>,
    /// The cache of transitions.
    steps: Vec<Step>,
}

struct Decoder<'a> {
    text: &'a [u8],
    at: usize,
    null: Value,
    /// The cache of keys, then the values that are in no table yet.
    // ROOTED: the fiber traces what it holds.
    stack: Held<Vec<Value>>,
    names: usize,
    scratch: Held<Scratch>,
    /// The number of the last collection when `steps` was made.
    collections: u64,
}

impl Decoder<'_> {
    #[inline(always)]
    fn peek(&self) -> u8 {
        // Byte 0 is as good as the end: it is valid nowhere outside strings.
        self.text.get(self.at).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    /// Line and column of the current place, in code points.
    fn position(&self) -> (usize, usize) {
        let before = &self.text[..self.at.min(self.text.len())];
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let start = memchr::memrchr(b'\n', before).map_or(0, |n| n + 1);
        let column = before[start..].iter().filter(|b| **b & 0xc0 != 0x80).count() + 1;
        (line, column)
    }

    /// An error at the current place: the end, or something else than was wanted.
    #[cold]
    fn unexpected<T>(&self, wanted: &'static str) -> Parsed<T> {
        fail(if self.at >= self.text.len() { "unexpected end of text" } else { wanted })
    }

    /// The value of the whole text.
    fn run(&mut self, fiber: &mut Fiber) -> Parsed<Value> {
        let mut count = 0;
        loop {
            self.skip_space();
            let v = match self.peek() {
                b'"' => {
                    self.at += 1;
                    self.string(fiber)?
                }
                b'{' => match self.open(fiber, true)? {
                    Some(v) => v,
                    None => {
                        self.key(fiber)?;
                        continue;
                    }
                },
                b'[' => match self.open(fiber, false)? {
                    Some(v) => v,
                    None => continue,
                },
                b'-' | b'0'..=b'9' => self.number(fiber)?,
                b't' => self.word(b"true", Value::TRUE)?,
                b'f' => self.word(b"false", Value::FALSE)?,
                b'n' => self.word(b"null", self.null)?,
                _ => return self.unexpected("value expected"),
            };
            self.stack.push(v);
            if !self.go_on(fiber)? {
                return Ok(self.stack.pop().unwrap_or(Value::NIL));
            }
            count += 1;
            if count == access::POLL_STEPS {
                count = 0;
                fiber.poll()?;
            }
        }
    }

    /// Goes on behind a value, which lies on the stack: to the next one, or, if the text ends, false.
    #[inline(always)]
    fn go_on(&mut self, fiber: &mut Fiber) -> Parsed<bool> {
        loop {
            self.skip_space();
            let Some(&level) = self.scratch.levels.last() else {
                return if self.at == self.text.len() { Ok(false) } else { fail("text after the value") };
            };
            match (self.peek(), level.is_object) {
                (b',', true) => {
                    self.at += 1;
                    self.skip_space();
                    self.key(fiber)?;
                    return Ok(true);
                }
                (b',', false) => {
                    self.at += 1;
                    return Ok(true);
                }
                (b'}', true) | (b']', false) => {
                    self.at += 1;
                    let v = if level.is_object {
                        self.object(fiber, level.base)?
                    } else {
                        self.array(fiber, level.base)?
                    };
                    self.scratch.levels.pop();
                    self.stack.truncate(level.base);
                    self.stack.push(v);
                }
                (_, true) => return self.unexpected("',' or '}' expected"),
                (_, false) => return self.unexpected("',' or ']' expected"),
            }
        }
    }

    /// Begins an array or object; gives it if it is empty.
    fn open(&mut self, fiber: &mut Fiber, is_object: bool) -> Parsed<Option<Value>> {
        if self.scratch.levels.len() >= DEPTH_MAX {
            return fail("nesting too deep");
        }
        self.at += 1;
        self.skip_space();
        if self.peek() == if is_object { b'}' } else { b']' } {
            self.at += 1;
            return Ok(Some(fiber.mutator().new_table(0, 0).to_value()));
        }
        self.scratch.levels.push(Level { base: self.stack.len(), is_object });
        Ok(None)
    }

    fn word(&mut self, word: &'static [u8], v: Value) -> Parsed<Value> {
        if !self.text[self.at..].starts_with(word) {
            return fail("value expected");
        }
        self.at += word.len();
        Ok(v)
    }

    // ---- strings ------------------------------------------------------------------------------------------------------

    /// The rest of a string whose quote has been read: its bytes as they are in the text, if it has no escapes.
    #[inline]
    fn plain_string(&mut self) -> Parsed<Option<Range>> {
        let start = self.at;
        loop {
            self.at += plain_len(&self.text[self.at..]);
            match self.peek() {
                b'"' if self.at < self.text.len() => {
                    let end = self.at;
                    self.at += 1;
                    return Ok(Some((start, end)));
                }
                0x80.. => self.at += 1,
                b'\\' => {
                    self.at = start;
                    return Ok(None);
                }
                _ => return self.unexpected("control character in a string"),
            }
        }
    }

    #[inline]
    fn string(&mut self, fiber: &mut Fiber) -> Parsed<Value> {
        match self.plain_string()? {
            Some((start, end)) => Ok(fiber.new_str(&self.text[start..end])?.to_value()),
            None => {
                let bytes = self.escaped_string(fiber)?;
                Ok(fiber.new_str(&bytes)?.to_value())
            }
        }
    }

    /// The rest of a string that has escapes.
    #[inline(never)]
    fn escaped_string(&mut self, fiber: &mut Fiber) -> Parsed<Vec<u8>> {
        let mut out = Vec::new();
        let mut rests_at = self.at + access::REST_BYTES;
        loop {
            if self.at >= rests_at {
                fiber.mutator().rest_if_asked();
                rests_at = self.at + access::REST_BYTES;
            }
            let plain = plain_len(&self.text[self.at..]);
            out.extend_from_slice(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                b'"' if self.at < self.text.len() => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => self.escape(&mut out)?,
                byte @ 0x80.. => {
                    out.push(byte);
                    self.at += 1;
                }
                _ => return self.unexpected("control character in a string"),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Parsed<()> {
        self.at += 1;
        let byte = match self.peek() {
            b @ (b'"' | b'\\' | b'/') => b,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => return self.unicode_escape(out),
            _ => return self.unexpected("invalid escape"),
        };
        out.push(byte);
        self.at += 1;
        Ok(())
    }

    fn unicode_escape(&mut self, out: &mut Vec<u8>) -> Parsed<()> {
        let start = self.at - 1;
        let mut code = self.hex_digits()?;
        if (0xd800..0xdc00).contains(&code) && self.text[self.at..].starts_with(b"\\u") {
            self.at += 1;
            let low = self.hex_digits()?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            }
        }
        match char::from_u32(code) {
            Some(c) => {
                crate::utf8::push_char(out, c);
                Ok(())
            }
            None => {
                self.at = start;
                fail("lone surrogate in an escape")
            }
        }
    }

    /// The four digits behind a `u`.
    fn hex_digits(&mut self) -> Parsed<u32> {
        self.at += 1;
        let mut code = 0;
        for _ in 0..4 {
            match (self.peek() as char).to_digit(16) {
                Some(digit) => code = code << 4 | digit,
                None => return self.unexpected("invalid escape"),
            }
            self.at += 1;
        }
        Ok(code)
    }

    /// Reads a key and the colon behind it; the key goes to the stack.
    #[inline]
    fn key(&mut self, fiber: &mut Fiber) -> Parsed<()> {
        if self.peek() != b'"' {
            return self.unexpected("key expected");
        }
        self.at += 1;
        let key = match self.plain_string()? {
            Some((start, end)) => self.name(fiber, &self.text[start..end]),
            None => {
                let bytes = self.escaped_string(fiber)?;
                self.name(fiber, &bytes)
            }
        };
        self.stack.push(key.to_value());
        self.skip_space();
        if self.peek() != b':' {
            return self.unexpected("':' expected");
        }
        self.at += 1;
        Ok(())
    }

    /// The interned string with these bytes.
    #[inline]
    fn name(&mut self, fiber: &mut Fiber, bytes: &[u8]) -> Str {
        let place = name_hash(bytes) as usize & (self.names - 1);
        if let Some(s) = Str::from_value(self.stack[place])
            && s.bytes_flat() == Some(bytes)
        {
            return s;
        }
        let s = fiber.mutator().intern(bytes);
        self.stack[place] = s.to_value();
        s
    }

    // ---- numbers ------------------------------------------------------------------------------------------------------

    fn number(&mut self, fiber: &mut Fiber) -> Parsed<Value> {
        let start = self.at;
        let negative = self.peek() == b'-';
        self.at += negative as usize;
        let first = self.at;
        let mut mantissa = 0u64;
        self.digits(&mut mantissa);
        let whole = self.at - first;
        if whole == 0 {
            return self.unexpected("digit expected");
        }
        if whole > 1 && self.text[first] == b'0' {
            self.at = first;
            return fail("number with a leading zero");
        }
        let next = self.peek();
        // Eighteen digits always fit.
        if next != b'.' && next | 0x20 != b'e' {
            if whole <= 18 {
                let n = mantissa as i64;
                return Ok(fiber.mutator().int(if negative { -n } else { n }));
            }
            return self.general_number(fiber, start, true);
        }
        let mut places = 0;
        if next == b'.' {
            self.at += 1;
            let behind = self.at;
            self.digits(&mut mantissa);
            places = self.at - behind;
            if places == 0 {
                return self.unexpected("digit expected");
            }
        }
        let digits = whole + places;
        let mut exponent = 0i64;
        if self.peek() | 0x20 == b'e' {
            self.at += 1;
            let negative = self.peek() == b'-';
            if negative || self.peek() == b'+' {
                self.at += 1;
            }
            let behind = self.at;
            while let digit @ b'0'..=b'9' = self.peek() {
                exponent = (exponent * 10 + (digit - b'0') as i64).min(1 << 20);
                self.at += 1;
            }
            if self.at == behind {
                return self.unexpected("digit expected");
            }
            if negative {
                exponent = -exponent;
            }
        }
        let exponent = exponent - places as i64;
        // Both operands are exact, so the result is the nearest float.
        if digits <= 18 && mantissa < 1 << 53 && (-22..=22).contains(&exponent) {
            let scale = POWERS[exponent.unsigned_abs() as usize];
            let x = if exponent < 0 { mantissa as f64 / scale } else { mantissa as f64 * scale };
            return Ok(Value::float(if negative { -x } else { x }));
        }
        self.general_number(fiber, start, false)
    }

    /// Reads digits; those that do not fit are lost, and the caller knows from their number.
    #[inline(always)]
    fn digits(&mut self, mantissa: &mut u64) {
        while let digit @ b'0'..=b'9' = self.peek() {
            *mantissa = mantissa.wrapping_mul(10).wrapping_add((digit - b'0') as u64);
            self.at += 1;
        }
    }

    /// The number that was read from `start` on, by the standard library.
    #[inline(never)]
    fn general_number(&mut self, fiber: &mut Fiber, start: usize, is_integer: bool) -> Parsed<Value> {
        let text = std::str::from_utf8(&self.text[start..self.at]).unwrap_or("");
        if is_integer && let Ok(n) = text.parse::<i64>() {
            return Ok(fiber.mutator().int(n));
        }
        match text.parse::<f64>() {
            Ok(x) => Ok(Value::float(x)),
            Err(_) => fail("malformed number"),
        }
    }

    // ---- containers ---------------------------------------------------------------------------------------------------

    fn array(&mut self, fiber: &mut Fiber, base: usize) -> Parsed<Value> {
        let t = fiber.mutator().new_table_inline(0);
        let values = &self.stack[base..];
        match t.set_list(fiber.mutator(), 1, values, values.len()) {
            Ok(()) => Ok(t.to_value()),
            Err(_) => Err(fiber.out_of_memory().into()),
        }
    }

    fn object(&mut self, fiber: &mut Fiber, base: usize) -> Parsed<Value> {
        let count = (self.stack.len() - base) / 2;
        let t = fiber.mutator().new_table(0, count);
        let mut shape = t.shape_id();
        self.check_steps(fiber);
        for i in 0..count {
            let (key, v) = (self.stack[base + 2 * i], self.stack[base + 2 * i + 1]);
            let step = self.scratch.steps[step_place(shape, key)];
            if step.old == shape
                && step.key == key.bits()
                && !v.is_nil()
                && t.add_with_transition(fiber.mutator(), shape, step.new, step.slot, v, step.kind)
            {
                shape = step.new;
                continue;
            }
            let Some(name) = Str::from_value(key) else { continue };
            if t.set_str(fiber.mutator(), name, v, count <= RECORD_KEYS_MAX).is_err() {
                return Err(fiber.out_of_memory().into());
            }
            let collections = self.collections;
            self.check_steps(fiber);
            let old = std::mem::replace(&mut shape, t.shape_id());
            // Behind a collection `old` may be no shape any more.
            if old != shape
                && self.collections == collections
                && let Some((new, slot)) = fiber.heap().shapes().transition_for(old, name)
                && new == shape
            {
                let kind = t.slot_kind(fiber.heap(), slot);
                self.scratch.steps[step_place(old, key)] = Step { old, new, slot, key: key.bits(), kind };
            }
        }
        Ok(t.to_value())
    }

    /// Forgets the transitions if there was a collection: it may have given ids of shapes to others.
    #[inline(always)]
    fn check_steps(&mut self, fiber: &Fiber) {
        let collections = fiber.heap().collection_number();
        if self.collections != collections || self.scratch.steps.is_empty() {
            self.collections = collections;
            self.scratch.steps.clear();
            self.scratch.steps.resize(STEPS, NO_STEP);
        }
    }
}

/// Start and end of a run of the text.
type Range = (usize, usize);

/// The powers of ten that are floats.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// A hash of the length and the outer bytes of a key.
#[inline(always)]
fn name_hash(bytes: &[u8]) -> u64 {
    let n = bytes.len();
    let word = match bytes.first_chunk::<8>() {
        Some(first) => u64::from_le_bytes(*first) ^ (bytes[n - 1] as u64) << 56 ^ (bytes[n - 2] as u64) << 40,
        None => bytes.iter().fold(0, |word, b| word << 8 | *b as u64),
    };
    let product = (word ^ n as u64).wrapping_mul(MIX);
    product >> 40
}

#[inline(always)]
fn step_place(shape: u32, key: Value) -> usize {
    let hash = (key.bits() >> 4 ^ (shape as u64) << 20).wrapping_mul(MIX);
    (hash >> 40) as usize & (STEPS - 1)
}
