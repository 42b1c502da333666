//! Finds the variable behind every name, before any code is made.
//!
//! One walk over the tree applies the scope rules of the language once and for all. Its result answers by position in
//! the source: which variable a name reads, assigns or declares, and which functions contain `defer`. Code generation
//! therefore knows no scopes, only registers; and it knows beforehand what can only be known at the end of a scope:
//!
//! - whether a variable is *captured*, that is, used by a function inside the one that declares it;
//! - whether it is *assigned* other than by its declaration. A captured variable that is never assigned is copied into
//!   closures; it has its final value before any closure can be made, as a name is visible only behind its declaration.
//!   (`func f` in a block is visible inside itself, but there the closure that captures it is the value.)
//!   Any other captured variable lives in a cell from its birth.
//!
//! Assigning to a `const` is found here too.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use syntax::ast::{
    Block, Call, Callee, Chunk, Comm, CommBind, Expr, ExprKind, FieldKey, For, ForHeader, Func, FuncDecl,
    Ident, If, Name, Pos, Select, Span, Stmt, StmtKind, SuffixKind, Switch, Target, TargetKind, Variadic,
};
use syntax::diagnostic::{Code, Diagnostic};
use syntax::interner::Interner;

/// Number of a local variable (or parameter) of the chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VarId(pub u32);

/// Number of a function of the chunk; 0 is the chunk itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FuncId(pub u32);

/// A local variable.
#[derive(Clone, Copy, Debug)]
pub struct Var {
    /// Its name.
    pub name: Name,
    /// The function that declares it.
    pub func: FuncId,
    /// The scope that declares it.
    scope: u32,
    /// Whether a function inside `func` uses it.
    pub is_captured: bool,
    /// How many statements assign it, its declaration not counted.
    pub assignments: u32,
    /// Whether it was declared by `const`.
    is_const: bool,
}

impl Var {
    /// Whether it lives in a cell.
    pub fn is_cell(&self) -> bool {
        self.is_captured && self.assignments > 0
    }
}

/// What a name means where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The global of this name.
    Global,
    /// A visible variable, read or assigned.
    Var(VarId),
    /// A new variable.
    Declare(VarId),
}

/// What must be known about a function before its code is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct FuncInfo {
    /// Whether there is a `defer` in it.
    pub has_defer: bool,
    /// Its parameter `self`, if that is not written.
    pub self_var: Option<VarId>,
}

/// The result.
#[derive(Debug, Default)]
pub struct Resolution {
    uses: FastMap<Pos, Use>,
    /// All variables, in the order of their declarations.
    pub vars: Vec<Var>,
    funcs: FastMap<Pos, FuncId>,
    infos: Vec<FuncInfo>,
}

impl Resolution {
    /// What the name at `pos` means.
    pub fn name_at(&self, pos: Pos) -> Use {
        self.uses.get(&pos).copied().unwrap_or(Use::Global)
    }

    /// The variable of this number.
    pub fn var(&self, id: VarId) -> &Var {
        &self.vars[id.0 as usize]
    }

    /// The number of a function.
    pub fn func_id(&self, func: &Func) -> FuncId {
        self.funcs[&func.span.start]
    }

    /// Facts about a function.
    pub fn func_info(&self, id: FuncId) -> FuncInfo {
        self.infos[id.0 as usize]
    }
}

/// A map with [`FastHasher`].
pub type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// Hashes small keys by a multiplication a word. Nobody gains from choosing names that collide in his own script.
#[derive(Default)]
pub struct FastHasher(u64);

impl Hasher for FastHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for &word in words {
            self.write_u64(u64::from_le_bytes(word));
        }
        let last = rest.iter().fold(0, |word, &byte| word << 8 | u64::from(byte));
        self.write_u64(last);
    }

    fn write_u32(&mut self, n: u32) {
        self.write_u64(u64::from(n));
    }

    fn write_u64(&mut self, n: u64) {
        let mixed = (self.0 ^ n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    fn write_isize(&mut self, n: isize) {
        self.write_u64(n as u64);
    }
}

/// Resolves all names of a chunk.
pub fn resolve(chunk: &Chunk, interner: &Interner) -> Result<Resolution, Vec<Diagnostic>> {
    let mut resolver = Resolver {
        out: Resolution::default(),
        interner,
        bindings: vec![Vec::new(); interner.len()],
        declared: Vec::new(),
        scopes: Vec::new(),
        scope_count: 0,
        func: FuncId(0),
        errors: Vec::new(),
    };
    resolver.out.infos.push(FuncInfo::default());
    resolver.scoped(|r| r.stmts(&chunk.body));
    if resolver.errors.is_empty() { Ok(resolver.out) } else { Err(resolver.errors) }
}

/// An open scope.
struct Scope {
    id: u32,
    /// How many declarations were open when it began.
    declared: usize,
}

struct Resolver<'a> {
    out: Resolution,
    interner: &'a Interner,
    /// For each name the variables that it now stands for, the visible one last.
    bindings: Vec<Vec<VarId>>,
    /// The names declared in the open scopes, in order.
    declared: Vec<Name>,
    scopes: Vec<Scope>,
    scope_count: u32,
    func: FuncId,
    errors: Vec<Diagnostic>,
}

