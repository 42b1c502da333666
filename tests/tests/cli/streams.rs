//! Standard streams: what is written arrives, in order and in time; readers that go, disks that are full, closed streams.

use crate::signals::wait;
use crate::watch::Watch;
use crate::{TIMEOUT, command};
use golden::child::{self, End, Job, Outcome};
use std::io::Write;
use std::process::{Command, Stdio};

/// Runs a line of shell in which `$G` is the command.
fn shell(line: &str) -> Outcome {
    let script = format!("G='{}'; {line}", command().display());
    let job = Job {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        dir: std::env::temp_dir(),
        stdin: Vec::new(),
        timeout: TIMEOUT,
    };
    child::run(&job).unwrap()
}

#[track_caller]
fn check(line: &str, stdout: &str) {
    let outcome = shell(line);
    let actual = String::from_utf8_lossy(&outcome.stdout).into_owned();
    assert_eq!(
        (outcome.end, actual, &*outcome.stderr),
        (End::Exit(0), stdout.to_owned(), &b""[..]),
        "{line}"
    );
}

#[test]
fn output_comes_before_the_error() {
    check(
        "$G -e 'io.write(\"no newline\"); error(\"after\")' 2>&1; echo $?",
        "no newlinegscript: after\nstack traceback:\n    -e:1: in main chunk\n1\n",
    );
    check("$G -e 'print(1); io.stderr:write(\"e\\n\"); io.stdout:flush(); print(2)' 2>/dev/null", "1\n2\n");
}

#[test]
fn output_is_there_at_the_end_however_it_comes() {
    check("$G -e 'io.write(\"x\"); os.exit(0)'", "x");
    check("$G -e 'io.write(\"x\"); os.exit(3)'; echo $?", "x3\n");
    check(
        "$G -e 'c := make(chan); go func() { print(\"there\"); c <- 1; os.exit(4) }(); <-c; for {}'; echo $?",
        "there\n4\n",
    );
    check(
        "$G -e 'go func() { print(\"there\"); error(\"e\") }(); for { time.sleep(1) }' 2>/dev/null; echo $?",
        "there\n1\n",
    );
}

#[test]
fn files_left_open_are_written() {
    check(
        "f=$(mktemp); $G -e 'f := io.open(..., \"w\"); f:write(\"kept\"); os.exit(0)' \"$f\"; cat \"$f\"; rm \"$f\"",
        "kept",
    );
}

#[test]
fn a_reader_that_goes_ends_the_command_quietly() {
    check("$G -e 'for i := range 10000000 { print(i) }' | head -n 1", "0\n");
    // The fifo tells the writer that the reader has gone, so that no write is in time.
    let outcome = shell(
        "d=$(mktemp -d); mkfifo \"$d/gone\"; \
         { cat \"$d/gone\"; \
           $G -e 'for { print(1) }'; echo $? >&2; \
           $G -e 'print(1)'; echo $? >&2; \
           $G --help; echo $? >&2; \
           $G --version; echo $? >&2; \
           echo 'x := 1' | $G dump -; echo $? >&2; \
         } | { exec 0<&-; : > \"$d/gone\"; }; \
         rm -r \"$d\"",
    );
    let statuses = String::from_utf8(outcome.stderr).unwrap();
    assert_eq!((outcome.end, &*statuses), (End::Exit(0), "141\n141\n141\n141\n141\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = "gscript: write stdout: no space left on device\n1\n";
    check("$G -e 'print(1)' 2>&1 >/dev/full; echo $?", full);
    check("$G -e 'io.write(\"x\"); os.exit(0)' 2>&1 >/dev/full; echo $?", full);
    check("$G --help 2>&1 >/dev/full; echo $?", full);
    check("$G --version 2>&1 >/dev/full; echo $?", full);
    check("echo 'x := 1' | $G dump - 2>&1 >/dev/full; echo $?", full);
    check(
        "$G -e 'for { print(1) }' 2>&1 >/dev/full | head -n 1",
        "gscript: -e:1: write stdout: no space left on device\n",
    );
    // Nobody can be told of these.
    check("$G -e 'error(1)' 2>/dev/full; echo $?", "1\n");
    check("$G -e 'x :=' 2>/dev/full; echo $?", "1\n");
    check("$G --nope 2>/dev/full; echo $?", "2\n");
}

#[test]
fn closed_streams_are_empty() {
    check("$G -e 'print(1)' >&-; echo $?", "0\n");
    check("$G -e 'error(1)' 2>&-; echo $?", "1\n");
    check("$G - <&-; echo $?", "0\n");
    check("$G <&-; echo $?", "0\n");
    check("$G -e 'print(io.read())' <&-", "nil\n");
}

#[test]
fn a_question_is_seen_before_the_answer_is_read() {
    let mut child = Command::new(command())
        .args(["-e", "io.write(\"name? \"); name := io.read(); print(\"hello \" .. name)"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = Watch::new(child.stdout.take().unwrap());
    out.expect("name? ");
    child.stdin.take().unwrap().write_all(b"you\n").unwrap();
    assert_eq!(out.rest(), "hello you\n");
    assert!(wait(&mut child).success());
}

#[test]
fn the_program_and_its_input_share_a_stream() {
    check(
        "printf 'a\\nb\\n' | $G -e 'for l := range io.lines() { print(\"[\" .. l .. \"]\") }'",
        "[a]\n[b]\n",
    );
    check("printf 'print(io.read())' | $G -", "nil\n");
}
