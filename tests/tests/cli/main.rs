//! The command as a person meets it: arguments, input and output, exit statuses, signals, and the interactive mode.
//!
//! Every test runs the command as a process. Nothing waits for a length of time: a test that depends on how far the command
//! has come waits for what it writes (`watch.rs`). What programs print is the business of the golden tests.

#[cfg(unix)]
mod prompt;
mod races;
#[cfg(unix)]
mod signals;
#[cfg(unix)]
mod streams;
#[cfg(unix)]
mod watch;

use golden::child::{self, End, Job, Outcome};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// So long nothing takes, however busy the machine is.
const TIMEOUT: Duration = Duration::from_secs(120);

fn command() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_gscript-under-test"))
}

/// A folder of a test, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("gscript-cli-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path.canonicalize().unwrap())
    }

    fn with(self, name: &str, text: impl AsRef<[u8]>) -> Folder {
        fs::write(self.0.join(name), text).unwrap();
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed stays in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run_in(dir: &Path, args: Vec<OsString>, stdin: &str) -> Outcome {
    let job = Job {
        program: command().to_owned(),
        args,
        dir: dir.to_owned(),
        stdin: stdin.as_bytes().to_vec(),
        timeout: TIMEOUT,
    };
    child::run(&job).unwrap()
}

fn run(args: &[&str]) -> Outcome {
    run_in(&std::env::temp_dir(), args.iter().map(OsString::from).collect(), "")
}

/// Checks all that a command does: exit status, standard output, standard error.
#[track_caller]
fn check_outcome(outcome: &Outcome, status: i32, stdout: &str, stderr: &str) {
    let actual = (
        outcome.end,
        String::from_utf8_lossy(&outcome.stdout).into_owned(),
        String::from_utf8_lossy(&outcome.stderr).into_owned(),
    );
    assert_eq!(actual, (End::Exit(status), stdout.to_owned(), stderr.to_owned()));
}

#[track_caller]
fn check(args: &[&str], status: i32, stdout: &str, stderr: &str) {
    check_outcome(&run(args), status, stdout, stderr);
}

#[track_caller]
fn check_in(folder: &Folder, args: &[&str], status: i32, stdout: &str, stderr: &str) {
    let args = args.iter().map(OsString::from).collect();
    check_outcome(&run_in(&folder.0, args, ""), status, stdout, stderr);
}

/// Checks that the arguments are refused with this message.
#[track_caller]
fn check_wrong_use(args: &[&str], message: &str) {
    check(args, 2, "", &format!("gscript: {message}\nTry 'gscript --help'.\n"));
}

#[test]
fn a_file_gets_its_arguments() {
    let folder = Folder::new("arguments")
        .with("a.gs", "print(arg[0], #arg, ...)\nprint(table.concat(os.args(), \" \"))\n");
    check_in(&folder, &["a.gs", "x", "-e", "--help"], 0, "a.gs\t3\tx\t-e\t--help\na.gs x -e --help\n", "");
    check_in(&folder, &["./a.gs"], 0, "./a.gs\t0\n./a.gs\n", "");
}

#[test]
fn a_text_gets_its_arguments() {
    check(&["-e", "print(arg[0], ...)", "a", "b"], 0, "-e\ta\tb\n", "");
    check(&["-e", ""], 0, "", "");
}

#[test]
fn standard_input_is_a_program() {
    let dir = std::env::temp_dir();
    for args in [vec!["-".into(), "a".into()], vec!["--gc-stats".into(), "-".into(), "a".into()]] {
        let outcome = run_in(&dir, args, "print(arg[0], ...)");
        assert_eq!(outcome.stdout, b"stdin\ta\n");
    }
    check_outcome(
        &run_in(&dir, vec![], "print(1)\nerror(\"e\", 1)\n"),
        1,
        "1\n",
        "gscript: stdin:2: e\nstack traceback:\n    stdin:2: in main chunk\n",
    );
}

#[test]
fn a_file_may_begin_with_a_line_for_the_system() {
    let folder = Folder::new("shebang")
        .with("lf.gs", "#!/usr/bin/env gscript\nprint(1)\n")
        .with("crlf.gs", "#!/usr/bin/env gscript\r\nprint(2)\r\n")
        .with("only.gs", "#!/usr/bin/env gscript")
        .with("lines.gs", "#!/usr/bin/env gscript\nerror(\"here\", 1)\n")
        .with("bom.gs", "\u{feff}print(3)\n")
        .with("empty.gs", "");
    check_in(&folder, &["lf.gs"], 0, "1\n", "");
    check_in(&folder, &["crlf.gs"], 0, "2\n", "");
    check_in(&folder, &["only.gs"], 0, "", "");
    check_in(&folder, &["bom.gs"], 0, "3\n", "");
    check_in(&folder, &["empty.gs"], 0, "", "");
    let stderr = "gscript: lines.gs:2: here\nstack traceback:\n    lines.gs:2: in main chunk\n";
    check_in(&folder, &["lines.gs"], 1, "", stderr);
}

#[test]
fn files_that_cannot_be_read_are_told() {
    let folder = Folder::new("unreadable").with("a.gs", "print(1)");
    check_in(&folder, &["no.gs"], 1, "", "gscript: cannot open no.gs: no such file or directory\n");
    check_in(&folder, &["."], 1, "", "gscript: cannot open .: is a directory\n");
    check_in(&folder, &["dump", "no.gs"], 1, "", "gscript: cannot open no.gs: no such file or directory\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        check_in(&folder, &["a.gs/b"], 1, "", "gscript: cannot open a.gs/b: not a directory\n");
        let path = folder.0.join("a.gs");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        // The superuser may read it nevertheless.
        if fs::read(&path).is_err() {
            check_in(&folder, &["a.gs"], 1, "", "gscript: cannot open a.gs: permission denied\n");
        }
    }
}

#[test]
fn a_file_that_is_no_program_is_told() {
    let folder = Folder::new("binary").with("a.gs", b"\x7fELF\x02\x01\x00\x00\xff\xfe");
    let outcome = run_in(&folder.0, vec!["a.gs".into()], "");
    assert_eq!(outcome.end, End::Exit(1));
    assert!(String::from_utf8(outcome.stderr).unwrap().starts_with("a.gs:1:1: unexpected character near"));
}

#[cfg(target_os = "linux")]
#[test]
fn names_and_arguments_are_bytes() {
    use std::os::unix::ffi::OsStringExt;
    let folder = Folder::new("bytes");
    let name = OsString::from_vec(b"n\xff.gs".to_vec());
    fs::write(
        folder.0.join(&name),
        "print(arg[0]:byte(1, -1)); print((...):byte(1, -1)); print(table.concat(os.args()):byte(-1))",
    )
    .unwrap();
    let outcome = run_in(&folder.0, vec![name, OsString::from_vec(vec![0xfe, 0x80])], "");
    check_outcome(&outcome, 0, "110\t255\t46\t103\t115\n254\t128\n128\n", "");
    let code = OsString::from_vec(b"print(#\"\xff\xfe\")".to_vec());
    check_outcome(&run_in(&folder.0, vec!["-e".into(), code], ""), 0, "2\n", "");
    let option = OsString::from_vec(b"--\xff".to_vec());
    let outcome = run_in(&folder.0, vec![option], "");
    check_outcome(&outcome, 2, "", "gscript: no option '--\u{fffd}'\nTry 'gscript --help'.\n");
}

#[test]
fn a_name_that_begins_with_a_minus_comes_behind_two() {
    let folder = Folder::new("minus").with("-e", "print(\"minus\")");
    check_in(&folder, &["--", "-e"], 0, "minus\n", "");
    check_in(&folder, &["./-e"], 0, "minus\n", "");
}

#[test]
fn modules_are_found_beside_the_file() {
    let folder = Folder::new("modules");
    fs::create_dir(folder.0.join("sub")).unwrap();
    let folder = folder.with("sub/main.gs", "print(require(\"m\"))").with("sub/m.gs", "return \"beside\"");
    check_in(&folder, &["sub/main.gs"], 0, "beside\n", "");
}

#[test]
#[cfg(target_arch = "x86_64")]
fn dump_shows_what_one_function_became() {
    let source = "func f(x) { return x + 1 }\nfunc g(x) { return x - 1 }\n\
                  for i := 0; i < 2000; i++ { f(i); g(i) }";
    let folder = Folder::new("dumped").with("a.gs", source);
    let shown = |options: &[&str]| {
        let arguments = [&["--jit-threads=0", "dump"], options].concat();
        let arguments = arguments.iter().map(OsString::from).collect();
        String::from_utf8(run_in(&folder.0, arguments, "").stdout).unwrap()
    };
    let pieces = |text: &str| text.lines().filter(|l| l.starts_with("; ") && l.contains(" a.gs:")).count();
    let ir = shown(&["--ir", "a.gs:f"]);
    assert!(ir.starts_with("; f a.gs:1\n") && ir.contains("add_i64"), "{ir}");
    assert!(!ir.contains("; g a.gs:2"), "{ir}");
    let both = shown(&["--asm", "--ir", "a.gs:g"]);
    assert!(both.contains("sub") && both.contains(" ret") && both.contains("box_i64"), "{both}");
    assert!(pieces(&shown(&["--ir", "a.gs"])) > pieces(&ir));
    let message = "gscript: no function 'h' of a.gs was compiled: is it there, and hot?\n";
    check_in(&folder, &["dump", "--asm", "a.gs:h"], 1, "", message);
    check_in(
        &folder,
        &["dump", "--ir", "b.gs:h"],
        1,
        "",
        "gscript: cannot open b.gs:h: no such file or directory\n",
    );
}

#[test]
fn help_and_version_are_shown() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for word in ["usage:", "-e CODE", "--heap-limit", "--deadline", "--gc-stats", "dump", "examples:", "130"]
    {
        assert!(help.contains(word), "{word} is missing in\n{help}");
    }
    check(&["-h"], 0, &help, "");
    let version = format!("gscript {}\n", env!("CARGO_PKG_VERSION"));
    check(&["--version"], 0, &version, "");
    check(&["-V"], 0, &version, "");
}

