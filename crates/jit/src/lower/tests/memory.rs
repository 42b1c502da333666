//! Ops on objects of a real heap; and that every op is lowered.

use super::{Ended, Machine, Seen, feature_sets, func, seen_value, single};
use crate::ir::builder::Builder;
use crate::ir::func::{Func, NewInst};
use crate::ir::imm::{Elem, ImmKind};
use crate::ir::ops::{Class, Op};
use crate::ir::snapshot::Template;
use crate::ir::types::{Gives, Type, Want};
use runtime::cell::Cell;
use runtime::heap::{HeapOptions, Stress};
use runtime::record::Record;
use runtime::string::Str;
use runtime::table::{ElementKind, Table};
use runtime::value::{PAYLOAD_MASK, Value};

fn address(v: Value) -> u64 {
    v.bits() & PAYLOAD_MASK
}

impl Machine {
    /// Runs one op on words; the result of a function that returns one value.
    fn one(&mut self, op: Op, types: &[Type], ty: Type, imms: [u64; 2], args: &[u64]) -> Option<Seen> {
        let func = single(op, types, ty, imms);
        let lowered = self.lower(&func);
        match self.run(&lowered, args) {
            Ended::Returned(values) => values.first().copied().or(Some(Seen::Object)),
            Ended::Left(_) => None,
            Ended::Threw(error) => panic!("threw {error:#x}"),
        }
    }
}

fn int(i: i64) -> Option<Seen> {
    Some(Seen::Bits(Value::small_int(i).unwrap().bits()))
}

fn value(v: Value) -> Option<Seen> {
    Some(seen_value(v.bits()))
}

#[test]
fn tables() {
    let mut m = Machine::new(feature_sets()[0]);
    let t = m.mutator.new_table_inline(3);
    let table = address(t.to_value());
    let shape = u64::from(t.shape_id());
    assert_eq!(m.one(Op::LoadShape, &[Type::Table], Type::I64, [0; 2], &[table]), int(shape as i64));
    let seven = Value::int32(7).bits();
    m.one(Op::StoreSlot, &[Type::Table, Type::Value], Type::None, [1, 0], &[table, seven]);
    assert_eq!(m.one(Op::LoadSlot, &[Type::Table], Type::Value, [1, 0], &[table]), value(Value::int32(7)));
    assert_eq!(m.one(Op::LoadSlot, &[Type::Table], Type::Value, [2, 0], &[table]), value(Value::NIL));
    let guard =
        |m: &mut Machine, shape| m.one(Op::GuardShape, &[Type::Table], Type::Table, [shape, 0], &[table]);
    assert_eq!(guard(&mut m, shape), value(t.to_value()));
    assert_eq!(guard(&mut m, shape + 1), None);
    let kind = m.one(Op::LoadKind, &[Type::Table], Type::I64, [0; 2], &[table]);
    assert_eq!(kind, int(runtime::object::Kind::Table as i64));
    // The array part, and appending to it.
    for i in 1..=20i64 {
        let v = Value::int32(i as i32 * 3).bits();
        m.one(Op::Append, &[Type::Table, Type::Value], Type::None, [0; 2], &[table, v]);
    }
    assert_eq!(t.len(), 20);
    append_all(&mut m);
    let func = func(
        "i64
frame f0 proto 0 base 0 root
snap s0 f0 pc 3 { r0 = v1 }
b0(v0: table, v1: i64):
  v2 = load_array v0
  v3 = guard_elem v2, int [s0]
  v4 = array_len v3
  v5 = guard_bounds v1, v4 [s0]
  v6 = load_elem_int v3, v5
  v7 = const_i64 1
  v8 = sub_i64 v5, v7
  v9 = load_elem_int v3, v8
  v10 = const_i64 100
  store_elem_int v3, v5, v10
  v11 = add_i64 v6, v9
  return_values v11
",
    );
    let lowered = m.lower(&func);
    assert_eq!(m.run(&lowered, &[table, 5]), Ended::Returned(vec![int(27).unwrap()]));
    assert_eq!(t.get_int(&mut m.mutator, 5), Value::int32(100));
    assert!(matches!(m.run(&lowered, &[table, 21]), Ended::Left(_)));
    assert!(matches!(m.run(&lowered, &[table, -1i64 as u64]), Ended::Left(_)));
    // The hash part.
    let key = Value::int32(1_000_000);
    t.set(&mut m.mutator, key, Value::TRUE).unwrap();
    let func = super::func(
        "value
b0(v0: table, v1: value):
  v2 = load_ext v0
  v3 = load_hash v2
  v4 = hash_find v3, v1
  v5 = const_i64 0
  v6 = icmp v4, v5, lt
  branch v6, b1, b2
b1:
  v7 = const_value nil
  return_values v7
b2:
  v8 = load_entry v3, v4
  return_values v8
",
    );
    let lowered = m.lower(&func);
    assert_eq!(m.run(&lowered, &[table, key.bits()]), Ended::Returned(vec![value(Value::TRUE).unwrap()]));
    assert_eq!(m.run(&lowered, &[table, seven]), Ended::Returned(vec![value(Value::NIL).unwrap()]));
    let empty = m.mutator.new_table_inline(1);
    let args = [address(empty.to_value()), seven];
    assert_eq!(m.run(&lowered, &args), Ended::Returned(vec![value(Value::NIL).unwrap()]));
}

