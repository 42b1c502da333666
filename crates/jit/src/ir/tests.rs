//! Tests over the whole op table, and runs of small programs in the reference interpreter.

use super::builder::Builder;
use super::effects::{Classes, Index, access};
use super::func::{Func, InstId};
use super::helpers::Helper;
use super::imm::{Elem, ImmKind, Results};
use super::interp::{Outcome, run};
use super::model::{Model, Object, table_value};
use super::ops::{Class, Op};
use super::parse::parse;
use super::print::print;
use super::snapshot::{Entry, Frame, Place, Source, Template, Via};
use super::types::{Gives, Type, Want};
use super::verify::verify;
use expect_test::{Expect, expect};
use runtime::value::Value;

/// Bits that are valid for an immediate.
fn some_imm(op: Op, kind: ImmKind) -> u64 {
    match kind {
        ImmKind::Float => 1.5f64.to_bits(),
        ImmKind::Value => Value::int32(5).bits(),
        ImmKind::Results => u64::from(Results::new(1).count),
        ImmKind::Helper => Helper::Add as u64,
        ImmKind::Template => 0,
        ImmKind::Address => 0x1230,
        ImmKind::Int
        | ImmKind::Shape
        | ImmKind::Index
        | ImmKind::Count
        | ImmKind::Cc
        | ImmKind::Fcc
        | ImmKind::Tag
        | ImmKind::Elem
        | ImmKind::Held
        | ImmKind::Reason => u64::from(op != Op::ConstI64),
    }
}

/// A function whose entry has a parameter of every type, and the parameter of each.
fn func_of_all_types() -> (Func, Vec<InstId>) {
    let mut func = Func::new("all");
    let b = func.add_block();
    let params = Type::ALL
        .iter()
        .map(|&ty| if ty == Type::None { InstId(0) } else { func.add_param(b, ty) })
        .collect::<Vec<_>>();
    let frame = func.snaps.add_frame(Frame { parent: None, proto: 0, base: 0, via: Via::Root });
    let entry = Entry { place: Place::Reg(0), source: Source::Inst(params[Type::Value as usize]) };
    func.snaps.add(frame, 0, None, &[entry]);
    func.snaps.add_template(Template { shape: 1, inline_capacity: 2, array_capacity: 0, elem: Elem::Any });
    (func, params)
}

/// A minimal function with one instruction of the op.
fn minimal(op: Op, helper: Helper) -> Func {
    let (mut func, params) = func_of_all_types();
    let b = func.entry();
    let mut builder = Builder::at_end(&mut func, b);
    builder.set_snapshot(Some(super::snapshot::SnapId(0)));
    let pick = |want: Want| match want {
        Want::Type(t) => params[t as usize],
        Want::Ref => params[Type::Table as usize],
        Want::Any | Want::Same => params[Type::Value as usize],
    };
    let mut args: Vec<InstId> = op.operands().iter().map(|(_, want)| pick(*want)).collect();
    if let Some((_, want)) = op.rest() {
        args.extend([pick(want); 4]);
    }
    let mut ty = match op.gives() {
        Gives::Type(t) => t,
        Gives::Ref => Type::Table,
        Gives::Same | Gives::Given => Type::Value,
    };
    let mut imms: Vec<u64> = op.imms().iter().map(|&(_, kind)| some_imm(op, kind)).collect();
    let mut call = None;
    match op {
        Op::CallHelper => {
            args = helper.operands().iter().map(|(_, want)| pick(*want)).collect();
            ty = helper.gives();
            imms = vec![helper as u64, u64::from(ty != Type::None)];
        }
        Op::CallResult | Op::CallStatus | Op::CallError | Op::CallCount => {
            let results =
                if op == Op::CallResult { Results::new(2) } else { Results::new(1).caught().exact() };
            call = Some(builder.call_value(Type::Value, args[0], &[], results));
            args = call.into_iter().collect();
        }
        _ => {}
    }
    let value = params[Type::Value as usize];
    match op {
        Op::Jump | Op::Branch => {
            let then = builder.new_block_with(&[Type::Num]);
            let other = builder.new_block();
            let num = params[Type::Num as usize];
            if op == Op::Jump {
                builder.jump(then, &[num]);
                builder.go_to_end(other);
                builder.unreachable();
            } else {
                builder.branch(args[0], (then, &[num]), (other, &[]));
                builder.go_to_end(other);
                builder.return_values(&[value]);
            }
            builder.go_to_end(then);
            builder.unreachable();
        }
        _ => {
            let inst = builder.make(op, ty, &args, &imms);
            if !op.is_terminator() {
                // The result must survive printing although nothing uses it.
                assert_eq!(builder.func.block_of(inst), Some(b));
                builder.return_values(&[value]);
            }
        }
    }
    assert!(call.is_none() || op.class() == Class::Project);
    func
}

