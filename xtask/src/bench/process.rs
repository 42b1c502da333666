//! Runs one process to its end and measures it.
//!
//! Output goes to files, not pipes, so that nobody has to read while the clock runs. The wait is done in two steps:
//! first without reaping the child, which stops the clock and dismisses the watchdog while the process id cannot yet
//! belong to anybody else; then with reaping, which gives the resources it used.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Elapsed time, from before the start of the process to its end.
    pub wall: Duration,
    /// User and system time of all its threads.
    pub cpu: Duration,
    /// Peak resident memory. No smaller than this driver's own (a few MB), as a child starts as a copy of it.
    pub rss_bytes: u64,
}

/// How a run ended.
pub enum Outcome {
    /// With exit status 0.
    Done {
        /// The measurements.
        sample: Sample,
        /// What it printed.
        output: Vec<u8>,
    },
    /// In any other way; the text says how.
    Failed(String),
}

/// Runs `command` in `dir`, at most for `limit`. `Err` means that measuring itself is impossible.
#[cfg(unix)]
pub fn run(command: &[OsString], dir: &Path, scratch: &Path, limit: Duration) -> Result<Outcome, String> {
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
    use std::sync::mpsc;
    use std::time::Instant;
    use wait4::Wait4;

    let (stdout, stderr) = (scratch.join("stdout"), scratch.join("stderr"));
    let create =
        |path: &Path| File::create(path).map_err(|e| format!("cannot create {}: {e}", path.display()));
    let mut builder = Command::new(&command[0]);
    builder.args(&command[1..]).current_dir(dir).stdin(Stdio::null());
    builder.stdout(create(&stdout)?).stderr(create(&stderr)?);

    let start = Instant::now();
    let child = match builder.spawn() {
        Ok(child) => child,
        Err(e) => return Ok(Outcome::Failed(format!("cannot start: {e}"))),
    };
    let pid = Pid::from_child(&child);
    let (finished, watch) = mpsc::channel::<()>();
    let watchdog = std::thread::spawn(move || {
        // Dropping the sender wakes this up early; only the passing of time kills.
        let expired = watch.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout);
        expired && kill_process(pid, Signal::KILL).is_ok()
    });
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let ended = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid), options));
    let wall = start.elapsed();
    drop(finished);
    let killed = watchdog.join().unwrap_or(false);
    ended.map_err(|e| format!("cannot wait for a child: {e}"))?;
    let used = child.wait4().map_err(|e| format!("cannot wait for a child: {e}"))?;

    if killed {
        return Ok(Outcome::Failed(format!("timeout after {} s", limit.as_secs())));
    }
    if !used.status.success() {
        return Ok(Outcome::Failed(describe_failure(&used.status.to_string(), &stderr)));
    }
    let output = std::fs::read(&stdout).map_err(|e| format!("cannot read {}: {e}", stdout.display()))?;
    let sample = Sample { wall, cpu: used.rusage.utime + used.rusage.stime, rss_bytes: used.rusage.maxrss };
    Ok(Outcome::Done { sample, output })
}

/// The driver needs the process calls of Unix.
#[cfg(not(unix))]
pub fn run(_: &[OsString], _: &Path, _: &Path, _: Duration) -> Result<Outcome, String> {
    Err("measuring processes is only possible on Unix".to_string())
}

/// The exit status with the first line of what the program complained.
#[cfg(unix)]
fn describe_failure(status: &str, stderr: &Path) -> String {
    let text = std::fs::read(stderr).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    match text.lines().find(|line| !line.trim().is_empty()) {
        Some(line) => format!("{status}: {}", line.trim()),
        None => status.to_string(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run_shell(name: &str, script: &str, limit: Duration) -> Outcome {
        let scratch = std::env::temp_dir().join(format!("xtask-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&scratch).unwrap();
        let command = ["/bin/sh", "-c", script].map(OsString::from);
        let outcome = run(&command, &scratch, &scratch, limit).unwrap();
        std::fs::remove_dir_all(&scratch).unwrap();
        outcome
    }

    #[test]
    fn measures_a_process() {
        let Outcome::Done { sample, output } = run_shell("ok", "echo hello", Duration::from_secs(10)) else {
            panic!("failed")
        };
        assert_eq!(output, b"hello\n");
        assert!(sample.rss_bytes > 100_000 && sample.wall < Duration::from_secs(10));
    }

    #[test]
    fn tells_why_a_process_failed() {
        let Outcome::Failed(why) = run_shell("fail", "echo broken >&2; exit 3", Duration::from_secs(10))
        else {
            panic!("succeeded")
        };
        assert!(why.contains('3') && why.ends_with("broken"), "{why}");
    }

    #[test]
    fn kills_what_takes_too_long() {
        let Outcome::Failed(why) = run_shell("late", "exec sleep 20", Duration::from_secs(1)) else {
            panic!("succeeded")
        };
        assert_eq!(why, "timeout after 1 s");
    }
}
