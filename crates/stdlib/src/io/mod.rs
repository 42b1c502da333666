//! The `io` library: files as objects, and the standard streams.
//!
//! A file object shares its `Stream` with the jobs that read it: the stream is locked for a moment at a time, never while
//! user code may run or the system is asked for input. Reading looks into the stream's buffer first; only filling it asks the system, in place for regular
//! files, otherwise as a blocking job that lets other goroutines run. Standard output is the engine's, which `print` writes
//! to as well, and is flushed before standard input is asked for more.
//!
//! Files that the program does not close are flushed when their object dies, or by [`flush_all`] at the end of a run.

mod stream;

use crate::access;
use crate::buffer::Buffer;
use crate::system;
use runtime::mutator::{Mutator, keep_alive};
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::io::{SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use stream::{Buffering, Format, Found, Handle, Mode, SharedStream, Stream, scan};
use vm::engine::Engine;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};
use vm::userdata::{self, Payload, UserdataClass};

/// The library's functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("io.write", write),
    NativeDef::new("io.read", read),
    NativeDef::new("io.lines", lines),
    NativeDef::new("io.open", open_file),
    NativeDef::new("io.type", type_),
];

static METHODS: &[NativeDef] = &[
    NativeDef::new("file:read", file_read),
    NativeDef::new("file:write", file_write),
    NativeDef::new("file:lines", file_lines),
    NativeDef::new("file:seek", file_seek),
    NativeDef::new("file:flush", file_flush),
    NativeDef::new("file:setvbuf", file_setvbuf),
    NativeDef::new("file:close", file_close),
];

static FILE: UserdataClass = UserdataClass::new("file", METHODS).with_tostring(|p| {
    let p: &dyn std::any::Any = p;
    match p.downcast_ref::<File>() {
        Some(file) if !file.stream.lock().is_closed() => format!("file ({})", file.name),
        _ => "file (closed)".to_string(),
    }
});

/// The iterator that `lines` gives. Upvalues: the file, whether to close it at its end, the formats or nil.
static NEXT_LINE: NativeDef = NativeDef::new("io.lines", next_line);

/// A file object.
struct File {
    stream: Arc<SharedStream>,
    /// What messages call it: its path, or `stdin` and the like.
    name: String,
    kind: FileKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FileKind {
    Input,
    Output,
    Other,
}

impl Payload for File {}

impl File {
    /// The stream. Who has it may wait for the system, so others may stop the world while it is waited for.
    fn lock(&self, fiber: &mut Fiber) -> MutexGuard<'_, Stream> {
        match self.stream.try_lock() {
            Some(stream) => stream,
            None => fiber.mutator().idle(|| self.stream.lock()),
        }
    }
}

/// The streams that may have output to be written.
#[derive(Default)]
struct OpenStreams {
    streams: Mutex<Vec<Weak<SharedStream>>>,
}

impl OpenStreams {
    fn add(&self, stream: &Arc<SharedStream>) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if streams.len() == streams.capacity() {
            streams.retain(|s| s.strong_count() > 0);
        }
        streams.push(Arc::downgrade(stream));
    }
}

/// Writes what the output and files that the program left open still have to write: for the end of a run.
///
/// # Errors
/// That of the output, which is the program's last chance to be heard. A file that was not closed had no reader waiting.
pub fn flush_all(engine: &Engine) -> std::io::Result<()> {
    let outcome = engine.output().flush();
    let open = engine.extension(OpenStreams::default);
    let streams: Vec<_> = open.streams.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for stream in streams.iter().filter_map(Weak::upgrade) {
        let _ = stream.lock().flush();
    }
    outcome
}

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    let t = engine.define_library(m, "io", FUNCTIONS);
    let streams = [
        ("stdin", Handle::Stdin, FileKind::Input, Buffering::Full),
        ("stdout", Handle::Stdout, FileKind::Output, Buffering::Full),
        ("stderr", Handle::Stderr, FileKind::Other, Buffering::No),
    ];
    for (name, handle, kind, buffering) in streams {
        let is_input = kind == FileKind::Input;
        let stream =
            Stream::new(handle, Mode::standard(is_input), buffering, is_input && !is_stdin_regular());
        let file = File { stream: SharedStream::new(stream), name: name.to_string(), kind };
        let v = userdata::new(engine, m, &FILE, file);
        engine.set_raw(m, t, name, v);
        // Functions that go without a file find the standard streams as their upvalues.
        let users: &[&str] = match kind {
            FileKind::Input => &["io.read", "io.lines"],
            FileKind::Output => &["io.write"],
            FileKind::Other => &[],
        };
        for def in FUNCTIONS.iter().filter(|def| users.contains(&def.name)) {
            let f = engine.new_native_with(m, def, &[v]);
            engine.set_raw(m, t, def.short_name(), f);
        }
    }
}

