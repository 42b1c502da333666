//! The ops of the IR: one table from which builder, printer, parser, verifier, effect queries and documentation follow.
//!
//! A row is
//!
//! ```text
//!   Variant name (operand: Want, …; rest: Want) [imm: Kind, …] -> Gives, Class, effects, "doc";
//! ```
//!
//! where `; rest` stands for any number of further operands. Rules that the table keeps:
//!
//! - A guard gives what it proved as its result, so whatever relies on the proof depends on it by data: nothing needs to be
//!   told not to move above it. (`guard_true` and `guard_false` prove no single result; what they protect is ordered by the
//!   facts that passes derive from them.)
//! - Every op of class `Pure` is total: any operand gives a defined result, so it may be executed on paths that did not need
//!   it. Whatever reads an object may be moved only to where it would be executed anyway, since a branch may have proved it
//!   safe; to merge two of class `Field` is always right.
//! - A load reads one place, and is executed exactly once: it may be moved or merged with another, never doubled.
//! - Calls that may run user code have a snapshot of the state *after* them, which may name their own results.
//!
//! What is deliberately not here: metamethods, conversions of numeric text and errors. They are in helpers.

use super::effects::{Classes as C, Effects as E};
use super::imm::ImmKind;
use super::types::{Gives, Type, Want};

