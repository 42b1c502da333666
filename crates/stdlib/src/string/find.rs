//! `string.find`, `match`, `gmatch` and `gsub`.
//!
//! A call takes its compiled pattern out of a cache, matches, and puts it back. A replacement function may yield: subject,
//! pattern and captures lie on the native stack.

use super::cache::Cache;
use super::matcher::{Failure, Matcher, Watch};
use super::pattern::{CAPTURES_MAX, Pattern, is_special};
use crate::access;
use crate::buffer::Buffer;
use memchr::{memchr, memmem};
use runtime::heap::foreign::Foreign;
use runtime::heap::mark::Marker;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::any::Any;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult, Prepared};

thread_local! {
    static PATTERNS: RefCell<Cache<Pattern>> = const { RefCell::new(Cache::new()) };
}

/// No match can end here.
const NOWHERE: usize = usize::MAX;

impl Watch for Fiber {
    type Error = Thrown;

    fn poll(&mut self) -> Result<(), Thrown> {
        Fiber::poll(self)
    }
}

// ---- patterns -----------------------------------------------------------------------------------------------------------

// These two are not inlined: between them a caller may be moved to another thread, with another cache.
#[inline(never)]
fn take_pattern(hash: u32, source: &[u8]) -> Option<Arc<Pattern>> {
    PATTERNS.with(|cache| cache.borrow_mut().take(hash, source))
}

#[inline(never)]
fn put_pattern(hash: u32, source: &[u8], pattern: Arc<Pattern>) {
    PATTERNS.with(|cache| cache.borrow_mut().put(hash, source, pattern));
}

/// A compiled pattern, to be given back to the cache.
struct Lease {
    pattern: Arc<Pattern>,
    hash: u32,
}

impl Lease {
    #[inline]
    fn new(fiber: &mut Fiber, text: Str, source: &[u8]) -> Result<Lease, Thrown> {
        let hash = text.hash(fiber.mutator());
        match take_pattern(hash, source) {
            Some(pattern) => Ok(Lease { pattern, hash }),
            None => Ok(Lease { pattern: compile(fiber, source, true)?, hash }),
        }
    }

    #[inline]
    fn give_back(self, source: &[u8]) {
        put_pattern(self.hash, source, self.pattern);
    }
}

#[cold]
fn compile(fiber: &mut Fiber, source: &[u8], anchors: bool) -> Result<Arc<Pattern>, Thrown> {
    match Pattern::compile(source, anchors) {
        Ok(pattern) => Ok(Arc::new(pattern)),
        Err(e) => Err(fiber.error(&e.0)),
    }
}

#[cold]
fn raise(fiber: &mut Fiber, failure: Failure<Thrown>) -> Thrown {
    match failure {
        Failure::TooComplex => fiber.error("pattern too complex"),
        Failure::Stopped(thrown) => thrown,
    }
}

/// Looks for the next match; see [`Matcher::search`].
#[inline]
fn search(
    fiber: &mut Fiber,
    m: &mut Matcher<'_, Fiber>,
    from: usize,
    not_at: usize,
) -> Result<Option<(usize, usize)>, Thrown> {
    match m.search(fiber, from, not_at) {
        Ok(found) => Ok(found),
        Err(failure) => Err(raise(fiber, failure)),
    }
}

/// Value `i` of a match: a capture, or the whole if there are none.
#[inline]
fn value(
    fiber: &mut Fiber,
    m: &Matcher<'_, Fiber>,
    i: usize,
    whole: (usize, usize),
) -> Result<Value, Thrown> {
    let (start, end) = m.capture(i, whole);
    if m.is_position(i) {
        return Ok(Value::int_unchecked(start as i64 + 1));
    }
    Ok(fiber.new_str(&m.subject()[start..end])?.to_value())
}

/// The values of a match on the stack, where the collector sees them; gives their number.
#[inline]
fn values(
    fiber: &mut Fiber,
    m: &Matcher<'_, Fiber>,
    whole: (usize, usize),
    to: &mut [Value],
) -> Result<usize, Thrown> {
    let count = m.value_count();
    for (i, to) in to[..count].iter_mut().enumerate() {
        *to = value(fiber, m, i, whole)?;
    }
    Ok(count)
}

