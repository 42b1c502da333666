//! Expressions of each kind.
//!
//! The one idea: an expression is written for the kind that its place needs, out of operands of which that operator makes
//! this kind. At the leaves are variables and constants at the edges of every representation.

use super::maker::{Body, Kind, Maker, Sig};
use super::tree::{Node, node};

/// Integers around the limits of small integers, exact floats, words, and bytes.
const INTS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "7",
    "(-1)",
    "(-3)",
    "10",
    "63",
    "64",
    "255",
    "65536",
    "2147483647",
    "(-2147483648)",
    "4294967295",
    "4294967296",
    "140737488355327",
    "140737488355328",
    "(-140737488355328)",
    "(-140737488355329)",
    "281474976710655",
    "9007199254740991",
    "9007199254740993",
    "(-9007199254740993)",
    "4611686018427387904",
    "9223372036854775807",
    "math.mininteger",
    "(-9223372036854775807)",
    "0xffffffffffff",
    "0x8000000000000001",
];

const FLOATS: &[&str] = &[
    "0.0",
    "(-0.0)",
    "0.5",
    "1.0",
    "(-1.0)",
    "2.5",
    "3.0",
    "(-7.25)",
    "0.1",
    "1e15",
    "1e16",
    "1e300",
    "5e-324",
    "140737488355328.0",
    "9007199254740992.0",
    "9223372036854775807.0",
    "(-9223372036854775808.0)",
    "4294967296.0",
    "1e-7",
    "math.huge",
    "(-math.huge)",
    "(0/0)",
    "math.pi",
];

const STRS: &[&str] = &[
    "\"\"",
    "\"a\"",
    "\"abc\"",
    "\"Hello, World\"",
    "\"10\"",
    "\"0x10\"",
    "\" 7 \"",
    "\"1e1\"",
    "\"-0.0\"",
    "\"Inf\"",
    "\"12x\"",
    "\"h\\u{e9}llo\"",
    "\"\\x00\\xff\"",
    "\"key\"",
    "\"x\"",
    "\"p\"",
];

/// Strings that stand for numbers.
const NUMERALS: &[&str] =
    &["\"10\"", "\" 7 \"", "\"1e1\"", "\"0x10\"", "\"-3\"", "\"2.5\"", "\"9223372036854775807\""];

/// Counts for shifts that raise nothing.
const SHIFTS: &[&str] = &["0", "1", "2", "5", "16", "31", "32", "47", "48", "62", "63", "64", "65", "1000"];

const DIVISORS: &[&str] =
    &["2", "3", "7", "(-3)", "(-1)", "10", "16", "1000003", "math.mininteger", "math.maxinteger"];

/// Operators, for where errors are welcome.
const ALL_OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "**", "..", "&", "|", "^", "&^", "<<", ">>", "==", "!=", "<", "<=", ">", ">=",
    "&&", "||",
];

/// Fields of records that are numbers, and those that are anything.
pub const NUM_FIELDS: &[&str] = &["a", "b", "c"];
pub const ANY_FIELDS: &[&str] = &["p", "q", "r", "x"];

