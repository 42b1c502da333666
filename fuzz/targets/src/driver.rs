//! The command: runs cases in child processes, so that a crash, a hang or a flood of memory is a finding and not the end.
//!
//! A worker tells the number of each case on its standard output before it runs it, and each part of a case that a target
//! wants to have known ([`begins`]). When the worker dies, stalls or grows too large, the last number names the culprit; its
//! input is made again from the seed, saved, and the next worker goes on behind it. Of one that stalls a debugger, if there
//! is one, tells the stacks. Workers are replaced after a while in any case, so leaks do not add up.

use crate::corpus::Corpus;
use crate::{Shrink, TARGETS, Target, find, input, run_case};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// A case, or a part of one that is told, that takes longer is a hang; arbitrary, well above the longest on a busy machine.
const CASE_TIME_MAX: Duration = Duration::from_secs(60);
/// Time between two lines that tell how far the run is.
const PROGRESS_TIME: Duration = Duration::from_secs(60);
/// Text of a stalled worker's stacks that is shown.
const STACKS_MAX: usize = 20_000;
/// A worker with more memory than this is stopped: no target needs a tenth of it.
const WORKER_BYTES_MAX: u64 = 3 << 30;
/// Cases after which a worker is replaced.
const WORKER_CASES: u64 = 100_000;
/// Time to make a finding smaller by a target's own steps.
const SHRINK_TIME_MAX: Duration = Duration::from_secs(90);
/// Native stack of the thread that runs cases: that of a program's main thread.
const STACK_BYTES: usize = 8 << 20;

const USAGE: &str = "\
usage: gscript-fuzz TARGET [--cases N] [--seed N] [--first N] [--save DIR]   runs cases
       gscript-fuzz TARGET --input FILE                                      runs saved inputs
       gscript-fuzz TARGET --show N [--seed N]                               writes out the input of a case
       gscript-fuzz TARGET --minimize FILE                                   makes a saved input smaller
       gscript-fuzz list                                                     says which targets there are
";

/// What the command line asks for.
struct Job {
    target: &'static Target,
    cases: u64,
    seed: u64,
    first: u64,
    save: PathBuf,
    action: Action,
}

enum Action {
    Supervise,
    Work,
    Input(PathBuf),
    Show(u64),
    Minimize(PathBuf),
}

/// Runs the command with these arguments; gives its exit status.
pub fn main(args: &[String]) -> i32 {
    if args.first().is_some_and(|first| first == "list") {
        for target in TARGETS {
            println!("{:12} {}", target.name, target.about);
        }
        return 0;
    }
    match parse(args) {
        Ok(job) => match run(&job) {
            Ok(is_clean) => i32::from(!is_clean),
            Err(error) => {
                eprintln!("gscript-fuzz: {error}");
                2
            }
        },
        Err(message) => {
            eprint!("gscript-fuzz: {message}\n{USAGE}");
            2
        }
    }
}

fn parse(args: &[String]) -> Result<Job, String> {
    let mut args = args.iter();
    let name = args.next().ok_or("a target is needed")?;
    let target = find(name).ok_or_else(|| format!("no target '{name}'"))?;
    let save = Path::new(env!("CARGO_MANIFEST_DIR")).join("../findings");
    let mut job = Job { target, cases: 10_000, seed: 1, first: 0, save, action: Action::Supervise };
    while let Some(option) = args.next() {
        if option == "--worker" {
            job.action = Action::Work;
            continue;
        }
        let text = args.next().ok_or_else(|| format!("{option} needs a value"))?;
        let number = || text.replace('_', "").parse::<u64>().map_err(|_| format!("'{text}' is no number"));
        match option.as_str() {
            "--cases" => job.cases = number()?,
            "--seed" => job.seed = number()?,
            "--first" => job.first = number()?,
            "--save" => job.save = text.into(),
            "--input" => job.action = Action::Input(text.into()),
            "--show" => job.action = Action::Show(number()?),
            "--minimize" => job.action = Action::Minimize(text.into()),
            _ => return Err(format!("no option '{option}'")),
        }
    }
    Ok(job)
}

fn run(job: &Job) -> std::io::Result<bool> {
    match &job.action {
        Action::Supervise => supervise(job),
        Action::Work => Ok(on_thread(|| work(job))),
        Action::Input(path) => {
            let data = std::fs::read(path)?;
            let outcome = on_thread(|| run_case(job.target, &data));
            println!("{}", outcome.as_ref().err().map_or("nothing wrong", String::as_str));
            Ok(outcome.is_ok())
        }
        Action::Show(case) => {
            let data = input(job.target, &Corpus::load(), job.seed, *case);
            std::io::stdout().write_all(&data)?;
            Ok(true)
        }
        Action::Minimize(path) => minimize(job.target, path).map(|()| true),
    }
}

fn on_thread<R: Send>(body: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, body);
        match thread.map(|thread| thread.join()) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => panic!("no thread: {error}"),
        }
    })
}

// ---- the worker -----------------------------------------------------------------------------------------------------

/// Whether this process is a worker.
static IS_WORKER: AtomicBool = AtomicBool::new(false);

