//! What the code of typical loops looks like: the number of instructions in the loop is watched.

use super::{Machine, func};
use crate::asm::x64::Features;
use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter};

/// The hot instructions as text.
fn listing(body: &str) -> Vec<String> {
    let m = Machine::new(Features::ALL);
    let lowered = m.lower(&func(body));
    let bytes = &lowered.code.bytes[..lowered.code.cold_offset as usize];
    let mut formatter = IntelFormatter::new();
    formatter.options_mut().set_space_after_operand_separator(true);
    let mut lines = Vec::new();
    for inst in Decoder::with_ip(64, bytes, 0, DecoderOptions::NONE).iter() {
        let mut text = String::new();
        formatter.format(&inst, &mut text);
        lines.push(format!("{:4x} {text}", inst.ip()));
    }
    if std::env::var_os("SHOW_CODE").is_some() {
        println!("{body}{}\n", lines.join("\n"));
    }
    lines
}

/// The instructions from the target of the last backward jump to that jump.
fn loop_length(lines: &[String]) -> usize {
    let at = |line: &String| u64::from_str_radix(line[..4].trim(), 16).unwrap_or(0);
    let target = |line: &String| {
        let (_, to) = line.split_once(" j")?.1.rsplit_once(' ')?;
        u64::from_str_radix(to.trim_end_matches('h').trim_start_matches("short "), 16).ok()
    };
    let last = lines
        .iter()
        .enumerate()
        .rfind(|(_, line)| target(line).is_some_and(|to| to < at(line) && to > 0))
        .expect("there is a loop");
    let head = target(last.1).unwrap_or(0);
    lines[..=last.0].iter().filter(|line| at(line) >= head && !line.contains("nop")).count()
}

#[test]
fn a_sum_over_an_array_is_short() {
    let lines = listing(
        "i64
frame f0 proto 0 base 0 root
snap s0 f0 pc 5 { r1 = v10, r2 = v11 }
b0(v3: array, v4: i64):
  v5 = const_i64 1
  v6 = const_i64 0
  jump b1(v5, v6)
b1(v10: i64, v11: i64):
  v12 = guard_bounds v10, v4 [s0]
  v13 = load_elem_int v3, v12
  v14 = add_i64 v11, v13
  v15 = add_i64 v12, v5
  v16 = icmp v15, v4, le
  branch v16, b1(v15, v14), b2
b2:
  return_values v14
",
    );
    assert!(loop_length(&lines) <= 6, "{}", lines.join("\n"));
}

#[test]
fn float_arithmetic_uses_memory_operands() {
    let lines = listing(
        "value
frame f0 proto 0 base 0 root
snap s0 f0 pc 5 { r1 = v1, r2 = v7 }
b0(v0: array, v1: i64, v2: table):
  v3 = const_i64 1
  v4 = const_f64 0.0
  jump b1(v3, v4)
b1(v6: i64, v7: f64):
  poll [s0]
  v8 = load_elem_float v0, v6
  v9 = const_f64 2.5
  v10 = mul_f64 v8, v9
  v11 = load_slot v2, 1
  v12 = guard_f64 v11 [s0]
  v13 = add_f64 v7, v10
  v14 = sub_f64 v13, v12
  v15 = add_i64 v6, v3
  v16 = icmp v15, v1, le
  branch v16, b1(v15, v14), b2
b2:
  v17 = box_f64 v14
  return_values v17
",
    );
    assert!(loop_length(&lines) <= 14, "{}", lines.join("\n"));
}

#[test]
fn calls_are_short() {
    let lines = listing(
        "value
frame f0 proto 0 base 0 root
snap s0 f0 pc 1 { r1 = v1 }
snap s1 f0 pc 9 { r0 = v1 }
b0:
  v1 = load_reg 0
  v2 = guard_int v1 [s0]
  v3 = const_i64 2
  v4 = icmp v2, v3, lt
  branch v4, b1, b2
b1:
  return_values v1
b2:
  v6 = callee
  v7 = const_i64 1
  v8 = sub_i64 v2, v7
  v9: i64 = call_function v6, v8, @1000, to 1 at 4 [s1]
  v10 = sub_i64 v2, v3
  v11: i64 = call_function v6, v10, @1000, to 1 at 4 [s1]
  v12 = add_i64 v9, v11
  v13 = box_i64 v12
  return_values v13
",
    );
    assert!(lines.len() <= 110, "{}", lines.join("\n"));
}

#[test]
fn a_poll_behind_the_test_stands_before_the_loop() {
    let lines = listing(
        "i64
frame f0 proto 0 base 0 root
snap s0 f0 pc 5 { r1 = v8 }
b0(v4: i64):
  v5 = const_i64 1
  v6 = const_i64 0
  jump b1(v5, v6)
b1(v10: i64, v11: i64):
  v7 = add_i64 v11, v10
  v8 = add_i64 v10, v5
  v9 = icmp v8, v4, le
  branch v9, b3, b2
b3:
  poll [s0]
  jump b1(v8, v7)
b2:
  return_values v7
",
    );
    // One jump over the poll enters the loop.
    let jumps = lines.iter().filter(|line| line.contains(" jmp ")).count();
    assert!(jumps == 1 && loop_length(&lines) <= 8, "{}", lines.join("\n"));
}

#[test]
fn holes_are_compared_with_a_register() {
    let lines = listing(
        "f64
frame f0 proto 0 base 0 root
snap s0 f0 pc 5 { r1 = v5, r2 = v6 }
b0(v0: array, v1: i64):
  v2 = const_i64 1
  v3 = const_f64 0.0
  jump b1(v2, v3)
b1(v5: i64, v6: f64):
  v7 = load_elem_float v0, v5
  v8 = guard_not_hole v7 [s0]
  v9 = add_f64 v6, v8
  v10 = add_i64 v5, v2
  v11 = icmp v10, v1, le
  branch v11, b1(v10, v9), b2
b2:
  return_values v9
",
    );
    // Load, comparison, exit, to a float register, sum, counter, comparison, jump.
    assert!(loop_length(&lines) <= 8, "{}", lines.join("\n"));
    assert!(!lines.iter().any(|line| line.contains("cmp") && line.contains("[rip")), "{}", lines.join("\n"));
}
