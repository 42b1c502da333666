//! The stubs that all compiled code shares, and what they and compiled code agree on with the rest of the machine.
//!
//! ```text
//!   r15  fiber        r14  base of the window of registers        ecx  number of arguments, at an entry
//!   rax  first result, boxed (nil if there is none)               rdx  status: number of results, negative: an error
//! ```
//!
//! An *entry* is called with the base of the new frame in r14, callee and links below it, arguments above. It returns with
//! r15 kept and everything else free; results from the second on lie at `[base - 24 + 8 * i]`.
//!
//! Three kinds of stubs are here. Some are entries: they hand a call to a Rust function. Some are ways out: of an error, and
//! of a guard that failed, where all registers are saved for Rust to read. And some are *quiet*: called from the slow part of
//! one op, they keep every register but rax, so that slow parts cost the code around them nothing.

use crate::asm::x64::emit::{Assembler, Frame};
use crate::asm::x64::inst::{
    AluOp, Amode, CallSites, CallTarget, CmpOp, Extend, Inst, Reg, RegImm, Scale, ShiftOp, Size, UnaryOp,
};
use crate::asm::x64::{CALLER_SAVED, Cc, Features, reg};
use crate::asm::{Code, Label};
use crate::code::{CacheError, CodeBlock, CodeCache};
use crate::ir::signature::Signature;
use crate::ir::types::Type;
use crate::lower::{BASE, FIBER, result_reg};
use crate::regs::{PReg, PRegSet};
use crate::routines;
use runtime::layout;
use runtime::object::Kind;
use runtime::value::{TAG_FUNCTION, Value};
use std::mem::offset_of;

/// Offsets in the fiber that machine code reads and writes, and two facts beside them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FiberLayout {
    /// Base of the running frame, as last published.
    pub base: i32,
    /// Next bytecode instruction, as last published.
    pub ip: i32,
    /// First free word while a native function runs; null while a script does.
    pub top: i32,
    /// End of the current chunk of registers.
    pub limit: i32,
    /// The mutator.
    pub mutator: i32,
    /// The count of values of unknown number, 32 bits.
    pub multi: i32,
    /// Active calls that are counted, 32 bits.
    pub depth: i32,
    /// The address of the poll word.
    pub poll: i32,
    /// Lowest stack pointer that compiled code may have.
    pub native_limit: i32,
    /// The error on its way.
    pub error: i32,
    /// Active handlers of errors, 32 bits.
    pub handlers: i32,
    /// Active calls from native functions, 32 bits.
    pub native_depth: i32,
    /// Most such calls.
    pub native_depth_max: i32,
    /// Where the results of a call that gives all of them lie, if not in its window; else null.
    pub landing: i32,
    /// Words that are always free above a frame.
    pub stack_slack_words: i32,
    /// The flag, in the word below a frame's base, of a frame that was moved while compiled code ran it.
    pub frame_moved: u64,
}

/// The Rust functions that stubs call. `interpret`, `enter_slow` and `call_slow` have the signature
/// `extern "C" fn(fiber, base, nargs: u32) -> Outcome` and return as an entry does; the callee is at `[base - 24]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RustEntries {
    /// Runs a call of a function that has no code.
    pub interpret: usize,
    /// Runs a call of a function whose code found no room, or which takes any number of arguments.
    pub enter_slow: usize,
    /// Runs a call of anything that is no closure.
    pub call_slow: usize,
    /// `extern "C" fn(fiber, *mut SavedRegisters, exit: u32) -> Outcome`: goes on in the interpreter.
    pub exit: usize,
    /// `extern "C" fn(fiber, base)`: unwinds frames up to the one with that base, itself included.
    pub throw_frames: usize,
    /// `extern "C" fn(fiber, window: u32) -> Outcome`: moves the published frame to where there is room for the results of
    /// a call with its window at that register, and gives the new base.
    pub adopt_results: usize,
    /// `extern "C" fn(fiber, base, nargs: u32) -> Outcome`: calls the native function at `[base - 24]` for the published
    /// frame, and returns as an entry does.
    pub call_native: usize,
    /// The same with a fourth argument: what the function has prepared, which is called in its place.
    pub call_prepared: usize,
    /// `extern "C" fn(fiber, depth: u32) -> Outcome`: catches an error; the value is the error's.
    pub catch_error: usize,
    /// `extern "C" fn(fiber) -> Outcome`: the error of a caught call that is one too many.
    pub refuse_call: usize,
    /// `extern "C" fn(fiber, base, n: u32) -> base`: ends a frame that was moved and returns `n` results.
    pub finish_moved: usize,
}

