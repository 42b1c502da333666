//! Functions, captured variables, defers.

use super::*;

#[test]
fn names_of_functions() {
    check(
        "func f() {}\nfunc a.b.c() {}\nfunc a:m(x) { return self, x }\ng := func() {}\nlocal := {h: func(...) {}}",
        expect![[r#"
            function 0, line 1, 0 parameters ..., 2 registers
                 0  [1] Closure r0, function 1 f
                 1  [1] SetGlobal r0, f
                 2  [2] GetGlobal r0, a
                 3  [2] GetField r0, r0, "b"  ; 1=global 'a'
                 4  [2] Closure r1, function 2 a.b.c
                 5  [2] SetField r0, "c", r1  ; 0=field 'b'
                 6  [3] GetGlobal r0, a
                 7  [3] Closure r1, function 3 a:m
                 8  [3] SetField r0, "m", r1  ; 0=global 'a'
                 9  [4] Closure r0, function 4
                10  [4] SetGlobal r0, g
                11  [5] NewTable r0, {h}
                12  [5] Closure r1, function 5
                13  [5] InitSlot r0, 0, r1
                14  [5] SetGlobal r0, local
                15  [5] Return0

            function 1 f, line 1, 0 parameters, 1 register
                 0  [1] Return0

            function 2 a.b.c, line 2, 0 parameters, 1 register
                 0  [2] Return0

            function 3 a:m, line 3, 2 parameters, 3 registers
                 0  [3] Return r0, 2

            function 4, line 4, 0 parameters, 1 register
                 0  [4] Return0

            function 5, line 5, 0 parameters ..., 1 register
                 0  [5] Return0
        "#]],
    );
}

#[test]
fn constants_of_a_capture_are_copied() {
    check_functions(
        "func f(a) { b := a + 1; return func() { return func() { return a + b } } }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 3 registers
                 0  [1] AddImm r1, r0, #1  ; 1=local 'a'
                 1  [1] Closure r2, function 2
                 2  [1] Return1 r2

            function 2, line 1, 0 parameters, 1 register
              u0 = r0 of the enclosing function
              u1 = r1 of the enclosing function
                 0  [1] Closure r0, function 3
                 1  [1] Return1 r0

            function 3, line 1, 0 parameters, 2 registers
              u0 = u0 of the enclosing function
              u1 = u1 of the enclosing function
                 0  [1] GetUpval r0, u0
                 1  [1] GetUpval r1, u1
                 2  [1] Add r0, r0, r1  ; 1=upvalue 'a', 2=upvalue 'b'
                 3  [1] Return1 r0
        "#]],
    );
}

#[test]
fn assigned_captures_live_in_cells() {
    check_functions(
        "func f(a) { var n = 0; inc := func() { n++; a = n }; n = 5; return inc, n, a }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 6 registers
                 0  [1] NewCell r0, r0
                 1  [1] LoadInt r1, #0
                 2  [1] NewCell r1, r1
                 3  [1] Closure r2, function 2
                 4  [1] LoadInt r3, #5
                 5  [1] SetCell r1, r3
                 6  [1] Move r3, r2
                 7  [1] GetCell r4, r1
                 8  [1] GetCell r5, r0
                 9  [1] Return r3, 3

            function 2, line 1, 0 parameters, 1 register
              u0 = r1 of the enclosing function
              u1 = r0 of the enclosing function
                 0  [1] GetUpcell r0, u0
                 1  [1] AddImm r0, r0, #1  ; 1=upvalue 'n'
                 2  [1] SetUpcell r0, u0
                 3  [1] GetUpcell r0, u0
                 4  [1] SetUpcell r0, u1
                 5  [1] Return0
        "#]],
    );
}

#[test]
fn recursive_local_function_captures_itself() {
    check_functions(
        "func f() { func fact(n) { if n == 0 { return 1 }; return n * fact(n - 1) }; return fact(5) }",
        expect![[r#"
            function 1 f, line 1, 0 parameters, 5 registers
                 0  [1] Closure r0, function 2 fact
                 1  [1] Move r1, r0
                 2  [1] LoadInt r4, #5
                 3  [1] CallRetMulti r1, 1  ; 0=local 'fact'
                 4  [1] ReturnMulti r1, 0

            function 2 fact, line 1, 1 parameter, 6 registers
              u0 = r0 of the enclosing function
                 0  [1] JumpNeConst r0, 0, -> 3
                 1  [1] LoadInt r1, #1
                 2  [1] Return1 r1
                 3: [1] GetUpval r2, u0
                 4  [1] SubImm r5, r0, #1  ; 1=local 'n'
                 5  [1] Call r2, 1, 1  ; 0=upvalue 'fact'
                 6  [1] Mul r1, r0, r2  ; 1=local 'n'
                 7  [1] Return1 r1
        "#]],
    );
}

#[test]
fn nested_self_capture() {
    check_functions(
        "func f() { func g() { return func() { return g } }; return g }",
        expect![[r#"
        function 1 f, line 1, 0 parameters, 1 register
             0  [1] Closure r0, function 2 g
             1  [1] Return1 r0

        function 2 g, line 1, 0 parameters, 1 register
          u0 = r0 of the enclosing function
             0  [1] Closure r0, function 3
             1  [1] Return1 r0

        function 3, line 1, 0 parameters, 1 register
          u0 = u0 of the enclosing function
             0  [1] GetUpval r0, u0
             1  [1] Return1 r0
    "#]],
    );
}

#[test]
fn mutual_recursion_through_a_declared_variable() {
    check_functions(
        "func f(n) { var odd; func even(n) { return n == 0 || odd(n - 1) }; func odd(n) { return n != 0 && even(n - 1) }; return even(n) }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 7 registers
                 0  [1] LoadNil r1, 1
                 1  [1] NewCell r1, r1
                 2  [1] Closure r2, function 2 even
                 3  [1] Closure r3, function 3 odd
                 4  [1] SetCell r1, r3
                 5  [1] Move r3, r2
                 6  [1] Move r6, r0
                 7  [1] CallRetMulti r3, 1  ; 0=local 'even'
                 8  [1] ReturnMulti r3, 0

            function 2 even, line 1, 1 parameter, 5 registers
              u0 = r1 of the enclosing function
                 0  [1] JumpEqConst r0, 0, -> 5
                 1  [1] GetUpcell r1, u0
                 2  [1] SubImm r4, r0, #1  ; 1=local 'n'
                 3  [1] Call r1, 1, 1  ; 0=upvalue 'odd'
                 4  [1] Jump -> 6
                 5: [1] LoadBool r1, 1
                 6: [1] Return1 r1

            function 3 odd, line 1, 1 parameter, 5 registers
              u0 = r2 of the enclosing function
                 0  [1] JumpEqConst r0, 0, -> 5
                 1  [1] GetUpval r1, u0
                 2  [1] SubImm r4, r0, #1  ; 1=local 'n'
                 3  [1] Call r1, 1, 1  ; 0=upvalue 'even'
                 4  [1] Jump -> 6
                 5: [1] LoadBool r1, 0
                 6: [1] Return1 r1
        "#]],
    );
}

#[test]
fn assigned_local_function_lives_in_a_cell() {
    check_functions(
        "func f() { func g() { return g }; g = 1; return g }",
        expect![[r#"
        function 1 f, line 1, 0 parameters, 2 registers
             0  [1] LoadNil r0, 1
             1  [1] NewCell r0, r0
             2  [1] Closure r1, function 2 g
             3  [1] SetCell r0, r1
             4  [1] LoadInt r1, #1
             5  [1] SetCell r0, r1
             6  [1] GetCell r1, r0
             7  [1] Return1 r1

        function 2 g, line 1, 0 parameters, 1 register
          u0 = r0 of the enclosing function
             0  [1] GetUpcell r0, u0
             1  [1] Return1 r0
    "#]],
    );
}

#[test]
fn function_literal_does_not_see_its_variable() {
    check_functions(
        "func f() { g := func() { return g() } }",
        expect![[r#"
        function 1 f, line 1, 0 parameters, 1 register
             0  [1] Closure r0, function 2
             1  [1] Return0

        function 2, line 1, 0 parameters, 3 registers
             0  [1] GetGlobal r0, g
             1  [1] CallRetMulti r0, 0  ; 0=global 'g'
             2  [1] ReturnMulti r0, 0
    "#]],
    );
}

#[test]
fn redeclaration_makes_a_new_variable() {
    check_functions(
        "func f() { a := 1; g := func() { return a }; a := a + 1; return g, a }",
        expect![[r#"
        function 1 f, line 1, 0 parameters, 3 registers
             0  [1] LoadInt r0, #1
             1  [1] Closure r1, function 2
             2  [1] AddImm r2, r0, #1  ; 1=local 'a'
             3  [1] Return r1, 2

        function 2, line 1, 0 parameters, 1 register
          u0 = r0 of the enclosing function
             0  [1] GetUpval r0, u0
             1  [1] Return1 r0
    "#]],
    );
}

#[test]
fn defers_run_on_every_return() {
    check_functions(
        "func f(a) { defer a:close(); if a { return 1 }; defer g(1, h()); if a.x { return a, 2 }; return g() }",
        expect![[r#"
        function 1 f, line 1, 1 parameter, 9 registers, defers in r1
             0  [1] LoadNil r1, 1
             1  [1] GetMethod r2, r0, "close"  ; 1=local 'a'
             2  [1] Defer r2, 1, r1  ; 0=method 'close'
             3  [1] JumpIfNot r0, -> 7
             4  [1] LoadInt r2, #1
             5  [1] RunDefers r2, 1, r1
             6  [1] Return1 r2
             7: [1] GetGlobal r2, g
             8  [1] LoadInt r5, #1
             9  [1] GetGlobal r6, h
            10  [1] CallRetMulti r6, 0  ; 0=global 'h'
            11  [1] DeferMulti r2, 1, r1  ; 0=global 'g'
            12  [1] GetField r2, r0, "x"  ; 1=local 'a'
            13  [1] JumpIfNot r2, -> 18
            14  [1] Move r2, r0
            15  [1] LoadInt r3, #2
            16  [1] RunDefers r2, 2, r1
            17  [1] Return r2, 2
            18: [1] GetGlobal r2, g
            19  [1] CallRetMulti r2, 0  ; 0=global 'g'
            20  [1] RunDefersMulti r2, 0, r1
            21  [1] ReturnMulti r2, 0
    "#]],
    );
    check(
        "defer f()\nx := 1",
        expect![[r#"
        function 0, line 1, 0 parameters ..., 4 registers, defers in r0
             0  [1] LoadNil r0, 1
             1  [1] GetGlobal r1, f
             2  [1] Defer r1, 0, r0  ; 0=global 'f'
             3  [2] LoadInt r1, #1
             4  [2] SetGlobal r1, x
             5  [2] RunDefers r0, 0, r0
             6  [2] Return0
    "#]],
    );
}

#[test]
fn go_statements() {
    check_functions(
        "func f(o, ...) { go o.run(1); go o:run(...); go (func() { g(o) })() }",
        expect![[r#"
        function 1 f, line 1, 1 parameter ..., 6 registers
             0  [1] GetField r1, r0, "run"  ; 1=local 'o'
             1  [1] LoadInt r4, #1
             2  [1] Go r1, 1  ; 0=field 'run'
             3  [1] GetMethod r1, r0, "run"  ; 1=local 'o'
             4  [1] VarargMulti r5
             5  [1] GoMulti r1, 1  ; 0=method 'run'
             6  [1] Closure r1, function 2
             7  [1] Go r1, 0
             8  [1] Return0

        function 2, line 1, 0 parameters, 4 registers
          u0 = r0 of the enclosing function
             0  [1] GetGlobal r0, g
             1  [1] GetUpval r3, u0
             2  [1] Call r0, 1, 0  ; 0=global 'g'
             3  [1] Return0
    "#]],
    );
}

#[test]
fn locals_have_their_ranges() {
    let module = compile("func f(a) { if a { b := 1; g(b) }; c := 2; return c }").expect("compiles");
    let locals: Vec<String> = module.protos[1]
        .locals
        .iter()
        .map(|l| format!("{} r{} {}..{}", l.name, l.reg, l.start, l.end))
        .collect();
    expect![[r#"
        a r0 0..7
        b r1 2..5
        c r1 6..7"#]]
    .assert_eq(&locals.join("\n"));
}

#[test]
fn lines_are_those_of_operators() {
    check(
        "x := a +\n  b\n  .c\n  (1,\n   2)\n  :m\n  (3)",
        expect![[r#"
        function 0, line 1, 0 parameters ..., 6 registers
             0  [1] GetGlobal r0, a
             1  [2] GetGlobal r1, b
             2  [3] GetField r1, r1, "c"  ; 1=global 'b'
             3  [4] LoadInt r4, #1
             4  [5] LoadInt r5, #2
             5  [4] Call r1, 2, 1  ; 0=field 'c'
             6  [6] GetMethod r1, r1, "m"
             7  [7] LoadInt r5, #3
             8  [7] Call r1, 2, 1  ; 0=method 'm'
             9  [1] Add r0, r0, r1  ; 1=global 'a'
            10  [1] SetGlobal r0, x
            11  [7] Return0
    "#]],
    );
}