/// Machine code and the runtime find the same in the cache of shapes and keys, and so does the reference interpreter.
#[test]
fn fields_by_shape_and_key() {
    use crate::ir::interp::{Outcome, run};
    use crate::ir::model::Model;
    use runtime::shape::Finding;
    let mut m = Machine::new(feature_sets()[0]);
    let func = single(Op::FindField, &[Type::Table, Type::Value], Type::Value, [0; 2]);
    let lowered = m.lower(&func);
    let keys: Vec<Str> = (0..40).map(|i| m.mutator.intern(format!("key{i}").as_bytes())).collect();
    let mut tables = Vec::new();
    for n in 0..30 {
        let t = m.mutator.new_table_inline(3);
        for key in &keys[n % 7..n % 7 + 1 + n % 5] {
            t.set(&mut m.mutator, key.to_value(), Value::int32(n as i32)).unwrap();
        }
        tables.push(t);
    }
    let holder = m.mutator.new_table_inline(1);
    t_set(&mut m, holder, keys[0], Value::int32(-1));
    let mut model = Model::new();
    let of_model: Vec<u64> = tables
        .iter()
        .map(|t| {
            let slots: Vec<Value> = (0..8).map(|slot| t.slot_value(slot)).collect();
            model.add_table(t.shape_id(), &slots)
        })
        .collect();
    let check = |m: &mut Machine, model: &mut Model, wants_some: bool| {
        let mut found = 0;
        for (&t, &in_model) in tables.iter().zip(&of_model) {
            for key in &keys {
                let bits = key.to_value().bits();
                let want = m.mutator.found(t, *key).unwrap_or(Value::MARK);
                found += usize::from(want != Value::MARK);
                let got = m.run(&lowered, &[address(t.to_value()), bits]);
                assert_eq!(got, Ended::Returned(vec![value(want).unwrap()]));
                // The model knows all that was noted; the cache forgets, and machine code leaves other tables' slots to helpers.
                if want != Value::MARK {
                    assert_eq!(
                        run(&func, &[in_model, bits], model, 100),
                        Outcome::Returned(vec![want.bits()])
                    );
                }
            }
        }
        assert_eq!(found > 0, wants_some);
    };
    check(&mut m, &mut model, false);
    for (n, &t) in tables.iter().enumerate() {
        for (i, key) in keys.iter().enumerate() {
            let slot = t.find_slot(m.mutator.heap(), *key);
            let v = Value::int32(i as i32);
            let finding = match (slot, (n + i) % 3) {
                (Some(slot), 0) => Finding::Own(slot, Some(v)),
                (Some(slot), _) => Finding::Own(slot, None),
                (None, 0) => Finding::Constant(v),
                (None, 1) => Finding::Constant(Value::NIL),
                (None, _) => continue,
            };
            note_found(&mut m, t, *key, finding);
            let known = match finding {
                Finding::Own(slot, _) => Ok(slot),
                Finding::Constant(v) => Err(v.bits()),
                Finding::Holder(..) => continue,
            };
            model.found.push((t.shape_id(), key.to_value().bits(), known));
        }
    }
    check(&mut m, &mut model, true);
    // What is in another table is for the helper.
    note_found(&mut m, tables[0], keys[39], Finding::Holder(holder, 0));
    assert_eq!(m.mutator.found(tables[0], keys[39]), Some(Value::int32(-1)));
    let args = [address(tables[0].to_value()), keys[39].to_value().bits()];
    assert_eq!(m.run(&lowered, &args), Ended::Returned(vec![value(Value::MARK).unwrap()]));
    // A slot that is empty gives what else is known, as long as the class epoch lasts.
    let slot = tables[1].find_slot(m.mutator.heap(), keys[1]).unwrap();
    let args = [address(tables[1].to_value()), keys[1].to_value().bits()];
    t_set(&mut m, tables[1], keys[1], Value::NIL);
    for (other, want) in
        [(None, Value::MARK), (Some(Value::TRUE), Value::TRUE), (Some(Value::NIL), Value::NIL)]
    {
        note_found(&mut m, tables[1], keys[1], Finding::Own(slot, other));
        assert_eq!(m.run(&lowered, &args), Ended::Returned(vec![value(want).unwrap()]));
    }
    m.mutator.heap().class_epoch().fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(m.run(&lowered, &args), Ended::Returned(vec![value(Value::MARK).unwrap()]));
    t_set(&mut m, tables[1], keys[1], Value::FALSE);
    assert_eq!(m.run(&lowered, &args), Ended::Returned(vec![value(Value::FALSE).unwrap()]));
    m.mutator.collect_minor();
    assert_eq!(m.run(&lowered, &args), Ended::Returned(vec![value(Value::MARK).unwrap()]));
}

