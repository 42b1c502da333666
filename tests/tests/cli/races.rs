//! `--race`: what it reports, and above all what it does not.

use super::{Folder, run_in};
use golden::child::End;
use std::ffi::OsString;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Runs the text; gives the exit status and what was written to standard error.
fn race(test: &str, options: &[&str], text: &str) -> (End, String) {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let folder = Folder::new(&format!("race-{test}-{}", RUNS.fetch_add(1, Relaxed))).with("a.gs", text);
    let args = options.iter().chain(&["--race", "a.gs"]).map(OsString::from).collect();
    let outcome = run_in(&folder.0, args, "");
    (outcome.end, String::from_utf8_lossy(&outcome.stderr).into_owned())
}

/// Waits for `os.setenv("DONE", 1)` of another goroutine: the detector sees nothing that orders the two, and yet what is
/// behind it comes later, however slow the machine is.
const AWAIT: &str = "for os.getenv(\"DONE\") == nil { time.sleep(0) }";

/// Checks that the text has races on exactly these things, in this order.
#[track_caller]
fn check_races(test: &str, text: &str, expected: &[&str]) {
    let (end, stderr) = race(test, &[], text);
    let found: Vec<&str> = stderr.lines().filter_map(|line| line.strip_prefix("data race on ")).collect();
    assert_eq!(found, expected, "{stderr}");
    assert_eq!(end, End::Exit(if expected.is_empty() { 0 } else { 66 }), "{stderr}");
}

/// Checks that the text has none, also with collections wherever possible.
#[track_caller]
fn check_none(test: &str, text: &str) {
    check_races(test, text, &[]);
    let (end, stderr) = race(test, &["--stress", "gc"], text);
    assert_eq!((end, &*stderr), (End::Exit(0), ""));
}

#[test]
fn both_places_and_both_goroutines_are_told() {
    let text = format!(
        "n := 0\nfunc f() {{\n    n = n + 1; os.setenv(`DONE`, `1`)\n}}\ngo f()\n{AWAIT}\nprint(n)\n"
    );
    let (end, stderr) = race("places", &[], &text);
    assert_eq!(end, End::Exit(66));
    let expected = "data race on global 'n'
    read: a.gs:7: in main chunk
        by the main goroutine
    earlier write: a.gs:3: in function 'f'
        by goroutine 1, started by a.gs:5: in main chunk
gscript: 1 data race found
";
    assert_eq!(stderr, expected);
}

#[test]
fn races_on_variables_are_found() {
    let text = "func f() { x := 0; done := make(chan, 1); go func() { x = 1; done <- 1 }(); x = 2; <-done; return x }\nf()";
    check_races("captured", text, &["captured variable 'x'"]);
    let nested = format!(
        "func f() {{ x := 0; go func() {{ g := func() {{ x = 1 }}; g(); os.setenv(`DONE`, `1`) }}()\n{AWAIT}; return x }}\nf()"
    );
    check_races("nested", &nested, &["captured variable 'x'"]);
}

#[test]
fn races_on_tables_are_found() {
    let by = |body: &str, main: &str| {
        format!("t := {{x: 1, 5, 6, 7}}\ngo func() {{ {body}; os.setenv(`DONE`, `1`) }}()\n{AWAIT}\n{main}\n")
    };
    check_races("field", &by("t.x = 2", "print(t.x)"), &["field 'x' of global 't'"]);
    check_races("added", &by("t.y = 2", "print(t.y)"), &["field 'y' of global 't'"]);
    check_races("computed", &by("t[\"x\"] = 2", "print(t.x)"), &["field 'x' of global 't'"]);
    check_races("element", &by("t[2] = 2", "i := 2; print(t[i])"), &["element 2 of global 't'"]);
    check_races("length", &by("t[4] = 2", "print(#t)"), &["the length of global 't'"]);
    check_races("keys", &by("t.y = 2", "for k := range t { }"), &["the keys of a table"]);
    check_races("value", &by("t[3] = 2", "for k := range t { }"), &["element 3 of a table"]);
    check_races("sorted", &by("table.sort(t)", "print(t[1])"), &["element 1 of global 't'"]);
    check_races("joined", &by("t[1] = 2", "print(table.concat(t))"), &["a table, by table.concat"]);
    let insert = by("table.insert(t, 1)", "pcall(table.insert, t, 2)");
    check_races("insert", &insert, &["a table, by table.insert"]);
    check_races("raw", &by("rawset(t, 1, 1)", "rawget(t, 1)"), &["element 1 of a table"]);
    check_races("metatable", &by("setmetatable(t, {})", "print(t.y)"), &["the metatable of global 't'"]);
    let inherited = format!(
        "t := setmetatable({{}}, {{__index: {{x: 1}}}}); up := getmetatable(t).__index\n\
         go func() {{ up.x = 2; os.setenv(`DONE`, `1`) }}()\n{AWAIT}\nprint(t.x)"
    );
    check_races("inherited", &inherited, &["field 'x' of global 't'"]);
}

