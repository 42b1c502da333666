//! The helpers that machine code calls, as the IR sees them: name, signature and exact effects.
//!
//! A helper does what is too long for inline code: the slow case of an op, or an op that is always slow. The table here is
//! what passes and verifier know; whoever generates code binds each helper to an address. A helper whose result is `none`
//! gives no result; one that can throw returns a status like any call. A list of values of any length is passed through
//! registers of the frame in memory: first register and count, or the fiber's count for what the machine calls *multi*.
//! `window`, `reg`, `count` operands are such numbers, as `i64`.

use super::effects::{Classes as C, Effects as E};
use super::types::{Type, Want};

/// Applies the macro `$with` to the table of helpers: `Variant name (operand: Want, …) -> Type, effects, "doc";`.
#[macro_export]
macro_rules! for_each_ir_helper {
    ($with:ident) => { $with! {
        // Operators on any values.
        Add add (a: Value, b: Value) -> Value, E::USER, "a + b";
        Sub sub (a: Value, b: Value) -> Value, E::USER, "a - b";
        Mul mul (a: Value, b: Value) -> Value, E::USER, "a * b";
        Div div (a: Value, b: Value) -> Value, E::USER, "a / b";
        Mod mod (a: Value, b: Value) -> Value, E::USER, "a % b";
        Pow pow (a: Value, b: Value) -> Value, E::USER, "a ** b";
        BitAnd bit_and (a: Value, b: Value) -> Value, E::USER, "a & b";
        BitOr bit_or (a: Value, b: Value) -> Value, E::USER, "a | b";
        BitXor bit_xor (a: Value, b: Value) -> Value, E::USER, "a ^ b";
        BitClear bit_clear (a: Value, b: Value) -> Value, E::USER, "a &^ b";
        Shl shl (a: Value, b: Value) -> Value, E::USER, "a << b";
        Shr shr (a: Value, b: Value) -> Value, E::USER, "a >> b";
        Neg neg (a: Value) -> Value, E::USER, "-a";
        BitNot bit_not (a: Value) -> Value, E::USER, "^a";
        Len len (a: Value) -> Value, E::USER, "#a";
        Concat concat (reg: I64, count: I64) -> Value, E::USER, "the concatenation of registers";
        Eq eq (a: Value, b: Value) -> Bool, E::USER, "a == b";
        Lt lt (a: Value, b: Value) -> Bool, E::USER, "a < b";
        Le le (a: Value, b: Value) -> Bool, E::USER, "a <= b";
        RawEq raw_eq (a: Value, b: Value) -> Bool, E::NONE.allocates(), "a == b without metamethods";
        AddNum add_num (a: Num, b: Num) -> Num, E::NONE.allocates(), "a + b of numbers";
        SubNum sub_num (a: Num, b: Num) -> Num, E::NONE.allocates(), "a - b of numbers";
        MulNum mul_num (a: Num, b: Num) -> Num, E::NONE.allocates(), "a * b of numbers";
        LtNum lt_num (a: Num, b: Num) -> Bool, E::NONE, "a < b of numbers";
        LeNum le_num (a: Num, b: Num) -> Bool, E::NONE, "a <= b of numbers";
        ConcatStrs concat_strs (a: Str, b: Str) -> Str, E::NONE.allocates().throws(), "the concatenation of two strings";
        StrSub str_sub (s: Str, first: I64, last: I64) -> Str, E::NONE.allocates().throws(), "bytes first to last of a string, numbered from 1 or from the end";
        TypeName type_name (v: Value) -> Value, E::NONE, "the name of a value's type";
        RandomBits random_bits () -> I64, E::writing(C::RANDOM), "53 random bits";
        RandomInt random_int (low: I64, high: I64) -> I64, E::writing(C::RANDOM), "the next random integer of a range that is not empty";
        ToStr to_str (a: Num) -> Str, E::NONE.allocates(), "a number as text";

        // Tables.
        GetField get_field (t: Value, key: Value) -> Value, E::USER, "t.key, through an inline cache of the site or the machine's";
        SetField set_field (t: Value, key: Value, v: Value) -> None, E::USER, "t.key = v";
        GetIndex get_index (t: Value, key: Value) -> Value, E::USER, "t[key]";
        SetIndex set_index (t: Value, key: Value, v: Value) -> None, E::USER, "t[key] = v";
        GetMethod get_method (t: Value, key: Value) -> Value, E::USER, "t.key for a call";
        InitSlot init_slot (t: Table, slot: I64, v: Value) -> None, E::writing(C::SLOTS.or(C::ASSUMED).or(C::REMEMBERED)), "the first value of a slot of a new table, whose kind may not take it yet";
        GetStrKey get_str_key (t: Table, key: Str) -> Value, TABLE_READ, "t[key]; the mark if that takes more than a look";
        SetStrKey set_str_key (t: Table, key: Str, v: Value) -> Bool, E::writing(C::SLOTS.or(C::EXT_SLOTS).or(C::HASH).or(C::REMEMBERED)).and_reads(TABLE_CLASSES), "replaces the value of a key that has one; false if that takes more than a look";
        ReplaceField replace_field (t: Table, key: Value, v: Value) -> Bool, E::writing(C::SLOTS.or(C::EXT_SLOTS).or(C::REMEMBERED)).and_reads(TABLE_CLASSES), "replaces what the own slot of a constant key holds, if the worker's cache of shapes and keys knows it; else false";
        InsertStrKey insert_str_key (t: Table, key: Str, v: Value) -> None, DICTIONARY_WRITE, "t[key] = v by a string, in a dictionary without metatable that has no entry for it";
        GetElement get_element (v: Value, i: I64) -> Value, E::reading(C::RECORD), "element i of a userdata object; the mark if there is no short cut";
        SetElement set_element (object: Value, i: I64, v: Value) -> Bool, E::writing(C::RECORD), "stores element i of a userdata object; false if there is no short cut";
        UserdataRow userdata_row (object: Object, i: I64) -> Object, E::NONE.allocates(), "row i of a userdata object that has rows of floats";
        CallQuick call_quick (quick: I64, reg: I64, count: I64) -> Value, E::reading(TABLE_CLASSES.or(C::REGS).or(C::RECORD)), "the short cut of a native function on registers; the mark if it does not know";
        RawGet raw_get (t: Table, key: Value) -> Value, E::reading(C::SHAPE.or(C::SLOTS).or(C::EXT).or(C::EXT_SLOTS).or(C::ARRAY).or(C::LEN).or(C::ELEM_ANY).or(C::ELEM_FLOAT).or(C::ELEM_INT).or(C::ELEM_BOOL).or(C::HASH)).allocates(), "t[key] without metamethods";
        StoreSlow store_slow (t: Table, i: I64, v: Value) -> None, ELEMENT_WRITE, "t[i] = v where no element exists or fits; t has no metatable";
        RemoveLast remove_last (t: Table) -> Value, ELEMENT_REMOVE, "takes the last element from a table without metatable; nil if there is none";
        NextEntry next_entry (t: Table, cursor: Value, last: Value, reg: I64, count: I64) -> Value, TABLE_READ.and_writes(C::REGS), "the next step of a traversal behind the array part: key and value to registers, as many as wanted; the new cursor, nil at the end, or the mark if that takes more than a look";
        SetMetatable set_metatable (t: Table, meta: Value) -> None, E::writing(C::SHAPE.or(C::SLOTS).or(C::EXT).or(C::EXT_SLOTS).or(C::FLAGS).or(C::ASSUMED).or(C::REMEMBERED)).allocates().throws(), "gives a table a metatable";
        SetList set_list (t: Value, first: I64, reg: I64, count: I64) -> None, E::USER, "t[first + i] = register reg + i, in a new table";
        SetListMulti set_list_multi (t: Value, first: I64, reg: I64, count: I64) -> None, E::USER, "the same with `multi` values more";
        NewTable new_table (template: I64) -> Value, E::NONE.allocates().throws(), "a table of the function's template, however it is laid out";
        VarargTable vararg_table () -> Value, E::reading(C::VARARGS).allocates().throws(), "a table of the extra arguments with their number";
        VarargIndex vararg_index (i: Value) -> Value, E::USER, "the extra argument with a number that a script gave";

        // Cells and closures.
        SetGlobal set_global (cell: Value, v: Value) -> None, E::writing(C::GLOBAL.or(C::ASSUMED).or(C::REMEMBERED)), "assigns a global that was constant so far";
        NewClosure new_closure (proto: I64, reg: I64) -> Value, E::NONE.allocates().and_reads(C::REGS.or(C::UPVALUE)).and_writes(C::REGS), "a closure of a function of the module, capturing registers in memory; the register gets it first";

        // Calls with everything in memory.
        Call call (window: I64, count: I64, results: I64) -> None, E::USER, "calls in the window, results to its registers";
        CallMulti call_multi (window: I64, count: I64, results: I64) -> None, E::USER, "the same with `multi` arguments more";
        VarargMulti vararg_multi (reg: I64) -> None, E::reading(C::VARARGS).and_writes(C::REGS.or(C::MULTI)).throws(), "all extra arguments to registers; sets `multi`";
        ReturnRegs return_regs (reg: I64, count: I64) -> None, E::reading(C::REGS).and_writes(C::MULTI.or(C::RESULTS)), "registers to the area for results";
        ReturnMulti return_multi (reg: I64, count: I64) -> None, E::reading(C::REGS.or(C::MULTI)).and_writes(C::MULTI.or(C::RESULTS)), "the same with `multi` values more";
        Go go (window: I64, count: I64) -> None, E::USER, "starts a goroutine";
        GoMulti go_multi (window: I64, count: I64) -> None, E::USER, "the same with `multi` arguments more";
        Defer defer (window: I64, count: I64, list: Value) -> Value, E::reading(C::REGS).allocates().throws(), "the list with the call of the window in front";
        DeferMulti defer_multi (window: I64, count: I64, list: Value) -> Value, E::reading(C::REGS.or(C::MULTI)).allocates().throws(), "the same with `multi` arguments more";
        RunDefers run_defers (reg: I64, count: I64, list: Value) -> None, E::USER, "runs the list, keeping registers";
        RunDefersMulti run_defers_multi (reg: I64, count: I64, list: Value) -> None, E::USER, "the same with `multi` registers more";

        // Loops.
        RangePrep range_prep (reg: I64) -> None, E::USER, "makes the state of a range loop of three registers, in place";
        RangeNext range_next (reg: I64, count: I64) -> I64, E::USER, "the next values to the registers after the state: 0; at the end 1; after the call of an iterator function 2";

        // Channels and goroutines.
        MakeChan make_chan (capacity: Value) -> Value, E::NONE.allocates().throws(), "a channel; an unbuffered one for the internal mark, `Value::MARK` (nil is a script's value, and an error)";
        Send send (channel: Value, v: Value) -> None, E::USER, "channel <- v";
        Recv recv (channel: Value) -> Value, E::USER, "<-channel";
        RecvOk recv_ok (channel: Value, reg: I64) -> None, E::USER, "<-channel to a register, whether it was open to the next";
        SelectCases select_cases (reg: I64, count: I64, default: I64) -> None, E::USER, "waits for one of the cases in registers";

        // The machine.
        Safepoint safepoint () -> None, E::USER, "does what is asked of the worker, and goes on";
        BadMod bad_mod () -> None, E::NONE.throws(), "throws the error of `%` by zero";
        BadShift bad_shift () -> None, E::NONE.throws(), "throws the error of a negative shift";
    } };
}

