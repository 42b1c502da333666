//! A file with its buffers; knows nothing of values.
//!
//! Input is read in pieces into `input`; what a format wants is looked for there by [`scan`], and only if that needs more
//! is the system asked. So the one call that may block is [`fill`], which does not hold the stream's lock meanwhile. Output
//! gathers in `output`. At most one of the two buffers has anything in it: before writing, the system's position is moved
//! back to what was consumed, before reading, output is flushed.

use crate::system;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// Bytes asked for at once.
const INPUT_BYTES: usize = 64 << 10;
/// Output is written when there is this much.
const OUTPUT_BYTES: usize = 32 << 10;
/// Longest text that is looked at for a number.
const NUMERAL_MAX: usize = 200;
/// The system's number for "bad file descriptor": reading what is open for writing, and the other way round.
const BAD_FILE: i32 = 9;

/// So long a reader waits before it asks whether it is still wanted. Arbitrary; who is interrupted does not wait for it.
const WAIT: Duration = Duration::from_millis(50);

/// What is behind a stream.
#[derive(Clone)]
pub(super) enum Handle {
    /// Nothing any more.
    Closed,
    /// A file that the program opened.
    File(Arc<File>),
    /// Standard input.
    Stdin,
    /// The output of `print`, which the engine has.
    Stdout,
    /// Standard error.
    Stderr,
}

/// When output is passed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Buffering {
    /// At once.
    No,
    /// When a line is complete.
    Line,
    /// When there is much.
    Full,
}

/// How a stream was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mode {
    pub(super) reads: bool,
    pub(super) writes: bool,
    appends: bool,
    truncates: bool,
}

impl Mode {
    /// The mode of standard input, or of standard output and error.
    pub(super) const fn standard(reads: bool) -> Mode {
        Mode { reads, writes: !reads, appends: false, truncates: false }
    }

    /// `r w a r+ w+ a+`, each with a `b` behind or before the plus.
    pub(super) fn parse(text: &[u8]) -> Option<Mode> {
        let (first, rest) = text.split_first()?;
        let is_both = match rest {
            b"" | b"b" => false,
            b"+" | b"+b" | b"b+" => true,
            _ => return None,
        };
        match first {
            b'r' => Some(Mode { reads: true, writes: is_both, appends: false, truncates: false }),
            b'w' => Some(Mode { reads: is_both, writes: true, appends: false, truncates: true }),
            b'a' => Some(Mode { reads: is_both, writes: true, appends: true, truncates: false }),
            _ => None,
        }
    }

    /// Opens a file.
    pub(super) fn open(self, path: &std::path::Path) -> io::Result<File> {
        let mut options = File::options();
        options.read(self.reads).append(self.appends);
        if self.writes && !self.appends {
            options.write(true);
        }
        options.create(self.truncates || self.appends).truncate(self.truncates).open(path)
    }
}

/// A file with its buffers.
pub(super) struct Stream {
    pub(super) handle: Handle,
    pub(super) mode: Mode,
    pub(super) buffering: Buffering,
    /// Reading may take long: it is no regular file.
    pub(super) is_slow: bool,
    input: Vec<u8>,
    /// What of the input has been consumed.
    consumed: usize,
    output: Vec<u8>,
    /// Counts consumptions, so that a reader that waited knows whether another came between.
    pub(super) generation: u64,
    /// Counts pieces that were read.
    pub(super) fills: u64,
}

/// A stream that several readers share.
pub(super) struct SharedStream {
    stream: Mutex<Stream>,
    /// Held by whoever asks the system for more input.
    filling: Mutex<()>,
}

impl SharedStream {
    pub(super) fn new(stream: Stream) -> Arc<SharedStream> {
        Arc::new(SharedStream { stream: Mutex::new(stream), filling: Mutex::new(()) })
    }

