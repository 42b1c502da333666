//! Races: several threads do whatever a script may to the same tables, strings and cells, without any order between them.
//!
//! What comes of it is unspecified, but a value that is read was stored by somebody, what somebody relies on holds until he is
//! told otherwise, traversals end, and nothing else is touched. The long versions run as long as `GSCRIPT_RACE_SECONDS`
//! says (60 seconds if it says nothing): `cargo test --release -p gscript-runtime -- --ignored races`.

use crate::assumption::Assumption;
use crate::cell::Cell;
use crate::heap::roots::RootedVec;
use crate::heap::{Heap, HeapOptions};
use crate::mutator::Mutator;
use crate::shape::{PinnedShape, SlotKind};
use crate::string::Str;
use crate::table::{ElementKind, QuickStep, Table};
use crate::testing::Rng;
use crate::value::Value;
use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Assumptions that were broken.
type Broken = Arc<Mutex<HashSet<Assumption>>>;

fn parallel_heap() -> (Arc<Heap>, Broken) {
    let options = HeapOptions { young_bytes: 1 << 17, verify: true, ..HeapOptions::default() };
    let heap = Heap::new(options).expect("there is address space for a test");
    heap.set_parallel();
    let broken = Broken::default();
    let told = broken.clone();
    heap.assumptions().on_broken(move |what| {
        told.lock().unwrap().insert(what);
    });
    (heap, broken)
}

fn quick() -> Duration {
    Duration::from_millis(if cfg!(miri) { 1 } else { 400 })
}

fn long() -> Duration {
    let seconds = std::env::var("GSCRIPT_RACE_SECONDS").ok().and_then(|s| s.parse().ok());
    Duration::from_secs(seconds.unwrap_or(60))
}

/// Lets threads with a mutator each, of number 0 and up, do `step` again and again.
fn run<S>(
    heap: &Arc<Heap>,
    threads: usize,
    time: Duration,
    start: impl Fn(usize) -> S + Sync,
    step: impl Fn(&mut Mutator, &mut S, usize) + Sync,
) {
    let end = Instant::now() + time;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (start, step) = (&start, &step);
            scope.spawn(move || {
                let m = &mut Mutator::new(heap.clone());
                let mut state = start(thread);
                while Instant::now() < end {
                    for _ in 0..20 {
                        step(m, &mut state, thread);
                        assert_eq!(m.safepoint_slow(), 0);
                    }
                }
            });
        }
    });
}

const TABLES: usize = 4;
const BIG: i64 = 1 << 50;
const NAMES: usize = 24;
/// What only tables made by [`any_value`] have as their first element.
const SIGN: i32 = 4242;

/// What the threads share: a table of tables, names, and the tables that are metatables.
struct Place {
    shared: Value,
    // ROOTED: by the vector that all this comes from.
    names: Vec<Value>,
    // ROOTED: as above.
    metatables: Vec<Value>,
    broken: Broken,
}

fn table(v: Value) -> Table {
    Table::from_value(v).expect("a table")
}

fn string(v: Value) -> Str {
    Str::from_value(v).expect("a string")
}

fn any_value(m: &mut Mutator, rng: &mut Rng) -> Value {
    let n = rng.below(1000);
    match rng.below(12) {
        0..=3 => Value::int32(n as i32),
        4..=6 => Value::float(n as f64 + 0.5),
        7 => Value::bool(n < 500),
        8 => m.int(BIG + n as i64),
        9 => m.new_str(format!("v{n}").as_bytes()).unwrap().to_value(),
        10 => {
            let t = m.new_table_inline(1);
            t.set_int(m, 1, Value::int32(SIGN)).unwrap();
            t.to_value()
        }
        _ => Value::NIL,
    }
}

fn check_value(m: &mut Mutator, v: Value) {
    let in_range = |i: i64| (0..1000).contains(&i);
    let is_known = if let Some(i) = v.as_int() {
        in_range(i) || in_range(i - BIG)
    } else if let Some(x) = v.as_float() {
        x.fract() == 0.5 && in_range(x as i64)
    } else if let Some(s) = Str::from_value(v) {
        s.bytes(m).starts_with(b"v") && s.len() <= 4
    } else if let Some(t) = Table::from_value(v) {
        t.get_int(m, 1) == Value::int32(SIGN)
    } else {
        v.is_nil() || v.is_bool()
    };
    assert!(is_known, "nobody has stored {v:?}");
}

