//! Statements other than loops: declarations, assignments, branches, and what is done to tables.

use super::exprs::{ANY_FIELDS, NUM_FIELDS};
use super::maker::{DEPTH_MAX, Kind, Maker};
use super::tree::{Node, node};

impl Maker<'_> {
    /// Whether a statement here stands outside every block and function, so that `:=` makes a global.
    fn is_at_top(&self) -> bool {
        self.depth == 0
    }

    /// Writes a statement, with what it needs before it.
    pub fn statement(&mut self, out: &mut Vec<Node>) {
        self.spend(2);
        if self.is_parallel && self.random.one_in(8) {
            return self.task(out);
        }
        match self.random.below(100) {
            0..=13 => self.declare(out),
            14..=33 => self.assign(out),
            34..=42 => self.tables(out),
            43..=49 => self.branch(out),
            50..=66 => self.repeat(out),
            67 | 68 => self.function(out),
            69..=71 => self.call_statement(out),
            72..=74 => self.protected(out),
            75 | 76 => self.closures(out),
            77 => self.coroutine(out),
            78 => self.goroutine(out),
            79..=81 => self.leave(out),
            82 | 83 => self.yields(out),
            84..=86 => self.note(out),
            87..=89 => self.digest(out),
            90 | 91 => self.objects(out),
            92 | 93 => self.phases(out),
            94 => self.replace_function(out),
            95 => self.defer(out),
            96 => self.varargs(out),
            97 => self.callbacks(out),
            98 => self.swap(out),
            _ => self.block_statement(out),
        }
    }

    /// A new variable.
    pub fn declare(&mut self, out: &mut Vec<Node>) {
        let kind = self.new_kind();
        let value = self.expr(kind, 3);
        let name = self.name(match kind {
            Kind::Int | Kind::Small => "i",
            Kind::Float | Kind::Num => "n",
            Kind::Str => "s",
            Kind::Bool => "b",
            Kind::Obj(_) => "o",
            Kind::Any => "v",
            _ => "t",
        });
        out.push(match self.random.below(8) {
            0 => node![format!("var {name} = "), value],
            1 => {
                self.add(&name, kind, false);
                out.push(node![format!("const {name} = "), value]);
                return;
            }
            _ => node![format!("{name} := "), value],
        });
        self.add(&name, kind, true);
    }

    /// A variable gets another value.
    pub fn assign(&mut self, out: &mut Vec<Node>) {
        let Some(var) = self.pick_var(|var| var.can_assign && !matches!(var.kind, Kind::Fun(_))) else {
            return self.declare(out);
        };
        let name = var.name;
        let compound = match var.kind {
            Kind::Int => match self.random.below(12) {
                0 => {
                    out.push(node![format!("{name}++")]);
                    return;
                }
                1 => {
                    out.push(node![format!("{name}--")]);
                    return;
                }
                2..=4 => Some("+="),
                5 => Some("-="),
                6 => Some("*="),
                7 => Some("^="),
                8 => Some("&="),
                9 => Some("|="),
                _ => None,
            },
            Kind::Num | Kind::Float => match self.random.below(10) {
                0..=2 => Some("+="),
                3 => Some("-="),
                4 => Some("*="),
                5 => Some("/="),
                _ => None,
            },
            _ => None,
        };
        if let Some(operator) = compound {
            // A Num divided is a float, which is a Num.
            let operand = match (var.kind, operator) {
                (Kind::Int, _) => Kind::Int,
                _ => Kind::Num,
            };
            let value = self.expr(operand, 2);
            out.push(node![format!("{name} {operator} "), value]);
            return;
        }
        if var.kind == Kind::Str && self.random.one_in(3) {
            let value = self.expr(Kind::Str, 1);
            self.spend(4);
            out.push(node![format!("{name} = cut({name} .. "), value, ")"]);
            return;
        }
        let value = self.expr(var.kind, 3);
        out.push(node![format!("{name} = "), value]);
    }

    /// Two variables exchanged, or several assigned at once.
    fn swap(&mut self, out: &mut Vec<Node>) {
        let wanted =
            self.pick_var(|var| var.can_assign && !matches!(var.kind, Kind::Fun(_) | Kind::Depth(_)));
        let Some(a) = wanted else { return self.assign(out) };
        let Some(b) = self.pick_var(|var| var.can_assign && var.kind == a.kind) else { return };
        if self.random.one_in(2) {
            out.push(node![format!("{}, {} = {}, {}", a.name, b.name, b.name, a.name)]);
        } else {
            let (x, y) = (self.expr(a.kind, 2), self.expr(b.kind, 2));
            out.push(node![format!("{}, {} = ", a.name, b.name), x, ", ", y]);
        }
    }

    /// Something done to a table.
    fn tables(&mut self, out: &mut Vec<Node>) {
        let is_table = |kind| {
            matches!(kind, Kind::Ints | Kind::Nums | Kind::Mixed | Kind::Rec | Kind::Recs | Kind::Dict)
        };
        let Some(var) = self.pick_var(|var| is_table(var.kind)) else { return self.declare(out) };
        self.spend(3);
        match var.kind {
            Kind::Ints => self.list(&var.name, Kind::Int, out),
            Kind::Nums => self.list(&var.name, Kind::Num, out),
            Kind::Recs => self.list(&var.name, Kind::Rec, out),
            Kind::Mixed => self.mixed(&var.name, out),
            Kind::Rec => self.record(&var.name, out),
            _ => self.dictionary(&var.name, out),
        }
    }

    fn list(&mut self, name: &str, element: Kind, out: &mut Vec<Node>) {
        let value = self.expr(element, 2);
        out.push(match self.random.below(12) {
            0..=3 => {
                node![format!("if #{name} < 60 "), vec![node![format!("{name}[#{name} + 1] = "), value]]]
            }
            4 => {
                node![format!("if #{name} < 60 "), vec![node![format!("table.insert({name}, "), value, ")"]]]
            }
            5 => node![
                format!("if #{name} < 40 "),
                vec![node![format!("table.insert({name}, 1, "), value, ")"]]
            ],
            6 => node![format!("table.remove({name})")],
            7 => node![format!("if #{name} > 2 "), vec![node![format!("table.remove({name}, 2)")]]],
            8 if element == Kind::Int => {
                self.spend(30);
                node![format!("table.sort({name})")]
            }
            9 => node![format!("{name}[#{name}] = nil")],
            _ => {
                let at = self.expr(Kind::Small, 1);
                node![
                    format!("if #{name} > 0 "),
                    vec![node![format!("{name}[1 + "), at, format!(" % #{name}] = "), value]]
                ]
            }
        });
    }

    fn mixed(&mut self, name: &str, out: &mut Vec<Node>) {
        let value = self.expr(Kind::Any, 2);
        out.push(match self.random.below(8) {
            0 | 1 => {
                node![format!("if #{name} < 60 "), vec![node![format!("{name}[#{name} + 1] = "), value]]]
            }
            2 => node![format!("{name}[0] = "), value],
            3 => node![format!("{name}[#{name}] = nil")],
            4 => {
                let at = self.expr(Kind::Small, 1);
                node![format!("{name}["), at, "] = nil"]
            }
            5 => {
                let at = ["(-1)", "2.0", "0.5", "(1 << 40)", "math.mininteger", "1000", "(-0.0)", "8", "17"]
                    [self.random.below(9)];
                node![format!("{name}["), node![at], "] = ", value]
            }
            _ => {
                let at = self.expr(Kind::Small, 1);
                node![format!("{name}["), at, "] = ", value]
            }
        });
    }

    fn record(&mut self, name: &str, out: &mut Vec<Node>) {
        let (a, b) = (self.random.pick(NUM_FIELDS).to_string(), self.random.pick(NUM_FIELDS).to_string());
        let any = self.random.pick(ANY_FIELDS).to_string();
        out.push(match self.random.below(9) {
            0 | 1 => {
                let value = self.expr(Kind::Num, 2);
                node![format!("{name}.{a} = "), value]
            }
            2 | 3 => {
                let value = self.expr(Kind::Num, 2);
                let operator = ["+=", "-=", "*=", "/="][self.random.below(4)];
                node![format!("{name}.{a} {operator} "), value]
            }
            4 => node![format!("{name}.{a}, {name}.{b} = {name}.{b}, {name}.{a}")],
            5 => node![format!("{name}.{any} = nil")],
            6 => node![format!("{name}[\"{a}\"]++")],
            _ => {
                let value = self.expr(Kind::Any, 2);
                node![format!("{name}.{any} = "), value]
            }
        });
    }

    fn dictionary(&mut self, name: &str, out: &mut Vec<Node>) {
        let key = self.key(1);
        out.push(match self.random.below(5) {
            0 => node![format!("{name}["), key, "] = nil"],
            1 => {
                let value = self.expr(Kind::Num, 1);
                let slot = self.name("k");
                node![vec![
                    node![format!("{slot} := "), key],
                    node![format!("{name}[{slot}] = (tonumber({name}[{slot}]) || 0) + "), value],
                ]]
            }
            _ => {
                let value = self.expr(Kind::Any, 2);
                node![format!("{name}["), key, "] = ", value]
            }
        });
    }

    /// `if`, `switch`.
    fn branch(&mut self, out: &mut Vec<Node>) {
        if self.depth >= DEPTH_MAX {
            return self.assign(out);
        }
        if self.random.one_in(4) {
            return self.switch(out);
        }
        let condition = self.expr(Kind::Bool, 3);
        let mut branch = if self.random.one_in(8) {
            let name = self.name("c");
            let value = self.expr(Kind::Num, 2);
            let block = self.block_with(&[(&name, Kind::Num)]);
            node![format!("if {name} := "), value, "; ", condition, " ", block]
        } else {
            let block = self.block();
            node!["if ", condition, " ", block]
        };
        if self.random.one_in(4) {
            let (condition, block) = (self.expr(Kind::Any, 2), self.block());
            branch = node![branch, " elseif (", condition, ") ", block];
        }
        if self.random.one_in(2) {
            let block = self.block();
            branch = node![branch, " else ", block];
        }
        out.push(branch);
    }

    fn switch(&mut self, out: &mut Vec<Node>) {
        let (kind, depth) = match self.random.below(5) {
            0 => (Kind::Str, 1),
            1 => (Kind::Any, 1),
            _ => (Kind::Small, 2),
        };
        let tag = self.expr(kind, depth);
        let mut clauses = Vec::new();
        for i in 0..self.random.between(1, 4) {
            let value = match kind {
                Kind::Small => node![i.to_string()],
                kind => self.expr(kind, 0),
            };
            let block = self.switch_clause();
            clauses.push(node!["case (", value, "): ", block]);
        }
        if self.random.one_in(2) {
            let block = self.switch_clause();
            clauses.push(node!["default: ", block]);
        }
        out.push(node!["switch (", tag, ") ", clauses]);
    }

    /// In a clause `break` leaves the switch, so loops around it are out of sight.
    fn switch_clause(&mut self) -> Vec<Node> {
        let loops = std::mem::take(&mut self.loops);
        let block = self.block();
        self.loops = loops;
        block
    }

    fn block_statement(&mut self, out: &mut Vec<Node>) {
        if self.random.one_in(4) && self.affords(500) {
            self.spend(500);
            out.push(node!["collectgarbage()"]);
            return;
        }
        if self.depth < DEPTH_MAX {
            let block = self.block();
            out.push(node![block]);
        }
    }

    /// A call for what it does, or for all that it gives.
    fn call_statement(&mut self, out: &mut Vec<Node>) {
        let (sigs, is_risky) = (self.sigs.clone(), self.is_risky);
        let room = self.cost_max.saturating_sub(self.cost) / self.turns;
        let end = self.sigs_end;
        let var = self.pick_var(|var| match var.kind {
            Kind::Fun(sig) => sig < end && sigs[sig].cost <= room && (is_risky || !sigs[sig].is_risky),
            _ => false,
        });
        let Some(var) = var else { return self.assign(out) };
        let Kind::Fun(sig) = var.kind else { return };
        let args = self.args(sig, 2);
        self.spend(sigs[sig].cost);
        let call = node![format!("{}(", var.name), Node::list(args), ")"];
        let results = &sigs[sig].results;
        if results.is_empty() || self.random.one_in(5) {
            out.push(call);
            return;
        }
        if self.random.one_in(5) && !self.is_isolated {
            self.spend(20);
            out.push(node!["note(", call, ")"]);
            return;
        }
        let names: Vec<String> = results.iter().map(|_| self.name("r")).collect();
        out.push(node![format!("{} := ", names.join(", ")), call]);
        for (name, &kind) in names.iter().zip(results) {
            self.add(name, kind, true);
        }
        if self.is_at_top() && self.random.one_in(2) {
            self.digest(out);
        }
    }

    /// Prints some values, where that is not too often.
    pub fn note(&mut self, out: &mut Vec<Node>) {
        if self.is_isolated || self.turns > 60 || !self.affords(40) {
            return self.digest(out);
        }
        self.spend(40);
        let values = (0..self.random.between(1, 3)).map(|_| self.expr(Kind::Any, 2)).collect();
        out.push(node!["note(", Node::list(values), ")"]);
    }

    /// Adds a value to what is printed at the end.
    pub fn digest(&mut self, out: &mut Vec<Node>) {
        if self.is_isolated || !self.affords(12) {
            return self.assign(out);
        }
        self.spend(12);
        out.push(match self.random.below(4) {
            0 => {
                let value = self.expr(Kind::Int, 2);
                node!["digest = digest * 31 + ", value]
            }
            1 => {
                let value = self.expr(Kind::Num, 3);
                node!["digest = fold(digest, ", value, ")"]
            }
            _ => {
                let value = self.expr(Kind::Any, 2);
                node!["digest = fold(digest, ", value, ")"]
            }
        });
    }

    /// Leaves a loop or the function, under a condition.
    fn leave(&mut self, out: &mut Vec<Node>) {
        let condition = self.expr(Kind::Bool, 2);
        let leave = match (self.loops.len(), self.random.below(6)) {
            (0, _) | (_, 0) => match self.results.clone() {
                Some(kinds) => self.return_of(&kinds),
                None => return self.assign(out),
            },
            (loops, choice) => {
                let word = if choice < 4 { "continue" } else { "break" };
                let at = self.random.below(loops);
                match &self.loops[at].label {
                    Some(label) => node![format!("{word} {label}")],
                    None => node![word],
                }
            }
        };
        out.push(node!["if ", condition, " ", vec![leave]]);
    }

    /// A loop in which a variable holds one type for a while and then another.
    fn phases(&mut self, out: &mut Vec<Node>) {
        let Some(turns) = self.loop_turns() else { return self.assign(out) };
        let (i, v, sum) = (self.name("i"), self.name("v"), self.name("n"));
        let kinds = [Kind::Int, Kind::Float, Kind::Num, Kind::Str, Kind::Any, Kind::Rec, Kind::Mixed];
        let (first, second) = (self.random.below(kinds.len()), self.random.below(kinds.len()));
        let (first, second) = (self.expr(kinds[first], 0), self.expr(kinds[second], 0));
        let start = self.expr(Kind::Num, 0);
        let limit = turns / self.random.between(2, 4);
        self.spend(12 * turns as u64);
        let mut body = vec![node![
            format!("if {i} == "),
            node![limit.to_string()],
            " ",
            vec![node![format!("{v} = "), second]]
        ]];
        let use_it = match self.random.below(5) {
            0 => node![format!("{sum} = {sum} + (tonumber({v}) || 1)")],
            1 => node![
                format!("if type({v}) == \"number\" "),
                vec![node![format!("{sum} = {sum} * 3 + {v}")]],
                " else ",
                vec![node![format!("{sum} = {sum} - 1")]]
            ],
            2 => node![format!("if {v} == {sum} || !{v} "), vec![node![format!("{sum} += 2")]]],
            3 => node![
                format!("if type({v}) == \"table\" "),
                vec![node![format!("{sum} = {sum} + #{v} + (tonumber({v}.a) || 3)")]],
                " else ",
                vec![node![format!("{sum} += 0.5")]]
            ],
            _ => node![
                format!("ok, e := pcall(func() {{ {sum} = {sum} + {v} }}); if !ok "),
                vec![node![format!("{sum} -= #e")]]
            ],
        };
        body.push(use_it);
        let outer = self.vars.len();
        self.add(&i, Kind::Small, false);
        self.add(&v, Kind::Any, false);
        self.add(&sum, Kind::Num, false);
        self.turns *= turns.max(1) as u64;
        self.depth += 1;
        if self.random.one_in(2) {
            self.statement(&mut body);
        }
        self.depth -= 1;
        self.turns /= turns.max(1) as u64;
        self.vars.truncate(outer);
        out.push(node![format!("{v} := "), first]);
        out.push(node![format!("{sum} := "), start]);
        out.push(node![format!("for {i} := 0; {i} < "), node![turns.to_string()], format!("; {i}++ "), body]);
        self.add(&v, Kind::Any, true);
        self.add(&sum, Kind::Num, true);
    }
}
