//! Trees: every construct of the grammar, and every rule about lines and contextual words.

use expect_test::{Expect, expect};

use crate::ast::{self, ExprKind, StmtKind};
use crate::diagnostic::render;
use crate::span::{Source, Span};
use crate::{Mode, parse, parse_mode};

fn check(text: &str, expected: Expect) {
    check_mode(text, Mode::Chunk, expected);
}

fn check_mode(text: &str, mode: Mode, expected: Expect) {
    let source = Source::new("t.gs", text.as_bytes());
    let parsed = parse_mode(&source, mode);
    let mut out = ast::print::print(&parsed.chunk, &parsed.interner);
    out.push_str(&render::render_all(&source, &parsed.diagnostics, render::Options::default()));
    expected.assert_eq(&out);
}

#[test]
fn precedence() {
    check(
        "x = a || b && c == d .. e + f * g ** -h",
        expect![[r#"
        (assign x = (a || (b && (c == (d .. (e + (f * (g ** (-h)))))))))
    "#]],
    );
    check(
        "x = -h ** g * f + e .. d == c && b || a",
        expect![[r#"
        (assign x = ((((((((-h) ** g) * f) + e) .. d) == c) && b) || a))
    "#]],
    );
    check(
        "x = a + b - c | d ^ e * f / g % h << i >> j & k &^ l",
        expect![[r#"
        (assign x = (a + b - c | d ^ (e * f / g % h << i >> j & k &^ l)))
    "#]],
    );
    check(
        "x = a < b == c >= d",
        expect![[r#"
        (assign x = (a < b == c >= d))
    "#]],
    );
    check(
        "x = a .. b .. c + d .. e",
        expect![[r#"
        (assign x = (a .. b .. (c + d) .. e))
    "#]],
    );
    check(
        "x = a ** b ** c",
        expect![[r#"
        (assign x = (a ** (b ** c)))
    "#]],
    );
    check(
        "x = 2 ** -1 + -2 ** 2 + !#^-x",
        expect![[r#"
        (assign x = ((2 ** (-1)) + ((-2) ** 2) + (!(#(^(-x))))))
    "#]],
    );
    check(
        "x = (a + b) * (c)",
        expect![[r#"
        (assign x = ((paren (a + b)) * (paren c)))
    "#]],
    );
    check(
        "x = <-a + <-b.c",
        expect![[r#"
        (assign x = ((<-a) + (<-b.c)))
    "#]],
    );
    check(
        "x = a || b || c && d && e || f",
        expect![[r#"
        (assign x = (a || b || (c && d && e) || f))
    "#]],
    );
}

#[test]
fn literals() {
    check(
        "x = nil, true, false, 1, 1.5, .5, 1e300, 1e999, 0xff, 0xffffffffffffffff",
        expect![[r#"
        (assign x = nil, true, false, 1, 1.5, 0.5, 1e300, +Inf, 255, -1)
    "#]],
    );
    check(
        "x = 9223372036854775807, 9223372036854775808, 1_000.5, 0x0.8p1 ** 0",
        expect![[r#"
        (assign x = 9223372036854775807, 9.223372036854776e18, 1000.5, (1.0 ** 0))
    "#]],
    );
    check(
        r#"x = "a\n\x41\u{e9}\d", `r\n`"#,
        expect![[r#"
        (assign x = "a\nA\xc3\xa9\\d", "r\\n")
    "#]],
    );
}

#[test]
fn suffixes() {
    check(
        "x = a.b.range[1](2, 3,)(f())[g]:nil():for(...).c",
        expect![[r#"
        (assign x = a.b.range[1](2, 3)(f())[g]:nil():for(...).c)
    "#]],
    );
    check(
        r#"x = "s":rep(3), ("s"):rep(3), {1}[1], func() {}()"#,
        expect![[r#"
        (assign x = "s":rep(3), (paren "s"):rep(3), {1}[1], (func ())())
    "#]],
    );
    check(
        "f(a)(b)\n(c)\n[d]\n.e()",
        expect![[r#"
        (expr f(a)(b)(c)[d].e())
    "#]],
    );
    check(
        "f(a);(b)(c)",
        expect![[r#"
        (expr f(a))
        (expr (paren b)(c))
    "#]],
    );
}

#[test]
fn extra_arguments() {
    check(
        "x = ..., #..., ...[1], (...)[1], #(...), ...[2].x, #...[1]",
        expect![[r#"
        (assign x = ..., #..., ...[1], (paren ...)[1], (#(paren ...)), ...[2].x, (#...[1]))
    "#]],
    );
    check(
        "f(...)(...)",
        expect![[r#"
        (expr f(...)(...))
    "#]],
    );
}

#[test]
fn tables() {
    check(
        r#"t = {10, 20, name: "n", "a key": 1, [2 ** 4]: "pow"; 30, func: true}"#,
        expect![[r#"
        (assign t = {10, 20, name: "n", "a key": 1, [(2 ** 4)]: "pow", 30, func: true})
    "#]],
    );
    check(
        "t = {}",
        expect![[r#"
        (assign t = {})
    "#]],
    );
    check(
        "t = {a b c: d e: f() 1 2 \"x\", [3]: 4}",
        expect![[r#"
        (assign t = {a, b, c: d, e: f(), 1, 2, "x", [3]: 4})
    "#]],
    );
    check(
        "t = {(obj:m()), x: obj:m(), `r`: 1, f(), ...}",
        expect![[r#"
        (assign t = {(paren obj:m()), x: obj:m(), "r": 1, f(), ...})
    "#]],
    );
    check(
        "t = {func() { return 1 }, if: func(a) {},}",
        expect![[r#"
        (assign t = {(func ()
          (return 1)), if: (func (a))})
    "#]],
    );
}

#[test]
fn functions() {
    check(
        "f := func(a, b, ...) { return a }",
        expect![[r#"
        (define f := (func (a, b, ...)
          (return a)))
    "#]],
    );
    check(
        "func f(parts...) {}",
        expect![[r#"
        (func f(parts...))
    "#]],
    );
    check(
        "func f(a, parts...,) {}\nfunc g(a, ...,) {}\nfunc h(a,) {}\nfunc i(...) {}\nfunc j() {}",
        expect![[r#"
        (func f(a, parts...))
        (func g(a, ...))
        (func h(a))
        (func i(...))
        (func j())
    "#]],
    );
    check(
        "func a.b.c(x) { return 1, 2 }\nfunc a.b:m(...) {}\nfunc o:if() {}\nfunc o.end() {}",
        expect![[r#"
        (func a.b.c(x)
          (return 1, 2))
        (func a.b:m(self, ...))
        (func o:if(self))
        (func o.end())
    "#]],
    );
    check(
        "func() { print(1) }()",
        expect![[r#"
        (expr (func ()
          (expr print(1)))())
    "#]],
    );
}

#[test]
fn assignments() {
    check(
        "a, t[i], t.f = e1, e2, e3",
        expect![[r#"
        (assign a, t[i], t.f = e1, e2, e3)
    "#]],
    );
    check(
        "a, b := b, a\nv, ok := <-ch",
        expect![[r#"
        (define a, b := b, a)
        (define v, ok := (<-ch))
    "#]],
    );
    check(
        "a += 1 b -= 1 c *= 1 d /= 1 e %= 1 f **= 1 g ..= 1",
        expect![[r#"
        (assign a += 1)
        (assign b -= 1)
        (assign c *= 1)
        (assign d /= 1)
        (assign e %= 1)
        (assign f **= 1)
        (assign g ..= 1)
    "#]],
    );
    check(
        "a &= 1 b |= 1 c ^= 1 d &^= 1 e <<= 1 f >>= 1 t.x++ t[1]--",
        expect![[r#"
        (assign a &= 1)
        (assign b |= 1)
        (assign c ^= 1)
        (assign d &^= 1)
        (assign e <<= 1)
        (assign f >>= 1)
        (assign t.x++)
        (assign t[1]--)
    "#]],
    );
    check(
        "f().x = 1 f()[1] = 2; (f()).y = 3 ...[1].x = 4",
        expect![[r#"
        (assign f().x = 1)
        (assign f()[1] = 2)
        (assign (paren f()).y = 3)
        (assign ...[1].x = 4)
    "#]],
    );
    check(
        "var a var b, c = 1, 2 const d = f() var e",
        expect![[r#"
        (var a)
        (var b, c = 1, 2)
        (const d = f())
        (var e)
    "#]],
    );
}

#[test]
fn simple_statements() {
    check(
        "f() o:m(); <-ch; (f()); ((<-ch)) a.b.c()",
        expect![[r#"
        (expr f())
        (expr o:m())
        (expr (<-ch))
        (expr (paren f()))
        (expr (paren (paren (<-ch))))
        (expr a.b.c())
    "#]],
    );
    check(
        "ch <- 1 + 2 f().c <- <-d",
        expect![[r#"
        (send ch <- (1 + 2))
        (send f().c <- (<-d))
    "#]],
    );
    check(
        ";;; f();; g();",
        expect![[r#"
        (expr f())
        (expr g())
    "#]],
    );
    check(
        "{ f() { g() } }",
        expect![[r#"
        (block
          (expr f())
          (block
            (expr g())))
    "#]],
    );
}

#[test]
fn an_arrow_that_begins_a_line_receives() {
    check(
        "f()\n<-ch\nch <-\nv",
        expect![[r#"
        (expr f())
        (expr (<-ch))
        (send ch <- v)
    "#]],
    );
    check(
        "x = y\n<-ch",
        expect![[r#"
        (assign x = y)
        (expr (<-ch))
    "#]],
    );
    check(
        "f() /*\n*/ <-ch",
        expect![[r#"
        (expr f())
        (expr (<-ch))
    "#]],
    );
}

#[test]
fn return_takes_values_of_its_line() {
    check(
        "func f() { return\nf() }",
        expect![[r#"
        (func f()
          (return)
          (expr f()))
    "#]],
    );
    check(
        "func f() { return f(),\n2 }\nfunc g() { return /* a\n */ f() }",
        expect![[r#"
        (func f()
          (return f(), 2))
        (func g()
          (return)
          (expr f()))
    "#]],
    );
    check(
        "return; f()",
        expect![[r#"
        (return)
        (expr f())
    "#]],
    );
    check(
        "return 1 + \n 2 f()",
        expect![[r#"
        (return (1 + 2))
        (expr f())
    "#]],
    );
}

#[test]
fn an_expression_runs_on_over_newlines() {
    check(
        "x := \"total: \"\n .. 10\n + 5\ny := f\n.g\n:h()\n[1]",
        expect![[r#"
        (define x := ("total: " .. (10 + 5)))
        (define y := f.g:h()[1])
    "#]],
    );
}

#[test]
fn ifs() {
    check(
        "if a { f() } elseif b { g() } else if c {} else { h() }",
        expect![[r#"
        (if
          (arm a
            (expr f()))
          (arm b
            (expr g()))
          (arm c)
          (else
            (expr h())))
    "#]],
    );
    check(
        "if n := #q; n > 10 { } elseif m = f(); m {} elseif f(); x {} elseif <-c; y {}",
        expect![[r#"
        (if
          (arm (define n := (#q)); (n > 10))
          (arm (assign m = f()); m)
          (arm (expr f()); x)
          (arm (expr (<-c)); y))
    "#]],
    );
    check(
        "if {} == x {} if x == {1} {}",
        expect![[r#"
        (if
          (arm ({} == x)))
        (if
          (arm (x == {1})))
    "#]],
    );
    check(
        "if a {} else { if b {} }",
        expect![[r#"
        (if
          (arm a)
          (else
            (if
              (arm b))))
    "#]],
    );
}

#[test]
fn loops() {
    check(
        "for {}\nfor a < b {}\nfor x == {} {}",
        expect![[r#"
        (for)
        (for (a < b))
        (for (x == {}))
    "#]],
    );
    check(
        "for i := 0; i < 3; i++ { continue }\nfor ;; {}\nfor a = 1; ; {}\nfor ; x; {}\nfor ;; f() {}",
        expect![[r#"
        (for (define i := 0); (i < 3); (assign i++)
          (continue))
        (for ;;)
        (for (assign a = 1);;)
        (for ; x;)
        (for ;; (expr f()))
    "#]],
    );
    check(
        "for range 3 {}\nfor k := range t {}\nfor a, b, c := range next, t {}\nfor k := range {1, 2} {}",
        expect![[r#"
        (for range 3)
        (for k := range t)
        (for a, b, c := range next, t)
        (for k := range {1, 2})
    "#]],
    );
    check(
        "outer: for { for { break outer } continue outer break }",
        expect![[r#"
        (for outer:
          (for
            (break outer))
          (continue outer)
          (break))
    "#]],
    );
}

#[test]
fn switches() {
    check(
        "switch x { case 1, f(): g() case (o:m()): default: h() }",
        expect![[r#"
        (switch x
          (case 1, f()
            (expr g()))
          (case (paren o:m()))
          (default
            (expr h())))
    "#]],
    );
    check(
        "switch { case n < 0: s = -1\ncase {a: o:m()}: t() }\nswitch {}",
        expect![[r#"
        (switch
          (case (n < 0)
            (assign s = (-1)))
          (case {a: o:m()}
            (expr t())))
        (switch)
    "#]],
    );
    check(
        "switch k := n.k; k { default: }\nswitch f(); { case a: }\nswitch x = 1; y {}",
        expect![[r#"
        (switch (define k := n.k); k
          (default))
        (switch (expr f());
          (case a))
        (switch (assign x = 1); y)
    "#]],
    );
    check(
        "l: switch x { case 1: for { break l } case 2: break }",
        expect![[r#"
        (switch l: x
          (case 1
            (for
              (break l)))
          (case 2
            (break)))
    "#]],
    );
    check(
        "switch x { case 1: return case 2: return 5 case 3: return default: return }",
        expect![[r#"
        (switch x
          (case 1
            (return))
          (case 2
            (return 5))
          (case 3
            (return))
          (default
            (return)))
    "#]],
    );
    check(
        "for { switch x { case 1: break case 2: continue default: continue } }",
        expect![[r#"
        (for
          (switch x
            (case 1
              (break))
            (case 2
              (continue))
            (default
              (continue))))
    "#]],
    );
    check(
        "switch x { case func() { o:m() }: f() case a[o:m()], b(o:m()): g() }",
        expect![[r#"
        (switch x
          (case (func ()
            (expr o:m()))
            (expr f()))
          (case a[o:m()], b(o:m())
            (expr g())))
    "#]],
    );
}

#[test]
fn selects() {
    check(
        "select { case v, ok := <-jobs: handle(v, ok) case out <- next: sent++ case <-quit: return default: idle() }",
        expect![[r#"
            (select
              (case v, ok := <-jobs
                (expr handle(v, ok)))
              (case out <- next
                (assign sent++))
              (case <-quit
                (return))
              (default
                (expr idle())))
        "#]],
    );
    check(
        "select {}",
        expect![[r#"
        (select)
    "#]],
    );
    check(
        "select { case t.x = <-c: case a, b[1] = <-c: case v := <-c: case <-a <- 1: case <-<-a: }",
        expect![[r#"
        (select
          (case t.x = <-c)
          (case a, b[1] = <-c)
          (case v := <-c)
          (case (<-a) <- 1)
          (case <-(<-a)))
    "#]],
    );
    check(
        "l: select { case <-c: break l }",
        expect![[r#"
        (select l:
          (case <-c
            (break l)))
    "#]],
    );
}

#[test]
fn go_and_defer() {
    check(
        "go f(x) go o:m(1) go (f()) go func(a) {}(1) go a.b[1]()",
        expect![[r#"
        (go f(x))
        (go o:m(1))
        (go f())
        (go (func (a))(1))
        (go a.b[1]())
    "#]],
    );
    check(
        "defer f(x) defer o:m() defer func() {}()",
        expect![[r#"
        (defer f(x))
        (defer o:m())
        (defer (func ())())
    "#]],
    );
}

#[test]
fn channels() {
    check(
        "c = make(chan), make(chan, 10), make(3), make",
        expect![[r#"
        (assign c = make(chan), make(chan, 10), make(3), make)
    "#]],
    );
    check(
        "c = make(chan, f()).x",
        expect![[r#"
        (assign c = make(chan, f()).x)
    "#]],
    );
}

#[test]
fn contextual_words_are_names_elsewhere() {
    check(
        "const = 1 defer = 2 select = 3 switch = 4 case = 5 default = 6",
        expect![[r#"
        (assign const = 1)
        (assign defer = 2)
        (assign select = 3)
        (assign switch = 4)
        (assign case = 5)
        (assign default = 6)
    "#]],
    );
    check(
        "const(1) defer(f) select(\"#\", ...) switch(x) case(1) default(2)",
        expect![[r##"
        (expr const(1))
        (expr defer(f))
        (expr select("#", ...))
        (expr switch(x))
        (expr case(1))
        (expr default(2))
    "##]],
    );
    check(
        "t.case = 1 t.default() t:switch(1) t:select(2) x = {case: 1, default: 2}",
        expect![[r#"
        (assign t.case = 1)
        (expr t.default())
        (expr t:switch(1))
        (expr t:select(2))
        (assign x = {case: 1, default: 2})
    "#]],
    );
    check(
        "x = switch + select[case] .. default",
        expect![[r#"
        (assign x = ((switch + select[case]) .. default))
    "#]],
    );
    check(
        "make = 1 make.x = 2",
        expect![[r#"
        (assign make = 1)
        (assign make.x = 2)
    "#]],
    );
    check(
        "local = 1 function(x) end = 2 while(x) then.y = 3 do() not(x)",
        expect![[r#"
        (assign local = 1)
        (expr function(x))
        (assign end = 2)
        (expr while(x))
        (assign then.y = 3)
        (expr do())
        (expr not(x))
    "#]],
    );
}

#[test]
fn switch_is_a_word_before_a_group_and_a_brace() {
    check(
        "switch (x) { case 1: }",
        expect![[r#"
        (switch (paren x)
          (case 1))
    "#]],
    );
    check(
        "switch (x)\n{ case 1: }",
        expect![[r#"
        (switch (paren x)
          (case 1))
    "#]],
    );
    check(
        "switch(x) f()",
        expect![[r#"
        (expr switch(x))
        (expr f())
    "#]],
    );
    check(
        "switch (x + (y)) (z)",
        expect![[r#"
        (expr switch((x + (paren y)))(z))
    "#]],
    );
    check(
        "switch #x { } switch -x {} switch !x {} switch ^x {} switch \"a\" {} switch 1 {} switch nil {}",
        expect![[r#"
        (switch (#x))
        (switch (-x))
        (switch (!x))
        (switch (^x))
        (switch "a")
        (switch 1)
        (switch nil)
    "#]],
    );
    check(
        "switch func() {} {} switch ... {} switch ...[1] {}",
        expect![[r#"
        (switch (func ()))
        (switch ...)
        (switch ...[1])
    "#]],
    );
    check(
        "switch <- 1",
        expect![[r#"
        (send switch <- 1)
    "#]],
    );
}

#[test]
fn case_ends_only_its_own_clause() {
    check(
        "switch x { case 1: if y { case = 3 } case 2: }",
        expect![[r#"
        (switch x
          (case 1
            (if
              (arm y
                (assign case = 3))))
          (case 2))
    "#]],
    );
    check(
        "switch x { case 1: default = 3 default: default(1) }",
        expect![[r#"
        (switch x
          (case 1
            (assign default = 3))
          (default
            (expr default(1))))
    "#]],
    );
    check(
        "switch x { case 1: f = func() { case = 1 default = 2 } }",
        expect![[r#"
        (switch x
          (case 1
            (assign f = (func ()
              (assign case = 1)
              (assign default = 2)))))
    "#]],
    );
}

#[test]
fn labels_and_methods() {
    check(
        "q:go() q:for() q:for(1) q:for(1).x() q:select(1) q:switch(x)",
        expect![[r#"
        (expr q:go())
        (expr q:for())
        (expr q:for(1))
        (expr q:for(1).x())
        (expr q:select(1))
        (expr q:switch(x))
    "#]],
    );
    check(
        "q: for (x) {} q: for (x) < 3 {} q: for x {} q: for {}",
        expect![[r#"
        (for q: (paren x))
        (for q: ((paren x) < 3))
        (for q: x)
        (for q:)
    "#]],
    );
    check(
        "a: select {} b: switch {} c: switch (x) {}",
        expect![[r#"
        (select a:)
        (switch b:)
        (switch c: (paren x))
    "#]],
    );
}

#[test]
fn interactive_input_returns_its_last_expression() {
    check_mode(
        "1 + 2",
        Mode::Repl,
        expect![[r#"
        (return (1 + 2))
    "#]],
    );
    check_mode(
        "x := 1; x, 2",
        Mode::Repl,
        expect![[r#"
        (define x := 1)
        (return x, 2)
    "#]],
    );
    check_mode(
        "f()",
        Mode::Repl,
        expect![[r#"
        (return f())
    "#]],
    );
    check_mode(
        "f();",
        Mode::Repl,
        expect![[r#"
        (expr f())
    "#]],
    );
    check_mode(
        "func f() {} f(1)(2)",
        Mode::Repl,
        expect![[r#"
        (func f())
        (return f(1)(2))
    "#]],
    );
}

#[test]
fn spans_and_positions() {
    let text = "x := a.b[c](d):e(f) + 1";
    let source = Source::new("t.gs", text.as_bytes());
    let parsed = parse(&source);
    let StmtKind::Define { names, values, pos } = &parsed.chunk.body[0].kind else { panic!("{parsed:?}") };
    assert_eq!((names[0].span, *pos, parsed.chunk.body[0].span), (Span::new(0, 1), 2, Span::new(0, 23)));
    let ExprKind::Binary(chain) = &values[0].kind else { panic!("{parsed:?}") };
    assert_eq!(
        (chain.rest[0].pos, values[0].span, chain.first.span),
        (20, Span::new(5, 23), Span::new(5, 19))
    );
    let ExprKind::Suffixed(suffixed) = &chain.first.kind else { panic!("{parsed:?}") };
    let places: Vec<(u32, u32)> = suffixed.suffixes.iter().map(|suffix| (suffix.pos, suffix.end)).collect();
    assert_eq!(places, [(6, 8), (8, 11), (11, 14), (14, 19)]);
}

#[test]
fn function_literals_know_what_they_are_assigned_to() {
    let source = Source::new("t.gs", b"f := func() {}\nt.g = func() {}\nx = {h: func() {}}\nfunc i() {}");
    let parsed = parse(&source);
    let hint = |value: &ast::Expr| match &value.kind {
        ExprKind::Func(func) => func.hint.map(|name| parsed.interner.text(name).to_owned()),
        ExprKind::Table(fields) => match &fields[0].value.kind {
            ExprKind::Func(func) => func.hint.map(|name| parsed.interner.text(name).to_owned()),
            _ => None,
        },
        _ => None,
    };
    let hints: Vec<Option<String>> = parsed.chunk.body[..3]
        .iter()
        .map(|stmt| match &stmt.kind {
            StmtKind::Define { values, .. } | StmtKind::Assign { values, .. } => hint(&values[0]),
            _ => None,
        })
        .collect();
    assert_eq!(hints, [Some("f".to_owned()), Some("g".to_owned()), Some("h".to_owned())]);
}