#[test]
fn what_is_ordered_is_no_race() {
    check_none("go", "x := 1; done := make(chan); go func() { x++; done <- x }(); <-done; x++");
    check_none("closed", "x := 1; c := make(chan); go func() { x++; close(c) }(); <-c; x++");
    check_none("receive", "x := 1; c := make(chan); go func() { x++; <-c }(); c <- 1; x++; print(x)");
    check_none(
        "places",
        "x := 0; c := make(chan, 2); go func() { for i := 1; i <= 8; i++ { x = i; <-c } }()\n\
         for i := range 10 { c <- i }; print(x)",
    );
    check_none(
        "semaphore",
        "x := 0; c := make(chan, 1); wg := sync.waitgroup()\n\
         for i := range 20 { wg:run(func() { c <- i; x++; time.sleep(0); <-c }) }; wg:wait(); print(x)",
    );
    check_none(
        "handed over",
        "c := make(chan, 3); done := make(chan)\n\
         go func() { sum := 0; for t := range c { t.n++; sum += t.n }; done <- sum }()\n\
         for i := range 50 { t := {n: i}; t.m = i; c <- t }; close(c); print(<-done)",
    );
    check_none(
        "select",
        "a, b, x := make(chan), make(chan), 0\n\
         go func() { x = 1; select { case a <- 1: print(1)\ncase b <- 1: print(2) } }()\n\
         select { case <-a: x++\ncase <-b: x++ }\nprint(x)",
    );
}

#[test]
fn what_sync_orders_is_no_race() {
    check_none(
        "mutex",
        "t, mu, wg := {}, sync.mutex(), sync.waitgroup()\n\
         for i := range 20 { wg:run(func() { mu:lock(); time.sleep(0); t[#t + 1] = i; mu:unlock()\n\
         mu:with(func() { table.insert(t, i) }); if mu:tryLock() { t.x = i; mu:unlock() } }) }; wg:wait(); print(#t)",
    );
    check_none(
        "waitgroup",
        "t, wg := {}, sync.waitgroup()\n\
         for i := 1; i <= 9; i++ { wg:add(); go func() { t[i] = i; wg:done() }() }; wg:wait(); print(#t)",
    );
    check_none(
        "once",
        "conf, once, wg := nil, sync.once(), sync.waitgroup()\n\
         for i := range 9 { wg:run(func() { once:do(func() { time.sleep(0); conf = {n: 1} }); print(conf.n) }) }; wg:wait()",
    );
    check_none(
        "atomic",
        "x, flag, left := 0, sync.atomic(), sync.atomic(5)\n\
         go func() { x = 1; flag:store(1) }(); for flag:load() == 0 { time.sleep(0) }; print(x)\n\
         t, done := {}, make(chan)\n\
         for i := 1; i <= 5; i++ { go func() { t[i] = i; if left:add(-1) == 0 { print(#t); close(done) } }() }; <-done",
    );
    check_none(
        "context",
        "x, ctx := 0, sync.context()\n\
         go func() { x = 1; ctx:cancel() }(); <-(ctx:done()); x++\n\
         ctx = sync.context(); go func(c) { x = 2; c:cancel() }(ctx); for ctx:err() == nil { time.sleep(0) }; print(x)",
    );
}

#[test]
fn goroutines_that_come_one_after_the_other_are_told_apart() {
    // Their slots are used again only where all that they did is known.
    check_races(
        "apart",
        "x := 0\nfor i := range 5 {\n\
         go func() { x = i; os.setenv(`DONE`, i) }(); for os.getenv(`DONE`) != tostring(i) { time.sleep(0) }\n}",
        &["global 'x'"],
    );
    check_none(
        "again",
        "x, c := 0, make(chan)\nfor i := range 500 { go func() { x += i; c <- 1 }(); <-c }; print(x)",
    );
}

#[test]
fn memory_that_is_used_again_has_no_past() {
    let text = "for round := range 50 { c := make(chan)\n\
        for i := range 20 { go func() { t := {i}; t.x = i; t[1] = t.x; f := func() { t.x++; i++ }; f(); c <- t.x }() }\n\
        for i := range 20 { <-c }; collectgarbage() }";
    check_none("again", text);
}

#[test]
fn an_error_has_its_own_status_and_reports_are_bounded() {
    let error = format!("x := 0; go func() {{ x = 1; os.setenv(`DONE`, `1`) }}(); {AWAIT}; error(x)");
    let (end, stderr) = race("error", &[], &error);
    assert_eq!(end, End::Exit(1));
    assert!(stderr.contains("data race on global 'x'") && stderr.contains("1 data race found"), "{stderr}");
    let many: String = (0..150).map(|i| format!("t[{i}] = 1\n")).collect();
    let text = format!("t := {{}}\nfunc f() {{\n{many}os.setenv(`DONE`, `1`)\n}}\ngo f()\n{AWAIT}\nf()");
    let (_, stderr) = race("many", &[], &text);
    assert_eq!(stderr.matches("data race on").count(), 100);
    assert!(stderr.contains("further races are not reported"), "{stderr}");
}
