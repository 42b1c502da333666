//! Before/after texts of loop-invariant code motion.

use crate::opt::testing::{check, check_stays};
use expect_test::expect;

#[test]
fn where_the_head_tells_no_state_that_of_the_guard_before_serves() {
    check(
        &["licm"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v0, r1 = v1 }
        snap s1 f0 pc 1 { r1 = v1, r2 = v6 }
        b0(v0: value, v1: value):
          v2 = guard_int v0 [s0]
          v3 = const_i64 1
          jump b1(v2)
        b1(v5: i64):
          v6 = add_i64 v5, v3
          v7 = guard_fits v6, 48 [s1]
          v8 = guard_int v1 [s1]
          v9 = icmp v7, v8, lt
          branch v9, b1(v7), b2
        b2:
          v10 = box_int v7
          return_values v10
        ",
        &expect![[r#"
            snap s0 f0 pc 0 { r0 = v0, r1 = v1 }
            snap s1 f0 pc 1 { r1 = v1, r2 = v6 }
            b0(v0: value, v1: value):
              v2 = guard_int v0 [s0]
              v3 = const_i64 1
              v8 = guard_int v1 [s0]
              jump b1(v2)
            b1(v5: i64):
              v6 = add_i64 v5, v3
              v7 = guard_fits v6, 48 [s1]
              v9 = icmp v7, v8, lt
              branch v9, b1(v7), b2
            b2:
              v10 = box_int v7
              return_values v10
        "#]],
    );
}

#[test]
fn what_has_changed_something_is_not_run_again() {
    check_stays(
        &["licm"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v0, r1 = v1 }
        snap s1 f0 pc 2 { r1 = v1, r2 = v6 }
        b0(v0: value, v1: value, v4: cell):
          v2 = guard_int v0 [s0]
          v3 = const_i64 1
          store_global v4, v1, 0
          jump b1(v2)
        b1(v5: i64):
          v6 = add_i64 v5, v3
          v7 = guard_fits v6, 48 [s1]
          v8 = guard_int v1 [s1]
          v9 = icmp v7, v8, lt
          branch v9, b1(v7), b2
        b2:
          v10 = box_int v7
          return_values v10
        ",
    );
}

#[test]
fn upvalues_of_known_functions_leave_past_other_guards() {
    check(
        &["licm"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v3 }
        b0(v0: callable, v1: i64):
          v2 = const_i64 0
          jump b1(v2)
        b1(v3: i64):
          v4 = guard_below v3, v1 [s0]
          v5 = guard_closure v0 [s0]
          v6 = guard_function v5, @1000 [s0]
          v7 = load_upvalue v6, 0
          v8 = guard_int v7 [s0]
          v9 = add_i64 v4, v8
          v10 = icmp v9, v1, lt
          branch v10, b1(v9), b2
        b2:
          return_values v7
        ",
        &expect![[r#"
            snap s0 f0 pc 0 { r0 = v3 }
            snap s1 f0 pc 0 { r0 = v2 }
            b0(v0: callable, v1: i64):
              v2 = const_i64 0
              v5 = guard_closure v0 [s1]
              v6 = guard_function v5, @1000 [s1]
              v7 = load_upvalue v6, 0
              v8 = guard_int v7 [s1]
              jump b1(v2)
            b1(v3: i64):
              v4 = guard_below v3, v1 [s0]
              v9 = add_i64 v4, v8
              v10 = icmp v9, v1, lt
              branch v10, b1(v9), b2
            b2:
              return_values v7
        "#]],
    );
}

#[test]
fn guards_and_loads_leave_by_the_state_at_the_head() {
    check(
        &["licm"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v3 }
        snap s1 f0 pc 1 { r0 = v3 }
        b0(v0: table, v1: i64):
          v2 = const_i64 0
          jump b1(v2)
        b1(v3: i64):
          poll [s0]
          v4 = guard_shape v0, #7 [s1]
          v5 = load_slot v4, 0
          v6 = const_i64 1
          v7 = add_i64 v3, v6
          v9 = neg_i64 v1
          v8 = icmp v7, v1, lt
          branch v8, b1(v7), b2
        b2:
          return_values v5
        ",
        &expect![[r#"
            snap s0 f0 pc 0 { r0 = v3 }
            snap s1 f0 pc 1 { r0 = v3 }
            snap s2 f0 pc 0 { r0 = v2 }
            b0(v0: table, v1: i64):
              v2 = const_i64 0
              v4 = guard_shape v0, #7 [s2]
              v5 = load_slot v4, 0
              v6 = const_i64 1
              v9 = neg_i64 v1
              jump b1(v2)
            b1(v3: i64):
              poll [s0]
              v7 = add_i64 v3, v6
              v8 = icmp v7, v1, lt
              branch v8, b1(v7), b2
            b2:
              return_values v5
        "#]],
    );
}

#[test]
fn boxes_that_the_state_at_the_head_names_are_made_before() {
    check(
        &["licm", "dce"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v4 }
        b0(v0: table, v1: i64):
          v2 = const_i64 0
          jump b1(v2)
        b1(v3: i64):
          v4 = box_int v3
          poll [s0]
          v5 = guard_shape v0, #7 [s0]
          v6 = load_slot v5, 0
          v8 = const_i64 1
          v9 = add_i64 v3, v8
          v10 = icmp v9, v1, lt
          branch v10, b1(v9), b2
        b2:
          return_values v6
        ",
        &expect![[r#"
            snap s0 f0 pc 0 { r0 = v4 }
            snap s1 f0 pc 0 { r0 = v15 }
            b0(v0: table, v1: i64):
              v2 = const_i64 0
              v15 = box_int v2
              v5 = guard_shape v0, #7 [s1]
              v6 = load_slot v5, 0
              v8 = const_i64 1
              jump b1(v2)
            b1(v3: i64):
              v4 = box_int v3
              poll [s0]
              v9 = add_i64 v3, v8
              v10 = icmp v9, v1, lt
              branch v10, b1(v9), b2
            b2:
              return_values v6
        "#]],
    );
}

#[test]
fn loads_move_if_the_loop_writes_other_places_only() {
    check(
        &["licm"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v3 }
        snap s1 f0 pc 1 { r0 = v3 }
        b0(v0: table, v1: i64, v4: value):
          v2 = const_i64 0
          jump b1(v2)
        b1(v3: i64):
          v5 = guard_shape v0, #7 [s1]
          v6 = load_slot v5, 0
          v7 = load_slot v5, 1
          store_slot v5, v4, 1
          v8 = const_i64 1
          v9 = add_i64 v3, v8
          v10 = icmp v9, v1, lt
          branch v10, b1(v9), b2
        b2:
          return_values v6, v7
        ",
        &expect![[r#"
            snap s0 f0 pc 0 { r0 = v3 }
            snap s1 f0 pc 1 { r0 = v3 }
            snap s2 f0 pc 1 { r0 = v2 }
            b0(v0: table, v1: i64, v4: value):
              v2 = const_i64 0
              v5 = guard_shape v0, #7 [s2]
              v6 = load_slot v5, 0
              v8 = const_i64 1
              jump b1(v2)
            b1(v3: i64):
              v7 = load_slot v5, 1
              store_slot v5, v4, 1
              v9 = add_i64 v3, v8
              v10 = icmp v9, v1, lt
              branch v10, b1(v9), b2
            b2:
              return_values v6, v7
        "#]],
    );
}

#[test]
fn loads_stay_if_the_loop_writes_their_class() {
    check(
        &["licm"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v3 }
        snap s1 f0 pc 1 { r0 = v3 }
        b0(v0: table, v1: i64):
          v2 = const_i64 0
          jump b1(v2)
        b1(v3: i64):
          poll [s0]
          v4 = guard_shape v0, #7 [s1]
          v5 = load_slot v4, 0
          v6 = const_i64 1
          v7 = add_i64 v3, v6
          store_slot v0, v5, 0
          v8 = icmp v7, v1, lt
          branch v8, b1(v7), b2
        b2:
          return_values v5
        ",
        &expect![[r#"
            snap s0 f0 pc 0 { r0 = v3 }
            snap s1 f0 pc 1 { r0 = v3 }
            snap s2 f0 pc 0 { r0 = v2 }
            b0(v0: table, v1: i64):
              v2 = const_i64 0
              v4 = guard_shape v0, #7 [s2]
              v6 = const_i64 1
              jump b1(v2)
            b1(v3: i64):
              poll [s0]
              v5 = load_slot v4, 0
              v7 = add_i64 v3, v6
              store_slot v0, v5, 0
              v8 = icmp v7, v1, lt
              branch v8, b1(v7), b2
            b2:
              return_values v5
        "#]],
    );
}

#[test]
fn reading_what_guards_gave_moves_past_guards_that_stay() {
    check(
        &["licm"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v3 }
        b0(v0: value, v1: i64):
          v2 = const_i64 0
          jump b1(v2)
        b1(v3: i64):
          v4 = guard_non_zero v3 [s0]
          v5 = guard_table v0 [s0]
          v6 = load_array v5
          v7 = guard_elem v6, any [s0]
          v8 = array_len v7
          v9 = guard_bounds v1, v8 [s0]
          v10 = load_elem v7, v9
          v11 = add_i64 v3, v4
          v12 = icmp v11, v1, lt
          branch v12, b1(v11), b2
        b2:
          return_values v10
        ",
        &expect![[r#"
            snap s0 f0 pc 0 { r0 = v3 }
            snap s1 f0 pc 0 { r0 = v2 }
            b0(v0: value, v1: i64):
              v2 = const_i64 0
              v5 = guard_table v0 [s1]
              v6 = load_array v5
              v7 = guard_elem v6, any [s1]
              v8 = array_len v7
              v9 = guard_bounds v1, v8 [s1]
              v10 = load_elem v7, v9
              jump b1(v2)
            b1(v3: i64):
              v4 = guard_non_zero v3 [s0]
              v11 = add_i64 v3, v4
              v12 = icmp v11, v1, lt
              branch v12, b1(v11), b2
            b2:
              return_values v10
        "#]],
    );
}

#[test]
fn reading_objects_moves_past_guards_of_numbers() {
    check(
        &["licm"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v3 }
        b0(v0: value, v1: i64):
          v2 = const_i64 0
          jump b1(v2)
        b1(v3: i64):
          v4 = guard_non_zero v3 [s0]
          v5: table = unbox_ref v0
          v6 = load_slot v5, 0
          v7 = add_i64 v3, v4
          v8 = icmp v7, v1, lt
          branch v8, b1(v7), b2
        b2:
          return_values v6
        ",
        &expect![[r#"
            snap s0 f0 pc 0 { r0 = v3 }
            b0(v0: value, v1: i64):
              v2 = const_i64 0
              v5: table = unbox_ref v0
              v6 = load_slot v5, 0
              jump b1(v2)
            b1(v3: i64):
              v4 = guard_non_zero v3 [s0]
              v7 = add_i64 v3, v4
              v8 = icmp v7, v1, lt
              branch v8, b1(v7), b2
            b2:
              return_values v6
        "#]],
    );
}

#[test]
fn reading_behind_a_guard_that_stays_stays() {
    check_stays(
        &["licm"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v3 }
        b0(v0: table, v1: i64):
          v2 = const_i64 0
          jump b1(v2)
        b1(v3: i64):
          v4 = guard_bounds v3, v1 [s0]
          v5 = load_slot v0, 0
          v6 = add_i64 v3, v4
          v7 = icmp v6, v1, lt
          branch v7, b1(v6), b2
        b2:
          return_values v5
        ",
    );
}

#[test]
fn arithmetic_behind_a_guard_of_its_number_stays() {
    check(
        &["licm"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v3 }
        b0(v0: value, v1: i64, v9: cell):
          v2 = const_i64 0
          jump b1(v2)
        b1(v3: i64):
          store_cell v9, v0
          v4 = guard_num v0 [s0]
          v5 = as_num v0
          v6 = add_num v5, v5
          v7 = add_i64 v3, v3
          v8 = icmp v7, v1, lt
          branch v8, b1(v7), b2
        b2:
          return_values v6
        ",
        &expect![[r#"
            snap s0 f0 pc 0 { r0 = v3 }
            b0(v0: value, v1: i64, v9: cell):
              v2 = const_i64 0
              v5 = as_num v0
              jump b1(v2)
            b1(v3: i64):
              store_cell v9, v0
              v4 = guard_num v0 [s0]
              v6 = add_num v5, v5
              v7 = add_i64 v3, v3
              v8 = icmp v7, v1, lt
              branch v8, b1(v7), b2
            b2:
              return_values v6
        "#]],
    );
}

#[test]
fn stores_into_new_objects_change_nothing() {
    check(
        &["licm"],
        "
        frame f0 proto 0 base 0 root
        snap s0 f0 pc 0 { r0 = v3 }
        snap s1 f0 pc 1 { r0 = v3 }
        template t0 shape #7 slots 2 array 0 any
        b0(v0: table, v1: i64, v2: cell):
          jump b1(v1)
        b1(v3: i64):
          poll [s0]
          v4 = guard_shape v0, #7 [s1]
          v5 = load_slot v4, 0
          v6 = load_slot v4, 1
          v7 = load_global v2, 4
          v8 = load_global v2, 5
          v9 = new_table t0
          store_slot v9, v5, 0
          transition v9, v6, #8, 1
          store_slot v4, v7, 1
          store_global v2, v8, 5
          v10 = icmp v3, v1, lt
          branch v10, b1(v3), b2
        b2:
          return_values v5
        ",
        &expect![[r#"
            template t0 shape #7 slots 2 array 0 any
            snap s0 f0 pc 0 { r0 = v3 }
            snap s1 f0 pc 1 { r0 = v3 }
            snap s2 f0 pc 0 { r0 = v1 }
            b0(v0: table, v1: i64, v2: cell):
              v4 = guard_shape v0, #7 [s2]
              v5 = load_slot v4, 0
              v7 = load_global v2, 4
              jump b1(v1)
            b1(v3: i64):
              poll [s0]
              v6 = load_slot v4, 1
              v8 = load_global v2, 5
              v9 = new_table t0
              store_slot v9, v5, 0
              transition v9, v6, #8, 1
              store_slot v4, v7, 1
              store_global v2, v8, 5
              v10 = icmp v3, v1, lt
              branch v10, b1(v3), b2
            b2:
              return_values v5
        "#]],
    );
}
