//! Expressions.
//!
//! The one idea: operators are parsed by climbing from level to level, but each run of one level becomes one flat node,
//! so the length of a chain costs neither stack nor depth of the tree.

use super::{Failed, Parse, Parser};
use crate::ast::{
    BinaryOp, Chain, Concat, Expr, ExprKind, Field, FieldKey, Func, Link, MakeChan, MethodCall, Receive,
    Suffix, SuffixKind, Suffixed, Unary, UnaryOp, VarargIndex, Variadic,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::literal;
use crate::number::{self, Number};
use crate::parser::Function;
use crate::span::Span;
use crate::token::{Token, TokenKind};

/// The loosest level, that of `||`; the levels are those of the language's table.
const OR: u8 = 1;
const AND: u8 = 2;
const COMPARE: u8 = 3;
const CONCAT: u8 = 4;
const ADD: u8 = 5;
const MULTIPLY: u8 = 6;
const POWER: u8 = 7;

/// The level of a binary operator, 0 for other tokens.
fn level(kind: TokenKind) -> u8 {
    use TokenKind as T;
    match kind {
        T::PipePipe => OR,
        T::AmpAmp => AND,
        T::EqEq | T::BangEq | T::Lt | T::LtEq | T::Gt | T::GtEq => COMPARE,
        T::DotDot => CONCAT,
        T::Plus | T::Minus | T::Pipe | T::Caret => ADD,
        T::Star | T::Slash | T::Percent | T::LtLt | T::GtGt | T::Amp | T::AmpCaret => MULTIPLY,
        T::StarStar => POWER,
        _ => 0,
    }
}

/// The operator of a [`Chain`].
pub(super) fn binary_op(kind: TokenKind) -> Option<BinaryOp> {
    use TokenKind as T;
    Some(match kind {
        T::Plus => BinaryOp::Add,
        T::Minus => BinaryOp::Sub,
        T::Star => BinaryOp::Mul,
        T::Slash => BinaryOp::Div,
        T::Percent => BinaryOp::Mod,
        T::StarStar => BinaryOp::Pow,
        T::Amp => BinaryOp::BitAnd,
        T::Pipe => BinaryOp::BitOr,
        T::Caret => BinaryOp::BitXor,
        T::AmpCaret => BinaryOp::BitClear,
        T::LtLt => BinaryOp::Shl,
        T::GtGt => BinaryOp::Shr,
        T::EqEq => BinaryOp::Eq,
        T::BangEq => BinaryOp::Ne,
        T::Lt => BinaryOp::Lt,
        T::LtEq => BinaryOp::Le,
        T::Gt => BinaryOp::Gt,
        T::GtEq => BinaryOp::Ge,
        _ => return None,
    })
}

impl Parser<'_> {
    /// One expression.
    pub(super) fn expr(&mut self) -> Parse<Expr> {
        self.binary(OR)
    }

    /// One or more expressions.
    pub(super) fn expr_list(&mut self) -> Parse<Vec<Expr>> {
        let mut list = vec![self.expr()?];
        while self.eat(TokenKind::Comma) {
            list.push(self.expr()?);
        }
        Ok(list)
    }

    /// An expression of operators of level `min` and tighter.
    fn binary(&mut self, min: u8) -> Parse<Expr> {
        let mut left = self.unary()?;
        loop {
            if self.is(TokenKind::Name) {
                self.foreign_operator();
            }
            let level = level(self.tok.kind);
            // Other tokens have level 0.
            if level < min {
                return Ok(left);
            }
            left = self.run(left, level)?;
        }
    }

    /// Continues `left` with all operators of `level` that follow.
    #[inline(never)]
    fn run(&mut self, left: Expr, level: u8) -> Parse<Expr> {
        let start = left.span.start;
        let kind = match level {
            OR | AND => {
                let mut operands = vec![left];
                while self::level(self.tok.kind) == level {
                    self.advance();
                    operands.push(self.binary(level + 1)?);
                    self.foreign_operator();
                }
                if level == OR { ExprKind::Or(operands) } else { ExprKind::And(operands) }
            }
            CONCAT => {
                let mut concat = Concat { operands: vec![left], positions: Vec::new() };
                while self.is(TokenKind::DotDot) {
                    concat.positions.push(self.tok.span.start);
                    self.advance();
                    concat.operands.push(self.binary(CONCAT + 1)?);
                }
                ExprKind::Concat(Box::new(concat))
            }
            _ => {
                let mut rest = Vec::with_capacity(1);
                while let Some(op) = binary_op(self.tok.kind).filter(|_| self::level(self.tok.kind) == level)
                {
                    let pos = self.tok.span.start;
                    self.advance();
                    let operand = if level == POWER {
                        // Associates to the right, so the operand takes all that follow.
                        self.nested(|parser| parser.binary(POWER))?
                    } else {
                        self.binary(level + 1)?
                    };
                    rest.push(Link { op, pos, operand });
                }
                ExprKind::Binary(Box::new(Chain { first: left, rest }))
            }
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    fn unary(&mut self) -> Parse<Expr> {
        match self.tok.kind {
            TokenKind::Minus => self.prefixed(UnaryOp::Neg),
            TokenKind::Bang => self.prefixed(UnaryOp::Not),
            TokenKind::Hash => self.prefixed(UnaryOp::Len),
            TokenKind::Caret => self.prefixed(UnaryOp::BitNot),
            TokenKind::Arrow => self.receive(),
            _ => self.suffixed(),
        }
    }

    /// A prefix operator, the token in hand, and its operand.
    #[inline(never)]
    fn prefixed(&mut self, op: UnaryOp) -> Parse<Expr> {
        let pos = self.tok.span.start;
        self.advance();
        let operand = self.nested(Self::unary)?;
        let kind = if op == UnaryOp::Len && matches!(operand.kind, ExprKind::Vararg) {
            ExprKind::VarargLen
        } else {
            ExprKind::Unary(Box::new(Unary { op, pos, operand }))
        };
        Ok(Expr { kind, span: self.since(pos) })
    }

    #[inline(never)]
    fn receive(&mut self) -> Parse<Expr> {
        let pos = self.tok.span.start;
        self.advance();
        let channel = self.nested(Self::unary)?;
        Ok(Expr { kind: ExprKind::Receive(Box::new(Receive { channel, pos })), span: self.since(pos) })
    }

    fn suffixed(&mut self) -> Parse<Expr> {
        let base = self.primary()?;
        match self.tok.kind {
            TokenKind::Dot | TokenKind::LBracket | TokenKind::LParen => self.suffixes(base),
            TokenKind::Colon if !self.colon_ends => self.suffixes(base),
            _ => Ok(base),
        }
    }

    /// One or more suffixes behind `base`.
    #[inline(never)]
    fn suffixes(&mut self, base: Expr) -> Parse<Expr> {
        let mut suffixes = Vec::with_capacity(1);
        loop {
            let open = self.tok.span;
            let kind = match self.tok.kind {
                TokenKind::Dot => {
                    self.advance();
                    SuffixKind::Field(self.word("a field name after '.'")?)
                }
                TokenKind::LBracket => {
                    self.advance();
                    let key = self.inside(Self::expr)?;
                    self.expect_close(TokenKind::RBracket, open, "']'")?;
                    SuffixKind::Index(key)
                }
                TokenKind::LParen => SuffixKind::Call(self.args()?),
                TokenKind::Colon if !self.colon_ends => SuffixKind::Method(self.method()?),
                _ => break,
            };
            suffixes.push(Suffix { kind, pos: open.start, end: self.prev.span.end });
        }
        let span = self.since(base.span.start);
        Ok(Expr { kind: ExprKind::Suffixed(Box::new(Suffixed { base, suffixes })), span })
    }

    /// `:name(args)`; the token in hand is the `:`.
    #[inline(never)]
    fn method(&mut self) -> Parse<Box<MethodCall>> {
        self.advance();
        if self.in_clause && !self.tok.kind.is_word() {
            let diagnostic = self.unexpected_diagnostic("a method name after ':'");
            let help =
                "':' ends the list of a 'case'; a method call there stands in parentheses: 'case (o:m()):'";
            return Err(self.report(diagnostic.with_help(help)));
        }
        let name = self.word("a method name after ':'")?;
        let pos = self.tok.span.start;
        if !self.is(TokenKind::LParen) {
            return Err(self.unexpected("'(' after the method name"));
        }
        Ok(Box::new(MethodCall { name, pos, args: self.args()? }))
    }

    /// Arguments with their parentheses; the token in hand is the `(`.
    #[inline(never)]
    fn args(&mut self) -> Parse<Vec<Expr>> {
        let open = self.tok.span;
        self.advance();
        let args = self.inside(|parser| {
            let mut args = Vec::new();
            while !parser.is(TokenKind::RParen) {
                args.push(parser.expr()?);
                if !parser.eat(TokenKind::Comma) {
                    break;
                }
            }
            Ok(args)
        })?;
        let what = if args.is_empty() { "an argument or ')'" } else { "',' or ')'" };
        self.expect_close(TokenKind::RParen, open, what)?;
        Ok(args)
    }

    fn primary(&mut self) -> Parse<Expr> {
        let token = self.tok;
        let kind = match token.kind {
            TokenKind::Name => {
                if token.span.end - token.span.start == 4 && self.is_make_chan() {
                    return self.make_chan();
                }
                ExprKind::Name(self.ident(token).name)
            }
            TokenKind::Number => self.number(token),
            TokenKind::Str | TokenKind::RawStr => ExprKind::Str(self.string(token)),
            TokenKind::True => ExprKind::True,
            TokenKind::False => ExprKind::False,
            TokenKind::Nil => ExprKind::Nil,
            TokenKind::Ellipsis => return self.vararg(),
            TokenKind::LParen => return self.parenthesised(),
            TokenKind::Func => return self.func_literal(),
            TokenKind::LBrace => return self.table(),
            _ => return Err(self.unexpected("an expression")),
        };
        self.advance();
        Ok(Expr { kind, span: token.span })
    }

    #[inline(never)]
    fn number(&self, token: Token) -> ExprKind {
        let text = token.of(self.text);
        match number::scan(text, 0, true).class.map(|class| number::value(text, class)) {
            Some(Number::Int(value)) => ExprKind::Int(value),
            Some(Number::Float(value)) => ExprKind::Float(value),
            // Malformed, which has been reported.
            None => ExprKind::Int(0),
        }
    }

    /// The bytes a string token stands for.
    #[inline(never)]
    fn string(&mut self, token: Token) -> Box<[u8]> {
        let text = token.of(self.text);
        let quote = text[0];
        // An unterminated literal has no closing quote; it has been reported.
        let body = &text[1..];
        let body = body.strip_suffix(&[quote]).unwrap_or(body);
        if token.kind == TokenKind::RawStr {
            return literal::decode_raw(body);
        }
        let mut too_large = Vec::new();
        let bytes = literal::decode_quoted(body, token.span.start + 1, &mut too_large);
        for span in too_large {
            let near = String::from_utf8_lossy(span.of(self.text)).into_owned();
            let diagnostic = Diagnostic::error(Code::CodePointTooLarge, span, "code point above 10FFFF");
            self.report(diagnostic.with_near(near));
        }
        bytes
    }

    /// `...` or `...[e]`.
    #[inline(never)]
    fn vararg(&mut self) -> Parse<Expr> {
        let token = self.tok;
        if !self.function().is_variadic {
            let message = "'...' outside a variadic function";
            let help = "declare the function with a last parameter '...' or 'name...'";
            let diagnostic = Diagnostic::error(Code::VarargOutside, token.span, message);
            self.report(diagnostic.with_help(help));
        }
        self.advance();
        let open = self.tok.span;
        let kind = if self.eat(TokenKind::LBracket) {
            let index = self.inside(Self::expr)?;
            self.expect_close(TokenKind::RBracket, open, "']'")?;
            ExprKind::VarargIndex(Box::new(VarargIndex { index, pos: open.start }))
        } else {
            ExprKind::Vararg
        };
        Ok(Expr { kind, span: self.since(token.span.start) })
    }

    #[inline(never)]
    fn parenthesised(&mut self) -> Parse<Expr> {
        let open = self.tok.span;
        self.advance();
        let inner = self.inside(Self::expr)?;
        self.expect_close(TokenKind::RParen, open, "')'")?;
        Ok(Expr { kind: ExprKind::Paren(Box::new(inner)), span: self.since(open.start) })
    }

    /// Whether the name in hand begins `make(chan`.
    fn is_make_chan(&mut self) -> bool {
        if !self.is_name("make") {
            return false;
        }
        let paren = self.peek();
        paren.kind == TokenKind::LParen && self.ahead_of(paren).next().kind == TokenKind::Chan
    }

    #[inline(never)]
    fn make_chan(&mut self) -> Parse<Expr> {
        let start = self.tok.span.start;
        self.advance();
        let open = self.tok.span;
        self.advance();
        self.advance();
        let mut capacity = None;
        if self.eat(TokenKind::Comma) {
            capacity = Some(self.inside(Self::expr)?);
        }
        let what = if capacity.is_some() { "')'" } else { "',' or ')' after 'chan'" };
        self.expect_close(TokenKind::RParen, open, what)?;
        let kind = ExprKind::MakeChan(Box::new(MakeChan { capacity, pos: open.start }));
        Ok(Expr { kind, span: self.since(start) })
    }

    #[inline(never)]
    fn func_literal(&mut self) -> Parse<Expr> {
        let start = self.tok.span.start;
        self.advance();
        let func = Box::new(self.func(start, None, false)?);
        let span = func.span;
        Ok(Expr { kind: ExprKind::Func(func), span })
    }

    /// Parameters and body of a function; what stands before them has been taken and began at `start`.
    #[inline(never)]
    pub(super) fn func(&mut self, start: u32, name: Option<Box<str>>, has_self: bool) -> Parse<Func> {
        let mut params = Vec::new();
        let mut variadic = Variadic::No;
        if self.params(&mut params, &mut variadic).is_err() && !self.skip_to_brace() {
            self.foreign_blocks += 1;
            return Err(Failed);
        }
        self.functions.push(Function { is_variadic: variadic != Variadic::No, controls: Vec::new() });
        let body = self.block("before the function's body");
        self.functions.pop();
        let body = body?;
        Ok(Func { name, hint: None, has_self, params, variadic, body, span: self.since(start) })
    }

    #[inline(never)]
    fn params(&mut self, params: &mut Vec<crate::ast::Ident>, variadic: &mut Variadic) -> Parse<()> {
        let open = self.tok.span;
        self.expect(TokenKind::LParen, "before the parameters")?;
        while !self.is(TokenKind::RParen) {
            if self.eat(TokenKind::Ellipsis) {
                *variadic = Variadic::Yes;
            } else {
                let name = self.name("a parameter name")?;
                if self.eat(TokenKind::Ellipsis) {
                    *variadic = Variadic::Named(name);
                } else {
                    params.push(name);
                }
            }
            // Nothing but a comma may follow `...`.
            if !self.eat(TokenKind::Comma) || *variadic != Variadic::No {
                break;
            }
        }
        let what =
            if *variadic == Variadic::No { "',' or ')' after the parameter" } else { "')' after '...'" };
        self.expect_close(TokenKind::RParen, open, what)
    }

    /// A table literal; the token in hand is the `{`.
    #[inline(never)]
    fn table(&mut self) -> Parse<Expr> {
        let open = self.tok.span;
        self.advance();
        let mut fields = Vec::new();
        let result = self.inside(|parser| {
            while !matches!(parser.tok.kind, TokenKind::RBrace | TokenKind::Eof) {
                fields.push(parser.field()?);
                if matches!(parser.tok.kind, TokenKind::Comma | TokenKind::Semicolon) {
                    parser.advance();
                }
            }
            Ok(())
        });
        if result.is_err() {
            // What was wrong has been reported; behind the matching brace the program may well be right.
            if !self.skip_to_table_close() {
                return Err(Failed);
            }
        } else {
            self.expect_close(TokenKind::RBrace, open, "'}'")?;
        }
        Ok(Expr { kind: ExprKind::Table(fields), span: self.since(open.start) })
    }

    #[inline(never)]
    fn field(&mut self) -> Parse<Field> {
        let token = self.tok;
        let start = token.span.start;
        let key = match token.kind {
            TokenKind::LBracket => {
                self.advance();
                let key = self.inside(Self::expr)?;
                self.expect_close(TokenKind::RBracket, token.span, "']'")?;
                self.expect(TokenKind::Colon, "after the key")?;
                FieldKey::Expr(Box::new(key), start)
            }
            TokenKind::Str | TokenKind::RawStr if self.peek().kind == TokenKind::Colon => {
                let text = self.string(token);
                self.advance();
                self.advance();
                FieldKey::Str(text)
            }
            kind if kind.is_word() && self.peek().kind == TokenKind::Colon => {
                let ident = self.ident(token);
                self.advance();
                self.advance();
                FieldKey::Name(ident)
            }
            _ => FieldKey::Positional,
        };
        let mut value = self.expr()?;
        if let FieldKey::Name(ident) = key {
            set_hint(&mut value, ident.name);
        }
        if self.is(TokenKind::Eq) {
            let diagnostic = self.unexpected_diagnostic("',' or '}'");
            return Err(self.report(diagnostic.with_help("the fields of a table are written 'key: value'")));
        }
        Ok(Field { key, value, span: self.since(start) })
    }
}

/// Tells a function literal what it is assigned to.
pub(super) fn set_hint(value: &mut Expr, name: crate::ast::Name) {
    if let ExprKind::Func(func) = &mut value.kind {
        func.hint = Some(name);
    }
}

/// The value that the remaining suffixes of a [`Suffixed`] leave.
pub(super) fn prefix(base: Expr, suffixes: Vec<Suffix>) -> Expr {
    match suffixes.last() {
        None => base,
        Some(last) => {
            let span = Span::new(base.span.start, last.end);
            Expr { kind: ExprKind::Suffixed(Box::new(Suffixed { base, suffixes })), span }
        }
    }
}
