//! What libraries that talk to the operating system share: paths, and failures as results.

use runtime::value::Value;
use std::path::PathBuf;
use std::time::Duration;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeResult};

/// The path that these bytes are.
#[cfg(unix)]
pub(crate) fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

/// The path that these bytes are.
#[cfg(not(unix))]
pub(crate) fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// The bytes of a name that the operating system gave.
#[cfg(unix)]
pub(crate) fn os_bytes(name: std::ffi::OsString) -> Vec<u8> {
    use std::os::unix::ffi::OsStringExt;
    name.into_vec()
}

/// The bytes of a name that the operating system gave.
#[cfg(not(unix))]
pub(crate) fn os_bytes(name: std::ffi::OsString) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}

/// Waits so long for a file to have something to read, or an end or an error to tell of; false if it has not.
#[cfg(unix)]
pub(crate) fn wait_readable(file: &impl std::os::fd::AsFd, time: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    let timeout = Timespec::try_from(time).ok();
    // What cannot be waited for is read, which tells why.
    !matches!(poll(&mut [PollFd::new(file, PollFlags::IN)], timeout.as_ref()), Ok(0) | Err(Errno::INTR))
}

/// Where files cannot be waited for, reading waits.
#[cfg(not(unix))]
pub(crate) fn wait_readable<T>(_file: &T, _time: Duration) -> bool {
    true
}

/// Argument `i` as a path.
pub(crate) fn path_arg(fiber: &mut Fiber, args: Args, i: u32) -> Result<PathBuf, Thrown> {
    let s = args.str(fiber, i)?;
    Ok(path_of(s.bytes(fiber.mutator())))
}

/// `op path: reason`.
pub(crate) fn message(op: &str, path: &str, e: &std::io::Error) -> String {
    format!("{op} {path}: {}", vm::link::io_reason(e))
}

/// The number that goes with an error: the system's, or that of an invalid argument for what was refused before asking it.
pub(crate) fn errno(e: &std::io::Error) -> i32 {
    const INVALID_ARGUMENT: i32 = 22;
    e.raw_os_error().unwrap_or(INVALID_ARGUMENT)
}

/// The results `nil, "op path: reason", errno`.
pub(crate) fn failure(
    fiber: &mut Fiber,
    args: Args,
    op: &str,
    path: &str,
    e: &std::io::Error,
) -> NativeResult {
    let text = fiber.new_str(message(op, path, e).as_bytes())?;
    args.ret3(Value::NIL, text.to_value(), Value::int32(errno(e)))
}

/// The results `nil, text`.
pub(crate) fn refusal(fiber: &mut Fiber, args: Args, text: &str) -> NativeResult {
    let text = fiber.new_str(text.as_bytes())?;
    args.ret2(Value::NIL, text.to_value())
}
