//! Byte offsets into one source text, and the table that turns them into lines and columns.
//!
//! The one idea: everything carries 32-bit offsets, and only a message pays for finding its line. The text of a chunk is
//! therefore at most 4 GiB - 1 long; the parser reports a longer one.

use std::sync::Arc;

/// The offset of one byte.
pub type Pos = u32;

/// A range of bytes; `end` is the offset behind the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The offset of the first byte.
    pub start: u32,
    /// The offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The range from `start` to before `end`.
    #[must_use]
    pub fn new(start: u32, end: u32) -> Span {
        Span { start, end }
    }

    /// The empty range at `pos`.
    #[must_use]
    pub fn at(pos: Pos) -> Span {
        Span { start: pos, end: pos }
    }

    /// The smallest range with both `self` and `other`.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The bytes of `text` in this range; what lies outside `text` is left out.
    #[must_use]
    pub fn of(self, text: &[u8]) -> &[u8] {
        let start = (self.start as usize).min(text.len());
        let end = (self.end as usize).clamp(start, text.len());
        &text[start..end]
    }
}

/// Where each line of a text begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    /// The offset of the first byte of each line, ascending; never empty.
    starts: Vec<u32>,
}

impl LineIndex {
    /// Finds the lines of `text`. Only a newline ends one.
    #[must_use]
    pub fn new(text: &[u8]) -> LineIndex {
        let mut starts = vec![0];
        for (offset, &byte) in text.iter().enumerate() {
            if byte == b'\n' {
                starts.push(u32::try_from(offset + 1).unwrap_or(u32::MAX));
            }
        }
        LineIndex { starts }
    }

    /// The number of the line with offset `pos`, counted from 1.
    #[must_use]
    pub fn line(&self, pos: Pos) -> u32 {
        self.starts.partition_point(|&start| start <= pos) as u32
    }

    /// How many lines there are, at least 1.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The offset of the first byte of `line`, which is clamped to the lines that exist.
    #[must_use]
    pub fn line_start(&self, line: u32) -> Pos {
        let index = (line.max(1) as usize - 1).min(self.starts.len() - 1);
        self.starts[index]
    }
}

/// A line and a column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineColumn {
    /// The line.
    pub line: u32,
    /// The column in characters; a byte that is not valid UTF-8 counts as one.
    pub column: u32,
}

/// One source text with its name and line table. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Source {
    name: Arc<str>,
    text: Arc<[u8]>,
    lines: Arc<LineIndex>,
}

impl Source {
    /// Takes in `text`, named `name` in messages.
    #[must_use]
    pub fn new(name: &str, text: &[u8]) -> Source {
        Source { name: name.into(), text: text.into(), lines: Arc::new(LineIndex::new(text)) }
    }

    /// The name as it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The line table.
    #[must_use]
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }

    /// The number of the line with offset `pos`, counted from 1.
    #[must_use]
    pub fn line(&self, pos: Pos) -> u32 {
        self.lines.line(pos)
    }

    /// The line and column of offset `pos`.
    #[must_use]
    pub fn line_column(&self, pos: Pos) -> LineColumn {
        let line = self.lines.line(pos);
        let before = Span::new(self.lines.line_start(line), pos).of(&self.text);
        let column = chars_lossy(before).count() as u32 + 1;
        LineColumn { line, column }
    }

    /// The bytes of `line` without its newline (and a carriage return before that).
    #[must_use]
    pub fn line_text(&self, line: u32) -> &[u8] {
        let start = self.lines.line_start(line) as usize;
        let rest = &self.text[start.min(self.text.len())..];
        let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let text = &rest[..end];
        text.strip_suffix(b"\r").unwrap_or(text)
    }
}

/// The characters of `bytes`; each byte that is not part of valid UTF-8 gives U+FFFD.
pub(crate) fn chars_lossy(bytes: &[u8]) -> impl Iterator<Item = char> + '_ {
    bytes.utf8_chunks().flat_map(|chunk| {
        chunk.valid().chars().chain(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let source = Source::new("a.gs", "ab\né\u{1F600}x\n".as_bytes());
        assert_eq!(source.line_column(0), LineColumn { line: 1, column: 1 });
        assert_eq!(source.line_column(2), LineColumn { line: 1, column: 3 });
        assert_eq!(source.line_column(3), LineColumn { line: 2, column: 1 });
        assert_eq!(source.line_column(9), LineColumn { line: 2, column: 3 });
        assert_eq!(source.line_column(11), LineColumn { line: 3, column: 1 });
        assert_eq!(source.lines().line_count(), 3);
    }

    #[test]
    fn invalid_utf8_counts_bytewise() {
        let source = Source::new("a.gs", b"\xff\xfex");
        assert_eq!(source.line_column(2), LineColumn { line: 1, column: 3 });
    }

    #[test]
    fn offsets_beyond_the_text_are_harmless() {
        let source = Source::new("a.gs", b"x");
        assert_eq!(source.line_column(99), LineColumn { line: 1, column: 2 });
        assert_eq!(source.line_text(99), b"x");
        assert_eq!(Span::new(5, 2).of(b"abc"), b"");
    }
}
