//! A program as a tree that is made to be written out and to be cut down.
//!
//! The one idea: a statement and an expression are the same thing, a row of pieces of text, expressions and blocks. What a
//! piece of text means nobody asks, so a generator says what it wants in the language's own words, and the shrinker
//! (`shrink.rs`) needs three rules instead of one for each construct. Nothing here knows the grammar: a tree can be wrong.

use std::borrow::Cow;

/// A statement or an expression.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node(pub Vec<Piece>);

/// A part of a [`Node`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words that stay as they are.
    Text(Cow<'static, str>),
    /// An expression: what may be replaced by a simpler one.
    Expr(Node),
    /// Statements in braces: what may be left out.
    Block(Vec<Node>),
}

impl From<&'static str> for Piece {
    fn from(text: &'static str) -> Piece {
        Piece::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Piece {
    fn from(text: String) -> Piece {
        Piece::Text(Cow::Owned(text))
    }
}

impl From<&String> for Piece {
    fn from(text: &String) -> Piece {
        Piece::Text(Cow::Owned(text.clone()))
    }
}

impl From<Node> for Piece {
    fn from(node: Node) -> Piece {
        Piece::Expr(node)
    }
}

impl From<Vec<Node>> for Piece {
    fn from(block: Vec<Node>) -> Piece {
        Piece::Block(block)
    }
}

/// A [`Node`] of these pieces: texts, nodes (as expressions) and vectors of nodes (as blocks).
macro_rules! node {
    ($($piece:expr),* $(,)?) => { $crate::programs::tree::Node(vec![$($crate::programs::tree::Piece::from($piece)),*]) };
}
pub(crate) use node;

impl Node {
    /// The expressions `a, b, c`.
    pub fn list(nodes: Vec<Node>) -> Node {
        let mut pieces = Vec::new();
        for node in nodes {
            if !pieces.is_empty() {
                pieces.push(Piece::from(", "));
            }
            pieces.push(Piece::Expr(node));
        }
        Node(pieces)
    }

    /// The text, if it is nothing else.
    pub fn as_text(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    fn write(&self, out: &mut String, indent: usize) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Expr(node) => node.write(out, indent),
                Piece::Block(block) if block.is_empty() => out.push_str("{ }"),
                Piece::Block(block) => {
                    out.push_str("{\n");
                    write_block(block, out, indent + 1);
                    out.push_str(&"    ".repeat(indent));
                    out.push('}');
                }
            }
        }
    }
}

/// Writes statements, one a line.
pub fn write_block(block: &[Node], out: &mut String, indent: usize) {
    for stmt in block {
        out.push_str(&"    ".repeat(indent));
        stmt.write(out, indent);
        out.push('\n');
    }
}

/// Visits every block, outer ones first; stops when `visit` says so.
pub fn blocks_mut(block: &mut Vec<Node>, visit: &mut dyn FnMut(&mut Vec<Node>) -> bool) -> bool {
    fn inner(node: &mut Node, visit: &mut dyn FnMut(&mut Vec<Node>) -> bool) -> bool {
        node.0.iter_mut().any(|piece| match piece {
            Piece::Text(_) => false,
            Piece::Expr(node) => inner(node, visit),
            Piece::Block(block) => blocks_mut(block, visit),
        })
    }
    visit(block) || block.iter_mut().any(|node| inner(node, visit))
}

/// Visits every expression, outer ones first; stops when `visit` says so.
pub fn exprs_mut(block: &mut [Node], visit: &mut dyn FnMut(&mut Node) -> bool) -> bool {
    fn inner(node: &mut Node, visit: &mut dyn FnMut(&mut Node) -> bool) -> bool {
        node.0.iter_mut().any(|piece| match piece {
            Piece::Text(_) => false,
            Piece::Expr(node) => visit(node) || inner(node, visit),
            Piece::Block(block) => exprs_mut(block, visit),
        })
    }
    block.iter_mut().any(|node| inner(node, visit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_written_with_their_blocks_indented() {
        let inner =
            vec![node!["x = ", node!["1"]], node!["f(", Node::list(vec![node!["a"], node!["b"]]), ")"]];
        let mut program = vec![node!["if ", node!["y"], " ", inner, " else ", Vec::<Node>::new()]];
        let mut text = String::new();
        write_block(&program, &mut text, 0);
        assert_eq!(text, "if y {\n    x = 1\n    f(a, b)\n} else { }\n");
        let (mut blocks, mut exprs) = (0, 0);
        blocks_mut(&mut program, &mut |_| {
            blocks += 1;
            false
        });
        exprs_mut(&mut program, &mut |_| {
            exprs += 1;
            false
        });
        assert_eq!((blocks, exprs), (3, 5));
    }
}
