//! What the queues of goroutines do, with threads that are no model's.

use super::queue::{Class, IN_A_ROW_MAX};
use super::*;
use crate::random::Random;
use runtime::value::Value;

fn shared(workers: usize) -> Arc<Shared> {
    let scheduler = Scheduler::new(workers, false);
    scheduler.shared().is_over.store(false, SeqCst);
    scheduler.shared().clone()
}

fn goroutine(shared: &Arc<Shared>) -> Arc<Goroutine> {
    Goroutine::new(shared, Random::unseeded(), false, Value::NIL, Vec::new(), (Value::NIL, 0), None)
}

/// Puts goroutines into worker 0's queue and the one for all, and tells in which order worker `worker` takes them.
fn order(worker: usize, woken: usize, started: usize, gave_way: usize) -> String {
    let shared = shared(3);
    let mut names = Vec::new();
    let mut named = |name| {
        let g = goroutine(&shared);
        names.push((Arc::as_ptr(&g), name));
        g
    };
    (0..gave_way).for_each(|_| shared.queues.lock_gave_way().push_back(named('g')));
    shared.ticker.set_gave_way(gave_way);
    for _ in 0..started {
        shared.push(0, named('s'), Class::Started);
    }
    for _ in 0..woken {
        shared.push(0, named('w'), Class::Woken);
    }
    let mut taken = String::new();
    while let Some(g) = shared.take(worker) {
        let name = names.iter().find(|(at, _)| *at == Arc::as_ptr(&g)).expect("it was put there");
        taken.push(name.1);
    }
    assert!(shared.queues.are_empty() && !shared.ticker.has_runnable());
    taken
}

#[test]
#[cfg_attr(miri, ignore)]
fn woken_ones_go_first_and_those_that_gave_way_last() {
    assert_eq!(order(0, 2, 3, 2), "wwsssgg");
    assert_eq!(order(0, 0, 0, 1), "g");
    assert_eq!(order(0, 0, 0, 0), "");
}

#[test]
#[cfg_attr(miri, ignore)]
fn another_worker_takes_half_at_a_time() {
    assert_eq!(order(1, 1, 2, 1), "wssg");
    assert_eq!(order(2, 4, 0, 0), "wwww");
    let shared = shared(2);
    (0..8).for_each(|_| {
        shared.push(0, goroutine(&shared), Class::Started);
    });
    assert!(shared.take(1).is_some());
    assert_eq!((shared.ticker.queued(0), shared.ticker.queued(1)), (4, 3));
}

#[test]
#[cfg_attr(miri, ignore)]
fn of_many_in_a_row_one_is_of_a_later_class() {
    let taken = order(0, 200, 3, 3);
    let (first, rest) = taken.split_at(IN_A_ROW_MAX as usize);
    assert!(first.chars().all(|c| c == 'w') && rest.starts_with("sw"), "{taken}");
    let taken = order(0, 0, 200, 3);
    let (first, rest) = taken.split_at(IN_A_ROW_MAX as usize);
    assert!(first.chars().all(|c| c == 's') && rest.starts_with("gs"), "{taken}");
}

#[test]
#[cfg_attr(miri, ignore)]
fn nothing_is_added_when_the_run_is_over() {
    let shared = shared(1);
    shared.is_over.store(true, SeqCst);
    shared.push(0, goroutine(&shared), Class::Woken);
    shared.push_late(goroutine(&shared));
    assert!(shared.queues.are_empty());
}

/// Threads hand goroutines on as workers do, and sleep when there are none: the test ends only if each is seen.
#[test]
#[cfg_attr(miri, ignore)]
fn no_goroutine_is_forgotten_by_workers_that_sleep() {
    const WORKERS: usize = 4;
    const TURNS: usize = 20_000;
    let shared = shared(WORKERS);
    shared.has_reserve.store(false, SeqCst);
    shared.ticker.use_seats(WORKERS);
    let turns = std::sync::atomic::AtomicUsize::new(0);
    (0..3).for_each(|_| {
        shared.push(0, goroutine(&shared), Class::Started);
    });
    let run = |worker: usize| {
        let ticker = &shared.ticker;
        let mut is_searching = false;
        while turns.load(SeqCst) < TURNS {
            if let Some(g) = shared.take(worker) {
                if std::mem::take(&mut is_searching) {
                    ticker.end_search();
                    if !shared.queues.are_empty() {
                        shared.call_somebody();
                    }
                }
                turns.fetch_add(1, SeqCst);
                shared.push(worker, g, Class::Woken);
                shared.call_somebody();
                std::thread::yield_now();
                continue;
            }
            ticker.prepare_sleep(worker, None);
            if std::mem::take(&mut is_searching) {
                ticker.end_search();
            }
            if shared.queues.are_empty() && turns.load(SeqCst) < TURNS {
                ticker.sleep(worker, None);
            }
            is_searching = ticker.end_sleep(worker);
        }
        // The others see that it is over.
        ticker.wake_all();
    };
    std::thread::scope(|scope| (0..WORKERS).for_each(|worker| drop(scope.spawn(move || run(worker)))));
    assert!(turns.load(SeqCst) >= TURNS);
}
