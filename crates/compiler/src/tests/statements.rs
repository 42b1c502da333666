//! `if`, `switch`, `select` and scopes.

use super::*;

#[test]
fn if_with_initial_statements() {
    check_functions(
        "func f() { if a := g(); a { h(a) } elseif b := a; b { h(a, b) } else { h(b, a) } }",
        expect![[r#"
            function 1 f, line 1, 0 parameters, 7 registers
                 0  [1] GetGlobal r0, g
                 1  [1] Call r0, 0, 1  ; 0=global 'g'
                 2  [1] JumpIfNot r0, -> 7
                 3  [1] GetGlobal r1, h
                 4  [1] Move r4, r0
                 5  [1] Call r1, 1, 0  ; 0=global 'h'
                 6  [1] Jump -> 18
                 7: [1] Move r1, r0
                 8  [1] JumpIfNot r1, -> 14
                 9  [1] GetGlobal r2, h
                10  [1] Move r5, r0
                11  [1] Move r6, r1
                12  [1] Call r2, 2, 0  ; 0=global 'h'
                13  [1] Jump -> 18
                14: [1] GetGlobal r2, h
                15  [1] Move r5, r1
                16  [1] Move r6, r0
                17  [1] Call r2, 2, 0  ; 0=global 'h'
                18: [1] Return0
        "#]],
    );
}

#[test]
fn blocks_free_their_registers() {
    check_functions(
        "func f() { { a := 1; g(a) }; { b := 2; g(b) }; var c; return c }",
        expect![[r#"
        function 1 f, line 1, 0 parameters, 5 registers
             0  [1] LoadInt r0, #1
             1  [1] GetGlobal r1, g
             2  [1] Move r4, r0
             3  [1] Call r1, 1, 0  ; 0=global 'g'
             4  [1] LoadInt r0, #2
             5  [1] GetGlobal r1, g
             6  [1] Move r4, r0
             7  [1] Call r1, 1, 0  ; 0=global 'g'
             8  [1] LoadNil r0, 1
             9  [1] Return1 r0
    "#]],
    );
}

#[test]
fn dead_code_is_left_out() {
    check_functions(
        "func f(a) { if a { return 1; g() } else { return 2 }; h() }",
        expect![[r#"
        function 1 f, line 1, 1 parameter, 2 registers
             0  [1] JumpIfNot r0, -> 3
             1  [1] LoadInt r1, #1
             2  [1] Return1 r1
             3: [1] LoadInt r1, #2
             4  [1] Return1 r1
    "#]],
    );
}

#[test]
fn switch_with_tag() {
    check_functions(
        "func f(x) { switch y := g(x); y { case 1, \"s\", nil: h(1); case x, g(), true: h(2); default: h(3); case 2.5: y := 1; h(y) } }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 7 registers
                 0  [1] GetGlobal r1, g
                 1  [1] Move r4, r0
                 2  [1] Call r1, 1, 1  ; 0=global 'g'
                 3  [1] JumpEqConst r1, 1, -> 13
                 4  [1] JumpEqConst r1, "s", -> 13
                 5  [1] JumpIfNil r1, -> 13
                 6  [1] JumpEq r1, r0, -> 17
                 7  [1] GetGlobal r2, g
                 8  [1] Call r2, 0, 1  ; 0=global 'g'
                 9  [1] JumpEq r1, r2, -> 17
                10  [1] JumpEqConst r1, true, -> 17
                11  [1] JumpEqConst r1, 2.5, -> 25
                12  [1] Jump -> 21
                13: [1] GetGlobal r2, h
                14  [1] LoadInt r5, #1
                15  [1] Call r2, 1, 0  ; 0=global 'h'
                16  [1] Jump -> 29
                17: [1] GetGlobal r2, h
                18  [1] LoadInt r5, #2
                19  [1] Call r2, 1, 0  ; 0=global 'h'
                20  [1] Jump -> 29
                21: [1] GetGlobal r2, h
                22  [1] LoadInt r5, #3
                23  [1] Call r2, 1, 0  ; 0=global 'h'
                24  [1] Jump -> 29
                25: [1] LoadInt r2, #1
                26  [1] GetGlobal r3, h
                27  [1] Move r6, r2
                28  [1] Call r3, 1, 0  ; 0=global 'h'
                29: [1] Return0
        "#]],
    );
}

#[test]
fn switch_without_tag() {
    check_functions(
        "func f(x) { switch { case x < 0: return -1; case x > 0 && g(): return 1 }; return 0 }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 4 registers
                 0  [1] JumpLtImm r0, #0, -> 6
                 1  [1] JumpNotGtImm r0, #0, -> 10
                 2  [1] GetGlobal r1, g
                 3  [1] Call r1, 0, 1  ; 0=global 'g'
                 4  [1] JumpIf r1, -> 8
                 5  [1] Jump -> 10
                 6: [1] LoadInt r1, #-1
                 7  [1] Return1 r1
                 8: [1] LoadInt r1, #1
                 9  [1] Return1 r1
                10: [1] LoadInt r1, #0
                11  [1] Return1 r1
        "#]],
    );
}

#[test]
fn switch_evaluates_its_tag_once() {
    check_functions(
        "func f(t) { switch t.x { case 1: g(); case 2: break } switch {} switch g() {} }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 4 registers
                 0  [1] GetField r1, r0, "x"  ; 1=local 't'
                 1  [1] JumpEqConst r1, 1, -> 4
                 2  [1] JumpEqConst r1, 2, -> 7
                 3  [1] Jump -> 7
                 4: [1] GetGlobal r1, g
                 5  [1] Call r1, 0, 0  ; 0=global 'g'
                 6  [1] Jump -> 7
                 7: [1] GetGlobal r1, g
                 8  [1] Call r1, 0, 1  ; 0=global 'g'
                 9  [1] Return0
        "#]],
    );
}

#[test]
fn select_with_all_kinds_of_clauses() {
    check_functions(
        "func f(a, b, t) { select { case v, ok := <-a: g(v, ok); case b <- t.x: g(); case <-a: return; case t.y, z = <-b: h(); default: g(2) } }",
        expect![[r#"
            function 1 f, line 1, 3 parameters, 11 registers
                 0  [1] Move r3, r0
                 1  [1] LoadMark r4
                 2  [1] Move r5, r1
                 3  [1] GetField r6, r2, "x"  ; 1=local 't'
                 4  [1] Move r7, r0
                 5  [1] LoadMark r8
                 6  [1] Move r9, r1
                 7  [1] LoadMark r10
                 8  [1] Select r3, 4, 1
                 9  [1] JumpEqConst r3, 0, -> 14
                10  [1] JumpEqConst r3, 1, -> 19
                11  [1] JumpEqConst r3, 2, -> 22
                12  [1] JumpEqConst r3, 3, -> 23
                13  [1] Jump -> 29
                14: [1] GetGlobal r6, g
                15  [1] Move r9, r4
                16  [1] Move r10, r5
                17  [1] Call r6, 2, 0  ; 0=global 'g'
                18  [1] Jump -> 32
                19: [1] GetGlobal r6, g
                20  [1] Call r6, 0, 0  ; 0=global 'g'
                21  [1] Jump -> 32
                22: [1] Return0
                23: [1] Move r6, r2
                24  [1] SetField r6, "y", r4  ; 0=local 't'
                25  [1] SetGlobal r5, z
                26  [1] GetGlobal r6, h
                27  [1] Call r6, 0, 0  ; 0=global 'h'
                28  [1] Jump -> 32
                29: [1] GetGlobal r6, g
                30  [1] LoadInt r9, #2
                31  [1] Call r6, 1, 0  ; 0=global 'g'
                32: [1] Return0
        "#]],
    );
}

#[test]
fn select_without_default() {
    check_functions(
        "func f(a) { select { case v := <-a: g(func() { v++ }) } }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 8 registers
                 0  [1] Move r1, r0
                 1  [1] LoadMark r2
                 2  [1] Select r1, 1, 0
                 3  [1] NewCell r2, r2
                 4  [1] GetGlobal r4, g
                 5  [1] Closure r7, function 2
                 6  [1] Call r4, 1, 0  ; 0=global 'g'
                 7  [1] Return0

            function 2, line 1, 0 parameters, 1 register
              u0 = r2 of the enclosing function
                 0  [1] GetUpcell r0, u0
                 1  [1] AddImm r0, r0, #1  ; 1=upvalue 'v'
                 2  [1] SetUpcell r0, u0
                 3  [1] Return0
        "#]],
    );
    check_functions(
        "func f(a) { select {} }",
        expect![[r#"
        function 1 f, line 1, 1 parameter, 4 registers
             0  [1] Select r1, 0, 0
             1  [1] Return0
    "#]],
    );
    check_functions(
        "func f(a) { select { default: g() } }",
        expect![[r#"
        function 1 f, line 1, 1 parameter, 4 registers
             0  [1] GetGlobal r1, g
             1  [1] Call r1, 0, 0  ; 0=global 'g'
             2  [1] Return0
    "#]],
    );
}
