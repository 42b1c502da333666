//! Lowered functions, run: what they return, where they leave and with which values, against the reference interpreter.

mod calls;
mod listing;
mod memory;
mod pure;
mod random;

use super::{Context, ExitSource, ExitTable, Kind, Location, Lowered, lower};
use crate::asm::x64::Features;
use crate::code::CodeCache;
use crate::ir::func::{Func, InstId, NewInst};
use crate::ir::model::{Model, Object};
use crate::ir::ops::Op;
use crate::ir::parse::parse;
use crate::ir::snapshot::Place;
use crate::ir::types::Type;
use crate::ir::verify::verify;
use crate::stubs::{self, FiberLayout, RustEntries, SavedRegisters, Stubs};
use runtime::heap::{Heap, HeapOptions};
use runtime::mutator::Mutator;
use runtime::value::{PAYLOAD_MASK, TAG_OBJECT, Value};
use std::cell::RefCell;
use std::mem::offset_of;
use vm::machine::{Enter, Outcome};

/// Words of the register window of a test.
const WINDOW_WORDS: usize = 4096;
/// Where the base of the frame lies in it.
const BASE_WORD: usize = 64;

/// What compiled code takes for a fiber.
#[repr(C)]
pub(super) struct TestFiber {
    base: *mut u64,
    ip: u64,
    top: *mut u64,
    limit: *mut u64,
    mutator: *mut Mutator,
    multi: u32,
    depth: u32,
    poll: *const u32,
    native_limit: usize,
    error: u64,
    landing: *mut u64,
    handlers: u32,
    native_depth: u32,
    // Beyond here is what only the doubles of Rust entries know.
    exits: *const Lowered,
    left: RefCell<Option<Left>>,
    slow_calls: u32,
    return_ip: u64,
    log: Vec<String>,
}

/// What an exit found.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Left {
    /// Frames, outermost first: bytecode position and places with their values, boxed.
    frames: Vec<(u32, Vec<(Place, Seen)>)>,
}

/// A value that was seen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Seen {
    Bits(u64),
    Nan,
    Big(i64),
    Object,
}

/// How a run ended.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Ended {
    Returned(Vec<Seen>),
    Left(Left),
    Threw(u64),
}

pub(super) fn layout() -> FiberLayout {
    FiberLayout {
        base: offset_of!(TestFiber, base) as i32,
        ip: offset_of!(TestFiber, ip) as i32,
        top: offset_of!(TestFiber, top) as i32,
        limit: offset_of!(TestFiber, limit) as i32,
        mutator: offset_of!(TestFiber, mutator) as i32,
        multi: offset_of!(TestFiber, multi) as i32,
        depth: offset_of!(TestFiber, depth) as i32,
        poll: offset_of!(TestFiber, poll) as i32,
        native_limit: offset_of!(TestFiber, native_limit) as i32,
        error: offset_of!(TestFiber, error) as i32,
        landing: offset_of!(TestFiber, landing) as i32,
        handlers: offset_of!(TestFiber, handlers) as i32,
        native_depth: offset_of!(TestFiber, native_depth) as i32,
        native_depth_max: 450,
        stack_slack_words: 64,
        frame_moved: 1 << 51,
    }
}

/// A status of the doubles: the code was left.
const STATUS_LEFT: i64 = 1000;

unsafe extern "C" fn exit(fiber: *mut TestFiber, regs: *mut SavedRegisters, exit: u32) -> Outcome {
    // SAFETY: the stub passes the fiber and the registers that it saved; the lowered function is that which runs.
    unsafe {
        let lowered = &*(*fiber).exits;
        let left = read_exit(&lowered.exits, &*regs, exit as usize);
        *(*fiber).left.borrow_mut() = Some(left);
        (*regs).frame_bytes = lowered.frame_bytes.into();
    }
    Outcome { value: 0, status: STATUS_LEFT }
}

