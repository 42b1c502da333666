//! The syntax tree of one chunk.
//!
//! The one idea: *the depth of the tree is bounded by the nesting that the author wrote with brackets*, never by the
//! length of a chain. Walking or dropping a tree by plain recursion is therefore safe, because the parser rejects
//! nesting beyond [`crate::MAX_NESTING`]. To keep that promise
//!
//! - `a + b - c …` is one [`Chain`] per precedence level, `a .. b .. c` one [`Concat`], `a && b && c` one list;
//! - `a.b[c](d):e(f)` is one [`Suffixed`]: a base and a flat list of suffixes, to be applied from left to right;
//! - an `if … elseif …` chain is one [`If`] with a list of arms.
//!
//! What remains recursive counts towards the limit: brackets of every kind, blocks, function bodies, unary operators and
//! the right operand of `**`.
//!
//! Positions are byte offsets ([`Span`], and [`Pos`] for the one token whose line a run-time error reports: the operator,
//! the `(` of a call, the `.`, `:` or `[` of an index, the `for`). Names are symbols of the chunk's
//! [`Interner`](crate::interner::Interner).
//!
//! # What the parser has already checked
//!
//! A tree from a parse without errors satisfies:
//! - `...`, `#...` and `...[e]` occur only in variadic functions (the main chunk is variadic);
//! - `break` and `continue` stand inside a suitable statement of the same function, and their labels exist there;
//! - the expression of [`StmtKind::Expr`] is a call, method call or receive, parentheses aside; targets are assignable;
//! - `go` and `defer` hold a call; a `switch` or `select` has at most one `default`; a clause of `select` has at most two
//!   targets; `const` has values;
//! - nesting is at most [`crate::MAX_NESTING`], numerals and strings are decoded.
//!
//! # What it leaves to the compiler
//!
//! Everything that needs scopes or counts: which names are locals, upvalues or globals, assignment to a `const`, and the
//! limits on locals, upvalues, arguments and lists.

pub mod print;

pub use crate::interner::Name;
pub use crate::span::{Pos, Span};

/// A whole source file, or one string given to `load`. It is the body of a variadic function without parameters.
#[derive(Debug, Default)]
pub struct Chunk {
    /// The statements, at the top level: outside every block.
    pub body: Vec<Stmt>,
    /// From the first byte of the source to its end.
    pub span: Span,
}

/// A name as written at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The symbol.
    pub name: Name,
    /// Where it stands.
    pub span: Span,
}

/// `{ … }`: a scope of its own.
#[derive(Debug, Default)]
pub struct Block {
    /// The statements in order.
    pub stmts: Vec<Stmt>,
    /// From `{` to `}`, both included. The last byte is the `}`.
    pub span: Span,
}

/// A statement.
#[derive(Debug)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// The whole statement, its label included, without a `;` after it.
    pub span: Span,
}

