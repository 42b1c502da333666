//! Limits of memory and time, met in every way there is: the program ends with an error, and the process goes on.

use fuzz_targets::sandbox::{Outcome, Sandbox};
use gscript::{Error, JitOptions, Options, Script, Tiers};
use std::time::{Duration, Instant};

const HEAP_BYTES: usize = 24 << 20;

fn run(text: &str, time: Duration) -> Outcome {
    Sandbox::new(HEAP_BYTES, "").run(text.as_bytes(), time)
}

/// Each program takes memory until there is no more.
fn exhausts(programs: &[&str]) {
    for program in programs {
        let text =
            format!("ok, message := pcall(func() {{ {program} }}); collectgarbage(); return ok, message");
        match run(&text, Duration::from_secs(600)) {
            Outcome::Returned(values) => {
                let message = &values[1];
                let is_limit = ["not enough memory", "stack overflow", "too large", "too many"]
                    .iter()
                    .any(|m| message.contains(m));
                assert!(values[0] == "false" && is_limit, "{program}: {values:?}");
            }
            other => panic!("{program}: {other:?}"),
        }
    }
}

#[test]
fn strings_meet_the_limit() {
    exhausts(&[
        "s := \"x\"; for { s = s .. s }",
        "s := \"\"; for { s = s .. \"0123456789012345678901234567890123456789\" .. #s }",
        "t := {}; for i := 1; true; i++ { t[i] = \"k\" .. i }",
        "t := {}; for i := 1; true; i++ { t[i] = (\"x\"):rep(100000) }",
        "(\"x\"):rep(1 << 30)",
        "(\"x\"):padLeft(1 << 30)",
        "t := {}; for i := 1; i <= 1000; i++ { t[i] = (\"x\"):rep(10000) }; for { t[1] = table.concat(t, t[1]) }",
        "s := (\"x\"):rep(10000); for { s = s:gsub(\".\", \"%0%0\") }",
        "s := \"x\"; for { s = string.format(\"%s%s\", s, s) }",
        "s := \"x\"; for { s = s:replaceAll(\"x\", \"xx\") }",
        "s := \"\\0\"; for { s = json.encode({s, s}) }",
        "t := (\"x\"):rep(10 << 20):split(\"\")",
    ]);
}

