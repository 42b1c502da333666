//! Scenes: small programs of the usual kinds, written out of templates.
//!
//! The one idea: what an optimiser does well, and so can do wrong, is what people write: classes, matrices, parsers,
//! generators. Statements by chance rarely look like that. A scene is such a program with holes; what fills a hole changes
//! what the compiler sees: other types, a method replaced in the middle of a loop, one more shape.
//!
//! The templates lie in `scenes/`, each after a line `==== what it is`:
//!
//!   @(a~b~c)       one of these texts, which may have holes
//!   @n(3 9)        an integer from 3 to 9
//!   @turns         turns for a loop, enough to make it hot
//!   @num(x i:int)  an expression of that kind; the variables hold the same kind or the one that is said
//!   $x             a name of its own for each use of the template
//!   ?3 line        is there once in three times, with the block that it opens
//!   @word          an alternative of that word in the grammar of wild code (`wild.rs`)
//!   @word(2 5)     as a line: so many alternatives, each some lines
//!
//! A line is a statement, and one that ends with `{` opens a block, so that a scene shrinks as other programs do.

use super::maker::{Kind, Maker};
use super::tree::{Node, Piece, blocks_mut, node};
use std::collections::HashMap;
use std::sync::LazyLock;

const TEXTS: &[&str] = &[
    include_str!("scenes/objects.txt"),
    include_str!("scenes/numbers.txt"),
    include_str!("scenes/functions.txt"),
    include_str!("scenes/tables.txt"),
    include_str!("scenes/control.txt"),
    include_str!("scenes/strings.txt"),
    include_str!("scenes/fibers.txt"),
];
/// Scenes of wild code, which are so different each time that they are played more often than others.
const WILD: &str = include_str!("scenes/wild.txt");

/// Every template, without its title; those of wild code last.
static SCENES: LazyLock<Vec<&str>> =
    LazyLock::new(|| sections(TEXTS).chain(sections(&[WILD])).map(|(_, lines)| lines).collect());
static WILD_SCENES: LazyLock<Vec<&str>> =
    LazyLock::new(|| sections(&[WILD]).map(|(_, lines)| lines).collect());

/// The titles in texts, each with the lines below it.
pub fn sections<'t>(texts: &'t [&'t str]) -> impl Iterator<Item = (&'t str, &'t str)> {
    texts.iter().flat_map(|text| text.split("==== ").skip(1).filter_map(|section| section.split_once('\n')))
}

pub type Names<'t> = HashMap<&'t str, String>;

/// What is left of a template.
pub struct Lines<'t> {
    pub rest: std::iter::Peekable<std::str::Lines<'t>>,
}

