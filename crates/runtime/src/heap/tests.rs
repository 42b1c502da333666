//! The collector as a whole, on graphs of records, cells and foreign objects.

use super::block::BLOCK_BYTES;
use super::foreign::Foreign;
use super::mark::Marker;
use super::roots::{RootProvider, RootedVec};
use super::{Heap, HeapOptions, OutOfMemory, Stress};
use crate::mutator::{Mutator, poll};
use crate::object::{COLOR_OLD, COLOR_REMEMBERED, COLOR_YOUNG, Header, Kind, Word};
use crate::value::{INT_MAX, TAG_OBJECT, Value};
use std::any::Any;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

fn mutator(options: HeapOptions) -> Mutator {
    Mutator::new(Heap::new(HeapOptions { verify: true, ..options }).unwrap())
}

fn record(m: &mut Mutator, length: usize) -> Value {
    let object = m.alloc_large(Kind::Record, 0, 0, length as u32, 8 + 8 * length).unwrap();
    for i in 0..length {
        // SAFETY: the object has `length` words behind its header.
        unsafe { object.cast::<Word>().as_ptr().add(1 + i).write(Word::new(Value::NIL)) };
    }
    Value::from_pointer(TAG_OBJECT, object)
}

fn header(v: Value) -> &'static Header {
    // SAFETY: tests use what they keep alive.
    unsafe { v.reference().unwrap().as_ref() }
}

fn word(v: Value, index: usize) -> &'static Word {
    assert!(v.kind() == Some(Kind::Record) && index < header(v).word.load(Relaxed) as usize);
    // SAFETY: within the record.
    unsafe { &*v.pointer_payload::<Word>().add(1 + index) }
}

fn set(m: &mut Mutator, v: Value, index: usize, to: Value) {
    word(v, index).store(to);
    m.write_barrier(v.reference().unwrap());
}

/// A list of `length` records [number, next], built in a frame of its own.
#[inline(never)]
fn list(m: &mut Mutator, length: i32) -> Value {
    let mut first = Value::NIL;
    for i in (0..length).rev() {
        let next = first;
        first = record(m, 2);
        word(first, 0).store(Value::int32(i));
        word(first, 1).store(next);
    }
    first
}

/// Adds a list without leaving its address in the caller's frame.
#[inline(never)]
fn keep_list(m: &mut Mutator, kept: &mut RootedVec) {
    let first = list(m, 10_000);
    kept.push(first);
}

fn check_list(first: Value, length: i32) {
    let mut v = first;
    for i in 0..length {
        assert_eq!(word(v, 0).load(), Value::int32(i));
        v = word(v, 1).load();
    }
    assert_eq!(v, Value::NIL);
}

/// Overwrites what dead frames left on the stack.
#[inline(never)]
fn wipe_stack() {
    std::hint::black_box([0u64; 4096]);
}

struct Provider(Mutex<Vec<Value>>);

impl RootProvider for Provider {
    fn trace_roots(&self, marker: &mut Marker, _minor: bool) {
        for &v in self.0.lock().unwrap().iter() {
            marker.visit(v);
        }
    }
}

#[test]
fn new_object_has_its_header() {
    let mut m = mutator(HeapOptions::default());
    let object = m.alloc(Kind::Record, 3, 4, 0, 48);
    // SAFETY: just allocated.
    let header = unsafe { object.as_ref() };
    assert_eq!(header.kind, Kind::Record);
    let bytes = (header.color.load(Relaxed), header.flags.load(Relaxed), header.aux.load(Relaxed));
    assert_eq!(bytes, (COLOR_YOUNG, 3, 4));
    assert_eq!(header.word.load(Relaxed), 0);
    assert_eq!(object.as_ptr().addr() % 16, 0);
}

#[test]
fn integers_beyond_48_bits_are_objects() {
    let mut m = mutator(HeapOptions::default());
    assert!(m.int(INT_MAX).is_small_int());
    let big = m.int(i64::MIN);
    m.collect_full();
    assert_eq!(big.as_int(), Some(i64::MIN));
}

