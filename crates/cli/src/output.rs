//! Standard output: buffered, by lines on a terminal, and quiet about a reader that has gone.

use std::io::{BufWriter, ErrorKind, IsTerminal, Stdout, Write};

/// Exit status when the reader of standard output has gone: as if the signal for it had ended the program.
const CLOSED_PIPE_STATUS: i32 = 141;

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
