//! What inputs are made of: the project's own programs, cut into tokens.
//!
//! Golden tests, examples and benchmark programs between them use every construct of the language, so pieces of them put
//! together anew go deep. Where the folders are missing, a built-in program stands in.

use crate::random::Random;
use std::path::{Path, PathBuf};
use syntax::span::Source;
use syntax::token::TokenKind;

/// A program with every construct of the grammar.
const SAMPLE: &str = r#"
func scale(k, ...) { return k * #..., ...[1] }
func log(level, parts...) { print(level, parts.n) }
var a, b = 1, 0x1.8p3
const c = "text\n\u{e9}\x41\101" .. `raw` .. 1_000
t := {10, 20, name: "n", "a key": 1, [2 ** 4]: "pow"; 30, func: true}
func t.f(x) { return x && !x || nil }
func t:m(x) { self.count = (self.count || 0) + x; return self }
t.name ..= "z"; a++; b--
a, t[1] = t[1], a
if n := #t; n > 10 { print(n) } elseif n > 0 { t:m(n) } else if !n { } else { print(-n, ^n) }
outer: for i := 0; i < 10; i++ {
    for k, v := range pairs(t) { if v == nil { continue outer } else { break } }
    for range 3 { } for b > 100 { break outer }
}
switch kind := type(t); kind { case "num", "table": print(kind) default: print("?") }
ch := make(chan, 2)
go func(a) { defer close(ch); ch <- a; ch <- a * 2 }(1)
select { case v, ok := <-ch: print(v, ok) }
for v := range ch { print(v) }
co := coroutine.wrap(func(x) { for { x = coroutine.yield(x + 1) } })
print(co(1), co(2), pcall(error, {1}), a &^ b << 2 | 3 ^ 4 % 5 / 6, 1 <= 2, "x" .. 1)
print(pcall(setmetatable({}, {__index: func(t, k) { return k }, __add: func(a, b) { return 1 }}).x))
return ...
"#;

/// A program and its tokens.
pub struct Program {
    /// The file it comes from.
    pub name: String,
    /// Its text.
    pub text: Vec<u8>,
    /// Its tokens without comments: kind, start and end.
    pub tokens: Vec<(TokenKind, u32, u32)>,
}

impl Program {
    fn new(name: String, text: Vec<u8>) -> Program {
        let source = Source::new(&name, &text);
        let (tokens, _) = syntax::lex(&source);
        let tokens = tokens
            .iter()
            .filter(|token| {
                token.span.end > token.span.start
                    && !source.text()[token.span.start as usize..].starts_with(b"//")
            })
            .map(|token| (token.kind, token.span.start, token.span.end))
            .collect();
        Program { name, text, tokens }
    }

    /// The text of a token.
    pub fn token(&self, index: usize) -> &[u8] {
        let (_, start, end) = self.tokens[index];
        &self.text[start as usize..end as usize]
    }
}

/// All programs. There is at least one.
pub struct Corpus {
    /// In the order of their names.
    pub programs: Vec<Program>,
}

/// Longest program that is taken: longer ones are data, and slow to mutate.
const PROGRAM_BYTES_MAX: usize = 24 << 10;

impl Corpus {
    /// Reads the project's programs.
    pub fn load() -> Corpus {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut files = Vec::new();
        for dir in ["tests/golden", "examples", "benches/programs"] {
            collect(&root.join(dir), &mut files);
        }
        files.sort();
        let mut programs = vec![Program::new("sample".to_string(), SAMPLE.as_bytes().to_vec())];
        for path in files {
            if let Ok(text) = std::fs::read(&path)
                && text.len() <= PROGRAM_BYTES_MAX
            {
                let program = Program::new(path.display().to_string(), text);
                if !program.tokens.is_empty() {
                    programs.push(program);
                }
            }
        }
        Corpus { programs }
    }

    /// The built-in program alone.
    pub fn sample() -> Corpus {
        Corpus { programs: vec![Program::new("sample".to_string(), SAMPLE.as_bytes().to_vec())] }
    }

    /// One of the programs.
    pub fn pick(&self, random: &mut Random) -> &Program {
        &self.programs[random.below(self.programs.len())]
    }

    /// The text of one of the tokens.
    pub fn token(&self, random: &mut Random) -> &[u8] {
        let program = self.pick(random);
        program.token(random.below(program.tokens.len()))
    }
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "gs") {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_compiles() {
        let corpus = Corpus::sample();
        let source = Source::new("sample", &corpus.programs[0].text);
        compiler::compile_source(&source, syntax::Mode::Chunk)
            .map_err(|errors| format!("{errors:?}"))
            .unwrap();
        assert!(corpus.programs[0].tokens.len() > 300);
        assert_eq!(corpus.programs[0].token(0), b"func");
    }
}
