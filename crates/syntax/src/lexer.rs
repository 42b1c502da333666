//! Makes tokens from source text, one at a time.
//!
//! The one idea: the lexer's whole state is an offset, so looking ahead is lexing from a copy and then forgetting it. It
//! never fails: a faulty literal is still a token of its kind, and characters that begin no token are passed over; what
//! was wrong is left in `pending` for whoever asked for the token.

use crate::diagnostic::{Code, Diagnostic};
use crate::number;
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// How many errors are kept before anyone asks for them, so that a file of rubbish does not fill the memory. More than
/// anyone reports.
const PENDING_MAX: usize = 64;

/// The state of lexing one text.
pub(crate) struct Lexer<'a> {
    text: &'a [u8],
    pos: usize,
    /// Where the first token may begin.
    first: usize,
    /// Errors in tokens already made, in order.
    pub pending: Vec<Diagnostic>,
}

/// All tokens of a text, comments included.
pub(crate) fn lex_all(text: &[u8]) -> (Vec<Token>, Vec<Diagnostic>) {
    if u32::try_from(text.len()).is_err() {
        let eof = Token { kind: TokenKind::Eof, starts_line: true, span: Span::at(0) };
        return (vec![eof], vec![too_large()]);
    }
    let mut lexer = Lexer::new(text);
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next_or_comment();
        if token.kind != TokenKind::Unknown {
            tokens.push(token);
        }
        if token.kind == TokenKind::Eof {
            return (tokens, lexer.pending);
        }
    }
}

/// The token that begins at `pos`. An empty one at the end of the text.
pub(crate) fn token_at(text: &[u8], pos: u32) -> Token {
    let pos = (pos as usize).min(text.len());
    Lexer { text, pos, first: 0, pending: Vec::new() }.next_or_comment()
}

/// The error for a text whose offsets do not fit 32 bits.
pub(crate) fn too_large() -> Diagnostic {
    Diagnostic::error(Code::SourceTooLarge, Span::at(0), "source text is too large")
}

impl<'a> Lexer<'a> {
    /// Begins at the start of `text`, which must be shorter than 4 GiB, behind a byte-order mark and a `#!` line.
    pub fn new(text: &'a [u8]) -> Lexer<'a> {
        let mut pos = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        if text[pos..].starts_with(b"#!") {
            pos = line_end(text, pos);
        }
        Lexer { text, pos, first: pos, pending: Vec::new() }
    }

    /// A lexer for looking ahead from offset `pos`.
    pub fn ahead(&self, pos: u32) -> Lexer<'a> {
        Lexer { text: self.text, pos: pos as usize, first: self.first, pending: Vec::new() }
    }

    /// The offset behind the last token.
    pub fn pos(&self) -> u32 {
        self.pos as u32
    }

    /// Goes back to an offset that [`Lexer::pos`] gave.
    pub fn reset(&mut self, pos: u32) {
        self.pos = pos as usize;
        self.pending.clear();
    }

    /// Goes to the end of the text.
    pub fn finish(&mut self) {
        self.pos = self.text.len();
    }

    /// The next token that is neither a comment nor unknown.
    pub fn next(&mut self) -> Token {
        let mut starts_line = self.pos == self.first;
        loop {
            let token = self.next_or_comment();
            starts_line |= token.starts_line;
            match token.kind {
                // A token behind a comment that spans lines is the first on its line too.
                TokenKind::Comment => starts_line |= token.of(self.text).contains(&b'\n'),
                TokenKind::Unknown => {}
                _ => return Token { starts_line, ..token },
            }
        }
    }

    fn at(&self, pos: usize) -> u8 {
        self.text.get(pos).copied().unwrap_or(0)
    }

