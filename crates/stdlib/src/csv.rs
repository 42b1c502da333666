//! The `csv` library: rows of fields as RFC 4180 has them, with the leniency that files in the wild need.
//!
//! The reader goes line by line and gives each row's fields as pieces of one buffer, so that it knows nothing of values;
//! the functions make tables of them. A quoted field may span lines; a line end within it is always `\n`.

use crate::access;
use crate::buffer::Buffer;
use runtime::mutator::{Mutator, keep_alive};
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use vm::engine::Engine;
use vm::error::Thrown;
use vm::fiber::Fiber;
use vm::native::{Args, NativeDef, NativeResult};

/// The library's functions.
pub static FUNCTIONS: &[NativeDef] = &[
    NativeDef::new("csv.parse", parse),
    NativeDef::new("csv.parseWithHeaders", parse_with_headers),
    NativeDef::new("csv.encode", encode),
    NativeDef::new("csv.encodeWithHeaders", encode_with_headers),
];

/// Defines the library.
pub fn open(engine: &Engine, m: &mut Mutator) {
    engine.define_library(m, "csv", FUNCTIONS);
}

/// How a text is read and written.
#[derive(Clone, Debug)]
struct Options {
    /// What separates fields: one character.
    sep: Vec<u8>,
    /// What a comment line begins with; empty: there are none.
    comment: Vec<u8>,
    /// Leading white space of fields is dropped.
    trim_space: bool,
    /// A quote in the wrong place is text.
    lazy_quotes: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { sep: b",".to_vec(), comment: Vec::new(), trim_space: false, lazy_quotes: false }
    }
}

impl Options {
    fn read(fiber: &mut Fiber, args: Args, i: u32) -> Result<Options, Thrown> {
        let mut options = Options::default();
        if args.is_nil(i) {
            return Ok(options);
        }
        let t = args.table(fiber, i)?;
        if let Some(sep) = text_option(fiber, args, i, t, "sep")? {
            let is_usable = std::str::from_utf8(&sep).is_ok_and(|s| s.chars().count() == 1) || sep.len() == 1;
            if !is_usable || matches!(sep[..], [b'"' | b'\n' | b'\r']) {
                return Err(args.bad(fiber, i, "invalid option 'sep'"));
            }
            options.sep = sep;
        }
        if let Some(comment) = text_option(fiber, args, i, t, "comment")? {
            if comment == options.sep || comment.iter().any(|b| matches!(b, b'"' | b'\n' | b'\r')) {
                return Err(args.bad(fiber, i, "invalid option 'comment'"));
            }
            options.comment = comment;
        }
        options.trim_space = !access::field(fiber, t, "trimSpace")?.is_falsy();
        options.lazy_quotes = !access::field(fiber, t, "lazyQuotes")?.is_falsy();
        Ok(options)
    }
}

fn text_option(
    fiber: &mut Fiber,
    args: Args,
    i: u32,
    t: Table,
    name: &str,
) -> Result<Option<Vec<u8>>, Thrown> {
    let v = access::field(fiber, t, name)?;
    match Str::from_value(v) {
        Some(s) => Ok(Some(s.bytes(fiber.mutator()).to_vec())),
        None if v.is_nil() => Ok(None),
        None => Err(args.bad(fiber, i, &format!("invalid option '{name}'"))),
    }
}

// ---- reading ------------------------------------------------------------------------------------------------------

/// Why a text is no CSV.
#[derive(Debug, PartialEq, Eq)]
struct ParseError {
    line: usize,
    column: usize,
    what: &'static str,
}

const BARE_QUOTE: &str = "bare \" in field";
const STRAY_QUOTE: &str = "extraneous or missing \" in quoted-field";

/// Takes a text apart row by row.
struct Reader<'a> {
    rest: &'a [u8],
    /// Number of the line that was read last.
    line: usize,
    options: &'a Options,
    /// The present row's fields, one after the other.
    bytes: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// Counts down to the next look whether others wait for a stop of the world.
    steps: u32,
}

