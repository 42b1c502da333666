//! Interrupts: a running program stops with a traceback, whatever it is doing.

use crate::TIMEOUT;
use crate::command;
use crate::watch::Watch;
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Waits for the end of a process.
#[track_caller]
pub fn wait(child: &mut Child) -> ExitStatus {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("the command does not end");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Runs a text that writes `ready`, interrupts it, and checks that it ends as it should. On a busy machine the interrupt may
/// come before the program is where it is expected, so a program that ended elsewhere gets more time.
#[track_caller]
fn check(code: &str, stderr: &str) {
    let expected = (Some(130), stderr.to_owned());
    for delay in [5, 50, 500] {
        if interrupt_after(code, Duration::from_millis(delay)) == expected {
            return;
        }
    }
    assert_eq!(interrupt_after(code, Duration::from_secs(3)), expected);
}

/// Exit status and errors of a text that is interrupted so long after it has written `ready`.
fn interrupt_after(code: &str, delay: Duration) -> (Option<i32>, String) {
    let code = format!("print(\"ready\"); io.stdout:flush(); {code}");
    let mut child = Command::new(command())
        .args(["-e", &code])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = Watch::new(child.stdout.take().unwrap());
    let mut err = Watch::new(child.stderr.take().unwrap());
    out.expect("ready\n");
    std::thread::sleep(delay);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let status = wait(&mut child);
    (status.code(), err.rest())
}

const IN_MAIN: &str = "gscript: -e:1: interrupted\nstack traceback:\n    -e:1: in main chunk\n";

#[test]
fn a_loop_is_interrupted() {
    check("for {}", IN_MAIN);
}

#[test]
fn nothing_catches_an_interrupt() {
    check("for { pcall(func() { for {} }) }", IN_MAIN);
    check("defer print(\"deferred\"); for {}", IN_MAIN);
}

#[test]
fn the_traceback_tells_where() {
    check(
        "func inner() { for {} }; func outer() { inner() }; outer()",
        "gscript: -e:1: interrupted\nstack traceback:\n    -e:1: in function 'inner'\n    -e:1: in function 'outer'\n    -e:1: in main chunk\n",
    );
}

#[test]
fn waiting_is_interrupted() {
    check("time.sleep(1000)", IN_MAIN);
    check("io.read()", IN_MAIN);
    check("io.read(\"a\")", IN_MAIN);
    check("go func() { for { time.sleep(1) } }(); <-make(chan)", IN_MAIN);
}

#[test]
fn goroutines_and_coroutines_are_interrupted() {
    let in_function = "gscript: -e:1: interrupted\nstack traceback:\n    -e:1: in function <-e:1>\n";
    check(
        "go func() { for {} }(); <-make(chan)",
        &format!("{in_function}    started by -e:1: in main chunk\n"),
    );
    check("coroutine.wrap(func() { for {} })()", &format!("{in_function}    -e:1: in main chunk\n"));
}

#[test]
fn library_calls_are_interrupted() {
    check("(\"a\"):rep(60):find((\"a*\"):rep(60) .. \"b\")", IN_MAIN);
}
