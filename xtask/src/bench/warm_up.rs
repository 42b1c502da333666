//! Programs with less to do, to measure how engines warm up.
//!
//! What an engine has reached after 50 ms is told by the time that it needs for as much work as another does in 50 ms. So
//! `benches/warm_up.txt` names a size in some of the programs and a smaller one, and copies with that size are run. The
//! number is replaced in the same way in all languages; where one has none, the list is wrong, and that is an error.

use std::path::Path;

use super::programs::Program;

/// Makes the smaller programs of those given, in the scratch directory.
pub fn shorten(benches: &Path, scratch: &Path, programs: Vec<Program>) -> Result<Vec<Program>, String> {
    let path = benches.join("warm_up.txt");
    let fail = |path: &Path, e: std::io::Error| format!("cannot use {}: {e}", path.display());
    let list = std::fs::read_to_string(&path).map_err(|e| fail(&path, e))?;
    let dir = scratch.join("warm_up");
    std::fs::create_dir_all(&dir).map_err(|e| fail(&dir, e))?;
    let mut short = Vec::new();
    for program in programs {
        let Some((old, new)) = sizes(&list, &program.name)? else { continue };
        let mut copy = Program::new(&program.name, &dir);
        // Twins in C need no warming up.
        for extension in program.extensions().into_iter().filter(|extension| *extension != "c") {
            let Some(source) = program.source(extension) else { continue };
            let text = std::fs::read_to_string(source).map_err(|e| fail(source, e))?;
            let text = replace_number(&text, old, new)
                .ok_or_else(|| format!("{} does not contain {old}", source.display()))?;
            let target = dir.join(format!("{}.{extension}", program.name));
            std::fs::write(&target, text).map_err(|e| fail(&target, e))?;
            copy.add(extension, target);
        }
        short.push(copy);
    }
    Ok(short)
}

/// The numbers that the list has for a program.
fn sizes<'a>(list: &'a str, name: &str) -> Result<Option<(&'a str, &'a str)>, String> {
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [program, old, new] if program == name => return Ok(Some((old, new))),
            [_, _, _] | [] => {}
            _ => return Err(format!("not NAME OLD NEW: {line}")),
        }
    }
    Ok(None)
}

/// The text with another number where this one stands by itself; `None` if it does not.
fn replace_number(text: &str, old: &str, new: &str) -> Option<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let mut result = String::new();
    let mut rest = text;
    let mut is_found = false;
    while let Some(at) = rest.find(old) {
        let (before, after) = (&rest[..at], &rest[at + old.len()..]);
        let is_whole = !before.ends_with(is_part) && !after.starts_with(is_part);
        is_found |= is_whole;
        result.push_str(before);
        result.push_str(if is_whole { new } else { old });
        rest = after;
    }
    result.push_str(rest);
    is_found.then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_are_replaced() {
        assert_eq!(replace_number("x1000 1000 10000 f(1000)", "1000", "7").unwrap(), "x1000 7 10000 f(7)");
        assert_eq!(replace_number("x1000", "1000", "7"), None);
    }

    #[test]
    fn every_line_of_the_list_is_of_a_program() {
        let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let benches = above.map(|dir| dir.join("benches")).find(|dir| dir.join("programs").is_dir()).unwrap();
        let list = std::fs::read_to_string(benches.join("warm_up.txt")).unwrap();
        for line in list.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split_whitespace().next().unwrap();
            let (old, new) = sizes(&list, name).unwrap().unwrap();
            for extension in ["gs", "lua"] {
                let path = benches.join("programs").join(format!("{name}.{extension}"));
                let text = std::fs::read_to_string(path).unwrap();
                assert!(replace_number(&text, old, new).is_some(), "{line}: {extension}");
            }
        }
    }
}