/// A line without its end, and whether it had one.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a [u8],
    has_end: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a [u8], options: &'a Options) -> Reader<'a> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        Reader { rest: text, line: 0, options, bytes: Vec::new(), ends: Vec::new(), steps: 0 }
    }

    fn next_line(&mut self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let (text, has_end) = match memchr::memchr(b'\n', self.rest) {
            Some(at) => {
                let text = &self.rest[..at];
                self.rest = &self.rest[at + 1..];
                (text, true)
            }
            None => (std::mem::take(&mut self.rest), false),
        };
        Some(Line { text: text.strip_suffix(b"\r").unwrap_or(text), has_end })
    }

    fn error<T>(&self, line: usize, column: usize, what: &'static str) -> Result<T, ParseError> {
        Err(ParseError { line, column, what })
    }

    /// The fields of the row that was read.
    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        self.ends.iter().scan(0, |start, end| {
            let field = &self.bytes[*start..*end];
            *start = *end;
            Some(field)
        })
    }

    fn end_field(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// A step is done: calls `rest` once in a while.
    #[inline]
    fn step(&mut self, rest: &mut impl FnMut()) {
        self.steps += 1;
        if self.steps == access::POLL_STEPS {
            self.steps = 0;
            rest();
        }
    }

    /// Reads the next row that is not blank; false at the end. `rest` parks if others want to stop the world.
    fn next_row(&mut self, rest: &mut impl FnMut()) -> Result<bool, ParseError> {
        self.bytes.clear();
        self.ends.clear();
        let comment = &self.options.comment;
        let line = loop {
            self.step(rest);
            match self.next_line() {
                None => return Ok(false),
                Some(line) if line.text.is_empty() => {}
                Some(line) if !comment.is_empty() && line.text.starts_with(comment) => {}
                Some(line) => break line,
            }
        };
        self.read_row(line, rest)?;
        Ok(true)
    }

    fn read_row(&mut self, mut line: Line<'a>, rest: &mut impl FnMut()) -> Result<(), ParseError> {
        let sep = &self.options.sep;
        let mut at = 0;
        loop {
            self.step(rest);
            if self.options.trim_space {
                at += line.text[at..].len() - line.text[at..].trim_ascii_start().len();
            }
            if line.text.get(at) != Some(&b'"') {
                let field = &line.text[at..];
                let end = find(field, sep).unwrap_or(field.len());
                if !self.options.lazy_quotes
                    && let Some(quote) = memchr::memchr(b'"', &field[..end])
                {
                    return self.error(self.line, at + quote + 1, BARE_QUOTE);
                }
                self.bytes.extend_from_slice(&field[..end]);
                self.end_field();
                if end == field.len() {
                    return Ok(());
                }
                at += end + sep.len();
                continue;
            }
            let goes_on = self.read_quoted(&mut line, &mut at, rest)?;
            self.end_field();
            if !goes_on {
                return Ok(());
            }
        }
    }

    /// Reads a quoted field from its opening quote on; true if a separator follows it.
    fn read_quoted(
        &mut self,
        line: &mut Line<'a>,
        at: &mut usize,
        rest: &mut impl FnMut(),
    ) -> Result<bool, ParseError> {
        let sep = &self.options.sep;
        *at += 1;
        loop {
            self.step(rest);
            let text = &line.text[*at..];
            let Some(quote) = memchr::memchr(b'"', text) else {
                self.bytes.extend_from_slice(text);
                // The field goes on in the next line, if there is one.
                if line.has_end {
                    self.bytes.push(b'\n');
                }
                let (last_line, column) = (self.line, line.text.len() + 1);
                match self.next_line() {
                    Some(next) => {
                        *line = next;
                        *at = 0;
                        continue;
                    }
                    None if self.options.lazy_quotes => return Ok(false),
                    None => return self.error(last_line, column, STRAY_QUOTE),
                }
            };
            self.bytes.extend_from_slice(&text[..quote]);
            *at += quote + 1;
            let behind = &line.text[*at..];
            if behind.first() == Some(&b'"') {
                self.bytes.push(b'"');
                *at += 1;
            } else if behind.starts_with(sep) {
                *at += sep.len();
                return Ok(true);
            } else if behind.is_empty() {
                return Ok(false);
            } else if self.options.lazy_quotes {
                self.bytes.push(b'"');
            } else {
                return self.error(self.line, *at, STRAY_QUOTE);
            }
        }
    }
}

/// Where `what`, which is not empty, begins in `text`.
fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    match what {
        [b] => memchr::memchr(*b, text),
        _ => text.windows(what.len()).position(|w| w == what),
    }
}

fn parse_error(fiber: &mut Fiber, args: Args, e: &ParseError) -> NativeResult {
    let text = format!("csv: line {}, column {}: {}", e.line, e.column, e.what);
    let text = fiber.new_str(text.as_bytes())?;
    args.ret2(Value::NIL, text.to_value())
}