fn note_found(m: &mut Machine, t: Table, key: Str, finding: runtime::shape::Finding) {
    let epoch = m.mutator.heap().class_epoch().load(std::sync::atomic::Ordering::Relaxed);
    m.mutator.note_found(t, t.shape_id(), epoch, key, finding);
}

fn t_set(m: &mut Machine, t: Table, key: Str, v: Value) {
    t.set(&mut m.mutator, key.to_value(), v).unwrap();
}

/// Values of each type, appended from the form in which they come; also where they do not fit.
fn append_all(m: &mut Machine) {
    let text = |ty: &str, boxing: &str| {
        format!(
            "value
frame f0 proto 0 base 0 root
snap s0 f0 pc 3 {{ }}
b0(v0: table, v1: {ty}):
  v2 = {boxing} v1
  append v0, v2 [s0]
  v3 = box_ref v0
  return_values v3
"
        )
    };
    let ints = m.lower(&func(&text("i64", "box_int")));
    let floats = m.lower(&func(&text("f64", "box_f64")));
    let bools = m.lower(&func(&text("bool", "box_bool")));
    let refs = m.lower(&func(&text("table", "box_ref")));
    let t = m.mutator.new_table_inline(1);
    let table = address(t.to_value());
    let mut want = Vec::new();
    for lowered in [&ints, &ints, &floats, &bools, &refs, &ints, &floats, &bools] {
        for i in 0..20u64 {
            let word = if std::ptr::eq(lowered, &floats) {
                f64::to_bits(i as f64 + 0.5)
            } else if std::ptr::eq(lowered, &bools) {
                i & 1
            } else if std::ptr::eq(lowered, &refs) {
                table
            } else {
                i
            };
            want.push(if std::ptr::eq(lowered, &floats) {
                Value::from_bits(word)
            } else if std::ptr::eq(lowered, &bools) {
                Value::bool(word != 0)
            } else if std::ptr::eq(lowered, &refs) {
                t.to_value()
            } else {
                Value::int32(i as i32)
            });
            assert!(matches!(m.run(lowered, &[table, word]), Ended::Returned(_)));
        }
        m.mutator.collect_minor();
    }
    let found: Vec<Value> = (1..=want.len() as i64).map(|i| t.get_int(&mut m.mutator, i)).collect();
    assert_eq!(found, want);
}

