//! Orders copies that are meant to happen at once.
//!
//! Each destination is written once. A copy can be made as soon as no other copy still reads its destination; what is
//! left when none can are cycles, of which one member waits in a scratch register. Constants are made last. A copy from
//! slot to slot passes through a scratch register too: of the integer class, and in a cycle, where that one is taken, of
//! the float class. Linear in the number of copies.

use super::{Edit, Env, Place, scratch};
use crate::regs::{PReg, RegClass, SpillSlot, VReg};

const NONE: u32 = u32::MAX;

/// The copies of one gap or edge, and working memory.
#[derive(Default)]
pub(super) struct Parallel {
    moves: Vec<(Place, Place)>,
    consts: Vec<(VReg, Place)>,
    /// For each place, registers before slots: what is copied to it, and how many copies from it are left.
    source: Vec<u32>,
    readers: Vec<u32>,
    ready: Vec<u32>,
}

impl Parallel {
    /// Makes room for a function with that many slots.
    pub fn reset(&mut self, slots: u32) {
        let places = PReg::COUNT + slots as usize;
        self.source.clear();
        self.source.resize(places, NONE);
        self.readers.clear();
        self.readers.resize(places, 0);
        self.moves.clear();
        self.consts.clear();
    }

    /// Adds a copy. The same copy may be added twice.
    #[inline]
    pub fn add(&mut self, from: Place, to: Place) {
        match from {
            Place::Const(vreg) => self.consts.push((vreg, to)),
            Place::Reg(_) | Place::Slot(_) if from != to => self.moves.push((from, to)),
            Place::None | Place::Reg(_) | Place::Slot(_) => {}
        }
    }

    /// Appends all copies in a valid order and forgets them.
    #[inline]
    pub fn flush(&mut self, env: &Env, before: u32, edits: &mut Vec<Edit>) {
        match self.moves.as_slice() {
            [] => {}
            &[(from, to)] => emit(env, RegClass::Int, before, from, to, edits),
            _ => self.order(env, before, edits),
        }
        self.moves.clear();
        for (vreg, to) in self.consts.drain(..) {
            emit(env, vreg.class(), before, Place::Const(vreg), to, edits);
        }
    }

    fn order(&mut self, env: &Env, before: u32, edits: &mut Vec<Edit>) {
        for &(from, to) in &self.moves {
            let (from, to) = (index(from), index(to));
            debug_assert!(
                self.source[to] == NONE || self.source[to] == from as u32,
                "two values for one place"
            );
            if self.source[to] == NONE {
                self.source[to] = from as u32;
                self.readers[from] += 1;
            }
        }
        let targets = self.moves.iter().map(|&(_, to)| index(to) as u32);
        let readers = &self.readers;
        self.ready.extend(targets.filter(|&to| readers[to as usize] == 0));
        while let Some(to) = self.ready.pop() {
            let from = std::mem::replace(&mut self.source[to as usize], NONE);
            if from == NONE {
                continue;
            }
            emit(env, RegClass::Int, before, place(from), place(to), edits);
            self.readers[from as usize] -= 1;
            if self.readers[from as usize] == 0 && self.source[from as usize] != NONE {
                self.ready.push(from);
            }
        }
        for at in 0..self.moves.len() {
            let first = index(self.moves[at].1) as u32;
            if self.source[first as usize] != NONE {
                self.cycle(env, first, before, edits);
            }
        }
    }

    /// Every place of a cycle has one reader: the next.
    fn cycle(&mut self, env: &Env, first: u32, before: u32, edits: &mut Vec<Edit>) {
        let class = match place(first) {
            Place::Reg(reg) => reg.class(),
            Place::None | Place::Slot(_) | Place::Const(_) => RegClass::Int,
        };
        let (class, other) = match self.has_slot(first) {
            true => (RegClass::Int, RegClass::Float),
            false => (class, class),
        };
        let saved = Place::Reg(scratch(env, class));
        emit(env, other, before, place(first), saved, edits);
        let mut to = first;
        loop {
            let from = std::mem::replace(&mut self.source[to as usize], NONE);
            self.readers[from as usize] -= 1;
            if from == first {
                emit(env, other, before, saved, place(to), edits);
                break;
            }
            emit(env, other, before, place(from), place(to), edits);
            to = from;
        }
    }