fn parse(fiber: &mut Fiber, args: Args) -> NativeResult {
    let text = args.str(fiber, 0)?;
    let options = Options::read(fiber, args, 1)?;
    let mut reader = Reader::new(text.bytes(fiber.mutator()), &options);
    let rows = fiber.mutator().new_table(0, 0);
    loop {
        match reader.next_row(&mut || fiber.mutator().rest_if_asked()) {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => return parse_error(fiber, args, &e),
        }
        let row = fiber.mutator().new_table(reader.ends.len(), 0);
        for field in reader.fields() {
            let field = access::text(fiber, field)?;
            access::append(fiber, row, field)?;
        }
        access::append(fiber, rows, row.to_value())?;
        fiber.poll()?;
    }
    keep_alive(text.to_value());
    args.ret1(rows.to_value())
}

fn parse_with_headers(fiber: &mut Fiber, args: Args) -> NativeResult {
    let text = args.str(fiber, 0)?;
    let options = Options::read(fiber, args, 1)?;
    let mut reader = Reader::new(text.bytes(fiber.mutator()), &options);
    let rows = fiber.mutator().new_table(0, 0);
    let names = fiber.mutator().new_table(0, 0);
    let mut has_names = false;
    loop {
        match reader.next_row(&mut || fiber.mutator().rest_if_asked()) {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => return parse_error(fiber, args, &e),
        }
        if !has_names {
            has_names = true;
            for field in reader.fields() {
                let name = fiber.mutator().intern(field);
                access::append(fiber, names, name.to_value())?;
            }
            continue;
        }
        let row = fiber.mutator().new_table(0, names.len());
        for (i, field) in reader.fields().take(names.len()).enumerate() {
            let field = access::text(fiber, field)?;
            let name = names.get_int(fiber.mutator(), i as i64 + 1);
            fiber.raw_set(row, name, field)?;
        }
        access::append(fiber, rows, row.to_value())?;
        fiber.poll()?;
    }
    keep_alive(text.to_value());
    args.ret1(rows.to_value())
}

// ---- writing ------------------------------------------------------------------------------------------------------

/// Whether a field must be written in quotes to be read back.
fn needs_quotes(field: &[u8], sep: &[u8]) -> bool {
    match field {
        [] => false,
        // A line of only this ends the input of some database tools.
        b"\\." => true,
        [first, ..] => {
            first.is_ascii_whitespace()
                || find(field, sep).is_some()
                || memchr::memchr3(b'"', b'\n', b'\r', field).is_some()
        }
    }
}

fn push_field(fiber: &mut Fiber, out: &mut Buffer, field: &[u8], sep: &[u8]) -> Result<(), Thrown> {
    if !needs_quotes(field, sep) {
        return out.push(fiber, field);
    }
    out.push(fiber, b"\"")?;
    for part in field.chunks(access::REST_BYTES) {
        // The caller keeps the string alive.
        fiber.mutator().rest_if_asked();
        for (i, piece) in part.split(|b| *b == b'"').enumerate() {
            if i > 0 {
                out.push(fiber, b"\"\"")?;
            }
            out.push(fiber, piece)?;
        }
    }
    out.push(fiber, b"\"")
}

fn push_value(fiber: &mut Fiber, out: &mut Buffer, v: Value, sep: &[u8]) -> Result<(), Thrown> {
    if v.is_nil() {
        return Ok(());
    }
    let s = fiber.tostring(v)?;
    let field = s.bytes(fiber.mutator());
    push_field(fiber, out, field, sep)?;
    keep_alive(s.to_value());
    Ok(())
}

/// Row `k` of a list of rows.
fn row_of(fiber: &mut Fiber, args: Args, rows: Table, k: i64) -> Result<Table, Thrown> {
    let v = access::get_index(fiber, rows, k)?;
    match Table::from_value(v) {
        Some(row) => Ok(row),
        None => Err(args.bad(fiber, 0, &format!("row {k} is not a table"))),
    }
}

