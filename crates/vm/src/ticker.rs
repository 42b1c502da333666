//! The clock beside the workers: preemption, deadlines, interrupts, and their sleep when nothing can run.
//!
//! The thread exists once it has been needed, and sleeps long when nobody competes for a worker. It never touches
//! goroutines: it sets bits of the workers' poll words, and each acts at its next safepoint. An interrupt is some atomic
//! stores and writes to descriptors, so a signal handler may do it.

mod sleep;

use crate::sched::Ending;
use crate::sync::{self, Mutex, MutexGuard};
use runtime::mutator::{Mutator, PollHandle, poll};
use sleep::{Census, Sleep};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering::*};
use std::sync::{Arc, Condvar, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long a goroutine may run while others could, at least.
const SLICE: Duration = Duration::from_millis(10);
/// As [`SLICE`] while one that was woken waits for a worker. With the time between two looks it bounds how long that one
/// waits beside goroutines that compute: 10 ms or so.
const SHORT_SLICE: Duration = Duration::from_millis(4);
/// How often the thread looks while somebody competes. Looking 200 times a second costs less than a thousandth of a core.
const TICK: Duration = Duration::from_millis(5);
/// How long the thread sleeps while nobody competes. It bounds what a missed wake-up costs.
const LONG_TICK: Duration = Duration::from_millis(200);
/// Timers are looked at no more often than that while all workers are busy.
const TIMER_TICK: Duration = Duration::from_millis(1);
/// No time.
const NEVER: u64 = u64::MAX;
/// Most workers of an engine.
pub const WORKERS_MAX: usize = 64;

/// What a worker writes all the time, on cache lines of its own: others look at the rest of the seat just as often.
#[repr(align(128))]
struct Load {
    /// Counts slices: how often a goroutine was given the worker.
    slice: AtomicU64,
    /// Goroutines in its queue, and those of them that have been woken.
    queued: AtomicUsize,
    woken: AtomicUsize,
}

/// What the clock knows of a worker.
struct Seat {
    /// Its poll word; null before its first run.
    word: AtomicPtr<AtomicU32>,
    load: Load,
    sleep: Sleep,
    /// Until when it sleeps then: it sees to the timers that are due later.
    sleeps_until: AtomicU64,
    /// It takes part in a run.
    is_present: AtomicBool,
}

impl Seat {
    const fn new() -> Seat {
        Seat {
            word: AtomicPtr::new(std::ptr::null_mut()),
            load: Load { slice: AtomicU64::new(0), queued: AtomicUsize::new(0), woken: AtomicUsize::new(0) },
            sleep: Sleep::new(),
            sleeps_until: AtomicU64::new(NEVER),
            is_present: AtomicBool::new(false),
        }
    }

    fn request(&self, bits: u32) {
        let word = self.word.load(Acquire);
        if !word.is_null() {
            // SAFETY: `Clock::words` keeps every word alive that was ever stored here.
            unsafe { (*word).fetch_or(bits, Relaxed) };
        }
    }

    fn withdraw(&self, bits: u32) {
        let word = self.word.load(Acquire);
        if !word.is_null() {
            // SAFETY: as in `request`.
            unsafe { (*word).fetch_and(!bits, Relaxed) };
        }
    }
}

/// What the workers, the thread and the host's handles share.
pub(crate) struct Clock {
    /// By number of the worker; those behind the last that has run are not used.
    seats: Box<[Seat; WORKERS_MAX]>,
    /// How many of them have ever been used.
    used: AtomicUsize,
    /// Keeps every poll word alive that a seat has ever named.
    words: Mutex<Vec<(usize, PollHandle)>>,
    is_interrupted: AtomicBool,
    is_expired: AtomicBool,
    /// When the run must end, in nanoseconds since [`epoch`].
    deadline: AtomicU64,
    /// When the next timer is due.
    next_timer: AtomicU64,
    /// Goroutines that gave way and are in the queue for all.
    gave_way: AtomicUsize,
    census: Census,
    /// The thread has something to look at.
    is_active: AtomicBool,
    /// The thread sleeps for long.
    is_resting: AtomicBool,
    /// Until when it sleeps then.
    rests_until: AtomicU64,
    thread: Mutex<Thread>,
    changed: Condvar,
}

struct Thread {
    is_started: bool,
    is_stopped: bool,
}

/// What the thread has seen of the workers.
struct Seen {
    /// The slices that ran at the last look, and since when, in nanoseconds since [`epoch`].
    slices: [(u64, u64); WORKERS_MAX],
}

impl Seen {
    /// Looks at the workers: those that run a goroutine, whoever has run longest first, and since when.
    fn look(&mut self, seats: &[Seat], now: u64) -> Vec<(u64, usize)> {
        let mut running = Vec::new();
        for (i, (seat, (slice, since))) in seats.iter().zip(&mut self.slices).enumerate() {
            let present = seat.load.slice.load(Relaxed);
            if present != *slice {
                (*slice, *since) = (present, now);
            }
            if seat.is_present.load(Relaxed) && seat.sleep.is_awake() {
                running.push((*since, i));
            }
        }
        running.sort_unstable();
        running
    }
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
                seats: Box::new([const { Seat::new() }; WORKERS_MAX]),
                used: AtomicUsize::new(1),
                words: Mutex::new(Vec::new()),
                is_interrupted: AtomicBool::new(false),
                is_expired: AtomicBool::new(false),
                deadline: AtomicU64::new(NEVER),
                next_timer: AtomicU64::new(NEVER),
                gave_way: AtomicUsize::new(0),
                census: Census::new(),
                is_active: AtomicBool::new(false),
                is_resting: AtomicBool::new(false),
                rests_until: AtomicU64::new(NEVER),
                thread: Mutex::new(Thread { is_started: false, is_stopped: false }),
                changed: Condvar::new(),
            }),
        }
    }

    /// What hosts interrupt a run with.
    pub(crate) fn clock(&self) -> &Arc<Clock> {
        &self.clock
    }

    /// A worker begins a run. Interrupts asked for before count.
    pub(crate) fn begin_run(&self, m: &mut Mutator) {
        let clock = &self.clock;
        let seat = &clock.seats[m.worker];
        clock.used.fetch_max(m.worker + 1, SeqCst);
        seat.sleep.bell();
        seat.is_present.store(true, Relaxed);
        let word: *const AtomicU32 = m.poll_word();
        if seat.word.load(Relaxed).cast_const() != word {
            let mut words = clock.words.lock().unwrap_or_else(PoisonError::into_inner);
            if !words.iter().any(|(at, _)| *at == word.addr()) {
                words.push((word.addr(), m.poll_handle()));
            }
            seat.word.store(word.cast_mut(), Release);
        }
        if clock.is_interrupted.load(SeqCst) {
            seat.request(poll::INTERRUPT);
        }
        if clock.is_expired.load(SeqCst) {
            seat.request(poll::DEADLINE);
        }
    }

    /// So many workers may sleep and be called, in a test of these.
    #[cfg(test)]
    pub(crate) fn use_seats(&self, count: usize) {
        self.clock.used.fetch_max(count, SeqCst);
    }

    /// A worker does not take part in the run any more.
    pub(crate) fn leave_run(&self, worker: usize) {
        self.clock.seats[worker].is_present.store(false, Relaxed);
    }

    /// The run is over, and with it all interrupts, deadlines and requests. No worker runs a goroutine.
    pub(crate) fn end_run(&self) {
        let clock = &self.clock;
        // With the lock, so that the thread does not find the deadline over in this run and say so in the next.
        let _thread = clock.lock();
        clock.is_active.store(false, Relaxed);
        clock.deadline.store(NEVER, Relaxed);
        clock.next_timer.store(NEVER, Relaxed);
        clock.is_interrupted.store(false, Relaxed);
        clock.is_expired.store(false, Relaxed);
        for seat in clock.seats() {
            seat.withdraw(poll::INTERRUPT | poll::DEADLINE | poll::PREEMPT | poll::OUT_OF_MEMORY);
        }
    }

    /// A goroutine gets a worker.
    #[inline]
    pub(crate) fn begin_slice(&self, worker: usize) {
        let slice = &self.clock.seats[worker].load.slice;
        slice.store(slice.load(Relaxed).wrapping_add(1), Relaxed);
        self.watch_timers();
    }

    /// Sees to it that a goroutine that runs on does not keep the next timer from firing.
    #[inline]
    pub(crate) fn watch_timers(&self) {
        let next = self.clock.next_timer.load(Relaxed);
        if next != NEVER && self.clock.is_resting.load(Relaxed) && next < self.clock.rests_until.load(Relaxed)
        {
            self.clock.ring_thread();
        }
    }

    /// Asks all workers to let others run.
    pub(crate) fn preempt_all(&self) {
        self.clock.request(poll::PREEMPT);
    }

    /// So many goroutines are in a worker's queue, and so many of them have been woken. Called with the queue locked.
    #[inline]
    pub(crate) fn set_queued(&self, worker: usize, count: usize, woken: usize) {
        let load = &self.clock.seats[worker].load;
        load.woken.store(woken, Relaxed);
        load.queued.store(count, Relaxed);
        self.clock.look_at(count);
    }

    /// How many goroutines are in a worker's queue.
    #[inline]
    pub(crate) fn queued(&self, worker: usize) -> usize {
        self.clock.seats[worker].load.queued.load(Relaxed)
    }

    /// So many goroutines that gave way wait for a worker. Called with their queue locked.
    #[inline]
    pub(crate) fn set_gave_way(&self, count: usize) {
        self.clock.gave_way.store(count, Relaxed);
        self.clock.look_at(count);
    }

    /// How many goroutines that gave way wait for a worker.
    #[inline]
    pub(crate) fn gave_way(&self) -> usize {
        self.clock.gave_way.load(Relaxed)
    }

    /// Whether any goroutine waits for a worker, as far as one sees without the queues' locks.
    #[inline]
    pub(crate) fn has_runnable(&self) -> bool {
        self.clock.has_runnable()
    }

    /// Whether a timer is due.
    #[inline]
    pub(crate) fn is_timer_due(&self) -> bool {
        let next = self.clock.next_timer.load(Relaxed);
        next != NEVER && next <= nanos(Instant::now())
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
        self.clock.lock().is_stopped = true;
        self.clock.changed.notify_all();
    }

    /// Whether the run is to end.
    pub(crate) fn has_request(&self) -> bool {
        self.clock.is_interrupted.load(SeqCst) || self.clock.is_expired.load(SeqCst)
    }

    /// Why the run is to end, if it is.
    pub(crate) fn requested_ending(&self) -> Option<Ending> {
        if self.clock.is_interrupted.load(SeqCst) {
            Some(Ending::Interrupt)
        } else if self.clock.is_expired.load(SeqCst) {
            Some(Ending::Deadline)
        } else {
            None
        }
    }

    /// A worker is about to sleep until this time: whoever gives it work from now on wakes it. Called with the scheduler
    /// locked.
    pub(crate) fn prepare_sleep(&self, worker: usize, until: Option<Instant>) {
        let seat = &self.clock.seats[worker];
        seat.sleeps_until.store(until.map_or(NEVER, nanos), Relaxed);
        seat.sleep.prepare(&self.clock.census);
    }

    /// A worker sleeps until it is woken or the time has come. It may wake up for nothing.
    pub(crate) fn sleep(&self, worker: usize, until: Option<Instant>) {
        let time = until.map(|at| at.saturating_duration_since(Instant::now()));
        self.clock.seats[worker].sleep.wait(time);
    }

    /// A worker does not sleep any more; whether it was called, so that it counts among those who search.
    pub(crate) fn end_sleep(&self, worker: usize) -> bool {
        self.clock.seats[worker].sleep.end(&self.clock.census)
    }

    /// A worker has found something, or has said that it sleeps. It looks at the queues once more behind this.
    pub(crate) fn end_search(&self) {
        self.clock.census.end_search();
    }

    /// Wakes a worker that sleeps, unless one that was woken is searching. False if all are busy.
    #[inline]
    pub(crate) fn wake_worker(&self) -> bool {
        self.clock.wake_worker()
    }

    /// Wakes all workers that sleep.
    pub(crate) fn wake_all(&self) {
        self.clock.wake_all();
    }
}