/// Whether standard input is a file, which is read without delay.
#[cfg(unix)]
fn is_stdin_regular() -> bool {
    use std::os::fd::AsFd;
    match std::io::stdin().as_fd().try_clone_to_owned() {
        Ok(fd) => std::fs::File::from(fd).metadata().is_ok_and(|data| data.is_file()),
        Err(_) => false,
    }
}

#[cfg(not(unix))]
fn is_stdin_regular() -> bool {
    false
}

// ---- reading ------------------------------------------------------------------------------------------------------

/// What reading one format gave.
enum Outcome {
    /// The value: nil at the end of the file.
    Value(Value),
    /// The system's error.
    Failed(std::io::Error),
}

#[cold]
#[inline(never)]
fn closed(fiber: &mut Fiber) -> Thrown {
    fiber.error("attempt to use a closed file")
}

/// From this length on it is made sure that there is memory for what is read.
const LONG_INPUT: usize = 1 << 20;

/// Reads what one format says.
fn read_format(fiber: &mut Fiber, file: &File, format: Format) -> Result<Outcome, Thrown> {
    let (mut is_end, mut seen, mut generation) = (false, 0, 0);
    loop {
        let mut stream = file.lock(fiber);
        if stream.is_closed() {
            drop(stream);
            return Err(closed(fiber));
        }
        if stream.generation != generation {
            (seen, generation) = (0, stream.generation);
        }
        let input = stream.unread();
        match scan(input, is_end, format, &mut seen) {
            Found::Bytes(range, consumed) => {
                // The string is made when the stream is not locked any more: that may have to wait for others.
                let s = if range.len() >= LONG_INPUT {
                    let taken = stream.take(range, consumed);
                    drop(stream);
                    fiber.new_str(&taken)?
                } else {
                    let mut taken = Buffer::new();
                    taken.bytes.extend_from_slice(&input[range]);
                    stream.consume(consumed);
                    drop(stream);
                    taken.finish(fiber)?
                };
                if format != Format::Number {
                    return Ok(Outcome::Value(s.to_value()));
                }
                let number = fiber.to_num(s.to_value());
                return Ok(Outcome::Value(number.map_or(Value::NIL, |n| fiber.num_value(n))));
            }
            Found::Nothing(consumed) => {
                stream.consume(consumed);
                return Ok(Outcome::Value(Value::NIL));
            }
            // The input is read in steps up to half its length, and its string must have room too.
            Found::More if input.len() > LONG_INPUT => {
                let size_bytes = input.len().saturating_mul(3);
                drop(stream);
                if !fiber.mutator().has_room(size_bytes) {
                    return Err(fiber.out_of_memory());
                }
                stream = file.lock(fiber);
            }
            Found::More => {}
        }
        let (is_slow, fills) = (stream.is_slow, stream.fills);
        drop(stream);
        match fill(fiber, file, is_slow, fills)? {
            Ok(has_more) => is_end = !has_more,
            Err(e) if e.kind() == std::io::ErrorKind::OutOfMemory => return Err(fiber.out_of_memory()),
            Err(e) => return Ok(Outcome::Failed(e)),
        }
    }
}

/// Gets more input, if nobody has done so since `fills` pieces were read; false at the end.
fn fill(fiber: &mut Fiber, file: &File, is_slow: bool, fills: u64) -> Result<std::io::Result<bool>, Thrown> {
    fiber.poll()?;
    if file.kind == FileKind::Input {
        let _ = fiber.flush_output();
    }
    if !is_slow {
        // The system may be slow all the same, and others may be waiting for the same file.
        return Ok(fiber.mutator().idle(|| file.stream.fill(fills, &|| true)));
    }
    let stream = file.stream.clone();
    vm::blocking::run_interruptibly(fiber, move |waiter| stream.fill(fills, &|| waiter.is_waiting()))
}

