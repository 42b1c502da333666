//! Matching a compiled pattern: a backtracking walk along its operations.
//!
//! Since a pattern is a line of operations, a match that fails in the rest is tried again at the last repetition, and
//! captures need no undoing: whatever is tried again also sets the captures behind it again. Recursion happens only at
//! repetitions that may have to give something back, and is bounded; the bound counts as the reference implementation
//! does, where captures and all repetitions nest.

use super::pattern::{CAPTURES_MAX, Item, Next, Op, Pattern};
use memchr::memchr;

/// Deepest nesting of a match.
const DEPTH_MAX: u32 = 200;
/// Bytes looked at between two polls.
const POLL_WORK: usize = 1 << 16;

/// What a match ends with if it is not the offset of its end.
const FAIL: usize = usize::MAX;
const TOO_COMPLEX: usize = usize::MAX - 1;
const STOPPED: usize = usize::MAX - 2;

/// Who may stop a long match.
pub(super) trait Watch {
    /// Why it was stopped.
    type Error;
    /// Called now and then.
    fn poll(&mut self) -> Result<(), Self::Error>;
}

/// Why a match was given up.
#[derive(Debug)]
pub(super) enum Failure<E> {
    /// `pattern too complex`.
    TooComplex,
    /// The watcher stopped it.
    Stopped(E),
}

/// A pattern and a subject, and what the last match captured.
pub(super) struct Matcher<'a, W: Watch> {
    pattern: &'a Pattern,
    subject: &'a [u8],
    captures: [(usize, usize); CAPTURES_MAX],
    /// Bytes looked at since the last poll.
    work: usize,
    stopped: Option<W::Error>,
}

