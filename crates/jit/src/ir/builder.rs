//! Makes instructions: one method per op, derived from the op table.
//!
//! A builder stands at the end of a block or before an instruction. Method arguments are, in this order: the result's type,
//! if the op does not fix it; operands; the list of further operands; immediates. Ops that may leave or throw take the
//! builder's current snapshot, which a front end sets once per bytecode. A call's snapshot describes the state after the
//! call, so it is given to the call when its results are known ([`Builder::after_call`]).
//!
//! The builder does not check; `verify.rs` does.

use super::func::{BlockId, Func, InstId, NewInst};
use super::helpers::Helper;
use super::imm::{Cc, Elem, Fcc, Held, Reason, Results, Tag};
use super::ops::Op;
use super::snapshot::{Entry, FrameId, SnapId, TemplateId};
use super::types::Type;
use runtime::value::Value;

/// Where new instructions go.
#[derive(Clone, Copy, Debug)]
enum Cursor {
    End(BlockId),
    Before(InstId),
}

/// A place in a function where instructions are made.
pub struct Builder<'f> {
    /// The function.
    pub func: &'f mut Func,
    cursor: Cursor,
    snap: Option<SnapId>,
}

/// How each immediate is given to a builder and kept in an instruction.
trait Bits {
    fn bits(self) -> u64;
}

macro_rules! bits {
    ($($t:ty: $v:ident => $bits:expr;)*) => {
        $(impl Bits for $t {
            #[inline]
            fn bits(self) -> u64 {
                let $v = self;
                $bits
            }
        })*
    };
}
bits! {
    i64: v => v as u64;
    u64: v => v;
    u32: v => u64::from(v);
    f64: v => v.to_bits();
    Value: v => v.bits();
    TemplateId: v => u64::from(v.0);
    Cc: v => v as u64;
    Fcc: v => v as u64;
    Tag: v => v as u64;
    Elem: v => v as u64;
    Held: v => v as u64;
    Reason: v => v as u64;
    Helper: v => v as u64;
    Results: v => v.to_bits();
}

macro_rules! imm_type {
    (Int) => {
        i64
    };
    (Float) => {
        f64
    };
    (Value) => {
        Value
    };
    (Address) => {
        u64
    };
    (Shape) => {
        u32
    };
    (Index) => {
        u32
    };
    (Count) => {
        u32
    };
    (Template) => {
        TemplateId
    };
    ($kind:ident) => {
        $kind
    };
}

// One method. Terminators with edges, parameters and removed instructions are not made by table.
macro_rules! method {
    ($op:ident jump $($rest:tt)*) => {};
    ($op:ident branch $($rest:tt)*) => {};
    ($op:ident param $($rest:tt)*) => {};
    ($op:ident nop $($rest:tt)*) => {};
    ($op:ident $name:ident ($($arg:ident)*) ($($list:ident)?) ($($imm:ident: $kind:ident),*) Ref $doc:literal) => {
        method!(@typed $op $name ($($arg)*) ($($list)?) ($($imm: $kind),*) $doc);
    };
    ($op:ident $name:ident ($($arg:ident)*) ($($list:ident)?) ($($imm:ident: $kind:ident),*) Given $doc:literal) => {
        method!(@typed $op $name ($($arg)*) ($($list)?) ($($imm: $kind),*) $doc);
    };
    ($op:ident $name:ident ($($arg:ident)*) () ($($imm:ident: $kind:ident),*) Same $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&mut self, $($arg: InstId,)* $($imm: imm_type!($kind),)*) -> InstId {
            let args = [$($arg),*];
            let ty = self.func.ty(args[args.len() - 1]);
            self.make(Op::$op, ty, &args, &[$($imm.bits()),*])
        }
    };
    ($op:ident $name:ident ($($arg:ident)*) () ($($imm:ident: $kind:ident),*) $ty:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&mut self, $($arg: InstId,)* $($imm: imm_type!($kind),)*) -> InstId {
            self.make(Op::$op, Type::$ty, &[$($arg),*], &[$($imm.bits()),*])
        }
    };
    ($op:ident $name:ident ($($arg:ident)*) ($list:ident) ($($imm:ident: $kind:ident),*) $ty:ident $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&mut self, $($arg: InstId,)* $list: &[InstId], $($imm: imm_type!($kind),)*) -> InstId {
            self.make_listed(Op::$op, Type::$ty, &[$($arg),*], $list, &[$($imm.bits()),*])
        }
    };
    (@typed $op:ident $name:ident ($($arg:ident)*) () ($($imm:ident: $kind:ident),*) $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&mut self, ty: Type, $($arg: InstId,)* $($imm: imm_type!($kind),)*) -> InstId {
            self.make(Op::$op, ty, &[$($arg),*], &[$($imm.bits()),*])
        }
    };
    (@typed $op:ident $name:ident ($($arg:ident)*) ($list:ident) ($($imm:ident: $kind:ident),*) $doc:literal) => {
        #[doc = $doc]
        pub fn $name(
            &mut self, ty: Type, $($arg: InstId,)* $list: &[InstId], $($imm: imm_type!($kind),)*
        ) -> InstId {
            self.make_listed(Op::$op, ty, &[$($arg),*], $list, &[$($imm.bits()),*])
        }
    };
}