/// What a raw read from a table looks at.
const TABLE_CLASSES: C = C::SHAPE
    .or(C::SLOTS)
    .or(C::EXT)
    .or(C::EXT_SLOTS)
    .or(C::ARRAY)
    .or(C::LEN)
    .or(C::ELEM_ANY)
    .or(C::ELEM_FLOAT)
    .or(C::ELEM_INT)
    .or(C::ELEM_BOOL)
    .or(C::HASH);
const TABLE_READ: E = E::reading(TABLE_CLASSES);

/// What a store by a string into a table may do whose string keys are in its hash part. The key may be the first `__eq`, and
/// the table the metatable of others.
const DICTIONARY_WRITE: E =
    E::writing(C::EXT.or(C::EXT_SLOTS).or(C::HASH).or(C::FLAGS).or(C::ASSUMED).or(C::REMEMBERED))
        .and_reads(C::SHAPE.or(C::EXT).or(C::EXT_SLOTS).or(C::HASH).or(C::FLAGS))
        .allocates()
        .throws();

/// What a raw store of an element into a table may do: named keys and what is known of them stay.
const ELEMENT_WRITE: E = E::writing(
    C::EXT
        .or(C::EXT_SLOTS)
        .or(C::ARRAY)
        .or(C::LEN)
        .or(C::ELEM_ANY)
        .or(C::ELEM_FLOAT)
        .or(C::ELEM_INT)
        .or(C::ELEM_BOOL)
        .or(C::HASH)
        .or(C::FLAGS)
        .or(C::REMEMBERED),
)
.and_reads(
    C::SHAPE
        .or(C::EXT)
        .or(C::EXT_SLOTS)
        .or(C::ARRAY)
        .or(C::LEN)
        .or(C::ELEM_ANY)
        .or(C::ELEM_FLOAT)
        .or(C::ELEM_INT)
        .or(C::ELEM_BOOL)
        .or(C::HASH)
        .or(C::FLAGS),
)
.allocates()
.throws();

