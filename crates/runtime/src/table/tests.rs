//! Tests of tables as a whole: against a model with random operations, and one for each rule that the parts promise.

use super::*;
use crate::heap::roots::RootedVec;
use crate::shape::SlotKind;
use crate::testing::{Rng, mutator, stressed_mutator};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;

fn int(i: i64) -> Value {
    Value::small_int(i).expect("small integers are enough here")
}

fn named(m: &mut Mutator, name: &str) -> Value {
    m.field_name(name.as_bytes()).to_value()
}

fn text(m: &mut Mutator, bytes: &str) -> Value {
    m.new_str(bytes.as_bytes()).unwrap().to_value()
}

fn set(m: &mut Mutator, t: Table, key: Value, v: Value) {
    t.set(m, key, v).unwrap();
}

fn set_named(m: &mut Mutator, t: Table, name: &str, v: Value) {
    let key = m.field_name(name.as_bytes());
    t.set_str(m, key, v, true).unwrap();
}

fn get_named(m: &mut Mutator, t: Table, name: &str) -> Value {
    let key = named(m, name);
    t.get(m, key)
}

/// All entries in order of traversal, by cursor; `next` must agree.
fn entries(m: &mut Mutator, t: Table) -> Vec<(Value, Value)> {
    let (mut found, mut at, mut last) = (vec![], 0, Value::NIL);
    while let Some((next, key, v)) = t.next_at(m, at, last) {
        assert_eq!(t.next(m, last), Ok(Some((key, v))));
        found.push((key, v));
        (at, last) = (next, key);
    }
    assert_eq!(t.next(m, last), Ok(None));
    found
}

fn keys(m: &mut Mutator, t: Table) -> Vec<String> {
    entries(m, t).into_iter().map(|(k, _)| key_text(k)).collect()
}

fn key_text(k: Value) -> String {
    match Str::from_value(k) {
        Some(s) => String::from_utf8_lossy(s.bytes_flat().unwrap()).into_owned(),
        None => format!("{k:?}"),
    }
}

fn border_holds(m: &mut Mutator, t: Table) -> bool {
    let n = t.len() as i64;
    (n == 0 || !t.get_int(m, n).is_nil()) && t.get_int(m, n + 1).is_nil()
}

#[test]
fn a_first_key_for_equality_changes_the_epoch() {
    for many in [false, true] {
        let m = &mut mutator();
        let t = m.new_table(0, 0);
        // Computed keys make a dictionary of it.
        for i in 0..if many { 2000 } else { 3 } {
            let key = m.intern(format!("some key {i}").as_bytes());
            t.set_str(m, key, Value::int32(i), false).unwrap();
        }
        let epoch = m.heap().class_epoch().load(Relaxed);
        assert!(!m.heap().shapes().has_equality());
        let key = m.intern(b"__eq");
        t.set_str(m, key, Value::TRUE, false).unwrap();
        assert!(m.heap().shapes().has_equality());
        assert_ne!(m.heap().class_epoch().load(Relaxed), epoch);
    }
}

#[test]
fn a_new_table_is_empty() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    assert_eq!((t.len(), t.metatable(m.heap()), t.is_class()), (0, None, false));
    assert_eq!(entries(m, t), []);
    for key in [int(0), int(1), int(-1), Value::NIL, Value::TRUE, Value::float(1.5), Value::float(f64::NAN)] {
        assert!(t.get(m, key).is_nil());
    }
    assert!(get_named(m, t, "x").is_nil());
    assert!(t.array().is_shared_empty() && t.slots_ref().is_shared_empty());
}

#[test]
fn keys_of_all_types_are_kept_apart() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    let big = m.int(1 << 60);
    let other = m.new_table(0, 0).to_value();
    let keys = [
        int(1),
        int(0),
        int(-7),
        int(1 << 40),
        big,
        Value::float(0.5),
        Value::float(1e300),
        Value::TRUE,
        Value::FALSE,
        named(m, "1"),
        named(m, "name"),
        other,
    ];
    for (i, &key) in keys.iter().enumerate() {
        set(m, t, key, int(i as i64));
    }
    for (i, &key) in keys.iter().enumerate() {
        assert_eq!(t.get(m, key), int(i as i64));
    }
    assert_eq!(entries(m, t).len(), keys.len());
    for &key in &keys {
        set(m, t, key, Value::NIL);
        assert!(t.get(m, key).is_nil());
    }
    assert_eq!(entries(m, t), []);
}

#[test]
fn floats_with_integer_values_are_integer_keys() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    for (float, whole) in [(1.0, 1), (-0.0, 0), (-3.0, -3), (4503599627370496.0, 1 << 52)] {
        set(m, t, Value::float(float), int(whole & 0xFF));
        let key = m.int(whole);
        assert_eq!(t.get(m, key), int(whole & 0xFF));
        assert_eq!(t.get(m, Value::float(float)), int(whole & 0xFF));
    }
    assert!(entries(m, t).iter().all(|(k, _)| k.as_int().is_some()));
    // 2^63 is out of range and stays a float.
    let key = Value::float(9_223_372_036_854_775_808.0);
    set(m, t, key, Value::TRUE);
    assert_eq!(t.get(m, key), Value::TRUE);
    let min = m.int(i64::MIN);
    assert!(t.get(m, min).is_nil());
    set(m, t, Value::float(-9_223_372_036_854_775_808.0), Value::FALSE);
    assert_eq!(t.get(m, min), Value::FALSE);
}

#[test]
fn nil_and_nan_are_no_keys() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    assert_eq!(t.set(m, Value::NIL, Value::TRUE), Err(TableError::NilKey));
    assert_eq!(t.set(m, Value::float(f64::NAN), Value::TRUE), Err(TableError::NanKey));
    assert_eq!(TableError::NilKey.to_string(), "table index is nil");
    assert_eq!(TableError::NanKey.to_string(), "table index is NaN");
}