/// The format that a value is.
fn format_of(fiber: &mut Fiber, v: Value) -> Option<Format> {
    let Some(s) = Str::from_value(v) else {
        let n = vm::convert::num(v)?.to_int()?;
        return usize::try_from(n).ok().map(Format::Count);
    };
    let bytes = s.bytes(fiber.mutator());
    match bytes.strip_prefix(b"*").unwrap_or(bytes).first()? {
        b'l' => Some(Format::Line { keeps_end: false }),
        b'L' => Some(Format::Line { keeps_end: true }),
        b'a' => Some(Format::All),
        b'n' => Some(Format::Number),
        _ => None,
    }
}

/// Argument `i` as a format.
fn format_arg(fiber: &mut Fiber, args: Args, i: u32) -> Result<Format, Thrown> {
    match format_of(fiber, args.get(i)) {
        Some(format) => Ok(format),
        None => {
            if args.get(i).is_number() {
                args.int(fiber, i)?;
            }
            Err(args.bad(fiber, i, "invalid format"))
        }
    }
}

/// Reads what the arguments from `first` on say.
fn read_args(fiber: &mut Fiber, args: Args, first: u32, object: Value) -> NativeResult {
    let file = args.receiver::<File>(fiber, &object)?;
    if args.count() <= first + 1 {
        let format = if args.count() <= first {
            Format::Line { keeps_end: false }
        } else {
            format_arg(fiber, args, first)?
        };
        return match read_format(fiber, file, format)? {
            Outcome::Value(v) => args.ret1(v),
            Outcome::Failed(e) => system::failure(fiber, args, "read", &file.name, &e),
        };
    }
    for i in first..args.count() {
        format_arg(fiber, args, i)?;
    }
    // Results may be more than fit before the arguments: they gather in a list.
    let list = fiber.mutator().new_table(0, 0);
    let mut n = 0;
    for i in first..args.count() {
        let format = format_arg(fiber, args, i)?;
        let v = match read_format(fiber, file, format)? {
            Outcome::Value(v) => v,
            Outcome::Failed(e) => return system::failure(fiber, args, "read", &file.name, &e),
        };
        n += 1;
        if v.is_nil() {
            break;
        }
        access::append(fiber, list, v)?;
    }
    args.ret_with(fiber, n, |fiber, i| list.get_int(fiber.mutator(), i as i64 + 1))
}

fn read(fiber: &mut Fiber, args: Args) -> NativeResult {
    let stdin = args.upvalue(0);
    read_args(fiber, args, 0, stdin)
}

fn file_read(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    read_args(fiber, args, 1, object)
}

/// An iterator over a file with the formats from argument `first` on.
fn new_iterator(fiber: &mut Fiber, args: Args, first: u32, file: Value, closes: bool) -> NativeResult {
    let mut formats = Value::NIL;
    if args.count() > first {
        let list = fiber.mutator().new_table(0, 0);
        for i in first..args.count() {
            format_arg(fiber, args, i)?;
            access::append(fiber, list, args.get(i))?;
        }
        formats = list.to_value();
    }
    let (engine, m) = fiber.parts();
    let f = engine.new_native_with(m, &NEXT_LINE, &[file, Value::bool(closes), formats]);
    args.ret1(f)
}

fn lines(fiber: &mut Fiber, args: Args) -> NativeResult {
    if args.is_nil(0) {
        let stdin = args.upvalue(0);
        return new_iterator(fiber, args, 1, stdin, false);
    }
    let name = args.str(fiber, 0)?;
    let mode = Mode::standard(true);
    match open_path(fiber, name, mode)? {
        Ok(file) => new_iterator(fiber, args, 1, file, true),
        Err((name, e)) => Err(fiber.error(&system::message("open", &name, &e))),
    }
}

fn file_lines(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let file = args.receiver::<File>(fiber, &object)?;
    if file.lock(fiber).is_closed() {
        return Err(closed(fiber));
    }
    new_iterator(fiber, args, 1, object, false)
}

