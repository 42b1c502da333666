//! Changes to texts: of bytes, which test the lexer, and of tokens, which mostly leave a program that still parses.

use crate::corpus::{Corpus, Program};
use crate::random::Random;
use syntax::token::TokenKind;

/// Bytes that mean something to the lexer, and some that never do.
const BYTES: &[u8] = b"(){}[]\"'`/*\\.:;,<-=+#!&|^~ \n\r\t\0 0a_xeE\xff\xc3\xa9";

/// Numerals at the edges.
const NUMERALS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "-1",
    "0.0",
    "0.5",
    "1e308",
    "1e309",
    "5e-324",
    "9223372036854775807",
    "9223372036854775808",
    "0x7fffffffffffffff",
    "0x8000000000000000",
    "0xffffffffffffffff",
    "9007199254740993",
    "2147483648",
    "65536",
    "255",
    "256",
    "1_000",
    "0x1p-1074",
    "(0/0)",
    "(1/0)",
];

/// Words that can stand for an expression.
const EXPRESSIONS: &[&str] = &[
    "nil",
    "true",
    "false",
    "{}",
    "\"\"",
    "...",
    "(...)",
    "#...",
    "{...}",
    "func() { }",
    "func(...) { return ... }",
    "make(chan)",
    "make(chan, 1)",
    "setmetatable({}, {__index: func(t, k) { return k }})",
    "coroutine.create(func(...) { coroutine.yield(...) })",
    "pcall",
    "error",
    "print",
    "string",
    "collectgarbage()",
    "(\"x\"):rep(100000)",
    "{n: 1, 1, 2, 3}",
];

/// Statements that disturb what stands around them.
const STATEMENTS: &[&str] = &[
    "collectgarbage();",
    "{ return }",
    "coroutine.yield();",
    "error({});",
    "defer collectgarbage();",
    "defer func() { error(1) }();",
    "go func() { };",
    "for { break }",
    "for i := range 1000 { t := {i} }",
    "func f(...) { return f(1, ...) };",
    "pcall(func() { for { } });",
    "x := setmetatable({}, {__gc: 1, __call: print}); x();",
    "a, b, c = ...;",
];

/// Some changes of bytes.
pub fn bytes(random: &mut Random, corpus: &Corpus, text: &mut Vec<u8>) {
    for _ in 0..=random.below(5) {
        let place = random.below(text.len() + 1);
        match random.below(7) {
            0 if place < text.len() => text[place] = BYTES[random.below(BYTES.len())],
            1 => text.insert(place, BYTES[random.below(BYTES.len())]),
            2 if place < text.len() => {
                text.remove(place);
            }
            3 if place < text.len() => text[place] ^= 1 << random.below(8),
            4 => {
                let end = (place + random.below(60)).min(text.len());
                let piece = text[place..end].to_vec();
                let to = random.below(text.len() + 1);
                text.splice(to..to, piece);
            }
            5 => {
                let end = (place + random.below(60)).min(text.len());
                text.drain(place..end);
            }
            _ => {
                let token = corpus.token(random).to_vec();
                text.splice(place..place, token);
            }
        }
    }
}

/// A program with some of its tokens changed: dropped, doubled, exchanged, or replaced by one that fits as a rule.
pub fn tokens(random: &mut Random, corpus: &Corpus, program: &Program) -> Vec<u8> {
    let count = program.tokens.len();
    let changes = 1 + random.below(4).min(random.below(8));
    let mut places: Vec<usize> = (0..changes).map(|_| random.below(count)).collect();
    places.sort_unstable();
    places.dedup();
    let (mut out, mut copied) = (Vec::with_capacity(program.text.len() + 100), 0usize);
    for place in places {
        let (kind, start, end) = program.tokens[place];
        out.extend_from_slice(&program.text[copied..start as usize]);
        replace(random, corpus, program, kind, place, &mut out);
        copied = end as usize;
    }
    out.extend_from_slice(&program.text[copied..]);
    out
}

fn replace(
    random: &mut Random,
    corpus: &Corpus,
    program: &Program,
    kind: TokenKind,
    place: usize,
    out: &mut Vec<u8>,
) {
    let token = program.token(place);
    match random.below(10) {
        0 => {}
        1 => {
            out.extend_from_slice(token);
            out.push(b' ');
            out.extend_from_slice(token);
        }
        2 => out.extend_from_slice(program.token(random.below(program.tokens.len()))),
        3 => {
            let statement = random.pick(STATEMENTS).as_bytes();
            out.extend_from_slice(if place > 0 && program.token(place - 1) == b"{" {
                statement
            } else {
                b""
            });
            out.extend_from_slice(token);
        }
        _ if is_operand(kind) => match random.below(4) {
            0 => out.extend_from_slice(random.pick(EXPRESSIONS).as_bytes()),
            1 => out.extend_from_slice(random.pick(NUMERALS).as_bytes()),
            _ => out.extend_from_slice(same_kind(random, program, corpus, kind)),
        },
        _ => out.extend_from_slice(same_kind(random, program, corpus, kind)),
    }
}

fn is_operand(kind: TokenKind) -> bool {
    kind == TokenKind::Name || kind == TokenKind::Number || kind == TokenKind::Str
}

/// Another token that may stand where one of this kind does: of the same program if there is one.
fn same_kind<'a>(random: &mut Random, program: &'a Program, corpus: &'a Corpus, kind: TokenKind) -> &'a [u8] {
    let fits = |other: TokenKind| {
        let is_mark = |kind: TokenKind| !kind.is_word() && !is_operand(kind);
        other == kind || is_mark(other) && is_mark(kind)
    };
    for _ in 0..20 {
        let from = if random.one_in(3) { corpus.pick(random) } else { program };
        let at = random.below(from.tokens.len());
        if fits(from.tokens[at].0) {
            return from.token(at);
        }
    }
    b"x"
}

/// A program with pieces of others between its lines.
pub fn splice(random: &mut Random, corpus: &Corpus, program: &Program) -> Vec<u8> {
    let lines = |text: &[u8]| -> Vec<Vec<u8>> {
        text.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
    };
    let mut own = lines(&program.text);
    for _ in 0..=random.below(3) {
        let other = lines(&corpus.pick(random).text);
        let first = random.below(other.len());
        let last = (first + 1 + random.below(12)).min(other.len());
        let at = random.below(own.len() + 1);
        own.splice(at..at, other[first..last].iter().cloned());
    }
    own.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_changed_programs_still_compile() {
        let corpus = Corpus::sample();
        let mut compiled = 0;
        for case in 0..200 {
            let mut random = Random::new(1, case);
            let text = tokens(&mut random, &corpus, &corpus.programs[0]);
            let source = syntax::span::Source::new("t", &text);
            compiled += u32::from(compiler::compile_source(&source, syntax::Mode::Chunk).is_ok());
        }
        assert!((20..190).contains(&compiled), "{compiled} of 200");
    }
}