/// Tells that a part of a case begins, if somebody listens.
pub fn begins(part: &str) {
    if IS_WORKER.load(Relaxed) {
        // A supervisor that is gone is noticed with the next case.
        let _ = writeln!(std::io::stdout(), "part {part}");
    }
}

/// Runs the job's cases, telling of each on standard output.
fn work(job: &Job) -> bool {
    let corpus = Corpus::load();
    let mut out = std::io::stdout();
    IS_WORKER.store(true, Relaxed);
    for case in job.first..job.first + job.cases {
        let data = input(job.target, &corpus, job.seed, case);
        // A supervisor that is gone ends the work.
        if writeln!(out, "case {case}").and_then(|()| out.flush()).is_err() {
            return false;
        }
        if let Err(message) = run_case(job.target, &data) {
            let _ = writeln!(out, "bug {case} {message}");
        }
    }
    true
}

// ---- the supervisor -------------------------------------------------------------------------------------------------

/// A worker and the lines that it writes.
struct Worker {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Worker {
    fn start(job: &Job, first: u64, cases: u64) -> std::io::Result<Worker> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([job.target.name, "--worker"])
            .args([
                "--seed",
                &job.seed.to_string(),
                "--first",
                &first.to_string(),
                "--cases",
                &cases.to_string(),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let (sender, lines) = mpsc::sync_channel(4096);
        if let Some(out) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(out).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Worker { child, lines })
    }

    /// Resident memory, where the system tells it in the manner of Linux.
    fn memory(&self) -> u64 {
        let path = format!("/proc/{}/statm", self.child.id());
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
    }

    /// The stacks of its threads, as a debugger tells them; without one that there is none.
    fn stacks(&self) -> String {
        let pid = self.child.id().to_string();
        let mut debugger = Command::new("gdb");
        debugger.args(["-batch", "-nx", "-p", &pid, "-ex", "thread apply all bt 40"]);
        match debugger.stdin(Stdio::null()).stderr(Stdio::null()).output() {
            Ok(output) => String::from_utf8_lossy(&output.stdout).chars().take(STACKS_MAX).collect(),
            Err(error) => format!("no stacks, for want of a debugger: {error}"),
        }
    }

    fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a message tells of the fault itself: not its numbers, and nothing after ` | `, where details stand.
fn kind_of(message: &str) -> String {
    let kind = message.split(" | ").next().unwrap_or("");
    kind.chars().filter(|c| !c.is_ascii_digit()).take(160).collect()
}

/// What came of a run.
struct Tally {
    start: Instant,
    told: Instant,
    done: u64,
    /// Findings by message without its numbers, with the first case of each.
    findings: BTreeMap<String, (u64, u64)>,
}

impl Tally {
    fn new() -> Tally {
        let now = Instant::now();
        Tally { start: now, told: now, done: 0, findings: BTreeMap::new() }
    }

    fn count(&self) -> u64 {
        self.findings.values().map(|entry| entry.1).sum()
    }

    /// Says from time to time how far the run is.
    fn tell_progress(&mut self, job: &Job) {
        if self.told.elapsed() > PROGRESS_TIME {
            self.told = Instant::now();
            let (seconds, count) = (self.start.elapsed().as_secs(), self.count());
            println!(
                "{}: {} of {} cases after {seconds} s, {count} findings",
                job.target.name, self.done, job.cases
            );
        }
    }

