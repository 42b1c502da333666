//! Builds the syntax tree: one recursive-descent pass with a token in hand and, where needed, one more in sight.
//!
//! The one idea for errors: a function that meets one reports it at once and returns [`Failed`], which says nothing more.
//! The nearest list of statements, header or table catches it, skips to where sense is likely to begin again, and goes
//! on; so one run reports several errors. Only the first error of a line is kept, which silences most consequences.
//!
//! The one idea for depth: everything that recurses goes through [`Parser::nested`], which counts. Operators of one level,
//! suffixes and `elseif` arms are loops and do not count.
//!
//! - `errors`: how messages are worded and where parsing resumes;
//! - `expr`, `stmt`, `control`: the grammar, the last one `if`, `for`, `switch` and `select`.

mod control;
mod errors;
mod expr;
mod stmt;

use crate::ast::{Chunk, Ident, Name};
use crate::diagnostic::{Code, Diagnostic};
use crate::interner::Interner;
use crate::lexer::{self, Lexer};
use crate::span::{Source, Span};
use crate::token::{Token, TokenKind};
use crate::{MAX_NESTING, Mode, Parsed};

/// A part could not be parsed, and the reason has been reported.
#[derive(Clone, Copy, Debug)]
struct Failed;

type Parse<T> = Result<T, Failed>;

/// How many errors one run reports. Arbitrary.
const ERRORS_MAX: usize = 20;

/// The state of parsing one chunk.
struct Parser<'a> {
    source: &'a Source,
    text: &'a [u8],
    lexer: Lexer<'a>,
    /// The token in hand.
    tok: Token,
    /// The one before it.
    prev: Token,
    /// The one behind it, if someone has looked.
    peeked: Option<Token>,
    interner: Interner,
    diagnostics: Vec<Diagnostic>,
    mode: Mode,
    /// How many levels deep the token in hand stands.
    depth: u32,
    /// The functions around it, the main chunk first.
    functions: Vec<Function>,
    /// Whether `:` ends an expression, as in the list of a `case`.
    colon_ends: bool,
    /// Whether the statement stands directly in a clause, where `case` and `default:` end it.
    in_clause: bool,
    /// The first token of the latest statement, and the one before it.
    stmt_start: (Token, Token),
    /// How many blocks without braces have been reported: so many times `end` is passed over silently.
    foreign_blocks: u32,
    /// The line of the last error, 0 if there is none.
    error_line: u32,
    /// Whether parsing was given up; nothing more is reported.
    stopped: bool,
}

/// What statements in a function may refer to.
struct Function {
    is_variadic: bool,
    /// The statements around the current one that `break` can leave.
    controls: Vec<Control>,
}

#[derive(Clone, Copy)]
struct Control {
    label: Option<Name>,
    is_loop: bool,
}

/// A place to come back to.
struct Mark {
    tok: Token,
    prev: Token,
    peeked: Option<Token>,
    pos: u32,
    errors: usize,
    error_line: u32,
}

/// Parses `source`.
pub(crate) fn parse(source: &Source, mode: Mode) -> Parsed {
    let text = source.text();
    if u32::try_from(text.len()).is_err() {
        return Parsed { diagnostics: vec![lexer::too_large()], ..Parsed::default() };
    }
    let start = Token { kind: TokenKind::Eof, starts_line: true, span: Span::at(0) };
    let mut parser = Parser {
        source,
        text,
        lexer: Lexer::new(text),
        tok: start,
        prev: start,
        peeked: None,
        interner: Interner::new(),
        diagnostics: Vec::new(),
        mode,
        depth: 0,
        functions: vec![Function { is_variadic: true, controls: Vec::new() }],
        colon_ends: false,
        in_clause: false,
        stmt_start: (start, start),
        foreign_blocks: 0,
        error_line: 0,
        stopped: false,
    };
    parser.advance();
    // The first token has nothing before it.
    parser.prev = start;
    let body = parser.chunk();
    let Parser { interner, mut diagnostics, .. } = parser;
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    Parsed { chunk: Chunk { body, span: Span::new(0, text.len() as u32) }, interner, diagnostics }
}

impl<'a> Parser<'a> {
    /// Takes the token in hand.
    fn advance(&mut self) {
        self.prev = self.tok;
        self.tok = match self.peeked.take() {
            Some(token) => token,
            None => self.lexer.next(),
        };
        if !self.lexer.pending.is_empty() {
            for diagnostic in std::mem::take(&mut self.lexer.pending) {
                self.report(diagnostic);
            }
        }
    }