/// Applies the macro `$with` to the table of all ops. The form of a row is described in `ir/ops.rs`.
#[macro_export]
macro_rules! for_each_ir_op {
    ($with:ident) => { $with! {
        // Constants.
        ConstI64 const_i64 () [value: Int] -> I64, Pure, E::NONE, "the integer";
        ConstF64 const_f64 () [value: Float] -> F64, Pure, E::NONE, "the float";
        ConstBool const_bool () [value: Count] -> Bool, Pure, E::NONE, "the truth value 0 or 1";
        ConstValue const_value () [value: Value] -> Value, Pure, E::NONE, "the value; a reference is kept alive by the code";
        ConstNum const_num () [value: Value] -> Num, Pure, E::NONE, "the value, an immediate integer or a float";
        ConstObject const_object () [address: Address] -> Ref, Pure, E::NONE, "the object; it is kept alive by the code";

        // Boxing and unboxing.
        BoxInt box_int (a: I64) [] -> Num, Pure, E::NONE, "boxes an integer that is known to fit 48 bits";
        BoxI64 box_i64 (a: I64) [] -> Num, Pure, E::NONE.allocates(), "boxes any integer, as a big integer if it does not fit 48 bits";
        BoxF64 box_f64 (a: F64) [] -> Num, Pure, E::NONE, "boxes a float whose NaN is the processor's own";
        BoxRawF64 box_raw_f64 (a: F64) [] -> Num, Pure, E::NONE, "boxes a float that may have any NaN";
        BoxBool box_bool (a: Bool) [] -> Value, Pure, E::NONE, "boxes a truth value";
        BoxRef box_ref (a: Ref) [] -> Value, Pure, E::NONE, "boxes a reference, with the tag that its type says";
        UnboxInt unbox_int (v: Value) [] -> I64, Pure, E::NONE, "the integer of a value known to be an immediate one";
        UnboxI64 unbox_i64 (v: Value) [] -> I64, Field, E::NONE, "the integer of a value known to be one, immediate or big";
        UnboxF64 unbox_f64 (v: Value) [] -> F64, Pure, E::NONE, "the float of a value known to be one";
        UnboxBool unbox_bool (v: Value) [] -> Bool, Pure, E::NONE, "the truth value of a value known to be `false` or `true`";
        UnboxRef unbox_ref (v: Value) [] -> Ref, Pure, E::NONE, "the reference in a value known to be of that kind";
        AsNum as_num (v: Value) [] -> Num, Pure, E::NONE, "the same word, known to be a number";
        AsRef as_ref (a: Ref) [] -> Ref, Pure, E::NONE, "the same reference, known to be of that kind";
        AddNum add_num (a: Num, b: Num) [] -> Num, Field, E::NONE.allocates(), "their sum: of integers an integer, else a float; floats at once, the rest in cold code";
        SubNum sub_num (a: Num, b: Num) [] -> Num, Field, E::NONE.allocates(), "the difference of two numbers in the same way";
        MulNum mul_num (a: Num, b: Num) [] -> Num, Field, E::NONE.allocates(), "the product of two numbers in the same way";
        ModNum mod_num (a: Num, b: Num) [] -> Num, Field, E::NONE.allocates(), "the floored remainder of two numbers in the same way; of an integer by the integer 0 it is 0";
        NumToF64 num_to_f64 (v: Num) [] -> F64, Field, E::NONE, "a number as a float: one tag test, with the conversion out of line";

        // Tests of values.
        HasTag has_tag (v: Value) [tag: Tag] -> Bool, Pure, E::NONE, "whether a value has the tag";
        IsInteger is_integer (v: Value) [] -> Bool, Field, E::NONE, "whether a value is an integer, immediate or big";
        IsNum is_num (v: Value) [] -> Bool, Field, E::NONE, "whether a value is a number";
        IsNil is_nil (v: Value) [] -> Bool, Pure, E::NONE, "whether a value is nil";
        IsBool is_bool (v: Value) [] -> Bool, Pure, E::NONE, "whether a value is `false` or `true`";
        Truthy truthy (v: Value) [] -> Bool, Pure, E::NONE, "whether a value counts as true: neither nil nor `false`";
        SameValue same_value (a: Value, b: Value) [] -> Bool, Pure, E::NONE, "whether two words are equal";
        SameRef same_ref (a: Ref, b: Ref) [] -> Bool, Pure, E::NONE, "whether two references are to one object";
        LoadKind load_kind (a: Ref) [] -> I64, Field, E::NONE, "the kind byte of an object";

        // Guards. Each leaves by its snapshot if the fact does not hold, and otherwise gives what it proved.
        GuardInt guard_int (v: Value) [] -> I64, Guard, E::NONE.exits(), "the integer of an immediate one";
        GuardI64 guard_i64 (v: Value) [] -> I64, Guard, E::NONE.exits(), "the integer of an immediate or big one";
        GuardF64 guard_f64 (v: Value) [] -> F64, Guard, E::NONE.exits(), "the float of one";
        GuardNum guard_num (v: Value) [] -> Num, Guard, E::NONE.exits(), "the value, a number";
        GuardSmallNum guard_small_num (v: Value) [] -> Num, Guard, E::NONE.exits(), "the value, a float or an immediate integer";
        GuardNumF64 guard_num_f64 (v: Value) [] -> F64, Guard, E::NONE.exits(), "a number as a float";
        GuardBool guard_bool (v: Value) [] -> Bool, Guard, E::NONE.exits(), "the truth value of `false` or `true`";
        GuardTable guard_table (v: Value) [] -> Table, Guard, E::NONE.exits(), "the table";
        GuardStr guard_str (v: Value) [] -> Str, Guard, E::NONE.exits(), "the string";
        GuardCallable guard_callable (v: Value) [] -> Callable, Guard, E::NONE.exits(), "the closure or native function";
        GuardObject guard_object (v: Value) [kind: Count] -> Ref, Guard, E::NONE.exits(), "the object with the object tag whose header has the kind";
        GuardClosure guard_closure (f: Callable) [] -> Closure, Guard, E::NONE.exits(), "the closure of a script function";
        GuardNative guard_native (f: Callable) [descriptor: Int] -> Native, Guard, E::NONE.exits(), "the native function with that descriptor";
        GuardFunction guard_function (f: Closure) [function: Address] -> Closure, Guard, E::NONE.exits(), "the closure, made from that function";
        GuardUserdata guard_userdata (v: Value) [] -> Object, Guard, E::NONE.exits(), "the userdata object";
        GuardValue guard_value (v: Value) [value: Value] -> Value, Guard, E::NONE.exits(), "the value, whose word is the constant";
        GuardNil guard_nil (v: Value) [] -> Value, Guard, E::NONE.exits(), "the value, which is nil";
        GuardNotNil guard_not_nil (v: Same) [] -> Same, Guard, E::NONE.exits(), "the value, which is not nil";
        GuardTrue guard_true (c: Bool) [reason: Reason] -> None, Guard, E::NONE.exits(), "goes on only if the condition holds";
        GuardFalse guard_false (c: Bool) [reason: Reason] -> None, Guard, E::NONE.exits(), "goes on only if the condition does not hold";
        GuardShape guard_shape (t: Table) [shape: Shape] -> Table, Guard, E::reading(C::SHAPE).exits(), "the table, whose shape is that one";
        GuardCapacity guard_capacity (s: Slots) [slot: Index] -> Slots, Guard, E::NONE.exits(), "the slots storage, which has that slot";
        GuardElem guard_elem (a: Array) [kind: Elem] -> Array, Guard, E::NONE.exits(), "the array storage, whose elements are of that kind";
        GuardBounds guard_bounds (index: I64, len: I64) [] -> I64, Guard, E::NONE.exits(), "the index, which is in `0 ..= len`";
        GuardBelow guard_below (index: I64, limit: I64) [] -> I64, Guard, E::NONE.exits(), "the index, which is in `0 .. limit`";
        GuardNotHole guard_not_hole (x: F64) [] -> F64, Guard, E::NONE.exits(), "the element of a float storage, which is not absent";
        GuardNonZero guard_non_zero (a: I64) [] -> I64, Guard, E::NONE.exits(), "the integer, which is not 0";
        GuardFits guard_fits (a: I64) [bits: Count] -> I64, Guard, E::NONE.exits(), "the integer, which fits that many bits with its sign";
        GuardF64Int guard_f64_int (x: F64) [] -> I64, Guard, E::NONE.exits(), "the integer that a float equals; -0 counts as 0";
        GuardValid guard_valid () [] -> None, Guard, E::reading(C::ASSUMED).exits(), "goes on only if nothing has changed that the code relies on without asking: no instructions, but a place for a jump";

        // Integers. All arithmetic wraps.
        AddI64 add_i64 (a: I64, b: I64) [] -> I64, Pure, E::NONE, "a + b";
        SubI64 sub_i64 (a: I64, b: I64) [] -> I64, Pure, E::NONE, "a - b";
        MulI64 mul_i64 (a: I64, b: I64) [] -> I64, Pure, E::NONE, "a * b";
        DivI64 div_i64 (a: I64, b: I64) [] -> I64, Pure, E::NONE, "a / b rounded down; 0 if b is 0";
        ModI64 mod_i64 (a: I64, b: I64) [] -> I64, Pure, E::NONE, "a % b with the sign of b; 0 if b is 0";
        NegI64 neg_i64 (a: I64) [] -> I64, Pure, E::NONE, "-a";
        AbsI64 abs_i64 (a: I64) [] -> I64, Pure, E::NONE, "the magnitude of a; the smallest integer stays";
        MinI64 min_i64 (a: I64, b: I64) [] -> I64, Pure, E::NONE, "the smaller one";
        MaxI64 max_i64 (a: I64, b: I64) [] -> I64, Pure, E::NONE, "the greater one";
        AndI64 and_i64 (a: I64, b: I64) [] -> I64, Pure, E::NONE, "a & b";
        OrI64 or_i64 (a: I64, b: I64) [] -> I64, Pure, E::NONE, "a | b";
        XorI64 xor_i64 (a: I64, b: I64) [] -> I64, Pure, E::NONE, "a ^ b";
        AndNotI64 and_not_i64 (a: I64, b: I64) [] -> I64, Pure, E::NONE, "a &^ b: a without the bits of b";
        NotI64 not_i64 (a: I64) [] -> I64, Pure, E::NONE, "^a";
        ShlI64 shl_i64 (a: I64, n: I64) [] -> I64, Pure, E::NONE, "a << (n & 63)";
        ShrI64 shr_i64 (a: I64, n: I64) [] -> I64, Pure, E::NONE, "a >> (n & 63), filling with zeros";
        SarI64 sar_i64 (a: I64, n: I64) [] -> I64, Pure, E::NONE, "a >> (n & 63), filling with the sign";
        LowU32 low_u32 (a: I64) [] -> I64, Pure, E::NONE, "the low 32 bits without sign";
        LowI32 low_i32 (a: I64) [] -> I64, Pure, E::NONE, "the low 32 bits with their sign";
        Rotl32 rotl32 (a: I64, n: I64) [] -> I64, Pure, E::NONE, "the low 32 bits of a rotated left by n & 31, without sign";
        Icmp icmp (a: I64, b: I64) [cc: Cc] -> Bool, Pure, E::NONE, "whether the comparison holds";

        // Floats. Exactly IEEE doubles with rounding to nearest.
        AddF64 add_f64 (a: F64, b: F64) [] -> F64, Pure, E::NONE, "a + b";
        SubF64 sub_f64 (a: F64, b: F64) [] -> F64, Pure, E::NONE, "a - b";
        MulF64 mul_f64 (a: F64, b: F64) [] -> F64, Pure, E::NONE, "a * b";
        DivF64 div_f64 (a: F64, b: F64) [] -> F64, Pure, E::NONE, "a / b";
        ModF64 mod_f64 (a: F64, b: F64) [] -> F64, Pure, E::NONE, "a % b with the sign of b; a NaN is the processor's own";
        PowF64 pow_f64 (a: F64, b: F64) [] -> F64, Pure, E::NONE, "a ** b";
        NegF64 neg_f64 (a: F64) [] -> F64, Pure, E::NONE, "-a";
        AbsF64 abs_f64 (a: F64) [] -> F64, Pure, E::NONE, "the magnitude of a";
        SqrtF64 sqrt_f64 (a: F64) [] -> F64, Pure, E::NONE, "the square root of a";
        FloorF64 floor_f64 (a: F64) [] -> F64, Pure, E::NONE, "a rounded down";
        CeilF64 ceil_f64 (a: F64) [] -> F64, Pure, E::NONE, "a rounded up";
        TruncF64 trunc_f64 (a: F64) [] -> F64, Pure, E::NONE, "a rounded towards 0";
        MinF64 min_f64 (a: F64, b: F64) [] -> F64, Pure, E::NONE, "b if b < a, else a";
        MaxF64 max_f64 (a: F64, b: F64) [] -> F64, Pure, E::NONE, "b if b > a, else a";
        Fcmp fcmp (a: F64, b: F64) [cc: Fcc] -> Bool, Pure, E::NONE, "whether the comparison holds";

        // Conversions and mixed numbers.
        I64ToF64 i64_to_f64 (a: I64) [] -> F64, Pure, E::NONE, "the integer as a float, rounded";
        F64ToI64 f64_to_i64 (a: F64) [] -> I64, Pure, E::NONE, "the float as an integer, rounded towards 0 and kept in range; NaN gives 0";
        F64IsInt f64_is_int (a: F64) [] -> Bool, Pure, E::NONE, "whether some integer equals the float";
        F64Bits f64_bits (a: F64) [] -> I64, Pure, E::NONE, "the bits of the float";
        BitsF64 bits_f64 (a: I64) [] -> F64, Pure, E::NONE, "the float with these bits";
        BoolToI64 bool_to_i64 (c: Bool) [] -> I64, Pure, E::NONE, "0 or 1";
        CmpMixed cmp_mixed (a: I64, b: F64) [cc: Fcc] -> Bool, Pure, E::NONE, "whether the comparison holds by mathematical value";

        // Truth values and choice.
        NotBool not_bool (c: Bool) [] -> Bool, Pure, E::NONE, "!c";
        AndBool and_bool (a: Bool, b: Bool) [] -> Bool, Pure, E::NONE, "both";
        OrBool or_bool (a: Bool, b: Bool) [] -> Bool, Pure, E::NONE, "either";
        Select select (c: Bool, a: Same, b: Same) [] -> Same, Pure, E::NONE, "a if c holds, else b";

        // Tables: shape and named slots.
        LoadShape load_shape (t: Table) [] -> I64, Load, E::reading(C::SHAPE), "the shape id of a table";
        LoadSlot load_slot (t: Table) [slot: Index, held: Held] -> Value, Load, E::reading(C::SLOTS), "an inline slot of a table";
        StoreSlot store_slot (t: Table, v: Value) [slot: Index] -> None, Store, E::writing(C::SLOTS), "stores into an inline slot of a table; the write barrier is apart";
        LoadExt load_ext (t: Table) [] -> Slots, Load, E::reading(C::EXT), "the slots storage of a table";
        LoadExtSlot load_ext_slot (s: Slots) [slot: Index, held: Held] -> Value, Load, E::reading(C::EXT_SLOTS), "a slot of a slots storage that has it";
        StoreExtSlot store_ext_slot (s: Slots, v: Value) [slot: Index] -> None, Store, E::writing(C::EXT_SLOTS), "stores into a slot of a slots storage that has it";
        SlotsCapacity slots_capacity (s: Slots) [] -> I64, Field, E::NONE, "the capacity of a slots storage";
        FindField find_field (t: Table, key: Value) [] -> Value, Probe, E::reading(C::SHAPE.or(C::SLOTS).or(C::EXT).or(C::EXT_SLOTS)), "what a table gives for a constant interned string, if the worker's cache of shapes and keys knows it; else the mark";
        Transition transition (t: Table, v: Value) [shape: Shape, slot: Index] -> None, Effect, E::writing(C::SHAPE.or(C::SLOTS)), "stores into the inline slot and gives the table, which has the shape before it, the shape that has the slot; with several workers under the table's lock, and not if another one was here first";
        TransitionExt transition_ext (t: Table, s: Slots, v: Value) [shape: Shape, slot: Index] -> None, Effect, E::writing(C::SHAPE.or(C::EXT_SLOTS)), "the same for a slot of the table's slots storage";

        // Tables: array part.
        LoadArray load_array (t: Table) [] -> Array, Load, E::reading(C::ARRAY), "the array storage of a table";
        ArrayLen array_len (a: Array) [] -> I64, Load, E::reading(C::LEN), "the length of an array storage: elements 0 to it exist";
        ArrayCapacity array_capacity (a: Array) [] -> I64, Field, E::NONE, "the capacity of an array storage, element 0 included";
        ArrayElem array_elem (a: Array) [] -> I64, Field, E::NONE, "the number of the element kind of an array storage";
        LoadElem load_elem (a: Array, i: I64) [] -> Value, Load, E::reading(C::ELEM_ANY), "an element of a storage of any values; nil is absent";
        LoadElemFloat load_elem_float (a: Array, i: I64) [] -> F64, Load, E::reading(C::ELEM_FLOAT), "an element of a float storage; the bits of nil are absent";
        LoadElemInt load_elem_int (a: Array, i: I64) [] -> I64, Load, E::reading(C::ELEM_INT), "an element of an integer storage; the smallest integer is absent";
        LoadElemBool load_elem_bool (a: Array, i: I64) [] -> I64, Load, E::reading(C::ELEM_BOOL), "an element of a boolean storage: 0, 1, or 2 for absent";
        StoreElem store_elem (a: Array, i: I64, v: Value) [] -> None, Store, E::writing(C::ELEM_ANY), "stores into a storage of any values; the write barrier, for the storage, is apart";
        StoreElemFloat store_elem_float (a: Array, i: I64, v: F64) [] -> None, Store, E::writing(C::ELEM_FLOAT), "stores into a float storage; the float's NaN is the processor's own";
        StoreElemInt store_elem_int (a: Array, i: I64, v: I64) [] -> None, Store, E::writing(C::ELEM_INT), "stores into an integer storage";
        StoreElemBool store_elem_bool (a: Array, i: I64, v: I64) [] -> None, Store, E::writing(C::ELEM_BOOL), "stores 0, 1, or 2 for absent into a boolean storage";
        StoreLen store_len (a: Array, n: I64) [] -> None, Store, E::writing(C::LEN), "raises the length of an array storage after its new last element was stored";
        Append append (t: Table, v: Value) [] -> None, Effect, E::reading(C::ARRAY.or(C::LEN).or(C::HASH).or(C::FLAGS)).and_writes(C::ARRAY.or(C::LEN).or(C::ELEM_ANY).or(C::ELEM_FLOAT).or(C::ELEM_INT).or(C::ELEM_BOOL).or(C::HASH).or(C::REMEMBERED)).allocates().throws(), "stores at the length plus 1, growing or widening the storage out of line, barrier included";

        // Tables: hash part.
        LoadHash load_hash (s: Slots) [] -> Hash, Load, E::reading(C::HASH), "the hash part of a table, through its slots storage";
        HashFind hash_find (h: Hash, key: Value) [] -> I64, Probe, E::reading(C::HASH), "the number of the entry with the key, an interned string, integer or boolean; -1 if there is none";
        HashUsed hash_used (h: Hash) [] -> I64, Probe, E::reading(C::HASH), "the number of entries of a hash part, deleted ones included";
        HashKey hash_key (h: Hash, i: I64) [] -> Value, Probe, E::reading(C::HASH), "the key of an entry";
        LoadEntry load_entry (h: Hash, i: I64) [] -> Value, Load, E::reading(C::HASH), "the value of an entry; nil is absent";
        StoreEntry store_entry (h: Hash, i: I64, v: Value) [] -> None, Store, E::writing(C::HASH), "replaces the value of an entry; the write barrier, for the hash part, is apart";

        // Strings.
        StrLen str_len (s: Str) [] -> I64, Field, E::NONE, "the length in bytes";
        StrBytes str_bytes (s: Str) [] -> Ptr, Field, E::NONE.allocates(), "the address of the bytes, after flattening a rope";
        LoadByte load_byte (p: Ptr, i: I64) [] -> I64, Field, E::NONE, "a byte of a string's bytes, below the length";
        ByteStr byte_str (byte: I64) [] -> Str, Field, E::NONE, "the string of one byte";
        StrEq str_eq (a: Str, b: Str) [] -> Bool, Field, E::NONE.allocates(), "whether two strings have equal contents: by address, then by flags, length, hash and bytes";
        StrCmp str_cmp (a: Str, b: Str) [] -> I64, Field, E::NONE.allocates(), "-1, 0 or 1: the order of two strings by bytes";
        CanonStr canon_str (v: Value) [] -> Value, Field, E::NONE.allocates(), "of a string the interned one with the same contents, nil if there is none; of other values themselves";
        StrKey str_key (s: Str) [] -> Value, Probe, E::reading(C::HASH).allocates(), "the interned string with the same contents, nil if there is none; whoever makes an entry of the string gives it one";

        // Userdata whose elements are floats in a storage, or rows of such floats.
        DenseWord dense_word (u: Object) [word: Index] -> I64, Field, E::NONE, "a number that tells where elements lie: 0 the first float, 1 elements that are floats, 2 rows, 3 floats of a row";
        DenseFloats dense_floats (u: Object) [] -> Array, Field, E::NONE, "the storage of the floats, if there are any";
        DenseRow dense_row (u: Object, i: I64) [] -> Object, Field, E::NONE.allocates(), "a row, made when it is first asked for; below their number";

        // Cells, upvalues, globals.
        LoadCell load_cell (c: Cell) [] -> Value, Load, E::reading(C::CELL), "the contents of a captured variable's cell";
        StoreCell store_cell (c: Cell, v: Value) [] -> None, Store, E::writing(C::CELL), "stores into a captured variable's cell; the write barrier is apart";
        LoadUpvalue load_upvalue (f: Closure) [upvalue: Index] -> Value, Load, E::reading(C::UPVALUE), "an upvalue of a closure: the value copied at capture, or a cell";
        StoreUpvalue store_upvalue (f: Closure, v: Value) [upvalue: Index] -> None, Store, E::writing(C::UPVALUE), "fills an upvalue of a closure that is being made and captures itself; the write barrier is apart";
        LoadGlobal load_global (c: Cell) [global: Index] -> Value, Load, E::reading(C::GLOBAL), "the contents of a module global's cell; equal numbers are the same global";
        StoreGlobal store_global (c: Cell, v: Value) [global: Index] -> None, Store, E::writing(C::GLOBAL), "stores into a module global's cell; the write barrier is apart";
        ClosureFunction closure_function (f: Closure) [] -> Function, Field, E::NONE, "the function that a closure was made from";
        WriteBarrier write_barrier (object: Ref, v: Value) [] -> None, Effect, E::writing(C::REMEMBERED), "remembers the object, if it is old and the value that was stored into it is a reference";

        // The frame in memory.
        Callee callee () [] -> Closure, Field, E::NONE, "the closure that runs in the outermost frame";
        LoadReg load_reg () [reg: Index] -> Value, Load, E::reading(C::REGS), "a register of the frame in memory";
        StoreReg store_reg (v: Value) [reg: Index] -> None, Store, E::writing(C::REGS), "stores into a register of the frame in memory";
        LoadMulti load_multi () [] -> I64, Load, E::reading(C::MULTI), "the count of values of unknown number";
        StoreMulti store_multi (n: I64) [] -> None, Store, E::writing(C::MULTI), "sets the count of values of unknown number";
        VarargCount vararg_count () [] -> I64, Probe, E::reading(C::VARARGS), "the number of extra arguments";
        LoadVararg load_vararg (i: I64) [] -> Value, Probe, E::reading(C::VARARGS), "the extra argument with that number, from 0; below their number";

        // Allocation.
        NewTable new_table () [template: Template] -> Table, Alloc, E::NONE.allocates(), "a new table laid out by the template; its slots are nil, its array part is empty";
        NewArray new_array (capacity: I64) [kind: Elem] -> Array, Alloc, E::NONE.allocates(), "a new array storage of length 0, its elements absent";
        SetArray set_array (t: Table, a: Array) [] -> None, Store, E::writing(C::ARRAY), "gives a table an array storage; the write barrier is apart";
        NewClosure new_closure (function: Function; upvalues: Any) [] -> Closure, Alloc, E::NONE.allocates(), "a new closure; an upvalue is a value or a cell";
        NewCell new_cell (v: Value) [] -> Cell, Alloc, E::NONE.allocates(), "a new cell holding a value";

        // Calls.
        CallValue call_value (callee: Value; args: Any) [results: Results] -> Given, Call, E::USER, "calls any value, through `__call` if it has one";
        CallClosure call_closure (callee: Closure; args: Any) [results: Results] -> Given, Call, E::USER, "calls a closure through the entry of its function";
        CallFunction call_function (callee: Closure; args: Any) [function: Address, results: Results] -> Given, Call, E::USER, "calls a closure known to be of that function";
        CallNative call_native (callee: Native; args: Any) [results: Results] -> Given, Call, E::USER, "calls a native function";
        CallPrepared call_prepared (callee: Native, prepared: I64; args: Any) [results: Results] -> Given, Call, E::USER, "calls what a native function has prepared for arguments that are constants, in its place";
        CallSwitch call_switch (callee: Native; args: Any) [switch: Count, results: Results] -> Given, Call, E::USER, "calls a native function that switches between coroutines: yield, resume, the function of a wrap";
        CallMulti call_multi (callee: Value) [window: Index, results: Results] -> Given, Call, E::USER, "calls with the arguments in the window of registers in memory, as many as the count of values says";
        CallHelper call_helper (; args: Any) [helper: Helper, results: Results] -> Given, Call, E::USER, "calls a helper, with the effects that its row says";
        CallResult call_result (call: Any) [number: Count] -> Given, Project, E::NONE, "a further result of a call, numbered from 1; right after the call";
        CallCount call_count (call: Any) [] -> I64, Project, E::NONE, "the number of results that an exact call gave, where it is left because of it; right after the call";
        CallStatus call_status (call: Any) [] -> Bool, Project, E::NONE, "whether a caught call succeeded; right after the call";
        CallError call_error (call: Any) [] -> Value, Project, E::NONE, "the error of a caught call that did not succeed; right after the call";

        // Control.
        Poll poll () [] -> None, Effect, E::writing(C::POLL).exits(), "leaves if something is asked of the worker: collection, interrupt, preemption, invalidation";
        StackCheck stack_check () [] -> None, Effect, E::NONE.throws(), "at the head of a function: goes on where there is stack, or throws";
        Jump jump () [] -> None, Term, E::NONE, "goes on at a block";
        Branch branch (c: Bool) [] -> None, Term, E::NONE, "goes on at the first block if c holds, else at the second";
        Return return_values (; values: Any) [] -> None, Term, E::NONE, "returns at most 4 values, boxed unless the signature says otherwise";
        ReturnMulti return_multi () [] -> None, Term, E::reading(C::MULTI.or(C::RESULTS)), "returns the values in the fiber's area for results, as many as the count says";
        Throw throw (v: Value) [] -> None, Term, E::NONE.throws(), "returns the error value with the status of an error";
        Exit exit () [reason: Reason] -> None, Term, E::NONE.exits(), "leaves by its snapshot";
        Unreachable unreachable () [] -> None, Term, E::NONE, "is never reached";

        // Not placed by a builder method.
        Param param () [] -> Given, Param, E::NONE, "a parameter of a block";
        Nop nop () [] -> None, Nop, E::NONE, "nothing: an instruction that was removed";
    } };
}