    fn has_slot(&self, first: u32) -> bool {
        let mut at = first;
        loop {
            if at as usize >= PReg::COUNT {
                return true;
            }
            at = self.source[at as usize];
            if at == first {
                return false;
            }
        }
    }
}

/// One copy; those that need two instructions use the scratch register of class `via`.
fn emit(env: &Env, via: RegClass, before: u32, from: Place, to: Place, edits: &mut Vec<Edit>) {
    if let (Place::Slot(_) | Place::Const(_), Place::Slot(_)) = (from, to) {
        let via = Place::Reg(scratch(env, via));
        edits.push(Edit { before, from, to: via });
        edits.push(Edit { before, from: via, to });
    } else {
        edits.push(Edit { before, from, to });
    }
}

fn index(place: Place) -> usize {
    match place {
        Place::Reg(reg) => reg.index(),
        Place::Slot(slot) => PReg::COUNT + slot.0 as usize,
        Place::None | Place::Const(_) => unreachable!("only registers and slots are copied"),
    }
}

fn place(index: u32) -> Place {
    match index.checked_sub(PReg::COUNT as u32) {
        Some(slot) => Place::Slot(SpillSlot(slot)),
        None => Place::Reg(PReg::new(index as u8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn env() -> Env {
        Env {
            order: [(0..15).map(PReg::int).collect(), (0..15).map(PReg::float).collect()],
            scratch: [PReg::int(15), PReg::float(15)],
        }
    }

    /// Executes the ordered copies and compares with copying everything at once.
    fn check(moves: &[(u32, u32)]) {
        let mut parallel = Parallel::default();
        parallel.reset(40);
        let mut edits = Vec::new();
        moves.iter().for_each(|&(from, to)| parallel.add(place(from), place(to)));
        parallel.flush(&env(), 0, &mut edits);
        let mut state: HashMap<Place, u32> = (0..72).map(|index| (place(index), index)).collect();
        for edit in &edits {
            let is_slot = |place| matches!(place, Place::Slot(_));
            assert!(!(is_slot(edit.from) && is_slot(edit.to)), "{edits:?}");
            let value = state[&edit.from];
            state.insert(edit.to, value);
        }
        let written: HashMap<u32, u32> = moves.iter().map(|&(from, to)| (to, from)).collect();
        for at in (0..72).filter(|&at| at != 15 && at != 31) {
            assert_eq!(state[&place(at)], written.get(&at).copied().unwrap_or(at), "{moves:?} {edits:?}");
        }
        assert!(parallel.source.iter().all(|&source| source == NONE));
        assert!(parallel.readers.iter().all(|&readers| readers == 0));
    }

    #[test]
    fn chains_and_fans_need_no_scratch() {
        check(&[(0, 1), (1, 2), (2, 3)]);
        check(&[(0, 1), (0, 2), (0, 40)]);
        check(&[(0, 0)]);
    }

    #[test]
    fn cycles_of_registers_slots_and_both() {
        check(&[(0, 1), (1, 0)]);
        check(&[(16, 17), (17, 18), (18, 16), (16, 3)]);
        check(&[(40, 41), (41, 40)]);
        check(&[(0, 40), (40, 41), (41, 0), (5, 6), (6, 5), (50, 51)]);
    }

    #[test]
    fn random_copies_are_equal_to_simultaneous_ones() {
        let mut random = super::super::random::Random::new(7);
        for _ in 0..20_000 {
            let span = 2 + random.below(70) as u32;
            let mut to: Vec<u32> = (0..span).filter(|at| ![15, 31].contains(at)).collect();
            random.shuffle(&mut to);
            to.truncate(random.below(to.len() + 1));
            let moves: Vec<_> = to
                .iter()
                .map(|&to| {
                    loop {
                        let from = random.below(span as usize) as u32;
                        if ![15, 31].contains(&from) {
                            break (from, to);
                        }
                    }
                })
                .collect();
            check(&moves);
        }
    }
}