/// What an exit finds: all registers as they were, and the frame of the compiled code.
#[repr(C)]
#[derive(Clone, Debug)]
pub struct SavedRegisters {
    /// Integer registers by their numbers; `rsp` means nothing.
    pub ints: [u64; 16],
    /// The low halves of vector registers by their numbers.
    pub floats: [u64; 16],
    /// The stack pointer of the compiled frame: spill slots are at offsets from it.
    pub frame: *mut u64,
    /// To be set by the exit: `Lowered::frame_bytes` of the code that was left.
    pub frame_bytes: u64,
}

impl SavedRegisters {
    /// The word in a register.
    pub fn word(&self, reg: PReg) -> u64 {
        let index = reg.index();
        if index < 16 { self.ints[index] } else { self.floats[index - 16] }
    }

    /// Writes a word to a register, where the stub leaves it for the caller if that takes results there.
    pub fn set_word(&mut self, reg: PReg, word: u64) {
        let index = reg.index();
        *(if index < 16 { &mut self.ints[index] } else { &mut self.floats[index - 16] }) = word;
    }
}

/// The addresses of the stubs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stubs {
    /// Rust's way into compiled code: see [`vm::machine::Enter`].
    pub enter: usize,
    /// The entry of functions without code.
    pub interpreter_entry: usize,
    /// The entry of functions whose frames Rust begins, and where entries go that find no room.
    pub enter_slow: usize,
    /// An entry that calls whatever lies at `[r14 - 24]`.
    pub call_value: usize,
    /// Where exit stubs go: the number of the exit is on the stack.
    pub exit: usize,
    /// Where an error leaves a function: the frame is taken off the stack, r14 is its base.
    pub throw: usize,
    /// Quiet: remembers the object in rax, which is old.
    pub write_barrier: usize,
    /// Quiet: a big integer, boxed, of the integer in rax.
    pub big_int: usize,
    /// Quiet: memory for an object of rax bytes; whoever asked writes its header at once.
    pub alloc: usize,
    /// The number of the entry, in the hash part in rax, of the key in rcx that is no big integer; -1 if there is none.
    /// Changes [`HASH_FIND_CLOBBERS`] only.
    pub hash_find: usize,
    /// What the table in rax has for the key in rcx, a constant interned string, as the mutator's cache of shapes and keys says; the
    /// mark if it does not know. Changes [`FIND_FIELD_CLOBBERS`] only.
    pub find_field: usize,
    /// See [`RustEntries`]; called directly.
    pub adopt_results: usize,
    /// See [`RustEntries`]; called directly.
    pub finish_moved: usize,
    /// See [`RustEntries`]; called directly.
    pub call_native: usize,
    /// See [`RustEntries`]; called directly.
    pub call_prepared: usize,
    /// See [`RustEntries`]; called directly.
    pub catch_error: usize,
    /// See [`RustEntries`]; called directly.
    pub refuse_call: usize,
}

/// How many of [`Stubs`] are generated.
#[cfg(test)]
const GENERATED: usize = 11;

/// Registers that quiet stubs keep.
const QUIET_INTS: [PReg; 8] = [reg::RCX, reg::RDX, reg::RSI, reg::RDI, reg::R8, reg::R9, reg::R10, reg::R11];

