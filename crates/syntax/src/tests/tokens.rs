//! Tokens: every lexical rule of the language, and how faulty text is cut.

use expect_test::{Expect, expect};

use crate::span::Source;
use crate::{diagnostic::render, lex};

/// Compares the tokens of `text`, each as its kind and text, with `|` before the first one of a line. Errors follow.
fn check_bytes(text: &[u8], expected: Expect) {
    let source = Source::new("t.gs", text);
    let (tokens, errors) = lex(&source);
    let mut out = String::new();
    for token in tokens {
        let line = if token.starts_line { "|" } else { " " };
        let text = token.of(text).escape_ascii().to_string();
        out.push_str(format!("{line}{:?} {text}", token.kind).trim_end());
        out.push('\n');
    }
    for error in errors {
        out.push_str(&render::one_line(&source, &error));
        out.push('\n');
    }
    expected.assert_eq(&out);
}

fn check(text: &str, expected: Expect) {
    check_bytes(text.as_bytes(), expected);
}

#[test]
fn words() {
    check(
        "break chan elseif if nil _x9 const Break iff go_",
        expect![[r#"
        |Break break
         Chan chan
         Elseif elseif
         If if
         Nil nil
         Name _x9
         Name const
         Name Break
         Name iff
         Name go_
         Eof
    "#]],
    );
}

#[test]
fn marks_take_the_longest_match() {
    check(
        "+++= -- ** **= .. ..= ... . &^ &^= && & <- <<= <= < >>= >> := : == = != ! || |= ^=",
        expect![[r#"
        |PlusPlus ++
         PlusEq +=
         MinusMinus --
         StarStar **
         StarStarEq **=
         DotDot ..
         DotDotEq ..=
         Ellipsis ...
         Dot .
         AmpCaret &^
         AmpCaretEq &^=
         AmpAmp &&
         Amp &
         Arrow <-
         LtLtEq <<=
         LtEq <=
         Lt <
         GtGtEq >>=
         GtGt >>
         ColonEq :=
         Colon :
         EqEq ==
         Eq =
         BangEq !=
         Bang !
         PipePipe ||
         PipeEq |=
         CaretEq ^=
         Eof
    "#]],
    );
    check(
        "a--b x<-1 a&^b a&& &^ ....",
        expect![[r#"
        |Name a
         MinusMinus --
         Name b
         Name x
         Arrow <-
         Number 1
         Name a
         AmpCaret &^
         Name b
         Name a
         AmpAmp &&
         AmpCaret &^
         Ellipsis ...
         Dot .
         Eof
    "#]],
    );
}

#[test]
fn comments_and_lines() {
    check(
        "a // b\n/* c\n*/ d /* e */ f\r\n\tg /**/",
        expect![[r#"
        |Name a
         Comment // b
        |Comment /* c\n*/
         Name d
         Comment /* e */
         Name f
        |Name g
         Comment /**/
         Eof
    "#]],
    );
}

#[test]
fn byte_order_mark_and_first_line() {
    check_bytes(
        b"\xef\xbb\xbf#!/bin/gscript --x\na",
        expect![[r#"
        |Name a
         Eof
    "#]],
    );
    check_bytes(
        b"\xef\xbb\xbfa",
        expect![[r#"
        |Name a
         Eof
    "#]],
    );
    check(
        "#!only",
        expect![[r#"
        |Eof
    "#]],
    );
    check(
        "\n#!a",
        expect![[r#"
        |Hash #
         Bang !
         Name a
         Eof
    "#]],
    );
}

#[test]
fn numerals() {
    check(
        "0 010 1_000 0xff_Ff 0b1_0 0o17 1. .5 1.5e3 1e+5 2E-7 0x1p4 0x1.8 0xA.bP-3",
        expect![[r#"
        |Number 0
         Number 010
         Number 1_000
         Number 0xff_Ff
         Number 0b1_0
         Number 0o17
         Number 1.
         Number .5
         Number 1.5e3
         Number 1e+5
         Number 2E-7
         Number 0x1p4
         Number 0x1.8
         Number 0xA.bP-3
         Eof
    "#]],
    );
}

#[test]
fn a_point_before_a_point_is_no_part_of_a_numeral() {
    check(
        "1..2 1...  1.5..2 0x1..2 a..5 1. .5",
        expect![[r#"
        |Number 1
         DotDot ..
         Number 2
         Number 1
         Ellipsis ...
         Number 1.5
         DotDot ..
         Number 2
         Number 0x1
         DotDot ..
         Number 2
         Name a
         DotDot ..
         Number 5
         Number 1.
         Number .5
         Eof
    "#]],
    );
}

#[test]
fn malformed_numerals() {
    check(
        "1x\n1_\n1__0\n0x\n0b2\n0o8\n1e\n1e+\n0x1p\n1._5\n1.foo\n12ab_3\n0x_1\n0b12\n1e5_0",
        expect![[r#"
        |Number 1x
        |Number 1_
        |Number 1__0
        |Number 0x
        |Number 0b2
        |Number 0o8
        |Number 1e
        |Number 1e+
        |Number 0x1p
        |Number 1._5
        |Number 1.foo
        |Number 12ab_3
        |Number 0x_1
        |Number 0b12
        |Number 1e5_0
         Eof
        t.gs:1:1: malformed number near '1x'
        t.gs:2:1: malformed number near '1_'
        t.gs:3:1: malformed number near '1__0'
        t.gs:4:1: malformed number near '0x'
        t.gs:5:1: malformed number near '0b2'
        t.gs:6:1: malformed number near '0o8'
        t.gs:7:1: malformed number near '1e'
        t.gs:8:1: malformed number near '1e+'
        t.gs:9:1: malformed number near '0x1p'
        t.gs:10:1: malformed number near '1._5'
        t.gs:11:1: malformed number near '1.foo'
        t.gs:12:1: malformed number near '12ab_3'
        t.gs:13:1: malformed number near '0x_1'
        t.gs:14:1: malformed number near '0b12'
        t.gs:15:1: malformed number near '1e5_0'
    "#]],
    );
}

#[test]
fn strings() {
    check(
        r#""" "a" "a\"b" "\\" `raw \` `"`"#,
        expect![[r#"
        |Str \"\"
         Str \"a\"
         Str \"a\\\"b\"
         Str \"\\\\\"
         RawStr `raw \\`
         RawStr `\"`
         Eof
    "#]],
    );
    check(
        "`two\nlines` x",
        expect![[r#"
        |RawStr `two\nlines`
         Name x
         Eof
    "#]],
    );
}

#[test]
fn faulty_strings() {
    check(
        "\"abc\nx \"d\\\ny \"e\\\r\nz \"f\\",
        expect![[r#"
        |Str \"abc
        |Name x
         Str \"d\\
        |Name y
         Str \"e\\
        |Name z
         Str \"f\\
         Eof
        t.gs:1:1: unterminated string near '"abc'
        t.gs:2:3: unterminated string near '"d\'
        t.gs:3:3: unterminated string near '"e\'
        t.gs:4:3: unterminated string near '"f\'
    "#]],
    );
    check(
        "`abc\nd",
        expect![[r#"
        |RawStr `abc\nd
         Eof
        t.gs:1:1: unterminated raw string near '`abc...'
    "#]],
    );
    check(
        "'it' + 'x\"y' 'z",
        expect![[r#"
        |Str \'it\'
         Plus +
         Str \'x\"y\'
         Str \'z
         Eof
        t.gs:1:1: strings are written in double quotes near ''it''
        t.gs:1:8: strings are written in double quotes near ''x"y''
        t.gs:1:14: strings are written in double quotes near ''z'
    "#]],
    );
}

#[test]
fn unterminated_comment() {
    check(
        "a /* b\nc",
        expect![[r#"
        |Name a
         Comment /* b\nc
         Eof
        t.gs:1:3: unterminated comment near '/* b...'
    "#]],
    );
    check(
        "/*/",
        expect![[r#"
        |Comment /*/
         Eof
        t.gs:1:1: unterminated comment near '/*/'
    "#]],
    );
}

#[test]
fn characters_that_begin_no_token() {
    check(
        "a ~= b",
        expect![[r#"
        |Name a
         BangEq ~=
         Name b
         Eof
        t.gs:1:3: unexpected character near '~='
    "#]],
    );
    check(
        "@ $ ? ~ \\ \0 \x0c",
        expect![[r#"
         Eof
        t.gs:1:1: unexpected character near '@'
        t.gs:1:3: unexpected character near '$'
        t.gs:1:5: unexpected character near '?'
        t.gs:1:7: unexpected character near '~'
        t.gs:1:9: unexpected character near '\'
        t.gs:1:11: unexpected character near '?'
        t.gs:1:13: unexpected character near '?'
    "#]],
    );
    check(
        "größe := 1",
        expect![[r#"
        |Name gr
         ColonEq :=
         Number 1
         Eof
        t.gs:1:3: unexpected character near 'öße'
    "#]],
    );
    check(
        "\u{201c}x\u{201d}",
        expect![[r#"
         Eof
        t.gs:1:1: unexpected character near '“x”'
    "#]],
    );
    check(
        "a\u{a0}b",
        expect![[r#"
        |Name a
         Eof
        t.gs:1:2: unexpected character near ' b'
    "#]],
    );
}

#[test]
fn other_encodings() {
    check_bytes(
        b"\"\xff\" // \xfe\n`\xc3`",
        expect![[r#"
        |Str \"\xff\"
         Comment // \xfe
        |RawStr `\xc3`
         Eof
    "#]],
    );
    check_bytes(
        b"a\xff\xfe b",
        expect![[r#"
        |Name a
         Name b
         Eof
        t.gs:1:2: source text is not valid UTF-8 near '��'
    "#]],
    );
}

#[test]
fn empty() {
    check(
        "",
        expect![[r#"
        |Eof
    "#]],
    );
    check(
        " \n\t",
        expect![[r#"
        |Eof
    "#]],
    );
}
