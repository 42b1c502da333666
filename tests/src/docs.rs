//! The examples of the documentation, as programs whose output can be checked.
//!
//! A fenced block that says `gscript` is a program of its own. What it does stands in its comments, written for readers:
//!
//! | comment | meaning |
//! |---|---|
//! | `// prints: LINE` | the next line that the program writes |
//! | `EXPR   // -> VALUES` | the line is an expression; `print(EXPR)` would write these values |
//! | `CODE   // error: TEXT` | the line raises an error; the first line of its text contains TEXT |
//! | `// uncaught: TEXT` | the program ends with an error that contains TEXT, and exit status 1 |
//! | `// compile error: TEXT` | the program is rejected with that message |
//!
//! White space is compared loosely, because `print` writes tabs and documentation does not. A block without such comments
//! only has to compile. A block that begins `gscript file=NAME` is written to that file, for the blocks after it on the page
//! to `require` or read. A block that says `console` is a shell session: lines that begin with `$ ` are commands, the others
//! are what they write.
//!
//! Links between pages, and the names on the page of a library, are read here too.
//!
//! Nothing here runs anything; `tests/docs.rs` does.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::diff;

/// What a fenced block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A program.
    Program,
    /// A file that programs of the same page use.
    File(String),
    /// A shell session.
    Console,
}

/// A fenced block of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The line of its first line of text, from 1.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: String,
}

/// What a line of output must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// This line, white space aside.
    Line(String),
    /// A line that contains this.
    Containing(String),
}

/// How a program must end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// With status 0 and nothing on standard error.
    Normal,
    /// With status 1 and a standard error that contains this.
    Error(String),
}

/// A block as something that can be run and judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The text to run; line numbers are those of the block.
    pub source: String,
    /// What it writes. Nothing at all to expect means that the program is compiled and not run.
    pub output: Vec<Expected>,
    /// How it ends.
    pub ending: Ending,
}

impl Program {
    /// Whether the comments say anything about running it.
    pub fn is_checked(&self) -> bool {
        !self.output.is_empty() || self.ending != Ending::Normal
    }
}

/// The pages of the documentation: `README.md` and everything below `docs/`, by name.
pub fn pages() -> io::Result<Vec<(String, PathBuf)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = vec![("README.md".to_owned(), root.join("README.md"))];
    collect(&root.join("docs"), "docs", &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(dir: &Path, prefix: &str, found: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{prefix}/{name}");
        if path.is_dir() {
            collect(&path, &name, found)?;
        } else if name.ends_with(".md") {
            found.push((name, path));
        }
    }
    Ok(())
}

/// The blocks of a page that are checked, in order; or what is wrong with its fences.
pub fn blocks(page: &str) -> Result<Vec<Block>, String> {
    let mut found = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let mut text = String::new();
        let mut is_closed = false;
        for (_, line) in lines.by_ref() {
            if line.trim() == "```" {
                is_closed = true;
                break;
            }
            text.push_str(line);
            text.push('\n');
        }
        if !is_closed {
            return Err(format!("line {}: the block has no end", index + 1));
        }
        let mut words = info.split_whitespace();
        let kind = match (words.next(), words.next()) {
            (Some("gscript"), None) => Kind::Program,
            (Some("gscript"), Some(word)) => match word.strip_prefix("file=") {
                Some(name) if !name.is_empty() && !name.contains(['/', '\\']) => Kind::File(name.to_owned()),
                _ => return Err(format!("line {}: '{word}' is not file=NAME", index + 1)),
            },
            (Some("console"), None) => Kind::Console,
            _ => continue,
        };
        found.push(Block { line: index + 2, kind, text });
    }
    Ok(found)
}

