//! Declarations and assignments.

use super::*;

#[test]
fn declarations_take_registers_in_order() {
    check_functions(
        "func f() { a, b, c := 1, g(); var d, e; var h, i = 1, 2, j(); k := a; k = b; return c, d, e, h, i }",
        expect![[r#"
            function 1 f, line 1, 0 parameters, 10 registers
                 0  [1] LoadInt r0, #1
                 1  [1] GetGlobal r1, g
                 2  [1] Call r1, 0, 2  ; 0=global 'g'
                 3  [1] LoadNil r3, 2
                 4  [1] LoadInt r5, #1
                 5  [1] LoadInt r6, #2
                 6  [1] GetGlobal r7, j
                 7  [1] Call r7, 0, 0  ; 0=global 'j'
                 8  [1] Move r7, r0
                 9  [1] Move r7, r1
                10  [1] Return r2, 5
        "#]],
    );
}

#[test]
fn top_level_names_are_globals() {
    check(
        "a := 1\nb, c := c, b\nvar d = 2\nd, e := 3, 4\nd = 5\nconst k = g()\na = k\nif a { x := 1; y = x }",
        expect![[r#"
            function 0, line 1, 0 parameters ..., 6 registers
                 0  [1] LoadInt r0, #1
                 1  [1] SetGlobal r0, a
                 2  [2] GetGlobal r0, c
                 3  [2] GetGlobal r1, b
                 4  [2] SetGlobal r0, b
                 5  [2] SetGlobal r1, c
                 6  [3] LoadInt r0, #2
                 7  [4] LoadInt r1, #3
                 8  [4] LoadInt r2, #4
                 9  [4] SetGlobal r2, e
                10  [5] LoadInt r1, #5
                11  [6] GetGlobal r3, g
                12  [6] Call r3, 0, 1  ; 0=global 'g'
                13  [7] SetGlobal r3, a
                14  [8] GetGlobal r4, a
                15  [8] JumpIfNot r4, -> 18
                16  [8] LoadInt r4, #1
                17  [8] SetGlobal r4, y
                18: [8] Return0
        "#]],
    );
}

#[test]
fn single_assignment_goes_to_its_place() {
    check_functions(
        "func f(x, t) { x = x + 1; x = t[x]; x = g(x, 1); x = g(t); t.a = x; t[x] = t.b; t[1] = nil; x = {x}; y = x }",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 7 registers
                 0  [1] AddImm r0, r0, #1  ; 1=local 'x'
                 1  [1] GetIndex r0, r1, r0  ; 1=local 't'
                 2  [1] GetGlobal r2, g
                 3  [1] Move r5, r0
                 4  [1] LoadInt r6, #1
                 5  [1] Call r2, 2, 1  ; 0=global 'g'
                 6  [1] Move r0, r2
                 7  [1] GetGlobal r2, g
                 8  [1] Move r5, r1
                 9  [1] Call r2, 1, 1  ; 0=global 'g'
                10  [1] Move r0, r2
                11  [1] SetField r1, "a", r0  ; 0=local 't'
                12  [1] GetField r2, r1, "b"  ; 1=local 't'
                13  [1] SetIndex r1, r0, r2  ; 0=local 't'
                14  [1] LoadNil r2, 1
                15  [1] SetIndexInt r1, #1, r2  ; 0=local 't'
                16  [1] NewTable r2, {[1]}
                17  [1] Move r3, r0
                18  [1] SetList r2, 1, #1
                19  [1] Move r0, r2
                20  [1] SetGlobal r0, y
                21  [1] Return0
        "#]],
    );
}

#[test]
fn swaps() {
    check_functions(
        "func f(a, b, t, i) { a, b = b, a; t[1], t[2] = t[2], t[1]; i, t[i] = i + 1, \"x\"; a, a = 1, 2; a, b = 0, 1 }",
        expect![[r#"
            function 1 f, line 1, 4 parameters, 7 registers
                 0  [1] Move r4, r1
                 1  [1] Move r1, r0
                 2  [1] Move r0, r4
                 3  [1] GetIndexInt r4, r2, #2  ; 1=local 't'
                 4  [1] GetIndexInt r5, r2, #1  ; 1=local 't'
                 5  [1] SetIndexInt r2, #1, r4  ; 0=local 't'
                 6  [1] SetIndexInt r2, #2, r5  ; 0=local 't'
                 7  [1] Move r4, r3
                 8  [1] AddImm r5, r3, #1  ; 1=local 'i'
                 9  [1] Move r3, r5
                10  [1] LoadConst r6, "x"
                11  [1] SetIndex r2, r4, r6  ; 0=local 't'
                12  [1] LoadInt r0, #1
                13  [1] LoadInt r0, #2
                14  [1] LoadInt r1, #1
                15  [1] LoadInt r0, #0
                16  [1] Return0
        "#]],
    );
}

#[test]
fn unequal_lists() {
    check_functions(
        "func f(a, b) { a, b = g(); a, b = 1; a, b = 1, 2, g(); a, b = 1, g(), h(); a, t.x, y = g() }",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 7 registers
                 0  [1] GetGlobal r2, g
                 1  [1] Call r2, 0, 2  ; 0=global 'g'
                 2  [1] Move r0, r2
                 3  [1] Move r1, r3
                 4  [1] LoadInt r2, #1
                 5  [1] LoadNil r3, 1
                 6  [1] Move r0, r2
                 7  [1] Move r1, r3
                 8  [1] LoadInt r2, #1
                 9  [1] LoadInt r3, #2
                10  [1] GetGlobal r4, g
                11  [1] Call r4, 0, 0  ; 0=global 'g'
                12  [1] Move r0, r2
                13  [1] Move r1, r3
                14  [1] LoadInt r2, #1
                15  [1] GetGlobal r3, g
                16  [1] Call r3, 0, 1  ; 0=global 'g'
                17  [1] GetGlobal r4, h
                18  [1] Call r4, 0, 0  ; 0=global 'h'
                19  [1] Move r0, r2
                20  [1] Move r1, r3
                21  [1] GetGlobal r2, t
                22  [1] GetGlobal r3, g
                23  [1] Call r3, 0, 3  ; 0=global 'g'
                24  [1] Move r0, r3
                25  [1] SetField r2, "x", r4  ; 0=global 't'
                26  [1] SetGlobal r5, y
                27  [1] Return0
        "#]],
    );
}

#[test]
fn compound_assignment_evaluates_its_target_once() {
    check_functions(
        "func f(a, t) { a += 2; a ..= \"x\" .. t; t.n++; t[g()] *= a; g().x.y ..= a; h -= 1; t[\"k\"] <<= 1; t[1] += t[1] }",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 5 registers
                 0  [1] AddImm r0, r0, #2  ; 1=local 'a'
                 1  [1] Move r2, r0
                 2  [1] LoadConst r3, "x"
                 3  [1] Move r4, r1
                 4  [1] Concat r0, r2, 3  ; 0=local 'a', 2=local 't'
                 5  [1] GetField r2, r1, "n"  ; 1=local 't'
                 6  [1] AddImm r2, r2, #1  ; 1=field 'n'
                 7  [1] SetField r1, "n", r2  ; 0=local 't'
                 8  [1] GetGlobal r2, g
                 9  [1] Call r2, 0, 1  ; 0=global 'g'
                10  [1] GetIndex r3, r1, r2  ; 1=local 't'
                11  [1] Mul r3, r3, r0  ; 2=local 'a'
                12  [1] SetIndex r1, r2, r3  ; 0=local 't'
                13  [1] GetGlobal r2, g
                14  [1] Call r2, 0, 1  ; 0=global 'g'
                15  [1] GetField r2, r2, "x"
                16  [1] GetField r3, r2, "y"  ; 1=field 'x'
                17  [1] Move r4, r0
                18  [1] Concat r3, r3, 2  ; 0=field 'y', 1=local 'a'
                19  [1] SetField r2, "y", r3  ; 0=field 'x'
                20  [1] GetGlobal r2, h
                21  [1] SubImm r2, r2, #1  ; 1=global 'h'
                22  [1] SetGlobal r2, h
                23  [1] GetField r2, r1, "k"  ; 1=local 't'
                24  [1] ShlImm r2, r2, #1  ; 1=field 'k'
                25  [1] SetField r1, "k", r2  ; 0=local 't'
                26  [1] GetIndexInt r2, r1, #1  ; 1=local 't'
                27  [1] GetIndexInt r3, r1, #1  ; 1=local 't'
                28  [1] Add r2, r2, r3
                29  [1] SetIndexInt r1, #1, r2  ; 0=local 't'
                30  [1] Return0
        "#]],
    );
}

#[test]
fn multiple_cells() {
    check_functions(
        "func f(a, b) { g := func() { a, b = b, a; return a }; a++; a, b = g(), a; return g }",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 6 registers
                 0  [1] NewCell r0, r0
                 1  [1] NewCell r1, r1
                 2  [1] Closure r2, function 2
                 3  [1] GetCell r3, r0
                 4  [1] AddImm r3, r3, #1  ; 1=local 'a'
                 5  [1] SetCell r0, r3
                 6  [1] Move r3, r2
                 7  [1] Call r3, 0, 1  ; 0=local 'g'
                 8  [1] GetCell r4, r0
                 9  [1] SetCell r0, r3
                10  [1] SetCell r1, r4
                11  [1] Return1 r2

            function 2, line 1, 0 parameters, 2 registers
              u0 = r0 of the enclosing function
              u1 = r1 of the enclosing function
                 0  [1] GetUpcell r0, u1
                 1  [1] GetUpcell r1, u0
                 2  [1] SetUpcell r0, u0
                 3  [1] SetUpcell r1, u1
                 4  [1] GetUpcell r0, u0
                 5  [1] Return1 r0
        "#]],
    );
}
