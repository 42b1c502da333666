//! The bytes of one function while they grow: labels, jumps, the constant pool, tables of places.
//!
//! Jumps are written in their long form. [`CodeBuffer::finish`] then shortens each whose target is near, moves the rest
//! together, and fills in displacements. One pass decides: removing bytes only brings places nearer, except that the
//! padding of an alignment may grow, so a jump across an alignment counts the largest padding. That finds nearly all
//! short jumps without iterating to a fixed point.
//!
//! Behind an *invalidation point* five bytes are kept in one line: labels, alignments and calls are held off by
//! no-operations, and jumps that begin there stay long.

use crate::asm::{
    Code, EXIT_STUB_BYTES, ExitId, InvalidationPoint, Label, Mark, PATCH_BYTES, PoolEntry, ReturnPoint,
};
use crate::hash::FastMap;
use std::fmt;

const UNBOUND: u32 = u32::MAX;

/// Largest alignment inside code; code is placed at a multiple of it.
const ALIGN_MAX: u32 = Code::ALIGN as u32;

/// What a 4-byte displacement leads to.
#[derive(Clone, Copy)]
enum Target {
    Label(Label),
    Pool(PoolEntry),
    /// The jump behind the stubs to the exit routine.
    ExitThunk,
}

/// A displacement to fill in, relative to the end of its instruction, `tail` bytes behind it.
#[derive(Clone, Copy)]
struct Fixup {
    at: u32,
    tail: u8,
    target: Target,
}

/// A jump in its long form.
#[derive(Clone, Copy)]
struct Jump {
    /// Where the instruction begins.
    at: u32,
    target: Label,
    /// The low nibble of the opcode of a conditional one.
    cc: Option<u8>,
    /// Whether it must stay long.
    long: bool,
}

impl Jump {
    const fn long_bytes(self) -> u32 {
        if self.cc.is_some() { 6 } else { 5 }
    }
}

/// No-operations up to a multiple.
#[derive(Clone, Copy)]
struct Padding {
    /// Where they begin.
    at: u32,
    /// How many there are.
    bytes: u32,
    /// Of what the end is a multiple.
    to: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Constant {
    Wide(u128),
    Double(u64),
    /// A patchable word, by its number: never shared.
    Word(u32),
}

/// An instruction in words with places for its labels.
fn with_places(line: &str, place: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('L') {
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let (before, number) = (&rest[..at], &rest[at + 1..at + 1 + digits]);
        out.push_str(before);
        match number.parse() {
            Ok(label) if !before.ends_with(|c: char| c.is_alphanumeric()) => out.push_str(&place(label)),
            _ => out.push_str(&rest[at..at + 1 + digits]),
        }
        rest = &rest[at + 1 + digits..];
    }
    out + rest
}

/// See the file's head.
#[derive(Default)]
pub struct CodeBuffer {
    bytes: Vec<u8>,
    labels: Vec<u32>,
    /// The last place with a label.
    bound: u32,
    jumps: Vec<Jump>,
    fixups: Vec<Fixup>,
    paddings: Vec<Padding>,
    pool: Vec<Constant>,
    pool_index: FastMap<Constant, PoolEntry>,
    words: Vec<u64>,
    returns: Vec<ReturnPoint>,
    points: Vec<(u32, Label)>,
    marks: Vec<Mark>,
    exits: Vec<(ExitId, Label)>,
    exports: Vec<Label>,
    cold: Option<u32>,
    /// What was written, if listings want it.
    text: Option<Vec<(u32, String)>>,
    /// Before this place no label, point, alignment or call may stand: it would be patched over.
    patch_end: u32,
}

impl CodeBuffer {
    /// No code, with room for `bytes`.
    pub fn with_capacity(bytes: usize) -> CodeBuffer {
        CodeBuffer { bytes: Vec::with_capacity(bytes), ..CodeBuffer::default() }
    }

    /// From now on keeps the instructions in words, for [`Code::text`].
    pub fn keep_text(&mut self) {
        self.text.get_or_insert_default();
    }

    /// Notes what comes next, if that is wanted.
    #[inline]
    pub(super) fn say(&mut self, what: &impl fmt::Display) {
        if let Some(text) = &mut self.text {
            text.push((self.bytes.len() as u32, what.to_string()));
        }
    }

