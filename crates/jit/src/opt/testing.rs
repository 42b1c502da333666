//! What the tests of passes share: a check of IR text, and the comparison of random functions before and after passes.
//!
//! Each function of `generate.rs` is run by the reference interpreter before and after a pass on a few sets of arguments;
//! results, exits and memory must agree. Objects that the run made are compared by what they hold and how they refer to each
//! other, whether they were made or are only described by a snapshot.

use super::generate::Generator;
use super::pipeline::{FULL, Options, PASSES, Pass, run as run_passes};
use crate::ir::func::Func;
use crate::ir::interp::{ExitState, Held, Outcome, run};
use crate::ir::model::{Model, Object};
use crate::ir::ops::Op;
use crate::ir::parse::parse;
use crate::ir::print::print;
use crate::ir::snapshot::{Part, Place, TemplateId, VirtualId};
use crate::ir::types::Type;
use crate::ir::verify::verify;
use expect_test::Expect;
use runtime::value::{PAYLOAD_MASK, Value};

/// Runs passes by name on a function text without its first lines and compares the result.
#[track_caller]
pub fn check(passes: &[&str], body: &str, expected: &Expect) {
    let order: Vec<Pass> = passes.iter().map(|name| named(name)).collect();
    check_order(&order, body, expected);
}

/// The same with the whole pipeline.
#[track_caller]
pub fn check_all(body: &str, expected: &Expect) {
    check_order(FULL, body, expected);
}

/// Runs passes that are to find nothing to do.
#[track_caller]
pub fn check_stays(passes: &[&str], body: &str) {
    let order: Vec<Pass> = passes.iter().map(|name| named(name)).collect();
    let (before, after) = transform(&order, body);
    assert_eq!(before, after);
}

#[track_caller]
fn check_order(order: &[Pass], body: &str, expected: &Expect) {
    let (_, text) = transform(order, body);
    // The tables of frames and snapshots are noise in most tests: what snapshots name is shown where they change.
    let shown: Vec<&str> = text.lines().skip(1).filter(|l| !l.starts_with("frame ")).collect();
    expected.assert_eq(&(shown.join("\n") + "\n"));
}

/// A function's text before and after passes.
#[track_caller]
fn transform(order: &[Pass], body: &str) -> (String, String) {
    let text = format!("func \"f\" returns value\n{body}");
    let mut func = parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    verify(&func).unwrap_or_else(|e| panic!("{e}\n{func:?}"));
    let before = print(&func);
    run_passes(&mut func, order, &Options::default());
    verify(&func).unwrap_or_else(|e| panic!("{e}\n{func:?}"));
    let after = print(&func);
    assert_eq!(parse(&after).as_ref(), Ok(&func));
    (before, after)
}

/// Passes that move guards to where they fail earlier: an exit may be another one then.
fn moves_exits(order: &[Pass]) -> bool {
    order.iter().any(|p| ["licm", "loop_types", "predicate", "carry"].contains(&p.name))
}

/// Passes that take guards away whose failing nobody minds: code goes on where it left before.
fn drops_exits(order: &[Pass]) -> bool {
    order.iter().any(|p| p.name == "widen")
}

fn named(name: &str) -> Pass {
    *PASSES.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("no pass {name}"))
}

/// Calls `test` with random functions.
pub fn for_random_functions(count: u64, mut test: impl FnMut(&Func)) {
    for seed in 0..count {
        let func = Generator::new(seed).function();
        verify(&func).unwrap_or_else(|e| panic!("seed {seed}: {e}\n{func:?}"));
        test(&func);
    }
}

/// Runs passes on random functions and compares what they do; the changes of the last pass.
fn compare(count: u64, order: &[Pass]) -> u32 {
    let mut funcs = Vec::new();
    for_random_functions(count, |func| funcs.push(func.clone()));
    compare_all(&funcs, order, moves_exits(order))
}

fn compare_all(funcs: &[Func], order: &[Pass], exits_may_move: bool) -> u32 {
    let exits_may_go = drops_exits(order);
    let mut changes = 0;
    for (seed, func) in funcs.iter().enumerate() {
        let mut after = func.clone();
        let stats = run_passes(&mut after, order, &Options::default());
        let last = order.last().map_or("", |p| p.name);
        changes += stats.iter().filter(|s| s.name == last).map(|s| s.changes).sum::<u32>();
        if let Err(e) = verify(&after) {
            panic!("seed {seed}: {e}\n{func:?}\n{after:?}");
        }
        for args in 0..6 {
            let (a, b) = (observe(func, args), observe(&after, args));
            let agree = a == b
                || exits_may_move && a.is_exit() && b.is_exit()
                || exits_may_go && a.is_exit_by_size()
                || a.is_late();
            assert!(agree, "seed {seed}, arguments {args}:\n{a:?}\n{b:?}\n{func:?}\n{after:?}");
        }
    }
    changes
}