/// The kinds of statements.
#[derive(Debug)]
pub enum StmtKind {
    /// `{ … }`.
    Block(Block),
    /// `var a, b = e, …`; `values` is empty if there is no `=`.
    ///
    /// Here, in [`StmtKind::Define`] and in [`StmtKind::Assign`], two targets against the single value
    /// [`ExprKind::Receive`] are the form `v, ok := <-ch` (see [`is_receive_pair`]).
    Var {
        /// The new locals.
        names: Vec<Ident>,
        /// The right side, possibly empty.
        values: Vec<Expr>,
    },
    /// `const a, b = e, …`.
    Const {
        /// The new constant locals.
        names: Vec<Ident>,
        /// The right side, never empty.
        values: Vec<Expr>,
    },
    /// `a, b := e, …`: globals at the top level (with the exception of §3), else new locals.
    Define {
        /// What is declared.
        names: Vec<Ident>,
        /// The right side, never empty.
        values: Vec<Expr>,
        /// The `:=`.
        pos: Pos,
    },
    /// `a, t.x, t[i] = e, …`.
    Assign {
        /// The left side, never empty.
        targets: Vec<Target>,
        /// The right side, never empty.
        values: Vec<Expr>,
        /// The `=`.
        pos: Pos,
    },
    /// `target op= e`.
    Compound {
        /// Read and then written; its operands are evaluated once.
        target: Target,
        /// The operator without its `=`.
        op: CompoundOp,
        /// The assignment operator.
        pos: Pos,
        /// The right operand.
        value: Box<Expr>,
    },
    /// `target++` and `target--`, which mean `target += 1` and `target -= 1`.
    Step {
        /// Read and then written; its operands are evaluated once.
        target: Target,
        /// True for `--`.
        decrement: bool,
        /// The `++` or `--`.
        pos: Pos,
    },
    /// `ch <- e`.
    Send {
        /// The channel operand.
        channel: Box<Expr>,
        /// The value to send.
        value: Box<Expr>,
        /// The `<-`.
        pos: Pos,
    },
    /// A call, a method call or a receive, perhaps in parentheses; its values are dropped.
    Expr(Expr),
    /// `func name(…) { … }` and `func a.b:m(…) { … }`.
    Func(Box<FuncDecl>),
    /// `if … elseif … else …`.
    If(Box<If>),
    /// All four forms of `for`.
    For(Box<For>),
    /// `switch`.
    Switch(Box<Switch>),
    /// `select`.
    Select(Box<Select>),
    /// `return e, …`; an expression list whose last call or `...` expands.
    Return(Vec<Expr>),
    /// `break` or `break label`.
    Break(Option<Ident>),
    /// `continue` or `continue label`.
    Continue(Option<Ident>),
    /// `go f(…)` or `go o:m(…)`.
    Go(Box<Call>),
    /// `defer f(…)` or `defer o:m(…)`.
    Defer(Box<Call>),
}

/// The left side of an assignment.
#[derive(Debug)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// The whole target.
    pub span: Span,
}

/// The kinds of assignment targets.
#[derive(Debug)]
pub enum TargetKind {
    /// A variable.
    Name(Name),
    /// `object.name`.
    Field {
        /// The expression before the `.`.
        object: Box<Expr>,
        /// The word after it.
        name: Ident,
        /// The `.`.
        pos: Pos,
    },
    /// `object[key]`.
    Index {
        /// The expression before the `[`.
        object: Box<Expr>,
        /// The expression between the brackets.
        key: Box<Expr>,
        /// The `[`.
        pos: Pos,
    },
}

/// The operators that exist as `op=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompoundOp {
    /// `+ - * / % ** & | ^ &^ << >>`, never a comparison.
    Binary(BinaryOp),
    /// `..`.
    Concat,
}

/// `func a.b.c:m(…) { … }` as a statement.
#[derive(Debug)]
pub struct FuncDecl {
    /// The first name. Alone it is declared or assigned by the rules of §3; otherwise it is only read.
    pub base: Ident,
    /// Each further `.word`, with the position of the `.`.
    pub path: Vec<(Pos, Ident)>,
    /// `:word`, with the position of the `:`. The function then has [`Func::has_self`].
    pub method: Option<(Pos, Ident)>,
    /// The function; its `name` is set.
    pub func: Func,
}

/// A function literal or the function of a declaration.
#[derive(Debug)]
pub struct Func {
    /// The name as declared, `f`, `a.b.c` or `a.b:m`, for tracebacks. None for a literal.
    pub name: Option<Box<str>>,
    /// For a literal: the variable or field it is directly assigned to. For dumps and profiles only; error messages
    /// show literals as `function <FILE:LINE>`.
    pub hint: Option<Name>,
    /// Whether a first parameter `self` precedes `params`.
    pub has_self: bool,
    /// The named parameters, without `self` and without `name...`.
    pub params: Vec<Ident>,
    /// Whether extra arguments are kept, and how.
    pub variadic: Variadic,
    /// The body; its scope is nested in that of the parameters.
    pub body: Block,
    /// From `func` to the `}`.
    pub span: Span,
}

/// What a function does with extra arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variadic {
    /// Drops them.
    No,
    /// `...`: keeps them.
    Yes,
    /// `name...`: keeps them, and declares a local with a new table of them and field `n`.
    Named(Ident),
}

/// `if`, with all its arms.
#[derive(Debug)]
pub struct If {
    /// The `if` and each `elseif` or `else if`, in order; never empty.
    pub arms: Vec<IfArm>,
    /// The final `else`.
    pub else_body: Option<Block>,
}

