//! No text makes the front end crash: mutated and truncated programs, and programs that are very deep or very long.

use crate::diagnostic::render;
use crate::span::Source;
use crate::{MAX_NESTING, Parsed, ast, lex, parse};

/// A program with every construct of the grammar.
const SAMPLE: &str = r#"#!/usr/bin/env gscript
// Everything once.
func scale(k, ...) { return k * #..., ...[1] }
func log(level, parts...) { print(level, parts.n, ...) }
func Stack.new() { return setmetatable({}, {__index: Stack}) }
func Stack:push(v) { self[#self + 1] = v }
var a, b = 1, 0x1.8p3
const c = "text\n\u{e9}\x41\101" .. `raw
text` .. 1_000
x, ok := <-ch
a, t[i], t.f = b, a
t.x += 1; t.y ..= "z"; n++; m--
ch <- value
t := {10, 20, name: "n", "a key": 1, [2 ** 4]: "pow"; 30, func: true (f)}
if n := #queue; n > 10 { drop(n) } elseif n > 0 { work() } else if !n { idle() } else { }
outer: for i := 0; i < 10; i++ {
    for k, v := range pairs(t) { if v == nil { continue outer } else { break } }
    for range 3 { } for x < -1 && y || z { break outer } for { return }
}
switch kind := node.kind; kind {
case "num", "str": emit(node)
case (obj:name()): special(node)
default:           fail("bad node")
}
select {
case v, ok := <-jobs: handle(v, ok)
case out <- next:    sent++
case <-quit:         return
default:             idle()
}
go func(a) { defer f:close() }(1)
c = make(chan, 10), (func() { return ... })
{ /* block */ x = a &^ b << 2 | ^c % d / e ** -f <= g }
"#;

fn check(text: &[u8]) -> Parsed {
    let source = Source::new("t.gs", text);
    let parsed = parse(&source);
    for diagnostic in &parsed.diagnostics {
        assert!(diagnostic.span.start as usize <= text.len(), "{diagnostic:?}");
        let _ = render::render(&source, diagnostic, render::Options { color: true });
    }
    let _ = ast::print::print(&parsed.chunk, &parsed.interner);
    let _ = lex(&source);
    parsed
}

/// A small generator of numbers, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

#[test]
fn the_sample_is_right() {
    let parsed = check(SAMPLE.as_bytes().strip_suffix(b"\n").unwrap_or_default());
    let messages: Vec<&str> =
        parsed.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(messages, ["'...' outside a variadic function"]);
}

#[test]
fn truncated_programs() {
    for end in 0..SAMPLE.len() {
        check(&SAMPLE.as_bytes()[..end]);
        check(&SAMPLE.as_bytes()[end..]);
    }
}

#[test]
fn mutated_programs() {
    let mut random = Random(1);
    let bytes: &[u8] = b"(){}[]\"'`/*\\.:;,<-=+#!&|^~ \n0a_x\xff\xc3";
    for _ in 0..3000 {
        let mut text = SAMPLE.as_bytes().to_vec();
        for _ in 0..=random.below(6) {
            let place = random.below(text.len());
            match random.below(4) {
                0 => text[place] = bytes[random.below(bytes.len())],
                1 => text.insert(place, bytes[random.below(bytes.len())]),
                2 => {
                    text.remove(place);
                }
                _ => {
                    let end = (place + random.below(40)).min(text.len());
                    let piece = text[place..end].to_vec();
                    let to = random.below(text.len());
                    text.splice(to..to, piece);
                }
            }
        }
        check(&text);
    }
}

#[test]
fn random_tokens() {
    let pieces = [
        "if",
        "else",
        "elseif",
        "for",
        "range",
        "func",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        "x",
        "case",
        "default",
        ":",
        ";",
        ",",
        "switch",
        "select",
        "go",
        "defer",
        "return",
        "break",
        "continue",
        "<-",
        "=",
        ":=",
        "+",
        "..",
        "...",
        "\n",
        "1",
        "\"s\"",
        "var",
        "const",
        "make(chan",
        "a:",
        "local",
        "then",
        "end",
        "and",
        "not",
        "++",
        "#",
        "nil",
        ".",
        "@",
        "é",
    ];
    let mut random = Random(2);
    for _ in 0..5000 {
        let mut text = String::new();
        for _ in 0..random.below(60) {
            text.push_str(pieces[random.below(pieces.len())]);
            text.push(' ');
        }
        check(text.as_bytes());
    }
}

#[test]
fn random_bytes() {
    let mut random = Random(3);
    for _ in 0..500 {
        let text: Vec<u8> = (0..random.below(200)).map(|_| random.below(256) as u8).collect();
        check(&text);
    }
}

/// Nests `open … close` around `inner` at increasing depth.
fn nest(prefix: &str, open: &str, inner: &str, close: &str, depth: usize) -> Vec<u8> {
    format!("{prefix}{}{inner}{}", open.repeat(depth), close.repeat(depth)).into_bytes()
}

/// What nests, as prefix, opening, inner and closing text.
const NESTED: [(&str, &str, &str, &str); 18] = [
    ("x = ", "(", "1", ")"),
    ("x = ", "{", "1", "}"),
    ("x = ", "a[", "1", "]"),
    ("x = ", "f(", "1", ")"),
    ("x = ", "o:m(", "1", ")"),
    ("x = ", "- ", "1", ""),
    ("x = ", "<-", "c", ""),
    ("x = ", "2 ** ", "1", ""),
    ("x = ", "func() { return ", "1", " }"),
    ("", "{ ", "f()", " }"),
    ("", "if x { ", "f()", " }"),
    ("", "for { ", "f()", " }"),
    ("", "func f() { ", "f()", " }"),
    ("", "switch { case x: ", "f()", " }"),
    ("", "f(func() { ", "f()", " })"),
    ("", "for x = func() { ", "f()", " };; {}"),
    ("", "if x = func() { ", "f()", " }; y {}"),
    ("x = ", "(a || b && c == d .. e + f * g ** -", "1", ")"),
];

#[test]
fn two_hundred_levels_are_allowed() {
    for (prefix, open, inner, close) in NESTED {
        // The last one nests four levels at a time.
        let depth = if open.contains("||") { 100 } else { 200 };
        let parsed = check(&nest(prefix, open, inner, close, depth));
        assert!(parsed.diagnostics.is_empty(), "{open}: {:?}", parsed.diagnostics);
    }
}

#[test]
fn deeper_nesting_is_an_error_and_needs_little_stack() {
    let run = || {
        for (prefix, open, inner, close) in NESTED {
            for text in [nest(prefix, open, inner, close, 10_000), nest(prefix, open, "", "", 10_000)] {
                let parsed = check(&text);
                let first = &parsed.diagnostics[0].message;
                let expected = format!("too deeply nested (more than {MAX_NESTING} levels)");
                assert_eq!(*first, expected, "{open}");
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(5 << 18).spawn(run);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()));
}

#[test]
fn long_chains_are_flat() {
    let long = [
        format!("x = a{}", " + a".repeat(100_000)),
        format!("x = a{}", " == a".repeat(100_000)),
        format!("x = a{}", " .. a".repeat(100_000)),
        format!("x = a{}", " && a".repeat(100_000)),
        format!("x = a{}", " || a && b".repeat(100_000)),
        format!("x = a{}", ".b".repeat(100_000)),
        format!("x = a{}", "()".repeat(100_000)),
        format!("x = a{}", ":m()[1]".repeat(100_000)),
        format!("if a {{}}{}", " else if a {}".repeat(10_000)),
        format!("if a {{}}{}", " elseif a {}".repeat(10_000)),
        format!("switch {{ {} }}", "case a: ".repeat(100_000)),
        format!("x = {{{}}}", "a, ".repeat(100_000)),
        format!("f({})", "a, ".repeat(100_000)),
        "x = 1\n".repeat(100_000),
        format!("x = a{}", " ** 2 * a".repeat(100_000)),
    ];
    for text in long {
        let parsed = check(text.as_bytes());
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
    }
}

#[test]
fn rubbish_of_any_size_is_harmless() {
    for piece in
        ["@", "'", "é", "\\", "}", "{", "(", ")", "case ", "local x ", "x y ", "x:", "switch (", "\u{feff}"]
    {
        check(piece.repeat(20_000).as_bytes());
    }
}

#[test]
fn trees_are_small() {
    // A large source makes many of these, and the time to parse it is mostly the time to fill fresh memory.
    assert!(size_of::<ast::Stmt>() <= 64);
    assert!(size_of::<ast::Expr>() <= 40);
    assert!(size_of::<ast::Target>() <= 40);
    assert!(size_of::<ast::Field>() <= 72);
}