impl Maker<'_> {
    fn constant(&mut self, choices: &[&'static str]) -> Node {
        node![choices[self.random.below(choices.len())]]
    }

    /// Mostly small: with large ones everything soon is an infinity or NaN.
    fn int_constant(&mut self) -> Node {
        if self.random.one_in(2) { node![self.random.below(20).to_string()] } else { self.constant(INTS) }
    }

    fn float_constant(&mut self) -> Node {
        match self.random.below(3) {
            0 => self.constant(FLOATS),
            _ => node![format!("{}.{}", self.random.below(9), ["0", "5", "25", "1"][self.random.below(4)])],
        }
    }

    /// `(a OP b)`.
    fn binary(&mut self, a: Node, operator: &'static str, b: Node) -> Node {
        self.spend(1);
        node!["(", a, format!(" {operator} "), b, ")"]
    }

    /// `NAME(a, b, ...)`.
    fn library(&mut self, name: &'static str, mut args: Vec<Node>) -> Node {
        self.spend(3);
        // One value of the last argument, which may be a call.
        if let Some(last) = args.pop() {
            args.push(if last.as_text().is_some() { last } else { node!["(", last, ")"] });
        }
        node![format!("{name}("), Node::list(args), ")"]
    }

    /// `(condition && a || b)`, where `a` is never false.
    fn choice(&mut self, kind: Kind, depth: usize) -> Node {
        let (condition, a, b) =
            (self.expr(Kind::Bool, depth), self.expr(kind, depth), self.expr(kind, depth));
        self.spend(1);
        node!["(", condition, " && ", a, " || ", b, ")"]
    }

    /// An expression of this kind, with operators in operators up to `depth`.
    pub fn expr(&mut self, kind: Kind, depth: usize) -> Node {
        if depth == 0 || (kind != Kind::Any && self.random.one_in(4)) {
            return self.leaf(kind);
        }
        if self.random.one_in(7)
            && let Some(call) = self.call(kind, depth - 1)
        {
            return call;
        }
        let depth = depth - 1;
        match kind {
            Kind::Int => self.int(depth),
            Kind::Small => match self.random.below(3) {
                0 => {
                    let (value, mask) = (self.expr(Kind::Int, depth), ["3", "7", "15"][self.random.below(3)]);
                    self.binary(value, "&", node![mask])
                }
                _ => self.leaf(kind),
            },
            Kind::Float => self.float(depth),
            Kind::Num => self.num(depth),
            Kind::Str => self.str(depth),
            Kind::Bool => self.bool(depth),
            Kind::Any => self.any(depth),
            Kind::Fun(sig) => self.lambda(sig),
            _ => self.leaf(kind),
        }
    }

    /// A variable or a constant.
    fn leaf(&mut self, kind: Kind) -> Node {
        let is_table = matches!(
            kind,
            Kind::Ints | Kind::Nums | Kind::Mixed | Kind::Rec | Kind::Recs | Kind::Dict | Kind::Obj(_)
        );
        if !self.random.one_in(if is_table { 12 } else { 4 }) {
            let var = self.pick_var(|var| match kind {
                Kind::Int => matches!(var.kind, Kind::Int | Kind::Small),
                Kind::Num => matches!(var.kind, Kind::Int | Kind::Small | Kind::Float | Kind::Num),
                Kind::Any => !matches!(var.kind, Kind::Depth(_)),
                kind => var.kind == kind,
            });
            if let Some(var) = var {
                return node![var.name];
            }
        }
        match kind {
            Kind::Int => self.int_constant(),
            Kind::Small => node![self.random.below(13).to_string()],
            Kind::Float => self.float_constant(),
            Kind::Num if self.random.one_in(2) => self.float_constant(),
            Kind::Num => self.int_constant(),
            Kind::Str => self.constant(STRS),
            Kind::Bool => self.constant(&["true", "false"]),
            Kind::Any => match self.random.below(8) {
                0 | 1 => node!["nil"],
                2 => self.float_constant(),
                3 => self.constant(STRS),
                4 => self.constant(&["true", "false"]),
                5 => node!["{}"],
                _ => self.int_constant(),
            },
            Kind::Depth(max) => node![self.random.below(max + 1).to_string()],
            _ => self.table(kind),
        }
    }

    /// A new table, object or function.
    fn table(&mut self, kind: Kind) -> Node {
        self.spend(4);
        let element = match kind {
            Kind::Ints => Kind::Int,
            Kind::Nums => Kind::Num,
            Kind::Recs => Kind::Rec,
            _ => Kind::Any,
        };
        match kind {
            Kind::Ints | Kind::Nums => {
                let values = (0..self.random.below(6)).map(|_| self.leaf(element)).collect();
                node!["{", Node::list(values), "}"]
            }
            Kind::Recs => {
                let values = (0..self.random.below(4)).map(|_| self.table(Kind::Rec)).collect();
                node!["{", Node::list(values), "}"]
            }
            Kind::Mixed => {
                let mut values: Vec<Node> = (0..self.random.below(5)).map(|_| self.leaf(Kind::Any)).collect();
                if self.random.one_in(3) {
                    let key = self.constant(&["0", "(-1)", "5", "2.0", "1000", "1.5"]);
                    let value = self.leaf(Kind::Num);
                    values.push(node!["[", key, "]: ", value]);
                }
                node!["{", Node::list(values), "}"]
            }
            Kind::Rec => {
                let mut fields: Vec<Node> = Vec::new();
                let first = self.random.below(3);
                for i in 0..3 {
                    let value = self.leaf(Kind::Num);
                    fields.push(node![format!("{}: ", NUM_FIELDS[(first + i) % 3]), value]);
                    if self.random.one_in(6) {
                        let value = self.leaf(Kind::Any);
                        fields.push(node![format!("{}: ", self.random.pick(ANY_FIELDS)), value]);
                    }
                }
                node!["{", Node::list(fields), "}"]
            }
            Kind::Dict => {
                let mut fields = Vec::new();
                for _ in 0..self.random.below(4) {
                    let (key, value) = (self.key(0), self.leaf(Kind::Any));
                    fields.push(node!["[", key, "]: ", value]);
                }
                node!["{", Node::list(fields), "}"]
            }
            Kind::Obj(class) => {
                let value = self.leaf(Kind::Num);
                node![format!("{}.new(", self.classes[class].name), value, ")"]
            }
            Kind::Fun(sig) => self.lambda(sig),
            _ => node!["nil"],
        }
    }

    /// A key for a dictionary: neither nil nor NaN, and one of not too many.
    pub fn key(&mut self, depth: usize) -> Node {
        match self.random.below(6) {
            0 => self.constant(STRS),
            1 => {
                let n = self.expr(Kind::Small, depth);
                node!["\"k\" .. ", n]
            }
            2 => self.constant(&[
                "true",
                "false",
                "0.5",
                "(-0.0)",
                "1e300",
                "math.huge",
                "2.0",
                "1 << 53",
                "(-1)",
            ]),
            3 => {
                let n = self.expr(Kind::Small, depth);
                node![n, " * 0.5"]
            }
            _ => self.expr(Kind::Small, depth),
        }
    }

    fn int(&mut self, depth: usize) -> Node {
        match self.random.below(26) {
            0..=6 => {
                let operator = self.random.pick(&["+", "-", "*", "+", "-", "&", "|", "^", "&^"]);
                let (a, b) = (self.expr(Kind::Int, depth), self.expr(Kind::Int, depth));
                let operator = ALL_OPERATORS.iter().find(|o| **o == operator).copied().unwrap_or("+");
                self.binary(a, operator, b)
            }
            7 | 8 => {
                let (a, b) = (self.expr(Kind::Int, depth), self.constant(DIVISORS));
                self.binary(a, "%", b)
            }
            9 => {
                let (a, b) = (self.expr(Kind::Int, depth), self.expr(Kind::Int, depth));
                let b = self.binary(b, "|", node!["1"]);
                self.binary(a, "%", b)
            }
            10..=12 => {
                let operator = if self.random.one_in(2) { "<<" } else { ">>" };
                let a = self.expr(Kind::Int, depth);
                let b = match self.random.below(3) {
                    0 => self.expr(Kind::Small, depth),
                    _ => self.constant(SHIFTS),
                };
                self.binary(a, operator, b)
            }
            13 => {
                let a = self.expr(Kind::Int, depth);
                self.spend(1);
                node![if self.random.one_in(2) { "(- " } else { "(^ " }, a, ")"]
            }
            14 => self.length(depth),
            15 | 16 => {
                let name = [
                    "bit32.band",
                    "bit32.bor",
                    "bit32.bxor",
                    "math.max",
                    "math.min",
                    "bit32.lshift",
                    "bit32.rshift",
                    "bit32.arshift",
                    "bit32.lrotate",
                ][self.random.below(9)];
                let a = self.expr(Kind::Int, depth);
                let is_shift = name.ends_with("shift") || name.ends_with("rotate");
                let b = self.expr(if is_shift { Kind::Small } else { Kind::Int }, depth);
                self.library(name, vec![a, b])
            }
            17 => {
                let name = ["math.abs", "bit32.bnot", "bit32.countbits", "math.sign"][self.random.below(4)];
                let a = self.expr(Kind::Int, depth);
                self.library(name, vec![a])
            }
            18 | 19 => self.choice(Kind::Int, depth),
            20 => {
                let (a, b) = (self.expr(Kind::Num, depth), self.expr(Kind::Int, depth));
                self.spend(3);
                node!["(math.tointeger((", a, ")) || ", b, ")"]
            }
            21 if self.is_variadic => node!["#..."],
            22 => {
                let (list, rest) = (self.expr(Kind::Ints, 0), self.leaf(Kind::Int));
                let index = self.index(&list);
                node!["(", list, "[", index, "] || ", rest, ")"]
            }
            23 => {
                let text = self.expr(Kind::Str, depth);
                let at = self.leaf(Kind::Small);
                self.spend(4);
                node!["(string.byte(", text, ", ", at, ") || 0)"]
            }
            24 if self.is_risky => {
                let (a, b) = (self.expr(Kind::Int, depth), self.expr(Kind::Any, depth));
                let operator = ["&", "|", "^", "<<", ">>", "&^"][self.random.below(6)];
                self.binary(a, operator, b)
            }
            _ => {
                let (a, b) = (self.expr(Kind::Int, depth), self.constant(&["1", "2", "3", "31"]));
                let operator = ["+", "-", "*"][self.random.below(3)];
                self.binary(a, operator, b)
            }
        }
    }

    /// `#x` of a list or a string.
    fn length(&mut self, depth: usize) -> Node {
        let kind = match self.random.below(4) {
            0 => Kind::Str,
            1 => Kind::Nums,
            2 => Kind::Mixed,
            _ => Kind::Ints,
        };
        let value = self.expr(kind, depth.min(1));
        self.spend(1);
        match self.random.below(4) {
            0 => node!["len(", value, ")"],
            _ => node!["#(", value, ")"],
        }
    }

    /// An index for a list: mostly within it.
    pub fn index(&mut self, list: &Node) -> Node {
        match (self.random.below(6), list.as_text()) {
            (0, _) => self.expr(Kind::Int, 1),
            (1, _) => node![self.random.below(4).to_string()],
            (2 | 3, Some(name)) if !name.starts_with('{') => {
                let at = self.expr(Kind::Small, 1);
                self.spend(3);
                node![format!("1 + "), at, format!(" % (#{name} | 1)")]
            }
            _ => self.expr(Kind::Small, 1),
        }
    }

    fn float(&mut self, depth: usize) -> Node {
        match self.random.below(10) {
            0..=3 => {
                let operator = ["+", "-", "*"][self.random.below(3)];
                let (a, b) = (self.expr(Kind::Float, depth), self.expr(Kind::Num, depth));
                if self.random.one_in(2) { self.binary(a, operator, b) } else { self.binary(b, operator, a) }
            }
            4 | 5 => {
                let (a, b) = (self.expr(Kind::Num, depth), self.expr(Kind::Num, depth));
                self.binary(a, "/", b)
            }
            6 => {
                let a = self.expr(Kind::Num, depth);
                let b = self.constant(&["2", "0.5", "3", "(-1)", "0", "2.5"]);
                self.binary(a, "**", b)
            }
            7 => {
                let a = self.expr(Kind::Num, depth);
                let name = ["math.sqrt", "math.sin", "math.exp", "math.log", "math.cos", "math.atan"];
                let name = name[self.random.below(name.len())];
                self.library(name, vec![a])
            }
            8 => {
                let (a, b) = (self.expr(Kind::Float, depth), self.expr(Kind::Num, depth));
                self.binary(a, "%", b)
            }
            _ => {
                let a = self.expr(Kind::Float, depth);
                node!["(- ", a, ")"]
            }
        }
    }

    fn num(&mut self, depth: usize) -> Node {
        match self.random.below(24) {
            0..=6 => {
                let operator = ["+", "-", "*", "+", "-"][self.random.below(5)];
                let (a, b) = (self.expr(Kind::Num, depth), self.expr(Kind::Num, depth));
                self.binary(a, operator, b)
            }
            7 => {
                let (a, b) = (self.expr(Kind::Num, depth), self.constant(DIVISORS));
                self.binary(a, "%", b)
            }
            8 | 9 => self.expr(Kind::Float, depth + 1),
            10 | 11 => self.expr(Kind::Int, depth + 1),
            12 | 13 => self.choice(Kind::Num, depth),
            14 => {
                let operator = ["+", "-", "*", "/"][self.random.below(4)];
                let (a, b) = (self.constant(NUMERALS), self.expr(Kind::Num, depth));
                if self.random.one_in(2) { self.binary(a, operator, b) } else { self.binary(b, operator, a) }
            }
            15 => {
                let name =
                    ["math.abs", "math.floor", "math.ceil", "math.trunc", "math.round"][self.random.below(5)];
                let a = self.expr(Kind::Num, depth);
                self.library(name, vec![a])
            }
            16 => {
                let name = ["math.max", "math.min"][self.random.below(2)];
                let args = (0..self.random.between(1, 3)).map(|_| self.expr(Kind::Num, depth)).collect();
                self.library(name, args)
            }
            17 => {
                let (list, rest) = (self.expr(Kind::Nums, 0), self.leaf(Kind::Num));
                let index = self.index(&list);
                self.spend(2);
                node!["(", list, "[", index, "] || ", rest, ")"]
            }
            18 | 19 => match self.var(Kind::Rec) {
                Some(name) => node![format!("{name}.{}", self.random.pick(NUM_FIELDS))],
                None => self.leaf(Kind::Num),
            },
            20 => {
                let (a, b) = (self.expr(Kind::Any, depth), self.leaf(Kind::Num));
                self.spend(3);
                node!["(tonumber((", a, ")) || ", b, ")"]
            }
            21 | 22 => self.of_object(depth).unwrap_or_else(|| self.leaf(Kind::Num)),
            _ if self.is_risky => {
                let operator = ["+", "-", "*", "/", "%", "**"][self.random.below(6)];
                let (a, b) = (self.expr(Kind::Num, depth), self.expr(Kind::Any, depth));
                if self.random.one_in(2) { self.binary(a, operator, b) } else { self.binary(b, operator, a) }
            }
            _ => {
                let a = self.expr(Kind::Num, depth);
                node!["(- ", a, ")"]
            }
        }
    }

    /// A number that an object gives.
    fn of_object(&mut self, depth: usize) -> Option<Node> {
        let var = self.pick_var(|var| matches!(var.kind, Kind::Obj(_)))?;
        let Kind::Obj(number) = var.kind else { return None };
        let class = self.classes[number].clone();
        let events: Vec<_> = class
            .events
            .iter()
            .filter(|(event, _)| {
                matches!(*event, "add" | "sub" | "mul" | "div" | "mod" | "pow" | "call" | "unm" | "len")
            })
            .collect();
        if !events.is_empty() && !self.random.one_in(3) {
            let (event, cost) = *events[self.random.below(events.len())];
            if !self.affords(cost) {
                return None;
            }
            self.spend(cost);
            let operator = match event {
                "add" => "+",
                "sub" => "-",
                "mul" => "*",
                "div" => "/",
                "mod" => "%",
                "pow" => "**",
                "unm" => return Some(node![format!("(- {})", var.name)]),
                "len" => return Some(node![format!("#{}", var.name)]),
                _ => {
                    let arg = self.expr(Kind::Num, depth);
                    return Some(node![format!("{}(", var.name), arg, ")"]);
                }
            };
            let other =
                if self.random.one_in(3) { node![var.name.clone()] } else { self.expr(Kind::Num, depth) };
            // The other operand may be an object too, whose handler then is asked second.
            return Some(if self.random.one_in(2) {
                self.binary(node![var.name], operator, other)
            } else {
                self.binary(other, operator, node![var.name])
            });
        }
        if class.has_default && self.random.one_in(3) {
            return Some(node![format!("{}.{}", var.name, self.random.pick(&["zero", "one", "two"]))]);
        }
        Some(node![format!("{}.x", var.name)])
    }

    /// Two strings or numbers joined, cut if it grows long.
    fn str(&mut self, depth: usize) -> Node {
        match self.random.below(14) {
            0..=4 => {
                let mut parts = vec![node!["cut("]];
                let count = self.random.between(2, 4);
                for i in 0..count {
                    let kind = if self.random.one_in(2) { Kind::Str } else { Kind::Num };
                    let part = self.expr(kind, depth.min(1));
                    parts.push(if i == 0 { part } else { node![" .. ", part] });
                }
                self.spend(6);
                parts.push(node![")"]);
                Node(parts.into_iter().map(super::tree::Piece::Expr).collect())
            }
            5 => {
                let text = self.expr(Kind::Str, depth);
                let (i, j) = (self.constant(&["1", "2", "(-3)", "0"]), self.leaf(Kind::Small));
                self.library("string.sub", vec![text, i, j])
            }
            6 => {
                let name =
                    ["string.upper", "string.lower", "string.reverse", "string.trim"][self.random.below(4)];
                let text = self.expr(Kind::Str, depth);
                self.library(name, vec![text])
            }
            7 => {
                let value = self.expr(Kind::Num, depth);
                self.library("tostring", vec![value])
            }
            8 => {
                let (a, b) = (self.expr(Kind::Int, depth), self.expr(Kind::Num, depth));
                let format =
                    ["\"%d %g\"", "\"%5d|%.3f\"", "\"%x/%s\"", "\"%-4d%5.1e\""][self.random.below(4)];
                self.library("string.format", vec![node![format], a, b])
            }
            9 => {
                let count = self.leaf(Kind::Small);
                self.library("string.rep", vec![node!["\"ab\""], count])
            }
            10 => {
                let value = self.expr(Kind::Any, depth);
                self.library("type", vec![value])
            }
            11 if self.affords(60) => {
                self.spend(40);
                let list = self.expr(Kind::Nums, 0);
                node!["cut(table.concat(", list, ", \",\"))"]
            }
            12 => {
                let text = self.expr(Kind::Str, depth);
                self.spend(12);
                node!["cut((string.gsub(", text, ", \"%w\", \"<%0>\")))"]
            }
            _ => self.choice(Kind::Str, depth),
        }
    }

    fn bool(&mut self, depth: usize) -> Node {
        const ORDER: &[&str] = &["<", "<=", ">", ">=", "==", "!="];
        let operator = ORDER[self.random.below(ORDER.len())];
        match self.random.below(16) {
            0..=3 => {
                let (a, b) = (self.expr(Kind::Int, depth), self.expr(Kind::Int, depth));
                self.binary(a, operator, b)
            }
            4..=7 => {
                let (a, b) = (self.expr(Kind::Num, depth), self.expr(Kind::Num, depth));
                self.binary(a, operator, b)
            }
            8 => {
                let (a, b) = (self.expr(Kind::Str, depth), self.expr(Kind::Str, depth));
                self.binary(a, operator, b)
            }
            9 | 10 => {
                let operator = if self.random.one_in(2) { "==" } else { "!=" };
                let (a, b) = (self.expr(Kind::Any, depth), self.expr(Kind::Any, depth));
                self.binary(a, operator, b)
            }
            11 => {
                let a = self.expr(Kind::Any, depth);
                node!["!", node!["(", a, ")"]]
            }
            12 => {
                let operator = if self.random.one_in(2) { "&&" } else { "||" };
                let (a, b) = (self.expr(Kind::Bool, depth), self.expr(Kind::Bool, depth));
                self.binary(a, operator, b)
            }
            13 => {
                let a = self.expr(Kind::Any, depth);
                let of = ["type(", "math.type("][self.random.below(2)];
                let name = ["\"number\"", "\"integer\"", "\"string\"", "\"float\"", "\"table\""]
                    [self.random.below(5)];
                self.spend(3);
                node!["(", of, a, format!(") == {name})")]
            }
            14 => {
                let object = self.pick_var(|var| matches!(var.kind, Kind::Obj(_)));
                let Some(object) = object else { return self.leaf(Kind::Bool) };
                let Kind::Obj(class) = object.kind else { return self.leaf(Kind::Bool) };
                let event = if operator.ends_with('=') && operator.len() == 2 { "le" } else { "lt" };
                let has = |event: &str| self.classes[class].events.iter().any(|(name, _)| *name == event);
                if operator != "==" && operator != "!=" && !has(event) {
                    return self.leaf(Kind::Bool);
                }
                let other = self.var(object.kind).unwrap_or_else(|| object.name.clone());
                self.spend(20);
                self.binary(node![object.name], operator, node![other])
            }
            _ => {
                // What the loop at hand counts changes between two parts of its turns.
                let counter = self.pick_var(|var| var.kind == Kind::Small);
                match counter {
                    Some(var) => {
                        let limit = [3, 10, 50, 120][self.random.below(4)].to_string();
                        self.binary(node![var.name], operator, node![limit])
                    }
                    None => self.leaf(Kind::Bool),
                }
            }
        }
    }

    fn any(&mut self, depth: usize) -> Node {
        match self.random.below(20) {
            0..=3 => {
                let kind = [Kind::Int, Kind::Num, Kind::Str, Kind::Float, Kind::Bool][self.random.below(5)];
                self.expr(kind, depth)
            }
            4 | 5 => {
                let operator = if self.random.one_in(2) { "&&" } else { "||" };
                let (a, b) = (self.expr(Kind::Any, depth), self.expr(Kind::Any, depth));
                self.binary(a, operator, b)
            }
            6 | 7 => match self.var(Kind::Mixed) {
                Some(name) => {
                    let list = node![name];
                    let index = self.index(&list);
                    node![list, "[", index, "]"]
                }
                None => self.leaf(Kind::Any),
            },
            8 | 9 => match self.var(Kind::Dict) {
                Some(name) => {
                    let key = self.key(depth);
                    node![format!("{name}["), key, "]"]
                }
                None => self.leaf(Kind::Any),
            },
            10 | 11 => match self.var(Kind::Rec) {
                Some(name) => node![format!("{name}.{}", self.random.pick(ANY_FIELDS))],
                None => self.leaf(Kind::Any),
            },
            12 if self.is_variadic => match self.random.below(3) {
                0 => node!["(...)"],
                1 => {
                    let at = self.expr(Kind::Small, 1);
                    node!["...[", at, "]"]
                }
                _ => node!["(select(\"#\", ...))"],
            },
            13 => {
                let kind = [Kind::Rec, Kind::Ints, Kind::Mixed][self.random.below(3)];
                self.table(kind)
            }
            14..=16 if self.is_risky => {
                let operator = ALL_OPERATORS[self.random.below(ALL_OPERATORS.len())];
                // Strings must not double in each turn of a loop.
                let operator = if operator == ".." { "+" } else { operator };
                let (a, b) = (self.expr(Kind::Any, depth), self.expr(Kind::Any, depth));
                self.binary(a, operator, b)
            }
            17 if self.is_risky => {
                let a = self.expr(Kind::Any, 0);
                match self.random.below(3) {
                    0 => node!["(- ", a, ")"],
                    1 => node!["(#", node!["(", a, ")"], ")"],
                    _ => node!["(", a, ").a"],
                }
            }
            _ => self.leaf(Kind::Any),
        }
    }

    /// A call of a function in reach that gives this kind first.
    pub fn call(&mut self, kind: Kind, depth: usize) -> Option<Node> {
        let (sigs, is_risky) = (self.sigs.clone(), self.is_risky);
        let room = self.cost_max.saturating_sub(self.cost) / self.turns;
        let end = self.sigs_end;
        let var = self.pick_var(|var| match var.kind {
            Kind::Fun(number) => {
                let sig = &sigs[number];
                let fits = match (sig.results.first(), kind) {
                    (Some(Kind::Int | Kind::Float), Kind::Num) => true,
                    (Some(_), Kind::Any) => true,
                    (Some(&result), kind) => result == kind,
                    (None, _) => false,
                };
                fits && number < end && sig.cost <= room && (is_risky || !sig.is_risky)
            }
            _ => false,
        })?;
        let Kind::Fun(sig) = var.kind else { return None };
        let args = self.args(sig, depth);
        self.spend(sigs[sig].cost);
        Some(node![format!("{}(", var.name), Node::list(args), ")"])
    }

    /// Arguments for a function, sometimes too many.
    pub fn args(&mut self, sig: usize, depth: usize) -> Vec<Node> {
        let Sig { params, is_variadic, .. } = self.sigs[sig].clone();
        let mut args: Vec<Node> = params.iter().map(|&kind| self.expr(kind, depth.min(2))).collect();
        let extra = if is_variadic { self.random.below(5) } else { usize::from(self.random.one_in(12)) };
        for _ in 0..extra {
            args.push(self.expr(Kind::Any, 1));
        }
        if is_variadic && self.is_variadic && self.random.one_in(3) {
            args.push(node!["..."]);
        }
        args
    }

    /// A function without statements.
    pub fn lambda(&mut self, sig: usize) -> Node {
        let end = self.sigs_end.min(sig);
        let sigs_end = std::mem::replace(&mut self.sigs_end, end);
        let sig = self.sigs[sig].clone();
        let names: Vec<String> = sig.params.iter().map(|_| self.name("p")).collect();
        let params: Vec<(&str, Kind)> =
            names.iter().map(String::as_str).zip(sig.params.iter().copied()).collect();
        let body = Body { is_variadic: sig.is_variadic, is_risky: sig.is_risky, ..Body::default() };
        let (block, _) = self.body(&params, Some(sig.results.clone()), body);
        self.sigs_end = sigs_end;
        let dots = match (sig.is_variadic, names.is_empty()) {
            (true, true) => "...",
            (true, false) => ", ...",
            (false, _) => "",
        };
        node![format!("func({}{dots}) ", names.join(", ")), block]
    }
}
