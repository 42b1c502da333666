//! The command's arguments.
//!
//! A program's path and arguments are whatever bytes the system gives; only the options of the command are text.

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;
use syntax::suggest::closest;

/// What `--help` prints.
pub const HELP: &str = "\
GScript, a scripting language with Go's syntax and Lua's semantics.

usage: gscript [options] FILE [arguments]    run a program
       gscript [options] -e CODE [arguments] run a text
       gscript [options] - [arguments]       run standard input
       gscript [options]                     interactive on a terminal, else standard input
       gscript dump --tokens|--ast|--bytecode FILE
       gscript dump --ir --asm FILE[:FUNCTION]
                                             run a program and show what the compiler made of it: its IR, machine code
       gscript dump --ir=PASS FILE           the same after each change by that pass (--ir=all: by any pass)

options:
  -e CODE              the program is CODE
  --heap-limit SIZE    largest heap: bytes, or with K, M or G (default: 3/4 of the memory)
  --deadline TIME      stop after this time: seconds, or with ms, s or m
  --workers N          run goroutines on N threads at once, 1 to 64 (default: one for each core)
  --go-stress delays   goroutines wait at random before they go on, to test
  --race               look for data races, which is slow: interprets, on one thread
  --stress MODE        collect needlessly often, to test: gc (at every safepoint), alloc (at every allocation),
                       slow (whenever an allocation leaves its fast path)
  --young SIZE         allocate this much between two young collections
  --jit TIERS          which compilers may run: off, quick (no speculation), method (default)
  --jit-threshold N    compile after N calls of a function or N turns of a loop
  --jit-threads N      compile on N threads beside the program: 0 or 1 (default: 1 if there are several processors)
  --jit-stress exits   every guard fails the first time, to test
  --jit-stats          tell at the end what the compiler did (--jit-stats=json: as JSON)
  --jit-log            tell of each compilation and of exits as they happen (--jit-log=json: a line of JSON each)
  --color WHEN         colours in error messages: auto, always, never
  --gc-stats           tell at the end what the collector did: collections, pauses, memory
  -h, --help           this text
  -V, --version        the version

A program's arguments are strings in the table arg, from 1, and in '...'; arg[0] is its path.
The exit status is 0, 1 after an error, what os.exit was given, 2 for wrong use of the command, 66 after
data races that --race has found, 130 after an interrupt.

examples:
  gscript life.gs 40                      run life.gs with the argument 40
  gscript -e 'print(2 ** 10)'             1024.0
  gscript -e 'for l := range io.lines() { print(#l) }' < text
  gscript --deadline 2s --heap-limit 64M untrusted.gs
  gscript dump --bytecode life.gs         what the compiler makes of it
";

/// What is to be done.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Run a file.
    File(PathBuf),
    /// Run a text.
    Code(OsString),
    /// Run standard input.
    Stdin,
    /// Talk to a person.
    Repl,
    /// Show what the front end makes of a file.
    Dump {
        /// Which form.
        form: DumpForm,
        /// The file; `-` is standard input.
        path: PathBuf,
    },
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// Forms of a program that can be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DumpForm {
    /// The lexer's tokens.
    Tokens,
    /// The parser's tree.
    Ast,
    /// The compiler's code.
    Bytecode,
    /// The intermediate representation of what was compiled to machine code while the program ran.
    Ir,
    /// Machine code, the same.
    Asm,
    /// Both, piece by piece.
    IrAndAsm,
}

/// Everything the arguments say.
#[derive(Debug)]
pub struct Options {
    /// What is to be done.
    pub action: Action,
    /// The program's arguments.
    pub script_args: Vec<OsString>,
    /// Largest heap in bytes; 0: default.
    pub heap_limit_bytes: usize,
    /// Bytes between young collections; 0: default.
    pub young_bytes: usize,
    /// Threads that run goroutines; 0: default.
    pub workers: usize,
    /// Whether goroutines wait at random, to test.
    pub has_delays: bool,
    /// Whether to look for data races.
    pub race: bool,
    /// When to stop.
    pub deadline: Option<Duration>,
    /// Extra collections.
    pub stress: gscript::Stress,
    /// Whether error messages have colours.
    pub color: bool,
    /// Whether to tell what the collector did.
    pub gc_stats: bool,
    /// Compilers to machine code.
    pub jit: gscript::JitOptions,
    /// Whether and how to tell what the compiler did.
    pub jit_stats: Option<Format>,
}

