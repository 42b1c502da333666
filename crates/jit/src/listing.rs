//! Machine code as text: its instructions by bytecode instruction and source line, and its exits.

use crate::asm::Code;
use runtime::closure::Function;
use std::fmt::Write;

/// The code of one function, with the place in the source and the bytecode instruction that each part came from. `exits` are
/// places and reasons of its exits.
pub(crate) fn machine_code(
    name: &str,
    code: &Code,
    positions: &[(u32, u32)],
    functions: &[Function],
    exits: &[(String, String)],
) -> String {
    let mut text = format!("; {name}\n");
    let mut marks = code.marks.iter().peekable();
    let mut is_hot = true;
    for (offset, inst) in &code.text {
        while let Some(mark) = marks.next_if(|mark| mark.offset <= *offset) {
            // Of several at one place the last one holds.
            if marks.peek().is_none_or(|next| next.offset > *offset) {
                write_position(&mut text, positions.get(mark.id as usize), functions);
            }
        }
        if std::mem::replace(&mut is_hot, *offset < code.cold_offset) && *offset >= code.cold_offset {
            text.push_str("; cold\n");
        }
        let _ = writeln!(text, "{offset:6x}  {inst}");
    }
    for (i, (place, reason)) in exits.iter().enumerate() {
        let _ = writeln!(text, "; exit {i}: {reason} at {place}");
    }
    let _ = writeln!(text, "; {} exits, {} bytes\n", code.exits.len(), code.bytes.len());
    text
}

fn write_position(text: &mut String, position: Option<&(u32, u32)>, functions: &[Function]) {
    let Some(&(proto, pc)) = position else { return };
    let Some(function) = functions.get(proto as usize) else { return };
    let proto = function.proto_ref();
    let inst = proto.code.get(pc as usize).map_or("", |inst| inst.op().name());
    let _ = writeln!(text, "; {}:{}: pc {pc} {inst}", function.module().name, proto.line_at(pc));
}