#[test]
fn strings_are_found_by_their_bytes() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    let key = text(m, "made at run time");
    set(m, t, key, int(1));
    let again = text(m, "made at run time");
    assert_ne!(again, key);
    assert_eq!(t.get(m, again), int(1));
    // Reading does not intern.
    let unknown = text(m, "nobody stored this");
    assert!(t.get(m, unknown).is_nil());
    assert!(!Str::from_value(unknown).unwrap().is_interned());
    set(m, t, unknown, Value::NIL);
    assert!(!Str::from_value(unknown).unwrap().is_interned());
    // A rope is a key by its bytes too.
    let half = "x".repeat(2000);
    let (a, b) = (m.new_str(half.as_bytes()).unwrap(), m.new_str(half.as_bytes()).unwrap());
    let rope = m.concat2(a, b).unwrap().to_value();
    set(m, t, rope, int(2));
    let flat = text(m, &"x".repeat(4000));
    assert_eq!(t.get(m, flat), int(2));
}

#[test]
fn named_keys_make_shapes_and_removal_keeps_them() {
    let m = &mut mutator();
    let (a, b) = (m.new_table(0, 0), m.new_table(0, 0));
    for t in [a, b] {
        for (i, name) in ["x", "y", "z", "u", "v"].into_iter().enumerate() {
            set_named(m, t, name, int(i as i64));
        }
    }
    assert_eq!(a.shape_id(), b.shape_id());
    assert_eq!(a.slots_ref().capacity(), 4);
    let shape = a.shape_id();
    set_named(m, a, "y", Value::NIL);
    assert_eq!(a.shape_id(), shape);
    assert_eq!(keys(m, a), ["x", "z", "u", "v"]);
    set_named(m, a, "y", int(9));
    assert_eq!(keys(m, a), ["x", "y", "z", "u", "v"]);
    let key = m.field_name(b"v");
    let slot = a.find_slot(m.heap(), key).unwrap();
    assert_eq!((slot, a.slot_value(slot)), (4, int(4)));
    a.set_slot(m, slot, Value::TRUE);
    assert_eq!(a.get_str(m.heap(), key), Value::TRUE);
    // SAFETY: slots below the inline capacity exist.
    assert_eq!(unsafe { a.inline_slot(0) }.load(), int(0));
    assert_eq!(a.ext_slot(1).map(Word::load), Some(Value::TRUE));
    assert!(a.ext_slot(4).is_none());
    assert_eq!(a.slot_value(400), Value::NIL);
}

#[test]
fn cached_transitions_add_properties() {
    let m = &mut mutator();
    let model = m.new_table(0, 0);
    let old = model.shape_id();
    set_named(m, model, "p", Value::TRUE);
    let key = m.field_name(b"p");
    let (new, slot) = m.heap().shapes().transition_for(old, key).unwrap();
    assert_eq!(new, model.shape_id());
    let t = m.new_table(0, 0);
    assert!(t.add_with_transition(m, old, new, slot, int(5), SlotKind::Nothing));
    assert_eq!((t.shape_id(), t.get_str(m.heap(), key)), (new, int(5)));
    assert!(!t.add_with_transition(m, old, new, slot, int(6), SlotKind::Int), "the shape is another one now");
    assert_eq!(t.get_str(m.heap(), key), int(5));
}

#[test]
fn templates_make_tables_with_slots() {
    let m = &mut mutator();
    let keys: Vec<Box<[u8]>> = vec![(*b"a").into(), (*b"b").into()];
    let template = m.link_template(&bytecode::module::TableTemplate { keys, array_len: 3 });
    assert!(template.is_shaped);
    assert_eq!((template.key_count, template.array_len, template.inline_capacity), (2, 3, 3));
    m.collect_full();
    m.collect_full();
    let (t, u) = (m.new_table_from_template(&template), m.new_table_from_template(&template));
    assert_eq!(t.shape_id(), u.shape_id());
    t.set_slot(m, 1, int(7));
    assert_eq!(get_named(m, t, "b"), int(7));
    assert_eq!(entries(m, t).len(), 1);
    let keys: Vec<Box<[u8]>> = (0..200).map(|i| format!("k{i}").into_bytes().into()).collect();
    let template = m.link_template(&bytecode::module::TableTemplate { keys, array_len: 0 });
    assert!(!template.is_shaped);
    let t = m.new_table_from_template(&template);
    assert_eq!(entries(m, t), []);
    assert_eq!(m.heap().shapes().get(t.shape_id()).slot_count(), 0);
}

#[test]
fn many_or_computed_keys_make_a_dictionary() {
    let m = &mut mutator();
    // Named keys stay slots up to 512.
    let t = m.new_table(0, 0);
    for i in 0..600 {
        set_named(m, t, &format!("n{i}"), int(i));
        let is_dictionary = m.heap().shapes().get(t.shape_id()).is_dictionary();
        assert_eq!(is_dictionary, i >= 512, "{i}");
    }
    // Computed ones only up to 12.
    let u = m.new_table(0, 0);
    for i in 0..100 {
        let key = text(m, &format!("computed {i}"));
        set(m, u, key, int(i));
        let is_dictionary = m.heap().shapes().get(u.shape_id()).is_dictionary();
        assert_eq!(is_dictionary, i >= 12, "{i}");
    }
    for (table, count, prefix) in [(t, 600, "n"), (u, 100, "computed ")] {
        let expected: Vec<String> = (0..count).map(|i| format!("{prefix}{i}")).collect();
        assert_eq!(keys(m, table), expected);
        for i in 0..count {
            let key = text(m, &format!("{prefix}{i}"));
            assert_eq!(table.get(m, key), int(i));
        }
    }
    // Other keys come after the strings, whenever they were added.
    set(m, u, Value::TRUE, Value::TRUE);
    set_named(m, u, "last", Value::TRUE);
    assert_eq!(keys(m, u)[100..], ["last", "true"]);
}

