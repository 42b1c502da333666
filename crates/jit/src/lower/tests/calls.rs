//! Calls: through entries, of helpers, with results, errors and inlined frames.

use super::{BASE_WORD, Ended, Left, Machine, Seen, TestFiber, feature_sets, func, position_of, seen_value};
use crate::ir::helpers::Helper;
use crate::ir::snapshot::Place;
use crate::lower::Kind;
use runtime::layout;
use runtime::object::Kind as ObjectKind;
use runtime::value::{TAG_FUNCTION, TAG_OBJECT, Value};
use vm::machine::Outcome;

fn int(i: i64) -> Seen {
    Seen::Bits(Value::small_int(i).unwrap().bits())
}

fn boxed(i: i32) -> u64 {
    Value::int32(i).bits()
}

#[test]
fn results_come_from_register_and_window() {
    let func = func(
        "value
frame f0 proto 0 base 0 root
snap s0 f0 pc 5 { r0 = v0 }
b0(v0: value, v1: i64, v2: value):
  v3: value = call_value v0, v1, v2, to 3 at 10 [s0]
  v4: value = call_result v3, 1
  v5: value = call_result v3, 2
  return_values v5, v4, v3
",
    );
    for features in feature_sets() {
        let mut m = Machine::new(features);
        let lowered = m.lower(&func);
        let want = vec![seen_value(Value::NIL.bits()), int(9), int(-3)];
        let args = [Value::TRUE.bits(), -3i64 as u64, boxed(9)];
        assert_eq!(m.run(&lowered, &args), Ended::Returned(want));
        assert_eq!(m.fiber.slow_calls, 1);
        // The site was written.
        assert_eq!(m.fiber.return_ip, 0x1000_0000 + 5 * 8);
        assert_eq!(m.run(&lowered, &[Value::FALSE.bits(), 0, 0]), Ended::Threw(boxed(77)));
    }
}

#[test]
fn a_result_of_another_type_leaves_with_it() {
    let func = func(
        "i64
frame f0 proto 0 base 0 root
snap s0 f0 pc 5 { r0 = v0, r1 = v3 }
b0(v0: value, v1: value):
  v3: i64 = call_value v0, v1, to 1 at 10 [s0]
  v4 = add_i64 v3, v3
  return_values v4
",
    );
    let mut m = Machine::new(feature_sets()[0]);
    let lowered = m.lower(&func);
    assert_eq!(m.run(&lowered, &[Value::TRUE.bits(), boxed(4)]), Ended::Returned(vec![int(8)]));
    let places =
        vec![(Place::Reg(0), seen_value(Value::TRUE.bits())), (Place::Reg(1), seen_value(Value::NIL.bits()))];
    let want = Ended::Left(Left { frames: vec![(5, places)] });
    assert_eq!(m.run(&lowered, &[Value::TRUE.bits(), Value::NIL.bits()]), want);
}

/// A closure whose function has that entry.
fn closure(m: &mut Machine, entry: usize) -> u64 {
    let function = m.mutator.alloc(ObjectKind::Record, 0, 0, 9, 80);
    let closure = m.mutator.alloc(ObjectKind::Closure, 0, 0, 0, layout::CLOSURE_UPVALUES);
    let (function, closure) = (function.as_ptr().cast::<u8>(), closure.as_ptr().cast::<u8>());
    // SAFETY: the objects are that large.
    unsafe {
        for i in 0..9 {
            function.add(8 + i * 8).cast::<u64>().write(Value::NIL.bits());
        }
        function.add(layout::FUNCTION_ENTRY).cast::<usize>().write(entry);
        let word = TAG_OBJECT | function.expose_provenance() as u64;
        closure.add(layout::CLOSURE_FUNCTION).cast::<u64>().write(word);
    }
    TAG_FUNCTION | closure.expose_provenance() as u64
}