#[test]
fn objects_of_all_sizes_are_disjoint() {
    let mut m = mutator(HeapOptions { stress: Stress::SlowPaths, ..HeapOptions::default() });
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    for length in (0..40).chain([100, 255, 300, 511, 512, 1000, 2046, 2047, 2048, 5000, 70_000]) {
        for _ in 0..3 {
            let v = record(&mut m, length);
            for i in 0..length {
                word(v, i).store(Value::int32((kept.len() * 100_000 + i) as i32));
            }
            kept.push(v);
        }
    }
    m.collect_full();
    for (n, &v) in kept.iter().enumerate() {
        for i in 0..header(v).word.load(Relaxed) as usize {
            assert_eq!(word(v, i).load(), Value::int32((n * 100_000 + i) as i32));
        }
    }
}

#[test]
fn survivors_become_old_and_keep_their_contents() {
    let mut m = mutator(HeapOptions::default());
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    let first = list(&mut m, 10_000);
    kept.push(first);
    assert_eq!(header(first).color.load(Relaxed), COLOR_YOUNG);
    m.collect_minor();
    assert_eq!(header(first).color.load(Relaxed), COLOR_OLD);
    m.collect_minor();
    m.collect_full();
    check_list(kept[0], 10_000);
}

#[test]
fn dead_objects_are_freed_and_their_cells_reused() {
    let mut m = mutator(HeapOptions::default());
    for _ in 0..50 {
        list(&mut m, 10_000);
        wipe_stack();
        m.collect_minor();
        assert!(m.stats().live_bytes < 400_000, "{:?}", m.stats());
    }
    assert!(m.stats().footprint_bytes_max < 2 << 20, "{:?}", m.stats());
    assert_eq!(m.stats().minor_count, 50);
}

#[test]
fn minor_collection_keeps_dead_old_objects_and_full_one_frees_them() {
    let mut m = mutator(HeapOptions::default());
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    keep_list(&mut m, &mut kept);
    m.collect_minor();
    kept.clear();
    wipe_stack();
    m.collect_minor();
    assert!(m.stats().live_bytes >= 10_000 * 32);
    wipe_stack();
    m.collect_full();
    assert!(m.stats().live_bytes < 10_000 * 32, "{:?}", m.stats());
}

#[test]
fn stores_into_old_objects_are_remembered_once() {
    let mut m = mutator(HeapOptions::default());
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    kept.push(record(&mut m, 2));
    m.collect_minor();
    for round in 0..3 {
        let young = list(&mut m, 100);
        set(&mut m, kept[0], 0, young);
        assert_eq!(header(kept[0]).color.load(Relaxed), COLOR_REMEMBERED);
        let other = list(&mut m, 50);
        set(&mut m, kept[0], 1, other);
        if round == 1 {
            m.collect_full();
        } else {
            m.collect_minor();
        }
        assert_eq!(header(kept[0]).color.load(Relaxed), COLOR_OLD);
        check_list(word(kept[0], 0).load(), 100);
        check_list(word(kept[0], 1).load(), 50);
    }
}

#[test]
#[should_panic(expected = "no write barrier")]
fn verification_finds_a_forgotten_barrier() {
    let mut m = mutator(HeapOptions::default());
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    kept.push(record(&mut m, 1000));
    m.collect_minor();
    let young = record(&mut m, 1);
    word(kept[0], 700).store(young);
    m.collect_minor();
}

#[test]
#[cfg(not(miri))]
fn values_and_pointers_on_the_stack_are_roots() {
    let mut m = mutator(HeapOptions::default());
    let value = list(&mut m, 1000);
    let raw = list(&mut m, 1000).reference().unwrap();
    let interior: &Word = word(list(&mut m, 1000), 1);
    let large = word(record(&mut m, 100_000), 77_777);
    large.store(Value::int32(5));
    for _ in 0..2 {
        m.collect_minor();
        m.collect_full();
        list(&mut m, 10_000);
    }
    check_list(value, 1000);
    check_list(Value::from_pointer(TAG_OBJECT, raw), 1000);
    assert_eq!(word(interior.load(), 0).load(), Value::int32(1));
    assert_eq!(large.load(), Value::int32(5));
}

