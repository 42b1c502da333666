//! Immediates: the constants inside an instruction.
//!
//! An op has at most two, each of a kind that its row in the op table names. The first has 64 bits, the second 32. This file
//! has the kinds, the small enumerations among them, how each kind is read from an instruction, and how it is written in the
//! text form.

use super::func::{Func, InstId};
use super::helpers::Helper;
use super::ops::Op;
use super::snapshot::TemplateId;
use runtime::table::ElementKind;
use runtime::value::{TAG_FUNCTION, TAG_INT, TAG_OBJECT, TAG_SPECIAL, TAG_STRING, TAG_TABLE, Value};

macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident { $($variant:ident $text:literal $doc:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum $name { $(#[doc = $doc] $variant,)* }

        impl $name {
            /// Every variant.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// The name in the text form.
            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// What it means, in one line.
            pub fn doc(self) -> &'static str {
                match self { $($name::$variant => $doc,)* }
            }

            /// The variant with this name.
            pub fn from_name(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|v| v.name() == name)
            }

            /// The variant with this number.
            pub fn from_bits(bits: u64) -> Option<$name> {
                $name::ALL.get(usize::try_from(bits).ok()?).copied()
            }
        }
    };
}

named_enum! {
    /// How two integers are compared.
    Cc {
        Eq "eq" "equal";
        Ne "ne" "not equal";
        Lt "lt" "less";
        Le "le" "less or equal";
        Gt "gt" "greater";
        Ge "ge" "greater or equal";
        Below "below" "less, unsigned";
        BelowEq "below_eq" "less or equal, unsigned";
        Above "above" "greater, unsigned";
        AboveEq "above_eq" "greater or equal, unsigned";
    }
}

named_enum! {
    /// How two floats, or an integer and a float, are compared. The `n` forms are the negations: true for NaN, but for `ne`
    /// they differ from the opposite comparison only there.
    Fcc {
        Eq "eq" "equal; false for NaN";
        Ne "ne" "not equal; true for NaN";
        Lt "lt" "less; false for NaN";
        Le "le" "less or equal; false for NaN";
        Gt "gt" "greater; false for NaN";
        Ge "ge" "greater or equal; false for NaN";
        Nlt "nlt" "not less; true for NaN";
        Nle "nle" "not less or equal; true for NaN";
        Ngt "ngt" "not greater; true for NaN";
        Nge "nge" "not greater or equal; true for NaN";
    }
}

named_enum! {
    /// What the tag of a value says.
    Tag {
        Float "float" "a float";
        Int "int" "an immediate integer";
        Special "special" "nil, a boolean or a mark";
        Str "string" "a string";
        Table "table" "a table";
        Callable "function" "a closure or native function";
        Object "object" "any other object";
    }
}

named_enum! {
    /// What a slot is relied on to hold.
    Held {
        Any "any" "anything";
        Float "float" "floats";
        Int "int" "immediate integers";
    }
}

named_enum! {
    /// What the elements of an array storage are; the numbers are those of `runtime::table::ElementKind`.
    Elem {
        Any "any" "any values";
        Float "float" "raw doubles";
        Int "int" "raw 64-bit integers";
        Bool "bool" "booleans, a byte each";
    }
}

/// An absent element of a storage of integers.
pub const INT_HOLE: i64 = i64::MIN;

const _: () = {
    assert!(Elem::Any as u8 == ElementKind::Any as u8 && Elem::Float as u8 == ElementKind::Float as u8);
    assert!(Elem::Int as u8 == ElementKind::Int as u8 && Elem::Bool as u8 == ElementKind::Bool as u8);
};