/// Generates the stubs and installs them. The block lives as long as compiled code does.
pub fn install(
    cache: &CodeCache,
    features: Features,
    layout: &FiberLayout,
    rust: &RustEntries,
    class_epoch: usize,
) -> Result<(CodeBlock, Stubs), CacheError> {
    let code = generate(features, layout, rust, class_epoch);
    let block = cache.install(&code.bytes)?;
    let at = |export: usize| block.start().address() + code.exports[export] as usize;
    let stubs = Stubs {
        enter: at(0),
        interpreter_entry: at(1),
        enter_slow: at(2),
        call_value: at(3),
        exit: at(4),
        throw: at(5),
        write_barrier: at(6),
        big_int: at(7),
        alloc: at(8),
        hash_find: at(9),
        find_field: at(10),
        adopt_results: rust.adopt_results,
        finish_moved: rust.finish_moved,
        call_native: rust.call_native,
        call_prepared: rust.call_prepared,
        catch_error: rust.catch_error,
        refuse_call: rust.refuse_call,
    };
    Ok((block, stubs))
}

struct Gen<'a> {
    asm: Assembler,
    calls: CallSites,
    layout: &'a FiberLayout,
}

/// The code of all stubs; exports are in the order of [`Stubs`].
fn generate(features: Features, layout: &FiberLayout, rust: &RustEntries, class_epoch: usize) -> Code {
    let mut g = Gen { asm: Assembler::new(features, Frame::default(), 200), calls: CallSites::new(), layout };
    g.begin();
    g.enter();
    g.begin();
    g.entry_to(rust.interpret);
    g.begin();
    g.entry_to(rust.enter_slow);
    g.begin();
    g.call_value(rust.call_slow);
    g.begin();
    g.exit(rust.exit);
    g.begin();
    g.throw(rust.throw_frames);
    for routine in [
        routines::remember as *const () as usize,
        routines::big_int as *const () as usize,
        routines::alloc as *const () as usize,
    ] {
        g.begin();
        g.quiet(routine);
    }
    g.begin();
    g.hash_find();
    g.begin();
    g.find_field(class_epoch);
    g.asm.finish(0)
}

/// Registers that the search in a hash part changes, the scratch register aside.
pub const HASH_FIND_CLOBBERS: PRegSet =
    PRegSet::of(&[reg::RAX, reg::RCX, reg::RDX, reg::RSI, reg::RDI, reg::R8]);

/// Registers that the search in the cache of shapes and keys changes, the scratch register aside.
pub const FIND_FIELD_CLOBBERS: PRegSet = PRegSet::of(&[reg::RAX, reg::RDX, reg::RSI, reg::RDI]);

fn r(reg: PReg) -> Reg {
    reg.into()
}