#[test]
fn element_kinds_follow_the_values() {
    let m = &mut mutator();
    let string = text(m, "s");
    let cases = [
        (int(5), ElementKind::Int),
        (Value::float(0.5), ElementKind::Float),
        (Value::TRUE, ElementKind::Bool),
        (string, ElementKind::Any),
    ];
    for (first, kind) in cases {
        for (second, other) in cases {
            let t = m.new_table(0, 0);
            for i in 1..=20 {
                t.set_int(m, i, first).unwrap();
            }
            assert_eq!((t.array().kind(), t.len()), (kind, 20));
            t.set_int(m, 7, second).unwrap();
            let expected = if kind == other { kind } else { ElementKind::Any };
            assert_eq!(t.array().kind(), expected);
            for i in 1..=20 {
                assert_eq!(t.get_int(m, i), if i == 7 { second } else { first });
            }
            t.append(m, second).unwrap();
            assert_eq!((t.len(), t.get_int(m, 21)), (21, second));
        }
    }
}

#[test]
fn integer_elements_have_all_64_bits() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    for (i, n) in [0, 1 << 47, -(1 << 47) - 1, i64::MAX, i64::MIN + 1].into_iter().enumerate() {
        let v = m.int(n);
        t.append(m, v).unwrap();
        assert_eq!(t.get_int(m, i as i64 + 1).as_int(), Some(n));
    }
    assert_eq!(t.array().kind(), ElementKind::Int);
    // The one integer that stands for an absent element makes room for itself.
    let min = m.int(i64::MIN);
    t.append(m, min).unwrap();
    assert_eq!(t.array().kind(), ElementKind::Any);
    assert_eq!(t.get_int(m, 6).as_int(), Some(i64::MIN));
    assert_eq!(t.get_int(m, 4).as_int(), Some(i64::MAX));
    assert_eq!(t.len(), 6);
}

#[test]
fn float_arrays_keep_nan_apart_from_absence() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    for x in [1.0, f64::NAN, -f64::NAN, f64::INFINITY] {
        t.append(m, Value::float(x)).unwrap();
    }
    assert_eq!((t.array().kind(), t.len()), (ElementKind::Float, 4));
    assert!(t.get_int(m, 2).float_payload().is_nan());
    t.set_int(m, 3, Value::NIL).unwrap();
    assert!(t.get_int(m, 3).is_nil());
    assert_eq!(t.array().kind(), ElementKind::Float);
    assert_eq!(entries(m, t).len(), 3);
}

#[test]
fn the_length_is_a_border() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    for i in 1..=10 {
        t.append(m, int(i)).unwrap();
    }
    t.set_int(m, 9, Value::NIL).unwrap();
    t.set_int(m, 8, Value::NIL).unwrap();
    assert_eq!(t.len(), 10);
    t.set_int(m, 10, Value::NIL).unwrap();
    assert_eq!(t.len(), 7);
    t.set_int(m, 8, int(8)).unwrap();
    assert_eq!(t.len(), 8);
    for i in (1..=8).rev() {
        t.set_int(m, i, Value::NIL).unwrap();
        assert_eq!(t.len(), i as usize - 1);
    }
    t.set_int(m, 1, Value::NIL).unwrap();
    assert_eq!(t.len(), 0);
}

#[test]
fn key_zero_lives_in_the_array_part() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    t.set_int(m, 0, Value::NIL).unwrap();
    assert!(t.array().is_shared_empty());
    for i in 0..10 {
        t.set_int(m, i, int(i * i)).unwrap();
    }
    assert_eq!((t.len(), t.hash_ref().used()), (9, 0));
    assert_eq!(t.get_int(m, 0), int(0));
    assert_eq!(keys(m, t)[..2], ["0", "1"]);
    t.set_int(m, 0, Value::TRUE).unwrap();
    assert_eq!((t.get_int(m, 0), t.get_int(m, 3), t.len()), (Value::TRUE, int(9), 9));
    t.set_int(m, 0, Value::NIL).unwrap();
    assert_eq!(keys(m, t)[0], "1");
}

#[test]
fn keys_beyond_the_end_wait_in_the_hash_part() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    for i in [3, 4, 6] {
        t.set_int(m, i, int(i)).unwrap();
    }
    assert_eq!((t.len(), t.hash_ref().used()), (0, 3));
    t.set_int(m, 1, int(1)).unwrap();
    assert_eq!(t.len(), 1);
    t.set_int(m, 2, int(2)).unwrap();
    assert_eq!(t.len(), 4);
    t.set_int(m, 5, int(5)).unwrap();
    assert_eq!(t.len(), 6);
    assert_eq!(keys(m, t), ["1", "2", "3", "4", "5", "6"]);
}

#[test]
fn arrays_filled_from_two_on_forget_the_hash_part() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    (2..=40).for_each(|i| t.set_int(m, i, int(i)).unwrap());
    assert_eq!((t.len(), t.flags() & HASH_INTS), (40, 0));
    // Removed and set again, a key behind the end is a follower. (The far one has the list grow, in which there is room then.)
    t.set_int(m, 1000, int(1000)).unwrap();
    t.set_int(m, 1000, Value::NIL).unwrap();
    t.set_int(m, 42, int(42)).unwrap();
    t.set_int(m, 42, Value::NIL).unwrap();
    t.set_int(m, 42, int(42)).unwrap();
    assert_eq!((t.len(), t.flags() & HASH_INTS), (40, HASH_INTS));
    t.set_int(m, 41, int(41)).unwrap();
    assert_eq!(t.len(), 42);
    // One that was moved to the array part, too.
    for i in 2..=42 {
        t.set_int(m, i, Value::NIL).unwrap();
    }
    assert_eq!(t.len(), 0);
    t.set_int(m, 1, int(1)).unwrap();
    t.set_int(m, 3, int(3)).unwrap();
    t.set_int(m, 2, int(2)).unwrap();
    assert_eq!((t.len(), t.get_int(m, 3)), (3, int(3)));
}

