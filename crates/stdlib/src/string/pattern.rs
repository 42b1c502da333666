//! Patterns, compiled: from the text of a Lua pattern to a short list of operations.
//!
//! A pattern has no alternatives and no repeated groups, so its operations are a line, not a graph. Going through it
//! backwards tells for each place which bytes the rest can begin with (`Rest`), and that saves most backtracking:
//!
//! - A greedy repetition whose bytes cannot begin the rest never gives anything back: `%a+,` is a plain loop.
//! - Where it must, only places are tried at which the rest can begin; the same for lazy repetitions and for the search of
//!   a match's start.
//!
//! All malformed patterns are found here. Matching is in `matcher.rs`.

/// A set of bytes, as a table that a loop reads with one load.
pub(super) type Set = [bool; 256];

/// Most captures in a pattern.
pub(super) const CAPTURES_MAX: usize = 32;

/// What matches one byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Item {
    /// Any byte.
    Any,
    /// This byte.
    Byte(u8),
    /// A byte of the set with this number.
    Set(u32),
}

/// Where the rest of a pattern can begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// Anywhere.
    Anywhere,
    /// Before this byte only.
    Byte(u8),
    /// Before a byte of the set with this number; if the flag is set also at the end of the subject.
    Set(u32, bool),
}

/// One step of a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Op {
    /// Any byte.
    Any,
    /// This byte.
    Byte(u8),
    /// A byte of a set.
    Set(u32),
    /// These bytes of the literal text.
    Literal { start: u32, len: u32 },
    /// The longest run of at least `least` items that lets the rest match; if `simple` it is the longest run.
    Greedy { item: Item, least: u8, simple: bool, next: Next },
    /// The shortest run that lets the rest match.
    Lazy { item: Item, next: Next },
    /// An item if the rest matches behind it, else nothing; if `simple` an item if there is one.
    Optional { item: Item, simple: bool },
    /// A capture begins.
    Open(u8),
    /// A capture ends.
    Close(u8),
    /// A capture of a position.
    Position(u8),
    /// A balanced run.
    Balanced(u8, u8),
    /// From a byte not in the set to one in it.
    Frontier(u32),
    /// What a capture captured.
    Back(u8),
    /// The end of the subject.
    End,
    /// Nothing: no subject matches.
    Never,
    /// The pattern has matched.
    Accept,
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) ops: Box<[Op]>,
    pub(super) sets: Box<[Set]>,
    pub(super) literals: Box<[u8]>,
    /// For each capture whether it captures a position.
    pub(super) captures: Box<[bool]>,
    /// Whether it matches at the start of the search only.
    pub(super) is_anchored: bool,
    /// Where a match can begin.
    pub(super) start: Next,
    /// Whether it has no special bytes: `find` searches for its text.
    pub(super) is_plain: bool,
}

/// Why a text is no pattern: the message that scripts see.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PatternError(pub(super) String);

fn error<T>(message: &str) -> Result<T, PatternError> {
    Err(PatternError(message.to_string()))
}

/// Whether a byte has a meaning in patterns; a text without such bytes matches itself.
pub(super) fn is_special(byte: u8) -> bool {
    b"^$*+?.([%-".contains(&byte)
}

const NO_BYTES: Set = [false; 256];

