//! Runs with several workers, as a host sees them: what a run leaves behind, how it ends, many engines at once.
#![cfg(not(miri))]

use gscript::{Error, JitOptions, Options, Script};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// Far longer than anything here takes; a hang is a failure.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs `work` on a thread of its own, and fails where that hangs.
fn within_patience(work: impl FnOnce() + Send + 'static) {
    let (tell, told) = mpsc::channel();
    let thread = thread::spawn(move || {
        work();
        let _ = tell.send(());
    });
    if let Err(mpsc::RecvTimeoutError::Timeout) = told.recv_timeout(PATIENCE) {
        panic!("it hangs");
    }
    thread.join().expect("the work succeeds");
}

fn script(workers: usize) -> Script {
    let jit = JitOptions { threshold: Some(2), ..JitOptions::default() };
    Script::new(Options { workers, jit, ..Options::default() }).expect("there is memory")
}

fn message(outcome: Result<Vec<String>, Error>) -> String {
    match outcome {
        Err(Error::Uncaught { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_ends_while_other_goroutines_wait() {
    within_patience(|| {
        // Both workers wake up for the timer; the one that has nothing to do then must hear of the end.
        let mut script = script(2);
        for _ in 0..400 {
            let text = b"c := make(chan); go func(x) { <-c }(c); time.sleep(0.001); return 1";
            assert_eq!(script.run(text, "waits", &[]).expect("it runs"), ["1"]);
        }
    });
}

#[test]
fn a_deadline_belongs_to_one_run() {
    within_patience(|| {
        let mut script = script(2);
        let handle = script.interrupt_handle();
        for i in 0..300 {
            // About when the run ends.
            handle.set_deadline(Some(Instant::now() + Duration::from_micros(900 + i % 20 * 20)));
            let _ = script.run(b"go func() { for { } }(); time.sleep(0.001)", "short", &[]);
            let text = b"x := 0; for i := range 20000 { x += i }; return x";
            assert_eq!(script.run(text, "next", &[]).expect("it has no deadline"), ["199990000"]);
        }
    });
}

#[test]
fn many_engines_with_workers_run_side_by_side_and_end_in_all_ways() {
    const BUSY: &str = "
        for k := range 3 { go func(n) { x := 0; for { x += n } }(k) }
        for k := range 3 { go func() { for { t := {}; for i := range 50 { t[i] = {i} } } }() }
        c := make(chan)
        for k := range 3 { go func() { <-c }() }
        co := coroutine.wrap(func() { for { coroutine.yield(1) } })
        for k := range 2 { go func() { for { pcall(co) } }() }
        ";
    let run = |seed: u64| {
        let mut script = script(2 + seed as usize % 3);
        for round in 0..6 {
            let with = |end: &str| format!("{BUSY}{end}").into_bytes();
            match (seed + round) % 6 {
                0 => assert_eq!(script.run(&with("return 5"), "main", &[]).expect("it runs"), ["5"]),
                1 => {
                    let text = with("go func() { error(\"boom\", 0) }(); select {}");
                    assert_eq!(message(script.run(&text, "error", &[])), "boom");
                }
                2 => {
                    let text = with("go func() { os.exit(9) }(); for { }");
                    assert!(matches!(script.run(&text, "exit", &[]), Err(Error::Exit(9))));
                }
                3 => {
                    let handle = script.interrupt_handle();
                    handle.set_deadline(Some(Instant::now() + Duration::from_millis(5)));
                    let text = with("for { pcall(func() { select {} }) }");
                    assert!(message(script.run(&text, "deadline", &[])).ends_with("deadline exceeded"));
                }
                4 => {
                    let handle = script.interrupt_handle();
                    let other = thread::spawn(move || {
                        thread::sleep(Duration::from_millis(3));
                        handle.interrupt();
                    });
                    let text = with("for { pcall(func() { for { } }) }");
                    assert!(message(script.run(&text, "interrupt", &[])).ends_with("interrupted"));
                    other.join().expect("it only sleeps");
                    script.interrupt_handle().clear();
                }
                _ => {
                    let text = b"c := make(chan); go func() { pcall(func() { <-c }) }(); <-c";
                    assert!(message(script.run(text, "deadlock", &[])).contains("deadlock"));
                }
            }
        }
        // Dropped by another thread than the one that it ran on.
        script
    };
    within_patience(move || {
        for batch in 0..3 {
            let threads: Vec<_> = (0..8).map(|i| thread::spawn(move || run(batch * 8 + i))).collect();
            for thread in threads {
                drop(thread.join().expect("all runs end as they should"));
            }
        }
    });
}
