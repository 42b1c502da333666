//! What errors say, and where parsing goes on after one.
//!
//! The one idea: help is worked out only here and only after something is wrong, from the tokens around the place: what
//! someone used to another language is likely to have meant.

use super::control::starts_operand;
use super::{ERRORS_MAX, Failed, Parse, Parser};
use crate::ast::{BinaryOp, Expr, ExprKind, StmtKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::lexer::Lexer;
use crate::span::Span;
use crate::suggest;
use crate::token::{Token, TokenKind};

/// A statement as other languages write it.
#[derive(Clone, Copy)]
pub(super) enum Foreign {
    /// `local x = 1`, `local function f() …`.
    Local,
    /// `function f() …`.
    Function,
    /// `while cond …`.
    While,
}

impl Parser<'_> {
    /// Records a problem, unless its line already has one.
    #[cold]
    pub(super) fn report(&mut self, diagnostic: Diagnostic) -> Failed {
        if self.stopped {
            return Failed;
        }
        let line = self.source.line(diagnostic.span.start);
        if line == self.error_line {
            return Failed;
        }
        self.error_line = line;
        self.diagnostics.push(diagnostic);
        if self.diagnostics.len() == ERRORS_MAX {
            let message = "too many errors, the rest of the file was not checked";
            self.diagnostics.push(Diagnostic::error(Code::TooManyErrors, self.tok.span, message));
            self.stop();
        }
        Failed
    }

    /// Gives up: the rest of the text is as if it were not there, and nothing more is reported.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
        self.lexer.finish();
        self.peeked = None;
        let end = self.text.len() as u32;
        self.tok = Token { kind: TokenKind::Eof, starts_line: true, span: Span::at(end) };
    }

    /// Reports that the token in hand is not `what` was expected.
    #[cold]
    pub(super) fn unexpected(&mut self, what: &str) -> Failed {
        // At the first token of a line something is missing before it, on the line that has its error already.
        let begins_stmt = self.stmt_start.1.span == self.tok.span;
        if self.tok.starts_line && !begins_stmt && self.source.line(self.prev.span.start) == self.error_line {
            return Failed;
        }
        let diagnostic = self.unexpected_diagnostic(what);
        self.report(diagnostic)
    }

    /// The report that the token in hand is not `what` was expected.
    #[cold]
    pub(super) fn unexpected_diagnostic(&mut self, what: &str) -> Diagnostic {
        let mut diagnostic =
            Diagnostic::error(Code::UnexpectedToken, self.tok.span, format!("expected {what}"));
        diagnostic.is_incomplete = self.is(TokenKind::Eof);
        diagnostic.help = self.help_here();
        diagnostic
    }

    /// What the tokens around the one in hand suggest.
    fn help_here(&mut self) -> Option<String> {
        use TokenKind as T;
        let (tok, prev) = (self.tok, self.prev);
        let follows = !tok.starts_line && tok.kind != T::Eof;
        let touches = follows && prev.span.end == tok.span.start;
        let word = |token: Token| match token.kind {
            T::Name => str::from_utf8(token.of(self.text)).ok().and_then(suggest::foreign_word),
            _ => None,
        };
        let help = match (prev.kind, tok.kind) {
            (T::Eq, T::Gt) | (T::Minus, T::Gt) if touches => {
                "function literals are written 'func(x) { ... }'"
            }
            (T::Lt, T::Gt) if touches => "write '!='",
            (T::EqEq | T::BangEq, T::Eq) if touches => "compare with '==' or '!='",
            (T::Colon, T::Colon) if touches => "a label is written 'name:' before its loop",
            (_, T::PlusPlus) if tok.starts_line => "write 'x++'",
            (_, T::MinusMinus) if tok.starts_line => "comments begin with '//'; to subtract 1 write 'x--'",
            (_, T::PlusPlus) => "'x++' is a statement, not an expression; as an operand write 'x + 1'",
            (_, T::MinusMinus) => {
                "'x--' is a statement, not an expression; as an operand write 'x - 1', and comments begin with '//'"
            }
            (_, T::Arrow) => "'<-' is the channel operator; to compare with a negative number write '< -'",
            (_, T::Eq) => "an assignment is a statement, not an expression; compare with '=='",
            (_, T::ColonEq) => "':=' is a statement, not an expression",
            (_, T::Chan) => "a channel is made with 'make(chan)' or 'make(chan, capacity)'",
            (_, T::Range) => "'range' stands only in a loop: 'for k, v := range t { ... }'",
            (_, T::Ellipsis) if follows => "to pass the elements of a table write 'unpack(t)'",
            (_, T::Elseif | T::Else) => "an 'else' follows directly behind the '}' of its 'if'",
            _ => match word(tok).or_else(|| if follows { word(prev) } else { None }) {
                Some(help) => help,
                None if follows
                    && matches!(prev.kind, T::Name | T::RParen | T::RBracket)
                    && starts_operand(tok.kind) =>
                {
                    return self.missing_parentheses(prev);
                }
                None => return None,
            },
        };
        Some(help.to_owned())
    }

    /// Help for an operand directly behind the expression that `last` ends.
    fn missing_parentheses(&self, last: Token) -> Option<String> {
        use TokenKind as T;
        if last.kind == T::Name && matches!(self.tok.kind, T::Str | T::RawStr | T::Number) {
            let name = String::from_utf8_lossy(last.of(self.text));
            return Some(format!("a call needs parentheses: '{name}(...)'"));
        }
        None
    }

    /// Reports an expression that stands as a statement.
    #[cold]
    pub(super) fn not_a_statement(&mut self, expr: &Expr) -> Failed {
        let message = "expression is not a statement";
        let mut diagnostic = Diagnostic::error(Code::NotAStatement, expr.span, message);
        diagnostic.help = self.not_a_statement_help(expr);
        self.report(diagnostic)
    }

    fn not_a_statement_help(&mut self, expr: &Expr) -> Option<String> {
        let follows = !self.tok.starts_line && self.tok.kind != TokenKind::Eof;
        let text = String::from_utf8_lossy(expr.span.of(self.text)).into_owned();
        match &expr.unparenthesised().kind {
            ExprKind::Name(name) => {
                if let Some(help) = suggest::foreign_word(self.interner.text(*name)) {
                    return Some(help.to_owned());
                }
            }
            ExprKind::Suffixed(_) => {}
            ExprKind::Func(_) => return Some("give the function a name, or call it with '()'".to_owned()),
            ExprKind::Binary(chain) if chain.rest.iter().any(|link| link.op == BinaryOp::Eq) => {
                return Some("assign with '='".to_owned());
            }
            ExprKind::Str(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Table(_) => {
                let (before, first) = self.stmt_start;
                let is_argument = before.kind == TokenKind::Name && !first.starts_line;
                let name = String::from_utf8_lossy(before.of(self.text));
                return is_argument.then(|| format!("a call needs parentheses: '{name}(...)'"));
            }
            _ => return None,
        }
        if follows {
            if self.tok.kind == TokenKind::Name {
                let word = self.tok.of(self.text);
                if let Some(help) = str::from_utf8(word).ok().and_then(suggest::foreign_word) {
                    return Some(help.to_owned());
                }
            }
            if starts_operand(self.tok.kind) || self.is(TokenKind::LBrace) {
                return Some(format!("a call needs parentheses: '{text}(...)'"));
            }
        }
        Some(format!("to call it write '{text}()', to assign to it '{text} = ...'"))
            .filter(|_| expr.span.end - expr.span.start < 40 && !text.contains('\n'))
    }

    /// Reports the word in hand as one of another language.
    pub(super) fn report_foreign(&mut self) {
        let word = String::from_utf8_lossy(self.tok.of(self.text)).into_owned();
        let message = format!("'{word}' is not a keyword");
        let mut diagnostic = Diagnostic::error(Code::ForeignSyntax, self.tok.span, message);
        diagnostic.help = suggest::foreign_word(&word).map(str::to_owned);
        self.report(diagnostic);
    }

    /// The construct of another language that begins with the name in hand. Only what cannot be right is taken for one:
    /// two words in a row.
    pub(super) fn foreign_start(&mut self) -> Option<Foreign> {
        let next = self.peek();
        if next.starts_line {
            return None;
        }
        match self.tok.of(self.text) {
            b"local" | b"let" if matches!(next.kind, TokenKind::Name | TokenKind::Func) => {
                Some(Foreign::Local)
            }
            b"function" | b"def" | b"fn" if next.kind == TokenKind::Name => Some(Foreign::Function),
            b"while" if starts_operand(next.kind) => Some(Foreign::While),
            _ => None,
        }
    }

    /// Reports a statement in another language's spelling and parses it as what it means here.
    #[inline(never)]
    pub(super) fn foreign_stmt(&mut self, foreign: Foreign) -> Parse<StmtKind> {
        self.report_foreign();
        let start = self.tok.span.start;
        match foreign {
            Foreign::While => return self.for_stmt(None),
            Foreign::Function => {}
            Foreign::Local => {
                self.advance();
                if !(self.is_name("function") || self.is(TokenKind::Func)) {
                    return self.var();
                }
            }
        }
        self.advance();
        self.func_decl(start)
    }

    /// Reports `and` or `or` between operands and goes on as if it were `&&` or `||`.
    pub(super) fn foreign_operator(&mut self) {
        if self.tok.kind != TokenKind::Name || self.tok.starts_line {
            return;
        }
        let kind = match self.tok.of(self.text) {
            b"and" => TokenKind::AmpAmp,
            b"or" => TokenKind::PipePipe,
            _ => return,
        };
        let next = self.peek();
        if starts_operand(next.kind) && !next.starts_line {
            self.report_foreign();
            self.tok.kind = kind;
        }
    }

    /// Reports that the text ended before the `}` of the block that `open` begins.
    #[cold]
    pub(super) fn report_unclosed_block(&mut self, open: Span) {
        if self.stopped {
            return;
        }
        let mut diagnostic = Diagnostic::error(Code::UnclosedBracket, self.tok.span, "expected '}'");
        diagnostic = diagnostic.with_label(open, "this '{' is not closed");
        diagnostic.is_incomplete = true;
        if let Some((suspect, line)) = self.misindented().filter(|&(suspect, _)| suspect != open) {
            let message =
                format!("perhaps this '{{' lacks its '}}': the one in line {line} is indented differently");
            diagnostic = diagnostic.with_label(suspect, message);
        }
        self.report(diagnostic.with_help("add the missing '}'"));
    }

    /// The first `{` closed by a `}` that begins its line with another indentation than the line of the `{`, and the
    /// line of the `}`.
    fn misindented(&self) -> Option<(Span, u32)> {
        let mut lexer = Lexer::new(self.text);
        let mut open = Vec::new();
        loop {
            let token = lexer.next();
            match token.kind {
                TokenKind::LBrace => open.push(token.span),
                TokenKind::RBrace => {
                    let span = open.pop()?;
                    let line = self.source.line(token.span.start);
                    if token.starts_line && self.indent(token.span.start) != self.indent(span.start) {
                        return Some((span, line));
                    }
                }
                TokenKind::Eof => return None,
                _ => {}
            }
        }
    }

    /// Skips one token, so that parsing cannot stand still. A `}` is left to the block it may end.
    pub(super) fn skip_token(&mut self) {
        if !matches!(self.tok.kind, TokenKind::RBrace | TokenKind::Eof) {
            if self.is(TokenKind::LBrace) {
                self.advance();
                self.skip_to_close();
            } else {
                self.advance();
            }
        }
    }

    /// Skips to where a statement is likely to begin after the one at `start` failed: behind a `;`, before the `}` of the
    /// block, or at the first word of a line, if that is not indented more than the failed statement. Whole blocks are
    /// skipped on the way.
    #[cold]
    pub(super) fn resync(&mut self, start: u32) {
        use TokenKind as T;
        let indent = self.indent(start);
        loop {
            let kind = self.tok.kind;
            match kind {
                T::Eof | T::RBrace => return,
                T::Semicolon => {
                    self.advance();
                    return;
                }
                T::LBrace => {
                    self.advance();
                    if !self.skip_to_close() {
                        return;
                    }
                    continue;
                }
                T::Var | T::Func | T::If | T::For | T::Return | T::Go | T::Break | T::Continue
                    if self.tok.starts_line =>
                {
                    return;
                }
                T::PlusPlus | T::MinusMinus if self.tok.starts_line => return,
                _ if kind.is_word() && self.tok.starts_line && self.indent(self.tok.span.start) <= indent => {
                    return;
                }
                _ => {}
            }
            self.advance();
        }
    }

    /// How far the line of an offset is indented.
    fn indent(&self, pos: u32) -> usize {
        let line = self.source.line_text(self.source.line(pos));
        line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    /// Passes over an `end` that closes a block already reported.
    pub(super) fn skips_foreign_end(&mut self) -> bool {
        let found = self.is_name("end");
        if found {
            self.foreign_blocks -= 1;
            self.advance();
        }
        found
    }

    /// Skips on the same line to a `{`. Tells whether there is one.
    pub(super) fn skip_to_brace(&mut self) -> bool {
        loop {
            match self.tok.kind {
                TokenKind::LBrace => return true,
                TokenKind::Eof | TokenKind::RBrace => return false,
                _ if self.tok.starts_line => return false,
                _ => self.advance(),
            }
        }
    }

    /// Skips behind the `}` that closes the brace already taken; tells whether there is one.
    fn skip_to_close(&mut self) -> bool {
        let mut depth = 0;
        loop {
            match self.tok.kind {
                TokenKind::Eof => return false,
                TokenKind::LBrace => depth += 1,
                TokenKind::RBrace if depth == 0 => {
                    self.advance();
                    return true;
                }
                TokenKind::RBrace => depth -= 1,
                _ => {}
            }
            self.advance();
        }
    }

    /// The same for the brace of a table literal. Stops before a reserved word that begins a line and a statement, since
    /// the brace is then likely to be missing.
    pub(super) fn skip_to_table_close(&mut self) -> bool {
        use TokenKind as T;
        loop {
            let kind = self.tok.kind;
            match kind {
                T::Eof => return false,
                T::LBrace => {
                    self.advance();
                    if !self.skip_to_close() {
                        return false;
                    }
                    continue;
                }
                T::RBrace => {
                    self.advance();
                    return true;
                }
                T::Var | T::Func | T::If | T::For | T::Return | T::Go | T::Break | T::Continue => {
                    let starts_line = self.tok.starts_line;
                    if starts_line && self.peek().kind != T::Colon {
                        return false;
                    }
                }
                _ => {}
            }
            self.advance();
        }
    }
}