fn encode(fiber: &mut Fiber, args: Args) -> NativeResult {
    let rows = args.table(fiber, 0)?;
    let options = Options::read(fiber, args, 1)?;
    let mut out = Buffer::new();
    for k in 1..=access::len(fiber, rows)? {
        let row = row_of(fiber, args, rows, k)?;
        for i in 1..=access::len(fiber, row)? {
            if i > 1 {
                out.push(fiber, &options.sep)?;
            }
            let v = access::get_index(fiber, row, i)?;
            push_value(fiber, &mut out, v, &options.sep)?;
        }
        out.push(fiber, b"\n")?;
        fiber.poll()?;
    }
    let s = out.finish(fiber)?;
    args.ret1(s.to_value())
}

fn encode_with_headers(fiber: &mut Fiber, args: Args) -> NativeResult {
    let (rows, names) = (args.table(fiber, 0)?, args.table(fiber, 1)?);
    let options = Options::read(fiber, args, 2)?;
    let mut out = Buffer::new();
    let width = access::len(fiber, names)?;
    for i in 1..=width {
        if i > 1 {
            out.push(fiber, &options.sep)?;
        }
        let name = access::get_index(fiber, names, i)?;
        push_value(fiber, &mut out, name, &options.sep)?;
    }
    out.push(fiber, b"\n")?;
    for k in 1..=access::len(fiber, rows)? {
        let row = row_of(fiber, args, rows, k)?;
        for i in 1..=width {
            if i > 1 {
                out.push(fiber, &options.sep)?;
            }
            let name = access::get_index(fiber, names, i)?;
            let v = if name.is_nil() { Value::NIL } else { access::get(fiber, row, name)? };
            push_value(fiber, &mut out, v, &options.sep)?;
        }
        out.push(fiber, b"\n")?;
        fiber.poll()?;
    }
    let s = out.finish(fiber)?;
    args.ret1(s.to_value())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows_with(text: &str, options: &Options) -> Result<Vec<Vec<String>>, ParseError> {
        let mut reader = Reader::new(text.as_bytes(), options);
        let mut rows = Vec::new();
        while reader.next_row(&mut || {})? {
            rows.push(reader.fields().map(|f| String::from_utf8_lossy(f).into_owned()).collect());
        }
        Ok(rows)
    }

    fn rows(text: &str) -> Vec<Vec<String>> {
        rows_with(text, &Options::default()).unwrap()
    }

    fn error(text: &str) -> (usize, usize, &'static str) {
        let e = rows_with(text, &Options::default()).unwrap_err();
        (e.line, e.column, e.what)
    }

    #[test]
    fn plain_rows() {
        assert_eq!(rows("a,b\r\nc,,d\n\n\n,\n"), [vec!["a", "b"], vec!["c", "", "d"], vec!["", ""]]);
        assert_eq!(rows("x"), [["x"]]);
        assert!(rows("").is_empty() && rows("\n\r\n").is_empty());
        assert_eq!(rows("\u{FEFF}a\n"), [["a"]]);
    }

    #[test]
    fn quoted_fields() {
        assert_eq!(rows("\"a,b\",\"c\"\"d\"\n"), [["a,b", "c\"d"]]);
        assert_eq!(rows("\"two\r\nlines\",x\n\"\"\n"), [vec!["two\nlines", "x"], vec![""]]);
        assert_eq!(rows("\"\n\n\"\n"), [["\n\n"]]);
    }

    #[test]
    fn errors_say_where() {
        assert_eq!(error("a\nb,c\"d\n"), (2, 4, BARE_QUOTE));
        assert_eq!(error("\"a\"b\n"), (1, 3, STRAY_QUOTE));
        assert_eq!(error("x\n\"a\n"), (2, 3, STRAY_QUOTE));
        assert_eq!(error("\""), (1, 2, STRAY_QUOTE));
    }

    #[test]
    fn options_change_the_rules() {
        let options =
            Options { sep: "→".into(), comment: b"#".to_vec(), trim_space: true, lazy_quotes: true };
        let text = "# no\n a→  b\"c →\"d\"e\"\n";
        assert_eq!(rows_with(text, &options).unwrap(), [["a", "b\"c ", "d\"e"]]);
        assert_eq!(rows_with("\"open\n", &options).unwrap(), [["open\n"]]);
    }

    #[test]
    fn quotes_where_needed() {
        for (field, want) in [
            ("", false),
            ("a", false),
            ("a b", false),
            (" a", true),
            ("a,b", true),
            ("\\.", true),
            ("a\n", true),
        ] {
            assert_eq!(needs_quotes(field.as_bytes(), b","), want, "{field:?}");
        }
    }
}
