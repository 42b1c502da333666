//! Loops.

use super::*;

#[test]
fn counted_loops() {
    check_functions(
        "func f(n) { for i := 1; i <= n; i++ { g(i) }; for i := 10; i > 0; i -= 2 { g(i) }; for i := 0; n >= i; i += 3 { g(i) }; for i := 9; i >= n; i-- {} }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 7 registers
                 0  [1] LoadInt r1, #1
                 1  [1] JumpNotLe r1, r0, -> 6
                 2: [1] GetGlobal r2, g
                 3  [1] Move r5, r1
                 4  [1] Call r2, 1, 0  ; 0=global 'g'
                 5  [1] ForLe r1, #1, r0, -> 2  ; 0=local 'i'
                 6: [1] LoadInt r1, #10
                 7  [1] LoadInt r2, #0
                 8: [1] GetGlobal r3, g
                 9  [1] Move r6, r1
                10  [1] Call r3, 1, 0  ; 0=global 'g'
                11  [1] ForGt r1, #-2, r2, -> 8  ; 0=local 'i'
                12  [1] LoadInt r1, #0
                13  [1] JumpNotLe r1, r0, -> 18
                14: [1] GetGlobal r2, g
                15  [1] Move r5, r1
                16  [1] Call r2, 1, 0  ; 0=global 'g'
                17  [1] ForLe r1, #3, r0, -> 14  ; 0=local 'i'
                18: [1] LoadInt r1, #9
                19  [1] JumpNotLe r0, r1, -> 21
                20: [1] ForGe r1, #-1, r0, -> 20  ; 0=local 'i'
                21: [1] Return0
        "#]],
    );
}

