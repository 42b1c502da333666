//! What is wrong with a source text, as data.
//!
//! The one idea: whoever finds a problem says what and where; how it looks is decided in [`render`] alone. Every problem
//! has a [`Code`] from one table, which the compiler's checks share.

pub mod render;

use crate::span::Span;

/// A problem, with everything needed to show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of problem.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The text at fault. Its start gives the line and column.
    pub span: Span,
    /// One clause in lower case without a full stop.
    pub message: String,
    /// Other places that matter.
    pub labels: Vec<Label>,
    /// What to do about it, one sentence without a full stop.
    pub help: Option<String>,
    /// The token to show after `near`; none means the one that begins at the start of `span`.
    pub near: Option<String>,
    /// The text ended too early: more of it could remove this error.
    pub is_incomplete: bool,
}

/// A place that explains a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What it has to do with the problem.
    pub message: String,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The chunk is rejected.
    Error,
    /// The chunk runs, but perhaps not as meant.
    Warning,
}

impl Diagnostic {
    /// An error without labels or help.
    #[must_use]
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            span,
            message: message.into(),
            labels: Vec::new(),
            help: None,
            near: None,
            is_incomplete: false,
        }
    }

    /// A warning without labels or help.
    #[must_use]
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn with_label(mut self, span: Span, message: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Sets the token to show.
    #[must_use]
    pub fn with_near(mut self, near: impl Into<String>) -> Diagnostic {
        self.near = Some(near.into());
        self
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $code:ident = $id:literal,)*) => {
        /// The kinds of problems.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $code,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Code] = &[$(Code::$code),*];

            /// The code's stable identifier, such as `E0101`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Code::$code => $id),* }
            }

            /// What the code stands for.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Code::$code => concat!($($doc),+).trim_ascii()),* }
            }
        }
    };
}

codes! {
    /// The source text has 4 GiB or more.
    SourceTooLarge = "E0001",
    /// A character with which no token begins.
    UnexpectedCharacter = "E0002",
    /// Bytes outside strings and comments that are not UTF-8.
    InvalidUtf8 = "E0003",
    /// A numeral that breaks the rules for numerals.
    MalformedNumber = "E0004",
    /// A string literal without its end.
    UnterminatedString = "E0005",
    /// A block comment without its end.
    UnterminatedComment = "E0006",
    /// An escape for a code point above 10FFFF.
    CodePointTooLarge = "E0007",
    /// A string literal in single quotes.
    SingleQuotes = "E0008",

    /// A token that cannot stand where it does.
    UnexpectedToken = "E0101",
    /// A bracket that is never closed.
    UnclosedBracket = "E0102",
    /// An expression where a statement is needed.
    NotAStatement = "E0103",
    /// An assignment to something that is not a variable or a field.
    NotATarget = "E0104",
    /// An assignment where a value is needed.
    AssignmentInExpression = "E0105",
    /// A construct of another language.
    ForeignSyntax = "E0106",
    /// A reserved word where a name is needed.
    ReservedWord = "E0107",
    /// `go` or `defer` without a call.
    NotACall = "E0108",
    /// `const` without a value.
    ConstWithoutValue = "E0109",
    /// More than one `default`, or more than two targets of a receive clause.
    BadClause = "E0110",
    /// `...` in a function that is not variadic.
    VarargOutside = "E0111",
    /// `break` or `continue` outside the statements they apply to.
    JumpOutside = "E0112",
    /// `break` or `continue` with a label that is not there.
    UnknownLabel = "E0113",
    /// A label that is not directly before `for`, `switch` or `select`.
    MisplacedLabel = "E0114",
    /// Nesting beyond the limit.
    TooDeeplyNested = "E0115",
    /// So many errors that parsing stopped.
    TooManyErrors = "E0116",

    /// An assignment to a constant.
    AssignmentToConst = "E0201",
    /// More locals alive at once than a function may have.
    TooManyLocals = "E0202",
    /// More captured variables than a function may have.
    TooManyUpvalues = "E0203",
    /// More values in one list, or an expression of more parts, than a function has registers for.
    TooManyValues = "E0204",
    /// A function too large for its bytecode.
    FunctionTooLarge = "E0205",

    /// A name that is neither a local, nor assigned anywhere, nor built in.
    UndefinedName = "W0301",
    /// A local that is never read.
    UnusedLocal = "W0302",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_unique_and_described() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(Code::ALL[index + 1..].iter().all(|other| other.id() != code.id()), "{code:?}");
            assert!(code.description().ends_with('.') && !code.description().starts_with(' '), "{code:?}");
        }
    }
}