fn any_key(m: &mut Mutator, rng: &mut Rng, place: &Place) -> Value {
    match rng.below(10) {
        0..=1 => place.names[rng.below(NAMES)],
        2 => m.new_str(format!("k{}", rng.below(60)).as_bytes()).unwrap().to_value(),
        3 => Value::float(rng.below(20) as f64 + 0.25),
        4 => Value::int32(rng.below(1 << 20) as i32),
        5 => Value::int32(-(rng.below(20) as i32)),
        6 => m.int(BIG + rng.below(10) as i64),
        7 => Value::bool(rng.below(2) == 0),
        _ => Value::int32(rng.below(100) as i32),
    }
}

/// A slot's kind that somebody relies on, as machine code does.
struct Relied {
    shape: PinnedShape,
    slot: u32,
    kind: SlotKind,
    assumption: Assumption,
}

struct Hammer {
    rng: Rng,
    relied: Vec<Relied>,
}

fn traverse(m: &mut Mutator, rng: &mut Rng, t: Table) {
    let (mut at, mut key, mut steps) = (0, Value::NIL, 0);
    let removes = rng.below(4) == 0;
    let quick = rng.below(2) == 0;
    loop {
        let step = if quick { t.next_quick(m, at, key) } else { QuickStep::Unknown };
        let step = match step {
            QuickStep::Next(at, k, v) => Some((at, k, v)),
            QuickStep::End => None,
            QuickStep::Unknown => t.next_at(m, at, key),
        };
        let Some((next, k, v)) = step else { return };
        check_value(m, v);
        (at, key) = (next, k);
        if removes && rng.below(2) == 0 {
            t.set(m, k, Value::NIL).unwrap();
        }
        steps += 1;
        // Others may add elements as fast as they are visited, but the quick test has no patience.
        if steps > 3000 {
            return;
        }
    }
}