#[test]
fn counted_loop_with_a_captured_limit() {
    check_functions(
        "func f(n) { return func() { for i := 0; i < n; i++ { g(i) } } }",
        expect![[r#"
        function 1 f, line 1, 1 parameter, 2 registers
             0  [1] Closure r1, function 2
             1  [1] Return1 r1

        function 2, line 1, 0 parameters, 6 registers
          u0 = r0 of the enclosing function
             0  [1] LoadInt r0, #0
             1  [1] GetUpval r1, u0
             2  [1] JumpNotLt r0, r1, -> 7
             3: [1] GetGlobal r2, g
             4  [1] Move r5, r0
             5  [1] Call r2, 1, 0  ; 0=global 'g'
             6  [1] ForLt r0, #1, r1, -> 3  ; 0=local 'i'
             7: [1] Return0
    "#]],
    );
}

#[test]
fn counted_loop_reads_a_changing_limit_again() {
    check_functions(
        "func f(n) { for i := 0; i < n; i++ { n-- } }",
        expect![[r#"
        function 1 f, line 1, 1 parameter, 2 registers
             0  [1] LoadInt r1, #0
             1  [1] JumpNotLt r1, r0, -> 4
             2: [1] SubImm r0, r0, #1  ; 1=local 'n'
             3  [1] ForLt r1, #1, r0, -> 2  ; 0=local 'i'
             4: [1] Return0
    "#]],
    );
}

#[test]
fn loops_that_are_not_counted() {
    check_functions(
        "func f(t, n) {
    for i := 0; i < #t; i++ { g(i) }
    for i := 0; i < n; i++ { i++ }
    for i := 0; i < n; i += 200 {}
    for i := 0; i < n; i += -1 {}
    for i := 0; i != n; i++ {}
    for i := 0; i < m; i++ {}
}",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 7 registers
                 0  [2] LoadInt r2, #0
                 1  [2] Jump -> 6
                 2: [2] GetGlobal r3, g
                 3  [2] Move r6, r2
                 4  [2] Call r3, 1, 0  ; 0=global 'g'
                 5  [2] AddImm r2, r2, #1  ; 1=local 'i'
                 6: [2] Len r3, r0  ; 1=local 't'
                 7  [2] JumpLt r2, r3, -> 2
                 8  [3] LoadInt r2, #0
                 9  [3] Jump -> 12
                10: [3] AddImm r2, r2, #1  ; 1=local 'i'
                11  [3] AddImm r2, r2, #1  ; 1=local 'i'
                12: [3] JumpLt r2, r1, -> 10
                13  [4] LoadInt r2, #0
                14  [4] Jump -> 16
                15: [4] AddImm r2, r2, #200  ; 1=local 'i'
                16: [4] JumpLt r2, r1, -> 15
                17  [5] LoadInt r2, #0
                18  [5] Jump -> 20
                19: [5] AddImm r2, r2, #-1  ; 1=local 'i'
                20: [5] JumpLt r2, r1, -> 19
                21  [6] LoadInt r2, #0
                22  [6] Jump -> 24
                23: [6] AddImm r2, r2, #1  ; 1=local 'i'
                24: [6] JumpNe r2, r1, -> 23
                25  [7] LoadInt r2, #0
                26  [7] Jump -> 28
                27: [7] AddImm r2, r2, #1  ; 1=local 'i'
                28: [7] GetGlobal r3, m
                29  [7] JumpLt r2, r3, -> 27
                30  [8] Return0
        "#]],
    );
}

#[test]
fn counted_loop_that_never_runs() {
    check(
        "for i := 5; i < 5; i++ { f() }",
        expect![[r#"
        function 0, line 1, 0 parameters ..., 1 register
             0  [1] LoadInt r0, #5
             1  [1] Return0
    "#]],
    );
}

#[test]
fn captured_loop_variables_are_new_in_every_iteration() {
    check_functions(
        "func f(n) { for i := 0; i < n; i++ { g(func() { return i }); if i { continue } } }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 6 registers
                 0  [1] LoadInt r1, #0
                 1  [1] NewCell r1, r1
                 2  [1] Jump -> 12
                 3: [1] GetGlobal r2, g
                 4  [1] Closure r5, function 2
                 5  [1] Call r2, 1, 0  ; 0=global 'g'
                 6  [1] GetCell r2, r1
                 7  [1] JumpIf r2, -> 8
                 8: [1] CopyCell r1
                 9  [1] GetCell r2, r1
                10  [1] AddImm r2, r2, #1  ; 1=local 'i'
                11  [1] SetCell r1, r2
                12: [1] GetCell r2, r1
                13  [1] JumpLt r2, r0, -> 3
                14  [1] Return0

            function 2, line 1, 0 parameters, 1 register
              u0 = r1 of the enclosing function
                 0  [1] GetUpcell r0, u0
                 1  [1] Return1 r0
        "#]],
    );
}

#[test]
fn variables_of_a_body_are_new_in_every_iteration() {
    check_functions(
        "func f() { for { x := 1; g(func() { x++ }) } }",
        expect![[r#"
        function 1 f, line 1, 0 parameters, 5 registers
             0: [1] LoadInt r0, #1
             1  [1] NewCell r0, r0
             2  [1] GetGlobal r1, g
             3  [1] Closure r4, function 2
             4  [1] Call r1, 1, 0  ; 0=global 'g'
             5  [1] Jump -> 0

        function 2, line 1, 0 parameters, 1 register
          u0 = r0 of the enclosing function
             0  [1] GetUpcell r0, u0
             1  [1] AddImm r0, r0, #1  ; 1=upvalue 'x'
             2  [1] SetUpcell r0, u0
             3  [1] Return0
    "#]],
    );
}

#[test]
fn while_loops() {
    check_functions(
        "func f(a) { for a { a = g() }; for a < 3 && g() { a++ }; for { if g() { break }; if a { continue }; h() }; for ;; { return } }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 4 registers
                 0  [1] Jump -> 3
                 1: [1] GetGlobal r0, g
                 2  [1] Call r0, 0, 1  ; 0=global 'g'
                 3: [1] JumpIf r0, -> 1
                 4  [1] Jump -> 6
                 5: [1] AddImm r0, r0, #1  ; 1=local 'a'
                 6: [1] JumpNotLtImm r0, #3, -> 10
                 7  [1] GetGlobal r1, g
                 8  [1] Call r1, 0, 1  ; 0=global 'g'
                 9  [1] JumpIf r1, -> 5
                10: [1] GetGlobal r1, g
                11  [1] Call r1, 0, 1  ; 0=global 'g'
                12  [1] JumpIf r1, -> 17
                13  [1] JumpIf r0, -> 10
                14  [1] GetGlobal r1, h
                15  [1] Call r1, 0, 0  ; 0=global 'h'
                16  [1] Jump -> 10
                17: [1] Return0
        "#]],
    );
}

#[test]
fn range_loops() {
    check_functions(
        "func f(t) { for k, v := range t { g(k, v) }; for range 3 { g() }; for x := range next, t { h(x) }; for a, b, c, d, e, f := range g(t) {} }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 11 registers
                 0  [1] Move r1, r0
                 1  [1] LoadNil r2, 2
                 2  [1] RangePrep r1, -> 7  ; 0=local 't'
                 3: [1] GetGlobal r6, g
                 4  [1] Move r9, r4
                 5  [1] Move r10, r5
                 6  [1] Call r6, 2, 0  ; 0=global 'g'
                 7: [1] RangeNext r1, 2, -> 3
                 8  [1] RangeTest r1, -> 3
                 9  [1] LoadInt r1, #3
                10  [1] LoadNil r2, 2
                11  [1] RangePrep r1, -> 14
                12: [1] GetGlobal r5, g
                13  [1] Call r5, 0, 0  ; 0=global 'g'
                14: [1] RangeNext r1, 1, -> 12
                15  [1] RangeTest r1, -> 12
                16  [1] GetGlobal r1, next
                17  [1] Move r2, r0
                18  [1] LoadNil r3, 1
                19  [1] RangePrep r1, -> 23  ; 0=global 'next'
                20: [1] GetGlobal r5, h
                21  [1] Move r8, r4
                22  [1] Call r5, 1, 0  ; 0=global 'h'
                23: [1] RangeNext r1, 1, -> 20
                24  [1] RangeTest r1, -> 20
                25  [1] GetGlobal r1, g
                26  [1] Move r4, r0
                27  [1] Call r1, 1, 3  ; 0=global 'g'
                28  [1] RangePrep r1, -> 29
                29: [1] RangeNext r1, 6, -> 29
                30  [1] RangeTest r1, -> 29
                31  [1] Return0
        "#]],
    );
}

#[test]
fn captured_range_variables() {
    check_functions(
        "func f(t) { for k, v := range t { g(func() { return k }, func() { v++ }) } }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 11 registers
                 0  [1] Move r1, r0
                 1  [1] LoadNil r2, 2
                 2  [1] RangePrep r1, -> 8  ; 0=local 't'
                 3: [1] NewCell r5, r5
                 4  [1] GetGlobal r6, g
                 5  [1] Closure r9, function 2
                 6  [1] Closure r10, function 3
                 7  [1] Call r6, 2, 0  ; 0=global 'g'
                 8: [1] RangeNext r1, 2, -> 3
                 9  [1] RangeTest r1, -> 3
                10  [1] Return0

            function 2, line 1, 0 parameters, 1 register
              u0 = r4 of the enclosing function
                 0  [1] GetUpval r0, u0
                 1  [1] Return1 r0

            function 3, line 1, 0 parameters, 1 register
              u0 = r5 of the enclosing function
                 0  [1] GetUpcell r0, u0
                 1  [1] AddImm r0, r0, #1  ; 1=upvalue 'v'
                 2  [1] SetUpcell r0, u0
                 3  [1] Return0
        "#]],
    );
}

#[test]
fn labels() {
    check_functions(
        "func f(t) { outer: for i := range 3 { inner: for { if i { continue outer }; if t { break outer }; if g { break inner }; switch i { case 1: break; case 2: continue; default: break outer } } } }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 9 registers
                 0  [1] LoadInt r1, #3
                 1  [1] LoadNil r2, 2
                 2  [1] RangePrep r1, -> 14
                 3: [1] JumpIf r4, -> 14
                 4  [1] JumpIf r0, -> 16
                 5  [1] GetGlobal r5, g
                 6  [1] JumpIf r5, -> 14
                 7  [1] JumpEqConst r4, 1, -> 3
                 8  [1] JumpEqConst r4, 2, -> 3
                 9  [1] Jump -> 16
                10  [1] Jump -> 3
                11  [1] Jump -> 3
                12  [1] Jump -> 16
                13  [1] Jump -> 3
                14: [1] RangeNext r1, 1, -> 3
                15  [1] RangeTest r1, -> 3
                16: [1] Return0
        "#]],
    );
}

#[test]
fn return_in_a_loop() {
    check_functions(
        "func f(t) { for k := range t { return k } }",
        expect![[r#"
        function 1 f, line 1, 1 parameter, 9 registers
             0  [1] Move r1, r0
             1  [1] LoadNil r2, 2
             2  [1] RangePrep r1, -> 4  ; 0=local 't'
             3: [1] Return1 r4
             4: [1] RangeNext r1, 1, -> 3
             5  [1] RangeTest r1, -> 3
             6  [1] Return0
    "#]],
    );
}