/// How statistics are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Options that are words, to guess what a misspelt one should be.
const NAMES: &[&str] = &[
    "--heap-limit",
    "--deadline",
    "--stress",
    "--young",
    "--workers",
    "--go-stress",
    "--race",
    "--jit",
    "--jit-threshold",
    "--jit-threads",
    "--jit-stress",
    "--jit-stats",
    "--jit-log",
    "--color",
    "--gc-stats",
    "--help",
    "--version",
];

/// Options of `dump`.
const DUMP_NAMES: &[&str] = &["--tokens", "--ast", "--bytecode", "--ir", "--asm"];

/// Reads the arguments, without the program's name.
///
/// # Errors
/// What is wrong with them, in a line.
pub fn parse(mut args: impl Iterator<Item = OsString>) -> Result<Options, String> {
    let mut options = Options {
        action: Action::Repl,
        script_args: Vec::new(),
        heap_limit_bytes: 0,
        young_bytes: 0,
        workers: 0,
        has_delays: false,
        race: false,
        deadline: None,
        stress: gscript::Stress::Off,
        color: std::io::stderr().is_terminal(),
        gc_stats: false,
        jit: gscript::JitOptions::default(),
        jit_stats: None,
    };
    let mut action = None;
    while action.is_none()
        && let Some(arg) = args.next()
    {
        action = if arg == "dump" {
            Some(parse_dump(&mut options, &mut args)?)
        } else if arg == "--" {
            let path = args.next().ok_or("a file must follow --")?;
            Some(file(path)?)
        } else if arg == "-" {
            Some(Action::Stdin)
        } else if arg.as_encoded_bytes().starts_with(b"-") {
            parse_option(&mut options, &arg, &mut args)?
        } else {
            Some(file(arg)?)
        };
    }
    options.script_args = args.collect();
    options.action = match action {
        Some(action) => action,
        None if std::io::stdin().is_terminal() => Action::Repl,
        None => Action::Stdin,
    };
    Ok(options)
}

fn file(path: OsString) -> Result<Action, String> {
    if path.is_empty() {
        Err("the name of the file is empty".to_string())
    } else {
        Ok(Action::File(path.into()))
    }
}

/// Reads an option and its value, which may follow a `=` or be the next argument. Some options say what is to be done.
fn parse_option(
    options: &mut Options,
    arg: &OsStr,
    args: &mut impl Iterator<Item = OsString>,
) -> Result<Option<Action>, String> {
    let text = arg.to_string_lossy();
    let (name, mut inline) = match text.split_once('=') {
        Some((name, value)) if name.starts_with("--") => (name, Some(value.to_string())),
        _ => (&*text, None),
    };
    match name {
        "--jit-stats" => {
            options.jit_stats = Some(parse_format(name, inline.as_deref())?);
            options.jit.times_passes = true;
            return Ok(None);
        }
        "--jit-log" => {
            options.jit.log = Some(match parse_format(name, inline.as_deref())? {
                Format::Text => gscript::JitLog::Text,
                Format::Json => gscript::JitLog::Json,
            });
            return Ok(None);
        }
        _ => {}
    }
    let mut value =
        |what: &str| match inline.take().or_else(|| Some(args.next()?.to_string_lossy().into_owned())) {
            Some(v) => Ok(v),
            None => Err(format!("{name} needs {what}")),
        };
    match name {
        "--heap-limit" => options.heap_limit_bytes = parse_size(&value("a size")?)?,
        "--young" => options.young_bytes = parse_size(&value("a size")?)?,
        "--workers" => {
            let text = value("a number")?;
            let n = text.parse().ok().filter(|n| (1..=gscript::WORKERS_MAX).contains(n));
            options.workers =
                n.ok_or_else(|| format!("--workers is 1 to {}, not '{text}'", gscript::WORKERS_MAX))?;
        }
        "--go-stress" => match value("a mode")?.as_str() {
            "delays" => options.has_delays = true,
            other => return Err(format!("no stress mode '{other}' of goroutines (there is delays)")),
        },
        "--deadline" => options.deadline = Some(parse_time(&value("a time")?)?),
        "--stress" => {
            options.stress = match value("a mode")?.as_str() {
                "gc" => gscript::Stress::Safepoints,
                "alloc" => gscript::Stress::Allocations(1),
                "slow" => gscript::Stress::SlowPaths,
                other => return Err(format!("no stress mode '{other}' (there are gc, alloc, slow)")),
            }
        }
        "--jit" => {
            options.jit.tiers = match value("off, quick or method")?.as_str() {
                "off" => gscript::Tiers::Off,
                "quick" => gscript::Tiers::Quick,
                "method" => gscript::Tiers::Method,
                other => return Err(format!("--jit is off, quick or method, not '{other}'")),
            }
        }
        "--jit-threshold" => {
            let text = value("a number")?;
            let n = text.parse().ok().filter(|n| *n > 0);
            options.jit.threshold = Some(n.ok_or_else(|| format!("'{text}' is no number of calls"))?);
        }
        "--jit-threads" => {
            options.jit.threads = match value("0 or 1")?.as_str() {
                "0" => Some(0),
                "1" => Some(1),
                other => return Err(format!("--jit-threads is 0 or 1, not '{other}'")),
            }
        }
        "--jit-stress" => match value("a mode")?.as_str() {
            "exits" => options.jit.every_guard_fails = true,
            other => return Err(format!("no stress mode '{other}' of the compiler (there is exits)")),
        },
        "--color" => {
            options.color = match value("auto, always or never")?.as_str() {
                "auto" => std::io::stderr().is_terminal(),
                "always" => true,
                "never" => false,
                other => return Err(format!("--color is auto, always or never, not '{other}'")),
            }
        }
        "-e" => {
            let code = args.next().ok_or("-e needs a program text")?;
            return Ok(Some(Action::Code(code)));
        }
        _ if name.starts_with("-e") => {
            return Err("a space belongs between -e and the program text".to_string());
        }
        _ if inline.is_some() && NAMES.contains(&name) => return Err(format!("{name} takes no value")),
        "--race" => options.race = true,
        "--gc-stats" => options.gc_stats = true,
        "-h" | "--help" => return Ok(Some(Action::Help)),
        "-V" | "--version" => return Ok(Some(Action::Version)),
        _ => return Err(unknown("no option", name, NAMES)),
    }
    Ok(None)
}