/// The offset that `init` means; `None` if it is behind the end.
#[inline]
fn start_offset(fiber: &mut Fiber, args: Args, i: u32, len: usize) -> Result<Option<usize>, Thrown> {
    let init = args.opt_int(fiber, i, 1)?;
    let at = match init {
        1.. => init - 1,
        0 => 0,
        _ => (len as i64).saturating_add(init).max(0),
    };
    Ok(if at > len as i64 { None } else { Some(at as usize) })
}

// ---- find and match -----------------------------------------------------------------------------------------------------

/// `string.find` of a constant.
struct Find {
    source: Box<[u8]>,
    finder: memmem::Finder<'static>,
    /// `None` if it is faulty, which does not matter where it is taken as it is.
    pattern: Option<Pattern>,
}

/// `string.find` of a constant.
pub(super) fn prepare_find(source: &[u8]) -> Option<Box<dyn Prepared>> {
    let pattern = Pattern::compile(source, true).ok();
    let finder = memmem::Finder::new(source).into_owned();
    Some(Box::new(Find { source: source.into(), finder, pattern }))
}

impl Prepared for Find {
    fn call(&self, fiber: &mut Fiber, args: Args) -> NativeResult {
        let subject = args.str(fiber, 0)?.bytes(fiber.mutator());
        let Some(from) = start_offset(fiber, args, 2, subject.len())? else { return args.ret1(Value::NIL) };
        match &self.pattern {
            Some(pattern) if !pattern.is_plain && !args.truth(3) => {
                find_pattern(fiber, args, pattern, subject, from)
            }
            None if !args.truth(3) => find(fiber, args),
            _ => {
                let rest = &subject[from..];
                let at = if let [byte] = *self.source { memchr(byte, rest) } else { self.finder.find(rest) };
                found(args, at, from, self.source.len())
            }
        }
    }
}

pub(super) fn find(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let p = args.str(fiber, 1)?;
    let subject = s.bytes(fiber.mutator());
    let source = p.bytes(fiber.mutator());
    let Some(from) = start_offset(fiber, args, 2, subject.len())? else { return args.ret1(Value::NIL) };
    let plain = args.truth(3);
    if let [byte] = source
        && (plain || !is_special(*byte))
    {
        return found(args, memchr(*byte, &subject[from..]), from, 1);
    }
    if plain {
        let at = find_polling(fiber, &subject[from..], source)?;
        return found(args, at, from, source.len());
    }
    let lease = Lease::new(fiber, p, source)?;
    let result = if lease.pattern.is_plain {
        let at = find_polling(fiber, &subject[from..], source)?;
        found(args, at, from, source.len())
    } else {
        find_pattern(fiber, args, &lease.pattern, subject, from)
    };
    lease.give_back(source);
    result
}

/// The offset of a text in another.
#[inline]
pub(super) fn find_text(text: &[u8], what: &[u8]) -> Option<usize> {
    match what {
        [] => Some(0),
        [byte] => memchr(*byte, text),
        _ => memmem::find(text, what),
    }
}

/// Bytes that a search looks at between two polls.
pub(super) const SEARCH_BYTES: usize = 1 << 19;

/// As [`find_text`], polling where the text is long.
#[inline]
pub(super) fn find_polling(fiber: &mut Fiber, text: &[u8], what: &[u8]) -> Result<Option<usize>, Thrown> {
    // Pieces overlap by what may begin in one of them.
    let piece = SEARCH_BYTES + what.len();
    match find_text(&text[..text.len().min(piece)], what) {
        None if text.len() > piece => find_behind(fiber, text, what),
        found => Ok(found),
    }
}

#[cold]
#[inline(never)]
fn find_behind(fiber: &mut Fiber, text: &[u8], what: &[u8]) -> Result<Option<usize>, Thrown> {
    let finder = memmem::Finder::new(what);
    let mut at = SEARCH_BYTES;
    loop {
        fiber.poll()?;
        let end = text.len().min(at + SEARCH_BYTES + what.len());
        if let Some(n) = finder.find(&text[at..end]) {
            return Ok(Some(at + n));
        }
        if end == text.len() {
            return Ok(None);
        }
        at += SEARCH_BYTES;
    }
}

#[inline]
fn found(args: Args, at: Option<usize>, from: usize, len: usize) -> NativeResult {
    match at {
        Some(n) => {
            let start = (from + n) as i64;
            args.ret2(Value::int_unchecked(start + 1), Value::int_unchecked(start + len as i64))
        }
        None => args.ret1(Value::NIL),
    }
}