#[test]
fn wrong_use_is_told() {
    check_wrong_use(&["--nope"], "no option '--nope'");
    check_wrong_use(&["--heap-limits=1M"], "no option '--heap-limits'; did you mean '--heap-limit'?");
    check_wrong_use(&["-x", "a.gs"], "no option '-x'");
    check_wrong_use(&["-e"], "-e needs a program text");
    check_wrong_use(&["-eprint(1)"], "a space belongs between -e and the program text");
    check_wrong_use(&["--"], "a file must follow --");
    check_wrong_use(&[""], "the name of the file is empty");
    check_wrong_use(&["--version=3"], "--version takes no value");
    check_wrong_use(&["--heap-limit"], "--heap-limit needs a size");
    let message = "'much' is no size (for example 1000000, 512K, 64M, 2G)";
    check_wrong_use(&["--heap-limit", "much", "a.gs"], message);
    check_wrong_use(&["--deadline=soon", "a.gs"], "'soon' is no time (for example 2, 1.5s, 500ms, 3m)");
    check_wrong_use(&["--color", "red"], "--color is auto, always or never, not 'red'");
    check_wrong_use(&["--go-stress", "what"], "no stress mode 'what' of goroutines (there is delays)");
    check_wrong_use(&["--stress", "what"], "no stress mode 'what' (there are gc, alloc, slow)");
    check_wrong_use(&["dump"], "dump needs a file");
    check_wrong_use(&["dump", "a.gs", "b.gs"], "dump takes one file");
    check_wrong_use(
        &["dump", "--tokens", "--ast", "a.gs"],
        "dump shows one form at a time, or --ir with --asm",
    );
    check_wrong_use(
        &["dump", "--byte-code", "a.gs"],
        "dump has no option '--byte-code'; did you mean '--bytecode'?",
    );
}