fn parse_format(name: &str, text: Option<&str>) -> Result<Format, String> {
    match text {
        None | Some("text") => Ok(Format::Text),
        Some("json") => Ok(Format::Json),
        Some(other) => Err(format!("{name} is text or json, not '{other}'")),
    }
}

fn unknown(what: &str, name: &str, names: &[&'static str]) -> String {
    match closest(name, names.iter().copied()) {
        Some(meant) => format!("{what} '{name}'; did you mean '{meant}'?"),
        None => format!("{what} '{name}'"),
    }
}

fn parse_dump(options: &mut Options, args: &mut impl Iterator<Item = OsString>) -> Result<Action, String> {
    let (mut form, mut path) = (None, None);
    let mut is_option_allowed = true;
    for arg in args {
        let text = arg.to_string_lossy();
        if is_option_allowed && text.starts_with('-') && text != "-" {
            let wanted = match &*text {
                "--tokens" => DumpForm::Tokens,
                "--ast" => DumpForm::Ast,
                "--bytecode" => DumpForm::Bytecode,
                "--ir" => DumpForm::Ir,
                "--asm" => DumpForm::Asm,
                "--" => {
                    is_option_allowed = false;
                    continue;
                }
                _ if text.starts_with("--ir=") => {
                    options.jit.ir_after = Some(text["--ir=".len()..].to_string());
                    DumpForm::Ir
                }
                "-h" | "--help" => return Ok(Action::Help),
                _ => return Err(unknown("dump has no option", &text, DUMP_NAMES)),
            };
            form = Some(match (form, wanted) {
                (None, wanted) => wanted,
                (Some(earlier), wanted) if earlier == wanted => wanted,
                (Some(DumpForm::Ir | DumpForm::Asm | DumpForm::IrAndAsm), DumpForm::Ir | DumpForm::Asm) => {
                    DumpForm::IrAndAsm
                }
                _ => return Err("dump shows one form at a time, or --ir with --asm".to_string()),
            });
        } else if path.replace(PathBuf::from(arg)).is_some() {
            return Err("dump takes one file".to_string());
        }
    }
    match path {
        Some(path) => Ok(Action::Dump { form: form.unwrap_or(DumpForm::Bytecode), path }),
        None => Err("dump needs a file".to_string()),
    }
}

fn parse_size(text: &str) -> Result<usize, String> {
    let bad = || format!("'{text}' is no size (for example 1000000, 512K, 64M, 2G)");
    let (digits, factor) = match text.char_indices().last() {
        Some((at, 'k' | 'K')) => (&text[..at], 1 << 10),
        Some((at, 'm' | 'M')) => (&text[..at], 1 << 20),
        Some((at, 'g' | 'G')) => (&text[..at], 1 << 30),
        _ => (text, 1),
    };
    let n: usize = digits.parse().map_err(|_| bad())?;
    n.checked_mul(factor).filter(|n| *n > 0).ok_or_else(bad)
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let bad = || format!("'{text}' is no time (for example 2, 1.5s, 500ms, 3m)");
    let (digits, factor) = match text {
        _ if text.ends_with("ms") => (&text[..text.len() - 2], 0.001),
        _ if text.ends_with('s') => (&text[..text.len() - 1], 1.0),
        _ if text.ends_with('m') => (&text[..text.len() - 1], 60.0),
        _ => (text, 1.0),
    };
    let n: f64 = digits.parse().map_err(|_| bad())?;
    Duration::try_from_secs_f64(n * factor).ok().filter(|time| !time.is_zero()).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> Result<Options, String> {
        parse(args.iter().map(OsString::from))
    }

    #[test]
    fn everything_after_the_program_belongs_to_it() {
        let o = parsed(&["--heap-limit=2M", "a.gs", "-e", "--help"]).unwrap();
        assert_eq!(o.action, Action::File("a.gs".into()));
        assert_eq!(o.script_args, ["-e", "--help"]);
        assert_eq!(o.heap_limit_bytes, 2 << 20);
        let o = parsed(&["-e", "print(1)", "x"]).unwrap();
        assert_eq!(o.action, Action::Code("print(1)".into()));
        assert_eq!(o.script_args, ["x"]);
        assert_eq!(parsed(&["--", "-x.gs"]).unwrap().action, Action::File("-x.gs".into()));
    }

    #[test]
    fn wrong_use_is_told() {
        assert_eq!(parsed(&["--nope"]).unwrap_err(), "no option '--nope'");
        assert_eq!(parsed(&["--verson"]).unwrap_err(), "no option '--verson'; did you mean '--version'?");
        assert_eq!(parsed(&["--version=3"]).unwrap_err(), "--version takes no value");
        assert_eq!(parsed(&["-eprint(1)"]).unwrap_err(), "a space belongs between -e and the program text");
        assert_eq!(parsed(&[""]).unwrap_err(), "the name of the file is empty");
        assert_eq!(parsed(&["-e"]).unwrap_err(), "-e needs a program text");
        assert!(parsed(&["--heap-limit", "much"]).unwrap_err().contains("is no size"));
        assert!(parsed(&["--deadline", "-1"]).unwrap_err().contains("is no time"));
        assert!(parsed(&["--deadline", "0"]).unwrap_err().contains("is no time"));
        assert_eq!(parsed(&["dump"]).unwrap_err(), "dump needs a file");
        assert_eq!(parsed(&["dump", "a", "b"]).unwrap_err(), "dump takes one file");
        assert_eq!(
            parsed(&["dump", "--ast", "--tokens", "a"]).unwrap_err(),
            "dump shows one form at a time, or --ir with --asm"
        );
        assert_eq!(
            parsed(&["dump", "--token", "a"]).unwrap_err(),
            "dump has no option '--token'; did you mean '--tokens'?"
        );
    }

    #[test]
    fn dump_has_forms() {
        let dump = |form, path: &str| Action::Dump { form, path: path.into() };
        assert_eq!(parsed(&["dump", "a.gs"]).unwrap().action, dump(DumpForm::Bytecode, "a.gs"));
        assert_eq!(parsed(&["dump", "-", "--ast"]).unwrap().action, dump(DumpForm::Ast, "-"));
        assert_eq!(parsed(&["dump", "--tokens", "--", "--x"]).unwrap().action, dump(DumpForm::Tokens, "--x"));
        assert_eq!(
            parsed(&["dump", "--ir", "--asm", "a.gs"]).unwrap().action,
            dump(DumpForm::IrAndAsm, "a.gs")
        );
        assert_eq!(parsed(&["dump", "--help"]).unwrap().action, Action::Help);
        let of_pass = parsed(&["dump", "--ir=licm", "a.gs"]).unwrap();
        assert_eq!(of_pass.action, dump(DumpForm::Ir, "a.gs"));
        assert_eq!(of_pass.jit.ir_after.as_deref(), Some("licm"));
    }

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!(parse_size("64M"), Ok(64 << 20));
        assert!(parse_size("0").is_err());
        assert_eq!(parse_time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_time("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(parse_time("2m"), Ok(Duration::from_secs(120)));
    }
}
