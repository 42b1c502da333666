//! Loads, stores, barriers and strings.

use super::{Select, function_word, small};
use crate::asm::x64::inst::{
    AluOp, Amode, CallTarget, CmpOp, Extend, Inst, RegImm, RegMem, Scale, ShiftOp, Size,
};
use crate::asm::x64::{ARG_INT, Cc, reg};
use crate::ir::func::InstId;
use crate::ir::helpers::Helper;
use crate::ir::imm::{self, Elem, Tag};
use crate::ir::ops::Op;
use crate::lower::BASE;
use crate::lower::mach::{BlockNo, block_label};
use crate::regs::{PRegSet, VReg};
use crate::routines;
use crate::stubs::{FIND_FIELD_CLOBBERS, HASH_FIND_CLOBBERS};
use runtime::layout;
use runtime::object::Kind;
use runtime::value::{PAYLOAD_MASK, TAG_FUNCTION, TAG_OBJECT, TAG_SPECIAL, TAG_STRING, Value};
use vm::userdata::layout as userdata;

impl Select<'_> {
    // Addresses.

    /// The memory operand of a load that is part of its user.
    pub(super) fn fused_amode(&mut self, inst: InstId) -> Amode {
        match self.func.op(inst) {
            Op::UnboxF64 => self.fused_amode(self.func.arg(inst, 0)),
            _ => self.amode(inst),
        }
    }

    fn field(&mut self, inst: InstId, disp: usize) -> Amode {
        let base = self.reg(self.func.arg(inst, 0));
        Amode::Base { base, disp: disp as i32 }
    }

    /// Field number `index` of the first operand, in words.
    fn word(&mut self, inst: InstId, disp: usize, index: u32) -> Amode {
        self.field(inst, disp + index as usize * 8)
    }

    /// A register of the outermost frame.
    pub(super) fn window(&self, index: u32) -> Amode {
        Amode::base(BASE, index as i32 * 8)
    }

    /// Where a load or store of one place goes.
    fn amode(&mut self, inst: InstId) -> Amode {
        let func = self.func;
        let index = func.place_index(inst).unwrap_or(0);
        match func.op(inst) {
            Op::LoadSlot | Op::StoreSlot => self.word(inst, layout::TABLE_SLOTS, index),
            Op::LoadExtSlot | Op::StoreExtSlot => self.word(inst, layout::SLOTS_WORDS, index),
            Op::LoadCell | Op::StoreCell | Op::LoadGlobal | Op::StoreGlobal => {
                self.field(inst, layout::CELL_VALUE)
            }
            Op::LoadUpvalue | Op::StoreUpvalue => self.word(inst, layout::CLOSURE_UPVALUES, index),
            Op::LoadReg | Op::StoreReg => self.window(index),
            Op::ArrayLen | Op::StoreLen => self.field(inst, layout::ARRAY_LEN),
            Op::LoadElemBool | Op::StoreElemBool => self.element(inst, Scale::X1),
            Op::LoadElem
            | Op::LoadElemFloat
            | Op::LoadElemInt
            | Op::StoreElem
            | Op::StoreElemFloat
            | Op::StoreElemInt => self.element(inst, Scale::X8),
            op => unreachable!("{op:?} has no address"),
        }
    }

    fn element(&mut self, inst: InstId, scale: Scale) -> Amode {
        let bytes = if scale == Scale::X8 { 8 } else { 1 };
        let (array, index) = (self.func.arg(inst, 0), self.func.arg(inst, 1));
        let base = self.reg(array);
        let start = layout::ARRAY_ELEMENTS as i64;
        if let Some(at) = self.constant(index).and_then(|i| (i as i64).checked_mul(bytes))
            && let Ok(disp) = i32::try_from(at.saturating_add(start))
        {
            return Amode::Base { base, disp };
        }
        let (index, offset) = if self.is_fused(index) {
            let sum = index;
            let offset = self.constant(self.func.arg(sum, 1)).unwrap_or(0) as i64;
            let sign = if self.func.op(sum) == Op::SubI64 { -1 } else { 1 };
            (self.func.arg(sum, 0), sign * offset * bytes)
        } else {
            (index, 0)
        };
        let index = self.reg(index);
        Amode::Indexed { base, index, scale, disp: (start + offset) as i32 }
    }

    /// An entry of a hash part: its key, or what lies `disp` behind.
    fn entry(&mut self, inst: InstId, disp: usize) -> Amode {
        let base = self.reg(self.func.arg(inst, 0));
        let i = self.vreg(self.func.arg(inst, 1));
        let words = self.shift(ShiftOp::Shl, i, 1);
        let disp = (layout::HASH_ENTRIES + disp) as i32;
        Amode::Indexed { base, index: words.into(), scale: Scale::X8, disp }
    }

    // Loads.

    pub(super) fn load_op(&mut self, inst: InstId) {
        let func = self.func;
        let op = func.op(inst);
        let (ext, mem) = match op {
            Op::LoadElemFloat => {
                let mem = self.amode(inst);
                let is_asked = |next: InstId| func.op(next) == Op::GuardNotHole && func.arg(next, 0) == inst;
                if func.next(inst).is_some_and(is_asked) {
                    // The guard compares the word, and the way from there to a float register is used less by other
                    // instructions of loops than the way back.
                    let word = self.load(Extend::Full, mem);
                    let dst = self.def(inst).into();
                    self.float_word = Some((inst, word));
                    return self.put(Inst::FFromBits { dst, src: word.into() });
                }
                let dst = self.def(inst).into();
                return self.put(Inst::FLoad { dst, mem });
            }
            Op::LoadShape | Op::SlotsCapacity | Op::ArrayCapacity => {
                (Extend::U32, self.field(inst, layout::HEADER_WORD))
            }
            Op::LoadKind => (Extend::U8, self.field(inst, layout::HEADER_KIND)),
            Op::DenseFloats => (Extend::Full, self.field(inst, userdata::DENSE_FLOATS)),
            Op::DenseWord => {
                let at = match func.place_index(inst) {
                    Some(imm::DENSE_START) => userdata::DENSE_START,
                    Some(imm::DENSE_COUNT) => userdata::DENSE_COUNT,
                    Some(imm::DENSE_ROWS) => userdata::DENSE_ROWS,
                    _ => userdata::DENSE_WIDTH,
                };
                (Extend::Full, self.field(inst, at))
            }
            Op::ArrayElem => (Extend::U8, self.field(inst, layout::HEADER_AUX)),
            Op::LoadExt => (Extend::Full, self.field(inst, layout::TABLE_EXT)),
            Op::LoadArray => (Extend::Full, self.field(inst, layout::TABLE_ARRAY)),
            Op::LoadElemBool => (Extend::U8, self.amode(inst)),
            Op::HashUsed => (Extend::U32, self.field(inst, layout::HASH_USED)),
            Op::HashKey => (Extend::Full, self.entry(inst, 0)),
            Op::LoadEntry => (Extend::Full, self.entry(inst, 8)),
            Op::StrLen => (Extend::Full, self.field(inst, layout::STR_LEN)),
            Op::LoadByte => {
                let base = self.reg(func.arg(inst, 0));
                let mem = match self.constant(func.arg(inst, 1)).and_then(small) {
                    Some(disp) => Amode::Base { base, disp },
                    None => {
                        let index = self.reg(func.arg(inst, 1));
                        Amode::Indexed { base, index, scale: Scale::X1, disp: 0 }
                    }
                };
                (Extend::U8, mem)
            }
            Op::LoadMulti => (Extend::U32, self.fiber(self.cx.layout.multi)),
            Op::VarargCount => {
                let dst = self.def(inst).into();
                let count = self.extra_count();
                return self.put(Inst::Mov { size: Size::B64, dst, src: count.into() });
            }
            Op::LoadVararg => {
                let i = self.vreg(func.arg(inst, 0));
                let count = self.extra_count();
                let from_end = self.alu(AluOp::Sub, i, count);
                let base = BASE.into();
                (Extend::Full, Amode::Indexed { base, index: from_end.into(), scale: Scale::X8, disp: -40 })
            }
            _ => (Extend::Full, self.amode(inst)),
        };
        let dst = self.def(inst).into();
        self.put(Inst::Load { ext, dst, mem });
    }

    /// The object of a row; where there is none yet, it is made.
    pub(super) fn dense_row(&mut self, inst: InstId) {
        let (object, i) = (self.vreg(self.func.arg(inst, 0)), self.vreg(self.func.arg(inst, 1)));
        let views = self.load(Extend::Full, Amode::base(object, userdata::DENSE_VIEWS as i32));
        let view = self.load(Extend::Full, Amode::indexed(views, i, Scale::X8, 0));
        let tag = self.pool(TAG_OBJECT);
        let address = self.alu(AluOp::Xor, view, tag);
        let dst = self.def(inst);
        let nil = self.pool(TAG_SPECIAL);
        self.detour(
            |s, target| s.cmp(Size::B64, Cc::E, nil, view, target),
            &[address],
            &[dst],
            |s| {
                s.publish_base();
                let row = s.int();
                let args = [(s.fiber_arg(), ARG_INT[0]), (object, ARG_INT[1]), (i, ARG_INT[2])];
                let helper = s.cx.helpers[Helper::UserdataRow as usize];
                s.call_routine(helper, &args, (row, reg::RAX));
                vec![row]
            },
        );
    }

    /// The number of extra arguments: boxed, five words below the base.
    fn extra_count(&mut self) -> VReg {
        let boxed = self.load(Extend::Full, Amode::base(BASE, -40));
        let mask = self.pool(PAYLOAD_MASK);
        self.alu(AluOp::And, boxed, mask)
    }

    pub(super) fn load_hash(&mut self, inst: InstId) {
        let mem = self.field(inst, layout::SLOTS_HASH);
        let hash = self.load(Extend::Full, mem);
        let empty = self.pool(layout::empty_hash());
        let dst = self.def(inst).into();
        self.put(Inst::Cmp { op: CmpOp::Test, size: Size::B64, a: hash.into(), b: hash.into() });
        self.put(Inst::Cmov { cc: Cc::E, size: Size::B64, dst, a: hash.into(), b: empty.into() });
    }

    /// The closure of the outermost frame, or the function of a closure.
    pub(super) fn load_tagged(&mut self, inst: InstId) {
        let (mem, tag) = match self.func.op(inst) {
            Op::Callee => (Amode::base(BASE, -24), TAG_FUNCTION),
            _ => (self.field(inst, layout::CLOSURE_FUNCTION), TAG_OBJECT),
        };
        let boxed = self.load(Extend::Full, mem);
        let tag = self.pool(tag);
        let address = self.alu(AluOp::Xor, boxed, tag);
        self.bind(inst, address);
    }

    pub(super) fn hash_find(&mut self, inst: InstId) {
        self.search(inst, self.cx.stubs.hash_find, HASH_FIND_CLOBBERS);
    }

    pub(super) fn find_field(&mut self, inst: InstId) {
        self.search(inst, self.cx.stubs.find_field, FIND_FIELD_CLOBBERS);
    }

    /// Calls a stub that looks for the second operand in the first.
    fn search(&mut self, inst: InstId, stub: usize, clobbers: PRegSet) {
        let (place, key) = (self.vreg(self.func.arg(inst, 0)), self.vreg(self.func.arg(inst, 1)));
        let result = self.int();
        let (args, defs) = ([(place, reg::RAX), (key, reg::RCX)], [(result, reg::RAX)]);
        let id = self.m.calls.add(CallTarget::Address(stub as u64), 0, &args, &defs, clobbers);
        self.put(Inst::Call { id });
        self.bind(inst, result);
    }

    // Guards that look into objects.

    pub(super) fn guard_object_field(&mut self, inst: InstId) {
        let func = self.func;
        let imm = func.imm(inst);
        let (size, cc, mem) = match func.op(inst) {
            Op::GuardClosure => {
                let mem = self.field(inst, layout::HEADER_KIND);
                self.exit_if(Size::B8, Cc::Ne, mem, Kind::Closure as i32);
                return self.alias(inst, func.arg(inst, 0));
            }
            Op::GuardNative => {
                let mem = self.field(inst, layout::HEADER_KIND);
                self.exit_if(Size::B8, Cc::Ne, mem, Kind::Native as i32);
                let descriptor = self.imm(imm);
                let mem = self.field(inst, layout::NATIVE_DESCRIPTOR);
                self.exit_if(Size::B64, Cc::Ne, mem, descriptor);
                return self.alias(inst, func.arg(inst, 0));
            }
            Op::GuardFunction => {
                let function = self.imm(function_word(imm));
                let mem = self.field(inst, layout::CLOSURE_FUNCTION);
                self.exit_if(Size::B64, Cc::Ne, mem, function);
                return self.alias(inst, func.arg(inst, 0));
            }
            Op::GuardValid => {
                let target = self.exit();
                return self.put(Inst::InvalidationPoint { target });
            }
            Op::GuardShape => (Size::B32, Cc::Ne, layout::HEADER_WORD),
            Op::GuardCapacity => (Size::B32, Cc::Be, layout::HEADER_WORD),
            _ => (Size::B8, Cc::Ne, layout::HEADER_AUX),
        };
        let mem = self.field(inst, mem);
        self.exit_if(size, cc, mem, imm as i32);
        self.alias(inst, func.arg(inst, 0));
    }

    // Stores.

    /// The word of a stored value, as an immediate if it is a small constant.
    fn stored(&mut self, v: InstId) -> RegImm {
        match self.constant(v) {
            Some(bits) => match small(bits) {
                Some(imm) => imm.into(),
                None => self.imm(bits).into(),
            },
            None => self.reg(v).into(),
        }
    }

    pub(super) fn store_op(&mut self, inst: InstId) {
        let func = self.func;
        let v = *func.args(inst).last().expect("a store has a value");
        let op = func.op(inst);
        if op == Op::StoreElemFloat && self.constant(v).is_none() {
            let mem = self.amode(inst);
            let src = self.reg(v);
            return self.put(Inst::FStore { mem, src });
        }
        let src = if op == Op::StoreUpvalue { self.boxed(v).into() } else { self.stored(v) };
        let (size, mem) = match op {
            Op::StoreElemBool => (Size::B8, self.amode(inst)),
            Op::StoreMulti => (Size::B32, self.fiber(self.cx.layout.multi)),
            Op::StoreEntry => (Size::B64, self.entry(inst, 8)),
            Op::SetArray => (Size::B64, self.field(inst, layout::TABLE_ARRAY)),
            _ => (Size::B64, self.amode(inst)),
        };
        self.put(Inst::Store { size, mem, src });
    }

    /// Stores a slot's value and the shape that has it.
    pub(super) fn transition(&mut self, inst: InstId) {
        let func = self.func;
        let (v, slot) = (*func.args(inst).last().expect("a value"), func.imm2(inst));
        let table = self.vreg(func.arg(inst, 0));
        let value = self.boxed(v);
        let word = match func.op(inst) {
            Op::Transition => Amode::base(table, (layout::TABLE_SLOTS + slot as usize * 8) as i32),
            _ => {
                let storage = self.reg(func.arg(inst, 1));
                Amode::Base { base: storage, disp: (layout::SLOTS_WORDS + slot as usize * 8) as i32 }
            }
        };
        let shape = func.imm(inst) as u32;
        if self.cx.parallel_flag == 0 {
            return self.store_shaped(table, word, value, shape);
        }
        let is_cold = self.m.is_cold();
        let [locked, plain, join] = std::array::from_fn(|_| self.m.block());
        let flag = self.imm(self.cx.parallel_flag);
        let target = block_label(locked);
        let jump = self.cmp(Size::B8, Cc::Ne, Amode::base(flag, 0), 0, target);
        self.m.branch(jump, locked, plain);
        self.begin(plain, is_cold, &[]);
        self.store_shaped(table, word, value, shape);
        self.m.jump(join, &[]);
        self.begin(locked, true, &[]);
        let slot = if func.op(inst) == Op::Transition { slot } else { slot | routines::EXT_SLOT };
        let (shape, slot) = (self.imm(shape.into()), self.imm(slot.into()));
        self.call_with_mutator(
            routines::locked_transition as *const () as usize,
            &[table, value, shape, slot],
        );
        self.m.jump(join, &[]);
        self.begin(join, is_cold, &[]);
    }

    fn store_shaped(&mut self, table: VReg, word: Amode, value: VReg, shape: u32) {
        self.store(word, value);
        let mem = Amode::base(table, layout::HEADER_WORD as i32);
        self.put(Inst::Store { size: Size::B32, mem, src: (shape as i32).into() });
    }

    /// An old object that gets a reference is remembered.
    pub(super) fn write_barrier(&mut self, inst: InstId) {
        let (object, v) = (self.func.arg(inst, 0), self.func.arg(inst, 1));
        if self.constant(v).is_some_and(|bits| bits < TAG_STRING) {
            return;
        }
        let object = self.vreg(object);
        let v = match self.constant(v) {
            Some(_) => None,
            None => Some(self.vreg(v)),
        };
        self.barrier(object, v);
    }

    /// The barrier of an object into which a value was stored; `None` for one that is a reference.
    fn barrier(&mut self, object: VReg, v: Option<VReg>) {
        let color = Amode::base(object, layout::HEADER_COLOR as i32);
        let first = self.pool(TAG_STRING);
        self.detour(
            |s, target| s.cmp(Size::B8, Cc::E, color, i32::from(layout::COLOR_OLD), target),
            &[],
            &[],
            |s| {
                let Some(v) = v else {
                    s.call_quiet(s.cx.stubs.write_barrier, object, None);
                    return Vec::new();
                };
                s.detour(
                    |s, target| s.cmp(Size::B64, Cc::Be, first, v, target),
                    &[],
                    &[],
                    |s| {
                        s.call_quiet(s.cx.stubs.write_barrier, object, None);
                        Vec::new()
                    },
                );
                Vec::new()
            },
        );
    }

    // Strings.

    pub(super) fn string_op(&mut self, inst: InstId) {
        let a = self.vreg(self.func.arg(inst, 0));
        match self.func.op(inst) {
            Op::StrBytes => {
                let body = self.load(Extend::Full, Amode::base(a, layout::STR_BODY as i32));
                let dst = self.def(inst);
                let flat = layout::STR_BODY_TAG as i32;
                self.detour(
                    |_, target| Inst::CmpJump {
                        op: CmpOp::Test,
                        size: Size::B32,
                        cc: Cc::Ne,
                        a: body.into(),
                        b: flat.into(),
                        target,
                    },
                    &[body],
                    &[dst],
                    |s| vec![s.call_with_mutator(routines::str_bytes as *const () as usize, &[a])],
                );
            }
            Op::StrEq => self.string_equality(inst, a),
            Op::ByteStr => {
                let table = self.imm(self.cx.byte_strs);
                let address = self.load(Extend::Full, Amode::indexed(table, a, Scale::X8, 0));
                self.bind(inst, address);
            }
            Op::StrKey => {
                let flags = Amode::base(a, layout::HEADER_FLAGS as i32);
                let interned = i32::from(layout::STR_INTERNED);
                let tag = self.pool(TAG_STRING);
                let word = self.alu(AluOp::Or, a, tag);
                let dst = self.def(inst);
                self.detour(
                    |_, target| Inst::CmpJump {
                        op: CmpOp::Test,
                        size: Size::B8,
                        cc: Cc::E,
                        a: flags.into(),
                        b: interned.into(),
                        target,
                    },
                    &[word],
                    &[dst],
                    |s| s.linked_key(a),
                );
            }
            op => {
                let routine = match op {
                    Op::StrCmp => routines::str_cmp as *const () as usize,
                    _ => routines::str_key as *const () as usize,
                };
                let mut args = vec![a];
                if op == Op::StrCmp {
                    args.push(self.vreg(self.func.arg(inst, 1)));
                }
                let result = self.call_with_mutator(routine, &args);
                self.bind(inst, result);
            }
        }
    }

    /// The interned string for a value that is one which is not, out of line; values as they are.
    pub(super) fn canonical_string(&mut self, inst: InstId) {
        let v = self.vreg(self.func.arg(inst, 0));
        let dst = self.def(inst);
        let is_cold = self.m.is_cold();
        let [string, other, interned, search, join] = std::array::from_fn(|_| self.m.block());
        let is_str = self.tag_cond(v, Tag::Str);
        self.m.branch(is_str.negate().jump(block_label(other)), other, string);
        self.begin(string, is_cold, &[]);
        let s = self.address(v, TAG_STRING);
        let jump = Inst::CmpJump {
            op: CmpOp::Test,
            size: Size::B8,
            cc: Cc::E,
            a: Amode::base(s, layout::HEADER_FLAGS as i32).into(),
            b: i32::from(layout::STR_INTERNED).into(),
            target: block_label(search),
        };
        self.m.branch(jump, search, interned);
        self.begin(interned, is_cold, &[]);
        self.m.jump(join, &[v]);
        self.begin(search, true, &[]);
        let key = self.linked_key(s);
        self.m.jump(join, &key);
        self.begin(other, true, &[]);
        self.m.jump(join, &[v]);
        self.begin(join, is_cold, &[dst]);
    }

    /// The interned string of one that is not interned: that which it knows, or what a search finds.
    fn linked_key(&mut self, s: VReg) -> Vec<VReg> {
        let body = self.load(Extend::Full, Amode::base(s, layout::STR_BODY as i32));
        let kind = self.alu(AluOp::And, body, layout::STR_BODY_TAG as i32);
        let address = self.alu(AluOp::Xor, body, layout::STR_BODY_CANONICAL as i32);
        let tag = self.pool(TAG_STRING);
        let word = self.alu(AluOp::Or, address, tag);
        let key = self.int();
        self.detour(
            |m, target| m.cmp(Size::B32, Cc::Ne, kind, layout::STR_BODY_CANONICAL as i32, target),
            &[word],
            &[key],
            |m| vec![m.call_with_mutator(routines::str_key as *const () as usize, &[s])],
        );
        vec![key]
    }

    /// The same object, or two that are not both interned and have the same bytes.
    fn string_equality(&mut self, inst: InstId, a: VReg) {
        let b = self.vreg(self.func.arg(inst, 1));
        let dst = self.def(inst);
        let is_cold = self.m.is_cold();
        let [same, other, distinct, compare, join] = std::array::from_fn(|_| self.m.block());
        let label = block_label;
        let jump = self.cmp(Size::B64, Cc::E, a, b, label(same));
        self.m.branch(jump, same, other);
        self.begin(other, is_cold, &[]);
        let flags = |v: VReg| Amode::base(v, layout::HEADER_FLAGS as i32);
        let (first, second) = (self.load(Extend::U8, flags(a)), self.load(Extend::U8, flags(b)));
        let both = self.alu(AluOp::And, first, second);
        let jump = Inst::CmpJump {
            op: CmpOp::Test,
            size: Size::B32,
            cc: Cc::E,
            a: both.into(),
            b: i32::from(layout::STR_INTERNED).into(),
            target: label(compare),
        };
        self.m.branch(jump, compare, distinct);
        self.begin(distinct, is_cold, &[]);
        let no = self.imm(0);
        self.m.jump(join, &[no]);
        self.begin(same, is_cold, &[]);
        let yes = self.imm(1);
        self.m.jump(join, &[yes]);
        self.begin(compare, true, &[]);
        let result = self.call_with_mutator(routines::str_eq as *const () as usize, &[a, b]);
        self.m.jump(join, &[result]);
        self.begin(join, is_cold, &[dst]);
    }

    /// Calls a routine that may collect: the frame is published.
    pub(super) fn call_with_mutator(&mut self, routine: usize, args: &[VReg]) -> VReg {
        self.publish_base();
        let layout = self.cx.layout;
        let mutator = self.load(Extend::Full, self.fiber(layout.mutator));
        let mut uses = vec![(mutator, ARG_INT[0])];
        uses.extend(args.iter().zip(&ARG_INT[1..]).map(|(&arg, &preg)| (arg, preg)));
        let result = self.int();
        self.call_routine(routine, &uses, (result, reg::RAX));
        result
    }

    /// The kind of storage that suits a value which is appended, and the word that is stored there.
    fn appended(&mut self, v: InstId) -> (Elem, RegImm) {
        if let Some(bits) = self.constant(v) {
            let v = Value::from_bits(bits);
            let (kind, word) = match v.as_small_int() {
                Some(n) => (Elem::Int, n as u64),
                None if v.is_bool() => (Elem::Bool, u64::from(!v.is_falsy())),
                _ if v.is_float() => (Elem::Float, bits),
                _ => (Elem::Any, bits),
            };
            return match small(word) {
                Some(imm) => (kind, imm.into()),
                None => (kind, self.imm(word).into()),
            };
        }
        let root = self.root(v);
        match self.func.op(root) {
            Op::BoxInt | Op::BoxI64 => (Elem::Int, self.vreg(self.func.arg(root, 0)).into()),
            Op::BoxBool => (Elem::Bool, self.vreg(self.func.arg(root, 0)).into()),
            Op::BoxF64 => {
                let x = self.vreg(self.func.arg(root, 0));
                (Elem::Float, self.float_bits(x).into())
            }
            Op::BoxRawF64 => (Elem::Float, self.appended_value(v).into()),
            _ => (Elem::Any, self.vreg(v).into()),
        }
    }

    /// A value which is appended, boxed. Its box may be part of the append.
    fn appended_value(&mut self, v: InstId) -> VReg {
        if self.is_fused(v) { self.boxed(self.func.arg(v, 0)) } else { self.boxed(v) }
    }

    /// Appends where there is room and the storage is of the kind that the value suggests, or of any values; the rest is a
    /// routine's.
    pub(super) fn append(&mut self, inst: InstId) {
        let func = self.func;
        let v = func.arg(inst, 1);
        let table = self.vreg(func.arg(inst, 0));
        let (kind, word) = self.appended(v);
        let is_cold = self.m.is_cold();
        let (slow, join) = (self.m.block(), self.m.block());
        // Every block that is made is used.
        let other = if kind == Elem::Any { slow } else { self.m.block() };
        let array = self.load(Extend::Full, Amode::base(table, layout::TABLE_ARRAY as i32));
        let len = Amode::base(array, layout::ARRAY_LEN as i32);
        let old = self.load(Extend::Full, len);
        let at = self.int();
        self.put(Inst::Add { size: Size::B64, dst: at.into(), a: old.into(), b: 1.into() });
        let capacity = Amode::base(array, layout::HEADER_WORD as i32);
        self.leave_to(slow, Size::B32, Cc::Be, capacity, at);
        let flags = self.load(Extend::U8, Amode::base(table, layout::HEADER_FLAGS as i32));
        let hash_ints = self.alu(AluOp::And, flags, i32::from(layout::TABLE_HASH_INTS));
        self.leave_to(slow, Size::B32, Cc::Ne, hash_ints, 0);
        let aux = Amode::base(array, layout::HEADER_AUX as i32);
        self.leave_to(other, Size::B8, Cc::Ne, aux, kind as i32);
        let start = layout::ARRAY_ELEMENTS as i32;
        let place = |scale| Amode::indexed(array, at, scale, start);
        match (kind, word) {
            (Elem::Any, RegImm::Reg(value)) if self.constant(v).is_none_or(|bits| bits == TAG_SPECIAL) => {
                let nil = self.pool(TAG_SPECIAL);
                self.leave_to(slow, Size::B64, Cc::E, nil, value);
            }
            (Elem::Int, RegImm::Reg(n)) if self.func.op(self.root(v)) != Op::BoxInt => {
                // The number that is absent.
                let hole = self.pool(i64::MIN as u64);
                self.leave_to(slow, Size::B64, Cc::E, hole, n);
            }
            _ => {}
        }
        match kind {
            Elem::Bool => self.put(Inst::Store { size: Size::B8, mem: place(Scale::X1), src: word }),
            _ => self.put(Inst::Store { size: Size::B64, mem: place(Scale::X8), src: word }),
        }
        self.store(len, at);
        if kind == Elem::Any && self.constant(v).is_none_or(|bits| bits >= TAG_STRING) {
            let value = self.appended_value(v);
            self.barrier(array, Some(value));
        }
        self.m.jump(join, &[]);
        if kind != Elem::Any {
            self.begin(other, true, &[]);
            self.leave_to(slow, Size::B8, Cc::Ne, aux, Elem::Any as i32);
            let value = self.appended_value(v);
            self.store(place(Scale::X8), value);
            self.store(len, at);
            if func.op(self.root(v)) == Op::BoxI64 {
                self.barrier(array, Some(value));
            }
            self.m.jump(join, &[]);
        }
        self.begin(slow, true, &[]);
        let value = self.appended_value(v);
        let done = self.call_with_mutator(routines::append as *const () as usize, &[table, value]);
        // Nothing was changed: the interpreter tries again, and throws.
        self.exit_if(Size::B32, Cc::E, done, 0);
        self.m.jump(join, &[]);
        self.begin(join, is_cold, &[]);
    }

    /// Goes on at a cold block, which others lead to as well, if the condition holds.
    pub(super) fn leave_to(
        &mut self,
        slow: BlockNo,
        size: Size,
        cc: Cc,
        a: impl Into<RegMem>,
        b: impl Into<RegImm>,
    ) {
        let is_cold = self.m.is_cold();
        let (between, next) = (self.m.block(), self.m.block());
        let jump = self.cmp(size, cc, a, b, block_label(between));
        self.m.branch(jump, between, next);
        self.begin(between, true, &[]);
        self.m.jump(slow, &[]);
        self.begin(next, is_cold, &[]);
    }

    /// A condition as 0 or 1.
    pub(super) fn set_cond(&mut self, inst: InstId) {
        let cond = self.cond(inst);
        let dst = self.def(inst);
        self.set(cond, dst);
    }

    /// For guards of conditions: leaves unless the condition is as wanted.
    pub(super) fn guard_cond(&mut self, inst: InstId, wanted: bool) {
        let cond = self.cond_use(self.func.arg(inst, 0));
        self.exit_on(if wanted { cond.negate() } else { cond });
    }
}
