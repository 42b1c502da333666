//! Loops of every form, each with an end that the program cannot miss.

use super::maker::{Kind, Loop, Maker};
use super::tree::{Node, node};

impl Maker<'_> {
    /// A loop, if there is cost left for one.
    pub fn repeat(&mut self, out: &mut Vec<Node>) {
        let Some(turns) = self.loop_turns() else { return self.assign(out) };
        let label = if self.random.one_in(4) { Some(self.name("L")) } else { None };
        let head = label.as_ref().map(|label| format!("{label}: ")).unwrap_or_default();
        match self.random.below(16) {
            0..=4 => self.count(turns, label, head, out),
            5 | 6 => self.count_down(turns, label, head, out),
            7 | 8 => self.while_loop(turns, label, head, out),
            9 => self.endless(turns, label, head, out),
            10 | 11 => self.range_integer(turns, label, head, out),
            12..=14 => self.range_table(turns, label, head, out),
            _ => self.range_other(label, head, out),
        }
    }

    /// `for i := 0; i < n; i++`, with any step, also over floats.
    fn count(&mut self, turns: usize, label: Option<String>, head: String, out: &mut Vec<Node>) {
        let i = self.name("i");
        let is_simple = self.random.one_in(2);
        let (first, limit, step, kind) = match self.random.below(12) {
            _ if is_simple => ("0".to_string(), turns.to_string(), format!("{i}++"), Kind::Small),
            0..=2 => ("1".to_string(), turns.to_string(), format!("{i} += 1"), Kind::Small),
            3 | 4 => ("2".to_string(), (turns * 3).to_string(), format!("{i} += 3"), Kind::Small),
            5 => ("0.5".to_string(), turns.to_string(), format!("{i}++"), Kind::Float),
            6 => ("0".to_string(), format!("{}.0", turns / 2), format!("{i} += 0.5"), Kind::Num),
            // Past what fits into a small integer, and past what is exact as a float.
            7 => {
                let first = (1i64 << 47) - turns as i64 / 2;
                (first.to_string(), (first + turns as i64).to_string(), format!("{i}++"), Kind::Int)
            }
            8 => {
                let first = (1i64 << 53) - turns as i64 / 2;
                (first.to_string(), (first + turns as i64).to_string(), format!("{i}++"), Kind::Int)
            }
            // Up to the largest integer, where one more is the smallest.
            9 => {
                let first = i64::MAX - turns as i64;
                (first.to_string(), "math.maxinteger".to_string(), format!("{i}++"), Kind::Int)
            }
            10 => (format!("(-{})", turns / 2), (turns / 2).to_string(), format!("{i} = {i} + 1"), Kind::Int),
            _ => {
                let mut doublings = 0;
                while 1 << doublings < turns * 4 {
                    doublings += 1;
                }
                let limit = (1u64 << (doublings * 4).min(62)).to_string();
                ("1".to_string(), limit, format!("{i} *= 2"), Kind::Int)
            }
        };
        let compare = if self.random.one_in(4) && limit != "math.maxinteger" { "<=" } else { "<" };
        let can_steer = matches!(kind, Kind::Small | Kind::Float | Kind::Num);
        let counter = can_steer.then(|| (i.clone(), true));
        let info = Loop { label, counter };
        let mut body = self.loop_body(turns, info.clone(), &[(&i, kind)]);
        self.steer(&info, &mut body);
        out.push(node![
            format!("{head}for {i} := "),
            node![first],
            format!("; {i} {compare} "),
            node![limit],
            format!("; {step} "),
            body
        ]);
    }

    fn count_down(&mut self, turns: usize, label: Option<String>, head: String, out: &mut Vec<Node>) {
        let i = self.name("i");
        let info = Loop { label, counter: Some((i.clone(), false)) };
        let mut body = self.loop_body(turns, info.clone(), &[(&i, Kind::Small)]);
        self.steer(&info, &mut body);
        let (compare, step) =
            [(">", "--"), (">=", "--"), (">", " -= 1"), (">=", " -= 2")][self.random.below(4)];
        // A counter that the body moved below zero is no longer small: nothing needs it to be.
        out.push(node![
            format!("{head}for {i} := "),
            node![turns.to_string()],
            format!("; {i} {compare} "),
            node!["0"],
            format!("; {i}{step} "),
            body
        ]);
    }

    /// Sometimes the body itself moves the counter on, also through a closure.
    fn steer(&mut self, info: &Loop, body: &mut Vec<Node>) {
        let Some((i, is_up)) = &info.counter else { return };
        if !*is_up || !self.random.one_in(8) {
            return;
        }
        let at = self.random.below(body.len() + 1);
        let step = match self.random.below(3) {
            0 => node![format!("{i} += 2")],
            1 => node![format!("if {i} % 4 == 1 "), vec![node![format!("{i}++")]]],
            _ => {
                let f = self.name("f");
                node![vec![node![format!("{f} := func() {{ {i} += 1 }}")], node![format!("{f}()")]]]
            }
        };
        body.insert(at, step);
    }

    /// `for condition`, with a count beside the condition.
    fn while_loop(&mut self, turns: usize, label: Option<String>, head: String, out: &mut Vec<Node>) {
        let w = self.name("w");
        out.push(node![format!("{w} := 0")]);
        self.add(&w, Kind::Small, false);
        let condition = self.expr(Kind::Bool, 2);
        let condition = if self.random.one_in(2) { node!["(", condition, " || true)"] } else { condition };
        let body = self.loop_body(turns, Loop { label, counter: None }, &[]);
        out.push(node![
            format!("{head}for {w} < "),
            node![turns.to_string()],
            " && ",
            condition,
            format!(" {{ {w}++; "),
            body,
            " }"
        ]);
    }

    /// `for { }`, with a count inside.
    fn endless(&mut self, turns: usize, label: Option<String>, head: String, out: &mut Vec<Node>) {
        let w = self.name("w");
        out.push(node![format!("{w} := 0")]);
        self.add(&w, Kind::Small, false);
        let body = self.loop_body(turns, Loop { label, counter: None }, &[]);
        out.push(node![
            format!("{head}for {{ {w}++; if {w} > "),
            node![turns.to_string()],
            " { break }; ",
            body,
            " }"
        ]);
    }

    fn range_integer(&mut self, turns: usize, label: Option<String>, head: String, out: &mut Vec<Node>) {
        let i = self.name("i");
        let body = self.loop_body(turns, Loop { label, counter: None }, &[(&i, Kind::Small)]);
        let limit = if self.random.one_in(6) { format!("{turns}.0") } else { turns.to_string() };
        out.push(if self.random.one_in(8) {
            // The variable is unknown then, so the body is written without it.
            node![format!("{head}for {i}, nothing := range "), node![limit], " ", body]
        } else {
            node![format!("{head}for {i} := range "), node![limit], " ", body]
        });
    }

    fn range_table(&mut self, turns: usize, label: Option<String>, head: String, out: &mut Vec<Node>) {
        let is_wanted = |kind| {
            matches!(kind, Kind::Ints | Kind::Nums | Kind::Recs | Kind::Mixed | Kind::Dict | Kind::Rec)
        };
        let Some(var) = self.pick_var(|var| is_wanted(var.kind)) else {
            return self.range_integer(turns, label, head, out);
        };
        let (k, v) = (self.name("k"), self.name("v"));
        let value = match var.kind {
            Kind::Ints => Kind::Int,
            Kind::Nums => Kind::Num,
            Kind::Recs => Kind::Rec,
            _ => Kind::Any,
        };
        let is_list = matches!(var.kind, Kind::Ints | Kind::Nums | Kind::Recs);
        let form = self.random.below(6);
        let key = if is_list || form == 0 { Kind::Small } else { Kind::Any };
        let turns = turns.min(30);
        if is_list && form == 1 {
            // By index, while the body may change the length.
            let info = Loop { label, counter: None };
            let body = self.loop_body(turns, info, &[(&k, Kind::Small), (&v, value)]);
            let name = &var.name;
            out.push(node![
                format!("{head}for {k} := 1; {k} <= #{name} && {k} < "),
                node!["60"],
                format!("; {k}++ {{ {v} := {name}[{k}]; "),
                body,
                " }"
            ]);
            return;
        }
        let info = Loop { label, counter: None };
        // Only the first turns: a body that adds entries must not go on for ever.
        let mut body = self.loop_body(turns, info, &[(&k, key), (&v, value)]);
        let c = self.name("c");
        body.insert(0, node![format!("{c}++; if {c} > 40 {{ break }}")]);
        let source = match form {
            0 => format!("ipairs({})", var.name),
            2 => format!("pairs({})", var.name),
            3 => format!("next, {}", var.name),
            _ => var.name,
        };
        out.push(node![format!("{c} := 0")]);
        out.push(node![format!("{head}for {k}, {v} := range "), source, " ", body]);
    }

    /// Over a string, an iterator made by a closure, or matches.
    fn range_other(&mut self, label: Option<String>, head: String, out: &mut Vec<Node>) {
        let (k, v) = (self.name("k"), self.name("v"));
        let info = Loop { label, counter: None };
        let turns = 5;
        if self.loop_turns().is_none_or(|room| room < turns) && !self.affords(60) {
            return self.assign(out);
        }
        match self.random.below(4) {
            0 => {
                let text = ["\"héllo, wörld\"", "\"abc\"", "\"\"", "\"\\xff\\x80a\""][self.random.below(4)];
                let body = self.loop_body(13, info, &[(&k, Kind::Small), (&v, Kind::Str)]);
                out.push(node![format!("{head}for {k}, {v} := range "), node![text], " ", body]);
            }
            1 => {
                let body = self.loop_body(turns, info, &[(&v, Kind::Str)]);
                out.push(node![
                    format!("{head}for {v} := range string.gmatch(\"one two 3 four5\", "),
                    node!["\"%w+\""],
                    ") ",
                    body
                ]);
            }
            2 => {
                // A stateless iterator with state and control.
                let body = self.loop_body(turns, info, &[(&k, Kind::Small), (&v, Kind::Num)]);
                let value = self.inner_expr(Kind::Num, 1);
                let step = vec![
                    node![format!("if {k} >= s "), vec![node!["return nil"]]],
                    node![format!("return {k} + 1, "), value],
                ];
                out.push(node![
                    format!("{head}for {k}, {v} := range func(s, {k}) "),
                    step,
                    ", ",
                    node![turns.to_string()],
                    ", 0 ",
                    body
                ]);
            }
            _ => {
                // An iterator that counts in a captured variable.
                let (left, f) = (self.name("i"), self.name("f"));
                let body = self.loop_body(turns, info, &[(&v, Kind::Small)]);
                let step = vec![
                    node![format!("{left} -= 1")],
                    node![format!("if {left} < 0 "), vec![node!["return nil"]]],
                    node![format!("return {left}")],
                ];
                out.push(node![format!("{left} := "), node![turns.to_string()]]);
                out.push(node![format!("{f} := func() "), step]);
                out.push(node![format!("{head}for {v} := range {f} "), body]);
            }
        }
    }
}