#[test]
fn strings() {
    let mut m = Machine::new(feature_sets()[0]);
    let a = m.mutator.new_str(b"hello world, this is a long one").unwrap();
    let b = m.mutator.new_str(b"hello world, this is a long one").unwrap();
    let c = m.mutator.new_str(b"other").unwrap();
    let rope = m.mutator.concat2(a, c).unwrap();
    let [a, b, c, rope] = [a, b, c, rope].map(|s| address(s.to_value()));
    assert_eq!(m.one(Op::StrLen, &[Type::Str], Type::I64, [0; 2], &[c]), int(5));
    let eq = |m: &mut Machine, x, y| m.one(Op::StrEq, &[Type::Str; 2], Type::Bool, [0; 2], &[x, y]);
    assert_eq!(eq(&mut m, a, b), value(Value::TRUE));
    assert_eq!(eq(&mut m, a, a), value(Value::TRUE));
    assert_eq!(eq(&mut m, a, c), value(Value::FALSE));
    assert_eq!(m.one(Op::StrCmp, &[Type::Str; 2], Type::I64, [0; 2], &[a, c]), int(-1));
    let byte = func(
        "i64
b0(v0: str, v1: i64):
  v2 = str_bytes v0
  v3 = load_byte v2, v1
  return_values v3
",
    );
    let lowered = m.lower(&byte);
    assert_eq!(m.run(&lowered, &[a, 4]), Ended::Returned(vec![int(i64::from(b'o')).unwrap()]));
    assert_eq!(m.run(&lowered, &[rope, 31]), Ended::Returned(vec![int(i64::from(b'o')).unwrap()]));
    let one = m.one(Op::ByteStr, &[Type::I64], Type::Str, [0; 2], &[65]);
    let want = m.mutator.byte_str(65).to_value();
    assert_eq!(one, value(want));
    assert_eq!(m.one(Op::StrKey, &[Type::Str], Type::Value, [0; 2], &[a]), value(Value::NIL));
    let canon = |m: &mut Machine, v| m.one(Op::CanonStr, &[Type::Value], Type::Value, [0; 2], &[v]);
    assert_eq!(canon(&mut m, runtime::value::TAG_STRING | a), value(Value::NIL));
    assert_eq!(canon(&mut m, want.bits()), value(want));
    assert_eq!(canon(&mut m, Value::int32(7).bits()), value(Value::int32(7)));
    let twin = m.mutator.intern(b"interned by its twin").to_value();
    let copy = m.mutator.new_str(b"interned by its twin").unwrap().to_value();
    assert_ne!(twin.bits(), copy.bits());
    assert_eq!(canon(&mut m, copy.bits()), value(twin));
}

#[test]
fn new_objects_hold_what_they_were_given() {
    let stressed = HeapOptions { stress: Stress::Allocations(3), verify: true, ..HeapOptions::default() };
    let runs = feature_sets().map(|features| (features, HeapOptions::default(), 300_000));
    for (features, options, n) in runs.into_iter().chain([(feature_sets()[0], stressed, 300)]) {
        let mut m = Machine::with_heap(features, options);
        // A list as long as to need many blocks of memory and some collections: each cell has another one, with what is next.
        let func = func(
            "value
b0(v0: i64):
  v1 = const_value nil
  v2 = const_i64 0
  jump b1(v2, v1)
b1(v3: i64, v4: value):
  v5 = new_cell v4
  v6 = box_ref v5
  v7 = new_cell v6
  v8 = box_ref v7
  v9 = const_i64 1
  v10 = add_i64 v3, v9
  v11 = load_cell v7
  v14: bool = same_value v11, v6
  v15: value = select v14, v8, v1
  v12 = icmp v10, v0, lt
  branch v12, b1(v10, v15), b2(v15)
b2(v13: value):
  return_values v13
",
        );
        let lowered = m.lower(&func);
        let Ended::Returned(values) = m.run(&lowered, &[n]) else { panic!("it returns") };
        let [Seen::Bits(mut word)] = values[..] else { panic!("one value") };
        for _ in 0..2 * n {
            word = Cell::from_value(Value::from_bits(word)).expect("a cell").get().bits();
        }
        assert_eq!(word, Value::NIL.bits());
    }
}

#[test]
fn new_tables_and_closures() {
    let mut m = Machine::new(feature_sets()[0]);
    let shape = m.mutator.new_table_inline(5).shape_id();
    for array_capacity in [0, 10] {
        let mut func = Func::new("table");
        let b = func.add_block();
        let elem = Elem::Int;
        let id = func.snaps.add_template(Template { shape, inline_capacity: 5, array_capacity, elem });
        let mut builder = Builder::at_end(&mut func, b);
        let t = builder.new_table(id);
        let boxed = builder.box_ref(t);
        builder.return_values(&[boxed]);
        let lowered = m.lower(&func);
        let Ended::Returned(values) = m.run(&lowered, &[]) else { panic!("it returns") };
        let [Seen::Bits(word)] = values[..] else { panic!("one value") };
        let t = Table::from_value(Value::from_bits(word)).expect("a table");
        assert_eq!((t.shape_id(), t.inline_capacity(), t.len()), (shape, 5, 0));
        if array_capacity > 0 {
            assert!(t.array().capacity() >= 10 && t.array().kind() == ElementKind::Int);
        }
        for i in 0..5 {
            assert_eq!(t.slot_value(i), Value::NIL);
        }
        t.append(&mut m.mutator, Value::int32(4)).unwrap();
        assert_eq!(t.get_int(&mut m.mutator, 1), Value::int32(4));
        m.mutator.collect_full();
    }
    let function = Record::new(&mut m.mutator, 1);
    let func = func(
        "value
b0(v0: function, v1: value, v2: i64):
  v3 = new_closure v0, v1, v2
  v4: value = load_upvalue v3, 1
  v5 = closure_function v3
  v6: bool = same_ref v0, v5
  v7 = box_bool v6
  return_values v4, v7
",
    );
    let lowered = m.lower(&func);
    let args = [address(function.to_value()), Value::TRUE.bits(), 1 << 60];
    let want = vec![Seen::Big(1 << 60), seen_value(Value::TRUE.bits())];
    assert_eq!(m.run(&lowered, &args), Ended::Returned(want));
}

