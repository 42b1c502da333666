//! The interactive mode, on a pseudo-terminal, key by key.

use crate::signals::wait;
use crate::watch::Watch;
use crate::{Folder, command};
use pty_process::blocking::{Command, Pty, open};
use std::fs::File;
use std::io::Write;
use std::os::fd::AsFd;
use std::process::Child;

const INTERRUPT: &str = "\x03";
const END: &str = "\x04";
const UP: &str = "\x1b[A";

/// A person at a terminal. The history lies in a folder that several sessions may share.
struct Person {
    child: Child,
    pty: Pty,
    screen: Watch,
}

impl Person {
    fn starts(home: &Folder, args: &[&str]) -> Person {
        let (pty, pts) = open().unwrap();
        pty.resize(pty_process::Size::new(24, 80)).unwrap();
        let child = Command::new(command())
            .args(args)
            .env("TERM", "xterm")
            .env("XDG_STATE_HOME", &home.0)
            .current_dir(&home.0)
            .spawn(pts)
            .unwrap();
        let screen = Watch::new(File::from(pty.as_fd().try_clone_to_owned().unwrap()));
        Person { child, pty, screen }
    }

    fn types(&mut self, keys: &str) {
        self.pty.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the prompt, types a line, and waits for what the command writes below it, if anything.
    #[track_caller]
    fn enters(&mut self, line: &str, answer: &str) {
        self.screen.expect("> ");
        self.types(line);
        self.types("\r");
        self.screen.expect("\n");
        if !answer.is_empty() {
            self.screen.expect(answer);
        }
    }

    /// Waits for the prompt of a text that goes on, and continues it.
    #[track_caller]
    fn continues(&mut self, line: &str, answer: &str) {
        self.screen.expect("... ");
        self.types(line);
        self.types("\r");
        self.screen.expect("\n");
        if !answer.is_empty() {
            self.screen.expect(answer);
        }
    }

    #[track_caller]
    fn leaves(mut self, status: i32) {
        self.screen.expect("> ");
        self.types(END);
        assert_eq!(wait(&mut self.child).code(), Some(status));
    }
}

#[test]
fn values_are_shown_and_globals_stay() {
    let home = Folder::new("values");
    let mut person = Person::starts(&home, &[]);
    person.screen.expect("GScript");
    person.enters("x := 20", "");
    person.enters("x + 1", "21\n");
    person.enters("x, \"and \" .. x", "20\tand 20\n");
    person.enters("nil", "nil\n");
    person.enters("return 7 * 6", "42\n");
    person.enters("setmetatable({}, {__tostring: func() { return \"a \" .. \"thing\" }})", "a thing\n");
    person.enters(
        "setmetatable({}, {__tostring: func() { error(\"un\" .. \"willing\") }})",
        "gscript: unwilling\n",
    );
    person.enters("io.write(\"left \" .. \"open\"); x = 5", "left open\n");
    person.enters("", "");
    person.enters("arg[0], #arg", "stdin\t0\n");
    person.leaves(0);
}

#[test]
fn texts_may_have_several_lines() {
    let home = Folder::new("lines");
    let mut person = Person::starts(&home, &[]);
    person.enters("func double(n) {", "");
    person.continues("    return n * 2", "");
    person.continues("}", "");
    person.enters("double(21)", "42\n");
    person.enters("1 +", "");
    person.continues("2", "3\n");
    person.enters("s := `two", "");
    person.continues("lines`; #s", "9\n");
    // An empty line gives up.
    person.enters("y := (", "");
    person.continues("", "expected an expression near");
    // So does an interrupt.
    person.enters("if x {", "");
    person.screen.expect("... ");
    person.types(INTERRUPT);
    person.enters("40 + 4", "44\n");
    person.leaves(0);
}

#[test]
fn no_error_ends_it() {
    let home = Folder::new("errors");
    let mut person = Person::starts(&home, &[]);
    person.enters("error(\"oo\" .. \"ps\")", "gscript: oops\nstack traceback:\n    stdin:1: in main chunk\n");
    person.enters("nothing.x", "attempt to index a nil value (global 'nothing')");
    person.enters("}", "stdin:1:1: unexpected '}'");
    person.enters("\"abc", "unterminated string");
    person.enters("go func() { error(\"o\" .. \"ther\") }(); for { time.sleep(1) }", "gscript: other\n");
    person.enters("<-make(chan)", "all goroutines are asleep");
    person.enters("func deep() { return 1 + deep() }; deep()", "stack overflow");
    person.enters("6 * 7", "42\n");
    person.leaves(0);
}

#[test]
fn interrupts_stop_what_runs_and_drop_what_is_typed() {
    let home = Folder::new("interrupts");
    let mut person = Person::starts(&home, &[]);
    for endless in ["for {}", "for { pcall(func() { for {} }) }", "time.sleep(1000)", "io.read()"] {
        person.enters(&format!("print(\"run\" .. \"ning\"); {endless}"), "running\n");
        person.types(INTERRUPT);
        person.screen.expect("\ngscript: stdin:1: interrupted\n");
    }
    person.screen.expect("> ");
    person.types("what is typed");
    person.screen.expect("typed");
    person.types(INTERRUPT);
    person.enters("1 + 1", "2\n");
    person.leaves(0);
}

#[test]
fn an_interrupt_from_outside_waits_for_nothing() {
    use rustix::process::{Pid, Signal, kill_process};
    let home = Folder::new("outside");
    let mut person = Person::starts(&home, &[]);
    person.enters("1 + 1", "2\n");
    person.screen.expect("> ");
    kill_process(Pid::from_child(&person.child), Signal::INT).unwrap();
    person.types("\r");
    person.enters("20 + 1", "21\n");
    person.leaves(0);
}

#[test]
fn the_tab_key_completes() {
    let home = Folder::new("tab");
    let mut person = Person::starts(&home, &[]);
    person.enters("strange := {alpha: \"A\", [\"not a name\"]: 1, beta: {gamma: \"G\"}}", "");
    person.enters("stra\t.al\t", "A\n");
    person.enters("strange.beta.g\t", "G\n");
    person.enters("string.upp\t(\"sh\" .. \"out\")", "SHOUT\n");
    person.enters("text := \"sh\"", "");
    person.enters("text:upp\t()", "SH\n");
    person.enters("ret\t 5 + 5", "10\n");
    person.screen.expect("> ");
    person.types("strange.\t\t");
    person.screen.expect("alpha  beta\n> strange.");
    person.types(INTERRUPT);
    person.screen.expect("\n");
    person.enters("\"é\t\" .. 1", "é1\n");
    person.leaves(0);
}

#[test]
fn lines_may_be_typed_ahead_and_pasted() {
    let home = Folder::new("ahead");
    let mut person = Person::starts(&home, &[]);
    person.enters("print(1 + 1)\rprint(2 + 2)\rprint(3 + 3)", "2\n");
    person.screen.expect("4\n");
    person.screen.expect("6\n");
    person.enters("\x1b[200~func f() {\n\treturn 40 + 4\n}\nf()\x1b[201~", "44\n");
    person.leaves(0);
}

#[test]
fn earlier_lines_come_back() {
    let home = Folder::new("history");
    let mut person = Person::starts(&home, &[]);
    person.enters("21 * 2", "42\n");
    person.enters("12 * 12", "144\n");
    person.enters(&format!("{UP}{UP}"), "42\n");
    person.enters("if true {", "");
    person.continues("print(\"three\" .. 3) }", "three3\n");
    person.leaves(0);
    let mut person = Person::starts(&home, &[]);
    person.enters(UP, "three3\n");
    // The first of these goes to the upper line of the text.
    person.enters(&format!("{UP}{UP}{UP}"), "42\n");
    person.leaves(0);
}

#[test]
fn it_ends_as_it_is_told() {
    let home = Folder::new("ends");
    Person::starts(&home, &[]).leaves(0);
    let mut person = Person::starts(&home, &["--gc-stats"]);
    person.enters("os.exit(5)", "gc: live");
    assert_eq!(wait(&mut person.child).code(), Some(5));
}

#[test]
fn programs_read_from_the_terminal() {
    let home = Folder::new("reading");
    let mut person = Person::starts(&home, &[]);
    person.enters("io.write(\"na\" .. \"me? \"); name := io.read()", "name? ");
    person.types("you\r");
    person.enters("\"hello \" .. name", "hello you\n");
    person.leaves(0);
}

#[test]
fn limits_hold_for_every_line() {
    let home = Folder::new("limits");
    let mut person = Person::starts(&home, &["--deadline", "100ms", "--heap-limit", "32M"]);
    for _ in 0..2 {
        person.enters("for {}", "deadline exceeded");
    }
    person.enters("t := {}; for { t[#t + 1] = {} }", "gscript: ");
    person.enters("t = nil", "");
    person.enters("2 + 2", "4\n");
    person.leaves(0);
}

#[test]
fn messages_begin_a_line_of_their_own() {
    let home = Folder::new("messages");
    let mut person = Person::starts(&home, &["-e", "io.write(\"open\"); error(\"after\")"]);
    person.screen.expect("open\ngscript: after\n");
    assert_eq!(wait(&mut person.child).code(), Some(1));
    let mut person = Person::starts(&home, &["-e", "print(\"ready\"); for {}"]);
    person.screen.expect("ready\n");
    person.types(INTERRUPT);
    person.screen.expect("\ngscript: -e:1: interrupted\n");
    assert_eq!(wait(&mut person.child).code(), Some(130));
}
