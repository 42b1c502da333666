//! `if`, `for`, `switch` and `select`, and the statements that leave them.
//!
//! The one idea: a header that cannot be understood is skipped up to its `{`, so that the block behind it is still parsed
//! and an error in it still found.

use super::stmt::Simple;
use super::{Control, Failed, Parse, Parser};
use crate::ast::{
    Block, Comm, CommBind, Expr, ExprKind, For, ForHeader, Ident, If, IfArm, Select, SelectClause, Stmt,
    StmtKind, Switch, SwitchClause,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::lexer::Lexer;
use crate::span::Span;
use crate::suggest;
use crate::token::{Token, TokenKind};

impl Parser<'_> {
    /// `if` with all its arms; the token in hand is the `if`.
    #[inline(never)]
    pub(super) fn if_stmt(&mut self) -> Parse<StmtKind> {
        let mut arms = Vec::with_capacity(1);
        let mut else_body = None;
        loop {
            self.if_arm(&mut arms)?;
            let body = self.block("after the condition")?;
            if let Some(arm) = arms.last_mut() {
                arm.body = body;
            }
            let kind = self.tok.kind;
            match kind {
                TokenKind::Elseif => {}
                TokenKind::Else => {
                    if self.peek().kind == TokenKind::If {
                        self.advance();
                    } else {
                        self.advance();
                        else_body = Some(self.block("after 'else'")?);
                        break;
                    }
                }
                TokenKind::Name if self.is_foreign_elseif() => {}
                _ => break,
            }
        }
        Ok(StmtKind::If(Box::new(If { arms, else_body })))
    }

    /// Adds an arm with an empty body; the token in hand is the `if` or `elseif`. Apart from its caller so that its
    /// temporaries are gone when the body, which may nest, is parsed.
    #[inline(never)]
    fn if_arm(&mut self, arms: &mut Vec<IfArm>) -> Parse<()> {
        self.advance();
        let header = self.nested(Self::if_header);
        let (init, cond) = self.or_skip_header(header, |parser| (None, parser.placeholder()))?;
        arms.push(IfArm { init, cond, body: Block::default() });
        Ok(())
    }

    /// `[ Simple ";" ] Expr`.
    #[inline(never)]
    fn if_header(&mut self) -> Parse<(Option<Stmt>, Expr)> {
        let start = self.tok.span.start;
        let simple = self.simple(false)?;
        if self.is(TokenKind::Semicolon) {
            let init = self.header_stmt(simple, start)?;
            self.advance();
            return Ok((Some(init), self.condition()?));
        }
        Ok((None, self.as_condition(simple)?))
    }

    /// A simple statement that stands in a header from `start` on.
    fn header_stmt(&mut self, simple: Simple, start: u32) -> Parse<Stmt> {
        let kind = match simple {
            Simple::Stmt(kind) => kind,
            Simple::Expr(expr) => self.expr_stmt(expr)?,
            Simple::Range(..) => return Err(self.unexpected("'{'")),
        };
        Ok(Stmt { kind, span: self.since(start) })
    }

    /// An expression in a header.
    fn condition(&mut self) -> Parse<Expr> {
        let cond = self.expr()?;
        if self.is(TokenKind::Eq) {
            self.report_assignment(self.tok.span);
            self.advance();
            self.expr()?;
        }
        Ok(cond)
    }

    /// What has been read as a simple statement, as the expression it should have been.
    fn as_condition(&mut self, simple: Simple) -> Parse<Expr> {
        match simple {
            Simple::Expr(expr) => Ok(expr),
            Simple::Stmt(StmtKind::Assign { targets, pos, .. }) if targets.len() == 1 => {
                self.report_assignment(Span::new(pos, pos + 1));
                Ok(self.placeholder())
            }
            _ => {
                let diagnostic = self.unexpected_diagnostic("';' and a condition after the statement");
                self.report(diagnostic);
                Err(Failed)
            }
        }
    }

    fn report_assignment(&mut self, span: Span) {
        let message = "assignment where a condition is needed";
        let diagnostic = Diagnostic::error(Code::AssignmentInExpression, span, message);
        self.report(diagnostic.with_help("compare with '=='"));
    }

    /// Stands for an expression that could not be read.
    fn placeholder(&self) -> Expr {
        Expr { kind: ExprKind::Nil, span: Span::at(self.prev.span.end) }
    }

    /// The header, or if it failed and its block can be found, what `missing` gives instead.
    fn or_skip_header<T>(&mut self, header: Parse<T>, missing: impl FnOnce(&Self) -> T) -> Parse<T> {
        match header {
            Ok(header) => Ok(header),
            Err(Failed) if self.skip_to_brace() => Ok(missing(self)),
            Err(Failed) => {
                self.foreign_blocks += 1;
                Err(Failed)
            }
        }
    }

    /// Whether the name in hand, behind the `}` of an `if`, is another language's word for `elseif`. Reports it.
    fn is_foreign_elseif(&mut self) -> bool {
        if !(self.is_name("elif") || self.is_name("elsif")) || !starts_operand(self.peek().kind) {
            return false;
        }
        self.report_foreign();
        true
    }

    /// A loop; the token in hand is the `for`.
    #[inline(never)]
    pub(super) fn for_stmt(&mut self, label: Option<Ident>) -> Parse<StmtKind> {
        let mut stmt = self.for_without_body(label)?;
        stmt.body = self.controlled(label, true, |parser| parser.block("before the loop's body"))?;
        Ok(StmtKind::For(stmt))
    }

    #[inline(never)]
    fn for_without_body(&mut self, label: Option<Ident>) -> Parse<Box<For>> {
        let pos = self.tok.span.start;
        self.advance();
        let header = self.nested(Self::for_header);
        let header = self.or_skip_header(header, |_| ForHeader::Forever)?;
        Ok(Box::new(For { label, pos, header, body: Block::default() }))
    }

    #[inline(never)]
    fn for_header(&mut self) -> Parse<ForHeader> {
        let start = self.tok.span.start;
        let mut init = None;
        match self.tok.kind {
            TokenKind::LBrace => return Ok(ForHeader::Forever),
            TokenKind::Range => {
                self.advance();
                return Ok(ForHeader::Range { vars: Vec::new(), values: self.expr_list()? });
            }
            TokenKind::Semicolon => {}
            _ => match self.simple(true)? {
                Simple::Range(vars, values) => return Ok(ForHeader::Range { vars, values }),
                simple if self.is(TokenKind::Semicolon) => {
                    init = Some(Box::new(self.header_stmt(simple, start)?))
                }
                Simple::Stmt(StmtKind::Define { .. }) => {
                    return Err(self.unexpected("';' and a condition after the statement"));
                }
                simple => return Ok(ForHeader::While(self.as_condition(simple)?)),
            },
        }
        self.for_clauses(init)
    }

    /// What follows the `init` of a three-clause header; the token in hand is the `;`.
    #[inline(never)]
    fn for_clauses(&mut self, init: Option<Box<Stmt>>) -> Parse<ForHeader> {
        self.advance();
        let cond = if self.is(TokenKind::Semicolon) { None } else { Some(self.condition()?) };
        self.expect(TokenKind::Semicolon, "after the loop's condition")?;
        let mut post = None;
        if !self.is(TokenKind::LBrace) {
            let start = self.tok.span.start;
            let simple = self.simple(false)?;
            post = Some(Box::new(self.header_stmt(simple, start)?));
        }
        Ok(ForHeader::Clauses { init, cond, post })
    }

    /// Parses the body of a statement that `break` can leave.
    fn controlled<T>(
        &mut self,
        label: Option<Ident>,
        is_loop: bool,
        parse: impl FnOnce(&mut Self) -> Parse<T>,
    ) -> Parse<T> {
        let control = Control { label: label.map(|label| label.name), is_loop };
        self.function().controls.push(control);
        let result = parse(self);
        self.function().controls.pop();
        result
    }

    /// Whether a `switch` statement begins at `word`, which has that text: the rule for the contextual word.
    pub(super) fn is_switch(&self, word: Token) -> bool {
        use TokenKind as T;
        let mut ahead = self.ahead_of(word);
        match ahead.next().kind {
            T::LBrace
            | T::Name
            | T::Number
            | T::Str
            | T::RawStr
            | T::True
            | T::False
            | T::Nil
            | T::Func
            | T::Hash
            | T::Bang
            | T::Minus
            | T::Caret
            | T::Ellipsis => true,
            T::LParen => skip_group(&mut ahead) && ahead.next().kind == T::LBrace,
            _ => false,
        }
    }

    /// Whether `word`, a `for` behind `name:`, is the name of a method rather than a labelled loop.
    ///
    /// The grammar allows both readings of `q:for(x)`. It is a call if what follows the parentheses and the suffixes
    /// behind them could not go on in the header of a loop.
    pub(super) fn is_method_named_for(&self, word: Token) -> bool {
        use TokenKind as T;
        let mut ahead = self.ahead_of(word);
        let mut next = ahead.next();
        if next.kind != T::LParen {
            return false;
        }
        if self.ahead_of(next).next().kind == T::RParen {
            return true;
        }
        loop {
            match next.kind {
                T::LParen | T::LBracket => {
                    if !skip_group(&mut ahead) {
                        return false;
                    }
                }
                T::Dot | T::Colon => {
                    ahead.next();
                }
                T::LBrace | T::DotDot | T::AmpAmp | T::PipePipe => return false,
                kind => return super::expr::binary_op(kind).is_none(),
            }
            next = ahead.next();
        }
    }

    /// `switch`; the token in hand is that word.
    #[inline(never)]
    pub(super) fn switch_stmt(&mut self, label: Option<Ident>) -> Parse<StmtKind> {
        let mut stmt = self.switch_without_clauses(label)?;
        let mut has_default = false;
        stmt.clauses = self.clauses("before the clauses of 'switch'", label, |parser, start| {
            let values = if parser.is_name("case") {
                parser.advance();
                let values = parser.until_colon(Self::expr_list)?;
                Some(values)
            } else {
                parser.default_clause(&mut has_default);
                None
            };
            parser.expect(TokenKind::Colon, "after the clause")?;
            let body = parser.stmt_list(true);
            Ok(SwitchClause { values, body, span: parser.since(start) })
        })?;
        Ok(StmtKind::Switch(stmt))
    }

    #[inline(never)]
    fn switch_without_clauses(&mut self, label: Option<Ident>) -> Parse<Box<Switch>> {
        let pos = self.tok.span.start;
        self.advance();
        let header = self.nested(Self::switch_header);
        let (init, tag) = self.or_skip_header(header, |_| (None, None))?;
        Ok(Box::new(Switch { label, pos, init, tag, clauses: Vec::new() }))
    }

    #[inline(never)]
    fn switch_header(&mut self) -> Parse<(Option<Stmt>, Option<Expr>)> {
        if self.is(TokenKind::LBrace) {
            return Ok((None, None));
        }
        let start = self.tok.span.start;
        let simple = self.simple(false)?;
        if !self.is(TokenKind::Semicolon) {
            return Ok((None, Some(self.as_condition(simple)?)));
        }
        let init = self.header_stmt(simple, start)?;
        self.advance();
        let tag = if self.is(TokenKind::LBrace) { None } else { Some(self.condition()?) };
        Ok((Some(init), tag))
    }

    /// `select`; the token in hand is that word.
    #[inline(never)]
    pub(super) fn select_stmt(&mut self, label: Option<Ident>) -> Parse<StmtKind> {
        let pos = self.tok.span.start;
        self.advance();
        let mut has_default = false;
        let clauses = self.clauses("after 'select'", label, |parser, start| {
            let comm = if parser.is_name("case") {
                parser.advance();
                parser.until_colon(Self::comm)?
            } else {
                parser.default_clause(&mut has_default);
                Comm::Default
            };
            parser.expect(TokenKind::Colon, "after the clause")?;
            let body = parser.stmt_list(true);
            Ok(SelectClause { comm, body, span: parser.since(start) })
        })?;
        Ok(StmtKind::Select(Box::new(Select { label, pos, clauses })))
    }

    /// The clauses of a `switch` or `select` with their braces. `clause` parses one that begins at the given offset.
    fn clauses<T>(
        &mut self,
        place: &str,
        label: Option<Ident>,
        mut clause: impl FnMut(&mut Self, u32) -> Parse<T>,
    ) -> Parse<Vec<T>> {
        let open = self.tok.span;
        self.expect(TokenKind::LBrace, place)?;
        let outer_clause = self.in_clause;
        let result = self.controlled(label, false, |parser| {
            parser.inside(|parser| {
                let mut clauses = Vec::new();
                while !matches!(parser.tok.kind, TokenKind::RBrace | TokenKind::Eof) {
                    parser.in_clause = true;
                    let start = parser.tok.span.start;
                    if !parser.at_clause() {
                        parser.unexpected("'case' or 'default'");
                        let before = parser.tok.span.start;
                        parser.stmt_list(true);
                        if parser.tok.span.start == before {
                            parser.advance();
                        }
                        continue;
                    }
                    match clause(parser, start) {
                        Ok(clause) => clauses.push(clause),
                        Err(Failed) => {
                            parser.resync(start);
                            parser.stmt_list(true);
                        }
                    }
                }
                parser.close_block(open);
                Ok(clauses)
            })
        });
        self.in_clause = outer_clause;
        result
    }

    /// Parses something between `case` and its `:`.
    fn until_colon<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        self.colon_ends = true;
        let result = parse(self);
        self.colon_ends = false;
        result
    }

    /// Takes a `default`, and reports the second one.
    fn default_clause(&mut self, has_default: &mut bool) {
        if *has_default {
            let message = "more than one 'default'";
            self.report(Diagnostic::error(Code::BadClause, self.tok.span, message));
        }
        *has_default = true;
        self.advance();
    }

    /// What follows the `case` of a `select`.
    #[inline(never)]
    fn comm(&mut self) -> Parse<Comm> {
        if self.is(TokenKind::Arrow) {
            // `<-a:` receives from a, but `<-a <- e:` sends to what is received from a.
            let mark = self.mark();
            let pos = self.tok.span.start;
            self.advance();
            let channel = self.expr()?;
            if !self.is(TokenKind::Arrow) {
                return Ok(Comm::Receive { bind: CommBind::Nothing, channel, pos });
            }
            self.reset(mark);
        }
        let mut list = self.expr_list()?;
        let start = list[0].span.start;
        let span = self.since(start);
        let bind = match self.tok.kind {
            TokenKind::Arrow if list.len() == 1 && !self.tok.starts_line => {
                let pos = self.tok.span.start;
                self.advance();
                let value = self.expr()?;
                let channel = list.remove(0);
                return Ok(Comm::Send { channel, value, pos });
            }
            TokenKind::ColonEq => CommBind::Define(self.declared_names(list)?),
            TokenKind::Eq => CommBind::Assign(self.targets(list)?),
            _ => {
                let diagnostic = self.unexpected_diagnostic("a receive or a send in a clause of 'select'");
                return Err(self.report(diagnostic));
            }
        };
        let targets = match &bind {
            CommBind::Nothing => 0,
            CommBind::Define(names) => names.len(),
            CommBind::Assign(targets) => targets.len(),
        };
        if targets > 2 {
            let message = "a receive has at most two targets";
            self.report(Diagnostic::error(Code::BadClause, span, message));
        }
        self.advance();
        let pos = self.tok.span.start;
        self.expect(TokenKind::Arrow, "in a clause of 'select'")?;
        Ok(Comm::Receive { bind, channel: self.expr()?, pos })
    }

    /// Reports a `break` or `continue` that has nothing to apply to.
    pub(super) fn check_jump(&mut self, token: Token, label: Option<Ident>) {
        let is_continue = token.kind == TokenKind::Continue;
        let word = if is_continue { "continue" } else { "break" };
        let applies = |control: &Control| control.is_loop || !is_continue;
        let Some(label) = label else {
            if !self.function().controls.iter().any(applies) {
                let what = if is_continue { "a loop" } else { "a loop, 'switch' or 'select'" };
                let mut diagnostic =
                    Diagnostic::error(Code::JumpOutside, token.span, format!("'{word}' outside {what}"));
                if self.functions.iter().any(|function| function.controls.iter().any(applies)) {
                    diagnostic.help =
                        Some("it cannot leave the function it stands in; use 'return'".to_owned());
                }
                self.report(diagnostic);
            }
            return;
        };
        let text = self.interner.text(label.name).to_owned();
        let has_label = |control: &&Control| control.label == Some(label.name);
        let found = self.function().controls.iter().rev().find(has_label).copied();
        let diagnostic = match found {
            Some(control) if applies(&control) => return,
            Some(_) => {
                let message = format!("cannot continue '{text}', which is not a loop");
                Diagnostic::error(Code::UnknownLabel, label.span, message)
            }
            None => {
                let message = format!("no statement around this '{word}' has the label '{text}'");
                let mut diagnostic = Diagnostic::error(Code::UnknownLabel, label.span, message);
                if self
                    .functions
                    .iter()
                    .any(|function| function.controls.iter().any(|control| has_label(&control)))
                {
                    diagnostic.help = Some("the label is outside the function this stands in".to_owned());
                } else {
                    let interner = &self.interner;
                    let labels = self.functions.iter().flat_map(|function| &function.controls);
                    let labels = labels.filter_map(|control| control.label).map(|name| interner.text(name));
                    diagnostic.help =
                        suggest::closest(&text, labels).map(|label| format!("there is a label '{label}'"));
                }
                diagnostic
            }
        };
        self.report(diagnostic);
    }
}

/// Goes behind the bracket that closes the one just taken.
fn skip_group(ahead: &mut Lexer<'_>) -> bool {
    let mut depth = 1;
    loop {
        match ahead.next().kind {
            TokenKind::LParen | TokenKind::LBracket | TokenKind::LBrace => depth += 1,
            TokenKind::RParen | TokenKind::RBracket | TokenKind::RBrace => {
                depth -= 1;
                if depth == 0 {
                    return true;
                }
            }
            TokenKind::Eof => return false,
            _ => {}
        }
    }
}

/// Whether an operand can begin with this token, and nothing can continue a name with it.
pub(super) fn starts_operand(kind: TokenKind) -> bool {
    use TokenKind as T;
    matches!(
        kind,
        T::Name
            | T::Number
            | T::Str
            | T::RawStr
            | T::True
            | T::False
            | T::Nil
            | T::Func
            | T::Hash
            | T::Bang
            | T::Ellipsis
    )
}