#[test]
#[cfg(not(miri))]
fn native_stack_base_bounds_the_scan() {
    #[inline(never)]
    fn below(m: &mut Mutator, base: usize) {
        m.native_stack_base = base;
        m.collect_full();
        m.native_stack_base = 0;
    }
    let mut m = mutator(HeapOptions::default());
    let kept = [list(&mut m, 10_000)];
    std::hint::black_box(&kept);
    // A base in a frame below this one hides the list.
    let marker = 0u64;
    let base = &raw const marker as usize - 4096;
    #[inline(never)]
    fn deeper(m: &mut Mutator, base: usize) {
        let padding = std::hint::black_box([0u64; 1024]);
        below(m, base);
        std::hint::black_box(&padding);
    }
    deeper(&mut m, base);
    std::hint::black_box(&kept);
    assert!(m.stats().live_bytes < 10_000 * 32, "{:?}", m.stats());
}

#[test]
fn reported_stacks_are_scanned_conservatively() {
    struct Stack(Mutex<Vec<u64>>);
    impl RootProvider for Stack {
        fn trace_roots(&self, marker: &mut Marker, _minor: bool) {
            let words = self.0.lock().unwrap();
            let range = words.as_ptr_range();
            // SAFETY: the words of the vector.
            unsafe { marker.scan_conservative(range.start as usize, range.end as usize) };
        }
    }
    let mut m = mutator(HeapOptions::default());
    let stack = Arc::new(Stack(Mutex::new(vec![1, u64::MAX, 0xFFF9 << 48, 0x1234_5678_0000])));
    m.heap().add_root_provider(Arc::downgrade(&(stack.clone() as Arc<dyn RootProvider>)));
    let v = list(&mut m, 1000);
    let address = v.reference().unwrap().as_ptr().expose_provenance() as u64;
    // One past the end of the first record, and into it.
    stack.0.lock().unwrap().extend([v.bits(), address, address + 9]);
    for _ in 0..3 {
        m.collect_minor();
        m.collect_full();
    }
    check_list(v, 1000);
}

/// Dead cells are never taken for objects, whatever words are scanned, and whether cells are fresh, old or free.
#[test]
fn conservative_scan_ignores_dead_cells() {
    struct Sweep(AtomicUsize);
    impl RootProvider for Sweep {
        fn trace_roots(&self, marker: &mut Marker, _minor: bool) {
            let base = self.0.load(Relaxed);
            if base != 0 {
                let words: Vec<usize> =
                    (0..64 * BLOCK_BYTES).step_by(8).map(|offset| base + offset).collect();
                let range = words.as_ptr_range();
                // SAFETY: the words of the vector.
                unsafe { marker.scan_conservative(range.start as usize, range.end as usize) };
            }
        }
    }
    let mut m = mutator(HeapOptions { stress: Stress::SlowPaths, ..HeapOptions::default() });
    let sweep = Arc::new(Sweep(AtomicUsize::new(0)));
    m.heap().add_root_provider(Arc::downgrade(&(sweep.clone() as Arc<dyn RootProvider>)));
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    for round in 0..if cfg!(miri) { 2 } else { 20 } {
        for i in 0..2000 {
            let v = record(&mut m, 1 + (i * 7 + round) % 60);
            if i % 5 == 0 {
                kept.push(v);
            }
        }
        if round % 3 == 0 {
            kept.retain(|v| v.bits() % 3 == 0);
        }
        sweep.0.store(m.heap().map().block_address(0), Relaxed);
        m.collect_minor();
        m.collect_full();
        sweep.0.store(0, Relaxed);
    }
}

#[test]
fn providers_are_asked_until_they_are_dropped() {
    let mut m = mutator(HeapOptions::default());
    let provider = Arc::new(Provider(Mutex::new(Vec::new())));
    m.heap().add_root_provider(Arc::downgrade(&(provider.clone() as Arc<dyn RootProvider>)));
    let v = list(&mut m, 10_000);
    provider.0.lock().unwrap().push(v);
    wipe_stack();
    m.collect_full();
    assert!(m.stats().live_bytes >= 320_000);
    check_list(v, 10_000);
    drop(provider);
    wipe_stack();
    m.collect_full();
    m.collect_full();
}

#[test]
fn rooted_vectors_come_and_go() {
    let mut m = mutator(HeapOptions::default());
    let heap = m.shared_heap().clone();
    let mut a = RootedVec::new(&heap);
    let b = RootedVec::new(&heap);
    a.push(list(&mut m, 10));
    drop(b);
    let mut c = RootedVec::new(&heap);
    let moved = list(&mut m, 20);
    c.push(moved);
    let c = Box::new(c);
    m.collect_full();
    check_list(a[0], 10);
    check_list(c[0], 20);
}