named_enum! {
    /// Why code is left where no guard's name tells.
    Reason {
        Unreached "unreached" "a site that had never been executed";
        Branch "branch" "a branch that had always gone the other way";
        Type "type" "an operand of another type";
        Shape "shape" "a shape that was not among those seen";
        Target "target" "a call target that was not among those seen";
        Bounds "bounds" "an index outside the storage";
        Hole "hole" "an absent element or slot";
        Range "range" "an integer outside the range that was assumed";
        Zero "zero" "a divisor of zero";
        Kind "kind" "a storage of another element kind";
        Capacity "capacity" "a storage that must grow";
        Slow "slow" "an operation that only the interpreter does";
        Broken "broken" "an assumption that does not hold any more";
        Poll "poll" "a request to the worker";
        Count "count" "a number of arguments or results that was not expected";
        Param "param" "an argument of another type";
        Result "result" "a result of another type";
        Room "room" "a stack without room for the frame";
        LoopEnd "loop_end" "the end of a loop that was compiled by itself";
    }
}

impl Cc {
    /// The comparison that holds exactly if this one does not.
    pub fn negated(self) -> Cc {
        match self {
            Cc::Eq => Cc::Ne,
            Cc::Ne => Cc::Eq,
            Cc::Lt => Cc::Ge,
            Cc::Le => Cc::Gt,
            Cc::Gt => Cc::Le,
            Cc::Ge => Cc::Lt,
            Cc::Below => Cc::AboveEq,
            Cc::BelowEq => Cc::Above,
            Cc::Above => Cc::BelowEq,
            Cc::AboveEq => Cc::Below,
        }
    }

    /// The comparison with its operands exchanged.
    pub fn swapped(self) -> Cc {
        match self {
            Cc::Eq => Cc::Eq,
            Cc::Ne => Cc::Ne,
            Cc::Lt => Cc::Gt,
            Cc::Le => Cc::Ge,
            Cc::Gt => Cc::Lt,
            Cc::Ge => Cc::Le,
            Cc::Below => Cc::Above,
            Cc::BelowEq => Cc::AboveEq,
            Cc::Above => Cc::Below,
            Cc::AboveEq => Cc::BelowEq,
        }
    }

    /// Whether it holds.
    pub fn eval(self, a: i64, b: i64) -> bool {
        match self {
            Cc::Eq => a == b,
            Cc::Ne => a != b,
            Cc::Lt => a < b,
            Cc::Le => a <= b,
            Cc::Gt => a > b,
            Cc::Ge => a >= b,
            Cc::Below => (a as u64) < b as u64,
            Cc::BelowEq => a as u64 <= b as u64,
            Cc::Above => a as u64 > b as u64,
            Cc::AboveEq => a as u64 >= b as u64,
        }
    }
}

impl Fcc {
    /// The comparison that holds exactly if this one does not.
    pub fn negated(self) -> Fcc {
        match self {
            Fcc::Eq => Fcc::Ne,
            Fcc::Ne => Fcc::Eq,
            Fcc::Lt => Fcc::Nlt,
            Fcc::Le => Fcc::Nle,
            Fcc::Gt => Fcc::Ngt,
            Fcc::Ge => Fcc::Nge,
            Fcc::Nlt => Fcc::Lt,
            Fcc::Nle => Fcc::Le,
            Fcc::Ngt => Fcc::Gt,
            Fcc::Nge => Fcc::Ge,
        }
    }

    /// The comparison with its operands exchanged.
    pub fn swapped(self) -> Fcc {
        match self {
            Fcc::Eq => Fcc::Eq,
            Fcc::Ne => Fcc::Ne,
            Fcc::Lt => Fcc::Gt,
            Fcc::Le => Fcc::Ge,
            Fcc::Gt => Fcc::Lt,
            Fcc::Ge => Fcc::Le,
            Fcc::Nlt => Fcc::Ngt,
            Fcc::Nle => Fcc::Nge,
            Fcc::Ngt => Fcc::Nlt,
            Fcc::Nge => Fcc::Nle,
        }
    }