/// A block's text as a program, or what is wrong with its comments.
pub fn program(text: &str) -> Result<Program, String> {
    let mut program = Program { source: String::new(), output: Vec::new(), ending: Ending::Normal };
    for (index, line) in text.lines().enumerate() {
        let wrong = |what: &str| Err(format!("line {} of the block: {what}", index + 1));
        if let Some((code, values)) = split(line, "// -> ") {
            if code.is_empty() {
                return wrong("'// ->' follows an expression");
            }
            program.output.push(Expected::Line(values.to_owned()));
            program.source.push_str(&format!("print({code})"));
        } else if let Some((code, message)) = split(line, "// error: ") {
            if code.is_empty() {
                return wrong("'// error:' follows code");
            }
            program.output.push(Expected::Containing(message.to_owned()));
            program.source.push_str(&format!(
                "print((tostring(select(2, pcall(func() {{ {code} }}))):gsub(\"\\n.*\", \"\")))"
            ));
        } else if let Some((_, output)) = split(line, "// prints:") {
            program.output.push(Expected::Line(output.to_owned()));
            program.source.push_str(line);
        } else {
            if let Some((_, message)) =
                split(line, "// uncaught: ").or_else(|| split(line, "// compile error: "))
                && let Ending::Error(_) =
                    std::mem::replace(&mut program.ending, Ending::Error(message.to_owned()))
            {
                return wrong("the program ends only once");
            }
            program.source.push_str(line);
        }
        program.source.push('\n');
    }
    Ok(program)
}

/// The code before a comment and the text in it.
fn split<'a>(line: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let at = line.rfind(mark)?;
    Some((line[..at].trim(), line[at + mark.len()..].trim()))
}

/// In what an output differs from what is expected.
pub fn difference(expected: &[Expected], stdout: &[u8]) -> Option<String> {
    let mut actual: Vec<String> =
        diff::lines(stdout).into_iter().map(|line| loose(&String::from_utf8_lossy(line))).collect();
    let mut wanted = Vec::new();
    for (i, expected) in expected.iter().enumerate() {
        match expected {
            Expected::Line(line) => wanted.push(loose(line)),
            Expected::Containing(text) => {
                if let Some(line) = actual.get_mut(i).filter(|line| line.contains(&loose(text))) {
                    *line = loose(text);
                }
                wanted.push(loose(text));
            }
        }
    }
    let wanted: Vec<&[u8]> = wanted.iter().map(String::as_bytes).collect();
    let actual: Vec<&[u8]> = actual.iter().map(String::as_bytes).collect();
    diff::render(&wanted, &actual)
}

/// The commands of a shell session, and the lines that they write.
pub fn session(text: &str) -> (String, Vec<Expected>) {
    let mut commands = String::new();
    let mut output = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => {
                commands.push_str(command);
                commands.push('\n');
            }
            None => output.push(Expected::Line(line.to_owned())),
        }
    }
    (commands, output)
}

/// The targets of a page's links that lead to pages of the project.
pub fn links(page: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in prose(page) {
        let mut rest = line;
        while let Some(at) = rest.find("](") {
            let is_escaped = rest[..at].ends_with('\\');
            rest = &rest[at + 2..];
            if is_escaped {
                continue;
            }
            let Some(end) = rest.find(')') else { break };
            let target = &rest[..end];
            if !target.contains("://") {
                found.push(target);
            }
        }
    }
    found
}

/// The anchors of a page: its headings as links write them.
pub fn anchors(page: &str) -> Vec<String> {
    let headings = prose(page).filter_map(|line| line.strip_prefix('#'));
    headings
        .map(|heading| {
            let kept = heading.trim_start_matches('#').trim().chars();
            kept.filter_map(|c| match c {
                ' ' => Some('-'),
                '-' | '_' => Some(c),
                _ if c.is_alphanumeric() => Some(c.to_ascii_lowercase()),
                _ => None,
            })
            .collect()
        })
        .collect()
}

/// The lines of a page outside its blocks.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_inside = false;
    page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_inside ^= is_fence;
        !is_inside && !is_fence
    })
}

