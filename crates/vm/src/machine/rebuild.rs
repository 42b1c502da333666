//! Writing interpreter frames from outside: what a compiler does where its code is left.

use crate::fiber::{FRAME_SPECIAL, Fiber, SPECIAL_HEADER};
use crate::native::WINDOW_HEADER;
use bytecode::ops::Inst;
use runtime::closure::Closure;
use runtime::heap::roots::RootedVec;
use runtime::mutator::Mutator;
use runtime::object::Word;
use runtime::value::{Value, pointer_to_address};

/// The frames of one activation of machine code, while they are written. Registers are counted from the outermost frame's.
pub struct Rebuild<'f> {
    fiber: &'f mut Fiber,
    base: *mut Word,
    words: usize,
    roots: Option<RootedVec>,
}

impl<'f> Rebuild<'f> {
    /// Begins to write the registers of the frame at `base`, an address, and of those inlined into it: `words` of them.
    ///
    /// # Safety
    /// The frame at `base` is the fiber's innermost one, with room for as many words in its chunk.
    pub unsafe fn begin(fiber: &'f mut Fiber, base: usize, words: usize) -> Rebuild<'f> {
        let base: *mut Word = runtime::value::address_to_pointer(base as u64);
        fiber.base = base;
        // What is written is found by a collection up to here.
        // SAFETY: promised by the caller.
        fiber.top = unsafe { base.add(words) };
        Rebuild { fiber, base, words, roots: None }
    }

    /// The mutator, for objects that are made on the way.
    pub fn mutator(&mut self) -> &mut Mutator {
        self.fiber.mutator()
    }

    /// A vector for objects that are not in a register yet.
    pub fn rooted_vec(&self) -> RootedVec {
        self.fiber.rooted_vec()
    }

    /// Keeps a vector's objects alive until the frames are written.
    pub fn keep(&mut self, roots: RootedVec) {
        self.roots = Some(roots);
    }

    /// Writes a register.
    ///
    /// # Panics
    /// If it lies beyond the words.
    pub fn set_register(&mut self, reg: u32, v: Value) {
        // SAFETY: the place is tested.
        unsafe { (*self.place(reg)).store(v) };
    }

    /// Sets the count of values of unknown number.
    pub fn set_multi(&mut self, n: u32) {
        self.fiber.multi = n;
    }

    /// Writes the links of an inlined frame that begins at register `base`: what it runs, and where its caller, whose frame
    /// begins at register `caller`, goes on; and whether the words of a special frame are below.
    ///
    /// # Panics
    /// If the frame has no room for links below it.
    pub fn link(&mut self, base: u32, callee: Value, caller: u32, return_ip: *const Inst, is_special: bool) {
        let first = base - WINDOW_HEADER as u32;
        let caller_base = self.place(caller);
        self.set_register(first, callee);
        self.set_register(first + 1, Value::from_bits(pointer_to_address(return_ip)));
        let flags = if is_special { FRAME_SPECIAL } else { 0 };
        self.set_register(first + 2, Value::from_bits(pointer_to_address(caller_base) | flags));
        self.fiber.depth += 1;
    }

    /// Writes what a special frame that begins at register `base` has below its links: how many extra arguments there are,
    /// and where the window begins, whose `args` arguments lie below these words.
    ///
    /// # Panics
    /// As [`Rebuild::link`].
    pub fn mark_special(&mut self, base: u32, extra: u32, args: u32) {
        let first = base - SPECIAL_HEADER as u32;
        let window = self.place(first - args - WINDOW_HEADER as u32);
        self.set_register(first, Value::int32(extra as i32));
        self.set_register(first + 1, Value::from_bits(pointer_to_address(window)));
    }

    /// Ends: the innermost frame begins at register `base` and goes on at `ip`.
    pub fn finish(self, base: u32, ip: *const Inst) {
        let at = self.place(base);
        self.fiber.base = at;
        self.fiber.ip = ip;
        self.fiber.top = std::ptr::null_mut();
    }

    fn place(&self, reg: u32) -> *mut Word {
        assert!((reg as usize) <= self.words, "a register of the frames");
        // SAFETY: `begin` was promised room for the words.
        unsafe { self.base.add(reg as usize) }
    }
}

/// The closure of the running script frame, and the words of its registers.
pub fn running_frame(fiber: &Fiber) -> (Option<Closure>, Vec<u64>) {
    if fiber.base.is_null() {
        return (None, Vec::new());
    }
    // SAFETY: the base is a frame's, which has as many registers.
    unsafe {
        let closure = Fiber::closure_at(fiber.base);
        let words = closure.function().frame_size() as usize;
        let samples = (0..words).map(|i| (*fiber.base.add(i)).load().bits()).collect();
        (Some(closure), samples)
    }
}