#[test]
fn barriers_remember_old_objects() {
    let mut m = Machine::new(feature_sets()[0]);
    let cell = Cell::new(&mut m.mutator, Value::NIL);
    // On the stack, so it survives and is old.
    m.mutator.collect_full();
    let func = func(
        "value
b0(v0: cell, v1: value):
  store_cell v0, v1
  write_barrier v0, v1
  v2 = const_value nil
  return_values v2
",
    );
    let lowered = m.lower(&func);
    let color = |c: runtime::cell::Cell| {
        // SAFETY: the cell is alive, and its header begins it.
        unsafe {
            (*c.to_value().pointer_payload::<runtime::object::Header>())
                .color
                .load(std::sync::atomic::Ordering::Relaxed)
        }
    };
    assert_eq!(color(cell), runtime::object::COLOR_OLD);
    m.run(&lowered, &[address(cell.to_value()), Value::int32(1).bits()]);
    assert_eq!(color(cell), runtime::object::COLOR_OLD, "no reference was stored");
    let t = m.mutator.new_table_inline(1);
    m.run(&lowered, &[address(cell.to_value()), t.to_value().bits()]);
    assert_eq!(color(cell), runtime::object::COLOR_REMEMBERED);
    assert_eq!(cell.get(), t.to_value());
}

#[test]
fn every_op_is_lowered() {
    let m = Machine::new(feature_sets()[0]);
    for &op in Op::ALL {
        let is_block_structure = matches!(op, Op::Param | Op::Nop | Op::Jump | Op::Branch);
        // What the compiler refuses: no front end makes it.
        let is_refused = op.class() == Class::Project;
        if is_block_structure || is_refused {
            continue;
        }
        let mut types: Vec<Type> = op
            .operands()
            .iter()
            .map(|&(_, want)| match want {
                Want::Type(t) => t,
                Want::Ref => Type::Table,
                Want::Any | Want::Same => Type::Value,
            })
            .collect();
        if let Some((_, want)) = op.rest().filter(|_| op != Op::CallHelper) {
            types.extend(vec![if want == Want::Any { Type::I64 } else { Type::Value }; 2]);
        }
        if op == Op::CallHelper {
            types = vec![Type::Value; 2];
        }
        if op == Op::Return {
            types = vec![Type::Value; 2];
        }
        let ty = match op.gives() {
            Gives::Type(t) => t,
            Gives::Ref => Type::Table,
            Gives::Same => *types.last().expect("an operand"),
            Gives::Given => Type::Value,
        };
        let imm = |i: usize| match op.imms().get(i).map(|k| k.1) {
            Some(ImmKind::Value) => Value::int32(4).bits(),
            Some(ImmKind::Results) => 1 | 8 << 16,
            Some(ImmKind::Address) => 0x1_0000,
            Some(ImmKind::Count) => 1,
            _ => 0,
        };
        let mut func = single(op, &types, ty, [imm(0), imm(1)]);
        if op == Op::NewTable {
            let elem = Elem::Any;
            func.snaps.add_template(Template { shape: 1, inline_capacity: 3, array_capacity: 0, elem });
        }
        // An array storage has no value that stands for it.
        if ty.is_ref() && ty.tag().is_none() || ty == Type::Ptr {
            let b = func.entry();
            let ret = func.terminator(b).expect("a return");
            let new = NewInst { op: Op::ConstValue, ty: Type::Value, args: &[], imm: 0, imm2: 0, snap: None };
            let nil = func.insert_before(ret, new);
            func.returns = Type::Value;
            func.set_arg(ret, 0, nil);
        }
        m.lower(&func);
    }
}