#[test]
fn large_objects_are_freed_and_their_blocks_reused() {
    let mut m = mutator(HeapOptions::default());
    for i in 0..200 {
        let length = 10_000 + i * 500;
        let v = record(&mut m, length);
        word(v, length - 1).store(Value::TRUE);
        if i % 10 == 0 {
            m.collect_minor();
        }
    }
    wipe_stack();
    m.collect_full();
    // 200 objects of 0.4 MB on average went through a heap that stays near its young budget.
    assert!(m.stats().footprint_bytes_max < 24 << 20, "{:?}", m.stats());
    assert!(m.stats().footprint_bytes < 3 << 20, "{:?}", m.stats());
}

#[test]
fn long_arrays_are_marked_piecewise() {
    let mut m = mutator(HeapOptions::default());
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    let length = if cfg!(miri) { 1000 } else { 100_000 };
    kept.push(record(&mut m, length));
    for i in 0..length {
        let v = record(&mut m, 1);
        word(v, 0).store(Value::int32(i as i32));
        set(&mut m, kept[0], i, v);
    }
    m.collect_minor();
    m.collect_full();
    for i in 0..length {
        assert_eq!(word(word(kept[0], i).load(), 0).load(), Value::int32(i as i32));
    }
}

#[test]
#[cfg_attr(miri, ignore = "needs more memory than the twin of the region has")]
fn holes_of_large_objects_serve_small_ones_and_merge_again() {
    let mut m = mutator(HeapOptions::default());
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    for round in 0..20 {
        for i in 0..40 {
            let v = record(&mut m, 20_000 + 1000 * ((i * 7 + round) % 30));
            kept.push(v);
        }
        let mut index = 0;
        kept.retain(|_| {
            index += 1;
            index % 4 == round % 4
        });
        m.collect_full();
    }
    kept.clear();
    wipe_stack();
    m.collect_full();
    let big = m.alloc_large(Kind::Bytes, 0, 0, 0, 16 << 20);
    assert!(big.is_ok());
    // Without merging each round would leave its holes behind: 20 rounds allocate 200 MB.
    assert!(m.stats().footprint_bytes_max < 64 << 20, "{:?}", m.stats());
    let top_bytes = super::lock(&m.heap().space).top() * BLOCK_BYTES;
    assert!(top_bytes < 96 << 20, "{top_bytes}");
}

#[test]
fn partly_filled_blocks_are_filled_again() {
    let mut m = mutator(HeapOptions::default());
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    let count = if cfg!(miri) { 2000 } else { 100_000 };
    for i in 0..count {
        let v = record(&mut m, 5);
        if i % 3 == 0 {
            kept.push(v);
        }
    }
    m.collect_full();
    let before = m.stats().footprint_bytes;
    for _ in 0..count / 2 {
        let v = record(&mut m, 5);
        kept.push(v);
    }
    assert!(m.stats().footprint_bytes <= before + 2 * BLOCK_BYTES, "{before} {:?}", m.stats());
    for &v in kept.iter() {
        assert_eq!(word(v, 4).load(), Value::NIL);
    }
}

#[test]
fn large_allocation_above_the_limit_fails_and_works_again_later() {
    let limit_bytes = if cfg!(miri) { 4 << 20 } else { 32 << 20 };
    let mut m = mutator(HeapOptions { limit_bytes, ..HeapOptions::default() });
    assert_eq!(m.alloc_large(Kind::Bytes, 0, 0, 0, usize::MAX - 4), Err(OutOfMemory));
    assert_eq!(m.alloc_large(Kind::Bytes, 0, 0, 0, limit_bytes), Err(OutOfMemory));
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    let mut failed = false;
    for _ in 0..16 {
        match m.alloc_large(Kind::Bytes, 0, 0, 0, limit_bytes / 8) {
            Ok(object) => kept.push(Value::from_pointer(TAG_OBJECT, object)),
            Err(OutOfMemory) => failed = true,
        }
    }
    assert!(failed);
    assert!((6..=8).contains(&kept.len()), "{}", kept.len());
    assert!(m.stats().footprint_bytes_max <= limit_bytes);
    kept.clear();
    wipe_stack();
    for _ in 0..32 {
        assert!(m.alloc_large(Kind::Bytes, 0, 0, 0, limit_bytes / 8).is_ok());
        wipe_stack();
    }
}

