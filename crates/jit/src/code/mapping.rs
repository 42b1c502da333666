//! Memory that is written in one place and run in another.
//!
//! On Linux an anonymous file is mapped twice: once readable and writable, once readable and executable. Elsewhere, or
//! where the system forbids that, one mapping serves: pages being written are made writable *and* executable for the
//! moment, because other threads may be running other code on them, then executable only. Where even that is forbidden
//! there is no cache, and programs are interpreted.
//!
//! Callers keep writers of the same bytes apart; writing runs nothing.

use std::io;

#[cfg(all(unix, not(miri)))]
pub(super) use pages::Mapping;

#[cfg(any(not(unix), miri))]
pub(super) use nothing::Mapping;

/// What freed code is filled with: `int3`, which stops the program.
const FREED: u8 = 0xcc;

#[cfg(all(unix, not(miri)))]
mod pages {
    use super::{FREED, io};
    use std::ptr::{self, NonNull};
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU64, Ordering};

    const READ_WRITE: i32 = libc::PROT_READ | libc::PROT_WRITE;
    const READ_RUN: i32 = libc::PROT_READ | libc::PROT_EXEC;

    /// `len` bytes at `run`, and the same bytes at `write`.
    pub(crate) struct Mapping {
        run: NonNull<u8>,
        write: NonNull<u8>,
        len: usize,
        /// With one mapping only, held while pages are writable: another writer must not take that away.
        single: Option<Mutex<()>>,
        page: usize,
    }

    // SAFETY: the pointers are to mappings that live as long as the value and belong to no thread; writers of the same
    // bytes are kept apart by the callers, as the file's head says, and readers of words being written use atomics.
    unsafe impl Send for Mapping {}
    // SAFETY: as for `Send`.
    unsafe impl Sync for Mapping {}

    impl Mapping {
        pub(crate) fn new(bytes: usize) -> io::Result<Mapping> {
            // SAFETY: `sysconf` only reads a number.
            let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
            let len = bytes
                .max(1)
                .checked_next_multiple_of(page)
                .ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?;
            #[cfg(target_os = "linux")]
            if let Ok(dual) = Mapping::dual(len, page) {
                return Ok(dual);
            }
            Mapping::single(len, page)
        }

        #[cfg(target_os = "linux")]
        fn dual(len: usize, page: usize) -> io::Result<Mapping> {
            use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
            // SAFETY: the name is a C string; the call makes a new file descriptor or fails.
            let fd = unsafe { libc::memfd_create(c"gscript-code".as_ptr(), libc::MFD_CLOEXEC) };
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            // SAFETY: the descriptor was made above and belongs to nobody else.
            let file = unsafe { OwnedFd::from_raw_fd(fd) };
            let file_len = libc::off_t::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
            // SAFETY: the descriptor is open; the call only sets the length of the file.
            if unsafe { libc::ftruncate(file.as_raw_fd(), file_len) } != 0 {
                return Err(io::Error::last_os_error());
            }
            let write = map(len, READ_WRITE, libc::MAP_SHARED | libc::MAP_NORESERVE, file.as_raw_fd())?;
            match map(len, READ_RUN, libc::MAP_SHARED | libc::MAP_NORESERVE, file.as_raw_fd()) {
                Ok(run) => Ok(Mapping { run, write, len, single: None, page }),
                Err(error) => {
                    // SAFETY: `write` was mapped above with this length, and nothing points into it.
                    unsafe { unmap(write, len) };
                    Err(error)
                }
            }
        }

        pub(crate) fn single(len: usize, page: usize) -> io::Result<Mapping> {
            let run = map(len, READ_RUN, libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE, -1)?;
            let mapping = Mapping { run, write: run, len, single: Some(Mutex::new(())), page };
            // Whether pages may be opened at all is found out now, not at the first compilation.
            mapping.opened(0, 1, || ())?;
            Ok(mapping)
        }

        pub(crate) fn len(&self) -> usize {
            self.len
        }

        pub(crate) fn run_address(&self) -> usize {
            self.run.as_ptr().addr()
        }

        pub(crate) fn is_dual(&self) -> bool {
            self.single.is_none()
        }

        pub(crate) fn write(&self, offset: usize, bytes: &[u8]) -> io::Result<()> {
            self.check(offset, bytes.len());
            self.opened(offset, bytes.len(), || {
                // SAFETY: the range was checked to be in the mapping, which is writable here (`opened`); the source is a
                // slice elsewhere, as no reference to the mapping is ever made.
                unsafe {
                    ptr::copy_nonoverlapping(bytes.as_ptr(), self.write.as_ptr().add(offset), bytes.len())
                }
            })
        }

        pub(crate) fn fill(&self, offset: usize, len: usize) -> io::Result<()> {
            self.check(offset, len);
            self.opened(offset, len, || {
                // SAFETY: the range was checked to be in the mapping, which is writable here (`opened`).
                unsafe { ptr::write_bytes(self.write.as_ptr().add(offset), FREED, len) }
            })
        }

        pub(crate) fn write_word(&self, offset: usize, word: u64) -> io::Result<()> {
            self.check(offset, 8);
            assert!(offset.is_multiple_of(8), "a data word is aligned");
            self.opened(offset, 8, || {
                // SAFETY: the 8 bytes were checked to be in the mapping, which is page-aligned, lives as long as `self`
                // and is writable here (`opened`); all that run code access the word by single moves.
                let place = unsafe { AtomicU64::from_ptr(self.write.as_ptr().add(offset).cast()) };
                place.store(word, Ordering::Release);
            })
        }

        pub(crate) fn read(&self, offset: usize, len: usize) -> Vec<u8> {
            self.check(offset, len);
            let mut bytes = Vec::with_capacity(len);
            // SAFETY: the range was checked to be in the mapping, which is readable; the vector has room for `len` bytes,
            // all of which the copy initialises.
            unsafe {
                ptr::copy_nonoverlapping(self.run.as_ptr().add(offset), bytes.as_mut_ptr(), len);
                bytes.set_len(len);
            }
            bytes
        }

        fn check(&self, offset: usize, len: usize) {
            assert!(offset <= self.len && len <= self.len - offset, "outside the code cache");
        }

        /// Runs `write` with the range writable.
        fn opened(&self, offset: usize, len: usize, write: impl FnOnce()) -> io::Result<()> {
            let Some(lock) = &self.single else {
                write();
                return Ok(());
            };
            let _guard = lock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let start = offset / self.page * self.page;
            let end = (offset + len).next_multiple_of(self.page);
            self.protect(start, end, READ_WRITE | libc::PROT_EXEC)?;
            write();
            self.protect(start, end, READ_RUN)
        }

        fn protect(&self, start: usize, end: usize, protection: i32) -> io::Result<()> {
            // SAFETY: both are multiples of the page size and within the mapping, which is page-aligned and ours; code on
            // these pages stays executable under every protection that is asked for.
            let result =
                unsafe { libc::mprotect(self.run.as_ptr().add(start).cast(), end - start, protection) };
            if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
        }
    }

    impl Drop for Mapping {
        fn drop(&mut self) {
            // SAFETY: both were mapped with this length and are unmapped once; whoever runs code in the cache keeps it
            // alive (that is part of the contract of every unsafe function that leads into code).
            unsafe {
                unmap(self.run, self.len);
                if self.single.is_none() {
                    unmap(self.write, self.len);
                }
            }
        }
    }

    fn map(len: usize, protection: i32, flags: i32, fd: i32) -> io::Result<NonNull<u8>> {
        // SAFETY: the system chooses the address, so nothing that exists is replaced.
        let address = unsafe { libc::mmap(ptr::null_mut(), len, protection, flags, fd, 0) };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        NonNull::new(address.cast()).ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))
    }

    /// # Safety
    /// The range was mapped by [`map`] with this length and is used no more.
    unsafe fn unmap(address: NonNull<u8>, len: usize) {
        // SAFETY: as the caller vouches. A failure would leave the pages mapped, which harms nobody.
        unsafe { libc::munmap(address.as_ptr().cast(), len) };
    }
}

