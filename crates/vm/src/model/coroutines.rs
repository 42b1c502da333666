//! A coroutine that several goroutines resume and close at once: one at a time has it, and no call is lost.
//!
//! `claim.rs` is the product's text. Around it stand [`resume`] and [`close`], which mirror those of `coroutine.rs`.

#[path = "../coroutine/claim.rs"]
#[expect(clippy::duplicate_mod, reason = "what is checked is the text that runs, over other locks")]
mod claim;

use super::{Fault, assert_found, check, check_slow, fault, random, sync};
use crate::switching::Status;
use claim::Claim;
use shuttle::thread;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex};

/// Turns until the body ends.
const TURNS: usize = 3;

struct Coroutine {
    status: Claim,
    /// Stands for what belongs to whoever has claimed it: its fiber, none before the first resume and after the end, with the
    /// number of its turns.
    fiber: Mutex<Option<usize>>,
    /// How often the body ran on.
    turns: AtomicUsize,
    was_closed: AtomicUsize,
}

impl Coroutine {
    /// Runs the body for a turn; whether it has ended.
    fn turn(&self, is_closing: bool) -> bool {
        let mut fiber = self.fiber.try_lock().expect("a coroutine's stack is in use by two");
        let turn = fiber.as_mut().expect("a coroutine that was claimed has a fiber");
        // It says itself what it does meanwhile: `Switch::set_status`.
        self.status.byte().store(Status::Normal as u8, Relaxed);
        thread::yield_now();
        self.status.byte().store(Status::Running as u8, Relaxed);
        let has_ended = is_closing || {
            *turn += 1;
            self.turns.fetch_add(1, Relaxed);
            *turn == TURNS
        };
        if fault() == Fault::LetsGoTooEarly {
            self.status.let_go(if has_ended { Status::Dead } else { Status::Suspended });
        }
        thread::yield_now();
        if has_ended {
            *fiber = None;
        }
        has_ended
    }

    /// As `run` and `end_slow`.
    fn run(&self, is_closing: bool) {
        let has_ended = self.turn(is_closing);
        if fault() != Fault::LetsGoTooEarly {
            self.status.let_go(if has_ended { Status::Dead } else { Status::Suspended });
        }
    }
}

/// As `resume_with` and `begin_slow`; whether it was the caller's.
fn resume(co: &Coroutine) -> bool {
    if co.status.claim(Status::Suspended, Status::Running, true) {
        co.run(false);
        return true;
    }
    if !co.status.claim(Status::New, Status::Running, true) {
        return false;
    }
    // As `prepare`.
    let before = co.fiber.try_lock().expect("a coroutine is begun twice").replace(0);
    assert_eq!(before, None, "a coroutine is begun twice");
    co.run(false);
    true
}

/// As `close`; whether there was anything to close.
fn close(co: &Coroutine) -> bool {
    let claim = |from, to| {
        if fault() == Fault::ClosesUnclaimed {
            co.status.claim(from, to, false)
        } else {
            co.status.claim(from, to, true)
        }
    };
    loop {
        match co.status.status() {
            Status::Dead | Status::Running | Status::Normal => return false,
            Status::New => {
                if claim(Status::New, Status::Running) {
                    co.status.let_go(Status::Dead);
                    return true;
                }
            }
            Status::Suspended => {
                if claim(Status::Suspended, Status::Running) {
                    co.run(true);
                    return true;
                }
            }
        }
    }
}

fn model(closers: usize) -> impl Fn() + Send + Sync + Copy + 'static {
    move || {
        let co = Arc::new(Coroutine {
            status: Claim::new(Status::New),
            fiber: Mutex::new(None),
            turns: AtomicUsize::new(0),
            was_closed: AtomicUsize::new(0),
        });
        let resumes = Arc::new(AtomicUsize::new(0));
        let mut threads = Vec::new();
        for number in 0..3 {
            let (co, resumes) = (co.clone(), resumes.clone());
            threads.push(thread::spawn(move || {
                for _ in 0..TURNS {
                    if number < closers && random(3) == 0 {
                        co.was_closed.fetch_add(usize::from(close(&co)), Relaxed);
                    } else {
                        resumes.fetch_add(usize::from(resume(&co)), Relaxed);
                    }
                    thread::yield_now();
                }
            }));
        }
        for thread in threads {
            thread.join().expect("a failed thread ends the model");
        }
        assert_eq!(co.turns.load(Relaxed), resumes.load(Relaxed), "each resume is one turn");
        assert!(co.turns.load(Relaxed) <= TURNS && co.was_closed.load(Relaxed) <= 1);
        let status = co.status.status();
        assert!(matches!(status, Status::New | Status::Suspended | Status::Dead), "somebody still has it");
        assert_eq!(status == Status::Suspended, co.fiber.lock().unwrap().is_some());
    }
}

#[test]
fn one_at_a_time_has_a_coroutine() {
    check(model(0), 1, 500);
    check(model(2), 2, 500);
    check_slow(model(2), 3, 500);
}

#[test]
fn faults_are_found() {
    for fault in [Fault::TwoMayClaim, Fault::LetsGoTooEarly, Fault::ClosesUnclaimed] {
        assert_found(fault, model(2), 1000);
    }
}
