//! Reads the text form of functions, mostly for tests: `parse(print(f)) == f`.
//!
//! ```text
//!   function  = "func" string "returns" type [ "takes" "immediates" ] { table } { block }
//!   table     = "template" t "shape" #n "slots" n "array" n elem
//!             | "frame" f "proto" n "base" n via [ "in" f ]
//!             | "virtual" o op [ t ] [ "shape" #n ] "{" [ part n "=" source { "," … } ] "}"
//!             | "snap" s f "pc" n [ "in" s ] "{" [ place "=" source { "," … } ] "}"
//!   block     = b [ "(" v ":" type { "," … } ")" ] [ "cold" ] ":" { inst }
//!   inst      = [ v [ ":" type ] "=" ] op [ item { "," item } ] [ "[" s "]" ]
//!   item      = v | immediate | b [ "(" v { "," v } ")" ]
//! ```
//!
//! Everything stands on a line of its own; `//` begins a comment. Tables are numbered from 0 without gaps. Numbers of
//! instructions and blocks are free, and numbers left out are removed instructions. Reading checks the form only: `verify.rs`
//! says whether the function makes sense.

use super::func::{BlockId, Func, InstId, NewInst};
use super::helpers::Helper;
use super::imm::{Cc, Elem, Fcc, Held, ImmKind, Reason, Results, Tag};
use super::ops::Op;
use super::snapshot::{
    Entry, Frame, FrameId, Part, Place, SnapId, Source, Template, TemplateId, Via, Virtual, VirtualId,
};
use super::types::{Gives, Type};
use runtime::value::Value;
use std::fmt;

/// What is wrong with a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// What was expected there.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

/// Reads a function.
pub fn parse(text: &str) -> Result<Func, ParseError> {
    let mut func = Func::new("");
    let mut lines = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let tokens = tokens(line).map_err(|message| ParseError { line: i + 1, message })?;
        if !tokens.is_empty() {
            lines.push(Line { number: i + 1, tokens, at: 0 });
        }
    }
    reserve(&mut func, &lines);
    let mut order = Vec::new();
    let mut has_head = false;
    for mut line in lines {
        let result = match line.peek() {
            "func" if !has_head => {
                has_head = true;
                parse_head(&mut func, &mut line)
            }
            _ if !has_head => Err("expected `func`".to_owned()),
            "template" => parse_template(&mut func, &mut line),
            "frame" => parse_frame(&mut func, &mut line),
            "virtual" => parse_virtual(&mut func, &mut line),
            "snap" => parse_snap(&mut func, &mut line),
            word => match (number_after(word, "b"), order.last()) {
                (Some(b), _) => {
                    order.push(BlockId(b));
                    parse_block_head(&mut func, BlockId(b), &mut line)
                }
                (None, Some(&b)) => parse_inst(&mut func, b, &mut line),
                (None, None) => Err("expected a block".to_owned()),
            },
        };
        let result = result.and_then(|()| line.end());
        result.map_err(|message| ParseError { line: line.number, message })?;
    }
    func.set_order(order);
    Ok(func)
}

struct Line {
    number: usize,
    tokens: Vec<String>,
    at: usize,
}

type Parsed<T> = Result<T, String>;

/// Splits a line into words, quoted strings and single marks.
fn tokens(line: &str) -> Parsed<Vec<String>> {
    let mut out = Vec::new();
    let mut chars = line.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
        } else if c == '/' {
            break;
        } else if c == '"' {
            out.push(string(&mut chars)?);
        } else if is_word(c) {
            let mut word = String::new();
            while let Some(c) = chars.next_if(|c| is_word(*c)) {
                word.push(c);
            }
            out.push(word);
        } else {
            out.push(c.to_string());
            chars.next();
        }
    }
    Ok(out)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-')
}

/// A string, with its opening quote kept as a mark.
fn string(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Parsed<String> {
    let mut text = String::from(chars.next().unwrap_or('"'));
    loop {
        match chars.next().ok_or("the string is not closed")? {
            '"' => return Ok(text),
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some(c) => text.push(c),
                None => {}
            },
            c => text.push(c),
        }
    }
}