fn read_exit(table: &ExitTable, regs: &SavedRegisters, exit: usize) -> Left {
    let exit = &table.exits[exit];
    let seen = |source: ExitSource| match source {
        ExitSource::Object(index) => {
            let object = table.object(index);
            assert!(exit.objects.contains(&index) && !table.parts(object).is_empty());
            Seen::Object
        }
        ExitSource::Value(index) => {
            let value = table.value(index);
            let word = match value.location {
                Location::Reg(reg) => regs.word(reg),
                // SAFETY: offsets lie inside the frame of the code that was left.
                Location::Stack(offset) => unsafe { *regs.frame.byte_add(offset as usize) },
                Location::Const(bits) => bits,
            };
            seen_word(value.ty, word)
        }
    };
    let frames = table.frames(exit).iter();
    let frames = frames
        .map(|f| (f.pc, table.places(f).iter().map(|&(place, source)| (place, seen(source))).collect()))
        .collect();
    Left { frames }
}

/// A word of a type, boxed.
pub(super) fn seen_word(ty: Type, word: u64) -> Seen {
    match ty {
        Type::I64 => match Value::small_int(word as i64) {
            Some(v) => Seen::Bits(v.bits()),
            None => Seen::Big(word as i64),
        },
        Type::F64 => seen_value(Value::float(f64::from_bits(word)).bits()),
        Type::Bool => Seen::Bits(Value::bool(word != 0).bits()),
        Type::Value | Type::Num => seen_value(word),
        _ => Seen::Bits(word | ty.tag().unwrap_or(0)),
    }
}

/// A boxed word.
pub(super) fn seen_value(word: u64) -> Seen {
    let v = Value::from_bits(word);
    match (v.as_float(), v.is_object() && v.bits() != TAG_OBJECT) {
        (Some(x), _) if x.is_nan() => Seen::Nan,
        (None, true) => v.as_big_int().map_or(Seen::Bits(word), Seen::Big),
        _ => Seen::Bits(word),
    }
}

unsafe extern "C" fn call_slow(fiber: *mut TestFiber, base: *mut u64, nargs: u32) -> Outcome {
    // SAFETY: the stub passes the fiber and the base of the callee's window.
    unsafe {
        (*fiber).slow_calls += 1;
        (*fiber).return_ip = position_of(*base.sub(2));
        let args: Vec<u64> = (0..nargs as usize).map(|i| *base.add(i)).collect();
        (*fiber).log.push(format!("call {:#x} {args:x?}", *base.sub(3)));
        // A call of a mark gives its results elsewhere.
        if *base.sub(3) == Value::MARK.bits() {
            (*fiber).landing = base.add(100);
            for i in 0..3u64 {
                *base.add(100 + i as usize) = Value::int32(40 + i as i32).bits();
            }
            return Outcome { value: Value::int32(40).bits(), status: 3 };
        }
        // Gives back its arguments; a call of `false` throws.
        if *base.sub(3) == Value::FALSE.bits() {
            (*fiber).error = Value::int32(77).bits();
            return Outcome { value: 0, status: -1 };
        }
        for (i, &arg) in args.iter().enumerate() {
            *base.sub(3).add(i) = arg;
        }
        Outcome { value: args.first().copied().unwrap_or(Value::NIL.bits()), status: nargs.into() }
    }
}

unsafe extern "C" fn enter_slow(fiber: *mut TestFiber, _base: *mut u64, nargs: u32) -> Outcome {
    // SAFETY: the stub passes the fiber.
    unsafe { (*fiber).log.push(format!("enter slow {nargs}")) };
    Outcome { value: Value::int32(-5).bits(), status: 1 }
}

unsafe extern "C" fn throw_frames(_fiber: *mut TestFiber, _base: *mut u64) {}

/// Where the innermost frame goes on: at an address, or as a site says.
pub(super) fn position_of(word: u64) -> u64 {
    vm::machine::sites::find(word).map_or(word, |site| site.frames[0].ip.addr() as u64)
}

/// How far the doubles move a frame, in words.
const MOVED_WORDS: usize = 512;

unsafe extern "C" fn adopt_results(fiber: *mut TestFiber, window: u32) -> Outcome {
    // SAFETY: machine code passes the fiber, with its frame published; the window of the test has room above.
    unsafe {
        let (old, from) = ((*fiber).base, (*fiber).landing);
        (*fiber).landing = std::ptr::null_mut();
        let new = old.add(MOVED_WORDS);
        for i in 0..16 {
            *new.add(i).sub(3) = *old.add(i).sub(3);
        }
        *new.sub(1) = 1 << 51;
        for i in 0..(*fiber).multi as usize {
            *new.add(window as usize + i) = *from.add(i);
        }
        (*fiber).base = new;
        Outcome { value: new as u64, status: 0 }
    }
}