fn hammer(m: &mut Mutator, state: &mut Hammer, place: &Place) {
    let rng = &mut state.rng;
    let shared = table(place.shared);
    let n = rng.below(TABLES) as i64 + 1;
    let t = table(shared.get_int(m, n));
    let len = t.len();
    let near = |rng: &mut Rng| rng.below(len.min(200) + 3);
    match rng.below(48) {
        0..=3 => {
            let v = t.get_int(m, near(rng) as i64);
            check_value(m, v);
        }
        4..=8 => {
            let v = any_value(m, rng);
            t.set_int(m, near(rng) as i64, v).unwrap();
        }
        9..=13 => {
            let v = any_value(m, rng);
            if len < 3000 {
                t.append(m, v).unwrap();
            }
        }
        14 => t.set_int(m, len as i64, Value::NIL).unwrap(),
        15 => {
            let v = any_value(m, rng);
            if !v.is_nil() && len < 3000 {
                t.insert_at(m, 1 + rng.below(len + 1), v).unwrap();
            }
        }
        16 if len > 0 => {
            let v = t.remove_at(m, 1 + rng.below(len));
            check_value(m, v);
        }
        17..=19 => {
            let (key, v) = (string(place.names[rng.below(NAMES)]), any_value(m, rng));
            t.set_str(m, key, v, true).unwrap();
        }
        20..=21 => {
            let key = string(place.names[rng.below(NAMES)]);
            let v = t.get_str_cached(m, key);
            check_value(m, v);
            let v = t.get_str(m.heap(), key);
            check_value(m, v);
            if let Some(v) = t.quick_get_str(m, key) {
                check_value(m, v);
            }
        }
        22..=25 => {
            let (key, v) = (any_key(m, rng, place), any_value(m, rng));
            t.set(m, key, v).unwrap();
        }
        26..=27 => {
            let key = any_key(m, rng, place);
            let v = t.get(m, key);
            check_value(m, v);
        }
        28 => {
            let key = any_key(m, rng, place);
            t.set(m, key, Value::NIL).unwrap();
        }
        29 => {
            let metatable = match rng.below(4) {
                0 => None,
                i => Some(table(place.metatables[i - 1])),
            };
            t.set_metatable(m, metatable).unwrap();
        }
        30 => {
            if let Some(metatable) = t.metatable(m.heap()) {
                assert!(place.metatables.contains(&metatable.to_value()), "nobody's metatable");
            }
        }
        31 if rng.below(20) == 0 => t.mark_class(m),
        32..=33 => traverse(m, rng, t),
        34 => {
            let mut key = Value::NIL;
            for _ in 0..50 {
                let Ok(Some((k, v))) = t.next(m, key) else { break };
                check_value(m, v);
                key = k;
            }
        }
        35 => {
            let mut values = [Value::NIL; 12];
            let count = rng.below(12);
            for v in &mut values[..count] {
                *v = any_value(m, rng);
            }
            let first = if rng.below(2) == 0 { len as i64 + 1 } else { near(rng) as i64 };
            if len < 3000 {
                t.set_list(m, first, &values[..count], first as usize + count).unwrap();
            }
        }
        36 => {
            let other = table(shared.get_int(m, rng.below(TABLES) as i64 + 1));
            let (from, to) = (1 + near(rng), 1 + rng.below(other.len() + 1));
            let _ = t.copy_elements(m, from, rng.below(20), other, to);
        }
        37 => {
            let _ = t.sort_numbers(m);
            let _ = t.size_bytes();
            let _ = t.is_list();
        }
        38 => {
            if let Some(v) = t.quick_get(near(rng) as i64) {
                check_value(m, v);
            }
            let v = any_value(m, rng);
            let _ = t.quick_set(m, near(rng) as i64, v);
        }
        39 => {
            let (key, v) = (string(place.names[rng.below(NAMES)]), any_value(m, rng));
            let _ = t.quick_set_str(m, key, v);
        }
        40 => {
            let (key, v) = (string(place.names[rng.below(NAMES)]), any_value(m, rng));
            let old = t.shape_id();
            let shapes = m.heap().shapes();
            if !v.is_nil()
                && !shapes.get(old).is_class()
                && let Some((new, slot)) = shapes.transition_for(old, key)
            {
                if rng.below(2) == 0 {
                    t.add_with_transition(m, old, new, slot, v, SlotKind::Nothing);
                } else {
                    // As machine code does, which keeps the shape.
                    let new = shapes.pin(new);
                    m.admit(new.id(), slot, v);
                    t.transition(m, new.id(), slot, v);
                }
            }
        }
        41 => {
            let kind = [ElementKind::Any, ElementKind::Float, ElementKind::Int, ElementKind::Bool];
            t.reserve_array(m, rng.below(300), kind[rng.below(4)]).unwrap();
        }
        42 if rng.below(8) == 0 => {
            let new = match rng.below(4) {
                0 => m.new_dictionary(),
                1 => m.new_table(rng.below(20), rng.below(10)),
                _ => m.new_table_inline(rng.below(8)),
            };
            shared.set_int(m, n, new.to_value()).unwrap();
        }
        43 => {
            let heap = m.shared_heap().clone();
            let shapes = heap.shapes();
            let shape = shapes.get(t.shape_id());
            if shape.slot_count() > 0 && state.relied.len() < 64 {
                let slot = rng.below(shape.slot_count() as usize) as u32;
                if let (kind, Some(assumption)) = shapes.rely_on_kind(shape, slot)
                    && kind != SlotKind::Nothing
                {
                    let shape = shapes.pin(shape.id());
                    state.relied.push(Relied { shape, slot, kind, assumption });
                }
            }
        }
        44 if rng.below(40) == 0 => {
            m.heap().shapes().request_recycling();
            m.collect_full();
        }
        _ => {
            let v = any_value(m, rng);
            t.set_int(m, len as i64 + 1 + rng.below(3) as i64, v).unwrap();
        }
    }
    // No safepoint from here on: an assumption cannot break.
    let broken = place.broken.lock().unwrap();
    state.relied.retain(|relied| !broken.contains(&relied.assumption));
    drop(broken);
    for relied in state.relied.iter().filter(|relied| relied.shape.id() == t.shape_id()) {
        let v = t.slot_value(relied.slot);
        assert!(
            relied.kind.takes(v),
            "slot {} is relied on to be {:?} and is {v:?}",
            relied.slot,
            relied.kind
        );
    }
}

