//! Table literals.
//!
//! The keys that are constant strings make the literal's template, so that the table is born with a slot for each, and a
//! value is stored to its slot when it has been evaluated. Positional values gather in registers behind the table's and
//! are stored in batches.
//!
//! The order of entries must be that of the text, and a later equal key must win. So only keys before the first one that is
//! neither a constant string nor a small integer are in the template (that one might be a string too), and gathered values are stored before anything whose
//! key might be an integer.

use std::borrow::Cow;
use std::collections::HashMap;

use bytecode::module::TableTemplate;
use bytecode::ops::{Inst, Op};
use syntax::ast::{Expr, Field, FieldKey, Pos};

use crate::call::Key;
use crate::expr::Dst;
use crate::fold::Constant;
use crate::function::Reg;
use crate::generate::Generator;

/// How many positional values are gathered. More would save few instructions and cost frame size.
const BATCH: usize = 50;

/// Most slots of a template; tables with more named keys are dictionaries rather than objects.
const TEMPLATE_KEYS_MAX: usize = 64;

/// Positional values gathered but not stored.
struct Batch {
    table: Reg,
    /// The first free register while nothing is gathered: behind the table's, if there are positional values at all.
    base: u32,
    gathered: usize,
    /// The index of the first of them.
    next: i32,
}

impl<'a> Generator<'a> {
    /// Compiles `{ … }`.
    pub fn table_to(&mut self, fields: &'a [Field], pos: Pos, dst: Dst) {
        let mark = self.f.free();
        let has_positional = fields.iter().any(|f| matches!(f.key, FieldKey::Positional));
        let table = match dst.early && (!has_positional || self.f.is_top(dst.reg)) {
            true => dst.reg,
            false => self.f.alloc(),
        };
        let slots = self.template(fields);
        let mut keys: Vec<Box<[u8]>> = vec![Box::default(); slots.len()];
        for (key, &slot) in &slots {
            keys[slot as usize] = key.as_ref().into();
        }
        let positional = |field: &&Field| matches!(field.key, FieldKey::Positional);
        let array_len = fields.iter().filter(positional).filter(|f| !f.value.is_multi()).count() as u32;
        let template = self.f.add_template(TableTemplate { keys, array_len });
        self.emit(Inst::abx(Op::NewTable, table, template), pos);

        let mut batch = Batch { table, base: self.f.free(), gathered: 0, next: 1 };
        let mut is_set = vec![false; slots.len()];
        let mut in_template = true;
        for (i, field) in fields.iter().enumerate() {
            let at = field.span.start;
            let key = match &field.key {
                FieldKey::Positional => {
                    if i + 1 == fields.len() && field.value.is_multi() {
                        self.expr_multi(&field.value);
                        self.store_batch(&mut batch, true, at);
                    } else {
                        self.expr_next(&field.value);
                        batch.gathered += 1;
                        if batch.gathered == BATCH {
                            self.store_batch(&mut batch, false, at);
                        }
                    }
                    continue;
                }
                FieldKey::Name(name) => Some(Cow::Borrowed(self.text(name.name).as_bytes())),
                FieldKey::Str(text) => Some(Cow::Borrowed(text.as_ref())),
                FieldKey::Expr(key, _) => self.string_key(key),
            };
            match (key, &field.key) {
                (Some(key), _) => {
                    let slot = slots.get(&key).copied().filter(|_| in_template);
                    in_template &= slot.is_some();
                    self.named_field(table, key, slot, &mut is_set, &field.value, at);
                }
                (None, FieldKey::Expr(key, bracket)) => {
                    self.store_batch(&mut batch, false, at);
                    let key = self.key(key);
                    in_template &= matches!(key, Key::Int(_));
                    let value = self.expr_any(&field.value, None);
                    self.set_key(table, key, value, *bracket, None);
                }
                (None, _) => unreachable!("only bracketed keys are not constant strings"),
            }
            // What was gathered stays; the temporaries of this field go.
            self.f.release(batch.base + batch.gathered as u32);
        }
        self.store_batch(&mut batch, false, pos);
        self.move_to(dst.reg, table, pos);
        self.f.release(mark);
    }

    /// `key: value` with a constant string.
    fn named_field(
        &mut self,
        table: Reg,
        key: Cow<'a, [u8]>,
        slot: Option<u16>,
        is_set: &mut [bool],
        value: &'a Expr,
        pos: Pos,
    ) {
        match slot {
            // A new table's slots are nil.
            Some(slot) if !is_set[slot as usize] && matches!(self.fold(value), Some(Constant::Nil)) => {}
            Some(slot) => {
                is_set[slot as usize] = true;
                let value = self.expr_any(value, None);
                self.emit(Inst::abc(Op::InitSlot, table, slot, value), pos);
            }
            None => {
                let value = self.expr_any(value, None);
                self.set_key(table, Key::Str(key), value, pos, None);
            }
        }
    }

    /// The key in brackets if it is a constant string.
    fn string_key(&self, key: &'a Expr) -> Option<Cow<'a, [u8]>> {
        match self.fold(key) {
            Some(Constant::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// The slots of the literal's keys.
    fn template(&self, fields: &'a [Field]) -> HashMap<Cow<'a, [u8]>, u16> {
        let mut slots = HashMap::new();
        for field in fields {
            let key = match &field.key {
                FieldKey::Positional => continue,
                FieldKey::Name(name) => Cow::Borrowed(self.text(name.name).as_bytes()),
                FieldKey::Str(text) => Cow::Borrowed(text.as_ref()),
                FieldKey::Expr(key, _) => match self.fold(key) {
                    Some(Constant::Str(text)) => text,
                    Some(value) if value.imm16().is_some() => continue,
                    _ => break,
                },
            };
            let next = slots.len() as u16;
            if slots.len() < TEMPLATE_KEYS_MAX {
                slots.entry(key).or_insert(next);
            } else if !slots.contains_key(&key) {
                break;
            }
        }
        slots
    }

    /// Stores the gathered values, and if `is_multi` the list of unknown length behind them.
    fn store_batch(&mut self, batch: &mut Batch, is_multi: bool, pos: Pos) {
        let count = batch.gathered;
        if count == 0 && !is_multi {
            return;
        }
        let op = if is_multi { Op::SetListMulti } else { Op::SetList };
        self.emit(Inst::abx(op, batch.table, batch.next).with_x(count as u8), pos);
        batch.next += count as i32;
        batch.gathered = 0;
        self.f.release(batch.base);
    }
}