#[test]
fn small_allocation_above_the_limit_asks_for_an_error() {
    let limit_bytes = 1 << 20;
    let mut m = mutator(HeapOptions { limit_bytes, ..HeapOptions::default() });
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    let mut count = 0;
    // A script that catches the error and goes on is told again and again.
    for round in 0..20 {
        while m.poll_word().load(Relaxed) & poll::OUT_OF_MEMORY == 0 {
            let v = record(&mut m, 7);
            kept.push(v);
            count += 1;
        }
        if round == 0 {
            assert!((limit_bytes / 2 / 64..=limit_bytes / 64 + 1024).contains(&count), "{count}");
        }
        assert_ne!(m.safepoint_slow() & poll::OUT_OF_MEMORY, 0);
        m.clear_poll(poll::OUT_OF_MEMORY);
    }
    assert!(count < limit_bytes / 64 * 2, "{count}");
    kept.clear();
    wipe_stack();
    m.collect_full();
    for _ in 0..100_000 / if cfg!(miri) { 20 } else { 1 } {
        record(&mut m, 7);
    }
    assert_eq!(m.poll_word().load(Relaxed), 0);
}

struct Payload {
    dropped: Arc<AtomicUsize>,
    value: Mutex<Value>,
}

impl Foreign for Payload {
    fn trace(&self, marker: &mut Marker) {
        marker.visit(*self.value.lock().unwrap());
    }

    fn type_name(&self) -> &'static str {
        "payload"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Drop for Payload {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Relaxed);
    }
}

#[test]
fn foreign_objects_need_no_barrier_and_are_dropped_once() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let mut m = mutator(HeapOptions::default());
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    let new = |m: &mut Mutator| {
        m.new_foreign(Payload { dropped: dropped.clone(), value: Mutex::new(Value::NIL) }, 0, 0)
    };
    let v = new(&mut m);
    kept.push(v);
    m.collect_minor();
    for _ in 0..3 {
        let young = list(&mut m, 100);
        *kept[0].as_foreign::<Payload>().unwrap().value.lock().unwrap() = young;
        wipe_stack();
        m.collect_minor();
        check_list(*kept[0].as_foreign::<Payload>().unwrap().value.lock().unwrap(), 100);
    }
    assert_eq!(kept[0].as_dyn_foreign().unwrap().type_name(), "payload");
    assert!(kept[0].as_foreign::<Box<Payload>>().is_none());
    for _ in 0..1000 {
        new(&mut m);
    }
    wipe_stack();
    m.collect_minor();
    assert!((980..=1000).contains(&dropped.load(Relaxed)), "{}", dropped.load(Relaxed));
    drop(kept);
    let young = new(&mut m);
    std::hint::black_box(young);
    drop(m);
    assert_eq!(dropped.load(Relaxed), 1002);
}

#[test]
fn boxed_payloads_are_seen_through() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let mut m = mutator(HeapOptions::default());
    let payload: Box<dyn Foreign> =
        Box::new(Payload { dropped: dropped.clone(), value: Mutex::new(Value::int32(4)) });
    let v = m.new_foreign(payload, 0, 0);
    assert_eq!(*v.as_foreign::<Payload>().unwrap().value.lock().unwrap(), Value::int32(4));
    drop(m);
    assert_eq!(dropped.load(Relaxed), 1);
}

#[test]
fn young_foreign_objects_reached_from_old_ones_stay() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let mut m = mutator(HeapOptions::default());
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    kept.push(record(&mut m, 1));
    m.collect_minor();
    let v = m.new_foreign(Payload { dropped: dropped.clone(), value: Mutex::new(Value::NIL) }, 0, 0);
    set(&mut m, kept[0], 0, v);
    m.collect_minor();
    m.collect_minor();
    m.collect_full();
    assert_eq!(dropped.load(Relaxed), 0);
}

