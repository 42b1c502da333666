//! Machine code as text: bytes by bytecode instruction and source line.

use crate::asm::Code;
use runtime::closure::Function;
use std::fmt::Write;

/// Bytes shown in a line.
const LINE_BYTES: usize = 16;

/// The code of one function, with the source line and the bytecode instruction that each part came from.
pub(crate) fn machine_code(
    name: &str,
    code: &Code,
    positions: &[(u32, u32)],
    functions: &[Function],
) -> String {
    let mut text = format!("; {name}\n");
    let end = code.pool_offset;
    for (i, mark) in code.marks.iter().enumerate() {
        let to = code.marks.get(i + 1).map_or(end, |next| next.offset).min(end);
        if let Some(&(proto, pc)) = positions.get(mark.id as usize)
            && let Some(function) = functions.get(proto as usize)
        {
            let proto = function.proto_ref();
            let inst = proto.code.get(pc as usize).map_or("", |inst| inst.op().name());
            let _ = writeln!(text, "; line {} pc {pc} {inst}", proto.line_at(pc));
        }
        let bytes = &code.bytes[mark.offset as usize..to as usize];
        for (n, line) in bytes.chunks(LINE_BYTES).enumerate() {
            let _ = write!(text, "{:6x} ", mark.offset as usize + n * LINE_BYTES);
            for byte in line {
                let _ = write!(text, " {byte:02x}");
            }
            text.push('\n');
        }
    }
    let _ = writeln!(text, "; {} exits, {} bytes\n", code.exits.len(), code.bytes.len());
    text
}
