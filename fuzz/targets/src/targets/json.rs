//! JSON: any text decodes or is refused, and values survive the way there and back.

use crate::sandbox::{self, Outcome, literal};
use std::time::Duration;

const PRELUDE: &str = r#"
func same(a, b) {
    if type(a) != type(b) { return false }
    if type(a) != "table" { return a == b && math.type(a) == math.type(b) || a != a && b != b }
    if a == json.null || a == json.emptyArray { return a == b }
    for k, v := range pairs(a) { if !same(v, b[k]) { return false } }
    for k := range pairs(b) { if a[k] == nil { return false } }
    return true
}
func jsonCase(text) {
    v, err := json.decode(text, {null: json.null})
    if err != nil {
        assert(v == nil && type(err) == "string" && err:hasPrefix("json: "))
        assert(select(2, json.decode(text)) == err)
        return "refused"
    }
    // An empty array decodes to an empty table, which encodes as an object; infinities encode as null.
    once := json.encode(v)
    back, err := json.decode(once, {null: json.null})
    assert(err == nil)
    twice := json.encode(back)
    assert(once == twice)
    again, err := json.decode(json.pretty(v), {null: json.null})
    assert(err == nil && same(back, again))
    if !once:contains("null") { assert(same(v, back)) }
    return "decoded"
}
"#;

/// A text decodes or is refused; what it decodes to, encoded and decoded, is the same.
pub fn json(data: &[u8]) {
    let text = literal(data);
    let call = format!("return jsonCase({text})");
    let outcome =
        sandbox::with(PRELUDE, 32 << 20, |sandbox| sandbox.run(call.as_bytes(), Duration::from_secs(2)));
    match outcome {
        Outcome::Returned(_) => {}
        // Sameness is found by recursion, which has its limit.
        Outcome::Raised(message) if message.contains("not enough memory") || message.contains("deadline") => {
        }
        other => panic!("{other:?}: {text}"),
    }
}
