//! The clock beside the worker: preemption, deadlines, interrupts, and the worker's sleep when nothing can run.
//!
//! The thread exists once it has been needed, and sleeps long when nobody competes for the worker. It never touches
//! goroutines: it sets bits of the worker's poll word, and the worker acts at its next safepoint. An interrupt is two atomic
//! stores and a write to a descriptor, so a signal handler may do it.

use runtime::mutator::{Mutator, PollHandle, poll};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering::*};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long a goroutine may run while others could.
const TICK: Duration = Duration::from_millis(10);
/// How long the thread sleeps while nobody competes. It bounds what a missed wake-up costs.
const LONG_TICK: Duration = Duration::from_millis(200);
/// No time.
const NEVER: u64 = u64::MAX;

/// What the worker, the thread and the host's handles share.
pub(crate) struct Clock {
    /// The poll word of the worker; null before the first run.
    word: AtomicPtr<AtomicU32>,
    /// Keeps every poll word alive that `word` has ever named.
    words: Mutex<Vec<(usize, PollHandle)>>,
    is_interrupted: AtomicBool,
    is_expired: AtomicBool,
    /// When the run must end, in nanoseconds since [`epoch`].
    deadline: AtomicU64,
    /// When the next timer is due.
    next_timer: AtomicU64,
    /// Goroutines in the queue.
    runnable: AtomicUsize,
    /// Counts slices: how often a goroutine was given the worker.
    slice: AtomicU64,
    /// The worker sleeps, or is about to.
    is_waiting: AtomicBool,
    /// The thread has something to look at.
    is_active: AtomicBool,
    /// The thread sleeps for long.
    is_resting: AtomicBool,
    thread: Mutex<Thread>,
    changed: Condvar,
    bell: OnceLock<Bell>,
}

struct Thread {
    is_started: bool,
    is_stopped: bool,
}

/// The scheduler's side of the clock.
pub(crate) struct Ticker {
    clock: Arc<Clock>,
}

fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}

fn nanos(at: Instant) -> u64 {
    u64::try_from(at.saturating_duration_since(epoch()).as_nanos()).unwrap_or(NEVER - 1)
}

impl Ticker {
    pub(crate) fn new() -> Ticker {
        Ticker {
            clock: Arc::new(Clock {
                word: AtomicPtr::new(std::ptr::null_mut()),
                words: Mutex::new(Vec::new()),
                is_interrupted: AtomicBool::new(false),
                is_expired: AtomicBool::new(false),
                deadline: AtomicU64::new(NEVER),
                next_timer: AtomicU64::new(NEVER),
                runnable: AtomicUsize::new(0),
                slice: AtomicU64::new(0),
                is_waiting: AtomicBool::new(false),
                is_active: AtomicBool::new(false),
                is_resting: AtomicBool::new(false),
                thread: Mutex::new(Thread { is_started: false, is_stopped: false }),
                changed: Condvar::new(),
                bell: OnceLock::new(),
            }),
        }
    }

