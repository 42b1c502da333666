//! Guesses at what an author meant: near misses of a name, and words of other languages.
//!
//! The one idea: help is offered only once something is wrong, so a wrong guess costs little and nothing here runs for a
//! correct program. `local` or `end` remain names that a program may use.

/// The candidate closest to `name`, if one is close enough to be a slip of the fingers.
///
/// At most one edit in three characters counts as close, and names of one or two characters must differ only in case.
/// Among equally close candidates the first wins.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = name.chars().count() / 3;
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        if candidate == name {
            continue;
        }
        let distance = if candidate.eq_ignore_ascii_case(name) { 0 } else { edit_distance(name, candidate) };
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many insertions, deletions, replacements and swaps of neighbours turn `a` into `b`.
#[must_use]
pub fn edit_distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    // Three rows of the usual table: the one before the last is needed for swaps.
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &from) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, &to) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(from != to);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from == b[j - 1] && a[i - 1] == to {
                least = least.min(before[j - 1] + 1);
            }
            row[j + 1] = least;
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// What to write instead of a word of another language.
#[must_use]
pub fn foreign_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "local" | "let" | "auto" | "my" => {
            "locals are declared with 'x := e' inside a block, or with 'var x = e'"
        }
        "function" | "fn" | "def" | "fun" | "lambda" => "functions are written 'func name(a, b) { ... }'",
        "then" | "do" | "begin" => "the body stands in braces: '{ ... }'",
        "end" | "fi" | "done" => "blocks end with '}'",
        "elif" | "elsif" | "elsei" | "elseIf" => "write 'elseif' or 'else if'",
        "while" | "until" | "loop" => "the loop with a condition is 'for cond { ... }'",
        "repeat" => "write 'for { ...; if cond { break } }'",
        "foreach" => "write 'for k, v := range t { ... }'",
        "and" => "write '&&'",
        "or" => "write '||'",
        "not" => "write '!'",
        "is" => "compare with '==' or '!='",
        "null" | "None" | "undefined" | "NULL" => "the absent value is 'nil'",
        "True" => "write 'true'",
        "False" => "write 'false'",
        "goto" => "there is no 'goto'; 'break' and 'continue' take labels",
        "import" | "include" | "use" | "package" => "modules are loaded with 'm := require(\"name\")'",
        "class" | "struct" | "type" | "interface" => "there are no classes: use tables with 'setmetatable'",
        "try" | "catch" | "except" | "finally" => "errors are caught with 'pcall', and 'defer' cleans up",
        "throw" | "raise" | "panic" => "errors are raised with 'error(value)'",
        "async" | "await" | "spawn" => "'go f()' starts a goroutine; channels carry results",
        "match" => "write 'switch value { case a: ... }'",
        "unless" => "write 'if !cond { ... }'",
        "fallthrough" => "clauses of 'switch' do not fall through; a 'case' takes several values",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("abc", "abc"), 0);
        assert_eq!(edit_distance("count", "coutn"), 1);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }

    #[test]
    fn closest_is_careful_with_short_names() {
        let names = ["print", "string", "Value", "x", "count"];
        assert_eq!(closest("pritn", names), Some("print"));
        assert_eq!(closest("value", names), Some("Value"));
        assert_eq!(closest("coumt", names), Some("count"));
        assert_eq!(closest("y", names), None);
        assert_eq!(closest("X", names), Some("x"));
        assert_eq!(closest("table", names), None);
        assert_eq!(closest("print", names), None);
    }
}
