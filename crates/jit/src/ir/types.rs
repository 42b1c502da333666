//! The types of IR results.
//!
//! A result is one 64-bit word in a register whatever its type; the type says how to read it. Boxed words are `value` and
//! `num`; raw ones are `i64`, `f64`, `bool` and the *reference kinds*, which are plain addresses without tag. A snapshot
//! may name a result of any type but `none` and the storage kinds: rebuilding a frame boxes it.
//!
//! There is a little subtyping, so that facts need no conversion: `num` is a `value`, `closure` and `native` are
//! `callable`, and cells, records and functions are `object`s. Nothing here knows what an op does.

use runtime::value::{TAG_FUNCTION, TAG_OBJECT, TAG_STRING, TAG_TABLE};

macro_rules! define_types {
    ($($variant:ident $name:literal $doc:literal;)*) => {
        /// The type of an instruction's result.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr(u8)]
        pub enum Type {
            $(#[doc = $doc] $variant,)*
        }

        impl Type {
            /// Every type.
            pub const ALL: &[Type] = &[$(Type::$variant,)*];

            /// The name in the text form.
            pub fn name(self) -> &'static str {
                match self { $(Type::$variant => $name,)* }
            }

            /// What the type means, in one line.
            pub fn doc(self) -> &'static str {
                match self { $(Type::$variant => $doc,)* }
            }
        }
    };
}

define_types! {
    None     "none"     "no result";
    Value    "value"    "a boxed value";
    Num      "num"      "a boxed number: float, immediate or big integer";
    I64      "i64"      "a raw 64-bit integer";
    F64      "f64"      "a raw double";
    Bool     "bool"     "a truth value, 0 or 1";
    Ptr      "ptr"      "the address of bytes; its base is an object's start, or it lies outside the heap";
    Table    "table"    "the address of a table";
    Array    "array"    "the address of an array storage";
    Slots    "slots"    "the address of a slots storage";
    Hash     "hash"     "the address of a hash part";
    Str      "str"      "the address of a string";
    Callable "callable" "the address of a closure or a native function";
    Closure  "closure"  "the address of a closure";
    Native   "native"   "the address of a native function";
    Function "function" "the address of a linked function";
    Cell     "cell"     "the address of a cell";
    Object   "object"   "the address of any object with the object tag";
}

impl Type {
    /// The type with this name.
    pub fn from_name(name: &str) -> Option<Type> {
        Type::ALL.iter().copied().find(|t| t.name() == name)
    }

    /// Whether it is a reference kind: the address of a heap object.
    #[inline]
    pub fn is_ref(self) -> bool {
        self >= Type::Table
    }

    /// Whether it is a boxed word.
    #[inline]
    pub fn is_boxed(self) -> bool {
        matches!(self, Type::Value | Type::Num)
    }

    /// Whether it lives in a floating-point register.
    #[inline]
    pub fn is_float(self) -> bool {
        self == Type::F64
    }

    /// The tag that boxing a reference of this kind adds; `None` for types that are no reference to a script's value.
    pub fn tag(self) -> Option<u64> {
        match self {
            Type::Str => Some(TAG_STRING),
            Type::Table => Some(TAG_TABLE),
            Type::Callable | Type::Closure | Type::Native => Some(TAG_FUNCTION),
            Type::Function | Type::Cell | Type::Object => Some(TAG_OBJECT),
            Type::None
            | Type::Value
            | Type::Num
            | Type::I64
            | Type::F64
            | Type::Bool
            | Type::Ptr
            | Type::Array
            | Type::Slots
            | Type::Hash => None,
        }
    }

    /// Whether a snapshot may hold a result of this type: there is a value that it stands for.
    pub fn is_boxable(self) -> bool {
        self.tag().is_some() || matches!(self, Type::Value | Type::Num | Type::I64 | Type::F64 | Type::Bool)
    }

    /// Whether a result of this type can be used where `wanted` is expected.
    #[inline]
    pub fn fits(self, wanted: Type) -> bool {
        self == wanted
            || match wanted {
                Type::Value => self == Type::Num,
                Type::Callable => matches!(self, Type::Closure | Type::Native),
                Type::Object => matches!(self, Type::Function | Type::Cell),
                Type::None
                | Type::Num
                | Type::I64
                | Type::F64
                | Type::Bool
                | Type::Ptr
                | Type::Table
                | Type::Array
                | Type::Slots
                | Type::Hash
                | Type::Str
                | Type::Closure
                | Type::Native
                | Type::Function
                | Type::Cell => false,
            }
    }
}

/// What an operand of an op must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Want {
    /// This type or one that fits it.
    Type(Type),
    /// Any reference kind.
    Ref,
    /// Any type but `none`.
    Any,
    /// The type of the result.
    Same,
}

impl Want {
    /// Whether an operand of type `given` will do in an instruction of type `result`.
    pub fn accepts(self, given: Type, result: Type) -> bool {
        match self {
            Want::Type(t) => given.fits(t),
            Want::Ref => given.is_ref(),
            Want::Any => given != Type::None,
            Want::Same => given.fits(result),
        }
    }

    /// The name that the documentation uses.
    pub fn name(self) -> &'static str {
        match self {
            Want::Type(t) => t.name(),
            Want::Ref => "ref",
            Want::Any => "any",
            Want::Same => "same",
        }
    }
}

/// How the type of an op's result is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gives {
    /// Always this type.
    Type(Type),
    /// The instruction says, and it is a reference kind.
    Ref,
    /// The type of its last operand.
    Same,
    /// The instruction says.
    Given,
}

impl Gives {
    /// The name that the documentation uses.
    pub fn name(self) -> &'static str {
        match self {
            Gives::Type(t) => t.name(),
            Gives::Ref => "ref",
            Gives::Same => "same",
            Gives::Given => "given",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for &t in Type::ALL {
            assert_eq!(Type::from_name(t.name()), Some(t));
        }
    }

    #[test]
    fn a_type_fits_itself_and_its_supertypes_only() {
        assert!(Type::Num.fits(Type::Value) && !Type::Value.fits(Type::Num));
        assert!(Type::Closure.fits(Type::Callable) && Type::Cell.fits(Type::Object));
        assert!(!Type::Table.fits(Type::Object), "tables have a tag of their own");
        for &t in Type::ALL {
            assert!(t.fits(t));
        }
    }
}
