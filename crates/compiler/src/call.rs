//! Suffixes: fields, indices, calls and method calls, and the windows of calls.
//!
//! A call's window lies at the top of the register stack: the callee in `r[w]`, the two link words behind it, the arguments
//! from `r[w+3]`; the results come to `r[w]`. In `a.b(c).d(e)` one register serves as the window's base throughout: it
//! holds `a.b`, then the result of the call, then the method's or field's value.

use std::borrow::Cow;

use bytecode::module::NameKind;
use bytecode::ops::{Inst, Op};
use syntax::ast::{Call, Callee, Expr, ExprKind, Name, Pos, SuffixKind, Suffixed};

use crate::expr::{Dst, Operand};
use crate::fold::Constant;
use crate::function::{OperandText, Reg};
use crate::generate::Generator;

/// The registers of a window before its arguments.
const LINK: usize = 3;

/// What becomes of the values of a suffixed expression.
#[derive(Clone, Copy, Debug)]
pub enum Want {
    /// One value to this register.
    One(Dst),
    /// So many values to the registers from the first free one on, which are not taken yet.
    Fixed(u16),
    /// All values as a list from the first free register on.
    List,
    /// None.
    Nothing,
}

/// The key of an index.
#[derive(Clone, Debug)]
pub enum Key<'a> {
    /// A string constant.
    Str(Cow<'a, [u8]>),
    /// A small integer.
    Int(i16),
    /// In a register.
    Reg(Reg),
}

impl<'a> Generator<'a> {
    /// Compiles a base with its suffixes. With any `want` but `One`, the last suffix must be a call.
    pub fn suffixed(&mut self, node: &'a Suffixed, want: Want) {
        let mark = self.f.free();
        let mut window = match want {
            Want::One(dst) if dst.early && self.f.is_top(dst.reg) => Some(dst.reg),
            _ => None,
        };
        let mut text = self.operand_text(&node.base);
        let mut value = match self.in_register(&node.base) {
            Some(reg) => reg,
            None => {
                let reg = self.window(&mut window);
                self.expr_to(&node.base, Dst::early(reg));
                reg
            }
        };
        let last = node.suffixes.len() - 1;
        for (i, suffix) in node.suffixes.iter().enumerate() {
            let want = if i == last { want } else { Want::Fixed(1) };
            match &suffix.kind {
                SuffixKind::Field(name) => {
                    let dst = self.step_dst(want, &mut window);
                    let key = Key::Str(Cow::Borrowed(self.text(name.name).as_bytes()));
                    self.get_key(dst, value, key, suffix.pos, text);
                    value = dst;
                    text = Some(self.field_text(name.name));
                }
                SuffixKind::Index(key) => {
                    let dst = self.step_dst(want, &mut window);
                    text = self.index(dst, value, key, suffix.pos, text);
                    value = dst;
                }
                SuffixKind::Call(args) => {
                    let base = self.window(&mut window);
                    self.move_to(base, value, suffix.pos);
                    self.f.alloc_many(LINK - 1);
                    self.call(base, false, args, want, suffix.pos, text);
                    value = base;
                    text = None;
                }
                SuffixKind::Method(method) => {
                    let base = self.window(&mut window);
                    self.get_method(base, value, method.name.name, suffix.pos, text);
                    let callee = Some((NameKind::Method, Cow::Borrowed(self.text(method.name.name))));
                    self.call(base, true, &method.args, want, method.pos, callee);
                    value = base;
                    text = None;
                }
            }
        }
        if let Want::One(dst) = want {
            self.move_to(dst.reg, value, node.suffixes[last].pos);
        }
        self.f.release(mark);
    }

    /// The register for the windows of a suffixed expression, which is the topmost one.
    fn window(&mut self, window: &mut Option<Reg>) -> Reg {
        *window.get_or_insert_with(|| self.f.alloc())
    }

    /// Where the value of a field or index goes.
    fn step_dst(&mut self, want: Want, window: &mut Option<Reg>) -> Reg {
        match want {
            Want::One(dst) => dst.reg,
            _ => self.window(window),
        }
    }