#[test]
fn tables_meet_the_limit() {
    exhausts(&[
        "t := {}; for i := 1; true; i++ { t[i] = i }",
        "t := {}; for i := 1; true; i++ { t[i] = {i} }",
        "t := {}; for i := 1; true; i++ { t[i] = {a: i, b: {}} }",
        "t := {}; for i := 1; true; i++ { t[\"k\" .. i] = i }",
        "t := {}; for i := 1; true; i++ { t[i * 1.5] = 1.5 }",
        "t := {}; for i := -1; true; i-- { t[i] = {} }",
        "t := {}; for { t[{}] = {} }",
        "t := {}; for { table.insert(t, 1, {}) ; if #t > 2000 { t = {t} } }",
        "t := {1}; for { t = table.flatten({t, t}) }",
        "t := {}; for i := 1; true; i++ { t[i] = i + (1 << 62) }",
        "t := {}; for { t = setmetatable({}, {__index: t}) }",
        "t := {unpack({}, 1, 1 << 24)}; t = {t, unpack({}, 1, 1 << 24)}",
        "json.decode((\"[1,2,3,\"):rep(200) .. (\"1,\"):rep(4000000))
         t := {}; for i := 1; true; i++ { t[i] = json.decode(\"[[],[],[]]\") }",
    ]);
}

#[test]
fn functions_and_fibers_meet_the_limit() {
    exhausts(&[
        "f := nil; for { g := f; f = func() { return g } }",
        "t := {}; for i := 1; true; i++ { t[i] = load(\"return \" .. i .. \" + x\" .. i % 100) }",
        "t := {}; for i := 1; true; i++ { t[i] = coroutine.create(func() { coroutine.yield({}) }); coroutine.resume(t[i]) }",
        "t := {}; for i := 1; true; i++ { t[i] = make(chan, 100); for j := range 100 { t[i] <- {} } }",
        "c := make(chan, 1 << 40); for { c <- {} }",
        "func f(...) { t := {...}; return f(t, ...) }; f()",
        "func f(...) { return f(1, 2, 3, 4, 5, 6, 7, 8, ...) }; f()",
        "func f(...) { return f(..., unpack({}, 1, 10000)) }; f()",
        "func f(n) { defer f(n + 1); t := {}; for i := range 100 { t[i] = {} } }; f(1)",
        "m := {}; for i := 1; true; i++ { m[i] = sync.mutex() }",
    ]);
}

/// Each program would go on for ever.
fn is_stopped(programs: &[&str]) {
    let time = Duration::from_millis(50);
    for program in programs {
        let start = Instant::now();
        let outcome = run(program, time);
        assert!(
            matches!(&outcome, Outcome::Raised(message) if message.contains("deadline exceeded")),
            "{program}: {outcome:?}"
        );
        assert!(start.elapsed() < Duration::from_secs(600), "{program}: {:?}", start.elapsed());
    }
}

#[test]
fn loops_are_stopped() {
    is_stopped(&[
        "for { }",
        "for true { continue }",
        "for i := 0; i >= 0; i += 0 { }",
        "for i := range math.maxinteger { }",
        "for x := range func() { return 1 } { }",
        "func f() { return f }; for { f() }",
        "func f() { for { pcall(f2) } }; func f2() { for { } }; f()",
        "for { pcall(func() { for { } }) }",
        "for { xpcall(func() { for { } }, func() { for { } }) }",
        "func f() { defer func() { for { } }() ; for { } }; f()",
        "func f() { pcall(f); pcall(f) }; f()",
        "func f() { pcall(coroutine.wrap(f)); pcall(coroutine.wrap(f)) }; f()",
        "func f(a, b) { pcall(table.sort, {1, 2}, f); pcall(table.sort, {1, 2}, f) }; f()",
        "t := setmetatable({}, {}); getmetatable(t).__add = func(a, b) { pcall(func() { return t + 1 }); pcall(func() { return t + 1 }) }; return t + 1",
        "co := coroutine.wrap(func() { for { coroutine.yield() } }); for { co() }",
        "co := coroutine.create(func() { for { } }); coroutine.resume(co); for { }",
        "t := setmetatable({}, {}); getmetatable(t).__index = func() { for { } }; return t.x",
        "return tostring(setmetatable({}, {__tostring: func() { for { } }}))",
    ]);
}

/// The same for programs that are compiled at once, in functions.
fn is_stopped_compiled(programs: &[&str]) {
    let ways = [(Tiers::Method, 2, false), (Tiers::Method, 2, true), (Tiers::Quick, 1, false)];
    for (program, (tiers, threshold, every_guard_fails)) in
        programs.iter().flat_map(|program| ways.map(|way| (program, way)))
    {
        let jit =
            JitOptions { tiers, threshold: Some(threshold), every_guard_fails, ..JitOptions::default() };
        let options = Options { heap_limit_bytes: HEAP_BYTES, jit, ..Options::default() };
        let mut script = Script::new(options).expect("an engine");
        let start = Instant::now();
        script.interrupt_handle().set_deadline(Some(start + Duration::from_millis(20)));
        let outcome = script.run(format!("func main() {{ {program} }}\nmain()").as_bytes(), "t", &[]);
        assert!(
            matches!(&outcome, Err(Error::Uncaught { message, .. }) if message.contains("deadline exceeded")),
            "{program}: {outcome:?}"
        );
        assert!(start.elapsed() < Duration::from_secs(200), "{program}: {:?}", start.elapsed());
    }
}

#[test]
fn compiled_loops_are_stopped() {
    is_stopped_compiled(&[
        "i := 0; for i < 1 { i += 0 }",
        "for i := 0; i >= 0; i = (i + 1) & 0xff { }",
        "x := 0; for i := 0; i < 1 << 60; i++ { x = x + i }",
        "for x := 0.5; x < 1e300; x += 1.5 { }",
        "for { for i := 0; i < 3; i++ { for j := 0; j < 3; j++ { } } }",
        "for { for i := range 100 { } }",
        "t := {1, 2, 3}; for { for k, v := range t { } }",
        "t := {a: 1}; for { t.a = t.a + 1 }",
        "t := {1}; for i := 1; true; i++ { t[1] = t[1] + i }",
        "f := func(x) { return x + 1 }; n := 0; for { n = f(n) }",
        "for { pcall(func() { for i := range 10 { if i == 5 { error({}) } } }) }",
        "for { ok, e := pcall(func() { for { } }) }",
        "s := \"abcdef\"; n := 0; for i := 1; true; i++ { n += s:byte(i % 6 + 1) }",
        "m := setmetatable({}, {__index: func(t, k) { return 1 }}); n := 0; for { n += m.x }",
        "o: for { for { continue o } }",
        "for i := 10; i > 0; i-- { i++ }",
        "n := 0; for { switch n { case 0: n = 1; case 1: n = 0 } }",
        "for { x := {1, 2}; y := {x}; z := y[1][2] }",
        "x, y := 0, 1; for { x, y = y, x }",
        "n := 0; for i := 0; i < 1 << 40; i++ { for j := i; j < i + 2; j++ { n = n + j } }",
        "va := func(...) { return #... }; n := 0; for { n += va(1, 2, 3) }",
        "func() { defer func() { for { } }() ; error(\"x\") }()",
    ]);
}

/// Calls are safepoints too: no loop turns here.
#[test]
fn compiled_recursion_is_stopped() {
    is_stopped_compiled(&[
        "f := nil; f = func(n) { if n < 2 { return n }; return f(n - 1) + f(n - 2) }; f(90)",
        "f := nil; f = func(n) { if n > 0 { f(n - 1); f(n - 1) } }; f(100)",
        "a, b := nil, nil; a = func(n) { if n > 0 { b(n - 1); b(n - 1) } }; b = func(n) { if n > 0 { a(n - 1); a(n - 1) } }; a(99)",
        "o := {}; o.m = func(self, n) { if n > 0 { self:m(n - 1); self:m(n - 1) } }; o:m(100)",
        "f := nil; f = func(n, ...) { if n > 0 { f(n - 1, ...); f(n - 1, n) } }; f(100)",
        "f := nil; f = func(n) { if n > 0 { pcall(f, n - 1); pcall(f, n - 1) } }; f(100)",
        "m := {}; m.__add = func(a, n) { if n > 0 { x := a + (n - 1); x = a + (n - 1) }; return 1 }; x := setmetatable({}, m) + 100",
        "m := {}; m.__index = func(t, n) { if n > 0 { x := t[n - 1]; x = t[n - 1] }; return 1 }; x := setmetatable({}, m)[100]",
        "n := 100; m := {}; m.__lt = func(a, b) { if n > 0 { n--; x := a < b; x = a < b; n++ }; return true }; t := setmetatable({}, m); x := t < t",
        "m := {}; m.__call = func(s, n) { if n > 0 { s(n - 1); s(n - 1) } }; setmetatable({}, m)(100)",
        "f := nil; f = func(n) { if n > 0 { for k := range func(s, c) { f(n - 1); if c != 1 { return 1 } } { } } }; f(100)",
        "f := nil; f = func(n) { if n > 0 { w := coroutine.wrap(f); w(n - 1); coroutine.wrap(f)(n - 1) } }; f(100)",
    ]);
}

#[test]
fn library_calls_are_stopped() {
    is_stopped(&[
        "t := {}; for i := 1; i < 300; i++ { t[i] = i * 7919 % 300 }; for { table.sort(t, func(a, b) { return a > b }) }",
        "table.sort({3, 1, 2}, func() { for { } })",
        "(\"a\"):gsub(\"a\", func() { for { } })",
        "(\"a\"):rep(3000):find((\".-\"):rep(9) .. \"b\")",
        "(\"(\"):rep(300000):find(\"%b()\")",
        "table.remove(setmetatable({}, {__len: func() { return math.maxinteger }}), 1)",
        "t := setmetatable({}, {__index: func(t, i) { return i }}); for i, v := range ipairs(t) { }",
        "for { load(\"return 1\") }",
        "for { collectgarbage() }",
    ]);
}

#[test]
fn goroutines_are_stopped() {
    is_stopped(&[
        "for { go func() { }() }",
        "for i := range 10 { go func() { for { } }() }; for { }",
        "go func() { for { } }(); ch := make(chan); <-ch",
        "ch := make(chan); go func() { for { ch <- 1 } }(); for { <-ch }",
        "ch := make(chan); go func() { for { select { case ch <- 1: default: } } }(); for { select { case <-ch: default: } }",
        "time.sleep(1000)",
        "ch := make(chan); go func() { time.sleep(1000); ch <- 1 }(); <-ch",
        "m := sync.mutex(); go func() { m:lock(); time.sleep(1000) }(); time.sleep(0.01); m:lock()",
        "ch := time.after(1000); <-ch",
    ]);
}

/// Goroutines that end leave room for others, however many there are in all; those that wait for ever take it away.
#[test]
fn goroutines_wait_for_room() {
    let run = |text: &str| Sandbox::new(6 << 20, "").run(text.as_bytes(), Duration::from_secs(200));
    for program in [
        "n := sync.atomic(); for range 20000 { go func() { n:add(1) }() }; for n:load() < 20000 { time.sleep(0) }; return n:load()",
        "n := sync.atomic(); for range 5000 { go func() { for range 3 { time.sleep(0) }; n:add(4) }() }; for n:load() < 20000 { time.sleep(0) }; return n:load()",
        "n := sync.atomic()
         for range 4 { go func() { for range 5000 { go func() { n:add(1) }() } }() }
         for n:load() < 20000 { time.sleep(0) }
         return n:load()",
        "wg := sync.waitgroup(); n := sync.atomic(); for range 20000 { wg:run(func() { n:add(1) }) }; wg:wait(); return n:load()",
    ] {
        let outcome = run(program);
        assert_eq!(outcome, Outcome::Returned(vec!["20000".to_string()]), "{program}");
    }
    for program in [
        "ch := make(chan); for { go func() { <-ch }() }",
        "wg := sync.waitgroup(); for { wg:run(func() { wg:wait() }) }",
        "func f() { go f(); go f(); select { } }; for { f2 := f; go f2(); time.sleep(0) }",
    ] {
        let outcome = run(program);
        assert!(
            matches!(&outcome, Outcome::Raised(message) if message.contains("not enough memory")),
            "{program}: {outcome:?}"
        );
    }
}

#[test]
fn a_stopped_engine_goes_on() {
    let mut sandbox = Sandbox::new(HEAP_BYTES, "");
    for round in 0..5 {
        sandbox.run(b"kept = {}; go func() { for { kept[1] = {} } }(); for { }", Duration::from_millis(20));
        sandbox.run(b"t := {}; for i := 1; true; i++ { t[i] = {} }", Duration::from_secs(200));
        let text = format!("s := 0; for i := range 1000 {{ s += #tostring(i) }}; return s, {round}");
        let values = vec!["2890".to_string(), round.to_string()];
        assert_eq!(sandbox.run(text.as_bytes(), Duration::from_secs(200)), Outcome::Returned(values));
    }
}

/// What the heap holds after a collection.
fn used_mb(sandbox: &mut Sandbox) -> f64 {
    let text = b"collectgarbage(); return collectgarbage(\"count\") / 1024";
    match sandbox.run(text, Duration::from_secs(200)) {
        Outcome::Returned(values) => values[0].parse().unwrap_or(f64::NAN),
        other => panic!("{other:?}"),
    }
}

/// Goroutines that are left where they are when the run ends leave nothing behind, whatever they were doing.
#[test]
fn abandoned_goroutines_leave_nothing() {
    for body in [
        "json.decode(text)",
        "json.encode(list)",
        "table.sort(table.copy(list), func(a, b) { return #a[1] < #b[1] })",
        "text:gsub(\"%a+\", func(word) { return word .. word })",
    ] {
        let prelude = "item := \"[\\\"some text\\\",{\\\"a\\\":[1,2,3]}],\"
            text = \"[\" .. item:rep(20000):sub(1, -2) .. \"]\"; list = json.decode(text)";
        let mut sandbox = Sandbox::new(100 << 20, prelude);
        let program = format!("go func() {{ for {{ {body} }} }}(); time.sleep(0.05)");
        let before = used_mb(&mut sandbox);
        for _ in 0..20 {
            let outcome = sandbox.run(program.as_bytes(), Duration::from_secs(200));
            assert_eq!(outcome, Outcome::Returned(vec![]), "{body}");
        }
        let after = used_mb(&mut sandbox);
        assert!(after - before < 10.0, "{body}: {before} MB, then {after} MB");
    }
}