    /// Whether it holds.
    pub fn eval(self, a: f64, b: f64) -> bool {
        match self {
            Fcc::Eq => a == b,
            Fcc::Ne => a != b,
            Fcc::Lt => a < b,
            Fcc::Le => a <= b,
            Fcc::Gt => a > b,
            Fcc::Ge => a >= b,
            Fcc::Nlt | Fcc::Nle | Fcc::Ngt | Fcc::Nge => !self.negated().eval(a, b),
        }
    }

    /// Whether it holds between an integer and a float, by mathematical value.
    pub fn eval_mixed(self, a: i64, b: f64) -> bool {
        use bytecode::arith;
        match self {
            Fcc::Eq => arith::int_eq_float(a, b),
            Fcc::Lt => arith::int_lt_float(a, b),
            Fcc::Le => arith::int_le_float(a, b),
            Fcc::Gt => arith::float_lt_int(b, a),
            Fcc::Ge => arith::float_le_int(b, a),
            Fcc::Ne | Fcc::Nlt | Fcc::Nle | Fcc::Ngt | Fcc::Nge => !self.negated().eval_mixed(a, b),
        }
    }
}

impl Tag {
    /// The tag of a value.
    pub fn of(v: Value) -> Tag {
        match v.bits() & runtime::value::TAG_MASK {
            TAG_INT => Tag::Int,
            TAG_SPECIAL => Tag::Special,
            TAG_STRING => Tag::Str,
            TAG_TABLE => Tag::Table,
            TAG_FUNCTION => Tag::Callable,
            TAG_OBJECT => Tag::Object,
            _ => Tag::Float,
        }
    }
}

/// How many results a call gives, and who deals with its error.
///
/// The first result is the call instruction itself, the others are `call_result` projections of it. With `is_caught` the code
/// goes on after an error too: `call_status` tells, and `call_error` is the error's value; results mean nothing then.
/// Without it an error leaves the function at once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Results {
    /// The number of results in registers, at most [`Results::COUNT_MAX`], or [`Results::MULTI`]: all of them, in the
    /// fiber's area for results, their number in its count.
    pub count: u8,
    /// Whether the code after the call tests the status.
    pub is_caught: bool,
    /// Whether the code is left, with the state after the call, if there are more or fewer results.
    pub is_exact: bool,
    /// Whether the call is made through the typed entry of its function: the arguments are of the types that the entry
    /// takes, and the result is of the type that it gives, or the code is left.
    pub is_typed: bool,
    /// The register of the outermost frame where the call's window begins: callee, two link words, arguments. Registers
    /// from there on are free memory at the call.
    pub window: u16,
}

impl Results {
    /// Most results that travel in registers.
    pub const COUNT_MAX: u8 = 4;
    /// Stands for all results, however many.
    pub const MULTI: u8 = 255;

    /// That many results; errors leave the function.
    pub fn new(count: u8) -> Results {
        Results { count, is_caught: false, is_exact: false, is_typed: false, window: 0 }
    }

    /// The same, with the window at that register of the outermost frame.
    pub fn at(self, window: u16) -> Results {
        Results { window, ..self }
    }

    /// The same, with errors caught.
    pub fn caught(self) -> Results {
        Results { is_caught: true, ..self }
    }

    /// The same, with exactly so many results; `call_count` is their true number in the snapshot.
    pub fn exact(self) -> Results {
        Results { is_exact: true, ..self }
    }

    /// The same, through a typed entry.
    pub fn typed(self) -> Results {
        Results { is_typed: true, ..self }
    }

    /// All results in memory.
    pub fn is_multi(self) -> bool {
        self.count == Results::MULTI
    }

    pub(super) fn to_bits(self) -> u64 {
        let flags = u64::from(self.is_caught) | u64::from(self.is_exact) << 1 | u64::from(self.is_typed) << 2;
        u64::from(self.count) | flags << 8 | u64::from(self.window) << 16
    }