    /// `r[dst] = r[object][key]`; gives how the result is written.
    fn index(
        &mut self,
        dst: Reg,
        object: Reg,
        key: &'a Expr,
        pos: Pos,
        text: Option<OperandText<'a>>,
    ) -> Option<OperandText<'a>> {
        let mark = self.f.free();
        let written = match &key.kind {
            ExprKind::Str(text) => Some((NameKind::Field, String::from_utf8_lossy(text))),
            _ => None,
        };
        let key = self.key(key);
        self.get_key(dst, object, key, pos, text);
        self.f.release(mark);
        written
    }

    /// Compiles the key of an index.
    pub fn key(&mut self, key: &'a Expr) -> Key<'a> {
        match self.operand(key, None) {
            Operand::Const(Constant::Str(text)) => Key::Str(text),
            Operand::Const(value) => match value.imm16() {
                Some(imm) => Key::Int(imm),
                None => Key::Reg(self.operand_reg(Operand::Const(value), key.span.start)),
            },
            Operand::Reg(reg) => Key::Reg(reg),
        }
    }

    /// A string key that the instruction cannot name goes to a register.
    fn usable_key(&mut self, key: Key<'a>, pos: Pos) -> (Key<'a>, u16) {
        match key {
            Key::Str(text) => match self.short_key(text.clone()) {
                Some(index) => (Key::Str(text), index),
                None => {
                    let reg = self.operand_reg(Operand::Const(Constant::Str(text)), pos);
                    (Key::Reg(reg), reg)
                }
            },
            Key::Int(imm) => (key, imm as u16),
            Key::Reg(reg) => (key, reg),
        }
    }

    /// `r[dst] = r[object][key]`.
    pub fn get_key(&mut self, dst: Reg, object: Reg, key: Key<'a>, pos: Pos, text: Option<OperandText<'a>>) {
        let mark = self.f.free();
        let (key, field) = self.usable_key(key, pos);
        let op = match key {
            Key::Str(_) => Op::GetField,
            Key::Int(_) => Op::GetIndexInt,
            Key::Reg(_) => Op::GetIndex,
        };
        let pc = self.emit(Inst::abc(op, dst, object, field), pos);
        self.f.name_operand(pc, 1, text);
        self.f.release(mark);
    }

    /// `r[object][key] = r[value]`.
    pub fn set_key(
        &mut self,
        object: Reg,
        key: Key<'a>,
        value: Reg,
        pos: Pos,
        text: Option<OperandText<'a>>,
    ) {
        let mark = self.f.free();
        let (key, field) = self.usable_key(key, pos);
        let op = match key {
            Key::Str(_) => Op::SetField,
            Key::Int(_) => Op::SetIndexInt,
            Key::Reg(_) => Op::SetIndex,
        };
        let pc = self.emit(Inst::abc(op, object, field, value), pos);
        self.f.name_operand(pc, 0, text);
        self.f.release(mark);
    }

    /// Puts a method in `r[base]`, the topmost register, and its object behind the link words; takes those registers.
    fn get_method(&mut self, base: Reg, object: Reg, name: Name, pos: Pos, text: Option<OperandText<'a>>) {
        let link = self.f.alloc_many(LINK);
        let key = Cow::Borrowed(self.text(name).as_bytes());
        let pc = match self.short_key(key.clone()) {
            Some(index) => self.emit(Inst::abc(Op::GetMethod, base, object, index), pos),
            None => {
                // The link words are free until the call.
                self.move_to(link + 2, object, pos);
                self.load(&Constant::Str(key), link, pos);
                self.emit(Inst::abc(Op::GetIndex, base, link + 2, link), pos)
            }
        };
        self.f.name_operand(pc, 1, text);
    }

    /// Calls `r[base]` with the arguments, behind an object that is already there if `has_object`. The window up to there
    /// is taken; afterwards only `r[base]` is.
    fn call(
        &mut self,
        base: Reg,
        has_object: bool,
        args: &'a [Expr],
        want: Want,
        pos: Pos,
        text: Option<OperandText<'a>>,
    ) {
        let (count, is_multi) = self.list_open(args);
        let count = count + u16::from(has_object);
        let results = match want {
            Want::One(_) => 1,
            Want::Fixed(n) => n,
            Want::List | Want::Nothing => 0,
        };
        let inst = match (want, is_multi) {
            (Want::List, false) => Inst::abc(Op::CallRetMulti, base, count, 0),
            (Want::List, true) => Inst::abc(Op::CallMultiRetMulti, base, count, 0),
            (_, false) => Inst::abc(Op::Call, base, count, results),
            (_, true) => Inst::abc(Op::CallMulti, base, count, results),
        };
        let pc = self.emit(inst, pos);
        self.f.name_operand(pc, 0, text);
        self.f.release(u32::from(base));
        self.f.reserve(usize::from(results));
        self.f.alloc();
    }

    /// `go` or `defer` of a call.
    pub fn go_or_defer(&mut self, call: &'a Call, defers: Option<Reg>) {
        let mark = self.f.free();
        let base = self.f.alloc();
        let (has_object, text) = match &call.callee {
            Callee::Func(callee) => {
                self.expr_to(callee, Dst::early(base));
                self.f.alloc_many(LINK - 1);
                (false, self.operand_text(callee))
            }
            Callee::Method { object, name, pos } => {
                let reg = self.expr_any(object, Some(Dst::early(base)));
                let text = self.operand_text(object);
                self.get_method(base, reg, name.name, *pos, text);
                (true, Some((NameKind::Method, Cow::Borrowed(self.text(name.name)))))
            }
        };
        let (count, is_multi) = self.list_open(&call.args);
        let count = count + u16::from(has_object);
        let inst = match (defers, is_multi) {
            (None, false) => Inst::abc(Op::Go, base, count, 0),
            (None, true) => Inst::abc(Op::GoMulti, base, count, 0),
            (Some(list), false) => Inst::abc(Op::Defer, base, count, list),
            (Some(list), true) => Inst::abc(Op::DeferMulti, base, count, list),
        };
        let pc = self.emit(inst, call.pos);
        self.f.name_operand(pc, 0, text);
        self.f.release(mark);
    }
}
