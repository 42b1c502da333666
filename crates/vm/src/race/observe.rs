//! Which accesses an instruction is about to make.
//!
//! Tables are asked what they hold before the instruction runs, so chains of `__index` and `__newindex` are followed as the
//! instruction will. Nothing is changed, and the locks of the detector are not held where the heap may be collected.

use super::hash::hash_bytes;
use super::natives::{self, Touch};
use super::shadow::{Access, Conflict, Key, Kind, TableShadow};
use super::{Actor, Clock, Shadow};
use crate::engine::Meta;
use crate::error::describe_frame;
use crate::fiber::{Fiber, native_def};
use crate::native::WINDOW_HEADER;
use bytecode::module::{Const, Module, Proto, UpvalueSource};
use bytecode::ops::{Inst, Op};
use runtime::closure::{Closure, Native};
use runtime::object::Word;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::sync::atomic::Ordering::Relaxed;

/// Tables of a chain that are followed. What is beyond is not looked at.
const CHAIN_MAX: usize = 16;

/// An operand without a name.
const UNNAMED: u16 = u16::MAX;

/// The instruction that is about to run.
struct Observer<'a> {
    actor: &'a Actor,
    closure: Closure,
    pc: u32,
}

/// What a conflict is about, for its report.
enum Subject<'a> {
    Global(u32),
    Upvalue(u16),
    Local(u16),
    /// A key of the table that is this operand.
    Key(Value, u16),
    Metatable(u16),
    /// All of the table, or its length, as seen by a library function.
    Table(u16, &'a str),
}

/// Notes the accesses of the instruction.
///
/// # Safety
/// `inst` is the instruction before the published one of the frame at `base`, which has not run yet.
#[inline(never)]
pub(crate) unsafe fn instruction(fiber: &mut Fiber, inst: Inst, base: *mut Word) {
    let Some(actor) = super::actor() else { return };
    if !actor.detector.is_concurrent.load(Relaxed) {
        return;
    }
    // SAFETY: the frame is the running one's, and its registers, constants and upvalues are those the verifier proved.
    unsafe {
        let closure = Fiber::closure_at(base);
        let function = closure.function();
        let pc = fiber.ip.offset_from(function.code()) as u32 - 1;
        let observer = Observer { actor, closure, pc };
        let reg = |i: u16| (*base.add(i as usize)).load();
        let constant = |i: usize| function.constant(i);
        let upvalue = |i: u16| closure.upvalue(i as usize).load();
        // SAFETY: verified code has only known ops.
        match std::mem::transmute::<u8, Op>(inst.code()) {
            Op::GetUpcell => observer.variable(upvalue(inst.b()), Kind::Read, Subject::Upvalue(inst.b())),
            Op::SetUpcell => observer.variable(upvalue(inst.b()), Kind::Write, Subject::Upvalue(inst.b())),
            Op::GetCell => observer.variable(reg(inst.b()), Kind::Read, Subject::Local(inst.b())),
            Op::SetCell => observer.variable(reg(inst.a()), Kind::Write, Subject::Local(inst.a())),
            Op::CopyCell => observer.variable(reg(inst.a()), Kind::Read, Subject::Local(inst.a())),
            Op::GetGlobal | Op::SetGlobal => {
                let at = inst.bc() as usize;
                let is_read = inst.code() == Op::GetGlobal as u8;
                let kind = if is_read { Kind::Read } else { Kind::Write };
                observer.variable(constant(at), kind, Subject::Global(at as u32));
            }
            Op::GetField | Op::GetMethod => {
                observer.read(fiber, reg(inst.b()), constant(inst.c() as usize), 1);
            }
            Op::SetField => {
                observer.write(fiber, reg(inst.a()), constant(inst.b() as usize), reg(inst.c()), 0);
            }
            Op::GetIndex => observer.read(fiber, reg(inst.b()), reg(inst.c()), 1),
            Op::SetIndex => observer.write(fiber, reg(inst.a()), reg(inst.b()), reg(inst.c()), 0),
            Op::GetIndexInt => {
                observer.read(fiber, reg(inst.b()), Value::int32(i32::from(inst.c() as i16)), 1);
            }
            Op::SetIndexInt => {
                let key = Value::int32(i32::from(inst.b() as i16));
                observer.write(fiber, reg(inst.a()), key, reg(inst.c()), 0);
            }
            Op::Len => observer.measure(fiber, reg(inst.b()), 1),
            Op::RangeNext => observer.step(fiber, [reg(inst.a()), reg(inst.a() + 1), reg(inst.a() + 2)]),
            Op::Call | Op::CallRetMulti => {
                observer.call(fiber, base.add(inst.a() as usize), u32::from(inst.b()));
            }
            Op::CallMulti | Op::CallMultiRetMulti => {
                let n = u32::from(inst.b()) + fiber.multi;
                observer.call(fiber, base.add(inst.a() as usize), n);
            }
            _ => {}
        }
    }
}