macro_rules! define_methods {
    ($($op:ident $name:ident ($($arg:ident : $want:ident),* $(; $rest:ident : $rest_want:ident)?)
        [$($imm:ident : $kind:ident),*] -> $gives:ident, $class:ident, $effects:expr, $doc:literal;)*) => {
        /// One method per op.
        #[allow(missing_docs, rustdoc::broken_intra_doc_links)]
        impl Builder<'_> {
            $(method!($op $name ($($arg)*) ($($rest)?) ($($imm: $kind),*) $gives $doc);)*
        }
    };
}
crate::for_each_ir_op!(define_methods);

impl<'f> Builder<'f> {
    /// A builder at the end of a block.
    pub fn at_end(func: &'f mut Func, b: BlockId) -> Builder<'f> {
        Builder { func, cursor: Cursor::End(b), snap: None }
    }

    /// A builder before an instruction, with its snapshot.
    pub fn before(func: &'f mut Func, inst: InstId) -> Builder<'f> {
        let snap = func.snapshot(inst);
        Builder { func, cursor: Cursor::Before(inst), snap }
    }

    /// Goes to the end of a block.
    pub fn go_to_end(&mut self, b: BlockId) {
        self.cursor = Cursor::End(b);
    }

    /// The block that it stands in.
    ///
    /// # Panics
    /// If it stands before an instruction that was removed.
    pub fn block(&self) -> BlockId {
        match self.cursor {
            Cursor::End(b) => b,
            Cursor::Before(inst) => self.func.block_of(inst).expect("the builder's instruction has a place"),
        }
    }

    /// The current snapshot.
    pub fn snapshot(&self) -> Option<SnapId> {
        self.snap
    }

    /// Sets the snapshot of the instructions to come.
    pub fn set_snapshot(&mut self, snap: Option<SnapId>) {
        self.snap = snap;
    }

    /// Makes a snapshot and sets it.
    pub fn at_pc(&mut self, frame: FrameId, pc: u32, parent: Option<SnapId>, entries: &[Entry]) -> SnapId {
        let snap = self.func.snaps.add(frame, pc, parent, entries);
        self.snap = Some(snap);
        snap
    }

    /// Gives a call the snapshot of the state after it.
    pub fn after_call(&mut self, call: InstId, snap: SnapId) {
        self.func.set_snapshot(call, Some(snap));
    }

    /// Makes an instruction of any op but those with edges; immediates by their bits.
    pub fn make(&mut self, op: Op, ty: Type, args: &[InstId], imms: &[u64]) -> InstId {
        let new = NewInst {
            op,
            ty,
            args,
            imm: imms.first().copied().unwrap_or(0),
            imm2: imms.get(1).map_or(0, |&bits| bits as u32),
            snap: None,
        };
        let id = match self.cursor {
            Cursor::End(b) => self.func.append(b, new),
            Cursor::Before(inst) => self.func.insert_before(inst, new),
        };
        if self.func.needs_snapshot(id) {
            self.func.set_snapshot(id, self.snap);
        }
        id
    }

    fn make_listed(&mut self, op: Op, ty: Type, args: &[InstId], rest: &[InstId], imms: &[u64]) -> InstId {
        if args.is_empty() {
            return self.make(op, ty, rest, imms);
        }
        let all: Vec<InstId> = args.iter().chain(rest).copied().collect();
        self.make(op, ty, &all, imms)
    }

    /// A new block, at the end of the order.
    pub fn new_block(&mut self) -> BlockId {
        self.func.add_block()
    }

    /// A new block with parameters of these types.
    pub fn new_block_with(&mut self, types: &[Type]) -> BlockId {
        let b = self.func.add_block();
        for &ty in types {
            self.func.add_param(b, ty);
        }
        b
    }

    /// Goes on at a block.
    pub fn jump(&mut self, to: BlockId, args: &[InstId]) -> InstId {
        let id = self.make(Op::Jump, Type::None, &[], &[]);
        self.func.set_edges(id, &[(to, args)]);
        id
    }

    /// Goes on at `then` if `c` holds, else at `other`.
    pub fn branch(&mut self, c: InstId, then: (BlockId, &[InstId]), other: (BlockId, &[InstId])) -> InstId {
        let id = self.make(Op::Branch, Type::None, &[c], &[]);
        self.func.set_edges(id, &[then, other]);
        id
    }

    /// Calls a helper with the result that its row gives.
    pub fn helper(&mut self, helper: Helper, args: &[InstId]) -> InstId {
        let ty = helper.gives();
        self.call_helper(ty, args, helper, Results::new(u8::from(ty != Type::None)))
    }

    /// The constant nil.
    pub fn nil(&mut self) -> InstId {
        self.const_value(Value::NIL)
    }
}
