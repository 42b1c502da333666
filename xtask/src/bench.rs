//! `cargo xtask bench`: times the programs in `benches/` on GScript and on other languages.
//!
//! The machine is assumed to be noisy, so the runs of the engines are interleaved: every program is run once on each
//! engine, then once more on each in another order, and so on. A slow minute of the machine then hits all engines
//! alike, and ratios stay meaningful when times do not. Whatever an engine prints is compared with what the others
//! print; a difference is shouted about, because a wrong answer has no speed.
//!
//! This is a measuring tool, not a test: it reports ratios and never fails because of one.

mod engine;
mod options;
mod process;
mod programs;
mod report;
mod stats;
mod warm_up;

use std::path::{Path, PathBuf};

use engine::Engine;
use options::{Options, Parsed};
use process::{Outcome, Sample};
use programs::Program;

/// All that was measured of one program on one engine.
pub struct Cell {
    /// The successful runs, in the order in which they were made.
    pub samples: Vec<Sample>,
    /// What the first successful run printed.
    pub output: Option<Vec<u8>>,
    /// Why the engine gave no (further) samples.
    pub failure: Option<String>,
}

impl Cell {
    fn empty() -> Cell {
        Cell { samples: Vec::new(), output: None, failure: None }
    }
}

/// One program's row: a cell per engine, `None` where the engine has no source file for it.
pub struct Row {
    /// The name of the program.
    pub program: String,
    /// Cells in the order of the engines.
    pub cells: Vec<Option<Cell>>,
}

/// Runs the command with its arguments.
pub fn main(args: &[String]) -> Result<(), String> {
    let options = match options::parse(args)? {
        Parsed::Help => {
            print!("{}", options::HELP);
            return Ok(());
        }
        Parsed::Run(options) => options,
    };
    let root = workspace_root()?;
    let benches = root.join("benches");
    let mut programs = programs::find(&benches, &options.only, options.has_go())?;
    let scratch = scratch_dir(&root)?;
    if options.warm_up {
        programs = warm_up::shorten(&benches, &scratch, programs)?;
    }
    if programs.is_empty() {
        return Err("no program matches".to_string());
    }
    if options.list {
        for program in &programs {
            println!("{:<22} {}", program.name, program.extensions().join(" "));
        }
        return Ok(());
    }
    let engines = engine::resolve(&options, &root, &scratch)?;
    let rows = measure_all(&options, &programs, &engines, &scratch)?;
    print!("{}", report::text(&options, &engines, &rows));
    if let Some(path) = &options.json {
        std::fs::write(path, report::json(&options, &engines, &rows))
            .map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    }
    Ok(())
}

fn measure_all(
    options: &Options,
    programs: &[Program],
    engines: &[Engine],
    scratch: &Path,
) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (index, program) in programs.iter().enumerate() {
        eprintln!("[{}/{}] {}", index + 1, programs.len(), program.name);
        let row = measure(options, program, engines, scratch)?;
        for complaint in report::complaints(engines, &row) {
            eprintln!("{complaint}");
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Times one program: `runs` rounds, each of which visits every engine once.
fn measure(options: &Options, program: &Program, engines: &[Engine], scratch: &Path) -> Result<Row, String> {
    let mut commands = Vec::new();
    let mut cells = Vec::new();
    for engine in engines {
        let command = engine.command(program, scratch)?;
        cells.push(command.is_some().then(Cell::empty));
        commands.push(command);
    }
    for round in 0..options.runs {
        for turn in 0..engines.len() {
            // Each round starts with another engine, so that none always runs after the same neighbour.
            let index = (turn + round) % engines.len();
            let (Some(command), Some(cell)) = (&commands[index], &mut cells[index]) else { continue };
            if cell.failure.is_some() {
                continue;
            }
            match process::run(command, &program.dir, scratch, options.timeout)? {
                Outcome::Done { sample, output } => {
                    match &cell.output {
                        None => cell.output = Some(output),
                        Some(first) if *first != output => {
                            cell.failure = Some("its own runs print different things".to_string());
                        }
                        Some(_) => {}
                    }
                    cell.samples.push(sample);
                }
                Outcome::Failed(reason) => cell.failure = Some(reason),
            }
        }
    }
    Ok(Row { program: program.name.clone(), cells })
}

/// The directory above this crate's.
fn workspace_root() -> Result<PathBuf, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().find(|dir| dir.join("benches/programs").is_dir());
    root.map(Path::to_path_buf).ok_or_else(|| format!("no benches/programs above {}", here.display()))
}

/// Where compiled twins and the output of running programs go.
fn scratch_dir(root: &Path) -> Result<PathBuf, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    // Programs run in their own directories, so the path must not be relative.
    let dir = std::path::absolute(target.join("bench")).map_err(|e| format!("no target directory: {e}"))?;
    std::fs::create_dir_all(&dir).map_err(|e| format!("cannot create {}: {e}", dir.display()))?;
    Ok(dir)
}