    pub(super) fn from_bits(bits: u64) -> Option<Results> {
        let count = bits as u8;
        let is_known = bits & !0xFFFF_07FF == 0 && (count <= Results::COUNT_MAX || count == Results::MULTI);
        is_known.then_some(Results {
            count,
            is_caught: bits & 0x100 != 0,
            is_exact: bits & 0x200 != 0,
            is_typed: bits & 0x400 != 0,
            window: (bits >> 16) as u16,
        })
    }
}

/// What an immediate is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImmKind {
    /// A signed integer.
    Int,
    /// A double, by its bits.
    Float,
    /// A value, by its bits.
    Value,
    /// The address of a heap object, which the code keeps alive.
    Address,
    /// The id of a shape.
    Shape,
    /// A number that says which place of an object or of the frame: slot, upvalue, global, register.
    Index,
    /// A count.
    Count,
    /// A table template of the function.
    Template,
    /// A comparison of integers.
    Cc,
    /// A comparison of floats.
    Fcc,
    /// A tag.
    Tag,
    /// An element kind.
    Elem,
    /// What a slot is relied on to hold; only written if it is anything.
    Held,
    /// A reason to leave.
    Reason,
    /// Results of a call.
    Results,
    /// A helper.
    Helper,
}

impl ImmKind {
    /// What it means, in one line.
    pub fn doc(self) -> &'static str {
        match self {
            ImmKind::Int => "a signed integer",
            ImmKind::Float => "a double, also written by its bits (`0x…`)",
            ImmKind::Value => "a value: `nil`, `false`, `true`, `mark` or its bits",
            ImmKind::Address => "the address of a heap object (`@…`)",
            ImmKind::Shape => "the id of a shape (`#…`)",
            ImmKind::Index => "which slot, upvalue, global or register",
            ImmKind::Count => "a count",
            ImmKind::Template => "a table template of the function (`t…`)",
            ImmKind::Cc => "a comparison of integers",
            ImmKind::Fcc => "a comparison of floats",
            ImmKind::Tag => "a tag",
            ImmKind::Elem => "an element kind",
            ImmKind::Held => "what a slot is relied on to hold; left out for `any`",
            ImmKind::Reason => "a reason to leave",
            ImmKind::Results => {
                "number of results, or `multi`; then `caught` if the status is tested; then `at` and the window's register if it is not 0"
            }
            ImmKind::Helper => "a helper by name",
        }
    }
}

/// What `dense_word` tells: the number of the first float that belongs to an object ...
pub const DENSE_START: u32 = 0;
/// ... how many elements it has that are floats ...
pub const DENSE_COUNT: u32 = 1;
/// ... how many that are rows ...
pub const DENSE_ROWS: u32 = 2;
/// ... and how many floats a row has.
pub const DENSE_WIDTH: u32 = 3;

/// Immediates, read as what they are. Each is `None` where the op has no such immediate.
impl Func {
    fn imm_bits(&self, inst: InstId, wanted: ImmKind) -> Option<u64> {
        let position = self.op(inst).imms().iter().position(|&(_, kind)| kind == wanted)?;
        Some(if position == 0 { self.imm(inst) } else { u64::from(self.imm2(inst)) })
    }

    /// The helper that it calls.
    pub fn helper(&self, inst: InstId) -> Option<Helper> {
        Helper::from_bits(self.imm_bits(inst, ImmKind::Helper)?)
    }

    /// The results of a call.
    pub fn results(&self, inst: InstId) -> Option<Results> {
        Results::from_bits(self.imm_bits(inst, ImmKind::Results)?)
    }

    /// The comparison of integers.
    pub fn cc(&self, inst: InstId) -> Option<Cc> {
        Cc::from_bits(self.imm_bits(inst, ImmKind::Cc)?)
    }

    /// The comparison of floats.
    pub fn fcc(&self, inst: InstId) -> Option<Fcc> {
        Fcc::from_bits(self.imm_bits(inst, ImmKind::Fcc)?)
    }

