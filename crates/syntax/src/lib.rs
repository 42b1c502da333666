//! GScript's front end: source text to tokens, tokens to a syntax tree, and the diagnostics of both.
//!
//! The one idea: the source text stays in memory and everything else points into it by byte offset. The lexer makes
//! tokens on demand without allocating, the parser is one recursive-descent pass over them with at most a few tokens of
//! look-ahead, and an error is data ([`diagnostic::Diagnostic`]) that a single renderer turns into text.
//!
//! This crate knows no scopes: whether a name is a local, an upvalue or a global is the compiler's business, as is
//! anything that counts registers. [`ast`] lists which checks have been made when a parse succeeds.

#![forbid(unsafe_code)]

pub mod ast;
pub mod diagnostic;
pub mod interner;
mod lexer;
mod literal;
pub mod number;
mod parser;
pub mod span;
pub mod suggest;
pub mod token;

#[cfg(test)]
mod tests;

use diagnostic::{Diagnostic, Severity};
use interner::Interner;
use span::Source;
use token::Token;

/// How deep brackets, blocks, function bodies, headers, unary operators and right operands of `**` may nest, all counted
/// together.
///
/// The language asks for 200 levels of any construct; a level of `f(func() { ... })` counts twice, hence the double and
/// a little. The parser, the printer and dropping a tree each need less than 1.25 MiB of stack for it in every build
/// profile (a test holds them to that).
pub const MAX_NESTING: u32 = 420;

/// How a text is to be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As a chunk.
    #[default]
    Chunk,
    /// As interactive input: a chunk whose last statement may be any expression list, which it then returns.
    Repl,
}

/// What a parse gives.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The tree. With errors in `diagnostics` it holds what could be understood.
    pub chunk: ast::Chunk,
    /// The names in the tree.
    pub interner: Interner,
    /// What is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Whether the chunk must be rejected.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether the text is right as far as it goes, and more of it could make it a chunk.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.diagnostics
            .iter()
            .find(|diagnostic| diagnostic.severity == Severity::Error)
            .is_some_and(|first| first.is_incomplete)
    }
}

/// Parses a chunk.
#[must_use]
pub fn parse(source: &Source) -> Parsed {
    parser::parse(source, Mode::Chunk)
}

/// Parses a text in the given mode.
#[must_use]
pub fn parse_mode(source: &Source, mode: Mode) -> Parsed {
    parser::parse(source, mode)
}

/// All tokens of a text, comments included, with the end of the text as the last one; and the lexical errors.
#[must_use]
pub fn lex(source: &Source) -> (Vec<Token>, Vec<Diagnostic>) {
    lexer::lex_all(source.text())
}