#[test]
fn compiled_functions_call_themselves() {
    // Fibonacci numbers; the closure is passed along.
    let text = |call: &str, callee: &str| {
        format!(
            "value
frame f0 proto 0 base 0 root
snap s0 f0 pc 1 {{ r0 = v0, r1 = v1 }}
snap s1 f0 pc 9 {{ r0 = v0 }}
snap s2 f0 pc 0 {{ }}
b0:
  stack_check [s2]
  v0 = load_reg 0
  v1 = load_reg 1
  v2 = guard_int v1 [s0]
  v3 = const_i64 2
  v4 = icmp v2, v3, lt
  branch v4, b1, b2
b1:
  return_values v1
b2:
  v5 = guard_callable v0 [s0]
  v6 = guard_closure v5 [s0]
  v7 = const_i64 1
  v8 = sub_i64 v2, v7
  v9: i64 = {call} {callee}, v0, v8, to 1 at 4 [s1]
  v10 = sub_i64 v2, v3
  v11: i64 = {call} {callee}, v0, v10, to 1 at 4 [s1]
  v12 = add_i64 v9, v11
  v13 = box_int v12
  return_values v13
"
        )
    };
    let mut m = Machine::new(feature_sets()[0]);
    m.kind = Kind::Function { params: 2, frame_words: 16, is_variadic: false, signature: None };
    for (call, callee) in [("call_closure", "v6"), ("call_value", "v0")] {
        let lowered = m.lower(&func(&text(call, callee)));
        let block = m.cache.install(&lowered.code.bytes).unwrap();
        let entry = block.start().offset(lowered.entry.expect("it has one")).address();
        let f = closure(&mut m, entry);
        assert_eq!(m.run(&lowered, &[f, boxed(15)]), Ended::Returned(vec![int(610)]));
        // Missing arguments are nil: the guard leaves.
        assert!(matches!(m.run(&lowered, &[f]), Ended::Left(_)));
        // No more room: Rust takes over.
        let limit = m.fiber.limit;
        m.fiber.limit = m.window[BASE_WORD + 110..].as_mut_ptr();
        m.fiber.log.clear();
        m.run(&lowered, &[f, boxed(15)]);
        assert!(m.fiber.log.iter().any(|line| line == "enter slow 2"), "{:?}", m.fiber.log);
        m.fiber.limit = limit;
    }
}

unsafe extern "C" fn add_helper(fiber: *mut TestFiber, a: u64, b: u64) -> Outcome {
    // SAFETY: machine code passes the fiber.
    unsafe { (*fiber).log.push(format!("ip {:#x}", position_of((*fiber).ip))) };
    let (a, b) = (Value::from_bits(a), Value::from_bits(b));
    match (a.as_small_int(), b.as_small_int()) {
        (Some(a), Some(b)) => Outcome { value: Value::small_int(a + b).unwrap().bits(), status: 0 },
        _ => {
            // SAFETY: as above.
            unsafe { (*fiber).error = b.bits() };
            Outcome { value: 0, status: -1 }
        }
    }
}

#[test]
fn helpers_are_called_with_the_frame_published() {
    let func = func(
        "value
frame f0 proto 3 base 0 root
frame f1 proto 1 base 20 call in f0
snap s0 f0 pc 5 { r0 = v0 }
snap s1 f1 pc 8 in s0 { callee = v2, r0 = v1 }
b0(v0: value, v1: value, v2: value):
  v3: value = call_helper v0, v1, add, to 1 [s1]
  return_values v3
",
    );
    let mut m = Machine::new(feature_sets()[0]);
    m.helpers[Helper::Add as usize] = add_helper as *const () as usize;
    let lowered = m.lower(&func);
    let callee = TAG_FUNCTION | 0x1230;
    assert_eq!(m.run(&lowered, &[boxed(4), boxed(5), callee]), Ended::Returned(vec![int(9)]));
    assert_eq!(m.fiber.log, [format!("ip {:#x}", 0x2000_0000 + 8 * 8)]);
    // The outermost frame is published; the site tells the rest but for the callee, which is not constant.
    assert_eq!(m.fiber.base, m.window[BASE_WORD..].as_mut_ptr());
    assert_eq!(m.window[BASE_WORD + 17], callee);
    let site = vm::machine::sites::find(m.fiber.ip).expect("the code has published a site");
    let frames: Vec<_> = site.frames.iter().map(|f| (f.base, f.callee, f.ip.addr())).collect();
    assert_eq!(frames, [(20, None, 0x2000_0000 + 8 * 8), (0, None, 0x4000_0000 + 5 * 8)]);
}

#[test]
fn errors_of_helpers_leave_the_function() {
    let func = func(
        "value
frame f0 proto 3 base 0 root
snap s0 f0 pc 5 { r0 = v0 }
b0(v0: value, v1: value):
  v3: value = call_helper v0, v1, add, to 1 [s0]
  return_values v3
",
    );
    let mut m = Machine::new(feature_sets()[0]);
    m.helpers[Helper::Add as usize] = add_helper as *const () as usize;
    let lowered = m.lower(&func);
    assert_eq!(m.run(&lowered, &[boxed(4), Value::TRUE.bits()]), Ended::Threw(Value::TRUE.bits()));
}

#[test]
fn polls_and_thrown_values_leave() {
    let poll = func(
        "value
frame f0 proto 0 base 0 root
snap s0 f0 pc 5 { r0 = v0 }
b0(v0: value):
  poll [s0]
  throw v0
",
    );
    let mut m = Machine::new(feature_sets()[0]);
    let lowered = m.lower(&poll);
    assert_eq!(m.run(&lowered, &[boxed(3)]), Ended::Threw(boxed(3)));
    *m.polled = 1;
    let want = Ended::Left(Left { frames: vec![(5, vec![(Place::Reg(0), int(3))])] });
    assert_eq!(m.run(&lowered, &[boxed(3)]), want);
}