impl Gen<'_> {
    fn put(&mut self, inst: Inst) {
        self.asm.emit(&inst, &self.calls);
    }

    /// A new stub begins here.
    fn begin(&mut self) {
        self.put(Inst::Align { log2: 4 });
        let label = self.asm.buffer.new_label();
        self.asm.buffer.bind(label);
        self.asm.buffer.export(label);
    }

    fn call(&mut self, address: usize) {
        let id = self.calls.add(CallTarget::Address(address as u64), 0, &[], &[], CALLER_SAVED);
        self.put(Inst::Call { id });
    }

    fn mov(&mut self, dst: PReg, src: PReg) {
        self.put(Inst::Mov { size: Size::B64, dst: r(dst), src: r(src) });
    }

    fn alu(&mut self, op: AluOp, dst: PReg, b: i32) {
        self.put(Inst::Alu { op, size: Size::B64, dst: r(dst), a: r(dst), b: b.into() });
    }

    fn load(&mut self, dst: PReg, base: PReg, disp: i32) {
        self.put(Inst::Load { ext: Extend::Full, dst: r(dst), mem: Amode::base(base, disp) });
    }

    fn store(&mut self, base: PReg, disp: i32, src: impl Into<RegImm>) {
        self.put(Inst::Store { size: Size::B64, mem: Amode::base(base, disp), src: src.into() });
    }

    fn shift(&mut self, op: ShiftOp, dst: PReg, amount: u8) {
        self.put(Inst::ShiftImm { op, size: Size::B64, dst: r(dst), a: r(dst), amount });
    }

    fn cmp_jump(
        &mut self,
        size: Size,
        cc: Cc,
        a: impl Into<crate::asm::x64::inst::RegMem>,
        b: i32,
        target: Label,
    ) {
        self.put(Inst::CmpJump { op: CmpOp::Cmp, size, cc, a: a.into(), b: b.into(), target });
    }

    /// Saves what Rust expects to be kept, and calls the code in the third argument. The fourth is in rcx already.
    fn enter(&mut self) {
        const SAVED: [PReg; 6] = [reg::RBX, reg::RBP, reg::R12, reg::R13, reg::R14, reg::R15];
        for saved in SAVED {
            self.put(Inst::Push { src: r(saved) });
        }
        self.alu(AluOp::Sub, reg::RSP, 8);
        self.mov(FIBER, reg::RDI);
        self.mov(BASE, reg::RSI);
        let id = self.calls.add(CallTarget::Reg(r(reg::RDX)), 0, &[], &[], PRegSet::EMPTY);
        self.put(Inst::Call { id });
        self.alu(AluOp::Add, reg::RSP, 8);
        for saved in SAVED.into_iter().rev() {
            self.put(Inst::Pop { dst: r(saved) });
        }
        self.put(Inst::Ret);
    }

    /// An entry that calls Rust with fiber, base and number of arguments.
    fn entry_to(&mut self, address: usize) {
        self.alu(AluOp::Sub, reg::RSP, 8);
        self.mov(reg::RDI, FIBER);
        self.mov(reg::RSI, BASE);
        self.put(Inst::Mov { size: Size::B32, dst: r(reg::RDX), src: r(reg::RCX) });
        self.call(address);
        self.alu(AluOp::Add, reg::RSP, 8);
        self.put(Inst::Ret);
    }

    /// Closures go to the entry of their function, everything else to Rust.
    fn call_value(&mut self, call_slow: usize) {
        let slow = self.asm.buffer.new_label();
        self.load(reg::RAX, BASE, -24);
        self.mov(reg::RDX, reg::RAX);
        self.shift(ShiftOp::Shr, reg::RDX, 48);
        self.cmp_jump(Size::B32, Cc::Ne, reg::RDX, (TAG_FUNCTION >> 48) as i32, slow);
        self.payload(reg::RAX);
        let kind = Amode::base(reg::RAX, layout::HEADER_KIND as i32);
        self.cmp_jump(Size::B8, Cc::Ne, kind, Kind::Closure as i32, slow);
        self.load(reg::RAX, reg::RAX, layout::CLOSURE_FUNCTION as i32);
        self.payload(reg::RAX);
        let entry = Amode::base(reg::RAX, layout::FUNCTION_ENTRY as i32);
        self.put(Inst::JumpIndirect { target: entry.into() });
        self.asm.buffer.bind(slow);
        self.entry_to(call_slow);
    }

    fn payload(&mut self, reg: PReg) {
        self.shift(ShiftOp::Shl, reg, 16);
        self.shift(ShiftOp::Shr, reg, 16);
    }

    /// Saves all registers, calls Rust, takes the frame off and returns to the caller of the compiled code.
    fn exit(&mut self, exit: usize) {
        const SAVED_BYTES: i32 = size_of::<SavedRegisters>() as i32;
        // The number of the exit is pushed, and the frame below it is aligned.
        const BYTES: i32 = SAVED_BYTES + 8;
        const _: () = assert!(BYTES % 16 == 8);
        self.alu(AluOp::Sub, reg::RSP, BYTES);
        for n in 0..16u8 {
            self.store(reg::RSP, 8 * i32::from(n), PReg::int(n));
            let mem = Amode::base(reg::RSP, offset_of!(SavedRegisters, floats) as i32 + 8 * i32::from(n));
            self.put(Inst::FStore { mem, src: r(PReg::float(n)) });
        }
        self.put(Inst::Lea { size: Size::B64, dst: r(reg::RAX), mem: Amode::base(reg::RSP, BYTES + 8) });
        self.store(reg::RSP, offset_of!(SavedRegisters, frame) as i32, reg::RAX);
        self.mov(reg::RDI, FIBER);
        self.mov(reg::RSI, reg::RSP);
        let number = Amode::base(reg::RSP, BYTES);
        self.put(Inst::Load { ext: Extend::U32, dst: r(reg::RDX), mem: number });
        self.call(exit);
        // A typed result may be a float, and Rust has written further ones to their registers.
        self.put(Inst::FFromBits { dst: r(PReg::float(0)), src: r(reg::RAX) });
        for number in 1..Signature::RESULTS_MAX {
            let at = |ty| result_reg(number, ty);
            let float = offset_of!(SavedRegisters, floats) + 8 * number;
            self.load(at(Type::Value), reg::RSP, 8 * at(Type::Value).index() as i32);
            let mem = Amode::base(reg::RSP, float as i32);
            self.put(Inst::FLoad { dst: r(at(Type::F64)), mem });
        }
        self.load(reg::R11, reg::RSP, offset_of!(SavedRegisters, frame_bytes) as i32);
        let mem = Amode::indexed(reg::RSP, reg::R11, Scale::X1, BYTES + 8);
        self.put(Inst::Lea { size: Size::B64, dst: r(reg::RSP), mem });
        self.put(Inst::Ret);
    }

    fn throw(&mut self, throw_frames: usize) {
        self.alu(AluOp::Sub, reg::RSP, 8);
        self.mov(reg::RDI, FIBER);
        self.mov(reg::RSI, BASE);
        self.call(throw_frames);
        self.put(Inst::Imm { dst: r(reg::RAX), value: runtime::value::Value::NIL.bits() as i64 });
        self.put(Inst::Imm { dst: r(reg::RDX), value: -1 });
        self.alu(AluOp::Add, reg::RSP, 8);
        self.put(Inst::Ret);
    }

    /// Calls a routine with the mutator and rax, keeps all registers, and gives what it returns in rax. A collection may
    /// happen: the saved registers lie on the stack, and the frame's registers are published.
    fn quiet(&mut self, routine: usize) {
        let ints = QUIET_INTS.len() as i32;
        let bytes = (ints + 16) * 8;
        // The return address is on the stack.
        let room = bytes + if bytes % 16 == 8 { 0 } else { 8 };
        self.alu(AluOp::Sub, reg::RSP, room);
        for (i, saved) in QUIET_INTS.into_iter().enumerate() {
            self.store(reg::RSP, 8 * i as i32, saved);
        }
        for n in 0..16 {
            let mem = Amode::base(reg::RSP, 8 * (ints + n));
            self.put(Inst::FStore { mem, src: r(PReg::float(n as u8)) });
        }
        self.store(FIBER, self.layout.base, BASE);
        self.store(FIBER, self.layout.ip, 0);
        self.store(FIBER, self.layout.top, 0);
        self.load(reg::RDI, FIBER, self.layout.mutator);
        self.mov(reg::RSI, reg::RAX);
        self.call(routine);
        for (i, saved) in QUIET_INTS.into_iter().enumerate() {
            self.load(saved, reg::RSP, 8 * i as i32);
        }
        for n in 0..16 {
            let mem = Amode::base(reg::RSP, 8 * (ints + n));
            self.put(Inst::FLoad { dst: r(PReg::float(n as u8)), mem });
        }
        self.alu(AluOp::Add, reg::RSP, room);
        self.put(Inst::Ret);
    }
}

