//! The scan: takes the pieces in order of their starts and puts each into a register or memory.
//!
//! At any moment at most one piece holds a register, so the state is one entry per register. For the next piece there
//! are up to four possibilities, tried in this order:
//!
//! 1. a register free for the whole piece: a hinted one, else the one whose freedom ends soonest after the piece;
//! 2. a register free for a part, up to a reservation: the rest becomes a piece of its own (*partial*);
//! 3. memory, up to the next use that demands a register, if the piece does not begin with such a use (*spill*);
//! 4. the register of another piece, whose rest goes to memory up to its next such use (*evict*).
//!
//! Between 2, 3 and 4 the estimated cost of bringing the losing value back decides (`cost`): the frequency of the
//! innermost loop in which the value is used, looking ahead in the linear order and, as the order does not show uses
//! of the next iteration, back to the head of the loop. Among equals the one used farthest ahead loses.
//!
//! A piece that leaves its register leaves it at the cheapest gap since its last use: before the loop, if the loop does
//! not use it. It comes back as late as possible, but before a loop that uses it. Memory pieces thereby cover whole
//! loops or nothing of them. All decisions look only forward from the scan position, except where a piece left.
//!
//! An instruction may read a value in a register that the same instruction overwrites (a call through a register). The
//! value then leaves at the late position, where no move can stand; the store is in the gap before.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::build::{Build, MEMORY, Piece, PlaceCode, UNSET};
use super::layout::{Layout, NONE};
use super::liveness::Liveness;
use super::{Env, Error, Function};
use crate::regs::{PReg, RegClass};

/// See the file head.
#[derive(Default)]
pub(super) struct Scan {
    /// For each virtual register whether any piece of it is in memory.
    pub spilled: Vec<bool>,
    /// For each virtual register whether it is stored after its definition; else where it leaves its register.
    pub store_at_def: Vec<bool>,
    /// The frequency of the places where the value leaves a register.
    store_cost: Vec<u32>,
    /// Where the value is at the scan position.
    now: Vec<PlaceCode>,
    /// The last register it had.
    last_reg: Vec<PlaceCode>,
    /// The first use not before the scan position.
    cursor: Vec<u32>,
    /// Places of live-in values at the end of the first predecessor scanned.
    arrival: Vec<PlaceCode>,
    arrived: Vec<bool>,
    /// For each register the end and the index of its piece; an end not after the scan position means free.
    held_until: [u32; PReg::COUNT],
    holder: [u32; PReg::COUNT],
    /// For each register its next reservation: position, and index into `Build::fixed`.
    reserved_at: [u32; PReg::COUNT],
    reserved_index: [u32; PReg::COUNT],
    children: BinaryHeap<Reverse<(u32, u32)>>,
    pos: u32,
}

/// What losing a register costs, and if that is equal, how near the next use is. The cheapest loses.
type Cost = (u32, Reverse<u32>);

/// Where a piece can leave its register.
#[derive(Clone, Copy)]
struct Cut {
    at: u32,
    forced: bool,
}

impl Scan {
    /// Settles all pieces.
    pub fn run<F: Function>(
        &mut self,
        func: &F,
        env: &Env,
        layout: &Layout,
        live: &Liveness,
        build: &mut Build,
    ) -> Result<(), Error> {
        self.reset(build, live, func.block_count());
        let mut ctx = Ctx { scan: self, build, layout, env };
        let mut initial = ctx.build.pieces.len();
        let mut block = 0;
        loop {
            let next = initial.checked_sub(1).map(|index| ctx.build.pieces[index].start);
            let child = ctx.scan.children.peek().map(|&Reverse((start, _))| start);
            let piece = match (next, child) {
                (None, None) => break,
                (Some(start), Some(child)) if child < start => ctx.scan.pop_child(),
                (None, Some(_)) => ctx.scan.pop_child(),
                (Some(_), _) => {
                    initial -= 1;
                    initial as u32
                }
            };
            let start = ctx.build.pieces[piece as usize].start;
            while layout.block_end(block) <= start {
                ctx.scan.leave_block(func, layout, live, block);
                block += 1;
            }
            ctx.scan.pos = start;
            ctx.place(piece)?;
        }
        self.choose_stores(layout, build);
        Ok(())
    }