fn find_pattern(
    fiber: &mut Fiber,
    args: Args,
    pattern: &Pattern,
    subject: &[u8],
    from: usize,
) -> NativeResult {
    let mut m = Matcher::new(pattern, subject);
    let Some(whole) = search(fiber, &mut m, from, NOWHERE)? else { return args.ret1(Value::NIL) };
    let bounds = [Value::int_unchecked(whole.0 as i64 + 1), Value::int_unchecked(whole.1 as i64)];
    match m.capture_count() {
        0 => args.ret2(bounds[0], bounds[1]),
        1 => {
            let capture = value(fiber, &m, 0, whole)?;
            args.ret3(bounds[0], bounds[1], capture)
        }
        _ => {
            let mut results = [Value::NIL; CAPTURES_MAX + 2];
            results[..2].copy_from_slice(&bounds);
            let count = values(fiber, &m, whole, &mut results[2..])?;
            args.ret(fiber, &results[..count + 2])
        }
    }
}

pub(super) fn match_(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let p = args.str(fiber, 1)?;
    let subject = s.bytes(fiber.mutator());
    let source = p.bytes(fiber.mutator());
    let Some(from) = start_offset(fiber, args, 2, subject.len())? else { return args.ret1(Value::NIL) };
    let lease = Lease::new(fiber, p, source)?;
    let result = match_pattern(fiber, args, &lease.pattern, subject, from);
    lease.give_back(source);
    result
}

fn match_pattern(
    fiber: &mut Fiber,
    args: Args,
    pattern: &Pattern,
    subject: &[u8],
    from: usize,
) -> NativeResult {
    let mut m = Matcher::new(pattern, subject);
    match search(fiber, &mut m, from, NOWHERE)? {
        Some(whole) => give_values(fiber, args, &m, whole),
        None => args.ret1(Value::NIL),
    }
}

/// `string.match` of a constant pattern.
struct Match(Pattern);

/// `string.match` of a constant pattern; a faulty one raises when it is called.
pub(super) fn prepare_match(source: &[u8]) -> Option<Box<dyn Prepared>> {
    Some(Box::new(Match(Pattern::compile(source, true).ok()?)))
}

impl Prepared for Match {
    fn call(&self, fiber: &mut Fiber, args: Args) -> NativeResult {
        let subject = args.str(fiber, 0)?.bytes(fiber.mutator());
        match start_offset(fiber, args, 2, subject.len())? {
            Some(from) => match_pattern(fiber, args, &self.0, subject, from),
            None => args.ret1(Value::NIL),
        }
    }
}

/// The values of a match as results.
#[inline]
fn give_values(fiber: &mut Fiber, args: Args, m: &Matcher<'_, Fiber>, whole: (usize, usize)) -> NativeResult {
    if m.value_count() == 1 {
        let v = value(fiber, m, 0, whole)?;
        return args.ret1(v);
    }
    let mut results = [Value::NIL; CAPTURES_MAX];
    let count = values(fiber, m, whole, &mut results)?;
    args.ret(fiber, &results[..count])
}

// ---- gmatch -------------------------------------------------------------------------------------------------------------

/// The state of an iterator that `gmatch` gave.
struct Walk {
    pattern: Arc<Pattern>,
    /// Where the next search begins; behind the subject's end if nothing is left.
    at: AtomicUsize,
    /// Where the last match ended.
    last: AtomicUsize,
}

impl Foreign for Walk {
    fn trace(&self, _: &mut Marker) {}