/// How passes treat an op, where effects alone do not say it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// A function of its operands that `eval` computes.
    Pure,
    /// A function of its operands and of immutable contents of objects.
    Field,
    /// Leaves by its snapshot unless a fact holds.
    Guard,
    /// Reads one place.
    Load,
    /// Reads memory in some other way.
    Probe,
    /// Writes one place.
    Store,
    /// Makes a new object.
    Alloc,
    /// Something else that is not a function of its operands.
    Effect,
    /// A call.
    Call,
    /// A further result of the call before it.
    Project,
    /// Ends a block.
    Term,
    /// A parameter of a block.
    Param,
    /// Nothing.
    Nop,
}

impl Class {
    /// The name that the documentation uses.
    pub fn name(self) -> &'static str {
        match self {
            Class::Pure => "pure",
            Class::Field => "field",
            Class::Guard => "guard",
            Class::Load => "load",
            Class::Probe => "probe",
            Class::Store => "store",
            Class::Alloc => "alloc",
            Class::Effect => "effect",
            Class::Call => "call",
            Class::Project => "project",
            Class::Term => "terminator",
            Class::Param => "param",
            Class::Nop => "nop",
        }
    }
}

macro_rules! want {
    (Ref) => {
        Want::Ref
    };
    (Any) => {
        Want::Any
    };
    (Same) => {
        Want::Same
    };
    ($t:ident) => {
        Want::Type(Type::$t)
    };
}