impl Gen<'_> {
    /// See `runtime/table/hash.rs`: index words hold the number of an entry plus one, and a part of the hash above it.
    fn hash_find(&mut self) {
        use reg::{R11, RAX, RCX, RDI, RDX, RSI};
        let shift_cl = |g: &mut Self, op, size, dst: PReg| {
            g.put(Inst::ShiftCl { op, size, dst: r(dst), a: r(dst), amount: r(RCX) });
        };
        let alu = |g: &mut Self, op, size, dst: PReg, b: PReg| {
            g.put(Inst::Alu { op, size, dst: r(dst), a: r(dst), b: r(b).into() });
        };
        // The hash in rdx, the key in r11.
        self.mov(RDX, RCX);
        self.shift(ShiftOp::Shr, RDX, 32);
        alu(self, AluOp::Xor, Size::B64, RDX, RCX);
        self.put(Inst::Imm { dst: r(R11), value: layout::HASH_FACTOR as i64 });
        self.put(Inst::Imul { size: Size::B64, dst: r(RDX), a: r(RDX), b: r(R11).into() });
        self.mov(R11, RCX);
        // The first place in rdi, the mask of places in rsi.
        let log = Amode::base(RAX, layout::HEADER_AUX as i32);
        self.put(Inst::Load { ext: Extend::U8, dst: r(RCX), mem: log });
        self.put(Inst::Imm { dst: r(RSI), value: 1 });
        shift_cl(self, ShiftOp::Shl, Size::B64, RSI);
        self.alu(AluOp::Sub, RSI, 1);
        self.put(Inst::Unary { op: UnaryOp::Neg, size: Size::B32, dst: r(RCX), a: r(RCX) });
        self.mov(RDI, RDX);
        shift_cl(self, ShiftOp::Shr, Size::B64, RDI);
        // The part of the hash in rdx, the index in rcx.
        self.shift(ShiftOp::Shr, RDX, layout::HASH_TAG_SHIFT);
        let capacity = Amode::base(RAX, layout::HEADER_WORD as i32);
        self.put(Inst::Load { ext: Extend::U32, dst: r(RCX), mem: capacity });
        self.shift(ShiftOp::Shl, RCX, 4);
        alu(self, AluOp::Add, Size::B64, RCX, RAX);
        let [short, word, none] = std::array::from_fn(|_| self.asm.buffer.new_label());
        let mask_of = |log: u8| (1i32 << log) - 1;
        self.cmp_jump(Size::B32, Cc::A, r(RSI), mask_of(layout::HASH_BYTE_INDEX_LOG_MAX), short);
        self.hash_loop((Extend::U8, Scale::X1), none);
        self.asm.buffer.bind(short);
        self.cmp_jump(Size::B32, Cc::A, r(RSI), mask_of(layout::HASH_SHORT_INDEX_LOG_MAX), word);
        self.hash_loop((Extend::U16, Scale::X2), none);
        self.asm.buffer.bind(word);
        self.hash_loop((Extend::U32, Scale::X4), none);
        self.asm.buffer.bind(none);
        self.put(Inst::Imm { dst: r(RAX), value: -1 });
        self.put(Inst::Ret);
    }

    /// The search in an index of words of one width.
    fn hash_loop(&mut self, (ext, scale): (Extend, Scale), none: Label) {
        use reg::{R8, R11, RAX, RCX, RDI, RDX, RSI};
        const ENTRIES: i32 = layout::HASH_ENTRIES as i32;
        let [next, again] = std::array::from_fn(|_| self.asm.buffer.new_label());
        // The part that words of this width hold: what is above them is cut off, and so are the bits of the number.
        match ext {
            Extend::U8 | Extend::U16 => {
                self.put(Inst::Extend { ext, dst: r(RDX), src: r(RDX) });
            }
            _ => self.put(Inst::Mov { size: Size::B32, dst: r(RDX), src: r(RDX) }),
        }
        self.put(Inst::Alu { op: AluOp::Or, size: Size::B32, dst: r(RDX), a: r(RDX), b: r(RSI).into() });
        self.put(Inst::Alu { op: AluOp::Xor, size: Size::B32, dst: r(RDX), a: r(RDX), b: r(RSI).into() });
        self.asm.buffer.bind(again);
        let mem = Amode::indexed(RCX, RDI, scale, ENTRIES);
        self.put(Inst::Load { ext, dst: r(R8), mem });
        let zero = Inst::CmpJump {
            op: CmpOp::Test,
            size: Size::B32,
            cc: Cc::E,
            a: r(R8).into(),
            b: r(R8).into(),
            target: none,
        };
        self.put(zero);
        // With the same part above it the number alone is left.
        self.put(Inst::Alu { op: AluOp::Xor, size: Size::B32, dst: r(R8), a: r(R8), b: r(RDX).into() });
        let jump = Inst::CmpJump {
            op: CmpOp::Cmp,
            size: Size::B32,
            cc: Cc::A,
            a: r(R8).into(),
            b: r(RSI).into(),
            target: next,
        };
        self.put(jump);
        self.shift(ShiftOp::Shl, R8, 4);
        let key = Amode::indexed(RAX, R8, Scale::X1, ENTRIES - layout::HASH_ENTRY_BYTES as i32);
        let jump = Inst::CmpJump {
            op: CmpOp::Cmp,
            size: Size::B64,
            cc: Cc::Ne,
            a: key.into(),
            b: r(R11).into(),
            target: next,
        };
        self.put(jump);
        self.mov(RAX, R8);
        self.shift(ShiftOp::Shr, RAX, 4);
        self.alu(AluOp::Sub, RAX, 1);
        self.put(Inst::Ret);
        self.asm.buffer.bind(next);
        self.alu(AluOp::Add, RDI, 1);
        self.put(Inst::Alu { op: AluOp::And, size: Size::B64, dst: r(RDI), a: r(RDI), b: r(RSI).into() });
        self.put(Inst::Jump { target: again });
    }
}