    /// The stream, for a moment.
    pub(super) fn lock(&self) -> MutexGuard<'_, Stream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stream, if nobody else has it.
    pub(super) fn try_lock(&self) -> Option<MutexGuard<'_, Stream>> {
        match self.stream.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(e)) => Some(e.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Reads more, if nobody has done so since `fills` pieces were read. False: the end of the file.
    ///
    /// Who has been interrupted must not take what another reader of the same terminal is to get. So as long as there is
    /// nothing to read, it is asked again and again whether the input `is_wanted`.
    pub(super) fn fill(&self, fills: u64, is_wanted: &dyn Fn() -> bool) -> io::Result<bool> {
        let _filling = self.filling.lock().unwrap_or_else(PoisonError::into_inner);
        let waits_on = {
            let stream = self.lock();
            stream.is_slow.then(|| stream.handle.clone())
        };
        while let Some(handle) = &waits_on
            && is_wanted()
            && !handle.wait()
        {}
        if !is_wanted() {
            return Ok(true);
        }
        let (handle, mut piece) = {
            let mut stream = self.lock();
            if stream.fills != fills || stream.is_closed() {
                return Ok(true);
            }
            if !stream.mode.reads {
                return Err(io::Error::from_raw_os_error(BAD_FILE));
            }
            stream.flush()?;
            (stream.handle.clone(), stream.take_room()?)
        };
        let start = piece.len();
        piece.resize(piece.capacity(), 0);
        let result = handle.read(&mut piece[start..]);
        piece.truncate(start + *result.as_ref().unwrap_or(&0));
        let mut stream = self.lock();
        stream.give_input(piece);
        stream.fills += 1;
        Ok(result? > 0)
    }
}

impl Handle {
    /// Waits a moment for input; tells whether there is some, or an end or an error to be told of.
    fn wait(&self) -> bool {
        match self {
            Handle::File(file) => system::wait_readable(&**file, WAIT),
            Handle::Stdin => system::wait_readable(&io::stdin(), WAIT),
            Handle::Closed | Handle::Stdout | Handle::Stderr => true,
        }
    }

    fn read(&self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            let result = match self {
                Handle::File(file) => (&**file).read(to),
                Handle::Stdin => io::stdin().lock().read(to),
                Handle::Closed | Handle::Stdout | Handle::Stderr => {
                    Err(io::Error::from_raw_os_error(BAD_FILE))
                }
            };
            match result {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}

impl Stream {
    pub(super) fn new(handle: Handle, mode: Mode, buffering: Buffering, is_slow: bool) -> Stream {
        Stream {
            handle,
            mode,
            buffering,
            is_slow,
            input: Vec::new(),
            consumed: 0,
            output: Vec::new(),
            generation: 0,
            fills: 0,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.handle, Handle::Closed)
    }

    /// Input that has been read and not consumed.
    pub(super) fn unread(&self) -> &[u8] {
        &self.input[self.consumed..]
    }

    /// Consumes the first `n` bytes of it.
    pub(super) fn consume(&mut self, n: usize) {
        self.consumed = (self.consumed + n).min(self.input.len());
        self.generation += 1;
        if self.consumed == self.input.len() {
            self.input.clear();
            self.consumed = 0;
            // A long line or a whole file was here.
            if self.input.capacity() > 4 * INPUT_BYTES {
                self.input = Vec::new();
            }
        }
    }

    /// Consumes the first `n` bytes of it; gives the part of them that `range` says.
    pub(super) fn take(&mut self, range: Range<usize>, n: usize) -> Vec<u8> {
        if range.start == 0 && self.consumed == 0 && n == self.input.len() {
            let mut taken = std::mem::take(&mut self.input);
            self.generation += 1;
            taken.truncate(range.end);
            return taken;
        }
        let taken = self.unread()[range].to_vec();
        self.consume(n);
        taken
    }

    /// Whether so many bytes can be written to the buffer, and stay there.
    pub(super) fn has_room(&self, n: usize) -> bool {
        !self.is_closed()
            && self.mode.writes
            && self.buffering == Buffering::Full
            && self.unread().is_empty()
            && self.output.len() + n <= OUTPUT_BYTES
    }

    /// Memory for the next piece of input. If there is a long incomplete piece it is handed out itself, so that it is not
    /// copied again and again; nobody finds it missing, because others look for more only when they find nothing.
    fn take_room(&mut self) -> io::Result<Vec<u8>> {
        let mut piece = Vec::new();
        if self.consumed == 0 && !self.is_slow {
            piece = std::mem::take(&mut self.input);
        }
        let room = INPUT_BYTES.max(piece.len() / 2);
        match piece.try_reserve(room) {
            Ok(()) => Ok(piece),
            Err(_) => {
                self.give_input(piece);
                Err(io::ErrorKind::OutOfMemory.into())
            }
        }
    }

    /// Puts a piece that was read, or was handed out, behind the input.
    fn give_input(&mut self, piece: Vec<u8>) {
        if self.is_closed() {
            return;
        }
        if self.consumed > 0 {
            self.input.drain(..self.consumed);
            self.consumed = 0;
        }
        if self.input.is_empty() { self.input = piece } else { self.input.extend_from_slice(&piece) }
    }

    /// Writes; what goes to standard output does not come here.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.mode.writes {
            return Err(io::Error::from_raw_os_error(BAD_FILE));
        }
        self.drop_input()?;
        if self.output.len() + bytes.len() > OUTPUT_BYTES {
            self.flush()?;
            if bytes.len() > OUTPUT_BYTES {
                return self.write_through(bytes);
            }
        }
        self.output.extend_from_slice(bytes);
        match self.buffering {
            Buffering::No => self.flush(),
            Buffering::Line if bytes.contains(&b'\n') => self.flush(),
            Buffering::Line | Buffering::Full => Ok(()),
        }
    }

