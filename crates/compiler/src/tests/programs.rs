//! Every script of the project compiles to verified code.

use std::path::{Path, PathBuf};

use super::*;

fn scripts(dir: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            scripts(&path, found);
        } else if path.extension().is_some_and(|e| e == "gs") {
            found.push(path);
        }
    }
}

#[test]
fn all_scripts_compile() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for dir in ["tests/golden", "examples", "benches"] {
        scripts(&root.join(dir), &mut found);
    }
    for path in found {
        let text = std::fs::read(&path).expect("the script was listed");
        let expects_error = text.windows(20).any(|w| w == b"expect compile error");
        let name = path.display().to_string();
        let source = Source::new(&name, &text);
        let parsed = syntax::parse(&source);
        if parsed.has_errors() {
            // What the parser must accept is its own tests' business.
            continue;
        }
        match crate::compile(&parsed.chunk, &parsed.interner, &source) {
            Ok(module) => {
                if let Err(error) = bytecode::flow::verify_flow(&module) {
                    panic!("{name}: {error}\n{}", bytecode::text::print(&module));
                }
            }
            Err(errors) => assert!(expects_error, "{name}: {errors:?}"),
        }
    }
}