/// The names behind `LIBRARY.` on a page, in the order in which they occur.
pub fn members<'a>(page: &'a str, library: &str) -> Vec<&'a str> {
    let mark = format!("{library}.");
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let found = page.match_indices(&mark).filter_map(|(at, _)| {
        let before = page[..at].chars().next_back();
        if before.is_some_and(|c| is_part(c) || matches!(c, '.' | '/')) {
            return None;
        }
        let rest = &page[at + mark.len()..];
        let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        // A page is a file `LIBRARY.md`.
        (!name.is_empty() && name != "md").then_some(name)
    });
    found.collect()
}

/// Whether a page mentions a name.
pub fn mentions(page: &str, name: &str) -> bool {
    page.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == name)
}

fn loose(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_blocks_of_a_page() {
        let page = "# A\n```gscript\nprint(1)\n```\ntext\n```go\nx\n```\n```gscript file=m.gs\nreturn 1\n```\n```console\n$ ls\n```\n";
        let found = blocks(page).unwrap();
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], Block { line: 3, kind: Kind::Program, text: "print(1)\n".to_owned() });
        assert_eq!(found[1].kind, Kind::File("m.gs".to_owned()));
        assert_eq!(found[2].kind, Kind::Console);
    }

    #[test]
    fn bad_fences_are_told() {
        assert!(blocks("```gscript\nx\n").unwrap_err().contains("line 1"));
        assert!(blocks("```gscript whatever\n```\n").unwrap_err().contains("whatever"));
        assert!(blocks("```gscript file=../x\n```\n").is_err());
    }

    #[test]
    fn values_and_errors_become_output() {
        let program =
            program("x := 1\nx + 1   // -> 2\nx.y.z // error: attempt\nprint(x) // prints: 1\n").unwrap();
        assert_eq!(
            program.source,
            "x := 1\nprint(x + 1)\nprint((tostring(select(2, pcall(func() { x.y.z }))):gsub(\"\\n.*\", \"\")))\nprint(x) // prints: 1\n"
        );
        assert_eq!(program.output.len(), 3);
        assert!(difference(&program.output, b"2\na.gs:3: attempt to\n1\n").is_none());
        assert!(difference(&program.output, b"2\nwhat\n1\n").is_some());
    }

    #[test]
    fn tabs_and_spaces_are_alike() {
        let expected = [Expected::Line("1  2 x".to_owned())];
        assert!(difference(&expected, b"1\t2\tx\n").is_none());
        assert!(difference(&expected, b"1\t2x\n").is_some());
        assert!(difference(&expected, b"1 2 x\nmore\n").is_some());
    }

    #[test]
    fn endings_are_read() {
        assert!(!program("f()\n").unwrap().is_checked());
        let ends = program("error(1) // uncaught: 1\n").unwrap();
        assert!(ends.is_checked());
        assert_eq!(ends.ending, Ending::Error("1".to_owned()));
        assert!(program("// uncaught: a\n// compile error: b\n").is_err());
        assert!(program("// -> 1\n").is_err());
    }

    #[test]
    fn sessions_have_commands_and_output() {
        let (commands, output) = session("$ gscript -e 'print(1)'\n1\n$ echo $?\n0\n");
        assert_eq!(commands, "gscript -e 'print(1)'\necho $?\n");
        assert_eq!(output.len(), 2);
    }

    #[test]
    fn links_and_anchors_are_found() {
        let page = "# The `ends` of it\nsee [a](b.md#c), r\\[a\\](x) and [d](https://x.y)\n```text\n[no](link)\n# no heading\n```\n";
        assert_eq!(links(page), ["b.md#c"]);
        assert_eq!(anchors(page), ["the-ends-of-it"]);
    }

    #[test]
    fn members_are_found() {
        let page = "`io.read(x)` [io](io.md) `studio.no` io.open, a.io.b";
        assert_eq!(members(page, "io"), ["read", "open"]);
        assert!(mentions(page, "open") && !mentions(page, "ope"));
    }
}