    fn write_through(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &self.handle {
            Handle::File(file) => (&**file).write_all(bytes),
            Handle::Stderr => io::stderr().lock().write_all(bytes),
            Handle::Closed | Handle::Stdin | Handle::Stdout => Err(io::Error::from_raw_os_error(BAD_FILE)),
        }
    }

    /// Passes output on. What could not be written is dropped: the program has been told.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let mut output = std::mem::take(&mut self.output);
        let result = self.write_through(&output);
        output.clear();
        self.output = output;
        result
    }

    /// Moves the system's position back to what was consumed.
    fn drop_input(&mut self) -> io::Result<()> {
        let unread = self.unread().len();
        if unread > 0
            && let Handle::File(file) = &self.handle
        {
            (&**file).seek(SeekFrom::Current(-(unread as i64)))?;
        }
        self.input.clear();
        self.consumed = 0;
        self.generation += 1;
        Ok(())
    }

    /// Moves the position; gives the new one.
    pub(super) fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.flush()?;
        self.drop_input()?;
        match &self.handle {
            Handle::File(file) => (&**file).seek(to),
            // As for a pipe.
            _ => Err(io::Error::from(io::ErrorKind::NotSeekable)),
        }
    }

    /// Ends the use of the file.
    pub(super) fn close(&mut self) -> io::Result<()> {
        let result = self.flush();
        self.handle = Handle::Closed;
        self.input = Vec::new();
        self.output = Vec::new();
        self.consumed = 0;
        result
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.flush();
    }
}

/// What to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// A line, with or without its end.
    Line { keeps_end: bool },
    /// The rest.
    All,
    /// A numeral.
    Number,
    /// Up to so many bytes.
    Count(usize),
}

/// What [`scan`] found.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// The result's bytes, and how many are consumed.
    Bytes(Range<usize>, usize),
    /// The end of the file, or no numeral; and how many bytes are consumed.
    Nothing(usize),
    /// More input is needed.
    More,
}

/// Looks for what a format wants at the start of `input`. `is_end`: there is no more. `seen` bytes have been looked at
/// in vain before; it is kept up to date.
pub(super) fn scan(input: &[u8], is_end: bool, format: Format, seen: &mut usize) -> Found {
    let all_or_nothing =
        || if input.is_empty() { Found::Nothing(0) } else { Found::Bytes(0..input.len(), input.len()) };
    match format {
        Format::Line { keeps_end } => match memchr::memchr(b'\n', &input[*seen..]) {
            Some(at) => {
                let end = *seen + at;
                Found::Bytes(0..if keeps_end { end + 1 } else { end }, end + 1)
            }
            None if is_end => all_or_nothing(),
            None => {
                *seen = input.len();
                Found::More
            }
        },
        Format::All if is_end => Found::Bytes(0..input.len(), input.len()),
        Format::All => Found::More,
        Format::Count(0) if !input.is_empty() => Found::Bytes(0..0, 0),
        Format::Count(n) if n > 0 && input.len() >= n => Found::Bytes(0..n, n),
        Format::Count(_) if is_end => all_or_nothing(),
        Format::Count(_) => Found::More,
        Format::Number => scan_number(input, is_end),
    }
}

