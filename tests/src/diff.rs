//! Shows how two lists of lines differ.
//!
//! A longest common subsequence by the textbook table; golden outputs are short. Longer ones are first cut to the part
//! between their common beginning and end, and shown whole if that is still too long for a table. What a terminal would hide
//! (tabs, control bytes, white space at the end, bytes that are not UTF-8) is made visible in changed lines.

use std::fmt::Write;

/// Lines of unchanged text around a change.
const CONTEXT: usize = 2;

/// The largest table that is filled: beyond, a difference is shown as all of one side and then all of the other.
const CELLS_MAX: usize = 4_000_000;

/// The most lines that are written; a program that prints without end should not fill the screen too.
const LINES_MAX: usize = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Same(usize),
    Missing(usize),
    Extra(usize),
}

/// The difference between two lists of lines, `-` before what is missing and `+` before what should not be there; nothing
/// if they are equal.
pub fn render(expected: &[&[u8]], actual: &[&[u8]]) -> Option<String> {
    if expected == actual {
        return None;
    }
    let steps = steps(expected, actual);
    let changed: Vec<usize> = (0..steps.len()).filter(|&i| !matches!(steps[i], Step::Same(_))).collect();
    let mut text = String::new();
    let (mut written, mut next) = (0, 0);
    for (i, step) in steps.iter().enumerate() {
        while next < changed.len() && changed[next] + CONTEXT < i {
            next += 1;
        }
        let near = next < changed.len() && changed[next] <= i + CONTEXT;
        if !near {
            continue;
        }
        if written == LINES_MAX {
            text.push_str("    ...\n");
            break;
        }
        written += 1;
        let _ = match *step {
            Step::Same(line) => writeln!(text, "      {}", String::from_utf8_lossy(expected[line])),
            Step::Missing(line) => writeln!(text, "    - {}", visible(expected[line])),
            Step::Extra(line) => writeln!(text, "    + {}", visible(actual[line])),
        };
    }
    Some(text)
}

/// The lines of a text. A newline at the end does not begin another line.
pub fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines
}

/// A line with everything written out that a terminal would hide.
fn visible(line: &[u8]) -> String {
    let mut text = String::new();
    let body_len = line.len() - line.iter().rev().take_while(|&&byte| byte == b' ').count();
    for chunk in line[..body_len].utf8_chunks() {
        for ch in chunk.valid().chars() {
            match ch {
                '\t' => text.push_str("\\t"),
                ch if ch.is_control() => drop(write!(text, "\\x{:02x}", ch as u32)),
                ch => text.push(ch),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    for _ in body_len..line.len() {
        text.push('·');
    }
    text
}

/// How to come from `expected` to `actual`, in order.
fn steps(expected: &[&[u8]], actual: &[&[u8]]) -> Vec<Step> {
    let shorter = expected.len().min(actual.len());
    let head = (0..shorter).take_while(|&i| expected[i] == actual[i]).count();
    let tail = (1..=shorter - head)
        .take_while(|&i| expected[expected.len() - i] == actual[actual.len() - i])
        .count();
    let (old, new) = (&expected[head..expected.len() - tail], &actual[head..actual.len() - tail]);
    let mut steps: Vec<Step> = (0..head).map(Step::Same).collect();
    if old.len() * new.len() > CELLS_MAX {
        steps.extend((head..head + old.len()).map(Step::Missing));
        steps.extend((head..head + new.len()).map(Step::Extra));
    } else {
        middle(old, new, head, &mut steps);
    }
    steps.extend((expected.len() - tail..expected.len()).map(Step::Same));
    steps
}

/// The steps between two parts that begin at line `head`, by the table of common subsequences of their ends.
fn middle(old: &[&[u8]], new: &[&[u8]], head: usize, steps: &mut Vec<Step>) {
    let width = new.len() + 1;
    let mut common = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = match old[i] == new[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            steps.push(Step::Same(head + i));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]
        {
            steps.push(Step::Missing(head + i));
            i += 1;
        } else {
            steps.push(Step::Extra(head + j));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &str, actual: &str, shown: &str) {
        let text = render(&lines(expected.as_bytes()), &lines(actual.as_bytes())).unwrap_or_default();
        assert_eq!(text, shown);
    }

    #[test]
    fn equal_texts_have_no_difference() {
        check("a\nb\n", "a\nb", "");
        check("", "", "");
    }

    #[test]
    fn lines_do_not_count_the_end() {
        assert_eq!(lines(b"a\n\nb\n").len(), 3);
        assert_eq!(lines(b"\n").len(), 1);
        assert!(lines(b"").is_empty());
    }

    #[test]
    fn changed_line_in_the_middle() {
        check("1\n2\n3\n", "1\nx\n3\n", "      1\n    - 2\n    + x\n      3\n");
    }

    #[test]
    fn missing_and_extra_lines() {
        check("a\nb\nc\nd\n", "b\nc\nx\nd\n", "    - a\n      b\n      c\n    + x\n      d\n");
        check("a\n", "", "    - a\n");
        check("", "a\n", "    + a\n");
    }

    #[test]
    fn far_context_is_left_out() {
        check(
            "1\n2\n3\n4\n5\n6\n",
            "1\n2\n3\nx\n5\n6\n",
            "      2\n      3\n    - 4\n    + x\n      5\n      6\n",
        );
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(visible(b"a\tb \x07 \xff  "), "a\\tb \\x07 \\xff··");
        assert_eq!(visible("é".as_bytes()), "é");
    }

    #[test]
    fn endless_output_is_cut() {
        let many = "y\n".repeat(3000);
        let text = render(&lines(b"x\n"), &lines(many.as_bytes())).unwrap();
        assert_eq!(text.lines().count(), LINES_MAX + 1);
        let other = "z\n".repeat(3000);
        assert!(render(&lines(other.as_bytes()), &lines(many.as_bytes())).unwrap().ends_with("...\n"));
    }
}