    /// The tag.
    pub fn tag(&self, inst: InstId) -> Option<Tag> {
        Tag::from_bits(self.imm_bits(inst, ImmKind::Tag)?)
    }

    /// The element kind.
    pub fn elem(&self, inst: InstId) -> Option<Elem> {
        Elem::from_bits(self.imm_bits(inst, ImmKind::Elem)?)
    }

    /// What a slot is relied on to hold.
    pub fn held(&self, inst: InstId) -> Option<Held> {
        Held::from_bits(self.imm_bits(inst, ImmKind::Held)?)
    }

    /// The reason to leave.
    pub fn reason(&self, inst: InstId) -> Option<Reason> {
        Reason::from_bits(self.imm_bits(inst, ImmKind::Reason)?)
    }

    /// The slot, upvalue, global or register.
    pub fn place_index(&self, inst: InstId) -> Option<u32> {
        Some(self.imm_bits(inst, ImmKind::Index)? as u32)
    }

    /// The shape.
    pub fn shape(&self, inst: InstId) -> Option<u32> {
        Some(self.imm_bits(inst, ImmKind::Shape)? as u32)
    }

    /// The template.
    pub fn template(&self, inst: InstId) -> Option<TemplateId> {
        Some(TemplateId(self.imm_bits(inst, ImmKind::Template)? as u32))
    }

    /// The integer, if it is a constant one.
    #[inline]
    pub fn as_i64(&self, inst: InstId) -> Option<i64> {
        (self.op(inst) == Op::ConstI64).then(|| self.imm(inst) as i64)
    }

    /// The float, if it is a constant one.
    #[inline]
    pub fn as_f64(&self, inst: InstId) -> Option<f64> {
        (self.op(inst) == Op::ConstF64).then(|| f64::from_bits(self.imm(inst)))
    }

    /// The truth value, if it is a constant one.
    #[inline]
    pub fn as_bool(&self, inst: InstId) -> Option<bool> {
        (self.op(inst) == Op::ConstBool).then(|| self.imm(inst) != 0)
    }

    /// The boxed value, if it is a constant one.
    #[inline]
    pub fn as_value(&self, inst: InstId) -> Option<Value> {
        matches!(self.op(inst), Op::ConstValue | Op::ConstNum).then(|| Value::from_bits(self.imm(inst)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negation_and_exchange_are_exact() {
        for &cc in Cc::ALL {
            for (a, b) in [(1, 2), (2, 2), (3, 2), (-1, 1), (1, -1), (i64::MIN, i64::MAX)] {
                assert_eq!(cc.eval(a, b), !cc.negated().eval(a, b), "{cc:?} {a} {b}");
                assert_eq!(cc.eval(a, b), cc.swapped().eval(b, a), "{cc:?} {a} {b}");
            }
        }
        for &cc in Fcc::ALL {
            for (a, b) in [(1.0, 2.0), (2.0, 2.0), (3.0, 2.0), (f64::NAN, 1.0), (1.0, f64::NAN), (0.0, -0.0)]
            {
                assert_eq!(cc.eval(a, b), !cc.negated().eval(a, b), "{cc:?} {a} {b}");
                assert_eq!(cc.eval(a, b), cc.swapped().eval(b, a), "{cc:?} {a} {b}");
            }
            assert_eq!(cc.eval_mixed(1 << 53, f64::NAN), !cc.negated().eval_mixed(1 << 53, f64::NAN));
        }
        assert!(Fcc::Gt.eval_mixed((1 << 53) + 1, (1u64 << 53) as f64));
    }

    #[test]
    fn results_pack() {
        let multi = Results::new(Results::MULTI).at(65_535);
        for results in [Results::new(0), Results::new(4).caught(), Results::new(1).exact(), multi] {
            assert_eq!(Results::from_bits(results.to_bits()), Some(results));
        }
        assert_eq!(Results::from_bits(5), None);
    }
}