    /// The token behind the one in hand.
    fn peek(&mut self) -> Token {
        match self.peeked {
            Some(token) => token,
            None => {
                let token = self.lexer.next();
                self.peeked = Some(token);
                token
            }
        }
    }

    /// A lexer for looking further ahead, positioned behind `token`.
    fn ahead_of(&self, token: Token) -> Lexer<'a> {
        self.lexer.ahead(token.span.end)
    }

    fn mark(&self) -> Mark {
        Mark {
            tok: self.tok,
            prev: self.prev,
            peeked: self.peeked,
            pos: self.lexer.pos(),
            errors: self.diagnostics.len(),
            error_line: self.error_line,
        }
    }

    fn reset(&mut self, mark: Mark) {
        self.tok = mark.tok;
        self.prev = mark.prev;
        self.peeked = mark.peeked;
        self.lexer.reset(mark.pos);
        self.diagnostics.truncate(mark.errors);
        self.error_line = mark.error_line;
    }

    fn is(&self, kind: TokenKind) -> bool {
        self.tok.kind == kind
    }

    /// Whether the token in hand is this word and not reserved.
    fn is_name(&self, word: &str) -> bool {
        self.tok.kind == TokenKind::Name && self.tok.of(self.text) == word.as_bytes()
    }

    /// Takes the token in hand if it is of this kind.
    fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.is(kind);
        if found {
            self.advance();
        }
        found
    }

    /// Takes a token of this kind or fails. `place` continues the message, as in `expected '{' after 'else'`.
    fn expect(&mut self, kind: TokenKind, place: &str) -> Parse<()> {
        if self.eat(kind) {
            return Ok(());
        }
        let space = if place.is_empty() { "" } else { " " };
        Err(self.unexpected(&format!("{}{space}{place}", kind.describe())))
    }

    /// Takes a bracket that closes the one at `open`, or fails. `what` is what could stand here.
    fn expect_close(&mut self, kind: TokenKind, open: Span, what: &str) -> Parse<()> {
        if self.eat(kind) {
            return Ok(());
        }
        let mut diagnostic = self.unexpected_diagnostic(what);
        if self.source.line(open.start) != self.source.line(self.tok.span.start) {
            let bracket = String::from_utf8_lossy(open.of(self.text)).into_owned();
            diagnostic = diagnostic.with_label(open, format!("'{bracket}' opened here"));
        }
        Err(self.report(diagnostic))
    }

    /// The interned text of a word.
    fn ident(&mut self, token: Token) -> Ident {
        Ident { name: self.interner.intern_bytes(token.of(self.text)), span: token.span }
    }

    /// Takes a name.
    fn name(&mut self, what: &str) -> Parse<Ident> {
        if self.is(TokenKind::Name) {
            let ident = self.ident(self.tok);
            self.advance();
            return Ok(ident);
        }
        if self.tok.kind.is_reserved() {
            let word = self.tok.kind.describe();
            let message = format!("expected {what}, but {word} is a reserved word");
            return Err(self.report(Diagnostic::error(Code::ReservedWord, self.tok.span, message)));
        }
        Err(self.unexpected(what))
    }

    /// Takes a word, reserved or not.
    fn word(&mut self, what: &str) -> Parse<Ident> {
        if self.tok.kind.is_word() {
            let ident = self.ident(self.tok);
            self.advance();
            return Ok(ident);
        }
        Err(self.unexpected(what))
    }

    /// From `start` to the end of the last token taken.
    fn since(&self, start: u32) -> Span {
        Span::new(start, self.prev.span.end.max(start))
    }

    /// Parses something one level deeper.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= MAX_NESTING {
            let message = format!("too deeply nested (more than {MAX_NESTING} levels)");
            self.report(Diagnostic::error(Code::TooDeeplyNested, self.tok.span, message));
            self.stop();
            return Err(Failed);
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// Parses something inside brackets, where `:` has its usual meaning.
    fn inside<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        let colon_ends = std::mem::replace(&mut self.colon_ends, false);
        let result = self.nested(parse);
        self.colon_ends = colon_ends;
        result
    }

    /// The function around the token in hand.
    fn function(&mut self) -> &mut Function {
        let innermost = self.functions.len() - 1;
        &mut self.functions[innermost]
    }
}
