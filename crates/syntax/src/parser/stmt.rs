//! Statement lists and simple statements.

use super::expr::{binary_op, prefix, set_hint};
use super::{Failed, Parse, Parser};
use crate::Mode;
use crate::ast::{
    Block, Call, Callee, CompoundOp, Expr, ExprKind, FuncDecl, Ident, Stmt, StmtKind, Suffix, SuffixKind,
    Target, TargetKind,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// What the rule `Simple` of the grammar can give.
pub(super) enum Simple {
    /// One expression, not yet known to be a statement.
    Expr(Expr),
    /// A complete statement.
    Stmt(StmtKind),
    /// `names := range values`, in the header of a `for`.
    Range(Vec<Ident>, Vec<Expr>),
}

impl Parser<'_> {
    /// The whole text.
    pub(super) fn chunk(&mut self) -> Vec<Stmt> {
        let mut stmts = self.stmt_list(false);
        while self.is(TokenKind::RBrace) {
            // After another error this brace is most likely right and its partner was skipped.
            if self.diagnostics.is_empty() {
                let message = "unexpected '}' outside every block";
                self.report(Diagnostic::error(Code::UnexpectedToken, self.tok.span, message));
            }
            self.advance();
            stmts.append(&mut self.stmt_list(false));
        }
        stmts
    }

    /// Statements up to `}`, the end of the text, or the next clause if they stand in one. Errors end here.
    pub(super) fn stmt_list(&mut self, in_clause: bool) -> Vec<Stmt> {
        let outer_clause = std::mem::replace(&mut self.in_clause, in_clause);
        let outer_colon = std::mem::replace(&mut self.colon_ends, false);
        let mut stmts = Vec::new();
        loop {
            match self.tok.kind {
                TokenKind::Eof | TokenKind::RBrace => break,
                TokenKind::Semicolon => {
                    self.advance();
                    continue;
                }
                _ => {}
            }
            if self.at_clause() {
                break;
            }
            if self.foreign_blocks > 0 && self.skips_foreign_end() {
                continue;
            }
            let start = self.tok.span.start;
            match self.stmt() {
                Ok(stmt) => stmts.push(stmt),
                Err(Failed) => {
                    if self.tok.span.start == start {
                        self.skip_token();
                    }
                    self.resync(start);
                }
            }
        }
        self.in_clause = outer_clause;
        self.colon_ends = outer_colon;
        stmts
    }

    /// Whether a clause of the surrounding `switch` or `select` begins here.
    pub(super) fn at_clause(&mut self) -> bool {
        self.in_clause
            && (self.is_name("case") || self.is_name("default") && self.peek().kind == TokenKind::Colon)
    }

    /// Whether a clause begins here although an operand could stand here too: `return case 2:`.
    fn at_clause_not_operand(&mut self) -> bool {
        use TokenKind as T;
        self.at_clause()
            && (self.is_name("default")
                || matches!(
                    self.peek().kind,
                    T::Name
                        | T::Number
                        | T::Str
                        | T::RawStr
                        | T::True
                        | T::False
                        | T::Nil
                        | T::Func
                        | T::LBrace
                        | T::Hash
                        | T::Bang
                        | T::Ellipsis
                        | T::Arrow
                ))
    }

    /// `{ … }`. `place` says where, should the `{` be missing.
    #[inline(never)]
    pub(super) fn block(&mut self, place: &str) -> Parse<Block> {
        if !self.is(TokenKind::LBrace) {
            self.unexpected(&format!("'{{' {place}"));
            if !self.skip_to_brace() {
                self.foreign_blocks += 1;
                return Err(Failed);
            }
        }
        let open = self.tok.span;
        self.nested(|parser| {
            parser.advance();
            let stmts = parser.stmt_list(false);
            parser.close_block(open);
            Ok(Block { stmts, span: parser.since(open.start) })
        })
    }

    /// Takes the `}` of a block. If it is missing, the text has ended, which is reported.
    pub(super) fn close_block(&mut self, open: Span) {
        if !self.eat(TokenKind::RBrace) {
            self.report_unclosed_block(open);
        }
    }

    /// One statement.
    ///
    /// Every arm is a call that is never inlined: this is on the path of the recursion, and what an arm needs would be
    /// part of this frame.
    #[inline(never)]
    fn stmt(&mut self) -> Parse<Stmt> {
        let Token { kind: first, span: Span { start, .. }, .. } = self.tok;
        self.stmt_start = (self.prev, self.tok);
        let kind = match first {
            TokenKind::Name => self.name_stmt(),
            TokenKind::LBrace => self.block_stmt(),
            TokenKind::Var => self.var_stmt(),
            TokenKind::Func if self.peek().kind != TokenKind::LParen => self.func_stmt(),
            TokenKind::If => self.if_stmt(),
            TokenKind::For => self.for_stmt(None),
            TokenKind::Return => self.return_stmt(),
            TokenKind::Break | TokenKind::Continue => self.jump(),
            TokenKind::Go => self.call_stmt(StmtKind::Go),
            TokenKind::Else | TokenKind::Elseif => Err(self.stray_else()),
            _ => self.simple_stmt(),
        };
        Ok(Stmt { kind: kind?, span: self.since(start) })
    }

    #[inline(never)]
    fn block_stmt(&mut self) -> Parse<StmtKind> {
        Ok(StmtKind::Block(self.block("here")?))
    }

    #[inline(never)]
    fn var_stmt(&mut self) -> Parse<StmtKind> {
        self.advance();
        self.var()
    }

    #[inline(never)]
    fn func_stmt(&mut self) -> Parse<StmtKind> {
        let start = self.tok.span.start;
        self.advance();
        self.func_decl(start)
    }

    #[inline(never)]
    fn return_stmt(&mut self) -> Parse<StmtKind> {
        self.advance();
        let ends = self.tok.starts_line
            || matches!(self.tok.kind, TokenKind::Semicolon | TokenKind::RBrace | TokenKind::Eof)
            || self.at_clause_not_operand();
        Ok(StmtKind::Return(if ends { Vec::new() } else { self.expr_list()? }))
    }

    /// `go` or `defer`, the token in hand.
    #[inline(never)]
    fn call_stmt(&mut self, kind: fn(Box<Call>) -> StmtKind) -> Parse<StmtKind> {
        let word = self.tok;
        self.advance();
        Ok(kind(Box::new(self.call(word)?)))
    }

    #[cold]
    fn stray_else(&mut self) -> Failed {
        let message = format!("{} without 'if'", self.tok.kind.describe());
        let help = "an 'else' follows directly behind the '}' of its 'if'";
        self.report(Diagnostic::error(Code::UnexpectedToken, self.tok.span, message).with_help(help))
    }

    /// A statement that begins with a name: a contextual word, a label, or the beginning of a simple statement.
    #[inline(never)]
    fn name_stmt(&mut self) -> Parse<StmtKind> {
        let word = self.tok;
        let next = self.peek();
        match word.of(self.text) {
            b"const" if next.kind == TokenKind::Name => return self.constant(),
            b"defer" if matches!(next.kind, TokenKind::Name | TokenKind::Func) => {
                return self.call_stmt(StmtKind::Defer);
            }
            b"select" if next.kind == TokenKind::LBrace => return self.select_stmt(None),
            b"switch" if self.is_switch(word) => return self.switch_stmt(None),
            _ => {}
        }
        if next.kind == TokenKind::Colon {
            if self.is_label(next)? {
                return self.labelled();
            }
        } else if let Some(foreign) = self.foreign_start() {
            return self.foreign_stmt(foreign);
        }
        self.simple_stmt()
    }

    /// Whether the name in hand is a label; `colon` is the token behind it. A label at the wrong place is an error.
    #[inline(never)]
    fn is_label(&mut self, colon: Token) -> Parse<bool> {
        let mut ahead = self.ahead_of(colon);
        let word = ahead.next();
        let is_label = match word.kind {
            TokenKind::For => !self.is_method_named_for(word),
            TokenKind::Name => match word.of(self.text) {
                b"select" => ahead.next().kind == TokenKind::LBrace,
                b"switch" => self.is_switch(word),
                _ => false,
            },
            _ => false,
        };
        // On one line a method call with a mistake is likelier than a misplaced label.
        let is_call = word.kind.is_word()
            && (!word.starts_line || self.ahead_of(word).next().kind == TokenKind::LParen);
        if is_label || is_call || word.kind == TokenKind::Eof {
            return Ok(is_label);
        }
        let label = self.ident(self.tok);
        let text = self.interner.text(label.name);
        let message = format!("label '{text}' is not directly before 'for', 'switch' or 'select'");
        let diagnostic = Diagnostic::error(Code::MisplacedLabel, label.span, message);
        self.advance();
        self.advance();
        Err(self.report(diagnostic))
    }

    /// A label and its statement.
    #[inline(never)]
    fn labelled(&mut self) -> Parse<StmtKind> {
        let label = self.ident(self.tok);
        self.advance();
        self.advance();
        match self.tok.of(self.text) {
            b"select" => self.select_stmt(Some(label)),
            b"switch" => self.switch_stmt(Some(label)),
            _ => self.for_stmt(Some(label)),
        }
    }

    /// `var` and what follows; the word has been taken.
    #[inline(never)]
    pub(super) fn var(&mut self) -> Parse<StmtKind> {
        let names = self.name_list("a name after 'var'")?;
        let mut values = if self.eat(TokenKind::Eq) { self.expr_list()? } else { Vec::new() };
        if values.is_empty() && self.is(TokenKind::ColonEq) {
            let diagnostic = self.unexpected_diagnostic("'='");
            return Err(self.report(diagnostic.with_help("write 'var x = e' or 'x := e'")));
        }
        set_hints(&mut values, &names);
        Ok(StmtKind::Var { names, values })
    }

    #[inline(never)]
    fn constant(&mut self) -> Parse<StmtKind> {
        self.advance();
        let names = self.name_list("a name after 'const'")?;
        if !self.is(TokenKind::Eq) {
            let is_incomplete = self.is(TokenKind::Eof);
            let message = "expected '=': a 'const' needs a value";
            let mut diagnostic = Diagnostic::error(Code::ConstWithoutValue, self.tok.span, message);
            diagnostic.is_incomplete = is_incomplete;
            return Err(self.report(diagnostic));
        }
        self.advance();
        let mut values = self.expr_list()?;
        set_hints(&mut values, &names);
        Ok(StmtKind::Const { names, values })
    }

    fn name_list(&mut self, what: &str) -> Parse<Vec<Ident>> {
        let mut names = vec![self.name(what)?];
        while self.eat(TokenKind::Comma) {
            names.push(self.name("a name after ','")?);
        }
        Ok(names)
    }

    /// A declared function; the `func` at `start` has been taken.
    #[inline(never)]
    pub(super) fn func_decl(&mut self, start: u32) -> Parse<StmtKind> {
        let base = self.name("a function name")?;
        let mut text = self.interner.text(base.name).to_owned();
        let mut path = Vec::new();
        let mut method = None;
        while matches!(self.tok.kind, TokenKind::Dot | TokenKind::Colon) && method.is_none() {
            let is_method = self.is(TokenKind::Colon);
            let pos = self.tok.span.start;
            self.advance();
            let word =
                self.word(if is_method { "a method name after ':'" } else { "a field name after '.'" })?;
            text.push(if is_method { ':' } else { '.' });
            text.push_str(self.interner.text(word.name));
            if is_method {
                method = Some((pos, word));
            } else {
                path.push((pos, word));
            }
        }
        let func = self.func(start, Some(text.into()), method.is_some())?;
        Ok(StmtKind::Func(Box::new(FuncDecl { base, path, method, func })))
    }

    /// `break` or `continue`.
    #[inline(never)]
    fn jump(&mut self) -> Parse<StmtKind> {
        let token = self.tok;
        let is_continue = token.kind == TokenKind::Continue;
        self.advance();
        let mut label = None;
        if self.is(TokenKind::Name) && !self.tok.starts_line {
            let ident = self.ident(self.tok);
            let is_known = self.function().controls.iter().any(|control| control.label == Some(ident.name));
            if is_known || !self.at_clause_not_operand() {
                self.advance();
                label = Some(ident);
            }
        }
        self.check_jump(token, label);
        Ok(if is_continue { StmtKind::Continue(label) } else { StmtKind::Break(label) })
    }

    /// The call of a `go` or `defer`, the given word, which has been taken.
    fn call(&mut self, word: Token) -> Parse<Call> {
        let expr = self.expr()?;
        let span = expr.span;
        let is_func = matches!(expr.unparenthesised().kind, ExprKind::Func(_));
        if let Some(call) = into_call(expr) {
            return Ok(call);
        }
        let word = String::from_utf8_lossy(word.of(self.text));
        let message = format!("'{word}' needs a function call");
        let mut diagnostic = Diagnostic::error(Code::NotACall, span, message);
        if is_func {
            diagnostic = diagnostic.with_help("add '()' behind the function to call it");
        }
        Err(self.report(diagnostic))
    }

    #[inline(never)]
    fn simple_stmt(&mut self) -> Parse<StmtKind> {
        match self.simple(false)? {
            Simple::Stmt(kind) => Ok(kind),
            Simple::Expr(expr) => self.expr_stmt(expr),
            Simple::Range(..) => Err(Failed),
        }
    }

    /// An expression as a statement.
    pub(super) fn expr_stmt(&mut self, expr: Expr) -> Parse<StmtKind> {
        if self.is_repl_result() {
            return Ok(StmtKind::Return(vec![expr]));
        }
        let inner = expr.unparenthesised();
        if inner.is_call() || matches!(inner.kind, ExprKind::Receive(_)) {
            return Ok(StmtKind::Expr(expr));
        }
        Err(self.not_a_statement(&expr))
    }

    /// Whether expressions that end here are the result of interactive input.
    fn is_repl_result(&self) -> bool {
        self.mode == Mode::Repl && self.depth == 0 && self.is(TokenKind::Eof) && !self.stopped
    }

    /// The rule `Simple` of the grammar; with `range`, also the header of a range loop.
    pub(super) fn simple(&mut self, range: bool) -> Parse<Simple> {
        let first = self.expr()?;
        match self.tok.kind {
            TokenKind::Comma | TokenKind::Eq | TokenKind::ColonEq => self.assignment(first, range),
            TokenKind::Arrow if !self.tok.starts_line => self.send(first),
            TokenKind::PlusPlus | TokenKind::MinusMinus => self.step(first),
            kind => match compound_op(kind) {
                Some(op) => self.compound(first, op),
                None => Ok(Simple::Expr(first)),
            },
        }
    }

    #[inline(never)]
    fn send(&mut self, channel: Expr) -> Parse<Simple> {
        let pos = self.tok.span.start;
        self.advance();
        let value = Box::new(self.expr()?);
        Ok(Simple::Stmt(StmtKind::Send { channel: Box::new(channel), value, pos }))
    }

    #[inline(never)]
    fn step(&mut self, target: Expr) -> Parse<Simple> {
        let target = self.target(target)?;
        let (pos, decrement) = (self.tok.span.start, self.is(TokenKind::MinusMinus));
        self.advance();
        Ok(Simple::Stmt(StmtKind::Step { target, decrement, pos }))
    }

    #[inline(never)]
    fn compound(&mut self, target: Expr, op: CompoundOp) -> Parse<Simple> {
        let target = self.target(target)?;
        let pos = self.tok.span.start;
        self.advance();
        let value = Box::new(self.expr()?);
        Ok(Simple::Stmt(StmtKind::Compound { target, op, pos, value }))
    }

    /// `first`, perhaps more, and `:=` or `=` with the right side.
    #[inline(never)]
    fn assignment(&mut self, first: Expr, range: bool) -> Parse<Simple> {
        let mut list = vec![first];
        while self.eat(TokenKind::Comma) {
            list.push(self.expr()?);
        }
        match self.tok.kind {
            TokenKind::ColonEq => self.define(list, range),
            TokenKind::Eq => self.assign(list, range),
            TokenKind::In if range => {
                let diagnostic = self.unexpected_diagnostic("':='");
                self.report(diagnostic.with_help("write 'for k, v := range t { ... }'"));
                self.advance();
                let names = list.iter().filter_map(expr_name).collect();
                Ok(Simple::Range(names, self.expr_list()?))
            }
            _ if self.is_repl_result() => Ok(Simple::Stmt(StmtKind::Return(list))),
            _ => Err(self.unexpected("',', '=' or ':='")),
        }
    }

    #[inline(never)]
    fn define(&mut self, list: Vec<Expr>, range: bool) -> Parse<Simple> {
        let pos = self.tok.span.start;
        let names = self.declared_names(list)?;
        self.advance();
        if range && self.eat(TokenKind::Range) {
            return Ok(Simple::Range(names, self.expr_list()?));
        }
        let mut values = self.expr_list()?;
        set_hints(&mut values, &names);
        Ok(Simple::Stmt(StmtKind::Define { names, values, pos }))
    }

    #[inline(never)]
    fn assign(&mut self, list: Vec<Expr>, range: bool) -> Parse<Simple> {
        let pos = self.tok.span.start;
        let targets = self.targets(list)?;
        self.advance();
        if self.is(TokenKind::Range) && range {
            let diagnostic = self.unexpected_diagnostic("an expression");
            self.report(diagnostic.with_help("the variables of a range loop are declared with ':='"));
            self.advance();
            let names = targets.iter().filter_map(target_name).collect();
            return Ok(Simple::Range(names, self.expr_list()?));
        }
        let mut values = self.expr_list()?;
        for (target, value) in targets.iter().zip(&mut values) {
            if let TargetKind::Name(name) | TargetKind::Field { name: Ident { name, .. }, .. } = target.kind {
                set_hint(value, name);
            }
        }
        Ok(Simple::Stmt(StmtKind::Assign { targets, values, pos }))
    }

    /// The left side of `:=`.
    pub(super) fn declared_names(&mut self, list: Vec<Expr>) -> Parse<Vec<Ident>> {
        let mut names = Vec::with_capacity(list.len());
        for expr in list {
            let Some(ident) = expr_name(&expr) else {
                let diagnostic = Diagnostic::error(Code::NotATarget, expr.span, "':=' declares names only");
                return Err(self.report(diagnostic.with_help("assign to fields and elements with '='")));
            };
            names.push(ident);
        }
        Ok(names)
    }

    /// The left side of `=`.
    pub(super) fn targets(&mut self, list: Vec<Expr>) -> Parse<Vec<Target>> {
        list.into_iter().map(|expr| self.target(expr)).collect()
    }

    /// An expression as the target of an assignment.
    #[inline(never)]
    fn target(&mut self, expr: Expr) -> Parse<Target> {
        let span = expr.span;
        let (message, help) = match expr.kind {
            ExprKind::Name(name) => return Ok(Target { kind: TargetKind::Name(name), span }),
            ExprKind::Suffixed(mut suffixed) => match suffixed.suffixes.pop() {
                Some(Suffix { kind: SuffixKind::Field(name), pos, .. }) => {
                    let object = Box::new(prefix(suffixed.base, suffixed.suffixes));
                    return Ok(Target { kind: TargetKind::Field { object, name, pos }, span });
                }
                Some(Suffix { kind: SuffixKind::Index(key), pos, .. }) => {
                    let object = Box::new(prefix(suffixed.base, suffixed.suffixes));
                    return Ok(Target { kind: TargetKind::Index { object, key: Box::new(key), pos }, span });
                }
                _ => ("cannot assign to the result of a call", None),
            },
            ExprKind::Vararg | ExprKind::VarargIndex(_) | ExprKind::VarargLen => {
                ("cannot assign to '...'", Some("copy the arguments to a table first: 'args := {...}'"))
            }
            ExprKind::Paren(_) => ("cannot assign to an expression in parentheses", None),
            _ => ("cannot assign to this expression", None),
        };
        let mut diagnostic = Diagnostic::error(Code::NotATarget, span, message);
        diagnostic.help = help.map(str::to_owned);
        Err(self.report(diagnostic))
    }
}