    fn add(&mut self, job: &Job, corpus: &Corpus, case: u64, message: &str) -> std::io::Result<()> {
        let entry = self.findings.entry(kind_of(message)).or_insert((case, 0));
        entry.1 += 1;
        if entry.1 <= 3 {
            std::fs::create_dir_all(&job.save)?;
            let path = job.save.join(format!("{}-{}-{case}", job.target.name, job.seed));
            std::fs::write(&path, input(job.target, corpus, job.seed, case))?;
            println!("case {case}: {message}\n    saved as {}", path.display());
            if job.target.shrink.is_some() {
                minimize(job.target, &path)?;
            }
        }
        Ok(())
    }
}

fn supervise(job: &Job) -> std::io::Result<bool> {
    let corpus = Corpus::load();
    let mut tally = Tally::new();
    let (mut next, end) = (job.first, job.first + job.cases);
    while next < end {
        let cases = WORKER_CASES.min(end - next);
        let mut worker = Worker::start(job, next, cases)?;
        let fault = watch(job, &corpus, &mut worker, &mut next, &mut tally)?;
        if let Some(message) = fault {
            tally.add(job, &corpus, next - 1, &message)?;
        }
    }
    let seconds = tally.start.elapsed().as_secs_f64();
    let (count, kinds) = (tally.count(), tally.findings.len());
    println!(
        "{}: {} cases with seed {} in {seconds:.1} s, {:.0} a second; {count} findings of {kinds} kinds",
        job.target.name,
        tally.done,
        job.seed,
        tally.done as f64 / seconds.max(0.001),
    );
    Ok(count == 0)
}

/// Follows a worker to its end. `next` is kept one behind the last case that began. Gives what was wrong if it did not end
/// by itself.
fn watch(
    job: &Job,
    corpus: &Corpus,
    worker: &mut Worker,
    next: &mut u64,
    tally: &mut Tally,
) -> std::io::Result<Option<String>> {
    let mut since = Instant::now();
    let mut has_begun = false;
    let mut part = "begin".to_string();
    loop {
        match worker.lines.recv_timeout(Duration::from_millis(500)) {
            Ok(line) => {
                let (word, rest) = line.split_once(' ').unwrap_or((&line, ""));
                let (number, message) = rest.split_once(' ').unwrap_or((rest, ""));
                match (word, number.parse::<u64>()) {
                    ("case", Ok(case)) => {
                        *next = case + 1;
                        tally.done += 1;
                        tally.tell_progress(job);
                        part = "begin".to_string();
                        has_begun = true;
                    }
                    ("part", _) => part = rest.to_string(),
                    ("bug", Ok(case)) => tally.add(job, corpus, case, message)?,
                    _ => {}
                }
                since = Instant::now();
            }
            Err(RecvTimeoutError::Timeout) => {
                let waited = since.elapsed();
                let memory = worker.memory();
                let fault = if waited > CASE_TIME_MAX {
                    println!("a worker stalls in case {}, {part}:\n{}", *next - 1, worker.stacks());
                    format!("hangs: {part} | nothing for {} s", waited.as_secs())
                } else if memory > WORKER_BYTES_MAX {
                    format!("takes {} MB of memory", memory >> 20)
                } else {
                    continue;
                };
                worker.stop();
                return Ok(Some(fault));
            }
            Err(RecvTimeoutError::Disconnected) => {
                let status = worker.child.wait()?;
                if status.success() {
                    return Ok(None);
                }
                if !has_begun {
                    return Err(std::io::Error::other(format!("the worker does not start: {status}")));
                }
                return Ok(Some(format!("crashes: {status}")));
            }
        }
    }
}

// ---- making inputs smaller --------------------------------------------------------------------------------------------

/// Drops pieces of an input for as long as the same thing is wrong with it, and writes the result beside it.
fn minimize(target: &Target, path: &Path) -> std::io::Result<()> {
    let mut data = std::fs::read(path)?;
    let smaller = path.with_extension("min");
    let Some(wanted) = try_input(target, &smaller, &data)? else {
        println!("nothing wrong with it");
        return Ok(());
    };
    if let Some(shrink) = target.shrink
        && let Some(shorter) = shrink_by(target, shrink, &smaller, &data, &wanted)?
    {
        std::fs::write(&smaller, &shorter)?;
        let message = message_of(target, &smaller, &shorter)?.unwrap_or_default().replace("\\n", "\n");
        println!("{}\n{message}\nin {}", String::from_utf8_lossy(&shorter), smaller.display());
        return Ok(());
    }
    let mut size = data.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        let before = data.len();
        while at < data.len() {
            let mut shorter = data.clone();
            shorter.drain(at..(at + size).min(data.len()));
            if try_input(target, &smaller, &shorter)?.as_ref() == Some(&wanted) {
                data = shorter;
            } else {
                at += size;
            }
        }
        if size == 1 && data.len() == before {
            break;
        }
        size = (size / 2).max(1);
    }
    std::fs::write(&smaller, &data)?;
    println!("{wanted}\n{} bytes in {}", data.len(), smaller.display());
    Ok(())
}

/// The same by a target's own steps, for as long as there is time.
fn shrink_by(
    target: &Target,
    shrink: Shrink,
    path: &Path,
    data: &[u8],
    wanted: &str,
) -> std::io::Result<Option<Vec<u8>>> {
    let deadline = Instant::now() + SHRINK_TIME_MAX;
    let mut failure = None;
    let shorter = shrink(data, &mut |candidate| {
        if failure.is_some() || Instant::now() > deadline {
            return false;
        }
        match try_input(target, path, candidate) {
            Ok(found) => found.as_deref() == Some(wanted),
            Err(error) => {
                failure = Some(error);
                false
            }
        }
    });
    failure.map_or(Ok(shorter), Err)
}

/// The kind of fault that an input shows.
fn try_input(target: &Target, path: &Path, data: &[u8]) -> std::io::Result<Option<String>> {
    Ok(message_of(target, path, data)?.map(|message| kind_of(&message)))
}

/// What is wrong with an input, found in a child process.
fn message_of(target: &Target, path: &Path, data: &[u8]) -> std::io::Result<Option<String>> {
    std::fs::write(path, data)?;
    let mut child = Command::new(std::env::current_exe()?)
        .args([target.name, "--input"])
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let deadline = Instant::now() + CASE_TIME_MAX / 4;
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if Instant::now() > deadline => {
                child.kill()?;
                child.wait()?;
                return Ok(Some("hangs".to_string()));
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let output = child.wait_with_output()?;
    Ok(match status.code() {
        Some(0) => None,
        Some(_) => Some(String::from_utf8_lossy(&output.stdout).trim_end().to_string()),
        None => Some(format!("crashes: {status}")),
    })
}