/// A key as races see it. `None`: a string that nobody has read yet, which is looked at without being made.
fn key_of(key: Value) -> Option<Key> {
    if let Some(i) = key.as_int() {
        return Some(Key::Int(i));
    }
    if let Some(i) = key.as_float().and_then(bytecode::arith::float_to_int) {
        return Some(Key::Int(i));
    }
    match Str::from_value(key) {
        Some(s) => s.bytes_flat().map(|bytes| Key::Str(hash_bytes(bytes))),
        None => Some(Key::Other(key.bits())),
    }
}

impl Observer<'_> {
    // ---- one access -----------------------------------------------------------------------------------------------

    /// Makes an access and tells of what it conflicts with.
    fn access(
        &self,
        subject: Subject<'_>,
        kind: Kind,
        note: impl FnOnce(&mut Shadow, Access, &Clock) -> Option<Conflict>,
    ) {
        let actor = self.actor;
        let mut shadow = actor.detector.shadow();
        let clock = actor.clock();
        let step = clock.get(actor.slot);
        actor.step_used.store(step, Relaxed);
        let at = self.closure.function().code().addr() + self.pc as usize * size_of::<Inst>();
        let place = match shadow.place_cache.get(&at) {
            Some(&place) => place,
            None => {
                let place = shadow.place(describe_frame(self.closure, self.pc));
                shadow.place_cache.insert(at, place);
                place
            }
        };
        let access = Access { slot: actor.slot, step, goroutine: actor.number, place };
        if let Some(conflict) = note(&mut shadow, access, &clock) {
            drop(clock);
            let name = self.name(&subject);
            actor.detector.tell(&mut shadow, &name, kind, access, conflict);
        }
    }

    fn variable(&self, cell: Value, kind: Kind, subject: Subject<'_>) {
        if cell.is_object() {
            self.access(subject, kind, |shadow, access, clock| {
                shadow.variable(address(cell)).access(kind, access, clock)
            });
        }
    }

    fn table(
        &self,
        t: Table,
        subject: Subject<'_>,
        kind: Kind,
        note: impl FnOnce(&mut TableShadow, Access, &Clock) -> Option<Conflict>,
    ) {
        self.access(subject, kind, |shadow, access, clock| {
            note(shadow.table(address(t.to_value())), access, clock)
        });
    }

    fn key(&self, t: Table, key: Value, kind: Kind, operand: u16) {
        if let Some(k) = key_of(key) {
            self.table(t, Subject::Key(key, operand), kind, |t, access, clock| t.key(k, kind, access, clock));
        }
    }

    fn metatable(&self, t: Table, kind: Kind, operand: u16) {
        self.table(t, Subject::Metatable(operand), kind, |t, access, clock| {
            t.key(Key::Metatable, kind, access, clock)
        });
    }

    fn whole(&self, t: Table, kind: Kind, function: &str) {
        let subject = || Subject::Table(UNNAMED, function);
        self.table(t, subject(), kind, |t, access, clock| t.whole(kind, access, clock));
        self.table(t, subject(), Kind::Read, |t, access, clock| t.measure(access, clock));
        if kind == Kind::Write {
            self.table(t, subject(), kind, |t, access, clock| t.add(access, clock));
        }
    }

    fn add(&self, t: Table, key: Value, operand: u16) {
        self.table(t, Subject::Key(key, operand), Kind::Write, |t, access, clock| t.add(access, clock));
    }

    // ---- what instructions do -------------------------------------------------------------------------------------

    /// `t[key]`, up the chain.
    fn read(&self, fiber: &mut Fiber, t: Value, key: Value, operand: u16) {
        let Some(mut t) = Table::from_value(t) else { return };
        for _ in 0..CHAIN_MAX {
            self.key(t, key, Kind::Read, operand);
            if !t.get(fiber.mutator(), key).is_nil() {
                return;
            }
            self.metatable(t, Kind::Read, operand);
            match handler(fiber, t, Meta::Index).and_then(Table::from_value) {
                Some(next) => t = next,
                None => return,
            }
        }
    }

    /// `t[key] = v`, up the chain.
    fn write(&self, fiber: &mut Fiber, t: Value, key: Value, v: Value, operand: u16) {
        let Some(mut t) = Table::from_value(t) else { return };
        for _ in 0..CHAIN_MAX {
            let is_absent = t.get(fiber.mutator(), key).is_nil();
            let handler = if is_absent {
                self.metatable(t, Kind::Read, operand);
                handler(fiber, t, Meta::NewIndex)
            } else {
                None
            };
            let Some(handler) = handler else {
                self.key(t, key, Kind::Write, operand);
                if is_absent != v.is_nil() {
                    self.add(t, key, operand);
                }
                return;
            };
            self.key(t, key, Kind::Read, operand);
            match Table::from_value(handler) {
                Some(next) => t = next,
                None => return,
            }
        }
    }

    /// `#t`.
    fn measure(&self, fiber: &mut Fiber, t: Value, operand: u16) {
        if let Some(t) = Table::from_value(t)
            && handler(fiber, t, Meta::Len).is_none()
        {
            self.table(t, Subject::Table(operand, "#"), Kind::Read, |t, access, clock| {
                t.measure(access, clock)
            });
        }
    }

    /// The step of a loop over a table with this state (`range.rs`).
    fn step(&self, fiber: &mut Fiber, [t, position, last]: [Value; 3]) {
        let Some(t) = Table::from_value(t) else { return };
        if position == Value::MARK {
            let next = last.as_small_int().map_or(Value::NIL, |i| Value::int_unchecked(i + 1));
            return self.read(fiber, t.to_value(), next, UNNAMED);
        }
        self.table(t, Subject::Table(UNNAMED, "range"), Kind::Read, |t, access, clock| {
            t.measure(access, clock)
        });
        if let Some((_, key, _)) = t.next_at(fiber.mutator(), crate::range::cursor(position), last) {
            self.key(t, key, Kind::Read, UNNAMED);
        }
    }

    /// A call of what the window holds.
    ///
    /// # Safety
    /// The window holds a callee and `n` arguments.
    unsafe fn call(&self, fiber: &mut Fiber, window: *mut Word, n: u32) {
        // SAFETY: promised by the caller.
        unsafe {
            let mut callee = (*window).load();
            let mut first = 0;
            let arg =
                |i: u32| if i < n { (*window.add(WINDOW_HEADER + i as usize)).load() } else { Value::NIL };
            // `pcall` of a library function is as good as its call.
            while let Some(native) = Native::from_value(callee) {
                let name = native_def(native).name;
                match natives::touch(name) {
                    Some(Touch::Calls(skip)) if first < n => {
                        callee = arg(first);
                        first += skip;
                    }
                    Some(touch) => {
                        let count = n.saturating_sub(first);
                        return self.native(fiber, name, touch, count, |i| arg(first + i));
                    }
                    None => return,
                }
            }
        }
    }

    /// What a library function does. Nothing here allocates: arguments may lie behind the frame.
    fn native(&self, fiber: &mut Fiber, name: &str, touch: Touch, count: u32, arg: impl Fn(u32) -> Value) {
        let table = |i| Table::from_value(arg(i));
        let whole = |i, kind| table(i).into_iter().for_each(|t| self.whole(t, kind, name));
        match touch {
            Touch::ReadsAll(i) => whole(i, Kind::Read),
            Touch::ReadsAllTables => (0..count).for_each(|i| whole(i, Kind::Read)),
            Touch::WritesAll(i) => whole(i, Kind::Write),
            Touch::Moves(from, to) => {
                whole(from, Kind::Read);
                whole(if table(to).is_some() { to } else { from }, Kind::Write);
            }
            Touch::Calls(_) => {}
            _ => {
                let Some(t) = table(0) else { return };
                self.native_of_one(fiber, name, touch, t, count, arg);
            }
        }
    }

    fn native_of_one(
        &self,
        fiber: &mut Fiber,
        name: &str,
        touch: Touch,
        t: Table,
        count: u32,
        arg: impl Fn(u32) -> Value,
    ) {
        let measure = || {
            let subject = Subject::Table(UNNAMED, name);
            self.table(t, subject, Kind::Read, |t, access, clock| t.measure(access, clock));
        };
        let end = |more: i64| Value::small_int(t.len() as i64 + more).unwrap_or(Value::NIL);
        // At the end only one element comes or goes.
        let change_end = |more: i64| {
            let subject = Subject::Table(UNNAMED, name);
            self.table(t, subject, Kind::Write, |t, access, clock| t.add(access, clock));
            self.key(t, end(more), Kind::Write, UNNAMED);
            measure();
        };
        match touch {
            Touch::Reads => self.key(t, arg(1), Kind::Read, UNNAMED),
            Touch::Writes => {
                let is_flat = Str::from_value(arg(1)).is_none_or(|s| s.bytes_flat().is_some());
                let is_absent = is_flat && t.get(fiber.mutator(), arg(1)).is_nil();
                self.key(t, arg(1), Kind::Write, UNNAMED);
                if is_absent != arg(2).is_nil() {
                    self.add(t, arg(1), UNNAMED);
                }
            }
            Touch::Measures => measure(),
            Touch::Steps => {
                measure();
                self.key(t, arg(1), Kind::Read, UNNAMED);
            }
            Touch::ReadsMetatable => self.metatable(t, Kind::Read, UNNAMED),
            Touch::WritesMetatable => self.metatable(t, Kind::Write, UNNAMED),
            Touch::Inserts if count == 2 => change_end(1),
            Touch::Removes if count == 1 => change_end(0),
            _ => self.whole(t, Kind::Write, name),
        }
    }

    // ---- names ----------------------------------------------------------------------------------------------------

    /// What the access is to, in words.
    fn name(&self, subject: &Subject<'_>) -> String {
        let function = self.closure.function();
        let (proto, module) = (function.proto_ref(), function.module());
        match *subject {
            Subject::Global(at) => match proto.constants.get(at as usize) {
                Some(Const::Global(g)) => format!("global '{}'", text(&module.globals[*g as usize])),
                _ => "a global".to_string(),
            },
            Subject::Local(reg) => variable_name(local_name(proto, reg, self.pc)),
            Subject::Upvalue(i) => variable_name(upvalue_name(module, proto, i)),
            Subject::Key(key, operand) => format!("{} of {}", key_name(key), self.operand(operand)),
            Subject::Metatable(operand) => format!("the metatable of {}", self.operand(operand)),
            Subject::Table(operand, "#") => format!("the length of {}", self.operand(operand)),
            Subject::Table(operand, "range") => format!("the keys of {}", self.operand(operand)),
            Subject::Table(operand, by) => format!("{}, by {by}", self.operand(operand)),
        }
    }

    fn operand(&self, operand: u16) -> String {
        match self.closure.function().proto_ref().operand_name(self.pc, operand) {
            Some(known) => format!("{} '{}'", known.kind.word(), known.name),
            None => "a table".to_string(),
        }
    }
}

