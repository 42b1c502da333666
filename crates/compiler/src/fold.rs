//! Constant folding: what an expression without variables is worth.
//!
//! Folding follows the language exactly, because it calls the same definitions as the interpreter
//! ([`bytecode::arith`]). What would raise an error or call a metamethod is never folded, nor is arithmetic on numeric
//! strings or the conversion of a float to text, whose definitions belong to the run-time system. Names of constants count
//! as their values if those are constant: [`Constants`] knows them.

use std::borrow::Cow;

use bytecode::arith::{self, Num};
use syntax::ast::{BinaryOp, Chain, Expr, ExprKind, UnaryOp};

use crate::resolve::{Resolution, Use, VarId};

/// A value known at compile time. Strings of literals are borrowed from the tree.
#[derive(Clone, Debug)]
pub enum Constant<'a> {
    /// `nil`.
    Nil,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    Str(Cow<'a, [u8]>),
}

/// Longest string that folding makes: beyond it the code would grow faster than the work saved.
const FOLDED_STRING_MAX: usize = 4096;

impl<'a> Constant<'a> {
    /// Whether it counts as true.
    pub fn is_true(&self) -> bool {
        !matches!(self, Constant::Nil | Constant::Bool(false))
    }

    /// The number it is; a numeric string is none.
    pub fn num(&self) -> Option<Num> {
        match *self {
            Constant::Int(i) => Some(Num::Int(i)),
            Constant::Float(f) => Some(Num::Float(f)),
            _ => None,
        }
    }

    /// The integer it is, if its subtype is integer and it fits.
    pub fn imm16(&self) -> Option<i16> {
        match *self {
            Constant::Int(i) => i16::try_from(i).ok(),
            _ => None,
        }
    }

    /// What `..` makes of it.
    pub fn text(&self) -> Option<Cow<'a, [u8]>> {
        match self {
            Constant::Str(s) => Some(s.clone()),
            Constant::Int(i) => Some(Cow::Owned(i.to_string().into_bytes())),
            _ => None,
        }
    }
}

fn from_num<'a>(num: Num) -> Constant<'a> {
    match num {
        Num::Int(i) => Constant::Int(i),
        Num::Float(f) => Constant::Float(f),
    }
}

/// The values of the named constants met so far.
#[derive(Debug)]
pub struct Constants<'a> {
    values: Vec<Option<Constant<'a>>>,
}

impl<'a> Constants<'a> {
    /// For a chunk with this many variables.
    pub fn new(vars: usize) -> Constants<'a> {
        Constants { values: vec![None; vars] }
    }

    /// Records the value of a constant.
    pub fn set(&mut self, var: VarId, value: Constant<'a>) {
        self.values[var.0 as usize] = Some(value);
    }

    /// The value of a variable, if it is a constant with a known one.
    pub fn get(&self, var: VarId) -> Option<&Constant<'a>> {
        self.values[var.0 as usize].as_ref()
    }

    /// The value of an expression, if it is constant.
    pub fn fold(&self, names: &Resolution, expr: &'a Expr) -> Option<Constant<'a>> {
        match &expr.kind {
            ExprKind::Nil => Some(Constant::Nil),
            ExprKind::True => Some(Constant::Bool(true)),
            ExprKind::False => Some(Constant::Bool(false)),
            ExprKind::Int(i) => Some(Constant::Int(*i)),
            ExprKind::Float(f) => Some(Constant::Float(*f)),
            ExprKind::Str(s) => Some(Constant::Str(Cow::Borrowed(s))),
            ExprKind::Name(_) => match names.name_at(expr.span.start) {
                Use::Var(var) => self.get(var).cloned(),
                _ => None,
            },
            ExprKind::Paren(inner) => self.fold(names, inner),
            ExprKind::Unary(node) => unary(node.op, &self.fold(names, &node.operand)?),
            ExprKind::Binary(chain) => self.fold_chain(names, chain),
            ExprKind::And(operands) => self.fold_logic(names, operands, false),
            ExprKind::Or(operands) => self.fold_logic(names, operands, true),
            ExprKind::Concat(node) => {
                let last = node.operands.len() - 1;
                let mut value = self.fold(names, &node.operands[last])?;
                for operand in node.operands[..last].iter().rev() {
                    value = concat(&self.fold(names, operand)?, &value)?;
                }
                Some(value)
            }
            ExprKind::Vararg
            | ExprKind::VarargLen
            | ExprKind::VarargIndex(_)
            | ExprKind::Receive(_)
            | ExprKind::Suffixed(_)
            | ExprKind::Func(_)
            | ExprKind::Table(_)
            | ExprKind::MakeChan(_) => None,
        }
    }

    fn fold_chain(&self, names: &Resolution, chain: &'a Chain) -> Option<Constant<'a>> {
        let mut value = self.fold(names, &chain.first)?;
        for link in &chain.rest {
            value = binary(link.op, &value, &self.fold(names, &link.operand)?)?;
        }
        Some(value)
    }

    /// `&&` and `||` give the first operand whose truth is `stop`, else the last one.
    fn fold_logic(&self, names: &Resolution, operands: &'a [Expr], stop: bool) -> Option<Constant<'a>> {
        let mut value = None;
        for operand in operands {
            let operand = self.fold(names, operand)?;
            if operand.is_true() == stop {
                return Some(operand);
            }
            value = Some(operand);
        }
        value
    }
}

/// A prefix operator applied to a constant.
pub fn unary<'a>(op: UnaryOp, operand: &Constant<'a>) -> Option<Constant<'a>> {
    match op {
        UnaryOp::Neg => operand.num().map(|n| from_num(arith::neg(n))),
        UnaryOp::Not => Some(Constant::Bool(!operand.is_true())),
        UnaryOp::BitNot => operand.num()?.to_int().map(|i| Constant::Int(!i)),
        UnaryOp::Len => match operand {
            Constant::Str(s) => Some(Constant::Int(s.len() as i64)),
            _ => None,
        },
    }
}