#[cfg(any(not(unix), miri))]
mod nothing {
    use super::io;

    /// No executable memory: it cannot be made.
    pub(crate) enum Mapping {}

    impl Mapping {
        pub(crate) fn new(_bytes: usize) -> io::Result<Mapping> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(crate) fn len(&self) -> usize {
            match *self {}
        }

        pub(crate) fn run_address(&self) -> usize {
            match *self {}
        }

        pub(crate) fn is_dual(&self) -> bool {
            match *self {}
        }

        pub(crate) fn write(&self, _offset: usize, _bytes: &[u8]) -> io::Result<()> {
            match *self {}
        }

        pub(crate) fn fill(&self, _offset: usize, _len: usize) -> io::Result<()> {
            match *self {}
        }

        pub(crate) fn write_word(&self, _offset: usize, _word: u64) -> io::Result<()> {
            match *self {}
        }

        pub(crate) fn read(&self, _offset: usize, _len: usize) -> Vec<u8> {
            match *self {}
        }
    }
}

#[cfg(all(test, unix, not(miri)))]
mod tests {
    use super::pages::Mapping;

    fn check(mapping: &Mapping) {
        mapping.write(4090, b"across a page").unwrap();
        assert_eq!(mapping.read(4090, 13), b"across a page");
        mapping.write_word(4096, u64::from_le_bytes(*b"as a wor")).unwrap();
        assert_eq!(mapping.read(4090, 14), b"acrossas a wor");
        mapping.fill(4090, 6).unwrap();
        assert_eq!(mapping.read(4089, 8), [0, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, b'a']);
        assert_eq!(mapping.read(mapping.len() - 1, 1), [0]);
    }

    #[test]
    fn what_is_written_is_read() {
        let mapping = Mapping::new(10_000).unwrap();
        assert!(mapping.len() >= 10_000 && mapping.len().is_multiple_of(4096));
        check(&mapping);
    }

    #[test]
    fn one_mapping_serves_too() {
        // Some systems forbid it; then there is nothing to test.
        if let Ok(mapping) = Mapping::single(16384, 4096) {
            assert!(!mapping.is_dual());
            check(&mapping);
        }
    }

    #[test]
    #[should_panic(expected = "outside the code cache")]
    fn nothing_is_written_outside() {
        let mapping = Mapping::new(4096).unwrap();
        let _ = mapping.write(mapping.len() - 3, b"four");
    }
}