/// One condition and its block.
#[derive(Debug)]
pub struct IfArm {
    /// The simple statement before `;`. Its scope reaches from here to the end of the whole `if`, later arms included.
    pub init: Option<Stmt>,
    /// The condition, a single value.
    pub cond: Expr,
    /// What runs if it is true.
    pub body: Block,
}

/// A loop.
#[derive(Debug)]
pub struct For {
    /// The label before it.
    pub label: Option<Ident>,
    /// The `for`.
    pub pos: Pos,
    /// What stands between `for` and the body.
    pub header: ForHeader,
    /// The body.
    pub body: Block,
}

/// The four forms of loops.
#[derive(Debug)]
pub enum ForHeader {
    /// `for { }`.
    Forever,
    /// `for cond { }`.
    While(Expr),
    /// `for init; cond; post { }`.
    Clauses {
        /// Runs once, in a scope around the loop. A [`StmtKind::Define`] makes variables that are new per iteration.
        init: Option<Box<Stmt>>,
        /// Evaluated before every iteration; none means true.
        cond: Option<Expr>,
        /// Runs after every iteration.
        post: Option<Box<Stmt>>,
    },
    /// `for a, b := range e, … { }`.
    Range {
        /// The variables; empty for `for range e { }`.
        vars: Vec<Ident>,
        /// The expression list, never empty.
        values: Vec<Expr>,
    },
}

/// `switch`.
#[derive(Debug)]
pub struct Switch {
    /// The label before it.
    pub label: Option<Ident>,
    /// The `switch`.
    pub pos: Pos,
    /// The simple statement before `;`, scoped to the whole switch.
    pub init: Option<Stmt>,
    /// What the case values are compared with; none means that the first true one is chosen.
    pub tag: Option<Expr>,
    /// The clauses as written; at most one has no values.
    pub clauses: Vec<SwitchClause>,
}

/// `case e, …:` or `default:` with its statements, a scope.
#[derive(Debug)]
pub struct SwitchClause {
    /// The case values, each a single value; none for `default`.
    pub values: Option<Vec<Expr>>,
    /// The statements.
    pub body: Vec<Stmt>,
    /// From `case` or `default` to the end of the last statement.
    pub span: Span,
}

/// `select`.
#[derive(Debug)]
pub struct Select {
    /// The label before it.
    pub label: Option<Ident>,
    /// The `select`.
    pub pos: Pos,
    /// The clauses as written; at most one is [`Comm::Default`].
    pub clauses: Vec<SelectClause>,
}

/// One clause of `select`, a scope.
#[derive(Debug)]
pub struct SelectClause {
    /// The operation.
    pub comm: Comm,
    /// The statements.
    pub body: Vec<Stmt>,
    /// From `case` or `default` to the end of the last statement.
    pub span: Span,
}

/// What a clause of `select` waits for.
#[derive(Debug)]
pub enum Comm {
    /// `case <-ch:`, `case v, ok := <-ch:`, `case t.x = <-ch:`.
    Receive {
        /// Where the value (and whether it was sent) goes.
        bind: CommBind,
        /// The channel operand.
        channel: Expr,
        /// The `<-`.
        pos: Pos,
    },
    /// `case ch <- e:`.
    Send {
        /// The channel operand.
        channel: Expr,
        /// The value to send.
        value: Expr,
        /// The `<-`.
        pos: Pos,
    },
    /// `default:`.
    Default,
}

/// The targets of a receive clause.
#[derive(Debug)]
pub enum CommBind {
    /// None: the value is dropped.
    Nothing,
    /// `v :=` or `v, ok :=`: one or two new locals of the clause.
    Define(Vec<Ident>),
    /// `t =` or `t, u =`: one or two targets.
    Assign(Vec<Target>),
}

/// The call of a `go` or `defer`, taken apart.
#[derive(Debug)]
pub struct Call {
    /// What is called.
    pub callee: Callee,
    /// The arguments, an expression list.
    pub args: Vec<Expr>,
    /// The `(` of the arguments.
    pub pos: Pos,
    /// The whole call, without parentheses around it.
    pub span: Span,
}