impl<'a, W: Watch> Matcher<'a, W> {
    /// No match yet.
    pub(super) fn new(pattern: &'a Pattern, subject: &'a [u8]) -> Matcher<'a, W> {
        Matcher { pattern, subject, captures: [(0, 0); CAPTURES_MAX], work: 0, stopped: None }
    }

    /// The first match that begins at or behind `from` and does not end at `not_at`: its bounds.
    #[inline]
    pub(super) fn search(
        &mut self,
        watch: &mut W,
        from: usize,
        not_at: usize,
    ) -> Result<Option<(usize, usize)>, Failure<W::Error>> {
        let mut start = from;
        while start <= self.subject.len() {
            if !self.pattern.is_anchored {
                match self.next_place(self.pattern.start, start) {
                    Some(place) => {
                        self.work += place - start + 1;
                        start = place;
                    }
                    None => return Ok(None),
                }
                if self.work > POLL_WORK {
                    self.poll(watch);
                }
            }
            let end = match &self.stopped {
                None => self.run(watch, start, 0, 1),
                Some(_) => STOPPED,
            };
            if end < STOPPED {
                if end != not_at {
                    return Ok(Some((start, end)));
                }
            } else if end != FAIL {
                return Err(self.failure(end));
            }
            if self.pattern.is_anchored {
                return Ok(None);
            }
            start += 1;
        }
        Ok(None)
    }

    /// Number of values that a match gives: its captures, or the whole.
    #[inline]
    pub(super) fn value_count(&self) -> usize {
        self.pattern.captures.len().max(1)
    }

    /// The bounds of capture `i`; of the whole match, which is given, if there are no captures.
    #[inline]
    pub(super) fn capture(&self, i: usize, whole: (usize, usize)) -> (usize, usize) {
        if self.pattern.captures.is_empty() { whole } else { self.captures[i] }
    }

    /// Whether capture `i` is of a position.
    #[inline]
    pub(super) fn is_position(&self, i: usize) -> bool {
        self.pattern.captures.get(i).is_some_and(|p| *p)
    }

    /// Whether the pattern matches at the start of the search only.
    #[inline]
    pub(super) fn is_anchored(&self) -> bool {
        self.pattern.is_anchored
    }

    /// Number of captures in the pattern.
    #[inline]
    pub(super) fn capture_count(&self) -> usize {
        self.pattern.captures.len()
    }

    /// The subject.
    #[inline]
    pub(super) fn subject(&self) -> &'a [u8] {
        self.subject
    }

    #[cold]
    fn failure(&mut self, code: usize) -> Failure<W::Error> {
        match self.stopped.take() {
            Some(e) if code == STOPPED => Failure::Stopped(e),
            _ => Failure::TooComplex,
        }
    }

    #[cold]
    #[inline(never)]
    fn poll(&mut self, watch: &mut W) {
        self.work = 0;
        if let Err(e) = watch.poll() {
            self.stopped = Some(e);
        }
    }

    /// The first place from `at` on where `next` allows the rest to begin.
    #[inline]
    fn next_place(&self, next: Next, at: usize) -> Option<usize> {
        match next {
            Next::Anywhere => Some(at),
            Next::Byte(byte) => memchr(byte, &self.subject[at..]).map(|n| at + n),
            Next::Set(set, at_end) => {
                let set = self.pattern.set(set);
                match self.subject[at..].iter().position(|b| set[*b as usize]) {
                    Some(n) => Some(at + n),
                    None if at_end => Some(self.subject.len()),
                    None => None,
                }
            }
        }
    }

    /// Whether `next` allows the rest to begin at `at`.
    #[inline]
    fn may_begin(&self, next: Next, at: usize) -> bool {
        match (next, self.subject.get(at)) {
            (Next::Anywhere, _) => true,
            (Next::Byte(byte), b) => b == Some(&byte),
            (Next::Set(set, _), Some(b)) => self.pattern.set(set)[*b as usize],
            (Next::Set(_, at_end), None) => at_end,
        }
    }

    #[inline(always)]
    fn is_item(&self, item: Item, byte: u8) -> bool {
        match item {
            Item::Any => true,
            Item::Byte(b) => b == byte,
            Item::Set(set) => self.pattern.set(set)[byte as usize],
        }
    }

    /// The end of the run of items that begins at `at`.
    #[inline(always)]
    fn span(&self, item: Item, at: usize) -> usize {
        let rest = &self.subject[at..];
        let count = match item {
            Item::Any => None,
            Item::Byte(byte) => rest.iter().position(|b| *b != byte),
            Item::Set(set) => {
                let set = self.pattern.set(set);
                rest.iter().position(|b| !set[*b as usize])
            }
        };
        count.map_or(self.subject.len(), |n| at + n)
    }

    /// Matches the operations from `pc` on at `at`: the end of the match, or why there is none.
    fn run(&mut self, watch: &mut W, mut at: usize, mut pc: usize, mut depth: u32) -> usize {
        let pattern = self.pattern;
        loop {
            match pattern.ops[pc] {
                Op::Accept => return at,
                Op::Byte(byte) => match self.subject.get(at) {
                    Some(b) if *b == byte => at += 1,
                    _ => return FAIL,
                },
                Op::Set(set) => match self.subject.get(at) {
                    Some(b) if pattern.set(set)[*b as usize] => at += 1,
                    _ => return FAIL,
                },
                Op::Any => {
                    if at == self.subject.len() {
                        return FAIL;
                    }
                    at += 1;
                }
                Op::Literal { start, len } => {
                    let text = &pattern.literals[start as usize..(start + len) as usize];
                    if !self.subject[at..].starts_with(text) {
                        return FAIL;
                    }
                    at += text.len();
                }
                Op::Greedy { item, least, simple, next } => {
                    let end = self.span(item, at);
                    if end - at < least as usize {
                        return FAIL;
                    }
                    self.work += end - at;
                    depth += 1;
                    if depth > DEPTH_MAX {
                        return TOO_COMPLEX;
                    }
                    if !simple {
                        return self.give_back(watch, end, at + least as usize, pc, depth, next);
                    }
                    at = end;
                }
                Op::Optional { item, simple } => {
                    if self.subject.get(at).is_some_and(|b| self.is_item(item, *b)) {
                        if depth == DEPTH_MAX {
                            return TOO_COMPLEX;
                        }
                        if simple {
                            depth += 1;
                            at += 1;
                        } else {
                            let end = self.run(watch, at + 1, pc + 1, depth + 1);
                            if end != FAIL {
                                return end;
                            }
                        }
                    }
                }
                Op::Lazy { item, next } => return self.take_more(watch, item, at, pc, depth + 1, next),
                Op::Open(number) => {
                    self.captures[number as usize].0 = at;
                    depth += 1;
                }
                Op::Close(number) => {
                    self.captures[number as usize].1 = at;
                    depth += 1;
                }
                Op::Position(number) => {
                    self.captures[number as usize] = (at, at);
                    depth += 1;
                }
                Op::Balanced(open, close) => match self.balanced(at, open, close) {
                    Some(end) => at = end,
                    None => return FAIL,
                },
                Op::Frontier(set) => {
                    let set = pattern.set(set);
                    let before = if at == 0 { 0 } else { self.subject[at - 1] };
                    let behind = self.subject.get(at).copied().unwrap_or(0);
                    if set[before as usize] || !set[behind as usize] {
                        return FAIL;
                    }
                }
                Op::Back(number) => {
                    let (start, end) = self.captures[number as usize];
                    if !self.subject[at..].starts_with(&self.subject[start..end]) {
                        return FAIL;
                    }
                    at += end - start;
                    self.work += end - start;
                }
                Op::End => {
                    if at != self.subject.len() {
                        return FAIL;
                    }
                }
                Op::Never => return FAIL,
            }
            if depth > DEPTH_MAX {
                return TOO_COMPLEX;
            }
            pc += 1;
        }
    }

    /// A greedy repetition that reached `end`: tries the rest there, then one item less each time, down to `least`.
    #[inline(never)]
    fn give_back(
        &mut self,
        watch: &mut W,
        end: usize,
        least: usize,
        pc: usize,
        depth: u32,
        next: Next,
    ) -> usize {
        let mut at = end;
        loop {
            if self.may_begin(next, at) {
                let found = self.run(watch, at, pc + 1, depth);
                if found != FAIL {
                    return found;
                }
            }
            if at == least {
                return FAIL;
            }
            at -= 1;
            self.work += 1;
            if self.work > POLL_WORK {
                self.poll(watch);
                if self.stopped.is_some() {
                    return STOPPED;
                }
            }
        }
    }

    /// A lazy repetition: tries the rest, then takes an item more each time.
    #[inline(never)]
    fn take_more(
        &mut self,
        watch: &mut W,
        item: Item,
        at: usize,
        pc: usize,
        depth: u32,
        next: Next,
    ) -> usize {
        if depth > DEPTH_MAX {
            return TOO_COMPLEX;
        }
        let mut at = at;
        loop {
            // The next place where the rest can begin; all bytes up to there must be items.
            let Some(place) = self.next_place(next, at) else {
                self.work += self.subject.len() - at;
                return FAIL;
            };
            if item != Item::Any && self.subject[at..place].iter().any(|b| !self.is_item(item, *b)) {
                return FAIL;
            }
            self.work += place - at + 1;
            at = place;
            let found = self.run(watch, at, pc + 1, depth);
            if found != FAIL {
                return found;
            }
            match self.subject.get(at) {
                Some(b) if self.is_item(item, *b) => at += 1,
                _ => return FAIL,
            }
            if self.work > POLL_WORK {
                self.poll(watch);
                if self.stopped.is_some() {
                    return STOPPED;
                }
            }
        }
    }

    /// The end of the run from `open` to its `close`.
    fn balanced(&mut self, at: usize, open: u8, close: u8) -> Option<usize> {
        if self.subject.get(at) != Some(&open) {
            return None;
        }
        let mut level = 1usize;
        for (i, b) in self.subject[at + 1..].iter().enumerate() {
            if *b == close {
                level -= 1;
                if level == 0 {
                    self.work += i;
                    return Some(at + i + 2);
                }
            } else if *b == open {
                level += 1;
            }
        }
        self.work += self.subject.len() - at;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Watch for Nobody {
        type Error = ();
        fn poll(&mut self) -> Result<(), ()> {
            Ok(())
        }
    }

    /// The match and its captures as text, `@n` for positions; `-` if there is none.
    fn matched(pattern: &str, subject: &str) -> String {
        let pattern = Pattern::compile(pattern.as_bytes(), true).unwrap();
        let mut m = Matcher::new(&pattern, subject.as_bytes());
        match m.search(&mut Nobody, 0, FAIL) {
            Ok(None) => "-".to_string(),
            Err(Failure::TooComplex) => "too complex".to_string(),
            Err(Failure::Stopped(())) => "stopped".to_string(),
            Ok(Some(whole)) => {
                let mut text = subject[whole.0..whole.1].to_string();
                for i in 0..m.capture_count() {
                    let (start, end) = m.capture(i, whole);
                    let capture =
                        if m.is_position(i) { format!("@{}", start + 1) } else { subject[start..end].into() };
                    text = format!("{text}|{capture}");
                }
                text
            }
        }
    }

    #[test]
    fn items_and_repetitions() {
        assert_eq!(matched("l+", "hello"), "ll");
        assert_eq!(matched("%a+", "12 abc 3"), "abc");
        assert_eq!(matched("%d*", "abc"), "");
        assert_eq!(matched("%w+%d", "abc12x"), "abc12");
        assert_eq!(matched(".*,", "a,b,c"), "a,b,");
        assert_eq!(matched(".-,", "a,b,c"), "a,");
        assert_eq!(matched("^%s*(.-)%s*$", "  a b  "), "  a b  |a b");
        assert_eq!(matched("a?ab", "ab"), "ab");
        assert_eq!(matched("a?ab", "aab"), "aab");
        assert_eq!(matched("[^,]+", ",,xy,"), "xy");
        assert_eq!(matched("[]]+", "a]]"), "]]");
        assert_eq!(matched("[a-]+", "b-a-c"), "-a-");
        assert_eq!(matched("[%a_][%w_]*", "1_x9"), "_x9");
        assert_eq!(matched("[%a-z]+", "a-z"), "a-z");
        assert_eq!(matched("a.c", "a\nc"), "a\nc");
        assert_eq!(matched("%S+", "  é "), "é");
        assert_eq!(matched("x*$", "axx"), "xx");
        assert_eq!(matched("$", "abc"), "");
        assert_eq!(matched("a$b", "a$b"), "a$b");
        assert_eq!(matched("a^", "a^"), "a^");
        assert_eq!(matched("^b", "ab"), "-");
        assert_eq!(matched("x-y", "xxy"), "xxy");
        assert_eq!(matched("%d-x", "12ax"), "x");
        assert_eq!(matched("%q", "q"), "q");
    }

    #[test]
    fn captures_and_references() {
        assert_eq!(matched("(%a+) (%a+)", "hello big world"), "hello big|hello|big");
        assert_eq!(matched("()ll()", "hello"), "ll|@3|@5");
        assert_eq!(matched("((a)(b))", "xab"), "ab|ab|a|b");
        assert_eq!(matched("([\"'])(.-)%1", "say \"it's\" x"), "\"it's\"|\"|it's");
        assert_eq!(matched("(a*)%1", "aaaa"), "aaaa|aa");
        assert_eq!(matched("()%1", "a"), "-");
        assert_eq!(matched("(.-)=(.-);", "a=b;c=d;"), "a=b;|a|b");
    }

    #[test]
    fn balanced_runs_and_frontiers() {
        assert_eq!(matched("%b()", "f(a(b)c)d)"), "(a(b)c)");
        assert_eq!(matched("%b()", "((("), "-");
        assert_eq!(matched("%b''", "a'b'c'"), "'b'");
        assert_eq!(matched("%f[%w]%w+", "  foo bar"), "foo");
        assert_eq!(matched("%w+%f[%W]", "foo"), "foo");
        assert_eq!(matched("%f[a]a*%f[^a]b", "caab"), "aab");
        assert_eq!(matched("foo%f[%z]", "foo"), "-");
        assert_eq!(matched("foo%f[^%w]", "foo"), "foo");
    }

    #[test]
    fn nesting_is_bounded() {
        let a = "a".repeat(1000);
        assert_eq!(matched(&"a?".repeat(150), &a), "a".repeat(150));
        assert_eq!(matched(&"a?".repeat(300), &a), "too complex");
        assert_eq!(matched(&".?".repeat(200_000), &a), "too complex");
        assert_eq!(matched(&"a*".repeat(300), "a"), "too complex");
        assert_eq!(matched(&"a".repeat(900), &a), "a".repeat(900));
    }

    #[test]
    fn a_match_may_not_end_where_the_last_one_did() {
        let pattern = Pattern::compile(b"%w*", true).unwrap();
        let mut m = Matcher::new(&pattern, b"abc");
        assert_eq!(m.search(&mut Nobody, 0, FAIL).unwrap(), Some((0, 3)));
        assert_eq!(m.search(&mut Nobody, 3, 3).unwrap(), None);
    }

    #[test]
    fn a_watcher_stops_long_matches() {
        struct Impatient;
        impl Watch for Impatient {
            type Error = ();
            fn poll(&mut self) -> Result<(), ()> {
                Err(())
            }
        }
        let subject = "a".repeat(2000);
        let pattern = Pattern::compile(b".-.-.-b", true).unwrap();
        let mut m = Matcher::new(&pattern, subject.as_bytes());
        // The end of the subject is missing, so this is cubic if nothing stops it. A byte that cannot begin the rest is
        // skipped, hence a subject that has one.
        let _ = m.search(&mut Impatient, 0, FAIL);
        let subject = format!("{}c", "ab".repeat(2000));
        let pattern = Pattern::compile(b".-b.-b.-bx", true).unwrap();
        let mut m = Matcher::new(&pattern, subject.as_bytes());
        assert!(matches!(m.search(&mut Impatient, 0, FAIL), Err(Failure::Stopped(()))));
    }
}
