//! What an instruction may do besides giving its result: the only thing passes ask about an op.
//!
//! Memory is divided into *alias classes*, which never overlap: a store to one class cannot change what a load of another
//! gives. Kind and capacity of a storage, the contents of a string and what a closure was made of never change, so reading
//! them is in no class. Beyond memory there are flags: an instruction may allocate (and so collect), throw, leave by its
//! snapshot, or run user code, which may do everything.
//!
//! [`access`] says more of single loads and stores: base, index and stored value. Two accesses of one class with different
//! constant indices never overlap, whatever their bases.

use super::func::{Func, InstId};
use super::imm::ImmKind;
use super::ops::{Class, Op};

macro_rules! define_classes {
    ($($name:ident $text:literal $doc:literal;)*) => {
        /// Numbers of the alias classes.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[derive(Clone, Copy)]
        enum Number { $($name,)* }

        /// A set of alias classes.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct Classes(u32);

        impl Classes {
            $(#[doc = $doc] pub const $name: Classes = Classes(1 << Number::$name as u32);)*
            /// Every class.
            pub const ALL: Classes = Classes(0 $(| 1 << Number::$name as u32)*);
            /// Each class by itself with its name and meaning.
            pub const TABLE: &[(Classes, &str, &str)] = &[$((Classes::$name, $text, $doc),)*];
        }
    };
}

define_classes! {
    SHAPE      "shape"      "the shape id of a table";
    SLOTS      "slots"      "inline slots of tables";
    EXT        "ext"        "the pointer from a table to its slots storage";
    EXT_SLOTS  "ext_slots"  "slots in slots storages";
    ARRAY      "array"      "the pointer from a table to its array storage";
    LEN        "len"        "the length of an array storage";
    ELEM_ANY   "elem_any"   "elements of storages of any values";
    ELEM_FLOAT "elem_float" "elements of float storages";
    ELEM_INT   "elem_int"   "elements of integer storages";
    ELEM_BOOL  "elem_bool"  "elements of boolean storages";
    HASH       "hash"       "hash parts: the pointer to one, its entries and their number";
    FLAGS      "flags"      "the flags in a table's header";
    CELL       "cell"       "contents of captured variables";
    UPVALUE    "upvalue"    "upvalues of closures, written only while a closure is made";
    GLOBAL     "global"     "contents of module globals";
    RECORD     "record"     "elements of userdata objects";
    REGS       "regs"       "registers of the frame in memory";
    MULTI      "multi"      "the fiber's count of values of unknown number";
    RESULTS    "results"    "the fiber's area for results beyond those in machine registers";
    VARARGS    "varargs"    "the extra arguments of the frame";
    ASSUMED    "assumed"    "what code relies on without asking";
    REMEMBERED "remembered" "the collector's remembered set";
    RANDOM     "random"     "the goroutine's generator of random numbers";
    POLL       "poll"       "the worker's word of requests";
}

impl Classes {
    /// The empty set.
    pub const NONE: Classes = Classes(0);

    /// The union.
    #[inline]
    pub const fn or(self, other: Classes) -> Classes {
        Classes(self.0 | other.0)
    }

    /// Whether a class is in both.
    #[inline]
    pub const fn meets(self, other: Classes) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every class of `other` is in it.
    #[inline]
    pub const fn contains(self, other: Classes) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it is empty.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The one class of the set, as a number below 32; `None` if it has none or several.
    pub const fn single(self) -> Option<u8> {
        if self.0.count_ones() == 1 { Some(self.0.trailing_zeros() as u8) } else { None }
    }

    /// The names of its classes.
    pub fn names(self) -> Vec<&'static str> {
        if self == Classes::ALL {
            return vec!["all"];
        }
        Classes::TABLE.iter().filter(|(c, ..)| self.meets(*c)).map(|(_, name, _)| *name).collect()
    }
}

impl std::fmt::Debug for Classes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.names().join("|"))
    }
}

impl std::ops::BitOr for Classes {
    type Output = Classes;

    fn bitor(self, other: Classes) -> Classes {
        self.or(other)
    }
}

const EXITS: u8 = 1;
const THROWS: u8 = 2;
const ALLOCATES: u8 = 4;
const USER: u8 = 8;

/// What an instruction may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Effects {
    /// Classes it may read.
    pub reads: Classes,
    /// Classes it may write.
    pub writes: Classes,
    flags: u8,
}

impl Effects {
    /// Nothing at all.
    pub const NONE: Effects = Effects { reads: Classes::NONE, writes: Classes::NONE, flags: 0 };
    /// Anything: it may run user code.
    pub const USER: Effects =
        Effects { reads: Classes::ALL, writes: Classes::ALL, flags: EXITS | THROWS | ALLOCATES | USER };

    /// Nothing but reading these classes.
    pub const fn reading(reads: Classes) -> Effects {
        Effects { reads, writes: Classes::NONE, flags: 0 }
    }

    /// Nothing but writing these classes.
    pub const fn writing(writes: Classes) -> Effects {
        Effects { reads: Classes::NONE, writes, flags: 0 }
    }

    /// The same, and it may also read these classes.
    pub const fn and_reads(self, classes: Classes) -> Effects {
        Effects { reads: self.reads.or(classes), ..self }
    }