fn check_minimal(op: Op, helper: Helper) {
    let func = minimal(op, helper);
    let text = print(&func);
    assert_eq!(verify(&func), Ok(()), "{text}");
    let read = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert!(read == func, "{text}\n{}", print(&read));
    assert_eq!(print(&read), text);
    assert_eq!(verify(&read), Ok(()), "{text}");
}

#[test]
fn every_op_is_built_verified_printed_and_read_back() {
    for &op in Op::ALL.iter().filter(|op| !matches!(op.class(), Class::Param | Class::Nop)) {
        check_minimal(op, Helper::Add);
    }
    for &helper in Helper::ALL {
        check_minimal(Op::CallHelper, helper);
    }
}

#[test]
fn a_snapshot_is_where_the_effects_demand_it() {
    for &op in Op::ALL.iter().filter(|op| !matches!(op.class(), Class::Param | Class::Nop)) {
        let func = minimal(op, Helper::Eq);
        let inst = func.insts(func.entry()).find(|&i| func.op(i) == op).unwrap();
        let effects = func.effects(inst);
        let is_needed = (effects.may_exit() || effects.may_throw()) && op != Op::Throw;
        assert_eq!(func.snapshot(inst).is_some(), is_needed, "{op:?}");
    }
}

#[test]
fn accesses_name_base_index_and_stored_value() {
    for &op in Op::ALL.iter().filter(|op| matches!(op.class(), Class::Load | Class::Store)) {
        let func = minimal(op, Helper::Add);
        let inst = func.insts(func.entry()).find(|&i| func.op(i) == op).unwrap();
        let place = access(&func, inst).unwrap();
        assert_eq!(place.stored.is_some(), op.class() == Class::Store, "{op:?}");
        assert!(place.class.single().is_some(), "{op:?}");
        let has_operand_index = op.operands().iter().any(|(name, _)| *name == "i");
        assert_eq!(matches!(place.index, Index::Inst(_)), has_operand_index, "{op:?}");
        let is_frame = place.class.meets(Classes::REGS | Classes::MULTI | Classes::RESULTS);
        assert_eq!(place.base.is_none(), is_frame, "{op:?}");
    }
}