fn hammer_tables(seed: u64, threads: usize, time: Duration) {
    let (heap, broken) = parallel_heap();
    let m = &mut Mutator::new(heap.clone());
    let mut roots = RootedVec::new(&heap);
    let shared = m.new_table(TABLES, 0);
    roots.push(shared.to_value());
    for _ in 0..TABLES {
        let t = m.new_table_inline(3).to_value();
        shared.append(m, t).unwrap();
    }
    for i in 0..NAMES {
        roots.push(m.field_name(format!("v{i}").as_bytes()).to_value());
    }
    for _ in 0..3 {
        let t = m.new_table_inline(3);
        t.set_int(m, 1, Value::int32(SIGN)).unwrap();
        roots.push(t.to_value());
    }
    let place = Place {
        shared: roots[0],
        names: roots[1..=NAMES].to_vec(),
        metatables: roots[1 + NAMES..].to_vec(),
        broken,
    };
    m.idle(|| {
        let start = |thread| Hammer { rng: Rng::new(seed * 100 + thread as u64), relied: Vec::new() };
        run(&heap, threads, time, start, |m, state, _| hammer(m, state, &place));
    });
    m.collect_minor();
    m.collect_full();
    for n in 1..=TABLES as i64 {
        let t = table(shared.get_int(m, n));
        t.check_storages();
        let (mut at, mut key, mut count) = (0, Value::NIL, 0);
        while let Some((next, k, v)) = t.next_at(m, at, key) {
            check_value(m, v);
            (at, key) = (next, k);
            count += 1;
            assert!(count < 1 << 20, "a traversal does not end");
        }
        // What it is now, it stays: changes by one thread are as they should be.
        for i in 0..200 {
            t.set_int(m, i, Value::int32(i as i32)).unwrap();
        }
        for i in 0..200 {
            assert_eq!(t.get_int(m, i), Value::int32(i as i32));
        }
        for (i, &name) in place.names.iter().enumerate() {
            t.set_str(m, string(name), Value::int32(i as i32), true).unwrap();
        }
        for (i, &name) in place.names.iter().enumerate() {
            assert_eq!(t.get_str_cached(m, string(name)), Value::int32(i as i32));
        }
    }
}

#[test]
fn tables() {
    hammer_tables(1, if cfg!(miri) { 2 } else { 4 }, quick());
}

#[test]
#[ignore = "takes long"]
fn tables_for_long() {
    let end = Instant::now() + long();
    let mut seed = 2;
    while Instant::now() < end {
        hammer_tables(seed, 2 + seed as usize % 7, Duration::from_secs(2));
        seed += 1;
    }
}

