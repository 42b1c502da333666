//! How the command writes: standard output buffered, by lines on a terminal, and quiet about a reader that has gone;
//! standard error without a thought for failure, because there is nobody left to tell.

use std::io::{BufWriter, ErrorKind, IsTerminal, Stdout, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Exit status when the reader of standard output has gone: as if the signal for it had ended the program.
const CLOSED_PIPE_STATUS: i32 = 141;

/// Whether what has been written to standard output ends within a line.
static IS_LINE_OPEN: AtomicBool = AtomicBool::new(false);

/// Where programs write.
pub struct StandardOutput {
    buffer: BufWriter<Stdout>,
    is_terminal: bool,
}

impl StandardOutput {
    /// The process's standard output.
    pub fn new() -> StandardOutput {
        let stdout = std::io::stdout();
        let is_terminal = stdout.is_terminal();
        StandardOutput { buffer: BufWriter::with_capacity(1 << 16, stdout), is_terminal }
    }
}

/// Ends the process quietly if the reader has gone.
fn mind_the_reader<T>(result: std::io::Result<T>) -> std::io::Result<T> {
    match result {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => std::process::exit(CLOSED_PIPE_STATUS),
        other => other,
    }
}

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = mind_the_reader(self.buffer.write(bytes))?;
        if let Some(last) = bytes[..n].last() {
            IS_LINE_OPEN.store(*last != b'\n', Relaxed);
        }
        if self.is_terminal && bytes.contains(&b'\n') {
            self.flush()?;
        }
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        // `Stdout` has a line buffer of its own below ours, which is flushed with it.
        mind_the_reader(self.buffer.flush())
    }
}

/// Writes a text to standard output; gives the exit status of a command that has nothing else to do.
pub fn say(text: &str) -> ExitCode {
    let mut out = StandardOutput::new();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            complain_of_output(&e);
            ExitCode::FAILURE
        }
    }
}

/// Notes that the terminal has echoed a key of its own accord.
pub fn note_echo() {
    IS_LINE_OPEN.store(true, Relaxed);
}

/// On a terminal, ends a line that the program has left open: what follows gets one of its own. The program's output is
/// flushed before.
pub fn end_line() {
    if IS_LINE_OPEN.swap(false, Relaxed) && std::io::stdout().is_terminal() {
        say("\n");
    }
}

/// Writes a text to standard error, at the beginning of a line.
pub fn write_error(text: &str) {
    if std::io::stderr().is_terminal() {
        end_line();
    }
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Writes a message of the command to standard error.
pub fn complain(message: &str) {
    write_error(&format!("gscript: {message}\n"));
}

/// Says that standard output cannot be written.
pub fn complain_of_output(e: &std::io::Error) {
    complain(&format!("write stdout: {}", gscript::io_reason(e)));
}
