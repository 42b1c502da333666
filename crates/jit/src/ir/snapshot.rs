//! Snapshots: what is needed to rebuild the interpreter's frames where code is left.
//!
//! ```text
//!   snapshot ── frame, pc, [place = source …] ──► snapshot of the caller ──► … ──► the outermost frame
//!   place    a register of the frame │ an extra argument │ the callee │ the count of values of unknown number
//!   source   an instruction │ a virtual object, which is made when the frames are rebuilt
//! ```
//!
//! A snapshot lists every live register of its *own* frame only and links to the snapshot of the call that the frame was
//! inlined at, so many snapshots of an inlined function share their caller's part and the tables stay linear. Entries are in
//! the order of their places. A snapshot of a guard is the state before its bytecode, which the interpreter executes again;
//! one of a call is the state after it and may name the call's own results.
//!
//! Names of instructions in snapshots are uses, but never demand a machine register.

use super::func::InstId;
use super::imm::Elem;
use super::ops::Op;
use std::fmt;

macro_rules! define_id {
    ($($name:ident $prefix:literal $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// As an index of an array.
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

define_id! {
    SnapId "s" "A snapshot.";
    FrameId "f" "A frame that the code is compiled from: the function itself or one inlined into it.";
    VirtualId "o" "A virtual object.";
    TemplateId "t" "A table template.";
}

/// How a frame was entered, which says what to do with its results.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Via {
    /// It is the outermost frame.
    Root,
    /// A call op of the caller.
    Call,
    /// A call of `pcall` with this function.
    Pcall,
    /// A metamethod of the caller's op, which finishes with the result.
    Meta,
    /// The iterator function of the caller's range loop.
    Iterator,
}

impl Via {
    /// Every variant.
    pub const ALL: &[Via] = &[Via::Root, Via::Call, Via::Pcall, Via::Meta, Via::Iterator];

    /// The name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Via::Root => "root",
            Via::Call => "call",
            Via::Pcall => "pcall",
            Via::Meta => "meta",
            Via::Iterator => "iterator",
        }
    }
}

/// A frame that the code is compiled from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame {
    /// The frame it is inlined into; `None` for the outermost.
    pub parent: Option<FrameId>,
    /// The number that the front end gave the function that runs in it.
    pub proto: u32,
    /// Where its registers begin, counted from the outermost frame's.
    pub base: u32,
    /// How it was entered.
    pub via: Via,
}

/// A place in a frame, as a snapshot names it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// The closure that runs in the frame; for inlined frames.
    Callee,
    /// A register.
    Reg(u16),
    /// An extra argument, from 0; for inlined frames.
    Extra(u32),
    /// The count of values of unknown number.
    Multi,
}

/// What a place holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    /// The result of an instruction, boxed as its type says.
    Inst(InstId),
    /// A virtual object.
    Virtual(VirtualId),
}

impl Source {
    /// The instruction, if it is one.
    pub fn inst(self) -> Option<InstId> {
        match self {
            Source::Inst(inst) => Some(inst),
            Source::Virtual(_) => None,
        }
    }
}

/// One place of a snapshot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The place.
    pub place: Place,
    /// What it holds.
    pub source: Source,
}

/// The fixed part of a snapshot; its entries are in [`Snapshots`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// Whose registers it describes.
    pub frame: FrameId,
    /// The bytecode instruction at which that frame goes on.
    pub pc: u32,
    /// The caller's part; `None` for the outermost frame.
    pub parent: Option<SnapId>,
    start: u32,
    len: u32,
}

/// A part of a virtual object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Part {
    /// Inline slot of a table.
    Slot(u32),
    /// Element of a table's array part.
    Elem(u32),
    /// Value of a cell, upvalue of a closure, value of a record.
    Value(u32),
}

/// An object that the code has not made, to be made when frames are rebuilt. Several objects may refer to each other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Virtual {
    /// The op that would make it.
    pub op: Op,
    /// That op's first immediate: the template of a table.
    pub imm: u64,
    /// A table's shape, if it is another than the template's; a closure's function is its `Value(0)`.
    pub shape: Option<u32>,
    /// Its parts; those not named are nil or absent.
    pub parts: Vec<(Part, Source)>,
}

/// What tables of one site begin as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Template {
    /// The shape.
    pub shape: u32,
    /// Inline slots.
    pub inline_capacity: u32,
    /// Capacity of the array part, element 0 included; 0 for none.
    pub array_capacity: u32,
    /// Its elements' kind.
    pub elem: Elem,
}

