//! Engines: what runs a program. Ours, another build of ours, or a peer.
//!
//! A peer is named by its command line; the first word tells the language and so the file it is given. The peer `c`
//! is not run but compiled: the twin in C becomes an executable in the scratch directory, rebuilt when it is older
//! than its source. So is the peer `go`, which brings another column with it: ours with one worker.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::options::Options;
use super::programs::Program;

/// One column of the report.
pub struct Engine {
    /// The heading.
    pub label: String,
    kind: Kind,
}

enum Kind {
    /// A program and its first arguments, to which the source file of this extension is added.
    Interpreter { command: Vec<OsString>, extension: &'static str },
    /// An executable compiled from the twin in C.
    Compiled { compiler: OsString },
    /// An executable compiled by Go, which is called by this command.
    Go { command: Vec<OsString> },
}

/// Programs whose names end so run with one worker.
const ONE_WORKER: &str = "_on_one_worker";

impl Engine {
    /// The command that runs `program`, or `None` if this engine has no source file for it.
    pub fn command(&self, program: &Program, scratch: &Path) -> Result<Option<Vec<OsString>>, String> {
        match &self.kind {
            Kind::Interpreter { command, extension } => Ok(program.source(extension).map(|source| {
                let mut command = command.clone();
                if *extension == "gs" && program.name.ends_with(ONE_WORKER) {
                    command.extend(["--workers", "1"].map(OsString::from));
                }
                command.push(source.into());
                command
            })),
            Kind::Go { command } => match program.source("go") {
                Some(source) => Ok(Some(vec![compile_go(command, source, &program.name, scratch)?.into()])),
                None => Ok(None),
            },
            Kind::Compiled { compiler } => match program.source("c") {
                Some(source) => Ok(Some(vec![compile(compiler, source, &program.name, scratch)?.into()])),
                None => Ok(None),
            },
        }
    }
}

/// The engines that the options ask for; ratios are made of the first one's times.
pub fn resolve(options: &Options, root: &Path, scratch: &Path) -> Result<Vec<Engine>, String> {
    let mut engines = Vec::new();
    if !options.no_ours {
        let path = options.gscript.clone().unwrap_or_else(|| root.join("target/release/gscript"));
        engines.push(ours("gscript", &path, &[])?);
        if options.has_go() {
            engines.push(ours("1 worker", &path, &["--workers", "1"])?);
        }
    }
    if let Some(path) = &options.baseline {
        engines.push(ours("baseline", path, &[])?);
    }
    for peer in &options.peers {
        engines.push(if peer == "go" { go(scratch)? } else { resolve_peer(peer)? });
    }
    Ok(engines)
}

fn ours(label: &str, path: &Path, args: &[&str]) -> Result<Engine, String> {
    // Programs run in their own directories, so the path must not be relative.
    let path = path.canonicalize().map_err(|e| {
        format!("no {label} binary at {}: {e} (build it with `cargo build --release`)", path.display())
    })?;
    let mut command = vec![path.into()];
    command.extend(args.iter().map(OsString::from));
    let kind = Kind::Interpreter { command, extension: "gs" };
    Ok(Engine { label: label.to_string(), kind })
}

fn resolve_peer(line: &str) -> Result<Engine, String> {
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    let stem = Path::new(first).file_name().and_then(|name| name.to_str()).unwrap_or(first);
    if stem == "c" {
        if words.next().is_some() {
            return Err("the peer 'c' takes no arguments (the compiler is $CC, else gcc)".to_string());
        }
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "gcc".into());
        return Ok(Engine { label: line.to_string(), kind: Kind::Compiled { compiler } });
    }
    let extension = if stem.starts_with("lua") {
        "lua"
    } else if matches!(stem, "node" | "nodejs" | "bun" | "deno" | "qjs") {
        "js"
    } else if stem.starts_with("gscript") {
        "gs"
    } else {
        return Err(format!("cannot tell the language of the peer '{line}' (lua..., node, c or gscript...)"));
    };
    let program = find_program(first).ok_or_else(|| {
        format!("the peer '{first}' is not installed (benches/setup.sh installs the usual ones)")
    })?;
    let mut command: Vec<OsString> = vec![program.into()];
    command.extend(words.map(OsString::from));
    Ok(Engine { label: line.to_string(), kind: Kind::Interpreter { command, extension } })
}

/// Looks a program up once, so that no run pays for the search and a missing one is reported before any work.
fn find_program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Path::new(name).canonicalize().ok();
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|candidate| candidate.is_file())
}

/// Go: the system's, or the one that `benches/setup.sh go` has put into the scratch directory.
fn go(scratch: &Path) -> Result<Engine, String> {
    let script = scratch.join("go/bin/go");
    let command: Vec<OsString> = match find_program("go") {
        Some(program) => vec![program.into()],
        None if script.is_file() => {
            let mut modules = OsString::from("PYTHONPATH=");
            modules.push(scratch.join("go"));
            vec!["env".into(), modules, "python3".into(), script.into()]
        }
        None => return Err("the peer 'go' is not installed (benches/setup.sh go installs it)".to_string()),
    };
    Ok(Engine { label: "go".to_string(), kind: Kind::Go { command } })
}

fn compile_go(command: &[OsString], source: &Path, name: &str, scratch: &Path) -> Result<PathBuf, String> {
    let target = scratch.join(format!("{name}.go-twin"));
    if is_newer(&target, source) {
        return Ok(target);
    }
    let output = Command::new(&command[0])
        .args(&command[1..])
        .args(["build", "-o"])
        .arg(&target)
        .arg(source)
        .env("GO111MODULE", "off")
        .env("GOCACHE", scratch.join("go-cache"))
        .output()
        .map_err(|e| format!("cannot run go: {e}"))?;
    built(&output, source, target)
}

fn is_newer(target: &Path, source: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified());
    matches!((modified(target), modified(source)), (Ok(built), Ok(written)) if built > written)
}

fn built(output: &std::process::Output, source: &Path, target: PathBuf) -> Result<PathBuf, String> {
    if output.status.success() {
        Ok(target)
    } else {
        Err(format!("cannot compile {}:\n{}", source.display(), String::from_utf8_lossy(&output.stderr)))
    }
}

fn compile(compiler: &OsString, source: &Path, name: &str, scratch: &Path) -> Result<PathBuf, String> {
    let target = scratch.join(format!("{name}.twin"));
    if is_newer(&target, source) {
        return Ok(target);
    }
    let output = Command::new(compiler)
        .args(["-O2", "-o"])
        .arg(&target)
        .arg(source)
        .arg("-lm")
        .output()
        .map_err(|e| format!("cannot run {}: {e}", compiler.to_string_lossy()))?;
    built(&output, source, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_of_no_known_language_is_an_error() {
        assert!(resolve_peer("frobnicate -x").is_err());
        assert!(resolve_peer("lua-that-nobody-has").is_err());
        assert!(resolve_peer("c -O3").is_err());
    }

    #[test]
    fn the_compiler_is_a_peer() {
        assert_eq!(resolve_peer("c").unwrap().label, "c");
    }
}
