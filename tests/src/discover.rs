//! Finds the golden files and the example programs.
//!
//! Every `.gs` file below the root is a test, except those in a folder named `lib`: they are modules and chunks that tests
//! load. Names are paths relative to the root, with `/` and without the extension, in alphabetical order on every machine.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A script and the name under which it is listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Script {
    /// For example `language/lexical/hash_bang`.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// A program and the file with the output it must print.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Example {
    /// For example `xiangqi/bench`.
    pub name: String,
    /// The program.
    pub script: PathBuf,
    /// What it prints.
    pub expected: PathBuf,
}

/// The folder that holds the golden files of this package.
pub fn golden_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The folder that holds the example programs of this project.
pub fn examples_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("examples")
}

/// All golden files below `root`.
pub fn scripts(root: &Path) -> io::Result<Vec<Script>> {
    let mut found = Vec::new();
    walk(root, "", "gs", &mut |name, path| found.push(Script { name, path }))?;
    found.sort();
    Ok(found)
}

/// All programs below `root` with an `expected/NAME.out`. Output without its program is an error.
pub fn examples(root: &Path) -> io::Result<Vec<Example>> {
    let mut found = Vec::new();
    walk(&root.join("expected"), "", "out", &mut |name, expected| {
        let script = root.join(format!("{name}.gs"));
        found.push(Example { name, script, expected });
    })?;
    found.sort();
    match found.iter().find(|example| !example.script.is_file()) {
        Some(stray) => {
            let why = format!("{} has no {}", stray.expected.display(), stray.script.display());
            Err(io::Error::new(io::ErrorKind::NotFound, why))
        }
        None => Ok(found),
    }
}

fn walk(dir: &Path, prefix: &str, extension: &str, found: &mut dyn FnMut(String, PathBuf)) -> io::Result<()> {
    let entries = fs::read_dir(dir)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", dir.display())))?;
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let file_name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if file_name != "lib" {
                walk(&path, &format!("{prefix}{file_name}/"), extension, found)?;
            }
        } else if let Some(stem) = file_name.strip_suffix(&format!(".{extension}")) {
            found(format!("{prefix}{stem}"), path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for one test, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str, files: &[&str]) -> Folder {
            let root = std::env::temp_dir().join(format!("gscript-discover-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&root);
            for file in files {
                let path = root.join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "").unwrap();
            }
            Folder(root)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn lists_scripts_but_not_modules() {
        let folder =
            Folder::new("scripts", &["b/two.gs", "a.gs", "b/one.gs", "b/lib/three.gs", "b/notes.txt"]);
        let names: Vec<String> = scripts(&folder.0).unwrap().into_iter().map(|script| script.name).collect();
        assert_eq!(names, ["a", "b/one", "b/two"]);
    }

    #[test]
    fn pairs_programs_with_their_output() {
        let folder = Folder::new(
            "examples",
            &["one.gs", "other.gs", "sub/two.gs", "expected/one.out", "expected/sub/two.out"],
        );
        let found = examples(&folder.0).unwrap();
        let names: Vec<&str> = found.iter().map(|example| example.name.as_str()).collect();
        assert_eq!(names, ["one", "sub/two"]);
        assert_eq!(found[1].script, folder.0.join("sub/two.gs"));
    }

    #[test]
    fn output_without_a_program_is_an_error() {
        let folder = Folder::new("stray", &["one.gs", "expected/two.out"]);
        assert!(examples(&folder.0).unwrap_err().to_string().contains("two.gs"));
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        assert!(scripts(Path::new("no/such/folder")).unwrap_err().to_string().contains("no/such/folder"));
    }
}