/// All snapshots of a function, with frames, virtual objects and templates.
#[derive(Clone, Debug, Default)]
pub struct Snapshots {
    frames: Vec<Frame>,
    snaps: Vec<Snapshot>,
    entries: Vec<Entry>,
    virtuals: Vec<Virtual>,
    templates: Vec<Template>,
}

impl Snapshots {
    /// Adds a frame.
    pub fn add_frame(&mut self, frame: Frame) -> FrameId {
        self.frames.push(frame);
        FrameId(self.frames.len() as u32 - 1)
    }

    /// Adds a snapshot; entries are put in the order of their places.
    pub fn add(&mut self, frame: FrameId, pc: u32, parent: Option<SnapId>, entries: &[Entry]) -> SnapId {
        let start = self.entries.len();
        self.entries.extend_from_slice(entries);
        self.entries[start..].sort_by_key(|e| e.place);
        self.snaps.push(Snapshot { frame, pc, parent, start: start as u32, len: entries.len() as u32 });
        SnapId(self.snaps.len() as u32 - 1)
    }

    /// Adds a virtual object.
    pub fn add_virtual(&mut self, object: Virtual) -> VirtualId {
        self.virtuals.push(object);
        VirtualId(self.virtuals.len() as u32 - 1)
    }

    /// Adds a template.
    pub fn add_template(&mut self, template: Template) -> TemplateId {
        self.templates.push(template);
        TemplateId(self.templates.len() as u32 - 1)
    }

    /// All frames, by id.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// All snapshots, by id.
    pub fn all(&self) -> &[Snapshot] {
        &self.snaps
    }

    /// All virtual objects, by id.
    pub fn virtuals(&self) -> &[Virtual] {
        &self.virtuals
    }

    /// All templates, by id.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// A frame.
    pub fn frame(&self, id: FrameId) -> &Frame {
        &self.frames[id.index()]
    }

    /// A snapshot.
    pub fn get(&self, id: SnapId) -> &Snapshot {
        &self.snaps[id.index()]
    }

    /// A virtual object.
    pub fn object(&self, id: VirtualId) -> &Virtual {
        &self.virtuals[id.index()]
    }

    /// A virtual object, to change it.
    pub fn object_mut(&mut self, id: VirtualId) -> &mut Virtual {
        &mut self.virtuals[id.index()]
    }

    /// A template.
    pub fn template(&self, id: TemplateId) -> &Template {
        &self.templates[id.index()]
    }

    /// The entries of a snapshot's own frame.
    pub fn entries(&self, id: SnapId) -> &[Entry] {
        let s = self.get(id);
        &self.entries[s.start as usize..(s.start + s.len) as usize]
    }

    /// A snapshot and its callers, innermost first.
    pub fn chain(&self, id: SnapId) -> impl Iterator<Item = SnapId> + '_ {
        std::iter::successors(Some(id), |&s| self.get(s).parent)
    }

    /// Calls `visit` with every instruction that a snapshot needs: of all its frames, and of virtual objects as far as it
    /// reaches them. An instruction may come more than once.
    pub fn visit_insts(&self, id: SnapId, mut visit: impl FnMut(InstId)) {
        let mut objects = Vec::new();
        let mut see = |source: Source, objects: &mut Vec<VirtualId>| match source {
            Source::Inst(inst) => visit(inst),
            Source::Virtual(object) if !objects.contains(&object) => objects.push(object),
            Source::Virtual(_) => {}
        };
        for snap in self.chain(id) {
            for entry in self.entries(snap) {
                see(entry.source, &mut objects);
            }
        }
        let mut done = 0;
        while let Some(&object) = objects.get(done) {
            for &(_, source) in &self.virtuals[object.index()].parts {
                see(source, &mut objects);
            }
            done += 1;
        }
    }

    /// Replaces every named instruction.
    pub fn rewrite(&mut self, mut change: impl FnMut(InstId) -> InstId) {
        let sources = self.entries.iter_mut().map(|e| &mut e.source);
        let parts = self.virtuals.iter_mut().flat_map(|o| o.parts.iter_mut().map(|(_, source)| source));
        for source in sources.chain(parts) {
            if let Source::Inst(inst) = source {
                *inst = change(*inst);
            }
        }
    }

    /// Whether both say the same; where entries lie does not matter.
    pub(super) fn is_same(&self, other: &Snapshots) -> bool {
        let fixed = |s: &Snapshot| (s.frame, s.pc, s.parent);
        self.frames == other.frames
            && self.virtuals == other.virtuals
            && self.templates == other.templates
            && self.snaps.iter().map(fixed).eq(other.snaps.iter().map(fixed))
            && (0..self.snaps.len() as u32).all(|i| self.entries(SnapId(i)) == other.entries(SnapId(i)))
    }
}