#[test]
fn filling_backwards_and_sparsely_finds_the_array_part() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    for i in (1..=1000).rev() {
        t.set_int(m, i, int(i)).unwrap();
        assert!(border_holds(m, t));
    }
    assert_eq!(t.len(), 1000);
    assert_eq!(t.array().kind(), ElementKind::Int);
    // Two of three keys: more than half of the array is in use.
    let u = m.new_table(0, 0);
    for i in (1..=300).filter(|i| i % 3 != 0).rev() {
        u.set_int(m, i, int(i)).unwrap();
        assert!(border_holds(m, u));
    }
    assert!(u.array().capacity() > 150, "{}", u.array().capacity());
    for i in 1..=300 {
        assert_eq!(u.get_int(m, i), if i % 3 == 0 { Value::NIL } else { int(i) });
    }
    // One of a hundred: it is not.
    let v = m.new_table(0, 0);
    for i in 1..=100 {
        v.set_int(m, i * 100, int(i)).unwrap();
    }
    assert_eq!(v.array().capacity(), 0);
    assert_eq!(entries(m, v).len(), 100);
}

#[test]
fn a_queue_does_not_grow_for_ever() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    let rounds = if cfg!(miri) { 2000 } else { 100_000 };
    for i in 1..=rounds {
        t.set_int(m, i, int(i)).unwrap();
        if i > 10 {
            assert_eq!(t.get_int(m, i - 10), int(i - 10));
            t.set_int(m, i - 10, Value::NIL).unwrap();
        }
    }
    assert_eq!(entries(m, t).len(), 10);
    assert!(t.size_bytes() < 4096, "{}", t.size_bytes());
}

#[test]
fn lists_keep_nils_in_between() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    t.set_list(m, 1, &[Value::NIL, int(2), Value::NIL, int(4)], 4).unwrap();
    assert_eq!((t.len(), t.array().kind()), (4, ElementKind::Int));
    assert_eq!(keys(m, t), ["2", "4"]);
    t.set_list(m, 5, &[Value::TRUE, Value::NIL], 6).unwrap();
    assert_eq!((t.len(), t.array().kind()), (5, ElementKind::Any));
    let u = m.new_table(0, 0);
    u.set_list(m, 1, &[Value::NIL, Value::NIL], 2).unwrap();
    assert_eq!(u.len(), 0);
    // Keys set before the positional values, as `{[2]: 1, 10, 20}` does.
    let v = m.new_table(0, 0);
    v.set_int(m, 2, Value::TRUE).unwrap();
    v.set_int(m, 3, Value::TRUE).unwrap();
    v.set_list(m, 1, &[int(10), int(20)], 2).unwrap();
    assert_eq!((v.len(), v.get_int(m, 2), v.get_int(m, 3)), (3, int(20), Value::TRUE));
    // A long list in batches.
    let w = m.new_table(0, 0);
    let batch: Vec<Value> = (0..50).map(int).collect();
    for i in 0..20 {
        w.set_list(m, 1 + i * 50, &batch, 0).unwrap();
    }
    assert_eq!((w.len(), w.get_int(m, 1000), w.get_int(m, 951)), (1000, int(49), int(0)));
}

#[test]
fn inserting_and_removing_shift() {
    let m = &mut mutator();
    for first in [int(100), Value::float(1.5), Value::TRUE, text(m, "s")] {
        let t = m.new_table(0, 0);
        let mut model = vec![];
        let mut rng = Rng::new(3);
        for i in 0..200 {
            if model.is_empty() || rng.below(3) != 0 {
                let pos = rng.below(model.len() + 1);
                let v = if i == 150 { int(7) } else { first };
                t.insert_at(m, pos + 1, v).unwrap();
                model.insert(pos, v);
            } else {
                let pos = rng.below(model.len());
                assert_eq!(t.remove_at(m, pos + 1), model.remove(pos));
            }
            assert_eq!(t.len(), model.len());
        }
        for (i, &v) in model.iter().enumerate() {
            assert_eq!(t.get_int(m, i as i64 + 1), v);
        }
    }
    // The keys behind are met on the way.
    let t = m.new_table(0, 0);
    t.append(m, int(1)).unwrap();
    t.set_int(m, 3, int(3)).unwrap();
    t.insert_at(m, 1, int(0)).unwrap();
    assert_eq!(t.len(), 3);
    assert_eq!(keys(m, t), ["1", "2", "3"]);
}

#[test]
fn numbers_are_sorted_in_place() {
    let m = &mut mutator();
    let mut rng = Rng::new(1);
    let (ints, floats) = (m.new_table(0, 0), m.new_table(0, 0));
    for _ in 0..300 {
        let n = rng.next() as i64;
        let (i, f) = (m.int(n), Value::float(n as f64 / 7.0));
        ints.append(m, i).unwrap();
        floats.append(m, f).unwrap();
    }
    assert!(ints.sort_numbers(m) && floats.sort_numbers(m));
    for i in 1..300 {
        assert!(ints.get_int(m, i).as_int() <= ints.get_int(m, i + 1).as_int());
        assert!(floats.get_int(m, i).float_payload() <= floats.get_int(m, i + 1).float_payload());
    }
    floats.append(m, Value::float(f64::NAN)).unwrap();
    assert!(!floats.sort_numbers(m));
    ints.set_int(m, 5, Value::NIL).unwrap();
    assert!(!ints.sort_numbers(m));
}

