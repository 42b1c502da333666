//! Inputs worth trying, one function for each kind of target.

use crate::corpus::Corpus;
use crate::mutate;
use crate::random::Random;

/// A source text: a changed program, a part of one, or a heap of tokens.
pub fn source(random: &mut Random, corpus: &Corpus) -> Vec<u8> {
    match random.below(10) {
        0..=3 => {
            let program = corpus.pick(random);
            mutate::tokens(random, corpus, program)
        }
        4 | 5 => {
            let mut text = part(random, corpus);
            mutate::bytes(random, corpus, &mut text);
            text
        }
        6 => {
            let program = corpus.pick(random);
            mutate::splice(random, corpus, program)
        }
        7 => {
            let mut text = Vec::new();
            for _ in 0..random.between(1, 60) {
                text.extend_from_slice(corpus.token(random));
                text.push(if random.one_in(8) { b'\n' } else { b' ' });
            }
            text
        }
        8 => nested(random, corpus),
        _ => (0..random.below(64)).map(|_| random.byte()).collect(),
    }
}

/// Some lines of a program.
fn part(random: &mut Random, corpus: &Corpus) -> Vec<u8> {
    let text = &corpus.pick(random).text;
    let start = random.below(text.len());
    let end = (start + random.between(1, 500)).min(text.len());
    text[start..end].to_vec()
}

/// Brackets and other openings in numbers, closed again or not.
fn nested(random: &mut Random, corpus: &Corpus) -> Vec<u8> {
    const PAIRS: &[(&str, &str)] = &[
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("f(", ")"),
        ("x[", "]"),
        ("{a: ", "}"),
        ("{[", "]: 1}"),
        ("func() { return ", " }"),
        ("if x { ", " }"),
        ("if x { } else { ", " }"),
        ("for i := range ", " { }"),
        ("for x { ", " }"),
        ("switch x { case 1: ", " }"),
        ("func f(a, ...) { ", " }"),
        ("- ", ""),
        ("!", ""),
        ("<-", ""),
        ("1 ** ", ""),
        ("1 .. ", ""),
        ("x && ", ""),
        ("x + ", ""),
        ("x.y", ""),
        ("x()", ""),
    ];
    let (mut text, mut closing) = (Vec::new(), Vec::new());
    if random.one_in(2) {
        text.extend_from_slice(b"return ");
    }
    for _ in 0..random.between(1, 4) {
        let (open, close) = PAIRS[random.below(PAIRS.len())];
        let times = if random.one_in(3) { random.below(1500) } else { random.below(130) };
        for _ in 0..times {
            text.extend_from_slice(open.as_bytes());
            closing.push(close);
        }
    }
    text.extend_from_slice(corpus.token(random));
    if !random.one_in(4) {
        closing.iter().rev().for_each(|close| text.extend_from_slice(close.as_bytes()));
    }
    text
}

/// Attempts to change a program so that it still compiles.
const ATTEMPTS: usize = 8;

/// A program to run: nearly always one that still compiles.
pub fn program(random: &mut Random, corpus: &Corpus) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..ATTEMPTS {
        let program = corpus.pick(random);
        text = match random.below(8) {
            0 | 1 => mutate::splice(random, corpus, program),
            2 => {
                let mut text = program.text.clone();
                mutate::bytes(random, corpus, &mut text);
                text
            }
            _ => mutate::tokens(random, corpus, program),
        };
        // On the stack of a coroutine or goroutine, whose end leaves nothing behind that could keep values alive.
        match random.below(12) {
            0 => text = [b"coroutine.wrap(func(...) {\n", &text[..], b"\n})(...); collectgarbage()"].concat(),
            1 => text = [b"go func(...) {\n", &text[..], b"\n}(...); time.sleep(0.03)"].concat(),
            2 => {
                text = [b"for round := range 3 { pcall(func(...) {\n", &text[..], b"\n}); collectgarbage() }"]
                    .concat()
            }
            _ => {}
        }
        let source = syntax::span::Source::new("fuzz", &text);
        if compiler::compile_source(&source, syntax::Mode::Chunk).is_ok() {
            break;
        }
    }
    text
}

/// Choices for a module of random words.
pub fn module(random: &mut Random, _: &Corpus) -> Vec<u8> {
    noise(random, 600)
}

/// Choices for calls of library functions.
pub fn library(random: &mut Random, _: &Corpus) -> Vec<u8> {
    noise(random, 120)
}

/// Choices for goroutines.
pub fn race(random: &mut Random, _: &Corpus) -> Vec<u8> {
    noise(random, 30)
}

fn noise(random: &mut Random, max: usize) -> Vec<u8> {
    (0..random.below(max)).map(|_| random.byte()).collect()
}

/// A text made of pieces.
fn pieces(random: &mut Random, pieces: &[&str], max: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..random.below(max + 1) {
        text.extend_from_slice(random.pick(pieces).as_bytes());
    }
    text
}

