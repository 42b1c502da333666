//! `cargo xtask tidy`: the rules of the house that neither compiler nor clippy checks.
//!
//! Which crate may import which, how long a file may be, that every file says what it is, where unsafe code may live and
//! that each use says why it is sound, and that values of the heap are not kept in containers the collector cannot see.
//! `cargo test` runs the same checks.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A crate and the crates of ours that it may import.
const IMPORTS: &[(&str, &[&str])] = &[
    ("syntax", &[]),
    ("bytecode", &[]),
    ("compiler", &["syntax", "bytecode"]),
    ("runtime", &["bytecode"]),
    ("vm", &["runtime", "bytecode"]),
    ("jit", &["vm", "runtime", "bytecode"]),
    ("stdlib", &["vm", "runtime", "bytecode"]),
    ("gscript", &["jit", "syntax", "bytecode", "compiler", "runtime", "vm", "stdlib"]),
    ("cli", &["gscript", "syntax", "bytecode", "compiler"]),
];

/// Longest file, in lines.
const LINES_MAX: usize = 1500;

/// Files that may be longer, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// Crates and folders in which unsafe code may live.
const UNSAFE_PLACES: &[&str] = &[
    "crates/runtime/",
    "crates/vm/",
    "crates/jit/src/code/",
    "crates/jit/src/exit/",
    // What machine code calls, and what calls it.
    "crates/jit/src/routines.rs",
    "crates/jit/src/compiler/",
    "crates/jit/src/installed.rs",
    "crates/jit/src/bind.rs",
    // Jobs go to the compile thread.
    "crates/jit/src/work.rs",
    "crates/jit/src/lower/tests/",
];

/// Files in which a `Vec<Value>` is right, each with its reason.
const VALUE_VECTORS: &[(&str, &str)] = &[
    ("crates/runtime/src/heap/", "the collector's own lists, and `RootedVec` itself"),
    ("crates/vm/src/fiber.rs", "traced with the fiber"),
    ("crates/vm/src/held.rs", "traced with the fiber"),
    ("crates/vm/src/sched/mod.rs", "traced with the scheduler"),
    ("crates/vm/src/sched/run.rs", "traced with the scheduler"),
];

/// Words that a file uses when it keeps values in a plain vector only for as long as nothing can collect.
const VALUE_VECTOR_REASON: &str = "// ROOTED:";

/// Runs all checks on the project in `root`; the findings, a line each.
pub fn check(root: &Path) -> Vec<String> {
    let mut findings = Vec::new();
    check_imports(root, &mut findings);
    let mut files = Vec::new();
    for dir in ["crates", "xtask", "tests", "fuzz"] {
        collect(&root.join(dir), &mut files);
    }
    files.sort();
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else {
            findings.push(format!("{}: is not UTF-8", path.display()));
            continue;
        };
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        check_file(&name, &text, &mut findings);
    }
    findings
}

/// The command.
pub fn main(_args: &[String]) -> Result<(), String> {
    let root = project_root();
    let findings = check(&root);
    if findings.is_empty() {
        println!("tidy: all is well");
        return Ok(());
    }
    let mut text = String::new();
    for f in &findings {
        let _ = writeln!(text, "{f}");
    }
    Err(format!("{text}tidy: {} findings", findings.len()))
}

fn project_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|n| n != "target" && n != "golden") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn check_imports(root: &Path, findings: &mut Vec<String>) {
    for (name, allowed) in IMPORTS {
        let path = root.join("crates").join(name).join("Cargo.toml");
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let mut in_dependencies = false;
        for line in text.lines() {
            if line.starts_with('[') {
                in_dependencies = line == "[dependencies]";
                continue;
            }
            let Some(dependency) =
                line.split(['.', ' ', '=']).next().filter(|d| in_dependencies && !d.is_empty())
            else {
                continue;
            };
            let is_ours = IMPORTS.iter().any(|(ours, _)| *ours == dependency);
            if is_ours && !allowed.contains(&dependency) {
                findings.push(format!("crates/{name}/Cargo.toml: {name} may not import {dependency}"));
            }
        }
    }
}

fn check_file(name: &str, text: &str, findings: &mut Vec<String>) {
    let lines: Vec<&str> = text.lines().collect();
    if !lines.first().is_some_and(|l| l.starts_with("//!")) {
        findings.push(format!("{name}: does not begin with what it is (//!)"));
    }
    if lines.len() > LINES_MAX && !LONG_FILES.iter().any(|(f, _)| *f == name) {
        findings.push(format!("{name}: has {} lines, more than {LINES_MAX}", lines.len()));
    }
    let crate_name = name.strip_prefix("crates/").and_then(|n| n.split('/').next()).unwrap_or("");
    let may_be_unsafe = UNSAFE_PLACES.iter().any(|place| name.starts_with(place));
    let may_keep_values = VALUE_VECTORS.iter().any(|(prefix, _)| name.starts_with(prefix));
    let in_machine = matches!(crate_name, "runtime" | "vm" | "stdlib");
    let mut in_tests = name.ends_with("tests.rs");
    for (i, line) in lines.iter().enumerate() {
        let code = line.split("//").next().unwrap_or("");
        in_tests |= line.contains("#[cfg(test)]");
        if !may_be_unsafe && has_word(code, "unsafe") && !code.contains("unsafe_code") && !code.contains('"')
        {
            findings.push(format!("{name}:{}: unsafe code outside of {}", i + 1, UNSAFE_PLACES.join(", ")));
        }
        if in_machine && !in_tests && !may_keep_values && code.contains("Vec<Value>") {
            let explained = lines[i.saturating_sub(3)..=i].iter().any(|l| l.contains(VALUE_VECTOR_REASON));
            if !explained {
                findings.push(format!(
                    "{name}:{}: Vec<Value> is invisible to the collector; use RootedVec, or say {VALUE_VECTOR_REASON} why",
                    i + 1
                ));
            }
        }
        if text_speaks_of_its_making(line) && !name.ends_with("tidy.rs") {
            findings.push(format!("{name}:{}: speaks of how the project is made", i + 1));
        }
    }
}

fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_part(before) && !is_part(after)
    })
}

fn text_speaks_of_its_making(line: &str) -> bool {
    ["TODO:", "FIXME", "XXX:"].iter().any(|w| line.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_tidy() {
        let findings = check(&project_root());
        assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    }

    #[test]
    fn findings_are_found() {
        let mut findings = Vec::new();
        check_file(
            "crates/stdlib/src/a.rs",
            "fn f() { unsafe { g() } }\nlet v: Vec<Value> = Vec::new();\n",
            &mut findings,
        );
        assert_eq!(findings.len(), 3, "{findings:?}");
        findings.clear();
        check_file(
            "crates/vm/src/a.rs",
            "//! A.\n// ROOTED: nothing collects here.\nlet v: Vec<Value> = x;\n",
            &mut findings,
        );
        assert!(findings.is_empty(), "{findings:?}");
    }
}