impl Gen<'_> {
    /// See `runtime/shape/cache.rs`. The mutator is the fiber's at this moment.
    fn find_field(&mut self, class_epoch: usize) {
        use reg::{R11, RAX, RCX, RDI, RDX, RSI};
        const ENTRY: i32 = layout::FOUND_BYTES as i32;
        const PAIR_LOG: u8 = (2 * layout::FOUND_BYTES).trailing_zeros() as u8;
        const _: () = assert!(layout::FOUND_PAIRS.is_power_of_two() && layout::FOUND_BYTES.is_power_of_two());
        let [second, hit, other, empty, have, none] = std::array::from_fn(|_| self.asm.buffer.new_label());
        let compare = |g: &mut Self, size, disp: usize, b: PReg, target| {
            let a = Amode::base(RSI, disp as i32).into();
            g.put(Inst::CmpJump { op: CmpOp::Cmp, size, cc: Cc::Ne, a, b: r(b).into(), target });
        };
        // The shape in rdx, the pair in rsi.
        let shape = Amode::base(RAX, layout::HEADER_WORD as i32);
        self.put(Inst::Load { ext: Extend::U32, dst: r(RDX), mem: shape });
        self.load(RDI, FIBER, self.layout.mutator);
        self.mov(RSI, RCX);
        self.shift(ShiftOp::Shr, RSI, layout::FOUND_KEY_SHIFT);
        let xor = Inst::Alu { op: AluOp::Xor, size: Size::B32, dst: r(RSI), a: r(RSI), b: r(RDX).into() };
        self.put(xor);
        self.alu(AluOp::And, RSI, layout::FOUND_PAIRS as i32 - 1);
        self.shift(ShiftOp::Shl, RSI, PAIR_LOG);
        self.load(RDI, RDI, layout::found_cache() as i32);
        let add = Inst::Alu { op: AluOp::Add, size: Size::B64, dst: r(RSI), a: r(RSI), b: r(RDI).into() };
        self.put(add);
        compare(self, Size::B64, layout::FOUND_KEY, RCX, second);
        compare(self, Size::B32, layout::FOUND_SHAPE, RDX, second);
        self.asm.buffer.bind(hit);
        self.load(RDX, RSI, layout::FOUND_PLACE as i32);
        self.cmp_jump(Size::B64, Cc::Le, r(RDX), 0, other);
        let slot = Amode::indexed(RAX, RDX, Scale::X1, 0);
        self.put(Inst::Load { ext: Extend::Full, dst: r(RAX), mem: slot });
        self.asm.buffer.bind(have);
        self.put(Inst::Imm { dst: r(R11), value: Value::NIL.bits() as i64 });
        let is_nil = |target| Inst::CmpJump {
            op: CmpOp::Cmp,
            size: Size::B64,
            cc: Cc::E,
            a: r(RAX).into(),
            b: r(R11).into(),
            target,
        };
        self.put(is_nil(empty));
        self.put(Inst::Ret);
        self.asm.buffer.bind(second);
        self.alu(AluOp::Add, RSI, ENTRY);
        compare(self, Size::B64, layout::FOUND_KEY, RCX, none);
        compare(self, Size::B32, layout::FOUND_SHAPE, RDX, none);
        self.put(Inst::Jump { target: hit });
        // No own slot, or one in the slots storage.
        self.asm.buffer.bind(other);
        self.cmp_jump(Size::B64, Cc::E, r(RDX), 0, empty);
        self.put(Inst::Unary { op: UnaryOp::Not, size: Size::B64, dst: r(RDX), a: r(RDX) });
        self.load(RAX, RAX, layout::TABLE_EXT as i32);
        let capacity = Amode::base(RAX, layout::HEADER_WORD as i32);
        self.put(Inst::Load { ext: Extend::U32, dst: r(RDI), mem: capacity });
        let is_beyond = Inst::CmpJump {
            op: CmpOp::Cmp,
            size: Size::B64,
            cc: Cc::Ae,
            a: r(RDX).into(),
            b: r(RDI).into(),
            target: none,
        };
        self.put(is_beyond);
        let slot = Amode::indexed(RAX, RDX, Scale::X8, layout::SLOTS_WORDS as i32);
        self.put(Inst::Load { ext: Extend::Full, dst: r(RAX), mem: slot });
        self.put(Inst::Jump { target: have });
        // What holds as long as the class epoch lasts.
        self.asm.buffer.bind(empty);
        let noted = Amode::base(RSI, layout::FOUND_EPOCH as i32);
        self.put(Inst::Load { ext: Extend::U32, dst: r(RDX), mem: noted });
        self.put(Inst::Imm { dst: r(R11), value: class_epoch as i64 });
        let changed = Inst::CmpJump {
            op: CmpOp::Cmp,
            size: Size::B32,
            cc: Cc::Ne,
            a: Amode::base(R11, 0).into(),
            b: r(RDX).into(),
            target: none,
        };
        self.put(changed);
        self.load(RAX, RSI, layout::FOUND_OTHER as i32);
        self.put(Inst::Ret);
        self.asm.buffer.bind(none);
        self.put(Inst::Imm { dst: r(RAX), value: Value::MARK.bits() as i64 });
        self.put(Inst::Ret);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_stubs_are_generated() {
        let code = generate(Features::BASE, &FiberLayout::default(), &RustEntries::default(), 0);
        assert_eq!(code.exports.len(), GENERATED);
    }
}