/// Something like a numeral.
pub fn numeral(random: &mut Random, _: &Corpus) -> Vec<u8> {
    if random.one_in(3) {
        // Digits as Rust writes a number: what conversions find hardest.
        let bits = random.next_u64();
        return match random.below(4) {
            0 => format!("{}", bits as i64),
            1 => format!("{:e}", f64::from_bits(bits)),
            2 => format!("{}", f64::from_bits(bits >> random.below(12))),
            _ => format!("{bits:#x}"),
        }
        .into_bytes();
    }
    let all = [
        "0",
        "1",
        "5",
        "9",
        "00",
        "99999",
        "123456789",
        "9223372036854775807",
        "9223372036854775808",
        ".",
        "e",
        "E",
        "+",
        "-",
        "_",
        "x",
        "X",
        "0x",
        "0b1",
        "0o7",
        "a",
        "f",
        "p",
        "P",
        "e308",
        "e-324",
        "e400",
        " ",
        "\t",
        "Inf",
        "NaN",
        "\0",
        "é",
    ];
    pieces(random, &all, 8)
}

/// A function, a pattern, and a subject.
pub fn pattern(random: &mut Random, _: &Corpus) -> Vec<u8> {
    let all = [
        "a", "b", ".", "%a", "%d", "%s", "%w", "%S", "%.", "%%", "[ab]", "[^a]", "[a-z]", "[%a_]", "[]]",
        "[^]b]", "[a-", "[", "]", "(", ")", "()", "(a)", "*", "+", "-", "?", "^", "$", "%b()", "%bab",
        "%f[a]", "%f[^b]", "%f", "%1", "%2", "%0", "%", ".-", ".*", "a?", "\0", "\u{e9}", "a*a*a*b",
    ];
    let mut pattern = pieces(random, &all, 10);
    pattern.truncate(255);
    let mut data = vec![random.byte(), random.byte(), pattern.len() as u8];
    data.extend_from_slice(&pattern);
    data.extend(pieces(random, &["a", "b", "ab", "(", ")", " ", "1", "_", "\0", "aaaaaaaa", "é", "\n"], 30));
    data
}

/// A format and choices for its arguments.
pub fn format(random: &mut Random, _: &Corpus) -> Vec<u8> {
    let all = [
        "%", "%%", "d", "i", "u", "x", "X", "o", "c", "e", "E", "f", "F", "g", "G", "a", "A", "s", "q", "p",
        "-", "+", " ", "#", "0", "1", "9", "20", "99", ".", ".0", ".3", ".99", "%d", "%5.2s", "%q", "%s",
        "%-10g", "text", "\0", "é",
    ];
    let mut text = pieces(random, &all, 12);
    text.truncate(255);
    let mut data = vec![text.len() as u8];
    data.extend_from_slice(&text);
    data.extend((0..random.below(8)).map(|_| random.byte()));
    data
}

/// A JSON text, or nearly one, with a leading choice.
pub fn json(random: &mut Random, corpus: &Corpus) -> Vec<u8> {
    let mut text = Vec::new();
    json_value(random, 0, &mut text);
    if random.one_in(3) {
        mutate::bytes(random, corpus, &mut text);
    }
    if random.one_in(20) {
        let depth = random.below(1200);
        let open = *random.pick(&[&b"["[..], b"{\"a\":"]).iter().next().unwrap_or(&b'[');
        text = [vec![open; depth], text, vec![b']'; depth]].concat();
    }
    text
}

fn json_value(random: &mut Random, depth: u32, out: &mut Vec<u8>) {
    let space = *random.pick(&[&"", &"", &"", &" ", &"\n\t"]);
    out.extend_from_slice(space.as_bytes());
    match random.below(if depth > 4 { 6 } else { 9 }) {
        0 => out.extend_from_slice(random.pick(&["null", "true", "false"]).as_bytes()),
        1 => out.extend_from_slice((random.next_u64() as i64 >> random.below(64)).to_string().as_bytes()),
        2 => {
            let x = f64::from_bits(random.next_u64());
            out.extend_from_slice(
                if x.is_finite() { format!("{x:e}") } else { "-0.0".to_string() }.as_bytes(),
            );
        }
        3 => out.extend_from_slice(
            random.pick(&["0", "-0", "1e5", "1E+2", "0.1", "9223372036854775808", "1e400", "-"]).as_bytes(),
        ),
        4 | 5 => json_string(random, out),
        6 | 7 => {
            out.push(b'[');
            for i in 0..random.below(5) {
                if i > 0 {
                    out.push(b',');
                }
                json_value(random, depth + 1, out);
            }
            out.push(b']');
        }
        _ => {
            out.push(b'{');
            for i in 0..random.below(5) {
                if i > 0 {
                    out.push(b',');
                }
                json_string(random, out);
                out.push(b':');
                json_value(random, depth + 1, out);
            }
            out.push(b'}');
        }
    }
    out.extend_from_slice(space.as_bytes());
}

fn json_string(random: &mut Random, out: &mut Vec<u8>) {
    out.push(b'"');
    let all = [
        "a",
        "key",
        "1",
        "2",
        "-1",
        "1.5",
        "true",
        "é",
        "\u{1f600}",
        "\\n",
        "\\\"",
        "\\\\",
        "\\/",
        "\\u0041",
        "\\u0000",
        "\\ud83d\\ude00",
        "\\ud83d",
        "\\u12",
        "\u{7f}",
        "</script>",
        " ",
    ];
    let text = pieces(random, &all, 4);
    out.extend_from_slice(&text);
    out.push(b'"');
}
