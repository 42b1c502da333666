//! Messages: what is said, where, and that one mistake does not cause a second message.

use expect_test::{Expect, expect};

use crate::diagnostic::render;
use crate::span::Source;
use crate::{Mode, parse, parse_mode};

fn check(text: &str, expected: Expect) {
    check_bytes(text.as_bytes(), expected);
}

fn check_bytes(text: &[u8], expected: Expect) {
    let source = Source::new("t.gs", text);
    let parsed = parse(&source);
    expected.assert_eq(&render::render_all(&source, &parsed.diagnostics, render::Options::default()));
}

/// Only the first lines.
fn check_short(text: &str, expected: Expect) {
    let source = Source::new("t.gs", text.as_bytes());
    let parsed = parse(&source);
    let mut out = String::new();
    for diagnostic in &parsed.diagnostics {
        out.push_str(&render::one_line(&source, diagnostic));
        out.push('\n');
    }
    expected.assert_eq(&out);
}

#[test]
fn missing_brace() {
    check(
        "func f() {\n    if x {\n        g()\n\nfunc h() {\n}\n",
        expect![[r#"
        t.gs:7:1: expected '}' near '<eof>'
            7 | 
              | ^
        note: this '{' is not closed (line 2)
            2 |     if x {
              |          ^
        help: add the missing '}'
    "#]],
    );
    check(
        "func f() {\n    if x {\n        g()\n}\n\nfunc h() {\n}\n",
        expect![[r#"
        t.gs:8:1: expected '}' near '<eof>'
            8 | 
              | ^
        note: this '{' is not closed (line 1)
            1 | func f() {
              |          ^
        note: perhaps this '{' lacks its '}': the one in line 4 is indented differently (line 2)
            2 |     if x {
              |          ^
        help: add the missing '}'
    "#]],
    );
    check(
        "f()\n}\ng()",
        expect![[r#"
        t.gs:2:1: unexpected '}' outside every block near '}'
            2 | }
              | ^
    "#]],
    );
    check(
        "if x\n  f()\n",
        expect![[r#"
        t.gs:2:3: expected '{' after the condition near 'f'
            2 |   f()
              |   ^
    "#]],
    );
}

#[test]
fn missing_brackets() {
    check(
        "x = (1 + 2\ny = 3",
        expect![[r#"
        t.gs:2:1: expected ')' near 'y'
            2 | y = 3
              | ^
        note: '(' opened here (line 1)
            1 | x = (1 + 2
              |     ^
    "#]],
    );
    check(
        "f(\n  1,\n  2\ny = 3\nz := = 4",
        expect![[r#"
        t.gs:4:1: expected ',' or ')' near 'y'
            4 | y = 3
              | ^
        note: '(' opened here (line 1)
            1 | f(
              |  ^
        t.gs:5:6: expected an expression near '='
            5 | z := = 4
              |      ^
        help: an assignment is a statement, not an expression; compare with '=='
    "#]],
    );
    check(
        "t = {1, 2\nfor {}\nx y",
        expect![[r#"
        t.gs:2:1: expected an expression near 'for'
            2 | for {}
              | ^^^
        t.gs:3:1: expression is not a statement near 'x'
            3 | x y
              | ^
        help: a call needs parentheses: 'x(...)'
    "#]],
    );
    check(
        "t[1 = 2",
        expect![[r#"
        t.gs:1:5: expected ']' near '='
            1 | t[1 = 2
              |     ^
        help: an assignment is a statement, not an expression; compare with '=='
    "#]],
    );
    check(
        "t = {a: (1}\nx y",
        expect![[r#"
        t.gs:1:11: expected ')' near '}'
            1 | t = {a: (1}
              |           ^
        t.gs:2:1: expression is not a statement near 'x'
            2 | x y
              | ^
        help: a call needs parentheses: 'x(...)'
    "#]],
    );
}

#[test]
fn assignment_for_comparison() {
    check(
        "if x = 3 { f() }\nfor y = 4 { }\nif a := 1; a = 2 { }\nswitch z = 1 {}\nx = y == = 2",
        expect![[r#"
        t.gs:1:6: assignment where a condition is needed near '='
            1 | if x = 3 { f() }
              |      ^
        help: compare with '=='
        t.gs:2:7: assignment where a condition is needed near '='
            2 | for y = 4 { }
              |       ^
        help: compare with '=='
        t.gs:3:14: assignment where a condition is needed near '='
            3 | if a := 1; a = 2 { }
              |              ^
        help: compare with '=='
        t.gs:4:10: assignment where a condition is needed near '='
            4 | switch z = 1 {}
              |          ^
        help: compare with '=='
        t.gs:5:10: expected an expression near '='
            5 | x = y == = 2
              |          ^
        help: an assignment is a statement, not an expression; compare with '=='
    "#]],
    );
    check(
        "if x := 3 { f() }",
        expect![[r#"
        t.gs:1:11: expected ';' and a condition after the statement near '{'
            1 | if x := 3 { f() }
              |           ^
    "#]],
    );
    check(
        "f(a = 1)\nt = {a = 1}",
        expect![[r#"
        t.gs:1:5: expected ',' or ')' near '='
            1 | f(a = 1)
              |     ^
        help: an assignment is a statement, not an expression; compare with '=='
        t.gs:2:8: expected ',' or '}' near '='
            2 | t = {a = 1}
              |        ^
        help: the fields of a table are written 'key: value'
    "#]],
    );
}

#[test]
fn words_of_other_languages() {
    check(
        "local x = 1\nlocal function f() { y y }\nfunction g() { }\nlet z = 2",
        expect![[r#"
        t.gs:1:1: 'local' is not a keyword near 'local'
            1 | local x = 1
              | ^^^^^
        help: locals are declared with 'x := e' inside a block, or with 'var x = e'
        t.gs:2:1: 'local' is not a keyword near 'local'
            2 | local function f() { y y }
              | ^^^^^
        help: locals are declared with 'x := e' inside a block, or with 'var x = e'
        t.gs:3:1: 'function' is not a keyword near 'function'
            3 | function g() { }
              | ^^^^^^^^
        help: functions are written 'func name(a, b) { ... }'
        t.gs:4:1: 'let' is not a keyword near 'let'
            4 | let z = 2
              | ^^^
        help: locals are declared with 'x := e' inside a block, or with 'var x = e'
    "#]],
    );
    check(
        "if x then\n  f()\nend\nwhile x do\n  g()\nend\nx = 1",
        expect![[r#"
        t.gs:1:6: expected '{' after the condition near 'then'
            1 | if x then
              |      ^^^^
        help: the body stands in braces: '{ ... }'
        t.gs:4:1: 'while' is not a keyword near 'while'
            4 | while x do
              | ^^^^^
        help: the loop with a condition is 'for cond { ... }'
    "#]],
    );
    check(
        "if a and b { }\nif not c { }\nif d is nil { }\nif x {} elif y {}\nz = a or b",
        expect![[r#"
        t.gs:1:6: 'and' is not a keyword near 'and'
            1 | if a and b { }
              |      ^^^
        help: write '&&'
        t.gs:2:8: expected '{' after the condition near 'c'
            2 | if not c { }
              |        ^
        help: write '!'
        t.gs:3:6: expected '{' after the condition near 'is'
            3 | if d is nil { }
              |      ^^
        help: compare with '==' or '!='
        t.gs:4:9: 'elif' is not a keyword near 'elif'
            4 | if x {} elif y {}
              |         ^^^^
        help: write 'elseif' or 'else if'
        t.gs:5:7: 'or' is not a keyword near 'or'
            5 | z = a or b
              |       ^^
        help: write '||'
    "#]],
    );
    check(
        "while x < 3 { y y }\nforeach x in t { }\nfor k, v in pairs(t) { }\nfor i = range 3 {}",
        expect![[r#"
        t.gs:1:1: 'while' is not a keyword near 'while'
            1 | while x < 3 { y y }
              | ^^^^^
        help: the loop with a condition is 'for cond { ... }'
        t.gs:2:1: expression is not a statement near 'foreach'
            2 | foreach x in t { }
              | ^^^^^^^
        help: write 'for k, v := range t { ... }'
        t.gs:3:10: expected ':=' near 'in'
            3 | for k, v in pairs(t) { }
              |          ^^
        help: write 'for k, v := range t { ... }'
        t.gs:4:9: expected an expression near 'range'
            4 | for i = range 3 {}
              |         ^^^^^
        help: the variables of a range loop are declared with ':='
    "#]],
    );
    check(
        "import \"x\"\nx ~= 1\nif x ~= 1 {}\nx = a ? b : c\nx = 'abc'",
        expect![[r#"
        t.gs:1:1: expression is not a statement near 'import'
            1 | import "x"
              | ^^^^^^
        help: modules are loaded with 'm := require("name")'
        t.gs:2:3: unexpected character near '~='
            2 | x ~= 1
              |   ^^
        help: write '!=' for 'not equal'
        t.gs:3:6: unexpected character near '~='
            3 | if x ~= 1 {}
              |      ^^
        help: write '!=' for 'not equal'
        t.gs:4:7: unexpected character near '?'
            4 | x = a ? b : c
              |       ^
        help: there is no conditional operator: use 'if', or 'c && a || b' where a is neither nil nor false
        t.gs:5:5: strings are written in double quotes near ''abc''
            5 | x = 'abc'
              |     ^^^^^
        help: write "abc"
    "#]],
    );
    check(
        "x = (a) => a\ny = a === b\nz = a <> b\n::l::\n-- comment\nx = function() {}",
        expect![[r#"
        t.gs:1:9: expected an expression near '='
            1 | x = (a) => a
              |         ^
        help: an assignment is a statement, not an expression; compare with '=='
        t.gs:2:9: expected an expression near '='
            2 | y = a === b
              |         ^
        help: compare with '==' or '!='
        t.gs:3:8: expected an expression near '>'
            3 | z = a <> b
              |        ^
        help: write '!='
        t.gs:5:1: expected an expression near '--'
            5 | -- comment
              | ^^
        help: comments begin with '//'; to subtract 1 write 'x--'
    "#]],
    );
    check(
        "null\ndo\n",
        expect![[r#"
        t.gs:1:1: expression is not a statement near 'null'
            1 | null
              | ^^^^
        help: the absent value is 'nil'
        t.gs:2:1: expression is not a statement near 'do'
            2 | do
              | ^^
        help: the body stands in braces: '{ ... }'
    "#]],
    );
}

#[test]
fn steps_are_statements() {
    check(
        "y = x++\n  ++x\nf(x--)\na = b--c",
        expect![[r#"
        t.gs:1:6: expected an expression near '++'
            1 | y = x++
              |      ^^
        help: 'x++' is a statement, not an expression; as an operand write 'x + 1'
        t.gs:2:3: expected an expression near '++'
            2 |   ++x
              |   ^^
        help: write 'x++'
        t.gs:3:4: expected ',' or ')' near '--'
            3 | f(x--)
              |    ^^
        help: 'x--' is a statement, not an expression; as an operand write 'x - 1', and comments begin with '//'
        t.gs:4:6: expected an expression near '--'
            4 | a = b--c
              |      ^^
        help: 'x--' is a statement, not an expression; as an operand write 'x - 1', and comments begin with '//'
    "#]],
    );
}

#[test]
fn calls_need_parentheses() {
    check(
        "print \"x\"\nprint x\nf {1}\nx = f \"a\"\nf",
        expect![[r#"
        t.gs:1:1: expression is not a statement near 'print'
            1 | print "x"
              | ^^^^^
        help: a call needs parentheses: 'print(...)'
        t.gs:2:1: expression is not a statement near 'print'
            2 | print x
              | ^^^^^
        help: a call needs parentheses: 'print(...)'
        t.gs:3:1: expression is not a statement near 'f'
            3 | f {1}
              | ^
        help: a call needs parentheses: 'f(...)'
        t.gs:4:7: expression is not a statement near '"a"'
            4 | x = f "a"
              |       ^^^
        help: a call needs parentheses: 'f(...)'
        t.gs:5:1: expression is not a statement near 'f'
            5 | f
              | ^
        help: to call it write 'f()', to assign to it 'f = ...'
    "#]],
    );
}

#[test]
fn expressions_are_not_statements() {
    check_short(
        "x\nx + 1;\n(x)\nx == 1;\n\"s\";\n#x\nt.x\nfunc() {};\n5;\nnil\nx.y z",
        expect![[r#"
        t.gs:1:1: expression is not a statement near 'x'
        t.gs:2:1: expression is not a statement near 'x'
        t.gs:3:1: expression is not a statement near '('
        t.gs:4:1: expression is not a statement near 'x'
        t.gs:5:1: expression is not a statement near '"s"'
        t.gs:6:1: expression is not a statement near '#'
        t.gs:7:1: expression is not a statement near 't'
        t.gs:8:1: expression is not a statement near 'func'
        t.gs:9:1: expression is not a statement near '5'
        t.gs:10:1: expression is not a statement near 'nil'
        t.gs:11:1: expression is not a statement near 'x'
    "#]],
    );
}

#[test]
fn targets() {
    check_short(
        "f() = 1;\n(x) = 1\nx + 1 = 2;\n... = 1;\n...[1] = 2\n1 = 2\nf()++\nt.x := 1\na, b += 1\na, f() = 1\nnil = 1",
        expect![[r#"
            t.gs:1:1: cannot assign to the result of a call near 'f'
            t.gs:2:1: cannot assign to an expression in parentheses near '('
            t.gs:3:1: cannot assign to this expression near 'x'
            t.gs:4:1: cannot assign to '...' near '...'
            t.gs:5:1: cannot assign to '...' near '...'
            t.gs:7:1: cannot assign to the result of a call near 'f'
            t.gs:8:1: ':=' declares names only near 't'
            t.gs:9:6: expected ',', '=' or ':=' near '+='
            t.gs:10:4: cannot assign to the result of a call near 'f'
            t.gs:11:1: cannot assign to this expression near 'nil'
        "#]],
    );
}

#[test]
fn reserved_words_are_not_names() {
    check(
        "var go = 1\nfunc for() {}\nrange := 3\nfunc f(in) {}\nx.if = 1",
        expect![[r#"
        t.gs:1:5: expected a name after 'var', but 'go' is a reserved word near 'go'
            1 | var go = 1
              |     ^^
        t.gs:2:6: expected a function name, but 'for' is a reserved word near 'for'
            2 | func for() {}
              |      ^^^
        t.gs:3:1: expected an expression near 'range'
            3 | range := 3
              | ^^^^^
        help: 'range' stands only in a loop: 'for k, v := range t { ... }'
        t.gs:4:8: expected a parameter name, but 'in' is a reserved word near 'in'
            4 | func f(in) {}
              |        ^^
    "#]],
    );
}

#[test]
fn extra_arguments_outside() {
    check(
        "func f() { return ... }\nx = func(a) { return #... }\nfunc g(...) { return func() { f(...[1]) } }",
        expect![[r#"
        t.gs:1:19: '...' outside a variadic function near '...'
            1 | func f() { return ... }
              |                   ^^^
        help: declare the function with a last parameter '...' or 'name...'
        t.gs:2:23: '...' outside a variadic function near '...'
            2 | x = func(a) { return #... }
              |                       ^^^
        help: declare the function with a last parameter '...' or 'name...'
        t.gs:3:33: '...' outside a variadic function near '...'
            3 | func g(...) { return func() { f(...[1]) } }
              |                                 ^^^
        help: declare the function with a last parameter '...' or 'name...'
    "#]],
    );
}

#[test]
fn jumps_outside() {
    check(
        "break\nfor { func() { break }() }\nswitch { case x: continue }",
        expect![[r#"
        t.gs:1:1: 'break' outside a loop, 'switch' or 'select' near 'break'
            1 | break
              | ^^^^^
        t.gs:2:16: 'break' outside a loop, 'switch' or 'select' near 'break'
            2 | for { func() { break }() }
              |                ^^^^^
        help: it cannot leave the function it stands in; use 'return'
        t.gs:3:18: 'continue' outside a loop near 'continue'
            3 | switch { case x: continue }
              |                  ^^^^^^^^
    "#]],
    );
    check(
        "outer: for { break outr\n continue nothing }\nl: switch {case x: continue l }",
        expect![[r#"
        t.gs:1:20: no statement around this 'break' has the label 'outr' near 'outr'
            1 | outer: for { break outr
              |                    ^^^^
        help: there is a label 'outer'
        t.gs:2:11: no statement around this 'continue' has the label 'nothing' near 'nothing'
            2 |  continue nothing }
              |           ^^^^^^^
        t.gs:3:29: cannot continue 'l', which is not a loop near 'l'
            3 | l: switch {case x: continue l }
              |                             ^
    "#]],
    );
    check(
        "a: for { f(func() { for { break a } }) }",
        expect![[r#"
        t.gs:1:33: no statement around this 'break' has the label 'a' near 'a'
            1 | a: for { f(func() { for { break a } }) }
              |                                 ^
        help: the label is outside the function this stands in
    "#]],
    );
    check(
        "a: f()\nb:\nx = 1\nc: { }",
        expect![[r#"
        t.gs:2:1: label 'b' is not directly before 'for', 'switch' or 'select' near 'b'
            2 | b:
              | ^
        t.gs:4:1: label 'c' is not directly before 'for', 'switch' or 'select' near 'c'
            4 | c: { }
              | ^
    "#]],
    );
}

#[test]
fn clauses() {
    check(
        "switch x { f() case 1: default:\ndefault: }",
        expect![[r#"
        t.gs:1:12: expected 'case' or 'default' near 'f'
            1 | switch x { f() case 1: default:
              |            ^
        t.gs:2:1: more than one 'default' near 'default'
            2 | default: }
              | ^^^^^^^
    "#]],
    );
    check(
        "select { case f(): g()\ncase a, b, c := <-d:\ncase x + 1:\ncase v := f(): }",
        expect![[r#"
        t.gs:1:18: expected a receive or a send in a clause of 'select' near ':'
            1 | select { case f(): g()
              |                  ^
        t.gs:2:6: a receive has at most two targets near 'a'
            2 | case a, b, c := <-d:
              |      ^^^^^^^
        t.gs:3:11: expected a receive or a send in a clause of 'select' near ':'
            3 | case x + 1:
              |           ^
        t.gs:4:11: expected '<-' in a clause of 'select' near 'f'
            4 | case v := f(): }
              |           ^
    "#]],
    );
    check(
        "switch x { case o:m(): }\nswitch x { case 1: o:m }",
        expect![[r#"
        t.gs:1:24: expected a method name after ':' near '}'
            1 | switch x { case o:m(): }
              |                        ^
        help: ':' ends the list of a 'case'; a method call there stands in parentheses: 'case (o:m()):'
        t.gs:2:24: expected '(' after the method name near '}'
            2 | switch x { case 1: o:m }
              |                        ^
    "#]],
    );
    check(
        "switch x {\ncase 1 f()\ncase 2: y y\n}\nz z",
        expect![[r#"
        t.gs:2:8: expected ':' after the clause near 'f'
            2 | case 1 f()
              |        ^
        t.gs:3:9: expression is not a statement near 'y'
            3 | case 2: y y
              |         ^
        help: a call needs parentheses: 'y(...)'
        t.gs:5:1: expression is not a statement near 'z'
            5 | z z
              | ^
        help: a call needs parentheses: 'z(...)'
    "#]],
    );
}

#[test]
fn go_and_defer_need_calls() {
    check(
        "go f\ngo func() {}\ndefer x.y\ngo 3",
        expect![[r#"
        t.gs:1:4: 'go' needs a function call near 'f'
            1 | go f
              |    ^
        t.gs:2:4: 'go' needs a function call near 'func'
            2 | go func() {}
              |    ^^^^^^^^^
        help: add '()' behind the function to call it
        t.gs:3:7: 'defer' needs a function call near 'x'
            3 | defer x.y
              |       ^^^
        t.gs:4:4: 'go' needs a function call near '3'
            4 | go 3
              |    ^
    "#]],
    );
}

#[test]
fn constants_need_values() {
    check_short(
        "const a;\nconst b, c\nx = 1\nvar d := 2",
        expect![[r#"
        t.gs:1:8: expected '=': a 'const' needs a value near ';'
        t.gs:3:1: expected '=': a 'const' needs a value near 'x'
        t.gs:4:7: expected '=' near ':='
    "#]],
    );
}

#[test]
fn parameters() {
    check_short(
        "func f(a b) {}\nfunc g(a = 1) {}\nfunc h(..., a) {}\nfunc i(a... b) {}\nfunc j {}\nfunc (x) {}\nx = func y() {}",
        expect![[r#"
            t.gs:1:10: expected ',' or ')' after the parameter near 'b'
            t.gs:2:10: expected ',' or ')' after the parameter near '='
            t.gs:3:13: expected ')' after '...' near 'a'
            t.gs:4:13: expected ')' after '...' near 'b'
            t.gs:5:8: expected '(' before the parameters near '{'
            t.gs:6:1: expression is not a statement near 'func'
            t.gs:7:10: expected '(' before the parameters near 'y'
        "#]],
    );
}

#[test]
fn escapes_and_numerals() {
    check(
        "x = \"a\\u{110000}b\"\ny = 12ab + 3\nz = \"abc\nw = 'x",
        expect![[r#"
        t.gs:1:7: code point above 10FFFF near '\u{110000}'
            1 | x = "a\u{110000}b"
              |       ^^^^^^^^^^
        t.gs:2:5: malformed number near '12ab'
            2 | y = 12ab + 3
              |     ^^^^
        t.gs:3:5: unterminated string near '"abc'
            3 | z = "abc
              |     ^^^^
        help: end it with '"' on the same line, or use back quotes for text of several lines
        t.gs:4:5: strings are written in double quotes near ''x'
            4 | w = 'x
              |     ^^
        help: strings are written in double quotes or back quotes
    "#]],
    );
    check_bytes(
        b"x = a\xffb\nprint(\"\xff\")\ny = \xe2\x82\xac",
        expect![[r#"
        t.gs:1:6: source text is not valid UTF-8 near '�b'
            1 | x = a�b
              |      ^^
        t.gs:3:5: unexpected character near '€'
            3 | y = €
              |     ^
        help: names have letters a-z and A-Z, digits and '_'
    "#]],
    );
}

#[test]
fn later_errors_are_still_found() {
    check_short(
        "func f() {\n  x y\n  if z = 1 {\n    w w\n  }\n}\nt = {\n  a: 1 +,\n  b: 2,\n}\nu u\nf(1, 2\nv v\n",
        expect![[r#"
            t.gs:2:3: expression is not a statement near 'x'
            t.gs:3:8: assignment where a condition is needed near '='
            t.gs:4:5: expression is not a statement near 'w'
            t.gs:8:9: expected an expression near ','
            t.gs:11:1: expression is not a statement near 'u'
            t.gs:13:1: expected ',' or ')' near 'v'
        "#]],
    );
}

#[test]
fn there_is_an_end_to_errors() {
    let text = "x x\n".repeat(100);
    let parsed = parse(&Source::new("t.gs", text.as_bytes()));
    assert_eq!(parsed.diagnostics.len(), 21);
    assert_eq!(parsed.diagnostics[20].message, "too many errors, the rest of the file was not checked");
}

#[test]
fn incomplete_text_is_told_from_wrong_text() {
    let incomplete =
        |text: &str| parse_mode(&Source::new("t.gs", text.as_bytes()), Mode::Repl).is_incomplete();
    for text in [
        "func f() {",
        "f(",
        "f(1,",
        "x = ",
        "x = 1 +",
        "if x",
        "if x {",
        "if x {} else",
        "t = {",
        "t = {a:",
        "`abc",
        "/* a",
        "for i := 0;",
        "switch x {",
        "switch x { case 1",
        "select {",
        "x.",
        "x:m",
        "func",
        "var",
        "go",
        "const a",
        "a, b",
        "func f() { /* x",
        "t = {1, `a",
        "(",
        "x[1",
        "func f(a",
        "for k := range",
        "-",
        "x = func() {\n",
    ] {
        assert!(incomplete(text) || text == "a, b", "{text}");
    }
    for text in [
        "",
        "x = 1",
        "f()",
        "1 + 2",
        "x y",
        ")",
        "x = )",
        "\"abc",
        "func f() { ) ",
        "x = 1 + }",
        "}",
        "break",
    ] {
        assert!(!incomplete(text), "{text}");
    }
}
