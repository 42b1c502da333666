//! The larger parts of programs: functions, closures, classes, protected calls, coroutines, goroutines.

use super::maker::{Body, Class, DEPTH_MAX, Kind, Loop, Maker, Sig};
use super::tree::{Node, node};

/// Metamethods that a class may have, with what their handlers give.
const EVENTS: &[(&str, Kind)] = &[
    ("add", Kind::Num),
    ("sub", Kind::Num),
    ("mul", Kind::Num),
    ("div", Kind::Num),
    ("mod", Kind::Num),
    ("pow", Kind::Num),
    ("unm", Kind::Num),
    ("concat", Kind::Str),
    ("eq", Kind::Bool),
    ("lt", Kind::Bool),
    ("le", Kind::Bool),
];

impl Maker<'_> {
    fn param_kind(&mut self) -> Kind {
        match self.random.below(14) {
            0..=3 => Kind::Int,
            4..=7 => Kind::Num,
            8 | 9 => Kind::Any,
            10 => Kind::Str,
            11 => [Kind::Ints, Kind::Nums, Kind::Rec, Kind::Mixed, Kind::Recs][self.random.below(5)],
            12 => {
                // A function that takes a function, if there is one of a kind that is cheap.
                let found = self.sigs.iter().position(|sig| sig.cost < 100 && !sig.is_risky);
                found.map_or(Kind::Float, Kind::Fun)
            }
            _ => Kind::Float,
        }
    }

    fn new_sig(&mut self) -> Sig {
        let params = (0..self.random.below(4)).map(|_| self.param_kind()).collect();
        let result = [Kind::Int, Kind::Num, Kind::Num, Kind::Any, Kind::Str, Kind::Float, Kind::Bool];
        let count = [1, 1, 1, 2, 3, 0][self.random.below(6)];
        let results = (0..count).map(|_| result[self.random.below(result.len())]).collect();
        Sig { params, results, cost: 5, is_variadic: self.random.one_in(6), is_risky: self.random.one_in(5) }
    }

    /// `func(...)` with a body for this signature, whose cost is noted in it. `name` may be called in the body.
    fn function_text(&mut self, sig: &mut Sig, self_param: Option<Kind>) -> (String, Vec<Node>) {
        let names: Vec<String> = sig.params.iter().map(|_| self.name("p")).collect();
        let mut params: Vec<(&str, Kind)> =
            names.iter().map(String::as_str).zip(sig.params.iter().copied()).collect();
        if let Some(kind) = self_param {
            params.push(("self", kind));
        }
        let body = Body { is_variadic: sig.is_variadic, is_risky: sig.is_risky, ..Body::default() };
        let (block, cost) = self.body(&params, Some(sig.results.clone()), body);
        sig.cost = cost;
        let mut list = names;
        if sig.is_variadic {
            list.push("...".to_string());
        }
        (list.join(", "), block)
    }

    /// A new function.
    pub fn function(&mut self, out: &mut Vec<Node>) {
        if self.depth >= DEPTH_MAX - 2 {
            return self.assign(out);
        }
        if self.random.one_in(4) {
            return self.recursion(out);
        }
        let mut sig = self.new_sig();
        let (params, block) = self.function_text(&mut sig, None);
        let name = self.name("f");
        self.sigs.push(sig);
        let number = self.sigs.len() - 1;
        out.push(match self.random.below(3) {
            0 => node![format!("{name} := func({params}) "), block],
            _ => node![format!("func {name}({params}) "), block],
        });
        self.add(&name, Kind::Fun(number), true);
    }

    /// A function that calls itself, or two that call each other.
    fn recursion(&mut self, out: &mut Vec<Node>) {
        let (f, n, a) = (self.name("f"), self.name("d"), self.name("p"));
        let is_tree = self.random.one_in(2);
        let depth_max = if is_tree { self.random.between(2, 5) } else { self.random.between(5, 40) };
        let calls = if is_tree { 1 << (depth_max + 1) } else { depth_max as u64 + 1 };
        let room = self.cost_max.saturating_sub(self.cost) / self.turns / calls;
        if room < 20 {
            return self.assign(out);
        }
        let params = [(n.as_str(), Kind::Depth(0)), (a.as_str(), Kind::Num)];
        let cost_max = self.cost_max;
        self.cost_max = self.cost + room.min(100) * self.turns;
        let (mut block, cost) = self.body(&params, None, Body::default());
        self.cost_max = cost_max;
        let outer = self.vars.len();
        self.add(&a, Kind::Num, true);
        let (base, step) = (self.leaf_num(), self.leaf_num());
        self.vars.truncate(outer);
        block.insert(0, node![format!("if {n} <= 0 "), vec![node!["return ", base]]]);
        let operator = ["+", "-", "*"][self.random.below(3)];
        block.push(if is_tree {
            node![
                "return ",
                node![format!("{f}({n} - 1, {a})")],
                format!(" {operator} "),
                node![format!("{f}({n} - 2, "), step, ")"]
            ]
        } else {
            node!["return ", node![format!("{f}({n} - 1, "), step, ")"], format!(" {operator} 1")]
        });
        let sig = Sig {
            params: vec![Kind::Depth(depth_max), Kind::Num],
            results: vec![Kind::Num],
            cost: (cost + 5) * calls,
            is_variadic: false,
            is_risky: false,
        };
        self.sigs.push(sig);
        out.push(node![format!("func {f}({n}, {a}) "), block]);
        self.add(&f, Kind::Fun(self.sigs.len() - 1), false);
    }

    fn leaf_num(&mut self) -> Node {
        self.inner_expr(Kind::Num, 1)
    }

    /// A function variable gets another function, maybe while a loop that calls it runs.
    pub fn replace_function(&mut self, out: &mut Vec<Node>) {
        let var = self.pick_var(|var| var.can_assign && matches!(var.kind, Kind::Fun(_)));
        let Some(var) = var else { return self.function(out) };
        let Kind::Fun(sig) = var.kind else { return };
        let (condition, value) = (self.expr(Kind::Bool, 2), self.lambda(sig));
        out.push(node!["if ", condition, " ", vec![node![format!("{} = ", var.name), value]]]);
    }

    /// A function of the extra arguments.
    pub fn varargs(&mut self, out: &mut Vec<Node>) {
        let (f, sum, i) = (self.name("f"), self.name("n"), self.name("i"));
        let start = self.expr(Kind::Int, 1);
        let results = [Kind::Num, Kind::Int];
        let (mut block, cost) =
            self.body(&[(&sum, Kind::Num)], None, Body { is_variadic: true, ..Body::default() });
        let add = match self.random.below(3) {
            0 => format!("{sum} = {sum} + (tonumber(...[{i}]) || 1)"),
            1 => format!("{sum} = {sum} + (tonumber((select({i}, ...))) || 1)"),
            _ => format!("if ...[{i}] {{ {sum} += {i} }}"),
        };
        block.push(node![format!("for {i} := 1; {i} <= #...; {i}++ "), vec![node![add]]]);
        block.push(match self.random.below(3) {
            0 => node![format!("return {sum}, #...")],
            1 => node![format!("t := {{...}}; return {sum}, #t")],
            _ => node![format!("return {sum}, (select(\"#\", ...)), ...")],
        });
        self.sigs.push(Sig {
            params: vec![Kind::Num],
            results: results.to_vec(),
            cost: cost + 50,
            is_variadic: true,
            is_risky: false,
        });
        out.push(node![format!("func {f}({sum}, ...) "), block]);
        self.add(&f, Kind::Fun(self.sigs.len() - 1), true);
        let r = self.name("r");
        let args = (0..self.random.below(7)).map(|_| self.expr(Kind::Any, 1)).collect::<Vec<_>>();
        let mut list = vec![start];
        list.extend(args);
        self.spend(cost + 50);
        out.push(node![format!("{r} := {f}("), Node::list(list), ")"]);
        self.add(&r, Kind::Num, true);
    }

    /// Closures over variables that they share, or over those of each turn of a loop.
    pub fn closures(&mut self, out: &mut Vec<Node>) {
        if self.depth >= DEPTH_MAX - 1 || !self.affords(300) {
            return self.assign(out);
        }
        self.spend(100);
        let (x, get, set, i) = (self.name("n"), self.name("f"), self.name("f"), self.name("i"));
        match self.random.below(3) {
            0 => {
                // A counter: one closure changes what another one reads.
                let (start, step) = (self.leaf_num(), self.leaf_num());
                out.push(node![format!("{x} := "), start]);
                out.push(node![format!("{get} := func() "), vec![node![format!("return {x}")]]]);
                out.push(node![format!("{set} := func(a) "), vec![node![format!("{x} = {x} + a")]]]);
                let turns = self.random.between(2, 9).to_string();
                let body = vec![node![format!("{set}("), step, ")"]];
                out.push(node![format!("for {i} := 0; {i} < "), node![turns], format!("; {i}++ "), body]);
                self.add(&x, Kind::Num, true);
                for (name, params, results) in
                    [(&get, vec![], vec![Kind::Num]), (&set, vec![Kind::Num], vec![])]
                {
                    self.sigs.push(Sig { params, results, cost: 5, is_variadic: false, is_risky: false });
                    self.add(name, Kind::Fun(self.sigs.len() - 1), false);
                }
            }
            1 => {
                // One closure for each turn.
                let (list, sum, turns) = (self.name("t"), self.name("n"), self.random.between(2, 12));
                let outer = self.vars.len();
                self.add(&i, Kind::Small, false);
                let inner = self.inner_expr(Kind::Num, 2);
                self.vars.truncate(outer);
                let change = if self.random.one_in(3) {
                    node![format!("{i} += 1")]
                } else {
                    node![format!("{sum} += {i}")]
                };
                let body = vec![
                    node![
                        format!("{list}[#{list} + 1] = func(a) "),
                        vec![node![format!("{sum} += a")], node!["return ", inner],]
                    ],
                    change,
                ];
                out.push(node![format!("{list} := {{}}")]);
                out.push(node![format!("{sum} := 0")]);
                let header = match self.random.below(3) {
                    0 => node![format!("for {i} := range "), node![turns.to_string()]],
                    _ => node![format!("for {i} := 0; {i} < "), node![turns.to_string()], format!("; {i}++")],
                };
                out.push(node![header, " ", body]);
                let call = format!("for k, f := range {list} {{ {sum} = {sum} + (tonumber(f(k)) || 0) }}");
                out.push(node![call]);
                self.add(&sum, Kind::Num, true);
            }
            _ => {
                // A function that makes closures.
                let (make, a) = (self.name("f"), self.name("p"));
                let outer = self.vars.len();
                self.add(&a, Kind::Num, true);
                self.add("b", Kind::Num, true);
                let value = self.inner_expr(Kind::Num, 3);
                self.vars.truncate(outer);
                let inner = vec![node![format!("{a} = {a} + 1")], node!["return ", value]];
                out.push(node![format!("func {make}({a}) "), vec![node!["return func(b) ", inner]]]);
                let start = self.leaf_num();
                out.push(node![format!("{get} := {make}("), start, ")"]);
                let sig = Sig {
                    params: vec![Kind::Num],
                    results: vec![Kind::Num],
                    cost: 40,
                    is_variadic: false,
                    is_risky: false,
                };
                self.sigs.push(sig);
                self.add(&get, Kind::Fun(self.sigs.len() - 1), true);
            }
        }
    }

    /// A call that may fail, and what came of it.
    pub fn protected(&mut self, out: &mut Vec<Node>) {
        if self.depth >= DEPTH_MAX - 1 || !self.affords(60) {
            return self.assign(out);
        }
        self.spend(20);
        let results = Some(vec![Kind::Any]);
        let body = Body { is_immediate: true, is_risky: true, ..Body::default() };
        let (mut block, cost) = self.body(&[], results, body);
        self.spend(cost);
        if self.random.one_in(3) {
            let condition = self.inner_expr(Kind::Bool, 1);
            let value = self.inner_expr(Kind::Any, 1);
            let raise = match self.random.below(5) {
                0 => node!["error({code: ", value, "})"],
                1 => node!["error(\"raised\", 1)"],
                2 => node!["error(\"raised\", 2)"],
                3 => node!["assert(", value, ", \"asserted\")"],
                _ => node!["error(", value, ")"],
            };
            let at = self.random.below(block.len());
            block.insert(at, node!["if ", condition, " ", vec![raise]]);
        }
        let (ok, e) = (self.name("b"), self.name("v"));
        let is_noted = self.turns <= 60 && !self.is_isolated && self.affords(40);
        out.push(match self.random.below(4) {
            0 => {
                let handler = vec![node!["return {type(e), e}"]];
                node![format!("{ok}, {e} := xpcall(func() "), block, ", func(e) ", handler, ")"]
            }
            _ => node![format!("{ok}, {e} := pcall(func() "), block, ")"],
        });
        self.add(&ok, Kind::Bool, true);
        self.add(&e, Kind::Any, true);
        if is_noted {
            self.spend(40);
            out.push(node![format!("note({ok}, {e})")]);
        } else if !self.is_isolated && self.affords(20) {
            self.spend(20);
            out.push(node![format!("digest = fold(digest, {e})")]);
        }
    }

    /// An error that ends the program, some calls deep.
    pub fn uncaught(&mut self, out: &mut Vec<Node>) {
        let f = self.name("f");
        self.cost_max += 500;
        let body = Body { is_risky: true, ..Body::default() };
        let (mut block, _) = self.body(&[("a", Kind::Num)], None, body);
        let value = self.expr(Kind::Num, 2);
        block.push(match self.random.below(3) {
            0 => node!["return a.field.other + ", value],
            1 => node!["if a > 20 ", vec![node!["error({code: a})"]]],
            _ => node!["return a + {} * ", value],
        });
        out.push(node![format!("func {f}(a) "), block]);
        let body = vec![node![format!("digest = fold(digest, {f}(i))")]];
        out.push(node!["for i := 0; i < ", node!["40"], "; i++ ", body]);
    }

    /// `defer`, in functions.
    pub fn defer(&mut self, out: &mut Vec<Node>) {
        if self.results.is_none() || self.is_isolated || self.turns > 10 || self.depth >= DEPTH_MAX - 1 {
            return self.assign(out);
        }
        self.spend(40);
        let value = self.expr(Kind::Any, 2);
        out.push(match self.random.below(3) {
            0 => {
                let (block, cost) = self.body(&[], None, Body::default());
                self.spend(cost);
                node!["defer func() ", block, "()"]
            }
            1 => node!["defer func(a) { digest = fold(digest, a) }(", value, ")"],
            _ => node!["defer note(\"deferred\", ", value, ")"],
        });
    }

    /// Functions of the library that call back.
    pub fn callbacks(&mut self, out: &mut Vec<Node>) {
        if !self.affords(200) || self.depth >= DEPTH_MAX - 1 {
            return self.assign(out);
        }
        self.spend(60);
        let outer = self.vars.len();
        let (a, b) = (self.name("p"), self.name("p"));
        match self.random.below(4) {
            0 => {
                let Some(list) = self.var(Kind::Ints) else { return self.assign(out) };
                out.push(node![
                    format!("table.sort({list}, func({a}, {b}) "),
                    vec![node![format!("return {a} > {b}")]],
                    ")"
                ]);
            }
            1 => {
                let Some(list) = self.var(Kind::Nums) else { return self.assign(out) };
                self.add(&a, Kind::Num, true);
                let value = self.inner_expr(Kind::Num, 2);
                self.vars.truncate(outer);
                let t = self.name("t");
                out.push(node![
                    format!("{t} := table.map({list}, func({a}) "),
                    vec![node!["return ", value]],
                    ")"
                ]);
                self.add(&t, Kind::Nums, true);
            }
            2 => {
                let Some(list) = self.var(Kind::Nums) else { return self.assign(out) };
                self.add(&a, Kind::Num, true);
                self.add(&b, Kind::Num, true);
                let value = self.inner_expr(Kind::Num, 2);
                self.vars.truncate(outer);
                let n = self.name("n");
                out.push(node![
                    format!("{n} := table.reduce({list}, func({a}, {b}) "),
                    vec![node!["return ", value]],
                    ", 0)"
                ]);
                self.add(&n, Kind::Num, true);
            }
            _ => {
                self.add(&a, Kind::Str, true);
                let value = self.inner_expr(Kind::Str, 2);
                self.vars.truncate(outer);
                let s = self.name("s");
                out.push(node![
                    format!("{s} := cut((string.gsub(\"one 22 x\", \"%w+\", func({a}) "),
                    vec![node!["return ", value]],
                    ")))"
                ]);
                self.add(&s, Kind::Str, true);
            }
        }
    }

    // ---- coroutines and goroutines ----------------------------------------------------------------------------------

    /// `yield`, in coroutines.
    pub fn yields(&mut self, out: &mut Vec<Node>) {
        if !self.can_yield {
            return self.assign(out);
        }
        self.spend(10);
        let value = self.expr(Kind::Any, 2);
        let target = self.pick_var(|var| var.can_assign && var.kind == Kind::Any);
        out.push(match target {
            Some(var) if self.random.one_in(2) => {
                node![format!("{} = coroutine.yield(", var.name), value, ")"]
            }
            _ => node!["coroutine.yield(", value, ")"],
        });
    }

    /// A coroutine and the loop that resumes it.
    pub fn coroutine(&mut self, out: &mut Vec<Node>) {
        if self.depth >= DEPTH_MAX - 2 || !self.affords(400) {
            return self.assign(out);
        }
        let (co, p, i) = (self.name("v"), self.name("v"), self.name("i"));
        let body = Body { is_coroutine: true, is_immediate: true, ..Body::default() };
        let is_wrapped = self.random.one_in(3);
        let results = if is_wrapped { vec![] } else { vec![Kind::Any] };
        let (mut block, cost) = self.body(&[(&p, Kind::Any)], Some(results), body);
        self.spend(cost + 50);
        let value = self.leaf_num();
        let turns = self.random.between(2, 8);
        let at = self.random.below(block.len());
        let catches = self.random.one_in(3);
        let inner = if catches {
            let fails = node![format!("if {i} == 2 "), vec![node!["error(\"in the coroutine\")"]]];
            vec![node![
                "pcall(func() ",
                vec![
                    node![format!("{p} = coroutine.yield({i})")],
                    fails,
                    node!["coroutine.yield(", value, ")"]
                ],
                ")"
            ]]
        } else {
            vec![node![format!("{p} = coroutine.yield("), value, ")"], node![format!("coroutine.yield({i})")]]
        };
        block.insert(
            at,
            node![format!("for {i} := 0; {i} < "), node![turns.to_string()], format!("; {i}++ "), inner],
        );
        let (ok, v, k) = (self.name("b"), self.name("v"), self.name("i"));
        let note = if self.turns <= 10 && !self.is_isolated {
            format!("note({v})")
        } else {
            format!("{v} = {v} || 1")
        };
        if is_wrapped {
            let body = self.loop_body(8, Loop { label: None, counter: None }, &[(&v, Kind::Any)]);
            out.push(node![format!("{k} := 0")]);
            out.push(node![
                format!("for {v} := range coroutine.wrap(func({p}) "),
                block,
                format!(") {{ {k}++; if {k} > "),
                node!["20"],
                format!(" {{ break }}; {note}; "),
                body,
                " }"
            ]);
            return;
        }
        out.push(node![format!("{co} := coroutine.create(func({p}) "), block, ")"]);
        let given = self.expr(Kind::Any, 2);
        let turns = self.random.between(1, 12);
        let body =
            self.loop_body(turns, Loop { label: None, counter: None }, &[(&v, Kind::Any), (&ok, Kind::Bool)]);
        out.push(node![
            format!("for {k} := 0; {k} < "),
            node![turns.to_string()],
            format!("; {k}++ {{ {ok}, {v} := coroutine.resume({co}, "),
            given,
            format!("); {note}; "),
            body,
            " }"
        ]);
        if !self.is_isolated && self.turns <= 10 {
            out.push(node![format!("note(coroutine.status({co}))")]);
            if self.random.one_in(3) {
                out.push(node![format!("note(coroutine.close({co}))")]);
            }
        }
    }

    /// A goroutine that shares nothing but channels, so that all happens in one order.
    pub fn goroutine(&mut self, out: &mut Vec<Node>) {
        if self.depth > 1 || self.is_isolated || self.can_yield || self.turns > 20 || !self.affords(500) {
            return self.assign(out);
        }
        self.spend(150);
        let (ch, n, i, v) = (self.name("ch"), self.name("p"), self.name("i"), self.name("v"));
        let turns = self.random.between(2, 12);
        let capacity = [0, 0, 1, 3][self.random.below(4)];
        let floor = std::mem::replace(&mut self.floor, self.vars.len());
        self.is_isolated = true;
        let (mut block, cost) = self.body(&[(&n, Kind::Small), (&i, Kind::Small)], None, Body::default());
        let outer = self.vars.len();
        self.add(&n, Kind::Small, false);
        self.add(&i, Kind::Small, false);
        let value = self.inner_expr(Kind::Any, 3);
        self.vars.truncate(outer);
        self.is_isolated = false;
        self.floor = floor;
        self.spend(cost * turns as u64);
        let body = self.loop_body(turns, Loop { label: None, counter: None }, &[(&v, Kind::Any)]);
        if self.random.one_in(2) {
            // It sends, and closes at the end.
            block.push(node![format!("{ch} <- "), value]);
            out.push(node![format!("{ch} := make(chan, {capacity})")]);
            let turn = node![format!("for {i} := 0; {i} < {n}; {i}++ "), block];
            out.push(node![
                format!("go func({n}) {{ defer close({ch}); pcall(func() "),
                vec![turn],
                ") }(",
                node![turns.to_string()],
                ")"
            ]);
            let fold = format!("for {v} := range {ch} {{ digest = fold(digest, {v}); ");
            out.push(node![fold, body, " }"]);
            return;
        }
        // It answers.
        let back = self.name("ch");
        let question = self.expr(Kind::Small, 1);
        out.push(node![format!("{ch} := make(chan)")]);
        out.push(node![format!("{back} := make(chan, {capacity})")]);
        block.push(node![format!("{n} = {n} + 1")]);
        let answer = vec![node!["pcall(func() ", block, ")"], node![format!("{back} <- "), value]];
        out.push(node![format!("go func({n}) {{ for {i} := range {ch} "), answer, " }(1)"]);
        let k = self.name("i");
        out.push(node![
            format!("for {k} := 0; {k} < "),
            node![turns.to_string()],
            format!("; {k}++ {{ {ch} <- "),
            question,
            format!("; {v} := <-{back}; digest = fold(digest, {v}); "),
            body,
            " }"
        ]);
        out.push(node![format!("close({ch})")]);
    }

    /// Statements that run as goroutines beside all others, with the variables around them.
    pub fn task(&mut self, out: &mut Vec<Node>) {
        if self.depth >= DEPTH_MAX - 1 || self.turns > 40 || !self.affords(100) {
            return self.assign(out);
        }
        let copies = self.random.between(1, 3);
        let body = Body { is_risky: true, ..Body::default() };
        let (block, cost) = self.body(&[], Some(Vec::new()), body);
        self.spend((cost + 40) * copies as u64);
        let task = vec![node!["tasks:run(func() { pcall(func() ", block, ") })"]];
        out.push(node!["for _ := range ", node![copies.to_string()], " ", task]);
    }

    // ---- classes ------------------------------------------------------------------------------------------------------

    /// A class: methods, metamethods, and maybe a class above it.
    pub fn class(&mut self, out: &mut Vec<Node>) {
        let name = self.name("C");
        let mut class = Class { name: name.clone(), events: vec![], methods: vec![], has_default: false };
        out.push(node![format!("{name} := {{}}")]);
        out.push(node![format!("{name}.__index = {name}")]);
        out.push(node![format!(
            "func {name}.new(x) {{ return setmetatable({{x: tonumber(x) || 0, n: 0}}, {name}) }}"
        )]);
        let number = self.classes.len();
        if number > 0 && self.random.one_in(2) {
            let parent = self.classes[self.random.below(number)].clone();
            out.push(node![format!("setmetatable({name}, {{__index: {}}})", parent.name)]);
            class.methods.extend(parent.methods);
            class.has_default = parent.has_default;
        } else if self.random.one_in(3) {
            let value = self.expr(Kind::Num, 1);
            out.push(node![
                format!("setmetatable({name}, {{__index: func(t, k) "),
                vec![node!["return ", value]],
                "})"
            ]);
            class.has_default = true;
        }
        for (event, kind) in EVENTS {
            if !self.random.one_in(3) {
                continue;
            }
            let (block, cost) =
                self.body(&[("p", Kind::Num), ("q", Kind::Num)], Some(vec![*kind]), Body::default());
            out.push(node![
                format!("{name}.__{event} = func(a, b) {{ p := val(a); q := val(b); "),
                block,
                " }"
            ]);
            class.events.push((event, cost + 30));
        }
        if self.random.one_in(3) {
            let value = self.expr(Kind::Small, 1);
            out.push(node![format!("{name}.__len = func(t) "), vec![node!["return ", value]]]);
            class.events.push(("len", 20));
        }
        if self.random.one_in(3) {
            let (block, cost) = self.body(&[("a", Kind::Num)], Some(vec![Kind::Num]), Body::default());
            out.push(node![format!("{name}.__call = func(self, a) "), block]);
            class.events.push(("call", cost + 10));
        }
        if self.random.one_in(4) {
            out.push(node![format!("{name}.__newindex = func(t, k, v) {{ rawset(t, k, v); digest += 3 }}")]);
        }
        self.classes.push(class);
        for m in 0..3 {
            if self.random.one_in(3) {
                continue;
            }
            let mut sig = self.new_sig();
            sig.is_risky = false;
            // A method calls those before it, whoever overrides them.
            let methods_end = std::mem::replace(&mut self.methods_end, m);
            let (params, block) = self.function_text(&mut sig, Some(Kind::Obj(number)));
            self.methods_end = methods_end;
            let method = format!("m{m}");
            self.sigs.push(sig);
            let sig = self.sigs.len() - 1;
            self.classes[number].methods.retain(|(name, _)| *name != method);
            self.classes[number].methods.push((method.clone(), sig));
            out.push(node![format!("func {name}:{method}({params}) "), block]);
        }
        let object = self.name("o");
        let value = self.leaf_num();
        out.push(node![format!("{object} := {name}.new("), value, ")"]);
        self.add(&object, Kind::Obj(number), true);
    }

    /// Something done to an object.
    pub fn objects(&mut self, out: &mut Vec<Node>) {
        let Some(var) = self.pick_var(|var| matches!(var.kind, Kind::Obj(_))) else {
            return self.assign(out);
        };
        let Kind::Obj(number) = var.kind else { return };
        let name = &var.name;
        match self.random.below(8) {
            0 | 1 => {
                let value = self.expr(Kind::Num, 2);
                let operator = ["=", "+=", "-=", "*="][self.random.below(4)];
                out.push(node![format!("{name}.x {operator} "), value]);
            }
            2 => {
                let (field, value) = (["f1", "f2", "f3"][self.random.below(3)], self.expr(Kind::Any, 2));
                out.push(node![format!("{name}.{field} = "), value]);
            }
            3 => out.push(node![format!("{name}.n++")]),
            _ => {
                let (sigs_end, methods_end) = (self.sigs_end, self.methods_end);
                let is_before = |name: &str, sig: usize| {
                    sig < sigs_end && name[1..].parse().is_ok_and(|m: usize| m < methods_end)
                };
                let mut methods = self.classes[number].methods.clone();
                methods.retain(|(name, sig)| is_before(name, *sig));
                if methods.is_empty() {
                    return self.assign(out);
                }
                let (method, sig) = methods[self.random.below(methods.len())].clone();
                let Sig { results, cost, .. } = self.sigs[sig].clone();
                if !self.affords(cost) {
                    return self.assign(out);
                }
                let args = self.args(sig, 2);
                self.spend(cost);
                let call = node![format!("{name}:{method}("), Node::list(args), ")"];
                match results.first() {
                    Some(&kind) => {
                        let r = self.name("r");
                        out.push(node![format!("{r} := "), call]);
                        self.add(&r, kind, true);
                    }
                    None => out.push(call),
                }
            }
        }
    }
}
