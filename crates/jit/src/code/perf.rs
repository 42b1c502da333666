//! Names of compiled functions for profilers: the perf map and jitdump.
//!
//! ```text
//!   /tmp/perf-PID.map    one line of text per block: address length name; perf reads it by itself
//!   jit-PID.dump         binary, with the code and its source lines; `perf record -k mono` then `perf inject --jit`
//! ```
//!
//! Both only ever grow: perf matches records by time. Errors of the files are the caller's to report or to forget.

use super::CodePtr;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The text file.
pub struct PerfMap {
    file: File,
}

impl PerfMap {
    /// Where perf looks for the map of this process.
    pub fn default_path() -> PathBuf {
        PathBuf::from(format!("/tmp/perf-{}.map", std::process::id()))
    }

    /// A new file at `path`.
    pub fn create(path: &Path) -> io::Result<PerfMap> {
        Ok(PerfMap { file: File::create(path)? })
    }

    /// Adds a block, in one write so that lines of several threads stay whole.
    pub fn add(&mut self, start: CodePtr, len: usize, name: &str) -> io::Result<()> {
        let name = one_line(name);
        self.file.write_all(format!("{:x} {len:x} {name}\n", start.address()).as_bytes())
    }
}

/// Source positions of a block: offset in it, line.
pub type LineTable<'a> = &'a [(u32, u32)];

/// The binary file. The layout is that of the kernel's `tools/perf/Documentation/jitdump-specification.txt`.
pub struct JitDump {
    file: File,
    next_index: u64,
    #[cfg(all(unix, not(miri)))]
    _marker: marker::Marker,
}

const MAGIC: u32 = 0x4A69_5444;
const VERSION: u32 = 1;
const HEADER_BYTES: u32 = 40;
const RECORD_LOAD: u32 = 0;
const RECORD_DEBUG_INFO: u32 = 2;
const RECORD_CLOSE: u32 = 3;
/// Machine numbers of ELF.
const ELF_MACHINE: u32 = if cfg!(target_arch = "aarch64") { 183 } else { 62 };

impl JitDump {
    /// A new file in `dir`, under the name by which perf finds it.
    pub fn create(dir: &Path) -> io::Result<JitDump> {
        let path = dir.join(format!("jit-{}.dump", std::process::id()));
        let mut file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
        let mut header = Vec::new();
        for word in [MAGIC, VERSION, HEADER_BYTES, ELF_MACHINE, 0, std::process::id()] {
            header.extend_from_slice(&word.to_ne_bytes());
        }
        header.extend_from_slice(&timestamp().to_ne_bytes());
        header.extend_from_slice(&0u64.to_ne_bytes());
        file.write_all(&header)?;
        #[cfg(all(unix, not(miri)))]
        let _marker = marker::Marker::new(&file)?;
        Ok(JitDump {
            file,
            next_index: 0,
            #[cfg(all(unix, not(miri)))]
            _marker,
        })
    }

    /// Adds a block with its bytes and, if there are any, the lines of `source` it comes from.
    pub fn add(
        &mut self,
        start: CodePtr,
        code: &[u8],
        name: &str,
        source: &str,
        lines: LineTable<'_>,
    ) -> io::Result<()> {
        let address = start.address() as u64;
        let mut out = Vec::new();
        if !lines.is_empty() {
            let mut body = Vec::new();
            body.extend_from_slice(&address.to_ne_bytes());
            body.extend_from_slice(&(lines.len() as u64).to_ne_bytes());
            for &(offset, line) in lines {
                body.extend_from_slice(&(address + u64::from(offset)).to_ne_bytes());
                body.extend_from_slice(&line.to_ne_bytes());
                body.extend_from_slice(&0u32.to_ne_bytes());
                body.extend_from_slice(one_line(source).as_bytes());
                body.push(0);
            }
            record(&mut out, RECORD_DEBUG_INFO, &body);
        }
        let mut body = Vec::new();
        body.extend_from_slice(&std::process::id().to_ne_bytes());
        body.extend_from_slice(&thread_id().to_ne_bytes());
        for word in [address, address, code.len() as u64, self.next_index] {
            body.extend_from_slice(&word.to_ne_bytes());
        }
        body.extend_from_slice(one_line(name).as_bytes());
        body.push(0);
        body.extend_from_slice(code);
        record(&mut out, RECORD_LOAD, &body);
        self.next_index += 1;
        self.file.write_all(&out)
    }
}