/// What a [`Call`] calls.
#[derive(Debug)]
pub enum Callee {
    /// The value of an expression.
    Func(Expr),
    /// `object:name`.
    Method {
        /// Evaluated once; also the first argument.
        object: Expr,
        /// The method's name.
        name: Ident,
        /// The `:`.
        pos: Pos,
    },
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The whole expression.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Debug)]
pub enum ExprKind {
    /// `nil`.
    Nil,
    /// `true`.
    True,
    /// `false`.
    False,
    /// An integer numeral.
    Int(i64),
    /// A float numeral.
    Float(f64),
    /// A string literal, decoded.
    Str(Box<[u8]>),
    /// A variable.
    Name(Name),
    /// `...`: the extra arguments. Several values at the end of a list, else one.
    Vararg,
    /// `#...`: their number.
    VarargLen,
    /// `...[e]`: the e-th, counted from 1.
    VarargIndex(Box<VarargIndex>),
    /// `(e)`: exactly one value.
    Paren(Box<Expr>),
    /// `- ! # ^` before an operand.
    Unary(Box<Unary>),
    /// `<-ch` as an operand or a value.
    Receive(Box<Receive>),
    /// Left-associative operators of one level, or one `**`.
    Binary(Box<Chain>),
    /// `a .. b .. c`, associating to the right.
    Concat(Box<Concat>),
    /// `a && b && c`; at least two operands.
    And(Vec<Expr>),
    /// `a || b || c`; at least two operands.
    Or(Vec<Expr>),
    /// Fields, indices, calls and method calls applied to a base.
    Suffixed(Box<Suffixed>),
    /// `func(…) { … }`.
    Func(Box<Func>),
    /// `{ … }`.
    Table(Vec<Field>),
    /// `make(chan)` or `make(chan, capacity)`.
    MakeChan(Box<MakeChan>),
}

/// `...[e]`.
#[derive(Debug)]
pub struct VarargIndex {
    /// The number of the argument wanted.
    pub index: Expr,
    /// The `[`.
    pub pos: Pos,
}

/// A prefix operator and its operand.
#[derive(Debug)]
pub struct Unary {
    /// The operator.
    pub op: UnaryOp,
    /// The operator's position.
    pub pos: Pos,
    /// Its operand.
    pub operand: Expr,
}

/// Prefix operators other than `<-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`.
    Neg,
    /// `!`.
    Not,
    /// `#`.
    Len,
    /// `^`.
    BitNot,
}

/// `<-ch`.
#[derive(Debug)]
pub struct Receive {
    /// The channel operand.
    pub channel: Expr,
    /// The `<-`.
    pub pos: Pos,
}

/// `first op operand op operand …`: all operators have the same precedence level and associate to the left:
/// the value so far is the left operand of each link. A link with [`BinaryOp::Pow`] is always the only one of its chain.
#[derive(Debug)]
pub struct Chain {
    /// The leftmost operand.
    pub first: Expr,
    /// The operators and right operands in order; never empty.
    pub rest: Vec<Link>,
}

/// One operator of a [`Chain`] and its right operand.
#[derive(Debug)]
pub struct Link {
    /// The operator.
    pub op: BinaryOp,
    /// The operator's position.
    pub pos: Pos,
    /// The right operand.
    pub operand: Expr,
}

/// Binary operators other than `..`, `&&` and `||`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`.
    Add,
    /// `-`.
    Sub,
    /// `*`.
    Mul,
    /// `/`.
    Div,
    /// `%`.
    Mod,
    /// `**`.
    Pow,
    /// `&`.
    BitAnd,
    /// `|`.
    BitOr,
    /// `^`.
    BitXor,
    /// `&^`.
    BitClear,
    /// `<<`.
    Shl,
    /// `>>`.
    Shr,
    /// `==`.
    Eq,
    /// `!=`.
    Ne,
    /// `<`.
    Lt,
    /// `<=`.
    Le,
    /// `>`.
    Gt,
    /// `>=`.
    Ge,
}

/// `a .. b .. c`: operands are evaluated from left to right, then joined from right to left.
#[derive(Debug)]
pub struct Concat {
    /// At least two.
    pub operands: Vec<Expr>,
    /// The `..` before `operands[i + 1]` is `positions[i]`.
    pub positions: Vec<Pos>,
}