/// Makes room for all instructions and blocks that the text names, so that others get larger numbers.
fn reserve(func: &mut Func, lines: &[Line]) {
    let (mut insts, mut blocks) = (0, 0);
    for token in lines.iter().flat_map(|l| &l.tokens) {
        // A text is short; a number that is far too large must not cost memory.
        let count =
            |prefix| number_after(token, prefix).filter(|n| *n < 1 << 20).map_or(0, |n| n as usize + 1);
        insts = insts.max(count("v"));
        blocks = blocks.max(count("b"));
    }
    func.reserve_ids(insts, blocks);
    func.set_order(Vec::new());
}

fn number_after(word: &str, prefix: &str) -> Option<u32> {
    let digits = word.strip_prefix(prefix)?;
    if digits.bytes().all(|c| c.is_ascii_digit()) { digits.parse().ok() } else { None }
}

impl Line {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        let token = self.peek().to_owned();
        self.at += 1;
        token
    }

    fn accept(&mut self, token: &str) -> bool {
        let found = self.peek() == token;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: &str) -> Parsed<()> {
        if self.accept(token) { Ok(()) } else { Err(format!("expected `{token}`, found `{}`", self.peek())) }
    }

    fn end(&self) -> Parsed<()> {
        if self.at >= self.tokens.len() { Ok(()) } else { Err(format!("`{}` is too much", self.peek())) }
    }

    fn number<T: std::str::FromStr>(&mut self) -> Parsed<T> {
        let word = self.next();
        word.parse().map_err(|_| format!("expected a number, found `{word}`"))
    }

    fn id(&mut self, prefix: &str) -> Parsed<u32> {
        let word = self.next();
        number_after(&word, prefix).ok_or_else(|| format!("expected `{prefix}` and a number, found `{word}`"))
    }

    fn id_in_order(&mut self, prefix: &str, count: usize) -> Parsed<()> {
        if self.id(prefix)? as usize == count { Ok(()) } else { Err(format!("expected `{prefix}{count}`")) }
    }

    fn named<T>(&mut self, what: &str, find: impl Fn(&str) -> Option<T>) -> Parsed<T> {
        let word = self.next();
        find(&word).ok_or_else(|| format!("no {what} is called `{word}`"))
    }

    fn inst(&mut self, func: &Func) -> Parsed<InstId> {
        let id = self.id("v")?;
        if (id as usize) < func.inst_count() {
            Ok(InstId(id))
        } else {
            Err("the number is too large".to_owned())
        }
    }

    fn block(&mut self, func: &Func) -> Parsed<BlockId> {
        let id = self.id("b")?;
        if (id as usize) < func.block_count() {
            Ok(BlockId(id))
        } else {
            Err("the number is too large".to_owned())
        }
    }

    fn source(&mut self, func: &Func) -> Parsed<Source> {
        match number_after(self.peek(), "o") {
            Some(id) => {
                self.at += 1;
                Ok(Source::Virtual(VirtualId(id)))
            }
            None => Ok(Source::Inst(self.inst(func)?)),
        }
    }

    /// A list in braces, separated by commas.
    fn braces(&mut self, mut item: impl FnMut(&mut Line) -> Parsed<()>) -> Parsed<()> {
        self.expect("{")?;
        while !self.accept("}") {
            item(self)?;
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(())
    }

    fn shape(&mut self) -> Parsed<u32> {
        self.expect("#")?;
        self.number()
    }
}

fn parse_head(func: &mut Func, line: &mut Line) -> Parsed<()> {
    line.expect("func")?;
    let name = line.next();
    func.name = name.strip_prefix('"').ok_or("expected a name in quotes")?.to_owned();
    line.expect("returns")?;
    func.returns = line.named("type", Type::from_name)?;
    if line.accept("takes") {
        line.expect("immediates")?;
        func.takes_immediates = true;
    }
    Ok(())
}

fn parse_template(func: &mut Func, line: &mut Line) -> Parsed<()> {
    line.expect("template")?;
    line.id_in_order("t", func.snaps.templates().len())?;
    line.expect("shape")?;
    let shape = line.shape()?;
    line.expect("slots")?;
    let inline_capacity = line.number()?;
    line.expect("array")?;
    let array_capacity = line.number()?;
    let elem = line.named("element kind", Elem::from_name)?;
    func.snaps.add_template(Template { shape, inline_capacity, array_capacity, elem });
    Ok(())
}

