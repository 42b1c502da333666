//! New objects: a cell of the mutator's buffer inline, the next buffer out of line.
//!
//! Whatever an object is to hold is boxed before its memory is taken: boxing may allocate, and nothing may see an object
//! whose fields are not written.

use super::Select;
use crate::asm::x64::Cc;
use crate::asm::x64::inst::{Amode, Extend, Inst, Size};
use crate::ir::func::InstId;
use crate::ir::imm::Elem;
use crate::ir::ops::Op;
use crate::lower::mach::block_label;
use crate::regs::VReg;
use crate::routines;
use runtime::layout;
use runtime::object::Kind;
use runtime::value::Value;

/// Most elements of an array storage that is made inline.
const SHORT_ARRAY_MAX: usize = 18;

impl Select<'_> {
    /// Memory for an object, with its header.
    fn allocate(&mut self, kind: Kind, aux: u8, word: u32, size_bytes: usize) -> VReg {
        let size = Size::B64;
        let object = match layout::alloc_class(size_bytes) {
            None => {
                let bytes = self.imm(size_bytes as u64);
                let object = self.int();
                self.call_quiet(self.cx.stubs.alloc, bytes, Some(object));
                object
            }
            Some(class) => {
                let is_cold = self.m.is_cold();
                let [slow, quick, join] = std::array::from_fn(|_| self.m.block());
                let mutator = self.load(Extend::Full, self.fiber(self.cx.layout.mutator));
                let cursor = Amode::base(mutator, class.cursor as i32);
                let cell = self.load(Extend::Full, cursor);
                let next = self.int();
                let bytes = class.bytes as i32;
                self.put(Inst::Add { size, dst: next.into(), a: cell.into(), b: bytes.into() });
                let limit = Amode::base(mutator, class.limit as i32);
                let jump = self.cmp(size, Cc::B, limit, next, block_label(slow));
                self.m.branch(jump, slow, quick);
                self.begin(quick, is_cold, &[]);
                self.store(cursor, next);
                self.m.jump(join, &[cell]);
                self.begin(slow, true, &[]);
                let bytes = self.imm(size_bytes as u64);
                let fresh = self.int();
                self.call_quiet(self.cx.stubs.alloc, bytes, Some(fresh));
                self.m.jump(join, &[fresh]);
                let object = self.int();
                self.begin(join, is_cold, &[object]);
                object
            }
        };
        let half = |disp: i32, src: u32| Inst::Store {
            size: Size::B32,
            mem: Amode::base(object, disp),
            src: (src as i32).into(),
        };
        self.put(half(0, kind as u32 | u32::from(aux) << 24));
        self.put(half(layout::HEADER_WORD as i32, word));
        object
    }

    pub(super) fn new_object(&mut self, inst: InstId) {
        let func = self.func;
        let args = func.args(inst);
        let object = match func.op(inst) {
            Op::NewTable => self.new_table(inst),
            Op::NewArray if self.short_array(inst).is_some() => {
                let (capacity, absent) = self.short_array(inst).unwrap_or_default();
                let bytes = layout::ARRAY_ELEMENTS + capacity * 8;
                let absent = self.imm(absent);
                let object = self.allocate(Kind::Array, func.imm(inst) as u8, capacity as u32, bytes);
                self.store(Amode::base(object, layout::ARRAY_LEN as i32), 0);
                self.fill(object, layout::ARRAY_ELEMENTS, &vec![absent; capacity]);
                object
            }
            Op::NewArray => {
                let capacity = self.vreg(args[0]);
                let elem = self.imm(func.imm(inst));
                self.call_with_mutator(routines::new_array as *const () as usize, &[capacity, elem])
            }
            Op::NewClosure => {
                let words: Vec<VReg> = args.iter().map(|&arg| self.boxed(arg)).collect();
                let upvalues = words.len() - 1;
                let size_bytes = layout::CLOSURE_UPVALUES + upvalues * 8;
                let object = self.allocate(Kind::Closure, 0, upvalues as u32, size_bytes);
                self.store(Amode::base(object, layout::CLOSURE_FUNCTION as i32), words[0]);
                self.fill(object, layout::CLOSURE_UPVALUES, &words[1..]);
                object
            }
            _ => {
                // `new_cell`
                let v = self.boxed(args[0]);
                let object = self.allocate(Kind::Cell, 0, 0, layout::CELL_VALUE + 8);
                self.store(Amode::base(object, layout::CELL_VALUE as i32), v);
                object
            }
        };
        self.bind(inst, object);
    }

    fn fill(&mut self, object: VReg, start: usize, words: &[VReg]) {
        for (i, &word) in words.iter().enumerate() {
            self.store(Amode::base(object, (start + i * 8) as i32), word);
        }
    }

    /// The elements of a new storage and the word of an absent one, if the storage is short and its elements are words.
    fn short_array(&self, inst: InstId) -> Option<(usize, u64)> {
        let absent = match Elem::from_bits(self.func.imm(inst))? {
            Elem::Bool => return None,
            Elem::Int => i64::MIN as u64,
            Elem::Any | Elem::Float => Value::NIL.bits(),
        };
        let capacity = usize::try_from(self.func.as_i64(self.func.arg(inst, 0))?).ok()?;
        // The header is two words, and cells are of an even number of them.
        let capacity = capacity.max(1).next_multiple_of(2);
        (capacity <= SHORT_ARRAY_MAX).then_some((capacity, absent))
    }

    fn new_table(&mut self, inst: InstId) -> VReg {
        let id = self.func.template(inst).expect("a table has a template");
        let template = *self.func.snaps.template(id);
        let array = (template.array_capacity > 0).then(|| {
            let capacity = self.imm(template.array_capacity.into());
            let elem = self.imm(template.elem as u64);
            self.call_with_mutator(routines::new_array as *const () as usize, &[capacity, elem])
        });
        let slots = template.inline_capacity as usize;
        let size_bytes = layout::TABLE_SLOTS + slots * 8;
        let table = self.allocate(Kind::Table, slots as u8, template.shape, size_bytes);
        let array = match array {
            Some(array) => array,
            None => self.imm(layout::empty_array()),
        };
        self.store(Amode::base(table, layout::TABLE_ARRAY as i32), array);
        let ext = self.imm(layout::empty_slots());
        self.store(Amode::base(table, layout::TABLE_EXT as i32), ext);
        let nil = self.imm(Value::NIL.bits());
        self.fill(table, layout::TABLE_SLOTS, &vec![nil; slots]);
        table
    }
}
