//! Names as numbers.
//!
//! The one idea: all names of a chunk lie in one string, and a [`Name`] is an index into the table of their ends, so that
//! the parser allocates nothing per name and comparing names is comparing integers. An open-addressed table of indices
//! finds the number of a text. Nothing is ever removed.

use std::fmt;

/// A name of one chunk: an index into its [`Interner`], counted from 0 without gaps in the order of first appearance.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub u32);

impl Name {
    /// The index, for tables with one entry per name.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Name({})", self.0)
    }
}

/// The names of a chunk.
#[derive(Clone, Debug, Default)]
pub struct Interner {
    /// All texts, one after the other.
    text: String,
    /// The offset in `text` behind each name.
    ends: Vec<u32>,
    /// Index plus one of the name with a hash that leads here, 0 for none. The size is a power of two, or 0 at first.
    table: Vec<u32>,
}

impl Interner {
    /// An empty one.
    #[must_use]
    pub fn new() -> Interner {
        Interner::default()
    }

    /// The name with this text, made if it is new.
    pub fn intern(&mut self, text: &str) -> Name {
        self.intern_bytes(text.as_bytes())
    }

    /// The same for the bytes of a word of source text, which are ASCII.
    pub(crate) fn intern_bytes(&mut self, text: &[u8]) -> Name {
        // Kept at most half full, so that a probe is short.
        if (self.ends.len() + 1) * 2 > self.table.len() {
            self.grow();
        }
        let mask = self.table.len() - 1;
        let mut place = hash(text) as usize & mask;
        loop {
            match self.table[place] {
                0 => break,
                entry if self.text(Name(entry - 1)).as_bytes() == text => return Name(entry - 1),
                _ => place = (place + 1) & mask,
            }
        }
        let name = Name(self.ends.len() as u32);
        self.text.push_str(&String::from_utf8_lossy(text));
        self.ends.push(self.text.len() as u32);
        self.table[place] = name.0 + 1;
        name
    }

    /// The name with this text, if there is one.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<Name> {
        if self.table.is_empty() {
            return None;
        }
        let mask = self.table.len() - 1;
        let mut place = hash(text.as_bytes()) as usize & mask;
        loop {
            match self.table[place] {
                0 => return None,
                entry if self.text(Name(entry - 1)) == text => return Some(Name(entry - 1)),
                _ => place = (place + 1) & mask,
            }
        }
    }

    /// The text of `name`, which must be of this interner.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        let index = name.index();
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.text[start..self.ends[index] as usize]
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All names in the order of first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (Name, &str)> {
        (0..self.ends.len() as u32).map(|index| (Name(index), self.text(Name(index))))
    }

    #[cold]
    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(64);
        self.table.clear();
        self.table.resize(size, 0);
        for index in 0..self.ends.len() as u32 {
            let mut place = hash(self.text(Name(index)).as_bytes()) as usize & (size - 1);
            while self.table[place] != 0 {
                place = (place + 1) & (size - 1);
            }
            self.table[place] = index + 1;
        }
    }
}

/// Multiplies in eight bytes at a time; the top bits are mixed down since the table uses the low ones.
fn hash(text: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = text.len() as u64;
    let (words, rest) = text.as_chunks::<8>();
    for &word in words {
        state = (state ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
        state ^= state >> 32;
    }
    let mut last = 0;
    for &byte in rest {
        last = last << 8 | u64::from(byte);
    }
    state = (state ^ last).wrapping_mul(FACTOR);
    state ^ state >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_a_name() {
        let mut interner = Interner::new();
        assert_eq!(interner.get("a"), None);
        let a = interner.intern("a");
        let b = interner.intern("b");
        assert_ne!(a, b);
        assert_eq!(interner.intern("a"), a);
        assert_eq!(interner.get("b"), Some(b));
        assert_eq!(interner.get("c"), None);
        assert_eq!((interner.text(a), interner.text(b)), ("a", "b"));
    }

    #[test]
    fn survives_growth() {
        let mut interner = Interner::new();
        let names: Vec<Name> = (0..5000).map(|index| interner.intern(&format!("name_{index}"))).collect();
        for (index, &name) in names.iter().enumerate() {
            let text = format!("name_{index}");
            assert_eq!(interner.text(name), text);
            assert_eq!(interner.intern(&text), name);
        }
        assert_eq!(interner.len(), 5000);
    }
}