/// A bare name.
pub(super) fn expr_name(expr: &Expr) -> Option<Ident> {
    match expr.kind {
        ExprKind::Name(name) => Some(Ident { name, span: expr.span }),
        _ => None,
    }
}

fn target_name(target: &Target) -> Option<Ident> {
    match target.kind {
        TargetKind::Name(name) => Some(Ident { name, span: target.span }),
        _ => None,
    }
}

fn set_hints(values: &mut [Expr], names: &[Ident]) {
    for (value, ident) in values.iter_mut().zip(names) {
        set_hint(value, ident.name);
    }
}

/// Takes a call apart, ignoring parentheses around it.
fn into_call(mut expr: Expr) -> Option<Call> {
    while let ExprKind::Paren(inner) = expr.kind {
        expr = *inner;
    }
    let span = expr.span;
    let ExprKind::Suffixed(mut suffixed) = expr.kind else { return None };
    let last = suffixed.suffixes.pop()?;
    match last.kind {
        SuffixKind::Call(args) => {
            let callee = Callee::Func(prefix(suffixed.base, suffixed.suffixes));
            Some(Call { callee, args, pos: last.pos, span })
        }
        SuffixKind::Method(method) => {
            let object = prefix(suffixed.base, suffixed.suffixes);
            let callee = Callee::Method { object, name: method.name, pos: last.pos };
            Some(Call { callee, args: method.args, pos: method.pos, span })
        }
        SuffixKind::Field(_) | SuffixKind::Index(_) => None,
    }
}

/// The operator of a compound assignment.
fn compound_op(kind: TokenKind) -> Option<CompoundOp> {
    use TokenKind as T;
    let plain = match kind {
        T::DotDotEq => return Some(CompoundOp::Concat),
        T::PlusEq => T::Plus,
        T::MinusEq => T::Minus,
        T::StarEq => T::Star,
        T::SlashEq => T::Slash,
        T::PercentEq => T::Percent,
        T::StarStarEq => T::StarStar,
        T::AmpEq => T::Amp,
        T::PipeEq => T::Pipe,
        T::CaretEq => T::Caret,
        T::AmpCaretEq => T::AmpCaret,
        T::LtLtEq => T::LtLt,
        T::GtGtEq => T::GtGt,
        _ => return None,
    };
    binary_op(plain).map(CompoundOp::Binary)
}