fn parse_frame(func: &mut Func, line: &mut Line) -> Parsed<()> {
    line.expect("frame")?;
    line.id_in_order("f", func.snaps.frames().len())?;
    line.expect("proto")?;
    let proto = line.number()?;
    line.expect("base")?;
    let base = line.number()?;
    let via = line.named("way to enter", |name| Via::ALL.iter().copied().find(|v| v.name() == name))?;
    let parent = if line.accept("in") { Some(FrameId(line.id("f")?)) } else { None };
    func.snaps.add_frame(Frame { parent, proto, base, via });
    Ok(())
}

fn parse_virtual(func: &mut Func, line: &mut Line) -> Parsed<()> {
    line.expect("virtual")?;
    line.id_in_order("o", func.snaps.virtuals().len())?;
    let op = line.named("op", Op::from_name)?;
    let imm = if op == Op::NewTable { u64::from(line.id("t")?) } else { 0 };
    let shape = if line.accept("shape") { Some(line.shape()?) } else { None };
    let mut parts = Vec::new();
    line.braces(|line| {
        let part: fn(u32) -> Part = match line.next().as_str() {
            "slot" => Part::Slot,
            "elem" => Part::Elem,
            "value" => Part::Value,
            word => return Err(format!("`{word}` is no part of an object")),
        };
        let part = part(line.number()?);
        line.expect("=")?;
        parts.push((part, line.source(func)?));
        Ok(())
    })?;
    func.snaps.add_virtual(Virtual { op, imm, shape, parts });
    Ok(())
}

fn parse_snap(func: &mut Func, line: &mut Line) -> Parsed<()> {
    line.expect("snap")?;
    line.id_in_order("s", func.snaps.all().len())?;
    let frame = FrameId(line.id("f")?);
    line.expect("pc")?;
    let pc = line.number()?;
    let parent = if line.accept("in") { Some(SnapId(line.id("s")?)) } else { None };
    let mut entries = Vec::new();
    line.braces(|line| {
        let place = match line.next().as_str() {
            "callee" => Place::Callee,
            "multi" => Place::Multi,
            word => match (number_after(word, "r"), number_after(word, "x")) {
                (Some(r), _) => Place::Reg(u16::try_from(r).map_err(|_| "there is no such register")?),
                (None, Some(x)) => Place::Extra(x),
                (None, None) => return Err(format!("`{word}` is no place of a frame")),
            },
        };
        line.expect("=")?;
        entries.push(Entry { place, source: line.source(func)? });
        Ok(())
    })?;
    func.snaps.add(frame, pc, parent, &entries);
    Ok(())
}

fn parse_block_head(func: &mut Func, b: BlockId, line: &mut Line) -> Parsed<()> {
    line.block(func)?;
    if line.accept("(") {
        loop {
            let id = line.inst(func)?;
            line.expect(":")?;
            let ty = line.named("type", Type::from_name)?;
            define(func, id)?;
            func.place(id, b, NewInst { op: Op::Param, ty, args: &[], imm: 0, imm2: 0, snap: None });
            if !line.accept(",") {
                break;
            }
        }
        line.expect(")")?;
    }
    func.set_cold(b, line.accept("cold"));
    line.expect(":")
}

fn define(func: &Func, id: InstId) -> Parsed<()> {
    if func.block_of(id).is_none() { Ok(()) } else { Err(format!("{id} is defined twice")) }
}