    /// What hosts interrupt a run with.
    pub(crate) fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }

    /// A run begins on this mutator. Interrupts asked for before count.
    pub(crate) fn begin_run(&self, m: &mut Mutator) {
        let clock = &self.clock;
        clock.bell.get_or_init(Bell::new);
        let word: *const AtomicU32 = m.poll_word();
        if clock.word.load(Relaxed).cast_const() != word {
            let mut words = clock.words.lock().unwrap_or_else(PoisonError::into_inner);
            if !words.iter().any(|(at, _)| *at == word.addr()) {
                words.push((word.addr(), m.poll_handle()));
            }
            clock.word.store(word.cast_mut(), Release);
        }
        if clock.is_interrupted.load(Relaxed) {
            clock.request(poll::INTERRUPT);
        }
        if clock.is_expired.load(Relaxed) {
            clock.request(poll::DEADLINE);
        }
    }

    /// The run is over, and with it all interrupts, deadlines and requests.
    pub(crate) fn end_run(&self, m: &mut Mutator) {
        let clock = &self.clock;
        clock.is_active.store(false, Relaxed);
        clock.deadline.store(NEVER, Relaxed);
        clock.next_timer.store(NEVER, Relaxed);
        clock.runnable.store(0, Relaxed);
        clock.is_interrupted.store(false, Relaxed);
        clock.is_expired.store(false, Relaxed);
        m.poll_word()
            .fetch_and(!(poll::INTERRUPT | poll::DEADLINE | poll::PREEMPT | poll::OUT_OF_MEMORY), Relaxed);
    }

    /// A goroutine gets the worker.
    #[inline]
    pub(crate) fn begin_slice(&self) {
        self.clock.slice.store(self.clock.slice.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// So many goroutines wait for the worker.
    #[inline]
    pub(crate) fn set_runnable(&self, count: usize) {
        self.clock.runnable.store(count, Relaxed);
        if count > 0 && self.clock.is_resting.load(Relaxed) {
            self.clock.ring_thread();
        }
    }

    /// The next timer is due then.
    pub(crate) fn set_next_timer(&self, at: Option<Instant>) {
        self.clock.next_timer.store(at.map_or(NEVER, nanos), Relaxed);
    }

    /// From now on the thread watches the run.
    #[inline]
    pub(crate) fn start(&self) {
        if !self.clock.is_active.load(Relaxed) {
            Clock::start(&self.clock);
        }
    }

    /// The scheduler goes.
    pub(crate) fn stop(&self) {
        self.clock.thread.lock().unwrap_or_else(PoisonError::into_inner).is_stopped = true;
        self.clock.changed.notify_all();
    }

    /// Whether the run is to end.
    pub(crate) fn has_request(&self) -> bool {
        self.clock.is_interrupted.load(SeqCst) || self.clock.is_expired.load(SeqCst)
    }

    /// The worker is about to sleep: whoever gives it work from now on wakes it. Called with the scheduler locked.
    pub(crate) fn prepare_sleep(&self) {
        self.clock.is_waiting.store(true, SeqCst);
    }

    /// The worker sleeps until it is woken or the time has come. It may wake up for nothing.
    pub(crate) fn sleep(&self, until: Option<Instant>) {
        let time = until.map(|at| at.saturating_duration_since(Instant::now()));
        self.clock.bell.get_or_init(Bell::new).wait(time);
    }

    /// The worker does not sleep any more.
    pub(crate) fn end_sleep(&self) {
        self.clock.is_waiting.store(false, SeqCst);
    }

    /// Wakes the worker if it sleeps.
    #[inline]
    pub(crate) fn wake_worker(&self) {
        self.clock.wake_worker();
    }
}

impl Clock {
    fn request(&self, bits: u32) {
        let word = self.word.load(Acquire);
        if !word.is_null() {
            // SAFETY: `words` keeps every word alive that was ever stored here.
            unsafe { (*word).fetch_or(bits, Relaxed) };
        }
    }

    #[inline]
    fn wake_worker(&self) {
        if self.is_waiting.load(SeqCst)
            && let Some(bell) = self.bell.get()
        {
            bell.ring();
        }
    }

    /// Asks the run, or the next one, to end.
    pub(crate) fn interrupt(&self) {
        self.is_interrupted.store(true, SeqCst);
        self.request(poll::INTERRUPT);
        self.wake_worker();
    }

    /// The run, or the next one, must end at this time.
    pub(crate) fn set_deadline(self: &Arc<Clock>, at: Option<Instant>) {
        self.deadline.store(at.map_or(NEVER, nanos), Relaxed);
        if at.is_some() {
            Clock::start(self);
        }
    }

    /// Takes back what was asked for.
    pub(crate) fn clear(&self) {
        self.is_interrupted.store(false, SeqCst);
        self.is_expired.store(false, SeqCst);
        self.deadline.store(NEVER, Relaxed);
        let word = self.word.load(Acquire);
        if !word.is_null() {
            // SAFETY: as in `request`.
            unsafe { (*word).fetch_and(!(poll::INTERRUPT | poll::DEADLINE), Relaxed) };
        }
    }

    fn start(self: &Arc<Clock>) {
        self.is_active.store(true, Relaxed);
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if !thread.is_started && !thread.is_stopped {
            let clock = self.clone();
            // Without a thread goroutines take turns only where they wait.
            let made = std::thread::Builder::new().name("gscript-clock".to_string()).stack_size(64 << 10);
            thread.is_started = made.spawn(move || clock.run()).is_ok();
        }
        drop(thread);
        self.changed.notify_all();
    }

    fn ring_thread(&self) {
        // Taking the lock makes sure that the thread is in its wait, or sees the change before it waits.
        drop(self.thread.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// The thread.
    fn run(&self) {
        let mut last_slice = 0;
        loop {
            let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
            while !thread.is_stopped && !self.is_active.load(Relaxed) {
                thread = self.changed.wait(thread).unwrap_or_else(PoisonError::into_inner);
            }
            if thread.is_stopped {
                return;
            }
            let is_contested = self.runnable.load(Relaxed) > 0;
            let now = nanos(Instant::now());
            let mut time = if is_contested { TICK } else { LONG_TICK };
            let next_timer = self.next_timer.load(Relaxed).max(now.saturating_add(TICK.as_nanos() as u64));
            let next = next_timer.min(self.deadline.load(Relaxed));
            if next != NEVER {
                time =
                    time.min(Duration::from_nanos(next.saturating_sub(now)).max(Duration::from_micros(100)));
            }
            self.is_resting.store(!is_contested, SeqCst);
            drop(self.changed.wait_timeout(thread, time).unwrap_or_else(PoisonError::into_inner));
            self.is_resting.store(false, Relaxed);
            last_slice = self.tick(last_slice);
        }
    }

    /// Looks at the clock; gives the slice that runs.
    fn tick(&self, last_slice: u64) -> u64 {
        let now = nanos(Instant::now());
        if self.deadline.load(Relaxed) <= now {
            self.deadline.store(NEVER, Relaxed);
            self.is_expired.store(true, SeqCst);
            self.request(poll::DEADLINE);
            self.wake_worker();
        }
        let slice = self.slice.load(Relaxed);
        let is_wanted = self.runnable.load(Relaxed) > 0 || self.next_timer.load(Relaxed) <= now;
        if is_wanted && slice == last_slice && !self.is_waiting.load(Relaxed) {
            self.request(poll::PREEMPT);
        }
        slice
    }
}

/// Wakes a thread that waits for it, also from a signal handler.
struct Bell {
    read: libc::c_int,
    write: libc::c_int,
}

impl Bell {
    fn new() -> Bell {
        let mut ends = [-1; 2];
        // SAFETY: the array has room for two descriptors. Without descriptors the wait has a short end.
        unsafe {
            if libc::pipe(ends.as_mut_ptr()) == 0 {
                for end in ends {
                    libc::fcntl(end, libc::F_SETFL, libc::O_NONBLOCK);
                    libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC);
                }
            }
        }
        Bell { read: ends[0], write: ends[1] }
    }

    fn ring(&self) {
        // SAFETY: writes one byte. A full pipe has rung already.
        unsafe { libc::write(self.write, [1u8].as_ptr().cast(), 1) };
    }

    fn wait(&self, time: Option<Duration>) {
        // Rounded up, so that the time has come after the wait.
        let ms = time.map_or(-1, |t| i32::try_from(t.as_micros().div_ceil(1000)).unwrap_or(i32::MAX));
        let ms = if self.read < 0 { if ms < 0 { 10 } else { ms.min(10) } } else { ms };
        let mut wanted = libc::pollfd { fd: self.read, events: libc::POLLIN, revents: 0 };
        let mut bytes = [0u8; 64];
        // SAFETY: one descriptor; the buffer has 64 bytes.
        unsafe {
            #[cfg(target_os = "linux")]
            {
                let spec = time.map(|t| libc::timespec {
                    tv_sec: libc::time_t::try_from(t.as_secs()).unwrap_or(libc::time_t::MAX),
                    tv_nsec: t.subsec_nanos() as _,
                });
                let spec = spec.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
                if self.read >= 0 {
                    libc::ppoll(&mut wanted, 1, spec, std::ptr::null());
                } else {
                    libc::poll(&mut wanted, 1, ms);
                }
            }
            #[cfg(not(target_os = "linux"))]
            libc::poll(&mut wanted, 1, ms);
            if wanted.revents != 0 {
                while libc::read(self.read, bytes.as_mut_ptr().cast(), bytes.len()) > 0 {}
            }
        }
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        // SAFETY: nobody else has the descriptors.
        unsafe {
            for end in [self.read, self.write] {
                if end >= 0 {
                    libc::close(end);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore)]
    fn a_bell_ends_the_wait() {
        let bell = Bell::new();
        bell.ring();
        bell.ring();
        let start = Instant::now();
        bell.wait(None);
        assert!(start.elapsed() < Duration::from_secs(60));
        let start = Instant::now();
        bell.wait(Some(Duration::from_millis(3)));
        assert!(start.elapsed() >= Duration::from_millis(3));
    }

    #[test]
    #[cfg_attr(miri, ignore)]
    fn a_goroutine_that_keeps_the_worker_is_asked_to_stop() {
        let ticker = Ticker::new();
        let word = Box::leak(Box::new(AtomicU32::new(0)));
        ticker.clock().word.store(word, Release);
        ticker.set_runnable(1);
        ticker.begin_slice();
        ticker.start();
        let start = Instant::now();
        while word.load(Relaxed) & poll::PREEMPT == 0 {
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::yield_now();
        }
        ticker.clock().set_deadline(Some(Instant::now() + Duration::from_millis(2)));
        while word.load(Relaxed) & poll::DEADLINE == 0 {
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::yield_now();
        }
        assert!(ticker.has_request());
        ticker.clock().interrupt();
        assert_ne!(word.load(Relaxed) & poll::INTERRUPT, 0);
        ticker.clock().clear();
        assert!(!ticker.has_request());
        ticker.stop();
    }
}
