//! The verifier: what it accepts, the interpreter may run without checking.
//!
//! It proves, in time linear in the code and without ever panicking, for every function of a module:
//!
//! - **Ops and fields.** Every op is known; fields that the op does not use are zero; flags are 0 or 1.
//! - **Registers.** Every register that an instruction names, every range, list start and window lies below `frame_size`:
//!   a call's callee, link words, fixed arguments and fixed results; a `Select`'s cases (three registers at least);
//!   a range loop's state, its variables, and the window `r[a+3 .. a+8]` in which its iterator is called.
//!   Only lists of run-time length (`multi`) may reach beyond, and the interpreter makes room for those.
//! - **Tables of the function.** Constants, templates, upvalues and child functions exist, and constants have the kind that
//!   the operand asks for. A closure's function comes after the one that makes it, and the places its upvalues are
//!   copied from exist. The main chunk has no upvalues.
//! - **Control.** Jumps stay inside the code, and the last instruction is a return or `Jump`, so no path runs off the end.
//!   `RangePrep` goes to a `RangeNext` on the same state, which is followed by its `RangeTest`; that is no other jump's target.
//! - **`multi`.** An instruction that sets `multi` is directly followed by the one that takes it, the two agree
//!   on the register where the list starts, and no jump comes in between. `RunDefersMulti` takes `multi` and sets it again.
//! - **Variable arguments** are used only in variadic functions.
//! - **Defers.** In a function with `defer_reg` the first instruction makes that register nil, all defer ops name it, and
//!   every return comes directly after the `RunDefers` that keeps the returned values. Other functions have no defer ops.
//! - **Debug tables** are sorted and name existing instructions and registers.
//!
//! It does not follow values: what is *in* a register (whether a cell, a new table or a traversal state is where an op
//! expects one, and whether a register was written before it is read) is proved by [`crate::flow`].

use std::fmt;

use crate::module::{Const, Module, Proto, UpvalueSource};
use crate::ops::{Field, Inst, Op, Operand, OperandKind};
use crate::text::jump_target;

/// Most named parameters of a function.
pub const PARAMS_MAX: u16 = 250;

/// Registers that a range loop needs behind its three state registers for calling an iterator: callee, two link words and
/// two arguments.
pub const RANGE_CALL_WINDOW: u16 = 5;

/// Why a module was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// Number of the function.
    pub proto: usize,
    /// The instruction, if the fault is one's.
    pub pc: Option<u32>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pc {
            Some(pc) => write!(f, "function {}, pc {pc}: {}", self.proto, self.message),
            None => write!(f, "function {}: {}", self.proto, self.message),
        }
    }
}

impl std::error::Error for VerifyError {}

/// Checks a module.
pub fn verify(module: &Module) -> Result<(), VerifyError> {
    let main = module.protos.first().ok_or(VerifyError {
        proto: 0,
        pc: None,
        message: "the module has no main chunk".to_string(),
    })?;
    if !main.upvalues.is_empty() {
        return Err(VerifyError { proto: 0, pc: None, message: "the main chunk has upvalues".to_string() });
    }
    for (index, proto) in module.protos.iter().enumerate() {
        let checker = Checker { module, proto, index };
        checker.check().map_err(|(pc, message)| VerifyError { proto: index, pc, message })?;
    }
    Ok(())
}

type Fault = (Option<u32>, String);

struct Checker<'m> {
    module: &'m Module,
    proto: &'m Proto,
    index: usize,
}

/// An instruction whose op is known.
#[derive(Clone, Copy)]
struct Decoded {
    op: Op,
    inst: Inst,
}

/// Where the list of run-time length begins that an instruction takes, if it takes one.
fn multi_taken(d: Decoded) -> Option<u32> {
    let (a, b) = (d.inst.a() as u32, d.inst.b() as u32);
    match d.op {
        Op::CallMulti | Op::CallMultiRetMulti | Op::GoMulti | Op::DeferMulti => Some(a + 3 + b),
        Op::SetListMulti => Some(a + 1 + d.inst.x() as u32),
        Op::ReturnMulti | Op::RunDefersMulti => Some(a + b),
        _ => None,
    }
}