impl Drop for JitDump {
    fn drop(&mut self) {
        let mut out = Vec::new();
        record(&mut out, RECORD_CLOSE, &[]);
        // A profile without its last record is still read.
        let _ = self.file.write_all(&out);
    }
}

/// Kind, whole length, time, then the body.
fn record(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    out.extend_from_slice(&kind.to_ne_bytes());
    out.extend_from_slice(&(16 + body.len() as u32).to_ne_bytes());
    out.extend_from_slice(&timestamp().to_ne_bytes());
    out.extend_from_slice(body);
}

/// A name without what would end a line or a C string.
fn one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Nanoseconds of the clock that `perf record -k mono` uses.
fn timestamp() -> u64 {
    #[cfg(all(unix, not(miri)))]
    {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is to a live local that the call fills in.
        unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    }
    #[cfg(any(not(unix), miri))]
    0
}

fn thread_id() -> u32 {
    #[cfg(all(target_os = "linux", not(miri)))]
    {
        // SAFETY: the call has no arguments and only returns a number.
        (unsafe { libc::gettid() }) as u32
    }
    #[cfg(any(not(target_os = "linux"), miri))]
    std::process::id()
}

#[cfg(all(unix, not(miri)))]
mod marker {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;

    /// A page of the file mapped as executable: perf notes such mappings, and so learns of the file.
    pub(super) struct Marker {
        address: usize,
        len: usize,
    }

    impl Marker {
        pub(super) fn new(file: &File) -> io::Result<Marker> {
            // SAFETY: `sysconf` only reads a number.
            let len = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
            let protection = libc::PROT_READ | libc::PROT_EXEC;
            // SAFETY: the system chooses the address, so nothing that exists is replaced; the file is open. The page is
            // never read or run.
            let address = unsafe {
                libc::mmap(std::ptr::null_mut(), len, protection, libc::MAP_PRIVATE, file.as_raw_fd(), 0)
            };
            if address == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            Ok(Marker { address: address.expose_provenance(), len })
        }
    }

    impl Drop for Marker {
        fn drop(&mut self) {
            // SAFETY: the page was mapped in `new` with this length, and nothing points into it.
            unsafe { libc::munmap(std::ptr::with_exposed_provenance_mut(self.address), self.len) };
        }
    }
}

#[cfg(all(test, not(miri)))]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("gscript-perf-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        dir
    }

    #[test]
    fn map_lines() {
        let dir = scratch("map");
        let path = dir.join("perf.map");
        let mut map = PerfMap::create(&path).unwrap();
        map.add(CodePtr(0x7000_1000), 0x40, "fib [method]").unwrap();
        map.add(CodePtr(0x7000_1040), 10, "two\nlines").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "70001000 40 fib [method]\n70001040 a two lines\n");
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn dump_records_are_as_long_as_they_say() {
        let dir = scratch("dump");
        let mut dump = JitDump::create(&dir).unwrap();
        dump.add(CodePtr(0x7000_1000), &[0xc3; 7], "fib", "fib.gs", &[(0, 1), (4, 2)]).unwrap();
        dump.add(CodePtr(0x7000_2000), &[0xc3; 9], "tak", "fib.gs", &[]).unwrap();
        drop(dump);
        let bytes = std::fs::read(dir.join(format!("jit-{}.dump", std::process::id()))).unwrap();
        let word = |at: usize| u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!([word(0), word(4), word(8)], [MAGIC, VERSION, HEADER_BYTES]);
        let mut at = HEADER_BYTES as usize;
        let mut kinds = Vec::new();
        while at < bytes.len() {
            kinds.push(word(at));
            at += word(at + 4) as usize;
        }
        assert_eq!(at, bytes.len());
        assert_eq!(kinds, [RECORD_DEBUG_INFO, RECORD_LOAD, RECORD_LOAD, RECORD_CLOSE]);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