    #[inline]
    pub(super) fn put(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    #[inline]
    pub(super) fn put_slice(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes written so far; jumps are still in their long form.
    #[inline]
    pub fn len(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// A new label, to be bound later.
    pub fn new_label(&mut self) -> Label {
        self.labels.push(UNBOUND);
        Label(self.labels.len() as u32 - 1)
    }

    /// Makes sure that labels `0..count` exist: for a lowerer whose blocks number their own labels.
    pub fn reserve_labels(&mut self, count: usize) {
        if self.labels.len() < count {
            self.labels.resize(count, UNBOUND);
        }
    }

    /// Binds a label to this place.
    ///
    /// # Panics
    /// If it is bound already.
    pub fn bind(&mut self, label: Label) {
        self.leave_patch();
        let place = &mut self.labels[label.index()];
        assert!(*place == UNBOUND, "{label} is bound twice");
        *place = self.bytes.len() as u32;
        self.bound = self.bytes.len() as u32;
    }

    /// Whether nothing was written since that position, and no label is bound there.
    pub(super) fn runs_on(&self, position: u32) -> bool {
        position == self.len() && self.bound != position
    }

    /// The label of the stub of an exit; calls with one id give separate stubs.
    pub fn exit_label(&mut self, id: ExitId) -> Label {
        let label = self.new_label();
        self.exits.push((id, label));
        label
    }

    /// Asks for the offset of `label` in the finished code; the number is its index in [`Code::exports`].
    pub fn export(&mut self, label: Label) -> usize {
        self.exports.push(label);
        self.exports.len() - 1
    }

    /// Says that what follows is cold.
    pub fn begin_cold(&mut self) {
        self.leave_patch();
        self.cold.get_or_insert(self.bytes.len() as u32);
    }

    /// Notes the lowerer's number for what follows.
    pub fn mark(&mut self, id: u32) {
        let offset = self.len();
        match self.marks.last_mut() {
            Some(last) if last.offset == offset => last.id = id,
            Some(last) if last.id == id => {}
            _ => self.marks.push(Mark { offset, id }),
        }
    }

    /// The pool entry that holds those 64 bits.
    pub fn pool_u64(&mut self, bits: u64) -> PoolEntry {
        self.pool_entry(Constant::Double(bits))
    }

    /// The pool entry that holds those 128 bits, aligned to 16 bytes.
    pub fn pool_u128(&mut self, bits: u128) -> PoolEntry {
        self.pool_entry(Constant::Wide(bits))
    }

    /// A patchable word of its own, aligned to 8 bytes; the number is its index in [`Code::words`].
    pub fn data_word(&mut self, initial: u64) -> (PoolEntry, usize) {
        let number = self.words.len();
        self.words.push(initial);
        self.pool.push(Constant::Word(number as u32));
        (PoolEntry(self.pool.len() as u32 - 1), number)
    }

    fn pool_entry(&mut self, constant: Constant) -> PoolEntry {
        let pool = &mut self.pool;
        *self.pool_index.entry(constant).or_insert_with(|| {
            pool.push(constant);
            PoolEntry(pool.len() as u32 - 1)
        })
    }

    pub(super) fn put_pool_disp(&mut self, entry: PoolEntry, tail: u8) {
        self.fixups.push(Fixup { at: self.len(), tail, target: Target::Pool(entry) });
        self.put_slice(&[0; 4]);
    }

    pub(super) fn put_label_disp(&mut self, label: Label, tail: u8) {
        self.fixups.push(Fixup { at: self.len(), tail, target: Target::Label(label) });
        self.put_slice(&[0; 4]);
    }

    /// A jump, conditional with the low nibble of its opcode.
    pub(super) fn jump(&mut self, cc: Option<u8>, target: Label) {
        let at = self.len();
        let long = at < self.patch_end;
        self.jumps.push(Jump { at, target, cc, long });
        match cc {
            Some(cc) => self.put_slice(&[0x0f, 0x80 | cc, 0, 0, 0, 0]),
            None => self.put_slice(&[0xe9, 0, 0, 0, 0]),
        }
    }

    /// To be called before a call instruction is written.
    pub(super) fn before_call(&mut self) {
        self.leave_patch();
    }

    /// To be called behind a call instruction: the return address is here.
    pub(super) fn after_call(&mut self, info: u32) {
        let offset = self.len();
        self.returns.push(ReturnPoint { offset, info });
    }

    pub(super) fn invalidation_point(&mut self, target: Label) {
        self.leave_patch();
        let at = self.len();
        self.points.push((at, target));
        self.patch_end = at + PATCH_BYTES;
    }

    /// Pads to a multiple of `to`, a power of two.
    ///
    /// # Panics
    /// If `to` is above [`Code::ALIGN`].
    pub fn align(&mut self, to: u32) {
        assert!(to.is_power_of_two() && to <= ALIGN_MAX, "alignment beyond that of the code itself");
        self.leave_patch();
        let at = self.len();
        let bytes = at.next_multiple_of(to) - at;
        self.paddings.push(Padding { at, bytes, to });
        put_nops(&mut self.bytes, bytes);
    }

    fn leave_patch(&mut self) {
        if self.len() < self.patch_end {
            let bytes = self.patch_end - self.len();
            put_nops(&mut self.bytes, bytes);
        }
    }

    /// The finished code. Exit stubs jump through the address `exit_routine`, having pushed their id.
    ///
    /// # Panics
    /// If a label that is used was never bound.
    pub fn finish(mut self, exit_routine: u64) -> Code {
        self.leave_patch();
        let cold = self.cold.unwrap_or(self.len());
        let exit_base = self.len();
        self.put_exit_stubs(exit_routine);
        self.align(16);
        let moves = self.shorten();
        let map = |at: u32| map_offset(&moves, at);
        for label in &mut self.labels {
            if *label != UNBOUND {
                *label = map_offset(&moves, *label);
            }
        }
        let pool_offset = self.len();
        let pool_offsets = self.put_pool();
        let mut words = vec![0; self.words.len()];
        for (constant, &offset) in self.pool.iter().zip(&pool_offsets) {
            if let Constant::Word(number) = constant {
                words[*number as usize] = offset;
            }
        }
        let offset_of = |label: Label| {
            let offset = self.labels[label.index()];
            assert!(offset != UNBOUND, "{label} is used and never bound");
            offset
        };
        // Behind the last stub comes the thunk.
        let thunk = map(exit_base) + self.exits.len() as u32 * EXIT_STUB_BYTES;
        for fixup in &self.fixups {
            let at = map(fixup.at);
            let target = match fixup.target {
                Target::Label(label) => offset_of(label),
                Target::Pool(entry) => pool_offsets[entry.0 as usize],
                Target::ExitThunk => thunk,
            };
            let disp = target.wrapping_sub(at + 4 + u32::from(fixup.tail));
            self.bytes[at as usize..at as usize + 4].copy_from_slice(&disp.to_le_bytes());
        }
        for jump in &self.jumps {
            let at = map(jump.at) as usize;
            let target = offset_of(jump.target);
            // A short form begins with 7x or EB, a long one with 0F or E9.
            let (field, bytes) = match self.bytes[at] {
                0x0f => (at + 2, 4),
                0xe9 => (at + 1, 4),
                _ => (at + 1, 1),
            };
            let disp = target.wrapping_sub((field + bytes) as u32);
            self.bytes[field..field + bytes].copy_from_slice(&disp.to_le_bytes()[..bytes]);
        }
        let invalidation_points = self.points.iter();
        let invalidation_points = invalidation_points
            .map(|&(at, target)| InvalidationPoint { offset: map(at), target: offset_of(target) })
            .collect();
        let exports = self.exports.iter().map(|&label| offset_of(label)).collect();
        for point in &mut self.returns {
            // Padding behind a call may have become longer; the callee still returns before it.
            point.offset = map_end(&moves, point.offset);
        }
        for mark in &mut self.marks {
            mark.offset = map(mark.offset);
        }
        let exits = map(exit_base)..thunk;
        let place = |label: usize| match self.labels.get(label) {
            Some(at) if exits.contains(at) => format!("exit {}", (at - exits.start) / EXIT_STUB_BYTES),
            Some(at) if *at != UNBOUND => format!("{at:x}"),
            _ => format!("L{label}"),
        };
        let text = self.text.unwrap_or_default();
        let text = text.into_iter().map(|(at, line)| (map(at), with_places(&line, place))).collect();
        Code {
            cold_offset: map(cold),
            pool_offset,
            returns: self.returns,
            invalidation_points,
            marks: self.marks,
            text,
            exit_base: map(exit_base),
            exits: self.exits.iter().map(|&(id, _)| id).collect(),
            words,
            exports,
            bytes: self.bytes,
        }
    }

    /// `push id; jmp thunk` for each exit, and the thunk: `jmp [exit routine]`.
    fn put_exit_stubs(&mut self, exit_routine: u64) {
        if self.exits.is_empty() {
            return;
        }
        for index in 0..self.exits.len() {
            let (id, label) = self.exits[index];
            self.bind(label);
            self.put(0x68);
            self.put_slice(&id.0.to_le_bytes());
            self.put(0xe9);
            self.fixups.push(Fixup { at: self.len(), tail: 0, target: Target::ExitThunk });
            self.put_slice(&[0; 4]);
        }
        let routine = self.pool_u64(exit_routine);
        self.put_slice(&[0xff, 0x25]);
        self.put_pool_disp(routine, 0);
    }

    /// Appends the pool, wide entries first so that nothing needs padding. Returns the offset of each entry.
    fn put_pool(&mut self) -> Vec<u32> {
        let mut offsets = vec![0; self.pool.len()];
        for wide in [true, false] {
            for (constant, offset) in self.pool.iter().zip(&mut offsets) {
                if matches!(constant, Constant::Wide(_)) != wide {
                    continue;
                }
                *offset = self.bytes.len() as u32;
                match *constant {
                    Constant::Wide(bits) => self.bytes.extend_from_slice(&bits.to_le_bytes()),
                    Constant::Double(bits) => self.bytes.extend_from_slice(&bits.to_le_bytes()),
                    Constant::Word(number) => {
                        self.bytes.extend_from_slice(&self.words[number as usize].to_le_bytes());
                    }
                }
            }
        }
        offsets
    }

    /// Whether a jump reaches its target in the short form, whatever the alignments between them become.
    fn is_near(&self, jump: Jump) -> bool {
        let target = self.labels[jump.target.index()];
        if jump.long || target == UNBOUND {
            return false;
        }
        let end = jump.at + jump.long_bytes();
        let distance = target.abs_diff(end);
        if distance > 127 {
            return false;
        }
        let (low, high) = (target.min(jump.at), target.max(end));
        let first = self.paddings.partition_point(|padding| padding.at < low);
        let growth: u32 = self.paddings[first..]
            .iter()
            .take_while(|padding| padding.at <= high)
            .map(|padding| padding.to - 1 - padding.bytes)
            .sum();
        distance + growth <= 127
    }

    /// Rewrites near jumps in their short form and closes the gaps. Returns how places moved: from each old offset
    /// on, the difference to subtract.
    fn shorten(&mut self) -> Vec<(u32, u32)> {
        let mut moves: Vec<(u32, u32)> = vec![(0, 0)];
        let old = std::mem::take(&mut self.bytes);
        let mut new = Vec::with_capacity(old.len() + 16 * self.pool.len());
        let mut copied = 0;
        let mut paddings = self.paddings.iter().copied().peekable();
        let pad = |padding: Padding, new: &mut Vec<u8>, copied: &mut u32, moves: &mut Vec<(u32, u32)>| {
            new.extend_from_slice(&old[*copied as usize..padding.at as usize]);
            let at = new.len() as u32;
            put_nops(new, at.next_multiple_of(padding.to) - at);
            *copied = padding.at + padding.bytes;
            // What stood at the end of the padding stands at its new end; that may be later than before only relative to
            // what precedes it, never in absolute terms, since an alignment of less is no more.
            moves.push((*copied, *copied - new.len() as u32));
        };
        for &jump in &self.jumps {
            while let Some(padding) = paddings.next_if(|padding| padding.at <= jump.at) {
                pad(padding, &mut new, &mut copied, &mut moves);
            }
            if !self.is_near(jump) {
                continue;
            }
            new.extend_from_slice(&old[copied as usize..jump.at as usize]);
            match jump.cc {
                Some(cc) => new.extend_from_slice(&[0x70 | cc, 0]),
                None => new.extend_from_slice(&[0xeb, 0]),
            }
            copied = jump.at + jump.long_bytes();
            moves.push((copied, copied - new.len() as u32));
        }
        for padding in paddings {
            pad(padding, &mut new, &mut copied, &mut moves);
        }
        new.extend_from_slice(&old[copied as usize..]);
        self.bytes = new;
        moves
    }
}

/// The new offset of what begins at `at`.
fn map_offset(moves: &[(u32, u32)], at: u32) -> u32 {
    let index = moves.partition_point(|&(from, _)| from <= at) - 1;
    at - moves[index].1
}

/// The new offset of the end of what ends at `at`, which is not 0.
fn map_end(moves: &[(u32, u32)], at: u32) -> u32 {
    let index = moves.partition_point(|&(from, _)| from < at) - 1;
    at - moves[index].1
}

/// Appends the recommended no-operations of up to nine bytes each.
pub(super) fn put_nops(bytes: &mut Vec<u8>, mut count: u32) {
    const NOPS: [&[u8]; 9] = [
        &[0x90],
        &[0x66, 0x90],
        &[0x0f, 0x1f, 0x00],
        &[0x0f, 0x1f, 0x40, 0x00],
        &[0x0f, 0x1f, 0x44, 0x00, 0x00],
        &[0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
        &[0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
        &[0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
        &[0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
    ];
    while count > 0 {
        let step = count.min(9);
        bytes.extend_from_slice(NOPS[step as usize - 1]);
        count -= step;
    }
}