fn next_line(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (object, closes, formats) = (args.upvalue(0), args.upvalue(1), args.upvalue(2));
    let file = args.receiver::<File>(fiber, &object)?;
    let formats = Table::from_value(formats);
    let count = formats.map_or(1, Table::len);
    let mut list = None;
    for i in 1..=count {
        let format = match formats {
            None => Format::Line { keeps_end: false },
            // `new_iterator` has checked it.
            Some(t) => {
                let v = t.get_int(fiber.mutator(), i as i64);
                format_of(fiber, v).unwrap_or(Format::All)
            }
        };
        let v = match read_format(fiber, file, format)? {
            Outcome::Value(v) => v,
            Outcome::Failed(e) => return Err(fiber.error(&system::message("read", &file.name, &e))),
        };
        if i == 1 {
            if v.is_nil() && !closes.is_falsy() {
                let _ = with_stream(fiber, file, |_, stream| stream.close());
            }
            if count == 1 || v.is_nil() {
                return args.ret1(v);
            }
            list = Some(fiber.mutator().new_table(0, 0));
        }
        match list {
            Some(list) if !v.is_nil() => access::append(fiber, list, v)?,
            _ => break,
        }
    }
    let Some(list) = list else { return args.ret1(Value::NIL) };
    // A format that failed gives nil, and those behind it nothing.
    let n = (list.len() + 1).min(count);
    args.ret_with(fiber, n, |fiber, i| list.get_int(fiber.mutator(), i as i64 + 1))
}

// ---- writing ------------------------------------------------------------------------------------------------------

/// Writes bytes as one unit.
fn write_bytes(fiber: &mut Fiber, file: &File, bytes: &[u8]) -> Result<std::io::Result<()>, Thrown> {
    let is_output = file.kind == FileKind::Output;
    // Where there is room in the buffer nothing takes long.
    if !is_output
        && let Some(mut stream) = file.stream.try_lock()
        && stream.has_room(bytes.len())
    {
        return Ok(stream.write(bytes));
    }
    if !is_output {
        return with_stream(fiber, file, |_, stream| stream.write(bytes)).ok_or_else(|| closed(fiber));
    }
    let stream = file.lock(fiber);
    let (is_closed, buffering) = (stream.is_closed(), stream.buffering);
    drop(stream);
    if is_closed {
        return Err(closed(fiber));
    }
    let is_due = match buffering {
        Buffering::Full => false,
        Buffering::Line => bytes.contains(&b'\n'),
        Buffering::No => true,
    };
    // Flushing may wait.
    let size_bytes = if is_due { usize::MAX >> 1 } else { bytes.len() };
    Ok(fiber.with_output(size_bytes, |output| {
        let result = output.write_all(bytes);
        if is_due { result.and_then(|()| output.flush()) } else { result }
    }))
}

/// Does something with a stream that may take long; `None`: it is closed.
fn with_stream<R>(fiber: &mut Fiber, file: &File, work: impl FnOnce(&Engine, &mut Stream) -> R) -> Option<R> {
    let (engine, m) = fiber.parts();
    m.idle(|| {
        let mut stream = file.stream.lock();
        if stream.is_closed() { None } else { Some(work(engine, &mut stream)) }
    })
}

/// Writes the arguments from `first` on; gives the file.
fn write_args(fiber: &mut Fiber, args: Args, first: u32, object: Value) -> NativeResult {
    let file = args.receiver::<File>(fiber, &object)?;
    let result = if args.count() == first + 1 {
        let s = fiber.tostring(args.get(first))?;
        let bytes = s.bytes(fiber.mutator());
        let result = write_bytes(fiber, file, bytes)?;
        keep_alive(s.to_value());
        result
    } else {
        let mut out = Buffer::new();
        for i in first..args.count() {
            let s = fiber.tostring(args.get(i))?;
            let bytes = s.bytes(fiber.mutator());
            out.push(fiber, bytes)?;
            keep_alive(s.to_value());
        }
        let result = write_bytes(fiber, file, &out.bytes)?;
        out.discard();
        result
    };
    match result {
        Ok(()) => args.ret1(object),
        Err(e) => system::failure(fiber, args, "write", &file.name, &e),
    }
}

fn write(fiber: &mut Fiber, args: Args) -> NativeResult {
    let stdout = args.upvalue(0);
    write_args(fiber, args, 0, stdout)
}

fn file_write(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    write_args(fiber, args, 1, object)
}

fn file_flush(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let file = args.receiver::<File>(fiber, &object)?;
    let flushed = with_stream(fiber, file, |engine, stream| {
        if file.kind == FileKind::Output { engine.output().flush() } else { stream.flush() }
    });
    let Some(result) = flushed else { return Err(closed(fiber)) };
    match result {
        Ok(()) => args.ret1(Value::TRUE),
        Err(e) => system::failure(fiber, args, "write", &file.name, &e),
    }
}