macro_rules! gives {
    (Ref) => {
        Gives::Ref
    };
    (Given) => {
        Gives::Given
    };
    (Same) => {
        Gives::Same
    };
    ($t:ident) => {
        Gives::Type(Type::$t)
    };
}

macro_rules! define_ops {
    ($($op:ident $name:ident ($($arg:ident : $want:ident),* $(; $rest:ident : $rest_want:ident)?)
        [$($imm:ident : $kind:ident),*] -> $gives:ident, $class:ident, $effects:expr, $doc:literal;)*) => {
        /// An operation of the IR.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = $doc] $op,)*
        }

        impl Op {
            /// Every op, in the order of the table.
            pub const ALL: &[Op] = &[$(Op::$op,)*];

            /// The name in the text form.
            pub fn name(self) -> &'static str {
                match self { $(Op::$op => stringify!($name),)* }
            }

            /// What it does, in one line.
            pub fn doc(self) -> &'static str {
                match self { $(Op::$op => $doc,)* }
            }

            /// Its operands with their names, without those of unknown number.
            pub fn operands(self) -> &'static [(&'static str, Want)] {
                match self { $(Op::$op => &[$((stringify!($arg), want!($want)),)*],)* }
            }

            /// Its further operands of unknown number.
            pub fn rest(self) -> Option<(&'static str, Want)> {
                match self { $(Op::$op => [$((stringify!($rest), want!($rest_want)),)?].first().copied(),)* }
            }

            /// Its immediates with their names: at most two.
            pub fn imms(self) -> &'static [(&'static str, ImmKind)] {
                match self { $(Op::$op => &[$((stringify!($imm), ImmKind::$kind),)*],)* }
            }

            /// The type of its result.
            pub fn gives(self) -> Gives {
                match self { $(Op::$op => gives!($gives),)* }
            }

            /// How passes treat it.
            #[inline]
            pub const fn class(self) -> Class {
                const TABLE: &[Class] = &[$(Class::$class,)*];
                TABLE[self as usize]
            }

            /// What it may do; of a call of a helper the worst ([`effects`](super::effects::effects) knows more).
            #[inline]
            pub const fn effects(self) -> E {
                const TABLE: &[E] = &[$($effects,)*];
                TABLE[self as usize]
            }
        }
    };
}
for_each_ir_op!(define_ops);