/// A base and the suffixes applied to it, from left to right. `f(x)` is base `f` with one [`SuffixKind::Call`].
///
/// The whole gives several values where an expression list allows it if the last suffix is a call or method call. A base
/// of `...` followed by anything but `[` counts as its first value. The value to which suffix `i` applies is `base` with
/// the suffixes before `i`.
#[derive(Debug)]
pub struct Suffixed {
    /// Any primary expression, never itself a [`ExprKind::Suffixed`] (parentheses make it [`ExprKind::Paren`]).
    pub base: Expr,
    /// At least one.
    pub suffixes: Vec<Suffix>,
}

/// One suffix.
#[derive(Debug)]
pub struct Suffix {
    /// What it does.
    pub kind: SuffixKind,
    /// The `.`, `[`, `:`, or for a call the `(`.
    pub pos: Pos,
    /// The offset behind its last byte.
    pub end: u32,
}

/// The kinds of suffixes.
#[derive(Debug)]
pub enum SuffixKind {
    /// `.name`.
    Field(Ident),
    /// `[key]`.
    Index(Expr),
    /// `(args)`.
    Call(Vec<Expr>),
    /// `:name(args)`: the object is evaluated once and is the first argument.
    Method(Box<MethodCall>),
}

/// `:name(args)`.
#[derive(Debug)]
pub struct MethodCall {
    /// The method's name.
    pub name: Ident,
    /// The `(`: the line of an error in the call. That of the look-up is [`Suffix::pos`], the `:`.
    pub pos: Pos,
    /// The arguments without the object.
    pub args: Vec<Expr>,
}

/// A field of a table literal.
#[derive(Debug)]
pub struct Field {
    /// How its key is given.
    pub key: FieldKey,
    /// Its value. In the last field, if positional, a call or `...` gives all its values.
    pub value: Expr,
    /// From the key, if there is one, to the end of the value.
    pub span: Span,
}

/// How the key of a field is given.
#[derive(Debug)]
pub enum FieldKey {
    /// Not at all: numbered among the positional fields.
    Positional,
    /// `word: e`.
    Name(Ident),
    /// `"text": e`.
    Str(Box<[u8]>),
    /// `[key]: e`; the position is that of the `[`.
    Expr(Box<Expr>, Pos),
}

/// `make(chan)` or `make(chan, capacity)`.
#[derive(Debug)]
pub struct MakeChan {
    /// The capacity; none means unbuffered.
    pub capacity: Option<Expr>,
    /// The `(`.
    pub pos: Pos,
}

impl Expr {
    /// The expression inside all parentheses.
    #[must_use]
    pub fn unparenthesised(&self) -> &Expr {
        let mut expr = self;
        while let ExprKind::Paren(inner) = &expr.kind {
            expr = inner;
        }
        expr
    }

    /// Whether this is a call or method call (not one in parentheses).
    #[must_use]
    pub fn is_call(&self) -> bool {
        match &self.kind {
            ExprKind::Suffixed(suffixed) => {
                matches!(
                    suffixed.suffixes.last(),
                    Some(Suffix { kind: SuffixKind::Call(_) | SuffixKind::Method(_), .. })
                )
            }
            _ => false,
        }
    }

    /// Whether this gives any number of values at the end of an expression list: a call or `...`, not parenthesised.
    #[must_use]
    pub fn is_multi(&self) -> bool {
        matches!(self.kind, ExprKind::Vararg) || self.is_call()
    }
}

/// Whether `values` against `targets` targets is the form `v, ok := <-ch`.
#[must_use]
pub fn is_receive_pair(targets: usize, values: &[Expr]) -> bool {
    targets == 2 && matches!(values, [Expr { kind: ExprKind::Receive(_), .. }])
}

impl BinaryOp {
    /// The operator as written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Mod => "%",
            BinaryOp::Pow => "**",
            BinaryOp::BitAnd => "&",
            BinaryOp::BitOr => "|",
            BinaryOp::BitXor => "^",
            BinaryOp::BitClear => "&^",
            BinaryOp::Shl => "<<",
            BinaryOp::Shr => ">>",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
        }
    }
}

impl UnaryOp {
    /// The operator as written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            UnaryOp::Neg => "-",
            UnaryOp::Not => "!",
            UnaryOp::Len => "#",
            UnaryOp::BitNot => "^",
        }
    }
}

impl CompoundOp {
    /// The operator as written, without the `=`.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            CompoundOp::Binary(op) => op.text(),
            CompoundOp::Concat => "..",
        }
    }
}