fn parse_inst(func: &mut Func, b: BlockId, line: &mut Line) -> Parsed<()> {
    let mut result = None;
    let mut given = None;
    if number_after(line.peek(), "v").is_some() {
        let id = line.inst(func)?;
        define(func, id)?;
        result = Some(id);
        if line.accept(":") {
            given = Some(line.named("type", Type::from_name)?);
        }
        line.expect("=")?;
    }
    let op = line.named("op", Op::from_name)?;
    let ty = match (result, given, op.gives()) {
        (None, ..) => Type::None,
        (Some(_), Some(ty), _) | (Some(_), None, Gives::Type(ty)) => ty,
        (Some(id), None, _) => return Err(format!("{id} needs a type")),
    };
    let mut args = Vec::new();
    let mut is_first = true;
    // Every item but the first has a comma before it.
    let separate = |line: &mut Line, is_first: &mut bool| {
        if std::mem::take(is_first) { Ok(()) } else { line.expect(",") }
    };
    let follows = |line: &Line, is_first: bool| {
        number_after(line.tokens.get(line.at + usize::from(!is_first)).map_or("", String::as_str), "v")
            .is_some()
    };
    while follows(line, is_first) {
        separate(line, &mut is_first)?;
        args.push(line.inst(func)?);
    }
    let mut imms = [0; 2];
    for (i, &(_, kind)) in op.imms().iter().enumerate() {
        if kind == ImmKind::Held && line.peek() != "," {
            continue;
        }
        separate(line, &mut is_first)?;
        imms[i] = parse_imm(kind, line)?;
    }
    let mut edges = Vec::new();
    for _ in 0..op.edge_count() {
        separate(line, &mut is_first)?;
        edges.push(parse_edge(func, line)?);
    }
    let mut snap = None;
    if line.accept("[") {
        snap = Some(SnapId(line.id("s")?));
        line.expect("]")?;
    }
    let imm2 = u32::try_from(imms[1]).map_err(|_| "the second immediate is too large")?;
    let new = NewInst { op, ty, args: &args, imm: imms[0], imm2, snap };
    let id = match result {
        Some(id) => {
            func.place(id, b, new);
            id
        }
        None => func.append(b, new),
    };
    if !edges.is_empty() {
        let edges: Vec<(BlockId, &[InstId])> =
            edges.iter().map(|(to, args)| (*to, args.as_slice())).collect();
        func.set_edges(id, &edges);
    }
    Ok(())
}

fn parse_edge(func: &Func, line: &mut Line) -> Parsed<(BlockId, Vec<InstId>)> {
    let to = line.block(func)?;
    let mut args = Vec::new();
    if line.accept("(") {
        loop {
            args.push(line.inst(func)?);
            if !line.accept(",") {
                break;
            }
        }
        line.expect(")")?;
    }
    Ok((to, args))
}

fn parse_imm(kind: ImmKind, line: &mut Line) -> Parsed<u64> {
    match kind {
        ImmKind::Int => Ok(line.number::<i64>()? as u64),
        ImmKind::Float => parse_float(line),
        ImmKind::Value => parse_value(line),
        ImmKind::Address => {
            line.expect("@")?;
            hex(&line.next())
        }
        ImmKind::Shape => Ok(u64::from(line.shape()?)),
        ImmKind::Index | ImmKind::Count => Ok(u64::from(line.number::<u32>()?)),
        ImmKind::Template => Ok(u64::from(TemplateId(line.id("t")?).0)),
        ImmKind::Results => {
            line.expect("to")?;
            let count = if line.accept("multi") { Results::MULTI } else { line.number()? };
            let is_caught = line.accept("caught");
            let is_exact = line.accept("exact");
            let is_typed = line.accept("typed");
            let window = if line.accept("at") { line.number()? } else { 0 };
            let results = Results { count, is_caught, is_exact, is_typed, window };
            let bits = results.to_bits();
            Results::from_bits(bits).map(|_| bits).ok_or_else(|| "too many results".to_owned())
        }
        ImmKind::Cc => Ok(line.named("comparison", Cc::from_name)? as u64),
        ImmKind::Fcc => Ok(line.named("comparison", Fcc::from_name)? as u64),
        ImmKind::Tag => Ok(line.named("tag", Tag::from_name)? as u64),
        ImmKind::Elem => Ok(line.named("element kind", Elem::from_name)? as u64),
        ImmKind::Held => Ok(line.named("kind of slot", Held::from_name)? as u64),
        ImmKind::Reason => Ok(line.named("reason", Reason::from_name)? as u64),
        ImmKind::Helper => Ok(line.named("helper", Helper::from_name)? as u64),
    }
}

fn hex(digits: &str) -> Parsed<u64> {
    u64::from_str_radix(digits, 16).map_err(|_| format!("expected hexadecimal digits, found `{digits}`"))
}

fn parse_float(line: &mut Line) -> Parsed<u64> {
    match line.peek().strip_prefix("0x").map(hex) {
        Some(bits) => {
            line.at += 1;
            bits
        }
        None => Ok(line.number::<f64>()?.to_bits()),
    }
}

