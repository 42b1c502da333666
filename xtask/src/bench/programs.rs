//! Finds the programs: groups of files that do the same work in several languages.
//!
//! `benches/programs/NAME.gs` with `NAME.lua`, `NAME.js` beside it and its twin `benches/twins/NAME.c`; or a larger
//! program in a directory of its own, `benches/NAME/bench.lua` and so on, whose GScript is there or in `examples/NAME`. A language without a file
//! for a program is left out for it. Programs of goroutines, `benches/parallel/NAME.gs` with `NAME.go`, are apart: they are
//! found only where Go is a peer, and then no others are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Extensions of the languages a program may be written in.
const EXTENSIONS: &[&str] = &["gs", "lua", "js", "c", "go"];
/// The directory of the programs of goroutines.
const PARALLEL: &str = "parallel";

/// One program.
pub struct Program {
    /// Its name, unique.
    pub name: String,
    /// The directory in which it runs.
    pub dir: PathBuf,
    sources: BTreeMap<&'static str, PathBuf>,
}

impl Program {
    /// A program of which no source is known yet.
    pub fn new(name: &str, dir: &Path) -> Program {
        Program { name: name.to_string(), dir: dir.to_path_buf(), sources: BTreeMap::new() }
    }

    /// Adds its file in the language with that extension.
    pub fn add(&mut self, extension: &'static str, path: PathBuf) {
        self.sources.insert(extension, path);
    }

    /// The file of the language with that extension.
    pub fn source(&self, extension: &str) -> Option<&Path> {
        self.sources.get(extension).map(PathBuf::as_path)
    }

    /// The languages it is written in.
    pub fn extensions(&self) -> Vec<&'static str> {
        self.sources.keys().copied().collect()
    }
}

/// All programs below `benches` whose names contain one of `only` (all if that is empty), by name: those of goroutines, or all
/// others.
pub fn find(benches: &Path, only: &[String], is_parallel: bool) -> Result<Vec<Program>, String> {
    let mut programs: BTreeMap<String, Program> = BTreeMap::new();
    let singles = benches.join(if is_parallel { PARALLEL } else { "programs" });
    for dir in [&singles, &benches.join("twins")] {
        if is_parallel && *dir != singles {
            continue;
        }
        for path in entries(dir)? {
            let Some((stem, extension)) = split_name(&path) else { continue };
            let program = programs.entry(stem.clone()).or_insert_with(|| Program::new(&stem, &singles));
            program.sources.insert(extension, path);
        }
    }
    for dir in entries(benches)? {
        if is_parallel || !dir.is_dir() {
            continue;
        }
        let Some(name) = dir.file_name().and_then(|name| name.to_str()) else { continue };
        let mut program = Program::new(name, &dir);
        for path in entries(&dir)? {
            if let Some((stem, extension)) = split_name(&path)
                && stem == "bench"
            {
                program.sources.insert(extension, path);
            }
        }
        let example = benches.join("../examples").join(name).join("bench.gs");
        if !program.sources.is_empty() && !program.sources.contains_key("gs") && example.is_file() {
            program.sources.insert("gs", example);
        }
        if !program.sources.is_empty() {
            programs.insert(name.to_string(), program);
        }
    }
    programs.retain(|name, _| only.is_empty() || only.iter().any(|part| name.contains(part.as_str())));
    Ok(programs.into_values().collect())
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, String> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let fail = |e: std::io::Error| format!("cannot read {}: {e}", dir.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(fail)? {
        paths.push(entry.map_err(fail)?.path());
    }
    Ok(paths)
}

/// The stem and the extension of a source file in one of the known languages.
fn split_name(path: &Path) -> Option<(String, &'static str)> {
    let extension = path.extension()?.to_str()?;
    let known = EXTENSIONS.iter().copied().find(|known| *known == extension)?;
    Some((path.file_stem()?.to_str()?.to_string(), known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_languages() {
        assert_eq!(split_name(Path::new("x/fib.gs")), Some(("fib".to_string(), "gs")));
        assert_eq!(split_name(Path::new("x/README.md")), None);
        assert_eq!(split_name(Path::new("x/lua")), None);
    }

    #[test]
    fn every_small_program_has_a_pair() {
        let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let benches = above.map(|dir| dir.join("benches")).find(|dir| dir.join("programs").is_dir()).unwrap();
        let programs = find(&benches, &[], false).unwrap();
        let small = programs.iter().filter(|program| program.dir.ends_with("programs"));
        for program in small {
            assert!(program.source("gs").is_some(), "{} has no .gs file", program.name);
            assert!(program.source("lua").is_some(), "{} has no .lua file", program.name);
        }
        let larger = programs.iter().find(|program| program.name == "xiangqi").unwrap();
        assert!(larger.source("gs").is_some_and(|path| path.ends_with("examples/xiangqi/bench.gs")));
    }
}
