//! A short run of every target: the same inputs each time, a few seconds in all.
//!
//! A failure names the case; `cargo run -p gscript-fuzz -- TARGET --show CASE` writes out its input.

use fuzz_targets::corpus::Corpus;
use fuzz_targets::{find, input, run_case};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Panics are noted for the whole process, so targets run one after the other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A case that takes longer hangs.
const CASE_TIME_MAX: Duration = Duration::from_secs(60);
const SEED: u64 = 1;

fn smoke(name: &str) {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(|e| e.into_inner());
    let target = find(name).unwrap_or_else(|| panic!("no target {name}"));
    let corpus = Corpus::load();
    let case = Arc::new(AtomicU64::new(0));
    watch_over(name.to_string(), &case);
    for number in 0..target.smoke_cases {
        case.store(number, Relaxed);
        let data = input(target, &corpus, SEED, number);
        if let Err(message) = run_case(target, &data) {
            case.store(u64::MAX, Relaxed);
            let text = String::from_utf8_lossy(&data).into_owned();
            panic!("{name}, case {number}: {message}\n{text}");
        }
    }
    case.store(u64::MAX, Relaxed);
    assert!(target.smoke_cases > 0);
}

/// Ends the process if a case hangs: nothing else could.
fn watch_over(name: String, case: &Arc<AtomicU64>) {
    let case = case.clone();
    std::thread::spawn(move || {
        let (mut last, mut since) = (0, Instant::now());
        loop {
            std::thread::sleep(Duration::from_millis(500));
            match case.load(Relaxed) {
                u64::MAX => return,
                number if number != last => (last, since) = (number, Instant::now()),
                number if since.elapsed() > CASE_TIME_MAX => {
                    eprintln!("{name}, case {number}: hangs");
                    std::process::exit(101);
                }
                _ => {}
            }
        }
    });
}

macro_rules! smoke_tests {
    ($($name:ident)*) => {
        $(#[test] fn $name() { smoke(stringify!($name)); })*

        #[test]
        fn every_target_has_a_test() {
            let names = [$(stringify!($name)),*];
            assert_eq!(fuzz_targets::TARGETS.map_names(), names);
        }
    };
}

/// Names of targets, in the order of the table.
trait MapNames {
    fn map_names(&self) -> Vec<&'static str>;
}

impl MapNames for [fuzz_targets::Target] {
    fn map_names(&self) -> Vec<&'static str> {
        self.iter().map(|target| target.name).collect()
    }
}

smoke_tests! { parser compiler diagnostics verifier numeral pattern format json library program race tiers parallel }