#[test]
fn external_bytes_drive_collections_and_count_for_the_limit() {
    struct Buffer(#[expect(dead_code, reason = "only held")] super::ExternalBytes);
    impl Foreign for Buffer {
        fn trace(&self, _: &mut Marker) {}
        fn type_name(&self) -> &'static str {
            "buffer"
        }
        fn as_any(&self) -> &dyn Any {
            self
        }
    }
    let mut m = mutator(HeapOptions { limit_bytes: 64 << 20, ..HeapOptions::default() });
    for _ in 0..1000 {
        let external = m.external(1 << 20);
        m.new_foreign(Buffer(external), 0, 0);
        if m.poll_word().load(Relaxed) != 0 {
            wipe_stack();
            assert_eq!(m.safepoint_slow(), 0, "{:?}", m.stats());
        }
    }
    let stats = m.stats();
    assert!(stats.minor_count + stats.full_count >= 50, "{stats:?}");
    assert!(stats.external_bytes < 64 << 20, "{stats:?}");
}

#[test]
fn young_budget_starts_collections() {
    let mut m = mutator(HeapOptions { young_bytes: 1 << 20, ..HeapOptions::default() });
    for _ in 0..200_000 / if cfg!(miri) { 10 } else { 1 } {
        record(&mut m, 7);
    }
    let expected = (200_000 * 64 / if cfg!(miri) { 10 } else { 1 }) >> 20;
    let stats = m.stats();
    assert!((expected - 1..=expected + 1).contains(&stats.minor_count), "{stats:?}");
    assert_eq!(stats.full_count, 0);
    assert!(stats.footprint_bytes_max < 3 << 20, "{stats:?}");
}

#[test]
fn growing_heap_is_collected_fully_now_and_then() {
    let mut m = mutator(HeapOptions { young_bytes: 1 << 20, ..HeapOptions::default() });
    m.collect_full();
    let empty = m.stats().live_bytes;
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    let rounds = if cfg!(miri) { 1 } else { 64 };
    for i in 0..rounds * 16_384 {
        let v = record(&mut m, 7);
        if i % 2 == 0 {
            kept.push(v);
        }
    }
    let stats = m.stats();
    assert!(cfg!(miri) || (2..=7).contains(&stats.full_count), "{stats:?}");
    // Exact but for what the stack keeps by chance.
    m.collect_full();
    let live = m.stats().live_bytes - empty;
    assert!((kept.len() * 64..kept.len() * 64 + 4096).contains(&live), "{live} {}", kept.len() * 64);
}

#[test]
#[cfg_attr(miri, ignore = "needs the native stack as a root")]
fn every_stress_mode_collects() {
    for (stress, least) in [
        (Stress::SlowPaths, 3),
        (Stress::Allocations(1), 1000),
        (Stress::Allocations(7), 140),
        (Stress::Safepoints, 50),
    ] {
        let mut m = mutator(HeapOptions { stress, ..HeapOptions::default() });
        let mut kept = RootedVec::new(&m.shared_heap().clone());
        kept.push(record(&mut m, 50));
        for i in 0..1000 {
            let v = list(&mut m, 2);
            set(&mut m, kept[0], i % 50, v);
            if i % 20 == 0 && m.poll_word().load(Relaxed) != 0 {
                assert_eq!(m.safepoint_slow(), 0);
            }
            check_list(word(kept[0], (i * 7) % 50).load(), if i * 7 % 50 <= i { 2 } else { 0 });
        }
        let stats = m.stats();
        assert!(stats.minor_count + stats.full_count >= least, "{stress:?} {stats:?}");
        assert!(stats.full_count >= 1, "{stress:?} {stats:?}");
    }
}

#[test]
fn poll_bits_can_be_set_from_other_threads() {
    let mut m = mutator(HeapOptions::default());
    let handle = m.poll_handle();
    let seen = Arc::new(AtomicBool::new(false));
    let thread = std::thread::spawn({
        let seen = seen.clone();
        move || {
            handle.request(poll::INTERRUPT | poll::COLLECT);
            seen.store(true, Relaxed);
        }
    });
    thread.join().unwrap();
    assert!(seen.load(Relaxed));
    assert_eq!(m.safepoint_slow(), poll::INTERRUPT);
    m.clear_poll(poll::INTERRUPT);
    assert_eq!(m.poll_word().load(Relaxed), 0);
    assert_eq!(m.stats().minor_count, 1);
}