#[test]
fn elements_are_copied_between_arrays_of_one_kind() {
    let m = &mut mutator();
    let (a, b) = (m.new_table(0, 0), m.new_table(0, 0));
    for i in 1..=20 {
        a.append(m, int(i)).unwrap();
        b.append(m, int(-i)).unwrap();
    }
    assert!(a.copy_elements(m, 3, 5, b, 10));
    for i in 1..=20 {
        let expected = if (10..15).contains(&i) { i - 7 } else { -i };
        assert_eq!(b.get_int(m, i), int(expected));
    }
    assert!(a.copy_elements(m, 1, 19, a, 2), "overlapping ranges");
    assert_eq!((a.get_int(m, 1), a.get_int(m, 2), a.get_int(m, 20)), (int(1), int(1), int(19)));
    assert!(!a.copy_elements(m, 1, 21, b, 1) && !a.copy_elements(m, 0, 1, b, 1));
    let c = m.new_table(0, 0);
    c.append(m, Value::TRUE).unwrap();
    assert!(!a.copy_elements(m, 1, 1, c, 1));
}

#[test]
fn metatables_are_part_of_the_shape() {
    let m = &mut mutator();
    let meta = m.new_table(0, 0);
    let (a, b, c) = (m.new_table(0, 0), m.new_table(0, 0), m.new_table(0, 0));
    for t in [a, b, c] {
        set_named(m, t, "x", int(1));
    }
    let plain = a.shape_id();
    a.set_metatable(m, Some(meta)).unwrap();
    b.set_metatable(m, Some(meta)).unwrap();
    assert_eq!(a.shape_id(), b.shape_id());
    assert_ne!(a.shape_id(), plain);
    assert!(meta.is_class() && !a.is_class());
    assert_eq!((a.metatable(m.heap()), c.metatable(m.heap())), (Some(meta), None));
    assert_eq!(get_named(m, a, "x"), int(1));
    a.set_metatable(m, None).unwrap();
    assert_eq!(a.shape_id(), plain);
    // To and fro between two metatables: a finite number of shapes.
    let other = m.new_table(0, 0);
    set_named(m, a, "y", int(2));
    let count = m.heap().shapes().count();
    for i in 0..100 {
        let target = [Some(meta), Some(other), None][i % 3];
        a.set_metatable(m, target).unwrap();
        assert_eq!(a.metatable(m.heap()), target);
        assert_eq!((get_named(m, a, "x"), get_named(m, a, "y")), (int(1), int(2)));
    }
    assert!(m.heap().shapes().count() < count + 12);
}

#[test]
fn many_metatables_share_one_shape_with_a_hidden_slot() {
    let m = &mut mutator();
    let mut tables = vec![];
    let mut ids = std::collections::HashSet::new();
    let keep = m.new_table(0, 0);
    for i in 0..crate::shape::METATABLES_MAX as i64 + 20 {
        let (t, meta) = (m.new_table(0, 0), m.new_table(0, 0));
        keep.append(m, t.to_value()).unwrap();
        set_named(m, t, "x", int(i));
        t.set_metatable(m, Some(meta)).unwrap();
        set_named(m, t, "y", int(-i));
        ids.insert(t.shape_id());
        tables.push((t, meta));
    }
    assert_eq!(ids.len(), crate::shape::METATABLES_MAX + 1);
    m.collect_full();
    for (i, &(t, meta)) in tables.iter().enumerate() {
        assert_eq!(t.metatable(m.heap()), Some(meta));
        assert_eq!(keys(m, t), ["x", "y"]);
        assert_eq!((get_named(m, t, "x"), get_named(m, t, "y")), (int(i as i64), int(-(i as i64))));
    }
    let (t, meta) = tables[crate::shape::METATABLES_MAX + 10];
    assert!(!meta.is_class());
    let shape = t.shape_id();
    t.set_metatable(m, None).unwrap();
    assert_eq!((t.metatable(m.heap()), t.shape_id()), (None, shape));
    t.set_metatable(m, Some(meta)).unwrap();
    // On the way to dictionary mode the metatable stays.
    for i in 0..30 {
        let key = text(m, &format!("computed {i}"));
        set(m, t, key, int(i));
        assert_eq!(t.metatable(m.heap()), Some(meta));
    }
    assert!(m.heap().shapes().get(t.shape_id()).is_dictionary());
    assert_eq!(keys(m, t).len(), 32);
    let (u, known) = tables[0];
    for i in 0..30 {
        let key = text(m, &format!("computed {i}"));
        set(m, u, key, int(i));
        assert_eq!(u.metatable(m.heap()), Some(known));
    }
    assert!(m.heap().shapes().get(u.shape_id()).is_dictionary());
    u.set_metatable(m, Some(meta)).unwrap();
    assert_eq!(u.metatable(m.heap()), Some(meta));
    u.set_metatable(m, None).unwrap();
    assert_eq!(u.metatable(m.heap()), None);
    assert_eq!(keys(m, u).len(), 32);
}

#[test]
fn shapes_know_metatables_again_when_earlier_ones_are_gone() {
    let m = &mut mutator();
    let give = |m: &mut Mutator| {
        let (t, meta) = (m.new_table(0, 0), m.new_table(0, 0));
        set_named(m, t, "x", int(1));
        t.set_metatable(m, Some(meta)).unwrap();
        meta
    };
    let fill = |m: &mut Mutator| (0..2 * crate::shape::METATABLES_MAX).filter(|_| give(m).is_class()).count();
    assert_eq!(fill(m), crate::shape::METATABLES_MAX);
    // The first one spares what is new. Words of the stack may keep a few alive.
    m.collect_full();
    m.collect_full();
    assert!(fill(m) > crate::shape::METATABLES_MAX / 2);
}