fn parse_value(line: &mut Line) -> Parsed<u64> {
    let v = match line.next().as_str() {
        "nil" => Value::NIL,
        "false" => Value::FALSE,
        "true" => Value::TRUE,
        "mark" => Value::MARK,
        "mark2" => Value::MARK2,
        "int" => Value::small_int(line.number()?).ok_or("the integer is too large to be immediate")?,
        "float" => Value::float(f64::from_bits(parse_float(line)?)),
        word => {
            let digits = word.strip_prefix("0x").ok_or_else(|| format!("`{word}` is no value"))?;
            return hex(digits);
        }
    };
    Ok(v.bits())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::print::print;
    use expect_test::{Expect, expect};

    /// What a function looks like after reading and printing; it must read back as itself.
    #[track_caller]
    fn check(text: &str, expected: &Expect) {
        let func = parse(text).unwrap();
        let printed = print(&func);
        assert!(parse(&printed).unwrap() == func);
        expected.assert_eq(&printed);
    }

    #[track_caller]
    fn check_error(text: &str, message: &str) {
        assert_eq!(parse(text).unwrap_err().to_string(), message);
    }

    #[test]
    fn reads_every_construct() {
        check(
            r#"
            func "sum \"of\" f" returns i64
            template t0 shape #7 slots 3 array 4 float
            frame f0 proto 0 base 0 root
            frame f1 proto 3 base 5 call in f0
            virtual o0 new_table t0 shape #9 { slot 0 = v1, elem 2 = o0 }
            snap s0 f0 pc 3 { r1 = v1, r0 = o0 }
            snap s1 f1 pc 2 in s0 { multi = v1, x0 = v1, callee = v0 }
            // A comment.
            b0(v0: closure, v1: value):
              v2 = guard_int v1 [s1] // and another
              v9: num = load_global v0, 4
              v5 = const_value float -0.0
              v6 = const_value int -5
              v7 = const_value 0xfffb000000001230
              v8 = const_f64 0x7ff8000000000000
              v3: value = call_value v1, v1, v2, v1, v1, to 4 caught [s0]
              store_slot v1, v5, 2
              branch v2, b3(v2, v2), b1
            b3(v4: i64, v10: i64):
              return_values v4
            b1 cold:
              exit unreached [s0]
            "#,
            &expect![[r#"
                func "sum \"of\" f" returns i64
                template t0 shape #7 slots 3 array 4 float
                frame f0 proto 0 base 0 root
                frame f1 proto 3 base 5 call in f0
                virtual o0 new_table t0 shape #9 { slot 0 = v1, elem 2 = o0 }
                snap s0 f0 pc 3 { r0 = o0, r1 = v1 }
                snap s1 f1 pc 2 in s0 { callee = v0, x0 = v1, multi = v1 }
                b0(v0: closure, v1: value):
                  v2 = guard_int v1 [s1]
                  v9: num = load_global v0, 4
                  v5 = const_value float -0.0
                  v6 = const_value int -5
                  v7 = const_value 0xfffb000000001230
                  v8 = const_f64 0x7ff8000000000000
                  v3: value = call_value v1, v1, v2, v1, v1, to 4 caught [s0]
                  store_slot v1, v5, 2
                  branch v2, b3(v2, v2), b1
                b3(v4: i64, v10: i64):
                  return_values v4
                b1 cold:
                  exit unreached [s0]
            "#]],
        );
    }

    #[test]
    fn says_where_the_text_is_wrong() {
        check_error("b0:", "line 1: expected `func`");
        check_error("func \"f\" returns word", "line 1: no type is called `word`");
        check_error("func \"f\" returns value\nb0:\n  jmp b0", "line 3: no op is called `jmp`");
        check_error("func \"f\" returns value\nb0:\n  v1 = neg_i64 v2 v3", "line 3: `v3` is too much");
        check_error(
            "func \"f\" returns value\nb0(v1: i64):\n  v1 = const_i64 2",
            "line 3: v1 is defined twice",
        );
        check_error("func \"f", "line 1: the string is not closed");
        check_error("func \"f\" returns value\nsnap s1 f0 pc 0 { }", "line 2: expected `s0`");
    }
}
