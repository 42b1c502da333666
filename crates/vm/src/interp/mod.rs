//! The interpreter: one loop over verified bytecode.
//!
//! `ip`, `base` and `k` live in locals; the fiber sees them only when they are *published*, before anything that may
//! raise, collect or run user code. Fast paths are here, each a few instructions on the tags of its operands; whatever
//! else an op may mean is a cold function of `access.rs`, `computed.rs`, `make.rs`, `meta.rs`. Script calls push a frame and
//! go on in the loop, without recursion in Rust; metamethods and native functions recurse.
//!
//! Every instruction has one word of the function's feedback vector at the same index: inline caches, and what a compiler
//! wants to know (`machine/feedback.rs`). Calls and backward jumps are counted for it; where a function has become machine
//! code, `machine/calls.rs` runs that.

pub(crate) mod access;
pub(crate) mod computed;
pub(crate) mod frames;
mod instance;
pub(crate) mod make;

pub(crate) use frames::{close_frames, enter, enter_native};

use crate::engine::Meta;
use crate::error::Thrown;
use crate::fiber::{FRAME_FLAGS, Fiber};
use crate::machine::{calls, feedback};
use crate::native::{Args, WINDOW_HEADER};
use bytecode::arith;
use bytecode::ops::{Inst, Op};
use frames::{After, MULTI, raw};
use runtime::cell::Cell;
use runtime::closure::{Closure, Native};
use runtime::object::Word;
use runtime::table::Table;
use runtime::value::{PAYLOAD_MASK, TAG_INT, TAG_MASK, TAG_SPECIAL, Value, address_to_pointer};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Both words immediate integers?
#[inline(always)]
fn both_int(a: Value, b: Value) -> bool {
    ((a.bits() ^ TAG_INT) | (b.bits() ^ TAG_INT)) & TAG_MASK == 0
}

#[inline(always)]
fn both_float(a: Value, b: Value) -> bool {
    a.is_float() && b.is_float()
}

/// Both words floats or immediate integers?
#[inline(always)]
fn both_num(a: Value, b: Value) -> bool {
    a.bits() < TAG_SPECIAL && b.bits() < TAG_SPECIAL
}

/// A float, or an immediate integer as the float that it equals.
#[inline(always)]
fn as_f64(v: Value) -> f64 {
    if v.is_float() { v.float_payload() } else { v.small_int_payload() as f64 }
}

/// An immediate shifted to the top of the word, so that overflow of 48 bits is overflow of 64.
#[inline(always)]
fn high(v: Value) -> i64 {
    (v.bits() << 16) as i64
}

/// The immediate for an integer at the top of the word.
#[inline(always)]
fn from_high(x: i64) -> Value {
    Value::from_bits(TAG_INT | (x as u64 >> 16))
}

/// Equality where it needs no call: `None` if metamethods, contents or mixed numbers decide.
#[inline(always)]
pub(crate) fn quick_equal(a: Value, b: Value) -> Option<bool> {
    if a.bits() == b.bits() {
        return Some(!a.is_float() || !a.float_payload().is_nan());
    }
    if both_int(a, b) {
        return Some(false);
    }
    if both_float(a, b) {
        return Some(a.float_payload() == b.float_payload());
    }
    if both_num(a, b) {
        return Some(as_f64(a) == as_f64(b));
    }
    // Words with different tags that are neither numbers nor objects (big integers) are different.
    let (ta, tb) = (a.bits() & TAG_MASK, b.bits() & TAG_MASK);
    if ta == TAG_SPECIAL || tb == TAG_SPECIAL { Some(false) } else { None }
}

/// Runs the fiber's innermost frame until the frame that entered the interpreter returns; gives the number of its
/// results. On an error the frames are still there, for [`frames`] to unwind.
///
/// # Safety
/// `fiber.base` and `fiber.ip` are those of a frame that [`frames`] began.
#[inline(always)]
pub(crate) unsafe fn run(fiber: &mut Fiber) -> Result<u32, Thrown> {
    // SAFETY: promised by the caller.
    unsafe {
        if fiber.is_observed {
            run_loop::<true, false>(fiber)
        } else if fiber.is_watched {
            run_loop::<false, true>(fiber)
        } else {
            run_loop::<false, false>(fiber)
        }
    }
}