impl Resolver<'_> {
    fn scoped(&mut self, body: impl FnOnce(&mut Self)) {
        self.scopes.push(Scope { id: self.scope_count, declared: self.declared.len() });
        self.scope_count += 1;
        body(self);
        if let Some(scope) = self.scopes.pop() {
            for name in self.declared.drain(scope.declared..) {
                self.bindings[name.index()].pop();
            }
        }
    }

    /// Whether this is the top level of the chunk, outside every block.
    fn is_top(&self) -> bool {
        self.scopes.len() == 1
    }

    fn scope_id(&self) -> u32 {
        self.scopes.last().map_or(0, |s| s.id)
    }

    fn visible(&self, name: Name) -> Option<VarId> {
        self.bindings[name.index()].last().copied()
    }

    /// The variable of this name that the innermost scope itself declares.
    fn declared_here(&self, name: Name) -> Option<VarId> {
        self.visible(name).filter(|&id| self.out.var(id).scope == self.scope_id())
    }

    fn new_var(&mut self, name: Name, is_const: bool) -> VarId {
        let id = VarId(self.out.vars.len() as u32);
        let (func, scope) = (self.func, self.scope_id());
        self.out.vars.push(Var { name, func, scope, is_captured: false, assignments: 0, is_const });
        self.bindings[name.index()].push(id);
        self.declared.push(name);
        id
    }

    fn declare(&mut self, ident: Ident, is_const: bool) {
        let id = self.new_var(ident.name, is_const);
        self.out.uses.insert(ident.span.start, Use::Declare(id));
    }

    /// Records a use of a visible name; gives the variable unless it is a global.
    fn refer(&mut self, name: Name, pos: Pos) -> Option<VarId> {
        // Names without an entry are globals.
        let id = self.visible(name)?;
        let func = self.func;
        let var = &mut self.out.vars[id.0 as usize];
        var.is_captured |= var.func != func;
        self.out.uses.insert(pos, Use::Var(id));
        Some(id)
    }

    fn assign(&mut self, name: Name, span: Span) {
        if let Some(id) = self.refer(name, span.start) {
            let var = &mut self.out.vars[id.0 as usize];
            var.assignments += 1;
            if var.is_const {
                let text = self.interner.text(name);
                let message = format!("cannot assign to constant '{text}'");
                self.errors.push(Diagnostic::error(Code::AssignmentToConst, span, message));
            }
        }
    }

    fn block(&mut self, block: &Block) {
        self.scoped(|r| r.stmts(&block.stmts));
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Block(block) => self.block(block),
            StmtKind::Var { names, values } => {
                self.exprs(values);
                names.iter().for_each(|&n| self.declare(n, false));
            }
            StmtKind::Const { names, values } => {
                self.exprs(values);
                names.iter().for_each(|&n| self.declare(n, true));
            }
            StmtKind::Define { names, values, .. } => {
                self.exprs(values);
                for &ident in names {
                    // At the top level a name is global unless a local of the chunk has it.
                    if !self.is_top() || self.visible(ident.name).is_some() {
                        self.declare(ident, false);
                    }
                }
            }
            StmtKind::Assign { targets, values, .. } => {
                targets.iter().for_each(|t| self.target(t));
                self.exprs(values);
            }
            StmtKind::Compound { target, value, .. } => {
                self.target(target);
                self.expr(value);
            }
            StmtKind::Step { target, .. } => self.target(target),
            StmtKind::Send { channel, value, .. } => {
                self.expr(channel);
                self.expr(value);
            }
            StmtKind::Expr(expr) => self.expr(expr),
            StmtKind::Func(decl) => self.func_decl(decl),
            StmtKind::If(node) => self.if_stmt(node),
            StmtKind::For(node) => self.for_stmt(node),
            StmtKind::Switch(node) => self.switch_stmt(node),
            StmtKind::Select(node) => self.select_stmt(node),
            StmtKind::Return(values) => self.exprs(values),
            StmtKind::Break(_) | StmtKind::Continue(_) => {}
            StmtKind::Go(call) => self.call(call),
            StmtKind::Defer(call) => {
                self.out.infos[self.func.0 as usize].has_defer = true;
                self.call(call);
            }
        }
    }

    fn target(&mut self, target: &Target) {
        match &target.kind {
            TargetKind::Name(name) => self.assign(*name, target.span),
            TargetKind::Field { object, .. } => self.expr(object),
            TargetKind::Index { object, key, .. } => {
                self.expr(object);
                self.expr(key);
            }
        }
    }

    fn func_decl(&mut self, decl: &FuncDecl) {
        let base = decl.base;
        if !decl.path.is_empty() || decl.method.is_some() {
            self.refer(base.name, base.span.start);
        } else if self.declared_here(base.name).is_some() {
            self.assign(base.name, base.span);
        } else if !self.is_top() {
            self.declare(base, false);
        }
        self.func(&decl.func);
    }

    fn func(&mut self, func: &Func) {
        let id = FuncId(self.out.infos.len() as u32);
        self.out.infos.push(FuncInfo::default());
        self.out.funcs.insert(func.span.start, id);
        let outer = std::mem::replace(&mut self.func, id);
        self.scoped(|r| {
            if func.has_self {
                // Without the name `self` in the chunk nothing can refer to the parameter.
                if let Some(name) = r.interner.get("self") {
                    let var = r.new_var(name, false);
                    r.out.infos[id.0 as usize].self_var = Some(var);
                }
            }
            func.params.iter().for_each(|&p| r.declare(p, false));
            if let Variadic::Named(ident) = func.variadic {
                r.declare(ident, false);
            }
            r.block(&func.body);
        });
        self.func = outer;
    }

    fn if_stmt(&mut self, node: &If) {
        // What an arm's initial statement declares is visible in all later arms.
        self.scoped(|r| {
            for arm in &node.arms {
                arm.init.iter().for_each(|s| r.stmt(s));
                r.expr(&arm.cond);
                r.block(&arm.body);
            }
            node.else_body.iter().for_each(|b| r.block(b));
        });
    }

    fn for_stmt(&mut self, node: &For) {
        self.scoped(|r| {
            match &node.header {
                ForHeader::Forever => {}
                ForHeader::While(cond) => r.expr(cond),
                ForHeader::Clauses { init, cond, post } => {
                    init.iter().for_each(|s| r.stmt(s));
                    cond.iter().for_each(|e| r.expr(e));
                    post.iter().for_each(|s| r.stmt(s));
                }
                ForHeader::Range { vars, values } => {
                    r.exprs(values);
                    vars.iter().for_each(|&v| r.declare(v, false));
                }
            }
            r.block(&node.body);
        });
    }

    fn switch_stmt(&mut self, node: &Switch) {
        self.scoped(|r| {
            node.init.iter().for_each(|s| r.stmt(s));
            node.tag.iter().for_each(|e| r.expr(e));
            for clause in &node.clauses {
                clause.values.iter().for_each(|values| r.exprs(values));
                r.scoped(|r| r.stmts(&clause.body));
            }
        });
    }

    fn select_stmt(&mut self, node: &Select) {
        for clause in &node.clauses {
            match &clause.comm {
                Comm::Receive { channel, .. } => self.expr(channel),
                Comm::Send { channel, value, .. } => {
                    self.expr(channel);
                    self.expr(value);
                }
                Comm::Default => {}
            }
            self.scoped(|r| {
                if let Comm::Receive { bind, .. } = &clause.comm {
                    match bind {
                        CommBind::Nothing => {}
                        CommBind::Define(names) => names.iter().for_each(|&n| r.declare(n, false)),
                        CommBind::Assign(targets) => targets.iter().for_each(|t| r.target(t)),
                    }
                }
                r.stmts(&clause.body);
            });
        }
    }

    fn call(&mut self, call: &Call) {
        match &call.callee {
            Callee::Func(callee) => self.expr(callee),
            Callee::Method { object, .. } => self.expr(object),
        }
        self.exprs(&call.args);
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|e| self.expr(e));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Nil
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Vararg
            | ExprKind::VarargLen => {}
            ExprKind::Name(name) => {
                self.refer(*name, expr.span.start);
            }
            ExprKind::VarargIndex(node) => self.expr(&node.index),
            ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::Unary(node) => self.expr(&node.operand),
            ExprKind::Receive(node) => self.expr(&node.channel),
            ExprKind::Binary(chain) => {
                self.expr(&chain.first);
                chain.rest.iter().for_each(|link| self.expr(&link.operand));
            }
            ExprKind::Concat(node) => self.exprs(&node.operands),
            ExprKind::And(operands) | ExprKind::Or(operands) => self.exprs(operands),
            ExprKind::Suffixed(node) => {
                self.expr(&node.base);
                for suffix in &node.suffixes {
                    match &suffix.kind {
                        SuffixKind::Field(_) => {}
                        SuffixKind::Index(key) => self.expr(key),
                        SuffixKind::Call(args) => self.exprs(args),
                        SuffixKind::Method(method) => self.exprs(&method.args),
                    }
                }
            }
            ExprKind::Func(func) => self.func(func),
            ExprKind::Table(fields) => {
                for field in fields {
                    if let FieldKey::Expr(key, _) = &field.key {
                        self.expr(key);
                    }
                    self.expr(&field.value);
                }
            }
            ExprKind::MakeChan(node) => node.capacity.iter().for_each(|e| self.expr(e)),
        }
    }
}