impl Op {
    /// The op with this name.
    pub fn from_name(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.name() == name)
    }

    /// Whether it ends a block.
    #[inline]
    pub fn is_terminator(self) -> bool {
        self.class() == Class::Term
    }

    /// Whether it leaves by its snapshot unless a fact holds.
    #[inline]
    pub fn is_guard(self) -> bool {
        self.class() == Class::Guard
    }

    /// Whether its result is the reference that its operand, a boxed value, is.
    #[inline]
    pub fn is_ref_of_value(self) -> bool {
        matches!(
            self,
            Op::GuardTable
                | Op::GuardStr
                | Op::GuardCallable
                | Op::GuardObject
                | Op::GuardUserdata
                | Op::UnboxRef
        )
    }

    /// Whether it is a call.
    #[inline]
    pub fn is_call(self) -> bool {
        self.class() == Class::Call
    }

    /// Whether equal operands give equal results, always, so that one of two may stand for both where it dominates.
    #[inline]
    pub fn is_mergeable(self) -> bool {
        matches!(self.class(), Class::Pure | Class::Field)
    }

    /// Whether it may be executed anywhere its operands are, also on paths that did not execute it. Reading an object may
    /// not: that a reference is what its type says may hold only behind a branch.
    #[inline]
    pub fn is_speculable(self) -> bool {
        self.class() == Class::Pure
    }

    /// Whether it is a constant.
    #[inline]
    pub fn is_const(self) -> bool {
        self.class() == Class::Pure && self.operands().is_empty()
    }

    /// The number of blocks that it may go on at.
    #[inline]
    pub fn edge_count(self) -> usize {
        match self {
            Op::Jump => 1,
            Op::Branch => 2,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        for &op in Op::ALL {
            assert_eq!(Op::from_name(op.name()), Some(op), "{op:?}");
        }
    }

    #[test]
    fn rows_keep_the_conventions() {
        for &op in Op::ALL {
            let effects = op.effects();
            assert!(op.imms().len() <= 2, "{op:?}");
            match op.class() {
                Class::Load => assert!(effects.reads.single().is_some() && effects.is_removable(), "{op:?}"),
                Class::Store => {
                    assert!(effects.writes.single().is_some(), "{op:?}");
                    assert!(op.operands().len() <= 3 && op.rest().is_none(), "{op:?}");
                }
                Class::Pure | Class::Field | Class::Project => {
                    assert!(effects.reads.is_empty() && effects.is_removable(), "{op:?}");
                }
                Class::Probe => assert!(effects.is_removable() && !effects.reads.is_empty(), "{op:?}"),
                Class::Guard => assert!(effects.may_exit() && effects.writes.is_empty(), "{op:?}"),
                Class::Call => assert!(op.imms().iter().any(|(_, k)| *k == ImmKind::Results), "{op:?}"),
                Class::Alloc => assert!(effects.may_allocate(), "{op:?}"),
                Class::Effect => assert!(op.gives() == Gives::Type(Type::None), "{op:?}"),
                Class::Term | Class::Param | Class::Nop => {}
            }
            assert!(!op.doc().is_empty() && !op.doc().ends_with('.'), "{op:?}");
            // One immediate of 64 bits comes first: the second has 32.
            if let Some((_, second)) = op.imms().get(1) {
                assert!(
                    matches!(second, ImmKind::Index | ImmKind::Results | ImmKind::Elem | ImmKind::Held),
                    "{op:?}"
                );
            }
        }
    }
}