unsafe extern "C" fn finish_moved(fiber: *mut TestFiber, base: *mut u64, n: u32) -> *mut u64 {
    // SAFETY: machine code passes the fiber and the base of a frame that `adopt_results` moved.
    unsafe {
        (*fiber).log.push(format!("finish {n}"));
        base.sub(MOVED_WORDS)
    }
}

/// A machine to run functions on.
pub(super) struct Machine {
    pub mutator: Box<Mutator>,
    pub cache: CodeCache,
    pub stubs: Stubs,
    pub features: Features,
    pub fiber: Box<TestFiber>,
    pub window: Vec<u64>,
    pub helpers: Vec<usize>,
    pub polled: Box<u32>,
    pub kind: Kind,
    pub every_guard_fails: bool,
}

impl Machine {
    pub fn new(features: Features) -> Machine {
        Machine::with_heap(features, HeapOptions::default())
    }

    pub fn with_heap(features: Features, options: HeapOptions) -> Machine {
        let heap = Heap::new(options).expect("there is address space for a test");
        let mut mutator = Box::new(Mutator::new(heap));
        let cache = CodeCache::new(1 << 22).unwrap();
        let rust = RustEntries {
            interpret: call_slow as *const () as usize,
            enter_slow: enter_slow as *const () as usize,
            call_slow: call_slow as *const () as usize,
            exit: exit as *const () as usize,
            throw_frames: throw_frames as *const () as usize,
            adopt_results: adopt_results as *const () as usize,
            finish_moved: finish_moved as *const () as usize,
            call_native: call_slow as *const () as usize,
            call_prepared: call_slow as *const () as usize,
            catch_error: call_slow as *const () as usize,
            refuse_call: call_slow as *const () as usize,
        };
        let (_, stubs) = {
            let class_epoch = runtime::layout::class_epoch(mutator.heap());
            stubs::install(&cache, features, &layout(), &rust, class_epoch).unwrap()
        };
        let mut window = vec![Value::NIL.bits(); WINDOW_WORDS];
        let polled = Box::new(0);
        let fiber = Box::new(TestFiber {
            base: std::ptr::null_mut(),
            ip: 0,
            top: std::ptr::null_mut(),
            limit: window.as_mut_ptr_range().end,
            mutator: &raw mut *mutator,
            multi: 0,
            depth: 0,
            poll: &raw const *polled,
            native_limit: 0,
            error: 0,
            landing: std::ptr::null_mut(),
            handlers: 0,
            native_depth: 0,
            exits: std::ptr::null(),
            left: RefCell::new(None),
            slow_calls: 0,
            return_ip: 0,
            log: Vec::new(),
        });
        let kind = Kind::Function { params: 0, frame_words: 16, is_variadic: false, signature: None };
        let (helpers, every_guard_fails) = (vec![0; 256], false);
        Machine { mutator, cache, stubs, features, fiber, window, helpers, polled, kind, every_guard_fails }
    }

    pub fn lower(&self, func: &Func) -> Lowered {
        verify(func).unwrap_or_else(|e| panic!("{e}\n{func:?}"));
        let cx = Context {
            features: self.features,
            kind: self.kind,
            code_address: &|proto| 0x1000_0000 * (u64::from(proto) + 1),
            typed_entry: &|_| unreachable!("these functions know none"),
            helpers: &self.helpers,
            stubs: &self.stubs,
            layout: &layout(),
            parallel_flag: 0,
            byte_strs: runtime::layout::byte_strings(self.mutator.heap()) as u64,
            first_exit: 0,
            every_guard_fails: self.every_guard_fails,
        };
        lower(func, &cx).unwrap_or_else(|e| panic!("{e}\n{func:?}"))
    }