/// Frames as an exit gives them: where each goes on, and what its places hold.
type Frames = Vec<(u32, Vec<(Place, Word)>)>;

/// A value that was seen: its bits, a big integer, of which two objects can be the same, or an object that was not there
/// before, by the order in which such objects were seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    Bits(u64),
    Big(i64),
    New(usize),
}

/// What can be seen of a run: results or frames, memory, and what new objects that these reach hold.
#[derive(PartialEq, Debug)]
enum Seen {
    Returned(Vec<Word>, Vec<Word>, Vec<(u32, Vec<Word>)>),
    Exited(Frames, Vec<Word>, Vec<(u32, Vec<Word>)>, Left),
    Late,
}

/// The op that left, which is told but not compared.
#[derive(Clone, Copy, Debug)]
struct Left(Op);

impl PartialEq for Left {
    fn eq(&self, _: &Left) -> bool {
        true
    }
}

impl Seen {
    fn is_exit(&self) -> bool {
        matches!(self, Seen::Exited(..))
    }

    /// Whether it left because an integer does not fit an immediate, or might have.
    fn is_exit_by_size(&self) -> bool {
        matches!(self, Seen::Exited(.., Left(Op::GuardFits | Op::GuardInt)))
    }

    fn is_late(&self) -> bool {
        matches!(self, Seen::Late)
    }
}

fn observe(func: &Func, set: usize) -> Seen {
    let mut model = Model::new();
    let table = model.add_table(7, &[Value::int32(3), Value::float(2.5), Value::NIL]);
    let other = if set.is_multiple_of(2) {
        table
    } else {
        model.add_table(7, &[Value::int32(9), Value::TRUE, Value::NIL])
    };
    for (i, v) in [Value::float(1.0), Value::float(-2.0), Value::int32(8)].into_iter().enumerate() {
        model.raw_set(table, Value::int32(i as i32).bits(), v.bits());
    }
    let ints = [0, 1, -5, 1 << 40, i64::MAX, 12];
    let floats = [0.0, -0.0, 1.5, f64::INFINITY, 1e300, -7.0];
    let values =
        [Value::int32(4), Value::float(0.5), Value::NIL, Value::TRUE, Value::int32(-1), Value::float(-3.0)];
    let cell = model.add(Object::Cell(values[(set + 1) % 6].bits()));
    let global = model.add(Object::Cell(values[(set + 4) % 6].bits()));
    let args = [
        ints[set] as u64,
        ints[(set + 2) % 6] as u64,
        f64::to_bits(floats[set]),
        values[set].bits(),
        values[(set + 3) % 6].bits(),
        table,
        other,
        cell,
        global,
    ];
    let outcome = run(func, &args, &mut model, 20_000);
    let mut view = View { func, model: &model, first_new: global + 1, state: None, new: Vec::new() };
    let mut contents = Vec::new();
    match &outcome {
        Outcome::Returned(words) => {
            let words = words.iter().map(|&w| view.word(w)).collect();
            let memory = view.old_objects(&[table, other, cell, global]);
            view.all_contents(&mut contents);
            Seen::Returned(words, memory, contents)
        }
        Outcome::Exited(state) => {
            view.state = Some(state);
            let mut frames = Vec::new();
            for f in &state.frames {
                frames.push((f.pc, f.places.iter().map(|(p, held)| (*p, view.held(held))).collect()));
            }
            let memory = view.old_objects(&[table, other, cell, global]);
            view.all_contents(&mut contents);
            Seen::Exited(frames, memory, contents, Left(func.op(state.inst)))
        }
        Outcome::OutOfFuel => Seen::Late,
        other => panic!("{other:?}"),
    }
}

/// An object that a run made, or that leaving it has to make.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    Address(u64),
    Virtual(VirtualId),
}

/// Looks at memory after a run; names new objects by the order in which it comes to them.
struct View<'a> {
    func: &'a Func,
    model: &'a Model,
    /// Objects from here on are new.
    first_new: u64,
    state: Option<&'a ExitState>,
    new: Vec<Made>,
}