    /// The same, and it may also write these classes.
    pub const fn and_writes(self, classes: Classes) -> Effects {
        Effects { writes: self.writes.or(classes), ..self }
    }

    /// The same, and it may leave by its snapshot.
    pub const fn exits(self) -> Effects {
        Effects { flags: self.flags | EXITS, ..self }
    }

    /// The same, and it may throw.
    pub const fn throws(self) -> Effects {
        Effects { flags: self.flags | THROWS, ..self }
    }

    /// The same, and it may allocate, hence collect.
    pub const fn allocates(self) -> Effects {
        Effects { flags: self.flags | ALLOCATES, ..self }
    }

    /// The union.
    pub const fn or(self, other: Effects) -> Effects {
        Effects {
            reads: self.reads.or(other.reads),
            writes: self.writes.or(other.writes),
            flags: self.flags | other.flags,
        }
    }

    /// Whether it may leave by its snapshot.
    #[inline]
    pub const fn may_exit(self) -> bool {
        self.flags & EXITS != 0
    }

    /// Whether it may throw an error.
    #[inline]
    pub const fn may_throw(self) -> bool {
        self.flags & THROWS != 0
    }

    /// Whether it may allocate and so collect: afterwards no object counts as new.
    #[inline]
    pub const fn may_allocate(self) -> bool {
        self.flags & ALLOCATES != 0
    }

    /// Whether it may run user code: everything may have changed, assumptions included.
    #[inline]
    pub const fn may_run_user_code(self) -> bool {
        self.flags & USER != 0
    }

    /// Whether it does nothing that anybody could see, so that it may be dropped if its result is not used.
    #[inline]
    pub const fn is_removable(self) -> bool {
        self.writes.is_empty() && self.flags & (EXITS | THROWS | USER) == 0
    }

    /// Whether running `self` can change what an instruction with the effects `other` reads.
    #[inline]
    pub const fn clobbers(self, other: Effects) -> bool {
        self.writes.meets(other.reads)
    }

    /// The effects as words, for the documentation.
    pub fn describe(self) -> String {
        if self.may_run_user_code() {
            return "user code".to_owned();
        }
        let mut parts = Vec::new();
        if !self.reads.is_empty() {
            parts.push(format!("reads {}", self.reads.names().join(" ")));
        }
        if !self.writes.is_empty() {
            parts.push(format!("writes {}", self.writes.names().join(" ")));
        }
        for (may, word) in
            [(self.may_allocate(), "allocates"), (self.may_throw(), "throws"), (self.may_exit(), "exits")]
        {
            if may {
                parts.push(word.to_owned());
            }
        }
        parts.join(", ")
    }
}

/// The effects of an instruction: its op's, or its helper's.
#[inline]
pub fn effects(func: &Func, inst: InstId) -> Effects {
    match func.op(inst) {
        Op::CallHelper => func.helper(inst).map_or(Effects::USER, |h| h.effects()),
        op => op.effects(),
    }
}

/// Where in its class an access goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Index {
    /// A base has only one such place.
    Whole,
    /// A constant number: slot, upvalue, global.
    Fixed(u32),
    /// The result of an instruction: an element.
    Inst(InstId),
}

/// A load or store of one place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Access {
    /// The place's alias class.
    pub class: Classes,
    /// The object; `None` where the place is not in an object (registers of the frame).
    pub base: Option<InstId>,
    /// Which place of the object.
    pub index: Index,
    /// The stored value; `None` for loads.
    pub stored: Option<InstId>,
}

impl Access {
    /// Whether both are surely the same place. Global cells are told apart by their number alone.
    pub fn is_same_place(&self, other: &Access) -> bool {
        self.class == other.class && self.base == other.base && self.index == other.index
    }

    /// Whether they may be the same place. That two bases are different objects is for the caller to know.
    pub fn may_alias(&self, other: &Access) -> bool {
        self.class.meets(other.class)
            && match (self.index, other.index) {
                (Index::Fixed(a), Index::Fixed(b)) => a == b,
                _ => true,
            }
    }
}

/// The place that a load or store touches; `None` for any other instruction.
///
/// By convention a load's operands are `[base [index]]` and a store's `[base [index] value]`.
pub fn access(func: &Func, inst: InstId) -> Option<Access> {
    let op = func.op(inst);
    let (is_store, class) = match op.class() {
        Class::Load => (false, op.effects().reads),
        Class::Store => (true, op.effects().writes),
        _ => return None,
    };
    let mut args = func.args(inst);
    let mut stored = None;
    if is_store {
        let (last, rest) = args.split_last()?;
        (stored, args) = (Some(*last), rest);
    }
    let fixed = op.imms().iter().position(|&(_, kind)| kind == ImmKind::Index);
    let index = match (args.get(1), fixed) {
        (Some(&index), _) => Index::Inst(index),
        (None, Some(0)) => Index::Fixed(func.imm(inst) as u32),
        (None, Some(_)) => Index::Fixed(func.imm2(inst)),
        (None, None) => Index::Whole,
    };
    Some(Access { class, base: args.first().copied(), index, stored })
}
