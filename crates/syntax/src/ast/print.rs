//! Writes a syntax tree as text, for tests and for people.
//!
//! The one idea: statements are parenthesised lists, one a line, with their blocks indented below them; expressions are
//! written in the language itself with every grouping made visible by parentheses, so that `a + b * c` reads
//! `(a + (b * c))`. A parenthesis of the source is `(paren e)`. Positions are not shown.

use super::{
    Block, Call, Callee, Chunk, Comm, CommBind, Expr, ExprKind, Field, FieldKey, For, ForHeader, Func, Ident,
    If, Name, Select, Stmt, StmtKind, Suffix, SuffixKind, Switch, Target, TargetKind, Variadic,
};
use crate::interner::Interner;

/// The text of a chunk, each statement on lines of its own.
#[must_use]
pub fn print(chunk: &Chunk, interner: &Interner) -> String {
    let mut printer = Printer { out: String::new(), interner, indent: 0 };
    for stmt in &chunk.body {
        printer.stmt(stmt);
        printer.out.push('\n');
    }
    printer.out
}

/// A float as the language writes one: with the fewest digits, and always recognisable as a float.
fn float_text(value: f64) -> String {
    if value.is_infinite() {
        // Only a numeral too large for a float gives this.
        return "+Inf".to_owned();
    }
    let text = format!("{value:?}");
    if text.contains(['.', 'e', 'N']) { text } else { text + ".0" }
}

struct Printer<'a> {
    out: String,
    interner: &'a Interner,
    indent: usize,
}