impl Maker<'_> {
    /// A scene, and the call of it.
    pub fn scene(&mut self, out: &mut Vec<Node>) {
        let scenes = if self.random.one_in(3) { &WILD_SCENES } else { &SCENES };
        let text = scenes[self.random.below(scenes.len())];
        self.play(text, out);
    }

    fn play(&mut self, text: &str, out: &mut Vec<Node>) {
        let mut lines = Lines { rest: text.lines().peekable() };
        let mut block = self.lines(&mut lines, &mut Names::new());
        if self.random.one_in(4) {
            self.interrupt(&mut block);
        }
        if self.random.one_in(6) {
            // What would be locals are globals.
            out.append(&mut block);
            return;
        }
        let name = self.name("scene");
        out.push(node![format!("func {name}() "), block]);
        out.push(match self.random.below(5) {
            0 => node![format!("{name}()")],
            1 => node![
                "for i := 0; i < ",
                node![self.random.between(2, 4).to_string()],
                "; i++ ",
                vec![node![format!("note(pcall({name}))")]]
            ],
            _ => node![format!("note(pcall({name}))")],
        });
    }

    /// Puts statements by chance somewhere in a scene.
    fn interrupt(&mut self, scene: &mut Vec<Node>) {
        let turns = std::mem::replace(&mut self.turns, 50);
        self.depth += 2;
        let block = self.block();
        self.depth -= 2;
        self.turns = turns;
        let mut at = self.random.below(6);
        blocks_mut(scene, &mut |blocks| {
            let is_switch = blocks.first().is_some_and(
                |first| matches!(&first.0[..], [Piece::Text(text), ..] if text.starts_with("case ")),
            );
            if !is_switch && at == 0 {
                blocks.insert(blocks.len() / 2, node![block.clone()]);
                return true;
            }
            at = at.saturating_sub(1);
            false
        });
    }

    /// Lines up to the end, or to one that closes the block.
    pub fn lines<'t>(&mut self, lines: &mut Lines<'t>, names: &mut Names<'t>) -> Vec<Node> {
        let mut block = Vec::new();
        while let Some(line) = lines.rest.next_if(|line| !line.trim_start().starts_with('}')) {
            let (mut line, mut is_there) = (line.trim_start(), true);
            if let Some((chance, rest)) = line.strip_prefix('?').and_then(|line| line.split_once(' ')) {
                line = rest;
                is_there = self.random.one_in(chance.parse().unwrap_or(2));
            }
            if let Some(stmts) = self.wild_lines(line) {
                if is_there {
                    block.extend(stmts);
                }
                continue;
            }
            let mut pieces = Vec::new();
            loop {
                let head = line.strip_suffix('{');
                self.pieces(head.unwrap_or(line), names, &mut pieces);
                if head.is_none() {
                    break;
                }
                pieces.push(Piece::Block(self.lines(lines, names)));
                line = lines.rest.next().map_or("", |line| line.trim_start().trim_start_matches('}'));
            }
            if is_there && !pieces.is_empty() {
                block.push(Node(pieces));
            }
        }
        block
    }

    /// A line with its holes filled.
    pub fn pieces<'t>(&mut self, line: &'t str, names: &mut Names<'t>, pieces: &mut Vec<Piece>) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut rest = line;
        while let Some(at) = rest.find(['@', '$']) {
            let (text, hole) = rest.split_at(at);
            if !text.is_empty() {
                pieces.push(Piece::from(text.to_string()));
            }
            let mark = &hole[1..];
            let end = mark.find(|c| !is_word(c)).unwrap_or(mark.len());
            let (word, after) = mark.split_at(end);
            if hole.starts_with('$') {
                if !names.contains_key(word) {
                    let name = self.name(word);
                    names.insert(word, name);
                }
                pieces.push(Piece::from(names[word].clone()));
                rest = after;
                continue;
            }
            if let Some(after) = after.strip_prefix('@') {
                pieces.push(Piece::from("@"));
                rest = after;
                continue;
            }
            let arguments = arguments(after);
            rest = arguments.map_or(after, |text| &after[text.len() + 2..]);
            let arguments = arguments.unwrap_or("");
            if word.is_empty() {
                let choices = choices(arguments);
                let choice = choices[self.random.below(choices.len())];
                self.pieces(choice, names, pieces);
            } else if let Some(expr) = self.wild_expr(word) {
                pieces.push(Piece::Expr(expr));
            } else {
                pieces.push(Piece::Expr(self.hole(word, arguments)));
            }
        }
        if !rest.is_empty() {
            pieces.push(Piece::from(rest.to_string()));
        }
    }

    fn hole(&mut self, word: &str, arguments: &str) -> Node {
        let is_small = self.cost_max < 10_000;
        let kind = match word {
            "turns" => {
                let turns = match self.random.below(10) {
                    _ if is_small => self.random.between(3, 12),
                    0 => self.random.between(3, 20),
                    1..=5 => self.random.between(30, 100),
                    _ => self.random.between(100, 300),
                };
                return node![turns.to_string()];
            }
            "n" => {
                let mut limits = arguments.split(' ').map(|text| text.parse().unwrap_or(1));
                let low: usize = limits.next().unwrap_or(1);
                let high = limits.next().unwrap_or(low).max(low);
                let high = if is_small { high.min(low.max(10)) } else { high };
                return node![self.random.between(low, high).to_string()];
            }
            word => kind(word),
        };
        let (vars, floor) = (self.vars.len(), self.floor);
        for var in arguments.split(' ').filter(|text| !text.is_empty()) {
            let (name, of) = var.split_once(':').map_or((var, kind), |(name, word)| (name, self::kind(word)));
            self.add(name, of, false);
        }
        if self.vars.len() > vars && !self.random.one_in(4) {
            self.floor = vars;
        }
        let depth = if self.vars.len() > vars { 2 } else { 1 };
        let turns = std::mem::replace(&mut self.turns, 100);
        let node = self.inner_expr(kind, depth);
        self.turns = turns;
        self.vars.truncate(vars);
        self.floor = floor;
        node!["(", node, ")"]
    }
}

fn kind(word: &str) -> Kind {
    match word {
        "int" => Kind::Int,
        "small" => Kind::Small,
        "float" => Kind::Float,
        "str" => Kind::Str,
        "bool" => Kind::Bool,
        "any" => Kind::Any,
        _ => Kind::Num,
    }
}

/// What stands between the parenthesis here and the one that closes it.
fn arguments(text: &str) -> Option<&str> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return Some(&text[1..at]),
            ')' => depth -= 1,
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The texts that `~` separates, but for what stands in parentheses.
fn choices(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '~' if depth == 0 => {
                found.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[from..]);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::{SMALL_COST_MAX, text};
    use crate::random::Random;
    use crate::targets::tiers::reference;

    #[test]
    fn holes_are_filled() {
        let mut random = Random::new(1, 1);
        let mut maker = Maker::new(&mut random, SMALL_COST_MAX);
        let mut out = Vec::new();
        maker.play("for i := range @n(7 7) {\n$a = @(2~2)\n?1 $b = \"@@\" .. @((1)~(1))\n}\n", &mut out);
        let text = text(&out, "");
        assert!(text.contains("for i := range 7 {\n"), "{text}");
        assert!(text.contains(" = 2\n") && text.contains(" = \"@\" .. (1)\n"), "{text}");
        assert_eq!(choices("a~(b~c)~"), ["a", "(b~c)", ""]);
        assert_eq!((arguments("(a (b) c) d"), arguments(" (a)")), (Some("a (b) c"), None));
    }

    #[test]
    fn every_scene_runs() {
        for (number, scene) in SCENES.iter().enumerate() {
            let mut fine = 0;
            for case in 0..12 {
                let mut random = Random::new(5, case);
                let mut maker = Maker::new(&mut random, SMALL_COST_MAX);
                let mut out = Vec::new();
                maker.play(scene, &mut out);
                let text = text(&out, "");
                let outcome = reference(text.as_bytes());
                assert!(outcome.is_program, "{text}\n{}", outcome.text);
                let is_fine = outcome.is_fine && !outcome.text.contains("attempt to");
                fine += u32::from(is_fine);
                if std::env::var("SHOW").is_ok() && !is_fine {
                    println!("{text}\n{}", outcome.text);
                }
            }
            println!(
                "scene {number}: {fine} of 12 end without an error: {}",
                scene.lines().next().unwrap_or("")
            );
        }
    }
}
