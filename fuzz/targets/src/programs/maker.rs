//! What the generator of programs knows while it writes one: variables and what they hold, functions, loops, costs.
//!
//! The one idea: `cost` grows by the cost of each thing times `turns`, the number of times that the place being written
//! runs. A loop gets as many turns as there is cost left, and a call is written only where the function's own cost fits.

use super::tree::{Node, node};
use crate::random::Random;

/// What the values of a variable or an expression are good for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Integers.
    Int,
    /// Integers from 0 to some thousands.
    Small,
    /// Floats.
    Float,
    /// Integers or floats.
    Num,
    /// Strings, not long.
    Str,
    /// Booleans.
    Bool,
    /// Anything.
    Any,
    /// Lists of integers, without holes.
    Ints,
    /// Lists of numbers, without holes.
    Nums,
    /// Tables with anything at integers, holes included.
    Mixed,
    /// Tables with numbers in `a`, `b` and `c`, and anything or nothing in `p`, `q` and `r`.
    Rec,
    /// Lists of those.
    Recs,
    /// Tables with keys and values of any kind.
    Dict,
    /// Instances of a class, by its number.
    Obj(usize),
    /// Functions with this signature, by its number.
    Fun(usize),
    /// A parameter that says how deep a recursion goes: a number up to this.
    Depth(usize),
}

/// A variable in scope.
#[derive(Clone, Debug)]
pub struct Var {
    pub name: String,
    pub kind: Kind,
    pub can_assign: bool,
}

/// How a function is called.
#[derive(Clone, Debug)]
pub struct Sig {
    pub params: Vec<Kind>,
    pub results: Vec<Kind>,
    pub cost: u64,
    pub is_variadic: bool,
    /// Whether it may raise errors: then only what catches them calls it.
    pub is_risky: bool,
}

/// A class: a table with methods, which is its instances' metatable.
#[derive(Clone, Debug)]
pub struct Class {
    pub name: String,
    /// Metamethods that it has, without the underscores, with their costs.
    pub events: Vec<(&'static str, u64)>,
    /// Names of methods with their signatures, in [`Maker::sigs`].
    pub methods: Vec<(String, usize)>,
    /// Whether an instance has any field: then it is a number.
    pub has_default: bool,
}

/// A loop around what is being written, up to the function's beginning.
#[derive(Clone, Debug)]
pub struct Loop {
    pub label: Option<String>,
    /// The counter that the body may move on, and whether it counts up.
    pub counter: Option<(String, bool)>,
}

/// How a function body differs from its surroundings.
#[derive(Clone, Copy, Default)]
pub struct Body {
    pub is_variadic: bool,
    /// Called right here, so what holds here holds in it: it may yield if this place may.
    pub is_immediate: bool,
    /// May raise errors.
    pub is_risky: bool,
    /// Runs in a coroutine of its own.
    pub is_coroutine: bool,
}

/// A generator at work.
pub struct Maker<'r> {
    pub random: &'r mut Random,
    pub vars: Vec<Var>,
    /// Variables before this one are out of reach: what a goroutine must not share.
    pub floor: usize,
    pub is_isolated: bool,
    /// Whether parts of the program run as goroutines that share what is around them: then it has no one outcome.
    pub is_parallel: bool,
    pub sigs: Vec<Sig>,
    pub classes: Vec<Class>,
    pub loops: Vec<Loop>,
    /// What the function returns; `None` where nothing is returned.
    pub results: Option<Vec<Kind>>,
    pub is_variadic: bool,
    pub can_yield: bool,
    pub is_risky: bool,
    /// Functions from this number on, and methods from this one on, are not called here: what takes the place of a function
    /// may call only what was there before it, or it might never return.
    pub sigs_end: usize,
    pub methods_end: usize,
    pub turns: u64,
    pub cost: u64,
    pub cost_max: u64,
    /// Blocks around this place.
    pub depth: usize,
    /// Words of the grammar of wild code around this place: those of statements, and of expressions in the innermost one.
    pub wild_depths: (usize, usize),
    names: usize,
}

/// Blocks in blocks at most.
pub const DEPTH_MAX: usize = 6;