/// What taking the last element from a table may do.
const ELEMENT_REMOVE: E =
    E::writing(C::LEN.or(C::ELEM_ANY).or(C::ELEM_FLOAT).or(C::ELEM_INT).or(C::ELEM_BOOL).or(C::FLAGS))
        .and_reads(
            C::ARRAY
                .or(C::LEN)
                .or(C::ELEM_ANY)
                .or(C::ELEM_FLOAT)
                .or(C::ELEM_INT)
                .or(C::ELEM_BOOL)
                .or(C::HASH),
        )
        .allocates();

macro_rules! define_helpers {
    ($($helper:ident $name:ident ($($arg:ident : $want:ident),*) -> $gives:ident, $effects:expr, $doc:literal;)*) => {
        /// A routine that machine code calls.
        #[allow(rustdoc::broken_intra_doc_links)]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Helper {
            $(#[doc = $doc] $helper,)*
        }

        impl Helper {
            /// Every helper.
            pub const ALL: &[Helper] = &[$(Helper::$helper,)*];

            /// The name in the text form.
            pub fn name(self) -> &'static str {
                match self { $(Helper::$helper => stringify!($name),)* }
            }

            /// What it does, in one line.
            pub fn doc(self) -> &'static str {
                match self { $(Helper::$helper => $doc,)* }
            }

            /// Its operands with their names.
            pub fn operands(self) -> &'static [(&'static str, Want)] {
                match self { $(Helper::$helper => &[$((stringify!($arg), Want::Type(Type::$want)),)*],)* }
            }

            /// The type of its result.
            pub fn gives(self) -> Type {
                match self { $(Helper::$helper => Type::$gives,)* }
            }

            /// What it may do.
            #[inline]
            pub const fn effects(self) -> E {
                const TABLE: &[E] = &[$($effects,)*];
                TABLE[self as usize]
            }
        }
    };
}
for_each_ir_helper!(define_helpers);

impl Helper {
    /// Whether it may leave another base published: it may move the frame, or end one that was moved. So may whatever
    /// takes or gives a list of unknown length.
    pub fn changes_base(self) -> bool {
        matches!(
            self,
            Helper::SetListMulti
                | Helper::CallMulti
                | Helper::VarargMulti
                | Helper::ReturnRegs
                | Helper::ReturnMulti
                | Helper::GoMulti
                | Helper::DeferMulti
                | Helper::RunDefersMulti
        )
    }

    /// The helper with this name.
    pub fn from_name(name: &str) -> Option<Helper> {
        Helper::ALL.iter().copied().find(|h| h.name() == name)
    }

    /// The helper with this number.
    pub fn from_bits(bits: u64) -> Option<Helper> {
        Helper::ALL.get(usize::try_from(bits).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for &h in Helper::ALL {
            assert_eq!(Helper::from_name(h.name()), Some(h));
        }
    }
}
