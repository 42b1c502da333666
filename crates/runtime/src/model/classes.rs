//! A table becomes a class while others store into it, and rely on what it has.
//!
//! `promises.rs` is the product's text. Around it stands [`Table`], with one slot, which mirrors `mark_class_slow`, `rely_on`,
//! `rely_on_absence` and `break_assumption` of `table/class.rs`, and `set_slot` and `set_class_slot` of `table/slots.rs`.

use super::{assert_fails, check, check_slow};
use crate::shape::{CLASS_BREAKS_MAX, SLOTS_MAX, SlotState};
use promises::Promises;
use shuttle::rand::Rng;
use shuttle::thread;
use std::sync::atomic::Ordering::*;
use std::sync::{Arc, PoisonError};
use sync::{AtomicBool, AtomicU32, RwLock, RwLockReadGuard};

/// The model's side of `shape::sync`.
mod sync {
    pub(super) use shuttle::sync::atomic::{AtomicBool, AtomicU8, AtomicU32};
    pub(super) use shuttle::sync::{RwLock, RwLockReadGuard};
}

#[path = "../shape/promises.rs"]
#[expect(dead_code, reason = "nobody asks for a slot's state")]
#[expect(clippy::duplicate_mod, reason = "what is checked is the text that runs, over other atomics")]
mod promises;

/// What is done wrongly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    None,
    /// A table becomes a class while somebody is between looking whether it is one and storing.
    BecomesClassAtAnyTime,
    /// A store loads what it replaces before it replaces it.
    LoadsThenStores,
    /// Who relies looks first.
    LooksThenRelies,
    /// Who changes asks first.
    AsksThenChanges,
}

const NIL: u32 = 0;

struct Table {
    fault: Fault,
    /// Who runs reads; who stops the world writes.
    world: RwLock<()>,
    is_class: AtomicBool,
    /// The shape: whether it is the class's own.
    has_class_shape: AtomicBool,
    slot: AtomicU32,
    promises: Promises,
    epoch: AtomicU32,
}

/// What somebody relies on as long as the epoch is the same.
struct Relied {
    epoch: u32,
    value: u32,
}

/// A thread that runs, as far as the stop of the world is concerned.
struct Running<'a>(Option<RwLockReadGuard<'a, ()>>);

impl<'a> Running<'a> {
    fn begin(table: &'a Table) -> Running<'a> {
        Running(Some(table.world.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// As `Mutator::stop_to_break`.
    fn stop(&mut self, table: &'a Table, change: impl FnOnce()) {
        self.0 = None;
        {
            let _stopped = table.world.write().unwrap_or_else(PoisonError::into_inner);
            change();
        }
        *self = Running::begin(table);
    }
}

impl Table {
    /// As `mark_class_slow`.
    fn mark_class<'a>(&'a self, running: &mut Running<'a>) {
        if self.is_class.load(Relaxed) {
            return;
        }
        if self.fault == Fault::BecomesClassAtAnyTime {
            self.is_class.store(true, Relaxed);
        } else {
            running.stop(self, || self.is_class.store(true, Relaxed));
        }
        self.has_class_shape.store(true, Release);
    }

    /// As `set_slot` and `set_class_slot`.
    fn set_slot<'a>(&'a self, running: &mut Running<'a>, v: u32) {
        if !self.is_class.load(Relaxed) {
            self.slot.store(v, Relaxed);
            return;
        }
        let asks = |old: u32| {
            self.has_class_shape.load(Acquire) && self.promises.break_slot(0, (old == NIL) != (v == NIL))
        };
        let (old, is_broken) = match self.fault {
            Fault::LoadsThenStores => {
                let old = self.slot.load(Relaxed);
                self.slot.store(v, Relaxed);
                (old, old != v && asks(old))
            }
            Fault::AsksThenChanges => {
                let is_broken = asks(if v == NIL { v + 1 } else { NIL });
                (self.slot.swap(v, Relaxed), is_broken)
            }
            _ => {
                let old = self.slot.swap(v, Relaxed);
                (old, old != v && asks(old))
            }
        };
        if old != v && is_broken {
            running.stop(self, || {
                self.epoch.fetch_add(1, Relaxed);
            });
        }
    }

    /// As `rely_on`, or `rely_on_absence`, and as `find` in `interp/access.rs`: the epoch comes first.
    fn rely(&self) -> Option<Relied> {
        let epoch = self.epoch.load(Relaxed);
        if !self.has_class_shape.load(Acquire) || !self.promises.are_kept() {
            return None;
        }
        let before = self.slot.load(Relaxed);
        let is_relied = if before == NIL {
            self.promises.rely_on_absence();
            true
        } else {
            self.promises.rely_on(0)
        };
        let is_same = self.fault == Fault::LooksThenRelies || self.slot.load(Relaxed) == before;
        (is_relied && is_same).then_some(Relied { epoch, value: before })
    }
}

fn store(table: &Table) {
    let mut running = Running::begin(table);
    for _ in 0..3 {
        let v = shuttle::rand::thread_rng().gen_range(NIL..3);
        table.set_slot(&mut running, v);
    }
}

fn model(fault: Fault) -> impl Fn() + Send + Sync + Copy + 'static {
    move || {
        let table = Arc::new(Table {
            fault,
            world: RwLock::new(()),
            is_class: AtomicBool::new(false),
            has_class_shape: AtomicBool::new(false),
            slot: AtomicU32::new(1),
            promises: Promises::new(),
            epoch: AtomicU32::new(0),
        });
        let storing = (0..2).map(|_| {
            let table = table.clone();
            thread::spawn(move || {
                store(&table);
                Vec::new()
            })
        });
        let relying = (0..2).map(|_| {
            let table = table.clone();
            thread::spawn(move || {
                let mut running = Running::begin(&table);
                table.mark_class(&mut running);
                (0..2).filter_map(|_| table.rely()).collect()
            })
        });
        let threads: Vec<_> = storing.chain(relying).collect();
        let mut relied = Vec::new();
        for thread in threads {
            relied.extend(thread.join().expect("a failed thread ends the model"));
        }
        // What nobody has been told of by now, nobody ever will be.
        let (epoch, value) = (table.epoch.load(Relaxed), table.slot.load(Relaxed));
        for relied in relied {
            assert!(relied.epoch != epoch || relied.value == value, "somebody relies on what is no more");
        }
    }
}

#[test]
fn who_relies_on_a_class_is_told_of_changes() {
    check(model(Fault::None), 1, 2000);
    check_slow(model(Fault::None), 2, 2000);
}

#[test]
fn faults_are_found() {
    use Fault::*;
    for fault in [BecomesClassAtAnyTime, LoadsThenStores, LooksThenRelies, AsksThenChanges] {
        assert_fails(&format!("{fault:?}"), model(fault), 3000);
    }
}
