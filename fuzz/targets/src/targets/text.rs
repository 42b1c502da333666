//! Numerals, string patterns and formats.

use crate::bytes::Bytes;
use crate::sandbox::{self, Outcome, literal};
use bytecode::arith::Num;
use std::time::Duration;
use syntax::number::{Number, parse_numeral};
use syntax::token::TokenKind;

/// Time for one match: backtracking may take long, but must be stopped.
const MATCH_TIME: Duration = Duration::from_millis(300);

/// A numeral has the value that Rust gives it, the lexer agrees, and what is written for a number reads back as it.
pub fn numeral(data: &[u8]) {
    let parsed = parse_numeral(data);
    if let Some(expected) = decimal(data) {
        assert!(parsed.is_some_and(|n| same(n, expected)), "{parsed:?} instead of {expected:?}");
    }
    let Some(number) = parsed else { return };
    let mut text = String::new();
    vm::convert::write_num(&mut text, num(number));
    let again = parse_numeral(text.as_bytes());
    assert!(
        again.is_some_and(|again| same(again, number)),
        "{number:?} is written {text} and read {again:?}"
    );
    if data.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.') {
        let source = syntax::span::Source::new("fuzz", data.trim_ascii_end());
        let (tokens, errors) = syntax::lex(&source);
        let is_numeral = tokens.len() == 2 && tokens[0].kind == TokenKind::Number && errors.is_empty();
        assert!(is_numeral, "no numeral to the lexer: {tokens:?} {errors:?}");
    }
}

fn num(number: Number) -> Num {
    match number {
        Number::Int(i) => Num::Int(i),
        Number::Float(x) => Num::Float(x),
    }
}

fn same(a: Number, b: Number) -> bool {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a == b,
        (Number::Float(a), Number::Float(b)) => a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan(),
        _ => false,
    }
}

/// The value of a decimal numeral without white space, by Rust's conversions.
fn decimal(data: &[u8]) -> Option<Number> {
    let text = std::str::from_utf8(data).ok()?;
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let well_formed = match fraction {
        None => is_digits(whole),
        Some(fraction) => {
            (is_digits(whole) && (fraction.is_empty() || is_digits(fraction)))
                || (whole.is_empty() && is_digits(fraction))
        }
    };
    let exponent_fits = exponent.is_none_or(|e| is_digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
    if !well_formed || !exponent_fits {
        return None;
    }
    if fraction.is_none()
        && exponent.is_none()
        && let Ok(int) = text.parse::<i64>()
    {
        return Some(Number::Int(int));
    }
    text.parse().ok().map(Number::Float)
}

/// What a program says about one pattern: the functions agree with each other about the first match.
const PATTERN_PRELUDE: &str = r##"
func patternCase(pattern, subject, choice) {
    ok, first, last := pcall(string.find, subject, pattern)
    if !ok { return "refused" }
    // Without bytes that are special there, find takes a text as it is, where the others see the end of a capture.
    if !pcall(string.match, subject, pattern) { return "plain" }
    if first == nil {
        assert(string.match(subject, pattern) == nil)
        replaced, n := string.gsub(subject, pattern, "x")
        assert(replaced == subject && n == 0)
        return "no match"
    }
    assert(first >= 1 && last >= first - 1 && last <= #subject)
    count := select("#", string.match(subject, pattern))
    assert(count >= 1)
    kept := string.gsub(subject, pattern, "%0")
    assert(kept == subject)
    functions := {"%1", "", {a: "b"}, func(...) { return select("#", ...) == count && "x" || nil }, func() { coroutine.yield() }}
    repl := functions[choice % 5 + 1]
    pcall(string.gsub, subject, pattern, repl, choice)
    seen := 0
    if pattern:sub(1, 1) != "^" {
        for capture := range string.gmatch(subject, pattern) {
            assert(capture != nil)
            seen++
        }
        _, n := string.gsub(subject, pattern, "")
        assert(seen == n)
    }
    string.find(subject, pattern, choice - 128)
    string.find(subject, pattern, 1, true)
    return "match"
}
"##;

/// A pattern matches, fails or is refused, and the library's functions agree about it.
pub fn pattern(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let choice = bytes.short() % 256;
    let (pattern, subject) = (literal(bytes.run()), literal(bytes.rest()));
    let text = format!("return patternCase({pattern}, {subject}, {choice})");
    match sandbox::with(PATTERN_PRELUDE, 32 << 20, |sandbox| sandbox.run(text.as_bytes(), MATCH_TIME)) {
        Outcome::Returned(_) => {}
        // The first match may be found before the matcher is at its limit, a later one not.
        Outcome::Raised(message)
            if ["pattern too complex", "deadline exceeded", "not enough memory"]
                .iter()
                .any(|m| message.contains(m)) => {}
        other => panic!("{other:?}: pattern {pattern}, subject {subject}"),
    }
}

/// A format gives a string or an error.
pub fn format(data: &[u8]) {
    const ARGUMENTS: &[&str] = &[
        "0",
        "1",
        "-1",
        "42",
        "0.5",
        "-0.0",
        "1e308",
        "5e-324",
        "(1/0)",
        "(0/0)",
        "math.maxinteger",
        "math.mininteger",
        "1e15",
        "\"text\"",
        "\"7\"",
        "\"\\0\\xff\"",
        "true",
        "nil",
        "{}",
        "print",
        "(\"x\"):rep(500)",
        "setmetatable({}, {__tostring: func() { return \"t\" }})",
        "setmetatable({}, {__tostring: func() { return 1 }})",
    ];
    let mut bytes = Bytes::new(data);
    let mut text = format!("return type(string.format({}", literal(bytes.run()));
    while !bytes.is_empty() {
        text.push_str(", ");
        text.push_str(ARGUMENTS[bytes.below(ARGUMENTS.len())]);
    }
    text.push_str("))");
    let outcome = sandbox::with("", 32 << 20, |sandbox| sandbox.run(text.as_bytes(), MATCH_TIME));
    match outcome {
        Outcome::Returned(values) => assert_eq!(values, ["string"]),
        Outcome::Raised(_) => {}
        other => panic!("{other:?} for {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_knows_numerals() {
        assert_eq!(decimal(b"-9223372036854775808"), Some(Number::Int(i64::MIN)));
        assert_eq!(decimal(b"1."), Some(Number::Float(1.0)));
        assert_eq!(decimal(b"+.5e1"), Some(Number::Float(5.0)));
        for wrong in ["", "-", ".", "1e", "e5", "1.2.3", "0x1", "1_0", " 1", "Inf"] {
            assert_eq!(decimal(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