impl Printer<'_> {
    fn text(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn name(&mut self, name: Name) {
        let text = self.interner.text(name);
        self.out.push_str(text);
    }

    fn newline(&mut self) {
        self.out.push('\n');
        for _ in 0..self.indent {
            self.out.push_str("  ");
        }
    }

    /// Statements on lines of their own, one level deeper.
    fn body(&mut self, stmts: &[Stmt]) {
        self.indent += 1;
        for stmt in stmts {
            self.newline();
            self.stmt(stmt);
        }
        self.indent -= 1;
    }

    fn idents(&mut self, idents: &[Ident]) {
        for (index, ident) in idents.iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            self.name(ident.name);
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        for (index, expr) in exprs.iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            self.expr(expr);
        }
    }

    fn targets(&mut self, targets: &[Target]) {
        for (index, target) in targets.iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            self.target(target);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        self.text("(");
        match &stmt.kind {
            StmtKind::Block(Block { stmts, .. }) => {
                self.text("block");
                self.body(stmts);
            }
            StmtKind::Var { names, values } => self.declaration("var ", names, " = ", values),
            StmtKind::Const { names, values } => self.declaration("const ", names, " = ", values),
            StmtKind::Define { names, values, .. } => self.declaration("define ", names, " := ", values),
            StmtKind::Assign { targets, values, .. } => {
                self.text("assign ");
                self.targets(targets);
                self.text(" = ");
                self.exprs(values);
            }
            StmtKind::Compound { target, op, value, .. } => {
                self.text("assign ");
                self.target(target);
                self.text(&format!(" {}= ", op.text()));
                self.expr(value);
            }
            StmtKind::Step { target, decrement, .. } => {
                self.text("assign ");
                self.target(target);
                self.text(if *decrement { "--" } else { "++" });
            }
            StmtKind::Send { channel, value, .. } => {
                self.text("send ");
                self.expr(channel);
                self.text(" <- ");
                self.expr(value);
            }
            StmtKind::Expr(expr) => {
                self.text("expr ");
                self.expr(expr);
            }
            StmtKind::Func(decl) => self.func(&decl.func),
            StmtKind::If(stmt) => self.if_stmt(stmt),
            StmtKind::For(stmt) => self.for_stmt(stmt),
            StmtKind::Switch(stmt) => self.switch(stmt),
            StmtKind::Select(stmt) => self.select(stmt),
            StmtKind::Return(values) => {
                self.text(if values.is_empty() { "return" } else { "return " });
                self.exprs(values);
            }
            StmtKind::Break(label) => self.jump("break", *label),
            StmtKind::Continue(label) => self.jump("continue", *label),
            StmtKind::Go(call) => self.call("go ", call),
            StmtKind::Defer(call) => self.call("defer ", call),
        }
        self.text(")");
    }

    fn declaration(&mut self, word: &str, names: &[Ident], mark: &str, values: &[Expr]) {
        self.text(word);
        self.idents(names);
        if !values.is_empty() {
            self.text(mark);
            self.exprs(values);
        }
    }

    fn jump(&mut self, word: &str, label: Option<Ident>) {
        self.text(word);
        if let Some(label) = label {
            self.text(" ");
            self.name(label.name);
        }
    }

    fn label(&mut self, label: Option<Ident>) {
        if let Some(label) = label {
            self.text(" ");
            self.name(label.name);
            self.text(":");
        }
    }

    fn call(&mut self, word: &str, call: &Call) {
        self.text(word);
        match &call.callee {
            Callee::Func(callee) => self.expr(callee),
            Callee::Method { object, name, .. } => {
                self.expr(object);
                self.text(":");
                self.name(name.name);
            }
        }
        self.text("(");
        self.exprs(&call.args);
        self.text(")");
    }

    fn target(&mut self, target: &Target) {
        match &target.kind {
            TargetKind::Name(name) => self.name(*name),
            TargetKind::Field { object, name, .. } => {
                self.expr(object);
                self.text(".");
                self.name(name.name);
            }
            TargetKind::Index { object, key, .. } => {
                self.expr(object);
                self.text("[");
                self.expr(key);
                self.text("]");
            }
        }
    }

    fn if_stmt(&mut self, stmt: &If) {
        self.text("if");
        self.indent += 1;
        for arm in &stmt.arms {
            self.newline();
            self.text("(arm");
            self.init(arm.init.as_ref());
            self.text(" ");
            self.expr(&arm.cond);
            self.body(&arm.body.stmts);
            self.text(")");
        }
        if let Some(body) = &stmt.else_body {
            self.newline();
            self.text("(else");
            self.body(&body.stmts);
            self.text(")");
        }
        self.indent -= 1;
    }

    fn init(&mut self, init: Option<&Stmt>) {
        if let Some(init) = init {
            self.text(" ");
            self.stmt(init);
            self.text(";");
        }
    }

    fn for_stmt(&mut self, stmt: &For) {
        self.text("for");
        self.label(stmt.label);
        match &stmt.header {
            ForHeader::Forever => {}
            ForHeader::While(cond) => {
                self.text(" ");
                self.expr(cond);
            }
            ForHeader::Clauses { init, cond, post } => {
                self.init(init.as_deref());
                if init.is_none() {
                    self.text(" ;");
                }
                if let Some(cond) = cond {
                    self.text(" ");
                    self.expr(cond);
                }
                self.text(";");
                if let Some(post) = post {
                    self.text(" ");
                    self.stmt(post);
                }
            }
            ForHeader::Range { vars, values } => {
                self.text(" ");
                self.idents(vars);
                self.text(if vars.is_empty() { "range " } else { " := range " });
                self.exprs(values);
            }
        }
        self.body(&stmt.body.stmts);
    }

    fn switch(&mut self, stmt: &Switch) {
        self.text("switch");
        self.label(stmt.label);
        self.init(stmt.init.as_ref());
        if let Some(tag) = &stmt.tag {
            self.text(" ");
            self.expr(tag);
        }
        self.indent += 1;
        for clause in &stmt.clauses {
            self.newline();
            match &clause.values {
                Some(values) => {
                    self.text("(case ");
                    self.exprs(values);
                }
                None => self.text("(default"),
            }
            self.body(&clause.body);
            self.text(")");
        }
        self.indent -= 1;
    }

    fn select(&mut self, stmt: &Select) {
        self.text("select");
        self.label(stmt.label);
        self.indent += 1;
        for clause in &stmt.clauses {
            self.newline();
            match &clause.comm {
                Comm::Receive { bind, channel, .. } => {
                    self.text("(case ");
                    match bind {
                        CommBind::Nothing => {}
                        CommBind::Define(names) => {
                            self.idents(names);
                            self.text(" := ");
                        }
                        CommBind::Assign(targets) => {
                            self.targets(targets);
                            self.text(" = ");
                        }
                    }
                    self.text("<-");
                    self.expr(channel);
                }
                Comm::Send { channel, value, .. } => {
                    self.text("(case ");
                    self.expr(channel);
                    self.text(" <- ");
                    self.expr(value);
                }
                Comm::Default => self.text("(default"),
            }
            self.body(&clause.body);
            self.text(")");
        }
        self.indent -= 1;
    }

    /// Without the parentheses around it.
    fn func(&mut self, func: &Func) {
        self.text("func ");
        if let Some(name) = &func.name {
            self.text(name);
        }
        self.text("(");
        let mut separate = false;
        if func.has_self {
            self.text("self");
            separate = true;
        }
        for param in &func.params {
            if separate {
                self.text(", ");
            }
            self.name(param.name);
            separate = true;
        }
        match func.variadic {
            Variadic::No => {}
            Variadic::Yes => self.text(if separate { ", ..." } else { "..." }),
            Variadic::Named(name) => {
                if separate {
                    self.text(", ");
                }
                self.name(name.name);
                self.text("...");
            }
        }
        self.text(")");
        self.body(&func.body.stmts);
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Nil => self.text("nil"),
            ExprKind::True => self.text("true"),
            ExprKind::False => self.text("false"),
            ExprKind::Int(value) => self.text(&value.to_string()),
            ExprKind::Float(value) => self.text(&float_text(*value)),
            ExprKind::Str(bytes) => self.string(bytes),
            ExprKind::Name(name) => self.name(*name),
            ExprKind::Vararg => self.text("..."),
            ExprKind::VarargLen => self.text("#..."),
            ExprKind::VarargIndex(index) => {
                self.text("...[");
                self.expr(&index.index);
                self.text("]");
            }
            ExprKind::Paren(inner) => {
                self.text("(paren ");
                self.expr(inner);
                self.text(")");
            }
            ExprKind::Unary(unary) => {
                self.text(&format!("({}", unary.op.text()));
                self.expr(&unary.operand);
                self.text(")");
            }
            ExprKind::Receive(receive) => {
                self.text("(<-");
                self.expr(&receive.channel);
                self.text(")");
            }
            ExprKind::Binary(chain) => {
                self.text("(");
                self.expr(&chain.first);
                for link in &chain.rest {
                    self.text(&format!(" {} ", link.op.text()));
                    self.expr(&link.operand);
                }
                self.text(")");
            }
            ExprKind::Concat(concat) => self.operands(&concat.operands, " .. "),
            ExprKind::And(operands) => self.operands(operands, " && "),
            ExprKind::Or(operands) => self.operands(operands, " || "),
            ExprKind::Suffixed(suffixed) => {
                self.expr(&suffixed.base);
                for suffix in &suffixed.suffixes {
                    self.suffix(suffix);
                }
            }
            ExprKind::Func(func) => {
                self.text("(");
                self.func(func);
                self.text(")");
            }
            ExprKind::Table(fields) => {
                self.text("{");
                for (index, field) in fields.iter().enumerate() {
                    if index > 0 {
                        self.text(", ");
                    }
                    self.field(field);
                }
                self.text("}");
            }
            ExprKind::MakeChan(make) => {
                self.text("make(chan");
                if let Some(capacity) = &make.capacity {
                    self.text(", ");
                    self.expr(capacity);
                }
                self.text(")");
            }
        }
    }

    fn operands(&mut self, operands: &[Expr], mark: &str) {
        self.text("(");
        for (index, operand) in operands.iter().enumerate() {
            if index > 0 {
                self.text(mark);
            }
            self.expr(operand);
        }
        self.text(")");
    }

    fn suffix(&mut self, suffix: &Suffix) {
        match &suffix.kind {
            SuffixKind::Field(name) => {
                self.text(".");
                self.name(name.name);
            }
            SuffixKind::Index(key) => {
                self.text("[");
                self.expr(key);
                self.text("]");
            }
            SuffixKind::Call(args) => {
                self.text("(");
                self.exprs(args);
                self.text(")");
            }
            SuffixKind::Method(method) => {
                self.text(":");
                self.name(method.name.name);
                self.text("(");
                self.exprs(&method.args);
                self.text(")");
            }
        }
    }

    fn field(&mut self, field: &Field) {
        match &field.key {
            FieldKey::Positional => {}
            FieldKey::Name(name) => {
                self.name(name.name);
                self.text(": ");
            }
            FieldKey::Str(text) => {
                self.string(text);
                self.text(": ");
            }
            FieldKey::Expr(key, _) => {
                self.text("[");
                self.expr(key);
                self.text("]: ");
            }
        }
        self.expr(&field.value);
    }

    /// A string with its control characters and what is not ASCII escaped.
    fn string(&mut self, bytes: &[u8]) {
        self.text("\"");
        self.text(&bytes.escape_ascii().to_string().replace("\\'", "'"));
        self.text("\"");
    }
}