    fn reset(&mut self, build: &Build, live: &Liveness, blocks: usize) {
        fn refill<T: Copy>(vec: &mut Vec<T>, len: usize, value: T) {
            vec.clear();
            vec.resize(len, value);
        }
        let count = build.def_pos.len();
        refill(&mut self.spilled, count, false);
        refill(&mut self.store_at_def, count, false);
        refill(&mut self.store_cost, count, 0);
        refill(&mut self.now, count, UNSET);
        refill(&mut self.last_reg, count, UNSET);
        refill(&mut self.arrival, live.live_in.len(), UNSET);
        refill(&mut self.arrived, blocks, false);
        self.cursor.clear();
        self.cursor.extend_from_slice(&build.use_starts[..count]);
        self.held_until = [0; PReg::COUNT];
        self.holder = [NONE; PReg::COUNT];
        self.children.clear();
        self.pos = 0;
        let mut seen = 0u32;
        self.reserved_at = [u32::MAX; PReg::COUNT];
        self.reserved_index = [0; PReg::COUNT];
        for (index, &(pos, regs)) in build.fixed.iter().enumerate() {
            for reg in crate::regs::PRegSet::from_bits(regs & !seen) {
                self.reserved_at[reg.index()] = pos;
                self.reserved_index[reg.index()] = index as u32;
            }
            seen |= regs;
            if seen == u32::MAX {
                break;
            }
        }
    }

    fn pop_child(&mut self) -> u32 {
        self.children.pop().map_or(NONE, |Reverse((_, piece))| piece)
    }

    /// Notes where values are at the end of a block, for those successors that begin with new pieces.
    fn leave_block<F: Function>(&mut self, func: &F, layout: &Layout, live: &Liveness, block: usize) {
        for &succ in func.block_succs(block) {
            let succ = succ as usize;
            if succ > block && layout.is_break[succ] && !self.arrived[succ] {
                self.arrived[succ] = true;
                for index in live.range(succ) {
                    self.arrival[index] = self.now[live.live_in[index].index()];
                }
            }
        }
    }

    /// Settles for each value whether it is stored once after its definition.
    fn choose_stores(&mut self, layout: &Layout, build: &Build) {
        for piece in &build.pieces {
            let vreg = piece.vreg.index();
            if piece.is_def && piece.place == MEMORY && !build.is_const[vreg] {
                // Born in memory: the slot is right from then on and nothing needs storing.
                self.store_at_def[vreg] = true;
            }
        }
        for vreg in 0..self.spilled.len() {
            if self.spilled[vreg] && !build.is_const[vreg] {
                let at_def = layout.freq_at(build.def_pos[vreg]);
                self.store_at_def[vreg] |= at_def <= self.store_cost[vreg];
            }
        }
    }
}

struct Ctx<'a> {
    scan: &'a mut Scan,
    build: &'a mut Build,
    layout: &'a Layout,
    env: &'a Env,
}