    fn type_name(&self) -> &'static str {
        "userdata"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

static NEXT_MATCH: NativeDef = NativeDef::new("string.gmatch", next_match);

pub(super) fn gmatch(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let p = args.str(fiber, 1)?;
    let len = s.len();
    let source = p.bytes(fiber.mutator());
    let at = start_offset(fiber, args, 2, len)?.unwrap_or(len + 1);
    let pattern = if source.first() == Some(&b'^') {
        compile(fiber, source, false)?
    } else {
        let lease = Lease::new(fiber, p, source)?;
        let pattern = lease.pattern.clone();
        lease.give_back(source);
        pattern
    };
    give_walk(fiber, args, s, pattern, at)
}

/// Gives an iterator over the matches from an offset on.
fn give_walk(fiber: &mut Fiber, args: Args, s: Str, pattern: Arc<Pattern>, at: usize) -> NativeResult {
    let walk = Walk { pattern, at: AtomicUsize::new(at), last: AtomicUsize::new(NOWHERE) };
    let (engine, m) = fiber.parts();
    let walk = m.new_foreign(walk, 0, 0);
    let f = engine.new_native_with(m, &NEXT_MATCH, &[s.to_value(), walk]);
    args.ret1(f)
}

/// `string.gmatch` of a constant pattern.
struct Gmatch(Arc<Pattern>);

/// `string.gmatch` of a constant pattern; a faulty one raises when it is called.
pub(super) fn prepare_gmatch(source: &[u8]) -> Option<Box<dyn Prepared>> {
    Some(Box::new(Gmatch(Arc::new(Pattern::compile(source, false).ok()?))))
}

impl Prepared for Gmatch {
    fn call(&self, fiber: &mut Fiber, args: Args) -> NativeResult {
        let s = args.str(fiber, 0)?;
        let len = s.len();
        let at = start_offset(fiber, args, 2, len)?.unwrap_or(len + 1);
        give_walk(fiber, args, s, self.0.clone(), at)
    }
}

fn next_match(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (subject, walk) = (args.upvalue(0), args.upvalue(1));
    let (Some(s), Some(walk)) = (Str::from_value(subject), walk.as_foreign::<Walk>()) else {
        return args.ret0();
    };
    let subject = s.bytes(fiber.mutator());
    let mut m = Matcher::new(&walk.pattern, subject);
    match search(fiber, &mut m, walk.at.load(Relaxed), walk.last.load(Relaxed))? {
        Some(whole) => {
            walk.at.store(whole.1, Relaxed);
            walk.last.store(whole.1, Relaxed);
            give_values(fiber, args, &m, whole)
        }
        None => {
            walk.at.store(subject.len() + 1, Relaxed);
            args.ret1(Value::NIL)
        }
    }
}

// ---- gsub ---------------------------------------------------------------------------------------------------------------

/// What matches are replaced with.
#[derive(Clone, Copy)]
enum Replacement<'a> {
    /// This text.
    Text(&'a [u8]),
    /// This text, in which `%` is special.
    Template(&'a [u8]),
    /// What the table has for the first capture.
    Table(Table),
    /// What the function gives for the captures.
    Function(Value),
}

pub(super) fn gsub(fiber: &mut Fiber, args: Args) -> NativeResult {
    let s = args.str(fiber, 0)?;
    let p = args.str(fiber, 1)?;
    let (replacement, max) = replacement(fiber, args)?;
    let source = p.bytes(fiber.mutator());
    let lease = Lease::new(fiber, p, source)?;
    if replacement.calls() {
        // The call may be dropped where it runs user code.
        let held = fiber.hold(lease);
        let result = gsub_pattern(fiber, args, &held.pattern, s, replacement, max);
        held.into_inner().give_back(source);
        return result;
    }
    let result = gsub_pattern(fiber, args, &lease.pattern, s, replacement, max);
    lease.give_back(source);
    result
}

/// What matches are replaced with, and how many at most.
fn replacement<'a>(fiber: &mut Fiber, args: Args) -> Result<(Replacement<'a>, i64), Thrown> {
    let v = args.get(2);
    let replacement = if v.is_function() {
        Replacement::Function(v)
    } else if let Some(t) = Table::from_value(v) {
        Replacement::Table(t)
    } else if v.is_string() || v.is_number() {
        let text = args.str(fiber, 2)?.bytes(fiber.mutator());
        if memchr(b'%', text).is_some() { Replacement::Template(text) } else { Replacement::Text(text) }
    } else {
        return Err(args.type_error(fiber, 2, "string/function/table"));
    };
    Ok((replacement, args.opt_int(fiber, 3, i64::MAX)?))
}

impl Replacement<'_> {
    /// Whether user code may run for it.
    fn calls(&self) -> bool {
        matches!(self, Replacement::Function(_) | Replacement::Table(_))
    }
}

fn gsub_pattern(
    fiber: &mut Fiber,
    args: Args,
    pattern: &Pattern,
    s: Str,
    replacement: Replacement<'_>,
    max: i64,
) -> NativeResult {
    let mut m = Matcher::new(pattern, s.bytes(fiber.mutator()));
    let (out, count) = if replacement.calls() {
        // As above.
        let mut held = fiber.hold(None);
        let count = replace_all(fiber, &mut m, replacement, max, &mut held);
        (held.into_inner(), count)
    } else {
        let mut out = None;
        let count = replace_all(fiber, &mut m, replacement, max, &mut out);
        (out, count)
    };
    let count = count?;
    let result = match out {
        None => s,
        Some(out) => out.finish(fiber)?,
    };
    args.ret2(result.to_value(), Value::int_unchecked(count))
}