/// Whether a byte is in the class with this lower-case letter; `None` if the letter names no class.
fn in_class(letter: u8, byte: u8) -> Option<bool> {
    Some(match letter {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'g' => byte.is_ascii_graphic(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => byte == b' ' || (9..=13).contains(&byte),
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}

/// Adds what `%letter` matches to a set.
fn add_class(set: &mut Set, letter: u8) {
    let lower = letter.to_ascii_lowercase();
    if in_class(lower, 0).is_none() {
        set[letter as usize] = true;
        return;
    }
    for byte in 0..=255u8 {
        if in_class(lower, byte) == Some(letter.is_ascii_lowercase()) {
            set[byte as usize] = true;
        }
    }
}

/// What the rest of a pattern can match, seen from a place in the subject.
struct Rest {
    /// The bytes before which it may match.
    bytes: Set,
    /// Whether it may match at the end of the subject.
    at_end: bool,
    /// Whether it matches wherever it is tried.
    always: bool,
}

/// The compiler's state.
struct Compiler<'a> {
    source: &'a [u8],
    at: usize,
    ops: Vec<Op>,
    sets: Vec<Set>,
    literals: Vec<u8>,
    captures: Vec<bool>,
    /// Captures that are open, innermost last.
    open: Vec<u8>,
}

impl Pattern {
    /// Compiles a pattern. Where `^` is no anchor (`gmatch`), `anchors` is false.
    pub(super) fn compile(source: &[u8], anchors: bool) -> Result<Pattern, PatternError> {
        let is_anchored = anchors && source.first() == Some(&b'^');
        let mut c = Compiler {
            source,
            at: is_anchored as usize,
            ops: Vec::with_capacity(8),
            sets: Vec::new(),
            literals: Vec::new(),
            captures: Vec::new(),
            open: Vec::new(),
        };
        while c.at < source.len() {
            c.step()?;
        }
        if !c.open.is_empty() {
            return error("unfinished capture");
        }
        c.ops.push(Op::Accept);
        let start = c.look_ahead();
        Ok(Pattern {
            ops: c.ops.into(),
            sets: c.sets.into(),
            literals: c.literals.into(),
            captures: c.captures.into(),
            is_anchored,
            start,
            is_plain: !source.iter().any(|b| is_special(*b)),
        })
    }

    /// The set with this number.
    #[inline(always)]
    pub(super) fn set(&self, number: u32) -> &Set {
        &self.sets[number as usize]
    }
}

impl Compiler<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.source.get(self.at + ahead).copied()
    }

    /// Compiles one element of the pattern.
    fn step(&mut self) -> Result<(), PatternError> {
        match self.source[self.at] {
            b'(' => return self.open_capture(),
            b')' => {
                let Some(number) = self.open.pop() else { return error("invalid pattern capture") };
                self.ops.push(Op::Close(number));
                self.at += 1;
                return Ok(());
            }
            b'$' if self.at + 1 == self.source.len() => {
                self.ops.push(Op::End);
                self.at += 1;
                return Ok(());
            }
            b'%' => match self.peek(1) {
                Some(b'b') => return self.balanced(),
                Some(b'f') => return self.frontier(),
                Some(digit @ b'0'..=b'9') => return self.back_reference(digit),
                _ => {}
            },
            _ => {}
        }
        let item = self.item()?;
        let next = Next::Anywhere;
        let op = match self.peek(0) {
            Some(b'*') => Op::Greedy { item, least: 0, simple: false, next },
            Some(b'+') => Op::Greedy { item, least: 1, simple: false, next },
            Some(b'-') => Op::Lazy { item, next },
            Some(b'?') => Op::Optional { item, simple: false },
            _ => {
                self.single(item);
                return Ok(());
            }
        };
        self.at += 1;
        self.ops.push(op);
        Ok(())
    }

    /// An item without repetition; neighbouring bytes become one literal.
    fn single(&mut self, item: Item) {
        let byte = match item {
            Item::Any => return self.ops.push(Op::Any),
            Item::Set(set) => return self.ops.push(Op::Set(set)),
            Item::Byte(byte) => byte,
        };
        match self.ops.last_mut() {
            Some(Op::Literal { len, .. }) => {
                *len += 1;
                self.literals.push(byte);
            }
            Some(last @ Op::Byte(_)) => {
                let Op::Byte(first) = *last else { return };
                *last = Op::Literal { start: self.literals.len() as u32, len: 2 };
                self.literals.extend([first, byte]);
            }
            _ => self.ops.push(Op::Byte(byte)),
        }
    }

    fn open_capture(&mut self) -> Result<(), PatternError> {
        let number = self.captures.len();
        if number >= CAPTURES_MAX {
            return error("too many captures");
        }
        if self.peek(1) == Some(b')') {
            self.captures.push(true);
            self.ops.push(Op::Position(number as u8));
            self.at += 2;
        } else {
            self.captures.push(false);
            self.open.push(number as u8);
            self.ops.push(Op::Open(number as u8));
            self.at += 1;
        }
        Ok(())
    }

    fn balanced(&mut self) -> Result<(), PatternError> {
        let (Some(open), Some(close)) = (self.peek(2), self.peek(3)) else {
            return error("malformed pattern (missing arguments to '%b')");
        };
        self.ops.push(Op::Balanced(open, close));
        self.at += 4;
        Ok(())
    }

    fn frontier(&mut self) -> Result<(), PatternError> {
        self.at += 2;
        if self.peek(0) != Some(b'[') {
            return error("missing '[' after '%f' in pattern");
        }
        let set = self.bracket_set()?;
        let number = self.add_set(&set);
        self.ops.push(Op::Frontier(number));
        Ok(())
    }

    fn back_reference(&mut self, digit: u8) -> Result<(), PatternError> {
        let number = (digit - b'0') as usize;
        if number == 0 || number > self.captures.len() || self.open.contains(&(number as u8 - 1)) {
            return Err(PatternError(format!("invalid capture index %{number}")));
        }
        let is_position = self.captures[number - 1];
        self.ops.push(if is_position { Op::Never } else { Op::Back(number as u8 - 1) });
        self.at += 2;
        Ok(())
    }

    /// Something that matches one byte.
    fn item(&mut self) -> Result<Item, PatternError> {
        let byte = self.source[self.at];
        match byte {
            b'.' => {
                self.at += 1;
                Ok(Item::Any)
            }
            b'[' => {
                let set = self.bracket_set()?;
                Ok(self.item_of(&set))
            }
            b'%' => {
                let Some(letter) = self.peek(1) else { return error("malformed pattern (ends with '%')") };
                self.at += 2;
                let mut set = NO_BYTES;
                add_class(&mut set, letter);
                Ok(self.item_of(&set))
            }
            _ => {
                self.at += 1;
                Ok(Item::Byte(byte))
            }
        }
    }

    fn item_of(&mut self, set: &Set) -> Item {
        match only_byte(set) {
            Some(byte) => Item::Byte(byte),
            None if set.iter().all(|b| *b) => Item::Any,
            None => Item::Set(self.add_set(set)),
        }
    }

    /// `[set]` or `[^set]`.
    fn bracket_set(&mut self) -> Result<Set, PatternError> {
        let mut start = self.at + 1;
        let complement = self.source.get(start) == Some(&b'^');
        start += complement as usize;
        // The first byte belongs to the set whatever it is, and so does one behind `%`.
        let mut end = start;
        loop {
            match self.source.get(end) {
                None => return error("malformed pattern (missing ']')"),
                Some(b']') if end > start => break,
                Some(b'%') => end += 2,
                Some(_) => end += 1,
            }
        }
        let body = &self.source[start..end];
        let mut set = NO_BYTES;
        let mut i = 0;
        while i < body.len() {
            match (body[i], body.get(i + 1), body.get(i + 2)) {
                (b'%', Some(letter), _) => {
                    add_class(&mut set, *letter);
                    i += 2;
                }
                (low, Some(b'-'), Some(high)) => {
                    for byte in low..=*high {
                        set[byte as usize] = true;
                    }
                    i += 3;
                }
                (byte, ..) => {
                    set[byte as usize] = true;
                    i += 1;
                }
            }
        }
        if complement {
            set.iter_mut().for_each(|b| *b = !*b);
        }
        self.at = end + 1;
        Ok(set)
    }

    fn add_set(&mut self, set: &Set) -> u32 {
        // The latest ones only, so that compiling stays linear.
        const LATEST: usize = 8;
        let first = self.sets.len().saturating_sub(LATEST);
        let number = match self.sets[first..].iter().position(|s| s == set) {
            Some(i) => first + i,
            None => {
                self.sets.push(*set);
                self.sets.len() - 1
            }
        };
        number as u32
    }

    /// Adds to `set` what the item matches.
    fn add_item(&self, set: &mut Set, item: Item) {
        match item {
            Item::Any => *set = [true; 256],
            Item::Byte(byte) => set[byte as usize] = true,
            Item::Set(number) => {
                let other = &self.sets[number as usize];
                set.iter_mut().zip(other).for_each(|(a, b)| *a |= *b);
            }
        }
    }

    /// Goes through the operations backwards and notes what repetitions may know about the rest. Tells where a match of
    /// the whole can begin.
    fn look_ahead(&mut self) -> Next {
        let mut rest = Rest { bytes: [true; 256], at_end: true, always: true };
        for i in (0..self.ops.len()).rev() {
            let next = match self.ops[i] {
                Op::Greedy { .. } | Op::Lazy { .. } => self.next_of(&rest),
                _ => Next::Anywhere,
            };
            match self.ops[i] {
                Op::Greedy { item, least, .. } => {
                    let simple = self.is_simple(item, &rest);
                    self.ops[i] = Op::Greedy { item, least, simple, next };
                }
                Op::Lazy { item, .. } => self.ops[i] = Op::Lazy { item, next },
                Op::Optional { item, .. } => {
                    self.ops[i] = Op::Optional { item, simple: self.is_simple(item, &rest) };
                }
                _ => {}
            }
            self.step_back(self.ops[i], &mut rest);
        }
        self.next_of(&rest)
    }

    /// Whether a repetition never has to give anything back: the rest matches behind the longest run if it does anywhere.
    fn is_simple(&self, item: Item, rest: &Rest) -> bool {
        let mut bytes = NO_BYTES;
        self.add_item(&mut bytes, item);
        rest.always || !bytes.iter().zip(&rest.bytes).any(|(a, b)| *a && *b)
    }

    /// From what follows an operation to what begins with it.
    fn step_back(&self, op: Op, rest: &mut Rest) {
        let mut only = |item: Item| {
            rest.bytes = NO_BYTES;
            self.add_item(&mut rest.bytes, item);
            rest.at_end = false;
            rest.always = false;
        };
        match op {
            Op::Any | Op::Greedy { item: Item::Any, least: 1, .. } => only(Item::Any),
            Op::Byte(byte) | Op::Balanced(byte, _) => only(Item::Byte(byte)),
            Op::Set(set) => only(Item::Set(set)),
            Op::Literal { start, .. } => only(Item::Byte(self.literals[start as usize])),
            Op::Greedy { item, least, .. } if least > 0 => only(item),
            Op::Greedy { item, .. } | Op::Lazy { item, .. } | Op::Optional { item, .. } => {
                self.add_item(&mut rest.bytes, item);
            }
            Op::Frontier(set) => {
                let set = &self.sets[set as usize];
                rest.bytes.iter_mut().zip(set).for_each(|(a, b)| *a &= *b);
                rest.at_end &= set[0];
                rest.always = false;
            }
            Op::Back(_) => *rest = Rest { bytes: [true; 256], at_end: true, always: false },
            Op::End => *rest = Rest { bytes: NO_BYTES, at_end: true, always: false },
            Op::Never => *rest = Rest { bytes: NO_BYTES, at_end: false, always: false },
            Op::Open(_) | Op::Close(_) | Op::Position(_) | Op::Accept => {}
        }
    }

    fn next_of(&mut self, rest: &Rest) -> Next {
        if rest.bytes.iter().all(|b| *b) {
            return Next::Anywhere;
        }
        match only_byte(&rest.bytes) {
            Some(byte) if !rest.at_end => Next::Byte(byte),
            _ => Next::Set(self.add_set(&rest.bytes), rest.at_end),
        }
    }
}