#[test]
fn many_dictionaries_with_metatables() {
    let m = &mut mutator();
    let keep = m.new_table(0, 0);
    for i in 0..20 {
        let (t, meta) = (m.new_table(0, 0), m.new_table(0, 0));
        keep.append(m, t.to_value()).unwrap();
        for j in 0..20 {
            let key = text(m, &format!("computed {j}"));
            set(m, t, key, int(i * j));
        }
        t.set_metatable(m, Some(meta)).unwrap();
        assert_eq!(t.metatable(m.heap()), Some(meta));
        assert_eq!(keys(m, t).len(), 20);
    }
}

#[test]
fn classes_tell_when_what_was_relied_on_changes() {
    let m = &mut mutator();
    let class = m.new_table(0, 0);
    set_named(m, class, "f", int(1));
    set_named(m, class, "g", int(2));
    let f = m.field_name(b"f");
    assert!(!class.rely_on_absence(m.heap()), "not a class yet");
    class.mark_class(m);
    let epoch = |m: &Mutator| m.heap().class_epoch().load(Relaxed);
    let slot = class.find_slot(m.heap(), f).unwrap();
    assert_eq!(class.slot_state(m.heap(), slot), SlotState::Fresh);
    // Nobody relies on anything: nothing to tell.
    set_named(m, class, "f", int(3));
    set_named(m, class, "h", int(4));
    assert_eq!(epoch(m), 0);
    assert!(class.rely_on(m.heap(), slot, int(3)));
    assert!(!class.rely_on(m.heap(), slot, int(4)), "it has another value");
    assert_eq!(class.slot_state(m.heap(), slot), SlotState::Relied);
    set_named(m, class, "g", int(5));
    set_named(m, class, "f", int(3));
    assert_eq!(epoch(m), 0, "another slot, and the same value");
    set_named(m, class, "f", int(6));
    assert_eq!(epoch(m), 1);
    assert_eq!(class.slot_state(m.heap(), slot), SlotState::Mutable);
    assert!(!class.rely_on(m.heap(), slot, int(6)));
    set_named(m, class, "f", int(7));
    assert_eq!(epoch(m), 1);
    // Absence.
    assert!(class.rely_on_absence(m.heap()));
    set_named(m, class, "f", int(8));
    assert_eq!(epoch(m), 1);
    set_named(m, class, "new", int(8));
    assert_eq!(epoch(m), 2);
    assert!(class.rely_on_absence(m.heap()));
    set_named(m, class, "f", Value::NIL);
    assert_eq!(epoch(m), 3);
    assert!(class.rely_on_absence(m.heap()));
    let meta = m.new_table(0, 0);
    class.set_metatable(m, Some(meta)).unwrap();
    assert_eq!(epoch(m), 4);
    assert_eq!(keys(m, class), ["g", "h", "new"]);
    // A class that is broken all the time is not relied on any more.
    let breaks = (0..500).filter(|i| {
        let relied = class.rely_on_absence(m.heap());
        set_named(m, class, "f", if i % 2 == 0 { int(1) } else { Value::NIL });
        relied
    });
    assert!(breaks.count() < 100);
}

#[test]
fn classes_stay_shaped_and_come_back_from_dictionary_mode() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    for i in 0..100 {
        let key = text(m, &format!("method {i}"));
        set(m, t, key, int(i));
    }
    set(m, t, Value::TRUE, Value::TRUE);
    let gone = text(m, "method 50");
    set(m, t, gone, Value::NIL);
    let meta = m.new_table(0, 0);
    t.set_metatable(m, Some(meta)).unwrap();
    assert!(m.heap().shapes().get(t.shape_id()).is_dictionary());
    t.mark_class(m);
    assert!(!m.heap().shapes().get(t.shape_id()).is_dictionary());
    assert_eq!(t.metatable(m.heap()), Some(meta));
    let mut expected: Vec<String> = (0..100).filter(|&i| i != 50).map(|i| format!("method {i}")).collect();
    expected.push("true".into());
    assert_eq!(keys(m, t), expected);
    for i in 0..600 {
        let key = text(m, &format!("more {i}"));
        set(m, t, key, int(i));
        assert_eq!(m.heap().shapes().get(t.shape_id()).is_dictionary(), 99 + i >= 512, "{i}");
    }
    assert_eq!(keys(m, t).len(), 700);
    let key = m.field_name(b"method 7");
    assert_eq!(t.get_str(m.heap(), key), int(7));
    assert!(!t.rely_on_absence(m.heap()));
}

#[test]
fn next_knows_its_keys() {
    let m = &mut mutator();
    let t = m.new_table(0, 0);
    for i in 1..=3 {
        t.append(m, int(i)).unwrap();
    }
    set_named(m, t, "x", int(1));
    set(m, t, Value::TRUE, int(2));
    for key in [int(4), int(-1), Value::FALSE, Value::float(0.5), text(m, "unknown")] {
        assert_eq!(t.next(m, key), Err(InvalidKey));
    }
    let x = named(m, "x");
    assert_eq!(t.next(m, Value::float(2.0)), Ok(Some((int(3), int(3)))));
    assert_eq!(t.next(m, int(3)), Ok(Some((x, int(1)))));
    assert_eq!(t.next(m, x), Ok(Some((Value::TRUE, int(2)))));
    assert_eq!(t.next(m, Value::TRUE), Ok(None));
    let empty = m.new_table(0, 0);
    assert_eq!(empty.next(m, int(1)), Err(InvalidKey));
}