#[test]
fn exit_statuses() {
    check(&["-e", "return 5"], 0, "", "");
    check(&["-e", "os.exit()"], 0, "", "");
    check(&["-e", "os.exit(true)"], 0, "", "");
    check(&["-e", "os.exit(false)"], 1, "", "");
    check(&["-e", "os.exit(7)"], 7, "", "");
    check(&["-e", "pcall(os.exit, 3)"], 3, "", "");
    check(&["-e", "coroutine.wrap(func() { os.exit(4) })()"], 4, "", "");
    check(&["-e", "go func() { os.exit(5) }(); for {}"], 5, "", "");
    check(&["-e", "error(\"e\")"], 1, "", "gscript: e\nstack traceback:\n    -e:1: in main chunk\n");
    check(
        &["--color", "never", "-e", "x := "],
        1,
        "",
        "-e:1:6: expected an expression near '<eof>'\n    1 | x := \n      |      ^\n",
    );
}

#[test]
fn errors_of_goroutines_end_the_program() {
    let outcome = run(&["-e", "go func() { error(\"there\", 1) }(); for { time.sleep(1) }"]);
    let stderr = "gscript: -e:1: there\nstack traceback:\n    -e:1: in function <-e:1>\n    started by -e:1: in main chunk\n";
    check_outcome(&outcome, 1, "", stderr);
}

