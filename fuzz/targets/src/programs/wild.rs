//! Wild code: statements and expressions that know nothing of what they compute with.
//!
//! The one idea: everywhere else the generator knows what a variable holds, so that operations succeed, and so a site meets
//! few kinds of values. Here all names are fixed and each may hold anything; what calls such code catches its errors, and
//! calls it often: first with arguments of one kind, until it is compiled for them, then with others (`scenes/wild.txt`).
//!
//! The code comes from a grammar, `wild/grammar.txt`: below a line `==== word` the alternatives of that word, each after
//! its weight. They are templates as scenes are; one of several lines is a statement with blocks. Only few loops are in it,
//! each with few turns, so nothing counts what the code costs.

use super::maker::Maker;
use super::scenes::{Lines, Names, sections};
use super::tree::Node;
use std::collections::HashMap;
use std::sync::LazyLock;

const GRAMMAR: &[&str] = &[include_str!("wild/grammar.txt")];
/// Words of expressions in each other at most, and blocks in blocks.
const EXPRS_MAX: usize = 3;
const BLOCKS_MAX: usize = 3;

/// The alternatives of each word with their weights.
static WORDS: LazyLock<HashMap<&str, Vec<(usize, &str)>>> =
    LazyLock::new(|| sections(GRAMMAR).map(|(word, lines)| (word, alternatives(lines))).collect());

/// Cuts before each line that begins with a weight.
fn alternatives(lines: &str) -> Vec<(usize, &str)> {
    let is_digit = |c: char| c.is_ascii_digit();
    let mut starts: Vec<usize> = lines.match_indices('\n').map(|(at, _)| at + 1).collect();
    starts.insert(0, 0);
    starts.retain(|&at| at < lines.len() && lines[at..].starts_with(is_digit));
    starts.push(lines.len());
    starts
        .windows(2)
        .filter_map(|ends| {
            let (weight, text) = lines[ends[0]..ends[1]].trim_end().split_once(' ')?;
            Some((weight.parse().ok()?, text))
        })
        .collect()
}

impl Maker<'_> {
    /// An expression for a word of the grammar; `None` if it has no such word.
    pub fn wild_expr(&mut self, word: &str) -> Option<Node> {
        let is_deep = self.wild_depths.1 >= EXPRS_MAX;
        let text = self.alternative(word, |text| !is_deep || !text.contains('@'))?;
        let mut pieces = Vec::new();
        self.wild_depths.1 += 1;
        self.pieces(text, &mut Names::new(), &mut pieces);
        self.wild_depths.1 -= 1;
        Some(Node(pieces))
    }

    /// Statements for a line `@word(least most)`; `None` if it is another one.
    pub fn wild_lines(&mut self, line: &str) -> Option<Vec<Node>> {
        let (word, limits) = line.strip_prefix('@')?.strip_suffix(')')?.split_once('(')?;
        let (least, most) = limits.split_once(' ')?;
        let (least, most) = (least.parse().ok()?, most.parse().ok()?);
        if !WORDS.contains_key(word) {
            return None;
        }
        let outer = self.wild_depths;
        self.wild_depths = (outer.0 + 1, 0);
        let is_deep = outer.0 >= BLOCKS_MAX;
        let mut stmts = Vec::new();
        for _ in 0..self.random.between(least, most) {
            let Some(text) = self.alternative(word, |text| !is_deep || !text.contains('\n')) else {
                continue;
            };
            stmts.extend(self.lines(&mut Lines { rest: text.lines().peekable() }, &mut Names::new()));
        }
        self.wild_depths = outer;
        Some(stmts)
    }

    /// One of the alternatives of a word that are as wanted.
    fn alternative(&mut self, word: &str, is_wanted: impl Fn(&str) -> bool) -> Option<&'static str> {
        let fitting = || WORDS.get(word).into_iter().flatten().filter(|(_, text)| is_wanted(text));
        let mut at = self.random.below(fitting().map(|(weight, _)| weight).sum());
        let chosen = fitting().find(|(weight, _)| {
            let is_here = at < *weight;
            at = at.saturating_sub(*weight);
            is_here
        });
        chosen.map(|&(_, text)| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn every_line_of_the_grammar_belongs_to_an_alternative() {
        for (word, lines) in sections(GRAMMAR) {
            let texts: Vec<&str> = WORDS[word].iter().map(|&(_, text)| text).collect();
            assert!(!texts.is_empty() && WORDS[word].iter().all(|&(weight, _)| weight > 0), "{word}");
            assert_eq!(
                texts.iter().map(|text| text.lines().count()).sum::<usize>(),
                lines.lines().count(),
                "{word}"
            );
        }
        assert_eq!(alternatives("3 a\n    b\n12 1 << 4\n"), [(3, "a\n    b"), (12, "1 << 4")]);
    }

    #[test]
    fn words_have_plain_alternatives_for_where_it_is_deep() {
        let mut random = Random::new(1, 1);
        let mut maker = Maker::new(&mut random, 1000);
        maker.wild_depths = (BLOCKS_MAX, EXPRS_MAX);
        for word in WORDS.keys().filter(|word| !matches!(**word, "loop" | "visit" | "visit2" | "do")) {
            assert!(maker.wild_expr(word).is_some(), "{word}");
        }
        assert!(maker.wild_lines("@do(1 1)").is_some_and(|stmts| stmts.len() == 1));
        assert!(maker.wild_lines("@do(x)").is_none() && maker.wild_lines("@sum(1 1)").is_none());
    }
}