/// Takes the longest text that can begin a numeral, as C's `scanf` would.
fn scan_number(input: &[u8], is_end: bool) -> Found {
    let spaces = input.iter().take_while(|b| b.is_ascii_whitespace() || **b == 0x0B).count();
    let text = &input[spaces..];
    let mut at = 0;
    let take = |at: &mut usize, set: &[u8]| {
        let is_there = text.get(*at).is_some_and(|b| set.contains(b));
        *at += is_there as usize;
        is_there
    };
    let take_digits = |at: &mut usize, is_hex: bool| {
        let digits = text[*at..]
            .iter()
            .take_while(|b| if is_hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() })
            .take(NUMERAL_MAX + 1)
            .count();
        *at += digits;
        digits
    };
    take(&mut at, b"+-");
    let (mut digits, mut is_hex) = (0, false);
    if take(&mut at, b"0") {
        if take(&mut at, b"xX") { is_hex = true } else { digits = 1 }
    }
    digits += take_digits(&mut at, is_hex);
    if take(&mut at, b".") {
        digits += take_digits(&mut at, is_hex);
    }
    if digits > 0 && take(&mut at, if is_hex { b"pP" } else { b"eE" }) {
        take(&mut at, b"+-");
        take_digits(&mut at, false);
    }
    if at == text.len() && !is_end && at <= NUMERAL_MAX {
        return Found::More;
    }
    if digits == 0 || at > NUMERAL_MAX {
        return Found::Nothing(spaces + at);
    }
    Found::Bytes(spaces..spaces + at, spaces + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, is_end: bool, format: Format) -> Found {
        scan(input.as_bytes(), is_end, format, &mut 0)
    }

    #[test]
    fn lines() {
        let (l, keeping) = (Format::Line { keeps_end: false }, Format::Line { keeps_end: true });
        assert_eq!(check("ab\ncd", false, l), Found::Bytes(0..2, 3));
        assert_eq!(check("ab\r\n", false, l), Found::Bytes(0..3, 4));
        assert_eq!(check("ab\ncd", false, keeping), Found::Bytes(0..3, 3));
        assert_eq!(check("ab", false, l), Found::More);
        assert_eq!(check("ab", true, l), Found::Bytes(0..2, 2));
        assert_eq!(check("", true, l), Found::Nothing(0));
        assert_eq!(check("\n", true, l), Found::Bytes(0..0, 1));
        let mut seen = 3;
        assert_eq!(scan(b"abcd\n", false, l, &mut seen), Found::Bytes(0..4, 5));
    }

    #[test]
    fn counts_and_the_rest() {
        assert_eq!(check("abc", false, Format::Count(2)), Found::Bytes(0..2, 2));
        assert_eq!(check("abc", false, Format::Count(4)), Found::More);
        assert_eq!(check("abc", true, Format::Count(4)), Found::Bytes(0..3, 3));
        assert_eq!(check("", true, Format::Count(4)), Found::Nothing(0));
        assert_eq!(check("", true, Format::Count(0)), Found::Nothing(0));
        assert_eq!(check("a", false, Format::Count(0)), Found::Bytes(0..0, 0));
        assert_eq!(check("", true, Format::All), Found::Bytes(0..0, 0));
        assert_eq!(check("x", false, Format::All), Found::More);
    }

    #[test]
    fn numbers() {
        let number = |text: &str| match check(text, true, Format::Number) {
            Found::Bytes(range, end) => Ok((text[range].to_string(), end)),
            Found::Nothing(end) => Err(end),
            Found::More => panic!("there is no more"),
        };
        assert_eq!(number("  12 13"), Ok(("12".to_string(), 4)));
        assert_eq!(number("-1.5e-3x"), Ok(("-1.5e-3".to_string(), 7)));
        assert_eq!(number("0x1Fg"), Ok(("0x1F".to_string(), 4)));
        assert_eq!(number("\n.5"), Ok((".5".to_string(), 3)));
        assert_eq!(number("abc"), Err(0));
        assert_eq!(number("  -x"), Err(3));
        assert_eq!(number("   "), Err(3));
        assert_eq!(check("12", false, Format::Number), Found::More);
        assert_eq!(check("12 ", false, Format::Number), Found::Bytes(0..2, 2));
        assert_eq!(number(&"9".repeat(300)), Err(201));
    }

    #[test]
    fn modes() {
        assert!(Mode::parse(b"r").is_some_and(|m| m.reads && !m.writes));
        assert!(Mode::parse(b"a+b").is_some_and(|m| m.reads && m.writes && m.appends));
        assert!(Mode::parse(b"wb").is_some_and(|m| m.truncates));
        for bad in ["", "x", "rw", "r++", "rbb", "+r"] {
            assert_eq!(Mode::parse(bad.as_bytes()), None, "{bad}");
        }
    }
}
