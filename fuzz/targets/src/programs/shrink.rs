//! Cutting a program down to what still shows a fault.
//!
//! The one idea: every step is a smaller tree, kept if the fault is still there. Statements go first, in runs of every
//! length; then constructs give way to what their blocks contain; then expressions to one of their parts or to a constant,
//! and numbers to smaller ones. All of it again until nothing can go. Whether a smaller tree still compiles nobody asks:
//! one that does not shows no fault.

use super::tree::{Node, Piece, blocks_mut, exprs_mut};

/// What any expression may become, if it is longer.
const CONSTANTS: &[&str] = &["nil", "0", "1", "true", "\"\"", "{}", "0.5"];

/// Makes a program smaller for as long as `is_faulty` says that the fault is there.
pub fn shrink(program: &mut Vec<Node>, is_faulty: &mut dyn FnMut(&[Node]) -> bool) {
    loop {
        let mut has_changed = drop_statements(program, is_faulty);
        has_changed |= unwrap_blocks(program, is_faulty);
        has_changed |= simplify(program, is_faulty);
        if !has_changed {
            return;
        }
    }
}

/// Calls `change` on the block with this number in a copy; keeps the copy if the fault is there. `None`: no such block, or
/// nothing to change in it.
fn try_block(
    program: &mut Vec<Node>,
    number: usize,
    change: &dyn Fn(&mut Vec<Node>) -> bool,
    is_faulty: &mut dyn FnMut(&[Node]) -> bool,
) -> Option<bool> {
    let mut copy = program.clone();
    let (mut at, mut has_changed) = (0, false);
    blocks_mut(&mut copy, &mut |block| {
        at += 1;
        if at == number + 1 {
            has_changed = change(block);
        }
        at > number
    });
    keep(program, copy, has_changed, is_faulty)
}

/// The same with an expression.
fn try_expr(
    program: &mut Vec<Node>,
    number: usize,
    change: &dyn Fn(&mut Node) -> bool,
    is_faulty: &mut dyn FnMut(&[Node]) -> bool,
) -> Option<bool> {
    let mut copy = program.clone();
    let (mut at, mut has_changed) = (0, false);
    exprs_mut(&mut copy, &mut |expr| {
        at += 1;
        if at == number + 1 {
            has_changed = change(expr);
        }
        at > number
    });
    keep(program, copy, has_changed, is_faulty)
}

fn keep(
    program: &mut Vec<Node>,
    copy: Vec<Node>,
    has_changed: bool,
    is_faulty: &mut dyn FnMut(&[Node]) -> bool,
) -> Option<bool> {
    if !has_changed {
        return None;
    }
    let is_kept = is_faulty(&copy);
    if is_kept {
        *program = copy;
    }
    Some(is_kept)
}

fn count_blocks(program: &mut Vec<Node>) -> (usize, usize) {
    let (mut count, mut longest) = (0, 0);
    blocks_mut(program, &mut |block| {
        count += 1;
        longest = longest.max(block.len());
        false
    });
    (count, longest)
}

/// How many statements the block with this number has.
fn block_len(program: &mut Vec<Node>, number: usize) -> usize {
    let (mut at, mut len) = (0, 0);
    blocks_mut(program, &mut |block| {
        at += 1;
        len = block.len();
        at > number
    });
    len
}

/// Leaves out runs of statements, long ones first.
fn drop_statements(program: &mut Vec<Node>, is_faulty: &mut dyn FnMut(&[Node]) -> bool) -> bool {
    let mut has_changed = false;
    let (_, longest) = count_blocks(program);
    let mut size = longest.max(1);
    loop {
        let mut number = 0;
        while number < count_blocks(program).0 {
            // Later statements use earlier ones, so the last go first.
            let mut end = block_len(program, number);
            while end >= size {
                let range = end - size..end;
                let drop = |block: &mut Vec<Node>| block.drain(range.clone()).count() > 0;
                if try_block(program, number, &drop, is_faulty) == Some(true) {
                    has_changed = true;
                    end -= size;
                } else {
                    end -= size.div_ceil(2).min(end);
                }
            }
            number += 1;
        }
        if size == 1 {
            return has_changed;
        }
        size /= 2;
    }
}