impl View<'_> {
    fn word(&mut self, bits: u64) -> Word {
        let v = Value::from_bits(bits);
        let address = bits & PAYLOAD_MASK;
        if !v.is_reference() {
            return Word::Bits(bits);
        }
        if let Object::BigInt(i) = self.model.object(address) {
            return Word::Big(*i);
        }
        if address < self.first_new { Word::Bits(bits) } else { self.number(Made::Address(address)) }
    }

    fn number(&mut self, made: Made) -> Word {
        let known = self.new.iter().position(|m| *m == made);
        Word::New(known.unwrap_or_else(|| {
            self.new.push(made);
            self.new.len() - 1
        }))
    }

    /// What a place holds, boxed.
    fn held(&mut self, held: &Held) -> Word {
        match *held {
            Held::Object(id) => self.number(Made::Virtual(id)),
            Held::Word(Type::I64, i) => {
                Value::small_int(i as i64).map_or(Word::Big(i as i64), |v| Word::Bits(v.bits()))
            }
            held => {
                let v = held.boxed().unwrap_or_else(|| panic!("{held:?} is no value"));
                self.word(v.bits())
            }
        }
    }

    fn old_objects(&mut self, addresses: &[u64]) -> Vec<Word> {
        addresses.iter().flat_map(|&a| self.contents(a).1).collect()
    }

    fn contents(&mut self, address: u64) -> (u32, Vec<Word>) {
        let (shape, words) = match self.model.object(address) {
            Object::Table { slots, shape, array, .. } => {
                let Object::Array(_, _, elements) = self.model.object(*array) else { panic!("no array") };
                (*shape, slots.iter().chain(elements).copied().collect())
            }
            Object::Cell(v) => (0, vec![*v]),
            other => panic!("{other:?} was not expected"),
        };
        (shape, words.into_iter().map(|w| self.word(w)).collect())
    }

    fn virtual_contents(&mut self, id: VirtualId) -> (u32, Vec<Word>) {
        let object = self.func.snaps.object(id);
        let parts = self.state.and_then(|s| s.objects.iter().find(|o| o.0 == id)).expect("a needed object");
        let mut words = vec![Word::Bits(Value::NIL.bits()); parts.1.len()];
        let mut shape = 0;
        if object.op == Op::NewTable {
            let template = self.func.snaps.template(TemplateId(object.imm as u32));
            shape = object.shape.unwrap_or(template.shape);
            // The last is element 0 of the model's array storages.
            words = vec![Word::Bits(Value::NIL.bits()); template.inline_capacity as usize + 1];
        }
        for (part, held) in &parts.1 {
            let (Part::Slot(i) | Part::Value(i) | Part::Elem(i)) = *part;
            words[i as usize] = self.held(held);
        }
        (shape, words)
    }

    fn all_contents(&mut self, to: &mut Vec<(u32, Vec<Word>)>) {
        while let Some(&made) = self.new.get(to.len()) {
            to.push(match made {
                Made::Address(address) => self.contents(address),
                Made::Virtual(id) => self.virtual_contents(id),
            });
        }
    }
}

#[test]
fn random_functions_are_varied() {
    let (mut loops, mut exits, mut returns) = (0, 0, 0);
    for_random_functions(200, |func| {
        let dom = crate::ir::dom::DomTree::new(func);
        loops += crate::ir::loops::LoopForest::new(func, &dom).loops().len();
        for set in 0..6 {
            match observe(func, set) {
                Seen::Returned(..) => returns += 1,
                Seen::Exited(..) => exits += 1,
                Seen::Late => {}
            }
        }
    });
    assert!(loops > 50 && exits > 100 && returns > 100, "{loops} loops, {exits} exits, {returns} returns");
}

#[test]
fn every_pass_alone_keeps_the_meaning() {
    for pass in PASSES {
        compare(300, &[*pass, *pass]);
        // Decided branches and dead code give it more to do.
        let order = [named("fold"), named("dce"), named("types"), *pass];
        let changes = compare(300, &order);
        assert!(changes > 0, "the generator gives {} nothing to do", pass.name);
    }
}

#[test]
fn the_pipeline_keeps_the_meaning() {
    let order: Vec<Pass> = FULL.iter().copied().filter(|p| !drops_exits(&[*p])).collect();
    compare(1000, &order);
    compare(500, FULL);
}

#[test]
fn exits_stay_where_they_are_but_for_hoisting() {
    let order: Vec<Pass> =
        FULL.iter().copied().filter(|p| !moves_exits(&[*p]) && !drops_exits(&[*p])).collect();
    compare(600, &order);
}

#[test]
fn pairs_of_passes_keep_the_meaning() {
    for a in PASSES {
        for b in PASSES {
            compare(40, &[*a, *b, PASSES[PASSES.len() - 1]]);
        }
    }
}

#[test]
#[ignore = "takes a minute: run it by hand after changes of a pass"]
fn many_functions_keep_their_meaning() {
    let mut order: Vec<Pass> = Vec::new();
    for seed in 2000..20_000 {
        let size = if seed % 20 == 0 { 150 } else { 10 + seed as usize % 50 };
        let func = Generator::of_size(seed, size).function();
        // As it is, with one pass less, and with those that leave exits where they are.
        let left_out = PASSES[seed as usize % PASSES.len()].name;
        order.clear();
        order.extend(FULL.iter().copied().filter(|p| match seed % 3 {
            0 => true,
            1 => p.name != left_out,
            _ => !moves_exits(&[*p]),
        }));
        compare_all(&[func], &order, moves_exits(&order));
    }
}
