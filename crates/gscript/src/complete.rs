//! Names that could follow what a person has typed: globals, library names, fields, methods.
//!
//! It reads tables as they are and runs no user code, so asking has no effects. A name of the language's keywords is not
//! here: that is the prompt's business.

use runtime::cell::Cell;
use runtime::mutator::Mutator;
use runtime::string::Str;
use runtime::table::Table;
use runtime::value::Value;
use std::collections::BTreeSet;
use vm::engine::{Engine, Meta};

/// So many `__index` tables are followed; a chain may be a ring.
const CHAIN_MAX: usize = 16;

/// Whole names that begin with a prefix such as `tab` or `string.f`, sorted.
pub(crate) fn completions(engine: &Engine, m: &mut Mutator, prefix: &str) -> Vec<String> {
    let (path, last) = match prefix.rfind(['.', ':']) {
        Some(at) => (&prefix[..at], &prefix[at + 1..]),
        None => ("", prefix),
    };
    let tables = if path.is_empty() {
        // A field of nothing is no name.
        if prefix.len() != last.len() {
            return Vec::new();
        }
        vec![engine.main_globals(), engine.universe()]
    } else {
        match value_of(engine, m, path) {
            Some(v) => tables_of(engine, m, v),
            None => return Vec::new(),
        }
    };
    let stem = &prefix[..prefix.len() - last.len()];
    let mut found = BTreeSet::new();
    for t in tables {
        let mut key = Value::NIL;
        while let Ok(Some((k, v))) = t.next(m, key) {
            key = k;
            let is_unset = Cell::from_value(v).is_some_and(|c| c.get().is_nil());
            if let Some(s) = Str::from_value(k)
                && !is_unset
                && let Ok(name) = std::str::from_utf8(s.bytes(m))
                && name.starts_with(last)
                && is_name(name)
            {
                found.insert(format!("{stem}{name}"));
            }
        }
    }
    found.into_iter().collect()
}

/// Whether a key can be written behind a dot.
fn is_name(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What a path such as `a.b.c` leads to.
fn value_of(engine: &Engine, m: &mut Mutator, path: &str) -> Option<Value> {
    let mut names = path.split(['.', ':']);
    let first = m.intern(names.next()?.as_bytes());
    let cell = Cell::from_value(engine.main_globals().get_str(m.heap(), first));
    let mut v = cell.map_or_else(|| engine.universe().get_str(m.heap(), first), Cell::get);
    for name in names {
        let name = m.intern(name.as_bytes());
        let tables = tables_of(engine, m, v);
        v = tables.iter().map(|t| t.get_str(m.heap(), name)).find(|v| !v.is_nil())?;
    }
    Some(v)
}

/// Where the fields of a value are: the table itself, and those up its chain of `__index` tables.
fn tables_of(engine: &Engine, m: &Mutator, v: Value) -> Vec<Table> {
    let index = engine.meta_name(Meta::Index);
    let start = if v.is_string() { engine.string_metatable().get_str(m.heap(), index) } else { v };
    let mut tables = Vec::new();
    let mut next = Table::from_value(start);
    while let Some(t) = next.filter(|_| tables.len() < CHAIN_MAX) {
        tables.push(t);
        next = t.metatable(m.heap()).and_then(|mt| Table::from_value(mt.get_str(m.heap(), index)));
    }
    tables
}

#[cfg(test)]
mod tests {
    use crate::{Options, Script};

    #[track_caller]
    fn check(set_up: &str, prefix: &str, expected: &[&str]) {
        let mut script = Script::new(Options::default()).unwrap();
        script.run(set_up.as_bytes(), "test", &[]).unwrap();
        assert_eq!(script.completions(prefix), expected);
    }

    #[test]
    fn globals_and_library_names() {
        check("strange := 1; strong := nil", "str", &["strange", "string"]);
        check("", "no_such", &[]);
    }

    #[test]
    fn fields_and_methods_up_the_chain() {
        check("t := {alpha: 1, [\"al fa\"]: 2, [3]: 4}", "t.al", &["t.alpha"]);
        check("base := {run: 1}; base.__index = base; t := setmetatable({}, base)", "t:r", &["t:run"]);
        check("s := \"text\"", "s:upp", &["s:upper"]);
        check(
            "base := {inner: {deep: 1}}; t := setmetatable({}, {__index: base})",
            "t.inner.d",
            &["t.inner.deep"],
        );
        check("t := {}; setmetatable(t, {__index: t}); t.ring = 1", "t.", &["t.ring"]);
    }

    #[test]
    fn what_has_no_fields_has_no_completions() {
        check("n := 1", "n.x", &[]);
        check("", "nothing.x", &[]);
        check("", ".x", &[]);
        check("", ":", &[]);
    }

    #[test]
    fn no_metamethod_runs() {
        check("t := setmetatable({}, {__index: func() { error(\"asked\") }})", "t.x.y", &[]);
    }
}
