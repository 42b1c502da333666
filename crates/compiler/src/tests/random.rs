//! Random programs of all constructs: whatever the parser accepts compiles to verified code.

use super::*;

struct Generator {
    state: u64,
    out: String,
    depth: u32,
    loops: u32,
}

impl Generator {
    fn below(&mut self, n: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % n
    }

    fn push(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push(' ');
    }

    fn pick(&mut self, texts: &[&str]) {
        let n = self.below(texts.len() as u64) as usize;
        self.push(texts[n]);
    }

    fn name(&mut self) {
        self.pick(&["a", "b", "c", "d", "e", "f", "self"]);
    }

    fn list(&mut self, max: u64, item: fn(&mut Self)) {
        for i in 0..=self.below(max) {
            if i > 0 {
                self.push(",");
            }
            item(self);
        }
    }

    fn expr(&mut self) {
        self.depth += 1;
        let choice = if self.depth > 5 { self.below(4) } else { self.below(23) };
        match choice {
            0 | 1 => self.name(),
            2 => self
                .pick(&["1", "-5", "2.5", "300", "70000", "nil", "true", "false", "\"s\"", "\"7\"", "1e300"]),
            3 => self.pick(&["...", "#...", "a", "b", "{}"]),
            4..=7 => {
                self.operand();
                let ops = "+ - * / % ** .. & | ^ &^ << >> == != < <= > >= && ||";
                self.pick(&ops.split(' ').collect::<Vec<_>>());
                self.operand();
            }
            8 => {
                self.pick(&["- ", "!", "#", "^", "<-"]);
                self.operand();
            }
            9..=14 => self.call(),
            15 => {
                self.operand();
                self.push(".x");
            }
            16 => {
                self.operand();
                self.push("[");
                self.expr();
                self.push("]");
            }
            17 => {
                self.push("func(a, b, ...)");
                let loops = std::mem::take(&mut self.loops);
                self.block();
                self.loops = loops;
            }
            18 | 19 => self.table(),
            20 => self.push("make(chan, 2)"),
            21 => {
                self.operand();
                self.push("&&");
                self.operand();
                self.push("&&");
                self.operand();
            }
            _ => {
                self.push("...[");
                self.expr();
                self.push("]");
            }
        }
        self.depth -= 1;
    }

    fn operand(&mut self) {
        self.push("(");
        self.expr();
        self.push(")");
    }

    fn call(&mut self) {
        match self.below(3) {
            0 => self.name(),
            1 => {
                self.name();
                self.push(".x");
            }
            _ => {
                self.name();
                self.push(":m");
            }
        }
        self.push("(");
        if self.below(3) > 0 {
            self.list(3, Self::expr);
        }
        self.push(")");
    }

    fn table(&mut self) {
        self.push("{");
        for _ in 0..self.below(5) {
            match self.below(5) {
                0 => self.pick(&["x:", "y:", "\"z\":"]),
                1 => {
                    self.push("[");
                    self.expr();
                    self.push("]:");
                }
                _ => {}
            }
            self.expr();
            self.push(",");
        }
        self.push("}");
    }

    fn target(&mut self) {
        self.name();
        match self.below(4) {
            0 => self.push(".x"),
            1 => {
                self.push("[");
                self.expr();
                self.push("]");
            }
            _ => {}
        }
    }

    fn block(&mut self) {
        self.push("{");
        self.body();
        self.push("}");
    }

    fn body(&mut self) {
        self.depth += 1;
        let max = if self.depth > 4 { 1 } else { 5 };
        for _ in 0..self.below(max + 1) {
            self.stmt();
        }
        self.depth -= 1;
    }

    fn looped(&mut self) {
        self.loops += 1;
        self.block();
        self.loops -= 1;
    }

    fn stmt(&mut self) {
        match self.below(24) {
            0..=2 => {
                self.list(3, Self::name);
                self.push(":=");
                self.list(3, Self::expr);
            }
            3 => {
                self.pick(&["var a, b", "var c", "const k, l", "const m"]);
                self.push("=");
                self.list(2, Self::expr);
            }
            4..=6 => {
                self.list(3, Self::target);
                self.push("=");
                self.list(3, Self::expr);
            }
            7 => {
                self.target();
                self.pick(&["+=", "-=", "..=", "*=", "<<="]);
                self.expr();
            }
            8 => {
                self.target();
                self.pick(&["++", "--"]);
            }
            9 | 10 => self.call(),
            11 => {
                self.push("if a := 1;");
                self.operand();
                self.block();
                self.push("elseif");
                self.operand();
                self.block();
                self.push("else");
                self.block();
            }
            12 => {
                self.push("for");
                self.operand();
                self.looped();
            }
            13 => {
                self.push("for i := 0; i");
                self.pick(&["<", "<=", ">", ">=", "!="]);
                self.pick(&["a", "10", "#b", "c.x", "2.5"]);
                self.pick(&["; i++", "; i--", "; i += 2", "; i -= 3", ";"]);
                self.looped();
            }
            14 => {
                self.push("for");
                self.list(3, Self::name);
                self.push(":= range");
                self.list(3, Self::expr);
                self.looped();
            }
            15 => {
                self.pick(&["func f(a, self)", "func a.b:c(d)", "func g(a, ...)", "func d(rest...)"]);
                let loops = std::mem::take(&mut self.loops);
                self.block();
                self.loops = loops;
            }
            16 => {
                self.push("switch (");
                self.expr();
                self.push(") { case");
                self.list(2, Self::operand);
                self.push(":");
                self.body();
                self.push("default:");
                self.body();
                self.push("case 1, \"x\": }");
            }
            17 => {
                self.push("select { case a, b := <-");
                self.operand();
                self.push(":");
                self.body();
                self.push("case a.x, b = <-c: case (");
                self.expr();
                self.push(") <- d:");
                self.body();
                self.pick(&["}", "default: }"]);
            }
            18 => {
                self.push("{");
                self.push("return");
                if self.below(2) == 0 {
                    self.list(3, Self::expr);
                }
                self.push("}");
            }
            19 if self.loops > 0 => self.pick(&["{ break }", "{ continue }"]),
            20 => {
                self.pick(&["go", "defer"]);
                self.call();
            }
            21 => {
                self.push("a, b = b, a;");
                self.push("v, ok := <-c");
            }
            _ => self.block(),
        }
        self.push(";\n");
    }
}

#[test]
fn random_programs_compile() {
    let mut compiled = 0;
    for seed in 1..=3000u64 {
        let state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut generator = Generator { state, out: String::new(), depth: 0, loops: 0 };
        for _ in 0..6 {
            generator.stmt();
        }
        let source = generator.out;
        let text = Source::new("t", source.as_bytes());
        let parsed = syntax::parse(&text);
        if parsed.has_errors() {
            // Such as `...` in a function that is not variadic.
            continue;
        }
        match crate::compile(&parsed.chunk, &parsed.interner, &text) {
            Ok(module) => {
                if let Err(error) = bytecode::flow::verify_flow(&module) {
                    panic!("{error}\n{source}\n{}", bytecode::text::print(&module));
                }
                compiled += 1;
            }
            // Assignments to constants are the only thing that may be wrong.
            Err(errors) => assert!(errors.iter().all(|e| e.code.id() == "E0201"), "{source}"),
        }
    }
    assert!(compiled > 300, "only {compiled} programs were accepted by the parser");
}