impl Clock {
    fn seats(&self) -> &[Seat] {
        &self.seats[..self.used.load(SeqCst)]
    }

    fn lock(&self) -> MutexGuard<'_, Thread> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(&self, bits: u32) {
        self.seats().iter().for_each(|seat| seat.request(bits));
    }

    fn wake_all(&self) {
        self.seats().iter().for_each(|seat| {
            seat.sleep.call(&self.census);
        });
    }

    #[inline]
    fn wake_worker(&self) -> bool {
        self.census.call_one(self.seats().iter().map(|seat| &seat.sleep))
    }

    fn has_runnable(&self) -> bool {
        self.gave_way.load(Relaxed) > 0 || self.seats().iter().any(|seat| seat.load.queued.load(Relaxed) > 0)
    }

    /// Has the thread look if it rests, as so many wait for a worker.
    #[inline]
    fn look_at(&self, count: usize) {
        if count > 0 && self.is_resting.load(Relaxed) {
            self.ring_thread();
        }
    }

    /// Asks the run, or the next one, to end.
    pub(crate) fn interrupt(&self) {
        self.is_interrupted.store(true, SeqCst);
        self.request(poll::INTERRUPT);
        self.wake_all();
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
        let _thread = self.lock();
        self.is_interrupted.store(false, SeqCst);
        self.is_expired.store(false, SeqCst);
        self.deadline.store(NEVER, Relaxed);
        self.seats().iter().for_each(|seat| seat.withdraw(poll::INTERRUPT | poll::DEADLINE));
    }

    fn start(self: &Arc<Clock>) {
        self.is_active.store(true, Relaxed);
        let mut thread = self.lock();
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
        drop(self.lock());
        self.changed.notify_all();
    }

    /// The thread.
    fn run(&self) {
        let mut seen = Seen { slices: [(0, 0); WORKERS_MAX] };
        loop {
            let mut thread = self.lock();
            while !thread.is_stopped && !self.is_active.load(Relaxed) {
                thread = self.changed.wait(thread).unwrap_or_else(PoisonError::into_inner);
            }
            if thread.is_stopped {
                return;
            }
            let is_contested = self.has_runnable();
            let now = nanos(Instant::now());
            let mut time = if is_contested { TICK } else { LONG_TICK };
            let next_timer = self.next_timer.load(Relaxed);
            let next_timer = if self.has_watcher(next_timer) { NEVER } else { next_timer };
            let next = next_timer.min(self.deadline.load(Relaxed));
            if next != NEVER {
                time = time.min(Duration::from_nanos(next.saturating_sub(now)).max(TIMER_TICK));
            }
            let until = now.saturating_add(u64::try_from(time.as_nanos()).unwrap_or(NEVER));
            self.rests_until.store(until, Relaxed);
            self.is_resting.store(!is_contested, SeqCst);
            drop(self.changed.wait_timeout(thread, time).unwrap_or_else(PoisonError::into_inner));
            self.is_resting.store(false, Relaxed);
            self.tick(&mut seen);
        }
    }

    /// Whether a worker that sleeps sees to a timer that is due then.
    fn has_watcher(&self, due: u64) -> bool {
        let mut seats = self.seats().iter();
        seats.any(|seat| seat.sleep.is_asleep() && seat.sleeps_until.load(Relaxed) <= due)
    }

    /// Looks at the clock.
    fn tick(&self, seen: &mut Seen) {
        let now = nanos(Instant::now());
        if self.deadline.load(Relaxed) <= now {
            let _thread = self.lock();
            // The run may have ended, and its deadline with it, before the lock was had.
            if self.deadline.load(Relaxed) <= now {
                self.deadline.store(NEVER, Relaxed);
                self.is_expired.store(true, SeqCst);
                self.request(poll::DEADLINE);
                self.wake_all();
            }
        }
        let seats = self.seats();
        let running = seen.look(seats, now);
        let next_timer = self.next_timer.load(Relaxed);
        if next_timer <= now
            && !self.has_watcher(next_timer)
            && !self.wake_worker()
            && let Some((_, first)) = running.first()
        {
            // Whoever has run longest gives way to it, however short that is.
            seats[*first].request(poll::PREEMPT);
        }
        // Those that were woken wait for the worker that woke them, in the first place.
        let has_woken = |i: usize| seats[i].load.woken.load(Relaxed) > 0;
        let (short, long): (Vec<_>, Vec<_>) = running.into_iter().partition(|(_, i)| has_woken(*i));
        let limits = short.into_iter().map(|seen| (seen, SHORT_SLICE));
        let limits = limits.chain(long.into_iter().map(|seen| (seen, SLICE)));
        // No more are stopped than others want to run.
        let queued = seats.iter().map(|seat| seat.load.queued.load(Relaxed)).sum::<usize>();
        for ((since, i), slice) in limits.take(queued + self.gave_way.load(Relaxed)) {
            if Duration::from_nanos(now.saturating_sub(since)) >= slice {
                seats[i].request(poll::PREEMPT);
            }
        }
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
        ticker.clock().seats[0].word.store(word, Release);
        ticker.clock().seats[0].is_present.store(true, Relaxed);
        ticker.set_queued(0, 1, 0);
        ticker.begin_slice(0);
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