/// The loop. With `TIER` there is a compiler: it is asked about what is hot, and finds in the feedback what it wants to
/// know. Without one that costs nothing. With `RACES` each instruction is shown to what looks for races.
///
/// # Safety
/// As [`run`].
#[inline(never)]
#[expect(clippy::cognitive_complexity, reason = "one flat match: an arm per op")]
unsafe fn run_loop<const TIER: bool, const RACES: bool>(fiber: &mut Fiber) -> Result<u32, Thrown> {
    let mut ip: *const Inst;
    let mut base: *mut Word;
    let mut k: *const Word;
    // Distance in bytes from an instruction's successor to the instruction's feedback word.
    let mut feedback_offset: isize;

    // SAFETY: for every unsafe operation in this function, the verifier proved that registers are below `frame_size`,
    // constants, upvalues and children in range and of the right kind, jumps inside the code; frames are allocated at
    // `frame_size` with slack behind; `frames` keeps base, links and chunks consistent.
    unsafe {
        // Goes on with the frame that is published.
        'published: loop {
            macro_rules! enter_function {
                () => {{
                    let function = Fiber::closure_linked(base).function();
                    k = function.constants();
                    feedback_offset = function.feedback() as isize - function.code() as isize - 8;
                }};
            }
            macro_rules! reg {
                ($i:expr) => {
                    (*base.add($i as usize)).load()
                };
            }
            macro_rules! set {
                ($i:expr, $v:expr) => {
                    (*base.add($i as usize)).store($v)
                };
            }
            macro_rules! constant {
                ($i:expr) => {
                    (*k.add($i as usize)).load()
                };
            }
            macro_rules! feedback {
                () => {
                    &*((ip as isize + feedback_offset) as *const AtomicU64)
                };
            }
            macro_rules! publish {
                () => {{
                    fiber.ip = ip;
                    fiber.base = base;
                    fiber.top = std::ptr::null_mut();
                }};
            }
            macro_rules! check {
                ($e:expr) => {{
                    publish!();
                    match $e {
                        Ok(v) => v,
                        Err(thrown) => return Err(thrown),
                    }
                }};
            }
            macro_rules! poll {
                () => {
                    if (*fiber.poll).load(Relaxed) != 0 {
                        check!(crate::safepoint::poll_slow(fiber));
                    }
                };
            }
            // Goes on where a frame has ended.
            macro_rules! after {
                ($after:expr) => {{
                    match $after {
                        Ok(After::Resume) => continue 'published,
                        Ok(After::Leave(count)) => return Ok(count),
                        Err(thrown) => return Err(thrown),
                    }
                }};
            }
            macro_rules! jump {
                ($offset:expr) => {{
                    let offset = $offset as isize;
                    if offset < 0 {
                        let from = ip;
                        ip = ip.offset(offset);
                        poll!();
                        if TIER {
                            fiber.jumps_left = fiber.jumps_left.wrapping_sub(1);
                            if fiber.jumps_left == 0 {
                                publish!();
                                let word = &*((from as isize + feedback_offset) as *const AtomicU64);
                                if let Some(code) = calls::back_edge(fiber, word) {
                                    after!(calls::run_code(fiber, base, code, 0));
                                }
                            }
                        }
                    } else {
                        ip = ip.offset(offset);
                    }
                }};
            }
            // Notes a kind of operands, where that is new. No call: on fast paths a call would cost registers.
            macro_rules! note {
                ($kind:expr) => {{
                    if TIER {
                        let word = feedback!().load(Relaxed);
                        if word & $kind == 0 {
                            feedback!().store(word | $kind, Relaxed);
                        }
                    }
                }};
            }
            // The same where the operands may be anything.
            macro_rules! note_wide {
                ($b:expr, $c:expr) => {{
                    if TIER && feedback!().load(Relaxed) & feedback::KINDS != feedback::KINDS {
                        feedback::note_operands(feedback!(), $b, $c);
                    }
                }};
            }
            // Integers beyond the immediate range, before whatever else the operands may be.
            macro_rules! wide {
                ($inst:ident, $b:expr, $c:expr, $event:ident, $f:expr) => {{
                    note_wide!($b, $c);
                    let v = check!(match make::wide_int(fiber, $b, $c, $f) {
                        Value::MARK => {
                            if TIER {
                                feedback::note_class(feedback!(), $b, $c);
                            }
                            fiber.arith(Meta::$event, $b, $c)
                        }
                        v => Ok(v),
                    });
                    set!($inst.a(), v);
                }};
            }
            macro_rules! arith {
            ($inst:ident, $b:expr, $c:expr, $event:ident, $int:ident, $wrapping:ident, $float:tt) => {{
                let (b, c) = ($b, $c);
                if both_int(b, c)
                    && let Some(x) = high(b).$int(high(c))
                {
                    set!($inst.a(), from_high(x));
                } else if both_float(b, c) {
                    note!(feedback::FLOATS);
                    set!($inst.a(), Value::float_canonical(b.float_payload() $float c.float_payload()));
                } else if both_num(b, c) && !both_int(b, c) {
                    note!(feedback::FLOATS);
                    set!($inst.a(), Value::float_canonical(as_f64(b) $float as_f64(c)));
                } else {
                    wide!($inst, b, c, $event, |x: i64, y: i64| Some(x.$wrapping(y)));
                }
            }};
        }
            macro_rules! mul {
                ($inst:ident, $b:expr, $c:expr) => {{
                    let (b, c) = ($b, $c);
                    if both_int(b, c)
                        && let Some(x) = high(b).checked_mul(c.small_int_payload())
                    {
                        set!($inst.a(), from_high(x));
                    } else if both_float(b, c) {
                        note!(feedback::FLOATS);
                        set!($inst.a(), Value::float_canonical(b.float_payload() * c.float_payload()));
                    } else if both_num(b, c) && !both_int(b, c) {
                        note!(feedback::FLOATS);
                        set!($inst.a(), Value::float_canonical(as_f64(b) * as_f64(c)));
                    } else {
                        wide!($inst, b, c, Mul, |x: i64, y: i64| Some(x.wrapping_mul(y)));
                    }
                }};
            }
            macro_rules! div {
                ($inst:ident, $b:expr, $c:expr) => {{
                    let (b, c) = ($b, $c);
                    if both_float(b, c) {
                        note!(feedback::FLOATS);
                        set!($inst.a(), Value::float_canonical(b.float_payload() / c.float_payload()));
                    } else if both_num(b, c) {
                        if !both_int(b, c) {
                            note!(feedback::FLOATS);
                        }
                        set!($inst.a(), Value::float_canonical(as_f64(b) / as_f64(c)));
                    } else {
                        note_wide!(b, c);
                        if TIER {
                            feedback::note_class(feedback!(), b, c);
                        }
                        let v = check!(fiber.arith(Meta::Div, b, c));
                        set!($inst.a(), v);
                    }
                }};
            }
            macro_rules! rem {
                ($inst:ident, $b:expr, $c:expr) => {{
                    let (b, c) = ($b, $c);
                    if both_int(b, c) && c.small_int_payload() > 0 {
                        let r = b.small_int_payload() % c.small_int_payload();
                        let r = if r < 0 { r + c.small_int_payload() } else { r };
                        set!($inst.a(), Value::int_unchecked(r));
                    } else if both_num(b, c) && !both_int(b, c) {
                        note!(feedback::FLOATS);
                        set!($inst.a(), Value::float(arith::float_mod(as_f64(b), as_f64(c))));
                    } else {
                        wide!($inst, b, c, Mod, arith::int_mod);
                    }
                }};
            }
            macro_rules! pow {
                ($inst:ident, $b:expr, $c:expr) => {{
                    let (b, c) = ($b, $c);
                    if both_num(b, c) {
                        if !both_int(b, c) {
                            note!(feedback::FLOATS);
                        }
                        set!($inst.a(), Value::float(arith::pow(as_f64(b), as_f64(c))));
                    } else {
                        note_wide!(b, c);
                        let v = check!(fiber.arith(Meta::Pow, b, c));
                        set!($inst.a(), v);
                    }
                }};
            }
            macro_rules! bits {
                ($inst:ident, $b:expr, $c:expr, $event:ident, $f:expr) => {{
                    let (b, c) = ($b, $c);
                    if both_int(b, c) {
                        let f: fn(i64, i64) -> i64 = $f;
                        set!(
                            $inst.a(),
                            Value::int_unchecked(f(b.small_int_payload(), c.small_int_payload()))
                        );
                    } else {
                        wide!($inst, b, c, $event, |x: i64, y: i64| Some($f(x, y)));
                    }
                }};
            }
            macro_rules! shift {
                ($inst:ident, $b:expr, $c:expr, $event:ident, $f:expr) => {{
                    let (b, c) = ($b, $c);
                    if both_int(b, c)
                        && let Some(x) = $f(b.small_int_payload(), c.small_int_payload())
                        && let Some(v) = Value::small_int(x)
                    {
                        set!($inst.a(), v);
                    } else {
                        wide!($inst, b, c, $event, $f);
                    }
                }};
            }
            macro_rules! less {
            ($b:expr, $c:expr, $op:tt, $slow:ident) => {{
                let (b, c) = ($b, $c);
                if both_int(b, c) {
                    high(b) $op high(c)
                } else if both_float(b, c) {
                    note!(feedback::FLOATS);
                    b.float_payload() $op c.float_payload()
                } else if both_num(b, c) {
                    note!(feedback::FLOATS);
                    // An immediate integer is exact as a float.
                    as_f64(b) $op as_f64(c)
                } else {
                    note_wide!(b, c);
                    check!(fiber.$slow(b, c))
                }
            }};
        }
            macro_rules! equal {
                ($b:expr, $c:expr) => {{
                    let (b, c) = ($b, $c);
                    if both_int(b, c) {
                        b.bits() == c.bits()
                    } else {
                        if TIER {
                            if both_num(b, c) {
                                note!(feedback::FLOATS);
                            } else {
                                note!(feedback::OTHERS);
                            }
                        }
                        match quick_equal(b, c) {
                            Some(e) => e,
                            None => check!(fiber.equal(b, c)),
                        }
                    }
                }};
            }
            macro_rules! jump_less {
                ($inst:ident, $op:tt, $slow:ident, $sense:expr) => {{
                    if less!(reg!($inst.a()), reg!($inst.b()), $op, $slow) == $sense {
                        jump!($inst.c() as i16);
                    }
                }};
            }
            macro_rules! jump_imm {
            ($inst:ident, $op:tt, $slow:ident, $swap:expr, $sense:expr) => {{
                let (a, imm) = (reg!($inst.a()), $inst.b() as i16 as i64);
                let holds = if a.is_small_int() {
                    a.small_int_payload() $op imm
                } else if a.is_float() {
                    note!(feedback::FLOATS);
                    a.float_payload() $op imm as f64
                } else {
                    note_wide!(a, a);
                    let imm = Value::int_unchecked(imm);
                    let (x, y) = if $swap { (imm, a) } else { (a, imm) };
                    check!(fiber.$slow(x, y))
                };
                if holds == $sense {
                    jump!($inst.c() as i16);
                }
            }};
        }
            macro_rules! counted {
            ($inst:ident, $op:tt, $slow:ident, $swap:expr) => {{
                let (a, limit, step) = (reg!($inst.a()), reg!($inst.b()), $inst.x() as i8 as i64);
                let holds;
                if both_int(a, limit)
                    && let Some(x) = high(a).checked_add(step << 16)
                {
                    set!($inst.a(), from_high(x));
                    holds = x $op high(limit);
                } else if both_num(a, limit) && a.is_float() {
                    note!(feedback::FLOATS);
                    let x = a.float_payload() + step as f64;
                    set!($inst.a(), Value::float_canonical(x));
                    holds = x $op as_f64(limit);
                } else {
                    note_wide!(a, limit);
                    // A negative step was written as a subtraction.
                    let next = check!(if step < 0 {
                        fiber.arith(Meta::Sub, a, Value::int_unchecked(-step))
                    } else {
                        fiber.arith(Meta::Add, a, Value::int_unchecked(step))
                    });
                    set!($inst.a(), next);
                    let (x, y) = if $swap { (limit, next) } else { (next, limit) };
                    holds = check!(fiber.$slow(x, y));
                }
                if holds {
                    jump!($inst.c() as i16);
                }
            }};
        }
            // Begins a call of what the window at `r[a]` holds, with `n` arguments, for the instruction before `ip`.
            macro_rules! call {
            ($inst:ident, $window:expr, $n:expr, $want:expr, $is_plain:expr) => {{
                let window: *mut Word = $window;
                let mut nargs: u32 = $n;
                // Of what handles the call of a table the site is told by the table.
                let mut is_noted = !TIER;
                loop {
                    let callee = (*window).load();
                    if callee.is_function() {
                        if let Some(closure) = Closure::from_value(callee) {
                            let function = closure.function();
                            if !is_noted {
                                let word = feedback!().load(Relaxed);
                                if word != callee.bits()
                                    && word != function.to_value().bits()
                                    && word != Value::MARK.bits()
                                {
                                    publish!();
                                    if !$is_plain {
                                        // The arguments may lie above the frame's registers.
                                        let end = window.add(WINDOW_HEADER + nargs as usize);
                                        fiber.top = end.max(fiber.free_top());
                                    }
                                    feedback::note_target(fiber, base, feedback!(), callee);
                                    fiber.top = std::ptr::null_mut();
                                }
                            }
                            let new_base = window.add(WINDOW_HEADER);
                            let params = function.params() as u32;
                            if !function.is_variadic()
                                && fiber.depth < fiber.depth_max
                                && fiber.has_room(new_base, nargs as usize + function.frame_size() as usize)
                            {
                                (*window.add(1)).store(raw(ip));
                                (*window.add(2)).store(raw(base));
                                for i in nargs..params {
                                    (*new_base.add(i as usize)).store(Value::NIL);
                                }
                                fiber.depth += 1;
                                base = new_base;
                            } else {
                                base = check!(frames::begin(fiber, window, nargs, ip, base, 0));
                            }
                            ip = function.code();
                            let left = if TIER { function.counter() } else { u32::MAX };
                            if left > 1 {
                                if TIER {
                                    function.set_counter(left - 1);
                                }
                                k = function.constants();
                                feedback_offset = function.feedback() as isize - ip as isize - 8;
                                poll!();
                            } else {
                                publish!();
                                after!(calls::look_at(fiber, function, nargs));
                            }
                        } else {
                            let native = Native::from_value_unchecked(callee);
                            if !is_noted {
                                let word = feedback!().load(Relaxed);
                                if word != callee.bits() && word != Value::MARK.bits() {
                                    feedback::note_target(fiber, base, feedback!(), callee);
                                }
                            }
                            if $want == 1
                                && let Some(quick) = crate::fiber::native_def(native).quick
                            {
                                let v = quick(Args::new(window.add(WINDOW_HEADER), nargs));
                                if v != Value::MARK {
                                    (*window).store(v);
                                    break;
                                }
                            }
                            fiber.ip = ip;
                            fiber.base = base;
                            let n = match fiber.call_native(native, window, nargs) {
                                Ok(n) => n,
                                Err(thrown) => {
                                    fiber.top = std::ptr::null_mut();
                                    return Err(thrown);
                                }
                            };
                            if $want == 1 && n >= 1 && n <= WINDOW_HEADER as u32 {
                                // So few results always fit in the window: the first is where it belongs already.
                            } else {
                                fiber.top = std::ptr::null_mut();
                                let at = window.offset_from(base) as usize;
                                let from = fiber.results_at(window, n);
                                if $want == MULTI && from != window {
                                    publish!();
                                    frames::relocate(fiber, at + n as usize)?;
                                    base = fiber.base;
                                }
                                let from = if from == window { base.add(at) } else { from };
                                frames::deliver(fiber, from, n as usize, base.add(at), $want);
                            }
                        }
                        break;
                    }
                    if TIER {
                        feedback::note_callable(feedback!(), callee);
                        is_noted = true;
                    }
                    nargs = check!(frames::resolve_callee(fiber, window, nargs, 0));
                }
            }};
        }
            // Ends the running frame with `n` results from `from` on.
            macro_rules! finish {
                ($from:expr, $n:expr) => {{
                    after!(frames::finish(fiber, base, $from, $n));
                }};
            }

            ip = fiber.ip;
            base = fiber.base;
            enter_function!();
            loop {
                let inst = *ip;
                ip = ip.add(1);
                if RACES {
                    publish!();
                    crate::race::observe::instruction(fiber, inst, base);
                }
                // SAFETY: verified code has only known ops.
                let op = std::mem::transmute::<u8, Op>(inst.code());
                match op {
                    Op::Move => set!(inst.a(), reg!(inst.b())),
                    Op::LoadNil => {
                        for i in 0..inst.b() {
                            set!(inst.a() as usize + i as usize, Value::NIL);
                        }
                    }
                    Op::LoadBool => set!(inst.a(), Value::bool(inst.b() != 0)),
                    Op::LoadInt => set!(inst.a(), Value::int32(inst.bc())),
                    Op::LoadConst => set!(inst.a(), constant!(inst.bc())),
                    Op::LoadMark => set!(inst.a(), Value::MARK),

                    Op::GetUpval => {
                        set!(inst.a(), Fiber::closure_linked(base).upvalue(inst.b() as usize).load())
                    }
                    Op::GetUpcell => {
                        let cell = Fiber::closure_linked(base).upvalue(inst.b() as usize).load();
                        set!(inst.a(), Cell::from_value_unchecked(cell).get());
                    }
                    Op::SetUpcell => {
                        let cell = Fiber::closure_linked(base).upvalue(inst.b() as usize).load();
                        Cell::from_value_unchecked(cell).set(fiber.mutator(), reg!(inst.a()));
                    }
                    Op::NewCell => {
                        publish!();
                        let cell = Cell::new(fiber.mutator(), reg!(inst.b()));
                        set!(inst.a(), cell.to_value());
                    }
                    Op::GetCell => set!(inst.a(), check!(make::cell(fiber, reg!(inst.b()))).get()),
                    Op::SetCell => {
                        let cell = check!(make::cell(fiber, reg!(inst.a())));
                        cell.set(fiber.mutator(), reg!(inst.b()));
                    }
                    Op::CopyCell => {
                        let old = check!(make::cell(fiber, reg!(inst.a()))).get();
                        let cell = Cell::new(fiber.mutator(), old);
                        set!(inst.a(), cell.to_value());
                    }
                    Op::GetGlobal => set!(inst.a(), Cell::from_value_unchecked(constant!(inst.bc())).get()),
                    Op::SetGlobal => {
                        let cell = Cell::from_value_unchecked(constant!(inst.bc()));
                        if !cell.is_variable() {
                            // The world stops.
                            publish!();
                        }
                        cell.assign(fiber.mutator(), reg!(inst.a()));
                    }
                    Op::Closure => {
                        publish!();
                        let v = make::closure(fiber, base, inst.bc() as usize, inst.a());
                        set!(inst.a(), v);
                    }

                    Op::NewTable => {
                        publish!();
                        let template = Fiber::closure_linked(base).function().template(inst.bc() as usize);
                        let v = if template.key_count == 0 && template.array_len == 0 {
                            make::blank_table(fiber, feedback!())
                        } else {
                            fiber.mutator().new_table_from_template(template).to_value()
                        };
                        set!(inst.a(), v);
                    }
                    Op::InitSlot => {
                        let t = Table::from_value_unchecked(reg!(inst.a()));
                        check!(make::init_slot(fiber, t, inst.b() as u32, reg!(inst.c()), feedback!()));
                    }
                    Op::SetList => {
                        check!(make::set_list(
                            fiber,
                            base.add(inst.a() as usize),
                            inst.x() as usize,
                            inst.bc()
                        ));
                    }
                    Op::SetListMulti => {
                        let n = inst.x() as usize + fiber.multi as usize;
                        check!(make::set_list(fiber, base.add(inst.a() as usize), n, inst.bc()));
                    }
                    Op::GetField => {
                        let b = reg!(inst.b());
                        if b.is_table()
                            && let Some(v) = access::cached_field(
                                Table::from_value_unchecked(b),
                                feedback!().load(Relaxed),
                            )
                        {
                            set!(inst.a(), v);
                        } else {
                            let v = check!(access::get_field(fiber, b, constant!(inst.c()), feedback!(), 1));
                            set!(inst.a(), v);
                        }
                    }
                    Op::SetField => {
                        let (a, v) = (reg!(inst.a()), reg!(inst.c()));
                        if !(a.is_table()
                            && access::cached_store(
                                fiber,
                                Table::from_value_unchecked(a),
                                v,
                                feedback!().load(Relaxed),
                            ))
                        {
                            check!(access::set_field(fiber, a, constant!(inst.b()), v, feedback!()));
                        }
                    }
                    Op::GetIndex => {
                        let (b, c) = (reg!(inst.b()), reg!(inst.c()));
                        if b.is_table()
                            && c.is_small_int()
                            && feedback!().load(Relaxed) != 0
                            && let Some(v) = Table::from_value_unchecked(b).quick_get(c.small_int_payload())
                        {
                            set!(inst.a(), v);
                        } else if c.is_small_int()
                            && let Some(v) = crate::userdata::quick_get(b, c.small_int_payload())
                        {
                            computed::note_use(feedback!(), crate::machine::feedback::READ_USERDATA);
                            set!(inst.a(), v);
                        } else {
                            let v = check!(computed::get_index(fiber, b, c, feedback!()));
                            set!(inst.a(), v);
                        }
                    }
                    Op::SetIndex => {
                        let (a, b, c) = (reg!(inst.a()), reg!(inst.b()), reg!(inst.c()));
                        if !(a.is_table()
                            && b.is_small_int()
                            && feedback!().load(Relaxed) & !crate::machine::feedback::STORED_ANEW
                                == Table::from_value_unchecked(a).shape_id() as u64
                            && Table::from_value_unchecked(a).quick_set(
                                fiber.mutator(),
                                b.small_int_payload(),
                                c,
                            ))
                        {
                            check!(computed::set_index(fiber, a, b, c, feedback!()));
                        }
                    }
                    Op::GetIndexInt => {
                        let (b, c) = (reg!(inst.b()), inst.c() as i16 as i64);
                        if b.is_table()
                            && feedback!().load(Relaxed) != 0
                            && let Some(v) = Table::from_value_unchecked(b).quick_get(c)
                        {
                            set!(inst.a(), v);
                        } else {
                            let v =
                                check!(computed::get_index(fiber, b, Value::int_unchecked(c), feedback!()));
                            set!(inst.a(), v);
                        }
                    }
                    Op::SetIndexInt => {
                        let (a, b, c) = (reg!(inst.a()), inst.b() as i16 as i64, reg!(inst.c()));
                        if !(a.is_table()
                            && feedback!().load(Relaxed) & !crate::machine::feedback::STORED_ANEW
                                == Table::from_value_unchecked(a).shape_id() as u64
                            && Table::from_value_unchecked(a).quick_set(fiber.mutator(), b, c))
                        {
                            check!(computed::set_index(fiber, a, Value::int_unchecked(b), c, feedback!()));
                        }
                    }
                    Op::GetMethod => {
                        let b = reg!(inst.b());
                        let word = feedback!().load(Relaxed);
                        let v = if b.is_table()
                            && let Some(v) =
                                access::cached_method(fiber, Table::from_value_unchecked(b), word)
                        {
                            v
                        } else if b.is_string()
                            && let Some(v) = access::cached_string_method(fiber, word)
                        {
                            v
                        } else {
                            check!(access::get_method(fiber, b, constant!(inst.c()), feedback!()))
                        };
                        set!(inst.a(), v);
                        set!(inst.a() as usize + WINDOW_HEADER, b);
                    }

                    Op::Call => {
                        call!(inst, base.add(inst.a() as usize), inst.b() as u32, inst.c() as u32, true)
                    }
                    Op::CallMulti => {
                        let n = inst.b() as u32 + fiber.multi;
                        call!(inst, base.add(inst.a() as usize), n, inst.c() as u32, false);
                    }
                    Op::CallRetMulti => {
                        call!(inst, base.add(inst.a() as usize), inst.b() as u32, MULTI, true)
                    }
                    Op::CallMultiRetMulti => {
                        let n = inst.b() as u32 + fiber.multi;
                        call!(inst, base.add(inst.a() as usize), n, MULTI, false);
                    }
                    Op::Return0 => {
                        let info = (*base.sub(1)).load().bits();
                        if info & FRAME_FLAGS == 0 {
                            let from = base;
                            let window = base.sub(WINDOW_HEADER);
                            ip = address_to_pointer::<Inst>((*base.sub(2)).load().bits());
                            base = address_to_pointer::<Word>(info);
                            fiber.depth -= 1;
                            let want = frames::wanted(ip);
                            if want != 0 {
                                publish!();
                                frames::deliver(fiber, from, 0, window, want);
                            }
                            enter_function!();
                        } else {
                            finish!(base, 0);
                        }
                    }
                    Op::Return1 => {
                        let info = (*base.sub(1)).load().bits();
                        if info & FRAME_FLAGS == 0 {
                            let v = reg!(inst.a());
                            let window = base.sub(WINDOW_HEADER);
                            ip = address_to_pointer::<Inst>((*base.sub(2)).load().bits());
                            base = address_to_pointer::<Word>(info);
                            fiber.depth -= 1;
                            (*window).store(v);
                            let want = frames::wanted(ip);
                            if want != 1 {
                                publish!();
                                frames::deliver(fiber, window, 1, window, want);
                            }
                            enter_function!();
                        } else {
                            finish!(base.add(inst.a() as usize), 1);
                        }
                    }
                    Op::Return => finish!(base.add(inst.a() as usize), inst.b() as usize),
                    Op::ReturnMulti => {
                        finish!(base.add(inst.a() as usize), inst.b() as usize + fiber.multi as usize);
                    }
                    Op::Vararg => {
                        let (from, n) = frames::extra_arguments(base);
                        let to = base.add(inst.a() as usize);
                        for i in 0..inst.b() as usize {
                            (*to.add(i)).store(if i < n { (*from.add(i)).load() } else { Value::NIL });
                        }
                    }
                    Op::VarargMulti => {
                        let (_, n) = frames::extra_arguments(base);
                        if !fiber.has_room(base.add(inst.a() as usize), n) {
                            check!(frames::relocate(fiber, inst.a() as usize + n));
                            base = fiber.base;
                        }
                        let (from, n) = frames::extra_arguments(base);
                        let to = base.add(inst.a() as usize);
                        for i in 0..n {
                            (*to.add(i)).store((*from.add(i)).load());
                        }
                        fiber.multi = n as u32;
                    }
                    Op::VarargLen => {
                        let (_, n) = frames::extra_arguments(base);
                        set!(inst.a(), Value::int_unchecked(n as i64));
                    }
                    Op::VarargIndex => {
                        let (from, n) = frames::extra_arguments(base);
                        let i = make::vararg_index(reg!(inst.b()));
                        let v = if i >= 1 && i as u64 <= n as u64 {
                            (*from.add(i as usize - 1)).load()
                        } else {
                            Value::NIL
                        };
                        set!(inst.a(), v);
                    }
                    Op::VarargTable => {
                        let (from, n) = frames::extra_arguments(base);
                        let v = check!(make::vararg_table(fiber, from, n));
                        set!(inst.a(), v);
                    }
                    Op::Go => check!(make::go(fiber, base.add(inst.a() as usize), inst.b() as usize)),
                    Op::GoMulti => {
                        let n = inst.b() as usize + fiber.multi as usize;
                        check!(make::go(fiber, base.add(inst.a() as usize), n));
                    }
                    Op::Defer => {
                        let list = base.add(inst.c() as usize);
                        check!(make::defer(fiber, base.add(inst.a() as usize), inst.b() as usize, list));
                    }
                    Op::DeferMulti => {
                        let (n, list) =
                            (inst.b() as usize + fiber.multi as usize, base.add(inst.c() as usize));
                        check!(make::defer(fiber, base.add(inst.a() as usize), n, list));
                    }
                    Op::RunDefers => {
                        check!(frames::run_defers(fiber, base.add(inst.c() as usize)));
                    }
                    Op::RunDefersMulti => {
                        // The values that follow the frame stay, so deferred calls begin above them.
                        let multi = fiber.multi;
                        fiber.ip = ip;
                        fiber.base = base;
                        let end = base.add(inst.a() as usize + inst.b() as usize + multi as usize);
                        fiber.top = std::ptr::null_mut();
                        fiber.top = end.max(fiber.free_top());
                        let result = frames::run_defers(fiber, base.add(inst.c() as usize));
                        fiber.top = std::ptr::null_mut();
                        result?;
                        fiber.multi = multi;
                    }

                    Op::Add => {
                        arith!(inst, reg!(inst.b()), reg!(inst.c()), Add, checked_add, wrapping_add, +)
                    }
                    Op::Sub => {
                        arith!(inst, reg!(inst.b()), reg!(inst.c()), Sub, checked_sub, wrapping_sub, -)
                    }
                    Op::Mul => mul!(inst, reg!(inst.b()), reg!(inst.c())),
                    Op::Div => div!(inst, reg!(inst.b()), reg!(inst.c())),
                    Op::Mod => rem!(inst, reg!(inst.b()), reg!(inst.c())),
                    Op::Pow => pow!(inst, reg!(inst.b()), reg!(inst.c())),
                    Op::BitAnd => bits!(inst, reg!(inst.b()), reg!(inst.c()), BitAnd, |x: i64, y: i64| x & y),
                    Op::BitOr => bits!(inst, reg!(inst.b()), reg!(inst.c()), BitOr, |x: i64, y: i64| x | y),
                    Op::BitXor => bits!(inst, reg!(inst.b()), reg!(inst.c()), BitXor, |x: i64, y: i64| x ^ y),
                    Op::BitClear => {
                        bits!(inst, reg!(inst.b()), reg!(inst.c()), BitClear, |x: i64, y: i64| x & !y)
                    }
                    Op::Shl => shift!(inst, reg!(inst.b()), reg!(inst.c()), Shl, arith::shl),
                    Op::Shr => shift!(inst, reg!(inst.b()), reg!(inst.c()), Shr, arith::shr),
                    Op::AddImm => {
                        let (b, c) = (reg!(inst.b()), inst.c() as i16 as i64);
                        if b.is_small_int()
                            && let Some(x) = high(b).checked_add(c << 16)
                        {
                            set!(inst.a(), from_high(x));
                        } else if b.is_float() {
                            note!(feedback::FLOATS);
                            set!(inst.a(), Value::float_canonical(b.float_payload() + c as f64));
                        } else {
                            note_wide!(b, b);
                            let v = check!(fiber.arith(Meta::Add, b, Value::int_unchecked(c)));
                            set!(inst.a(), v);
                        }
                    }
                    Op::SubImm => {
                        let (b, c) = (reg!(inst.b()), inst.c() as i16 as i64);
                        if b.is_small_int()
                            && let Some(x) = high(b).checked_sub(c << 16)
                        {
                            set!(inst.a(), from_high(x));
                        } else if b.is_float() {
                            note!(feedback::FLOATS);
                            set!(inst.a(), Value::float_canonical(b.float_payload() - c as f64));
                        } else {
                            note_wide!(b, b);
                            let v = check!(fiber.arith(Meta::Sub, b, Value::int_unchecked(c)));
                            set!(inst.a(), v);
                        }
                    }
                    Op::AddConst => {
                        arith!(inst, reg!(inst.b()), constant!(inst.c()), Add, checked_add, wrapping_add, +)
                    }
                    Op::SubConst => {
                        arith!(inst, reg!(inst.b()), constant!(inst.c()), Sub, checked_sub, wrapping_sub, -)
                    }
                    Op::MulConst => mul!(inst, reg!(inst.b()), constant!(inst.c())),
                    Op::DivConst => div!(inst, reg!(inst.b()), constant!(inst.c())),
                    Op::ModConst => rem!(inst, reg!(inst.b()), constant!(inst.c())),
                    Op::PowConst => pow!(inst, reg!(inst.b()), constant!(inst.c())),
                    Op::BitAndConst => {
                        bits!(inst, reg!(inst.b()), constant!(inst.c()), BitAnd, |x: i64, y: i64| x & y)
                    }
                    Op::BitOrConst => {
                        bits!(inst, reg!(inst.b()), constant!(inst.c()), BitOr, |x: i64, y: i64| x | y)
                    }
                    Op::BitXorConst => {
                        bits!(inst, reg!(inst.b()), constant!(inst.c()), BitXor, |x: i64, y: i64| x ^ y)
                    }
                    Op::ShlImm => {
                        shift!(inst, reg!(inst.b()), Value::int32(inst.c() as i16 as i32), Shl, arith::shl)
                    }
                    Op::ShrImm => {
                        shift!(inst, reg!(inst.b()), Value::int32(inst.c() as i16 as i32), Shr, arith::shr)
                    }
                    Op::Neg => {
                        let b = reg!(inst.b());
                        if b.is_float() {
                            note!(feedback::FLOATS);
                            set!(inst.a(), Value::float_canonical(-b.float_payload()));
                        } else if b.is_small_int()
                            && let Some(x) = high(b).checked_neg()
                        {
                            set!(inst.a(), from_high(x));
                        } else {
                            note_wide!(b, b);
                            if TIER {
                                feedback::note_class(feedback!(), b, b);
                            }
                            let v = check!(fiber.neg(b));
                            set!(inst.a(), v);
                        }
                    }
                    Op::BitNot => {
                        let b = reg!(inst.b());
                        if b.is_small_int() {
                            set!(inst.a(), Value::from_bits(b.bits() ^ PAYLOAD_MASK));
                        } else {
                            note_wide!(b, b);
                            let v = check!(fiber.bit_not(b));
                            set!(inst.a(), v);
                        }
                    }
                    Op::Not => set!(inst.a(), Value::bool(reg!(inst.b()).is_falsy())),
                    Op::Len => {
                        let b = reg!(inst.b());
                        if b.is_table()
                            && feedback!().load(Relaxed) == Table::from_value_unchecked(b).shape_id() as u64
                        {
                            set!(inst.a(), Value::int_unchecked(Table::from_value_unchecked(b).len() as i64));
                        } else {
                            let v = check!(computed::len(fiber, b, feedback!()));
                            set!(inst.a(), v);
                        }
                    }
                    Op::Concat => {
                        let v = check!(make::concat(fiber, base.add(inst.b() as usize), inst.c() as usize));
                        set!(inst.a(), v);
                    }
                    Op::Eq => {
                        let e = equal!(reg!(inst.b()), reg!(inst.c()));
                        set!(inst.a(), Value::bool(e));
                    }
                    Op::Ne => {
                        let e = equal!(reg!(inst.b()), reg!(inst.c()));
                        set!(inst.a(), Value::bool(!e));
                    }
                    Op::Lt => {
                        let r = less!(reg!(inst.b()), reg!(inst.c()), <, less_than);
                        set!(inst.a(), Value::bool(r));
                    }
                    Op::Le => {
                        let r = less!(reg!(inst.b()), reg!(inst.c()), <=, less_equal);
                        set!(inst.a(), Value::bool(r));
                    }

                    Op::Jump => jump!(inst.bc()),
                    Op::JumpIf => {
                        if !reg!(inst.a()).is_falsy() {
                            jump!(inst.bc());
                        }
                    }
                    Op::JumpIfNot => {
                        if reg!(inst.a()).is_falsy() {
                            jump!(inst.bc());
                        }
                    }
                    Op::JumpIfNil => {
                        if reg!(inst.a()).is_nil() {
                            jump!(inst.bc());
                        }
                    }
                    Op::JumpIfNotNil => {
                        if !reg!(inst.a()).is_nil() {
                            jump!(inst.bc());
                        }
                    }
                    Op::JumpEq => {
                        if equal!(reg!(inst.a()), reg!(inst.b())) {
                            jump!(inst.c() as i16);
                        }
                    }
                    Op::JumpNe => {
                        if !equal!(reg!(inst.a()), reg!(inst.b())) {
                            jump!(inst.c() as i16);
                        }
                    }
                    Op::JumpEqConst => {
                        if equal!(reg!(inst.a()), constant!(inst.b())) {
                            jump!(inst.c() as i16);
                        }
                    }
                    Op::JumpNeConst => {
                        if !equal!(reg!(inst.a()), constant!(inst.b())) {
                            jump!(inst.c() as i16);
                        }
                    }
                    Op::JumpLt => jump_less!(inst, <, less_than, true),
                    Op::JumpNotLt => jump_less!(inst, <, less_than, false),
                    Op::JumpLe => jump_less!(inst, <=, less_equal, true),
                    Op::JumpNotLe => jump_less!(inst, <=, less_equal, false),
                    Op::JumpLtImm => jump_imm!(inst, <, less_than, false, true),
                    Op::JumpNotLtImm => jump_imm!(inst, <, less_than, false, false),
                    Op::JumpLeImm => jump_imm!(inst, <=, less_equal, false, true),
                    Op::JumpNotLeImm => jump_imm!(inst, <=, less_equal, false, false),
                    Op::JumpGtImm => jump_imm!(inst, >, less_than, true, true),
                    Op::JumpNotGtImm => jump_imm!(inst, >, less_than, true, false),
                    Op::JumpGeImm => jump_imm!(inst, >=, less_equal, true, true),
                    Op::JumpNotGeImm => jump_imm!(inst, >=, less_equal, true, false),

                    Op::ForLt => counted!(inst, <, less_than, false),
                    Op::ForLe => counted!(inst, <=, less_equal, false),
                    Op::ForGt => counted!(inst, >, less_than, true),
                    Op::ForGe => counted!(inst, >=, less_equal, true),
                    Op::RangePrep => {
                        if TIER {
                            crate::machine::feedback::note_traversal(feedback!(), reg!(inst.a()));
                        }
                        check!(crate::range::prepare(fiber, base.add(inst.a() as usize)));
                        ip = ip.offset(inst.bc() as isize);
                    }
                    Op::RangeNext => {
                        let state = base.add(inst.a() as usize);
                        match crate::range::quick_next(fiber, state, inst.x() as usize) {
                            crate::range::Step::Next => jump!(inst.bc()),
                            crate::range::Step::End => ip = ip.add(1),
                            crate::range::Step::Slow => {
                                let step = check!(crate::range::slow_next(fiber, state, inst.x() as usize));
                                match step {
                                    crate::range::Step::Next => jump!(inst.bc()),
                                    crate::range::Step::End => ip = ip.add(1),
                                    // An iterator function: its results go to the variables, and RangeTest decides.
                                    crate::range::Step::Slow => {
                                        call!(inst, state.add(3), 2, inst.x() as u32, false)
                                    }
                                }
                            }
                        }
                    }
                    Op::RangeTest => {
                        let state = base.add(inst.a() as usize);
                        let v = (*state.add(3)).load();
                        if !v.is_nil() {
                            (*state.add(2)).store(v);
                            jump!(inst.bc());
                        }
                    }

                    Op::MakeChan => {
                        let capacity = if inst.x() == 0 { None } else { Some(reg!(inst.b())) };
                        let v = check!(crate::channel::make(fiber, capacity));
                        set!(inst.a(), v);
                    }
                    Op::Send => check!(crate::channel::send(fiber, reg!(inst.a()), reg!(inst.b()))),
                    Op::Recv => {
                        let (v, _) = check!(crate::channel::recv(fiber, reg!(inst.b())));
                        set!(inst.a(), v);
                    }
                    Op::RecvOk => {
                        let (v, ok) = check!(crate::channel::recv(fiber, reg!(inst.b())));
                        set!(inst.a(), v);
                        set!(inst.a() as usize + 1, Value::bool(ok));
                    }
                    Op::Select => {
                        let first = base.add(inst.a() as usize);
                        let (n, v, ok) = check!(make::select(fiber, first, inst.b() as usize, inst.c() != 0));
                        (*first).store(Value::int_unchecked(n as i64));
                        (*first.add(1)).store(v);
                        (*first.add(2)).store(Value::bool(ok));
                    }
                }
            }
        }
    }
}