/// Puts what a statement's blocks contain in its place.
fn unwrap_blocks(program: &mut Vec<Node>, is_faulty: &mut dyn FnMut(&[Node]) -> bool) -> bool {
    let mut has_changed = false;
    let mut number = 0;
    while number < count_blocks(program).0 {
        let mut at = 0;
        loop {
            let unwrap = |block: &mut Vec<Node>| {
                let Some(stmt) = block.get_mut(at) else { return false };
                let mut inner = Vec::new();
                collect_blocks(stmt, &mut inner);
                let is_any = !inner.is_empty();
                block.splice(at..=at, inner);
                is_any
            };
            if at >= block_len(program, number) {
                break;
            }
            match try_block(program, number, &unwrap, is_faulty) {
                Some(true) => has_changed = true,
                _ => at += 1,
            }
        }
        number += 1;
    }
    has_changed
}

fn collect_blocks(node: &mut Node, out: &mut Vec<Node>) {
    for piece in &mut node.0 {
        match piece {
            Piece::Text(_) => {}
            Piece::Expr(node) => collect_blocks(node, out),
            Piece::Block(block) => {
                for mut stmt in block.drain(..) {
                    // Clauses of a switch are no statements by themselves.
                    match stmt.0.first() {
                        Some(Piece::Text(text)) if text.starts_with("case (") || text == "default: " => {
                            collect_blocks(&mut stmt, out);
                        }
                        _ => out.push(stmt),
                    }
                }
            }
        }
    }
}

/// Puts constants and parts in the place of expressions.
fn simplify(program: &mut Vec<Node>, is_faulty: &mut dyn FnMut(&[Node]) -> bool) -> bool {
    let mut has_changed = false;
    let mut number = 0;
    loop {
        let mut found = None;
        let mut seen = 0;
        exprs_mut(program, &mut |expr| {
            seen += 1;
            if seen > number {
                found = Some(expr.clone());
            }
            seen > number
        });
        let Some(expr) = found else { return has_changed };
        let is_simpler = simpler(&expr).into_iter().any(|candidate| {
            let replace = |expr: &mut Node| {
                *expr = candidate.clone();
                true
            };
            try_expr(program, number, &replace, is_faulty) == Some(true)
        });
        has_changed |= is_simpler;
        if !is_simpler {
            number += 1;
        }
    }
}

/// What may stand for an expression: each is smaller, so there is an end to it.
fn simpler(expr: &Node) -> Vec<Node> {
    if let Some(text) = expr.as_text() {
        return match text.parse::<u64>() {
            Ok(0 | 1) => Vec::new(),
            Ok(number) => [0, 1, number / 2, number - 1]
                .iter()
                .filter(|&&n| n < number && (n + 1 < number || number < 40))
                .map(|n| Node(vec![Piece::from(n.to_string())]))
                .collect(),
            Err(_) if CONSTANTS.contains(&text) => Vec::new(),
            Err(_) => constants_below(text.len()),
        };
    }
    let mut candidates = constants_below(usize::MAX);
    candidates.extend(expr.0.iter().filter_map(|piece| match piece {
        Piece::Expr(node) => Some(node.clone()),
        Piece::Text(_) | Piece::Block(_) => None,
    }));
    candidates
}

fn constants_below(len: usize) -> Vec<Node> {
    CONSTANTS.iter().filter(|text| text.len() < len).map(|&text| Node(vec![Piece::from(text)])).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree::{node, write_block};
    use super::*;

    fn text(program: &[Node]) -> String {
        let mut text = String::new();
        write_block(program, &mut text, 0);
        text
    }

    #[test]
    fn only_what_shows_the_fault_stays() {
        let sum = node!["(", node!["a"], " + ", node!["(", node!["bad"], " * ", node!["77"], ")"], ")"];
        let body = vec![node!["one()"], node!["two(", sum, ")"], node!["three()"]];
        let mut program = vec![node!["first()"], node!["for ", node!["i < 300"], " ", body], node!["last()"]];
        shrink(&mut program, &mut |program| {
            let text = text(program);
            text.contains("two") && text.contains("bad")
        });
        assert_eq!(text(&program), "two(bad)\n");
    }

    #[test]
    fn what_a_switch_contains_takes_its_place() {
        let clauses = vec![
            node!["case (", node!["1"], "): ", vec![node!["one()"]]],
            node!["default: ", vec![node!["two()"]]],
        ];
        let mut program = vec![node!["switch (", node!["x"], ") ", clauses]];
        shrink(&mut program, &mut |program| text(program).contains("two"));
        assert_eq!(text(&program), "two()\n");
    }

    #[test]
    fn numbers_become_the_least_that_show_it() {
        let mut program = vec![node!["x = ", node!["300"]]];
        shrink(&mut program, &mut |program| {
            let text = text(program);
            text.trim().rsplit(' ').next().and_then(|n| n.parse::<u64>().ok()).is_some_and(|n| n >= 37)
        });
        assert_eq!(text(&program), "x = 37\n");
    }
}
