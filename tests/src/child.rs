//! Runs a program with a time limit and collects what it writes.
//!
//! Two threads drain the child's output, so it can never block on a full pipe, and a third feeds its input. Their results
//! come over a channel, which is also the clock: when the deadline passes first, the child is killed. A child that writes
//! more than the limit loses its pipe and ends by itself.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// More output than any test should write; arbitrary, small enough to keep many of.
pub const OUTPUT_BYTES_MAX: usize = 8 << 20;

/// What to run and how.
#[derive(Debug, Clone)]
pub struct Job {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// The working directory.
    pub dir: PathBuf,
    /// Standard input, whole.
    pub stdin: Vec<u8>,
    /// How long it may take.
    pub timeout: Duration,
}

/// What a program did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Everything written to standard output.
    pub stdout: Vec<u8>,
    /// Everything written to standard error.
    pub stderr: Vec<u8>,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With an exit status.
    Exit(i32),
    /// By a signal: a crash.
    Signal(i32),
    /// It was killed because its time was over.
    Timeout,
}

/// Which of the two output pipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pipe {
    Out,
    Err,
}

/// Runs a program to its end or to the end of its time.
pub fn run(job: &Job) -> io::Result<Outcome> {
    let mut child = Command::new(&job.program)
        .args(&job.args)
        .current_dir(&job.dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let deadline = Instant::now() + job.timeout;
    if let Some(mut pipe) = child.stdin.take() {
        let text = job.stdin.clone();
        // A child that does not read its input closes the pipe; that is its right.
        thread::spawn(move || drop(pipe.write_all(&text)));
    }
    let (sender, results) = mpsc::channel();
    if let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) {
        drain(out, Pipe::Out, sender.clone());
        drain(err, Pipe::Err, sender);
    }
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut end = None;
    for _ in [Pipe::Out, Pipe::Err] {
        match results.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok((Pipe::Out, text)) => stdout = text,
            Ok((Pipe::Err, text)) => stderr = text,
            Err(RecvTimeoutError::Timeout) => {
                child.kill()?;
                end = Some(End::Timeout);
                break;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    if end == Some(End::Timeout) {
        // What it wrote before is worth seeing. The pipes close with the child, unless a child of its own holds them.
        for (pipe, text) in results.iter_for(Duration::from_secs(1)) {
            match pipe {
                Pipe::Out => stdout = text,
                Pipe::Err => stderr = text,
            }
        }
    }
    let end = match end {
        Some(end) => {
            child.wait()?;
            end
        }
        None => wait_until(&mut child, deadline)?,
    };
    Ok(Outcome { end, stdout, stderr })
}

/// The rest of a channel for a limited time.
trait IterFor<T> {
    fn iter_for(&self, time: Duration) -> impl Iterator<Item = T>;
}

impl<T> IterFor<T> for mpsc::Receiver<T> {
    fn iter_for(&self, time: Duration) -> impl Iterator<Item = T> {
        let deadline = Instant::now() + time;
        std::iter::from_fn(move || self.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok())
    }
}

/// Reads a pipe to its end, or to the limit, on a thread of its own.
fn drain(pipe: impl Read + Send + 'static, which: Pipe, results: mpsc::Sender<(Pipe, Vec<u8>)>) {
    thread::spawn(move || {
        let mut text = Vec::new();
        // A read error ends the output just as the end of the pipe does; what came before counts.
        let _ = pipe.take(OUTPUT_BYTES_MAX as u64).read_to_end(&mut text);
        let _ = results.send((which, text));
    });
}

/// Waits for a child whose output is complete: normally it has ended, or is about to.
fn wait_until(child: &mut Child, deadline: Instant) -> io::Result<End> {
    let mut pause = Duration::from_micros(50);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(match status.code() {
                Some(code) => End::Exit(code),
                None => End::Signal(signal_of(status)),
            });
        }
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Ok(End::Timeout);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

#[cfg(unix)]
fn signal_of(status: std::process::ExitStatus) -> i32 {
    std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or(0)
}

#[cfg(not(unix))]
fn signal_of(_status: std::process::ExitStatus) -> i32 {
    0
}

/// The command line that repeats a job in a shell.
pub fn shell_line(job: &Job) -> String {
    let mut line = format!("cd {} && {}", quote(job.dir.as_path()), quote(&job.program));
    for arg in &job.args {
        line.push(' ');
        line.push_str(&quote(Path::new(arg)));
    }
    line
}

fn quote(text: &Path) -> String {
    let text = text.to_string_lossy();
    let plain = |ch: char| ch.is_ascii_alphanumeric() || "-_./=:+,@".contains(ch);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, stdin: &str, timeout: Duration) -> Outcome {
        let job = Job {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            dir: std::env::temp_dir(),
            stdin: stdin.into(),
            timeout,
        };
        run(&job).unwrap()
    }

    const LONG: Duration = Duration::from_secs(120);

    #[test]
    fn collects_both_outputs_and_the_status() {
        let outcome = shell("echo out; echo err >&2; exit 3", "", LONG);
        assert_eq!(outcome, Outcome { end: End::Exit(3), stdout: b"out\n".into(), stderr: b"err\n".into() });
    }

    #[test]
    fn passes_input() {
        assert_eq!(shell("cat", "a\nb", LONG).stdout, b"a\nb");
        assert_eq!(shell("exit 0", &"x".repeat(1 << 20), LONG).end, End::Exit(0));
    }

    #[test]
    fn kills_what_hangs_and_keeps_its_output() {
        let started = Instant::now();
        let outcome = shell("echo before; exec sleep 30", "", Duration::from_millis(200));
        assert_eq!(outcome.end, End::Timeout);
        assert_eq!(outcome.stdout, b"before\n");
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn kills_what_hangs_after_closing_its_output() {
        let outcome = shell("exec >&- 2>&-; exec sleep 30", "", Duration::from_millis(200));
        assert_eq!(outcome.end, End::Timeout);
    }

    #[test]
    fn reports_signals() {
        assert_eq!(shell("kill -9 $$", "", LONG).end, End::Signal(9));
    }

    #[test]
    fn cuts_endless_output() {
        let outcome = shell("exec yes", "", LONG);
        assert_eq!(outcome.stdout.len(), OUTPUT_BYTES_MAX);
    }

    #[test]
    fn writes_a_line_for_the_shell() {
        let job = Job {
            program: "/bin/x".into(),
            args: vec!["--stress".into(), "it's".into(), "".into()],
            dir: "/a b".into(),
            stdin: Vec::new(),
            timeout: LONG,
        };
        assert_eq!(shell_line(&job), r"cd '/a b' && /bin/x --stress 'it'\''s' ''");
    }
}
