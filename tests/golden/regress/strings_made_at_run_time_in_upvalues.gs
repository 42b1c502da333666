// A captured string that was made at run time may be another object than the interned one with its bytes.
var text = tostring(nil)
t := {[text]: "found"}
func same() { return text == text, text != text, text == "nil", t[text], t["nil"] == t[text] }
for i := 0; i < 60; i++ {
    a, b, c, d, e := same()
    if !a || b || !c || d != "found" || !e { print("wrong", i, a, b, c, d, e) }
}
func maker(part) {
    whole := part .. "/" .. #part
    return func(other) { return whole == other, whole != whole, {[whole]: 1}[other] }
}
f := maker("key")
for i := 0; i < 60; i++ {
    a, b, c := f("ke" .. "y/3")
    if !a || b || c != 1 { print("wrong", i, a, b, c) }
}
print("same")
// expect: same