/// Where the list of run-time length begins that an instruction gives, if it gives one.
fn multi_given(d: Decoded) -> Option<u32> {
    let (a, b) = (d.inst.a() as u32, d.inst.b() as u32);
    match d.op {
        Op::CallRetMulti | Op::CallMultiRetMulti | Op::VarargMulti => Some(a),
        Op::RunDefersMulti => Some(a + b),
        _ => None,
    }
}

/// Whether control never goes on behind this op.
pub fn ends_control(op: Op) -> bool {
    matches!(op, Op::Jump | Op::Return0 | Op::Return1 | Op::Return | Op::ReturnMulti)
}

impl Checker<'_> {
    fn check(&self) -> Result<(), Fault> {
        self.check_header()?;
        let code = self.decode()?;
        let is_target = self.jump_targets(&code)?;
        for (pc, &d) in code.iter().enumerate() {
            self.check_operands(pc as u32, d)?;
            self.check_op(pc as u32, d)?;
        }
        self.check_sequences(&code, &is_target)?;
        self.check_debug_tables()
    }

    fn check_header(&self) -> Result<(), Fault> {
        let p = self.proto;
        let fault = |message: &str| Err((None, message.to_string()));
        if p.code.is_empty() {
            return fault("no code");
        }
        if i32::try_from(p.code.len()).is_err() {
            return fault("more instructions than a jump can cross");
        }
        if p.params > PARAMS_MAX {
            return fault("too many parameters");
        }
        if p.frame_size <= p.params {
            return fault("the frame is too small for the parameters");
        }
        if let Some(reg) = p.defer_reg {
            if reg >= p.frame_size || reg < p.params {
                return fault("the defer register is a parameter or outside the frame");
            }
            let first = p.code[0];
            let covered = first.code() == Op::LoadNil as u8
                && (first.a() as u32..first.a() as u32 + first.b() as u32).contains(&(reg as u32));
            if !covered {
                return fault("the first instruction does not make the defer register nil");
            }
        }
        for constant in &p.constants {
            if matches!(constant, Const::Global(g) if *g as usize >= self.module.globals.len()) {
                return fault("a constant names a global that the module does not have");
            }
        }
        for template in &p.templates {
            let keys: std::collections::HashSet<&[u8]> = template.keys.iter().map(|k| &**k).collect();
            if keys.len() != template.keys.len() {
                return fault("a table template has a key twice");
            }
        }
        Ok(())
    }

    fn decode(&self) -> Result<Vec<Decoded>, Fault> {
        let decode = |(pc, &inst): (usize, &Inst)| match Op::from_code(inst.code()) {
            Some(op) => Ok(Decoded { op, inst }),
            None => Err((Some(pc as u32), format!("unknown op {}", inst.code()))),
        };
        self.proto.code.iter().enumerate().map(decode).collect()
    }

    /// Checks that every jump stays inside the code; gives the pcs that jumps go to.
    fn jump_targets(&self, code: &[Decoded]) -> Result<Vec<bool>, Fault> {
        let mut is_target = vec![false; code.len()];
        for (pc, d) in code.iter().enumerate() {
            if let Some(target) = jump_target(pc as u32, d.inst) {
                match usize::try_from(target).ok().and_then(|t| is_target.get_mut(t)) {
                    Some(flag) => *flag = true,
                    None => return Err((Some(pc as u32), format!("jump to {target}, outside the code"))),
                }
            }
        }
        Ok(is_target)
    }

    fn check_operands(&self, pc: u32, d: Decoded) -> Result<(), Fault> {
        let mut used = 0xFFu64;
        let operands = d.op.operands();
        for (i, &operand) in operands.iter().enumerate() {
            used |= field_mask(operand.field);
            let next_count = operands[i + 1..].iter().find(|o| o.kind == OperandKind::Count);
            let count = next_count.map_or(0, |&o| d.inst.field(o));
            self.check_operand(d, operand, count).map_err(|m| (Some(pc), m))?;
        }
        if d.inst.0 & !used != 0 {
            return Err((Some(pc), "a field that the op does not use is not zero".to_string()));
        }
        Ok(())
    }

    /// Checks one operand; `count` is the contents of the next field of kind `Count`.
    fn check_operand(&self, d: Decoded, operand: Operand, count: i64) -> Result<(), String> {
        use OperandKind as K;
        let p = self.proto;
        let value = d.inst.field(operand);
        let index = usize::try_from(value).unwrap_or(usize::MAX);
        let registers = |n: i64| {
            if value + n <= p.frame_size as i64 {
                Ok(())
            } else {
                Err(format!("registers r{value} .. r{} of a frame of {}", value + n, p.frame_size))
            }
        };
        let require = |ok: bool, what: &str| {
            if ok { Ok(()) } else { Err(format!("{} has no {what} number {value}", d.op.name())) }
        };
        let constant = p.constants.get(index);
        match operand.kind {
            K::Dst | K::Src | K::SrcDst | K::SrcCell | K::DstMulti => registers(1),
            // An empty range may begin at the end of the frame.
            K::DstRange | K::SrcRange => registers(count),
            K::DstRange2 => registers(2),
            K::Window => registers(3 + count),
            K::DstWindow => registers(4),
            K::RangeState => registers(3 + (RANGE_CALL_WINDOW as i64).max(count)),
            K::SelectRange => registers((2 * count).max(3)),
            K::Count | K::Imm16 | K::Imm32 | K::Jump16 | K::Jump32 => Ok(()),
            K::ImmStep => require(value != 0, "step"),
            K::Const => require(
                matches!(constant, Some(Const::Bool(_) | Const::Int(_) | Const::Float(_) | Const::Str(_))),
                "number, string or boolean constant",
            ),
            K::Const32 => require(!matches!(constant, None | Some(Const::Global(_))), "constant"),
            K::ConstNum => {
                require(matches!(constant, Some(Const::Int(_) | Const::Float(_))), "number constant")
            }
            K::ConstStr => require(matches!(constant, Some(Const::Str(_))), "string constant"),
            K::Global => require(matches!(constant, Some(Const::Global(_))), "global constant"),
            K::Upval => require(index < p.upvalues.len(), "upvalue"),
            K::Proto => require(index < self.module.protos.len() && index > self.index, "later function"),
            K::Template => require(index < p.templates.len(), "template"),
        }
    }

    /// What the kinds of an op's operands do not say.
    fn check_op(&self, pc: u32, d: Decoded) -> Result<(), Fault> {
        let p = self.proto;
        let (a, b, c, x) = (d.inst.a() as u32, d.inst.b() as u32, d.inst.c() as u32, d.inst.x() as u32);
        let require = |ok: bool, message: &str| {
            if ok { Ok(()) } else { Err((Some(pc), format!("{}: {message}", d.op.name()))) }
        };
        let in_frame = |end: u32| require(end <= p.frame_size as u32, "registers outside the frame");
        match d.op {
            Op::LoadBool => require(b <= 1, "the flag is not 0 or 1"),
            Op::MakeChan => require(x <= 1, "the flag is not 0 or 1"),
            Op::Select => require(c <= 1, "the flag is not 0 or 1"),
            Op::Call | Op::CallMulti => in_frame(a + c),
            Op::SetList | Op::SetListMulti => {
                require(d.inst.bc() > 0, "the first index is not positive")?;
                in_frame(a + 1 + x)
            }
            Op::Concat => require(c >= 2, "fewer than two operands"),
            // An iterator's first result decides whether the loop goes on, so there is always room for it.
            Op::RangeNext => require(x >= 1, "no variable"),
            Op::Vararg | Op::VarargMulti | Op::VarargLen | Op::VarargIndex | Op::VarargTable => {
                require(p.is_variadic, "in a function that is not variadic")
            }
            Op::Defer | Op::DeferMulti | Op::RunDefers | Op::RunDefersMulti => {
                require(p.defer_reg.map(u32::from) == Some(c), "not the defer register")
            }
            Op::Closure => self.check_closure(pc, d.inst.bc() as u32 as usize),
            _ => Ok(()),
        }
    }

    fn check_closure(&self, pc: u32, child: usize) -> Result<(), Fault> {
        for source in &self.module.protos[child].upvalues {
            let exists = match *source {
                UpvalueSource::Register(reg) => reg < self.proto.frame_size,
                UpvalueSource::Upvalue(up) => (up as usize) < self.proto.upvalues.len(),
            };
            if !exists {
                return Err((
                    Some(pc),
                    format!("function {child} captures {source:?}, which does not exist"),
                ));
            }
        }
        Ok(())
    }

    /// Rules about neighbouring instructions.
    fn check_sequences(&self, code: &[Decoded], is_target: &[bool]) -> Result<(), Fault> {
        for (pc, &d) in code.iter().enumerate() {
            let require = |ok: bool, message: &str| {
                if ok { Ok(()) } else { Err((Some(pc as u32), format!("{}: {message}", d.op.name()))) }
            };
            let before = pc.checked_sub(1).map(|p| code[p]);
            let after = code.get(pc + 1).copied();
            require(after.is_some() || ends_control(d.op), "control runs off the end of the code")?;
            if let Some(start) = multi_taken(d) {
                require(
                    before.and_then(multi_given) == Some(start) && !is_target[pc],
                    "no list that starts where it is taken comes directly before",
                )?;
            }
            if multi_given(d).is_some() {
                require(after.and_then(multi_taken).is_some(), "the list is not taken directly after")?;
            }
            match d.op {
                Op::RangePrep => {
                    let target = code[(pc as i64 + 1 + d.inst.bc() as i64) as usize];
                    let fits = target.op == Op::RangeNext && target.inst.a() == d.inst.a();
                    require(fits, "does not go to a RangeNext of its state")?;
                }
                Op::RangeNext => {
                    let tested = after.is_some_and(|t| t.op == Op::RangeTest && t.inst.a() == d.inst.a());
                    require(tested, "no RangeTest of its state comes directly after")?;
                    require(pc + 2 < code.len(), "the end of the loop is outside the code")?;
                }
                Op::RangeTest => {
                    let follows = before.is_some_and(|n| n.op == Op::RangeNext && n.inst.a() == d.inst.a());
                    require(follows && !is_target[pc], "not reached only from a RangeNext of its state")?;
                }
                Op::Return0 | Op::Return1 | Op::Return | Op::ReturnMulti
                    if self.proto.defer_reg.is_some() =>
                {
                    let ran = before.is_some_and(|r| runs_defers_of(r, d)) && !is_target[pc];
                    require(ran, "no RunDefers that keeps the same values comes directly before")?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_debug_tables(&self) -> Result<(), Fault> {
        let p = self.proto;
        let len = p.code.len() as u32;
        let lines = p.lines.windows(2).all(|w| w[0].0 < w[1].0) && p.lines.iter().all(|&(pc, _)| pc < len);
        let names = p.names.windows(2).all(|w| (w[0].pc, w[0].operand) < (w[1].pc, w[1].operand))
            && p.names.iter().all(|n| n.pc < len);
        let concats = p.concat_lines.windows(2).all(|w| (w[0].pc, w[0].operand) < (w[1].pc, w[1].operand))
            && p.concat_lines.iter().all(|l| l.pc < len);
        let locals = p.locals.iter().all(|l| l.reg < p.frame_size && l.start <= l.end && l.end <= len);
        if lines && names && concats && locals {
            Ok(())
        } else {
            Err((None, "a debug table is not in order".to_string()))
        }
    }
}

/// Whether `run` is the op that runs defers and keeps what `ret` returns.
fn runs_defers_of(run: Decoded, ret: Decoded) -> bool {
    let (ran, kept) = (run.inst, ret.inst);
    match ret.op {
        Op::Return0 => run.op == Op::RunDefers && ran.b() == 0,
        Op::Return1 => run.op == Op::RunDefers && (ran.a(), ran.b()) == (kept.a(), 1),
        Op::Return => run.op == Op::RunDefers && (ran.a(), ran.b()) == (kept.a(), kept.b()),
        Op::ReturnMulti => run.op == Op::RunDefersMulti && (ran.a(), ran.b()) == (kept.a(), kept.b()),
        _ => false,
    }
}

fn field_mask(field: Field) -> u64 {
    match field {
        Field::X => 0xFF << 8,
        Field::A => 0xFFFF << 16,
        Field::B => 0xFFFF << 32,
        Field::C => 0xFFFF << 48,
        Field::Bc => 0xFFFF_FFFF << 32,
    }
}

#[cfg(test)]
mod tests;