#[test]
fn random_graphs_survive_any_mixture_of_collections() {
    let mut seed = 0x9E37_79B9_7F4A_7C15u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed >> 11) as usize % below
    };
    let mut m = mutator(HeapOptions { young_bytes: 1 << 16, ..HeapOptions::default() });
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    // Every record carries its number in word 0, and the numbers of its children are kept beside it.
    let mut children: Vec<Vec<Option<i32>>> = Vec::new();
    let mut roots: Vec<i32> = Vec::new();
    let steps = if cfg!(miri) { 300 } else { 60_000 };
    for step in 0..steps {
        let length_max = if random(50) == 0 { 5000 } else { 12 };
        let length = 2 + random(length_max);
        let v = record(&mut m, length);
        let number = children.len() as i32;
        word(v, 0).store(Value::int32(number));
        children.push(vec![None; length]);
        if kept.len() < 200 {
            kept.push(v);
            roots.push(number);
        } else {
            let at = random(200);
            let parent_slot = 1 + random(header(kept[at]).word.load(Relaxed) as usize - 1);
            set(&mut m, kept[at], parent_slot, v);
            children[roots[at] as usize][parent_slot] = Some(number);
            if random(4) == 0 {
                let at = random(200);
                kept[at] = v;
                roots[at] = number;
            }
        }
        match random(2000) {
            0 => m.collect_minor(),
            1 => m.collect_full(),
            _ => {}
        }
        if step % 5000 == 0 || step == steps - 1 {
            let mut seen = std::collections::HashSet::new();
            let mut work: Vec<(Value, i32)> = kept.iter().copied().zip(roots.iter().copied()).collect();
            while let Some((v, number)) = work.pop() {
                assert_eq!(word(v, 0).load(), Value::int32(number));
                if !seen.insert(number) {
                    continue;
                }
                for (i, child) in children[number as usize].iter().enumerate().skip(1) {
                    match child {
                        Some(child) => work.push((word(v, i).load(), *child)),
                        None => assert_eq!(word(v, i).load(), Value::NIL),
                    }
                }
            }
        }
    }
}

#[test]
fn heap_outlives_its_mutators() {
    let heap = Heap::new(HeapOptions { verify: true, ..HeapOptions::default() }).unwrap();
    let mut kept = RootedVec::new(&heap);
    let mut first = Mutator::new(heap.clone());
    kept.push(record(&mut first, 1));
    first.collect_minor();
    let young = list(&mut first, 100);
    set(&mut first, kept[0], 0, young);
    drop(first);
    let mut second = Mutator::new(heap.clone());
    list(&mut second, 5000);
    second.collect_minor();
    check_list(word(kept[0], 0).load(), 100);
    assert!(heap.is_old(young.reference().unwrap()));
    assert!(heap.is_old(NonNull::<u64>::dangling().cast()));
}

#[test]
fn several_mutators_share_a_heap() {
    let heap =
        Heap::new(HeapOptions { young_bytes: 1 << 16, verify: true, ..HeapOptions::default() }).unwrap();
    let (threads, rounds) = if cfg!(miri) { (2, 5) } else { (4, 200) };
    let mut first = Mutator::new(heap.clone());
    let mut kept = RootedVec::new(&heap);
    kept.push(record(&mut first, 64));
    let shared = kept[0];
    let work = |m: &mut Mutator, seed: usize| {
        for i in 0..rounds {
            let mine = list(m, 200);
            // Others may replace it at any time.
            set(m, shared, (seed * 7 + i) % 64, mine);
            let other = word(shared, (seed * 5 + i * 3) % 64).load();
            if !other.is_nil() {
                check_list(other, 200);
            }
            match i % 50 {
                10 => m.collect_minor(),
                20 => m.collect_full(),
                30 => assert_eq!(m.stop_to_break(|| 30), 30),
                40 => assert_eq!(m.idle(|| 40), 40),
                _ => assert_eq!(m.safepoint_slow(), 0),
            }
            check_list(mine, 200);
        }
    };
    std::thread::scope(|scope| {
        for seed in 1..threads {
            let (heap, work) = (heap.clone(), &work);
            scope.spawn(move || work(&mut Mutator::new(heap), seed));
        }
        work(&mut first, 0);
        // The others may still want to stop the world.
        first.idle(|| std::thread::sleep(std::time::Duration::from_millis(1)));
        drop(first);
    });
    let mut last = Mutator::new(heap.clone());
    last.collect_full();
    assert!(last.stats().minor_count + last.stats().full_count > 10);
    drop(last);
}

/// Counts how often it is traced, and whether that happens twice at a time.
struct Counted {
    count: Arc<AtomicUsize>,
    is_traced: AtomicBool,
}