#[test]
fn everything_may_be_removed_during_a_traversal() {
    let m = &mut mutator();
    for style in 0..2 {
        let t = m.new_table(0, 0);
        for i in 1..=20 {
            t.append(m, int(i)).unwrap();
            set_named(m, t, &format!("n{i}"), int(i));
            set(m, t, Value::float(i as f64 + 0.5), int(i));
            set(m, t, int(-i), int(i));
        }
        let (mut at, mut last, mut count) = (0, Value::NIL, 0);
        loop {
            let step = if style == 0 {
                t.next_at(m, at, last)
            } else {
                t.next(m, last).unwrap().map(|(k, v)| (0, k, v))
            };
            let Some((next, key, _)) = step else { break };
            set(m, t, key, Value::NIL);
            (at, last) = (next, key);
            count += 1;
        }
        assert_eq!(count, 80);
        assert_eq!(entries(m, t), []);
    }
}

/// What exists during a whole traversal is visited exactly once, whatever else is added and removed.
#[test]
fn a_traversal_survives_any_change() {
    let m = &mut mutator();
    let rounds = if cfg!(miri) { 20 } else { 1000 };
    for seed in 0..rounds {
        let mut rng = Rng::new(seed);
        let t = m.new_table(0, 0);
        let mut fixed = BTreeMap::new();
        for i in 0..rng.below(60) {
            let key = random_key(m, &mut rng, 40);
            set(m, t, key, int(i as i64));
            fixed.insert(key_order(m, key), 0);
        }
        let (mut at, mut last) = (0, Value::NIL);
        while let Some((next, key, v)) = t.next_at(m, at, last) {
            assert_eq!(t.get(m, key), v);
            if let Some(visits) = fixed.get_mut(&key_order(m, key)) {
                *visits += 1;
            }
            // Removing the current entry and adding others is what makes storages change under the traversal.
            if rng.below(3) == 0 {
                set(m, t, key, Value::NIL);
            }
            for _ in 0..rng.below(4) {
                let other = random_key(m, &mut rng, 120);
                if !fixed.contains_key(&key_order(m, other)) {
                    set(m, t, other, if rng.below(5) == 0 { Value::NIL } else { int(1) });
                }
            }
            if rng.below(40) == 0 {
                t.mark_class(m);
            }
            (at, last) = (next, key);
            if rng.below(400) == 0 {
                break;
            }
        }
        if t.next_at(m, at, last).is_none() {
            for (key, visits) in fixed {
                assert_eq!(visits, 1, "seed {seed}, key {key:?}");
            }
        }
    }
}

/// As [`a_traversal_survives_any_change`] for several traversals at once, by cursor and by key, some of them given up. Only
/// keys that are no positive integers: these may go to the array part, where a traversal by key does not know whether it
/// has been to them.
#[test]
fn traversals_of_one_table_do_not_disturb_each_other() {
    let m = &mut mutator();
    let rounds = if cfg!(miri) { 20 } else { 1000 };
    let key_of = |m: &mut Mutator, rng: &mut Rng, range: usize| match random_key(m, rng, range) {
        key if key.as_int().is_some_and(|i| i >= 0) => Value::float(key.as_int().unwrap_or(0) as f64 + 0.5),
        key => key,
    };
    for seed in 0..rounds {
        let mut rng = Rng::new(5000 + seed);
        let t = m.new_table(0, 0);
        let mut fixed = BTreeMap::new();
        for i in 0..1 + rng.below(60) {
            let key = key_of(m, &mut rng, 40);
            set(m, t, key, int(i as i64));
            fixed.insert(key_order(m, key), ());
        }
        // ROOTED: there is no collection in this test.
        let mut walks: Vec<(u64, Value, BTreeMap<ModelKey, u32>)> = Vec::new();
        for _ in 0..200 {
            if walks.len() < 4 && rng.below(4) == 0 {
                walks.push((0, Value::NIL, BTreeMap::new()));
            }
            if walks.is_empty() {
                continue;
            }
            let which = rng.below(walks.len());
            let (at, last, seen) = &mut walks[which];
            let is_by_key = which % 2 == 1;
            let step = if is_by_key {
                t.next(m, *last).unwrap().map(|(k, v)| (0, k, v))
            } else {
                t.next_at(m, *at, *last)
            };
            match step {
                None => {
                    let (_, _, seen) = walks.remove(which);
                    for key in fixed.keys() {
                        assert_eq!(seen.get(key), Some(&1), "seed {seed}, key {key:?}");
                    }
                    // Who comes after in the list is stepped in the other way from now on, and so begins again.
                    walks.truncate(which);
                }
                Some((next, key, _)) => {
                    (*at, *last) = (next, key);
                    let order = key_order(m, key);
                    *seen.entry(order.clone()).or_insert(0) += 1;
                    if rng.below(2) == 0 {
                        set(m, t, key, Value::NIL);
                        fixed.remove(&order);
                    }
                    if rng.below(3) == 0 {
                        let other = key_of(m, &mut rng, 400);
                        if !fixed.contains_key(&key_order(m, other)) && walks.iter().all(|w| w.1 != other) {
                            set(m, t, other, int(1));
                        }
                    }
                    if rng.below(60) == 0 {
                        walks.remove(which);
                        walks.truncate(which);
                    }
                }
            }
        }
    }
}

fn random_key(m: &mut Mutator, rng: &mut Rng, range: usize) -> Value {
    let n = rng.below(range) as i64;
    match rng.below(8) {
        0..=3 => int(n),
        4 => int(-n),
        5 => Value::float(n as f64 + 0.25),
        6 => m.field_name(format!("n{}", n % 20).as_bytes()).to_value(),
        _ => m.new_str(format!("c{n}").as_bytes()).unwrap().to_value(),
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Clone, Debug)]
enum ModelKey {
    Int(i64),
    Bytes(Vec<u8>),
    Word(u64),
}