#[test]
fn colours_are_for_terminals() {
    let coloured = run(&["--color=always", "-e", "x := "]);
    assert!(coloured.stderr.contains(&0x1b));
    for args in [&["-e", "x := "][..], &["--color=auto", "-e", "x := "], &["--color", "never", "-e", "x := "]]
    {
        assert!(!run(args).stderr.contains(&0x1b));
    }
}

#[test]
fn limits_hold() {
    let outcome = run(&["--heap-limit", "16M", "-e", "t := {}; for { t[#t + 1] = {} }"]);
    check_outcome(&outcome, 1, "", "gscript: not enough memory\nstack traceback:\n    -e:1: in main chunk\n");
    let deadline = "gscript: -e:1: deadline exceeded\nstack traceback:\n    -e:1: in main chunk\n";
    check(&["--deadline", "50ms", "-e", "print(1); for {}"], 1, "1\n", deadline);
    check(&["--deadline=0.05", "-e", "for { pcall(func() { for {} }) }"], 1, "", deadline);
    check(&["--deadline=50ms", "-e", "time.sleep(1000)"], 1, "", deadline);
    check(&["--deadline=1e19", "-e", "print(1)"], 0, "1\n", "");
}

#[test]
fn the_collector_tells_what_it_did() {
    let outcome = run(&["--gc-stats", "-e", "for i := range 1000000 { t := {i} }; print(1); os.exit(3)"]);
    assert_eq!((outcome.end, &outcome.stdout[..]), (End::Exit(3), &b"1\n"[..]));
    let report = String::from_utf8(outcome.stderr).unwrap();
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines.len(), 3, "{report}");
    assert!(lines[0].starts_with("gc: young ") && !lines[0].starts_with("gc: young 0 "), "{report}");
    assert!(lines[1].starts_with("gc: full ") && lines[1].contains("longest pause"), "{report}");
    assert!(lines[2].starts_with("gc: live ") && lines[2].contains("peak"), "{report}");
}

#[test]
fn stress_changes_nothing_but_the_time() {
    for mode in ["gc", "alloc", "slow"] {
        check(
            &["--stress", mode, "--young", "64K", "-e", "t := {1, \"a\" .. 2}; print(t[2])"],
            0,
            "a2\n",
            "",
        );
    }
}

#[test]
fn dump_shows_the_front_end() {
    let folder = Folder::new("dump").with("a.gs", "x := 1\n").with("bad.gs", "x := \n");
    let tokens = "1:1\tName\tx\n1:3\tColonEq\t:=\n1:6\tNumber\t1\n2:1\tEof\t\n";
    check_in(&folder, &["dump", "--tokens", "a.gs"], 0, tokens, "");
    let shown = |args: &[&str]| {
        let outcome = run_in(&folder.0, args.iter().map(OsString::from).collect(), "x := 1\n");
        assert_eq!((outcome.end, outcome.stderr.len()), (End::Exit(0), 0), "{args:?}");
        String::from_utf8(outcome.stdout).unwrap()
    };
    assert!(shown(&["dump", "--ast", "a.gs"]).contains("x := 1"));
    let bytecode = shown(&["dump", "--bytecode", "a.gs"]);
    assert!(bytecode.starts_with("module \"a.gs\"\n"), "{bytecode}");
    assert_eq!(shown(&["dump", "a.gs"]), bytecode);
    assert_eq!(shown(&["dump", "-"]), bytecode.replace("a.gs", "stdin"));
    let outcome = run_in(&folder.0, vec!["dump".into(), "bad.gs".into()], "");
    assert_eq!(outcome.end, End::Exit(1));
    assert!(
        String::from_utf8(outcome.stderr).unwrap().starts_with("bad.gs:2:1: expected an expression near")
    );
}