/// A binary operator applied to constants.
pub fn binary<'a>(op: BinaryOp, a: &Constant<'a>, b: &Constant<'a>) -> Option<Constant<'a>> {
    let nums = || Some((a.num()?, b.num()?));
    let ints = || Some((a.num()?.to_int()?, b.num()?.to_int()?));
    let num = |f: fn(Num, Num) -> Num| nums().map(|(a, b)| from_num(f(a, b)));
    let int = |i: i64| Some(Constant::Int(i));
    let boolean = |b: bool| Some(Constant::Bool(b));
    match op {
        BinaryOp::Add => num(arith::add),
        BinaryOp::Sub => num(arith::sub),
        BinaryOp::Mul => num(arith::mul),
        BinaryOp::Div => num(arith::div),
        BinaryOp::Mod => nums().and_then(|(a, b)| arith::rem(a, b)).map(from_num),
        BinaryOp::Pow => nums().map(|(a, b)| Constant::Float(arith::pow(a.to_float(), b.to_float()))),
        BinaryOp::BitAnd => ints().and_then(|(a, b)| int(a & b)),
        BinaryOp::BitOr => ints().and_then(|(a, b)| int(a | b)),
        BinaryOp::BitXor => ints().and_then(|(a, b)| int(a ^ b)),
        BinaryOp::BitClear => ints().and_then(|(a, b)| int(arith::bit_clear(a, b))),
        BinaryOp::Shl => ints().and_then(|(a, b)| arith::shl(a, b)).and_then(int),
        BinaryOp::Shr => ints().and_then(|(a, b)| arith::shr(a, b)).and_then(int),
        BinaryOp::Eq => boolean(equal(a, b)),
        BinaryOp::Ne => boolean(!equal(a, b)),
        BinaryOp::Lt => order(a, b, arith::lt, |a, b| a < b),
        BinaryOp::Le => order(a, b, arith::le, |a, b| a <= b),
        BinaryOp::Gt => order(b, a, arith::lt, |b, a| b < a),
        BinaryOp::Ge => order(b, a, arith::le, |b, a| b <= a),
    }
}

/// `a .. b` on constants.
pub fn concat<'a>(a: &Constant<'a>, b: &Constant<'a>) -> Option<Constant<'a>> {
    let mut text = a.text()?.into_owned();
    text.extend_from_slice(&b.text()?);
    (text.len() <= FOLDED_STRING_MAX).then_some(Constant::Str(Cow::Owned(text)))
}

fn equal(a: &Constant, b: &Constant) -> bool {
    match (a, b) {
        (Constant::Nil, Constant::Nil) => true,
        (Constant::Bool(a), Constant::Bool(b)) => a == b,
        (Constant::Str(a), Constant::Str(b)) => a == b,
        _ => match (a.num(), b.num()) {
            (Some(a), Some(b)) => arith::eq(a, b),
            _ => false,
        },
    }
}

fn order<'a>(
    a: &Constant<'a>,
    b: &Constant<'a>,
    nums: fn(Num, Num) -> bool,
    strs: fn(&[u8], &[u8]) -> bool,
) -> Option<Constant<'a>> {
    match (a, b) {
        (Constant::Str(a), Constant::Str(b)) => Some(Constant::Bool(strs(a, b))),
        _ => Some(Constant::Bool(nums(a.num()?, b.num()?))),
    }
}