    /// The next token.
    pub fn next_or_comment(&mut self) -> Token {
        let mut starts_line = self.pos == self.first;
        while let Some(&byte) = self.text.get(self.pos) {
            match byte {
                b' ' | b'\t' | b'\r' => {}
                b'\n' => starts_line = true,
                _ => break,
            }
            self.pos += 1;
        }
        let start = self.pos;
        let kind = match self.text.get(start) {
            None => TokenKind::Eof,
            Some(&byte) => match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'_' => self.word(),
                b'0'..=b'9' => self.number(),
                b'.' if self.at(start + 1).is_ascii_digit() => self.number(),
                b'"' => self.double_quoted(),
                b'\'' => self.single_quoted(),
                b'`' => self.raw(),
                b'/' if self.at(start + 1) == b'/' => {
                    self.pos = line_end(self.text, start);
                    TokenKind::Comment
                }
                b'/' if self.at(start + 1) == b'*' => self.block_comment(),
                _ => self.mark(byte),
            },
        };
        Token { kind, starts_line, span: Span::new(start as u32, self.pos as u32) }
    }

    fn word(&mut self) -> TokenKind {
        let start = self.pos;
        let mut pos = start + 1;
        while is_word_byte(self.at(pos)) {
            pos += 1;
        }
        self.pos = pos;
        let text = &self.text[start..pos];
        if matches!(text.len(), 2..=8) && text[0].is_ascii_lowercase() {
            TokenKind::reserved(text).unwrap_or(TokenKind::Name)
        } else {
            TokenKind::Name
        }
    }

    fn number(&mut self) -> TokenKind {
        let start = self.pos;
        let scanned = number::scan(self.text, start, true);
        self.pos = scanned.end;
        if scanned.class.is_none() {
            self.fault(Code::MalformedNumber, start, "malformed number", None);
        }
        TokenKind::Number
    }

    /// Goes behind the literal that `quote` opens here, or to the end of the line. Tells whether the literal ended.
    fn quoted(&mut self, quote: u8) -> bool {
        let start = self.pos;
        let mut pos = start + 1;
        loop {
            match self.text.get(pos) {
                Some(&byte) if byte == quote => {
                    self.pos = pos + 1;
                    return true;
                }
                Some(b'\\') if self.at(pos + 1) != b'\n' && !self.text[pos + 1..].starts_with(b"\r\n") => {
                    pos += 2
                }
                Some(b'\n') | None => break,
                Some(_) => pos += 1,
            }
        }
        self.pos = pos.min(self.text.len());
        if self.pos > start + 1 && self.text[self.pos - 1] == b'\r' {
            self.pos -= 1;
        }
        false
    }

    fn double_quoted(&mut self) -> TokenKind {
        let start = self.pos;
        if !self.quoted(b'"') {
            let help = "end it with '\"' on the same line, or use back quotes for text of several lines";
            self.fault(Code::UnterminatedString, start, "unterminated string", Some(help));
        }
        TokenKind::Str
    }

    /// A literal in single quotes, which the language does not have.
    fn single_quoted(&mut self) -> TokenKind {
        let start = self.pos;
        let help = if self.quoted(b'\'') {
            let body = String::from_utf8_lossy(&self.text[start + 1..self.pos - 1]).replace('"', "\\\"");
            format!("write \"{body}\"")
        } else {
            "strings are written in double quotes or back quotes".to_owned()
        };
        self.fault(Code::SingleQuotes, start, "strings are written in double quotes", Some(&help));
        TokenKind::Str
    }

    fn raw(&mut self) -> TokenKind {
        let start = self.pos;
        match self.text[start + 1..].iter().position(|&byte| byte == b'`') {
            Some(length) => self.pos = start + length + 2,
            None => {
                self.pos = self.text.len();
                self.fault(
                    Code::UnterminatedString,
                    start,
                    "unterminated raw string",
                    Some("end it with a back quote"),
                );
                self.mark_incomplete();
            }
        }
        TokenKind::RawStr
    }

    fn block_comment(&mut self) -> TokenKind {
        let start = self.pos;
        match self.text[start + 2..].windows(2).position(|pair| pair == b"*/") {
            Some(length) => self.pos = start + length + 4,
            None => {
                self.pos = self.text.len();
                self.fault(
                    Code::UnterminatedComment,
                    start,
                    "unterminated comment",
                    Some("end it with '*/'"),
                );
                self.mark_incomplete();
            }
        }
        TokenKind::Comment
    }

    fn mark(&mut self, byte: u8) -> TokenKind {
        use TokenKind as T;
        let (second, third) = (self.at(self.pos + 1), self.at(self.pos + 2));
        let (kind, length) = match (byte, second, third) {
            (b'.', b'.', b'.') => (T::Ellipsis, 3),
            (b'.', b'.', b'=') => (T::DotDotEq, 3),
            (b'.', b'.', _) => (T::DotDot, 2),
            (b'.', _, _) => (T::Dot, 1),
            (b'*', b'*', b'=') => (T::StarStarEq, 3),
            (b'*', b'*', _) => (T::StarStar, 2),
            (b'*', b'=', _) => (T::StarEq, 2),
            (b'*', _, _) => (T::Star, 1),
            (b'&', b'^', b'=') => (T::AmpCaretEq, 3),
            (b'&', b'^', _) => (T::AmpCaret, 2),
            (b'&', b'&', _) => (T::AmpAmp, 2),
            (b'&', b'=', _) => (T::AmpEq, 2),
            (b'&', _, _) => (T::Amp, 1),
            (b'<', b'<', b'=') => (T::LtLtEq, 3),
            (b'<', b'<', _) => (T::LtLt, 2),
            (b'<', b'=', _) => (T::LtEq, 2),
            (b'<', b'-', _) => (T::Arrow, 2),
            (b'<', _, _) => (T::Lt, 1),
            (b'>', b'>', b'=') => (T::GtGtEq, 3),
            (b'>', b'>', _) => (T::GtGt, 2),
            (b'>', b'=', _) => (T::GtEq, 2),
            (b'>', _, _) => (T::Gt, 1),
            (b'+', b'+', _) => (T::PlusPlus, 2),
            (b'+', b'=', _) => (T::PlusEq, 2),
            (b'+', _, _) => (T::Plus, 1),
            (b'-', b'-', _) => (T::MinusMinus, 2),
            (b'-', b'=', _) => (T::MinusEq, 2),
            (b'-', _, _) => (T::Minus, 1),
            (b'/', b'=', _) => (T::SlashEq, 2),
            (b'/', _, _) => (T::Slash, 1),
            (b'%', b'=', _) => (T::PercentEq, 2),
            (b'%', _, _) => (T::Percent, 1),
            (b'|', b'|', _) => (T::PipePipe, 2),
            (b'|', b'=', _) => (T::PipeEq, 2),
            (b'|', _, _) => (T::Pipe, 1),
            (b'^', b'=', _) => (T::CaretEq, 2),
            (b'^', _, _) => (T::Caret, 1),
            (b'=', b'=', _) => (T::EqEq, 2),
            (b'=', _, _) => (T::Eq, 1),
            (b'!', b'=', _) => (T::BangEq, 2),
            (b'!', _, _) => (T::Bang, 1),
            (b':', b'=', _) => (T::ColonEq, 2),
            (b':', _, _) => (T::Colon, 1),
            (b'#', _, _) => (T::Hash, 1),
            (b'(', _, _) => (T::LParen, 1),
            (b')', _, _) => (T::RParen, 1),
            (b'{', _, _) => (T::LBrace, 1),
            (b'}', _, _) => (T::RBrace, 1),
            (b'[', _, _) => (T::LBracket, 1),
            (b']', _, _) => (T::RBracket, 1),
            (b',', _, _) => (T::Comma, 1),
            (b';', _, _) => (T::Semicolon, 1),
            _ => return self.unknown(byte, second),
        };
        self.pos += length;
        kind
    }

    /// Passes over what begins no token.
    #[cold]
    fn unknown(&mut self, byte: u8, second: u8) -> TokenKind {
        let start = self.pos;
        if byte == b'~' && second == b'=' {
            self.pos += 2;
            let help = "write '!=' for 'not equal'";
            self.fault(Code::ForeignSyntax, start, "unexpected character", Some(help));
            return TokenKind::BangEq;
        }
        if byte < 0x80 {
            self.pos += 1;
            let help = match byte {
                b'~' => Some("bitwise complement and exclusive or are written '^'"),
                b'?' => Some(
                    "there is no conditional operator: use 'if', or 'c && a || b' where a is neither nil nor false",
                ),
                b'\\' => Some(
                    "an expression runs on over a newline without a backslash, after or before an operator",
                ),
                _ => None,
            };
            self.fault(Code::UnexpectedCharacter, start, "unexpected character", help);
            return TokenKind::Unknown;
        }
        // Everything up to the next ASCII character other than those of words is one fault.
        let rest = &self.text[start..];
        let length = rest.iter().position(|&byte| byte < 0x80 && !is_word_byte(byte)).unwrap_or(rest.len());
        self.pos += length;
        match std::str::from_utf8(&rest[..length]) {
            Err(_) => self.fault(Code::InvalidUtf8, start, "source text is not valid UTF-8", None),
            Ok(text) => {
                let help = if text.contains(['\u{201c}', '\u{201d}', '\u{201e}', '\u{2018}', '\u{2019}']) {
                    "strings are written in plain double quotes"
                } else if text
                    .starts_with(['\u{a0}', '\u{feff}', '\u{2003}', '\u{2009}', '\u{200b}', '\u{3000}'])
                {
                    "white space is space, tab and newline; this is another character that looks like it"
                } else {
                    "names have letters a-z and A-Z, digits and '_'"
                };
                self.fault(Code::UnexpectedCharacter, start, "unexpected character", Some(help));
            }
        }
        TokenKind::Unknown
    }

    /// Notes that what lies between `start` and here is wrong.
    #[cold]
    fn fault(&mut self, code: Code, start: usize, message: &str, help: Option<&str>) {
        if self.pending.len() < PENDING_MAX {
            let span = Span::new(start as u32, self.pos as u32);
            let help = help.map(str::to_owned);
            self.pending.push(Diagnostic { help, ..Diagnostic::error(code, span, message) });
        }
    }

    /// The last fault came from the end of the text.
    fn mark_incomplete(&mut self) {
        if let Some(last) = self.pending.last_mut() {
            last.is_incomplete = true;
        }
    }
}

/// Whether a byte may stand in a name behind its first one.
pub(crate) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The offset of the newline at or behind `pos`, or the end of the text.
fn line_end(text: &[u8], pos: usize) -> usize {
    text[pos..].iter().position(|&byte| byte == b'\n').map_or(text.len(), |length| pos + length)
}
