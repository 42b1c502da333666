//! Expressions, conditions and table literals.

use super::*;

#[test]
fn constants() {
    check(
        "return nil, true, false, 1, -1, 2147483648, 1.5, -0.0, \"s\", 9223372036854775807 + 1",
        expect![[r#"
            function 0, line 1, 0 parameters ..., 10 registers
                 0  [1] LoadNil r0, 1
                 1  [1] LoadBool r1, 1
                 2  [1] LoadBool r2, 0
                 3  [1] LoadInt r3, #1
                 4  [1] LoadInt r4, #-1
                 5  [1] LoadConst r5, 2147483648
                 6  [1] LoadConst r6, 1.5
                 7  [1] LoadConst r7, -0.0
                 8  [1] LoadConst r8, "s"
                 9  [1] LoadConst r9, -9223372036854775808
                10  [1] Return r0, 10
        "#]],
    );
}

#[test]
fn folding() {
    check(
        "return 1 + 2 * 3, 7 / 2, 7 % -3, -7 % 3, 2 ** 10, 1 << 63, -1 >> 70, 6 &^ 2, ^0, #\"abc\", !nil, 1 < 1.5, 1 == 1.0, \"a\" < \"b\", \"a\" .. 1 .. \"b\", nil && x, 1 || x, 3 && 4",
        expect![[r#"
            function 0, line 1, 0 parameters ..., 18 registers
                 0  [1] LoadInt r0, #7
                 1  [1] LoadConst r1, 3.5
                 2  [1] LoadInt r2, #-2
                 3  [1] LoadInt r3, #2
                 4  [1] LoadConst r4, 1024.0
                 5  [1] LoadConst r5, -9223372036854775808
                 6  [1] LoadInt r6, #-1
                 7  [1] LoadInt r7, #4
                 8  [1] LoadInt r8, #-1
                 9  [1] LoadInt r9, #3
                10  [1] LoadBool r10, 1
                11  [1] LoadBool r11, 1
                12  [1] LoadBool r12, 1
                13  [1] LoadBool r13, 1
                14  [1] LoadConst r14, "a1b"
                15  [1] LoadNil r15, 1
                16  [1] LoadInt r16, #1
                17  [1] LoadInt r17, #4
                18  [1] Return r0, 18
        "#]],
    );
}

#[test]
fn what_may_fail_is_not_folded() {
    check(
        "return 1 % 0, 1 << -1, \"1\" + 1, nil < 1, 1 .. nil, -\"1\", 1.5 & 1, {} .. \"a\" .. \"b\", \"a\" .. \"b\" .. {}, 1 .. 1.5",
        expect![[r#"
            function 0, line 1, 0 parameters ..., 11 registers
                 0  [1] LoadInt r1, #1
                 1  [1] ModConst r0, r1, 0
                 2  [1] LoadInt r2, #1
                 3  [1] ShlImm r1, r2, #-1
                 4  [1] LoadConst r3, "1"
                 5  [1] AddImm r2, r3, #1
                 6  [1] LoadNil r4, 1
                 7  [1] LoadInt r5, #1
                 8  [1] Lt r3, r4, r5
                 9  [1] LoadInt r4, #1
                10  [1] LoadNil r5, 1
                11  [1] Concat r4, r4, 2
                12  [1] LoadConst r5, "1"
                13  [1] Neg r5, r5
                14  [1] LoadConst r7, 1.5
                15  [1] BitAndConst r6, r7, 1
                16  [1] NewTable r7, {}
                17  [1] LoadConst r8, "ab"
                18  [1] Concat r7, r7, 2
                19  [1] LoadConst r8, "a"
                20  [1] LoadConst r9, "b"
                21  [1] NewTable r10, {}
                22  [1] Concat r8, r8, 3
                23  [1] LoadInt r9, #1
                24  [1] LoadConst r10, 1.5
                25  [1] Concat r9, r9, 2
                26  [1] Return r0, 10
        "#]],
    );
}

#[test]
fn named_constants_are_their_values() {
    check(
        "const N, S = 10, \"s\"\nfunc f(x) { return x + N, S .. x, x[S], x[N], N + 1 }",
        expect![[r#"
            function 0, line 1, 0 parameters ..., 1 register
                 0  [2] Closure r0, function 1 f
                 1  [2] SetGlobal r0, f
                 2  [2] Return0

            function 1 f, line 2, 1 parameter, 6 registers
                 0  [2] AddImm r1, r0, #10  ; 1=local 'x', 2=upvalue 'N'
                 1  [2] LoadConst r2, "s"
                 2  [2] Move r3, r0
                 3  [2] Concat r2, r2, 2  ; 0=upvalue 'S', 1=local 'x'
                 4  [2] GetField r3, r0, "s"  ; 1=local 'x'
                 5  [2] GetIndexInt r4, r0, #10  ; 1=local 'x'
                 6  [2] LoadInt r5, #11
                 7  [2] Return r1, 5
        "#]],
    );
}

#[test]
fn arithmetic_prefers_immediates_and_constants() {
    check_functions(
        "func f(a) { return a + 1, a - 32768, a + 32768, a * 2, a / 0.5, a % 7, a ** 2, a & 255, a | 1, a ^ 1, a &^ 1, a << 3, a >> 3, 2 * a, a + \"1\" }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 17 registers
                 0  [1] AddImm r1, r0, #1  ; 1=local 'a'
                 1  [1] SubConst r2, r0, 32768  ; 1=local 'a'
                 2  [1] AddConst r3, r0, 32768  ; 1=local 'a'
                 3  [1] MulConst r4, r0, 2  ; 1=local 'a'
                 4  [1] DivConst r5, r0, 0.5  ; 1=local 'a'
                 5  [1] ModConst r6, r0, 7  ; 1=local 'a'
                 6  [1] PowConst r7, r0, 2  ; 1=local 'a'
                 7  [1] BitAndConst r8, r0, 255  ; 1=local 'a'
                 8  [1] BitOrConst r9, r0, 1  ; 1=local 'a'
                 9  [1] BitXorConst r10, r0, 1  ; 1=local 'a'
                10  [1] LoadInt r12, #1
                11  [1] BitClear r11, r0, r12  ; 1=local 'a'
                12  [1] ShlImm r12, r0, #3  ; 1=local 'a'
                13  [1] ShrImm r13, r0, #3  ; 1=local 'a'
                14  [1] LoadInt r15, #2
                15  [1] Mul r14, r15, r0  ; 2=local 'a'
                16  [1] LoadConst r16, "1"
                17  [1] Add r15, r0, r16  ; 1=local 'a'
                18  [1] Return r1, 15
        "#]],
    );
}

#[test]
fn chains_reuse_one_register() {
    check_functions(
        "func f(a, b) { c := a + b * 2 - a * b; return -c + #a + ^b }",
        expect![[r#"
        function 1 f, line 1, 2 parameters, 5 registers
             0  [1] MulConst r3, r1, 2  ; 1=local 'b'
             1  [1] Add r2, r0, r3  ; 1=local 'a'
             2  [1] Mul r3, r0, r1  ; 1=local 'a', 2=local 'b'
             3  [1] Sub r2, r2, r3
             4  [1] Neg r3, r2  ; 1=local 'c'
             5  [1] Len r4, r0  ; 1=local 'a'
             6  [1] Add r3, r3, r4
             7  [1] BitNot r4, r1  ; 1=local 'b'
             8  [1] Add r3, r3, r4
             9  [1] Return1 r3
    "#]],
    );
}

#[test]
fn comparisons_as_values() {
    check_functions(
        "func f(a, b) { return a < b, a <= b, a > b, a >= b, a == b, a != b, !(a < b), !(a == b), !a, a < b && b < 3 }",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 12 registers
                 0  [1] Lt r2, r0, r1
                 1  [1] Le r3, r0, r1
                 2  [1] Lt r4, r1, r0
                 3  [1] Le r5, r1, r0
                 4  [1] Eq r6, r0, r1
                 5  [1] Ne r7, r0, r1
                 6  [1] Lt r8, r0, r1
                 7  [1] Not r8, r8
                 8  [1] Ne r9, r0, r1
                 9  [1] Not r10, r0
                10  [1] JumpNotLt r0, r1, -> 14
                11  [1] JumpNotLtImm r1, #3, -> 14
                12  [1] LoadBool r11, 1
                13  [1] Jump -> 15
                14: [1] LoadBool r11, 0
                15: [1] Return r2, 10
        "#]],
    );
}

#[test]
fn logic_gives_operands() {
    check_functions(
        "func f(a, b) { x := a && b || 5; y := a || (b && false); x = y && x; z := a == 1 || b; return x, y, z, a && nil && b }",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 9 registers
                 0  [1] Move r2, r0
                 1  [1] JumpIfNot r2, -> 3
                 2  [1] Move r2, r1
                 3: [1] JumpIf r2, -> 5
                 4  [1] LoadInt r2, #5
                 5: [1] Move r3, r0
                 6  [1] JumpIf r3, -> 10
                 7  [1] Move r3, r1
                 8  [1] JumpIfNot r3, -> 10
                 9  [1] LoadBool r3, 0
                10: [1] Move r4, r3
                11  [1] JumpIfNot r4, -> 13
                12  [1] Move r4, r2
                13: [1] Move r2, r4
                14  [1] JumpEqConst r0, 1, -> 17
                15  [1] Move r4, r1
                16  [1] Jump -> 18
                17: [1] LoadBool r4, 1
                18: [1] Move r5, r2
                19  [1] Move r6, r3
                20  [1] Move r7, r4
                21  [1] Move r8, r0
                22  [1] JumpIfNot r8, -> 24
                23  [1] LoadNil r8, 1
                24: [1] Return r5, 4
        "#]],
    );
}

#[test]
fn conditions_jump_directly() {
    check_functions(
        "func f(a, b) {
    if a < b { g(1) }
    if !(a < b) { g(2) }
    if a > 5 || 5 > b && a >= 70000 { g(3) }
    if a == nil || b != nil { g(4) }
    if a == 1 && b != \"s\" && a == true && 2.5 == b { g(5) }
    if !(a && b) { g(6) }
    if a <= b { g(7) } elseif a != b { g(8) } else { g(9) }
    if (a < b) == (b < a) { g(10) }
}",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 6 registers
                 0  [2] JumpNotLt r0, r1, -> 4
                 1  [2] GetGlobal r2, g
                 2  [2] LoadInt r5, #1
                 3  [2] Call r2, 1, 0  ; 0=global 'g'
                 4: [3] JumpLt r0, r1, -> 8
                 5  [3] GetGlobal r2, g
                 6  [3] LoadInt r5, #2
                 7  [3] Call r2, 1, 0  ; 0=global 'g'
                 8: [4] JumpGtImm r0, #5, -> 12
                 9  [4] JumpNotLtImm r1, #5, -> 15
                10  [4] LoadInt r2, #70000
                11  [4] JumpNotLe r2, r0, -> 15
                12: [4] GetGlobal r2, g
                13  [4] LoadInt r5, #3
                14  [4] Call r2, 1, 0  ; 0=global 'g'
                15: [5] JumpIfNil r0, -> 17
                16  [5] JumpIfNil r1, -> 20
                17: [5] GetGlobal r2, g
                18  [5] LoadInt r5, #4
                19  [5] Call r2, 1, 0  ; 0=global 'g'
                20: [6] JumpNeConst r0, 1, -> 27
                21  [6] JumpEqConst r1, "s", -> 27
                22  [6] JumpNeConst r0, true, -> 27
                23  [6] JumpNeConst r1, 2.5, -> 27
                24  [6] GetGlobal r2, g
                25  [6] LoadInt r5, #5
                26  [6] Call r2, 1, 0  ; 0=global 'g'
                27: [7] JumpIfNot r0, -> 29
                28  [7] JumpIf r1, -> 32
                29: [7] GetGlobal r2, g
                30  [7] LoadInt r5, #6
                31  [7] Call r2, 1, 0  ; 0=global 'g'
                32: [8] JumpNotLe r0, r1, -> 37
                33  [8] GetGlobal r2, g
                34  [8] LoadInt r5, #7
                35  [8] Call r2, 1, 0  ; 0=global 'g'
                36  [8] Jump -> 45
                37: [8] JumpEq r0, r1, -> 42
                38  [8] GetGlobal r2, g
                39  [8] LoadInt r5, #8
                40  [8] Call r2, 1, 0  ; 0=global 'g'
                41  [8] Jump -> 45
                42: [8] GetGlobal r2, g
                43  [8] LoadInt r5, #9
                44  [8] Call r2, 1, 0  ; 0=global 'g'
                45: [9] Lt r2, r0, r1
                46  [9] Lt r3, r1, r0
                47  [9] JumpNe r2, r3, -> 51
                48  [9] GetGlobal r2, g
                49  [9] LoadInt r5, #10
                50  [9] Call r2, 1, 0  ; 0=global 'g'
                51: [10] Return0
        "#]],
    );
}

#[test]
fn constant_conditions_choose_now() {
    check(
        "if true { f(1) } else { f(2) }\nif nil && x { f(3) }\nif 1 < 2 && x { f(4) } elseif false { f(5) } else { f(6) }\nfor false { f(7) }",
        expect![[r#"
            function 0, line 1, 0 parameters ..., 4 registers
                 0  [1] GetGlobal r0, f
                 1  [1] LoadInt r3, #1
                 2  [1] Call r0, 1, 0  ; 0=global 'f'
                 3  [3] GetGlobal r0, x
                 4  [3] JumpIfNot r0, -> 9
                 5  [3] GetGlobal r0, f
                 6  [3] LoadInt r3, #4
                 7  [3] Call r0, 1, 0  ; 0=global 'f'
                 8  [3] Jump -> 12
                 9: [3] GetGlobal r0, f
                10  [3] LoadInt r3, #6
                11  [3] Call r0, 1, 0  ; 0=global 'f'
                12: [4] Return0
        "#]],
    );
}

#[test]
fn concatenation_is_one_instruction() {
    check_functions(
        "func f(a, b) { return a .. \" \" .. b.c .. (\"x\" .. a) .. 1 .. \"z\" }",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 7 registers
                 0  [1] Move r2, r0
                 1  [1] LoadConst r3, " "
                 2  [1] GetField r4, r1, "c"  ; 1=local 'b'
                 3  [1] LoadConst r5, "x"
                 4  [1] Move r6, r0
                 5  [1] Concat r5, r5, 2  ; 1=local 'a'
                 6  [1] LoadConst r6, "1z"
                 7  [1] Concat r2, r2, 5  ; 0=local 'a', 2=field 'c'
                 8  [1] Return1 r2
        "#]],
    );
}

#[test]
fn indices() {
    check_functions(
        "func f(t, i) { return t.a, t[\"b\"], t[1], t[-32768], t[32768], t[1.0], t[i], t[i].x[2].y, t[nil] }",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 12 registers
                 0  [1] GetField r2, r0, "a"  ; 1=local 't'
                 1  [1] GetField r3, r0, "b"  ; 1=local 't'
                 2  [1] GetIndexInt r4, r0, #1  ; 1=local 't'
                 3  [1] GetIndexInt r5, r0, #-32768  ; 1=local 't'
                 4  [1] LoadInt r7, #32768
                 5  [1] GetIndex r6, r0, r7  ; 1=local 't'
                 6  [1] LoadConst r8, 1.0
                 7  [1] GetIndex r7, r0, r8  ; 1=local 't'
                 8  [1] GetIndex r8, r0, r1  ; 1=local 't'
                 9  [1] GetIndex r9, r0, r1  ; 1=local 't'
                10  [1] GetField r9, r9, "x"
                11  [1] GetIndexInt r9, r9, #2  ; 1=field 'x'
                12  [1] GetField r9, r9, "y"
                13  [1] LoadNil r11, 1
                14  [1] GetIndex r10, r0, r11  ; 1=local 't'
                15  [1] Return r2, 9
        "#]],
    );
}

#[test]
fn calls_share_one_window() {
    check_functions(
        "func f(a, g) { return a.b(1, g).c:d(a, g(2)).e }",
        expect![[r#"
        function 1 f, line 1, 2 parameters, 11 registers
             0  [1] GetField r2, r0, "b"  ; 1=local 'a'
             1  [1] LoadInt r5, #1
             2  [1] Move r6, r1
             3  [1] Call r2, 2, 1  ; 0=field 'b'
             4  [1] GetField r2, r2, "c"
             5  [1] GetMethod r2, r2, "d"  ; 1=field 'c'
             6  [1] Move r6, r0
             7  [1] Move r7, r1
             8  [1] LoadInt r10, #2
             9  [1] CallRetMulti r7, 1  ; 0=local 'g'
            10  [1] CallMulti r2, 2, 1  ; 0=method 'd'
            11  [1] GetField r2, r2, "e"
            12  [1] Return1 r2
    "#]],
    );
}

#[test]
fn method_calls() {
    check_functions(
        "func f(o) { o:m(); x := o.p:q(1); (o:r()).s(o:t(), (o:u())); return (\"x\"):rep(3) }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 10 registers
                 0  [1] GetMethod r1, r0, "m"  ; 1=local 'o'
                 1  [1] Call r1, 1, 0  ; 0=method 'm'
                 2  [1] GetField r1, r0, "p"  ; 1=local 'o'
                 3  [1] GetMethod r1, r1, "q"  ; 1=field 'p'
                 4  [1] LoadInt r5, #1
                 5  [1] Call r1, 2, 1  ; 0=method 'q'
                 6  [1] GetMethod r2, r0, "r"  ; 1=local 'o'
                 7  [1] Call r2, 1, 1  ; 0=method 'r'
                 8  [1] GetField r2, r2, "s"
                 9  [1] GetMethod r5, r0, "t"  ; 1=local 'o'
                10  [1] Call r5, 1, 1  ; 0=method 't'
                11  [1] GetMethod r6, r0, "u"  ; 1=local 'o'
                12  [1] Call r6, 1, 1  ; 0=method 'u'
                13  [1] Call r2, 2, 0  ; 0=field 's'
                14  [1] LoadConst r2, "x"
                15  [1] GetMethod r2, r2, "rep"
                16  [1] LoadInt r6, #3
                17  [1] CallRetMulti r2, 2  ; 0=method 'rep'
                18  [1] ReturnMulti r2, 0
        "#]],
    );
}

#[test]
fn open_lists() {
    check_functions(
        "func f(...) { g(...); g(1, h(...)); t := {1, ...}; u := {h(), h()}; return ..., h(2, ...) }",
        expect![[r#"
            function 1 f, line 1, 0 parameters ..., 8 registers
                 0  [1] GetGlobal r0, g
                 1  [1] VarargMulti r3
                 2  [1] CallMulti r0, 0, 0  ; 0=global 'g'
                 3  [1] GetGlobal r0, g
                 4  [1] LoadInt r3, #1
                 5  [1] GetGlobal r4, h
                 6  [1] VarargMulti r7
                 7  [1] CallMultiRetMulti r4, 0  ; 0=global 'h'
                 8  [1] CallMulti r0, 1, 0  ; 0=global 'g'
                 9  [1] NewTable r0, {[1]}
                10  [1] LoadInt r1, #1
                11  [1] VarargMulti r2
                12  [1] SetListMulti r0, 1, #1
                13  [1] NewTable r1, {}
                14  [1] GetGlobal r2, h
                15  [1] Call r2, 0, 1  ; 0=global 'h'
                16  [1] GetGlobal r3, h
                17  [1] CallRetMulti r3, 0  ; 0=global 'h'
                18  [1] SetListMulti r1, 1, #1
                19  [1] Vararg r2, 1
                20  [1] GetGlobal r3, h
                21  [1] LoadInt r6, #2
                22  [1] VarargMulti r7
                23  [1] CallMultiRetMulti r3, 1  ; 0=global 'h'
                24  [1] ReturnMulti r2, 1
        "#]],
    );
}

#[test]
fn parentheses_cut_to_one_value() {
    check_functions(
        "func f(...) { g((...), (h())); return (h()) }",
        expect![[r#"
        function 1 f, line 1, 0 parameters ..., 7 registers
             0  [1] GetGlobal r0, g
             1  [1] Vararg r3, 1
             2  [1] GetGlobal r4, h
             3  [1] Call r4, 0, 1  ; 0=global 'h'
             4  [1] Call r0, 2, 0  ; 0=global 'g'
             5  [1] GetGlobal r0, h
             6  [1] Call r0, 0, 1  ; 0=global 'h'
             7  [1] Return1 r0
    "#]],
    );
}

#[test]
fn variable_arguments() {
    check_functions(
        "func f(a, rest...) { x, y := ...; return rest, #..., ...[a], (...)[1], x, y }",
        expect![[r#"
            function 1 f, line 1, 1 parameter ..., 10 registers
                 0  [1] VarargTable r1
                 1  [1] Vararg r2, 2
                 2  [1] Move r4, r1
                 3  [1] VarargLen r5
                 4  [1] VarargIndex r6, r0
                 5  [1] Vararg r7, 1
                 6  [1] GetIndexInt r7, r7, #1
                 7  [1] Move r8, r2
                 8  [1] Move r9, r3
                 9  [1] Return r4, 6
        "#]],
    );
}

#[test]
fn receives_and_channels() {
    check_functions(
        "func f(c) { a := make(chan); b := make(chan, 3); c <- a; x := <-c; <-c; v, ok := <-c; v, ok = <-b; var w, k = <-b; return <-<-c, x, v, ok, w, k }",
        expect![[r#"
            function 1 f, line 1, 1 parameter, 14 registers
                 0  [1] MakeChan r1, r1, 0
                 1  [1] LoadInt r2, #3
                 2  [1] MakeChan r2, r2, 1
                 3  [1] Send r0, r1
                 4  [1] Recv r3, r0
                 5  [1] Recv r4, r0
                 6  [1] RecvOk r4, r0
                 7  [1] RecvOk r6, r2
                 8  [1] Move r4, r6
                 9  [1] Move r5, r7
                10  [1] RecvOk r6, r2
                11  [1] Recv r8, r0
                12  [1] Recv r8, r8
                13  [1] Move r9, r3
                14  [1] Move r10, r4
                15  [1] Move r11, r5
                16  [1] Move r12, r6
                17  [1] Move r13, r7
                18  [1] Return r8, 6
        "#]],
    );
}

#[test]
fn table_literals() {
    check_functions(
        "func f(k, v) { return {}, {1, 2, 3}, {a: 1, \"b\": v, [\"c\"]: k, a: 2}, {x: nil, 1, y: v, 2} }",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 8 registers
                 0  [1] NewTable r2, {}
                 1  [1] NewTable r3, {[3]}
                 2  [1] LoadInt r4, #1
                 3  [1] LoadInt r5, #2
                 4  [1] LoadInt r6, #3
                 5  [1] SetList r3, 3, #1
                 6  [1] NewTable r4, {a, b, c}
                 7  [1] LoadInt r5, #1
                 8  [1] InitSlot r4, 0, r5
                 9  [1] InitSlot r4, 1, r1
                10  [1] InitSlot r4, 2, r0
                11  [1] LoadInt r5, #2
                12  [1] InitSlot r4, 0, r5
                13  [1] NewTable r5, {x, y, [2]}
                14  [1] LoadInt r6, #1
                15  [1] InitSlot r5, 1, r1
                16  [1] LoadInt r7, #2
                17  [1] SetList r5, 2, #1
                18  [1] Return r2, 4
        "#]],
    );
}

#[test]
fn table_literals_keep_the_order_of_entries() {
    check_functions(
        "func f(k, v) { return {a: 1, [k]: 2, b: 3, a: 4}, {1, [1]: v, 2, [k]: 3, 4}, {[1]: 1, a: 2, [1.5]: 3, b: 4} }",
        expect![[r#"
            function 1 f, line 1, 2 parameters, 7 registers
                 0  [1] NewTable r2, {a}
                 1  [1] LoadInt r3, #1
                 2  [1] InitSlot r2, 0, r3
                 3  [1] LoadInt r3, #2
                 4  [1] SetIndex r2, r0, r3
                 5  [1] LoadInt r3, #3
                 6  [1] SetField r2, "b", r3
                 7  [1] LoadInt r3, #4
                 8  [1] SetField r2, "a", r3
                 9  [1] NewTable r3, {[3]}
                10  [1] LoadInt r4, #1
                11  [1] SetList r3, 1, #1
                12  [1] SetIndexInt r3, #1, r1
                13  [1] LoadInt r4, #2
                14  [1] SetList r3, 1, #2
                15  [1] LoadInt r4, #3
                16  [1] SetIndex r3, r0, r4
                17  [1] LoadInt r4, #4
                18  [1] SetList r3, 1, #3
                19  [1] NewTable r4, {a}
                20  [1] LoadInt r5, #1
                21  [1] SetIndexInt r4, #1, r5
                22  [1] LoadInt r5, #2
                23  [1] InitSlot r4, 0, r5
                24  [1] LoadConst r5, 1.5
                25  [1] LoadInt r6, #3
                26  [1] SetIndex r4, r5, r6
                27  [1] LoadInt r5, #4
                28  [1] SetField r4, "b", r5
                29  [1] Return r2, 3
        "#]],
    );
}

#[test]
fn long_table_literals_are_stored_in_batches() {
    let items: Vec<String> = (0..120).map(|i| i.to_string()).collect();
    let module = compile(&format!("return {{{}}}", items.join(","))).expect("compiles");
    let code = bytecode::text::print(&module);
    let stores: Vec<&str> =
        code.lines().filter_map(|l| l.split("] ").nth(1)).filter(|l| l.starts_with("SetList")).collect();
    assert_eq!(stores, ["SetList r0, 50, #1", "SetList r0, 50, #51", "SetList r0, 20, #101"]);
}

#[test]
fn nested_tables() {
    check(
        "x := {a: {1, {b: 2}}, {3}}",
        expect![[r#"
        function 0, line 1, 0 parameters ..., 5 registers
             0  [1] NewTable r0, {a, [1]}
             1  [1] NewTable r1, {[2]}
             2  [1] LoadInt r2, #1
             3  [1] NewTable r3, {b}
             4  [1] LoadInt r4, #2
             5  [1] InitSlot r3, 0, r4
             6  [1] SetList r1, 2, #1
             7  [1] InitSlot r0, 0, r1
             8  [1] NewTable r1, {[1]}
             9  [1] LoadInt r2, #3
            10  [1] SetList r1, 1, #1
            11  [1] SetList r0, 1, #1
            12  [1] SetGlobal r0, x
            13  [1] Return0
    "#]],
    );
}