#[test]
fn passes_can_edit() {
    let mut func = parse(
        "func \"f\" returns i64\nb0(v0: i64, v1: i64):\n v2 = add_i64 v0, v1\n v3 = mul_i64 v2, v2\n jump b1(v3, v2)\n\
         b1(v4: i64, v5: i64):\n v6 = sub_i64 v4, v5\n return_values v6\n",
    )
    .unwrap();
    let [v0, v2, v3, v5, v6] = [0, 2, 3, 5, 6].map(InstId);
    let b1 = func.blocks()[1];
    func.replace_uses(v5, v2);
    func.retain_params(b1, |i| i == 0);
    let mut builder = Builder::before(&mut func, v6);
    let k = builder.const_i64(7);
    let sum = builder.add_i64(v0, k);
    func.set_arg(v6, 1, sum);
    func.move_before(v3, v2);
    func.rewrite_uses(v3, |_| v0);
    assert_eq!(verify(&func), Ok(()));
    expect![[r#"
        func "f" returns i64
        b0(v0: i64, v1: i64):
          v3 = mul_i64 v0, v0
          v2 = add_i64 v0, v1
          jump b1(v3)
        b1(v4: i64):
          v9 = const_i64 7
          v10 = add_i64 v0, v9
          v6 = sub_i64 v4, v10
          return_values v6
    "#]]
    .assert_eq(&print(&func));
}

#[test]
fn edges_can_be_split() {
    let mut func = parse(
        "func \"f\" returns i64\nb0(v0: i64, v1: bool):\n branch v1, b1(v0), b1(v0)\nb1(v2: i64):\n return_values v2\n",
    )
    .unwrap();
    let branch = func.terminator(func.entry()).unwrap();
    func.split_edge(branch, 1);
    assert_eq!(verify(&func), Ok(()));
    expect![[r#"
        func "f" returns i64
        b0(v0: i64, v1: bool):
          branch v1, b1(v0), b2
        b2:
          jump b1(v0)
        b1(v2: i64):
          return_values v2
    "#]]
    .assert_eq(&print(&func));
}

#[test]
fn blocks_can_be_split_and_dropped() {
    let mut func = parse(
        "func \"f\" returns i64\nb0(v0: i64):\n v1 = neg_i64 v0\n v2 = neg_i64 v1\n return_values v2\nb1:\n unreachable\n",
    )
    .unwrap();
    let b0 = func.entry();
    let tail = func.add_block();
    func.move_tail(InstId(2), tail);
    Builder::at_end(&mut func, b0).jump(tail, &[]);
    func.set_order(vec![b0, tail]);
    assert_eq!(verify(&func), Ok(()));
    expect![[r#"
        func "f" returns i64
        b0(v0: i64):
          v1 = neg_i64 v0
          jump b2
        b2:
          v2 = neg_i64 v1
          return_values v2
    "#]]
    .assert_eq(&print(&func));
}

#[track_caller]
fn check_run(text: &str, args: &[u64], model: &mut Model, expected: &Expect) {
    let func = parse(text).unwrap();
    assert_eq!(verify(&func), Ok(()));
    let outcome = match run(&func, args, model, 10_000) {
        Outcome::Returned(words) => format!("{:?}", words.iter().map(|w| *w as i64).collect::<Vec<_>>()),
        Outcome::Exited(state) => {
            let mut text = format!("left at {} {:?}\n", state.inst, state.reason);
            for f in &state.frames {
                text.push_str(&format!("{} pc {}: {:?}\n", f.frame, f.pc, f.places));
            }
            for o in &state.objects {
                text.push_str(&format!("{:?}\n", o));
            }
            text
        }
        other => format!("{other:?}"),
    };
    expected
        .assert_eq(&format!("{outcome}{}", model.log.iter().map(|l| format!("\n{l}")).collect::<String>()));
}

const SUM: &str = r#"func "sum" returns i64
    frame f0 proto 0 base 0 root
    snap s0 f0 pc 1 { r0 = v0 }
    snap s1 f0 pc 5 { r0 = v0, r1 = v10, r2 = v11 }
    b0(v0: value):
      v1 = guard_table v0 [s0]
      v2 = load_array v1
      v3 = guard_elem v2, int [s0]
      v4 = array_len v3
      v5 = const_i64 1
      v6 = const_i64 0
      jump b1(v5, v6)
    b1(v10: i64, v11: i64):
      v12 = guard_bounds v10, v4 [s1]
      v13 = load_elem_int v3, v12
      v14 = add_i64 v11, v13
      v15 = add_i64 v12, v5
      v16 = icmp v15, v4, le
      branch v16, b1(v15, v14), b2
    b2:
      return_values v14
"#;

#[test]
fn a_loop_over_an_array_runs() {
    let mut model = Model::new();
    let t = model.add_table(1, &[]);
    let storage = model.add(Object::Array(Elem::Int, 3, vec![0, 10, 20, 30]));
    super::interp::Memory::store(&mut model, Op::SetArray, &[t, storage], 0, 0).unwrap();
    model.log.clear();
    check_run(SUM, &[table_value(t)], &mut model, &expect!["[60]"]);
}

#[test]
fn a_failing_guard_gives_the_frames() {
    let mut model = Model::new();
    check_run(
        SUM,
        &[Value::NIL.bits()],
        &mut model,
        &expect![[r#"
            left at v1 None
            f0 pc 1: [(Reg(0), Word(Value, 18445055223849287680))]
        "#]],
    );
    let t = model.add_table(1, &[]);
    let storage = model.add(Object::Array(Elem::Int, 0, vec![0]));
    super::interp::Memory::store(&mut model, Op::SetArray, &[t, storage], 0, 0).unwrap();
    model.log.clear();
    let Outcome::Exited(state) = run(&parse(SUM).unwrap(), &[table_value(t)], &mut model, 100) else {
        panic!("an index beyond the length leaves");
    };
    assert_eq!(state.frames[0].places[1].1.boxed(), Some(Value::int32(1)));
}

#[test]
fn inlined_frames_and_virtual_objects_are_given() {
    check_run(
        r#"func "f" returns value
        template t0 shape #4 slots 2 array 0 any
        frame f0 proto 0 base 0 root
        frame f1 proto 9 base 6 call in f0
        virtual o0 new_table t0 { slot 0 = v1, slot 1 = o1 }
        virtual o1 new_cell { value 0 = o0 }
        snap s0 f0 pc 10 { r2 = o0 }
        snap s1 f1 pc 3 in s0 { callee = v2, r0 = v1 }
        b0(v0: value, v1: i64, v2: closure):
          v3 = is_nil v0
          guard_true v3, branch [s1]
          return_values v0
        "#,
        &[Value::TRUE.bits(), 8, 0x40],
        &mut Model::new(),
        &expect![[r#"
            left at v4 Some(Branch)
            f1 pc 3: [(Callee, Word(Closure, 64)), (Reg(0), Word(I64, 8))]
            f0 pc 10: [(Reg(2), Object(o0))]
            (o0, [(Slot(0), Word(I64, 8)), (Slot(1), Object(o1))])
            (o1, [(Value(0), Object(o0))])
        "#]],
    );
}

const CALL: &str = r#"func "f" returns i64
    frame f0 proto 0 base 0 root
    snap s0 f0 pc 4 { r0 = v1, r1 = v2 }
    b0(v0: value):
      v1: i64 = call_value v0, v0, to 2 [s0]
      v2: value = call_result v1, 1
      return_values v1
"#;

#[test]
fn a_call_that_breaks_its_promise_leaves_with_its_result() {
    let mut model = Model::new();
    model.callee = Some(Box::new(|_, _, _| Ok(vec![Value::int32(7).bits()])));
    check_run(
        CALL,
        &[Value::TRUE.bits()],
        &mut model,
        &expect![[r#"
        [7]
        call_value 0xfffa000000000002 0xfffa000000000002"#]],
    );
    model.callee = Some(Box::new(|_, _, _| Ok(vec![Value::float(1.5).bits(), Value::TRUE.bits()])));
    model.log.clear();
    let Outcome::Exited(state) = run(&parse(CALL).unwrap(), &[0], &mut model, 100) else {
        panic!("it leaves")
    };
    let held: Vec<_> = state.frames[0].places.iter().map(|(_, held)| held.boxed()).collect();
    assert_eq!(held, [Some(Value::float(1.5)), Some(Value::TRUE)]);
}

#[test]
fn errors_are_caught_by_status() {
    let text = |results: &str| {
        format!(
            "func \"f\" returns value\nframe f0 proto 0 base 0 root\nsnap s0 f0 pc 1 {{ }}\nb0(v0: value):\n\
             v1: value = call_helper v0, v0, add, to 1{results} [s0]\n{}",
            if results.is_empty() {
                "return_values v1\n"
            } else {
                "v2 = call_status v1\nv4 = call_error v1\nv3 = box_bool v2\nv5: value = select v2, v1, v4\nreturn_values v3, v5\n"
            }
        )
    };
    let mut model = Model::new();
    let nil = Value::NIL.bits();
    assert!(matches!(run(&parse(&text("")).unwrap(), &[nil], &mut model, 10), Outcome::Threw(_)));
    let caught = parse(&text(" caught")).unwrap();
    assert_eq!(verify(&caught), Ok(()));
    let Outcome::Returned(words) = run(&caught, &[nil], &mut model, 10) else {
        panic!("the error is caught")
    };
    assert_eq!(words[0], Value::FALSE.bits());
    assert!(Value::from_bits(words[1]).is_string());
    let Outcome::Returned(words) = run(&caught, &[Value::int32(4).bits()], &mut model, 10) else {
        panic!("numbers are added");
    };
    assert_eq!(words, [Value::TRUE.bits(), Value::int32(8).bits()]);
}

#[test]
fn endless_loops_run_out_of_fuel() {
    let func = parse("func \"f\" returns value\nb0:\n jump b1\nb1:\n jump b1\n").unwrap();
    assert_eq!(run(&func, &[], &mut Model::new(), 50), Outcome::OutOfFuel);
}