/// Strings that are ropes, joined, flattened, hashed and interned by all at once.
fn hammer_strings(time: Duration) {
    const STRINGS: usize = 64;
    let (heap, _) = parallel_heap();
    let m = &mut Mutator::new(heap.clone());
    let mut roots = RootedVec::new(&heap);
    let shared = m.new_table(STRINGS, 0);
    roots.push(shared.to_value());
    for i in 0..STRINGS {
        let s = m.new_str(&[b'a' + (i % 26) as u8; 40]).unwrap().to_value();
        shared.append(m, s).unwrap();
    }
    // The letters of a string are its first one, then the last ones of what it was joined from: any, but no other byte.
    let check = |bytes: &[u8]| assert!(bytes.iter().all(u8::is_ascii_lowercase));
    let shared_value = shared.to_value();
    let step = |m: &mut Mutator, rng: &mut Rng, _: usize| {
        let shared = table(shared_value);
        let (i, j) = (rng.below(STRINGS) as i64 + 1, rng.below(STRINGS) as i64 + 1);
        let (a, b) = (string(shared.get_int(m, i)), string(shared.get_int(m, j)));
        match rng.below(10) {
            0..=3 => {
                let s = m.concat2(a, b).unwrap();
                assert_eq!(s.len(), a.len() + b.len());
                let s = if s.len() > 20_000 { m.new_str(&[b'z'; 40]).unwrap() } else { s };
                shared.set_int(m, i, s.to_value()).unwrap();
            }
            4 => check(a.bytes(m)),
            5 => {
                let s = a.intern(m);
                assert!(s.is_interned() && s.len() == a.len());
                assert_eq!(s.bytes(m), a.bytes(m));
                assert!(a.find_interned(m).unwrap().is_same(s));
            }
            6 => {
                if let Some(s) = a.find_interned(m) {
                    assert!(s.is_interned());
                    assert_eq!(s.bytes(m), a.bytes(m));
                }
            }
            7 => {
                let is_equal = a.eq(b, m);
                assert_eq!(is_equal, a.bytes(m) == b.bytes(m));
                assert_eq!(a.hash(m) == b.hash(m), is_equal);
            }
            8 => {
                let word = format!("word{}", rng.below(500));
                let (s, t) = (m.intern(word.as_bytes()), m.new_str(word.as_bytes()).unwrap());
                assert!(t.intern(m).is_same(s));
                assert_eq!(s.bytes(m), word.as_bytes());
            }
            _ => {
                let x = m.new_str(&[b'a' + rng.below(26) as u8; 33]).unwrap();
                let s = m.concat2(x, a).unwrap();
                check(s.bytes(m));
                if rng.below(20) == 0 {
                    m.collect_full();
                }
            }
        }
    };
    m.idle(|| run(&heap, 4, time, |thread| Rng::new(thread as u64 + 7), step));
    m.collect_full();
    for i in 1..=STRINGS as i64 {
        check(string(shared.get_int(m, i)).bytes(m));
    }
}

#[test]
fn strings() {
    hammer_strings(quick());
}

#[test]
#[ignore = "takes long"]
fn strings_for_long() {
    hammer_strings(long());
}

/// Globals that are constant so far are assigned while others take them for constants.
fn hammer_cells(time: Duration) {
    const CELLS: usize = 16;
    let (heap, broken) = parallel_heap();
    let m = &mut Mutator::new(heap.clone());
    let mut roots = RootedVec::new(&heap);
    let shared = m.new_table(CELLS, 0);
    roots.push(shared.to_value());
    for _ in 0..CELLS {
        let cell = Cell::new_global(m, Value::NIL).to_value();
        shared.append(m, cell).unwrap();
    }
    struct State {
        rng: Rng,
        relied: Vec<(Cell, Value)>,
        roots: RootedVec,
    }
    let start = |thread| State {
        rng: Rng::new(thread as u64 + 11),
        relied: Vec::new(),
        roots: RootedVec::new(&heap),
    };
    let shared_value = shared.to_value();
    let step = |m: &mut Mutator, state: &mut State, _: usize| {
        let shared = table(shared_value);
        let i = state.rng.below(CELLS) as i64 + 1;
        let cell = Cell::from_value(shared.get_int(m, i)).unwrap();
        match state.rng.below(30) {
            0 => {
                let new = Cell::new_global(m, Value::NIL).to_value();
                shared.set_int(m, i, new).unwrap();
            }
            1..=2 => {
                let v = any_value(m, &mut state.rng);
                cell.assign(m, v);
            }
            3 if state.relied.len() > 100 => {
                state.relied.clear();
                while state.roots.pop().is_some() {}
            }
            _ => {
                let broken = broken.lock().unwrap();
                if let Some(v) = cell.constant()
                    // A cell whose address a dead one had is not told apart here.
                    && !broken.contains(&Assumption::of(cell.to_value()))
                {
                    state.relied.push((cell, v));
                    state.roots.push(cell.to_value());
                }
            }
        }
        let broken = broken.lock().unwrap();
        state.relied.retain(|(cell, _)| !broken.contains(&Assumption::of(cell.to_value())));
        for (cell, v) in &state.relied {
            assert_eq!(cell.get(), *v, "a constant has changed");
        }
    };
    m.idle(|| run(&heap, 4, time, start, step));
}