#[test]
fn results_in_memory_are_counted() {
    let func = func(
        "value
frame f0 proto 0 base 0 root
snap s0 f0 pc 5 { r0 = v0 }
b0(v0: value, v1: i64):
  call_value v0, v1, v1, to multi at 10 [s0]
  v2 = load_multi
  v3 = box_int v2
  return_values v3
",
    );
    let mut m = Machine::new(feature_sets()[0]);
    let lowered = m.lower(&func);
    assert_eq!(m.run(&lowered, &[Value::TRUE.bits(), 6]), Ended::Returned(vec![int(2)]));
}

#[test]
fn a_loop_is_entered_with_a_begun_frame() {
    let func = func(
        "value
frame f0 proto 0 base 0 root
snap s0 f0 pc 4 { r0 = v0 }
snap s1 f0 pc 4 { r0 = v4, r1 = v3 }
b0:
  v0 = load_reg 0
  v1 = guard_int v0 [s0]
  v2 = const_i64 0
  jump b1(v1, v2)
b1(v4: i64, v3: i64):
  poll [s1]
  v5 = add_i64 v3, v4
  v6 = const_i64 1
  v7 = sub_i64 v4, v6
  v8 = const_i64 0
  v9 = icmp v7, v8, gt
  branch v9, b1(v7, v5), b2
b2:
  v10 = box_int v5
  return_values v10
",
    );
    let mut m = Machine::new(feature_sets()[0]);
    m.kind = Kind::Osr;
    let lowered = m.lower(&func);
    assert_eq!(lowered.entry, None);
    assert_eq!(m.run(&lowered, &[boxed(10)]), Ended::Returned(vec![int(55)]));
}

#[test]
fn exits_name_inlined_frames_and_objects_to_be_made() {
    let func = func(
        "value
template t0 shape #4 slots 2 array 0 any
frame f0 proto 0 base 0 root
frame f1 proto 9 base 6 call in f0
virtual o0 new_table t0 { slot 0 = v1, slot 1 = o1 }
virtual o1 new_cell { value 0 = o0 }
snap s0 f0 pc 4 { r0 = v0, r2 = o0 }
snap s1 f1 pc 2 in s0 { callee = v0, r0 = v1, r1 = v2, r2 = v3 }
b0(v0: value, v1: i64, v2: f64):
  v3 = const_i64 12
  v4 = icmp v1, v3, lt
  guard_true v4, branch [s1]
  return_values v0
",
    );
    let mut m = Machine::new(feature_sets()[0]);
    let lowered = m.lower(&func);
    let args = [Value::TRUE.bits(), 3, f64::to_bits(2.5)];
    assert_eq!(m.run(&lowered, &args), Ended::Returned(vec![seen_value(Value::TRUE.bits())]));
    let args = [Value::TRUE.bits(), 1 << 50, f64::to_bits(2.5)];
    let truth = seen_value(Value::TRUE.bits());
    let outer = vec![(Place::Reg(0), truth), (Place::Reg(2), Seen::Object)];
    let inner = vec![
        (Place::Callee, truth),
        (Place::Reg(0), Seen::Big(1 << 50)),
        (Place::Reg(1), seen_value(Value::float(2.5).bits())),
        (Place::Reg(2), int(12)),
    ];
    assert_eq!(m.run(&lowered, &args), Ended::Left(Left { frames: vec![(4, outer), (2, inner)] }));
    let exit = &lowered.exits.exits[0];
    let frames = lowered.exits.frames(exit);
    assert_eq!((frames[1].proto, frames[1].base, frames[0].base), (9, 6, 0));
    let table = &lowered.exits.objects[exit.objects.start as usize];
    assert_eq!(table.template.map(|t| t.shape), Some(4));
}

#[test]
fn frames_that_were_moved_return_to_where_they_began() {
    let func = func(
        "value
frame f0 proto 0 base 0 root
snap s0 f0 pc 5 { r0 = v0 }
b0(v0: value):
  call_value v0, to multi at 10 [s0]
  v2 = load_reg 11
  v3 = load_reg 12
  return_values v2, v3
",
    );
    let mut m = Machine::new(feature_sets()[0]);
    let lowered = m.lower(&func);
    let want = Ended::Returned(vec![int(41), int(42)]);
    assert_eq!(m.run(&lowered, &[Value::MARK.bits()]), want);
    assert!(m.fiber.log.iter().any(|line| line == "finish 2"), "{:?}", m.fiber.log);
}
