//! Exit tables: where everything is that the interpreter's frames are rebuilt from.
//!
//! An exit has a number, a reason and the frames of its snapshot, outermost first. What a place of a frame holds is either a
//! value, of which type and location are known, or an object that has to be made first. All exits of a function share flat
//! tables; each refers to its part of them by ranges.

use crate::ir::imm::Reason;
use crate::ir::ops::Op;
use crate::ir::snapshot::{Part, Place, Template, Via};
use crate::ir::types::Type;
use crate::regs::PReg;
use std::ops::Range;

/// Where a value is when code is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Location {
    /// In this register.
    Reg(PReg),
    /// At this offset from the stack pointer of the compiled frame.
    Stack(i32),
    /// Nowhere: it is this constant.
    Const(u64),
}

/// A value of an exit: how to read its word, and where it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitValue {
    /// The type of the word, which is to be boxed.
    pub ty: Type,
    /// Where it is.
    pub location: Location,
}

/// What a place holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitSource {
    /// A value: its index in [`ExitTable::values`].
    Value(u32),
    /// An object to be made: its index in [`ExitTable::objects`].
    Object(u32),
}

/// One frame to be rebuilt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExitFrame {
    /// The number of the function that runs in it.
    pub proto: u32,
    /// The bytecode instruction at which it goes on.
    pub pc: u32,
    /// Where its registers begin, counted from the outermost frame's.
    pub base: u32,
    /// How it was entered.
    pub via: Via,
    /// Its part of [`ExitTable::places`].
    pub places: Range<u32>,
}

/// An object to be made. Its parts may refer to other objects, in either direction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExitObject {
    /// The op that would have made it.
    pub op: Op,
    /// That op's first immediate, other than a template.
    pub imm: u64,
    /// The template of a table.
    pub template: Option<Template>,
    /// A table's shape, if it is another than the template's.
    pub shape: Option<u32>,
    /// Its part of [`ExitTable::parts`].
    pub parts: Range<u32>,
}

/// An exit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exit {
    /// The op that leaves.
    pub op: Op,
    /// Why.
    pub reason: Reason,
    /// The bytecode for which the op was made, by function number and position; moved ops leave at another one.
    pub origin: (u32, u32),
    /// Its part of [`ExitTable::frames`], outermost first.
    pub frames: Range<u32>,
    /// Its part of [`ExitTable::objects`].
    pub objects: Range<u32>,
}

/// All exits of a function, by number.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct ExitTable {
    /// The exits.
    pub exits: Vec<Exit>,
    /// The frames of all exits.
    pub frames: Vec<ExitFrame>,
    /// The places of all frames.
    pub places: Vec<(Place, ExitSource)>,
    /// The values of all places and parts.
    pub values: Vec<ExitValue>,
    /// The objects of all exits.
    pub objects: Vec<ExitObject>,
    /// The parts of all objects.
    pub parts: Vec<(Part, ExitSource)>,
}

impl ExitTable {
    /// The frames of an exit, outermost first.
    pub fn frames(&self, exit: &Exit) -> &[ExitFrame] {
        &self.frames[exit.frames.start as usize..exit.frames.end as usize]
    }

    /// The places of a frame.
    pub fn places(&self, frame: &ExitFrame) -> &[(Place, ExitSource)] {
        &self.places[frame.places.start as usize..frame.places.end as usize]
    }

    /// The parts of an object.
    pub fn parts(&self, object: &ExitObject) -> &[(Part, ExitSource)] {
        &self.parts[object.parts.start as usize..object.parts.end as usize]
    }

    /// A value by its index.
    pub fn value(&self, index: u32) -> ExitValue {
        self.values[index as usize]
    }

    /// An object by its index.
    pub fn object(&self, index: u32) -> &ExitObject {
        &self.objects[index as usize]
    }
}

/// Why a guard leaves, as its op says.
pub(super) fn reason_of(op: Op) -> Reason {
    match op {
        Op::GuardShape => Reason::Shape,
        Op::GuardClosure | Op::GuardNative | Op::GuardFunction | Op::GuardValue => Reason::Target,
        Op::GuardNil | Op::GuardNotNil | Op::GuardNotHole => Reason::Hole,
        Op::GuardCapacity => Reason::Capacity,
        Op::GuardElem => Reason::Kind,
        Op::GuardBounds | Op::GuardBelow => Reason::Bounds,
        Op::GuardNonZero => Reason::Zero,
        Op::GuardFits | Op::GuardF64Int => Reason::Range,
        Op::GuardValid => Reason::Broken,
        Op::Poll => Reason::Poll,
        Op::GuardTrue | Op::GuardFalse => Reason::Branch,
        // The guards of tags and kinds, and calls whose result is of another type than promised.
        _ => Reason::Type,
    }
}