impl Foreign for Counted {
    fn trace(&self, _: &mut Marker) {
        assert!(!self.is_traced.swap(true, Relaxed));
        for _ in 0..100 {
            std::hint::spin_loop();
        }
        self.count.fetch_add(1, Relaxed);
        self.is_traced.store(false, Relaxed);
    }

    fn type_name(&self) -> &'static str {
        "counted"
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[test]
fn markers_that_meet_everywhere_trace_foreign_objects_once() {
    let heap = Heap::new(HeapOptions::default()).unwrap();
    let (length, rounds) = if cfg!(miri) { (200, 2) } else { (100_000, 10) };
    let mut m = Mutator::new(heap.clone());
    let mut kept = RootedVec::new(&heap);
    kept.push(record(&mut m, length));
    let count = Arc::new(AtomicUsize::new(0));
    for i in 0..length {
        // Small records that refer to each other across the heap, some of them to foreign objects.
        let v = record(&mut m, 4);
        word(v, 0).store(Value::int32(i as i32));
        for (to, step) in [(1, 7919), (2, 104_729)] {
            let other = word(kept[0], (i * step) % length).load();
            set(&mut m, v, to, other);
        }
        set(&mut m, kept[0], i, v);
        if i % 10 == 0 {
            let counted = Counted { count: count.clone(), is_traced: AtomicBool::new(false) };
            let foreign = m.new_foreign(counted, 0, 0);
            set(&mut m, v, 3, foreign);
        } else {
            let near = word(kept[0], i - i % 10).load();
            set(&mut m, v, 3, word(near, 3).load());
        }
    }
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut helper = Mutator::new(heap.clone());
            while !is_over.load(Relaxed) {
                helper.rest_if_asked();
            }
        });
        for _ in 0..rounds {
            count.store(0, Relaxed);
            m.collect_full();
            assert_eq!(count.load(Relaxed), length.div_ceil(10));
        }
        is_over.store(true, Relaxed);
        m.idle(|| ());
    });
    for i in 0..length {
        let v = word(kept[0], i).load();
        assert_eq!(word(v, 0).load(), Value::int32(i as i32));
    }
}

/// Prints what allocation and collections cost: `cargo test --release -p gscript-runtime -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn bench() {
    use std::time::Instant;
    let mut m = Mutator::new(Heap::new(HeapOptions::default()).unwrap());
    let count = 50_000_000;
    for size in [16, 32, 48, 64] {
        let before = m.stats();
        let start = Instant::now();
        for _ in 0..count {
            let object = m.alloc(Kind::Bytes, 0, 0, 0, size);
            std::hint::black_box(object);
        }
        let time = start.elapsed();
        let pauses = m.stats().minor_pause_total - before.minor_pause_total;
        println!("garbage of {size} bytes: {:.2} ns/object", time.as_secs_f64() * 1e9 / count as f64);
        println!("  minor collections {}, {pauses:?} in all", m.stats().minor_count - before.minor_count);
    }
    let mut kept = RootedVec::new(&m.shared_heap().clone());
    let start = Instant::now();
    let live_count = 100 << 20 >> 6;
    kept.push(record(&mut m, live_count));
    for i in 0..live_count {
        let v = record(&mut m, 7);
        let link = word(kept[0], i.saturating_sub(1)).load();
        word(v, 0).store(link);
        set(&mut m, kept[0], i, v);
    }
    println!("building 100 MB of records: {:?}, {:?}", start.elapsed(), m.stats());
    for _ in 0..3 {
        m.collect_full();
        println!("full with {} MB live: {:?}", m.stats().live_bytes >> 20, m.stats().last_pause);
    }
    m.collect_minor();
    println!("minor with nothing young: {:?}", m.stats().last_pause);
    let object = kept[0].reference().unwrap();
    m.write_barrier(object);
    m.collect_minor();
    println!("minor with {live_count} remembered words: {:?}", m.stats().last_pause);
    for share in [10, 2, 1] {
        let mut survivors = RootedVec::new(&m.shared_heap().clone());
        for i in 0..(8 << 20) / 64 {
            let v = record(&mut m, 7);
            if i % share == 0 {
                survivors.push(v);
            }
        }
        m.collect_minor();
        println!("minor over 8 MB young, one in {share} survives: {:?}", m.stats().last_pause);
    }
    println!("{:?}", m.stats());
}
