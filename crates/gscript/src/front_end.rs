//! Joins compiler and machine: a source text becomes a verified module, an error of the compiler one of the facade.

use crate::Error;
use bytecode::arith::Num;
use bytecode::module::Module;
use syntax::Mode;
use syntax::diagnostic::render;
use syntax::number::{self, Number};
use syntax::span::Source;
use vm::engine::FrontEnd;

/// What the machine needs of the front end.
pub(crate) const HOOKS: FrontEnd = FrontEnd { compile: compile_chunk, numeral };

/// Compiles a source text to a verified module.
pub(crate) fn compile(source: &[u8], chunk_name: &str, mode: Mode, color: bool) -> Result<Module, Error> {
    let source = Source::new(chunk_name, source);
    let module = compiler::compile_source(&source, mode).map_err(|diagnostics| {
        let message = match diagnostics.first() {
            Some(first) => render::one_line(&source, first),
            None => "unknown error".to_string(),
        };
        let is_incomplete = diagnostics.first().is_some_and(|d| d.is_incomplete);
        Error::Compile {
            rendered: render::render_all(&source, &diagnostics, render::Options { color }),
            message,
            is_incomplete,
        }
    })?;
    match bytecode::verify::verify(&module) {
        Ok(()) => Ok(module),
        Err(e) => {
            let message = format!("{chunk_name}: internal error: the compiler made bad code: {e}");
            Err(Error::Compile { rendered: format!("{message}\n"), message, is_incomplete: false })
        }
    }
}

fn compile_chunk(source: &[u8], chunk_name: &str) -> Result<Module, String> {
    compile(source, chunk_name, Mode::Chunk, false).map_err(|e| e.to_string())
}

fn numeral(text: &[u8]) -> Option<Num> {
    Some(match number::parse_numeral(text)? {
        Number::Int(i) => Num::Int(i),
        Number::Float(x) => Num::Float(x),
    })
}