fn file_setvbuf(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let file = args.receiver::<File>(fiber, &object)?;
    let name = args.str(fiber, 1)?;
    let buffering = match name.bytes(fiber.mutator()) {
        b"no" => Buffering::No,
        b"line" => Buffering::Line,
        b"full" => Buffering::Full,
        other => {
            let detail = format!("invalid option '{}'", String::from_utf8_lossy(other));
            return Err(args.bad(fiber, 1, &detail));
        }
    };
    let set = with_stream(fiber, file, |_, stream| {
        stream.buffering = buffering;
        if buffering != Buffering::Full {
            let _ = stream.flush();
        }
    });
    match set {
        Some(()) => args.ret1(Value::TRUE),
        None => Err(closed(fiber)),
    }
}

// ---- opening, moving, closing -------------------------------------------------------------------------------------

/// Opens a file; gives its object, or how messages call it and the error.
fn open_path(
    fiber: &mut Fiber,
    name: Str,
    mode: Mode,
) -> Result<Result<Value, (String, std::io::Error)>, Thrown> {
    let bytes = name.bytes(fiber.mutator());
    let path = system::path_of(bytes);
    let name = String::from_utf8_lossy(bytes).into_owned();
    // Opening a named pipe waits for its other side.
    let opened = vm::blocking::run(fiber, move || {
        let file = mode.open(&path)?;
        let is_slow = !file.metadata().is_ok_and(|data| data.is_file());
        Ok((file, is_slow))
    })?;
    let (file, is_slow) = match opened {
        Ok(opened) => opened,
        Err(e) => return Ok(Err((name, e))),
    };
    let stream = SharedStream::new(Stream::new(Handle::File(Arc::new(file)), mode, Buffering::Full, is_slow));
    if mode.writes {
        fiber.engine().extension(OpenStreams::default).add(&stream);
    }
    let file = File { stream, name, kind: FileKind::Other };
    Ok(Ok(fiber.new_userdata(&FILE, file)))
}

fn open_file(fiber: &mut Fiber, args: Args) -> NativeResult {
    let name = args.str(fiber, 0)?;
    let mode = match args.opt_str(fiber, 1)? {
        Some(s) => Mode::parse(s.bytes(fiber.mutator())),
        None => Some(Mode::standard(true)),
    };
    let Some(mode) = mode else { return Err(args.bad(fiber, 1, "invalid mode")) };
    match open_path(fiber, name, mode)? {
        Ok(file) => args.ret1(file),
        Err((name, e)) => system::failure(fiber, args, "open", &name, &e),
    }
}

fn type_(fiber: &mut Fiber, args: Args) -> NativeResult {
    let v = args.any(fiber, 0)?;
    let text: &[u8] = match userdata::get::<File>(&v) {
        None => return args.ret1(Value::NIL),
        Some(file) if file.lock(fiber).is_closed() => b"closed file",
        Some(_) => b"file",
    };
    let text = access::text(fiber, text)?;
    args.ret1(text)
}

fn file_seek(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let file = args.receiver::<File>(fiber, &object)?;
    let whence = match args.opt_str(fiber, 1)? {
        Some(s) => s.bytes(fiber.mutator()),
        None => b"cur",
    };
    let offset = args.opt_int(fiber, 2, 0)?;
    let to = match whence {
        b"set" => u64::try_from(offset).ok().map(SeekFrom::Start),
        b"cur" => Some(SeekFrom::Current(offset)),
        b"end" => Some(SeekFrom::End(offset)),
        other => {
            let detail = format!("invalid option '{}'", String::from_utf8_lossy(other));
            return Err(args.bad(fiber, 1, &detail));
        }
    };
    let moved = with_stream(fiber, file, |_, stream| match to {
        Some(to) => stream.seek(to),
        None => Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "invalid argument")),
    });
    let Some(result) = moved else { return Err(closed(fiber)) };
    match result {
        Ok(at) => {
            let v = fiber.mutator().int(at as i64);
            args.ret1(v)
        }
        Err(e) => system::failure(fiber, args, "seek", &file.name, &e),
    }
}

fn file_close(fiber: &mut Fiber, args: Args) -> NativeResult {
    let object = args.get(0);
    let file = args.receiver::<File>(fiber, &object)?;
    let ended = with_stream(fiber, file, |engine, stream| {
        let flushed = if file.kind == FileKind::Output { engine.output().flush() } else { Ok(()) };
        stream.close().and(flushed)
    });
    let Some(result) = ended else { return Err(closed(fiber)) };
    match result {
        Ok(()) => args.ret1(Value::TRUE),
        Err(e) => system::failure(fiber, args, "close", &file.name, &e),
    }
}
