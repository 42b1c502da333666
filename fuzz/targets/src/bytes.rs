//! Bytes as a source of choices: how targets whose input has a structure read it out of whatever they are given.
//!
//! Behind the end all choices are 0, so every input means something.

/// A reader of choices.
#[derive(Clone, Debug)]
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    /// Reads from the start.
    pub fn new(data: &'a [u8]) -> Bytes<'a> {
        Bytes(data)
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&byte, rest)) => {
                self.0 = rest;
                byte
            }
            None => 0,
        }
    }

    /// The next two bytes as a number.
    pub fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// The next eight bytes as a number.
    pub fn word(&mut self) -> u64 {
        (0..8).fold(0, |word, i| word | u64::from(self.byte()) << (8 * i))
    }

    /// A number below `limit`, which is at most 65536; 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        match limit {
            0 | 1 => 0,
            2..=256 => usize::from(self.byte()) % limit,
            _ => usize::from(self.short()) % limit,
        }
    }

    /// The next bytes, as many as the next byte says or as there are.
    pub fn run(&mut self) -> &'a [u8] {
        let len = usize::from(self.byte()).min(self.0.len());
        let (run, rest) = self.0.split_at(len);
        self.0 = rest;
        run
    }

    /// Whatever is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_never_ends() {
        let mut bytes = Bytes::new(&[1, 2, 3, 2, 7, 8, 9]);
        assert_eq!((bytes.byte(), bytes.short()), (1, 0x0302));
        assert_eq!(bytes.run(), [7, 8]);
        assert_eq!((bytes.clone().rest(), bytes.word()), (&[9][..], 9));
        assert!(bytes.is_empty());
        assert_eq!((bytes.below(300), bytes.run(), bytes.rest()), (0, &[][..], &[][..]));
    }
}
