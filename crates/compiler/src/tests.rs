//! Tests of the whole compiler: source text to the text form of the module.
//!
//! Everything compiled here is verified, values in registers included.

use bytecode::module::Module;
use expect_test::{Expect, expect};
use syntax::Mode;
use syntax::diagnostic::Diagnostic;
use syntax::span::Source;

mod assignments;
mod expressions;
mod functions;
mod limits;
mod loops;
mod programs;
mod random;
mod statements;

fn compile(source: &str) -> Result<Module, Vec<Diagnostic>> {
    let module = crate::compile_source(&Source::new("t", source.as_bytes()), Mode::Chunk)?;
    if let Err(error) = bytecode::flow::verify_flow(&module) {
        panic!("{error}\n{}", bytecode::text::print(&module));
    }
    Ok(module)
}

fn text(source: &str) -> String {
    let module = compile(source).unwrap_or_else(|errors| panic!("{errors:?}"));
    let text = bytecode::text::print(&module);
    text.strip_prefix("module \"t\"\n\n").unwrap_or(&text).to_string()
}

/// Compares the text form of a chunk, without its first lines, which are always the same.
#[track_caller]
fn check(source: &str, want: Expect) {
    want.assert_eq(&text(source));
}

/// Compares the text form of the functions in a chunk, without the chunk itself.
#[track_caller]
fn check_functions(source: &str, want: Expect) {
    let text = text(source);
    let start = text.find("\nfunction 1").expect("there is a function");
    want.assert_eq(&text[start + 1..]);
}

/// Compares the errors of a chunk.
#[track_caller]
fn check_errors(source: &str, want: Expect) {
    let errors = compile(source).expect_err("compiled");
    let lines: Vec<String> = errors
        .iter()
        .map(|e| {
            let at = &source[e.span.start as usize..e.span.end as usize];
            format!("{} {}: {at:.40}", e.code.id(), e.message)
        })
        .collect();
    want.assert_eq(&lines.join("\n"));
}

#[test]
fn assignments_to_constants_are_errors() {
    check_errors(
        "const a, b = 1, f()\na = 2\nfunc g() { b++; func h() { a, x = 1 } }\nif true { const f = 1; func f() {} }",
        expect![[r#"
            E0201 cannot assign to constant 'a': a
            E0201 cannot assign to constant 'b': b
            E0201 cannot assign to constant 'a': a
            E0201 cannot assign to constant 'f': f"#]],
    );
    // A new variable of the same name is none.
    check(
        "const a = 1\nif true { a := 2; a = 3 }\nvar a\na = 4",
        expect![[r#"
        function 0, line 1, 0 parameters ..., 1 register
             0  [2] LoadInt r0, #2
             1  [2] LoadInt r0, #3
             2  [3] LoadNil r0, 1
             3  [4] LoadInt r0, #4
             4  [4] Return0
    "#]],
    );
}

#[test]
fn parse_errors_are_passed_on() {
    assert!(compile("x := := 1").is_err());
}

#[test]
fn empty_chunk() {
    check(
        "",
        expect![[r#"
        function 0, line 1, 0 parameters ..., 1 register
             0  [1] Return0
    "#]],
    );
}