fn variable_name(name: Option<&str>) -> String {
    name.map_or_else(|| "a captured variable".to_string(), |name| format!("captured variable '{name}'"))
}

/// The variable in a register at a place.
fn local_name(proto: &Proto, reg: u16, pc: u32) -> Option<&str> {
    // A variable is visible from the instruction behind its first assignment on.
    let is_there = |from: u32, to: u32| from <= pc + 1 && pc < to;
    proto.locals.iter().find(|l| l.reg == reg && is_there(l.start, l.end)).map(|l| &*l.name)
}

/// The variable that a function has captured: whoever makes closures of the function knows.
fn upvalue_name<'a>(module: &'a Module, proto: &Proto, i: u16) -> Option<&'a str> {
    let source = proto.upvalues.get(i as usize)?;
    let index = module.protos.iter().position(|p| std::ptr::eq(p, proto))?;
    for outer in &module.protos {
        let makes = |inst: &Inst| inst.code() == Op::Closure as u8 && inst.bc() as usize == index;
        if let Some(pc) = outer.code.iter().position(makes) {
            return match *source {
                UpvalueSource::Register(reg) => local_name(outer, reg, pc as u32),
                UpvalueSource::Upvalue(i) => upvalue_name(module, outer, i),
            };
        }
    }
    None
}

fn key_name(key: Value) -> String {
    if let Some(i) = key.as_int() {
        return format!("element {i}");
    }
    match Str::from_value(key).and_then(Str::bytes_flat) {
        Some(bytes) => format!("field '{}'", text(bytes)),
        None => format!("an entry with a {} key", crate::convert::type_name(key)),
    }
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// The handler of an event in the metatable of a table.
fn handler(fiber: &mut Fiber, t: Table, event: Meta) -> Option<Value> {
    let name = fiber.engine.meta_name(event);
    let handler = t.metatable(fiber.heap())?.get_str(fiber.heap(), name);
    if handler.is_nil() { None } else { Some(handler) }
}

/// The address of an object.
fn address(object: Value) -> usize {
    (object.bits() & runtime::value::PAYLOAD_MASK) as usize
}