/// The byte of a set that has just one.
fn only_byte(set: &Set) -> Option<u8> {
    let mut members = set.iter().enumerate().filter(|(_, b)| **b);
    let first = members.next()?.0;
    if members.next().is_none() { Some(first as u8) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ops(source: &str) -> Vec<Op> {
        Pattern::compile(source.as_bytes(), true).unwrap().ops.into_vec()
    }

    fn message(source: &str) -> String {
        Pattern::compile(source.as_bytes(), true).unwrap_err().0
    }

    #[test]
    fn malformed_patterns_are_refused() {
        assert_eq!(message("%"), "malformed pattern (ends with '%')");
        assert_eq!(message("[a"), "malformed pattern (missing ']')");
        assert_eq!(message("[]"), "malformed pattern (missing ']')");
        assert_eq!(message("[^]"), "malformed pattern (missing ']')");
        assert_eq!(message("[a%"), "malformed pattern (missing ']')");
        assert_eq!(message("[a%]"), "malformed pattern (missing ']')");
        assert_eq!(message("%b"), "malformed pattern (missing arguments to '%b')");
        assert_eq!(message("%bx"), "malformed pattern (missing arguments to '%b')");
        assert_eq!(message("%fx"), "missing '[' after '%f' in pattern");
        assert_eq!(message("(a"), "unfinished capture");
        assert_eq!(message("a)"), "invalid pattern capture");
        assert_eq!(message("%1"), "invalid capture index %1");
        assert_eq!(message("(a%1)"), "invalid capture index %1");
        assert_eq!(message("%0"), "invalid capture index %0");
        assert_eq!(message(&"()".repeat(33)), "too many captures");
        assert!(Pattern::compile("()".repeat(32).as_bytes(), true).is_ok());
    }

    #[test]
    fn neighbouring_bytes_are_one_literal() {
        assert_eq!(ops("abc"), [Op::Literal { start: 0, len: 3 }, Op::Accept]);
        assert_eq!(ops("a"), [Op::Byte(b'a'), Op::Accept]);
        assert_eq!(ops("%.a"), [Op::Literal { start: 0, len: 2 }, Op::Accept]);
        assert!(matches!(
            ops("ab*")[..],
            [Op::Byte(b'a'), Op::Greedy { item: Item::Byte(b'b'), .. }, Op::Accept]
        ));
    }

    #[test]
    fn repetitions_that_give_nothing_back_are_simple() {
        let simple = |source: &str| match ops(source)[0] {
            Op::Greedy { simple, .. } | Op::Optional { simple, .. } => simple,
            _ => panic!("no repetition"),
        };
        assert!(simple("%a+"));
        assert!(simple("%a+,"));
        assert!(simple("%a*%s*1"));
        assert!(simple("%s*$"));
        assert!(simple("a?b"));
        assert!(simple(".*"));
        assert!(!simple("%w+%d"));
        assert!(!simple(".*,"));
        assert!(!simple("a?ab"));
        assert!(!simple("a*%f[a]"));
    }

    #[test]
    fn a_search_knows_where_matches_begin() {
        let start = |source: &str| Pattern::compile(source.as_bytes(), true).unwrap().start;
        assert_eq!(start("abc"), Next::Byte(b'a'));
        assert_eq!(start("(a+)b"), Next::Byte(b'a'));
        assert!(matches!(start("%d+"), Next::Set(_, false)));
        assert!(matches!(start("%d*$"), Next::Set(_, true)));
        assert_eq!(start("%d*"), Next::Anywhere);
        assert_eq!(start("%b()"), Next::Byte(b'('));
    }

    #[test]
    fn special_bytes_make_a_pattern() {
        let plain = |source: &str| Pattern::compile(source.as_bytes(), true).unwrap().is_plain;
        assert!(plain("a,b"));
        assert!(plain("]"));
        assert!(!plain("a.b"));
        assert!(!plain("a-"));
    }
}
