//! Large programs: they compile, or give an error that names the limit.

use std::fmt::Write;

use super::*;

/// Compiles without the data-flow check, whose space grows with jumps times registers. What takes quadratic time does not
/// end here.
fn compile_only(source: &str) -> Result<Module, Vec<Diagnostic>> {
    let module = crate::compile_source(&Source::new("t", source.as_bytes()), Mode::Chunk)?;
    bytecode::verify::verify(&module).unwrap_or_else(|error| panic!("{error}"));
    Ok(module)
}

#[test]
fn a_hundred_thousand_statements() {
    let mut source = String::from("func f(a, t) {\n");
    for i in 0..100_000 {
        let _ = writeln!(source, "if a.x{} == {i} {{ t.y = a:m(a + {i}, b) }}", i % 100);
    }
    source.push('}');
    let module = compile_only(&source).expect("compiles");
    assert!(module.protos[1].code.len() > 500_000);
}

#[test]
fn more_constants_than_an_instruction_can_name() {
    let mut source = String::from("func f(t, x) {\n");
    for i in 0..70_000 {
        let _ = writeln!(source, "t.k{i} = x * {i}.5");
    }
    source.push_str("t.last.m = x - 0.25; t:last_m(x); if x == \"last_s\" { t.last_k++ }; return t.last_g, {last_a: 1}, x ** 3.75 }");
    let module = compile_only(&source).expect("compiles");
    let text = bytecode::text::print(&module);
    let tail: Vec<&str> = text.trim_end().lines().rev().take(34).collect();
    let tail: Vec<&str> = tail.into_iter().rev().map(|l| l.split("] ").nth(1).unwrap_or(l)).collect();
    expect![[r#"
        LoadConst r3, 69998.5
        Mul r2, r1, r3  ; 1=local 'x'
        LoadConst r3, "k69998"
        SetIndex r0, r3, r2  ; 0=local 't'
        LoadConst r3, 69999.5
        Mul r2, r1, r3  ; 1=local 'x'
        LoadConst r3, "k69999"
        SetIndex r0, r3, r2  ; 0=local 't'
        LoadConst r3, "last"
        GetIndex r2, r0, r3  ; 1=local 't'
        LoadConst r4, 0.25
        Sub r3, r1, r4  ; 1=local 'x'
        LoadConst r4, "m"
        SetIndex r2, r4, r3  ; 0=field 'last'
        Move r5, r0
        LoadConst r3, "last_m"
        GetIndex r2, r5, r3  ; 1=local 't'
        Move r6, r1
        Call r2, 2, 0  ; 0=method 'last_m'
        LoadConst r2, "last_s"
        JumpNe r1, r2, -> 214482
        LoadConst r3, "last_k"
        GetIndex r2, r0, r3  ; 1=local 't'
        AddImm r2, r2, #1  ; 1=field 'last_k'
        LoadConst r3, "last_k"
        SetIndex r0, r3, r2  ; 0=local 't'
        LoadConst r3, "last_g"
        GetIndex r2, r0, r3  ; 1=local 't'
        NewTable r3, {last_a}
        LoadInt r4, #1
        InitSlot r3, 0, r4
        LoadConst r5, 3.75
        Pow r4, r1, r5  ; 1=local 'x'
        Return r2, 3"#]]
    .assert_eq(&tail.join("\n"));
}

#[test]
fn far_jumps() {
    // Loops and conditions around bodies of more than 32 767 instructions.
    let mut body = String::new();
    for _ in 0..12_000 {
        body.push_str("g(i)\n");
    }
    let source = format!(
        "func f(n, x) {{ for i := 0; i < n; i++ {{ if x < i {{ {body} }} else {{ {body} }}; if x == 1 || i > n {{ {body} }} }}; for n != x {{ {body} }} }}"
    );
    let module = compile_only(&source).expect("compiles");
    bytecode::flow::verify_flow(&module).unwrap_or_else(|error| panic!("{error}"));
    let text = bytecode::text::print(&module);
    let jumps: Vec<&str> =
        text.lines().filter_map(|l| l.split("] ").nth(1)).filter(|l| l.contains("->")).collect();
    expect![[r#"
        JumpLt r2, r0, -> 3
        Jump -> 144013
        JumpLt r1, r2, -> 5
        Jump -> 36006
        Jump -> 72006
        JumpEqConst r1, 1, -> 72009
        JumpLt r0, r2, -> 72009
        Jump -> 108009
        ForLt r2, #1, r0, -> 108011  ; 0=local 'i'
        Jump -> 108012
        Jump -> 3
        Jump -> 144013
        JumpEq r0, r1, -> 144015
        Jump -> 108013"#]]
    .assert_eq(&jumps.join("\n"));
}

#[test]
fn far_jumps_keep_debug_tables() {
    let mut source = String::from("func f(n) {\nfor i := 0; i < n; i++ {\n");
    for _ in 0..40_000 {
        source.push_str("n.x = i\n");
    }
    source.push_str("if n < i { n.y.z = i }\n}\nn.last = 1\n}");
    let module = compile_only(&source).expect("compiles");
    let proto = &module.protos[1];
    for name in proto.names.iter().filter(|n| &*n.name == "y") {
        assert_eq!(proto.code[name.pc as usize].op(), bytecode::ops::Op::SetField);
        assert_eq!(proto.line_at(name.pc), 40_003);
    }
    assert_eq!(proto.line_at(proto.code.len() as u32 - 2), 40_005);
}

#[test]
fn many_locals() {
    let names: Vec<String> = (0..5000).map(|i| format!("v{i}")).collect();
    let list = names.join(", ");
    let source =
        format!("func f() {{ var {list}\n{list} = g()\nreturn func() {{ return {list} }}, {list} }}");
    let module = compile_only(&source).expect("compiles");
    assert_eq!(module.protos[2].upvalues.len(), 5000);
}

#[test]
fn too_many_locals() {
    let mut source = String::from("func f() {\n");
    for i in 0..70_000 {
        let _ = writeln!(source, "var v{i} = {i}");
    }
    source.push('}');
    check_errors(&source, expect!["E0202 too many local variables in one function: var v64999 = 64999"]);
}

#[test]
fn too_many_values() {
    let values = vec!["x"; 70_000].join(", ");
    check_errors(
        &format!("f({values})"),
        expect!["E0204 too many values at once in one function: f(x, x, x, x, x, x, x, x, x, x, x, x, x,"],
    );
    check_errors(
        &format!("y := {}", vec!["x"; 70_000].join(" .. ")),
        expect!["E0204 too many values at once in one function: y := x .. x .. x .. x .. x .. x .. x .. "],
    );
    // Lists that need no registers at once are not limited.
    compile_only(&format!("y := {{{values}}}")).expect("compiles");
    compile_only(&format!("y := {}", vec!["x"; 70_000].join(" + "))).expect("compiles");
    compile_only(&format!("y := {}", vec!["x"; 70_000].join(" && "))).expect("compiles");
    compile_only(&format!("y := x{}", ".f(1):g()".repeat(70_000))).expect("compiles");
}

#[test]
fn too_many_parameters() {
    let params: Vec<String> = (0..251).map(|i| format!("p{i}")).collect();
    check_errors(
        &format!("func f({}) {{}}", params.join(", ")),
        expect!["E0204 function has more than 250 parameters: func f(p0, p1, p2, p3, p4, p5, p6, p7, p"],
    );
    compile(&format!("func f({}) {{}}", params[1..].join(", "))).expect("compiles");
}

#[test]
fn too_many_range_variables() {
    let vars: Vec<String> = (0..251).map(|i| format!("v{i}")).collect();
    check_errors(
        &format!("for {} := range t {{}}", vars.join(", ")),
        expect!["E0204 more than 250 range variables: v250"],
    );
    compile(&format!("for {} := range t {{}}", vars[1..].join(", "))).expect("compiles");
}

#[test]
fn large_lists() {
    let names: Vec<String> = (0..250).map(|i| format!("a{i}")).collect();
    let list = names.join(", ");
    compile(&format!("func f({list}) {{ {list} = f({list}); return {list} }}")).expect("compiles");
}

#[test]
fn deep_nesting() {
    let depth = syntax::MAX_NESTING as usize - 10;
    for (open, inner, close) in
        [("(", "x + 1", ")"), ("{a: ", "1", "}"), ("- ", "x", ""), ("x ** ", "x", ""), ("x[", "1", "]")]
    {
        let source = format!("y := {}{inner}{}", open.repeat(depth), close.repeat(depth));
        compile_only(&source).expect("compiles");
    }
    for (open, close) in
        [("if x { ", "}"), ("for i := 0; i < 9; i++ { ", "}"), ("{", "}"), ("switch x { case 1: ", "}")]
    {
        let source = format!("{}f(){}", open.repeat(depth), close.repeat(depth));
        compile_only(&source).expect("compiles");
    }
    let depth = depth / 2;
    let functions = format!("y := {}x{}", "f(func(a) { return ".repeat(depth), " })".repeat(depth));
    compile_only(&functions).expect("compiles");
    let captured =
        format!("func f(a) {{ {}a = a + 1{} }}", "return func() { ".repeat(depth), "}".repeat(depth));
    compile_only(&captured).expect("compiles");
}

#[test]
fn many_cases_that_push_each_other_out_of_reach() {
    let mut source = String::from("func f(x) {\nswitch x {\n");
    for i in 0..70_000 {
        let _ = writeln!(source, "case {i}: return {i}");
    }
    source.push_str("}\n}");
    let module = compile_only(&source).expect("compiles");
    assert!((200_000..500_000).contains(&module.protos[1].code.len()));
}