impl<'r> Maker<'r> {
    /// A generator of a program that costs about so much.
    pub fn new(random: &'r mut Random, cost_max: u64) -> Maker<'r> {
        Maker {
            random,
            vars: Vec::new(),
            floor: 0,
            is_isolated: false,
            is_parallel: false,
            sigs: Vec::new(),
            classes: Vec::new(),
            loops: Vec::new(),
            results: None,
            is_variadic: false,
            can_yield: false,
            is_risky: false,
            sigs_end: usize::MAX,
            methods_end: usize::MAX,
            turns: 1,
            cost: 0,
            cost_max,
            depth: 0,
            wild_depths: (0, 0),
            names: 0,
        }
    }

    /// The program.
    pub fn program(&mut self) -> Vec<Node> {
        let mut out = Vec::new();
        for _ in 0..self.random.between(2, 5) {
            self.declare(&mut out);
        }
        for _ in 0..self.random.below(3) {
            self.class(&mut out);
        }
        // Half of the programs are scenes, and most others have none.
        let has_scenes = !self.random.one_in(3);
        let is_mixed = self.random.one_in(4);
        if has_scenes {
            for _ in 0..self.random.between(1, 3) {
                self.scene(&mut out);
            }
        }
        let parts = if has_scenes && !is_mixed { 0 } else { self.random.between(2, 6) };
        let cost_max = self.cost_max;
        for part in 1..=parts {
            // Each part has its share, so that the first does not take all.
            self.cost_max = cost_max * part as u64 / parts as u64;
            if self.random.one_in(2) {
                self.function(&mut out);
            }
            if self.random.one_in(2) {
                self.section(&mut out);
            } else {
                for _ in 0..self.random.between(1, 4) {
                    self.statement(&mut out);
                }
            }
        }
        self.cost_max = cost_max + 200;
        if self.is_parallel {
            out.push(node!["tasks:wait()"]);
        }
        self.dump(0, &mut out);
        if self.random.one_in(9) {
            // An end by an error, for its traceback.
            self.uncaught(&mut out);
        }
        out
    }

    /// A part of the program as a function, where variables are local, called some times.
    fn section(&mut self, out: &mut Vec<Node>) {
        let calls = self.random.between(1, 3);
        let from = self.vars.len();
        let results = self.results.replace(Vec::new());
        self.turns = calls as u64;
        self.depth += 1;
        let mut block = Vec::new();
        for _ in 0..self.random.between(1, 3) {
            self.declare(&mut block);
        }
        for _ in 0..self.random.between(1, 5) {
            self.statement(&mut block);
        }
        self.dump(from, &mut block);
        self.depth -= 1;
        self.turns = 1;
        self.results = results;
        self.vars.truncate(from);
        let name = self.name("main");
        out.push(node![format!("func {name}() "), block]);
        out.push(node![
            "for i := 0; i < ",
            node![calls.to_string()],
            "; i++ ",
            vec![node![format!("{name}()")]]
        ]);
    }

    /// Notes what variables from this one on hold.
    pub fn dump(&mut self, from: usize, out: &mut Vec<Node>) {
        if self.is_isolated {
            return;
        }
        let vars = self.vars[from.max(self.floor)..].iter();
        let names: Vec<Node> = vars
            .filter(|var| !matches!(var.kind, Kind::Fun(_) | Kind::Depth(_)))
            .map(|var| node![var.name.clone()])
            .collect();
        if from == 0 {
            for name in names {
                let text = name.as_text().unwrap_or("").to_string();
                out.push(node![format!("note(\"{text}\", "), name, ")"]);
            }
            out.push(node!["note(digest)"]);
        } else if !names.is_empty() {
            out.push(node!["note(", Node::list(names), ")"]);
        }
    }

    /// A name that the program does not have yet.
    pub fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// Adds a variable.
    pub fn add(&mut self, name: &str, kind: Kind, can_assign: bool) {
        self.vars.push(Var { name: name.to_string(), kind, can_assign });
    }

    /// A variable in reach that is as wanted.
    pub fn pick_var(&mut self, is_wanted: impl Fn(&Var) -> bool) -> Option<Var> {
        let found: Vec<usize> = (self.floor..self.vars.len()).filter(|&i| is_wanted(&self.vars[i])).collect();
        if found.is_empty() {
            return None;
        }
        // The latest are preferred: they change in the loop at hand.
        let at = match self.random.below(3) {
            0 => found.len() - 1 - self.random.below(found.len().min(4)),
            _ => self.random.below(found.len()),
        };
        Some(self.vars[found[at]].clone())
    }

    /// The name of a variable of exactly this kind.
    pub fn var(&mut self, kind: Kind) -> Option<String> {
        self.pick_var(|var| var.kind == kind).map(|var| var.name)
    }

    /// Counts what is written here.
    pub fn spend(&mut self, cost: u64) {
        self.cost += cost * self.turns;
    }

    /// Whether something of this cost fits here.
    pub fn affords(&self, cost: u64) -> bool {
        self.cost + cost * self.turns <= self.cost_max
    }

    /// Turns for a loop here: few, some, or enough to be compiled by default; `None` if there is no cost left.
    pub fn loop_turns(&mut self) -> Option<usize> {
        let room = self.cost_max.saturating_sub(self.cost) / (self.turns * 12);
        if room < 3 || self.depth >= DEPTH_MAX {
            return None;
        }
        let wanted = match self.random.below(10) {
            0 => self.random.below(3),
            1..=4 => self.random.between(3, 12),
            5..=7 => self.random.between(20, 80),
            _ => self.random.between(150, 400),
        };
        Some(wanted.min(room as usize))
    }

    /// The body of a loop with so many turns.
    pub fn loop_body(&mut self, turns: usize, info: Loop, vars: &[(&str, Kind)]) -> Vec<Node> {
        let outer = self.turns;
        self.turns = outer * turns.max(1) as u64;
        self.loops.push(info);
        let block = self.block_with(vars);
        self.loops.pop();
        self.turns = outer;
        self.spend(2);
        block
    }

    /// A block with some statements.
    pub fn block(&mut self) -> Vec<Node> {
        self.block_with(&[])
    }

    /// A block that begins with these variables, which it does not assign.
    pub fn block_with(&mut self, vars: &[(&str, Kind)]) -> Vec<Node> {
        let outer = self.vars.len();
        for (name, kind) in vars {
            self.add(name, *kind, false);
        }
        let first = self.vars.len();
        self.depth += 1;
        let mut out = Vec::new();
        let count = if self.depth > 3 { self.random.between(1, 2) } else { self.random.between(1, 5) };
        for _ in 0..count {
            self.statement(&mut out);
        }
        // What would be forgotten goes into the digest.
        if !self.is_isolated && self.random.one_in(2) && self.affords(10) {
            let local = self.vars[first.max(self.floor)..].iter().find(|var| {
                matches!(var.kind, Kind::Int | Kind::Num | Kind::Float | Kind::Str | Kind::Any | Kind::Small)
            });
            if let Some(name) = local.map(|var| var.name.clone()) {
                self.spend(10);
                out.push(node!["digest = fold(digest, ", node![name], ")"]);
            }
        }
        self.depth -= 1;
        self.vars.truncate(outer);
        out
    }

    /// The body of a function and what one call costs.
    pub fn body(
        &mut self,
        params: &[(&str, Kind)],
        results: Option<Vec<Kind>>,
        body: Body,
    ) -> (Vec<Node>, u64) {
        let share = self.cost_max.saturating_sub(self.cost) / self.turns;
        let cost_max = if body.is_immediate { share / 2 } else { (share / 6).min(1500) };
        let outer = (
            std::mem::take(&mut self.loops),
            std::mem::replace(&mut self.results, results),
            std::mem::replace(&mut self.is_variadic, body.is_variadic),
            std::mem::replace(&mut self.turns, 1),
            std::mem::replace(&mut self.cost, 0),
            std::mem::replace(&mut self.cost_max, cost_max),
            self.can_yield,
            self.is_risky,
        );
        self.can_yield = body.is_coroutine || (body.is_immediate && self.can_yield);
        self.is_risky = body.is_risky;
        let vars = self.vars.len();
        for (name, kind) in params {
            self.add(name, *kind, !matches!(kind, Kind::Depth(_) | Kind::Small));
        }
        self.depth += 1;
        let mut out = Vec::new();
        for _ in 0..self.random.between(0, 4) {
            self.statement(&mut out);
        }
        if let Some(kinds) = self.results.clone() {
            out.push(self.return_of(&kinds));
        }
        self.depth -= 1;
        self.vars.truncate(vars);
        let cost = self.cost + 3;
        (
            self.loops,
            self.results,
            self.is_variadic,
            self.turns,
            self.cost,
            self.cost_max,
            self.can_yield,
            self.is_risky,
        ) = outer;
        (out, cost)
    }

    /// A statement that returns values of these kinds.
    pub fn return_of(&mut self, kinds: &[Kind]) -> Node {
        if kinds.is_empty() {
            return node!["return"];
        }
        let values: Vec<Node> = kinds.iter().map(|&kind| self.expr(kind, 2)).collect();
        node!["return ", Node::list(values)]
    }

    /// An expression for a function of its own within this one, which has no extra arguments and does not yield.
    pub fn inner_expr(&mut self, kind: Kind, depth: usize) -> Node {
        let outer = (self.is_variadic, self.can_yield, self.is_risky);
        (self.is_variadic, self.can_yield, self.is_risky) = (false, false, false);
        let node = self.expr(kind, depth);
        (self.is_variadic, self.can_yield, self.is_risky) = outer;
        node
    }

    /// A kind for a new variable.
    pub fn new_kind(&mut self) -> Kind {
        match self.random.below(100) {
            0..=21 => Kind::Int,
            22..=39 => Kind::Num,
            40..=48 => Kind::Float,
            49..=57 => Kind::Str,
            58..=60 => Kind::Bool,
            61..=72 => Kind::Any,
            73..=77 => Kind::Ints,
            78..=82 => Kind::Nums,
            83..=86 => Kind::Mixed,
            87..=91 => Kind::Rec,
            92 | 93 => Kind::Recs,
            94..=96 => Kind::Dict,
            _ if !self.classes.is_empty() && !self.is_isolated => {
                Kind::Obj(self.random.below(self.classes.len()))
            }
            _ => Kind::Num,
        }
    }
}
