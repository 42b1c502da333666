//! Tokens: a kind and a place, nothing else.
//!
//! The one idea: a token owns no text. What a name or literal says is read from the source when the parser wants it, so
//! making a token allocates nothing. Contextual words (`const`, `defer`, `select`, `switch`, `case`, `default`) are names
//! here; the parser alone knows when they are more.

use crate::span::Span;

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Whether it is the first token on its line.
    pub starts_line: bool,
    /// Where it stands.
    pub span: Span,
}

macro_rules! tokens {
    (
        classes { $($(#[doc = $class_doc:literal])+ $class:ident = $class_text:literal,)* }
        words { $($word:ident = $word_text:literal,)* }
        marks { $($mark:ident = $mark_text:literal,)* }
    ) => {
        /// The kinds of tokens.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum TokenKind {
            $($(#[doc = $class_doc])+ $class,)*
            $(#[doc = concat!("`", $word_text, "`.")] $word,)*
            $(#[doc = concat!("`", $mark_text, "`.")] $mark,)*
        }

        impl TokenKind {
            /// The token as messages name it: `'+'`, `name`.
            #[must_use]
            pub fn describe(self) -> &'static str {
                match self {
                    $(TokenKind::$class => $class_text,)*
                    $(TokenKind::$word => concat!("'", $word_text, "'"),)*
                    $(TokenKind::$mark => concat!("'", $mark_text, "'"),)*
                }
            }

            /// Whether this is a reserved word.
            #[must_use]
            pub fn is_reserved(self) -> bool {
                matches!(self, $(TokenKind::$word)|*)
            }

            /// Whether this is any word: reserved or a name.
            #[must_use]
            pub fn is_word(self) -> bool {
                self == TokenKind::Name || self.is_reserved()
            }

            /// The reserved word with this text.
            #[allow(non_upper_case_globals, reason = "the constants are named by the variants")]
            pub(crate) fn reserved(text: &[u8]) -> Option<TokenKind> {
                $(const $word: &[u8] = $word_text.as_bytes();)*
                match text {
                    $($word => Some(TokenKind::$word),)*
                    _ => None,
                }
            }
        }
    };
}

tokens! {
    classes {
        /// The end of the text.
        Eof = "end of file",
        /// A word that is not reserved.
        Name = "name",
        /// A numeral.
        Number = "number",
        /// A string literal in double quotes, or a faulty one in single quotes.
        Str = "string",
        /// A string literal in back quotes.
        RawStr = "raw string",
        /// A comment; the parser never sees one.
        Comment = "comment",
        /// A character with which no token begins.
        Unknown = "unknown character",
    }
    words {
        Break = "break",
        Chan = "chan",
        Continue = "continue",
        Else = "else",
        Elseif = "elseif",
        False = "false",
        For = "for",
        Func = "func",
        Go = "go",
        If = "if",
        In = "in",
        Nil = "nil",
        Range = "range",
        Return = "return",
        True = "true",
        Var = "var",
    }
    marks {
        Plus = "+",
        Minus = "-",
        Star = "*",
        Slash = "/",
        Percent = "%",
        StarStar = "**",
        DotDot = "..",
        Amp = "&",
        Pipe = "|",
        Caret = "^",
        AmpCaret = "&^",
        LtLt = "<<",
        GtGt = ">>",
        Hash = "#",
        Bang = "!",
        AmpAmp = "&&",
        PipePipe = "||",
        Arrow = "<-",
        EqEq = "==",
        BangEq = "!=",
        Lt = "<",
        LtEq = "<=",
        Gt = ">",
        GtEq = ">=",
        Eq = "=",
        ColonEq = ":=",
        PlusPlus = "++",
        MinusMinus = "--",
        LParen = "(",
        RParen = ")",
        LBrace = "{",
        RBrace = "}",
        LBracket = "[",
        RBracket = "]",
        Comma = ",",
        Semicolon = ";",
        Colon = ":",
        Dot = ".",
        Ellipsis = "...",
        PlusEq = "+=",
        MinusEq = "-=",
        StarEq = "*=",
        SlashEq = "/=",
        PercentEq = "%=",
        StarStarEq = "**=",
        DotDotEq = "..=",
        AmpEq = "&=",
        PipeEq = "|=",
        CaretEq = "^=",
        AmpCaretEq = "&^=",
        LtLtEq = "<<=",
        GtGtEq = ">>=",
    }
}

impl Token {
    /// The token's text in its source.
    #[must_use]
    pub fn of(self, text: &[u8]) -> &[u8] {
        self.span.of(text)
    }
}