impl Ctx<'_> {
    /// Finds a place for a piece that begins at the scan position.
    fn place(&mut self, index: u32) -> Result<(), Error> {
        let piece = self.build.pieces[index as usize];
        let vreg = piece.vreg.index();
        let pos = piece.start;
        self.advance_cursor(vreg, pos);
        let source = match piece.live_in {
            NONE if piece.is_def && self.build.is_const[vreg] => MEMORY,
            NONE => self.scan.now[vreg],
            live_in => self.scan.arrival[live_in as usize],
        };
        let next = self.next_must(vreg, pos, piece.end);
        let needed = next.is_some_and(|next| next >> 1 == pos >> 1);
        if piece.forced || (source == MEMORY && !needed && !piece.reload) {
            self.spill(index, pos, self.stored_from(&piece, source));
            return Ok(());
        }
        let (full, partial) = self.find_free(&piece, source);
        if let Some(reg) = full {
            self.give(index, reg);
            return Ok(());
        }
        let partial = partial.and_then(|(reg, until)| {
            let cut = self.cut(vreg, pos, until)?;
            // Staying in the register costs nothing even if nothing reads it there.
            let is_worth_it = reg.index() as u8 == source || self.has_use(vreg, pos, cut.at + 1);
            is_worth_it.then(|| (reg, cut, self.cost(vreg, cut.at)))
        });
        let evict = self.find_evict(&piece, needed);
        let spill = (!needed).then(|| self.cost(vreg, pos));
        let best = [partial.map(|(_, _, cost)| cost), spill, evict.map(|(_, _, cost)| cost)];
        let Some(least) = best.into_iter().flatten().min() else {
            return Err(Error::TooManyOperands { inst: self.layout.inst_at(pos) });
        };
        match (partial, evict) {
            (Some((reg, cut, cost)), _) if cost == least => {
                self.give(index, reg);
                self.split(index, cut);
            }
            _ if spill == Some(least) => self.spill(index, pos, self.stored_from(&piece, source)),
            (_, Some((reg, cut, _))) => {
                self.evict(reg);
                self.give(index, reg);
                if let Some(cut) = cut {
                    self.split(index, cut);
                }
            }
            (_, None) => unreachable!("the least cost is the cost of one of the three"),
        }
        Ok(())
    }

    /// The place to store from if a piece goes to memory: as `source`, but the register of a definition in a fixed
    /// register counts too.
    fn stored_from(&self, piece: &Piece, source: PlaceCode) -> PlaceCode {
        let is_first = source == UNSET && !piece.is_def && piece.live_in == NONE;
        if is_first { self.build.hints[piece.vreg.index()].defined } else { source }
    }

    /// A register free for the whole piece, and the one free for longest with the end of that.
    fn find_free(&mut self, piece: &Piece, source: PlaceCode) -> (Option<PReg>, Option<(PReg, u32)>) {
        let class = piece.vreg.class();
        let mut free_until = [0u32; PReg::COUNT];
        let mut best: Option<(PReg, u32)> = None;
        let mut longest: Option<(PReg, u32)> = None;
        for &reg in &self.env.order[class.index()] {
            if self.scan.held_until[reg.index()] > piece.start {
                continue;
            }
            let until = self.reserved(reg, piece.start);
            free_until[reg.index()] = until;
            if until >= piece.end {
                if best.is_none_or(|(_, best)| until < best) {
                    best = Some((reg, until));
                }
            } else if until > piece.start
                && longest.is_none_or(|(_, longest)| until + (reg.index() as u8 == source) as u32 > longest)
            {
                longest = Some((reg, until));
            }
        }
        if best.is_some() {
            for hint in self.hints(piece, class, source).into_iter().filter(|&hint| hint < MEMORY) {
                if free_until[hint as usize] >= piece.end {
                    return (Some(PReg::new(hint)), longest);
                }
            }
        }
        (best.map(|(reg, _)| reg), longest)
    }

    /// Registers that would save a move, the best first.
    fn hints(&self, piece: &Piece, class: RegClass, source: PlaceCode) -> [PlaceCode; 6] {
        let hint = self.build.hints[piece.vreg.index()];
        let of = |other: u32| match other {
            NONE => UNSET,
            other => self.scan.last_reg[other as usize],
        };
        let of_class = |code: PlaceCode| {
            if code < MEMORY && PReg::new(code).class() == class { code } else { UNSET }
        };
        // A value stays where it is rather than move early to where it will be wanted: one move either way.
        [
            source,
            hint.defined,
            hint.wanted,
            of(hint.to),
            of(hint.from),
            self.scan.last_reg[piece.vreg.index()],
        ]
        .map(of_class)
    }

    /// The next position at or after `pos` at which `reg` is reserved. `pos` never falls between calls.
    fn reserved(&mut self, reg: PReg, pos: u32) -> u32 {
        let at = reg.index();
        if self.scan.reserved_at[at] >= pos {
            return self.scan.reserved_at[at];
        }
        let from = self.scan.reserved_index[at] as usize;
        let bit = reg.set().bits();
        let found = self.build.fixed[from..].iter().position(|&(at, regs)| at >= pos && regs & bit != 0);
        let (index, next) = match found {
            Some(offset) => (from + offset, self.build.fixed[from + offset].0),
            None => (self.build.fixed.len(), u32::MAX),
        };
        self.scan.reserved_index[at] = index as u32;
        self.scan.reserved_at[at] = next;
        next
    }

    /// The register whose piece costs least to move to memory, with what becomes of the new piece's end.
    fn find_evict(&mut self, piece: &Piece, needed: bool) -> Option<(PReg, Option<Cut>, Cost)> {
        let mut best: Option<(PReg, Option<Cut>, Cost)> = None;
        let vreg = piece.vreg.index();
        for number in 0..self.env.order[piece.vreg.class().index()].len() {
            let reg = self.env.order[piece.vreg.class().index()][number];
            if self.scan.held_until[reg.index()] <= piece.start {
                continue;
            }
            let until = self.reserved(reg, piece.start);
            let cut = if until < piece.end { self.cut(vreg, piece.start, until) } else { None };
            if until < piece.end && (cut.is_none() || !needed) {
                continue;
            }
            let holder = self.build.pieces[self.scan.holder[reg.index()] as usize].vreg.index();
            if self.is_locked(holder, piece.start) {
                continue;
            }
            let mut cost = self.cost(holder, piece.start);
            if let Some(cut) = cut {
                cost.0 = cost.0.saturating_add(self.cost(vreg, cut.at).0);
            }
            if best.is_none_or(|(_, _, best)| cost < best) {
                best = Some((reg, cut, cost));
            }
        }
        best
    }

    /// Whether the step of `pos` demands the register of that value at `pos` or after.
    fn is_locked(&mut self, vreg: usize, pos: u32) -> bool {
        self.advance_cursor(vreg, pos);
        let end = (pos | 1) + 1;
        self.uses_from(vreg, pos).take_while(|&(at, _)| at < end).any(|(at, must)| must && at >= pos)
    }

    /// What it costs if the value loses its register at `pos`.
    fn cost(&mut self, vreg: usize, pos: u32) -> Cost {
        let starts = self.build.use_starts[vreg] as usize;
        let end = self.build.use_starts[vreg + 1] as usize;
        let mut at = self.scan.cursor[vreg] as usize;
        while at < end && self.build.uses[at].pos() < pos {
            at += 1;
        }
        let ahead = (at < end).then(|| self.build.uses[at]);
        let behind = (at > starts).then(|| self.build.uses[at - 1].pos());
        let next = ahead.map_or(u32::MAX, |ahead| ahead.pos());
        let def = self.build.def_pos[vreg];
        let here = if pos < self.layout.end() { self.layout.loop_at(pos) } else { NONE };
        let mut inner = here;
        let mut reload = match ahead {
            Some(ahead) => self.layout.freq_at(ahead.pos()).min(self.layout.freq_at(pos)) * 2,
            None => 0,
        };
        let mut distance = next;
        while inner != NONE {
            let around = self.layout.loops[inner as usize];
            let is_carried = def < around.start && behind.is_some_and(|behind| behind >= around.start);
            if next < around.end || is_carried {
                reload = around.freq * 2;
                if next >= around.end {
                    distance = around.end;
                }
                break;
            }
            inner = around.parent;
        }
        // A use that takes memory as well saves only an access; a constant is made without one.
        if ahead.is_some_and(|ahead| !ahead.must()) || self.build.is_const[vreg] {
            reload -= reload / 4;
        }
        let store = match self.scan.spilled[vreg] || self.build.is_const[vreg] {
            true => 0,
            false => self.layout.freq_at(def).min(self.layout.freq_at(pos.min(self.layout.end() - 1))),
        };
        (reload + store, Reverse(distance))
    }

    /// Where the value can leave its register if it must have left before `until` but is in it at `start`.
    fn cut(&self, vreg: usize, start: u32, until: u32) -> Option<Cut> {
        let mut hi = until & !1;
        if until & 1 != 0 {
            let in_step =
                self.uses_from(vreg, start).skip_while(|&(at, _)| at < hi).take_while(|&(at, _)| at <= until);
            let (mut at_late, mut at_early) = (false, false);
            in_step.filter(|&(_, must)| must).for_each(|(at, _)| {
                at_late |= at == until;
                at_early |= at == hi;
            });
            if !at_late && at_early {
                return Some(Cut { at: until, forced: true });
            }
            hi = until - 1;
        }
        let last = self.uses_from(vreg, start).map(|(at, _)| at).take_while(|&at| at < hi).last();
        let lo = (last.map_or(start, |last| last.max(start)) + 2) & !1;
        (lo <= hi).then(|| Cut { at: self.layout.hoist(lo, hi), forced: false })
    }

    /// Puts a piece into a register.
    fn give(&mut self, index: u32, reg: PReg) {
        let piece = &mut self.build.pieces[index as usize];
        piece.place = reg.index() as u8;
        let vreg = piece.vreg.index();
        self.scan.held_until[reg.index()] = piece.end;
        self.scan.holder[reg.index()] = index;
        self.scan.now[vreg] = piece.place;
        self.scan.last_reg[vreg] = piece.place;
    }

    /// Ends a piece that has just got its register; the rest is placed when the scan arrives there.
    fn split(&mut self, index: u32, cut: Cut) {
        let piece = &mut self.build.pieces[index as usize];
        let rest = Piece {
            start: cut.at,
            is_def: false,
            live_in: NONE,
            place: UNSET,
            forced: cut.forced,
            reload: false,
            ..*piece
        };
        piece.end = cut.at;
        let place = piece.place;
        self.scan.held_until[place as usize] = cut.at;
        self.push_child(rest);
    }

    fn push_child(&mut self, piece: Piece) -> u32 {
        let index = self.build.pieces.len() as u32;
        self.build.pieces.push(piece);
        self.scan.children.push(Reverse((piece.start, index)));
        index
    }

    /// Puts a piece into memory until the value should be in a register again. `source` is its place before.
    fn spill(&mut self, index: u32, now: u32, source: PlaceCode) {
        let piece = self.build.pieces[index as usize];
        let vreg = piece.vreg.index();
        let back = self.reload_at(vreg, now, piece.end);
        let memory = &mut self.build.pieces[index as usize];
        memory.place = MEMORY;
        memory.end = back;
        self.scan.now[vreg] = MEMORY;
        self.scan.spilled[vreg] = true;
        if source < MEMORY {
            self.scan.store_cost[vreg] += self.layout.freq_at(piece.start);
        }
        if back < piece.end {
            let rest = Piece {
                start: back,
                is_def: false,
                live_in: NONE,
                place: UNSET,
                forced: false,
                reload: true,
                ..piece
            };
            self.push_child(rest);
        }
    }

    /// Frees a register for the piece that begins at the scan position.
    fn evict(&mut self, reg: PReg) {
        let pos = self.scan.pos;
        let index = self.scan.holder[reg.index()];
        let piece = self.build.pieces[index as usize];
        let vreg = piece.vreg.index();
        self.scan.held_until[reg.index()] = 0;
        self.scan.holder[reg.index()] = NONE;
        let read_early = pos & 1 != 0 && piece.start < pos && self.has_use(vreg, pos - 1, pos);
        let at = match self.last_use(vreg, piece.start, pos) {
            _ if read_early => pos,
            last => {
                let lo = last.map_or(piece.start, |last| last.max(piece.start) + 1);
                let lo = if lo == piece.start { lo } else { (lo + 1) & !1 };
                if lo > pos & !1 { lo } else { self.layout.hoist(lo, pos & !1) }
            }
        };
        if at <= piece.start {
            let source = match piece.live_in {
                NONE if piece.is_def => UNSET,
                NONE => self.place_before(&piece),
                live_in => self.scan.arrival[live_in as usize],
            };
            self.spill(index, pos, source);
            return;
        }
        self.build.pieces[index as usize].end = at;
        let rest = Piece {
            start: at,
            is_def: false,
            live_in: NONE,
            place: UNSET,
            forced: at & 1 != 0,
            reload: false,
            ..piece
        };
        self.build.pieces.push(rest);
        let rest = self.build.pieces.len() as u32 - 1;
        self.spill(rest, pos, reg.index() as u8);
    }

    /// A guess at the place of a value before one of its pieces that is not at a label: a reload comes from memory.
    fn place_before(&self, piece: &Piece) -> PlaceCode {
        if piece.reload { MEMORY } else { self.scan.last_reg[piece.vreg.index()] }
    }

    /// The last read before the step of `pos`, of any kind, at or after `start`.
    fn last_use(&mut self, vreg: usize, start: u32, pos: u32) -> Option<u32> {
        self.advance_cursor(vreg, pos);
        let at = self.scan.cursor[vreg];
        if at == self.build.use_starts[vreg] {
            return None;
        }
        let last = self.build.uses[at as usize - 1].pos();
        (last >= start).then_some(last)
    }

    /// Where a value in memory from `now` on should be in a register again, before `end`; `end` if nowhere.
    fn reload_at(&self, vreg: usize, now: u32, end: u32) -> u32 {
        let lo = (now + 2) & !1;
        for (at, must) in self.uses_from(vreg, now).take_while(|&(at, _)| at < end) {
            if must {
                return self.layout.hoist(lo, at & !1);
            }
            // Before a loop that reads it, even if memory would do there.
            let target = self.layout.hoist(lo, at & !1);
            if target != at & !1 {
                return target;
            }
        }
        end
    }

    fn advance_cursor(&mut self, vreg: usize, pos: u32) {
        let end = self.build.use_starts[vreg + 1];
        let cursor = &mut self.scan.cursor[vreg];
        while *cursor < end && self.build.uses[*cursor as usize].pos() < pos & !1 {
            *cursor += 1;
        }
    }

    /// The reads at or after `pos`, in order, with whether each demands a register.
    fn uses_from(&self, vreg: usize, pos: u32) -> impl Iterator<Item = (u32, bool)> + '_ {
        let range = self.scan.cursor[vreg] as usize..self.build.use_starts[vreg + 1] as usize;
        self.build.uses[range]
            .iter()
            .map(|read| (read.pos(), read.must()))
            .skip_while(move |&(at, _)| at < pos)
    }

    fn next_must(&self, vreg: usize, pos: u32, end: u32) -> Option<u32> {
        self.uses_from(vreg, pos).take_while(|&(at, _)| at < end).find(|&(_, must)| must).map(|(at, _)| at)
    }

    fn has_use(&self, vreg: usize, pos: u32, end: u32) -> bool {
        self.uses_from(vreg, pos).next().is_some_and(|(at, _)| at < end)
    }
}