    /// Runs a lowered function on raw words, through its entry.
    pub fn run(&mut self, lowered: &Lowered, args: &[u64]) -> Ended {
        let block = self.cache.install(&lowered.code.bytes).unwrap();
        let entry = lowered.entry.unwrap_or(lowered.entry_begun);
        let base = self.window[BASE_WORD..].as_mut_ptr();
        self.window[BASE_WORD..BASE_WORD + args.len()].copy_from_slice(args);
        self.fiber.exits = lowered;
        *self.fiber.left.borrow_mut() = None;
        let fiber = (&raw mut *self.fiber).cast();
        // SAFETY: the stub is an `Enter`, and the code was lowered for this fiber and window.
        let outcome = unsafe {
            let enter: Enter = std::mem::transmute::<usize, Enter>(self.stubs.enter);
            enter(fiber, base.cast(), block.start().offset(entry).address(), args.len() as u32)
        };
        // SAFETY: the code has returned, and its address is nowhere.
        unsafe { self.cache.free(block) };
        match outcome.status {
            STATUS_LEFT => Ended::Left(self.fiber.left.borrow_mut().take().expect("the exit was seen")),
            ..=-1 => Ended::Threw(self.fiber.error),
            n => {
                let mut values = vec![seen_value(outcome.value)];
                values.extend((1..n as usize).map(|i| seen_value(self.window[BASE_WORD - 3 + i])));
                values.truncate(n as usize);
                Ended::Returned(values)
            }
        }
    }
}

/// All sets of features that are worth a run here.
pub(super) fn feature_sets() -> [Features; 2] {
    [Features::detect(), Features::BASE]
}

/// The function of a text that begins with what it returns.
pub(super) fn func(body: &str) -> Func {
    let text = format!("func \"f\" returns {body}");
    parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// A function that does one op on its parameters and returns its result.
pub(super) fn single(op: Op, types: &[Type], ty: Type, imms: [u64; 2]) -> Func {
    use crate::ir::snapshot::{Entry, Frame, Source, Via};
    let mut func = Func::new("single");
    func.returns = if ty == Type::None { Type::Value } else { ty };
    let b = func.add_block();
    let params: Vec<InstId> = types.iter().map(|&ty| func.add_param(b, ty)).collect();
    let frame = func.snaps.add_frame(Frame { parent: None, proto: 0, base: 0, via: Via::Root });
    let entries: Vec<Entry> = (params.iter().zip(types).enumerate())
        .filter(|(_, (_, ty))| ty.is_boxable())
        .map(|(i, (&param, _))| Entry { place: Place::Reg(i as u16), source: Source::Inst(param) })
        .collect();
    let snap = func.snaps.add(frame, 7, None, &entries);
    let new = NewInst { op, ty, args: &params, imm: imms[0], imm2: imms[1] as u32, snap: None };
    let result = func.append(b, new);
    if func.needs_snapshot(result) {
        func.set_snapshot(result, Some(snap));
    }
    if !op.is_terminator() {
        let returned: &[InstId] = if ty == Type::None { &[] } else { &[result] };
        let ret = NewInst { op: Op::Return, ty: Type::None, args: returned, imm: 0, imm2: 0, snap: None };
        func.append(b, ret);
    }
    func
}

/// What the reference interpreter gives, in the same form.
pub(super) fn expected(func: &Func, args: &[u64], model: &mut Model) -> Option<Ended> {
    use crate::ir::interp::{Held, Outcome, run};
    let outcome = run(func, args, model, 100_000);
    // Objects of the model are no objects of the heap: big integers are all that these functions make.
    let seen_word = |ty: Type, word: u64| {
        let v = Value::from_bits(word);
        if ty.is_boxed() && v.is_object() {
            return match model.object(word & PAYLOAD_MASK) {
                Object::BigInt(i) => Seen::Big(*i),
                _ => Seen::Object,
            };
        }
        seen_word(ty, word)
    };
    Some(match outcome {
        Outcome::Returned(words) => {
            let last = func.blocks().iter().filter_map(|&b| func.terminator(b));
            let types: Vec<Type> = last
                .filter(|&t| func.op(t) == Op::Return)
                .map(|t| func.args(t).iter().map(|&a| func.ty(a)).collect())
                .next()
                .unwrap_or_default();
            Ended::Returned(words.iter().zip(types).map(|(&word, ty)| seen_word(ty, word)).collect())
        }
        Outcome::Threw(error) => Ended::Threw(error),
        Outcome::Exited(state) => {
            let held = |held: &Held| match *held {
                Held::Object(_) => Seen::Object,
                Held::Word(ty, word) => seen_word(ty, word),
            };
            let frames = state.frames.iter().rev();
            Ended::Left(Left {
                frames: frames
                    .map(|f| (f.pc, f.places.iter().map(|(place, h)| (*place, held(h))).collect()))
                    .collect(),
            })
        }
        Outcome::OutOfFuel | Outcome::ReturnedMulti => return None,
    })
}