fn key_order(m: &mut Mutator, key: Value) -> ModelKey {
    if let Some(i) = key.as_int() {
        return ModelKey::Int(i);
    }
    match Str::from_value(key) {
        Some(s) => ModelKey::Bytes(s.bytes(m).to_vec()),
        None => ModelKey::Word(key.bits()),
    }
}

/// Random operations against a map, with everything that a table promises checked now and then.
fn agrees_with_a_map(m: &mut Mutator, seed: u64, steps: usize) {
    let mut rng = Rng::new(seed);
    let range = [5, 30, 200][rng.below(3)];
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    let table = m.new_table(rng.below(3) * 4, rng.below(3) * 5).to_value();
    kept.push(table);
    for _ in 0..4 {
        let meta = m.new_table(0, 0).to_value();
        kept.push(meta);
    }
    let t = Table::from_value(table).unwrap();
    let mut model = BTreeMap::new();
    let mut metatable = None;
    for step in 0..steps {
        let key = random_key(m, &mut rng, range);
        let order = key_order(m, key);
        match rng.below(20) {
            0..=8 => {
                let v = match rng.below(6) {
                    0 => Value::float(step as f64),
                    1 => Value::bool(step % 2 == 0),
                    2 => m.int((rng.next() >> rng.below(30)) as i64),
                    3 => m.new_str(format!("value {step}").as_bytes()).unwrap().to_value(),
                    _ => int(step as i64),
                };
                set(m, t, key, v);
                model.insert(order, content(v));
            }
            9..=11 => {
                set(m, t, key, Value::NIL);
                model.remove(&order);
            }
            12 => {
                let n = t.len() as i64 + 1;
                t.append(m, int(step as i64)).unwrap();
                model.insert(ModelKey::Int(n), content(int(step as i64)));
            }
            13 => {
                metatable = if rng.below(4) == 0 { None } else { Table::from_value(kept[1 + rng.below(4)]) };
                t.set_metatable(m, metatable).unwrap();
            }
            14 if rng.below(30) == 0 => t.mark_class(m),
            15 if rng.below(10) == 0 => m.collect_minor(),
            16 if rng.below(40) == 0 => m.collect_full(),
            17 => {
                let n = t.len() as i64;
                t.set_int(m, n, Value::NIL).unwrap();
                model.remove(&ModelKey::Int(n));
            }
            _ => {
                let expected = model.get(&order).copied().unwrap_or(content(Value::NIL));
                assert_eq!(content(t.get(m, key)), expected, "seed {seed}, step {step}: {order:?}");
            }
        }
        assert!(border_holds(m, t), "seed {seed}, step {step}");
        if step % 64 == 0 || step + 1 == steps {
            assert_eq!(t.metatable(m.heap()), metatable);
            let (mut count, mut at, mut last) = (0, 0, Value::NIL);
            let mut phase = 0;
            while let Some((next, key, v)) = t.next_at(m, at, last) {
                let expected = model.get(&key_order(m, key)).copied();
                assert_eq!(Some(content(v)), expected, "seed {seed}, step {step}: {key:?}");
                let key_phase = match key.as_int() {
                    Some(i) if i >= 0 && i as usize <= t.len() => 0,
                    _ if key.is_string() => 1,
                    _ => 2,
                };
                assert!(key_phase >= phase, "order of traversal");
                (phase, count, at, last) = (key_phase, count + 1, next, key);
            }
            assert_eq!(count, model.len(), "seed {seed}, step {step}");
        }
    }
}

/// A value without references that the model would have to keep alive: a big integer in an array part is boxed anew
/// whenever it is read, and strings live in the table.
fn content(v: Value) -> (bool, u64) {
    match v.as_int() {
        Some(i) => (true, i as u64),
        None => (false, v.bits()),
    }
}

#[test]
fn random_operations_agree_with_a_map() {
    let m = &mut mutator();
    let (seeds, steps) = if cfg!(miri) { (4, 200) } else { (150, 1500) };
    for seed in 0..seeds {
        agrees_with_a_map(m, seed, steps);
    }
}

#[test]
fn random_operations_under_constant_collection() {
    let (seeds, steps) = if cfg!(miri) { (1, 60) } else { (25, 400) };
    for seed in 0..seeds {
        let m = &mut stressed_mutator(1 + seed as u32 % 5);
        agrees_with_a_map(m, 1000 + seed, steps);
    }
}

#[test]
fn a_table_gets_a_shape_only_from_the_one_before_it() {
    let m = &mut mutator();
    let (x, y) = (m.field_name(b"x"), m.field_name(b"y"));
    let heap = m.shared_heap().clone();
    let shapes = heap.shapes();
    let root = shapes.root(3);
    let [with_x, with_y] = [x, y].map(|key| shapes.pin(shapes.add_key(root, key, true).unwrap()));
    let t = m.new_table_inline(3);
    t.transition(m, with_x.id(), 0, Value::int32(1));
    assert_eq!((t.shape_id(), t.get_str(&heap, x)), (with_x.id(), Value::int32(1)));
    // Another thread was first.
    t.transition(m, with_y.id(), 0, Value::int32(2));
    assert_eq!((t.shape_id(), t.get_str(&heap, x)), (with_x.id(), Value::int32(1)));
    // From one metatable to another that shapes know.
    let [a, b] = [(); 2].map(|()| {
        let metatable = m.new_table_inline(3);
        metatable.mark_class(m);
        metatable
    });
    t.set_metatable(m, Some(a)).unwrap();
    let with_b = shapes.with_known_metatable(with_x.id(), b).unwrap();
    t.transition(m, with_b, 0, Value::int32(1));
    assert_eq!((t.metatable(&heap), t.get_str(&heap, x)), (Some(b), Value::int32(1)));
    t.mark_class(m);
    let class = t.shape_id();
    t.transition(m, with_b, 0, Value::int32(1));
    assert_eq!(t.shape_id(), class);
}