#[test]
fn cells() {
    hammer_cells(quick());
}

#[test]
#[ignore = "takes long"]
fn cells_for_long() {
    hammer_cells(long());
}

/// Class tables change while others rely on them: what was relied on holds for whoever sees that the epoch is the same.
fn hammer_classes(time: Duration) {
    const CLASSES: usize = 6;
    const KEYS: usize = 20;
    let (heap, _) = parallel_heap();
    let m = &mut Mutator::new(heap.clone());
    let mut roots = RootedVec::new(&heap);
    let shared = m.new_table(CLASSES, 0);
    roots.push(shared.to_value());
    let new_class = |m: &mut Mutator| {
        let t = m.new_table_inline(3);
        t.mark_class(m);
        t
    };
    for _ in 0..CLASSES {
        let class = new_class(m).to_value();
        shared.append(m, class).unwrap();
    }
    for i in 0..KEYS {
        roots.push(m.field_name(format!("m{i}").as_bytes()).to_value());
    }
    let names = &roots[1..];
    // The newest value that is there for everybody. Each key of a class has one writer, whose values grow; nil is 0.
    let written: Vec<AtomicI64> = (0..CLASSES * KEYS).map(|_| AtomicI64::new(0)).collect();
    let number = |v: Value| v.as_small_int().unwrap_or(0);
    struct State {
        rng: Rng,
        /// Class, key, epoch, value.
        relied: Vec<(usize, usize, u32, i64)>,
        next: i64,
    }
    let start = |thread| State { rng: Rng::new(thread as u64 + 17), relied: Vec::new(), next: 1 };
    let shared_value = shared.to_value();
    let step = |m: &mut Mutator, state: &mut State, thread: usize| {
        let shared = table(shared_value);
        let (c, k) = (state.rng.below(CLASSES), state.rng.below(KEYS));
        let class = table(shared.get_int(m, c as i64 + 1));
        let key = string(names[k]);
        if k % 4 == thread && state.rng.below(4) == 0 {
            let v = state.next;
            state.next += 1;
            class.set_str(m, key, Value::int_unchecked(v), true).unwrap();
            written[c * KEYS + k].store(v, SeqCst);
        } else if thread == 0 && state.rng.below(50) == 0 {
            // Many keys make it a dictionary.
            let name = m.intern(format!("other{}", state.rng.below(600)).as_bytes());
            class.set_str(m, name, Value::TRUE, false).unwrap();
        }
        let epoch = m.heap().class_epoch().load(SeqCst);
        match class.find_slot(m.heap(), key) {
            Some(slot) => {
                let v = class.slot_value(slot);
                if class.rely_on(m.heap(), slot, v) {
                    state.relied.push((c, k, epoch, number(v)));
                }
            }
            None => {
                if class.rely_on_absence(m.heap()) && class.get_str(m.heap(), key).is_nil() {
                    state.relied.push((c, k, epoch, 0));
                }
            }
        }
        if state.relied.len() > 300 {
            state.relied.drain(..200);
        }
        let seen: Vec<i64> = written.iter().map(|v| v.load(SeqCst)).collect();
        let epoch = m.heap().class_epoch().load(SeqCst);
        state.relied.retain(|relied| relied.2 == epoch);
        for &(c, k, _, v) in &state.relied {
            assert!(v >= seen[c * KEYS + k], "a method is stale: {v} < {}", seen[c * KEYS + k]);
        }
    };
    m.idle(|| run(&heap, 4, time, start, step));
    assert!(m.heap().class_epoch().load(Relaxed) > 0);
}

#[test]
fn classes() {
    hammer_classes(quick());
}

#[test]
#[ignore = "takes long"]
fn classes_for_long() {
    hammer_classes(long());
}
