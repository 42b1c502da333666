//! Reads what a process writes, and waits for parts of it.
//!
//! A thread collects the output; a test says what it expects next and goes on as soon as it is there. So tests neither
//! sleep nor depend on how fast the machine is. Escape sequences and carriage returns of a terminal are left out.

use crate::TIMEOUT;
use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

#[derive(Default)]
struct Output {
    raw: Vec<u8>,
    is_over: bool,
}

/// The output of a process.
pub struct Watch {
    shared: Arc<(Mutex<Output>, Condvar)>,
    /// How much of the plain text has been waited for.
    at: usize,
}

impl Watch {
    /// Begins to read. A terminal reports an error when the process at its other side is gone; that is the end.
    pub fn new(mut reader: impl Read + Send + 'static) -> Watch {
        let shared = Arc::new((Mutex::new(Output::default()), Condvar::new()));
        let watched = shared.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let n = reader.read(&mut buffer).unwrap_or(0);
                let mut output = watched.0.lock().unwrap_or_else(PoisonError::into_inner);
                output.raw.extend_from_slice(&buffer[..n]);
                output.is_over = n == 0;
                watched.1.notify_all();
                if n == 0 {
                    return;
                }
            }
        });
        Watch { shared, at: 0 }
    }

    /// Waits until a text has been written, behind those waited for earlier.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        assert!(!text.is_empty());
        let deadline = Instant::now() + TIMEOUT;
        let mut output = self.shared.0.lock().unwrap();
        loop {
            let plain = plain(&output.raw);
            let rest = &plain[self.at..];
            if let Some(found) = rest.windows(text.len()).position(|part| part == text.as_bytes()) {
                self.at += found + text.len();
                return;
            }
            let has_time = Instant::now() < deadline;
            assert!(
                has_time && !output.is_over,
                "{text:?} was not written behind {:?}, but {:?}",
                String::from_utf8_lossy(&plain[..self.at]),
                String::from_utf8_lossy(rest)
            );
            output = self.wait(output, deadline);
        }
    }

    /// Waits for the end; gives what came since the last text waited for.
    pub fn rest(&mut self) -> String {
        let deadline = Instant::now() + TIMEOUT;
        let mut output = self.shared.0.lock().unwrap();
        while !output.is_over {
            assert!(Instant::now() < deadline, "no end: {:?}", String::from_utf8_lossy(&output.raw));
            output = self.wait(output, deadline);
        }
        String::from_utf8_lossy(&plain(&output.raw)[self.at..]).into_owned()
    }

    fn wait<'a>(&self, output: MutexGuard<'a, Output>, deadline: Instant) -> MutexGuard<'a, Output> {
        self.shared.1.wait_timeout(output, deadline.saturating_duration_since(Instant::now())).unwrap().0
    }
}

/// The text without carriage returns and escape sequences, of which the last may be incomplete.
fn plain(raw: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            0x1b => {
                if bytes.next() == Some(b'[') {
                    bytes.by_ref().find(|b| matches!(b, 0x40..=0x7e));
                }
            }
            b'\r' => {}
            _ => text.push(byte),
        }
    }
    text
}

#[test]
fn escape_sequences_are_left_out() {
    assert_eq!(plain(b"\x1b[?2004h> a\x1b[0K\r\nb\x1b[1"), b"> a\nb");
}
