//! Structural changes of a table hold its lock bit; who reads takes no lock, and sees old or new, complete.
//!
//! What is modelled are named keys: [`Table`] mirrors `lock`, `locked` and `shape_id` of `table/mod.rs`, and `add_named_quietly`,
//! `ensure_slots`, `replace_slots`, `locked_store`, `set_slot` and `slot_value` of `table/slots.rs`. The array part is like it, with
//! the length in place of the shape. A storage of the model is never freed; in the heap those that somebody may look at are
//! found on native stacks.

use super::{assert_fails, check, check_slow};
use shuttle::sync::atomic::{AtomicU8, AtomicU32, AtomicUsize};
use shuttle::thread;
use std::sync::atomic::Ordering::*;
use std::sync::{Arc, Mutex};

/// What is done wrongly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    /// The lock bit is a load, and then a store.
    TwoMayLock,
    /// A key is added to the shape that was read before the lock was had.
    AddsToWhatWas,
    /// A shape is published before the value of its new slot.
    ShapeFirst,
    /// A new storage is published, then filled.
    StorageFirst,
    /// A larger storage that another thread has made is replaced.
    ReplacesLarger,
}

const LOCK: u8 = 1;
const NIL: u32 = 0;
const KEYS: u32 = 3;

type Storage = Arc<Vec<AtomicU32>>;

struct Table {
    fault: Fault,
    flags: AtomicU8,
    /// The keys, each a byte, in the order of their slots: shapes are immutable and known by number.
    shape: AtomicU32,
    /// The number of the storage.
    ext: AtomicUsize,
    storages: Mutex<Vec<Storage>>,
}

fn slot_count(shape: u32) -> usize {
    (0..KEYS).filter(|i| shape >> (8 * i) & 255 != 0).count()
}

fn find(shape: u32, key: u32) -> Option<usize> {
    (0..KEYS).position(|i| shape >> (8 * i) & 255 == key)
}

impl Table {
    fn locked<R>(&self, change: impl FnOnce() -> R) -> R {
        if self.fault == Fault::TwoMayLock {
            while self.flags.load(Acquire) & LOCK != 0 {
                thread::yield_now();
            }
            self.flags.store(LOCK, Relaxed);
        } else {
            while self.flags.fetch_or(LOCK, Acquire) & LOCK != 0 {
                thread::yield_now();
            }
        }
        let result = change();
        self.flags.fetch_and(!LOCK, Release);
        result
    }

    fn storage(&self) -> Storage {
        let at = self.ext.load(Acquire);
        self.storages.lock().unwrap()[at].clone()
    }

    /// As `ensure_slots` and `replace_slots`.
    fn ensure_slots(&self, count: usize) {
        if count <= self.storage().len() {
            return;
        }
        let new: Storage = Arc::new((0..count).map(|_| AtomicU32::new(NIL)).collect());
        let number = {
            let mut storages = self.storages.lock().unwrap();
            storages.push(new.clone());
            storages.len() - 1
        };
        let copy = |old: &Storage| {
            for (from, to) in old.iter().zip(new.iter()) {
                to.store(from.load(Relaxed), Relaxed);
            }
        };
        self.locked(|| {
            let old = self.storage();
            if self.fault == Fault::StorageFirst && old.len() < new.len() {
                self.ext.store(number, Release);
            }
            copy(&old);
            if old.len() < new.len() || self.fault == Fault::ReplacesLarger {
                self.ext.store(number, Release);
            }
        });
    }

    /// As `locked_store`.
    fn locked_store(&self, old: u32, new: u32, slot: usize, v: u32) -> bool {
        self.locked(|| {
            if self.shape.load(Acquire) != old && self.fault != Fault::AddsToWhatWas {
                return false;
            }
            let storage = self.storage();
            let Some(word) = storage.get(slot) else { return false };
            if self.fault == Fault::ShapeFirst {
                self.shape.store(new, Release);
            }
            word.store(v, Relaxed);
            self.shape.store(new, Release);
            true
        })
    }

    /// As `set_str` and `add_named_quietly`.
    fn set(&self, key: u32, v: u32) {
        loop {
            let old = self.shape.load(Acquire);
            if let Some(slot) = find(old, key) {
                if let Some(word) = self.storage().get(slot) {
                    word.store(v, Relaxed);
                }
                return;
            }
            let slot = slot_count(old);
            self.ensure_slots(slot + 1);
            let old = self.shape.load(Acquire);
            if slot_count(old) == slot
                && find(old, key).is_none()
                && self.locked_store(old, old | key << (8 * slot), slot, v)
            {
                return;
            }
        }
    }

    /// Reads all keys, without a lock.
    fn check(&self) {
        let shape = self.shape.load(Acquire);
        for slot in 0..slot_count(shape) {
            let key = shape >> (8 * slot) & 255;
            assert_eq!(find(shape, key), Some(slot), "a key is there twice");
            let storage = self.storage();
            let v = storage.get(slot).expect("a shape's slots are in the storage").load(Relaxed);
            assert_eq!(v / 10, key, "the value of a key is none that was stored for it");
        }
    }
}

fn model(fault: Fault) -> impl Fn() + Send + Sync + Copy + 'static {
    move || {
        let table = Arc::new(Table {
            fault,
            flags: AtomicU8::new(0),
            shape: AtomicU32::new(0),
            ext: AtomicUsize::new(0),
            storages: Mutex::new(vec![Arc::new(Vec::new())]),
        });
        let set = |keys: [u32; 3]| {
            let table = table.clone();
            thread::spawn(move || keys.iter().for_each(|key| table.set(*key, key * 10 + keys[0])))
        };
        let read = {
            let table = table.clone();
            thread::spawn(move || (0..4).for_each(|_| table.check()))
        };
        for thread in [set([1, 2, 3]), set([2, 1, 3]), read] {
            thread.join().expect("a failed thread ends the model");
        }
        table.check();
        assert_eq!(slot_count(table.shape.load(Relaxed)), KEYS as usize, "a key was lost");
    }
}

#[test]
fn readers_without_a_lock_see_whole_tables() {
    check(model(Fault::None), 1, 1000);
    check_slow(model(Fault::None), 2, 1000);
}

#[test]
fn faults_are_found() {
    use Fault::*;
    for fault in [TwoMayLock, AddsToWhatWas, ShapeFirst, StorageFirst, ReplacesLarger] {
        assert_fails(&format!("{fault:?}"), model(fault), 3000);
    }
}