/// `string.gsub` of a constant pattern.
struct Gsub(Pattern);

/// `string.gsub` of a constant pattern; a faulty one raises when it is called.
pub(super) fn prepare_gsub(source: &[u8]) -> Option<Box<dyn Prepared>> {
    Some(Box::new(Gsub(Pattern::compile(source, true).ok()?)))
}

impl Prepared for Gsub {
    fn call(&self, fiber: &mut Fiber, args: Args) -> NativeResult {
        let s = args.str(fiber, 0)?;
        let (replacement, max) = replacement(fiber, args)?;
        gsub_pattern(fiber, args, &self.0, s, replacement, max)
    }
}

/// Replaces up to `max` matches, whose number it gives. The new text goes to `out`, if it is another one.
fn replace_all(
    fiber: &mut Fiber,
    m: &mut Matcher<'_, Fiber>,
    replacement: Replacement<'_>,
    max: i64,
    out: &mut Option<Buffer>,
) -> Result<i64, Thrown> {
    let subject = m.subject();
    // The subject up to here is in `out`, or will be.
    let mut copied = 0;
    let (mut at, mut last, mut count) = (0, NOWHERE, 0);
    while count < max {
        let Some(whole) = search(fiber, m, at, last)? else { break };
        count += 1;
        (at, last) = (whole.1, whole.1);
        let value = match replacement {
            Replacement::Text(_) | Replacement::Template(_) => Value::NIL,
            Replacement::Table(t) => {
                let key = value(fiber, m, 0, whole)?;
                access::get(fiber, t, key)?
            }
            Replacement::Function(f) => {
                let mut captures = [Value::NIL; CAPTURES_MAX];
                let n = values(fiber, m, whole, &mut captures)?;
                fiber.call1(f, &captures[..n])?
            }
        };
        let text = match replacement {
            Replacement::Text(text) => text,
            Replacement::Template(_) => &[],
            Replacement::Table(_) | Replacement::Function(_) => {
                if value.is_falsy() {
                    if m.is_anchored() {
                        break;
                    }
                    continue;
                }
                match Str::from_value(value) {
                    Some(s) => s.bytes(fiber.mutator()),
                    None if value.is_number() => fiber.number_to_str(value)?.bytes(fiber.mutator()),
                    None => {
                        let t = fiber.type_name_of(value);
                        return Err(fiber.error(&format!("invalid replacement value (a {t})")));
                    }
                }
            }
        };
        let to = match out {
            Some(out) => out,
            None => {
                let to = out.insert(Buffer::new());
                to.reserve(fiber, subject.len())?;
                to
            }
        };
        to.push(fiber, &subject[copied..whole.0])?;
        match replacement {
            Replacement::Template(template) => expand(fiber, m, template, whole, to)?,
            _ => to.push(fiber, text)?,
        }
        copied = whole.1;
        if m.is_anchored() {
            break;
        }
    }
    if let Some(out) = out {
        out.push(fiber, &subject[copied..])?;
    }
    Ok(count)
}

/// Appends a replacement text with the captures that it names.
fn expand(
    fiber: &mut Fiber,
    m: &Matcher<'_, Fiber>,
    template: &[u8],
    whole: (usize, usize),
    out: &mut Buffer,
) -> Result<(), Thrown> {
    let mut rest = template;
    while let Some(n) = memchr(b'%', rest) {
        out.push(fiber, &rest[..n])?;
        match rest.get(n + 1) {
            Some(b'%') => out.push(fiber, b"%")?,
            Some(b'0') => out.push(fiber, &m.subject()[whole.0..whole.1])?,
            Some(digit @ b'1'..=b'9') => {
                let i = (digit - b'1') as usize;
                if i >= m.value_count() {
                    return Err(fiber.error(&format!("invalid capture index %{}", i + 1)));
                }
                let (start, end) = m.capture(i, whole);
                if m.is_position(i) {
                    out.push(fiber, (start + 1).to_string().as_bytes())?;
                } else {
                    out.push(fiber, &m.subject()[start..end])?;
                }
            }
            _ => return Err(fiber.error("invalid use of '%' in replacement string")),
        }
        rest = &rest[n + 2..];
    }
    out.push(fiber, rest)
}
